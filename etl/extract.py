"""From a path to reports: read, normalise, split, identify, tables, prose, plan. `as_json` is CONTRACT section 2."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from etl import identify, likeness, narrative, normalise, plan, split, tables
from etl.model import Document, Finding, Observation, Part, Plan, Report, TableReading
from etl.read import Bundle, read_bundle, read_bytes

STATUTORY = ("2", "3", "4")


def extract_file(path: str | Path | Bundle) -> list[Report]:
    """All reports of one file (or of a main file with its attachments), in printed order.

    Raises SourceError when the file has to be set aside.
    """
    bundle = path if isinstance(path, Bundle) else Bundle(Path(path))
    return [report for document in read_bundle(bundle) for report in extract_document(document)]


def extract_bytes(name: str, data: bytes) -> list[Report]:
    """As `extract_file` for a file in memory; `name` stands for its path."""
    return [report for document in read_bytes(name, data) for report in extract_document(document)]


def extract_document(document: Document) -> list[Report]:
    """All reports of one document as read."""
    clean = normalise.document(document)
    parts = split.split(clean)
    return [_report(part, parts) for part in parts]


def _report(part: Part, siblings: list[Part]) -> Report:
    who = identify.identify(part, siblings)
    report = Report(
        document=part.document.path,
        part=part.part,
        sha256=part.document.sha256,
        identity=who,
        form=None,
        tables=dict.fromkeys(STATUTORY, "absent"),
        observations=[],
        findings=[*part.document.findings, *who.findings],
    )
    if who.kind == "other":
        return report
    if who.kind == "work_plan":
        report.plan, findings = plan.read_plan(part)
        report.findings += findings
        return report
    if who.kind == "annual_report":
        reading = tables.read_tables(part, who)
    else:
        # A work summary has no statutory tables; a table in it is a list of tasks or links.
        reading = TableReading(form=None, states=dict(report.tables))
    report.form, report.tables = reading.form, reading.states
    stated, findings = narrative.read_narrative(part, who, reading)
    report.observations = reading.observations + stated
    report.findings += reading.findings + findings
    report.likeness = likeness.measure(part, who, reading)
    return report


def as_json(report: Report) -> dict[str, Any]:
    """The object that `extract` prints for one report."""
    who = report.identity
    return {
        "document": report.document,
        "part": report.part,
        "sha256": report.sha256,
        "kind": who.kind,
        "title": who.title,
        "agency": who.agency,
        "stated_as": who.stated_as,
        "system": who.system,
        "level": who.level,
        "province": who.province,
        "city": who.city,
        "county": who.county,
        "township": who.township,
        "adcode": who.adcode,
        "year": who.year,
        "period": list(who.period) if who.period else None,
        "published_on": who.published_on,
        "index_number": who.index_number,
        "form": report.form,
        "scope": who.scope,
        "fictional": who.fictional,
        **({"reason": who.reason} if who.kind == "other" else {}),
        "tables": report.tables,
        "observations": [_observation(o) for o in report.observations],
        "findings": [_finding(f) for f in report.findings],
        **({"plan": _plan(report.plan)} if report.plan is not None else {}),
    }


def _observation(o: Observation) -> dict[str, Any]:
    return {
        "metric": o.metric,
        "breakdown": o.breakdown,
        "value": o.value,
        "unit": o.unit,
        "status": o.status,
        "qualifier": o.qualifier,
        "method": o.method,
        "part_year": o.part_year,
        "raw": o.raw,
        "quote": o.quote,
        "locator": o.locator,
    }


def _finding(f: Finding) -> dict[str, Any]:
    return {name: getattr(f, name) for name in Finding.__slots__}


def _plan(plan_: Plan) -> dict[str, Any]:
    return {
        "columns": [{name: getattr(c, name) for name in c.__slots__} for c in plan_.columns],
        "tasks": [{name: getattr(t, name) for name in t.__slots__} for t in plan_.tasks],
    }
