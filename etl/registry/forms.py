"""forms/*.yml: the statutory forms as data."""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from etl.registry import ROOT
from etl.registry.files import Entry, fault_at, load_yaml

LOCAL = "local"
"""The id of the form that offices made for themselves: the contract's word, in force in no year."""


class FormColumn(Entry):
    """A column of a statutory table. `year`: a header that names the reporting year is this column; `ignored`: known, never taken;
    `optional`: its cells may all be empty, so that running text shows no trace of them (备注)."""

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
    optional: bool = False


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
    cells: dict[str, str] = Field(default_factory=dict)
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


def national_forms(root: Path = ROOT / "forms") -> tuple[Form, ...]:
    """The forms issued for the whole country, newest first."""
    return tuple(form for form in load_forms(root) if form.id != LOCAL)


def form_name(id: str | None) -> str:
    """'2021年表式': the name of a form; of none, or one that the registry no longer has, that it is not known."""
    return next((form.name for form in load_forms() if form.id == id), "表式未知")


def form_of(year: int, root: Path = ROOT / "forms") -> Form | None:
    """The national form in force for reports on `year`; None before the first one. Reports may still use an older one (DOMAIN, fact 2)."""
    return next((form for form in national_forms(root) if form.since <= year), None)
