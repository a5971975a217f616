"""One chart with everything a file says of it, and the same chart as Excel and Word draw it. No streamlit, no SQL.

A page's card hands its rows, words and settings over as an Exhibit; workbook.py and brief.py write files of it. `plots` turns the rows
into the native chart of the same form: editable where the figure on the screen is a picture. A row without a value is never 0 there
either: bars name its status, lines keep the gap open, grids say it in the cell.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any

import pandas as pd

from etl.registry import Indicator, Metric, load_catalogue, national_forms
from pages.kit import downloads, entities, wording

FORMS = (
    "ranking",
    "dumbbell",
    "line",
    "multiples",
    "heat",
    "years",
    "coverage",
    "grouped",
    "stacked",
    "share",
    "flow",
    "slope",
    "bump",
    "none",
)
"""ranking: sorted bars; dumbbell: two years; line: at most MOST_LINES series; multiples: a small chart each; heat: entity by metric; years: entity
by year; coverage: held of known; grouped: bars side by side; stacked and share: parts of a whole; flow: from breakdown to outcome, drawn as
stacked bars (Excel and Word have no Sankey); slope: the first and the last year joined; bump: places inside the peer group; none: no native chart, the table says it all."""

MOST_LINES = 6
MOST_CHARTS = 10
"""Charts that one long ranking may take; who comes after is in the table. The heads of the charts say how many there are in all."""

MOST_PANELS = 24
MOST_NAMED = {"slope": 16, "bump": 24}
NAME_AT_END = 20
"""Lines of the forms whose lines carry their names; half-width units of a name there (an office program breaks longer ones)."""

LEFT_OUT = ("no_report", "other_scope")
"""Statuses that a ranking leaves to its notes, as the figure on the screen does."""

CHOSEN, OTHER, MEDIAN, EARLIER = "#0B5CAD", "#9DB4C8", "#8A4B00", "#7B8794"
SERIES = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#B37700", "#56B4E9", "#7F7F7F")


@dataclass(frozen=True)
class Exhibit:
    """One chart for files. `rows`: what queries give and charts draw; `shown`: the page's own table of the same rows (same index), whose
    further columns (上年, 同类位次 …) go out with them. `sources`: one row per report: title, agency, year, published_on, location, document,
    sha256. `draw`: gives the figure, for pictures made on the server. Parts of grouped, stacked, share and flow are told by the rows' column
    `part` where there is one, else by the metric; their bars by `category`, else by the entity. `key`: what makes it the same chart again."""

    form: str
    title: str
    subtitle: str
    rows: pd.DataFrame
    stem: str
    source: str
    filter_line: str
    build: str
    made_on: str
    notes: tuple[str, ...] = ()
    link: str = ""
    fictional: bool = False
    unit: str = ""
    decimals: int = 0
    percent: bool = False
    entity: str = "机关"
    chosen: frozenset[str] = frozenset()
    order: str = "value"
    key: str = ""
    same_scale: bool = True
    shown: pd.DataFrame | None = None
    sources: pd.DataFrame = field(default_factory=pd.DataFrame)
    draw: Callable[[], Any] | None = None


@dataclass(frozen=True)
class Series:
    """Values in the order of the plot's categories, None where there is none. `labels`: words for a point in place of its number;
    `colours`: one per point, or one for all; `numbered`: its numbers stand at its bars."""

    name: str
    values: tuple[float | None, ...]
    labels: tuple[str, ...] = ()
    colours: tuple[str, ...] = ()
    numbered: bool = True


@dataclass(frozen=True)
class Plot:
    """A native chart. kind: bar (horizontal), line, slope and bump (lines named at their ends; bump counts downwards), range (two marks joined),
    stacked, share (both horizontal), grid (cells). `words`, by series
    and category: in a grid what a cell without a value says, in bars of parts what every cell of a table says. `top`: end of the value axis
    where charts share it."""

    kind: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    title: str = ""
    top: float | None = None
    bottom: float | None = None
    words: tuple[tuple[str, ...], ...] = ()


def form_of(df: pd.DataFrame) -> str:
    """The form for rows whose page names none: one year of one metric a ranking, more years lines, several metrics a heat map."""
    if "status" not in df:
        return "coverage" if {"id", "name", "year", "held", "known"} <= set(df.columns) else "none"
    if not {"id", "name", "year", "value"} <= set(df.columns):
        return "none"
    if {"category", "part"} <= set(df.columns):
        return "stacked"
    if {"whole", "share"} <= set(df.columns):
        return "share"
    if "metric" in df and df["metric"].nunique() > 1:
        return "flow" if "breakdown" in df and df["breakdown"].nunique() > 1 else "heat"
    if df["year"].nunique() <= 1:
        return "ranking"
    return "line" if df["id"].nunique() <= MOST_LINES else "multiples"


def declared(exhibit: Exhibit) -> list[Metric | Indicator]:
    """The metrics of the rows as the registry declares them, in the rows' order; for a rate its operands after it."""
    catalogue = load_catalogue()
    known: dict[str, Metric | Indicator] = {m.id: m for m in catalogue.metrics} | {
        i.id: i for i in catalogue.indicators
    }
    ids = list(dict.fromkeys(exhibit.rows["metric"].dropna())) if "metric" in exhibit.rows else []
    for id in list(ids):
        entry = known.get(id)
        if isinstance(entry, Indicator):
            ids += [*entry.numerator, *entry.numerator_minus, *entry.denominator, *entry.denominator_minus]
    return [known[id] for id in dict.fromkeys(ids) if id in known]


def form_years(forms: Sequence[str]) -> str:
    """Where a metric stands, in words with years: '2014年表式（2014—2018年度）、2019年表式（2019—2020年度）、正文'."""
    first = {form.id: form.since for form in national_forms()}
    years = sorted(first.values())
    words = []
    for form in forms:
        if form in first:
            later = [y for y in years if y > first[form]]
            until = f"{first[form]}—{later[0] - 1}年度" if later else f"{first[form]}年度起"
            words.append(f"{wording.form_name(form)}（{until}）")
        else:
            words.append(wording.stands_in([form]))
    return "、".join(words)


def table(exhibit: Exhibit) -> pd.DataFrame:
    """The rows as they go into Excel, in the page's order: the columns of the CSV, then what the page's table shows besides.

    数值 is a number or nothing; why there is nothing stands in 状态. A rate over a small denominator has no 数值 but says n.
    """
    df = ordered(exhibit)
    out = downloads.long_form(df)
    if "status" not in df:
        return out
    if exhibit.shown is not None and df.index.equals(exhibit.shown.index):
        shown = exhibit.shown
        for name in shown.columns:
            if name not in out.columns and name != exhibit.entity:
                out[name] = shown[name]
    return out


too_small = downloads.too_small


def ordered(exhibit: Exhibit) -> pd.DataFrame:
    """Rows as the page's table shows them; without one a ranking in its order, others as they come."""
    df, shown = exhibit.rows, exhibit.shown
    if shown is not None and df.index.is_unique and len(shown) == len(df) and shown.index.isin(df.index).all():
        return df.loc[shown.index]
    return entities.in_order(df, exhibit.order) if exhibit.form == "ranking" and "value" in df else df


def value_words(row: Any, exhibit: Exhibit, unit: bool = True) -> str:
    """A value in a sentence or a table: '约1,200件', '45.2%', '空白', '—（n=3）'."""
    get = row.get if hasattr(row, "get") else lambda name, default=None: getattr(row, name, default)
    if get("status") != "reported" or get("value") is None or pd.isna(get("value")):
        return wording.value_text({"status": get("status"), "value": None})
    if not bool(get("reliable", True)):
        return wording.small_denominator(get("denominator"))
    own = get("unit")
    own = own if isinstance(own, str) else exhibit.unit
    percent = own == "%" if own else exhibit.percent
    decimals = get("decimals", None)
    decimals = (
        int(decimals) if decimals is not None and not pd.isna(decimals) and decimals else (exhibit.decimals or None)
    )
    text = (
        wording.rate(float(get("value")), 1 if decimals is None else decimals)
        if percent
        else wording.number(get("value"), decimals)
    )
    text += own if unit and not percent else ""
    qualifier = str(get("qualifier") or "exact")
    if qualifier == "about":
        text = f"约{text}"
    elif qualifier == "at_least":
        text = f"{text}以上"
    elif qualifier == "at_most":
        text = f"不足{text}"
    return text + ("†" if bool(get("corrected", False)) else "")


def _usable(row: Any) -> bool:
    return row.status == "reported" and not pd.isna(row.value) and bool(getattr(row, "reliable", True))


def _point(row: Any, exhibit: Exhibit) -> str:
    """The label of a point where the bare number would say too little: a qualifier or a correction. '' elsewhere."""
    if getattr(row, "qualifier", None) in (None, "exact") and not bool(getattr(row, "corrected", False)):
        return ""
    return wording.value_text(row._asdict(), exhibit.decimals or None, exhibit.percent)


def plots(exhibit: Exhibit, rows_each: int = 200) -> list[Plot]:
    """The native charts of an exhibit: one, or several where a form is made of panels or a ranking is longer than `rows_each`."""
    make = {
        "ranking": _ranking, "dumbbell": _dumbbell, "line": _lines, "multiples": _lines, "heat": _heat, "years": _heat, "coverage": _coverage,
        "grouped": _stacked, "stacked": _stacked, "share": _stacked, "flow": _stacked,
        "slope": _named_lines, "bump": _named_lines,
    }.get(exhibit.form)  # fmt: skip
    if make is None or exhibit.rows.empty:
        return []
    # places are given inside one unit already
    rows = exhibit.rows if exhibit.form == "bump" else entities.of_one_unit(exhibit.rows)
    return make(replace(exhibit, rows=rows), rows_each)


def _named(row: Any) -> str:
    """A category: the name, with the reason where no bar can be drawn."""
    if _usable(row):
        return wording.clean(row.name)
    if row.status == "reported":
        return f"{wording.clean(row.name)} {wording.small_denominator(getattr(row, 'denominator', None))}"
    return f"{wording.clean(row.name)}（{wording.STATUS.get(row.status, '待核')}）"


def _ranking(exhibit: Exhibit, rows_each: int) -> list[Plot]:
    df = entities.in_order(exhibit.rows, exhibit.order)
    df = df[~df["status"].isin(LEFT_OUT)]
    small = too_small(df)
    rows = [*df[~small].itertuples(index=False), *df[small].itertuples(index=False)]
    rows.sort(key=lambda r: not _usable(r))
    bars: list[tuple[str, float | None, str, str]] = []
    for r in rows:
        marked = not exhibit.chosen or r.id in exhibit.chosen
        bars.append(
            (_named(r), float(r.value) if _usable(r) else None, _point(r, exhibit), CHOSEN if marked else OTHER)
        )
    medians = df["peer_median"].dropna() if "peer_median" in df else pd.Series(dtype=float)
    one_group = len(medians) > 0 and df.loc[medians.index, "peer"].nunique() == 1
    if one_group:
        median, n = float(medians.iloc[0]), int(df.loc[medians.index, "peer_n"].max())
        by_value = exhibit.order == "value"
        at = sum(1 for _, value, _, _ in bars if value is not None and value >= median) if by_value else 0
        bars.insert(at, (f"同类中位数（n={n}）", median, "", MEDIAN))
    peers = [None if _p is None else float(_p) for _p in _medians(rows)] if len(medians) and not one_group else []
    values = [v for _, v, _, _ in bars if v is not None] + [p for p in peers if p is not None]
    top, bottom = max([0.0, *values]), min([0.0, *values])
    rows_each = _even(len(bars), rows_each)
    parts = [(start, bars[start : start + rows_each]) for start in range(0, len(bars), rows_each)][:MOST_CHARTS]
    found = []
    for start, part in parts:
        names, amounts, labels, colours = zip(*part, strict=True)
        series = [Series(_series_name(exhibit), amounts, labels, colours)]
        if peers:
            series.append(
                Series("各自同类的中位数", tuple(peers[start : start + rows_each]), (), (MEDIAN,), numbered=False)
            )
        several = len(parts) > 1
        title = f"（{start + 1}—{start + len(part)}，共{len(bars)}）" if several else ""
        found.append(
            Plot(
                "bar", names, tuple(series), title, top if several else None, bottom if several and bottom < 0 else None
            )
        )
    return found


def _even(count: int, most: int) -> int:
    """Rows per chart so that none holds more than `most` and the last is not a remnant."""
    return max(1, -(-count // max(1, -(-count // most))))


def _medians(rows: Sequence[Any]) -> list[Any]:
    return [None if pd.isna(r.peer_median) else r.peer_median for r in rows]


def _series_name(exhibit: Exhibit) -> str:
    names = exhibit.rows["metric_name"].dropna().tolist() if "metric_name" in exhibit.rows else []
    return wording.clean(names[0]) if names else "数值"


def _dumbbell(exhibit: Exhibit, rows_each: int) -> list[Plot]:
    df = exhibit.rows[exhibit.rows["status"] == "reported"]
    df = df[~too_small(df)]
    if df.empty:
        return []
    before, after = int(df["year"].min()), int(df["year"].max())
    points: dict[int, dict[str, Any]] = {before: {}, after: {}}
    for r in df.itertuples(index=False):
        points[int(r.year)][r.id] = r
    names = {r.id: wording.clean(r.name) for r in df.itertuples(index=False)}

    def place(key: str) -> tuple[float, float, str]:
        late, early = points[after].get(key), points[before].get(key)
        return (
            -(float(late.value) if late is not None else float("-inf")),
            -float(early.value) if early is not None else 0.0,
            names[key],
        )

    keys = sorted(names, key=place)
    values = [float(r.value) for year in (before, after) for r in points[year].values()]
    years = (before, after) if before != after else (after,)
    found = []
    rows_each = _even(len(keys), rows_each)
    for start in range(0, len(keys), rows_each):
        part = keys[start : start + rows_each]
        several = len(keys) > rows_each
        series = tuple(
            Series(wording.year_text(year), tuple(float(points[year][k].value) if k in points[year] else None for k in part),
                   tuple(_point(points[year][k], exhibit) if k in points[year] else "" for k in part), (colour,))
            for year, colour in zip(years, (EARLIER, CHOSEN) if len(years) == 2 else (CHOSEN,), strict=True)
        )  # fmt: skip
        title = f"（{start + 1}—{start + len(part)}，共{len(keys)}）" if several else ""
        found.append(
            Plot("range", tuple(names[k] for k in part), series, title, max(0.0, *values) if several else None)
        )
    return found


def _lines(exhibit: Exhibit, rows_each: int) -> list[Plot]:
    df = exhibit.rows
    years = list(range(int(df["year"].min()), int(df["year"].max()) + 1))
    series = []
    for n, (_, part) in enumerate(df.groupby("id", sort=False)):
        by_year = {int(r.year): r for r in part.itertuples(index=False)}
        values = tuple(float(by_year[y].value) if y in by_year and _usable(by_year[y]) else None for y in years)
        labels = tuple(_point(by_year[y], exhibit) if y in by_year and _usable(by_year[y]) else "" for y in years)
        series.append(Series(wording.clean(part["name"].iloc[0]), values, labels, (SERIES[n % MOST_LINES],)))
    categories = tuple(str(y) for y in years)
    if len(series) <= MOST_LINES and exhibit.form == "line":
        return [Plot("line", categories, tuple(series))]
    series = series[:MOST_PANELS]
    known = [v for s in series for v in s.values if v is not None]
    top = max([0.0, *known]) if exhibit.same_scale and known else None
    bottom = min([0.0, *known]) if exhibit.same_scale and known else None
    one = [Series(s.name, s.values, s.labels, (CHOSEN,)) for s in series]
    return [Plot("line", categories, (s,), s.name, top, bottom if bottom and bottom < 0 else None) for s in one]


def _named_lines(exhibit: Exhibit, rows_each: int) -> list[Plot]:
    """Slopes: the two outer years of everybody who has a figure in both. Places: every year, by peer_rank. As many lines as the screen has,
    in the rows' order; where one chart cannot hold them, several on one scale."""
    df, slope = exhibit.rows, exhibit.form == "slope"
    first, last = int(df["year"].min()), int(df["year"].max())
    years = [first, last] if slope else list(range(first, last + 1))
    lines: list[tuple[str, list[float | None], list[str], bool]] = []
    for key, part in df.groupby("id", sort=False):
        by_year = {int(r.year): r for r in part.itertuples(index=False)}
        at = [by_year.get(y) for y in years]
        if slope:
            values = [float(r.value) if r is not None and _usable(r) else None for r in at]
            words = [_point(r, exhibit) if r is not None and _usable(r) else "" for r in at]
        else:
            values = [None if r is None or not _usable(r) or pd.isna(r.peer_rank) else float(r.peer_rank) for r in at]
            words = [""] * len(years)
        known = [n for n, v in enumerate(values) if v is not None]
        if not known or (slope and len(known) < 2):
            continue
        name = wording.clean(part["name"].iloc[0])
        number = (
            words[known[-1]] or value_words(at[known[-1]], exhibit, unit=False) if slope else f"{values[known[-1]]:.0f}"
        )
        words[known[-1]] = f"{number} {wording.shorten(name, NAME_AT_END)}"
        lines.append((name, values, words, key in exhibit.chosen or not exhibit.chosen))
    lines = lines[: MOST_NAMED[exhibit.form]]
    every = [v for _, values, _, _ in lines for v in values if v is not None]
    each = _even(len(lines), rows_each)
    found = []
    for start in range(0, len(lines), each):
        part_ = lines[start : start + each]
        series = tuple(
            Series(
                name,
                tuple(values),
                tuple(words),
                ((SERIES[n % MOST_LINES] if not exhibit.chosen else CHOSEN) if marked else OTHER,),
            )
            for n, (name, values, words, marked) in enumerate(part_)
        )
        several = len(lines) > each
        title = f"（{start + 1}—{start + len(part_)}，共{len(lines)}）" if several else ""
        categories = tuple(wording.year_text(y) if slope else str(y) for y in years)
        found.append(
            Plot(exhibit.form, categories, series, title, max([0.0, *every]) if several or not slope else None)
        )
    return found


def crowded(plot: Plot, apart: float = 0.045) -> bool:
    """Whether names at the ends of lines would lie on each other: an office program does not move them apart, a legend has to name them."""
    ends = sorted(next(v for v in reversed(s.values) if v is not None) for s in plot.series)
    values = [v for s in plot.series for v in s.values if v is not None]
    span = max([plot.top or 0.0, *values]) - min([0.0, *values])
    return any(b - a < apart * span for a, b in pairwise(ends))


def _heat(exhibit: Exhibit, rows_each: int) -> list[Plot]:
    """Entities down; across the metrics, or for `years` the years."""
    df = exhibit.rows[exhibit.rows["status"] != "other_scope"]
    across = "year" if exhibit.form == "years" else "metric"
    several = across == "metric" and df["year"].nunique() > 1  # then a row for each year of an entity
    down = list(zip(df["id"], df["year"] if several else [0] * len(df), strict=True))
    keys = list(dict.fromkeys(down))
    called = [f"{n} {y}" for n, y in zip(df["name"], df["year"], strict=True)] if several else df["name"]
    names = dict(zip(down, called, strict=True))
    heads = dict(zip(df[across], df["year"].astype(str) if across == "year" else df[_short(df)], strict=True))
    cell = {(getattr(r, across), key): r for key, r in zip(down, df.itertuples(index=False), strict=True)}
    series, words = [], []
    for metric in sorted(heads) if across == "year" else heads:
        rows = [cell.get((metric, k)) for k in keys]
        values = tuple(float(r.value) if r is not None and _usable(r) else None for r in rows)
        labels = tuple(_point(r, exhibit) if r is not None and _usable(r) else "" for r in rows)
        series.append(Series(wording.clean(heads[metric]), values, labels))
        words.append(tuple("" if r is None or _usable(r) else value_words(r, exhibit) for r in rows))
    found = []
    for start in range(0, len(keys), rows_each)[:MOST_CHARTS]:
        stop = start + rows_each
        part = tuple(Series(s.name, s.values[start:stop], s.labels[start:stop]) for s in series)
        found.append(
            Plot(
                "grid",
                tuple(wording.clean(names[k]) for k in keys[start:stop]),
                part,
                words=tuple(w[start:stop] for w in words),
            )
        )
    return found


def _coverage(exhibit: Exhibit, rows_each: int) -> list[Plot]:
    df = exhibit.rows
    keys = list(dict.fromkeys(df["id"]))
    names = dict(zip(df["id"], df["name"], strict=True))
    cell = {(int(r.year), r.id): r for r in df.itertuples(index=False)}
    series, words = [], []
    for year in sorted({int(y) for y in df["year"]}):
        rows = [cell.get((year, k)) for k in keys]
        values = tuple(None if r is None or not r.held else float(r.held) / r.known for r in rows)
        labels = tuple("" if r is None or not r.held else f"{r.held}/{r.known}" for r in rows)
        series.append(Series(str(year), values, labels))
        words.append(tuple("" if r is None or r.held else f"0/{r.known}" for r in rows))
    return [Plot("grid", tuple(wording.clean(names[k]) for k in keys), tuple(series), words=tuple(words))]


def _short(df: pd.DataFrame) -> str:
    return "metric_short" if "metric_short" in df else "metric_name"


def part_column(df: pd.DataFrame) -> str:
    """The column that tells the parts of a bar."""
    return "part" if "part" in df else _short(df)


def _stacked(exhibit: Exhibit, rows_each: int) -> list[Plot]:
    """Categories: the entities, or the years where there is one entity; for a flow the breakdowns (applicants)."""
    df = exhibit.rows
    by_part = part_column(df)
    if "category" in df:
        by = "category"
    elif exhibit.form == "flow":
        by = "breakdown"
    else:
        by = "id" if df["id"].nunique() > 1 or df["year"].nunique() <= 1 else "year"
    names = {r[by]: r["name"] if by == "id" else str(r[by]) for r in df.to_dict("records")}
    if by == "breakdown":
        said = {b.id: b.short or b.name for b in load_catalogue().breakdowns}
        names = {k: said.get(str(k), str(k)) for k in names}
    keys = list(names)
    cell: dict[tuple[Any, Any], Any] = {(getattr(r, by_part), getattr(r, by)): r for r in df.itertuples(index=False)}
    parts = list(dict.fromkeys(df[by_part]))
    found = []
    rows_each = _even(len(keys), rows_each)
    for start in range(0, len(keys), rows_each):
        part = keys[start : start + rows_each]
        series, words = [], []
        for n, name in enumerate(parts):
            rows = [cell.get((name, k)) for k in part]
            words.append(tuple("" if r is None else value_words(r, exhibit, unit=False) for r in rows))
            values = tuple(float(r.value) if r is not None and _usable(r) else None for r in rows)
            series.append(Series(wording.clean(name), values, (), (SERIES[n % len(SERIES)],)))
        kind = {"share": "share", "grouped": "bar"}.get(exhibit.form, "stacked")
        found.append(Plot(kind, tuple(wording.clean(names[k]) for k in part), tuple(series), words=tuple(words)))
    return found
