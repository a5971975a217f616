"""import.yml: rows that come already extracted."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from etl.model import Level, Qualifier, Scope
from etl.registry import ROOT
from etl.registry.files import Entry, load_yaml
from etl.registry.words import words_of


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


class ImportWords(Entry):
    """Further words of some closed lists: word -> value."""

    kind: dict[str, Literal["annual_report", "work_summary"]]
    scope: dict[str, Scope]
    qualifier: dict[str, Qualifier]
    level: dict[str, Level]


class ImportTemplate(Entry):
    """import.yml: the spreadsheet template and the words that its cells may hold."""

    sheet: str
    columns: tuple[ImportColumn, ...]
    example: dict[str, str]
    kinds: tuple[Literal["annual_report", "work_summary"], ...]
    also: ImportWords
    not_applicable: tuple[str, ...]
    most_rows: int
    most_wrong: int
    line_characters: int
    most_observations: int


@functools.cache
def load_import(root: Path = ROOT) -> ImportTemplate:
    """The template for rows that offices collect by spreadsheet."""
    return load_yaml(root / "import.yml", ImportTemplate)


@functools.cache
def import_words(name: str) -> dict[str, str]:
    """Word -> value of what a cell may hold: the words of words.yml, the ids, and the further ones of import.yml. `name`: a field of ImportWords."""
    known, words = load_import(), words_of(name)
    ids = known.kinds if name == "kind" else tuple(words)
    return {words[id]: id for id in ids} | {id: id for id in ids} | getattr(known.also, name)
