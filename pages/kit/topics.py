"""What the pages on one theme share: the reach of the filters, the name of a sum, who is in it and who is not. No SQL, no figures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from etl import model
from etl.registry import form_of, load_catalogue, load_metrics, words_of
from pages.kit import entities, queries, queries_build, wording
from pages.kit.filters import View

APPLICANTS = tuple(a for a in model.APPLICANTS if a != "total")
BALANCE = ("requests_carried_in", "requests_received", "requests_closed", "requests_carried_out")
GROUPS = {"denied": "requests_denied", "unavailable": "requests_unavailable", "not_processed": "requests_not_processed"}
STAGES, RESULTS = words_of("stage"), words_of("result")
"""A metric of table 4 is called by its stage and its result."""
CHANNELS = (
    "proactive_via_website", "proactive_via_wechat", "proactive_via_weibo", "proactive_via_gazette", "proactive_via_other",
)  # fmt: skip
DOCUMENTS = "normative_documents"
"""The row of a form's table of regulations and normative documents that 主动公开与政策解读 shows (its `id` in forms/*.yml)."""
REVIEW_FIRST = (2024, "2024年起不予公开案件复议前置")
"""Administrative Reconsideration Law as revised, in force 2024-01-01, article 23(1)(4): review before suing over a refusal (DOMAIN A.7)."""


def reach(view: View) -> dict[str, Any]:
    """The filters that say which agencies, as keywords of queries_topics."""
    f = view.filters
    return {"province": f.province, "city": f.city, "level": f.level, "system": f.system, "agencies": tuple(f.agency)}


def narrow(reach_: Mapping[str, Any]) -> dict[str, Any]:
    """The same for queries that know no list of agencies."""
    return {k: v for k, v in reach_.items() if k != "agencies"}


def here(view: View) -> str:
    """What a sum over the chosen agencies is called: one agency's name, else place and system."""
    f, options = view.filters, view.options
    if len(f.agency) == 1:
        return options.agencies[f.agency[0]].name
    place = options.cities.get(f.city or "") or options.provinces.get(f.province or "") or "全部城市"
    chosen = f"所选{len(f.agency)}个机关" if f.agency else "合计"
    return "".join(x for x in (place, wording.LEVEL.get(f.level or "", ""), f.system or "", chosen) if x)


def standing(view: View, metric: str, year: int) -> pd.DataFrame:
    """Every agency in reach with the status of one metric in one year: who could be in a sum."""
    f = view.filters
    df = queries.values(view.build.name, f.fictional, (metric,), (year,), f.scope or "", **narrow(reach(view)))
    return df[df["id"].isin(f.agency)] if f.agency else df


def shorts() -> dict[str, str]:
    """Short names of all metrics and breakdowns, for legends and column heads."""
    catalogue = load_catalogue()
    return {m.id: m.short for m in catalogue.metrics} | {b.id: b.short or b.name for b in catalogue.breakdowns}


def parts_of(metric: str, year: int) -> tuple[str, ...]:
    """What adds up to a metric in the national form of a year, in the registry's order; () where that form knows no parts."""
    form = form_of(year)
    return load_metrics()[metric].parts_in(form.id) if form else ()


def outcomes(year: int) -> tuple[str, ...]:
    """What becomes of requests in the national form of a year; () where it divides 办结 by time and not by outcome, as that of 2014 does."""
    parts = parts_of("requests_closed", year)
    return parts if "requests_granted" in parts else ()


def cautions(metrics: Sequence[str]) -> list[str]:
    """What the registry says not to conclude from metrics that are drawn together."""
    known = [load_metrics()[m] for m in metrics]
    return [f"{m.short}：{wording.clean(m.caution)}" for m in known if m.caution]


def documents(year: int) -> tuple[str, dict[str, str]]:
    """What the national form of a year asks about normative documents: the row's label, metric -> head of its column; nothing where it does not."""
    form = form_of(year)
    for table in form.tables if form else ():
        for row in table.rows:
            if row.id == DOCUMENTS:
                return row.label, {row.cells[c.id]: c.label for c in table.columns if c.id in row.cells}
    return "", {}


def as_one(df: pd.DataFrame, name: str) -> pd.DataFrame:
    """Rows of sums as rows of one entity called `name`: the columns that charts and cards want."""
    out = df.copy()
    single = out["agency_id"].notna()
    out["id"] = out["agency_id"].where(single, "sum")
    out["name"] = name
    out["agency"] = name
    for column in ("adcode", "city", "level", "system", "title"):
        out[column] = None
    return out


def held(df: pd.DataFrame) -> int:
    """How many agencies are in a sum."""
    return int(df["parts_held"].max()) if len(df) else 0


def left_out(who: pd.DataFrame, inside: int, want: str) -> list[str]:
    """Notes on a sum: how many of the agencies in reach it holds, and who is missing for want of a report or a table."""
    every = len(who)
    notes = [f"合计只含表中{want}的{inside}个机关（范围内已知{every}个）。"] if inside < every else []
    for status, words in (
        ("no_report", "未见报告（未计入，不等于0）"),
        ("table_missing", "报告中未见统计表（未计入）"),
    ):
        rows = who[who["status"] == status]
        if len(rows):
            notes.append(f"{words}：{wording.names(list(dict.fromkeys(rows['name'])), 12, '个机关')}。")
    return notes


def bounds(df: pd.DataFrame) -> list[str]:
    """A note where a sum lacks agencies that left the cell blank."""
    without = df[(df["status"] == "reported") & (df["n"] < df["parts_held"])]
    if (without["qualifier"] == "at_least").any():
        return ["≥ 有的机关此栏空白，合计只含填了数的，至少为此数。"]
    return ["有的机关此栏空白，合计只含填了数的，其中又有约数，不能说至少为此数。"] if len(without) else []


def cut(order: Sequence[str], most: int, words: str) -> list[str]:
    """A note where a chart shows only the first of many rows."""
    return [f"共{len(order)}个机关，图中为{words}{most}个，其余见表。"] if len(order) > most else []


def largest_cells(df: pd.DataFrame, sources: Mapping[str, str], targets: Mapping[str, str]) -> str:
    """The three greatest flows in words, for screen readers."""
    top = entities.greatest(df, 3)
    return "最多的：" + "，".join(
        f"{sources.get(r.breakdown, r.breakdown)}到{targets.get(r.metric, r.metric)}{wording.number(r.value)}件"
        for r in entities.rows(top)
    )


def shares_alt(df: pd.DataFrame, names: Mapping[str, str]) -> str:
    """The shares of the first three rows in words, for screen readers."""
    told = []
    for _, part in list(df[df["whole"] >= 10].groupby("id", sort=False))[:3]:
        shares = "、".join(f"{names.get(r.metric, r.metric)}{wording.rate(r.share)}" for r in entities.rows(part))
        told.append(f"{wording.clean(part['name'].iloc[0])}：{shares}")
    return "；".join(told)


def stages_alt(df: pd.DataFrame) -> str:
    """The latest year's sum of each stage in words, for screen readers."""
    last = int(df["year"].max())
    now = df[(df["year"] == last) & (df["status"] == "reported")].groupby("stage")["value"].sum()
    return f"{last}年度：" + "，".join(
        f"{name}{wording.number(now[stage])}件" for stage, name in STAGES.items() if stage in now
    )


def longest(df: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows of at most `most` agencies that have a figure: those with the most years first."""
    years = df[df["status"] == "reported"].groupby("id")["year"].nunique().sort_values(ascending=False, kind="stable")
    place = {key: n for n, key in enumerate(years.index[:most])}
    kept = df[df["id"].isin(place)]
    return kept.assign(_at=kept["id"].map(place)).sort_values(["_at", "year"], kind="stable").drop(columns="_at")


def with_any(df: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows of at most `most` agencies that have any figure above nought, greatest first."""
    best = (
        df[(df["status"] == "reported") & (df["value"] > 0)]
        .groupby("id")["value"]
        .max()
        .sort_values(ascending=False, kind="stable")
    )
    place = {key: n for n, key in enumerate(best.index[:most])}
    kept = df[df["id"].isin(place)]
    return kept.assign(_at=kept["id"].map(place)).sort_values(["_at", "metric"], kind="stable").drop(columns="_at")


def channels(df: pd.DataFrame) -> pd.DataFrame:
    """One row per channel: the sum over the agencies that state it and how many do. The channels overlap and are never added."""
    held_ = df[(df["status"] == "reported") & ~df["part_year"]]
    held_ = held_[~entities.of_other_units(held_)]
    if held_.empty:
        return held_
    rows = []
    for metric in CHANNELS:
        part = held_[held_["metric"] == metric]
        if len(part):
            exact = part["qualifier"].fillna("exact").eq("exact").all()
            rows.append(part.iloc[0].to_dict() | {
                "id": metric, "name": f"{part['metric_short'].iloc[0]}（{part['id'].nunique()}）", "value": float(part["value"].sum()), "agency": None,
                "qualifier": "exact" if exact else "about", "corrected": False, "report_id": None, "peer_median": float("nan"), "title": None,
                "method": "narrative" if part["method"].eq("narrative").any() else "table", "parts_held": part["id"].nunique(),
            })  # fmt: skip
    return pd.DataFrame(rows)


def pairs(df: pd.DataFrame, by: str) -> tuple[pd.DataFrame, list[str], list[str]]:
    """Counts of a plan's items by responsible section and `by` (frequency, or top: the first heading above a task), and both in order: sections and
    headings as they appear, the most usual frequency first."""
    other = df["path"].fillna("").str.split(" ＞ ").str[0] if by == "top" else df[by].fillna("")
    found: dict[tuple[str, str], int] = {}
    rows: dict[str, None] = {}
    columns: dict[str, None] = {}
    for sections, column in zip(df["section"].fillna(""), other, strict=True):
        for section in sections.split("、"):
            key = (wording.clean(section) or "未写明", wording.clean(column) or "未写明")
            found[key] = found.get(key, 0) + 1
            rows.setdefault(key[0])
            columns.setdefault(key[1])
    table = pd.DataFrame([{"row": r, "column": c, "count": n} for (r, c), n in found.items()])
    often = table.groupby("column")["count"].sum() if by == "frequency" else dict.fromkeys(columns, 0)
    return table, list(rows), sorted(columns, key=lambda c: (c == "未写明" and by == "frequency", -often[c]))


def pairs_alt(df: pd.DataFrame) -> str:
    """The three greatest counts in words, for screen readers."""
    top = df.nlargest(3, "count")
    return "最多的：" + "，".join(f"{r.row}、{r.column}{r.count}项" for r in top.itertuples(index=False))


def pairs_rows(df: pd.DataFrame, plan: pd.Series, what: str) -> pd.DataFrame:
    """Counts of a plan as rows of a chart, for table and files."""
    rows = df.assign(
        id=df["row"],
        name=df["row"],
        year=int(plan["year"] or 0),
        metric=df["column"],
        metric_name=what + "：" + df["column"],
        value=df["count"].astype(float),
    )
    empty = dict.fromkeys(("adcode", "city", "level", "system"), None)
    return rows.assign(
        status="reported",
        qualifier="exact",
        unit="项",
        method=None,
        agency=plan["agency"],
        title=plan["title"],
        report_id=plan["report_id"],
        **empty,
    )


def reports(df: pd.DataFrame) -> int:
    """How many reports stand behind rows of several metrics: the agencies of each entity and year, added."""
    return int(df.groupby(["id", "year"])["parts_held"].max().sum())


def by_change(df: pd.DataFrame, before: int, after: int, chosen: Sequence[str] = ()) -> tuple[pd.DataFrame, int]:
    """The rows of two years for slopes, and how many entities have a figure in both: chosen ones first, then by how much it changed, those
    without a pair last. A rate over a small denominator is no figure."""
    rows = df[df["year"].isin([before, after])]
    usable = entities.of_one_unit(rows)
    usable = usable[(usable["status"] == "reported") & usable["value"].notna() & usable["reliable"].astype(bool)]
    wide = usable.pivot_table(index="id", columns="year", values="value", aggfunc="first").reindex(
        columns=sorted({before, after})
    )
    size = (wide[after] - wide[before]).abs().dropna()
    picked = [k for k in chosen if k in size.index]
    rest = size.drop(picked).sort_values(ascending=False, kind="stable").index
    place = {key: n for n, key in enumerate([*picked, *rest])}
    at = rows["id"].map(place).fillna(len(place))
    return rows.assign(_at=at).sort_values(["_at", "name", "id", "year"], kind="stable").drop(columns="_at"), len(place)


def one_group(df: pd.DataFrame, chosen: Sequence[str] = ()) -> tuple[pd.DataFrame, int]:
    """The rows of one peer group for places over the years, and how many groups there are with at least FEWEST_PEERS placed: the group of the
    first chosen entity, else the one with most figures. Chosen entities first, then by the latest place. Nothing where no group is large enough."""
    ranked = df[(df["status"] == "reported") & df["peer_rank"].notna() & (df["peer_n"] >= queries_build.FEWEST_PEERS)]
    if ranked.empty:
        return ranked, 0
    groups = ranked["peer"].value_counts(sort=True)
    of_chosen = ranked[ranked["id"].isin(chosen)]["peer"]
    group = of_chosen.iloc[0] if len(of_chosen) else sorted(groups[groups == groups.max()].index)[0]
    here_ = ranked[ranked["peer"] == group]
    latest = here_.sort_values(
        ["year", "peer_rank", "name"], ascending=[False, True, True], kind="stable"
    ).drop_duplicates("id")["id"]
    place = {
        key: n
        for n, key in enumerate([*(k for k in chosen if k in set(latest)), *(k for k in latest if k not in chosen)])
    }
    rows = df[df["id"].isin(place)]
    rows = rows.assign(_at=rows["id"].map(place), peer_rank=rows["peer_rank"].where(rows.index.isin(here_.index)))
    return rows.sort_values(["_at", "year"], kind="stable").drop(columns="_at"), len(groups)


def group_name(df: pd.DataFrame, province: str | None) -> str:
    """A peer group in words: 各市, or 市级·教育（本省）."""
    group = str(df["peer"].dropna().iloc[0]) if df["peer"].notna().any() else ""
    if group == "city":
        return "各市（本省）" if province else "各市"
    level, _, system = group.partition("|")
    return f"{wording.LEVEL.get(level, level)}·{wording.clean(system).replace('|', '·')}" + (
        "（本省）" if province else "（本库全部）"
    )


def change_alt(df: pd.DataFrame, before: int, after: int) -> str:
    """The three greatest changes in words, for screen readers."""
    told = []
    for _, part in list(df.groupby("id", sort=False))[:3]:
        value = dict(zip(part["year"].astype(int), part["value"], strict=True))
        told.append(
            f"{wording.clean(part['name'].iloc[0])}由{wording.number(value.get(before))}到{wording.number(value.get(after))}"
        )
    return "增减最多的：" + "，".join(told)


def places_alt(df: pd.DataFrame) -> str:
    """The latest year's first three places in words, for screen readers."""
    ranked = df.dropna(subset=["peer_rank"])
    last = int(ranked["year"].max())
    now = ranked[ranked["year"] == last].sort_values("peer_rank", kind="stable").head(3)
    return f"{last}年度：" + "，".join(f"{wording.clean(r.name)}第{int(r.peer_rank)}位" for r in entities.rows(now))
