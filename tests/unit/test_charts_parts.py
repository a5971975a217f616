"""Parts of a whole and spreads: nothing missing is drawn as nought, sums stand in words, legends fit a narrow window."""

from __future__ import annotations

import pandas as pd
import pytest

from pages.kit import charts, charts_parts, charts_spread
from pages.kit.charts import Look

METRICS = {"requests_carried_in": 3, "requests_received": 10, "requests_closed": 11, "requests_carried_out": 1}


def rows(values: dict[str, float | None], **more: object) -> pd.DataFrame:
    return pd.DataFrame([
        {"id": "a", "name": "甲市<b>局", "year": 2023, "metric": m, "metric_short": m, "metric_name": m, "value": v,
         "status": "blank" if v is None else "reported", "qualifier": "exact", "method": "table", "unit": "件", "corrected": False, "part_year": False,
         "reliable": True, **more} for m, v in values.items()
    ])  # fmt: skip


def notes(fig: object, name: str) -> list[str]:
    return [a.text for a in fig.layout.annotations if a.name == name]  # type: ignore[attr-defined]


def test_balance_says_both_sums_and_how_far_they_are_apart() -> None:
    told = notes(charts_parts.balance(rows(METRICS), Look("题")), "sum")
    assert told[0] == "3＋10＝13" and told[1].startswith("11＋1＝12") and "相差1" in told[1]


def test_balance_with_a_blank_claims_no_sum() -> None:
    told = notes(charts_parts.balance(rows(METRICS | {"requests_carried_in": None}), Look("题")), "sum")
    assert told[0] == "空白＋10" and "相差" not in told[1]


@pytest.mark.parametrize("width", [320, 440, 860])
def test_a_narrow_window_gets_the_legend_as_text(width: int) -> None:
    for fig in (
        charts_parts.balance(rows(METRICS), Look("题", width=width)),
        charts.lines(rows({"m": 5}), Look("题", width=width)),
    ):
        assert bool(notes(fig, "key")) == (width < 560) and fig.layout.showlegend == (width >= 560)


def test_shares_of_a_small_whole_are_words() -> None:
    df = rows({"requests_granted": 4, "requests_denied": 5}).assign(whole=9.0, share=[44.4, 55.6])
    fig = charts_parts.shares(df, Look("题"), {"requests_granted": "予以公开", "requests_denied": "不予公开"})
    assert not any(len(t.x) for t in fig.data) and notes(fig, "none") == ["—（n=9）"]
    many = charts_parts.shares(
        df.assign(whole=90.0), Look("题"), {"requests_granted": "予以公开", "requests_denied": "不予公开"}
    )
    assert notes(many, "whole") == ["n=90"] and list(many.data[1].base) == [44.4]


def test_results_of_a_year_without_a_figure_say_why() -> None:
    df = rows({"m": 5}).assign(stage="review", result="upheld")
    gap = df.assign(year=2024, value=None, status="no_report")
    fig = charts_parts.results_by_stage(
        pd.concat([df, gap]), Look("题"), {"review": "复议"}, {"upheld": "维持"}, (2024, "新法")
    )
    assert notes(fig, "sum") == ["5", "未见报告"] and notes(fig, "law") == ["新法"]


def test_names_are_text() -> None:
    df = rows({"requests_granted": 40, "requests_denied": 50}).assign(whole=90.0, share=[44.4, 55.6])
    fig = charts_parts.shares(df, Look("题"), {"requests_granted": "予以公开", "requests_denied": "不予公开"})
    assert "<b>局" not in str(fig.layout.yaxis.ticktext)


@pytest.mark.parametrize("part, whole", [(0, 10), (10, 10), (3, 12), (1, 1000)])
def test_wilson_holds_the_share_and_stays_between_0_and_100(part: int, whole: int) -> None:
    low, high = charts_spread.wilson(part, whole)
    assert 0 <= low <= 100 * part / whole + 1e-9 and 100 * part / whole - 1e-9 <= high <= 100 and low < high


def test_rates_keep_small_denominators_out_of_the_scale() -> None:
    df = rows({"r": 90.0}).assign(numerator=9.0, denominator=10.0, unit="%")
    small = df.assign(id="b", name="乙", value=100.0, numerator=2.0, denominator=2.0, reliable=False)
    fig = charts_spread.rates(pd.concat([df, small]), Look("题", percent=True), True)
    dots = next(t for t in fig.data if t.name == "数值")
    assert list(dots.x) == [90.0] and notes(fig, "n") == ["90.0%（9/10）"]
    assert next(t for t in fig.data if t.name == "无数值").text == ("　—（n=2）",)


def test_a_narrow_grid_of_years_leaves_out_years_not_figures() -> None:
    df = pd.concat([rows({"m": 12_345.0}).assign(year=y) for y in range(2019, 2026)])
    wide, narrow = (charts_spread.by_year(df, Look("题", width=w)) for w in (860, 320))
    texts = [[t for trace in fig.data for t in trace.text] for fig in (wide, narrow)]
    assert len(texts[0]) == 7 and 1 <= len(texts[1]) < 7 and all(t for part in texts for t in part)
    assert "其余见表" in notes(narrow, "foot")[0] and "其余见表" not in str(notes(wide, "foot"))


def test_heads_break_in_the_middle() -> None:
    assert charts._head("予以公开", 6) == ["予以", "公开"] and charts._head("总计", 6) == ["总计"]
    assert "".join(charts._head("规范性文件有效数", 6)) == "规范性文件有效数"


def test_strips_show_the_agency_among_its_peers_or_why_not() -> None:
    own = rows({"m": 5}).assign(peer_median=7.0, peer_n=3, peer="市级")
    peers = pd.concat([own.assign(id=i, name=i, value=float(v)) for i, v in (("b", 7), ("c", 9))])
    fig = charts_spread.strips(pd.concat([own, peers]), Look("题"), "a")
    assert list(next(t for t in fig.data if t.name == "本机关").x) == [5.0] and list(
        next(t for t in fig.data if t.name == "同类机关").x
    ) == [7.0, 9.0]
    gone = charts_spread.strips(pd.concat([own.assign(value=None, status="no_report"), peers]), Look("题"), "a")
    assert notes(gone, "none") == ["本机关：未见报告"] and not any(t.name == "本机关" for t in gone.data)
