"""Loads and validates data/registry. Refuses to start on the first bad line, naming file, line and field.

Each kind of file has one pydantic model here; nobody else reads these files. Spellings, forms, rules,
thresholds and labels are data there and never an `if` in code.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

from etl.model import RegistryError

ROOT = Path(__file__).resolve().parent.parent / "data" / "registry"


class Entry(BaseModel):
    """Base of all registry rows: unknown fields are errors, values are not changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def _complain(path: Path, line: int | None, place: str, what: str) -> RegistryError:
    where = f"第{line}行" if line else "文件"
    field = f"，字段 {place}" if place else ""
    return RegistryError(f"登记文件 {path.name} {where}{field}有误：{what}。请改正后重试。")


def _node_line(node: yaml.Node | None, location: tuple[int | str, ...]) -> int | None:
    """The line of the deepest node on `location` in a composed YAML tree."""
    line = None
    for step in (*location, None):
        if node is None:
            break
        line = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            node = next((v for k, v in node.value if k.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            node = None
    return line


def load_yaml(path: Path, model: type[Model]) -> Model:
    """One YAML file as `model`. Raises RegistryError with file, line and field for the first fault."""
    try:
        text = path.read_text(encoding="utf-8")
        tree = yaml.compose(text, Loader=yaml.CSafeLoader)
        data: Any = yaml.load(text, Loader=yaml.CSafeLoader)  # noqa: S506 - the safe loader, in C
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else None
        raise _complain(path, line, "", f"不是合法的 YAML（{fault.problem}）") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise _complain(path, None, "", f"无法读取（{fault}）") from fault
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        first = fault.errors()[0]
        raise _complain(path, _node_line(tree, first["loc"]), ".".join(map(str, first["loc"])), first["msg"]) from fault


def load_csv(path: Path, model: type[Model]) -> list[Model]:
    """One CSV file (UTF-8, header line) as rows of `model`; empty cells are None. Raises RegistryError."""
    rows: list[Model] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            for record in reader:
                try:
                    rows.append(model.model_validate({k: (v if v != "" else None) for k, v in record.items()}))
                except ValidationError as fault:
                    first = fault.errors()[0]
                    raise _complain(path, reader.line_num, ".".join(map(str, first["loc"])), first["msg"]) from fault
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise _complain(path, None, "", f"无法读取（{fault}）") from fault
    return rows


# --- script.yml: normalising -------------------------------------------------------------------------------------


class Script(Entry):
    """What etl.normalise knows about script and signs."""

    radicals: str
    traditional_share: float
    block_share: float
    block_count: int
    protected_names: list[str]
    synonyms: dict[str, str]
    toneless_notes: int


@functools.cache
def load_script(root: Path = ROOT) -> Script:
    return load_yaml(root / "script.yml", Script)
