"""SQL of one number: the observations behind it with their places, the findings about it. As queries_build.py says."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from pages.kit import queries_build


def finding_words(build: str, keys: pd.DataFrame) -> pd.DataFrame:
    """`keys` (place, metric …) with breakdown, expected, actual, message, quote, locator, operands, title, document, metric_name: of these few only
    the words are read."""
    places = [int(n) for n in keys["place"]]
    words = queries_build.table(
        build,
        """select place, breakdown, expected, actual, message, quote, locator, operands, title, document
            from finding_key_v where place in (select unnest($places)::bigint)""",
        {"places": places},
    )
    at = queries_build.codes(pa.chunked_array([pa.array(places, pa.int64())]), words["place"].combine_chunks())
    declared = queries_build.declared(build)
    names = [declared.get(m, {}).get("name") for m in keys["metric"]]
    said = queries_build.frame(words.drop_columns("place").take(pa.array(at)))
    return keys.drop(columns="place").assign(
        **said, metric_name=pd.Series(names, dtype=queries_build.TEXT if any(names) else object)
    )


@st.cache_resource(max_entries=256, show_spinner=False)
def evidence(build: str, fictional: bool, agency_id: str, year: int, metric: str, scope: str) -> pd.DataFrame:
    """Where a number stands: one row per observation behind it (a rate: its numerator and denominator; a sum: its parts).

    Columns: metric, metric_name, value, status, qualifier, method, unit, raw, quote, locator (struct), title, document, published_on, chosen,
    printed_value, correction_reason, report_id, ordinal.
    """
    declared = queries_build.declared(build)
    parameters: dict[str, Any] = {}
    which = queries_build.among("metric", _operands(build, metric), parameters)
    places: list[tuple[int, Any]] = []
    for slot in _slots(build, fictional, agency_id, year, scope):
        found = queries_build.rows(
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
    found = queries_build.table(
        build,
        "select slot from slot_v where year = $year and agency_id = $agency and scope = $scope and fictional = $fictional",
        {"year": year, "agency": agency_id, "scope": scope, "fictional": fictional},
    )
    return found["slot"].to_pylist()


def observed(build: str, fictional: bool, report_id: int, *, table: int | None = None) -> pd.DataFrame:
    """Every observation of one report in order (or those of one statutory table in printed order), with title, document, published_on, year and agency_id of the report."""
    place = queries_build.table(
        build,
        "select * from report_rows_v where report_id = $report and fictional = $fictional",
        {"report": report_id, "fictional": fictional},
    ).to_pylist()
    at = place[0] if place else {"first_row": 1, "last_row": 0}
    only, order = "", "ordinal"
    if table is not None:
        only = """ and method <> 'narrative' and locator."table" = $table"""
        order = """locator."row", locator."column", ordinal"""
    df = queries_build.rows(
        build,
        f"""select report_id, ordinal::int as ordinal, metric, breakdown, value, status, qualifier, method, unit, raw, quote, locator
            from observation_key_v where report_id = $report and place between $first and $last{only} order by {order}""",
        {"report": report_id, "first": at["first_row"], "last": at["last_row"], "table": table},
    )
    df["published_on"] = pd.Series(pd.to_datetime([at.get("published_on")] * len(df)), dtype="datetime64[us]")
    return df.assign(**{name: at.get(name) for name in ("title", "document", "year", "agency_id")})


def _operands(build: str, metric: str) -> list[str]:
    """A metric itself and, for an indicator, the metrics that it is made of."""
    declared = queries_build.declared(build).get(metric)
    return [metric, *(declared["parts"] if declared and declared["indicator"] else ())]


@st.cache_resource(max_entries=256, show_spinner=False)
def findings_of(build: str, fictional: bool, agency_id: str, year: int, metric: str, scope: str) -> pd.DataFrame:
    """Findings about one number: severity, message."""
    parameters: dict[str, Any] = {"fictional": fictional, "agency": agency_id, "year": year, "scope": scope}
    keys = queries_build.rows(
        build,
        f"""select place, severity, metric from finding_key_v
            where fictional = $fictional and agency_id = $agency and year = $year and scope = $scope and coalesce(is_current, true)
                and metric {queries_build.among("metric", _operands(build, metric), parameters)}""",
        parameters,
    )
    if keys.empty:
        return pd.DataFrame({"severity": [], "message": []}, dtype=queries_build.TEXT)
    found = finding_words(build, keys)[["severity", "message"]].drop_duplicates()
    return found.sort_values(["severity", "message"], kind="stable", ignore_index=True).head(10)
