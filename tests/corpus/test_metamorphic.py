"""Noise changes no value: the same report in another script, encoding, markup or frame reads the same, table by table.

Every labelled real document (where they are there) and a sample of generated reports in every layout.
"""

from __future__ import annotations

import functools
import re
from pathlib import Path

import pytest

from etl.demo import TABLE_LAYOUTS, stream_reports
from etl.extract import extract_document
from etl.model import APPLICANTS, Document, SourceError, Table
from etl.read import read_bytes
from tests.noise import NOISE, all_facts, changes, facts

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
REAL = [f for folder in ("seeds", "docs") if CORPUS.is_dir() for f in sorted((CORPUS / folder).iterdir())]


@functools.cache
def sample() -> dict[str, bytes]:
    """Files by name: all real ones, two generated of each layout and three with the statistics table."""
    files = {f"{f.parent.name}/{f.name}": f.read_bytes() for f in REAL}
    for n, layout in enumerate(TABLE_LAYOUTS):
        for name, data, _ in stream_reports(2, 50 + n, layout, years=(2020, 2023)):
            files[f"{layout}/{name}"] = data
    for name, data, _ in stream_reports(3, 77, years=(2016,)):
        files[f"statistics/{name}"] = data
    return files


@functools.cache
def read_plainly() -> dict[str, list]:
    out = {}
    for name, data in sample().items():
        try:
            out[name] = all_facts(name, data)
        except SourceError as fault:
            pytest.fail(f"{name}: {fault}")
    return out


@pytest.mark.parametrize("noise", NOISE)
def test_noise_changes_nothing(noise):
    wrong: list[str] = []
    applied = 0
    for name, before in read_plainly().items():
        noisy = NOISE[noise](sample()[name])
        if noisy is None or noisy == sample()[name]:
            continue
        applied += 1
        wrong += [f"{name}: {change}" for change in changes(before, all_facts(name, noisy))]
    assert applied >= 6
    assert not wrong, f"{len(wrong)} changes, {noise}\n" + "\n".join(wrong[:20])


# --- tables -------------------------------------------------------------------------------------------------------


MARKS = {"2": "第二十条", "3": "本年新收", "4": "结果维持"}
"""Words that stand in one statutory table only."""


def number_of(block: Table) -> str | None:
    text = "".join(c.text for row in block.rows[:8] for c in row if c)
    return next((n for n, mark in MARKS.items() if mark in re.sub(r"\s", "", text)), None)


def gridded() -> list[tuple[str, Document]]:
    """The files of the sample in which the three tables stand as grids of their own."""
    out = []
    for name, data in sample().items():
        documents = read_bytes(name, data)
        if len(documents) == 1:
            numbers = [number_of(b) for b in documents[0].blocks if isinstance(b, Table)]
            if sorted(filter(None, numbers)) == ["2", "3", "4"] and all(
                b.exact for b in documents[0].blocks if isinstance(b, Table)
            ):
                out.append((name, documents[0]))
    return out


def test_a_removed_table_is_missing_and_nothing_else_changes():
    wrong: list[str] = []
    tried = 0
    for name, document in gridded():
        before = extract_document(document)
        if len(before) != 1 or before[0].identity.kind != "annual_report":
            continue
        whole = facts(before[0])
        for number in "234":
            blocks = [b for b in document.blocks if not (isinstance(b, Table) and number_of(b) == number)]
            cut = Document(
                document.path, document.sha256, document.format, document.text, blocks, document.meta, document.encoding
            )
            (after,) = extract_document(cut)
            assert after.tables[number] in ("missing", "absent"), (name, number, after.tables)
            tried += 1
            gone = {
                o.metric
                for o in before[0].observations
                if o.method == "table" and o.locator.get("table") == int(number)
            }
            # The form is known by its labels: it may go with the table that showed it (洪泽 2023, table 2).
            beside = (("table", number), ("form", after.form), ("form", before[0].form))
            expected = [
                f
                for f in whole
                if f[:2] not in beside and not (f[0] == "observation" and f[6] == "table" and f[1] in gone)
            ]
            left = [f for f in facts(after) if f[:2] not in beside]
            wrong += [f"{name} without table {number}: {c}" for c in changes([expected], [left])]
    assert tried >= 12
    assert not wrong, "\n".join(wrong[:20])


def swappable(table: Table, left: int, right: int) -> bool:
    """Whether the two columns can change places: in each row one cell each, or one cell that covers both."""
    for row in table.rows:
        a, b = row[left], row[right]
        if a is b:
            continue
        if any(row[c] is a for c in range(len(row)) if c != left and a is not None):
            return False
        if any(row[c] is b for c in range(len(row)) if c != right and b is not None):
            return False
    return True


def holds_figures(table: Table, column: int) -> bool:
    last = [row[column] for row in table.rows[-3:]]
    return all(c is None or not re.search(r"[\u4e00-\u9fff]", c.text) for c in last[-1:])


def test_two_columns_swapped_with_their_headers_change_nothing():
    wrong: list[str] = []
    tried = 0
    for name, document in gridded():
        before = [facts(r) for r in extract_document(document)]
        for block in [b for b in document.blocks if isinstance(b, Table) and number_of(b) in ("3", "4")]:
            width = len(block.rows[0])
            pairs = [(c, c + 1) for c in range(width - 1)] + [(width - len(APPLICANTS), width - 1)]
            for left, right in pairs:
                if not (holds_figures(block, left) and holds_figures(block, right) and swappable(block, left, right)):
                    continue
                for row in block.rows:
                    row[left], row[right] = row[right], row[left]
                after = [facts(r) for r in extract_document(document)]
                for row in block.rows:
                    row[left], row[right] = row[right], row[left]
                tried += 1
                wrong += [f"{name} columns {left}, {right}: {c}" for c in changes(before, after)]
    assert tried >= 60
    assert not wrong, f"{len(wrong)} changes\n" + "\n".join(wrong[:20])
