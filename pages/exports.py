"""数据下载: the whole build as one file, and one picture for each of many agencies."""

import tempfile
from datetime import date
from pathlib import Path

import pandas as pd
import streamlit as st

from etl.model import YearbookError
from pages.kit import archive, batch, card, charts, downloads, filters, queries, state, wording

USED = ("metric", "first", "last", "province", "city", "level", "system", "agency", "kind", "scope")
PICTURES = {"png": "PNG", "pdf": "PDF", "svg": "SVG"}

view = filters.page_view("exports", "数据下载", USED)
if view is None:
    st.stop()
chosen, build = view.filters, view.build
today = date.today().isoformat()

st.subheader("下载全部数据")
st.markdown("整个数据版本，不受上面的筛选影响，附说明、数据字典和许可。")
with st.container(horizontal=True, vertical_alignment="bottom"):
    form = (
        st.segmented_control(
            "格式",
            list(archive.FORMS),
            format_func=lambda f: archive.FORMS[f],
            default="csv",
            required=True,
            key="whole_form",
            help="CSV：Excel 可直接打开。Parquet：供 Python、R 等读取。DuckDB：数据库文件。",
        )
        or "csv"
    )
    if st.button("生成压缩包", key="whole_make", icon=":material/folder_zip:"):
        try:
            with st.spinner("正在导出全部数据……"), tempfile.TemporaryDirectory() as folder:
                path = archive.write_archive(build, form, today, Path(folder) / "data.zip")
                state.keep("whole", ((build.name, form, today), path.read_bytes()))
        except YearbookError as fault:
            st.error(wording.plain(str(fault)))
    kept = state.kept("whole")
    if kept and kept[0] == (build.name, form, today):
        st.download_button(
            f"下载（{len(kept[1]) / 1e6:.1f} MB）", data=kept[1], file_name=archive.file_name(build, form, today), mime="application/zip",
            key="whole_zip", on_click="ignore", icon=":material/download:",
        )  # fmt: skip

st.subheader("批量图片")
metric = view.metric
st.markdown(f"所选范围内每个机关一张历年图（{wording.plain(metric.get('name', ''))}），打成一个压缩包。")
years = tuple(range(int(chosen.first or 0), int(chosen.last or 0) + 1))
line = filters.filter_line(view, USED)
able = batch.renderer()
if not able.ready:
    st.button("生成图片", disabled=True, key="batch_make", icon=":material/photo_library:")
    st.caption(able.reason)
    st.stop()


def rows_with_figures() -> pd.DataFrame:
    """All years of the agencies in reach that state the metric in one of them."""
    rows = queries.values(
        build.name, chosen.fictional, (chosen.metric or "",), years, chosen.scope or "", chosen.kind, chosen.province, chosen.city, chosen.level,
        chosen.system, chosen.agency,
    )  # fmt: skip
    return rows[rows["id"].isin(rows.loc[rows["status"] == "reported", "id"].unique())]


rows = filters.once(view, "pictures", rows_with_figures)
many = filters.once(view, "many", lambda: rows["id"].nunique())
if not many:
    filters.nothing_here(view, line)
    st.stop()
if many > batch.MOST:
    st.caption(f"所选{many}个机关有数，一次最多{batch.MOST}张，请用筛选缩小范围。")
with st.container(horizontal=True, vertical_alignment="bottom"):
    picture = (
        st.segmented_control(
            "图片格式",
            list(PICTURES),
            format_func=lambda f: PICTURES[f],
            default="png",
            required=True,
            key="batch_form",
        )
        or "png"
    )
    made = st.button(f"生成{many}张图片", key="batch_make", icon=":material/photo_library:", disabled=many > batch.MOST)
theme = card.themes().get(metric.get("theme", ""), "年度趋势")
span = f"{years[0]}-{years[-1]}"


def drawing(part):  # type: ignore[no-untyped-def]
    name = wording.clean(part["name"].iloc[0])
    source = wording.source_line(int(part["report_id"].nunique()), build.name, today, chosen.fictional)
    shown = card.metric_look(metric, part)
    look = charts.Look(
        title=f"{name}{metric['name']}，{wording.year_text((years[0], years[-1]))}", subtitle=f"{wording.SCOPE.get(chosen.scope or '', '')}，单位：{shown['unit'] or metric['unit']}",
        notes=tuple(card.notes_for(part, metric)), source=f"{source}。筛选：{line}", **shown,
    )  # fmt: skip
    stem = wording.file_name(theme, metric["name"], span, name, today, "", chosen.fictional)
    return stem, lambda: charts.lines(part, look)


key = (build.name, line, picture, today)
if made:
    bar = st.progress(0.0, "正在启动浏览器……")
    about = [
        wording.PRODUCT,
        wording.source_line(int(rows["report_id"].nunique()), build.name, today, chosen.fictional),
        f"筛选：{line}",
    ]
    try:
        data = batch.pictures(
            [drawing(part) for _, part in rows.groupby("id", sort=False)],
            picture,
            about,
            lambda n, m, stem: bar.progress(n / m, f"{n}/{m}　{wording.plain(stem)}"),
        )
        state.keep("batch", (key, data))
        bar.empty()
    except YearbookError as fault:
        st.error(wording.plain(str(fault)))
kept = state.kept("batch")
if kept and kept[0] == key:
    name = wording.file_name(theme, metric["name"], span, "各机关", today, "zip", chosen.fictional)
    st.download_button(
        "下载图片压缩包",
        data=kept[1],
        file_name=name,
        mime="application/zip",
        key="batch_zip",
        on_click="ignore",
        icon=":material/download:",
    )
st.caption(f"图片宽{downloads.PICTURE_WIDTH}像素、两倍精度，标题、单位、注和来源都在图内。")
