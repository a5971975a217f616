"""What 报告原文 shows of one report: its text with marks, and beside it what a marked number means, by which rule, with which findings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import streamlit as st

from etl.model import Document
from pages.kit import card, queries_report, source, viewer, wording
from pages.kit.filters import View


@st.cache_resource(max_entries=24, show_spinner="正在读取原文……")
def _read(locations: tuple[str, ...], sha256: str, document: str, part: int, seen: float) -> source.Found:
    """`seen`: when the file was last changed, so that a file that changes is read again."""
    return source.read(locations, sha256, document, part)


def find(report: pd.Series) -> source.Found:
    """The report's document as etl.read gives it, or why there is none."""
    if not isinstance(report["location"], str):
        return source.Found(reason="这份报告是按数据行导入的，没有原文。")
    others = report["other_paths"]
    places = (report["location"], *(str(p) for p in (others if others is not None else ())))
    seen = max((Path(p).stat().st_mtime for p in places if Path(p).is_file()), default=0.0)
    return _read(places, report["sha256"], report["document"], int(report["part"]), seen)


def labels(observations: pd.DataFrame) -> dict[str, str]:
    """Ordinal -> what the number is, in words: 本年新收（自然人）：12."""
    applicants = card.breakdown_names()
    out = {}
    for r in observations.itertuples(index=False):
        who = f"（{applicants.get(r.breakdown, r.breakdown)}）" if r.breakdown else ""
        out[str(r.ordinal)] = wording.clean(
            f"{r.metric_name}{who}：{wording.value_text(r._asdict())}{r.unit or '' if r.status == 'reported' else ''}"
        )
    return out


def marks_of(observations: pd.DataFrame, findings: pd.DataFrame) -> dict[str, dict[str, str]]:
    """Every number's mark: what it is called, and whether a finding stands against it."""
    worst: dict[tuple[Any, Any], str] = {}
    for f in findings[::-1].itertuples(index=False):  # errors come first in the list, so they are written last
        if f.severity in ("error", "warning") and f.metric:
            worst[f.metric, f.breakdown] = f.severity
    named = labels(observations)
    out = {}
    for r in observations.itertuples(index=False):
        kind = "used" if r.status == "reported" else "other"
        kind = worst.get((r.metric, r.breakdown), worst.get((r.metric, None), kind))
        out[str(r.ordinal)] = {"kind": kind, "label": named[str(r.ordinal)]}
    return out


def text(
    document: Document,
    blocks: tuple[int, ...],
    observations: pd.DataFrame,
    marks: dict[str, dict[str, str]],
    current: str,
    version: str,
) -> source.Text:
    """Draws the report's text; returns it, so that the page can say which numbers have no place in it."""
    places = {str(r.ordinal): r.locator for r in observations.itertuples(index=False) if isinstance(r.locator, dict)}
    shown = source.marked(document, blocks, places)
    viewer.show(shown, marks, current, version)
    return shown


def detail(
    view: View, report: pd.Series, observations: pd.DataFrame, findings: pd.DataFrame, mark: str, placed: frozenset[str]
) -> None:
    """The chosen number: metric, definition, how it was read, quote, whether the views show it, its findings."""
    row = observations[observations["ordinal"] == int(mark)]
    if row.empty:
        return
    r = row.iloc[0]
    st.markdown(f"**{wording.plain(labels(row)[mark])}**")
    shown = "看板采用此数" if r["shown"] else "看板未采用此数（另有统计表、更正或前后不一的数）"
    st.caption(
        wording.plain(
            f"{wording.METHOD.get(r['method'], r['method'])}；{wording.STATUS_HELP.get(r['status'], '')}；{shown}"
        )
    )
    if r["quote"]:
        st.text(wording.clean(r["quote"]))
    if mark not in placed:
        st.caption("此数在上面的原文中没有单独的位置（由几处合并读出，或原文未能显示）。")
    if r["definition"]:
        st.caption(wording.plain(f"口径：{r['definition']}"))
    own = findings[
        (findings["metric"] == r["metric"]) & (findings["breakdown"].isna() | (findings["breakdown"] == r["breakdown"]))
    ]
    for f in own.itertuples(index=False):
        st.markdown(f"{wording.SEVERITY.get(f.severity, '')}：{wording.plain(f.message)}")
        if f.advice:
            st.caption(wording.plain(f"处理：{f.advice}"))


def head(report: pd.Series) -> str:
    """One line about a report: kind, scope, form, dates, tables."""
    tables = "、".join(
        f"表{n}{wording.TABLE_STATE.get(report[f'table_{n}'], '')}"
        for n in ("2", "3", "4")
        if report[f"table_{n}"] not in (None, "absent")
    )
    late = (
        f"，晚于期限{int(report['days_late'])}天" if report["days_late"] is not None and report["days_late"] > 0 else ""
    )
    return wording.options_line([
        wording.KIND.get(report["kind"], "其他"), wording.SCOPE.get(report["scope"], ""), wording.form_name(report["form"]) if report["form"] else "",
        f"公布于{report['published_on']}{late}" if report["published_on"] else "公布日期不详", tables,
        "" if report["is_current"] else "已有更新的一份，不计入看板", f"文件：{Path(str(report['document'])).name}",
    ])  # fmt: skip


def name(report: pd.Series) -> str:
    """A report in a list: 2023年度　年度报告　本机关."""
    year = wording.year_text(report["year"]) if report["year"] else "年度不详"
    extra = "" if report["is_current"] else "　（旧）"
    return f"{year}　{wording.KIND.get(report['kind'], '其他')}　{wording.SCOPE.get(report['scope'], '')}{extra}"


def load(view: View, report_id: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Observations and findings of a report."""
    build, fictional = view.build.name, view.filters.fictional
    return queries_report.observations_of(build, fictional, report_id), queries_report.findings_in(
        build, fictional, report_id
    )
