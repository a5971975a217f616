"""CSV files open in Excel and pandas, keep blank and nought apart, and carry no formula."""

from __future__ import annotations

import io

import pandas as pd
import pytest

from pages.kit import downloads


def frame() -> pd.DataFrame:
    return pd.DataFrame({
        "name": ["甲局", "乙局", "=1+2局", "丁局"], "agency": ["某市甲局", "某市乙局", "=1+2局", None], "adcode": ["880100"] * 4, "city": ["某市"] * 4,
        "level": ["city"] * 4, "system": ["教育"] * 4, "year": [2023] * 4, "metric_name": ["新收申请"] * 4, "value": [0.0, None, 12.5, 26_800.0],
        "unit": ["件"] * 4, "status": ["reported", "blank", "reported", "reported"], "qualifier": ["exact", None, "at_least", "exact"],
        "method": ["table", None, "narrative", "table"], "scope": ["own_agency"] * 4, "title": ["@SUM(A1)", None, "报告", "报告"],
        "corrected": [False, False, False, True], "fictional": [False] * 4,
    })  # fmt: skip


def test_csv_opens_with_pandas_and_keeps_numbers() -> None:
    data = downloads.csv_bytes(frame(), ["来源：某处", "筛选：2023年度"])
    assert data.startswith(b"\xef\xbb\xbf") and data.count(b"\r\n") == 7
    back = pd.read_csv(io.BytesIO(data), encoding="utf-8-sig")
    assert list(back.columns) == list(downloads.CSV_COLUMNS)
    assert list(back["数值"][:4].fillna(-1)) == [0.0, -1.0, 12.5, 26_800.0]
    assert list(back["状态"][:4]) == ["已报告", "空白", "已报告", "已报告（经更正）"]
    assert list(back["约数"][:3].fillna("")) == ["", "", "以上"]
    assert back["机关"].iloc[3] == "丁局" and back["机关"].iloc[-1] == "【说明】筛选：2023年度"
    assert b"26800," in data and b"26800.0" not in data


def test_a_missing_value_is_empty_and_never_nought() -> None:
    df = frame().assign(status="no_report")
    back = pd.read_csv(io.BytesIO(downloads.csv_bytes(df, [])), encoding="utf-8-sig")
    assert back["数值"].isna().all() and set(back["状态"]) == {"未见报告"}


def test_a_rate_over_a_small_denominator_has_no_value_but_its_n() -> None:
    df = frame().assign(
        status="reported", value=50.0, reliable=[False, *[True] * (len(frame()) - 1)], numerator=1.0, denominator=2.0
    )
    back = pd.read_csv(io.BytesIO(downloads.csv_bytes(df, [])), encoding="utf-8-sig")
    assert back["数值"].isna().tolist() == [True, *[False] * (len(df) - 1)]
    assert back["状态"].iloc[0] == "分母过小 —（n=2）" and back["分母"].iloc[0] == 2


def test_coverage_keeps_its_counts() -> None:
    df = pd.DataFrame([{"id": "880100", "name": "甲一市", "year": 2023, "known": 5, "held": 0, "late": 0}])
    back = pd.read_csv(io.BytesIO(downloads.csv_bytes(df, ["来源：某处"])), encoding="utf-8-sig")
    assert list(back.columns) == ["代码", "名称", "年度", "已知机关数", "有年度报告机关数", "逾期公布份数"]
    assert back.iloc[0].tolist() == ["880100", "甲一市", 2023.0, 5.0, 0.0, 0.0] and "待核" not in str(back)


def test_fictional_rows_say_so() -> None:
    back = pd.read_csv(io.BytesIO(downloads.csv_bytes(frame().assign(fictional=True), [])), encoding="utf-8-sig")
    assert set(back["数据"]) == {"虚构示例数据"}


@pytest.mark.parametrize("text", ["=1+2", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "＝1+1", "\ufeff=1"])
def test_formulas_are_text(text: str) -> None:
    assert str(downloads.neutral(text)).startswith("'")
    line = downloads.csv_bytes(frame().assign(agency=text, name=text), [text]).decode("utf-8-sig").splitlines()
    assert not any(cell.strip('" ').startswith(("=", "+", "@", "＝")) for row in line[1:] for cell in row.split(","))


def test_numbers_are_not_neutralised() -> None:
    assert downloads.neutral(-4) == -4
    assert b",-4," in downloads.csv_bytes(frame().assign(value=-4.0, status="reported"), [])


def test_picture_settings() -> None:
    config = downloads.picture_config("某题_某指标", "svg", 480)
    assert config["toImageButtonOptions"] == {
        "format": "svg",
        "filename": "某题_某指标",
        "width": 900,
        "height": 480,
        "scale": 2,
    }
    assert config["modeBarButtons"] == [["toImage"]] and config["locale"] == "zh-CN"
