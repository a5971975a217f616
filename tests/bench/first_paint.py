"""How long a reader waits for each page on a warm server, in a real browser.

    python -m tests.bench.first_paint [--warehouse DIR]

Printed per page: from asking to the first heading, and to the first chart (or, without one, to the end of the run). The second of two
visits, each in a private window: nothing is in the browser's cache. `again` is a third one in the same window, as when the reader comes from
another page. Then the processor's time of this third visit, of server and browser, which says the same on a busy machine; and what the page
weighs: elements of its charts, height. First of all the same for an empty Streamlit page.
"""

from __future__ import annotations

import argparse
import os
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.bench.sessions import EMPTY, ROOT, build, server, used
from tests.browser.conftest import BROWSERS, FLAGS

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
    with tempfile.TemporaryDirectory() as made, sync_playwright() as engine:
        folder = Path(made)
        warehouse = build(given.warehouse, folder)
        empty = folder / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        browser = engine.chromium.launch(executable_path=browser_path, args=FLAGS)
        print(f"{'page':10} {'heading':>10} {'chart':>10} {'again':>10} {'server':>9} {'browser':>9} {'chart parts':>12} {'height':>9}   "
              f"load {os.getloadavg()[0]:.1f}")  # fmt: skip
        with server(empty, folder, None) as (port, pid):
            show("empty page", measured(browser, pid, f"http://127.0.0.1:{port}", False))
        with server(ROOT / "app.py", ROOT, warehouse) as (port, pid):
            for path in CHARTS + OTHERS:
                show(path or "overview", measured(browser, pid, f"http://127.0.0.1:{port}/{path}", path in CHARTS))
        browser.close()


def show(name: str, told: str) -> None:
    print(f"{name:10} {told}", flush=True)


@contextmanager
def window(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(locale="zh-CN", viewport={"width": 1366, "height": 768})
    yield context.new_page()
    context.close()


def measured(browser: Browser, server_pid: int, address: str, chart: bool) -> str:
    """Three visits to a page, the last two measured, as a line."""
    try:
        with window(browser) as page:
            visited(page, address, chart)
        with window(browser) as page:
            heading, drawn = visited(page, address, chart)
            before = used(server_pid)[0], others(server_pid)
            _, again = visited(page, address, chart)
            busy = used(server_pid)[0] - before[0], others(server_pid) - before[1]
            parts = page.locator(".js-plotly-plot *").count()
            height = page.evaluate("(document.querySelector('[data-testid=stMain]') || document.body).scrollHeight")
    except Error as fault:
        return f"not drawn: {fault.message.splitlines()[0]}"
    times = " ".join(f"{seconds * 1000:7.0f} ms" for seconds in (heading, drawn, again))
    return f"{times} {busy[0] * 1000:6.0f} ms {busy[1] * 1000:6.0f} ms {parts:12} {height:6} px"


def others(server_pid: int) -> float:
    """Processor seconds of every process below this one but the server: the browser's and what drives it. nan where the system does not tell."""
    try:
        parents = {int(p.name): int(p.joinpath("stat").read_text().rsplit(")", 1)[1].split()[1])
                   for p in Path("/proc").iterdir() if p.name.isdigit()}  # fmt: skip
    except OSError:  # one of them has just ended
        return others(server_pid) if Path("/proc/self/stat").exists() else float("nan")
    ours, found = {os.getpid()}, True
    while found:
        found = {pid for pid, parent in parents.items() if parent in ours} - ours - {server_pid}
        ours |= found
    return sum(used(pid)[0] for pid in ours - {os.getpid()})


def visited(page: Page, address: str, chart: bool) -> tuple[float, float]:
    """Opens a page and waits until it is drawn; seconds until its heading and until all. Raises playwright's Error after a minute."""
    started = time.perf_counter()
    page.goto(address)
    page.get_by_test_id("stHeading").first.wait_for(timeout=60_000)
    heading = time.perf_counter() - started
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]", timeout=60_000)
    if chart:  # its code comes after the page's: no chart in sight is no sign that none will come
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
    return heading, time.perf_counter() - started


if __name__ == "__main__":
    main()
