"""城市对比: a government's own figure for its region, or the sum of the agencies held; never both in one chart."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.kit import card, charts, entities, filters, queries_cities, wording

BASES = {"government": "市政府汇总数", "sum": "所收机关合计"}
FORMS = {"ranking": "排序条形", "dumbbell": "与上年比", "multiples": "历年小图"}

view = filters.page_view(
    "cities",
    "城市对比",
    ("metric", "year", "province", "level", "system", "kind"),
    choices={"basis": list(BASES), "form": list(FORMS), "order": list(entities.ORDERS)},
)
if view is None:
    st.stop()
chosen, build, metric = view.filters, view.build, view.metric
year = int(chosen.year or 0)
with st.container(horizontal=True, vertical_alignment="bottom"):
    basis = filters.switch(view, "basis", "口径", BASES)
    form = filters.switch(view, "form", "图形", FORMS)
    order = filters.switch(view, "order", "排序", entities.ORDERS) if form == "ranking" else "value"
used = ("metric", "year", "province", *(("level", "system") if basis == "sum" else ()), "kind")
line = wording.options_line([filters.filter_line(view, used), f"口径：{BASES[basis]}"])
if basis == "government":
    st.caption("市政府在报告中按全市汇总的数。层级、系统两项筛选只用于“所收机关合计”。")
else:
    st.caption("把本库所收各机关自己的数相加，缺报的机关不在内，不等于全市数。")
years = {"ranking": (year - 1, year), "dumbbell": (year - 1, year)}.get(form, view.options.years)


def rows_and_notes() -> tuple[pd.DataFrame, list[str], dict[str, Any], str]:
    """Rows of table and chart, notes, the metric's look, how many cities have a figure."""
    df = queries_cities.city_values(
        build.name, chosen.fictional, chosen.metric or "", tuple(years), basis, chosen.kind, chosen.province, chosen.level, chosen.system
    )  # fmt: skip
    if form == "ranking":
        df = card.with_years_before(df, year)
    held = int(df[df["year"] == year]["status"].eq("reported").sum())
    notes = card.notes_for(df, metric, "城市")
    if basis == "sum":
        parts = df[(df["year"] == year) & (df["parts_known"] > 0)]
        told = [f"{r.name}{int(r.parts_held)}/{int(r.parts_known)}" for r in entities.rows(parts)]
        notes = [n for n in notes if not n.startswith("未见报告")]
        notes.append("所含机关：" + wording.names(told, 30, "个市") + "；机关数不同，合计不宜直接比较。")
    return df, notes, card.metric_look(metric, df), f"{df['id'].nunique()}个市中{held}个有数"


df, notes, look, counted = filters.once(view, "rows", rows_and_notes)
if not (df["status"] == "reported").any():
    filters.nothing_here(view, line)
    if basis == "government":
        st.markdown("没有市政府的全市汇总数时，可以改看所收机关的合计：上方“口径”选“所收机关合计”。")
    st.stop()

common = {
    "theme": card.themes().get(metric["theme"], "城市对比"), "metric": metric["name"], "entity": "城市", "filter_line": line, "notes": notes,
    "scope": view.options.provinces.get(chosen.province or "", "各市") + BASES[basis], "table": df, **look,
}  # fmt: skip
subtitle = f"{BASES[basis]}，单位：{look['unit'] or metric['unit']}，{counted}"
if form == "ranking":
    card.show(view, card.Card(key="ranking", title=f"各市{metric['name']}，{wording.year_text(year)}", subtitle=subtitle, year=str(year),
                              draw=lambda look: charts.ranking(df, look, order), order=order, **common))  # fmt: skip
elif form == "dumbbell":
    card.show(view, card.Card(key="dumbbell", form="dumbbell", title=f"各市{metric['name']}，{wording.year_text(year - 1)}与{wording.year_text(year)}", subtitle=subtitle,
                              year=f"{year - 1}-{year}", draw=lambda look: charts.dumbbell(df, look, year - 1, year), **common))  # fmt: skip
else:
    span = (min(years), max(years))
    card.show(view, card.Card(key="multiples", form="multiples", title=f"各市{metric['name']}，{wording.year_text(span)}", subtitle=f"{BASES[basis]}，单位：{look['unit'] or metric['unit']}",
                              year=f"{span[0]}-{span[1]}", draw=lambda look: charts.small_multiples(df, look), **common))  # fmt: skip
