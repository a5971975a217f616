"""Layouts of the statutory tables that real reports print beside the official one, and damage that must not shift a figure."""

from __future__ import annotations

import random

import pytest

from etl.model import APPLICANTS, Cell, Passage
from etl.read.text import read as read_text
from tests.unit.test_tables import (
    FORMS,
    HEADINGS,
    as_bars,
    as_grids,
    as_lines,
    as_row_lines,
    body3,
    cell,
    got,
    grid,
    grid2,
    grid4,
    head3,
    invent,
    read,
    rows3,
    say,
    table_of,
)

LEAVES = ["结果维持", "结果纠正", "其他结果", "尚未审结", "总计"]
GROUPS = {"review": "行政复议", "litigation_direct": "未经复议直接起诉", "litigation_after_review": "复议后起诉"}
KEYS = ("upheld", "corrected", "other", "pending", "total")


def table4_only(values):
    return {k: v for k, v in values.items() if k[0].startswith(("review", "litigation"))}


def table3_only(values):
    return {k: v for k, v in values.items() if k[1]}


def turned_layouts(values) -> dict[str, list[list[Cell]]]:
    """Table 4 with its groups, its results, or every column as rows."""
    by_group = [[cell(""), *map(cell, LEAVES)]]
    by_group += [[cell(label), *(cell(values[f"{g}_{k}", None]) for k in KEYS)] for g, label in GROUPS.items()]
    by_result = [[cell(""), *map(cell, GROUPS.values())]]
    by_result += [
        [cell(leaf), *(cell(values[f"{g}_{k}", None]) for g in GROUPS)] for leaf, k in zip(LEAVES, KEYS, strict=True)
    ]
    listed = []
    for g, label in GROUPS.items():
        for leaf, k in zip(LEAVES, KEYS, strict=True):
            head = [cell(label, 5)] if k == "upheld" else []
            listed.append([*head, cell(leaf), cell(values[f"{g}_{k}", None])])
    return {"by_group": by_group, "by_result": by_result, "listed": listed}


@pytest.mark.parametrize("layout", ["by_group", "by_result", "listed"])
def test_table_4_with_rows_and_columns_changed_over(layout):
    values = invent("2021", 41)
    rows = turned_layouts(values)[layout]
    reading = read([say(HEADINGS[4]), grid(rows)])
    assert got(reading) == table4_only(values) and reading.states["4"] == "read"
    one = next(o for o in reading.observations if o.metric == "litigation_direct_corrected")
    row, column = one.locator["row"], one.locator["column"]
    assert grid(rows).rows[row][column].text == one.raw
    lines = [say(c.text) for r in rows for c in r if c.text]
    assert got(read([say(HEADINGS[4]), *lines, say("五、存在的主要问题")])) == table4_only(values)


def test_bare_figures_of_table_4_need_their_sums():
    values = invent("2021", 42)
    bare, above = grid4(values)[3:], [say(HEADINGS[3]), grid(head3() + body3("2021", values)), say(HEADINGS[4])]
    assert got(read([*above, grid(bare)])) == table3_only(values) | table4_only(values)
    bare[0][4] = cell(9999)
    reading = read([*above, grid(bare)])
    assert got(reading) == table3_only(values) and reading.states["4"] == "damaged"


def test_a_header_set_upright_in_a_pdf():
    values = invent("2021", 43)
    figures = " ".join(str(values[c.metric, None]) for c in table_of("2021", 4).columns)
    blocks = [
        HEADINGS[4],
        "行政复议 行政诉讼",
        "未经复议直接起诉 复议后起诉",
        "结 结 其 尚",
        "果 果 他 未",
        "维 纠 结 审",
    ]
    blocks += ["总计 果 果 他 未 总", "持 正 果 结", figures, "五、存在的主要问题"]
    assert got(read([say(b) for b in blocks])) == table4_only(values)


@pytest.mark.parametrize("inside", [True, False])
def test_one_small_table_per_row(inside):
    values = invent("2021", 44)
    head = [cell(c.label) for c in table_of("2021", 3).columns]
    blocks = [say(HEADINGS[3])]
    for groups, label, metric in rows3("2021", values):
        name = "".join(groups[1:]) + label
        figures = [cell(values[metric, c]) for c in APPLICANTS]
        if inside:
            blocks.append(grid([[cell("申请人情况"), *head], [cell(name), *figures]]))
        else:
            blocks += [say(name), grid([head, figures])]
    assert got(read(blocks)) == table3_only(values)


def test_header_in_a_grid_of_its_own_does_not_shift_the_rows():
    values = invent("2021", 45)
    blocks = [say(HEADINGS[3]), grid(head3())]
    for groups, label, metric in rows3("2021", values):
        blocks.append(grid([[cell("".join(groups[1:]) + label), *(cell(values[metric, c]) for c in APPLICANTS)]]))
    for key, value in got(read(blocks)).items():
        assert value is None or value == values[key], key


def test_a_row_that_lost_a_cell_is_not_read():
    values = invent("2021", 46)
    for seed in range(12):
        rows = head3() + body3("2021", values)
        rng = random.Random(seed)
        row = rng.choice(rows[3:])
        del row[rng.randrange(len(row) - 7, len(row))]
        for key, value in got(read([say(HEADINGS[3]), grid(rows)])).items():
            assert value is None or value == values[key], (seed, key)


def test_labels_and_figures_stacked_in_one_row():
    values = invent("2021", 47)
    wanted = [r for r in table_of("2021", 3).rows if r.group == "denied"]
    rows = [*head3(), *body3("2021", values)[:4]]
    rows.append(
        [
            cell("（三）不予公开"),
            cell("\n".join(r.label for r in wanted), 1, 2),
            *(cell("\n".join(str(values[r.metric, c]) for r in wanted)) for c in APPLICANTS),
        ]
    )
    found = got(read([say(HEADINGS[3]), grid(rows)]))
    assert all(found[r.metric, c] == values[r.metric, c] for r in wanted for c in APPLICANTS)


def test_header_lines_in_another_order_are_not_guessed_at():
    values = invent("2021", 48)
    lines = ["商业企业 科研机构 社会公益组织 法律服务机构 其他", "自然人 法人或其他组织 总计"]
    lines += [label + " " + " ".join(str(values[m, c]) for c in APPLICANTS) for _, label, m in rows3("2021", values)]
    for key, value in got(read([say(HEADINGS[3]), *map(say, lines), say("五、存在的主要问题")])).items():
        assert value is None or value == values[key], key


STATISTICS = [r for r in FORMS["2014"].tables[0].rows if r.metric]


@pytest.mark.parametrize("broken", [False, True])
def test_statistics_in_two_column_blocks(broken):
    half = len(STATISTICS) // 2
    figures = {r.metric: n * 3 + 1 for n, r in enumerate(STATISTICS)}
    rows = [[cell(x) for x in ("统计指标", "单位", "统计数") * 2]]
    for left, right in zip(STATISTICS[:half], STATISTICS[half : 2 * half], strict=True):
        rows.append([cell(x) for r in (left, right) for x in (r.label, r.unit, figures[r.metric])])
    cut = 12 if broken else len(rows)
    blocks = [grid(rows[:cut]), *([grid(rows[cut:])] if broken else [])]
    found = {k: v for (k, _), v in got(read(blocks, year=2016)).items() if v is not None}
    assert found == {k: figures[k] for k in found}
    assert len(found) > 0.9 * 2 * half


@pytest.mark.parametrize(
    ("header", "place"),
    [
        (("本期实际", "本年累计"), 1),
        (("2015年", "2016年"), 1),
        (("2016年", "2015年"), 0),
        (("历年累计", "2016年度"), 1),
        (("2016年", "截至2016年底累计"), 0),
        (("县直单位统计数", "乡镇街道统计数"), None),
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_the_year_beside_other_figures(header, place, lines):
    wanted = STATISTICS[:12]
    rows = [[cell(x) for x in ("指标名称", "计量单位", *header)]]
    rows += [[cell(x) for x in (r.label, r.unit, 500 + n, 20 + n)] for n, r in enumerate(wanted)]
    blocks = [say(c.text) for r in rows for c in r] if lines else [grid(rows)]
    found = {k: v for (k, _), v in got(read([say("政府信息公开情况统计表"), *blocks], year=2016)).items()}
    right = {r.metric: (500 + n, 20 + n)[place] if place is not None else None for n, r in enumerate(wanted)}
    assert all(v is None or v == right[k] for k, v in found.items())
    if place is not None and not lines:
        assert found == right


def test_a_groups_own_line_that_repeats_the_sum():
    values = invent("2021", 49)
    rows = head3() + [
        [cell(label, 1, 3), *(cell(values[m, c]) for c in APPLICANTS)] for _, label, m in rows3("2021", values)
    ]
    members = [m for groups, _, m in rows3("2021", values) if "（六）其他处理" in groups]
    at = next(n for n, r in enumerate(rows) if r[0].text.startswith("1.申请人无正当理由逾期"))
    rows.insert(at, [cell("（六）其他处理", 1, 3), *(cell(sum(values[m, c] for m in members)) for c in APPLICANTS)])
    reading = read([say(HEADINGS[3]), grid(rows)])
    assert got(reading) == table3_only(values) and reading.states["3"] == "read"


def test_bars_that_close_every_cell():
    values = invent("2021", 50)
    rows = [*head3(), *body3("2021", values)]
    text = "\n".join(c.text + " |" + (" ||" if n == len(row) - 1 else "") for row in rows for n, c in enumerate(row))
    assert got(read([say(HEADINGS[3]), *read_text(text), say("五、存在的主要问题")])) == table3_only(values)


def flattened3(values, number="{}.", counted=False, blank=(), border=" "):
    """Table 3 without its grid: labels numbered as `number` says, rows with running numbers, some rows with a blank cell."""
    header = ["序号"] * counted + ["申请人情况", "自然人", "法人或其他组织", "商业企业", "科研机构", "社会公益组织"]
    lines = [border.join([*header, "法律服务机构", "其他", "总计"])]
    for n, (groups, label, metric) in enumerate(rows3("2021", values)):
        head, point, rest = label.partition(".")
        words = [*groups, number.format(head) + rest if point and head.isdecimal() else label]
        figures = [str(values[metric, c]) for c in APPLICANTS]
        if n in blank:
            del figures[2]
        lines.append(border.join([str(n + 1)] * counted + words + figures))
    return [say(HEADINGS[3]), *(say(cell) for line in lines for cell in line.split("\n")), say("五、存在的主要问题")]


@pytest.mark.parametrize("border", [" ", "\n"])
@pytest.mark.parametrize("number", ["{}.", "{}、", "{}", "{} ", "（{}）"])
@pytest.mark.parametrize("counted", [False, True])
def test_numbers_of_labels_and_rows_are_no_figures(number, counted, border):
    """2 其他法律…… and 序号 stand where figures stand; a row with a blank cell must not take them for its last figure."""
    values = table3_only(invent("2021", 51))
    assert got(read(flattened3(values, number, counted, border=border))) == values
    blank = (0, 4, 5, 12, 16)
    found = got(read(flattened3(values, number, counted, blank, border)))
    rows = [metric for _, _, metric in rows3("2021", values)]
    for n, metric in enumerate(rows):
        figures = {found.get((metric, c)) for c in APPLICANTS}
        assert figures == {None} if n in blank else all(found[metric, c] == values[metric, c] for c in APPLICANTS)


@pytest.mark.parametrize("border", [" ", "\n"])
@pytest.mark.parametrize("blocks", [1, 2])
@pytest.mark.parametrize("header", ["统计数", "2030年 2029年 2028年", "2028年 2029年 2030年", "本年度 历年累计"])
def test_flattened_2014_form_with_other_years_and_blocks_side_by_side(header, blocks, border):
    table = table_of("2014", 1)
    rows = [r for r in table.rows if r.metric][:12]
    columns = header.split()
    at = next(n for n, c in enumerate(columns) if c in ("统计数", "2030年", "本年度"))
    cells = ["统计指标", "单位", *columns] * blocks
    for k, row in enumerate(rows):
        figures = [str(400 + 30 * k + n) for n in range(len(columns))]
        figures[at] = str(20 + k)
        cells += [row.label, "条", *figures]
    found = got(read([say("政府信息公开情况统计表"), *map(say, border.join(cells).split("\n"))]))
    assert found == {(row.metric, None): 20 + k for k, row in enumerate(rows)}


@pytest.mark.parametrize("trace", ["", "\n|", "\n||"])
def test_empty_cells_of_a_dump_that_closes_every_cell(trace):
    """规章 | 0 | | 2 |, a cell per line: a bar alone is an empty cell, or the trace of a span where whole rows have one too."""

    def line(label, *figures):
        return "\n".join([f"{label} |", *(f"{f} |".lstrip() for f in figures)]) + trace

    head = line("信息内容", "上一年项目数量", "本年增/减", "处理决定数量")
    text = "\n".join(
        [
            "二、主动公开政府信息情况", line("第二十条第（五）项"), head, line("行政许可", 31, "-2", 407),
            line("其他对外管理服务事项", 4, 0, 19), line("第二十条第（六）项"), head, line("行政处罚", "", "+8", 23),
            line("行政强制", 6, "", ""), "三、收到和处理政府信息公开申请情况",
        ]
    )  # fmt: skip
    found = got(read(read_text(text), year=2019))
    wanted = {"items_previous": (31, 4, None, 6), "items_change": (-2, 0, 8, None), "decisions": (407, 19, 23, None)}
    rows = ("licensing", "other_services", "penalty", "coercion")
    assert found == {(f"{row}_{k}", None): v[n] for k, v in wanted.items() for n, row in enumerate(rows)}


@pytest.mark.parametrize("layout", [as_grids, as_bars, as_lines, as_row_lines])
def test_header_words_of_which_only_the_first_line_is_left(layout):
    """本年新 | 本年新 for 本年新制作数量 | 本年新公开数量: the form's order tells them apart, where both are there."""
    values = invent("2019", 52)
    rows = [r for r in table_of("2019", 2).rows if "made" in r.cells]
    for lost in (("本年新", "本年新"), ("本年新", "对外用数")):
        blocks = _renamed(layout("2019", values), dict(zip(("本年新制作数量", "本年新公开数量"), lost, strict=True)))
        found = got(read(blocks, year=2019))
        for row in rows:
            for metric in row.cells.values():
                if lost[0] == lost[1]:
                    assert found[metric, None] == values[metric, None]
                else:
                    assert found.get((metric, None)) in (None, values[metric, None])


def _renamed(blocks, names):
    """The blocks with other words where `names` says so."""
    for block in blocks:
        cells = [c for row in block.rows for c in row if c] if hasattr(block, "rows") else [block]
        for one in cells:
            for old, new in names.items():
                one.passage = Passage(one.passage.text.replace(old, new), [0], [-1])
    return blocks


def test_a_row_below_an_unknown_header_is_said_to_be_lost():
    values = invent("2019", 53)
    names = {"本年新制作数量": "本年新制作数量", "本年新公开数量": "本年新制作数量"}
    reading = read(_renamed(as_lines("2019", values), names), year=2019)
    lost = [o for o in reading.observations if o.metric.startswith(("regulations", "normative"))]
    assert len(lost) == 6 and all(o.status == "unreadable" for o in lost)
    assert [f.rule for f in reading.findings] == ["unreadable_row"] * 2
    assert reading.states["2"] == "damaged"


def test_a_text_cut_off_after_the_first_rows_of_table_3():
    values = invent("2021", 54)
    lines = [c.text for row in head3() + body3("2021", values) for c in row]
    at = lines.index("三、本年度办理结果")
    reading = read([say(HEADINGS[3]), *map(say, lines[: at + 3])])
    first = {k: v for k, v in values.items() if k[0] in ("requests_received", "requests_carried_in") and k[1]}
    assert {k: v for k, v in got(reading).items() if v is not None} == first
    assert reading.states["3"] == "damaged"


def _without_spans(rows):
    return grid([[cell(c.text) for c in row] for row in rows])


def test_a_header_whose_spans_are_lost_places_nothing():
    """自然人 | 法人或其他组织 | 总计 over five names at the left: a row of five figures is not the row of those five."""
    values = invent("2021", 55)
    rows = head3() + body3("2021", values)
    whole = read([say(HEADINGS[3]), _without_spans(rows)])
    assert got(whole) == table3_only(values)
    del rows[3][2:4]
    assert all(v is None or v == values[k] for k, v in got(read([say(HEADINGS[3]), _without_spans(rows)])).items())


@pytest.mark.parametrize("gone", ["商业企业", "科研机构", "法律服务机构"])
def test_a_header_that_lost_a_word_shifts_no_column(gone):
    values = invent("2021", 56)
    rows = head3() + body3("2021", values)
    rows[2] = [c for c in rows[2] if c.text != gone]
    found = got(read([say(HEADINGS[3]), grid(rows)]))
    assert all(v is None or v == values[k] for k, v in found.items())
    assert found["requests_received", "total"] == values["requests_received", "total"]


@pytest.mark.parametrize("exact", [True, False])
def test_figures_that_moved_to_the_left_are_not_read(exact):
    """A row that lost a cell and ends with an empty one: its total stands in the place of the last part."""
    values = invent("2021", 57)
    metrics = [m for _, _, m in rows3("2021", values)]
    rows = head3() + body3("2021", values)
    moved = [n for n, m in enumerate(metrics) if sum(values[m, c] > 0 for c in APPLICANTS[:-1]) > 1]
    for n in moved:
        at = (
            len(rows[3 + n])
            - 7
            + next(k for k, c in enumerate(APPLICANTS) if not values[metrics[n], c] or c == "total")
        )
        del rows[3 + n][at]
        rows[3 + n].append(cell(""))
    blocks = [grid(rows)] if exact else read_text("\n".join(" |\n".join(c.text for c in r) + " |" for r in rows))
    for key, value in got(read([say(HEADINGS[3]), *blocks, say("五、存在的主要问题")])).items():
        assert value is None or value == values[key], key


def test_two_figures_in_one_cell_move_the_others():
    values = invent("2021", 58)
    rows = grid4(values)
    rows[3][3:5] = [cell(f"{rows[3][3].text} {rows[3][4].text}")]
    rows[3].append(cell(""))
    reading = read([say(HEADINGS[4]), grid(rows)])
    assert reading.findings and all(v is None for v in got(reading).values())


def test_digits_that_ran_together_where_cells_are_empty():
    """920 for 9, nothing and 20: the count of digits splits nothing where other cells hold none."""
    text = "二、主动公开政府信息情况第二十条第（一）项信息内容本年新制作数量本年新公开数量对外公开总数量"
    full, empty = (text + f"规章{first}规范性文件920第二十条第（五）项" for first in ("000", ""))
    metrics = ("normative_documents_made", "normative_documents_newly_public", "normative_documents_public_total")
    assert [got(read([say(full)], year=2020))[m, None] for m in metrics] == [9, 2, 0]
    assert {got(read([say(empty)], year=2020)).get((m, None)) for m in metrics} == {None}


def test_a_word_of_the_header_that_names_a_row_turns_no_table():
    values = invent("2021", 59)
    rows = head3() + [row[:-1] for row in body3("2021", values)]
    for key, value in got(read([say(HEADINGS[3]), grid(rows)])).items():
        assert value is None or value == values[key], key


@pytest.mark.parametrize("form", ["2019", "2021"])
def test_rows_of_two_cells_beside_the_grid_and_groups_without_spans(form):
    values = invent(form, 60)
    rows = [
        *grid2(form, values),
        [cell(HEADINGS[3])],
        *head3(),
        *body3(form, values),
        [cell(HEADINGS[4])],
        *grid4(values),
    ]
    text = "\n".join([HEADINGS[2], *(" | ".join(c.text for c in row) for row in rows), "五、存在的主要问题"])
    reading = read(read_text(text))
    assert got(reading) == values and not reading.findings
    assert reading.states == {"2": "read", "3": "read", "4": "read"}


def test_groups_of_table_4_in_another_order_are_not_guessed_at():
    values = invent("2021", 61)
    rows = grid4(values)
    rows[1][5:7] = [rows[1][6], rows[1][5]]
    text = "\n".join(" | ".join(c.text for c in row) for row in rows)
    reading = read([say(HEADINGS[4]), *read_text(text), say("五、存在的主要问题")])
    assert set(got(reading).values()) <= {None}
    assert reading.states["4"] == "damaged" and reading.findings


def _statistics(columns, blocks=1, blank=()):
    """The whole 2014 table as lines, with the figures of each row under `columns`; rows in `blank` lack their last cell."""
    rows = [r for r in table_of("2014", 1).rows if r.metric]
    cells = [["统计指标", "单位", *columns]]
    for n, row in enumerate(rows):
        figures = [str(3 * n + 7), *(str(500 + 3 * n + k) for k in range(len(columns) - 1))]
        cells.append([row.label, row.unit or "件", *figures[: len(figures) - (n in blank)]])
    if blocks == 2:
        half = (len(cells) - 1) // 2
        cells = [cells[0] * 2, *(cells[1 + n] + cells[1 + half + n] for n in range(half))]
    wanted = {(row.metric, None): 3 * n + 7 for n, row in enumerate(rows)}
    return [say("政府信息公开情况统计表"), *(say(c) for line in cells for c in line)], wanted


def test_the_whole_2014_form_flattened():
    """被依法纠错数 stands below 行政复议 and below 行政诉讼: what it belongs to is said by the label before it."""
    blocks, wanted = _statistics(["统计数"])
    reading = read(blocks, year=2016)
    assert got(reading) == wanted and not reading.findings
    blocks, wanted = _statistics(["合计", "市本级", "县区"])
    assert got(read(blocks, year=2016)) == wanted


def test_blocks_side_by_side_flattened_leave_out_what_two_rows_may_be():
    blocks, wanted = _statistics(["统计数"], 2)
    reading = read(blocks, year=2016)
    found = {k: v for k, v in got(reading).items() if v is not None}
    assert found == {k: wanted[k] for k in found} and len(found) > 50
    assert reading.findings


def test_a_row_that_lacks_a_cell_below_a_header_with_an_unknown_word():
    """合计 | 甲类 | 乙类: all rows have a figure too many for the two words that are known, and one that has enough has lost one."""
    blocks, wanted = _statistics(["合计", "市本级", "其他口径"], blank=(3, 20, 21))
    for key, value in got(read(blocks, year=2016)).items():
        assert value is None or value == wanted[key], key


def test_last_years_table_beside_this_years_fills_no_empty_cell():
    this, last = invent("2021", 62), invent("2021", 63)
    rows = body3("2021", this)
    rows[4][-3] = cell("")
    rows[0][-7] = cell("")
    blocks = [say(HEADINGS[3]), grid(head3() + rows), say("附：上年度数据"), grid(head3() + body3("2021", last))]
    reading = read(blocks)
    sure = {(o.metric, o.breakdown): o.value for o in reading.observations if o.status == "reported"}
    assert all(this[k] == last[k] == v for k, v in sure.items())
    assert {f.rule for f in reading.findings} == {"table_repeats"}


def test_traces_of_spans_beside_rows_of_another_width():
    """政府集中采购 |  | 263.87 ||: rows with three cells, one of them empty, do not tell where rows with two keep their traces."""
    text = "\n".join(
        [
            HEADINGS[2], "第二十条第（五）项 ||||", "信息内容 | 上一年项目数量 | 本年增/减 | 处理决定数量 |", "行政许可 |  | 5 | 19 |",
            "第二十条第（九）项 ||||", "信息内容 | 采购项目数量 | 采购总金额 ||", "政府集中采购 |  | 263.87 ||",
        ]
    )  # fmt: skip
    found = got(read(read_text(text), year=2019))
    assert found["procurement_items", None] is None and found["procurement_amount", None] == 263.87
    assert [found[f"licensing_{k}", None] for k in ("items_previous", "items_change", "decisions")] == [None, 5, 19]


@pytest.mark.parametrize("layout", [as_grids, as_bars, as_lines, as_row_lines])
def test_the_word_none_in_a_cell_is_no_label_and_no_zero(layout):
    values = dict(invent("2021", 64))
    none = {
        ("requests_received", "natural_person"): "无",
        ("requests_carried_in", "research"): "暂无",
        ("licensing_decisions", None): "无",
    }
    found = {(o.metric, o.breakdown): o for o in read(layout("2021", values | none)).observations}
    for key, value in values.items():
        assert (found[key].status, found[key].value) == (
            ("not_applicable", None) if key in none else ("reported", value)
        ), key


@pytest.mark.parametrize("first", ["1", ""])
def test_running_numbers_that_ran_into_the_figures(first):
    """条02制发…… is 0 and the number of the next row: below 序号 a figure that runs into a label is not taken."""
    rows = [r for r in table_of("2014", 1).rows if r.metric][:14]
    text = "政府信息公开情况统计表序号统计指标单位统计数" + first
    text += "".join(f"{row.label}条{7 * n % 5}{n + 2 if n < 13 else ''}" for n, row in enumerate(rows))
    for (metric, _), value in got(read([say(text)], year=2016)).items():
        assert value in (None, 7 * [r.metric for r in rows].index(metric) % 5)


def test_figures_before_their_labels_below_a_heading():
    rows = [r for r in table_of("2014", 1).rows if r.metric][:12]
    cells = ["政府信息公开情况统计表", "统计指标", "统计数", "一、主动公开情况", "——"]
    cells += [text for n, row in enumerate(rows) for text in (str(5 * n + 3), row.label)]
    assert set(got(read([say(c) for c in cells], year=2016)).values()) <= {None}
