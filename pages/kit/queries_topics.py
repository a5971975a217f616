"""SQL of the pages on one theme: sums over agencies with who is in them, shares of outcomes, plans. As queries.py: views only, bound parameters,
cached per build, real and invented rows never together."""

from __future__ import annotations

from typing import Any

import pandas as pd
import streamlit as st

from pages.kit import queries

# The figures of every agency in reach, and which agencies are in the sum of a year: those with at least $needed figures.
_TOTALS = """
with asked as (
    select m.id as metric, m.position, m.name as metric_name, m.short as metric_short, m.unit, m.theme, m.decimals::int as decimals, b.breakdown
    from metric_v m cross join (select unnest($breakdowns) as breakdown) b
    where m.id {metrics}
), held as materialized (
    select v.agency_id, v.year, v.metric, coalesce(v.breakdown, 'total') as breakdown, v.value, v.status, v.qualifier, v.method, v.form, v.report_id,
        v.part_year, v.has_finding, v.corrected
    from metric_value v
    where v.fictional = $fictional and v.scope = $scope and v.metric {metrics} and v.year {years}{reach}{kind}
        and coalesce(v.breakdown, 'total') {breakdowns}
        and v.method in ('table', 'derived', 'correction', 'imported')
), counted as (
    select agency_id, year, count(*) filter (status = 'reported') as reported, mode(form) as form, bool_or(part_year) as part_year,
        any_value(report_id) as report_id
    from held group by all
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
        case when count(distinct h.status) = 1 then min(h.status) else 'blank' end as without
    from held h join inside i using (agency_id, year)
    group by all
)
select case when len($agencies) = 1 then $agencies[1] end as agency_id, y.year::int as year, a.metric, a.metric_name, a.metric_short, a.unit, a.theme,
    a.decimals, a.breakdown, s.value, case when y.parts_held is null then 'no_report' when s.n > 0 then 'reported' else coalesce(s.without, 'not_stated') end as status,
    case when s.n > 0 and s.n < y.parts_held then 'at_least' else coalesce(s.qualifier, 'exact') end as qualifier, coalesce(s.method, 'table') as method,
    coalesce(s.n, 0)::int as n, coalesce(y.parts_held, 0)::int as parts_held, y.form, coalesce(y.part_year, false) as part_year, y.report_id,
    coalesce(s.has_finding, false) as has_finding, coalesce(s.corrected, false) as corrected, true as reliable, $scope as scope, $fictional as fictional
from asked a
cross join (select unnest($years) as asked_year)
left join years y on y.year = asked_year
left join summed s on s.year = asked_year and s.metric = a.metric and s.breakdown = a.breakdown
order by asked_year, a.position, a.breakdown
"""


@st.cache_resource(max_entries=128, show_spinner=False)
def totals(
    build: str, fictional: bool, metric_ids: tuple[str, ...], years: tuple[int, ...], scope: str, *, breakdowns: tuple[str, ...] = ("total",),
    needed: int = 1, kind: str | None = None, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None, agencies: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """Sums over the agencies in reach from their statutory tables, one row per year, metric and breakdown.

    Only agencies with at least `needed` of the asked figures in a year are in that year's sum: `parts_held` of them. Where some of these left the
    cell blank (`n` < `parts_held`), the sum is a lower bound and says so (qualifier at_least). Prose figures are not added to table figures.
    """
    parameters: dict[str, Any] = {
        "years": list(years), "breakdowns": list(breakdowns), "needed": needed, "scope": scope, "fictional": fictional, "agencies": list(agencies),
    }  # fmt: skip
    words = _words(parameters, metric_ids, years, kind, province, city, level, system, agencies)
    df = queries._typed(
        queries._rows(
            build, _TOTALS.format(**words, breakdowns=queries._among("breakdown", breakdowns, parameters)), parameters
        )
    )
    df["year"] = df["year"].fillna(0).astype(int)
    return df[df["year"] > 0].reset_index(drop=True)


@st.cache_resource(max_entries=128, show_spinner=False)
def outcome_shares(
    build: str, fictional: bool, metric_ids: tuple[str, ...], years: tuple[int, ...], scope: str, by: str = "agency", *, kind: str | None = None,
    province: str | None = None, city: str | None = None, level: str | None = None, system: str | None = None, agencies: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """Shares of outcomes in their own sum, per agency of one year or (by 'year') per year over the agencies in reach.

    Columns of a chart's rows, with `share` (per cent), `whole` (the sum of the parts) and status; an agency with a blank part has no shares
    (partial), since its whole is not known. Greatest whole first, years in order.
    """
    parameters: dict[str, Any] = {"scope": scope, "by": by, "fictional": fictional, "parts": len(metric_ids)}
    words = _words(parameters, metric_ids, years, kind, province, city, level, system, agencies)
    sql = f"""
        with held as materialized (
            select agency_id, year, metric, value, status, method, form, report_id, part_year, has_finding, corrected
            from metric_value
            where fictional = $fictional and scope = $scope and is_total and metric {words["metrics"]} and year {words["years"]}{words["kind"]}
                {words["reach"]} and method in ('table', 'derived', 'correction', 'imported')
        ), complete as (
            select agency_id, year, count(*) filter (status = 'reported') = $parts as whole_known, sum(value) as whole, any_value(report_id) as report_id
            from held group by all
        ), grouped as (
            select case when $by = 'year' then h.year::varchar else h.agency_id end as id, h.year, h.metric, sum(h.value) as value,
                count(distinct h.agency_id)::int as parts_held, mode(h.form) as form, bool_or(h.part_year) as part_year,
                bool_or(h.has_finding) as has_finding, bool_or(h.corrected) as corrected, max(h.method) as method,
                case when $by = 'agency' then any_value(h.report_id) end as report_id
            from held h join complete c using (agency_id, year) where c.whole_known group by all
        ), rated as (
            select *, sum(value) over (partition by id, year) as whole from grouped
        )
        select r.id, r.year::int as year, r.metric, m.name as metric_name, m.short as metric_short, m.unit, m.theme, r.value, r.whole,
            100.0 * r.value / nullif(r.whole, 0) as share, 'reported' as status, 'exact' as qualifier, r.method, r.parts_held, r.form,
            r.part_year, r.has_finding, r.corrected, r.report_id, true as reliable, w.agency_id, w.name as agency, w.called as display, w.adcode, w.city, w.level, w.system,
            m.position
        from rated r join metric_v m on m.id = r.metric left join agency_v w on w.agency_id = r.id
        union all
        select c.agency_id, c.year::int, m.id, m.name, m.short, m.unit, m.theme, null, null, null, 'partial', 'exact', 'table', 1, null, false, false, false,
            c.report_id, true, w.agency_id, w.name, w.called, w.adcode, w.city, w.level, w.system, m.position
        from complete c join agency_v w on w.agency_id = c.agency_id cross join (select * from metric_v where id {words["metrics"]}) m
        where not c.whole_known and $by = 'agency'
        order by whole desc nulls last, id, position"""
    df = queries._typed(queries._rows(build, sql, parameters))
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
        "metrics": queries._among("metric", metric_ids, parameters),
        "years": queries._among("year", years, parameters),
        "kind": "",
    }
    if kind is not None:
        parameters["kind"] = kind
        words["kind"] = " and kind = $kind"
    reach = {"province": province, "city": city, "level": level, "system": system}
    return words | {"reach": queries._within(parameters, reach, agencies)}


@st.cache_resource(max_entries=64, show_spinner=False)
def plans(build: str, fictional: bool) -> pd.DataFrame:
    """Work plans held, latest first: report_id, agency_id, agency, year, title, tasks, columns."""
    return _plain(queries._rows(
        build,
        """select p.report_id, p.agency_id, p.agency, p.year::int as year, any_value(p.title) as title,
                (count(*) filter (p.item = 'task'))::int as tasks, (count(*) filter (p.item = 'column'))::int as columns
            from plan_v p where p.fictional = ? and p.is_current group by all order by year desc nulls last, agency, p.report_id""",
        [fictional],
    ))  # fmt: skip


@st.cache_resource(max_entries=64, show_spinner=False)
def plan_items(build: str, fictional: bool, report_id: int) -> pd.DataFrame:
    """Tasks and columns of one work plan in printed order: item, number, path, task, section, frequency, raw."""
    return _plain(queries._rows(
        build,
        """select item, number, array_to_string(path, ' ＞ ') as path, task, section, frequency, raw
            from plan_v where fictional = ? and report_id = ? order by item desc, ordinal""",
        [fictional, report_id],
    ))  # fmt: skip


def _plain(df: pd.DataFrame) -> pd.DataFrame:
    """Missing text as None."""
    return df.astype(object).where(df.notna(), None)


@st.cache_resource(max_entries=16, show_spinner=False)
def plan_sections(build: str, fictional: bool) -> list[str]:
    """Every section named as responsible in a plan, sorted."""
    df = queries._rows(
        build,
        "select distinct trim(s) as section from (select unnest(string_split(section, '、')) as s from plan_v where fictional = ?) where s <> '' order by 1",
        [fictional],
    )
    return [str(s) for s in df["section"] if len(str(s)) <= 60]
