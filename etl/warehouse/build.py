"""Builds: one DuckDB file each, and current.json that names the one in use.

A load copies the current build, changes the copy in one transaction, checks it, closes it, and only then
switches the pointer; so a reader never waits and never sees half a load, and a kill at any moment leaves the old build in use.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from etl.model import YearbookError

POINTER = "current.json"
LOCK = "load.lock"
KEEP = 3
"""Builds kept, the current one included (ARCHITECTURE, Warehouse)."""

VIEWS = (
    "report_v", "observation_v", "metric_value", "indicator_value", "finding_v", "coverage", "plan_v", "metric_v",
    "indicator_v", "agency_v", "source_v", "correction_v", "build_v",
)  # fmt: skip


class WarehouseError(YearbookError):
    """The warehouse cannot be read or written. `str()` is one Chinese line with the next step."""


@dataclass(frozen=True, slots=True)
class Build:
    """One published build: what current.json says about it. Counts are of the whole build, real and fictional."""

    name: str
    path: str
    number: int
    created: str  # local time, ISO 8601 to the second
    extractor: str
    sources: int
    set_aside: int
    reports: int
    current_reports: int
    observations: int
    findings: int
    agencies: int
    has_real: bool
    has_fictional: bool


def warehouse_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Where builds live: the option, else the environment variable YEARBOOK_WAREHOUSE, else data/warehouse of this checkout."""
    chosen = given or os.environ.get("YEARBOOK_WAREHOUSE")
    return Path(chosen) if chosen else Path(__file__).resolve().parents[2] / "data" / "warehouse"


def current_build(directory: str | os.PathLike[str] | None = None) -> Build | None:
    """The build in use, None when there is none yet. Raises WarehouseError for a pointer that cannot be read or points nowhere."""
    ...


def open_current(directory: str | os.PathLike[str] | None = None) -> tuple[Build, duckdb.DuckDBPyConnection]:
    """The build in use and a read-only connection to it, locked down: no file access, no extensions, no settings.

    Raises WarehouseError when there is no build or it cannot be opened. Cache by `Build.name`; one `con.cursor()` per session.
    """
    ...
