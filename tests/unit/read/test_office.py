"""Old and new Office files: files/ holds one invented plan as .doc and .docx, one invented table as .xls (LibreOffice wrote the old ones)."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

import openpyxl
import pytest

from etl.model import Paragraph, SourceError, Table
from etl.read import doc, read_bytes, read_file
from etl.read.numbering import Level, Numbering, before, written

FILES = Path(__file__).parent / "files"


@pytest.mark.parametrize("name", ["plan.doc", "plan.docx"])
def test_automatic_numbers_and_merged_cells(name):
    (document,) = read_file(FILES / name)
    texts = [b.text for b in document.blocks if isinstance(b, Paragraph)]
    assert texts == [
        "云浦市栖霞镇2022年政务公开工作要点",
        "一、总体要求",
        "（一）主动公开",
        "1. 2022年公开文件",
        "2.公开目录",
        "（二）解读",
        "1.文件解读",
        "二、保障",
        "（一）队伍",
        "结尾一段，见附件。",
    ]
    (table,) = (b for b in document.blocks if isinstance(b, Table))
    assert table.exact
    assert [[c.text if c else None for c in row] for row in table.rows] == [
        ["事项", "事项", "数量", "备注"],
        ["公开", "文件", "12", "第一行\n第二行"],
        ["公开", "其他", "", "减4\n另段"],
    ]
    assert table.rows[1][0] is table.rows[2][0] and table.rows[0][0] is table.rows[0][1]


def test_old_spreadsheet():
    (document,) = read_file(FILES / "table.xls")
    (table,) = (b for b in document.blocks if isinstance(b, Table))
    assert table.caption == "统计表"
    assert [[c.text if c else None for c in row] for row in table.rows[1:]] == [
        ["事项", "事项", "数量", "备注"],
        ["公开", "文件", "1878", "/"],
        ["公开", "费用", "52.15", "减4"],
    ]
    assert table.rows[2][0] is table.rows[3][0]


def test_old_word_in_pieces():
    """An edited file: a piece of one byte a character between two of two bytes, out of order in the stream."""
    word = bytearray(0x400)
    pieces = [("本镇收到申请", 2, 0x300), ("12", 1, 0x200), ("件。\r", 2, 0x240)]
    marks, descriptors, at = [0], b"", 0
    for text, wide, place in pieces:
        raw = text.encode("utf-16-le" if wide == 2 else "cp1252")
        word[place : place + len(raw)] = raw
        at += len(text)
        marks.append(at)
        descriptors += struct.pack("<HIH", 0, place if wide == 2 else (place * 2) | 0x40000000, 0)
    plc = struct.pack(f"<{len(marks)}I", *marks) + descriptors
    clx = b"\x01" + struct.pack("<H", 4) + b"\x00" * 4 + b"\x02" + struct.pack("<I", len(plc)) + plc
    struct.pack_into("<I", word, 0x4C, at)
    struct.pack_into("<II", word, 0x9A + 8 * 33, 0, len(clx))
    text, starts, places = doc._text("a.doc", bytes(word), clx)
    assert text == "本镇收到申请12件。\r"
    assert doc._place(7, starts, places) == 0x201 and doc._place(8, starts, places) == 0x240


def test_codes_of_fields_are_no_text():
    shown = doc._without_fields("第\x13 PAGE \x14" + "3\x15页 \x13HYPERLINK \x13X\x14y\x15\x14公开网\x15")
    assert shown.translate({0: None, 0x13: None, 0x14: None, 0x15: None}) == "第3页 公开网"
    assert len(shown) == len("第\x13 PAGE \x14" + "3\x15页 \x13HYPERLINK \x13X\x14y\x15\x14公开网\x15")


@pytest.mark.parametrize("keep", [600, 1600, 5000, 12000, 20000])
def test_a_cut_old_file_is_set_aside(keep):
    data = (FILES / "plan.doc").read_bytes()[:keep]
    with pytest.raises(SourceError):
        read_bytes("plan.doc", data)


def test_numbers_as_word_writes_them():
    assert [written(n, "chineseCounting") for n in (1, 10, 11, 20, 35)] == ["一", "十", "十一", "二十", "三十五"]
    assert written(3, "decimalEnclosedCircle") == "③" and written(4, "upperRoman") == "IV"
    assert written(2, "lowerLetter") == "b" and written(7, "decimalZero") == "07"
    lists = Numbering({"1": [Level("%1、", "chineseCounting"), Level("%1.%2", "decimal")]}, {"1": "a"})
    assert [lists.label("1", d) for d in (0, 1, 1, 0, 1)] == ["一、", "一.1", "一.2", "二、", "二.1"]
    assert lists.label("2", 0) == ""
    assert before("1.", "2022年") == "1. 2022年" and before("一、", "总体") == "一、总体"


def workbook(sheet: str, strings: str = "", hidden: bool = False) -> bytes:
    """An XLSX of one sheet whose sheetData (and what follows it) is `sheet`; style 1 shows dates."""
    main = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    rel = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    parts = {
        "xl/workbook.xml": f'<workbook {main} xmlns:r="{rel}"><sheets><sheet name="无" sheetId="1" state="hidden" r:id="a"/>'
        f'<sheet name="表" sheetId="2" {"state=" + chr(34) + "veryHidden" + chr(34) if hidden else ""} r:id="b"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        '<Relationship Id="a" Target="worksheets/s1.xml"/><Relationship Id="b" Target="/xl/worksheets/s2.xml"/></Relationships>',
        "xl/sharedStrings.xml": f"<sst {main}>{strings}</sst>",
        "xl/styles.xml": f'<styleSheet {main}><cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs></styleSheet>',
        "xl/worksheets/s1.xml": f'<worksheet {main}><sheetData><row r="1"><c><v>9</v></c></row></sheetData></worksheet>',
        "xl/worksheets/s2.xml": f"<worksheet {main}>{sheet}</worksheet>",
    }
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for path, content in parts.items():
            archive.writestr(path, content)
    return stream.getvalue()


def test_cells_of_a_workbook():
    """Shared and inline strings, runs without reading aids, formulas, dates, cells without a reference, merged ranges."""
    sheet = (
        '<sheetData><row r="2"><c r="B2" t="s"><v>0</v></c><c t="inlineStr"><is><t>数量</t></is></c></row>'
        '<row r="3"><c r="B3" t="str"><f>A1</f><v>共计</v></c><c r="C3"><v>1878</v></c><c r="D3" s="1"><v>45292</v></c></row>'
        '<row r="4"><c r="B4" t="s"><v>77</v></c><c r="C4"><v>52.15</v></c><c r="D4" t="e"><v>#N/A</v></c></row></sheetData>'
        '<mergeCells><mergeCell ref="C2:D2"/><mergeCell ref="ZZZ9:A1"/></mergeCells>'
    )
    data = workbook(sheet, "<si><r><t>事</t></r><rPh><t>shi</t></rPh><r><t>项</t></r></si>")
    (table,) = (b for b in read_bytes("a.xlsx", data)[0].blocks if isinstance(b, Table))
    assert table.caption == "表"
    assert [[c.text if c else None for c in row] for row in table.rows] == [
        ["", "事项", "数量", "数量"],
        ["", "共计", "1878", "2024-01-01"],
        ["", "", "52.15", "#N/A"],
    ]


def test_a_workbook_that_spans_too_much_is_refused():
    for far in ("XFD1048576", "A9999999"):
        with pytest.raises(SourceError, match="跨度"):
            read_bytes("a.xlsx", workbook(f'<sheetData><row><c r="{far}" t="str"><v>x</v></c></row></sheetData>'))


def test_hidden_sheets_are_not_read():
    with pytest.raises(SourceError, match="没有文字"):
        read_bytes("a.xlsx", workbook('<sheetData><row r="1"><c><v>1</v></c></row></sheetData>', hidden=True))


@pytest.mark.parametrize("packed", [False, True])
def test_an_export_saved_as_a_workbook_is_refused(tmp_path, packed):
    book = openpyxl.Workbook()
    book.active.append(["agency_id", "agency", "short_name", "level"])
    book.active.append(["1", "临溪县水利局", "县水利局", "county"])
    book.save(tmp_path / "agency.xlsx")
    path = tmp_path / "agency.xlsx"
    if packed:
        path = tmp_path / "all.zip"
        with zipfile.ZipFile(path, "w") as archive:
            archive.write(tmp_path / "agency.xlsx", "agency.xlsx")
    with pytest.raises(SourceError, match="是本系统导出的数据，不是报告"):
        read_file(path)
