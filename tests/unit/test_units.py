"""Figures of several units never meet on one axis: 不换算、不相加、不排名 (metrics.yml). Pictures hold one unit, tables and files every row."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import pytest

from etl.registry import load_metrics
from pages.kit import card, charts, charts_change, charts_spread, entities, exhibit, profile, topics
from pages.kit.charts import Look
from tests.unit.exhibit_sample import exhibit as given
from tests.unit.exhibit_sample import frame, row

LOOK = Look("政府集中采购总金额", unit="万元")
BIG = 464_300.0
AMOUNTS = {1: [(60.0, "万元"), (338.22, "万元")], 2: [(50.0, "万元"), (BIG, "元")], 3: [(70.0, "万元"), (75.0, "万元")], 4: [(0.0, None), (BIG + 1, None)]}  # fmt: skip
"""By agency, of 2022 and 2023. 464,300元 is less money than 338.22万元; an amount without a unit is comparable with none, nought with any."""


@pytest.fixture
def df() -> pd.DataFrame:
    found = [
        row(n, 2022 + at, value, unit=unit or "按原文", metric="procurement_amount", metric_short="采购金额", title=None, peer_rank=n, peer_median=9.0, peer_n=3)
        for n, two in AMOUNTS.items() for at, (value, unit) in enumerate(two)
    ]  # fmt: skip
    return frame(found)


def drawn(fig: go.Figure, axis: str) -> list[float]:
    return [float(v) for trace in fig.data for v in (trace[axis] if trace[axis] is not None else ()) if v is not None]


def of_year(df: pd.DataFrame, year: int = 2023) -> pd.DataFrame:
    return df[df["year"] == year]


FORMS: dict[str, tuple[str, Callable[[pd.DataFrame], go.Figure]]] = {
    "ranking": ("x", lambda df: charts.ranking(of_year(df), LOOK)),
    "dumbbell": ("x", lambda df: charts.dumbbell(df, LOOK, 2022, 2023)),
    "lines": ("y", lambda df: charts.lines(df, LOOK)),
    "small_multiples": ("y", lambda df: charts.small_multiples(df, LOOK)),
    "slope": ("y", lambda df: charts_change.slope(df, LOOK, 2022, 2023)),
    "strips": ("x", lambda df: charts_spread.strips(of_year(df), LOOK, "a1")),
}


@pytest.mark.parametrize("form", FORMS)
def test_a_picture_holds_the_figures_of_one_unit(form: str, df: pd.DataFrame) -> None:
    axis, draw = FORMS[form]
    numbers = drawn(draw(df), axis)
    assert 338.22 in numbers and 75 in numbers and max(n for n in numbers if not 2000 < n < 2100) < 400


@pytest.mark.parametrize("form", ["heat", "by_year"])
def test_a_cell_of_another_unit_says_so(form: str, df: pd.DataFrame) -> None:
    now = of_year(df)
    fig = charts.heat(now, LOOK, ["procurement_amount"], {}) if form == "heat" else charts_spread.by_year(df, LOOK)
    texts = [text for trace in fig.data for text in trace.text or ()]
    assert "338.22" in texts and texts.count("单位不一") == 2 and not any("46" in text for text in texts)
    darkest = {t: c for trace in fig.data for t, c in zip(trace.text or (), trace.marker.color or (), strict=False)}
    assert darkest["338.22"] != darkest["75"]  # shaded by the greatest of its own unit


@pytest.mark.parametrize("form", ["ranking", "dumbbell", "line", "multiples", "slope", "heat"])
def test_charts_of_files_too(form: str, df: pd.DataFrame) -> None:
    rows = of_year(df) if form in ("ranking", "heat") else df
    plots = exhibit.plots(given(form, rows))
    numbers = [v for plot in plots for series in plot.series for v in series.values if v is not None]
    assert 338.22 in numbers and max(numbers) < 400
    assert given(form, rows).rows["value"].max() == BIG + 1  # the data behind it is whole


def test_a_line_breaks_where_the_unit_changes() -> None:
    told = [(1.0, "万元"), (2.0, "万元"), (BIG, "元"), (4.0, "万元")]
    df = frame([row(1, 2019 + n, v, unit=u, metric="procurement_amount") for n, (v, u) in enumerate(told)])
    line = charts.lines(df, LOOK).data[0]
    assert list(line.y) == [1, 2, None, 4] and line.connectgaps is False


def test_what_is_greatest_and_what_changed_most_is_of_one_unit(df: pd.DataFrame) -> None:
    assert entities.greatest(of_year(df), 3)["value"].tolist() == [338.22, 75]
    assert entities.in_order(of_year(df))["value"].tolist()[:2] == [338.22, 75]
    pairs, joined = topics.by_change(df, 2022, 2023)
    assert joined == 2 and len(pairs) == len(df) and pairs["id"].iloc[0] == "a1"


def test_the_note_counts_what_is_left_to_the_table(df: pd.DataFrame) -> None:
    metric: dict[str, Any] = {"unit": "按原文", "decimals": 2}
    [note] = card.unit_notes(df)
    assert (
        note == "各报告所用单位不同（万元、元、未写单位），按原文照录，未换算；图中只画单位为万元的6个数，其余2个见表。"
    )
    assert note in card.notes_for(df, metric) and card.metric_look(metric, df)["unit"] == "万元"


def test_one_unit_under_several_names_is_drawn_whole() -> None:
    df = frame([row(1, unit="件"), row(2, unit="件次"), row(3, unit="件")])
    assert entities.of_one_unit(df) is df and card.unit_notes(df) == []


def test_amounts_whose_unit_nobody_printed_are_alone() -> None:
    amounts = [row(n, value=v, unit="按原文", metric="procurement_amount") for n, v in ((1, 3.0), (2, 30_000.0))]
    assert entities.of_one_unit(frame(amounts))["status"].tolist() == ["units_differ"] * 2
    assert entities.of_one_unit(frame(amounts[:1]))["value"].tolist() == [3]
    assert card.unit_notes(frame(amounts)) == ["各报告所用单位不同（未写单位），按原文照录，未换算；2个数未画，见表。"]


def test_each_metric_has_its_own_unit_and_an_agency_is_among_its_like() -> None:
    assert load_metrics()["policy_interpretations"].unit_as_printed
    told = [("a", 3.0, "篇"), ("b", 4.0, "篇"), ("c", 9.0, "条")]
    rows = [
        row(n, value=v, unit=u, id=key, metric="policy_interpretations", metric_short="解读")
        for n, (key, v, u) in enumerate(told)
    ]
    df = frame([*rows, row(9, value=5.0, id="a")])
    assert entities.of_one_unit(df)["status"].tolist() == ["reported", "reported", "units_differ", "reported"]
    assert entities.of_one_unit(df, "c")["status"].tolist() == ["units_differ", "units_differ", "reported", "reported"]
    assert card.unit_notes(df)[0].startswith("解读：") and "篇的2个数，其余1个" in card.unit_notes(df)[0]
    assert set(profile.named(df)["name"]) == {"解读（篇）", "新收申请（件）"}


def test_a_channel_adds_one_unit() -> None:
    df = frame(
        [
            row(n, value=v, unit=u, metric="proactive_via_wechat")
            for n, (v, u) in enumerate([(5.0, "条"), (6.0, "条"), (90.0, "次")])
        ]
    )
    assert topics.channels(df)["value"].tolist() == [11]
