"""Pictures made on the server (optional): one figure, or one for each of many agencies as a zip. No streamlit.

The product needs none of this: the chart's own camera makes PNG and SVG in the browser. Where kaleido, a Chromium and a Chinese
font are found, a batch saves a person sixty clicks; where not, `renderer` says what to install, for the button to say it.
"""

from __future__ import annotations

import asyncio
import functools
import importlib.util
import io
import os
import queue
import shutil
import subprocess
import sys
import threading
import zipfile
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from etl.model import YearbookError
from pages.kit import wording
from pages.kit.downloads import PICTURE_WIDTH

FORMS = ("png", "svg", "pdf")
MOST = 300
"""Pictures of one batch: a province's agencies of one system in every county, and then some."""

SECONDS_EACH = 60
BROWSERS = (
    "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "microsoft-edge", "msedge",
)  # fmt: skip
WINDOWS_BROWSERS = ("Google/Chrome/Application/chrome.exe", "Microsoft/Edge/Application/msedge.exe")
MAC_BROWSERS = (
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
WINDOWS_FONTS = ("msyh.ttc", "msyh.ttf", "simsun.ttc", "simhei.ttf")

Progress = Callable[[int, int, str], None]
"""Called with how many are done, how many there are, and the name of the last one."""


class PictureError(YearbookError):
    """A picture could not be made on the server; the message says why and what helps."""


@dataclass(frozen=True)
class Renderer:
    """What this machine can do. `browser` is empty where something is missing; `reason` then says what to install."""

    browser: str = ""
    reason: str = ""

    @property
    def ready(self) -> bool:
        return bool(self.browser)


def _browser() -> str:
    """The path of a Chromium-like browser: BROWSER_PATH, then the search path, then where Windows and macOS keep them."""
    given = os.environ.get("BROWSER_PATH", "")
    if given:
        return given if Path(given).is_file() else ""
    for name in BROWSERS:
        if found := shutil.which(name):
            return found
    bases = [os.environ.get(name, "") for name in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
    places = [Path(base) / tail for base in bases if base for tail in WINDOWS_BROWSERS]
    places += [Path(place) for place in MAC_BROWSERS] if sys.platform == "darwin" else []
    return next((str(place) for place in places if place.is_file()), "")


def _has_chinese_font() -> bool:
    if sys.platform == "darwin":
        return True  # PingFang is part of the system
    if sys.platform == "win32":
        fonts = Path(os.environ.get("WINDIR", "")) / "Fonts"
        return any((fonts / name).is_file() for name in WINDOWS_FONTS)
    lister = shutil.which("fc-list")
    if not lister:
        return False
    try:
        listed = subprocess.run([lister, ":lang=zh-cn", "family"], capture_output=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return bool(listed.stdout.strip())


@functools.cache
def renderer() -> Renderer:
    """Whether pictures can be made here, looked up once per process. A missing part is named with what to install."""
    missing = []
    if importlib.util.find_spec("kaleido") is None:
        missing.append("Python 组件 kaleido（在程序目录运行 .venv/bin/pip install kaleido）")
    browser = _browser()
    if not browser:
        missing.append("Chromium 或 Chrome 浏览器（Debian、Ubuntu：apt-get install chromium）")
    if not _has_chinese_font():
        missing.append("中文字体（Debian、Ubuntu：apt-get install fonts-noto-cjk）")
    if missing:
        return Renderer(
            reason=f"批量图片由服务器生成，本机还缺：{'；'.join(missing)}。装好后重新启动。"
            "不装也可用：点图右上角的相机按钮，浏览器即生成 PNG 或 SVG。"
        )
    return Renderer(browser=browser)


def picture(figure: Any, form: str = "png", width: int = PICTURE_WIDTH) -> bytes:
    """One figure as PNG (2x), SVG or PDF. Raises PictureError where this machine cannot."""
    return _render([("", lambda: figure)], form, width, None)[0]


def pictures(
    items: Sequence[tuple[str, Callable[[], Any]]],
    form: str = "png",
    about: Sequence[str] = (),
    progress: Progress | None = None,
) -> bytes:
    """A zip of one picture per item (file name without extension, function that draws), and 说明.txt made of `about`.

    Items are drawn one after the other, so that memory holds one figure at a time. `progress` is called on the calling
    thread. Raises PictureError: nothing installed, too many items, or a picture that fails (named).
    """
    if len(items) > MOST:
        raise PictureError(f"一次最多生成{MOST}张图片，所选为{len(items)}张。请用筛选缩小范围。")
    stems = _distinct([stem for stem, _ in items])
    made = _render([(stem, draw) for stem, (_, draw) in zip(stems, items, strict=True)], form, PICTURE_WIDTH, progress)
    files = [(f"{stem}.{form}", data) for stem, data in zip(stems, made, strict=True)]
    text = "\r\n".join([*map(wording.clean, about), f"共{len(files)}张图片："] + [name for name, _ in files]) + "\r\n"
    return zipped([("说明.txt", text.encode("utf-8-sig")), *files])


def each(
    items: Sequence[tuple[str, Callable[[], Any]]], form: str = "png", progress: Progress | None = None
) -> list[bytes]:
    """One picture per item (name for messages, function that draws), by one browser. Raises PictureError."""
    return _render(items, form, PICTURE_WIDTH, progress)


def _distinct(stems: Sequence[str]) -> list[str]:
    """Two agencies of one name get two file names."""
    seen: dict[str, int] = {}
    out = []
    for stem in stems:
        stem = stem or "图"
        seen[stem] = seen.get(stem, 0) + 1
        out.append(stem if seen[stem] == 1 else f"{stem}_{seen[stem]}")
    return out


def zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    """A zip whose bytes depend only on names and contents."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files:
            entry = zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))
            entry.compress_type = (
                zipfile.ZIP_STORED if name.endswith((".png", ".zip", ".xlsx")) else zipfile.ZIP_DEFLATED
            )
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return buffer.getvalue()


def _render(
    items: Sequence[tuple[str, Callable[[], Any]]], form: str, width: int, progress: Progress | None
) -> list[bytes]:
    """Pictures of `items` by one browser. The browser's event loop runs on a thread of its own: a page's thread may have none."""
    if form not in FORMS:
        raise PictureError(f"图片格式只能是 {'、'.join(FORMS)}，现为 {form!r}。")
    able = renderer()
    if not able.ready:
        raise PictureError(able.reason)
    done: queue.Queue[tuple[str, bytes] | Exception | None] = queue.Queue()
    stop = threading.Event()

    async def work() -> None:
        from kaleido import Kaleido, PageGenerator  # optional: only here

        page = PageGenerator(mathjax=False)  # its default would be fetched from outside
        async with Kaleido(n=1, timeout=SECONDS_EACH, page_generator=page, path=able.browser) as browser:
            for stem, draw in items:
                if stop.is_set():
                    return
                figure = draw()
                layout = {
                    "format": form, "width": width, "height": int(figure.layout.height or 500), "scale": 1 if form == "svg" else 2,
                }  # fmt: skip
                done.put((stem, await browser.calc_fig(figure.to_plotly_json(), opts=layout)))

    def run() -> None:
        try:
            asyncio.run(work())
            done.put(None)
        except Exception as fault:  # noqa: BLE001  whatever the browser does, the page says it in one line
            done.put(fault)

    thread = threading.Thread(target=run, name="pictures", daemon=True)
    thread.start()
    made: list[bytes] = []
    try:
        while True:
            told = done.get()
            if told is None:
                break
            if isinstance(told, Exception):
                stem = items[len(made)][0] if len(made) < len(items) else ""
                what = f"第{len(made) + 1}张（{stem}）" if stem else "图片"
                raise PictureError(
                    f"{what}未能生成：{str(told).splitlines()[0] if str(told) else type(told).__name__}。请再试一次。"
                ) from told
            made.append(told[1])
            if progress:
                progress(len(made), len(items), told[0])
    finally:
        stop.set()
        thread.join(timeout=30)
    return made
