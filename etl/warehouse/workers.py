"""Who reads the files of a load: chunks of paths on an executor, in this process, a pool of processes or a Dask cluster.

Results come back in the order of the paths whatever the workers do.
"""

from __future__ import annotations

import contextlib
import multiprocessing
import multiprocessing.connection
import os
import signal
import socket
import threading
from collections import Counter, deque
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import pyarrow as pa

from etl import registry
from etl.imports import holds_rows, read_rows, rows_inside
from etl.model import Report, SourceError, YearbookError
from etl.read.bundle import Bundle
from etl.warehouse.build import WarehouseError
from etl.warehouse.rows import add_report, as_tables, empty_rows
from etl.warehouse.sources import Item
from etl.warehouse.version import extractor_version

CHUNK = 50
"""Files per task: below it the executor's own cost shows (STACK 10)."""
IN_PROCESS = 40
"""Fewer new files than this are read without starting processes, which costs more than reading them."""
LOOK_ROUND, WAIT_FOR_WORKERS = 20, 30
"""Seconds between two looks whether a cluster still has workers, and to wait for the first one."""

Extract = Callable[[Any], list[Report]]


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
        reports, wrong, taken = rows_inside(path)
        if taken:
            try:
                reports += extract(Bundle(Path(path), leave=taken))
            except SourceError as fault:
                if not reports:
                    raise
                wrong.append(f"{fault.path.rsplit('!/', 1)[-1]}：{fault.reason}。{fault.advice}")
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
        copies: Counter[tuple[str, str, int]] = Counter()
        for report in reports:
            if here != path and report.document.startswith(here):
                report.document = path + report.document[len(here) :]
            same = (report.document, report.sha256, report.part)
            add_report(rows, report, source_id, copies[same])
            copies[same] += 1
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


def run_chunks(
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
