"""pages.kit.batch and archive: pictures by a browser where there is one, else what to install; zips that say what they are."""

from __future__ import annotations

import io
import json
import re
import shutil
import struct
import zipfile
import zlib
from dataclasses import replace
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from etl.warehouse import Build, WarehouseError, current_build
from pages.kit import archive, batch, charts
from tests.app import sample as builds
from tests.unit import exhibit_sample as sample

LOOK = charts.Look(
    "本年新收政府信息公开申请数量，2023年度", "本机关，单位：件，n=40", ("口径：正文中的“收办”不是新收。", "未见报告（不等于0）：某局。"),
    "来源：40份政府信息公开报告及总结；数据版本 build-7。筛选：2023年度｜甲一市", "件",
)  # fmt: skip
need_browser = pytest.mark.skipif(not batch.renderer().ready, reason="no kaleido, Chromium or Chinese font")


def figures() -> dict[str, object]:
    long = FORTY = sample.frame([sample.row(n, name=sample.LONG.format(n)) for n in range(40)])
    lines = sample.years(20, name=sample.LONG)
    short = {"requests_received": "新收申请", "requests_closed": "办结", "requests_granted": "予以公开"}
    return {
        "bars": charts.ranking(FORTY, LOOK), "panels": charts.small_multiples(lines, LOOK), "lines": charts.lines(sample.years(6, name=sample.LONG), LOOK),
        "heat": charts.heat(pd.concat([long.assign(metric=m) for m in short]), LOOK, list(short), short),
    }  # fmt: skip


def pixels(png: bytes) -> tuple[int, int, list[bytes]]:
    """Width, height and the unfiltered rows of an 8-bit RGB(A) PNG: enough to look at its edges without a picture library."""
    width, height, depth, kind = struct.unpack(">IIBB", png[16:26])
    assert depth == 8 and kind in (2, 6)
    size = 4 if kind == 6 else 3
    data, at = b"", 8
    while at < len(png):
        length, name = struct.unpack(">I4s", png[at : at + 8])
        data += png[at + 8 : at + 8 + length] if name == b"IDAT" else b""
        at += 12 + length
    raw, step = zlib.decompress(data), width * size
    rows, before = [], bytearray(step)
    for y in range(height):
        kind, line = raw[y * (step + 1)], bytearray(raw[y * (step + 1) + 1 : (y + 1) * (step + 1)])
        for x in range(step):
            a, b, c = (line[x - size] if x >= size else 0), before[x], (before[x - size] if x >= size else 0)
            if kind == 1:
                line[x] = (line[x] + a) & 255
            elif kind == 2:
                line[x] = (line[x] + b) & 255
            elif kind == 3:
                line[x] = (line[x] + (a + b) // 2) & 255
            elif kind == 4:
                p = a + b - c
                near = min((abs(p - a), 0, a), (abs(p - b), 1, b), (abs(p - c), 2, c))[2]
                line[x] = (line[x] + near) & 255
        rows.append(bytes(line))
        before = line
    return width, height, rows


@need_browser
def test_nothing_is_cut_off_at_the_edges_of_a_picture() -> None:
    figure = figures()["lines"]
    png = batch.picture(figure)
    width, height, rows = pixels(png)
    assert (width, height) == (1800, 2 * int(figure.layout.height))  # type: ignore[attr-defined]
    size = len(rows[0]) // width
    ground = rows[0][:3]
    assert ground == b"\xff\xff\xff"
    edges = [rows[0], rows[1], rows[-1], rows[-2]]
    assert all(row[i : i + 3] == ground for row in edges for i in range(0, len(row), size))
    assert all(row[:3] == ground and row[-size : len(row) - size + 3] == ground for row in rows)


@need_browser
def test_svg_and_pdf_carry_the_words() -> None:
    figure = figures()["bars"]
    svg = batch.picture(figure, "svg").decode()
    shown = re.sub(r"<[^>]+>", "", svg)
    for wanted in (
        "本年新收政府信息公开申请数量，2023年度",
        "单位：件",
        "未见报告（不等于0）",
        "数据版本 build-7",
        "筛选：2023年度｜甲一市",
    ):
        assert wanted in shown
    assert batch.picture(figure, "pdf").startswith(b"%PDF")


@need_browser
def test_a_batch_is_a_zip_with_its_description_and_tells_how_far_it_is() -> None:
    heard = []
    small = charts.lines(sample.years(2), LOOK)
    data = batch.pictures(
        [("甲局", lambda: small), ("甲局", lambda: small)],
        "svg",
        ["来源：2份；数据版本 build-7", "筛选：2023年度"],
        lambda *a: heard.append(a),
    )
    with zipfile.ZipFile(io.BytesIO(data)) as archive_:
        assert archive_.namelist() == ["说明.txt", "甲局.svg", "甲局_2.svg"]
        about = archive_.read("说明.txt").decode("utf-8-sig")
    assert "build-7" in about and "筛选：2023年度" in about and "甲局_2.svg" in about
    assert heard == [(1, 2, "甲局"), (2, 2, "甲局_2")]


@need_browser
def test_a_figure_that_fails_is_named() -> None:
    def broken() -> object:
        raise ValueError("坏数据")

    with pytest.raises(batch.PictureError, match=r"第1张（乙局）未能生成：坏数据"):
        batch.pictures([("乙局", broken)])


def test_what_is_missing_is_named_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(batch.importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(batch, "_browser", lambda: "")
    monkeypatch.setattr(batch, "_has_chinese_font", lambda: False)
    batch.renderer.cache_clear()
    try:
        able = batch.renderer()
        assert not able.ready
        for wanted in ("pip install kaleido", "apt-get install chromium", "fonts-noto-cjk", "相机按钮"):
            assert wanted in able.reason
        with pytest.raises(batch.PictureError, match="kaleido"):
            batch.picture(None)
    finally:
        batch.renderer.cache_clear()


def test_too_many_and_unknown_forms_are_refused() -> None:
    with pytest.raises(batch.PictureError, match="一次最多生成300张"):
        batch.pictures([("甲", lambda: None)] * 301)
    with pytest.raises(batch.PictureError, match="图片格式"):
        batch.picture(None, "gif")


def test_zips_depend_on_their_contents_only() -> None:
    files = [("甲.txt", b"1"), ("乙.png", b"2")]
    assert batch.zipped(files) == batch.zipped(files)


# --- the whole build ---------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def build(tmp_path_factory: pytest.TempPathFactory) -> Build:
    folder = tmp_path_factory.mktemp("whole")
    found = current_build(builds.publish(folder, [*builds.reports(True, (2022, 2023)), *builds.hostile_reports()]))
    assert found
    return found


def test_whole_data_as_csv_with_dictionary_readme_and_licence(build: Build, tmp_path: Path) -> None:
    path = archive.write_archive(build, "csv", "2026-11-22", tmp_path / "x.zip")
    with zipfile.ZipFile(path) as whole:
        names = set(whole.namelist())
        assert {
            "README.txt",
            "许可和引用.txt",
            "数据字典.csv",
            "datapackage.json",
            "metric_value.csv",
            "observation_v.csv",
        } <= names
        readme = whole.read("README.txt").decode("utf-8-sig")
        licence = whole.read("许可和引用.txt").decode("utf-8-sig")
        values = pd.read_csv(io.BytesIO(whole.read("metric_value.csv")), encoding="utf-8-sig")
        package = json.loads(whole.read("datapackage.json"))
    assert build.name in readme and "2026-11-22" in readme and "虚构示例数据" in readme and "不等于0" in readme
    assert "MIT License" in licence and build.name in licence
    assert package["version"] == build.name
    with duckdb.connect(build.path, read_only=True) as con:
        assert con.execute("select count(*), sum(value) from metric_value").fetchone() == (
            len(values),
            pytest.approx(values["value"].sum()),
        )
    assert not values["agency"].str.startswith(("=", "+", "-", "@")).any()
    assert list(tmp_path.iterdir()) == [path]  # nothing left behind


def test_whole_data_while_the_dashboard_holds_the_build(build: Build, tmp_path: Path) -> None:
    from etl.warehouse import connect_readonly

    con = connect_readonly(build.path)  # the dashboard's connection may touch no file
    try:
        for form in ("parquet", "duckdb"):
            archive.write_archive(build, form, "2026-11-22", tmp_path / f"{form}.zip")
        expected = con.execute("select count(*) from report_v").fetchone()
    finally:
        con.close()
    with zipfile.ZipFile(tmp_path / "duckdb.zip") as whole:
        whole.extract(f"{build.name}.duckdb", tmp_path)
    with duckdb.connect(str(tmp_path / f"{build.name}.duckdb"), read_only=True) as copy:
        assert copy.execute("select count(*) from report_v").fetchone() == expected
    with zipfile.ZipFile(tmp_path / "parquet.zip") as whole:
        assert len(pd.read_parquet(io.BytesIO(whole.read("report_v.parquet")))) == expected[0]


@pytest.mark.parametrize("form", ["csv", "parquet", "duckdb"])
def test_no_path_of_this_machine_and_no_formula_leaves_it(form: str, build: Build, tmp_path: Path) -> None:
    held = tmp_path / f"{build.name}.duckdb"
    shutil.copyfile(build.path, held)
    with duckdb.connect(str(held)) as con:  # as a load of /srv/secret/reports would have left it
        con.execute(
            "update source set path = '/srv/secret/reports/' || rowid || '/=1.html', location = '/srv/secret/reports/' || rowid || '/=1.html'"
        )
        con.execute(
            "update source set reason = '读不了 /srv/secret/reports/x.html', other_paths = ['/srv/secret/reports/y/z.html']"
        )
        con.execute("update report set document = '/srv/secret/reports/a/b.html', title = '＝1+1'")
    path = archive.write_archive(replace(build, path=str(held)), form, "2026-11-22", tmp_path / "x.zip")
    with zipfile.ZipFile(path) as whole:
        assert not any(b"/srv/secret" in whole.read(name) for name in whole.namelist())
        if form == "csv":
            sources = pd.read_csv(io.BytesIO(whole.read("source_v.csv")), encoding="utf-8-sig", dtype=str)
            reports = pd.read_csv(io.BytesIO(whole.read("report_v.csv")), encoding="utf-8-sig", dtype=str)
    if form == "csv":
        assert set(reports["title"]) == {"'＝1+1"} and sources["path"].str.fullmatch(r"\d+/=1.html").all()
        assert set(sources["reason"]) == {"读不了 x.html"}


def test_an_unknown_form_is_refused(build: Build, tmp_path: Path) -> None:
    with pytest.raises(WarehouseError, match="格式只能是"):
        archive.write_archive(build, "xls", "2026-11-22", tmp_path / "x.zip")


def test_the_name_of_a_build_of_invented_data_says_so(build: Build) -> None:
    assert archive.file_name(build, "csv", "2026-11-22").endswith("_csv_2026-11-22.zip")
