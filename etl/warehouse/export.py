"""The whole build as Parquet or CSV with a data dictionary (Frictionless datapackage.json), for any other tool."""

from __future__ import annotations

import contextlib
import json
import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from etl.warehouse.build import CONNECT, VIEW_NAMES, Build, WarehouseError

_TYPES = {"BIGINT": "integer", "INTEGER": "integer", "SMALLINT": "integer", "TINYINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}  # fmt: skip


_NOTES = """这里是整个数据版本：一个文件一张表，字段含义见 数据字典.csv；datapackage.json 是 Frictionless 数据包说明。
CSV 为 UTF-8 编码；列表和位置写成 JSON；空单元格是没有值，不是零。
{how}
源文件只写装入的文件夹以下的路径，不含本机的目录。
fictional 为真的行是虚构示例，不要与真实数据相加、比较。
"""
_AS_IT_STANDS = """数值和文字都是库里的原样，供程序读取。报告原文里可能有以 = + - @ 开头的文字。用电子表格打开 CSV 时请用“数据→从文本/CSV 导入”
并把这些列设为文本，不要直接双击。给人看的表格请在看板上下载，那里的文件已作处理。"""
_FOR_SPREADSHEETS = (
    "CSV 里以 = + - @ ＝ ＋ － ＠ 或制表符开头的文字前加了一个撇号，以免被表格软件当成公式；其余为库里的原样。"
)

_PATHS = ("source_path", "document", "location")
_OF_SOURCE = ("path", "reason", "advice")
"""Columns that hold the name of a file, everywhere and in source_v; the path of a plan's task is none."""

_ABSOLUTE = r"^([/\\]|[A-Za-z]:)"
_FORMULA = "^[ \u3000\ufeff]*[=+@＝＋－＠\t\r-]"
_CLOSED = frozenset(
    "metric status qualifier method kind form scope level severity rule_id state sha256 adcode".split()
)  # columns whose words are the product's own: none begins like a formula


def relative_paths(con: duckdb.DuckDBPyConnection) -> Callable[[str], str]:
    """A function column -> SQL that makes absolute paths in it relative to the folder common to all sources, and cuts that folder out of
    messages: where a file lies on the machine that read it is nobody's business elsewhere."""
    ends = con.execute(
        f"select min(location), max(location) from source where regexp_matches(location, '{_ABSOLUTE}')"
    ).fetchone()
    low, high = (end or "" for end in ends or ("", ""))
    same = next((n for n, (a, b) in enumerate(zip(low, high, strict=False)) if a != b), len(low))
    folder = low[: max(low.rfind("/", 0, same), low.rfind("\\", 0, same)) + 1].replace("'", "''")

    def expression(column: str) -> str:
        cut = f"replace({column}, '{folder}', '')" if len(folder) > 3 else column
        return rf"case when regexp_matches({cut}, '{_ABSOLUTE}') then regexp_extract({cut}, '[^/\\]+$') else {cut} end"

    return expression


def copy_build(build: Build, target: Path) -> Path:
    """A copy of the build's file at `target`, its sources named below the loaded folder. Written anew: a changed file keeps what stood there in
    its free blocks."""
    draft = target.with_suffix(".draft")
    shutil.copyfile(build.path, draft)
    with contextlib.closing(duckdb.connect(str(draft), config=CONNECT)) as con:
        relative = relative_paths(con)
        con.execute(f"update report set document = {relative('document')} where document is not null")
        columns = ", ".join(f"{name} = {relative(name)}" for name in ("path", "location", "reason", "advice"))
        con.execute(
            f"update source set {columns}, other_paths = list_transform(other_paths, lambda x: {relative('x')})"
        )
        con.execute(f"attach '{str(target).replace(chr(39), chr(39) * 2)}' as whole")
        con.execute(f'copy from database "{draft.stem}" to whole')
        con.execute("detach whole")
    draft.unlink()
    return target


def export_build(build: Build, directory: str | Path, form: str = "parquet", spreadsheet: bool = False) -> list[Path]:
    """Writes one file per view, datapackage.json, 数据字典.csv and 说明.txt into `directory`; gives their paths.

    For programs: every value as it stands in the build (a printed "-" stays "-"), so that 说明.txt warns of opening the CSV in
    a spreadsheet, which runs what begins with =. `spreadsheet`: for people; in the CSV such text gets an apostrophe before it.
    CSV is UTF-8 with BOM, lists and places as JSON. Paths are relative to the loaded folder.
    """
    directory = Path(directory)
    written: list[Path] = []
    resources: list[dict[str, Any]] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(duckdb.connect(build.path, read_only=True, config=CONNECT)) as con:
            relative = relative_paths(con)
            for view in VIEW_NAMES:
                columns = con.execute(
                    "select column_name, data_type, comment from duckdb_columns() where table_name = ? order by column_index",
                    [view],
                ).fetchall()
                path = directory / f"{view}.{form}"
                _write_view(con, view, columns, path, form, relative, spreadsheet and form == "csv")
                written.append(path)
                resources.append(_resource(view, path, form, columns))
    except OSError as fault:
        raise WarehouseError(
            f"写不了 {directory}（{fault.strerror or fault}）。请检查文件夹权限和磁盘空间。"
        ) from fault
    except duckdb.IOException as fault:
        raise WarehouseError(
            f"写不了 {directory}（{str(fault).splitlines()[0]}）。请检查文件夹权限和磁盘空间。"
        ) from fault
    package = {
        "name": "disclosure-yearbook", "title": "政府信息公开年鉴", "version": build.name,
        "profile": "tabular-data-package" if form == "csv" else "data-package",
        "created": datetime.fromisoformat(build.created).astimezone().isoformat(), "description": "从各机关公布的政府信息公开报告中读出的数值，每个数附原文和位置。", "resources": resources,
    }  # fmt: skip
    (directory / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=1), encoding="utf-8")
    lines = ["表,字段,类型,含义"]
    lines += [
        f"{r['name']},{f['name']},{f['type']},{_quoted(f['description'])}"
        for r in resources
        for f in r["schema"]["fields"]
    ]
    (directory / "数据字典.csv").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig")
    how = _FOR_SPREADSHEETS if spreadsheet else _AS_IT_STANDS
    (directory / "说明.txt").write_text(_NOTES.format(how=how), encoding="utf-8-sig")
    return [*written, directory / "datapackage.json", directory / "数据字典.csv", directory / "说明.txt"]


def _write_view(
    con: duckdb.DuckDBPyConnection, view: str, columns: list[tuple], path: Path, form: str, relative: Callable[[str], str], spreadsheet: bool
) -> None:  # fmt: skip
    parts = []
    for name, kind, _ in columns:
        column = f'"{name}"'
        if kind == "VARCHAR" and (name in _PATHS or (view == "source_v" and name in _OF_SOURCE)):
            column = relative(column)
        elif name == "other_paths":
            column = f"list_transform({column}, lambda x: {relative('x')})"
        if form == "csv" and (kind.endswith("[]") or kind.startswith("STRUCT")):
            column = f"to_json({column})::varchar"
        elif spreadsheet and kind == "VARCHAR" and name not in _CLOSED:
            column = f"case when regexp_matches({column}, '{_FORMULA}') then '''' || {column} else {column} end"
        parts.append(f'{column} as "{name}"')
    query = f"select {', '.join(parts)} from {view}"
    if form == "parquet":
        target = str(path).replace("'", "''")
        con.execute(f"copy ({query}) to '{target}' (format parquet, compression zstd)")
        return
    plain = path.with_suffix(".tmp")
    con.execute(f"copy ({query}) to '{str(plain).replace(chr(39), chr(39) * 2)}' (format csv, header)")
    with plain.open("rb") as source, path.open("wb") as file:
        file.write(b"\xef\xbb\xbf")
        while block := source.read(1 << 20):
            file.write(block)
    plain.unlink()


def _resource(view: str, path: Path, form: str, columns: list[tuple]) -> dict[str, Any]:
    fields = [
        {"name": name, "type": "array" if kind.endswith("[]") else "object" if kind.startswith("STRUCT") else _TYPES.get(kind, "string"), "description": comment or ""}
        | ({"format": "%Y-%m-%d %H:%M:%S"} if kind == "TIMESTAMP" else {})
        for name, kind, comment in columns
    ]  # fmt: skip
    media = "text/csv" if form == "csv" else "application/vnd.apache.parquet"
    tabular = {"profile": "tabular-data-resource"} if form == "csv" else {}
    return {
        "name": view, "path": path.name, "format": form, "mediatype": media, "encoding": "utf-8", **tabular,
        "schema": {"fields": fields, "missingValues": [""]},
    }  # fmt: skip


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
