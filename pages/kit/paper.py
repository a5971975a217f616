"""A Word document on paper by GB/T 9704 habits: page, type, paragraphs, tables with repeated headers, captions. No streamlit, no SQL.

A4, margins 37 mm above and 28 mm left, 156 x 225 mm of text, body 仿宋 三号, 22 lines a page.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence
from typing import Any

import docx
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from pages.kit import wording

TEXT_WIDTH, TEXT_HEIGHT, CHART_HEIGHT = 156.0, 225.0, 87.75
"""mm. Charts are 16 to 9: LibreOffice lays out every chart of a Word file in that shape and would stretch any other."""

BODY, HEADING, SUBHEADING, TITLE, LATIN = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体", "Times New Roman"
FALLBACK = {BODY: "仿宋", HEADING: "SimHei", SUBHEADING: "楷体", TITLE: "华文中宋"}
"""Fonts that Word and WPS take where the first is not installed (w:altName of the font table)."""

LINE = 28.95
"""Points: 225 mm by 22 lines."""


def long_date(made_on: str) -> str:
    year, month, day = (int(x) for x in made_on.split("-"))
    return f"{year}年{month}月{day}日"


def prepare(document: Any) -> None:
    """Page, grid, default type, page numbers, fonts to fall back on."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.right_margin, section.bottom_margin = Mm(210 - 28 - TEXT_WIDTH), Mm(297 - 37 - TEXT_HEIGHT)
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(16)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), BODY)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    for name in ("Heading 1", "Caption"):
        style = document.styles[name]
        style.font.name, style.font.bold, style.font.italic = LATIN, False, False
        style.font.color.rgb = docx.shared.RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in [a for a in fonts.attrib if a.endswith("Theme")]:
            del fonts.attrib[attribute]
        fonts.set(qn("w:eastAsia"), HEADING)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        _page_number(footer.paragraphs[0], align)
    table = next(p for p in document.part.package.iter_parts() if str(p.partname).endswith("fontTable.xml"))
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in FALLBACK.items()
    )
    table._blob = table.blob.replace(b"</w:fonts>", entries.encode("utf-8") + b"</w:fonts>")


def _page_number(paragraph: Any, align: Any) -> None:
    """— 1 — in 宋体 四号, on the outer side."""
    paragraph.alignment = align
    for text, field in (("— ", False), ("PAGE", True), (" —", False)):
        run = paragraph.add_run("" if field else text)
        set_font(run, "宋体", 14)
        if field:
            for kind, inner in (("begin", None), (None, text), ("end", None)):
                element = parse_xml(
                    f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'
                    if kind
                    else f"<w:instrText {nsdecls('w')}>{inner}</w:instrText>"
                )
                run._r.append(element)


def set_font(run: Any, east_asian: str, size: float) -> None:
    run.font.size, run.font.name = Pt(size), LATIN
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), east_asian)


def paragraph(
    place: Any, text: str, font: str = BODY, size: float = 16, align: str = "justify", indent: int = 0, before: float = 0, after: float = 0,
    line: float | None = None, keep: bool = False, style: str | None = None,
) -> Any:  # fmt: skip
    """A paragraph; `indent`: characters of the first line; `line`: exact points, None where it holds a chart."""
    paragraph = place.add_paragraph(style=style)
    layout = paragraph.paragraph_format
    layout.alignment = {
        "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT, "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
    }[align]  # fmt: skip
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.line_spacing = Pt(line) if line else 1.0
    layout.keep_with_next = keep or None
    if indent:
        layout.first_line_indent = Pt(size * indent)
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), str(indent * 100))
    if text:
        set_font(paragraph.add_run(text), font, size)
    return paragraph


def caption(document: Any, number: int, text: str) -> int:
    paragraph(
        document,
        f"图{number}　{text}",
        font=HEADING,
        size=12,
        align="center",
        before=2,
        after=4,
        line=18,
        style="Caption",
    )
    return number


def rows_table(
    document: Any,
    head: Sequence[str],
    rows: Sequence[Sequence[tuple[str, str, str]]],
    widths: Sequence[float],
    size: float,
) -> None:
    """A table with lines, its header repeated on every page and no row split. Cells: text, alignment, fill."""
    made = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{round(sum(widths) * 56.7)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>'
        + "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="7F7F7F"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        + '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        + f'<w:tblGrid>{"".join(f"""<w:gridCol w:w="{round(w * 56.7)}"/>""" for w in widths)}</w:tblGrid>'
        + _row_xml([(h, "center", "DCE6F1") for h in head], widths, size, True)
        + "".join(_row_xml(row, widths, size, False) for row in rows)
        + "</w:tbl>"
    )
    document.element.body.insert(len(document.element.body) - 1, made)


def _row_xml(cells: Sequence[tuple[str, str, str]], widths: Sequence[float], size: float, head: bool) -> str:
    """One row as XML: tables of hundreds of rows are too slow cell by cell."""
    flags = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    half = round(size * 2)
    type_ = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{"黑体" if head else "宋体"}"/><w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'
    made = []
    for (text, align, fill), width in zip(cells, widths, strict=True):
        shading = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
        safe = wording.clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        made.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{round(width * 56.7)}" w:type="dxa"/>{shading}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
            f'<w:spacing w:before="20" w:after="20" w:line="{round(size * 24)}" w:lineRule="atLeast"/><w:jc w:val="{align}"/><w:rPr>{type_}</w:rPr></w:pPr>'
            f'<w:r><w:rPr>{type_}</w:rPr><w:t xml:space="preserve">{safe}</w:t></w:r></w:p></w:tc>'
        )
    return f"<w:tr><w:trPr>{flags}</w:trPr>{''.join(made)}</w:tr>"


def saved(document: Any) -> bytes:
    """The file with fixed dates inside, so that the same brief is the same bytes."""
    buffer, out = io.BytesIO(), io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename, date_time=(1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, source.read(entry))
    return out.getvalue()
