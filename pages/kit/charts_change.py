"""Two ways to see a change: slopes between two years, places inside the peer group over the years. As charts.py: DataFrame and Look -> Figure.

Every line carries its own name at its right end; names that would lie on each other are moved apart and joined to their points.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.kit import charts, charts_parts, entities, exhibit, wording
from pages.kit.charts import Look

MOST_SLOPES, MOST_PLACES = exhibit.MOST_NAMED["slope"], exhibit.MOST_NAMED["bump"]
PLOT = 360
"""Pixels of the plot at least."""


def apart(wanted: Sequence[float], gap: float, low: float, high: float) -> list[float]:
    """Positions as near as possible to the wanted ones (in order, rising) and within `low` and `high`, no two nearer than `gap`: neighbours
    that push each other share the shift, so that a crowd stays around its middle."""
    groups: list[tuple[float, int]] = []  # sum of the wanted starts, count
    for n, at in enumerate(wanted):
        total, count = at - n * gap, 1
        while groups and groups[-1][0] / groups[-1][1] >= total / count:
            before, more = groups.pop()
            total, count = total + before, count + more
        groups.append((total, count))
    top = high - (len(wanted) - 1) * gap
    starts = [max(low, min(total / count, top)) for total, count in groups for _ in range(count)]
    return [start + n * gap for n, start in enumerate(starts)]


def _columns(look: Look) -> tuple[int, int]:
    """Half-width units of a line of a name at the right, and how many lines it may take."""
    return (36, 1) if look.width >= 700 else (26, 1) if look.width >= 560 else (18, 2)


def _labels(fig: charts.Drawing, texts: Sequence[tuple[float, str, str, bool]], pixel: float, bounds: tuple[float, float], x: float, step: float,
            joint: str, gap: float = 15.0) -> None:  # fmt: skip
    """Texts beside x, to the right for a positive `step`: (y, text, colour, bold), moved apart and joined to their points by a thin line where
    they were moved. `pixel`: units of y in one pixel; `bounds`: lowest and highest y of a text; `step`: units of x that a joint takes."""
    order = sorted(texts, key=lambda t: t[0])
    lines = max((text.count("<br>") + 1 for _, text, *_ in order), default=1)
    half = 7.5 * lines
    places = apart(
        [y / pixel for y, *_ in order],
        gap * lines + 2 * (lines > 1),
        bounds[0] / pixel + half,
        bounds[1] / pixel - half,
    )
    xs: list[float | None] = []
    ys: list[float | None] = []
    for (y, text, colour, bold), place in zip(order, places, strict=True):
        if abs(place - y / pixel) > 3:
            xs += [x, x + step, None]
            ys += [y, place * pixel, None]
        fig.add_annotation(x=x + step, y=place * pixel, xanchor="left" if step > 0 else "right", yanchor="middle", xshift=3 if step > 0 else -3,
                           showarrow=False, align="left" if step > 0 else "right", name="label", text=f"<b>{text}</b>" if bold else text,
                           font={"size": 12, "color": colour})  # fmt: skip
    if xs:
        fig.add_scatter(x=xs, y=ys, mode="lines", line={"color": joint, "width": 0.8}, hoverinfo="skip", showlegend=False, name="joint",
                        cliponaxis=False)  # fmt: skip


def _margin(texts: Sequence[str], look: Look) -> int:
    widest = max((wording.display_width(line) for text in texts for line in text.split("<br>")), default=4)
    return int(min(widest * 6.9 + 22, look.width * 0.62))


def _called(name: str, lead: str, look: Look) -> str:
    """'1,204  甲一市教育局' in the lines that the window has room for, escaped."""
    units, lines = _columns(look)
    text = wording.shorten(wording.clean(name), units * lines - 2 * (lines - 1))
    if lines == 1:
        return wording.label(f"{lead}　{text}")
    return "<br>".join(wording.label(line) for line in [lead, *wording.wrap(text, units, lines)])


def slope(df: pd.DataFrame, look: Look, before: int, after: int) -> go.Figure:
    """One line per entity from one year to another; rising lines whole, falling ones dashed. Only entities with a figure in both years: a
    line from nothing would be a change from 0. Hollow: approximate, or a part of the year only."""
    ink = charts._ink(look)
    df = entities.of_one_unit(df)
    held = df[(df["status"] == "reported") & df["year"].isin([before, after]) & df["value"].notna()]
    if "reliable" in held:
        held = held[held["reliable"].fillna(True).astype(bool)]
    at = {(r.id, int(r.year)): r for r in entities.rows(held)}
    keys = [k for k in dict.fromkeys(held["id"]) if (k, before) in at and (k, after) in at][:MOST_SLOPES]
    values = [float(at[k, y].value) for k in keys for y in (before, after)]
    low, high = min([0.0, *values]), max([*values, 0.0]) or 1.0
    lines = 1 if look.width >= 560 else 3
    plot_height = int(max(PLOT, len(keys) * (15 * lines + 4) + 20))
    span = (high - low) * 1.05
    pixel = span * 1.03 / plot_height
    fig = charts.Drawing()
    kinds = {"增加": ("solid", ink.chosen), "减少": ("dash", ink.line), "不变": ("dot", ink.muted)}
    used: list[str] = []
    ends: list[tuple[float, str, str, bool]] = []
    starts: list[tuple[float, str, str, bool]] = []
    for key in keys:
        first, last = at[key, before], at[key, after]
        gap = float(last.value) - float(first.value)
        kind = "增加" if gap > 0 else "减少" if gap < 0 else "不变"
        dash, colour = kinds[kind]
        marked = not look.chosen or key in look.chosen
        colour = colour if marked else ink.other
        hollow = [r.qualifier not in (None, "exact") or bool(getattr(r, "part_year", False)) for r in (first, last)]
        fig.add_scatter(
            x=[0, 1], y=[float(first.value), float(last.value)], mode="lines+markers", name=kind, legendgroup=kind, showlegend=marked and kind not in used,
            line={"color": colour, "width": 2.4 if marked else 1.6, "dash": dash}, cliponaxis=False, zorder=2 if marked else 1,
            marker={"size": 9, "color": colour, "symbol": ["circle-open" if h else "circle" for h in hollow], "line": {"width": 2, "color": colour}},
            customdata=[charts._key(first), charts._key(last)],
            hovertext=[charts.hover(r, look) + ("<br>" + wording.label(_change(first, last, look)) if r is last else "") for r in (first, last)],
            hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
        used += [kind] if marked else []
        text_colour = ink.text if marked else ink.muted
        ends.append(
            (float(last.value), _called(last.name, charts._text_of(last, look), look), text_colour, key in look.chosen)
        )
        starts.append(
            (float(first.value), wording.label(charts._text_of(first, look)), text_colour, key in look.chosen)
        )
    bottom, top = low - 0.03 * span, low + span
    bounds = (bottom, top)
    _labels(fig, ends, pixel, bounds, 1.02, 0.05, ink.muted)
    _labels(fig, starts, pixel, bounds, -0.02, -0.04, ink.muted)
    fig.update_xaxes(tickvals=[0, 1], ticktext=[wording.year_text(before), wording.year_text(after)], range=[-0.06, 1.07], fixedrange=True, showgrid=True,
                     gridcolor=ink.muted, zeroline=False, color=ink.text, tickfont={"size": 13}, side="top", ticks="")  # fmt: skip
    fig.update_yaxes(range=[bottom, top], visible=False, fixedrange=True)
    left = int(max((wording.display_width(t) for _, t, *_ in starts), default=4) * 6.9 + 22)
    keys_ = [("━", kinds[k][1], k) for k in kinds if k in used]
    dressed = charts._dress(
        fig, look, plot_height, left, right=_margin([t for _, t, *_ in ends], look), legend=bool(used), foot=16, head=24
    )
    return charts.with_key(dressed, keys_, look, above=24).figure()


def _change(first: Any, last: Any, look: Look) -> str:
    words = wording.change_text(float(last.value), float(first.value), str(last.unit or look.unit or ""), look.percent)
    return words.replace("比上年", f"比{int(first.year)}年", 1).replace("与上年", f"与{int(first.year)}年", 1)


def places(df: pd.DataFrame) -> dict[tuple[str, int], int]:
    """Rows of a bump chart: (id, year) -> slot. Who shares a place stands in slots of its own below it, which the next place leaves free."""
    ranked = df[(df["status"] == "reported") & df["peer_rank"].notna()]
    found: dict[tuple[str, int], int] = {}
    ranked = ranked.sort_values(["year", "peer_rank", "name", "id"], kind="stable")
    shared: dict[tuple[int, int], int] = {}
    for key, year, rank in zip(
        ranked["id"].tolist(), ranked["year"].tolist(), ranked["peer_rank"].tolist(), strict=True
    ):
        at = int(year), int(rank)
        found[str(key), at[0]] = at[1] + shared.get(at, 0)
        shared[at] = shared.get(at, 0) + 1
    return found


def bump(df: pd.DataFrame, look: Look) -> go.Figure:
    """Places inside one peer group over the years, the highest value on top, '=' before a place that several share. Under each year how many
    were placed: a third place among 5 is not one among 50. Years without a place stay open. Rows: one peer group; peer_rank, peer_n, peer_ties."""
    ink = charts._ink(look)
    palette = charts.SERIES_DARK if look.dark else charts.SERIES_LIGHT
    years = list(range(int(df["year"].min()), int(df["year"].max()) + 1)) if len(df) else [0, 1]
    slots = places(df)
    every = entities.rows(df)
    groups = [(str(key), rows) for key, rows in entities.grouped(every, "id").items()][:MOST_PLACES]
    inside = {key for key, _ in groups}
    deepest = max([s for (key, _), s in slots.items() if key in inside], default=1)
    lines = 1 if look.width >= 560 else 2
    height = 27 if lines == 1 else 40
    plot_height = int(min(max(deepest, 2) * height, max(900, len(groups) * height)))
    roomy = plot_height / max(deepest, 1) >= 18
    fig = charts.Drawing()
    ends: list[tuple[float, str, str, bool]] = []
    for n, (key, rows) in enumerate(groups):
        by_year = {int(r.year): r for r in rows}
        at = [slots.get((key, y)) for y in years]
        if not any(at):
            continue
        marked = key in look.chosen if look.chosen else n < len(palette)
        colour = (ink.chosen if look.chosen else palette[n]) if marked else ink.other
        words = [_place(by_year[y]) if s else "" for s, y in zip(at, years, strict=True)]
        hollow = [bool(s) and by_year[y].qualifier not in (None, "exact") for s, y in zip(at, years, strict=True)]
        fig.add_scatter(
            x=years, y=at, mode="lines+markers+text" if roomy else "lines+markers", name=wording.label(rows[0].name), connectgaps=False, cliponaxis=False,
            line={"color": colour, "width": 2.6 if marked else 1.8, "dash": charts.DASHES[n % 6] if marked and not look.chosen else "solid"},
            marker={"size": 22 if roomy else 8, "color": [ink.ground if h else colour for h in hollow], "line": {"width": 2, "color": colour}},
            text=words, textposition="middle center", zorder=2 if marked else 1, showlegend=False,
            textfont={"size": 11, "color": [ink.text if h else charts_parts._on(colour) for h in hollow]},
            customdata=[charts._key(by_year[y]) if y in by_year else [key, y, None] for y in years],
            hovertext=[charts.hover(by_year[y], look) + f"<br>{wording.label(_place_words(by_year[y]))}" if s else "" for s, y in zip(at, years, strict=True)],
            hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"color": ink.line}},
            unselected={"marker": {"opacity": 1}, "textfont": {"color": None}},
        )  # fmt: skip
        last = max(i for i, s in enumerate(at) if s)
        lead = words[last] + (f"（{years[last]}）" if years[last] != years[-1] else "")
        ends.append(
            (
                float(at[last] or 0),
                _called(rows[0].name, lead, look),
                ink.text if marked else ink.muted,
                key in look.chosen,
            )
        )
    wide = years[-1] - years[0] + 1
    changes = charts.form_changes(df)
    first = 0.5 - (
        20 * (deepest + 0.2) / plot_height if changes else 0.0
    )  # the words of a new form stand above the first place
    pixel = (deepest + 0.7 - first) / plot_height
    _labels(fig, ends, pixel, (first, deepest + 0.7), years[-1] + 0.13 * wide / 5, 0.12 * wide / 5, ink.muted)
    placed = df.dropna(subset=["peer_n"]).groupby("year")["peer_n"].max()
    axis = charts._year_axis(years, look, 4 if look.width < 560 else 12)
    axis["ticktext"] = [f"{y}<br>{int(placed[y])}个" if y in placed.index else f"{y}<br>—" for y in axis["tickvals"]]
    axis["range"] = [years[0] - 0.3, years[-1] + 0.25 * wide / 5]
    fig.update_xaxes(axis, side="top", showgrid=True, gridcolor=ink.grid)
    ticks = [1, *(n for n in range(0, deepest + 1, 5 if deepest <= 40 else 10 if deepest <= 100 else 50) if n)]
    fig.update_yaxes(range=[deepest + 0.7, first], visible=not roomy, fixedrange=True, tickvals=ticks, color=ink.muted, showgrid=False, zeroline=False,
                     tickfont={"size": 12}, ticks="")  # fmt: skip
    charts._time_marks(fig, every, look)
    right = _margin([t for _, t, *_ in ends], look)
    return charts._dress(fig, look, plot_height, 26 if roomy else 44, right=right, head=34, foot=16).figure()


def _place(row: Any) -> str:
    tied = not pd.isna(row.peer_ties) and int(row.peer_ties) > 1
    return f"{'=' if tied else ''}{int(row.peer_rank)}"


def _place_words(row: Any) -> str:
    ties = 0 if pd.isna(row.peer_ties) else int(row.peer_ties)
    return "同类中" + wording.rank_text(
        int(row.peer_rank), int(row.peer_n), ties, "个市" if row.peer == "city" else "个机关"
    )
