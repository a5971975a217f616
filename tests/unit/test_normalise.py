"""Normalising: one normal form, places kept, nothing invented."""

import csv

import pytest
from hypothesis import given
from hypothesis import strategies as st

from etl import normalise
from etl.model import Cell, Document, Paragraph, Passage, Table, join_passages
from etl.registry import ROOT


@pytest.mark.parametrize(
    ("printed", "normal"),
    [
        ("發(fā)布機(jī)構(gòu)的報(bào)告", "发布机构的报告"),
        ("工作推進(jìn)(试行)", "工作推进（试行）"),
        ("二,、工作開展,,情況,。", "二、工作开展，情况。"),
        ("信息1878條,；點擊", "信息1878条；点击"),
        ("共计1,878条", "共计1,878条"),
        ("2023,2024两年", "2023，2024两年"),
        ("12:30发布:如下", "12:30发布：如下"),
        ("⻘⺠政⾥⾒", "青民政里见"),
        ("ＡＰＰ公开１２３条", "APP公开123条"),
        ("公开\u3000信息\u200b１条", "公开 信息1条"),
        ("行政覆議", "行政复议"),
        ("0 0 0", "0 0 0"),
        ("5．5万元", "5.5万元"),
        ("已开通（APP）", "已开通（APP）"),
    ],
)
def test_normal_form(printed, normal):
    assert normalise.text(printed) == normal


def test_toneless_notes_only_where_the_document_has_many():
    few = Document("a", "", "text", "", [Paragraph(Passage("单位(an)公开"))])
    assert normalise.document(few).blocks[0].text == "单位（an）公开"
    many = Document("a", "", "text", "", [Paragraph(Passage("文(wen)章(zhang)来(lai)自"))])
    assert normalise.document(many).blocks[0].text == "文章来自"


@pytest.mark.parametrize("name", ["乾县", "於潜镇", "濛江乡", "氾水镇", "藉口镇"])
def test_place_names_survive_in_simplified_text(name):
    assert normalise.text(f"{name}人民政府公开信息") == f"{name}人民政府公开信息"


def test_no_region_is_renamed_by_normalising():
    path = ROOT / "regions.csv"
    if not path.exists():
        pytest.skip("regions.csv is not there yet")
    with path.open(encoding="utf-8") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    changed = [n for n in names if normalise.text(n) != n and not any("\uf900" <= c <= "\ufaff" for c in n)]
    assert changed == []


def test_traditional_link_on_a_simplified_page_converts_nothing_else():
    doc = Document("a", "", "text", "", [Paragraph(Passage("繁體版")), Paragraph(Passage("乾县公开信息" * 40))])
    assert normalise.document(doc).blocks[1].text == "乾县公开信息" * 40


@pytest.mark.parametrize(
    ("printed", "label"),
    [
        ("一、本年新收政府信息公开申请数量", "本年新收政府信息公开申请数量"),
        ("（六）其他处理", "其他处理"),
        ("3 . 其他", "其他"),
        ("3.危及“三安全一稳定”", "危及三安全一稳定"),
        ("商业 企业", "商业企业"),
        ("第二十条第（一）项", "第二十条第（一）项"),
    ],
)
def test_label(printed, label):
    assert normalise.label(printed) == label


@pytest.mark.parametrize(
    ("printed", "value"),
    [
        ("1,878", 1878),
        ("1，136", 1136),
        ("1 136", 1136),
        ("26.8万", 268000),
        ("18万", 180000),
        ("减4", -4),
        ("-8", -8),
        ("增3", 3),
        ("十二", 12),
        ("二〇二三", 2023),
        ("三万五千", 35000),
        ("5949.088667", 5949.088667),
        ("0", 0),
        ("", None),
        ("251000元", None),
        ("1、2", None),
        ("/", None),
    ],
)
def test_numeral(printed, value):
    assert normalise.numeral(printed) == value


PRINTED = st.text(alphabet="公开信息發布機,，。;:()（）fābù 12０\u3000\n⻘見", max_size=60)


@given(PRINTED)
def test_normalising_twice_is_normalising_once(printed):
    once = normalise.text(printed)
    assert normalise.text(once) == once


@given(PRINTED)
def test_every_character_knows_where_it_was_printed(printed):
    source = Passage(printed, [0], [100])
    normal = normalise.passage(source)
    for i, char in enumerate(normal.text):
        start, end = normal.span(i, i + 1)
        assert 100 <= start < end <= 100 + len(printed)
        assert normalise.text(printed[start - 100 : end - 100]) in (char, "") or char == " " or normal.printed(i, i + 1)
    if normal.text:
        assert normal.printed() in printed


@given(PRINTED, st.data())
def test_a_slice_keeps_the_places(printed, data):
    normal = normalise.passage(Passage(printed))
    if not normal.text:
        return
    start = data.draw(st.integers(0, len(normal.text) - 1))
    end = data.draw(st.integers(start + 1, len(normal.text)))
    part = normal.slice(start, end)
    assert part.text == normal.text[start:end]
    assert part.span() == normal.span(start, end)


def test_join_keeps_the_places():
    joined = join_passages([Passage("公开", [0], [5]), Passage("信息", [0], [9])], " ")
    assert joined.text == "公开 信息"
    assert joined.span(0, 2) == (5, 7)
    assert joined.span(3, 5) == (9, 11)
    assert joined.span(2, 3) is None


def test_a_spanned_cell_stays_one_cell():
    cell = Cell(Passage("總計"), colspan=2)
    doc = Document("a", "", "html", "", [Table([[cell, cell, None]])])
    row = normalise.document(doc).blocks[0].rows[0]
    assert row[0] is row[1] and row[2] is None
    assert row[0].text == "总计" and row[0].raw == "總計"


def test_tight_removes_spaces_beside_ideographs_only():
    p = normalise.tight(normalise.passage(Passage("公开 信息 12 条，0 0")))
    assert p.text == "公开信息12条，0 0"
    assert p.printed(2, 4) == "信息"
