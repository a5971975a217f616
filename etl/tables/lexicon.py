"""The labels of the statutory forms, compiled for look-up: a label as printed -> what the form calls so."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field

from etl import normalise
from etl.model import Passage
from etl.registry import Form, FormColumn, FormGroup, FormRow, FormTable

_BRACKETED = re.compile(r"（[^（）]*）")
_INSIDE = re.compile(r"（([^（）]*)）[^（）]*$")
_OF_WHICH = re.compile(r"^(?:其中|包括|含)[：:、，]?\s*")
_NUMBERED = re.compile(r"^(?:\d{1,2}[.、．]|（[一二三四五六七八九]）)")
_WORD = re.compile("[\u4e00-\u9fff]+")
_YEAR = re.compile(r"^(20\d\d)(?:年度?)?(?:统计数据?|数量|数|发生数|合计|累计数?|新增数?|全年数?|实际)?$")
_LONGEST = 90  # a longer cell is prose: the longest label of the forms has 44 characters


@dataclass(slots=True, eq=False)
class Name:
    """What a label may mean: `kind` row, column, group, word or heading of `table`; `item` is the form's entry, None for words."""

    kind: str
    table: FormTable
    item: FormRow | FormColumn | FormGroup | None = None


Value = tuple[str, int | float | None, str | None]
"""Status, value and printed unit of a cell."""


@dataclass(slots=True)
class Lexicon:
    """Look-up over some tables of some forms. `names` and `values` remember what was asked (bounded)."""

    tables: tuple[FormTable, ...]
    marks: frozenset[str]
    number: re.Pattern[str]
    first_figure: re.Pattern[str]  # where figures or marks begin in flattened text
    figure: re.Pattern[str]  # one of them, with a unit behind it
    exact: dict[str, list[Name]]
    cores: list[tuple[str, Name]]
    orders: dict[int, dict[str, int]]  # table number -> row id -> place in the form
    names: dict[tuple[str, int | None], tuple[Name, ...]] = field(default_factory=dict)
    values: dict[str, Value] = field(default_factory=dict)


@functools.lru_cache(maxsize=4096)
def key_of(text: str) -> str:
    """The form of a label in which it is compared (normalise.label of a text that is already in normal form)."""
    return normalise.label_of(Passage(text))


@functools.lru_cache(maxsize=512)
def _keys(label: str) -> tuple[str, ...]:
    """The keys of one official label or spelling: whole, and without its explanation in brackets or 其中."""
    normal = normalise.text(label)
    found = [key_of(normal), key_of(_BRACKETED.sub("", normal)), key_of(_OF_WHICH.sub("", normal))]
    found.append(key_of(_BRACKETED.sub("", _OF_WHICH.sub("", normal))))
    return tuple(dict.fromkeys(k for k in found if k))


def number_pattern(units: tuple[str, ...]) -> re.Pattern[str]:
    """A cell that holds one number: sign or 增/减, digits, a unit, and an explanation in brackets such as （其中修订16件）."""
    listed = "|".join(sorted(map(re.escape, units), key=lambda u: (-len(u), u)))
    return re.compile(
        rf"([+-]|减少?|增加?)?\s*(\d+(?:,\d{{3}})*(?:\.\d+)?)\s*({listed})?\s*(?:（[^（）]*）)?[。；]?"  # 22（其中修订16件）
    )


def flat_patterns(marks: frozenset[str]) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """Where figures begin in flattened text, and one figure or mark with its unit. Of the marks that are words, 无 and 暂无 begin others (无法提供)."""
    words = sorted((m for m in marks if _WORD.fullmatch(m)), key=lambda m: (-len(m), m))
    said = "".join(f"|{w}" if len(w) > 2 else f"|{w}(?![\u4e00-\u9fff])" for w in words)
    change = r"(?:减少?|增加?)\d+"
    both = r"(?<!\S)\d+/\d+(?!\S)"  # 本年增/减 0/0: one cell, and no number
    figure = (
        rf"\s*({both}|[+-]?\d+(?:,\d{{3}})*(?:\.\d+)?|{change}{said}|[/—-]+)\s?([件项条个元次人起份篇]{{1,2}}|万元)?"
    )
    return re.compile(rf"[\d/—+-]|{change}{said}"), re.compile(figure)


_compiled: dict[tuple[int, ...], tuple[Form, Lexicon]] = {}


def compile_lexicon(form: Form, tables: tuple[FormTable, ...]) -> Lexicon:
    """A lexicon of `tables`; marks and units as `form` has them. Remembered by the objects' identity: hashing a form costs more."""
    at = (id(form), *map(id, tables))
    if at not in _compiled:
        if len(_compiled) >= 64:
            _compiled.clear()
        _compiled[at] = (form, _compile(form, tables))
    return _compiled[at][1]


def _compile(form: Form, tables: tuple[FormTable, ...]) -> Lexicon:
    exact: dict[str, list[Name]] = {}
    cores: list[tuple[str, Name]] = []
    orders: dict[int, dict[str, int]] = {}

    def add(labels: tuple[str, ...], name: Name) -> None:
        for label in labels:
            for key in _keys(label):
                known = exact.setdefault(key, [])
                if not any(n.kind == name.kind and n.item is name.item and n.table is name.table for n in known):
                    known.append(name)

    for table in tables:
        for word in table.words:
            add((word,), Name("word", table))
        for heading in table.announced:
            add((heading,), Name("heading", table))
        for group in table.groups:
            add((group.label, *group.spellings), Name("group", table, group))
        for column in table.columns:
            add((column.label, *column.spellings), Name("column", table, column))
            cores += [(normalise.label(c), Name("column", table, column)) for c in column.cores]
        for row in table.rows:
            add((row.label, *row.spellings), Name("row", table, row))
            cores += [(normalise.label(c), Name("row", table, row)) for c in row.cores]
            above = next((g for g in table.groups if g.id == row.group), None)
            if above is not None and not row.instead_of:  # the group's label again before each of its rows
                add(
                    (f"{above.label}{row.label}", f"{above.label}{_NUMBERED.sub('', row.label)}"),
                    Name("row", table, row),
                )
        cores += [(normalise.label(c), Name("word", table)) for c in table.word_cores]
        orders[table.number] = {row.key: n for n, row in enumerate(table.rows)}
    cores.sort(key=lambda c: -len(c[0]))
    marks = frozenset(normalise.text(m) for m in form.not_applicable)
    return Lexicon(tables, marks, number_pattern(form.units), *flat_patterns(marks), exact, cores, orders)


def look_up(lexicon: Lexicon, text: str, year: int | None) -> tuple[Name, ...]:
    """All that the label `text` (normal form) may mean, () if no form knows it. Whole labels first, then the longest core."""
    found = lexicon.names.get((text, year))
    if found is None:
        if len(lexicon.names) > 4000:
            lexicon.names.clear()
        found = lexicon.names[text, year] = _look_up(lexicon, text, year)
    return found


def _look_up(lexicon: Lexicon, text: str, year: int | None) -> tuple[Name, ...]:
    keys = _keys(text) if len(text) <= _LONGEST else ()
    if not keys:
        return ()
    for key in keys:
        if key in lexicon.exact:
            found = tuple(lexicon.exact[key])
            inside = _INSIDE.search(text)
            if inside and all(n.kind == "word" for n in found):  # 行政诉讼（复议后起诉）
                named = tuple(n for n in lexicon.exact.get(key_of(inside[1]), ()) if n.kind == "group")
                return named or found
            return found
    stated = _YEAR.match(text.replace(" ", ""))
    if stated:
        same = int(stated.group(1)) == year
        return tuple(
            name
            for t in lexicon.tables
            for name in ((Name("column", t, c) for c in t.columns if c.year) if same else _other_year(t))
        )
    longest = 0
    cored: list[Name] = []
    for core, name in lexicon.cores:
        if len(core) < longest:
            break
        if core in keys[0] and all(n.item is not name.item or n.item is None for n in cored):
            longest = len(core)
            cored.append(name)
    return tuple(cored)


def _other_year(table: FormTable) -> tuple[Name, ...]:
    """What a header with another year than the report's names: a column of figures that are never taken."""
    if not any(c.year for c in table.columns):
        return ()
    return tuple(Name("column", table, c) for c in table.columns if c.ignored and not c.optional)[-1:]


def read_value(lexicon: Lexicon, text: str) -> Value:
    """Status, value and printed unit of a cell in normal form; status `text` where it holds words."""
    if text.isdecimal() and text.isascii() and len(text) < 16:
        return "reported", int(text), None
    found = lexicon.values.get(text)
    if found is None:
        if len(lexicon.values) > 4000:
            lexicon.values.clear()
        found = lexicon.values[text] = _read_value(lexicon, text.strip())
    return found


def _read_value(lexicon: Lexicon, text: str) -> Value:
    if not text:
        return "blank", None, None
    if text.isdecimal() and text.isascii() and len(text) < 16:
        return "reported", int(text), None
    if text in lexicon.marks:
        return "not_applicable", None, None
    match = lexicon.number.fullmatch(text)
    if match:
        sign, digits, unit = match.groups()
        digits = digits.replace(",", "")
        if len(digits) < 18:
            value: int | float = float(digits) if "." in digits else int(digits)
            return "reported", -value if sign in ("-", "减", "减少") else value, unit
    if not re.search("[0-9\u4e00-\u9fffA-Za-z]", text):
        return "blank" if not text.strip("_ .。、…|") else "unreadable", None, None
    if re.match(r"[+-]?[\d.,]+", text) and not re.match(r"(?:19|20)\d\d年|\d+\s?[.、．]\s?[^\d\s]", text):
        return "unreadable", None, None
    return "text", None, None
