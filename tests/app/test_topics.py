"""The pages on a theme, an agency, a report, a plan: each draws, keeps its address, leads on, and never makes a nought of a gap."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.app.sample import HOSTILE, address, figures, words

PAGES = ("requests", "disputes", "proactive", "agency", "reports", "plans")
VIEWS = (
    ("requests", {}),
    ("requests", {"by": "year", "why": "unavailable"}),
    ("requests", {"city": "990100"}),
    ("requests", {"scope": "government_aggregate"}),
    ("disputes", {}),
    ("disputes", {"unit": "agency", "interval": "wilson", "rate": "litigation_correction_rate"}),
    ("proactive", {}),
    ("proactive", {"count": "policy_interpretations", "year": "2022"}),
    ("agency", {}),
    ("agency", {"year": "2022"}),
    ("plans", {}),
    ("plans", {"item": "task"}),
)


@pytest.mark.parametrize("page, params", VIEWS, ids=lambda v: str(v))
def test_every_view_draws_and_keeps_its_address(open_page: Any, province: Path, page: str, params: dict) -> None:
    app = open_page(province, page, **params)
    assert figures(app), words(app)
    assert address(app) == params
    again = open_page(province, page, **address(app))
    assert figures(again) == figures(app)
    for figure in figures(app):
        assert "虚构示例数据" in json.dumps(figure["layout"]["annotations"], ensure_ascii=False)


@pytest.mark.parametrize("page", PAGES)
def test_without_a_build_the_page_says_how_to_make_one(open_page: Any, tmp_path: Path, page: str) -> None:
    app = open_page(tmp_path / "nothing", page)
    assert "还没有数据" in words(app) and "python -m etl load" in words(app)


@pytest.mark.parametrize("page", PAGES)
def test_every_chart_says_what_it_shows(open_page: Any, province: Path, page: str) -> None:
    charts = open_page(province, page).get("plotly_chart")
    for chart in charts:
        assert len(chart.proto.alt) > 20
    assert charts or page == "reports"


@pytest.mark.parametrize("page", PAGES)
def test_hostile_names_show_as_text(open_page: Any, both: Path, page: str) -> None:
    app = open_page(both, page, city="880100")
    for figure in figures(app):
        shown = json.dumps(
            [{k: v for k, v in t.items() if k != "customdata"} for t in figure["data"]] + [figure["layout"]],
            ensure_ascii=False,
        )
        assert "<script" not in shown and "$x^2$" not in shown
    assert not any(getattr(e.proto, "allow_html", False) for e in [*app.markdown, *app.caption])
    assert "<script" not in "\n".join(str(e.value) for e in [*app.markdown, *app.caption, *app.subheader])


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    "params",
    [
        {"report": "'; drop table report --"},
        {"mark": "x" * 10_000},
        {"plan": "-1"},
        {"section": "<script>"},
        {"agency": "no,such"},
        {"by": '"><img>'},
    ],
    ids=lambda p: next(iter(p)),
)
def test_nonsense_in_the_address_is_dropped(open_page: Any, both: Path, page: str, params: dict) -> None:
    assert address(open_page(both, page, **params)) == {}


def test_only_complete_tables_are_in_the_balance(open_page: Any, both: Path) -> None:
    """The sample's reports state requests received and closed, not those carried over: no sum pretends to know them."""
    app = open_page(both, "requests")
    assert not any("申请的收与办" in json.dumps(f["layout"]["title"], ensure_ascii=False) for f in figures(app))


def test_a_balance_that_does_not_add_up_says_so(open_page: Any, province: Path) -> None:
    app = open_page(province, "requests", year="2023")
    first = figures(app)[0]
    bars = {t["name"]: sum(t["x"]) for t in first["data"]}
    gap = abs(bars["上年结转"] + bars["新收申请"] - bars["办结"] - bars["结转下年"])
    told = [a["text"] for a in first["layout"]["annotations"] if a.get("name") == "sum"]
    assert len(told) == 2 and ("两边相差" in told[-1]) == (gap > 0)


def test_the_flow_and_its_cross_tab_show_the_same_figures(open_page: Any, province: Path) -> None:
    flow = next(f for f in figures(open_page(province, "requests")) if any(t["type"] == "sankey" for t in f["data"]))
    bands = next(t for t in flow["data"] if t["type"] == "sankey")["link"]["value"]
    cells = [
        int(text.replace(",", ""))
        for t in flow["data"]
        if t["type"] == "bar"
        for text, y in zip(t["text"], t["y"], strict=True)
        if y < 6
    ]
    assert sum(bands) == sum(cells) and sorted(b for b in bands) == sorted(c for c in cells if c)


def test_shares_add_up_and_small_wholes_are_words(open_page: Any, province: Path) -> None:
    shares = next(f for f in figures(open_page(province, "requests")) if "处理结果构成" in f["layout"]["title"]["text"])
    sums: dict[int, float] = {}
    for trace in shares["data"]:
        for y, x in zip(trace["y"], trace["x"], strict=True):
            sums[y] = sums.get(y, 0.0) + x
    assert sums and all(abs(s - 100) < 1e-6 for s in sums.values())
    for note in (a for a in shares["layout"]["annotations"] if a.get("name") == "none"):
        assert note["y"] not in sums and ("n=" in note["text"] or "不全" in note["text"] or "空白" in note["text"])


def test_a_rate_shows_its_two_numbers_or_none(open_page: Any, province: Path) -> None:
    app = open_page(province, "disputes", unit="agency")
    found = [f for f in figures(app) if "纠正率" in f["layout"]["title"]["text"]]
    for figure in found:
        for note in (a for a in figure["layout"]["annotations"] if a.get("name") == "n"):
            part, whole = note["text"].split("（")[1].rstrip("）").split("/")
            assert int(whole) >= 10 and int(part) <= int(whole)


def test_a_report_brings_its_agency_and_marks_its_numbers(open_page: Any, province: Path) -> None:
    app = open_page(province, "agency", system="教育")
    name = app.selectbox(key="f_agency").value
    reports = open_page(province, "reports", agency=name)
    chosen = reports.selectbox(key="f_report")
    assert len(chosen.options) >= 3
    marks = reports.selectbox(key="f_mark").options
    assert len(marks) > 30 and any("本年新收政府信息公开申请数量" in m for m in marks)
    deep = open_page(province, "reports", report=chosen.value, mark="3")
    assert address(deep) == {"agency": name, "report": chosen.value, "mark": "3"}
    assert "看板" in words(deep) and "口径" in words(deep)
    deep.selectbox(key="f_city").select("990200").run()
    assert not deep.exception and "report" not in address(deep) and "mark" not in address(deep)


def test_a_file_that_is_gone_is_said_and_its_quotes_remain(open_page: Any, both: Path) -> None:
    """The files of the sample hold other bytes than the sums that stand in the build."""
    app = open_page(both, "reports", city="880100")
    assert "不显示原文" in words(app) or "不能显示全文" in words(app)
    assert "已读出的数和原句" in words(app)
    assert not [b for b in app.get("download_button") if "源文件" in b.proto.label]


def test_plans_of_one_section(open_page: Any, province: Path) -> None:
    app = open_page(province, "plans")
    sections = app.selectbox(key="f_section").options
    assert len(sections) > 2
    app.selectbox(key="f_section").select_index(1).run()
    assert not app.exception and address(app).get("section")
    shown = app.dataframe[0].value
    assert len(shown) and all(address(app)["section"] in s for s in shown["责任科室"])


def test_presets_choose_in_one_click(open_page: Any, both: Path) -> None:
    app = open_page(both, "requests", city="880200", year="2021")
    next(b for b in app.selectbox if b.label == "一个系统在各市的部门").set_value("应急管理").run()
    assert not app.exception and address(app) == {"year": "2021", "system": "应急管理", "level": "city"}
    next(b for b in app.selectbox if b.label == "一个市的市级部门").set_value("880100").run()
    assert address(app) == {"year": "2021", "city": "880100", "level": "city"}


def test_agencies_are_found_by_initials_and_alias(open_page: Any, both: Path) -> None:
    app = open_page(both, "agencies")
    options = app.multiselect(key="f_agency").options
    assert any(option.endswith("dysyjglj") and "东一市应急管理局" in option for option in options)
    assert any(text in option for text in HOSTILE[:1] for option in options)
