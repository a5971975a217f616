"""Statutory tables that lost their grid: one cell per line, or all cells run together in a paragraph.

Labels are found in the text in the order of the form; what stands between two labels are the cells of the first. A row is
taken when it has exactly as many figures as the header has columns, or when sums leave one way to split them.
"""

from __future__ import annotations

import bisect
import functools
import re
from dataclasses import dataclass, field
from typing import Any

from etl.model import Finding, Paragraph
from etl.registry import FormColumn, FormGroup, FormRow, FormTable
from etl.tables.columns import adds_up, shifted
from etl.tables.harvest import Harvest, claim, leave, metric_of
from etl.tables.lexicon import Lexicon, Name, key_of, look_up, read_value
from etl.tables.solve import Numbers, settle_rows, splits

_SKIPPED = re.compile(r"\s+|[“”\"‘’'《》]+|（[^（）]{4,90}）")
_RESIDUE = re.compile(r"[\s、，：；。.（）一二三四五六七八九十|]|其中|[1-9](?=[.、）])")
_HEADING = re.compile(r"\s*(?:[一二三四五六七八九]、|（[一二三四五六七八九]）|第[一二三四五六七八九]|附件|注：|说明)")
_CHAPTER = re.compile(r"\s*[一二三四五六七八九]、[\u4e00-\u9fff]")
_NEXT = re.compile(r"\n\s*[一二三四五六七八九]、[\u4e00-\u9fff]")
_NUMBER = re.compile(r"\d[\d,.]*")
_SENTENCE = re.compile("[，。；！？]")
_COUNTERS = ("序号",)
_BLANK = "\x1f"  # stands for an empty cell in Tape.joined: whitespace to every pattern
_NAMED = 4  # characters: a longer label names its group itself (其他处理3.其他), 3.其他 does not
_SKIPPED_ROWS = 6  # running numbers that may be missing between two rows: headings, and rows the form does not have
_FEWEST_ROWS = 6  # rows of table 3 that must be found before its labels are believed to be a table
_FEWEST_WHOLE = 2  # … where the text is cut off after them, and each has as many figures as the header has columns


@dataclass(slots=True)
class Tape:
    """The paragraphs as one text without spaces, quotes and explanations, and the way back."""

    paragraphs: list[tuple[int, Paragraph]]
    starts: list[int]  # of each paragraph in `joined`
    joined: str
    compact: str
    at: list[int]  # places in `compact` where a piece starts
    origin: list[int]  # their places in `joined`

    def place(self, index: int) -> int:
        k = max(bisect.bisect_right(self.at, index) - 1, 0)
        return self.origin[k] + index - self.at[k]

    def end(self, index: int) -> int:
        return self.place(index - 1) + 1


@dataclass(slots=True)
class Token:
    """A label of the form as it stands in the text: [start, end) in Tape.compact."""

    start: int
    end: int
    names: tuple[Name, ...]

    def text(self, tape: Tape) -> str:
        return tape.compact[self.start : self.end]


@dataclass(slots=True)
class Row:
    """A labelled row with the figures that follow it: [start, end) in Tape.joined."""

    table: FormTable
    row: FormRow | None
    columns: list[FormColumn]
    figures: list[str]
    places: list[tuple[int, int]]
    start: int
    end: int
    stray: bool = False  # figures stand before the first label: which label they belong to is not certain
    headed: bool = True  # False: the header is lost, only sums can tell that the columns are those of the form
    blanks: list[int] = field(default_factory=list)  # places of empty cells, where the dump shows them
    turned: bool = False  # a line of a table whose rows are printed as columns: only sums can tell that it is one
    unknown: bool = False  # the header prints a word that the form does not have: digits that ran together split no way

    @property
    def key(self) -> str:
        return self.row.key if self.row else self.columns[0].id if self.turned else ""


@dataclass(slots=True)
class Context:
    table: FormTable | None = None
    heading: FormTable | None = None
    in_header: bool = False
    columns: list[FormColumn] = field(default_factory=list)
    plain: list[FormColumn] = field(default_factory=list)  # those of `columns` whose official label is printed whole
    words: int = 0  # labels above columns that the header prints; one after a column surely covers others
    groups: list[str] = field(default_factory=list)
    counter: int | None = None  # the last running number (序号) seen, where the header announces them
    stray: bool = False  # figures stand between header and first row: labels may follow their figures
    unknown: bool = False  # the header prints a word that the form does not have
    group: str | None = None


def make_tape(paragraphs: list[tuple[int, Paragraph]]) -> Tape:
    starts, pieces, length = [], [], 0
    for _, paragraph in paragraphs:
        starts.append(length)
        pieces.append(paragraph.passage.text + _BLANK * paragraph.blanks)
        length += len(pieces[-1]) + 1
    joined = "\n".join(pieces)
    at, origin, kept, size, done = [], [], [], 0, 0
    for m in _SKIPPED.finditer(joined):
        if m.start() > done:
            at.append(size)
            origin.append(done)
            kept.append(joined[done : m.start()])
            size += m.start() - done
        done = m.end()
    if done < len(joined):
        at.append(size)
        origin.append(done)
        kept.append(joined[done:])
    return Tape(paragraphs, starts, joined, "".join(kept), at or [0], origin or [0])


@functools.lru_cache(maxsize=64)
def _pattern(keys: tuple[str, ...], years: bool) -> re.Pattern[str]:
    """One pattern for all labels, the longest first, those with the same first character together."""
    by_first: dict[str, list[str]] = {}
    for key in sorted(keys, key=lambda k: (-len(k), k)):
        by_first.setdefault(key[0], []).append("、?".join(map(re.escape, key[1:])))
    labels = "|".join(f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in by_first.items())
    year = (
        r"|20\d\d年度?(?=20\d\d年|[一-龥]|（[一二三四五六七八九]）|\d[.、]|$)(?![1-9一二三四五六七八九十]月|底|末|以来)"
        if years
        else ""
    )
    return re.compile(rf"(?:[1-9][.、])?(?P<label>{labels}{year})")


def find_tokens(tape: Tape, lexicon: Lexicon, begin: int, year: int | None) -> list[Token]:
    """Every label of the lexicon in the compact text from `begin` on, in printed order."""
    keys = tuple(sorted({*lexicon.exact, *(core for core, _ in lexicon.cores)} - {""}))
    years = any(c.year for t in lexicon.tables for c in t.columns)
    by_core: dict[str, list[Name]] = {}
    for core, name in lexicon.cores:
        by_core.setdefault(core, []).append(name)
    found: list[Token] = []
    for m in _pattern(keys, years).finditer(tape.compact, begin):
        label = m.group("label").replace("、", "")
        names = lexicon.exact.get(label) or by_core.get(label) or look_up(lexicon, label, year)
        if names:
            start = m.start()
            if start != m.start("label") and tape.place(start + 1) != tape.place(start) + 1:
                start = m.start("label")  # the digit before a space is a figure, not the label's number
            parted = _parted(tape, lexicon, label, m.start("label"), m.end()) if len(label) > 3 else 0
            if parted:
                found.append(Token(start, m.start("label") + parted, tuple(lexicon.exact[label[:parted]])))
                found.append(Token(m.start("label") + parted, m.end(), tuple(lexicon.exact[label[parted:]])))
            else:
                found.append(Token(start, m.end(), tuple(names)))
    return found


def _parted(tape: Tape, lexicon: Lexicon, label: str, start: int, end: int) -> int:
    """Where a header word is two of them that lost the border (本年 累计, not 本年累计), 0 if it is one printed between borders."""
    if not any(n.kind == "column" for n in lexicon.exact.get(label, ())) or len(label) != end - start:
        return 0
    for k in range(2, len(label) - 1):
        halves = (lexicon.exact.get(label[:k]), lexicon.exact.get(label[k:]))
        if all(names and any(n.kind == "column" for n in names) for names in halves):
            first, last = tape.place(start), tape.end(end)
            bordered = tape.joined[max(first - 1, 0)].isspace() and tape.joined[last : last + 1].isspace()
            return 0 if bordered and last - first == len(label) else k
    return 0


def find_start(tape: Tape, tables: list[FormTable]) -> int | None:
    """Where the first table may start in the compact text, None if no anchor of these tables stands in it."""
    places = [tape.compact.find(key_of(a)) for t in tables for a in t.anchors]
    places = [p for p in places if p >= 0]
    return max(min(places) - 60, 0) if places else None


def read_stream(
    tape: Tape, lexicon: Lexicon, year: int | None, harvest: Harvest, wanted: set[int], prose: str
) -> list[tuple[int, int]]:
    """Reads the tables with the numbers `wanted` from running text. The spans of `tape.joined` that were consumed."""
    start = find_start(tape, [t for t in lexicon.tables if t.number in wanted])
    if start is None:
        return []
    rows = _rows(tape, find_tokens(tape, lexicon, start, year), lexicon)
    spans: list[tuple[int, int]] = []
    for table in lexicon.tables:
        if table.number in wanted:
            mine = [r for r in rows if r.table is table]
            extra = [r for r in mine if not r.columns]
            mine = [r for r in mine if r.columns]
            if not mine and not table.rows:
                mine = _bare_figures(tape, lexicon, table)
            if mine and _take_rows(tape, lexicon, harvest, table, mine, prose):
                _leave_rows(tape, harvest, table, extra)
                spans += [(r.start, r.end) for r in mine]
    return spans


def _rows(tape: Tape, tokens: list[Token], lexicon: Lexicon) -> list[Row]:
    rows: list[Row] = []
    now = Context()
    for n, token in enumerate(tokens):
        following = tokens[n + 1] if n + 1 < len(tokens) else None
        a = tape.end(token.end)
        b = tape.place(following.start) if following else len(tape.joined)
        if following is None or b - a > 400:
            b = min(b, a + 400)
            cut = True
        else:
            cut = False
        name = _choose(now, token)
        figures, places, clean, rest = _figures(tape, lexicon, a, b, name, following, cut)
        ended = not clean and bool(figures) and bool(_CHAPTER.match(rest))
        clean = clean or ended  # the chapter after the table begins: the row before it is whole
        if not clean and rest and now.table and now.columns and len(rest) < 50 and not _SENTENCE.search(rest):
            clean = True  # a row that the form does not have: what stands before it is whole
            if re.search(r"\d", rest):
                rows.append(Row(now.table, None, [], [], [], b - len(rest), b))
        if name is None:
            mine = [n for n in token.names if n.kind == "row" and n.table is now.table]
            if clean and figures and len(mine) > 1 and now.table is not None:  # which of two rows is not said
                rows.append(Row(now.table, None, [], figures, places, tape.place(token.start), places[-1][1]))
            elif not clean or figures:
                now = Context()
            continue
        if now.counter is not None and len(figures) == 1 and figures[0] == "1" and now.in_header:
            now.counter, figures, places = 1, [], []
        if name.kind in ("heading", "word"):
            if not now.in_header or name.kind == "heading" or now.table is not name.table:
                now = Context(name.table, name.table if name.kind == "heading" else now.heading, True)
            if token.text(tape) in _COUNTERS:
                now.counter = 0
            if token.text(tape) in map(key_of, name.table.words):
                now.words += 2 if now.columns else 1
            if figures and not name.table.rows and len(figures) == len(name.table.columns):
                rows.append(_row(tape, token, name.table, None, list(name.table.columns), figures, places, False))
        elif name.kind == "column" and isinstance(name.item, FormColumn):
            if not now.in_header or now.table is not name.table:
                now = Context(name.table, now.heading, True)
            turned = _turned_columns(now, name.table, name.item, len(figures)) if figures and clean else []
            if turned:
                rows.append(_row(tape, token, name.table, None, turned, figures, places))
                rows[-1].turned = True
                now = Context() if ended else now
                continue
            shared = [n.item for n in token.names if n.kind == "column" and n.table is name.table]
            if name.item in now.columns and not name.item.group:  # 本年新 | 本年新: the next column with this spelling
                unused = [c for c in shared if isinstance(c, FormColumn) and c not in now.columns]
                now.columns.append(unused[0] if unused else name.item)
            else:
                now.columns.append(name.item)
            if token.text(tape) == key_of(name.item.label):
                now.plain.append(name.item)
            if figures and not name.table.rows:
                if _in_form_order(now, name.table):
                    rows.append(_row(tape, token, name.table, None, list(name.table.columns), figures, places))
                now = Context()
                continue
            now.stray = now.stray or bool(figures)
            now.unknown = now.unknown or (not figures and bool(_RESIDUE.sub("", rest)))
        elif name.kind == "group" and isinstance(name.item, FormGroup):
            if now.table is not name.table:
                now = Context(name.table, now.heading, True)
            now.group = name.item.id
            now.groups.append(name.item.id)
            if name.table.open and now.in_header and any(f.isdecimal() for f in figures):
                now.stray = True  # a heading has no figure: the one after it stands before its own label
            if figures and clean and not name.table.rows:
                wanted = [c for c in name.table.columns if c.group == name.item.id]
                if len(figures) == len(wanted) and [c.label for c in now.columns] == [c.label for c in wanted]:
                    rows.append(_row(tape, token, name.table, None, wanted, figures, places))
                    rows[-1].turned = True
            flat = [r for r in name.table.rows if r.group == name.item.id and not r.instead_of]
            width = len(name.table.columns)
            if figures and flat and len(figures) == len(flat) * width and name.table.rows:
                for k, row in enumerate(flat):  # sub-labels lost: a run of figures in the order of the form
                    part = slice(k * width, (k + 1) * width)
                    rows.append(
                        _row(tape, token, name.table, row, list(name.table.columns), figures[part], places[part])
                    )
        elif isinstance(name.item, FormRow):
            columns = _columns(now, name.table)
            needed = [c for c in columns if not c.optional]  # a figure among remarks is no figure of the column before
            if len(needed) < len(columns) and len(figures) == len(needed) + 1 and not re.search(r"\d", figures[-1]):
                del figures[-1], places[-1]  # 无 as remark
            columns = needed
            if _numbers_next(lexicon, name.table, columns or list(name.table.columns), figures, following):
                del figures[-1], places[-1]
            elif _may_count(tape, now, following, figures, places):
                # The next row's number. Where rows are numbered, one with no figure too many has lost a cell, not its end.
                number = int(figures[-1])
                counted = 0 < number - (now.counter or 0) <= _SKIPPED_ROWS
                if len(figures) <= len(columns or name.table.columns) or counted:
                    now.counter = number if counted else now.counter
                    del figures[-1], places[-1]
            if name.item.cells and {c.id for c in columns} != set(name.item.cells):
                columns = []  # a header word is lost or belongs to another item: no telling which figure is which
            headed = bool(columns)
            if not headed and not _own_columns(name.table) and len(figures) == len(name.table.columns):
                columns = _likely_columns(now, name.table)
            now.in_header, now.table = False, name.table
            heads = [n.item.id for n in token.names if n.kind == "group" and isinstance(n.item, FormGroup)]
            now.group = heads[0] if heads else name.item.group
            if columns and now.stray:
                rows.append(_row(tape, token, name.table, name.item, columns, [], []))
                rows[-1].stray = True
            elif columns and clean and (figures or not name.item.instead_of):
                rows.append(_row(tape, token, name.table, name.item, columns, figures, places, headed))
                rows[-1].unknown = now.unknown
                if _BLANK in tape.joined:
                    rows[-1].blanks = [at for at in range(a, b) if tape.joined[at] == _BLANK]
            elif clean and figures and now.columns and not columns:
                rows.append(_row(tape, token, name.table, name.item, [], figures, places))
        if not clean or ended:
            now = Context()
    return rows


def _may_count(
    tape: Tape, now: Context, following: Token | None, figures: list[str], places: list[tuple[int, int]]
) -> bool:
    """Whether the last figure may be, or end with, the running number of the label after it: where numbers were seen, or where
    the header announces them and the figure runs into the label."""
    if now.counter is None or following is None or not figures or not figures[-1].isdecimal():
        return False
    border = tape.joined[places[-1][1] - 1 : tape.place(following.start)]
    return bool(now.counter) or not any(map(str.isspace, border))


def _numbers_next(
    lexicon: Lexicon, table: FormTable, columns: list[FormColumn], figures: list[str], following: Token | None
) -> bool:
    """Whether the last figure is the number of the label after it, which lost its point (2 其他法律……): there is one figure
    too many, or as many as there are columns and they do not add up, since a cell is blank."""
    if following is None or not figures:
        return False
    labels = [n.item.label for n in following.names if n.kind == "row" and isinstance(n.item, FormRow)]
    if not any(label.startswith(f"{figures[-1]}.") for label in labels):
        return False
    if not _blocks(table, columns):
        return False  # no sums could tell
    if len(figures) in (1, len(columns) + 1):
        return True
    return len(figures) == len(columns) and not adds_up(table, columns, [read_value(lexicon, f)[1] for f in figures])


def _bare_figures(tape: Tape, lexicon: Lexicon, table: FormTable) -> list[Row]:
    """The one row of a table whose header came apart (结 果 维 持 set upright in a PDF): as many figures as it has columns,
    the only ones between the words of its header and the next chapter, and they add up."""
    places = [tape.compact.rfind(key_of(g.label)) for g in table.groups]
    if min(places) < 0:
        return []
    begin = tape.place(min(places))
    chapter = _NEXT.search(tape.joined, begin)
    end = min(chapter.start() if chapter else len(tape.joined), begin + 600)
    found = list(_NUMBER.finditer(tape.joined, begin, end))
    if len(found) != len(table.columns) or tape.joined[found[0].start() : found[-1].end()].split() != [
        m.group() for m in found
    ]:
        return []
    figures = [m.group() for m in found]
    spots = [(m.start(), m.end()) for m in found]
    row = Row(table, None, list(table.columns), figures, spots, begin, spots[-1][1], headed=False)
    return [row] if _sums_hold(lexicon, table, [row]) else []


def _row(
    tape: Tape,
    token: Token,
    table: FormTable,
    row: FormRow | None,
    columns: list[FormColumn],
    figures: list[str],
    places: list[tuple[int, int]],
    headed: bool = True,
) -> Row:
    end = places[-1][1] if places else tape.end(token.end)
    return Row(table, row, columns, figures, places, tape.place(token.start), end, headed=headed)


def _choose(now: Context, token: Token) -> Name | None:
    """What a label means here: in a header columns come first, below it rows."""
    names = [n for n in token.names if n.table is now.table] or list(token.names)
    kinds = {n.kind for n in names}
    if "heading" in kinds:
        return next(n for n in names if n.kind == "heading")
    rows = [n for n in names if n.kind == "row" and isinstance(n.item, FormRow)]
    rows = [
        n
        for n in rows
        if not n.item.needs_group or now.group == n.item.group or token.end - token.start > _NAMED  # type: ignore[union-attr]
    ]
    columns = [n for n in names if n.kind == "column"]
    order = [columns, rows] if now.in_header else [rows, columns]
    for found in order:
        if found and (now.table is not None or found is columns or len(found) == 1):
            if found is rows and len(found) > 1:  # 被依法纠错数 below 行政复议 and below 行政诉讼
                found = rows = [n for n in rows if n.item.group == now.group] or rows  # type: ignore[union-attr]
            if found is rows and len({n.item.key for n in rows if isinstance(n.item, FormRow)}) > 1:
                return None
            return found[0]
    groups = [n for n in names if n.kind == "group"]
    if groups:
        return groups[0]
    words = [n for n in names if n.kind == "word"]
    return words[0] if words and (len(words) == 1 or words[0].table is now.table) else None


def _columns(now: Context, table: FormTable) -> list[FormColumn]:
    """The columns that figures after a row label stand for, [] if the header does not say."""
    if _own_columns(table):
        columns = now.columns
        for blocks in (2, 3):  # 指标 数量 指标 数量: blocks side by side, each row with the columns of its own block
            once = columns[: len(columns) // blocks]
            if once and once * blocks == columns:
                columns = once
                break
        taken = [c.id for c in columns if not c.ignored]
        return list(columns) if now.table is table and taken and len(taken) == len(set(taken)) else []
    if now.table is not table:
        return []
    return list(table.columns) if _in_form_order(now, table) else []


def _likely_columns(now: Context, table: FormTable) -> list[FormColumn]:
    """Columns that the sums have to confirm: the header's own order where it prints all of them, the form's where it prints few."""
    if now.table is table and len(now.plain) == len(table.columns) == len({c.id for c in now.plain}):
        return (
            list(now.plain) if now.words < 2 else []
        )  # 法人或其他组织 above some of them: which follows which is not certain
    order = [table.columns.index(c) for c in now.plain[:-1] if c in table.columns and c is not table.columns[-1]]
    return list(table.columns) if order == sorted(order) else []


def _turned_columns(now: Context, table: FormTable, column: FormColumn, figures: int) -> list[FormColumn]:
    """The columns of a line of table 4 printed with rows and columns changed over: 结果维持 and one figure per group above,
    or the figure of the one group it stands in."""
    if table.rows or now.table is not table or now.columns:
        return []
    groups = now.groups if figures == len(now.groups) > 1 else now.groups[-1:] if figures == 1 else []
    return [c for g in groups for c in table.columns if c.group == g and c.label == column.label]


def _own_columns(table: FormTable) -> bool:
    """Whether rows of this table have columns of their own, so that no order of the form stands for a lost header."""
    return any(r.cells for r in table.rows) or any(c.ignored for c in table.columns)


def _in_form_order(now: Context, table: FormTable) -> bool:
    """Whether the header's words, read by line or by column, are those of the form in its order."""
    wanted = [c.label for c in table.columns]
    said = [c.label for c in now.columns]
    if not table.rows:
        return said == wanted
    if said == wanted:
        return True
    # Read line by line the total of the first line comes before the kinds of organisation of the second.
    last = wanted[-1]
    return last in said and [s for s in said if s != last] == wanted[:-1]


def _figures(
    tape: Tape, lexicon: Lexicon, a: int, b: int, name: Name | None, following: Token | None, cut: bool
) -> tuple[list[str], list[tuple[int, int]], bool, str]:
    """Figures between two labels with their places, whether nothing else stands there, and the rest if something does."""
    gap = _SKIPPED.sub(lambda m: " " * len(m.group()), tape.joined[a:b])
    if following is not None and not cut:
        head = re.search(r"[1-9][.、][^\d]{1,30}$", gap)
        if head and _known(head.group()[2:], following.names):
            gap = gap[: head.start()]
    first = lexicon.first_figure.search(gap)
    lead = gap[: first.start()] if first else gap
    names = (name,) if name else ()
    clean = _known(lead, (*names, *(following.names if following and not first else ())))
    if not first:
        return [], [], clean or (cut and bool(_HEADING.match(lead))), "" if cut else lead
    figures: list[str] = []
    places: list[tuple[int, int]] = []
    at = first.start()
    while True:
        m = lexicon.figure.match(gap, at)
        if not m or m.end() == at:
            break
        figures.append(m.group(1) + (m.group(2) or ""))
        places.append((a + m.start(1), a + m.end()))
        at = m.end()
    tail = gap[at:]
    if cut:
        border = (at < len(gap) and tape.joined[a + at] in "\n ") or not tail.strip()
        clean = clean and (border or bool(_HEADING.match(tail))) and not re.match(r"\s*[，,。；：、%.]", tail)
    else:
        clean = clean and _known(tail, (*names, *(following.names if following else ())))
    return figures, places, clean, "" if cut else tail


def _known(text: str, names: tuple[Name, ...]) -> bool:
    """Whether leftover words are numbering, a unit, or a piece of the labels beside them."""
    words = _RESIDUE.sub("", text)
    if not words or words in ("条", "件", "项", "次", "人次", "万元", "元", "个", "人", "篇", "况", "情况"):
        return True
    if len(words) <= 24:
        for name in names:
            item = name.item
            labels = (item.label, *item.spellings) if item is not None else (*name.table.announced, *name.table.words)
            if any(words in key_of(label) for label in labels):
                return True
            groups = name.table.groups
            if any(words in key_of(g.label) for g in groups):
                return True
        return words.startswith(("本列数据", "第二十条", "项", "（一）", "二十条"))
    return False


def _take_rows(tape: Tape, lexicon: Lexicon, harvest: Harvest, table: FormTable, rows: list[Row], prose: str) -> bool:
    """Settles the rows of one table by count and sums and claims their cells. False if this is no table after all."""
    _fill_blanks(lexicon, table, rows)
    figured = [r for r in rows if r.figures]
    least = _FEWEST_ROWS if table.rows and not any(r.cells for r in table.rows) else 1
    whole_rows = [r for r in rows if r.headed and len(r.figures) == len(r.columns)]
    if least == _FEWEST_ROWS and len(whole_rows) >= max(_FEWEST_WHOLE, len(rows) - 1):
        least = _FEWEST_WHOLE
    if table.number == 1:
        least = 4
    if len({r.key for r in rows}) < least:
        return False
    if any(r.turned for r in figured) and not _turned_whole(lexicon, table, figured):
        return False
    if not all(r.headed for r in figured) and not _sums_hold(lexicon, table, figured):
        for row in figured:  # read line by line, the total of the first line comes before the columns of the second
            row.columns = [c for c in row.columns if c is not table.columns[-1]] + [table.columns[-1]]
        if not _sums_hold(lexicon, table, figured):
            return False
    # Cells without a digit between those that run together: no count of digits tells the cells apart.
    starved = any(_run_together(tape, r) and len(r.figures[0]) < len(r.columns) for r in figured)
    starved = starved or any(not r.figures and not r.stray for r in rows)
    # Where more rows have a figure too many than just enough, the header lost a column, and who has enough lost a cell.
    over: dict[int, int] = {}
    for row in figured:
        width, many = len(row.columns), len(row.figures)
        over[width] = over.get(width, 0) + (1 if many > width else -1 if many == width else 0)
    ways: dict[str, list[Numbers]] = {}
    certain: set[str] = set()
    by_key: dict[str, Row] = {}
    for row in figured:
        key = row.key
        if key in by_key and by_key[key].figures != row.figures:
            ways[key] = []
            continue
        by_key[key] = row
        blocks = _blocks(table, row.columns)
        if over[len(row.columns)] > 0 and len(row.figures) >= len(row.columns):
            ways[key] = []
            continue
        if len(row.figures) == len(row.columns):
            values = [read_value(lexicon, f)[1] for f in row.figures]
            ways[key] = [tuple(0 if v is None else v for v in values)]
            certain.add(key)
            continue
        glued = list(row.figures)
        if row.unknown or (starved and not _blocks(table, row.columns)):
            ways[key] = []
            continue
        if _run_together(tape, row) and all(f.isdecimal() for f in glued):
            found = splits(glued, len(row.columns), blocks)
            if len("".join(glued)) == len(row.columns):
                certain.add(key)
            if len(row.columns) == 2 and row.columns[1].id == "cumulative":
                found = [w for w in found if w[0] <= w[1]]  # all years so far are no fewer than this year
            ways[key] = found
    sums = [(s.total, s.parts) for s in table.sums if s.along == "rows"]
    stated = _stated(table, by_key, prose)
    for key, (column, figures) in stated.items():
        if key not in certain and len(ways.get(key, ())) > 1:
            kept = [w for w in ways[key] if w[column] in figures]
            ways[key] = kept or ways[key]
    settled = settle_rows(ways, certain, sums)
    whole = bool(figured) or any(r.stray for r in rows)
    for locator_row, row in enumerate(rows):
        key = row.key
        _claim_row(tape, lexicon, harvest, row, settled.get(key), key in certain, whole, locator_row)
    return True


def _fill_blanks(lexicon: Lexicon, table: FormTable, rows: list[Row]) -> None:
    """Puts the empty cells that a dump shows between a row's figures, where cells and columns are as many.

    Rows may end with traces of spans, which look like empty cells: how many, the rows without an empty cell tell.
    """
    traces: dict[int, set[int]] = {}
    for row in rows:
        if row.columns and len(row.figures) == len(row.columns):
            traces.setdefault(len(row.columns), set()).add(sum(at > row.places[-1][0] for at in row.blanks))
    for row in rows:
        ends = traces.get(len(row.columns), {0})
        cells = sorted(
            [(at, at, "") for at in row.blanks] + [(*p, f) for p, f in zip(row.places, row.figures, strict=True)]
        )
        end = len(row.columns)
        if not 0 < len(row.figures) < end or len(cells) != end + min(ends) or len(ends) > 1:
            continue
        if any(figure for _, _, figure in cells[end:]):
            continue
        figures = [figure for _, _, figure in cells[:end]]
        values = [read_value(lexicon, f)[1] for f in figures]
        if not figures[-1] and len(row.columns) not in traces:
            continue  # no whole row tells whether the last is an empty cell or the trace of a span
        if figures[-1] and _blocks(table, row.columns) and not adds_up(table, row.columns, values):
            continue
        if shifted(table, row.columns, values):
            continue
        row.figures, row.places = figures, [(start, stop) for start, stop, _ in cells[:end]]


def _sums_hold(lexicon: Lexicon, table: FormTable, rows: list[Row]) -> bool:
    """Whether every row adds up along its columns, so that a table without header can be believed to have the form's columns."""
    if table.rows and len(rows) < len(table.rows) // 2:
        return False
    for row in rows:
        blocks = _blocks(table, row.columns)
        if not blocks:
            return False
        values = [read_value(lexicon, f)[1] or 0 for f in row.figures]
        if len(values) != len(table.columns):
            return False
        if any(sum(values[i] for i in total) != sum(values[i] for i in parts) for total, parts in blocks):
            return False
    return True


def _turned_whole(lexicon: Lexicon, table: FormTable, rows: list[Row]) -> bool:
    """Whether lines printed with rows and columns changed over hold every column of the table once and add up."""
    cells = [(c, read_value(lexicon, f)[1]) for row in rows for c, f in zip(row.columns, row.figures, strict=False)]
    columns = [c for c, _ in cells]
    if len(cells) != len(table.columns) or {c.id for c in columns} != {c.id for c in table.columns}:
        return False
    return adds_up(table, columns, [value for _, value in cells])


def _run_together(tape: Tape, row: Row) -> bool:
    """Whether the row's figures lost their borders: one run of digits that follows the label without a space or starts with zeros.
    Where borders are printed, a row with too few figures has lost a cell, and splitting would invent one."""
    if len(row.figures) != 1:
        return False
    before = tape.joined[row.places[0][0] - 1 : row.places[0][0]]
    return not before.isspace() or (row.figures[0].startswith("0") and len(row.figures[0]) > 1)


def _leave_rows(tape: Tape, harvest: Harvest, table: FormTable, rows: list[Row]) -> None:
    for row in rows:
        quote = printed(tape, row.start, row.end)
        locator = {"table": table.number, **locate(tape, row.start, row.end)}
        if not table.open:
            harvest.doubtful.add(table.number)
        if row.row is not None:
            message = f"表{table.number}的表头不明，这一行未取数：{quote[:60]}"
            leave(harvest, table, "unreadable_row", message, quote, locator)
            for column in table.columns:
                if metric_of(row.row, column):
                    claim(harvest, table, row.row, column, "unreadable", None, None, quote, quote, locator)
            continue
        leave(
            harvest,
            table,
            "local_extra" if table.open else "unclaimed_cell",
            f"表{table.number}有一行不在表式之内，未收录：{quote[:60]}",
            quote,
            locator,
        )


def _blocks(table: FormTable, columns: list[FormColumn]) -> list[tuple[tuple[int, ...], tuple[int, ...]]]:
    at = {c.id: n for n, c in enumerate(columns)}
    return [
        (tuple(at[c] for c in s.total), tuple(at[c] for c in s.parts))
        for s in table.sums
        if s.along == "columns" and all(c in at for c in (*s.total, *s.parts))
    ]


def _stated(table: FormTable, rows: dict[str, Row], prose: str) -> dict[str, tuple[int, set[int]]]:
    """Figures that the same report's prose states for a row, by row: place of the column, figures."""
    found: dict[str, tuple[int, set[int]]] = {}
    for statement in table.stated:
        row = rows.get(statement.row)
        if row is None or statement.row in found:
            continue
        column = next((n for n, c in enumerate(row.columns) if c.id == statement.column), None)
        figures = {int(m.group(1)) for m in re.finditer(statement.pattern, prose)}
        if column is not None and figures:
            found[statement.row] = (column, figures)
    return found


def _claim_row(
    tape: Tape,
    lexicon: Lexicon,
    harvest: Harvest,
    row: Row,
    settled: Numbers | None,
    certain: bool,
    any_figures: bool,
    r: int,
) -> None:
    quote = printed(tape, row.start, row.end)
    exact = len(row.figures) == len(row.columns)
    for n, column in enumerate(row.columns):
        place = (
            row.places[n] if exact else (row.places[0][0], row.places[-1][1]) if row.places else (row.start, row.end)
        )
        locator = locate(tape, *place)
        locator = {"table": row.table.number, **locator, "row": r, "column": n}
        raw = printed(tape, *place) if row.places else ""
        value: int | float | None = None
        unit = None
        if exact:
            status, value, unit = read_value(lexicon, row.figures[n])
            if status == "text":
                status = "unreadable"
        elif not row.figures:
            status = "unreadable" if any_figures else "blank"
        elif settled is not None:
            status, value = "reported", settled[n]
        else:
            status = "unreadable"
        if exact and settled is None and not certain:
            status, value = "unreadable", None
        known = claim(harvest, row.table, row.row, column, status, value, unit, raw, quote, locator)
        if not known and row.row is not None and row.row.metric is None and not row.row.cells:
            leave(
                harvest,
                row.table,
                "local_extra",
                f"地方表的“{row.row.label}”没有登记的指标，数值 {raw} 未收录",
                quote,
                locator,
            )
    if row.figures and not exact and settled is None:
        harvest.findings.append(
            Finding(
                "glued_cells",
                "warning",
                f"表{row.table.number}的数字连在一起或缺格，合计关系不能确定唯一的拆分，未取数",
                metric_of(row.row, row.columns[0]),
                quote=quote,
                locator={"table": row.table.number, **locate(tape, row.start, row.end)},
            )
        )


def locate(tape: Tape, start: int, end: int) -> dict[str, Any]:
    """Block, page and span of [start, end) of the joined text."""
    k = max(bisect.bisect_right(tape.starts, start) - 1, 0)
    block, paragraph = tape.paragraphs[k]
    found: dict[str, Any] = {"block": block}
    if paragraph.page is not None:
        found["page"] = paragraph.page
    passage = paragraph.passage
    first = passage.span(start - tape.starts[k], min(end - tape.starts[k], len(passage.text)))
    if first is None:
        return found
    found["start"], found["end"] = first
    last = max(bisect.bisect_right(tape.starts, end - 1) - 1, 0)
    if last != k:
        other = tape.paragraphs[last][1].passage
        tail = other.span(0, min(end - tape.starts[last], len(other.text)))
        if tail is not None and tail[1] > first[0]:
            found["end"] = tail[1]
    return found


def printed(tape: Tape, start: int, end: int) -> str:
    """[start, end) of the joined text as the file prints it."""
    pieces: list[str] = []
    k = max(bisect.bisect_right(tape.starts, start) - 1, 0)
    while k < len(tape.starts) and tape.starts[k] < end:
        passage = tape.paragraphs[k][1].passage
        first, last = max(start - tape.starts[k], 0), min(end - tape.starts[k], len(passage.text))
        if last > first:
            pieces.append(passage.printed(first, last))
        k += 1
    return " ".join(" ".join(pieces).split())
