"""报告原文: where does this number stand; the report as published, every used number marked, in both directions."""

from pathlib import Path

import streamlit as st

from pages.kit import filters, links, original, queries_report, wording

USED = ("province", "city", "level", "system", "agency")

view = filters.page_view(
    "reports", "报告原文", USED, choices={"report": links.Reports(), "mark": links.known("mark")}, single=True
)
if view is None:
    st.stop()
build, fictional, asked = view.build.name, view.filters.fictional, view.filters.more["report"]
agency = view.filters.agency[0] if view.filters.agency else None
held = queries_report.reports_of(build, fictional, agency, int(asked) if asked else None)
if held.empty:
    st.info("所选范围内没有报告。换一个机关，或点“重置”。")
    st.stop()
by_id = {str(r["report_id"]): r for _, r in held.iterrows()}
chosen = links.pick(view, "report", "报告", {key: original.name(r) for key, r in by_id.items()}, 460)
report = by_id[chosen]
observations, findings = original.load(view, int(chosen))
found = original.find(report)

st.subheader(wording.plain(report["title"] or "（无标题）"), anchor=False)
st.caption(wording.plain(original.head(report)))
named = original.labels(observations)
mark = view.filters.more["mark"] if view.filters.more["mark"] in named else ""
with st.container(horizontal=True, vertical_alignment="bottom"):
    links.pick_or_none(view, "mark", f"到某个数所在的位置（共{len(named)}个数）", named, mark)
    if found.document is not None:
        path = Path(found.path)
        st.download_button(
            "下载源文件",
            data=path.read_bytes,
            file_name=path.name,
            on_click="ignore",
            icon=":material/download:",
            key="source_file",
        )
    if agency:
        links.to_agency(view, agency)

placed: frozenset[str] = frozenset()
panel = st.container(border=True, key="mark_detail") if mark else None
if found.document is not None:
    marks = original.marks_of(observations, findings)
    text = original.text(found.document, found.blocks, observations, marks, mark, f"{build}-{chosen}")
    placed = text.placed
    st.caption(
        "蓝色底线：所用的数字；红色双线：有错误；虚线：有提醒；点线：空白或待核。点数字看指标、依据和问题；按 Tab 到数字后可用方向键移动。"
    )
    if text.cut:
        st.caption("报告过长，只显示前一部分；全文请下载源文件。")
else:
    st.warning(wording.plain(found.reason))
if panel is not None:
    with panel:
        original.detail(view, report, observations, findings, mark, placed)
else:
    st.caption("点原文中的数字，或在上面选一个数，这里显示它的指标、依据和问题。")

if len(findings):
    st.subheader("这份报告的问题", anchor=False)
    for f in findings.head(60).itertuples(index=False):
        own = (
            observations[(observations["metric"] == f.metric) & (observations["breakdown"] == f.breakdown)]
            if f.metric
            else observations.head(0)
        )
        own = own if len(own) or not f.metric else observations[observations["metric"] == f.metric]
        st.markdown(f"{wording.SEVERITY.get(f.severity, '')}　{wording.plain(f.message)}")
        if len(own):
            links.to_report(view, agency, chosen, own["ordinal"].iloc[0], f"到“{own['metric_name'].iloc[0]}”所在的位置")
if found.document is None and len(observations):
    st.subheader("已读出的数和原句", anchor=False)
    table = observations.assign(
        数=[named[str(o)] for o in observations["ordinal"]], 原文=observations["quote"].map(wording.clean)
    )
    st.dataframe(table[["数", "原文"]], hide_index=True, placeholder="", height=520)
