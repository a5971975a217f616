"""Every page runs: with data, without a build, with hostile text, with real and fictional rows side by side."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import duckdb
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.kit import card, filters
from tests.app.sample import address, figures, observation, publish, report, words

PAGES = ("overview", "agencies", "cities", "trends")
VIEWS = (
    ("overview", {}),
    ("agencies", {}),
    ("agencies", {"form": "dumbbell", "metric": "requests_received"}),
    ("agencies", {"form": "heat", "metric": "requests_received"}),
    ("agencies", {"metric": "disclosure_rate"}),
    ("agencies", {"scope": "government_aggregate"}),
    ("cities", {}),
    ("cities", {"basis": "sum"}),
    ("cities", {"basis": "sum", "form": "multiples", "metric": "disclosure_rate"}),
    ("cities", {"form": "dumbbell"}),
    ("trends", {}),
    ("trends", {"city": "880100", "first": "2020"}),
    ("trends", {"form": "slope", "metric": "requests_received"}),
    ("trends", {"form": "bump", "metric": "requests_received"}),
    ("trends", {"form": "bump", "unit": "sum", "metric": "requests_received"}),
    ("cities", {"basis": "sum", "order": "name"}),
)


@pytest.mark.parametrize("page, params", VIEWS, ids=lambda v: str(v))
def test_every_view_draws_and_keeps_its_address(open_page: Any, both: Path, page: str, params: dict) -> None:
    app = open_page(both, page, **params)
    assert figures(app)
    assert address(app) == params
    again = open_page(both, page, **address(app))
    assert figures(again) == figures(app)


@pytest.mark.parametrize("page", PAGES)
def test_without_a_build_the_page_says_how_to_make_one(open_page: Any, tmp_path: Path, page: str) -> None:
    app = open_page(tmp_path / "nothing", page)
    assert "还没有数据" in words(app) and "make run" in words(app) and "python -m etl load" in words(app)
    assert not figures(app)


def test_a_broken_pointer_is_said_in_one_line(open_page: Any, tmp_path: Path) -> None:
    (tmp_path / "current.json").write_text("{", encoding="utf-8")
    app = open_page(tmp_path, "overview")
    assert len(app.error) == 1 and "rollback" in app.error[0].value


@pytest.mark.parametrize("page", PAGES)
def test_fictional_alone_is_shown_and_marked_everywhere(open_page: Any, fictional: Path, page: str) -> None:
    app = open_page(fictional, page)
    assert "虚构示例数据" in app.warning[0].value
    for figure in figures(app):
        assert "虚构示例数据" in json.dumps(figure["layout"]["annotations"], ensure_ascii=False)
    assert app.get("download_button")


@pytest.mark.parametrize("page", PAGES)
def test_real_and_fictional_never_meet(open_page: Any, both: Path, page: str) -> None:
    real, demo = open_page(both, page), open_page(both, page, data="demo")
    assert not real.warning and "南一市" not in json.dumps(figures(real), ensure_ascii=False)
    assert "虚构示例数据" in demo.warning[0].value
    shown = json.dumps(figures(demo), ensure_ascii=False)
    assert "东一市" not in shown and "南一市" in shown
    assert real.selectbox(key="f_data").options == ["真实", "虚构示例"]


def ranking(app: AppTest) -> dict[str, Any]:
    """Names and values of the bars on screen, and the words beside those without."""
    figure = figures(app)[0]
    names = [n.replace("<br>", "") for n in figure["layout"]["yaxis"]["ticktext"]]
    bars, rest = figure["data"][0], [t for t in figure["data"][1:] if t.get("name") == "无数值"]
    held = dict(zip(names, bars["text"], strict=False))
    held = {n: t.strip("　") for n, t in held.items()}
    for trace in rest:
        held |= {names[y]: t.strip("　") for y, t in zip(trace["y"], trace["text"], strict=True)}
    return held


def test_blank_nought_missing_table_and_missing_report_are_four_things(open_page: Any, both: Path) -> None:
    app = open_page(both, "agencies", metric="requests_received")
    held = ranking(app)
    assert held["东一市民政局"] == "0"
    assert held["东三市应急管理局"] == "空白"
    assert held["东三市民政局"] == "附表缺失"
    assert "东二市教育局" not in held
    notes = figures(app)[0]["layout"]["annotations"][-1]["text"].replace("<br>", "")
    assert "未见报告（不等于0）：东二市教育局" in notes


def test_a_city_narrows_its_agencies_and_a_change_drops_stale_ones(open_page: Any, both: Path) -> None:
    app = open_page(both, "agencies", metric="requests_received")
    everyone = app.multiselect(key="f_agency").options
    app.selectbox(key="f_city").select("880200").run()
    narrowed = app.multiselect(key="f_agency").options
    assert set(narrowed) < set(everyone) and all("东二市" in o for o in narrowed)
    chosen = next(o for o in narrowed if "应急" in o)
    app.multiselect(key="f_agency").select(chosen).run()
    assert address(app)["agency"].startswith("880200-")
    app.selectbox(key="f_city").select("880300").run()
    assert "agency" not in address(app) and address(app)["city"] == "880300"
    assert not app.multiselect(key="f_agency").value


def test_reset_goes_back_to_the_defaults(open_page: Any, both: Path) -> None:
    app = open_page(both, "agencies", metric="requests_received", city="880200", year="2021")
    next(b for b in app.button if b.label == "重置").click().run()
    assert address(app) == {} and app.selectbox(key="f_city").value == ""


def test_choices_go_along_to_another_page(open_page: Any, both: Path) -> None:
    app = open_page(both, "agencies", metric="requests_received", city="880200", year="2021")
    for name in list(app.query_params):
        del app.query_params[name]
    app.switch_page("pages/trends.py").run()
    assert not app.exception
    assert address(app) == {"metric": "requests_received", "city": "880200"}


@pytest.mark.parametrize(
    "params",
    [
        {"city": "'; drop table report --"},
        {"agency": "x" * 10_000},
        {"metric": "no_such"},
        {"year": "99999"},
        {"unknown": "1"},
        {"form": "<b>"},
    ],
)
def test_nonsense_in_the_address_is_dropped(open_page: Any, both: Path, params: dict) -> None:
    assert address(open_page(both, "agencies", **params)) == {}


@pytest.mark.parametrize("page, params", VIEWS, ids=lambda v: str(v))
def test_hostile_names_show_as_text(open_page: Any, both: Path, page: str, params: dict) -> None:
    app = open_page(both, page, **params)
    for figure in figures(app):
        layout = json.dumps(figure["layout"], ensure_ascii=False)
        shown = json.dumps(
            [{k: v for k, v in t.items() if k != "customdata"} for t in figure["data"]], ensure_ascii=False
        )
        for text in (layout, shown):
            assert "<script" not in text and "$x^2$" not in text
    assert not any(getattr(e.proto, "allow_html", False) for e in [*app.markdown, *app.caption])
    assert "<script" not in "\n".join(str(e.value) for e in [*app.markdown, *app.caption])


def test_an_empty_choice_says_why_and_offers_what_there_is(open_page: Any, both: Path) -> None:
    app = open_page(both, "agencies", scope="government_aggregate", system="教育")
    assert "没有可显示的数值" in app.info[0].value
    offer = next(b for b in app.button if "本机关" in b.label)
    offer.click().run()
    assert not app.exception and figures(app) and "system" not in address(app)


def test_the_stamp_names_the_build(open_page: Any, both: Path) -> None:
    for params in ({}, {"scope": "government_aggregate", "system": "教育"}):
        told = [c.value for c in open_page(both, "agencies", **params).sidebar.caption]
        assert any("数据版本" in t and "build" in t for t in told)


def test_of_cities_the_line_under_the_title_names_only_what_holds(open_page: Any, both: Path) -> None:
    assert "范围：" in words(open_page(both, "trends"))
    of_cities = words(open_page(both, "trends", unit="sum"))
    assert "口径：所收机关合计" in of_cities and "范围：" not in of_cities


@pytest.mark.parametrize("page", ["agencies", "plans", "reports"])
def test_a_build_of_an_older_version_is_said_in_one_line(open_page: Any, both: Path, tmp_path: Path, page: str) -> None:
    """One that lacks a single view, of another page, counts as such: which page reads what is not asked."""
    older = shutil.copytree(both, tmp_path / "older")
    (build,) = older.glob("build-*.duckdb")
    with duckdb.connect(build) as con:
        con.execute("drop view plan_item_v")
    st.cache_resource.clear()  # a build of this name was open before
    assert "旧版程序" in words(open_page(older, page, report="1"))
    st.cache_resource.clear()


def test_a_heat_map_of_many_draws_some_and_tables_all(
    open_page: Any, both: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    params = {"form": "heat", "metric": "requests_received"}
    every = len(rows_of(open_page(both, "agencies", **params)))
    monkeypatch.setattr(card, "MOST_DRAWN", 2)
    filters._once.clear()
    filters._once_small.clear()
    app = open_page(both, "agencies", **params)
    assert len(rows_of(app)) == 2 < every
    app.session_state["heat_form"] = "表"
    app.run()
    assert not app.exception
    assert app.dataframe[0].value["机关"].nunique() == every
    filters._once.clear()
    filters._once_small.clear()


def test_a_slope_within_one_year_says_what_to_choose(open_page: Any, both: Path) -> None:
    app = open_page(both, "trends", form="slope", metric="requests_received", first="2021", last="2021")
    assert not figures(app) and "画不出两年斜线" in words(app)


def rows_of(app: AppTest) -> set[str]:
    """The agencies that the chart draws."""
    return {key[0] for trace in figures(app)[0]["data"] for key in trace.get("customdata") or []}


@pytest.mark.parametrize(
    ("page", "params"),
    [("overview", {}), ("agencies", {}), ("agencies", {"form": "dumbbell"}), ("trends", {}), ("trends", {"form": "slope"})],
)  # fmt: skip
def test_figures_of_several_units_share_no_axis(
    open_page: Any, several_units: Path, page: str, params: dict[str, str]
) -> None:
    reach = {"year": "2020"} if page != "trends" else {"first": "2019", "last": "2020"}
    drawn = figures(open_page(several_units, page, metric="procurement_amount", **reach, **params))[-1]
    numbers = [v for trace in drawn["data"] for axis in "xy" for v in trace.get(axis) or () if isinstance(v, float)]
    assert 338.22 in numbers and max(n for n in numbers if not 2018 < n < 2022) < 400
    notes = json.dumps(drawn["layout"]["annotations"], ensure_ascii=False)
    assert "图中只画单位为万元的" in notes and "个见表。" in notes


@pytest.fixture(scope="module")
def several_units(tmp_path_factory: pytest.TempPathFactory) -> Path:
    amounts = {
        2019: [(50, "万元"), (60, "万元"), (70, "万元")],
        2020: [(464_300, "元"), (338.22, "万元"), (71, "万元")],
    }
    made = [
        report(f"东一市第{n}教育局", "880100", year, system="教育", city="东一市", form="2019", disclosed=None,
               more=(observation("procurement_amount", amount, table=2, unit=unit),))
        for year, row in amounts.items() for n, (amount, unit) in enumerate(row)
    ]  # fmt: skip
    return publish(tmp_path_factory.mktemp("units"), made)
