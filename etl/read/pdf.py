"""PDF -> blocks: pypdfium2 for the text, pdfplumber for ruled tables, tables over page breaks joined.

pdfplumber costs about 60 ms a page, pdfium 2 ms: so only pages with rulings are opened with it. Radicals and spaces
are left as printed; normalise folds them.
"""

from __future__ import annotations

import bisect
import ctypes
import functools
import io
import logging
import re
from collections import Counter
from dataclasses import dataclass, field

import pdfminer.cmapdb
import pdfminer.pdfdocument
import pdfminer.pdffont
import pdfplumber
import pypdfium2
import pypdfium2.raw as pdfium

from etl.model import Block, Finding, Paragraph, Passage, SourceError, Table
from etl.read import text as plain
from etl.read.grid import RawCell, blocks_of, limits
from etl.read.transcript import Transcript
from etl.registry import load_reading

logging.getLogger("pdfminer").setLevel(logging.ERROR)

THIN = 3.0
"""Points: a filled rectangle thinner than this is a ruling, a thicker one a background (洪泽 2023 shades whole paragraphs)."""
ALIGNED = 8.0
"""Points by which the sides of two parts of one table may differ from page to page."""
SNAP = 2.0
"""Points: lines nearer than this are one line. Wider, columns of two tables on one page would be drawn together."""
SLIVER = 6.0
"""Points: edges nearer than this are one. No figure fits between them; browsers draw two lines between cells, up to 5 points apart."""
_OBJECTS = 20_000


_STEPS = 3_000_000
"""Numbers that pdfminer may count through for one file: a font has 65,536 characters, a damaged one says it has 99,999,999."""
_counted = [0]


def _range(*bounds: int) -> range:
    """`range` for pdfminer, which fills whatever range a file names. Raises ValueError above the limit of a file."""
    steps = range(*bounds)
    _counted[0] += len(steps)
    if _counted[0] > _STEPS:
        raise ValueError("range")
    return steps


for _module in (pdfminer.cmapdb, pdfminer.pdfdocument, pdfminer.pdffont):
    setattr(_module, "range", _range)  # noqa: B010 - a module has no such attribute until now


_Box = tuple[float, float, float, float, str]
"""A cell as (left, top, right, bottom, text)."""


@dataclass(slots=True)
class _Grid:
    """A table, or the part of one that stands on one page: cells as (left, top, right, bottom, text)."""

    page: int
    cells: list[_Box]
    top: float
    bottom: float
    pages: list[tuple[float, int]] = field(default_factory=list)  # from this height on, page
    after: float = 0.0  # where the text below it begins on its page

    @property
    def left(self) -> float:
        return min(c[0] for c in self.cells)

    @property
    def right(self) -> float:
        return max(c[2] for c in self.cells)


@functools.cache
def _page_mark() -> re.Pattern[str]:
    return re.compile(load_reading().page_mark)


def read(name: str, data: bytes) -> tuple[list[Block], Transcript, dict[str, str], list[Finding]]:
    """Blocks, transcript, declared title and findings of a PDF.

    Raises SourceError: encrypted, damaged, too many pages, no text layer.
    """
    try:
        document = pypdfium2.PdfDocument(data)
        count = len(document)
    except pypdfium2.PdfiumError as fault:
        if "assword" in str(fault):
            raise SourceError(name, "PDF 文件有密码", "请解除密码后再导入") from fault
        raise SourceError(name, "PDF 文件已损坏，无法打开", "请重新下载或导出后再导入") from fault
    try:
        if count > limits().pages:
            raise SourceError(name, f"PDF 共{count}页，超过{limits().pages}页", "请只导入年度报告所在的页")
        return _read(name, data, document)
    except pypdfium2.PdfiumError as fault:
        raise SourceError(name, "PDF 文件已损坏，无法读取其中的页", "请重新下载或导出后再导入") from fault
    finally:
        document.close()


def _read(
    name: str, data: bytes, document: pypdfium2.PdfDocument
) -> tuple[list[Block], Transcript, dict[str, str], list[Finding]]:
    findings: list[Finding] = []
    ruled: list[int] = []
    empty: list[int] = []
    whole: dict[int, str] = {}
    for number in range(len(document)):
        page = document[number]
        textpage = page.get_textpage()
        whole[number] = textpage.get_text_range(errors="ignore") if textpage.count_chars() else ""
        if sum(map(len, whole.values())) > limits().text_characters:
            raise SourceError(
                name, f"文字超过{limits().text_characters // 10000}万字", "请核对该文件是否为年度报告，或拆分后再导入"
            )
        if not whole[number].strip():
            empty.append(number + 1)
        elif _has_rulings(page):
            ruled.append(number)
        textpage.close()
        page.close()
    letters = sum(len(re.findall(r"[^\W_]", t)) for t in whole.values())
    if letters < 20:
        raise SourceError(
            name, "PDF 是扫描件，没有文字层", "请先做文字识别（OCR），另存为可检索的 PDF 或 Word 后再导入"
        )
    if empty and len(empty) * 2 >= len(document) and letters < 200 * len(empty):
        raise SourceError(
            name, f"PDF 的第{'、'.join(map(str, empty[:8]))}页等是扫描件，没有文字层", "请先做文字识别（OCR）后再导入"
        )
    for number in empty[:20]:
        findings.append(
            Finding(
                "READ-PAGE-EMPTY", "warning", f"第{number}页没有文字，可能是图片，未能读取。", locator={"page": number}
            )
        )
    if len(ruled) > limits().table_pages:
        dropped = ruled[limits().table_pages :]
        findings.append(
            Finding(
                "READ-TABLE-PAGES",
                "warning",
                f"有表格线的页超过{limits().table_pages}页，自第{dropped[0] + 1}页起只读文字，不读表格。",
            )
        )
        ruled = ruled[: limits().table_pages]

    grids = _find_tables(data, ruled) if ruled else {}
    items: list[tuple[int, str | _Grid]] = []
    for number in range(len(document)):
        if number in grids:
            items += _around_tables(document, number, grids[number])
        else:
            items += [(number, line) for line in _lines(whole[number])]
    items = _without_furniture(items, len(document))
    items = _join_over_pages(items)
    transcript = Transcript(name)
    blocks = _blocks(items, transcript)
    title = (document.get_metadata_dict().get("Title") or "").strip()
    return blocks, transcript, ({"title": title[:500]} if title else {}), findings


def _lines(text: str) -> list[str]:
    return [
        line
        for line in re.split(r"[\r\n\f\v\x85\u2028]+", text.replace("\ufffe", "").replace("\x02", ""))
        if line.strip()
    ]


def _has_rulings(page: pypdfium2.PdfPage) -> bool:
    """At least two lines each way, or stroked boxes: what the last row of a table takes on a new page."""
    across = down = boxes = 0
    mode, stroked = ctypes.c_int(), ctypes.c_int()
    for n, item in enumerate(page.get_objects(filter=[pdfium.FPDF_PAGEOBJ_PATH], max_depth=4)):
        if n > _OBJECTS:
            return False
        left, bottom, right, top = item.get_bounds()
        width, height = right - left, top - bottom
        if height < THIN and width > 8:
            across += 1
        elif width < THIN and height > 4:
            down += 1
        elif pdfium.FPDFPath_GetDrawMode(item.raw, mode, stroked) and stroked.value:
            boxes += 1
        if (across >= 2 and down >= 2) or boxes >= 4 or (boxes and across + down >= 2):
            return True
    return False


def _is_ruling(item: dict) -> bool:
    if item["object_type"] != "rect":
        return (
            item["object_type"] != "curve" or item["width"] < THIN or item["height"] < THIN or bool(item.get("stroke"))
        )
    return item["width"] < THIN or item["height"] < THIN or bool(item.get("stroke"))


def _find_tables(data: bytes, numbers: list[int]) -> dict[int, list[_Grid]]:
    """Page number (from 0) -> the ruled tables of that page, from top to bottom. One column alone is no table."""
    found: dict[int, list[_Grid]] = {}
    _counted[0] = 0
    try:
        with pdfplumber.open(io.BytesIO(data), pages=[n + 1 for n in numbers]) as document:
            for page in document.pages:
                try:
                    grids = _page_tables(page)
                except Exception:  # noqa: BLE001 - as below, for one page
                    continue
                finally:
                    page.close()
                if grids:
                    found[page.page_number - 1] = grids
    except Exception:  # noqa: BLE001 - pdfminer raises anything on a damaged file that pdfium still reads; the text remains
        return found
    return found


def _page_tables(page) -> list[_Grid]:
    clean = page.filter(_is_ruling)
    edges = clean.edges
    upright = [e for e in edges if e["orientation"] == "v"]
    level = [e for e in edges if e["orientation"] == "h"]
    if not upright or not level or len(edges) > 5000:
        return []
    # A row cut by the page's end has no whole line of its own there: the uprights show where it ends.
    extra = [min(e["top"] for e in upright), max(e["bottom"] for e in upright)]
    tables = clean.find_tables({"explicit_horizontal_lines": extra, "snap_tolerance": SNAP, "join_tolerance": THIN})
    grids: list[_Grid] = []
    for table in sorted(tables, key=lambda t: (t.bbox[1], t.bbox[0])):
        texts = table.extract()
        cells = []
        for row, line in zip(table.rows, texts, strict=True):
            for box, text in zip(row.cells, line, strict=True):
                if box is not None:
                    cells.append((box[0], box[1], box[2], box[3], (text or "").strip()))
        if len({round(c[0]) for c in cells}) < 2 or len(cells) < 2:
            continue
        cells += _left_over(clean, table.bbox, cells)
        cells, bottom = _without_strip(_mended(cells), table.bbox[3])
        if not cells:
            continue
        grid = _Grid(page.page_number - 1, cells, table.bbox[1], bottom, after=table.bbox[3])
        grid.pages = [(grid.top, grid.page)]
        grids.append(grid)
    return grids


def _without_strip(cells: list[_Box], bottom: float) -> tuple[list[_Box], float]:
    """Without the empty strip that a row leaves at the end of a page when all of it is printed on the next one."""
    edge = max((c[1] for c in cells if c[3] > bottom - THIN and not c[4]), default=0.0)
    strip = [c for c in cells if c[1] >= edge - THIN]
    if not edge or any(c[4] for c in strip):
        return cells, bottom
    return [(x0, top, x1, min(low, edge), text) for x0, top, x1, low, text in cells if top < edge - THIN], edge


def _mended(cells: list[_Box]) -> list[_Box]:
    """Without slivers between two lines, and without empty cells that a stray line cuts from the cell above.

    The line is stray when no cell of another column has an edge at that height.
    """
    cells = [c for c in cells if c[4] or (c[2] - c[0] > SLIVER and c[3] - c[1] > SLIVER)]
    out = list(cells)
    for n, (x0, top, x1, bottom, text) in enumerate(cells):
        if text or any(
            abs(top - edge) < SLIVER
            for c in cells
            for edge in (c[1], c[3])
            if abs(c[0] - x0) > THIN or abs(c[2] - x1) > THIN
        ):
            continue
        for k, (u0, utop, u1, ubottom, utext) in enumerate(out):
            if k != n and u1 > u0 and abs(u0 - x0) < THIN and abs(u1 - x1) < THIN and abs(ubottom - top) < THIN:
                out[k] = (u0, utop, u1, bottom, utext)
                out[n] = (0, 0, 0, 0, "")
                break
    return [c for c in out if c[2] > c[0]]


def _left_over(page, box: tuple[float, float, float, float], cells: list[_Box]) -> list[_Box]:
    """Cells for text inside the table that stands in no cell, because a line of its box is missing."""
    x0, top, x1, bottom = box
    inside = [
        c
        for c in page.chars
        if x0 <= (c["x0"] + c["x1"]) / 2 <= x1 and top <= (c["top"] + c["bottom"]) / 2 <= bottom and c["text"].strip()
    ]
    if len(inside) <= sum(len(re.sub(r"\s", "", c[4])) for c in cells):
        return []
    columns = _marks([x for c in cells for x in (c[0], c[2])])
    heights = _marks([y for c in cells for y in (c[1], c[3])])
    lost: dict[tuple[int, int], list[dict]] = {}
    for char in inside:
        x, y = (char["x0"] + char["x1"]) / 2, (char["top"] + char["bottom"]) / 2
        if not any(c[0] <= x <= c[2] and c[1] <= y <= c[3] for c in cells):
            row, column = bisect.bisect(heights, y) - 1, bisect.bisect(columns, x) - 1
            if 0 <= row < len(heights) - 1 and 0 <= column < len(columns) - 1:
                lost.setdefault((row, column), []).append(char)
    return [
        (columns[c], heights[r], columns[c + 1], heights[r + 1], "".join(char["text"] for char in chars))
        for (r, c), chars in sorted(lost.items())
    ]


def _around_tables(document: pypdfium2.PdfDocument, number: int, grids: list[_Grid]) -> list[tuple[int, str | _Grid]]:
    """Lines and tables of one page from top to bottom; the text inside a table is left to the table."""
    page = document[number]
    width, height = page.get_size()
    textpage = page.get_textpage()
    items: list[tuple[int, str | _Grid]] = []
    top = 0.0
    for grid in [*grids, None]:
        bottom = grid.top if grid else height
        if bottom > top:
            text = textpage.get_text_bounded(0, height - bottom, width, height - top, errors="ignore")
            items += [(number, line) for line in _lines(text)]
        if grid:
            items.append((number, grid))
            top = max(top, grid.after)
    textpage.close()
    page.close()
    return items


def _without_furniture(items: list[tuple[int, str | _Grid]], pages: int) -> list[tuple[int, str | _Grid]]:
    """Without page numbers and running heads: first and last lines of pages that are alike but for their digits."""
    by_page: dict[int, list[int]] = {}
    for at, (page, _) in enumerate(items):
        by_page.setdefault(page, []).append(at)
    edges = [at for places in by_page.values() for at in dict.fromkeys([*places[:2], *places[-2:]])]
    alike = Counter(re.sub(r"\d+", "#", line) for at in edges if isinstance(line := items[at][1], str))
    drop = set()
    for at in edges:
        line = items[at][1]
        if isinstance(line, str):
            repeated = alike[re.sub(r"\d+", "#", line)]
            marked = _page_mark().fullmatch(line.strip())
            own = by_page[items[at][0]]
            outermost = at in (own[0], own[-1])
            if (marked and (outermost or not line.strip().isdigit())) or (
                pages >= 3 and repeated >= max(3, pages // 2 + 1) and len(line) < 60
            ):
                drop.add(at)
    return [item for at, item in enumerate(items) if at not in drop]


def _join_over_pages(items: list[tuple[int, str | _Grid]]) -> list[tuple[int, str | _Grid]]:
    """A table that ends a page and one that begins the next between the same sides are one table."""
    joined: list[tuple[int, str | _Grid]] = []
    for page, item in items:
        last = joined[-1][1] if joined else None
        if (
            isinstance(item, _Grid)
            and isinstance(last, _Grid)
            and last.pages[-1][1] == page - 1
            and abs(last.left - item.left) < ALIGNED
            and abs(last.right - item.right) < ALIGNED
        ):
            _append(last, item)
        else:
            joined.append((page, item))
    return joined


def _append(upper: _Grid, lower: _Grid) -> None:
    """Puts `lower` under `upper`. A label cell that the page break cut goes on over the empty cell below it."""
    shift = upper.bottom - lower.top
    moved = [(x0, top + shift, x1, bottom + shift, text) for x0, top, x1, bottom, text in lower.cells]
    for n, (x0, top, x1, bottom, text) in enumerate(moved):
        if text or top - upper.bottom > 1:
            continue
        for k, (u0, utop, u1, ubottom, utext) in enumerate(upper.cells):
            if (
                abs(u0 - x0) < ALIGNED
                and abs(u1 - x1) < ALIGNED
                and abs(ubottom - upper.bottom) < 1
                and re.search(r"[^\W\d]", utext)
            ):
                upper.cells[k] = (u0, utop, u1, bottom, utext)
                moved[n] = (0, 0, 0, 0, "")
                break
    upper.cells += [c for c in moved if c[2] > c[0]]
    upper.pages.append((upper.bottom, lower.page))
    upper.bottom = max(upper.bottom, lower.bottom + shift)


def _blocks(items: list[tuple[int, str | _Grid]], transcript: Transcript) -> list[Block]:
    blocks: list[Block] = []
    lines: list[Passage] = []
    page_starts: list[int] = []
    pages: list[int] = []
    width = plain.wrap_width([Passage(item) for _, item in items if isinstance(item, str)])

    def close() -> None:
        for block in plain.assemble(lines, width or 0):
            if isinstance(block, Paragraph):
                origin = block.passage.origins[0]
            else:
                origin = next((c.passage.origins[0] for row in block.rows for c in row if c and c.text), 0)
            block.page = pages[max(bisect.bisect_right(page_starts, origin) - 1, 0)] + 1
            blocks.append(block)
        lines.clear()

    for page, item in items:
        if not pages or pages[-1] != page:
            pages.append(page)
            page_starts.append(transcript.length)
        if isinstance(item, str):
            lines.append(transcript.add(item))
        else:
            close()
            blocks += _table(item, transcript)
    close()
    return blocks


def _marks(values: list[float]) -> list[float]:
    """Distinct positions, those nearer than SLIVER to one before taken as one."""
    marks: list[float] = []
    for value in sorted(values):
        if not marks or value - marks[-1] > SLIVER:
            marks.append(value)
    return marks


def _table(grid: _Grid, transcript: Transcript) -> list[Block]:
    columns = _marks([x for c in grid.cells for x in (c[0], c[2])])
    heights = _marks([y for c in grid.cells for y in (c[1], c[3])])

    def nearest(marks: list[float], value: float) -> int:
        at = bisect.bisect_left(marks, value)
        return at if at < len(marks) and (at == 0 or marks[at] - value < value - marks[at - 1]) else at - 1

    placed: dict[tuple[int, int], RawCell] = {}
    covered: set[tuple[int, int]] = set()
    for x0, top, x1, bottom, text in sorted(grid.cells, key=lambda c: (c[1], c[0])):
        row, column = nearest(heights, top), nearest(columns, x0)
        down, across = max(nearest(heights, bottom) - row, 1), max(nearest(columns, x1) - column, 1)
        if down * across > limits().cells:
            continue
        if (row, column) in covered:
            if (row, column) not in placed or not text or placed[row, column].blocks:
                continue
            down, across = max(down, placed[row, column].rowspan), max(across, placed[row, column].colspan)
        parts: list[Block] = [Paragraph(transcript.add(line.strip())) for line in text.split("\n") if line.strip()]
        placed[row, column] = RawCell(parts, down, across)
        covered |= {(r, c) for r in range(row, row + down) for c in range(column, column + across)}
    rows: list[list[RawCell]] = []
    row_pages: list[int] = []
    for r in range(len(heights) - 1):
        row_cells = []
        for c in range(len(columns) - 1):
            if (r, c) in placed:
                row_cells.append(placed[r, c])
            elif (r, c) not in covered:
                row_cells.append(RawCell())
        rows.append(row_cells)
        row_pages.append(next(p for start, p in reversed(grid.pages) if start <= heights[r] + THIN) + 1)
    blocks = blocks_of(rows, page=grid.page + 1)
    for block in blocks:
        if isinstance(block, Table):
            if len(block.rows) == len(rows):
                block.row_pages = row_pages
        else:
            block.page = grid.page + 1
    return blocks
