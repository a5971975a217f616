"""The pictures of the user guide: every page of the fictional province, light, dark and narrow.

    python -m tests.browser.screenshots            writes docs/screenshots/*.png
    python -m tests.browser.screenshots agency     only pages whose name holds the word

Needs Chromium and Pillow, as the browser tests and Streamlit bring them. Pictures have at most 64 colours, so that the folder stays small.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

from tests import builds
from tests.browser.conftest import BROWSERS, FLAGS, ROOT, ready, serve

TARGET = ROOT / "docs" / "screenshots"
LARGEST = 250_000
SHOTS = {  # name: address, what to do first
    "overview": ("", ""), "agencies": ("agencies?metric=requests_received&system=自然资源", ""), "agencies-evidence": ("agencies?metric=requests_received&system=自然资源", "bar"),
    "agencies-interval": ("agencies?metric=disclosure_rate&interval=wilson&system=自然资源", ""), "cities": ("cities?metric=requests_received", ""),
    "trends": ("trends?metric=requests_received&system=教育&level=city", ""),
    "trends-slope": ("trends?metric=requests_received&form=slope&level=city", ""), "trends-bump": ("trends?metric=requests_received&form=bump&unit=sum", ""), "requests": ("requests", ""), "disputes": ("disputes", ""), "proactive": ("proactive", ""),
    "agency": ("agency?system=自然资源&level=city", ""), "reports": ("reports?system=自然资源&level=city&mark=3", ""), "quality": ("quality", ""), "plans": ("plans", ""),
    "metrics": ("metrics", ""), "brief": ("agencies?metric=requests_received&system=自然资源", "pin"), "exports": ("exports", ""),
}  # fmt: skip
DARK_AND_NARROW = tuple(n for n in SHOTS if "-" not in n)


def shoot(page: Page, target: Path, width: int, tallest: int) -> None:
    """The page from its head, at most `tallest` pixels of it."""
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    page.set_viewport_size({"width": width, "height": max(600, min(int(height), tallest))})
    ready(page, chart=False)
    page.evaluate("document.querySelector('[data-testid=stMain]').scrollTop = 0")
    page.screenshot(path=str(target))
    for colours in (128, 64, 32):
        picture = Image.open(target).convert("RGB").quantize(colours, dither=Image.Dither.NONE)
        picture.save(target, optimize=True)
        if target.stat().st_size < LARGEST:
            return
    print(f"{target.name}: {target.stat().st_size} bytes", file=sys.stderr)


def pin_two(page: Page, width: int) -> None:
    """Puts this page's first chart and that of 依申请公开 into the brief, and opens it: the way of the guide."""
    for title in ("依申请公开", "简报"):
        page.get_by_role("button", name="加入简报").first.click()
        page.get_by_role("button", name="移出简报").first.wait_for(timeout=60_000)
        if width < 560:
            page.get_by_test_id("stExpandSidebarButton").click()
        page.get_by_test_id("stSidebarNav").get_by_text(title, exact=True).click()
        if width < 560:  # Streamlit leaves the menu open over the page
            page.get_by_test_id("stSidebar").hover()
            page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
        page.get_by_role("heading", name=title, exact=True).wait_for(timeout=60_000)
        ready(page, chart=False)


def main(wanted: str) -> None:
    browser_path = next(path for name in BROWSERS if (path := shutil.which(name)))
    TARGET.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as made:
        with serve(builds.fictional(Path(made))) as url, sync_playwright() as engine:
            browser = engine.chromium.launch(executable_path=browser_path, args=FLAGS)
            for name, (path, click) in SHOTS.items():
                if wanted not in name:
                    continue
                kinds = [("", 1366, "light", 1900)]
                kinds += (
                    [("-dark", 1366, "dark", 1100), ("-narrow", 390, "light", 1700)] if name in DARK_AND_NARROW else []
                )
                for ending, width, scheme, tallest in kinds:
                    context = browser.new_context(
                        locale="zh-CN", viewport={"width": width, "height": 900}, color_scheme=scheme
                    )  # type: ignore[arg-type]
                    page = context.new_page()
                    page.goto(f"{url}/{path}")
                    ready(page, chart=False)
                    if click == "bar":
                        page.locator(".js-plotly-plot .bars .point path").first.click(force=True)
                        ready(page, chart=False)
                    if click == "pin":
                        pin_two(page, width)
                    shoot(page, TARGET / f"{name}{ending}.png", width, tallest)
                    context.close()
            browser.close()


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
