"""Grids put into the shape in which they are read: blocks side by side parted, stacked rows unstacked, turned ones turned."""

from __future__ import annotations

import itertools
import re

from etl.model import Cell, Table
from etl.tables.lexicon import key_of, look_up
from etl.tables.sight import Reader

_ITEM = re.compile(r"(?:(?<=\s)|^)[1-9][.、．](?=[\u4e00-\u9fff])")
_FIGURE_PLACE = re.compile(r"\S+")
_HEADED = 12  # rows among which the header stands: a sheet has the report's title and opening above it


def lines_of(grid: Table) -> list[tuple[int, list[Cell | None]]]:
    """The rows with their numbers; a row whose cells hold several numbered labels and as many figures each is parted."""
    found: list[tuple[int, list[Cell | None]]] = []
    for r, row in enumerate(grid.rows):
        stacked = _stacked(row)
        found += [(r, line) for line in stacked] if stacked else [(r, row)]
    return found


def _stacked(row: list[Cell | None]) -> list[list[Cell | None]]:
    """1.属于国家秘密 2.… in one cell and as many figures in each of the others: one row per label. [] if the row is none such."""
    at: list[int] = []
    label: Cell | None = None
    for cell in row:
        if cell is not None and cell is not label and "1" in cell.passage.text[:2] and len(cell.passage.text) > 10:
            starts = [m.start() for m in _ITEM.finditer(cell.passage.text)]
            numbers = [cell.passage.text[k] for k in starts]
            if len(starts) > 1 and numbers == [str(n + 1) for n in range(len(starts))]:
                label, at = cell, starts
    if label is None:
        return []
    lines: list[list[Cell | None]] = [[] for _ in at]
    after = done = False
    pieces: list[Cell | None] = []
    last: Cell | None = None
    for cell in row:
        if cell is not last or cell is None:
            last = cell
            if cell is label:
                ends = [*at[1:], len(cell.passage.text)]
                pieces = [Cell(cell.passage.slice(a, b), 1, cell.colspan) for a, b in zip(at, ends, strict=True)]
                after = True
            elif cell is None or not after or not cell.passage.text.strip():
                pieces = [cell] * len(at)
            else:
                figures = list(_FIGURE_PLACE.finditer(cell.passage.text))
                if len(figures) != len(at):
                    return []
                pieces = [Cell(cell.passage.slice(m.start(), m.end()), 1, cell.colspan) for m in figures]
                done = True
        for line, piece in zip(lines, pieces, strict=True):
            line.append(piece)
    return lines if done else []


def side_by_side(reader: Reader, grid: Table) -> list[Table]:
    """The column blocks of a grid that prints its header twice in one row (统计指标 | 统计数 | 统计指标 | 统计数), [] if it does not."""
    for row in grid.rows[:_HEADED]:
        places = [c for c, cell in enumerate(row) if cell is not None and (c == 0 or cell is not row[c - 1])]
        texts = [key_of(row[c].passage.text) for c in places]  # type: ignore[union-attr]
        for times in (2, 3):
            size, over = divmod(len(texts), times)
            if over or size < 2 or texts != texts[:size] * times:
                continue
            kinds = {
                n.kind
                for c in places[:size]
                for n in look_up(reader.lexicon, row[c].passage.text, reader.year)  # type: ignore[union-attr]
            }
            if not {"word", "column"} <= kinds:
                continue
            reader.borders = (*places[::size], len(row))
            return _parted(grid, reader.borders)
    if reader.borders and any(row[0] is not None for row in grid.rows) and len(grid.rows[0]) == reader.borders[-1]:
        starts = [row[b] for row in grid.rows for b in reader.borders[1:-1] if row[b] is not None]
        if starts and all(
            not cell.passage.text.strip()[:1].isdecimal() or len(cell.passage.text) > 6 for cell in starts if cell
        ):
            return _parted(grid, reader.borders)  # it goes on after a page break, its header not repeated
    return []


def _parted(grid: Table, borders: tuple[int, ...]) -> list[Table]:
    return [
        Table(
            [[cell if a <= c < b else None for c, cell in enumerate(line)] for line in grid.rows],
            grid.exact,
            grid.page,
            grid.caption,
            grid.source,
            grid.row_pages,
        )
        for a, b in itertools.pairwise(borders)
    ]


def turned(grid: Table) -> Table:
    """The grid with rows and columns changed over."""
    new: dict[int, Cell] = {}
    for row in grid.rows:
        for cell in row:
            if cell is not None and id(cell) not in new:
                new[id(cell)] = Cell(cell.passage, cell.colspan, cell.rowspan, cell.header)
    width = max(map(len, grid.rows), default=0)
    rows = [[None if c >= len(row) or row[c] is None else new[id(row[c])] for row in grid.rows] for c in range(width)]
    return Table(rows, grid.exact, grid.page, grid.caption, grid.source)  # type: ignore[arg-type]
