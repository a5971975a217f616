"""The fictional province (霁川省): reports as files, and the truth about them.

`write_province` writes what the app shows on its first start and what round-trip tests read back; `stream_reports` feeds
benchmarks. Names, table wording and sentences are data (data/registry/demo.yml, regions_demo.csv). The same arguments give
the same bytes. No division of the province exists; every code begins with 99.

The truth is what a careful human would take from the printed file: the CONTRACT object of `extract`, without evidence.
"""

from __future__ import annotations

import datetime
import hashlib
import itertools
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etl.demo.faults import DEFAULT, KINDS, Draft, consequences, plant_faults
from etl.demo.figures import (
    Agency,
    Figures,
    add_up,
    draw_statistics,
    draw_years,
    each_branch,
    list_agencies,
    with_groups,
)
from etl.demo.forms import Cells, Printed, divided_rows, print_cells
from etl.demo.layouts import DATED, GRIDDED, INDEXED, PROSE_LAYOUTS, SUFFIX, TABLE_LAYOUTS, Page, write_page
from etl.demo.prose import Block, Stated, compose_report, compose_summary, say_once
from etl.registry import load_demo, national_deadlines, national_forms

__all__ = ["KINDS", "TABLE_LAYOUTS", "Truth", "stream_reports", "write_province"]

LAYOUT_WEIGHTS = {
    "html": 22,
    "word": 12,
    "site": 16,
    "lines": 9,
    "bars": 9,
    "traditional": 6,
    "gb18030": 8,
    "markdown": 6,
    "docx": 8,
    "xlsx": 4,
}
STATISTICS_LAYOUTS = ("html", "word", "site", "gb18030", "markdown", "docx", "xlsx")
"""The statistics table is read where its three columns are kept; flattened, 65 bare numbers are another problem."""


@dataclass
class Truth:
    """What `write_province` wrote: `reports` as in truth.jsonl, `missing` the reports nobody published, `agencies` all that must report."""

    directory: Path
    reports: list[dict[str, Any]] = field(default_factory=list)
    missing: list[tuple[str, int]] = field(default_factory=list)
    agencies: list[Agency] = field(default_factory=list)


def _rng(*key: object) -> random.Random:
    return random.Random(hashlib.blake2b("|".join(map(str, key)).encode(), digest_size=8).digest())


def _due(year: int) -> str:
    """The form prescribed for the year, of those that demo.yml can write."""
    demo = load_demo()
    return next(f.id for f in national_forms() if f.since <= year and f.id in (*demo.table2, demo.statistics.form))


def _form(year: int, rng: random.Random) -> str:
    """The form that an office uses: the prescribed one, but a few go on with an old one."""
    due, old = _due(year), load_demo().old_form
    newest_first = [form.id for form in national_forms()]
    late = old.form in newest_first[newest_first.index(due) + 1 :]
    return old.form if late and rng.random() < (old.share if year <= old.until else 0.0) else due


def _published(agency: Agency, year: int, late: bool, rng: random.Random) -> str:
    """A working day before the law's date in the next year, or after it. Townships keep to that of departments."""
    limit = datetime.date(year + 1, *national_deadlines(year)["government" if agency.whole else "department"])
    days = rng.randint(4, 70) if late else -rng.randint(3, 60 if limit.month > 1 else 25)
    day = limit + datetime.timedelta(days)
    weekend = (0, 0, 0, 0, 0, 2, 1) if late else (0, 0, 0, 0, 0, -1, -2)
    return (day + datetime.timedelta(weekend[day.weekday()])).isoformat()


def _index(agency: Agency, year: int, rng: random.Random) -> str:
    return f"11{agency.adcode[:6]}MB{rng.randint(0, 0xFFFFFF):07X}K/{year}-{rng.randint(1, 99999):05d}"


def _narrative(stated: list[Stated]) -> list[dict[str, Any]]:
    """Stated figures as observations: one per metric and part; two different figures for one metric are conflicting."""
    groups: dict[tuple[str, str | None], list[Stated]] = {}
    for s in stated:
        group = groups.setdefault((s.metric, s.part), [])
        if not any(other.value == s.value for other in group):
            group.append(s)
    return [
        {
            "metric": s.metric, "breakdown": s.part, "value": s.value, "unit": s.unit, "status": "reported" if len(group) == 1 else "conflicting",
            "qualifier": s.qualifier, "method": "narrative",
        }
        for group in groups.values()
        for s in group
    ]  # fmt: skip


def _tabular(cells: dict[str, Cells]) -> list[dict[str, Any]]:
    return [
        {
            "metric": key[0], "breakdown": key[1], "value": p.value, "unit": p.unit, "status": p.status,
            "qualifier": "exact", "method": "table", "raw": p.text,
        }
        for table in cells.values()
        for key, p in table.items()
    ]  # fmt: skip


def _truth(
    agency: Agency, year: int, page: Page, kind: str, layout: str, observations: list[dict[str, Any]]
) -> dict[str, Any]:
    return {
        "document": "", "part": 1, "kind": kind, "title": page.title, "agency": agency.name, "stated_as": agency.name,
        "province": agency.province, "city": agency.city, "county": agency.county, "township": agency.township, "adcode": agency.adcode,
        "year": year, "period": [f"{year}-01-01", f"{year}-12-31"], "published_on": page.published_on, "index_number": page.index_number,
        "form": None, "scope": "government_aggregate" if agency.whole else "own_agency",
        "tables": {"2": "absent", "3": "absent", "4": "absent"}, "observations": observations, "layout": layout, "faults": [], "consequences": [],
    }  # fmt: skip


def _owner(agency: Agency) -> str:
    return f"{agency.county or agency.city or agency.province}人民政府"


def _page(
    agency: Agency,
    year: int,
    layout: str,
    title: str,
    form: str,
    blocks: list[Block],
    published_on: str,
    rng: random.Random,
) -> Page:
    dated, indexed = published_on if layout in DATED else None, _index(agency, int(published_on[:4]), rng)
    return Page(
        title,
        agency.name,
        _owner(agency),
        form,
        blocks,
        published_on=dated,
        index_number=indexed if layout in INDEXED else None,
    )


def _write_report(
    draft: Draft, rng: random.Random, before: dict[str, Cells] | None = None
) -> tuple[bytes, dict[str, Any], dict[str, Cells]]:
    """(file, truth, cells as printed) of one annual report."""
    agency, year, layout, form = draft.agency, draft.year, draft.layout, draft.form
    figures = draft.figures
    blocks, stated = compose_report(agency, year, form, figures | draft.prose, rng)  # type: ignore[arg-type]
    if draft.extra_sentence:
        metric = draft.extra_sentence
        known = [s.value for s in stated if s.metric == metric and s.part is None] or [int(figures[metric])]  # type: ignore[arg-type]
        for k in range(1 if any(s.metric == metric and s.part is None for s in stated) else 0, 2):
            text, more = say_once("interpretation", agency, year, figures | {metric: known[0] + 4 * k}, rng)
            blocks.insert(-1, ("p", text))
            stated += more
    cells = print_cells(
        agency, form, figures, rng, blanks=layout in GRIDDED and not draft.plain, undivided_other=draft.undivided_other
    )
    for table in draft.blank:
        cells[table] = {key: Printed("", None, "blank", p.unit) for key, p in cells[table].items()}
    for table in draft.missing:
        del cells[table]
        blocks = [b for b in blocks if b != ("t", table)]
    title = f"{agency.name}{draft.title_year or year}年政府信息公开工作年度报告"
    page = _page(agency, year, layout, title, form, blocks, _published(agency, year, draft.late, rng), rng)
    page.cells, page.undivided_other = cells, draft.undivided_other
    truth = _truth(agency, year, page, "annual_report", layout, [])
    if layout == "xlsx":  # the tables alone: no sentence, so nothing says what a government's figures cover
        stated = []
        truth["scope"] = "unknown" if agency.whole else truth["scope"]
    truth["observations"] = _narrative(stated) + _tabular(cells)
    truth["form"] = form
    if form != load_demo().statistics.form:
        truth["tables"] = {t: "read" if t in cells else "missing" for t in "234"}
        if form != (due := _due(year)):
            draft.faults.append({"kind": "old_form", "rule": "MD-ERA", "cells": [], "expected": due, "actual": form})
        truth["consequences"] = consequences(cells, stated, before, draft.faults)
    truth["faults"] = draft.faults
    return write_page(page, layout, rng), truth, cells


def _write_summary(
    agency: Agency, year: int, figures: Figures, layout: str, rng: random.Random
) -> tuple[bytes, dict[str, Any]]:
    blocks, stated = compose_summary(agency, year, figures, rng)
    published_on = (datetime.date(year + 1, 1, 1) + datetime.timedelta(rng.randint(4, 24))).isoformat()
    page = _page(agency, year, layout, f"{agency.name}{year}年政务公开工作总结", "", blocks, published_on, rng)
    return write_page(page, layout, rng), _truth(agency, year, page, "work_summary", layout, _narrative(stated))


def _write_plan(agency: Agency, year: int, layout: str, rng: random.Random) -> tuple[bytes, dict[str, Any]]:
    """A work plan (政务公开工作要点) of numbered tasks with responsible sections and a table of columns with frequencies."""
    plan = load_demo().plan
    blocks: list[Block] = []
    tasks = 0
    order = rng.sample(plan.tasks, len(plan.tasks))
    for chapter, parts in plan.sections:
        blocks.append(("h", chapter))
        for part in parts:
            blocks.append(("s", part))
            for n in range(rng.randint(1, 2)):
                responsible = "、".join(rng.sample(plan.sections_responsible, rng.randint(1, 2)))
                blocks.append(("p", f"{n + 1}.{order[tasks % len(order)]}（责任科室：{responsible}）"))
                tasks += 1
    blocks += [("h", plan.columns_chapter), ("r", "")]
    page = _page(
        agency,
        year,
        layout,
        f"{agency.name}{year}年政务公开工作要点",
        "",
        blocks,
        f"{year}-04-{rng.randint(10, 28)}",
        rng,
    )
    page.rows = [[(text, 1) for text in plan.columns_header]]
    frequency: dict[str, int] = {}
    number = 0
    for top, *below in rng.sample(plan.columns, rng.randint(3, len(plan.columns))):
        for n, column in enumerate(below):
            number += 1
            often = rng.choice(plan.frequencies)
            frequency[often] = frequency.get(often, 0) + 1
            head = [(top, len(below))] if n == 0 else []
            page.rows.append(
                [(str(number), 1), *head, (column, 1), (often, 1), (rng.choice(plan.sections_responsible), 1)]
            )
    truth = _truth(agency, year, page, "work_plan", layout, [])
    truth["plan"] = {"columns": number, "tasks": tasks, "frequency": frequency}
    return write_page(page, layout, rng), truth


def _written(drafts: list[Draft], seed: int) -> Iterator[tuple[int, str, bytes, dict[str, Any]]]:
    """The annual reports of one agency: (year, layout, file, truth without its name)."""
    printed: dict[int, dict[str, Cells]] = {}
    for draft in drafts:
        before = printed.get(draft.year - 1) if draft.previous else None
        rng = _rng(seed, "report", draft.agency.name, draft.year)
        data, truth, printed[draft.year] = _write_report(draft, rng, before)
        yield draft.year, draft.layout, data, truth


def _other_kinds(
    agency: Agency, figures: dict[int, Figures], layouts: Sequence[str], seed: int
) -> Iterator[tuple[int, str, bytes, dict[str, Any]]]:
    """The work summaries and work plans of a department, now and then one a year: (year, layout, file, truth without its name)."""
    for year, own in figures.items():
        rng = _rng(seed, "other kinds", agency.name, year)
        roll = rng.random()
        if agency.department is None or _due(year) == load_demo().statistics.form:
            continue
        if roll < 0.06:
            layout = _choose_layout(layouts, rng, PROSE_LAYOUTS)
            yield year, layout, *_write_summary(agency, year, with_groups(own), layout, rng)
        elif roll > 0.98:
            layout = _choose_layout(layouts, rng, ("html", "site", "gb18030"))
            yield year, layout, *_write_plan(agency, year, layout, rng)


def _choose_layout(layouts: Sequence[str], rng: random.Random, fitting: tuple[str, ...]) -> str:
    allowed = [name for name in layouts if name in fitting] or [fitting[0]]
    return rng.choices(allowed, [LAYOUT_WEIGHTS[name] for name in allowed])[0]


def _draft_years(agency: Agency, figures: dict[int, Figures], layouts: Sequence[str], seed: int) -> list[Draft]:
    drafts: list[Draft] = []
    statistics = load_demo().statistics.form
    for year, own in figures.items():
        rng = _rng(seed, "draft", agency.name, year)
        form = _form(year, rng)
        f = draw_statistics(with_groups(own), rng) if form == statistics else with_groups(own)
        layout = _choose_layout(layouts, rng, STATISTICS_LAYOUTS if form == statistics else TABLE_LAYOUTS)
        draft = Draft(agency, year, form, layout, f, bool(divided_rows(form)) and rng.random() < 0.03)
        if drafts and statistics not in (form, drafts[-1].form):
            draft.previous, drafts[-1].following = drafts[-1], draft
        drafts.append(draft)
    return drafts


def _published_of(drafts: list[Draft], seed: int) -> tuple[list[Draft], list[Draft]]:
    """The reports of an agency that were published, and the few that nobody published: their neighbours stand alone."""
    kept: list[Draft] = []
    gone: list[Draft] = []
    for draft in drafts:
        lost = _rng(seed, "missing", draft.agency.name, draft.year).random() < 0.02 and len(drafts) > 1
        (gone if lost else kept).append(draft)
        if lost and draft.following:
            draft.following.previous = None
        if lost and draft.previous:
            draft.previous.following = None
    return kept, gone


def _figures_of(agencies: list[Agency], years: list[int], seed: int) -> dict[str, dict[int, Figures]]:
    """What every agency has to report, year by year; a government's are the sum of its own and those of the bodies below it."""
    figures = {a.name: draw_years(a, years, _rng(seed, "figures", a.name)) for a in agencies}
    for agency in reversed(agencies):  # parents stand before children, so the lowest sums come first
        if agency.whole:
            below = [figures[b.name] for b in agencies if _reports_to(b, agency)]
            own = figures[agency.name]
            figures[agency.name] = {y: add_up(own[y], [b[y] for b in below]) for y in years}
    return figures


def write_province(
    directory: str | Path,
    *,
    cities: int = 6,
    agencies: int = 8,
    years: Sequence[int] = tuple(range(2019, 2026)),
    seed: int = 1,
    layouts: Sequence[str] | None = None,
    faults: str | dict[str, int] | None = "default",
    progress: Callable[[int, int], None] | None = None,
) -> Truth:
    """Writes the fictional province into `directory`: reports/<year>/*.{html,txt,...} and truth.jsonl.

    `cities` (1-12) cities with `agencies` (0-20) departments each, `years` from the first national form on, `layouts` a choice of TABLE_LAYOUTS.
    `faults`: "default", None for none, or how many of each of KINDS. `progress` is called with reports written and all.
    A government's figures are the sum of its own and those of the bodies below it. Raises ValueError for a choice that
    does not exist.
    """
    layouts = tuple(layouts or TABLE_LAYOUTS)
    if unknown := [name for name in layouts if name not in TABLE_LAYOUTS]:
        raise ValueError(f"没有这种版式：{'、'.join(unknown)}；可选：{'、'.join(TABLE_LAYOUTS)}")
    wanted = dict(DEFAULT) if faults == "default" else dict(faults) if isinstance(faults, dict) else {}
    if unknown := [kind for kind in wanted if kind not in KINDS]:
        raise ValueError(f"没有这种差错：{'、'.join(unknown)}；可选：{'、'.join(KINDS)}")
    span = sorted(set(years))
    first, most = min(form.since for form in national_forms()), len(load_demo().departments)
    if not span or span[0] < first or not 1 <= cities <= 12 or not 0 <= agencies <= most:
        raise ValueError(f"参数超出范围：城市 1—12 个，部门 0—{most} 个，年度不早于 {first} 年")

    truth = Truth(Path(directory), agencies=list_agencies(cities, agencies))
    figures = _figures_of(truth.agencies, span, seed)
    published: list[list[Draft]] = []
    for agency in truth.agencies:
        drafts = _draft_years(agency, figures[agency.name], layouts, seed)
        kept, gone = _published_of(drafts, seed)
        truth.missing += [(agency.name, draft.year) for draft in gone]
        published.append(kept)
    plant_faults([d for drafts in published for d in drafts], wanted, _rng(seed, "faults"))

    files: dict[str, bytes] = {}
    counts: dict[tuple[int, str], itertools.count[int]] = {}

    def keep(agency: Agency, year: int, layout: str, data: bytes, report: dict[str, Any]) -> None:
        number = next(counts.setdefault((year, agency.adcode), itertools.count(1)))
        report["document"] = f"reports/{year}/{agency.adcode}-{number:02d}.{SUFFIX.get(layout, 'txt')}"
        files[report["document"]] = data
        truth.reports.append(report)

    total = sum(map(len, published))
    done = 0
    for agency, drafts in zip(truth.agencies, published, strict=True):
        for written in _written(drafts, seed):
            keep(agency, *written)
            done += 1
            if progress:
                progress(done, total)
        for written in _other_kinds(agency, figures[agency.name], layouts, seed):
            keep(agency, *written)
    for name, data in files.items():
        path = truth.directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    lines = (json.dumps(r, ensure_ascii=False, separators=(",", ":")) for r in truth.reports)
    (truth.directory / "truth.jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return truth


def _reports_to(below: Agency, government: Agency) -> bool:
    """Whether `below` is added into the aggregate of `government`: its departments, and the governments one level down."""
    if below is government:
        return False
    if below.department is not None:
        return below.adcode == government.adcode
    return _parent(below) == government.adcode


def _parent(agency: Agency) -> str:
    code = agency.adcode
    return code[:6] if len(code) == 9 else code[:4] + "00" if code[4:6] != "00" else "990000"


def stream_reports(
    n: int,
    seed: int = 1,
    layout: str | None = None,
    *,
    years: Sequence[int] = tuple(range(2019, 2026)),
    faulty: bool = False,
) -> Iterator[tuple[str, bytes, dict[str, Any]]]:
    """`n` annual reports for benchmarks as (file name, bytes, truth), one after another, nothing kept in memory.

    All agencies of twelve cities in all `years`; when they are used up, their 分局 follow. Governments' figures are not sums.
    `layout` one of TABLE_LAYOUTS, or None for the usual mixture. The reports are clean; `faulty`: a few are missing, one agency
    in ten has a planted fault, and between them, counted like them, stand work summaries and plans.
    """
    if layout is not None and layout not in TABLE_LAYOUTS:
        raise ValueError(f"没有这种版式：{layout}；可选：{'、'.join(TABLE_LAYOUTS)}")
    layouts = (layout,) if layout else tuple(TABLE_LAYOUTS)
    count = itertools.count()
    for branch in each_branch():
        for agency in list_agencies(12, len(load_demo().departments), everywhere=True, branch=branch):
            figures = draw_years(agency, sorted(years), _rng(seed, "figures", agency.name))
            drafts = _draft_years(agency, figures, layouts, seed)
            others: Iterator[tuple[int, str, bytes, dict[str, Any]]] = iter(())
            if faulty:
                drafts, _ = _published_of(drafts, seed)
                rng = _rng(seed, "faults", agency.name)
                plant_faults(drafts, {rng.choice(KINDS): 1} if rng.random() < 0.1 else {}, rng)
                others = _other_kinds(agency, figures, layouts, seed)
            for year, written_as, data, truth in itertools.chain(_written(drafts, seed), others):
                if (number := next(count)) >= n:
                    return
                truth["document"] = f"{year}/{agency.adcode}-{number:06d}.{SUFFIX.get(written_as, 'txt')}"
                yield truth["document"], data, truth
