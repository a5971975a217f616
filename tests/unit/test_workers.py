"""Many readers, one writer: the same contents with one worker, four, or a Dask cluster; a worker that dies loses nothing."""

from __future__ import annotations

import json
import multiprocessing
import os
import signal
import time
from pathlib import Path

import pytest

from etl.warehouse import WarehouseError, content_hash, load, workers
from etl.warehouse import build as builds
from etl.warehouse.loader import Silent
from tests.cluster import dask_cluster, write_reports
from tests.unit.test_warehouse import fake_extract, find

pytest.importorskip("distributed", reason="dask[distributed] is optional")


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    with dask_cluster(tmp_path_factory.mktemp("cluster")) as made:
        yield made


def same_hash(files: Path, place: Path, address: str) -> None:
    builds = [
        load([files], directory=place / name, **how)
        for name, how in {"one": {"workers": 1}, "four": {"workers": 4}, "cluster": {"scheduler": address}}.items()
    ]
    assert [b.set_aside for b in builds] == [[]] * 3
    assert len({content_hash(b.published) for b in builds}) == 1
    assert builds[0].published.reports >= len(list(files.rglob("*.*")))


def test_one_worker_four_and_a_cluster_give_the_same_contents(tmp_path, cluster, monkeypatch):
    write_reports(tmp_path / "files", 60)
    monkeypatch.setattr(workers, "CHUNK", 7)
    monkeypatch.chdir(tmp_path)  # paths as given are relative; the cluster's workers stand elsewhere
    same_hash(Path("files"), tmp_path, cluster.address)


@pytest.mark.soak
def test_two_thousand_files_give_the_same_contents(tmp_path, cluster):
    same_hash(write_reports(tmp_path / "files", 2000), tmp_path, cluster.address)


# --- workers that die --------------------------------------------------------------------------------------------------


def slow_extract(target):
    time.sleep(0.01)
    return fake_extract(target)


def deadly_extract(target):
    """A file that ends whoever reads it, as one that takes all memory does."""
    if (
        Path(target).read_text(encoding="utf-8").startswith("死")
        and "pytest" not in multiprocessing.current_process().name
    ):
        os.kill(os.getpid(), signal.SIGKILL)
    return fake_extract(target)


@pytest.fixture
def files(tmp_path, monkeypatch):
    folder = tmp_path / "files"
    folder.mkdir()
    for n in range(60):
        said = [{"agency": f"岚屿市第{n}局", "figures": [["requests_received", n, {"breakdown": "total"}]]}]
        (folder / f"{n:02d}.json").write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    monkeypatch.setattr(workers, "CHUNK", 5)
    monkeypatch.setattr(workers, "IN_PROCESS", 1)
    return folder


class KillOne(Silent):
    """Kills a worker when the first files are in."""

    def __init__(self, victim) -> None:
        self.victim, self.killed = victim, 0

    def stage(self, name, total=None):
        self.name = name

    def advance(self, read=0, unchanged=0, set_aside=0):
        if self.name == "读取" and not self.killed:
            self.killed = self.victim()
            os.kill(self.killed, signal.SIGKILL)


def run(files, place, **more):
    return load([files], directory=place, find=find, extractor="1", **({"extract": slow_extract, "workers": 1} | more))


def test_a_killed_process_loses_nothing(files, tmp_path):
    whole = run(files, tmp_path / "one")
    kill = KillOne(lambda: min(p.pid for p in multiprocessing.active_children()))
    result = run(files, tmp_path / "two", workers=2, progress=kill)
    assert kill.killed and (result.read, result.set_aside) == (60, [])
    assert content_hash(result.published) == content_hash(whole.published)


def test_a_file_that_kills_its_reader_is_set_aside_alone(files, tmp_path):
    (files / "30.json").write_text("死", encoding="utf-8")
    result = run(files, tmp_path / "two", workers=2, extract=deadly_extract)
    assert [Path(s.path).name for s in result.set_aside] == ["30.json"]
    assert "进程被终止" in result.set_aside[0].reason
    assert (result.read, result.published.reports) == (59, 59)


def test_a_killed_worker_of_a_cluster_loses_nothing_and_none_left_is_said(files, tmp_path, monkeypatch):
    whole = run(files, tmp_path / "one")
    monkeypatch.setattr(workers, "LOOK_ROUND", 0.5)
    with dask_cluster(tmp_path / "cluster") as own:
        kill = KillOne(lambda: own.workers[0].pid)
        result = run(files, tmp_path / "two", scheduler=own.address, progress=kill)
        assert kill.killed and (result.read, result.set_aside) == (60, [])
        assert content_hash(result.published) == content_hash(whole.published)
        kill = KillOne(lambda: own.workers[1].pid)
        with pytest.raises(WarehouseError, match="没有工作进程"):
            run(files, tmp_path / "three", scheduler=own.address, progress=kill)
        assert kill.killed and not builds.build_files(tmp_path / "three")


def test_a_cluster_that_cannot_be_reached_or_runs_other_code(files, tmp_path, cluster):
    with pytest.raises(WarehouseError, match="连不上调度器"):
        run(files, tmp_path / "two", scheduler="nonsense")
    with pytest.raises(WarehouseError, match="同一版本"):
        workers.extract_chunk(fake_extract, "another version", [])
