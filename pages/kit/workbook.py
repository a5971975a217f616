"""XLSX of one chart: sheets 数据, 图表, 口径与来源, 筛选条件. No streamlit, no SQL.

Numbers are numbers, nothing is rounded but for display, and a row without a value has an empty cell and its status in words (UX, status
table). The chart is Excel's own (native.py); a heat map is cells with a colour scale.
"""

from __future__ import annotations

import io
import math
from datetime import date, datetime
from typing import Any

import pandas as pd

from pages.kit import exhibit, native, provenance, wording
from pages.kit.exhibit import Exhibit, Plot
from pages.kit.native import CHART, NAMED, Book, Sheet, cell_text, new_book

DATA, ABOUT, FILTERS = "数据", "口径与来源", "筛选条件"
BARS_EACH = 100
LOW, HIGH = "#E8F1FA", "#5B9BD5"
WIDE = {
    "来源": 46,
    "指标": 24,
    "比上年": 22,
    "同类位次": 34,
    "报告标题": 60,
    "网址": 46,
    "文件": 40,
    "校验值 sha256": 68,
}
NARROWEST, WIDEST = 6, 60


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(pd.isna(value)))


def workbook_bytes(given: Exhibit, picture: bytes | None = None) -> bytes:
    """The XLSX of one chart. `picture`: a PNG that stands beside the native chart where Excel has no such form (a flow).

    Same exhibit, same bytes: the file's own date is the exhibit's.
    """
    buffer = io.BytesIO()
    book = new_book(buffer)
    book.set_properties({
        "title": cell_text(given.title), "author": wording.PRODUCT, "comments": cell_text(f"{given.source}。筛选：{given.filter_line}"),
        "created": datetime.fromisoformat(given.made_on),
    })  # fmt: skip
    styles = _styles(book)
    _data_sheet(book, styles, given)
    _chart_sheet(book, styles, given, picture)
    _about_sheet(book, styles, given)
    _filter_sheet(book, styles, given)
    book.close()
    return buffer.getvalue()


def _styles(book: Book) -> dict[str, Any]:
    line = {"border": 1, "border_color": "#C9D1D9", "valign": "vcenter"}
    return {
        "head": book.add_format({**line, "bold": True, "bg_color": "#DCE6F1", "text_wrap": True, "align": "center"}),
        "text": book.add_format(line),
        "wrap": book.add_format({**line, "text_wrap": True, "valign": "top"}),
        "whole": book.add_format({**line, "num_format": "#,##0"}),
        "decimal": book.add_format({**line, "num_format": "#,##0.0##"}),
        "year": book.add_format({**line, "num_format": "0", "align": "center"}),
        "date": book.add_format({**line, "num_format": "yyyy-mm-dd", "align": "left"}),
        "code": book.add_format({**line, "num_format": "@"}),
        "title": book.add_format({"bold": True, "font_size": 15}),
        "plain": book.add_format({"text_wrap": True, "valign": "top"}),
        "muted": book.add_format({"font_color": "#52606D"}),
        "label": book.add_format({**line, "bold": True, "valign": "top", "bg_color": "#F3F6F9"}),
        "none": book.add_format({**line, "italic": True, "font_color": "#52606D", "align": "center"}),
        "absent": book.add_format({**line, "italic": True, "font_color": "#52606D", "align": "center", "pattern": 14, "fg_color": "#D3D8DE"}),
    }  # fmt: skip


def _write_frame(sheet: Sheet, styles: dict[str, Any], df: pd.DataFrame, row: int, column: int = 0) -> list[int]:
    """A table with its header at (row, column); gives the width of each column in half-width units."""
    known: dict[str, str] = {}
    widths = []
    for n, name in enumerate(df.columns):
        at = column + n
        sheet.write_string(row, at, cell_text(name), styles["head"])
        widest = wording.display_width(str(name)) + 4
        plain_number = styles["year"] if name == "年度" else None
        for k, value in enumerate(df[name].tolist(), row + 1):
            if _is_missing(value) or value == "":
                sheet.write_blank(k, at, None, styles["text"])
            elif isinstance(value, bool):
                sheet.write_string(k, at, "是" if value else "否", styles["text"])
            elif isinstance(value, (int, float)):
                whole = math.isfinite(value) and float(value) == math.floor(value)
                sheet.write_number(k, at, value, plain_number or (styles["whole"] if whole else styles["decimal"]))
            elif isinstance(value, date):
                sheet.write_datetime(k, at, value, styles["date"])
                widest = max(widest, 12)
            else:
                text = known.get(value) if isinstance(value, str) else None
                if text is None:
                    text = known[str(value)] = cell_text(value)
                    widest = max(widest, wording.display_width(text[:WIDEST]) + 2)
                sheet.write_string(k, at, text, styles["code"] if name == "代码" else styles["text"])
        widths.append(max(NARROWEST, min(widest, WIDE.get(str(name), WIDEST))))
    return widths


def _page_setup(sheet: Sheet, given: Exhibit, landscape: bool) -> None:
    sheet.set_paper(9)  # A4
    if landscape:
        sheet.set_landscape()
    sheet.set_margins(left=0.6, right=0.6, top=0.8, bottom=0.8)
    sheet.fit_to_pages(1, 0)

    def printed(text: str, most: int) -> str:
        return wording.wrap(wording.clean(text), most, 1)[0].replace("&", "&&")

    sheet.set_header(f"&L&9{printed(given.title, 120)}")
    sheet.set_footer(f"&L&8{printed(given.source, 130)}&R&8第&P页，共&N页")


def _data_sheet(book: Book, styles: dict[str, Any], given: Exhibit) -> None:
    sheet = book.add_worksheet(DATA)
    df = exhibit.table(given)
    widths = _write_frame(sheet, styles, df, 0)
    for n, width in enumerate(widths):
        sheet.set_column(n, n, width)
    sheet.freeze_panes(1, 1)
    if len(df.columns):
        sheet.autofilter(0, 0, max(len(df), 1), len(df.columns) - 1)
    sheet.repeat_rows(0)
    _page_setup(sheet, given, landscape=True)


def pixels(plot: Plot) -> tuple[int, int]:
    """Width and height of a chart on a sheet."""
    names = len(plot.categories)
    lines = 2 if any(wording.display_width(c) > 36 for c in plot.categories) else 1
    if plot.kind in ("bar", "stacked", "share"):
        each = (10 + 13 * lines) * (1.5 if plot.kind == "bar" and len(plot.series) > 1 else 1)
        return 900, int(90 + (30 if len(plot.series) > 1 else 0) + max(names, 2) * each)
    if plot.kind == "range":
        longest = max((wording.display_width(c) for c in plot.categories), default=8)
        return max(900, 120 + 22 * names), 320 + min(longest, 60) * 6
    if plot.kind in NAMED:
        return 900, max(420, 60 + 24 * len(plot.series))
    return 900, 380


def _chart_sheet(book: Book, styles: dict[str, Any], given: Exhibit, picture: bytes | None) -> None:
    sheet = book.add_worksheet(CHART)
    sheet.hide_gridlines(2)
    sheet.set_column(0, 0, 38)
    sheet.set_column(1, 60, 12)
    _page_setup(sheet, given, landscape=False)
    sheet.write_string(0, 0, cell_text(given.title), styles["title"])
    sheet.write_string(1, 0, cell_text(given.subtitle), styles["muted"])
    plots = exhibit.plots(given, BARS_EACH)
    row = 3
    if not plots:
        why = (
            "此图没有对应的 Excel 图形，数值见“数据”表。"
            if given.form == "none"
            else "没有可以作图的数值，各行的状态见“数据”表。"
        )
        sheet.write_string(row, 0, why, styles["plain"])
        row += 2
    elif plots[0].kind == "grid":
        for plot in plots:
            row = _grid(sheet, styles, book, plot, given, row) + 2
    else:
        row = _charts(book, sheet, styles, plots, given, row)
    if given.form == "flow":
        sheet.write_string(row, 0, "Excel 没有桑基图，上图为同一组数值的堆积条形图。", styles["muted"])
        row += 2
    if picture:
        row = _picture(sheet, given, picture, row)
    for line in provenance.closing(given):
        sheet.write_string(row, 0, cell_text(line), styles["muted"])
        row += 1


def _charts(book: Book, sheet: Sheet, styles: dict[str, Any], plots: list[Plot], given: Exhibit, row: int) -> int:
    """Charts from `row` on, their numbers below; gives the next free row. Panels (one series each) stand three abreast."""
    panels = len(plots) > 1 and plots[0].kind == "line"
    sizes = [(310, 220) if panels else pixels(p) for p in plots]
    offsets = []
    at = row
    for n, (_, height) in enumerate(sizes):
        if panels:
            offsets.append((row + n // 3 * math.ceil((height + 10) / 20), n % 3))
            at = offsets[-1][0] + math.ceil((height + 10) / 20)
        else:
            offsets.append((at, 0))
            at += math.ceil((height + 10) / 20)
    block = at + 1
    sheet.write_string(block - 1, 0, "作图数据（修改后图随之变化；空格为没有数值，不是0）", styles["muted"])
    if panels:  # one matrix for all, a column each
        whole = Plot("line", plots[0].categories, tuple(p.series[0] for p in plots))
        native.write_block(sheet, styles, whole, block)
    for n, (plot, (width, height)) in enumerate(zip(plots, sizes, strict=True)):
        if panels:
            chart = native.panel(book, plot, given, block, n)
        else:
            native.write_block(sheet, styles, plot, block)
            chart = native.chart(book, CHART, plot, given, block, 10, titled=True)
        chart.set_size({"width": width, "height": height})
        top, across = offsets[n]
        place = {
            "x_offset": across * 320 + 4,
            "object_position": 3,
            "description": cell_text(provenance.alt_text(given, plot.title)),
        }
        sheet.insert_chart(top, 0, chart, place)
        if not panels:
            block += len(plot.categories) + 2
    return block + (len(plots[0].categories) + 2 if panels else 0)


def shade(share: float) -> str:
    """Fill of a cell for a share of 0 to 1, light to dark blue; black text stays readable on all of them."""
    share = min(max(share, 0.0), 1.0)
    mixed = [
        round(int(LOW[i : i + 2], 16) + (int(HIGH[i : i + 2], 16) - int(LOW[i : i + 2], 16)) * share) for i in (1, 3, 5)
    ]
    return "#" + "".join(f"{c:02X}" for c in mixed)


def _grid(sheet: Sheet, styles: dict[str, Any], book: Book, plot: Plot, given: Exhibit, row: int) -> int:
    """A heat map as cells: numbers under a colour scale per column, words where there is no number. Gives the next free row."""
    made: dict[str, Any] = {}

    def number_format(label: str, value: float) -> Any:
        pattern = "#,##0" if value == math.floor(value) else "#,##0.0##"
        sign = label[:1] if label[:1] in "≈≥≤" else ""
        pattern = (f'"{sign}"' if sign else "") + pattern + ('"†"' if label.endswith("†") else "")
        if pattern not in made:
            made[pattern] = book.add_format(
                {"border": 1, "border_color": "#C9D1D9", "num_format": pattern, "align": "center"}
            )
        return made[pattern]

    sheet.write_string(row, 0, cell_text(given.entity), styles["head"])
    for k, name in enumerate(plot.categories, row + 1):
        sheet.write_string(k, 0, cell_text(name), styles["text"])
    for n, series in enumerate(plot.series, 1):
        sheet.write_string(row, n, cell_text(series.name), styles["head"])
        for k, value in enumerate(series.values):
            at = row + 1 + k
            label = series.labels[k] if series.labels else ""
            if value is None:
                word = plot.words[n - 1][k]
                sheet.write_string(
                    at,
                    n,
                    cell_text(word),
                    styles["absent" if word == wording.STATUS["no_report"] or word.startswith("0/") else "none"],
                )
            elif given.form == "coverage":
                colour = shade(round(value * 10) / 10)
                if colour not in made:
                    made[colour] = book.add_format(
                        {"border": 1, "border_color": "#C9D1D9", "align": "center", "bg_color": colour}
                    )
                sheet.write_string(at, n, label, made[colour])
            else:
                sheet.write_number(at, n, value, number_format(label, value))
        if given.form != "coverage":
            sheet.conditional_format(row + 1, n, row + max(len(plot.categories), 1), n,
                                     {"type": "2_color_scale", "min_type": "num", "min_value": 0, "min_color": LOW, "max_color": HIGH})  # fmt: skip
    return row + 1 + len(plot.categories)


def _picture(sheet: Sheet, given: Exhibit, picture: bytes, row: int) -> int:
    """A PNG from the server, 900 pixels wide; gives the next free row."""
    width, height = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
    scale = 900 / width if width else 1.0
    sheet.insert_image(row, 0, "图.png", {"image_data": io.BytesIO(picture), "x_scale": scale, "y_scale": scale, "object_position": 3,
                                          "description": cell_text(given.title)})  # fmt: skip
    return row + math.ceil(height * scale / 20) + 2


def _about_sheet(book: Book, styles: dict[str, Any], given: Exhibit) -> None:
    sheet = book.add_worksheet(ABOUT)
    _page_setup(sheet, given, landscape=True)
    row = 0
    for entry in provenance.definitions(given):
        for label, text in entry:
            sheet.write_string(row, 0, label, styles["label"])
            sheet.merge_range(row, 1, row, 4, "", styles["wrap"])
            sheet.write_string(row, 1, cell_text(text), styles["wrap"])
            sheet.set_row(row, 16.5 * max(1, math.ceil(wording.display_width(text) / 125)))
            row += 1
        row += 1
    for line in provenance.closing(given):
        sheet.write_string(row, 0, cell_text(line))
        row += 1
    row += 1
    df = provenance.source_table(given)
    sheet.write_string(row, 0, f"来源报告（{len(df)}份）", styles["title"])
    widths = _write_frame(sheet, styles, df, row + 1)
    for n, width in enumerate(widths):
        sheet.set_column(n, n, max(width, 12))


def _filter_sheet(book: Book, styles: dict[str, Any], given: Exhibit) -> None:
    sheet = book.add_worksheet(FILTERS)
    _page_setup(sheet, given, landscape=False)
    sheet.set_column(0, 0, 16)
    sheet.set_column(1, 1, 90)
    entries = [
        ("标题", given.title), ("说明", given.subtitle), ("筛选", given.filter_line), ("同一视图的地址", given.link), ("来源", given.source),
        ("数据版本", given.build), ("制表日期", given.made_on), ("数据性质", f"{wording.FICTIONAL}，不得引用" if given.fictional else "各机关公布的报告"),
    ]  # fmt: skip
    row = 0
    for label, text in entries:
        sheet.write_string(row, 0, label, styles["label"])
        if label == "同一视图的地址" and text.startswith(("http://", "https://")) and len(text) < 2000:
            sheet.write_url(row, 1, text, styles["wrap"], string=cell_text(text)[:255])
        else:
            sheet.write_string(row, 1, cell_text(text), styles["wrap"])
        row += 1
    row += 1
    sheet.write_string(row, 0, "状态用语", styles["head"])
    sheet.write_string(row, 1, "含义（数值列为空时，不等于0）", styles["head"])
    said: dict[str, str] = {}
    for status, word in wording.STATUS.items():
        said[word] = "；".join(dict.fromkeys([x for x in (said.get(word), wording.STATUS_HELP[status]) if x]))
    said["分母过小"] = "比率的分母小于规定数，比率没有意义，不显示；n 为分母"
    for word, help_text in said.items():
        row += 1
        sheet.write_string(row, 0, word, styles["label"])
        sheet.write_string(row, 1, help_text, styles["wrap"])
