"""metrics.yml: the one declaration of every metric and indicator."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from etl.model import APPLICANTS
from etl.registry import ROOT
from etl.registry.files import Entry, fault_at, load_yaml


class Label(Entry):
    """A theme, or one of the applicant columns of table 3, with its words."""

    id: str
    name: str
    short: str | None = None
    english: str


class UnitClass(Entry):
    """Units that may share an axis. The printed unit is kept all the same: nothing is converted.

    `same`: members that count the same thing one by one, so that figures in them may be added (件 and 件次, but not 条 and 篇).
    """

    id: str
    name: str
    members: tuple[str, ...]
    same: tuple[tuple[str, ...], ...] = ()

    @model_validator(mode="after")
    def _known(self) -> UnitClass:
        named = [unit for group in self.same for unit in group]
        unknown = [unit for unit in named if unit not in self.members]
        if unknown or len(set(named)) < len(named):
            raise fault_at(("same",), f"须为本类的单位，各出现一次：{'、'.join(unknown or named)}")
        return self


class Parts(Entry):
    """What adds up to a metric in some forms. `computed`: those forms print no cell of its own, SQL makes the sum."""

    forms: tuple[str, ...]
    metrics: tuple[str, ...]
    computed: bool = False


class Metric(Entry):
    """One declared quantity; the head of metrics.yml says what each field means."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    short: str = Field(max_length=12)
    english: str
    theme: str
    unit: str
    unit_by_form: dict[str, str] = Field(default_factory=dict)
    unit_as_printed: bool = False
    unit_class: str
    decimals: int = Field(0, ge=0, le=4)
    direction: Literal["none", "higher", "lower"] = "none"
    definition: str
    caution: str | None = None
    forms: tuple[str, ...]  # ids of forms/*.yml, narrative (stated in prose only), derived (the sum of others)
    place: str
    applicants: bool = False
    parts: tuple[Parts, ...] = ()
    including: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    counterpart: str | None = None
    signed: bool = False
    wordings: tuple[str, ...] = Field(min_length=1)

    def parts_in(self, form: str) -> tuple[str, ...]:
        """The metrics whose values add up to this one in `form`; empty where that form has no such sum."""
        return next((p.metrics for p in self.parts if form in p.forms), ())

    def computed_in(self, form: str) -> bool:
        """True where `form` prints no cell for this metric and SQL adds its parts instead."""
        return any(p.computed for p in self.parts if form in p.forms)


class Indicator(Entry):
    """A derived figure: scale * (numerator - numerator_minus) / (denominator - denominator_minus), made in SQL."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    short: str = Field(max_length=12)
    english: str
    theme: str
    unit: str
    kind: Literal["ratio", "per_population", "days_late", "rule_share"] = "ratio"
    scale: int = 100
    decimals: int = Field(1, ge=0, le=4)
    numerator: tuple[str, ...] = ()
    numerator_minus: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    denominator_minus: tuple[str, ...] = ()
    numerator_breakdown: str | None = None
    denominator_breakdown: str | None = None
    min_denominator: int = 10
    proportion: bool = True
    direction: Literal["none", "higher", "lower"] = "none"
    definition: str
    caution: str | None = None
    forms: tuple[str, ...]
    wordings: tuple[str, ...] = ()


class Catalogue(Entry):
    """The whole of metrics.yml. Every id that a metric or indicator refers to must be declared in the same file."""

    themes: tuple[Label, ...]
    breakdowns: tuple[Label, ...]
    units: tuple[UnitClass, ...]
    metrics: tuple[Metric, ...]
    indicators: tuple[Indicator, ...]

    @model_validator(mode="after")
    def _references(self) -> Catalogue:
        themes = {t.id for t in self.themes}
        metrics = {m.id for m in self.metrics}
        units = {u.id for u in self.units}
        breakdowns = {b.id for b in self.breakdowns}
        if tuple(b.id for b in self.breakdowns) != APPLICANTS:
            raise fault_at(("breakdowns",), f"须依次为 {'、'.join(APPLICANTS)}")
        known: set[str] = set()
        entries = [("metrics", n, m.id, m.theme) for n, m in enumerate(self.metrics)]
        entries += [("indicators", n, i.id, i.theme) for n, i in enumerate(self.indicators)]
        for section, n, id, theme in entries:
            if id in known:
                raise fault_at((section, n, "id"), f"编号 {id} 重复")
            known.add(id)
            if theme not in themes:
                raise fault_at((section, n, "theme"), f"没有这个主题：{theme}")
        for n, metric in enumerate(self.metrics):
            if metric.unit_class not in units:
                raise fault_at(("metrics", n, "unit_class"), f"没有这个单位类别：{metric.unit_class}")
            if metric.counterpart and metric.counterpart not in metrics:
                raise fault_at(("metrics", n, "counterpart"), f"没有这个指标：{metric.counterpart}")
            for name in ("including", "channels"):
                _known_ids(("metrics", n, name), getattr(metric, name), metrics - {metric.id})
            for k, part in enumerate(metric.parts):
                _known_ids(("metrics", n, "parts", k, "metrics"), part.metrics, metrics - {metric.id})
        for n, indicator in enumerate(self.indicators):
            for name in ("numerator", "numerator_minus", "denominator", "denominator_minus"):
                _known_ids(("indicators", n, name), getattr(indicator, name), metrics)
            for name in ("numerator_breakdown", "denominator_breakdown"):
                if getattr(indicator, name) not in breakdowns | {None}:
                    raise fault_at(("indicators", n, name), f"没有这个细分：{getattr(indicator, name)}")
            if indicator.kind == "ratio" and not (indicator.numerator and indicator.denominator):
                raise fault_at(("indicators", n), "缺少 numerator 或 denominator")
        return self


def _known_ids(place: tuple[int | str, ...], ids: tuple[str, ...], known: set[str]) -> None:
    for n, id in enumerate(ids):
        if id not in known:
            raise fault_at((*place, n), f"没有这个指标：{id}")


@functools.cache
def load_catalogue(root: Path = ROOT) -> Catalogue:
    return load_yaml(root / "metrics.yml", Catalogue)


@functools.cache
def load_metrics(root: Path = ROOT) -> dict[str, Metric]:
    """Every metric by id, in the order of metrics.yml."""
    return {m.id: m for m in load_catalogue(root).metrics}


@functools.cache
def load_indicators(root: Path = ROOT) -> dict[str, Indicator]:
    """Every derived indicator by id, in the order of metrics.yml."""
    return {i.id: i for i in load_catalogue(root).indicators}


@functools.cache
def unit_meaning(metric: str, unit: str | None, root: Path = ROOT) -> str | None:
    """What a unit says of a metric's figures: only those of one meaning may be added, and 件 is 起 where metrics.yml says `same`.

    Without a printed unit the declared one; None where reports choose theirs and none is printed. An indicator has one unit.
    """
    declared = load_metrics(root).get(metric)
    if declared is None:
        return unit or ""
    kind = next(u for u in load_catalogue(root).units if u.id == declared.unit_class)
    unit = unit or declared.unit
    if declared.unit_as_printed and unit not in kind.members:
        return None
    return next((group[0] for group in kind.same if unit in group), unit)


def one_unit(metric: str, unit: object, other: object) -> bool:
    """Whether two figures of a metric may be compared: 40篇 and 60件 are no increase, nor are two amounts whose units nobody printed."""
    known = [unit_meaning(metric, u if isinstance(u, str) else None) for u in (unit, other)]
    return known[0] is not None and known[0] == known[1]
