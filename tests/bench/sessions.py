"""Many readers at once: sessions over Streamlit's own websocket protocol, beside the same for an empty page.

    python -m tests.bench.sessions                            50 sessions, 5 reruns each
    python -m tests.bench.sessions --warehouse DIR --sessions 20 --reruns 3 --think 2

Each session opens 机关对比, then changes what it looks at with time to think between. Three waves on one server:

    cold    the readers of a meeting: 5 metrics in 3 chart forms, none of them looked at before
    warm    other readers, the same views: what is left when rows and figures are known; memory per session is read here
    own     everybody looks at something else: any metric, year and city, so that most runs query and draw

The pause is stated with every line: --think (2 s, somebody who clicks through), and warm and own once more with --reading (8 s, somebody who
reads each chart). Printed: time from asking to the end of the run (p50, p95), CPU per run, memory per session; for the empty page the same,
and the difference; last the server's memory in all, after every wave. Nothing fails on time. The build is --warehouse, else YEARBOOK_WAREHOUSE, else data/warehouse, else a fictional province
made for this run.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from etl.warehouse import open_current
from tests import builds

View = Callable[[random.Random], dict[str, str]]
ROOT = Path(__file__).resolve().parents[2]
EMPTY = "import streamlit as st\n\nst.title('空页')\n"
METRICS = (
    "proactive_disclosures",
    "requests_received",
    "disclosure_rate",
    "review_total",
    "normative_documents_in_force",
)
START_SECONDS, RUN_SECONDS = 60, 60


@dataclass
class Measured:
    """One server under load."""

    times: list[float]
    cpu: float
    memory: float
    failed: int
    resident: float

    def quantile(self, share: float) -> float:
        ordered = sorted(self.times)
        return ordered[min(int(len(ordered) * share), len(ordered) - 1)] * 1000 if ordered else float("nan")


@contextmanager
def server(script: Path, folder: Path, warehouse: Path | None) -> Iterator[tuple[int, int]]:
    """A dashboard on a free port: (port, process id)."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [
        sys.executable,
        "-m",
        "streamlit",
        "run",
        str(script),
        "--server.port",
        str(port),
        "--server.address",
        "127.0.0.1",
    ]
    environment = os.environ | ({"YEARBOOK_WAREHOUSE": str(warehouse)} if warehouse else {})
    running = subprocess.Popen(
        [*command, "--server.headless", "true"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{port}/_stcore/health", timeout=2) as answer:
                    if answer.read(16).strip() == b"ok":
                        break
            except OSError:
                pass
            if running.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start")
            time.sleep(0.1)
        yield port, running.pid
    finally:
        running.terminate()
        running.wait(20)


def used(pid: int) -> tuple[float, float]:
    """CPU seconds and resident MB of a process; (nan, nan) where /proc does not tell (not Linux)."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except OSError:
        return float("nan"), float("nan")
    ticks = os.sysconf("SC_CLK_TCK")
    return (int(fields[11]) + int(fields[12])) / ticks, pages * os.sysconf("SC_PAGE_SIZE") / 1e6


async def rerun(stream: websockets.ClientConnection, page: str, query: str, known: list[str]) -> float:
    """Asks for one run and waits for its end; seconds."""
    message = BackMsg()
    message.rerun_script.query_string = query
    message.rerun_script.page_name = page if not known else ""
    message.rerun_script.page_script_hash = known[0] if known else ""
    started = time.perf_counter()
    await stream.send(message.SerializeToString())
    while True:
        answer = ForwardMsg()
        answer.ParseFromString(await asyncio.wait_for(stream.recv(), RUN_SECONDS))  # type: ignore[arg-type]
        kind = answer.WhichOneof("type")
        if kind == "navigation":  # as the browser does: new_session names the start page on a copied address
            known[:] = [answer.navigation.page_script_hash]
        if kind == "script_finished" and answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY:
            return time.perf_counter() - started


def shared_view(choose: random.Random) -> dict[str, str]:
    """One of a few views that many look at."""
    return {"metric": choose.choice(METRICS), "form": choose.choice(("", "", "dumbbell", "heat"))}


def own_view(warehouse: Path) -> View:
    """Views over the whole build: any metric of it, any year, one city or all."""
    _, con = open_current(warehouse)
    metrics = [
        r[0] for r in con.execute("select distinct metric from metric_value where is_total order by 1").fetchall()
    ]
    years = [
        str(r[0]) for r in con.execute("select distinct year from report_v where is_current order by 1").fetchall()
    ]
    cities = [r[0] for r in con.execute(
        "select distinct left(adcode, 4) || '00' from agency_v where reports > 0 and city is not null order by 1").fetchall()]  # fmt: skip
    con.close()

    def view(choose: random.Random) -> dict[str, str]:
        return shared_view(choose) | {
            "metric": choose.choice(metrics), "year": choose.choice(years), "city": choose.choice([*cities, *[""] * len(cities)])
        }  # fmt: skip

    return view


async def session(port: int, page: str, n: int, reruns: int, think: float, times: list[float], view: View) -> int:
    """One reader: opens the page, then changes the view `reruns` times. Returns how many runs failed. The first run is not timed."""
    choose = random.Random(n)
    await asyncio.sleep(choose.random() * think)
    known: list[str] = []
    try:
        async with websockets.connect(
            f"ws://127.0.0.1:{port}/_stcore/stream", subprotocols=["streamlit"], max_size=None
        ) as stream:  # type: ignore[list-item]
            await rerun(stream, page, "", known)
            for _ in range(reruns):
                await asyncio.sleep(think * (0.5 + choose.random()))
                query = urlencode({name: value for name, value in view(choose).items() if value})
                times.append(await rerun(stream, page, query, known))
            await asyncio.sleep(think)
    except (OSError, TimeoutError, websockets.WebSocketException):
        return 1
    return 0


async def load(
    port: int, pid: int, page: str, first: int, given: argparse.Namespace, view: View, think: float
) -> Measured:
    """A wave of sessions, numbered from `first`: each number chooses its own views and pauses."""
    sessions: int = given.sessions
    cpu, memory = used(pid)
    times: list[float] = []
    peak = memory

    async def watch() -> None:
        nonlocal peak
        while True:
            peak = max(peak, used(pid)[1])
            await asyncio.sleep(0.5)

    watcher = asyncio.create_task(watch())
    wave = (session(port, page, n, given.reruns, think, times, view) for n in range(first, first + sessions))
    failed = sum(await asyncio.gather(*wave))
    watcher.cancel()
    after, _ = used(pid)
    runs = len(times) + sessions
    return Measured(times, (after - cpu) / max(runs, 1), (peak - memory) / max(sessions, 1), failed, used(pid)[1])


def build(given: str | None, folder: Path) -> Path:
    """The warehouse to measure; a fictional one is made where there is none."""
    for place in (given, os.environ.get("YEARBOOK_WAREHOUSE"), str(ROOT / "data" / "warehouse")):
        if place and (Path(place) / "current.json").is_file():
            return Path(place).resolve()
    return builds.fictional(folder)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--warehouse")
    parser.add_argument("--sessions", type=int, default=50)
    parser.add_argument("--reruns", type=int, default=5)
    parser.add_argument("--think", type=float, default=2.0)
    parser.add_argument("--reading", type=float, default=8.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        warehouse = build(given.warehouse, folder)
        empty = folder / "empty.py"
        empty.write_text(EMPTY, encoding="utf-8")
        (folder / ".streamlit").mkdir()
        (folder / ".streamlit" / "config.toml").write_text(
            (ROOT / ".streamlit" / "config.toml").read_text(encoding="utf-8"), encoding="utf-8"
        )
        own = own_view(warehouse)
        quick, slow = given.think, given.reading
        waves = [
            ("cold", shared_view, quick),
            ("warm", shared_view, quick),
            ("own", own, quick),
            ("warm", shared_view, slow),
            ("own", own, slow),
        ]
        print(
            f"{given.sessions} sessions x {given.reruns} reruns, build {warehouse.name}, "
            f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}"
        )
        with server(empty, folder, warehouse) as (port, pid):
            asyncio.run(session(port, "", 0, 2, 0.1, [], shared_view))
            bares = {
                t: asyncio.run(load(port, pid, "", n, given, shared_view, t)) for n, t in ((1, quick), (500, slow))
            }
        for think, bare in bares.items():
            show("empty page", think, bare, bare)
        with server(ROOT / "app.py", ROOT, warehouse) as (port, pid):
            asyncio.run(session(port, "agencies", 0, 0, 0.1, [], shared_view))  # imports
            for n, (name, view, think) in enumerate(waves):
                m = asyncio.run(load(port, pid, "agencies", 1000 * (n + 1), given, view, think))
                show(f"机关对比 {name}", think, m, bares[think])
            print(f"server's memory after all waves {m.resident:.0f} MB")


def show(name: str, think: float, m: Measured, bare: Measured) -> None:
    print(f"{name:14} think {think:g} s  runs {len(m.times):4}  failed {m.failed}  p50 {m.quantile(0.5):7.1f} ms  p95 {m.quantile(0.95):7.1f} ms "
          f"({m.quantile(0.95) - bare.quantile(0.95):+.0f} ms)  CPU/run {m.cpu * 1000:6.1f} ms  memory/session {m.memory:5.2f} MB", flush=True)  # fmt: skip


if __name__ == "__main__":
    main()
