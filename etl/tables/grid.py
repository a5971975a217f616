"""Statutory tables that came as grids: rows by their label path, columns by their header path, confirmed by order."""

from __future__ import annotations

from etl.model import Passage, Table
from etl.registry import FormGroup, FormRow, FormTable
from etl.tables.columns import bare_table, group_columns, unheaded
from etl.tables.harvest import Harvest, join
from etl.tables.lost import Lost, not_read, take_lost, take_titled
from etl.tables.rows import take
from etl.tables.shape import lines_of, side_by_side, turned
from etl.tables.sight import Header, Reader, is_header, is_heading, label_of, only_group, spots_of

_HEADER_ROWS = 12  # rows of words kept as header: the longest printed one has 3, a merged grid adds headings
_TURNED = 60  # rows and columns of a grid that is read with both changed over


def read_grid(
    reader: Reader, grid: Table, block: int, expected: FormTable | None, above: Passage | None = None
) -> bool:
    """Reads one grid into the harvest. True if it is (part of) a statutory table. `expected`: the table the heading above announces;
    `above`: the short paragraph before it, which may be the label of its only row."""
    blocks = side_by_side(reader, grid)
    if blocks:
        reader.blocks += blocks
        read: list[bool] = []
        for one in blocks:
            read.append(read_grid(reader, one, block, expected))
            # Whether the next block goes on where this one ends, or where the one on the page before ended, nothing tells.
            reader.group = reader.last = None
        return any(read)
    taken = 0
    lost: list[Lost] = []
    carried = reader.header
    reader.header = Header(owner=grid)
    for r, row in lines_of(grid):
        spots = spots_of(reader, row)
        if not spots:
            continue
        labels, name = label_of(reader, spots)
        valued = any(s.status in ("reported", "not_applicable", "unreadable") for s in spots)
        blank_row = name is not None and any(s.status == "blank" for s in spots)
        if name is not None and (valued or blank_row) and not (is_header(spots, name) and not valued):
            row_form = name.item
            assert isinstance(row_form, FormRow)
            if not reader.header.spots and carried.spots:
                reader.header = carried  # a table parted by a page break, its header not repeated
            reader.header.open = False
            for waiting in reversed(lost):
                if waiting.after is not None:
                    break
                waiting.after = row_form
            if not valued and only_group(spots, labels, name):
                continue
            taken += take(reader, grid, name.table, row_form, labels, spots, block, r)
            reader.last = row_form
            heads = [n.item.id for n in labels[-1].names if n.kind == "group" and isinstance(n.item, FormGroup)]
            reader.group = heads[0] if heads else row_form.group
            continue
        if name is not None and not valued and not reader.header.open and len(spots) == 1:
            continue  # 3.其他, whose figures are lost, is no header
        if not valued and not (not labels and all(s.status == "blank" for s in spots)):
            if not reader.header.open and not is_heading(reader, spots):
                reader.header = Header(owner=grid)
            if reader.header.open:
                reader.header.rows.append(row)
                reader.header.spots.append(spots)
                if len(reader.header.rows) > _HEADER_ROWS:
                    del reader.header.rows[0], reader.header.spots[0]
            for spot in labels:
                for n in spot.names:
                    if n.kind == "group" and isinstance(n.item, FormGroup):
                        reader.group = n.item.id
            continue
        columns = group_columns(reader, labels) or unheaded(reader, labels, spots, expected)
        if columns:
            reader.header.open = False
            table = next(t for t in reader.lexicon.tables if columns[0][1] in t.columns)
            taken += take(reader, grid, table, None, labels, spots, block, r, columns)
            continue
        bare = bare_table(reader, labels, carried)
        if bare is not None:
            reader.header.open = False
            taken += take(reader, grid, bare, None, labels, spots, block, r)
            continue
        if valued:
            for spot in labels:
                for n in spot.names:
                    if n.kind == "group" and isinstance(n.item, FormGroup):
                        reader.group = n.item.id
            if any(s.status in ("reported", "unreadable") for s in spots):
                reader.header.open = False
                lost.append(Lost(reader.last, None, spots, labels, reader.header, r))
    if not taken and above is not None and len(lost) == 1 and take_titled(reader, grid, lost[0], above, block):
        return True
    if not taken and _read_turned(reader, grid, block, expected):
        return True
    if not taken:
        if expected is not None:
            not_read(reader, expected, grid, block, lost)
        return expected is not None and bool(lost)
    for row_lost in lost:
        take_lost(reader, grid, row_lost, block)
    return True


def _read_turned(reader: Reader, grid: Table, block: int, expected: FormTable | None) -> bool:
    """Reads a grid whose labels stand in its columns and whose header stands in its rows. True if it was one."""
    if reader.turned or len(grid.rows) > _TURNED or any(len(row) > _TURNED for row in grid.rows):
        return False
    figures = {id(cell) for row in grid.rows for cell in row if cell and cell.passage.text.strip().isdecimal()}
    if not figures:
        return False
    other = Reader(reader.lexicon, reader.year, Harvest(), turned=True)
    if not read_grid(other, turned(grid), block, None):
        return False
    taken = [*other.harvest.observations.values(), *other.harvest.rivals]
    if sum(o.value is not None for o in taken) * 2 < len(figures):
        return False  # a word of the header happens to name a row
    for at in [o.locator for o in taken] + [f.locator for f in other.harvest.findings]:
        if "row" in at and "column" in at:
            at["row"], at["column"] = at["column"], at["row"]
    join(reader.harvest, other.harvest)
    return True
