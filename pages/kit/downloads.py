"""Files that leave the tool: settings of the chart's own camera, CSV bytes. No streamlit.

A file says on its own what it holds: statuses go out in words beside an empty number, and the last lines name source, build,
date and filters (UX, files that leave the tool).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any

import pandas as pd

from pages.kit import wording

PICTURE_WIDTH = 900
"""Pixels of a picture at scale 1; at scale 2 it fills a Word page's 156 mm with about 290 dots per inch."""

CSV_COLUMNS = (
    "机关", "代码", "城市", "层级", "系统", "年度", "指标", "细分", "数值", "单位", "状态", "约数", "报告范围", "来源", "方法", "数据",
)  # fmt: skip
FURTHER = {"numerator": "分子", "denominator": "分母", "parts_held": "有数机关数", "parts_known": "已知机关数", "peer_rank": "位次", "peer_n": "排位个数", "peer_ties": "并列个数"}  # fmt: skip
"""Further columns of the long form, where a chart has them: what a rate, a sum or a place is made of."""

PLAIN = {
    "id": "代码", "name": "名称", "year": "年度", "known": "已知机关数", "held": "有年度报告机关数", "late": "逾期公布份数",
}  # fmt: skip
"""Columns of charts whose rows are counts and have no status."""

LOCALE = {
    "moduleType": "locale",
    "name": "zh-CN",
    "dictionary": {
        "Download plot as a PNG": "下载 PNG 图片", "Download plot as a png": "下载 PNG 图片", "Download plot as an SVG": "下载 SVG 图片",
        "Download plot": "下载图片", "Preparing image - this may take a few seconds": "正在生成图片……", "Image download succeeded": "图片已下载",
        "Sorry, there was a problem downloading your image!": "图片未能生成，请再试一次", "Zoom": "缩放", "Pan": "平移", "Box Select": "框选",
        "Lasso Select": "套索", "Zoom in": "放大", "Zoom out": "缩小", "Autoscale": "自适应", "Reset axes": "重置", "Reset": "重置",
        "Double-click to zoom back out": "双击还原",
    },
    "format": {
        "days": ["星期日", "星期一", "星期二", "星期三", "星期四", "星期五", "星期六"],
        "shortDays": ["周日", "周一", "周二", "周三", "周四", "周五", "周六"],
        "months": ["一月", "二月", "三月", "四月", "五月", "六月", "七月", "八月", "九月", "十月", "十一月", "十二月"],
        "shortMonths": [f"{n}月" for n in range(1, 13)],
        "date": "%Y-%m-%d", "decimal": ".", "thousands": ",",
    },
}  # fmt: skip


def picture_config(stem: str, picture: str, height: int) -> dict[str, Any]:
    """plotly config: only the camera in the toolbar, in Chinese, making `stem`.png or .svg at 2x. Needs no server part."""
    return {
        "displaylogo": False, "displayModeBar": True, "modeBarButtons": [["toImage"]], "scrollZoom": False, "doubleClick": False,
        "showTips": False, "locale": "zh-CN", "locales": {"zh-CN": LOCALE},
        "toImageButtonOptions": {"format": picture, "filename": stem, "width": PICTURE_WIDTH, "height": height, "scale": 2},
    }  # fmt: skip


def neutral(value: object) -> object:
    """Text that a spreadsheet would take for a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(value, str) and value.lstrip(" \u3000\ufeff")[:1] in (
        "=",
        "+",
        "-",
        "@",
        "＝",
        "＋",
        "－",
        "＠",
        "\t",
        "\r",
    ):
        return "'" + value
    return value


def too_small(df: pd.DataFrame) -> pd.Series:
    """Rows with a rate whose denominator is too small to mean anything: everywhere without a value, the n in words (UX, status table)."""
    if "reliable" not in df or "status" not in df:
        return pd.Series(False, index=df.index)
    return (df["status"] == "reported") & ~df["reliable"].fillna(True).astype(bool)


def long_form(df: pd.DataFrame) -> pd.DataFrame:
    """Rows of a chart in the columns of the CSV. A row without a figure has an empty 数值 and its status in words; counts without a status
    (coverage) keep their own columns."""
    if "status" not in df:
        return df[[c for c in df if c in PLAIN]].rename(columns=PLAIN) if {"name", "year"} <= set(df) else df

    def column(name: str, default: Any = "") -> pd.Series:
        return df[name] if name in df else pd.Series([default] * len(df), index=df.index, dtype=object)

    reported, small = column("status") == "reported", too_small(df)
    status = column("status").map(wording.STATUS).fillna("待核")
    status = status.where(~(reported & column("part_year", False).fillna(False).astype(bool)), "已报告（年内部分时段）")
    status = status.where(~(reported & column("corrected", False).fillna(False).astype(bool)), "已报告（经更正）")
    if small.any():
        n = column("denominator", None)
        status = pd.Series(
            [wording.small_status(d) if s else w for s, d, w in zip(small, n, status, strict=True)], index=df.index
        )
    out = pd.DataFrame({
        "机关": column("agency").where(column("agency").notna(), column("name")), "代码": column("adcode"), "城市": column("city"),
        "层级": column("level").map(wording.LEVEL), "系统": column("system"), "年度": column("year"), "指标": column("metric_name"),
        "细分": column("breakdown"), "数值": column("value").where(reported & ~small), "单位": column("unit"), "状态": status,
        "约数": column("qualifier").map(wording.QUALIFIER), "报告范围": column("scope").map(wording.SCOPE),
        "来源": column("title"), "方法": column("method").map(wording.METHOD).where(reported),
        "数据": column("fictional", False).map({True: wording.FICTIONAL, False: "真实报告"}),
    })  # fmt: skip
    out = out[list(CSV_COLUMNS)]
    for name, called in FURTHER.items():
        if name in df and df[name].notna().any():
            out[called] = df[name]
    return out


def csv_bytes(df: pd.DataFrame, trailer: Sequence[str]) -> bytes:
    """Long-form CSV for Excel: UTF-8 with BOM, CRLF, formulas neutralised, `trailer` as last lines in the first column."""
    table = long_form(df)
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow(table.columns)
    for row in table.itertuples(index=False):
        writer.writerow([_cell(value) for value in row])
    for line in trailer:
        writer.writerow([neutral("【说明】" + wording.clean(line)), *[""] * (len(table.columns) - 1)])
    return buffer.getvalue().encode("utf-8-sig")


def _cell(value: Any) -> Any:
    if value is None or (not isinstance(value, str) and pd.isna(value)):
        return ""
    if isinstance(value, float) and value == int(value):
        return int(value)
    return neutral(wording.clean(value)) if isinstance(value, str) else value
