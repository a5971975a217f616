"""Rows that come already extracted: `extract`'s own JSON lines, and the spreadsheet template for offices that collect by spreadsheet.

Both give Reports whose observations have the method `imported` and come after everything that was read from a report
itself (CONTRACT 3). They are checked row by row: a wrong one is listed with its place and the reason, the rest is taken.
"""

from __future__ import annotations

import io
from pathlib import Path

from etl.imports import lines, template
from etl.imports.template import write_template
from etl.model import Report, SourceError
from etl.read import archive
from etl.read.grid import limits

__all__ = ["holds_rows", "read_rows", "rows_inside", "write_template"]


def holds_rows(path: str | Path) -> bool:
    """Whether a file is one of ours: .jsonl by its name, .csv and .xlsx by the headings in their first row.

    Raises SourceError for a table that `export` wrote.
    """
    path = Path(path)
    kind = path.suffix.lower()
    if kind not in template.KINDS:
        return kind == ".jsonl"
    try:
        if path.stat().st_size > limits().file_bytes:
            return kind == ".csv" and template.is_template(path.name, _head(path))
        return template.is_template(path.name, _head(path) if kind == ".csv" else path.read_bytes())
    except OSError:
        return False  # the readers say what is wrong with it


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(template.LOOK)


def read_rows(path: str | Path) -> tuple[list[Report], list[str]]:
    """The reports of such a file and its wrong rows, one Chinese line each. Raises SourceError when no row can be taken."""
    path, name = Path(path), str(path)
    listed = path.suffix.lower() == ".jsonl"
    most = limits().rows_bytes if listed else limits().file_bytes
    if path.stat().st_size > most:
        raise SourceError(name, f"文件超过{most >> 20} MB", "请拆成几个文件后再导入")
    if not listed:
        return template.read_template(name, path.read_bytes())
    with path.open("rb") as file:
        return lines.read_lines(name, file)


def rows_inside(path: str | Path) -> tuple[list[Report], list[str], frozenset[str]]:
    """The reports and wrong rows of the members of a zip that hold rows, and the names of those members (none for any other file).

    A member of which no row can be taken is told as one wrong row: the rest of the archive stays.
    """
    path = Path(path)
    reports: list[Report] = []
    wrong: list[str] = []
    taken: list[str] = []
    seen: set[tuple[str, str, int]] = set()
    if path.suffix.lower() == ".zip" and path.stat().st_size <= limits().file_bytes:
        try:
            packed = archive.open_zip(str(path), path.read_bytes())
        except SourceError:
            return [], [], frozenset()  # the readers say what is wrong with it
        with packed:
            for member, name in archive.members(str(path), packed):
                if not name.lower().endswith((".jsonl", *template.KINDS)):
                    continue
                inside = name.split("!/", 1)[1]
                try:
                    data = archive.read_member(packed, member, name)
                    if not inside.lower().endswith(".jsonl") and not template.is_template(inside, data):
                        continue
                    taken.append(name)
                    if inside.lower().endswith(".jsonl"):
                        found, listed = lines.read_lines(name, io.BytesIO(data))
                    else:
                        found, listed = template.read_template(name, data)
                    wrong += [f"{inside} {row}" for row in listed]
                    for report in found:
                        if (key := (report.document, report.sha256, report.part)) in seen:
                            wrong.append(f"{inside} {report.document}：压缩包内另一个文件里已有这份报告。请删去一份")
                            continue
                        seen.add(key)
                        reports.append(report)
                except SourceError as fault:
                    if name in taken:
                        wrong.append(f"{inside} {fault.reason}。{fault.advice}")
    return reports, wrong, frozenset(taken)
