"""The browser's checks on a large build: pages of thousands of agencies, selectors and pictures included.

    python -m tests.bench.browser_checks                     20,000 generated reports are written and loaded first, some minutes
    python -m tests.bench.browser_checks --warehouse DIR     a warehouse of fictional reports that is there already

The scenarios of tests/browser/test_checks.py that hold for any build of fictional reports; those with planted gaps and hostile names
need their own small builds. What fails is printed; nothing fails here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.cluster import ROOT, write_reports

ANY_BUILD = "(test_3 or test_5 or test_6_7_8 or test_7 or test_axe or test_nothing_is_wider) and not plans"
"""Without 工作要点: the generated reports hold no plan."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warehouse")
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("-k", dest="which", default=ANY_BUILD, help="as pytest's -k")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        warehouse = Path(given.warehouse).resolve() if given.warehouse else Path(made) / "warehouse"
        if not given.warehouse:
            write_reports(Path(made) / "files", given.reports)
            command = [sys.executable, "-m", "etl", "load", str(Path(made) / "files"), "--warehouse", str(warehouse)]
            subprocess.run(command, cwd=ROOT, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        command = [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "--no-header",
            "--tb=line",
            "--durations=8",
            "-m",
            "browser",
            "-k",
            given.which,
        ]
        subprocess.run(
            [*command, "tests/browser/test_checks.py"], cwd=ROOT, check=False, env={**os.environ, "YEARBOOK_CHECKS": str(warehouse)}
        )  # fmt: skip


if __name__ == "__main__":
    main()
