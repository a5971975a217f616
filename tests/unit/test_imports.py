"""Rows that come already extracted: JSON lines of `extract` and the spreadsheet template. Agencies are those of the fictional province."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from pathlib import Path

import openpyxl
import pytest

from etl.extract import as_json, extract_bytes, extract_file
from etl.imports import holds_rows, read_rows, write_template
from etl.model import SourceError
from etl.registry import load_import, load_metrics, load_regions
from etl.warehouse import load
from etl.warehouse.export import export_build
from etl.warehouse.workers import read_one
from tests.unit.test_warehouse import TOTAL, ask, fake_extract, find

CITY = next(r for r in load_regions() if r.adcode.startswith("99") and r.level == "city")
OFFICE = f"{CITY.name}教育局"
RECEIVED = load_metrics()["requests_received"].name
HEADINGS = [c.name for c in load_import().columns]
PAGE = f"""<html><head><title>{OFFICE}2023年政府信息公开工作年度报告</title></head><body>
<h1>{OFFICE}2023年政府信息公开工作年度报告</h1><p>一、总体情况</p><p>2023年，我局收到政府信息公开申请7件，主动公开政府信息120条。</p>
<p>二、主动公开政府信息情况</p><p>三、收到和处理政府信息公开申请情况</p><p>四、政府信息公开行政复议、行政诉讼情况</p>
<p>五、存在的主要问题及改进情况</p><p>六、其他需要报告的事项</p></body></html>"""


@pytest.fixture
def sheet(tmp_path):
    """Writes rows (dicts by column id) as a filled template."""

    def write(*rows: dict, name: str = "填报.csv") -> Path:
        path = tmp_path / name
        table = [HEADINGS, *([str(row.get(c.id, "")) for c in load_import().columns] for row in rows)]
        if name.endswith(".csv"):
            out = io.StringIO()
            csv.writer(out).writerows(table)
            path.write_text(out.getvalue(), encoding="utf-8-sig")
        else:
            book = openpyxl.Workbook()
            book.active.title = load_import().sheet
            for row in table:
                book.active.append([float(cell) if cell.replace(".", "").isdigit() else cell for cell in row])
            book.save(path)
        return path

    return write


def row(**more) -> dict:
    return {"agency": OFFICE, "year": 2023, "metric": RECEIVED, "value": 12} | more


# --- the template ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["填报.csv", "填报.xlsx"])
def test_a_filled_template(sheet, name):
    path = sheet(
        row(),
        row(breakdown="自然人", value="1,011"),
        row(metric="proactive_disclosures", value="", source="第3页"),
        name=name,
    )
    assert holds_rows(path)
    (report,), wrong = read_rows(path)
    assert wrong == []
    who = report.identity
    assert (who.agency, who.city, who.adcode, who.year, who.scope, who.fictional) == (
        OFFICE,
        CITY.name,
        CITY.adcode,
        2023,
        "own_agency",
        True,
    )
    assert (who.kind, report.form, report.imported) == ("annual_report", "2021", True)
    assert [(o.metric, o.breakdown, o.value, o.status, o.method, o.raw) for o in report.observations] == [
        ("requests_received", "total", 12, "reported", "imported", "12"),
        ("requests_received", "natural_person", 1011, "reported", "imported", "1,011"),
        ("proactive_disclosures", None, None, "blank", "imported", ""),
    ]
    assert report.observations[1].locator == {"row": 2, "column": 5, "cell": "F3"}


def test_every_agency_year_kind_and_scope_is_a_report(sheet):
    path = sheet(
        row(),
        row(year="2022年"),
        row(kind="工作总结"),
        row(scope="全地区汇总"),
        row(agency=CITY.name),
        row(metric="新收申请", breakdown="商业企业"),
    )
    reports, wrong = read_rows(path)
    assert wrong == []
    assert [
        (r.identity.agency, r.identity.year, r.identity.kind, r.identity.scope, len(r.observations)) for r in reports
    ] == [
        (OFFICE, 2023, "annual_report", "own_agency", 2),
        (OFFICE, 2022, "annual_report", "own_agency", 1),
        (OFFICE, 2023, "work_summary", "own_agency", 1),
        (OFFICE, 2023, "annual_report", "government_aggregate", 1),
        (f"{CITY.name}人民政府", 2023, "annual_report", "unknown", 1),
    ]


@pytest.mark.parametrize(
    ("scope", "meant"),
    [("全地区汇总", "government_aggregate"), ("本地区汇总", "government_aggregate"), ("汇总", "government_aggregate"), ("本级", "own_agency"),
     ("范围未注明", "unknown"), ("未写明", "unknown"), ("unknown", "unknown")],
)  # fmt: skip
def test_the_words_of_the_pages_of_earlier_templates_and_the_ids_are_taken(sheet, scope, meant):
    (report,), wrong = read_rows(sheet(row(scope=scope)))
    assert (report.identity.scope, wrong) == (meant, [])


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"value": "十二"}, "第3行F3单元格“数值”：“十二”不是数"),
        ({"value": "-3"}, "是负数"),
        ({"value": "12.5"}, "“12.5”不是整数"),
        ({"value": "=1+1"}, "不是数"),
        ({"value": "1e400"}, "不是数"),
        ({"value": "12件"}, "不是数"),
        ({"value": "1,2"}, "不是数"),
        ({"year": "去年"}, "第3行C3单元格“年度”：“去年”不是年度"),
        ({"year": "3023"}, "“3023”不是年度"),
        ({"metric": "无此指标"}, "没有指标“无此指标”"),
        ({"breakdown": "外国人"}, "没有申请人类别“外国人”"),
        ({"metric": "proactive_disclosures", "breakdown": "自然人"}, "不分申请人"),
        ({"agency": "教育局"}, "看不出在哪个市县"),
        ({"agency": "鼓楼区教育局"}, "请填区划代码"),
        ({"agency": "12345"}, "不像机关名称"),
        ({"agency": "我市教育局", "adcode": CITY.adcode}, "不是全称，请写明地名"),
        ({"adcode": "123456"}, "区划表中没有代码“123456”"),
        ({"adcode": "370303"}, "不符"),
        ({"agency": "鼓楼区教育局", "adcode": "320000"}, "有几处“鼓楼区教育局”"),
        ({"scope": "全国"}, "应为 本机关、全地区汇总、范围未注明 之一"),
        ({"kind": "通知"}, "应为 年度报告、工作总结 之一"),
        ({"qualifier": "大概"}, "应为 确数、约、以上、不足 之一"),
        ({"published_on": "2024-13-01"}, "应写作 2024-01-20"),
        ({"published_on": "2023-01-20"}, "2023-01-20 时2023年度还没有结束"),
        ({"form": "2030"}, "没有表式“2030”"),
        ({"unit": "万元"}, "不是“本年新收政府信息公开申请数量”的单位"),
        ({"metric": "administrative_fees", "unit": "元"}, "以万元计，请换算成万元"),
        ({}, "与第2行重复"),
        (
            {"metric": "proactive_disclosures", "published_on": "2024-01-02"},
            "“公布日期”：与同一机关、年度前面的行不一致",
        ),
        ({"metric": "proactive_disclosures", "form": "2019"}, "“表式”：与同一机关、年度前面的行不一致"),
    ],
)
def test_a_wrong_row_is_listed_with_cell_and_reason_and_the_rest_is_taken(sheet, wrong, said):
    reports, listed = read_rows(sheet(row(), row(**wrong), row(year=2021)))
    assert [len(r.observations) for r in reports] == [1, 1]
    assert len(listed) == 1 and said in listed[0] and listed[0].startswith("第3行")


def test_what_a_metric_allows(sheet):
    """A change may be negative, money has decimals, and 总计 is no applicant of a metric that has none."""
    given = [
        ("licensing_items_change", "-4", ""),
        ("administrative_fees", "36.5", ""),
        ("proactive_disclosures", "120", "总计"),
    ]
    (report,), wrong = read_rows(sheet(*(row(metric=m, value=v, breakdown=b) for m, v, b in given)))
    assert wrong == []
    assert [(o.metric, o.value, o.breakdown) for o in report.observations] == [(m, float(v), None) for m, v, _ in given]


def test_a_work_summary_has_no_form(sheet):
    (report,), _ = read_rows(sheet(row(kind="工作总结")))
    assert report.form is None


@pytest.mark.parametrize("code", ["990000", "990100", "990102"])
def test_the_place_is_the_one_that_the_name_says(sheet, code):
    """An office may write the code of the district where it stands, or of its province."""
    (report,), wrong = read_rows(sheet(row(adcode=code)))
    who = report.identity
    assert (who.adcode, who.city, who.county, who.level, wrong) == (CITY.adcode, CITY.name, None, "city", [])


def test_a_bare_name_takes_its_place_from_the_code(sheet):
    (report,), wrong = read_rows(sheet(row(agency="市教育局", adcode=CITY.adcode)))
    assert (report.identity.agency, report.identity.adcode, wrong) == (OFFICE, CITY.adcode, [])
    (report,), wrong = read_rows(sheet(row(agency="教育局", adcode=CITY.adcode)))
    assert (report.identity.adcode, report.identity.level, wrong) == (CITY.adcode, "city", [])


def test_more_rows_than_may_be_are_refused(sheet, monkeypatch):
    from etl.imports import template

    few = load_import().model_copy(update={"most_rows": 1})
    monkeypatch.setattr(template, "load_import", lambda: few)
    with pytest.raises(SourceError, match="超过 1 行"):
        read_rows(sheet(row(), row(year=2022)))


def test_a_code_tells_which_place_a_name_means(sheet):
    gulou = next(r for r in load_regions() if r.name == "鼓楼区" and r.level == "county" and r.valid_to == 9999)
    (report,), wrong = read_rows(sheet(row(agency="鼓楼区教育局", adcode=gulou.adcode)))
    assert wrong == []
    assert (report.identity.adcode, report.identity.county, report.identity.fictional) == (
        gulou.adcode,
        "鼓楼区",
        False,
    )


@pytest.mark.parametrize("text", ["", "/", "不适用"])
def test_nothing_and_not_applicable_are_no_zero(sheet, text):
    (report,), _ = read_rows(sheet(row(value=text)))
    assert [(o.value, o.status) for o in report.observations] == [(None, "blank" if not text else "not_applicable")]


@pytest.mark.parametrize(
    ("metric", "year", "unit", "shown"),
    [
        ("information_fees", 2015, "", "万元"), ("information_fees", 2023, "", "元"), ("information_fees", 2015, "元", "元"),
        ("administrative_fees", 2023, "万元", "万元"), ("procurement_amount", 2019, "", "按原文"), ("requests_received", 2023, "件次", "件次"),
    ],
)  # fmt: skip
def test_the_unit_is_the_one_given_or_that_of_the_form(sheet, metric, year, unit, shown):
    reports, _ = read_rows(sheet(row(metric=metric, year=year, unit=unit)))
    assert reports[0].observations[0].unit == shown


def test_columns_may_be_fewer_and_in_another_order(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(f"数值,指标,年度,机关全称\n5,requests_received,2023,{OFFICE}\n".encode("gb18030"))
    (report,), wrong = read_rows(path)
    assert (report.observations[0].value, wrong) == (5, [])


def test_a_missing_column_is_named(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text(f"指标,年度,机关全称\nrequests_received,2023,{OFFICE}\n", encoding="utf-8")
    assert holds_rows(path)
    with pytest.raises(SourceError, match="第1行缺少“数值”一列"):
        read_rows(path)


@pytest.mark.parametrize("text", ["", "甲,乙\n1,2\n", "机关全称,年度,层级\n甲,2,市级\n", "<html>", "\x00\x01"])
def test_other_tables_are_no_template(tmp_path, text):
    path = tmp_path / "a.csv"
    path.write_text(text, encoding="utf-8")
    assert not holds_rows(path)
    (tmp_path / "b.xlsx").write_text(text, encoding="utf-8")
    assert not holds_rows(tmp_path / "b.xlsx")


def test_the_written_template_is_one_and_its_example_is_no_data(tmp_path):
    for path in [*write_template(tmp_path / "dir"), *write_template(tmp_path / "mine.xlsx")]:
        assert holds_rows(path)
        with pytest.raises(SourceError, match="只有表头"):
            read_rows(path)


# --- JSON lines ------------------------------------------------------------------------------------------------------


def line(**more) -> dict:
    (report,) = extract_bytes("甲/年报.html", PAGE.encode())
    return as_json(report) | more


def write_lines(path: Path, *entries) -> Path:
    path.write_text(
        "".join((e if isinstance(e, str) else json.dumps(e, ensure_ascii=False)) + "\n" for e in entries),
        encoding="utf-8",
    )
    return path


def test_what_extract_printed_comes_back_as_imported(tmp_path):
    said = line()
    assert {o["metric"] for o in said["observations"]} >= {"requests_received", "proactive_disclosures"}
    (report,), wrong = read_rows(write_lines(tmp_path / "a.jsonl", said))
    assert wrong == []
    back = json.loads(json.dumps(as_json(report), ensure_ascii=False))
    for o in back["observations"]:
        assert (o["method"], o["locator"].pop("extracted_as")) == ("imported", "narrative")
        o["method"] = "narrative"
    assert back == json.loads(json.dumps(said, ensure_ascii=False))


def observation(**more) -> dict:
    return {
        "metric": "requests_received", "breakdown": "total", "value": 3, "unit": "件", "status": "reported", "qualifier": "exact",
        "method": "table", "raw": "3", "quote": "甲 | 3", "locator": {"table": 3, "row": 1, "column": 2},
    } | more  # fmt: skip


def test_the_tables_row_comes_before_the_proses_which_becomes_a_finding(tmp_path):
    prose = observation(breakdown=None, value=4, method="narrative")
    (report,), _ = read_rows(write_lines(tmp_path / "a.jsonl", line(observations=[prose, observation()])))
    assert [(o.value, o.locator["extracted_as"]) for o in report.observations] == [(3, "table")]
    assert [(f.rule, f.expected, f.actual) for f in report.findings if f.rule.startswith("IMPORT")] == [
        ("IMPORT-PROSE", 3, 4)
    ]


def lines_of(tmp_path, *observations, **more) -> tuple:
    """The report of one line with these observations, and what of it was wrong."""
    (report,), wrong = read_rows(write_lines(tmp_path / "a.jsonl", line(observations=list(observations), **more)))
    return report, wrong


def test_two_conflicting_figures_both_stay_and_say_nothing_of_each_other(tmp_path):
    two = [observation(breakdown=None, value=v, method="narrative", status="conflicting") for v in (4, 5)]
    report, wrong = lines_of(tmp_path, *two)
    assert ([o.value for o in report.observations], wrong) == ([4, 5], [])
    assert not [f for f in report.findings if f.rule == "IMPORT-PROSE"]


def test_prose_that_says_the_same_as_the_table_is_no_finding(tmp_path):
    report, _ = lines_of(tmp_path, observation(), observation(breakdown=None, method="narrative"))
    assert len(report.observations) == 1 and not [f for f in report.findings if f.rule == "IMPORT-PROSE"]


def test_a_stated_part_keeps_its_words_and_a_figure_of_some_months_says_so(tmp_path):
    report, wrong = lines_of(tmp_path, observation(breakdown="网络申请", method="narrative", part_year=True))
    assert ([(o.breakdown, o.part_year) for o in report.observations], wrong) == ([("网络申请", True)], [])


def test_what_is_no_report_has_no_figures(tmp_path):
    report, wrong = lines_of(tmp_path, observation(), kind="other", reason="预算")
    assert report.observations == [] and "other 没有数值" in wrong[0]


def test_the_head_comes_back_too(tmp_path):
    report, _ = lines_of(tmp_path, adcode="990100", period=["2023-01-01", "2023-11-30"])
    assert report.identity.fictional and report.identity.period == ("2023-01-01", "2023-11-30")


def test_a_plan_comes_back_with_its_wrong_entries_named(tmp_path):
    plan = {"columns": [{"names": ["机构职能"], "frequency": "每月"}, {"names": 7}], "tasks": [{"text": "做一件事", "path": ["一、总则"]}]}  # fmt: skip
    (report,), wrong = read_rows(write_lines(tmp_path / "a.jsonl", line(kind="work_plan", observations=[], plan=plan)))
    assert [c.names for c in report.plan.columns] == [["机构职能"]] and [t.text for t in report.plan.tasks] == ["做一件事"]  # fmt: skip
    assert len(wrong) == 1 and "plan.columns.1.names" in wrong[0]


def test_lines_and_observations_beyond_the_limits_are_named(tmp_path, monkeypatch):
    from etl.imports import lines

    few = load_import().model_copy(update={"most_observations": 1, "line_characters": 20_000})
    monkeypatch.setattr(lines, "load_import", lambda: few)
    good = line(observations=[observation(), observation(breakdown="business")], findings=[])
    (report,), wrong = read_rows(write_lines(tmp_path / "a.jsonl", good, line(part=2, title="长" * 20_000)))
    assert len(report.observations) == 1
    assert len(wrong) == 2 and "数值超过 1 条" in wrong[0] and wrong[1].startswith("第2行：超过")


def test_two_files_of_the_same_bytes_are_two_reports(tmp_path):
    reports, wrong = read_rows(write_lines(tmp_path / "a.jsonl", line(), line(document="乙/年报.html")))
    assert (len(reports), wrong) == (2, [])


def test_a_file_too_large_to_be_rows_is_refused(tmp_path, monkeypatch):
    from etl import imports

    path = write_lines(tmp_path / "a.jsonl", line())
    small = imports.limits().model_copy(update={"rows_bytes": 10, "file_bytes": 10})
    monkeypatch.setattr(imports, "limits", lambda: small)
    with pytest.raises(SourceError, match="文件超过"):
        read_rows(path)
    table = tmp_path / "大.csv"
    table.write_text(f"机关全称,年度,指标,数值\n{OFFICE},2023,requests_received,1\n", encoding="utf-8")
    assert holds_rows(table)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ({"part": 0}, "第2行，字段 part"),
        ("{", "第2行：不是完整的 JSON"),
        ('{"document": NaN}', "第2行：不是完整的 JSON"),
        ("[" * 5000, "第2行：不是完整的 JSON"),
        ({"document": "x"}, "第2行，字段 part：缺少这个字段"),
        ({"kind": "budget"}, "第2行，字段 kind"),
        ({"sha256": "x"}, "第2行，字段 sha256"),
        ({"adcode": "1"}, "第2行，字段 adcode"),
        ({"observations": [observation(value="3")]}, "第2行，字段 observations.0.value"),
        ({"observations": [observation(value=True)]}, "第2行，字段 observations.0.value"),
        ({"observations": [observation(value=10**400)]}, "第2行，字段 observations.0.value"),
        ({"observations": [observation(value=None)]}, "状态 reported 与数值 None 不符"),
        ({"observations": [observation(status="blank")]}, "状态 blank 与数值 3 不符"),
        ({"observations": [observation(metric="made_up")]}, "metrics.yml 中没有指标 made_up"),
        ({"observations": [observation(breakdown="外国人")]}, "没有申请人类别"),
        ({"observations": [observation(locator={"table": 3000})]}, "observations.0.locator.table"),
        ({"observations": [7]}, "第2行，字段 observations.0"),
        ("same", "第2行：与第1行是同一份报告"),
    ],
)
def test_a_wrong_line_is_listed_and_the_rest_is_taken(tmp_path, bad, said):
    good = line()
    entry = (
        bad
        if isinstance(bad, str) and bad != "same"
        else good
        if bad == "same"
        else bad
        if "document" in bad
        else line(**{"part": 2} | bad)
    )
    reports, wrong = read_rows(write_lines(tmp_path / "a.jsonl", good, entry, line(part=3)))
    assert len(wrong) == 1 and said in wrong[0]
    assert {1, 3} <= {r.part for r in reports}


def test_a_file_without_a_good_line_is_set_aside(tmp_path):
    with pytest.raises(SourceError, match="没有一行可用"):
        read_rows(write_lines(tmp_path / "a.jsonl", "{", "x"))


# --- in the warehouse ------------------------------------------------------------------------------------------------


@pytest.fixture
def run(tmp_path):
    def do(*paths):
        return load(paths, directory=tmp_path / "warehouse", extract=fake_extract, find=find, extractor="1", workers=1)

    return do


def test_imported_rows_fill_what_no_report_says_and_never_replace_it(sheet, run, tmp_path):
    folder = tmp_path / "files"
    folder.mkdir()
    figures = [["requests_received", 5, TOTAL]]
    (folder / "a.json").write_text(
        json.dumps([{"agency": OFFICE, "city": CITY.name, "adcode": CITY.adcode, "figures": figures}]), encoding="utf-8"
    )
    rows = sheet(row(value=9), row(metric="proactive_disclosures", value=120), row(value="x", year=2022))
    for paths in ([folder, rows], [rows], [folder, rows]):
        result = run(*paths)
    assert len(result.wrong_rows) == 1
    assert ask(result.build, "select metric, value, method from metric_value where method <> 'derived' order by 1") == [
        ("proactive_disclosures", 120.0, "imported"),
        ("requests_received", 5.0, "table"),
    ]
    assert ask(result.build, "select imported, is_current from report_v order by 1") == [(False, True), (True, False)]
    assert ask(result.build, "select len(wrong_rows) from source_v where path = ?", str(rows)) == [(1,)]
    (folder / "a.json").unlink()
    result = load(
        [folder, rows], directory=tmp_path / "warehouse", extract=fake_extract, find=find, extractor="1", prune=True
    )
    assert ask(result.build, "select value, method from metric_value where metric = 'requests_received'") == [
        (9.0, "imported")
    ]
    assert ask(result.build, "select imported, is_current from report_v") == [(True, True)]


def test_a_document_and_its_own_extraction_are_two_reports(run, tmp_path):
    (tmp_path / "a.json").write_text("[{}]", encoding="utf-8")
    (own,) = fake_extract(tmp_path / "a.json")
    (tmp_path / "b.jsonl").write_text(json.dumps(as_json(own), ensure_ascii=False), encoding="utf-8")
    result = run(tmp_path / "a.json", tmp_path / "b.jsonl")
    assert ask(result.build, "select count(distinct report_id), count(*) from report") == [(2, 2)]


# --- rows inside an archive ------------------------------------------------------------------------------------------


def packed(path: Path, **members: bytes) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return path


@pytest.fixture
def members(sheet):
    """One member of each kind: a page, lines of `extract`, a filled template; each of another year."""
    (said,) = extract_bytes("b.html", PAGE.replace("2023年", "2022年").encode())
    return {
        "a.html": PAGE.encode(),
        "b.jsonl": json.dumps(as_json(said), ensure_ascii=False).encode(),
        "c.xlsx": sheet(row(year=2021), row(year=2020, value="x"), name="c.xlsx").read_bytes(),
    }


def load_zip(path: Path, place: Path):
    return load([path], directory=place, workers=1)


def test_rows_inside_an_archive_are_imported_beside_its_reports(members, tmp_path):
    result = load_zip(packed(tmp_path / "报送.zip", **members), tmp_path / "w")
    assert result.set_aside == [] and len(result.wrong_rows) == 1
    assert result.wrong_rows[0][1].startswith("c.xlsx 第3行")
    assert ask(result.build, "select year, imported from report_v order by year") == [
        (2021, True),
        (2022, True),
        (2023, False),
    ]


def test_an_archive_of_rows_only(members, tmp_path):
    del members["a.html"]
    result = load_zip(packed(tmp_path / "报送.zip", **members), tmp_path / "w")
    assert (result.set_aside, result.published.reports) == ([], 2)


@pytest.mark.parametrize(
    "bad", [{"a.html": b""}, {"b.jsonl": b"[]"}, {"c.csv": ",".join(HEADINGS).encode()}, {"d.html": b"\x00\x01"}]
)
def test_a_bad_member_leaves_the_others_of_the_archive(members, tmp_path, bad):
    result = load_zip(packed(tmp_path / "报送.zip", **(members | bad)), tmp_path / "w")
    assert result.set_aside == []
    assert result.published.reports == len(members) - sum(name in members for name in bad)


def test_one_report_in_two_members_is_one(members, tmp_path):
    result = load_zip(packed(tmp_path / "报送.zip", **members, **{"z.jsonl": members["b.jsonl"]}), tmp_path / "w")
    assert result.published.reports == 3 and any("另一个文件里已有" in said for _, said in result.wrong_rows)


def test_the_same_page_alone_twice_in_an_archive_and_in_another_one(tmp_path):
    page = PAGE.encode()
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "a.html").write_bytes(page)
    packed(tmp_path / "files" / "一.zip", **{"x/a.html": page, "y/a.html": page})
    packed(tmp_path / "files" / "二.zip", **{"x/a.html": page, "b.html": PAGE.replace("2023年", "2022年").encode()})
    result = load_zip(tmp_path / "files", tmp_path / "w")
    assert result.set_aside == []
    assert ask(result.build, "select count(*), count(distinct report_id) from report where year = 2023") == [(4, 4)]
    assert ask(result.build, "select count(*) from report_v where is_current") == [(2,)]


def test_what_export_wrote_is_set_aside(sheet, tmp_path):
    filled = sheet(row())
    build = load([filled], directory=tmp_path / "warehouse", workers=1).build
    written = export_build(build, tmp_path / "out", "csv") + export_build(
        build, tmp_path / "people", "csv", spreadsheet=True
    )
    files = [path for path in written if path.suffix != ".json"]  # which no folder is searched for
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as packed:
        for path in files[:3]:
            packed.write(path, path.name)
    for path in [*files, tmp_path / "all.zip"]:
        reports, outcome = read_one(extract_file, path)
        assert (reports, outcome.wrong_rows) == ([], []), path.name
        assert "是本系统导出的数据，不是报告" in outcome.reason, path.name
        assert "export --template" in outcome.advice
    result = load([filled, tmp_path / "out"], directory=tmp_path / "warehouse", workers=1)
    assert (result.build.reports, len(result.set_aside)) == (1, len(files) // 2)


def test_a_template_with_ids_for_headings_is_no_export(tmp_path):
    path = tmp_path / "ids.csv"
    path.write_text(f"agency,year,metric,value,city\n{OFFICE},2023,requests_received,12,\n", encoding="utf-8")
    assert holds_rows(path)
    assert read_rows(path)[0][0].observations[0].value == 12
