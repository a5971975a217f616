"""The main job in a real browser: choose, look, follow a number to its source, take the chart away, hand the address on."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pandas as pd
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.app import sample
from tests.browser.conftest import ready


@pytest.fixture(scope="module")
def url(start_app: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A dashboard over real-looking and fictional invented reports."""
    made = [*sample.reports(False), *sample.hostile_reports(), *sample.reports(True)]
    return start_app(sample.publish(tmp_path_factory.mktemp("compare"), made))


@pytest.fixture
def outside(page: Page) -> Iterator[list[str]]:
    """Requests of `page` that leave this machine; none may."""
    seen: list[str] = []

    def note(address: str) -> None:
        if urlsplit(address).hostname not in ("127.0.0.1", "localhost", None):
            seen.append(address)

    page.on("request", lambda request: note(request.url))
    page.on("websocket", lambda socket: note(socket.url))
    yield seen
    assert seen == []


def choose(page: Page, label: str, option: str) -> None:
    page.get_by_test_id("stSelectbox").filter(has_text=label).get_by_role("combobox").click()
    page.get_by_role("option", name=option, exact=True).click()
    ready(page)


def names_and_values(page: Page) -> list[str]:
    """What the first chart shows: its names, values, title and notes, in drawing order."""
    return page.locator(".js-plotly-plot").first.locator("text").all_text_contents()


def test_choose_download_hand_on(
    page: Page, new_context: Callable[..., BrowserContext], url: str, outside: list[str]
) -> None:
    page.goto(url)
    ready(page)
    page.get_by_test_id("stSidebarNav").get_by_text("机关对比").click()
    expect(page.get_by_role("heading", name="机关对比")).to_be_visible()
    ready(page)
    choose(page, "市", "东三市")
    choose(page, "年度", "2022年度")
    expect(page.locator(".js-plotly-plot .ytick").first).to_contain_text("东三市")
    expect(page.locator(".js-plotly-plot").first).to_contain_text("2022年度")  # drawn anew, and with it the file's name
    assert parse_qs(urlsplit(page.url).query) == {"city": ["880300"], "year": ["2022"]}

    with page.expect_download() as picture:
        page.locator(".modebar-btn").first.click()
    assert picture.value.suggested_filename.startswith("主动公开_主动公开政府信息数_2022_东三市_")
    png = Path(picture.value.path()).read_bytes()
    assert picture.value.suggested_filename.endswith(".png") and png.startswith(b"\x89PNG")
    assert int.from_bytes(png[16:20], "big") == 1800

    page.get_by_text("SVG", exact=True).click()
    ready(page)
    with page.expect_download() as drawing:
        page.locator(".modebar-btn").first.click()
    svg = Path(drawing.value.path()).read_text(encoding="utf-8")
    for words in ("主动公开政府信息数，2022年度", "单位：万条", "注1：", "来源：", "筛选："):
        assert words in svg

    with page.expect_download() as table:
        page.get_by_role("button", name="下载 CSV").click()
    data = Path(table.value.path()).read_bytes()
    assert data.startswith(b"\xef\xbb\xbf") and table.value.suggested_filename.endswith(".csv")
    rows = pd.read_csv(io.BytesIO(data), encoding="utf-8-sig")
    held = rows[rows["状态"] == "已报告"]
    assert set(held["城市"]) == {"东三市"} and set(held["年度"]) == {2022}

    shown = names_and_values(page)
    other = new_context().new_page()
    other.goto(page.url)
    ready(other)
    assert names_and_values(other) == shown


def test_a_click_on_a_bar_shows_quote_file_and_place(page: Page, url: str, outside: list[str]) -> None:
    page.goto(f"{url}/agencies?city=880300&year=2022")
    ready(page)
    page.locator(".js-plotly-plot .bars .point path").first.click(force=True)
    expect(page.get_by_text("全年主动公开政府信息").first).to_be_visible(timeout=15_000)
    expect(page.get_by_text("正文第11—20字").first).to_be_visible()
    expect(page.get_by_text("年政府信息公开工作年度报告").first).to_be_visible()


def test_fictional_data_is_marked_on_screen_and_in_file_names(page: Page, url: str, outside: list[str]) -> None:
    page.goto(f"{url}/agencies?data=demo")
    ready(page)
    expect(page.get_by_text("虚构示例数据").first).to_be_visible()
    with page.expect_download() as picture:
        page.locator(".modebar-btn").first.click()
    assert picture.value.suggested_filename.startswith("虚构示例_")


def test_a_copied_address_may_be_the_first_request_of_a_server(
    page: Page, start_app: Callable[[Path], str], tmp_path_factory: pytest.TempPathFactory, outside: list[str]
) -> None:
    fresh = start_app(sample.publish(tmp_path_factory.mktemp("first"), sample.reports(True)))
    page.goto(f"{fresh}/trends?city=990100")
    ready(page)
    expect(page.get_by_test_id("stSidebarNav")).to_contain_text("机关对比")
    expect(page.get_by_test_id("stSidebarNav")).not_to_contain_text("agencies")
    assert urlsplit(page.url).query == "city=990100"
    expect(page.locator(".js-plotly-plot .legend")).to_contain_text("南一市")


def test_back_button_returns_to_the_view_before(page: Page, url: str, outside: list[str]) -> None:
    page.goto(f"{url}/agencies")
    ready(page)
    choose(page, "市", "东二市")
    assert "city=880200" in page.url
    page.go_back()
    expect(page.get_by_role("combobox", name="市", exact=True)).to_have_value("全部", timeout=15_000)
