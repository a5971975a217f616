"""One row of a grid into the harvest: which cell belongs to which column, with quote and place."""

from __future__ import annotations

import re
from typing import Any

from etl.model import Passage, Table
from etl.normalise import WHOLE
from etl.registry import FormColumn, FormRow, FormTable
from etl.tables.columns import columns_of, in_form_order, shifted, without_header
from etl.tables.harvest import claim, leave, metric_of
from etl.tables.sight import Header, Reader, Spot, is_unit, spots_of

_NO_FIGURE = re.compile(r"[^\d\s,.]")


def take(
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
    columns = columns or columns_of(reader, reader.header, table, grid.exact)
    after = labels[-1].column if labels else -1
    values = [s for s in spots if s.column > after and not is_unit(reader, s)]
    moved = False
    if grid.exact and not known:
        # Where the header is that of another grid, or a figure stands below the header of the labels, places mean nothing.
        first = min((c for c, _ in columns), default=after + 1)
        moved = reader.header.owner is not grid or any(
            _under_label(reader.header, s.column, after) for s in values if s.column < first and s.status == "reported"
        )
        if not moved:
            values = [s for s in spots if s.column >= first and s.column > after]
    values = [s for s in values if s.status != "text" or s not in labels]
    if not columns and row is not None and not row.cells:
        if not grid.exact and len(values) > len(table.columns):
            values = [s for s in values if s.status != "blank"]
        columns = without_header(reader, table, values)
    if row is None and len([v for v in values if v.status != "blank"]) == 0 and not columns:
        return 0
    quote = quote_of(spots)
    pairs = _pair(reader, grid, row, columns, values) if not moved or len(values) == len(columns) else None
    if pairs and _doubtful(table, row, pairs):
        pairs = None
    if pairs is None and row is None and not known and (ordered := in_form_order(reader, table, values)):
        columns = ordered
        filled = [s for s in values if s.status != "blank"]
        pairs = [(column, spot) for (_, column), spot in zip(ordered, filled, strict=True)]
    claimed = 0
    if pairs is None:
        if not any(c for _, c in columns):
            if row is None and values:
                reader.harvest.found.add(table.number)
            if (row is None or not row.cells) and table.number in reader.harvest.found:
                reader.harvest.doubtful.add(table.number)
                if values:
                    message = f"表{table.number}的表头不明，这一行未取数：{quote[:60]}"
                    leave(
                        reader.harvest,
                        table,
                        "unreadable_row",
                        message,
                        quote,
                        locator_of(grid, table, values[0], block, r),
                    )
            return 0
        reader.harvest.doubtful.add(table.number)
        locator = locator_of(grid, table, values[0] if values else spots[0], block, r)
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
        locator = locator_of(grid, table, spot, block, r)
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


def _doubtful(table: FormTable, row: FormRow | None, pairs: list[tuple[FormColumn | None, Spot]]) -> bool:
    """Whether the places of a row's figures cannot be trusted: cells have run together or moved, or the table has no row
    labels and its header is not whole."""
    filled = [(column, s) for column, s in pairs if s.status != "blank"]
    if pairs[-1][1].status == "blank" and any(_joined(s) for _, s in filled):
        return True
    known = [column for column, _ in pairs if column is not None]
    if row is None and len(known) < len(table.columns) and any(column is None for column, _ in filled):
        return True
    return len({c.id for c in known}) == len(known) and shifted(
        table, known, [s.value for column, s in pairs if column is not None]
    )


def _joined(spot: Spot) -> bool:
    """Whether a cell holds more figures than it covers places."""
    text = spot.cell.passage.text
    return spot.status == "unreadable" and len(text.split()) > spot.cell.colspan and not _NO_FIGURE.search(text)


def _under_label(header: Header, column: int, label: int) -> bool:
    """Whether a header cell covers both places: what stands at `column` is shifted, not a column of codes beside the labels."""
    return any(
        label >= 0 and column < len(row) and row[column] is not None and row[column] is row[label]
        for row in header.rows
    )


def _pair(
    reader: Reader, grid: Table, row: FormRow | None, columns: list[tuple[int, FormColumn | None]], values: list[Spot]
) -> list[tuple[FormColumn | None, Spot]] | None:
    """Which value belongs to which column, None where that is not certain."""
    if not columns or not any(c for _, c in columns):
        return None
    filled = [v for v in values if v.status != "blank"]
    needed = [(place, c) for place, c in columns if c is None or not c.optional]
    if not grid.exact and len(values) == len(needed):
        columns = needed  # a row without remarks ends before them
    if not grid.exact and len(filled) == len(columns):
        values = filled  # every column has its figure: the empty cells are traces of spans
    elif not grid.exact and len(values) > len(columns):
        if row is not None and row.cells:  # rows of other items have other widths, and the header is this item's own
            side = _beside_words(reader.header)
        else:
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
        if (
            not grid.exact
            and filled
            and values[-1].status == "blank"
            and not _any_whole(reader, grid, row, len(columns))
        ):
            return None  # every row is short, so that the last cell may be the trace of a span
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


def _any_whole(reader: Reader, grid: Table, row: FormRow | None, width: int) -> bool:
    """Whether some row of a grid made from marks has `width` filled cells; asked only of tables whose rows all have as many."""
    if row is None or row.cells:
        return True
    at = (id(grid), -width)
    if at not in reader.padding:
        whole = any(
            sum(s.status not in ("blank", "text") for s in spots_of(reader, line)) >= width for line in grid.rows
        )
        reader.padding[at] = "whole" if whole else None
    return reader.padding[at] is not None


def _beside_words(header: Header) -> str | None:
    """Where the last line of the header keeps the traces of spans: after its words or between the first and the others."""
    words = [n for n, s in enumerate(header.spots[-1]) if s.status == "text"] if header.spots else []
    if len(words) < 2 or words != [words[0], *range(words[1], words[-1] + 1)]:
        return None
    before, after = words[1] - words[0] > 1, words[-1] < len(header.spots[-1]) - 1
    return None if before == after else "before" if before else "after"


def _padding(reader: Reader, grid: Table, width: int) -> str | None:
    """Where the rows of a grid made from marks keep the traces of spans: after or before the values; None where rows differ.

    Told by the rows that have exactly `width` filled cells after their label.
    """
    at = (id(grid), width)
    if at not in reader.padding:
        sides: set[str] = set()
        for row in grid.rows:
            spots = spots_of(reader, row)
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


def quote_of(spots: list[Spot]) -> str:
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


def locator_of(grid: Table, table: FormTable, spot: Spot, block: int, r: int) -> dict[str, Any]:
    locator: dict[str, Any] = {"table": table.number, "block": block, "row": r, "column": spot.column}
    if grid.page is not None:
        locator["page"] = grid.page
    span = _span(spot.cell.passage)
    if span is not None:
        locator["start"], locator["end"] = span
    return locator
