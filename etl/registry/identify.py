"""identify.yml: what etl.split, etl.identify and etl.plan look for."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from etl.registry import ROOT
from etl.registry.files import Entry, RegexText, load_yaml


class NotAReport(Entry):
    """A sign in a title that the file is something else, with the Chinese reason given for setting it aside."""

    pattern: RegexText
    reason: str
    unless_report: bool = False  # the body may still be a report (a notice that publishes one)


class TitleKind(Entry):
    kind: Literal["annual_report", "work_summary", "work_plan"]
    pattern: RegexText


class HeadLabels(Entry):
    """Labels of the head's label/value pairs, in order of trust."""

    title: list[str]
    agency: list[str]
    source: list[str]
    published: list[str]
    index_number: list[str]
    address: list[str]
    ignored: list[str]  # labels that end a value but say nothing about the report
    none: list[str]  # values that mean "nothing"


class ChapterSigns(Entry):
    """How the chapters of a report begin."""

    annual: list[RegexText]
    parts: list[RegexText]
    form: RegexText
    closing: RegexText


class ScopeSigns(Entry):
    aggregate: list[RegexText]
    own: list[RegexText]


class PlanSigns(Entry):
    """Words of a work plan's tasks and of its table of columns."""

    frequency: RegexText
    responsible: RegexText
    number_header: RegexText
    level_header: RegexText
    frequency_header: RegexText
    section_header: RegexText
    task_header: RegexText


class IdentifySigns(Entry):
    """identify.yml: what etl.split, etl.identify and etl.plan look for."""

    topic: RegexText
    kinds: list[TitleKind]
    not_a_report: list[NotAReport]
    untitled: list[TitleKind]
    not_a_title: RegexText
    article: RegexText
    filler_before: RegexText
    filler_after: RegexText
    labels: HeadLabels
    chapters: ChapterSigns
    placeholders: RegexText
    agency_endings: list[str]
    not_an_ending: RegexText
    not_a_name: RegexText
    verbs: RegexText
    not_relative: RegexText
    national_prefixes: list[str]
    zone: RegexText
    ethnic_groups: list[str]
    systems: dict[str, list[str]]
    institutions: dict[str, RegexText]
    office: RegexText
    divisions: dict[str, str]
    accounts: RegexText
    province_hosts: dict[str, str]
    part_year: dict[str, tuple[str, str]]
    junk: list[RegexText]
    scope: ScopeSigns
    plan: PlanSigns


@functools.cache
def load_identify(root: Path = ROOT) -> IdentifySigns:
    return load_yaml(root / "identify.yml", IdentifySigns)
