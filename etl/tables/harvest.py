"""What the readers of tables put their cells into: observations, findings, and which cells of the form were found."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from etl.model import Finding, Observation
from etl.registry import FormColumn, FormRow, FormTable


@dataclass(slots=True)
class Harvest:
    """Cells of one report. `found`: numbers of the tables seen; `doubtful`: those that hold something that was not taken."""

    observations: dict[tuple[str, str | None], Observation] = field(default_factory=dict)
    rivals: list[Observation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    found: set[int] = field(default_factory=set)
    doubtful: set[int] = field(default_factory=set)
    rows: dict[int, set[str]] = field(default_factory=dict)
    uneven: list[tuple[str, str | None]] = field(default_factory=list)  # cells printed twice, once empty


def metric_of(row: FormRow | None, column: FormColumn) -> str | None:
    """The metric of the cell where `row` (None in a table without row labels) meets `column`."""
    if row is None:
        return column.metric
    return row.cells.get(column.id) if row.cells else row.metric


def claim(
    harvest: Harvest,
    table: FormTable,
    row: FormRow | None,
    column: FormColumn,
    status: str,
    value: int | float | None,
    unit: str | None,
    raw: str,
    quote: str,
    locator: dict[str, Any],
) -> bool:
    """Puts one cell in. False if the form has no such cell. Two different values of one cell are both kept as conflicting."""
    if column.ignored:
        return True
    metric = metric_of(row, column)
    if metric is None:
        return False
    if value is not None and value < 0 and not column.signed:
        status, value = "unreadable", None
    if unit is None:
        unit = column.unit
        if unit is None and row is not None:
            unit = row.unit
        unit = (table.unit if unit is None else unit) or None
    harvest.found.add(table.number)
    if row is not None:
        harvest.rows.setdefault(table.number, set()).add(row.key)
    new = Observation(metric, value, unit, status, "table", raw, quote, locator, column.breakdown)
    at = (metric, column.breakdown)
    old = harvest.observations.get(at)
    if old is not None and "blank" in (old.status, status) and old.status != status:
        harvest.uneven.append(at)
    if old is None or (old.value is None and value is not None and old.status != "not_applicable"):
        harvest.observations[at] = new
    elif value is not None and old.value is not None and value != old.value:
        if all(r.value != value for r in harvest.rivals if (r.metric, r.breakdown) == at):
            harvest.rivals.append(new)
            harvest.doubtful.add(table.number)
            harvest.findings.append(
                Finding(
                    "table_repeats",
                    "warning",
                    f"表{table.number}有两处不同的数值：{old.raw} 与 {raw}",
                    metric,
                    column.breakdown,
                    quote=quote,
                    locator=locator,
                )
            )
    return True


def leave(harvest: Harvest, table: FormTable, rule: str, message: str, quote: str, locator: dict[str, Any]) -> None:
    """Records a cell or row of a recognised table that was not taken."""
    harvest.findings.append(
        Finding(rule, "info" if rule == "local_extra" else "warning", message, quote=quote, locator=locator)
    )


def settle(harvest: Harvest) -> list[Observation]:
    """All observations; where two cells gave different values both are conflicting."""
    for rival in harvest.rivals:
        first = harvest.observations.get((rival.metric, rival.breakdown))
        if first is not None:
            rival.status = first.status = "conflicting"
    # Where a table is printed twice with other figures, which of them an empty cell belongs to is not certain either.
    twice = {rival.locator["table"] for rival in harvest.rivals if rival.status == "conflicting"}
    for at in harvest.uneven:
        cell = harvest.observations.get(at)
        if cell is not None and cell.status == "reported" and cell.locator["table"] in twice:
            cell.status, cell.value = "unreadable", None
    return [*harvest.observations.values(), *(r for r in harvest.rivals if r.status == "conflicting")]


def join(harvest: Harvest, other: Harvest) -> None:
    """Puts the cells of `other` in, as `claim` does for one."""
    for at, new in other.observations.items():
        old = harvest.observations.get(at)
        if old is None or (old.value is None and new.value is not None):
            harvest.observations[at] = new
        elif new.value is not None and new.value != old.value:
            harvest.rivals.append(new)
            harvest.doubtful.add(new.locator["table"])
            message = f"表{new.locator['table']}有两处不同的数值：{old.raw} 与 {new.raw}"
            harvest.findings.append(
                Finding(
                    "table_repeats", "warning", message, new.metric, new.breakdown, quote=new.quote, locator=new.locator
                )
            )
    harvest.rivals += other.rivals
    harvest.uneven += other.uneven
    harvest.findings += other.findings
    harvest.found |= other.found
    harvest.doubtful |= other.doubtful
    for number, rows in other.rows.items():
        harvest.rows.setdefault(number, set()).update(rows)


def group_sum(harvest: Harvest, metrics: list[str], column: FormColumn) -> int | float:
    """What the cells of `metrics` in one column add up to; a cell without a figure counts as zero."""
    cells = (harvest.observations.get((metric, column.breakdown)) for metric in metrics)
    return sum(cell.value or 0 for cell in cells if cell is not None)
