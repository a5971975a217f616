"""The statutory forms as data: complete, consistent with the metrics, and the first bad line is named."""

from __future__ import annotations

import shutil

import pytest

from etl import normalise
from etl.model import APPLICANTS, RegistryError
from etl.registry import ROOT, load_forms, load_metrics

FORMS = {f.id: f for f in load_forms()}


def metrics_of(form: str) -> set[str]:
    found: set[str] = set()
    for table in FORMS[form].tables:
        found |= {r.metric for r in table.rows if r.metric} | {m for r in table.rows for m in r.cells.values()}
        found |= {c.metric for c in table.columns if c.metric}
    return found


def test_newest_form_first():
    assert list(FORMS) == ["2021", "2019", "2014", "local"]


def test_every_cell_is_a_declared_metric():
    known = set(load_metrics())
    for form in FORMS:
        assert metrics_of(form) <= known, form


@pytest.mark.parametrize("form", ["2014", "2019", "2021"])
def test_a_form_has_every_metric_that_is_declared_for_it(form):
    declared = {m.id for m in load_metrics().values() if form in m.forms}
    computed = {"requests_denied", "litigation_total", "litigation_upheld", "litigation_corrected", "litigation_other"}
    assert declared - metrics_of(form) - (computed if form != "2014" else set()) == set()


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_tables_have_the_printed_size(form):
    tables = {t.number: t for t in FORMS[form].tables}
    printed = [r for r in tables[3].rows if not r.instead_of]
    assert len(printed) == (25 if form == "2021" else 23)
    assert tuple(c.breakdown for c in tables[3].columns) == APPLICANTS
    assert len(tables[4].columns) == 15


def test_labels_of_one_group_are_distinct():
    for form in FORMS.values():
        for table in form.tables:
            seen: dict[tuple[str | None, str], str] = {}
            for row in table.rows:
                for label in (row.label, *row.spellings):
                    at = (row.group if row.needs_group else None, normalise.label(label))
                    assert seen.setdefault(at, row.key) == row.key, (form.id, label)


def test_cores_are_no_part_of_another_rows_label():
    for form in FORMS.values():
        for table in form.tables:
            for row in table.rows:
                for core in row.cores:
                    for other in table.rows:
                        if other is not row and normalise.label(core) in normalise.label(other.label):
                            assert any(len(c) > len(core) for c in other.cores) or other.key == row.key, (
                                core,
                                other.label,
                            )


def test_the_first_bad_line_is_named(tmp_path):
    forms = tmp_path / "forms"
    shutil.copytree(ROOT / "forms", forms)
    path = forms / "2021.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("group: denied", "group: denyed", 1), encoding="utf-8")
    with pytest.raises(RegistryError) as fault:
        load_forms(forms)
    line = next(n for n, t in enumerate(path.read_text(encoding="utf-8").splitlines(), 1) if "denyed" in t)
    assert "2021.yml" in str(fault.value) and f"第{line}行" in str(fault.value)
