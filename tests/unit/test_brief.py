"""pages.kit.brief: the DOCX opened again says what the page shows; sentences count right and praise nobody."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from pathlib import Path

import docx
import openpyxl
import pytest
from docx.shared import Mm
from hypothesis import given as supposed
from hypothesis import settings
from hypothesis import strategies as st
from lxml import etree

from etl.registry import load_sentences
from pages.kit import brief, exhibit, sentences, wording
from tests.unit import exhibit_sample as sample

FORMS = sample.every_form()
C = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def made(*exhibits: exhibit.Exhibit, **more: object) -> bytes:
    return brief.brief_bytes(list(exhibits), "甲一市政府信息公开情况简报", "2026-11-22", **more)  # type: ignore[arg-type]


def charts(data: bytes) -> list[tuple[etree._Element, openpyxl.Workbook]]:
    """Every chart of a document with the workbook behind it."""
    found = []
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        names = sorted(
            (n for n in archive.namelist() if re.fullmatch(r"word/charts/chart\d+\.xml", n)),
            key=lambda n: int(re.findall(r"\d+", n)[0]),
        )
        for name in names:
            link = etree.fromstring(archive.read(f"word/charts/_rels/{Path(name).name}.rels"))[0]
            target = Path("word/charts", link.get("Target")).as_posix().replace("word/charts/../", "word/")
            found.append(
                (etree.fromstring(archive.read(name)), openpyxl.load_workbook(io.BytesIO(archive.read(target))))
            )
    return found


def cached(series: etree._Element) -> dict[int, float]:
    return {int(p.get("idx")): float(p.findtext(f"{C}v")) for p in series.findall(f"{C}val//{C}numCache/{C}pt")}


def test_page_and_type_follow_the_standard_for_official_papers() -> None:
    document = docx.Document(io.BytesIO(made(sample.ranking())))
    section = document.sections[0]
    text = (
        section.page_width - section.left_margin - section.right_margin,
        section.page_height - section.top_margin - section.bottom_margin,
    )
    for size, wanted in zip(
        (section.page_width, section.page_height, section.top_margin, section.left_margin, *text),
        (210, 297, 37, 28, 156, 225),
        strict=True,
    ):
        assert size / Mm(1) == pytest.approx(wanted, abs=0.1)
    assert document.paragraphs[0].text == "甲一市政府信息公开情况简报"
    assert document.paragraphs[1].text.startswith("2026年11月22日　初稿")
    body = next(p for p in document.paragraphs if p.text.startswith("2023年度，所选范围内"))
    fonts = body.runs[0]._r.rPr.rFonts
    assert fonts.get(f"{W}eastAsia") == "仿宋_GB2312" and body.runs[0].font.size.pt == 16


def test_table_with_a_repeated_header_says_what_the_page_says() -> None:
    given = sample.ranking()
    table = docx.Document(io.BytesIO(made(given))).tables[0]
    assert table.rows[0]._tr.trPr.find(f"{W}tblHeader") is not None
    assert all(r._tr.trPr.find(f"{W}cantSplit") is not None for r in table.rows)
    said = {r.cells[0].text: r.cells[1].text for r in table.rows[1:]}
    assert len(said) == len(given.rows)
    for r in given.rows.itertuples():
        if r.status != "reported":
            assert said[r.name] == wording.STATUS[r.status]
    assert said["甲一市某某1局"] == "0" and said["甲一市某某2局"] == "约12.5" and said["甲一市某某4局"] == "18,000"


@pytest.mark.parametrize("name", FORMS)
def test_native_charts_hold_the_numbers_and_their_workbooks_too(name: str) -> None:
    given = FORMS[name]
    found = charts(made(given))
    drawn: list[float] = []
    for chart, book in found:
        sheet = book.active
        assert chart.find(f"{C}chart/{C}dispBlanksAs").get("val") == "gap"
        assert chart.find(f"{C}externalData") is not None
        for n, series in enumerate(chart.iter(f"{C}ser"), 2):
            points = cached(series)
            cells = {k: sheet.cell(k + 2, n).value for k in range(sheet.max_row - 1)}
            assert points == {k: v for k, v in cells.items() if v is not None}
            drawn += points.values()
    held = given.rows[given.rows["status"] == "reported"]["value"] if "status" in given.rows else []
    if given.form in ("heat", "years", "coverage"):
        assert not found  # a shaded table
        texts = {c.text for t in docx.Document(io.BytesIO(made(given))).tables for r in t.rows for c in r.cells}
        assert {wording.number(v) for v in held} <= texts
    else:
        extra = 40.0 if name == "ranking" else 0.0  # the median's own bar
        if name == "bump":  # places; the values are in the table
            held = given.rows["peer_rank"].dropna()
        if name == "slope":  # who has one of the two years only is not drawn
            held = given.rows.groupby("id").filter(lambda part: (part["status"] == "reported").all())["value"]
        assert sum(drawn) == pytest.approx(sum(held) + extra)


def test_every_file_names_build_date_filters_sources_and_invention() -> None:
    invented = (
        "虚构示例数据，不是任何真实机关的数据。来源：9份政府信息公开报告及总结；数据版本 build-7；制图 2026-11-22"
    )
    document = docx.Document(io.BytesIO(made(sample.ranking(fictional=True, source=invented))))
    text = "\n".join(p.text for p in document.paragraphs)
    for wanted in (
        "build-7",
        "筛选：2023年度｜甲一市｜教育",
        "附：口径",
        "附：来源报告",
        "2024-01-20公布",
        "sha256 abab",
        "虚构示例数据，不是任何真实机关的数据，不得引用",
    ):
        assert wanted in text
    assert document.core_properties.author == wording.PRODUCT and "build-7" in document.core_properties.comments


def test_hostile_text_is_text() -> None:
    rows = [sample.row(n, name=f"{text}局", title=text, metric_name=text) for n, text in enumerate(sample.HOSTILE)]
    for form in ("ranking", "line", "heat", "stacked"):
        given = sample.exhibit(
            form, sample.frame(rows), title="<w:t>{year}&amp;", notes=sample.HOSTILE, chosen=frozenset(["a0"])
        )
        data = brief.brief_bytes([given, given], "=1+2{value}", "2026-11-22")
        document = docx.Document(io.BytesIO(data))
        assert document.paragraphs[0].text == "=1+2{value}"
        text = "\n".join(
            [p.text for p in document.paragraphs] + [c.text for t in document.tables for r in t.rows for c in r.cells]
        )
        assert "<w:t>{year}&amp;" in text and "=1+2局" in text
        for _, book in charts(data):
            assert all(c.data_type != "f" for r in book.active.iter_rows() for c in r)


def test_same_brief_same_bytes_and_no_more_than_twelve() -> None:
    assert made(sample.ranking()) == made(sample.ranking())
    with pytest.raises(ValueError, match="最多12幅"):
        made(*[sample.ranking()] * 13)


def test_a_long_ranking_stands_in_several_charts_on_one_scale() -> None:
    plots = [chart for chart, _ in charts(made(FORMS["long"]))]
    assert len(plots) > 1
    tops = {chart.find(f".//{C}valAx/{C}scaling/{C}max").get("val") for chart in plots}
    assert len(tops) == 1
    assert sum(len(cached(s)) for chart in plots for s in chart.iter(f"{C}ser")) == 40


# --- sentences ---------------------------------------------------------------------------------------------------


def said(given: exhibit.Exhibit) -> str:
    facts, caveats = sentences.sentences(given)
    return "".join([*facts, *caveats])


def test_who_how_much_change_place_and_caveats() -> None:
    rows = [sample.row(n, value=float(v)) | {"before": float(v) - 2, "peer_median": 30.0, "peer_n": 3.0, "peer_rank": float(4 - n), "peer_ties": 1.0}
            for n, v in ((1, 10), (2, 30), (3, 50))]  # fmt: skip
    rows += [sample.row(4, status="no_report"), sample.row(5, status="blank")]
    text = said(sample.exhibit("ranking", sample.frame(rows), chosen=frozenset(["a3", "a4"])))
    assert (
        "3个机关载有本年新收政府信息公开申请数量，数值最大的是甲一市某某3局（50件），最小的是甲一市某某1局（10件）"
        in text
    )
    assert (
        "比上年增加2件（+4.2%）" in text
        and "按数值从高到低第1位（共3个机关）" in text
        and "高于中位数20件（同类中位数30件，n=3）" in text
    )
    assert "甲一市某某4局本年新收政府信息公开申请数量：未见报告，不等于0" in text
    assert "1个机关空白、1个机关未见报告" in text.replace(
        "1个机关未见报告、1个机关空白", "1个机关空白、1个机关未见报告"
    )


def test_change_is_left_out_where_it_cannot_be_known() -> None:
    rows = [sample.row(1, 2022, value=100.0), sample.row(1, 2023, value=200.0, qualifier="at_least")]
    text = said(sample.exhibit("line", sample.frame(rows)))
    assert "200件以上" in text and "增加" not in text
    rows[1]["qualifier"] = "about"
    assert "约增加100件" in said(sample.exhibit("line", sample.frame(rows)))
    for unit, other, told in (("篇", "篇", True), ("篇", "件", False), ("篇/条/件", "篇/条/件", False)):
        units, metric = {2022: unit, 2023: other}, {"metric": "policy_interpretations"}
        rows = [sample.row(n, y, value=y - 2000.0, unit=units[y], **metric) for n in range(4) for y in units]
        assert ("增加1" in said(sample.exhibit("line", sample.frame(rows)))) == told
        assert ("都有数的4个：4个增加" in said(sample.exhibit("dumbbell", sample.frame(rows)))) == told


def test_gaps_and_new_forms_are_said() -> None:
    rows = [
        sample.row(1, y, form="2019" if y < 2021 else "2021", status="blank" if y == 2020 else "reported")
        for y in range(2019, 2024)
    ]
    text = said(sample.exhibit("line", sample.frame(rows)))
    assert "其中2020年度没有数值" in text and "2021年度起多数报告改用新的表式" in text


def test_rates_show_numerator_denominator_and_points() -> None:
    rows = [
        sample.row(1, value=45.0, unit="%", numerator=9.0, denominator=20.0) | {"before": 40.0},
        sample.row(2, value=50.0, unit="%", reliable=False, denominator=2.0),
    ]
    text = said(
        sample.exhibit("ranking", sample.frame(rows), unit="%", percent=True, decimals=1, chosen=frozenset(["a1"]))
    )
    assert "45.0%，即9÷20，比上年上升5.0个百分点" in text and "1个比率因分母过小" in text


@supposed(st.lists(st.sampled_from(sample.STATUSES), min_size=1, max_size=30))
@settings(max_examples=40, deadline=None)
def test_every_row_is_told_or_counted_as_missing(statuses: list[str]) -> None:
    text = said(sample.exhibit("ranking", sample.frame([sample.row(n, status=s) for n, s in enumerate(statuses)])))
    held = statuses.count("reported")
    missing = re.search(r"另有(.*?)，均不等于0", text)
    counted = sum(int(n) for n in re.findall(r"(\d+)个机关", missing[1])) if missing else 0
    assert held + counted == len(statuses)
    assert (f"{held}个机关载有" in text) == (held > 1)
    assert not [w for w in load_sentences().avoided if w in text]


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_prints_the_brief(tmp_path: Path) -> None:
    for name, given in FORMS.items():
        (tmp_path / f"{name}.docx").write_bytes(made(given))
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf", "--outdir", str(tmp_path),
                    *map(str, sorted(tmp_path.glob("*.docx")))], check=True, capture_output=True, timeout=300)  # fmt: skip
    import pypdfium2

    for name, given in FORMS.items():
        document = pypdfium2.PdfDocument(tmp_path / f"{name}.pdf")
        text = "".join(page.get_textpage().get_text_range() for page in document)
        assert document[0].get_size() == pytest.approx((595, 842), abs=1)
        if "status" in given.rows and given.form not in ("flow",):
            every = re.sub(r"\s", "", text)
            assert all(re.sub(r"\s", "", n) in every for n in set(given.rows["name"])), name
