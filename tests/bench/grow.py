"""Whether a report costs the same in a small and a large warehouse: prints, never fails.

python -m tests.bench.grow                     1,000, 10,000 and 100,000 reports: 2 GB of files and 1 GB of builds for a while
python -m tests.bench.grow --sizes 500,2000    a shorter run
"""

from __future__ import annotations

import argparse
import resource
import shutil
import tempfile
from pathlib import Path

from tests.bench.load import load_alone
from tests.cluster import write_reports


def spent() -> float:
    """Processor seconds of the loads so far, their workers included: what else the machine does does not count in them."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return children.ru_utime + children.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sizes", default="1000,10000,100000")
    parser.add_argument("--workers", type=int, default=2)
    given = parser.parse_args()
    print("| reports | s | processor, ms a report | against the first | publishing | memory | build |")
    print("|---|---|---|---|---|---|---|")
    first = 0.0
    for count in map(int, given.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            files = write_reports(Path(folder) / "files", count)
            before = spent()
            said = load_alone(files, Path(folder) / "warehouse", given.workers)
            each = 1000 * (spent() - before) / count
            shutil.rmtree(files)
        first = first or each
        publishing = 1000 * (said["stages"].get("汇总", 0) + said["stages"].get("检查", 0)) / count
        print(f"| {count:,} | {said['seconds']:.1f} | {each:.2f} | {each / first:.2f}  [0.85–1.15] | {publishing:.2f} ms | {said['peak']} MB | {said['size'] / 1e6:.0f} MB |", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
