"""reading.yml and script.yml: what the file readers and etl.normalise know."""

from __future__ import annotations

import functools
from pathlib import Path

from etl.registry import ROOT
from etl.registry.files import Entry, RegexText, load_yaml


class Script(Entry):
    """What etl.normalise knows about script and signs."""

    radicals: str
    traditional_share: float
    block_share: float
    block_count: int
    protected_names: list[str]
    synonyms: dict[str, str]
    toneless_notes: int


@functools.cache
def load_script(root: Path = ROOT) -> Script:
    return load_yaml(root / "script.yml", Script)


class ReadingLimits(Entry):
    """What one file may cost; above it the file is set aside."""

    file_bytes: int
    unpacked_bytes: int
    unpacked_ratio: int
    archive_members: int
    text_characters: int
    tags: int
    lines: int
    cells: int
    columns: int
    colspan: int
    pages: int
    table_pages: int
    rows_bytes: int
    nesting: int


class Reading(Entry):
    """data/registry/reading.yml: limits, site furniture, labels of metadata boxes, frequent characters."""

    limits: ReadingLimits
    chrome_classes: RegexText
    chrome_prose: int
    chrome_lines: tuple[RegexText, ...]
    breadcrumb: RegexText
    metadata: tuple[str, ...]
    metadata_value: int
    announced: RegexText
    paragraph_start: RegexText
    page_mark: RegexText
    junk_names: RegexText
    own_exports: RegexText
    frequent_simplified: str
    frequent_traditional: str


@functools.cache
def load_reading(root: Path = ROOT) -> Reading:
    """What the file readers know. Raises RegistryError."""
    return load_yaml(root / "reading.yml", Reading)
