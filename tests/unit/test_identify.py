"""etl.identify, etl.head, etl.agency: who, where, when, what, on invented reports."""

from __future__ import annotations

import pytest

from etl import normalise
from etl.agency import abbreviates, read_body
from etl.head import read_title, year_of
from etl.identify import identify
from etl.model import Cell, Document, Identity, Paragraph, Part, Passage, Table
from etl.split import split
from etl.when import read_date
from etl.who import read_subject

BODY = """一、总体情况
本机关认真落实条例，主动公开政府信息12条。
二、主动公开政府信息情况
|规章|0|0|0|
三、收到和处理政府信息公开申请情况
|本年新收|0|0|0|
四、政府信息公开行政复议、行政诉讼情况
|0|0|0|
五、存在的主要问题及改进情况
公开形式较单一，下一步加强培训。
六、其他需要报告的事项
无。"""


def _part(text: str, meta: dict[str, str] | None = None, path: str = "a.html") -> Part:
    """A document of one paragraph per line; lines that begin with a bar are rows of a table."""
    blocks: list[Paragraph | Table] = []
    for line in filter(None, map(str.strip, text.split("\n"))):
        if line.startswith("|"):
            row: list[Cell | None] = [Cell(Passage(c.strip())) for c in line.strip("|").split("|")]
            if blocks and isinstance(blocks[-1], Table):
                blocks[-1].rows.append(row)
            else:
                blocks.append(Table([row]))
        else:
            blocks.append(Paragraph(Passage(line)))
    document = normalise.document(Document(path, "0", "html", text, list(blocks), meta or {}))
    parts = split(document)
    assert len(parts) == 1
    return parts[0]


def _who(text: str, meta: dict[str, str] | None = None, path: str = "a.html") -> Identity:
    return identify(_part(text, meta, path))


def _rules(who: Identity) -> set[str]:
    return {f.rule for f in who.findings}


@pytest.mark.parametrize(
    ("title", "kind", "year", "agency"),
    [
        ("阜南县水利局2023年政府信息公开工作年度报告", "annual_report", 2023, "阜南县水利局"),
        ("2023年阜南县水利局政府信息公开工作年度报告", "annual_report", 2023, "阜南县水利局"),
        ("阜南县水利局政府信息公开工作2023年度报告", "annual_report", 2023, "阜南县水利局"),
        ("关于阜南县水利局2020年政府信息公开工作情况的报告", "annual_report", 2020, "阜南县水利局"),
        ("阜南县人民政府办公室关于2019年度政府信息公开工作的年度报告", "annual_report", 2019, "阜南县人民政府办公室"),
        ("2018年政府信息公开年报", "annual_report", 2018, None),
        ("阜南县水利局二〇一二年政府信息公开年度报告", "annual_report", 2012, "阜南县水利局"),
        ("政府信息公开工作年度报告（2020年）", "annual_report", 2020, None),
        ("2022年度政府信息公开工作年度报告（阜南县水利局）", "annual_report", 2022, "阜南县水利局"),
        ("阜南县 2023 年政府信息公开工作年度报告", "annual_report", 2023, "阜南县"),
        ("阜南县水利局2023年政府信息公开年度报告_阜南县人民政府网", "annual_report", 2023, "阜南县水利局"),
        ("县水利局2022年政务公开工作总结", "work_summary", 2022, "县水利局"),
        ("阜南县水利局2022年上半年政务公开工作总结", "work_summary", 2022, "阜南县水利局"),
        ("阜南县水利局2022年政务公开工作总结及2023年工作计划", "work_summary", 2022, "阜南县水利局"),
        ("阜南县水利局2022年政府信息公开工作年度报告暨2023年工作打算", "annual_report", 2022, "阜南县水利局"),
        ("阜南县水利局2022年政务公开自查报告", "work_summary", 2022, "阜南县水利局"),
        ("阜南县水利局2022年政务公开工作情况报告", "work_summary", 2022, "阜南县水利局"),
        ("阜南县水利局2024年政务公开工作要点", "work_plan", 2024, "阜南县水利局"),
        ("关于印发阜南县水利局2024年政务公开工作要点的通知", "work_plan", 2024, "阜南县水利局"),
        ("阜南县水利局2023年部门预算", "other", 2023, None),
        ("2022年度阜南县水利局“三公”经费决算情况", "other", 2022, None),
        ("关于报送2023年政府信息公开工作年度报告的通知", "other", 2023, None),
        ("政府信息公开工作年度报告格式模板", "other", None, None),
        ("一图读懂阜南县2023年政府信息公开年报", "other", 2023, None),
        ("阜南县水利局政府信息公开指南", "other", None, "阜南县水利局"),
        ("阜南县水利局政府信息主动公开基本目录", "other", None, "阜南县水利局"),
        ("阜南县2021年法治政府建设年度报告", "other", 2021, None),
        ("阜南县水利局信息公开工作年度报告制度（试行）", "other", None, "阜南县水利局"),
        ("阜南县发布2016年政府信息公开工作年度报告", "other", 2016, None),
    ],
)
def test_titles(title, kind, year, agency):
    read = read_title(normalise.text(title))
    assert read is not None
    assert (read.kind, read.year, read.agency) == (kind, year, agency)


@pytest.mark.parametrize(
    "text",
    [
        "依据《中华人民共和国政府信息公开条例》第五十条规定，编制本报告",
        "现将我局2020年政府信息公开工作报告如下",
        "总体情况",
        "某某地召开会议",
        "首页",
        "2023年，我局认真做好各项工作。",
    ],
)
def test_no_title(text):
    assert read_title(text) is None


@pytest.mark.parametrize(
    ("printed", "full", "form"),
    [
        ("阜南县", "阜南县人民政府", "government"),
        ("阜南县政府", "阜南县人民政府", "government"),
        ("阜南县政府办", "阜南县人民政府办公室", "office"),
        ("马尚街道", "马尚街道办事处", "street"),
        ("马尚街道办", "马尚街道办事处", "street"),
        ("颍上县慎城镇", "颍上县慎城镇人民政府", "government"),
        ("阜南县天河乡", "阜南县天河乡人民政府", "government"),
        ("平潭综合实验区", "平潭综合实验区管理委员会", "zone"),
        ("平潭综合实验区管委会", "平潭综合实验区管理委员会", "zone"),
        ("平潭综合实验区财政金融局", "平潭综合实验区财政金融局", "department"),
        ("蚌埠高新区管委会", "蚌埠高新区管理委员会", "zone"),
        ("蚌埠市经济开发区", "蚌埠市经济开发区管理委员会", "zone"),
        ("国家税务总局蚌埠市税务局", "国家税务总局蚌埠市税务局", "department"),
        ("蚌埠", "蚌埠市人民政府", "government"),
        ("县水利局", "县水利局", "department"),
        ("市场监督管理局", "市场监督管理局", "department"),
    ],
)
def test_names_of_bodies(printed, full, form):
    body = read_body(printed)
    assert body is not None
    assert (body.full, body.form) == (full, form)


@pytest.mark.parametrize("text", ["阜南县召开会议", "本站", "公安交警", "我县", "2023年", "政务公开", "和谐"])
def test_no_body(text):
    assert read_body(text) is None


def test_a_name_that_begins_like_a_level_word_is_not_relative():
    market, bureau = read_body("市场监督管理局"), read_body("市水利局")
    assert market is not None and market.relative == ""
    assert bureau is not None and bureau.relative == "市"


@pytest.mark.parametrize(
    ("short", "long", "right"),
    [
        ("应急局", "应急管理局", True),
        ("重点处", "重点工程建设管理处", True),
        ("发改委", "发展和改革委员会", True),
        ("应急局", "教育局", False),
        ("统计局", "审计局", False),
        ("应急局", "应急管理处", False),
    ],
)
def test_abbreviations(short, long, right):
    assert abbreviates(short, long) is right


@pytest.mark.parametrize(
    ("sentence", "name"),
    [
        ("2022年，在省水利厅和县公开办的指导下，县水利局贯彻落实要求。", "县水利局"),
        ("2022年，县水利局在县公开办的指导下，做好工作。", "县水利局"),
        ("今年以来，阜南县政府高度重视政务公开工作。", "阜南县政府"),
        ("今年以来，蚌埠坚持以公开为常态，推动政务公开。", "蚌埠"),
        ("2022年以来，我局在县公开办的坚强领导下，做好工作。", "我局"),
        ("2022年，蚌埠市水利局紧紧围绕重点，公开信息。", "蚌埠市水利局"),
        ("2022年，县发展和改革委员会认真贯彻要求。", "县发展和改革委员会"),
    ],
)
def test_who_acts_in_the_opening(sentence, name):
    body = read_subject(sentence, 2022)
    assert body is not None and body.printed == name


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("2024-01-17 08:56", "2024-01-17"),
        ("2024年1月7日", "2024-01-07"),
        ("2024/1/17", "2024-01-17"),
        ("20240117", "2024-01-17"),
        ("2024-13-40", None),
        ("1878", None),
    ],
)
def test_dates(text, date):
    assert read_date(text) == date


def test_years_in_chinese_numerals():
    assert [year_of(t) for t in ("二〇二三年度", "二○一九年", "2020年", "第12号")] == [2023, 2019, 2020, None]


def test_agency_from_the_signature_when_the_title_has_none():
    who = _who(f"2018年政府信息公开年报\n发布机构：即墨区人民政府\n{BODY}\n即墨区水利局\n2019年1月30日")
    assert (who.agency, who.year, who.county, who.published_on) == ("即墨区水利局", 2018, "即墨区", "2019-01-30")
    assert "MD-PUBLISHED" in _rules(who)


def test_the_portal_does_not_win_over_the_title():
    who = _who(f"泗洪县水利局2020年政府信息公开工作年度报告\n发布机构：泗洪县人民政府 发布日期：2021-01-20\n{BODY}")
    assert (who.agency, who.published_on) == ("泗洪县水利局", "2021-01-20")
    assert not who.findings


def test_two_bureaus_are_a_conflict():
    who = _who(f"阜南县财政局2021年政府信息公开工作年度报告\n发布机构：阜南县水利局\n{BODY}")
    assert who.agency == "阜南县财政局"
    assert any(f.rule == "MD-AGENCY" and "水利局" in f.message for f in who.findings)


def test_an_abbreviation_is_written_out_from_the_metadata():
    who = _who(f"县发改委2021年政府信息公开工作年度报告\n发布机构：阜南县发展和改革委员会\n{BODY}")
    assert (who.agency, who.stated_as, who.system) == ("阜南县发展和改革委员会", "县发改委", "发展改革")


def test_an_abbreviation_is_written_out_from_the_body():
    text = "2022年，市农机处做好政务公开，现将政务公开工作总结如下：\n一、做法\n制定《阜阳市农机推广管理处制度》。\n二、打算\n继续公开。"
    who = _who(text)
    assert (who.agency, who.stated_as, who.city) == ("阜阳市农机推广管理处", "市农机处", "阜阳市")


def test_a_bare_name_stays_without_city():
    who = _who(f"市水利局2021年政府信息公开工作年度报告\n{BODY}")
    assert (who.agency, who.province, who.city, who.adcode) == ("市水利局", None, None, None)
    assert "MD-REGION" in _rules(who)


def test_a_bare_name_takes_the_one_province_named():
    who = _who(f"市水利局2021年政府信息公开工作年度报告\n按照《安徽省政务公开要点》编制。\n{BODY}")
    assert (who.agency, who.province, who.city, who.adcode) == ("市水利局", "安徽省", None, None)


def test_nothing_is_borrowed_from_siblings():
    one = _part(f"市水利局2021年政府信息公开工作年度报告\n{BODY}")
    other = _part(f"安徽省水利厅2021年政府信息公开工作年度报告\n{BODY}")
    assert identify(one, [one, other]).province is None


def test_the_site_tells_where_a_bare_name_lies():
    who = _who(f"阜南县人民政府\n县水利局2021年政府信息公开工作年度报告\n{BODY}")
    assert (who.agency, who.county) == ("阜南县水利局", "阜南县")


@pytest.mark.parametrize(
    ("around", "city"),
    [
        ("", None),
        ("如有疑问，请与鼓楼区水利局联系（地址：福州市鼓楼区某路1号）。", "福州市"),
        ("主办单位：徐州市鼓楼区人民政府", "徐州市"),
    ],
)
def test_namesakes_by_what_stands_around(around, city):
    who = _who(f"鼓楼区水利局2021年政府信息公开工作年度报告\n{around}\n{BODY}")
    assert who.city == city
    assert ("MD-REGION" in _rules(who)) is (city is None)


@pytest.mark.parametrize(
    ("name", "place", "level"),
    [
        ("安徽省水利厅", ("安徽省", None, None, None), "province"),
        ("安徽省", ("安徽省", None, None, None), "province"),
        ("蚌埠市水利局", ("安徽省", "蚌埠市", None, None), "city"),
        ("蚌埠财政局", ("安徽省", "蚌埠市", None, None), "city"),
        ("北京市朝阳区城市管理委员会", ("北京市", "北京市", "朝阳区", None), "county"),
        ("张店区马尚街道办事处", ("山东省", "淄博市", "张店区", "马尚街道"), "township"),
        ("阜南县天河乡", ("安徽省", "阜阳市", "阜南县", "天河乡"), "township"),
        ("平潭综合实验区", ("福建省", None, None, None), "city"),
        ("蚌埠市经济开发区", ("安徽省", "蚌埠市", None, None), "county"),
        ("阜阳市生态环境局阜南县分局", ("安徽省", "阜阳市", "阜南县", None), "county"),
    ],
)
def test_place_and_level(name, place, level):
    who = _who(f"{name}2021年政府信息公开工作年度报告\n{BODY}")
    assert (who.province, who.city, who.county, who.township) == place
    assert who.level == level


def test_the_fictional_province_is_marked():
    who = _who(f"霁川省澄泽市水利局2021年政府信息公开工作年度报告\n{BODY}")
    if who.province is None:
        pytest.skip("no fictional province yet")
    assert who.fictional and who.adcode is not None and who.adcode.startswith("99")


def test_another_place_left_in_is_a_finding():
    who = _who(f"张店区水利局2021年政府信息公开工作年度报告\n如有疑问，请与临淄区水利局联系。\n{BODY}")
    assert who.agency == "张店区水利局"
    assert any("临淄区水利局" in f.message for f in who.findings)


def test_the_superior_body_does_not_win():
    who = _who(f"阜南县水利局2021年政府信息公开工作年度报告\n在阜阳市水利局和安徽省水利厅指导下编制。\n{BODY}")
    assert who.agency == "阜南县水利局"
    assert not [f for f in who.findings if "抄录" in f.message]


@pytest.mark.parametrize(
    ("head", "year", "rules"),
    [
        ("阜南县水利局2021年政府信息公开工作年度报告", 2021, set()),
        ("阜南县水利局政府信息公开工作年度报告\n所列数据的统计期限自2019年1月1日起至2019年12月31日止。", 2019, set()),
        ("阜南县水利局政府信息公开工作年度报告\n发布日期：2022年1月20日", 2021, {"MD-YEAR"}),
        (
            "阜南县水利局2021年政府信息公开工作年度报告\n所列数据的统计期限自2020年1月1日起至2020年12月31日止。",
            2021,
            {"MD-YEAR"},
        ),
        (  # last year's title over this year's report: period and publication agree
            "阜南县水利局2020年政府信息公开工作年度报告\n发布日期：2022-01-20\n"
            "所列数据的统计期限自2021年1月1日起至2021年12月31日止。",
            2021,
            {"MD-YEAR"},
        ),
        ("阜南县水利局政府信息公开工作年度报告", None, {"MD-YEAR"}),
    ],
)
def test_year(head, year, rules):
    who = _who(f"{head}\n{BODY}")
    assert who.year == year
    assert _rules(who) == rules
    assert who.period == (None if year is None else (f"{year}-01-01", f"{year}-12-31"))


@pytest.mark.parametrize(
    ("title", "cue", "end"),
    [
        ("阜南县水利局2022年政务公开工作总结", "（数据统计期限为2022年1月1日至12月19日。）", "12-19"),
        ("阜南县水利局2022年政务公开工作总结", "截止到2022年12月12日发布信息共704条。", "12-12"),
        ("阜南县水利局2022年政务公开工作总结", "截至目前发布信息704条。", "12-31"),
        ("阜南县水利局2022年上半年政务公开工作总结", "", "06-30"),
    ],
)
def test_period_of_a_summary(title, cue, end):
    who = _who(f"{title}\n2022年，县水利局认真做好政务公开工作。{cue}\n一、做法\n公开及时。\n二、下一步打算\n继续。")
    assert (who.kind, who.period) == ("work_summary", ("2022-01-01", f"2022-{end}"))


def test_label_value_table():
    who = _who(
        "|索引号：|003300/2022-00012|发布机构：|阜南县水利局|\n|发文日期：|2022-01-19|文号：|无|\n"
        f"|名称：|阜南县水利局2021年政府信息公开工作年度报告|\n{BODY}"
    )
    assert (who.index_number, who.published_on, who.agency) == ("003300/2022-00012", "2022-01-19", "阜南县水利局")


def test_several_labels_in_one_line_and_an_empty_one():
    who = _who(
        "索引号：11341700/202406-00023 组配分类：工作 发布机构：阜南县水利局 文号： 发布日期：2022-06-14\n"
        f"阜南县水利局2021年政府信息公开工作年度报告\n{BODY}"
    )
    assert (who.index_number, who.published_on) == ("11341700/202406-00023", "2022-06-14")


def test_meta_and_file_name_are_last():
    meta = _who(f"2021年政府信息公开工作年度报告\n{BODY}", {"发布机构": "阜南县水利局", "PubDate": "2022-01-20 10:00"})
    assert (meta.agency, meta.published_on) == ("阜南县水利局", "2022-01-20")
    named = _who(f"2021年政府信息公开工作年度报告\n{BODY}", path="x/颍上县水利局2021年政府信息公开工作年度报告.docx")
    assert named.agency == "颍上县水利局"


def test_the_crawl_date_is_no_publication_date():
    who = _who(f"阜南县水利局2021年政府信息公开工作年度报告\n采集时间：2025-12-30\n{BODY}")
    assert who.published_on is None


@pytest.mark.parametrize(
    ("line", "county"),
    [
        ("如有疑问请与本局联系（地址：上海市徐汇区某路3号；邮编：200030）。", "徐汇区"),
        ("联系地址：某路3号。", None),
    ],
)
def test_the_address_of_the_office_tells_where_a_bare_name_lies(line, county):
    assert _who(f"区水利局2021年政府信息公开工作年度报告\n{line}\n{BODY}").county == county


def test_a_technical_publisher_says_nothing():
    who = _who(f"2021年政府信息公开工作年度报告\n来源：信息中心\n{BODY}\n阜南县水利局\n2022年1月20日")
    assert who.agency == "阜南县水利局"
    assert "MD-AGENCY" not in _rules(who)


def test_a_news_item_is_no_summary():
    text = "2022年，阜南县水利局推进政务公开。一、加强政务公开。二、深化政务公开。三、优化政务公开。"
    assert _who(text, {"标题": "阜南县水利局扎实推进政务公开工作"}).kind == "other"


def test_the_agency_on_lines_of_its_own():
    who = _who(f"阜南县\n应急管理局\n2021年度政府信息公开工作年度报告\n{BODY}")
    assert (who.agency, who.year) == ("阜南县应急管理局", 2021)


def test_one_line_holds_everything():
    body = BODY.replace("\n", " ").replace("|", " ")
    who = _who(
        f"当前位置： 首页政务公开年报 阜南县水利局2014年度政府信息公开工作年度报告 来源：阜南县人民政府 时间：2015-01-02 00:00 微信 {body}"
    )
    assert (who.kind, who.agency, who.year, who.published_on) == ("annual_report", "阜南县水利局", 2014, "2015-01-02")


@pytest.mark.parametrize(
    ("text", "scope"),
    [
        ("本报告汇总了全县各部门、各乡镇数据。", "government_aggregate"),
        ("本报告由县政府各部门、各乡镇的数据汇总而成。", "government_aggregate"),
        ("2021年，全县共主动公开政府信息12条。", "government_aggregate"),
        ("2021年，县本级主动公开政府信息12条。", "own_agency"),
        ("", "unknown"),
    ],
)
def test_scope_of_a_government(text, scope):
    body = BODY.replace("本机关", "县政府")
    assert _who(f"阜南县2021年政府信息公开工作年度报告\n{text}\n{body}").scope == scope


def test_scope_of_a_bureau_is_its_own():
    assert _who(f"阜南县水利局2021年政府信息公开工作年度报告\n{BODY}").scope == "own_agency"


@pytest.mark.parametrize(
    "text",
    [
        "阜南县水利局2021年部门预算\n首页 > 政府信息公开年报\n一、部门概况\n二、收支情况",
        "关于做好2021年政府信息公开工作年度报告编制工作的通知\n一、编制内容\n二、时间要求",
        "阜南县水利局政府信息公开指南\n一、公开范围\n二、依申请公开",
        f"XX局20XX年政府信息公开工作年度报告\n{BODY}",
        "一图读懂阜南县2021年政府信息公开年报\n公开数",
        "阜南县2021年国民经济和社会发展统计公报\n一、综合",
        "\n".join(
            f"阜南县{n}局2021年政府信息公开工作年度报告 2022-01-20" for n in ("水利", "教育", "财政", "审计", "司法")
        ),
        "今天天气很好。",
    ],
)
def test_what_is_no_report_has_a_reason(text):
    who = _who(text)
    assert who.kind == "other"
    assert who.reason
    assert who.period is None and not who.findings


def test_a_notice_that_publishes_the_report_is_the_report():
    who = _who(f"关于发布阜南县水利局2021年政府信息公开工作年度报告的公告\n{BODY}")
    assert (who.kind, who.agency, who.year) == ("annual_report", "阜南县水利局", 2021)


def test_blank_form_of_the_notice():
    who = _who(
        "总体情况\n一、总体情况\n（文字描述）\n二、主动公开政府信息情况\n|规章||||\n三、收到和处理政府信息公开申请情况\n|本年新收||||\n"
    )
    assert who.kind == "other"


def test_an_office_that_publishes_for_its_government():
    body = BODY.replace("本机关", "我县")
    who = _who(f"2021年政府信息公开工作年度报告\n发布机构：阜南县人民政府办公室\n{body}\n我县将继续努力。")
    assert who.agency == "阜南县人民政府"


def test_same_text_same_identity():
    text = f"鼓楼区水利局2021年政府信息公开工作年度报告\n地址：福州市\n{BODY}"
    assert _who(text) == _who(text)


def test_hostile_text_ends_soon():
    for text in ("市" * 20000, "政府信息公开" * 4000, "：" * 20000, "2021年" * 8000, "（" * 9000, "一、" * 9000):
        _who(text)


OPENING = "一、总体情况\n（一）主动公开。政府信息公开工作有序，全年主动公开政府信息12条。\n（二）依申请公开。未收到政府信息公开申请。\n（三）政府信息管理。从严审核。"


@pytest.mark.parametrize(
    ("opening", "agency"),
    [
        ("根据《条例》要求，现公布《阜南县人民政府2022年政府信息公开工作年度报告》。", "阜南县人民政府"),
        ("阜南县水利局2022年政府信息公开工作年度报告（以下简称年报）是根据《条例》编制。", "阜南县水利局"),
        ("根据《条例》要求，由阜南县水利局围绕2022年度政府信息公开工作情况编制而成。", "阜南县水利局"),
        ("根据《条例》，阜南县水利局编制了2022年政府信息公开年度报告。", "阜南县水利局"),
        (
            "为认真做好阜南县水利局政府信息公开工作，我局按照《条例》要求，现公布2022年度政府信息公开工作年度报告。",
            "阜南县水利局",
        ),
        ("阜南县水利局\n现公布县政府水利局2022年政府信息公开工作年度报告。", "阜南县水利局"),
        ("统计期限为2022年1月1日至12月31日。如有疑问，请与阜南县水利局办公室联系。", "阜南县水利局"),
    ],
)
def test_a_report_without_a_title_of_its_own(opening, agency):
    who = _who(opening + "\n" + OPENING)
    assert (who.kind, who.agency, who.county) == ("annual_report", agency, "阜南县")


def test_the_government_that_announces_its_report_is_not_its_office():
    """Metadata name the office that published it; the opening announces the government's own report."""
    text = "发布机构：阜南县政府办 发布日期：2023-01-17\n根据《条例》规定，现公布阜南县人民政府2022年政府信息公开工作年度报告。\n"
    assert _who(text + OPENING).agency == "阜南县人民政府"
    text = "根据《条例》要求，阜南县人民政府根据全县2022年度政府信息公开工作开展情况，编制本报告。\n"
    assert _who(text + OPENING + "\n2022年，阜南县人民政府网站发布政府信息共176条。").agency == "阜南县人民政府"


def test_an_introduction_inside_the_first_chapter():
    text = "一、总体情况 特向社会公布2022年阜南县水利局政府信息公开工作年度报告。如有疑问，请与阜南县水利局办公室联系。"
    assert (
        _who(
            text + " 二、主动公开政府信息情况 三、收到和处理政府信息公开申请情况 四、政府信息公开行政复议、行政诉讼情况"
        ).agency
        == "阜南县水利局"
    )


def test_the_prescribed_parts_of_the_first_chapter_make_an_annual_report():
    assert _who(OPENING).kind == "annual_report"
    assert _who("一、总体情况\n全镇举办政务公开活动。\n二、政务公开下一步打算\n加强培训。").kind != "annual_report"


@pytest.mark.parametrize(
    "line",
    [
        "2023-01-17",
        "• 2023-01-17",
        "2023年01月17日来源：1",
        "2023-01-17 09:18 浏览次数：7",
        "来源：水利局 2023-01-17 09:18",
    ],
)
def test_a_date_below_the_title_is_the_day_of_publication(line):
    assert _who(f"阜南县水利局2022年政府信息公开工作年度报告\n{line}\n{BODY}").published_on == "2023-01-17"


def test_a_date_above_the_title_or_in_prose_is_none():
    assert _who(f"2025-09-08\n阜南县水利局2022年政府信息公开工作年度报告\n{BODY}").published_on is None
    assert _who(f"阜南县水利局2022年政府信息公开工作年度报告\n2023年1月17日召开会议。\n{BODY}").published_on is None


@pytest.mark.parametrize(
    ("printed", "form", "adcode"),
    [
        ("恩施州教育局", "department", "422800"),
        ("甘孜州人民政府", "government", "513300"),
        ("科左后旗卫生健康委员会", "department", "150522"),
        ("喀什地区行政公署", "government", "653100"),
    ],
)
def test_short_names_of_autonomous_places(printed, form, adcode):
    body = read_body(printed, 2022)
    assert body is not None and body.address is not None
    assert (body.form, {r.adcode for r in body.address.candidates}) == (form, {adcode})


@pytest.mark.parametrize("text", ["全市通过政府网站", "为认真做好水利局", "通过微信公众号中心", "各镇街道办事处"])
def test_pieces_of_sentences_are_no_names(text):
    assert read_body(text) is None


def test_a_value_below_its_label_behind_a_bullet():
    text = f"• 索引号：\n• 0010080/2021-184383\n阜南县水利局2020年政府信息公开工作年度报告\n{BODY}"
    assert _who(text).index_number == "0010080/2021-184383"


@pytest.mark.parametrize(
    "head",
    [
        "索引号 | 公开方式 | 发布机构 | 发布日期\n1130/2024-007 | 主动公开 | 阜南县水利局 | 2024-01-18",
        "|索引号|公开方式|发布机构|发布日期|\n|1130/2024-007|主动公开|阜南县水利局|2024-01-18|",
        "- 索引号\n- 1130/2024-007\n- 发布机构\n- 阜南县水利局\n- 发布日期\n- 2024-01-18",
        "- 索引号1130/2024-007\n- 发布机构阜南县水利局\n- 文号\n- 发布日期2024-01-18",
    ],
)
def test_labels_above_or_glued_to_their_values(head):
    who = _who(head + "\n2023年政府信息公开工作年度报告\n" + BODY)
    assert (who.index_number, who.agency, who.published_on) == ("1130/2024-007", "阜南县水利局", "2024-01-18")


@pytest.mark.parametrize(
    "head",
    [
        "阜南县水利局2023年政府信息公开工作年度报告\n阜南县水利局\n2024.01.18",
        "阜南县水利局2023年政府信息公开工作年度报告 2024-01-18",
        "阜南县水利局2023年政府信息公开工作年度报告\n发表时间:2024-01-18 09:30来源:本站",
    ],
)
def test_dates_beside_and_below_the_title(head):
    assert _who(head + "\n" + BODY).published_on == "2024-01-18"


def test_the_body_that_acts_in_the_sentences():
    text = BODY.replace("本机关认真落实条例", "（一）主动公开情况。2023年，阜南县水利局在县政府网站上公开信息")
    assert _who("政府信息公开工作年度报告\n" + text).agency == "阜南县水利局"
    two = text.replace("六、其他", "2023年，颍上县水利局公开信息3条。\n六、其他")
    assert _who("政府信息公开工作年度报告\n" + two).agency is None


def test_an_institution_below_a_title_without_a_name():
    who = _who("2023年度信息公开工作年度报告\n安徽云岭大学\n（2023年10月30日）\n" + BODY)
    assert (who.agency, who.year) == ("安徽云岭大学", 2023)


def test_a_summary_announced_for_this_year_and_parts_without_numbers():
    summary = "2023年，我局紧密结合水利工作。现结合我局实际，就我局本年度政府信息公开工作总结如下：\n一、主动公开\n公开信息3条。"
    assert _who(summary).kind == "work_summary"
    parts = "一、总体情况\n2023年，我局认真落实政府信息公开条例。\n主动公开方面：公开信息3条。\n依申请公开方面：未收到申请。\n"
    assert _who(parts).kind == "annual_report"


def test_rules_on_reports_are_no_report():
    rules = "第一条 各科室应当于每年12月底前将政府信息公开工作年度报告报办公室。\n第二条 报告的内容：\n（一）主动公开政府信息的情况\n"
    assert _who(rules).kind == "other"


def test_links_above_a_report_are_no_title():
    text = "相关解读：\n相关文件：\n本报告所列统计数据的期限自2023年1月1日起，至2023年12月31日止。\n" + BODY
    assert _who(text).kind == "annual_report"


def test_names_before_a_bracket_and_below_a_date():
    text = "现公布阜南县水利局（以下简称县水利局）2023年政府信息公开工作年度报告。\n" + BODY
    assert _who(text).agency == "阜南县水利局"
    dated = "阜南县水利局2023年政府信息公开工作年度报告\n2024-01-25 14:48 阜南县人民政府办公室\n" + BODY
    assert _who(dated).published_on == "2024-01-25"


def test_the_report_is_not_who_acts():
    text = "本年度报告根据政府信息公开条例要求编制。\n一、总体情况\n2023年，阜南县水利局依法履行公开职责，进一步提升政府信息公开质量。\n"
    assert _who(text + BODY.replace("一、总体情况\n", "")).agency == "阜南县水利局"


def test_a_site_s_name_before_the_title_is_no_agency():
    text = "阜南县人民政府门户网站 阜南县水利局 阜南县水利局2023年政府信息公开工作年度报告\n阜南县水利局2023年政府信息公开工作年度报告\n"
    assert _who(text + BODY).agency == "阜南县水利局"


@pytest.mark.parametrize(
    "opening",
    [
        "现发布《阜南县水利局2023年政府信息公开工作年度报告》，本报告统计数据从2023年1月1日至12月31日。",
        "特公布2023年阜南县水利局信息公开工作年度报告。",
        "编写阜南县水利局2023年度政府信息公开工作年度报告。",
    ],
)
def test_the_agency_that_the_opening_announces(opening):
    who = _who(opening + "\n" + BODY)
    assert (who.kind, who.agency, who.year) == ("annual_report", "阜南县水利局", 2023)


@pytest.mark.parametrize(
    ("text", "agency"),
    [
        # the office for disclosure compiles for the body before it
        ("本报告由阜南县人民政府信息公开工作领导小组办公室编制，统计期限自2023年1月1日起。\n" + BODY, "阜南县人民政府"),
        # a sentence on planning meets the contact's pattern first
        (
            "2023年政府信息公开工作年度报告\n结合工作职责与工作实际，编制本报告。如有疑问，请与阜南县审计局联系。\n"
            + BODY,
            "阜南县审计局",
        ),
        # a title that leaves the place to the opening
        (
            "审计局2023年政府信息公开工作年度报告\n现将阜南县审计局政府信息公开工作情况报告如下：\n" + BODY,
            "阜南县审计局",
        ),
    ],
)
def test_whose_report_the_opening_says(text, agency):
    assert _who(text).agency == agency


@pytest.mark.parametrize(
    "sentence",
    [
        "2023年，我局按照《某某市2023年政务公开工作要点》等文件，积极落实各项部署。",
        "2023年县审计局落实政务公开工作要求，不断加强政策解读、回应关切，工作取得实效。",
        "1、报告依据：《中华人民共和国政府信息公开条例》。",
    ],
)
def test_a_sentence_is_no_title(sentence):
    assert read_title(sentence) is None
    assert _who(sentence + "\n" + BODY).kind == "annual_report"


def test_rules_that_list_the_chapters_of_a_report_are_no_report():
    chapters = "\n".join(line for line in BODY.split("\n") if line[1:2] == "、")
    articles = "\n".join(f"第{n}条 政府信息公开工作由各部门按本制度负责。" for n in "一二三四五")
    assert _who(articles + "\n" + chapters).kind == "other"


def test_a_period_left_from_last_year_gives_way_to_the_year_that_the_report_speaks_of():
    opening = "阜南县水利局编制了2023年政府信息公开年度报告。数据的统计期限自2022年1月1日起至2022年12月31日止。\n"
    body = BODY.replace("本机关认真落实条例，", "2023年，本机关认真落实条例，")
    who = _who(opening + body)
    assert who.year == 2023 and who.period == ("2023-01-01", "2023-12-31") and "MD-YEAR" in _rules(who)
    assert _who(opening + body.replace("2023年", "2022年")).year == 2022


def test_the_township_whose_party_and_government_office_answers():
    text = "本报告统计期限自2023年1月1日起。如有疑问，请联系：义亭镇党政办公室（电话0579-0）。\n" + BODY
    assert _who(text).agency == "义亭镇人民政府"


def test_the_office_that_gathers_the_figures_publishes_its_government_s_report():
    text = (
        "本报告由阜南县人民政府办公室汇总编制，统计期限自2023年1月1日起。如有疑问，请与阜南县人民政府办公室联系。\n"
        + BODY
    )
    assert _who(text).agency == "阜南县人民政府"
    assert _who(text.replace("汇总编制", "编制")).agency == "阜南县人民政府办公室"


def test_the_report_s_name_in_its_first_chapter():
    text = BODY.replace("本机关", "编制完成了《阜南县水利局2023年度政府信息公开工作报告》。本机关")
    who = _who(text)
    assert (who.kind, who.agency, who.year) == ("annual_report", "阜南县水利局", 2023)


def test_a_spaced_item_of_table_2_is_no_article():
    items = "\n".join(f"第二十条 第（{n}）项\n信息内容\n规章\n0" for n in "一五六八")
    who = _who("阜南县水利局2023年政府信息公开工作年度报告\n" + BODY.replace("|规章|0|0|0|", items))
    assert who.kind == "annual_report" and who.year == 2023
    rules = "\n".join(f"第{n}条 本县公开工作适用本办法。" for n in "一二三四五")
    assert _who("阜南县公开工作办法（试行）\n" + rules).kind == "other"


def test_a_section_heading_is_no_title():
    text = "本报告根据条例编制。本年度报告中所列数据的统计期限自2019年1月1日起至2019年12月31日止。\n"
    text += "（一）政府信息公开制度完善情况\n我乡政府信息公开工作有序推进。\n二、主动公开政府信息情况\n无。"
    who = _who(text)
    assert (who.kind, who.year) == ("annual_report", 2019)


@pytest.mark.parametrize(
    ("contact", "agency"),
    [
        ("阜南县柴集镇政府综合协调办公室", "阜南县柴集镇人民政府"),
        ("阜南县柴集镇人民政府党政综合办公室", "阜南县柴集镇人民政府"),
        ("阜南县人民政府办公室", "阜南县人民政府办公室"),
        ("阜南县城镇管理局办公室", "阜南县城镇管理局"),
        ("景德镇市财政局办公室", "景德镇市财政局"),
    ],
)
def test_an_office_of_a_town_stands_for_the_town(contact, agency):
    text = f"本报告中所列数据的统计期限自2021年1月1日起至2021年12月31日止。如有疑问，请与{contact}联系。\n" + BODY
    assert _who(text).agency == agency


def test_a_bureau_of_a_city_that_is_not_said():
    who = _who("根据条例规定，现公布区水利局2023年政府信息公开工作年度报告。\n" + BODY.replace("本机关", "我局"))
    assert (who.agency, who.city, who.year) == ("区水利局", None, 2023)


def test_a_period_that_lost_a_sign_and_a_year_spoken_of():
    text = "本报告中所列数据的统计期限从2023年1月1日至12月31止。\n" + BODY.replace("12条", "12条。2022年，未制定文件")
    assert _who(text).year == 2023
    spoken = BODY.replace("本机关认真落实条例", "按照《2022年政府信息公开工作要点》，汇报我镇2023年政府信息公开工作")
    assert _who(spoken).year == 2023
    both = spoken.replace("汇报我镇", "在2022年政府信息公开工作的基础上，汇报我镇")
    assert _who(both).year is None
    dated = "发布日期：2024-01-20\n" + spoken.replace(
        "汇报我镇2023年政府信息公开工作", "巩固2022年政府信息公开工作成果"
    )
    who = _who(dated)
    assert who.year == 2023 and "MD-YEAR" in _rules(who)


def test_labels_that_only_spaces_part():
    text = """名称 阜南县2017年政府信息公开年度报告
索引号 00000001/2018-00042 分类 信息公开年报 其他
发布机构 阜南县人民政府办公室 发文日期 2018-02-26
文号 关键词
文件下载 阜南县2017年政府信息公开年度报告
阜南县2017年政府信息公开年度报告
本报告所列数据的统计期限为2017年1月1日至2017年12月31日。
一、概述
本县公开信息12条。"""
    who = _who(text)
    assert (who.kind, who.agency, who.year) == ("annual_report", "阜南县人民政府", 2017)
    assert (who.published_on, who.index_number) == ("2018-02-26", "00000001/2018-00042")


def test_a_statutory_table_after_the_general_situation_makes_a_report():
    text = "统计时限为2022年1月1日起至2022年12月31日止。\n一、总体情况\n本乡工作有序。\n二、主动公开情况\n"
    assert _who(text + "第二十条第（一）项\n信息内容\n规章\n0").kind == "annual_report"
    assert _who(text + "以上工作依据有关规定。").kind == "other"
