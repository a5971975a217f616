"""likeness.yml: what counts when two texts are compared."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import Field

from etl.registry import ROOT
from etl.registry.files import Entry, RegexText, load_yaml


class Chapter(Entry):
    name: str
    pattern: RegexText


class LikenessSigns(Entry):
    """What counts when two texts are compared; the head of likeness.yml says what each field means."""

    piece: int = Field(ge=3, le=12)
    sentence: int
    layout_cell: int
    stops: RegexText
    skipped: RegexText
    chapters_since: int
    chapters: tuple[Chapter, ...]


@functools.cache
def load_likeness(root: Path = ROOT) -> LikenessSigns:
    return load_yaml(root / "likeness.yml", LikenessSigns)
