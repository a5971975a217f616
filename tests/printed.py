"""Prints a report as a PDF the way Word does: wrapped lines, ruled tables with merged cells, page numbers, tables over page breaks.

Written here, since the tests must run where neither Word nor a browser is. The font is one that every PDF reader knows by name
and that is not in the file (STSong-Light, encoding UniGB-UCS2-H), so that the text layer holds real characters.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator

from etl.model import Cell, Document, Paragraph, Table

WIDTH, HEIGHT = 595.0, 842.0  # A4
MARGIN, SIZE, LEADING = 70.0, 12.0, 20.0
SMALL, CELL_LEADING = 9.0, 12.0
_HALF = frozenset(chr(c) for c in range(32, 127))


def print_pdf(document: Document, compress: bool = True) -> bytes:
    """The paragraphs and tables of a document that was read, as PDF."""
    pages = _Pages()
    for block in document.blocks:
        if isinstance(block, Paragraph):
            size = 16.0 if block.level == 1 else SIZE
            indent = "" if block.level else "　　"
            for line in _wrapped(indent + block.text.replace("\n", ""), WIDTH - 2 * MARGIN, size):
                pages.line(line, size)
        else:
            _table(pages, block)
    return _file(pages.finish(), compress)


class _Pages:
    """Content streams, filled from the top of each page down."""

    def __init__(self) -> None:
        self.done: list[str] = []
        self.parts: list[str] = []
        self.y = HEIGHT - MARGIN

    def turn(self) -> None:
        number = f"— {len(self.done) + 1} —"
        self.parts.append(_say(WIDTH / 2 - 20, 40, number, SMALL))
        self.done.append("".join(self.parts))
        self.parts, self.y = [], HEIGHT - MARGIN

    def line(self, text: str, size: float) -> None:
        if self.y - LEADING < MARGIN:
            self.turn()
        self.y -= LEADING
        self.parts.append(_say(MARGIN, self.y, text, size))

    def finish(self) -> list[str]:
        if self.parts:
            self.turn()
        return self.done


def _advance(char: str) -> float:
    return 0.5 if char in _HALF else 1.0


def _wrapped(text: str, width: float, size: float) -> Iterator[str]:
    line, used = "", 0.0
    for char in text:
        step = _advance(char) * size
        if used + step > width and line:
            yield line
            line, used = "", 0.0
        line += char
        used += step
    if line:
        yield line


def _say(x: float, y: float, text: str, size: float) -> str:
    return f"BT /F {size:g} Tf {x:.2f} {y:.2f} Td <{text.encode('utf-16-be').hex()}> Tj ET\n"


def _columns(table: Table) -> list[float]:
    """Left edges of the columns and the right edge of the last: columns of words are wider than those of figures."""
    weights = []
    for c in range(len(table.rows[0])):
        longest = max(
            (len(cell.text) / cell.colspan for row in table.rows if (cell := row[c]) is not None and cell.text),
            default=1,
        )
        weights.append(min(max(longest, 3.0), 14.0))
    scale = (WIDTH - 2 * MARGIN + 40) / sum(weights)
    edges = [MARGIN - 20]
    for weight in weights:
        edges.append(edges[-1] + weight * scale)
    return edges


def _spans(table: Table) -> dict[int, tuple[Cell, int, int, int, int]]:
    """id of each cell -> the cell, its first row and column, and the row and column behind it."""
    out: dict[int, tuple[Cell, int, int, int, int]] = {}
    for r, row in enumerate(table.rows):
        for c, cell in enumerate(row):
            if cell is not None:
                _, top, left, bottom, right = out.get(id(cell), (cell, r, c, r, c))
                out[id(cell)] = (cell, top, left, max(bottom, r + 1), max(right, c + 1))
    return out


def _table(pages: _Pages, table: Table) -> None:
    edges = _columns(table)
    spans = _spans(table)
    lines = {
        key: list(_wrapped(cell.text.replace("\n", ""), edges[right] - edges[left] - 6, SMALL))
        for key, (cell, _, left, _, right) in spans.items()
    }
    heights = [CELL_LEADING + 6] * len(table.rows)
    for key, (_, top, _, bottom, _) in spans.items():
        needed = len(lines[key]) * CELL_LEADING + 6
        missing = needed - sum(heights[top:bottom])
        if missing > 0:
            heights[bottom - 1] += missing
    at = 0
    while at < len(table.rows):
        end, room = at, pages.y - MARGIN
        while end < len(table.rows) and heights[end] <= room:
            room -= heights[end]
            end += 1
        if end == at:
            pages.turn()
            continue
        _part(pages, edges, heights, spans, lines, at, end)
        at = end
        if at < len(table.rows):
            pages.turn()
    pages.y -= 10


def _part(
    pages: _Pages,
    edges: list[float],
    heights: list[float],
    spans: dict[int, tuple[Cell, int, int, int, int]],
    lines: dict[int, list[str]],
    first: int,
    end: int,
) -> None:
    """The rows [first, end) of a table on the current page; a cell that began on an earlier page goes on without text."""
    tops = [pages.y]
    for height in heights[first:end]:
        tops.append(tops[-1] - height)
    for key, (_, top, left, bottom, right) in spans.items():
        if bottom <= first or top >= end:
            continue
        upper, lower = tops[max(top, first) - first], tops[min(bottom, end) - first]
        pages.parts.append(f"{edges[left]:.2f} {lower:.2f} {edges[right] - edges[left]:.2f} {upper - lower:.2f} re S\n")
        if top >= first:
            y = upper - 3
            for line in lines[key]:
                y -= CELL_LEADING
                pages.parts.append(_say(edges[left] + 3, y + 2, line, SMALL))
    pages.y = tops[-1]


def _file(streams: list[str], compress: bool) -> bytes:
    font = (
        b"<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/UniGB-UCS2-H/DescendantFonts[4 0 R]>>",
        b"<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)/Ordering(GB1)/Supplement 4>>"
        b"/DW 1000/W[1 95 500 814 939 500]/FontDescriptor 5 0 R>>",
        b"<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0/Ascent 880/Descent -120"
        b"/CapHeight 880/StemV 93>>",
    )
    objects: list[bytes] = [b"<</Type/Catalog/Pages 2 0 R>>", b"", *font]
    kids = []
    for stream in streams:
        data = stream.encode("ascii")
        packed = zlib.compress(data) if compress else data
        how = b"/Filter/FlateDecode" if compress else b""
        objects.append(b"<<" + how + b"/Length %d>>\nstream\n" % len(packed) + packed + b"\nendstream")
        objects.append(
            b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Contents %d 0 R/Resources<</Font<</F 3 0 R>>>>>>"
            % len(objects)
        )
        kids.append(b"%d 0 R" % len(objects))
    objects[1] = b"<</Type/Pages/Kids[" + b" ".join(kids) + b"]/Count %d>>" % len(kids)
    out = bytearray(b"%PDF-1.4\n")
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % number + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    return bytes(out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF" % (len(objects) + 1, start))
