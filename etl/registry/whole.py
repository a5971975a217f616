"""The whole registry: every file, and what one file says of another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from etl.registry import ROOT
from etl.registry.columns import load_columns
from etl.registry.deadlines import load_deadlines
from etl.registry.demo import load_demo
from etl.registry.files import Entry, complain_at, load_yaml
from etl.registry.forms import Form, load_forms
from etl.registry.identify import load_identify
from etl.registry.import_rows import load_import
from etl.registry.likeness import load_likeness
from etl.registry.metrics import Metric, load_catalogue, load_metrics
from etl.registry.narrative import load_narrative
from etl.registry.office import load_accepted, load_corrections, load_roster
from etl.registry.places import load_agencies, load_initials, load_population, load_regions
from etl.registry.reading import load_reading, load_script
from etl.registry.rules import load_rules
from etl.registry.sentences import load_sentences
from etl.registry.words import load_words


def _metric_references(entry: Any, place: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Place and id of every metric that an entry of another file names: fields `metric` and `also`, values of `cells`."""
    if isinstance(entry, Entry):
        for name in type(entry).model_fields:
            value = getattr(entry, name)
            if name in ("metric", "also") and value is not None:
                yield (*place, name), value
            elif name == "cells":
                yield from (((*place, name, key), id) for key, id in value.items())
            else:
                yield from _metric_references(value, (*place, name))
    elif isinstance(entry, tuple | list):
        for n, item in enumerate(entry):
            yield from _metric_references(item, (*place, n))


def _form_references(entry: Any, place: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Place and id of every form that an entry of metrics.yml or rules.yml names in a field `forms`."""
    if isinstance(entry, Entry):
        for name in type(entry).model_fields:
            value = getattr(entry, name)
            if name == "forms":
                yield from (((*place, name, n), form) for n, form in enumerate(value))
            else:
                yield from _form_references(value, (*place, name))
    elif isinstance(entry, tuple):
        for n, item in enumerate(entry):
            yield from _form_references(item, (*place, n))


def _check_form_references(path: Path, entry: Entry, known: set[str]) -> None:
    for place, id in _form_references(entry):
        if id not in known:
            raise complain_at(path, place, f"没有这个表式：{id}，可用的有 {'、'.join(sorted(known))}")


def _check_metric_references(path: Path, entry: Entry, metrics: dict[str, Metric]) -> None:
    for place, id in _metric_references(entry):
        if id not in metrics:
            raise complain_at(path, place, f"metrics.yml 中没有这个指标：{id}")


def load_all(root: Path = ROOT) -> None:
    """Reads and validates every file of the registry, also what one file says of another. Raises RegistryError for the first fault.

    Called once at the start of every command and of the dashboard, so that a broken line is met before any work is done.
    """
    metrics = load_metrics(root)
    load_words(root)
    load_script(root)
    load_reading(root)
    load_regions(root)
    load_agencies(root)
    load_identify(root)
    forms = {form.id for form in load_forms(root / "forms")}
    _check_form_references(root / "metrics.yml", load_catalogue(root), forms | {"narrative", "derived"})
    for path in sorted((root / "forms").glob("*.yml")):
        _check_metric_references(path, load_yaml(path, Form), metrics)
    _check_metric_references(root / "narrative.yml", load_narrative(root), metrics)
    load_demo(root)
    load_deadlines(root)
    load_columns(root)
    load_corrections(root)
    load_likeness(root)
    _check_form_references(root / "rules.yml", load_rules(root), forms)
    load_accepted(root)
    load_roster(root)
    load_sentences(root)
    load_import(root)
    load_population(root)
    load_initials(root)
