"""Running text of one report: paragraphs joined over hard line wraps, cut into sentences that know their chapter."""

from __future__ import annotations

import bisect
import re
from dataclasses import dataclass, field

from etl.model import Cell, Paragraph, Part, Passage, Table, TableReading
from etl.narrative.grammar import Grammar

LAYOUT_CELL = 80  # a cell longer than this holds prose: whole reports stand in one cell of a layout table (seeds/004)
WRAPPED_LINE = 18  # a shorter line is a title or an item, not a line broken by its width
MAX_SENTENCE = 1500
MAX_TITLE = 28

_END = "。！？；：…"
_MARK = re.compile(r"(?:[一二三四五六七八九十]{1,3}、|（[一二三四五六七八九十]{1,3}）|\d{1,2}[.、．]|[（(]\d)")
_NUMERAL = "一二三四五六七八九十"
_CJK = "\u4e00-\u9fff"
# Begins with one class of characters, so that the engine skips all others; what stood before is looked at afterwards.
_STOP = re.compile(
    rf"[。！？\n.（{_NUMERAL}\d](?:"
    r"(?P<stop>(?<=[。！？\n]))"
    rf"|(?P<dot>(?<=[{_CJK}]\.)(?=[{_CJK}]))"
    rf"|(?P<one>(?<=[{_NUMERAL}])(?<![{_CJK}].)[{_NUMERAL}]{{0,2}}、(?=\s?[{_CJK}]))"
    rf"|(?P<two>(?<=（)(?<!第（)[{_NUMERAL}]{{1,3}}）(?![项款条]))"
    rf"|(?P<three>(?<=\d)(?<![\d.\-年月/].)\d?[.、](?=\s?[{_CJK}])))"
)
_TITLE_END = re.compile(r"[。，；：！\n（]|(?<=\S)\s")
_LEVELS = {"one": 1, "two": 2, "three": 3}


@dataclass(slots=True)
class Sentence:
    """[start, end) of Prose.text. `closed`: in a chapter on problems or plans. `chapter` counts headings passed, `section` those above numbered items (1.)."""

    start: int
    end: int
    closed: bool
    chapter: int
    request: bool  # the chapter is on requests
    disclosure: bool  # the chapter names disclosure, review or litigation
    section: int = 0


@dataclass(slots=True)
class Piece:
    """A passage's stretch of Prose.text, from `start`; `offset` is where it starts in the passage."""

    start: int
    end: int
    offset: int
    passage: Passage
    block: int
    page: int | None


@dataclass(slots=True)
class Prose:
    text: str
    sentences: list[Sentence]
    pieces: list[Piece]
    starts: list[int] = field(default_factory=list)

    def _overlapping(self, start: int, end: int) -> list[Piece]:
        k = max(bisect.bisect_right(self.starts, start) - 1, 0)
        out = []
        while k < len(self.pieces) and self.pieces[k].start < end:
            if self.pieces[k].end > start:
                out.append(self.pieces[k])
            k += 1
        return out

    def printed(self, start: int, end: int) -> str:
        """[start, end) as the reader found it."""
        return "".join(
            p.passage.printed(max(start, p.start) - p.start + p.offset, min(end, p.end) - p.start + p.offset)
            for p in self._overlapping(start, end)
        )

    def locator(self, start: int, end: int) -> dict[str, int]:
        """Place of [start, end) in Document.text as far as known, with block and page."""
        pieces = self._overlapping(start, end)
        place: dict[str, int] = {}
        spans = [
            p.passage.span(max(start, p.start) - p.start + p.offset, min(end, p.end) - p.start + p.offset)
            for p in pieces
        ]
        known = [s for s in spans if s]
        if known:
            place["start"], place["end"] = min(s[0] for s in known), max(s[1] for s in known)
        if pieces:
            place["block"] = pieces[0].block
            if pieces[0].page is not None:
                place["page"] = pieces[0].page
        return place


def read_prose(part: Part, reading: TableReading, grammar: Grammar) -> Prose:
    """Paragraphs of `part` that no table used, and long cells of layout tables, as running text and sentences."""
    places = {id(block): n for n, block in enumerate(part.document.blocks)}
    texts: list[str] = []
    pieces: list[Piece] = []
    at = 0
    last: Paragraph | None = None  # the paragraph before, if the next may be its continuation
    for n, block in enumerate(part.blocks):
        index = places.get(id(block), n)
        if id(block) in reading.used:
            last = None
            continue
        if isinstance(block, Paragraph):
            text = block.passage.text
            for start, end in sorted(reading.spans.get(id(block), ())):
                text = text[:start] + "\n" * (end - start) + text[end:]
            if not text.strip():
                continue
            if texts and not (last is not None and _continues(last, block, grammar)):
                texts.append("\n")
                at += 1
            texts.append(text)
            pieces.append(Piece(at, at + len(text), 0, block.passage, index, block.page))
            at += len(text)
            last = None if id(block) in reading.spans else block
        else:
            last = None
            for passage in _layout_cells(block):
                texts.append("\n")
                at += 1
                texts.append(passage.text)
                pieces.append(Piece(at, at + len(passage.text), 0, passage, index, block.page))
                at += len(passage.text)
    text = "".join(texts)
    titles = [p.start for p, b in _titled(part, pieces) if b]
    return Prose(text, _sentences(text, grammar, set(titles)), pieces, [p.start for p in pieces])


def _titled(part: Part, pieces: list[Piece]) -> list[tuple[Piece, bool]]:
    levels = {id(b.passage): b.level > 0 for b in part.blocks if isinstance(b, Paragraph)}
    return [(p, levels.get(id(p.passage), False)) for p in pieces]


def _layout_cells(table: Table) -> list[Passage]:
    """The long cells of a table, each once: a spanned cell is the same object at each of its places."""
    out: list[Passage] = []
    seen: set[int] = set()
    for row in table.rows:
        for cell in row:
            if isinstance(cell, Cell) and len(cell.passage.text) > LAYOUT_CELL and id(cell) not in seen:
                seen.add(id(cell))
                out.append(cell.passage)
    return out


def _continues(before: Paragraph, after: Paragraph, grammar: Grammar) -> bool:
    """Whether `after` goes on with the sentence of `before`, a line broken by its width (docs/005)."""
    first, second = before.passage.text.rstrip(), after.passage.text.lstrip()
    return bool(
        before.level == 0
        and after.level == 0
        and len(first) >= WRAPPED_LINE
        and first[-1] not in _END
        and not first.endswith(("|", "）", *grammar.entry.sections.title_ends))
        and not _MARK.match(second)
        and not (_MARK.match(first) and "。" not in first)
        and re.search("[\u4e00-\u9fff]", second)
        and not re.search(r"\d\s?[条件次篇个份项场元]$", first)
        and "|" not in second[:3]
    )


def _sentences(text: str, grammar: Grammar, titles: set[int]) -> list[Sentence]:
    """Cut at full stops, line ends and chapter numbers; carry the chapter's state along."""
    out: list[Sentence] = []
    closed = 0  # level of the heading that closed counting
    chapter = section = 0
    request = disclosure = outer = False  # outer: the chapter above a numbered item is on requests
    start = 0

    def heading(at: int, level: int) -> None:
        nonlocal closed, chapter, section, request, disclosure, outer
        end = _TITLE_END.search(text, at, at + MAX_TITLE)
        title = text[at : end.start() if end else at + MAX_TITLE]
        chapter += 1
        if not closed or level <= closed:
            closed = level if grammar.closed.search(title) and not grammar.open.search(title) else 0
        request = bool(grammar.on_request.search(title)) or (level == 3 and outer)
        if level < 3:
            section += 1
            outer = request
        disclosure = bool(grammar.on_disclosure.search(title)) or (level > 1 and disclosure)

    def sentence(begin: int, end: int) -> None:
        if end - begin < 4:
            return
        if begin in titles or (
            end - begin <= MAX_TITLE
            and (end == len(text) or text[end] == "\n")
            and (begin == 0 or text[begin - 1] == "\n")
            and grammar.closed.search(text, begin, end)
            and not grammar.figure.search(text, begin, end)
        ):
            heading(begin, 1)
        out.append(Sentence(begin, min(end, begin + MAX_SENTENCE), closed > 0, chapter, request, disclosure, section))

    for m in _STOP.finditer(text):
        level = _LEVELS.get(m.lastgroup or "")
        sentence(start, m.start())
        start = m.end()
        if level:
            heading(m.end(), level)
    sentence(start, len(text))
    return out
