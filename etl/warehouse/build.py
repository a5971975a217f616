"""Builds: one DuckDB file each, and current.json that names the one in use.

A load copies the current build, changes the copy, checks it, closes it, and only then switches the
pointer; so a reader never waits and never sees half a load, and a kill at any moment leaves the old build in use.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from etl.model import YearbookError

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

POINTER = "current.json"
LOCK = "load.lock"
KEEP = 3
"""Builds kept, the current one included (ARCHITECTURE, Warehouse)."""
HERE = Path(__file__).resolve().parent
SCHEMA, VIEWS = HERE / "schema.sql", HERE.parent / "views.sql"
VIEW_NAMES = (
    "report_v", "observation_v", "metric_value", "indicator_value", "finding_v", "rule_v", "rule_result_v", "coverage", "plan_v", "metric_v",
    "indicator_v", "agency_v", "source_v", "correction_v", "build_v",
)  # fmt: skip
CONNECT: dict[str, Any] = {
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
    "allow_community_extensions": "false",
}
"""Settings of every connection: a build needs no extension, and none may be fetched."""
_LOCKING_DOWN = threading.Lock()


def lacking_views(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Views of views.sql that an open build has not: it was published by an older version. Columns are only ever added to views, so that
    what an older build lacks otherwise is a column, which this does not see."""
    wanted = set(re.findall(r"^create or replace view (\w+)", VIEWS.read_text(encoding="utf-8"), re.MULTILINE))
    return wanted - {name for (name,) in con.execute("select view_name from duckdb_views()").fetchall()}


class WarehouseError(YearbookError):
    """The warehouse cannot be read or written. `str()` is one Chinese line with the next step."""


@dataclass(frozen=True, slots=True)
class Build:
    """One published build: what current.json says about it. Counts are of the whole build, real and fictional; findings are those that say
    something does not fit: what passed, or cannot be judged, is counted by rule_use_v."""

    name: str
    path: str
    number: int
    created: str  # local time, ISO 8601 to the second
    extractor: str
    fingerprint: str
    sources: int
    set_aside: int
    reports: int
    current_reports: int
    observations: int
    findings: int
    agencies: int
    has_real: bool
    has_fictional: bool


def warehouse_dir(given: str | os.PathLike[str] | None = None) -> Path:
    """Where builds live: the option, else the environment variable YEARBOOK_WAREHOUSE, else data/warehouse of this checkout."""
    chosen = given or os.environ.get("YEARBOOK_WAREHOUSE")
    return Path(chosen) if chosen else HERE.parents[1] / "data" / "warehouse"


# --- reading -----------------------------------------------------------------------------------------------------


def _pointer(directory: Path) -> list[dict[str, Any]] | None:
    """The builds that current.json lists, the current one first; None when there is no pointer."""
    path = directory / POINTER
    try:
        listed = json.loads(path.read_text(encoding="utf-8"))["builds"]
    except FileNotFoundError:
        return None
    except OSError as fault:
        raise WarehouseError(f"读不了 {path}（{fault.strerror}）。请检查文件夹权限。") from fault
    except (ValueError, KeyError, TypeError) as fault:
        raise WarehouseError(f"{path} 已损坏。请运行 python -m etl rollback，它会改用最近一个完好的数据库。") from fault
    names = {f.name for f in fields(Build)} - {"path"}
    if (
        not isinstance(listed, list)
        or not listed
        or any(not isinstance(b, dict) or not names <= b.keys() for b in listed)
    ):
        raise WarehouseError(f"{path} 已损坏。请运行 python -m etl rollback，它会改用最近一个完好的数据库。")
    return listed


def _as_build(directory: Path, entry: dict[str, Any]) -> Build:
    known = {f.name for f in fields(Build)} - {"path"}
    return Build(path=str(directory / f"{entry['name']}.duckdb"), **{k: v for k, v in entry.items() if k in known})


def as_entry(build: Build) -> dict[str, Any]:
    """A build as current.json lists it; the path follows from the name, so that the folder can be moved."""
    return {k: v for k, v in asdict(build).items() if k != "path"}


def build_files(directory: Path) -> list[Path]:
    """Complete builds on disk, newest first (their names begin with the load's number)."""
    return sorted(directory.glob("build-*.duckdb"), reverse=True)


def current_build(directory: str | os.PathLike[str] | None = None) -> Build | None:
    """The build in use, None when there is none yet. Raises WarehouseError for a pointer that is damaged, lost, or points nowhere."""
    directory = warehouse_dir(directory)
    listed = _pointer(directory)
    if listed is None:
        if build_files(directory):
            raise WarehouseError(
                f"{directory} 里有数据库，但指明当前库的 {POINTER} 不见了。请运行 python -m etl rollback，它会改用最近一个完好的数据库。"
            )
        return None
    build = _as_build(directory, listed[0])
    if not Path(build.path).is_file():
        raise WarehouseError(f"当前数据库 {build.path} 不见了。请运行 python -m etl rollback 回到上一个，或重新 load。")
    return build


def listed_builds(directory: str | os.PathLike[str] | None = None) -> list[Build]:
    """All builds that can be gone back to, the current one first."""
    directory = warehouse_dir(directory)
    return [_as_build(directory, entry) for entry in _pointer(directory) or []]


def connect_readonly(path: str | os.PathLike[str]) -> duckdb.DuckDBPyConnection:
    """A read-only connection that can reach nothing but this file. Raises WarehouseError."""
    try:
        con = duckdb.connect(str(path), read_only=True, config=CONNECT)
        with _LOCKING_DOWN:  # two connections of one process share the settings, and locked ones cannot be set again
            if not con.execute("select current_setting('lock_configuration')").fetchone()[0]:  # type: ignore[index]
                con.execute("set enable_external_access = false")
                con.execute("set lock_configuration = true")
        con.execute("select count(*) from build_v").fetchone()
    except duckdb.Error as fault:
        raise WarehouseError(f"数据库 {path} 打不开，可能已损坏。请运行 python -m etl rollback 回到上一个。") from fault
    return con


@contextlib.contextmanager
def damage_said(path: str | os.PathLike[str]) -> Iterator[None]:
    """Turns what a damaged file does to a query into one line: a build opens even where a page deep inside is broken."""
    try:
        yield
    except duckdb.Error as fault:
        if not isinstance(
            fault, duckdb.IOException | duckdb.FatalException | duckdb.InternalException
        ) and "orrupt" not in str(fault):
            raise
        raise WarehouseError(
            f"数据库 {path} 读不出来，可能已损坏。请运行 python -m etl rollback 回到上一个。"
        ) from fault


def open_current(directory: str | os.PathLike[str] | None = None) -> tuple[Build, duckdb.DuckDBPyConnection]:
    """The build in use and a read-only connection to it, locked down: no file access, no extensions, no settings.

    Raises WarehouseError when there is no build or it cannot be opened. Cache by `Build.name`; one `con.cursor()` per session.
    A build that a load removes between the two steps is looked up again.
    """
    for attempt in (1, 2, 3):
        build = current_build(directory)
        if build is None:
            raise WarehouseError(f"{warehouse_dir(directory)} 里还没有数据库。请先运行 python -m etl load 文件夹。")
        try:
            return build, connect_readonly(build.path)
        except WarehouseError:
            if attempt == 3 or current_build(directory) == build:
                raise
    raise AssertionError("unreachable")


# --- writing -----------------------------------------------------------------------------------------------------


def _lock(file: Any) -> bool:
    try:
        if fcntl is not None:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        else:
            import msvcrt

            file.seek(4096)  # beyond the note, which others must be able to read
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)  # type: ignore[attr-defined]
    except OSError as fault:
        if fault.errno in (errno.EAGAIN, errno.EACCES, errno.EDEADLK):
            return False
        raise  # a network drive that knows no locks is nobody's load
    return True


@contextlib.contextmanager
def only_one_load(directory: Path, wait: float = 0, notice: Callable[[str], None] | None = None) -> Iterator[None]:
    """Holds the lock of the warehouse. The system gives it back when the process ends, however it ends.

    Waits up to `wait` seconds, telling `notice` once who holds it and since when; then raises WarehouseError with the same words.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        file = open(directory / LOCK, "a+", encoding="utf-8")
    except OSError as fault:
        raise _cannot_write(directory, fault) from fault
    with file:
        until, told = time.monotonic() + wait, False
        while True:
            with _disk(directory):
                if _lock(file):
                    break
            file.seek(0)
            holder = file.read(300).strip() or "另一个进程"
            if time.monotonic() >= until:
                raise WarehouseError(f"{directory} 正在被另一次 load 使用：{holder}。请等它结束后重试。")
            if notice and not told:
                notice(f"另一次 load 正在使用 {directory}：{holder}。等它结束……")
                told = True
            time.sleep(0.2)
        with _disk(directory):
            file.seek(0)
            file.truncate()
            file.write(f"进程 {os.getpid()}（{socket.gethostname()}），自 {datetime.now():%Y-%m-%d %H:%M:%S} 起")
            file.flush()
        yield
        with contextlib.suppress(OSError):
            file.truncate(0)


_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}
_FULL_WORDS = ("space", "too large", "quota")


def says_full(fault: duckdb.Error) -> bool:
    """Whether DuckDB failed because the disk, a quota or a limit on file size has no room left."""
    return any(word in str(fault).lower() for word in _FULL_WORDS)


def _cannot_write(directory: Path, fault: OSError) -> WarehouseError:
    if fault.errno in _FULL:
        return WarehouseError(f"磁盘空间不足，{directory} 写不下新的数据库。原来的数据库没有改动；请腾出空间后重试。")
    return WarehouseError(f"写不了 {directory}（{fault.strerror or fault}）。原来的数据库没有改动；请检查文件夹权限。")


@contextlib.contextmanager
def _disk(directory: Path) -> Iterator[None]:
    """Turns what a disk can do to a load into one line."""
    try:
        yield
    except OSError as fault:
        raise _cannot_write(directory, fault) from fault
    except (duckdb.FatalException, duckdb.InternalException) as fault:
        if says_full(fault):
            raise _cannot_write(directory, OSError(errno.ENOSPC, "")) from fault
        raise
    except duckdb.OutOfMemoryException as fault:
        if "max_temp_directory_size" in str(fault):  # nine tenths of what the disk has left
            raise _cannot_write(directory, OSError(errno.ENOSPC, "")) from fault
        raise WarehouseError("内存不足，装载中断。原来的数据库没有改动；请关闭其他程序，或分批 load。") from fault
    except duckdb.IOException as fault:
        if says_full(fault):
            raise _cannot_write(directory, OSError(errno.ENOSPC, "")) from fault
        raise WarehouseError(
            f"读写 {directory} 时出错（{str(fault).splitlines()[0]}）。原来的数据库没有改动；若当前库已损坏，请运行 python -m etl rollback。"
        ) from fault


def clean_leftovers(directory: Path) -> None:
    """Removes what a killed load left behind: unfinished copies, and complete builds that no pointer lists.

    Without a pointer nothing complete is removed: it may be all there is.
    """
    with _disk(directory):
        for path in sorted(directory.glob("build-*.part*")) + sorted(directory.glob(f"{POINTER}.*")):
            if path.is_dir():  # where DuckDB spilled
                shutil.rmtree(path, ignore_errors=True)
            else:
                path.unlink(missing_ok=True)
        listed = _pointer(directory)
        if listed is not None:
            keep = {entry["name"] for entry in listed}
            for path in build_files(directory):
                if path.stem not in keep:
                    _remove(path)


def _remove(path: Path) -> None:
    """Removes a build nobody is sent to any more. Windows keeps a file that a reader still has open; the next load tries again."""
    with contextlib.suppress(PermissionError):
        path.unlink(missing_ok=True)
        path.with_name(path.name + ".wal").unlink(missing_ok=True)


def intact_builds(directory: Path) -> list[Build]:
    """The builds on disk that open, newest first, for a warehouse whose pointer is lost or damaged."""
    found = []
    for path in build_files(directory)[:KEEP]:
        with contextlib.suppress(WarehouseError), contextlib.closing(connect_readonly(path)) as con:
            found.append(read_build(con, path.stem, str(path)))
    return found


def read_build(con: duckdb.DuckDBPyConnection, name: str, path: str) -> Build:
    """A build's own row about itself."""
    columns = [f.name for f in fields(Build) if f.name not in ("name", "path", "created")]
    row = con.execute(
        f"select strftime(created_at, '%Y-%m-%dT%H:%M:%S'), {', '.join(columns)} from build order by number desc limit 1"
    ).fetchone()
    if row is None:
        raise WarehouseError(f"数据库 {path} 不完整。请运行 python -m etl rollback 回到上一个。")
    return Build(name=name, path=path, created=row[0], **dict(zip(columns, row[1:], strict=True)))


def _sync(path: Path) -> None:
    """Makes sure that a file's, or on POSIX a folder's, content is on the disk."""
    if os.name == "nt" and path.is_dir():
        return
    handle = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _point(directory: Path, builds: list[Build]) -> None:
    """Replaces current.json; the one moment at which readers see another build."""
    temporary = directory / f"{POINTER}.{os.getpid()}"
    entries = [as_entry(b) for b in builds]
    temporary.write_text(json.dumps({"builds": entries}, ensure_ascii=False, indent=1), encoding="utf-8")
    _sync(temporary)
    os.replace(temporary, directory / POINTER)
    _sync(directory)


def repoint(directory: Path, builds: list[Build]) -> None:
    """Makes the first of `builds` current and lists the others behind it."""
    with _disk(directory):
        _point(directory, builds)


def _bound_memory(con: duckdb.DuckDBPyConnection) -> None:
    """Lets a load take 2 GB, or a seventh of what DuckDB takes by itself where that is more; beyond, it sorts on disk beside the build.

    By itself it takes 80 % of the machine, on which an office also runs the dashboard. A load of 20,000 reports is no slower for it.
    """
    row = con.execute("select current_setting('memory_limit')").fetchone()
    number, _, unit = (row[0] if row else "").partition(" ")
    own = float(number) * {"MiB": 1 / 1024, "GiB": 1, "TiB": 1024}.get(unit, 0)
    if own > 2:
        con.execute(f"set memory_limit = '{max(2, own / 7):.1f}GiB'")


@contextlib.contextmanager
def next_build(directory: Path, base: Build | None) -> Iterator[tuple[duckdb.DuckDBPyConnection, Path, int, str]]:
    """A copy of `base` (or a new file), open for writing: gives connection, file, number and name. Removed when the block fails.

    The caller commits and closes the connection, then calls `publish`.
    """
    number = max([base.number if base else 0, *(_number(p) for p in build_files(directory))]) + 1
    name = f"build-{number:06d}-{datetime.now():%Y%m%d%H%M%S}"
    part = directory / f"{name}.part"
    con: duckdb.DuckDBPyConnection | None = None
    try:
        with _disk(directory):
            if base is not None:
                shutil.copyfile(base.path, part)
            try:
                con = duckdb.connect(str(part), config=CONNECT)
                con.execute("set enable_progress_bar = false")  # the load draws its own
                _bound_memory(con)
            except duckdb.Error as fault:
                if base is None:
                    raise
                raise WarehouseError(
                    f"当前数据库 {base.path} 打不开，可能已损坏。请运行 python -m etl rollback 回到上一个。"
                ) from fault
            yield con, part, number, name
    finally:
        if con is not None:
            con.close()
        for path in (part, part.with_name(part.name + ".wal")):
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
        shutil.rmtree(part.with_name(part.name + ".tmp"), ignore_errors=True)


def _number(path: Path) -> int:
    try:
        return int(path.name.split("-")[1])
    except (IndexError, ValueError):
        return 0


def publish(directory: Path, part: Path, build: Build) -> Build:
    """Makes a finished, closed copy the current build and removes builds after the third."""
    with _disk(directory):
        if part.with_name(part.name + ".wal").exists():
            raise WarehouseError("新数据库没有写完整，未发布。原来的数据库没有改动；请重试。")
        _sync(part)
        final = directory / f"{build.name}.duckdb"
        os.replace(part, final)
        _sync(directory)
        older = [b for b in listed_builds(directory) if Path(b.path).is_file()]
        _point(directory, [build, *older][:KEEP])
        for old in [build, *older][KEEP:]:
            _remove(Path(old.path))
    return build


def rollback(directory: str | os.PathLike[str] | None = None) -> Build:
    """Makes the previous build current; with the pointer lost or damaged, the newest build that opens.

    Raises WarehouseError when there is none to go back to.
    """
    directory = warehouse_dir(directory)
    if not directory.is_dir():
        raise WarehouseError(f"{directory} 里还没有数据库，没有可以回退的版本。")
    with only_one_load(directory):
        try:
            listed: list[Build] | None = listed_builds(directory) or None
        except WarehouseError:
            listed = None
        if listed is None:
            found = intact_builds(directory)
            if not found:
                raise WarehouseError(f"{directory} 里没有完好的数据库，没有可以回退的版本。请重新 load。")
            repoint(directory, found)
            return found[0]
        for n, build in enumerate(listed[1:], start=1):
            try:
                connect_readonly(build.path).close()
            except WarehouseError:
                continue
            repoint(directory, listed[n:])
            return build
        raise WarehouseError("没有更早的数据库可以回退。")
