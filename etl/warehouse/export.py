"""The whole build as Parquet or CSV with a data dictionary (Frictionless datapackage.json), for any other tool."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

import duckdb

from etl.warehouse.build import CONNECT, VIEW_NAMES, Build, WarehouseError

_TYPES = {"BIGINT": "integer", "INTEGER": "integer", "SMALLINT": "integer", "TINYINT": "integer", "DOUBLE": "number", "BOOLEAN": "boolean", "DATE": "date", "TIMESTAMP": "datetime"}  # fmt: skip


def export_build(build: Build, directory: str | Path, form: str = "parquet") -> list[Path]:
    """Writes one file per view, 数据字典.csv and datapackage.json into `directory`; gives their paths.

    CSV is UTF-8 with BOM, lists and places as JSON; text that a spreadsheet would run as a formula gets a leading apostrophe.
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
        "name": "disclosure-yearbook", "title": "政府信息公开年鉴", "profile": "tabular-data-package", "version": build.name,
        "created": build.created, "description": "从各机关公布的政府信息公开报告中读出的数值，每个数附原文和位置。", "resources": resources,
    }  # fmt: skip
    (directory / "datapackage.json").write_text(json.dumps(package, ensure_ascii=False, indent=1), encoding="utf-8")
    lines = ["表,字段,类型,含义"]
    lines += [
        f"{r['name']},{f['name']},{f['type']},{_quoted(f['description'])}"
        for r in resources
        for f in r["schema"]["fields"]
    ]
    (directory / "数据字典.csv").write_text("\r\n".join(lines) + "\r\n", encoding="utf-8-sig")
    return [*written, directory / "datapackage.json", directory / "数据字典.csv"]


def _write_view(con: duckdb.DuckDBPyConnection, view: str, columns: list[tuple], path: Path, form: str) -> None:
    target = str(path).replace("'", "''")
    if form == "parquet":
        con.execute(f"copy (select * from {view}) to '{target}' (format parquet, compression zstd)")
        return
    parts = []
    for name, kind, _ in columns:
        if kind.endswith("[]") or kind.startswith("STRUCT"):
            parts.append(f'to_json("{name}")::varchar as "{name}"')
        elif kind == "VARCHAR":
            parts.append(
                f"""case when regexp_matches("{name}", '^[=+@\\t\\r-]') then '''' || "{name}" else "{name}" end as "{name}\""""
            )
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
        for name, kind, comment in columns
    ]  # fmt: skip
    media = "text/csv" if form == "csv" else "application/vnd.apache.parquet"
    return {
        "name": view, "path": path.name, "format": form, "mediatype": media, "encoding": "utf-8", "schema": {"fields": fields},
    }  # fmt: skip


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
