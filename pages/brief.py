"""简报: the charts a user pinned, ordered, previewed as sentences and taken away as a Word draft."""

from datetime import date

import streamlit as st

from etl.model import YearbookError
from pages.kit import batch, brief, sentences, state, wording

state.arrive("brief")  # so that the page one goes back to finds its choices again
st.title("简报")
held = state.basket()
if not held:
    st.info(
        f"还没有选入的图。在各页的图表上点“加入简报”（最多{state.MOST_PINNED}幅），再到这里排序、预览并下载 Word 初稿。"
    )
    st.page_link("pages/agencies.py", label="到“机关对比”选图", icon=":material/arrow_forward:")
    st.stop()
if any(e.fictional for e in held):
    st.warning(
        f"**{wording.FICTIONAL}**：省、市、机关和数字均为虚构，仅供了解功能，不得引用。", icon=":material/science:"
    )
if any(e.fictional for e in held) and not all(e.fictional for e in held):
    st.warning("选入的图既有真实数据也有虚构示例数据，请移出其中一种后再下载。")
    mixed = True
else:
    mixed = False
builds = list(dict.fromkeys(e.build for e in held))
if len(builds) > 1:
    st.warning(
        "选入的图来自不同的数据版本（" + wording.plain("、".join(builds)) + "），数字可能不一致；可回到原页面重新加入。"
    )

with st.container(border=True):
    title = (
        st.text_input(
            "标题", value="政府信息公开工作情况简报", max_chars=60, key="brief_title", persist_state="session"
        )
        or "简报"
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        tables = st.toggle("附数据表", value=True, key="brief_tables", persist_state="session")
        able = batch.renderer()
        kind = st.segmented_control(
            "图的形式", ["可编辑图", "图片"], default="可编辑图", required=True, key="brief_kind", disabled=not able.ready, persist_state="session",
            help="可编辑图：Word 和 WPS 中可改数字和样式。图片：与屏幕上一样，由服务器生成。" + able.reason,
        )  # fmt: skip
        if not able.ready:
            st.caption(able.reason)
    today = date.today().isoformat()
    key = (tuple(e.key for e in held), title, tables, kind, today)
    if st.button("生成 Word 初稿", type="primary", icon=":material/description:", disabled=mixed, key="brief_make"):
        pictures: dict[int, bytes] = {}
        try:
            with st.spinner("正在生成……"):
                if kind == "图片" and able.ready:
                    drawn = [n for n, e in enumerate(held) if e.draw is not None]
                    bar = st.progress(0.0, "正在生成图片……")
                    made = batch.each(
                        [(held[n].title, held[n].draw) for n in drawn],
                        progress=lambda n, m, _: bar.progress(n / m, f"图片 {n}/{m}"),
                    )  # type: ignore[misc]
                    pictures = dict(zip(drawn, made, strict=True))
                state.keep("brief", (key, brief.brief_bytes(held, title, today, tables, pictures)))
        except YearbookError as fault:
            st.error(wording.plain(str(fault)))
    kept = state.kept("brief")
    if kept and kept[0] == key:
        name = wording.file_name("简报", title, "", "", today, "docx", any(e.fictional for e in held))
        st.download_button(
            "下载 Word（.docx）", data=kept[1], file_name=name, on_click="ignore", icon=":material/download:", key="brief_docx",
            mime="application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        )  # fmt: skip
    st.caption("A4，按公文版式习惯排版；是供修改的初稿，没有红头、文号和印章。句子由数据生成，请核对后使用。")

st.subheader(f"已选{len(held)}幅图")
for n, given in enumerate(held):
    with st.container(border=True, key=f"pinned_{n}"):
        with st.container(horizontal=True, vertical_alignment="center"):
            st.markdown(f"**{n + 1}．{wording.plain(given.title)}**", width="stretch")
            st.button(
                "上移",
                key=f"up_{n}",
                icon=":material/arrow_upward:",
                disabled=n == 0,
                on_click=state.move_pin,
                args=(given.key, -1),
            )
            st.button(
                "下移",
                key=f"down_{n}",
                icon=":material/arrow_downward:",
                disabled=n == len(held) - 1,
                on_click=state.move_pin,
                args=(given.key, 1),
            )
            st.button("移出", key=f"out_{n}", icon=":material/close:", on_click=state.unpin, args=(given.key,))
        for paragraph in sentences.paragraphs(given):
            st.markdown(wording.plain(paragraph))
        if given.draw is not None:
            with st.expander("看图"):
                figure = given.draw()
                st.plotly_chart(
                    figure, theme=None, key=f"preview_{n}", config={"displayModeBar": False}, alt=given.title
                )
        st.caption(wording.plain(f"{given.filter_line}　数据版本 {given.build}"))
