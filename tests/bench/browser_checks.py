"""The browser's checks on a large build: pages of thousands of agencies, selectors and pictures included.

    python -m tests.bench.browser_checks                     20,000 generated reports are written and loaded first, some minutes
    python -m tests.bench.browser_checks --warehouse DIR     a warehouse of fictional reports that is there already

The scenarios of tests/browser/test_checks.py, all but the one with a hostile report of its own. The generated reports hold what they look
for: missing and wrong reports, summaries, plans. What fails is printed; nothing fails here.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from tests import builds
from tests.cluster import ROOT, write_reports


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warehouse")
    parser.add_argument("--reports", type=int, default=20_000)
    parser.add_argument("-k", dest="which", default="not markup", help="as pytest's -k")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        if given.warehouse:
            warehouse = Path(given.warehouse).resolve()
        else:
            files = write_reports(Path(made) / "files", given.reports, faulty=True)
            warehouse = builds.load(files, Path(made) / "warehouse")
        command = [sys.executable, "-m", "pytest", "-q", "--no-header", "--tb=line", "--durations=8", "-m", "browser"]
        subprocess.run(
            [*command, "-k", given.which, "tests/browser/test_checks.py"],
            cwd=ROOT,
            check=False,
            env=os.environ | {"YEARBOOK_CHECKS": str(warehouse)},
        )


if __name__ == "__main__":
    main()
