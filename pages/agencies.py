"""机关对比: who has more, among its like."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.kit import card, charts, charts_spread, entities, filters, queries, state, wording

USED = ("metric", "year", "province", "city", "level", "system", "agency", "kind", "scope")
FORMS = {"ranking": "排序条形", "dumbbell": "与上年比", "heat": "多指标"}
FIRST = {"value": "数值最大的", "name": "名称排在前面的", "place": "行政区划排在前面的"}
INTERVAL = {"": "只画数值", "wilson": "加95%区间"}
HEAT = 8 if state.text_width() >= 560 else 4  # a telephone has room for four columns

view = filters.page_view(
    "agencies",
    "机关对比",
    USED,
    choices={"form": list(FORMS), "only": ["", "chosen"], "order": list(entities.ORDERS), "interval": list(INTERVAL)},
)
if view is None:
    st.stop()
chosen, build, metric = view.filters, view.build, view.metric
line = filters.filter_line(view, USED)
year = int(chosen.year or 0)
with st.container(horizontal=True, vertical_alignment="bottom"):
    form = filters.switch(view, "form", "图形", FORMS)
    order = filters.switch(view, "order", "排序", entities.ORDERS) if form == "ranking" else "value"
    share = form == "ranking" and metric["unit"] == "%"
    interval = filters.switch(view, "interval", "区间", INTERVAL) if share else ""
    if chosen.agency:
        filters.switch(view, "only", "范围", {"": "同时显示其他机关", "chosen": "只显示所选机关"})
reach = {
    "kind": chosen.kind,
    "province": chosen.province,
    "city": chosen.city,
    "level": chosen.level,
    "system": chosen.system,
}
ids: tuple[str, ...] = (chosen.metric or "",)
if form == "heat":  # the chosen metric and the others of its theme that have the most values
    same = view.metrics[(view.metrics["theme"] == metric["theme"]) & (view.metrics["indicator"] == metric["indicator"])]
    ids = tuple(dict.fromkeys([*ids, *same.sort_values("held", ascending=False)["id"]]))[:HEAT]
picked, place = frozenset(chosen.agency), view.options.cities.get(chosen.city or "")
place = place or view.options.provinces.get(chosen.province or "") or "全部"
peers = "同类指层级与系统相同、范围相同的机关" + ("（本省）" if chosen.province else "（本库全部）")


def rows_and_notes() -> tuple[pd.DataFrame, pd.DataFrame, list[str], dict[str, Any], str]:
    """Rows of table and files, those that the chart draws, the notes, the metric's look, the part of the subtitle that counts."""
    asked = (year - 1, year), chosen.scope or ""
    rows = queries.values(build.name, chosen.fictional, ids[:1], *asked, **reach)
    if chosen.agency and view.filters.more["only"] == "chosen":
        rows = rows[rows["id"].isin(chosen.agency)]
    df = card.with_years_before(rows, year)
    one = entities.of_one_unit(df)
    look, counted = card.metric_look(metric, df), f"n={int(one['status'].eq('reported').sum())}"
    if form == "dumbbell":
        look, ends = card.metric_look(metric, rows), entities.of_one_unit(rows)
        counted = f"n={int(ends.loc[ends['year'] == year, 'status'].eq('reported').sum())}"
        ends = ends[ends["status"] == "reported"].sort_values(["year", "value"], ascending=False, kind="stable")
        counted += f"；两年都有数的{int((ends['id'].value_counts() == 2).sum())}个机关连线，其余只有一点"
        ends, cut = card.drawn(ends, picked, FIRST["value"])
        return rows, ends, [*cut, *card.notes_for(rows, metric)], look, counted
    if form == "heat":
        there = one[one["status"] != "other_scope"].sort_values("value", ascending=False, kind="stable")
        there, cut = card.drawn(there, picked, f"“{metric['short']}”{FIRST['value']}")
        if there.empty:
            return df, df, [], look, counted
        rows = queries.values(build.name, chosen.fictional, ids, *asked, **reach, agencies=tuple(sorted(there["id"])))
        df = card.with_years_before(rows, year)
        return df, df, [*cut, *card.unit_notes(df), "斜线格为未见报告；空白格、“报告未载”不等于0。"], look, counted
    bars = one[~one["status"].isin(["no_report", "other_scope"])]
    bars, cut = card.drawn(entities.in_order(bars, order), picked, FIRST[order])
    medians = [f"{peers}；中位数不含年内部分时段的数。"] if df["peer_median"].notna().any() else []
    return df, bars, [*cut, *card.notes_for(df, metric), *medians], look, counted


def every_row() -> pd.DataFrame:
    """All metrics of every agency, for the table and the files: many rows, which the chart does not need."""
    rows = queries.values(build.name, chosen.fictional, ids, (year - 1, year), chosen.scope or "", **reach)
    place = {key: n for n, key in enumerate(dict.fromkeys([*drawn["id"], *rows["id"]]))}  # who is drawn first
    rows = card.with_years_before(rows[rows["status"] != "other_scope"], year)
    return rows.assign(_at=rows["id"].map(place)).sort_values("_at", kind="stable").drop(columns="_at")


table, drawn, notes, look, counted = filters.once(view, "rows", rows_and_notes, ids)
if not (table.loc[table["year"] == year, "status"] == "reported").any():
    filters.nothing_here(view, line)
    st.stop()
scope = wording.SCOPE.get(chosen.scope or "", "")
common = {
    "theme": card.themes().get(metric["theme"], "机关对比"), "metric": metric["name"], "scope": "_".join(x for x in (place, chosen.system or "") if x),
    "filter_line": line, "chosen": picked, "table": table, "notes": notes, "subtitle": f"{scope}，单位：{look.get('unit') or metric['unit']}，{counted}",
    "year": str(year), "order": order, **look,
}  # fmt: skip
if form == "ranking":
    card.show(view, card.Card(
        key="ranking", title=f"{metric['name']}，{wording.year_text(year)}",
        draw=lambda look: charts_spread.rates(drawn, look, True, order) if interval else charts.ranking(drawn, look, order), **common,
    ))  # fmt: skip
elif form == "dumbbell":
    card.show(view, card.Card(
        key="dumbbell", form="dumbbell", title=f"{metric['name']}，{wording.year_text(year - 1)}与{wording.year_text(year)}",
        draw=lambda look: charts.dumbbell(drawn, look, year - 1, year), **(common | {"year": f"{year - 1}-{year}"}),
    ))  # fmt: skip
else:
    short = dict(zip(view.metrics["id"], view.metrics["short"], strict=True))
    card.show(view, card.Card(
        key="heat", title=f"{common['theme']}各项指标，{wording.year_text(year)}", draw=lambda look: charts.heat(drawn, look, ids, short),
        whole=every_row if drawn["id"].nunique() >= card.MOST_DRAWN else None,
        **(common | {"metric": "各项指标", "subtitle": f"{scope}，颜色深浅按各列最大值分别计算，不可跨列比较"}),
    ))  # fmt: skip
