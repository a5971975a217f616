"""The pages' queries on a large warehouse, against the bare SQL on the same file and against pandas: prints, never fails.

    python -m tests.bench.query                        50,000 reports, about 10 million observations
    python -m tests.bench.query --reports 1000000      the country since 2008
    python -m tests.bench.query --warehouse DIR        a warehouse that is there already

2,000 generated reports are read; the others are those rows again with other ids, agencies, provinces and figures (each copy's multiplied
by one number, so that sums hold), written straight into the tables. What follows from them (agencies, checks, figures, rates) is made as
in every load, and is timed. The bare SQL reads the stored tables and gives the same rows, without labels and reasons for gaps; whether they
are the same is compared and printed. pandas has the figures in memory already.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

from etl import registry, warehouse
from etl.warehouse import finish, loader
from etl.warehouse.build import CONNECT, next_build, only_one_load, publish
from etl.warehouse.version import fingerprint
from tests.cluster import write_reports

logging.getLogger("streamlit").setLevel(logging.ERROR)  # no server runs here, and it says so for every cached function
from pages.kit import (  # noqa: E402
    queries,
    queries_build,
    queries_cities,
    queries_evidence,
    queries_quality,
    queries_report,
    queries_topics,
)
from pages.kit.topics import outcomes  # noqa: E402

BASE = 2_000
PROVINCES, FIRST_PROVINCE = 31, 60
"""Copies are spread over as many provinces as the country has, with codes that start with 60 to 90."""
MEMORY = "10GB"


def multiply(place: Path, times: int) -> tuple[warehouse.Build, dict[str, float]]:
    """A new build with every report `times` times, spread over 31 provinces, and the seconds that its steps took."""
    base = warehouse.current_build(place)
    assert base is not None
    spent: dict[str, float] = {}
    with only_one_load(place), next_build(place, base) as (con, part, number, name):
        con.execute(f"set memory_limit = '{MEMORY}'")
        start = time.perf_counter()
        con.execute("begin")
        con.execute(
            f"create temp table copy as select n::bigint as n, ({FIRST_PROVINCE} + n % {PROVINCES})::varchar as head from range(1, {times}) r(n)"
        )
        con.execute("create temp table one as select * from report")
        con.execute("create temp table seen as select * from observation")
        con.execute(
            """insert into source select s.* replace (source_id || '-' || n as source_id, path || '#' || n as path, location || '#' || n as location)
               from (select * from source) s, copy"""
        )
        con.execute(
            """insert into report select o.* replace (xor(report_id, n << 33) as report_id, source_id || '-' || n as source_id,
                   regexp_replace(agency, '(局|委员会|办公室|人民政府|办事处)$', '第' || n || '\\1') as agency,
                   head || substr(adcode, 3) as adcode, province || head as province, city || head as city) from one o, copy"""
        )
        for first in range(1, times, 50):
            con.execute(
                f"""insert into observation select o.* replace (xor(report_id, n << 33) as report_id,
                       value * (1 + n % 9) as value)
                    from copy, seen o where n >= {first} and n < {first + 50}"""
            )
        for table in ("copy", "one", "seen"):
            con.execute(f"drop table {table}")
        con.execute("commit")
        spent["rows"] = time.perf_counter() - start
        start = time.perf_counter()
        build = loader.finish_build(
            con, name, str(part), number, base.extractor, fingerprint(registry.ROOT), registry.ROOT
        )
        spent["publishing"] = time.perf_counter() - start
        start = time.perf_counter()
        finish.check_build(con)
        spent["verifying"] = time.perf_counter() - start
        start = time.perf_counter()
        con.execute("checkpoint")
        finish.note_places(con)
        con.close()
        publish(place, part, build)
        spent["checkpoint"] = time.perf_counter() - start
    current = warehouse.current_build(place)
    assert current is not None
    return current, spent


@dataclass(frozen=True)
class Case:
    """A query of the pages, and bare SQL on the stored tables that gives the same rows (in columns of the same names, maybe fewer)."""

    name: str
    ours: Callable[[], Any]
    bare: str
    values: list[Any] = field(default_factory=list)


FIGURE = "s.agency_id as id, s.year::int as year, v.metric, v.value, v.status, v.qualifier, v.method, v.unit, v.report_id, v.has_finding, t.title"
PLACED = f"""
    with f as (
        select {FIGURE}, s.city_id, s.level || '|' || s.system as peer, v.part_year
        from figure_stored v join slot_stored s using (slot) join slot_report_stored t on t.slot = v.slot and t.report_id = v.report_id
        where v.metric = ? and v.is_total and s.fictional and s.scope = ? and s.year between ? and ?
    ), ranked as (
        select id, year, rank() over (partition by year, peer order by value desc) as peer_rank, median(value) over (partition by year, peer) as m,
            count(*) over (partition by year, peer) as peer_n
        from f where status = 'reported' and not part_year and peer is not null
    )
    select f.id, a.called as name, f.year, f.metric, f.value, f.status, f.qualifier, f.method, f.unit, f.report_id, f.has_finding, f.title,
        r.peer_rank::int as peer_rank, case when r.peer_n >= 3 then r.m end as peer_median
    from f join agency_stored a on a.agency_id = f.id left join ranked r on r.id = f.id and r.year = f.year"""
FINDING = "rule_id, severity, message, expected, actual, quote"


def cases(con: duckdb.DuckDBPyConnection, name: str) -> list[Case]:
    """Every public query of the pages with arguments as the pages give them: one city, one province, everyone."""

    def one(sql: str, *values: Any) -> Any:
        row = con.execute(sql, list(values)).fetchone()
        assert row is not None
        return row if len(row) > 1 else row[0]

    q, c, e = queries, queries_cities, queries_evidence
    t, r, k = queries_topics, queries_report, queries_quality
    metric, scope = "requests_received", "own_agency"
    year = one("select max(year)::int from slot_stored where fictional")
    agency, city, province = one(
        "select agency_id, city_id, province_id from slot_stored where year = ? and scope = ? and city_id is not null and system is not null order by slot limit 1",
        year, scope,
    )  # fmt: skip
    first, years = year - 4, tuple(range(year - 4, year + 1))
    report = one("select report_id from slot_stored join slot_report_stored using (slot) where agency_id = ? and year = ? and scope = ? limit 1", agency, year, scope)  # fmt: skip
    noticed, of = one("select report_id, agency_id from finding_stored where severity in ('error', 'warning') and is_current and agency_id is not null limit 1")  # fmt: skip
    plan = one("select coalesce(min(report_id), 0) from plan_task join report using (report_id) where fictional")
    some = [x for (x,) in con.execute("select report_id from slot_report_stored order by slot limit 100").fetchall()]
    made = list(outcomes(year))

    def call(function: Any, *arguments: Any, **more: Any) -> Callable[[], Any]:
        def run() -> Any:
            many: list[Any] = [q.sources, *([queries_build.agency_table] if function is q.agencies else [])]
            for kept in many:
                kept.clear()  # what a query itself would find made already
            return function.__wrapped__(name, *arguments, **more)

        return run

    held = "from figure_stored v join slot_stored s using (slot) where v.metric = ? and v.is_total and s.fictional and s.scope = ?"
    own = [metric, scope]
    obs = "select ordinal::int as ordinal, metric_id as metric, breakdown, value, status, method, raw, quote from observation where report_id = ?"
    key = "from finding_stored k where k.fictional"
    span = [first, year]
    return [
        Case("agencies", call(q.agencies, True), "select agency_id as id, name, called, system, level, city_id, aliases from agency_stored where fictional and reports > 0"),
        Case("metrics", call(q.metrics, True), "select metric as id, sum(held)::bigint as held from held_stored where fictional group by all"),
        Case("reach", call(q.reach, True), "select year::int as year, kind, scope, count(*) as reports, count(distinct agency_id) as agencies from report where is_current and fictional and year is not null and kind in ('annual_report', 'work_summary') group by all"),
        Case("catalogue", call(k.catalogue, True), "select m.metric_id as id, m.name, m.definition, coalesce(sum(h.held), 0)::bigint as held from metric m left join held_stored h on h.metric = m.metric_id and h.fictional group by all union all select i.indicator_id, i.name, i.definition, coalesce(sum(h.held), 0)::bigint from indicator i left join held_stored h on h.metric = i.indicator_id and h.fictional group by all"),
        Case("values, a city, 5 years", call(q.values, True, (metric,), years, scope, province=province, city=city), PLACED.replace("and s.year between", "and s.province_id = ? and s.year between") + " where f.city_id = ?", [metric, scope, province, first, year, city]),
        Case("values, a city of the country, 5 years", call(q.values, True, (metric,), years, scope, city=city), PLACED + " where f.city_id = ?", [*own, *span, city]),
        Case("values, a province, 1 year", call(q.values, True, (metric,), (year,), scope, province=province), PLACED.replace("and s.year between", "and s.province_id = ? and s.year between"), [metric, scope, province, year, year]),
        Case("values, a province, 5 years", call(q.values, True, (metric,), years, scope, province=province), PLACED.replace("and s.year between", "and s.province_id = ? and s.year between"), [metric, scope, province, first, year]),
        Case("values, everyone, 1 year", call(q.values, True, (metric,), (year,), scope), PLACED, [*own, year, year]),
        Case("city_values, a province, sums", call(c.city_values, True, metric, years, "sum", province=province), f"select s.city_id as id, s.year::int as year, sum(v.value) as value, count(*)::int as parts_held {held} and s.province_id = ? and s.year between ? and ? and v.status = 'reported' and s.city_id is not null group by all", [*own, province, *span]),
        Case("city_values, everyone, sums", call(c.city_values, True, metric, years, "sum"), f"select s.city_id as id, s.year::int as year, sum(v.value) as value, count(*)::int as parts_held {held} and s.year between ? and ? and v.status = 'reported' and s.city_id is not null group by all", [*own, *span]),
        Case("city_values, governments", call(c.city_values, True, metric, years, "government"), f"select s.city_id as id, s.year::int as year, v.value, v.status, v.report_id {held} and s.year between ? and ? and s.level = 'city' qualify row_number() over (partition by s.city_id, s.year order by ends_with(s.agency, '人民政府') desc, v.report_id) = 1", [metric, "government_aggregate", *span]),
        Case("coverage", call(c.coverage, True), "select id, year::int as year, sum(known)::int as known, sum(held)::int as held from coverage_count_stored where fictional group by all"),
        Case("headlines, everyone", call(q.headlines, True, year, scope), "select v.metric as id, sum(v.value) as value, count(*)::int as n from figure_stored v join slot_stored s using (slot) where v.metric in (?, ?, ?, ?) and v.is_total and v.status = 'reported' and s.fictional and s.scope = ? and s.year in (?, ?) group by v.metric, s.year having s.year = ?", [*queries.HEADLINES, scope, year - 1, year, year]),
        Case("newest_findings", call(q.newest_findings, True, year), f"select {FINDING}, k.agency {key} and k.year = ? and coalesce(k.is_current, true) and k.severity in ('error', 'warning') order by k.severity, k.agency, k.rule_id, k.report_id, k.ordinal limit 50", [year]),
        Case("evidence of a number", call(e.evidence, True, agency, year, metric, scope), "select o.metric_id as metric, o.value, o.raw, o.quote, o.report_id, o.ordinal::int as ordinal from figure_stored v join slot_stored s using (slot) join observation o on o.report_id = v.report_id and o.ordinal in (v.ordinal, v.narrative_ordinal) where s.agency_id = ? and s.year = ? and s.scope = ? and v.metric = ? and v.is_total", [agency, year, scope, metric]),
        Case("findings_of", call(e.findings_of, True, agency, year, metric, scope), "select distinct severity, message from finding f join (select report_id from slot_report_stored join slot_stored using (slot) where agency_id = ? and year = ? and scope = ?) using (report_id) where f.metric_id = ?", [agency, year, scope, metric]),
        Case("nearest", call(q.nearest, True, metric), "select scope, year::int as year, sum(held)::int as n from held_stored where fictional and metric = ? group by all order by n desc, year desc, scope limit 5", [metric]),
        Case("sources of 100 reports", call(q.sources, True, tuple(some)), "select report_id, title, year::int as year, location, sha256 from report_page_stored where report_id in (select unnest(?::bigint[]))", [some]),
        Case("sources_of_sums, a city", call(q.sources_of_sums, True, (metric,), years, scope, city=city), f"select distinct v.report_id, t.title {held.replace(' where', ' join slot_report_stored t on t.slot = v.slot and t.report_id = v.report_id where')} and s.city_id = ? and s.year between ? and ? and v.status = 'reported'", [*own, city, *span]),
        Case("totals, a province", call(t.totals, True, (metric, "requests_closed"), (year,), scope, province=province), "select v.metric, sum(v.value) as value, count(*)::int as n from figure_stored v join slot_stored s using (slot) where v.metric in (?, 'requests_closed') and v.is_total and s.fictional and s.scope = ? and s.year = ? and s.province_id = ? and v.status = 'reported' and v.method in ('table', 'derived', 'correction', 'imported') group by all", [*own, year, province]),
        Case("totals, everyone", call(t.totals, True, (metric, "requests_closed"), (year,), scope), "select v.metric, sum(v.value) as value, count(*)::int as n from figure_stored v join slot_stored s using (slot) where v.metric in (?, 'requests_closed') and v.is_total and s.fictional and s.scope = ? and s.year = ? and v.status = 'reported' and v.method in ('table', 'derived', 'correction', 'imported') group by all", [*own, year]),
        Case("outcome_shares, a province", call(t.outcome_shares, True, tuple(made), (year,), scope, province=province), "with h as (select s.agency_id, v.metric, v.value, v.status from figure_stored v join slot_stored s using (slot) where v.metric in (?, ?, ?, ?, ?, ?) and v.is_total and s.fictional and s.scope = ? and s.year = ? and s.province_id = ? and v.method in ('table', 'derived', 'correction', 'imported')), w as (select agency_id, count(*) filter (status = 'reported') = 6 as known, sum(value) as whole from h group by all) select h.agency_id as id, h.metric, h.value, w.whole, a.called as display from h join w using (agency_id) join agency_stored a using (agency_id) where w.known union all select w.agency_id, m.metric_id, null, 0, a.called from w join agency_stored a using (agency_id), metric m where not w.known and m.metric_id in (?, ?, ?, ?, ?, ?)", [*made, scope, year, province, *made]),
        Case("report_ids", call(r.report_ids, True), "select report_id from report where fictional order by report_id"),
        Case("agency_of", call(r.agency_of, True, report), "select agency_id from report where report_id = ?", [report]),
        Case("reports_of", call(r.reports_of, True, agency), "select report_id, year::int as year, title, source_path, location, document, sha256, other_paths, figures::int as figures from report_page_stored where agency_id = ? and fictional", [agency]),
        Case("observations_of", call(r.observations_of, True, report), obs, [report]),
        Case("findings_in", call(r.findings_in, True, noticed), "select rule_id, severity, message, quote, expected, actual, locator, operands from finding_stored where report_id = ? and state = 'fail'", [noticed]),
        Case("findings_about", call(r.findings_about, True, of), "select report_id, rule_id, severity, message from finding_stored where agency_id = ? and fictional and coalesce(is_current, true) and severity in ('error', 'warning') and state = 'fail' and not accepted", [of]),
        Case("finding_counts, a province", call(k.finding_counts, True, first, year, province=province), "select rule_id, agency_id, year::int as year, severity, state, accepted, count(*)::int as n from finding_stored where fictional and year between ? and ? and province_id = ? and coalesce(is_current, true) and agency_id is not null and state <> 'pass' group by all", [*span, province]),
        Case("findings", call(k.findings, True, first, year, ("error", "warning"), ("fail",), None, False, 200, province=province), f"select {FINDING} {key} and k.year between ? and ? and k.province_id = ? and coalesce(k.is_current, true) and k.agency_id is not null and k.severity in ('error', 'warning') and k.state = 'fail' and not k.accepted order by case k.severity when 'error' then 0 else 1 end, k.year desc, k.adcode nulls last, k.agency, (select position from rule u where u.rule_id = k.rule_id) nulls last, k.rule_id, k.report_id, k.ordinal limit 200", [*span, province]),
        Case("operand_cells", call(k.operand_cells, True, ((report, 1, None, None), (report, 2, None, None))), "select ordinal::int as ordinal, metric_id as metric, value, raw, quote from observation where report_id = ? and ordinal in (1, 2)", [report]),
        Case("table_of", call(k.table_of, True, report, 3), 'select ordinal::int as ordinal, metric_id as metric, breakdown, raw, status, value from observation where report_id = ? and locator."table" = 3 and method <> \'narrative\'', [report]),
        Case("coverage_states, a province", call(k.coverage_states, True, year, year, province=province), "select agency_id, agency, year::int as year, state, report_id from coverage_stored where fictional and year = ? and province_id = ?", [year, province]),
        Case("plans", call(t.plans, True), "select report_id, title, tasks::int as tasks from plan_stored where fictional"),
        Case("plan_items", call(t.plan_items, True, plan), "select 'task' as item, number, task, raw from plan_task where report_id = ?", [plan]),
        Case("plan_sections", call(t.plan_sections, True), "select section from plan_section_stored where fictional order by 1"),
        Case("report_file", call(k.report_file, True, report), "select location, document, part::int as part, agency, year::int as year from report_page_stored where report_id = ?", [report]),
        Case("rules", call(k.rules), "select rule_id as id, title, severity from rule"),
        Case("rule_uses", call(k.rule_uses, True), "select rule_id, passed, failed, reports from rule_use_stored where fictional"),
    ]  # fmt: skip


def same(ours: Any, bare: pd.DataFrame) -> bool:
    """Whether both hold the same rows in the columns of the bare result. Rows of ours that only say why there is no value do not count."""
    if isinstance(ours, dict):
        return [str(ours[c]) for c in bare.columns] == [str(x) for x in bare.iloc[0]]
    if not isinstance(ours, pd.DataFrame):
        return [str(x) for x in ([ours] if isinstance(ours, str) else ours)] == [str(x) for x in bare.iloc[:, 0]]
    columns = [c for c in bare.columns if c in ours.columns]
    if ("status" in ours.columns and "peer" in ours.columns) or "parts_held" in columns:
        ours = ours[~ours["status"].isin(["no_report", "not_stated", "not_in_form", "table_missing", "other_scope"])]

    def rows(df: pd.DataFrame) -> list[str]:
        def text(value: Any) -> str:
            if isinstance(value, float | int) and not isinstance(value, bool):
                return f"{value:.6g}" if value == value else "-"
            return "-" if value is None or value is pd.NA else str(value)

        return sorted("|".join(map(text, row)) for row in df[columns].astype(object).itertuples(index=False))

    return rows(ours) == rows(bare)


def compare(con: duckdb.DuckDBPyConnection, build: warehouse.Build, runs: int) -> None:
    """Times of the pages' queries beside bare SQL that gives the same rows, both taken in turn; then three of them beside pandas."""
    print("| query | rows | p50 ms | p95 ms | bare SQL p50 | times  [1.3] | same rows |")
    print("|---|---|---|---|---|---|---|")
    kept: dict[str, float] = {}
    worst = 0.0
    for case in cases(con, build.name):

        def plain(case: Case = case) -> pd.DataFrame:
            return queries_build.frame(con.cursor().execute(case.bare, case.values or None).to_arrow_table())

        ours, bare = case.ours(), plain()
        mine: list[float] = []
        other: list[float] = []
        for _ in range(runs):
            mine.append(once(case.ours))
            other.append(once(plain))
        kept[case.name], plainly = statistics.median(mine), statistics.median(other)
        worst = max(worst, kept[case.name] / plainly)
        alike = "yes" if same(ours, bare) else "NO"
        print(
            f"| {case.name} | {len(bare):,} | {kept[case.name]:.1f} | {sorted(mine)[int(0.95 * (runs - 1))]:.1f} | {plainly:.1f} | {kept[case.name] / plainly:.2f} | {alike} |",
            flush=True,
        )
    print(f"greatest ratio {worst:.2f}; slowest {max(kept.values()):.0f} ms")
    against_pandas(con, kept)


def against_pandas(con: duckdb.DuckDBPyConnection, kept: dict[str, float]) -> None:
    """The work of five page queries with every figure in one data frame, as a notebook would hold them: categories for words, no names and no
    reasons for gaps. pandas adds up, ranks and compares what the query adds up, ranks and compares."""
    words = {
        "agency_id": "slot_stored", "scope": "slot_stored", "metric": "figure_stored", "status": "figure_stored", "province_id": "slot_stored",
        "city_id": "slot_stored", "peer": "(select level || '|' || system as peer from slot_stored)",
    }  # fmt: skip
    for name, table in words.items():
        con.execute(
            f"create temp type word_{name} as enum (select distinct {name} from {table} where {name} is not null order by 1)"
        )
    spelt = ", ".join(f"{name}::word_{name} as {name}" for name in words if name != "peer")
    df = con.execute(
        f"select year, value, is_total, part_year, fictional, {spelt}, (level || '|' || system)::word_peer as peer from metric_value"
    ).to_arrow_table().to_pandas(split_blocks=True, self_destruct=True)  # fmt: skip
    metric, scope = "requests_received", "own_agency"
    year = int(df["year"].max())
    province = con.execute("select province_id from slot_stored where year = ? and scope = ? and city_id is not null and system is not null order by slot limit 1", [year, scope]).fetchone()[0]  # type: ignore[index]  # fmt: skip

    def values(province: str | None) -> Any:
        at = (df.metric == metric) & df.is_total & (df.year == year) & (df.scope == scope) & df.fictional
        f = df[at & (df.province_id == province) if province else at]
        counted = f[(f.status == "reported") & ~f.part_year & f.peer.notna()]
        peers = counted.groupby("peer", observed=True)["value"]
        return f.join(
            pd.DataFrame(
                {
                    "rank": peers.rank(ascending=False, method="min"),
                    "median": peers.transform("median"),
                    "n": peers.transform("size"),
                }
            )
        )

    def cities() -> Any:
        f = df[
            (df.metric == metric)
            & df.is_total
            & (df.year > year - 5)
            & (df.scope == scope)
            & df.fictional
            & (df.province_id == province)
            & (df.status == "reported")
        ]
        return f.groupby(["city_id", "year"], observed=True)["value"].agg(["sum", "count"])

    def headlines() -> Any:
        f = df[
            df.metric.isin(queries.HEADLINES)
            & df.is_total
            & df.year.isin([year, year - 1])
            & (df.scope == scope)
            & df.fictional
            & (df.status == "reported")
        ]
        now, whole = f[f.year == year], f[~f.part_year]
        both = whole[whole.year == year].merge(
            whole[whole.year == year - 1], on=["metric", "agency_id"], suffixes=("", "_before")
        )
        return now.groupby("metric", observed=True)["value"].agg(["sum", "count"]), both.groupby(
            "metric", observed=True
        )[["value", "value_before"]].sum()

    def metrics() -> Any:
        return df[df.is_total & (df.status == "reported") & df.fictional].groupby("metric", observed=True).size()

    def nearest() -> Any:
        f = df[(df.metric == metric) & df.is_total & (df.status == "reported") & df.fictional]
        return f.groupby(["scope", "year"], observed=True).size().nlargest(5)

    chosen = [
        ("values, a province, 1 year", lambda: values(province)), ("values, everyone, 1 year", lambda: values(None)),
        ("city_values, a province, sums", cities), ("headlines, everyone", headlines), ("metrics", metrics), ("nearest", nearest),
    ]  # fmt: skip
    print(
        f"pandas with {len(df):,} figures (columns {', '.join(df.columns)}; words as categories) in {df.memory_usage(deep=False).sum() / 1e9:.1f} GB of memory:"
    )
    print("| query | ours ms | pandas ms | times faster  [20] |")
    print("|---|---|---|---|")
    for label, work in chosen:
        work()
        took = statistics.median(once(work) for _ in range(5))
        print(f"| {label} | {kept[label]:.1f} | {took:.0f} | {took / kept[label]:.1f} |")


def once(work: Callable[[], Any]) -> float:
    """Milliseconds of one run."""
    start = time.perf_counter()
    work()
    return 1000 * (time.perf_counter() - start)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--warehouse", type=Path, help="measure this warehouse; generate nothing")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        place = given.warehouse
        if place is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            place = folder / "warehouse"
            warehouse.load([write_reports(folder / "files", BASE)], directory=place, workers=2)
            _, spent = multiply(place, max(1, given.reports // BASE))
            print("; ".join(f"{name} {seconds:.0f} s" for name, seconds in spent.items()))
        build = warehouse.current_build(place)
        assert build is not None
        size = Path(build.path).stat().st_size
        print(
            f"{build.reports:,} reports, {build.observations:,} observations, {build.findings:,} findings, {build.agencies:,} agencies; {size / 1e6:,.0f} MB"
        )
        con = stack.enter_context(
            contextlib.closing(duckdb.connect(build.path, read_only=True, config=CONNECT | {"memory_limit": MEMORY}))
        )
        queries_build.connection = lambda _: con  # type: ignore[assignment]
        compare(con, build, given.runs)


if __name__ == "__main__":
    main()
