"""What `extract` printed, one report per line (CONTRACT 2), back as Reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from typing import Annotated, Any, BinaryIO, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    ValidationError,
    model_validator,
)

from etl.model import (
    APPLICANTS,
    Finding,
    Identity,
    Kind,
    Level,
    Method,
    Observation,
    Plan,
    PlanColumn,
    PlanTask,
    Qualifier,
    Report,
    Scope,
    Severity,
    SourceError,
    Status,
    TableState,
)
from etl.registry import ImportTemplate, load_forms, load_import, load_metrics, wording_of

Name = Annotated[str, Field(max_length=200)]
Words = Annotated[str, Field(max_length=100_000)]
Number = Annotated[StrictInt | StrictFloat, Field(allow_inf_nan=False, ge=-1e15, le=1e15)]
Count = Annotated[StrictInt, Field(ge=0, le=2**31 - 1)]


def _known_form(id: str) -> str:
    known = sorted(form.id for form in load_forms())
    if id not in known:
        raise ValueError(f"应为 {'、'.join(known)} 之一")
    return id


class Line(BaseModel):
    """Base of what a line holds: later versions may print more, so that unknown fields are left out, not refused."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Head(Line):
    document: Words = Field(min_length=1)
    part: Annotated[StrictInt, Field(ge=1, le=2**31 - 1)]
    sha256: str = Field(pattern=r"^[0-9a-f]{64}$")
    kind: Kind
    title: Words | None = None
    agency: Name | None = None
    stated_as: Name | None = None
    system: Name | None = None
    level: Level | None = None
    province: Name | None = None
    city: Name | None = None
    county: Name | None = None
    township: Name | None = None
    adcode: str | None = Field(None, pattern=r"^\d{6}(?:\d{3})?$")
    year: Annotated[StrictInt, Field(ge=1990, le=2100)] | None = None
    period: tuple[date, date] | None = None
    published_on: date | None = None
    index_number: Name | None = None
    form: Annotated[str, AfterValidator(_known_form)] | None = None
    scope: Scope = "unknown"
    tables: dict[Literal["2", "3", "4"], TableState] = {}
    reason: Words | None = None
    observations: list[Any] = []
    findings: list[Any] = []
    plan: dict[str, Any] | None = None


class Locator(Line):
    """The known places; the rest of a locator is kept as it is."""

    model_config = ConfigDict(extra="allow", frozen=True)
    table: Annotated[StrictInt, Field(ge=0, le=100)] | None = None
    block: Count | None = None
    row: Count | None = None
    column: Count | None = None
    page: Count | None = None
    start: Count | None = None
    end: Count | None = None


class ObservationLine(Line):
    metric: Name
    breakdown: Name | None = None
    value: Number | None = None
    unit: Name | None = None
    status: Status
    qualifier: Qualifier = "exact"
    method: Method
    part_year: StrictBool = False
    raw: Words = ""
    quote: Words = ""
    locator: Locator = Locator()

    @model_validator(mode="after")
    def _fits(self) -> ObservationLine:
        metric = load_metrics().get(self.metric)
        if metric is None:
            raise ValueError(f"metrics.yml 中没有指标 {self.metric}")
        if (self.value is not None) != (self.status in ("reported", "conflicting")):
            raise ValueError(f"状态 {self.status} 与数值 {self.value} 不符")
        if metric.applicants and self.method != "narrative" and self.breakdown not in (*APPLICANTS, None):
            raise ValueError(f"没有申请人类别 {self.breakdown}")
        return self


class FindingLine(Line):
    rule: Name
    severity: Severity
    message: Words
    metric: Name | None = None
    breakdown: Name | None = None
    expected: Number | None = None
    actual: Number | None = None
    quote: Words | None = None
    locator: Locator = Locator()


class ColumnLine(Line):
    number: Count | None = None
    names: list[Name]
    parent: list[Name] | None = None
    frequency: Name | None = None
    section: Name | None = None
    raw: Words = ""
    locator: Locator = Locator()


class TaskLine(Line):
    number: Name = ""
    path: list[Words] = []
    text: Words
    sections: list[Name] = []
    raw: Words = ""
    locator: Locator = Locator()


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} 不是数")


def _lines(file: BinaryIO, limits: ImportTemplate) -> Iterator[tuple[int, bytes | None]]:
    """(line number, bytes or None where there are too many) of the lines that hold something."""
    number = 0
    while line := file.readline(limits.line_characters + 1):
        number += 1
        if len(line) > limits.line_characters and not line.endswith(b"\n"):
            while (rest := file.readline(1 << 20)) and not rest.endswith(b"\n"):
                pass
            yield number, None
        elif line.strip(b" \t\r\n\xef\xbb\xbf"):
            yield number, line


def read_lines(name: str, file: BinaryIO) -> tuple[list[Report], list[str]]:
    """The reports of a .jsonl file and its wrong lines and observations. Raises SourceError when no line can be taken."""
    limits = load_import()
    reports: list[Report] = []
    wrong: list[str] = []
    seen: dict[tuple[str, int, str], int] = {}
    for number, line in _lines(file, limits):
        if line is None:
            wrong.append(f"第{number}行：超过 {limits.line_characters >> 20} MB。请核对这一行")
            continue
        try:
            data = json.loads(line.decode("utf-8-sig"), parse_constant=_no_constant)
            head = Head.model_validate(data)
        except ValidationError as fault:
            wrong.append(_wrong(number, "", fault))
            continue
        except (ValueError, RecursionError) as fault:
            said = "不是 UTF-8 编码" if isinstance(fault, UnicodeDecodeError) else "不是完整的 JSON"
            wrong.append(f"第{number}行：{said}。请用 extract 重新生成这一行")
            continue
        key = (head.sha256, head.part, head.document)
        if key in seen:
            wrong.append(f"第{number}行：与第{seen[key]}行是同一份报告。请删去一行")
            continue
        seen[key] = number
        reports.append(_report(head, number, wrong, limits))
    if not reports:
        raise SourceError(
            name, "没有一行可用（" + ("；".join(wrong[:3]) or "文件是空的") + "）", "请用 extract 重新生成"
        )
    return reports, wrong


def _wrong(number: int, place: str, fault: ValidationError) -> str:
    field, what = wording_of(fault)
    where = ".".join(filter(None, (place, field)))
    return f"第{number}行{f'，字段 {where}' if where else ''}：{what}。请改正后重新导入"


def _report(head: Head, number: int, wrong: list[str], limits: ImportTemplate) -> Report:
    who = Identity(
        kind=head.kind, title=head.title, agency=head.agency, stated_as=head.stated_as, system=head.system, level=head.level,
        province=head.province, city=head.city, county=head.county, township=head.township, adcode=head.adcode, year=head.year,
        period=(head.period[0].isoformat(), head.period[1].isoformat()) if head.period else None,
        published_on=head.published_on.isoformat() if head.published_on else None, index_number=head.index_number, scope=head.scope,
        reason=head.reason, fictional=bool(head.adcode and head.adcode.startswith("99")),
    )  # fmt: skip
    report = Report(
        document=head.document, part=head.part, sha256=head.sha256, identity=who, form=head.form,
        tables={t: head.tables.get(t, "absent") for t in ("2", "3", "4")},  # type: ignore[call-overload]
        observations=[], findings=[], imported=True,
    )  # fmt: skip
    if len(head.observations) > limits.most_observations:
        wrong.append(f"第{number}行：数值超过 {limits.most_observations} 条，多出的未采用。请核对这一行")
    taken = [
        (n, o)
        for n, entry in enumerate(head.observations[: limits.most_observations])
        if (o := _checked(ObservationLine, entry, number, f"observations.{n}", wrong)) is not None
    ]
    if head.kind in ("annual_report", "work_summary"):
        _choose(report, taken)
    elif taken:
        wrong.append(f"第{number}行：{head.kind} 没有数值，observations 未采用。请核对 kind")
    for n, entry in enumerate(head.findings[: limits.most_observations]):
        f = _checked(FindingLine, entry, number, f"findings.{n}", wrong)
        if f is not None:
            report.findings.append(Finding(**f.model_dump(exclude={"locator"}), locator=_places(f.locator)))
    if head.kind == "work_plan":
        report.plan = _plan(head.plan or {}, number, wrong)
    return report


def _checked(model: type[Any], entry: Any, number: int, place: str, wrong: list[str]) -> Any | None:
    try:
        return model.model_validate(entry)
    except (ValidationError, RecursionError) as fault:
        wrong.append(_wrong(number, place, fault) if isinstance(fault, ValidationError) else f"第{number}行：嵌套过深")
        return None


def _places(locator: Locator) -> dict[str, Any]:
    return locator.model_dump(exclude_none=True)


def _choose(report: Report, taken: list[tuple[int, ObservationLine]]) -> None:
    """One imported row per metric and breakdown: the table's before the prose's. What the prose says otherwise becomes a finding."""
    best: dict[tuple[str, str], str] = {}
    for _, o in taken:
        key = (o.metric, o.breakdown or "total")
        best[key] = "table" if o.method == "table" else best.get(key, o.method)
    chosen: dict[tuple[str, str], ObservationLine] = {}
    for _, o in taken:
        key = (o.metric, o.breakdown or "total")
        first = chosen.get(key)
        if o.method == best[key] and (first is None or o.status == first.status == "conflicting"):
            chosen.setdefault(key, o)
            report.observations.append(
                Observation(
                    metric=o.metric, value=o.value, unit=o.unit, status=o.status, method="imported", raw=o.raw, quote=o.quote,
                    locator=_places(o.locator) | ({"extracted_as": o.method} if o.method != "imported" else {}), breakdown=o.breakdown,
                    qualifier=o.qualifier, part_year=o.part_year,
                )
            )  # fmt: skip
    for _, o in taken:
        kept = chosen[(o.metric, o.breakdown or "total")]
        if kept is not o and kept.status != "conflicting" and o.value is not None and o.value != kept.value:
            name = load_metrics()[o.metric].name
            shown = "空" if kept.value is None else f"{kept.value:g}"
            report.findings.append(
                Finding(
                    "IMPORT-PROSE", "info", f"导入的行里“{name}”另有{o.value:g}，采用的是{shown}", metric=o.metric,
                    breakdown=o.breakdown, expected=kept.value, actual=o.value, quote=o.quote, locator=_places(o.locator),
                )
            )  # fmt: skip


def _plan(data: dict[str, Any], number: int, wrong: list[str]) -> Plan:
    plan = Plan()
    for place, c in _entries(data, "columns", ColumnLine, number, wrong):
        plan.columns.append(PlanColumn(**c, locator=place))
    for place, t in _entries(data, "tasks", TaskLine, number, wrong):
        plan.tasks.append(PlanTask(**t, locator=place))
    return plan


def _entries(
    data: dict[str, Any], name: str, model: type[ColumnLine] | type[TaskLine], number: int, wrong: list[str]
) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """(locator, fields) of the entries of a plan's list that are as they should be."""
    entries = data.get(name)
    for n, entry in enumerate(entries[:5000] if isinstance(entries, list) else []):
        row = _checked(model, entry, number, f"plan.{name}.{n}", wrong)
        if row is not None:
            yield _places(row.locator), row.model_dump(exclude={"locator"})
