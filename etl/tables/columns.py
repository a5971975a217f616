"""The value columns of a statutory table: by the header's place, by its words in reading order, or by sums where it is lost."""

from __future__ import annotations

from etl.model import Cell
from etl.registry import FormColumn, FormGroup, FormTable
from etl.tables.lexicon import Name, key_of, look_up
from etl.tables.sight import Header, Reader, Spot


def columns_of(reader: Reader, header: Header, table: FormTable, exact: bool) -> list[tuple[int, FormColumn | None]]:
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


def _sharing(names: tuple[Name, ...], table: FormTable) -> list[FormColumn]:
    """The columns that one spelling stands for (本年新 for 本年新制作数量 and 本年新公开数量), [] if it is one column's."""
    found = [n.item for n in names if n.kind == "column" and n.table is table and isinstance(n.item, FormColumn)]
    return found if len(found) > 1 and not any(c.group for c in found) else []


def _share_out(columns: list[FormColumn | None], sharing: list[list[FormColumn]]) -> list[FormColumn | None]:
    """Header words with one spelling get the columns that it stands for in the form's order, where they are as many."""
    places = [n for n, (column, shared) in enumerate(zip(columns, sharing, strict=True)) if column is None and shared]
    if not places:
        return columns
    left = [c for c in sharing[places[0]] if c not in columns]
    if len(left) == len(places) and all(sharing[n] == sharing[places[0]] for n in places):
        columns = list(columns)
        for n, column in zip(places, left, strict=True):
            columns[n] = column
    return columns


def _by_position(reader: Reader, header: Header, table: FormTable) -> list[tuple[int, FormColumn | None]]:
    width = max((len(row) for row in header.rows), default=0)
    found: list[tuple[int, FormColumn | None, tuple[int, ...]]] = []
    sharing: list[list[FormColumn]] = []
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
        again = len(found) > 1 and path and found[-2][2] == found[-1][2]  # the same cell, which covers several places
        sharing.append([] if again or not texts else _sharing(look_up(reader.lexicon, texts[-1], reader.year), table))
    shared = _share_out([f[1] for f in found], sharing)
    found = [(c, column, path) for (c, _, path), column in zip(found, shared, strict=True)]
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
    named = [column.id for _, column in columns if column is not None and not column.ignored]
    unknown = any(column is None for _, column in columns)
    if not any(row.cells for row in table.rows) and (len(set(named)) < len(named) or unknown):
        # A group's label is lost: what is left may still be the form's columns in its own order.
        ordered = _by_order(reader, header, table)
        if ordered and all((c, column) in ordered for c, column in columns if column is not None):
            return ordered
        columns = [(c, None if column is not None and named.count(column.id) > 1 else column) for c, column in columns]
    if table.rows and not any(row.cells for row in table.rows) and _left_out(header, table, columns):
        return []  # spans are lost: what stands below what is not certain
    return _unshifted(_completed(columns, table), table)


def _left_out(header: Header, table: FormTable, columns: list[tuple[int, FormColumn | None]]) -> bool:
    """Whether the header prints a column of the table that none of the places has."""
    placed = [c for _, c in columns]
    for spots in header.spots:
        for spot in spots:
            named = [n.item for n in spot.names if n.kind == "column" and n.table is table and not n.item.ignored]  # type: ignore[union-attr]
            if len(named) == 1 and named[0] not in placed and not any(n.kind == "row" for n in spot.names):
                return True
    return False


def _unshifted(columns: list[tuple[int, FormColumn | None]], table: FormTable) -> list[tuple[int, FormColumn | None]]:
    """A header that lost one of its words, so that those after it stand one place too far: what is between is not certain."""
    if any(row.cells for row in table.rows) or len(columns) != len(table.columns):
        return columns
    unknown = [n for n, (_, c) in enumerate(columns) if c is None]
    missing = [n for n, c in enumerate(table.columns) if all(c is not known for _, known in columns)]
    if len(unknown) != 1 or len(missing) != 1 or unknown == missing:
        return columns
    if [c for _, c in columns if c is not None] != [c for n, c in enumerate(table.columns) if n != missing[0]]:
        return columns
    between = range(min(unknown[0], missing[0]), max(unknown[0], missing[0]) + 1)
    return [(place, None if n in between else c) for n, (place, c) in enumerate(columns)]


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
    columns = _share_out([_column_named(s.names, table, []) for s in order], [_sharing(s.names, table) for s in order])
    return [(n, column) for n, column in enumerate(columns) if column is not None]


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


def group_columns(reader: Reader, labels: list[Spot]) -> list[tuple[int, FormColumn | None]]:
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


def unheaded(
    reader: Reader, labels: list[Spot], spots: list[Spot], expected: FormTable | None
) -> list[tuple[int, FormColumn | None]]:
    """The form's own columns for a row of bare figures below the heading of a table without row labels, if its sums hold."""
    if expected is None or expected.rows or labels or reader.header.spots:
        return []
    filled = [s for s in spots if s.status != "blank"]
    if len(filled) != len(expected.columns) or not adds_up(expected, list(expected.columns), [s.value for s in filled]):
        return []
    return [(s.column, c) for s, c in zip(filled, expected.columns, strict=True)]


def without_header(reader: Reader, table: FormTable, values: list[Spot]) -> list[tuple[int, FormColumn | None]]:
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


def in_form_order(reader: Reader, table: FormTable, spots: list[Spot]) -> list[tuple[int, FormColumn | None]]:
    """The form's own columns for the row of a table without row labels whose header lost its spans: only where it has exactly
    that many figures, they add up, and the groups that are printed stand in the form's order."""
    filled = [s for s in spots if s.status != "blank"]
    if len(filled) != len(table.columns) or not adds_up(table, list(table.columns), [s.value for s in filled]):
        return []
    order = [g.id for g in table.groups]
    said = [
        order.index(n.item.id)
        for line in reader.header.spots
        for s in line
        for n in s.names
        if n.kind == "group" and n.table is table and isinstance(n.item, FormGroup)
    ]
    if said != sorted(said):
        return []
    return [(s.column, c) for s, c in zip(filled, table.columns, strict=True)]


def bare_table(reader: Reader, labels: list[Spot], carried: Header) -> FormTable | None:
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


def shifted(table: FormTable, columns: list[FormColumn], values: list[int | float | None]) -> bool:
    """Whether a row with empty cells looks as if its figures had moved to the left: its last total is empty and the last
    figure before is the sum of the others, or a total misses its parts while all of their cells are filled."""
    at = {c.id: value for c, value in zip(columns, values, strict=True)}
    sums = [s for s in table.sums if s.along == "columns" and all(c in at for c in (*s.total, *s.parts))]
    if not sums or all(value is not None for value in values):
        return False
    for s in sums:
        parts = [at[c] for c in s.parts]
        total = [at[c] for c in s.total]
        if None not in parts and None not in total and len(sums) > 1:
            if round(sum(parts) - sum(total), 6):  # type: ignore[arg-type]
                return True
        figures = [value for value in parts if value is not None]
        if total == [None] and len(figures) > 1 and figures[-1] and sum(figures[:-1]) == figures[-1]:
            return True
    return False


def adds_up(table: FormTable, columns: list[FormColumn], values: list[int | float | None]) -> bool:
    """Whether a row's figures fit all sums along the columns, and there are such sums. A cell without figure counts as zero."""
    at = {c.id: value or 0 for c, value in zip(columns, values, strict=True)}
    sums = [s for s in table.sums if s.along == "columns" and all(c in at for c in (*s.total, *s.parts))]
    return bool(sums) and all(round(sum(at[c] for c in s.total) - sum(at[c] for c in s.parts), 6) == 0 for s in sums)
