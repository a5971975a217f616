"""Words and numbers: what stands for what, and that hostile text stays text."""

from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.kit import wording


@pytest.mark.parametrize(
    "row, text",
    [
        ({"status": "reported", "value": 0}, "0"),
        ({"status": "blank", "value": None}, "空白"),
        ({"status": "no_report", "value": None}, "未见报告"),
        ({"status": "not_in_form", "value": None}, "不适用"),
        ({"status": "unreadable", "value": None}, "待核"),
        ({"status": "conflicting", "value": 3}, "待核"),
        ({"status": "reported", "value": 180000, "qualifier": "at_least"}, "≥180,000"),
        ({"status": "reported", "value": 300, "qualifier": "about"}, "≈300"),
        ({"status": "reported", "value": 8, "corrected": True}, "8†"),
        ({"status": "reported", "value": -4}, "−4"),
        ({"status": "a status of tomorrow", "value": 4}, "待核"),
    ],
)
def test_each_status_has_its_word(row: dict, text: str) -> None:
    assert wording.value_text(row) == text


def test_only_reported_values_ever_show_a_figure() -> None:
    for status in wording.STATUS:
        shown = wording.value_text({"status": status, "value": 7})
        assert ("7" in shown) == (status == "reported")


def test_wan_and_full_digits() -> None:
    assert wording.short_number(268_000) == "26.8万" and wording.short_number(9_999) == "9,999"
    assert wording.number(268_000) == "268,000" and wording.number(52.15) == "52.15" and wording.number(None) == ""


def test_rank_change_and_median_words() -> None:
    assert wording.rank_text(3, 13, 1, "个市") == "按数值从高到低第3位（共13个市）"
    assert wording.rank_text(3, 13, 2) == "按数值从高到低第3位（共13个机关，2个并列）"
    assert wording.change_text(112, 100, "件") == "比上年增加12件（+12.0%）"
    assert wording.change_text(0, 0, "件") == "与上年相同" and wording.change_text(3, 0, "件") == "比上年增加3件"
    assert wording.change_text(45.2, 48.3, "%", percent=True) == "比上年下降3.1个百分点"
    assert wording.change_text(None, 3, "件") == ""
    assert (
        wording.against_median(12, 10) == "高于中位数2"
        and wording.against_median(40, 45.5, True) == "低于中位数5.5个百分点"
    )


def test_spans_of_years() -> None:
    assert wording.spans([2019, 2020, 2021, 2023]) == "2019—2021、2023"


@given(st.text(max_size=60))
@settings(max_examples=200)
def test_label_leaves_no_tag_and_no_formula(text: str) -> None:
    shown = wording.label(text)
    assert "<" not in shown and ">" not in shown and "$" not in shown


@pytest.mark.parametrize(
    "text",
    [
        "*a*",
        "_a_",
        "[a](b)",
        "`a`",
        "$a$",
        "# a",
        ":red[a]",
        ":smile:",
        ":material/home:",
        "<b>",
        "~~a~~",
        "- a",
        "1. a",
        "https://example.com",
    ],
)
def test_plain_takes_the_meaning_from_markdown(text: str) -> None:
    shown = wording.plain(text)
    assert shown.replace("\\", "").replace("\u2060", "") == text
    for mark in "*_[]`$#<>~":
        assert shown.count(mark) == shown.count("\\" + mark)
    if text.startswith(":"):
        assert ":\u2060" in shown.replace("\\", "")


def test_control_and_direction_characters_go() -> None:
    assert wording.clean("a\u202eb\x00c\nd") == "a b c d"


@given(st.text(alphabet="中文abc123，。 ", max_size=80), st.integers(6, 40))
@settings(max_examples=100)
def test_wrap_loses_nothing(text: str, width: int) -> None:
    lines = wording.wrap(text, width)
    assert "".join(lines) == text
    assert all(wording.display_width(line.rstrip("，。")) <= width + 4 for line in lines)


def test_wrap_cuts_with_an_ellipsis() -> None:
    assert wording.wrap("很" * 50, 20, 2) == ["很" * 10, "很" * 9 + "…"]


def test_file_names_are_safe() -> None:
    name = wording.file_name("依申请公开", "新收/申请:数", "2023", "..\\东一市", "2026-01-02", "csv")
    assert name == "依申请公开_新收申请数_2023_东一市_2026-01-02.csv"
    assert wording.file_name("a", "b", "c", "d", "e", "csv", fictional=True).startswith("虚构示例_")
    assert len(wording.file_name("很" * 99, "很" * 99, "很" * 99, "很" * 99, "e", "csv")) <= 124


def test_notes_name_who_is_missing_and_why() -> None:
    df = pd.DataFrame({
        "name": ["甲局", "乙局", "丙局", "丁局"], "year": [2023] * 4, "status": ["no_report", "blank", "reported", "unreadable"],
        "qualifier": [None, None, "about", None], "method": [None, None, "narrative", None], "corrected": [False, False, True, False],
        "part_year": [False, False, True, False],
    })  # fmt: skip
    text = "\n".join(wording.value_notes(df, "不可相加"))
    for words in (
        "口径：不可相加。",
        "未见报告（不等于0）：甲局",
        "空白（不等于0）：乙局",
        "待核",
        "≈ 约数",
        "摘自正文",
        "部分时段：丙局",
        "† 经人工更正",
    ):
        assert words in text


def test_source_line_says_fictional_first() -> None:
    assert wording.source_line(3, "b", "2026-01-02", True).startswith("虚构示例数据")
    assert "虚构" not in wording.source_line(3, "b", "2026-01-02", False)
