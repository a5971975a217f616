"""reading.yml and script.yml: what the file readers and etl.normalise know."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from pydantic import model_validator

from etl.registry import ROOT
from etl.registry.files import Entry, fault_at, load_yaml


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
    chrome_classes: str
    chrome_prose: int
    chrome_lines: tuple[str, ...]
    breadcrumb: str
    metadata: tuple[str, ...]
    metadata_value: int
    announced: str
    paragraph_start: str
    page_mark: str
    junk_names: str
    own_exports: str
    frequent_simplified: str
    frequent_traditional: str

    @model_validator(mode="after")
    def _patterns(self) -> Reading:
        patterns = {
            name: getattr(self, name)
            for name in (
                *("chrome_classes", "breadcrumb", "announced", "paragraph_start", "page_mark"),
                *("junk_names", "own_exports"),
            )
        }
        for name, pattern in [*patterns.items(), *(("chrome_lines", line) for line in self.chrome_lines)]:
            try:
                re.compile(pattern)
            except re.error as fault:
                raise fault_at((name,), f"不是合法的正则表达式：{fault}") from fault
        return self


@functools.cache
def load_reading(root: Path = ROOT) -> Reading:
    """What the file readers know. Raises RegistryError."""
    return load_yaml(root / "reading.yml", Reading)
