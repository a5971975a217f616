"""How any file of the registry is read: YAML, CSV or JSON lines as entries of one model, and the one Chinese line for its first fault."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationError
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from etl.model import RegistryError


class Entry(BaseModel):
    """Base of all registry rows: unknown fields are errors, values are not changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def complain(path: Path, line: int | None, place: str, what: str) -> RegistryError:
    """The one line for a fault: file, line, field and what is expected there."""
    where = f"第{line}行" if line else "文件"
    field = f"，字段 {place}" if place else ""
    return RegistryError(f"登记文件 {path.name} {where}{field}有误：{what}。请改正后重试。")


def unreadable(fault: Exception) -> str:
    """Why a file could not be read at all."""
    if isinstance(fault, FileNotFoundError):
        return "没有这个文件"
    return "不是 UTF-8 编码" if isinstance(fault, UnicodeDecodeError) else f"无法读取（{fault}）"


def fault_at(place: tuple[int | str, ...], what: str) -> ValidationError:
    """A fault at `place` of a file, to be raised by a model's own cross-checks so that load_yaml names line and field."""
    error = PydanticCustomError("registry", "{what}", {"what": what})
    return ValidationError.from_exception_data("registry", [InitErrorDetails(type=error, loc=place, input=None)])


_WORDING = {
    "missing": "缺少这个字段",
    "extra_forbidden": "没有这个字段，请检查拼写",
    "string_type": "应当是文字（数字样子的文字要加引号）",
    "string_pattern_mismatch": "不符合规定的写法 {pattern}",
    "string_too_short": "不能为空",
    "string_too_long": "超过 {max_length} 个字",
    "literal_error": "只能是 {expected}",
    "int_type": "应当是整数",
    "int_parsing": "应当是整数",
    "float_type": "应当是数字",
    "float_parsing": "应当是数字",
    "bool_type": "应当是 true 或 false",
    "bool_parsing": "应当是 true 或 false",
    "list_type": "应当是列表",
    "tuple_type": "应当是列表",
    "dict_type": "应当是键和值的对照",
    "model_type": "应当是键和值的对照",
    "too_short": "至少要有 {min_length} 项",
    "greater_than": "应大于 {gt}",
    "greater_than_equal": "不能小于 {ge}",
    "less_than": "应小于 {lt}",
    "less_than_equal": "不能大于 {le}",
    "int_from_float": "应当是整数",
    "json_invalid": "不是合法的 JSON",
    "invalid_key": "键应当是文字（数字样子的要加引号）",
}


def wording(error: ErrorDetails) -> str:
    """A validation error in Chinese where we have the words, with the offending input where it is short."""
    words = {"msg": error["msg"].removeprefix("Value error, "), **error.get("ctx", {})}
    what = _WORDING.get(error["type"], "{msg}").format(**words)
    given = error.get("input")
    return f"{what}，现为 {given!r}" if isinstance(given, str | int | float) and len(str(given)) <= 40 else what


def first_fault(fault: ValidationError) -> ErrorDetails:
    """The error to report: the first one, but a misspelt field before the missing field that it causes."""
    errors = fault.errors()
    unknown = [e for e in errors if e["type"] == "extra_forbidden" and e["loc"][:-1] == errors[0]["loc"][:-1]]
    return unknown[0] if unknown and errors[0]["type"] == "missing" else errors[0]


def _repeated_key(node: yaml.Node | None) -> yaml.Node | None:
    """The first key that stands twice in one mapping: YAML would silently keep the last one."""
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if key.value in seen:
                return key
            seen.add(key.value)
            if found := _repeated_key(value):
                return found
    elif isinstance(node, yaml.SequenceNode):
        for item in node.value:
            if found := _repeated_key(item):
                return found
    return None


def line_of(node: yaml.Node | None, location: tuple[int | str, ...]) -> int | None:
    """The line of the deepest node on `location` in a composed YAML tree; steps that no file has (the kind of a union's member) are passed over."""
    if node is None:
        return None
    for step in location:
        child = None
        if isinstance(node, yaml.MappingNode):
            child = next((v for k, v in node.value if k.value == str(step)), None)
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            child = node.value[step]
        node = child or node
    return node.start_mark.line + 1


def load_yaml(path: Path, model: type[Model]) -> Model:
    """One YAML file as `model`. Raises RegistryError with file, line and field for the first fault."""
    try:
        text = path.read_text(encoding="utf-8")
        loader = yaml.CSafeLoader(text)
        tree = loader.get_single_node()
        data: Any = loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else None
        raise complain(path, line, "", f"不是合法的 YAML（{fault.problem}）") from fault
    except yaml.reader.ReaderError as fault:
        raise complain(path, text.count("\n", 0, fault.position) + 1, "", "含有不可见的控制字符") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise complain(path, None, "", unreadable(fault)) from fault
    if key := _repeated_key(tree):
        raise complain(path, key.start_mark.line + 1, key.value, "同一处写了两次")
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        first = first_fault(fault)
        line, place = line_of(tree, first["loc"]), ".".join(map(str, first["loc"]))
        raise complain(path, line, place, wording(first)) from fault


def load_csv(path: Path, model: type[Model]) -> list[Model]:
    """One CSV file (UTF-8, header line) as rows of `model`; empty cells are None. Raises RegistryError."""
    rows: list[Model] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            header = reader.fieldnames or ()
            for name in header:
                if name not in model.model_fields:
                    raise complain(path, 1, name, "没有这一列，请检查拼写")
            for name, field in model.model_fields.items():
                if field.is_required() and name not in header:
                    raise complain(path, 1, name, "缺少这一列")
            for record in reader:
                if None in record:
                    what = f"应有 {len(header)} 列，多出“{'、'.join(record[None])}”（文字里有逗号时，这一格要用双引号括起来）"  # type: ignore[call-overload]
                    raise complain(path, reader.line_num, "", what)
                try:
                    rows.append(model.model_validate({k: (v if v != "" else None) for k, v in record.items()}))
                except ValidationError as fault:
                    raise complain(path, reader.line_num, *wording_of(fault)) from fault
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise complain(path, None, "", unreadable(fault)) from fault
    return rows


def load_lines(path: Path, model: type[Model], unknown: Callable[[Model], tuple[str, str] | None]) -> tuple[Model, ...]:
    """One JSON object per line as rows of `model`; no file is no row. Raises RegistryError.

    `unknown`: (field, what is wrong) where a row names something that another file does not declare.
    """
    if not path.exists():
        return ()
    rows: list[Model] = []
    try:
        # splitlines would also break at what a pasted reason holds (U+2028)
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as fault:
        raise complain(path, None, "", unreadable(fault)) from fault
    for line, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            row = model.model_validate_json(text)
        except ValidationError as fault:
            raise complain(path, line, *wording_of(fault)) from fault
        if wrong := unknown(row):
            raise complain(path, line, *wrong)
        rows.append(row)
    return tuple(rows)


def complain_at(path: Path, place: tuple[int | str, ...], what: str) -> RegistryError:
    """The complaint about `place` of a YAML file that was read already: a fault that only another file shows."""
    tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return complain(path, line_of(tree, place), ".".join(map(str, place)), what)


def wording_of(fault: ValidationError) -> tuple[str, str]:
    """(field, what is wrong with it in Chinese) of the first fault, for rows that people fill in."""
    first = first_fault(fault)
    return ".".join(map(str, first["loc"])), wording(first)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as fault:
        raise ValueError(f"“{pattern}”不是合法的正则表达式（{fault}）") from fault
    return pattern


RegexText = Annotated[str, AfterValidator(_compiles)]
