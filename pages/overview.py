"""总览: what do we have, what is missing, what stands out."""

import pandas as pd
import streamlit as st

from pages.kit import card, charts, entities, filters, queries, queries_cities, wording

USED = ("year", "province", "city", "level", "system", "metric", "scope")

view = filters.page_view("overview", "总览", USED)
if view is None:
    st.stop()
chosen, build = view.filters, view.build
reach = {"province": chosen.province, "city": chosen.city, "level": chosen.level, "system": chosen.system}
line = filters.filter_line(view, USED)
year, metric = int(chosen.year or 0), view.metric

figures = queries.headlines(build.name, chosen.fictional, year, chosen.scope or "", **reach)
for column, r in zip(st.columns(len(figures)), figures.itertuples(index=False), strict=True):
    stated, one_unit = r.n > 0, r.units == 1
    held = f"{r.n}个机关载有此数" if stated else f"{wording.year_text(year)}没有机关载有此数"
    held += f"，{r.parts}个只含年内部分时段" if r.parts else ""
    held += "" if one_unit or not stated else "，单位不一，未相加"
    change = wording.change_text(r.now_value, r.before_value, r.unit_shown) if r.pairs and one_unit else ""
    total = wording.value_text({"value": r.value, "qualifier": r.qualifier}) if stated and one_unit else "—"
    with column.container(border=True, height="stretch"):
        st.metric(
            r.short + (f"（{r.unit_shown}）" if one_unit else ""),
            total,
            help=wording.plain(f"{r.name}，{wording.SCOPE.get(chosen.scope or '', '')}数值相加"),
        )
        st.caption(wording.plain(held + (f"；其中{r.pairs}个两年都有数的{change}" if change else "")))

grid = queries_cities.coverage(build.name, chosen.fictional, chosen.province, chosen.level, chosen.system)
if len(grid):
    first, last = int(grid["year"].min()), int(grid["year"].max())
    late = int(grid["late"].sum())
    card.show(view, card.Card(
        key="coverage", title=f"各市年度报告收集情况（{wording.year_text((first, last))}）",
        subtitle="有年度报告的机关数／本库已知机关数；颜色越深，收集越全",
        table=grid, draw=lambda look: charts.coverage(grid, look), theme="总览", metric="年度报告收集情况", year=f"{first}-{last}",
        scope="各市", filter_line=line, clickable=False, entity="城市",
        notes=["斜线格为本库未见该市任何机关的年度报告，不等于该市没有公开。", "已知机关指本库中至少有一份报告的机关，并非全部应报机关。",
               *([f"其中{late}份晚于法定期限公布。"] if late else [])],
    ))  # fmt: skip


def most() -> tuple[pd.DataFrame, int, int, list[str]]:
    """The agencies with the greatest figures, how many have one, how many have none, notes."""
    df = queries.values(build.name, chosen.fictional, (chosen.metric or "",), (year,), chosen.scope or "", **reach)
    held, told = entities.greatest(df, 15), int((df["status"] == "reported").sum())
    return held, told, len(df) - told, [*card.notes_for(held, metric), *card.unit_notes(df)]


held, every, without, notes = filters.once(view, "top", most)
if held.empty:
    filters.nothing_here(view, line)
else:
    card.show(view, card.Card(
        key="top", title=f"{metric['name']}，{wording.year_text(year)}", draw=lambda look: charts.ranking(held, look), table=held,
        subtitle=f"{wording.SCOPE.get(chosen.scope or '', '')}，数值最大的{len(held)}个（共{every}个机关载有此数，{without}个未见数值）",
        theme="总览", metric=metric["name"], year=str(year), scope=view.options.cities.get(chosen.city or "", "全部城市"), filter_line=line,
        notes=notes, **card.metric_look(metric, held),
    ))  # fmt: skip
    st.page_link(
        "pages/agencies.py",
        label="到“机关对比”看全部机关和同类中位数",
        icon=":material/arrow_forward:",
        query_params=dict(view.params),
    )

st.subheader("新近发现的问题")
found = queries.newest_findings(build.name, chosen.fictional, year, **reach)
if found.empty:
    st.caption("所选范围内没有错误或提醒。")
else:
    shown = found.assign(severity=found["severity"].map(wording.SEVERITY))[
        ["severity", "agency", "year", "metric", "message", "quote", "title"]
    ]
    shown.columns = ["级别", "机关", "年度", "指标", "问题", "原文", "来源"]
    st.dataframe(
        shown.fillna(""),
        hide_index=True,
        placeholder="",
        column_config={"年度": st.column_config.NumberColumn(format="%d")},
        height=min(38 + 35 * len(shown), 388),
    )
