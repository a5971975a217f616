"""pages.kit.workbook: the XLSX opened again with other libraries holds what the page shows."""

from __future__ import annotations

import io
import re
import shutil
import subprocess
import zipfile
from datetime import datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from pages.kit import exhibit, wording, workbook
from tests.unit import exhibit_sample as sample

FORMS = sample.every_form()


def opened(data: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(data))


def test_four_sheets_and_the_table_as_it_is() -> None:
    given = sample.ranking()
    book = opened(workbook.workbook_bytes(given))
    assert book.sheetnames == ["数据", "图表", "口径与来源", "筛选条件"]
    sheet = book["数据"]
    assert sheet.freeze_panes == "B2"
    assert sheet.auto_filter.ref == sheet.dimensions
    assert sheet.page_setup.paperSize == "9" or sheet.page_setup.paperSize == 9
    assert sheet.print_title_rows == "$1:$1"
    read = pd.read_excel(io.BytesIO(workbook.workbook_bytes(given)), sheet_name="数据", dtype={"代码": str})
    table = exhibit.table(given).reset_index(drop=True)
    assert list(read.columns) == list(table.columns)
    assert read["数值"].sum() == given.rows["value"].sum()
    assert read["数值"].tolist()[:5] == sorted(given.rows["value"].dropna(), reverse=True)[:5]
    assert read["状态"].tolist() == table["状态"].tolist()


def test_a_row_without_a_value_is_empty_and_says_why() -> None:
    sheet = opened(workbook.workbook_bytes(sample.ranking()))["数据"]
    head = [c.value for c in sheet[1]]
    value, status = head.index("数值"), head.index("状态")
    said = {}
    for cells in sheet.iter_rows(min_row=2, values_only=True):
        said.setdefault(cells[status], []).append(cells[value])
    assert 0 in said["已报告"]  # a printed nought is a number
    for status_id in sample.STATUSES[1:]:
        assert set(said[wording.STATUS[status_id]]) == {None}


def test_a_small_denominator_has_no_value_but_its_n() -> None:
    rows = [
        sample.row(1, value=50.0, reliable=False, numerator=1.0, denominator=2.0, unit="%"),
        sample.row(2, value=80.0, numerator=8.0, denominator=10.0, unit="%"),
    ]
    given = sample.exhibit("ranking", sample.frame(rows), unit="%", percent=True, decimals=1)
    table = exhibit.table(given)
    assert table["数值"].isna().tolist() == [False, True]
    assert table["状态"].tolist()[1] == "分母过小 —（n=2）"
    assert [s.values for p in exhibit.plots(given) for s in p.series] == [(80.0, None)]


def test_further_columns_of_the_page_go_along_in_its_order() -> None:
    given = sample.ranking()
    shown = pd.DataFrame({"机关": given.rows["name"], "上年": 7.0, "同类位次": "第3位"}).iloc[::-1]
    table = exhibit.table(sample.ranking(shown=shown))
    assert list(table.columns)[-2:] == ["上年", "同类位次"]
    assert table["机关"].tolist() == shown["机关"].tolist()


@pytest.mark.parametrize("name", FORMS)
def test_every_form_has_its_chart_with_the_same_numbers(name: str) -> None:
    given = FORMS[name]
    data = workbook.workbook_bytes(given)
    book = opened(data)
    plots = exhibit.plots(given, workbook.BARS_EACH)
    sheet = book["图表"]
    numbers = [
        c.value
        for r in sheet.iter_rows()
        for c in r
        if isinstance(c.value, (int, float)) and not isinstance(c.value, bool)
    ]
    drawn = [v for p in plots for s in p.series for v in s.values if v is not None]
    if given.form == "coverage":
        texts = [c.value for r in sheet.iter_rows() for c in r if isinstance(c.value, str)]
        assert all(f"{r.held}/{r.known}" in texts for r in given.rows.itertuples() if r.held)
        return
    assert sorted(numbers) == sorted(drawn)
    if given.form == "bump":  # places, not values; the values are in the table
        assert sorted(drawn) == sorted(given.rows["peer_rank"].dropna())
        return
    held = given.rows[given.rows["status"] == "reported"]["value"]
    extra = [40.0] if name == "ranking" else []  # the peer median's own bar
    if given.form == "slope":  # who has one of the two years only is not drawn
        held = given.rows.groupby("id").filter(lambda part: (part["status"] == "reported").all())["value"]
    assert sum(drawn) == pytest.approx(held.sum() + sum(extra))
    if plots[0].kind != "grid":
        assert len(sheet._charts) == len(plots)


@pytest.mark.parametrize("name", FORMS)
def test_a_missing_value_is_a_gap_never_nought(name: str) -> None:
    with zipfile.ZipFile(io.BytesIO(workbook.workbook_bytes(FORMS[name]))) as archive:
        charts = [archive.read(n).decode() for n in archive.namelist() if n.startswith("xl/charts/chart")]
    assert all('<c:dispBlanksAs val="gap"/>' in c for c in charts)
    if name in ("line", "multiples"):
        text = "".join(charts)
        points = [len(re.findall("<c:pt ", cache)) for cache in re.findall(r"<c:numCache>.*?</c:numCache>", text)]
        assert 4 in points and 5 in points  # the agencies with the blank cell have one point fewer


def test_statuses_stand_in_the_chart_and_its_numbers() -> None:
    plot = exhibit.plots(sample.ranking())[0]
    assert "甲一市某某11局（空白）" in plot.categories
    assert not any("未见报告" in c for c in plot.categories)  # left to the notes, as on the screen
    labels = dict(zip(plot.categories, plot.series[0].labels, strict=True))
    assert labels["甲一市某某2局"] == "≈12.5"
    assert labels["甲一市某某3局"].endswith("†")


def test_definitions_sources_filters_and_link() -> None:
    book = opened(
        workbook.workbook_bytes(
            sample.ranking(fictional=True, source="虚构示例数据，不是任何真实机关的数据。来源：9份")
        )
    )
    about = [c for r in book["口径与来源"].iter_rows(values_only=True) for c in r if c is not None]
    assert (
        "2014年表式（2014—2018年度）、2019年表式（2019—2020年度）、2021年表式（2021年度起）、正文、地方自定表式"
        in about
    )
    assert any(str(c).startswith("正文中的“收办”") for c in about)
    assert "ab" * 32 in about and "http://example.gov.cn/1.html" in about
    assert not any("files/" in str(c) for c in about)  # no path of the machine that read the file
    assert datetime(2024, 1, 20) in about
    text = [c for r in book["筛选条件"].iter_rows(values_only=True) for c in r if c is not None]
    for wanted in (
        "2023年度｜甲一市｜教育",
        "http://localhost:8501/agencies?year=2023",
        "build-7",
        "2026-11-22",
        "虚构示例数据，不得引用",
    ):
        assert wanted in text
    assert any("虚构示例数据" in str(c) for r in book["图表"].iter_rows(values_only=True) for c in r)
    assert "虚构示例数据" in (book.properties.description or "")


def test_a_formula_in_a_name_or_title_stays_text_everywhere() -> None:
    rows = [sample.row(n, name=f"{text}局", title=text, metric_name=text) for n, text in enumerate(sample.HOSTILE)]
    for form in ("ranking", "line", "multiples", "heat", "stacked"):
        given = sample.exhibit(form, sample.frame(rows), title=sample.HOSTILE[0], subtitle=sample.HOSTILE[1], filter_line=sample.HOSTILE[2],
                               notes=sample.HOSTILE, source=sample.HOSTILE[3], link="javascript:alert(1)")  # fmt: skip
        data = workbook.workbook_bytes(given)
        for sheet in opened(data).worksheets:
            for cell in (c for r in sheet.iter_rows() for c in r if c.value is not None):
                assert cell.data_type != "f", (sheet.title, cell.coordinate, cell.value)
                assert not str(cell.value).lstrip().startswith(("=", "+", "-", "@", "＝")) or isinstance(
                    cell.value, (int, float)
                )
                assert cell.hyperlink is None


def test_numbers_are_not_rounded_and_years_not_grouped() -> None:
    given = sample.exhibit("ranking", sample.frame([sample.row(1, value=1234567.891), sample.row(2, value=0.125)]))
    sheet = opened(workbook.workbook_bytes(given))["数据"]
    head = [c.value for c in sheet[1]]
    assert [sheet.cell(r, head.index("数值") + 1).value for r in (2, 3)] == [1234567.891, 0.125]
    assert sheet.cell(2, head.index("年度") + 1).number_format == "0"


def test_same_exhibit_same_bytes() -> None:
    assert workbook.workbook_bytes(sample.ranking()) == workbook.workbook_bytes(sample.ranking())


def test_nothing_to_draw_still_makes_a_file() -> None:
    empty = sample.exhibit("ranking", sample.frame([sample.row(1, status="no_report")]))
    assert opened(workbook.workbook_bytes(empty)).sheetnames[0] == "数据"
    assert (
        opened(workbook.workbook_bytes(sample.exhibit("ranking", sample.ranking().rows.head(0)))).sheetnames[0]
        == "数据"
    )


@pytest.mark.parametrize(
    ("form", "df"),
    [("ranking", sample.ranking().rows), ("line", sample.years(6)), ("multiples", sample.years(7)), ("heat", sample.metrics()), ("coverage", sample.coverage()),
     ("none", pd.DataFrame({"row": ["甲"], "column": ["乙"], "count": [1]}))],
)  # fmt: skip
def test_the_form_follows_from_the_rows(form: str, df: pd.DataFrame) -> None:
    assert exhibit.form_of(df) == form


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not installed")
def test_libreoffice_opens_every_workbook(tmp_path: Path) -> None:
    for name, given in FORMS.items():
        (tmp_path / f"{name}.xlsx").write_bytes(workbook.workbook_bytes(given))
    subprocess.run(["soffice", "--headless", f"-env:UserInstallation=file://{tmp_path}/profile", "--convert-to", "pdf", "--outdir", str(tmp_path),
                    *map(str, sorted(tmp_path.glob("*.xlsx")))], check=True, capture_output=True, timeout=300)  # fmt: skip
    import pypdfium2

    for name in FORMS:
        document = pypdfium2.PdfDocument(tmp_path / f"{name}.pdf")
        text = "".join(page.get_textpage().get_text_range() for page in document)
        assert "build-7" in text and "甲" in text, name
