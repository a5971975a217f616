"""Loads that are killed, disks that are full, readers that look on: the published build is whole at every moment.

The small version of each runs in make test, the long one in make soak. The seed of the random moments is printed; SEED=... repeats it.
"""

from __future__ import annotations

import contextlib
import json
import multiprocessing
import os
import random
import signal
import time
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from etl.warehouse import current_build, load, open_current
from etl.warehouse.loader import Silent
from tests.unit.test_warehouse import fake_extract, find

FILES = 8
pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL and limits of POSIX")


def write(folder: Path, value: int) -> None:
    """Every report of the folder says the same number, so that half a build would show two."""
    folder.mkdir(exist_ok=True)
    for n in range(FILES):
        figures = [
            ["requests_received", value, {"breakdown": "total"}],
            ["requests_carried_in", value, {"breakdown": "total"}],
        ]
        part = folder / f"{n}.part"
        part.write_text(
            json.dumps([{"agency": f"岚屿市第{n}局", "figures": figures}], ensure_ascii=False), encoding="utf-8"
        )
        part.replace(folder / f"{n}.json")


class Spoken(Silent):
    """Says when a stage begins, so that the killer knows that the load has started."""

    def __init__(self, said: Connection) -> None:
        self.said = said

    def stage(self, name, total=None):
        self.said.send(name)


def run(folder: Path, place: Path, progress=None):
    return load(
        [folder], directory=place, extract=fake_extract, find=find, extractor="1", workers=1, wait=60, progress=progress
    )


def child(what, *arguments) -> tuple[multiprocessing.process.BaseProcess, Connection]:
    """A function of this file in a process of its own, with what it says.

    They are forks of one server, which has imported what a load needs and read the registry: most of a small load is that.
    """
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tests.soak.warm"])
    hears, says = context.Pipe(duplex=False)
    process = context.Process(target=what, args=(says, *map(str, arguments)))
    process.start()
    says.close()
    return process, hears


def hear(hears: Connection, seconds: float = 60):
    """The next thing that a child says; EOFError when it ended without a word."""
    assert hears.poll(seconds), "the child says nothing"
    return hears.recv()


def load_once(says: Connection, folder: str, place: str) -> None:
    run(Path(folder), Path(place), Spoken(says))


def seen(place: Path) -> tuple[int, float]:
    """(rows, the one value they all have) of the current build. Fails on half a build."""
    _, con = open_current(place)
    with contextlib.closing(con):
        rows = con.execute(
            "select count(*), min(value), max(value), (select count(*) from report_v) from metric_value where method <> 'derived'"
        ).fetchone()
    assert rows[0] == 2 * FILES and rows[1] == rows[2] and rows[3] == FILES, rows
    return rows[0], rows[1]


def seed() -> random.Random:
    chosen = int(os.environ.get("SEED") or random.SystemRandom().randrange(10**9))
    print(f"SEED={chosen}")
    return random.Random(chosen)


def survive_kills(tmp_path: Path, kills: int) -> None:
    rng, folder, place = seed(), tmp_path / "files", tmp_path / "warehouse"
    write(folder, 0)
    run(folder, place)
    started = time.monotonic()
    write(folder, 1)
    run(folder, place)
    lasts = time.monotonic() - started
    killed, value = 0, 1
    while killed < kills:
        write(folder, value + 1)
        process, hears = child(load_once, folder, place)
        hear(hears)  # the load is under way
        time.sleep(rng.uniform(0, lasts * 1.3))
        finished = process.exitcode is not None
        process.kill()
        process.join()
        killed += not finished
        assert seen(place)[1] in (value, value + 1)  # the kill may fall between the switch and the process's end
        run(folder, place)
        value += 1
        assert seen(place) == (2 * FILES, value)
        lasts = max(lasts * 0.9, 0.2) if finished else lasts
        left = sorted(p.name for p in place.iterdir())
        assert all(name.endswith(".duckdb") or name in ("current.json", "load.lock") for name in left), left
        assert len(left) <= 5


def test_five_kills(tmp_path):
    survive_kills(tmp_path, 5)


@pytest.mark.soak
def test_fifty_kills(tmp_path):
    survive_kills(tmp_path, 50)


# --- a reader in a second process --------------------------------------------------------------------------------------


def read_until_told(says: Connection, place: str) -> None:
    """Looks at the current build again and again; says every value that it saw. An error ends it before that."""
    values: list[float] = []
    looks = 0
    says.send("ready")
    while not (Path(place) / "stop").exists():
        value = seen(Path(place))[1]
        looks += 1
        if not values or values[-1] != value:
            values.append(value)
    says.send({"values": values, "looks": looks})


def read_while_loading(tmp_path: Path, loads: int) -> None:
    folder, place = tmp_path / "files", tmp_path / "warehouse"
    write(folder, 0)
    run(folder, place)
    reader, hears = child(read_until_told, place)
    assert hear(hears) == "ready"
    for value in range(1, loads + 1):
        write(folder, value)
        run(folder, place)
    time.sleep(0.3)
    (place / "stop").touch()
    said = hear(hears)
    reader.join()
    assert said["values"] == sorted(set(said["values"])), "a reader went back in time"
    assert said["values"][-1] == loads
    assert said["looks"] > loads
    print(said)


def test_a_reader_sees_whole_builds_while_three_loads_run(tmp_path):
    read_while_loading(tmp_path, 3)


@pytest.mark.soak
def test_a_reader_sees_whole_builds_while_twenty_loads_run(tmp_path):
    read_while_loading(tmp_path, 20)


# --- disks -------------------------------------------------------------------------------------------------------------


def load_or_say(says: Connection, folder: str, place: str) -> None:
    """Says nothing where the load works, else the line that a person sees."""
    from etl.warehouse import WarehouseError

    try:
        run(Path(folder), Path(place))
    except WarehouseError as fault:
        says.send(str(fault))
    else:
        says.send("")


def load_with_little_room(says: Connection, folder: str, place: str, room: str) -> None:
    """A file may not grow beyond `room` bytes: what a full disk does to a load."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(room), int(room)))
    load_or_say(says, folder, place)


@pytest.mark.parametrize("share", [0.03, 0.3, 0.95, 3])
def test_a_disk_without_room_is_one_line_and_loses_nothing(tmp_path, share):
    folder, place = tmp_path / "files", tmp_path / "warehouse"
    write(folder, 0)
    before = run(folder, place).build
    write(folder, 1)
    room = int(Path(before.path).stat().st_size * share)
    said = hear(child(load_with_little_room, folder, place, room)[1])
    if share < 1:
        assert "磁盘空间不足" in said and "没有改动" in said and len(said.splitlines()) == 1
        assert current_build(place).name == before.name
        assert seen(place)[1] == 0
        run(folder, place)
    else:
        assert said == ""
    assert seen(place)[1] == 1


def load_as_nobody(says: Connection, folder: str, place: str) -> None:
    run(Path(folder), Path(place).with_name("warm"))  # another user may not be allowed to import what is imported late
    if os.geteuid() == 0:
        os.setgid(65534)
        os.setuid(65534)
    load_or_say(says, folder, place)


def test_a_folder_that_may_not_be_written_is_one_line(tmp_path):
    folder, place = tmp_path / "files", tmp_path / "warehouse"
    write(folder, 0)
    run(folder, place)
    write(folder, 1)
    for path in (tmp_path, *tmp_path.parents):  # pytest's own folders are closed to others, one more with xdist
        if "pytest" in str(path):
            path.chmod(0o755)
    place.chmod(0o555)
    try:
        said = hear(child(load_as_nobody, folder, place)[1])
    finally:
        place.chmod(0o755)
    assert "写不了" in said and "没有改动" in said and len(said.splitlines()) == 1
    assert seen(place)[1] == 0
