"""Planted faults of known kinds, and what does not add up in the finished reports.

A fault is planted into a `Draft` before it is printed, so that prose, tables and truth agree about what is printed.
`consequences` then lists everything else that the printed figures break (a copied table also breaks the carry-over).
"""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from etl.demo.figures import COURSES, GROUPS, OUTCOME_IDS, RESULTS, Agency, Figures, with_groups
from etl.demo.forms import REGULATIONS, Cells, grid_keys
from etl.demo.layouts import DATED, GRIDDED
from etl.demo.prose import Stated
from etl.model import APPLICANTS
from etl.registry import load_demo


@dataclass
class Draft:
    """An annual report that is about to be written."""

    agency: Agency
    year: int
    form: str
    layout: str
    figures: Figures
    undivided_other: bool = False
    prose: dict[str, int] = field(default_factory=dict)  # what prose says instead
    extra_sentence: str | None = None
    missing: set[str] = field(default_factory=set)
    blank: set[str] = field(default_factory=set)
    late: bool = False
    title_year: int | None = None
    plain: bool = False  # no blanks, no dashes
    faults: list[dict[str, Any]] = field(default_factory=list)
    previous: Draft | None = None
    following: Draft | None = None


def _cell(table: str, metric: str, breakdown: str | None = None) -> dict[str, Any]:
    return {"table": int(table), "metric": metric, "breakdown": breakdown}


def _note(draft: Draft, kind: str, rule: str, cells: list[dict[str, Any]], expected: Any, actual: Any) -> None:
    draft.faults.append({"kind": kind, "rule": rule, "cells": cells, "expected": expected, "actual": actual})
    draft.plain = True


def _detail_rows(draft: Draft) -> list[str]:
    """Rows of table 3 that no sentence states and whose total is not 0."""
    return [m for m in OUTCOME_IDS[2:18] if draft.figures[m][6]]  # type: ignore[index]


def _received(draft: Draft) -> int:
    return draft.figures["requests_received"][6]  # type: ignore[index]


def _eligible(kind: str, draft: Draft) -> bool:
    f, before = draft.figures, draft.previous
    neighbours = bool((before and before.faults) or (draft.following and draft.following.faults))
    prose = draft.layout != "xlsx"
    if draft.faults or draft.form == load_demo().statistics.form:
        return False
    match kind:
        case "row_total":
            return bool(_detail_rows(draft))
        case "balance" | "closed":
            return _received(draft) > 3 and not neighbours
        case "review_total":
            return bool(f["review_total"])
        case "litigation_total":
            return bool(f["litigation_direct_total"])
        case "carry_over":
            return before is not None and _received(draft) > 0 and not neighbours
        case "copied_table":
            return before is not None and not neighbours and before.form == draft.form and not draft.undivided_other and not before.undivided_other and _received(before) > 0 and before.figures["requests_received"] != f["requests_received"]  # fmt: skip
        case "prose_table":
            return prose and _received(draft) > 0
        case "prose_twice":
            return prose and bool(f["policy_interpretations"])
        case "missing_table":
            return prose and not neighbours
        case "blank_table":
            return draft.layout in GRIDDED and not neighbours
        case "fee_unit":
            return ("administrative_fees", None) in grid_keys(draft.form, "2") and f["administrative_fees"] > 0  # type: ignore[operator]
        case "rules_power":
            return ("regulations_in_force", None) in grid_keys(draft.form, "2") and draft.agency.level in (
                "county",
                "township",
            )
        case "late":
            return draft.layout in DATED and draft.agency.level != "township"  # article 49 gives townships no date
        case "title_year":
            return prose
    return False


def _plant(kind: str, draft: Draft, rng: random.Random) -> None:
    f = draft.figures
    match kind:
        case "row_total":
            metric = rng.choice(_detail_rows(draft))
            right = f[metric][6]  # type: ignore[index]
            f[metric][6] = right + rng.choice((1, 2, 10))  # type: ignore[index]
            _note(draft, kind, "T3-ROWSUM", [_cell("3", metric, "total")], right, f[metric][6])  # type: ignore[index]
        case "balance":
            right, wrong = f["requests_received"][0], f["requests_received"][0] + rng.randint(2, 6)  # type: ignore[index]
            f["requests_received"] = [wrong, *f["requests_received"][1:6], f["requests_received"][6] + wrong - right]  # type: ignore[index]
            _note(draft, kind, "T3-BAL", [_cell("3", "requests_received", "natural_person")], right, wrong)
        case "closed":
            right, wrong = f["requests_granted"][0], f["requests_granted"][0] + rng.randint(1, 4)  # type: ignore[index]
            f["requests_granted"] = [wrong, *f["requests_granted"][1:6], f["requests_granted"][6] + wrong - right]  # type: ignore[index]
            _note(draft, kind, "T3-CLOSED", [_cell("3", "requests_granted", "natural_person")], right, wrong)
        case "review_total" | "litigation_total":
            metric = "review_total" if kind == "review_total" else "litigation_direct_total"
            right = f[metric]
            f[metric] = 0 if rng.random() < 0.5 else right + 1  # type: ignore[operator]
            _note(
                draft,
                kind,
                "T4-SUM-R" if kind == "review_total" else "T4-SUM-D",
                [_cell("4", metric)],
                right,
                f[metric],
            )
        case "carry_over":
            more = rng.randint(1, 3)
            right = f["requests_carried_in"][0]  # type: ignore[index]
            for metric in ("requests_carried_in", "requests_granted", "requests_closed"):
                row = f[metric]
                f[metric] = [row[0] + more, *row[1:6], row[6] + more]  # type: ignore[index]
            _note(draft, kind, "XY-CARRY", [_cell("3", "requests_carried_in", "natural_person")], right, right + more)
        case "copied_table":
            assert draft.previous
            for metric, row in draft.previous.figures.items():
                if isinstance(row, list):
                    f[metric] = list(row)
            _note(draft, kind, "XY-COPY", [_cell("3", "requests_received", "total")], None, _received(draft))
        case "prose_table":
            right = _received(draft)
            wrong = right + 3 + f["requests_carried_in"][6]  # type: ignore[index]
            draft.prose["requests_received"] = wrong
            _note(draft, kind, "NT-NEW", [_cell("3", "requests_received", "total")], right, wrong)
        case "prose_twice":
            draft.extra_sentence = "policy_interpretations"
            right = f["policy_interpretations"]
            _note(draft, kind, "NT-DUP", [{"metric": draft.extra_sentence, "breakdown": None}], right, right + 4)  # type: ignore[operator]
        case "missing_table" | "blank_table":
            table = rng.choice("234") if kind == "missing_table" else "3"
            (draft.missing if kind == "missing_table" else draft.blank).add(table)
            _note(
                draft,
                kind,
                "MD-SECTIONS" if kind == "missing_table" else "MD-BLANK",
                [{"table": int(table)}],
                None,
                None,
            )
        case "fee_unit":
            right = f["administrative_fees"]
            f["administrative_fees"] = round(right * 10000)  # type: ignore[operator, arg-type]
            _note(draft, kind, "T2-FEE-UNIT", [_cell("2", "administrative_fees")], right, f["administrative_fees"])
        case "rules_power":
            f |= dict.fromkeys(REGULATIONS, 0) | {"regulations_in_force": 6}
            _note(draft, kind, "T2-RULES-POWER", [_cell("2", "regulations_in_force")], 0, 6)
        case "late":
            draft.late = True
            _note(draft, kind, "MD-DEADLINE", [], None, None)
        case "title_year":
            draft.title_year = draft.year - 1
            _note(draft, kind, "MD-YEAR", [], draft.year, draft.title_year)
    with_sums(f, kind)


def with_sums(f: Figures, kind: str) -> None:
    """Prose states what the office believes, so groups follow the planted rows; a wrong row total stays in its row alone."""
    if kind in ("balance", "closed", "carry_over", "copied_table", "review_total", "litigation_total"):
        with_groups(f)


KINDS = ("row_total", "balance", "closed", "review_total", "litigation_total", "carry_over", "copied_table", "prose_table", "prose_twice",
         "missing_table", "blank_table", "fee_unit", "rules_power", "late", "title_year")  # fmt: skip
DEFAULT = dict.fromkeys(KINDS, 2) | {"late": 5, "missing_table": 3}


def plant_faults(drafts: list[Draft], wanted: dict[str, int], rng: random.Random) -> None:
    """Plants `wanted[kind]` faults, at most one per report and none beside each other where years would mix."""
    order = list(drafts)
    for kind, count in wanted.items():
        rng.shuffle(order)
        for draft in order:
            if count <= 0:
                break
            if _eligible(kind, draft):
                _plant(kind, draft, rng)
                count -= 1


def consequences(
    cells: dict[str, Cells], stated: Iterable[Stated], before: dict[str, Cells] | None, planted: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    """What the printed figures break beyond the planted faults: row sums, balance, closed, table 4, carry-over, prose."""
    out: list[dict[str, Any]] = []
    done = {(p["rule"], c.get("metric"), c.get("breakdown")) for p in planted for c in p["cells"]}

    def check(
        rule: str,
        table: str,
        metric: str,
        breakdown: str | None,
        expected: int | float | None,
        actual: int | float | None,
    ) -> None:
        if expected is not None and actual is not None and expected != actual and (rule, metric, breakdown) not in done:
            out.append(
                {"rule": rule, "cells": [_cell(table, metric, breakdown)], "expected": expected, "actual": actual}
            )

    def total(values: list[int | float | None]) -> int | float | None:
        return None if any(v is None for v in values) else sum(v for v in values if v is not None)

    three, four = cells.get("3") or {}, cells.get("4") or {}

    def at(metric: str, applicant: str) -> int | float | None:
        return three[metric, applicant].value

    rows = list(dict.fromkeys(metric for metric, _ in three))
    for metric in rows:
        check("T3-ROWSUM", "3", metric, "total", total([at(metric, a) for a in APPLICANTS[:6]]), at(metric, "total"))
    if rows:
        outcome = [m for m in rows if m in OUTCOME_IDS or m in GROUPS]
        for a in APPLICANTS:
            closed = at("requests_closed", a)
            check("T3-CLOSED", "3", "requests_closed", a, total([at(m, a) for m in outcome]), closed)
            handled = total([at("requests_received", a), at("requests_carried_in", a)])
            check(
                "T3-BAL",
                "3",
                "requests_carried_out",
                a,
                None if handled is None or closed is None else handled - closed,
                at("requests_carried_out", a),
            )
            if before and before.get("3"):
                check(
                    "XY-CARRY",
                    "3",
                    "requests_carried_in",
                    a,
                    before["3"]["requests_carried_out", a].value,
                    at("requests_carried_in", a),
                )
    for course, rule in zip(COURSES, ("T4-SUM-R", "T4-SUM-D", "T4-SUM-A"), strict=True):
        if four:
            parts = total([four[f"{course}_{r}", None].value for r in RESULTS])
            check(rule, "4", f"{course}_total", None, parts, four[f"{course}_total", None].value)
    said = {s.metric: s.value for s in stated if s.part is None and s.qualifier == "exact"}
    if rows:
        check(
            "NT-NEW", "3", "requests_received", "total", at("requests_received", "total"), said.get("requests_received")
        )
        check("NT-CLOSED", "3", "requests_closed", "total", at("requests_closed", "total"), said.get("requests_closed"))
    if four:
        check("NT-REV", "4", "review_total", None, four["review_total", None].value, said.get("review_total"))
        litigation = total(
            [four["litigation_direct_total", None].value, four["litigation_after_review_total", None].value]
        )
        check("NT-LIT", "4", "litigation_direct_total", None, litigation, said.get("litigation_total"))
    return out
