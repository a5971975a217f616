"""How long and how much memory the files take. Prints, never fails. Run: python -m tests.bench.files (limits of the backlog in brackets)."""

from __future__ import annotations

import multiprocessing
import sys
import time

import pandas as pd

from pages.kit import batch, brief, charts, workbook
from pages.kit.exhibit import Exhibit
from tests.unit import exhibit_sample as sample


def large(count: int) -> Exhibit:
    rows = [
        sample.row(n, value=float(n % 977), title=f"甲一市某某{n}局2023年政府信息公开工作年度报告")
        for n in range(count)
    ]
    return sample.exhibit("ranking", pd.DataFrame(rows))


def peak() -> float:
    """The highest memory of this process so far, MB; nan where the system does not tell."""
    try:
        with open("/proc/self/status", encoding="ascii") as file:
            return next((int(line.split()[1]) / 1024 for line in file if line.startswith("VmHWM")), float("nan"))
    except OSError:
        return float("nan")


def excel(count: int) -> None:
    given = large(count)
    before, start, busy = peak(), time.perf_counter(), time.process_time()
    data = workbook.workbook_bytes(given)
    took, busy = time.perf_counter() - start, time.process_time() - busy
    print(
        f"xlsx  {count:>6,} rows  {took:6.2f} s ({busy:.2f} s of processor)  [3 s]   {len(data) / 1e6:5.1f} MB file   peak {peak():.0f} MB, {peak() - before:+.0f} for the file  [200 MB]"
    )


def word() -> None:
    given = list(sample.every_form().values())[: brief.MOST_CHARTS]
    start = time.perf_counter()
    data = brief.brief_bytes(given, "简报", "2026-11-22")
    print(f"docx  {len(given):>6} charts {time.perf_counter() - start:5.2f} s   {len(data) / 1e6:.1f} MB")


def pictures(count: int) -> None:
    able = batch.renderer()
    if not able.ready:
        print("png   skipped:", able.reason)
        return
    figure = charts.lines(sample.years(1), charts.Look("标题", "副题", ("注",), "来源"))
    start = time.perf_counter()
    data = batch.pictures([(f"甲{n}局", lambda: figure) for n in range(count)])
    print(f"png   {count:>6} pictures {time.perf_counter() - start:5.1f} s  [60 s]   {len(data) / 1e6:.1f} MB zip")


def alone(work: str, *arguments: int) -> None:
    """Each measurement in a process of its own, so that one does not count another's memory."""
    context = multiprocessing.get_context("spawn")
    process = context.Process(target={"excel": excel, "word": word, "pictures": pictures}[work], args=arguments)
    process.start()
    process.join()
    if process.exitcode:
        raise SystemExit(f"{work}: failed, see above")


if __name__ == "__main__":
    alone("excel", 1_000)
    alone("excel", int(sys.argv[1]) if len(sys.argv) > 1 else 10_000)
    alone("word")
    alone("pictures", 60)
