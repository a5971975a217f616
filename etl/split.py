"""Several reports in one file: where one ends and the next begins.

A boundary needs two independent signs, since a single report must never be cut: a report has ended (its chapters ran to a closing one,
or a whole body of text is done), and another begins (its own title, or an opening that names a time and another agency) with
the numbering back at 一、. What a site or shop left around the reports is dropped.
"""

from __future__ import annotations

import functools
import itertools
import re

from etl.agency import Body, read_body, same_body
from etl.head import CHAPTER, INLINE_CHAPTER, Line, Title, lines_of, read_title, year_of
from etl.model import Block, Document, Paragraph, Part, Table
from etl.normalise import tight_text
from etl.registry import load_identify
from etl.who import read_subject

_OPENS = re.compile(r"^(?:20[0-3]\d年|(?:今|本|近|一)年|年初以来)")
_ANNOUNCES = re.compile(r"(?:现将.{0,40}|总结|汇报|报告|情况)(?:总结|汇报|报告|通报)?如下")
_FIRST = re.compile(r"^[#*\s]*(?:第?一\s*[、.．，章]|1\s*[、.．](?!\d))")
_CLOSED_BY = re.compile(r"^.{0,30}20[0-3]\d年\d{1,2}月\d{1,2}日$|^[=\-—_*＊]{5,}$")
_BARE_NUMBER = re.compile(r"[\d\s.、\-—=*]{0,6}")
_LABELLED = re.compile("^(?:标题|名称|信息名称)：")
_NO_TITLE = re.compile("[。；：>＞]|^(?:附件?|年报|图解|上一篇|下一篇|相关)")
_TITLE_ROWS = 6  # of a sheet, among which its title stands
MIN_BODY, MIN_LINES = 300, 4


@functools.cache
def _signs():
    signs = load_identify()
    return re.compile(signs.topic), re.compile(signs.chapters.closing), [re.compile(p) for p in signs.junk]


@functools.cache
def _filled_by() -> re.Pattern[str]:
    labels = "|".join(map(re.escape, load_identify().labels.agency))
    return re.compile(rf"(?:{labels})(?:（[^）]*）)?：([\u4e00-\u9fff（）]{{3,30}})")


def split(doc: Document) -> list[Part]:
    """The reports of a document (blocks in normal form), one Part each; a document with one report gives one Part with all its blocks."""
    starts = _sheet_starts(doc) if doc.format == "xlsx" else _starts(doc.blocks)
    if not starts:
        return [Part(doc, 1, _trim(doc.blocks))]
    parts: list[Part] = []
    bounds = [0, *(at for at, _ in starts), len(doc.blocks)]
    titles = ["", *(title.text if title else "" for _, title in starts)]
    for n, (start, end) in enumerate(itertools.pairwise(bounds)):
        blocks = _trim(doc.blocks[start:end])
        if blocks:
            parts.append(Part(doc, len(parts) + 1, blocks, titles[n]))
    return parts


def _sheet_starts(doc: Document) -> list[tuple[int, Title | None]]:
    """The sheets of a workbook that name another agency or year than the sheets before; one without a name goes with those."""
    starts: list[tuple[int, Title | None]] = []
    current: Title | None = None
    for n, block in enumerate(doc.blocks):
        title = _sheet_title(block) if isinstance(block, Table) else None
        if title is None:
            continue
        if current is not None and _new_title(title, current):
            starts.append((n, title))
        elif current is not None:
            continue
        current = title
    return starts


def _sheet_title(sheet: Table) -> Title | None:
    """The report's title in a sheet's first rows, else the office that filled it in."""
    texts = list(dict.fromkeys(cell.text for row in sheet.rows[:_TITLE_ROWS] for cell in row if cell is not None))
    for text in texts:
        title = read_title(text) if 6 <= len(text) <= 90 else None
        if title is not None and title.kind not in (None, "other") and title.named:
            return title
    for text in texts:
        filled = _filled_by().search(tight_text(text))
        if filled is not None and read_body(filled[1]) is not None:
            return Title(filled[1], "annual_report", year_of(" ".join(texts)), filled[1])
    return None


def _starts(blocks: list[Block]) -> list[tuple[int, Title | None]]:
    """The block at which each report after the first begins, with its title where it has one."""
    if sum(isinstance(b, Paragraph) for b in blocks) < 2 * MIN_LINES:
        return []
    lines = [line for line in lines_of(blocks) if not line.cell or len(line.text) <= 90]
    texts = [tight_text(line.text[:3000]) for line in lines]
    if not _repeats(texts):
        return []
    starts: list[tuple[int, Title | None]] = []
    begun = 0
    current_title, current_body = _first_identity(lines, texts)
    for n in range(1, len(lines)):
        if n - begun < MIN_LINES:
            continue
        title = _title_at(lines, texts, n)
        if title is not None:
            if _new_title(title, current_title) and _ended(texts[begun:n], by_title=True) and _begins(texts, n + 1):
                starts.append((_with_name_line(lines, texts, n), title))
                begun, current_title, current_body = n, title, None
            continue
        if _first_statutory(texts[n]):
            at = _head_of(lines, texts, begun, n, current_title)
            if at is not None:
                starts.append((lines[at].block, _title_at(lines, texts, at)))
                begun, current_title, current_body = at, starts[-1][1], None
            continue
        if not _OPENS.match(texts[n]) or not _is_opening(texts[n]) or not _restarts(texts, n + 1):
            continue
        if not _ended(texts[begun:n], by_title=False):
            continue
        body = read_subject(texts[n], year_of(texts[n]))
        announced = bool(_ANNOUNCES.search(tight_text(lines[n].text)))
        if not announced and (body is None or (current_body is not None and same_body(body, current_body))):
            continue
        starts.append((lines[n].block, None))
        begun, current_title, current_body = n, None, body
    return starts


def _repeats(texts: list[str]) -> bool:
    """Whether the numbering comes back to 一、 at all, or a second title stands far from the first: else nothing is to be cut."""
    firsts = [n for n, text in enumerate(texts) if _FIRST.match(text) and text.lstrip("第 #*")[0] == "一"]
    if len(firsts) >= 2:
        return True
    titles = [n for n, text in enumerate(texts) if len(text) <= 60 and _signs()[0].search(text) and read_title(text)]
    return bool(titles) and titles[-1] - titles[0] >= MIN_LINES


def _first_identity(lines: list[Line], texts: list[str]) -> tuple[Title | None, Body | None]:
    """Title and acting body of the first report."""
    title = None
    for n, text in enumerate(texts[:40]):
        if CHAPTER.match(text):
            break
        title = title or _title_at(lines, texts, n)
    for text in texts[:40]:
        if _OPENS.match(text) and len(text) >= 25:
            return title, read_subject(text, year_of(text))
    return title, None


def _title_at(lines: list[Line], texts: list[str], n: int) -> Title | None:
    """A report's title as a line of its own, with the agency's name from the line above where that names one."""
    if len(lines[n].text) > 90 or not _signs()[0].search(texts[n]):
        return None
    text = _LABELLED.sub("", texts[n])
    if CHAPTER.match(text) or not _signs()[0].search(text) or _NO_TITLE.search(text):
        return None
    title = read_title(text)
    if title is None or title.kind in (None, "other") or not title.named:
        return None
    if title.agency is None and n and _is_name_line(texts[n - 1]):
        return read_title(texts[n - 1] + text) or title
    return title


def _first_statutory(text: str) -> bool:
    """一、总体情况: the heading with which every annual report since 2019 begins (国办公开办函〔2021〕30号)."""
    return len(text) <= 20 and bool(_FIRST.match(text)) and bool(_statutory()[0].search(text))


@functools.cache
def _statutory() -> list[re.Pattern[str]]:
    return [re.compile(p) for p in load_identify().chapters.annual]


def _head_of(lines: list[Line], texts: list[str], begun: int, n: int, current: Title | None) -> int | None:
    """Where the report begins whose first chapter is line `n`; None when no whole annual report lies before it.

    The report before must show its own first chapter, and one of the last two with prose: a table of contents has none.
    """
    headings = [k for k in range(begun, n) if CHAPTER.match(texts[k])]
    first = next((k for k in headings if _first_statutory(texts[k])), None)
    last = next((k for k in reversed(headings) if any(p.search(texts[k][:40]) for p in _statutory()[4:])), None)
    if first is None or last is None or len(headings) < 4 or last < first:
        return None
    if sum(len(texts[k]) for k in range(first, n) if k not in headings) < MIN_BODY:
        return None
    for k in range(last + 1, n):
        title = _title_at(lines, texts, k)
        if (title is not None and (current is None or title.text != current.text)) or lines[k].cell:
            return k - 1 if title is not None and title.agency and k - 1 > last and _is_name_line(texts[k - 1]) else k
    return n


def _is_name_line(text: str) -> bool:
    return 3 <= len(text) <= 30 and not _CLOSED_BY.match(text) and read_body(text) is not None


def _new_title(title: Title, current: Title | None) -> bool:
    """Another agency, another year or another kind than the report before: a title printed twice begins nothing."""
    if current is None:
        return title.agency is not None
    if title.agency and current.agency and title.agency != current.agency:
        return True
    if title.year and current.year and title.year != current.year:
        return True
    return title.kind != current.kind and title.agency is not None and title.year is not None


def _ended(texts: list[str], by_title: bool) -> bool:
    """Whether a whole report lies before: chapters that ran to a closing one, or for a new title a signed body of text."""
    chapters = [text for text in texts if CHAPTER.match(text)]
    closing = _signs()[1]
    if len(chapters) >= 2 and (closing.search(chapters[-1][:40]) or any(closing.search(t[:20]) for t in texts[-8:])):
        return True
    if not by_title:
        return False
    size = sum(map(len, texts))
    if size >= MIN_BODY and any(INLINE_CHAPTER.search(t) and "二、" in t for t in texts):
        return True  # a whole report on one line
    return size >= MIN_BODY and (len(chapters) >= 2 or any(_CLOSED_BY.match(t) for t in texts[-4:]))


def _is_opening(text: str) -> bool:
    """A paragraph such as 2022年，某局贯彻……政务公开……: long, and about disclosure."""
    return len(text) >= 40 and bool(_signs()[0].search(text)) and text[-1:] in "。：；:，）"


def _restarts(texts: list[str], at: int) -> bool:
    """一、 within the next three lines."""
    return any(_FIRST.match(text) for text in texts[at : at + 3])


def _begins(texts: list[str], at: int) -> bool:
    """After a title: 一、 soon, or a paragraph of prose before any other title."""
    following = texts[at : at + 12]
    return any(_FIRST.match(text) for text in following) or any(len(text) >= 100 for text in following[:4])


def _with_name_line(lines: list[Line], texts: list[str], n: int) -> int:
    """The block of the title, or of the line before it when the agency's name stands alone there."""
    if n and _is_name_line(texts[n - 1]):
        title = read_title(texts[n])
        if title is not None and title.agency is None:
            return lines[n - 1].block
    return lines[n].block


def _trim(blocks: list[Block]) -> list[Block]:
    """Less the site's or shop's lines at the end, and bare page numbers at the start."""
    junk = _signs()[2]
    start, end = 0, len(blocks)
    while end and isinstance(last := blocks[end - 1], Paragraph) and _is_junk(last.text, junk):
        if last.text.strip().isdecimal() and not _after_prose(blocks, end - 1):
            break  # the last cell of a table with one cell per line, no page number
        end -= 1
    while start < end and isinstance(first := blocks[start], Paragraph) and _BARE_NUMBER.fullmatch(first.text):
        start += 1
    return blocks[start:end] if end > start else blocks


def _after_prose(blocks: list[Block], at: int) -> bool:
    before = blocks[at - 1] if at else None
    return isinstance(before, Paragraph) and before.text.rstrip()[-1:] in "。；！？"


def _is_junk(text: str, junk: list[re.Pattern[str]]) -> bool:
    text = tight_text(text)
    return len(text) <= 60 and (not text or any(pattern.search(text) for pattern in junk))
