"""Builds for tests and benchmarks, made by the commands that a user types."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.cluster import ROOT


def run(*arguments: str) -> None:
    """`python -m etl ...`; a load that set files aside (3) is a load. Fails with the command's own words."""
    done = subprocess.run([sys.executable, "-m", "etl", *arguments], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode in (0, 3), done.stderr[-2000:]


def load(files: Path, warehouse: Path) -> Path:
    """`files`, a folder or one file, read into a warehouse; returns its folder."""
    run("load", str(files), "--warehouse", str(warehouse))
    return warehouse


def fictional(folder: Path, *options: str) -> Path:
    """The fictional province, written into `folder` and loaded as `make run` does; `options` as of `etl demo`."""
    run("demo", str(folder / "files"), *options)
    return load(folder / "files", folder / "warehouse")
