"""How far a load is: a bar on a terminal, one line in ten seconds elsewhere. Everything goes to stderr."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress


class LoadProgress:
    """Draws the stages of a load (etl.warehouse.Progress). Used as a context manager."""

    every = 10.0
    """Seconds between two lines where there is no terminal."""

    def __init__(self, console: Console | None = None) -> None:
        self.console = console
        self.counts = {"read": 0, "unchanged": 0, "set_aside": 0}
        self.name, self.total, self.done = "", 0, 0
        self.started = self.last = time.monotonic()
        self.bar: Progress | None = None

    def __enter__(self) -> LoadProgress:
        if self.console.is_terminal if self.console else sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

            self.bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("{task.fields[rate]}"),
                TimeRemainingColumn(),
                TextColumn("{task.fields[counts]}"),
                console=self.console or Console(file=sys.stderr),
                transient=True,
            )
            self.task = self.bar.add_task("准备", total=None, rate="", counts="")
            self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.bar:
            self.bar.stop()

    def stage(self, name: str, total: int | None = None) -> None:
        self.name, self.total, self.done, self.started = name, total or 0, 0, time.monotonic()
        if self.bar:
            self.bar.update(self.task, description=name, total=total, completed=0, rate="", counts=self._counts())

    def advance(self, read: int = 0, unchanged: int = 0, set_aside: int = 0) -> None:
        for name, more in (("read", read), ("unchanged", unchanged), ("set_aside", set_aside)):
            self.counts[name] += more
        self.done += read + unchanged + set_aside
        now = time.monotonic()
        rate = f"{self.done / max(now - self.started, 1e-3):.0f} 份/秒"
        if self.bar:
            self.bar.update(self.task, completed=self.done, rate=rate, counts=self._counts())
        elif now - self.last >= self.every:
            self.last = now
            left = (self.total - self.done) * (now - self.started) / max(self.done, 1)
            print(
                f"{self.name} {self.done}/{self.total}，{rate}，约剩 {left:.0f} 秒；{self._counts()}",
                file=sys.stderr,
                flush=True,
            )

    def _counts(self) -> str:
        return f"已读 {self.counts['read']}，搁置 {self.counts['set_aside']}"
