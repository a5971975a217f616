"""The nine checks that a tester runs (UX.md), accessibility by axe-core, and hostile reports: each a scenario in a real browser."""

from __future__ import annotations

import io
import itertools
import json
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import openpyxl
import pandas as pd
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import BrowserContext, Page, expect

from tests import builds
from tests.browser.conftest import ready
from tests.browser.ground import Ground, survey

PAGES = (
    "",
    "agencies",
    "cities",
    "trends",
    "requests",
    "disputes",
    "proactive",
    "agency",
    "reports",
    "quality",
    "plans",
    "metrics",
    "brief",
    "exports",
)
CHARTS = ("", "agencies", "cities", "trends", "requests", "disputes", "proactive", "agency", "plans")

AXE_EXCEPTIONS = {
    "list": "Streamlit's own menu puts its groups' headings into the list",
    "listitem": "the same menu: its entries stand inside those groups",
}
"""Rules of axe-core that content of ours cannot mend. Anything else that is serious or critical fails."""

MARKUP = "<script>document.title='taken'</script><b>粗</b> *星* $x^2$ [链](http://example.com) :material/delete:"
REPORT = """<html><head><title>东一市教育局2023年政府信息公开工作年度报告</title></head><body><h1>东一市教育局2023年政府信息公开工作年度报告</h1>
<p>东一市教育局　发布日期：2024-01-20</p><h2>一、总体情况</h2><p>2023年，我局主动公开政府信息{n}条。{text}</p>
<h2>五、存在的主要问题及改进情况</h2><p>{text}</p></body></html>"""


@pytest.fixture(scope="session")
def ground(start_app: Callable[[Path], str], request: pytest.FixtureRequest) -> Ground:
    """The fictional province of the first start, or the large build of fictional reports that tests/bench/browser_checks.py names."""
    large = os.environ.get("YEARBOOK_CHECKS")
    warehouse = Path(large) if large else request.getfixturevalue("fictional_warehouse")
    return survey(start_app(warehouse), warehouse)


@pytest.fixture
def province(ground: Ground) -> str:
    """The address of the dashboard on that build."""
    return ground.url


@pytest.fixture(scope="module")
def hostile(start_app: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """One report whose text would be markup if anything took it for such."""
    folder = tmp_path_factory.mktemp("hostile")
    text = MARKUP.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    (folder / "report.html").write_text(REPORT.format(n=345, text=text), encoding="utf-8")
    return start_app(builds.load(folder / "report.html", folder / "warehouse"))


@pytest.fixture
def outside(page: Page) -> Iterator[list[str]]:
    """Requests of `page` that leave this machine: none may, and none gets through."""
    seen: list[str] = []

    def note(address: str) -> None:
        if urlsplit(address).hostname not in ("127.0.0.1", "localhost", None):
            seen.append(address)

    page.route(
        lambda address: urlsplit(address).hostname not in ("127.0.0.1", "localhost"), lambda route: route.abort()
    )
    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    yield seen
    assert seen == []


def open_page(page: Page, base: str, path: str) -> None:
    page.goto(f"{base}/{path}")
    ready(page, path.split("?")[0] in CHARTS)


def drawn(page: Page) -> list[str]:
    """The words and figures of every chart on the page, in drawing order."""
    return page.locator(".js-plotly-plot text").all_text_contents()


def shown(page: Page) -> tuple[str, list[str], list[str]]:
    """What a reader sees: the page's words, its charts', the cells of its tables."""
    words = page.get_by_test_id("stMain").inner_text()
    return words, drawn(page), page.locator("[data-testid=stDataFrame] [role=gridcell]").all_text_contents()


def downloaded(page: Page, button: str) -> bytes:
    """The file behind the first button of that name."""
    with page.expect_download() as file:
        page.get_by_role("button", name=button).first.click()
    return Path(file.value.path()).read_bytes()


OURS = re.compile(
    r"install kaleido|kaleido|PNG|SVG|CSV|DuckDB|roster|accept|Excel|XLSX|Word|DOCX|PDF|ZIP|JSON|Parquet|Wilson|python|etl|load|build-\d+|make|run|html?|txt|docx?|xlsx?|id|\d[\w.-]*|[A-Z]\d|n=|sha|http\S*|[\w./-]+\.(?:html?|txt|docx|pdf|xlsx)",
    re.IGNORECASE,
)


def test_1_a_picture_of_one_citys_departments_takes_five_clicks_at_most(
    page: Page, ground: Ground, outside: list[str]
) -> None:
    open_page(page, ground.url, "")
    clicks = 0

    def click(target: object) -> None:
        nonlocal clicks
        clicks += 1
        target.click()  # type: ignore[attr-defined]

    click(page.get_by_test_id("stSidebarNav").get_by_text("机关对比"))
    expect(page.get_by_role("heading", name="机关对比")).to_be_visible(timeout=30_000)
    ready(page)
    click(page.get_by_text("常用范围"))
    click(page.get_by_role("combobox", name="一个市的市级部门"))
    click(page.get_by_role("option", name=ground.other, exact=True))
    expect(page.locator(".js-plotly-plot .ytick").first).to_contain_text(ground.other, timeout=15_000)
    ready(page)
    with page.expect_download() as picture:
        click(page.locator(".modebar-btn").first)
    assert clicks <= 5 and picture.value.suggested_filename.endswith(".png")
    assert ground.other in picture.value.suggested_filename
    others = [t for t in page.locator(".js-plotly-plot .ytick").all_text_contents() if ground.other not in t]
    assert others == []


@pytest.mark.parametrize(
    "path",
    [
        "?city={code}&metric=requests_received",
        "agencies?city={code}&year={before}",
        "agencies?form=heat&metric=requests_received&city={code}",
        "cities?basis=sum&form=multiples",
        "trends?city={other_code}",
        "requests?by=year",
        "disputes?rate=litigation_correction_rate&unit=agency&first={before}",
        "proactive?year={before}&city={other_code}",
        "agency?system=民政&year={before}",
        "quality?severity=error&by=agency&city={code}",
        "reports?level=city&system=教育&mark=3",
        "plans?item=task",
        "metrics?show=rules",
    ],
)
def test_2_a_copied_address_opens_the_same_view(
    page: Page, new_context: Callable[..., BrowserContext], ground: Ground, path: str
) -> None:
    open_page(page, ground.url, path.format(before=ground.year - 1, **vars(ground)))
    assert urlsplit(page.url).query, "an address that says nothing is no copy"
    other = new_context().new_page()
    open_page(other, ground.url, page.url.removeprefix(f"{ground.url}/"))
    assert shown(other) == shown(page) and len(shown(page)[0]) > 100
    if path.split("?")[0] in CHARTS:
        assert len(drawn(page)) > 10
        assert downloaded(other, "下载 CSV") == downloaded(page, "下载 CSV")


def test_3_a_number_reaches_its_place_in_one_click_and_the_place_its_metric(
    page: Page, province: str, outside: list[str]
) -> None:
    open_page(page, province, "agencies?metric=requests_received")
    page.locator(".js-plotly-plot .bars .point path").first.click(force=True)
    link = page.get_by_role("link", name="看报告原文中的位置").first
    expect(link).to_be_visible(timeout=15_000)
    link.click()
    mark = page.locator("button.mark.current")
    expect(mark.first).to_be_visible(timeout=20_000)
    expect(mark.first).to_be_in_viewport()
    expect(page.get_by_text("本年新收政府信息公开申请数量").first).to_be_visible()
    ready(page, chart=False)
    other = page.locator("button.mark:not(.current)").first
    said = other.get_attribute("aria-label") or ""
    other.click()
    metric = said.split("：")[1].split("（")[0]
    expect(page.locator(".st-key-mark_detail")).to_contain_text(metric, timeout=15_000)
    assert "mark=" in page.url


@pytest.mark.parametrize("form", ["slope", "bump"])
def test_lines_carry_their_names_and_lead_to_the_report(page: Page, province: str, form: str) -> None:
    open_page(page, province, f"trends?form={form}&metric=requests_received")
    names = [t for t in drawn(page) if "局" in t or "厅" in t or "政府" in t]
    assert len(names) >= 3
    page.locator(".js-plotly-plot .point").first.click(force=True)
    expect(page.get_by_role("link", name="看报告原文中的位置").first).to_be_visible(timeout=15_000)
    assert f"form={form}" in page.url


@pytest.mark.parametrize(
    "path",
    [
        "agencies?metric=requests_received",
        "agencies?metric=requests_received&form=dumbbell",
        "agencies?metric=requests_received&form=heat",
        "trends?metric=requests_received",
        "requests?by=agency",
        "disputes?unit=agency",
        "proactive?count=policy_interpretations",
        "",
    ],
)
def test_4_no_report_is_never_nought(page: Page, ground: Ground, path: str) -> None:
    page_, _, query = path.partition("?")
    year = "" if page_ in ("trends", "disputes") else f"&year={ground.year}"
    open_page(page, ground.url, f"{page_}?{query}&city={ground.code}&level=city{year}")
    noughts = page.evaluate(NOUGHTS, [ground.gone, str(ground.year)])
    assert noughts == []
    for n in range(page.get_by_role("button", name="下载 CSV").count()):
        with page.expect_download() as file:
            page.get_by_role("button", name="下载 CSV").nth(n).click()
        rows = pd.read_csv(io.BytesIO(Path(file.value.path()).read_bytes()), encoding="utf-8-sig")
        if "机关" not in rows:
            continue
        held = rows[(rows["机关"] == ground.gone) & (rows["年度"].astype(str) == str(ground.year))]
        assert set(held["状态"]) <= {"未见报告"} and held["数值"].isna().all()


NOUGHTS = """([gone, year]) => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => plot._fullData.flatMap(trace => {
    const flat = v => Array.isArray(v) || ArrayBuffer.isView(v) ? [...v].flat().map(String) : [];
    const named = t => new RegExp(gone + '(?!第)').test(t || '');
    const told = [trace.text, trace.hovertext, trace.customdata].flatMap(flat)
        .filter(t => named(t) && t.includes(year) && !t.includes('未见报告') && /(^|[^0-9.,])0(件|条|篇|个|%|$)/.test(t));
    const [x, y] = [flat(trace.x), flat(trace.y)];
    const bars = y.filter((v, n) => named(v) && x[n] === '0');
    const points = named(trace.name) || named(trace.legendgroup) ? y.filter((v, n) => x[n] === year && v === '0') : [];
    return [...told, ...bars, ...points];
}))"""
"""Where a chart draws or tells 0 of somebody in a year: by name on an axis, by name of a line, in words beside a mark. 司法局第二分局 is somebody else."""


def test_4_who_has_no_report_is_named_under_the_chart_and_in_the_workbook(page: Page, ground: Ground) -> None:
    open_page(page, ground.url, f"agencies?metric=requests_received&city={ground.code}&level=city&year={ground.year}")
    bars = [t for t in page.locator(".js-plotly-plot .ytick").all_text_contents() if ground.gone in t]
    assert not [t for t in bars if f"{ground.gone}第" not in t]  # 第二分局 is somebody else
    assert "未见报告" in " ".join(drawn(page))
    rows = pd.read_csv(io.BytesIO(downloaded(page, "下载 CSV")), encoding="utf-8-sig")
    gone = rows[rows["机关"] == ground.gone]
    assert set(gone["状态"]) == {"未见报告"} and gone["数值"].isna().all()
    sheet = openpyxl.load_workbook(io.BytesIO(downloaded(page, "下载 Excel")))["数据"]
    cells = [[c.value for c in row] for row in sheet.iter_rows()]
    told = [row for row in cells if ground.gone in row]
    assert told and all("未见报告" in row and 0 not in row for row in told)


@pytest.mark.parametrize("path", [*CHARTS, "reports"])
def test_5_every_page_reads_in_dark(new_context: Callable[..., BrowserContext], province: str, path: str) -> None:
    page = new_context(color_scheme="dark").new_page()
    open_page(page, province, path)
    assert serious(page) == []
    if path in CHARTS:
        charts_read(page, dark=True)


def charts_read(page: Page, dark: bool) -> None:
    """Text stands off the ground; parts of one bar differ in hatch or in grey."""
    figures = json.loads(
        page.evaluate(
            "JSON.stringify([...document.querySelectorAll('.js-plotly-plot')].map(p => ({data: p.data, layout: p.layout})))"
        )
    )
    assert figures
    for figure in figures:
        ground, text = figure["layout"]["paper_bgcolor"], figure["layout"]["font"]["color"]
        assert contrast(ground, text) >= 4.5 and (luminance(ground) < 0.1) == dark
        stacked = [t for t in figure["data"] if t["type"] == "bar" and isinstance(t["marker"]["color"], str)]
        for one, two in itertools.pairwise(stacked):
            if not set(map(str, one["y"])) & set(map(str, two["y"])):
                continue  # never in one bar
            hatched = one["marker"]["pattern"].get("shape") != two["marker"]["pattern"].get("shape")
            assert hatched or abs(luminance(one["marker"]["color"]) - luminance(two["marker"]["color"])) > 0.1


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, two: str) -> float:
    low, high = sorted((luminance(one), luminance(two)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("path", PAGES)
def test_6_7_8_every_page(page: Page, province: str, path: str, outside: list[str]) -> None:
    """With the network unplugged the page and its downloads work; its charts have words for a screen reader; no English is left where
    the user looks; axe-core finds nothing serious; charts read in greyscale (5) and keep within their frame."""
    open_page(page, province, path)
    assert page.get_by_test_id("stException").count() == 0
    assert serious(page) == []
    assert english(page) == set()
    assert nothing_beyond(page)
    if path in CHARTS:
        charts_read(page, dark=False)
        told = page.evaluate(
            "[...document.querySelectorAll('[data-testid=stPlotlyChart]')].map(e => (e.closest('[aria-label]') || e.querySelector('[aria-label]') || e).getAttribute('aria-label'))"
        )
        assert told and all(t and len(t) > 20 and re.search(r"\d", t) for t in told)
        with page.expect_download() as picture:
            page.locator(".modebar-btn").first.click()
        assert picture.value.suggested_filename.endswith(".png")
        with page.expect_download() as table:
            page.get_by_role("button", name="下载 CSV").first.click()
        assert table.value.suggested_filename.endswith(".csv")


def serious(page: Page) -> list[str]:
    """What axe-core calls serious or critical in content of ours."""
    return [
        f"{v['id']}: {v['help']}: {v['nodes'][0]['html'][:200]}"
        for v in Axe().run(page).response["violations"]
        if v["impact"] in ("serious", "critical") and v["id"] not in AXE_EXCEPTIONS
    ]


def english(page: Page) -> set[str]:
    """Latin words of four letters and more in menu and page that are no names of files, formats or commands."""
    shown = page.evaluate(
        """() => { const told = [];
            for (const root of document.querySelectorAll('[data-testid=stMain], [data-testid=stSidebar]')) {
                const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
                for (let n = walk.nextNode(); n; n = walk.nextNode()) {
                    const style = getComputedStyle(n.parentElement);
                    if (!/Material/.test(style.fontFamily) && style.visibility !== 'hidden' && n.parentElement.getClientRects().length
                        && !['STYLE', 'SCRIPT', 'TITLE'].includes(n.parentElement.tagName.toUpperCase())) told.push(n.textContent);
                } }
            return told.join(' | '); }"""
    )
    return set(re.findall(r"[A-Za-z]{4,}", OURS.sub(" ", re.sub(r"\S*[/_.-]\S*[a-z]\S*", " ", shown))))


@pytest.mark.parametrize("path", ["agencies", "requests", "reports"])
def test_7_tab_reaches_every_control_in_visual_order(page: Page, province: str, path: str) -> None:
    open_page(page, province, path)
    page.evaluate(
        "document.querySelector('[data-testid=stMain]').setAttribute('tabindex', '-1'); document.querySelector('[data-testid=stMain]').focus()"
    )
    tops: list[float] = []
    for n in range(160):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """n => { let e = document.activeElement;
                while (e && e.shadowRoot && e.shadowRoot.activeElement) e = e.shadowRoot.activeElement;
                const main = document.querySelector('[data-testid=stMain]'), host = e && (e.getRootNode().host || e);
                if (!e || !main.contains(host)) return null;
                if (e.dataset.reached) return -1;
                e.dataset.reached = n + 1;
                return e.getBoundingClientRect().top + main.scrollTop; }""",
            n,
        )
        if at is None or at == -1:
            if tops:
                break
            continue
        tops.append(at)
    missed = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=stMain] button, [data-testid=stMain] input, [data-testid=stMain] a[href]')]
            .filter(e => e.offsetParent && !e.disabled && e.tabIndex >= 0 && !e.dataset.reached && e.type !== 'radio' && e.getAttribute('role') !== 'radio'
                && !e.closest('[data-testid=stElementToolbar]') && getComputedStyle(e).visibility !== 'hidden')
            .map(e => (e.ariaLabel || e.textContent || e.outerHTML).slice(0, 60))"""
    )
    assert missed == []
    assert len(tops) > 5
    backwards = [(a, b) for a, b in itertools.pairwise(tops) if b < a - 80]
    assert backwards == []


def test_the_start_page_answers_to_its_name_too(page: Page, province: str) -> None:
    open_page(page, province, "")
    page.goto(f"{province}/overview")
    expect(page.get_by_role("heading", name="总览")).to_be_visible(timeout=30_000)
    ready(page)
    assert page.get_by_role("dialog").count() == 0


def test_9_another_city_leaves_no_stale_agency(page: Page, ground: Ground) -> None:
    open_page(page, ground.url, f"agencies?city={ground.code}")
    agencies = page.get_by_test_id("stMultiSelect").filter(has_text="机关")
    agencies.locator("input").click()
    page.get_by_role("option").first.click()
    page.wait_for_url("**agency=*")
    ready(page)
    page.keyboard.press("Escape")
    page.get_by_test_id("stSelectbox").filter(has_text="市").first.get_by_role("combobox").click()
    page.get_by_role("option", name=ground.other, exact=True).click()
    page.wait_for_url(f"**city={ground.other_code}*")
    expect(page.locator(".js-plotly-plot .ytick").first).to_contain_text(ground.other, timeout=15_000)
    ready(page)
    assert "agency=" not in page.url
    assert ground.city not in agencies.inner_text()


def test_markup_in_a_report_is_shown_as_text(page: Page, hostile: str, outside: list[str]) -> None:
    """A report whose text holds script, Markdown and a formula: 报告原文 shows the characters, on the page nothing runs."""
    spoken: list[str] = []
    page.on("dialog", lambda dialog: (spoken.append(dialog.message), dialog.dismiss()))
    open_page(page, hostile, "reports")
    text = page.locator(".report")
    expect(text).to_contain_text(
        "<script>document.title='taken'</script><b>粗</b> *星* $x^2$ [链](http://example.com) :material/delete:",
        timeout=20_000,
    )
    assert text.locator("script, b, a").count() == 0 and spoken == [] and page.title() != "taken"
    open_page(page, hostile, "agency")
    expect(page.get_by_test_id("stText").last).to_contain_text("<script>")


@pytest.mark.parametrize("path", [*CHARTS, "agencies?form=heat&metric=requests_received", "cities?basis=sum"])
def test_nothing_is_wider_than_a_telephone(
    new_context: Callable[..., BrowserContext], province: str, path: str
) -> None:
    page = new_context(viewport={"width": 390, "height": 844}).new_page()
    open_page(page, province, path)
    assert nothing_beyond(page)


def nothing_beyond(page: Page) -> bool:
    """Neither the page is wider than the window nor a word of a chart outside the chart."""
    beyond = page.evaluate(
        """() => [...document.querySelectorAll('.js-plotly-plot')].flatMap(plot => {
            const box = plot.getBoundingClientRect();
            return [...plot.querySelectorAll('.infolayer text, .annotation text, .xtick text, .ytick text')]
                .filter(t => { const b = t.getBoundingClientRect(); return b.right > box.right + 2 || b.left < box.left - 2; })
                .map(t => t.textContent); })"""
    )
    assert beyond == []
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))
