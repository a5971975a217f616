"""One function per chart form: DataFrame and Look -> plotly Figure. No streamlit, no plotly.express, no SQL.

Rows (what queries give): id, name, year, metric, value, status, qualifier, method, unit, corrected, and where known form, part_year,
reliable, denominator, peer_median, peer_n, peer, title. A value is drawn as it is; a row without a value is never drawn
as 0: its status stands in its place in words. One Figure serves screen and file: title, subtitle, notes and source are
inside the layout, margins are computed here (no automargin), so that a picture looks like the screen.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import plotly.graph_objects as go

from pages.kit import entities, wording

FONT = '"PingFang SC","Microsoft YaHei","Noto Sans CJK SC","Noto Sans SC","WenQuanYi Micro Hei",sans-serif'
SERIES_LIGHT = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B37700", "#56B4E9")
SERIES_DARK = ("#56B4E9", "#E69F00", "#2BBF94", "#CC79A7", "#F0E442", "#E8773A")
"""Okabe and Ito's palette, lightness adjusted for the ground; dashes and marks tell series apart in greyscale."""
DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
SYMBOLS = ("circle", "square", "diamond", "triangle-up", "x", "cross")
SIGNS = ("●", "■", "◆", "▲", "✖", "✚")
"""The symbols as characters."""
MOST_SERIES = len(SERIES_LIGHT)
MOST_PANELS = 24

Point = dict[str, Any]


@dataclass(frozen=True)
class Look:
    """What a figure says besides its data, and where it is shown. `width`: pixels that text may take (the wrap width)."""

    title: str
    subtitle: str = ""
    notes: tuple[str, ...] = ()
    source: str = ""
    unit: str = ""
    decimals: int = 0
    percent: bool = False
    dark: bool = False
    ground: str = ""
    width: int = 860
    chosen: frozenset[str] = field(default_factory=frozenset)


@dataclass(frozen=True)
class Ink:
    """Colours of one ground."""

    text: str
    muted: str
    grid: str
    ground: str
    chosen: str
    other: str
    faint: str
    line: str
    low: tuple[int, int, int]
    high: tuple[int, int, int]


LIGHT = Ink(
    "#1F2933",
    "#52606D",
    "#E1E5EA",
    "#FFFFFF",
    "#0B5CAD",
    "#9DB4C8",
    "#D3D8DE",
    "#8A4B00",
    (232, 241, 250),
    (11, 79, 138),
)
DARK = Ink(
    "#EEF1F5",
    "#AEB8C4",
    "#343C48",
    "#14181D",
    "#6DB9F2",
    "#58728A",
    "#3E4652",
    "#F0B35A",
    (24, 40, 56),
    (140, 196, 240),
)


@dataclass
class Drawing:
    """A figure being drawn, in plain dictionaries, with the verbs of plotly's Figure that the charts use. A Figure checks and copies all it
    holds at every step, which took most of the time of a chart; here it is checked once, by `figure()`."""

    data: list[dict[str, Any]] = field(default_factory=list)
    layout: dict[str, Any] = field(default_factory=dict)

    def add_bar(self, **trace: Any) -> None:
        self.data.append({"type": "bar"} | trace)

    def add_scatter(self, **trace: Any) -> None:
        self.data.append({"type": "scatter"} | trace)

    def add_sankey(self, **trace: Any) -> None:
        self.data.append({"type": "sankey"} | trace)

    def add_annotation(self, **annotation: Any) -> None:
        self.layout.setdefault("annotations", []).append(annotation)

    def add_shape(self, **shape: Any) -> None:
        self.layout.setdefault("shapes", []).append(shape)

    def update_layout(self, *given: dict[str, Any], **more: Any) -> None:
        """Dictionaries are merged, anything else takes the place of what was there."""
        for new in (*given, more):
            _merge(self.layout, new)

    def update_xaxes(self, *given: dict[str, Any], **more: Any) -> None:
        self._update_axes("xaxis", *given, more)

    def update_yaxes(self, *given: dict[str, Any], **more: Any) -> None:
        self._update_axes("yaxis", *given, more)

    def _update_axes(self, which: str, *given: dict[str, Any]) -> None:
        for name in {which: None} | {name: None for name in self.layout if name.startswith(which)}:
            self.update_layout(*({name: new} for new in given))

    def figure(self) -> go.Figure:
        """The finished figure. Raises ValueError for what plotly does not know."""
        return go.Figure(data=self.data, layout=self.layout)


def _merge(old: dict[str, Any], new: dict[str, Any]) -> None:
    for name, value in new.items():
        if isinstance(value, dict) and isinstance(old.get(name), dict):
            _merge(old[name], value)
        else:
            old[name] = dict(value) if isinstance(value, dict) else value


def _ink(look: Look) -> Ink:
    return DARK if look.dark else LIGHT


def _text_of(row: Any, look: Look, short: bool = True) -> str:
    """What stands at a bar's end or in a cell."""
    if row.status == "reported" and not getattr(row, "reliable", True):
        return wording.small_denominator(getattr(row, "denominator", None))
    decimals = look.decimals if look.decimals else None
    return wording.value_text(row, decimals, look.percent, short)


def hover(row: Any, look: Look) -> str:
    """Lines of a hover box: who, when, what, how sure, from where. Escaped for plotly."""
    text = _text_of(row, look, short=False)
    has_unit = row.status == "reported" and not look.percent and not text.startswith("—")
    lines = [f"<b>{wording.label(row.name)}</b>", f"{wording.label(wording.year_text(row.year))}"]
    metric_name = getattr(row, "metric_name", "")
    if metric_name:
        lines.append(wording.label(metric_name))
    lines.append(f"{wording.label(text)}{wording.label(look.unit or row.unit) if has_unit else ''}")
    if row.status != "reported":
        lines.append(wording.STATUS_HELP.get(row.status, ""))
    else:
        if getattr(row, "denominator", None) is not None and not pd.isna(row.denominator):
            lines.append(f"{wording.number(row.numerator)} ÷ {wording.number(row.denominator)}")
        extra = [wording.METHOD.get(getattr(row, "method", "") or "", "")]
        extra.append(wording.QUALIFIER_HELP.get(row.qualifier or "", ""))
        extra.append("年内部分时段" if getattr(row, "part_year", False) else "")
        extra.append("经更正" if getattr(row, "corrected", False) else "")
        lines.append("，".join(e for e in extra if e))
        median = getattr(row, "peer_median", None)
        if median is not None and not pd.isna(median):
            shown = wording.rate(median) if look.percent else wording.number(median)
            lines.append(f"同类中位数 {shown}（n={int(row.peer_n)}）")
    title = getattr(row, "title", None)
    if title and not pd.isna(title):
        lines.append("《" + wording.label(wording.wrap(wording.clean(title), 56, 1)[0]) + "》")
    return "<br>".join(line for line in lines if line)


def _key(row: Any) -> list[Any]:
    """What a click hands back: id, year, metric."""
    return [row.id, int(row.year), getattr(row, "metric", None)]


def _ticks(low: float, high: float, count: int = 6) -> tuple[list[float], list[str], str]:
    """Round tick values over [low, high], their text and the prefix of the unit ('万' from 10,000, else '')."""
    span = max(high - low, 1e-9)
    raw = span / max(count - 1, 1)
    power = 10.0 ** math.floor(math.log10(raw))
    steps = [m * power for m in (1, 2, 5, 10)]
    step = next((s for s in steps if raw <= s * 1.0001 and span >= 2 * s), max(s for s in steps if s <= raw * 1.0001))
    first = math.floor(low / step + 1e-9) * step
    values: list[float] = []
    at = first
    while at <= high + step * 0.001 and len(values) < 20:
        if at >= low - step * 0.001:
            values.append(round(at, 10))
        at += step
    wan = max(abs(low), abs(high)) >= wording.WAN
    scaled = [v / wording.WAN for v in values] if wan else values
    size = step / wording.WAN if wan else step
    digits = max(0, -math.floor(math.log10(size) + 1e-9)) if size < 1 else 0
    return values, [f"{v:,.{digits}f}".replace("-", "−") for v in scaled], "万" if wan else ""


def _axis_title(look: Look, wan: str) -> str:
    unit = "%" if look.percent else wan + look.unit
    return f"单位：{unit}" if unit else ""


def _dress(
    fig: Drawing,
    look: Look,
    plot_height: int,
    left: int,
    right: int = 24,
    legend: bool = False,
    foot: int = 44,
    head: int = 0,
) -> Drawing:
    """Title, subtitle, notes, source, margins, ground and height: the parts that every form shares."""
    ink = _ink(look)
    ground = look.ground or ink.ground
    title = wording.wrap(look.title, int((look.width - 70) / 8.6))
    subtitle = wording.wrap(look.subtitle, int(look.width / 7) - 2) if look.subtitle else []
    notes: list[str] = []
    for n, note in enumerate(look.notes, 1):
        text = f"注{n}：{note}" if len(look.notes) > 1 else f"注：{note}"
        notes += wording.wrap(text, int(look.width / 6.6) - 2)
    source = wording.wrap(look.source, int(look.width / 6.6) - 2) if look.source else []
    top = 16 + 22 * len(title) + 17 * len(subtitle) + (28 if legend else 0) + 10 + head
    below = round(15.7 * (len(notes) + len(source)))
    bottom = foot + below + 8
    height = top + plot_height + bottom
    head_text = "<br>".join(f"<b>{wording.label(line)}</b>" for line in title)
    if subtitle:
        lines = "<br>".join(wording.label(line) for line in subtitle)
        head_text += f'<br><span style="font-size:13px;color:{ink.muted}">{lines}</span>'
    # plotly puts the top of a one-line title at the pad, but the baseline of a title of several lines: 27 keeps its head in the picture
    fig.update_layout(
        title={"text": head_text, "x": 0, "xref": "container", "xanchor": "left", "y": 1, "yref": "container",
               "yanchor": "top", "pad": {"l": 14, "t": 14 if "<br>" not in head_text else 27}, "font": {"size": 17, "color": ink.text}},
        font={"family": FONT, "size": 13, "color": ink.text},
        paper_bgcolor=ground, plot_bgcolor=ground, height=height, autosize=True, dragmode=False, hovermode="closest",
        margin={"l": left, "r": right, "t": top, "b": bottom, "pad": 0, "autoexpand": False},
        showlegend=legend,
        legend={"orientation": "h", "x": 0, "xanchor": "left", "y": 1, "yanchor": "bottom", "yref": "paper", "bgcolor": "rgba(0,0,0,0)",
                "font": {"size": 12}, "itemclick": False, "itemdoubleclick": False, "traceorder": "normal"},
        hoverlabel={"align": "left", "font": {"family": FONT, "size": 13}, "namelength": -1},
        modebar={"bgcolor": "rgba(0,0,0,0)", "color": ink.muted, "activecolor": ink.chosen},
        clickmode="event+select", selectdirection="any", bargap=0.28, uniformtext={"mode": False},
    )  # fmt: skip
    foot_lines = [wording.label(line) for line in notes] + [wording.label(line) for line in source]
    if foot_lines:
        fig.add_annotation(
            text="<br>".join(foot_lines), x=0, xref="paper", xanchor="left", xshift=14 - left, y=0, yref="paper", yanchor="top",
            yshift=-foot, align="left", showarrow=False, font={"size": 12, "color": ink.muted}, name="foot",
        )  # fmt: skip
    return fig


Key = tuple[str, str, str]
"""Sign, colour and name of one entry of a legend."""


def key_lines(keys: Sequence[Key], look: Look) -> list[list[Key]]:
    """The entries of a legend in lines that fit the picture."""
    lines: list[list[Key]] = [[]]
    used = 0.0
    for key in keys:
        size = wording.display_width(key[2]) * 6.6 + 34
        if lines[-1] and used + size > look.width - 40:
            lines.append([])
            used = 0.0
        lines[-1].append(key)
        used += size
    return lines


def with_key(fig: Drawing, keys: Sequence[Key], look: Look, above: int = 0) -> Drawing:
    """In a narrow window the legend as a text over the whole width: plotly gives its own only the width of the plot, where entries would
    pile up into the title. `above`: pixels that stand between plot and legend. Room for it is `head=key_room(...)`."""
    margin = fig.layout["margin"]
    if look.width >= 560:
        fig.update_layout(legend={"y": 1 + above / max(fig.layout["height"] - margin["t"] - margin["b"], 1)})
        return fig
    text = "<br>".join(
        "　".join(f'<span style="color:{colour}">{sign}</span> {wording.label(name)}' for sign, colour, name in line)
        for line in key_lines(keys, look)
    )
    fig.add_annotation(x=0, xref="paper", xanchor="left", xshift=14 - margin["l"], y=1, yref="paper", yanchor="bottom", yshift=above + 4, align="left",
                       showarrow=False, name="key", text=text, font={"size": 12})  # fmt: skip
    fig.update_layout(showlegend=False)
    return fig


def key_room(keys: Sequence[Key], look: Look, above: int = 0) -> int:
    """Pixels that a legend needs besides its first line."""
    return above + (18 if look.width < 560 else 20) * (len(key_lines(keys, look)) - 1)


def _value_axis(look: Look, low: float, high: float, **more: Any) -> dict[str, Any]:
    """An axis of values from 0 (or below) with round ticks and the unit as its title."""
    ink = _ink(look)
    values, text, wan = _ticks(min(0.0, low), max(high, 1.0), 4 if look.width < 560 else 6)
    return {
        "tickvals": values, "ticktext": text, "title": {"text": wording.label(_axis_title(look, wan)), "font": {"size": 12}, "standoff": 4},
        "gridcolor": ink.grid, "zeroline": True, "zerolinecolor": ink.muted, "zerolinewidth": 1, "fixedrange": True,
        "color": ink.muted, "tickfont": {"size": 12}, **more,
    }  # fmt: skip


def _name_margin(names: Sequence[list[str]], look: Look) -> int:
    widest = max((wording.display_width(line) for lines in names for line in lines), default=4)
    return int(min(widest * 6.7 + 26, look.width * 0.46))


def _wrapped(names: Sequence[str], look: Look, most: int = 3) -> list[list[str]]:
    """Names in lines for a margin; one that needs more than `most` (one more in a narrow window) loses its middle, never its end."""
    width = 32 if look.width >= 700 else (22 if look.width >= 480 else 16)
    lines = most if look.width >= 700 else most + 1
    return [wording.wrap(wording.shorten(wording.clean(n), width * lines - 2 * lines), width, lines) for n in names]


def _row_height(names: Sequence[list[str]]) -> int:
    return 14 + 15 * max((len(lines) for lines in names), default=1)


def _name_axis(wrapped: list[list[str]], look: Look, count: int) -> dict[str, Any]:
    return {
        "tickvals": list(range(count)), "ticktext": ["<br>".join(wording.label(x) for x in lines) for lines in wrapped],
        "range": [count - 0.5, -0.5], "fixedrange": True, "showgrid": False, "zeroline": False, "color": _ink(look).text,
        "tickfont": {"size": 13}, "ticks": "",
    }  # fmt: skip


def ranking(df: pd.DataFrame, look: Look, order: str = "value") -> go.Figure:
    """Bars sorted by value (or as `order` says), one row per entity, with the peer median as a line (one peer group) or a tick per bar (several).

    Rows without a value stand below, their status in words; entities without a report are left to the notes.
    """
    ink = _ink(look)
    df = entities.of_one_unit(df)
    held = entities.in_order(df[df["status"] == "reported"], order)
    rest = df[~df["status"].isin(["reported", "no_report", "other_scope"])].sort_values("name", kind="stable")
    rows = [*entities.rows(held), *entities.rows(rest)]
    n = len(held)
    wrapped = _wrapped([r.name for r in rows], look)
    left = _name_margin(wrapped, look)
    high = float(held["value"].max()) if n else 1.0
    low = min(0.0, float(held["value"].min())) if n else 0.0
    medians = held["peer_median"].dropna() if "peer_median" in held else pd.Series(dtype=float)
    one_group = len(medians) > 0 and held["peer"].nunique() == 1
    if len(medians):
        high = max(high, float(medians.max()))
    marked = look.chosen or frozenset()
    colours = []
    for r in rows[:n]:
        small = not getattr(r, "reliable", True)
        colours.append(ink.faint if small else (ink.chosen if not marked or r.id in marked else ink.other))
    room = 0.16 if look.width >= 700 else 0.3
    pixel = (look.width - left) / ((high - low) * (1 + room) or 1.0)  # per unit, about

    def end_text(r: Any) -> str:
        """The value; moved right by full-width spaces where a median's tick would cross it."""
        gap = (r.peer_median - r.value) * pixel if len(medians) and not pd.isna(r.peer_median) else -99.0
        return "　" * math.ceil((gap + 7) / 12) * (-6 < gap < 44) + wording.label(_text_of(r, look))

    fig = Drawing()
    fig.add_bar(
        x=[float(r.value) for r in rows[:n]], y=list(range(n)), orientation="h", marker={"color": colours},
        text=[end_text(r) for r in rows[:n]], textposition="outside", cliponaxis=False, constraintext="none",
        textangle=0, textfont={"size": 12, "color": ink.text}, customdata=[_key(r) for r in rows[:n]], name="数值",
        hovertext=[hover(r, look) for r in rows[:n]], hovertemplate="%{hovertext}<extra></extra>", showlegend=False,
        selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}, "textfont": {"color": ink.text}},
    )  # fmt: skip
    if len(rows) > n:
        fig.add_scatter(
            x=[0] * (len(rows) - n), y=list(range(n, len(rows))), mode="markers+text", name="无数值", showlegend=False,
            marker={"symbol": ["circle-open" if r.status in ("unreadable", "conflicting") else "line-ns" for r in rows[n:]],
                    "size": 9, "color": ink.muted, "line": {"width": 1.5, "color": ink.muted}},
            text=["　" + wording.STATUS[r.status] for r in rows[n:]], textposition="middle right", cliponaxis=False,
            textfont={"size": 12, "color": ink.muted}, customdata=[_key(r) for r in rows[n:]],
            hovertext=[hover(r, look) for r in rows[n:]], hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}, "textfont": {"color": ink.muted}},
        )  # fmt: skip
    count = max(len(rows), 1)
    row_height = _row_height(wrapped)
    if one_group:
        median = float(medians.iloc[0])
        shown = wording.rate(median) if look.percent else wording.short_number(median)
        fig.add_scatter(x=[median, median], y=[-0.5, count - 0.5], mode="lines", name="同类中位数", hoverinfo="skip", showlegend=False,
                        line={"color": ink.line, "width": 2, "dash": "dash"}, unselected={"marker": {"opacity": 1}})  # fmt: skip
        anchor = "left" if median < (low + high) * 0.6 else "right"
        fig.add_annotation(x=median, y=1, yref="paper", yanchor="bottom", xanchor=anchor, showarrow=False, name="median",
                           text=wording.label(f"同类中位数 {shown}（n={int(held['peer_n'].max())}）"), font={"size": 12, "color": ink.line})  # fmt: skip
    elif len(medians):
        at = [(i, r) for i, r in enumerate(rows[:n]) if r.peer_median is not None and not pd.isna(r.peer_median)]
        fig.add_scatter(x=[float(r.peer_median) for _, r in at], y=[i for i, _ in at], mode="markers", name="各自同类的中位数",
                        marker={"symbol": "line-ns", "size": row_height * 0.62, "line": {"width": 3, "color": ink.line}, "color": ink.line},
                        hoverinfo="skip", showlegend=True, unselected={"marker": {"opacity": 1}})  # fmt: skip
    fig.update_yaxes(_name_axis(wrapped, look, count))
    fig.update_xaxes(
        _value_axis(look, low, high, range=[low * (1 + room) if low < 0 else 0, (high or 1.0) * (1 + room)])
    )
    return _dress(
        fig, look, count * row_height, left, legend=len(medians) > 0 and not one_group, head=18 if one_group else 0
    ).figure()


def dumbbell(df: pd.DataFrame, look: Look, before: int, after: int) -> go.Figure:
    """Two years per entity joined by a line; sorted by the later year. An entity with one of the two has one mark."""
    ink = _ink(look)
    df = entities.of_one_unit(df)
    held = df[(df["status"] == "reported") & df["year"].isin([before, after])]
    if "reliable" in held:
        held = held[held["reliable"].astype(bool)]
    order = (
        held.assign(_late=held["value"].where(held["year"] == after))
        .groupby("id", sort=False).agg(name=("name", "first"), late=("_late", "max"), any=("value", "max"))
        .sort_values(["late", "any", "name"], ascending=[False, False, True], kind="stable", na_position="last")
    )  # fmt: skip
    place = {key: i for i, key in enumerate(order.index)}
    wrapped = _wrapped(list(order["name"]), look)
    points: dict[int, dict[str, Any]] = {before: {}, after: {}}
    for r in entities.rows(held):
        points[int(r.year)][r.id] = r
    both = [key for key in order.index if key in points[before] and key in points[after]]
    xs: list[float | None] = []
    ys: list[int | None] = []
    for key in both:
        xs += [float(points[before][key].value), float(points[after][key].value), None]
        ys += [place[key], place[key], None]
    fig = Drawing()
    fig.add_scatter(
        x=xs, y=ys, mode="lines", line={"color": ink.other, "width": 3}, hoverinfo="skip", showlegend=False, name="变化"
    )
    for year, symbol, colour in ((before, "circle-open", ink.muted), (after, "circle", ink.chosen)):
        rows = list(points[year].values())
        fig.add_scatter(
            x=[float(r.value) for r in rows], y=[place[r.id] for r in rows], mode="markers", name=wording.year_text(year),
            marker={"symbol": symbol, "size": 12, "color": colour, "line": {"width": 2, "color": colour}}, cliponaxis=False,
            customdata=[_key(r) for r in rows], hovertext=[hover(r, look) for r in rows], hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
    low, high = (float(held["value"].min()), float(held["value"].max())) if len(held) else (0.0, 1.0)
    fig.update_yaxes(_name_axis(wrapped, look, max(len(order), 1)), showgrid=True, gridcolor=ink.grid)
    fig.update_xaxes(
        _value_axis(look, low, high, range=[min(0.0, low * 1.1) - (high or 1.0) * 0.03, (high or 1.0) * 1.08])
    )
    return _dress(
        fig, look, max(len(order), 1) * _row_height(wrapped), _name_margin(wrapped, look), legend=True
    ).figure()


def _shade(ink: Ink, share: float) -> tuple[str, str]:
    """Fill and text colour of a cell for a share of 0 to 1."""
    share = min(max(share, 0.0), 1.0)
    mixed = [round(a + (b - a) * share) for a, b in zip(ink.low, ink.high, strict=True)]
    luma = 0.299 * mixed[0] + 0.587 * mixed[1] + 0.114 * mixed[2]
    return "#" + "".join(f"{c:02X}" for c in mixed), "#1F2933" if luma > 140 else "#FFFFFF"


def _cells(fig: Drawing, cells: list[Point], ink: Ink) -> None:
    """Draws cells as bars of width 1, so that they can be hatched, clicked and labelled. Keys: x, y, fill, ink, text, hover, key, kind."""
    hatch = {"no_report": "/", "table_missing": "x", "unreadable": ".", "conflicting": "."}
    groups: dict[str, list[Point]] = {}
    for cell in cells:
        groups.setdefault(cell["kind"], []).append(cell)
    for kind in sorted(groups, key=lambda k: (k != "reported", k)):
        group = groups[kind]
        pattern = {
            "shape": hatch.get(kind, ""),
            "fgcolor": ink.muted,
            "size": 7,
            "solidity": 0.18,
            "fillmode": "overlay",
        }
        fig.add_bar(
            orientation="h", base=[c["x"] - 0.5 for c in group], x=[1] * len(group), y=[c["y"] for c in group], width=1,
            marker={"color": [c["fill"] for c in group], "pattern": pattern, "line": {"color": ink.ground, "width": 2}},
            text=[c["text"] for c in group], textposition="inside", insidetextanchor="middle", textangle=0, constraintext="none",
            textfont={"size": 12, "color": [c["ink"] for c in group]}, customdata=[c["key"] for c in group],
            hovertext=[c["hover"] for c in group], hovertemplate="%{hovertext}<extra></extra>",
            name="数值" if kind == "reported" else wording.STATUS.get(kind, kind), showlegend=False,
            selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip


def _head(name: str, room: int, most: int = 4) -> list[str]:
    """A column's head in lines of about one length: 予以 over 公开, not 予以公 over 开."""
    lines = math.ceil(wording.display_width(name) / room)
    even = math.ceil(wording.display_width(name) / max(lines, 1) / 2) * 2
    return wording.wrap(name, room if lines < 2 else max(even, 4), most)


def _grid_axes(fig: Drawing, wrapped: list[list[str]], columns: list[list[str]], look: Look) -> int:
    """Names at the left, columns on top; returns the pixels that the column heads take."""
    count, wide = len(wrapped), len(columns)
    fig.update_yaxes(_name_axis(wrapped, look, max(count, 1)))
    fig.update_xaxes(
        tickvals=list(range(wide)), ticktext=["<br>".join(wording.label(x) for x in lines) for lines in columns], side="top",
        range=[-0.5, max(wide, 1) - 0.5], fixedrange=True, showgrid=False, zeroline=False, color=_ink(look).text,
        tickfont={"size": 12}, ticks="", tickangle=0,
    )  # fmt: skip
    fig.update_layout(bargap=0, barmode="overlay")
    return 16 * max((len(c) for c in columns), default=1) + 6


def heat(df: pd.DataFrame, look: Look, metrics: Sequence[str], names: dict[str, str]) -> go.Figure:
    """Entity by metric: the value as text, shaded by its share of the metric's highest value. Hatched: no report held.

    `metrics`: ids in column order; `names`: short names of the columns. Values of different metrics are never added.
    """
    ink = _ink(look)
    df = entities.of_one_unit(df[df["status"] != "other_scope"])
    order = df.drop_duplicates("id")
    place = {key: i for i, key in enumerate(order["id"])}
    column = {m: i for i, m in enumerate(metrics)}
    top = df[df["status"] == "reported"].groupby("metric")["value"].max().to_dict()
    wrapped = _wrapped(list(order["name"]), look)
    left = _name_margin(wrapped, look)
    room = max(int((look.width - left - 30) / max(len(metrics), 1) / 6.8), 2)
    cells: list[Point] = []
    for r in entities.rows(df):
        if r.metric not in column:
            continue
        share = float(r.value) / top[r.metric] if r.status == "reported" and top.get(r.metric, 0) > 0 else 0.0
        percent = getattr(r, "unit", "") == "%"
        there = r.status == "reported" and getattr(r, "reliable", True)
        fill, on_fill = _shade(ink, share) if there else (ink.faint, ink.text)
        if r.status in ("blank", "not_stated", "no_report", "partial", "units_differ"):
            fill, on_fill = ink.ground, ink.muted
        shown = Look(look.title, unit=r.unit or "", decimals=int(getattr(r, "decimals", 0) or 0), percent=percent)
        text = _text_of(r, shown)
        cells.append({"x": column[r.metric], "y": place[r.id], "fill": fill, "ink": on_fill, "kind": r.status, "key": _key(r),
                      "text": wording.label(text) if wording.display_width(text) <= room else "", "hover": hover(r, shown)})  # fmt: skip
    fig = Drawing()
    _cells(fig, cells, ink)
    heads = [_head(names.get(m, m), room) for m in metrics]
    head = _grid_axes(fig, wrapped, heads, look)
    return _dress(fig, look, max(len(order), 1) * max(_row_height(wrapped), 30), left, head=head, foot=14).figure()


def coverage(df: pd.DataFrame, look: Look) -> go.Figure:
    """Year by city: how many of the agencies held have a report. Columns: id, name, year, held, known. Hatched: none held."""
    ink = _ink(look)
    order = df.drop_duplicates("id")
    place = {key: i for i, key in enumerate(order["id"])}
    years = sorted({int(y) for y in df["year"]})
    room = int(look.width * 0.7 / max(len(years), 1) / 6.6)
    cells: list[Point] = []
    for r in entities.rows(df):
        share = r.held / r.known if r.known else 0.0
        fill, on_fill = _shade(ink, share * 0.9) if r.held else (ink.ground, ink.text)
        text = f"{r.held}/{r.known}" if r.held else "0/" + str(r.known)
        cells.append({
            "x": years.index(int(r.year)), "y": place[r.id], "fill": fill, "ink": on_fill, "kind": "reported" if r.held else "no_report",
            "text": text if room >= 5 else str(r.held), "key": [r.id, int(r.year), None],
            "hover": f"<b>{wording.label(r.name)}</b><br>{wording.year_text(r.year)}<br>本库已知{r.known}个机关，{r.held}个有报告，"
                     f"{r.known - r.held}个未见报告",
        })  # fmt: skip
    fig = Drawing()
    _cells(fig, cells, ink)
    wrapped = _wrapped(list(order["name"]), look)
    heads = [[str(y)] if room >= 4 else [f"{y % 100:02d}"] for y in years]
    head = _grid_axes(fig, wrapped, heads, look)
    return _dress(fig, look, max(len(order), 1) * 32, _name_margin(wrapped, look), head=head, foot=14).figure()


def form_changes(df: pd.DataFrame) -> list[tuple[int, str]]:
    """Years from which most of the rows follow another form than the year before: [(2021, '2021'), ...]. Needs `form`."""
    if "form" not in df or df["year"].nunique() < 2:
        return []
    return _changes(zip(df["year"].tolist(), df["form"].tolist(), strict=True))


def _changes(forms: Iterable[tuple[Any, Any]]) -> list[tuple[int, str]]:
    found: dict[int, Counter[str]] = {}
    for year, form in forms:
        if isinstance(form, str):
            found.setdefault(int(year), Counter())[form] += 1
    changes, before = [], None
    for year in sorted(found):
        form = found[year].most_common(1)[0][0]
        if before is not None and form != before:
            changes.append((year, form))
        before = form
    return changes


def _runs(rows: list[Any], years: list[int]) -> tuple[list[float | None], list[Any]]:
    """Values over all years with None where nothing is reported, so that a gap stays open."""
    by_year = {int(r.year): r for r in rows}
    values: list[float | None] = []
    for year in years:
        r = by_year.get(year)
        usable = r is not None and r.status == "reported" and not pd.isna(r.value) and getattr(r, "reliable", True)
        values.append(float(r.value) if usable and r is not None else None)
    return values, [by_year.get(y) for y in years]


def _time_marks(
    fig: Drawing, rows: Sequence[Any], look: Look, xref: str = "x", yref: str = "y domain", words: bool = True
) -> None:
    """Lines where most of the rows go over to another form, grey where the form did not ask. Rows: year, form, status."""
    ink = _ink(look)
    span = [int(r.year) for r in rows]
    for n, (year, form) in enumerate(_changes((r.year, getattr(r, "form", None)) for r in rows)):
        fig.add_shape(type="line", x0=year - 0.5, x1=year - 0.5, xref=xref, y0=0, y1=1, yref=yref, layer="below",
                      line={"color": ink.muted, "width": 1, "dash": "dot"}, name="form")  # fmt: skip
        if words:
            late = year > (min(span) + max(span) + 1) / 2  # the words stand where there is more room
            fig.add_annotation(x=year - 0.5, xref=xref, y=1, yref=yref, yanchor="top", xanchor="right" if late else "left", showarrow=False, name="form",
                               text=wording.label(f"改用{wording.form_name(form)}" if look.width >= 560 else wording.form_name(form)),
                               yshift=-14 * (n % 2), font={"size": 11, "color": ink.muted})  # fmt: skip
    asked = {int(r.year) for r in rows if r.status != "not_in_form"}
    for year in sorted({int(r.year) for r in rows} - asked):
        fig.add_shape(type="rect", x0=year - 0.5, x1=year + 0.5, xref=xref, y0=0, y1=1, yref=yref, layer="below",
                      fillcolor=ink.faint, opacity=0.5, line={"width": 0}, name="not_in_form")  # fmt: skip


def _year_axis(years: list[int], look: Look, most: int) -> dict[str, Any]:
    step = max(1, math.ceil(len(years) / max(most, 1)))
    shown = years[::-1][::step][::-1]
    return {
        "tickvals": shown, "ticktext": [str(y) for y in shown], "range": [years[0] - 0.5, years[-1] + 0.5], "fixedrange": True,
        "showgrid": False, "zeroline": False, "color": _ink(look).muted, "tickfont": {"size": 12}, "tickangle": 0,
    }  # fmt: skip


def lines(df: pd.DataFrame, look: Look) -> go.Figure:
    """Lines over the years, at most six series; gaps stay open, form changes are marked, approximate values are hollow."""
    ink = _ink(look)
    palette = SERIES_DARK if look.dark else SERIES_LIGHT
    years = list(range(int(df["year"].min()), int(df["year"].max()) + 1)) if len(df) else [0, 1]
    fig = Drawing()
    low = high = 0.0
    keys: list[Key] = []
    every = entities.rows(entities.of_one_unit(df))
    for n, rows in enumerate(list(entities.grouped(every, "id").values())[:MOST_SERIES]):
        values, at = _runs(rows, years)
        known = [v for v in values if v is not None]
        low, high = min([low, *known]), max([high, *known])
        hollow = [
            r is not None and (r.qualifier not in (None, "exact") or bool(getattr(r, "part_year", False))) for r in at
        ]
        symbols = [SYMBOLS[n] + ("-open" if h else "") for h in hollow]
        name = wording.shorten(wording.clean(rows[0].name), 34)
        keys.append((SIGNS[n], palette[n], name))
        fig.add_scatter(
            x=years, y=values, mode="lines+markers", name=wording.label(name), connectgaps=False, cliponaxis=False,
            line={"color": palette[n], "width": 2.5, "dash": DASHES[n]}, marker={"size": 9, "symbol": symbols, "color": palette[n]},
            customdata=[_key(r) if r is not None else [rows[0].id, y, getattr(rows[0], "metric", None)] for r, y in zip(at, years, strict=True)],
            hovertext=[hover(r, look) if r is not None else "" for r in at], hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
    _time_marks(fig, every, look)
    fig.update_xaxes(_year_axis(years, look, 7 if look.width < 560 else 14))
    fig.update_yaxes(_value_axis(look, low, high, range=[low * 1.1, (high or 1.0) * 1.14]))
    narrow = look.width < 560
    room = key_room(keys, look) if narrow else 20 * (_legend_rows(keys, look) - 1)
    dressed = _dress(fig, look, 260 if narrow else 320, 74, right=30, legend=True, head=room)
    return with_key(dressed, keys, look).figure()


def _legend_rows(keys: Sequence[Key], look: Look) -> int:
    """Lines that plotly's own legend takes, whose entries carry a piece of the line."""
    longest = sum(wording.display_width(name) * 7 + 62 for *_, name in keys)
    return max(1, math.ceil(longest / max(look.width - 90, 1)))


def small_multiples(df: pd.DataFrame, look: Look, same_scale: bool = True) -> go.Figure:
    """One small panel per entity (at most 24), years on x; one scale for all unless `same_scale` is False."""
    ink = _ink(look)
    df = entities.of_one_unit(df)
    groups = list(entities.grouped(entities.rows(df), "id").items())[:MOST_PANELS]
    years = list(range(int(df["year"].min()), int(df["year"].max()) + 1)) if len(df) else [0, 1]
    across = 4 if look.width >= 760 else (3 if look.width >= 560 else 2)
    across = min(across, max(len(groups), 1))
    down = max(1, math.ceil(len(groups) / across))
    panel, gap = 150, 54
    plot_height = down * panel + (down - 1) * gap
    every = df[df["status"] == "reported"]["value"]
    top = float(every.max()) if len(every) else 1.0
    bottom = min(0.0, float(every.min())) if len(every) else 0.0
    fig = Drawing()
    layout: dict[str, Any] = {}
    wan = ""
    space = 0.07 if across > 1 else 0.0
    wide = (1 - space * (across - 1)) / across
    for n, (key, rows) in enumerate(groups):
        row, col = divmod(n, across)
        suffix = "" if n == 0 else str(n + 1)
        x0 = col * (wide + space)
        y1 = 1 - row * (panel + gap) / plot_height
        values, at = _runs(rows, years)
        known = [v for v in values if v is not None]
        high = top if same_scale else max([*known, 0.0])
        low = bottom if same_scale else min([0.0, *known])
        tick_values, tick_text, wan = _ticks(low, max(high, 1.0), 4)
        marked = not look.chosen or key in look.chosen
        colour = ink.chosen if marked else ink.other
        fig.add_scatter(
            x=years, y=values, mode="lines+markers", connectgaps=False, cliponaxis=False, name=wording.label(rows[0].name),
            line={"color": colour, "width": 2}, marker={"size": 6, "color": colour}, xaxis=f"x{suffix}", yaxis=f"y{suffix}",
            customdata=[_key(r) if r is not None else [key, y, None] for r, y in zip(at, years, strict=True)], showlegend=False,
            hovertext=[hover(r, look) if r is not None else "" for r in at], hovertemplate="%{hovertext}<extra></extra>",
            selected={"marker": {"color": ink.line}}, unselected={"marker": {"opacity": 1}},
        )  # fmt: skip
        axis = _year_axis(years, look, 2)
        axis |= {"tickvals": [years[0], years[-1]], "ticktext": [str(years[0]), str(years[-1])],
                 "domain": [x0, x0 + wide], "anchor": f"y{suffix}"}  # fmt: skip
        layout[f"xaxis{suffix}"] = axis
        layout[f"yaxis{suffix}"] = {
            "domain": [max(0.0, y1 - panel / plot_height), y1], "anchor": f"x{suffix}", "range": [low * 1.1, (high or 1.0) * 1.15],
            "tickvals": tick_values, "ticktext": tick_text if same_scale is False or col == 0 else [""] * len(tick_text),
            "gridcolor": ink.grid, "zeroline": True, "zerolinecolor": ink.muted, "fixedrange": True, "color": ink.muted,
            "tickfont": {"size": 11},
        }  # fmt: skip
        name_width = int(look.width * wide * 0.85 / 6.8)
        fig.add_annotation(x=x0, xref="paper", xanchor="left", y=y1, yref="paper", yanchor="bottom", showarrow=False, name="panel",
                           text=wording.label(wording.shorten(wording.clean(rows[0].name), name_width)),
                           font={"size": 12, "color": ink.text})  # fmt: skip
        _time_marks(fig, rows, look, f"x{suffix}", f"y{suffix} domain", words=False)
    fig.update_layout(layout)
    unit = _axis_title(look, wan)
    scale = "各图同一纵轴" if same_scale else "各图纵轴不同"
    notes = [f"{unit}；{scale}。" if unit else f"{scale}。", *look.notes]
    dressed = Look(**{**look.__dict__, "notes": tuple(notes)})
    return _dress(fig, dressed, plot_height, 56, right=24, head=22).figure()
