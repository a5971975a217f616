"""What a row of a grid looks like: its cells with status and names, and the row of a form that its label names."""

from __future__ import annotations

from dataclasses import dataclass, field

from etl.model import Cell, Table
from etl.registry import FormColumn, FormGroup, FormRow
from etl.tables.harvest import Harvest
from etl.tables.lexicon import Lexicon, Name, key_of, look_up, read_value


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


def spots_of(reader: Reader, row: list[Cell | None]) -> list[Spot]:
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


def label_of(reader: Reader, spots: list[Spot]) -> tuple[list[Spot], Name | None]:
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
    while len(labels) > 1 and is_unit(reader, labels[-1]):
        labels.pop()  # the 计量单位 column of the 2014 and local forms
    if not labels:
        return labels, None
    groups = [n.item.id for s in labels[:-1] for n in s.names if n.kind == "group" and isinstance(n.item, FormGroup)]
    rows = [n for n in labels[-1].names if n.kind == "row"]
    if not rows and len(labels) > 1 and not labels[-1].names:
        stacked = "".join(s.cell.passage.text for s in labels[-2:])
        rows = [n for n in look_up(reader.lexicon, stacked, reader.year) if n.kind == "row"]
        groups = groups[:-1] if rows else groups
    fitting = [n for n in rows if fits(reader, n, labels[-1].cell, groups)]
    return labels, fitting[0] if len({id(n.item) for n in fitting}) == 1 else None


def is_unit(reader: Reader, spot: Spot) -> bool:
    """Whether a cell holds a unit alone; a narrow column breaks 人次 over two lines."""
    if spot.status != "text" or spot.names or len(spot.cell.passage.text) > 8:
        return False
    return reader.lexicon.number.fullmatch("1" + spot.cell.passage.text.replace(" ", "")) is not None


def fits(reader: Reader, name: Name, cell: Cell, groups: list[str]) -> bool:
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


def is_header(spots: list[Spot], name: Name) -> bool:
    """A row of words only, of which at least two are columns of the same table, heads the table."""
    return sum(any(n.kind == "column" and n.table is name.table for n in s.names) for s in spots[1:]) >= 2


def is_heading(reader: Reader, spots: list[Spot]) -> bool:
    """Whether a row without figures is a heading between the rows of a table (二、回应解读情况), so that its header goes on."""
    filled = [s for s in spots if s.status == "text"]
    if len(filled) != 1:
        return False
    names = filled[0].names
    if names:
        return all(n.kind == "group" and n.table.rows for n in names)
    return reader.last is not None and any(t.open and reader.last in t.rows for t in reader.lexicon.tables)


def only_group(spots: list[Spot], labels: list[Spot], name: Name) -> bool:
    """（六）其他处理 alone in a row above its parts is a heading, not the undivided row."""
    return (
        isinstance(name.item, FormRow)
        and any(n.kind == "group" for n in labels[-1].names)
        and not any(s.status == "blank" for s in spots)
    )
