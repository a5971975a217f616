"""Loads and validates data/registry. Refuses to start on the first bad line, naming file, line and field.

Each kind of file has one pydantic model here; nobody else reads these files. Spellings, forms, rules,
thresholds and labels are data there and never an `if` in code.
"""

from __future__ import annotations

import csv
import functools
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails, InitErrorDetails, PydanticCustomError

from etl.equation import Equation, parse_equation
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


def _unreadable(fault: Exception) -> str:
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
        raise _complain(path, None, "", _unreadable(fault)) from fault
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
            header = reader.fieldnames or ()
            for name in header:
                if name not in model.model_fields:
                    raise _complain(path, 1, name, "没有这一列，请检查拼写")
            for name, field in model.model_fields.items():
                if field.is_required() and name not in header:
                    raise _complain(path, 1, name, "缺少这一列")
            for record in reader:
                try:
                    rows.append(model.model_validate({k: (v if v != "" else None) for k, v in record.items()}))
                except ValidationError as fault:
                    first = _first(fault)
                    raise _complain(path, reader.line_num, ".".join(map(str, first["loc"])), _wording(first)) from fault
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise _complain(path, None, "", _unreadable(fault)) from fault
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


# --- regions.csv, agencies.csv, identify.yml: who, where, when, what ------------------------------------------------

REGION_LEVELS = ("province", "city", "county", "township")


class Region(NamedTuple):
    """One row of regions.csv: a division and the years in which it bore this code and name (0 and 9999: open)."""

    adcode: str
    name: str
    level: str
    parent: str
    valid_from: int
    valid_to: int


def _read_regions(path: Path) -> list[Region]:
    """42,000 rows in 60 ms: checked by hand, since a pydantic model per row takes five times that."""
    rows: list[Region] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != Region._fields:
                raise _complain(path, 1, "", f"表头应为 {','.join(Region._fields)}")
            for line, row in enumerate(reader, 2):
                if len(row) != 6:
                    raise _complain(path, line, "", f"应有 6 列，实有 {len(row)} 列")
                adcode, name, level, parent, since, until = row
                if not (adcode.isascii() and adcode.isdigit() and len(adcode) == (9 if level == "township" else 6)):
                    raise _complain(path, line, "adcode", f"“{adcode}”不是区划代码")
                if level not in REGION_LEVELS:
                    raise _complain(path, line, "level", f"“{level}”不是 {'、'.join(REGION_LEVELS)} 之一")
                if not name or (not parent and level != "province"):
                    raise _complain(path, line, "parent" if name else "name", "不能为空")
                if (since and not since.isdigit()) or (until and not until.isdigit()):
                    raise _complain(path, line, "valid_from", f"“{since}”至“{until}”不是年份")
                rows.append(Region(adcode, name, level, parent, int(since or 0), int(until or 9999)))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise _complain(path, None, "", _unreadable(fault)) from fault
    return rows


@functools.cache
def load_regions(root: Path = ROOT) -> tuple[Region, ...]:
    """All divisions, those of the fictional province (codes from 99) after the real ones."""
    demo = root / "regions_demo.csv"
    return tuple(_read_regions(root / "regions.csv") + (_read_regions(demo) if demo.exists() else []))


class Agency(Entry):
    """A body that is no plain "place + department": a functional zone, a rename, a merger (agencies.csv).

    An `alias` that starts with * stands for any place before it (*安全生产监督管理局). `adcode` is the division the body
    lies in or under; None where it is a rule for all places.
    """

    agency: str
    alias: str
    adcode: str | None = Field(None, pattern=r"^\d{6}$")
    system: str | None = None
    level: Literal["province", "city", "county", "township"] | None = None
    valid_from: int | None = None
    valid_to: int | None = None
    successor: str | None = None


@functools.cache
def load_agencies(root: Path = ROOT) -> tuple[Agency, ...]:
    """agencies.csv, in its order. Codes must be those of known divisions."""
    path = root / "agencies.csv"
    rows = load_csv(path, Agency)
    codes = {region.adcode for region in load_regions(root)}
    for line, row in enumerate(rows, 2):
        if row.adcode is not None and row.adcode not in codes:
            raise _complain(path, line, "adcode", f"区划表中没有代码 {row.adcode}")
    return tuple(rows)


def _compiles(pattern: str) -> str:
    try:
        re.compile(pattern)
    except re.error as fault:
        raise ValueError(f"“{pattern}”不是合法的正则表达式（{fault}）") from fault
    return pattern


RegexText = Annotated[str, AfterValidator(_compiles)]


class NotAReport(Entry):
    """A sign in a title that the file is something else, with the Chinese reason given for setting it aside."""

    pattern: RegexText
    reason: str
    unless_report: bool = False  # the body may still be a report (a notice that publishes one)


class TitleKind(Entry):
    kind: Literal["annual_report", "work_summary", "work_plan"]
    pattern: RegexText


class HeadLabels(Entry):
    """Labels of the head's label/value pairs, in order of trust."""

    title: list[str]
    agency: list[str]
    source: list[str]
    published: list[str]
    index_number: list[str]
    address: list[str]
    ignored: list[str]  # labels that end a value but say nothing about the report
    none: list[str]  # values that mean "nothing"


class ChapterSigns(Entry):
    """How the chapters of a report begin."""

    annual: list[RegexText]
    parts: list[RegexText]
    form: RegexText
    closing: RegexText


class ScopeSigns(Entry):
    aggregate: list[RegexText]
    own: list[RegexText]


class PlanSigns(Entry):
    """Words of a work plan's tasks and of its table of columns."""

    frequency: RegexText
    responsible: RegexText
    number_header: RegexText
    level_header: RegexText
    frequency_header: RegexText
    section_header: RegexText
    task_header: RegexText


class IdentifySigns(Entry):
    """identify.yml: what etl.split, etl.identify and etl.plan look for."""

    topic: RegexText
    kinds: list[TitleKind]
    not_a_report: list[NotAReport]
    untitled: list[TitleKind]
    not_a_title: RegexText
    filler_before: RegexText
    filler_after: RegexText
    labels: HeadLabels
    chapters: ChapterSigns
    placeholders: RegexText
    agency_endings: list[str]
    not_an_ending: RegexText
    not_a_name: RegexText
    verbs: RegexText
    not_relative: RegexText
    national_prefixes: list[str]
    zone: RegexText
    ethnic_groups: list[str]
    systems: dict[str, list[str]]
    office: RegexText
    divisions: dict[str, str]
    accounts: RegexText
    province_hosts: dict[str, str]
    part_year: dict[str, tuple[str, str]]
    junk: list[RegexText]
    scope: ScopeSigns
    plan: PlanSigns


@functools.cache
def load_identify(root: Path = ROOT) -> IdentifySigns:
    return load_yaml(root / "identify.yml", IdentifySigns)


# --- statutory forms (data/registry/forms/*.yml) ---


class FormColumn(Entry):
    """A column of a statutory table. `year`: a header that names the reporting year is this column; `ignored`: known, never taken."""

    id: str
    label: str
    spellings: tuple[str, ...] = ()
    cores: tuple[str, ...] = ()
    group: str | None = None
    metric: str | None = None
    breakdown: str | None = None
    unit: str | None = None
    signed: bool = False
    year: bool = False
    ignored: bool = False


class FormGroup(Entry):
    """A label above rows or columns that holds no value itself."""

    id: str
    label: str
    spellings: tuple[str, ...] = ()
    parent: str | None = None


class FormRow(Entry):
    """A row: one metric for all columns, or `cells` from column id to metric. `label` as the official form prints it, `spellings`
    other wordings of the whole label, `cores` distinctive pieces of it. `needs_group`: the label means this row inside its group only.
    `instead_of`: rows that this one stands for in some reports."""

    label: str
    id: str = ""
    metric: str | None = None
    cells: dict[str, str] = {}
    group: str | None = None
    unit: str | None = None
    spellings: tuple[str, ...] = ()
    cores: tuple[str, ...] = ()
    needs_group: bool = False
    instead_of: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        return self.id or self.metric or self.label


class FormSum(Entry):
    """`total` members add up to what `parts` members add up to: row ids along rows (in each column), column ids along columns."""

    along: Literal["rows", "columns"]
    total: tuple[str, ...]
    parts: tuple[str, ...]


def _one_figure(pattern: str) -> str:
    try:
        groups = re.compile(pattern).groups
    except re.error as fault:
        raise ValueError(f"不是合法的正则表达式（{fault}）") from fault
    if groups != 1:
        raise ValueError("须恰有一个括号组")
    return pattern


class FormStatement(Entry):
    """Where the same report's prose states a cell: `pattern` has one group, the figure. Proof for cells glued together, never a value."""

    row: str
    column: str
    pattern: Annotated[str, AfterValidator(_one_figure)]


class FormTable(Entry):
    """One statutory table. `announced`: chapter headings above it; `words`, `word_cores`: header cells that hold nothing; `anchors`: one
    of these stands in every flattened copy. A table without rows has one unlabelled row and names the metric per column.
    `open`: offices add rows of their own, which are kept as findings local_extra."""

    number: int
    announced: tuple[str, ...]
    open: bool = False
    anchors: tuple[str, ...] = ()
    unit: str | None = None
    words: tuple[str, ...] = ()
    word_cores: tuple[str, ...] = ()
    groups: tuple[FormGroup, ...] = ()
    columns: tuple[FormColumn, ...]
    rows: tuple[FormRow, ...] = ()
    sums: tuple[FormSum, ...] = ()
    stated: tuple[FormStatement, ...] = ()

    @model_validator(mode="after")
    def _references(self) -> FormTable:
        columns, groups = {c.id for c in self.columns}, {g.id for g in self.groups}
        rows = {r.key for r in self.rows}
        for n, row in enumerate(self.rows):
            if row.group and row.group not in groups:
                raise fault_at(("rows", n, "group"), f"没有这个分组：{row.group}")
            for id in row.cells:
                if id not in columns:
                    raise fault_at(("rows", n, "cells", id), f"没有这一列：{id}")
        for n, column in enumerate(self.columns):
            if column.group and column.group not in groups:
                raise fault_at(("columns", n, "group"), f"没有这个分组：{column.group}")
        for n, sum_ in enumerate(self.sums):
            known = rows if sum_.along == "rows" else columns
            for id in (*sum_.total, *sum_.parts):
                if id not in known:
                    raise fault_at(("sums", n), f"没有这一行或列：{id}")
        return self


class Form(Entry):
    """A statutory form as data: its tables, and the marks and units that its cells may hold."""

    id: str
    name: str
    basis: str
    since: int
    not_applicable: tuple[str, ...]
    units: tuple[str, ...]
    tables: tuple[FormTable, ...]


@functools.cache
def load_forms(root: Path = ROOT / "forms") -> tuple[Form, ...]:
    """Every form in the folder, newest first. A new form is a new YAML file there. Raises RegistryError."""
    forms = [load_yaml(path, Form) for path in sorted(root.glob("*.yml"))]
    return tuple(sorted(forms, key=lambda f: (-f.since, f.id)))


# ---------------------------------------------------------------- narrative.yml


class Hedge(Entry):
    """Spellings of one qualifier: before the number, between digits and unit, after the unit (DOMAIN F.3)."""

    before: tuple[str, ...]
    inside: tuple[str, ...]
    after: tuple[str, ...]


class NarrativeSections(Entry):
    """Title words that close a chapter to counting, open it again, or say what it is about."""

    title_ends: tuple[str, ...]
    closed: tuple[str, ...]
    open: tuple[str, ...]
    request: tuple[str, ...]
    disclosure: tuple[str, ...]


class Negation(Entry):
    """Zero by negation or by statement over a 、-list (DOMAIN F.2 P12, P13)."""

    words: tuple[str, ...]
    alone: tuple[str, ...]
    never: tuple[str, ...]
    double: tuple[str, ...]
    joints: tuple[str, ...]
    tails: tuple[str, ...]
    stated: tuple[str, ...]
    each: tuple[str, ...]


class Mixed(Entry):
    """Words that put two things under one figure."""

    metric: str
    words: tuple[str, ...]


class Frame(Entry):
    """One wording of a metric round its number, see the head of narrative.yml."""

    left: str | None = None
    right: str | None = None
    rank: int = Field(ge=1, le=5)
    needs: Literal["request", "disclosure", "field", "normative"] | None = None
    also: str | None = None
    unit: str | None = None


class NarrativeMetric(Entry):
    metric: str
    unit: str
    heads: tuple[str, ...]
    frames: tuple[Frame, ...]
    total: bool = False
    other_year: bool = False
    not_left: tuple[str, ...] = ()
    not_right: tuple[str, ...] = ()
    not_ahead: tuple[str, ...] = ()
    zero: tuple[str, ...] = ()
    zero_loose: tuple[str, ...] = ()
    zero_verbs: tuple[str, ...] = ()
    zero_needs: Literal["request", "disclosure", "field"] | None = None
    verb_needed: bool = False


class Narrative(Entry):
    """narrative.yml: the spellings and frames of numbers in prose."""

    units: dict[str, tuple[str, ...]]
    unit_stops: tuple[str, ...]
    unitless: tuple[str, ...]
    hedges: dict[Literal["at_least", "at_most", "about"], Hedge]
    numerals: str
    scales: dict[str, int]
    sections: NarrativeSections
    clause_stops: tuple[str, ...]
    sentence_stops: tuple[str, ...]
    stop_free: tuple[str, ...]
    other_year: tuple[str, ...]
    other_year_free: tuple[str, ...]
    all_time: tuple[str, ...]
    part_year: tuple[str, ...]
    spells: tuple[str, ...]
    to_date: tuple[str, ...]
    up_to: tuple[str, ...]
    year_end: tuple[str, ...]
    children: tuple[str, ...]
    share: tuple[str, ...]
    included: tuple[str, ...]
    attributes: tuple[str, ...]
    cumulative: tuple[str, ...]
    this_year: tuple[str, ...]
    reference: tuple[str, ...]
    not_whole: tuple[str, ...]
    topics: tuple[str, ...]
    annual: tuple[str, ...]
    several: tuple[str, ...]
    part_bodies: tuple[str, ...]
    own_level: tuple[str, ...]
    means: tuple[str, ...]
    whole_bodies: tuple[str, ...]
    regions: tuple[str, ...]
    own_words: tuple[str, ...]
    body_ends: tuple[str, ...]
    government_ends: tuple[str, ...]
    negation: Negation
    all_closed: tuple[str, ...]
    fill: tuple[str, ...]
    mixed: tuple[Mixed, ...]
    words: dict[str, tuple[str, ...]]
    distractors: tuple[str, ...]
    disclosure_context: tuple[str, ...]
    channels: dict[str, tuple[str, ...]]
    metrics: tuple[NarrativeMetric, ...]

    @model_validator(mode="after")
    def _references(self) -> Narrative:
        for n, metric in enumerate(self.metrics):
            if metric.unit not in self.units:
                raise fault_at(("metrics", n, "unit"), f"没有这个单位类别：{metric.unit}")
            for name in ("not_left", "not_right", "not_ahead", "zero", "zero_loose"):
                for k, word_class in enumerate(getattr(metric, name)):
                    if word_class not in self.words:
                        raise fault_at(("metrics", n, name, k), f"没有这个词类：{word_class}")
            for k, frame in enumerate(metric.frames):
                if frame.unit and frame.unit not in self.units:
                    raise fault_at(("metrics", n, "frames", k, "unit"), f"没有这个单位类别：{frame.unit}")
                if not frame.left and not frame.right:
                    raise fault_at(("metrics", n, "frames", k), "缺少 left 或 right")
                for step in f"{frame.left or ''} {frame.right or ''}".split():
                    if not step.startswith(("~", "^")) and step.rstrip("?*+") not in self.words:
                        raise fault_at(("metrics", n, "frames", k), f"没有这个词类：{step}")
                    if step.startswith(("~", "^")) and not step[1:].isdigit():
                        raise fault_at(("metrics", n, "frames", k), f"“{step[0]}”后应为字数：{step}")
        return self


@functools.cache
def load_narrative(root: Path = ROOT) -> Narrative:
    """The grammar of numbers in prose. Raises RegistryError."""
    return load_yaml(root / "narrative.yml", Narrative)


# --- demo.yml and regions_demo.csv: the fictional province --------------------------------------------------------


class DemoDepartment(Entry):
    """A kind of department with its usual yearly volumes at a city (a province has more, a county less)."""

    name: str
    province: str
    short: str
    requests: int
    licensing: int
    penalty: int
    coercion: int
    fees: int
    items: int

    @property
    def system(self) -> str:
        return self.name.removesuffix("局").removesuffix("委员会")


class DemoRegion(Entry):
    """An invented division; codes begin with 99, which GB/T 2260 does not use."""

    adcode: str = Field(pattern=r"^99\d{4}(\d{3})?$")
    name: str
    level: Literal["province", "city", "county", "township"]
    parent: str | None = None
    valid_from: int | None = None
    valid_to: int | None = None


class DemoSection(Entry):
    """One 第二十条 section of table 2: item, header labels, rows of a label and its metrics."""

    item: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class DemoGroup(Entry):
    """A group of outcome rows in table 3; `only` names the one form that prints it divided."""

    label: str
    only: str | None = None
    rows: tuple[tuple[str, str], ...]


class DemoTable3(Entry):
    corner: str
    applicants: str
    natural_person: str
    organisations: str
    columns: tuple[tuple[str, ...], ...]
    total: str
    results: str
    before: tuple[tuple[str, str], ...]
    groups: tuple[DemoGroup | tuple[str, str], ...]
    after: tuple[str, str]


class DemoTable4(Entry):
    review: str
    litigation: str
    direct: str
    after_review: str
    columns: tuple[str, ...]


class DemoTable2014(Entry):
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class DemoZero(Entry):
    """A sentence that states zeros without a digit."""

    text: str
    zero: tuple[str, ...]


class DemoPlan(Entry):
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    tasks: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    frequencies: tuple[str, ...]
    sections_responsible: tuple[str, ...]


class DemoSite(Entry):
    nav: tuple[str, ...]
    side: tuple[str, ...]
    news: tuple[str, ...]
    footer: str


class Demo(Entry):
    """Wording of the fictional province's reports."""

    notice: str
    departments: tuple[DemoDepartment, ...]
    chapters: dict[str, tuple[str, ...]]
    table2: dict[str, tuple[DemoSection, ...]]
    table3: DemoTable3
    table4: DemoTable4
    table2014: DemoTable2014
    sentences: dict[str, tuple[str | DemoZero, ...]]
    headings: dict[str, tuple[str, ...]]
    plan: DemoPlan
    site: DemoSite
    pinyin: dict[str, str]


@functools.cache
def load_demo(root: Path = ROOT) -> Demo:
    """Names, table wording and sentence templates of the fictional province. Raises RegistryError."""
    return load_yaml(root / "demo.yml", Demo)


# --- deadlines.csv, columns.csv, corrections.jsonl: the warehouse --------------------------------------------------


class Deadline(Entry):
    """Until when the report on a year must be out, in the year after. Townships have no row: article 49 does not name them.

    `adcode`: a local deadline, for that division and all below it; the smallest division wins over the law's own date.
    """

    first_year: int
    last_year: int | None = None
    adcode: str | None = Field(None, pattern=r"^\d{6}$")
    body: Literal["government", "department", "township"]
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    basis: str


@functools.cache
def load_deadlines(root: Path = ROOT) -> tuple[Deadline, ...]:
    return tuple(load_csv(root / "deadlines.csv", Deadline))


def region_head(adcode: str | None) -> str:
    """The head that the codes of a division and all below it share: 330000 -> 33, 330900 -> 3309; none for None."""
    code = adcode or ""
    return code[:2] if code.endswith("0000") else code[:4] if len(code) == 6 and code.endswith("00") else code


class Column(Entry):
    """What a column of the views means: the same name means the same in every view, unless `view` says otherwise."""

    view: str | None = None
    column: str
    name: str
    description: str | None = None


@functools.cache
def load_columns(root: Path = ROOT) -> tuple[Column, ...]:
    return tuple(load_csv(root / "columns.csv", Column))


class Correction(Entry):
    """A person's override of one shown figure. `old` is the guard: what the views show without it (null: no figure)."""

    agency: str = Field(min_length=1)
    year: int = Field(ge=1990, le=2100)
    metric: str
    breakdown: str | None = None
    kind: Literal["annual_report", "work_summary"] | None = None
    scope: Literal["own_agency", "government_aggregate", "unknown"] | None = None
    old: float | None
    new: float | None
    reason: str = Field(min_length=1)
    who: str | None = None
    when: str | None = None


def load_corrections(root: Path = ROOT) -> tuple[Correction, ...]:
    """corrections.jsonl in its order, one JSON object per line; no file is no correction. Not cached: a session may append."""
    path = root / "corrections.jsonl"
    if not path.exists():
        return ()
    rows: list[Correction] = []
    metrics = load_metrics(root)
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise _complain(path, None, "", _unreadable(fault)) from fault
    for line, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            row = Correction.model_validate_json(text)
        except ValidationError as fault:
            first = _first(fault)
            raise _complain(path, line, ".".join(map(str, first["loc"])), _wording(first)) from fault
        if row.metric not in metrics:
            raise _complain(path, line, "metric", f"没有这个指标：{row.metric}")
        rows.append(row)
    return tuple(rows)


class ReadingLimits(Entry):
    """What one file may cost; above it the file is set aside."""

    file_bytes: int
    unpacked_bytes: int
    unpacked_ratio: int
    archive_members: int
    text_characters: int
    tags: int
    lines: int
    cells: int
    columns: int
    colspan: int
    pages: int
    table_pages: int
    rows_bytes: int
    nesting: int


class Reading(Entry):
    """data/registry/reading.yml: limits, site furniture, labels of metadata boxes, frequent characters."""

    limits: ReadingLimits
    chrome_classes: str
    chrome_prose: int
    chrome_lines: tuple[str, ...]
    breadcrumb: str
    metadata: tuple[str, ...]
    metadata_value: int
    announced: str
    paragraph_start: str
    page_mark: str
    junk_names: str
    frequent_simplified: str
    frequent_traditional: str

    @model_validator(mode="after")
    def _patterns(self) -> Reading:
        patterns = {
            name: getattr(self, name)
            for name in ("chrome_classes", "breadcrumb", "announced", "paragraph_start", "page_mark", "junk_names")
        }
        for name, pattern in [*patterns.items(), *(("chrome_lines", line) for line in self.chrome_lines)]:
            try:
                re.compile(pattern)
            except re.error as fault:
                raise fault_at((name,), f"不是合法的正则表达式：{fault}") from fault
        return self


@functools.cache
def load_reading(root: Path = ROOT) -> Reading:
    """What the file readers know. Raises RegistryError."""
    return load_yaml(root / "reading.yml", Reading)


# --- likeness.yml -------------------------------------------------------------------------------------------------


class Chapter(Entry):
    name: str
    pattern: RegexText


class LikenessSigns(Entry):
    """What counts when two texts are compared; the head of likeness.yml says what each field means."""

    piece: int = Field(ge=3, le=12)
    sentence: int
    layout_cell: int
    stops: RegexText
    skipped: RegexText
    chapters: tuple[Chapter, ...]


@functools.cache
def load_likeness(root: Path = ROOT) -> LikenessSigns:
    return load_yaml(root / "likeness.yml", LikenessSigns)


# --- rules.yml, accepted.jsonl, roster.csv: the checks -------------------------------------------------------------

SEVERITIES = ("error", "warning", "info")
Severity = Literal["error", "warning", "info"]
FAMILIES = ("T2", "T3", "T4", "E1", "XY", "NT", "AG", "MD", "RD")


def _is_equation(text: str) -> str:
    parse_equation(text)
    return text


EquationText = Annotated[str, AfterValidator(_is_equation)]


class Rule(Entry):
    """One check; the head of rules.yml says what each field means. Exactly one of equation, across, query and reader is given."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    family: Literal["T2", "T3", "T4", "E1", "XY", "NT", "AG", "MD", "RD"]
    severity: Severity
    severity_total: Severity | None = None
    title: str = Field(min_length=1)
    explanation: str = Field(min_length=1)
    advice: str = Field(min_length=1)
    basis: str | None = None
    equation: tuple[EquationText, ...] = ()
    instead: tuple[EquationText, ...] = ()
    subject: str | None = None
    each: Literal["applicants"] | None = None
    across: Literal["applicants"] | None = None
    forms: tuple[Literal["2014", "2019", "2021", "local"], ...] = ()
    tolerance: float = Field(0, ge=0)
    prose: Literal["any", "zero", "nonzero"] = "any"
    query: str | None = None
    parameters: dict[str, float | str | tuple[str, ...]] = {}
    reader: bool = False

    @property
    def equations(self) -> tuple[Equation, ...]:
        return tuple(parse_equation(text) for text in self.equation)

    @property
    def alternatives(self) -> tuple[Equation, ...]:
        return tuple(parse_equation(text) for text in self.instead)

    @model_validator(mode="after")
    def _one_way(self) -> Rule:
        ways = [name for name in ("equation", "across", "query", "reader") if getattr(self, name)]
        if len(ways) != 1:
            raise fault_at((), "equation、across、query、reader 须恰好写一个")
        if self.instead and len(self.equation) != 1:
            raise fault_at(("instead",), "只在恰有一个 equation 时可写")
        for n, equation in enumerate(self.equations):
            if self.subject and self.subject not in {term.metric for term in equation.terms}:
                raise fault_at(("subject",), f"不在等式 {self.equation[n]} 中")
            if self.each and any(term.cell for term in equation.terms):
                raise fault_at(("equation", n), "逐列比较时不能再写细分")
        return self


class Break(Entry):
    """From `year` on figures are not those of the year before: the named rules say nothing across it, for the given metrics or all.

    `agencies`: only these bodies (a reform); none: everybody.
    """

    year: int
    rules: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    reason: str = Field(min_length=1)


class Rules(Entry):
    """The whole of rules.yml."""

    hedge: float = Field(gt=0, lt=1)
    office_words: RegexText
    region_words: RegexText
    breaks: tuple[Break, ...] = ()
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _references(self) -> Rules:
        seen: set[str] = set()
        for n, rule in enumerate(self.rules):
            if rule.id in seen:
                raise fault_at(("rules", n, "id"), f"编号 {rule.id} 重复")
            seen.add(rule.id)
        for n, entry in enumerate(self.breaks):
            for k, id in enumerate(entry.rules):
                if id not in seen:
                    raise fault_at(("breaks", n, "rules", k), f"没有这条规则：{id}")
        return self


@functools.cache
def load_rules(root: Path = ROOT) -> Rules:
    """rules.yml, its equations checked against metrics.yml. Raises RegistryError."""
    path, metrics = root / "rules.yml", load_metrics(root)
    rules = load_yaml(path, Rules)

    def unknown(place: tuple[int | str, ...], id: str) -> RegistryError:
        tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
        return _complain(path, _node_line(tree, place), ".".join(map(str, place)), f"metrics.yml 中没有这个指标：{id}")

    for n, rule in enumerate(rules.rules):
        for name, equations in (("equation", rule.equations), ("instead", rule.alternatives)):
            for k, equation in enumerate(equations):
                for term in equation.terms:
                    if term.metric not in metrics:
                        raise unknown(("rules", n, name, k), term.metric)
    for n, entry in enumerate(rules.breaks):
        for k, id in enumerate(entry.metrics):
            if id not in metrics:
                raise unknown(("breaks", n, "metrics", k), id)
    return rules


class Acceptance(Entry):
    """A finding that a person looked at and let stand. `actual` is the guard: with another figure in the report it no longer holds."""

    agency: str = Field(min_length=1)
    year: int = Field(ge=1990, le=2100)
    rule: str = Field(min_length=1)
    metric: str | None = None
    breakdown: str | None = None
    actual: float | None = None
    who: str = Field(min_length=1)
    why: str = Field(min_length=1)
    when: str | None = None


def load_accepted(root: Path = ROOT) -> tuple[Acceptance, ...]:
    """accepted.jsonl in its order, one JSON object per line; no file is none. Not cached: lines are appended. Raises RegistryError."""
    path = root / "accepted.jsonl"
    if not path.exists():
        return ()
    rows: list[Acceptance] = []
    known = {rule.id for rule in load_rules(root).rules}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        raise _complain(path, None, "", _unreadable(fault)) from fault
    for line, text in enumerate(lines, 1):
        if not text.strip():
            continue
        try:
            row = Acceptance.model_validate_json(text)
        except ValidationError as fault:
            first = _first(fault)
            raise _complain(path, line, ".".join(map(str, first["loc"])), _wording(first)) from fault
        if row.rule not in known:
            raise _complain(path, line, "rule", f"没有这条规则：{row.rule}")
        rows.append(row)
    return tuple(rows)


class RosterEntry(Entry):
    """A body that must report. `month` and `day`: its own deadline where it is not that of deadlines.csv."""

    agency: str = Field(min_length=2, max_length=80)
    adcode: str | None = Field(None, pattern=r"^\d{6}(\d{3})?$")
    level: Literal["province", "city", "county", "township"] | None = None
    system: str | None = None
    first_year: int | None = Field(None, ge=2008, le=2100)
    last_year: int | None = Field(None, ge=2008, le=2100)
    month: int | None = Field(None, ge=1, le=12)
    day: int | None = Field(None, ge=1, le=31)


def load_roster(root: Path = ROOT) -> tuple[RosterEntry, ...]:
    """roster.csv: who must report; no file means that nobody said so. Not cached: a roster is imported at run time."""
    path = root / "roster.csv"
    return tuple(load_csv(path, RosterEntry)) if path.exists() else ()


# --- sentences.yml: what the Word brief says of a chart --------------------------------------------------------------

SENTENCE_FIELDS: dict[str, tuple[str, ...]] = {
    "extent": ("year", "n", "entity", "metric", "high_name", "high", "low_name", "low"),
    "extent_equal": ("year", "n", "entity", "metric", "value"),
    "one": ("year", "entity", "metric", "name", "value"),
    "none": ("year", "entity", "metric"),
    "peers": ("median", "n"),
    "entity": ("name", "year", "metric", "value"),
    "entity_missing": ("name", "year", "metric", "status"),
    "clause_ratio": ("numerator", "denominator"),
    "clause_change": ("change",),
    "clause_place": ("place",),
    "clause_median": ("against", "median", "n"),
    "trend": ("name", "metric", "first_year", "first", "last_year", "last"),
    "trend_one": ("name", "metric", "year", "value"),
    "trend_gaps": ("years",),
    "trend_many": ("n", "entity", "metric", "first_year", "last_year", "pairs", "up", "down", "same"),
    "form_change": ("years",),
    "heat": ("year", "n", "entity", "metrics", "cells", "held"),
    "coverage": ("year", "known", "held", "without"),
    "parts": ("cells", "held", "name", "part", "value"),
    "missing": ("counts",),
    "qualified": ("n",),
    "prose": ("n",),
    "part_year": ("n",),
    "small": ("n",),
    "corrected": ("n",),
    "units": (),
    "fictional": (),
}
"""Every sentence that the brief can say, with what it may name."""


class Sentences(Entry):
    """Sentence patterns with {fields}, and words that none of them may hold."""

    avoided: tuple[str, ...] = Field(min_length=1)
    sentences: dict[str, str]

    @model_validator(mode="after")
    def _fields(self) -> Sentences:
        for id in SENTENCE_FIELDS:
            if not self.sentences.get(id):
                raise fault_at(("sentences",), f"缺少 {id} 这一句")
        for id, text in self.sentences.items():
            if id not in SENTENCE_FIELDS:
                raise fault_at(("sentences", id), "没有这一句，请检查拼写")
            rest = re.sub(r"\{([a-z_]+)\}", lambda m, id=id: "" if m[1] in SENTENCE_FIELDS[id] else m[0], text)  # type: ignore[misc]
            if "{" in rest or "}" in rest:
                allowed = "、".join(f"{{{name}}}" for name in SENTENCE_FIELDS[id]) or "无"
                raise fault_at(("sentences", id), f"含有不能用的栏位，可用的有：{allowed}")
            if word := next((w for w in self.avoided if w in rest), None):
                raise fault_at(("sentences", id), f"不得用“{word}”一词（见 avoided）")
        return self

    def say(self, id: str, **fields: object) -> str:
        """The sentence `id` with its fields filled in. Values are put in as they are, never read as patterns."""
        return re.sub(r"\{([a-z_]+)\}", lambda m: str(fields[m[1]]), self.sentences[id])


@functools.cache
def load_sentences(root: Path = ROOT) -> Sentences:
    return load_yaml(root / "sentences.yml", Sentences)


# --- the whole registry --------------------------------------------------------------------------------------------


def _metric_references(entry: Any, place: tuple[int | str, ...] = ()) -> Iterator[tuple[tuple[int | str, ...], str]]:
    """Place and id of every metric that an entry of another file names: fields `metric` and `also`, values of `cells`."""
    if isinstance(entry, Entry):
        for name in type(entry).model_fields:
            value = getattr(entry, name)
            if name in ("metric", "also") and value is not None:
                yield (*place, name), value
            elif name == "cells":
                yield from (((*place, name, key), id) for key, id in value.items())
            else:
                yield from _metric_references(value, (*place, name))
    elif isinstance(entry, tuple | list):
        for n, item in enumerate(entry):
            yield from _metric_references(item, (*place, n))


def _check_metric_references(path: Path, entry: Entry, metrics: dict[str, Metric]) -> None:
    for place, id in _metric_references(entry):
        if id not in metrics:
            tree = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
            raise _complain(
                path, _node_line(tree, place), ".".join(map(str, place)), f"metrics.yml 中没有这个指标：{id}"
            )


# --- import.yml: rows that come already extracted ------------------------------------------------------------------


class ImportColumn(Entry):
    """A column of the spreadsheet template: its heading, whether a row must fill it, what to write in it."""

    id: Literal[
        "agency",
        "adcode",
        "year",
        "metric",
        "breakdown",
        "value",
        "unit",
        "qualifier",
        "scope",
        "kind",
        "published_on",
        "form",
        "source",
    ]
    name: str
    required: bool = False
    note: str


class ImportTemplate(Entry):
    """import.yml: the spreadsheet template and the words that its cells may hold."""

    sheet: str
    columns: tuple[ImportColumn, ...]
    example: dict[str, str]
    kinds: dict[str, Literal["annual_report", "work_summary"]]
    scopes: dict[str, Literal["own_agency", "government_aggregate", "unknown"]]
    qualifiers: dict[str, Literal["exact", "at_least", "at_most", "about"]]
    not_applicable: tuple[str, ...]
    most_rows: int
    most_wrong: int
    line_characters: int
    most_observations: int


@functools.cache
def load_import(root: Path = ROOT) -> ImportTemplate:
    """The template for rows that offices collect by spreadsheet."""
    return load_yaml(root / "import.yml", ImportTemplate)


class Initials(Entry):
    """One row of initials.csv: characters that share an initial, or a word that is read unlike its characters, with one letter each."""

    text: str
    initials: str = Field(pattern=r"^[a-z]+$")


@functools.cache
def load_initials(root: Path = ROOT) -> tuple[dict[str, str], dict[str, str]]:
    """Pinyin initials: character -> letter, and word -> letters where a word is read unlike its characters (重庆 cq)."""
    characters: dict[str, str] = {}
    words: dict[str, str] = {}
    for row in load_csv(root / "initials.csv", Initials):
        if len(row.text) == len(row.initials):
            words[row.text] = row.initials
        else:
            characters.update(dict.fromkeys(row.text, row.initials))
    return characters, words


class Population(Entry):
    """Residents of a division in a year, and where the number is from (population.csv, which an office may add)."""

    adcode: str = Field(pattern=r"^\d{6}(?:\d{3})?$")
    year: int = Field(ge=1949, le=2100)
    people: int = Field(gt=0, le=2_000_000_000)
    basis: str


@functools.cache
def load_population(root: Path = ROOT) -> tuple[Population, ...]:
    """population.csv, nothing where there is none. No division stands twice for one year."""
    path = root / "population.csv"
    rows = load_csv(path, Population) if path.exists() else []
    seen: set[tuple[str, int]] = set()
    for line, row in enumerate(rows, 2):
        if (row.adcode, row.year) in seen:
            raise _complain(path, line, "adcode", f"{row.adcode} 在{row.year}年已有一行")
        seen.add((row.adcode, row.year))
    return tuple(rows)


def wording_of(fault: ValidationError) -> tuple[str, str]:
    """(field, what is wrong with it in Chinese) of the first fault, for rows that people fill in."""
    first = _first(fault)
    return ".".join(map(str, first["loc"])), _wording(first)


def load_all(root: Path = ROOT) -> None:
    """Reads and validates every file of the registry, also what one file says of another. Raises RegistryError for the first fault.

    Called once at the start of every command and of the dashboard, so that a broken line is met before any work is done.
    """
    metrics = load_metrics(root)
    load_indicators(root)
    load_script(root)
    load_reading(root)
    load_regions(root)
    load_agencies(root)
    load_identify(root)
    load_forms(root / "forms")
    for path in sorted((root / "forms").glob("*.yml")):
        _check_metric_references(path, load_yaml(path, Form), metrics)
    _check_metric_references(root / "narrative.yml", load_narrative(root), metrics)
    load_demo(root)
    load_deadlines(root)
    load_columns(root)
    load_corrections(root)
    load_likeness(root)
    load_rules(root)
    load_accepted(root)
    load_roster(root)
    load_sentences(root)
    load_import(root)
    load_population(root)
    load_initials(root)
