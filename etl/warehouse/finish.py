"""The last steps of a load, each committed by itself in the copy nobody else sees: registry tables, agencies, which report is current, the
figures to show, corrections, comments; then the checks that a build must pass before it is published."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from etl import registry
from etl.registry.office import Correction
from etl.warehouse.build import VIEW_NAMES, VIEWS, WarehouseError
from etl.warehouse.rows import agency_id, is_resolved, short_name

FIGURES = Path(__file__).resolve().with_name("figures.sql")
PAGES = FIGURES.with_name("pages.sql")
SMALL_SHARE = 0.05
"""Of the agencies: when fewer changed, only theirs is made anew. Of the figures: when more stand unsorted behind the others, all are sorted."""
MOST_FINDINGS = 300_000
"""Findings sorted at once with their words; more are taken year by year."""
CHUNK = 5_000_000
"""Figures sorted at once when they are materialised, so that memory does not grow with the build: about 1 GB."""


def _replace(con: duckdb.DuckDBPyConnection, table: str, columns: dict[str, list]) -> None:
    """Fills a small table anew from columns of values."""
    con.execute(f"delete from {table}")
    if not next(iter(columns.values()), []):
        return
    con.register("incoming", pa.table(columns))
    con.execute(f"insert into {table} by name select * from incoming")
    con.unregister("incoming")


def fill_registry(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    """The registry as tables: metrics, indicators, their parts, divisions, deadlines."""
    metrics, indicators = registry.load_metrics(root), registry.load_indicators(root)
    _replace(
        con,
        "metric",
        {
            "metric_id": list(metrics),
            "position": list(range(len(metrics))),
            **{
                field: [getattr(m, field) for m in metrics.values()]
                for field in (
                    "name", "short", "english", "unit", "unit_class", "unit_as_printed", "theme", "decimals", "definition",
                    "caution", "direction", "place", "applicants", "signed",
                )
            },
            **{field: [list(getattr(m, field)) for m in metrics.values()] for field in ("forms", "channels", "wordings")},
            "parts": [list(dict.fromkeys(p for parts in m.parts for p in parts.metrics)) for m in metrics.values()],
            "carry": [m.counterpart for m in metrics.values()],
            "derived": [any(parts.computed for parts in m.parts) for m in metrics.values()],
        },
    )  # fmt: skip
    parts = [
        (id, form, part, group.computed)
        for id, m in metrics.items()
        for group in m.parts
        for form in group.forms
        for part in group.metrics
    ]
    _replace(con, "metric_part", _columns(("metric_id", "form", "part_id", "computed"), parts))
    _replace(
        con,
        "indicator",
        {
            "indicator_id": list(indicators),
            "position": list(range(len(indicators))),
            **{
                field: [getattr(i, field) for i in indicators.values()]
                for field in (
                    "name", "short", "english", "unit", "kind", "theme", "decimals", "definition", "caution", "direction",
                    "proportion",
                )
            },
            "factor": [float(i.scale) for i in indicators.values()],
            "smallest": [float(i.min_denominator) for i in indicators.values()],
            **{field: [list(getattr(i, field)) for i in indicators.values()] for field in ("forms", "wordings")},
        },
    )  # fmt: skip
    operands = [
        (id, side, metric, getattr(i, f"{side}_breakdown") or "total", sign)
        for id, i in indicators.items()
        for side in ("numerator", "denominator")
        for field, sign in ((side, 1), (f"{side}_minus", -1))
        for metric in getattr(i, field)
    ]
    _replace(con, "indicator_part", _columns(("indicator_id", "side", "metric_id", "breakdown", "sign"), operands))
    _replace(con, "region", _columns(registry.Region._fields, [tuple(r) for r in registry.load_regions(root)]))
    deadlines = [
        (d.first_year, d.last_year, d.body, d.month, d.day, registry.region_head(d.adcode))
        for d in registry.load_deadlines(root)
    ]
    people = [(p.adcode, p.year, p.people) for p in registry.load_population(root)]
    _replace(con, "population", _columns(("adcode", "year", "people"), people))
    _replace(con, "deadline", _columns(("first_year", "last_year", "body", "month", "day", "region"), deadlines))


def _columns(names: tuple[str, ...], rows: list[tuple]) -> dict[str, list]:
    return {name: [row[n] for row in rows] for n, name in enumerate(names)}


def fill_agencies(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    """Gives every report its agency and makes the list of agencies. A renamed body (agencies.csv, successor) keeps one id."""
    successors: dict[str, str] = {}
    anywhere: dict[str, str] = {}  # endings: *安全生产监督管理局 -> *应急管理局
    aliases: dict[str, list[str]] = {}
    for row in registry.load_agencies(root):
        if "*" in row.alias or "*" in row.agency:
            if row.successor and row.agency[:1] == row.successor[:1] == "*":
                anywhere[row.agency[1:]] = row.successor[1:]
            continue
        if row.successor:
            successors[row.agency] = row.successor
        if row.alias != row.agency:
            aliases.setdefault(row.agency, []).append(row.alias)
    seen = con.execute(
        """select agency, adcode, level, province, city, county, township, fictional, max(year) as last_year,
                  arg_max(system, year) filter (system is not null) as system, array_agg(report_id order by report_id) as ids
           from report where agency is not null group by all
           order by last_year desc nulls last, len(ids) desc, agency, adcode nulls last, level, province, city, county, township"""
    ).fetchall()
    given: list[tuple[int, str]] = []
    agencies: dict[str, tuple] = {}
    former: dict[str, list[str]] = {}
    for name, adcode, level, province, city, county, township, fictional, _, system, ids in seen:
        names = {"province": province, "city": city, "county": county, "township": township, "adcode": adcode}
        now = name
        for _ in range(5):  # a chain of renamings; a ring in the registry ends here too
            now = successors.get(now) or next(
                (now.removesuffix(old) + new for old, new in anywhere.items() if now.endswith(old) and now != old), now
            )
        resolved = is_resolved(name, level, names)
        for report in ids:
            key = agency_id(now, adcode) if resolved else f"r{report}"
            given.append((report, key))
            if key not in agencies:
                agencies[key] = (
                    key, now, short_name(now, level, names), system, level, province, city, county, township, adcode, resolved,
                    fictional,
                )  # fmt: skip
            if name != agencies[key][1] and name not in former.setdefault(key, []):
                former[key].append(name)
    con.register(
        "given", pa.table({"report_id": [r for r, _ in given], "agency_id": [a for _, a in given]}, schema=_GIVEN)
    )
    con.execute(
        """update report set agency_id = g.agency_id from given g
           where g.report_id = report.report_id and report.agency_id is distinct from g.agency_id"""
    )
    con.unregister("given")
    rows = sorted(agencies.values(), key=lambda row: row[0])
    columns = _columns(tuple(name for name in _AGENCY if name != "aliases"), rows)
    columns["aliases"] = [[*aliases.get(row[1], []), *sorted(former.get(row[0], []))] for row in rows]
    con.execute("delete from agency")
    con.register("incoming", pa.table({n: pa.array(v, type=_AGENCY[n]) for n, v in columns.items()}))
    con.execute("insert into agency by name select * from incoming")
    con.unregister("incoming")


_GIVEN = pa.schema([("report_id", pa.int64()), ("agency_id", pa.string())])
_AGENCY: dict[str, pa.DataType] = {
    **dict.fromkeys(("agency_id", "name", "short_name", "system", "level", "province", "city", "county", "township", "adcode"), pa.string()),
    "resolved": pa.bool_(),
    "fictional": pa.bool_(),
    "aliases": pa.list_(pa.string()),
}  # fmt: skip


def mark_current(con: duckdb.DuckDBPyConnection) -> None:
    """The same report published twice: the later one counts, by date, else by when it was first loaded, else by what it holds.

    Imported rows are never current beside a report that was read, but the newest of them count where it says nothing (CONTRACT 3).
    """
    con.execute(
        """update report set is_current = c.is_current, counts = c.counts from (
               select r.report_id, row_number() over (partition by body, yr, kind, scope order by imported, newest) = 1 as is_current,
                   row_number() over (partition by body, yr, kind, scope, imported order by newest) = 1 as counts
               from (
                   select r.report_id, r.kind, r.scope, r.imported, coalesce(r.agency_id, r.report_id::varchar) as body,
                       coalesce(r.year::varchar, r.report_id::varchar) as yr,
                       row_number() over (order by published_on desc nulls last, first_load desc, coalesce(n.figures, 0) desc, sha256, part, report_id) as newest
                   from report r
                   left join (select report_id, count(*) as figures from observation where status = 'reported' group by all) n using (report_id)
               ) r
           ) c
           where c.report_id = report.report_id and (c.is_current <> report.is_current or c.counts <> report.counts)"""
    )


def _steps(path: Path = FIGURES) -> dict[str, str]:
    """The parts of figures.sql or pages.sql by name."""
    text = path.read_text(encoding="utf-8")
    pieces = text.split("-- step: ")[1:]
    return {name.strip(): body for name, _, body in (piece.partition("\n") for piece in pieces)}


def _run(con: duckdb.DuckDBPyConnection, step: str, parameters: dict[str, Any] | None = None) -> None:
    """Runs the statements of a step; each takes the parameters it names."""
    for statement in duckdb.extract_statements(step):
        wanted = {name: value for name, value in (parameters or {}).items() if f"${name}" in statement.query}
        con.execute(statement, wanted or None)


def remember(con: duckdb.DuckDBPyConnection) -> None:
    """Notes what a build says of its reports and agencies, before a load changes it, for `find_dirty`."""
    con.execute(
        """create or replace temp table report_before as
           select report_id, agency_id, is_current, counts, source_id, extractor from report join source using (source_id)"""
    )
    con.execute("create or replace temp table agency_before as select * from agency")


def find_dirty(con: duckdb.DuckDBPyConnection, root: Path) -> bool:
    """Fills the temporary table dirty_agency with the agencies whose reports, or which themselves, are not as `remember` noted them.

    A report keeps its id when newer code reads the same bytes; its figures may be others all the same.
    All that is shown of an agency comes from its own reports (figures, rates, most findings), so that the others stay as they
    are. False where making everything anew is better: too many changed, or too much stands behind the sorted part.
    """
    con.execute(
        """create or replace temp table dirty_agency as
           select distinct agency_id from (
               select unnest([b.agency_id, r.agency_id]) as agency_id
               from report_before b
               full join (select * from report join (select source_id, extractor from source) using (source_id)) r using (report_id)
               where b.report_id is null or r.report_id is null or b.agency_id is distinct from r.agency_id
                   or b.is_current <> r.is_current or b.counts <> r.counts or b.source_id <> r.source_id or b.extractor <> r.extractor
               union all
               select agency_id from (from agency_before except from agency)
               union all
               select agency_id from (from agency except from agency_before)
           ) where agency_id is not null"""
    )
    con.execute("drop table report_before")
    con.execute("drop table agency_before")
    corrected = [c.agency for c in registry.load_corrections(root)]
    con.execute(
        """insert into dirty_agency select agency_id from agency
           where (list_contains($names, name) or list_contains($names, agency_id)) and agency_id not in (select agency_id from dirty_agency)""",
        {"names": corrected},
    )
    row = con.execute(
        """select (select count(*) from dirty_agency), (select count(*) from agency), (select count(*) from figure_stored),
               (select coalesce(max(comment), '') from duckdb_tables() where table_name = 'figure_stored' and not temporary)"""
    ).fetchone()
    assert row is not None
    dirty, agencies, figures, appended = row
    return (
        dirty <= max(1, SMALL_SHARE * agencies)
        and (appended or "0").isdigit()
        and int(appended or 0) <= SMALL_SHARE * max(figures, 1)
    )


def materialise(con: duckdb.DuckDBPyConnection, root: Path, dirty: bool = False) -> None:
    """Fills slot_stored, figure_stored and rate_stored: the printed figures, corrections, sums, rates.

    In pieces of about CHUNK figures, so that memory does not grow with the build. `dirty`: only for the agencies of dirty_agency; the
    rows come to stand behind the sorted part, and how many do is noted on the table.
    """
    steps = _steps()
    _run(con, steps["dirty slots" if dirty else "slots"])
    _run(con, steps["words"], {"all": not dirty})
    con.execute("delete from correction")
    con.execute("delete from finding where origin = 'correction'")
    corrections = dict(enumerate(registry.load_corrections(root), 1))
    added = 0
    for piece in _pieces(con, {c.metric for c in corrections.values()}, dirty):
        _run(con, steps["printed"], piece)
        _apply_corrections(con, root, corrections, derived=False)
        if piece["sums"]:
            _run(con, steps["derived"])
        _apply_corrections(con, root, corrections, derived=True)
        row = con.execute("select count(*) from shown").fetchone()
        added += row[0] if row else 0
        _run(con, steps["store"])
    for line, correction in corrections.items():
        _note_correction(con, root, line, correction, [])
    possible = """select indicator_id from indicator join indicator_part using (indicator_id)
        where kind = 'ratio' and metric_id in (select distinct metric from figure_stored) group by all having count(distinct side) = 2 order by 1"""
    for (indicator,) in con.execute(possible).fetchall():
        _run(con, steps["ratio"], {"indicator": indicator})
    _run(con, steps["rates"])
    _run(con, steps["tidy"])
    row = con.execute(
        "select comment from duckdb_tables() where table_name = 'figure_stored' and not temporary"
    ).fetchone()
    before = int(row[0] or 0) if dirty and row else 0
    con.execute(f"comment on table figure_stored is '{before + added if dirty else 0}'")


def materialise_pages(con: duckdb.DuckDBPyConnection) -> None:
    """Fills what every page of the app asks for (pages.sql), from all that the load has made; the build's own row must be there."""
    steps = _steps(PAGES)
    _run(con, steps["counts"])
    held = con.execute("select count(*) from finding").fetchone()
    years = [(0, 9999)]
    if held and held[0] > MOST_FINDINGS:
        found = con.execute("select distinct year from report where year is not null order by 1 desc").fetchall()
        years = [*((year, year) for (year,) in found), (0, 0)]
    for first, last in years:
        _run(con, steps["findings"], {"first": first, "last": last})
    _run(con, steps["reports"])


def note_places(con: duckdb.DuckDBPyConnection) -> None:
    """Notes where each report's observations stand, so that a page reads some thousand rows instead of all.

    Row numbers move only when a checkpoint packs what deletions left: called after one, and checked after the next, which is the last.
    """
    spans = "select report_id, min(rowid) as first_row, max(rowid) as last_row from observation group by all"
    con.execute("delete from report_rows_stored")
    con.execute(f"insert into report_rows_stored by name {spans}")
    con.execute("checkpoint")
    moved = con.execute(f"select count(*) from (({spans}) except (from report_rows_stored))").fetchone()
    if moved and moved[0]:
        raise WarehouseError(
            f"新数据库没有通过检查：数值的位置不对（{moved[0]}处）。原来的数据库没有改动；请把这一行告诉维护者。"
        )


def _pieces(con: duckdb.DuckDBPyConnection, corrected: set[str], dirty: bool) -> Iterator[dict[str, Any]]:
    """What is materialised at once: metrics and a range of slots with about CHUNK figures.

    A sum that a form does not print stays with its parts, and a metric that a person corrected is never divided: whether a correction
    fits one figure or several is only seen where all of them are.
    """
    counts = con.execute(
        "select metric_id, sum(n)::bigint from held_words group by metric_id order by metric_id::figure_metric"
    ).fetchall()
    together: dict[str, list[str]] = {}
    for whole, part in con.execute("select distinct metric_id, part_id from metric_part where computed").fetchall():
        merged = sorted({*together.get(whole, [whole]), *together.get(part, [part])})
        together |= dict.fromkeys(merged, merged)
    rows = dict(counts)
    groups: list[tuple[list[str], int]] = []
    for metric in rows:
        group = [m for m in together.get(metric, [metric]) if m in rows]
        held = sum(rows[m] for m in group)
        if any(metric in known for known, _ in groups):
            continue
        if groups and groups[-1][1] + held <= CHUNK:
            groups[-1] = (groups[-1][0] + group, groups[-1][1] + held)
        else:
            groups.append((group, held))
    last = con.execute("select coalesce(max(slot), 0) from slot_stored").fetchone()
    slots = last[0] if last else 0
    for group, held in groups:
        whole = dirty or any(m in corrected for known in group for m in together.get(known, [known]))
        ranges = 1 if whole else -(-held // CHUNK)
        for n in range(ranges):
            yield {
                "chunk": group,
                "sums": any(metric in together for metric in group),
                "first": n * slots // ranges + 1,
                "last": (n + 1) * slots // ranges,
            }


def _apply_corrections(
    con: duckdb.DuckDBPyConnection, root: Path, corrections: dict[int, Correction], derived: bool
) -> None:
    """Applies to the figures in `shown` the lines of corrections.jsonl that are about them, and takes these out of `corrections`.

    Plain metrics first, then those made from them.
    """
    metrics = registry.load_metrics(root)
    for line, c in list(corrections.items()):
        if any(parts.computed for parts in metrics[c.metric].parts) != derived:
            continue
        where = """metric::varchar = $metric and cell::varchar = coalesce($breakdown, 'total')
            and slot in (select slot from slot_stored where (agency = $agency or agency_id = $agency) and year = $year and ($scope is null or scope = $scope))
            and report_id in (select report_id from slot_report where $kind is null or kind = $kind)"""
        key = {
            "agency": c.agency, "year": c.year, "metric": c.metric, "breakdown": c.breakdown, "kind": c.kind, "scope": c.scope,
        }  # fmt: skip
        shown = con.execute(f"select value, report_id from shown where {where} order by slot", key).fetchall()
        if not shown:
            continue
        if sum(row[0] == c.old for row in shown) == 1:
            con.execute(
                f"""insert into mended by name
                    select slot, metric, cell, value as printed_value from shown
                    where {where} and value is not distinct from $old and (slot, metric, cell) not in (select (slot, metric, cell) from mended)""",
                {**key, "old": c.old},
            )
            con.execute(
                f"update mended set correction_reason = $reason where (slot, metric, cell) in (select (slot, metric, cell) from shown where {where} and value is not distinct from $old)",
                {**key, "old": c.old, "reason": c.reason},
            )
            con.execute(
                f"""update shown set value = $new, method = 'correction', corrected = true, qualifier = 'exact',
                        status = case when $new is null then 'blank' else 'reported' end
                    where {where} and value is not distinct from $old""",
                {**key, "new": c.new, "old": c.old},
            )
        _note_correction(con, root, line, c, shown)
        del corrections[line]


def _note_correction(
    con: duckdb.DuckDBPyConnection, root: Path, line: int, c: Correction, shown: list[tuple[float | None, int]]
) -> None:
    """Stores what became of a line of corrections.jsonl. A guard that no longer fits is a finding, never a silent override.

    `shown`: value and report of the figures it is about, before it was applied.
    """
    fitting = [row for row in shown if row[0] == c.old]
    state = "applied" if len(fitting) == 1 else "guard_failed" if shown else "no_target"
    if state != "applied":
        name = registry.load_metrics(root)[c.metric].name
        if not shown:
            message = f"更正第{line}行没有对象：库里没有{c.agency}{c.year}年度的“{name}”。"
        elif fitting:
            message = f"更正第{line}行的对象不止一个：{c.agency}{c.year}年度的“{name}”有{len(fitting)}个范围，请写明 scope。未改。"
        else:
            now = "、".join("空" if row[0] is None else f"{row[0]:g}" for row in shown)
            old = "空" if c.old is None else f"{c.old:g}"
            message = f"更正第{line}行不再适用：{c.agency}{c.year}年度的“{name}”现为{now}，更正写明的原值是{old}。未改，请核对。"
        con.execute(
            """insert into finding (report_id, ordinal, rule_id, severity, metric_id, breakdown, expected, actual, message, origin)
               values (?, ?, 'CORRECTION-GUARD', 'warning', ?, ?, ?, ?, ?, 'correction')""",
            [
                shown[0][1] if shown else None, line, c.metric, c.breakdown, c.old, shown[0][0] if shown else None, message,
            ],
        )  # fmt: skip
    con.execute(
        "insert into correction values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            line, c.agency, c.year, c.kind, c.scope, c.metric, c.breakdown, c.old, c.new, c.reason, c.who, c.when, state,
        ],
    )  # fmt: skip


def make_views(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    """The views of views.sql, with every column's meaning as its comment."""
    con.execute(VIEWS.read_text(encoding="utf-8"))
    general = {(c.view, c.column): c for c in registry.load_columns(root)}
    for view in VIEW_NAMES:
        for column, *_ in con.execute(f"describe {view}").fetchall():
            said = general.get((view, column)) or general.get((None, column))
            if said:
                words = (f"{said.name}：{said.description}" if said.description else said.name).replace("'", "''")
                con.execute(f"comment on column {view}.\"{column}\" is '{words}'")


_CHECKS = (
    ("两份报告用了同一个编号", "select count(*) - count(distinct report_id) from report"),
    ("同一源文件登记了两次", "select count(*) - count(distinct source_id) from source"),
    ("有报告没有源文件", "select count(*) from report anti join source using (source_id)"),
    ("有报告没有机关登记", "select count(*) from report anti join agency using (agency_id) where agency_id is not null"),
    ("有数没有归属", "select count(*) from figure_stored anti join slot_stored using (slot)"),
    ("有数值没有报告", "select count(*) from observation anti join report using (report_id)"),
    ("有问题没有报告", "select count(*) from finding anti join report using (report_id) where report_id is not null"),
    ("有任务没有报告", "select count(*) from plan_task anti join report using (report_id)"),
    ("有栏目没有报告", "select count(*) from plan_column anti join report using (report_id)"),
    (
        "同一机关、范围、年度登记了两次",
        """select (select count(*) from (select agency_id, scope, year from slot_stored group by all having count(*) > 1))
               + (select count(*) - count(distinct slot) from slot_stored)""",
    ),
    (
        "同一机关、范围、年度、比率有两个数",
        "select count(*) - count(distinct (slot, indicator)) from rate_stored",
    ),
    ("有数的行没有数或没数的行有数", "select count(*) from figure_stored where (status = 'reported') <> (value is not null)"),
    ("虚构和真实混在一个机关里", "select count(*) from (select agency_id from slot_stored group by all having count(distinct fictional) > 1)"),
    # Numbers that run from the first to the last without a gap (by number, sum and squares) are not compared one by one.
    (
        "同一位置有两条数值",
        """select count(*) from (
               select report_id, ordinal from observation semi join (
                   select report_id from (
                       select report_id, count(*) as n, min(ordinal)::hugeint as a, max(ordinal)::hugeint as z, sum(ordinal) as total,
                           sum(ordinal::bigint * ordinal) as squares
                       from observation group by report_id)
                   where n <> z - a + 1 or 2 * total <> (a + z) * n or 6 * squares <> z * (z + 1) * (2 * z + 1) - (a - 1) * a * (2 * a - 1)
               ) using (report_id)
               group by all having count(*) > 1)""",
    ),
)  # fmt: skip
_TWICE = """select count(*) from (
    select slot, hash(metric, coalesce(breakdown, 'total')) from figure_stored where slot between $first and $last group by all having count(*) > 1)"""
COMPARED = 25_000_000
"""Figures compared with each other at once when a build is checked, so that memory does not grow with it."""


def check_build(con: duckdb.DuckDBPyConnection) -> None:
    """Counts, references and views of a build about to be published. Raises WarehouseError with the first fault."""
    row = con.execute(
        "select (select count(*) from figure_stored), (select coalesce(max(slot), 0) from slot_stored)"
    ).fetchone()
    held, slots = row or (0, 0)
    of = max(1, -(-held // COMPARED))
    asked: list[tuple[str, str, dict[str, int]]] = [(what, query, {}) for what, query in _CHECKS]
    asked += [
        (
            "同一机关、范围、年度、指标、细分有两个数",
            _TWICE,
            {"first": n * slots // of + 1, "last": (n + 1) * slots // of},
        )
        for n in range(of)
    ]
    for what, query, part in asked:
        found = con.execute(query, part or None).fetchone()
        if found and found[0]:
            raise WarehouseError(
                f"新数据库没有通过检查：{what}（{found[0]}处）。原来的数据库没有改动；请把这一行告诉维护者。"
            )
    for view in VIEW_NAMES:
        con.execute(f"select * from {view} limit 1").fetchall()
