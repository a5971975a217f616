"""Page setup, navigation in Chinese, build stamp. No query and no chart here (ARCHITECTURE)."""

import sys

import streamlit as st

from etl.model import YearbookError
from pages.kit import queries, state, wording

# A run lets go of the interpreter some fifty times, at every message and query. With Python's 5 ms it then waits that long for each run that is
# drawing a chart: of 50 readers with a view each, the slowest waited two to three times as long.
sys.setswitchinterval(0.0005)

# Drawn here: Streamlit fetches the icon of a :material: name or an emoji from outside, and nothing may leave localhost.
ICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="6" fill="#0B5CAD"/>'
    '<path d="M8 24v-8M14 24V9M20 24v-5M26 24V13" stroke="#fff" stroke-width="3.4" stroke-linecap="round"/></svg>'
)

st.set_page_config(page_title=wording.PRODUCT, page_icon=ICON, layout="wide")

PAGES = {
    "": [("overview", "总览", "space_dashboard")],
    "对比": [
        ("agencies", "机关对比", "bar_chart"),
        ("cities", "城市对比", "location_city"),
        ("trends", "年度趋势", "timeline"),
    ],
    "专题": [
        ("requests", "依申请公开", "mail"),
        ("disputes", "复议诉讼", "gavel"),
        ("proactive", "主动公开与政策解读", "campaign"),
    ],
    "核查": [
        ("agency", "机关画像", "account_balance"),
        ("reports", "报告原文", "article"),
        ("quality", "数据质量", "fact_check"),
        ("plans", "工作要点", "checklist"),
    ],
    "说明": [("metrics", "指标口径", "menu_book")],
    "带走": [("brief", "简报", "description"), ("exports", "数据下载", "download")],
}
"""Groups of UX.md; only the pages that exist."""
START = "overview"


def build_stamp() -> None:
    """Name, date and counts of the build in use, at the foot of the menu."""
    try:
        build = queries.current()
    except YearbookError:
        build = None
    if build is None:
        st.sidebar.caption("尚无数据")
        return
    stamp = (
        f"数据版本（{build.created[:10]}）",
        build.name,
        f"源文件{wording.number(build.sources)}个，报告{wording.number(build.current_reports)}份",
        f"数值{wording.number(build.observations)}条，问题{wording.number(build.findings)}条",
    )
    st.sidebar.caption("  \n".join(wording.plain(line) for line in stamp))


menu = {
    group: [
        st.Page(
            f"pages/{name}.py",
            title=title,
            url_path="start" if name == START else name,
            icon=f":material/{icon}:",
            default=name == START,
        )
        for name, title, icon in entries
    ]
    for group, entries in PAGES.items()
}
# The start page has the bare address; typed by its name it is found too, not answered with an English "Page not found".
menu[""].append(st.Page(f"pages/{START}.py", title="总览", url_path=START, visibility="hidden"))
page = st.navigation(menu, expanded=True)
build_stamp()
state.watch_width()
page.run()
