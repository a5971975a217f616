"""How long the checks take beside the whole load: prints, never fails.

python -m tests.bench.check --reports 20000   (limit of the backlog in brackets)
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path
from typing import Any

from etl import warehouse
from etl.check import engine
from etl.demo import stream_reports


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=2000)
    parser.add_argument("--workers", type=int)
    given = parser.parse_args()
    count, workers = given.reports, given.workers
    spent: list[float] = []
    run = engine.run_checks

    def timed(*arguments: Any) -> dict[str, int]:
        start = time.perf_counter()
        counts = run(*arguments)
        spent.append(time.perf_counter() - start)
        return counts

    engine.run_checks = timed  # type: ignore[assignment]
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "reports"
        for name, data, _ in stream_reports(count):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        start = time.perf_counter()
        warehouse.load([folder], directory=Path(place) / "warehouse", workers=workers)
        load = time.perf_counter() - start
    print(
        f"{count} reports: load {load:.1f} s ({1000 * load / count:.1f} ms a report), checks {spent[0]:.2f} s, {100 * spent[0] / load:.1f} % of the load  [10 %]"
    )


if __name__ == "__main__":
    main()
