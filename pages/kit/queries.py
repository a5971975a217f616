"""The only SQL of the app. Each function returns a DataFrame (or a plain record), cached per build.

Only the views of CONTRACT 3 are read. Every function takes the build's name first, so that a new build empties no cache by
hand, and `fictional`, so that real and invented rows never meet in one result. Parameters are bound, never pasted. What is
handed out is shared by all sessions (cache_resource: a copy per run cost more than the page): callers do not change it in place.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import streamlit as st

from etl import warehouse
from etl.model import YearbookError
from etl.registry import load_catalogue, national_forms, unit_meaning

warnings.filterwarnings("ignore", message="Arrow output on a DB-API", category=UserWarning)
"""DuckDB would rather see con.sql(): that plans twice, and planning is most of a small query."""
HEADLINES = ("proactive_disclosures", "policy_interpretations", "requests_received", "review_total")
"""The headline metrics of 总览: disclosed, explained, asked for, disputed."""

FEWEST_PEERS = 3
_NAMED = re.compile(r"\$([a-z]\w*)")


def current() -> warehouse.Build | None:
    """The build in use, None when there is none. Raises WarehouseError when the pointer is broken."""
    return warehouse.current_build()


def _close(con: duckdb.DuckDBPyConnection) -> None:
    con.close()


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_close)
def _connection(build: str) -> duckdb.DuckDBPyConnection:
    """One connection per process and build; `build` is the cache key."""
    opened, con = warehouse.open_current()
    if opened.name != build:  # published between two lines of the page: the next run takes the new one
        con.close()
        raise YearbookError("数据刚刚更新，请刷新页面。")
    if not con.execute("select 1 from duckdb_views() where view_name = 'report_rows_v'").fetchall():
        con.close()
        raise YearbookError(
            "这个数据库是旧版程序建立的，看板读不了。请运行 python -m etl load 报告文件夹，文件未变的不会重读。"
        )
    return con


def _rows(build: str, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
    return _frame(_table(build, sql, parameters))


def _table(build: str, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> pa.Table:
    """The result of a query. Of a dictionary of parameters, those that the query names are bound."""
    if isinstance(parameters, dict):
        named = set(_NAMED.findall(sql))
        parameters = {name: value for name, value in parameters.items() if name in named}
    cursor = _connection(build).cursor()
    try:
        return cursor.execute(sql, parameters or None).to_arrow_table()
    finally:
        cursor.close()


_TEXT = pd.StringDtype("pyarrow", na_value=float("nan"))
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(),
}  # fmt: skip


def _frame(table: pa.Table) -> pd.DataFrame:
    """A result as DuckDB's own .df() gives it, but text stays where it is: 50 times faster for a wide result."""
    df = table.to_pandas(types_mapper={pa.string(): _TEXT}.get, date_as_object=False)
    for column, name in zip(table.columns, table.column_names, strict=True):
        if column.null_count and column.type in _NULLABLE:
            df[name] = column.to_pandas(types_mapper=_NULLABLE.get)
        elif column.null_count == len(column) > 0 and pa.types.is_string(column.type):
            df[name] = pd.Series([None] * len(column), dtype=object)
        elif pa.types.is_date(column.type):
            df[name] = df[name].astype("datetime64[us]")
    return df


def _among(name: str, values: Sequence[Any], parameters: dict[str, Any]) -> str:
    """`in (...)` with every value bound on its own, so that a scan skips what cannot hold them."""
    if not values:
        return "in (null)"
    parameters |= {f"{name}_{n}": value for n, value in enumerate(values)}
    return "in (" + ", ".join(f"${name}_{n}" for n in range(len(values))) + ")"


_REACH = {"province": "province_id", "city": "city_id", "level": "level", "system": "system"}


def _within(parameters: dict[str, Any], reach: Mapping[str, Any], agencies: Sequence[str] = (), alias: str = "") -> str:
    """`and` conditions for the filters that are set, on a view with the ids of province and city; their values go into `parameters`."""
    chosen = {name: value for name, value in reach.items() if value is not None}
    parameters |= chosen
    said = "".join(f" and {alias}{_REACH[name]} = ${name}" for name in chosen)
    return said + (f" and {alias}agency_id {_among('agency', agencies, parameters)}" if agencies else "")


@st.cache_resource(max_entries=64, show_spinner=False)
def agencies(build: str, fictional: bool) -> pd.DataFrame:
    """Every agency that has a report: id, name, called (among others), short_name, system, level, province,
    city and their ids, adcode, aliases."""
    return _frame(_agency_table(build, fictional).drop_columns("own"))


@st.cache_resource(max_entries=64, show_spinner=False)
def metrics(build: str, fictional: bool) -> pd.DataFrame:
    """Metrics and indicators that have a value: id, name, short, unit, theme, decimals, definition, caution, forms, indicator, held."""
    table = _held(
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
    return _frame(table.set_column(table.column_names.index("forms"), "forms", forms).select(names))


@st.cache_resource(max_entries=4, show_spinner=False)
def _metric_words(build: str) -> pa.Table:
    """Every metric and indicator with what the registry says of it, in its order."""
    return _table(
        build,
        """select id, name, short, english, unit, theme, decimals::int as decimals, definition, caution, direction, forms, place, parts, channels, wordings,
                derived, false as indicator, position::int as position
            from metric_v
            union all
            select id, name, short, english, unit, theme, decimals::int, definition, caution, direction, forms, null,
                list_concat(numerator, denominator), [], wordings, true, true, 10000 + position::int
            from indicator_v
            order by position""",
    )


def _held(build: str, fictional: bool, counts: str) -> pa.Table:
    """`_metric_words` with what a query counts of each metric beside it."""
    words, counted = _metric_words(build), _table(build, counts, [fictional])
    at = _indices(_codes(words["id"], counted["metric"].combine_chunks()))
    for name in counted.column_names[1:]:
        words = words.append_column(name, counted[name].combine_chunks().take(at))
    return words


@st.cache_resource(max_entries=64, show_spinner=False)
def reach(build: str, fictional: bool) -> pd.DataFrame:
    """Which years, kinds and scopes have reports: year, kind, scope, reports, agencies."""
    return _rows(
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
_WORDS_OF_FIGURES = """, agency_id, qualifier, method, unit, report_id, ordinal, has_finding, corrected, printed_value, correction_reason,
        null::double as numerator, null::double as denominator"""
_WORDS_OF_RATES = """, agency_id, qualifier, case when from_prose then 'narrative' else 'table' end as method, null::varchar as unit, report_id,
        null::smallint as ordinal, has_finding, corrected, null::double as printed_value, null::varchar as correction_reason, numerator, denominator"""


@st.cache_resource(max_entries=8, show_spinner=False)
def _rate_ids(build: str) -> frozenset[str]:
    return frozenset(_rows(build, "select id from indicator_v")["id"])


def _asked(build: str, metric_ids: Sequence[str], figures: str, rates: str) -> str:
    """The reading of figures, of rates, or of both, as far as these metrics need it: half the plan is half the time of a small query."""
    known = _rate_ids(build)
    kinds = {m in known for m in metric_ids} or {False}
    return " union all ".join(sql for rate, sql in ((False, figures), (True, rates)) if rate in kinds)


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
    group = _within(parameters, {"province": province, "level": level, "system": system})
    reach = group + _within(parameters, {"city": city}, agencies)
    words = {
        "metrics": _among("metric", metric_ids, parameters),
        "years": _among("year", years, parameters),
        "kind": "",
    }
    reports = _table(build, _REPORTS.format(**words, reach=reach), parameters)
    if kind is not None:
        parameters["kind"] = kind
        words["kind"] = " and kind = $kind"
    declared = _declared(build)
    known = [declared[m] for m in sorted(set(metric_ids)) if m in declared]
    held = _table(
        build,
        _asked(
            build,
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
        base = _by_unit(_table(build, _asked(build, metric_ids, figures, rates), parameters), known)
    chosen = _agencies_in(build, fictional, province, city, level, system, agencies)
    return _typed(_frame(_every_cell(chosen, sorted(set(years)), known, reports, held, base, kind, scope, fictional)))


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


_AGENCIES = """
    select agency_id as id, name, called, short_name, system, level, province, city, county, adcode, aliases, reports,
        first_year::int as first_year, last_year::int as last_year, province_id, city_id,
        list_contains(scopes, 'own_agency') as own
    from agency_v where fictional = ? and reports > 0 order by place
"""


@st.cache_resource(max_entries=4, show_spinner=False)
def _agency_table(build: str, fictional: bool) -> pa.Table:
    return _table(build, _AGENCIES, [fictional])


def _agencies_in(
    build: str, fictional: bool, province: str | None, city: str | None, level: str | None, system: str | None, agencies: Sequence[str],
) -> pa.Table:  # fmt: skip
    """The agencies that the filters leave, in the order of lists."""
    table = _agency_table(build, fictional)
    for column, value in (("province_id", province), ("city_id", city), ("level", level), ("system", system)):
        if value is not None:
            table = table.filter(pc.equal(table[column], value))
    return table.filter(pc.is_in(table["id"], pa.array(agencies, pa.string()))) if agencies else table


@st.cache_resource(max_entries=4, show_spinner=False)
def _declared(build: str) -> dict[str, dict[str, Any]]:
    """What a row shows of every metric and indicator, by id; an indicator has no forms here."""
    found = _table(
        build,
        """select id, name, short, unit, theme, decimals::int as decimals, forms, null::double as factor, null::double as smallest, definition, place, parts,
                false as indicator, position, unit_class, unit_as_printed or unit_class = 'money' as by_unit
            from metric_v
            union all
            select id, name, short, unit, theme, decimals::int, null::varchar[], factor, smallest, definition, null,
                list_concat(coalesce(numerator, []), coalesce(denominator, [])), true, position, null, false
            from indicator_v""",
        [],
    )
    return {row["id"]: row for row in found.to_pylist()}


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

    def cells(table: pa.Table) -> np.ndarray:
        """The agency and year of each row as one number; -1 for an agency that is not listed."""
        at = _codes(table["agency_id"], ids)
        return np.where(at < 0, -1, at * len(years) + np.searchsorted(spans, table["year"].to_numpy()))

    # The report that speaks for an agency and year, and who reports in another scope.
    of = cells(reports)
    asked = reports["asked"].to_numpy()
    if kind is None:
        speaks = _flags(reports["is_current"]) & _flags(reports["leads"])
        counts = np.ones(len(reports), dtype=bool)
    else:
        speaks = counts = _flags(reports["is_current"]) & _flags(pc.equal(reports["kind"], kind))
    report = np.full(len(chosen) * len(years), -1)
    inside = of >= 0
    rows = np.flatnonzero(asked & speaks & inside)
    report[of[rows]] = rows
    elsewhere = np.zeros(len(report), dtype=bool)
    elsewhere[of[~asked & counts & inside]] = True

    figure = np.full(size, -1)
    theirs = cells(held)
    of_metric = _codes(held["metric"], pa.array([m["id"] for m in known], pa.string()))
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
            reason[:-1, n][_flags(pc.is_in(reports["form"], lacking))] = 1
        if printed & set(forms):
            gone = _flags(pc.equal(reports[_TABLE_OF.get(m["theme"], "table_2")], "missing"))
            reason[:-1, n][gone & (reason[:-1, n] == 0)] = 2
    reason[-1] = 3
    why = reason[report[cell], metric]
    why = np.where((why == 3) & elsewhere[cell], 4, why)
    statuses = held["status"].combine_chunks().dictionary_encode()
    words = pa.array([*_REASONS, *statuses.dictionary.to_pylist()], pa.string())
    codes = np.append(statuses.indices.to_numpy(zero_copy_only=False) + len(_REASONS), 0)
    status = np.where(figure >= 0, codes[figure], why)

    chain, at = _indices(figure), cell // max(1, len(years))
    speaker = _indices(report[cell])
    own = _codes(held["report_id"], reports["report_id"].combine_chunks())  # the report behind a figure
    behind = _indices(np.append(own, -1)[figure])

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


def _codes(values: pa.ChunkedArray, among: pa.Array) -> np.ndarray:
    """Where each value stands in `among`; -1 where it does not."""
    return pc.fill_null(pc.index_in(values, among, skip_nulls=True), -1).to_numpy().astype(np.int64)


def _flags(values: pa.ChunkedArray) -> np.ndarray:
    return pc.fill_null(values, False).to_numpy()


def _indices(at: np.ndarray) -> pa.Array:
    """For take(): nothing where there is -1."""
    return pa.array(at, mask=at < 0)


def _peers(held: pa.Table, base: pa.Table) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
    """Median and number of a row's peers, its rank among them and how many share it: for each row of `held`, from the figures of `base`."""
    counted = (
        _flags(pc.equal(base["status"], "reported")) & _flags(pc.is_valid(base["value"])) & _flags(pc.is_valid(base["peer"]))
        & ~_flags(base["part_year"]) & _flags(base["reliable"])
    )  # fmt: skip
    rows = np.flatnonzero(counted)
    few = base.select(["slot", "metric", "year", "peer", "value"]).take(pa.array(rows))
    metrics = pc.unique(base["metric"])
    metric, slot = _codes(few["metric"], metrics), few["slot"].to_numpy().astype(np.int64)
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
    wanted = _codes(held["metric"], metrics) * 2**32 + held["slot"].to_numpy()
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


def _typed(df: pd.DataFrame) -> pd.DataFrame:
    """Values as float, flags as bool, missing text as None: what charts and downloads expect."""
    for name in ("value", "numerator", "denominator", "peer_median", "printed_value"):
        if name in df:
            df[name] = df[name].astype("float64")
    for name in ("part_year", "has_finding", "corrected", "reliable", "fictional"):
        if name in df:
            df[name] = df[name].fillna(False).astype(bool)
    if "peer_median" in df:  # a median of one or two says nothing
        df.loc[~(df["peer_n"].fillna(0) >= FEWEST_PEERS), "peer_median"] = float("nan")
    return df


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
        count(distinct meant) filter (value <> 0) + count(*) filter (value <> 0 and meant is null) > 1 as several,
        case when several then null when $factor is not null then $factor * sum(numerator) / nullif(sum(denominator), 0) else sum(value) end as value,
        case when several then 'units_differ' else 'reported' end as status,
        sum(numerator) as numerator, sum(denominator) as denominator, coalesce($factor is null or sum(denominator) >= $smallest, true) as reliable,
        case when bool_and(qualifier = 'exact') then 'exact' when count(distinct qualifier) filter (qualifier <> 'exact') = 1
             then max(qualifier) filter (qualifier <> 'exact') else 'about' end as qualifier,
        bool_or(part_year) as part_year, bool_or(has_finding) as has_finding, bool_or(corrected) as corrected,
        case when bool_and(method = 'narrative') then 'narrative' else 'table' end as method, case when not several then arg_max(unit, value) end as unit,
        mode(form) as form
    from (
        select f.*, coalesce(n.named, f.unit, $own) as meant
        from ({figures}) f left join (select unnest($spelt::varchar[]) as unit, unnest($named::varchar[]) as named) n using (unit)
    )
    where status = 'reported' and value is not null
    group by city_id, year
"""
_OF_CITY = " and (level = 'city' or (level = 'province' and city_id = adcode))"


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
    declared = _declared(build).get(metric)
    parameters: dict[str, Any] = {"metric": metric, "fictional": fictional}
    words = {"years": _among("year", years, parameters), "kind": "" if kind is None else " and kind = $kind"}
    parameters["kind"] = kind
    own = basis == "government"
    scope = "government_aggregate" if own else "own_agency"
    placed = _within(parameters, {"province": province})
    words["reach"] = placed + (_OF_CITY if own else _within(parameters, {"level": level, "system": system}))
    figures = _asked(
        build, (metric,), _CITY_FIGURES.format(**words, scope=scope), _CITY_RATES.format(**words, scope=scope)
    )
    agencies = _agency_table(build, fictional)
    listed = _agencies_in(build, fictional, province, None, None, None, ())
    roster = listed.filter(pc.is_valid(listed["city_id"])).group_by("city_id")
    cities = roster.aggregate([("city", "min"), ("province", "min")]).sort_by("city_id")
    if declared is None:
        cities = cities.slice(0, 0)
    spans = np.array(sorted(set(years)), dtype=np.int64)
    width, size = len(spans), len(cities) * len(spans)
    ids = cities["city_id"].combine_chunks()

    def spread(table: pa.Table) -> pa.Table:
        """The rows of a table by city and year in the places of the result."""
        at = _codes(table["city_id"], ids)
        rows = np.flatnonzero(at >= 0)
        places = np.full(size, -1)
        places[at[rows] * width + np.searchsorted(spans, table["year"].to_numpy()[rows])] = rows
        return table.combine_chunks().take(_indices(places))

    if own:
        given = spread(_table(build, _CITY_OWN.format(figures=figures), parameters))
        report = spread(_table(build, _CITY_REPORTS.format(**words), parameters))
        of = pc.unique(given["report_id"]).drop_null()
        bound: dict[str, Any] = {}
        titled = _table(build, _CITY_TITLES.format(reports=_among("report", of.to_pylist(), bound)), bound)
        titles = (
            titled["title"]
            .combine_chunks()
            .take(_indices(_codes(given["report_id"], titled["report_id"].combine_chunks())))
        )
        agency = pc.coalesce(given["agency_id"], report["agency_id"])
        who = agencies["name"].combine_chunks().take(_indices(_codes(agency, agencies["id"].combine_chunks())))
        gap = pc.if_else(pc.is_valid(report["city_id"]), "not_stated", "no_report")
        more = {
            "agency_id": agency, "agency": who, "status": pc.coalesce(given["status"], gap), "report_id": given["report_id"],
            "ordinal": given["ordinal"], "form": pc.coalesce(given["form"], report["form"]), "title": pc.coalesce(titles, report["title"]),
            "parts_held": pa.nulls(size, pa.int32()), "parts_known": pa.nulls(size, pa.int32()),
        }  # fmt: skip
    else:
        parameters |= {name: declared[name] if declared else None for name in ("factor", "smallest")}
        spelt = _spelt(build, metric)
        parameters |= {"spelt": list(spelt), "named": list(spelt.values()), "own": unit_meaning(metric, None)}
        given = spread(_table(build, _CITY_SUM.format(figures=figures), parameters))
        known = _agencies_in(build, fictional, province, None, level, system, ())
        known = known.filter(known["own"]).group_by("city_id").aggregate([("id", "count")])
        parts = (
            known["id_count"]
            .combine_chunks()
            .take(_indices(np.repeat(_codes(ids, known["city_id"].combine_chunks()), width)))
        )
        gap = pc.coalesce(given["status"], pa.scalar("no_report"))
        more = {
            "agency_id": pa.nulls(size, pa.string()), "agency": pa.nulls(size, pa.string()), "status": gap, "report_id": pa.nulls(size, pa.int64()),
            "ordinal": pa.nulls(size, pa.int32()), "form": given["form"], "title": pa.nulls(size, pa.string()),
            "parts_held": pc.coalesce(given["parts_held"], pa.scalar(0, pa.int32())),
            "parts_known": pc.coalesce(parts, pa.scalar(0, pa.int64())).cast(pa.int32()),
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
        **_among_cities(value, _flags(reliable), year, by_unit),
    }  # fmt: skip
    return _typed(_frame(pa.table(columns)))


def _among_cities(
    value: pa.Array, reliable: np.ndarray, year: np.ndarray, by_unit: list[str | None] | None = None
) -> dict[str, pa.Array]:
    """Median and number of the cities with a reliable value of the year, each city's rank and how many share it.

    `by_unit`: what each value's unit means, where values of several are not compared; there is nothing then in a year with more than one.
    """
    known, values = _flags(pc.is_valid(value)), pc.fill_null(value, 0.0).to_numpy()
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
    within = _within(parameters, {"province": province, "level": level, "system": system})
    return _rows(
        build,
        f"""select id, min(name) as name, year::int as year, sum(known)::int as known, sum(held)::int as held, sum(late)::int as late
            from coverage_count_v where fictional = $fictional{within} group by id, year order by id, year""",
        parameters,
    )


def _spelt(build: str, metric: str) -> dict[str, str]:
    """The units of which some are names of one, with what they mean; none for an indicator."""
    kind = _declared(build).get(metric, {}).get("unit_class")
    same = next((u.same for u in load_catalogue().units if u.id == kind), ())
    return {unit: group[0] for group in same for unit in group}


@st.cache_resource(max_entries=64, show_spinner=False)
def headlines(
    build: str, fictional: bool, year: int, scope: str, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The headline metrics of one year: total over the agencies that state it, how many do, and the change among those that
    state it in both years (a total over different agencies cannot be compared). Like a city's sum the total holds figures of a part of the year
    and counts them (`parts`); a change does not hold them. `units`: how many units are among them; names of one unit
    (metrics.yml, units) count once."""
    declared = _declared(build)
    names = [(m, *name) for m in HEADLINES for name in _spelt(build, m).items()]
    parameters: dict[str, Any] = {"year": year, "scope": scope, "fictional": fictional}
    parameters |= {"metrics": [n[0] for n in names], "spelt": [n[1] for n in names], "meant": [n[2] for n in names]}
    parameters |= {f"unit_of_{n}": declared[m]["unit"] for n, m in enumerate(HEADLINES) if m in declared}
    own = " ".join(f"when '{m}' then $unit_of_{n}" for n, m in enumerate(HEADLINES) if m in declared)
    within = _within(parameters, {"province": province, "city": city, "level": level, "system": system})
    found = _rows(
        build,
        f"""with name as (
                select unnest($metrics) as metric, unnest($spelt) as unit, unnest($meant) as meant
            ), held as materialized (
                select v.metric, v.agency_id, v.year = $year as now, v.value, v.unit, v.qualifier, v.part_year, coalesce(n.meant, v.unit, case v.metric {own} end) as meant
                from metric_value v left join name n on n.metric = v.metric and n.unit = v.unit
                where fictional = $fictional and is_total and scope = $scope and status = 'reported'
                    and v.metric {_among("metric", HEADLINES, parameters)} and year in ({int(year)}, {int(year) - 1}){within}
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
    df = pd.DataFrame({"id": pd.Series(shown, dtype=_TEXT)} | {
        name: pd.Series([declared[m][name] for m in shown], dtype=_TEXT) for name in ("name", "short", "unit")
    }).merge(found, on="id", how="left")  # fmt: skip
    for name in ("n", "parts", "units", "pairs"):
        df[name] = df[name].fillna(0).astype("int32")
    df["unit_shown"] = df["unit_shown"].astype(_TEXT).fillna(df["unit"])
    df["qualifier"] = df["qualifier"].astype(_TEXT).fillna("about")
    return df


@st.cache_resource(max_entries=64, show_spinner=False)
def newest_findings(
    build: str, fictional: bool, year: int | None, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None, limit: int = 50,
) -> pd.DataFrame:  # fmt: skip
    """Findings of errors and warnings, latest year first: severity, agency, year, metric, message, expected, actual, quote, source."""
    parameters: dict[str, Any] = {"fictional": fictional, "limit": limit}
    within = _within(parameters, {"province": province, "city": city, "level": level, "system": system})
    if year is not None:
        parameters["year"] = year
        within += " and year = $year"
    keys = _rows(
        build,
        f"""select place, severity, coalesce(agency, '机关不详') as agency, year::int as year, metric, rule_id from finding_key_v
            where fictional = $fictional and coalesce(is_current, true) and severity in ('error', 'warning'){within}
            order by year desc nulls last, severity, finding_key_v.agency, rule_id, report_id, ordinal limit $limit""",
        parameters,
    )
    found = finding_words(build, keys)
    found["metric"], found["title"] = found["metric_name"], found["title"].fillna(found["document"])
    return found[["severity", "agency", "year", "metric", "message", "expected", "actual", "quote", "rule_id", "title"]]


def finding_words(build: str, keys: pd.DataFrame) -> pd.DataFrame:
    """`keys` (place, metric …) with breakdown, expected, actual, message, quote, locator, operands, title, document, metric_name: of these few only
    the words are read."""
    places = [int(n) for n in keys["place"]]
    words = _table(
        build,
        """select place, breakdown, expected, actual, message, quote, locator, operands, title, document
            from finding_key_v where place in (select unnest($places)::bigint)""",
        {"places": places},
    )
    at = _codes(pa.chunked_array([pa.array(places, pa.int64())]), words["place"].combine_chunks())
    declared = _declared(build)
    names = [declared.get(m, {}).get("name") for m in keys["metric"]]
    said = _frame(words.drop_columns("place").take(pa.array(at)))
    return keys.drop(columns="place").assign(
        **said, metric_name=pd.Series(names, dtype=_TEXT if any(names) else object)
    )


@st.cache_resource(max_entries=256, show_spinner=False)
def evidence(build: str, fictional: bool, agency_id: str, year: int, metric: str, scope: str) -> pd.DataFrame:
    """Where a number stands: one row per observation behind it (a rate: its numerator and denominator; a sum: its parts).

    Columns: metric, metric_name, value, status, qualifier, method, unit, raw, quote, locator (struct), title, document, published_on, chosen,
    printed_value, correction_reason, report_id, ordinal.
    """
    declared = _declared(build)
    parameters: dict[str, Any] = {}
    which = _among("metric", _operands(build, metric), parameters)
    places: list[tuple[int, Any]] = []
    for slot in _slots(build, fictional, agency_id, year, scope):
        found = _rows(
            build,
            f"""select metric, report_id, ordinal, method, printed_value, correction_reason, narrative_report_id, narrative_ordinal
                from metric_value where slot = $slot and metric {which} and is_total""",
            parameters | {"slot": slot},
        )
        for r in found.astype(object).where(found.notna(), None).itertuples(index=False):
            if r.ordinal is not None:
                places.append((r.report_id, (r.ordinal, None, True, r.printed_value, r.correction_reason)))
            elif r.method == "derived":
                places += [(r.report_id, (None, part, True, None, None)) for part in declared[r.metric]["parts"]]
            if r.narrative_ordinal is not None and (r.narrative_report_id, r.narrative_ordinal) != (
                r.report_id,
                r.ordinal,
            ):
                places.append((r.narrative_report_id, (r.narrative_ordinal, None, False, None, None)))
    rows = []
    for report in dict.fromkeys(place[0] for place in places):
        table = observed(build, fictional, report)
        for at, (ordinal, part, chosen, printed, reason) in places:
            if at == report:
                if ordinal is not None:
                    of = table[table["ordinal"] == ordinal]
                else:
                    of = table[(table["metric"] == part) & table["breakdown"].fillna("total").eq("total")]
                rows.append(of.assign(chosen=chosen, printed_value=printed, correction_reason=reason))
    if not rows:
        rows.append(observed(build, fictional, 0).assign(chosen=True, printed_value=None, correction_reason=None))
    df = pd.concat(rows, ignore_index=True).sort_values(["chosen", "ordinal"], ascending=[False, True], kind="stable")
    df["metric_name"] = [declared.get(m, {}).get("name") for m in df["metric"]]
    names = ("metric", "metric_name", "value", "status", "qualifier", "method", "unit", "raw", "quote", "locator", "title", "document", "published_on",
             "chosen", "printed_value", "correction_reason", "report_id", "ordinal")  # fmt: skip
    df["printed_value"] = df["printed_value"].astype("float64")
    return df[list(names)].reset_index(drop=True)


def _slots(build: str, fictional: bool, agency_id: str, year: int, scope: str) -> list[int]:
    """The number of an agency, year and scope with figures; none where there are none."""
    found = _table(
        build,
        "select slot from slot_v where year = $year and agency_id = $agency and scope = $scope and fictional = $fictional",
        {"year": year, "agency": agency_id, "scope": scope, "fictional": fictional},
    )
    return found["slot"].to_pylist()


def observed(build: str, fictional: bool, report_id: int, *, table: int | None = None) -> pd.DataFrame:
    """Every observation of one report in order (or those of one statutory table in printed order), with title, document, published_on, year and agency_id of the report."""
    place = _table(
        build,
        "select * from report_rows_v where report_id = $report and fictional = $fictional",
        {"report": report_id, "fictional": fictional},
    ).to_pylist()
    at = place[0] if place else {"first_row": 1, "last_row": 0}
    only, order = "", "ordinal"
    if table is not None:
        only = """ and method <> 'narrative' and locator."table" = $table"""
        order = """locator."row", locator."column", ordinal"""
    df = _rows(
        build,
        f"""select report_id, ordinal::int as ordinal, metric, breakdown, value, status, qualifier, method, unit, raw, quote, locator
            from observation_key_v where report_id = $report and place between $first and $last{only} order by {order}""",
        {"report": report_id, "first": at["first_row"], "last": at["last_row"], "table": table},
    )
    df["published_on"] = pd.Series(pd.to_datetime([at.get("published_on")] * len(df)), dtype="datetime64[us]")
    return df.assign(**{name: at.get(name) for name in ("title", "document", "year", "agency_id")})


def _operands(build: str, metric: str) -> list[str]:
    """A metric itself and, for an indicator, the metrics that it is made of."""
    declared = _declared(build).get(metric)
    return [metric, *(declared["parts"] if declared and declared["indicator"] else ())]


@st.cache_resource(max_entries=256, show_spinner=False)
def findings_of(build: str, fictional: bool, agency_id: str, year: int, metric: str, scope: str) -> pd.DataFrame:
    """Findings about one number: severity, message."""
    parameters: dict[str, Any] = {"fictional": fictional, "agency": agency_id, "year": year, "scope": scope}
    keys = _rows(
        build,
        f"""select place, severity, metric from finding_key_v
            where fictional = $fictional and agency_id = $agency and year = $year and scope = $scope and coalesce(is_current, true)
                and metric {_among("metric", _operands(build, metric), parameters)}""",
        parameters,
    )
    if keys.empty:
        return pd.DataFrame({"severity": [], "message": []}, dtype=_TEXT)
    found = finding_words(build, keys)[["severity", "message"]].drop_duplicates()
    return found.sort_values(["severity", "message"], kind="stable", ignore_index=True).head(10)


@st.cache_resource(max_entries=64, show_spinner=False)
def nearest(build: str, fictional: bool, metric: str) -> pd.DataFrame:
    """Where a metric does have values, most first: scope, year, n. What an empty page offers instead."""
    return _rows(
        build,
        """select scope, year::int as year, sum(held)::int as n from held_v where fictional = $1 and metric = $2
            group by all order by n desc, year desc, scope limit 5""",
        [fictional, metric],
    )


@st.cache_resource(max_entries=128, show_spinner=False)
def sources(build: str, fictional: bool, report_ids: tuple[int, ...]) -> pd.DataFrame:
    """The reports behind a chart, for the files: report_id, title, agency, year, published_on, location (address), document, sha256."""
    return _rows(
        build,
        """select report_id, title, agency, year::int as year, published_on::varchar as published_on, location, coalesce(document, source_path) as document, sha256
            from report_page_v where fictional = $fictional and report_id in (select unnest($ids)::bigint)
            order by adcode nulls last, agency, year, report_id""",
        {"fictional": fictional, "ids": list(report_ids)},
    )


@st.cache_resource(max_entries=128, show_spinner=False)
def sources_of_sums(
    build: str, fictional: bool, metric_ids: tuple[str, ...], years: tuple[int, ...], scope: str, province: str | None = None,
    city: str | None = None, level: str | None = None, system: str | None = None, agencies: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """The reports whose figures are added up in a chart of sums; columns of `sources`."""
    parameters: dict[str, Any] = {"fictional": fictional, "scope": scope}
    within = _within(parameters, {"province": province, "city": city, "level": level, "system": system}, agencies)
    which = _among("metric", metric_ids, parameters)
    rest = f" and fictional = $fictional and scope = $scope and status = 'reported' and year {_among('year', years, parameters)}{within}"
    found = _rows(
        build,
        f"""select distinct report_id from ({
            _asked(
                build,
                metric_ids,
                f"select report_id from metric_value where metric {which}{rest}",
                f"select report_id from indicator_value where indicator {which}{rest}",
            )
        }            ) where report_id is not null order by report_id""",
        parameters,
    )
    return sources(build, fictional, tuple(int(i) for i in found["report_id"]))
