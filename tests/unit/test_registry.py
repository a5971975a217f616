"""etl.registry: what is declared, and that a broken line stops the start with file, line and field."""

from __future__ import annotations

import csv
import importlib
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from etl import registry
from etl.model import APPLICANTS, RegistryError

METRICS = registry.ROOT / "metrics.yml"


def test_every_designed_metric_is_declared_with_its_theme(shared: Path) -> None:
    with (shared / "design" / "metrics.csv").open(encoding="utf-8") as file:
        designed = {row["id"]: row for row in csv.DictReader(file)}
    declared = registry.load_metrics()
    assert list(declared) == list(designed)
    for id, row in designed.items():
        assert declared[id].theme == row["theme"]
        more = {"narrative"} if id.startswith("requests_received_") else set()  # 网上申请12件: said in prose since 2019
        assert set(declared[id].forms) == set(row["forms"].split(";")) | more


def test_short_names_are_unique_where_they_could_meet_on_one_axis() -> None:
    shorts = [m.short for m in registry.load_metrics().values()] + [
        i.short for i in registry.load_indicators().values()
    ]
    assert len(shorts) == len(set(shorts)), sorted({s for s in shorts if shorts.count(s) > 1})


def test_breakdowns_are_the_columns_of_table_3() -> None:
    assert tuple(b.id for b in registry.load_catalogue().breakdowns) == APPLICANTS


def test_units_belong_to_their_class() -> None:
    catalogue = registry.load_catalogue()
    members = {u.id: u.members for u in catalogue.units}
    for metric in catalogue.metrics:
        for unit in [*metric.unit.split("/"), *metric.unit_by_form.values()]:
            assert unit in members[metric.unit_class] or unit == "按原文", metric.id


def test_the_same_form_gives_one_sum_and_parts_never_lead_back() -> None:
    metrics = registry.load_metrics()
    for metric in metrics.values():
        forms = [form for part in metric.parts for form in part.forms]
        assert len(forms) == len(set(forms)), metric.id
        for form in forms:
            below, seen = list(metric.parts_in(form)), set()
            while below:
                part = below.pop()
                assert part != metric.id
                if part not in seen:
                    seen.add(part)
                    below += metrics[part].parts_in(form)


def test_a_computed_metric_is_said_to_be_derived_or_has_a_row_elsewhere() -> None:
    for metric in registry.load_metrics().values():
        if any(part.computed for part in metric.parts) and "derived" not in metric.forms:
            assert metric.id == "requests_other"  # one row in the 2019 form and in some 2021 reports


def test_carried_requests_are_each_others_counterpart() -> None:
    metrics = registry.load_metrics()
    for metric in metrics.values():
        if metric.counterpart:
            assert metrics[metric.counterpart].counterpart == metric.id
    assert metrics["requests_carried_out"].counterpart == "requests_carried_in"


def test_parts_cover_what_the_forms_add_up() -> None:
    metrics = registry.load_metrics()
    assert len(metrics["requests_denied"].parts_in("2021")) == 8
    assert len(metrics["requests_denied"].parts_in("2014")) == 6
    assert len(metrics["requests_answered"].parts_in("2014")) == 8
    assert metrics["requests_denied"].computed_in("2021") and not metrics["requests_denied"].computed_in("2014")
    assert metrics["review_total"].parts_in("2019")[-1] == "review_pending"
    assert metrics["litigation_total"].parts_in("2021") == ("litigation_direct_total", "litigation_after_review_total")


def test_numerator_and_denominator_can_be_had_in_the_indicators_forms() -> None:
    metrics = registry.load_metrics()
    for indicator in registry.load_indicators().values():
        for id in indicator.numerator + indicator.denominator + indicator.numerator_minus + indicator.denominator_minus:
            for form in indicator.forms:
                there = form in metrics[id].forms or metrics[id].computed_in(form) or "narrative" in metrics[id].forms
                assert there, (indicator.id, id, form)


def test_the_small_denominator_is_ten_unless_the_ratio_is_no_proportion() -> None:
    for indicator in registry.load_indicators().values():
        if indicator.kind == "ratio" and indicator.proportion:
            assert indicator.min_denominator == 10, indicator.id


def broken(tmp_path: Path, old: str, new: str) -> str:
    """The message for metrics.yml with the first `old` replaced by `new`, and the line where that stands."""
    text = METRICS.read_text(encoding="utf-8")
    assert old in text
    (tmp_path / "metrics.yml").write_text(text.replace(old, new, 1), encoding="utf-8")
    with pytest.raises(RegistryError) as caught:
        registry.load_catalogue(tmp_path)
    return str(caught.value)


def line_of(old: str) -> int:
    return METRICS.read_text(encoding="utf-8").split(old)[0].count("\n") + 1


@pytest.mark.parametrize(
    "old, new, field",
    [
        ("numerator: [requests_carried_out]", "numerator: [requests_carried_off]", "numerator"),
        ("counterpart: requests_carried_out", "counterpart: requests_carried_off", "counterpart"),
        ("[proactive_normative_documents]", "[proactive_documents]", "including"),
        ("theme: capacity", "theme: capacities", "theme"),
        ("unit_class: person", "unit_class: people", "unit_class"),
        ("unit_class: person", "unitclass: person", "unitclass"),
        ("numerator_breakdown: business", "numerator_breakdown: firms", "numerator_breakdown"),
        ("direction: lower", "direction: down", "direction"),
        ("decimals: 0", "decimals: none", "decimals"),
        ("id: trainees", "id: trainings_held", "id"),
    ],
)
def test_a_wrong_entry_is_named_with_file_line_and_field(tmp_path: Path, old: str, new: str, field: str) -> None:
    message = broken(tmp_path, old, new)
    assert f"metrics.yml 第{line_of(old)}行" in message and field in message


def test_a_repeated_key_is_not_silently_the_last_one(tmp_path: Path) -> None:
    assert "short" in broken(tmp_path, "    short: 受训人次\n", "    short: 受训\n    short: 受训人次\n")


def test_broken_yaml_and_a_missing_file_are_one_line_each(tmp_path: Path) -> None:
    assert "不是合法的 YAML" in broken(tmp_path, "metrics:\n", "metrics\n")
    with pytest.raises(RegistryError, match=r"metrics\.yml .*没有这个文件"):
        registry.load_catalogue(tmp_path / "none")


class Row(registry.Entry):
    id: str
    number: int | None = None


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "rows.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_csv_rows_with_empty_cells_and_a_byte_order_mark(tmp_path: Path) -> None:
    assert registry.load_csv(table(tmp_path, "\ufeffid,number\na,1\nb,\n"), Row) == [Row(id="a", number=1), Row(id="b")]


@pytest.mark.parametrize(
    "text, line, field",
    [
        ("id,number\na,1\nb,x\n", 3, "number"),
        ("id,number\na,1\n,2\n", 3, "id"),
        ("id,numbr\na,1\n", 1, "numbr"),
        ("number\n1\n", 1, "id"),
    ],
)
def test_a_wrong_csv_row_is_named_with_line_and_field(tmp_path: Path, text: str, line: int, field: str) -> None:
    with pytest.raises(RegistryError, match=rf"rows.csv 第{line}行，字段 {field}"):
        registry.load_csv(table(tmp_path, text), Row)


def test_everything_in_the_registry_is_valid() -> None:
    registry.load_all()


def test_load_all_reads_every_file_of_the_registry(tmp_path: Path) -> None:
    """No file escapes validation: with any one of them broken the start is refused, naming that file."""
    for path in sorted(registry.ROOT.rglob("*")):
        if path.suffix not in (".yml", ".csv"):
            continue
        copy = tmp_path / path.name  # another folder for each: loaders remember what they read
        shutil.copytree(registry.ROOT, copy)
        target = copy / path.relative_to(registry.ROOT)
        text = target.read_text(encoding="utf-8-sig")
        head, _, rest = text.partition("\n")
        target.write_text(
            text + "\nnobody_knows: 1\n" if path.suffix == ".yml" else f"{head},nobody_knows\n{rest}", encoding="utf-8"
        )
        with pytest.raises(RegistryError, match=path.name):
            registry.load_all(copy)


def loaders() -> dict[str, Callable[..., object]]:
    return {name: getattr(registry, name) for name in dir(registry) if name.startswith("load_")}


def test_every_loader_takes_another_folder() -> None:
    """So that tests, and an office with its own registry, can point it elsewhere."""
    for name, loader in loaders().items():
        if name not in ("load_yaml", "load_csv"):
            function = getattr(loader, "__wrapped__", loader)
            assert "root" in function.__code__.co_varnames[: function.__code__.co_argcount], name


def test_the_package_offers_what_its_modules_define() -> None:
    """The table of names in etl/registry/__init__.py is written by hand: every loader is in it, and every name in it exists."""
    for module, names in registry._NAMES.items():
        home = importlib.import_module(f"etl.registry.{module}")
        assert all(hasattr(home, name) for name in names.split()), module
        assert {n for n in vars(home) if n.startswith("load_") and vars(home)[n].__module__ == home.__name__} - {"load_lines"} <= set(names.split())  # fmt: skip


def test_a_form_that_no_file_describes_is_refused(tmp_path: Path) -> None:
    copy = tmp_path / "registry"
    shutil.copytree(registry.ROOT, copy)
    text = (copy / "metrics.yml").read_text(encoding="utf-8")
    (copy / "metrics.yml").write_text(text.replace('forms: ["2021"]', 'forms: ["2012"]', 1), encoding="utf-8")
    with pytest.raises(RegistryError, match=r"metrics\.yml 第\d+行.*没有这个表式：2012"):
        registry.load_all(copy)
