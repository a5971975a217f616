"""The fictional province: invented names only, consistent figures, the same bytes every time."""

from __future__ import annotations

import csv
import hashlib
import itertools
import json
import re

import opencc
import pytest

from etl.demo import KINDS, TABLE_LAYOUTS, stream_reports, write_province
from etl.demo.figures import load_regions
from etl.demo.prose import _templates
from etl.model import APPLICANTS
from etl.registry import ROOT, load_demo, load_metrics

SUFFIX = re.compile(
    r"(特别行政区|自治区|自治州|自治县|自治旗|地区|街道|苏木|林区|矿区|新区|省|市|县|区|镇|乡|旗|盟|州)$"
)


@pytest.fixture(scope="module")
def province(tmp_path_factory):
    return write_province(tmp_path_factory.mktemp("province"))


def test_no_name_of_the_province_is_real():
    path = ROOT / "regions.csv"
    if not path.exists():
        pytest.skip("data/registry/regions.csv is not there")
    with path.open(encoding="utf-8") as file:
        rows = [(r["adcode"], r["name"]) for r in csv.DictReader(file)]
    real = {name for _, name in rows} | {SUFFIX.sub("", name) for _, name in rows}
    codes = {code for code, _ in rows}
    for region in load_regions():
        stem = SUFFIX.sub("", region.name)
        assert len(stem) >= 2 and stem not in real and region.name not in real
        assert region.adcode.startswith("99") and region.adcode not in codes


def test_regions_form_a_tree_of_distinct_names():
    regions = {r.adcode: r for r in load_regions()}
    assert len({r.name for r in regions.values()}) == len(regions)
    above = {"city": "province", "county": "city", "township": "county"}
    for r in regions.values():
        assert (r.parent is None) == (r.level == "province")
        if r.parent:
            assert regions[r.parent].level == above[r.level] and r.adcode.startswith(r.parent.rstrip("0")[:4])


def test_every_metric_of_tables_and_sentences_is_declared():
    known = set(load_metrics())
    for template in itertools.chain.from_iterable(_templates().values()):
        assert set(template.zero) <= known
        assert {p.name for p in template.pieces if not isinstance(p, str) and p.kind == "figure"} <= known
    demo = load_demo()
    for sections in demo.table2.values():
        assert {m for s in sections for row in s.rows for m in row[1:]} <= known
    assert {row[2] for row in demo.statistics.rows if len(row) == 3} <= known


def test_a_sentence_states_a_metric_once():
    for group, templates in _templates().items():
        for template in templates:
            names = [p.name for p in template.pieces if not isinstance(p, str) and p.kind == "figure" and not p.part]
            assert len(names) == len(set(names)) and not set(names) & set(template.zero), group


def test_traditional_script_loses_nothing():
    there, back = opencc.OpenCC("s2t"), opencc.OpenCC("t2s")
    texts = [r.name for r in load_regions()]
    texts += [s if isinstance(s, str) else s.text for group in load_demo().sentences.values() for s in group]
    for text in texts:
        assert back.convert(there.convert(text)) == text


def test_same_seed_same_bytes_other_seed_other_bytes(tmp_path):
    def digest(name: str, seed: int) -> str:
        write_province(tmp_path / name, cities=1, agencies=2, years=(2020, 2021, 2022), seed=seed)
        files = sorted(p for p in (tmp_path / name).rglob("*") if p.is_file())
        return hashlib.sha256(
            b"".join(str(p.relative_to(tmp_path / name)).encode() + p.read_bytes() for p in files)
        ).hexdigest()

    assert digest("a", 7) == digest("b", 7) != digest("c", 8)


def test_the_province_has_about_five_hundred_reports_in_every_layout(province):
    assert 450 <= len(province.reports) <= 650
    assert {r["layout"] for r in province.reports} == set(TABLE_LAYOUTS)
    assert {r["kind"] for r in province.reports} == {"annual_report", "work_summary", "work_plan"}
    assert {r["year"] for r in province.reports} == set(range(2019, 2026))
    assert province.missing
    lines = (province.directory / "truth.jsonl").read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == province.reports
    assert all((province.directory / r["document"]).stat().st_size for r in province.reports)


def test_every_kind_of_fault_is_planted_and_clean_reports_add_up(province):
    assert {f["kind"] for r in province.reports for f in r["faults"]} - {"old_form"} == set(KINDS)
    clean = [r for r in province.reports if r["kind"] == "annual_report" and not r["faults"] and not r["consequences"]]
    assert len(clean) > 400
    for r in clean:
        cell = {(o["metric"], o["breakdown"]): o["value"] for o in r["observations"] if o["method"] == "table"}
        for applicant in APPLICANTS:
            sides = [
                cell[m, applicant]
                for m in ("requests_received", "requests_carried_in", "requests_closed", "requests_carried_out")
            ]
            if None not in sides:
                assert sides[0] + sides[1] == sides[2] + sides[3]
        for course in ("review", "litigation_direct", "litigation_after_review"):
            parts = [cell[f"{course}_{p}", None] for p in ("upheld", "corrected", "other", "pending")]
            assert sum(parts) == cell[f"{course}_total", None]


def test_requests_left_over_are_carried_into_the_next_year(province):
    by_year = {(r["agency"], r["year"]): r for r in province.reports if r["kind"] == "annual_report"}

    def total(report, metric):
        return next(
            (
                o["value"]
                for o in report["observations"]
                if o["metric"] == metric and o["breakdown"] == "total" and o["method"] == "table"
            ),
            None,
        )

    compared = 0
    for (agency, year), report in by_year.items():
        before = by_year.get((agency, year - 1))
        if before is None or any(x["faults"] or x["consequences"] for x in (before, report)):
            continue
        compared += 1
        assert total(before, "requests_carried_out") == total(report, "requests_carried_in")
    assert compared > 300


def test_a_government_adds_up_the_bodies_below_it(tmp_path):
    truth = write_province(tmp_path, cities=2, agencies=3, years=(2023,), faults=None)
    received = {
        r["agency"]: next(
            o["value"]
            for o in r["observations"]
            if (o["metric"], o["breakdown"], o["method"]) == ("requests_received", "total", "table")
        )
        for r in truth.reports
        if r["kind"] == "annual_report"
    }
    for city in ("岚屿市", "澄泽市"):
        departments = sum(v for k, v in received.items() if k.startswith(city) and not k.endswith("人民政府"))
        assert received[f"{city}人民政府"] >= departments


def test_planted_counts_are_what_was_asked_for(tmp_path):
    truth = write_province(tmp_path, cities=2, years=range(2019, 2026), faults=dict.fromkeys(KINDS, 1))
    kinds = [f["kind"] for r in truth.reports for f in r["faults"] if f["kind"] != "old_form"]
    assert sorted(kinds) == sorted(KINDS)
    assert not [
        f
        for r in write_province(tmp_path, cities=1, faults=None).reports
        for f in r["faults"]
        if f["kind"] != "old_form"
    ]


def test_wrong_choices_are_refused(tmp_path):
    for arguments in ({"layouts": ["papyrus"]}, {"faults": {"fire": 1}}, {"cities": 99}, {"years": (1999,)}):
        with pytest.raises(ValueError):
            write_province(tmp_path, **arguments)
    with pytest.raises(ValueError):
        next(stream_reports(1, 1, "papyrus"))


def test_a_stream_gives_distinct_reports_of_the_asked_layout():
    reports = list(stream_reports(60, 3, "word"))
    assert len({name for name, _, _ in reports}) == len({data for _, data, _ in reports}) == 60
    assert all(60_000 < len(data) < 110_000 for _, data, truth in reports if truth["form"] == "2021")
    assert not any(truth["faults"] or truth["consequences"] for _, _, truth in reports if truth["form"] == "2021")
    assert [n for n, _, _ in stream_reports(3, 1)] == [n for n, _, _ in itertools.islice(stream_reports(90000, 1), 3)]


def test_a_faulty_stream_holds_gaps_wrong_figures_and_plans_and_writes_the_rest_unchanged():
    clean = {(t["agency"], t["year"]): (data, t["layout"]) for _, data, t in stream_reports(600, 1)}
    faulty = list(stream_reports(600, 1, faulty=True))
    assert {t["kind"] for _, _, t in faulty} == {"annual_report", "work_summary", "work_plan"}
    assert len({name for name, _, _ in faulty}) == 600
    annual = {(t["agency"], t["year"]): (data, t) for _, data, t in faulty if t["kind"] == "annual_report"}
    agencies = {agency for agency, _ in annual}
    gaps = [key for key in clean if key[0] in agencies and key not in annual]
    assert gaps and all(any(a == agency and y != year for a, y in annual) for agency, year in gaps)
    wrong = {key for key, (_, t) in annual.items() if any(f["kind"] in KINDS for f in t["faults"])}
    assert len(wrong) > 3
    same = [clean[key][0] == annual[key][0] for key in annual if key in clean and key not in wrong]
    assert sum(same) > 0.95 * len(same)  # a fault may change what the next year carries over


def test_years_before_2019_come_as_the_statistics_table():
    for _, _, truth in stream_reports(20, 2, years=(2014, 2018)):
        assert truth["form"] == "2014" and truth["layout"] in (
            "html",
            "word",
            "site",
            "gb18030",
            "markdown",
            "docx",
            "xlsx",
        )
        cell = {o["metric"]: o["value"] for o in truth["observations"] if o["method"] == "table"}
        assert cell["requests_closed_on_time"] + cell["requests_closed_extended"] == cell["requests_closed"]
        assert cell["staff_full_time"] + cell["staff_part_time"] == cell["staff_total"]


def test_every_text_says_that_it_is_fictional(province):
    for report in province.reports:
        if report["document"].endswith((".html", ".txt", ".md")):
            text = (province.directory / report["document"]).read_text(encoding="utf-8")
            plain = re.sub(r"\([a-zāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü]+\)", "", text)
            assert plain.count(load_demo().notice) + plain.count("虛構示例數據") == 1, report["document"]
