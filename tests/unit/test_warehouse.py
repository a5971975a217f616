"""The warehouse: builds, precedence of figures, incremental loads, crashes. Reports are invented; no file is parsed."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import json
import os
import shutil
from pathlib import Path

import duckdb
import pytest

from etl import registry
from etl.__main__ import main
from etl.model import Finding, Identity, Observation, Plan, PlanColumn, PlanTask, Report, SourceError
from etl.warehouse import (
    WarehouseError,
    content_hash,
    current_build,
    finish,
    listed_builds,
    load,
    open_current,
    rollback,
)
from etl.warehouse import build as builds
from etl.warehouse.sources import Item


def fake_extract(target) -> list[Report]:
    """Reads a file of JSON that says what the report holds; the text 坏 stands for a file that cannot be read."""
    path = Path(target)
    text = path.read_text(encoding="utf-8")
    if text.startswith("坏"):
        raise SourceError(str(path), "文件是空的", "请重新下载")
    if text.startswith("崩"):
        raise ValueError("boom")
    return [report(str(path), part, **said) for part, said in enumerate(json.loads(text), 1)]


def find(paths) -> list[Item]:
    files: list[Path] = []
    for path in map(Path, paths):
        files += sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
    return [Item(path=str(p), target=str(p)) for p in files]


def report(
    path: str,
    part: int,
    agency="岚屿市教育局",
    year=2023,
    kind="annual_report",
    scope="own_agency",
    form="2021",
    figures=(),
    **head,
):
    sha = hashlib.sha256(Path(path).read_bytes()).hexdigest()
    adcode = head.get("adcode", "990100")
    identity = Identity(
        kind=kind, title=f"{agency}{year}年度报告", agency=agency, stated_as=agency, system="教育", level=head.get("level", "city"),
        province="霁川省", city=head.get("city", "岚屿市"), adcode=adcode, year=year, period=(f"{year}-01-01", f"{year}-12-31"),
        published_on=head.get("published_on"), scope=scope, fictional=str(adcode or "99").startswith("99"),
    )  # fmt: skip
    observations = []
    for metric, value, *rest in figures:
        more = rest[0] if rest else {}
        observations.append(
            Observation(
                metric=metric,
                value=value,
                unit="件",
                status=more.get("status", "reported" if value is not None else "blank"),
                method=more.get("method", "table"),
                raw=str(value),
                quote=f"{metric} | {value}",
                locator={"table": 3, "row": 1, "column": 2},
                breakdown=more.get("breakdown"),
                qualifier=more.get("qualifier", "exact"),
            )
        )
    findings = [Finding("X-1", "warning", "试", metric=m) for m in head.get("findings", ())]
    plan = None
    if kind == "work_plan":
        plan = Plan(
            [PlanColumn(1, ["机构"], None, "每月", "办公室", "机构 每月")],
            [PlanTask("1", ["一、总则"], "做一件事", ["办公室"], "做一件事")],
        )
    return Report(
        path, part, sha, identity, form, {"2": "read", "3": "read", "4": "read"}, observations, findings, plan,
        imported=bool(observations) and all(o.method == "imported" for o in observations),
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "files"
    path.mkdir()
    return path


@pytest.fixture
def put(folder):
    def write(name: str, *reports: dict) -> Path:
        path = folder / name
        path.write_text(json.dumps(reports, ensure_ascii=False), encoding="utf-8")
        return path

    return write


@pytest.fixture
def run(folder, tmp_path):
    def do(*paths, **more):
        more.setdefault("directory", tmp_path / "warehouse")
        return load(
            paths or [folder],
            extract=more.pop("extract", fake_extract),
            find=find,
            extractor=more.pop("extractor", "1"),
            workers=more.pop("workers", 1),
            **more,
        )

    return do


def ask(build, query: str, *parameters):
    with contextlib.closing(duckdb.connect(build.path, read_only=True)) as con:
        return con.execute(query, list(parameters)).fetchall()


def shown(build, metric: str, column: str = "value"):
    return [row[0] for row in ask(build, f"select {column} from metric_value where metric = ? order by all", metric)]


TOTAL = {"breakdown": "total"}
PROSE = {"method": "narrative"}


# --- incremental -----------------------------------------------------------------------------------------------


def test_first_load_publishes_and_second_reads_nothing(put, run):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    first = run()
    assert (first.read, first.unchanged, first.published.reports) == (1, 0, 1)
    again = run()
    assert (again.read, again.unchanged, again.published) == (0, 1, None)
    assert again.build.name == first.published.name
    assert len(builds.build_files(Path(first.published.path).parent)) == 1


def test_a_changed_file_replaces_its_reports(put, run):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    put("b.json", {"agency": "岚屿市民政局", "figures": [["requests_received", 7, TOTAL]]})
    run()
    put("a.json", {"figures": [["requests_received", 6, TOTAL]]})
    result = run()
    assert (result.read, result.unchanged, result.published.reports) == (1, 1, 2)
    assert shown(result.build, "requests_received") == [6, 7]
    assert ask(result.build, "select count(*) from observation") == [(2,)]


def test_a_new_extractor_reads_everything_again(put, run):
    """The report keeps its id, for its bytes are the same; what is shown of it does not stay."""

    def read_otherwise(target):
        [one] = fake_extract(target)
        one.observations[0].value = 7
        return [one]

    put("a.json", {"figures": [["requests_received", -5, TOTAL]]})
    run()
    result = run(extractor="2")
    assert (result.read, result.replaced, result.published.reports) == (1, 1, 1)
    rules = "select rule_id from finding where origin = 'check' order by all"
    assert ask(result.build, rules) == [("T3-NONNEG",)]
    result = run(extractor="3", extract=read_otherwise)
    assert shown(result.build, "requests_received") == [7] and ask(result.build, rules) == []


def test_prune_drops_what_is_gone(put, run, folder):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    put("b.json", {"agency": "岚屿市民政局", "figures": [["requests_received", 7, TOTAL]]})
    run()
    (folder / "b.json").unlink()
    assert run().published is None
    result = run(prune=True)
    assert (result.pruned, result.published.reports) == (1, 1)
    assert ask(result.build, "select name from agency") == [("岚屿市教育局",)]


def test_a_moved_file_is_not_read_again(put, run, folder):
    path = put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    run()
    path.rename(folder / "c.json")
    result = run()
    assert (result.read, result.published.reports) == (0, 1)
    assert ask(result.build, "select source_path, document from report_v") == [(str(folder / "c.json"),) * 2]


def test_the_same_bytes_twice_are_one_source(put, run, folder):
    path = put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    shutil.copy(path, folder / "b.json")
    result = run()
    assert result.published.sources == 1
    assert ask(result.build, "select other_paths from source") == [([str(folder / "b.json")],)]
    assert run().published is None


def test_a_report_stays_while_one_copy_of_its_bytes_does(put, run, folder):
    a = put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    b, c = folder / "b.json", folder / "c.json"
    shutil.copy(a, b)
    shutil.copy(a, c)
    run()
    put("a.json", {"agency": "岚屿市民政局", "figures": [["requests_received", 7, TOTAL]]})
    put("c.json", {"agency": "岚屿市司法局", "figures": [["requests_received", 8, TOTAL]]})
    result = run(a)  # c holds other bytes too, though this load is not told of it
    assert (result.read, result.pruned, result.unchanged) == (1, 0, 1)
    assert shown(result.build, "requests_received") == [5, 7]
    assert ask(result.build, "select source_path, document from report_v order by 1") == [(str(a),) * 2, (str(b),) * 2]
    assert run(a).published is None
    put("b.json", {"agency": "岚屿市卫健委", "figures": [["requests_received", 9, TOTAL]]})
    assert shown(run(b).build, "requests_received") == [7, 9]  # that was the last copy


def test_a_source_whose_own_file_changed_stands_where_the_copy_is(put, run, folder):
    a = put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    shutil.copy(a, folder / "b.json")
    run()
    put("a.json", {"agency": "岚屿市民政局", "figures": [["requests_received", 7, TOTAL]]})
    paths = ask(run().build, "select agency, source_path from report_v order by source_path")
    assert paths == [("岚屿市民政局", str(a)), ("岚屿市教育局", str(folder / "b.json"))]


def test_prune_keeps_what_a_copy_outside_the_folder_holds(put, run, folder, tmp_path):
    a = put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    put("z.json", {"agency": "岚屿市民政局", "figures": [["requests_received", 7, TOTAL]]})
    copy = tmp_path / "copy.json"
    shutil.copy(a, copy)
    run(folder, copy)
    a.unlink()
    result = run(folder, prune=True)
    assert (result.pruned, ask(result.build, "select path from source order by 1")[0]) == (0, (str(copy),))


# --- which report is current -------------------------------------------------------------------------------------


def test_the_later_publication_is_current_and_the_earlier_is_listed(put, run):
    put("a.json", {"published_on": "2024-03-02", "figures": [["requests_received", 6, TOTAL]]})
    put("b.json", {"published_on": "2024-01-20", "figures": [["requests_received", 5, TOTAL]]})
    result = run()
    assert shown(result.build, "requests_received") == [6]
    assert ask(result.build, "select is_current, published_on::varchar from report_v order by 2") == [
        (False, "2024-01-20"),
        (True, "2024-03-02"),
    ]


def test_without_dates_the_one_loaded_later_is_current(put, run):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    run()
    put("b.json", {"figures": [["requests_received", 4, TOTAL], ["requests_granted", 4, TOTAL]]})
    assert shown(run().build, "requests_received") == [4]


def test_bodies_that_cannot_be_told_apart_are_never_merged(put, run):
    put("a.json", {"agency": "市统计局", "city": None, "adcode": None, "figures": [["requests_received", 5, TOTAL]]})
    put("b.json", {"agency": "市统计局", "city": None, "adcode": None, "figures": [["requests_received", 9, TOTAL]]})
    assert shown(run().build, "requests_received") == [5, 9]


# --- which figure is shown -----------------------------------------------------------------------------------------


def test_precedence_table_prose_summary(put, run):
    put(
        "a.json",
        {
            "figures": [
                ["requests_received", 5, TOTAL],
                ["requests_received", 8, PROSE],
                ["proactive_disclosures", 100, PROSE],
            ]
        },
        {
            "kind": "work_summary",
            "form": None,
            "figures": [
                ["requests_received", 9, PROSE],
                ["proactive_disclosures", 90, PROSE],
                ["trainings_held", 2, PROSE],
            ],
        },
    )
    result = run()
    rows = ask(
        result.build,
        "select metric, breakdown, value, method, kind, narrative_value from metric_value where method <> 'derived' order by 1",
    )
    assert rows == [
        ("proactive_disclosures", None, 100.0, "narrative", "annual_report", None),
        ("requests_received", "total", 5.0, "table", "annual_report", 8.0),
        ("trainings_held", None, 2.0, "narrative", "work_summary", None),
    ]


def test_an_imported_row_comes_last(put, run):
    imported = {"method": "imported"}
    put(
        "a.json",
        {"figures": [["trainings_held", 3, imported], ["meetings_held", 1, imported]]},
        {"kind": "work_summary", "form": None, "figures": [["trainings_held", 2, PROSE]]},
    )
    result = run()
    assert ask(result.build, "select metric, value, method from metric_value order by 1") == [
        ("meetings_held", 1.0, "imported"),
        ("trainings_held", 2.0, "narrative"),
    ]


def test_a_blank_cell_stays_blank_with_the_prose_beside_it(put, run):
    put("a.json", {"figures": [["requests_received", None, TOTAL], ["requests_received", 8, PROSE]]})
    result = run()
    assert ask(
        result.build, "select value, status, method, narrative_value from metric_value where method <> 'derived'"
    ) == [(None, "blank", "table", 8.0)]


def test_zero_is_a_value_and_blank_is_none(put, run):
    put("a.json", {"figures": [["requests_received", 0, TOTAL], ["requests_carried_in", None, TOTAL]]})
    assert ask(run().build, "select metric, value, status from metric_value where method = 'table' order by 1") == [
        ("requests_carried_in", None, "blank"),
        ("requests_received", 0.0, "reported"),
    ]


def test_conflicting_figures_show_none(put, run):
    clash = {"method": "narrative", "status": "conflicting"}
    put("a.json", {"figures": [["proactive_disclosures", 10, clash], ["proactive_disclosures", 12, clash]]})
    result = run()
    assert ask(result.build, "select value, status from metric_value") == [(None, "conflicting")]
    assert ask(result.build, "select value from observation_v order by 1") == [(10.0,), (12.0,)]


def test_handled_requests_never_fill_new_requests(put, run):
    put("a.json", {"figures": [["requests_to_handle", 30, PROSE]]})
    assert ask(run().build, "select metric from metric_value") == [("requests_to_handle",)]


def test_scopes_do_not_mix(put, run):
    put(
        "a.json",
        {"agency": "岚屿市人民政府", "scope": "own_agency", "figures": [["requests_received", 5, TOTAL]]},
        {"agency": "岚屿市人民政府", "scope": "government_aggregate", "figures": [["requests_received", 500, TOTAL]]},
    )
    assert shown(run().build, "requests_received") == [5, 500]


DENIED = registry.load_metrics()["requests_denied"].parts_in("2021")


def test_a_sum_without_a_cell_is_made_from_its_parts(put, run):
    put("a.json", {"figures": [[m, n, TOTAL] for n, m in enumerate(DENIED)]})
    assert ask(
        run().build, "select value, status, method, breakdown from metric_value where metric = 'requests_denied'"
    ) == [(28.0, "reported", "derived", "total")]


def test_a_sum_of_figures_that_are_about_is_about(put, run):
    imported = {"method": "imported"} | TOTAL
    figures = [[m, 5, imported | {"qualifier": "at_least" if m == DENIED[0] else "exact"}] for m in DENIED]
    put("a.json", {"figures": figures})
    assert shown(run().build, "requests_denied", "qualifier") == ["about"]


@pytest.mark.parametrize(
    ("parts", "expected"), [([None] * 8, "blank"), ([0] * 7 + [None], "partial"), ([1] * 5, "partial")]
)
def test_a_sum_with_blank_parts_is_not_zero(put, run, parts, expected):
    put("a.json", {"figures": [[m, n, TOTAL] for n, m in zip(parts, DENIED, strict=False)]})
    assert ask(run().build, "select value, status from metric_value where metric = 'requests_denied'") == [
        (None, expected)
    ]


def test_a_printed_sum_comes_before_the_computed_and_prose_before_an_incomplete_one(put, run):
    parts = registry.load_metrics()["requests_other"].parts_in("2021")
    put("a.json", {"figures": [["requests_other", 9, TOTAL], *([m, 1, TOTAL] for m in parts)]})
    put("b.json", {"year": 2022, "figures": [[DENIED[0], 1, TOTAL], ["requests_denied", 4, PROSE]]})
    result = run()
    assert ask(result.build, "select value, method from metric_value where metric = 'requests_other'") == [
        (9.0, "table")
    ]
    assert ask(result.build, "select value, method from metric_value where metric = 'requests_denied'") == [
        (4.0, "narrative")
    ]


def test_the_2014_form_prints_its_sum(put, run):
    put(
        "a.json",
        {"year": 2016, "form": "2014", "figures": [["requests_denied_state_secret", 1], ["requests_denied", 3]]},
    )
    assert ask(run().build, "select value, method from metric_value where metric = 'requests_denied'") == [
        (3.0, "table")
    ]


# --- indicators ----------------------------------------------------------------------------------------------------


def test_a_rate_shows_numerator_and_denominator(put, run):
    put(
        "a.json",
        {
            "figures": [
                ["requests_granted", 6, TOTAL],
                ["requests_partially_granted", 2, TOTAL],
                ["requests_closed", 16, TOTAL],
            ]
        },
    )
    rows = ask(
        run().build,
        "select numerator, denominator, value, reliable, status from indicator_value where indicator = 'disclosure_rate'",
    )
    assert rows == [(8.0, 16.0, 50.0, True, "reported")]


def test_a_rate_over_nothing_or_with_a_blank_is_none(put, run):
    put("a.json", {"figures": [["requests_granted", 0, TOTAL], ["requests_closed", 0, TOTAL]]})
    put("b.json", {"year": 2022, "figures": [["requests_granted", None, TOTAL], ["requests_closed", 5, TOTAL]]})
    rows = ask(
        run().build,
        "select year, numerator, denominator, value, reliable, status from indicator_value where indicator = 'full_grant_rate' order by 1",
    )
    assert rows == [(2022, None, None, None, False, "partial"), (2023, 0.0, 0.0, None, False, "no_denominator")]


def test_parts_from_a_report_and_from_imported_rows_make_one_row_without_a_rate(put, run):
    put("a.json", {"figures": [["requests_granted", 6, TOTAL], ["requests_closed", 16, TOTAL]]})
    imported = TOTAL | {"method": "imported"}
    put("b.json", {"figures": [["requests_partially_granted", 2, imported], ["requests_other", 1, imported]]})
    query = "select value, status from indicator_value where indicator = 'disclosure_rate_sub'"
    assert ask(run().build, query) == [(None, "partial")]


def test_a_small_denominator_is_not_reliable(put, run):
    put("a.json", {"figures": [["requests_granted", 1, TOTAL], ["requests_closed", 9, TOTAL]]})
    assert ask(run().build, "select reliable from indicator_value where indicator = 'full_grant_rate'") == [(False,)]


def test_an_applicants_share_and_days_late(put, run):
    put(
        "a.json",
        {
            "published_on": "2024-02-03",
            "figures": [["requests_received", 3, {"breakdown": "business"}], ["requests_received", 12, TOTAL]],
        },
    )
    result = run()
    assert ask(
        result.build, "select numerator, denominator, value from indicator_value where indicator = 'firm_share'"
    ) == [(3.0, 12.0, 25.0)]
    assert ask(result.build, "select value from indicator_value where indicator = 'pub_delay_days'") == [(3.0,)]
    assert ask(result.build, "select state, days_late from coverage") == [("late", 3)]


@pytest.mark.parametrize("late_first", [True, False])
def test_coverage_goes_by_the_first_published_of_two_scopes(put, run, late_first):
    own, whole = {"published_on": "2024-01-20"}, {"published_on": "2024-06-03", "scope": "government_aggregate"}
    for name, one in zip(("a.json", "b.json"), (whole, own) if late_first else (own, whole), strict=True):
        put(name, one)
    assert ask(run().build, "select state, published_on::varchar from coverage") == [("in_time", "2024-01-20")]


def test_a_form_whose_figures_mean_something_else_gives_no_rate(put, run):
    put("a.json", {"year": 2016, "form": "2014", "figures": [["requests_granted", 6], ["requests_closed", 16]]})
    assert ask(run().build, "select * from indicator_value where indicator = 'full_grant_rate'") == []


# --- other tables --------------------------------------------------------------------------------------------------


def test_findings_plans_and_coverage(put, run):
    put(
        "a.json",
        {
            "findings": ["requests_received"],
            "figures": [["requests_received", 5, TOTAL], ["requests_granted", 5, TOTAL]],
        },
    )
    put("b.json", {"agency": "岚屿市民政局", "kind": "work_plan", "form": None})
    result = run()
    assert ask(result.build, "select metric, has_finding from metric_value where has_finding") == [
        ("requests_received", True)
    ]
    assert ask(result.build, "select agency, rule_id, metric from finding_v") == [
        ("岚屿市教育局", "X-1", "requests_received")
    ]
    assert ask(result.build, "select item, path, section from plan_v order by 1") == [
        ("column", ["机构"], "办公室"),
        ("task", ["一、总则"], "办公室"),
    ]
    assert ask(result.build, "select agency, state from coverage order by 1") == [
        ("岚屿市教育局", "undated"),
        ("岚屿市民政局", "no_roster"),
    ]


def test_real_and_fictional_are_told_apart(put, run):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    put(
        "b.json",
        {"agency": "张店区教育局", "adcode": "370303", "level": None, "figures": [["requests_received", 6, TOTAL]]},
    )
    result = run()
    assert (result.build.has_real, result.build.has_fictional) == (True, True)
    assert ask(result.build, "select fictional, value from metric_value where method = 'table' order by 1") == [
        (False, 6.0),
        (True, 5.0),
    ]


def test_locators_and_quotes_survive(put, run):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    (row,) = ask(run().build, "select locator, quote, raw from observation_v")
    assert {k: v for k, v in row[0].items() if v is not None} == {"table": 3, "row": 1, "column": 2}
    assert row[1:] == ("requests_received | 5", "5")


def test_every_column_of_every_view_says_what_it_means(put, run):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    missing = ask(
        run().build,
        "select table_name, column_name from duckdb_columns() where comment is null and list_contains(?, table_name)",
        list(builds.VIEW_NAMES),
    )
    assert missing == []


# --- bad input -----------------------------------------------------------------------------------------------------


def test_a_bad_file_is_set_aside_with_its_reason_and_stays_listed(put, run, folder):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    (folder / "b.json").write_text("坏", encoding="utf-8")
    (folder / "c.json").write_text("崩", encoding="utf-8")
    result = run()
    assert [Path(s.path).name for s in result.set_aside] == ["b.json", "c.json"]
    assert result.set_aside[0].reason == "文件是空的"
    assert "ValueError" in result.set_aside[1].reason
    assert (result.published.reports, result.published.set_aside) == (1, 2)
    again = run()
    assert again.published is None
    assert len(again.set_aside) == 2
    put("b.json", {"agency": "岚屿市民政局", "figures": []})
    assert len(run().set_aside) == 1


def test_a_file_that_cannot_be_opened(put, run, folder):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    (folder / "b.json").symlink_to(folder / "nowhere")

    def with_link(paths):
        return [*find(paths), Item(path=str(folder / "b.json"), target=str(folder / "b.json"))]

    result = load([folder], directory=folder.parent / "w", extract=fake_extract, find=with_link, extractor="1")
    assert [s.path for s in result.set_aside] == [str(folder / "b.json")]
    assert result.published.reports == 1


def test_a_file_or_folder_that_cannot_be_opened_today_keeps_its_reports(put, folder, tmp_path, monkeypatch):
    monkeypatch.setattr("etl.read.bundle.junk", lambda name: False)
    monkeypatch.setattr("etl.warehouse.sources.Bundle", lambda path, attachments: str(path))
    first = put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    (folder / "b").mkdir()
    put("b/b.json", {"agency": "岚屿市民政局", "figures": [["requests_received", 7, TOTAL]]})
    here = {"directory": tmp_path / "warehouse", "extract": fake_extract, "extractor": "1", "prune": True}
    assert load([folder], **here).read == 2
    scandir, opened = os.scandir, open

    def closed(path, *rest, **more):
        if str(path) in (str(folder / "b"), str(first)):
            raise PermissionError(13, "Permission denied")
        return (scandir if not rest else opened)(path, *rest, **more)

    with monkeypatch.context() as patch:
        patch.setattr("etl.read.bundle.os.scandir", closed)
        patch.setattr("etl.warehouse.sources.open", closed, raising=False)
        result = load([folder], **here)
    assert result.published is None
    assert {Path(s.path).name for s in result.set_aside} == {"a.json", "b"}
    assert shown(result.build, "requests_received") == [5, 7]
    assert load([folder], **here).published is None


# --- the same whatever the workers -----------------------------------------------------------------------------------


def test_contents_do_not_depend_on_workers_or_order(put, run, folder, tmp_path, monkeypatch):
    for n in range(30):
        put(
            f"{n}.json",
            {
                "agency": f"岚屿市第{n}局",
                "figures": [["requests_received", n, TOTAL], *([m, n, TOTAL] for m in DENIED)],
            },
        )
    monkeypatch.setattr("etl.warehouse.workers.IN_PROCESS", 1)
    monkeypatch.setattr("etl.warehouse.workers.CHUNK", 7)
    one = run(directory=tmp_path / "w1", workers=1)
    two = run(directory=tmp_path / "w2", workers=2)
    backwards = run(*sorted(folder.iterdir(), reverse=True), directory=tmp_path / "w3")
    assert len({content_hash(r.published) for r in (one, two, backwards)}) == 1


def test_the_hash_sees_a_changed_figure(put, run, tmp_path):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    one = run(directory=tmp_path / "w1")
    put("a.json", {"figures": [["requests_received", 6, TOTAL]]})
    assert content_hash(run(directory=tmp_path / "w2").published) != content_hash(one.published)


# --- crashes, locks, disks -------------------------------------------------------------------------------------------


class Killed(BaseException):
    """Stands for a kill: nothing catches it."""


STEPS = [
    "etl.warehouse.finish.fill_agencies",
    "etl.warehouse.finish.materialise",
    "etl.warehouse.finish.check_build",
    "etl.warehouse.loader.publish",
    "etl.warehouse.build._sync",
    "etl.warehouse.build._point",
    "etl.warehouse.build._remove",
]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("first", [True, False])
def test_a_kill_at_any_step_leaves_the_old_build_and_the_next_load_works(put, run, tmp_path, monkeypatch, step, first):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    before = None
    if not first:
        for n in range(3):
            put("a.json", {"figures": [["requests_received", n, TOTAL]]})
            before = run().published
    put("a.json", {"figures": [["requests_received", 6, TOTAL]]})

    def die(*_, **__):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(step, die)
        # A kill runs no clean-up either.
        patch.setattr("pathlib.Path.unlink", lambda *_, **__: None)
        if first and step.endswith("_remove"):
            run()
        else:
            with pytest.raises(Killed):
                run()
    directory = tmp_path / "warehouse"
    if before and not step.endswith("_remove"):
        assert current_build(directory).name == before.name
        open_current(directory)[1].close()
    after = run()
    assert shown(current_build(directory), "requests_received") == [6]
    assert after.build is not None
    run(extractor="2")
    left = sorted(p.name for p in directory.iterdir())
    assert all(name.endswith(".duckdb") or name in ("current.json", "load.lock") for name in left)
    assert len(left) <= 2 + builds.KEEP


def test_old_builds_go_after_the_third_and_rollback_goes_back(put, run, tmp_path):
    for n in range(5):
        put("a.json", {"figures": [["requests_received", n, TOTAL]]})
        run()
    directory = tmp_path / "warehouse"
    assert len(builds.build_files(directory)) == len(listed_builds(directory)) == 3
    assert shown(rollback(directory), "requests_received") == [3]
    assert shown(rollback(directory), "requests_received") == [2]
    with pytest.raises(WarehouseError, match="没有更早"):
        rollback(directory)
    assert shown(run().build, "requests_received") == [4]


def test_a_lost_or_damaged_pointer(put, run, tmp_path):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    directory = tmp_path / "warehouse"
    assert current_build(directory) is None
    run()
    (directory / "current.json").write_text("{", encoding="utf-8")
    with pytest.raises(WarehouseError, match="rollback"):
        current_build(directory)
    with pytest.raises(WarehouseError, match="rollback"):
        run()
    assert rollback(directory).reports == 1
    (directory / "current.json").unlink()
    with pytest.raises(WarehouseError, match="rollback"):
        open_current(directory)
    put("b.json", {"agency": "岚屿市民政局", "figures": []})
    assert run().build.reports == 2


def test_a_damaged_build_is_said_and_rolled_back(put, run, tmp_path):
    for n in range(2):
        put("a.json", {"figures": [["requests_received", n, TOTAL]]})
        run()
    directory = tmp_path / "warehouse"
    path = Path(current_build(directory).path)
    path.write_bytes(path.read_bytes()[:4096] + b"\0" * 8192)
    with pytest.raises(WarehouseError, match="rollback"):
        open_current(directory)
    put("a.json", {"figures": [["requests_received", 9, TOTAL]]})
    with pytest.raises(WarehouseError, match="rollback"):
        run()
    assert shown(rollback(directory), "requests_received") == [0]
    assert shown(run().build, "requests_received") == [9]


def test_a_build_damaged_deep_inside_is_said_by_load_and_by_status(put, run, tmp_path, monkeypatch, capsys):
    put("a.json", {"figures": [["requests_received", 4, TOTAL]]})
    run()
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    path = Path(run().published.path)
    data = bytearray(path.read_bytes())
    for at in range(20_000, len(data), 4096):  # behind the three headers; every block
        data[at] ^= 0xA5
    path.write_bytes(data)
    put("a.json", {"figures": [["requests_received", 6, TOTAL]]})
    with pytest.raises(WarehouseError, match="rollback"):
        run()
    monkeypatch.setenv("YEARBOOK_WAREHOUSE", str(tmp_path / "warehouse"))
    assert main(["status"]) == 1
    said = capsys.readouterr()
    assert said.out == "" and len(said.err.splitlines()) == 1 and "rollback" in said.err
    assert shown(rollback(tmp_path / "warehouse"), "requests_received") == [4]
    run()
    assert shown(current_build(tmp_path / "warehouse"), "requests_received") == [6]


def test_a_query_on_a_damaged_page_is_one_line(tmp_path):
    with pytest.raises(WarehouseError, match="可能已损坏"), builds.damage_said(tmp_path / "x"):
        raise duckdb.Error("Corrupt database file: computed checksum 1 does not match stored checksum 2")
    with pytest.raises(duckdb.ParserException), builds.damage_said(tmp_path / "x"):
        duckdb.execute("selct")


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (duckdb.OutOfMemoryException("could not allocate block of size 256.0 KiB"), "内存不足"),
        (duckdb.OutOfMemoryException("limit was set by the 'max_temp_directory_size' setting"), "磁盘空间不足"),
        (duckdb.IOException("Could not write file: No space left on device"), "磁盘空间不足"),
        (duckdb.IOException("Could not read enough bytes"), "rollback"),
    ],
)
def test_what_the_database_meets_is_one_line(put, run, monkeypatch, fault, said):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})

    def fail(*_):
        raise fault

    monkeypatch.setattr("etl.warehouse.finish.fill_agencies", fail)
    with pytest.raises(WarehouseError, match=said) as caught:
        run()
    assert len(str(caught.value).splitlines()) == 1


def test_a_drive_without_locks_is_not_another_load(put, run, monkeypatch):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})

    def no_locks(*_):
        raise OSError(errno.ENOTSUP, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", no_locks)
    with pytest.raises(WarehouseError, match="写不了"):
        run()


def test_the_second_load_says_who_holds_the_lock(put, run, tmp_path):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    with (
        builds.only_one_load(tmp_path / "warehouse"),
        pytest.raises(WarehouseError, match=f"进程 {os.getpid()}.*自 20"),
    ):
        run()
    assert run().published is not None


def test_a_load_waits_for_another(put, run, tmp_path):
    import threading

    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    said: list[str] = []
    held = builds.only_one_load(tmp_path / "warehouse")
    held.__enter__()
    timer = threading.Timer(0.3, lambda: held.__exit__(None, None, None))
    timer.start()
    assert run(wait=20, notice=said.append).published is not None
    assert len(said) == 1
    timer.join()


def test_a_folder_that_cannot_be_written(put, run, tmp_path, monkeypatch):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    (tmp_path / "plain").write_text("x")
    with pytest.raises(WarehouseError, match="写不了"):
        run(directory=tmp_path / "plain" / "warehouse")
    if os.geteuid() != 0:  # root may write anywhere
        locked = tmp_path / "locked"
        locked.mkdir(mode=0o500)
        with pytest.raises(WarehouseError, match="写不了"):
            run(directory=locked)


def test_a_full_disk_is_said_and_loses_nothing(put, run, tmp_path, monkeypatch):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    before = run().published

    def full(*_):
        raise OSError(28, "No space left on device")

    put("a.json", {"figures": [["requests_received", 6, TOTAL]]})
    with monkeypatch.context() as patch:
        patch.setattr("shutil.copyfile", full)
        with pytest.raises(WarehouseError, match="磁盘空间不足"):
            run()
    assert current_build(tmp_path / "warehouse").name == before.name


def test_a_build_that_fails_its_checks_is_not_published(put, run, tmp_path, monkeypatch):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    monkeypatch.setattr("etl.warehouse.finish._CHECKS", (("坏了", "select 1"),))
    with pytest.raises(WarehouseError, match="没有通过检查：坏了"):
        run()
    assert current_build(tmp_path / "warehouse") is None


# --- the app's connection ------------------------------------------------------------------------------------------


def test_the_apps_connection_reaches_nothing_else(put, run, tmp_path):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    run()
    build, con = open_current(tmp_path / "warehouse")
    with contextlib.closing(con):
        assert con.execute("select count(*) from report_v").fetchone() == (build.reports,)
        for statement in (
            "select * from read_text('/etc/hostname')",
            "attach ':memory:' as other",
            "copy report to 'x.csv'",
            "install fts",
            "set enable_external_access = true",
            "delete from report",
        ):
            with pytest.raises(duckdb.Error):
                con.execute(statement)
        _, again = open_current(tmp_path / "warehouse")  # beside the first: a download while a page is open
        with contextlib.closing(again), pytest.raises(duckdb.Error):
            again.execute("copy report to 'x.csv'")


def test_an_older_schema_is_carried_over(put, run, tmp_path, monkeypatch):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    one = run()
    monkeypatch.setattr("etl.warehouse.loader.schema_version", lambda: "newer")
    monkeypatch.setattr("etl.warehouse.writer.schema_version", lambda: "newer")
    monkeypatch.setattr("etl.warehouse.loader.fingerprint", lambda root: "newer")
    two = run()
    assert two.read == 0
    assert content_hash(two.published) == content_hash(one.published)


# --- corrections ---------------------------------------------------------------------------------------------------


@pytest.fixture
def corrected(tmp_path):
    root = tmp_path / "registry"
    shutil.copytree(registry.ROOT, root)

    def write(*lines: dict) -> Path:
        (root / "corrections.jsonl").write_text(
            "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8"
        )
        return root

    return write


def test_a_correction_shows_and_its_sum_follows(put, run, corrected):
    put("a.json", {"figures": [[m, 1, TOTAL] for m in DENIED]})
    line = {
        "agency": "岚屿市教育局",
        "year": 2023,
        "metric": DENIED[0],
        "breakdown": "total",
        "old": 1,
        "new": 3,
        "reason": "来函更正",
    }
    root = corrected(line)
    result = run(registry_root=root)
    assert ask(
        result.build,
        "select value, method, corrected, printed_value, correction_reason from metric_value where metric = ?",
        DENIED[0],
    ) == [(3.0, "correction", True, 1.0, "来函更正")]
    assert ask(result.build, "select value, corrected from metric_value where metric = 'requests_denied'") == [
        (10.0, True)
    ]
    assert ask(result.build, "select value from observation where metric_id = ?", DENIED[0]) == [(1.0,)]


def test_a_correction_of_a_correction_keeps_what_was_printed(put, run, corrected):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    line = {"agency": "岚屿市教育局", "year": 2023, "metric": "requests_received", "old": 5, "new": 7, "reason": "来函"}
    result = run(registry_root=corrected(line, {**line, "old": 7, "new": 8, "reason": "再次来函"}))
    assert ask(
        result.build, "select value, printed_value, correction_reason from metric_value where value is not null"
    ) == [(8.0, 5.0, "再次来函")]


def test_a_correction_of_a_sum_of_corrected_figures_keeps_what_was_shown(put, run, corrected):
    put("a.json", {"figures": [[m, 1, TOTAL] for m in DENIED]})
    part = {"agency": "岚屿市教育局", "year": 2023, "metric": DENIED[0], "old": 1, "new": 3, "reason": "来函"}
    whole = {**part, "metric": "requests_denied", "old": 10, "new": 11, "reason": "合计另有更正"}
    result = run(registry_root=corrected(part, whole, {**whole, "old": 11, "new": 12, "reason": "再次来函"}))
    assert ask(
        result.build,
        "select value, printed_value, correction_reason from metric_value where metric = 'requests_denied'",
    ) == [(12.0, 10.0, "再次来函")]


def test_a_guard_that_no_longer_fits_is_a_finding(put, run, corrected):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    line = {
        "agency": "岚屿市教育局",
        "year": 2023,
        "metric": "requests_received",
        "old": 4,
        "new": 3,
        "reason": "来函更正",
    }
    result = run(registry_root=corrected(line, {**line, "year": 2019}))
    assert shown(result.build, "requests_received") == [5]
    assert ask(result.build, "select state from correction_v order by line") == [("guard_failed",), ("no_target",)]
    assert ask(result.build, "select rule_id, actual from finding_v order by ordinal") == [
        ("CORRECTION-GUARD", 5.0),
        ("CORRECTION-GUARD", None),
    ]


def test_a_correction_that_fits_two_scopes_changes_neither(put, run, corrected):
    figures = [["requests_received", 5, TOTAL]]
    put("a.json", {"figures": figures}, {"figures": figures, "scope": "government_aggregate"})
    line = {"agency": "岚屿市教育局", "year": 2023, "metric": "requests_received", "old": 5, "new": 6, "reason": "试"}
    result = run(registry_root=corrected(line, line | {"scope": "own_agency"}))
    values = "select scope, value from metric_value where metric = 'requests_received' order by scope"
    assert ask(result.build, values) == [("government_aggregate", 5), ("own_agency", 6)]
    assert ask(result.build, "select state from correction_v order by line") == [("guard_failed",), ("applied",)]


def test_only_rates_of_figures_that_are_held_are_worked_out(put, run, monkeypatch):
    """Also those of a sum that no form prints. A plan for each rate costs a small load more than its figures do."""
    asked, step = [], finish._run
    monkeypatch.setattr(finish, "_run", lambda con, text, more=None: asked.append(more) or step(con, text, more))
    put("a.json", {"figures": [["requests_received", 40, TOTAL], *((m, 1, TOTAL) for m in DENIED)]})
    build = run().build
    names = {name for name in registry.load_indicators() if {"indicator": name} in asked}
    made = {
        name
        for (name,) in ask(build, "select distinct indicator from indicator_value where indicator like 'denial_mix%'")
    }
    assert made and made <= names and len(names) <= 12, names


def test_a_rate_needs_every_part_of_its_denominator(put, run):
    put(
        "a.json",
        {
            "figures": [
                ["requests_received", 30, TOTAL],
                ["requests_carried_in", None, TOTAL],
                ["requests_carried_out", 6, TOTAL],
            ]
        },
    )
    query = "select numerator, denominator, value, status from indicator_value where indicator = 'carry_out_rate'"
    assert ask(run().build, query) == [(None, None, None, "partial")]


def test_a_new_correction_publishes_without_reading(put, run, corrected):
    put("a.json", {"figures": [["requests_received", 5, TOTAL]]})
    root = corrected()
    run(registry_root=root)
    corrected(
        {
            "agency": "岚屿市教育局",
            "year": 2023,
            "metric": "requests_received",
            "old": 5,
            "new": 3,
            "reason": "来函更正",
        }
    )
    result = run(registry_root=root)
    assert (result.read, shown(result.build, "requests_received")) == (0, [3])


# --- bodies, residents, rules ------------------------------------------------------------------------------------------


def test_a_name_with_and_without_the_divisions_above_it_is_one_body(put, run):
    place = {"adcode": "320813", "city": "淮安市", "level": None}
    put("a.json", {"agency": "洪泽区人民政府", "year": 2023, "figures": [["requests_received", 5, TOTAL]], **place})
    put(
        "b.json",
        {"agency": "淮安市洪泽区人民政府", "year": 2022, "figures": [["requests_received", 4, TOTAL]], **place},
    )
    put("c.json", {"agency": "淮安市洪泽区教育局", "year": 2022, "figures": [["requests_received", 3, TOTAL]], **place})
    result = run()
    assert ask(result.build, "select name, aliases from agency order by 1") == [
        ("洪泽区人民政府", ["淮安市洪泽区人民政府"]),
        ("淮安市洪泽区教育局", []),
    ]
    assert ask(result.build, "select count(distinct agency_id) from metric_value where agency = '洪泽区人民政府'") == [
        (1,)
    ]


def test_a_renaming_that_holds_everywhere_keeps_the_history(put, run):
    put(
        "a.json",
        {"agency": "岚屿市安全生产监督管理局", "year": 2017, "form": "2014", "figures": [["requests_received", 5]]},
    )
    put(
        "b.json",
        {"agency": "岚屿市应急管理局", "year": 2019, "form": "2019", "figures": [["requests_received", 6, TOTAL]]},
    )
    result = run()
    assert ask(result.build, "select name, aliases from agency") == [("岚屿市应急管理局", ["岚屿市安全生产监督管理局"])]


def test_requests_per_100000_residents_only_where_somebody_gave_the_residents(put, run, tmp_path):
    root = tmp_path / "registry"
    shutil.copytree(registry.ROOT, root)
    government = {"agency": "岚屿市人民政府", "figures": [["requests_received", 50, TOTAL]]}
    put("a.json", government | {"scope": "government_aggregate"}, government | {"scope": "own_agency"})
    query = "select scope, numerator, denominator, value from indicator_value where indicator = 'requests_per_100k'"
    assert ask(run().build, query) == []
    (root / "population.csv").write_text(
        "adcode,year,people,basis\n990100,2020,2000000,试\n990100,2024,1,试\n", encoding="utf-8"
    )
    assert ask(run(registry_root=root).build, query) == [("government_aggregate", 50.0, 2000000.0, 2.5)]


def test_the_share_of_rules_passed(put, run):
    parts = registry.load_metrics()["requests_to_handle"].parts_in("2021")
    figures = [[m, 2, TOTAL] for m in ("requests_received", "requests_carried_in", *parts)]
    put("a.json", {"figures": [*figures, ["requests_received", 2, {"breakdown": "natural_person"}]]})
    for numerator, denominator, value, reliable in ask(
        run().build,
        "select numerator, denominator, value, reliable from indicator_value where indicator = 'data_quality_score'",
    ):
        assert 0 <= numerator <= denominator and reliable
        assert value == pytest.approx(100 * numerator / denominator)


# --- publishing only what changed ----------------------------------------------------------------------------------------


def test_publishing_only_what_changed_gives_what_publishing_everything_gives(put, run, folder, tmp_path, monkeypatch):
    import random

    from etl.warehouse import finish

    rng = random.Random(7)
    places = {"small": tmp_path / "small", "whole": tmp_path / "whole"}
    made: list[bool] = []
    find_dirty = finish.find_dirty
    monkeypatch.setattr(finish, "find_dirty", lambda *a: made.append(find_dirty(*a)) or made[-1])

    def write(name: str, n: int, year: int) -> None:
        body = {
            "agency": f"岚屿市第{n}局",
            "year": year,
            "published_on": rng.choice([None, f"{year + 1}-02-0{rng.randint(1, 9)}"]),
        }
        figures = [["requests_received", rng.randint(0, 9), TOTAL], ["requests_received", rng.randint(0, 9), PROSE]]
        figures += [[m, rng.choice([None, 0, 3, 40]), TOTAL] for m in DENIED] + [
            ["requests_granted", 2, TOTAL],
            ["requests_closed", 30, TOTAL],
        ]
        put(
            name,
            body | {"figures": figures},
            body | {"kind": "work_summary", "form": None, "figures": [["trainings_held", 1, PROSE]]},
        )

    for n in range(30):
        for year in (2022, 2023):
            write(f"{n}-{year}.json", n, year)
    changes = [
        lambda: None,
        lambda: write("3-2023.json", 3, 2023),  # other figures
        lambda: write("new.json", 4, 2021),  # a year more
        lambda: write("second.json", 5, 2023),  # the same report published again
        lambda: write("7-2022.json", 31, 2022),  # another agency
        lambda: (folder / "9-2023.json").unlink(),
        lambda: (folder / "bad.json").write_text("坏", encoding="utf-8"),
    ]
    for change in changes:
        change()
        builds_made = {}
        for name, share in (("small", 0.5), ("whole", -1)):
            monkeypatch.setattr(finish, "SMALL_SHARE", share)
            builds_made[name] = run(directory=places[name], prune=True).build
        assert content_hash(builds_made["small"]) == content_hash(builds_made["whole"])
    assert sum(made) == len(changes) - 1
