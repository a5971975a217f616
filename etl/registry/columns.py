"""columns.csv: what the columns of the views mean."""

from __future__ import annotations

import functools
from pathlib import Path

from etl.registry import ROOT
from etl.registry.files import Entry, load_csv


class Column(Entry):
    """What a column of the views means: the same name means the same in every view, unless `view` says otherwise."""

    view: str | None = None
    column: str
    name: str
    description: str | None = None


@functools.cache
def load_columns(root: Path = ROOT) -> tuple[Column, ...]:
    return tuple(load_csv(root / "columns.csv", Column))
