"""Whatever is wrong with a registry file: one Chinese line that names the file and the place, whichever field of whichever file it is."""

from __future__ import annotations

import random
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import yaml

from etl import registry
from etl.model import RegistryError

LOADERS: dict[str, Callable[[Path], object]] = {
    "metrics.yml": registry.load_catalogue,
    "words.yml": registry.load_words,
    "narrative.yml": registry.load_narrative,
    "identify.yml": registry.load_identify,
    "reading.yml": registry.load_reading,
    "script.yml": registry.load_script,
    "rules.yml": registry.load_rules,
    "likeness.yml": registry.load_likeness,
    "sentences.yml": registry.load_sentences,
    "import.yml": registry.load_import,
    "demo.yml": registry.load_demo,
    **{f"forms/{path.name}": lambda root: registry.load_forms.__wrapped__(root / "forms") for path in sorted((registry.ROOT / "forms").glob("*.yml"))},
    "regions.csv": registry.load_regions,
    "regions_demo.csv": registry.load_regions,
    "agencies.csv": registry.load_agencies,
    "deadlines.csv": registry.load_deadlines,
    "columns.csv": registry.load_columns,
    "initials.csv": registry.load_initials,
}  # fmt: skip
MADE = {"population.csv": registry.load_population, "roster.csv": registry.load_roster, "corrections.jsonl": registry.load_corrections,
        "accepted.jsonl": registry.load_accepted}  # fmt: skip
"""Files that only an office has, with their loaders."""
CASES = 6


def test_every_file_has_its_loader_here() -> None:
    files = {p.relative_to(registry.ROOT).as_posix() for p in registry.ROOT.rglob("*") if p.suffix in (".yml", ".csv")}
    assert files - MADE.keys() == LOADERS.keys()


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A registry of its own; a test puts one broken file there and the good one back."""
    place = tmp_path_factory.mktemp("office") / "registry"
    shutil.copytree(registry.ROOT, place)
    regions = (place / "regions.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    (place / "regions.csv").write_text("".join(regions[:400]), encoding="utf-8")
    (place / "agencies.csv").write_text("".join((registry.ROOT / "agencies.csv").read_text(encoding="utf-8").splitlines(keepends=True)[:1]) + "某开发区,某区,,,,,,\n", encoding="utf-8")  # fmt: skip
    return place


def message(root: Path, name: str, data: bytes, load: Callable[[Path], object]) -> str:
    """What the loader of `name` says of these bytes; fails where it says nothing."""
    path = root / name
    good = path.read_bytes() if path.exists() else None
    path.write_bytes(data)
    try:
        with pytest.raises(RegistryError) as caught:
            getattr(load, "__wrapped__", load)(root)
    finally:
        path.unlink() if good is None else path.write_bytes(good)
    return str(caught.value)


def well_said(said: str, name: str, place: str = r"第\d+行") -> bool:
    """One line in Chinese with file and line, and no leftover of the checker's English."""
    return "\n" not in said and re.match(rf"登记文件 {re.escape(Path(name).name)} {place}", said) is not None and not re.search(r"[A-Z][a-z]+ [a-z]+ ", said)  # fmt: skip


def leaves(node: yaml.Node) -> Iterator[yaml.ScalarNode]:
    if isinstance(node, yaml.MappingNode):
        for _, value in node.value:
            yield from leaves(value)
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            yield from leaves(item)
    elif isinstance(node, yaml.ScalarNode) and node.style not in ("|", ">"):
        yield node


YAMLS = [name for name in LOADERS if name.endswith(".yml")]


@pytest.mark.parametrize("name", YAMLS)
def test_a_value_of_the_wrong_kind_is_named(root: Path, name: str) -> None:
    text = (registry.ROOT / name).read_text(encoding="utf-8")
    found = list(leaves(yaml.compose(text, Loader=yaml.CSafeLoader)))
    for leaf in random.Random(name).sample(found, min(CASES, len(found))):
        broken = text[: leaf.start_mark.index] + "{nobody_knows: [1]}" + text[leaf.end_mark.index :]
        said = message(root, name, broken.encode(), LOADERS[name])
        assert well_said(said, name, f"第{leaf.start_mark.line + 1}行"), said


@pytest.mark.parametrize("name", YAMLS)
def test_a_file_cut_off_or_of_other_bytes_is_one_line(root: Path, name: str) -> None:
    data = (registry.ROOT / name).read_bytes()
    for broken in (
        b"",
        data[: len(data) // 2] + b"\xff\xfe",
        data[: len(data) // 3] + b"\n\t- [",
        b"- 1\n",
        b"\x00" + data,
    ):
        said = message(root, name, broken, LOADERS[name])
        assert well_said(said, name, r"(第\d+行|文件)"), said


@pytest.mark.parametrize("name", [n for n in LOADERS if n.endswith(".csv")])
def test_a_broken_row_of_a_table_is_named(root: Path, name: str) -> None:
    lines = (root / name).read_text(encoding="utf-8-sig").splitlines()
    row = random.Random(name).randrange(1, len(lines))
    for broken in (lines[row] + ",多出的", "," * lines[0].count(","), "某某" if "," in lines[0] else "某,某"):
        changed = "\n".join([*lines[:row], broken, *lines[row + 1 :]]) + "\n"
        said = message(root, name, changed.encode(), LOADERS[name])
        assert well_said(said, name, f"第{row + 1}行"), said
    for data in (b"", b"\xff\xfe\x00", "没有,的,列\n1,2,3\n".encode()):
        said = message(root, name, data, LOADERS[name])
        assert well_said(said, name, r"(第\d+行|文件)"), said


@pytest.mark.parametrize(
    "name, line",
    [
        ("population.csv", "330100,2020,many,出处"),
        ("population.csv", "330100,2020,-5,出处"),
        ("roster.csv", "甲,,,,,,,"),
        ("roster.csv", "甲局乙,33,,,,,,"),
        ("roster.csv", "甲局乙,,,,2020,,13,1"),
        ("corrections.jsonl", '{"agency": "甲局", "year": 2023, "metric": "no_such_metric", "old": 1, "new": 2, "reason": "函"}'),
        ("corrections.jsonl", '{"agency": "甲局", "year": "去年", "metric": "requests_received", "old": 1, "new": 2, "reason": "函"}'),
        ("corrections.jsonl", '{"agency": "甲局"'),
        ("corrections.jsonl", '[1]'),
        ("accepted.jsonl", '{"agency": "甲局", "year": 2023, "rule": "NONE", "who": "乙", "why": "函"}'),
        ("accepted.jsonl", '{"agency": "甲局", "year": 2023, "rule": "T3-BAL", "who": "", "why": "函"}'),
        ("accepted.jsonl", "不是 JSON"),
    ],
)  # fmt: skip
def test_a_wrong_line_of_an_offices_own_file_is_named(root: Path, name: str, line: str) -> None:
    heads = {
        "population.csv": "adcode,year,people,basis\n",
        "roster.csv": "agency,adcode,level,system,first_year,last_year,month,day\n",
    }
    said = message(root, name, f"{heads.get(name, chr(10))}{line}\n".encode(), MADE[name])
    assert well_said(said, name, "第2行"), said
