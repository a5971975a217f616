"""The chart card: figure or table, notes, source, downloads, and the evidence of a clicked value.

A page hands over rows, a caption and a function that draws; everything else (theme, width, picture settings, file names, notes, the
table, the place in the report) is the same for every chart and lives here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from etl.registry import load_catalogue, one_unit, unit_meaning
from pages.kit import (
    charts,
    downloads,
    entities,
    exhibit,
    filters,
    links,
    queries,
    queries_evidence,
    state,
    wording,
    workbook,
)
from pages.kit.charts import Look
from pages.kit.filters import View

MOST_DRAWN = 80
"""Agencies in one chart: a city's departments fit. Thousands of bars are a picture 80,000 pixels high, which no browser draws in a minute."""


@dataclass(frozen=True)
class Card:
    """What is special about one chart. `key` is unique on the page; `table` are the rows shown and downloaded. `alt`: what a screen
    reader says besides the title, for forms that are no list of values. `in_order`: the table keeps the order of its rows, else `order` (entities.ORDERS) holds for the table and the files. `form`: the native chart
    of the files (exhibit.FORMS); without one it follows from the rows. `whole`: gives the rows of table and files where these are more than those
    that are drawn; asked only for the table or a file."""

    key: str
    title: str
    subtitle: str
    table: pd.DataFrame
    draw: Callable[[Look], go.Figure]
    theme: str
    metric: str
    year: str
    scope: str
    filter_line: str
    notes: Sequence[str] = ()
    entity: str = "机关"
    unit: str = ""
    decimals: int = 0
    percent: bool = False
    chosen: frozenset[str] = frozenset()
    clickable: bool = True
    alt: str = ""
    in_order: bool = False
    order: str = "value"
    reports: int = 0
    form: str = ""
    whole: Callable[[], pd.DataFrame] | None = None


def metric_look(metric: dict[str, Any], df: pd.DataFrame) -> dict[str, Any]:
    """Unit, decimals and percent of a metric for a Card. Several names of the unit that is drawn: none on the axis, each row says its own."""
    unit = str(metric.get("unit") or "")
    one = entities.of_one_unit(df)
    printed = _units(one[one["value"].ne(0)]) or _units(one)
    shown = printed[0] if len(printed) == 1 else (unit if not printed else "")
    return {"unit": shown, "decimals": int(metric.get("decimals") or 0), "percent": unit == "%"}


def _units(df: pd.DataFrame) -> list[str]:
    """The units printed beside figures."""
    return sorted(df.loc[df["status"] == "reported", "unit"].dropna().unique()) if len(df) else []


def unit_notes(df: pd.DataFrame, like: str = "") -> list[str]:
    """What a chart of these rows leaves to the table because it stands in another unit (entities.of_one_unit): a note for each metric."""
    other, notes = entities.of_other_units(df, like), []
    several = other.any() and df["metric"].nunique() > 1
    for metric in dict.fromkeys(df.loc[other, "metric"]):
        part = df["metric"].eq(metric) & df["status"].eq("reported")
        shown, left = df[part & ~other], int((part & other).sum())
        known = [u for u in _units(df[part]) if unit_meaning(metric, u)]
        unknown = any(not unit_meaning(metric, u) for u in _units(df[part & df["value"].ne(0)]))
        drawn = [u for u in _units(shown) if u in known]
        lead = f"{wording.clean(df.loc[part, 'metric_short'].iloc[0])}：" if several else ""
        said = (
            f"图中只画单位为{'、'.join(drawn)}的{len(shown)}个数，其余{left}个见表"
            if drawn
            else f"{left}个数未画，见表"
        )
        units = "、".join([*known, *["未写单位"] * unknown])
        notes.append(f"{lead}各报告所用单位不同（{units}），按原文照录，未换算；{said}。")
    return notes


def show(view: View, card: Card) -> None:
    """Draws the card; returns nothing. A click on a value or a table row opens its evidence below."""
    if card.whole and state.as_table(card.key):
        card = _in_full(card)
    today = date.today().isoformat()
    source = _source(view, card, today)
    dark = st.context.theme.type == "dark"
    look = Look(
        title=card.title, subtitle=card.subtitle, notes=tuple(card.notes), source=f"{source}。筛选：{card.filter_line}", unit=card.unit,
        decimals=card.decimals, percent=card.percent, dark=dark, ground=_ground(dark), width=state.text_width(), chosen=card.chosen,
    )  # fmt: skip

    def name(ext: str) -> str:
        return wording.file_name(card.theme, card.metric, card.year, card.scope, today, ext, view.filters.fictional)

    def csv() -> bytes:
        full = _in_full(card)
        return downloads.csv_bytes(full.table, [_source(view, full, today), f"筛选：{card.filter_line}", *look.notes])

    with st.container(border=True, key=f"card_{card.key}"):
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            form = st.segmented_control(
                "显示方式",
                ["图", "表"],
                default="图",
                required=True,
                key=f"{card.key}_form",
                label_visibility="collapsed",
                persist_state="session",
            )
            picture = st.segmented_control(
                "图片格式", ["PNG", "SVG"], default="PNG", required=True, key=f"{card.key}_picture", label_visibility="collapsed",
                persist_state="session", help="选定格式后，点图右上角的相机按钮下载图片",
            )  # fmt: skip
            st.download_button(
                "下载 CSV", data=csv,
                file_name=name("csv"), mime="text/csv", key=f"{card.key}_csv", on_click="ignore", icon=":material/download:",
            )  # fmt: skip
            _take_away(view, card, look, today, name)
        picked: tuple[str, int, str] | None = None
        if form == "表":
            picked = _table(card, look)
        else:
            fig, alt = filters.once(
                view, f"{card.key}_figure", lambda: (card.draw(look), alt_text(card, look)), look, small=True
            )
            stem = name("")
            event = st.plotly_chart(
                fig, theme=None, key=f"{card.key}_chart", on_select="rerun" if card.clickable else "ignore", selection_mode="points",
                config=downloads.picture_config(stem, picture.lower() if picture else "png", int(fig.layout.height)),
                alt=alt,
            )  # fmt: skip
            points = event.selection.points if card.clickable and event else []  # type: ignore[union-attr]
            picked = _picked(points[0].get("customdata")) if points else None
        if card.clickable:
            if picked:
                evidence(view, card, picked)
            else:
                st.caption("点图中的数值或表中的一行，可看原文和出处。")


def _in_full(card: Card) -> Card:
    """The card with all the rows of table and files."""
    return replace(card, table=card.whole(), whole=None) if card.whole else card


def _source(view: View, card: Card, today: str) -> str:
    drawn = card.whole is not None
    reports = filters.once(
        view, f"{card.key}_reports", lambda: _reports(card), card.title, card.subtitle, drawn, small=True
    )
    return wording.source_line(reports, view.build.name, today, view.filters.fictional)


def _take_away(view: View, card: Card, look: Look, today: str, name: Callable[[str], str]) -> None:
    """The buttons for the workbook and for the brief. The files are made on the click, of what the page shows."""
    link = state.share_link(view.params)
    key = f"{view.build.name}|{card.key}|{link or sorted(view.params.items())}|{card.title}"

    def given() -> exhibit.Exhibit:
        full = _in_full(card)
        return exhibit_of(view, full, look, _source(view, full, today), today, link, key, name(""))

    st.download_button(
        "下载 Excel", data=lambda: workbook.workbook_bytes(given()), file_name=name("xlsx"), key=f"{card.key}_xlsx", on_click="ignore",
        mime="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", icon=":material/table_view:",
    )  # fmt: skip
    if state.pinned(key):
        st.button(
            "移出简报", key=f"{card.key}_unpin", icon=":material/bookmark_remove:", on_click=state.unpin, args=(key,)
        )
        return

    def pin() -> None:
        if state.pin(given()):
            st.toast(f"已加入简报（共{len(state.basket())}幅），到“简报”页下载 Word。")
        else:
            st.toast(f"简报最多{state.MOST_PINNED}幅图，请先在“简报”页移出几幅。")

    st.button(
        "加入简报", key=f"{card.key}_pin", icon=":material/bookmark_add:", on_click=pin, help="选入的图在“简报”页排序、预览并下载 Word"
    )  # fmt: skip


def exhibit_of(
    view: View, card: Card, look: Look, source: str, today: str, link: str, key: str, stem: str
) -> exhibit.Exhibit:
    """A card as files want it: its rows and its table in the page's order, with the reports behind them."""
    df = card.table
    ids = tuple(sorted({int(i) for i in df["report_id"].dropna()})) if "report_id" in df else ()
    f = view.filters
    behind = queries.sources(view.build.name, f.fictional, ids) if ids else pd.DataFrame()
    if not ids and "parts_held" in df and len(df):
        scope = str(df["scope"].iloc[0]) if "scope" in df else str(f.scope or "")
        metrics, years = tuple(dict.fromkeys(df["metric"])), tuple(sorted({int(y) for y in df["year"]}))
        behind = queries.sources_of_sums(
            view.build.name, f.fictional, metrics, years, scope, f.province, f.city, f.level, f.system, f.agency
        )
    light = replace(look, dark=False, ground="#FFFFFF", width=860)
    return exhibit.Exhibit(
        form=card.form or exhibit.form_of(df), title=card.title, subtitle=card.subtitle, rows=df, stem=stem,
        source=source, filter_line=card.filter_line, build=view.build.name, made_on=today, notes=tuple(card.notes), link=link,
        fictional=view.filters.fictional, unit=card.unit, decimals=card.decimals, percent=card.percent, entity=card.entity, chosen=card.chosen, order=card.order,
        key=key, shown=table_of(_ordered(card), card.entity, card.percent), sources=behind, draw=lambda: card.draw(light),
    )  # fmt: skip


def _reports(card: Card) -> int:
    """How many reports stand behind a card."""
    reports = card.reports or int(card.table["report_id"].dropna().nunique()) if "report_id" in card.table else 0
    for name in ("parts_held", "held"):  # sums over agencies, coverage
        if not reports and name in card.table:
            reports = int(card.table[name].fillna(0).sum())
    return reports


def _ground(dark: bool) -> str:
    """The page's background, so that a figure looks transparent on screen and is solid in a picture."""
    section = "dark" if dark else "light"
    configured = st.get_option(f"theme.{section}.backgroundColor") or (
        None if dark else st.get_option("theme.backgroundColor")
    )
    return configured or ("#14181D" if dark else "#FFFFFF")


def _picked(data: Any) -> tuple[str, int, str] | None:
    if isinstance(data, dict):  # Streamlit hands an array over as a mapping of positions
        data = [data[k] for k in sorted(data, key=int)]
    if not isinstance(data, (list, tuple)) or len(data) < 3 or data[2] is None:
        return None
    return str(data[0]), int(data[1]), str(data[2])


def alt_text(card: Card, look: Look) -> str:
    """What a screen reader says: title, scope, the highest values, who is missing."""
    df = card.table
    parts = [card.title, card.subtitle, card.alt]
    if not card.alt and "status" in df and len(df):
        held = entities.rows(entities.greatest(df, 3))
        several = df["year"].nunique() > 1
        top = [
            f"{wording.clean(r.name)}{r.year if several else ''}：{wording.value_text(r, None, look.percent)}"
            for r in held
        ]
        if top:
            parts.append("数值最大的：" + "，".join(top))
        missing = int((df["status"] == "no_report").sum())
        if missing:
            parts.append(f"{missing}项未见报告")
    return "。".join(wording.clean(p) for p in parts if p)[:500]


def table_of(df: pd.DataFrame, entity: str, percent: bool) -> pd.DataFrame:
    """Rows of a chart as a table for reading: numbers stay numbers, the words of the status stand beside them."""
    if "status" not in df:
        return df
    out = pd.DataFrame({entity: df["name"].map(wording.clean)})
    out["年度"] = df["year"].astype(int)
    if "metric_name" in df and df["metric"].nunique() > 1:
        out["指标"] = df["metric_name"]
    if "breakdown" in df and df["breakdown"].nunique() > 1:
        out["细分"] = df["breakdown"].map(breakdown_names()).fillna(df["breakdown"])
    reliable = df["reliable"] if "reliable" in df else pd.Series(True, index=df.index)
    out["数值"] = df["value"].where((df["status"] == "reported") & reliable)
    out["单位"] = df["unit"].fillna("")
    if df.get("denominator") is not None and df["denominator"].notna().any():
        out["分子"], out["分母"] = df["numerator"], df["denominator"]
    words = df["status"].map(wording.STATUS).fillna("待核")
    small = (df["status"] == "reported") & ~reliable
    if small.any():
        words = words.where(~small, df["denominator"].map(wording.small_status))
    dagger = df["corrected"] if "corrected" in df else pd.Series(False, index=df.index)
    out["状态"] = words.where(~dagger.astype(bool), words + "†")
    signs = df["qualifier"].map(wording.QUALIFIER).fillna("") if "qualifier" in df else ""
    out["约数"] = signs
    if "whole" in df:
        out["合计"], out["占比"] = (
            df["whole"],
            [wording.rate(s) if w >= 10 else "" for s, w in zip(df["share"], df["whole"], strict=True)],
        )
    if "before" in df:
        out["上年"] = df["before"]
        out["比上年"] = [
            wording.change_text(v, b, u or "", percent)
            for v, b, u in zip(df["value"], df["before"], df["unit"], strict=True)
        ]
    if "peer_median" in df and df["peer_median"].notna().any():
        out["同类中位数"] = df["peer_median"].round(2)
        out["同类位次"] = [
            wording.rank_text(int(r), int(n), int(t), f"个{entity}") if not pd.isna(r) and n >= 3 else ""
            for r, n, t in zip(df["peer_rank"], df["peer_n"], df["peer_ties"], strict=True)
        ]
    if "parts_known" in df and df["parts_known"].notna().any():
        out["所含机关"] = [
            f"{int(h)}/{int(k)}" for h, k in zip(df["parts_held"].fillna(0), df["parts_known"].fillna(0), strict=True)
        ]
    if entity != "城市":
        out["城市"], out["层级"] = df["city"].fillna(""), df["level"].map(wording.LEVEL).fillna("")
        out["系统"] = df["system"].fillna("")
    if "method" in df:
        out["方法"] = df["method"].map(wording.METHOD).where(df["status"] == "reported").fillna("")
    if "title" in df and df["title"].notna().any():
        out["来源"] = df["title"].fillna("").map(wording.clean)
    return out


def _ordered(card: Card) -> pd.DataFrame:
    """The rows in the order of the page's table."""
    by_value = "value" in card.table and not card.in_order
    return entities.in_order(card.table, card.order) if by_value else card.table


def _table(card: Card, look: Look) -> tuple[str, int, str] | None:
    st.markdown(f"**{wording.plain(card.title)}**")
    st.caption(wording.plain(card.subtitle))
    df = _ordered(card)
    shown = table_of(df, card.entity, card.percent)
    columns: dict[str, Any] = {"年度": st.column_config.NumberColumn(format="%d")}
    if "数值" in shown:
        digits = max(card.decimals, 0)
        columns["数值"] = st.column_config.NumberColumn(format=f"%.{digits}f" if digits else "localized")
        columns["同类中位数"] = columns["上年"] = st.column_config.NumberColumn(format="localized")
    event = st.dataframe(
        shown, hide_index=True, key=f"{card.key}_table", on_select="rerun" if card.clickable else "ignore", selection_mode="single-row",
        column_config=columns, placeholder="", height=min(38 + 35 * max(len(shown), 1), 520),
    )  # fmt: skip
    st.caption("  \n".join(["注：" + wording.plain(note) for note in card.notes] + [wording.plain(look.source)]))
    rows = event.selection.rows if card.clickable and event else []  # type: ignore[union-attr]
    if rows and rows[0] < len(df):
        row = df.iloc[rows[0]]
        return str(row["id"]), int(row["year"]), str(row["metric"])
    return None


def _place(locator: Any, document: str | None) -> str:
    """Where a number stands, in words: file, page, table, row, column or characters."""
    at = {k: v for k, v in locator.items() if v is not None and not pd.isna(v)} if isinstance(locator, dict) else {}
    parts = [wording.clean(document).replace("\\", "/").rsplit("/", 1)[-1]] if document else []
    if "page" in at:
        parts.append(f"第{int(at['page'])}页")
    if "table" in at:
        parts.append(f"统计表{ {2: '二', 3: '三', 4: '四'}.get(int(at['table']), '') }".replace("统计表二", "主动公开情况表").replace(
            "统计表三", "收到和处理申请情况表").replace("统计表四", "复议诉讼情况表"))  # fmt: skip
    if "row" in at and "column" in at:
        parts.append(f"第{int(at['row']) + 1}行第{int(at['column']) + 1}列")
    elif "start" in at and "end" in at:
        parts.append(f"正文第{int(at['start']) + 1}—{int(at['end'])}字")
    return "，".join(parts)


def evidence(view: View, card: Card, picked: tuple[str, int, str]) -> None:
    """The quote, file, place and status behind a value; for a missing one, why nothing is there."""
    key, year, metric = picked
    rows = card.table[(card.table["id"] == key) & (card.table["year"] == year) & (card.table["metric"] == metric)]
    if rows.empty:
        return
    row = rows.iloc[0]
    name = wording.clean(row["name"])
    with st.container(border=True, key=f"{card.key}_evidence"):
        unit = (
            row["unit"] if isinstance(row["unit"], str) and row["unit"] != "%" and row["status"] == "reported" else ""
        )
        text = wording.value_text(row.to_dict(), card.decimals or None, row["unit"] == "%")
        if row["status"] == "reported" and not row.get("reliable", True):
            text = wording.small_denominator(row.get("denominator"))
        metric_name = row.get("metric_name") or card.metric
        st.markdown(
            f"**{wording.plain(name)}**　{wording.plain(wording.year_text(year))}　{wording.plain(metric_name)}　**{wording.plain(text)}{wording.plain(unit)}**"
        )
        st.caption(wording.plain(wording.STATUS_HELP.get(str(row["status"]), "")))
        agency = row.get("agency_id") if "agency_id" in rows else key
        if row["status"] == "no_report" or not isinstance(agency, str):
            if isinstance(agency, str) and card.entity != "城市":
                links.to_agency(view, agency, year)
            _parts(view, row, year, metric)
            return
        scope = str(row.get("scope") or view.filters.scope)
        fictional = view.filters.fictional
        found = queries_evidence.evidence(view.build.name, fictional, agency, year, metric, scope)
        if found.empty and isinstance(row.get("title"), str):
            st.markdown("来源：" + wording.plain(f"《{row['title']}》"))
        for r in found.itertuples(index=False):
            st.markdown(f"{wording.plain(r.metric_name)}：{wording.plain(wording.value_text(r._asdict()))}{wording.plain(r.unit if r.status == 'reported' else '')}"
                        f"（{wording.METHOD.get(r.method, r.method)}{'' if r.chosen else '，未采用'}）")  # fmt: skip
            st.text(wording.clean(r.quote) or "（无原文）")
            st.caption(wording.plain(f"《{wording.clean(r.title)}》　{_place(r.locator, r.document)}"))
            links.to_report(view, agency, r.report_id, r.ordinal)
            if isinstance(r.correction_reason, str):
                st.caption(
                    "†" + wording.plain(f"人工更正：原值{wording.number(r.printed_value)}，理由：{r.correction_reason}")
                )
        for f in queries_evidence.findings_of(view.build.name, fictional, agency, year, metric, scope).itertuples(
            index=False
        ):
            st.markdown(f"{wording.SEVERITY.get(f.severity, '')}：{wording.plain(f.message)}")
        links.to_agency(view, agency, year)


def _parts(view: View, row: pd.Series, year: int, metric: str) -> None:
    """What a sum is made of, and the way to its parts."""
    known, held = row.get("parts_known"), row.get("parts_held")
    if held is None or pd.isna(held):
        return
    if known is not None and not pd.isna(known):
        st.text(f"由本市{int(held)}个机关的数值相加（本库已知{int(known)}个）。")
        links.to_agencies(view, {"metric": metric, "year": str(year), "city": str(row["id"])})
    else:
        st.text(f"由{int(held)}个机关的数值相加。")
        links.to_agencies(view, {"metric": metric, "year": str(year)})


def breakdown_names() -> dict[str, str]:
    """Names of the applicants of table 3."""
    return {b.id: b.name for b in load_catalogue().breakdowns}


def themes() -> dict[str, str]:
    """Names of the themes, for file names."""
    return filters.theme_names()


def with_years_before(df: pd.DataFrame, year: int) -> pd.DataFrame:
    """Rows of `year` with the year before's value in `before` (only where both are known, in one unit)."""
    past = df[["id", "metric", "value", "unit"]][
        (df["year"] == year - 1) & (df["status"] == "reported") & ~df["part_year"]
    ]
    known = {row[:2]: row[2:] for row in zip(*(past[name].tolist() for name in past), strict=True)}
    now, comparable = df[df["year"] == year].reset_index(drop=True), functools.cache(one_unit)
    before = []
    for key, metric, unit in zip(*(now[name].tolist() for name in ("id", "metric", "unit")), strict=True):
        value, then = known.get((key, metric), (None, None))
        before.append(math.nan if value is None or not comparable(metric, unit, then) else value)
    return now.assign(before=pd.Series(before, index=now.index, dtype="float64"))


def drawn(df: pd.DataFrame, chosen: frozenset[str], words: str) -> tuple[pd.DataFrame, list[str]]:
    """The rows of the agencies that a chart draws, and the note that says so: all of up to MOST_DRAWN, else the first in the
    order of `df` (`words` names it) and those `chosen`. Rows stay in their order."""
    ids = df["id"].drop_duplicates()
    if len(ids) <= MOST_DRAWN:
        return df, []
    first = set(ids[:MOST_DRAWN])
    also = "和所选机关" if chosen - first else ""
    note = (
        f"共{len(ids)}个机关，图中为{words}{MOST_DRAWN}个{also}，其余见表和下载的文件；选市、系统或层级可以缩小范围。"
    )
    return df[df["id"].isin(first | chosen)], [note]


def notes_for(df: pd.DataFrame, metric: dict[str, Any], entity: str = "机关") -> list[str]:
    """Generated notes of a chart over one metric."""
    notes = wording.value_notes(df, metric.get("caution"), entity)
    notes += unit_notes(df)
    if "reliable" in df and (~df["reliable"].astype(bool) & (df["status"] == "reported")).any():
        notes.append("灰色为分母过小，比率不显示，也不计入中位数和位次。")
    if "title" in df and "form" in df:
        changes = charts.form_changes(df)
        notes += [f"{year}年度起多数报告改用{wording.form_name(form)}，前后口径可能不同。" for year, form in changes]
    return notes


def narrowed(card: Card, **more: Any) -> Card:
    """A copy of a card with some fields changed."""
    return replace(card, **more)
