"""What demo.py wrote, extraction reads back: exactly the truth, in every layout and script.

Tables must come back cell for cell with status and unit. Prose must give exactly the stated figures of whole metrics; a
stated part (其中…) may be given or left out, but what is given must be printed.
"""

from __future__ import annotations

import collections
from pathlib import Path
from typing import Any

import pytest

from etl.demo import TABLE_LAYOUTS, stream_reports, write_province

extract = pytest.importorskip("etl.extract")

HEAD = ("kind", "title", "agency", "province", "city", "county", "township", "adcode", "year", "period", "published_on", "index_number",
        "form", "scope", "tables")  # fmt: skip


def differences(truth: dict[str, Any], reports: list[dict[str, Any]]) -> list[str]:
    """Every way in which `reports` (of one file) differ from `truth`."""
    if len(reports) != 1:
        return [f"reports: 1 expected, {len(reports)} read"]
    read = reports[0]
    out = []
    for name in HEAD:
        want, got = truth[name], read.get(name)
        if name == "title":
            want, got = str(want).split("（")[0], str(got).split("（")[0]
        if isinstance(got, tuple):
            got = list(got)
        if want != got:
            out.append(f"{name}: {want!r} expected, {got!r} read")
    if "plan" in truth:
        plan = read.get("plan") or {"columns": [], "tasks": []}
        frequency = dict(collections.Counter(c["frequency"] for c in plan["columns"]))
        got_plan = {"columns": len(plan["columns"]), "tasks": len(plan["tasks"]), "frequency": frequency}
        if truth["plan"] != got_plan:
            out.append(f"plan: {truth['plan']} expected, {got_plan} read")

    def cells(report: dict[str, Any]) -> dict[tuple[str, str | None], tuple[Any, ...]]:
        return {
            (o["metric"], o["breakdown"]): (o["value"], o["status"], o["unit"])
            for o in report["observations"]
            if o["method"] == "table"
        }

    want_cells, got_cells = cells(truth), cells(read)
    for key in dict.fromkeys([*want_cells, *got_cells]):
        if want_cells.get(key) != got_cells.get(key):
            out.append(f"table {key}: {want_cells.get(key)} expected, {got_cells.get(key)} read")

    def prose(report: dict[str, Any]) -> set[tuple[Any, ...]]:
        return {
            (o["metric"], o["value"], o["status"], o["qualifier"])
            for o in report["observations"]
            if o["method"] == "narrative" and o["breakdown"] is None
        }

    want_prose, got_prose = prose(truth), prose(read)
    for fact in sorted(want_prose ^ got_prose, key=str):
        out.append(f"prose {fact}: {'not read' if fact in want_prose else 'read, but not printed'}")
    parts = {(o["metric"], o["value"]) for o in truth["observations"] if o["method"] == "narrative" and o["breakdown"]}
    for o in read["observations"]:
        if o["method"] == "narrative" and o["breakdown"] and (o["metric"], o["value"]) not in parts:
            out.append(f"prose part {o['metric']} {o['breakdown']} {o['value']}: read, but not printed")
    return out


def read_back(path: Path) -> list[dict[str, Any]]:
    return [extract.as_json(report) for report in extract.extract_file(path)]


def assert_same(pairs: list[tuple[Path, dict[str, Any]]]) -> None:
    wrong = [
        (path.name, truth["layout"], found) for path, truth in pairs if (found := differences(truth, read_back(path)))
    ]
    shown = "\n".join(f"{name} [{layout}]: {found[:4]}" for name, layout, found in wrong[:12])
    assert not wrong, f"{len(wrong)} of {len(pairs)} reports differ\n{shown}"


@pytest.mark.parametrize("layout", TABLE_LAYOUTS)
def test_each_layout_reads_back(layout, tmp_path):
    pairs = []
    for name, data, truth in stream_reports(30, TABLE_LAYOUTS.index(layout), layout, years=(2020, 2022, 2025)):
        path = tmp_path / name.replace("/", "-")
        path.write_bytes(data)
        pairs.append((path, truth))
    assert_same(pairs)


@pytest.mark.parametrize("year", [2014, 2018])
def test_the_statistics_table_reads_back(year, tmp_path):
    pairs = []
    for name, data, truth in stream_reports(14, year, years=(year,)):
        path = tmp_path / name.replace("/", "-")
        path.write_bytes(data)
        pairs.append((path, truth))
    assert_same(pairs)


def test_the_province_reads_back(tmp_path):
    """The sample of the first start, about 550 reports with planted faults."""
    truth = write_province(tmp_path)
    assert len(truth.reports) >= 500
    assert_same([(tmp_path / r["document"], r) for r in truth.reports])
