"""Parts of a whole and ways through it: balance, flow, shares, results by stage, issued and repealed. As charts.py: DataFrame and Look -> Figure.

A part that is blank is not drawn as nothing: the row says so in words at its end. Segments differ by colour and by hatching, so
that a greyscale print still reads; the numbers stand in the picture.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.kit import charts, entities, wording
from pages.kit.charts import Look

HATCHES = ("", "/", "", "\\", ".", "x", "-")
CARRIED_IN, RECEIVED, CLOSED, CARRIED_OUT = (
    "requests_carried_in",
    "requests_received",
    "requests_closed",
    "requests_carried_out",
)
MOST_ROWS = 25


def _palette(look: Look, count: int) -> list[str]:
    """`count` colours; from the eighth on again from the first, told apart by their places and words."""
    colours = [*(charts.SERIES_DARK if look.dark else charts.SERIES_LIGHT), charts._ink(look).other]
    return [colours[n % len(colours)] for n in range(count)]


def _on(colour: str) -> str:
    """Black or white, whichever reads better on `colour`."""
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return "#101418" if 0.299 * red + 0.587 * green + 0.114 * blue > 125 else "#FFFFFF"


def _pattern(n: int, colour: str) -> dict[str, Any]:
    return pattern(HATCHES[n % len(HATCHES)], colour)


def pattern(shape: str, colour: str) -> dict[str, Any]:
    """A hatching in a shade of its own colour, away from the colour of the figures that stand on it: white lines through white figures cannot
    be read."""
    toward = 255 if _on(colour) != "#FFFFFF" else 0
    mixed = "".join(f"{round(int(colour[n : n + 2], 16) * 0.6 + toward * 0.4):02X}" for n in (1, 3, 5))
    return {"shape": shape, "fgcolor": f"#{mixed}", "size": 7, "solidity": 0.2, "fillmode": "overlay"}


def _amount(row: Any, look: Look) -> str:
    return wording.value_text(row._asdict(), look.decimals or None, look.percent, True)


def balance(df: pd.DataFrame, look: Look) -> go.Figure:
    """上年结转＋新收 over 办结＋结转 for each entity, on one scale. At the end of a bar its sum in figures; unequal sums are marked.

    Rows: id, name, year, metric (the four of the form's own check), value, status.
    """
    ink = charts._ink(look)
    colours = _palette(look, 6)
    paint = {
        CARRIED_IN: (colours[5], "/"),
        RECEIVED: (colours[0], ""),
        CLOSED: (colours[2], ""),
        CARRIED_OUT: (colours[1], "\\"),
    }
    order = list(dict.fromkeys(df["id"]))
    cell = {(r.id, r.metric): r for r in entities.rows(df)}
    heads = {r.metric: r.metric_short for r in entities.rows(df)}
    several = len(order) > 1
    names: list[list[str]] = []
    places: list[float] = []
    at = 0.0
    ends: list[tuple[float, float, str, bool]] = []
    bars: dict[str, list[tuple[Any, float, float]]] = {m: [] for m in paint}
    for key in order:
        sums: list[float | None] = []
        for pair, words in (((CARRIED_IN, RECEIVED), "收到"), ((CLOSED, CARRIED_OUT), "处理")):
            rows = [cell.get((key, m)) for m in pair]
            base = 0.0
            texts = []
            for metric, row in zip(pair, rows, strict=True):
                there = row is not None and row.status == "reported" and not pd.isna(row.value)
                if there and row is not None:
                    bars[metric].append((row, base, at))
                    base += float(row.value)
                texts.append(_amount(row, look) if row is not None else wording.STATUS["not_stated"])
            known = all(r is not None and r.status == "reported" for r in rows)
            sums.append(base if known else None)
            ends.append((base, at, "＋".join(texts) + (f"＝{wording.short_number(base)}" if known else ""), False))
            label = wording.wrap(wording.clean(next(r.name for r in entities.rows(df) if r.id == key)), 26, 1)[0]
            names.append([f"{label}", words] if several and words == "收到" else [words])
            places.append(at)
            at += 1.0
        if None not in sums and abs(float(sums[0] or 0) - float(sums[1] or 0)) > 1e-9:
            gap = abs(float(sums[0] or 0) - float(sums[1] or 0))
            x, y, text, _ = ends[-1]
            ends[-1] = (x, y, f"{text}　两边相差{wording.number(gap)}", True)
        at += 0.45 if several else 0.0
    high = max([x for x, *_ in ends] or [1.0])
    fig = charts.Drawing()
    for metric, (colour, hatch) in paint.items():
        rows_ = bars[metric]
        wide = [float(r.value) >= high * (0.06 if look.width >= 560 else 0.15) for r, _, _ in rows_]
        fig.add_bar(
            orientation="h", base=[b for _, b, _ in rows_], x=[float(r.value) for r, _, _ in rows_], y=[y for *_, y in rows_], width=0.72,
            marker={"color": colour, "pattern": pattern(hatch, colour), "line": {"color": ink.ground, "width": 1.5}}, name=wording.label(heads.get(metric, metric)),
            text=[_amount(r, look) if w else "" for (r, _, _), w in zip(rows_, wide, strict=True)], textposition="inside",
            insidetextanchor="middle", textangle=0, constraintext="none", textfont={"size": 12, "color": _on(colour)},
            customdata=[charts._key(r) for r, _, _ in rows_], hovertext=[charts.hover(r, look) for r, _, _ in rows_],
            hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
    narrow = look.width < 560
    for x, y, text, marked in ends:
        fig.add_annotation(
            x=0 if narrow else x, y=y, xanchor="left", yanchor="middle" if not narrow else "bottom", yshift=23 if narrow else 0,
            xshift=0 if narrow else 6, showarrow=False, name="sum",
            text=wording.label(text), font={"size": 12, "color": ink.line if marked else ink.text},
        )  # fmt: skip
    left = charts._name_margin(names, look)
    step = 68 if narrow else 44
    fig.update_layout(barmode="overlay")
    fig.update_yaxes(
        charts._name_axis(names, look, len(names))
        | {"tickvals": places, "range": [at - 0.45, -0.85 if narrow else -0.62]}
    )
    fig.update_xaxes(charts._value_axis(look, 0.0, high, range=[0, (high or 1.0) * (1.02 if narrow else 1.3)]))
    keys = [("■", colour, heads.get(metric, metric)) for metric, (colour, _) in paint.items()]
    return charts.with_key(
        charts._dress(fig, look, int(at * step) + 16, left, legend=True, head=charts.key_room(keys, look)), keys, look
    ).figure()


def flow(df: pd.DataFrame, look: Look, sources: Mapping[str, str], targets: Mapping[str, str]) -> go.Figure:
    """Sankey from applicant to outcome with the cross-tab of the same figures beside it (below it in a narrow window).

    Rows: breakdown, metric, value, status, qualifier. `sources`, `targets`: id -> name, in order. A blank cell makes no
    band and says 空白 in the cross-tab.
    """
    ink = charts._ink(look)
    colours = _palette(look, 7)
    from_ids, to_ids = list(sources), list(targets)
    cell = {(r.breakdown, r.metric): r for r in entities.rows(df)}
    known = {k: float(r.value) for k, r in cell.items() if r.status == "reported" and not pd.isna(r.value)}
    left_sum = {b: sum(known.get((b, m), 0.0) for m in to_ids) for b in from_ids}
    right_sum = {m: sum(known.get((b, m), 0.0) for b in from_ids) for m in to_ids}
    shown_from = [b for b in from_ids if left_sum[b] > 0]
    shown_to = [m for m in to_ids if right_sum[m] > 0]
    number = {name: i for i, name in enumerate([*shown_from, *shown_to])}
    tint = {m: colours[i % len(colours)] for i, m in enumerate(to_ids)}
    links = [(b, m, known[b, m]) for b in shown_from for m in shown_to if known.get((b, m), 0.0) > 0]
    wide = look.width >= 700
    fig = charts.Drawing()
    grid_rows = len(from_ids) + 1
    grid_height, sankey_height = grid_rows * 34, max(40 * max(len(shown_from), len(shown_to)), 250)
    plot_height = max(grid_height + 40, sankey_height) if wide else sankey_height + 130 + grid_height
    cut = 0.47 if wide else 1.0
    share = 1.0 if wide else sankey_height / plot_height
    if links:
        fig.add_sankey(
            arrangement="fixed", domain={"x": [0.0, cut], "y": [1 - share, 1.0]}, textfont={"size": 12, "color": ink.text, "family": charts.FONT},
            node={"label": [wording.label(f"{sources[b]} {wording.short_number(left_sum[b])}") for b in shown_from]
                  + [wording.label(f"{targets[m]} {wording.short_number(right_sum[m])}") for m in shown_to],
                  "color": [ink.muted] * len(shown_from) + [tint[m] for m in shown_to], "pad": 16, "thickness": 14,
                  "line": {"color": ink.ground, "width": 1}, "hovertemplate": "%{label}<extra></extra>"},
            link={"source": [number[b] for b, _, _ in links], "target": [number[m] for _, m, _ in links], "value": [v for *_, v in links],
                  "color": [_see_through(tint[m], 0.55 if look.dark else 0.42) for _, m, _ in links],
                  "customdata": [wording.label(f"{sources[b]} → {targets[m]}：{wording.number(v)}{look.unit}") for b, m, v in links],
                  "hovertemplate": "%{customdata}<extra></extra>"},
        )  # fmt: skip
    cells: list[dict[str, Any]] = []
    highest = max(known.values(), default=0.0)
    for y, b in enumerate([*from_ids, "total"]):
        for x, m in enumerate(to_ids):
            row = cell.get((b, m))
            if b == "total":  # the sums that the bands end in
                cells.append({"x": x, "y": y, "fill": ink.ground, "ink": ink.text, "kind": "reported", "text": wording.short_number(right_sum[m]),
                              "key": ["", 0, None], "hover": wording.label(f"{targets[m]}合计：{wording.number(right_sum[m])}{look.unit}")})  # fmt: skip
                continue
            there = row is not None and row.status == "reported"
            fill, on_fill = (
                charts._shade(ink, float(row.value) / highest * 0.85)
                if there and row is not None and highest
                else (ink.ground, ink.text)
            )
            text = _amount(row, look) if row is not None else "—"
            cells.append({"x": x, "y": y, "fill": fill, "ink": on_fill if there else ink.muted, "kind": row.status if row is not None else "not_stated",
                          "text": wording.label(text), "key": [getattr(row, "id", ""), int(getattr(row, "year", 0) or 0), f"{m}|{b}"],
                          "hover": wording.label(f"{sources[b]} → {targets[m]}：{text}{look.unit if there else ''}")})  # fmt: skip
    charts._cells(fig, cells, ink)
    room = int(look.width * (0.36 if wide else 0.8) / max(len(to_ids), 1) / 6.9)
    heads = [charts._head(targets[m], max(room, 4)) for m in to_ids]
    head = charts._grid_axes(fig, [[n] for n in [*sources.values(), "总计"]], heads, look)
    fig.update_xaxes(domain=[0.62 if wide else 0.16, 1.0])
    top = 1.0 - (30 / plot_height if wide else (sankey_height + 118) / plot_height)
    fig.update_yaxes(domain=[max(top - grid_height / plot_height, 0.0), top])
    return charts._dress(fig, look, plot_height, 20, right=24, foot=18, head=head - 20 if wide else 0).figure()


def _see_through(colour: str, opacity: float) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"


def shares(df: pd.DataFrame, look: Look, parts: Mapping[str, str], smallest: float = 10) -> go.Figure:
    """100% stacked bars, one row per entity; a row whose whole is under `smallest` is grey words. Rows: id, name, year, metric, value,
    share, whole, status (of the row: reported, or why it has none). `parts`: metric -> short name, in order."""
    ink = charts._ink(look)
    colours = _palette(look, len(parts))
    order = list(dict.fromkeys(df["id"]))
    place = {key: i for i, key in enumerate(order)}
    first = df.drop_duplicates("id").set_index("id")
    wrapped = charts._wrapped([first.at[k, "name"] for k in order], look)
    drawn = df[(df["status"] == "reported") & (df["whole"] >= smallest)]
    fig = charts.Drawing()
    by_part = entities.grouped(entities.rows(drawn), "metric")
    reached = dict.fromkeys(order, 0.0)
    for n, (metric, short) in enumerate(parts.items()):
        rows = by_part.get(metric, [])
        bottoms = [reached[r.id] for r in rows]
        for r in rows:
            reached[r.id] += float(r.share)
        roomy = 0.075 if look.width >= 700 else 0.16
        fig.add_bar(
            orientation="h", base=bottoms, x=[float(r.share) for r in rows], y=[place[r.id] for r in rows], width=0.72, name=wording.label(short),
            marker={"color": colours[n], "pattern": _pattern(n, colours[n]), "line": {"color": ink.ground, "width": 1}},
            text=[wording.rate(r.share, 0 if r.share >= 9.95 else 1) if r.share >= roomy * 100 else "" for r in rows], textposition="inside",
            insidetextanchor="middle", textangle=0, constraintext="none", textfont={"size": 12, "color": _on(colours[n])},
            customdata=[charts._key(r) for r in rows],
            hovertext=["<br>".join([f"<b>{wording.label(r.name)}</b>", wording.year_text(r.year), wording.label(short),
                                    f"{wording.number(r.value)}÷{wording.number(r.whole)}＝{wording.rate(r.share)}"]) for r in rows],
            hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
    for key in order:
        row = first.loc[key]
        if row["status"] != "reported" or row["whole"] < smallest:
            text = (
                wording.small_denominator(row["whole"])
                if row["status"] == "reported"
                else wording.STATUS.get(str(row["status"]), "待核")
            )
            fig.add_annotation(x=0, y=place[key], xanchor="left", yanchor="middle", xshift=4, showarrow=False, name="none", text=wording.label(text),
                               font={"size": 12, "color": ink.muted})  # fmt: skip
        else:
            fig.add_annotation(x=100, y=place[key], xanchor="left", yanchor="middle", xshift=4, showarrow=False, name="whole",
                               text=f"n={wording.short_number(float(row['whole']))}", font={"size": 12, "color": ink.muted})  # fmt: skip
    fig.update_layout(barmode="overlay")
    fig.update_yaxes(charts._name_axis(wrapped, look, max(len(order), 1)))
    fig.update_xaxes(tickvals=[0, 25, 50, 75, 100], ticktext=["0", "25%", "50%", "75%", "100%"], range=[0, 100], fixedrange=True, color=ink.muted,
                     gridcolor=ink.grid, zeroline=False, tickfont={"size": 12})  # fmt: skip
    keys = [("■", colours[n], short) for n, short in enumerate(parts.values())]
    height = max(len(order), 1) * max(charts._row_height(wrapped), 30)
    dressed = charts._dress(
        fig,
        look,
        height,
        charts._name_margin(wrapped, look),
        right=74,
        legend=True,
        head=charts.key_room(keys, look),
        foot=34,
    )
    return charts.with_key(dressed, keys, look).figure()


def results_by_stage(
    df: pd.DataFrame,
    look: Look,
    stages: Mapping[str, str],
    results: Mapping[str, str],
    mark: tuple[int, str] | None = None,
) -> go.Figure:
    """One panel per stage, years on x, results stacked, one scale. Rows: stage, result, year, value, status. A year without a
    figure says so. `mark`: a year from which the law changed, and its words."""
    ink = charts._ink(look)
    colours = _palette(look, len(results))
    years = list(range(int(df["year"].min()), int(df["year"].max()) + 1)) if len(df) else [0, 1]
    wide = look.width >= 700
    count = len(stages)
    panel, gap = (250, 0) if wide else (170, 78)
    plot_height = panel if wide else count * panel + (count - 1) * gap
    held = df[(df["status"] == "reported") & df["value"].notna()]
    by_part: dict[tuple[str, str], list[Any]] = {}
    for r in entities.rows(held):
        by_part.setdefault((r.stage, r.result), []).append(r)
    totals = held.groupby(["stage", "year"])["value"].sum()
    high = float(totals.max()) if len(totals) else 1.0
    tick_values, tick_text, wan = charts._ticks(0.0, max(high, 1.0), 5)
    fig = charts.Drawing()
    layout: dict[str, Any] = {"barmode": "stack"}
    for s, (stage, stage_name) in enumerate(stages.items()):
        suffix = "" if s == 0 else str(s + 1)
        span = 1 / count
        domain_x = [s * span + (0.012 if s else 0), (s + 1) * span - 0.012] if wide else [0, 1]
        top = 1.0 if wide else 1 - s * (panel + gap) / plot_height
        domain_y = [0.0, 1.0] if wide else [max(top - panel / plot_height, 0.0), top]
        for n, (result, short) in enumerate(results.items()):
            rows = by_part.get((stage, result), [])
            fig.add_bar(
                x=[int(r.year) for r in rows], y=[float(r.value) for r in rows], name=wording.label(short), legendgroup=result, showlegend=s == 0, width=0.7,
                marker={"color": colours[n], "pattern": _pattern(n, colours[n]), "line": {"color": ink.ground, "width": 1}}, xaxis=f"x{suffix}", yaxis=f"y{suffix}",
                customdata=[charts._key(r) for r in rows], hovertext=[charts.hover(r, look) for r in rows], hovertemplate="%{hovertext}<extra></extra>",
                selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
            )  # fmt: skip
        for year in years:
            some = totals.get((stage, year))
            text = wording.short_number(float(some)) if some is not None else _why(df, stage, year)
            if some is not None or len(years) <= 9 or wide is False:
                fig.add_annotation(x=year, y=float(some or 0), xref=f"x{suffix}", yref=f"y{suffix}", yanchor="bottom", showarrow=False, name="sum",
                                   text=wording.label(text), font={"size": 11, "color": ink.text if some is not None else ink.muted},
                                   textangle=0 if some is not None else -90)  # fmt: skip
        axis = charts._year_axis(years, look, 5 if wide else 9)
        layout[f"xaxis{suffix}"] = axis | {"domain": domain_x, "anchor": f"y{suffix}"}
        layout[f"yaxis{suffix}"] = {
            "domain": domain_y, "anchor": f"x{suffix}", "range": [0, (high or 1.0) * 1.22], "tickvals": tick_values, "gridcolor": ink.grid,
            "ticktext": tick_text if s == 0 or not wide else [""] * len(tick_text), "zeroline": True, "zerolinecolor": ink.muted, "fixedrange": True,
            "color": ink.muted, "tickfont": {"size": 12},
        }  # fmt: skip
        fig.add_annotation(x=domain_x[0], xref="paper", xanchor="left", y=top, yref="paper", yanchor="bottom", showarrow=False, name="panel",
                           text=wording.label(stage_name), font={"size": 13, "color": ink.text})  # fmt: skip
        if mark and years[0] < mark[0] <= years[-1]:
            fig.add_shape(type="line", x0=mark[0] - 0.5, x1=mark[0] - 0.5, xref=f"x{suffix}", y0=0, y1=1, yref=f"y{suffix} domain", layer="below",
                          line={"color": ink.line, "width": 1.5, "dash": "dot"}, name="law")  # fmt: skip
            if s == 0:
                fig.add_annotation(x=mark[0] - 0.5, xref=f"x{suffix}", y=1, yref=f"y{suffix} domain", yanchor="top", xanchor="right", showarrow=False,
                                   name="law", text=wording.label(mark[1]), font={"size": 11, "color": ink.line})  # fmt: skip
    fig.update_layout(layout)
    unit = charts._axis_title(look, wan)
    dressed = Look(**{**look.__dict__, "notes": (f"{unit}；各图同一纵轴。", *look.notes)}) if unit else look
    keys = [("■", colours[n], short) for n, short in enumerate(results.values())]
    charts._dress(fig, dressed, plot_height, 58, legend=True, head=charts.key_room(keys, look, 26), foot=34)
    return charts.with_key(fig, keys, look, 26).figure()  # the names of the panels stand between


def _why(df: pd.DataFrame, stage: str, year: int) -> str:
    rows = df[(df["stage"] == stage) & (df["year"] == year)]
    return wording.STATUS.get(str(rows["status"].iloc[0]), "待核") if len(rows) else wording.STATUS["no_report"]


def issued_and_repealed(df: pd.DataFrame, look: Look, metrics: Mapping[str, str]) -> go.Figure:
    """The first metric to the right and the second to the left of one axis, the third beside it on its own: 制发, 废止, 现行有效 of a form that
    asks for these. `metrics`: at most three, with the word of each. Rows: id, name, year, metric, value, status."""
    ink = charts._ink(look)
    colours = _palette(look, 6)
    order = list(dict.fromkeys(df["id"]))
    place = {key: i for i, key in enumerate(order)}
    names = dict(zip(reversed(df["id"].tolist()), reversed(df["name"].tolist()), strict=True))
    wrapped = charts._wrapped([names[k] for k in order], look)
    by_metric = entities.grouped(entities.rows(df), "metric")
    held = {m: [r for r in by_metric.get(m, []) if r.status == "reported" and not pd.isna(r.value)] for m in metrics}
    reach = [max((float(r.value) for r in rows), default=0.0) for rows in held.values()]
    span = max(*reach[:2], 1.0)
    drawn = list(
        zip(metrics, (1, -1, 1), (colours[0], colours[1], ink.other), ("", "/", ""), ("x", "x", "x2"), strict=False)
    )
    wide = look.width >= 560
    fig = charts.Drawing()
    for metric, sign, colour, hatch, axis in (*drawn[1::-1], *drawn[2:]):
        every = by_metric.get(metric, [])
        rows = held[metric]
        rest = [r for r in every if r.status not in ("reported", "no_report", "other_scope")]
        short = next((r.metric_short for r in every), metric)
        fig.add_bar(
            orientation="h", x=[sign * float(r.value) for r in rows], y=[place[r.id] for r in rows], width=0.66, xaxis=axis, yaxis="y", name=wording.label(short),
            marker={"color": colour, "pattern": pattern(hatch, colour)},
            text=[charts._text_of(r, look) for r in rows], textposition="outside", textangle=0, cliponaxis=False, constraintext="none",
            textfont={"size": 12, "color": ink.text}, customdata=[charts._key(r) for r in rows], hovertext=[charts.hover(r, look) for r in rows],
            hovertemplate="%{hovertext}<extra></extra>", selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
        for r in rest:
            anchor = "right" if sign < 0 else "left"
            fig.add_annotation(x=0, xref=axis, y=place[r.id], xanchor=anchor, xshift=4 * sign, yanchor="middle", showarrow=False, name="none",
                               text=wording.STATUS.get(r.status, "待核"), font={"size": 12, "color": ink.muted})  # fmt: skip
    values, text, wan = charts._ticks(-span, span, 5 if wide else 4)
    fig.update_layout(
        barmode="overlay",
        xaxis={"domain": [0, 0.62 if len(drawn) > 2 else 1], "range": [-span * 1.32 if len(drawn) > 1 else 0, span * 1.32], "tickvals": values, "ticktext": [t.replace("−", "") for t in text], "fixedrange": True,
               "gridcolor": ink.grid, "zeroline": True, "zerolinecolor": ink.muted, "color": ink.muted, "tickfont": {"size": 12},
               "title": {"text": wording.label(charts._axis_title(look, wan)), "font": {"size": 12}, "standoff": 4}},
    )  # fmt: skip
    if len(drawn) > 2:
        fig.update_layout(
            xaxis2=charts._value_axis(look, 0.0, reach[2], range=[0, (reach[2] or 1.0) * 1.35])
            | {"domain": [0.67, 1.0], "anchor": "y"}
        )
    fig.update_yaxes(charts._name_axis(wrapped, look, max(len(order), 1)))
    said = list(metrics.values())
    arrows = " ←　→ " if wide else "←→"
    for title, x in zip((arrows.join(said[1::-1]), *said[2:]), (0.31 if len(said) > 2 else 0.5, 0.835), strict=False):
        fig.add_annotation(
            x=x,
            xref="paper",
            y=1,
            yref="paper",
            yanchor="bottom",
            showarrow=False,
            name="panel",
            text=wording.label(title),
            font={"size": 13, "color": ink.text},
        )
    return charts._dress(
        fig,
        look,
        max(len(order), 1) * max(charts._row_height(wrapped), 30),
        charts._name_margin(wrapped, look),
        legend=False,
        head=24,
    ).figure()
