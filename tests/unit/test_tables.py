"""The statutory tables in every layout: what was written is read back equal or not at all, never different."""

from __future__ import annotations

import random
import shutil

import pytest

from etl import normalise
from etl.model import APPLICANTS, Cell, Document, Identity, Paragraph, Part, Passage, Table
from etl.registry import ROOT, load_forms
from etl.tables import read_tables
from etl.tables.lexicon import flat_patterns

FORMS = {f.id: f for f in load_forms()}
DENIED = ("requests_denied_", "requests_unavailable_", "requests_not_processed_", "requests_other")


def table_of(form: str, number: int):
    return next(t for t in FORMS[form].tables if t.number == number)


def invent(form: str, seed: int, big: bool = False) -> dict[tuple[str, str | None], int]:
    """Consistent invented figures for every cell of a form."""
    rng = random.Random(seed)
    top = 900 if big else 12
    values: dict[tuple[str, str | None], int] = {}
    rows = [r for r in table_of(form, 3).rows if not r.instead_of]
    parts = [
        r.metric
        for r in rows
        if r.metric.startswith(DENIED) or r.metric in ("requests_granted", "requests_partially_granted")
    ]
    for column in APPLICANTS[:-1]:
        closed = 0
        for metric in parts:
            n = rng.randint(0, top) if rng.random() < (0.8 if column == "natural_person" else 0.2) else 0
            values[metric, column] = n
            closed += n
        carried_out, carried_in = rng.randint(0, 3), rng.randint(0, 2)
        values["requests_closed", column] = closed
        values["requests_carried_out", column] = carried_out
        values["requests_carried_in", column] = min(carried_in, closed + carried_out)
        values["requests_received", column] = closed + carried_out - values["requests_carried_in", column]
    for row in rows:
        values[row.metric, "total"] = sum(values[row.metric, c] for c in APPLICANTS[:-1])
    for group in ("review", "litigation_direct", "litigation_after_review"):
        for leaf in ("upheld", "corrected", "other", "pending"):
            values[f"{group}_{leaf}", None] = rng.randint(0, top)
        values[f"{group}_total", None] = sum(
            values[f"{group}_{k}", None] for k in ("upheld", "corrected", "other", "pending")
        )
    for row in table_of(form, 2).rows:
        for metric in row.cells.values():
            values[metric, None] = rng.randint(0, 3000)
    return values


def cell(text, rows: int = 1, columns: int = 1) -> Cell:
    return Cell(Passage(str(text), [0], [-1]), rows, columns)


def grid(rows: list[list[Cell]], exact: bool = True) -> Table:
    """Cells as a file lists them, row by row, spans expanded."""
    taken: dict[tuple[int, int], Cell] = {}
    width = 0
    for r, row in enumerate(rows):
        c = 0
        for one in row:
            while (r, c) in taken:
                c += 1
            for i in range(one.rowspan):
                for j in range(one.colspan):
                    taken[r + i, c + j] = one
            c += one.colspan
        width = max(width, *(k[1] + 1 for k in taken))
    return Table([[taken.get((r, c)) for c in range(width)] for r in range(len(rows))], exact)


def say(text: str) -> Paragraph:
    return Paragraph(Passage(text, [0], [-1]))


def read(blocks, year: int = 2030, kind: str = "annual_report", **more):
    document = normalise.document(Document("x", "0", "html", "", list(blocks)))
    return read_tables(Part(document, 1, document.blocks), Identity(kind=kind, year=year), **more)


def got(reading) -> dict[tuple[str, str | None], int | float | None]:
    return {(o.metric, o.breakdown): o.value for o in reading.observations}


HEADINGS = {
    2: "二、主动公开政府信息情况",
    3: "三、收到和处理政府信息公开申请情况",
    4: "四、政府信息公开行政复议、行政诉讼情况",
}
NOTE = "（本列数据的勾稽关系为：第一项加第二项之和，等于第三项加第四项之和）"


def items(form: str):
    """The blocks of table 2: item, columns, rows."""
    table = table_of(form, 2)
    columns = {c.id: c for c in table.columns}
    blocks: list[tuple[list, list]] = []
    for row in table.rows:
        wanted = [columns[c] for c in row.cells]
        if not blocks or [c.id for c in blocks[-1][0]] != [c.id for c in wanted]:
            blocks.append((wanted, []))
        blocks[-1][1].append(row)
    return blocks


def grid2(form: str, values) -> list[list[Cell]]:
    width = 12
    rows = []
    for n, (columns, members) in enumerate(items(form)):
        rows.append([cell(f"第二十条第（{'一五六八九'[n % 5]}）项", 1, width + 1)])
        span = width // len(columns)
        rows.append([cell("信息内容")] + [cell(c.label, 1, span) for c in columns])
        for row in members:
            rows.append([cell(row.label)] + [cell(values[row.cells[c.id], None], 1, span) for c in columns])
    return rows


def head3(order=APPLICANTS) -> list[list[Cell]]:
    labels = {c.breakdown: c.label for c in table_of("2021", 3).columns}
    inner = [c for c in order if c not in ("natural_person", "total")]
    return [
        [cell(NOTE, 3, 3), cell("申请人情况", 1, 7)],
        [cell("自然人", 2), cell("法人或其他组织", 1, 5), cell("总计", 2)],
        [cell(labels[c]) for c in inner],
    ]


def rows3(form: str, values, undivided: bool = False):
    """(groups, label, metric) of table 3 in the order of the form."""
    table = table_of(form, 3)
    labels = {g.id: g.label for g in table.groups}
    skipped = (
        {k for r in table.rows if r.instead_of for k in r.instead_of}
        if undivided
        else {r.metric for r in table.rows if r.instead_of}
    )
    found = []
    for row in table.rows:
        if row.metric in skipped:
            continue
        groups = (
            []
            if row.group is None
            else ["三、本年度办理结果"]
            if row.group == "result"
            else ["三、本年度办理结果", labels[row.group]]
        )
        found.append((groups, row.label, row.metric))
    return found


def body3(form: str, values, order=APPLICANTS, undivided: bool = False) -> list[list[Cell]]:
    listed = rows3(form, values, undivided)
    open_groups: set[str] = set()
    rows = []
    for groups, label, metric in listed:
        row = []
        for _depth, group in enumerate(groups):
            if group not in open_groups:
                open_groups.add(group)
                row.append(cell(group, sum(1 for g, _, _ in listed if group in g)))
        row.append(cell(label, 1, 3 - len(groups)))
        rows.append(row + [cell(values[metric, c]) for c in order])
    return rows


def grid4(values) -> list[list[Cell]]:
    leaves = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
    return [
        [cell("行政复议", 1, 5), cell("行政诉讼", 1, 10)],
        [cell(x, 2) for x in leaves] + [cell("未经复议直接起诉", 1, 5), cell("复议后起诉", 1, 5)],
        [cell(x) for x in leaves * 2],
        [cell(values[c.metric, None]) for c in table_of("2021", 4).columns],
    ]


def flat(rows: list[list[Cell]], pad: int = 0) -> Table:
    """A grid put together from bars: one row per printed row, no spans, traces of spans at the end."""
    return Table([[cell(c.text) for c in row] + [cell("")] * (pad if len(row) < 8 else 0) for row in rows], False)


def as_grids(form, values):
    return [
        say(HEADINGS[2]),
        grid(grid2(form, values)),
        say(HEADINGS[3]),
        grid(head3() + body3(form, values)),
        say(HEADINGS[4]),
        grid(grid4(values)),
    ]


def as_bars(form, values):
    return [
        say(HEADINGS[2]),
        flat(grid2(form, values), 2),
        say(HEADINGS[3]),
        flat(head3() + body3(form, values), 2),
        say(HEADINGS[4]),
        flat(grid4(values), 3),
    ]


def lines_of(blocks, by_row: bool = False):
    for block in blocks:
        if isinstance(block, Paragraph):
            yield block.text
            continue
        for row in block.rows:
            texts = [c.text for c in row if c is not None]
            if by_row:
                yield " ".join(texts)
            else:
                yield from texts


def source_cells(form, values):
    """All cells once, in the order in which the file lists them."""
    yield HEADINGS[2]
    for row in grid2(form, values):
        yield from (c.text for c in row)
    yield HEADINGS[3]
    for row in head3() + body3(form, values):
        yield from (c.text for c in row)
    yield HEADINGS[4]
    for row in grid4(values):
        yield from (c.text for c in row)
    yield "五、存在的主要问题及改进情况"
    yield "一是力量不足，二是培训偏少。"


def as_lines(form, values):
    return [say(t) for t in source_cells(form, values)]


def as_broken_lines(form, values):
    found = []
    for text in source_cells(form, values):
        step = 9
        found += [say(text[k : k + step]) for k in range(0, len(text), step)] if not text.isdecimal() else [say(text)]
    return found


def as_spaced_prose(form, values):
    return [say("某某县公开工作稳步推进。" + " ".join(source_cells(form, values)))]


def as_glued(form, values):
    return [say("某某县公开工作稳步推进。" + "".join(source_cells(form, values)))]


def as_row_lines(form, values):
    rows = [*grid2(form, values), *head3(), *body3(form, values), *grid4(values)]
    at = len(grid2(form, values))
    end = len(rows) - 4
    found = []
    for n, row in enumerate(rows):
        if n == 0:
            found.append(say(HEADINGS[2]))
        if n == at:
            found.append(say(HEADINGS[3]))
        if n == end:
            found.append(say(HEADINGS[4]))
        found.append(say(" ".join(c.text for c in row)))
    return [*found, say("五、存在的主要问题及改进情况")]


def as_one_grid(form, values):
    rows = [
        [cell(HEADINGS[2], 1, 13)],
        *grid2(form, values),
        [cell(HEADINGS[3], 1, 13)],
        *head3(),
        *body3(form, values),
    ]
    rows += [[cell(HEADINGS[4], 1, 15)], *grid4(values)]
    return [grid(rows)]


def as_split_grids(form, values):
    """Table 3 broken by a page in the middle, the second half without its header; one small table per item of table 2."""
    blocks = [say(HEADINGS[2])]
    rows: list[list[Cell]] = []
    for row in grid2(form, values):
        if row[0].text.startswith("第二十条") and rows:
            blocks.append(grid(rows))
            rows = []
        rows.append(row)
    blocks += [grid(rows), say(HEADINGS[3])]
    whole = grid(head3() + body3(form, values))
    blocks += [Table(whole.rows[:12]), Table(whole.rows[12:]), say(HEADINGS[4]), grid(grid4(values))]
    return blocks


COMPLETE = [as_grids, as_bars, as_lines, as_broken_lines, as_spaced_prose, as_row_lines, as_one_grid, as_split_grids]


@pytest.mark.parametrize("form", ["2019", "2021"])
@pytest.mark.parametrize("layout", COMPLETE)
def test_every_layout_reads_back_what_was_written(layout, form):
    for seed in range(3):
        values = invent(form, seed, big=bool(seed % 2))
        reading = read(layout(form, values))
        assert got(reading) == values
        assert reading.form == form
        assert reading.states == {"2": "read", "3": "read", "4": "read"}
        assert not reading.findings


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_glued_cells_are_read_equal_or_not_at_all(form):
    known = total = 0
    for seed in range(12):
        values = invent(form, seed, big=bool(seed % 2))
        reading = read(as_glued(form, values))
        for key, value in got(reading).items():
            assert value is None or value == values[key], (seed, key)
            known += value is not None
            total += 1
    assert known > total * 0.5


def test_undivided_other_handling_in_a_2021_report():
    values = invent("2021", 5)
    for c in APPLICANTS:
        values["requests_other", c] = sum(
            values.pop((f"requests_other_{k}", c)) for k in ("not_corrected", "fee_unpaid", "misc")
        )
    blocks = [
        say(HEADINGS[2]),
        grid(grid2("2021", values)),
        say(HEADINGS[3]),
        grid(head3() + body3("2021", values, undivided=True)),
        grid(grid4(values)),
    ]
    reading = read(blocks)
    assert got(reading) == values
    assert reading.form == "2021" and reading.states["3"] == "read"


def test_swapped_columns_with_their_headers_change_nothing():
    values = invent("2021", 7)
    order = ("natural_person", "legal_service", "research", "nonprofit", "business", "other_org", "total")
    reading = read([grid(head3(order) + body3("2021", values, order))])
    assert {k: v for k, v in values.items() if k[1]} == got(reading)
    assert reading.states["2"] == "missing"


def test_statuses_stay_apart():
    values = invent("2021", 3)
    rows = head3() + body3("2021", values)
    for n, text in enumerate(("", "/", "—", "不适用", "3 5", "约三")):
        rows[3][1 + n] = cell(text)
    reading = read([say(HEADINGS[3]), grid(rows)])
    found = {o.breakdown: (o.status, o.value) for o in reading.observations if o.metric == "requests_received"}
    assert found["natural_person"] == ("blank", None)
    assert found["business"] == found["research"] == found["nonprofit"] == ("not_applicable", None)
    assert found["legal_service"] == found["other_org"] == ("unreadable", None)
    assert reading.states["3"] == "damaged"
    (finding,) = [f for f in reading.findings if f.rule == "unreadable_cell"]
    assert "2格" in finding.message and "“3 5”" in finding.message and "“约三”" in finding.message


def test_a_row_left_without_figures_is_said_once():
    """A figure printed for two rows is neither's; a row whose own finding says so is not said again."""
    values = invent("2021", 4)
    rows = head3() + body3("2021", values)
    rows[3] = rows[3][:1] + [cell(n) for n in range(5)]
    reading = read([say(HEADINGS[3]), grid(rows)])
    lost = {o.metric for o in reading.observations if o.status == "unreadable"}
    assert lost == {"requests_received"} and [f.rule for f in reading.findings] == ["unreadable_row"]


def test_values_with_units_signs_and_notes():
    values = dict(invent("2019", 4).items())
    rows = grid2("2019", values)
    put = {"行政许可": ("12项", "减4", "22（其中修订16件）"), "政府集中采购": ("6", "251000元")}
    for row in rows:
        for k, text in enumerate(put.get(row[0].text, ())):
            row[1 + k] = cell(text, 1, row[1 + k].colspan)
    found = {o.metric: o for o in read([say(HEADINGS[2]), grid(rows)]).observations}
    assert found["licensing_items_previous"].value == 12
    assert found["licensing_items_change"].value == -4
    assert found["licensing_decisions"].value == 22
    amount = found["procurement_amount"]
    assert (amount.value, amount.unit, amount.raw) == (251000, "元", "251000元")
    assert found["procurement_items"].unit == "项"


def test_data_rows_with_other_spans_than_the_header():
    rows = [
        [cell("第二十条第（五）项", 1, 5)],
        [cell("信息内容"), cell("上一年项目数量"), cell("本年增/减", 1, 2), cell("处理决定数量")],
        [cell("行政许可"), cell("7", 1, 2), cell("-2"), cell("31")],
        [cell("其他对外管理服务事项"), cell("1", 1, 2), cell("0"), cell("")],
    ]
    found = got(read([say(HEADINGS[2]), grid(rows)]))
    assert found["licensing_items_previous", None] == 7
    assert found["licensing_items_change", None] == -2
    assert found["licensing_decisions", None] == 31
    assert found["other_services_decisions", None] is None


def test_a_whole_blank_table_is_unknown_not_zero():
    values = dict.fromkeys(invent("2021", 1), "")
    reading = read(as_grids("2021", values))
    assert {o.status for o in reading.observations} == {"blank"} and len(reading.observations) == len(values)
    assert [f.rule for f in reading.findings] == ["MD-BLANK"] * 3


def test_wrong_totals_stay_as_printed():
    values = invent("2021", 8)
    values["review_total", None] = 0
    values["requests_granted", "total"] += 5
    assert got(read(as_grids("2021", values))) == values


def test_header_words_split_over_rows():
    values = invent("2021", 9)
    head = [
        [cell(NOTE, 3, 3), cell("申请人情况", 1, 7)],
        [cell("自然"), cell("法人或其他组织", 1, 5), cell("总")],
        [
            cell("人"),
            cell("商业\n企业"),
            cell("科研 机构"),
            cell("社会公益组织"),
            cell("法律服务机构"),
            cell("其 他"),
            cell("计"),
        ],
    ]
    assert got(read([say(HEADINGS[3]), grid(head + body3("2021", values))])) == {
        k: v for k, v in values.items() if k[1]
    }


def test_nonstandard_tables_never_shift_numbers():
    blocks = [
        say(HEADINGS[3]),
        grid(
            [
                [cell("申请人情况"), cell("自然人"), cell("法人或其他组织")],
                [cell("本年新收政府信息公开申请数量"), cell(14), cell(2)],
            ]
        ),
        say(HEADINGS[4]),
        grid([[cell("行政复议"), cell("行政诉讼")], [cell(5), cell(6)], [cell(0), cell(1)]]),
    ]
    reading = read(blocks)
    assert got(reading) == {("requests_received", "natural_person"): 14}
    assert reading.states["3"] == reading.states["4"] == "damaged"
    assert {f.rule for f in reading.findings} == {"unclaimed_cell"}


def test_announced_tables_that_are_gone_are_missing():
    reading = read([say(h) for h in HEADINGS.values()])
    assert reading.states == {"2": "missing", "3": "missing", "4": "missing"} and reading.form is None
    assert read([say("某某局做好公开工作，办理申请3件。")], kind="work_summary").states["3"] == "absent"
    assert read(as_grids("2021", invent("2021", 2)), kind="other").observations == []


def test_prose_that_uses_the_words_of_the_form_is_no_table():
    text = "全年作出行政许可221件、行政处罚86件，规章3件。共收到申请12件，其中予以公开3件，部分公开2件，不予公开1件。总计12件。"
    reading = read(
        [say("一、总体情况"), say(text), say("本年新收政府信息公开申请数量 12件，上年结转1件，结转下年度继续办理0件。")]
    )
    assert reading.observations == []


def test_five_figures_instead_of_seven_are_unreadable():
    values = invent("2021", 11)
    blocks = as_lines("2021", values)
    at = next(n for n, b in enumerate(blocks) if b.text.startswith("2.重复申请"))
    del blocks[at + 3 : at + 5]
    found = read(blocks)
    assert {o.status for o in found.observations if o.metric == "requests_not_processed_repeated"} == {"unreadable"}
    kept = {k: v for k, v in got(found).items() if k[0] != "requests_not_processed_repeated"}
    assert kept == {k: v for k, v in values.items() if k[0] != "requests_not_processed_repeated"}
    assert found.states["3"] == "damaged"


LOCAL = [
    ("主动公开文件数", "条", 412, 9120),
    ("其中：1、政府网站公开数", "条", 400, 9000),
    ("2、政府公报公开数", "条", 12, 120),
    ("申请总数", "条", 9, 33),
    ("1.当面申请数", "条", 4, 20),
    ("2.传真申请数", "条", 0, 0),
    ("3.电子邮件申请数", "条", 2, 3),
    ("4.网上申请数", "条", 3, 9),
    ("5.信函申请数", "条", 0, 1),
    ("6.其他形式申请数", "条", 0, 0),
    ("民意信箱来信数", "件", 77, 90),
    ("行政复议数", "件", 1, 2),
    ("行政诉讼数", "件", 0, 0),
]
LOCAL_VALUES = {
    "proactive_disclosures": 412,
    "proactive_via_website": 400,
    "proactive_via_gazette": 12,
    "requests_received": 9,
    "requests_received_in_person": 4,
    "requests_received_fax": 0,
    "requests_received_online": 3,
    "requests_received_mail": 0,
    "review_total": 1,
    "litigation_total": 0,
}


@pytest.mark.parametrize("separator", [" ", "", "\n"])
def test_local_tables_give_this_year_only(separator):
    text = separator.join(
        [
            "附件：某某县政府信息公开情况统计表",
            "指标名称",
            "计量单位",
            "2013年度",
            "历年累计",
            *(str(x) for row in LOCAL for x in row),
        ]
    )
    reading = read([say("2013年主动公开政府信息412条。"), say(text)], year=2013)
    for o in reading.observations:
        assert o.value is None or o.value == LOCAL_VALUES[o.metric], o
    assert reading.form == "local" and reading.states == dict.fromkeys("234", "absent")
    if separator:
        assert {o.metric: o.value for o in reading.observations} == LOCAL_VALUES
    else:
        assert got(reading)["proactive_disclosures", None] == 412


def test_local_grid_and_its_unknown_rows():
    rows = [[cell("指标名称"), cell("计量单位"), cell("2013年"), cell("历年累计")]] + [
        [cell(x) for x in row] for row in LOCAL
    ]
    reading = read([grid(rows)], year=2013)
    assert {o.metric: o.value for o in reading.observations} == LOCAL_VALUES
    assert {f.rule for f in reading.findings} == {"local_extra"}
    assert reading.observations[0].locator["table"] == 1


def test_the_2014_form():
    rows = [[cell("统计指标"), cell("单位"), cell("统计数")]]
    expected = {}
    rng = random.Random(2)
    table = FORMS["2014"].tables[0]
    for row in table.rows:
        value = rng.randint(0, 90)
        rows.append([cell(row.label), cell(row.unit), cell(value)])
        expected[row.metric] = value
        if row.metric == "proactive_disclosures":
            rows.append([cell("（二）通过不同渠道和方式公开政府信息的情况"), cell("——"), cell("——")])
    reading = read([grid(rows)], year=2016)
    assert {o.metric: o.value for o in reading.observations} == expected
    assert reading.form == "2014" and not reading.findings


def test_a_new_spelling_is_data(tmp_path):
    forms = tmp_path / "forms"
    shutil.copytree(ROOT / "forms", forms)
    values = invent("2021", 13)
    rows = head3() + body3("2021", values)
    rows[4][0] = cell("二、往年留存待办量", 1, 3)
    reading = read([say(HEADINGS[3]), grid(rows)], forms=forms)
    assert ("requests_carried_in", "total") not in got(reading) and reading.states["3"] == "damaged"
    path = forms / "2021.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('cores: ["上年结转"', 'cores: ["往年留存", "上年结转"'), encoding="utf-8")
    load_forms.cache_clear()
    reading = read([say(HEADINGS[3]), grid(rows)], forms=forms)
    assert got(reading)["requests_carried_in", "total"] == values["requests_carried_in", "total"]
    assert reading.states["3"] == "read"


def test_evidence_points_at_the_cell():
    values = invent("2021", 14)
    reading = read(as_grids("2021", values))
    o = next(o for o in reading.observations if o.metric == "requests_granted" and o.breakdown == "business")
    assert o.locator == {"table": 3, "block": 3, "row": 5, "column": 4}
    assert o.raw == str(o.value) and "（一）予以公开" in o.quote and o.unit == "件"
    assert len(reading.used) == 3


def padded(rows: list[list[Cell]], fill: bool) -> Table:
    """A pipe table: every line as long as the table is wide, a span's other places empty or printed again."""
    found = []
    for row in grid(rows).rows:
        line, seen = [], None
        for one in row:
            again = one is None or (one is seen and not fill)
            line.append(cell("" if again else one.text))
            seen = one
        found.append(line)
    return Table(found, False)


@pytest.mark.parametrize("exact", [True, False])
@pytest.mark.parametrize("fill", [True, False])
def test_pipe_tables_with_spans_as_empty_or_repeated_cells(fill, exact):
    for seed in range(3):
        values = invent("2021", 20 + seed)
        blocks = [
            say(HEADINGS[2]),
            padded(grid2("2021", values), fill),
            say(HEADINGS[3]),
            padded(head3() + body3("2021", values), fill),
            say(HEADINGS[4]),
            padded(grid4(values), fill),
        ]
        for block in blocks:
            if isinstance(block, Table):
                block.exact = exact
        reading = read(blocks)
        for key, value in got(reading).items():
            assert value is None or value == values[key], key
        known = sum(v is not None for v in got(reading).values())
        assert known == len(values) or (fill and not exact and known >= len(values) - 10), known


def test_lost_headers():
    values = invent("2021", 31)
    cells = list(source_cells("2021", values))
    start, end = cells.index("申请人情况") - 1, cells.index("一、本年新收政府信息公开申请数量")
    del cells[start:end]
    at = cells.index("行政复议")
    del cells[at : at + 19]
    reading = read([say(c) for c in cells])
    assert got(reading) == values and reading.states == dict.fromkeys("234", "read")
    # Nothing proves the columns any more: one row does not add up.
    for key, value in got(read([say(c) for c in _shifted(cells)])).items():
        assert key[1] is None or value is None


def _shifted(cells):
    """One figure lost: the rows of table 3 no longer add up."""
    at = cells.index("（一）予以公开")
    return [*cells[: at + 1], "9999", *cells[at + 2 :]]


def test_figures_before_their_labels_are_not_shifted():
    values = invent("2021", 32)
    rows = rows3("2021", values)
    cells = [
        HEADINGS[3],
        "申请人情况",
        "自然人",
        "法人或其他组织",
        "总计",
        "商业企业",
        "科研机构",
        "社会公益组织",
        "法律服务机构",
        "其他",
    ]
    for _, label, metric in rows:
        cells += [*(str(values[metric, c]) for c in APPLICANTS), label]
    cells.append("五、存在的主要问题")
    reading = read([say(c) for c in cells])
    assert all(v is None or v == values[k] for k, v in got(reading).items())
    assert reading.states["3"] == "damaged"


@pytest.mark.parametrize(
    "layout", [as_lines, as_spaced_prose, as_row_lines, as_glued, as_bars, as_grids, as_one_grid, as_split_grids]
)
def test_damage_never_gives_another_value(layout):
    """Lines, cells and characters lost at random: what is read is what was written."""
    for seed in range(25):
        rng = random.Random(seed)
        form = rng.choice(["2019", "2021"])
        values = invent(form, seed, big=seed % 3 == 0)
        blocks = layout(form, values)
        for _ in range(rng.randint(1, 3)):
            block = rng.choice(blocks)
            if isinstance(block, Table):
                row = rng.choice(block.rows)
                c = rng.randrange(len(row))
                if row[c] is not None and not row[c].text.isdecimal():
                    text = row[c].text
                    row[c].passage = Passage(text[: rng.randrange(len(text) + 1)], [0], [-1])
                elif rng.random() < 0.3:
                    block.rows.remove(row)
            elif len(block.text) < 60 and len(blocks) > 8:
                blocks.remove(block)
            elif len(block.text) >= 60:
                k = rng.randrange(20, len(block.text))
                if not block.text[k].isdecimal():
                    block.passage = Passage(block.text[:k] + block.text[k + 1 :], [0], [-1])
        for key, value in got(read(blocks)).items():
            assert value is None or value == values.get(key), (seed, key)


def test_the_groups_label_again_before_each_of_its_rows():
    """Markdown and OCR repeat （五）不予处理 in front of every row of the group, and drop the spans."""
    values = invent("2021", 21)
    head = [[cell("项目")] + [cell(c.label) for c in table_of("2021", 3).columns]]
    body = [
        [cell((groups[-1] if groups else "") + " " + label)] + [cell(values[metric, c]) for c in APPLICANTS]
        for groups, label, metric in rows3("2021", values)
    ]
    assert got(read([say(HEADINGS[3]), grid(head + body)])) == {k: v for k, v in values.items() if k[1]}


def test_the_last_row_before_the_next_chapter():
    """Table 4 is gone, so that chapter 五 follows the last figures of table 3."""
    values = invent("2021", 22)
    blocks = as_lines("2021", values)
    at = next(n for n, b in enumerate(blocks) if b.text == HEADINGS[4])
    after = next(n for n, b in enumerate(blocks) if b.text.startswith("五、"))
    found = got(read(blocks[:at] + blocks[after:]))
    assert {k: v for k, v in found.items() if k[1]} == {k: v for k, v in values.items() if k[1]}


def test_header_words_that_lost_a_character():
    values = invent("2021", 23)
    rows = grid2("2021", values)
    rows[1] = [cell("信息内容"), cell("本年发件", 1, 4), cell("本年废止件数", 1, 4), cell("现行有效件", 1, 4)]
    found = got(read([say(HEADINGS[2]), grid(rows)]))
    assert found == {k: v for k, v in values.items() if k in found} and ("regulations_in_force", None) in found


def test_marks_in_flattened_text_are_those_of_the_form() -> None:
    first, figure = flat_patterns(frozenset({"/", "未统计", "无"}))
    assert [m.group(1) for m in figure.finditer("未统计 无 12件/")] == ["未统计", "无", "12", "/"]
    assert first.search("无法提供") is None and first.search("不适用") is None
    assert [m.group(1) for m in figure.finditer("15 增加5 0")] == ["15", "增加5", "0"]
    assert [m.group(1) for m in figure.finditer("0 0/0 0")] == ["0", "0/0", "0"]  # 本年增/减 0/0 is one cell
    assert [m.group(1) for m in figure.finditer("0/0/0")] == ["0", "/", "0", "/", "0"]
