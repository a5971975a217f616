"""Ways from one page to another, and pickers for what only some pages choose (a report, a plan). Addresses carry ids only."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
import streamlit as st

from etl.model import YearbookError
from pages.kit import queries, queries_report, queries_topics, state, wording
from pages.kit.filters import View

MOST_MARKS = 3000
_REPORT = re.compile("0|[1-9][0-9]{0,15}")  # 53 bits


@dataclass(frozen=True)
class Reports:
    """The ids that an address may name for `report`: asked for one by one, since there may be a million. '' comes first and means the default."""

    def __contains__(self, report: object) -> bool:
        if report == "":
            return True
        if not isinstance(report, str) or not _REPORT.fullmatch(report):
            return False
        return any(
            len(queries_report.reports_of(build, fictional, None, int(report))) for build, fictional in _builds()
        )

    def __getitem__(self, position: int) -> str:
        return [""][position]


def known(what: str) -> list[str]:
    """Every id that an address may name for `mark`, `plan` or `section`; '' comes first and means the default."""
    if what == "mark":
        return ["", *map(str, range(MOST_MARKS))]
    ids: list[str] = [""]
    try:
        for build, fictional in _builds():
            if what == "plan":
                ids += [str(r) for r in queries_topics.plans(build, fictional)["report_id"]]
            elif what == "section":
                ids += queries_topics.plan_sections(build, fictional)
    except YearbookError:  # a build that the pages cannot read: the page says so when it has its title
        return [""]
    return ids


def _builds() -> list[tuple[str, bool]]:
    """The name of the build in use with its real and its invented rows; nothing where there is none."""
    try:
        build = queries.current()
    except YearbookError:
        return []
    return [(build.name, fictional) for fictional in (False, True)] if build else []


def pick(view: View, name: str, label: str, words: Mapping[str, str], width: int = 460) -> str:
    """A list to choose one of, tied to the address. Returns the chosen id; one that is not in the list falls back to the first."""
    ids = list(words)
    chosen = view.filters.more.get(name, "")
    chosen = chosen if chosen in words else ids[0]
    shown: dict[str, str] = {v: wording.clean(words[v]) for v in ids}
    st.selectbox(label, ids, format_func=lambda v: shown.get(v, v), width=width, **state.bound(name, chosen))
    return chosen


def _data(view: View) -> dict[str, str]:
    return (
        {"data": view.filters.data}
        if view.options.has_real and view.options.has_fictional and view.filters.fictional
        else {}
    )


def to_agencies(view: View, params: Mapping[str, str], label: str = "看各机关的这个数") -> None:
    """A link to 机关对比 with the choices made so far and `params` on top."""
    now = state.carried_to({**_data(view), **params})
    known = {k: v for k, v in now.items() if k not in ("agency", "report", "mark", "plan", "section")}
    st.page_link("pages/agencies.py", label=wording.plain(label), icon=":material/bar_chart:", query_params=known)


def to_report(view: View, agency: str | None, report: Any, mark: Any = None, label: str = "看报告原文中的位置") -> None:
    """A link to a report's text, at one of its marked numbers where `mark` (the observation's ordinal) is given."""
    params = _data(view)
    if report is None or pd.isna(report):
        return
    params |= {"agency": agency} if agency else {}
    params |= {"report": str(int(report))}
    if mark is not None and not pd.isna(mark):
        params["mark"] = str(int(mark))
    st.page_link("pages/reports.py", label=wording.plain(label), icon=":material/article:", query_params=params)


def to_agency(view: View, agency: str, year: int | None = None, label: str = "看这个机关的画像") -> None:
    """A link to an agency's own page."""
    params = _data(view)
    params |= {"agency": agency}
    if year and year != (view.options.years[-1] if view.options.years else None):
        params["year"] = str(year)
    st.page_link("pages/agency.py", label=wording.plain(label), icon=":material/account_balance:", query_params=params)


def pick_or_none(view: View, name: str, label: str, words: Mapping[str, str], chosen: str) -> None:
    """A searchable list of which nothing need be chosen, tied to the address."""
    st.selectbox(label, list(words), index=None, format_func=lambda v: wording.clean(words.get(v, v)), placeholder="输入指标名称查找", width=460,
                 **state.bound(name, chosen or None))  # fmt: skip
