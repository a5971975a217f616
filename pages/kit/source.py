"""A report as published: re-read from its file where that is still the same, as plain blocks with the used numbers marked. No streamlit, no SQL.

The warehouse keeps every number's quote and place, not the text. So the text is read again with etl.read from where the load found
the file, and only when its sha256 is still that of the report; otherwise the page says so and shows the quotes alone. Nothing of the file is
rendered as markup: blocks go out as text and cells.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etl import normalise, split
from etl.model import Document, Paragraph, Passage, SourceError, Table
from etl.read import Bundle, read_bundle
from etl.read.bundle import with_attachments

MOST_BLOCKS = 6000
LONGEST = 400_000
"""Characters of one report that a browser is asked to show."""


@dataclass(frozen=True)
class Text:
    """A report's blocks as the page needs them: {"kind": "text", "level", "runs"} or {"kind": "table", "rows"}; a run is {"text", "marks"}.
    `reason`: why there is no text. `cut`: more was there than is shown."""

    blocks: list[dict[str, Any]] = field(default_factory=list)
    placed: frozenset[str] = frozenset()
    reason: str = ""
    cut: bool = False


@dataclass(frozen=True)
class Found:
    """The document of a report, the numbers of the blocks of its part, the file it was read from; or the reason why there is none."""

    document: Document | None = None
    blocks: tuple[int, ...] = ()
    path: str = ""
    reason: str = ""


def read(locations: Sequence[str], sha256: str, document: str, part: int) -> Found:
    """The document of a report if a file at one of `locations` (where the load found it) still holds the same bytes."""
    changed = False
    for location in locations:
        if not Path(location).is_file():
            continue
        try:
            whole = with_attachments(location)
            found = read_bundle(whole)
            if whole.attachments and all(d.sha256 != sha256 for d in found):  # its attachments are read by themselves
                found = read_bundle(Bundle(whole.path))
        except (SourceError, OSError) as fault:
            return Found(reason=f"源文件读不了：{fault}")
        same = [d for d in found if d.sha256 == sha256]
        one = next((d for d in same if d.path == document), same[0] if same else None)
        if one is None:
            changed = True
            continue
        return Found(one, tuple(_blocks_of(one, part)), location)
    if changed:
        return Found(reason="源文件在装入之后有改动（校验值不同），为免错位不显示原文。重新装入后即可查看。")
    return Found(reason="源文件已不在装入时的位置，不能显示全文。把文件放回原处，或重新装入后即可查看。")


def _blocks_of(document: Document, part: int) -> list[int]:
    """The positions in the document of the blocks of one of its parts."""
    clean = normalise.document(document)
    at = {id(block): n for n, block in enumerate(clean.blocks)}
    found = next((p for p in split.split(clean) if p.part == part), None)
    own = [at[id(block)] for block in found.blocks if id(block) in at] if found else []
    return own or list(range(len(document.blocks)))


def _spans(passage: Passage, start: int, end: int) -> list[tuple[int, int]]:
    """Where [start, end) of the document's text stands in `passage.text`; several pieces where marks of the file lie between."""
    found: list[tuple[int, int]] = []
    bounds = [*passage.starts[1:], len(passage.text)]
    for at, origin, stop in zip(passage.starts, passage.origins, bounds, strict=True):
        if origin < 0:
            continue
        first, last = max(start, origin), min(end, origin + stop - at)
        if first < last:
            found.append((at + first - origin, at + last - origin))
    return found


def marked(document: Document, blocks: Sequence[int], places: Mapping[str, Mapping[str, Any]]) -> Text:
    """The blocks with their marks. `places`: mark id -> locator of an observation or finding (block, row, column, start, end)."""
    by_block: dict[int, list[tuple[str, Mapping[str, Any]]]] = {}
    anywhere: list[tuple[str, Mapping[str, Any]]] = []
    for mark, place in places.items():
        (by_block.setdefault(int(place["block"]), []) if _known(place, "block") else anywhere).append((mark, place))
    out: list[dict[str, Any]] = []
    placed: set[str] = set()
    size = 0
    for number in blocks[:MOST_BLOCKS]:
        block = document.blocks[number]
        mine = [*by_block.get(number, []), *[(m, p) for m, p in anywhere if _known(p, "start")]]
        shown = _table(block, mine, placed) if isinstance(block, Table) else _paragraph(block, mine, placed)
        size += (
            len(block.text)
            if isinstance(block, Paragraph)
            else sum(len(c.text) for row in block.rows for c in row if c)
        )
        if size > LONGEST:
            break
        out.append(shown)
    for (
        mark,
        place,
    ) in (
        places.items()
    ):  # a figure put together from several cells or lines: its block is known, its characters are not
        if mark not in placed and _known(place, "block") and int(place["block"]) in blocks:
            at = blocks.index(int(place["block"]))
            if at < len(out) and out[at]["kind"] == "text":
                for run in out[at]["runs"]:
                    run["marks"] = [*run["marks"], mark]
                placed.add(mark)
    return Text(out, frozenset(placed), cut=len(out) < len(blocks))


def _known(place: Mapping[str, Any], name: str) -> bool:
    value = place.get(name)
    return value is not None and value == value


def _paragraph(block: Paragraph, mine: Sequence[tuple[str, Mapping[str, Any]]], placed: set[str]) -> dict[str, Any]:
    spans: list[tuple[int, int, str]] = []
    for mark, place in mine:
        if _known(place, "start") and _known(place, "end"):
            found = _spans(block.passage, int(place["start"]), int(place["end"]))
            spans += [(a, b, mark) for a, b in found]
            if found:
                placed.add(mark)
    return {"kind": "text", "level": block.level, "page": block.page, "runs": _runs(block.text, spans)}


def _runs(text: str, spans: Sequence[tuple[int, int, str]]) -> list[dict[str, Any]]:
    cuts = sorted({0, len(text), *(a for a, _, _ in spans), *(b for _, b, _ in spans)})
    return [
        {"text": text[a:b], "marks": [m for s, e, m in spans if s <= a and b <= e]}
        for a, b in itertools.pairwise(cuts)
        if a < b
    ]


def _table(block: Table, mine: Sequence[tuple[str, Mapping[str, Any]]], placed: set[str]) -> dict[str, Any]:
    cells: dict[int, list[str]] = {}
    loose: list[tuple[str, Mapping[str, Any]]] = []
    for mark, place in mine:
        row, column = (int(place[n]) if _known(place, n) else -1 for n in ("row", "column"))
        cell = block.rows[row][column] if 0 <= row < len(block.rows) and 0 <= column < len(block.rows[row]) else None
        if cell is not None:
            cells.setdefault(id(cell), []).append(mark)
            placed.add(mark)
        elif _known(place, "start"):
            loose.append((mark, place))
    rows = []
    seen: set[int] = set()
    for line in block.rows:
        row_out = []
        for cell in line:
            if cell is None:
                row_out.append({"runs": [], "rows": 1, "columns": 1, "head": False})
            elif id(cell) not in seen:
                seen.add(id(cell))
                spans = [(a, b, m) for m, p in loose for a, b in _spans(cell.passage, int(p["start"]), int(p["end"]))]
                placed.update(m for *_, m in spans)
                runs = _runs(cell.text, spans)
                for run in runs or ([{"text": "", "marks": []}] if id(cell) in cells else []):
                    run["marks"] = [*run["marks"], *cells.get(id(cell), [])]
                if not runs and id(cell) in cells:
                    runs = [{"text": "", "marks": cells[id(cell)]}]
                row_out.append({"runs": runs, "rows": cell.rowspan, "columns": cell.colspan, "head": cell.header})
        rows.append(row_out)
    return {"kind": "table", "rows": rows, "page": block.page, "caption": block.caption}


def passages(document: Document, blocks: Sequence[int], cues: Sequence[str], most: int = 2500) -> str:
    """The prose under the headings that hold one of `cues`, until the next heading of the same level, in simplified script without pinyin
    notes; '' where there is none."""
    document = normalise.document(document)
    found: list[str] = []
    inside = False
    level = 0
    for number in blocks:
        block = document.blocks[number]
        if isinstance(block, Table):
            continue
        text = normalise.tight_text(block.text).strip()
        heading = bool(block.level) or (
            len(text) < 40 and text[:1] in "一二三四五六七八九十" and text[1:2] in "、．.十一二三四五六七八九"
        )
        if heading:
            if any(cue in text for cue in cues):
                inside, level = True, block.level
            elif inside and (not block.level or not level or block.level <= level):
                inside = False
        if inside and text:
            found.append(text)
        if sum(map(len, found)) > most:
            break
    return "\n".join(found)[:most]
