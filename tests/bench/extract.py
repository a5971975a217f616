"""Time and memory of the extraction, beside what others need for less: prints, never fails.

    python -m tests.bench.extract                    80 KB pages, traditional script, PDF, 10,000 reports for memory
    python -m tests.bench.extract --reports 1000     a shorter run for memory; 0 leaves it out

Times are CPU milliseconds per report, the best of several runs over the same files in one process, so that the ratios
hold on a machine that does other work too. `pandas.read_html` only finds tables: no text, no identity, no metric.
"""

from __future__ import annotations

import argparse
import io
import logging
import resource
import time
from collections.abc import Callable, Sequence
from typing import Any

import lxml.html  # type: ignore[import-untyped]
import opencc
import pandas as pd
import pdfplumber

from etl import identify, likeness, narrative, normalise, split, tables
from etl.demo import stream_reports
from etl.extract import extract_bytes
from etl.read import read_bytes
from tests.noise import in_traditional_script
from tests.printed import print_pdf

logging.getLogger("pdfminer").setLevel(logging.ERROR)


def best(work: Callable[[Any], object], items: Sequence[Any], rounds: int) -> float:
    """CPU milliseconds per item: the mean over the items of the fastest of `rounds` runs."""
    return together({"": (work, items)}, rounds)[""]


def together(works: dict[str, tuple[Callable[[Any], object], Sequence[Any]]], rounds: int) -> dict[str, float]:
    """As `best` for several works on as many items, in turn item by item: what else the machine does slows none of them alone."""
    least: dict[str, list[float]] = {name: [float("inf")] * len(items) for name, (_, items) in works.items()}
    for _ in range(rounds):
        for n in range(min(len(items) for _, items in works.values())):
            for name, (work, items) in works.items():
                begun = time.process_time()
                work(items[n])
                least[name][n] = min(least[name][n], time.process_time() - begun)
    return {name: 1000 * sum(times) / len(times) for name, times in least.items()}


def line(name: str, milliseconds: float, of: float | None = None) -> None:
    print(f"  {name:<44} {milliseconds:8.2f} ms" + (f"   {milliseconds / of:5.2f} x" if of else ""))


def steps(pages: list[bytes], rounds: int) -> None:
    """Time of each step, on its predecessor's results."""
    read = [read_bytes("a.html", data)[0] for data in pages]
    clean = [normalise.document(document) for document in read]
    parts = [split.split(document)[0] for document in clean]
    who = [(part, identify.identify(part, [part])) for part in parts]
    tabled = [(part, identity, tables.read_tables(part, identity)) for part, identity in who]
    times = together(
        {
            "read": (lambda data: read_bytes("a.html", data), pages),
            "normalise": (normalise.document, read),
            "split": (split.split, clean),
            "identify": (lambda part: identify.identify(part, [part]), parts),
            "tables": (lambda two: tables.read_tables(*two), who),
            "narrative": (lambda three: narrative.read_narrative(*three), tabled),
            "likeness": (lambda three: likeness.measure(*three), tabled),
        },
        rounds,
    )
    for name, milliseconds in times.items():
        line(f"    {name}", milliseconds)


def web(count: int, rounds: int) -> None:
    pages = [data for _, data, _ in stream_reports(count, 3, "word", years=(2020, 2022, 2024))]
    size = sum(map(len, pages)) / len(pages) / 1000
    print(f"网页（Word 粘贴），{count} 份，平均 {size:.0f} KB，简体")
    times = together(
        {
            "whole": (lambda data: extract_bytes("a.html", data), pages),
            "pandas": (lambda data: pd.read_html(io.BytesIO(data), flavor="lxml", encoding="utf-8"), pages),
            "bare": (lxml.html.fromstring, pages),
        },
        2 * rounds,
    )
    whole, pandas, bare = times["whole"], times["pandas"], times["bare"]
    line("whole extraction", whole)
    steps(pages, rounds)
    line("pandas.read_html (lxml), tables only", pandas)
    line("lxml, parsing alone", bare)
    print(f"  whole extraction / pandas.read_html   {whole / pandas:.2f}   (at most 1.5, aim 1.0)")
    print(f"  whole extraction / lxml parse         {whole / bare:.2f}")

    old = [data for page in pages if (data := in_traditional_script(page))]
    texts = ["\n".join(b.text for b in read_bytes("a.html", d)[0].blocks if hasattr(b, "passage")) for d in old]
    cells = [
        "\x00".join(
            c.text for b in read_bytes("a.html", d)[0].blocks if hasattr(b, "rows") for row in b.rows for c in row if c
        )
        for d in old
    ]
    converter = opencc.OpenCC("t2s")
    print("同样的网页，繁体、夹注拼音")
    line("whole extraction", best(lambda data: extract_bytes("a.html", data), old, max(rounds // 2, 1)))
    line(
        "OpenCC alone, on the page's text",
        best(converter.convert, [a + b for a, b in zip(texts, cells, strict=True)], max(rounds // 2, 1)),
    )


def paper(count: int, rounds: int) -> None:
    files = [
        print_pdf(read_bytes(name, data)[0])
        for name, data, _ in stream_reports(count, 3, "html", years=(2020, 2022, 2024))
    ]
    print(f"PDF，{count} 份，平均 {sum(map(len, files)) / len(files) / 1000:.0f} KB")

    def plumber(data: bytes) -> None:
        with pdfplumber.open(io.BytesIO(data)) as document:
            for page in document.pages:
                page.extract_tables()

    times = together({"whole": (lambda data: extract_bytes("a.pdf", data), files), "theirs": (plumber, files)}, rounds)
    whole, theirs = times["whole"], times["theirs"]
    line("whole extraction", whole)
    line("pdfplumber, extract_tables alone", theirs)
    print(f"  whole extraction / pdfplumber         {whole / theirs:.2f}   (at most 3)")


def held() -> float:
    """Megabytes that the process holds now."""
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * resource.getpagesize() / 1e6


def memory(count: int) -> None:
    print(f"内存，{count} 份网页、文本、Markdown、Word、Excel 依次读取")
    marks = {count // 10, count // 4, count // 2, count}
    begun = time.perf_counter()
    for n, (name, data, _) in enumerate(stream_reports(count, 4), 1):
        extract_bytes(name, data)
        if n in marks:
            print(
                f"  after {n:6} reports   {held():6.0f} MB   {1000 * (time.perf_counter() - begun) / n:6.2f} ms each, writing them included"
            )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=30)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--reports", type=int, default=10_000)
    given = parser.parse_args()
    web(given.pages, given.rounds)
    paper(max(given.pages // 3, 1), max(given.rounds // 2, 1))
    if given.reports:
        memory(given.reports)


if __name__ == "__main__":
    main()
