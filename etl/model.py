"""The dataclasses that the steps hand on: Document -> Part -> Report with Observations and Findings.

Plain data only: a step is a function from one of these to the next (ARCHITECTURE, the way of the data).
Character positions count code points, from 0, end exclusive.
"""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field
from typing import Any, Literal

Kind = Literal["annual_report", "work_summary", "work_plan", "other"]
Scope = Literal["own_agency", "government_aggregate", "unknown"]
Level = Literal["province", "city", "county", "township"]
TableState = Literal["read", "damaged", "missing", "absent"]
Status = Literal["reported", "blank", "not_applicable", "unreadable", "conflicting"]
Qualifier = Literal["exact", "at_least", "at_most", "about"]
Method = Literal["table", "narrative", "imported"]
Severity = Literal["error", "warning", "info"]
"""The closed lists of CONTRACT 2; data/registry/words.yml has the Chinese word of each value."""

APPLICANTS = ("natural_person", "business", "research", "nonprofit", "legal_service", "other_org", "total")
"""The seven columns of table 3, in the order the form prints them (国办公开办函〔2021〕30号)."""


class YearbookError(Exception):
    """Base of all errors that a user can cause or mend. `str()` is one Chinese line: what, where, next step."""


class SourceError(YearbookError):
    """A file that cannot be read and is set aside. `reason` and `advice` are Chinese, shown by load and status."""

    def __init__(self, path: str, reason: str, advice: str) -> None:
        super().__init__(f"{path}：{reason}。{advice}")
        self.path, self.reason, self.advice = path, reason, advice

    def __reduce__(self):
        return type(self), (self.path, self.reason, self.advice)


class RegistryError(YearbookError):
    """A broken line in data/registry. Names file, line and field; the program does not start."""


@dataclass(slots=True)
class Passage:
    """A piece of text that knows where each of its characters was printed.

    `text[starts[k] + i]` was printed at `origins[k] + i` of `base.text`, or of `Document.text` when `base` is None (a passage
    as the reader made it). An origin of -1 means that the place is unknown. Normalising, joining and slicing
    keep the map, so that every quote can be shown in the original file.
    """

    text: str
    starts: list[int] = field(default_factory=lambda: [0])
    origins: list[int] = field(default_factory=lambda: [0])
    base: Passage | None = None

    def place(self, index: int) -> int:
        """Where character `index` stands in `base.text` (or the document), -1 if unknown."""
        k = bisect.bisect_right(self.starts, index) - 1
        if k < 0 or self.origins[k] < 0:
            return -1
        return self.origins[k] + index - self.starts[k]

    def within_base(self, start: int, end: int) -> tuple[int, int] | None:
        """Smallest span of `base.text` that covers [start, end), None if unknown or empty."""
        if end <= start:
            return None
        first, last = self.place(start), self.place(end - 1)
        return (first, last + 1) if 0 <= first <= last else None

    def span(self, start: int = 0, end: int | None = None) -> tuple[int, int] | None:
        """Span of `Document.text` for [start, end) of this passage, None if it has no known place."""
        at = self.within_base(start, len(self.text) if end is None else end)
        if at is None or self.base is None:
            return at
        return self.base.span(*at)

    def printed(self, start: int = 0, end: int | None = None) -> str:
        """The text as the reader found it, before any normalising, for [start, end) of this passage."""
        end = len(self.text) if end is None else end
        if self.base is None:
            return self.text[start:end]
        at = self.within_base(start, end)
        return self.text[start:end] if at is None else self.base.printed(*at)

    def slice(self, start: int, end: int) -> Passage:
        """The part [start, end) with its map; `base` stays the same."""
        k = max(bisect.bisect_right(self.starts, start) - 1, 0)
        starts, origins = [], []
        for at, origin in zip(self.starts[k:], self.origins[k:], strict=True):
            if at >= end:
                break
            shift = max(start - at, 0)
            starts.append(at + shift - start)
            origins.append(origin + shift if origin >= 0 else -1)
        return Passage(self.text[start:end], starts or [0], origins or [-1], self.base)


def join_passages(parts: list[Passage], separator: str = "") -> Passage:
    """One passage from several with the same base; the separator's own place is that of nothing (-1)."""
    if len(parts) == 1:
        return parts[0]
    starts: list[int] = []
    origins: list[int] = []
    at = 0
    for n, part in enumerate(parts):
        if n and separator:
            starts.append(at)
            origins.append(-1)
            at += len(separator)
        starts += [at + s for s in part.starts]
        origins += part.origins
        at += len(part.text)
    return Passage(
        separator.join(p.text for p in parts), starts or [0], origins or [-1], parts[0].base if parts else None
    )


@dataclass(slots=True)
class Paragraph:
    """A run of text: a heading (`level` 1-6, 0 for body text) or a paragraph. `page` counts from 1 where the format has pages."""

    passage: Passage
    level: int = 0
    page: int | None = None
    source: str | None = None  # the attachment's path where the block does not come from the document's own file
    blanks: int = 0  # empty cells behind this one in a dump that closes every cell with a bar

    @property
    def text(self) -> str:
        return self.passage.text


@dataclass(slots=True, eq=False)
class Cell:
    """One printed cell. A spanned cell is the same object at every grid position it covers."""

    passage: Passage
    rowspan: int = 1
    colspan: int = 1
    header: bool = False

    @property
    def text(self) -> str:
        return self.passage.text

    @property
    def raw(self) -> str:
        """The cell as printed, before normalising."""
        return self.passage.printed()


@dataclass(slots=True)
class Table:
    """A grid with spans already expanded: `rows[r][c]` is a Cell, or None where the file has no cell.

    `exact` says whether columns are as the file declares them (HTML, DOCX, XLSX, ruled PDF). When False the grid was put
    together from marks in plain text (bars, one cell per line): rows are right, but an empty cell at a row's end may be a
    trace of a span, and columns of two rows need not line up.
    """

    rows: list[list[Cell | None]]
    exact: bool = True
    page: int | None = None
    caption: str = ""
    source: str | None = None  # as in Paragraph
    row_pages: list[int] | None = None  # page of each row where a table runs over pages


Block = Paragraph | Table


@dataclass(slots=True)
class Document:
    """One file as read, nothing interpreted: blocks in reading order.

    `text` is what locators of prose count in: for HTML and text the decoded file itself, for other formats the text
    taken out of it. `meta` holds what the file declares about itself (title, the site's metadata), keys as printed.
    """

    path: str
    sha256: str
    format: str  # html, text, pdf, docx, xlsx, doc
    text: str
    blocks: list[Block]
    meta: dict[str, str] = field(default_factory=dict)
    encoding: str | None = None
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Part:
    """The blocks of one report inside a document (a file may hold several), `part` counting from 1."""

    document: Document
    part: int
    blocks: list[Block]
    title: str = ""


@dataclass(slots=True)
class Identity:
    """Who, where, when, what: the report's head as far as the text lets one know; None where it does not."""

    kind: str  # a Kind
    title: str | None = None
    agency: str | None = None
    stated_as: str | None = None
    system: str | None = None  # 应急管理, 教育 ... as in agencies registry
    level: str | None = None  # a Level
    province: str | None = None
    city: str | None = None
    county: str | None = None
    township: str | None = None
    adcode: str | None = None
    year: int | None = None
    period: tuple[str, str] | None = None
    published_on: str | None = None
    index_number: str | None = None
    scope: str = "unknown"  # a Scope
    reason: str | None = None  # for kind other: why
    fictional: bool = False
    findings: list[Finding] = field(default_factory=list)


@dataclass(slots=True)
class Observation:
    """One value of one metric with its evidence (CONTRACT 2)."""

    metric: str
    value: int | float | None
    unit: str | None
    status: str  # a Status
    method: str  # a Method; imported: rows that came already extracted
    raw: str
    quote: str
    locator: dict[str, Any]
    breakdown: str | None = None
    qualifier: str = "exact"  # a Qualifier
    part_year: bool = False  # the figure covers less than the report's year


@dataclass(slots=True)
class Finding:
    """Something a reader or a check noticed. `severity`: a Severity. `message` is Chinese."""

    rule: str
    severity: str
    message: str
    metric: str | None = None
    breakdown: str | None = None
    expected: float | None = None
    actual: float | None = None
    quote: str | None = None
    locator: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class PlanColumn:
    """One row of a work plan's table of columns (栏目). `path` holds the printed names; `parent` only where it is certain."""

    number: int | None
    names: list[str]
    parent: list[str] | None
    frequency: str | None
    section: str | None
    raw: str
    locator: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class PlanTask:
    """One task of a work plan: number as printed, the headings above it, text and responsible sections."""

    number: str
    path: list[str]
    text: str
    sections: list[str]
    raw: str
    locator: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class Plan:
    columns: list[PlanColumn] = field(default_factory=list)
    tasks: list[PlanTask] = field(default_factory=list)


@dataclass(slots=True)
class TableReading:
    """What the statutory tables of one report gave. `states`: "2"/"3"/"4" -> TableState.

    `used` holds `id()` of every block (Table or Paragraph) whose content was consumed as table cells, so that the
    narrative reader leaves it alone.
    """

    form: str | None
    states: dict[str, str]
    observations: list[Observation] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    used: set[int] = field(default_factory=set)
    spans: dict[int, list[tuple[int, int]]] = field(
        default_factory=dict
    )  # id(paragraph) -> [start, end) consumed in it


@dataclass(slots=True)
class Likeness:
    """The prose of a report as numbers (etl/likeness.py): compared with others it shows copying; the text stays in the source file."""

    characters: int
    signature: list[int]
    sentences: list[int]
    lengths: list[int]
    chapters_missing: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Report:
    """One report, complete: what `extract` prints and what `load` writes."""

    document: str
    part: int
    sha256: str
    identity: Identity
    form: str | None
    tables: dict[str, str]
    observations: list[Observation]
    findings: list[Finding]
    plan: Plan | None = None
    likeness: Likeness | None = None
    imported: bool = False  # its rows came already extracted (etl/imports)
