"""etl.split: several reports in one file, and above all one report that stays one."""

from __future__ import annotations

import pytest

from etl import normalise
from etl.model import Cell, Document, Paragraph, Passage, Table
from etl.split import split

ANNUAL = """一、总体情况
2020年，本机关认真落实条例，主动公开政府信息12条。
二、主动公开政府信息情况
|规章|0|0|0|
三、收到和处理政府信息公开申请情况
一、本年新收政府信息公开申请数量
二、上年结转政府信息公开申请数量
四、政府信息公开行政复议、行政诉讼情况
|0|0|0|
五、存在的主要问题及改进情况
公开形式较单一，下一步加强培训。
六、其他需要报告的事项
无。"""


def _summary(opening: str) -> str:
    return f"""{opening}
一、主要做法
（一）主动公开。及时公布各类信息，做到应公开尽公开。
（二）依申请公开。规范办理流程。
二、存在问题
解读形式单一。
三、下一步打算
继续做好政务公开工作。"""


OPENINGS = [
    "2022年，县水利局在县公开办的指导下，按照有关要求，扎实推进政务公开工作，取得了一定成效，现将工作总结如下：",
    "2022年，蚌埠市林业局紧紧围绕省、市各项要求，全面贯彻条例，不断提高政务公开水平。现将2022年政务公开工作报告如下：",
    "今年以来，淮北坚持以公开为常态，围绕重点领域信息公开等方面，推动政务公开质量和实效再上新台阶，全年公开信息若干。",
    "2022年以来，我局在市政务公开办的坚强领导下，统筹推进信息公开工作。现将我局2022年度政务公开工作总结如下：",
    "今年以来，界首市政府高度重视政务公开工作，工作水平进一步提升，现将2022年度我市政务公开工作总结如下：",
]


def _doc(text: str) -> Document:
    blocks: list[Paragraph | Table] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith("|"):
            row: list[Cell | None] = [Cell(Passage(c)) for c in line.strip("|").split("|")]
            if blocks and isinstance(blocks[-1], Table):
                blocks[-1].rows.append(row)
            else:
                blocks.append(Table([row]))
        else:
            blocks.append(Paragraph(Passage(line)))
    return normalise.document(Document("a.txt", "0", "text", text, list(blocks)))


def _firsts(text: str) -> list[str]:
    return [p.blocks[0].text[:12] for p in split(_doc(text)) if isinstance(p.blocks[0], Paragraph)]


def test_summaries_without_titles_glued_together():
    parts = split(_doc("\n".join(map(_summary, OPENINGS))))
    assert [p.part for p in parts] == [1, 2, 3, 4, 5]
    assert [p.blocks[0].text for p in parts if isinstance(p.blocks[0], Paragraph)] == [
        normalise.text(o) for o in OPENINGS
    ]


@pytest.mark.parametrize("start", range(len(OPENINGS)))
def test_order_does_not_matter(start):
    turned = OPENINGS[start:] + OPENINGS[:start]
    assert len(split(_doc("\n".join(map(_summary, turned))))) == len(OPENINGS)


def test_no_block_is_lost_or_given_twice():
    document = _doc("\n".join(map(_summary, OPENINGS)))
    parts = split(document)
    assert [id(b) for p in parts for b in p.blocks] == [id(b) for b in document.blocks]


def test_annual_reports_with_titles():
    names = ["阜南县司法局", "阜南县水利局", "阜南县林业局"]
    parts = split(_doc("\n".join(f"{n}2020年政府信息公开工作年度报告\n{ANNUAL}" for n in names)))
    assert [p.title[:6] for p in parts[1:]] == names[1:]
    assert len(parts) == 3


def test_two_years_of_one_agency():
    assert (
        len(split(_doc("\n".join(f"阜南县司法局{y}年政府信息公开工作年度报告\n{ANNUAL}" for y in (2019, 2020))))) == 2
    )


def test_the_name_line_goes_with_its_title():
    text = "\n".join(f"{n}\n2020年政府信息公开工作年度报告\n{ANNUAL}" for n in ("阜南县司法局", "阜南县水利局"))
    two = (
        f"阜南县司法局2020年政府信息公开工作年度报告\n{ANNUAL}\n阜南县水利局\n2021年政府信息公开工作年度报告\n{ANNUAL}"
    )
    assert _firsts(two) == ["阜南县司法局2020年政", "阜南县水利局"]
    assert _firsts(text) == ["阜南县司法局", "阜南县水利局"]


@pytest.mark.parametrize(
    "extra",
    [
        "",
        # the title once more: chrome, metadata, picture story
        "年报图解：阜南县司法局2020年政府信息公开工作年度报告",
        "阜南县司法局2020年政府信息公开工作年度报告",
        # links to other reports
        "相关链接\n阜南县水利局2020年政府信息公开工作年度报告\n阜南县司法局2019年政府信息公开工作年度报告\n阜南县司法局2018年政府信息公开工作年度报告",
        # numbering that begins anew inside one report
        "2020年，阜南县司法局还开展了政务公开自查，现将有关自查情况说明：\n一、自查情况\n良好。\n二、改进\n继续。",
        "附件：政府信息公开情况统计表\n一、主动公开情况\n|规章|0|\n二、依申请公开情况\n|申请|0|",
        "2020年，本机关在政务公开方面还做了下列工作，不断提高工作水平，促进了依法行政：\n一、开展培训\n二、加强宣传",
    ],
)
def test_one_report_stays_one(extra):
    text = f"首页 > 年报\n阜南县司法局2020年政府信息公开工作年度报告\n阜南县司法局2020年政府信息公开工作年度报告\n{ANNUAL}\n{extra}"
    assert len(split(_doc(text))) == 1


def test_one_summary_stays_one():
    for opening in OPENINGS:
        assert len(split(_doc(_summary(opening)))) == 1
        assert (
            len(split(_doc(_summary(opening) + "\n" + "2023年，我局将继续推进政务公开工作，不断提高公开水平和质量。")))
            == 1
        )


def test_lines_of_a_shop_of_documents_are_dropped():
    text = (
        "1\n" + _summary(OPENINGS[0]) + "\n微信扫一扫在手机阅读、分享本文\n版权声明\n作者原创,不允许二次传播\n联系客服"
    )
    (part,) = split(_doc(text))
    first, last = part.blocks[0], part.blocks[-1]
    assert isinstance(first, Paragraph) and first.text.startswith("2022年")
    assert isinstance(last, Paragraph) and last.text == "继续做好政务公开工作。"


def test_an_empty_document_gives_one_part():
    (part,) = split(Document("a.txt", "0", "text", "", []))
    assert part.blocks == []


def test_the_last_cell_of_a_table_is_no_page_number():
    text = "附表\n（二）举办各类培训班数\n次\n1\n（三）接受培训人员数\n人次\n45"
    assert [b.text for b in split(_doc(text))[0].blocks][-1] == "45"
    assert [b.text for b in split(_doc("一、概述\n本机关做好公开工作。\n12"))[0].blocks][-1] == "本机关做好公开工作。"


def _workbook(*sheets: list[str]) -> Document:
    """A workbook: one table for each sheet, one cell in each row."""
    blocks = [Table([[Cell(Passage(text))] for text in rows], caption=f"Sheet{n}") for n, rows in enumerate(sheets)]
    return normalise.document(Document("a.xlsx", "0", "xlsx", "", list(blocks), {}))


@pytest.mark.parametrize(
    ("first", "second", "parts"),
    [
        ("阜南县水利局2022年政府信息公开工作年度报告", "颍上县水利局2022年政府信息公开工作年度报告", [2, 1]),
        ("阜南县水利局2022年政府信息公开工作年度报告", "阜南县水利局2021年政府信息公开工作年度报告", [2, 1]),
        ("填报单位：阜南县水利局", "填报单位（盖章）：颍上县水利局", [2, 1]),
        ("阜南县水利局2022年政府信息公开工作年度报告", "阜南县水利局2022年政府信息公开工作年度报告", [3]),
        ("阜南县水利局2022年政府信息公开工作年度报告", "表三 收到和处理政府信息公开申请情况", [3]),
        ("目录", "阜南县水利局2022年政府信息公开工作年度报告", [3]),
    ],
)
def test_sheets_of_a_workbook_that_name_another_agency_or_year(first, second, parts):
    book = _workbook([first, "规章"], ["续表", "行政许可"], [second, "规章"])
    assert [len(part.blocks) for part in split(book)] == parts
