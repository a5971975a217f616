"""数据质量: what is wrong, what is missing, who must mend it."""

from datetime import date

import pandas as pd
import streamlit as st

from etl.check.coverage import roster_template
from etl.registry import load_rules
from pages.kit import card, charts, filters, links, lists, notices, queries_quality, sides, topics, wording

USED = ("first", "last", "province", "city", "level", "system", "agency")
SEVERITIES = {"problems": f"{wording.SEVERITY['error']}和{wording.SEVERITY['warning']}"} | wording.SEVERITY
BY = {"rule": "按规则", "agency": "按机关", "city": "按城市", "year": "按年度"}
LONGEST = 1000
YEAR = {"年度": st.column_config.NumberColumn(format="%d", width="small")}
SMALL = st.column_config.NumberColumn(width="small", format="localized")

view = filters.page_view(
    "quality",
    "数据质量",
    USED,
    choices={"severity": list(SEVERITIES), "by": list(BY), "rule": ["", *(r.id for r in load_rules().rules)]},
)
if view is None:
    st.stop()
chosen, build, today = view.filters, view.build.name, date.today().isoformat()
first, last = int(chosen.first or 0), int(chosen.last or 0)
reach, line, breakdowns = topics.reach(view), filters.filter_line(view, USED), card.breakdown_names()
counts = queries_quality.finding_counts(build, chosen.fictional, first, last, **reach)
open_ = counts[~counts["accepted"] & (counts["state"] == "fail")]
years = wording.year_text((first, last))

with st.container(horizontal=True):
    for word, severity in lists.SEVERITIES.items():
        part = open_[open_["severity"] == severity]
        st.metric(word, wording.number(int(part["n"].sum())), border=True, help=f"{part['agency_id'].nunique()}个机关")
    unsure = int(counts.loc[counts["state"] == "not_assessable", "n"].sum())
    st.metric("不能判定", wording.number(unsure), border=True, help="有空白或不能辨认的格，规则不能判定")
    agreed = int(counts.loc[counts["accepted"], "n"].sum())
    st.metric("已接受", wording.number(agreed), border=True, help="有人核对后认可，单列在页末")

# --- who reported, who did not -------------------------------------------------------------------------------------

states = queries_quality.coverage_states(build, chosen.fictional, first, last, **reach)
roster = bool(states["expected"].any())
if len(states):

    def collected() -> tuple[pd.DataFrame, str, pd.DataFrame]:
        """Reports by city and year, how many are in which state, those that are late or missing as a table."""
        asked = states[states["expected"]] if roster else states
        return lists.collected(asked), lists.counted(asked), lists.due(asked[asked["state"].isin(["late", "missing"])])

    grid, counted, due = filters.once(view, "collected", collected)
    card.show(view, card.Card(
        key="coverage", title=f"年度报告收集情况，{years}", subtitle=f"有报告的机关数／{'名册所列应报机关数' if roster else '本库已知机关数'}；{counted}",
        table=grid, draw=lambda look: charts.coverage(grid, look), theme="数据质量", metric="年度报告收集情况", year=f"{first}-{last}", scope="各市",
        filter_line=line, clickable=False, entity="城市",
        notes=[lists.deadlines(last), *lists.judged_on(states, view.build.created),
               *([] if roster else ["尚无应报机关名册，未见的报告不作“未见报告”处理；名册模板在页末。"])],
    ))  # fmt: skip
    if len(due):
        with st.expander(f"{'逾期和未见的' if roster else '逾期的'}报告（{len(due)}份）"):
            st.dataframe(due, hide_index=True, placeholder="", height=min(38 + 35 * len(due), 400), column_config=YEAR)

# --- findings ------------------------------------------------------------------------------------------------------

st.subheader("问题")
with st.container(horizontal=True, vertical_alignment="bottom"):
    by = filters.switch(view, "by", "分组", BY)
    severity = filters.switch(view, "severity", "级别", SEVERITIES)
wanted = ("error", "warning") if severity == "problems" else (severity,)
part = counts[~counts["accepted"]] if severity == "info" else open_
part = part[part["severity"].isin(wanted)]
if part.empty:
    st.info(f"所选范围内没有待核对的{SEVERITIES[severity]}。")
else:
    table = filters.once(view, "grouped", lambda: lists.grouped(part, BY[by][1:]))
    st.dataframe(
        table, hide_index=True, placeholder="", height=min(38 + 35 * len(table), 318), column_config=dict.fromkeys((*lists.SEVERITIES, "机关数"), SMALL) | YEAR
    )  # fmt: skip
    names = {r.id: r.title for r in load_rules().rules if r.id in set(part["rule_id"])}
    rule = links.pick(view, "rule", "规则", {"": "全部规则", **names}, width=420)
    judged = (
        ("fail", "not_assessable", "pass_if_blank_is_zero", "explained", "suspended")
        if severity == "info"
        else ("fail",)
    )
    df = queries_quality.findings(
        build, chosen.fictional, first, last, wanted, judged, rule or None, False, LONGEST, **reach
    )
    if df.empty:
        st.info("所选范围内没有这条规则的问题。")
    else:
        event = st.dataframe(
            filters.once(view, "findings", lambda: lists.findings(df, breakdowns)), hide_index=True, placeholder="", key="findings", on_select="rerun", selection_mode="single-row", height=min(38 + 35 * len(df), 458),
            column_config=YEAR | {"级别": st.column_config.TextColumn(width="small"), "说明": st.column_config.TextColumn(width="large"), "报告所载": SMALL, "应为": SMALL},
        )  # fmt: skip
        more = int(df["more"].iloc[0])
        st.caption(
            f"共{wording.number(more)}处"
            + (f"，列出前{LONGEST}处" if more > LONGEST else "")
            + "。点一行，可看等式两边和表中的位置。"
        )
        rows = event.selection.rows  # type: ignore[union-attr]
        if rows and rows[0] < len(df):
            sides.show(view, next(df.iloc[[rows[0]]].itertuples(index=False)))

        with st.container(horizontal=True, vertical_alignment="bottom"):
            lines = [f"筛选：{line}；{SEVERITIES[severity]}" + (f"；{names[rule]}" if rule else ""),
                     wording.source_line(int(df["report_id"].nunique()), build, today, chosen.fictional)]  # fmt: skip
            target = (
                topics.here(view)
                if not chosen.agency
                else "、".join(view.options.agencies[a].name for a in chosen.agency)
            )
            addressee = (
                view.options.agencies[chosen.agency[0]].name
                if len(chosen.agency) == 1
                else view.options.cities.get(chosen.city or "", "有关机关")
            )

            def file(metric: str, ext: str) -> str:
                return wording.file_name("数据质量", metric, f"{first}-{last}", target, today, ext, chosen.fictional)

            st.download_button(
                "问题清单 XLSX", data=lambda: notices.list_bytes(df, breakdowns, f"问题清单，{years}，{target}", lines, today), file_name=file("问题清单", "xlsx"),
                key="list", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
            st.download_button(
                "核对函草稿 DOCX", data=lambda: notices.notice_bytes(df, addressee, years, breakdowns, lines, today, chosen.fictional),
                file_name=file("核对函草稿", "docx"), key="notice", on_click="ignore", icon=":material/download:",
                help="按所选机关或城市起草；先在上方选定机关或城市",
            )  # fmt: skip

# --- accepted, roster ----------------------------------------------------------------------------------------------

settled = queries_quality.findings(
    build, chosen.fictional, first, last, ("error", "warning", "info"), ("fail", "not_assessable", "pass_if_blank_is_zero", "explained", "suspended"),
    None, True, LONGEST, **reach,
)  # fmt: skip
with st.expander(f"已接受的问题（{len(settled)}处）"):
    if settled.empty:
        st.caption("还没有。核对后认可的问题可以单列，不再计入：")
        st.code("python -m etl accept 机关 年度 规则编号 --who 认可人 --why 理由", language="bash")
    else:
        st.dataframe(lists.accepted(settled), hide_index=True, placeholder="", column_config=YEAR)
with st.expander("应报机关名册"):
    st.caption("名册说明谁须报告，有了名册才能判断谁没有报告。下载模板填写后导入，再装载一次即可：")
    st.code("python -m etl roster 名册.xlsx\npython -m etl load 年报文件夹", language="bash")
    st.download_button("名册模板 XLSX", data=lambda: notices.template_bytes(roster_template()), file_name="应报机关名册模板.xlsx", key="roster",
                       on_click="ignore", icon=":material/download:")  # fmt: skip
