"""Invented charts for the tests of files: every form, every status, long and hostile names."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pages.kit.exhibit import Exhibit

HOSTILE = ("=1+2", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=2", "＝1", "<w:p>&amp;\x07]]>")
LONG = "甲一市历史文化名城保护和城市更新发展促进局（甲一市住房保障服务中心）第{}分局"
STATUSES = (
    "reported",
    "blank",
    "no_report",
    "not_in_form",
    "not_stated",
    "table_missing",
    "unreadable",
    "conflicting",
    "not_applicable",
)


def row(n: int, year: int = 2023, value: float | None = None, status: str = "reported", **more: Any) -> dict[str, Any]:
    """One row as queries give it."""
    name = more.pop("name", f"甲一市某某{n}局")
    base = {
        "id": f"a{n}", "name": name, "agency": name, "adcode": "880100", "city": "甲一市", "level": "city", "system": "教育", "year": year,
        "metric": "requests_received", "metric_name": "本年新收政府信息公开申请数量", "metric_short": "新收申请", "theme": "requests", "decimals": 0,
        "value": float(n * 10 + year - 2000) if value is None and status == "reported" else value, "status": status,
        "qualifier": "exact" if status == "reported" else None, "method": "table" if status == "reported" else None, "unit": "件", "corrected": False,
        "part_year": False, "reliable": True, "numerator": None, "denominator": None, "peer_median": None, "peer_n": None, "peer_rank": None,
        "peer_ties": None, "peer": "city|教育", "form": "2021", "title": f"甲一市某某{n}局{year}年度报告", "scope": "own_agency", "fictional": False,
        "report_id": n * 100 + year - 2000 if status != "no_report" else None,
    }  # fmt: skip
    return base | more


def frame(rows: list[dict[str, Any]]) -> pd.DataFrame:
    df = pd.DataFrame(rows)
    for name in ("value", "numerator", "denominator", "peer_median", "peer_n", "peer_rank", "peer_ties"):
        df[name] = df[name].astype("float64")
    return df


def exhibit(form: str, df: pd.DataFrame, **more: Any) -> Exhibit:
    sources = pd.DataFrame()
    if "report_id" in df:
        sources = pd.DataFrame([
            {"report_id": r.report_id, "title": r.title, "agency": r.agency, "year": r.year, "published_on": "2024-01-20",
             "location": "http://example.gov.cn/1.html" if n % 2 else "files/local.html", "document": "files/2024/1.html", "sha256": "ab" * 32}
            for n, r in enumerate(df.dropna(subset=["report_id"]).itertuples(index=False))
        ])  # fmt: skip
    base: dict[str, Any] = {
        "title": "本年新收政府信息公开申请数量，2023年度", "subtitle": "本机关，单位：件", "stem": "依申请公开_新收_2023_甲一市_2026-11-22",
        "source": "来源：9份政府信息公开报告及总结；数据版本 build-7；制图 2026-11-22；政府信息公开年鉴", "filter_line": "2023年度｜甲一市｜教育",
        "build": "build-7", "made_on": "2026-11-22", "notes": ("口径：一年内新收到的件数。", "未见报告（不等于0）：甲一市某某2局。"),
        "link": "http://localhost:8501/agencies?year=2023", "unit": "件", "sources": sources,
    }  # fmt: skip
    return Exhibit(form=form, rows=df, **{**base, **more})


def ranking(**more: Any) -> Exhibit:
    """Every status once, an approximate, a corrected and a prose value, a printed nought."""
    rows = [row(n, status=s) for n, s in enumerate(STATUSES, 10)]
    rows += [
        row(1, value=0.0),
        row(2, value=12.5, qualifier="about", method="narrative"),
        row(3, corrected=True),
        row(4, value=18000.0),
    ]
    for r in rows:
        r |= {"peer_median": 40.0, "peer_n": 5.0}
        if r["status"] == "reported":
            r |= {"peer_rank": 2.0, "peer_ties": 1.0}
    return exhibit("ranking", frame(rows), **more)


def years(count: int, first: int = 2019, last: int = 2023, name: str = "甲一市某某{}局") -> pd.DataFrame:
    """`count` agencies over years with a blank cell in the second year of every third."""
    return frame([
        row(n, y, status="blank" if n % 3 == 1 and y == first + 1 else "reported", name=name.format(n)) for n in range(count) for y in range(first, last + 1)
    ])  # fmt: skip


def placed(count: int, first: int = 2019, last: int = 2023, name: str = "甲一市某某{}局") -> pd.DataFrame:
    """`years` with places in one peer group; the first two share theirs in the last year."""
    df = years(count, first, last, name)
    df.loc[(df["year"] == last) & df["id"].isin(["a0", "a1"]), "value"] = 7.0
    held = df["value"].where(df["status"] == "reported")
    df["peer_rank"] = held.groupby(df["year"]).rank(ascending=False, method="min")
    df["peer_n"] = held.groupby(df["year"]).transform("count").where(held.notna())
    df["peer_ties"] = held.groupby([df["year"], held]).transform("count")
    return df


def metrics() -> pd.DataFrame:
    ids = (("requests_received", "新收申请"), ("requests_closed", "办结"), ("requests_granted", "予以公开"))
    return frame([
        row(n, metric=m, metric_short=s, metric_name=s, status="no_report" if n == 2 else "blank" if (n, k) == (3, 1) else "reported")
        for n in range(5) for k, (m, s) in enumerate(ids)
    ])  # fmt: skip


def coverage() -> pd.DataFrame:
    return pd.DataFrame([
        {"id": f"c{c}", "name": f"甲{c}市", "year": y, "known": 5, "held": (c + y) % 6 if c else 0, "late": 0} for c in range(4) for y in (2022, 2023)
    ])  # fmt: skip


def every_form() -> dict[str, Exhibit]:
    crossed = frame([
        row(0, metric=m, metric_short=s, breakdown=b, name="甲一市合计", value=float(n + 3 * k))
        for n, b in enumerate(("natural_person", "business")) for k, (m, s) in enumerate((("requests_granted", "予以公开"), ("requests_denied", "不予公开")))
    ])  # fmt: skip
    return {
        "ranking": ranking(), "dumbbell": exhibit("dumbbell", years(5, 2022, 2023)), "line": exhibit("line", years(4)),
        "multiples": exhibit("multiples", years(20, name=LONG)), "heat": exhibit("heat", metrics()), "years": exhibit("years", years(6)),
        "coverage": exhibit("coverage", coverage()), "grouped": exhibit("grouped", metrics()), "stacked": exhibit("stacked", metrics()),
        "share": exhibit("share", metrics()), "slope": exhibit("slope", years(6, 2022, 2023)), "bump": exhibit("bump", placed(8)), "flow": exhibit("flow", crossed),
        "long": exhibit("ranking", frame([row(n, name=LONG.format(n)) for n in range(40)])),
    }  # fmt: skip
