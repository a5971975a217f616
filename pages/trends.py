"""年度趋势: how did it go; gaps stay open, marks stand where the form changed; lines, slopes between two years, places inside the peer group."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.kit import card, charts, charts_change, filters, queries, queries_build, queries_cities, topics, wording

USED = ("metric", "first", "last", "province", "city", "level", "system", "agency", "kind", "scope")
FORMS = {"line": "历年折线", "slope": "两年斜线", "bump": "同类位次"}
UNITS = {"agency": "机关", "government": "市（汇总数）", "sum": "市（合计数）"}
BASES = {"government": "市政府汇总数", "sum": "所收机关合计"}
SCALES = {"same": "同一纵轴", "own": "各自纵轴"}


def said(view: filters.View) -> str:
    """The filter line: of cities only what holds for them."""
    unit = view.filters.more["unit"]
    if unit == "agency":
        return filters.filter_line(view, USED)
    holds = ("metric", "first", "last", "province", "city", *(("level", "system") if unit == "sum" else ()), "kind")
    return wording.options_line([filters.filter_line(view, holds), f"口径：{BASES[unit]}"])


view = filters.page_view(
    "trends",
    "年度趋势",
    USED,
    choices={"form": list(FORMS), "unit": list(UNITS), "scale": list(SCALES)},
    said=said,
)
if view is None:
    st.stop()
chosen, build, metric = view.filters, view.build, view.metric
years = tuple(range(int(chosen.first or 0), int(chosen.last or 0) + 1))
span = (years[0], years[-1])
with st.container(horizontal=True, vertical_alignment="bottom"):
    form = filters.switch(view, "form", "图形", FORMS)
    unit = filters.switch(view, "unit", "单位", UNITS)
picked, entity, noun, line = chosen.agency, "机关", "个机关", said(view)
if unit != "agency":
    picked, entity, noun = ((chosen.city,) if chosen.city else ()), "城市", "个市"


def rows_with_a_figure() -> tuple[pd.DataFrame, pd.Series, list[str]]:
    """The rows of who has a figure at all, in how many years each, and what is to be said of new forms."""
    where = topics.narrow(topics.reach(view))
    if unit == "agency":
        every = queries.values(
            build.name, chosen.fictional, (chosen.metric or "",), years, chosen.scope or "", chosen.kind, **where
        )
    else:
        where.pop("city")
        every = queries_cities.city_values(
            build.name, chosen.fictional, chosen.metric or "", years, unit, chosen.kind, **where
        )
    known = every[every["status"] == "reported"].groupby("id")["year"].nunique()
    every = every[every["id"].isin(known.index)]
    return (
        every,
        known,
        [f"{y}年度起多数报告改用{wording.form_name(f)}，前后口径可能不同。" for y, f in charts.form_changes(every)],
    )


rows, known, changes = filters.once(view, "rows", rows_with_a_figure)
df = rows[rows["id"].isin(picked)] if picked and form == "line" else rows
if df.empty:
    filters.nothing_here(view, line)
    st.stop()
place = view.options.cities.get(chosen.city or "") or view.options.provinces.get(chosen.province or "") or "全部"
scope_words = wording.SCOPE.get(chosen.scope or "", "") if unit == "agency" else BASES[unit]
common = {
    "theme": card.themes().get(metric["theme"], "年度趋势"), "metric": metric["name"], "entity": entity, "filter_line": line,
    "scope": "_".join(x for x in (place if unit == "agency" else BASES[unit], chosen.system or "") if x),
}  # fmt: skip
uneven = ["各年、各市所收机关数不同，合计不宜直接比较。"] if unit == "sum" else []

if form == "line":

    def series() -> tuple[pd.DataFrame, int, list[str], dict[str, Any]]:
        """Rows of the series that are drawn, how many there are in all, notes, the metric's look."""
        # the longest series first, then by name, so that what is drawn does not depend on who has more
        first = picked or tuple(known.sort_values(ascending=False, kind="stable").index)
        place = {key: n for n, key in enumerate(first[: charts.MOST_PANELS])}
        kept = df[df["id"].isin(place)]
        kept = kept.assign(_at=kept["id"].map(place)).sort_values(["_at", "year"], kind="stable").drop(columns="_at")
        every = df["id"].nunique()
        notes = [*card.notes_for(kept, metric, entity), *uneven]
        if every > charts.MOST_SERIES and changes:
            notes.append("竖虚线为改用新表式。")
        if every > charts.MOST_PANELS:
            notes.append(
                f"共{every}{noun}有数，图和表中为年份最全的{charts.MOST_PANELS}个；用筛选缩小范围，或在“机关”中指定。"
            )
        return kept, every, notes, card.metric_look(metric, kept)

    drawn, every, notes, look = filters.once(view, "series", series)
    few = every <= charts.MOST_SERIES
    scale = "same" if few else filters.switch(view, "scale", "纵轴", SCALES)
    card.show(view, card.Card(
        key="trend", title=f"{metric['name']}，{wording.year_text(span)}", subtitle=f"{scope_words}，单位：{look['unit'] or metric['unit']}，{drawn['id'].nunique()}{noun}",
        table=drawn, draw=lambda look: charts.lines(drawn, look) if few else charts.small_multiples(drawn, look, scale == "same"), notes=notes,
        year=f"{span[0]}-{span[1]}", chosen=frozenset() if few else frozenset(picked), **look, **common,
    ))  # fmt: skip
    if not few and not picked and unit == "agency":
        st.caption("在“机关”中选一至六个机关，可在同一坐标中比较。")
elif form == "slope":

    def changed() -> tuple[pd.DataFrame, pd.DataFrame, int, list[str], dict[str, Any], str]:
        """Rows of both years, those that are drawn, how many have a figure in both, notes, the metric's look, words for screen readers."""
        pairs, joined = topics.by_change(rows, *span, picked)
        drawn = pairs[pairs["id"].isin(list(dict.fromkeys(pairs["id"]))[: min(joined, charts_change.MOST_SLOPES)])]
        units = card.unit_notes(pairs)
        notes = list(dict.fromkeys([*card.notes_for(drawn, metric, entity), *units, *uneven, *changes]))
        if joined > charts_change.MOST_SLOPES:
            notes.append(
                f"共{joined}{noun}两年都有数，图中为增减最多的{charts_change.MOST_SLOPES}个（所选的必在内），其余见表。"
            )
        if without := pairs["id"].nunique() - joined:
            or_units = "或单位不同" if units else ""
            notes.append(f"另有{without}{noun}两年中只有一年有数{or_units}，没有画线。")
        notes.append("空心点为约数或年内部分时段的数；斜线只连两年，不说明中间各年。")
        return pairs, drawn, joined, notes, card.metric_look(metric, pairs), topics.change_alt(drawn, *span)

    pairs, drawn, joined, notes, look, alt = filters.once(view, "pairs", changed)
    if not joined or span[0] == span[1]:
        st.info(
            f"没有{noun[1:]}在{span[0]}年度和{span[1]}年度都有数值，画不出两年斜线。请改选起始年度和截止年度，或看“历年折线”。"
        )
        st.stop()
    card.show(view, card.Card(
        key="slope", form="slope", title=f"{metric['name']}，{wording.year_text(span[0])}与{wording.year_text(span[1])}", table=pairs, in_order=True,
        subtitle=f"{scope_words}，单位：{look['unit'] or metric['unit']}，两年都有数的{joined}{noun}", draw=lambda look: charts_change.slope(drawn, look, *span),
        notes=notes, year=f"{span[0]}-{span[1]}", chosen=frozenset(picked), alt=alt, **look, **common,
    ))  # fmt: skip
else:

    def places() -> tuple[pd.DataFrame, pd.DataFrame, int, list[str], dict[str, Any], str, str]:
        """Rows of the group, those that are drawn, how many groups there are, notes, the metric's look, what the group is called, words for
        screen readers."""
        group, groups = topics.one_group(rows, picked)
        if group.empty:
            return group, group, 0, [], {}, "", ""
        called = topics.group_name(group, chosen.province)
        ids = list(dict.fromkeys(group["id"]))
        drawn = group[group["id"].isin(ids[: charts_change.MOST_PLACES])]
        notes = ["位次按数值从高到低，只说明多少，不说明好坏；年份下为当年排位的个数。", "= 并列：数值相同的位次相同，图中挨着画。",
                 f"没有数、分母过小或只含年内部分时段的{entity}当年不排位，线在该处断开。", *changes, *uneven]  # fmt: skip
        if len(ids) > charts_change.MOST_PLACES:
            notes.append(
                f"共{len(ids)}{noun}有位次，图中为最近一年在前的{charts_change.MOST_PLACES}个（所选的必在内），其余见表。"
            )
        if groups > 1:
            notes.append(f"所选范围内有{groups}组同类，位次不能混排，图中为“{called}”；用层级和系统可换一组。")
        notes += wording.value_notes(drawn, metric.get("caution"), entity)[:1]
        return group, drawn, groups, notes, card.metric_look(metric, drawn), called, topics.places_alt(drawn)

    group, drawn, groups, notes, look, called, alt = filters.once(view, "group", places)
    if group.empty:
        st.info(
            f"位次只在同类之内排，同类有数的不足{queries_build.FEWEST_PEERS}个不排。所选范围内没有这样的同类，请放宽筛选，或看“历年折线”。"
        )
        st.stop()
    card.show(view, card.Card(
        key="bump", form="bump", title=f"{metric['name']}的位次，{wording.year_text(span)}", table=group, in_order=True, subtitle=f"{scope_words}，同类：{called}",
        draw=lambda look: charts_change.bump(drawn, look), notes=notes,
        year=f"{span[0]}-{span[1]}", chosen=frozenset(picked), alt=alt, **look, **common,
    ))  # fmt: skip
