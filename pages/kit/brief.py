"""Word brief of pinned charts (DOCX): title, date, generated sentences, chart, caption, table, notes, sources. No streamlit, no SQL.

A draft, with no red header and no seal. Charts are Word's own (DrawingML with their numbers in an embedded workbook), so that they can be
edited in Word and WPS and stay sharp in print; a heat map is a shaded table. Where pictures are asked for, they come from batch.py.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import docx
import pandas as pd
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from docx.shared import Mm

from pages.kit import exhibit, native, paper, provenance, sentences, wording, workbook
from pages.kit.exhibit import Exhibit, Plot

MOST_CHARTS = 12
MOST_ROWS = 300
MOST_SOURCES = 60
"""Rows of a table and sources of a chart in the brief; the rest is counted and is in the Excel file."""

BARS_EACH = {1: 16, 2: 9, 3: 6}
PAIRS_EACH = {1: 8, 2: 6, 3: 5}
NAMED_EACH = 12
LINES_EACH, COLUMNS_EACH, NAME_WIDTH, LONGEST_NAME, NAMES_LEAST = 5, 8, 44, 124, 44.0
"""What one chart of 156 x 88 mm holds: bars, and pairs of bars, by the lines that the longest name takes; lines. Columns of a shaded table.
Half-width units of one line of a name: more, and there is no room for bars. mm that the names of a shaded table take at least."""

CHART_TYPE = 8
"""Points of the text in a chart."""

_CHINESE = "零一二三四五六七八九十"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_EMU = 36_000  # per mm
_SHOWS = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")


def _numeral(n: int) -> str:
    return _CHINESE[n] if n <= 10 else f"十{_CHINESE[n - 10]}"


def brief_bytes(
    exhibits: Sequence[Exhibit], title: str, made_on: str, tables: bool = True, pictures: Mapping[int, bytes] | None = None,
) -> bytes:  # fmt: skip
    """The DOCX of pinned charts in their order. `made_on`: ISO date under the title. `tables`: with the rows of each chart.
    `pictures`: PNG by position, in place of the native chart. Same input, same bytes. Charts beyond MOST_CHARTS are refused with ValueError."""
    if len(exhibits) > MOST_CHARTS:
        raise ValueError(f"一份简报最多{MOST_CHARTS}幅图，现为{len(exhibits)}幅。")
    document = docx.Document()
    paper.prepare(document)
    fictional = any(e.fictional for e in exhibits)
    _properties(document, title, made_on, exhibits)
    paper.paragraph(
        document, wording.clean(title), font=paper.TITLE, size=22, align="center", before=6, after=6, line=30
    )
    stamp = f"{paper.long_date(made_on)}　初稿，供修改，未经审核"
    paper.paragraph(document, stamp, font=paper.SUBHEADING, size=14, align="center", after=10, line=24)
    if fictional:
        paper.paragraph(
            document,
            f"{wording.FICTIONAL}，不是任何真实机关的数据，不得引用",
            font=paper.HEADING,
            size=14,
            align="center",
            after=8,
            line=24,
        )
    figures = tabled = 0
    for n, given in enumerate(exhibits):
        if len(exhibits) > 1:
            heading = f"{_numeral(n + 1)}、{wording.clean(given.title)}"
            paper.paragraph(
                document, heading, font=paper.HEADING, size=16, indent=2, line=paper.LINE, keep=True, style="Heading 1"
            )
        for text in sentences.paragraphs(given):
            paper.paragraph(document, text, indent=2, line=paper.LINE)
        picture = (pictures or {}).get(n)
        figures = _figure(document, given, figures, picture)
        if tables and given.form not in ("heat", "years", "coverage") and "status" in given.rows:
            tabled = _table(document, given, tabled)
        for line in map(wording.clean, provenance.closing(given)):
            paper.paragraph(document, line, size=10.5, after=0, line=15, align="left")
        paper.paragraph(document, "", size=6, line=8)
    _sources(document, exhibits)
    return paper.saved(document)


def _properties(document: Any, title: str, made_on: str, exhibits: Sequence[Exhibit]) -> None:
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.language = (
        wording.clean(title)[:250],
        wording.PRODUCT,
        wording.PRODUCT,
        "zh-CN",
    )
    core.comments = "；".join(dict.fromkeys(f"数据版本 {e.build}" for e in exhibits))[:250]
    core.created = core.modified = datetime.fromisoformat(made_on)
    core.revision = 1


def _figure(document: Any, given: Exhibit, figures: int, picture: bytes | None) -> int:
    """The chart or charts of one exhibit with their captions; gives the running number of the last figure."""
    title = wording.clean(given.title)
    if picture:
        width, height = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
        shown = min(paper.TEXT_WIDTH, (paper.TEXT_HEIGHT - 14) * width / max(height, 1))
        line = paper.paragraph(document, "", align="center", before=4, keep=True)
        inline = line.add_run().add_picture(io.BytesIO(picture), width=Mm(shown))
        inline._inline.docPr.set("descr", provenance.alt_text(given))
        return paper.caption(document, figures + 1, title)
    plots = _for_page(given)
    if not plots:
        paper.paragraph(document, "没有可以作图的数值。", size=12, align="center", line=20)
        return figures
    if plots[0].kind == "grid":
        return _grids(document, given, plots, figures)
    if given.form == "flow":
        title += "（堆积条形，与桑基图同一组数值）"
    for plot in plots:
        line = paper.paragraph(document, "", align="center", before=4, keep=True)
        _add_chart(document, line, plot, given)
        unit = "%" if given.percent else wording.clean(given.unit)
        unit = "" if not unit or plot.kind == "share" else f"（单位：{unit}）"
        figures = paper.caption(document, figures + 1, title + unit + wording.clean(plot.title))
    return figures


def _for_page(given: Exhibit) -> list[Plot]:
    """The plots of an exhibit for frames of 156 x 88 mm: long names broken into lines, long rankings in several charts on one scale, two years
    as pairs of bars (names stay level), small charts as groups of lines."""
    if given.form in ("heat", "years", "coverage"):
        return exhibit.plots(given, MOST_ROWS)
    names = [wording.clean(n) for n in dict.fromkeys(given.rows["name"])] if "name" in given.rows else []
    lines = max(
        (len(wording.wrap(wording.shorten(f"{n}（空白）", LONGEST_NAME), NAME_WIDTH, 3)) for n in names), default=1
    )
    each = (PAIRS_EACH if given.form in ("dumbbell", "grouped") else BARS_EACH)[lines]
    if given.form in native.NAMED:
        each = NAMED_EACH
    if (
        given.form == "ranking" and len(given.rows) > each
    ):  # more than one chart: rows without a value are named in the notes and the table
        held = (given.rows["status"] == "reported") & ~exhibit.too_small(given.rows)
        given = replace(given, rows=given.rows[held], shown=None)
    plots = exhibit.plots(given, each)
    if given.form in native.NAMED and any(map(exhibit.crowded, plots)):  # a legend takes the room
        plots = exhibit.plots(given, LINES_EACH)
    if given.form == "ranking" and plots and len(plots[0].series) > 1:  # a median beside each bar
        plots = exhibit.plots(given, PAIRS_EACH[lines] + 3)
    if len(plots) > 1 and plots[0].kind == "line":
        return _together(plots)
    if plots and plots[0].kind == "range":
        plots = [replace(p, kind="bar") for p in plots]
    return [
        p
        if p.kind in native.LINES
        else replace(
            p,
            categories=tuple(
                "\n".join(wording.wrap(wording.shorten(c, LONGEST_NAME), NAME_WIDTH, 3)) for c in p.categories
            ),
        )
        for p in plots
    ]


def _together(plots: Sequence[Plot]) -> list[Plot]:
    """Panels of one line each as charts of LINES_EACH lines on one scale."""
    known = [v for p in plots for v in p.series[0].values if v is not None]
    size = -(-len(plots) // -(-len(plots) // LINES_EACH))
    found = []
    for start in range(0, len(plots), size):
        part = plots[start : start + size]
        series = tuple(replace(p.series[0], labels=(), colours=(exhibit.SERIES[n],)) for n, p in enumerate(part))
        title = f"（{start + 1}—{start + len(part)}，共{len(plots)}）"
        found.append(Plot("line", plots[0].categories, series, title, max([0.0, *known]), min([0.0, *known])))
    return found


def _add_chart(document: Any, line: Any, plot: Plot, given: Exhibit) -> None:
    """A native chart in a paragraph: the chart's part, the workbook with its numbers, the frame in the text."""
    xml, book = native.chart_part(plot, given, CHART_TYPE)
    package = document.part.package
    number = 1 + sum(1 for part in package.iter_parts() if str(part.partname).startswith("/word/charts/"))
    sheet = Part(PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"), _SHEET, book, package)
    chart = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART, b"", package)
    link = chart.relate_to(sheet, RELATIONSHIP_TYPE.PACKAGE)
    chart._blob = _for_word(xml, link)
    r_id = document.part.relate_to(chart, RELATIONSHIP_TYPE.CHART)
    told = provenance.alt_text(given, plot.title).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    frame = f"""<w:drawing {nsdecls("w", "wp", "a", "r")}><wp:inline distT="0" distB="0" distL="0" distR="0">
<wp:extent cx="{round(paper.TEXT_WIDTH * _EMU)}" cy="{round(paper.CHART_HEIGHT * _EMU)}"/><wp:effectExtent l="0" t="0" r="0" b="0"/>
<wp:docPr id="{1000 + number}" name="图{number}" descr="{told}"/><wp:cNvGraphicFramePr/>
<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="{r_id}"/></a:graphicData></a:graphic></wp:inline></w:drawing>"""
    line.add_run()._r.append(parse_xml(re.sub(r">\n<", "><", frame)))


def _for_word(xml: bytes, link: str) -> bytes:
    """Excel's chart as Word wants it: every switch said out loud (XlsxWriter leaves out what Excel 2007 takes for false, which other programs
    take for the schema's default, true), text in a Chinese font, the workbook it is edited with."""
    text = xml.decode("utf-8")
    shows = "".join(f'<c:{name} val="{int(name == "showVal")}"/>' for name in _SHOWS)
    text = text.replace('<c:showVal val="1"/>', shows)
    text = re.sub(r"(<c:grouping [^>]*/>)", r'\1<c:varyColors val="0"/>', text)
    text = re.sub(r"(</c:scaling>)(?!<c:delete)", r'\1<c:delete val="0"/>', text)
    text = re.sub(r"(<c:tickLblPos )", r'<c:majorTickMark val="out"/><c:minorTickMark val="none"/>\1', text)
    text = re.sub(r"(<c:legendPos [^>]*/>(?:<c:layout/>)?)", r'\1<c:overlay val="0"/>', text)
    if "<c:lineChart>" in text:
        text = text.replace("</c:ser>", '<c:smooth val="0"/></c:ser>')
    else:
        text = re.sub(
            r"(<c:ser>.*?</c:tx><c:spPr>.*?</c:spPr>)", r'\1<c:invertIfNegative val="0"/>', text, flags=re.DOTALL
        )
    type_ = (
        f'<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="{CHART_TYPE * 100}"><a:latin typeface="{paper.LATIN}"/><a:ea typeface="宋体"/></a:defRPr>'
        '</a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
    )
    tail = f'{type_}<c:externalData r:id="{link}"><c:autoUpdate val="0"/></c:externalData>'
    text = text.replace('<c:lang val="en-US"/>', '<c:lang val="zh-CN"/>').replace(
        '<a:rPr lang="en-US"', '<a:rPr lang="zh-CN"'
    )
    text = re.sub(r"(<c:lang [^>]*/>)", r'\1<c:roundedCorners val="0"/>', text, count=1)
    text = re.sub(r"<c:printSettings>.*?</c:printSettings>", "", text, flags=re.DOTALL)
    return text.replace("</c:chartSpace>", tail + "</c:chartSpace>").encode("utf-8")


def _table(document: Any, given: Exhibit, tabled: int) -> int:
    """The rows of a chart: name, year, metric where several, value, change, and the words about it. Gives the running number."""
    df = exhibit.ordered(given)
    if df.empty:
        return tabled
    unit = "%" if given.percent else given.unit
    paper.paragraph(document, f"表{tabled + 1}　{wording.clean(given.title)}{f'（单位：{wording.clean(unit)}）' if unit else ''}", font=paper.HEADING, size=12, align="center",
               before=4, after=2, line=18, keep=True, style="Caption")  # fmt: skip
    years = sorted({int(y) for y in df["year"]})
    shown = df.head(MOST_ROWS)
    if (
        len(years) > 1
        and df["metric"].nunique() == 1
        and given.form in ("line", "multiples", "dumbbell", "slope", "bump")
    ):
        _years_table(document, given, df, years)
        left = max(0, df["id"].nunique() - MOST_ROWS)
    elif given.form in ("grouped", "stacked", "share", "flow"):
        left = _parts_table(document, given)
    else:
        _list_table(document, given, shown, len(years) > 1)
        left = len(df) - len(shown)
    if left:
        paper.paragraph(document, f"另有{left}行未印出，见 Excel 文件的“数据”表。", size=10.5, line=15, align="left")
    return tabled + 1


def _years_table(document: Any, given: Exhibit, df: pd.DataFrame, years: list[int]) -> None:
    """Entities down, years across; at most COLUMNS_EACH years in one table."""
    keys = list(dict.fromkeys(df["id"]))[:MOST_ROWS]
    names = dict(zip(df["id"], df["name"], strict=True))
    cell = {(r.id, int(r.year)): r for r in df.itertuples(index=False)}
    for start in range(0, len(years), COLUMNS_EACH):
        part = years[start : start + COLUMNS_EACH]
        rows = []
        for key in keys:
            values = [cell.get((key, y)) for y in part]
            rows.append(
                [
                    (wording.clean(names[key]), "left", ""),
                    *(
                        (
                            "" if r is None else _cell_words(r, given),
                            "right" if r is not None and r.status == "reported" else "center",
                            "",
                        )
                        for r in values
                    ),
                ]
            )
        each = min(
            max([12.0, *(wording.display_width(text) * 1.9 + 3.5 for row in rows for text, _, _ in row[1:])]),
            (paper.TEXT_WIDTH - NAMES_LEAST) / len(part),
        )
        paper.rows_table(
            document,
            [given.entity, *map(str, part)],
            rows,
            [paper.TEXT_WIDTH - each * len(part), *[each] * len(part)],
            9.5,
        )
        paper.paragraph(document, "", size=4, line=6)


def _parts_table(document: Any, given: Exhibit) -> int:
    """Bars down, their parts across; at most COLUMNS_EACH parts in one table. Gives the rows left out."""
    plots = exhibit.plots(given, MOST_ROWS)
    for plot in plots[:1]:
        for start in range(0, len(plot.series), COLUMNS_EACH):
            part = range(start, min(start + COLUMNS_EACH, len(plot.series)))
            each = min(max(13.0, *(wording.display_width(plot.words[n][k]) * 1.9 + 3.5 for n in part for k in range(len(plot.categories)))),
                       (paper.TEXT_WIDTH - NAMES_LEAST) / len(part))  # fmt: skip
            rows = [[(name, "left", ""), *((plot.words[n][k], "right" if plot.series[n].values[k] is not None else "center", "") for n in part)]
                    for k, name in enumerate(plot.categories)]  # fmt: skip
            head = ["申请人" if given.form == "flow" else given.entity, *(plot.series[n].name for n in part)]
            paper.rows_table(document, head, rows, [paper.TEXT_WIDTH - each * len(part), *[each] * len(part)], 9.5)
            paper.paragraph(document, "", size=4, line=6)
    return sum(len(p.categories) for p in plots[1:])


def _cell_words(row: Any, given: Exhibit) -> str:
    text = exhibit.value_words(row, given, unit=False)
    own = getattr(row, "unit", None)
    several = isinstance(own, str) and row.status == "reported" and own != "%" and not given.unit
    text += own if several and isinstance(own, str) else ""
    if given.form == "bump" and not pd.isna(row.peer_rank):
        text += f"（第{int(row.peer_rank)}位{'，并列' if row.peer_ties > 1 else ''}）"
    return text + ("*" if bool(getattr(row, "part_year", False)) and row.status == "reported" else "")


def _list_table(document: Any, given: Exhibit, df: pd.DataFrame, several_years: bool) -> None:
    columns: list[tuple[str, float, str, Callable[[Any], str]]] = [
        (given.entity, 0.0, "left", lambda r: wording.clean(r.name))
    ]
    if several_years:
        columns.append(("年度", 14.0, "center", lambda r: str(int(r.year))))
    if "metric_name" in df and df["metric"].nunique() > 1:
        short = "metric_short" if "metric_short" in df else "metric_name"
        columns.append(("指标", 30.0, "left", lambda r: wording.clean(getattr(r, short))))
    columns.append(("数值", 24.0, "right", lambda r: _cell_words(r, given)))
    if "denominator" in df and df["denominator"].notna().any():
        columns.append(("分子÷分母", 26.0, "center", _ratio))
    if "before" in df and df["before"].notna().any():
        columns.append(
            (
                "比上年",
                42.0,
                "left",
                lambda r: wording.change_text(r.value, r.before, "", given.percent).removeprefix("比上年"),
            )
        )
    if any(_remark(r) for r in df.itertuples(index=False)):
        columns.append(("说明", 24.0, "left", _remark))
    widths = [w for _, w, _, _ in columns]
    widths[0] = paper.TEXT_WIDTH - sum(widths)
    rows = [[(say(r), align, "") for _, _, align, say in columns] for r in df.itertuples(index=False)]
    paper.rows_table(document, [name for name, _, _, _ in columns], rows, widths, 10)


def _ratio(row: Any) -> str:
    if pd.isna(row.denominator) or pd.isna(row.numerator):
        return ""
    return f"{wording.number(row.numerator)}÷{wording.number(row.denominator)}"


def _remark(row: Any) -> str:
    """What a reader has to know of a value: how it was worded, read, corrected."""
    if row.status != "reported":
        return ""  # its status stands in place of the value
    words = []
    if not bool(getattr(row, "reliable", True)):
        words.append("分母过小")
    if getattr(row, "method", None) == "narrative":
        words.append("摘自正文")
    if bool(getattr(row, "part_year", False)):
        words.append("年内部分时段")
    if bool(getattr(row, "corrected", False)):
        words.append("经人工更正")
    if str(getattr(row, "scope", "") or "") == "unknown":
        words.append("范围未注明")
    return "，".join(words)


def _grids(document: Any, given: Exhibit, plots: Sequence[Plot], figures: int) -> int:
    """A heat map or coverage grid as shaded tables, the header on every page; as many columns abreast as their texts allow."""
    for plot in plots:
        columns = [_grid_column(given, plot, n) for n in range(len(plot.series))]
        widths = [
            max(14.0, max((wording.display_width(text) for text, _, _ in cells), default=0) * 1.75 + 4)
            for cells in columns
        ]
        parts: list[list[int]] = [[]]
        for n, width in enumerate(widths):
            if parts[-1] and (
                sum(widths[k] for k in parts[-1]) + width > paper.TEXT_WIDTH - NAMES_LEAST
                or len(parts[-1]) == COLUMNS_EACH
            ):
                parts.append([])
            parts[-1].append(n)
        for part in parts:
            rows = [[(name, "left", ""), *(columns[n][k] for n in part)] for k, name in enumerate(plot.categories)]
            taken = [min(widths[n], paper.TEXT_WIDTH - NAMES_LEAST) for n in part]
            paper.rows_table(
                document,
                [given.entity, *(plot.series[n].name for n in part)],
                rows,
                [paper.TEXT_WIDTH - sum(taken), *taken],
                9,
            )
            several = f"（第{part[0] + 1}—{part[-1] + 1}列，共{len(columns)}列）" if len(parts) > 1 else ""
            figures = paper.caption(document, figures + 1, wording.clean(given.title) + several)
    return figures


def _grid_column(given: Exhibit, plot: Plot, n: int) -> list[tuple[str, str, str]]:
    """The cells of one column: text, alignment, fill."""
    series = plot.series[n]
    top = max((v for v in series.values if v is not None), default=0.0)
    cells = []
    for k, value in enumerate(series.values):
        label = series.labels[k] if series.labels else ""
        if value is None:
            cells.append((plot.words[n][k], "center", "EDEDED"))
        else:
            share = value if given.form == "coverage" else value / top if top > 0 else 0.0
            cells.append((label or wording.number(value), "center", workbook.shade(share)[1:]))
    return cells


def _sources(document: Any, exhibits: Sequence[Exhibit]) -> None:
    """Definitions of the metrics and the reports behind the charts, once each."""
    said: dict[str, str] = {}
    for given in exhibits:
        for entry in provenance.definitions(given):
            words = dict(entry)
            said.setdefault(
                words["代号"],
                f"{words['指标']}（单位：{words['单位']}）：{words['口径']}"
                + (f"注意：{words['注意']}" if "注意" in words else ""),
            )
    if said:
        paper.paragraph(document, "附：口径", font=paper.HEADING, size=14, line=24, before=6, keep=True)
        for text in said.values():
            paper.paragraph(document, wording.clean(text), size=10.5, line=15, align="left")
    frames = [provenance.source_table(e) for e in exhibits if len(e.sources)]
    if not frames:
        return
    every = pd.concat(frames, ignore_index=True).drop_duplicates(["报告标题", "机关", "年度", "校验值 sha256"])
    paper.paragraph(
        document, f"附：来源报告（{len(every)}份）", font=paper.HEADING, size=14, line=24, before=6, keep=True
    )
    for n, row in enumerate(every.head(MOST_SOURCES).to_dict("records"), 1):
        parts = [f"{n}. 《{wording.clean(row['报告标题'])}》", wording.clean(row["机关"])]
        if not pd.isna(row["公布日期"]):
            parts.append(f"{row['公布日期']}公布")
        if row["网址"] and not pd.isna(row["网址"]):
            parts.append(wording.clean(row["网址"]))
        if row["校验值 sha256"] and not pd.isna(row["校验值 sha256"]):
            parts.append(f"sha256 {str(row['校验值 sha256'])[:16]}…")
        paper.paragraph(document, "，".join(p for p in parts if p), size=9, line=13, align="left")
    if len(every) > MOST_SOURCES:
        paper.paragraph(
            document,
            f"其余{len(every) - MOST_SOURCES}份及完整校验值见各图 Excel 文件的“口径与来源”表。",
            size=9,
            line=13,
            align="left",
        )
