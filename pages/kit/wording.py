"""Chinese strings, number formats and generated footnotes. No streamlit, no figures.

Everything a page, a picture or a file says about a value is worded here, so that screen and file never differ. Text from
sources (names, titles, quotes) is hostile: it goes through `plain` for Markdown and `label` for plotly, nowhere else.
"""

from __future__ import annotations

import functools
import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from etl.registry import form_name, load_words, words_of

PRODUCT = "政府信息公开年鉴"
FICTIONAL = "虚构示例数据"

_WORDS = load_words()
_STATUSES = _WORDS.status | _WORDS.absence
STATUS = words_of("status") | words_of("absence")
"""Word of each status in tables, pictures and files (UX, status table): of a value, and of why there is none."""
STATUS_HELP = {id: said.help for id, said in _STATUSES.items()}
QUALIFIER = words_of("qualifier") | {"exact": ""}
"""Word beside a number; an exact one needs none."""
QUALIFIER_SIGN = {id: said.sign for id, said in _WORDS.qualifier.items()}
QUALIFIER_HELP = {id: said.help for id, said in _WORDS.qualifier.items() if said.sign}
METHOD, LEVEL, SCOPE, KIND = words_of("method"), words_of("level"), words_of("scope"), words_of("kind")
SEVERITY, FINDING_STATE, COVERAGE = words_of("severity"), words_of("finding_state"), words_of("coverage")
TABLE, TABLE_STATE = words_of("table"), words_of("table_state")

WAN = 10_000

_MARKDOWN = re.compile(r"([\\`*_{}\[\]()#+\-.!|~$^<>&\"'=@/:])")
_SHORTCODE = re.compile(r":(?=[\w/+-]+:|//|\w+\[)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_BAD_IN_NAME = re.compile(r'[\\/:*?"<>|\s]+')


def clean(text: object) -> str:
    """Text with control characters and direction marks made spaces; None and missing values become ''."""
    if text is None or (not isinstance(text, str) and pd.isna(text)):  # type: ignore[call-overload]
        return ""
    return _CONTROL.sub(" ", str(text)).strip()


def lines(text: object) -> str:
    """As `clean`, line by line: a passage of several paragraphs keeps its lines."""
    return "\n".join(filter(None, (clean(line) for line in str(text or "").splitlines())))


def plain(text: object) -> str:
    """Text for st.markdown and friends that shows exactly as it is: no Markdown, LaTeX, link or HTML takes effect.

    Streamlit replaces :material/x: and :smile: after Markdown is parsed, where a backslash no longer helps, and makes
    links of bare addresses: a word joiner (no width) after the colon stops both.
    """
    return _MARKDOWN.sub(r"\\\1", _SHORTCODE.sub(":\u2060", clean(text)))


def label(text: object) -> str:
    """Text for a plotly title, tick, hover or annotation: tags, entities and MathJax marks lose their meaning."""
    escaped = clean(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("$", "&#36;")


@functools.lru_cache(maxsize=16_384)
def display_width(text: str) -> int:
    """Columns that `text` takes in half-width units: a Chinese character is 2."""
    return sum(2 if unicodedata.east_asian_width(c) in "WFA" else 1 for c in text)


def wrap(text: str, width: int, lines: int = 99) -> list[str]:
    """`text` cut into lines of at most `width` half-width units, at most `lines` of them (the last ends with …).

    Latin words and numbers are kept whole where they fit; closing marks do not begin a line.
    """
    result: list[str] = []
    line, used = "", 0
    for piece in re.findall(r"[A-Za-z0-9.,%]+|.", text, re.DOTALL):
        size = display_width(piece)
        if used + size > width and line and piece not in "，。；：、）》”’！？)":
            result.append(line)
            line, used = "", 0
        while size > width:  # a word longer than the line
            result.append(piece[:width])
            piece = piece[width:]
            size = display_width(piece)
        line, used = line + piece, used + size
    if line:
        result.append(line)
    if len(result) > lines:
        result = result[:lines]
        last = result[-1]
        while last and display_width(last) > width - 2:
            last = last[:-1]
        result[-1] = last + "…"
    return result or [""]


def shorten(text: str, width: int) -> str:
    """`text` in at most `width` half-width units, its middle left out: what tells long names apart mostly stands at their end."""
    if display_width(text) <= width:
        return text
    tail = ""
    for c in reversed(text):
        if display_width(c + tail) > (width - 2) // 2:
            break
        tail = c + tail
    head = wrap(text, width - 2 - display_width(tail), 99)[0]
    return f"{head}…{tail}"


def number(value: Any, decimals: int | None = None) -> str:
    """Full digits with thousands marks and at most two decimals, none that says nothing, unless `decimals` says otherwise. '' for nothing."""
    if value is None or pd.isna(value) or (isinstance(value, float) and math.isinf(value)):
        return ""
    if decimals is None:
        fraction = f"{float(value):.2f}"[-2:]
        decimals = 0 if float(value) == round(float(value)) else 1 if fraction[1] == "0" != fraction[0] else 2
    text = f"{float(value):,.{decimals}f}"
    return text[1:] if text.startswith("-") and not text.strip("-0.,") else text.replace("-", "−")


def short_number(value: float) -> str:
    """A number for an axis or a bar's end: from 10,000 in 万 with at most one decimal that matters."""
    if abs(value) >= WAN:
        scaled = value / WAN
        return f"{scaled:,.2f}".rstrip("0").rstrip(".").replace("-", "−") + "万"
    return number(value)


def value_text(row: Any, decimals: int | None = None, percent: bool = False, short: bool = False) -> str:
    """What a chart or table cell says for one row (value, status, qualifier, corrected): '0', '空白', '≈12', '8†', '未见报告'.

    `row` is a mapping or a named tuple with these fields. `percent`: the value is in per cent and shows with the sign.
    """
    get = row.get if hasattr(row, "get") else lambda name, default=None: getattr(row, name, default)
    status, value = get("status", "reported"), get("value")
    if status != "reported" or value is None or pd.isna(value):
        return STATUS.get(str(status), "待核") if status != "reported" else STATUS["not_stated"]
    if percent:
        text = rate(float(value), 1 if decimals is None else decimals)
    else:
        text = short_number(float(value)) if short else number(value, decimals)
    sign = QUALIFIER_SIGN.get(str(get("qualifier", "exact")), "")
    dagger = "†" if bool(get("corrected", False)) else ""
    return f"{sign}{text}{dagger}"


def rate(value: float, decimals: int = 1) -> str:
    """A value that is already in per cent, with its sign: 45.2 -> '45.2%'."""
    return f"{value:.{decimals}f}%".replace("-", "−")


def small_denominator(n: Any) -> str:
    """What stands in place of a rate whose denominator is too small to mean anything."""
    return f"—（n={number(n)}）"


def small_status(n: Any) -> str:
    """The same in a status column: the value column stays numeric and empty."""
    return f"分母过小 {small_denominator(n)}"


def year_text(year: Any) -> str:
    """'2023年度'; a pair gives '2019—2025年度'."""
    if isinstance(year, (tuple, list)):
        first, last = year
        return f"{first}年度" if first == last else f"{first}—{last}年度"
    return f"{int(year)}年度"


def rank_text(rank: int, n: int, ties: int = 0, noun: str = "个机关", ascending: bool = False) -> str:
    """'按数值从高到低第3位（共13个机关，2个并列）'. `ties`: how many share this place, itself included."""
    order = "从低到高" if ascending else "从高到低"
    tied = f"，{ties}{noun[0]}并列" if ties > 1 else ""
    return f"按数值{order}第{rank}位（共{n}{noun}{tied}）"


def against_median(value: float, median: float, percent: bool = False) -> str:
    """'高于中位数 12', '低于中位数 3.1个百分点' or '与中位数相同'."""
    gap = value - median
    if abs(gap) < 1e-12:
        return "与中位数相同"
    size = f"{abs(gap):.1f}个百分点" if percent else number(abs(gap))
    return f"{'高于' if gap > 0 else '低于'}中位数{size}"


def change_text(value: float | None, before: float | None, unit: str, percent: bool = False) -> str:
    """Change on the year before in the unit and, for counts, in %; '' when either is not known."""
    if value is None or before is None or pd.isna(value) or pd.isna(before):
        return ""
    gap = value - before
    if abs(gap) < 1e-12:
        return "与上年相同"
    verb = "增加" if gap > 0 else "减少"
    if percent:
        return f"比上年{'上升' if gap > 0 else '下降'}{abs(gap):.1f}个百分点"
    share = f"（{gap / before * 100:+.1f}%）".replace("-", "−") if before and abs(gap / before) >= 0.0005 else ""
    return f"比上年{verb}{number(abs(gap))}{unit}{share}"


def apart(items: Sequence[str]) -> list[str]:
    """What tells names apart that begin alike: ['规章制发', '规章废止'] -> ['制发', '废止']."""
    shared = 0
    while len(items) > 1 and all(len(i) > shared + 1 for i in items) and len({i[: shared + 1] for i in items}) == 1:
        shared += 1
    return [i[shared:] for i in items]


def names(items: Iterable[str], limit: int = 12, noun: str = "个") -> str:
    """A list of names for a note: the first `limit`, then how many in all."""
    every = [clean(i) for i in items]
    if len(every) <= limit:
        return "、".join(every)
    return "、".join(every[:limit]) + f"等{len(every)}{noun}"


def spans(years: Sequence[int]) -> str:
    """Sorted years in short: [2019, 2020, 2021, 2023] -> '2019—2021、2023'."""
    runs: list[list[int]] = []
    for year in years:
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    return "、".join(str(r[0]) if len(r) == 1 else f"{r[0]}—{r[-1]}" for r in runs)


def stands_in(forms: Iterable[str]) -> str:
    """Where a metric stands: '2019年表式、2021年表式、正文'."""
    return "、".join(words_of("place").get(form) or form_name(form) for form in forms)


def value_notes(df: pd.DataFrame, caution: str | None = None, entity: str = "机关", limit: int = 12) -> list[str]:
    """Notes under a chart, generated from its rows (columns: name, year, status, qualifier, method, corrected, part_year).

    Order: the metric's caution, who has no report, blank cells, not readable, approximate, prose, part-year, corrections.
    Nothing is typed by hand (UX, the chart card).
    """
    notes: list[str] = []
    if caution:
        notes.append(f"口径：{clean(caution)}。".replace("。。", "。"))
    if df.empty:
        return notes
    told = ("name", "year", "status", "qualifier", "method", "part_year", "corrected")
    df = df[
        [c for c in told if c in df]
    ]  # taking rows out of all forty columns again and again costs more than the words
    several = df["year"].nunique() > 1 if "year" in df else False
    statuses = set(df["status"].unique())

    def who(rows: pd.DataFrame) -> str:
        if several:
            by_name = rows.groupby("name", sort=False)["year"].agg(lambda y: spans(sorted(set(y))))
            return names([f"{n}（{y}）" for n, y in by_name.items()], limit, f"个{entity}")
        return names(list(dict.fromkeys(rows["name"])), limit, f"个{entity}")

    for words in dict.fromkeys(said.note for said in (*_WORDS.absence.values(), *_WORDS.status.values()) if said.note):
        if here := [status for status in statuses if status in _STATUSES and _STATUSES[status].note == words]:
            notes.append(f"{words}：{who(df[df['status'].isin(here)])}。")
    held = df[df["status"] == "reported"]
    if "qualifier" in held and (held["qualifier"].fillna("exact") != "exact").any():
        notes.append("；".join(f"{QUALIFIER_SIGN[id]} {said}" for id, said in QUALIFIER_HELP.items()) + "。")
    if "method" in held:
        prose = held[held["method"] == "narrative"]
        if len(prose):
            every = len(prose) == len(held)
            notes.append("数值摘自正文，非统计表。" if every else f"摘自正文，非统计表：{who(prose)}。")
        derived = held[held["method"] == "derived"]
        if len(derived):
            notes.append("表内未直接列出，由所列各项相加。")
    if "part_year" in held and held["part_year"].fillna(False).any():
        notes.append(f"仅含年内部分时段：{who(held[held['part_year'].fillna(False).astype(bool)])}。")
    if "corrected" in held and held["corrected"].fillna(False).any():
        notes.append("† 经人工更正，原值见数据表。")
    return notes


def source_line(reports: int, build: str, date: str, fictional: bool) -> str:
    """Where the numbers come from: count of reports, build, date; says first when the data are invented."""
    what = f"{FICTIONAL}，不是任何真实机关的数据。" if fictional else ""
    return f"{what}来源：{number(reports)}份政府信息公开报告及总结；数据版本 {build}；制图 {date}；{PRODUCT}"


def file_name(theme: str, metric: str, year: str, scope: str, date: str, ext: str, fictional: bool = False) -> str:
    """主题_指标_年度_范围_日期.ext, safe on every file system, at most 120 characters before the extension."""
    parts = [theme, metric, year, scope, date]
    if fictional:
        parts.insert(0, "虚构示例")
    safe = [_BAD_IN_NAME.sub("", clean(p)).strip(".")[:40] for p in parts]
    stem = "_".join(p for p in safe if p)[:120]
    return f"{stem}.{ext}" if ext else stem


def options_line(parts: Sequence[str]) -> str:
    """The chosen filters as one readable line."""
    return "｜".join(clean(p) for p in parts if p)
