"""A Dask scheduler and workers as processes of their own on loopback, and generated files to load."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass
class Cluster:
    address: str
    workers: list[subprocess.Popen]


def _start(*arguments: str, log: Path) -> subprocess.Popen:
    environment = os.environ | {"PYTHONPATH": str(ROOT), "DASK_DISTRIBUTED__ADMIN__LOW_LEVEL_LOG_LENGTH": "0"}
    with log.open("ab") as file:
        return subprocess.Popen(
            [sys.executable, "-m", *arguments], cwd=log.parent, env=environment, stdout=file, stderr=file
        )


@contextlib.contextmanager
def dask_cluster(folder: Path, workers: int = 2) -> Iterator[Cluster]:
    """`workers` single-threaded workers whose current folder is not ours, as on another machine."""
    folder.mkdir(parents=True, exist_ok=True)
    found = folder / "scheduler.json"
    started = [_start("distributed.cli.dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard", "--scheduler-file", str(found), log=folder / "scheduler.log")]  # fmt: skip
    try:
        until = time.monotonic() + 60
        while not (found.exists() and found.stat().st_size):
            assert time.monotonic() < until and started[0].poll() is None, (folder / "scheduler.log").read_text()
            time.sleep(0.05)
        for n in range(workers):
            started.append(
                _start(
                    "distributed.cli.dask_worker",
                    "--scheduler-file",
                    str(found),
                    "--host",
                    "127.0.0.1",
                    "--nthreads",
                    "1",
                    "--no-nanny",
                    "--no-dashboard",
                    "--local-directory",
                    str(folder),
                    log=folder / f"worker{n}.log",
                )
            )

        yield Cluster(json.loads(found.read_text())["address"], started[1:])
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def write_reports(folder: Path, count: int, seed: int = 1, faulty: bool = False) -> Path:
    """Writes `count` generated reports, clean or `faulty`: with missing and wrong ones, summaries and plans among them."""
    from etl.demo import stream_reports

    for name, data, _ in stream_reports(count, seed=seed, faulty=faulty):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return folder
