"""What the queries of all pages share: the connection to a build, results as frames, conditions, and the agencies and metrics that it knows.

Only the views of CONTRACT 3 are read, here and in the other queries_*.py, which hold the only SQL of the app. Every function takes the build's name
first, so that a new build empties no cache by hand, and those that read rows take `fictional`, so that real and invented rows never meet in one
result. Parameters are bound, never pasted. What is handed out is shared by all sessions (cache_resource: a copy per run cost more than the page):
callers do not change it in place.
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
from etl.registry import load_catalogue

warnings.filterwarnings("ignore", message="Arrow output on a DB-API", category=UserWarning)
"""DuckDB would rather see con.sql(): that plans twice, and planning is most of a small query."""
FEWEST_PEERS = 3
_NAMED = re.compile(r"\$([a-z]\w*)")


def _close(con: duckdb.DuckDBPyConnection) -> None:
    con.close()


@st.cache_resource(max_entries=2, show_spinner=False, on_release=_close)
def connection(build: str) -> duckdb.DuckDBPyConnection:
    """One connection per process and build; `build` is the cache key."""
    opened, con = warehouse.open_current()
    if opened.name != build:  # published between two lines of the page: the next run takes the new one
        con.close()
        raise YearbookError("数据刚刚更新，请刷新页面。")
    if warehouse.lacking_views(con):
        con.close()
        raise YearbookError(
            "这个数据库是旧版程序建立的，看板读不了。请运行 python -m etl load 报告文件夹，文件未变的不会重读。"
        )
    return con


def rows(build: str, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
    return frame(table(build, sql, parameters))


def plain_rows(build: str, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
    """The result of a query as Python has it, missing values as None: for the few rows of a list."""
    return pd.DataFrame(table(build, sql, parameters).to_pydict(), dtype=object)


def table(build: str, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> pa.Table:
    """The result of a query. Of a dictionary of parameters, those that the query names are bound."""
    if isinstance(parameters, dict):
        named = set(_NAMED.findall(sql))
        parameters = {name: value for name, value in parameters.items() if name in named}
    cursor = connection(build).cursor()
    try:
        return cursor.execute(sql, parameters or None).to_arrow_table()
    finally:
        cursor.close()


TEXT = pd.StringDtype("pyarrow", na_value=float("nan"))
_NULLABLE: dict[pa.DataType, Any] = {
    pa.int8(): pd.Int8Dtype(), pa.int16(): pd.Int16Dtype(), pa.int32(): pd.Int32Dtype(), pa.int64(): pd.Int64Dtype(),
}  # fmt: skip


def frame(table: pa.Table) -> pd.DataFrame:
    """A result as DuckDB's own .df() gives it, but text stays where it is: 50 times faster for a wide result."""
    df = table.to_pandas(types_mapper={pa.string(): TEXT}.get, date_as_object=False)
    for column, name in zip(table.columns, table.column_names, strict=True):
        if column.null_count and column.type in _NULLABLE:
            df[name] = column.to_pandas(types_mapper=_NULLABLE.get)
        elif column.null_count == len(column) > 0 and pa.types.is_string(column.type):
            df[name] = pd.Series([None] * len(column), dtype=object)
        elif pa.types.is_date(column.type):
            df[name] = df[name].astype("datetime64[us]")
    return df


def among(name: str, values: Sequence[Any], parameters: dict[str, Any]) -> str:
    """`in (...)` with every value bound on its own, so that a scan skips what cannot hold them."""
    if not values:
        return "in (null)"
    parameters |= {f"{name}_{n}": value for n, value in enumerate(values)}
    return "in (" + ", ".join(f"${name}_{n}" for n in range(len(values))) + ")"


_REACH = {"province": "province_id", "city": "city_id", "level": "level", "system": "system"}


def within(parameters: dict[str, Any], reach: Mapping[str, Any], agencies: Sequence[str] = (), alias: str = "") -> str:
    """`and` conditions for the filters that are set, on a view with the ids of province and city; their values go into `parameters`."""
    chosen = {name: value for name, value in reach.items() if value is not None}
    parameters |= chosen
    said = "".join(f" and {alias}{_REACH[name]} = ${name}" for name in chosen)
    return said + (f" and {alias}agency_id {among('agency', agencies, parameters)}" if agencies else "")


@st.cache_resource(max_entries=4, show_spinner=False)
def metric_words(build: str) -> pa.Table:
    """Every metric and indicator with what the registry says of it, in its order."""
    return table(
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


def held(build: str, fictional: bool, counts: str) -> pa.Table:
    """`metric_words` with what a query counts of each metric beside it."""
    words, counted = metric_words(build), table(build, counts, [fictional])
    at = indices(codes(words["id"], counted["metric"].combine_chunks()))
    for name in counted.column_names[1:]:
        words = words.append_column(name, counted[name].combine_chunks().take(at))
    return words


def asked(declared: Mapping[str, Mapping[str, Any]], metric_ids: Sequence[str], figures: str, rates: str) -> str:
    """The reading of figures, of rates, or of both, as far as these metrics need it: half the plan is half the time of a small query."""
    kinds = {m in declared and declared[m]["indicator"] for m in metric_ids} or {False}
    return " union all ".join(sql for rate, sql in ((False, figures), (True, rates)) if rate in kinds)


_AGENCIES = """
    select agency_id as id, name, called, short_name, system, level, province, city, county, adcode, aliases, reports,
        first_year::int as first_year, last_year::int as last_year, province_id, city_id,
        list_contains(scopes, 'own_agency') as own
    from agency_v where fictional = ? and reports > 0 order by place
"""


@st.cache_resource(max_entries=4, show_spinner=False)
def agency_table(build: str, fictional: bool) -> pa.Table:
    return table(build, _AGENCIES, [fictional])


@st.cache_resource(max_entries=32, show_spinner=False)
def agencies_in(
    build: str, fictional: bool, province: str | None, city: str | None, level: str | None, system: str | None, agencies: Sequence[str],
) -> pa.Table:  # fmt: skip
    """The agencies that the filters leave, in the order of lists."""
    table = agency_table(build, fictional)
    for column, value in (("province_id", province), ("city_id", city), ("level", level), ("system", system)):
        if value is not None:
            table = table.filter(pc.equal(table[column], value))
    return table.filter(pc.is_in(table["id"], pa.array(agencies, pa.string()))) if agencies else table


@st.cache_resource(max_entries=4, show_spinner=False)
def declared(build: str) -> dict[str, dict[str, Any]]:
    """What a row shows of every metric and indicator, by id; an indicator has no forms here."""
    found = table(
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


def codes(values: pa.ChunkedArray, among: pa.Array) -> np.ndarray:
    """Where each value stands in `among`; -1 where it does not."""
    return pc.fill_null(pc.index_in(values, among, skip_nulls=True), -1).to_numpy().astype(np.int64)


def flags(values: pa.ChunkedArray) -> np.ndarray:
    return pc.fill_null(values, False).to_numpy()


def indices(at: np.ndarray) -> pa.Array:
    """For take(): nothing where there is -1."""
    return pa.array(at, mask=at < 0)


def typed(df: pd.DataFrame) -> pd.DataFrame:
    """Values as float, flags as bool, missing text as None: what charts and downloads expect."""
    for name in ("value", "numerator", "denominator", "peer_median", "printed_value"):
        if name in df and df[name].dtype != np.float64:
            df[name] = df[name].astype("float64")
    for name in ("part_year", "has_finding", "corrected", "reliable", "fictional"):
        if name in df and df[name].dtype != np.bool_:
            df[name] = df[name].fillna(False).astype(bool)
    if "peer_median" in df:  # a median of one or two says nothing
        df["peer_median"] = df["peer_median"].where(df["peer_n"].fillna(0) >= FEWEST_PEERS)
    return df


def spelt(declared: Mapping[str, Any] | None) -> dict[str, str]:
    """The units of a metric of which some are names of one, with what they mean; none for an indicator."""
    kind = declared["unit_class"] if declared else None
    same = next((u.same for u in load_catalogue().units if u.id == kind), ())
    return {unit: group[0] for group in same for unit in group}


def plain(df: pd.DataFrame) -> pd.DataFrame:
    """Missing values as None."""
    return df.astype(object).where(df.notna(), None)
