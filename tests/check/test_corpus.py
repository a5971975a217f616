"""What the checks say of real documents (see the corpus's own notes); skipped where it is not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.extract import extract_file
from tests.check.builds import checked, findings

CORPUS = Path(__file__).resolve().parents[2].parent / "shared" / "corpus" / "docs"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="no corpus beside the project")


def noticed(name: str) -> list[dict]:
    return findings(checked(*extract_file(CORPUS / name)))


def test_002_prints_two_wrong_totals_of_table_4() -> None:
    reports = extract_file(CORPUS / "002.pdf")
    errors = [f for f in findings(checked(*reports)) if f["severity"] == "error"]
    assert {(f["rule_id"], f["metric"], f["actual"], f["expected"]) for f in errors} == {
        ("T4-SUM-R", "review_total", 0, 11), ("T4-SUM-A", "litigation_after_review_total", 0, 5)}  # fmt: skip
    assert len(errors) == 2
    stored = {o.metric: o.value for o in reports[0].observations if o.method == "table"}
    assert stored["review_total"] == 0 and stored["litigation_after_review_total"] == 0


def test_001_blank_totals_cannot_be_judged_and_the_prose_figure_is_flagged() -> None:
    found = noticed("001.html")
    assert [f for f in found if f["severity"] == "error"] == []
    (blank,) = [f for f in found if f["rule_id"] == "T3-ROWSUM" and f["state"] == "not_assessable"]
    assert {(o["metric"], o["breakdown"]) for o in blank["operands"]} >= {
        ("requests_granted", "total"),
        ("requests_partially_granted", "total"),
    }
    (mixed,) = [f for f in found if f["rule_id"] == "NT-MIXED" and f["origin"] == "check"]
    assert (mixed["actual"], mixed["expected"], mixed["severity"]) == (258, 275, "warning")


def test_005_the_sum_of_new_and_carried_in_is_accepted() -> None:
    found = noticed("005.txt")
    (handled,) = [f for f in found if f["rule_id"] == "NT-HANDLED"]
    assert handled["state"] == "pass"
    assert all(str(n) in handled["message"] for n in (3607, 3511, 96))
    assert [f for f in found if f["state"] == "fail" and f["severity"] != "info"] == []
