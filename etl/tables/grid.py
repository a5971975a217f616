"""Statutory tables that came as grids: rows by their label path, columns by their header path, confirmed by order."""

from __future__ import annotations

import difflib
import itertools
import re
from dataclasses import dataclass, field
from typing import Any

from etl.model import Cell, Passage, Table
from etl.normalise import WHOLE
from etl.registry import FormColumn, FormGroup, FormRow, FormTable
from etl.tables.harvest import Harvest, claim, group_sum, join, leave, metric_of
from etl.tables.lexicon import Lexicon, Name, key_of, look_up, read_value

_HEADER_ROWS = 12  # rows of words kept as header: the longest printed one has 3, a merged grid adds headings
_TURNED = 60  # rows and columns of a grid that is read with both changed over
_ITEM = re.compile(r"(?:(?<=\s)|^)[1-9][.、．](?=[\u4e00-\u9fff])")
_FIGURE_PLACE = re.compile(r"\S+")
_ALIKE = 0.6  # share of a lost or truncated label that must agree with the one the order asks for


@dataclass(slots=True)
class Spot:
    """One printed cell in its row: first column, status of its content, names when it holds words."""

    column: int
    cell: Cell
    status: str  # blank, reported, not_applicable, unreadable, text
    value: int | float | None
    unit: str | None
    names: tuple[Name, ...] = ()


@dataclass(slots=True)
class Header:
    """The header in force: rows of the grid that make it up, and per table its value columns in printed order."""

    rows: list[list[Cell | None]] = field(default_factory=list)
    spots: list[list[Spot]] = field(default_factory=list)
    columns: dict[int, list[tuple[int, FormColumn | None]]] = field(default_factory=dict)
    open: bool = True  # still being read
    owner: Table | None = None  # the grid that prints it


@dataclass(slots=True)
class Reader:
    """State that goes from row to row, and from one grid to its continuation on the next page."""

    lexicon: Lexicon
    year: int | None
    harvest: Harvest
    header: Header = field(default_factory=Header)
    group: str | None = None
    last: FormRow | None = None
    padding: dict[tuple[int, int], str | None] = field(default_factory=dict)
    valued: set[int] = field(default_factory=set)  # id() of value cells taken, to notice cells merged over rows
    borders: tuple[int, ...] = ()  # of the column blocks of the grid before
    blocks: list[Table] = field(default_factory=list)  # those read, so that no id() above is given twice
    turned: bool = False  # the grid is read with rows and columns changed over


@dataclass(slots=True)
class Lost:
    """A data row whose label no form knows, between the rows known before and after it."""

    before: FormRow | None
    table: FormTable | None
    spots: list[Spot]
    labels: list[Spot]
    header: Header
    r: int
    after: FormRow | None = None


def read_grid(
    reader: Reader, grid: Table, block: int, expected: FormTable | None, above: Passage | None = None
) -> bool:
    """Reads one grid into the harvest. True if it is (part of) a statutory table. `expected`: the table the heading above announces;
    `above`: the short paragraph before it, which may be the label of its only row."""
    blocks = _side_by_side(reader, grid)
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
    for r, row in _lines(grid):
        spots = _spots(reader, row)
        if not spots:
            continue
        labels, name = _label(reader, spots)
        valued = any(s.status in ("reported", "not_applicable", "unreadable") for s in spots)
        blank_row = name is not None and any(s.status == "blank" for s in spots)
        if name is not None and (valued or blank_row) and not (_is_header(spots, name) and not valued):
            row_form = name.item
            assert isinstance(row_form, FormRow)
            if not reader.header.spots and carried.spots:
                reader.header = carried  # a table parted by a page break, its header not repeated
            reader.header.open = False
            for waiting in reversed(lost):
                if waiting.after is not None:
                    break
                waiting.after = row_form
            if not valued and _only_group(spots, labels, name):
                continue
            taken += _take(reader, grid, name.table, row_form, labels, spots, block, r)
            reader.last = row_form
            heads = [n.item.id for n in labels[-1].names if n.kind == "group" and isinstance(n.item, FormGroup)]
            reader.group = heads[0] if heads else row_form.group
            continue
        if not valued and not (not labels and all(s.status == "blank" for s in spots)):
            if not reader.header.open and not _is_heading(reader, spots):
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
        columns = _group_columns(reader, labels) or _unheaded(reader, labels, spots, expected)
        if columns:
            reader.header.open = False
            table = next(t for t in reader.lexicon.tables if columns[0][1] in t.columns)
            taken += _take(reader, grid, table, None, labels, spots, block, r, columns)
            continue
        bare = _bare_table(reader, labels, carried)
        if bare is not None:
            reader.header.open = False
            taken += _take(reader, grid, bare, None, labels, spots, block, r)
            continue
        if valued:
            for spot in labels:
                for n in spot.names:
                    if n.kind == "group" and isinstance(n.item, FormGroup):
                        reader.group = n.item.id
            if any(s.status in ("reported", "unreadable") for s in spots):
                reader.header.open = False
                lost.append(Lost(reader.last, None, spots, labels, reader.header, r))
    if not taken and above is not None and len(lost) == 1 and _take_titled(reader, grid, lost[0], above, block):
        return True
    if not taken and _read_turned(reader, grid, block, expected):
        return True
    if not taken:
        if expected is not None:
            _not_read(reader, expected, grid, block, lost)
        return expected is not None and bool(lost)
    for row_lost in lost:
        _take_lost(reader, grid, row_lost, block)
    return True


def _lines(grid: Table) -> list[tuple[int, list[Cell | None]]]:
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


def _side_by_side(reader: Reader, grid: Table) -> list[Table]:
    """The column blocks of a grid that prints its header twice in one row (统计指标 | 统计数 | 统计指标 | 统计数), [] if it does not."""
    for row in grid.rows[:4]:
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


def _turned(grid: Table) -> Table:
    """The grid with rows and columns changed over."""
    new: dict[int, Cell] = {}
    for row in grid.rows:
        for cell in row:
            if cell is not None and id(cell) not in new:
                new[id(cell)] = Cell(cell.passage, cell.colspan, cell.rowspan, cell.header)
    width = max(map(len, grid.rows), default=0)
    rows = [[None if c >= len(row) or row[c] is None else new[id(row[c])] for row in grid.rows] for c in range(width)]
    return Table(rows, grid.exact, grid.page, grid.caption, grid.source)  # type: ignore[arg-type]


def _read_turned(reader: Reader, grid: Table, block: int, expected: FormTable | None) -> bool:
    """Reads a grid whose labels stand in its columns and whose header stands in its rows. True if it was one."""
    if reader.turned or len(grid.rows) > _TURNED or any(len(row) > _TURNED for row in grid.rows):
        return False
    if not any(cell is not None and cell.passage.text.strip().isdecimal() for row in grid.rows for cell in row):
        return False
    other = Reader(reader.lexicon, reader.year, Harvest(), turned=True)
    if not read_grid(other, _turned(grid), block, None):
        return False
    taken = [*other.harvest.observations.values(), *other.harvest.rivals]
    for at in [o.locator for o in taken] + [f.locator for f in other.harvest.findings]:
        if "row" in at and "column" in at:
            at["row"], at["column"] = at["column"], at["row"]
    join(reader.harvest, other.harvest)
    return True


def _spots(reader: Reader, row: list[Cell | None]) -> list[Spot]:
    spots: list[Spot] = []
    seen: Cell | None = None
    for c, cell in enumerate(row):
        if cell is None or cell is seen:
            continue
        seen = cell
        text = cell.passage.text
        status, value, unit = read_value(reader.lexicon, text)
        names = look_up(reader.lexicon, text, reader.year) if status == "text" else ()
        spots.append(Spot(c, cell, status, value, unit, names))
    if all(s.status == "blank" for s in spots) and not reader.header.spots:
        return []
    return spots


def _label(reader: Reader, spots: list[Spot]) -> tuple[list[Spot], Name | None]:
    """The leading cells with words, and the row of a form that they name together, if any."""
    labels: list[Spot] = []
    for spot in spots:
        if spot.status == "text":
            if any(n.kind == "column" for n in spot.names) and labels and not any(n.kind == "row" for n in spot.names):
                break
            labels.append(spot)
        elif spot.status != "blank":
            if spot.status == "reported" and not labels and len(spots) > 2 and spots[1].status == "text":
                continue  # a column of running numbers before the labels (序号)
            break
    while len(labels) > 1 and _is_unit(reader, labels[-1]):
        labels.pop()  # the 计量单位 column of the 2014 and local forms
    if not labels:
        return labels, None
    groups = [n.item.id for s in labels[:-1] for n in s.names if n.kind == "group" and isinstance(n.item, FormGroup)]
    rows = [n for n in labels[-1].names if n.kind == "row"]
    if not rows and len(labels) > 1 and not labels[-1].names:
        stacked = "".join(s.cell.passage.text for s in labels[-2:])
        rows = [n for n in look_up(reader.lexicon, stacked, reader.year) if n.kind == "row"]
        groups = groups[:-1] if rows else groups
    fitting = [n for n in rows if _fits(reader, n, labels[-1].cell, groups)]
    return labels, fitting[0] if len({id(n.item) for n in fitting}) == 1 else None


def _is_unit(reader: Reader, spot: Spot) -> bool:
    """Whether a cell holds a unit alone; a narrow column breaks 人次 over two lines."""
    if spot.status != "text" or spot.names or len(spot.cell.passage.text) > 8:
        return False
    return reader.lexicon.number.fullmatch("1" + spot.cell.passage.text.replace(" ", "")) is not None


def _fits(reader: Reader, name: Name, cell: Cell, groups: list[str]) -> bool:
    """Whether a row may stand here: 其他 and 总计 also name columns and subtotals, so they need their number, group or place."""
    row, table = name.item, name.table
    assert isinstance(row, FormRow)
    parents = {g.id: g.parent for g in table.groups}
    known = [g for g in groups if g in parents]
    if row.instead_of:
        # The undivided row names its group; a group that goes on over rows has lost its sub-labels.
        return cell.rowspan <= 1 and reader.last is not row
    text = cell.passage.text
    if known and row.group and known[-1] != row.group and parents.get(known[-1]) == row.group:
        return text.startswith(row.label[:3])
    if row.needs_group:
        group = known[-1] if known else reader.group
        own = next((g.label for g in table.groups if g.id == row.group), "")
        return group == row.group or (len(key_of(own)) > 1 and key_of(text).startswith(key_of(own)))
    shared = any(n.kind == "column" for n in reader.lexicon.exact.get(key_of(text), ()))
    if shared and not text.startswith(row.label[:3]):
        order = reader.lexicon.orders[table.number]
        before = [r for r in table.rows if order[r.key] < order[row.key]]
        return reader.last in before[-2:] or (bool(before) and reader.last is not None and bool(reader.last.instead_of))
    return True


def _is_header(spots: list[Spot], name: Name) -> bool:
    """A row of words only, of which at least two are columns of the same table, heads the table."""
    return sum(any(n.kind == "column" and n.table is name.table for n in s.names) for s in spots[1:]) >= 2


def _is_heading(reader: Reader, spots: list[Spot]) -> bool:
    """Whether a row without figures is a heading between the rows of a table (二、回应解读情况), so that its header goes on."""
    filled = [s for s in spots if s.status == "text"]
    if len(filled) != 1:
        return False
    names = filled[0].names
    if names:
        return all(n.kind == "group" and n.table.rows for n in names)
    return reader.last is not None and any(t.open and reader.last in t.rows for t in reader.lexicon.tables)


def _group_columns(reader: Reader, labels: list[Spot]) -> list[tuple[int, FormColumn | None]]:
    """The columns of the group of columns that a row names (行政复议 | 5 cells), where the header prints one group's columns."""
    for name in labels[-1].names if labels else ():
        table, group = name.table, name.item
        if name.kind != "group" or table.rows or not isinstance(group, FormGroup):
            continue
        leaves = [
            s
            for spots in reader.header.spots
            for s in spots
            if any(n.kind == "column" and n.table is table for n in s.names)
        ]
        columns = [(s.column, _column_named(s.names, table, [group.id])) for s in leaves]
        wanted = [c for c in table.columns if c.group == group.id]
        if len(columns) == len(wanted) and {c.id for _, c in columns if c} == {c.id for c in wanted}:
            return columns
    return []


def _unheaded(
    reader: Reader, labels: list[Spot], spots: list[Spot], expected: FormTable | None
) -> list[tuple[int, FormColumn | None]]:
    """The form's own columns for a row of bare figures below the heading of a table without row labels, if its sums hold."""
    if expected is None or expected.rows or labels or reader.header.spots:
        return []
    filled = [s for s in spots if s.status != "blank"]
    if len(filled) != len(expected.columns) or not adds_up(expected, list(expected.columns), [s.value for s in filled]):
        return []
    return [(s.column, c) for s, c in zip(filled, expected.columns, strict=True)]


def adds_up(table: FormTable, columns: list[FormColumn], values: list[int | float | None]) -> bool:
    """Whether a row's figures fit all sums along the columns, and there are such sums. A cell without figure counts as zero."""
    at = {c.id: value or 0 for c, value in zip(columns, values, strict=True)}
    sums = [s for s in table.sums if s.along == "columns" and all(c in at for c in (*s.total, *s.parts))]
    return bool(sums) and all(round(sum(at[c] for c in s.total) - sum(at[c] for c in s.parts), 6) == 0 for s in sums)


def _only_group(spots: list[Spot], labels: list[Spot], name: Name) -> bool:
    """（六）其他处理 alone in a row above its parts is a heading, not the undivided row."""
    return (
        isinstance(name.item, FormRow)
        and any(n.kind == "group" for n in labels[-1].names)
        and not any(s.status == "blank" for s in spots)
    )


def _columns(reader: Reader, header: Header, table: FormTable, exact: bool) -> list[tuple[int, FormColumn | None]]:
    """Value columns of `table` under `header` in printed order: first grid column and the form's column (None: unknown header)."""
    known = header.columns.get(table.number)
    if known is None:
        known = _by_position(reader, header, table) if exact else _by_reading(reader, header, table)
        header.columns[table.number] = known
    return known


def _column_named(names: tuple[Name, ...], table: FormTable, groups: list[str]) -> FormColumn | None:
    fitting = [n.item for n in names if n.kind == "column" and n.table is table and isinstance(n.item, FormColumn)]
    if len(fitting) > 1:
        fitting = [c for c in fitting if c.group in groups]
    return fitting[0] if len(fitting) == 1 else None


def _by_position(reader: Reader, header: Header, table: FormTable) -> list[tuple[int, FormColumn | None]]:
    width = max((len(row) for row in header.rows), default=0)
    found: list[tuple[int, FormColumn | None, tuple[int, ...]]] = []
    for c in range(width):
        path: list[Cell] = []
        for row in header.rows:
            cell = row[c] if c < len(row) else None
            if cell is not None and (not path or path[-1] is not cell) and cell.passage.text.strip():
                path.append(cell)
        groups = [
            n.item.id
            for row in header.rows
            for n in _name_left(reader, row, c)
            if n.kind == "group" and n.table is table and isinstance(n.item, FormGroup)
        ]
        texts = [cell.passage.text for cell in path]
        column = None
        for end in range(len(texts), 0, -1):
            for start in range(end - 1, max(end - 4, -1), -1):
                joined = "".join(texts[start:end])
                column = column or _column_named(look_up(reader.lexicon, joined, reader.year), table, groups[::-1])
            if column:
                break
        found.append((c, column, tuple(id(cell) for cell in path)))
    first = next((n for n, f in enumerate(found) if f[1] is not None), None)
    if first is None:
        return _by_order(reader, header, table)
    if not table.rows:
        first = 0  # every column of a table without row labels holds figures
    columns: list[tuple[int, FormColumn | None]] = []
    last_path: tuple[int, ...] | None = None
    for c, column, path_ids in found[first:]:
        if path_ids and path_ids == last_path:
            continue
        if not path_ids and column is None:
            continue
        columns.append((c, column))
        last_path = path_ids
    named = [column.id for _, column in columns if column is not None]
    if not any(row.cells for row in table.rows) and (len(set(named)) < len(named) or len(named) < len(columns)):
        # A group's label is lost: what is left may still be the form's columns in its own order.
        ordered = _by_order(reader, header, table)
        if ordered and all((c, column) in ordered for c, column in columns if column is not None):
            return ordered
        columns = [(c, column if column is None or named.count(column.id) == 1 else None) for c, column in columns]
    return _completed(columns, table)


def _name_left(reader: Reader, row: list[Cell | None], c: int) -> tuple[Name, ...]:
    """Names of the header cell at column `c`, or of its left neighbour where the file leaves merged places empty."""
    for k in range(min(c, len(row) - 1), -1, -1):
        cell = row[k]
        if cell is not None and (cell.passage.text.strip() or cell.colspan > 1):
            return look_up(reader.lexicon, cell.passage.text, reader.year)
    return ()


def _completed(columns: list[tuple[int, FormColumn | None]], table: FormTable) -> list[tuple[int, FormColumn | None]]:
    """One unknown header among all the form's columns in order can only be the one that is left."""
    if (table.rows and any(r.cells for r in table.rows)) or len(columns) != len(table.columns):
        return columns
    wrong = [n for n, (_, c) in enumerate(columns) if c is not table.columns[n]]
    if len(wrong) == 1 and columns[wrong[0]][1] is None:
        columns[wrong[0]] = (columns[wrong[0]][0], table.columns[wrong[0]])
    return columns


def _by_order(reader: Reader, header: Header, table: FormTable) -> list[tuple[int, FormColumn | None]]:
    """Columns of a table whose groups are lost, when the header's words are the form's in its own order (table 4)."""
    if table.rows:
        return []
    met = {
        id(s.cell): s
        for spots in header.spots
        for s in spots
        if any(n.kind == "column" and n.table is table for n in s.names)
    }
    words = sorted(met.values(), key=lambda s: s.column)
    labels = [key_of(s.cell.passage.text) for s in words]
    if len(words) == len(table.columns) and all(
        any(n.item is column for n in s.names) for s, column in zip(words, table.columns, strict=True)
    ):
        return [(s.column, column) for s, column in zip(words, table.columns, strict=True)] if labels else []
    return []


def _by_reading(reader: Reader, header: Header, table: FormTable) -> list[tuple[int, FormColumn | None]]:
    """Columns of a grid made from marks: header words in reading order, a group's own words put in its place."""
    lines = [
        [
            s
            for s in spots
            if s.names and any(n.kind in ("column", "group", "word") and n.table is table for n in s.names)
        ]
        for spots in header.spots
    ]
    groups: list[str] = []
    leaves: list[Spot] = []
    for line in lines:
        for spot in line:
            for n in spot.names:
                if n.kind == "group" and n.table is table and isinstance(n.item, FormGroup):
                    groups.append(n.item.id)
            if any(n.kind == "column" and n.table is table for n in spot.names):
                leaves.append(spot)
    if not leaves:
        return []
    last = [s for s in lines[-1] if any(n.kind == "column" and n.table is table for n in s.names)]
    if len(last) == len(table.columns) and last == lines[-1][-len(last) :] and not any(r.cells for r in table.rows):
        leaves, lines = last, [last]  # every span printed again in the line below it
    if any(c.group for c in table.columns):
        if not groups or len(leaves) % len(groups):
            return []
        listed = list(dict.fromkeys(c.group for c in table.columns))
        if [g for g in listed if g in groups] != groups:
            return _by_position(reader, header, table) if len({len(row) for row in header.rows}) == 1 else []
        size = len(leaves) // len(groups)
        return [(n, _column_named(s.names, table, [groups[n // size]])) for n, s in enumerate(leaves)]
    # 自然人 | 法人或其他组织 | 总计 over 商业企业 … 其他: the second line stands in the place of the word above it.
    with_leaves = [
        line for line in lines if any(n.kind == "column" and n.table is table for s in line for n in s.names)
    ]
    order: list[Spot] = list(with_leaves[0])
    if len(with_leaves) == 1 and _covering(order) is not None:
        return _line_by_line(with_leaves, table)  # two lines of the header run together
    for line in with_leaves[1:]:
        at = _covering(order)
        if at is None:
            return _line_by_line(with_leaves, table)
        order[at : at + 1] = line
    columns = [(s, _column_named(s.names, table, [])) for s in order]
    return [(n, column) for n, (_, column) in enumerate(columns) if column is not None]


def _covering(line: list[Spot]) -> int | None:
    """Place of the word after a column's name in a line of the header: other columns stand under it."""
    named = [any(n.kind == "column" for n in s.names) for s in line]
    return next((n for n, is_column in enumerate(named) if not is_column and any(named[:n])), None)


def _line_by_line(lines: list[list[Spot]], table: FormTable) -> list[tuple[int, FormColumn | None]]:
    """The form's columns when the word that the second line stands under is lost, but all words are there in the form's order."""
    said = [_column_named(s.names, table, []) for line in lines for s in line]
    last = table.columns[-1]
    if [c for c in said if c is not last] == list(table.columns[:-1]) and said.count(last) == 1:
        return list(enumerate(table.columns))
    return []


def _bare_table(reader: Reader, labels: list[Spot], carried: Header) -> FormTable | None:
    """The table without row labels (table 4) whose header is in force, for a row that holds values only."""
    if any(n.kind in ("row", "heading") for s in labels for n in s.names):
        return None
    for table in reader.lexicon.tables:
        if table.rows:
            continue
        for header in (reader.header, carried):
            names = {
                id(n.item)
                for spots in header.spots
                for s in spots
                for n in s.names
                if n.kind == "column" and n.table is table
            }
            if len(names) * 3 >= len(table.columns):
                if header is not reader.header and reader.header.spots:
                    continue
                reader.header = header
                return table
    return None


def _take(
    reader: Reader,
    grid: Table,
    table: FormTable,
    row: FormRow | None,
    labels: list[Spot],
    spots: list[Spot],
    block: int,
    r: int,
    columns: list[tuple[int, FormColumn | None]] | None = None,
) -> int:
    """Puts the values of one row in; the number of cells claimed. `columns` where the caller knows them better than the header."""
    known = columns is not None
    columns = columns or _columns(reader, reader.header, table, grid.exact)
    after = labels[-1].column if labels else -1
    values = [s for s in spots if s.column > after and not _is_unit(reader, s)]
    shifted = False
    if grid.exact and not known:
        # Where the header is that of another grid, or a figure stands below the header of the labels, places mean nothing.
        first = min((c for c, _ in columns), default=after + 1)
        shifted = reader.header.owner is not grid or any(
            _under_label(reader.header, s.column, after) for s in values if s.column < first and s.status == "reported"
        )
        if not shifted:
            values = [s for s in spots if s.column >= first and s.column > after]
    values = [s for s in values if s.status != "text" or s not in labels]
    if not columns and row is not None and not row.cells:
        if not grid.exact and len(values) > len(table.columns):
            values = [s for s in values if s.status != "blank"]
        columns = _without_header(reader, table, values)
    if row is None and len([v for v in values if v.status != "blank"]) == 0 and not columns:
        return 0
    quote = _quote(spots)
    pairs = _pair(reader, grid, columns, values) if not shifted or len(values) == len(columns) else None
    claimed = 0
    if pairs is None:
        if not any(c for _, c in columns):
            if row is not None and not row.cells and table.number in reader.harvest.found:
                reader.harvest.doubtful.add(table.number)
                if values:
                    message = f"表{table.number}的表头不明，这一行未取数：{quote[:60]}"
                    leave(
                        reader.harvest,
                        table,
                        "unreadable_row",
                        message,
                        quote,
                        _locator(grid, table, values[0], block, r),
                    )
            return 0
        reader.harvest.doubtful.add(table.number)
        locator = _locator(grid, table, values[0] if values else spots[0], block, r)
        leave(
            reader.harvest,
            table,
            "unreadable_row",
            f"表{table.number}的这一行有{len(values)}格，与表头的列数不符，未取数",
            quote,
            locator,
        )
        for _, column in columns:
            if column is not None and metric_of(row, column):
                claim(reader.harvest, table, row, column, "unreadable", None, None, quote, quote, locator)
        return 0
    for column, spot in pairs:
        locator = _locator(grid, table, spot, block, r)
        status, value, unit = spot.status, spot.value, spot.unit
        raw = _raw(spot.cell.passage)
        if status == "text":
            status = "unreadable"
        if status not in ("blank",) and id(spot.cell) in reader.valued and spot.cell.rowspan > 1:
            status, value = "unreadable", None  # one figure printed for several rows
        if status == "reported":
            reader.valued.add(id(spot.cell))
        if column is not None and claim(reader.harvest, table, row, column, status, value, unit, raw, quote, locator):
            claimed += 1
            if status == "unreadable":
                reader.harvest.doubtful.add(table.number)
        elif row is not None and not row.cells and row.metric is None and column is not None:
            claimed += 1
            if spot.status != "blank":
                leave(
                    reader.harvest,
                    table,
                    "local_extra",
                    f"地方表的“{row.label}”没有登记的指标，数值 {raw.strip()} 未收录",
                    quote,
                    locator,
                )
        elif spot.status not in ("blank", "not_applicable"):
            reader.harvest.doubtful.add(table.number)
            leave(
                reader.harvest,
                table,
                "unclaimed_cell",
                f"表{table.number}有一格未能对应表式中的列：{raw.strip()}",
                quote,
                locator,
            )
    return claimed


def _under_label(header: Header, column: int, label: int) -> bool:
    """Whether a header cell covers both places: what stands at `column` is shifted, not a column of codes beside the labels."""
    return any(
        label >= 0 and column < len(row) and row[column] is not None and row[column] is row[label]
        for row in header.rows
    )


def _without_header(reader: Reader, table: FormTable, values: list[Spot]) -> list[tuple[int, FormColumn | None]]:
    """The form's own column order for a table whose header is lost: only where the row has exactly that many cells, they
    add up, and what is left of the header does not say another order."""
    wanted = list(table.columns)
    if len(wanted) != len(values) or len(wanted) < 3 or any(c.ignored for c in wanted):
        return []
    whole = {key_of(c.label): c for c in wanted}
    named = [whole.get(key_of(s.cell.passage.text)) for spots in reader.header.spots for s in spots]
    said = [wanted.index(c) for c in named if c is not None and c is not wanted[-1]]
    if said != sorted(said) or not adds_up(table, wanted, [s.value for s in values]):
        return []
    return [(s.column, c) for s, c in zip(values, wanted, strict=True)]


def _pair(
    reader: Reader, grid: Table, columns: list[tuple[int, FormColumn | None]], values: list[Spot]
) -> list[tuple[FormColumn | None, Spot]] | None:
    """Which value belongs to which column, None where that is not certain."""
    if not columns or not any(c for _, c in columns):
        return None
    filled = [v for v in values if v.status != "blank"]
    if not grid.exact and len(filled) == len(columns):
        values = filled  # every column has its figure: the empty cells are traces of spans
    elif not grid.exact and len(values) > len(columns):
        side = _padding(reader, grid, len(columns)) or _aligned(reader, grid, [c for _, c in columns])
        extra = len(values) - len(columns)
        before, after = values[:extra], values[-extra:]
        if side == "after" and all(v.status == "blank" for v in after):
            values = values[:-extra]
        elif side == "before" and all(v.status == "blank" for v in before):
            values = values[extra:]
        else:
            return None
    if len(values) == len(columns):
        return [(column, spot) for (_, column), spot in zip(columns, values, strict=True)]
    if not grid.exact:
        return None
    pairs: list[tuple[FormColumn | None, Spot]] = []
    met: set[int] = set()
    for spot in values:
        span = range(spot.column, spot.column + max(spot.cell.colspan, 1))
        under = [n for n, (c, _) in enumerate(columns) if c in span]
        met.update(under)
        if len(under) > 1 and spot.status not in ("blank", "not_applicable"):
            return None
        if not under:
            if spot.status == "blank":
                continue
            return None
        pairs += [(columns[n][1], spot) for n in under]
    if len(pairs) != len(met):
        return None
    gone = [n for n, (_, c) in enumerate(columns) if n not in met and c is not None and not c.optional]
    # Where the row ends too early a cell is lost, and nothing tells that it was the last one.
    return None if gone and any(s.status != "blank" for _, s in pairs) else pairs


def _padding(reader: Reader, grid: Table, width: int) -> str | None:
    """Where the rows of a grid made from marks keep the traces of spans: after or before the values; None where rows differ.

    Told by the rows that have exactly `width` filled cells after their label.
    """
    at = (id(grid), width)
    if at not in reader.padding:
        sides: set[str] = set()
        for row in grid.rows:
            spots = _spots(reader, row)
            words = [n for n, s in enumerate(spots) if s.status == "text"]
            values = spots[words[-1] + 1 :] if words else spots
            filled = [n for n, s in enumerate(values) if s.status != "blank"]
            if len(filled) == width < len(values) and filled[-1] - filled[0] == width - 1:
                if filled[0]:
                    sides.add("before")
                if filled[-1] < len(values) - 1:
                    sides.add("after")
        reader.padding[at] = sides.pop() if len(sides) == 1 else None
    return reader.padding[at]


def _aligned(reader: Reader, grid: Table, columns: list[FormColumn | None]) -> str | None:
    """Where no row is full: "before" if all rows have as many cells and each of the last columns stands under its own name."""
    first = len(grid.rows[0]) - len(columns)
    if first < 0 or any(row[-1] is None for row in grid.rows):
        return None
    named = {(s.column, id(n.item)) for spots in reader.header.spots for s in spots for n in s.names}
    return "before" if all((first + n, id(column)) in named for n, column in enumerate(columns)) else None


def _take_lost(reader: Reader, grid: Table, row: Lost, block: int) -> None:
    """A row with a truncated or misread label between two known ones is the one between them in the form, if it looks like it."""
    label = key_of(row.labels[-1].cell.passage.text) if row.labels else ""
    for table in reader.lexicon.tables:
        order = reader.lexicon.orders[table.number]
        if row.before is None or row.after is None or row.before.key not in order or row.after.key not in order:
            continue
        between = [
            r for r in table.rows if order[row.before.key] < order[r.key] < order[row.after.key] and not r.instead_of
        ]
        if len(between) == 1 and 0 < len(label) <= 90 and not row.labels[-1].names:
            alike = difflib.SequenceMatcher(None, label, key_of(between[0].label)).ratio()
            if alike >= _ALIKE and between[0].key not in reader.harvest.rows.get(table.number, ()):
                header, reader.header = reader.header, row.header
                _take(reader, grid, table, between[0], row.labels, row.spots, block, row.r)
                reader.header = header
                return
    if _is_subtotal(reader, grid, row):
        return
    found = [t for t in reader.lexicon.tables if t.number in reader.harvest.found]
    known = [t for t in found if row.before is not None and any(r is row.before for r in t.rows)] or found
    if not known:
        return
    table = known[0]
    first = next((s for s in row.spots if s.status not in ("text", "blank")), row.spots[0])
    quote = _quote(row.spots)
    local = table.open
    if not local:
        reader.harvest.doubtful.add(table.number)
    leave(
        reader.harvest,
        table,
        "local_extra" if local else "unclaimed_cell",
        f"表{table.number}有一行不在表式之内，未收录：{quote[:60]}",
        quote,
        _locator(grid, table, first, block, row.r),
    )


def _take_titled(reader: Reader, grid: Table, row: Lost, above: Passage, block: int) -> bool:
    """One small table per row, whose label stands in the paragraph above it: a header and one line of figures."""
    if row.labels or not above.text.strip():
        return False
    cell = Cell(above)
    names = [n for n in look_up(reader.lexicon, above.text, reader.year) if n.kind == "row" and n.table.rows]
    names = [n for n in names if _fits(reader, n, cell, [])]
    if len({id(n.item) for n in names}) != 1 or not isinstance(names[0].item, FormRow):
        return False
    label = Spot(-1, cell, "text", None, None)
    header, reader.header = reader.header, row.header
    taken = _take(reader, grid, names[0].table, names[0].item, [label], [label, *row.spots], block, row.r)
    reader.header, reader.last, reader.group = header, names[0].item, names[0].item.group
    return taken > 0


def _is_subtotal(reader: Reader, grid: Table, row: Lost) -> bool:
    """Whether the row is a group's own line (（三）不予公开) that repeats the sum of its rows."""
    for name in row.labels[-1].names if row.labels else ():
        group = name.item
        if name.kind != "group" or not isinstance(group, FormGroup) or not name.table.rows:
            continue
        members = [m.metric for m in name.table.rows if m.group == group.id and m.metric and not m.instead_of]
        columns = _columns(reader, row.header, name.table, grid.exact)
        values = [s for s in row.spots if s.column > row.labels[-1].column and s.status != "blank"]
        if not members or len(values) != len(columns):
            return False
        return all(
            column is not None and spot.value == group_sum(reader.harvest, members, column)
            for (_, column), spot in zip(columns, values, strict=True)
        )
    return False


def _not_read(reader: Reader, table: FormTable, grid: Table, block: int, lost: list[Lost]) -> None:
    """A grid stands under the heading of `table` and nothing in it could be bound to the form."""
    if not lost:
        return
    reader.harvest.found.add(table.number)
    reader.harvest.doubtful.add(table.number)
    for row in lost:
        first = next((s for s in row.spots if s.status not in ("text", "blank")), row.spots[0])
        quote = _quote(row.spots)
        leave(
            reader.harvest,
            table,
            "unclaimed_cell",
            f"表{table.number}不合表式，这一行未能对应行和列：{quote[:60]}",
            quote,
            _locator(grid, table, first, block, row.r),
        )


def _quote(spots: list[Spot]) -> str:
    raws = [_raw(s.cell.passage) for s in spots]
    return " | ".join([raw if raw.isalnum() else " ".join(raw.split()) for raw in raws])


def _plain(passage: Passage) -> Passage | None:
    """The printed passage of one that normalising left as long as it was and in one piece: nearly every cell of a file."""
    base = passage.base
    if (
        base is not None
        and base.base is None
        and len(passage.starts) == len(base.starts) == 1
        and passage.origins[0] == 0
        and len(base.text) == len(passage.text)
    ):
        return base
    return None


def _raw(passage: Passage) -> str:
    if passage.starts is WHOLE and passage.base is not None and passage.base.base is None:
        return passage.base.text
    base = _plain(passage)
    return passage.printed() if base is None else base.text


def _span(passage: Passage) -> tuple[int, int] | None:
    base = _plain(passage)
    if base is None or not base.text:
        return passage.span()
    first = base.origins[0]
    return (first, first + len(base.text)) if first >= 0 else None


def _locator(grid: Table, table: FormTable, spot: Spot, block: int, r: int) -> dict[str, Any]:
    locator: dict[str, Any] = {"table": table.number, "block": block, "row": r, "column": spot.column}
    if grid.page is not None:
        locator["page"] = grid.page
    span = _span(spot.cell.passage)
    if span is not None:
        locator["start"], locator["end"] = span
    return locator
