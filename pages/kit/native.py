"""Excel's own charts, which can be edited: the numbers in cells, the chart over them, and the same chart for Word. No streamlit, no SQL."""

from __future__ import annotations

import io
import math
import zipfile
from datetime import datetime
from typing import Any

import xlsxwriter

from pages.kit import downloads, exhibit, wording
from pages.kit.exhibit import Exhibit, Plot

CHART = "图表"
LONGEST_CELL = 32_000
"""Excel holds 32,767 characters in a cell."""

SYMBOLS = ("circle", "square", "diamond", "triangle", "x", "star")
DASHES = ("solid", "dash", "round_dot", "dash_dot", "long_dash", "long_dash_dot")
LINES, NAMED = ("line", "slope", "bump", "range"), ("slope", "bump")

Book = Any
Sheet = Any


def new_book(buffer: io.BytesIO) -> Book:
    settings = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False, "nan_inf_to_errors": False,
        "default_format_properties": {"font_name": "宋体", "font_size": 11},
    }  # fmt: skip
    return xlsxwriter.Workbook(buffer, settings)


def cell_text(value: object) -> str:
    """Text as a cell may hold it: control characters out, formulas neutralised, cut at Excel's limit."""
    return str(downloads.neutral(wording.clean(value)))[:LONGEST_CELL]


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


def write_block(sheet: Sheet, styles: dict[str, Any] | None, plot: Plot, row: int) -> None:
    """The numbers behind a chart: categories down, series across; no cell at all where there is no value (a formatted empty one would be
    handed to the chart as an empty number)."""
    head, text, whole, decimal = (styles[n] if styles else None for n in ("head", "text", "whole", "decimal"))
    sheet.write_string(row, 0, "图中项目", head)
    if head:
        sheet.set_row(row, 15.5 * max(1, *(math.ceil((wording.display_width(s.name) + 1) / 11) for s in plot.series)))
    for n, series in enumerate(plot.series, 1):
        sheet.write_string(row, n, cell_text(series.name), head)
        for k, value in enumerate(series.values, row + 1):
            if value is not None:
                sheet.write_number(k, n, value, whole if value == math.floor(value) else decimal)
    for k, name in enumerate(plot.categories, row + 1):
        first, *more = name.split("\n")  # a name broken into lines by whoever made the plot
        sheet.write_string(k, 0, "\n".join([cell_text(first), *map(wording.clean, more)]), text)
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


def chart(book: Book, sheet_name: str, plot: Plot, given: Exhibit, row: int, size: float, titled: bool) -> Any:
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
        chart.set_title(
            {"name": cell_text(plot.title), "name_font": {"size": size + 1, "bold": True}, "overlay": False}
        )
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


def panel(book: Book, plot: Plot, given: Exhibit, block: int, n: int) -> Any:
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


def chart_part(plot: Plot, given: Exhibit, size: float = 9, titled: bool = False) -> tuple[bytes, bytes]:
    """A native chart outside Excel: its DrawingML and the workbook that holds its numbers (opened by 编辑数据). Not for a grid."""

    def build(with_chart: bool) -> bytes:
        buffer = io.BytesIO()
        book = new_book(buffer)
        book.set_properties({"created": datetime.fromisoformat(given.made_on), "author": wording.PRODUCT})
        sheet = book.add_worksheet(CHART)
        sheet.set_column(0, 0, 40)
        write_block(sheet, None, plot, 0)
        if with_chart:
            sheet.insert_chart(0, 5, chart(book, CHART, plot, given, 0, size, titled))
        book.close()
        return buffer.getvalue()

    with zipfile.ZipFile(io.BytesIO(build(True))) as archive:
        xml = archive.read("xl/charts/chart1.xml")
    return xml, build(False)
