"""工作要点: who does what by when; one plan's tasks by section, its columns by section and frequency."""

import streamlit as st

from etl.registry import words_of
from pages.kit import card, charts_spread, filters, links, queries_topics, state, topics, wording

USED = ("province", "city", "system")
ITEMS = words_of("plan_item")

view = filters.page_view(
    "plans",
    "工作要点",
    USED,
    choices={"plan": links.known("plan"), "item": list(ITEMS), "section": links.known("section")},
)
if view is None:
    st.stop()
plans = queries_topics.plans(view.build.name, view.filters.fictional)
inside = {k for k, a in view.options.agencies.items() if state.in_reach(a, view.filters)}
plans = (
    plans[plans["agency_id"].isin(inside)]
    if (view.filters.city or view.filters.province or view.filters.system)
    else plans
)
if plans.empty:
    st.info(
        "所选范围内没有工作要点。工作要点随报告一起装入：python -m etl load 文件夹；标题含“工作要点”“公开要点”的文件会被认出。"
    )
    st.stop()
titles = {
    str(r.report_id): f"{r.agency or '机关不详'}　{int(r.year) if r.year else '年度不详'}年"
    for r in plans.itertuples(index=False)
}
plan = links.pick(view, "plan", "工作要点", titles, 460)
head = plans[plans["report_id"] == int(plan)].iloc[0]
items = queries_topics.plan_items(view.build.name, view.filters.fictional, int(plan))
st.markdown(
    f"**{wording.plain(head['title'] or titles[plan])}**　任务{int(head['tasks'])}项，公开栏目{int(head['columns'])}个"
)
item = filters.switch(view, "item", "内容", {k: v for k, v in ITEMS.items() if (items["item"] == k).any()} or ITEMS)
part = items[items["item"] == item]
if part.empty:
    st.info(f"这份工作要点没有可辨认的{ITEMS[item]}。")
    st.stop()
pairs, rows, columns = topics.pairs(part, "frequency" if item == "column" else "top")
card.show(view, card.Card(
    key="plan", title=f"{ITEMS[item]}：责任科室和{'更新频率' if item == 'column' else '工作方面'}", subtitle=f"{titles[plan]}，{len(part)}{'个栏目' if item == 'column' else '项任务'}",
    table=topics.pairs_rows(pairs, head, ITEMS[item]), clickable=False, reports=1, entity="责任科室", in_order=True, theme="工作要点",
    draw=lambda look: charts_spread.counts(pairs, look, rows, columns), metric=ITEMS[item], year=str(head["year"] or ""), scope=str(head["agency"] or ""),
    filter_line=titles[plan], alt=topics.pairs_alt(pairs),
    notes=["一项由几个科室共同负责的，各科室都计一次，合计多于项数。" if part["section"].fillna("").str.contains("、").any() else "按文件所列责任科室统计。"],
))  # fmt: skip
section = links.pick(view, "section", "科室", {"": "全部科室", **{r: r for r in rows}}, 300)
shown = part[part["section"].fillna("").map(lambda s: section in s.split("、"))] if section else part
listed = (
    shown[["number", "path", "section", "frequency"] if item == "column" else ["number", "path", "task", "section"]]
    .fillna("")
    .map(wording.clean)
)
listed.columns = ["序号", "栏目", "责任科室", "更新频率"] if item == "column" else ["序号", "方面", "任务", "责任科室"]
st.dataframe(
    listed,
    hide_index=True,
    placeholder="",
    height=min(38 + 35 * max(len(listed), 1), 640),
    column_config={"任务": st.column_config.TextColumn(width="large")},
)
links.to_report(view, head["agency_id"], int(plan), label="看工作要点原文")
