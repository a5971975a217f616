"""narrative.yml: the spellings and frames of numbers in prose."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from etl.registry import ROOT
from etl.registry.files import Entry, fault_at, load_yaml


class Hedge(Entry):
    """Spellings of one qualifier: before the number, between digits and unit, after the unit (DOMAIN F.3)."""

    before: tuple[str, ...]
    inside: tuple[str, ...]
    after: tuple[str, ...]


class NarrativeSections(Entry):
    """Title words that close a chapter to counting, open it again, or say what it is about."""

    title_ends: tuple[str, ...]
    closed: tuple[str, ...]
    open: tuple[str, ...]
    request: tuple[str, ...]
    disclosure: tuple[str, ...]


class Negation(Entry):
    """Zero by negation or by statement over a 、-list (DOMAIN F.2 P12, P13)."""

    words: tuple[str, ...]
    alone: tuple[str, ...]
    never: tuple[str, ...]
    double: tuple[str, ...]
    joints: tuple[str, ...]
    tails: tuple[str, ...]
    stated: tuple[str, ...]
    each: tuple[str, ...]


class Mixed(Entry):
    """Words that put two things under one figure."""

    metric: str
    words: tuple[str, ...]


class Frame(Entry):
    """One wording of a metric round its number, see the head of narrative.yml."""

    left: str | None = None
    right: str | None = None
    rank: int = Field(ge=1, le=5)
    needs: Literal["request", "disclosure", "field", "normative", "object", "part", "received", "outcome"] | None = None
    also: str | None = None
    unit: str | None = None


class NarrativeMetric(Entry):
    metric: str
    unit: str
    heads: tuple[str, ...]
    frames: tuple[Frame, ...]
    total: bool = False
    other_year: bool = False
    outcome: str | None = None
    not_left: tuple[str, ...] = ()
    not_right: tuple[str, ...] = ()
    not_ahead: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    zero_loose: tuple[str, ...] = ()
    zero_verbs: tuple[str, ...] = ()
    zero_needs: Literal["request", "disclosure", "field"] | None = None
    verb_needed: bool = False


class Narrative(Entry):
    """narrative.yml: the spellings and frames of numbers in prose."""

    units: dict[str, tuple[str, ...]]
    unit_stops: tuple[str, ...]
    unitless: tuple[str, ...]
    hedges: dict[Literal["at_least", "at_most", "about"], Hedge]
    numerals: str
    scales: dict[str, int]
    sections: NarrativeSections
    clause_stops: tuple[str, ...]
    sentence_stops: tuple[str, ...]
    stop_free: tuple[str, ...]
    other_year: tuple[str, ...]
    other_year_free: tuple[str, ...]
    all_time: tuple[str, ...]
    part_year: tuple[str, ...]
    spells: tuple[str, ...]
    to_date: tuple[str, ...]
    up_to: tuple[str, ...]
    year_end: tuple[str, ...]
    children: tuple[str, ...]
    share: tuple[str, ...]
    included: tuple[str, ...]
    attributes: tuple[str, ...]
    cumulative: tuple[str, ...]
    this_year: tuple[str, ...]
    reference: tuple[str, ...]
    not_whole: tuple[str, ...]
    topics: tuple[str, ...]
    annual: tuple[str, ...]
    several: tuple[str, ...]
    part_bodies: tuple[str, ...]
    own_level: tuple[str, ...]
    means: tuple[str, ...]
    whole_bodies: tuple[str, ...]
    regions: tuple[str, ...]
    own_words: tuple[str, ...]
    body_ends: tuple[str, ...]
    government_ends: tuple[str, ...]
    negation: Negation
    all_closed: tuple[str, ...]
    fill: tuple[str, ...]
    mixed: tuple[Mixed, ...]
    words: dict[str, tuple[str, ...]]
    distractors: tuple[str, ...]
    disclosure_context: tuple[str, ...]
    channels: dict[str, tuple[str, ...]]
    accounts: tuple[str, ...]
    metrics: tuple[NarrativeMetric, ...]

    @model_validator(mode="after")
    def _references(self) -> Narrative:
        for n, name in enumerate(self.accounts):
            if name not in self.channels:
                raise fault_at(("accounts", n), f"没有这个渠道：{name}")
        for n, metric in enumerate(self.metrics):
            if metric.unit not in self.units:
                raise fault_at(("metrics", n, "unit"), f"没有这个单位类别：{metric.unit}")
            if metric.outcome and metric.outcome not in self.words:
                raise fault_at(("metrics", n, "outcome"), f"没有这个词类：{metric.outcome}")
            for name in ("not_left", "not_right", "not_ahead", "zero", "zero_loose"):
                for k, word_class in enumerate(getattr(metric, name)):
                    if word_class not in self.words:
                        raise fault_at(("metrics", n, name, k), f"没有这个词类：{word_class}")
            for k, frame in enumerate(metric.frames):
                if frame.unit and frame.unit not in self.units:
                    raise fault_at(("metrics", n, "frames", k, "unit"), f"没有这个单位类别：{frame.unit}")
                if not frame.left and not frame.right:
                    raise fault_at(("metrics", n, "frames", k), "缺少 left 或 right")
                for step in f"{frame.left or ''} {frame.right or ''}".split():
                    if not step.startswith(("~", "^")) and step.rstrip("?*+") not in self.words:
                        raise fault_at(("metrics", n, "frames", k), f"没有这个词类：{step}")
                    if step.startswith(("~", "^")) and not step[1:].isdigit():
                        raise fault_at(("metrics", n, "frames", k), f"“{step[0]}”后应为字数：{step}")
        return self


@functools.cache
def load_narrative(root: Path = ROOT) -> Narrative:
    """The grammar of numbers in prose. Raises RegistryError."""
    return load_yaml(root / "narrative.yml", Narrative)
