"""How fast generated reports are loaded, where the time goes, what memory it takes: prints, never fails.

python -m tests.bench.load                  20,000 reports with one and two workers (limits of the backlog in brackets)
python -m tests.bench.load --reports 2000   a shorter run
"""

from __future__ import annotations

import argparse
import multiprocessing
import queue
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from etl import warehouse
from etl.warehouse import loader, writer
from tests.cluster import write_reports


class Stages(loader.Silent):
    """Seconds per stage of a load, and the memory of this process when half of the files are in."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self.name, self.since = "", time.perf_counter()
        self.total, self.done, self.half = 0, 0, 0

    def stage(self, name: str, total: int | None = None) -> None:
        now = time.perf_counter()
        if self.name:
            self.spent[self.name] = self.spent.get(self.name, 0) + now - self.since
        self.name, self.since = name, now
        self.total, self.done = total or 0, 0

    def advance(self, read: int = 0, unchanged: int = 0, set_aside: int = 0) -> None:
        self.done += read + set_aside
        if self.name == "读取" and not self.half and self.done * 2 >= self.total:
            self.half = peak()


def peak(who: int = resource.RUSAGE_SELF) -> int:
    """The highest memory so far, MB: of this process, or of the largest child that has ended."""
    return resource.getrusage(who).ru_maxrss // 1024


def processor() -> float:
    """Processor seconds so far, of this process and of its children that have ended: the same on a machine that others use as well."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in used)


def measure(files: str, place: str, workers: int, answer: Any) -> None:
    """One load in a process of its own."""
    written = [0.0]
    insert = writer._insert

    def timed(*arguments: Any) -> None:
        start = time.perf_counter()
        insert(*arguments)
        written[0] += time.perf_counter() - start

    writer._insert = timed
    stages, start = Stages(), time.perf_counter()
    result = warehouse.load([files], directory=place, workers=workers, progress=stages)
    stages.stage("")
    assert result.build is not None
    seconds = time.perf_counter() - start
    for child in multiprocessing.active_children():
        child.join()
    answer.put(
        {
            "seconds": seconds, "processor": processor(), "stages": stages.spent, "written": written[0], "half": stages.half, "peak": peak(),
            "worker": peak(resource.RUSAGE_CHILDREN), "size": Path(result.build.path).stat().st_size, "observations": result.build.observations,
            "read": result.read, "set_aside": len(result.set_aside),
        }
    )  # fmt: skip


def load_alone(files: Path, place: Path, workers: int) -> dict[str, Any]:
    context = multiprocessing.get_context("spawn")
    answer = context.Queue()
    process = context.Process(target=measure, args=(str(files), str(place), workers, answer))
    process.start()
    while True:
        try:
            said = answer.get(timeout=1)
        except queue.Empty:
            if not process.is_alive():
                raise SystemExit("the load failed, see above") from None
        else:
            process.join()
            return said


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=20_000)
    count = parser.parse_args().reports
    with tempfile.TemporaryDirectory() as place:
        files = write_reports(Path(place) / "files", count)
        print(f"{count:,} generated reports, all layouts")
        print(
            "| workers | s | processor s | reports/s | reading | inserting | agencies, checks, figures | verifying | memory at half, peak | of a worker |"
        )
        print("|---|---|---|---|---|---|---|---|---|---|")
        runs = {}
        for workers in (1, 2):
            said = runs[workers] = load_alone(files, Path(place) / f"w{workers}", workers)
            whole = said["seconds"]
            share = {name: 100 * said["stages"].get(name, 0) / whole for name in ("读取", "汇总", "检查")}
            inserting = 100 * said["written"] / whole
            print(
                f"| {workers} | {whole:.1f} | {said['processor']:.1f} | {count / whole:.0f} | {share['读取'] - inserting:.0f} % | {inserting:.1f} % | {share['汇总']:.1f} % "
                f"| {share['检查']:.1f} % | {said['half']}, {said['peak']} MB | {said['worker']} MB |"
            )
        print(f"two workers: {runs[1]['seconds'] / runs[2]['seconds']:.2f} times one  [1.5]")
        print(
            f"the writer, inserting: {100 * runs[2]['written'] / runs[2]['seconds']:.1f} % of the time with two workers  [10 %]"
        )
        print(
            f"build: {runs[2]['size'] / 1e6:.0f} MB, {runs[2]['observations']:,} observations, {runs[2]['set_aside']} files set aside"
        )


if __name__ == "__main__":
    main()
