"""The statutory tables of a report: form, cells, and what could not be read.

The form is known by its labels, never by the year: reports for 2022 and 2023 that use the 2019 form exist. Labels, spellings,
columns and sums are data (data/registry/forms); this package is the mechanism (DOMAIN A, CONTRACT 2).
"""

from __future__ import annotations

import functools
import re
from pathlib import Path
from typing import Any

from etl import normalise
from etl.model import Finding, Identity, Observation, Paragraph, Part, Table, TableReading
from etl.registry import ROOT, Form, FormTable, form_of, load_forms
from etl.tables.grid import read_grid
from etl.tables.harvest import Harvest, group_sum, metric_of, settle
from etl.tables.lexicon import Lexicon, compile_lexicon, key_of, look_up
from etl.tables.sight import Reader
from etl.tables.stream import Tape, find_start, find_tokens, make_tape, read_stream

STATUTORY = (2, 3, 4)
_FIGURE = re.compile(r"[-+增减]?[\d,.]*\d\s?[\u4e00-\u9fff]{0,2}")
"""A cell that holds a figure, with its unit or sign, and so no label; 3.其他 is one."""
_LABEL = 90  # characters: a longer paragraph is no label
_SHOWN = 20  # characters of a cell in a message
_MARGIN = 1.5  # by how much another form's table must fit better than that of the report's form


def read_tables(part: Part, identity: Identity, forms: Path = ROOT / "forms") -> TableReading:
    """Every statutory table of `part` (passages in normal form): observations, findings, states, and the blocks consumed.

    Raises RegistryError when the registry is broken; a table that cannot be read is a state and a finding, never an error.
    """
    states = dict.fromkeys(map(str, STATUTORY), "absent")
    if identity.kind == "other":
        return TableReading(None, states)
    known = load_forms(forms)
    grids = [(n, b) for n, b in enumerate(part.blocks) if isinstance(b, Table)]
    paragraphs = [(n, b) for n, b in enumerate(part.blocks) if isinstance(b, Paragraph)]
    places = {id(b): n for n, b in enumerate(part.document.blocks)} if part.document.blocks is not part.blocks else {}
    place = {n: places.get(id(b), n) for n, b in enumerate(part.blocks)}
    year = identity.year

    scores = _score_grids(known, [b for _, b in grids], year)
    tape: Tape | None = None
    if not all(any(scores.get((f.id, t), 0) > 3 for f in known) for t in STATUTORY):
        tape = make_tape([(place[n], b) for n, b in paragraphs])
        _score_tape(known, tape, year, scores)
    form, tables, sure = _choose_form(known, scores)
    reading = TableReading(form.id if form and sure else None, states)
    announced = _announced(forms, part) if _has_tables(forms, year) else set()
    harvest = Harvest()
    if form is not None and tables:
        lexicon = compile_lexicon(form, tables)
        reader = Reader(lexicon, year, harvest)
        for n, grid in grids:
            expected = _expected(lexicon, part, n)
            before = part.blocks[n - 1] if n else None
            above = before.passage if isinstance(before, Paragraph) and len(before.passage.text) <= _LABEL else None
            if read_grid(reader, grid, place[n], expected, above):
                reading.used.add(id(grid))
        wanted = {t.number for t in tables if t.number not in harvest.found or _rows_left(t, harvest)}
        if wanted:
            tape = tape or make_tape([(place[n], b) for n, b in paragraphs])
            prose = tape.compact
            spans = read_stream(tape, lexicon, year, harvest, wanted, prose)
            _mark(reading, tape, spans)
        _drop_stand_ins(tables, harvest)
        reading.observations = settle(harvest)
        reading.findings = harvest.findings + _unreadable(reading.observations, harvest.findings)
        for table in tables:
            if table.number in STATUTORY and table.number in harvest.found:
                states[str(table.number)] = _state(table, harvest)
    elif announced:
        harvest.found |= _damaged_grids(known, part, grids)
        for number in harvest.found & set(STATUTORY):
            states[str(number)] = "damaged"
    if identity.kind == "annual_report":
        national = any(states[str(t)] != "absent" for t in STATUTORY)
        old = reading.form in ("2014", "local") or any(
            t.number not in STATUTORY for t in tables if t.number in harvest.found
        )
        for number in STATUTORY:
            if states[str(number)] == "absent" and not old and (number in announced or national):
                states[str(number)] = "missing"
    if not any(o.value is not None for o in reading.observations):
        reading.form = reading.form if reading.observations else None
    _blank_tables(tables, harvest, reading)
    return reading


def _texts(grids: list[Table]) -> list[str]:
    found: dict[str, None] = {}
    for grid in grids:
        for row in grid.rows:
            for cell in row:
                if cell is not None and 1 < len(text := cell.passage.text) <= 90 and not text.isdecimal():
                    found[text] = None
    return [text for text in found if not _FIGURE.fullmatch(text)]


def _single(form: Form) -> Lexicon:
    return compile_lexicon(form, form.tables)


def _score(found: dict[int, set[str]], form: Form, scores: dict[tuple[str, int], float]) -> None:
    """How well the labels found fit each table of the form: labels it has, less those of its own that are not there."""
    for table in form.tables:
        have = found.get(table.number, set())
        if len(have) < 2:
            continue
        stand_in = {r.key for r in table.rows if r.instead_of}
        replaced = {k for r in table.rows if r.key in have and r.instead_of for k in r.instead_of}
        wanted = {r.key for r in table.rows} - stand_in | {c.id for c in table.columns if not (c.ignored or c.year)}
        points = sum(0.6 if k in stand_in and not replaced & have else 0.0 if k in stand_in else 1.0 for k in have)
        rate = 0.3 if table.number in STATUTORY else 0.05
        score = max(points - rate * len(wanted - have), 0.1 * points)
        at = (form.id, table.number)
        scores[at] = max(scores.get(at, -99.0), score)


_scored: dict[tuple[Any, ...], tuple[tuple[Form, ...], dict[tuple[str, int], float]]] = {}


def _score_grids(known: tuple[Form, ...], grids: list[Table], year: int | None) -> dict[tuple[str, int], float]:
    """How well the grids' labels fit each table of the forms. Remembered, since most reports print the same labels."""
    texts = _texts(grids)
    if not texts:
        return {}
    at = (year, *map(id, known), *texts)
    if at not in _scored:
        if len(_scored) >= 64:
            _scored.clear()
        _scored[at] = (known, _score_texts(known, texts, year))
    return dict(_scored[at][1])


def _score_texts(known: tuple[Form, ...], texts: list[str], year: int | None) -> dict[tuple[str, int], float]:
    scores: dict[tuple[str, int], float] = {}
    for form in known:
        lexicon = _single(form)
        found: dict[int, set[str]] = {}
        for text in texts:
            for name in look_up(lexicon, text, year):
                if name.item is not None and name.kind in ("row", "column"):
                    found.setdefault(name.table.number, set()).add(getattr(name.item, "key", None) or name.item.id)
        _score(found, form, scores)
    return scores


def _score_tape(known: tuple[Form, ...], tape: Tape, year: int | None, scores: dict[tuple[str, int], float]) -> None:
    for form in known:
        lexicon = _single(form)
        missing = [t for t in form.tables if scores.get((form.id, t.number), 0) <= 3]
        numbers = {t.number for t in missing}
        start = find_start(tape, missing)
        if start is None:
            continue
        found: dict[int, set[str]] = {}
        for token in find_tokens(tape, lexicon, start, year):
            for name in token.names:
                if name.kind in ("row", "column") and name.item is not None and name.table.number in numbers:
                    found.setdefault(name.table.number, set()).add(getattr(name.item, "key", None) or name.item.id)
        _score(found, form, scores)


def _choose_form(
    known: tuple[Form, ...], scores: dict[tuple[str, int], float]
) -> tuple[Form | None, tuple[FormTable, ...], bool]:
    """The report's form, the tables to read by (another form's where its table fits clearly better), and whether it is sure."""
    totals = {f.id: sum(max(v, 0.0) for (id, _), v in scores.items() if id == f.id) for f in known}
    best = max(known, key=lambda f: totals[f.id], default=None)
    if best is None or totals[best.id] < 0.2:
        return None, (), False
    national = any(number in STATUTORY for id, number in scores if id == best.id)
    tables: list[FormTable] = []
    for number in sorted({t.number for f in known for t in f.tables}):
        if (number in STATUTORY) != national:
            continue
        own = next((t for t in best.tables if t.number == number), None)
        chosen, top = own, scores.get((best.id, number), -99.0) + _MARGIN
        for form in known:
            score = scores.get((form.id, number), -99.0)
            if score > top:
                chosen, top = next(t for t in form.tables if t.number == number), score
        if chosen is not None:
            tables.append(chosen)
    second = max((v for id, v in totals.items() if id != best.id), default=0.0)
    return best, tuple(tables), totals[best.id] > second


@functools.lru_cache(maxsize=16)
def _headings(root: Path) -> tuple[dict[str, int], re.Pattern[str]]:
    """Chapter headings above statutory tables by their key, and a pattern that finds them, numbered, inside a paragraph."""
    wanted = {key_of(normalise.text(a)): t.number for f in load_forms(root) for t in f.tables for a in t.announced}
    listed = "|".join(re.escape(k) for k, n in wanted.items() if n in STATUTORY)
    return wanted, re.compile(f"[二三四]、({listed})")


def _has_tables(root: Path, year: int | None) -> bool:
    """Whether reports for `year` print the statutory tables: before 2019 their chapters (二、主动公开政府信息情况) announce none."""
    if year is None:
        return True
    force = form_of(year, root)
    return force is not None and any(t.number in STATUTORY for t in force.tables)


def _announced(root: Path, part: Part) -> set[int]:
    """Numbers of the tables whose chapter heading the report prints."""
    wanted, inside = _headings(root)
    found: set[int] = set()
    for block in part.blocks:
        if not isinstance(block, Paragraph):
            continue
        text = block.passage.text
        if len(text) > 60:
            found.update(wanted[m.group(1)] for m in inside.finditer(text))
            continue
        if text[-1:] in "。；，":
            continue
        key = key_of(text)
        number = wanted.get(key)
        if number is None and len(key) >= 8:
            # A heading that lost its last character (主动公开政府信息情) or runs on.
            number = next((n for k, n in wanted.items() if k.startswith(key) or key.startswith(k)), None)
        if number is not None:
            found.add(number)
    return found


def _expected(lexicon: Lexicon, part: Part, n: int) -> FormTable | None:
    """The table that the nearest paragraphs above block `n` announce."""
    for k in range(n - 1, max(n - 4, -1), -1):
        block = part.blocks[k]
        if isinstance(block, Table):
            return None
        if len(block.passage.text) <= 60:
            for name in look_up(lexicon, block.passage.text, None):
                if name.kind == "heading":
                    return name.table
    return None


def _damaged_grids(known: tuple[Form, ...], part: Part, grids: list[tuple[int, Table]]) -> set[int]:
    """Tables whose heading is followed by a grid with figures that no form knows."""
    found: set[int] = set()
    for n, grid in grids:
        for form in known:
            expected = _expected(_single(form), part, n)
            if expected is not None and any(
                c is not None and c.text.strip().isdecimal() for row in grid.rows for c in row
            ):
                found.add(expected.number)
    return found


def _state(table: FormTable, harvest: Harvest) -> str:
    """`read` if every cell that the form expects was found and nothing is in doubt, else `damaged`."""
    if table.number in harvest.doubtful:
        return "damaged"
    seen = harvest.rows.get(table.number, set())
    skipped = {k for r in table.rows if r.key in seen and r.instead_of for k in r.instead_of}
    for row in table.rows or (None,):
        if row is not None and (row.key in skipped or (row.instead_of and row.key not in seen)):
            continue
        for column in table.columns:
            metric = metric_of(row, column)
            if metric is None or column.ignored:
                continue
            found = harvest.observations.get((metric, column.breakdown))
            if found is None or found.status == "unreadable":
                return "damaged"
    return "read"


def _rows_left(table: FormTable, harvest: Harvest) -> bool:
    """Whether a table that prints a header for each of its items (table 2) still misses rows: they may stand beside the grid."""
    return any(r.cells and r.key not in harvest.rows.get(table.number, ()) for r in table.rows)


def _drop_stand_ins(tables: tuple[FormTable, ...], harvest: Harvest) -> None:
    """（六）其他处理 beside its own parts is a part whose label is lost, not the undivided row."""
    for table in tables:
        seen = harvest.rows.get(table.number, set())
        for row in table.rows:
            if row.instead_of and row.key in seen and seen & set(row.instead_of):
                seen.discard(row.key)
                gone = [at for at in harvest.observations if at[0] == row.metric]
                parts = [r.metric for r in table.rows if r.key in row.instead_of and r.metric]
                if all(
                    harvest.observations[at].status in ("blank", "not_applicable")
                    or harvest.observations[at].value == group_sum(harvest, parts, column)
                    for at in gone
                    for column in table.columns
                    if column.breakdown == at[1]
                ):
                    for at in gone:  # the group's own line: empty, or the sum of its parts
                        del harvest.observations[at]
                    continue
                harvest.doubtful.add(table.number)
                first = harvest.observations[gone[0]]
                harvest.findings.append(
                    Finding(
                        "unclaimed_cell",
                        "warning",
                        f"表{table.number}的“{row.label}”与其分项同时出现，无法确定是哪一行，未收录",
                        quote=first.quote,
                        locator=dict(first.locator),
                    )
                )
                for at in gone:
                    del harvest.observations[at]


def _unreadable(observations: list[Observation], findings: list[Finding]) -> list[Finding]:
    """One finding per table for the cells that were left without a figure and whose row no finding speaks of."""
    told = {f.quote for f in findings}
    left: dict[int, list[Observation]] = {}
    for o in observations:
        if o.status == "unreadable" and o.quote not in told:
            left.setdefault(o.locator["table"], []).append(o)
    found: list[Finding] = []
    for number, cells in sorted(left.items()):
        printed = list(dict.fromkeys(raw[:_SHOWN] for o in cells if (raw := (o.raw or "").strip())))
        said = "：" + "、".join(f"“{raw}”" for raw in printed[:3]) if printed else "，分不清是空白还是缺格"
        message = f"表{number}有{len(cells)}格不能确定是什么数，未取数{said}"
        first = cells[0]
        found.append(Finding("unreadable_cell", "warning", message, quote=first.quote, locator=dict(first.locator)))
    return found


def _blank_tables(tables: tuple[FormTable, ...], harvest: Harvest, reading: TableReading) -> None:
    by_table: dict[int, list[Observation]] = {}
    for o in reading.observations:
        by_table.setdefault(o.locator["table"], []).append(o)
    for number, cells in sorted(by_table.items()):
        if all(o.value is None for o in cells) and not any(o.status in ("unreadable", "conflicting") for o in cells):
            reading.findings.append(
                Finding(
                    "MD-BLANK",
                    "error",
                    f"表{number}没有填任何数字：数值未知，不是零",
                    locator=dict(cells[0].locator),
                )
            )


def _mark(reading: TableReading, tape: Tape, spans: list[tuple[int, int]]) -> None:
    """Tells the prose reader which parts of which paragraphs were cells."""
    if not spans:
        return
    merged: list[list[int]] = []
    for start, end in sorted(spans):
        if merged and start - merged[-1][1] < 80:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([start, end])
    for k, (_, paragraph) in enumerate(tape.paragraphs):
        first, last = tape.starts[k], tape.starts[k] + len(paragraph.passage.text)
        for start, end in merged:
            if start < last and end > first:
                piece = (max(start - first, 0), min(end, last) - first)
                if piece == (0, last - first):
                    reading.used.add(id(paragraph))
                reading.spans.setdefault(id(paragraph), []).append(piece)
