"""Builds in memory out of Reports, checked by the rules: what the tests of this folder compare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from etl import registry
from etl.check.engine import run_checks
from etl.model import APPLICANTS, Finding, Identity, Likeness, Observation, Report
from etl.warehouse import finish
from etl.warehouse.build import SCHEMA, VIEWS
from etl.warehouse.rows import SCHEMAS, add_report, as_tables, empty_rows

TABLES = {"2": "read", "3": "read", "4": "read"}
_KEEP = "keep"


def cell(metric: str, value: float | None, breakdown: str | None = None, **more: Any) -> Observation:
    """One printed cell (a value of None is an empty one), or with method='narrative' one stated figure."""
    status = more.pop("status", "blank" if value is None else "reported")
    method = more.pop("method", "table")
    table = more.pop(
        "table", 4 if metric.startswith(("review", "litigation")) else 2 if not metric.startswith("requests") else 3
    )
    locator = (
        {"table": table, "block": 1, "row": 1, "column": 1} if method == "table" else {"start": 1, "end": 5, "block": 0}
    )
    raw = more.pop("raw", "" if value is None else f"{value:.12g}")
    return Observation(
        metric, value, more.pop("unit", "件"), status, method, raw, more.pop("quote", raw), locator, breakdown, **more
    )


def said(metric: str, value: float, quote: str = "", **more: Any) -> Observation:
    """One figure that the prose states."""
    return cell(metric, value, method="narrative", quote=quote or f"全年共{value:g}件。", **more)


def columns(metric: str, *values: float | None, table: int = 3) -> list[Observation]:
    """A row of table 3: six applicants and the total. Fewer values: the first is the first applicant's and the total's."""
    if len(values) == 1:
        values = (values[0], 0, 0, 0, 0, 0, values[0])
    return [cell(metric, v, b, table=table) for v, b in zip(values, APPLICANTS, strict=True)]


OUTCOMES = [
    "requests_granted", "requests_partially_granted", "requests_denied_state_secret", "requests_denied_law_prohibits", "requests_denied_security_stability",
    "requests_denied_third_party", "requests_denied_internal_affairs", "requests_denied_deliberative", "requests_denied_enforcement_file",
    "requests_denied_query_matter", "requests_unavailable_not_held", "requests_unavailable_needs_creation", "requests_unavailable_unclear",
    "requests_not_processed_petition", "requests_not_processed_repeated", "requests_not_processed_publication", "requests_not_processed_excessive",
    "requests_not_processed_reconfirmation", "requests_other",
]  # fmt: skip


def table_3(
    received: int = 20, carried_in: int = 2, granted: int = 15, partial: int = 3, carried_out: int = 4, **other: Any
) -> list[Observation]:
    """A whole table 3 of one kind of applicant that adds up; `other` sets more outcome rows or replaces whole rows by seven values."""
    rows: dict[str, Any] = dict.fromkeys(OUTCOMES, 0) | {
        "requests_granted": granted,
        "requests_partially_granted": partial,
    }
    rows |= {k: v for k, v in other.items() if k in rows}
    closed = sum(v if isinstance(v, int | float) else v[-1] or 0 for v in rows.values())
    rows |= {
        "requests_received": received,
        "requests_carried_in": carried_in,
        "requests_closed": closed,
        "requests_carried_out": carried_out,
    }
    rows |= other
    return [
        o
        for metric, v in rows.items()
        for o in (columns(metric, v) if isinstance(v, int | float) else columns(metric, *v))
    ]


def report(
    cells: list[Observation], *, agency: str = "云岭市档案局", year: int = 2023, adcode: str | None = "880100", level: str = "city", form: str | None = "2021",
    scope: str = "own_agency", published_on: str | None = _KEEP, period: tuple[str, str] | None = None, tables: dict[str, str] | None = None,
    findings: list[Finding] | None = None, likeness: Likeness | None = None, kind: str = "annual_report", city: str | None = "云岭市", n: int = 0,
) -> Report:  # fmt: skip
    """An annual report of an invented body that holds `cells`."""
    who = Identity(
        kind, f"{agency}{year}年度报告", agency, agency, None, level, "甲州省", city, None, None, adcode, year,
        period or (f"{year}-01-01", f"{year}-12-31"), f"{year + 1}-01-20" if published_on == _KEEP else published_on, None, scope,
    )  # fmt: skip
    name = f"{agency}{year}{scope}{n}.html"
    return Report(
        name,
        1,
        f"{abs(hash(name)) % 16**16:016x}" * 4,
        who,
        form,
        tables or dict(TABLES),
        cells,
        list(findings or []),
        None,
        likeness,
    )


def checked(*reports: Report, root: Path = registry.ROOT) -> duckdb.DuckDBPyConnection:
    """A build of these reports with every rule run over it."""
    con = duckdb.connect()
    con.execute(SCHEMA.read_text(encoding="utf-8"))
    rows = empty_rows()
    for n, one in enumerate(reports):
        one.sha256 = f"{n:064x}"
        add_report(rows, one, one.sha256)
    tables = as_tables(rows)
    for name in SCHEMAS:
        if name in tables:
            table = tables[name]
            if name == "report":
                table = table.append_column("first_load", pa.array([1] * len(table), type=pa.int32()))
                table = table.append_column("is_current", pa.array([False] * len(table)))
            con.register("incoming", table)
            con.execute(f"insert into {name} by name select * from incoming")
            con.unregister("incoming")
    finish.fill_registry(con, root)
    finish.fill_agencies(con, root)
    finish.mark_current(con)
    con.execute(VIEWS.read_text(encoding="utf-8"))
    run_checks(con, root)
    return con


def findings(con: duckdb.DuckDBPyConnection, rule: str | None = None, state: str | None = None) -> list[dict[str, Any]]:
    """Rows of finding_v, operands as objects."""
    cursor = con.execute(
        """select rule_id, severity, state, agency, year, metric, breakdown, expected, actual, message, operands, accepted, document, origin from finding_v
           where ($1 is null or rule_id = $1) and ($2 is null or state = $2) order by document, rule_position, ordinal""",
        [rule, state],
    )
    names = [c[0] for c in cursor.description]
    rows = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    for row in rows:
        row["operands"] = json.loads(row["operands"]) if row["operands"] else []
    return rows


def fails(rule: str, *reports: Report) -> list[dict[str, Any]]:
    """The failures of one rule over these reports, as the check sees them."""
    return [f for f in findings(checked(*reports), rule, "fail") if f["origin"] == "check"]
