"""Figures hold exactly the rows they are given: no value lost, none invented, nothing missing drawn as 0."""

from __future__ import annotations

import hashlib
import json
import math

import pandas as pd
import plotly.graph_objects as go
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.kit import charts, entities
from pages.kit.charts import Look

LOOK = Look("某项指标，2023年度", "本机关，单位：件，n=3", ("注的文字。",), "来源：1份报告", unit="件")
HOSTILE = "<script>alert(1)</script> $x$ &amp; *星*"


def hash_of(name: str) -> str:
    return hashlib.sha256(name.encode()).hexdigest()[:8]


def rows(*given: tuple[str, int, float | None, str], **more: object) -> pd.DataFrame:
    frame = pd.DataFrame(given, columns=["name", "year", "value", "status"])
    frame["id"] = [hash_of(n) for n in frame["name"]]
    defaults = {
        "metric": "m", "metric_name": "某项指标", "unit": "件", "qualifier": "exact", "method": "table", "corrected": False, "part_year": False,
        "reliable": True, "numerator": None, "denominator": None, "peer_median": None, "peer_n": 0, "peer": "a", "title": None, "form": "2021",
    }  # fmt: skip
    for name, value in (defaults | more).items():
        frame[name] = value
    return frame


def numbers(fig: go.Figure, axis: str = "x", names: tuple[str, ...] = ()) -> list[float]:
    return [float(v) for t in fig.data if not names or t.name in names for v in (t[axis] or []) if v is not None]


values = st.lists(st.floats(0, 1e7, allow_nan=False).map(lambda v: round(v, 1)), min_size=1, max_size=30)


@given(values)
@settings(max_examples=30, deadline=None)
def test_ranking_holds_the_values_it_is_given(given_values: list[float]) -> None:
    df = rows(*[(f"机关{i}", 2023, v, "reported") for i, v in enumerate(given_values)])
    fig = charts.ranking(df, LOOK)
    assert sorted(numbers(fig, "x", ("数值",))) == sorted(given_values)
    assert numbers(fig, "x", ("数值",)) == sorted(given_values, reverse=True)


@given(
    st.lists(
        st.sampled_from(
            ["blank", "unreadable", "not_stated", "table_missing", "not_applicable", "no_report", "other_scope"]
        ),
        min_size=1,
    )
)
@settings(max_examples=30, deadline=None)
def test_a_missing_value_is_never_a_bar(statuses: list[str]) -> None:
    df = rows(("有数局", 2023, 0.0, "reported"), *[(f"机关{i}", 2023, None, s) for i, s in enumerate(statuses)])
    bars = [t for t in charts.ranking(df, LOOK).data if t.type == "bar"]
    assert [list(b.x) for b in bars] == [[0.0]]
    assert bars[0].text[0] == "0"


def test_statuses_stand_in_words_and_agencies_without_report_are_left_to_the_notes() -> None:
    df = rows(
        ("甲局", 2023, 3.0, "reported"),
        ("乙局", 2023, None, "blank"),
        ("丙局", 2023, None, "unreadable"),
        ("丁局", 2023, None, "no_report"),
    )
    fig = charts.ranking(df, LOOK)
    assert [t.strip("　") for t in fig.data[1].text] == ["待核", "空白"] or [
        t.strip("　") for t in fig.data[1].text
    ] == ["空白", "待核"]
    assert "丁局" not in "".join(fig.layout.yaxis.ticktext)


def test_marks_of_approximate_and_corrected_values() -> None:
    df = rows(("甲局", 2023, 300.0, "reported"), ("乙局", 2023, 200.0, "reported"))
    df["qualifier"] = ["at_least", "about"]
    df["corrected"] = [False, True]
    assert list(charts.ranking(df, LOOK).data[0].text) == ["≥300", "≈200†"]


def test_axis_in_wan_from_ten_thousand_and_data_untouched() -> None:
    fig = charts.ranking(rows(("甲局", 2023, 26_800.0, "reported")), LOOK)
    assert fig.data[0].x[0] == 26_800
    assert fig.layout.xaxis.title.text == "单位：万件" and "2" in fig.layout.xaxis.ticktext
    small = charts.ranking(rows(("甲局", 2023, 9_999.0, "reported")), LOOK)
    assert small.layout.xaxis.title.text == "单位：件"


def test_one_peer_group_has_a_line_several_have_a_tick_each() -> None:
    one = rows(("甲局", 2023, 3.0, "reported"), ("乙局", 2023, 5.0, "reported"), peer_median=4.0, peer_n=3)
    line = next(t for t in charts.ranking(one, LOOK).data if t.name == "同类中位数")
    assert set(line.x) == {4.0} and line.mode == "lines"
    several = one.assign(peer=["a", "b"], peer_median=[4.0, 6.0])
    ticks = next(t for t in charts.ranking(several, LOOK).data if t.name == "各自同类的中位数")
    assert sorted(ticks.x) == [4.0, 6.0]


def test_a_rate_over_a_small_denominator_is_grey_and_without_figure() -> None:
    df = rows(("甲局", 2023, 50.0, "reported"), unit="%", reliable=False, numerator=2.0, denominator=4.0)
    fig = charts.ranking(df, Look("公开率", unit="%", decimals=1, percent=True))
    assert fig.data[0].text[0] == "—（n=4）" and fig.data[0].marker.color[0] == charts.LIGHT.faint


def test_lines_leave_gaps_open_and_mark_a_new_form() -> None:
    df = rows(("甲局", 2019, 1.0, "reported"), ("甲局", 2020, None, "no_report"), ("甲局", 2021, 3.0, "reported"))
    df["form"] = ["2019", None, "2021"]
    fig = charts.lines(df, LOOK)
    assert list(fig.data[0].y) == [1.0, None, 3.0] and fig.data[0].connectgaps is False
    assert [s.x0 for s in fig.layout.shapes if s.name == "form"] == [2020.5]


def test_a_year_that_is_not_in_the_data_is_a_gap_too() -> None:
    fig = charts.lines(rows(("甲局", 2019, 1.0, "reported"), ("甲局", 2022, 3.0, "reported")), LOOK)
    assert list(fig.data[0].y) == [1.0, None, None, 3.0]


def test_small_multiples_one_panel_each_on_one_scale() -> None:
    df = rows(*[(f"机关{i}", y, float(i * y % 7), "reported") for i in range(9) for y in (2021, 2022)])
    fig = charts.small_multiples(df, LOOK)
    assert len(fig.data) == 9
    ranges = {tuple(fig.layout[f"yaxis{n or ''}"].range) for n in ["", *range(2, 10)]}
    assert len(ranges) == 1


def test_dumbbell_joins_only_what_is_there_twice() -> None:
    df = rows(
        ("甲局", 2022, 1.0, "reported"),
        ("甲局", 2023, 2.0, "reported"),
        ("乙局", 2023, 5.0, "reported"),
        ("乙局", 2022, None, "blank"),
    )
    fig = charts.dumbbell(df, LOOK, 2022, 2023)
    assert list(fig.data[0].x) == [1.0, 2.0, None]
    assert sorted(numbers(fig, "x", ("2022年度", "2023年度"))) == [1.0, 2.0, 5.0]


def test_heat_writes_values_and_hatches_missing_reports() -> None:
    df = pd.concat([
        rows(("甲局", 2023, 8.0, "reported"), ("乙局", 2023, None, "no_report")),
        rows(("甲局", 2023, 0.0, "reported"), ("乙局", 2023, None, "no_report"), metric="n"),
    ])  # fmt: skip
    fig = charts.heat(df, LOOK, ["m", "n"], {"m": "甲项", "n": "乙项"})
    by_name = {t.name: t for t in fig.data}
    assert sorted(by_name["数值"].text) == ["0", "8"]
    assert by_name["未见报告"].marker.pattern.shape == "/" and len(by_name["未见报告"].y) == 2


def test_coverage_counts() -> None:
    df = pd.DataFrame({"id": ["1", "1"], "name": ["东一市"] * 2, "year": [2022, 2023], "known": [4, 4], "held": [0, 3]})
    assert sorted(t for trace in charts.coverage(df, LOOK).data for t in trace.text) == ["0/4", "3/4"]


FORMS = {
    "ranking": lambda df, look: charts.ranking(df, look),
    "dumbbell": lambda df, look: charts.dumbbell(df, look, 2022, 2023),
    "lines": charts.lines,
    "small_multiples": charts.small_multiples,
    "heat": lambda df, look: charts.heat(df, look, ["m"], {"m": HOSTILE}),
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("width", [860, 320])
@pytest.mark.parametrize("dark", [False, True])
def test_every_form_carries_title_notes_and_source_and_escapes_names(form: str, width: int, dark: bool) -> None:
    df = rows(
        (HOSTILE, 2022, 1.0, "reported"),
        (HOSTILE, 2023, 2.0, "reported"),
        ("很" * 60 + "局", 2023, 1.0, "reported"),
        title=HOSTILE,
    )
    fig = FORMS[form](df, Look(HOSTILE, "副题", ("注的文字。",), "来源：某处", unit="件", width=width, dark=dark))
    text = json.dumps(fig.to_plotly_json(), default=list, ensure_ascii=False)
    assert "<script" not in text and "&lt;script" in text and "$x$" not in text
    assert "注的文字" in text and "来源：某处" in text and "副题" in text
    assert fig.layout.paper_bgcolor == ("#14181D" if dark else "#FFFFFF")


def test_height_grows_with_rows_and_order_of_input_does_not_matter() -> None:
    def made(n: int) -> pd.DataFrame:
        return rows(*[(f"机关{i:02d}", 2023, float(i % 5), "reported") for i in range(n)])

    assert charts.ranking(made(40), LOOK).layout.height > charts.ranking(made(4), LOOK).layout.height + 36 * 20
    shuffled = made(12).sample(frac=1, random_state=1)
    assert charts.ranking(shuffled, LOOK).to_json() == charts.ranking(made(12), LOOK).to_json()


def test_a_list_is_sorted_by_figure_name_or_place_and_small_denominators_come_last() -> None:
    df = rows(("甲局", 2023, 100.0, "reported"), ("乙局", 2023, 50.0, "reported"), ("丙局", 2023, None, "blank"))
    df = df.assign(reliable=[False, True, True], adcode=["3", "1", "2"])
    assert entities.in_order(df)["name"].iloc[0] == "乙局"
    assert entities.in_order(df, "name")["name"].tolist() == ["丙局", "甲局", "乙局"]
    assert entities.in_order(df, "place")["name"].tolist() == ["乙局", "丙局", "甲局"]
    fig = charts.ranking(df.assign(status="reported", value=[1.0, 2.0, 3.0], reliable=True), LOOK, "place")
    assert numbers(fig, "x", ("数值",)) == [2.0, 3.0, 1.0]


@given(st.floats(0.001, 1e9), st.integers(3, 8))
@settings(max_examples=60, deadline=None)
def test_ticks_are_round_few_and_cover(high: float, count: int) -> None:
    ticks, text, wan = charts._ticks(0.0, high, count)
    assert ticks[0] == 0 and 2 <= len(ticks) <= 2 * count + 2 and ticks[-1] <= high * 1.001
    assert len(set(text)) == len(text) and (wan == "万") == (high >= 10_000)
    assert all(math.isfinite(t) for t in ticks)
