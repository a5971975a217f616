"""HTML -> blocks: spans, nesting, places, furniture, and two readers that agree."""

from __future__ import annotations

import pytest

from etl.model import Paragraph, Table
from etl.read import html, read_bytes
from tests.unit.read.html_pages import page


def shape(blocks):
    """Blocks as plain values: texts, levels, spans, places."""
    return [
        (b.text, b.level, b.passage.starts, b.passage.origins)
        if isinstance(b, Paragraph)
        else [
            [(c.text, c.rowspan, c.colspan, c.header, c.passage.span()) if c else None for c in row] for row in b.rows
        ]
        for b in blocks
    ]


def grid(source: str) -> list[list[str | None]]:
    tables = [b for b in html.read(source)[0] if isinstance(b, Table)]
    assert len(tables) == 1
    return [[c.text if c else None for c in row] for row in tables[0].rows]


@pytest.mark.parametrize("seed", range(150))
def test_both_readers_give_the_same_blocks(seed):
    source = page(seed)
    fast, fast_meta = html.read_fast(source)
    slow, slow_meta = html.read_reference(source)
    assert shape(fast) == shape(slow)
    assert fast_meta == slow_meta


@pytest.mark.parametrize("seed", range(150))
def test_every_known_place_holds_the_text(seed):
    source = page(seed)
    for block in html.read_fast(source)[0]:
        passages = (
            [block.passage] if isinstance(block, Paragraph) else [c.passage for row in block.rows for c in row if c]
        )
        for passage in passages:
            ends = [*passage.starts[1:], len(passage.text)]
            for start, end, origin in zip(passage.starts, ends, passage.origins, strict=True):
                piece = passage.text[start:end]
                if origin >= 0 and not source.startswith(("&", "\r"), origin):
                    assert source[origin : origin + len(piece)] == piece


def test_spans_are_expanded_and_shared():
    rows = html.read("<table><tr><td rowspan=2>甲<td colspan=2>乙<tr><td>1<td>2</table>")[0][0].rows
    assert [[c.text for c in row] for row in rows] == [["甲", "乙", "乙"], ["甲", "1", "2"]]
    assert rows[0][0] is rows[1][0] and rows[0][1] is rows[0][2]


def test_hostile_spans_stay_small():
    assert len(grid("<table><tr><td colspan=99999 rowspan=99999>1<td>2<tr><td>3<td>4</table>")[0]) <= 200


def test_short_row_is_padded_with_nothing():
    assert grid("<table><tr><td>1<td>2<td>3<tr><td>4<td>5</table>")[1] == ["4", "5", None]


def test_digits_in_nested_spans_join_and_breaks_do_not():
    assert grid(
        "<table><tr><td><span>1</span><span><font>2</font>3</span><td>甲<br>乙<tr><td><p>丙</p><p>丁</p><td>&nbsp;</table>"
    ) == [
        ["123", "甲\n乙"],
        ["丙\n丁", ""],
    ]


def test_layout_table_becomes_blocks_and_each_cell_counts_once():
    source = "<table><tr><td><p>栖霞镇年报</p><table><tr><td>规章<td>1<tr><td>文件<td>2</table><p>完</p></table>"
    blocks = html.read(source)[0]
    assert [type(b) for b in blocks] == [Paragraph, Table, Paragraph]
    assert [[c.text for c in row] for row in blocks[1].rows] == [["规章", "1"], ["文件", "2"]]


def test_blank_table_stays_a_table():
    assert grid("<table><tr><td>规章<td><td><tr><td>文件<td><td></table>") == [["规章", "", ""], ["文件", "", ""]]


def test_furniture_goes_content_stays():
    body = "本镇全年公开信息八十条，其中政策解读六条。" * 20
    source = (
        f"<div class='nav'>首页 公开</div><div class='share'><p>{body}</p></div><p>打印本页</p><p>当前位置：首页 &gt; 年报</p>"
        "<footer>主办单位：云浦市政府</footer><p>正文。</p><script>x</script><p style='display: none'>藏</p>"
    )
    blocks, meta = html.read(source)
    assert [b.text for b in blocks] == [body, "正文。"]
    assert meta["当前位置"] == "首页 > 年报"


def test_meta_and_box_are_kept():
    source = (
        "<html><head><title>云浦市年报</title><meta name='PubDate' content='2023-01-05'></head>"
        "<table><tr><td>索引号<td>A/2023-1<td>发布机构<td>云浦市水务局</table><p>正文。</p></html>"
    )
    document = read_bytes("a.html", source.encode())[0]
    assert document.meta == {
        "title": "云浦市年报",
        "PubDate": "2023-01-05",
        "索引号": "A/2023-1",
        "发布机构": "云浦市水务局",
    }
    assert isinstance(document.blocks[0], Table)


def test_entities_and_line_ends_keep_their_place():
    source = "<p>甲&nbsp;&lt;乙&gt;\r\n丙&#20013;</p>"
    passage = html.read(source)[0][0].passage
    assert passage.text == "甲\xa0<乙> 丙中"
    assert passage.place(passage.text.index("丙")) == source.index("丙")
    assert passage.place(passage.text.index("中")) == source.index("&#20013;")


def test_deep_nesting_is_read():
    document = read_bytes("a.html", ("<div>" * 20000 + "深处的文字").encode())[0]
    assert document.blocks[0].text == "深处的文字"


def test_doubt_asks_the_second_reader(monkeypatch):
    asked = []
    answer = html.read_reference("<table><tr><td>本年新收<td>3<tr><td>总计<td>3</table>")
    monkeypatch.setattr(html, "read_reference", lambda *a: asked.append(1) or answer)
    assert html.read("<td>本年新收</td><td>3</td>")[0] == answer[0] and asked
    asked.clear()
    html.read("<p>本年新收3件</p>")
    assert not asked
