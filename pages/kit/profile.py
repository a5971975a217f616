"""What 机关画像 says of one agency: its place among its peers, its years, its reports as a list. No SQL, no figures."""

from __future__ import annotations

from typing import Any

import pandas as pd

from pages.kit import entities, wording
from pages.kit.filters import View

METRICS = (
    "proactive_disclosures", "policy_interpretations", "requests_received", "disclosure_rate", "carry_out_rate", "review_total", "litigation_total",
    "normative_documents_in_force",
)  # fmt: skip
"""The headline metrics, and one of each theme that a table holds."""

CUES = ("存在的问题", "存在问题", "主要问题", "改进", "下一步", "打算", "工作计划", "工作思路", "不足")


def about(view: View, agency: str) -> dict[str, Any]:
    """The agency's row: name, called, system, level, province, city, county, aliases."""
    found = view.agencies[view.agencies["id"] == agency]
    return {str(k): v for k, v in found.iloc[0].items()}


def scope_of(held: pd.DataFrame, asked: str) -> tuple[str, str]:
    """The scope to show: the one asked for, or the only one that this agency's reports have, with words that say so."""
    scopes = [s for s in ("own_agency", "government_aggregate", "unknown") if s in set(held["scope"])]
    if asked in scopes or not scopes:
        return asked, ""
    return scopes[0], f"这个机关的报告没有“{wording.SCOPE.get(asked, asked)}”的数，以下为“{wording.SCOPE[scopes[0]]}”。"


def _words(value: Any) -> str:
    return wording.clean(value) if isinstance(value, str) else ""


def line(about_: dict[str, Any]) -> str:
    """Level, system, place, other names in one line."""
    place = "".join(dict.fromkeys(_words(about_[n]) for n in ("province", "city", "county") if _words(about_[n])))
    aliases = [a for a in (about_["aliases"] if about_["aliases"] is not None else []) if a != about_["name"]]
    return wording.options_line([
        wording.LEVEL.get(_words(about_["level"]), "层级不详"), _words(about_["system"]) or "系统不详", place or "所在地不详",
        f"又名：{wording.names(aliases, 4)}" if aliases else "",
    ])  # fmt: skip


def peers_text(about_: dict[str, Any]) -> str:
    """Who is compared: the same level and system."""
    level, system = wording.LEVEL.get(_words(about_["level"])), _words(about_["system"])
    return f"本库中{level}{system}系统的机关" if level and system else "层级或系统不详，没有同类"


def peers(df: pd.DataFrame, agency: str, year: int) -> pd.DataFrame:
    """Rows of one year of the agency and its peers, metrics in order; metrics without any figure among them left out."""
    now = df["year"] == year
    own = df[now & (df["id"] == agency)]
    level, system = own[["level", "system"]].iloc[0] if len(own) else (None, None)
    part = _of_metrics(df, now & ((df["id"] == agency) | ((df["level"] == level) & (df["system"] == system))), ["id"])
    known = part[["metric", "peer", "peer_median", "peer_n"]].dropna(subset=["peer_median"])
    known = known[known.groupby("metric")["peer"].transform("nunique") == 1]  # of several units each has its own
    medians = known.groupby("metric")[["peer_median", "peer_n"]].first()
    return part.assign(**{  # known from any peer, also where the agency itself has no figure
        name: part[name].where(part[name].notna(), part["metric"].map(medians[name])) for name in ("peer_median", "peer_n")
    })  # fmt: skip


def _of_metrics(df: pd.DataFrame, wanted: pd.Series, then: list[str]) -> pd.DataFrame:
    """The wanted rows of METRICS that have a figure among them, in the order of METRICS and `then`."""
    held = set(df.loc[wanted & (df["status"] == "reported"), "metric"])
    place = {m: n for n, m in enumerate(METRICS) if m in held}
    keys = df.loc[wanted, ["metric", *then]]
    keys = keys.assign(metric=keys["metric"].map(place)).dropna(subset=["metric"])
    return df.loc[keys.sort_values(["metric", *then], kind="stable").index]


def own_years(df: pd.DataFrame, agency: str) -> pd.DataFrame:
    """The agency's rows over the years, metrics in order, those without any figure left out."""
    return _of_metrics(df, df["id"] == agency, ["year"])


def named(df: pd.DataFrame) -> pd.DataFrame:
    """One series per metric for small multiples: the metric stands where the agency stood, with the unit that is drawn."""
    drawn = df.assign(unit=df["unit"].mask(entities.of_other_units(df)))
    units = drawn.groupby("metric")["unit"].transform(lambda u: "、".join(dict.fromkeys(u.dropna())))
    return df.assign(name=df["metric_short"] + ("（" + units + "）").where(units != "", ""), id=df["metric"])


def notes(df: pd.DataFrame, agency: str) -> list[str]:
    """Where the agency stands, metric by metric, in words: above or below the median, place with direction and ties."""
    told = []
    for r in entities.rows(df[(df["id"] == agency) & (df["status"] == "reported")]):
        if pd.isna(r.peer_median) or not r.reliable or pd.isna(r.peer_rank):
            continue
        place = wording.rank_text(int(r.peer_rank), int(r.peer_n), int(r.peer_ties))
        told.append(
            f"{r.metric_short}：{wording.against_median(float(r.value), float(r.peer_median), r.unit == '%')}，{place}"
        )
    return ["；".join(told) + "。"] if told else []


def alt(df: pd.DataFrame, agency: str) -> str:
    """The agency's figures and the medians in words, for screen readers."""
    own = entities.rows(df[(df["id"] == agency) & (df["status"] == "reported")])
    return "；".join(
        f"{r.metric_short}{wording.value_text(r, None, r.unit == '%')}" + ("" if pd.isna(r.peer_median) else f"，中位数{wording.number(round(r.peer_median, 1))}")
        for r in own
    )  # fmt: skip


def listed(held: pd.DataFrame) -> pd.DataFrame:
    """Reports as a table for reading."""
    return pd.DataFrame({
        "年度": [str(int(y)) if y else "不详" for y in held["year"]], "类型": held["kind"].map(wording.KIND), "范围": held["scope"].map(wording.SCOPE),
        "表式": [wording.form_name(f) if f else "" for f in held["form"]], "公布日期": held["published_on"].fillna("不详"),
        "晚于期限": [f"{int(d)}天" if d is not None and d > 0 else "" for d in held["days_late"]], "载有的数": held["figures"], "问题": held["findings"],
        "标题": held["title"].map(wording.clean),
    })  # fmt: skip
