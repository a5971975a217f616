"""依申请公开: what happened to requests; balance, from applicant to outcome, outcomes as shares, reasons for refusing."""

from itertools import groupby

import pandas as pd
import streamlit as st

from pages.kit import card, charts, charts_parts, filters, queries, queries_topics, topics, wording

USED = ("year", "province", "city", "level", "system", "agency", "scope")
BY = {"agency": "各机关", "year": "历年合计"}

view = filters.page_view(
    "requests", "依申请公开", USED, metric="requests_received", choices={"why": list(topics.GROUPS), "by": list(BY)}
)
if view is None:
    st.stop()
build, fictional, scope = view.build.name, view.filters.fictional, view.filters.scope or ""
year, reach, line = int(view.filters.year or 0), topics.reach(view), filters.filter_line(view, USED)
here = topics.here(view)
common = {"theme": "依申请公开", "scope": here, "filter_line": line, "unit": "件"}
who = filters.once(view, "who", lambda: topics.standing(view, "requests_received", year))
if not (who["status"] == "reported").any():
    filters.nothing_here(view, line)
    st.stop()


def balanced() -> tuple[pd.DataFrame, int, list[str]]:
    """What came in and what was done with it: rows of a few agencies, else of their sum; of how many; notes."""
    if 0 < len(view.filters.agency) <= 6:
        rows = queries.values(build, fictional, topics.BALANCE, (year,), scope, **topics.narrow(reach))
        rows = rows[rows["id"].isin(view.filters.agency)]
        return rows, rows["id"].nunique(), wording.value_notes(rows)
    rows = queries_topics.totals(build, fictional, topics.BALANCE, (year,), scope, needed=len(topics.BALANCE), **reach)
    rows = topics.as_one(rows, here)
    return rows, topics.held(rows), topics.left_out(who, topics.held(rows), "四项齐全")


pairs, held, notes = filters.once(view, "pairs", balanced)
if held:
    card.show(view, card.Card(
        key="balance", form="grouped", title=f"申请的收与办，{wording.year_text(year)}", table=pairs, reports=held, metric="收办平衡", year=str(year),
        subtitle=f"上年结转＋本年新收＝办结＋结转下年；{wording.SCOPE.get(scope, '')}，{held}个机关", draw=lambda look: charts_parts.balance(pairs, look),
        notes=["表内应有：本年新收与上年结转之和等于办结与结转下年度之和；不相等的照原数画出。", *notes], **common,
    ))  # fmt: skip

names = topics.shorts()
sources = {b: names[b] for b in topics.APPLICANTS}
outcomes = topics.outcomes(year)
targets = {m: names[m] for m in (*outcomes, "requests_carried_out")}


def from_to() -> tuple[pd.DataFrame, int, str, list[str]]:
    """Applicants by outcome of those who filled the whole table (where nobody did, of all); of how many; the words for it; notes."""
    if not outcomes:
        return pd.DataFrame(), 0, "", []
    asked = {"breakdowns": tuple(sources), **reach}
    needed = 1 if len(view.filters.agency) == 1 else len(sources) * len(targets)
    rows = queries_topics.totals(build, fictional, tuple(targets), (year,), scope, needed=needed, **asked)
    if not topics.held(rows):
        rows = queries_topics.totals(build, fictional, tuple(targets), (year,), scope, **asked)
    n = topics.held(rows)
    if not n:
        return rows, 0, "", []
    rows = topics.as_one(rows, here)
    notes = [*topics.left_out(who, n, "各栏齐全" if n > 1 else "有数"), *topics.bounds(rows)]
    return rows, n, topics.largest_cells(rows, sources, targets), notes


crossed, inside, alt, notes = filters.once(view, "crossed", from_to)
if inside:
    card.show(view, card.Card(
        key="flow", title=f"谁在申请、结果如何，{wording.year_text(year)}", subtitle=f"{here}，{inside}个机关；左为申请人，右为处理结果，右侧交叉表为同一组数",
        table=crossed, draw=lambda look: charts_parts.flow(crossed, look, sources, targets), metric="申请人与结果", year=str(year), clickable=False, in_order=True, reports=inside,
        alt=alt, notes=notes, **common,
    ))  # fmt: skip

by = filters.switch(view, "by", "按", BY)
years = view.options.years if by == "year" else (year,)


def shares() -> tuple[pd.DataFrame, pd.DataFrame, list[str], list[str], str, int]:
    """Outcomes as shares: rows of table and files, those that the chart draws, who is in them, notes, the words for it, of how many reports.

    Years whose forms ask for the same outcomes are asked for together: the whole of a share is the sum of its own form's outcomes."""
    found = [
        queries_topics.outcome_shares(build, fictional, asked, tuple(of_these), scope, by, **reach)
        for asked, of_these in groupby(years, topics.outcomes)
        if asked
    ]
    if not found:
        return pd.DataFrame(), pd.DataFrame(), [], [], "", 0
    rows = found[0] if len(found) == 1 else pd.concat(found, ignore_index=True)
    order = list(dict.fromkeys(rows["id"]))
    top = rows[rows["id"].isin(order[: charts_parts.MOST_ROWS])]
    notes = [
        "各结果之和不含结转下年；占比以各结果之和为分母，分母小于10的不显示占比。",
        *topics.cut(order, charts_parts.MOST_ROWS, "办结最多的"),
    ]
    if by == "year":
        notes += [f"{y}年度起多数报告改用{wording.form_name(f)}。" for y, f in charts.form_changes(top)]
    return rows, top, order, notes, topics.shares_alt(top, names), topics.reports(rows) if order else 0


split, drawn, order, notes, alt, behind = filters.once(view, "split", shares)
if order:
    parts = {m: names[m] for y in years for m in topics.outcomes(y)}
    card.show(view, card.Card(
        key="shares", title=f"处理结果构成，{wording.year_text((years[0], years[-1]))}", table=split, reports=behind, metric="处理结果构成", year=wording.spans(list(years)), in_order=True,
        subtitle=f"{wording.SCOPE.get(scope, '')}，{BY[by]}，{len(order)}{'年' if by == 'year' else '个机关'}；条末n为结果合计件数",
        draw=lambda look: charts_parts.shares(drawn, look, parts), alt=alt, notes=notes, **common,
    ))  # fmt: skip

WHY = {why: names[metric] for why, metric in topics.GROUPS.items()}
why = filters.switch(view, "why", "理由", WHY)


def why_not() -> tuple[pd.DataFrame, int, float, list[str]]:
    """Reasons for refusing: rows, of how many agencies, their sum, notes."""
    parts = topics.parts_of(topics.GROUPS[why], year)
    if not parts:
        return pd.DataFrame(), 0, 0.0, []
    rows = queries_topics.totals(build, fictional, parts, (year,), scope, **reach)
    rows = topics.as_one(rows, here).assign(name=rows["metric_short"], id=rows["metric"])
    n = topics.held(rows)
    return rows, n, float(rows["value"].sum()), [*topics.left_out(who, n, "有数"), *topics.bounds(rows)]


reasons, held, whole, notes = filters.once(view, "reasons", why_not)
if held:
    card.show(view, card.Card(
        key="reasons", title=f"{WHY[why]}的理由，{wording.year_text(year)}", subtitle=f"{here}，合计{wording.number(whole)}件，{held}个机关", table=reasons,
        draw=lambda look: charts.ranking(reasons, look), metric=f"{WHY[why]}理由", year=str(year), entity="理由", reports=held,
        notes=notes, **common,
    ))  # fmt: skip
