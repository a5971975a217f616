"""import.yml: rows that come already extracted."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from etl.registry import ROOT
from etl.registry.files import Entry, load_yaml


class ImportColumn(Entry):
    """A column of the spreadsheet template: its heading, whether a row must fill it, what to write in it."""

    id: Literal[
        "agency",
        "adcode",
        "year",
        "metric",
        "breakdown",
        "value",
        "unit",
        "qualifier",
        "scope",
        "kind",
        "published_on",
        "form",
        "source",
    ]
    name: str
    required: bool = False
    note: str


class ImportTemplate(Entry):
    """import.yml: the spreadsheet template and the words that its cells may hold."""

    sheet: str
    columns: tuple[ImportColumn, ...]
    example: dict[str, str]
    kinds: dict[str, Literal["annual_report", "work_summary"]]
    scopes: dict[str, Literal["own_agency", "government_aggregate", "unknown"]]
    qualifiers: dict[str, Literal["exact", "at_least", "at_most", "about"]]
    not_applicable: tuple[str, ...]
    most_rows: int
    most_wrong: int
    line_characters: int
    most_observations: int


@functools.cache
def load_import(root: Path = ROOT) -> ImportTemplate:
    """The template for rows that offices collect by spreadsheet."""
    return load_yaml(root / "import.yml", ImportTemplate)
