"""Rows whose label no form knows: taken where order and likeness leave one row, else said."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from etl.model import Cell, Passage, Table
from etl.registry import FormGroup, FormRow, FormTable
from etl.tables.columns import columns_of
from etl.tables.harvest import group_sum, leave
from etl.tables.lexicon import key_of, look_up
from etl.tables.rows import locator_of, quote_of, take
from etl.tables.sight import Header, Reader, Spot, fits

_ALIKE = 0.6  # share of a lost or truncated label that must agree with the one the order asks for


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


def take_lost(reader: Reader, grid: Table, row: Lost, block: int) -> None:
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
                take(reader, grid, table, between[0], row.labels, row.spots, block, row.r)
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
    quote = quote_of(row.spots)
    local = table.open
    if not local:
        reader.harvest.doubtful.add(table.number)
    leave(
        reader.harvest,
        table,
        "local_extra" if local else "unclaimed_cell",
        f"表{table.number}有一行不在表式之内，未收录：{quote[:60]}",
        quote,
        locator_of(grid, table, first, block, row.r),
    )


def take_titled(reader: Reader, grid: Table, row: Lost, above: Passage, block: int) -> bool:
    """One small table per row, whose label stands in the paragraph above it: a header and one line of figures."""
    if row.labels or not above.text.strip():
        return False
    cell = Cell(above)
    names = [n for n in look_up(reader.lexicon, above.text, reader.year) if n.kind == "row" and n.table.rows]
    names = [n for n in names if fits(reader, n, cell, [])]
    if len({id(n.item) for n in names}) != 1 or not isinstance(names[0].item, FormRow):
        return False
    label = Spot(-1, cell, "text", None, None)
    header, reader.header = reader.header, row.header
    taken = take(reader, grid, names[0].table, names[0].item, [label], [label, *row.spots], block, row.r)
    reader.header, reader.last, reader.group = header, names[0].item, names[0].item.group
    return taken > 0


def _is_subtotal(reader: Reader, grid: Table, row: Lost) -> bool:
    """Whether the row is a group's own line (（三）不予公开) that repeats the sum of its rows."""
    for name in row.labels[-1].names if row.labels else ():
        group = name.item
        if name.kind != "group" or not isinstance(group, FormGroup) or not name.table.rows:
            continue
        members = [m.metric for m in name.table.rows if m.group == group.id and m.metric and not m.instead_of]
        columns = columns_of(reader, row.header, name.table, grid.exact)
        values = [s for s in row.spots if s.column > row.labels[-1].column and s.status != "blank"]
        if not members or len(values) != len(columns):
            return False
        return all(
            column is not None and spot.value == group_sum(reader.harvest, members, column)
            for (_, column), spot in zip(columns, values, strict=True)
        )
    return False


def not_read(reader: Reader, table: FormTable, grid: Table, block: int, lost: list[Lost]) -> None:
    """A grid stands under the heading of `table` and nothing in it could be bound to the form."""
    if not lost:
        return
    reader.harvest.found.add(table.number)
    reader.harvest.doubtful.add(table.number)
    for row in lost:
        first = next((s for s in row.spots if s.status not in ("text", "blank")), row.spots[0])
        quote = quote_of(row.spots)
        leave(
            reader.harvest,
            table,
            "unclaimed_cell",
            f"表{table.number}不合表式，这一行未能对应行和列：{quote[:60]}",
            quote,
            locator_of(grid, table, first, block, row.r),
        )
