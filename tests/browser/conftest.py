"""The running dashboard and a real browser.

The app runs as its users run it (`streamlit run app.py` with the project's own config.toml) on a free port of this machine;
the browser is the system's Chromium, never one downloaded by Playwright. Without one the browser tests are skipped with the
reason; where CI=true they fail.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests import builds

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",  # as root Chromium does not start without it
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
START_SECONDS = 60


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Everything in this folder is a browser test."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _healthy(url: str) -> bool:
    # The body counts, not the status: unknown paths of the server answer 200 with the start page.
    try:
        with urllib.request.urlopen(f"{url}/_stcore/health", timeout=2) as answer:
            return bool(answer.read(16).strip() == b"ok")
    except OSError:
        return False


@contextmanager
def serve(warehouse: Path) -> Iterator[str]:
    """The dashboard on `warehouse`; yields its address without a slash at the end. Fails with the server's own words."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    command += ["--server.address", "127.0.0.1", "--server.headless", "true"]
    environment = {**os.environ, "YEARBOOK_WAREHOUSE": str(warehouse), "PYTHONUNBUFFERED": "1"}
    with tempfile.TemporaryFile() as log:
        server = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=subprocess.STDOUT)
        try:
            deadline = time.monotonic() + START_SECONDS
            while not _healthy(url):
                if server.poll() is not None or time.monotonic() > deadline:
                    log.seek(0)
                    pytest.fail(f"streamlit did not start: {log.read().decode(errors='replace')[-2000:]}")
                time.sleep(0.1)
            yield url
        finally:
            server.terminate()
            try:
                server.wait(10)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


_STILL = """() => {
    const app = document.querySelector('[data-testid=stApp]'), now = performance.now();
    if (!app) return false;
    if (!window.lastChange) {
        window.lastChange = now;
        new MutationObserver(() => { window.lastChange = performance.now(); })
            .observe(document.body, { childList: true, subtree: true, attributes: true, characterData: true });
    }
    const all = (kind, part) => [...document.querySelectorAll(`[data-testid=${kind}]`)].every(e => e.querySelector(part) || !e.checkVisibility());
    return app.getAttribute('data-test-script-state') === 'notRunning' && !document.querySelector('[data-testid=stSkeleton]')
        && all('stPlotlyChart', '.main-svg') && all('stDataFrame', 'canvas') && now - window.lastChange > QUIET;
}"""
QUIET = 400
"""Milliseconds. A run that follows from a run (a narrow window tells its width) begins within 250."""


def ready(page: Page, chart: bool = True) -> None:
    """Waits until the app has run, everything is drawn and nothing has changed for a moment; `chart`: there is one."""
    if chart:
        page.locator(".js-plotly-plot .main-svg").first.wait_for(timeout=60_000)
    else:
        page.get_by_test_id("stHeading").first.wait_for(timeout=60_000)
    page.wait_for_function(_STILL.replace("QUIET", str(QUIET)), timeout=60_000, polling=50)


@pytest.fixture(scope="session")
def start_app() -> Iterator[Callable[[Path], str]]:
    """A function warehouse folder -> address of a dashboard on it; each folder is served once, all stop at the end."""
    with ExitStack() as running:
        served: dict[Path, str] = {}

        def start(warehouse: Path) -> str:
            if warehouse not in served:
                served[warehouse] = running.enter_context(serve(warehouse))
            return served[warehouse]

        yield start


@pytest.fixture(scope="session")
def fictional_warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse with the fictional province."""
    return builds.fictional(tmp_path_factory.mktemp("fictional"))


@pytest.fixture(scope="session")
def app_url(start_app: Callable[[Path], str], fictional_warehouse: Path) -> str:
    """The address of a dashboard on the fictional province."""
    return start_app(fictional_warehouse)


@pytest.fixture(scope="session")
def chromium_path() -> str:
    found = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if found is None:
        reason = "no Chromium or Chrome on PATH; make browser says how to get one"
        if os.environ.get("CI", "").lower() == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def playwright_engine() -> Iterator[Playwright]:
    with sync_playwright() as engine:
        yield engine


@pytest.fixture(scope="session")
def browser(playwright_engine: Playwright, chromium_path: str) -> Iterator[Browser]:
    """One Chromium for the whole session; tests ask for `page`, or for `new_context` to get a window of another kind."""
    running = playwright_engine.chromium.launch(executable_path=chromium_path, args=FLAGS)
    yield running
    running.close()


@pytest.fixture
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """A function that opens a private window, Chinese, 1366x768; keywords as of Playwright's new_context (color_scheme …)."""
    with ExitStack() as opened:

        def make(**options: Any) -> BrowserContext:
            context = browser.new_context(
                **{"accept_downloads": True, "locale": "zh-CN", "viewport": {"width": 1366, "height": 768}, **options}
            )
            opened.callback(context.close)
            return context

        yield make


@pytest.fixture
def page(new_context: Callable[..., BrowserContext]) -> Page:
    """A page in a private window of its own."""
    return new_context().new_page()
