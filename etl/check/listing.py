"""The findings of a build. The rules themselves (data/registry/rules.yml) are run at publish; this lists what they and the readers noticed."""

from __future__ import annotations

import csv
import io
import json
from typing import Any

import duckdb

from etl.warehouse.queries import findings

SEVERITIES = {"error": "错误", "warning": "警告", "info": "提示"}
COLUMNS = {
    "severity": "级别", "rule_id": "规则", "agency": "机关", "year": "年度", "metric_name": "指标", "breakdown": "细分",
    "actual": "报告所载", "expected": "应为", "message": "说明", "source_path": "文件",
}  # fmt: skip


def list_findings(
    con: duckdb.DuckDBPyConnection,
    agency: str | None = None,
    city: str | None = None,
    year: int | None = None,
    severity: str | None = None,
) -> list[dict[str, Any]]:
    """The findings that fit all filters, errors first. Raises WarehouseError for an agency that the build does not know."""
    return findings(con, agency, city, year, severity)


def as_text(rows: list[dict[str, Any]], form: str) -> str:
    """Findings as csv (header in Chinese) or json (one array)."""
    if form == "json":
        return json.dumps(rows, ensure_ascii=False, indent=1, default=str)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(COLUMNS.values())
    for row in rows:
        writer.writerow([_cell(row, name) for name in COLUMNS])
    return out.getvalue()


def _cell(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return ""
    if name == "severity":
        return SEVERITIES.get(value, value)
    text = f"{value:g}" if isinstance(value, float) else str(value)
    return "'" + text if text[:1] in "=+-@\t\r" and not isinstance(value, float | int) else text


def table_rows(rows: list[dict[str, Any]]) -> list[list[str]]:
    """Cells of the table that the command line prints, in the order of COLUMNS."""
    return [[_cell(row, name) for name in COLUMNS] for row in rows]
