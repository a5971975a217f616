"""The command line: exit codes, Chinese messages, results on stdout (CONTRACT 1). Reading is replaced; no file is parsed."""

from __future__ import annotations

import csv
import json
import re
import shutil
from datetime import date, datetime
from pathlib import Path

import pytest

from etl import __main__ as cli
from etl import registry
from etl.terminal.outdated import outdated_line
from etl.warehouse import current_build, loader
from tests.unit.test_warehouse import fake_extract


@pytest.fixture
def etl(tmp_path, monkeypatch, capsys):
    """Runs a command; gives exit code, stdout and stderr."""
    monkeypatch.setenv("YEARBOOK_WAREHOUSE", str(tmp_path / "warehouse"))
    monkeypatch.setattr("etl.extract.extract_file", fake_extract)
    monkeypatch.setattr("etl.warehouse.sources.Bundle", lambda path, attachments: str(path))
    monkeypatch.setattr("etl.read.bundle.junk", lambda name: False)  # .json is none of the kinds that are read
    monkeypatch.setattr(loader, "extractor_version", lambda root: "1")

    def run(*arguments) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.main([str(a) for a in arguments])
        done = capsys.readouterr()
        return code, done.out, done.err

    return run


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "files"
    path.mkdir()
    figures = [
        ["requests_received", 21, {"breakdown": "total"}],
        ["requests_received", 20, {"method": "narrative"}],
        ["requests_carried_in", 1, {"breakdown": "total"}],
    ]
    said = [{"figures": figures, "findings": ["requests_received"]}]
    (path / "a.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    return path


def test_load_twice(etl, folder, tmp_path):
    code, out, err = etl("load", folder)
    assert (code, out) == (0, "")
    assert "已发布 build-000001" in err
    code, out, err = etl("load", folder)
    assert code == 0
    assert "没有变化" in err
    assert current_build(tmp_path / "warehouse").number == 1


def test_load_with_a_bad_file_exits_3_and_status_lists_it(etl, folder):
    (folder / "b.json").write_text("坏", encoding="utf-8")
    code, _, err = etl("load", folder)
    assert code == 3
    assert f"搁置 {folder / 'b.json'}：文件是空的。请重新下载。" in err
    code, out, _ = etl("status")
    assert code == 0
    assert "文件是空的" in out
    assert json.loads(etl("status", "--format", "json")[1])["set_aside"][0]["reason"] == "文件是空的"
    assert etl("load", folder)[0] == 3


def test_files_that_older_code_read_are_counted_with_the_command_that_reads_them_again(
    etl, folder, tmp_path, monkeypatch
):
    other = tmp_path / "另一 处"
    other.mkdir()
    (other / "b.json").write_text(json.dumps([{"agency": "岚屿市民政局"}], ensure_ascii=False), encoding="utf-8")
    etl("load", folder, other)
    assert "旧" not in etl("status")[1] + etl("load", folder)[2]
    monkeypatch.setattr(loader, "extractor_version", lambda root: "2")
    said = f'1 个文件是旧版程序或旧登记表读的，之后没有重读，数值可能与现在的读法不同。重读请运行 python -m etl load "{other}"。'
    assert said in etl("load", folder)[2]  # published
    code, _, err = etl("load", folder)
    assert code == 0 and "没有变化" in err and said in err
    assert f"旧读法　{said}" in etl("status")[1]
    assert json.loads(etl("status", "--format", "json")[1])["outdated"] == [str(other / "b.json")]
    (other / "b.json").rename(tmp_path / "b.json")
    assert "不同。1 个已不在原处，请找回原文件后再载入。" in etl("status")[1]
    etl("load", folder, tmp_path / "b.json")
    assert "旧" not in etl("status")[1]


def test_the_command_that_reads_again_names_few_folders(tmp_path):
    files = [tmp_path / "年报" / f"市{n}" / f"局{m}" / "a.html" for n in range(3) for m in range(5)]
    files.append(tmp_path / "另" / "a.html")
    for file in files:
        file.parent.mkdir(parents=True)
        file.touch()
    named = [tmp_path / "另", *(tmp_path / "年报" / f"市{n}" for n in range(3))]
    assert outdated_line([str(file) for file in files]).endswith(f"load {' '.join(map(str, named))}。")


def test_the_command_that_reads_again_never_names_the_folder_of_a_person(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    files = [tmp_path / f"市{n}" / "a.html" for n in range(6)]
    for file in files:
        file.parent.mkdir()
        file.touch()
    said = outdated_line([str(file) for file in files])
    assert f"load {files[0].parent} " in said and said.endswith(f"{files[3].parent}（共 6 个文件夹，其余同样载入）。")


def test_extract_prints_a_line_per_report_and_changes_nothing(etl, folder, tmp_path):
    (folder / "b.json").write_text("坏", encoding="utf-8")
    code, out, err = etl("extract", folder)
    assert code == 3
    (line,) = out.splitlines()
    assert json.loads(line)["observations"][0]["value"] == 21
    assert "文件是空的" in err
    assert not (tmp_path / "warehouse").exists()


def test_extract_of_a_folder_without_files_says_so(etl, tmp_path):
    (tmp_path / "none").mkdir()
    code, out, err = etl("extract", tmp_path / "none")
    assert (code, out) == (1, "") and "没有可以读取的文件" in err


def test_check_prints_only_the_first_of_very_many(etl, folder, monkeypatch):
    etl("load", folder)
    monkeypatch.setattr(cli, "MOST_PRINTED", 1)
    code, _, err = etl("check")
    assert code == 0 and "只列出前 1 个" in err
    assert len(etl("check", "--format", "csv")[1].splitlines()) > 2


def test_a_place_that_cannot_be_written_is_one_line(etl, tmp_path):
    code, out, err = etl("roster", "--template", tmp_path / "none" / "a.csv")
    assert (code, out) == (1, "") and err.startswith("读写 ") and err.count("\n") == 1


@pytest.mark.parametrize("agency", ["岚屿市教育局", "教育局"])
def test_explain_shows_the_chain(etl, folder, agency):
    etl("load", folder)
    code, out, _ = etl("explain", agency, 2023, "requests_received")
    assert code == 0
    assert "看板显示（本机关）：21 件　方法：统计表" in out
    assert "[1]★21 件" in out
    assert "[2]　20 件　摘自正文" in out
    assert "表3，第2行第3列" in out
    assert str(folder / "a.json") in out
    assert "requests_received | 21" in out


def test_explain_takes_chinese_metrics_and_sums(etl, folder):
    etl("load", folder)
    said = etl("explain", "岚屿市教育局", 2023, "requests_to_handle")[1]
    assert "22 件" in said and f"其中 {registry.load_metrics()['requests_received'].name}：21 件" in said
    assert "21 件" in etl("explain", "岚屿市教育局", 2023, registry.load_metrics()["requests_received"].name)[1]
    chain = json.loads(etl("explain", "岚屿市教育局", 2023, "requests_to_handle", "--format", "json")[1])
    assert sorted(part["metric"] for part in chain["parts"]) == ["requests_carried_in", "requests_received"]


def test_explain_says_of_each_figure_and_finding_what_it_is(etl, tmp_path):
    """A hedged prose figure beside the table's, a check that holds, a rate that could not be made."""
    figures = [
        ["requests_received", 21, {"breakdown": "total"}], ["requests_received", 20, {"method": "narrative", "qualifier": "about"}],
        ["requests_carried_in", 1, {"breakdown": "total"}], ["requests_to_handle", 22, {"method": "narrative"}],
        ["requests_closed", None, {"breakdown": "total"}], ["requests_granted", 5, {"breakdown": "total"}],
    ]  # fmt: skip
    (tmp_path / "a.json").write_text(json.dumps([{"figures": figures}]), encoding="utf-8")
    etl("load", tmp_path / "a.json")
    assert "正文另写 20，约" in etl("explain", "岚屿市教育局", 2023, "requests_received")[1]
    assert "NT-HANDLED" not in etl("explain", "岚屿市教育局", 2023, "requests_to_handle")[1]
    rate = etl("explain", "岚屿市教育局", 2023, "full_grant_rate")[1]
    assert "数据不全" in rate and "分母小" not in rate


def test_explain_says_what_is_not_there(etl, folder):
    etl("load", folder)
    assert etl("explain", "无名局", 2023, "requests_received")[0] == 1
    assert "没有机关“无名局”" in etl("explain", "无名局", 2023, "requests_received")[2]
    assert "没有指标“requests_receive”；相近的有" in etl("explain", "岚屿市教育局", 2023, "requests_receive")[2]
    code, out, _ = etl("explain", "岚屿市教育局", 2020, "requests_received")
    assert code == 1
    assert "没有这个机关这一年度的报告" in out


def test_check_lists_findings(etl, folder):
    etl("load", folder)
    code, out, _ = etl("check", "--format", "csv")
    assert code == 0
    assert out.splitlines()[0].startswith("级别,规则,机关")
    assert "岚屿市教育局" in out.splitlines()[1]
    assert "X-1" in {
        row["rule_id"] for row in json.loads(etl("check", "--format", "json", "--agency", "岚屿市教育局")[1])
    }
    assert "共 0 个问题" in etl("check", "--severity", "error")[2]
    assert "X-1" in etl("check", "--city", "岚屿市", "--year", "2023")[1]


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_export_writes_every_view_and_a_dictionary(etl, folder, tmp_path, form):
    import duckdb

    etl("load", folder)
    assert etl("export", tmp_path / "out", "--format", form)[0] == 0
    package = json.loads((tmp_path / "out" / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        path = tmp_path / "out" / resource["path"]
        rows = duckdb.sql(f"select * from '{path}'")
        assert rows.columns == [f["name"] for f in resource["schema"]["fields"]]
        assert all(f["description"] for f in resource["schema"]["fields"])
    assert datetime.fromisoformat(package["created"]).tzinfo
    assert re.fullmatch(r"[-a-z0-9._/]+", package["name"])
    if form == "csv":
        assert (tmp_path / "out" / "metric_value.csv").read_bytes().startswith(b"\xef\xbb\xbf")
        assert "不要直接双击" in (tmp_path / "out" / "说明.txt").read_text(encoding="utf-8-sig")
        for resource in package["resources"]:
            assert_fits(tmp_path / "out" / resource["path"], resource["schema"])


CAST = {
    "string": str, "integer": int, "number": float, "boolean": {"true": True, "false": False}.__getitem__, "date": date.fromisoformat,
    "array": json.loads, "object": json.loads,
}  # fmt: skip


def assert_fits(path: Path, schema: dict) -> None:
    """Every cell can be cast as the file's own schema says (Frictionless table schema, default formats)."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        for row in csv.DictReader(file):
            for field in schema["fields"]:
                if (cell := row[field["name"]]) in schema["missingValues"]:
                    continue
                if field["type"] == "datetime":
                    datetime.strptime(cell, field["format"])
                else:
                    value = CAST[field["type"]](cell)
                    assert field["type"] not in ("array", "object") or isinstance(
                        value, list if field["type"] == "array" else dict
                    )


def test_a_folder_without_files_and_one_whose_files_cannot_be_read(etl, tmp_path, folder):
    (tmp_path / "empty").mkdir()
    code, _, err = etl("load", tmp_path / "empty")
    assert (code, len(err.strip().splitlines())) == (1, 1)
    assert "没有可以装载的文件" in err
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "b.json").write_text("坏", encoding="utf-8")
    code, _, err = etl("load", tmp_path / "bad")
    assert code == 3
    assert "文件是空的" in err and "已发布" in err
    assert etl("load", tmp_path / "empty")[0] == 1
    assert etl("load", tmp_path / "empty", "--prune")[0] == 0


def test_the_template_is_filled_and_loaded(etl, tmp_path):
    code, _, err = etl("export", "--template", tmp_path / "dir" / "导入.csv")
    assert code == 0 and "导入.csv" in err
    path = tmp_path / "dir" / "导入.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    for agency, value in (("岚屿市教育局", "12"), ("岚屿市民政局", "十二")):
        cells = {"机关全称": agency, "年度": "2023", "指标": "requests_received", "数值": value}
        lines.append(",".join(cells.get(name, "") for name in lines[0].split(",")))
    path.write_text("\n".join(lines), encoding="utf-8-sig")
    code, _, err = etl("load", path)
    assert code == 3
    assert f"未采用 {path} 第4行F4单元格“数值”：“十二”不是数" in err
    assert "12 件　方法：导入" in etl("explain", "岚屿市教育局", 2023, "requests_received")[1]
    assert "“十二”不是数" in etl("status")[1]
    assert etl("load", path)[0] == 3


def test_rollback(etl, folder):
    etl("load", folder)
    code, _, err = etl("rollback")
    assert code == 1
    assert "没有更早" in err
    (folder / "a.json").write_text("[]", encoding="utf-8")
    etl("load", folder)
    code, _, err = etl("rollback")
    assert code == 0
    assert "已退回 build-000001" in err


def test_correct_appends_and_applies(etl, folder, tmp_path, monkeypatch):
    root = tmp_path / "registry"
    shutil.copytree(registry.ROOT, root)
    monkeypatch.setattr(cli, "corrections_root", lambda: root)
    etl("load", folder)
    code, _, err = etl("correct", "岚屿市教育局", 2023, "requests_received", 99, 12, "来函更正")
    assert code == 1
    assert "原值 99 与库中不符" in err
    assert not (root / "corrections.jsonl").exists()
    code, _, err = etl("correct", "岚屿市教育局", 2023, "requests_received", 21, 12, "来函更正", "--who", "某科")
    assert (code, err.splitlines()[-1][:6]) == (0, "已登记并生效")
    assert json.loads((root / "corrections.jsonl").read_text(encoding="utf-8"))["who"] == "某科"
    out = etl("explain", "岚屿市教育局", 2023, "requests_received")[1]
    assert "12 件　方法：人工更正" in out
    assert "原值 21，理由：来函更正" in out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["nonsense"], "没有命令 nonsense"),
        (["load"], "缺少 路径"),
        (["load", "/nowhere/at/all"], "找不到 /nowhere/at/all"),
        (["load", ".", "--bogus"], "没有选项 --bogus"),
        (["check", "--severity", "fatal"], "应为 error、warning、info 之一"),
        (["check", "--year"], "选项 --year 后面缺少值"),
        (["explain", "甲局", "去年", "x"], "年度 的值不对"),
        (["status"], "还没有数据库"),
        (["explain", "甲局", "2023", "x"], "还没有数据库"),
        (["export", "x"], "还没有数据库"),
        (["rollback"], "还没有数据库"),
        (["demo", "x", "--years", "明年"], "年度“明年”不对"),
    ],
)
def test_what_cannot_be_done_is_one_chinese_line_and_exit_1(etl, arguments, said):
    code, _, err = etl(*arguments)
    assert code == 1
    assert said in err
    assert len(err.strip().splitlines()) == 1


def test_a_broken_registry_stops_the_load_and_names_the_line(etl, folder, tmp_path, monkeypatch):
    root = tmp_path / "registry"
    shutil.copytree(registry.ROOT, root)
    (root / "deadlines.csv").write_text(
        "first_year,last_year,body,month,day,basis\n2019,,department,13,31,x\n", encoding="utf-8"
    )
    monkeypatch.setattr(loader.registry, "ROOT", root)
    with pytest.raises(registry.RegistryError, match=r"deadlines.csv 第2行，字段 month"):
        loader.load([folder], registry_root=root)


@pytest.mark.parametrize(
    "name", ["load", "extract", "status", "explain", "check", "export", "demo", "correct", "rollback"]
)
def test_help_is_chinese_with_an_example(etl, name):
    code, out, _ = etl(name, "--help")
    assert code == 0
    assert "示例：python -m etl" in out
    assert not {"Usage", "Options:", "Arguments:", "Show this"} & set(out.replace("：", " ").split())
