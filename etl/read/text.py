"""Plain text -> blocks: bars, tabs, HTML tables inside markdown, hard-wrapped lines.

Nothing is interpreted: a row of bars becomes a row of a grid, a wrapped paragraph becomes one paragraph, and
one-cell-per-line dumps of a table stay single lines, since only the table reader knows what belongs together.
"""

from __future__ import annotations

import functools
import re

from etl.model import Block, Paragraph, Passage, SourceError, Table, join_passages
from etl.read import html
from etl.read.grid import RawCell, blocks_of, limits
from etl.registry import load_reading

_LINE = re.compile(r"[^\n\r\f\v\x85\u2028\u2029]*[^\s][^\n\r\f\v\x85\u2028\u2029]*")
_BREAKS = re.compile(r"\r\n|[\n\r\f\v\x85\u2028\u2029]")
_RULE = re.compile(r"\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*")
_GRID_RULE = re.compile(r"\+[-=+\s]+\+\s*")
_HTML_TABLE = re.compile(r"<table\b", re.I)
_ALONE = re.compile(r"[^|]*[^|\s][^|]*\|[|\s]*")
_HASHES = re.compile(r"(#{1,6})\s+(?=\S)")
_PICTURE = re.compile(r"\s*!\[[^\]\n]{0,200}\]\([^)\n]{0,500}\)\s*")
_NARROW = re.compile(r"[\x00-\u10ff\u2010-\u2027\u2030-\u205e\uff61-\uffdc]")
_LATIN = re.compile(r"[A-Za-z0-9.,%:/@_\-]+")
_CLOSED = re.compile(r"[（(][^（()）]*[）)]")
_ENDS = "。！？：!?"
_LOOKAHEAD = 40
"""Lines that a cell of a spread row may go on for before its closing bar."""


@functools.cache
def _start() -> re.Pattern[str]:
    return re.compile(load_reading().paragraph_start)


@functools.cache
def _page_mark() -> re.Pattern[str]:
    return re.compile(load_reading().page_mark)


@functools.cache
def _furniture() -> re.Pattern[str]:
    return re.compile("|".join(load_reading().chrome_lines))


def read(source: str) -> list[Block]:
    """Blocks of a text file; places count in `source`."""
    if source.count("\n") > 4 * limits().lines:
        raise _too_long()
    blocks: list[Block] = []
    at = 0
    lower = source.lower() if _HTML_TABLE.search(source) else ""
    while lower:
        begin = lower.find("<table", at)
        if begin < 0:
            break
        end = _table_end(lower, begin)
        blocks += assemble(lines_of(source, at, begin))
        blocks += html.read(source, begin, end)[0]
        at = end
    return blocks + assemble(lines_of(source, at, len(source)))


def _too_long() -> SourceError:
    return SourceError("", f"文字超过{limits().lines}行", "请核对该文件是否为年度报告，或拆分后再导入")


def _table_end(lower: str, begin: int) -> int:
    """Where the table that opens at `begin` closes, tables inside it counted; the end of the file if it never does."""
    depth = 0
    for mark in re.compile(r"<(/?)table\b[^>]*>").finditer(lower, begin):
        depth += -1 if mark[1] else 1
        if depth == 0:
            return mark.end()
    return len(lower)


def lines_of(source: str, start: int = 0, end: int | None = None) -> list[Passage]:
    """The lines of source[start:end] as passages; an empty line is a passage without text."""
    end = len(source) if end is None else end
    lines: list[Passage] = []
    at = start
    for mark in _BREAKS.finditer(source, start, end):
        if mark.start() > at or (lines and lines[-1].text):  # one empty line says as much as many
            lines.append(Passage(source[at : mark.start()], [0], [at]))
        at = mark.end()
    if len(lines) > limits().lines:
        raise _too_long()
    if at < end:
        lines.append(Passage(source[at:end], [0], [at]))
    return lines


def assemble(lines: list[Passage], width: int | None = None) -> list[Block]:
    """Blocks from lines, in order: rows of bars and tabs become Tables that are not exact, the rest paragraphs.

    `width` is the wrap width where the caller knows it from more lines than these (a PDF's other pages); 0 where it is not wrapped.
    """
    blocks: list[Block] = []
    prose: list[Passage] = []
    rows: list[list[RawCell]] = []
    blanks: dict[int, int] = {}  # id of a closed cell's passage -> empty cells behind it
    width = wrap_width(lines) if width is None else width
    lines, texts = _without_furniture(lines)

    def close_rows() -> None:
        if rows:
            blocks.extend(blocks_of(rows, exact=False))
            rows.clear()

    def close_prose() -> None:
        if prose:
            made = _paragraphs(prose, width)
            for block in made if blanks else ():
                if isinstance(block, Paragraph):
                    block.blanks = blanks.get(id(block.passage), 0)
            blocks.extend(made)
            prose.clear()

    at = 0
    while at < len(lines):
        text = texts[at]
        if "|" in text:
            if closed := _closed_cell(texts, at):
                close_rows()
                prose.append(lines[at].slice(0, lines[at].text.index(text) + closed))
                at += 1
                while at < len(lines) and texts[at] and not texts[at].strip("| "):
                    if texts[at] == "|":  # an empty cell, or the trace of a span, as several bars are
                        blanks[id(prose[-1])] = blanks.get(id(prose[-1]), 0) + 1
                    at += 1
                continue
            row, after = _bar_row(lines, texts, at)
            if row is not None:
                close_prose()
                if any(raw.blocks for raw in row):
                    rows.append(row)
                at = after
                continue
        elif "\t" in text and (row_of_tabs := _tab_row(lines, texts, at)):
            close_prose()
            rows.append(row_of_tabs)
            at += 1
            continue
        elif rows and at + 1 < len(lines) and _inside_tabs(texts, at):
            rows.append([_cell(lines[at])])
            at += 1
            continue
        elif text.startswith("+") and _GRID_RULE.fullmatch(text):
            at += 1
            continue
        if text or not rows or not _goes_on(texts, at):
            close_rows()
        if not _PICTURE.fullmatch(text) or not text:
            prose.append(lines[at])
        at += 1
    close_rows()
    close_prose()
    return blocks


def _without_furniture(lines: list[Passage]) -> tuple[list[Passage], list[str]]:
    """The lines and their stripped texts, without the site's furniture, page marks and the empty lines beside those.

    Text that was taken out of pages has the marks (— 3 —, 第3页 共9页) inside tables and paragraphs. Only a figure with
    signs or words on both sides is surely a mark: 3 and -3 are figures of a table, 3/9 may be one.
    """
    texts = [line.text.strip() for line in lines]
    drop = {at for at, text in enumerate(texts) if text and len(text) < 180 and _furniture().fullmatch(text)}
    for at, text in enumerate(texts):
        if 2 < len(text) < 24 and not (text[0].isdigit() or text[-1].isdigit()) and _page_mark().fullmatch(text):
            drop |= {n for n in (at - 1, at, at + 1) if n == at or (0 <= n < len(texts) and not texts[n])}
    if not drop:
        return lines, texts
    kept = [at for at in range(len(lines)) if at not in drop]
    return [lines[at] for at in kept], [texts[at] for at in kept]


def _goes_on(texts: list[str], at: int) -> bool:
    """After an empty line inside a table of bars: does the table go on?"""
    following = next((t for t in texts[at + 1 : at + 3] if t), "")
    return following.startswith("|")


# --- bars and tabs ------------------------------------------------------------------------------------------------


def _bar_row(lines: list[Passage], texts: list[str], at: int) -> tuple[list[RawCell] | None, int]:
    """The row that begins in line `at`, and the line after it. None when the line is prose with a bar in it.

    An empty row stands for a rule or a stray bar. Seen: "| a | b |", "a | b |" (the first bar lost), and rows whose
    cells stand on lines of their own between bars ("|", "a |", "b |||": 张店 2023), where bars in excess are the
    traces of spans; and bars with nothing but a title between them (小沙街道 2023).
    """
    text = texts[at]
    if _RULE.fullmatch(text):
        return [], at + 1
    if text.startswith("|"):
        inner = text.lstrip("|")
        if not inner:
            return ([], at + 1) if len(text) > 1 else _spread_row(lines, texts, at + 1, [])
        if text.endswith("|"):
            return _split(lines[at]), at + 1
        if not _closes_later(texts, at + 1):
            return (_split(lines[at]), at + 1) if text.count("|") > 1 else (None, at + 1)
        head = _split(lines[at])
        return _spread_row(lines, texts, at + 1, head, open_cell=True)
    if text.endswith("|") or text.count("|") >= 2:
        return _split(lines[at]), at + 1
    return None, at + 1


def _closed_cell(texts: list[str], at: int) -> int:
    """Length of the cell in a line "规章 |" of a dump that closes every cell with a bar and begins no row, 0 if it is none.

    Rows are not marked in such a dump (bars in excess stand for spans), so its cells stay single lines.
    """
    if not _ALONE.fullmatch(texts[at]):
        return 0
    before = [t for t in texts[max(at - 20, 0) : at] if t.strip("| ")][-3:]
    after = [t for t in texts[at + 1 : at + 21] if t.strip("| ")][:3]
    if not any(len(near) == 3 and all(map(_ALONE.fullmatch, near)) for near in (before, after)):
        return 0
    return len(texts[at].rstrip("| "))


def _spread_row(
    lines: list[Passage], texts: list[str], at: int, row: list[RawCell], open_cell: bool = False
) -> tuple[list[RawCell], int]:
    """Cells from line `at` on, each closed by a bar, until a line that begins with a bar or belongs to no cell."""
    waiting: list[Passage] = []
    if open_cell and row:
        waiting = [b.passage for b in row.pop().blocks if isinstance(b, Paragraph)]
    while at < len(lines):
        text = texts[at]
        if text.startswith("|"):
            if text == "|" and row and not waiting and at + 1 < len(texts) and texts[at + 1] == "|":
                row.append(
                    RawCell()
                )  # of two bars in two lines the first closes an empty cell, the second begins a row
                at += 1
                continue
            if text == "|" or text.strip("|") or not (row or waiting):
                break
            if waiting:  # bars alone close the cell that waits; each further one stands for an empty cell
                row.append(_cell(*waiting))
            row += [RawCell() for _ in range(len(text) - bool(waiting))]
            waiting = []
        elif text.endswith("|"):
            first, *others = _split(lines[at])
            row.append(_cell(*waiting, *(b.passage for b in first.blocks if isinstance(b, Paragraph))))
            row += others
            waiting = []
        elif not text:
            following = next((t for t in texts[at + 1 : at + 3] if t), "")
            if not following.endswith("|") or following.startswith("|"):
                break
        elif _closes_later(texts, at + 1, _LOOKAHEAD if not row else 3) and not (row and len(text) > 60):
            waiting.append(lines[at])
        else:
            break
        at += 1
    if waiting:
        row.append(_cell(*waiting))
    return row, at


def _closes_later(texts: list[str], at: int, lookahead: int = _LOOKAHEAD) -> bool:
    """Whether a line that ends with a bar comes before one that begins with a bar."""
    for text in texts[at : at + lookahead]:
        if text.startswith("|"):
            return len(text) > 1 and not text.strip("|")
        if text.endswith("|"):
            return True
    return False


def _split(line: Passage) -> list[RawCell]:
    """The cells of one line: a bar at either end closes a cell, each further bar opens one."""
    text = line.text
    begin = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    if text[begin] == "|":
        begin += 1
    if end > begin and text[end - 1] == "|":
        end -= 1
    cells: list[RawCell] = []
    at = begin
    while at <= end:
        bar = text.find("|", at, end)
        stop = end if bar < 0 else bar
        cells.append(_cell(line.slice(at, stop)))
        if bar < 0:
            break
        at = bar + 1
    return cells


def _cell(*parts: Passage) -> RawCell:
    return RawCell([Paragraph(p) for part in parts if (p := _trim(part)).text])


def _trim(passage: Passage) -> Passage:
    text = passage.text
    stripped = text.strip()
    if len(stripped) == len(text):
        return passage
    begin = len(text) - len(text.lstrip())
    return passage.slice(begin, begin + len(stripped))


def _fields(text: str) -> int:
    return sum(1 for part in text.split("\t") if part.strip())


def _tab_row(lines: list[Passage], texts: list[str], at: int) -> list[RawCell] | None:
    """The row of a line with tabs, if a neighbour has tabs too or the line has at least four fields."""
    count = _fields(texts[at])
    if count < 2:
        return None
    near = [t for t in texts[max(at - 2, 0) : at + 3] if t is not texts[at] and _fields(t) >= 2]
    if count < 4 and not near:
        return None
    line = lines[at]
    cells: list[RawCell] = []
    begin = 0
    text = line.text.rstrip("\t ")
    while True:
        stop = text.find("\t", begin)
        stop = len(text) if stop < 0 else stop
        cells.append(_cell(line.slice(begin, stop)))
        if stop >= len(text):
            return cells
        begin = stop + 1


def _inside_tabs(texts: list[str], at: int) -> bool:
    """A short line with one field between two rows of tabs is a row of its own (第二十条第（五）项)."""
    text = texts[at]
    return (
        bool(text)
        and len(text) < 30
        and "\t" in texts[at - 1]
        and _fields(texts[at + 1]) >= 2
        and not _start().match(text)
    )


# --- paragraphs ---------------------------------------------------------------------------------------------------


def display_width(text: str) -> int:
    """Columns of a terminal: 2 for a Chinese character, 1 for Latin. Curly quotes count 1, as print sets them."""
    return 2 * len(text) - len(_NARROW.findall(text))


def wrap_width(lines: list[Passage]) -> int | None:
    """The line length at which the text was wrapped, None when lines are whole paragraphs.

    Wrapped text has many lines near its longest; a table dumped one cell per line has few lines that long (宿迁 2023:
    two thirds of the lines are cells, and still 100 lines are 70 to 80 columns wide).
    """
    widths = sorted(display_width(line.text.rstrip()) for line in lines if line.text.strip())
    if len(widths) < 4:
        return None
    long = [w for w in widths if w >= 40]
    if len(long) < 4 or sum(w > 130 for w in widths) * 33 > len(widths):
        return None
    long = [w for w in long if w <= 130]
    if len(long) < 4:
        return None
    top = long[-max(len(long) // 12, 1)]
    near = sum(top - 8 <= w <= top + 8 for w in long)
    return top if near >= 4 and near * 2 >= len(long) else None


def _paragraphs(lines: list[Passage], width: int | None) -> list[Block]:
    """Lines -> paragraphs; a line that reached the wrap width is joined with what follows it."""
    blocks: list[Block] = []
    waiting: list[Passage] = []

    def close() -> None:
        if waiting:
            blocks.append(Paragraph(_join(waiting)))
            waiting.clear()

    for n, line in enumerate(lines):
        part = _trim(line)
        text = part.text
        if not text:
            close()
            continue
        hashes = _HASHES.match(text)
        if hashes:
            close()
            blocks.append(Paragraph(_plain(part.slice(hashes.end(), len(text))), len(hashes[1])))
            continue
        if "**" in text:
            part = _plain(part)
        if waiting and _start().match(text):
            close()
        waiting.append(part)
        if not width or n + 1 >= len(lines) or not _was_wrapped(line.text, lines[n + 1].text, width):
            close()
    close()
    return blocks


def _was_wrapped(line: str, following: str, width: int) -> bool:
    """Whether the break after `line` was made by the line length: what comes next would not have fitted."""
    following = following.strip()
    if not following:
        return False
    token = _LATIN.match(following)
    needed = min(len(token[0]), 24) if token else 2 * (2 if following[1:2] in "，。、；：”）》" else 1)
    room = width - display_width(line.rstrip())
    if room > needed + 4:
        return False
    return not _CLOSED.fullmatch(line.strip())


def _join(parts: list[Passage]) -> Passage:
    """The lines of one paragraph; a space only where a word ends one line and another begins the next."""
    pieces = [parts[0]]
    for part in parts[1:]:
        before, after = pieces[-1].text[-1:], part.text[:1]
        if before.isascii() and after.isascii() and before.isalpha() and after.isalpha():
            pieces.append(Passage(" ", [0], [-1]))
        pieces.append(part)
    return join_passages(pieces)


def _plain(passage: Passage) -> Passage:
    """Without markdown's ** marks."""
    text = passage.text
    parts: list[Passage] = []
    at = 0
    for mark in re.finditer(r"\*\*", text):
        if mark.start() > at:
            parts.append(passage.slice(at, mark.start()))
        at = mark.end()
    if at < len(text):
        parts.append(passage.slice(at, len(text)))
    return join_passages(parts) if parts else passage


def from_paragraphs(blocks: list[Block]) -> list[Block]:
    """Blocks of a page whose tables were flattened into paragraphs of bars, read as text is; others unchanged."""
    if any(isinstance(b, Table) for b in blocks):
        return blocks
    bars = sum(1 for b in blocks if isinstance(b, Paragraph) and b.text.count("|") > 1)
    if bars < 3:
        return blocks
    out: list[Block] = []
    lines: list[Passage] = []
    for block in blocks:
        if isinstance(block, Paragraph) and not block.level:
            lines.append(block.passage)
            continue
        out += assemble(lines)
        lines = []
        out.append(block)
    return out + assemble(lines)
