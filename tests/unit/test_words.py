"""words.yml is the one home of the words of closed lists: every value has one, and no dictionary in the code has them a second time."""

from __future__ import annotations

import ast
import re
import shutil
from pathlib import Path
from typing import Any, get_args

import pandas as pd
import pytest
import typer.main

from etl import model, registry
from etl.check import listing
from etl.model import RegistryError
from pages.kit import lists

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT.parent / "shared" / "design" / "CONTRACT.md"
LISTS = {name: registry.words_of(name) for name in registry.Words.model_fields}
CHINESE = re.compile(r"[\u4e00-\u9fff]")
NO_LABELS = {
    ("etl/demo/figures.py", "level"): "what an invented place's name ends in",
    ("etl/demo/layouts.py", "table"): "names of the sheets of invented workbooks",
    ("pages/kit/card.py", "table"): "numerals",
}
"""Dictionaries that have the ids of a list and say something else about them."""


@pytest.mark.parametrize(
    "name, values",
    [("kind", model.Kind), ("scope", model.Scope), ("level", model.Level), ("table_state", model.TableState), ("status", model.Status),
     ("qualifier", model.Qualifier), ("method", model.Method), ("severity", model.Severity)],
)  # fmt: skip
def test_every_value_of_the_model_has_a_word(name: str, values: Any) -> None:
    assert set(get_args(values)) <= set(LISTS[name])


@pytest.mark.skipif(not CONTRACT.exists(), reason="the design folder is not here")
def test_every_value_of_the_contract_has_a_word() -> None:
    text = CONTRACT.read_text(encoding="utf-8")
    told = {name: re.findall(r'"(\w+)"', values) for name, values in re.findall(r'"(\w+)": ("\w+" \|[^,}\n]*)', text)}
    assert told.pop("form") == [*(form.id for form in reversed(registry.national_forms())), registry.LOCAL]
    told["table_state"] = told.pop("2")
    told["coverage"] = re.findall(r"\w+", re.search(r"state: ([\w, ]+)", text)[1])  # type: ignore[index]
    assert set(told) == {"kind", "scope", "table_state", "status", "qualifier", "method", "coverage"}
    assert [(name, id) for name, values in told.items() for id in values if id not in LISTS[name]] == []


def test_every_value_that_sql_writes_has_a_word() -> None:
    written = "\n".join(path.read_text(encoding="utf-8") for path in sorted((ROOT / "etl").rglob("*.sql")))
    of = {
        "status": r"status = '(\w+)'",
        "severity": r"severity = '(\w+)'",
        "method": r"method = '(\w+)'",
        "scope": r"\bscope = '(\w+)'",
    }
    found = [(name, id) for name, pattern in of.items() for id in re.findall(pattern, written)]
    assert found and [(name, id) for name, id in found if id not in LISTS[name]] == []


@pytest.mark.parametrize(
    "change, said",
    [
        (("missing: 未见报告, ", ""), "缺少 missing"),
        (("missing: 未见报告, ", "missing: 未见报告, gone: 没有了, "), "多出 gone"),
        (("missing: 未见报告", 'missing: ""'), "不能为空"),
    ],
)
def test_a_list_that_lacks_a_value_stops_the_start(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    text = (registry.ROOT / "words.yml").read_text(encoding="utf-8")
    (tmp_path / "words.yml").write_text(text.replace(*change), encoding="utf-8")
    line = next(n for n, row in enumerate(text.splitlines(), 1) if row.startswith("coverage:"))
    with pytest.raises(RegistryError, match=f"words.yml 第{line}行，字段 coverage.*{said}"):
        registry.load_words.__wrapped__(tmp_path)


def _labels(node: ast.Dict) -> list[str]:
    """The lists of which a dictionary in the code says what words.yml is there to say: by their ids, or by their words."""
    keys = [k.value for k in node.keys if isinstance(k, ast.Constant)]
    values = [v.value for v in node.values if isinstance(v, ast.Constant)]
    chinese = [v for v in values if isinstance(v, str) and CHINESE.search(v)]
    found = []
    for name, words in LISTS.items():
        by_id = len(keys) > 1 and {str(k) for k in keys} <= set(words) and len(chinese) > 1
        if by_id or any(len(set(words.values()) & {str(x) for x in side}) > 1 for side in (keys, values)):
            found.append(name)
    return found


def test_no_dictionary_in_the_code_has_the_words_again() -> None:
    found = set()
    for path in [*sorted((ROOT / "etl").rglob("*.py")), *sorted((ROOT / "pages").rglob("*.py")), ROOT / "app.py"]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Dict):
                found |= {(path.relative_to(ROOT).as_posix(), name) for name in _labels(node)}
    assert found - NO_LABELS.keys() == set()
    assert NO_LABELS.keys() - found == set(), "no longer needed"


def test_the_dictionary_of_columns_says_the_words_of_their_values(tmp_path: Path) -> None:
    described = {(c.view, c.column): c.description or "" for c in registry.load_columns() if c.words}
    assert {"kind", "scope", "status", "qualifier", "method", "severity"} <= {column for _, column in described}
    assert described[None, "scope"].startswith("own_agency 本机关、government_aggregate 全地区汇总、unknown 范围未注明")
    assert "late 逾期公布" in described["coverage", "state"]
    for name in ("words.yml", "columns.csv"):
        shutil.copy(registry.ROOT / name, tmp_path)
    path = tmp_path / "columns.csv"
    path.write_text(path.read_text(encoding="utf-8").replace("范围,scope,", "范围,scopes,"), encoding="utf-8")
    with pytest.raises(RegistryError, match=r"columns.csv 第\d+行，字段 words.*没有这个列表：scopes"):
        registry.load_columns.__wrapped__(tmp_path)


def test_findings_have_the_dictionarys_heads_on_the_command_line_and_on_the_pages() -> None:
    names = {(c.view, c.column): c.name for c in registry.load_columns()}
    columns = ("severity", "rule_id", "agency", "year", "actual", "expected", "message")
    heads = {names.get(("finding_v", column), names.get((None, column))) for column in columns}
    nothing = pd.DataFrame(columns=["severity", "agency", "year", "message", "rule_title", "actual", "expected"])
    assert heads <= set(listing.COLUMNS.values()) and heads <= set(lists.findings(nothing, {}).columns)


def test_what_is_not_due_says_on_which_day() -> None:
    states = pd.DataFrame({"state": ["in_time", "not_due"]})
    assert lists.judged_on(states[:1], "2026-01-05T08:00:00") == []
    (note,) = lists.judged_on(states, "2026-01-05T08:00:00")
    assert LISTS["coverage"]["not_due"] in note and "2026-01-05" in note


def test_help_of_the_command_line_says_the_same_words() -> None:
    from etl.__main__ import app

    commands = typer.main.get_command(app).commands  # type: ignore[attr-defined]
    for command, option, name in (("check", "severity", "severity"), ("correct", "scope", "scope")):
        (said,) = (p.help for p in commands[command].params if p.name == option)
        assert "、".join(LISTS[name].values()) in said
