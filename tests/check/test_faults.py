"""Faults that the generator plants in whole reports, read as files and checked: all found, the planted cell named, nothing else an error."""

from __future__ import annotations

import collections
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from etl.demo import KINDS, Truth, write_province
from etl.extract import extract_file
from etl.model import Report
from tests.check.builds import checked, findings


def read(directory: Path, name: str) -> list[Report]:
    reports = extract_file(directory / name)
    for one in reports:
        one.document = name
    return reports


def missed_and_extra(truth: Truth, reports: list[Report]) -> tuple[list[Any], list[Any]]:
    """Planted faults not found with their cell, and errors that nothing planted explains."""
    by_document: dict[str, list[dict[str, Any]]] = collections.defaultdict(list)
    for f in findings(checked(*reports), state="fail"):
        by_document[f["document"]].append(f)
    missed, extra = [], []
    for one in truth.reports:
        found = by_document[one["document"]]
        planted = {f["rule"] for f in one["faults"]} | {c["rule"] for c in one["consequences"]}
        for fault in one["faults"]:
            cells = {(c["metric"], c.get("breakdown")) for c in fault["cells"] if "metric" in c}
            mine = [f for f in found if f["rule_id"] == fault["rule"]]
            named = {(f["metric"], f["breakdown"]) for f in mine} | {
                (o["metric"], o["breakdown"]) for f in mine for o in f["operands"]
            }
            if not mine or (cells and not cells & named):
                missed.append((fault, one["document"], one["layout"]))
        extra += [
            (one["document"], f["rule_id"], f["message"])
            for f in found
            if f["severity"] == "error" and f["rule_id"] not in planted
        ]
    return missed, extra


def test_three_of_each_fault_among_two_hundred_reports(tmp_path: Path) -> None:
    truth = write_province(
        tmp_path, cities=2, agencies=7, years=range(2019, 2026), seed=5, faults=dict.fromkeys(KINDS, 3)
    )
    assert len(truth.reports) >= 190
    planted = collections.Counter(f["kind"] for one in truth.reports for f in one["faults"])
    assert all(planted[kind] == 3 for kind in KINDS)
    reports = [r for one in truth.reports for r in read(tmp_path, one["document"])]
    missed, extra = missed_and_extra(truth, reports)
    assert missed == []
    assert extra == []


@pytest.mark.soak
def test_twenty_of_each_fault_among_two_thousand_reports(tmp_path: Path) -> None:
    truth = write_province(
        tmp_path, cities=12, agencies=19, years=range(2019, 2026), seed=11, faults=dict.fromkeys(KINDS, 20)
    )
    assert len(truth.reports) >= 2000
    with ProcessPoolExecutor() as pool:
        parts = pool.map(partial(read, tmp_path), [one["document"] for one in truth.reports], chunksize=50)
        reports = [r for part in parts for r in part]
    missed, extra = missed_and_extra(truth, reports)
    planted = sum(len(one["faults"]) for one in truth.reports)
    print(f"planted {planted} in {len(truth.reports)} reports, missed {len(missed)}, unexplained errors {len(extra)}")
    assert missed == []
    assert extra == []
