"""Reports as rows: what a worker hands to the one process that writes.

Ids depend on what a report is, never on when or by whom it was read.
"""

from __future__ import annotations

import functools
import hashlib
import json
import re
from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa

from etl.model import Finding, Observation, Report
from etl.regions import gazetteer

PLACES = ("table", "block", "row", "column", "page", "start", "end")
_LOCATOR = pa.struct([*((name, pa.int32()) for name in PLACES), ("other", pa.string())])
_TEXTS = pa.list_(pa.string())

SCHEMAS: dict[str, pa.Schema] = {
    "report": pa.schema(
        [
            ("report_id", pa.int64()), ("source_id", pa.string()), ("document", pa.string()), ("part", pa.int32()),
            ("sha256", pa.string()), ("kind", pa.string()), ("title", pa.string()), ("agency", pa.string()),
            ("stated_as", pa.string()), ("system", pa.string()), ("level", pa.string()), ("province", pa.string()),
            ("city", pa.string()), ("county", pa.string()), ("township", pa.string()), ("adcode", pa.string()),
            ("year", pa.int16()), ("period_start", pa.date32()), ("period_end", pa.date32()), ("part_year", pa.bool_()),
            ("published_on", pa.date32()), ("index_number", pa.string()), ("form", pa.string()), ("scope", pa.string()),
            ("table_2", pa.string()), ("table_3", pa.string()), ("table_4", pa.string()), ("reason", pa.string()),
            ("fictional", pa.bool_()), ("imported", pa.bool_()),
        ]
    ),
    "observation": pa.schema(
        [
            ("report_id", pa.int64()), ("ordinal", pa.int16()), ("metric_id", pa.string()), ("breakdown", pa.string()),
            ("value", pa.float64()), ("status", pa.string()), ("qualifier", pa.string()), ("method", pa.string()),
            ("unit", pa.string()), ("raw", pa.string()), ("quote", pa.string()), ("locator", _LOCATOR), ("part_year", pa.bool_()),
        ]
    ),
    "finding": pa.schema(
        [
            ("report_id", pa.int64()), ("ordinal", pa.int32()), ("rule_id", pa.string()), ("severity", pa.string()),
            ("metric_id", pa.string()), ("breakdown", pa.string()), ("expected", pa.float64()), ("actual", pa.float64()),
            ("message", pa.string()), ("quote", pa.string()), ("locator", _LOCATOR), ("origin", pa.string()),
        ]
    ),
    "report_text": pa.schema(
        [
            ("report_id", pa.int64()), ("characters", pa.int32()), ("signature", pa.list_(pa.uint32())), ("sentences", pa.list_(pa.uint64())),
            ("lengths", pa.list_(pa.int16())), ("chapters_missing", _TEXTS),
        ]
    ),
    "plan_task": pa.schema(
        [
            ("report_id", pa.int64()), ("ordinal", pa.int32()), ("number", pa.string()), ("path", _TEXTS), ("task", pa.string()),
            ("sections", _TEXTS), ("raw", pa.string()), ("locator", _LOCATOR),
        ]
    ),
    "plan_column": pa.schema(
        [
            ("report_id", pa.int64()), ("ordinal", pa.int32()), ("number", pa.int32()), ("names", _TEXTS), ("parent", _TEXTS),
            ("frequency", pa.string()), ("section", pa.string()), ("raw", pa.string()), ("locator", _LOCATOR),
        ]
    ),
}  # fmt: skip
"""The columns a worker fills. What depends on the other reports of a build (agency_id, is_current) is made at publish."""

Rows = dict[str, list[tuple[Any, ...]]]


def report_id(report: Report, source_id: str, copy: int = 0) -> int:
    """A number that names this report in every build made from the same files.

    53 bits of a sha256, so that it survives JavaScript; among three million reports two share one with a chance of
    1 in 2000, which the checks before publishing would name. Imported rows name the document they were once extracted from,
    which may be loaded as well: their own file makes the difference. So it does for a member of an archive: other archives, and
    a file beside them, may hold the same bytes. `copy`: how many with the same name and bytes came before in this source.
    """
    who = report.identity
    key = [who.agency, who.adcode, who.year, who.kind, who.scope, report.sha256, report.part]
    if report.imported:
        key += [source_id, report.document]
    elif "!/" in report.document:
        key += [source_id, report.document.split("!/", 1)[1]]
    key += [copy] if copy else []
    digest = hashlib.sha256(json.dumps(key, ensure_ascii=False).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 11


def agency_id(agency: str, adcode: str | None) -> str:
    """An id for a body known by its full name and its division, short enough for an address.

    With or without the names of the divisions in front (淮安市洪泽区人民政府, 洪泽区人民政府) it is one body: the code says where.
    """
    name = agency
    for names in _divisions(adcode) if adcode else ():
        place = next((n for n in names if name.startswith(n) and len(name) - len(n) >= 2), "")
        name = name[len(place) :]
    return f"{adcode or '0'}-{hashlib.sha256(name.encode()).hexdigest()[:10]}"


@functools.cache
def _divisions(adcode: str) -> tuple[tuple[str, ...], ...]:
    """The names that a division and those above it have borne, the province's first, longer ones before shorter."""
    known = gazetteer().by_code
    code = adcode[:6]
    levels: list[tuple[str, ...]] = []
    while code in known and len(levels) < 4:
        levels.append(tuple(sorted({r.name for r in known[code]}, key=lambda name: (-len(name), name))))
        code = known[code][-1].parent
    return tuple(reversed(levels))


_CITY_IN_NAME = re.compile(r"^(?:国家|中华|[\u4e00-\u9fff]{2,11}?(?:省|自治区|市|自治州|地区|盟))")
_RANKS = ("province", "city", "county", "township")


def is_resolved(agency: str, level: str | None, names: dict[str, str | None]) -> bool:
    """Whether name and region tell which body this is. 市统计局 with no known city is one of three hundred, 鼓楼区教育局
    with none one of four. Such a body is never merged with another of its name.

    `names`: province, city, county, township and adcode as identified.
    """
    if names.get("adcode"):
        return level not in _RANKS or bool(names.get(level))
    return bool(_CITY_IN_NAME.match(agency))


def short_name(agency: str, level: str | None, names: dict[str, str | None]) -> str:
    """The name without the place in front of it (应急管理局); a government by its place (淮北市)."""
    if agency.endswith("人民政府") and len(agency) > 4:
        return agency[:-4]
    rest = agency
    for rank in _RANKS:
        place = names.get(rank)
        if place and rest.startswith(place) and len(rest) - len(place) >= 3:
            rest = rest[len(place) :]
    return rest


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text[:10]) if text else None
    except ValueError:
        return None


def _locator(found: dict[str, Any] | None) -> dict[str, Any]:
    """The locator's known places as integers; whatever else a reader noted is kept as JSON in `other`."""
    found = found or {}
    row: dict[str, Any] = {}
    rest: dict[str, Any] = {}
    for name, value in found.items():
        if name in PLACES and (value is None or (isinstance(value, int) and not isinstance(value, bool))):
            row[name] = value
        else:
            rest[name] = value
    row["other"] = json.dumps(rest, ensure_ascii=False, sort_keys=True, default=str) if rest else None
    return row


def _text(value: Any) -> str | None:
    """Text that DuckDB and Arrow take: a lone surrogate of a broken file becomes U+FFFD."""
    return None if value is None else str(value).encode("utf-8", "replace").decode("utf-8")


def _texts(values: Iterable[Any] | None) -> list[str | None] | None:
    return None if values is None else [_text(v) for v in values]


def empty_rows() -> Rows:
    return {name: [] for name in SCHEMAS}


def add_report(rows: Rows, report: Report, source_id: str, copy: int = 0) -> None:
    """Adds one report with its observations, findings and plan to `rows`. `copy`: as in `report_id`."""
    who, key = report.identity, report_id(report, source_id, copy)
    start, end = (_day(who.period[0]), _day(who.period[1])) if who.period else (None, None)
    whole = bool(who.year and start and end and start <= date(who.year, 1, 1) and end >= date(who.year, 12, 31))
    t = _text
    rows["report"].append(
        (
            key, source_id, t(report.document), report.part, report.sha256, who.kind, t(who.title), t(who.agency), t(who.stated_as),
            t(who.system), who.level, t(who.province), t(who.city), t(who.county), t(who.township), who.adcode, who.year, start, end,
            bool(start and end and not whole), _day(who.published_on), t(who.index_number), report.form, who.scope,
            *(report.tables.get(number) for number in ("2", "3", "4")), t(who.reason), who.fictional,
            report.imported,
        )
    )  # fmt: skip
    for n, o in enumerate(report.observations):
        rows["observation"].append(_observation(key, n, o))
    for n, f in enumerate(report.findings):
        rows["finding"].append(_finding(key, n, f))
    if report.likeness is not None:
        like = report.likeness
        rows["report_text"].append(
            (key, like.characters, like.signature, like.sentences, like.lengths, like.chapters_missing)
        )
    if report.plan is None:
        return
    for n, task in enumerate(report.plan.tasks):
        rows["plan_task"].append(
            (
                key,
                n,
                t(task.number),
                _texts(task.path),
                t(task.text),
                _texts(task.sections),
                t(task.raw),
                _locator(task.locator),
            )
        )
    for n, c in enumerate(report.plan.columns):
        rows["plan_column"].append(
            (
                key,
                n,
                c.number,
                _texts(c.names),
                _texts(c.parent),
                t(c.frequency),
                t(c.section),
                t(c.raw),
                _locator(c.locator),
            )
        )


def _observation(key: int, n: int, o: Observation) -> tuple[Any, ...]:
    return (
        key, n, o.metric, _text(o.breakdown), o.value, o.status, o.qualifier, o.method, _text(o.unit), _text(o.raw), _text(o.quote),
        _locator(o.locator), o.part_year,
    )  # fmt: skip


def _finding(key: int, n: int, f: Finding) -> tuple[Any, ...]:
    return (
        key, n, f.rule, f.severity, f.metric, _text(f.breakdown), f.expected, f.actual, _text(f.message), _text(f.quote),
        _locator(f.locator), "extract",
    )  # fmt: skip


def as_tables(rows: Rows) -> dict[str, pa.Table]:
    """The rows as Arrow tables, empty ones left out: small to send between processes, one insert each."""
    tables: dict[str, pa.Table] = {}
    for name, records in rows.items():
        if records:
            schema = SCHEMAS[name]
            columns = zip(*records, strict=True)
            tables[name] = pa.table(
                [pa.array(column, type=field.type) for column, field in zip(columns, schema, strict=True)],
                schema=schema,
            )
    return tables
