"""Word brief of pinned charts (DOCX): title, date, generated sentences, chart, caption, table, notes, sources. No streamlit, no SQL.

A4 and type by GB/T 9704 habits: margins 37 mm above and 28 mm left, 156 x 225 mm of text, body 仿宋 三号, 22 lines a page; a draft, with no red
header and no seal. Charts are Word's own (DrawingML with their numbers in an embedded workbook), so that they can be edited in Word and WPS
and stay sharp in print; a heat map is a shaded table. Where pictures are asked for, they come from batch.py.

Sentences come from data/registry/sentences.yml; this module only chooses, counts and fills in.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

import docx
import pandas as pd
from docx.enum.section import WD_ORIENT
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from etl.registry import load_sentences, one_unit
from pages.kit import exhibit, wording, workbook
from pages.kit.exhibit import Exhibit, Plot

MOST_CHARTS = 12
MOST_ROWS = 300
MOST_SOURCES = 60
"""Rows of a table and sources of a chart in the brief; the rest is counted and is in the Excel file."""

BARS_EACH = {1: 16, 2: 9, 3: 6}
PAIRS_EACH = {1: 8, 2: 6, 3: 5}
NAMED_EACH = 12
LINES_EACH, COLUMNS_EACH, NAME_WIDTH, LONGEST_NAME, NAMES_LEAST = 5, 8, 44, 124, 44.0
"""What one chart of 156 x 88 mm holds: bars, and pairs of bars, by the lines that the longest name takes; lines. Columns of a shaded table.
Half-width units of one line of a name: more, and there is no room for bars. mm that the names of a shaded table take at least."""

CHART_TYPE = 8
"""Points of the text in a chart."""

TEXT_WIDTH, TEXT_HEIGHT, CHART_HEIGHT = 156.0, 225.0, 87.75
"""mm. Charts are 16 to 9: LibreOffice lays out every chart of a Word file in that shape and would stretch any other."""

BODY, HEADING, SUBHEADING, TITLE, LATIN = "仿宋_GB2312", "黑体", "楷体_GB2312", "方正小标宋简体", "Times New Roman"
FALLBACK = {BODY: "仿宋", HEADING: "SimHei", SUBHEADING: "楷体", TITLE: "华文中宋"}
"""Fonts that Word and WPS take where the first is not installed (w:altName of the font table)."""

LINE = 28.95
"""Points: 225 mm by 22 lines."""

_CHINESE = "零一二三四五六七八九十"
_SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_EMU = 36_000  # per mm
_SHOWS = ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize")


# --- sentences ---------------------------------------------------------------------------------------------------


def paragraphs(given: Exhibit) -> list[str]:
    """The sentences about one chart as paragraphs: what the reports state (one for each body where that is long), then what the numbers leave out."""
    facts, caveats = sentences(given)
    told = ["".join(facts)] if sum(map(len, facts)) <= 200 else facts
    return [*told, *(["".join(caveats)] if caveats else [])]


def sentences(given: Exhibit) -> tuple[list[str], list[str]]:
    """Factual sentences about one chart: who, how much, change, place in the group with n; and what the numbers do not say."""
    said = load_sentences()
    df = given.rows
    if "status" not in df:
        return _coverage(given, said.say), [said.say("fictional")] if given.fictional else []
    held = df[(df["status"] == "reported") & ~exhibit.too_small(df)]
    units = set(held["unit"].dropna()) if "unit" in held else set()
    mixed = len(units) > 1 and given.form != "heat"
    found: list[str] = []
    if held.empty:
        found.append(said.say("none", year=_years(df), entity=given.entity, metric=_metric(given)))
    elif given.form == "heat":
        found.append(said.say("heat", year=_years(df), n=df["id"].nunique(), entity=given.entity, metrics=df["metric"].nunique(),
                              cells=len(df), held=len(held)))  # fmt: skip
    elif given.form in ("grouped", "stacked", "share", "flow", "none"):
        found += _parts(given, held, said.say)
    elif given.form in ("line", "multiples", "dumbbell", "years", "slope", "bump"):
        found += _trend(given, df, held, said.say)
    elif not mixed:
        found += _ranking(given, df, held, said.say)
    if mixed:
        found.append(said.say("units"))
    return found, _caveats(given, df, held, said.say)


Say = Callable[..., str]


def _metric(given: Exhibit) -> str:
    names = given.rows["metric_name"].dropna().tolist() if "metric_name" in given.rows else []
    return wording.clean(names[0] if names else given.title)


def _years(df: pd.DataFrame) -> str:
    if df.empty:
        return "所选年度"
    return wording.year_text((int(df["year"].min()), int(df["year"].max())))


def _name(row: Any) -> str:
    return wording.clean(row.name)


def _all(rows: pd.DataFrame) -> str:
    return wording.names(list(rows["name"]), 3)


def _ranking(given: Exhibit, df: pd.DataFrame, held: pd.DataFrame, say: Say) -> list[str]:
    found = []
    year, metric = _years(df), _metric(given)
    now = held[~_flag(held, "part_year")]
    if len(now) == 1 and not given.chosen:
        row = next(now.itertuples(index=False))
        found.append(
            say("one", year=year, entity=given.entity, metric=metric, name=_name(row), value=_words(row, given))
        )
    elif len(now) > 1:
        high, low = now[now["value"] == now["value"].max()], now[now["value"] == now["value"].min()]
        first, last = next(high.itertuples(index=False)), next(low.itertuples(index=False))
        if first.value == last.value:
            found.append(
                say(
                    "extent_equal",
                    year=year,
                    n=len(now),
                    entity=given.entity,
                    metric=metric,
                    value=_words(first, given),
                )
            )
        else:
            found.append(say("extent", year=year, n=len(now), entity=given.entity, metric=metric, high_name=_all(high), high=_words(first, given),
                             low_name=_all(low), low=_words(last, given)))  # fmt: skip
    peers = now.dropna(subset=["peer_median"]) if "peer_median" in now else now.iloc[0:0]
    one_group = len(peers) > 0 and peers["peer"].nunique() == 1
    if one_group and not given.chosen:
        found.append(
            say("peers", median=_amount(float(peers["peer_median"].iloc[0]), given), n=int(peers["peer_n"].max()))
        )
    for row in df[df["id"].isin(given.chosen)].itertuples(index=False):
        found.append(_one(given, row, say))
    return found


def _one(given: Exhibit, row: Any, say: Say) -> str:
    """The sentence about one chosen body: value, ratio, change, place, median; what cannot be said is left out."""
    year = wording.year_text(row.year)
    if row.status != "reported" or pd.isna(row.value):
        return say(
            "entity_missing",
            name=_name(row),
            year=year,
            metric=_metric(given),
            status=wording.STATUS.get(row.status, "待核"),
        )
    clauses = [say("entity", name=_name(row), year=year, metric=_metric(given), value=_words(row, given))]
    if not bool(getattr(row, "reliable", True)):
        return clauses[0] + "。"
    numerator, denominator = getattr(row, "numerator", None), getattr(row, "denominator", None)
    if denominator is not None and not pd.isna(denominator) and not pd.isna(numerator):
        clauses.append(
            say("clause_ratio", numerator=wording.number(numerator), denominator=wording.number(denominator))
        )
    change = _change(row.value, getattr(row, "before", None), [row], given)
    part = bool(getattr(row, "part_year", False))
    if change and not part:
        clauses.append(say("clause_change", change=change))
    n, rank, median = (getattr(row, name, None) for name in ("peer_n", "peer_rank", "peer_median"))
    if not part and median is not None and n is not None and not pd.isna(median) and not pd.isna(n):
        if rank is not None and not pd.isna(rank):
            ties = getattr(row, "peer_ties", 1)
            place = wording.rank_text(int(rank), int(n), 1 if pd.isna(ties) else int(ties), f"个{given.entity}")
            clauses.append(say("clause_place", place=place))
        against = wording.against_median(float(row.value), float(median), given.percent)
        clauses.append(say("clause_median", against=against + ("" if given.percent or "相同" in against else _unit(row, given)),
                           median=_amount(float(median), given), n=int(n)))  # fmt: skip
    return "，".join(clauses) + "。"


def _trend(given: Exhibit, df: pd.DataFrame, held: pd.DataFrame, say: Say) -> list[str]:
    found = []
    metric = _metric(given)
    now = held[~_flag(held, "part_year")]
    groups = [(key, part.sort_values("year")) for key, part in now.groupby("id", sort=False)]
    told = (
        [g for g in groups if g[0] in given.chosen]
        if given.chosen
        else (groups if len(groups) <= exhibit.MOST_LINES else [])
    )
    if given.form in ("dumbbell", "slope", "bump") and not given.chosen and len(groups) > 3:
        told = []
    for key, part in told[: exhibit.MOST_LINES]:
        rows = list(part.itertuples(index=False))
        first, last = rows[0], rows[-1]
        if len(rows) == 1:
            found.append(
                say(
                    "trend_one",
                    name=_name(first),
                    metric=metric,
                    year=wording.year_text(first.year),
                    value=_words(first, given),
                )
            )
            continue
        change = _change(last.value, first.value, [first, last], given)
        change = (
            "两年相同"
            if change == "与上年相同"
            else change
            if last.year == first.year + 1
            else change.replace("比上年", "", 1)
        )
        text = say("trend", name=_name(first), metric=metric, first_year=wording.year_text(first.year), first=_words(first, given),
                   last_year=wording.year_text(last.year), last=_words(last, given))  # fmt: skip
        years = set(df.loc[df["id"] == key, "year"].astype(int)) | set(range(int(first.year), int(last.year) + 1))
        gaps = sorted(years - {int(r.year) for r in rows})
        found.append(
            "，".join(
                [
                    text,
                    *([say("clause_change", change=change)] if change else []),
                    *([say("trend_gaps", years=wording.spans(gaps))] if gaps else []),
                ]
            )
            + "。"
        )
    if not told and groups:
        first_year, last_year = int(df["year"].min()), int(df["year"].max())
        wide = [{int(r.year): r for r in part.itertuples(index=False)} for _, part in groups]
        ends = [(w[first_year], w[last_year]) for w in wide if first_year in w and last_year in w]
        pairs = [b.value - a.value for a, b in ends if one_unit(a.metric, a.unit, b.unit)]
        up, down = sum(p > 0 for p in pairs), sum(p < 0 for p in pairs)
        found.append(say("trend_many", n=len(groups), entity=given.entity, metric=metric, first_year=wording.year_text(first_year),
                         last_year=wording.year_text(last_year), pairs=len(pairs), up=up, down=down, same=len(pairs) - up - down))  # fmt: skip
    if "form" in df and (changes := _form_changes(df)):
        found.append(say("form_change", years="、".join(map(str, changes))))
    return found


def _change(value: float, before: Any, rows: Sequence[Any], given: Exhibit) -> str:
    """The change between two values in words, 约 where one of them is; '' where it cannot be known (“以上”, “不足”, no value)."""
    qualifiers = {str(getattr(r, "qualifier", None) or "exact") for r in rows}
    first, last = rows[0], rows[-1]
    if qualifiers & {"at_least", "at_most"} or not one_unit(last.metric, last.unit, first.unit):
        return ""
    change = wording.change_text(value, before, _unit(rows[-1], given), given.percent)
    if "about" not in qualifiers or not change:
        return change
    return "" if change == "与上年相同" else change.replace("比上年", "比上年约", 1)


def _form_changes(df: pd.DataFrame) -> list[int]:
    from pages.kit import charts  # plotly is heavy; only a chart over years needs it

    return [year for year, _ in charts.form_changes(df)]


def _parts(given: Exhibit, held: pd.DataFrame, say: Say) -> list[str]:
    top = next(held[held["value"] == held["value"].max()].itertuples(index=False))
    named = {b.id: b.name for b in exhibit.load_catalogue().breakdowns}
    name = (
        named.get(str(top.breakdown), _name(top))
        if given.form == "flow"
        else wording.clean(getattr(top, "category", "")) or _name(top)
    )
    return [
        say(
            "parts",
            cells=len(given.rows),
            held=len(held),
            name=name,
            part=wording.clean(getattr(top, exhibit.part_column(held))),
            value=_words(top, given),
        )
    ]


def _coverage(given: Exhibit, say: Say) -> list[str]:
    df = given.rows
    if df.empty or not {"known", "held"} <= set(df.columns):
        return []
    found = []
    for year in sorted({int(y) for y in df["year"]})[-2:]:
        rows = df[df["year"] == year]
        known, held = int(rows["known"].sum()), int(rows["held"].sum())
        found.append(say("coverage", year=wording.year_text(year), known=known, held=held, without=known - held))
    return found


def _caveats(given: Exhibit, df: pd.DataFrame, held: pd.DataFrame, say: Say) -> list[str]:
    """What the numbers leave out or are less than: each with its count."""
    counts = []
    noun = (
        f"个{given.entity}"
        if df["year"].nunique() == 1 and ("metric" not in df or df["metric"].nunique() == 1)
        else "项"
    )
    by_word: dict[str, int] = {}
    for status, n in df["status"].value_counts().items():
        if status != "reported":
            word = wording.STATUS.get(str(status), "待核")
            by_word[word] = by_word.get(word, 0) + int(n)
    for word in dict.fromkeys(wording.STATUS.values()):
        if word in by_word:
            counts.append(f"{by_word[word]}{noun}{word}")
    found = [say("missing", counts="、".join(counts))] if counts else []
    for id, n in (
        ("qualified", int((held["qualifier"].fillna("exact") != "exact").sum()) if "qualifier" in held else 0),
        ("prose", int((held["method"] == "narrative").sum()) if "method" in held else 0),
        ("part_year", int(_flag(held, "part_year").sum())),
        ("small", int(exhibit.too_small(df).sum())),
        ("corrected", int(_flag(held, "corrected").sum())),
    ):
        if n:
            found.append(say(id, n=n))
    if given.fictional:
        found.append(say("fictional"))
    return found


def _flag(df: pd.DataFrame, name: str) -> pd.Series:
    return df[name].fillna(False).astype(bool) if name in df else pd.Series(False, index=df.index)


def _words(row: Any, given: Exhibit) -> str:
    return exhibit.value_words(row, given)


def _unit(row: Any, given: Exhibit) -> str:
    unit = getattr(row, "unit", None)
    return unit if isinstance(unit, str) and unit != "%" else "" if given.percent else given.unit


def _amount(value: float, given: Exhibit) -> str:
    return wording.rate(value) if given.percent else wording.number(value) + given.unit


# --- the document ------------------------------------------------------------------------------------------------


def brief_bytes(
    exhibits: Sequence[Exhibit], title: str, made_on: str, tables: bool = True, pictures: Mapping[int, bytes] | None = None,
) -> bytes:  # fmt: skip
    """The DOCX of pinned charts in their order. `made_on`: ISO date under the title. `tables`: with the rows of each chart.
    `pictures`: PNG by position, in place of the native chart. Same input, same bytes. Charts beyond MOST_CHARTS are refused with ValueError."""
    if len(exhibits) > MOST_CHARTS:
        raise ValueError(f"一份简报最多{MOST_CHARTS}幅图，现为{len(exhibits)}幅。")
    document = docx.Document()
    _prepare(document)
    fictional = any(e.fictional for e in exhibits)
    _properties(document, title, made_on, exhibits)
    _paragraph(document, _plain(title), font=TITLE, size=22, align="center", before=6, after=6, line=30)
    stamp = f"{_long_date(made_on)}　初稿，供修改，未经审核"
    _paragraph(document, stamp, font=SUBHEADING, size=14, align="center", after=10, line=24)
    if fictional:
        _paragraph(
            document,
            f"{wording.FICTIONAL}，不是任何真实机关的数据，不得引用",
            font=HEADING,
            size=14,
            align="center",
            after=8,
            line=24,
        )
    figures = tabled = 0
    for n, given in enumerate(exhibits):
        if len(exhibits) > 1:
            heading = f"{_numeral(n + 1)}、{_plain(given.title)}"
            _paragraph(document, heading, font=HEADING, size=16, indent=2, line=LINE, keep=True, style="Heading 1")
        for paragraph in paragraphs(given):
            _paragraph(document, paragraph, indent=2, line=LINE)
        picture = (pictures or {}).get(n)
        figures = _figure(document, given, figures, picture)
        if tables and given.form not in ("heat", "years", "coverage") and "status" in given.rows:
            tabled = _table(document, given, tabled)
        for line in _closing(given):
            _paragraph(document, line, size=10.5, after=0, line=15, align="left")
        _paragraph(document, "", size=6, line=8)
    _sources(document, exhibits)
    return _saved(document)


def _plain(text: object) -> str:
    return wording.clean(text)


def _numeral(n: int) -> str:
    return _CHINESE[n] if n <= 10 else f"十{_CHINESE[n - 10]}"


def _long_date(made_on: str) -> str:
    year, month, day = (int(x) for x in made_on.split("-"))
    return f"{year}年{month}月{day}日"


def _closing(given: Exhibit) -> list[str]:
    numbered = [f"注{n}：{note}" if len(given.notes) > 1 else f"注：{note}" for n, note in enumerate(given.notes, 1)]
    return [_plain(x) for x in (*numbered, given.source, f"筛选：{given.filter_line}")]


def _prepare(document: Any) -> None:
    """Page, grid, default type, page numbers, fonts to fall back on."""
    section = document.sections[0]
    section.orientation = WD_ORIENT.PORTRAIT
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.left_margin = Mm(37), Mm(28)
    section.right_margin, section.bottom_margin = Mm(210 - 28 - TEXT_WIDTH), Mm(297 - 37 - TEXT_HEIGHT)
    section.header_distance, section.footer_distance = Mm(15), Mm(25)
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = LATIN, Pt(16)
    fonts = normal.element.get_or_add_rPr().get_or_add_rFonts()
    fonts.set(qn("w:eastAsia"), BODY)
    normal.paragraph_format.space_before = normal.paragraph_format.space_after = Pt(0)
    for name in ("Heading 1", "Caption"):
        style = document.styles[name]
        style.font.name, style.font.bold, style.font.italic = LATIN, False, False
        style.font.color.rgb = docx.shared.RGBColor(0, 0, 0)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for attribute in [a for a in fonts.attrib if a.endswith("Theme")]:
            del fonts.attrib[attribute]
        fonts.set(qn("w:eastAsia"), HEADING)
    document.settings.odd_and_even_pages_header_footer = True
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        _page_number(footer.paragraphs[0], align)
    table = next(p for p in document.part.package.iter_parts() if str(p.partname).endswith("fontTable.xml"))
    entries = "".join(
        f'<w:font w:name="{name}"><w:altName w:val="{other}"/><w:charset w:val="86"/></w:font>'
        for name, other in FALLBACK.items()
    )
    table._blob = table.blob.replace(b"</w:fonts>", entries.encode("utf-8") + b"</w:fonts>")


def _page_number(paragraph: Any, align: Any) -> None:
    """— 1 — in 宋体 四号, on the outer side."""
    paragraph.alignment = align
    for text, field in (("— ", False), ("PAGE", True), (" —", False)):
        run = paragraph.add_run("" if field else text)
        _font(run, "宋体", 14)
        if field:
            for kind, inner in (("begin", None), (None, text), ("end", None)):
                element = parse_xml(
                    f'<w:fldChar {nsdecls("w")} w:fldCharType="{kind}"/>'
                    if kind
                    else f"<w:instrText {nsdecls('w')}>{inner}</w:instrText>"
                )
                run._r.append(element)


def _properties(document: Any, title: str, made_on: str, exhibits: Sequence[Exhibit]) -> None:
    core = document.core_properties
    core.title, core.author, core.last_modified_by, core.language = (
        _plain(title)[:250],
        wording.PRODUCT,
        wording.PRODUCT,
        "zh-CN",
    )
    core.comments = "；".join(dict.fromkeys(f"数据版本 {e.build}" for e in exhibits))[:250]
    core.created = core.modified = datetime.fromisoformat(made_on)
    core.revision = 1


def _font(run: Any, east_asian: str, size: float) -> None:
    run.font.size, run.font.name = Pt(size), LATIN
    run._r.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), east_asian)


def _paragraph(
    place: Any, text: str, font: str = BODY, size: float = 16, align: str = "justify", indent: int = 0, before: float = 0, after: float = 0,
    line: float | None = None, keep: bool = False, style: str | None = None,
) -> Any:  # fmt: skip
    """A paragraph; `indent`: characters of the first line; `line`: exact points, None where it holds a chart."""
    paragraph = place.add_paragraph(style=style)
    layout = paragraph.paragraph_format
    layout.alignment = {
        "left": WD_ALIGN_PARAGRAPH.LEFT, "center": WD_ALIGN_PARAGRAPH.CENTER, "right": WD_ALIGN_PARAGRAPH.RIGHT, "justify": WD_ALIGN_PARAGRAPH.JUSTIFY,
    }[align]  # fmt: skip
    layout.space_before, layout.space_after = Pt(before), Pt(after)
    layout.line_spacing = Pt(line) if line else 1.0
    layout.keep_with_next = keep or None
    if indent:
        layout.first_line_indent = Pt(size * indent)
        paragraph._p.get_or_add_pPr().get_or_add_ind().set(qn("w:firstLineChars"), str(indent * 100))
    if text:
        _font(paragraph.add_run(text), font, size)
    return paragraph


# --- charts ------------------------------------------------------------------------------------------------------


def _figure(document: Any, given: Exhibit, figures: int, picture: bytes | None) -> int:
    """The chart or charts of one exhibit with their captions; gives the running number of the last figure."""
    title = _plain(given.title)
    if picture:
        width, height = int.from_bytes(picture[16:20], "big"), int.from_bytes(picture[20:24], "big")
        shown = min(TEXT_WIDTH, (TEXT_HEIGHT - 14) * width / max(height, 1))
        paragraph = _paragraph(document, "", align="center", before=4, keep=True)
        inline = paragraph.add_run().add_picture(io.BytesIO(picture), width=Mm(shown))
        inline._inline.docPr.set("descr", workbook.alt_text(given, Plot("bar", (), ())))
        return _caption(document, figures + 1, title)
    plots = _for_page(given)
    if not plots:
        _paragraph(document, "没有可以作图的数值。", size=12, align="center", line=20)
        return figures
    if plots[0].kind == "grid":
        return _grids(document, given, plots, figures)
    if given.form == "flow":
        title += "（堆积条形，与桑基图同一组数值）"
    for plot in plots:
        paragraph = _paragraph(document, "", align="center", before=4, keep=True)
        _add_chart(document, paragraph, plot, given)
        unit = "%" if given.percent else _plain(given.unit)
        unit = "" if not unit or plot.kind == "share" else f"（单位：{unit}）"
        figures = _caption(document, figures + 1, title + unit + _plain(plot.title))
    return figures


def _for_page(given: Exhibit) -> list[Plot]:
    """The plots of an exhibit for frames of 156 x 88 mm: long names broken into lines, long rankings in several charts on one scale, two years
    as pairs of bars (names stay level), small charts as groups of lines."""
    if given.form in ("heat", "years", "coverage"):
        return exhibit.plots(given, MOST_ROWS)
    names = [wording.clean(n) for n in dict.fromkeys(given.rows["name"])] if "name" in given.rows else []
    lines = max(
        (len(wording.wrap(wording.shorten(f"{n}（空白）", LONGEST_NAME), NAME_WIDTH, 3)) for n in names), default=1
    )
    each = (PAIRS_EACH if given.form in ("dumbbell", "grouped") else BARS_EACH)[lines]
    if given.form in workbook.NAMED:
        each = NAMED_EACH
    if (
        given.form == "ranking" and len(given.rows) > each
    ):  # more than one chart: rows without a value are named in the notes and the table
        held = (given.rows["status"] == "reported") & ~exhibit.too_small(given.rows)
        given = replace(given, rows=given.rows[held], shown=None)
    plots = exhibit.plots(given, each)
    if given.form in workbook.NAMED and any(map(exhibit.crowded, plots)):  # a legend takes the room
        plots = exhibit.plots(given, LINES_EACH)
    if given.form == "ranking" and plots and len(plots[0].series) > 1:  # a median beside each bar
        plots = exhibit.plots(given, PAIRS_EACH[lines] + 3)
    if len(plots) > 1 and plots[0].kind == "line":
        return _together(plots)
    if plots and plots[0].kind == "range":
        plots = [replace(p, kind="bar") for p in plots]
    return [
        p
        if p.kind in workbook.LINES
        else replace(
            p,
            categories=tuple(
                "\n".join(wording.wrap(wording.shorten(c, LONGEST_NAME), NAME_WIDTH, 3)) for c in p.categories
            ),
        )
        for p in plots
    ]


def _together(plots: Sequence[Plot]) -> list[Plot]:
    """Panels of one line each as charts of LINES_EACH lines on one scale."""
    known = [v for p in plots for v in p.series[0].values if v is not None]
    size = -(-len(plots) // -(-len(plots) // LINES_EACH))
    found = []
    for start in range(0, len(plots), size):
        part = plots[start : start + size]
        series = tuple(replace(p.series[0], labels=(), colours=(exhibit.SERIES[n],)) for n, p in enumerate(part))
        title = f"（{start + 1}—{start + len(part)}，共{len(plots)}）"
        found.append(Plot("line", plots[0].categories, series, title, max([0.0, *known]), min([0.0, *known])))
    return found


def _caption(document: Any, number: int, text: str) -> int:
    _paragraph(
        document,
        f"图{number}　{text}",
        font=HEADING,
        size=12,
        align="center",
        before=2,
        after=4,
        line=18,
        style="Caption",
    )
    return number


def _add_chart(document: Any, paragraph: Any, plot: Plot, given: Exhibit) -> None:
    """A native chart in a paragraph: the chart's part, the workbook with its numbers, the frame in the text."""
    xml, book = workbook.chart_part(plot, given, CHART_TYPE)
    package = document.part.package
    number = 1 + sum(1 for part in package.iter_parts() if str(part.partname).startswith("/word/charts/"))
    sheet = Part(PackURI(f"/word/embeddings/Microsoft_Excel_Sheet{number}.xlsx"), _SHEET, book, package)
    chart = Part(PackURI(f"/word/charts/chart{number}.xml"), _CHART, b"", package)
    link = chart.relate_to(sheet, RELATIONSHIP_TYPE.PACKAGE)
    chart._blob = _for_word(xml, link)
    r_id = document.part.relate_to(chart, RELATIONSHIP_TYPE.CHART)
    told = workbook.alt_text(given, plot).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    frame = f"""<w:drawing {nsdecls("w", "wp", "a", "r")}><wp:inline distT="0" distB="0" distL="0" distR="0">
<wp:extent cx="{round(TEXT_WIDTH * _EMU)}" cy="{round(CHART_HEIGHT * _EMU)}"/><wp:effectExtent l="0" t="0" r="0" b="0"/>
<wp:docPr id="{1000 + number}" name="图{number}" descr="{told}"/><wp:cNvGraphicFramePr/>
<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart">
<c:chart xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" r:id="{r_id}"/></a:graphicData></a:graphic></wp:inline></w:drawing>"""
    paragraph.add_run()._r.append(parse_xml(re.sub(r">\n<", "><", frame)))


def _for_word(xml: bytes, link: str) -> bytes:
    """Excel's chart as Word wants it: every switch said out loud (XlsxWriter leaves out what Excel 2007 takes for false, which other programs
    take for the schema's default, true), text in a Chinese font, the workbook it is edited with."""
    text = xml.decode("utf-8")
    shows = "".join(f'<c:{name} val="{int(name == "showVal")}"/>' for name in _SHOWS)
    text = text.replace('<c:showVal val="1"/>', shows)
    text = re.sub(r"(<c:grouping [^>]*/>)", r'\1<c:varyColors val="0"/>', text)
    text = re.sub(r"(</c:scaling>)(?!<c:delete)", r'\1<c:delete val="0"/>', text)
    text = re.sub(r"(<c:tickLblPos )", r'<c:majorTickMark val="out"/><c:minorTickMark val="none"/>\1', text)
    text = re.sub(r"(<c:legendPos [^>]*/>(?:<c:layout/>)?)", r'\1<c:overlay val="0"/>', text)
    if "<c:lineChart>" in text:
        text = text.replace("</c:ser>", '<c:smooth val="0"/></c:ser>')
    else:
        text = re.sub(
            r"(<c:ser>.*?</c:tx><c:spPr>.*?</c:spPr>)", r'\1<c:invertIfNegative val="0"/>', text, flags=re.DOTALL
        )
    type_ = (
        f'<c:txPr><a:bodyPr/><a:lstStyle/><a:p><a:pPr><a:defRPr sz="{CHART_TYPE * 100}"><a:latin typeface="{LATIN}"/><a:ea typeface="宋体"/></a:defRPr>'
        '</a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
    )
    tail = f'{type_}<c:externalData r:id="{link}"><c:autoUpdate val="0"/></c:externalData>'
    text = text.replace('<c:lang val="en-US"/>', '<c:lang val="zh-CN"/>').replace(
        '<a:rPr lang="en-US"', '<a:rPr lang="zh-CN"'
    )
    text = re.sub(r"(<c:lang [^>]*/>)", r'\1<c:roundedCorners val="0"/>', text, count=1)
    text = re.sub(r"<c:printSettings>.*?</c:printSettings>", "", text, flags=re.DOTALL)
    return text.replace("</c:chartSpace>", tail + "</c:chartSpace>").encode("utf-8")


# --- tables ------------------------------------------------------------------------------------------------------


def _rows_table(
    document: Any,
    head: Sequence[str],
    rows: Sequence[Sequence[tuple[str, str, str]]],
    widths: Sequence[float],
    size: float,
) -> None:
    """A table with lines, its header repeated on every page and no row split. Cells: text, alignment, fill."""
    made = parse_xml(
        f'<w:tbl {nsdecls("w")}><w:tblPr><w:tblW w:w="{round(sum(widths) * 56.7)}" w:type="dxa"/><w:jc w:val="center"/><w:tblBorders>'
        + "".join(
            f'<w:{side} w:val="single" w:sz="4" w:space="0" w:color="7F7F7F"/>'
            for side in ("top", "left", "bottom", "right", "insideH", "insideV")
        )
        + '</w:tblBorders><w:tblLayout w:type="fixed"/><w:tblCellMar><w:left w:w="57" w:type="dxa"/><w:right w:w="57" w:type="dxa"/></w:tblCellMar></w:tblPr>'
        + f'<w:tblGrid>{"".join(f"""<w:gridCol w:w="{round(w * 56.7)}"/>""" for w in widths)}</w:tblGrid>'
        + _row_xml([(h, "center", "DCE6F1") for h in head], widths, size, True)
        + "".join(_row_xml(row, widths, size, False) for row in rows)
        + "</w:tbl>"
    )
    document.element.body.insert(len(document.element.body) - 1, made)


def _row_xml(cells: Sequence[tuple[str, str, str]], widths: Sequence[float], size: float, head: bool) -> str:
    """One row as XML: tables of hundreds of rows are too slow cell by cell."""
    flags = "<w:cantSplit/>" + ("<w:tblHeader/>" if head else "")
    half = round(size * 2)
    type_ = f'<w:rFonts w:ascii="{LATIN}" w:hAnsi="{LATIN}" w:eastAsia="{"黑体" if head else "宋体"}"/><w:sz w:val="{half}"/><w:szCs w:val="{half}"/>'
    made = []
    for (text, align, fill), width in zip(cells, widths, strict=True):
        shading = f'<w:shd w:val="clear" w:color="auto" w:fill="{fill}"/>' if fill else ""
        safe = _plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        made.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{round(width * 56.7)}" w:type="dxa"/>{shading}<w:vAlign w:val="center"/></w:tcPr><w:p><w:pPr>'
            f'<w:spacing w:before="20" w:after="20" w:line="{round(size * 24)}" w:lineRule="atLeast"/><w:jc w:val="{align}"/><w:rPr>{type_}</w:rPr></w:pPr>'
            f'<w:r><w:rPr>{type_}</w:rPr><w:t xml:space="preserve">{safe}</w:t></w:r></w:p></w:tc>'
        )
    return f"<w:tr><w:trPr>{flags}</w:trPr>{''.join(made)}</w:tr>"


def _table(document: Any, given: Exhibit, tabled: int) -> int:
    """The rows of a chart: name, year, metric where several, value, change, and the words about it. Gives the running number."""
    df = exhibit.ordered(given)
    if df.empty:
        return tabled
    unit = "%" if given.percent else given.unit
    _paragraph(document, f"表{tabled + 1}　{_plain(given.title)}{f'（单位：{_plain(unit)}）' if unit else ''}", font=HEADING, size=12, align="center",
               before=4, after=2, line=18, keep=True, style="Caption")  # fmt: skip
    years = sorted({int(y) for y in df["year"]})
    shown = df.head(MOST_ROWS)
    if (
        len(years) > 1
        and df["metric"].nunique() == 1
        and given.form in ("line", "multiples", "dumbbell", "slope", "bump")
    ):
        _years_table(document, given, df, years)
        left = max(0, df["id"].nunique() - MOST_ROWS)
    elif given.form in ("grouped", "stacked", "share", "flow"):
        left = _parts_table(document, given)
    else:
        _list_table(document, given, shown, len(years) > 1)
        left = len(df) - len(shown)
    if left:
        _paragraph(document, f"另有{left}行未印出，见 Excel 文件的“数据”表。", size=10.5, line=15, align="left")
    return tabled + 1


def _years_table(document: Any, given: Exhibit, df: pd.DataFrame, years: list[int]) -> None:
    """Entities down, years across; at most COLUMNS_EACH years in one table."""
    keys = list(dict.fromkeys(df["id"]))[:MOST_ROWS]
    names = dict(zip(df["id"], df["name"], strict=True))
    cell = {(r.id, int(r.year)): r for r in df.itertuples(index=False)}
    for start in range(0, len(years), COLUMNS_EACH):
        part = years[start : start + COLUMNS_EACH]
        rows = []
        for key in keys:
            values = [cell.get((key, y)) for y in part]
            rows.append(
                [
                    (_plain(names[key]), "left", ""),
                    *(
                        (
                            "" if r is None else _cell_words(r, given),
                            "right" if r is not None and r.status == "reported" else "center",
                            "",
                        )
                        for r in values
                    ),
                ]
            )
        each = min(
            max([12.0, *(wording.display_width(text) * 1.9 + 3.5 for row in rows for text, _, _ in row[1:])]),
            (TEXT_WIDTH - NAMES_LEAST) / len(part),
        )
        _rows_table(
            document, [given.entity, *map(str, part)], rows, [TEXT_WIDTH - each * len(part), *[each] * len(part)], 9.5
        )
        _paragraph(document, "", size=4, line=6)


def _parts_table(document: Any, given: Exhibit) -> int:
    """Bars down, their parts across; at most COLUMNS_EACH parts in one table. Gives the rows left out."""
    plots = exhibit.plots(given, MOST_ROWS)
    for plot in plots[:1]:
        for start in range(0, len(plot.series), COLUMNS_EACH):
            part = range(start, min(start + COLUMNS_EACH, len(plot.series)))
            each = min(max(13.0, *(wording.display_width(plot.words[n][k]) * 1.9 + 3.5 for n in part for k in range(len(plot.categories)))),
                       (TEXT_WIDTH - NAMES_LEAST) / len(part))  # fmt: skip
            rows = [[(name, "left", ""), *((plot.words[n][k], "right" if plot.series[n].values[k] is not None else "center", "") for n in part)]
                    for k, name in enumerate(plot.categories)]  # fmt: skip
            head = ["申请人" if given.form == "flow" else given.entity, *(plot.series[n].name for n in part)]
            _rows_table(document, head, rows, [TEXT_WIDTH - each * len(part), *[each] * len(part)], 9.5)
            _paragraph(document, "", size=4, line=6)
    return sum(len(p.categories) for p in plots[1:])


def _cell_words(row: Any, given: Exhibit) -> str:
    text = exhibit.value_words(row, given, unit=False)
    own = getattr(row, "unit", None)
    several = isinstance(own, str) and row.status == "reported" and own != "%" and not given.unit
    text += own if several and isinstance(own, str) else ""
    if given.form == "bump" and not pd.isna(row.peer_rank):
        text += f"（第{int(row.peer_rank)}位{'，并列' if row.peer_ties > 1 else ''}）"
    return text + ("*" if bool(getattr(row, "part_year", False)) and row.status == "reported" else "")


def _list_table(document: Any, given: Exhibit, df: pd.DataFrame, several_years: bool) -> None:
    columns: list[tuple[str, float, str, Callable[[Any], str]]] = [(given.entity, 0.0, "left", _name)]
    if several_years:
        columns.append(("年度", 14.0, "center", lambda r: str(int(r.year))))
    if "metric_name" in df and df["metric"].nunique() > 1:
        short = "metric_short" if "metric_short" in df else "metric_name"
        columns.append(("指标", 30.0, "left", lambda r: _plain(getattr(r, short))))
    columns.append(("数值", 24.0, "right", lambda r: _cell_words(r, given)))
    if "denominator" in df and df["denominator"].notna().any():
        columns.append(("分子÷分母", 26.0, "center", _ratio))
    if "before" in df and df["before"].notna().any():
        columns.append(
            (
                "比上年",
                42.0,
                "left",
                lambda r: wording.change_text(r.value, r.before, "", given.percent).removeprefix("比上年"),
            )
        )
    if any(_remark(r) for r in df.itertuples(index=False)):
        columns.append(("说明", 24.0, "left", _remark))
    widths = [w for _, w, _, _ in columns]
    widths[0] = TEXT_WIDTH - sum(widths)
    rows = [[(say(r), align, "") for _, _, align, say in columns] for r in df.itertuples(index=False)]
    _rows_table(document, [name for name, _, _, _ in columns], rows, widths, 10)


def _ratio(row: Any) -> str:
    if pd.isna(row.denominator) or pd.isna(row.numerator):
        return ""
    return f"{wording.number(row.numerator)}÷{wording.number(row.denominator)}"


def _remark(row: Any) -> str:
    """What a reader has to know of a value: how it was worded, read, corrected."""
    if row.status != "reported":
        return ""  # its status stands in place of the value
    words = []
    if not bool(getattr(row, "reliable", True)):
        words.append("分母过小")
    if getattr(row, "method", None) == "narrative":
        words.append("摘自正文")
    if bool(getattr(row, "part_year", False)):
        words.append("年内部分时段")
    if bool(getattr(row, "corrected", False)):
        words.append("经人工更正")
    if str(getattr(row, "scope", "") or "") == "unknown":
        words.append("范围未注明")
    return "，".join(words)


def _grids(document: Any, given: Exhibit, plots: Sequence[Plot], figures: int) -> int:
    """A heat map or coverage grid as shaded tables, the header on every page; as many columns abreast as their texts allow."""
    for plot in plots:
        columns = [_grid_column(given, plot, n) for n in range(len(plot.series))]
        widths = [
            max(14.0, max((wording.display_width(text) for text, _, _ in cells), default=0) * 1.75 + 4)
            for cells in columns
        ]
        parts: list[list[int]] = [[]]
        for n, width in enumerate(widths):
            if parts[-1] and (
                sum(widths[k] for k in parts[-1]) + width > TEXT_WIDTH - NAMES_LEAST or len(parts[-1]) == COLUMNS_EACH
            ):
                parts.append([])
            parts[-1].append(n)
        for part in parts:
            rows = [[(name, "left", ""), *(columns[n][k] for n in part)] for k, name in enumerate(plot.categories)]
            taken = [min(widths[n], TEXT_WIDTH - NAMES_LEAST) for n in part]
            _rows_table(
                document,
                [given.entity, *(plot.series[n].name for n in part)],
                rows,
                [TEXT_WIDTH - sum(taken), *taken],
                9,
            )
            several = f"（第{part[0] + 1}—{part[-1] + 1}列，共{len(columns)}列）" if len(parts) > 1 else ""
            figures = _caption(document, figures + 1, _plain(given.title) + several)
    return figures


def _grid_column(given: Exhibit, plot: Plot, n: int) -> list[tuple[str, str, str]]:
    """The cells of one column: text, alignment, fill."""
    series = plot.series[n]
    top = max((v for v in series.values if v is not None), default=0.0)
    cells = []
    for k, value in enumerate(series.values):
        label = series.labels[k] if series.labels else ""
        if value is None:
            cells.append((plot.words[n][k], "center", "EDEDED"))
        else:
            share = value if given.form == "coverage" else value / top if top > 0 else 0.0
            cells.append((label or wording.number(value), "center", workbook.shade(share)[1:]))
    return cells


# --- the end -----------------------------------------------------------------------------------------------------


def _sources(document: Any, exhibits: Sequence[Exhibit]) -> None:
    """Definitions of the metrics and the reports behind the charts, once each."""
    said: dict[str, str] = {}
    for given in exhibits:
        for entry in workbook.definitions(given):
            words = dict(entry)
            said.setdefault(
                words["代号"],
                f"{words['指标']}（单位：{words['单位']}）：{words['口径']}"
                + (f"注意：{words['注意']}" if "注意" in words else ""),
            )
    if said:
        _paragraph(document, "附：口径", font=HEADING, size=14, line=24, before=6, keep=True)
        for text in said.values():
            _paragraph(document, _plain(text), size=10.5, line=15, align="left")
    frames = [workbook.source_table(e) for e in exhibits if len(e.sources)]
    if not frames:
        return
    every = pd.concat(frames, ignore_index=True).drop_duplicates(["报告标题", "机关", "年度", "校验值 sha256"])
    _paragraph(document, f"附：来源报告（{len(every)}份）", font=HEADING, size=14, line=24, before=6, keep=True)
    for n, row in enumerate(every.head(MOST_SOURCES).to_dict("records"), 1):
        parts = [f"{n}. 《{_plain(row['报告标题'])}》", _plain(row["机关"])]
        if not pd.isna(row["公布日期"]):
            parts.append(f"{row['公布日期']}公布")
        if row["网址"] and not pd.isna(row["网址"]):
            parts.append(_plain(row["网址"]))
        if row["校验值 sha256"] and not pd.isna(row["校验值 sha256"]):
            parts.append(f"sha256 {str(row['校验值 sha256'])[:16]}…")
        _paragraph(document, "，".join(p for p in parts if p), size=9, line=13, align="left")
    if len(every) > MOST_SOURCES:
        _paragraph(
            document,
            f"其余{len(every) - MOST_SOURCES}份及完整校验值见各图 Excel 文件的“口径与来源”表。",
            size=9,
            line=13,
            align="left",
        )


def _saved(document: Any) -> bytes:
    """The file with fixed dates inside, so that the same brief is the same bytes."""
    buffer, out = io.BytesIO(), io.BytesIO()
    document.save(buffer)
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for entry in source.infolist():
            fixed = zipfile.ZipInfo(entry.filename, date_time=(1980, 1, 1, 0, 0, 0))
            fixed.compress_type = zipfile.ZIP_DEFLATED
            target.writestr(fixed, source.read(entry))
    return out.getvalue()
