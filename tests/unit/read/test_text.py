"""Text -> blocks: bars in every habit seen, tabs, wrapped lines, HTML inside markdown."""

from __future__ import annotations

import pytest

from etl.model import Paragraph, Table
from etl.read import text


def outline(source: str) -> list:
    return [
        b.text if isinstance(b, Paragraph) else [[c.text if c else None for c in row] for row in b.rows]
        for b in text.read(source)
    ]


def test_pipe_table_with_a_rule():
    assert outline("前文。\n| 名目 | 数 |\n|---|:--:|\n| 规章 | 1 |\n后文。") == [
        "前文。",
        [["名目", "数"], ["规章", "1"]],
        "后文。",
    ]


def test_first_bar_lost():
    assert outline("编号 | A1 | 类别 | 总结 |\n机构 | 云浦市水务局 | 日期 | 无 |") == [
        [["编号", "A1", "类别", "总结"], ["机构", "云浦市水务局", "日期", "无"]]
    ]


def test_cells_on_lines_of_their_own():
    source = "二、情况\n|\n项目甲 |\n|||\n|\n名目 |\n制发 |\n废止 |\n有效 |\n|\n规章 |\n0 |\n2 |\n3 |\n三、后文\n文字。"
    assert outline(source) == [
        "二、情况",
        [["项目甲", "", "", ""], ["名目", "制发", "废止", "有效"], ["规章", "0", "2", "3"]],
        "三、后文",
        "文字。",
    ]


def test_cell_of_two_lines_in_a_spread_row():
    assert outline("|\n（一）公开（注\n释） |\n1 |\n|\n总计 |\n1 |") == [[["（一）公开（注\n释）", "1"], ["总计", "1"]]]


def test_stray_bars_vanish():
    assert outline("某镇政府\n|\n某镇年报\n|\n" + "|" * 300 + "\n|\n正文第一段。\n正文第二段。 |\n" + "|" * 300) == [
        "某镇政府",
        "某镇年报",
        "正文第一段。",
        "正文第二段。",
    ]


def test_a_bar_in_prose_is_prose():
    assert outline("网站 a|b 已改版。") == ["网站 a|b 已改版。"]


def test_tabs():
    assert outline("第一项\n名目\t制发\t废止\n规章\t1\t2\n文件\t\t3") == [
        "第一项",
        [["名目", "制发", "废止"], ["规章", "1", "2"], ["文件", "", "3"]],
    ]


def test_wrapped_prose_is_joined_and_cells_are_not():
    line = "本镇全年主动公开各类信息并答复群众提出的申请事项持续改进工作方法与"
    wrapped = "\n".join([line] * 5 + ["效果。"])
    source = f"一、总体情况\n{wrapped}\n（一）主动公开。{line[:28]}\n12件。\n规章\n0\n11\n{line}\n结束。"
    assert outline(source) == [
        "一、总体情况",
        line * 5 + "效果。",
        f"（一）主动公开。{line[:28]}12件。",
        "规章",
        "0",
        "11",
        line + "结束。",
    ]


def test_long_lines_are_left_alone():
    line = "本镇全年主动公开各类信息。" * 20
    assert outline(f"{line}\n{line}\n短行\n{line}\n{line}") == [line, line, "短行", line, line]


def test_html_table_in_markdown_with_places():
    source = "# 年报\n\n**正文**。\n\n<table><tr><td>规章</td><td>7</td></tr><tr><td>文件</td><td>8</td></tr></table>\n尾。\n"
    blocks = text.read(source)
    assert blocks[0].level == 1 and blocks[1].text == "正文。"
    assert isinstance(blocks[2], Table) and blocks[2].exact
    assert source[slice(*blocks[2].rows[1][1].passage.span())] == "8"


@pytest.mark.parametrize("mark", ["\n", "\r\n", "\r", "\u2028"])
def test_places_count_in_the_source(mark):
    source = mark.join(["甲", "", "| 乙 | 丙 |", "| 1 | 2 |", "  丁  "])
    for block in text.read(source):
        passages = [block.passage] if isinstance(block, Paragraph) else [c.passage for row in block.rows for c in row]
        for passage in passages:
            assert source[slice(*passage.span())] == passage.text


def test_a_bar_before_the_bar_that_begins_a_row_closes_an_empty_cell():
    (table,) = text.read("|\n规章 |\n0 |\n|\n|\n行政规范性文件 |\n5 |\n12 |\n|\n行政许可 |\n31 |\n4 |\n")
    rows = [[cell.text if cell else "" for cell in row] for row in table.rows]
    assert rows == [["规章", "0", ""], ["行政规范性文件", "5", "12"], ["行政许可", "31", "4"]]
