"""数据质量 and 指标口径 run with findings, hostile names and none; the files that they give open and hold what they say."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import docx
import pandas as pd
import pytest
from python_calamine import CalamineWorkbook
from streamlit.testing.v1 import AppTest

from etl.check.coverage import roster_template
from etl.warehouse import open_current, queries
from pages.kit import notices
from tests.app import sample

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    wrong = [sample.report("东一市审计局", "880100", 2023, system="审计", city="东一市", received=9, more=(sample.observation("review_upheld", 2, table=4),
             *(sample.observation(f"review_{k}", 0, table=4) for k in ("corrected", "other", "pending")), sample.observation("review_total", 5, table=4)))]  # fmt: skip
    return sample.publish(
        tmp_path_factory.mktemp("quality"), [*sample.reports(False, (2022, 2023)), *sample.hostile_reports(), *wrong]
    )


def open_page(monkeypatch: pytest.MonkeyPatch, warehouse: Path, page: str, **params: str) -> AppTest:
    monkeypatch.setenv("YEARBOOK_WAREHOUSE", str(warehouse))
    app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
    app.switch_page(f"pages/{page}.py")
    for name, value in params.items():
        app.query_params[name] = value
    app.run()
    assert not app.exception, [e.message for e in app.exception]
    return app


@pytest.mark.parametrize(
    "params", [{}, {"severity": "info"}, {"by": "agency", "severity": "error"}, {"by": "city"}, {"by": "year", "rule": "T4-SUM-R"}, {"first": "2023", "city": "880100"}, {"rule": "no such rule"}],
)  # fmt: skip
def test_quality_runs(monkeypatch: pytest.MonkeyPatch, warehouse: Path, params: dict[str, str]) -> None:
    open_page(monkeypatch, warehouse, "quality", **params)


def test_a_wrong_total_is_listed(monkeypatch: pytest.MonkeyPatch, warehouse: Path) -> None:
    app = open_page(monkeypatch, warehouse, "quality", severity="error", rule="T4-SUM-R")
    listed = next(d.value for d in app.dataframe if "说明" in d.value)
    row = listed[listed["机关"] == "东一市审计局"].iloc[0]
    assert (row["报告所载"], row["应为"]) == (5, 2)


def test_what_passed_is_no_problem(warehouse: Path) -> None:
    build, con = open_current(warehouse)
    with contextlib.closing(con):
        states = dict(con.execute("select state, count(*) from finding_v group by all").fetchall())
        listed = queries.status(con)["findings"]
    assert len(states) > 1, "nothing passed: the sample shows nothing"
    assert build.findings == states["fail"] == sum(row["findings"] for row in listed)


@pytest.mark.parametrize("params", [{}, {"show": "forms"}, {"show": "rules"}])
def test_metrics_runs_and_finds_by_wording(
    monkeypatch: pytest.MonkeyPatch, warehouse: Path, params: dict[str, str]
) -> None:
    app = open_page(monkeypatch, warehouse, "metrics", **params)
    before = sum(len(d.value) for d in app.dataframe)
    app.text_input[0].set_value("上年结转").run()
    assert not app.exception
    assert 0 < sum(len(d.value) for d in app.dataframe) < before
    app.text_input[0].set_value("[没有这样的写法(").run()
    assert not app.exception


def rows(**more: Any) -> pd.DataFrame:
    row = {
        "rule_id": "T4-SUM-R", "rule_title": "行政复议各种结果之和应等于总计", "severity": "error", "state": "fail", "agency_id": "a", "agency": "=东一市审计局",
        "city": "东一市", "year": 2023, "metric_name": "行政复议：总计", "breakdown": None, "expected": 2.0, "actual": 5.0, "message": "合2；总计5，相差3",
        "advice": "核对行政复议各格和总计", "quote": "+1|2", "title": "@报告", "document": "a/b.html", "locator": {"table": 4, "row": 1}, "report_id": 1,
        "accepted_by": None, "accepted_reason": None,
    }  # fmt: skip
    return pd.DataFrame([row | more])


def test_the_list_keeps_numbers_and_neutralises_formulas() -> None:
    data = notices.list_bytes(rows(), {}, "问题清单", ["筛选：全部"], "2024-03-01")
    sheet = CalamineWorkbook.from_filelike(io.BytesIO(data)).get_sheet_by_name("问题清单").to_python()
    record = dict(zip(sheet[0], sheet[1], strict=True))
    assert (record["报告所载"], record["机关"], record["原文"], record["位置"]) == (
        5,
        "'=东一市审计局",
        "'+1|2",
        "复议诉讼情况表“行政复议：总计”",
    )
    assert record["应为"] == "2"


def test_the_notice_says_which_cell_what_is_printed_and_what_was_expected() -> None:
    data = notices.notice_bytes(
        rows(agency="东一市审计局"), "东一市审计局", "2023年度", {}, ["来源：测试"], "2024-03-01"
    )
    document = docx.Document(io.BytesIO(data))
    text = "\n".join(p.text for p in document.paragraphs)
    assert "草稿" in text and "东一市审计局：" in text and "2024年3月1日" in text
    cells = [c.text for c in document.tables[0].rows[1].cells]
    assert cells == [
        "1",
        "2023",
        "复议诉讼情况表“行政复议：总计”",
        "5",
        "2",
        "合2；总计5，相差3",
        "核对行政复议各格和总计",
    ]
    assert not any(word in text for word in ("错误", "违规", "责令", "通报批评"))


def test_the_same_list_gives_the_same_bytes() -> None:
    assert notices.list_bytes(rows(), {}, "t", [], "2024-03-01") == notices.list_bytes(
        rows(), {}, "t", [], "2024-03-01"
    )


def test_the_roster_template_reads_back_as_empty() -> None:
    from etl.check.coverage import RosterError, read_roster

    with pytest.raises(RosterError, match="没有机关"):
        read_roster("名册.xlsx", notices.template_bytes(roster_template()))


def test_operands_that_are_no_list_are_none() -> None:
    assert notices.operands_of(json.dumps({"a": 1})) == []
    assert notices.operands_of(None) == []
