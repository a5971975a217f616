"""SQL of the pages on one agency and one report. As queries.py: views only, bound parameters, cached per build."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.kit import queries_build, queries_evidence, queries_quality


@st.cache_resource(max_entries=256, show_spinner=False)
def reports_of(build: str, fictional: bool, agency_id: str | None, report_id: int | None = None) -> pd.DataFrame:
    """The reports of one agency (or one report by its id), latest first: report_id, year, kind, scope, title, form, published_on, due_on, days_late,
    is_current, table_2..4, source_path, document, part, sha256, source_id, location, other_paths, findings (errors and warnings), figures."""
    which = {name: value for name, value in (("agency_id", agency_id), ("report_id", report_id)) if value is not None}
    if not which:
        which = {"report_id": -1}
    return queries_build.plain_rows(
        build,
        f"""select report_id, agency_id, agency, year::int as year, kind, scope, title, form, published_on::varchar as published_on,
                due_on::varchar as due_on, days_late::int as days_late, is_current, table_2, table_3, table_4, part_year, source_path,
                document, part::int as part, sha256, source_id, location, other_paths, index_number, findings::int as findings, figures::int as figures
            from report_page_v
            where fictional = $fictional and ({" or ".join(f"{name} = ${name}" for name in which)})
            order by is_current desc, year desc nulls last, kind, scope, report_id""",
        {"fictional": fictional, **which},
    )  # fmt: skip


@st.cache_resource(max_entries=128, show_spinner=False)
def observations_of(build: str, fictional: bool, report_id: int) -> pd.DataFrame:
    """Every observation of one report with its place: ordinal, metric, metric_name, breakdown, value, status, qualifier, method, unit, raw, quote,
    locator (struct), theme, shown (the views show this one)."""
    declared = queries_build.declared(build)
    df = queries_evidence.observed(build, fictional, report_id)
    shown: list[int | None] = []
    of = {"report": report_id}
    for slot in queries_build.table(build, "select slot from slot_report_v where report_id = $report", of)[
        "slot"
    ].to_pylist():
        sql = "select ordinal from metric_value where slot = $slot and report_id = $report"
        shown += queries_build.table(build, sql, of | {"slot": slot})["ordinal"].to_pylist()
    for name in ("name", "short", "theme", "definition", "place"):
        df[name] = [declared.get(m, {}).get(name) for m in df["metric"]]
    df["metric_name"], df["short"] = df["name"].fillna(df["metric"]), df["short"].fillna(df["metric"])
    columns = ("ordinal", "metric", "metric_name", "short", "breakdown", "value", "status", "qualifier", "method", "unit", "raw", "quote", "locator", "theme",
               "definition", "place")  # fmt: skip
    return queries_build.plain(df[list(columns)].assign(shown=df["ordinal"].isin(set(shown) - {None})))


@st.cache_resource(max_entries=128, show_spinner=False)
def findings_in(build: str, fictional: bool, report_id: int) -> pd.DataFrame:
    """Findings of one report that stand: ordinal, rule_id, rule_title, severity, metric, metric_name, breakdown, message, advice, quote, locator,
    expected, actual."""
    return _worded(
        build,
        """select ordinal::int as ordinal, origin, rule_id, severity, metric, breakdown, message, quote, locator, expected, actual, accepted, operands
            from finding_key_v where fictional = $fictional and report_id = $report and state = 'fail'
            order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, rule_id, ordinal""",
        {"fictional": fictional, "report": report_id},
        ("ordinal", "origin", "rule_id", "rule_title", "severity", "metric", "metric_name", "breakdown", "message", "explanation", "advice", "quote",
         "locator", "expected", "actual", "accepted", "operands"),
    )  # fmt: skip


@st.cache_resource(max_entries=128, show_spinner=False)
def findings_about(build: str, fictional: bool, agency_id: str) -> pd.DataFrame:
    """Errors and warnings in the current reports of one agency, latest year first: year, severity, metric_name, message, report_id, rule_id."""
    return _worded(
        build,
        """select year::int as year, severity, metric, message, report_id, rule_id, ordinal::int as ordinal
            from finding_key_v where fictional = $fictional and agency_id = $agency and coalesce(is_current, true) and severity in ('error', 'warning')
                and state = 'fail' and not accepted
            order by year desc nulls last, severity, rule_id, ordinal""",
        {"fictional": fictional, "agency": agency_id},
        ("year", "severity", "metric_name", "message", "advice", "report_id", "rule_id", "ordinal"),
    )


def _worded(build: str, sql: str, parameters: dict[str, Any], columns: tuple[str, ...]) -> pd.DataFrame:
    """Findings with what the registry says of their rules and metrics."""
    df = queries_build.rows(build, sql, parameters)
    declared = queries_build.declared(build)
    said = queries_quality.rules(build).set_index("id").reindex(df["rule_id"]).reset_index(drop=True)
    df = df.assign(
        rule_title=said["title"], explanation=said["explanation"], advice=said["advice"],
        metric_name=[declared.get(m, {}).get("name") for m in df["metric"]],
    )  # fmt: skip
    return queries_build.plain(df[list(columns)])
