"""Files, encodings, archives, bundles, Office formats; what is set aside says why."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from etl.model import Paragraph, SourceError, Table
from etl.read import Bundle, discover, read_bundle, read_bytes, read_file
from etl.read.encoding import decode

PROSE = "本镇全年主动公开政府信息八十条，答复申请十二件，其中予以公开十件，不予公开两件。"
TRADITIONAL = "本鎮全年主動公開政府信息八十條，答復申請十二件，其中予以公開十件，不予公開兩件。"
W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def packed(files, **kind) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, **kind) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return out.getvalue()


def cells(table: Table) -> list[list[str | None]]:
    return [[c.text if c else None for c in row] for row in table.rows]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-32"])
def test_encodings_come_back(encoding):
    assert decode((PROSE * 3).encode(encoding))[0] == PROSE * 3


@pytest.mark.parametrize("encoding", ["utf-8", "big5", "gb18030"])
def test_traditional_text_comes_back(encoding):
    assert decode((TRADITIONAL * 3).encode(encoding))[0] == TRADITIONAL * 3


def test_declared_gb2312_holds_more_than_gb2312():
    page = f'<meta charset="gb2312"><p>{PROSE}朱镕</p>'
    document = read_bytes("a.html", page.encode("gbk"))[0]
    assert document.text == page and document.encoding == "gb18030"


def test_cut_last_character():
    assert decode(PROSE.encode() + "尾".encode()[:2])[0] == PROSE


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b"", "空"),
        (b" \n", "空"),
        (b"MZ\x90\x00\x03" + bytes(range(200)), "程序"),
        (b"\x89PNG\r\n\x1a\n" + bytes(50), "图片"),
        (b"Rar!\x1a\x07", "RAR"),
        (b"PK\x03\x04" + b"x" * 50, "损坏"),
        (b"%PDF-1.4\n" + b"x" * 90, "损坏"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "损坏"),
        (bytes(range(256)) * 9, "文件类型"),
    ],
)
def test_foreign_files_say_why(data, word):
    with pytest.raises(SourceError, match=word) as fault:
        read_bytes("某文件", data)
    assert fault.value.path == "某文件" and fault.value.advice


def test_missing_file_says_so(tmp_path):
    with pytest.raises(SourceError):
        read_file(tmp_path / "无.txt")
    with pytest.raises(SourceError):
        discover([tmp_path / "无"])


def test_archive_names_members_and_stays_inside():
    data = packed([("../x.txt", PROSE), ("b/2.txt", PROSE), ("b/1.html", f"<p>{PROSE}</p>"), ("__MACOSX/1.txt", PROSE)])
    assert [d.path for d in read_bytes("a.zip", data)] == ["a.zip!/b/1.html", "a.zip!/b/2.txt"]


def test_archive_with_gbk_names():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xx.txt", PROSE)
    data = out.getvalue().replace(b"xx.txt", "年.txt".encode("gbk") + b"") if len("年.txt".encode("gbk")) == 6 else b""
    assert [d.path for d in read_bytes("a.zip", data)] == ["a.zip!/年.txt"]


def test_bombs_and_locks_are_refused():
    with pytest.raises(SourceError, match="压缩比"):
        read_bytes("a.zip", packed([("a.txt", b"0" * 3_000_000)]))
    locked = bytearray(packed([("a.txt", PROSE)]))
    locked[6] |= 1
    locked[locked.index(b"PK\x01\x02") + 8] |= 1
    with pytest.raises(SourceError, match="密码"):
        read_bytes("a.zip", bytes(locked))


def test_a_bad_member_is_told_and_the_rest_read():
    documents = read_bytes("a.zip", packed([("a.txt", PROSE), ("b.png", b"\x89PNG\r\n\x1a\n" + bytes(50))]))
    assert len(documents) == 1 and "b.png" in documents[0].findings[0].message


def docx(body: str) -> bytes:
    return packed([("word/document.xml", f"<w:document {W}><w:body>{body}</w:body></w:document>")])


def tc(text: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:tc>"


def test_docx_merges():
    restart, on = '<w:vMerge w:val="restart"/>', "<w:vMerge/>"
    wide = '<w:gridSpan w:val="2"/>'
    rows = f"<w:tr>{tc('甲', restart)}{tc('乙', wide)}</w:tr><w:tr>{tc('', on)}{tc('1')}{tc('2')}</w:tr><w:tr>{tc('', on)}{tc('3')}{tc('4')}</w:tr>"
    document = read_bytes("a.docx", docx(f"<w:p><w:r><w:t>标题</w:t></w:r></w:p><w:tbl>{rows}</w:tbl>"))[0]
    table = document.blocks[1]
    assert cells(table) == [["甲", "乙", "乙"], ["甲", "1", "2"], ["甲", "3", "4"]]
    assert table.rows[0][0].rowspan == 3
    assert document.text[slice(*table.rows[2][2].passage.span())] == "4"


def test_docx_with_a_document_type_is_refused():
    data = packed([("word/document.xml", f"<!DOCTYPE a [<!ENTITY b 'c'>]><w:document {W}/>")])
    with pytest.raises(SourceError, match="文档类型"):
        read_bytes("a.docx", data)


def test_xlsx_sheets_and_merges():
    out = io.BytesIO()
    with xlsxwriter.Workbook(out, {"in_memory": True}) as book:
        sheet = book.add_worksheet("统计表")
        sheet.merge_range(0, 0, 0, 2, "云浦市统计表")
        sheet.write_row(1, 0, ["名目", "单位", "数"])
        sheet.write_row(2, 0, ["规章", "件", 12])
        sheet.write_row(3, 0, ["金额", "万元", 1.5])
        other = book.add_worksheet("隐")
        other.write(0, 0, "x")
        other.hide()
    document = read_bytes("a.xlsx", out.getvalue())[0]
    assert [b.caption for b in document.blocks] == ["统计表"]
    assert cells(document.blocks[0]) == [
        ["云浦市统计表"] * 3,
        ["名目", "单位", "数"],
        ["规章", "件", "12"],
        ["金额", "万元", "1.5"],
    ]


def test_bundles_join_what_is_named_and_nothing_else(tmp_path):
    (tmp_path / "a.html").write_text(f'<p>{PROSE}</p><a href="files/../t%31.docx?x=1">附件</a>', encoding="utf-8")
    (tmp_path / "b.txt").write_text(PROSE, encoding="utf-8")
    for name in ("t1.docx", "other.docx"):
        (tmp_path / name).write_bytes(docx("<w:p><w:r><w:t>附表</w:t></w:r></w:p>"))
    (tmp_path / ".hidden.txt").write_text(PROSE)
    bundles = discover([tmp_path])
    assert [(b.path.name, [a.name for a in b.attachments]) for b in bundles] == [
        ("a.html", ["t1.docx"]),
        ("b.txt", []),
        ("other.docx", []),
    ]
    document = read_bundle(bundles[0])[0]
    last = document.blocks[-1]
    assert isinstance(last, Paragraph) and last.source == str(tmp_path / "t1.docx")
    assert document.text[slice(*last.passage.span())] == "附表"
    assert document.blocks[0].source is None


def test_a_broken_attachment_leaves_the_report(tmp_path):
    (tmp_path / "a.html").write_text(f'<p>{PROSE}</p><a href="t.pdf">附件</a>', encoding="utf-8")
    (tmp_path / "t.pdf").write_bytes(b"%PDF-1.4 x")
    document = read_bundle(Bundle(tmp_path / "a.html", [tmp_path / "t.pdf"]))[0]
    assert document.findings[0].rule == "READ-ATTACHMENT"
