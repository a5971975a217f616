"""`load`: files in, a published build out. Extraction runs in chunks of paths on an executor; one process writes.

Results come back in the order of the paths whatever the workers do, and hold nothing that depends on time, so builds made with one worker,
four, or a cluster have the same contents.
"""

from __future__ import annotations

import contextlib
import hashlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from etl import registry
from etl.imports import holds_rows, read_rows
from etl.model import Report, SourceError, YearbookError
from etl.read.bundle import Bundle
from etl.warehouse import finish
from etl.warehouse.build import (
    SCHEMA,
    Build,
    WarehouseError,
    clean_leftovers,
    connect_readonly,
    current_build,
    intact_builds,
    next_build,
    only_one_load,
    publish,
    read_build,
    repoint,
    says_full,
    warehouse_dir,
)
from etl.warehouse.rows import SCHEMAS, add_report, as_tables, empty_rows
from etl.warehouse.version import extractor_version, fingerprint, schema_version

CHUNK = 50
"""Files per task: below it the executor's own cost shows (STACK 10)."""
IN_PROCESS = 40
"""Fewer new files than this are read without starting processes, which costs more than reading them."""
LOOK_ROUND, WAIT_FOR_WORKERS = 20, 30
"""Seconds between two looks whether a cluster still has workers, and to wait for the first one."""

Extract = Callable[[Any], list[Report]]


class Progress(Protocol):
    """Who is told how far a load is; the command line draws it."""

    def stage(self, name: str, total: int | None = None) -> None: ...
    def advance(self, read: int = 0, unchanged: int = 0, set_aside: int = 0) -> None: ...


class Silent:
    def stage(self, name: str, total: int | None = None) -> None:
        pass

    def advance(self, read: int = 0, unchanged: int = 0, set_aside: int = 0) -> None:
        pass


@dataclass(slots=True)
class Item:
    """One thing to load: a file, with its attachments where the reader found some. `target` is what the extractor takes."""

    path: str
    target: Any
    attachments: tuple[str, ...] = ()
    source_id: str = ""
    size: int | None = None


@dataclass(slots=True)
class SetAside:
    path: str
    reason: str
    advice: str


@dataclass(slots=True)
class LoadResult:
    """What a load did. `published` is None when nothing changed; `build` is then the one in use (None: still none)."""

    build: Build | None
    before: Build | None
    published: Build | None
    read: int = 0
    unchanged: int = 0
    replaced: int = 0
    pruned: int = 0
    set_aside: list[SetAside] = field(default_factory=list)
    wrong_rows: list[tuple[str, str]] = field(default_factory=list)  # (path, row and reason) of files of imported rows


# --- in the worker -------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Outcome:
    """What became of one file: a reason where it is set aside, the wrong rows of one that holds rows."""

    reason: str | None = None
    advice: str | None = None
    wrong_rows: list[str] = field(default_factory=list)


def read_one(extract: Extract, target: Any) -> tuple[list[Report], Outcome]:
    """The reports of one file, or none and why it is set aside. Whatever a file does to the readers, the rest goes on."""
    try:
        if holds_rows(path := getattr(target, "path", target)):
            reports, wrong = read_rows(path)
            return reports, Outcome(wrong_rows=_shortened(wrong))
        return extract(target), Outcome()
    except SourceError as fault:
        return [], Outcome(fault.reason, fault.advice)
    except MemoryError:
        return [], Outcome("读取时内存不足", "请单独重试，或把文件拆小")
    except RecursionError:
        return [], Outcome("文件嵌套过深，读不了", "请另存为普通网页或文本后重试")
    except OSError as fault:
        return [], Outcome(f"打不开（{fault.strerror or fault}）", "请检查文件权限后重试")
    except YearbookError:  # a broken registry is nobody's file
        raise
    except Exception as fault:  # noqa: BLE001 - a bad file never stops the rest (ARCHITECTURE 9); the reason is kept and shown
        return [], Outcome(
            f"读取时程序出错（{type(fault).__name__}：{str(fault)[:120]}）", "请把文件和这一行交给维护者"
        )


def _shortened(wrong: list[str]) -> list[str]:
    most = registry.load_import().most_wrong
    return wrong if len(wrong) <= most else [*wrong[:most], f"另有 {len(wrong) - most} 行有误，未列出"]


def extract_chunk(
    extract: Extract, version: str | None, targets: list[tuple[str, str, Any]]
) -> tuple[list[Outcome], dict[str, pa.Table]]:
    """Reads the files of one chunk: (path as given, source_id, target) each. Gives an outcome per file and the rows of all as Arrow tables.

    `version`: of the reading code that asks; a machine of a cluster with other code refuses (WarehouseError).
    """
    if version is not None and version != extractor_version(registry.ROOT):
        raise WarehouseError(
            f"{socket.gethostname()} 上的程序或登记表和本机不同，结果会不一致。请在集群的每台机器上装同一版本。"
        )
    outcomes: list[Outcome] = []
    rows = empty_rows()
    for path, source_id, target in targets:
        reports, outcome = read_one(extract, target)
        outcomes.append(outcome)
        here = str(getattr(target, "path", target))
        for report in reports:
            if here != path and report.document.startswith(here):
                report.document = path + report.document[len(here) :]
            add_report(rows, report, source_id)
    return outcomes, as_tables(rows)


# --- executors -----------------------------------------------------------------------------------------------------


@dataclass(slots=True)
class Helpers:
    """Who reads: how to get an executor (again, after a worker died; None: this process), how many work at a time, and
    whether any is left (a cluster whose workers are all gone would wait for ever)."""

    make: Callable[[], Executor] | None
    width: int = 1
    left: Callable[[], bool] = lambda: True
    version: str | None = None


@contextlib.contextmanager
def helpers_for(workers: int, scheduler: str | None, count: int, version: str | None = None) -> Iterator[Helpers]:
    """The helpers for `count` files: a Dask cluster, a pool of processes, or none where starting one would cost more than it saves."""
    if scheduler:
        if not count:
            yield Helpers(None)
            return
        with _cluster(scheduler) as client:
            yield Helpers(
                lambda: client.get_executor(pure=False),
                sum(client.nthreads().values()),
                lambda: bool(client.nthreads()),
                version,
            )
        return
    if workers <= 1 or count < IN_PROCESS:
        yield Helpers(None)
        return
    context = multiprocessing.get_context("spawn")
    yield Helpers(lambda: ProcessPoolExecutor(workers, mp_context=context, initializer=_prepare_worker), workers)


@contextlib.contextmanager
def _cluster(scheduler: str) -> Iterator[Any]:
    """A client of the Dask scheduler at this address, with at least one worker. Raises WarehouseError."""
    try:
        from distributed import Client
    except ImportError as fault:
        raise WarehouseError(
            '--scheduler 需要 dask[distributed]。请运行 pip install "dask[distributed]" 后重试。'
        ) from fault
    try:
        client = Client(scheduler, timeout=10, set_as_default=False)
    except (OSError, ValueError, TimeoutError, TypeError) as fault:
        raise WarehouseError(
            f"连不上调度器 {scheduler}。请检查地址（如 tcp://主机:8786），以及调度器是否在运行。"
        ) from fault
    with client:
        try:
            client.wait_for_workers(1, timeout=WAIT_FOR_WORKERS)
        except (OSError, TimeoutError) as fault:
            raise WarehouseError(f"调度器 {scheduler} 上没有工作进程。请先启动 dask worker {scheduler}。") from fault
        yield client


def _prepare_worker() -> None:
    """Ctrl-C reaches every process of the terminal; only the one that writes answers it. When that one is killed, its workers end too."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    if parent is not None:

        def follow(sentinel: int) -> None:
            multiprocessing.connection.wait([sentinel])
            os._exit(1)

        threading.Thread(target=follow, args=(parent.sentinel,), daemon=True).start()


def _run_chunks(
    helpers: Helpers, extract: Extract, chunks: list[list[Item]]
) -> Iterator[tuple[list[Item], list[Outcome], dict[str, pa.Table]]]:
    """Chunks with their results, in order. Only some are under way or waiting at a time, so memory does not grow with the load.

    When a worker dies its chunk is done again; a chunk that kills twice is done file by file, and the file that kills is set aside.
    """
    task = partial(extract_chunk, extract, helpers.version)
    if helpers.make is None:
        for chunk in chunks:
            yield chunk, *task(_targets(chunk))
        return
    todo, running = deque(chunks), deque[tuple[list[Item], Future]]()
    pool, deaths = helpers.make(), 0
    try:
        while todo or running:
            try:
                while todo and len(running) < 2 * helpers.width + 2:
                    running.append((todo[0], pool.submit(task, _targets(todo[0], away=helpers.version is not None))))
                    todo.popleft()
                chunk, future = running[0]
                result = _result(future, helpers)
            except BrokenExecutor:
                _stop(pool)
                waiting = [c for c, _ in running]
                running.clear()
                todo.extendleft(reversed(waiting))
                pool, deaths = helpers.make(), deaths + 1
                if deaths >= 2:
                    chunk, deaths = todo.popleft(), 0
                    _must_start(pool)
                    _stop(pool)
                    outcomes, tables = _one_by_one(helpers, task, chunk)
                    pool = helpers.make()
                    yield chunk, outcomes, tables
                continue
            except _WorkersKilled:  # Dask has tried it on several workers already; the other chunks go on
                running.popleft()
                yield chunk, *_one_by_one(helpers, task, chunk)
                continue
            running.popleft()
            deaths = 0
            yield chunk, *result
    finally:
        _stop(pool)


def _must_start(pool: Executor) -> None:
    """Tells a file that ends its readers from readers that cannot even start. Raises WarehouseError for the latter."""
    try:
        pool.submit(os.getpid).result()
    except BrokenExecutor as fault:
        _stop(pool)
        raise WarehouseError(
            "读取进程一启动就退出，装载中断。原来的数据库没有改动；请检查内存，或用 --workers 1 重试。"
        ) from fault


class _WorkersKilled(Exception):
    """A task of a Dask cluster ended several workers."""


def _result(future: Future, helpers: Helpers) -> tuple[list[Outcome], dict[str, pa.Table]]:
    """What a chunk gave. Raises BrokenExecutor or _WorkersKilled when whoever read it died, WarehouseError when nobody is left."""
    while True:
        try:
            return future.result(timeout=LOOK_ROUND)
        except TimeoutError:
            if not helpers.left():
                raise WarehouseError(
                    "集群里已没有工作进程，装载中断。原来的数据库没有改动；请启动工作进程后重试。"
                ) from None
        except CancelledError as fault:
            raise WarehouseError("与调度器的连接断了，装载中断。原来的数据库没有改动；请检查调度器后重试。") from fault
        except Exception as fault:
            if type(fault).__name__ == "KilledWorker":
                raise _WorkersKilled from fault
            raise


def _stop(pool: Executor) -> None:
    """Lets go of a pool without waiting for what it still does."""
    if isinstance(pool, ProcessPoolExecutor):
        pool.shutdown(wait=False, cancel_futures=True)
    else:  # Dask's executor knows no cancel_futures; without waiting it cancels by itself
        pool.shutdown(wait=False)


def _one_by_one(helpers: Helpers, task: Callable, chunk: list[Item]) -> tuple[list[Outcome], dict[str, pa.Table]]:
    """A chunk that ends its readers, a file at a time: the one that does it is set aside."""
    outcomes: list[Outcome] = []
    gathered: dict[str, list[pa.Table]] = {}
    assert helpers.make is not None
    pool = helpers.make()
    try:
        for item in chunk:
            try:
                outcome, tables = _result(
                    pool.submit(task, _targets([item], away=helpers.version is not None)), helpers
                )
            except (BrokenExecutor, _WorkersKilled):
                _stop(pool)
                pool = helpers.make()
                outcome, tables = [Outcome("读取它的进程被终止，可能是内存不足", "请单独重试，或把文件拆小")], {}
            outcomes += outcome
            for name, table in tables.items():
                gathered.setdefault(name, []).append(table)
    finally:
        _stop(pool)
    return outcomes, {name: pa.concat_tables(tables) for name, tables in gathered.items()}


def _targets(chunk: list[Item], away: bool = False) -> list[tuple[str, str, Any]]:
    """What a task is given. `away`: for machines whose current folder is another, with absolute paths to read by."""
    return [(item.path, item.source_id, _absolute(item.target) if away else item.target) for item in chunk]


def _absolute(target: Any) -> Any:
    if isinstance(target, Bundle):
        return Bundle(Path(os.path.abspath(target.path)), [Path(os.path.abspath(a)) for a in target.attachments])
    return os.path.abspath(target)


# --- what there is to load -------------------------------------------------------------------------------------------


def discover(paths: Iterable[str | os.PathLike[str]]) -> list[Item]:
    """The files under `paths` in a fixed order, each once. Raises WarehouseError for a path that does not exist."""
    for path in paths:
        if not Path(path).exists():
            raise WarehouseError(f"找不到 {path}。请检查文件或文件夹的名称。")
    from etl import read

    return [
        Item(path=str(bundle.path), target=bundle, attachments=tuple(str(a) for a in bundle.attachments))
        for bundle in read.discover([Path(path) for path in paths])
    ]


def _identify(item: Item) -> SetAside | None:
    """Fills in the item's sha256; a file that cannot be opened keeps an id of its path and is set aside."""
    try:
        digest = hashlib.sha256()
        for n, path in enumerate((item.path, *item.attachments)):
            with open(path, "rb") as file:
                one = hashlib.file_digest(file, "sha256")
                item.size = (item.size or 0) + file.tell()
            if n == 0 and not item.attachments:
                digest = one
            else:
                digest.update(one.digest())
        item.source_id = digest.hexdigest()
    except OSError as fault:
        item.source_id = "path:" + hashlib.sha256(os.path.abspath(item.path).encode("utf-8", "replace")).hexdigest()
        return SetAside(item.path, f"打不开（{fault.strerror or fault}）", "请检查文件权限后重试")
    return None


# --- the load itself -----------------------------------------------------------------------------------------------


def load(
    paths: Iterable[str | os.PathLike[str]],
    *,
    directory: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    prune: bool = False,
    extract: Extract | None = None,
    find: Callable[[Iterable[str | os.PathLike[str]]], list[Item]] = discover,
    extractor: str | None = None,
    registry_root: Path = registry.ROOT,
    progress: Progress | None = None,
    wait: float = 0,
    notice: Callable[[str], None] | None = None,
) -> LoadResult:
    """Reads what is new or changed under `paths` and publishes one new build; with no paths only what the registry changed.

    `workers`: processes (default: all cores); `scheduler`: a Dask scheduler instead. `prune`: drop sources that are gone from
    the given folders. `extract`, `find`, `extractor`: other reading code and its version (tests). `wait`: seconds to wait for another load.
    Raises WarehouseError or RegistryError when nothing was done; the published build is then as it was.
    """
    if extract is None:
        from etl.extract import extract_file

        extract = extract_file
    version = extractor_version(registry_root) if scheduler and extractor is None else None
    paths = list(paths)
    place, progress = warehouse_dir(directory), progress or Silent()
    extractor = extractor or extractor_version(registry_root)
    registry.load_all(registry_root)
    shape = fingerprint(registry_root)
    items = _unique(find(paths)) if paths else []
    workers = workers or os.cpu_count() or 1
    if paths and not items and not prune:
        raise WarehouseError(f"{'、'.join(map(str, paths))} 里没有可以装载的文件。请检查文件夹，或给出报告所在的位置。")

    with only_one_load(place, wait, notice):
        clean_leftovers(place)
        base = _base(place)
        result = LoadResult(build=base, before=base, published=None)
        known = _known_sources(base) if base else {}

        progress.stage("核对", len(items))
        new: list[Item] = []
        unread: dict[str, SetAside] = {}
        met: dict[str, list[Item]] = {}
        for item in items:
            trouble = _identify(item)
            first = item.source_id not in met
            met.setdefault(item.source_id, []).append(item)
            before = known.get(item.source_id)
            if trouble:
                unread[item.source_id] = trouble
            if not first:
                pass
            elif before is not None and before["extractor"] == extractor and not trouble:
                result.unchanged += 1
                if before["state"] == "set_aside":
                    result.set_aside.append(SetAside(item.path, before["reason"], before["advice"]))
                result.wrong_rows += [(item.path, row) for row in before["wrong_rows"]]
            elif not trouble:
                new.append(item)
            elif before is not None:
                result.set_aside.append(trouble)
            progress.advance(unchanged=1)
        gone = _gone(known, met, paths, prune)
        moved = _moved(known, met)
        fresh_trouble = {key: t for key, t in unread.items() if key not in known}

        if not (new or gone or moved or fresh_trouble) and base is not None and base.fingerprint == shape:
            return result
        if base is None and not items:
            raise WarehouseError(f"{'、'.join(map(str, paths)) or '给出的位置'} 里没有可以装载的文件。")

        same_tables = base is None or _schema_of(base) == schema_version()
        with next_build(place, base if same_tables else None) as (con, part, number, name):
            try:
                _prepare(con, base, same_tables)
                con.execute("begin")
                same_shape = same_tables and base is not None and base.fingerprint == shape
                if same_shape:
                    finish.remember(con)
                _forget(con, [*gone, *(item.source_id for item in new if item.source_id in known)])
                _move(con, moved)
                _write(
                    con,
                    new,
                    known,
                    met,
                    number,
                    extractor,
                    helpers_for(workers, scheduler, len(new), version),
                    extract,
                    progress,
                    result,
                )
                for key, trouble in fresh_trouble.items():
                    _add_source(con, met[key], extractor, number, trouble)
                    result.set_aside.append(trouble)
                    progress.advance(set_aside=1)
                result.pruned, result.replaced = len(gone), sum(item.source_id in known for item in new)
                progress.stage("汇总")
                build = finish_build(con, name, str(part), number, extractor, shape, registry_root, same_shape)
                con.execute("commit")
                progress.stage("检查")
                finish.check_build(con)
                con.execute("checkpoint")
                con.close()
            except duckdb.IOException:
                raise
            except duckdb.Error as fault:
                if says_full(fault):
                    raise
                raise WarehouseError(
                    f"写新数据库时出错（{str(fault).splitlines()[0][:200]}）。原来的数据库没有改动；若当前库已损坏，请运行 python -m etl rollback。"
                ) from fault
            progress.stage("发布")
            published = publish(place, part, build)
        result.build = result.published = Build(
            **{**asdict(published), "path": str(place / f"{published.name}.duckdb")}
        )
        return result


def finish_build(
    con: duckdb.DuckDBPyConnection,
    name: str,
    path: str,
    number: int,
    extractor: str,
    shape: str,
    registry_root: Path,
    same_shape: bool = False,
) -> Build:
    """Everything that depends on all reports together, and the build's row about itself.

    `same_shape`: the build was copied from one of the same registry, tables and views, and `finish.remember` was called; then only what
    belongs to the agencies whose reports changed is made anew.
    """
    if not same_shape:
        finish.fill_registry(con, registry_root)
        finish.make_views(con, registry_root)
    finish.fill_agencies(con, registry_root)
    finish.mark_current(con)
    dirty = same_shape and finish.find_dirty(con, registry_root)
    from etl.check.engine import run_checks  # which needs this package

    run_checks(con, registry_root, dirty)
    finish.materialise(con, registry_root, dirty)
    con.execute(
        """insert into build select ?, ?, ?, ?, ?, (select count(*) from source), (select count(*) from source where state = 'set_aside'),
               (select count(*) from report), (select count(*) from report where is_current), (select count(*) from observation),
               (select count(*) from finding), (select count(*) from agency),
               (select coalesce(bool_or(not fictional), false) from report), (select coalesce(bool_or(fictional), false) from report)""",
        [name, number, datetime.now().replace(microsecond=0), extractor, shape],
    )
    return read_build(con, name, path)


def _unique(items: list[Item]) -> list[Item]:
    """The same file given twice (a folder and a file in it) is one."""
    seen: dict[str, Item] = {}
    for item in items:
        seen.setdefault(os.path.abspath(item.path), item)
    return list(seen.values())


def _base(place: Path) -> Build | None:
    """The build to start from. With the pointer lost, the newest that opens: a load must never begin from nothing by accident."""
    try:
        return current_build(place)
    except WarehouseError:
        if (place / "current.json").exists():
            raise
        intact = intact_builds(place)
        if not intact:
            raise
        repoint(place, intact)
        return intact[0]


def _schema_of(base: Build) -> str:
    with contextlib.closing(connect_readonly(base.path)) as con:
        try:
            row = con.execute("select comment from duckdb_tables() where table_name = 'build'").fetchone()
        except duckdb.Error as fault:
            raise WarehouseError(
                f"当前数据库 {base.path} 打不开，可能已损坏。请运行 python -m etl rollback 回到上一个。"
            ) from fault
    return row[0] if row and row[0] else ""


def _prepare(con: duckdb.DuckDBPyConnection, base: Build | None, same_tables: bool) -> None:
    """The tables of a new build. A build of older tables is carried over by column name."""
    if base is not None and same_tables:
        return
    con.execute(SCHEMA.read_text(encoding="utf-8"))
    con.execute(f"comment on table build is '{schema_version()}'")
    if base is None:
        return
    con.execute(f"attach '{str(base.path).replace(chr(39), chr(39) * 2)}' as old (read_only)")
    for table in ("source", "report", "observation", "finding", "report_text", "plan_task", "plan_column", "build"):
        mine = [row[0] for row in con.execute(f"describe {table}").fetchall()]
        theirs = {row[0] for row in con.execute(f"describe old.{table}").fetchall()}
        both = ", ".join(f'"{column}"' for column in mine if column in theirs)
        con.execute(f"insert into {table} by name select {both} from old.{table}")
    con.execute("detach old")


def _known_sources(base: Build) -> dict[str, dict[str, Any]]:
    names = ["path", "location", "other_paths", "extractor", "state", "reason", "advice", "first_load", "wrong_rows"]
    with contextlib.closing(connect_readonly(base.path)) as con:
        try:
            held = {row[0] for row in con.execute("describe source").fetchall()}
            names = [name if name in held else f"[] as {name}" for name in names]
            rows = con.execute(f"select source_id, {', '.join(names)} from source").fetchall()
        except duckdb.Error as fault:
            raise WarehouseError(
                f"当前数据库 {base.path} 打不开，可能已损坏。请运行 python -m etl rollback 回到上一个。"
            ) from fault
    return {row[0]: dict(zip((n.split()[-1] for n in names), row[1:], strict=True)) for row in rows}


def _gone(known: dict[str, dict[str, Any]], met: dict[str, list[Item]], paths: list, prune: bool) -> list[str]:
    """Sources to drop: their file now holds other bytes; with `prune`, also those whose file is gone from the given folders."""
    here = {os.path.abspath(item.path) for items in met.values() for item in items}
    folders = [os.path.join(os.path.abspath(p), "") for p in paths if os.path.isdir(p)] if prune else []
    gone = []
    for key, source in known.items():
        if key in met:
            continue
        location = source["location"]
        if location in here or any(location.startswith(folder) for folder in folders):
            gone.append(key)
    return gone


def _moved(known: dict[str, dict[str, Any]], met: dict[str, list[Item]]) -> dict[str, list[Item]]:
    """Known bytes found under another name: the old name is gone, or a second copy appeared."""
    moved = {}
    for key, items in met.items():
        source = known.get(key)
        if source is None:
            continue
        names = {source["path"], *source["other_paths"]}
        if any(item.path not in names for item in items) and not (
            len(items) == 1 and os.path.abspath(items[0].path) == source["location"]
        ):
            moved[key] = items
    return moved


def _move(con: duckdb.DuckDBPyConnection, moved: dict[str, list[Item]]) -> None:
    for key, items in moved.items():
        row = con.execute("select path, location, other_paths from source where source_id = ?", [key]).fetchone()
        if row is None:
            continue
        path, location, others = row
        names = [item.path for item in items]
        if os.path.exists(location):
            extra = sorted({*others, *names} - {path})
            con.execute("update source set other_paths = ? where source_id = ?", [extra, key])
        else:
            con.execute(
                "update source set path = ?, location = ?, other_paths = ? where source_id = ?",
                [names[0], os.path.abspath(names[0]), names[1:], key],
            )
            con.execute(
                "update report set document = ? || document[length(?) + 1:] where source_id = ? and starts_with(document, ?)",
                [names[0], path, key, path],
            )


def _forget(con: duckdb.DuckDBPyConnection, keys: list[str]) -> None:
    """Takes sources out with everything that came from them."""
    if not keys:
        return
    con.register("dropped", pa.table({"source_id": pa.array(sorted(set(keys)), type=pa.string())}))
    for table in ("observation", "finding", "report_text", "plan_task", "plan_column"):
        con.execute(
            f"delete from {table} where report_id in (select report_id from report join dropped using (source_id))"
        )
    for table in ("report", "source"):
        con.execute(f"delete from {table} where source_id in (select source_id from dropped)")
    con.unregister("dropped")


def _add_source(
    con: duckdb.DuckDBPyConnection, items: list[Item], extractor: str, first_load: int, trouble: SetAside | None = None
) -> None:
    first = items[0]
    con.execute(
        """insert into source (source_id, path, location, other_paths, size, extractor, state, reason, advice, first_load)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            first.source_id, first.path, os.path.abspath(first.path), [i.path for i in items[1:]], first.size, extractor,
            "set_aside" if trouble else "read", trouble.reason if trouble else None, trouble.advice if trouble else None, first_load,
        ],
    )  # fmt: skip


_SOURCE = pa.schema(
    [
        ("source_id", pa.string()), ("path", pa.string()), ("location", pa.string()), ("other_paths", pa.list_(pa.string())),
        ("size", pa.int64()), ("extractor", pa.string()), ("state", pa.string()), ("reason", pa.string()), ("advice", pa.string()),
        ("wrong_rows", pa.list_(pa.string())), ("first_load", pa.int32()),
    ]
)  # fmt: skip


def _write(
    con: duckdb.DuckDBPyConnection,
    new: list[Item],
    known: dict[str, dict[str, Any]],
    met: dict[str, list[Item]],
    number: int,
    extractor: str,
    helping: contextlib.AbstractContextManager[Helpers],
    extract: Extract,
    progress: Progress,
    result: LoadResult,
) -> None:
    """Reads the new files and inserts what they hold, chunk by chunk, in the order of the paths."""
    chunks = [new[n : n + CHUNK] for n in range(0, len(new), CHUNK)]
    progress.stage("读取", len(new))
    with helping as helpers:
        for chunk, outcomes, tables in _run_chunks(helpers, extract, chunks):
            sources: list[tuple] = []
            for item, outcome in zip(chunk, outcomes, strict=True):
                first_load = known[item.source_id]["first_load"] if item.source_id in known else number
                sources.append(
                    (
                        item.source_id, item.path, os.path.abspath(item.path), [i.path for i in met[item.source_id][1:]], item.size,
                        extractor, "set_aside" if outcome.reason else "read", outcome.reason, outcome.advice, outcome.wrong_rows, first_load,
                    )
                )  # fmt: skip
                if outcome.reason:
                    result.set_aside.append(SetAside(item.path, outcome.reason, outcome.advice or ""))
                else:
                    result.read += 1
                result.wrong_rows += [(item.path, row) for row in outcome.wrong_rows]
            columns = [pa.array(c, type=f.type) for c, f in zip(zip(*sources, strict=True), _SOURCE, strict=True)]
            _insert(con, "source", pa.table(columns, schema=_SOURCE))
            for name in SCHEMAS:
                if name in tables:
                    table = tables[name]
                    if name == "report":
                        loads = {s[0]: s[-1] for s in sources}
                        table = table.append_column(
                            "first_load",
                            pa.array([loads[key] for key in table["source_id"].to_pylist()], type=pa.int32()),
                        ).append_column("is_current", pa.array([False] * len(table)))
                    _insert(con, name, table)
            away = sum(o.reason is not None for o in outcomes)
            progress.advance(read=len(chunk) - away, set_aside=away)


def _insert(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    con.register("incoming", table)
    con.execute(f"insert into {name} by name select * from incoming")
    con.unregister("incoming")


def content_hash(build: Build | str | os.PathLike[str]) -> str:
    """A hash of what a build holds, whatever its name, time, row order and the place it was loaded from."""
    path = build.path if isinstance(build, Build) else build
    tables = {
        "source": "* exclude (location)", "report": "*", "agency": "*", "observation": "*", "finding": "*", "plan_task": "*",
        "plan_column": "*", "metric_value": "*", "indicator_value": "*", "correction": "*", "metric": "*",
    }  # fmt: skip
    digest = hashlib.sha256()
    with contextlib.closing(connect_readonly(path)) as con:
        for table, columns in tables.items():
            row = con.execute(
                f"select count(*), sum(md5_number_lower(r::varchar)::hugeint)::varchar from (select row(t) as r from (select {columns} from {table}) t)"
            ).fetchone()
            digest.update(f"{table}:{row}\n".encode())
    return digest.hexdigest()
