"""主动公开与政策解读: what is published and explained; by agency and year, by channel, per normative document."""

from typing import Any

import pandas as pd
import streamlit as st

from pages.kit import card, charts, charts_parts, charts_spread, entities, filters, queries, topics, wording

USED = ("year", "province", "city", "level", "system", "agency", "scope")
COUNTED = {"proactive_disclosures": "主动公开信息", "policy_interpretations": "政策解读"}

view = filters.page_view("proactive", "主动公开与政策解读", USED, choices={"count": list(COUNTED)})
if view is None:
    st.stop()
chosen, build, scope = view.filters, view.build.name, view.filters.scope or ""
reach, line, here, year = (
    topics.reach(view),
    filters.filter_line(view, USED),
    topics.here(view),
    int(view.filters.year or 0),
)
common = {"scope": here, "filter_line": line, "chosen": frozenset(chosen.agency)}


asked, columns = topics.documents(year)
OF_YEAR = (*topics.CHANNELS, "interp_ratio", *columns)
"""What the charts of one year show: asked for together, since three questions cost three times as much as one."""


def rows_of(metrics: tuple[str, ...], years: tuple[int, ...]) -> pd.DataFrame:
    df = queries.values(build, chosen.fictional, metrics, years, scope, **topics.narrow(reach))
    return df[df["id"].isin(chosen.agency)] if chosen.agency else df


def of_year(*metrics: str) -> pd.DataFrame:
    df = rows_of(OF_YEAR, (year,))
    return df[df["metric"].isin(metrics)]


count = filters.switch(view, "count", "数量", COUNTED)
metric = view.metric_of(count)


def over_the_years() -> tuple[pd.DataFrame, int, list[str], dict[str, Any]]:
    """The agencies with the most years: rows, how many agencies, notes, the metric's look."""
    rows = rows_of((count,), view.options.years)
    every = list(rows.loc[rows["status"] == "reported", "id"].unique())
    rows = topics.longest(rows, charts_parts.MOST_ROWS)
    notes = [*card.notes_for(rows, metric), *topics.cut(every, charts_parts.MOST_ROWS, "年份最全的")]
    return rows, rows["id"].nunique(), notes, card.metric_look(metric, rows)


df, held, notes, look = filters.once(view, "years", over_the_years)
if held:
    span = (min(view.options.years), max(view.options.years))
    card.show(view, card.Card(
        key="years", form="years", title=f"{metric['name']}，{wording.year_text(span)}", subtitle=f"{wording.SCOPE.get(scope, '')}，单位：{look['unit'] or metric['unit']}，{held}个机关",
        table=df, draw=lambda look: charts_spread.by_year(df, look), theme="主动公开", metric=metric["name"], year=f"{span[0]}-{span[1]}", in_order=True,
        notes=[*notes, "颜色深浅按数值的平方根，只便于看大小；斜线格为未见报告。"], **look, **common,
    ))  # fmt: skip
else:
    filters.nothing_here(view, line)

channels, notes = filters.once(
    view, "channels", lambda: (topics.channels(rows := of_year(*topics.CHANNELS)), card.unit_notes(rows))
)
if len(channels):
    card.show(view, card.Card(
        key="channels", title=f"经各渠道公开的信息，{wording.year_text(year)}", subtitle=f"{here}；括号内为载有此数的机关数，各渠道的机关不尽相同",
        table=channels, draw=lambda look: charts.ranking(channels, look), theme="主动公开", metric="公开渠道", year=str(year), entity="渠道", unit="条", clickable=False, reports=int(channels["parts_held"].max()),
        notes=["同一条信息可经几个渠道公开，各渠道之间有重复，不能相加充当总数，也不是总数的构成。", "只含正文或表中写明该渠道数量的机关。", *notes], **common,
    ))  # fmt: skip

ratio = view.metric_of("interp_ratio")


def ratios() -> tuple[pd.DataFrame, pd.DataFrame, int, list[str], dict[str, Any]]:
    """Explanations per document: every row, the greatest, how many have one, notes, the metric's look."""
    rows = of_year("interp_ratio")
    known = rows.loc[rows["status"] == "reported", "id"].tolist()
    top = entities.greatest(rows, charts_parts.MOST_ROWS)
    notes = [*card.notes_for(top, ratio), *topics.cut(known, charts_parts.MOST_ROWS, "数值最大的")]
    return rows, top, len(known), notes, card.metric_look(ratio, rows)


each, best, held, notes, look = filters.once(view, "ratios", ratios) if ratio else (df, df, 0, [], {})
if held:
    card.show(view, card.Card(
        key="ratio", title=f"每件规范性文件的解读数，{wording.year_text(year)}", table=each, draw=lambda look: charts.ranking(best, look),
        subtitle=f"政策解读数÷本年制发规范性文件数，{wording.SCOPE.get(scope, '')}，{held}个机关有数", theme="政策解读", metric="解读比",
        year=str(year), notes=notes, **look, **common,
    ))  # fmt: skip


def documents() -> tuple[pd.DataFrame, list[str]]:
    """Normative documents of the agencies that have most: rows, notes."""
    rows = of_year(*columns)
    some = list(rows.loc[(rows["status"] == "reported") & (rows["value"] > 0), "id"].unique())
    rows = topics.with_any(rows, charts_parts.MOST_ROWS)
    return rows, [*topics.cut(some, charts_parts.MOST_ROWS, "件数最多的"), *wording.value_notes(rows)]


issued, notes = filters.once(view, "issued", documents) if columns else (df, [])
if columns and len(issued):
    heads = [wording.clean(head) for head in columns.values()]
    places = "、".join(head + place for head, place in zip(heads, ("（右）", "（左）", ""), strict=False))
    short = wording.apart([topics.shorts()[m] for m in columns])
    card.show(view, card.Card(
        key="issued", form="grouped", title=f"{wording.clean(asked)}：{'、'.join(heads)}，{wording.year_text(year)}", table=issued, subtitle=f"{places}，单位：件，{issued['id'].nunique()}个机关",
        draw=lambda look: charts_parts.issued_and_repealed(issued, look, dict(zip(columns, short, strict=True))), theme="规范性文件", metric="规范性文件", year=str(year), unit="件",
        notes=[*topics.cautions(tuple(columns)), *notes], in_order=True, **common,
    ))  # fmt: skip
