"""Writes a fictional report the ways real ones are published. Every function gives bytes that depend on its arguments only.

A table's fixed markup is made once per form and layout and kept as pieces between the places of figures, so that a report
costs little more than a join (benchmarks write tens of thousands).
"""

from __future__ import annotations

import datetime
import functools
import html
import io
import random
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field

import opencc
import xlsxwriter

from etl.demo.forms import Box, Cells, Grid, Key, build_grid
from etl.demo.prose import Block
from etl.registry import load_demo

TABLE_LAYOUTS = ("html", "word", "site", "lines", "bars", "traditional", "gb18030", "markdown", "docx", "xlsx")
"""Layouts of an annual report."""
PROSE_LAYOUTS = ("html", "word", "site", "lines", "traditional", "gb18030", "markdown", "docx")
DATED = ("html", "word", "site", "lines", "bars", "traditional", "gb18030", "markdown")
"""Layouts that print a date of publication."""
INDEXED = ("site", "bars", "traditional")
"""Layouts that print an index number."""
GRIDDED = ("html", "word", "site", "gb18030", "markdown", "docx", "xlsx")
"""Layouts that can show an empty cell."""
SUFFIX = {
    "html": "html",
    "word": "html",
    "site": "html",
    "gb18030": "htm",
    "docx": "docx",
    "xlsx": "xlsx",
    "markdown": "md",
}


@dataclass
class Page:
    """One report ready to be laid out."""

    title: str
    agency: str
    owner: str  # whose site it stands on
    form: str
    blocks: list[Block]
    cells: dict[str, Cells] = field(default_factory=dict)
    undivided_other: bool = False
    published_on: str | None = None
    index_number: str | None = None
    rows: list[list[tuple[str, int]]] = field(default_factory=list)  # a work plan's table: (text, rowspan)


Pieces = tuple["str | Key", ...]


def _merge(pieces: list[str | Key]) -> Pieces:
    out: list[str | Key] = []
    for piece in pieces:
        if out and isinstance(piece, str) and isinstance(out[-1], str):
            out[-1] += piece
        else:
            out.append(piece)
    return tuple(out)


def _fill(pieces: Pieces, cells: Cells, show: Callable[[str], str] = str) -> str:
    return "".join([p if type(p) is str else show(cells[p].text) for p in pieces])  # type: ignore[index]


# -- HTML -----------------------------------------------------------------------------------------------------------

_FONT = "font-family:仿宋_GB2312;mso-bidi-font-family:宋体"
_TD = 'style="border:solid windowtext 1.0pt;mso-border-alt:solid windowtext .5pt;padding:0cm 5.4pt"'


def _span(text: str) -> str:
    return f'<span style="{_FONT};font-size:10.5pt">{text}</span>'


def _word_number(text: str) -> str:
    """A figure as Word exports it: an edited number sits in more than one run."""
    if not text:
        return '<span lang="EN-US"><o:p>&nbsp;</o:p></span>'
    if len(text) > 1 and text.isdigit():
        return f'<span lang="EN-US"><font face="Times New Roman">{text[:1]}</font><font face="Times New Roman">{text[1:]}</font></span>'
    return f'<span lang="EN-US">{text}</span>'


def _word_label(box: Box) -> str:
    if len(box.lines) > 1:
        return "".join(
            f'<p class="MsoNormal" align="center" style="text-align:center">{_span(line)}</p>' for line in box.lines
        )
    text = box.text
    runs = _span(text[:1]) + _span(text[1:]) if len(text) == 3 and text != "（一）" else _span(text)
    return f'<p class="MsoNormal" style="mso-pagination:widow-orphan;text-align:left">{runs}<span lang="EN-US"><o:p></o:p></span></p>'


@functools.cache
def _html_table(form: str, table: str, undivided_other: bool, word: bool) -> Pieces:
    pieces: list[str | Key] = [
        '<table border="1" cellspacing="0" cellpadding="0" class="MsoNormalTable">' if word else '<table border="1">',
        "<tbody>\n",
    ]
    for row in build_grid(form, table, undivided_other):
        pieces.append("<tr>")
        for box in row:
            spans = f' colspan="{box.colspan}"' if box.colspan > 1 else ""
            spans += f' rowspan="{box.rowspan}"' if box.rowspan > 1 else ""
            if word:
                pieces.append(f"<td{spans} {_TD}>")
                if box.key:
                    pieces += [f'<p class="MsoNormal" align="center" style="{_FONT}">', box.key, "</p>"]
                else:
                    pieces.append(_word_label(box))
            else:
                pieces.append(f"<td{spans}>")
                pieces.append(box.key or "<br>".join(map(html.escape, box.lines)))
            pieces.append("</td>")
        pieces.append("</tr>\n")
    return _merge([*pieces, "</tbody></table>\n"])


def _plan_rows(page: Page) -> str:
    rows = (
        "".join(f'<td rowspan="{n}">{text}</td>' if n > 1 else f"<td>{text}</td>" for text, n in row)
        for row in page.rows
    )
    return '<table border="1"><tbody>' + "".join(f"<tr>{row}</tr>\n" for row in rows) + "</tbody></table>\n"


def _html_body(page: Page) -> str:
    out = []
    for kind, text in page.blocks:
        if kind == "t":
            out.append(
                _fill(
                    _html_table(page.form, text, page.undivided_other, False), page.cells[text], lambda s: s or "&nbsp;"
                )
            )
        elif kind == "r":
            out.append(_plan_rows(page))
        else:
            tag = {"h": "h2", "s": "h3"}.get(kind, "p")
            out.append(f"<{tag}>{html.escape(text, quote=False)}</{tag}>\n")
    return "".join(out)


def write_html(page: Page, charset: str = "utf-8") -> bytes:
    info = f'<p class="info">发布日期：{page.published_on}　来源：{page.agency}</p>\n' if page.published_on else ""
    text = (
        f'<!DOCTYPE html>\n<html lang="zh-CN">\n<head>\n<meta charset="{"gb2312" if charset != "utf-8" else charset}">\n'
        f"<title>{page.title}</title>\n</head>\n<body>\n<h1>{page.title}</h1>\n{info}{_html_body(page)}"
        f'<p class="note">（{load_demo().notice}）</p>\n</body>\n</html>\n'
    )
    return text.encode(charset)


_NUMBER = re.compile(r"\d+")


def write_word(page: Page) -> bytes:
    """A page pasted from Word: runs, conditional comments, o:p, split header words. About 80 KB with three tables."""
    out = []
    for kind, text in page.blocks:
        if kind == "t":
            out.append(_fill(_html_table(page.form, text, page.undivided_other, True), page.cells[text], _word_number))
        elif kind == "r":
            out.append(_plan_rows(page))
        else:
            runs = _NUMBER.sub(r'<font face="Times New Roman">\g<0></font>', html.escape(text, quote=False))
            weight = "<b>" if kind in "hs" else ""
            out.append(
                f'<p class="MsoNormal" style="text-indent:32.0pt;line-height:28.0pt;mso-line-height-rule:exactly">{weight}'
                f'<span style="font-size:16.0pt;{_FONT}">{runs}<o:p></o:p></span>{weight.replace("<", "</")}</p>\n'
            )
    title = re.sub(r"(\d\d)(\d\d年)", r'\1</span><span lang="EN-US" style="font-size:22.0pt">\2', page.title, count=1)
    text = (
        '<html xmlns:o="urn:schemas-microsoft-com:office:office" xmlns:w="urn:schemas-microsoft-com:office:word">\n<head>\n'
        '<meta http-equiv="Content-Type" content="text/html; charset=utf-8">\n'
        f"<title>{page.title}</title>\n<!--[if gte mso 9]><xml><w:WordDocument><w:View>Print</w:View></w:WordDocument></xml><![endif]-->\n"
        '<style><!-- p.MsoNormal {mso-style-parent:""; margin:0cm; text-align:justify;} --></style>\n</head>\n<body lang="ZH-CN">\n'
        f'<div class="TRS_Editor"><p class="MsoNormal" align="center"><b><span style="font-size:22.0pt">{title}</span></b></p>\n'
        f'<p class="MsoNormal" align="center"><span>发布时间：{page.published_on or ""}　信息来源：{page.agency}</span></p>\n'
        + "".join(out)
        + f'<p class="MsoNormal"><span>（{load_demo().notice}）</span></p>\n</div>\n</body>\n</html>\n'
    )
    return text.encode()


def write_site(page: Page) -> bytes:
    """A page of a government site: navigation, breadcrumb, metadata table, side column, footer."""
    site = load_demo().site
    year = (page.published_on or "2000")[:4]
    nav = "".join(f'<li><a href="/c{n}/">{name}</a></li>' for n, name in enumerate(site.nav))
    side = "".join(f'<li><a href="/zwgk/{n}/">{name}</a></li>' for n, name in enumerate(site.side))
    news = "".join(
        f'<li><a href="/news/{n}.html">{name}</a><span>{year}-02-{n + 10}</span></li>'
        for n, name in enumerate(site.news)
    )
    footer = re.sub(r"\{#(\d+)-\d+\}", r"\1", site.footer).replace("{agency}", page.owner)
    text = (
        f'<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"><title>{page.title}-{page.owner}</title>\n'
        f'<meta name="SiteName" content="{page.owner}"><meta name="ArticleTitle" content="{page.title}">'
        f'<meta name="PubDate" content="{page.published_on or ""}">\n'
        "<script>var clicks = 1024; function share(){ return clicks + 365; }</script>\n<style>.nav li{float:left;width:120px}</style></head>\n"
        f'<body>\n<div class="top">无障碍 | 长者版 | 繁體版</div>\n<div class="nav"><ul>{nav}</ul></div>\n'
        f'<div class="position">当前位置：<a href="/">首页</a> &gt; <a href="/zwgk/">政务公开</a> &gt; 政府信息公开年报</div>\n'
        f'<div class="left"><ul>{side}</ul></div>\n<div class="main">\n<table class="xxgk-head"><tbody>'
        f"<tr><td>索引号：</td><td>{page.index_number or ''}</td><td>文号：</td><td>无</td></tr>"
        f"<tr><td>发布机构：</td><td>{page.agency}</td><td>发文日期：</td><td>{page.published_on or ''}</td></tr>"
        f'<tr><td>名称：</td><td colspan="3">{page.title}</td></tr></tbody></table>\n'
        f'<div class="article"><h1>{page.title}</h1>\n<div class="content" id="zoom">\n{_html_body(page)}</div></div>\n'
        f'<div class="tools">字体：[大 中 小] 打印 关闭 分享到：微信 微博</div>\n</div>\n<div class="right"><h4>相关信息</h4><ul>{news}</ul></div>\n'
        f'<div class="footer"><p>{footer}</p><p>（{load_demo().notice}）</p></div>\n</body>\n</html>\n'
    )
    return text.encode()


# -- text -----------------------------------------------------------------------------------------------------------


@functools.cache
def _line_table(form: str, table: str, undivided_other: bool) -> Pieces:
    pieces: list[str | Key] = []
    for row in build_grid(form, table, undivided_other):
        for box in row:
            pieces += [box.key or "\n".join(box.lines), "\n"]
    return _merge(pieces)


def write_lines(page: Page) -> bytes:
    """Text copied from a page: one cell per line, nothing else left of the tables."""
    out = [page.title, f"发布时间：{page.published_on} 来源：{page.agency}"]
    for kind, text in page.blocks:
        out.append(
            _fill(_line_table(page.form, text, page.undivided_other), page.cells[text]).rstrip("\n")
            if kind == "t"
            else text
        )
    return ("\n".join([*out, f"（{load_demo().notice}）"]) + "\n").encode()


def _width(grid: Grid) -> int:
    return sum(box.colspan for box in grid[0])


@functools.cache
def _bar_table(form: str, table: str, undivided_other: bool) -> Pieces:
    grid = build_grid(form, table, undivided_other)
    pieces: list[str | Key] = []
    for row in grid:
        pieces.append("|\n")
        for box in row:
            pieces += [box.key or box.text, " |\n"]
        if len(row) < _width(grid):
            pieces.append("|" * (_width(grid) - len(row)) + "\n")
    return _merge(pieces)


def _bars(page: Page) -> str:
    out = [
        page.owner, f"| 标题: | {page.title} | ||", "|---|---|---|---|", f"| 索引号: | {page.index_number} | 文号: | 无文号 |",
        f"| 发文日期: | {page.published_on} | 发布机构: | {page.agency} |",
    ]  # fmt: skip
    for kind, text in page.blocks:
        out.append(
            _fill(_bar_table(page.form, text, page.undivided_other), page.cells[text]).rstrip("\n")
            if kind == "t"
            else text
        )
    return "\n".join([*out, f"（{load_demo().notice}）"]) + "\n"


def write_bars(page: Page) -> bytes:
    """Crawled text in which a table's cells stand one per line, each followed by a bar, and spans leave a run of bars."""
    return _bars(page).encode()


@functools.cache
def _converter() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


@functools.lru_cache(maxsize=4096)
def _convert(line: str) -> str:
    """One line or sentence in traditional script; labels and sentences without figures recur in every report."""
    return _converter().convert(line)


@functools.cache
def _notes() -> tuple[re.Pattern[str], dict[str, str]]:
    notes = load_demo().pinyin
    return re.compile("[" + "".join(notes) + "]"), {c: f"{c}({p})" for c, p in notes.items()}


_SENTENCE = re.compile(r"[^\n。]*[\n。]|[^\n。]+")
_HALF_WIDTH = str.maketrans("，：；（）？", ",:;()?")


def write_traditional(page: Page, rng: random.Random) -> bytes:
    """The bars layout as some mirrors print it: traditional script, pinyin notes after characters, half-width and doubled commas."""
    text = "".join(map(_convert, _SENTENCE.findall(_bars(page)))).translate(_HALF_WIDTH)
    pattern, notes = _notes()
    text = pattern.sub(lambda m: notes[m[0]], text)
    doubling = rng.random() < 0.4
    if doubling:
        text = re.sub(r"(?<=[^\d\s|]),(?=[^\d\s|])", lambda m: ",," if rng.random() < 0.5 else ",", text)
    return text.encode()


@functools.cache
def _pipe_table(form: str, table: str, undivided_other: bool) -> Pieces:
    grid = build_grid(form, table, undivided_other)
    width = _width(grid)
    down = [0] * width
    pieces: list[str | Key] = []
    for n, row in enumerate(grid):
        boxes = iter(row)
        column = 0
        pieces.append("|")
        while column < width:
            if down[column]:
                down[column] -= 1
                pieces.append("  |")
                column += 1
                continue
            box = next(boxes)
            pieces += [" ", box.key or box.text, " |", "  |" * (box.colspan - 1)]
            for c in range(column, column + box.colspan):
                down[c] = box.rowspan - 1
            column += box.colspan
        pieces.append("\n")
        if n == 0:
            pieces.append("|" + " --- |" * width + "\n")
    return _merge(pieces)


def write_markdown(page: Page) -> bytes:
    """Markdown as converters write it: a merged cell is printed once and leaves empty cells behind."""
    out = [f"# {page.title}\n", f"发布日期：{page.published_on}\n"]
    for kind, text in page.blocks:
        if kind == "t":
            out.append(_fill(_pipe_table(page.form, text, page.undivided_other), page.cells[text]))
        else:
            out.append({"h": "## ", "s": "### "}.get(kind, "") + text + "\n")
    return ("\n".join([*out, f"（{load_demo().notice}）"]) + "\n").encode()


# -- office formats -------------------------------------------------------------------------------------------------

_EPOCH = (2020, 1, 1, 0, 0, 0)
_W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
_DOCX_FIXED = {
    "[Content_Types].xml": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/>'
    '<Override PartName="/word/styles.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.styles+xml"/></Types>',
    "_rels/.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" Target="word/document.xml"/></Relationships>',
    "word/_rels/document.xml.rels": '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="rId1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles" Target="styles.xml"/></Relationships>',
    "word/styles.xml": f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:styles {_W}>'
    '<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="Title"><w:name w:val="Title"/><w:basedOn w:val="Normal"/></w:style>'
    '<w:style w:type="paragraph" w:styleId="1"><w:name w:val="heading 1"/><w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="0"/></w:pPr></w:style>'
    '<w:style w:type="paragraph" w:styleId="2"><w:name w:val="heading 2"/><w:basedOn w:val="Normal"/><w:pPr><w:outlineLvl w:val="1"/></w:pPr></w:style>'
    "</w:styles>",
}  # fmt: skip


_STYLES = {"h": "1", "s": "2"}


def _run(text: str) -> str:
    return f'<w:r><w:t xml:space="preserve">{html.escape(text, quote=False)}</w:t></w:r>'


@functools.cache
def _docx_table(form: str, table: str, undivided_other: bool) -> Pieces:
    grid = build_grid(form, table, undivided_other)
    width = _width(grid)
    down: list[tuple[int, int]] = [(0, 1)] * width  # rows still covered, columns of the covering cell
    pieces: list[str | Key] = [
        '<w:tbl><w:tblPr><w:tblW w:w="0" w:type="auto"/></w:tblPr><w:tblGrid>',
        '<w:gridCol w:w="900"/>' * width,
        "</w:tblGrid>",
    ]
    for row in grid:
        boxes = iter(row)
        column = 0
        pieces.append("<w:tr>")
        while column < width:
            rows_left, columns = down[column]
            if rows_left:
                span = f'<w:gridSpan w:val="{columns}"/>' if columns > 1 else ""
                pieces.append(f"<w:tc><w:tcPr>{span}<w:vMerge/></w:tcPr><w:p/></w:tc>")
                down[column] = (rows_left - 1, columns)
                column += columns
                continue
            box = next(boxes)
            span = f'<w:gridSpan w:val="{box.colspan}"/>' if box.colspan > 1 else ""
            merge = '<w:vMerge w:val="restart"/>' if box.rowspan > 1 else ""
            pieces.append(f"<w:tc><w:tcPr>{span}{merge}</w:tcPr>")
            if box.key:
                pieces += ['<w:p><w:r><w:t xml:space="preserve">', box.key, "</w:t></w:r></w:p>"]
            else:
                pieces += [f"<w:p>{_run(line)}</w:p>" for line in box.lines]
            pieces.append("</w:tc>")
            down[column] = (box.rowspan - 1, box.colspan)
            column += box.colspan
        pieces.append("</w:tr>")
    return _merge([*pieces, "</w:tbl>"])


def write_docx(page: Page) -> bytes:
    """A Word file with merged cells, as the official form is filled in."""
    style = '<w:pPr><w:pStyle w:val="{}"/></w:pPr>'
    out = [f"<w:p>{style.format('Title')}{_run(page.title)}</w:p>"]
    for kind, text in page.blocks:
        if kind == "t":
            out.append(_fill(_docx_table(page.form, text, page.undivided_other), page.cells[text]))
        else:
            out.append(f"<w:p>{style.format(_STYLES[kind]) if kind in 'hs' else ''}{_run(text)}</w:p>")
    out.append(f"<w:p>{_run(f'（{load_demo().notice}）')}</w:p>")
    body = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:document {_W}><w:body>{"".join(out)}<w:sectPr/></w:body></w:document>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=3) as archive:
        for name, text in (*_DOCX_FIXED.items(), ("word/document.xml", body)):
            info = zipfile.ZipInfo(name, _EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)
    return stream.getvalue()


def write_xlsx(page: Page) -> bytes:
    """The statutory tables alone, one sheet each, as a spreadsheet that is filled in and attached."""
    stream = io.BytesIO()
    book = xlsxwriter.Workbook(stream, {"in_memory": True})
    book.set_properties({"created": datetime.datetime(*_EPOCH)})
    for n, (table, cells) in enumerate(page.cells.items()):
        sheet = book.add_worksheet({"2": "主动公开", "3": "依申请公开", "4": "复议诉讼"}.get(table, "统计表"))
        grid = build_grid(page.form, table, page.undivided_other)
        width = _width(grid)
        heading = next(
            (
                text
                for kind, text in page.blocks
                if kind == "h" and (text[0] == " 一二三四"[int(table)] if len(table) == 1 else False)
            ),
            None,
        )
        sheet.merge_range(0, 0, 0, width - 1, page.title + "（附表）")
        at = 1
        if heading:
            sheet.write(at, 0, heading)
            at += 1
        taken: set[tuple[int, int]] = set()
        for r, row in enumerate(grid):
            column = 0
            for box in row:
                while (r, column) in taken:
                    column += 1
                if box.rowspan > 1 or box.colspan > 1:
                    taken |= {(r + i, column + k) for i in range(box.rowspan) for k in range(box.colspan)}
                    sheet.merge_range(at + r, column, at + r + box.rowspan - 1, column + box.colspan - 1, "")
                if box.key:
                    printed = cells[box.key]
                    plain = printed.status == "reported" and printed.text == f"{printed.value:.10g}"
                    if plain:
                        sheet.write_number(at + r, column, printed.value)
                    else:
                        sheet.write_string(at + r, column, printed.text)
                else:
                    sheet.write_string(at + r, column, "\n".join(box.lines))
                column += box.colspan
        if n == 0:
            sheet.write_string(at + len(grid) + 1, 0, f"（{load_demo().notice}）")
    book.close()
    return stream.getvalue()


def write_page(page: Page, layout: str, rng: random.Random) -> bytes:
    """`page` in `layout` (one of TABLE_LAYOUTS)."""
    match layout:
        case "html":
            return write_html(page)
        case "gb18030":
            return write_html(page, "gb18030")
        case "word":
            return write_word(page)
        case "site":
            return write_site(page)
        case "lines":
            return write_lines(page)
        case "bars":
            return write_bars(page)
        case "traditional":
            return write_traditional(page, rng)
        case "markdown":
            return write_markdown(page)
        case "docx":
            return write_docx(page)
        case "xlsx":
            return write_xlsx(page)
    raise ValueError(layout)
