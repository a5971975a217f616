"""The whole build as one zip: every view as Parquet or CSV with its dictionary, or the DuckDB file itself. No streamlit, no SQL.

What is in it is etl.warehouse.export's; this module adds what a stranger needs: a README with build, date and counts, and a licence note.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import zipfile
from dataclasses import replace
from pathlib import Path

from etl.registry import words_of
from etl.warehouse import Build, WarehouseError
from etl.warehouse.export import copy_build, export_build
from pages.kit import wording

FORMS = {"csv": "CSV", "parquet": "Parquet", "duckdb": "DuckDB"}
README, LICENCE = "README.txt", "许可和引用.txt"
_ROOT = Path(__file__).resolve().parents[2]


def file_name(build: Build, form: str, made_on: str) -> str:
    """全部数据_版本_格式_日期.zip; a build of invented data only says so first."""
    return wording.file_name(
        "全部数据", build.name, form, "", made_on, "zip", build.has_fictional and not build.has_real
    )


def write_archive(build: Build, form: str, made_on: str, target: Path) -> Path:
    """Writes the zip to `target` and gives its path. Raises WarehouseError (unknown form, disk full, build gone)."""
    if form not in FORMS:
        raise WarehouseError(f"格式只能是 {'、'.join(FORMS)}，现为 {form!r}。")
    try:
        with (
            tempfile.TemporaryDirectory(prefix="yearbook-", dir=target.parent) as folder,
            zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=5) as archive,
        ):
            if form == "duckdb":
                archive.write(copy_build(build, Path(folder) / "copy.duckdb"), f"{build.name}.duckdb")
            else:
                for path in export_build(
                    replace(build, path=str(_apart(build, Path(folder)))), Path(folder) / "out", form, spreadsheet=True
                ):
                    how = zipfile.ZIP_STORED if path.suffix == ".parquet" else zipfile.ZIP_DEFLATED
                    archive.write(path, path.name, compress_type=how)
            archive.writestr(README, _text(readme(build, form, made_on)))
            archive.writestr(LICENCE, _text(licence(build)))
    except OSError as fault:
        raise WarehouseError(f"压缩包没有写成（{fault.strerror or fault}）。请检查磁盘空间后再试。") from fault
    return target


def _apart(build: Build, folder: Path) -> Path:
    """The build under another name: the dashboard's own connection may touch no file, and one process opens a path only once."""
    path = folder / f"{build.name}.duckdb"
    try:
        os.link(build.path, path)
    except OSError:  # another disk, or a file system without links
        shutil.copyfile(build.path, path)
    return path


def _text(lines: list[str]) -> bytes:
    return ("\r\n".join(lines) + "\r\n").encode("utf-8-sig")


def _nature(build: Build) -> str:
    if build.has_fictional and build.has_real:
        return f"既有各机关公布的报告，也有{wording.FICTIONAL}：各表 fictional 列为 true 的行是虚构的，使用前须先去掉。"
    if build.has_fictional:
        return f"{wording.FICTIONAL}：省、市、机关和数字均为虚构，不是任何真实机关的数据，不得引用。"
    return "数值来自各机关依法公布的政府信息公开工作年度报告和工作总结。"


def readme(build: Build, form: str, made_on: str) -> list[str]:
    """What is in the zip and how to open it."""
    how = {
        "csv": ["每个视图一个 .csv 文件（UTF-8，带 BOM，Excel 双击即可打开）；“数据字典.csv”列出各表、各列的含义。",
                "以 = + - @ ＝ ＋ － ＠ 或制表符开头的文字前加了一个撇号，以免被表格软件当成公式。"],
        "parquet": ["每个视图一个 .parquet 文件，pandas、R、DuckDB 均可读；“数据字典.csv”列出各表、各列的含义。"],
        "duckdb": [f"{build.name}.duckdb 是当前版本的完整数据库，请以只读方式打开：duckdb -readonly {build.name}.duckdb",
                   "须用 DuckDB 2.0 或更新的版本。各视图（metric_value、indicator_value、report_v、observation_v、finding_v 等）的列有注释，",
                   "用 describe 或 duckdb_columns() 查看。"],
    }[form]  # fmt: skip
    counts = (
        f"源文件{wording.number(build.sources)}个（其中{wording.number(build.set_aside)}个被搁置），报告{wording.number(build.reports)}份，"
        f"数值{wording.number(build.observations)}条，问题{wording.number(build.findings)}条，机关{wording.number(build.agencies)}个"
    )
    return [
        f"{wording.PRODUCT}：全部数据", "", _nature(build), "", f"数据版本：{build.name}", f"建立时间：{build.created}", f"导出日期：{made_on}",
        "筛选：无，为整个版本", f"内容：{counts}", "", "怎样打开", *how, "", "怎样读",
        f"数值列为空不等于0：status 列说明原因（{_listed('status', 'reported')}）。",
        f"qualifier 列为约数（{_listed('qualifier', 'exact')}），method 列为来源（{_listed('method')}）。",
        "每个数值附原文（quote）和在报告中的位置（locator）；报告附源文件的文件名（装入的文件夹以下的路径）和 sha256。", "引用和许可见“许可和引用.txt”。",
    ]  # fmt: skip


def _listed(name: str, *leave_out: str) -> str:
    return "、".join(f"{value} {word}" for value, word in words_of(name).items() if value not in leave_out)


def licence(build: Build) -> list[str]:
    """How the data may be used, and the licence of the software."""
    software = ""
    path = _ROOT / "LICENSE"
    if path.is_file():
        software = path.read_text(encoding="utf-8").strip()
    return [
        "许可和引用", "", _nature(build), "",
        "数据：报告由各机关依法主动公开，数字按原文照录，未作修改；引用时请注明报告名称、发布机关和年度，并写明“由"
        f"{wording.PRODUCT}摘录，数据版本 {build.name}”。原文与本数据不一致的，以各机关公布的原文为准。",
        "行政区划代码和名称依 GB/T 2260，来源和许可见程序目录 data/registry/README.md。", "", "软件的许可：", "", *software.splitlines(),
    ]  # fmt: skip
