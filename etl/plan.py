"""A work plan's tasks and its table of columns (栏目): what is to be done, by which section, how often.

The table is often flattened to one line per row, with the upper levels printed once and then left out. Nothing in such a line
tells a child from a new top level, so that `parent` is given only where it is certain: in a grid whose cells span
rows, in a row that prints all levels, in the first row. The rest get None and one finding names them.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass, field

from etl.head import CHAPTER
from etl.model import Cell, Finding, Paragraph, Part, Passage, Plan, PlanColumn, PlanTask, Table
from etl.normalise import label, tight_text
from etl.registry import load_identify

_CHAPTER_NUMBER = re.compile(r"^\s*(第?[一二三四五六七八九十]{1,3})\s*[、.．章]\s*")
_SECTION_NUMBER = re.compile(r"^\s*[（(]([一二三四五六七八九十]{1,3})[）)][、.]?\s*")
_ITEM_NUMBER = re.compile(r"^\s*(?:[（(](\d{1,3})[）)]|(\d{1,3})\s*[.、．](?!\d)|([①-⑳]))\s*")
_ROW_NUMBER = re.compile(r"^(\d{1,4})$")
_SEPARATORS = re.compile(r"[、，,；;/\s]+")
_DAY = re.compile(r"20\d\d年\d{1,2}月\d{1,2}日")
_NAME = 40  # characters: the name of whoever issues the plan
MIN_TASK = 8


@functools.cache
def _signs():
    signs = load_identify().plan
    return {
        "frequency": re.compile(signs.frequency),
        "responsible": re.compile(rf"[（(]?(?:{signs.responsible})[：:]([^）)。]*)[）)]?[。；]?\s*$"),
        "role": re.compile(rf"^(?:{signs.responsible})[：:]\s*"),
        "number": re.compile(signs.number_header),
        "level": re.compile(signs.level_header),
        "frequency_header": re.compile(signs.frequency_header),
        "section": re.compile(signs.section_header),
        "task": re.compile(signs.task_header),
    }


@dataclass(slots=True)
class _Roles:
    """Which column of a grid holds what. Indexes, in printed order."""

    number: int | None = None
    levels: list[int] = field(default_factory=list)
    frequency: int | None = None
    sections: list[int] = field(default_factory=list)
    task: int | None = None


def read_plan(part: Part) -> tuple[Plan, list[Finding]]:
    """Tasks and columns of a work plan (blocks in normal form), and the findings on what stays open."""
    plan = Plan()
    findings: list[Finding] = []
    levels = 0  # of the flattened table whose header was met; 0 outside of one
    pending: list[tuple[PlanColumn, int]] = []
    nodes: list[_Node] = []
    roles: _Roles | None = None
    for index, block in enumerate(part.blocks):
        if isinstance(block, Table):
            found = _roles_of(block)
            roles_here, first = found if found else (roles, 0)
            if roles_here is None:
                continue
            roles = roles_here
            if roles.frequency is not None and roles.levels:
                _read_grid(block, roles, first, index, plan)
            elif roles.task is not None and roles.sections:
                _read_task_grid(block, roles, first, index, plan)
            continue
        header = _flat_header(block.text)
        if header:
            levels = header
            continue
        column = _flat_column(block, index, levels, not pending) if levels else None
        if column is not None:
            pending.append((column, levels))
            continue
        if levels and not CHAPTER.match(block.text):
            if pending and _continues(block.text):
                _append(pending[-1][0], block)
            elif block.text:
                findings.append(
                    Finding(
                        "PLAN-ROW",
                        "warning",
                        f"栏目表中有一行读不出更新频率：“{block.text[:40]}”",
                        quote=block.passage.printed()[:120],
                    )
                )
            continue
        levels = 0
        _add_node(nodes, block, index)
    if nodes:
        _drop_signature(nodes[-1].passages)
    plan.columns += [column for column, _ in pending]
    plan.tasks = _tasks(nodes) + plan.tasks
    findings += _open_parents(plan.columns)
    findings += _number_gaps(plan.columns)
    if not plan.tasks and not plan.columns:
        findings.append(Finding("PLAN-EMPTY", "warning", "没有读出任务，也没有读出栏目"))
    return plan, findings


# --- tasks --------------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class _Node:
    """A numbered heading or item with the paragraphs that go on from it."""

    depth: int  # 1 一、  2 （一）  3 1.
    number: str
    passages: list[Passage]
    block: int


def _add_node(nodes: list[_Node], block: Paragraph, index: int) -> None:
    for depth, pattern in ((1, _CHAPTER_NUMBER), (2, _SECTION_NUMBER), (3, _ITEM_NUMBER)):
        match = pattern.match(block.text)
        if match:
            number = next(g for g in match.groups() if g)
            nodes.append(_Node(depth, number, [block.passage], index))
            return
    if nodes and block.text:
        nodes[-1].passages.append(block.passage)


def _drop_signature(passages: list[Passage]) -> None:
    """Who issues the plan and the day, printed below its last item."""
    if len(passages) > 1 and _DAY.fullmatch(tight_text(passages[-1].text)):
        passages.pop()
        if len(passages) > 1 and len(passages[-1].text) <= _NAME and not re.search("[。；：]", passages[-1].text):
            passages.pop()


def _title_of(node: _Node) -> str:
    printed = tight_text(node.passages[0].text)
    for pattern in (_CHAPTER_NUMBER, _SECTION_NUMBER, _ITEM_NUMBER):
        printed = pattern.sub("", printed, count=1) if pattern.match(printed) else printed
    return re.split("[。：]", printed)[0][:60]


def _tasks(nodes: list[_Node]) -> list[PlanTask]:
    """The leaves of the numbering that say who is responsible, or that are numbered items of some length."""
    tasks: list[PlanTask] = []
    path: list[tuple[int, str]] = []
    noted = [n.depth for n in nodes if _signs()["responsible"].search(tight_text(n.passages[-1].text))]
    least = max(2, min(noted, default=2))  # where some (一) name who is responsible, the others are tasks too
    for n, node in enumerate(nodes):
        path = [p for p in path if p[0] < node.depth]
        leaf = n + 1 == len(nodes) or nodes[n + 1].depth <= node.depth
        if not leaf:
            path.append((node.depth, _title_of(node)))
            continue
        whole = tight_text("\n".join(p.text for p in node.passages))
        first = whole
        for pattern in (_CHAPTER_NUMBER, _SECTION_NUMBER, _ITEM_NUMBER):
            if pattern.match(first):
                first = pattern.sub("", first, count=1)
                break
        responsible = _signs()["responsible"].search(first)
        if responsible is None and (node.depth < least or len(first) < MIN_TASK):
            continue
        body = first[: responsible.start()].rstrip("，（( \n") if responsible else first
        sections = (
            [_signs()["role"].sub("", s.strip()) for s in re.split(r"[、，,；;]+", responsible.group(1))]
            if responsible
            else []
        )
        printed = "\n".join(p.printed() for p in node.passages)
        span = node.passages[0].span()
        last = node.passages[-1].span()
        locator = {"block": node.block}
        if span and last:
            locator |= {"start": span[0], "end": last[1]}
        tasks.append(
            PlanTask(
                node.number,
                [p[1] for p in path],
                body.replace("\n", ""),
                [s for s in sections if s],
                printed,
                locator,
            )
        )
    return tasks


# --- columns in lines ---------------------------------------------------------------------------------------------


def _flat_header(line: str) -> int:
    """Number of levels of a printed header such as 序号 一级栏目 二级栏目 三级栏目 更新频率 负责科室; 0 for any other line."""
    words = line.split()
    if not 3 <= len(words) <= 12 or not any(_signs()["frequency_header"].search(w) for w in words):
        return 0
    return sum(bool(_signs()["level"].match(w)) for w in words)


def _flat_column(block: Paragraph, index: int, levels: int, first: bool) -> PlanColumn | None:
    """One row printed as words: number, names, frequency, section; None when it has no number or frequency."""
    # Names may hold marks from lost markup: words are those of the printed line, since spaces part the cells.
    words = block.text.split()
    if len(words) < 3 or not _ROW_NUMBER.match(words[0]):
        return None
    at = next((n for n in range(len(words) - 1, 0, -1) if _signs()["frequency"].fullmatch(words[n])), None)
    if at is None or at < 2:
        return None
    names = words[1:at]
    parent = None
    if len(names) == levels or (first and len(names) < levels):
        parent = names[:-1]
    span = block.passage.span()
    locator = {"block": index} | ({"start": span[0], "end": span[1]} if span else {})
    return PlanColumn(
        int(words[0]), names, parent, words[at], " ".join(words[at + 1 :]) or None, block.passage.printed(), locator
    )


def _continues(line: str) -> bool:
    """A short piece broken off from the row before: no number, no sentence."""
    return len(line) <= 20 and not re.match(r"\d", line) and "。" not in line


def _append(column: PlanColumn, block: Paragraph) -> None:
    column.section = f"{column.section or ''}{block.text}"
    column.raw += "\n" + block.passage.printed()


# --- grids --------------------------------------------------------------------------------------------------------


def _roles_of(table: Table) -> tuple[_Roles, int] | None:
    """The roles of a grid's columns by its header (one or two rows), and the first row of data; None without a header."""
    signs = _signs()
    for at, row in enumerate(table.rows[:3]):
        roles = _Roles()
        for c, cell in enumerate(row):
            key = re.sub(r"\s", "", label(cell.text)) if cell is not None else ""
            if not key:
                continue
            if signs["number"].match(key) and roles.number is None:
                roles.number = c
            elif signs["frequency_header"].search(key):
                roles.frequency = c if roles.frequency is None else roles.frequency
            elif signs["section"].search(key):
                roles.sections.append(c)
            elif signs["level"].match(key):
                roles.levels.append(c)
            elif signs["task"].match(key) and roles.task is None:
                roles.task = c
        if (roles.levels and roles.frequency is not None) or (roles.task is not None and roles.sections):
            return roles, at + 1
    return None


def _cell(row: list[Cell | None], at: int | None) -> Cell | None:
    return row[at] if at is not None and at < len(row) else None


def _read_grid(table: Table, roles: _Roles, first: int, index: int, plan: Plan) -> None:
    for r in range(first, len(table.rows)):
        row = table.rows[r]
        named: list[Cell] = []
        for c in roles.levels:
            cell = _cell(row, c)
            if cell is not None and cell.text and (not named or named[-1] is not cell):
                named.append(cell)
        frequency = _cell(row, roles.frequency)
        if not named or (frequency is not None and _signs()["frequency_header"].search(frequency.text)):
            continue
        upper = [_cell(row, c) for c in roles.levels[: _last_level(row, roles, named[-1])]]
        certain = table.exact and all(cell is not None and cell.text for cell in upper)
        section = " ".join(t for c in roles.sections if (s := _cell(row, c)) is not None and (t := tight_text(s.text)))
        number = _cell(row, roles.number)
        plan.columns.append(
            PlanColumn(
                int(number.text) if number is not None and number.text.isdigit() else None,
                [tight_text(cell.text) for cell in named],
                [tight_text(cell.text) for cell in named[:-1]] if certain else None,
                tight_text(frequency.text) or None if frequency is not None else None,
                section or None,
                _printed(row),
                _grid_locator(table, index, r, [c for c in row if c is not None]),
            )
        )


def _last_level(row: list[Cell | None], roles: _Roles, last: Cell) -> int:
    """How many level columns stand before the one of the deepest name."""
    return next(n for n, c in enumerate(roles.levels) if _cell(row, c) is last)


def _read_task_grid(table: Table, roles: _Roles, first: int, index: int, plan: Plan) -> None:
    for r in range(first, len(table.rows)):
        row = table.rows[r]
        task = _cell(row, roles.task)
        if task is None or len(task.text) < MIN_TASK:
            continue
        number = _cell(row, roles.number)
        skip = {roles.number, roles.task, *roles.sections}
        path: list[str] = []
        for c in range(roles.task or 0):
            cell = _cell(row, c)
            if (
                c not in skip
                and cell is not None
                and cell.text
                and cell is not task
                and tight_text(cell.text) not in path
            ):
                path.append(tight_text(cell.text))
        sections: list[str] = []
        for c in roles.sections:
            cell = _cell(row, c)
            if cell is not None and cell.text:
                sections += [s for s in _SEPARATORS.split(tight_text(cell.text)) if s]
        plan.tasks.append(
            PlanTask(
                number.text if number is not None and number.text else str(len(plan.tasks) + 1),
                path,
                tight_text(task.text),
                sections,
                _printed(row),
                _grid_locator(table, index, r, [task]),
            )
        )


def _printed(row: list[Cell | None]) -> str:
    cells = [cell for n, cell in enumerate(row) if cell is not None and (n == 0 or row[n - 1] is not cell)]
    return " | ".join(cell.raw for cell in cells)


def _grid_locator(table: Table, index: int, r: int, cells: list[Cell]) -> dict[str, object]:
    locator: dict[str, object] = {"block": index, "row": r}
    if table.page is not None:
        locator["page"] = table.page
    spans = [s for cell in cells if (s := cell.passage.span())]
    if spans:
        locator |= {"start": min(s[0] for s in spans), "end": max(s[1] for s in spans)}
    return locator


# --- findings -----------------------------------------------------------------------------------------------------


def _open_parents(columns: list[PlanColumn]) -> list[Finding]:
    open_ = [c for c in columns if c.parent is None]
    if not open_:
        return []
    numbers = "、".join(str(c.number) for c in open_[:12] if c.number is not None)
    more = "等" if len(open_) > 12 else ""
    return [
        Finding(
            "PLAN-PARENT",
            "info",
            f"{len(columns)}个栏目中有{len(open_)}个没有印出上级栏目（序号{numbers}{more}），无法判定归属，上级留空",
            actual=len(open_),
        )
    ]


def _number_gaps(columns: list[PlanColumn]) -> list[Finding]:
    """Rows whose numbers do not follow one another: a row was lost or not read."""
    numbers = [c.number for c in columns if c.number is not None]
    gaps = [b for a, b in itertools.pairwise(numbers) if b != a + 1]
    if not gaps:
        return []
    listed = "、".join(map(str, gaps[:8]))
    return [Finding("PLAN-ROW", "warning", f"栏目表的序号不连续（在{listed}处），可能有行没有读出")]


__all__ = ["read_plan"]
