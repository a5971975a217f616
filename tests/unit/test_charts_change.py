"""Slopes and places: nothing drawn that is not there, nothing joined across a gap, names apart."""

from __future__ import annotations

import json
from itertools import pairwise

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.kit import charts_change, topics
from pages.kit.charts import Look
from tests.unit.exhibit_sample import placed, row, years

LOOK = Look("某项指标", "本机关", ("注的文字。",), "来源：1份报告", unit="件")
HOSTILE = "<script>alert(1)</script> $x$"


@given(st.lists(st.floats(0, 400, allow_nan=False), max_size=20))
@settings(max_examples=50, deadline=None)
def test_names_are_apart_in_order_and_inside(wanted: list[float]) -> None:
    places = charts_change.apart(sorted(wanted), 15.0, 0.0, 400.0)
    assert all(b - a >= 15 - 1e-6 for a, b in pairwise(places))
    assert all(-1e-6 <= p <= 400 + 1e-6 for p in places)


def test_names_with_room_stay_where_they_are() -> None:
    assert charts_change.apart([10, 100, 300], 15, 0, 400) == [10, 100, 300]


def test_a_slope_needs_both_years() -> None:
    df = pd.concat([years(4, 2019, 2023), pd.DataFrame([row(9, 2019, value=5.0), row(9, 2023, status="no_report")])])
    fig = charts_change.slope(df, LOOK, 2019, 2023)
    drawn = [list(t.y) for t in fig.data if t.name != "joint"]
    want = [list(p.set_index("year").loc[[2019, 2023], "value"]) for _, p in years(4, 2019, 2023).groupby("id")]
    assert drawn == want and all(5.0 not in d for d in drawn)


def test_a_part_of_the_year_and_an_approximate_figure_are_hollow() -> None:
    df = pd.DataFrame([row(1, 2019, qualifier="about"), row(1, 2023), row(2, 2019), row(2, 2023, part_year=True)])
    fig = charts_change.slope(df, LOOK, 2019, 2023)
    assert [list(t.marker.symbol) for t in fig.data] == [["circle-open", "circle"], ["circle", "circle-open"]]


def test_falling_lines_differ_in_greyscale_too() -> None:
    df = pd.DataFrame(
        [row(1, 2019, value=9.0), row(1, 2023, value=3.0), row(2, 2019, value=1.0), row(2, 2023, value=3.0)]
    )
    assert [t.line.dash for t in charts_change.slope(df, LOOK, 2019, 2023).data if t.name != "joint"] == [
        "dash",
        "solid",
    ]


def test_who_shares_a_place_stands_beside_it_and_the_gap_stays_open() -> None:
    df = placed(8)
    fig = charts_change.bump(df, LOOK)
    words = {t.name: list(t.text) for t in fig.data if t.name != "joint"}
    assert [w[-1] for w in words.values()].count("=7") == 2
    slots = charts_change.places(df)
    for year in df["year"].unique():
        taken = [s for (_, y), s in slots.items() if y == year]
        assert len(taken) == len(set(taken))  # nobody lies on another
    gap = next(t for t in fig.data if t.name.endswith("1局"))
    assert gap.y[1] is None and gap.connectgaps is False
    assert "7个" in str(fig.layout.xaxis.ticktext) or "5个" in str(fig.layout.xaxis.ticktext)


@pytest.mark.parametrize("width", [860, 320])
@pytest.mark.parametrize("form", ["slope", "bump"])
def test_title_notes_source_and_escaped_names(form: str, width: int) -> None:
    df = placed(5).assign(name=HOSTILE)
    look = Look(HOSTILE, "副题", ("注的文字。",), "来源：某处", unit="件", width=width, dark=True)
    fig = charts_change.slope(df, look, 2019, 2023) if form == "slope" else charts_change.bump(df, look)
    text = json.dumps(fig.to_plotly_json(), default=list, ensure_ascii=False)
    assert "<script" not in text and "&lt;script" in text and "$x$" not in text
    assert "注的文字" in text and "来源：某处" in text and "副题" in text


def test_chosen_first_then_the_greatest_change() -> None:
    df = pd.DataFrame(
        [
            row(n, y, value=v)
            for n, (a, b) in enumerate(((1.0, 2.0), (1.0, 9.0), (5.0, 1.0)))
            for y, v in ((2019, a), (2023, b))
        ]
    )
    rows, joined = topics.by_change(df, 2019, 2023, ["a0"])
    assert list(dict.fromkeys(rows["id"])) == ["a0", "a1", "a2"] and joined == 3


def test_places_of_one_peer_group_only() -> None:
    one, other = placed(5), placed(4).assign(peer="county|教育", id=lambda d: "x" + d["id"])
    rows, groups = topics.one_group(pd.concat([one, other], ignore_index=True))
    assert groups == 2 and rows["peer"].nunique() == 1 and set(rows["id"]) == set(one["id"])
    rows, _ = topics.one_group(pd.concat([one, other], ignore_index=True), ["xa1"])
    assert set(rows["id"]) == set(other["id"]) and rows["id"].iloc[0] == "xa1"
