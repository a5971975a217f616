"""Old and new Office files: files/ holds one invented plan as .doc and .docx, one invented table as .xls (LibreOffice wrote the old ones)."""

from __future__ import annotations

import struct
from pathlib import Path

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
