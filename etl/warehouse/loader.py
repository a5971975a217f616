"""`load`: files in, a published build out. Extraction runs in chunks of paths on an executor; one process writes.

Results come back in the order of the paths whatever the workers do, and hold nothing that depends on time, so builds made with one worker,
four, or a cluster have the same contents. What reads and writes is imported when a file has changed: most loads find that none has.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

import duckdb

from etl import registry
from etl.warehouse.build import (
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
from etl.warehouse.sources import (
    Find,
    Item,
    Known,
    Place,
    SetAside,
    copies_elsewhere,
    gone_sources,
    hash_items,
    known_sources,
    moved_sources,
    must_exist,
    survey,
    unique,
)
from etl.warehouse.version import extractor_version, fingerprint, schema_version

if TYPE_CHECKING:
    from etl.warehouse.workers import Extract


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
    outdated: list[str] = field(
        default_factory=list
    )  # where files lie that other code or words read and this load was not given


@dataclass(slots=True)
class Changes:
    """What differs between the files and the build."""

    new: list[Item] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    moved: dict[str, Place] = field(default_factory=dict)
    unread: dict[str, SetAside] = field(
        default_factory=dict
    )  # files that cannot be opened and that the build does not hold

    def __bool__(self) -> bool:
        return bool(self.new or self.gone or self.moved or self.unread)


def load(
    paths: Iterable[str | os.PathLike[str]],
    *,
    directory: str | os.PathLike[str] | None = None,
    workers: int | None = None,
    scheduler: str | None = None,
    prune: bool = False,
    extract: Extract | None = None,
    find: Find | None = None,
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
    version = extractor_version(registry_root) if scheduler and extractor is None else None
    paths = list(paths)
    must_exist(paths)
    place, progress = warehouse_dir(directory), progress or Silent()
    extractor = extractor or extractor_version(registry_root)
    shape = fingerprint(registry_root)
    with only_one_load(place, wait, notice):
        clean_leftovers(place)
        base = _base(place)
        result = LoadResult(build=base, before=base, published=None)
        known = known_sources(base) if base else {}
        if find is None:
            items, closed = survey(paths, progress)
        else:
            items, closed = find(paths), []
            hash_items(items, progress)
        items = unique(items)
        if not items and (paths or base is None) and not (prune and base):
            where = "、".join(map(str, paths)) or "给出的位置"
            raise WarehouseError(f"{where} 里没有可以装载的文件。请检查文件夹，或给出报告所在的位置。")
        met: dict[str, list[Item]] = {}
        for item in items:
            met.setdefault(item.source_id, []).append(item)
        gone = gone_sources(known, met, paths, prune, closed)
        met |= (copies := copies_elsewhere(known, gone))
        changes = _compare(met, known, extractor, result)
        result.set_aside += closed
        changes.gone = [key for key in gone if key not in copies]
        changes.moved = moved_sources(known, met)
        left = known.keys() - met.keys() - set(changes.gone)
        result.outdated = sorted(known[key].location for key in left if known[key].extractor != extractor)
        if not changes and base is not None and base.fingerprint == shape:
            return result

        from etl.warehouse import finish, writer
        from etl.warehouse.workers import helpers_for

        if extract is None:
            from etl.extract import extract_file

            extract = extract_file
        registry.load_all(registry_root)
        new = changes.new
        same_tables = base is None or _schema_of(base) == schema_version()
        with next_build(place, base if same_tables else None) as (con, part, number, name):
            try:
                writer.prepare(con, base, same_tables)
                con.execute("begin")
                same_shape = same_tables and base is not None and base.fingerprint == shape
                if same_shape:
                    finish.remember(con)
                writer.forget(con, [*changes.gone, *(item.source_id for item in new if item.source_id in known)])
                writer.move_sources(con, changes.moved)
                helping = helpers_for(workers or os.cpu_count() or 1, scheduler, len(new), version)
                writer.write(con, new, known, met, number, extractor, helping, extract, progress, result)
                for key, trouble in changes.unread.items():
                    writer.add_source(con, met[key], extractor, number, trouble)
                    progress.advance(set_aside=1)
                result.pruned, result.replaced = len(changes.gone), sum(item.source_id in known for item in new)
                # What was read is in. What follows from it is made in steps that commit on their own, so that what each needs is given back;
                # nobody else sees this copy, and one that is not finished is thrown away.
                con.execute("commit")
                progress.stage("汇总")
                build = finish_build(con, name, str(part), number, extractor, shape, registry_root, same_shape)
                progress.stage("检查")
                finish.check_build(con)
                con.execute("checkpoint")
                finish.note_places(con)
                con.close()
            except (duckdb.IOException, duckdb.OutOfMemoryException):
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


def _compare(met: dict[str, list[Item]], known: dict[str, Known], extractor: str, result: LoadResult) -> Changes:
    """What is new and what cannot be opened; the rest is counted in `result`, with what was noted when it was read."""
    changes = Changes()
    held = {source.location for source in known.values()} if any(items[0].trouble for items in met.values()) else set()
    for key, items in met.items():
        item, before = items[0], known.get(key)
        if item.trouble:
            result.set_aside.append(item.trouble)
            if before is None and item.location not in held:
                changes.unread[key] = item.trouble
        elif before is None or before.extractor != extractor:
            changes.new.append(item)
        else:
            result.unchanged += 1
            if before.state == "set_aside":
                result.set_aside.append(SetAside(item.path, before.reason or "", before.advice or ""))
            result.wrong_rows += [(item.path, row) for row in before.wrong_rows]
    return changes


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
    from etl.check.engine import run_checks  # which needs this package
    from etl.warehouse import finish

    if not same_shape:
        finish.fill_registry(con, registry_root)
        finish.make_views(con, registry_root)
    finish.fill_agencies(con, registry_root)
    finish.mark_current(con)
    dirty = same_shape and finish.find_dirty(con, registry_root)
    run_checks(con, registry_root, dirty)
    finish.materialise(con, registry_root, dirty)
    con.execute(
        """insert into build select ?, ?, ?, ?, ?, (select count(*) from source), (select count(*) from source where state = 'set_aside'),
               (select count(*) from report), (select count(*) from report where is_current), (select count(*) from observation),
               (select count(*) from finding where coalesce(state, 'fail') = 'fail'), (select count(*) from agency),
               (select coalesce(bool_or(not fictional), false) from report), (select coalesce(bool_or(fictional), false) from report)""",
        [name, number, datetime.now().replace(microsecond=0), extractor, shape],
    )
    finish.materialise_pages(con)
    return read_build(con, name, path)


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


def content_hash(build: Build | str | os.PathLike[str]) -> str:
    """A hash of what a build holds, whatever its name, time, row order, slot numbers and the place it was loaded from."""
    path = build.path if isinstance(build, Build) else build
    tables = {
        "source": "* exclude (location)", "report": "*", "agency": "*", "observation": "*", "finding": "*", "plan_task": "*",
        "plan_column": "*", "metric_value": "* exclude (slot)", "indicator_value": "* exclude (slot)", "correction": "*", "metric": "*",
    }  # fmt: skip
    digest = hashlib.sha256()
    with contextlib.closing(connect_readonly(path)) as con:
        for table, columns in tables.items():
            row = con.execute(
                f"select count(*), sum(md5_number_lower(r::varchar)::hugeint)::varchar from (select row(t) as r from (select {columns} from {table}) t)"
            ).fetchone()
            digest.update(f"{table}:{row}\n".encode())
    return digest.hexdigest()
