"""The whole build as Parquet or CSV with a data dictionary (Frictionless datapackage.json), for any other tool."""

from __future__ import annotations

import contextlib
import json
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from etl.warehouse.build import CONNECT, VIEW_NAMES, Build, WarehouseError

_TYPES = {"BIGINT": "integer", "INTEGER": "integer", "SMALLINT": "integer", "TINYINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}  # fmt: skip


_NOTES = """这里是整个数据版本，供程序读取：一个文件一张表，字段含义见 数据字典.csv；datapackage.json 是 Frictionless 数据包说明。
数值和文字都是库里的原样。CSV 为 UTF-8 编码；列表和位置写成 JSON；空单元格是没有值，不是零。
报告原文里可能有以 = + - @ 开头的文字。用电子表格打开 CSV 时请用“数据→从文本/CSV 导入”并把这些列设为文本，不要直接双击。
给人看的表格请在看板上下载，那里的文件已作处理。
fictional 为真的行是虚构示例，不要与真实数据相加、比较。
"""


def export_build(build: Build, directory: str | Path, form: str = "parquet") -> list[Path]:
    """Writes one file per view, datapackage.json, 数据字典.csv and 说明.txt into `directory`; gives their paths.

    For programs: every value as it stands in the build (a printed "-" stays "-"), so that 说明.txt warns of opening the CSV in
    a spreadsheet, which runs what begins with =. The files that the dashboard gives to people are made safe for that.
    CSV is UTF-8 with BOM, lists and places as JSON.
    """
    directory = Path(directory)
    written: list[Path] = []
    resources: list[dict[str, Any]] = []
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with contextlib.closing(duckdb.connect(build.path, read_only=True, config=CONNECT)) as con:
            for view in VIEW_NAMES:
                columns = con.execute(
                    "select column_name, data_type, comment from duckdb_columns() where table_name = ? order by column_index",
                    [view],
                ).fetchall()
                path = directory / f"{view}.{form}"
                _write_view(con, view, columns, path, form)
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
    (directory / "说明.txt").write_text(_NOTES, encoding="utf-8-sig")
    return [*written, directory / "datapackage.json", directory / "数据字典.csv", directory / "说明.txt"]


def _write_view(con: duckdb.DuckDBPyConnection, view: str, columns: list[tuple], path: Path, form: str) -> None:
    target = str(path).replace("'", "''")
    if form == "parquet":
        con.execute(f"copy (select * from {view}) to '{target}' (format parquet, compression zstd)")
        return
    parts = []
    for name, kind, _ in columns:
        if kind.endswith("[]") or kind.startswith("STRUCT"):
            parts.append(f'to_json("{name}")::varchar as "{name}"')
        else:
            parts.append(f'"{name}"')
    plain = path.with_suffix(".tmp")
    con.execute(
        f"copy (select {', '.join(parts)} from {view}) to '{str(plain).replace(chr(39), chr(39) * 2)}' (format csv, header)"
    )
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
