"""demo.yml and regions_demo.csv: the fictional province."""

from __future__ import annotations

import functools
from pathlib import Path

from pydantic import Field

from etl.model import Level
from etl.registry import ROOT
from etl.registry.files import Entry, load_yaml


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
    level: Level
    parent: str | None = None
    valid_from: int | None = None
    valid_to: int | None = None


class DemoSection(Entry):
    """One 第二十条 section of table 2: item, header labels, rows of a label and its metrics."""

    item: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class DemoGroup(Entry):
    """A group of outcome rows in table 3; `only` names the one form that prints it divided, `instead_of` the one row of the others."""

    label: str
    only: str | None = None
    instead_of: str | None = None
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


class DemoStatistics(Entry):
    """The form that is one table of its own, without chapters' tables."""

    form: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


class DemoOldForm(Entry):
    """`share` of the reports up to the year `until` still use this form when another is due."""

    form: str
    share: float = Field(ge=0, le=1)
    until: int


class DemoZero(Entry):
    """A sentence that states zeros without a digit."""

    text: str
    zero: tuple[str, ...]


class DemoPlan(Entry):
    sections: tuple[tuple[str, tuple[str, ...]], ...]
    tasks: tuple[str, ...]
    columns: tuple[tuple[str, ...], ...]
    frequencies: tuple[str, ...]
    columns_chapter: str
    columns_header: tuple[str, ...]
    sections_responsible: tuple[str, ...]


class DemoSite(Entry):
    nav: tuple[str, ...]
    side: tuple[str, ...]
    news: tuple[str, ...]
    footer: str


class Demo(Entry):
    """Wording of the fictional province's reports."""

    notice: str
    old_form: DemoOldForm
    departments: tuple[DemoDepartment, ...]
    chapters: dict[str, tuple[str, ...]]
    table2: dict[str, tuple[DemoSection, ...]]
    table3: DemoTable3
    table4: DemoTable4
    statistics: DemoStatistics
    sentences: dict[str, tuple[str | DemoZero, ...]]
    headings: dict[str, tuple[str, ...]]
    plan: DemoPlan
    site: DemoSite
    pinyin: dict[str, str]


@functools.cache
def load_demo(root: Path = ROOT) -> Demo:
    """Names, table wording and sentence templates of the fictional province. Raises RegistryError."""
    return load_yaml(root / "demo.yml", Demo)
