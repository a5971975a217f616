"""The documents say what is there: commands, make targets, options, files and views (a habit of sqlite-utils)."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

import pytest
import typer.main

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRACT_COMMANDS = {"load", "extract", "check", "explain", "export", "demo", "status", "correct", "rollback"}
MADE = ("data/warehouse", "data/samples")
"""What loading makes; not there in a fresh clone."""
CONTRACT_VIEWS = {
    "report_v",
    "observation_v",
    "metric_value",
    "indicator_value",
    "finding_v",
    "coverage",
    "plan_v",
    "metric_v",
}


@functools.cache
def commands() -> dict[str, Any]:
    """Name -> click command of `python -m etl`."""
    from etl.__main__ import app

    return dict(typer.main.get_command(app).commands)  # type: ignore[attr-defined]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z][a-z-]*):(?!=)", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def offered_targets() -> set[str]:
    """What `make help` offers."""
    return set(re.findall(r"@echo 'make (\w+)", (ROOT / "Makefile").read_text(encoding="utf-8")))


def code_of(text: str) -> str:
    """The fenced and inline code of a Markdown text."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, re.DOTALL))


def test_every_command_of_the_contract_exists() -> None:
    assert set(commands()) >= CONTRACT_COMMANDS


def test_every_command_is_in_the_readme() -> None:
    assert [name for name in commands() if f"python -m etl {name}" not in README] == []


def test_every_command_of_the_readme_exists() -> None:
    named = set(re.findall(r"-m etl ([a-z]+)", README))
    assert named and named <= set(commands())


def test_every_command_has_help_with_an_example() -> None:
    for name, command in commands().items():
        text = command.help or ""
        assert f"python -m etl {name}" in text, f"{name}: --help shows no example"


def test_every_option_of_the_readme_exists() -> None:
    known = {option for command in commands().values() for option in [o for p in command.params for o in p.opts]}
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z-]+", code_of(README)))
    assert named - known <= {"--help"}


def test_every_make_target_of_the_readme_exists_and_every_offered_one_is_named() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)", code_of(README)))
    assert named - {"help"} <= make_targets()
    assert offered_targets() <= named | {"help"}
    assert offered_targets() <= make_targets()


@pytest.mark.parametrize("document", ["README.md", "data/README.md"])
def test_files_named_in_a_document_exist(document: str) -> None:
    """Paths in code marks and link targets; what loading or building makes is not there in a fresh clone."""
    text = (ROOT / document).read_text(encoding="utf-8")
    made = (*MADE, "warehouse/", "samples/", "registry/corrections.jsonl", "current.json", ".venv")
    named = re.findall(r"`((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:md|yml|csv|sql|toml|txt|py))`", text)
    named += [link for link in re.findall(r"\]\(([^)#]+)\)", text) if "://" not in link]
    folders = [ROOT, (ROOT / document).parent, ROOT / "data" / "registry"]
    gone = [n for n in named if not n.startswith(made) and not any((folder / n).exists() for folder in folders)]
    assert gone == []


def test_the_tree_of_the_readme_is_the_tree() -> None:
    tree = re.search(r"```\n(app\.py.*?)```", README, re.DOTALL)
    assert tree
    for line in tree[1].splitlines():
        name = line.split()[0]
        assert (ROOT / name).exists() or name.startswith(MADE), name


def test_every_registry_file_is_explained() -> None:
    text = (ROOT / "data" / "registry" / "README.md").read_text(encoding="utf-8")
    files = [p for p in sorted((ROOT / "data" / "registry").rglob("*")) if p.suffix in (".yml", ".csv", ".jsonl")]
    assert [p.name for p in files if p.name not in text and f"{p.parent.name}/" not in text] == []


def test_the_views_of_the_contract_are_made() -> None:
    made = set(
        re.findall(
            r"create\s+(?:or\s+replace\s+)?view\s+(\w+)", (ROOT / "etl" / "views.sql").read_text(encoding="utf-8"), re.I
        )
    )
    assert made >= CONTRACT_VIEWS


def test_the_streamlit_settings_keep_to_this_machine() -> None:
    import tomllib

    settings = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"))
    assert settings["server"]["address"] == "localhost"
    assert settings["browser"]["gatherUsageStats"] is False
    assert settings["runner"]["postScriptGC"] is False
    assert {"light", "dark"} <= set(settings["theme"])
