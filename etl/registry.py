"""Loads and validates data/registry. Refuses to start on the first bad line, naming file, line and field.

Each kind of file has one pydantic model here; nobody else reads these files. Spellings, forms, rules,
thresholds and labels are data there and never an `if` in code.
"""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import Any, Literal, TypeVar

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from etl.model import APPLICANTS, RegistryError

ROOT = Path(__file__).resolve().parent.parent / "data" / "registry"


class Entry(BaseModel):
    """Base of all registry rows: unknown fields are errors, values are not changed after loading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


Model = TypeVar("Model", bound=BaseModel)


def _complain(path: Path, line: int | None, place: str, what: str) -> RegistryError:
    where = f"第{line}行" if line else "文件"
    field = f"，字段 {place}" if place else ""
    return RegistryError(f"登记文件 {path.name} {where}{field}有误：{what}。请改正后重试。")


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
}


def _wording(error: ErrorDetails) -> str:
    """A validation error in Chinese where we have the words, with the offending input where it is short."""
    words = {"msg": error["msg"].removeprefix("Value error, "), **error.get("ctx", {})}
    what = _WORDING.get(error["type"], "{msg}").format(**words)
    given = error.get("input")
    return f"{what}，现为 {given!r}" if isinstance(given, str | int | float) and len(str(given)) <= 40 else what


def _first(fault: ValidationError) -> ErrorDetails:
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
        loader = yaml.CSafeLoader(text)
        tree = loader.get_single_node()
        data: Any = loader.construct_document(tree) if tree else None
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else None
        raise _complain(path, line, "", f"不是合法的 YAML（{fault.problem}）") from fault
    except (OSError, UnicodeDecodeError) as fault:
        raise _complain(path, None, "", f"无法读取（{fault}）") from fault
    if key := _repeated_key(tree):
        raise _complain(path, key.start_mark.line + 1, key.value, "同一处写了两次")
    try:
        return model.model_validate(data)
    except ValidationError as fault:
        first = _first(fault)
        line, place = _node_line(tree, first["loc"]), ".".join(map(str, first["loc"]))
        raise _complain(path, line, place, _wording(first)) from fault


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
                    first = _first(fault)
                    raise _complain(path, reader.line_num, ".".join(map(str, first["loc"])), _wording(first)) from fault
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


# --- metrics.yml: metrics and indicators -------------------------------------------------------------------------


class Label(Entry):
    """A theme, or one of the applicant columns of table 3, with its words."""

    id: str
    name: str
    short: str | None = None
    english: str


class UnitClass(Entry):
    """Units that may share an axis. The printed unit is kept all the same: nothing is converted."""

    id: str
    name: str
    members: tuple[str, ...]


class Parts(Entry):
    """What adds up to a metric in some forms. `computed`: those forms print no cell of its own, SQL makes the sum."""

    forms: tuple[Literal["2014", "2019", "2021", "local"], ...]
    metrics: tuple[str, ...]
    computed: bool = False


class Metric(Entry):
    """One declared quantity; the head of metrics.yml says what each field means."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    short: str = Field(max_length=12)
    english: str
    theme: str
    unit: str
    unit_by_form: dict[str, str] = {}
    unit_as_printed: bool = False
    unit_class: str
    decimals: int = Field(0, ge=0, le=4)
    direction: Literal["none", "higher", "lower"] = "none"
    definition: str
    caution: str | None = None
    forms: tuple[Literal["2014", "2019", "2021", "narrative", "local", "derived"], ...]
    place: str
    applicants: bool = False
    parts: tuple[Parts, ...] = ()
    including: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    counterpart: str | None = None
    signed: bool = False
    wordings: tuple[str, ...] = Field(min_length=1)

    def parts_in(self, form: str) -> tuple[str, ...]:
        """The metrics whose values add up to this one in `form`; empty where that form has no such sum."""
        return next((p.metrics for p in self.parts if form in p.forms), ())

    def computed_in(self, form: str) -> bool:
        """True where `form` prints no cell for this metric and SQL adds its parts instead."""
        return any(p.computed for p in self.parts if form in p.forms)


class Indicator(Entry):
    """A derived figure: scale * (numerator - numerator_minus) / (denominator - denominator_minus), made in SQL."""

    id: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    name: str
    short: str = Field(max_length=12)
    english: str
    theme: str
    unit: str
    kind: Literal["ratio", "per_population", "days_late", "rule_share"] = "ratio"
    scale: int = 100
    decimals: int = Field(1, ge=0, le=4)
    numerator: tuple[str, ...] = ()
    numerator_minus: tuple[str, ...] = ()
    denominator: tuple[str, ...] = ()
    denominator_minus: tuple[str, ...] = ()
    numerator_breakdown: str | None = None
    denominator_breakdown: str | None = None
    min_denominator: int = 10
    proportion: bool = True
    direction: Literal["none", "higher", "lower"] = "none"
    definition: str
    caution: str | None = None
    forms: tuple[Literal["2014", "2019", "2021", "local"], ...]
    wordings: tuple[str, ...] = ()


class Catalogue(Entry):
    """The whole of metrics.yml. Every id that a metric or indicator refers to must be declared in the same file."""

    themes: tuple[Label, ...]
    breakdowns: tuple[Label, ...]
    units: tuple[UnitClass, ...]
    metrics: tuple[Metric, ...]
    indicators: tuple[Indicator, ...]

    @model_validator(mode="after")
    def _references(self) -> Catalogue:
        themes = {t.id for t in self.themes}
        metrics = {m.id for m in self.metrics}
        units = {u.id for u in self.units}
        breakdowns = {b.id for b in self.breakdowns}
        if tuple(b.id for b in self.breakdowns) != APPLICANTS:
            raise fault_at(("breakdowns",), f"须依次为 {'、'.join(APPLICANTS)}")
        known: set[str] = set()
        entries = [("metrics", n, m.id, m.theme) for n, m in enumerate(self.metrics)]
        entries += [("indicators", n, i.id, i.theme) for n, i in enumerate(self.indicators)]
        for section, n, id, theme in entries:
            if id in known:
                raise fault_at((section, n, "id"), f"编号 {id} 重复")
            known.add(id)
            if theme not in themes:
                raise fault_at((section, n, "theme"), f"没有这个主题：{theme}")
        for n, metric in enumerate(self.metrics):
            if metric.unit_class not in units:
                raise fault_at(("metrics", n, "unit_class"), f"没有这个单位类别：{metric.unit_class}")
            if metric.counterpart and metric.counterpart not in metrics:
                raise fault_at(("metrics", n, "counterpart"), f"没有这个指标：{metric.counterpart}")
            for name in ("including", "channels"):
                _known_ids(("metrics", n, name), getattr(metric, name), metrics - {metric.id})
            for k, part in enumerate(metric.parts):
                _known_ids(("metrics", n, "parts", k, "metrics"), part.metrics, metrics - {metric.id})
        for n, indicator in enumerate(self.indicators):
            for name in ("numerator", "numerator_minus", "denominator", "denominator_minus"):
                _known_ids(("indicators", n, name), getattr(indicator, name), metrics)
            for name in ("numerator_breakdown", "denominator_breakdown"):
                if getattr(indicator, name) not in breakdowns | {None}:
                    raise fault_at(("indicators", n, name), f"没有这个细分：{getattr(indicator, name)}")
            if indicator.kind == "ratio" and not (indicator.numerator and indicator.denominator):
                raise fault_at(("indicators", n), "缺少 numerator 或 denominator")
        return self


def _known_ids(place: tuple[int | str, ...], ids: tuple[str, ...], known: set[str]) -> None:
    for n, id in enumerate(ids):
        if id not in known:
            raise fault_at((*place, n), f"没有这个指标：{id}")


@functools.cache
def load_catalogue(root: Path = ROOT) -> Catalogue:
    return load_yaml(root / "metrics.yml", Catalogue)


@functools.cache
def load_metrics(root: Path = ROOT) -> dict[str, Metric]:
    """Every metric by id, in the order of metrics.yml."""
    return {m.id: m for m in load_catalogue(root).metrics}


@functools.cache
def load_indicators(root: Path = ROOT) -> dict[str, Indicator]:
    """Every derived indicator by id, in the order of metrics.yml."""
    return {i.id: i for i in load_catalogue(root).indicators}
