"""XLSX of one chart: sheets 数据, 图表, 口径与来源, 筛选条件. No streamlit, no SQL.

Numbers are numbers, nothing is rounded but for display, and a row without a value has an empty cell and its status in words (UX, status
table). The chart is Excel's own, so that it can be edited; a heat map is cells with a colour scale. `chart_part` gives the same chart for Word.
"""

from __future__ import annotations

import io
import math
import zipfile
from datetime import date, datetime
from typing import Any

import pandas as pd
import xlsxwriter

from etl.registry import Indicator
from pages.kit import downloads, exhibit, wording
from pages.kit.exhibit import Exhibit, Plot

DATA, CHART, ABOUT, FILTERS = "数据", "图表", "口径与来源", "筛选条件"
LONGEST_CELL = 32_000
"""Excel holds 32,767 characters in a cell."""

BARS_EACH = 100
SYMBOLS = ("circle", "square", "diamond", "triangle", "x", "star")
DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "long_dash_dot")
LINES, NAMED = ("line", "slope", "bump", "range"), ("slope", "bump")
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

Book = Any
Sheet = Any


def workbook_bytes(given: Exhibit, picture: bytes | None = None) -> bytes:
    """The XLSX of one chart. `picture`: a PNG that stands beside the native chart where Excel has no such form (a flow).

    Same exhibit, same bytes: the file's own date is the exhibit's.
    """
    buffer = io.BytesIO()
    book = _book(buffer)
    book.set_properties({
        "title": _text(given.title), "author": wording.PRODUCT, "comments": _text(f"{given.source}。筛选：{given.filter_line}"),
        "created": datetime.fromisoformat(given.made_on),
    })  # fmt: skip
    styles = _styles(book)
    _data_sheet(book, styles, given)
    _chart_sheet(book, styles, given, picture)
    _about_sheet(book, styles, given)
    _filter_sheet(book, styles, given)
    book.close()
    return buffer.getvalue()


def _book(buffer: io.BytesIO) -> Book:
    settings = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False,
        "default_format_properties": {"font_name": "宋体", "font_size": 11},
    }  # fmt: skip
    return xlsxwriter.Workbook(buffer, settings)


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


def _text(value: object) -> str:
    """Text as a cell may hold it: control characters out, formulas neutralised, cut at Excel's limit."""
    return str(downloads.neutral(wording.clean(value)))[:LONGEST_CELL]


def _is_missing(value: Any) -> bool:
    return value is None or (not isinstance(value, str) and bool(pd.isna(value)))


def _write_frame(sheet: Sheet, styles: dict[str, Any], df: pd.DataFrame, row: int, column: int = 0) -> list[int]:
    """A table with its header at (row, column); gives the width of each column in half-width units."""
    known: dict[str, str] = {}
    widths = []
    for n, name in enumerate(df.columns):
        at = column + n
        sheet.write_string(row, at, _text(name), styles["head"])
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
                    text = known[str(value)] = _text(value)
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


# --- the native chart --------------------------------------------------------------------------------------------


def _values_format(given: Exhibit) -> str:
    return '0.0"%"' if given.percent else "#,##0.###" if given.decimals else "#,##0"


def _axis_format(plot: Plot, given: Exhibit) -> str:
    """万 from 10,000, by the number format, so that the values stay what they are."""
    values = [abs(v) for s in plot.series for v in s.values if v is not None]
    if given.percent:
        return '0"%"'
    return (
        '[>=10000]#,##0\\.0,"万";#,##0'
        if max([plot.top or 0.0, *values], default=0.0) >= wording.WAN
        else "#,##0.##"
        if given.decimals
        else "#,##0"
    )


def _label_format(given: Exhibit, plot: Plot) -> str:
    values = [v for s in plot.series for v in s.values if v is not None]
    if given.percent:
        return '0.0"%"'
    return "#,##0" if all(v == math.floor(v) for v in values) else "#,##0.0#"


def _write_block(sheet: Sheet, styles: dict[str, Any] | None, plot: Plot, row: int) -> None:
    """The numbers behind a chart: categories down, series across; no cell at all where there is no value (a formatted empty one would be
    handed to the chart as an empty number)."""
    head, text, whole, decimal = (styles[n] if styles else None for n in ("head", "text", "whole", "decimal"))
    sheet.write_string(row, 0, "图中项目", head)
    if head:
        sheet.set_row(row, 15.5 * max(1, *(math.ceil((wording.display_width(s.name) + 1) / 11) for s in plot.series)))
    for n, series in enumerate(plot.series, 1):
        sheet.write_string(row, n, _text(series.name), head)
        for k, value in enumerate(series.values, row + 1):
            if value is not None:
                sheet.write_number(k, n, value, whole if value == math.floor(value) else decimal)
    for k, name in enumerate(plot.categories, row + 1):
        first, *more = name.split("\n")  # a name broken into lines by whoever made the plot
        sheet.write_string(k, 0, "\n".join([_text(first), *map(wording.clean, more)]), text)
    if (
        plot.kind == "range" and len(plot.series) == 2
    ):  # the lengths of the lines between two marks, which follow when a number is edited
        for n, word, first, second in ((3, "增加", "C", "B"), (4, "减少", "B", "C")):
            sheet.write_string(row, n, word, head)
            for k, (before, after) in enumerate(
                zip(plot.series[0].values, plot.series[1].values, strict=True), row + 1
            ):
                if before is not None and after is not None:
                    change = max(after - before if n == 3 else before - after, 0.0)
                    sheet.write_formula(
                        k,
                        n,
                        f"=MAX({first}{k + 1}-{second}{k + 1},0)",
                        whole if change == math.floor(change) else decimal,
                        change,
                    )


def _native(book: Book, sheet_name: str, plot: Plot, given: Exhibit, row: int, size: float, titled: bool) -> Any:
    """The chart of a block written at `row` of `sheet_name`; `size`: points of its text. None for a grid, which is cells."""
    kind = {
        "bar": {"type": "bar"}, "line": {"type": "line"}, "slope": {"type": "line"}, "bump": {"type": "line"}, "range": {"type": "line"}, "stacked": {"type": "bar", "subtype": "stacked"},
        "share": {"type": "bar", "subtype": "percent_stacked"},
    }.get(plot.kind)  # fmt: skip
    if kind is None:
        return None
    chart = book.add_chart(kind)
    last = row + len(plot.categories)
    named = plot.kind in NAMED and not exhibit.crowded(plot)
    font = {"size": size, "color": "#1F2933"}
    for n, series in enumerate(plot.series):
        options: dict[str, Any] = {
            "name": [sheet_name, row, n + 1], "categories": [sheet_name, row + 1, 0, last, 0], "values": [sheet_name, row + 1, n + 1, last, n + 1],
        }  # fmt: skip
        colour = series.colours[0] if series.colours else exhibit.SERIES[n % len(exhibit.SERIES)]
        if plot.kind in LINES:
            joined = plot.kind != "range"
            options["line"] = (
                {"color": colour, "width": 2, "dash_type": DASHES[n % len(DASHES)]} if joined else {"none": True}
            )
            earlier = plot.kind == "range" and n == 0 and len(plot.series) > 1
            options["marker"] = {
                "type": SYMBOLS[n % len(SYMBOLS)] if joined else "diamond" if earlier else "circle", "size": 6 if joined else 8,
                "border": {"color": colour}, "fill": {"color": colour},
            }  # fmt: skip
            if (
                plot.kind == "range" and n == 1
            ):  # lines back to the earlier mark; Excel's own high-low lines are unknown to other programs
                gaps = [
                    0.0 if a is None or b is None else b - a
                    for a, b in zip(plot.series[0].values, series.values, strict=True)
                ]
                options["y_error_bars"] = {
                    "type": "custom", "end_style": 0, "plus_data": [max(-g, 0.0) for g in gaps], "minus_data": [max(g, 0.0) for g in gaps], "line": {"color": "#9DB4C8", "width": 2.5},
                    "plus_values": f"='{sheet_name}'!$E${row + 2}:$E${last + 1}", "minus_values": f"='{sheet_name}'!$D${row + 2}:$D${last + 1}",
                }  # fmt: skip
        else:
            options["fill"] = {"color": colour}
            options["border"] = {"none": True}
            if len(set(series.colours)) > 1:
                options["points"] = [{"fill": {"color": c}, "border": {"none": True}} for c in series.colours]
            options["gap"] = 40 if len(plot.series) == 1 or plot.kind != "bar" else 60
        labelled = series.numbered and (plot.kind == "bar" or (plot.kind == "line" and len(plot.series) == 1))
        custom: list[dict[str, Any] | None] = [{"value": label} if label else None for label in series.labels]
        marked = any(series.labels) and (plot.kind not in NAMED or named)
        if labelled or marked:
            options["data_labels"] = {
                "value": True,
                "num_format": _label_format(given, plot),
                "font": {"size": size - 1, "color": "#1F2933"},
            }
            if plot.kind in LINES:
                options["data_labels"]["position"] = "right" if plot.kind in NAMED else "above"
            if marked and labelled:
                options["data_labels"]["custom"] = custom
            elif marked:  # only the points that need a word carry a label
                options["data_labels"]["custom"] = [c or {"delete": True} for c in custom]
        chart.add_series(options)
    values_axis: dict[str, Any] = {
        "num_format": _axis_format(plot, given), "num_font": font, "major_gridlines": {"visible": True, "line": {"color": "#E1E5EA", "width": 0.75}},
        "line": {"color": "#8A97A6"},
    }  # fmt: skip
    unit = "%" if given.percent else given.unit
    if unit and titled and plot.kind != "share":  # in Word the caption says it
        values_axis |= {
            "name": f"单位：{wording.clean(unit)}",
            "name_font": {"size": size, "bold": False, "color": "#52606D"},
        }
    every = [v for s in plot.series for v in s.values if v is not None]
    if not every or min(every) >= 0:
        values_axis["min"] = 0
    elif plot.bottom is not None:
        values_axis["min"] = plot.bottom * 1.1
    if plot.top:
        values_axis["max"] = _round_up(plot.top * 1.1)
    if plot.kind == "share":
        values_axis |= {"num_format": "0%", "max": 1}
        values_axis.pop("name", None)
    names_axis: dict[str, Any] = {"num_font": font, "line": {"color": "#8A97A6"}, "label_position": "low"}
    if plot.kind in ("bar", "stacked", "share"):
        chart.set_y_axis(
            {
                **names_axis,
                "reverse": True,
                "crossing": "max",
                "major_gridlines": {"visible": False},
                "interval_unit": 1,
            }
        )
        chart.set_x_axis(values_axis)
    else:
        if plot.kind == "range":
            names_axis |= {"num_font": {**font, "rotation": -90}, "interval_unit": 1}
        if plot.kind == "bump":
            values_axis |= {
                "reverse": True,
                "min": 1,
                "max": plot.top,
                "major_unit": max(1, math.ceil((plot.top or 1) / 12)),
                "num_format": "0",
            }
            values_axis["name"] = "位次（同类之内，数值最大的为1）"
            values_axis["name_font"] = {"size": size, "bold": False, "color": "#52606D"}
            names_axis["label_position"] = "high"
        chart.set_x_axis(names_axis)
        chart.set_y_axis(values_axis)
    _gaps_open(chart)
    if named:  # room for the names at the ends of the lines
        chart.set_plotarea({"layout": {"x": 0.09, "y": 0.06, "width": 0.52, "height": 0.82}})
    if len(plot.series) > 1 and not named:
        chart.set_legend({"position": "bottom", "font": font})
    else:
        chart.set_legend({"none": True})
    if titled and plot.title:
        chart.set_title({"name": _text(plot.title), "name_font": {"size": size + 1, "bold": True}, "overlay": False})
    else:
        chart.set_title({"none": True})
    chart.set_chartarea({"border": {"none": True}, "fill": {"color": "#FFFFFF"}})
    return chart


def _gaps_open(chart: Any) -> None:
    """A missing value is a gap, said outright: XlsxWriter leaves that out as Excel's default, but the schema's own is zero."""
    chart.show_blanks_as("gap")
    chart._write_disp_blanks_as = lambda: chart._xml_empty_tag("c:dispBlanksAs", [("val", "gap")])


def _round_up(value: float) -> float:
    """The end of an axis: two digits that matter, rounded up."""
    if value <= 0:
        return 1.0
    step = 10.0 ** (math.floor(math.log10(value)) - 1)
    return float(f"{math.ceil(value / step - 1e-9) * step:.12g}")


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
    sheet.write_string(0, 0, _text(given.title), styles["title"])
    sheet.write_string(1, 0, _text(given.subtitle), styles["muted"])
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
    for line in _closing(given):
        sheet.write_string(row, 0, _text(line), styles["muted"])
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
        _write_block(sheet, styles, whole, block)
    for n, (plot, (width, height)) in enumerate(zip(plots, sizes, strict=True)):
        if panels:
            chart = _panel(book, plot, given, block, n)
        else:
            _write_block(sheet, styles, plot, block)
            chart = _native(book, CHART, plot, given, block, 10, titled=True)
        chart.set_size({"width": width, "height": height})
        top, across = offsets[n]
        place = {"x_offset": across * 320 + 4, "object_position": 3, "description": _text(alt_text(given, plot))}
        sheet.insert_chart(top, 0, chart, place)
        if not panels:
            block += len(plot.categories) + 2
    return block + (len(plots[0].categories) + 2 if panels else 0)


def _panel(book: Book, plot: Plot, given: Exhibit, block: int, n: int) -> Any:
    """A small chart over column `n` of the common matrix."""
    chart = book.add_chart({"type": "line"})
    last = block + len(plot.categories)
    chart.add_series({
        "name": [CHART, block, n + 1], "categories": [CHART, block + 1, 0, last, 0], "values": [CHART, block + 1, n + 1, last, n + 1],
        "line": {"color": exhibit.CHOSEN, "width": 2}, "marker": {"type": "circle", "size": 5, "fill": {"color": exhibit.CHOSEN}},
    })  # fmt: skip
    axis: dict[str, Any] = {
        "num_format": _axis_format(plot, given),
        "num_font": {"size": 8},
        "major_gridlines": {"visible": True, "line": {"color": "#E1E5EA"}},
    }
    known = [v for v in plot.series[0].values if v is not None]
    if not known or min(known) >= 0:
        axis["min"] = 0
    if plot.top:
        axis["max"] = _round_up(plot.top * 1.1)
    chart.set_y_axis(axis)
    chart.set_x_axis({"num_font": {"size": 8}, "label_position": "low"})
    chart.set_title(
        {"name": [CHART, block, n + 1], "name_font": {"size": 9, "bold": False}}
    )  # a cell: as text it could be taken for a reference
    chart.set_legend({"none": True})
    _gaps_open(chart)
    return chart


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

    sheet.write_string(row, 0, _text(given.entity), styles["head"])
    for k, name in enumerate(plot.categories, row + 1):
        sheet.write_string(k, 0, _text(name), styles["text"])
    for n, series in enumerate(plot.series, 1):
        sheet.write_string(row, n, _text(series.name), styles["head"])
        for k, value in enumerate(series.values):
            at = row + 1 + k
            label = series.labels[k] if series.labels else ""
            if value is None:
                word = plot.words[n - 1][k]
                sheet.write_string(
                    at,
                    n,
                    _text(word),
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
                                          "description": _text(given.title)})  # fmt: skip
    return row + math.ceil(height * scale / 20) + 2


def alt_text(given: Exhibit, plot: Plot) -> str:
    """What a screen reader says of a chart."""
    return "。".join(
        x for x in (wording.clean(given.title), wording.clean(plot.title), wording.clean(given.subtitle)) if x
    )[:500]


def _closing(given: Exhibit) -> list[str]:
    numbered = [f"注{n}：{note}" if len(given.notes) > 1 else f"注：{note}" for n, note in enumerate(given.notes, 1)]
    return [*numbered, given.source, f"筛选：{given.filter_line}"]


# --- words -------------------------------------------------------------------------------------------------------


def source_table(given: Exhibit) -> pd.DataFrame:
    """The reports behind a chart: title, agency, year, date, address on the web where it is known, file name, sha256. No path of the machine
    that read them leaves it. Dates are dates."""
    df = given.sources

    def column(name: str) -> list[Any]:
        return [None if _is_missing(v) else v for v in df[name].tolist()] if name in df else [None] * len(df)

    names = [str(v).replace("\\", "/").rsplit("/", 1)[-1] if v else None for v in column("document")]
    return pd.DataFrame({
        "序号": list(range(1, len(df) + 1)), "报告标题": column("title"), "机关": column("agency"), "年度": column("year"),
        "公布日期": [_as_date(v) for v in column("published_on")], "网址": [v if str(v).startswith(("http://", "https://")) else None for v in column("location")],
        "文件": names, "校验值 sha256": column("sha256"),
    })  # fmt: skip


def _as_date(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.date()
    if isinstance(value, str):
        try:
            return date.fromisoformat(value[:10])
        except ValueError:
            return value
    return value


def definitions(given: Exhibit) -> list[list[tuple[str, str]]]:
    """What each metric of the chart counts, as label and words, from metrics.yml."""
    found = []
    for metric in exhibit.declared(given):
        place = f"由下列指标计算：{_formula(metric)}" if isinstance(metric, Indicator) else metric.place
        entry = [
            ("指标", metric.name), ("代号", metric.id), ("单位", metric.unit), ("口径", metric.definition), ("表式和年度", exhibit.form_years(metric.forms)),
            ("所在位置", place), ("注意", metric.caution or ""),
        ]  # fmt: skip
        found.append([(label, text) for label, text in entry if text])
    return found


def _formula(indicator: Indicator) -> str:
    names = {m.id: m.name for m in exhibit.load_catalogue().metrics}

    def side(plus: tuple[str, ...], minus: tuple[str, ...]) -> str:
        return " − ".join([" + ".join(names[i] for i in plus), *(names[i] for i in minus)])

    if not indicator.numerator:
        return "见口径"
    return f"（{side(indicator.numerator, indicator.numerator_minus)}）÷（{side(indicator.denominator, indicator.denominator_minus)}）"


def _about_sheet(book: Book, styles: dict[str, Any], given: Exhibit) -> None:
    sheet = book.add_worksheet(ABOUT)
    _page_setup(sheet, given, landscape=True)
    row = 0
    for entry in definitions(given):
        for label, text in entry:
            sheet.write_string(row, 0, label, styles["label"])
            sheet.merge_range(row, 1, row, 4, "", styles["wrap"])
            sheet.write_string(row, 1, _text(text), styles["wrap"])
            sheet.set_row(row, 16.5 * max(1, math.ceil(wording.display_width(text) / 125)))
            row += 1
        row += 1
    for line in _closing(given):
        sheet.write_string(row, 0, _text(line))
        row += 1
    row += 1
    df = source_table(given)
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
            sheet.write_url(row, 1, text, styles["wrap"], string=_text(text)[:255])
        else:
            sheet.write_string(row, 1, _text(text), styles["wrap"])
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


# --- for Word ----------------------------------------------------------------------------------------------------


def chart_part(plot: Plot, given: Exhibit, size: float = 9, titled: bool = False) -> tuple[bytes, bytes]:
    """A native chart outside Excel: its DrawingML and the workbook that holds its numbers (opened by 编辑数据). Not for a grid."""

    def build(with_chart: bool) -> bytes:
        buffer = io.BytesIO()
        book = _book(buffer)
        book.set_properties({"created": datetime.fromisoformat(given.made_on), "author": wording.PRODUCT})
        sheet = book.add_worksheet(CHART)
        sheet.set_column(0, 0, 40)
        _write_block(sheet, None, plot, 0)
        if with_chart:
            sheet.insert_chart(0, 5, _native(book, CHART, plot, given, 0, size, titled))
        book.close()
        return buffer.getvalue()

    with zipfile.ZipFile(io.BytesIO(build(True))) as archive:
        xml = archive.read("xl/charts/chart1.xml")
    return xml, build(False)
