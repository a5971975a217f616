"""Web pages of an invented agency, varied by seed: what the tests of both HTML readers read."""

from __future__ import annotations

import random

SENTENCES = (
    "云浦市栖霞镇二〇二二年公开信息若干条。",
    "本镇收到公开申请12件，均已答复。",
    "解读材料与文件一并发布 &amp; 归档。",
    "Notice A &lt;B&gt; 37 items.",
    "网站改版&nbsp;后，栏目增至18个。",
)
WRAPS = (
    "{}",
    "<span>{}</span>",
    '<span style="mso-x:1"><font>{}</font></span>',
    "<b>{}<o:p></o:p></b>",
    "<p>{}</p>",
    "\n  <p class=M>{}</p>\n",
    "<div>{}</div>",
)


def table(pick: random.Random, depth: int = 0) -> str:
    """A table with spans, unclosed cells, blanks and sometimes a table inside."""
    columns = pick.randint(2, 7)
    out = [pick.choice(("<table>", '<TABLE border="1">', "<table><tbody>"))]
    sloppy = pick.random() < 0.3
    for _ in range(pick.randint(1, 8)):
        out.append("<tr>")
        at = 0
        while at < columns:
            across = pick.choice((1, 1, 1, 2, 3))
            down = pick.choice((1, 1, 1, 1, 2))
            tag = pick.choice(("td", "td", "th"))
            span = (f' colspan="{across}"' if across > 1 else "") + (f" rowspan={down}" if down > 1 else "")
            if depth < 1 and pick.random() < 0.03:
                content = table(pick, depth + 1)
            else:
                word = pick.choice(
                    ("", "&nbsp;", str(pick.randint(0, 99999)), "第一项", "其他<br>处理", "12<span>3</span>4", "合 计")
                )
                content = pick.choice(WRAPS).format(word)
            out.append(f"<{tag}{span}>{content}" + ("" if sloppy else f"</{tag}>"))
            at += across
        out.append("" if sloppy else "</tr>")
    out.append("</table>")
    return "".join(out)


def page(seed: int) -> str:
    """One page: chrome, metadata, prose, tables, in one of several habits."""
    pick = random.Random(seed)
    out = [
        pick.choice(("<!doctype html>\n", "", "<!DOCTYPE html PUBLIC '-//W3C//DTD XHTML 1.0'>")),
        "<html><head><title>栖霞镇年报</title>",
    ]
    out.append('<meta name="PubDate" content="2023-01-05"></head><body>')
    out.append('<div class="nav"><a href="#">首页</a> <a href="#">公开</a></div>')
    for _ in range(pick.randint(2, 9)):
        kind = pick.random()
        if kind < 0.4:
            out.append(pick.choice(WRAPS).format("".join(pick.sample(SENTENCES, 2))))
        elif kind < 0.7:
            out.append(table(pick))
        elif kind < 0.8:
            level = pick.randint(1, 4)
            out.append(f"<h{level}>二、主动公开</h{level}>")
        elif kind < 0.9:
            out.append(
                "<!-- <td>9</td> > --><script>var a='>9<';</script><div style='display:none'>9</div><ul><li>甲<li>乙</ul>"
            )
        else:
            out.append("<ruby>條<rt>tiáo</rt></ruby>文<br/>次行\r\n续行")
    out.append("</body></html>")
    text = "".join(out)
    if pick.random() < 0.2:
        text = text[: pick.randint(len(text) // 2, len(text))]
    return text
