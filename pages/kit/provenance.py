"""What every file says under a chart: notes, source and filter line, what the metrics count, the reports behind the figures. No streamlit, no SQL."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import pandas as pd

from etl.registry import Indicator
from pages.kit import exhibit, wording
from pages.kit.exhibit import Exhibit


def alt_text(given: Exhibit, part: str = "") -> str:
    """What a screen reader says of a chart; `part`: which of several it is."""
    return "。".join(filter(None, map(wording.clean, (given.title, part, given.subtitle))))[:500]


def closing(given: Exhibit) -> list[str]:
    numbered = [f"注{n}：{note}" if len(given.notes) > 1 else f"注：{note}" for n, note in enumerate(given.notes, 1)]
    return [*numbered, given.source, f"筛选：{given.filter_line}"]


def source_table(given: Exhibit) -> pd.DataFrame:
    """The reports behind a chart: title, agency, year, date, address on the web where it is known, file name, sha256. No path of the machine
    that read them leaves it. Dates are dates."""
    df = given.sources

    def column(name: str) -> list[Any]:
        return [None if (v is None or pd.isna(v)) else v for v in df[name].tolist()] if name in df else [None] * len(df)

    names = [str(v).replace("\\", "/").rsplit("/", 1)[-1] if v else None for v in column("document")]
    return pd.DataFrame({
        "序号": list(range(1, len(df) + 1)), "报告标题": column("title"), "机关": column("agency"), "年度": column("year"),
        "公布日期": [_as_date(v) for v in column("published_on")], "网址": [v if str(v).startswith(("http://", "https://")) else None for v in column("location")],
        "文件": names, "校验值 sha256": column("sha256"),
    })  # fmt: skip


def _as_date(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return value
    return value


def definitions(given: Exhibit) -> list[list[tuple[str, str]]]:
    """What each metric of the chart counts, as label and words, from metrics.yml."""
    found = []
    for metric in exhibit.declared(given):
        place = f"由下列指标计算：{_formula(metric)}" if isinstance(metric, Indicator) else metric.place
        entry = [
            ("指标", metric.name), ("代号", metric.id), ("单位", metric.unit), ("口径", metric.definition), ("表式和年度", exhibit.form_years(metric.forms)),
            ("所在位置", place), ("注意", metric.caution or ""),
        ]  # fmt: skip
        found.append([(label, text) for label, text in entry if text])
    return found


def _formula(indicator: Indicator) -> str:
    names = {m.id: m.name for m in exhibit.load_catalogue().metrics}

    def side(plus: tuple[str, ...], minus: tuple[str, ...]) -> str:
        return " − ".join([" + ".join(names[i] for i in plus), *(names[i] for i in minus)])

    if not indicator.numerator:
        return "见口径"
    return f"（{side(indicator.numerator, indicator.numerator_minus)}）÷（{side(indicator.denominator, indicator.denominator_minus)}）"
