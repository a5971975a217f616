"""Small builds of invented bodies for the tests of the pages, made of Reports and published by the real load; what a page shows."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from streamlit.testing.v1 import AppTest

from etl.model import APPLICANTS, Finding, Identity, Observation, Report
from etl.warehouse import load
from etl.warehouse.sources import Item

HOSTILE = (
    "<script>alert(1)</script><b>粗</b>",
    "*星*_下划_[链](http://example.com)`码`",
    "$x^2$ :material/delete: :smile: :red[红]",
    "=1+2",
)
PLACES = {  # city -> adcode prefix; neither province exists
    False: ("甲州省", "880000", [("东一市", "880100"), ("东二市", "880200"), ("东三市", "880300")]),
    True: ("临川省", "990000", [("南一市", "990100"), ("南二市", "990200")]),
}
SYSTEMS = ("应急管理", "教育", "民政")


def observation(metric: str, value: float | None, breakdown: str | None = None, **more: Any) -> Observation:
    status = more.pop("status", "reported" if value is not None else "blank")
    quote = more.pop("quote", f"{metric} | {value}")
    table = more.pop("table", 3)
    method = more.pop("method", "table")
    locator = (
        {"table": table, "block": 1, "row": 2, "column": 7}
        if method == "table"
        else {"start": 10, "end": 20, "block": 2}
    )
    raw = "" if value is None else f"{value:g}"
    return Observation(metric, value, more.pop("unit", "件"), status, method, raw, quote, locator, breakdown, **more)


def report(
    agency: str, adcode: str, year: int, *, system: str | None = None, level: str = "city", city: str | None = None, province: str = "甲州省",
    scope: str = "own_agency", fictional: bool = False, title: str | None = None, received: int | None = 10, disclosed: int | None = 100,
    tables: dict[str, str] | None = None, form: str = "2021", more: tuple[Observation, ...] = (), findings: tuple[Finding, ...] = (),
) -> Report:  # fmt: skip
    """One annual report with requests, outcomes and two prose figures."""
    states = tables or {"2": "read", "3": "read", "4": "read"}
    found: list[Observation] = []
    if states["3"] == "read":
        for breakdown in APPLICANTS:
            given = received if breakdown in ("total", "natural_person") or received is None else 0
            found.append(observation("requests_received", given, breakdown))
            found.append(observation("requests_closed", given, breakdown))
            found.append(observation("requests_granted", None if given is None else given // 2, breakdown))
            found.append(observation("requests_partially_granted", 0, breakdown))
    if disclosed is not None:
        found.append(
            observation(
                "proactive_disclosures",
                disclosed,
                method="narrative",
                unit="条",
                quote=f"全年主动公开政府信息{disclosed}条。",
            )
        )
    found += more
    identity = Identity(
        "annual_report", title or f"{agency}{year}年政府信息公开工作年度报告", agency, agency, system, level, province, city, None, None, adcode, year,
        (f"{year}-01-01", f"{year}-12-31"), f"{year + 1}-01-20", None, scope, None, fictional,
    )  # fmt: skip
    return Report(f"{agency}{year}.html", 1, "", identity, form, states, found, list(findings))


def reports(fictional: bool, years: tuple[int, ...] = (2019, 2020, 2021, 2022, 2023)) -> list[Report]:
    """Three systems in each city with a few planted gaps, and each city's government for its whole region."""
    province, _, cities = PLACES[fictional]
    made = []
    for c, (city, prefix) in enumerate(cities):
        for s, system in enumerate(SYSTEMS):
            for y, year in enumerate(years):
                if (c, s, year) == (1, 1, 2023):  # 东二市教育局: no report of 2023
                    continue
                blank = (c, s, year) == (2, 0, 2023)  # 东三市应急管理局: an empty cell
                zero = (c, s, year) == (0, 2, 2023)  # 东一市民政局: a printed nought
                gone = (c, s, year) == (2, 2, 2023)  # 东三市民政局: table 3 is missing
                made.append(report(
                    f"{city}{system}局", prefix, year, system=system, city=city, province=province, fictional=fictional,
                    received=None if blank else 0 if zero else 10 + 7 * c + 3 * s + y, disclosed=None if gone else 12_000 * (c + 1) + 100 * s + y,
                    tables={"2": "read", "3": "missing", "4": "read"} if gone else None, form="2019" if year < 2021 else "2021",
                    more=(observation("policy_interpretations", 20 + y, method="narrative", unit="篇", qualifier="at_least"),),
                    findings=(Finding("T3-SUM", "error", "总计与各栏之和不符：应为12，印作13。", "requests_received", "total", 12, 13),)
                    if (c, s, y) == (0, 0, 4) else (),
                ))  # fmt: skip
        for year in years:
            made.append(report(f"{city}人民政府", prefix, year, level="city", city=city, province=province, fictional=fictional,
                               scope="government_aggregate", received=500 + 100 * c, disclosed=90_000))  # fmt: skip
    return made


def hostile_reports() -> list[Report]:
    """Names, titles and quotes that would be markup, formulas or addresses if anything took them for such."""
    return [
        report(f"东一市{text}局", "880100", 2023, system="教育", city="东一市", title=f"{text}年度报告", received=5 + n,
               more=(observation("policy_interpretations", 3, method="narrative", unit="篇", quote=f"{text}共3篇。"),))
        for n, text in enumerate(HOSTILE)
    ]  # fmt: skip


def publish(folder: Path, made: list[Report]) -> Path:
    """Writes one source per report into `folder` and loads them; returns the warehouse folder."""
    files = folder / "files"
    files.mkdir(parents=True)
    by_path: dict[str, Report] = {}
    for n, one in enumerate(made):
        path = files / f"{n:04d}.html"
        path.write_text(f"{n} {one.identity.title}", encoding="utf-8")
        one.sha256 = f"{n:064x}"
        one.document = str(path)
        by_path[str(path)] = one

    def extract(target: Any) -> list[Report]:
        return [by_path[str(target)]]

    def find(paths: Any) -> list[Item]:
        return [Item(p, p) for p in by_path]

    load([str(files)], directory=folder / "warehouse", extract=extract, find=find, extractor="test", workers=1)
    return folder / "warehouse"


def figures(app: AppTest) -> list[dict]:
    """The page's figures as plotly gets them."""
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def words(app: AppTest) -> str:
    """Everything the page says outside of its figures."""
    kinds = ("title", "subheader", "markdown", "caption", "info", "warning", "error", "text", "code")
    return "\n".join(str(e.value) for kind in kinds for e in getattr(app, kind))


def address(app: AppTest) -> dict[str, str]:
    return {k: v[0] if isinstance(v, list) else v for k, v in dict(app.query_params).items()}
