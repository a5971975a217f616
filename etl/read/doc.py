"""Legacy .doc and .wps (Word 97 to 2003, the same container) -> blocks, by the published layout of the format.

Text comes through the piece table, since a file that was edited keeps its text in pieces, some of one byte a character.
A table's rows tell where their cells begin and end, so that merged cells keep their columns (section numbers: [MS-DOC]).
"""

from __future__ import annotations

import bisect
import io
import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

import olefile  # type: ignore[import-untyped]

from etl.model import Block, Paragraph, SourceError
from etl.read.grid import RawCell, blocks_of, limits
from etl.read.numbering import Level, Numbering, before
from etl.read.transcript import Transcript

_ADVICE = "请用 Word 或 WPS 打开后另存为 .docx 再导入"
_PAGE = 512
_FC_LCB = 0x9A
"""Where the table of places (FibRgFcLcb97) begins; each entry is a place and a length, four bytes each."""
_PAPX, _CLX, _LISTS, _OVERRIDES = 13, 33, 73, 74

# Single property modifiers (2.6.2, 2.6.3).
_IN_TABLE, _ROW_END, _DEPTH, _INNER_ROW_END = 0x2416, 0x2417, 0x6649, 0x244C
_OUTLINE, _LIST_LEVEL, _LIST, _HUGE = 0x2640, 0x260A, 0x460B, 0x6646
_DEFINE_TABLE, _CHANGE_TABS = 0xD608, 0xC615
_WIDTHS = {0: 1, 1: 1, 2: 2, 3: 4, 4: 2, 5: 2, 7: 3}

_SAME_EDGE = 60
"""Twips (1/20 pt): edges of cells nearer than this are one edge. A row dragged by hand is off by less, no cell is as narrow."""

_FORMATS = {0: "decimal", 1: "upperRoman", 2: "lowerRoman", 3: "upperLetter", 4: "lowerLetter", 0x12: "decimalEnclosedCircle", 0x16: "decimalZero", 0x17: "bullet",
            0x1A: "decimalEnclosedFullstop", 0x1B: "decimalEnclosedParen", 0x1C: "decimalEnclosedCircle", 0x1D: "ideographEnclosedCircle", 0xFF: "none"}  # fmt: skip
_CHINESE = frozenset((0x0A, 0x0B, 0x21, 0x22, 0x23, 0x25, 0x26, 0x27, 0x28))

_ENDS = re.compile("[\r\x07\x0c]")
_FIELD = re.compile("[\x13\x14\x15]")
_DROPPED = re.compile("[\x00-\x08\x0e-\x1d\x1f]")


@dataclass(slots=True)
class _Properties:
    """What a paragraph's modifiers say."""

    style: int = 0
    outline: int = 9
    depth: int = 0
    in_table: bool = False
    ends_row: bool = False
    numbered: int = 0
    numbered_level: int = 0
    edges: list[int] = field(default_factory=list)
    merged: list[int] = field(default_factory=list)


def read(name: str, data: bytes) -> tuple[list[Block], Transcript, dict[str, str]]:
    """Blocks and transcript of a Word 97-2003 or WPS file. Raises SourceError: encrypted, older than 1997, damaged."""
    try:
        word, table, more = _streams(data)
        if len(word) < 0x200 or struct.unpack_from("<H", word)[0] not in (0xA5EC, 0xA5DC):
            raise SourceError(name, "旧版 Word 文件无法读取", _ADVICE)
        version, flags = struct.unpack_from("<2xH6xH", word)
        if flags & 0x100:
            raise SourceError(name, "文件有密码", "请解除密码后再导入")
        if version < 0xC0:
            raise SourceError(name, "是 1997 年以前的 Word 格式", _ADVICE)
        return _read(name, word, table[bool(flags & 0x200)], more)
    except (OSError, ValueError, IndexError, KeyError, struct.error, OverflowError, AttributeError, TypeError) as fault:
        raise SourceError(name, "旧版 Word 文件已损坏", _ADVICE) from fault


def _streams(data: bytes) -> tuple[bytes, tuple[bytes, bytes], bytes]:
    with olefile.OleFileIO(io.BytesIO(data)) as ole:

        def stream(path: str) -> bytes:
            return ole.openstream(path).read() if ole.exists(path) else b""

        tables = stream("0Table"), stream("1Table")
        return stream("WordDocument"), (tables[0] or tables[1], tables[1] or tables[0]), stream("Data")


def _read(name: str, word: bytes, table: bytes, more: bytes) -> tuple[list[Block], Transcript, dict[str, str]]:
    text, starts, places = _text(name, word, table)
    bounds, runs = _paragraph_runs(word, table, more)
    numbering = _numbering(word, table)
    shown = _without_fields(text)
    transcript = Transcript(name)
    blocks: list[Block] = []
    rows: list[tuple[list[RawCell], _Properties]] = []
    cells: list[RawCell] = []
    cell: list[Block] = []
    at = 0

    def close() -> None:
        if cell:
            cells.append(RawCell(cell[:]))
            cell.clear()
        if cells:
            rows.append((cells[:], _Properties()))
            cells.clear()
        if rows:
            blocks.extend(blocks_of(_grid(rows), exact=all(p.edges for _, p in rows)))
            rows.clear()

    for mark in _ENDS.finditer(text):
        end = mark.start()
        sign = mark[0]
        if sign == "\x0c" and not _is_section_end(text, end):  # a page break inside a paragraph
            continue
        here = runs[_at(bounds, _place(end, starts, places))]
        content, at = shown[at:end], end + 1
        lines = [line for part in re.split("[\x0b\x0c]", content) if (line := _clean(part))]
        label = numbering.label(str(here.numbered), here.numbered_level) if here.numbered and not here.ends_row else ""
        if here.in_table or here.ends_row:
            if here.ends_row:
                if cell:
                    cells.append(RawCell(cell[:]))
                    cell.clear()
                if cells:
                    rows.append((cells[:], here))
                    cells.clear()
                continue
            if lines or label:
                lines[:1] = [before(label, lines[0] if lines else "")]
            cell += [Paragraph(transcript.add(line)) for line in lines]
            if sign == "\x07" and here.depth <= 1:
                cells.append(RawCell(cell[:]))
                cell.clear()
            continue
        close()
        if not lines:
            continue
        level = here.style if 1 <= here.style <= 6 else here.outline + 1 if here.outline < 6 else 0
        lines[0] = before(label, lines[0])
        blocks += [Paragraph(transcript.add(line), level) for line in lines]
    rest = _clean(shown[at:])
    close()
    if rest:
        blocks.append(Paragraph(transcript.add(rest)))
    return blocks, transcript, {}


def _clean(text: str) -> str:
    return _DROPPED.sub("", text.replace("\x1e", "-")).strip()


def _is_section_end(text: str, at: int) -> bool:
    """A form feed ends a paragraph where it ends a section; as a page break it stands inside one and ends nothing."""
    return at + 1 >= len(text) or text[at + 1] != "\r"


# --- text ---------------------------------------------------------------------------------------------------------


def _entry(word: bytes, table: bytes, number: int) -> bytes:
    """The structure that entry `number` of the table of places names, empty if there is none."""
    place, length = struct.unpack_from("<II", word, _FC_LCB + 8 * number)
    return table[place : place + length] if place + length <= len(table) else b""


def _text(name: str, word: bytes, table: bytes) -> tuple[str, list[int], list[tuple[int, int]]]:
    """The main text; where each piece starts in it; and (place in the file, bytes per character) of each piece (2.4.1)."""
    (wanted,) = struct.unpack_from("<I", word, 0x4C)
    if wanted > limits().text_characters:
        raise SourceError(
            name, f"文字超过{limits().text_characters // 10000}万字", "请核对该文件是否为年度报告，或拆分后再导入"
        )
    clx = _entry(word, table, _CLX)
    at = 0
    while at + 3 <= len(clx) and clx[at] == 1:  # stored modifiers
        at += 3 + struct.unpack_from("<H", clx, at + 1)[0]
    if at + 5 > len(clx) or clx[at] != 2:
        raise ValueError("no piece table")
    (size,) = struct.unpack_from("<I", clx, at + 1)
    plc = clx[at + 5 : at + 5 + size]
    count = (len(plc) - 4) // 12
    marks = struct.unpack_from(f"<{count + 1}I", plc)
    parts: list[str] = []
    starts: list[int] = []
    places: list[tuple[int, int]] = []
    length = 0
    for n in range(count):
        size = min(marks[n + 1], wanted) - length
        if marks[n] != length or size <= 0:
            break
        (place,) = struct.unpack_from("<I", plc, 4 * (count + 1) + 8 * n + 2)
        wide = 1 if place & 0x40000000 else 2
        place = (place & 0x3FFFFFFF) // (3 - wide)
        raw = word[place : place + size * wide]
        part = raw.decode("cp1252" if wide == 1 else "utf-16-le", errors="replace")
        if wide == 2 and len(part) != len(raw) // 2:  # signs beyond the basic plane take two places
            part = re.sub("[\U00010000-\U0010ffff]", "\ufffd ", part)
        starts.append(length)
        places.append((place, wide))
        parts.append(part[:size].ljust(size, "\x00"))
        length += size
    if not parts:
        raise ValueError("no text")
    return "".join(parts), starts, places


def _place(at: int, starts: list[int], places: list[tuple[int, int]]) -> int:
    piece = bisect.bisect_right(starts, at) - 1
    place, wide = places[piece]
    return place + (at - starts[piece]) * wide


def _without_fields(text: str) -> str:
    """`text` of the same length with the codes of fields (2.8.25) blanked; their results stay."""
    if "\x13" not in text:
        return text
    open_at: list[tuple[int, bool]] = []  # where each open field begins, whether its code is over
    out = list(text)
    for mark in _FIELD.finditer(text):
        at = mark.start()
        if mark[0] == "\x13":
            open_at.append((at, False))
        elif open_at and mark[0] == "\x14" and not open_at[-1][1]:
            begin, _ = open_at.pop()
            out[begin:at] = "\x00" * (at - begin)
            open_at.append((at, True))
        elif open_at and mark[0] == "\x15":
            begin, over = open_at.pop()
            if not over:
                out[begin:at] = "\x00" * (at - begin)
    return "".join(out)


# --- properties ---------------------------------------------------------------------------------------------------


def _paragraph_runs(word: bytes, table: bytes, more: bytes) -> tuple[list[int], list[_Properties]]:
    """Places in the file at which paragraphs end, sorted, and what is set for each (2.8.26, 2.9.174)."""
    plc = _entry(word, table, _PAPX)
    count = (len(plc) - 4) // 8
    made: dict[bytes, _Properties] = {}
    out: list[tuple[int, _Properties]] = []
    for (number,) in struct.iter_unpack("<I", plc[4 * (count + 1) : 4 * (2 * count + 1)]) if count > 0 else ():
        page = word[(number & 0x3FFFFF) * _PAGE :][:_PAGE]
        if len(page) < _PAGE:
            continue
        paragraphs = page[-1]
        if 4 * (paragraphs + 1) + 13 * paragraphs > _PAGE:
            continue
        ends = struct.unpack_from(f"<{paragraphs}I", page, 4)
        for n, end in enumerate(ends):
            offset = 2 * page[4 * (paragraphs + 1) + 13 * n]
            raw = b""
            if offset:
                size = page[offset]
                begin, size = (offset + 1, 2 * size - 1) if size else (offset + 2, 2 * page[min(offset + 1, _PAGE - 1)])
                raw = page[begin : begin + size]
            if raw not in made:
                made[raw] = _properties(raw, more)
            out.append((end, made[raw]))
        if len(out) > limits().cells:
            break
    out.sort(key=lambda pair: pair[0])
    return [end for end, _ in out], [p for _, p in out] + [_Properties()]


def _at(bounds: list[int], place: int) -> int:
    """Index of the run that holds `place`: the first that ends behind it."""
    return bisect.bisect_right(bounds, place)


def _properties(raw: bytes, more: bytes) -> _Properties:
    out = _Properties()
    if len(raw) < 2:
        return out
    out.style = struct.unpack_from("<H", raw)[0] & 0xFFF
    modifiers = list(_modifiers(raw[2:]))
    for code, value in modifiers:
        if code == _HUGE and len(value) == 4:  # a long definition stands in another stream (2.9.186)
            (place,) = struct.unpack("<I", value)
            if place + 2 <= len(more):
                (size,) = struct.unpack_from("<H", more, place)
                modifiers += list(_modifiers(more[place + 2 : place + 2 + size]))
            break
    for code, value in modifiers:
        if code == _IN_TABLE:
            out.in_table = bool(value[0])
        elif code in (_ROW_END, _INNER_ROW_END):
            out.ends_row = out.ends_row or (bool(value[0]) and code == _ROW_END)
        elif code == _DEPTH:
            out.depth = min(struct.unpack("<I", value)[0], 99)
        elif code == _OUTLINE:
            out.outline = value[0]
        elif code == _LIST:
            out.numbered = struct.unpack("<H", value)[0]
        elif code == _LIST_LEVEL:
            out.numbered_level = min(value[0], 8)
        elif code == _DEFINE_TABLE:
            _define(value, out)
    return out


def _modifiers(raw: bytes) -> Iterator[tuple[int, bytes]]:
    """(code, operand) of each modifier; the code's top bits give the operand's length (2.2.5.1)."""
    at = 0
    while at + 3 <= len(raw):
        (code,) = struct.unpack_from("<H", raw, at)
        at += 2
        size = _WIDTHS.get(code >> 13, 0)
        if not size:
            if code == _DEFINE_TABLE:
                size = struct.unpack_from("<H", raw, at)[0] - 1 if at + 2 <= len(raw) else 0
                at += 2
            else:
                size = raw[at]
                at += 1
                if code == _CHANGE_TABS and size == 255:  # too long for its own length: nothing behind it can be found
                    return
        value = raw[at : at + size]
        if len(value) < max(size, 1):
            return
        yield code, value
        at += size


def _define(value: bytes, out: _Properties) -> None:
    """The edges of a row's cells and how each merges with the cell above and beside it (2.9.321, 2.9.327)."""
    count = value[0]
    if count > limits().columns or len(value) < 1 + 2 * (count + 1):
        return
    out.edges = list(struct.unpack_from(f"<{count + 1}h", value, 1))
    first = 1 + 2 * (count + 1)
    out.merged = [
        struct.unpack_from("<H", value, first + 20 * n)[0] if first + 20 * n + 2 <= len(value) else 0
        for n in range(count)
    ]


# --- tables -------------------------------------------------------------------------------------------------------


def _grid(rows: list[tuple[list[RawCell], _Properties]]) -> list[list[RawCell]]:
    """Rows of raw cells with spans: columns are the edges of all rows together."""
    if any(len(p.edges) != len(cells) + 1 for cells, p in rows):
        return [cells for cells, _ in rows]
    columns: list[int] = []
    for edge in sorted(edge for _, p in rows for edge in p.edges):
        if not columns or edge - columns[-1] > _SAME_EDGE:
            columns.append(edge)
    out: list[list[RawCell]] = []
    above: dict[int, RawCell] = {}
    for cells, p in rows:
        row: list[RawCell] = []
        here: dict[int, RawCell] = {}
        column = 0
        for n, raw in enumerate(cells):
            left, right = (bisect.bisect_right(columns, p.edges[n + k]) - 1 for k in (0, 1))
            if left > column:  # the row is indented
                row.append(RawCell(colspan=left - column))
            span = max(right - left, 1)
            column = left + span
            merge = p.merged[n]
            down = merge >> 5 & 3
            if merge & 3 and n and p.merged[n - 1] & 3 and not raw.blocks and row:
                row[-1].colspan += span
            elif down == 1 and left in above:
                above[left].rowspan += 1
                here[left] = above[left]
            else:
                raw.colspan = span
                row.append(raw)
                if down:
                    here[left] = raw
        above = here
        out.append(row)
    return out


# --- numbering ----------------------------------------------------------------------------------------------------


def _numbering(word: bytes, table: bytes) -> Numbering:
    """The lists of the file (2.9.131, 2.9.147, 2.9.150); empty when anything about them is odd."""
    out = Numbering()
    lists, overrides = _entry(word, table, _LISTS), _entry(word, table, _OVERRIDES)
    if len(lists) < 2 or len(overrides) < 4:
        return out
    try:
        place, length = struct.unpack_from("<II", word, _FC_LCB + 8 * _LISTS)
        at = place + length
        levels: dict[int, list[Level]] = {}
        (count,) = struct.unpack_from("<H", lists)
        for n in range(min(count, 2000)):
            identifier, flags = struct.unpack_from("<i22xB", lists, 2 + 28 * n)
            made = []
            for _ in range(1 if flags & 1 else 9):
                start, form, after_letters, after_paragraph = struct.unpack_from("<iB19xBB", table, at)
                at += 28 + after_letters + after_paragraph
                (size,) = struct.unpack_from("<H", table, at)
                pattern = table[at + 2 : at + 2 + 2 * size].decode("utf-16-le", errors="replace")
                at += 2 + 2 * size
                text = "".join(f"%{ord(c) + 1}" if ord(c) < 9 else c for c in pattern)
                style = "chineseCounting" if form in _CHINESE else _FORMATS.get(form, "decimal")
                made.append(Level(text, style, start))
            levels[identifier] = made
        (count,) = struct.unpack_from("<I", overrides)
        for n in range(min(count, 5000)):
            (identifier,) = struct.unpack_from("<i", overrides, 4 + 16 * n)
            if identifier in levels:
                out.levels[str(n + 1)] = levels[identifier]
                out.same[str(n + 1)] = str(identifier)
    except (struct.error, IndexError):
        return Numbering()
    return out
