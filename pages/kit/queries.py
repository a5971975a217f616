"""SQL of the general pages: agencies, metrics, figures with their peers, headlines, sources. As queries_build.py says."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from etl import warehouse
from etl.registry import national_forms, unit_meaning
from pages.kit import queries_build

HEADLINES = ("proactive_disclosures", "policy_interpretations", "requests_received", "review_total")
"""The headline metrics of 总览: disclosed, explained, asked for, disputed."""


def current() -> warehouse.Build | None:
    """The build in use, None when there is none. Raises WarehouseError when the pointer is broken."""
    return warehouse.current_build()


@st.cache_resource(max_entries=64, show_spinner=False)
def agencies(build: str, fictional: bool) -> pd.DataFrame:
    """Every agency that has a report: id, name, called (among others), short_name, system, level, province,
    city and their ids, adcode, aliases."""
    return queries_build.frame(queries_build.agency_table(build, fictional).drop_columns("own"))


@st.cache_resource(max_entries=64, show_spinner=False)
def metrics(build: str, fictional: bool) -> pd.DataFrame:
    """Metrics and indicators that have a value: id, name, short, unit, theme, decimals, definition, caution, forms, indicator, held."""
    table = queries_build.held(
        build, fictional, "select metric, sum(held)::bigint as held from held_v where fictional = ? group by all"
    )
    table = table.filter(pc.is_valid(table["held"]))
    forms = pc.if_else(table["indicator"], pa.scalar(None, pa.list_(pa.string())), table["forms"])
    names = (
        "id",
        "name",
        "short",
        "unit",
        "theme",
        "decimals",
        "definition",
        "caution",
        "direction",
        "forms",
        "indicator",
        "held",
        "position",
    )
    return queries_build.frame(table.set_column(table.column_names.index("forms"), "forms", forms).select(names))


@st.cache_resource(max_entries=64, show_spinner=False)
def reach(build: str, fictional: bool) -> pd.DataFrame:
    """Which years, kinds and scopes have reports: year, kind, scope, reports, agencies."""
    return queries_build.rows(
        build,
        """select year::int as year, kind, scope, reports, agencies from reach_v where fictional = ?
            order by year, kind, scope""",
        [fictional],
    )


# Figures and rates alike, narrow: slots are numbers, words are joined to the rows that are shown.
_FIGURES = """
    select slot, metric, year, level || '|' || system as peer, value, status, part_year, true as reliable{words}
    from metric_value
    where metric {metrics} and is_total and scope = $scope and fictional = $fictional and year {years}{kind}{reach}
"""


_RATES = """
    select slot, indicator as metric, year, level || '|' || system as peer, value, status, part_year, reliable{words}
    from indicator_value
    where indicator {metrics} and scope = $scope and fictional = $fictional and year {years}{kind}{reach}
"""


_WORDS_OF_FIGURES = """, qualifier, method, unit, report_id, ordinal, has_finding, corrected, printed_value, correction_reason,
        null::double as numerator, null::double as denominator"""


_WORDS_OF_RATES = """, qualifier, case when from_prose then 'narrative' else 'table' end as method, null::varchar as unit, report_id,
        null::smallint as ordinal, has_finding, corrected, null::double as printed_value, null::varchar as correction_reason, numerator, denominator"""


# The agencies, years and scopes in reach with the reports behind their figures: who is silent, and why.
_REPORTS = """
    select s.slot, s.agency_id, s.year, s.scope = $scope as asked, r.report_id, r.kind, r.form, r.title, r.source_path, r.is_current, r.leads,
        r.table_2, r.table_3, r.table_4
    from slot_v s left join slot_report_v r using (slot)
    where s.fictional = $fictional and s.year {years}{reach}
"""


@st.cache_resource(max_entries=64, show_spinner=False)
def values(
    build: str,
    fictional: bool,
    metric_ids: tuple[str, ...],
    years: tuple[int, ...],
    scope: str,
    kind: str | None = None,
    province: str | None = None,
    city: str | None = None,
    level: str | None = None,
    system: str | None = None,
    agencies: tuple[str, ...] = (),
) -> pd.DataFrame:
    """Every agency in reach × year × metric, with value or the reason why there is none, and its peers.

    Columns as charts want them. Peers: same level and system, same metric, year and scope, within the chosen province, however few
    `agencies` are asked for; figures of a part of the year and rates over a small denominator are left out of median and rank. Of money, and
    where reports choose the unit, only figures of one unit are peers: 万元 beside 元 says nothing.
    """
    parameters: dict[str, Any] = {"scope": scope, "fictional": fictional}
    group = queries_build.within(parameters, {"province": province, "level": level, "system": system})
    reach = group + queries_build.within(parameters, {"city": city}, agencies)
    words = {
        "metrics": queries_build.among("metric", metric_ids, parameters),
        "years": queries_build.among("year", years, parameters),
        "kind": "",
    }
    reports = queries_build.table(build, _REPORTS.format(**words, reach=reach), parameters)
    if kind is not None:
        parameters["kind"] = kind
        words["kind"] = " and kind = $kind"
    declared = queries_build.declared(build)
    known = [declared[m] for m in sorted(set(metric_ids)) if m in declared]
    held = queries_build.table(
        build,
        queries_build.asked(
            declared,
            metric_ids,
            _FIGURES.format(**words, reach=reach, words=_WORDS_OF_FIGURES),
            _RATES.format(**words, reach=reach, words=_WORDS_OF_RATES),
        ),
        parameters,
    )
    held = base = _by_unit(held, known)
    if reach != group:
        units = (", unit", ", null::varchar as unit") if any(m["by_unit"] for m in known) else ("", "")
        figures, rates = (
            sql.format(**words, reach=group, words=unit) for sql, unit in zip((_FIGURES, _RATES), units, strict=True)
        )
        base = _by_unit(
            queries_build.table(build, queries_build.asked(declared, metric_ids, figures, rates), parameters), known
        )
    chosen = queries_build.agencies_in(build, fictional, province, city, level, system, agencies)
    return queries_build.typed(
        queries_build.frame(_every_cell(chosen, sorted(set(years)), known, reports, held, base, kind, scope, fictional))
    )


def _by_unit(figures: pa.Table, known: list[dict[str, Any]]) -> pa.Table:
    """Figures whose `peer` names the unit where only those of one unit are alike; without a unit there is none."""
    apart = {m["id"] for m in known if m["by_unit"]}
    if not apart:
        return figures
    units = pa.array(
        ["" if m not in apart else None if (said := unit_meaning(m, unit)) is None else f"|{said}"
         for m, unit in zip(figures["metric"].to_pylist(), figures["unit"].to_pylist(), strict=True)], pa.string(),
    )  # fmt: skip
    peer = pc.binary_join_element_wise(figures["peer"], units, "")
    return figures.set_column(figures.schema.get_field_index("peer"), "peer", peer)


_TABLE_OF = {"requests": "table_3", "review_litigation": "table_4"}


_REASONS = ("not_stated", "not_in_form", "table_missing", "no_report", "other_scope")


def _every_cell(
    chosen: pa.Table, years: list[int], known: list[dict[str, Any]], reports: pa.Table, held: pa.Table, base: pa.Table, kind: str | None,
    scope: str, fictional: bool,
) -> pa.Table:  # fmt: skip
    """One row per agency, year and metric that could have a value, with the reason where there is none.

    Joined by position here: as joins in SQL it took longer to plan than to run. `base`: whose figures median and rank are made of.
    """
    width = len(years) * len(known)
    size = len(chosen) * width
    cell = np.arange(size) // max(1, len(known))  # of an agency and a year
    metric = np.tile(np.arange(len(known)), len(chosen) * len(years))
    ids, spans = chosen["id"].combine_chunks(), np.array(years, dtype=np.int64)

    # The agency and year of each report as one number; -1 for an agency that is not listed. Figures have theirs by their slot, a number.
    agency = queries_build.codes(reports["agency_id"], ids)
    of = np.where(agency < 0, -1, agency * len(years) + np.searchsorted(spans, reports["year"].to_numpy()))
    slots = reports["slot"].to_numpy()
    of_slot = np.full(slots.max(initial=0) + 1, -1)
    of_slot[slots] = of

    # The report that speaks for an agency and year, and who reports in another scope.
    asked = reports["asked"].to_numpy()
    if kind is None:
        speaks = queries_build.flags(reports["is_current"]) & queries_build.flags(reports["leads"])
        counts = np.ones(len(reports), dtype=bool)
    else:
        speaks = counts = queries_build.flags(reports["is_current"]) & queries_build.flags(
            pc.equal(reports["kind"], kind)
        )
    report = np.full(len(chosen) * len(years), -1)
    inside = of >= 0
    rows = np.flatnonzero(asked & speaks & inside)
    report[of[rows]] = rows
    elsewhere = np.zeros(len(report), dtype=bool)
    elsewhere[of[~asked & counts & inside]] = True

    figure = np.full(size, -1)
    theirs = of_slot[held["slot"].to_numpy()]
    of_metric = queries_build.codes(held["metric"], pa.array([m["id"] for m in known], pa.string()))
    rows = np.flatnonzero((theirs >= 0) & (of_metric >= 0))
    figure[theirs[rows] * len(known) + of_metric[rows]] = rows

    reason = np.zeros((len(reports) + 1, len(known)), dtype=np.int8)  # by report and metric; the last row: no report
    printed = {form.id for form in national_forms()}
    for n, m in enumerate(known):
        forms = m["forms"]
        if forms is None:
            continue
        if not {"narrative", "derived"} & set(forms):
            lacking = pa.array(sorted(printed - set(forms)), pa.string())
            reason[:-1, n][queries_build.flags(pc.is_in(reports["form"], lacking))] = 1
        if printed & set(forms):
            gone = queries_build.flags(pc.equal(reports[_TABLE_OF.get(m["theme"], "table_2")], "missing"))
            reason[:-1, n][gone & (reason[:-1, n] == 0)] = 2
    reason[-1] = 3
    why = reason[report[cell], metric]
    why = np.where((why == 3) & elsewhere[cell], 4, why)
    statuses = held["status"].combine_chunks().dictionary_encode()
    words = pa.array([*_REASONS, *statuses.dictionary.to_pylist()], pa.string())
    codes = np.append(statuses.indices.to_numpy(zero_copy_only=False) + len(_REASONS), 0)
    status = np.where(figure >= 0, codes[figure], why)

    chain, at = queries_build.indices(figure), cell // max(1, len(years))
    speaker = queries_build.indices(report[cell])
    own = queries_build.codes(held["report_id"], reports["report_id"].combine_chunks())  # the report behind a figure
    behind = queries_build.indices(np.append(own, -1)[figure])

    def shown(name: str) -> pa.Array:
        return held[name].combine_chunks().take(chain)

    def who(name: str) -> pa.Array:
        return chosen[name].combine_chunks().take(pa.array(at))

    def what(name: str, type: pa.DataType) -> pa.Array:
        return pa.array([m[name] for m in known], type).take(pa.array(metric))

    def said(name: str) -> pa.Array:
        return pc.coalesce(reports[name].combine_chunks().take(behind), reports[name].combine_chunks().take(speaker))

    text = pa.string()
    reported = pc.equal(words.take(pa.array(status)), "reported")
    median, n, rank, ties = (a.take(chain) for a in _peers(held, base))
    no = pa.scalar(False)
    columns = {
        "id": who("id"), "name": who("called"), "agency": who("name"), "adcode": who("adcode"), "province": who("province"), "city": who("city"),
        "city_id": who("city_id"), "county": who("county"), "level": who("level"), "system": who("system"),
        "year": pa.array(spans[cell % max(1, len(years))].astype(np.int32)), "metric": what("id", text), "metric_name": what("name", text),
        "metric_short": what("short", text), "theme": what("theme", text), "decimals": what("decimals", pa.int32()),
        "value": pc.if_else(reported, shown("value"), pa.scalar(None, pa.float64())), "status": words.take(pa.array(status)),
        "qualifier": shown("qualifier"), "method": shown("method"), "unit": pc.coalesce(shown("unit"), what("unit", text)),
        "report_id": pc.coalesce(shown("report_id"), reports["report_id"].combine_chunks().take(speaker)), "ordinal": shown("ordinal"),
        **{name: pc.coalesce(shown(name), no) for name in ("part_year", "has_finding", "corrected")},
        "printed_value": shown("printed_value"), "correction_reason": shown("correction_reason"), "numerator": shown("numerator"),
        "denominator": shown("denominator"), "reliable": pc.coalesce(shown("reliable"), pa.scalar(True)), "peer_median": median, "peer_n": n,
        "peer_rank": rank, "peer_ties": ties, "peer": pc.coalesce(shown("peer"), pc.binary_join_element_wise(who("level"), who("system"), "|")),
        "form": reports["form"].combine_chunks().take(speaker), "title": said("title"),
        "source_path": reports["source_path"].combine_chunks().take(behind), "scope": pa.repeat(scope, size), "fictional": pa.repeat(fictional, size),
    }  # fmt: skip
    return pa.table(columns)


def _peers(held: pa.Table, base: pa.Table) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Median and number of a row's peers, its rank among them and how many share it: for each row of `held`, from the figures of `base`."""
    counted = (
        queries_build.flags(pc.equal(base["status"], "reported")) & queries_build.flags(pc.is_valid(base["value"])) & queries_build.flags(pc.is_valid(base["peer"]))
        & ~queries_build.flags(base["part_year"]) & queries_build.flags(base["reliable"])
    )  # fmt: skip
    rows = np.flatnonzero(counted)
    few = base.select(["slot", "metric", "year", "peer", "value"]).take(pa.array(rows))
    metrics = pc.unique(base["metric"])
    metric, slot = queries_build.codes(few["metric"], metrics), few["slot"].to_numpy().astype(np.int64)
    peer = few["peer"].combine_chunks().dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    group, value = (metric * 10_000 + few["year"].to_numpy()) * 100_000 + peer, few["value"].to_numpy()
    order = np.lexsort((value, group))
    group, value = group[order], value[order]
    first, last = np.searchsorted(group, group, "left"), np.searchsorted(group, group, "right")
    change = np.flatnonzero((np.diff(group) != 0) | (np.diff(value) != 0)) + 1
    starts, ends = np.append(0, change), np.append(change, len(group))
    run_start, run_end = np.repeat(starts, ends - starts), np.repeat(ends, ends - starts)
    size = last - first
    low, high = (
        value[first + (size - 1) // 2] if len(value) else value,
        value[first + size // 2] if len(value) else value,
    )
    found = (low + (high - low) / 2, size, last - run_end + 1, run_end - run_start)
    # Back to the rows of `held`: a figure is named by its slot and metric.
    key = (metric * 2**32 + slot)[order]
    wanted = queries_build.codes(held["metric"], metrics) * 2**32 + held["slot"].to_numpy()
    if held is not base:
        some = np.isin(key, wanted)
        key, found = key[some], tuple(a[some] for a in found)
    at = np.argsort(key)
    place = np.searchsorted(key[at], wanted)
    place[place == len(key)] = 0
    fits = key[at[place]] == wanted if len(key) else np.zeros(len(wanted), dtype=bool)
    picked = at[place] if len(key) else place
    return tuple(  # type: ignore[return-value]
        pa.array(a[picked] if len(key) else np.zeros(len(wanted)), pa.float64() if n == 0 else pa.int32(), mask=~fits)
        for n, a in enumerate(found)
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def headlines(
    build: str, fictional: bool, year: int, scope: str, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The headline metrics of one year: total over the agencies that state it, how many do, and the change among those that
    state it in both years (a total over different agencies cannot be compared). Like a city's sum the total holds figures of a part of the year
    and counts them (`parts`); a change does not hold them. `units`: how many units are among them; names of one unit
    (metrics.yml, units) count once."""
    declared = queries_build.declared(build)
    names = [(m, *name) for m in HEADLINES for name in queries_build.spelt(declared.get(m)).items()]
    parameters: dict[str, Any] = {"year": year, "scope": scope, "fictional": fictional}
    parameters |= {"metrics": [n[0] for n in names], "spelt": [n[1] for n in names], "meant": [n[2] for n in names]}
    parameters |= {f"unit_of_{n}": declared[m]["unit"] for n, m in enumerate(HEADLINES) if m in declared}
    own = " ".join(f"when '{m}' then $unit_of_{n}" for n, m in enumerate(HEADLINES) if m in declared)
    within = queries_build.within(parameters, {"province": province, "city": city, "level": level, "system": system})
    found = queries_build.rows(
        build,
        f"""with name as (
                select unnest($metrics) as metric, unnest($spelt) as unit, unnest($meant) as meant
            ), held as materialized (
                select v.metric, v.agency_id, v.year = $year as now, v.value, v.unit, v.qualifier, v.part_year, coalesce(n.meant, v.unit, case v.metric {own} end) as meant
                from metric_value v left join name n on n.metric = v.metric and n.unit = v.unit
                where fictional = $fictional and is_total and scope = $scope and status = 'reported'
                    and v.metric {queries_build.among("metric", HEADLINES, parameters)} and year in ({int(year)}, {int(year) - 1}){within}
            ), pair as (
                select metric, max(value) filter (now) as value, max(value) filter (not now) as before from held
                where not part_year group by metric, agency_id, meant having count(*) = 2
            ), paired as (
                select metric, sum(value) as now_value, sum(before) as before_value, count(*)::int as pairs from pair group by metric
            ), totals as (
                select metric, sum(value) as value, count(*)::int as n, (count(*) filter (part_year))::int as parts, greatest(count(distinct meant) filter (value <> 0), 1)::int as units,
                    case when bool_or(unit = (case metric {own} end)) then null else min(unit) end as unit_shown,
                    case when bool_and(qualifier = 'exact') then 'exact' when count(distinct qualifier) filter (qualifier <> 'exact') = 1
                        then max(qualifier) filter (qualifier <> 'exact') else 'about' end as qualifier
                from held where now group by metric
            )
            select t.metric as id, t.value, t.n, t.parts, t.units, t.unit_shown, t.qualifier, p.now_value, p.before_value, coalesce(p.pairs, 0)::int as pairs
            from totals t left join paired p on p.metric = t.metric""",
        parameters,
    )  # fmt: skip
    shown = [m for m in HEADLINES if m in declared]
    df = pd.DataFrame({"id": pd.Series(shown, dtype=queries_build.TEXT)} | {
        name: pd.Series([declared[m][name] for m in shown], dtype=queries_build.TEXT) for name in ("name", "short", "unit")
    }).merge(found, on="id", how="left")  # fmt: skip
    for name in ("n", "parts", "units", "pairs"):
        df[name] = df[name].fillna(0).astype("int32")
    df["unit_shown"] = df["unit_shown"].astype(queries_build.TEXT).fillna(df["unit"])
    df["qualifier"] = df["qualifier"].astype(queries_build.TEXT).fillna("about")
    return df


@st.cache_resource(max_entries=64, show_spinner=False)
def newest_findings(
    build: str, fictional: bool, year: int | None, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None, limit: int = 50,
) -> pd.DataFrame:  # fmt: skip
    """Findings of errors and warnings, latest year first: severity, agency, year, metric, message, expected, actual, quote, source."""
    parameters: dict[str, Any] = {"fictional": fictional, "limit": limit}
    within = queries_build.within(parameters, {"province": province, "city": city, "level": level, "system": system})
    if year is not None:
        parameters["year"] = year
        within += " and year = $year"
    found = queries_build.rows(
        build,
        f"""select severity, coalesce(agency, '机关不详') as agency, year::int as year, metric, message, expected, actual, quote, rule_id,
                coalesce(title, document) as title
            from finding_key_v where fictional = $fictional and coalesce(is_current, true) and severity in ('error', 'warning'){within}
            order by year desc nulls last, severity, finding_key_v.agency, rule_id, report_id, ordinal limit $limit""",
        parameters,
    )
    declared = queries_build.declared(build)
    names = [declared.get(m, {}).get("name") for m in found["metric"]]
    return found.assign(metric=pd.Series(names, dtype=queries_build.TEXT if any(names) else object))


@st.cache_resource(max_entries=64, show_spinner=False)
def nearest(build: str, fictional: bool, metric: str) -> pd.DataFrame:
    """Where a metric does have values, most first: scope, year, n. What an empty page offers instead."""
    return queries_build.rows(
        build,
        """select scope, year::int as year, sum(held)::int as n from held_v where fictional = $1 and metric = $2
            group by all order by n desc, year desc, scope limit 5""",
        [fictional, metric],
    )


_SOURCES = """
    select report_id, title, agency, year::int as year, published_on::varchar as published_on, location, coalesce(document, source_path) as document, sha256
    from report_page_v where fictional = $fictional and report_id in ({reports})
    order by adcode nulls last, agency, year, report_id
"""


@st.cache_resource(max_entries=128, show_spinner=False)
def sources(build: str, fictional: bool, report_ids: tuple[int, ...]) -> pd.DataFrame:
    """The reports behind a chart, for the files: report_id, title, agency, year, published_on, location (address), document, sha256."""
    sql = _SOURCES.format(reports="select unnest($ids)::bigint")
    return queries_build.rows(build, sql, {"fictional": fictional, "ids": list(report_ids)})


@st.cache_resource(max_entries=128, show_spinner=False)
def sources_of_sums(
    build: str, fictional: bool, metric_ids: tuple[str, ...], years: tuple[int, ...], scope: str, province: str | None = None,
    city: str | None = None, level: str | None = None, system: str | None = None, agencies: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """The reports whose figures are added up in a chart of sums; columns of `sources`."""
    parameters: dict[str, Any] = {"fictional": fictional, "scope": scope}
    within = queries_build.within(
        parameters, {"province": province, "city": city, "level": level, "system": system}, agencies
    )
    which = queries_build.among("metric", metric_ids, parameters)
    rest = f" and fictional = $fictional and scope = $scope and status = 'reported' and year {queries_build.among('year', years, parameters)}{within}"
    figures = f"select report_id from metric_value where metric {which}{rest}"
    rates = f"select report_id from indicator_value where indicator {which}{rest}"
    reports = queries_build.asked(queries_build.declared(build), metric_ids, figures, rates)
    return queries_build.rows(build, _SOURCES.format(reports=reports), parameters)
