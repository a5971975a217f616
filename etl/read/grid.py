"""Rows of raw cells -> blocks: spans expanded, layout rows unpacked. Shared by HTML, DOCX and text."""

from __future__ import annotations

import functools
from dataclasses import dataclass, field

from etl import registry
from etl.model import Block, Cell, Paragraph, Passage, SourceError, Table, join_passages

PROSE = 200
"""Characters: a row whose only filled cell is longer than this holds content, not a label. The longest label of the
forms, the 勾稽关系 note, has 35; label cells with a province's explanations reach 150 (武汉 2020)."""


@dataclass(slots=True)
class RawCell:
    """A cell as the file holds it, before spans are expanded: what is in it, as blocks."""

    blocks: list[Block] = field(default_factory=list)
    rowspan: int = 1
    colspan: int = 1
    header: bool = False


@functools.cache
def limits() -> registry.ReadingLimits:
    return registry.load_reading().limits


def nowhere() -> Passage:
    """An empty passage with no place."""
    return Passage("", [0], [-1])


def blocks_of(rows: list[list[RawCell]], caption: str = "", page: int | None = None, exact: bool = True) -> list[Block]:
    """The blocks that one table of the file stands for, in reading order.

    A row that holds another table, or one filled cell of long prose, is layout: its content becomes blocks. Runs of
    the other rows become Tables. A table with one filled cell, or one column without any figure, is layout too.
    Raises SourceError (with an empty path, the caller fills it) when a grid grows beyond the limits.
    """
    out: list[Block] = []
    run: list[list[RawCell]] = []
    for row in rows:
        if _is_layout(row):
            _close(out, run, caption, page, exact)
            run = []
            for raw in row:
                out += raw.blocks
        else:
            run.append(row)
    _close(out, run, caption, page, exact)
    return out


def _is_layout(row: list[RawCell]) -> bool:
    filled = 0
    length = 0
    for raw in row:
        blocks = raw.blocks
        if blocks:
            filled += 1
            if len(blocks) == 1 and type(blocks[0]) is Paragraph:
                length += len(blocks[0].passage.text)
                continue
            for block in blocks:
                if isinstance(block, Table):
                    return True
                length += len(block.passage.text)
    return filled == 1 and length > PROSE


def _close(out: list[Block], rows: list[list[RawCell]], caption: str, page: int | None, exact: bool) -> None:
    filled = [raw for row in rows for raw in row if raw.blocks]
    if not rows or (not filled and max(map(len, rows)) < 2):
        return
    single = max(map(len, rows)) == 1
    if filled and (len(filled) == 1 or (single and not any(_figure(raw) for raw in filled))):
        for raw in filled:
            out += raw.blocks
        return
    out.append(Table(expand(rows), exact=exact, page=page, caption=caption))


def _figure(raw: RawCell) -> bool:
    return any(
        isinstance(b, Paragraph) and b.text.strip()[:1].isdigit() and len(b.text.strip()) < 12 for b in raw.blocks
    )


def expand(rows: list[list[RawCell]]) -> list[list[Cell | None]]:
    """The grid of `rows`: a spanned cell is the same Cell at every position it covers, None where no cell is."""
    limit = limits()
    grid: list[list[Cell | None]] = []
    carried: dict[int, tuple[Cell, int]] = {}  # column -> the cell that hangs down into this row, rows left
    total = width = 0
    for at, row in enumerate(rows):
        line: list[Cell | None] = []
        left = len(rows) - at
        column = 0
        hanging: dict[int, tuple[Cell, int]] = {}
        for raw in row:
            while column in carried:
                column = _hang(line, column, carried, hanging)
            if column >= limit.columns:
                break
            if raw.rowspan == 1 == raw.colspan:
                line.append(Cell(_passage(raw.blocks), 1, 1, raw.header))
                column += 1
                continue
            down = min(raw.rowspan if raw.rowspan > 0 else left, left)
            cell = Cell(_passage(raw.blocks), down, min(raw.colspan, limit.colspan), raw.header)
            for _ in range(min(cell.colspan, limit.columns - column)):
                if column in carried:  # overlapping spans: the cell from above keeps its place
                    break
                line.append(cell)
                if down > 1:
                    hanging[column] = (cell, down - 1)
                column += 1
        last = max(carried) if carried else -1
        while column <= last:
            if column in carried:
                column = _hang(line, column, carried, hanging)
            else:
                line.append(None)
                column += 1
        carried = hanging
        grid.append(line)
        width = max(width, len(line))
        total += len(line)
        if total > limit.cells:
            raise SourceError("", f"表格超过{limit.cells}格", "请核对该文件是否为年度报告，或拆分后再导入")
    if width * len(grid) > limit.cells:
        raise SourceError("", f"表格超过{limit.cells}格", "请核对该文件是否为年度报告，或拆分后再导入")
    for line in grid:
        if len(line) < width:
            line += [None] * (width - len(line))
    return grid


def _hang(
    line: list[Cell | None], column: int, carried: dict[int, tuple[Cell, int]], hanging: dict[int, tuple[Cell, int]]
) -> int:
    cell, left = carried[column]
    line.append(cell)
    if left > 1:
        hanging[column] = (cell, left - 1)
    return column + 1


def _passage(blocks: list[Block]) -> Passage:
    if not blocks:
        return nowhere()
    if len(blocks) == 1 and isinstance(blocks[0], Paragraph):
        return blocks[0].passage
    return join_passages([b.passage for b in blocks if isinstance(b, Paragraph)], "\n")
