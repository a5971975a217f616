"""复议诉讼: how do decisions stand up; counts by stage and result, correction rates where there are enough cases."""

import pandas as pd
import streamlit as st

from etl.registry import load_indicators
from pages.kit import (
    card,
    charts,
    charts_parts,
    charts_spread,
    filters,
    queries,
    queries_cities,
    queries_topics,
    topics,
    wording,
)

USED = ("first", "last", "province", "city", "level", "system", "agency", "scope")
RATES = {id: load_indicators()[id].short for id in ("review_correction_rate", "litigation_correction_rate")}
UNITS = {"city": "按城市合计", "agency": "各机关"}
INTERVAL = {"": "只画数值", "wilson": "加95%区间"}

view = filters.page_view(
    "disputes",
    "复议诉讼",
    USED,
    metric="review_total",
    choices={"rate": list(RATES), "unit": list(UNITS), "interval": list(INTERVAL)},
)
if view is None:
    st.stop()
chosen, build, scope = view.filters, view.build.name, view.filters.scope or ""
reach, line, here = topics.reach(view), filters.filter_line(view, USED), topics.here(view)
year, years = int(chosen.last or 0), tuple(range(int(chosen.first or 0), int(chosen.last or 0) + 1))
common = {"theme": "复议诉讼", "scope": here, "filter_line": line}

cells = {f"{stage}_{result}": (stage, result) for stage in topics.STAGES for result in topics.RESULTS}


def by_stage() -> pd.DataFrame:
    """Sums by stage, result and year; `category` and `part` are for the files: a bar each."""
    df = topics.as_one(queries_topics.totals(build, chosen.fictional, tuple(cells), years, scope, **reach), here)
    df = df.assign(stage=[cells[m][0] for m in df["metric"]], result=[cells[m][1] for m in df["metric"]])
    bars = [f"{topics.STAGES[s]} {y}" for s, y in zip(df["stage"], df["year"], strict=True)]
    return df.assign(category=bars, part=df["result"].map(topics.RESULTS))


rows = filters.once(view, "rows", by_stage)
if not topics.held(rows):
    filters.nothing_here(view, line)
    st.stop()
in_year = {int(y): int(n) for y, n in rows.groupby("year")["parts_held"].max().items()}
notes = ["2024年起，对不予公开决定不服的须先申请行政复议（《行政复议法》第二十三条），直接起诉减少、复议增多不说明工作好坏。",
         "各年所含机关数：" + "、".join(f"{y}年{n}个" for y, n in in_year.items()) + "；机关数不同的年份不宜直接比较。", *topics.bounds(rows),
         *(f"{y}年度起多数报告改用{wording.form_name(f)}。" for y, f in charts.form_changes(rows))]  # fmt: skip
card.show(view, card.Card(
    key="stages", reports=sum(in_year.values()), title=f"复议诉讼件数，{wording.year_text((years[0], years[-1]))}", subtitle=f"{here}，{wording.SCOPE.get(scope, '')}，按阶段和结果",
    table=rows, metric="件数", year=f"{years[0]}-{years[-1]}", unit="件", in_order=True, notes=notes, alt=topics.stages_alt(rows),
    draw=lambda look: charts_parts.results_by_stage(rows, look, topics.STAGES, topics.RESULTS, topics.REVIEW_FIRST), **common,
))  # fmt: skip

with st.container(horizontal=True, vertical_alignment="bottom"):
    rate = filters.switch(view, "rate", "比率", RATES)
    unit = filters.switch(view, "unit", "单位", UNITS)
    interval = filters.switch(view, "interval", "区间", INTERVAL)
metric = view.metric_of(rate)
if unit == "city":
    basis = "government" if scope == "government_aggregate" else "sum"
    df = queries_cities.city_values(
        build, chosen.fictional, rate, (year,), basis, None, chosen.province, chosen.level, chosen.system
    )
    df = df[df["id"] == chosen.city] if chosen.city else df
else:
    df = queries.values(build, chosen.fictional, (rate,), (year,), scope, **topics.narrow(reach))
    df = df[df["id"].isin(chosen.agency)] if chosen.agency else df
df = df[~df["status"].isin(["no_denominator"])]
if metric and (df["status"] == "reported").any():
    large = int((df["reliable"] & (df["status"] == "reported")).sum())
    small = df[(df["status"] == "reported") & ~df["reliable"]]
    drawn = df if unit == "city" else df[df["reliable"] | (df["denominator"] >= 5)]
    noun = "市" if unit == "city" else "机关"
    card.show(view, card.Card(
        key="rate", title=f"{RATES[rate]}，{wording.year_text(year)}", table=df, entity="城市" if unit == "city" else "机关", metric=RATES[rate], year=str(year),
        subtitle=f"结果纠正÷已审结（维持＋纠正＋其他），%；分母不小于10的{large}个{noun}有数，{len(small)}个分母过小", unit="%", decimals=1, percent=True,
        draw=lambda look: charts_spread.rates(drawn, look, interval == "wilson"), chosen=frozenset(chosen.agency),
        notes=[f"口径：{wording.clean(metric.get('caution'))}", "括号内为纠正件数/已审结件数；分母小于10的只列件数，不显示比率。"], **common,
    ))  # fmt: skip
else:
    st.info(f"{wording.year_text(year)}在所选范围内没有可计算的{RATES[rate]}（没有已审结的案件）。")
