"""etl.plan: tasks and columns of a work plan, flattened and as grids."""

from __future__ import annotations

from etl import normalise
from etl.model import Block, Cell, Document, Paragraph, Part, Passage, Table
from etl.plan import read_plan

TASKS = """一、围绕中心抓公开
（一）公开民生信息
1.公开救助信息，及时更新目录。（责任科室：办公室、救助科）
2.公开服务信息，便利群众查询。
对查询意见及时答复。（责任科室：各科室）
（二）公开监管信息
1.公开执法信息，定期公示结果。（责任科室:执法科,办公室）
二、夯实基础
（一）加强培训，每年至少开展一次业务培训。（责任单位：办公室）
三、各栏目具体分工"""

COLUMNS = """序号 一级栏目 二级栏目 三级栏目 更新频率 负责科室
1 政策法规 部门文件 及时更新 各科室
2 规范文件 及时更新 各科室
3 权力运行 运行结果 行政许可 季度更新 执法科
4 公开年报 年度更新 办公室"""


def _read(blocks: list[Block]):
    document = normalise.document(Document("a.html", "0", "html", "", blocks))
    return read_plan(Part(document, 1, document.blocks))


def _lines(text: str) -> list[Block]:
    return [Paragraph(Passage(line)) for line in text.split("\n")]


def test_tasks_with_headings_and_sections():
    plan, findings = _read(_lines(TASKS))
    assert [(t.number, t.path, t.sections) for t in plan.tasks] == [
        ("1", ["围绕中心抓公开", "公开民生信息"], ["办公室", "救助科"]),
        ("2", ["围绕中心抓公开", "公开民生信息"], ["各科室"]),
        ("1", ["围绕中心抓公开", "公开监管信息"], ["执法科", "办公室"]),
        ("一", ["夯实基础"], ["办公室"]),
    ]
    assert plan.tasks[1].text == "公开服务信息，便利群众查询。对查询意见及时答复。"
    assert "\n" in plan.tasks[1].raw
    assert not findings


def test_flattened_columns():
    plan, findings = _read(_lines(COLUMNS))
    assert [(c.number, c.names, c.parent, c.frequency, c.section) for c in plan.columns] == [
        (1, ["政策法规", "部门文件"], ["政策法规"], "及时更新", "各科室"),
        (2, ["规范文件"], None, "及时更新", "各科室"),
        (3, ["权力运行", "运行结果", "行政许可"], ["权力运行", "运行结果"], "季度更新", "执法科"),
        (4, ["公开年报"], None, "年度更新", "办公室"),
    ]
    assert [f.rule for f in findings] == ["PLAN-PARENT"]
    assert findings[0].actual == 2


def test_a_lost_row_is_a_finding():
    plan, findings = _read(_lines(COLUMNS.replace("3 权力运行 运行结果 行政许可 季度更新 执法科\n", "")))
    assert len(plan.columns) == 3
    assert "PLAN-ROW" in {f.rule for f in findings}


def test_rows_outside_of_a_table_of_columns_are_no_columns():
    plan, findings = _read(_lines("1 政策法规 部门文件 及时更新 各科室"))
    assert not plan.columns
    assert [f.rule for f in findings] == ["PLAN-EMPTY"]


def _grid(rows: list[list[str]]) -> Table:
    """A grid in which ^ repeats the cell above: a row span."""
    cells: list[list[Cell | None]] = []
    for row in rows:
        line: list[Cell | None] = []
        for c, text in enumerate(row):
            line.append(cells[-1][c] if text == "^" else Cell(Passage(text)))
        cells.append(line)
    return Table(cells)


def test_a_grid_with_spans_gives_parents():
    table = _grid(
        [
            ["序号", "一级栏目", "二级栏目", "更新频率", "责任科室"],
            ["1", "政策法规", "部门文件", "及时更新", "各科室"],
            ["2", "^", "规范文件", "每月更新", "^"],
            ["3", "公开年报", "", "年度更新", "办公室"],
            ["4", "", "公开指南", "年度更新", "办公室"],
        ]
    )
    plan, findings = _read([table])
    assert [(c.names, c.parent) for c in plan.columns] == [
        (["政策法规", "部门文件"], ["政策法规"]),
        (["政策法规", "规范文件"], ["政策法规"]),
        (["公开年报"], []),
        (["公开指南"], None),
    ]
    assert plan.columns[1].section == "各科室"
    assert plan.columns[1].locator["row"] == 2
    assert [f.rule for f in findings] == ["PLAN-PARENT"]


def test_a_grid_that_goes_on_after_a_page_break():
    first = _grid([["序号", "一级栏目", "更新频率", "责任科室"], ["1", "政策法规", "及时更新", "各科室"]])
    plan, _ = _read([first, Table(_grid([["2", "公开年报", "年度更新", "办公室"]]).rows)])
    assert [c.number for c in plan.columns] == [1, 2]


def test_tasks_in_a_grid():
    table = _grid(
        [
            ["序号", "类别", "工作任务", "牵头单位"],
            ["1", "主动公开", "公开救助信息，及时更新目录", "救助科、办公室"],
            ["2", "^", "公开服务信息，便利群众查询", "各科室"],
        ]
    )
    plan, findings = _read([table])
    assert [(t.number, t.path, t.sections) for t in plan.tasks] == [
        ("1", ["主动公开"], ["救助科", "办公室"]),
        ("2", ["主动公开"], ["各科室"]),
    ]
    assert not findings


def test_marks_of_lost_markup_stay_in_raw():
    plan, _ = _read(_lines(COLUMNS.replace("规范文件", "六?！?/td>")))
    assert plan.columns[1].raw == "2 六?！?/td> 及时更新 各科室"


def test_who_helps_is_a_section_and_the_signature_is_no_task():
    plan, _ = _read(
        _lines(
            """一、强化解读回应
（一）重要政策文件与解读同步发布。（牵头科室：办公室；配合科室：各科室）
二、夯实公开基础
（一）规范依申请公开办理，依法答复。
（二）加强政府信息管理，全年开展培训2次。
云岭市教育局
2024年4月10日"""
        )
    )
    assert [(t.text, t.sections) for t in plan.tasks] == [
        ("重要政策文件与解读同步发布。", ["办公室", "各科室"]),
        ("规范依申请公开办理，依法答复。", []),
        ("加强政府信息管理，全年开展培训2次。", []),
    ]
