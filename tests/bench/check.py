"""How long the checks take beside the whole load: `python -m tests.bench.check [reports] [workers]`. Prints, never fails."""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from etl import warehouse
from etl.check import engine
from etl.demo import stream_reports


def main(count: int = 2000, workers: int | None = None) -> None:
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
        f"{count} reports: load {load:.1f} s ({1000 * load / count:.1f} ms a report), checks {spent[0]:.2f} s, {100 * spent[0] / load:.1f} % of the load"
    )


if __name__ == "__main__":
    main(*(int(a) for a in sys.argv[1:]))
