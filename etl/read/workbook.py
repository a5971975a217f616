"""Old and foreign workbooks (.xls, .ods, .xlsb) by calamine, in a process of their own, run as a script: no import from here.

calamine takes room for whatever a damaged file claims to hold and then ends the process, which must not be ours.
In: the file on stdin, the greatest number of cells as argument. Out: JSON, a list of visible sheets with `name`, `rows` (text,
numbers, null) and `merged` (first and last row and column); or an object with `fault`: password, large, damaged.
"""

from __future__ import annotations

import datetime
import io
import json
import sys
from typing import Any

MEMORY = 1 << 30
SHEETS = 50


def sheets(data: bytes, cells: int) -> list[dict[str, Any]] | dict[str, str]:
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum, WorksheetNotFound

    out: list[dict[str, Any]] = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(data)) as book:
            for described in book.sheets_metadata[:SHEETS]:
                if described.visible != SheetVisibleEnum.Visible:
                    continue
                try:
                    sheet = book.get_sheet_by_name(described.name)
                except WorksheetNotFound:  # a chart sheet
                    continue
                if sheet.total_height * sheet.total_width > cells:
                    return {"fault": "large"}
                rows = [[_plain(v) for v in row] for row in sheet.to_python(skip_empty_area=False)]
                out.append({"name": described.name, "rows": rows, "merged": sheet.merged_cell_ranges or []})
    except PasswordError:
        return {"fault": "password"}
    except (CalamineError, OSError, ValueError, MemoryError):
        return {"fault": "damaged"}
    return out


def _plain(value: object) -> str | float | None:
    if value is None or isinstance(value, str | int | float):
        return ("TRUE" if value else "FALSE") if isinstance(value, bool) else value
    if isinstance(value, datetime.datetime) and value.time() == datetime.time():
        return value.date().isoformat()
    return value.isoformat() if isinstance(value, datetime.date | datetime.time) else str(value)


if __name__ == "__main__":
    try:
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    except (ImportError, ValueError, OSError):  # no such limits on this system
        pass
    print(json.dumps(sheets(sys.stdin.buffer.read(), int(sys.argv[1]))))
