"""SQL of 数据质量 and 指标口径: findings with the cells of both sides, coverage against the roster, rules, forms. As queries.py: views only,
bound parameters, cached per build, real and invented rows never together."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow.compute as pc
import streamlit as st

from pages.kit import queries_build, queries_evidence


def _bound(fictional: bool, first: int, last: int, reach: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """Conditions for real or invented rows, years and the filters that are set, with their values."""
    parameters: dict[str, Any] = {"fictional": fictional, "first": first, "last": last}
    filters = {name: reach.get(name) for name in ("province", "city", "level", "system")}
    within = queries_build.within(parameters, filters, reach.get("agencies", ()))
    return f"fictional = $fictional and year between $first and $last{within}", parameters


_STANDS = "coalesce(is_current, true) and agency_id is not null"


@st.cache_resource(max_entries=64, show_spinner=False)
def finding_counts(build: str, fictional: bool, first: int, last: int, **reach: Any) -> pd.DataFrame:
    """How many findings stand: rule_id, rule_title, rule_position, family, agency_id, agency, city, year, severity, state, accepted, n."""
    where, parameters = _bound(fictional, first, last, reach)
    return queries_build.rows(
        build,
        f"""select k.rule_id, coalesce(u.title, k.rule_id) as rule_title, u.position::int as rule_position, u.family, k.agency_id, k.agency, k.city,
                k.year::int as year, k.severity, k.state, k.accepted, k.n
            from (
                select rule_id, agency_id, any_value(agency) as agency, coalesce(any_value(city), '—') as city, year, severity, state, accepted,
                    count(*)::int as n
                from finding_key_v where {where} and {_STANDS} and state <> 'pass' group by rule_id, agency_id, year, severity, state, accepted
            ) k left join rule_v u on u.id = k.rule_id
            order by u.position nulls last, k.rule_id, k.agency, k.year""",
        parameters,
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def findings(
    build: str, fictional: bool, first: int, last: int, severities: tuple[str, ...], states: tuple[str, ...], rule: str | None, accepted: bool, limit: int,
    **reach: Any,
) -> pd.DataFrame:  # fmt: skip
    """Findings that fit, errors first: rule_id, rule_title, explanation, advice, severity, state, agency_id, agency, city, year, scope, metric,
    metric_name, breakdown, expected, actual, message, quote, locator, operands (JSON), report_id, ordinal, title, document, accepted*, "more" counts all."""
    where, parameters = _bound(fictional, first, last, reach)
    where += f" and {_STANDS} and severity {queries_build.among('severity', severities, parameters)} and state {queries_build.among('state', states, parameters)}"
    if rule is not None:
        parameters["rule"] = rule
        where += " and rule_id = $rule"
    keys = queries_build.rows(
        build,
        f"""select k.place, k.report_id, k.ordinal, k.origin, k.rule_id, k.severity, k.state, k.agency_id, k.agency, k.city, k.year::int as year, k.scope, k.metric,
                k.accepted, count(*) over ()::int as more
            from finding_key_v k left join (select id, position from rule_v) u on u.id = k.rule_id
            where {where} and accepted = $accepted
            order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, year desc, adcode nulls last, agency, u.position nulls last,
                rule_id, report_id, ordinal
            limit $limit""",
        parameters | {"accepted": accepted, "limit": limit},
    )
    found = queries_evidence.finding_words(build, keys)
    said = (
        rules(build)
        .set_index("id")[["title", "explanation", "advice"]]
        .reindex(found["rule_id"])
        .reset_index(drop=True)
    )
    found["rule_title"] = said["title"].fillna(found["rule_id"])
    found["explanation"], found["advice"] = said["explanation"], said["advice"]
    names = ["accepted_by", "accepted_reason", "accepted_on"]
    who = _who_accepted(build, found) if found["accepted"].any() else found[[]].reindex(columns=names).astype(object)
    found[names] = who.where(who.notna(), None)
    columns = ("rule_id", "rule_title", "explanation", "advice", "severity", "state", "agency_id", "agency", "city", "year", "scope", "metric", "metric_name",
               "breakdown", "expected", "actual", "message", "quote", "locator", "operands", "report_id", "ordinal", "title", "document", "accepted", *names,
               "more")  # fmt: skip
    return found[list(columns)]


def _who_accepted(build: str, found: pd.DataFrame) -> pd.DataFrame:
    """Who let these findings stand, why and when, in their order."""
    parameters: dict[str, Any] = {}
    known = queries_build.among("report", [int(r) for r in found["report_id"].dropna().unique()], parameters)
    key = ["report_id", "ordinal", "origin"]
    said = queries_build.rows(
        build,
        f"select report_id, ordinal, origin, accepted_by, accepted_reason, accepted_on from finding_v where accepted and report_id {known}",
        parameters,
    )
    return found[key].merge(said, on=key, how="left").drop(columns=key).astype(object)


@st.cache_resource(max_entries=256, show_spinner=False)
def operand_cells(
    build: str, fictional: bool, places: tuple[tuple[int, int | None, str | None, str | None], ...]
) -> pd.DataFrame:
    """The observations behind operands, each (report_id, ordinal, metric, breakdown): at the ordinal, or for a sum (no ordinal) its parts.

    Columns: at (which operand), report_id, ordinal, metric, metric_name, short, breakdown, value, status, method, raw, quote, locator, year, agency_id.
    """
    declared = queries_build.declared(build)
    rows = []
    tables = {
        report: queries_evidence.observed(build, fictional, report) for report in dict.fromkeys(p[0] for p in places)
    }
    for at, (report, ordinal, metric, cell) in enumerate(places):
        table = tables[report]
        if ordinal is None:
            parts = declared.get(metric or "", {}).get("parts") or []
            same = table["breakdown"].isna() if cell is None else table["breakdown"] == cell
            table = table[
                (table["method"] != "narrative") & same.fillna(False).astype(bool) & table["metric"].isin(parts)
            ]
        else:
            table = table[table["ordinal"] == ordinal]
        rows.append(table.assign(at=at))
    df = pd.concat(rows, ignore_index=True) if rows else queries_evidence.observed(build, fictional, 0).assign(at=0)
    df = df[df["metric"].isin(declared)].reset_index(drop=True)
    df["metric_name"] = [declared[m]["name"] for m in df["metric"]]
    df["short"] = [declared[m]["short"] for m in df["metric"]]
    columns = ("at", "report_id", "ordinal", "metric", "metric_name", "short", "breakdown", "value", "status", "method", "raw", "quote", "locator", "year",
               "agency_id")  # fmt: skip
    return df[list(columns)].astype({"at": "int32", "year": "int32"} if len(df) else {})


@st.cache_resource(max_entries=128, show_spinner=False)
def table_of(build: str, fictional: bool, report_id: int, table: int) -> pd.DataFrame:
    """One statutory table of a report as read, in printed order: ordinal, metric, short, breakdown, raw, status, locator."""
    declared = queries_build.declared(build)
    df = queries_evidence.observed(build, fictional, report_id, table=table)
    df = df[df["metric"].isin(declared)].reset_index(drop=True)
    df["short"] = [declared[m]["short"] for m in df["metric"]]
    df["name"] = [declared[m]["name"] for m in df["metric"]]
    return df[["ordinal", "metric", "short", "name", "breakdown", "raw", "status", "value"]]


@st.cache_resource(max_entries=64, show_spinner=False)
def report_file(build: str, fictional: bool, report_id: int) -> dict[str, Any]:
    """Where a report's file lies: location, document, part, agency, year; empty where the build does not know it."""
    found = queries_build.rows(
        build,
        "select location, document, source_path, part::int as part, agency, agency_id, year::int as year from report_page_v where report_id = $1 and fictional = $2",
        [report_id, fictional],
    )
    return dict(found.iloc[0]) if len(found) else {}


@st.cache_resource(max_entries=64, show_spinner=False)
def coverage_states(build: str, fictional: bool, first: int, last: int, **reach: Any) -> pd.DataFrame:
    """Expected or held annual reports: agency_id, agency, id and name of the city, level, year, state, published_on, due_on, days_late, report_id, expected."""
    where, parameters = _bound(fictional, first, last, reach)
    return queries_build.rows(
        build,
        f"""select agency_id, agency, coalesce(city_id, province_id, 'unknown') as id,
                coalesce(city, case when level = 'province' then province || '本级' end, province, '所在地不详') as name, level, system, year::int as year, state,
                published_on::varchar as published_on, due_on::varchar as due_on, days_late::int as days_late, report_id, expected
            from coverage where {where} order by adcode nulls last, agency, year""",
        parameters,
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def rules(build: str) -> pd.DataFrame:
    """Every rule in the registry's order: id, family, severity, title, explanation, advice, basis, equations, instead, forms, query, way."""
    return queries_build.rows(build, "select * from rule_v order by position")


@st.cache_resource(max_entries=8, show_spinner=False)
def rule_uses(build: str, fictional: bool) -> pd.DataFrame:
    """How often each rule was applied and what came of it: rule_id, passed, failed, not_assessable, pass_if_blank_is_zero (places), reports."""
    return queries_build.rows(
        build,
        """select rule_id, passed, failed, not_assessable, pass_if_blank_is_zero, reports from rule_use_v where fictional = ? order by rule_id""",
        [fictional],
    )


@st.cache_resource(max_entries=8, show_spinner=False)
def catalogue(build: str, fictional: bool) -> pd.DataFrame:
    """Every metric and indicator with its declaration and how many values there are: id, name, short, english, unit, theme, definition, caution, forms,
    place, parts, channels, wordings, derived, indicator, held, years."""
    table = queries_build.held(
        build,
        fictional,
        """select metric, sum(held)::bigint as held, min(year)::int as first_year, max(year)::int as last_year from held_v where fictional = ?
            group by metric""",
    )
    held = pc.fill_null(table["held"], 0)
    return queries_build.frame(
        table.set_column(table.column_names.index("held"), "held", held).drop_columns(["decimals", "direction"])
    )
