"""The only SQL of the app. Each function returns a DataFrame (or a plain record), cached per build.

Only the views of CONTRACT 3 are read. Every function takes the build's name first, so that a new build empties no cache by
hand, and `fictional`, so that real and invented rows never meet in one result. Parameters are bound, never pasted. What is
handed out is shared by all sessions (cache_resource: a copy per run cost more than the page): callers do not change it in place.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import duckdb
import pandas as pd
import streamlit as st

from etl import warehouse
from etl.model import YearbookError

HEADLINES = ("proactive_disclosures", "policy_interpretations", "requests_received", "review_total")
"""The headline metrics of 总览: disclosed, explained, asked for, disputed."""

FEWEST_PEERS = 3

# Region ids: GB/T 2260 codes of province and city. In the four municipalities the city is the municipality itself.
_REGION = """
    left(adcode, 2) || '0000' as province_id,
    case when city is null then null when left(adcode, 2) in ('11', '12', '31', '50') then left(adcode, 2) || '0000'
         else coalesce(left(adcode, 4) || '00', city) end as city_id
"""


# What a body is called among others: its name without the province, with its place where two share that name.
_CALLED = """
    case when n_called = 1 then called else called || '（' || coalesce(nullif(concat_ws('', city, county), ''), '所在地不详') || '）' end
"""
_WITH_CALLED = f"""
    (select *, count(*) over (partition by called, fictional) as n_called from (
        select *, case when province is not null and city is not null and starts_with(name, province) and length(name) > length(province) + 3
                       then substr(name, length(province) + 1) else name end as called, {_REGION}
        from agency_v where reports > 0))
"""


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
    return con


def _rows(build: str, sql: str, parameters: Sequence[Any] | dict[str, Any] = ()) -> pd.DataFrame:
    cursor = _connection(build).cursor()
    try:
        return cursor.execute(sql, parameters or None).df()
    finally:
        cursor.close()


@st.cache_resource(max_entries=64, show_spinner=False)
def agencies(build: str, fictional: bool) -> pd.DataFrame:
    """Every agency that has a report: id, name, called (among others), short_name, system, level, province,
    city and their ids, adcode, aliases."""
    return _rows(
        build,
        f"""select agency_id as id, name, {_CALLED} as called, short_name, system, level, province, city, county, adcode, aliases,
                reports, first_year::int as first_year, last_year::int as last_year, province_id, city_id
            from {_WITH_CALLED} where fictional = ? order by adcode nulls last, name, agency_id""",
        [fictional],
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def metrics(build: str, fictional: bool) -> pd.DataFrame:
    """Metrics and indicators that have a value: id, name, short, unit, theme, decimals, definition, caution, forms, indicator, held."""
    return _rows(
        build,
        """select m.id, m.name, m.short, m.unit, m.theme, m.decimals::int as decimals, m.definition, m.caution, m.direction, m.forms,
                false as indicator, n.held, m.position::int as position
            from metric_v m
            join (select metric, count(*)::bigint as held from metric_value where fictional = $1 and is_total and status = 'reported' group by all) n
                on n.metric = m.id
            union all
            select i.id, i.name, i.short, i.unit, i.theme, i.decimals::int, i.definition, i.caution, i.direction, null::varchar[],
                true, n.held, 10000 + i.position::int
            from indicator_v i
            join (select indicator, count(*)::bigint as held from indicator_value where fictional = $1 and status = 'reported' group by all) n
                on n.indicator = i.id
            order by position""",
        [fictional],
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def reach(build: str, fictional: bool) -> pd.DataFrame:
    """Which years, kinds and scopes have reports: year, kind, scope, reports, agencies."""
    return _rows(
        build,
        """select year::int as year, kind, scope, count(*)::bigint as reports, count(distinct agency_id)::bigint as agencies
            from report_v where fictional = ? and is_current and year is not null and kind in ('annual_report', 'work_summary')
            group by all order by year, kind, scope""",
        [fictional],
    )


def _who(where: dict[str, Any]) -> str:
    """Conditions on `agency_v` for the given filters; names bound as $province, $city, $level, $system."""
    parts = ["fictional = $fictional", "reports > 0"]
    columns = {"province": "province_id", "city": "city_id", "level": "level", "system": "system"}
    parts += [f"{columns[name]} = ${name}" for name in where]
    return " and ".join(parts)


# One row per agency, year and metric that could have a value, with the reason where there is none.
_VALUES = """
with who as (
    select *, {called} as display from {agencies}
), chosen as (
    select * from who where {who}
), known as (
    select id as metric, name as metric_name, short as metric_short, unit as metric_unit, theme, decimals::int as decimals, forms
    from metric_v where id in (select unnest($metrics))
    union all
    select id, name, short, unit, theme, decimals::int, null::varchar[] from indicator_v where id in (select unnest($metrics))
), held as (
    select agency_id, year, metric, value, status, qualifier, method, unit, report_id, ordinal, part_year, has_finding, corrected,
        printed_value, correction_reason, null::double as numerator, null::double as denominator, true as reliable
    from metric_value
    where fictional = $fictional and is_total and scope = $scope and metric in (select unnest($metrics))
        and year in (select unnest($years)) and ($kind is null or kind = $kind)
    qualify row_number() over (partition by agency_id, year, metric order by breakdown nulls last, report_id) = 1
    union all
    select i.agency_id, i.year, i.indicator, i.value, i.status, i.qualifier, case when i.from_prose then 'narrative' else 'table' end, null,
        i.report_id, null, i.part_year, i.has_finding, i.corrected, null, null, i.numerator, i.denominator, i.reliable
    from indicator_value i left join report_v r using (report_id)
    where i.fictional = $fictional and i.scope = $scope and i.indicator in (select unnest($metrics))
        and i.year in (select unnest($years)) and ($kind is null or r.kind = $kind)
), peers as (
    select h.agency_id, h.year, h.metric,
        median(h.value) over like_it as peer_median, count(*) over like_it as peer_n,
        rank() over (partition by h.metric, h.year, w.level, w.system order by h.value desc) as peer_rank,
        count(*) over (partition by h.metric, h.year, w.level, w.system, h.value) as peer_ties
    from held h join who w on w.agency_id = h.agency_id
    where h.status = 'reported' and h.value is not null and not h.part_year and h.reliable and w.level is not null and w.system is not null
        and ($province is null or w.province_id = $province)
    window like_it as (partition by h.metric, h.year, w.level, w.system)
), report as (
    select agency_id, year, min_by(struct_pack(form, title, report_id, table_2, table_3, table_4), (kind <> 'annual_report', report_id)) as r
    from report_v
    where is_current and fictional = $fictional and scope = $scope and year in (select unnest($years)) and ($kind is null or kind = $kind)
        and kind in ('annual_report', 'work_summary') and agency_id is not null
    group by all
), elsewhere as (
    select distinct agency_id, year from report_v
    where is_current and fictional = $fictional and scope <> $scope and year in (select unnest($years)) and agency_id is not null
        and ($kind is null or kind = $kind) and kind in ('annual_report', 'work_summary')
)
select c.agency_id as id, c.display as name, c.name as agency, c.adcode, c.province, c.city, c.city_id, c.county,
    c.level, c.system, y.year::int as year, k.metric, k.metric_name, k.metric_short, k.theme, k.decimals,
    case when h.status = 'reported' then h.value end as value,
    case when h.status is not null then h.status
         when p.r is null and x.agency_id is not null then 'other_scope'
         when p.r is null then 'no_report'
         when k.forms is not null and p.r.form in ('2014', '2019', '2021') and not list_contains(k.forms, p.r.form)
              and not list_contains(k.forms, 'narrative') and not list_contains(k.forms, 'derived') then 'not_in_form'
         when k.forms is not null and list_has_any(k.forms, ['2014', '2019', '2021'])
              and case k.theme when 'requests' then p.r.table_3 when 'review_litigation' then p.r.table_4 else p.r.table_2 end = 'missing'
              then 'table_missing'
         else 'not_stated' end as status,
    h.qualifier, h.method, coalesce(h.unit, k.metric_unit) as unit, coalesce(h.report_id, p.r.report_id) as report_id, h.ordinal,
    coalesce(h.part_year, false) as part_year, coalesce(h.has_finding, false) as has_finding, coalesce(h.corrected, false) as corrected,
    h.printed_value, h.correction_reason, h.numerator, h.denominator, coalesce(h.reliable, true) as reliable,
    q.peer_median, q.peer_n::int as peer_n, q.peer_rank::int as peer_rank, q.peer_ties::int as peer_ties,
    case when c.level is not null and c.system is not null then c.level || '|' || c.system end as peer,
    p.r.form as form, coalesce(t.title, p.r.title) as title, t.source_path, $scope as scope, $fictional as fictional
from chosen c
cross join (select unnest($years) as year) y
cross join known k
left join held h on h.agency_id = c.agency_id and h.year = y.year and h.metric = k.metric
left join report p on p.agency_id = c.agency_id and p.year = y.year
left join elsewhere x on x.agency_id = c.agency_id and x.year = y.year
left join report_v t on t.report_id = h.report_id
left join peers q on q.agency_id = c.agency_id and q.year = y.year and q.metric = k.metric
order by c.adcode nulls last, c.name, c.agency_id, y.year, k.metric
"""


@st.cache_resource(max_entries=256, show_spinner=False)
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
) -> pd.DataFrame:
    """Every agency in reach × year × metric, with value or the reason why there is none, and its peers.

    Columns as charts want them. Peers: same level and system, same metric, year and scope, within the chosen province;
    figures of a part of the year and rates over a small denominator are left out of median and rank.
    """
    where = {
        k: v for k, v in (("province", province), ("city", city), ("level", level), ("system", system)) if v is not None
    }
    sql = _VALUES.format(called=_CALLED, agencies=_WITH_CALLED, who=_who(where))
    parameters = {
        "metrics": list(metric_ids), "years": list(years), "scope": scope, "kind": kind, "fictional": fictional, "province": province,
    } | where  # fmt: skip
    return _typed(_rows(build, sql, parameters))


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


_CITY_ROSTER = """
    select city_id as id, min(city) as name, min(province) as province, min(province_id) as province_id
    from (select *, {region} from agency_v where fictional = $fictional and reports > 0)
    where city_id is not null and ($province is null or province_id = $province)
    group by city_id
"""

_CITY_OWN = """
with roster as ({roster}), who as (
    select *, {region} from agency_v where fictional = $fictional
), given as (
    select w.city_id as id, v.* from (
        select agency_id, year, metric, value, status, qualifier, method, unit, report_id, ordinal, part_year, has_finding, corrected,
            form, kind, null::double as numerator, null::double as denominator, true as reliable
        from metric_value where fictional = $fictional and is_total and scope = 'government_aggregate' and metric = $metric
        union all
        select i.agency_id, i.year, i.indicator, i.value, i.status, i.qualifier, case when i.from_prose then 'narrative' else 'table' end,
            null, i.report_id, null, i.part_year, i.has_finding, i.corrected, r.form, r.kind, i.numerator, i.denominator, i.reliable
        from indicator_value i left join report_v r using (report_id)
        where i.fictional = $fictional and i.scope = 'government_aggregate' and i.indicator = $metric
    ) v join who w using (agency_id)
    where v.year in (select unnest($years)) and ($kind is null or v.kind = $kind)
        and (w.level = 'city' or (w.level = 'province' and w.city_id = w.adcode))
    qualify row_number() over (partition by w.city_id, v.year order by ends_with(w.name, '人民政府') desc, v.report_id) = 1
), report as (
    select w.city_id as id, r.year, min(r.form) as form, min(r.title) as title, min(r.agency_id) as agency_id
    from report_v r join who w using (agency_id)
    where r.is_current and r.scope = 'government_aggregate' and r.year in (select unnest($years)) and ($kind is null or r.kind = $kind)
        and (w.level = 'city' or (w.level = 'province' and w.city_id = w.adcode))
    group by all
)
select o.id, o.name, o.name as city, o.id as adcode, o.province, y.year::int as year, $metric as metric, coalesce(g.agency_id, p.agency_id) as agency_id,
    w.name as agency, case when g.status = 'reported' then g.value end as value,
    coalesce(g.status, case when p.id is null then 'no_report' else 'not_stated' end) as status, g.qualifier, g.method, g.unit,
    g.report_id, g.ordinal, g.part_year, g.has_finding, g.corrected, coalesce(g.form, p.form) as form, g.numerator, g.denominator,
    coalesce(g.reliable, true) as reliable, coalesce(t.title, p.title) as title, null::int as parts_held, null::int as parts_known,
    'government_aggregate' as scope
from roster o
cross join (select unnest($years) as year) y
left join given g on g.id = o.id and g.year = y.year
left join report p on p.id = o.id and p.year = y.year
left join report_v t on t.report_id = g.report_id
left join agency_v w on w.agency_id = coalesce(g.agency_id, p.agency_id)
"""

_CITY_SUM = """
with roster as ({roster}), who as (
    select *, {region} from agency_v where fictional = $fictional and reports > 0 and ($level is null or level = $level)
        and ($system is null or system = $system)
), given as (
    select agency_id, year, value, status, qualifier, unit, part_year, has_finding, corrected, method, form, kind,
        null::double as numerator, null::double as denominator, 1.0 as factor, 0.0 as smallest, false as rate
    from metric_value where fictional = $fictional and is_total and scope = 'own_agency' and metric = $metric
    union all
    select i.agency_id, i.year, i.value, i.status, i.qualifier, null, i.part_year, i.has_finding, i.corrected,
        case when i.from_prose then 'narrative' else 'table' end, r.form, r.kind, i.numerator, i.denominator, v.factor, v.smallest, true
    from indicator_value i join indicator_v v on v.id = i.indicator left join report_v r using (report_id)
    where i.fictional = $fictional and i.scope = 'own_agency' and i.indicator = $metric
), known as (
    select city_id as id, count(*)::int as parts_known from who
    where agency_id in (select agency_id from report_v where is_current and scope = 'own_agency' and fictional = $fictional) group by all
), summed as (
    select w.city_id as id, g.year, count(distinct g.agency_id)::int as parts_held, any_value(g.rate) as rate,
        case when any_value(g.rate) then any_value(g.factor) * sum(g.numerator) / nullif(sum(g.denominator), 0) else sum(g.value) end as value,
        sum(g.numerator) as numerator, sum(g.denominator) as denominator,
        not any_value(g.rate) or sum(g.denominator) >= any_value(g.smallest) as reliable,
        case when bool_and(g.qualifier = 'exact') then 'exact' when count(distinct g.qualifier) filter (g.qualifier <> 'exact') = 1
             then max(g.qualifier) filter (g.qualifier <> 'exact') else 'about' end as qualifier,
        bool_or(g.part_year) as part_year, bool_or(g.has_finding) as has_finding, bool_or(g.corrected) as corrected,
        case when bool_and(g.method = 'narrative') then 'narrative' else 'table' end as method, any_value(g.unit) as unit,
        mode(g.form) as form
    from given g join who w using (agency_id)
    where g.status = 'reported' and g.value is not null and g.year in (select unnest($years)) and ($kind is null or g.kind = $kind)
    group by all
)
select o.id, o.name, o.name as city, o.id as adcode, o.province, y.year::int as year, $metric as metric, null as agency_id, null as agency,
    s.value, case when s.value is null then 'no_report' else 'reported' end as status, s.qualifier, s.method, s.unit,
    null::bigint as report_id, null::int as ordinal, s.part_year, s.has_finding, s.corrected, s.form, s.numerator, s.denominator,
    coalesce(s.reliable, true) as reliable, null as title, coalesce(s.parts_held, 0)::int as parts_held, coalesce(k.parts_known, 0)::int as parts_known,
    'own_agency' as scope
from roster o
cross join (select unnest($years) as year) y
left join known k using (id)
left join summed s on s.id = o.id and s.year = y.year
"""


@st.cache_resource(max_entries=256, show_spinner=False)
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
    inner = (_CITY_OWN if basis == "government" else _CITY_SUM).format(
        roster=_CITY_ROSTER.format(region=_REGION), region=_REGION
    )
    sql = f"""
        with city_value as ({inner})
        select v.*, m.name as metric_name, m.short as metric_short, m.theme, m.decimals::int as decimals,
            coalesce(v.unit, m.unit) as unit_shown, $fictional as fictional, 'city' as level, null as system, 'city' as peer,
            case when v.status = 'reported' then median(case when v.reliable then v.value end) over one_year end as peer_median,
            case when v.status = 'reported' then (count(v.value) filter (v.reliable) over one_year)::int end as peer_n,
            case when v.status = 'reported' then (rank() over (partition by v.year order by v.value desc nulls last))::int end as peer_rank,
            case when v.status = 'reported' then (count(*) over (partition by v.year, v.value))::int end as peer_ties
        from city_value v
        join (select id, name, short, unit, theme, decimals from metric_v union all select id, name, short, unit, theme, decimals from indicator_v) m
            on m.id = v.metric
        window one_year as (partition by v.year)
        order by v.id, v.year"""
    parameters: dict[str, Any] = {
        "metric": metric,
        "years": list(years),
        "kind": kind,
        "fictional": fictional,
        "province": province,
    }
    if basis != "government":
        parameters |= {"level": level, "system": system}
    df = _rows(build, sql, parameters)
    df["unit"] = df.pop("unit_shown")
    return _typed(df)


@st.cache_resource(max_entries=64, show_spinner=False)
def coverage(
    build: str, fictional: bool, province: str | None = None, level: str | None = None, system: str | None = None
) -> pd.DataFrame:
    """Year × city: id, name, year, known (agencies of the city in this warehouse), held (of these with an annual report of that year)."""
    return _rows(
        build,
        f"""with who as (
                select *, {_REGION} from agency_v
                where fictional = $fictional and reports > 0 and ($level is null or level = $level) and ($system is null or system = $system)
            ), placed as (
                select agency_id, coalesce(city_id, province_id, 'unknown') as id,
                    coalesce(city, province || case when level = 'province' then '本级' else '（市不详）' end, '所在地不详') as name
                from who where $province is null or province_id = $province
            )
            select p.id, min(p.name) as name, c.year::int as year, count(*)::int as known,
                (count(*) filter (c.report_id is not null))::int as held, (count(*) filter (c.state = 'late'))::int as late
            from placed p join coverage c using (agency_id)
            group by p.id, c.year order by p.id, c.year""",
        {"fictional": fictional, "province": province, "level": level, "system": system},
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def headlines(
    build: str, fictional: bool, year: int, scope: str, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None,
) -> pd.DataFrame:  # fmt: skip
    """The headline metrics of one year: total over the agencies that state it, how many do, and the change among those that
    state it in both years (a total over different agencies cannot be compared). `units`: how many printed units are among them."""
    return _rows(
        build,
        f"""with who as (
                select agency_id from (select *, {_REGION} from agency_v) where fictional = $fictional
                    and ($province is null or province_id = $province) and ($city is null or city_id = $city)
                    and ($level is null or level = $level) and ($system is null or system = $system)
            ), held as (
                select metric, agency_id, year, any_value(value) as value, any_value(unit) as unit, any_value(qualifier) as qualifier
                from metric_value join who using (agency_id)
                where fictional = $fictional and is_total and scope = $scope and status = 'reported' and not part_year
                    and metric in (select unnest($metrics)) and year in ($year, $year - 1)
                group by all
            ), paired as (
                select n.metric, sum(n.value) as now_value, sum(b.value) as before_value, count(*)::int as pairs
                from held n join held b on b.metric = n.metric and b.agency_id = n.agency_id and n.year = $year and b.year = $year - 1
                group by all
            )
            select m.id as id, m.name, m.short, m.unit, sum(h.value) as value, count(h.agency_id)::int as n, count(distinct h.unit)::int as units, coalesce(any_value(h.unit), m.unit) as unit_shown, case when bool_and(h.qualifier = 'exact') then 'exact' when count(distinct h.qualifier) filter (h.qualifier <> 'exact') = 1
                    then max(h.qualifier) filter (h.qualifier <> 'exact') else 'about' end as qualifier,
                any_value(p.now_value) as now_value, any_value(p.before_value) as before_value, coalesce(any_value(p.pairs), 0)::int as pairs
            from metric_v m left join held h on h.metric = m.id and h.year = $year left join paired p on p.metric = m.id
            where m.id in (select unnest($metrics))
            group by m.id, m.name, m.short, m.unit order by list_position($metrics, m.id)""",
        {"metrics": list(HEADLINES), "year": year, "scope": scope, "fictional": fictional, "province": province, "city": city, "level": level,
         "system": system},
    )  # fmt: skip


@st.cache_resource(max_entries=64, show_spinner=False)
def newest_findings(
    build: str, fictional: bool, year: int | None, province: str | None = None, city: str | None = None, level: str | None = None,
    system: str | None = None, limit: int = 50,
) -> pd.DataFrame:  # fmt: skip
    """Findings of errors and warnings, latest year first: severity, agency, year, metric, message, expected, actual, quote, source."""
    return _rows(
        build,
        f"""select f.severity, coalesce(f.agency, '机关不详') as agency, f.year::int as year, f.metric_name as metric, f.message, f.expected, f.actual,
                f.quote, f.rule_id, coalesce(f.title, f.document, f.source_path) as title
            from (select *, {_REGION} from finding_v) f
            where f.fictional = $fictional and coalesce(f.is_current, true) and f.severity in ('error', 'warning')
                and ($year is null or f.year = $year) and ($province is null or f.province_id = $province)
                and ($city is null or f.city_id = $city) and ($level is null or f.level = $level) and ($system is null or f.system = $system)
            order by f.year desc nulls last, f.severity, f.agency, f.rule_id, f.report_id, f.ordinal limit $limit""",
        {
            "fictional": fictional,
            "year": year,
            "province": province,
            "city": city,
            "level": level,
            "system": system,
            "limit": limit,
        },
    )


@st.cache_resource(max_entries=256, show_spinner=False)
def evidence(build: str, fictional: bool, agency_id: str, year: int, metric: str, scope: str) -> pd.DataFrame:
    """Where a number stands: one row per observation behind it (a rate: its numerator and denominator; a sum: its parts).

    Columns: metric, metric_name, value, status, qualifier, method, unit, raw, quote, locator (struct), title, document, published_on, chosen,
    printed_value, correction_reason, report_id, ordinal.
    """
    return _rows(
        build,
        """with asked as (
                select $metric as metric
                union select unnest(list_concat(coalesce(numerator, []), coalesce(denominator, []))) from indicator_v where id = $metric
            ), shown as (
                select v.* from metric_value v join asked using (metric)
                where v.fictional = $fictional and v.agency_id = $agency and v.year = $year and v.scope = $scope and v.is_total
            ), wanted as (
                select metric, report_id, ordinal, true as chosen, printed_value, correction_reason from shown where ordinal is not null
                union all
                select metric, narrative_report_id, narrative_ordinal, false, null, null from shown
                where narrative_ordinal is not null and (narrative_report_id, narrative_ordinal) is distinct from (report_id, ordinal)
                union all
                select s.metric, o.report_id, o.ordinal, true, null, null
                from shown s join metric_v m on m.id = s.metric
                join observation_v o on o.report_id = s.report_id and list_contains(m.parts, o.metric) and coalesce(o.breakdown, 'total') = 'total'
                where s.ordinal is null and s.method = 'derived'
            )
            select o.metric, m.name as metric_name, o.value, o.status, o.qualifier, o.method, o.unit, o.raw, o.quote, o.locator, o.title,
                o.document, o.published_on, w.chosen, w.printed_value, w.correction_reason, o.report_id, o.ordinal::int as ordinal
            from wanted w join observation_v o using (report_id, ordinal) left join metric_v m on m.id = o.metric
            order by w.chosen desc, o.ordinal""",
        {"fictional": fictional, "agency": agency_id, "year": year, "metric": metric, "scope": scope},
    )


@st.cache_resource(max_entries=256, show_spinner=False)
def findings_of(build: str, fictional: bool, agency_id: str, year: int, metric: str, scope: str) -> pd.DataFrame:
    """Findings about one number: severity, message."""
    return _rows(
        build,
        """select distinct severity, message from finding_v
            where fictional = $fictional and agency_id = $agency and year = $year and scope = $scope and coalesce(is_current, true)
                and (metric = $metric or metric in (
                    select unnest(list_concat(coalesce(numerator, []), coalesce(denominator, []))) from indicator_v where id = $metric))
            order by severity, message limit 10""",
        {"fictional": fictional, "agency": agency_id, "year": year, "metric": metric, "scope": scope},
    )


@st.cache_resource(max_entries=64, show_spinner=False)
def nearest(build: str, fictional: bool, metric: str) -> pd.DataFrame:
    """Where a metric does have values, most first: scope, year, n. What an empty page offers instead."""
    return _rows(
        build,
        """select scope, year::int as year, count(*)::int as n from (
                select scope, year, agency_id from metric_value
                where fictional = $1 and is_total and status = 'reported' and metric = $2
                union all
                select scope, year, agency_id from indicator_value where fictional = $1 and status = 'reported' and indicator = $2)
            group by all order by n desc, year desc limit 5""",
        [fictional, metric],
    )


@st.cache_resource(max_entries=128, show_spinner=False)
def sources(build: str, fictional: bool, report_ids: tuple[int, ...]) -> pd.DataFrame:
    """The reports behind a chart, for the files: report_id, title, agency, year, published_on, location (address), document, sha256."""
    return _rows(
        build,
        """select report_id, title, agency, year::int as year, published_on::varchar as published_on, location, coalesce(document, source_path) as document, sha256
            from report_v where fictional = $fictional and report_id in (select unnest($ids))
            order by adcode nulls last, agency, year, report_id""",
        {"fictional": fictional, "ids": list(report_ids)},
    )


@st.cache_resource(max_entries=128, show_spinner=False)
def sources_of_sums(
    build: str, fictional: bool, metric_ids: tuple[str, ...], years: tuple[int, ...], scope: str, province: str | None = None,
    city: str | None = None, level: str | None = None, system: str | None = None, agencies: tuple[str, ...] = (),
) -> pd.DataFrame:  # fmt: skip
    """The reports whose figures are added up in a chart of sums; columns of `sources`."""
    found = _rows(
        build,
        f"""with who as (
                select agency_id from (select *, {_REGION} from agency_v) where fictional = $fictional
                    and ($province is null or province_id = $province) and ($city is null or city_id = $city)
                    and ($level is null or level = $level) and ($system is null or system = $system)
                    and (len($agencies) = 0 or list_contains($agencies, agency_id))
            )
            select distinct report_id from (
                select report_id, agency_id, metric, scope, year, status, fictional from metric_value
                union all select report_id, agency_id, indicator, scope, year, status, fictional from indicator_value
            ) join who using (agency_id)
            where fictional = $fictional and scope = $scope and status = 'reported' and report_id is not null
                and metric in (select unnest($metrics)) and year in (select unnest($years))
            order by report_id""",
        {"fictional": fictional, "metrics": list(metric_ids), "years": list(years), "scope": scope, "province": province, "city": city,
         "level": level, "system": system, "agencies": list(agencies)},
    )  # fmt: skip
    return sources(build, fictional, tuple(int(i) for i in found["report_id"]))
