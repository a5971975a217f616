"""corrections.jsonl, accepted.jsonl, roster.csv: what the office itself says, at run time. None of them need exist, none is cached."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from etl.model import Level, RegistryError, Scope
from etl.registry import ROOT
from etl.registry.deadlines import every_year
from etl.registry.files import Entry, load_csv, load_lines
from etl.registry.metrics import load_metrics
from etl.registry.rules import load_rules


class Correction(Entry):
    """A person's override of one shown figure. `old` is the guard: what the views show without it (null: no figure)."""

    agency: str = Field(min_length=1)
    year: int = Field(ge=1990, le=2100)
    metric: str
    breakdown: str | None = None
    kind: Literal["annual_report", "work_summary"] | None = None
    scope: Scope | None = None
    old: float | None
    new: float | None
    reason: str = Field(min_length=1)
    who: str | None = None
    when: str | None = None


def load_corrections(root: Path = ROOT) -> tuple[Correction, ...]:
    """corrections.jsonl in its order, one JSON object per line; no file is no correction. Not cached: a session may append."""
    metrics = load_metrics(root)

    def unknown(row: Correction) -> tuple[str, str] | None:
        return None if row.metric in metrics else ("metric", f"没有这个指标：{row.metric}")

    return load_lines(root / "corrections.jsonl", Correction, unknown)


def append(path: Path, entries: Sequence[Entry]) -> None:
    """Adds lines to corrections.jsonl or accepted.jsonl and waits until they are on the disk. Raises RegistryError when they cannot be written."""
    try:
        with path.open("a", encoding="utf-8") as file:
            file.writelines(entry.model_dump_json() + "\n" for entry in entries)
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise RegistryError(f"写不了 {path}（{fault.strerror or fault}）。未登记。") from fault


class Acceptance(Entry):
    """A finding that a person looked at and let stand. `actual` is the guard: with another figure in the report it no longer holds.
    A finding without a figure has what it says for one (`message`)."""

    agency: str = Field(min_length=1)
    year: int = Field(ge=1990, le=2100)
    rule: str = Field(min_length=1)
    metric: str | None = None
    breakdown: str | None = None
    actual: float | None = None
    message: str | None = None
    who: str = Field(min_length=1)
    why: str = Field(min_length=1)
    when: str | None = None


def load_accepted(root: Path = ROOT) -> tuple[Acceptance, ...]:
    """accepted.jsonl in its order, one JSON object per line; no file is none. Not cached: lines are appended. Raises RegistryError."""
    known = {rule.id for rule in load_rules(root).rules}

    def unknown(row: Acceptance) -> tuple[str, str] | None:
        return None if row.rule in known else ("rule", f"没有这条规则：{row.rule}")

    return load_lines(root / "accepted.jsonl", Acceptance, unknown)


class RosterEntry(Entry):
    """A body that must report. `month` and `day`: its own deadline where it is not that of deadlines.csv."""

    agency: str = Field(min_length=2, max_length=80)
    adcode: str | None = Field(None, pattern=r"^\d{6}(\d{3})?$")
    level: Level | None = None
    system: str | None = None
    first_year: int | None = Field(None, ge=2008, le=2100)
    last_year: int | None = Field(None, ge=2008, le=2100)
    month: int | None = Field(None, ge=1, le=12)
    day: int | None = Field(None, ge=1, le=31)

    @model_validator(mode="after")
    def _exists(self) -> RosterEntry:
        if self.month and self.day:
            every_year(self.month, self.day)
        return self


def load_roster(root: Path = ROOT) -> tuple[RosterEntry, ...]:
    """roster.csv: who must report; no file means that nobody said so. Not cached: a roster is imported at run time."""
    path = root / "roster.csv"
    return tuple(load_csv(path, RosterEntry)) if path.exists() else ()
