"""DOCX -> blocks, from its XML: paragraphs, headings, tables with gridSpan and vMerge, tables inside cells, text boxes."""

from __future__ import annotations

import re
import zipfile

from lxml import etree  # type: ignore[import-untyped]

from etl.model import Block, Paragraph, SourceError
from etl.read.archive import read_member
from etl.read.grid import RawCell, blocks_of, limits
from etl.read.transcript import Transcript

W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
STRICT = "http://purl.oclc.org/ooxml/wordprocessingml/main"
MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_HEADING = re.compile(r"(?:heading|标题)\s*([1-6])$", re.I)
_DEEPEST = 20
"""Tables inside tables: Word itself goes no deeper in practice, hostile files do."""


def read(name: str, archive: zipfile.ZipFile) -> tuple[list[Block], Transcript, dict[str, str]]:
    """Blocks, transcript and core properties of a DOCX. Raises SourceError for damaged or hostile XML."""
    body = _part(name, archive, "word/document.xml")
    if body is None:
        raise SourceError(name, "Word 文件内没有正文", "请用 Word 或 WPS 打开后另存为 .docx 再导入")
    levels = _heading_levels(_part(name, archive, "word/styles.xml"))
    transcript = Transcript(name)
    root = body.find(f"{W}body")
    blocks = _blocks(root if root is not None else body, transcript, levels, 0)
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


def _blocks(parent: etree._Element, transcript: Transcript, levels: dict[str, int], depth: int) -> list[Block]:
    blocks: list[Block] = []
    if depth > _DEEPEST:
        return blocks
    for child in parent:
        tag = child.tag
        if tag == f"{W}p":
            blocks += _paragraphs(child, transcript, levels, depth)
        elif tag == f"{W}tbl":
            blocks += _table(child, transcript, levels, depth)
        elif tag in (f"{W}sdt", f"{W}sdtContent", f"{W}customXml", f"{W}ins", f"{W}smartTag"):
            blocks += _blocks(child, transcript, levels, depth + 1)
        elif tag == f"{MC}AlternateContent":
            chosen = child.find(f"{MC}Choice")
            if chosen is not None:
                blocks += _blocks(chosen, transcript, levels, depth + 1)
    return blocks


def _paragraphs(paragraph: etree._Element, transcript: Transcript, levels: dict[str, int], depth: int) -> list[Block]:
    pieces: list[str] = []
    boxes: list[etree._Element] = []
    _text(paragraph, pieces, boxes)
    level = 0
    properties = paragraph.find(f"{W}pPr")
    if properties is not None:
        style = properties.find(f"{W}pStyle")
        if style is not None:
            level = levels.get(style.get(f"{W}val") or "", 0)
        outline = properties.find(f"{W}outlineLvl")
        if not level and outline is not None:
            number = outline.get(f"{W}val") or ""
            level = int(number) + 1 if number.isdigit() and int(number) < 6 else 0
    blocks: list[Block] = []
    for line in "".join(pieces).split("\n"):
        if line.strip():
            blocks.append(Paragraph(transcript.add(line.strip()), level))
    for box in boxes:
        blocks += _blocks(box, transcript, levels, depth + 1)
    return blocks


def _text(element: etree._Element, pieces: list[str], boxes: list[etree._Element]) -> None:
    """Text of a paragraph in order: deletions, field codes, hidden runs, ruby notes and fallbacks left out."""
    stack = [element]
    while stack:
        node = stack.pop()
        tag = node.tag
        if tag == f"{W}t":
            pieces.append(node.text or "")
        elif tag == f"{W}tab":
            pieces.append("\t")
        elif tag in (f"{W}br", f"{W}cr"):
            pieces.append("\n" if node.get(f"{W}type") in (None, "textWrapping") else "")
        elif tag == f"{W}noBreakHyphen":
            pieces.append("-")
        elif tag == f"{W}txbxContent":
            boxes.append(node)
        elif tag in (f"{W}del", f"{W}moveFrom", f"{W}instrText", f"{W}rt", f"{W}pPr", f"{MC}Fallback"):
            continue
        elif tag == f"{W}r" and _vanished(node):
            continue
        else:
            stack.extend(reversed(node))


def _vanished(run: etree._Element) -> bool:
    hidden = run.find(f"{W}rPr/{W}vanish")
    return hidden is not None and hidden.get(f"{W}val") not in ("0", "false", "off")


def _table(table: etree._Element, transcript: Transcript, levels: dict[str, int], depth: int) -> list[Block]:
    """A w:tbl: gridSpan is colspan; vMerge cells join the cell above in the same grid column, gridBefore is a gap."""
    rows: list[list[RawCell]] = []
    above: dict[int, RawCell] = {}
    for row in _children(table, "tr"):
        cells: list[RawCell] = []
        column = _number(row, f"{W}trPr/{W}gridBefore", 0)
        if column:
            cells.append(RawCell(colspan=column))
        here: dict[int, RawCell] = {}
        for cell in _children(row, "tc"):
            span = _number(cell, f"{W}tcPr/{W}gridSpan", 1)
            merge = cell.find(f"{W}tcPr/{W}vMerge")
            sideways = cell.find(f"{W}tcPr/{W}hMerge")
            if sideways is not None and sideways.get(f"{W}val") in (None, "continue") and cells:
                cells[-1].colspan += span
                column += span
                continue
            if merge is not None and merge.get(f"{W}val") in (None, "continue") and column in above:
                above[column].rowspan += 1
                here[column] = above[column]
            else:
                raw = RawCell(_blocks(cell, transcript, levels, depth + 1), 1, span)
                cells.append(raw)
                if merge is not None:
                    here[column] = raw
            column += span
        above = here
        rows.append(cells)
    return blocks_of(rows)


def _children(parent: etree._Element, name: str) -> list[etree._Element]:
    """Direct children w:`name`, those in content controls and insertions included."""
    found: list[etree._Element] = []
    for child in parent:
        if child.tag == f"{W}{name}":
            found.append(child)
        elif child.tag in (f"{W}sdt", f"{W}sdtContent", f"{W}ins", f"{W}customXml"):
            found += _children(child, name)
    return found


def _number(element: etree._Element, path: str, default: int) -> int:
    found = element.find(path)
    value = found.get(f"{W}val") if found is not None else None
    return max(min(int(value), limits().colspan), default) if value and value.isdigit() else default
