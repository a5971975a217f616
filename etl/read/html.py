"""HTML -> blocks. Two parsers, one small node interface, one builder.

A parser gives a flat list of events (text, break, line break, open, close, and a whole cell that holds one line); the builder
turns events into blocks and knows neither parser. lexbor (selectolax) is the fast path; BeautifulSoup with lxml is the reference,
asked at run time only where the fast path leaves a doubt. That both give the same Document is a test.
"""

from __future__ import annotations

import functools
import html as entities
import re
from dataclasses import dataclass, field
from typing import Any

from selectolax.lexbor import LexborHTMLParser

from etl.model import Block, Paragraph, Passage, SourceError, Table
from etl.read.grid import RawCell, blocks_of, limits
from etl.registry import load_reading

TEXT, BREAK, LINE, OPEN, CLOSE, CELL = range(6)
Event = tuple[int, Any]

SKIP = frozenset(
    "script style noscript template svg math select option button input textarea iframe object embed canvas audio video rt rp rtc"
    " datalist map frameset applet".split()
)
BLOCK = frozenset(
    "p li dt dd blockquote figure figcaption address hr center main article details summary body html legend optgroup".split()
)
BOX = frozenset("div section aside header ul ol dl form fieldset menu".split())
"""Blocks that may be furniture of the site by their class or id."""
FURNITURE = frozenset("nav footer".split())
HEADING = {f"h{n}": n for n in range(1, 7)}
STRUCTURE = frozenset(["table", "tr", "td", "th", "caption", "title", "pre", *HEADING])
_SPANNED = frozenset(("td", "th"))

_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all|visibility\s*:\s*hidden", re.I)
_UNEVEN = re.compile("  |[\n\t\r\f]")
_RUN = re.compile(r"[^ \t\n\r\f]+(?: [^ \t\n\r\f]+)*")
_SEGMENT = re.compile(r">([ \t\r\n\f]*[^< \t\r\n\f][^<]*)")
_ENTITY = re.compile(r"&(?:#[xX][0-9a-fA-F]{1,6}|#\d{1,7}|[A-Za-z][A-Za-z0-9]{1,30});?|\r\n?")
_BLANK = " \t\n\r\f"
_NEAR = 4000
"""Characters of markup between two texts within which the next one is looked for at once; Word puts up to 2,000 there."""
_MISSES = 300
"""Text nodes not found where they were expected, after which their places are given up: each costs a search."""


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str], int, re.Pattern[str]]:
    reading = load_reading()
    lines = re.compile("(?:" + "|".join(reading.chrome_lines) + ")")
    return (
        re.compile(reading.chrome_classes, re.I),
        lines,
        re.compile(reading.breadcrumb),
        reading.chrome_prose,
        re.compile(reading.announced),
    )


def read(source: str, start: int = 0, end: int | None = None) -> tuple[list[Block], dict[str, str]]:
    """Blocks and metadata of the HTML at source[start:end]; places of passages count in `source`.

    Fast reader first. The second one is asked when a statutory table is announced and cells are there but no table came
    out, or when rows do not fill their grid; its answer is taken only where it is the better one.
    """
    page = source[start:end]
    if page.count("<") > limits().tags:
        raise SourceError("", f"网页标签超过{limits().tags}个", "请核对该文件是否为年度报告，或拆分后再导入")
    nesting = _nesting(page)
    if nesting > 2 * limits().nesting:
        raise SourceError("", "网页标签嵌套过深", "请用浏览器打开后另存为网页或文本再导入")
    if nesting > limits().nesting:
        return read_reference(source, start, end)
    blocks, meta = build(lexbor_events(page), source, start, end)
    tables = [b for b in blocks if isinstance(b, Table)]
    if not tables and "<td" in page and _patterns()[4].search(page):
        second, second_meta = read_reference(source, start, end)
        if any(isinstance(b, Table) for b in second):
            return second, second_meta
    elif any(_ragged(t) for t in tables):
        second, second_meta = read_reference(source, start, end)
        others = [b for b in second if isinstance(b, Table)]
        if len(others) >= len(tables) and not any(_ragged(t) for t in others):
            return second, second_meta
    return blocks, meta


def read_fast(source: str, start: int = 0, end: int | None = None) -> tuple[list[Block], dict[str, str]]:
    """As `read`, by lexbor alone."""
    return build(lexbor_events(source[start:end]), source, start, end)


def read_reference(source: str, start: int = 0, end: int | None = None) -> tuple[list[Block], dict[str, str]]:
    """As `read`, by BeautifulSoup alone."""
    return build(soup_events(source[start:end]), source, start, end)


def _ragged(table: Table) -> bool:
    """More than a third of at least four rows do not reach the table's width."""
    rows = table.rows
    return len(rows) > 3 and sum(row[-1] is None for row in rows) * 3 > len(rows)


def _nesting(page: str) -> int:
    """A cheap upper guess of the deepest nesting: opened minus closed tags at 64 points."""
    if len(page) < 120_000:
        return 0
    step = len(page) // 64
    opened = deepest = 0
    for at in range(0, len(page), step):
        opened += (
            page.count("<", at, at + step) - 2 * page.count("</", at, at + step) - page.count("<br", at, at + step)
        )
        deepest = max(deepest, opened)
    return deepest


# --- the two parsers ----------------------------------------------------------------------------------------------


_BREAK: Event = (BREAK, None)
_AS_BLOCK, _AS_CELL, _AS_LINE, _AS_NOTHING, _AS_META, _AS_BOX, _AS_OTHER = range(7)


def _known_tags() -> dict[int, tuple[int, str, Event]]:
    """lexbor's numbers of the tags we know, by asking lexbor -> how the tag is taken, its name, the event at its end."""
    known: dict[int, tuple[int, str, Event]] = {}
    names = SKIP | BLOCK | BOX | FURNITURE | STRUCTURE | {"br", "meta"}
    for name in sorted(names):
        fragment = {
            "td": "<table><tr><td>",
            "th": "<table><tr><th>",
            "tr": "<table><tr>",
            "caption": "<table><caption>",
        }.get(name, f"<{name}>")
        kind = next(
            (
                k
                for k, tags in (
                    (_AS_CELL, _SPANNED),
                    (_AS_BLOCK, BLOCK),
                    (_AS_LINE, ("br",)),
                    (_AS_NOTHING, SKIP),
                    (_AS_META, ("meta",)),
                    (_AS_BOX, BOX),
                )
                if name in tags
            ),
            _AS_OTHER,
        )
        taken = "nav" if name == "footer" else name
        root = LexborHTMLParser(fragment).root
        for node in root.traverse() if root else ():
            if node.tag == name:
                known[node.tag_id] = (kind, taken, _BREAK if kind in (_AS_BLOCK, _AS_BOX) else (CLOSE, taken))
    return known


_TAGS = _known_tags()


def lexbor_events(page: str) -> list[Event]:
    """Events of `page` by lexbor."""
    tree = LexborHTMLParser(page)
    events: list[Event] = []
    root = tree.root
    if root is None:
        return events
    hidden: set[int] = set()
    if _may_hide(page):
        hidden = {n.mem_id for n in tree.css("[style],[hidden]") if _is_hidden(n.attributes)}
    emit = events.append
    # Where each open element ends, which it is, what to say then, and where its events begin if it is a cell.
    stack: list[tuple[int, int, Event, int]] = []
    ends = -2  # where the innermost open element ends
    skip = 0
    known_tag = _TAGS.get

    def end_of(node) -> int:
        """The node that follows the whole element in document order, -1 if none does."""
        while node is not None:
            after = node.next
            if after is not None:
                return after.mem_id
            node = node.parent
            if stack and node is not None and node.mem_id == stack[-1][1]:
                return ends
        return -1

    for node in root.traverse(include_text=True):
        here = node.mem_id
        while ends == here:
            _, _, closing, first = stack.pop()
            ends = stack[-1][0] if stack else -2
            emit(closing)
            if first:
                _close_cell(events, first - 1)
        if skip:
            if skip != here:
                continue
            skip = 0
        number = node.tag_id
        if number == 2:
            emit((TEXT, node.text_content))
            continue
        known = known_tag(number)
        if hidden and here in hidden:
            skip = end_of(node)
            continue
        if known is None:  # a run of text with a style
            continue
        kind, name, what = known
        first = 0
        if kind == _AS_BLOCK:
            emit(_BREAK)
        elif kind == _AS_CELL:
            emit((OPEN, (name, node.attributes)))
            first = len(events)
        elif kind == _AS_LINE:
            emit((LINE, None))
            continue
        elif kind == _AS_NOTHING:
            skip = end_of(node)
            continue
        elif kind == _AS_META:
            emit((OPEN, (name, node.attributes)))
            continue
        elif kind == _AS_BOX:
            if _is_furniture(node.attributes):
                emit((OPEN, ("nav", None)))
                what = (CLOSE, "nav")
            else:
                emit(_BREAK)
        else:
            emit((OPEN, (name, None)))
        following = node.next
        ends = end_of(node) if following is None else following.mem_id
        stack.append((ends, here, what, first))
    while stack:
        emit(stack.pop()[2])
    return events


def _close_cell(events: list[Event], first: int) -> None:
    """Makes one event of the cell whose events begin at `first` if it holds one line of text and nothing else, as most do."""
    if len(events) - first > 12:
        return
    texts: list[str] = []
    broken = False
    for code, payload in events[first + 1 : -1]:
        if code == TEXT:
            if broken or not texts:
                if not payload.strip(_BLANK):
                    continue
                if broken:
                    return
            texts.append(payload)
        elif code == BREAK:
            broken = bool(texts)
        else:
            return
    name, attributes = events[first][1]
    del events[first:]
    events.append((CELL, (name, attributes, texts)))


def soup_events(page: str) -> list[Event]:
    """Events of `page` by BeautifulSoup with lxml, imported here since few pages need them."""
    from bs4 import BeautifulSoup, NavigableString, Tag

    soup = BeautifulSoup(page, "lxml", multi_valued_attributes=None)
    events: list[Event] = []
    emit = events.append
    hides = _may_hide(page)
    stack: list[Any] = list(reversed(soup.contents))
    while stack:
        node = stack.pop()
        if isinstance(node, tuple):
            emit(node)
            continue
        if not isinstance(node, Tag):
            if type(node) is NavigableString:
                emit((TEXT, str(node)))
            continue
        name = node.name.lower()
        if hides and _is_hidden(node.attrs):
            continue
        closing: Event | None = None
        if name in _SPANNED:
            emit((OPEN, (name, node.attrs)))
            closing = (CLOSE, name)
        elif name in BLOCK:
            emit((BREAK, None))
            closing = (BREAK, None)
        elif name == "br":
            emit((LINE, None))
        elif name in SKIP:
            continue
        elif name == "meta":
            emit((OPEN, (name, node.attrs)))
        elif name in BOX:
            closing = (BREAK, None)
            if _is_furniture(node.attrs):
                emit((OPEN, ("nav", None)))
                closing = (CLOSE, "nav")
            else:
                emit(closing)
        elif name in FURNITURE or name in STRUCTURE:
            name = "nav" if name == "footer" else name
            emit((OPEN, (name, None)))
            closing = (CLOSE, name)
        if closing is not None:
            stack.append(closing)
        if name == "title":
            for child in node.contents:
                emit((TEXT, str(child)))
            continue
        stack.extend(reversed(node.contents))
    return events


def _may_hide(page: str) -> bool:
    """Whether anything may be hidden at all; plain words, since a pattern over the whole page costs 2 ms."""
    return "display" in page or "hidden" in page or "mso-hide" in page or "DISPLAY" in page or "HIDDEN" in page


def _is_hidden(attributes) -> bool:
    return "hidden" in attributes or bool(_HIDDEN_STYLE.search(attributes.get("style") or ""))


def _is_furniture(attributes) -> bool:
    if not attributes:
        return False
    names = f"{attributes.get('class') or ''} {attributes.get('id') or ''}"
    return names != " " and bool(_patterns()[0].search(names))


# --- places in the source -----------------------------------------------------------------------------------------


def _masked(source: str, start: int, end: int | None) -> str:
    """source[start:end] with comments, scripts and styles blanked to the same length, one ">" put before."""
    page = source[start:end]
    lower = page.lower() if "<S" in page else page
    hidden: list[tuple[int, int]] = []
    for opening, closing in (("<!--", "-->"), ("<script", "</script"), ("<style", "</style")):
        begin = lower.find(opening)
        while begin >= 0:
            stop = lower.find(closing, begin + len(opening))
            if stop < 0:
                break
            stop += len(closing)
            hidden.append((begin, stop))
            begin = lower.find(opening, stop)
    if not hidden:
        return ">" + page
    parts = [">"]
    at = 0
    for begin, stop in sorted(hidden):
        if stop <= at:  # a comment inside a style
            continue
        begin = max(begin, at)
        parts += (page[at:begin], "<" + " " * (stop - begin - 2) + ">" if stop - begin > 1 else " ")
        at = stop
    parts.append(page[at:])
    return "".join(parts)


class _Locator:
    """Finds each text node in the source, moving forward: the same for both parsers, since both give text in source order."""

    __slots__ = ("at", "misses", "shift", "text")

    def __init__(self, source: str, start: int, end: int | None) -> None:
        self.text = _masked(source, start, end)
        self.shift = start - 1
        self.at = 0
        self.misses = 0

    def find(self, node: str) -> int | list[tuple[int, int, int]]:
        """Place of `node` in the source; or runs (start in node, length, place) when it holds entities; -1 if unknown."""
        text = self.text
        if "\xa0" not in node:
            begin = text.find(f">{node}<", self.at, self.at + _NEAR + len(node)) + 1
            if begin:
                self.at = begin + len(node)
                return begin + self.shift
        if self.misses > _MISSES:
            return -1
        return self._search(node, _SEGMENT.search(text, self.at))

    def _search(self, node: str, found: re.Match[str] | None) -> int | list[tuple[int, int, int]]:
        text = self.text
        for _ in range(200):
            if found is None:
                break
            begin, stop = found.span(1)
            if text.startswith(node, begin) and (begin + len(node) >= len(text) or text[begin + len(node)] == "<"):
                self.at = begin + len(node)
                return begin + self.shift
            runs = self._runs(node, begin, stop)
            if runs is not None:
                return runs
            found = _SEGMENT.search(text, stop)
        self.misses += 1
        return -1

    def _runs(self, node: str, begin: int, stop: int) -> list[tuple[int, int, int]] | None:
        """Runs of `node` when it is what the segments from text[begin:stop] on say, entities and line ends resolved."""
        text = self.text
        if (
            "&" not in text[begin : min(stop, begin + len(node) * 10 + 40)]
            and "\r" not in text[begin:stop]
            and not node.startswith(text[begin:stop])
        ):
            return None
        runs: list[tuple[int, int, int]] = []
        done = 0
        for _ in range(50):
            at = begin
            for mark in (*_ENTITY.finditer(text, begin, stop), None):
                literal_end = mark.start() if mark else stop
                if literal_end > at:
                    literal = text[at:literal_end]
                    if not node.startswith(literal, done):
                        return None
                    runs.append((done, len(literal), at + self.shift))
                    done += len(literal)
                if mark:
                    plain = "\n" if mark[0].startswith("\r") else entities.unescape(mark[0])
                    if not node.startswith(plain, done):
                        return None
                    runs += [(done + k, 1, mark.start() + self.shift) for k in range(len(plain))]
                    done += len(plain)
                    at = mark.end()
            if done == len(node):
                self.at = stop
                return runs
            # A stray tag was dropped inside the text: the node goes on in the next segment.
            following = text.find(">", stop)
            if following < 0:
                return None
            begin = following + 1
            stop = text.find("<", begin)
            stop = len(text) if stop < 0 else stop
        return None


# --- the builder --------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Frame:
    kind: str  # page, cell, nav, caption, title, or table
    blocks: list[Block] = field(default_factory=list)
    cell: RawCell | None = None
    rows: list[list[RawCell]] = field(default_factory=list)
    open_row: bool = False
    caption: str = ""


_CELL = _Frame("cell")


def build(
    events: list[Event], source: str, start: int = 0, end: int | None = None
) -> tuple[list[Block], dict[str, str]]:
    """Blocks and declared metadata from a parser's events. Raises SourceError (path empty) for a grid beyond the limits."""
    locate = _Locator(source, start, end).find
    meta: dict[str, str] = {}
    page = _Frame("page")
    stack = [page]
    blocks = page.blocks
    texts: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = 0
    level = 0
    preformatted = 0
    is_furniture_line = _patterns()[1].fullmatch
    breadcrumb = _patterns()[2]

    def put(piece: str, place: int) -> None:
        nonlocal length
        starts.append(length)
        origins.append(place)
        texts.append(piece)
        length += len(piece)

    def flush() -> None:
        nonlocal length
        text = "".join(texts)
        if text.endswith(" "):
            text = text[:-1]
            if starts[-1] >= len(text):
                starts.pop()
                origins.pop()
        if text and not text.isspace():  # a lone &nbsp; is how Word writes a blank cell
            kind = stack[-1].kind
            if kind == "cell":
                blocks.append(Paragraph(Passage(text, starts[:], origins[:]), level))
            else:
                stripped = text.strip()
                crumbs = breadcrumb.match(stripped) if kind != "title" else None
                if crumbs:
                    meta.setdefault("当前位置", crumbs["value"].strip())
                elif not is_furniture_line(stripped) or level or kind == "title":
                    blocks.append(Paragraph(Passage(text, starts[:], origins[:]), level))
        texts.clear()
        starts.clear()
        origins.clear()
        length = 0

    def say(node: str) -> None:
        nonlocal length
        clean = node.strip(_BLANK)
        if not clean:
            if length and not texts[-1].endswith(" "):
                put(" ", -1)
            return
        place = locate(node)
        if preformatted and "\n" in node:
            for n, line in enumerate(node.split("\n")):
                if n:
                    flush()
                if line.strip():
                    put(line.strip("\r"), place + node.index(line) if isinstance(place, int) and place >= 0 else -1)
            return
        if isinstance(place, int):
            if len(clean) == len(node) and not _UNEVEN.search(clean):
                starts.append(length)
                origins.append(place)
                texts.append(clean)
                length += len(clean)
                return
            for run in _RUN.finditer(node):
                at = run.start()
                if at and length and not texts[-1].endswith(" "):
                    put(" ", place + at - 1 if place >= 0 else -1)
                put(run[0], place + at if place >= 0 else -1)
            if node[-1] in _BLANK:
                put(" ", -1)
            return
        for run in _RUN.finditer(node):
            first, last = run.span()
            if first and length and not texts[-1].endswith(" "):
                put(" ", -1)
            for at, size, origin in place:
                low, high = max(at, first), min(at + size, last)
                if low < high:
                    put(node[low:high], origin + low - at)
        if node[-1] in _BLANK:
            put(" ", -1)

    for code, payload in events:
        if code == CELL:
            if length:
                flush()
            level = 0
            name, attributes, pieces = payload
            row = None
            if stack[-1].kind == "table":
                table = stack[-1]
                if not table.open_row:
                    table.rows.append([])
                    table.open_row = True
                row = table.rows[-1]
            if len(pieces) == 1 and row is not None and (digits := pieces[0]).isdecimal():
                place = locate(digits)
                inside: list[Block] = [Paragraph(Passage(digits, [0], [place if isinstance(place, int) else -1]))]
            else:
                for node in pieces:
                    say(node)
                if row is None:  # a cell outside any table is text
                    if length:
                        flush()
                    continue
                inside = []
                if length:
                    outer, blocks = blocks, inside
                    stack.append(_CELL)
                    flush()
                    stack.pop()
                    blocks = outer
            down = _span(attributes, "rowspan") if "rowspan" in attributes else 1
            across = _span(attributes, "colspan") if "colspan" in attributes else 1
            row.append(RawCell(inside, down, across, name == "th"))
        elif code == TEXT:
            say(payload)
        elif code == BREAK:
            if length:
                flush()
        elif code == LINE:
            if length:
                if level:
                    put("\n", -1)
                else:
                    flush()
        elif code == OPEN:
            name, attributes = payload
            if name in _SPANNED:
                if length:
                    flush()
                level = 0
                if stack[-1].kind != "table":  # a cell outside any table is text
                    stack.append(_Frame("stray", stack[-1].blocks))
                    continue
                table = stack[-1]
                if not table.open_row:
                    table.rows.append([])
                    table.open_row = True
                cell = RawCell([], _span(attributes, "rowspan"), _span(attributes, "colspan"), name == "th")
                table.rows[-1].append(cell)
                stack.append(_Frame("cell", cell.blocks, cell))
                blocks = cell.blocks
            elif name == "tr":
                if length:
                    flush()
                if stack[-1].kind == "table":
                    stack[-1].rows.append([])
                    stack[-1].open_row = True
            elif name == "table":
                if length:
                    flush()
                stack.append(_Frame("table", stack[-1].blocks))
            elif name == "meta":
                key = attributes.get("name") or attributes.get("property")
                value = (attributes.get("content") or "").strip()
                if key and value and len(meta) < 60:
                    meta.setdefault(key.strip(), value[:500])
            elif name in HEADING:
                if length:
                    flush()
                level = HEADING[name]
            elif name == "pre":
                if length:
                    flush()
                preformatted += 1
            else:  # nav, caption, title: what is inside is kept apart until the end
                if length:
                    flush()
                stack.append(_Frame(name))
                blocks = stack[-1].blocks
        else:
            name = payload
            if length and name != "tr":
                flush()
            if name in HEADING:
                level = 0
            elif name == "pre":
                preformatted = max(preformatted - 1, 0)
            elif name == "tr":
                if length:
                    flush()
                if stack[-1].kind == "table":
                    stack[-1].open_row = False
            else:
                wanted = ("cell", "stray") if name in _SPANNED else (name,)
                if stack[-1].kind not in wanted and not any(f.kind in wanted for f in stack[1:]):
                    continue
                while True:
                    frame = stack.pop()
                    _leave(frame, stack[-1], meta)
                    if frame.kind in wanted:
                        break
                above = stack[-1]
                blocks = above.blocks
    if length:
        flush()
    while len(stack) > 1:
        frame = stack.pop()
        _leave(frame, stack[-1], meta)
    return page.blocks, meta


def _leave(frame: _Frame, above: _Frame, meta: dict[str, str]) -> None:
    """What becomes of an element's content when the element ends."""
    if frame.kind == "table":
        frame.blocks += blocks_of([row for row in frame.rows if row], frame.caption)
    elif frame.kind == "nav":
        text = "".join(b.text for b in frame.blocks if isinstance(b, Paragraph))
        if any(isinstance(b, Table) or b.level for b in frame.blocks) or (len(text) > _patterns()[3] and "。" in text):
            above.blocks += frame.blocks
    elif frame.kind == "title":
        title = " ".join(b.text for b in frame.blocks if isinstance(b, Paragraph)).strip()
        if title:
            meta.setdefault("title", title[:500])
    elif frame.kind == "caption":
        caption = "".join(b.text for b in frame.blocks if isinstance(b, Paragraph))
        if above.kind == "table":
            above.caption = caption
        above.blocks += frame.blocks


def _span(attributes, name: str) -> int:
    value = attributes.get(name) if attributes else None
    if not value:
        return 1
    digits = re.match(r"\s*(\d{1,5})", value)
    if digits is None:
        return 1
    number = int(digits[1])
    return max(number, 0 if name == "rowspan" else 1)
