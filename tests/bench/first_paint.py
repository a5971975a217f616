"""How long a reader waits for each page on a warm server, in a real browser.

    python -m tests.bench.first_paint [--warehouse DIR]

Printed per page: from asking to the first heading, and to the first chart (or, without one, to the end of the run). The second of two
visits, each in a private window: nothing is in the browser's cache. Beside it what the page weighs: elements of its charts, height.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import Error, Page, sync_playwright

from tests.bench.sessions import build
from tests.browser.conftest import BROWSERS, FLAGS, serve

CHARTS = ("", "agencies", "cities", "trends", "requests", "disputes", "proactive", "agency", "quality")
OTHERS = ("reports", "metrics", "brief", "exports", "plans")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warehouse")
    given = parser.parse_args()
    browser_path = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser_path is None:
        print("no Chromium or Chrome on PATH: nothing measured")
        return
    with (
        tempfile.TemporaryDirectory() as made,
        serve(build(given.warehouse, Path(made))) as url,
        sync_playwright() as engine,
    ):
        browser = engine.chromium.launch(executable_path=browser_path, args=FLAGS)
        print(
            f"{'page':10} {'heading':>10} {'chart':>10} {'chart parts':>12} {'height':>9}   load {os.getloadavg()[0]:.1f}"
        )
        for path in CHARTS + OTHERS:
            for visit in ("warm-up", "measured"):
                context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
                page = context.new_page()
                try:
                    told = visited(page, f"{url}/{path}", path in CHARTS)
                except Error as fault:
                    told = f"not drawn: {fault.message.splitlines()[0]}"
                if visit == "measured":
                    print(f"{path or 'overview':10} {told}", flush=True)
                context.close()
        browser.close()


def visited(page: Page, address: str, chart: bool) -> str:
    """Opens a page and waits until it is drawn; its times and sizes as a line. Raises playwright's Error after a minute."""
    started = time.perf_counter()
    page.goto(address)
    page.get_by_test_id("stHeading").first.wait_for(timeout=60_000)
    heading = time.perf_counter() - started
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    if chart:  # its code comes after the page's: no chart in sight is no sign that none will come
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
    drawn = time.perf_counter() - started
    parts = page.locator(".js-plotly-plot *").count()
    height = page.evaluate("document.querySelector('[data-testid=stMain]').scrollHeight")
    return f"{heading * 1000:7.0f} ms {drawn * 1000:7.0f} ms {parts:12} {height:6} px"


if __name__ == "__main__":
    main()
