"""XLSX, XLS, ODS -> one Table per visible sheet, merged cells expanded, by calamine."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from collections.abc import Sequence

import python_calamine
from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

from etl.model import Block, Paragraph, SourceError
from etl.read.archive import read_member
from etl.read.grid import RawCell, blocks_of, limits
from etl.read.transcript import Transcript

_COUNT = re.compile(rb"""count\s*=\s*["']\s*\+?0*(\d{7,20})""", re.I)
_REFERENCE = re.compile(rb'<c r="([A-Z]{1,3})(\d{1,7})"')


def read(name: str, data: bytes) -> tuple[list[Block], Transcript, dict[str, str]]:
    """Blocks and transcript of a workbook; a table's caption is its sheet's name. Raises SourceError."""
    advice = "请用 Excel 或 WPS 打开后另存为 .xlsx 再导入"
    transcript = Transcript(name)
    blocks: list[Block] = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            for described in book.sheets_metadata[:50]:
                if described.visible != SheetVisibleEnum.Visible:
                    continue
                try:
                    sheet = book.get_sheet_by_name(described.name)
                except python_calamine.WorksheetNotFound:  # a chart sheet
                    continue
                if sheet.total_height * sheet.total_width > 10 * limits().cells:
                    raise SourceError(
                        name, f"工作表“{described.name}”超过{10 * limits().cells}格", "请只保留报告所在区域后再导入"
                    )
                merged = sheet.merged_cell_ranges or []
                rows = _rows(sheet.to_python(skip_empty_area=False), merged, transcript)
                for block in blocks_of(rows, caption=described.name):
                    blocks.append(block)
    except PasswordError as fault:
        raise SourceError(name, "文件有密码", "请解除密码后再导入") from fault
    except (CalamineError, OSError, ValueError) as fault:
        raise SourceError(name, "表格文件已损坏，无法读取", advice) from fault
    except BaseException as fault:
        if (
            type(fault).__name__ != "PanicException"
        ):  # calamine gives up on a damaged .xls with Rust's own kind of error
            raise
        raise SourceError(name, "表格文件已损坏，无法读取", advice) from fault
    return blocks, transcript, {}


def check_extent(name: str, archive: zipfile.ZipFile) -> None:
    """Refuses a workbook that claims more than the limit: calamine takes room for all that is claimed. Raises SourceError.

    Claimed are the rectangle that a sheet's cells span and the number of entries that a list says it has.
    """
    for member in archive.infolist():
        if member.filename.startswith("xl/") and member.filename.endswith(".xml"):
            content = read_member(archive, member, name)
            if any(int(count[1]) > 10 * limits().cells for count in _COUNT.finditer(content)):
                raise SourceError(
                    name, "表格文件已损坏，条目数与内容不符", "请用 Excel 或 WPS 打开后另存为 .xlsx 再导入"
                )
        if not member.filename.startswith("xl/worksheets/") or not member.filename.endswith(".xml"):
            continue
        rows = columns = 0
        for found in _REFERENCE.finditer(content):
            rows = max(rows, int(found[2]))
            letters = 0
            for letter in found[1]:
                letters = letters * 26 + letter - 64
            columns = max(columns, letters)
        if rows * columns > 10 * limits().cells:
            raise SourceError(name, f"工作表跨度达{rows}行{columns}列", "请只保留报告所在区域后再导入")


def _rows(values: Sequence[Sequence[object]], merged: list, transcript: Transcript) -> list[list[RawCell]]:
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
