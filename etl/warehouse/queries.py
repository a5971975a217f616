"""What the command line asks a build: status, findings, and the chain from a number to its sentence or cell."""

from __future__ import annotations

from typing import Any

import duckdb

from etl.warehouse.build import WarehouseError

Rows = list[dict[str, Any]]


def ask(con: duckdb.DuckDBPyConnection, query: str, parameters: dict[str, Any] | None = None) -> Rows:
    """The rows of a query as dictionaries. Values go in as bound parameters, never into the text."""
    cursor = con.execute(query, parameters) if parameters else con.execute(query)
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def find_agencies(con: duckdb.DuckDBPyConnection, text: str) -> Rows:
    """The agencies that `text` names: by full name or id, else by alias, else by short name, else as part of the name (at most 20)."""
    for where in (
        "name = $text or agency_id = $text",
        "list_contains(aliases, $text) or agency_id in (select agency_id from report_v where stated_as = $text)",
        "short_name = $text",
        "contains(name, $text)",
    ):
        found = ask(
            con,
            f"select * from agency_v where {where} order by adcode nulls last, name, agency_id limit 20",
            {"text": text},
        )
        if found:
            return found
    return []


def find_metric(con: duckdb.DuckDBPyConnection, text: str) -> str:
    """The id of the metric or indicator that `text` names, by id, name or short name. Raises WarehouseError with near ones."""
    where = "lower(id) = lower($text) or name = $text or short = $text or list_contains(wordings, $text)"
    found = ask(
        con,
        f"""select id from (
                select id, 0 as rank, position, id = lower($text) as exact from metric_v where {where}
                union all select id, 1, position, id = lower($text) from indicator_v where {where}
            ) order by exact desc, rank, position limit 1""",
        {"text": text},
    )
    if found:
        return found[0]["id"]
    near = ask(
        con,
        """select id, name from metric_v where contains(id, $text) or contains(name, $text)
           order by position limit 5""",
        {"text": text},
    )
    hint = "；相近的有 " + "、".join(f"{n['id']}（{n['name']}）" for n in near) if near else ""
    raise WarehouseError(f"没有指标“{text}”{hint}。全部指标见看板的“指标口径”页，或 export 出来的数据字典。")


def explain(
    con: duckdb.DuckDBPyConnection, agency: str, year: int, metric: str, breakdown: str | None = None
) -> dict[str, Any]:
    """Every report and scope that fits, with the figure the views show and the chain behind each.

    `breakdown`: an applicant (natural_person …) or a part's own words; without it the total. Gives metric (its row of metric_v or
    indicator_v), agencies, shown (rows of metric_value or indicator_value), observations (rows of observation_v, `chosen` where
    the views show it), parts (for sums and rates) and reports. Raises WarehouseError when the build knows nothing of the kind.
    """
    agencies = find_agencies(con, agency)
    if not agencies:
        raise WarehouseError(
            f"库里没有机关“{agency}”。请用全称、简称或别名；已载入的机关见 python -m etl export，或看板的“报告原文”页。"
        )
    id = find_metric(con, metric)
    declared = ask(con, "select *, false as is_indicator from metric_v where id = $id", {"id": id})
    is_indicator = not declared
    if is_indicator:
        declared = ask(con, "select *, true as is_indicator from indicator_v where id = $id", {"id": id})
    ids = [a["agency_id"] for a in agencies]
    wanted = {"ids": ids, "year": year, "id": id, "cell": breakdown or "total"}
    reports = ask(
        con,
        "select * from report_v where list_contains($ids, agency_id) and year = $year order by agency, kind, scope, is_current desc, report_id",
        {"ids": ids, "year": year},
    )
    if is_indicator:
        shown = ask(
            con,
            "select * from indicator_value where list_contains($ids, agency_id) and year = $year and indicator = $id order by agency, scope",
            {k: wanted[k] for k in ("ids", "year", "id")},
        )
        observations: Rows = []
        operands = [m for side in ("numerator", "denominator") for m in declared[0][side] or []]
    else:
        cell = "coalesce(breakdown, 'total') = $cell"
        shown = ask(
            con,
            f"select * from metric_value where list_contains($ids, agency_id) and year = $year and metric = $id and {cell} order by agency, scope",
            wanted,
        )
        observations = ask(
            con,
            """select o.*, v.report_id is not null as chosen
                from observation_v o
                left join metric_value v on v.report_id = o.report_id and v.ordinal = o.ordinal
                where list_contains($ids, o.agency_id) and o.year = $year and o.metric = $id and coalesce(o.breakdown, 'total') = $cell
                order by o.agency, o.scope, o.kind, o.is_current desc, o.method desc, o.report_id, o.ordinal""",
            wanted,
        )
        operands = declared[0]["parts"] if any(row["method"] == "derived" for row in shown) else []
    parts = ask(
        con,
        """select * from metric_value where list_contains($ids, agency_id) and year = $year and list_contains($operands, metric)
               and coalesce(breakdown, 'total') = $cell order by agency, scope, metric""",
        {"ids": ids, "year": year, "operands": list(dict.fromkeys(operands)), "cell": breakdown or "total"},
    )  # fmt: skip
    findings = ask(
        con,
        """select * from finding_v where list_contains($ids, agency_id) and year = $year and metric = $id order by case severity when 'error' then 0 when 'warning' then 1 else 2 end, rule_id""",
        {"ids": ids, "year": year, "id": id},
    )
    return {
        "metric": declared[0], "agencies": agencies, "year": year, "breakdown": breakdown, "reports": reports, "shown": shown,
        "observations": observations, "parts": parts, "findings": findings,
    }  # fmt: skip


def status(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """Counts of the build and what was set aside, with reasons."""
    return {
        "kinds": ask(
            con,
            "select kind, count(*) as reports, count(*) filter (is_current) as current from report_v group by all order by kind",
        ),
        "forms": ask(
            con,
            "select form, count(*) as reports from report_v where kind = 'annual_report' group by all order by form nulls last",
        ),
        "years": ask(con, "select min(year) as first, max(year) as last from report_v where kind <> 'other'"),
        "statuses": ask(
            con, "select status, count(*) as values from observation_v group by all order by values desc, status"
        ),
        "findings": ask(
            con,
            "select severity, count(*) as findings from finding_v where state = 'fail' group by all order by severity",
        ),
        "fictional": ask(con, "select fictional, count(*) as reports from report_v group by all order by 1"),
        "set_aside": ask(con, "select path, reason, advice from source_v where state = 'set_aside' order by path"),
        "wrong_rows": ask(
            con, "select path, unnest(wrong_rows) as reason from source_v where len(wrong_rows) > 0 order by path"
        ),
    }


def outdated(con: duckdb.DuckDBPyConnection, extractor: str) -> list[str]:
    """Where the files lie that another version of the reading code or its words read last."""
    rows = con.execute("select location from source where extractor <> ? order by 1", [extractor]).fetchall()
    return [location for (location,) in rows]
