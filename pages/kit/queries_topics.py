"""SQL of the pages on one theme: sums over agencies with who is in them, shares of outcomes, plans. As queries.py: views only, bound parameters,
cached per build, real and invented rows never together."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from pages.kit import queries_build

# The figures of every agency in reach, and which agencies are in the sum of a year: those with at least $needed figures.
_TOTALS = """
with held as materialized (
    select v.slot, v.year, v.metric, coalesce(v.breakdown, 'total') as breakdown, v.value, v.status, v.qualifier, v.method, v.form, v.report_id,
        v.part_year, v.has_finding, v.corrected
    from metric_value v
    where v.fictional = $fictional and v.scope = $scope and v.metric {metrics} and v.year {years}{reach}{kind}
        and ({cells})
        and v.method in ('table', 'derived', 'correction', 'imported')
), counted as (
    select slot, any_value(year) as year, count(*) filter (status = 'reported') as reported, max(form) as form, bool_or(part_year) as part_year,
        any_value(report_id) as report_id
    from held group by slot
), inside as (
    select * from counted where reported >= $needed
), years as (
    select year, count(*)::int as parts_held, mode(form) as form, bool_or(part_year) as part_year, case when count(*) = 1 then max(report_id) end as report_id
    from inside group by all
), summed as (
    select h.year, h.metric, h.breakdown, sum(h.value) filter (h.status = 'reported') as value, (count(*) filter (h.status = 'reported'))::int as n,
        bool_or(h.has_finding) as has_finding, bool_or(h.corrected) as corrected,
        case when bool_and(coalesce(h.qualifier, 'exact') = 'exact') then 'exact' else 'about' end as qualifier,
        case when bool_and(h.method = 'derived') then 'derived' else 'table' end as method,
        case when min(h.status) = max(h.status) then min(h.status) else 'blank' end as without
    from held h semi join inside using (slot)
    group by all
)
select y.year::int as year, s.metric, s.breakdown, s.value, s.n, s.has_finding, s.corrected, s.qualifier, s.method, s.without, y.parts_held, y.form,
    y.part_year, y.report_id
from years y left join summed s on s.year = y.year
"""


@st.cache_resource(max_entries=128, show_spinner=False)
def totals(
    build: str, fictional: bool, metric_ids: tuple[str, ...], years: tuple[int, ...], scope: str, *, breakdowns: tuple[str, ...] = ("total",),
    needed: int = 1, kind: str | None = None, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None, agencies: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """Sums over the agencies in reach from their statutory tables, one row per year, metric and breakdown.

    Only agencies with at least `needed` of the asked figures in a year are in that year's sum: `parts_held` of them. Where some of these left the
    cell blank (`n` < `parts_held`), the sum of exact figures is a lower bound and says so (qualifier at_least); with an inexact one it is none and says
    about. Prose figures are not added to table figures.
    """
    parameters: dict[str, Any] = {
        "needed": needed, "scope": scope, "fictional": fictional,
    }  # fmt: skip
    words = _words(parameters, metric_ids, years, kind, province, city, level, system, agencies)
    parts = [b for b in breakdowns if b != "total"]
    cells = ["v.is_total"] if "total" in breakdowns else []
    cells += [f"v.breakdown {queries_build.among('breakdown', parts, parameters)}"] if parts else []
    sql = _TOTALS.format(**words, cells=" or ".join(cells) or "false")
    found = queries_build.table(build, sql, parameters).to_pylist()
    of_year = {r["year"]: r for r in found}
    sums = {(r["year"], r["metric"], r["breakdown"]): r for r in found}
    declared = queries_build.declared(build)
    metrics = sorted(
        (m for m in set(metric_ids) if m in declared and not declared[m]["indicator"]),
        key=lambda m: declared[m]["position"],
    )
    # Put together cell by cell: there are a few dozen, and merging frames of them took three times as long as the query.
    rows = []
    for cell in product(sorted(set(years)), metrics, sorted(set(breakdowns))):
        year, metric, breakdown = cell
        known, whole, m = sums.get(cell, {}), of_year.get(year, {}), declared[metric]
        n, held = known.get("n") or 0, whole.get("parts_held") or 0
        rows.append({
            "agency_id": agencies[0] if len(agencies) == 1 else None, "year": year, "metric": metric, "metric_name": m["name"], "metric_short": m["short"],
            "unit": m["unit"], "theme": m["theme"], "decimals": m["decimals"], "breakdown": breakdown, "value": known.get("value"),
            "status": "no_report" if not whole else "reported" if n else known.get("without") or "not_stated",
            "qualifier": "at_least" if 0 < n < held and known["qualifier"] == "exact" else known.get("qualifier") or "exact", "method": known.get("method") or "table", "n": n,
            "parts_held": held, "form": whole.get("form"), "part_year": whole.get("part_year"), "report_id": whole.get("report_id"),
            "has_finding": known.get("has_finding"), "corrected": known.get("corrected"), "reliable": True, "scope": scope, "fictional": fictional,
        })  # fmt: skip
    return queries_build.typed(queries_build.frame(pa.Table.from_pylist(rows, _OF_TOTALS)))


_OF_TOTALS = pa.schema([
    ("agency_id", pa.string()), ("year", pa.int64()),
    *((name, pa.string()) for name in ("metric", "metric_name", "metric_short", "unit", "theme")), ("decimals", pa.int32()), ("breakdown", pa.string()),
    ("value", pa.float64()), *((name, pa.string()) for name in ("status", "qualifier", "method")), ("n", pa.int32()), ("parts_held", pa.int32()),
    ("form", pa.string()), ("part_year", pa.bool_()), ("report_id", pa.int64()),
    *((name, pa.bool_()) for name in ("has_finding", "corrected", "reliable")), ("scope", pa.string()), ("fictional", pa.bool_()),
])  # fmt: skip


_OF_AGENCIES = """
        select h.agency_id as id, h.year::int as year, h.metric, h.value, c.whole, 'reported' as status, 'exact' as qualifier, h.method,
            1::int as parts_held, h.form, h.part_year, h.has_finding, h.corrected, c.report_id
        from held h join complete c on c.agency_id = h.agency_id and c.year = h.year where c.whole_known
        union all
        select agency_id, year::int, null, null, null, 'partial', 'exact', 'table', 1, null, false, false, false, report_id
        from complete where not whole_known"""
_OF_YEARS = """
        , grouped as (
            select h.year, h.metric, sum(h.value) as value, count(*)::int as parts_held, mode(h.form) as form, bool_or(h.part_year) as part_year,
                bool_or(h.has_finding) as has_finding, bool_or(h.corrected) as corrected, max(h.method) as method
            from held h join complete c on c.agency_id = h.agency_id and c.year = h.year where c.whole_known group by h.year, h.metric
        )
        select year::varchar as id, year::int as year, metric, value, sum(value) over (partition by year) as whole, 'reported' as status,
            'exact' as qualifier, method, parts_held, form, part_year, has_finding, corrected, null::bigint as report_id
        from grouped"""


@st.cache_resource(max_entries=128, show_spinner=False)
def outcome_shares(
    build: str, fictional: bool, metric_ids: tuple[str, ...], years: tuple[int, ...], scope: str, by: str = "agency", *, kind: str | None = None,
    province: str | None = None, city: str | None = None, level: str | None = None, system: str | None = None, agencies: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """Shares of outcomes in their own sum, per agency of one year or (by 'year') per year over the agencies in reach.

    Columns of a chart's rows, with `share` (per cent), `whole` (the sum of the parts) and status; an agency with a blank part has no shares
    (partial), since its whole is not known. Greatest whole first, years in order.
    """
    parameters: dict[str, Any] = {"scope": scope, "fictional": fictional, "parts": len(metric_ids)}
    words = _words(parameters, metric_ids, years, kind, province, city, level, system, agencies)
    sql = f"""
        with held as materialized (
            select agency_id, year, metric, value, status, method, form, report_id, part_year, has_finding, corrected
            from metric_value
            where fictional = $fictional and scope = $scope and is_total and metric {words["metrics"]} and year {words["years"]}{words["kind"]}
                {words["reach"]} and method in ('table', 'derived', 'correction', 'imported')
        ), complete as materialized (
            select agency_id, year, count(*) filter (status = 'reported') = $parts as whole_known, sum(value) as whole, any_value(report_id) as report_id
            from held group by agency_id, year
        )
        {_OF_YEARS if by == "year" else _OF_AGENCIES}"""
    found = queries_build.table(build, sql, parameters)
    declared = queries_build.declared(build)
    metrics = sorted(
        (m for m in set(metric_ids) if m in declared and not declared[m]["indicator"]),
        key=lambda m: declared[m]["position"],
    )
    # An agency whose whole is not known stands once per metric, without figures.
    at = queries_build.codes(found["metric"], pa.array(metrics, pa.string()))
    times = np.where(queries_build.flags(pc.equal(found["status"], "partial")), len(metrics), 1)
    found = found.take(pa.array(np.repeat(np.arange(len(found)), times)))
    within = np.arange(len(found)) - np.repeat(np.cumsum(times) - times, times)
    metric = (
        np.where(np.repeat(times > 1, times), within, np.repeat(at, times))
        if len(metrics) > 1
        else np.zeros(len(found), dtype=np.int64)
    )
    agencies_ = queries_build.agency_table(build, fictional)
    agency = queries_build.indices(queries_build.codes(found["id"], agencies_["id"].combine_chunks()))

    def what(name: str, type: pa.DataType) -> pa.Array:
        return pa.array([declared[m][name] for m in metrics], type).take(pa.array(metric))

    text = pa.string()
    columns = {
        "id": found["id"], "year": found["year"], "metric": pa.array(metrics, text).take(pa.array(metric)), "metric_name": what("name", text),
        "metric_short": what("short", text), "unit": what("unit", text), "theme": what("theme", text), "value": found["value"], "whole": found["whole"],
        "share": pc.if_else(
            pc.equal(found["whole"], 0.0), pa.scalar(None, pa.float64()), pc.divide(pc.multiply(found["value"], 100.0), found["whole"])
        ),
        **{
            name: found[name]
            for name in ("status", "qualifier", "method", "parts_held", "form", "part_year", "has_finding", "corrected", "report_id")
        },
        "reliable": pa.repeat(True, len(found)),
        **{
            shown: agencies_[name].combine_chunks().take(agency)
            for shown, name in (
                ("agency_id", "id"), ("agency", "name"), ("display", "called"), ("adcode", "adcode"), ("city", "city"), ("level", "level"),
                ("system", "system"),
            )
        },
        "position": what("position", pa.int32()),
    }  # fmt: skip
    order = [("whole", "descending"), ("id", "ascending"), ("position", "ascending")]
    df = queries_build.typed(queries_build.frame(pa.table(columns).sort_by(order)))
    df["name"] = df["year"].map("{}年度".format) if by == "year" else df["display"]
    df["whole"] = df["whole"].astype("float64").fillna(0.0)
    df["share"] = df["share"].astype("float64").fillna(0.0)
    df["scope"], df["fictional"] = scope, fictional
    return df.sort_values(["year", "position"], kind="stable").reset_index(drop=True) if by == "year" else df


def _words(
    parameters: dict[str, Any], metric_ids: tuple[str, ...], years: tuple[int, ...], kind: str | None, province: str | None, city: str | None,
    level: str | None, system: str | None, agencies: tuple[str, ...],
) -> dict[str, str]:  # fmt: skip
    """The conditions of metrics, years, reach and kind for metric_value; their values go into `parameters`."""
    words = {
        "metrics": queries_build.among("metric", metric_ids, parameters),
        "years": queries_build.among("year", years, parameters),
        "kind": "",
    }
    if kind is not None:
        parameters["kind"] = kind
        words["kind"] = " and kind = $kind"
    reach = {"province": province, "city": city, "level": level, "system": system}
    return words | {"reach": queries_build.within(parameters, reach, agencies)}


@st.cache_resource(max_entries=64, show_spinner=False)
def plans(build: str, fictional: bool) -> pd.DataFrame:
    """Work plans held, latest first: report_id, agency_id, agency, year, title, tasks, columns; '' and 0 where it is not known."""
    return queries_build.rows(
        build,
        """select report_id, coalesce(agency_id, '') as agency_id, coalesce(agency, '') as agency, coalesce(year, 0)::int as year,
                coalesce(title, '') as title, tasks::int as tasks, columns::int as columns
            from plan_key_v where fictional = ? order by plan_key_v.year desc nulls last, plan_key_v.agency, report_id""",
        [fictional],
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def plan_items(build: str, fictional: bool, report_id: int) -> pd.DataFrame:
    """Tasks and columns of one work plan in printed order: item, number, path, task, section, frequency, raw."""
    return queries_build.plain_rows(
        build,
        """select item, number, array_to_string(path, ' ＞ ') as path, task, section, frequency, raw
            from plan_item_v where fictional = ? and report_id = ? order by item desc, ordinal""",
        [fictional, report_id],
    )  # fmt: skip


@st.cache_resource(max_entries=16, show_spinner=False)
def plan_sections(build: str, fictional: bool) -> list[str]:
    """Every section named as responsible in a plan, sorted."""
    df = queries_build.rows(
        build,
        "select section from plan_section_v where fictional = ? order by section",
        [fictional],
    )
    return [str(s) for s in df["section"] if len(str(s)) <= 60]
