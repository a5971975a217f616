"""Runs the rules over a build: equations compiled into one set of terms, named queries, and what becomes of a failure.

Set-based: a rule more costs a few rows in `check_term`, not a pass over the build. Memory stays flat because agencies are
taken in batches (rules across years never leave an agency); queries marked `(all)` look at the whole build once.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from etl import registry
from etl.check.coverage import fill_roster
from etl.equation import SOURCES, Term
from etl.model import APPLICANTS
from etl.registry import Metric, Rule, Rules
from etl.registry.files import complain_at

HERE = Path(__file__).resolve().parent
BATCH = 12_000_000
"""Observations looked at together: about 1.5 GB of memory."""
TOTAL = APPLICANTS.index("total")


@functools.cache
def read_steps(name: str, mark: str) -> dict[str, str]:
    """The pieces of an SQL file of this folder by the name after `-- <mark>: `, in their order."""
    pieces = (HERE / name).read_text(encoding="utf-8").split(f"-- {mark}: ")[1:]
    return {head.strip(): body for head, _, body in (piece.partition("\n") for piece in pieces)}


def fill_rules(con: duckdb.DuckDBPyConnection, root: Path) -> None:
    """The registry's rules and accepted findings as tables of the build."""
    rules = registry.load_rules(root)
    for table in ("rule", "acceptance"):
        con.execute(f"delete from {table}")
    rows = [
        (
            r.id, n, r.family, r.severity_total or r.severity, r.title, r.explanation, r.advice, r.basis, list(r.equation), list(r.instead),
            list(r.forms), r.query, "reader" if r.reader else "query" if r.query else "equation",
        )
        for n, r in enumerate(rules.rules)
    ]  # fmt: skip
    _put(con, "insert into rule by name", _RULE, rows)
    accepted = [
        (n, a.agency, a.year, a.rule, a.metric, a.breakdown, a.actual, a.message, a.who, a.why, a.when)
        for n, a in enumerate(registry.load_accepted(root), 1)
    ]
    _put(con, "insert into acceptance by name", _ACCEPTANCE, accepted)


_T, _D, _I = pa.string(), pa.float64(), pa.int32()
_RULE = pa.schema([
    ("rule_id", _T), ("position", _I), ("family", _T), ("severity", _T), ("title", _T), ("explanation", _T), ("advice", _T), ("basis", _T),
    ("equations", pa.list_(_T)), ("instead", pa.list_(_T)), ("forms", pa.list_(_T)), ("query", _T), ("way", _T),
])  # fmt: skip
_ACCEPTANCE = pa.schema([
    ("line", _I), ("agency", _T), ("year", _I), ("rule_id", _T), ("metric_id", _T), ("breakdown", _T), ("actual", _D), ("message", _T), ("who", _T),
    ("why", _T), ("made_on", _T),
])  # fmt: skip
_EQUATION = pa.schema([
    ("equation", _I), ("rule_id", _T), ("alternative", _I), ("operator", _T), ("terms", _I), ("prose_terms", _I), ("previous_terms", _I),
    ("across", pa.bool_()), ("tolerance", _D), ("prose", _T), ("severity", _T), ("severity_total", _T), ("forms", pa.list_(_I)),
])  # fmt: skip
_TERM = pa.schema([
    ("equation", _I), ("form", pa.uint8()), ("source", pa.uint8()), ("metric", pa.uint16()), ("cell", pa.uint8()), ("every", pa.bool_()), ("side", _I), ("place", _I),
    ("factor", _I), ("weight", _I), ("subject", pa.bool_()),
])  # fmt: skip
_BREAK = pa.schema([("rule_id", _T), ("year", _I), ("metric_id", _T), ("agency", _T), ("reason", _T)])
_STATUTORY = pa.schema([("number", pa.uint8()), ("name", _T)])
_UNIT = pa.schema([("unit_class", _T), ("unit", _T), ("meaning", pa.uint8())])
_FORM = pa.schema([("id", _T), ("name", _T), ("since", _I), ("number", pa.uint8())])


def _put(con: duckdb.DuckDBPyConnection, into: str, schema: pa.Schema, rows: list[tuple]) -> None:
    columns = list(zip(*rows, strict=True)) if rows else [()] * len(schema)
    con.register(
        "incoming", pa.table([pa.array(c, type=f.type) for c, f in zip(columns, schema, strict=True)], schema=schema)
    )
    con.execute(f"{into} select * from incoming")
    con.unregister("incoming")


def compile_equations(
    rules: Rules, metrics: dict[str, Metric], forms: tuple[str, ...]
) -> tuple[list[tuple], list[tuple]]:
    """(rows of check_equation, rows of check_term) for every equation and alternative of the registry."""
    positions = {id: n for n, id in enumerate(metrics)}
    equations: list[tuple] = []
    terms: list[tuple] = []
    for rule in rules.rules:
        mine = rule.forms or forms
        written = [(e, 0) for e in rule.equations] + [(e, n) for n, e in enumerate(rule.alternatives, 1)]
        for equation, alternative in written:
            number = len(equations)
            equations.append(
                (
                    number, rule.id, alternative, equation.operator, len(equation.terms), sum(t.source == "prose" for t in equation.terms),
                    sum(t.source == "previous" for t in equation.terms), False, rule.tolerance, rule.prose, rule.severity,
                    rule.severity_total, list(mine),
                )
            )  # fmt: skip
            subject = _subject(rule, equation.terms, equation.subject)
            for side, members in enumerate((equation.left, equation.right)):
                for place, term in enumerate(members):
                    cell = APPLICANTS.index(term.cell) if term.cell else TOTAL
                    terms += [
                        (
                            number, form, SOURCES.index(term.source), positions[term.metric], cell, rule.each is not None, side, place,
                            term.factor, term.factor if side == 0 else -term.factor, term is subject,
                        )
                        for form in mine
                    ]  # fmt: skip
        if rule.across:
            equations.append(
                (
                    len(equations),
                    rule.id,
                    0,
                    "=",
                    len(APPLICANTS),
                    0,
                    0,
                    True,
                    rule.tolerance,
                    "any",
                    rule.severity,
                    rule.severity_total,
                    list(mine),
                )
            )
    return equations, terms


def _subject(rule: Rule, terms: tuple[Term, ...], default: Term) -> Term:
    named = [t for t in terms if t.metric == rule.subject]
    return next((t for t in named if t.source == "table"), named[0]) if named else default


def _fill_terms(con: duckdb.DuckDBPyConnection, rules: Rules, root: Path) -> None:
    """What the SQL joins of the registry, as temporary tables: terms of the equations, breaks, tables, forms, units that count one thing."""
    metrics = registry.load_metrics(root)
    forms = registry.load_forms(root / "forms")
    equations, terms = compile_equations(rules, metrics, tuple(f.id for f in forms))
    number = {f.id: n for n, f in enumerate(forms)}  # cells are joined by it
    breaks = [
        (rule, b.year, metric, agency, b.reason)
        for b in rules.breaks for rule in b.rules for metric in b.metrics or (None,) for agency in b.agencies or (None,)
    ]  # fmt: skip
    units: list[tuple] = []
    for kind in registry.load_catalogue(root).units:
        alike = {unit: group[0] for group in kind.same for unit in group}
        units += [(kind.id, unit, len(units) + kind.members.index(alike.get(unit, unit))) for unit in kind.members]
    tables: dict[str, tuple[pa.Schema, list[tuple]]] = {
        "check_equation": (_EQUATION, [(*e[:-1], [number.get(f, -1) for f in e[-1]]) for e in equations]),
        "check_term": (_TERM, [(t[0], number[t[1]], *t[2:]) for t in terms if t[1] in number]),
        "check_break": (_BREAK, breaks),
        "check_statutory": (_STATUTORY, [(int(n), word) for n, word in registry.words_of("table").items()]),
        "check_form": (_FORM, [(f.id, f.name, f.since, number[f.id]) for f in forms]),
        "check_unit": (_UNIT, units),
    }
    for name, (schema, rows) in tables.items():
        _put(con, f"create or replace temp table {name} as", schema, rows)
    con.execute("set variable applicants = $1", [list(APPLICANTS)])
    con.execute("set variable applicant_names = $1", [[b.name for b in registry.load_catalogue(root).breakdowns]])


def _queries_of(rules: Rules, root: Path) -> dict[str, str]:
    """The named queries. Raises RegistryError for a rule that names none, or whose parameters are not those of its query."""
    named = read_steps("queries.sql", "name")
    for n, rule in enumerate(rules.rules):
        if not rule.query:
            continue
        text = named.get(rule.query) or named.get(f"{rule.query} (all)")
        if text is None:
            raise complain_at(root / "rules.yml", ("rules", n, "query"), f"没有这个查询：{rule.query}")
        asked = set(re.findall(r"\$([a-z_]+)", text)) - {"rule_id"}
        if asked != rule.parameters.keys():
            said = f"查询 {rule.query} 的参数应为 {'、'.join(sorted(asked)) or '无'}"
            raise complain_at(root / "rules.yml", ("rules", n, "parameters"), said)
    return named


def run_checks(con: duckdb.DuckDBPyConnection, root: Path = registry.ROOT, dirty: bool = False) -> dict[str, int]:
    """Runs every rule over the current reports of the build and stores the findings (origin check) and rule_result.

    Called after what was read is committed and the views are made, before figures are materialised. Gives findings per severity.
    `dirty`: only the agencies of the temporary table dirty_agency changed since the last check; rules that look at the whole build are
    run all the same, and agencies for which they now say something else join that table. Findings come out as from a full run.
    Needs the tables of the warehouse's schema; raises RegistryError for a broken rules.yml.
    """
    rules = registry.load_rules(root)
    named = _queries_of(rules, root)
    fill_rules(con, root)
    unclear = fill_roster(con, root)
    around = read_steps("store.sql", "step")
    _run(con, around["due"] + around["made"], {})
    _fill_terms(con, rules, root)
    for n, message in enumerate(unclear):
        con.execute(
            "insert into finding_made (rule_id, severity, message, state, equation, item) values ('ROSTER-NAME', 'warning', $1, 'fail', 0, $2)",
            [message, n],
        )
    steps = read_steps("equations.sql", "step")
    whole = [rule for rule in rules.rules if rule.query and rule.query not in named]
    _run(con, steps["macros"], {})
    for rule in whole:
        _run_query(con, rule, named[f"{rule.query} (all)"])
    if dirty:
        _spread(con, [rule.id for rule in whole])
    _forget(con, dirty)
    held = con.execute("select count(*) from observation").fetchone()
    batches = 1 if dirty else max(1, -(-(held[0] if held else 0) // BATCH))
    known: dict[str, Any] = {
        "batches": batches,
        "hedge": rules.hedge,
        "office": rules.office_words,
        "region": rules.region_words,
    }
    for batch in range(batches):
        for name, step in steps.items():
            _run(con, step, known | {"batch": batch})
            if dirty and name == "reports":
                con.execute("delete from check_report where agency_id not in (select agency_id from dirty_agency)")
        for rule in rules.rules:
            if rule.query and rule.query in named:
                _run_query(con, rule, named[rule.query])
    _run(con, around["store"], {})
    counts = con.execute(
        "select severity, count(*) from finding where origin = 'check' group by all order by 1"
    ).fetchall()
    return dict(counts)


def _forget(con: duckdb.DuckDBPyConnection, dirty: bool) -> None:
    """Takes away what the last check said of the reports that are looked at again, and what was found of others by the way."""
    if not dirty:
        con.execute("delete from finding where origin = 'check'")
        con.execute("delete from rule_result")
        return
    chosen = "select report_id from report where agency_id in (select agency_id from dirty_agency)"
    con.execute(f"delete from finding where origin = 'check' and (report_id is null or report_id in ({chosen}))")
    con.execute(
        f"delete from rule_result where report_id in ({chosen}) or report_id not in (select report_id from report)"
    )
    con.execute(f"delete from finding_made where report_id not in ({chosen})")


def _spread(con: duckdb.DuckDBPyConnection, whole: list[str]) -> None:
    """Adds to dirty_agency the agencies for which a rule over the whole build finds something else than last time."""
    columns = "report_id, rule_id, severity, metric_id, breakdown, expected, actual, message, state, operands"
    con.execute(
        f"""insert into dirty_agency
            select distinct r.agency_id from (
                select report_id from (
                    select {columns}, 1 as n from finding_made union all
                    select {columns}, -1 from finding where origin = 'check' and list_contains($whole, rule_id)
                ) group by {columns} having sum(n) <> 0
            ) join report r using (report_id)
            where r.agency_id is not null and r.agency_id not in (select agency_id from dirty_agency)""",
        {"whole": whole},
    )


def _run(con: duckdb.DuckDBPyConnection, text: str, parameters: dict[str, Any]) -> None:
    """Runs the statements of a piece; each is given the parameters that it names."""
    for statement in duckdb.extract_statements(text):
        wanted = {k: v for k, v in parameters.items() if f"${k}" in statement.query}
        con.execute(statement, wanted or None)


_OPTIONAL = {
    "severity": "null",
    "state": "null",
    "quote": "null",
    "locator": "null",
    "other_report": "null",
    "other_ordinal": "null",
}


_GIVEN: dict[str, frozenset[str]] = {}
"""Columns of the named queries, found out once per process."""


def _run_query(con: duckdb.DuckDBPyConnection, rule: Rule, query: str) -> None:
    """One named query's rows into finding_made; parameters of the rule are bound, columns it does not give are empty."""
    text = query.strip().rstrip(";")
    parameters: dict[str, Any] = {k: list(v) if isinstance(v, tuple) else v for k, v in rule.parameters.items()}
    if "$rule_id" in text:
        parameters["rule_id"] = rule.id
    if text not in _GIVEN:
        _GIVEN[text] = frozenset(c[0] for c in con.execute(f"describe {text}", parameters or None).fetchall())
    given = _GIVEN[text]
    column = {name: name if name in given else empty for name, empty in _OPTIONAL.items()}
    con.execute(
        f"""insert into finding_made
            select report_id, $rule_id, coalesce({column["severity"]}, $rule_severity), metric, breakdown, expected, actual, message,
                coalesce({column["state"]}, 'fail'),
                case when ordinal is not null then to_json(list_filter([
                    struct_pack(side := 'left', factor := 1, source := 'table', metric := metric, breakdown := breakdown, value := actual,
                        status := 'reported', report_id := report_id::varchar, ordinal := ordinal),
                    struct_pack(side := 'right', factor := 1, source := 'previous', metric := metric, breakdown := breakdown, value := null::double,
                        status := 'reported', report_id := {column["other_report"]}::varchar, ordinal := {column["other_ordinal"]}::smallint)],
                    lambda x: x.report_id is not null))::varchar
                when {column["other_report"]} is not null then to_json([struct_pack(side := 'right', factor := 1, source := 'other', metric := null::varchar,
                    breakdown := null::varchar, value := null::double, status := 'reported', report_id := {column["other_report"]}::varchar, ordinal := null::smallint)])::varchar
                end,
                ordinal, {column["quote"]}, {column["locator"]}, 100000, 0
            from ({text})""",
        parameters | {"rule_id": rule.id, "rule_severity": rule.severity},
    )
