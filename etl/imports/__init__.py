"""Rows that come already extracted: `extract`'s own JSON lines, and the spreadsheet template for offices that collect by spreadsheet.

Both give Reports whose observations have the method `imported` and come after everything that was read from a report
itself (CONTRACT 3). They are checked row by row: a wrong one is listed with its place and the reason, the rest is taken.
"""

from __future__ import annotations

from pathlib import Path

from etl.imports import lines, template
from etl.imports.template import write_template
from etl.model import Report

__all__ = ["holds_rows", "read_rows", "write_template"]


def holds_rows(path: str | Path) -> bool:
    """Whether a file is one of ours: .jsonl by its name, .csv and .xlsx by the headings in their first row."""
    path = Path(path)
    kind = path.suffix.lower()
    return kind == ".jsonl" or (kind in template.KINDS and template.is_template(path))


def read_rows(path: str | Path) -> tuple[list[Report], list[str]]:
    """The reports of such a file and its wrong rows, one Chinese line each. Raises SourceError when no row can be taken."""
    path = Path(path)
    return lines.read_lines(path) if path.suffix.lower() == ".jsonl" else template.read_template(path)
