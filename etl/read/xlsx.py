"""Workbooks -> one Table per visible sheet, merged cells expanded: XLSX from its XML, older and other kinds by calamine."""

from __future__ import annotations

import datetime
import json
import posixpath
import re
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from lxml import etree  # type: ignore[import-untyped]

from etl.model import Block, Paragraph, SourceError
from etl.read.archive import read_member
from etl.read.docx import parse_xml
from etl.read.grid import RawCell, blocks_of, limits
from etl.read.transcript import Transcript

Value = str | int | float | None
Corner = Sequence[int]
_ADVICE = "请用 Excel 或 WPS 打开后另存为 .xlsx 再导入"
_SHEETS = 50
_SPARSE = 50_000
"""Cells that a sheet may span beyond twenty times its filled ones: a stray cell far away makes millions of empty ones."""
_SECONDS = 20
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
_STRICT_RELATION = "{http://purl.oclc.org/ooxml/officeDocument/relationships}id"
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d{1,7})")
_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
"""Built-in number formats that show a date or time (ECMA-376 18.8.30, the Chinese ones included)."""
_QUOTED = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]|_.')


def read(name: str, archive: zipfile.ZipFile) -> tuple[list[Block], Transcript, dict[str, str]]:
    """Blocks and transcript of an XLSX; a table's caption is its sheet's name. Raises SourceError."""
    transcript = Transcript(name)
    blocks: list[Block] = []
    for title, values, merged in sheets(name, archive):
        blocks += blocks_of(_rows(values, merged, transcript), caption=title)
    return blocks, transcript, {}


def sheets(name: str, archive: zipfile.ZipFile) -> Iterator[tuple[str, list[list[Value]], list[tuple[Corner, Corner]]]]:
    """Name, rows and merged ranges of each visible sheet of an XLSX. Raises SourceError."""
    book = _part(name, archive, "xl/workbook.xml")
    if book is None:
        raise SourceError(name, "表格文件已损坏，无法读取", _ADVICE)
    targets = {}
    for relation in _iterate(_part(name, archive, "xl/_rels/workbook.xml.rels"), "{*}Relationship"):
        target = relation.get("Target") or ""
        path = target[1:] if target.startswith("/") else posixpath.normpath("xl/" + target)
        targets[relation.get("Id") or ""] = path
    strings = [_string(item) for item in _iterate(_part(name, archive, "xl/sharedStrings.xml"), "{*}si")]
    dates = _date_styles(_part(name, archive, "xl/styles.xml"))
    first_day = _first_day(book)
    for sheet in list(_iterate(book, "{*}sheets/{*}sheet"))[:_SHEETS]:
        if sheet.get("state") in ("hidden", "veryHidden"):
            continue
        part = _part(name, archive, targets.get(sheet.get(_RELATION) or sheet.get(_STRICT_RELATION) or "", ""))
        if part is None or etree.QName(part).localname != "worksheet":
            continue
        cells = {at: _value(cell, strings, dates, first_day) for at, cell in _cells(name, part)}
        merged = [
            corners
            for merge in _iterate(part, "{*}mergeCells/{*}mergeCell")
            if (corners := _corners(merge.get("ref") or ""))
        ]
        yield sheet.get("name") or "", _dense(name, cells), merged


def read_other(name: str, data: bytes) -> tuple[list[Block], Transcript, dict[str, str]]:
    """As `read` for .xls, .ods and .xlsb, read by `workbook.py` in a process of its own. Raises SourceError."""
    command = [sys.executable, "-I", str(Path(__file__).with_name("workbook.py")), str(10 * limits().cells)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, timeout=_SECONDS, check=False)
        answer = json.loads(done.stdout) if done.returncode == 0 else {"fault": "damaged"}
    except (subprocess.TimeoutExpired, OSError, ValueError):
        answer = {"fault": "damaged"}
    if isinstance(answer, dict):
        if answer["fault"] == "password":
            raise SourceError(name, "文件有密码", "请解除密码后再导入")
        if answer["fault"] == "large":
            raise SourceError(name, f"工作表超过{10 * limits().cells}格", "请只保留报告所在区域后再导入")
        raise SourceError(name, "表格文件已损坏，无法读取", _ADVICE)
    transcript = Transcript(name)
    blocks: list[Block] = []
    for sheet in answer:
        blocks += blocks_of(_rows(sheet["rows"], sheet["merged"], transcript), caption=sheet["name"])
    return blocks, transcript, {}


# --- the XML of a workbook ----------------------------------------------------------------------------------------


def _part(name: str, archive: zipfile.ZipFile, path: str) -> etree._Element | None:
    try:
        member = archive.getinfo(path)
    except KeyError:
        return None
    return parse_xml(name, read_member(archive, member, name))


def _iterate(element: etree._Element | None, path: str) -> Iterator[etree._Element]:
    return element.iterfind(path) if element is not None else iter(())


def _string(item: etree._Element) -> str:
    """The text of a shared or inline string: its runs, without the reading aids (rPh)."""
    pieces = [t.text or "" for path in ("{*}t", "{*}r/{*}t") for t in item.iterfind(path)]
    return "".join(pieces).replace("_x000D_", "").replace("\r", "")


def _date_styles(styles: etree._Element | None) -> frozenset[int]:
    """Numbers of the cell styles that show dates."""
    shown = set(_DATES)
    for form in _iterate(styles, "{*}numFmts/{*}numFmt"):
        code = _QUOTED.sub("", form.get("formatCode") or "").lower()
        number = form.get("numFmtId") or ""
        if number.isdecimal() and len(number) < 9 and ("y" in code or "d" in code or "h:mm" in code):
            shown.add(int(number))
    out = set()
    for n, style in enumerate(_iterate(styles, "{*}cellXfs/{*}xf")):
        number = style.get("numFmtId") or ""
        if number.isdecimal() and len(number) < 9 and int(number) in shown:
            out.add(n)
    return frozenset(out)


def _first_day(book: etree._Element) -> datetime.date:
    """The day 0 of the workbook's calendar."""
    settings = book.find("{*}workbookPr")
    if settings is not None and settings.get("date1904") in ("1", "true"):
        return datetime.date(1904, 1, 1)
    return datetime.date(1899, 12, 30)


def _place(reference: str) -> tuple[int, int] | None:
    """Row and column, from 0, of B7."""
    found = _CELL.fullmatch(reference)
    if found is None or int(found[2]) == 0:
        return None
    column = 0
    for letter in found[1]:
        column = column * 26 + ord(letter) - 64
    return int(found[2]) - 1, column - 1


def _corners(reference: str) -> tuple[Corner, Corner] | None:
    """First and last cell of A1:C3."""
    first, _, last = reference.partition(":")
    top, bottom = _place(first), _place(last)
    return (top, bottom) if top and bottom and top[0] <= bottom[0] and top[1] <= bottom[1] else None


def _cells(name: str, sheet: etree._Element) -> Iterator[tuple[tuple[int, int], etree._Element]]:
    """(row, column) and element of each cell, in the file's order; a cell without a reference follows the one before it."""
    count = 0
    row = -1
    for line in sheet.iterfind("{*}sheetData/{*}row"):
        stated = line.get("r") or ""
        row = int(stated) - 1 if stated.isdecimal() and len(stated) < 8 and int(stated) else row + 1
        column = -1
        for cell in line.iterfind("{*}c"):
            at = _place(cell.get("r") or "") or (row, column + 1)
            column = at[1]
            count += 1
            if count > 10 * limits().cells:
                raise SourceError(name, f"工作表超过{10 * limits().cells}格", "请只保留报告所在区域后再导入")
            yield at, cell


def _value(cell: etree._Element, strings: list[str], dates: frozenset[int], first_day: datetime.date) -> Value:
    kind = cell.get("t") or "n"
    if kind == "inlineStr":
        inline = cell.find("{*}is")
        return _string(inline) if inline is not None else None
    found = cell.find("{*}v")
    text = found.text if found is not None else None
    if not text:
        return None
    if kind == "s":
        return strings[int(text)] if text.isdecimal() and len(text) < 9 and int(text) < len(strings) else None
    if kind == "b":
        return "TRUE" if text == "1" else "FALSE"
    if kind != "n":  # text of a formula, an error as printed, a date in ISO form
        return text
    try:
        number = float(text)
    except ValueError:
        return text
    style = cell.get("s") or ""
    if style.isdecimal() and len(style) < 7 and int(style) in dates and 1 <= number < 2_900_000:
        day = (first_day + datetime.timedelta(int(number))).isoformat()
        seconds = round(number % 1 * 86400)
        return f"{day}T{seconds // 3600 % 24:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}" if seconds else day
    return number if abs(number) < 1e300 else text  # not for nan


def _dense(name: str, cells: dict[tuple[int, int], Value]) -> list[list[Value]]:
    """Rows of equal length up to the last filled cell. Raises SourceError where that is beyond the limit."""
    filled = [at for at, value in cells.items() if value not in ("", None)]
    if not filled:
        return []
    last_row, last_column = max(r for r, _ in filled), max(c for _, c in filled)
    if (last_row + 1) * (last_column + 1) > _SPARSE + 20 * len(filled):
        raise SourceError(name, f"工作表跨度达{last_row + 1}行{last_column + 1}列", "请只保留报告所在区域后再导入")
    rows: list[list[Value]] = [[None] * (last_column + 1) for _ in range(last_row + 1)]
    for row, column in filled:
        rows[row][column] = cells[row, column]
    return rows


# --- rows of both -------------------------------------------------------------------------------------------------


def _rows(
    values: Sequence[Sequence[Value]], merged: Sequence[tuple[Corner, Corner]], transcript: Transcript
) -> list[list[RawCell]]:
    """Raw cells of a sheet without its empty right and lower margin."""
    spans: dict[tuple[int, int], tuple[int, int]] = {}
    covered: set[tuple[int, int]] = set()
    for (top, left), (bottom, right) in merged:
        bottom, right = min(bottom, len(values) - 1), min(right, top + limits().cells, left + limits().colspan)
        if (bottom - top + 1) * (right - left + 1) > limits().cells:
            continue
        spans[top, left] = (bottom - top + 1, right - left + 1)
        covered |= {(r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)} - {(top, left)}
    used_rows = [r for r, row in enumerate(values) if any(v not in ("", None) for v in row)]
    if not used_rows:
        return []
    filled = sum(v not in ("", None) for row in values for v in row)
    if len(values) * len(values[0]) > _SPARSE + 20 * filled:
        raise SourceError(
            "", f"工作表跨度达{len(values)}行{len(values[0])}列，几乎都是空格", "请只保留报告所在区域后再导入"
        )
    last_row = used_rows[-1]
    last_column = max(c for row in values for c, v in enumerate(row) if v not in ("", None))
    rows: list[list[RawCell]] = []
    for r in range(used_rows[0], last_row + 1):
        cells: list[RawCell] = []
        for c, value in enumerate(values[r][: last_column + 1]):
            if (r, c) in covered:
                continue
            text = printed(value)
            down, across = spans.get((r, c), (1, 1))
            across = min(across, last_column + 1 - c)
            lines = [Paragraph(transcript.add(line.strip())) for line in text.split("\n") if line.strip()]
            cells.append(RawCell(list(lines), down, across))
        rows.append(cells)
    return rows


def printed(value: object) -> str:
    """A cell's value as text; whole floats without ".0", dates as ISO. Number formats are not applied."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else format(value, ".15g")
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    if isinstance(value, datetime.date | datetime.time):
        return value.isoformat()
    return str(value)
