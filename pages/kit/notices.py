"""Files that go back to an agency: the list of findings as XLSX and a draft notice as DOCX. No streamlit, no SQL.

Official and neutral: which cell, what is printed, what was expected, what to look at; no judgement, no red header, no seal. The expected figure is
what the report's own other cells give, and the text says so.
"""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import docx
import pandas as pd
import xlsxwriter
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml.ns import qn
from docx.shared import Mm, Pt

from pages.kit import downloads, paper, wording
from pages.kit.paper import BODY, HEADING, LATIN, TITLE

MOST_ROWS = 20_000
MOST_ITEMS = 300
COLUMNS = (
    "序号",
    "机关",
    "城市",
    "年度",
    "级别",
    "规则",
    "位置",
    "报告所载",
    "应为",
    "说明",
    "请核对",
    "原文",
    "报告",
    "文件",
    "判定",
    "认可人",
    "认可理由",
)
WIDTHS = (6, 26, 12, 8, 8, 30, 34, 12, 12, 60, 40, 40, 40, 30, 16, 12, 24)


def position(row: Any, breakdowns: dict[str, str]) -> str:
    """Which cell a finding is about, in words: 收到和处理申请情况表“本年新收…”自然人; 正文; whole tables and reports by name."""
    locator = row.locator if isinstance(row.locator, dict) else {}
    table = locator.get("table")
    where = (
        wording.TABLE.get(str(int(table)), "统计表")
        if table is not None and not pd.isna(table)
        else ("正文" if locator.get("start") is not None else "")
    )
    name = f"“{wording.clean(row.metric_name)}”" if isinstance(row.metric_name, str) else ""
    column = breakdowns.get(row.breakdown, "") if isinstance(row.breakdown, str) and where != "正文" else ""
    return where + name + column


def _expected(row: Any) -> str:
    if isinstance(row.rule_id, str) and row.rule_id in ("XY-STOCK", "E1-CHANNEL", "AG-SUM", "T2-STOCK", "T2-E2-SUBSET"):
        return ""  # a bound or a usual value, not what the cell should hold
    return wording.number(row.expected)


def list_rows(df: pd.DataFrame, breakdowns: dict[str, str]) -> pd.DataFrame:
    """Findings as the rows of the list: COLUMNS."""
    rows = []
    for n, r in enumerate(df.itertuples(index=False), 1):
        rows.append((
            n, wording.clean(r.agency), wording.clean(r.city), int(r.year), wording.SEVERITY.get(r.severity, r.severity), wording.clean(r.rule_title),
            position(r, breakdowns), None if pd.isna(r.actual) else float(r.actual), _expected(r), wording.clean(r.message), wording.clean(r.advice),
            wording.clean(r.quote)[:500], wording.clean(r.title), wording.clean(r.document).replace("\\", "/").rsplit("/", 1)[-1],
            wording.FINDING_STATE.get(str(r.state), ""), wording.clean(r.accepted_by), wording.clean(r.accepted_reason),
        ))  # fmt: skip
    return pd.DataFrame(rows, columns=list(COLUMNS))


def list_bytes(df: pd.DataFrame, breakdowns: dict[str, str], title: str, lines: Sequence[str], made_on: str) -> bytes:
    """The list as XLSX: one row per finding, numbers as numbers, formulas neutralised; a second sheet says what it is."""
    buffer = io.BytesIO()
    settings = {
        "in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False,
        "default_format_properties": {"font_name": "宋体", "font_size": 11},
    }  # fmt: skip
    book = xlsxwriter.Workbook(buffer, settings)
    book.set_properties({"title": title, "author": wording.PRODUCT, "created": datetime.fromisoformat(made_on)})
    line = {"border": 1, "border_color": "#C9D1D9", "valign": "top"}
    head = book.add_format(
        {**line, "bold": True, "bg_color": "#DCE6F1", "align": "center", "valign": "vcenter", "text_wrap": True}
    )
    text, whole = book.add_format({**line, "text_wrap": True}), book.add_format({**line, "num_format": "#,##0.####"})
    year = book.add_format({**line, "num_format": "0", "align": "center"})
    sheet = book.add_worksheet("问题清单")
    for n, (name, width) in enumerate(zip(COLUMNS, WIDTHS, strict=True)):
        sheet.write_string(0, n, name, head)
        sheet.set_column(n, n, width)
    for k, record in enumerate(list_rows(df.head(MOST_ROWS), breakdowns).itertuples(index=False), 1):
        for n, value in enumerate(record):
            if value is None or (isinstance(value, float) and pd.isna(value)) or value == "":
                sheet.write_blank(k, n, None, text)
            elif isinstance(value, int | float):
                sheet.write_number(k, n, value, year if n in (0, 3) else whole)
            else:
                sheet.write_string(k, n, str(downloads.neutral(value))[:32_000], text)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(min(len(df), MOST_ROWS), 1), len(COLUMNS) - 1)
    sheet.set_landscape()
    sheet.set_paper(9)
    sheet.fit_to_pages(1, 0)
    sheet.repeat_rows(0)
    about = book.add_worksheet("说明")
    about.set_column(0, 0, 100)
    plain = book.add_format({"text_wrap": True, "valign": "top"})
    for k, words in enumerate([title, *lines]):
        about.write_string(k, 0, str(downloads.neutral(wording.clean(words))), plain)
    book.close()
    return buffer.getvalue()


def notice_bytes(
    df: pd.DataFrame,
    addressee: str,
    years: str,
    breakdowns: dict[str, str],
    lines: Sequence[str],
    made_on: str,
    fictional: bool = False,
) -> bytes:
    """The draft notice as DOCX, A4: one opening paragraph, a table of the cells to look at per agency, a closing paragraph, the sources."""
    document = docx.Document()
    _prepare(document)
    several = df["agency_id"].nunique() > 1
    _line(document, "（草稿，供核对修改）", HEADING, 14, "left")
    if fictional:
        _line(document, f"{wording.FICTIONAL}，不是任何真实机关的数据", HEADING, 14, "left")
    _line(
        document,
        f"关于请核对{years}政府信息公开工作年度报告有关数据的函",
        TITLE,
        20,
        "center",
        before=12,
        after=16,
    )
    _line(document, f"{wording.clean(addressee)}：", BODY, 16, "left")
    reports = df["report_id"].nunique()
    who = f"{'有关机关' if several else '贵单位'}公布的{years}政府信息公开工作年度报告"
    opening = (
        f"在汇总{who}时，依照年度报告表式的勾稽关系作了核对，涉及报告{reports}份，需要核对的地方共{len(df)}处，列于后表。"
        "表中“应为”一栏由同一报告的其他数据或上一年度报告推算，仅供核对参考，以贵单位核实的结果为准。"
    )
    _line(document, opening, BODY, 16, indent=2)
    _line(
        document,
        "请核对表列内容。报告有误的，请更正后重新公布并反馈更正的数据；报告无误的，请说明情况。",
        BODY,
        16,
        indent=2,
    )
    _line(document, "联系人：　　　　　　　　联系电话：", BODY, 16, indent=2)
    _line(document, "反馈时限：　　　　年　　月　　日", BODY, 16, indent=2, after=12)
    _line(document, paper.long_date(made_on), BODY, 16, "right", after=12)
    section = document.add_section()
    section.orientation = WD_ORIENT.LANDSCAPE
    section.page_width, section.page_height = Mm(297), Mm(210)
    section.left_margin = section.right_margin = Mm(20)
    section.top_margin = section.bottom_margin = Mm(22)
    for n, (_, part) in enumerate(df.head(MOST_ITEMS).groupby("agency_id", sort=False), 1):
        name = wording.clean(part["agency"].iloc[0])
        _line(document, f"表{n}　{name}" if several else f"附表　{name}", HEADING, 14, before=8, after=4, keep=True)
        _items(document, part, breakdowns)
    if len(df) > MOST_ITEMS:
        _line(document, f"其余{len(df) - MOST_ITEMS}处见问题清单（XLSX）。", BODY, 12)
    for words in lines:
        _line(document, wording.clean(words), BODY, 10.5, before=2)
    properties = document.core_properties
    properties.title, properties.author = f"核对{years}年度报告数据的函（草稿）", wording.PRODUCT
    properties.created = properties.modified = datetime.fromisoformat(made_on)
    buffer = io.BytesIO()
    document.save(buffer)
    return buffer.getvalue()


_NOTICE_COLUMNS = (
    ("序号", 12),
    ("年度", 16),
    ("位置", 58),
    ("报告所载", 22),
    ("应为", 20),
    ("情况", 76),
    ("请核对", 53),
)


def _items(document: Any, part: pd.DataFrame, breakdowns: dict[str, str]) -> None:
    table = document.add_table(rows=1, cols=len(_NOTICE_COLUMNS), style="Table Grid")
    table.autofit = False
    for column, (_, width) in zip(
        table.columns, _NOTICE_COLUMNS, strict=True
    ):  # WPS and LibreOffice go by the grid, Word by the cells
        column.width = Mm(width)
    table.autofit = False
    for n, (name, width) in enumerate(_NOTICE_COLUMNS):
        _cell(table.rows[0].cells[n], name, width, HEADING, WD_ALIGN_PARAGRAPH.CENTER)
        table.rows[0].cells[n].paragraphs[0].paragraph_format.keep_with_next = True
    header = table.rows[0]._tr.get_or_add_trPr()
    header.append(header.makeelement(qn("w:tblHeader"), {qn("w:val"): "true"}))
    for k, r in enumerate(part.itertuples(index=False), 1):
        row = table.add_row()
        cells = row.cells
        whole = row._tr.get_or_add_trPr()
        whole.append(whole.makeelement(qn("w:cantSplit"), {}))
        words = (
            str(k), str(int(r.year)), position(r, breakdowns) or wording.clean(r.rule_title), wording.number(r.actual) or "—", _expected(r) or "—",
            wording.clean(r.message), wording.clean(r.advice),
        )  # fmt: skip
        for n, (text, (_, width)) in enumerate(zip(words, _NOTICE_COLUMNS, strict=True)):
            _cell(
                cells[n], text, width, BODY, WD_ALIGN_PARAGRAPH.CENTER if n in (0, 1, 3, 4) else WD_ALIGN_PARAGRAPH.LEFT
            )


def _cell(cell: Any, text: str, width: float, font: str, align: Any) -> None:
    cell.width = Mm(width)
    paragraph = cell.paragraphs[0]
    paragraph.alignment = align
    shape = paragraph.paragraph_format
    shape.space_before = shape.space_after = Pt(2)
    shape.line_spacing = 1.15
    paper.set_font(paragraph.add_run(text), font, 10.5)


def _prepare(document: Any) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin, section.left_margin, section.right_margin = (
        Mm(37),
        Mm(35),
        Mm(28),
        Mm(26),
    )
    style = document.styles["Normal"]
    style.font.name, style.font.size = LATIN, Pt(16)
    style.element.rPr.rFonts.set(qn("w:eastAsia"), BODY)


def _line(document: Any, text: str, font: str, size: float, align: str = "left", **more: Any) -> None:
    paper.paragraph(document, text, font, size, align, line=size * 1.8, **more)


def operands_of(text: Any) -> list[dict[str, Any]]:
    """The cells of both sides of a rule, from the finding's JSON; none where there are none."""
    if not isinstance(text, str) or not text:
        return []
    found = json.loads(text)
    return [o for o in found if isinstance(o, dict)] if isinstance(found, list) else []


def template_bytes(rows: Sequence[Sequence[str]]) -> bytes:
    """The roster's template as XLSX: the headings, an example, and what each column takes."""
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "default_format_properties": {"font_name": "宋体", "font_size": 11},
        },
    )
    bold, text = (
        book.add_format({"bold": True, "bg_color": "#DCE6F1", "border": 1}),
        book.add_format({"num_format": "@"}),
    )
    sheet = book.add_worksheet("名册")
    for k, row in enumerate(rows):
        for n, value in enumerate(row):
            sheet.write_string(k, n, value, bold if k == 0 else text)
    sheet.set_column(0, 0, 36, text)
    sheet.set_column(1, len(rows[0]) - 1, 12, text)
    sheet.data_validation(1, 2, 5000, 2, {"validate": "list", "source": list(wording.LEVEL.values())})
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("填写说明")
    notes.set_column(0, 0, 90)
    for k, words in enumerate((
        "机关全称：与年度报告所用名称一致，必填；示例一行可以删去，导入时不计。", "区划代码：六位，乡级九位；有同名机关时须填。", f"层级：{'、'.join(wording.LEVEL.values())}。",
        "起始年度、截止年度：从哪一年度起、到哪一年度止须报；没有的留空。", "期限月、期限日：该机关另有公布期限的填写，例如1、26；没有的留空，用法定或地方期限。",
        "填好后运行：python -m etl roster 名册.xlsx，再运行 python -m etl load 年报文件夹。",
    )):  # fmt: skip
        notes.write_string(k, 0, words)
    book.close()
    return buffer.getvalue()
