"""What a second load costs: nothing changed, one file changed. Prints, never fails.

python -m tests.bench.reload                  20,000 reports (limits of the backlog in brackets)
python -m tests.bench.reload --reports 2000   a shorter run
"""

from __future__ import annotations

import argparse
import hashlib
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.cluster import ROOT, write_reports


def plain_hash(files: Path) -> float:
    """Seconds to read and hash every file once, nothing else."""
    start = time.perf_counter()
    for path in sorted(files.rglob("*")):
        if path.is_file():
            with path.open("rb") as file:
                hashlib.file_digest(file, "sha256")
    return time.perf_counter() - start


def command(files: Path, place: Path) -> float:
    """Seconds of `python -m etl load`, the start of Python and its imports included."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "etl", "load", str(files), "--warehouse", str(place)],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert done.returncode in (0, 3), done.stderr
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=20_000)
    count = parser.parse_args().reports
    with tempfile.TemporaryDirectory() as folder:
        files, place = write_reports(Path(folder) / "files", count), Path(folder) / "warehouse"
        full = command(files, place)
        hashed = min(plain_hash(files) for _ in range(3))
        start = time.perf_counter()
        subprocess.run([sys.executable, "-c", "import etl.__main__"], cwd=ROOT, check=True)
        starting = time.perf_counter() - start
        nothing = min(command(files, place) for _ in range(3))
        pages = [p for p in sorted(files.rglob("*.html")) if "件".encode() in p.read_bytes()]
        one = []
        for page in pages[:3]:
            page.write_bytes(page.read_bytes() + b"\n")
            one.append(command(files, place))
        print(
            f"{count:,} generated reports; whole commands, of which the start of Python and its imports take {starting:.2f} s"
        )
        print("| | s | |")
        print("|---|---|---|")
        print(f"| full load | {full:.1f} | |")
        print(f"| sha256 of the same files | {hashed:.2f} | |")
        print(
            f"| nothing changed | {nothing:.2f} | {nothing / hashed:.1f} times sha256, {(nothing - starting) / hashed:.1f} without the start  [3] |"
        )
        print(f"| one file changed | {min(one):.2f} | {100 * min(one) / full:.1f} % of the full load  [10 %] |")


if __name__ == "__main__":
    main()
