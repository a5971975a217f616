"""Who must report: the imported roster (data/registry/roster.csv), its template, and what fills the build's roster table."""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from pydantic import ValidationError

from etl import registry
from etl.model import YearbookError
from etl.normalise import text as normal_form
from etl.registry import RosterEntry
from etl.warehouse.rows import agency_id

HEADINGS = {
    "agency": "机关全称", "adcode": "区划代码", "level": "层级", "system": "系统", "first_year": "起始年度", "last_year": "截止年度",
    "month": "期限月", "day": "期限日",
}  # fmt: skip
EXAMPLE = ("示例市应急管理局", "", "市级", "应急管理", "2019", "", "", "")
MOST_ROWS, LARGEST = 200_000, 20 * 2**20


class RosterError(YearbookError):
    """A roster that cannot be taken. `str()` names file, row and column and says what to do."""


def roster_template() -> list[list[str]]:
    """Rows of the template to fill in: the headings and an example, which an import leaves out."""
    return [list(HEADINGS.values()), list(EXAMPLE)]


def read_roster(name: str, data: bytes) -> list[RosterEntry]:
    """The entries of a filled template (.csv, .xlsx). Raises RosterError for the first bad row, SourceError for a file that is no table."""
    from etl.imports.template import printed_rows  # which needs the readers; the pages only offer the template

    if len(data) > LARGEST:
        raise RosterError(f"{name} 超过 {LARGEST >> 20} MB，不像是名册。请检查文件。")
    rows = printed_rows(name, data) if data.strip() else []
    if not any(map(any, rows)):
        raise RosterError(f"{name} 没有内容。请用模板填写。")
    if len(rows) > MOST_ROWS:
        raise RosterError(f"{name} 超过 {MOST_ROWS} 行，不像是名册。请检查文件。")
    header = [normal_form(cell).strip() for cell in rows[0]]
    columns = {field: header.index(word) for field, word in HEADINGS.items() if word in header}
    columns |= {field: header.index(field) for field in HEADINGS if field in header and field not in columns}
    if "agency" not in columns:
        raise RosterError(f"{name} 第1行没有“{HEADINGS['agency']}”一列。请用模板的表头。")
    entries: list[RosterEntry] = []
    seen: set[tuple[str, str | None]] = set()
    for line, row in enumerate(rows[1:], 2):
        record: dict[str, Any] = {field: _cell(row[at]) if at < len(row) else None for field, at in columns.items()}
        if not record["agency"] or record["agency"] == EXAMPLE[0]:
            continue
        if record.get("level"):
            record["level"] = registry.import_words("level").get(record["level"], record["level"])
        try:
            entry = RosterEntry.model_validate(record)
        except ValidationError as fault:
            field = str(fault.errors()[0]["loc"][0]) if fault.errors()[0]["loc"] else ""
            raise RosterError(
                f"{name} 第{line}行“{HEADINGS.get(field, field)}”有误：{record.get(field)!r}。请改正后重试。"
            ) from fault
        if (entry.month is None) != (entry.day is None):
            raise RosterError(f"{name} 第{line}行：期限月和期限日须同时填写或同时留空。")
        if (entry.agency, entry.adcode) in seen:
            raise RosterError(f"{name} 第{line}行：{entry.agency} 重复。请删去一行。")
        seen.add((entry.agency, entry.adcode))
        entries.append(entry)
    if not entries:
        raise RosterError(f"{name} 只有表头，没有机关。请填写后重试。")
    return entries


def import_roster(path: str | Path, root: Path = registry.ROOT) -> int:
    """Takes a filled template as the roster (roster.csv of the registry, replaced). Gives the number of bodies. Raises RosterError."""
    try:
        data = Path(path).read_bytes()
    except OSError as fault:
        raise RosterError(f"打不开 {path}（{fault.strerror or fault}）。请检查文件。") from fault
    entries = read_roster(Path(path).name, data)
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADINGS)
    for entry in sorted(entries, key=lambda e: (e.adcode or "", e.agency)):
        writer.writerow(["" if getattr(entry, field) is None else getattr(entry, field) for field in HEADINGS])
    target = root / "roster.csv"
    part = target.with_suffix(".part")
    part.write_text(out.getvalue(), encoding="utf-8")
    part.replace(target)
    return len(entries)


def _cell(text: str) -> str | None:
    text = normal_form(text).strip()
    return (text[:-1] if text[:-1].isdigit() and text[-1] in "年月日" else text) or None


def fill_roster(con: duckdb.DuckDBPyConnection, root: Path) -> list[str]:
    """The roster as a table, each body with the agency of the build that it names: by name or alias, and by code where it gives one.

    A name that may mean several agencies, or one whose place no report tells, is left out: to call a body missing that reports under that
    name would be a guess. Gives one line for each.
    """
    con.execute("delete from roster")
    entries = registry.load_roster(root)
    if not entries:
        return []
    known: dict[str, list[tuple]] = defaultdict(list)
    for row in con.execute("select agency_id, name, aliases, adcode, fictional, resolved from agency").fetchall():
        for name in {row[1], *row[2]}:
            known[name].append(row)
    regions = {r.adcode: r for r in registry.load_regions(root)}
    rows: dict[str, tuple] = {}
    unclear: list[str] = []
    for entry in entries:
        fitting = [
            k
            for k in known.get(entry.agency, [])
            if entry.adcode is None or k[3] is None or k[3].startswith(registry.region_head(entry.adcode))
        ]
        fitting = [k for k in fitting if k[3] == entry.adcode] or fitting
        if len(fitting) > 1 or not all(k[5] for k in fitting):
            what = f"可指库中{len(fitting)}个机关" if len(fitting) > 1 else "在库中有同名机关，其报告没有写明所在地区"
            unclear.append(f"名册中的“{entry.agency}”{what}，未判断是否报告。请在名册中填写机关全称和区划代码")
            continue
        found = fitting[0] if fitting else None
        code = entry.adcode or (found[3] if found else None)
        places: dict[str, str] = {}
        at = regions.get(code or "")
        while at is not None:
            places[at.level] = at.name
            at = regions.get(at.parent) if at.parent else None
        id = found[0] if found else agency_id(entry.agency, entry.adcode)
        rows[id] = (
            id, entry.agency, entry.system, entry.level, places.get("province"), places.get("city"), places.get("county"), places.get("township"),
            code, entry.first_year, entry.last_year, entry.month, entry.day, bool(found[4]) if found else (code or "").startswith("99"),
        )  # fmt: skip
    columns = list(zip(*rows.values(), strict=True)) if rows else [()] * len(_ROSTER)
    con.register(
        "incoming", pa.table([pa.array(c, type=f.type) for c, f in zip(columns, _ROSTER, strict=True)], schema=_ROSTER)
    )
    con.execute("insert into roster by name select * from incoming")
    con.unregister("incoming")
    return unclear


_T, _I = pa.string(), pa.int32()
_ROSTER = pa.schema([
    ("agency_id", _T), ("agency", _T), ("system", _T), ("level", _T), ("province", _T), ("city", _T), ("county", _T), ("township", _T), ("adcode", _T),
    ("first_year", _I), ("last_year", _I), ("month", _I), ("day", _I), ("fictional", pa.bool_()),
])  # fmt: skip
