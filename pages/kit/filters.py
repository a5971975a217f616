"""The filter bar: linked, searchable controls over `state`, one readable line under the title, and the head of every page.

Beside state.py, which only knows the address: this module draws, and asks queries what can be chosen.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeVar, cast

import pandas as pd
import streamlit as st

from etl.model import YearbookError
from etl.registry import load_catalogue
from etl.warehouse import Build
from pages.kit import entities, queries, queries_report, state, wording
from pages.kit.state import Filters, Options

EVERY = "全部"
Made = TypeVar("Made")
LABELS = {
    "data": "数据", "province": "省", "city": "市", "level": "层级", "system": "系统", "agency": "机关", "year": "年度", "metric": "指标",
    "kind": "报告类型", "scope": "报告范围",
}  # fmt: skip
LEVELS = ("province", "city", "county", "township")


@dataclass(frozen=True)
class View:
    """What a page works with: the build, what is chosen, what could be, and the chosen metric's declaration."""

    page: str
    build: Build
    filters: Filters
    options: Options
    agencies: pd.DataFrame
    metrics: pd.DataFrame
    params: Mapping[str, str]
    declared: Mapping[str, Mapping[str, Any]]
    searchable: Mapping[str, str]

    @property
    def metric(self) -> dict[str, Any]:
        return self.metric_of(self.filters.metric)

    def metric_of(self, metric: str | None) -> dict[str, Any]:
        return dict(self.declared.get(metric or "", {}))


@dataclass(frozen=True)
class Shared:
    """What every reader of a build sees the same: put together once, changed by nobody. `declared`: rows of `metrics` by id;
    `searchable`: the words by which an agency is found in a list, by id."""

    options: Options
    agencies: pd.DataFrame
    metrics: pd.DataFrame
    declared: Mapping[str, Mapping[str, Any]]
    searchable: Mapping[str, str]


def theme_names() -> dict[str, str]:
    return {t.id: t.name for t in load_catalogue().themes}


@st.cache_resource(max_entries=32, show_spinner=False)
def _shared(
    name: str, fictional: bool, metric: str, scope: str, metric_ids: tuple[str, ...] | None, _build: Build
) -> Shared:
    """What a page starts from; `name` is the build's."""
    agencies, metrics, reach = (f(name, fictional) for f in (queries.agencies, queries.metrics, queries.reach))
    known, searchable = _known_agencies(name, fictional)
    themes = theme_names()
    offered = metrics if metric_ids is None else metrics[metrics["id"].isin(metric_ids)]
    named = agencies.dropna(subset=["province"]).drop_duplicates("province_id")
    cities = agencies.dropna(subset=["city_id"]).drop_duplicates("city_id")
    scopes = [s for s in ("own_agency", "government_aggregate", "unknown") if s in set(reach["scope"])]
    options = Options(
        agencies=known,
        provinces=dict(zip(named["province_id"], named["province"], strict=True)),
        cities=dict(zip(cities["city_id"], cities["city"], strict=True)),
        city_province=dict(zip(cities["city_id"], cities["province_id"], strict=True)),
        levels=tuple(x for x in LEVELS if x in set(agencies["level"].dropna())),
        systems=tuple(sorted(set(agencies["system"].dropna()))),
        years=tuple(sorted({int(y) for y in reach["year"]})),
        metrics={r.id: f"{themes.get(r.theme, '')}·{r.name}" for r in offered.itertuples(index=False)},
        kinds=tuple(k for k in ("annual_report", "work_summary") if k in set(reach["kind"])),
        scopes=tuple(scopes), has_real=_build.has_real, has_fictional=_build.has_fictional, metric=metric, scope=scope,
    )  # fmt: skip
    declared = {r["id"]: r for r in metrics.to_dict("records")}
    return Shared(options, agencies, metrics, declared, searchable)


@st.cache_resource(max_entries=4, show_spinner=False)
def _known_agencies(build: str, fictional: bool) -> tuple[Mapping[str, state.Agency], Mapping[str, str]]:
    """The agencies and the words of their list, the same on every page: pinyin of thousands of names is looked up once."""
    df = queries.agencies(build, fictional)
    known = {
        r.id: state.Agency(r.id, r.called, _none(r.province_id), _none(r.city_id), _none(r.level), _none(r.system))
        for r in df.itertuples(index=False)
    }
    return known, entities.labels(df)


@st.cache_resource(max_entries=96, show_spinner=False)
def _once(what: str, _make: Callable[[], Any]) -> Any:
    return _make()


@st.cache_resource(max_entries=256, show_spinner=False)
def _once_small(what: str, _make: Callable[[], Any]) -> Any:
    """For figures and counts, a tenth of a megabyte each: rows of a whole province over the years are twenty."""
    return _make()


def once(view: View, name: str, make: Callable[[], Made], *more: Any, small: bool = False) -> Made:
    """What `make` gives, made once for everyone who opens the same address on the same build; nobody changes it. `name` is unique on
    the page; `more`: what it depends on besides the address; `small`: it holds no rows."""
    what = (view.build.name, view.page, name, sorted(view.params.items()), *more)
    # one string as the key: of a tuple every part is hashed on its own, which costs ten times as much
    return cast(Made, (_once_small if small else _once)(repr(what), make))


def _none(value: Any) -> Any:
    return None if value is None or pd.isna(value) else value


def no_build(reason: str = "") -> None:
    """What every page says before there is a build: what was asked, why nothing is there, what to do."""
    st.title("还没有数据")
    if reason:
        st.error(wording.plain(reason))
    st.markdown(
        "这里要显示政府信息公开报告里的数值，但本机还没有建立数据库。两种办法任选其一，完成后刷新本页：\n\n"
        "1. 先看示例：在程序目录运行下面第一条命令，装入虚构省份的示例报告；\n"
        "2. 装入自己的文件：运行第二条命令，把“报告文件夹”换成存放报告的文件夹、文件或压缩包。"
    )
    st.code("make run\npython -m etl load 报告文件夹", language="bash")
    st.caption("装入时会显示进度；读不了的文件会单独列出原因，不影响其余文件。")


def page_view(
    page: str, title: str, used: Sequence[str], metric: str = "proactive_disclosures", scope: str = "own_agency",
    choices: Mapping[str, state.Allowed] | None = None, metric_ids: Sequence[str] | None = None, single: bool = False,
    said: Callable[[View], str] | None = None,
) -> View | None:  # fmt: skip
    """Title, banner, filter bar and filter line of a page. None when there is nothing to show: the page has then said why.

    `used`: the filters of this page, in the order shown. `choices`: its own switches, name -> allowed values, first is default.
    `said`: gives the filter line of a page where not every filter holds in every view.
    `single`: the page is about one agency: the one chosen, else that of the `report` in the address, else the first in reach.
    """
    state.enter_by_app()
    try:
        build = queries.current()
    except YearbookError as fault:
        no_build(str(fault))
        return None
    if build is None:
        no_build()
        return None
    params = state.arrive(page)
    data = state.data_of(params, build.has_real, build.has_fictional)
    offered = None if metric_ids is None else tuple(metric_ids)
    try:
        shared = _shared(build.name, data == "demo", metric, scope, offered, build)
    except YearbookError as fault:  # made by an older version, or replaced a moment ago: the page says so
        no_build(str(fault))
        return None
    options = shared.options
    filters = state.parse(params, options, choices)
    if single:
        filters = _one_agency(build, filters, options)
    canonical = state.to_params(filters, options, ["data", *used], choices)
    if single and not filters.agency:  # a default is no choice: it stays out of the address and of the next page
        filters = replace(filters, agency=tuple(state.agencies_in_reach(options, filters)[:1]))
    state.publish(canonical, [*used, "data", *(choices or {})])
    st.title(title)
    if filters.fictional:
        st.warning(
            f"**{wording.FICTIONAL}**：省、市、机关和数字均为虚构，仅供了解功能，不得引用。", icon=":material/science:"
        )
    if not options.years:
        st.info(
            "数据库里还没有可比较的年度报告或工作总结。请装入报告后刷新本页；被搁置的文件可用 python -m etl status 查看原因。"
        )
        return None
    view = View(
        page, build, filters, options, shared.agencies, shared.metrics, canonical, shared.declared, shared.searchable
    )
    if not used and not (build.has_real and build.has_fictional):
        return view  # nothing to choose
    if state.text_width() < 560:
        with st.expander("筛选"):
            _bar(view, used, single)
    else:
        with st.container(border=True):
            _bar(view, used, single)
    st.caption(wording.plain(said(view) if said else filter_line(view, used)))
    return view


def _one_agency(build: Build, filters: Filters, options: Options) -> Filters:
    """At most one agency chosen, that of the report in the address if none is; no report of another one."""
    report = filters.more.get("report", "")
    asked = queries_report.reports_of(build.name, filters.fictional, None, int(report))["agency_id"] if report else ()
    owner = next(iter(asked), None)
    chosen = filters.agency[:1]
    stale = owner in options.agencies and not state.in_reach(options.agencies[str(owner)], filters)
    if not chosen and owner in options.agencies and not stale:
        chosen = (str(owner),)
    if report and (stale or (chosen and owner is not None and owner != chosen[0])):
        filters = replace(filters, more={**filters.more, "report": "", "mark": ""})
    return replace(filters, agency=chosen)


def _bar(view: View, used: Sequence[str], single: bool = False) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="small"):
        if view.options.has_real and view.options.has_fictional:
            st.selectbox(
                "数据", ["real", "demo"], format_func=lambda d: "真实" if d == "real" else "虚构示例", width=115,
                **state.bound("data", view.filters.data),
            )  # fmt: skip
        for name in used:
            if name != "province" or len(view.options.provinces) > 1:
                _control(view, name, single)
        if {"city", "system", "agency"} <= set(used) and not single:
            _presets(view)
        st.button("重置", on_click=state.reset, icon=":material/restart_alt:", help="清除全部筛选，回到默认")


def _presets(view: View) -> None:
    """The three views that are asked for most: everything, one system in all cities, one city's departments."""
    chosen, options = view.filters, view.options
    cities = [c for c in options.cities if not chosen.province or options.city_province.get(c) == chosen.province]
    systems = [s for s in options.systems if s != "人民政府"]
    clear = ("city", "level", "system", "agency")
    with st.popover("常用范围", icon=":material/bookmarks:"):
        st.button("全部城市、全部机关", on_click=state.go, args=({}, clear), key="preset_all")
        for name, label, ids, words in (
            ("city", "一个市的市级部门", cities, options.cities),
            ("system", "一个系统在各市的部门", systems, dict(zip(systems, systems, strict=True))),
        ):
            now = getattr(chosen, name) if chosen.level == "city" else None
            st.selectbox(label, ids, format_func={k: wording.clean(v) for k, v in words.items()}.__getitem__, placeholder="选一个",
                         **state.preset(name, now, {"level": "city"}, clear))  # fmt: skip


def _control(view: View, name: str, single: bool = False) -> None:
    options, chosen = view.options, view.filters
    if name == "metric":
        st.selectbox("指标", list(options.metrics), format_func=lambda m: wording.clean(options.metrics.get(m, m)), width=330,
                     **state.bound("metric", chosen.metric))  # fmt: skip
    elif name == "year":
        st.selectbox(
            "年度",
            list(reversed(options.years)),
            format_func=lambda y: f"{y}年度",
            width=120,
            **state.bound("year", chosen.year),
        )
    elif name in ("first", "last"):
        words_of_end = {"first": "起始年度", "last": "截止年度"}
        st.selectbox(
            words_of_end[name],
            list(options.years),
            format_func=lambda y: f"{y}年度",
            width=120,
            **state.bound(name, getattr(chosen, name)),
        )
    elif name == "agency":
        ids = state.agencies_in_reach(options, chosen)
        taken = {k: wording.clean(options.agencies[k].name) for k in chosen.agency}  # a chosen one shows its name alone
        named = {**view.searchable, **taken} if taken else view.searchable
        help_ = "可用全称、简称、别名或拼音首字母查找"
        if single:
            st.selectbox("机关", ids, format_func=lambda k: named.get(k, k), placeholder="名称或拼音首字母", width=330, help=help_,
                         **state.bound("agency", chosen.agency[0] if chosen.agency else None))  # fmt: skip
            return
        st.multiselect("机关", ids, format_func=lambda k: named.get(k, k), placeholder="名称或拼音首字母", width=220, help=help_,
                       max_selections=state.MOST_AGENCIES, select_all=False, **state.bound("agency", list(chosen.agency)))  # fmt: skip
    else:
        words: dict[str, Mapping[str, str] | None] = {
            "province": options.provinces, "city": options.cities, "level": wording.LEVEL, "system": None, "kind": wording.KIND,
            "scope": wording.SCOPE,
        }  # fmt: skip
        ids = list(getattr(options, {"province": "provinces", "city": "cities"}.get(name, name + "s")))
        if name == "city" and chosen.province:
            ids = [c for c in ids if options.city_province.get(c) == chosen.province]
        label = words[name] or {}
        every = [] if name == "scope" else [""]
        st.selectbox(LABELS[name], [*every, *ids], format_func=lambda v: wording.clean(label.get(v, v)) if v else EVERY, width={"level": 105, "kind": 115, "scope": 120}.get(name, 130),
                     **state.bound(name, getattr(chosen, name) or ""))  # fmt: skip


def filter_line(view: View, used: Sequence[str]) -> str:
    """The chosen filters in one readable line; the same line ends every file."""
    chosen, options = view.filters, view.options
    parts = [wording.FICTIONAL if chosen.fictional else ""]
    if "year" in used and chosen.year:
        parts.append(wording.year_text(chosen.year))
    if "first" in used and chosen.first and chosen.last:
        parts.append(wording.year_text((chosen.first, chosen.last)))
    if "metric" in used and chosen.metric:
        parts.append(f"指标：{view.metric.get('name', '')}")
    if "province" in used:
        parts.append(
            options.provinces.get(
                chosen.province or "",
                "全部省份" if len(options.provinces) > 1 else next(iter(options.provinces.values()), ""),
            )
        )
    if "city" in used:
        parts.append(options.cities.get(chosen.city or "", "全部城市"))
    if "level" in used:
        parts.append(wording.LEVEL.get(chosen.level or "", "各层级"))
    if "system" in used:
        parts.append(chosen.system or "各系统")
    if "kind" in used:
        parts.append(wording.KIND.get(chosen.kind or "", "年度报告和工作总结"))
    if "scope" in used:
        parts.append(f"范围：{wording.SCOPE.get(chosen.scope or '', '')}")
    if chosen.agency and "agency" in used:
        parts.append("所选机关：" + wording.names([options.agencies[a].name for a in chosen.agency], 5))
    return wording.options_line(parts)


def switch(view: View, name: str, label: str, words: Mapping[str, str]) -> str:
    """A page's own switch (chart form, sort …) tied to the address. Returns the chosen id."""
    ids = list(words)
    st.segmented_control(
        label,
        ids,
        format_func=lambda v: words.get(v, v),
        required=True,
        label_visibility="collapsed",
        **state.bound(name, view.filters.more.get(name, ids[0])),
    )
    return view.filters.more.get(name, ids[0])


def nothing_here(view: View, asked: str) -> None:
    """An empty result says what was asked, why nothing is there, and offers the nearest thing that is."""
    st.info(f"没有可显示的数值：{wording.plain(asked)}。")
    near = queries.nearest(view.build.name, view.filters.fictional, view.filters.metric or "")
    offers = [r for r in near.itertuples(index=False) if r.scope in view.options.scopes]
    if not offers:
        return
    st.markdown("有此数值的范围和年度：")
    for n, r in enumerate(offers[:3]):
        st.button(
            f"{wording.SCOPE.get(r.scope, r.scope)}，{r.year}年度（{r.n}个机关）", key=f"near_{n}",
            on_click=state.go, args=({"scope": r.scope, "year": str(r.year)}, ("city", "level", "system", "agency", "kind", "province")),
        )  # fmt: skip
