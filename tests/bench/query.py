"""The pages' queries on a large warehouse, against the bare SQL on the same file and against pandas: prints, never fails.

    python -m tests.bench.query                        1,000,000 reports, about 200 million observations: the country since 2008
    python -m tests.bench.query --reports 50000        minutes instead of a quarter of an hour
    python -m tests.bench.query --warehouse DIR        a warehouse that is there already

2,000 generated reports are read; the others are those rows again with other ids, agencies, provinces and figures (each copy's multiplied
by one number, so that sums hold), written straight into the tables. What follows from them (agencies, checks, figures, rates) is made as
in every load, and is timed. The bare SQL (bare.sql) reads the stored tables and gives the same rows and columns, without labels and reasons for
gaps; whether they are the same is compared and printed. pandas has the figures in memory already.
"""

from __future__ import annotations

import argparse
import contextlib
import logging
import re
import statistics
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
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
BARE = Path(__file__).with_name("bare.sql")


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
        for table in ("plan_task", "plan_column"):
            con.execute(
                f"insert into {table} select p.* replace (xor(report_id, n << 33) as report_id) from copy, (from {table}) p"
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
    """A query of the pages, and bare SQL on the stored tables (bare.sql) that gives the same rows."""

    name: str
    ours: Callable[[], Any]
    bare: str
    values: dict[str, Any]


def cases(con: duckdb.DuckDBPyConnection, name: str) -> list[Case]:
    """Every public query of the pages with arguments as the pages give them: one city, one province, everyone."""

    def one(sql: str, *values: Any) -> Any:
        row = con.execute(sql, list(values)).fetchone()
        assert row is not None
        return row if len(row) > 1 else row[0]

    q, c, e, t, r, k = queries, queries_cities, queries_evidence, queries_topics, queries_report, queries_quality
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
    given = {
        "metric": metric, "scope": scope, "year": year, "before": year - 1, "first": first, "agency": agency, "city": city, "province": province,
        "report": report, "noticed": noticed, "of": of, "plan": plan, "some": some,
    }  # fmt: skip
    given |= {f"headline_{n}": m for n, m in enumerate(q.HEADLINES)} | {f"outcome_{n}": m for n, m in enumerate(made)}
    bare = dict(
        re.findall(r"^-- case: (.+)\n((?:(?!-- case: ).*\n?)*)", BARE.read_text(encoding="utf-8"), re.MULTILINE)
    )

    def call(function: Any, *arguments: Any, **more: Any) -> Callable[[], Any]:
        def run() -> Any:
            many: list[Any] = [q.sources, *([queries_build.agency_table] if function is q.agencies else [])]
            for kept in many:
                kept.clear()  # what a query itself would find made already
            return function.__wrapped__(name, *arguments, **more)

        return run

    def case(
        said: str, ours: Callable[[], Any], named: str = "", province: str = "", city: str = "", **other: Any
    ) -> Case:
        """`named`: which piece of bare.sql, when it is not called as the case is; `province`, `city`: what its places for conditions hold."""
        sql = bare[named or said].format(province=province, city=city)
        return Case(said, ours, sql, {p: v for p, v in (given | other).items() if re.search(rf"\${p}\b", sql)})

    there, here = "and s.province_id = $province", "where f.city_id = $city"
    one_year = {"first": year}
    two = (metric, "requests_closed")
    return [
        case("agencies", call(q.agencies, True)),
        case("metrics", call(q.metrics, True)),
        case("reach", call(q.reach, True)),
        case("catalogue", call(k.catalogue, True)),
        case("values, a city, 5 years", call(q.values, True, (metric,), years, scope, province=province, city=city), "values", there, here),
        case("values, a city of the country, 5 years", call(q.values, True, (metric,), years, scope, city=city), "values", "", here),
        case("values, a province, 1 year", call(q.values, True, (metric,), (year,), scope, province=province), "values", there, **one_year),
        case("values, a province, 5 years", call(q.values, True, (metric,), years, scope, province=province), "values", there),
        case("values, everyone, 1 year", call(q.values, True, (metric,), (year,), scope), "values", **one_year),
        case("city_values, a province, sums", call(c.city_values, True, metric, years, "sum", province=province), "city_values, sums", there),
        case("city_values, everyone, sums", call(c.city_values, True, metric, years, "sum"), "city_values, sums"),
        case("city_values, governments", call(c.city_values, True, metric, years, "government")),
        case("coverage", call(c.coverage, True)),
        case("headlines, everyone", call(q.headlines, True, year, scope), "headlines"),
        case("newest_findings", call(q.newest_findings, True, year)),
        case("evidence of a number", call(e.evidence, True, agency, year, metric, scope), "evidence"),
        case("findings_of", call(e.findings_of, True, agency, year, metric, scope)),
        case("nearest", call(q.nearest, True, metric)),
        case("sources of 100 reports", call(q.sources, True, tuple(some)), "sources"),
        case("sources_of_sums, a city", call(q.sources_of_sums, True, (metric,), years, scope, city=city), "sources_of_sums"),
        case("totals, a province", call(t.totals, True, two, (year,), scope, province=province), "totals", there),
        case("totals, everyone", call(t.totals, True, two, (year,), scope), "totals"),
        case("outcome_shares, a province", call(t.outcome_shares, True, tuple(made), (year,), scope, province=province), "outcome_shares"),
        case("reports_of", call(r.reports_of, True, agency)),
        case("observations_of", call(r.observations_of, True, report)),
        case("findings_in", call(r.findings_in, True, noticed)),
        case("findings_about", call(r.findings_about, True, of)),
        case("finding_counts, a province", call(k.finding_counts, True, first, year, province=province), "finding_counts"),
        case("findings", call(k.findings, True, first, year, ("error", "warning"), ("fail",), None, False, 200, province=province)),
        case("operand_cells", call(k.operand_cells, True, ((report, 1, None, None), (report, 2, None, None)))),
        case("table_of", call(k.table_of, True, report, 3)),
        case("coverage_states, a province", call(k.coverage_states, True, year, year, province=province), "coverage_states"),
        case("plans", call(t.plans, True)),
        case("plan_items", call(t.plan_items, True, plan)),
        case("plan_sections", call(t.plan_sections, True)),
        case("report_file", call(k.report_file, True, report)),
        case("rules", call(k.rules)),
        case("rule_uses", call(k.rule_uses, True)),
    ]  # fmt: skip


def differing(ours: Any, bare: pd.DataFrame) -> str:
    """Columns of the bare result that ours has not or has other values in; "rows" where only their being together differs; "" for the same.

    Rows of ours that only say why there is no value do not count.
    """
    if isinstance(ours, dict):
        ours = pd.DataFrame([ours])
    elif not isinstance(ours, pd.DataFrame):
        ours = pd.DataFrame({bare.columns[0]: [ours] if isinstance(ours, str) else ours})
    if ("status" in ours.columns and "peer" in ours.columns) or "parts_held" in bare.columns:
        ours = ours[~ours["status"].isin(["no_report", "not_stated", "not_in_form", "table_missing", "other_scope"])]

    def text(value: Any) -> str:
        if isinstance(value, float | int) and not isinstance(value, bool):
            return f"{value:.6g}" if value == value else "-"
        return "-" if value is None or value is pd.NA else str(value)

    def said(df: pd.DataFrame) -> pd.DataFrame:
        return df[[c for c in bare.columns if c in ours.columns]].astype(object).map(text)

    mine, theirs = said(ours), said(bare)
    apart = [c for c in bare.columns if c not in mine or sorted(mine[c]) != sorted(theirs[c])]
    together = [sorted(map("|".join, df.itertuples(index=False))) for df in (mine, theirs)]
    return ", ".join(apart) or ("" if together[0] == together[1] else "rows")


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
        alike = f"NO: {apart}" if (apart := differing(ours, bare)) else "yes"
        print(
            f"| {case.name} | {len(bare):,} | {kept[case.name]:.1f} | {sorted(mine)[int(0.95 * (runs - 1))]:.1f} | {plainly:.1f} | {kept[case.name] / plainly:.2f} | {alike} |",
            flush=True,
        )
    print(f"greatest ratio {worst:.2f}; slowest {max(kept.values()):.0f} ms")
    against_pandas(con, kept)


def against_pandas(con: duckdb.DuckDBPyConnection, kept: dict[str, float]) -> None:
    """The work of eight page queries with every figure in one data frame and every report in another, as a notebook would hold them: categories for words, no names and no
    reasons for gaps. pandas adds up, ranks and compares what the query adds up, ranks and compares."""
    words = {
        "agency_id": "slot_stored", "scope": "slot_stored", "metric": "figure_stored", "status": "figure_stored", "method": "figure_stored", "province_id": "slot_stored",
        "city_id": "slot_stored", "peer": "(select level || '|' || system as peer from slot_stored)",
    }  # fmt: skip
    for name, table in words.items():
        con.execute(
            f"create temp type word_{name} as enum (select distinct {name} from {table} where {name} is not null order by 1)"
        )
    spelt = ", ".join(f"{name}::word_{name} as {name}" for name in words if name != "peer")
    con.execute("set memory_limit = '4GB'")  # the rest is for pandas
    pieces = [
        con.execute(
            f"select year, value, is_total, part_year, fictional, {spelt}, (level || '|' || system)::word_peer as peer from metric_value where metric = ?", [metric]
        ).to_arrow_table().to_pandas(split_blocks=True, self_destruct=True)
        for (metric,) in con.execute("select distinct metric from figure_stored order by metric").fetchall()
    ]  # fmt: skip
    df = pd.concat(pieces, ignore_index=True)
    del pieces
    reports = con.execute(
        "select year, kind, scope, agency_id, is_current, fictional from report where year is not null"
    ).df()
    reports = reports.astype(dict.fromkeys(("kind", "scope", "agency_id"), "category"))
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

    def totals() -> Any:
        f = df[
            ((df.metric == metric) | (df.metric == "requests_closed"))
            & (df.year == year)
            & (df.province_id == province)
        ]
        f = f[
            f.is_total
            & (f.scope == scope)
            & f.fictional
            & f.method.isin(["table", "derived", "correction", "imported"])
        ]
        inside = f[f.status == "reported"]["agency_id"].unique()
        f = f[f.agency_id.isin(inside)]
        return f.groupby("metric", observed=True)["value"].agg(["sum", "count"]), len(inside)

    def metrics() -> Any:
        return df[df.is_total & (df.status == "reported") & df.fictional].groupby("metric", observed=True).size()

    def reach() -> Any:
        f = reports[reports.is_current & reports.fictional & reports.kind.isin(["annual_report", "work_summary"])]
        return f.groupby(["year", "kind", "scope"], observed=True)["agency_id"].agg(["size", "nunique"])

    def nearest() -> Any:
        f = df[(df.metric == metric) & df.is_total & (df.status == "reported") & df.fictional]
        return f.groupby(["scope", "year"], observed=True).size().nlargest(5)

    chosen = [
        ("values, a province, 1 year", lambda: values(province)), ("values, everyone, 1 year", lambda: values(None)),
        ("totals, a province", totals), ("city_values, a province, sums", cities), ("headlines, everyone", headlines), ("metrics", metrics), ("nearest", nearest),
        ("reach", reach),
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
    parser.add_argument("--reports", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=15)
    parser.add_argument("--warehouse", type=Path, help="measure this warehouse; generate nothing")
    given = parser.parse_args()
    with contextlib.ExitStack() as stack:
        place = given.warehouse
        if place is None:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            place = folder / "warehouse"
            warehouse.load([write_reports(folder / "files", BASE, faulty=True)], directory=place, workers=2)
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
