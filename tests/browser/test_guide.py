"""The five jobs of the user guide (docs/guide.zh.md), done as it says."""

from __future__ import annotations

import io
from pathlib import Path
from zipfile import ZipFile

import docx
import openpyxl
from playwright.sync_api import Page, expect

from tests.browser.conftest import ready


def go(page: Page, title: str) -> None:
    page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
    expect(page.get_by_role("heading", name=title, exact=True)).to_be_visible(timeout=30_000)
    ready(page, chart=False)


def choose(page: Page, label: str, words: str) -> None:
    """Types into a list of the filter bar and takes the first of what is left."""
    page.get_by_role("combobox", name=label, exact=True).click()
    page.keyboard.type(words)
    page.get_by_role("option").filter(has_text=words).first.click()
    ready(page, chart=False)


def taken(page: Page, button: str) -> bytes:
    with page.expect_download() as file:
        page.get_by_role("button", name=button).first.click()
    return Path(file.value.path()).read_bytes()


def row(page: Page, table: int, number: int) -> None:
    """Clicks the box before a row of the page's n-th table, which is drawn on a canvas."""
    canvas = page.locator("[data-testid=stDataFrame] canvas[data-testid=data-grid-canvas]:visible").nth(table)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 15, box["y"] + 35 * (number + 1) + 17)
    ready(page, chart=False)


def test_a_brief_of_two_charts(page: Page, app_url: str) -> None:
    page.goto(app_url)
    ready(page)
    go(page, "机关对比")
    choose(page, "指标", "本年新收政府信息公开申请数量")
    choose(page, "系统", "自然资源")
    for title in ("依申请公开", "简报"):
        page.get_by_role("button", name="加入简报").first.click()
        expect(page.get_by_role("button", name="移出简报").first).to_be_visible(timeout=30_000)
        go(page, title)
    expect(page.get_by_role("heading", name="已选2幅图")).to_be_visible()
    page.get_by_role("button", name="下移").first.click()
    ready(page, chart=False)
    page.get_by_role("button", name="生成 Word 初稿").click()
    expect(page.get_by_role("button", name="下载 Word（.docx）")).to_be_visible(timeout=60_000)
    data = taken(page, "下载 Word（.docx）")
    text = "\n".join(p.text for p in docx.Document(io.BytesIO(data)).paragraphs)
    assert "申请的收与办" in text and text.index("申请的收与办") < text.index("本年新收政府信息公开申请数量，2025年度")
    assert "来源：" in text and "筛选：" in text
    assert sum(n.startswith("word/charts/chart") for n in ZipFile(io.BytesIO(data)).namelist()) == 2


def test_an_agency_before_a_meeting_found_by_its_initials(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/agency")
    ready(page)
    page.get_by_role("combobox", name="机关", exact=True).click()
    page.keyboard.type("lysjyj")
    page.get_by_role("option").filter(has_text="岚屿市教育局").first.click()
    expect(page.get_by_role("heading", name="岚屿市教育局", exact=True)).to_be_visible(timeout=30_000)
    ready(page)
    for head in ("问题", "报告", "自己怎么说存在的问题和今后打算"):
        expect(page.get_by_role("heading", name=head, exact=True)).to_be_visible()


def test_a_wrong_figure_is_sent_back(page: Page, app_url: str) -> None:
    page.goto(app_url)
    ready(page)
    go(page, "数据质量")
    row(page, 1, 0)
    link = page.get_by_role("link", name="看报告原文").first
    expect(link).to_be_visible(timeout=30_000)
    assert openpyxl.load_workbook(io.BytesIO(taken(page, "问题清单 XLSX"))).sheetnames
    assert docx.Document(io.BytesIO(taken(page, "核对函草稿 DOCX"))).paragraphs
    link.click()
    expect(page.locator("button.mark.current").first).to_be_visible(timeout=30_000)
    expect(page.locator("button.mark.current.error").first).to_be_visible()


def test_all_cities_on_one_metric_in_excel(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/cities")
    ready(page)
    choose(page, "指标", "本年新收政府信息公开申请数量")
    page.get_by_text("按名称", exact=True).click()
    ready(page)
    page.get_by_text("表", exact=True).first.click()
    ready(page, chart=False)
    book = openpyxl.load_workbook(io.BytesIO(taken(page, "下载 Excel")))
    assert {"数据", "口径与来源", "筛选条件"} <= set(book.sheetnames)


def test_a_change_is_explained_in_the_report(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/trends?metric=requests_received&system=教育&level=city")
    ready(page)
    page.locator(".js-plotly-plot .point").first.click(force=True)
    link = page.get_by_role("link", name="看报告原文中的位置").first
    expect(link).to_be_visible(timeout=30_000)
    link.click()
    expect(page.locator("button.mark.current").first).to_be_visible(timeout=30_000)
