"""The statutory tables of the fictional reports as grids of cells, and what is printed in them.

A grid is layout-free: each cell is fixed text or the place of one figure. Labels come from demo.yml, in the official
wording. `print_cells` decides how an office fills the places: zeros, blanks, "/" and units inside a cell.
"""

from __future__ import annotations

import functools
import random
from dataclasses import dataclass

from etl.demo.figures import Agency, Figures
from etl.model import APPLICANTS
from etl.registry import DemoGroup, load_demo, load_metrics

Key = tuple[str, "str | None"]
"""(metric, breakdown): the place of one figure."""


@dataclass(frozen=True)
class Box:
    """One cell of a grid: `lines` of fixed text, or `key` where a figure is printed."""

    lines: tuple[str, ...] = ()
    key: Key | None = None
    rowspan: int = 1
    colspan: int = 1

    @property
    def text(self) -> str:
        return "".join(self.lines)


@dataclass(frozen=True)
class Printed:
    """What stands in a cell and what a careful reader takes from it."""

    text: str
    value: int | float | None
    status: str
    unit: str | None


Grid = tuple[tuple[Box, ...], ...]
Cells = dict[Key, Printed]


def _label(text: str, rowspan: int = 1, colspan: int = 1) -> Box:
    return Box((text,), None, rowspan, colspan)


@functools.cache
def build_grid(form: str, table: str, undivided_other: bool = False) -> Grid:
    """The grid of table "2", "3" or "4" of a form, or of the statistics table, which bears its form's id."""
    demo = load_demo()
    rows: list[tuple[Box, ...]] = []
    if table == demo.statistics.form:
        spec = demo.statistics
        rows.append(tuple(_label(h) for h in spec.header))
        for name, unit, *filled in spec.rows:
            rows.append((_label(name), _label(unit), Box(key=(filled[0], None)) if filled else _label("——")))
    elif table == "2":
        width = 4
        for section in demo.table2[form]:
            last = width - len(section.header) + 1
            rows.append((_label(section.item, colspan=width),))
            rows.append((*map(_label, section.header[:-1]), _label(section.header[-1], colspan=last)))
            for name, *metrics in section.rows:
                boxes = [Box(key=(m, None)) for m in metrics[:-1]]
                rows.append((_label(name), *boxes, Box(key=(metrics[-1], None), colspan=last)))
    elif table == "3":
        three = demo.table3

        def figures(metric: str) -> list[Box]:
            return [Box(key=(metric, a)) for a in APPLICANTS]

        rows.append((_label(three.corner, 3, 3), _label(three.applicants, 1, 7)))
        rows.append((_label(three.natural_person, 2), _label(three.organisations, 1, 5), _label(three.total, 2)))
        rows.append(tuple(Box(tuple(c)) for c in three.columns))
        for label, metric in three.before:
            rows.append((_label(label, 1, 3), *figures(metric)))
        body: list[list[Box]] = []
        divided = set() if undivided_other else divided_rows(form)
        for group in three.groups:
            if isinstance(group, DemoGroup):
                if group.instead_of and group.instead_of not in divided:
                    continue
                for n, (label, metric) in enumerate(group.rows):
                    first = [_label(group.label, len(group.rows))] if n == 0 else []
                    body.append([*first, _label(label), *figures(metric)])
            else:
                label, metric = group
                if metric in divided:
                    continue
                body.append([_label(label, 1, 2), *figures(metric)])
        body[0].insert(0, _label(three.results, len(body)))
        rows += map(tuple, body)
        rows.append((_label(three.after[0], 1, 3), *figures(three.after[1])))
    else:
        four = demo.table4
        names = [_label(c) for c in four.columns]
        rows.append((_label(four.review, 1, 5), _label(four.litigation, 1, 10)))
        rows.append((*(_label(c, 2) for c in four.columns), _label(four.direct, 1, 5), _label(four.after_review, 1, 5)))
        rows.append((*names, *names))
        results = ("upheld", "corrected", "other", "pending", "total")
        rows.append(
            tuple(
                Box(key=(f"{c}_{r}", None))
                for c in ("review", "litigation_direct", "litigation_after_review")
                for r in results
            )
        )
    return tuple(rows)


def divided_rows(form: str) -> set[str]:
    """The outcomes that this form divides into rows of their own, while others print one row."""
    groups = [g for g in load_demo().table3.groups if isinstance(g, DemoGroup)]
    return {g.instead_of for g in groups if g.instead_of and g.only == form}


@functools.cache
def grid_keys(form: str, table: str, undivided_other: bool = False) -> tuple[Key, ...]:
    return tuple(box.key for row in build_grid(form, table, undivided_other) for box in row if box.key)


@functools.cache
def _unit(metric: str) -> str | None:
    found = load_metrics().get(metric)
    return None if found is None or metric == "procurement_amount" else found.unit


@functools.cache
def _units_of_statistics() -> dict[str, str]:
    return {row[2]: row[1] for row in load_demo().statistics.rows if len(row) == 3}


REGULATIONS = ("regulations_issued", "regulations_repealed", "regulations_in_force",
               "regulations_made", "regulations_newly_public", "regulations_public_total")  # fmt: skip


def print_cells(
    agency: Agency, form: str, figures: Figures, rng: random.Random, *, blanks: bool, undivided_other: bool = False
) -> dict[str, Cells]:
    """What the office prints into each table: {"2": {key: Printed}, "3": ..., "4": ...} or {id of the form: ...}.

    `blanks` allows empty cells for zeros (a layout of plain lines cannot show them).
    """
    if form == load_demo().statistics.form:
        units = _units_of_statistics()
        return {form: {key: _number(figures[key[0]], units[key[0]]) for key in grid_keys(form, form)}}  # type: ignore[arg-type]
    habit = rng.random()
    empty_zero = blanks and habit < 0.05
    empty_organisations = blanks and 0.05 <= habit < 0.10
    dash = rng.choice(("/", "/", "-", "—")) if agency.department is not None and rng.random() < 0.25 else ""
    change_words = rng.random() < 0.3
    money = rng.choice(("", "万元", "元"))
    out: dict[str, Cells] = {}
    for table in ("2", "3", "4"):
        cells: Cells = {}
        for key in grid_keys(form, table, undivided_other):
            metric, applicant = key
            figure = figures[metric]
            unit = _unit(metric)
            if applicant is not None:
                value = figure[APPLICANTS.index(applicant)]  # type: ignore[index]
                if value == 0 and (
                    (empty_zero and applicant != "total")
                    or (empty_organisations and applicant not in ("natural_person", "total"))
                ):
                    cells[key] = Printed("", None, "blank", unit)
                    continue
            else:
                value = figure  # type: ignore[assignment]
            if dash and metric in REGULATIONS and not value:
                cells[key] = Printed(dash, None, "not_applicable", unit)
            elif metric.endswith("_items_change") and value and change_words:
                cells[key] = Printed(f"{'增' if value > 0 else '减'}{abs(value)}", value, "reported", unit)
            elif metric == "procurement_amount":
                if money == "元":
                    value = round(value * 10000)
                text = f"{value:.10g}"
                cells[key] = Printed(
                    text + (money if value else ""), value, "reported", (money if value else "") or None
                )
            else:
                cells[key] = _number(value, unit)
        out[table] = cells
    return out


_SMALL: dict[tuple[int, str | None], Printed] = {}


def _number(value: int | float, unit: str | None) -> Printed:
    if isinstance(value, int) and 0 <= value < 100:
        found = _SMALL.get((value, unit))
        if found is None:
            found = _SMALL[value, unit] = Printed(str(value), value, "reported", unit)
        return found
    return Printed(f"{value:.10g}", value, "reported", unit)
