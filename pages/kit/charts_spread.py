"""Where one stands among many: strips against peers, rates with intervals, entity by year, counts in a grid. As charts.py: DataFrame and Look -> Figure."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.kit import charts, entities, wording
from pages.kit.charts import Look


def wilson(part: float, whole: float, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's 95% interval of a share in per cent, for `part` of `whole` (DOMAIN C.3, presentation rules)."""
    share = part / whole
    centre = share + z * z / (2 * whole)
    half = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    scale = 1 + z * z / whole
    return 100 * max(0.0, (centre - half) / scale), 100 * min(1.0, (centre + half) / scale)


def strips(df: pd.DataFrame, look: Look, agency: str) -> go.Figure:
    """One strip per metric: a tick for every peer, a diamond for their median, a dot with its figure for the agency. Each strip has
    its own scale from 0. Rows: id, name, year, metric, metric_short, value, status, unit, peer_median, peer_n."""
    ink = charts._ink(look)
    df = entities.of_one_unit(df, agency)
    metrics = list(dict.fromkeys(df["metric"]))
    wide = look.width >= 560
    row = 62 if wide else 74
    plot_height = max(len(metrics), 1) * row
    names, layout = [], {}
    fig = charts.Drawing()
    by_metric = entities.grouped(entities.rows(df), "metric")
    for n, metric in enumerate(metrics):
        part = by_metric[metric]
        own = next((r for r in part if r.id == agency), None)
        usable = [r for r in part if r.status == "reported" and not pd.isna(r.value) and r.reliable]
        peers = [r for r in usable if r.id != agency]
        suffix = "" if n == 0 else str(n + 1)
        unit = str(own.unit or "") if own is not None else ""
        percent = unit == "%"
        shown = Look(look.title, unit=unit, decimals=int(getattr(own, "decimals", 0) or 0), percent=percent)
        short = str(part[0].metric_short)
        names.append(wording.wrap(f"{short}（{unit}）" if unit else short, 24 if wide else 15, 2))
        high = max((float(r.value) for r in usable), default=1.0)
        low = min((float(r.value) for r in usable if r.value < 0), default=0.0)
        x, y = f"x{suffix}", f"y{suffix}"
        fig.add_scatter(
            x=[float(r.value) for r in peers], y=[0] * len(peers), mode="markers", xaxis=x, yaxis=y, name="同类机关", showlegend=n == 0,
            legendgroup="peers", marker={"symbol": "line-ns", "size": 20, "color": ink.other, "line": {"width": 1.6, "color": ink.other}},
            customdata=[charts._key(r) for r in peers], hovertext=[charts.hover(r, shown) for r in peers],
            hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
        alike = [r for r in part if not pd.isna(r.peer_median) and (own is None or r.peer == own.peer)]
        median = float(alike[0].peer_median) if alike else None
        if median is not None:
            fig.add_scatter(x=[median], y=[0], mode="markers", xaxis=x, yaxis=y, name="同类中位数", showlegend=n == 0, legendgroup="median",
                            marker={"symbol": "diamond", "size": 11, "color": ink.line, "line": {"width": 1, "color": ink.ground}},
                            hovertext=[wording.label(f"同类中位数 {wording.rate(median) if percent else wording.number(median)}（n={int(max(r.peer_n for r in alike))}）")],
                            hovertemplate="%{hovertext}<extra></extra>", unselected={"marker": {"opacity": 1}})  # fmt: skip
        if own is not None and own.status == "reported" and not pd.isna(own.value) and own.reliable:
            at = float(own.value)
            fig.add_scatter(
                x=[at], y=[0], mode="markers+text", xaxis=x, yaxis=y, name="本机关", showlegend=n == 0, legendgroup="own", cliponaxis=False,
                marker={"symbol": "circle", "size": 14, "color": ink.chosen, "line": {"width": 1.5, "color": ink.ground}},
                text=[wording.label(charts._text_of(own, shown))], textposition="top center", textfont={"size": 13, "color": ink.chosen},
                customdata=[charts._key(own)], hovertext=[charts.hover(own, shown)], hovertemplate="%{hovertext}<extra></extra>",
                selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}, "textfont": {"color": ink.chosen}},
            )  # fmt: skip
        else:
            text = (
                wording.STATUS.get(own.status, "待核")
                if own is not None and own.status != "reported"
                else wording.small_denominator(getattr(own, "denominator", None))
            )
            fig.add_annotation(x=0, xref=f"{x} domain", y=1, yref=f"{y} domain", xanchor="left", yanchor="bottom", yshift=-6, showarrow=False, name="none",
                               text=wording.label(f"本机关：{text}"), font={"size": 12, "color": ink.muted})  # fmt: skip
        top = 1 - n * row / plot_height
        values, text_, wan = charts._ticks(low, max(high, 1e-9), 4 if wide else 3)
        pad = (high - low or 1.0) * 0.05
        layout[f"xaxis{suffix}"] = {
            "anchor": y, "range": [low - pad * 0.4, high + pad], "tickvals": values, "ticktext": [t + wan if v else t for v, t in zip(values, text_, strict=True)],
            "fixedrange": True, "gridcolor": ink.grid, "zeroline": False, "color": ink.muted, "tickfont": {"size": 11}, "ticks": "",
        }  # fmt: skip
        layout[f"yaxis{suffix}"] = {
            "domain": [max(top - (row - 20) / plot_height, 0.0), top - 14 / plot_height], "anchor": x, "range": [-1, 1], "fixedrange": True, "showgrid": False,
            "zeroline": True, "zerolinecolor": ink.grid, "zerolinewidth": 1, "tickvals": [0], "color": ink.text, "tickfont": {"size": 13},
            "ticktext": ["<br>".join(wording.label(line) for line in names[-1])],
        }  # fmt: skip
    fig.update_layout(layout)
    keys = [("｜", ink.other, "同类机关"), ("◆", ink.line, "同类中位数"), ("●", ink.chosen, "本机关")]
    dressed = charts._dress(
        fig,
        look,
        plot_height,
        charts._name_margin(names, look),
        right=40,
        legend=True,
        foot=24,
        head=6 + charts.key_room(keys, look),
    )
    return charts.with_key(dressed, keys, look).figure()


def rates(df: pd.DataFrame, look: Look, interval: bool = False, order: str = "value") -> go.Figure:
    """A dot per rate with numerator and denominator beside it, in `order` (entities.ORDERS); small denominators stand grey below. `interval`: Wilson's 95%
    interval as a line. Rows: id, name, year, metric, value, numerator, denominator, reliable, status."""
    ink = charts._ink(look)
    held = entities.in_order(df[(df["status"] == "reported") & df["reliable"].astype(bool)], order)
    small = df[(df["status"] == "reported") & ~df["reliable"].astype(bool)].sort_values(
        ["denominator", "name"], ascending=[False, True], kind="stable"
    )
    rest = df[~df["status"].isin(["reported", "no_report", "other_scope"])].sort_values("name", kind="stable")
    rows = [*entities.rows(held), *entities.rows(small), *entities.rows(rest)]
    wrapped = charts._wrapped([r.name for r in rows], look)
    n = len(held)
    spans = [wilson(float(r.numerator), float(r.denominator)) for r in rows[:n]] if interval else []
    high = max([float(r.value) for r in rows[:n]] + [b for _, b in spans] + [1.0])
    fig = charts.Drawing()
    marked = look.chosen
    colours = [ink.chosen if not marked or r.id in marked else ink.other for r in rows[:n]]
    if interval:
        xs: list[float | None] = []
        ys: list[int | None] = []
        for i, (a, b) in enumerate(spans):
            xs += [a, b, None]
            ys += [i, i, None]
        fig.add_scatter(
            x=xs,
            y=ys,
            mode="lines",
            line={"color": ink.other, "width": 5},
            hoverinfo="skip",
            showlegend=True,
            name="95%区间（Wilson）",
        )
    fig.add_scatter(
        x=[float(r.value) for r in rows[:n]], y=list(range(n)), mode="markers", name="数值", showlegend=interval, cliponaxis=False,
        marker={"symbol": "circle", "size": 12, "color": colours, "line": {"width": 1.5, "color": ink.ground}},
        customdata=[charts._key(r) for r in rows[:n]],
        hovertext=[charts.hover(r, look) + (f"<br>95%区间 {spans[i][0]:.1f}%—{spans[i][1]:.1f}%" if interval else "") for i, r in enumerate(rows[:n])],
        hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
    )  # fmt: skip
    for i, r in enumerate(rows[:n]):
        fig.add_annotation(x=max(float(r.value), spans[i][1] if interval else 0.0), y=i, xanchor="left", xshift=11, showarrow=False, name="n",
                           text=wording.label(f"{wording.rate(float(r.value))}（{wording.number(r.numerator)}/{wording.number(r.denominator)}）"),
                           font={"size": 12, "color": ink.text})  # fmt: skip
    if len(rows) > n:
        texts = [
            wording.small_denominator(r.denominator) if r.status == "reported" else wording.STATUS.get(r.status, "待核")
            for r in rows[n:]
        ]
        fig.add_scatter(
            x=[0] * (len(rows) - n), y=list(range(n, len(rows))), mode="markers+text", showlegend=False, name="无数值", cliponaxis=False,
            marker={"symbol": "line-ns", "size": 9, "color": ink.muted, "line": {"width": 1.5, "color": ink.muted}},
            text=["　" + t for t in texts], textposition="middle right", textfont={"size": 12, "color": ink.muted},
            customdata=[charts._key(r) for r in rows[n:]], hovertext=[charts.hover(r, look) for r in rows[n:]], hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}, "textfont": {"color": ink.muted}},
        )  # fmt: skip
    count = max(len(rows), 1)
    fig.update_yaxes(charts._name_axis(wrapped, look, count), showgrid=True, gridcolor=ink.grid)
    room = 0.3 if look.width >= 700 else 0.62
    fig.update_xaxes(charts._value_axis(look, 0.0, high, range=[0, high * (1 + room)]))
    height = count * max(charts._row_height(wrapped), 28)
    dressed = charts._dress(fig, look, height, charts._name_margin(wrapped, look), legend=interval)
    keys = [("━", ink.other, "95%区间（Wilson）"), ("●", ink.chosen, "数值")]
    return charts.with_key(dressed, keys, look).figure() if interval else dressed.figure()


def by_year(df: pd.DataFrame, look: Look) -> go.Figure:
    """Entity by year for one metric: the figure as text, shaded on one scale. Hatched: no report held. Rows: id, name, year, value, status."""
    ink = charts._ink(look)
    df = entities.of_one_unit(df[df["status"] != "other_scope"])
    order = df.drop_duplicates("id")
    place = {key: i for i, key in enumerate(order["id"])}
    years = list(range(int(df["year"].min()), int(df["year"].max()) + 1)) if len(df) else []
    known = df[df["status"] == "reported"]["value"]
    top = float(known.max()) if len(known) else 0.0
    wrapped = charts._wrapped(list(order["name"]), look)
    left = charts._name_margin(wrapped, look)
    rows = entities.rows(df)
    texts = {(r.id, int(r.year)): charts._text_of(r, look) for r in rows}
    widest = max((wording.display_width(text) for text in texts.values()), default=4)
    fitting = max(int((look.width - left - 30) / 6.8 / (widest + 1)), 1)
    if len(years) > fitting:  # a cell without its figure would look like a blank one
        years = years[-fitting:]
        look = replace(
            look, notes=(*look.notes, f"画面较窄，图中为{wording.year_text((years[0], years[-1]))}，其余见表。")
        )
    room = max(int((look.width - left - 30) / max(len(years), 1) / 6.8), 2)
    cells: list[charts.Point] = []
    for r in rows:
        if int(r.year) not in years:
            continue
        there = r.status == "reported" and getattr(r, "reliable", True)
        # the square root keeps small figures apart where one agency publishes a hundred times as much as another
        fill, on_fill = (
            charts._shade(ink, math.sqrt(float(r.value) / top) if there and top > 0 and r.value > 0 else 0.0)
            if there
            else (ink.ground, ink.muted)
        )
        text = texts[r.id, int(r.year)]
        cells.append({"x": years.index(int(r.year)), "y": place[r.id], "fill": fill, "ink": on_fill, "kind": r.status, "key": charts._key(r),
                      "text": wording.label(text) if wording.display_width(text) <= room else "", "hover": charts.hover(r, look)})  # fmt: skip
    fig = charts.Drawing()
    charts._cells(fig, cells, ink)
    heads = [[str(y)] if room >= 4 else [f"{y % 100:02d}"] for y in years]
    head = charts._grid_axes(fig, wrapped, heads, look)
    return charts._dress(
        fig, look, max(len(order), 1) * max(charts._row_height(wrapped), 30), left, head=head, foot=14
    ).figure()


def counts(df: pd.DataFrame, look: Look, rows: Sequence[str], columns: Sequence[str]) -> go.Figure:
    """How many of each pair: a grid of counts with a row of sums. Rows: row, column, count. An empty cell is a real nought and shows '0'."""
    ink = charts._ink(look)
    found: Mapping[tuple[str, str], int] = {(r.row, r.column): int(r.count) for r in entities.rows(df)}
    top = max(found.values(), default=0)
    wrapped = charts._wrapped([*rows, "合计"], look)
    left = charts._name_margin(wrapped, look)
    cells: list[dict[str, Any]] = []
    for y, row in enumerate([*rows, "合计"]):
        for x, column in enumerate(columns):
            total = y == len(rows)
            n = sum(found.get((r, column), 0) for r in rows) if total else found.get((row, column), 0)
            fill, on_fill = (ink.ground, ink.text) if total or not n else charts._shade(ink, n / top)
            cells.append({"x": x, "y": y, "fill": fill, "ink": on_fill if n else ink.muted, "kind": "reported", "text": str(n), "key": [row, 0, None],
                          "hover": wording.label(f"{row}，{column}：{n}")})  # fmt: skip
    fig = charts.Drawing()
    charts._cells(fig, cells, ink)
    room = max(int((look.width - left - 30) / max(len(columns), 1) / 6.8), 4)
    head = charts._grid_axes(fig, wrapped, [charts._head(c, room, 3) for c in columns], look)
    return charts._dress(
        fig, look, len(wrapped) * max(charts._row_height(wrapped), 30), left, head=head, foot=14
    ).figure()
