"""A report as published: the same bytes or none, marks where the numbers stand, in text and in tables."""

from __future__ import annotations

from pathlib import Path

import xlsxwriter

from etl.read import discover, read_bundle, read_bytes, read_file
from pages.kit import entities, source

PAGE = """<html><body><h1>甲市乙局2023年政府信息公开工作年度报告</h1><p>全年主动公开政府信息1<b>2</b>7条。</p>
<table><tr><td colspan=2>收到申请</td></tr><tr><td>总计</td><td>5</td></tr></table>
<p>五、存在的主要问题及改进情况</p><p>人手不足。</p><p>六、其他需要报告的事项</p><p>无。</p></body></html>"""


def test_only_the_same_bytes_are_shown(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(PAGE, encoding="utf-8")
    document = read_file(path)[0]
    found = source.read([str(tmp_path / "gone.html"), str(path)], document.sha256, str(path), 1)
    assert found.document is not None and found.path == str(path) and not found.reason
    path.write_text(PAGE + " ", encoding="utf-8")
    changed = source.read([str(path)], document.sha256, str(path), 1)
    assert changed.document is None and "有改动" in changed.reason
    assert "已不在" in source.read([str(tmp_path / "gone.html")], document.sha256, str(path), 1).reason


def test_a_report_is_shown_with_its_attachments(tmp_path: Path) -> None:
    main, attached = tmp_path / "a.html", tmp_path / "附表.xlsx"
    main.write_text(PAGE.replace("人手不足。", '<a href="附表.xlsx">附表</a>'), encoding="utf-8")
    with xlsxwriter.Workbook(attached) as book:
        book.add_worksheet().write_row(0, 0, ["附表的一行", 3])
    sha256 = read_bundle(discover([tmp_path])[0])[0].sha256
    found = source.read([str(main)], sha256, str(main), 1)
    assert found.document is not None and "附表的一行" in found.document.text
    alone = source.read([str(main)], read_file(main)[0].sha256, str(main), 1)
    assert alone.document is not None and "附表的一行" not in alone.document.text
    attached.write_bytes(b"x")
    assert "有改动" in source.read([str(main)], sha256, str(main), 1).reason


def test_marks_stand_where_the_numbers_stand() -> None:
    document = read_bytes("a.html", PAGE.encode())[0]
    texts = [getattr(b, "text", "") for b in document.blocks]
    prose = next(n for n, t in enumerate(texts) if "127" in t)
    table = next(n for n, b in enumerate(document.blocks) if hasattr(b, "rows"))
    start = document.text.index("1<b>2</b>7条")
    places = {
        "0": {"block": prose, "start": start, "end": start + len("1<b>2</b>7条"), "row": None, "column": None},
        "1": {"block": table, "row": 1, "column": 1, "start": None, "end": None},
        "2": {"block": 999, "row": None, "column": None, "start": None, "end": None},
    }
    shown = source.marked(document, range(len(document.blocks)), places)
    assert shown.placed == {"0", "1"}
    marked = "".join(r["text"] for b in shown.blocks if b["kind"] == "text" for r in b["runs"] if "0" in r["marks"])
    assert marked == "127条"
    cells = next(b for b in shown.blocks if b["kind"] == "table")["rows"]
    assert cells[0][0]["columns"] == 2 and len(cells[0]) == 1
    assert [r["marks"] for r in cells[1][1]["runs"]] == [["1"]]


def test_nothing_of_the_text_is_lost_by_marking() -> None:
    document = read_bytes("a.html", PAGE.encode())[0]
    shown = source.marked(
        document, range(len(document.blocks)), {"0": {"block": 1, "start": 0, "end": len(document.text)}}
    )
    for block, out in zip(document.blocks, shown.blocks, strict=True):
        if out["kind"] == "text":
            assert "".join(r["text"] for r in out["runs"]) == block.text


def test_the_chapter_on_problems_ends_at_the_next() -> None:
    document = read_bytes("a.html", PAGE.encode())[0]
    told = source.passages(document, range(len(document.blocks)), ("问题",))
    assert "人手不足" in told and "无。" not in told and "主动公开" not in told


def test_initials_follow_the_word_before_the_character() -> None:
    assert entities.initials("重庆市会计局") == "cqskjj" and entities.initials("重点A2") == "zda2"
