"""SQL of the comparison of cities: each city's own figure or the sum of its agencies, and how many of these have reported. As queries_build.py
says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from etl.registry import unit_meaning
from pages.kit import queries_build

# Figures or rates of one metric with their form, kind and operands; `{reach}` may name every column of both views.
_CITY_FIGURES = """
    select slot, agency_id, agency, city_id, year, value, status, qualifier, method, unit, report_id, ordinal, part_year, has_finding, corrected,
        form, null::double as numerator, null::double as denominator, true as reliable
    from metric_value
    where metric = $metric and is_total and scope = '{scope}' and fictional = $fictional and year {years}{kind}{reach}
"""
_CITY_RATES = """
    select slot, agency_id, agency, city_id, year, value, status, qualifier, case when from_prose then 'narrative' else 'table' end as method,
        null::varchar as unit, report_id, null::smallint as ordinal, part_year, has_finding, corrected, form, numerator, denominator, reliable
    from indicator_value
    where indicator = $metric and scope = '{scope}' and fictional = $fictional and year {years}{kind}{reach}
"""
# Of several governments of one city the one that is called so.
_CITY_OWN = """
    select * from ({figures})
    qualify row_number() over (partition by city_id, year order by ends_with(agency, '人民政府') desc, report_id) = 1
"""
_CITY_REPORTS = """
    select s.city_id, s.year, min(r.form) as form, min(r.title) as title, min(s.agency_id) as agency_id
    from slot_v s join slot_report_v r using (slot)
    where s.fictional = $fictional and s.scope = 'government_aggregate' and s.year {years}{reach} and r.is_current{kind}
    group by all
"""
_CITY_TITLES = "select report_id, title from slot_report_v where report_id {reports}"
# Figures in several units are not added; nothing is nothing in any unit.
_CITY_SUM = """
    select city_id, year, count(*)::int as parts_held,
        min(meant) filter (value <> 0) as one_unit, max(meant) filter (value <> 0) as other_unit,
        one_unit is distinct from other_unit or (one_unit is not null)::int + count(*) filter (value <> 0 and meant is null) > 1 as several,
        case when several then null when $factor is not null then $factor * sum(numerator) / nullif(sum(denominator), 0) else sum(value) end as value,
        case when several then 'units_differ' else 'reported' end as status,
        sum(numerator) as numerator, sum(denominator) as denominator, coalesce($factor is null or sum(denominator) >= $smallest, true) as reliable,
        min(qualifier) filter (qualifier <> 'exact') as hedge, max(qualifier) filter (qualifier <> 'exact') as other_hedge,
        case when hedge is null then 'exact' when hedge = other_hedge then hedge else 'about' end as qualifier,
        bool_or(part_year) as part_year, bool_or(has_finding) as has_finding, bool_or(corrected) as corrected,
        case when bool_and(method = 'narrative') then 'narrative' else 'table' end as method, case when not several then arg_max(unit, value) end as unit,
        mode(form) as form
    from (select *, coalesce({meant}, $own) as meant from ({figures}))
    where status = 'reported' and value is not null
    group by city_id, year
"""
_OF_CITY = " and (level = 'city' or (level = 'province' and city_id = adcode))"


@st.cache_resource(max_entries=16, show_spinner=False)
def _cities(build: str, fictional: bool, province: str | None, level: str | None, system: str | None) -> pa.Table:
    """The cities of a province or of all, by id: city_id, city_min and province_min (names), known (own-office agencies of that level and system)."""
    listed = queries_build.agencies_in(build, fictional, province, None, None, None, ())
    roster = listed.filter(pc.is_valid(listed["city_id"])).group_by("city_id")
    cities = roster.aggregate([("city", "min"), ("province", "min")]).sort_by("city_id")
    fitting = queries_build.agencies_in(build, fictional, province, None, level, system, ())
    own = fitting.filter(fitting["own"]).group_by("city_id").aggregate([("id", "count")])
    at = queries_build.codes(cities["city_id"], own["city_id"].combine_chunks())
    known = pc.fill_null(own["id_count"].combine_chunks().take(queries_build.indices(at)), 0)
    return cities.append_column("known", known.cast(pa.int32()))


@st.cache_resource(max_entries=64, show_spinner=False)
def city_values(
    build: str,
    fictional: bool,
    metric: str,
    years: tuple[int, ...],
    basis: str,
    kind: str | None = None,
    province: str | None = None,
    level: str | None = None,
    system: str | None = None,
) -> pd.DataFrame:
    """Every city × year. `basis` 'government': the city government's own figure for the whole region; 'sum': the sum of the agencies
    held (own-office figures), with how many of the known agencies it holds. The two never mix; a rate of a sum is the
    sum of numerators over the sum of denominators."""
    every = queries_build.declared(build)
    declared = every.get(metric)
    parameters: dict[str, Any] = {"metric": metric, "fictional": fictional}
    words = {
        "years": queries_build.among("year", years, parameters),
        "kind": "" if kind is None else " and kind = $kind",
    }
    parameters["kind"] = kind
    own = basis == "government"
    scope = "government_aggregate" if own else "own_agency"
    placed = queries_build.within(parameters, {"province": province})
    words["reach"] = placed + (
        _OF_CITY if own else queries_build.within(parameters, {"level": level, "system": system})
    )
    figures = queries_build.asked(
        every, (metric,), _CITY_FIGURES.format(**words, scope=scope), _CITY_RATES.format(**words, scope=scope)
    )
    cities = _cities(build, fictional, province, level, system)
    if declared is None:
        cities = cities.slice(0, 0)
    spans = np.array(sorted(set(years)), dtype=np.int64)
    width, size = len(spans), len(cities) * len(spans)
    ids = cities["city_id"].combine_chunks()

    def spread(table: pa.Table) -> pa.Table:
        """The rows of a table by city and year in the places of the result."""
        at = queries_build.codes(table["city_id"], ids)
        rows = np.flatnonzero(at >= 0)
        places = np.full(size, -1)
        places[at[rows] * width + np.searchsorted(spans, table["year"].to_numpy()[rows])] = rows
        return table.combine_chunks().take(queries_build.indices(places))

    if own:
        given = spread(queries_build.table(build, _CITY_OWN.format(figures=figures), parameters))
        report = spread(queries_build.table(build, _CITY_REPORTS.format(**words), parameters))
        of = pc.unique(given["report_id"]).drop_null()
        bound: dict[str, Any] = {}
        titled = queries_build.table(
            build, _CITY_TITLES.format(reports=queries_build.among("report", of.to_pylist(), bound)), bound
        )
        titles = (
            titled["title"]
            .combine_chunks()
            .take(queries_build.indices(queries_build.codes(given["report_id"], titled["report_id"].combine_chunks())))
        )
        agency = pc.coalesce(given["agency_id"], report["agency_id"])
        agencies = queries_build.agency_table(build, fictional)
        who = (
            agencies["name"]
            .combine_chunks()
            .take(queries_build.indices(queries_build.codes(agency, agencies["id"].combine_chunks())))
        )
        gap = pc.if_else(pc.is_valid(report["city_id"]), "not_stated", "no_report")
        more = {
            "agency_id": agency, "agency": who, "status": pc.coalesce(given["status"], gap), "report_id": given["report_id"],
            "ordinal": given["ordinal"], "form": pc.coalesce(given["form"], report["form"]), "title": pc.coalesce(titles, report["title"]),
            "parts_held": pa.nulls(size, pa.int32()), "parts_known": pa.nulls(size, pa.int32()),
        }  # fmt: skip
    else:
        parameters |= {name: declared[name] if declared else None for name in ("factor", "smallest")}
        parameters["own"] = unit_meaning(metric, None)
        named = []
        for n, (unit, meant) in enumerate(queries_build.spelt(declared).items()):
            parameters |= {f"unit_{n}": unit, f"meant_{n}": meant}
            named.append(f"when $unit_{n} then $meant_{n}")
        names = f"case unit {' '.join(named)} else unit end" if named else "unit"
        given = spread(queries_build.table(build, _CITY_SUM.format(figures=figures, meant=names), parameters))
        gap = pc.coalesce(given["status"], pa.scalar("no_report"))
        more = {
            "agency_id": pa.nulls(size, pa.string()), "agency": pa.nulls(size, pa.string()), "status": gap, "report_id": pa.nulls(size, pa.int64()),
            "ordinal": pa.nulls(size, pa.int32()), "form": given["form"], "title": pa.nulls(size, pa.string()),
            "parts_held": pc.coalesce(given["parts_held"], pa.scalar(0, pa.int32())),
            "parts_known": cities["known"].combine_chunks().take(pa.array(np.repeat(np.arange(len(cities)), width))),
        }  # fmt: skip
    by_unit = None
    if declared and declared["by_unit"]:
        by_unit = [unit_meaning(metric, unit) for unit in given["unit"].to_pylist()]
    city = np.repeat(np.arange(len(cities)), width)
    year = np.tile(spans, len(cities))
    value = pc.if_else(pc.equal(more["status"], "reported"), given["value"], pa.scalar(None, pa.float64()))
    reliable = pc.coalesce(given["reliable"], pa.scalar(True))
    m = declared or dict.fromkeys(("name", "short", "theme", "decimals", "unit"))
    columns = {
        "id": ids.take(city), "name": cities["city_min"].take(city), "city": cities["city_min"].take(city), "adcode": ids.take(city),
        "province": cities["province_min"].take(city), "year": pa.array(year.astype(np.int32)), "metric": pa.repeat(metric, size),
        "agency_id": more["agency_id"], "agency": more["agency"], "value": value, "status": more["status"], "qualifier": given["qualifier"],
        "method": given["method"], "unit": pc.coalesce(given["unit"], pa.scalar(m["unit"], pa.string())), "report_id": more["report_id"], "ordinal": more["ordinal"],
        **{name: given[name] for name in ("part_year", "has_finding", "corrected")}, "form": more["form"], "numerator": given["numerator"],
        "denominator": given["denominator"], "reliable": reliable, "title": more["title"], "parts_held": more["parts_held"],
        "parts_known": more["parts_known"], "scope": pa.repeat(scope, size), "metric_name": pa.repeat(m["name"], size),
        "metric_short": pa.repeat(m["short"], size), "theme": pa.repeat(m["theme"], size), "decimals": pa.repeat(m["decimals"], size).cast(pa.int32()),
        "fictional": pa.repeat(fictional, size), "level": pa.repeat("city", size), "system": pa.nulls(size, pa.string()), "peer": pa.repeat("city", size),
        **_among_cities(value, queries_build.flags(reliable), year, by_unit),
    }  # fmt: skip
    return queries_build.typed(queries_build.frame(pa.table(columns)))


def _among_cities(
    value: pa.Array, reliable: np.ndarray, year: np.ndarray, by_unit: list[str | None] | None = None
) -> dict[str, pa.Array]:
    """Median and number of the cities with a reliable value of the year, each city's rank and how many share it.

    `by_unit`: what each value's unit means, where values of several are not compared; there is nothing then in a year with more than one.
    """
    known, values = queries_build.flags(pc.is_valid(value)), pc.fill_null(value, 0.0).to_numpy()
    if by_unit is not None:
        units = np.array([unit or "" for unit in by_unit])
        for one in np.unique(year):
            rows = known & (year == one)
            if "" in units[rows] or len(set(units[rows])) > 1:
                known = known & (year != one)
    median, count, rank, ties = np.zeros(len(year)), *(np.zeros(len(year), dtype=np.int32) for _ in range(3))
    for one in np.unique(year):
        rows = np.flatnonzero(known & (year == one))
        counted = values[rows[reliable[rows]]]
        median[rows], count[rows] = np.median(counted) if len(counted) else np.nan, len(counted)
        ordered = np.sort(values[rows])
        behind = np.searchsorted(ordered, values[rows], "right")
        rank[rows], ties[rows] = len(rows) - behind + 1, behind - np.searchsorted(ordered, values[rows], "left")
    return {
        name: pa.array(of, mask=~known)
        for name, of in (("peer_median", median), ("peer_n", count), ("peer_rank", rank), ("peer_ties", ties))
    }


@st.cache_resource(max_entries=64, show_spinner=False)
def coverage(
    build: str, fictional: bool, province: str | None = None, level: str | None = None, system: str | None = None
) -> pd.DataFrame:
    """Year × city: id, name, year, known (agencies of the city in this warehouse), held (of these with an annual report of that year)."""
    parameters: dict[str, Any] = {"fictional": fictional}
    within = queries_build.within(parameters, {"province": province, "level": level, "system": system})
    return queries_build.rows(
        build,
        f"""select id, min(name) as name, year::int as year, sum(known)::int as known, sum(held)::int as held, sum(late)::int as late
            from coverage_count_v where fictional = $fictional{within} group by id, year order by id, year""",
        parameters,
    )
