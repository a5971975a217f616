"""The findings of a published build for people and scripts, and the record of those that a person let stand."""

from __future__ import annotations

import csv
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from etl import registry
from etl.model import YearbookError
from etl.warehouse.queries import ask, find_agencies

COLUMNS = {
    "severity": "级别", "rule_id": "规则", "agency": "机关", "year": "年度", "state": "判定", "metric_name": "指标", "breakdown": "细分",
    "actual": "报告所载", "expected": "应为", "message": "说明", "source_path": "文件",
}  # fmt: skip


def list_findings(
    con: duckdb.DuckDBPyConnection, agency: str | None = None, city: str | None = None, year: int | None = None, severity: str | None = None
) -> list[dict[str, Any]]:  # fmt: skip
    """The findings that fit all filters, errors first, accepted ones last. Raises YearbookError for an agency or city the build does not know.

    `operands` are the cells of both sides of the rule; what merely agreed (state pass) is not listed.
    """
    ids = None
    if agency:
        ids = [a["agency_id"] for a in find_agencies(con, agency)]
        if not ids:
            raise YearbookError(f"库里没有机关“{agency}”。请用全称、简称或别名。")
    if city and not ask(con, "select 1 from report_v where city = $city limit 1", {"city": city}):
        raise YearbookError(f"库里没有“{city}”的报告。请用全称，如 岚屿市。")
    rows = ask(
        con,
        """select rule_id, rule_title, severity, state, agency, city, year, metric, metric_name, breakdown, expected, actual, message, quote,
                  advice, operands, accepted, accepted_by, accepted_reason, kind, scope, title, source_path, document, report_id, is_current, fictional
           from finding_v
           where ($ids is null or list_contains($ids, agency_id)) and ($city is null or city = $city) and state <> 'pass'
             and ($year is null or year = $year) and ($severity is null or severity = $severity) and coalesce(is_current, true)
           order by accepted, case severity when 'error' then 0 when 'warning' then 1 else 2 end, agency nulls last, year, rule_position nulls last,
               rule_id, report_id, ordinal""",
        {"ids": ids, "city": city, "year": year, "severity": severity},
    )
    for row in rows:
        row["operands"] = json.loads(row["operands"]) if row["operands"] else []
    return rows


def as_text(rows: list[dict[str, Any]], form: str) -> str:
    """Findings as csv (header in Chinese) or json (one array)."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1, default=str)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS.values())
    writer.writerows(table_rows(rows))
    return out.getvalue()


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return ""
    if name == "severity":
        return registry.word_of("severity", value) + ("（已接受）" if row["accepted"] else "")
    if name == "state":
        return registry.word_of("finding_state", value)
    if name == "breakdown":
        return next((b.name for b in registry.load_catalogue().breakdowns if b.id == value), value)
    text = f"{value:.15g}" if isinstance(value, float) else str(value)
    return "'" + text if text[:1] in "=+-@\t\r" and not isinstance(value, float | int) else text


def table_rows(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Cells of the table that the command line prints, in the order of COLUMNS."""
    return [[_cell(row, name) for name in COLUMNS] for row in rows]


def accept_finding(
    con: duckdb.DuckDBPyConnection, agency: str, year: int, rule: str, who: str, why: str, *, metric: str | None = None,
    breakdown: str | None = None, root: Path = registry.ROOT, today: date | None = None,
) -> int:  # fmt: skip
    """Lets a finding stand: appends one line per figure to accepted.jsonl and gives their number. The next load applies them.

    The figure as it is now is the guard of each line, where there is none what the finding says; what could not be judged is not accepted, since
    a later failure would then pass. Raises YearbookError where the build has no such finding, or who or why is missing.
    """
    found = [
        row for row in list_findings(con, agency, year=year)
        if row["rule_id"] == rule and row["state"] == "fail" and (metric is None or row["metric"] == metric) and (breakdown is None or row["breakdown"] == breakdown)
        and not row["accepted"]
    ]  # fmt: skip
    if not found:
        raise YearbookError(
            f"没有可接受的问题：{agency}{year}年度，规则 {rule}。现有问题见 python -m etl check --agency {agency} --year {year}。"
        )
    if len({row["agency"] for row in found}) > 1:
        raise YearbookError(
            f"“{agency}”不止一个机关（{'、'.join(sorted({row['agency'] for row in found}))}）。请用全称。"
        )
    if not who.strip() or not why.strip():
        raise YearbookError("接受一个问题要写明认可人和理由。请补上 --who 和 --why 后重试。")
    registry.append(
        root / "accepted.jsonl",
        [
            registry.Acceptance(
                agency=row["agency"], year=year, rule=rule, metric=row["metric"], breakdown=row["breakdown"], actual=row["actual"],
                message=row["message"] if row["actual"] is None else None, who=who.strip(), why=why.strip(), when=(today or date.today()).isoformat(),
            )
            for row in found
        ],
    )  # fmt: skip
    return len(found)
