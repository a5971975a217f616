"""DOCX -> blocks, from its XML: paragraphs with their automatic numbers, headings, tables with gridSpan and vMerge, text boxes."""

from __future__ import annotations

import re
import zipfile
from dataclasses import dataclass, field

from lxml import etree  # type: ignore[import-untyped]

from etl.model import Block, Paragraph, SourceError
from etl.read.archive import read_member
from etl.read.grid import RawCell, blocks_of, limits
from etl.read.numbering import Level, Numbering, before
from etl.read.transcript import Transcript

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
# Names compared once per element of a file, put together once.
P, TBL, TR, TC, TCPR, TRPR, PPR, T, TAB, BR, CR, R, RPR, VANISH, HYPHEN, BOX = (
    W + name
    for name in ("p", "tbl", "tr", "tc", "tcPr", "trPr", "pPr", "t", "tab", "br", "cr", "r", "rPr", "vanish", "noBreakHyphen", "txbxContent")
)  # fmt: skip
TYPE, VAL = W + "type", W + "val"
_WRAPPERS = frozenset(W + name for name in ("sdt", "sdtContent", "customXml", "ins"))
_LEFT_OUT = frozenset([MC + "Fallback", PPR, *(W + name for name in ("del", "moveFrom", "instrText", "rt"))])
_HEADING = re.compile(r"(?:heading|标题)\s*([1-6])$", re.I)
_DEEPEST = 20
"""Tables inside tables: Word itself goes no deeper in practice, hostile files do."""
_SLIVER = 60
"""Twips (1/20 pt): a grid column narrower than this is the trace of an edge dragged by hand, no column."""


@dataclass(slots=True)
class _Styles:
    """What the other parts of the file say about paragraphs."""

    levels: dict[str, int] = field(default_factory=dict)  # style -> heading level
    lists: dict[str, tuple[str, int]] = field(default_factory=dict)  # style -> its list and the level in it
    numbering: Numbering = field(default_factory=Numbering)


def read(name: str, archive: zipfile.ZipFile) -> tuple[list[Block], Transcript, dict[str, str]]:
    """Blocks, transcript and core properties of a DOCX. Raises SourceError for damaged or hostile XML."""
    body = _part(name, archive, "word/document.xml")
    if body is None:
        raise SourceError(name, "Word 文件内没有正文", "请用 Word 或 WPS 打开后另存为 .docx 再导入")
    declared = _part(name, archive, "word/styles.xml")
    styles = _Styles(
        _heading_levels(declared), _style_lists(declared), _numbering(_part(name, archive, "word/numbering.xml"))
    )
    transcript = Transcript(name)
    root = body.find(f"{W}body")
    blocks = _blocks(root if root is not None else body, transcript, styles, 0)
    meta: dict[str, str] = {}
    properties = _part(name, archive, "docProps/core.xml")
    if properties is not None:
        for element in properties:
            if (
                isinstance(element.tag, str)
                and etree.QName(element).localname == "title"
                and (element.text or "").strip()
            ):
                meta["title"] = element.text.strip()[:500]
    return blocks, transcript, meta


def parse_xml(name: str, data: bytes) -> etree._Element:
    """The root of `data`; no entities, no document type, no network. Raises SourceError."""
    if (
        b"<!DOCTYPE" in data
        or b"<!ENTITY" in data
        or "<!DOCTYPE".encode("utf-16-le") in data
        or "<!DOCTYPE".encode("utf-16-be") in data
    ):
        raise SourceError(name, "文件的 XML 带有文档类型声明，不予读取", "请用 Word 或 WPS 打开后另存为 .docx 再导入")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        return etree.fromstring(data.replace(STRICT.encode(), W[1:-1].encode()), parser)
    except (etree.XMLSyntaxError, ValueError) as fault:
        raise SourceError(name, "文件的 XML 已损坏", "请用 Word 或 WPS 打开修复后另存为 .docx 再导入") from fault


def _part(name: str, archive: zipfile.ZipFile, path: str) -> etree._Element | None:
    try:
        member = archive.getinfo(path)
    except KeyError:
        return None
    return parse_xml(name, read_member(archive, member, name))


def _heading_levels(styles: etree._Element | None) -> dict[str, int]:
    """Style id -> heading level, by the style's own name or its outline level."""
    levels: dict[str, int] = {}
    if styles is None:
        return levels
    for style in styles.iterfind(f"{W}style"):
        identifier = style.get(f"{W}styleId") or ""
        label = style.find(f"{W}name")
        named = _HEADING.match((label.get(f"{W}val") or "") if label is not None else "")
        if named:
            levels[identifier] = int(named[1])
        elif label is not None and (label.get(f"{W}val") or "").lower() == "title":
            levels[identifier] = 1
    return levels


def _value(element: etree._Element | None, path: str) -> str | None:
    found = element.find(path) if element is not None else None
    return found.get(f"{W}val") if found is not None else None


def _style_lists(styles: etree._Element | None) -> dict[str, tuple[str, int]]:
    """Style id -> the list that its paragraphs belong to, by the style's own properties."""
    lists: dict[str, tuple[str, int]] = {}
    for style in styles.iterfind(f"{W}style") if styles is not None else ():
        identifier = _value(style, f"{W}pPr/{W}numPr/{W}numId")
        if identifier:
            depth = _value(style, f"{W}pPr/{W}numPr/{W}ilvl") or "0"
            lists[style.get(f"{W}styleId") or ""] = (identifier, int(depth) if depth.isdigit() else 0)
    return lists


def _numbering(part: etree._Element | None) -> Numbering:
    """The lists of word/numbering.xml: w:num names a w:abstractNum and may begin some levels anew."""
    out = Numbering()
    if part is None:
        return out
    patterns: dict[str, list[Level]] = {}
    for pattern in part.iterfind(f"{W}abstractNum"):
        levels = [_level(level) for level in pattern.iterfind(f"{W}lvl")]
        patterns[pattern.get(f"{W}abstractNumId") or ""] = levels[:9]
    for number in part.iterfind(f"{W}num"):
        identifier, abstract = number.get(f"{W}numId") or "", _value(number, f"{W}abstractNumId") or ""
        if abstract not in patterns:
            continue
        out.levels[identifier], out.same[identifier] = list(patterns[abstract]), abstract
        for changed in number.iterfind(f"{W}lvlOverride"):
            at, start = changed.get(f"{W}ilvl") or "", _value(changed, f"{W}startOverride") or ""
            own = changed.find(f"{W}lvl")
            if own is not None and at.isdigit() and int(at) < len(out.levels[identifier]):
                out.levels[identifier][int(at)] = _level(own)
            if at.isdigit() and start.isdigit():
                out.restarts.setdefault(identifier, {})[int(at)] = int(start[:6])
    return out


def _level(level: etree._Element) -> Level:
    start = _value(level, f"{W}start") or "1"
    return Level(
        _value(level, f"{W}lvlText") or "",
        _value(level, f"{W}numFmt") or "decimal",
        int(start[:6]) if start.isdigit() else 1,
    )


def _label(properties: etree._Element | None, style: str, styles: _Styles) -> str:
    """The automatic number of a paragraph; its own list counts before its style's, list 0 means none."""
    identifier = _value(properties, f"{W}numPr/{W}numId")
    depth = _value(properties, f"{W}numPr/{W}ilvl") or "0"
    if identifier is None:
        if style not in styles.lists:
            return ""
        identifier, level = styles.lists[style]
        return styles.numbering.label(identifier, level)
    return styles.numbering.label(identifier, int(depth[:2]) if depth.isdigit() else 0)


def _blocks(parent: etree._Element, transcript: Transcript, styles: _Styles, depth: int) -> list[Block]:
    blocks: list[Block] = []
    if depth > _DEEPEST:
        return blocks
    for child in parent:
        tag = child.tag
        if tag == P:
            blocks += _paragraphs(child, transcript, styles, depth)
        elif tag == TBL:
            blocks += _table(child, transcript, styles, depth)
        elif tag in _WRAPPERS or tag == f"{W}smartTag":
            blocks += _blocks(child, transcript, styles, depth + 1)
        elif tag == f"{MC}AlternateContent":
            chosen = child.find(f"{MC}Choice")
            if chosen is not None:
                blocks += _blocks(chosen, transcript, styles, depth + 1)
    return blocks


def _paragraphs(paragraph: etree._Element, transcript: Transcript, styles: _Styles, depth: int) -> list[Block]:
    pieces: list[str] = []
    boxes: list[etree._Element] = []
    _text(paragraph, pieces, boxes)
    level = 0
    properties = _first(paragraph, PPR)
    label = ""
    if properties is not None:
        style = _value(properties, f"{W}pStyle") or ""
        level = styles.levels.get(style, 0)
        label = _label(properties, style, styles) if styles.numbering.levels else ""
        outline = properties.find(f"{W}outlineLvl")
        if not level and outline is not None:
            number = outline.get(f"{W}val") or ""
            level = int(number) + 1 if number.isdigit() and int(number) < 6 else 0
    blocks: list[Block] = []
    lines = [line.strip() for line in "".join(pieces).split("\n") if line.strip()]
    if label and (lines or depth):  # an empty numbered cell shows its number
        lines[:1] = [before(label, lines[0] if lines else "")]
    for line in lines:
        blocks.append(Paragraph(transcript.add(line), level))
    for box in boxes:
        blocks += _blocks(box, transcript, styles, depth + 1)
    return blocks


def _text(element: etree._Element, pieces: list[str], boxes: list[etree._Element]) -> None:
    """Text of a paragraph in order: deletions, field codes, hidden runs, ruby notes and fallbacks left out."""
    stack = [element]
    while stack:
        node = stack.pop()
        tag = node.tag
        if tag == T:
            pieces.append(node.text or "")
        elif tag == TAB:
            pieces.append("\t")
        elif tag == BR or tag == CR:
            pieces.append("\n" if node.get(TYPE) in (None, "textWrapping") else "")
        elif tag == HYPHEN:
            pieces.append("-")
        elif tag == BOX:
            boxes.append(node)
        elif tag in _LEFT_OUT or (tag == R and _vanished(node)):
            continue
        else:
            stack.extend(reversed(node))


def _first(element: etree._Element | None, name: str) -> etree._Element | None:
    """The first direct child of this name; `find` takes its path apart at each call."""
    return None if element is None else next(element.iterchildren(name), None)


def _vanished(run: etree._Element) -> bool:
    hidden = _first(_first(run, RPR), VANISH)
    return hidden is not None and hidden.get(VAL) not in ("0", "false", "off")


def _table(table: etree._Element, transcript: Transcript, styles: _Styles, depth: int) -> list[Block]:
    """A w:tbl: gridSpan is colspan; vMerge cells join the cell above in the same grid column, gridBefore is a gap."""
    rows: list[list[RawCell]] = []
    above: dict[int, RawCell] = {}
    columns = _columns(table)
    for row in _children(table, TR):
        cells: list[RawCell] = []
        declared = _number(_first(_first(row, TRPR), f"{W}gridBefore"), 0)
        column = columns[declared] if declared < len(columns) else declared
        if column:
            cells.append(RawCell(colspan=column))
        here: dict[int, RawCell] = {}
        for cell in _children(row, TC):
            properties = _first(cell, TCPR)
            span = _number(_first(properties, f"{W}gridSpan"), 1)
            declared += span
            if declared < len(columns):
                span = max(columns[declared] - column, 1)
            merge = _first(properties, f"{W}vMerge")
            sideways = _first(properties, f"{W}hMerge")
            if sideways is not None and sideways.get(VAL) in (None, "continue") and cells:
                cells[-1].colspan += span
                column += span
                continue
            if merge is not None and merge.get(VAL) in (None, "continue") and column in above:
                above[column].rowspan += 1
                here[column] = above[column]
            else:
                raw = RawCell(_blocks(cell, transcript, styles, depth + 1), 1, span)
                cells.append(raw)
                if merge is not None:
                    here[column] = raw
            column += span
        above = here
        rows.append(cells)
    return blocks_of(rows)


def _columns(table: etree._Element) -> list[int]:
    """Column of the table for each edge of its declared grid, slivers left out; empty when the grid has none or says nothing."""
    widths = [
        int(width) if (width := grid.get(f"{W}w") or "").isdigit() else 0
        for grid in table.iterfind(f"{W}tblGrid/{W}gridCol")
    ]
    slivers = sum(width < _SLIVER for width in widths)
    if not slivers or 2 * slivers > len(widths):
        return []
    columns = [0]
    for width in widths:
        columns.append(columns[-1] + (width >= _SLIVER))
    return columns


def _children(parent: etree._Element, name: str) -> list[etree._Element]:
    """Direct children of this name, those in content controls and insertions included."""
    found: list[etree._Element] = []
    for child in parent:
        if child.tag == name:
            found.append(child)
        elif child.tag in _WRAPPERS:
            found += _children(child, name)
    return found


def _number(element: etree._Element | None, default: int) -> int:
    value = element.get(VAL) if element is not None else None
    return max(min(int(value), limits().colspan), default) if value and value.isdigit() else default
