"""How long a reader waits for each page on a warm server, in a real browser.

    python -m tests.bench.first_paint [--warehouse DIR]

Printed per page: from asking to the first heading, and to the first chart (or, without one, to the end of the run). The second of two visits.
"""

from __future__ import annotations

import argparse
import shutil
import tempfile
import time
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.bench.sessions import build
from tests.browser.conftest import BROWSERS, FLAGS, serve

PAGES = (
    "", "agencies", "cities", "trends", "requests", "disputes", "proactive", "agency", "reports", "quality", "plans", "metrics", "brief", "exports",
)  # fmt: skip


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
        for path in PAGES:
            for visit in ("warm-up", "measured"):
                context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
                page = context.new_page()
                started = time.perf_counter()
                page.goto(f"{url}/{path}")
                page.get_by_test_id("stHeading").first.wait_for(timeout=60_000)
                heading = time.perf_counter() - started
                page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
                page.wait_for_function(
                    "!document.querySelector('[data-testid=stPlotlyChart]') || document.querySelector('.js-plotly-plot .main-svg')",
                    timeout=60_000,
                )
                if visit == "measured":
                    print(
                        f"{path or 'overview':10} heading {heading * 1000:6.0f} ms   chart {(time.perf_counter() - started) * 1000:6.0f} ms"
                    )
                context.close()
        browser.close()


if __name__ == "__main__":
    main()
