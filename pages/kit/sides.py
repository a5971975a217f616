"""One finding opened: the rule in words, the two sides of its equation, and the tables of the report with those cells marked."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from etl.likeness import shared_passages
from etl.model import APPLICANTS, SourceError
from pages.kit import card, links, notices, queries_quality, wording
from pages.kit.filters import View

MARK = "background-color: #E69F00; color: #111111; font-weight: 700"
"""Amber with black: seen on a light and a dark ground, and in grey."""

SHORT = 8
"""Rows of a table that are shown whole."""

EMPTY = wording.STATUS | {"reported": ""}
"""What stands for a cell that printed nothing."""
SOURCE = {"table": "", "previous": "上年报告", "prose": "正文", "other": ""}


def show(view: View, row: Any) -> None:
    """The finding `row` (of queries_quality.findings): what holds, what is printed, where, what to look at."""
    build, fictional = view.build.name, view.filters.fictional
    breakdowns = card.breakdown_names()
    with st.container(border=True, key="finding"):
        st.markdown(
            f"**{wording.plain(row.agency)}　{wording.plain(wording.year_text(row.year))}　{wording.plain(row.rule_title)}**"
        )
        st.markdown(wording.plain(row.message))
        st.caption(
            wording.plain(
                f"{wording.SEVERITY.get(row.severity, '')}　{wording.FINDING_STATE.get(row.state, '')}。{wording.clean(row.explanation)}"
            )
        )
        if row.accepted:
            st.info(
                wording.plain(
                    f"{wording.clean(row.accepted_by)}已认可（{wording.clean(row.accepted_on)}）：{wording.clean(row.accepted_reason)}"
                )
            )
        operands = notices.operands_of(row.operands)
        places = tuple((int(o["report_id"]), o.get("ordinal"), o.get("metric"), o.get("breakdown")) for o in operands)
        cells = queries_quality.operand_cells(build, fictional, places) if places else pd.DataFrame()
        if (
            row.state in ("fail", "pass", "explained", "suspended")
            and len(operands) > 1
            and all(o.get("metric") for o in operands)
        ):
            _sides(operands, cells, breakdowns)
        elif isinstance(row.quote, str) and row.quote:
            st.text(wording.clean(row.quote))
        if len(cells):
            _tables(view, cells, breakdowns)
        if row.rule_id == "MD-NEARDUP" and operands:
            _alike(view, row, int(operands[0]["report_id"]))
        st.markdown("请核对：" + wording.plain(row.advice or ""))
        links.to_report(view, row.agency_id, row.report_id, _first(cells, row.report_id), label="看报告原文")


def _first(cells: pd.DataFrame, report_id: Any) -> Any:
    own = cells[cells["report_id"] == report_id] if len(cells) else cells
    return own["ordinal"].iloc[-1] if len(own) else None


def _sides(operands: list[dict[str, Any]], cells: pd.DataFrame, breakdowns: dict[str, str]) -> None:
    for column, (side, title) in zip(st.columns(2), (("left", "一边"), ("right", "另一边")), strict=True):
        mine = [(n, o) for n, o in enumerate(operands) if o["side"] == side]
        rows, total, known = [], 0.0, True
        for n, o in mine:
            found = cells[cells["at"] == n] if len(cells) else cells
            value = o.get("value")
            own = found[found["metric"] == o["metric"]] if len(found) else found
            known = known and value is not None
            total += (value or 0) * o["factor"]
            name = wording.clean(own["metric_name"].iloc[0]) if len(own) else _metric_name(o["metric"])
            rows.append({
                "加减": "＋" if o["factor"] > 0 else "－", "项": SOURCE.get(o["source"], "") + name, "列": breakdowns.get(o.get("breakdown") or "", ""),
                "印作": wording.clean(own["raw"].iloc[0]) if len(own) and wording.clean(own["raw"].iloc[0]) else ("各行相加" if not len(own) else EMPTY.get(o["status"], "")),
                "数值": value,
            })  # fmt: skip
        with column:
            st.markdown(f"{title}　**{wording.plain(wording.number(total)) if known else '不能相加'}**")
            frame = pd.DataFrame(rows)
            if len(frame) and not frame["列"].any():
                frame = frame.drop(columns="列")
            st.dataframe(
                frame,
                hide_index=True,
                placeholder="",
                height=38 + 35 * max(len(rows), 1),
                column_config={"数值": st.column_config.NumberColumn(format="localized")},
            )


def _metric_name(metric: str) -> str:
    from etl.registry import load_metrics

    known = load_metrics().get(metric)
    return known.name if known else metric


def _tables(view: View, cells: pd.DataFrame, breakdowns: dict[str, str]) -> None:
    """The statutory tables that hold the cells, as printed, with the cells marked; prose as its sentence."""
    seen: list[tuple[int, int]] = []
    for r in cells.itertuples(index=False):
        table = r.locator.get("table") if isinstance(r.locator, dict) else None
        if table is None or pd.isna(table):
            st.text(f"{r.year}年度报告正文：{wording.clean(r.quote)}")
        elif (int(r.report_id), int(table)) not in seen:
            seen.append((int(r.report_id), int(table)))
    for report_id, table in seen[:4]:
        marked = set(cells.loc[cells["report_id"] == report_id, "ordinal"])
        year = int(cells.loc[cells["report_id"] == report_id, "year"].iloc[0])
        st.caption(f"{year}年度报告，{wording.TABLE.get(str(table), '统计表')}，橙色为有关的格")
        _grid(queries_quality.table_of(view.build.name, view.filters.fictional, report_id, table), marked, breakdowns)


def _grid(df: pd.DataFrame, marked: set[int], breakdowns: dict[str, str]) -> None:
    shown = [wording.clean(r) or EMPTY.get(s, "") for r, s in zip(df["raw"], df["status"], strict=True)]
    df = df.assign(shown=shown, mark=df["ordinal"].isin(marked))
    if df["breakdown"].notna().any():
        columns = [b for b in APPLICANTS if b in set(df["breakdown"])]
        table = df.pivot_table(index="short", columns="breakdown", values="shown", aggfunc="first", sort=False)[columns]
        marks = df.pivot_table(index="short", columns="breakdown", values="mark", aggfunc="max", sort=False)[columns]
        table.columns = marks.columns = [breakdowns.get(c, c) for c in columns]
    else:
        table, marks = df.set_index("short")[["shown"]], df.set_index("short")[["mark"]]
        table.columns = marks.columns = ["印作"]
    table.index.name = marks.index.name = "项"
    style = marks.fillna(False).astype(bool).map(lambda m: MARK if m else "")
    if not table.index.is_unique:
        table, style = table.reset_index(), style.reset_index().assign(项="")
    part, style = _around(table, style, marks.fillna(False).astype(bool).any(axis=1).tolist())
    st.dataframe(part.style.apply(lambda _: style, axis=None), height=38 + 35 * len(part))


def _around(table: pd.DataFrame, style: pd.DataFrame, marked: list[bool]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The rows with marks and one on either side; …… where rows are left out. A short table is shown whole."""
    if len(table) <= SHORT:
        return table, style
    keep = [any(marked[max(n - 1, 0) : n + 2]) for n in range(len(table))]
    parts: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    for n, kept in enumerate(keep):
        if kept:
            parts.append((table.iloc[[n]], style.iloc[[n]]))
        elif n == 0 or keep[n - 1]:
            gap = pd.DataFrame(
                [[""] * table.shape[1]], columns=table.columns, index=["…" + "\u200b" * len(parts)]
            )  # each index its own
            parts.append((gap, gap))
    shown, marks = pd.concat([p[0] for p in parts]), pd.concat([p[1] for p in parts])
    shown.index.name = marks.index.name = table.index.name
    return shown, marks


def _alike(view: View, row: Any, other: int) -> None:
    one = queries_quality.report_file(view.build.name, view.filters.fictional, int(row.report_id))
    two = queries_quality.report_file(view.build.name, view.filters.fictional, other)
    if not one or not two:
        return
    try:
        same = shared_passages((one["location"], one["part"]), (two["location"], two["part"]))
    except (SourceError, OSError):
        st.caption("源文件已不在原处，不能列出相同的句子。")
        return
    st.caption(wording.plain(f"与{two['agency']}{two['year']}年度报告相同的句子，长的在前："))
    for sentence in same[:10]:
        st.text(wording.clean(sentence))
    links.to_report(view, two["agency_id"], other, label="看另一份报告")
