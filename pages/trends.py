"""年度趋势: how did it go; gaps stay open, marks stand where the form changed."""

import streamlit as st

from pages.kit import card, charts, filters, queries, wording

USED = ("metric", "first", "last", "province", "city", "level", "system", "agency", "kind", "scope")
SCALES = {"same": "同一纵轴", "own": "各自纵轴"}

view = filters.page_view("trends", "年度趋势", USED, choices={"scale": list(SCALES)})
if view is None:
    st.stop()
chosen, build, metric = view.filters, view.build, view.metric
line = filters.filter_line(view, USED)
years = tuple(y for y in range(int(chosen.first or 0), int(chosen.last or 0) + 1))
rows = queries.values(
    build.name,
    chosen.fictional,
    (chosen.metric or "",),
    years,
    chosen.scope or "",
    chosen.kind,
    chosen.province,
    chosen.city,
    chosen.level,
    chosen.system,
)
df = rows[rows["id"].isin(chosen.agency)] if chosen.agency else rows
known = df[df["status"] == "reported"].groupby("id")["year"].nunique()
df = df[df["id"].isin(known.index)]
if df.empty:
    filters.nothing_here(view, line)
    st.stop()
if chosen.agency:
    order = {a: n for n, a in enumerate(chosen.agency)}
else:  # the longest series first, then by name, so that what is drawn does not depend on who has more
    order = {a: n for n, a in enumerate(known.sort_values(ascending=False, kind="stable").index)}
df = df.assign(_order=df["id"].map(order)).sort_values(["_order", "year"], kind="stable").drop(columns="_order")
series = df["id"].nunique()
drawn = df[df["id"].isin(list(order)[: charts.MOST_PANELS])]
few = series <= charts.MOST_SERIES
notes = card.notes_for(drawn, metric)
if not few and series > charts.MOST_PANELS:
    notes.append(
        f"共{series}个机关有数，图中为年份最全的{charts.MOST_PANELS}个；用筛选缩小范围，或在“机关”中指定。数据表为图中各机关。"
    )
if not few:
    scale = filters.switch(view, "scale", "纵轴", SCALES)
span = (years[0], years[-1])
place = view.options.cities.get(chosen.city or "") or view.options.provinces.get(chosen.province or "") or "全部"
card.show(view, card.Card(
    key="trend", title=f"{metric['name']}，{wording.year_text(span)}", subtitle=f"{wording.SCOPE.get(chosen.scope or '', '')}，单位：{metric['unit']}，{drawn['id'].nunique()}个机关",
    table=drawn, draw=lambda look: charts.lines(drawn, look) if few else charts.small_multiples(drawn, look, scale == "same"),
    theme=card.themes().get(metric["theme"], "年度趋势"), metric=metric["name"], year=f"{span[0]}-{span[1]}",
    scope="_".join(x for x in (place, chosen.system or "") if x), filter_line=line, notes=notes, chosen=frozenset(chosen.agency) if not few else frozenset(),
    **card.metric_look(metric, drawn),
))  # fmt: skip
if few is False and not chosen.agency:
    st.caption("在“机关”中选一至六个机关，可在同一坐标中比较。")
