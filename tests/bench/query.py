"""The pages' queries on a large warehouse, against the bare SQL on the same file and against pandas: prints, never fails.

    python -m tests.bench.query                        50,000 reports, about 10 million observations
    python -m tests.bench.query --reports 1000000      the country since 2008: 25 GB of disk for a while, 8 GB of memory

2,000 generated reports are read; the others are those rows again with other ids, agencies and figures, written straight into
the tables. What follows from them (agencies, checks, figures, rates) is made as in every load, and is timed. The bare SQL reads the stored
tables without views, labels, peers and reasons for gaps: what a query cannot do without. pandas has the figures in memory already.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb

from etl import registry, warehouse
from etl.warehouse import loader
from etl.warehouse.build import CONNECT, next_build, only_one_load, publish
from etl.warehouse.version import fingerprint
from tests.cluster import write_reports

logging.getLogger("streamlit").setLevel(logging.ERROR)  # no server runs here, and it says so for every cached function
from pages.kit import queries  # noqa: E402

BASE = 2_000
METRICS = ("requests_received", "proactive_disclosures", "requests_granted", "disclosure_rate")


def multiply(place: Path, times: int) -> tuple[warehouse.Build, dict[str, float]]:
    """A new build with every report `times` times, and the seconds that its steps took."""
    base = warehouse.current_build(place)
    assert base is not None
    spent: dict[str, float] = {}
    with only_one_load(place), next_build(place, base) as (con, part, number, name):
        start = time.perf_counter()
        con.execute("begin")
        con.execute(f"create temp table copy as select n::bigint as n from range(1, {times}) r(n)")
        con.execute("create temp table one as select * from report")
        con.execute("create temp table seen as select * from observation")
        con.execute(
            """insert into source select s.* replace (source_id || '-' || n as source_id, path || '#' || n as path, location || '#' || n as location)
               from (select * from source) s, copy"""
        )
        con.execute(
            """insert into report select o.* replace (xor(report_id, n << 33) as report_id, source_id || '-' || n as source_id,
                   regexp_replace(agency, '(局|委员会|办公室|人民政府|办事处)$', '第' || n || '\\1') as agency) from one o, copy"""
        )
        for first in range(1, times, 50):
            con.execute(
                f"""insert into observation select o.* replace (xor(report_id, n << 33) as report_id,
                       case when value > 0 then value + (n * 7919 + ordinal) % 13 else value end as value)
                    from copy, seen o where n >= {first} and n < {first + 50}"""
            )
        spent["rows"] = time.perf_counter() - start
        start = time.perf_counter()
        build = loader.finish_build(
            con, name, str(part), number, base.extractor, fingerprint(registry.ROOT), registry.ROOT
        )
        con.execute("commit")
        con.execute("checkpoint")
        con.close()
        publish(place, part, build)
        spent["publishing"] = time.perf_counter() - start
    current = warehouse.current_build(place)
    assert current is not None
    return current, spent


def timed(work: Callable[[], Any], runs: int = 15) -> list[float]:
    """Milliseconds of each run after two to warm up."""
    spent = []
    for n in range(runs + 2):
        start = time.perf_counter()
        work()
        if n >= 2:
            spent.append(1000 * (time.perf_counter() - start))
    return sorted(spent)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--reports", type=int, default=50_000)
    times = max(1, parser.parse_args().reports // BASE)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "warehouse"
        warehouse.load([write_reports(Path(folder) / "files", BASE)], directory=place, workers=2)
        build, spent = multiply(place, times)
        size = Path(build.path).stat().st_size
        print(f"{build.reports:,} reports, {build.observations:,} observations, {build.findings:,} findings, {build.agencies:,} agencies; {size / 1e6:,.0f} MB")  # fmt: skip
        print(
            f"rows written straight into the tables in {spent['rows']:.0f} s; agencies, checks, figures, rates and checkpoint in {spent['publishing']:.0f} s"
        )
        con = duckdb.connect(build.path, read_only=True, config=CONNECT)
        with contextlib.closing(con):
            queries._connection = lambda _: con  # type: ignore[assignment]
            compare(con, build)


def compare(con: duckdb.DuckDBPyConnection, build: warehouse.Build) -> None:
    """Times of the pages' queries beside bare SQL with the same reach, and three of them beside pandas."""
    agency, year, scope = con.execute(
        "select agency_id, max(year)::int, scope from metric_value where metric = 'requests_received' and scope = 'own_agency' group by all order by 1 limit 1"
    ).fetchone()  # type: ignore[misc]
    city = "990100"
    years = tuple(range(year - 4, year + 1))
    name, metric = build.name, "requests_received"

    def bare(sql: str, *parameters: Any) -> Callable[[], Any]:
        return lambda: con.cursor().execute(sql, list(parameters)).df()

    def page(function: Any, *arguments: Any, **more: Any) -> Callable[[], Any]:
        return lambda: function.__wrapped__(name, True, *arguments, **more)

    at = "from figure_stored v join slot_stored s using (slot) where v.metric = ? and v.is_total and s.fictional and s.scope = ?"
    head = f"select s.agency_id, s.year, v.metric, v.value, v.status, v.unit, v.report_id {at}"
    pairs: list[tuple[str, Callable, Callable | None]] = [
        ("values, a city, 5 years", page(queries.values, (metric,), years, scope, city=city), bare(f"{head} and s.year between ? and ? and starts_with(s.adcode, '9901')", metric, scope, years[0], years[-1])),
        ("values, a province, 1 year", page(queries.values, (metric,), years[-1:], scope), bare(f"{head} and s.year = ?", metric, scope, years[-1])),
        ("city_values", page(queries.city_values, metric, years, scope), bare(f"select left(s.adcode, 4), s.year, sum(v.value), count(*) {at} and s.year between ? and ? group by all", metric, scope, years[0], years[-1])),
        ("headlines", page(queries.headlines, year, scope), bare("select v.metric, s.year, sum(v.value), count(*) from figure_stored v join slot_stored s using (slot) where list_contains(?, v.metric) and v.is_total and s.scope = ? and s.fictional and s.year in (?, ?) group by all", list(queries.HEADLINES), scope, year, year - 1)),
        ("reach", page(queries.reach), bare("select year, kind, scope, count(*), count(distinct agency_id) from report where is_current and fictional group by all")),
        ("metrics", page(queries.metrics), bare("select metric, count(*) from figure_stored v join slot_stored s using (slot) where s.fictional and v.is_total and v.status = 'reported' group by all")),
        ("agencies", page(queries.agencies), bare("select * from agency where fictional order by adcode, name")),
        ("newest_findings", page(queries.newest_findings, year), bare("select f.* from finding f join report r using (report_id) where r.year = ? and r.is_current and f.severity in ('error', 'warning') order by f.severity limit 50", year)),
        ("evidence of a number", page(queries.evidence, agency, year, metric, scope), bare("select o.* from figure_stored v join slot_stored s using (slot) join observation o on o.report_id = v.report_id and o.ordinal = v.ordinal where s.agency_id = ? and s.year = ? and v.metric = ? and v.is_total", agency, year, metric)),
        ("nearest", page(queries.nearest, metric), bare("select s.scope, s.year, count(*) from figure_stored v join slot_stored s using (slot) where v.metric = ? and v.is_total and v.status = 'reported' and s.fictional group by all order by 3 desc limit 5", metric)),
    ]  # fmt: skip
    print("| query | p50 ms | p95 ms | bare SQL p50 | times  [1.3] |")
    print("|---|---|---|---|---|")
    kept: dict[str, float] = {}
    for label, mine, plain in pairs:
        try:
            own = timed(mine)
        except (duckdb.Error, TypeError, KeyError) as fault:
            print(f"| {label} | {type(fault).__name__}: {str(fault).splitlines()[0][:60]} | | | |")
            continue
        kept[label] = statistics.median(own)
        other = statistics.median(timed(plain)) if plain else float("nan")
        print(
            f"| {label} | {kept[label]:.1f} | {own[int(0.95 * len(own))]:.1f} | {other:.1f} | {kept[label] / other:.2f} |"
        )
    against_pandas(con, kept, metric, scope, year)


def against_pandas(con: duckdb.DuckDBPyConnection, kept: dict[str, float], metric: str, scope: str, year: int) -> None:
    """Three questions with all figures in one data frame, as a notebook would hold them."""
    df = con.execute(
        "select agency_id, year, scope, metric, breakdown, is_total, value, status, adcode, fictional from metric_value"
    ).df()
    for name in ("agency_id", "scope", "metric", "breakdown", "status"):
        df[name] = df[name].astype("category")
    chosen = [
        ("values, a province, 1 year", lambda: df[(df.metric == metric) & (df.scope == scope) & (df.year == year) & df.is_total & df.fictional]),
        ("city_values", lambda: df[(df.metric == metric) & (df.scope == scope) & df.is_total & (df.year > year - 5)].assign(city=lambda d: d.adcode.str[:4]).groupby(["city", "year"])["value"].sum()),
        ("nearest", lambda: df[(df.metric == metric) & df.is_total & (df.status == "reported")].groupby(["scope", "year"], observed=True)["agency_id"].count()),
    ]  # fmt: skip
    print(f"pandas with {len(df):,} figures in {df.memory_usage(deep=True).sum() / 1e9:.1f} GB of memory:")
    print("| query | ours ms | pandas ms | times faster  [20] |")
    print("|---|---|---|---|")
    for label, work in chosen:
        took = statistics.median(timed(work, 5))
        print(
            f"| {label} | {kept.get(label, float('nan')):.1f} | {took:.0f} | {took / kept.get(label, float('nan')):.1f} |"
        )


if __name__ == "__main__":
    main()
