"""What there is to load and what of it a build knows already, found out by the bytes of every file.

Every load hashes every file again; time and size are not trusted. A site that is mirrored again, an unpacked archive or a restored backup gives
files of any time, a corrected figure often leaves the size as it was (12 becomes 13), and clocks of network drives are wrong. A wrong guess would
show an old figure with nothing to say so, and hashing 20,000 reports takes about a second.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import duckdb

from etl.read.bundle import (
    LOOK,
    Bundle,
    attachable_in,
    bundles_of,
    files_below,
    is_page,
    names_in,
    with_attachments,
)
from etl.warehouse.build import Build, WarehouseError, connect_readonly

if TYPE_CHECKING:
    from etl.warehouse.loader import Progress

AT_ONCE = 200
"""Files looked at between two words to the progress bar. One after the other: of reports of 20 KB, threads mostly wait for each other."""


@dataclass(slots=True)
class Item:
    """One thing to load: a file, with its attachments where the reader found some. `target` is what the extractor takes."""

    path: str
    target: Any
    attachments: tuple[str, ...] = ()
    source_id: str = ""
    size: int | None = None
    location: str = ""  # absolute path
    trouble: SetAside | None = None  # why it cannot be opened


@dataclass(slots=True)
class SetAside:
    path: str
    reason: str
    advice: str


class Known(NamedTuple):
    """A source as the current build holds it."""

    path: str
    location: str
    extractor: str
    state: str
    first_load: int
    reason: str | None
    advice: str | None
    other_paths: list[str]
    wrong_rows: list[str]


class Look(NamedTuple):
    """What one look at a file tells: the hash of its bytes, their number, the attachments they name."""

    digest: bytes
    size: int
    named: list[str]
    fault: str | None = None


def discover(paths: Iterable[str | os.PathLike[str]]) -> list[Item]:
    """The files under `paths` in a fixed order, each once, not yet hashed. Raises WarehouseError for a path that does not exist."""
    from etl.read import bundle

    given = list(paths)
    must_exist(given)
    return [_item(str(b.path), [str(a) for a in b.attachments]) for b in bundle.discover([Path(p) for p in given])]


def must_exist(paths: Iterable[str | os.PathLike[str]]) -> None:
    """Raises WarehouseError for the first path that does not exist."""
    for path in paths:
        if not os.path.exists(path):
            raise WarehouseError(f"找不到 {path}。请检查文件或文件夹的名称。")


def _item(path: str, attachments: Iterable[str]) -> Item:
    own = tuple(attachments)
    return Item(path, Bundle(Path(path), [Path(a) for a in own]), own)


def survey(paths: Iterable[str | os.PathLike[str]], progress: Progress) -> tuple[list[Item], list[SetAside]]:
    """The files under `paths` as `discover` gives them, each opened once: hashed, and asked for the attachments that it names.

    Also the folders that cannot be opened: what lies in them is neither read nor gone.
    """
    files, closed = files_below(os.fspath(p) for p in paths)
    within = attachable_in(files)
    progress.stage("核对", len(files))
    looks: dict[str, Look] = {}
    for first in range(0, len(files), AT_ONCE):
        some = files[first : first + AT_ONCE]
        looks.update((file, _look(file, within)) for file in some)
        progress.advance(unchanged=len(some))
    items = []
    for main, own in bundles_of(files, {file: look.named for file, look in looks.items() if look.named}).items():
        items.append(item := _item(main, own))
        _fill(item, [looks[file] for file in (main, *own)])
    return items, [SetAside(path, f"文件夹打不开（{reason}）", "请检查文件夹权限后重试") for path, reason in closed]


def hash_items(items: list[Item], progress: Progress) -> None:
    """Fills in what `survey` finds out, for items that somebody else found."""
    progress.stage("核对", len(items))
    for item in items:
        _hash(item)
        progress.advance(unchanged=1)


def _hash(item: Item) -> None:
    _fill(item, [_look(path, {}) for path in (item.path, *item.attachments)])


def _look(file: str, within: Mapping[str, Mapping[str, str]]) -> Look:
    try:
        with open(file, "rb", buffering=0) as opened:
            size = os.fstat(opened.fileno()).st_size
            if size > LOOK:
                digest = hashlib.file_digest(opened, "sha256").digest()  # type: ignore[arg-type]
                return Look(digest, opened.tell(), [])
            data = opened.readall()
    except OSError as fault:
        return Look(b"", 0, [], fault.strerror or str(fault))
    attachable = within.get(os.path.dirname(file)) if within else None
    named = names_in(data, attachable) if attachable and is_page(file) else []
    return Look(hashlib.sha256(data).digest(), len(data), named)


def _fill(item: Item, looks: list[Look]) -> None:
    """Gives an item its id: the sha256 of its bytes, with attachments a sha256 over theirs; of one that cannot be opened a hash of its path."""
    item.location = os.path.abspath(item.path)
    fault = next((look.fault for look in looks if look.fault), None)
    if fault:
        item.source_id = "path:" + hashlib.sha256(item.location.encode("utf-8", "replace")).hexdigest()
        item.trouble = SetAside(item.path, f"打不开（{fault}）", "请检查文件权限后重试")
        return
    item.size = sum(look.size for look in looks)
    if len(looks) == 1:
        item.source_id = looks[0].digest.hex()
    else:
        item.source_id = hashlib.sha256(b"".join(look.digest for look in looks)).hexdigest()


def unique(items: list[Item]) -> list[Item]:
    """The same file given twice (a folder and a file in it) is one."""
    seen: dict[str, Item] = {}
    for item in items:
        seen.setdefault(item.location, item)
    return list(seen.values())


# --- what the build knows --------------------------------------------------------------------------------------------


def known_sources(base: Build) -> dict[str, Known]:
    """The sources of a build by id. Raises WarehouseError for one that cannot be read."""
    with contextlib.closing(connect_readonly(base.path)) as con:
        try:
            held = {row[0] for row in con.execute("describe source").fetchall()}
            names = [name if name in held else f"[] as {name}" for name in Known._fields]
            # Lists are slow to fetch and nearly always empty.
            lists = {name: f"nullif({name}, [])" for name in ("other_paths", "wrong_rows") if name in held}
            rows = con.execute(
                f"select source_id, {', '.join(lists.get(name, name) for name in names)} from source"
            ).fetchall()
        except duckdb.Error as fault:
            raise WarehouseError(
                f"当前数据库 {base.path} 打不开，可能已损坏。请运行 python -m etl rollback 回到上一个。"
            ) from fault
    return {row[0]: Known._make((*row[1:-2], row[-2] or [], row[-1] or [])) for row in rows}


def gone_sources(
    known: Mapping[str, Known],
    met: Mapping[str, list[Item]],
    paths: Iterable[str | os.PathLike[str]],
    prune: bool,
    closed: list[SetAside],
) -> list[str]:
    """Sources to drop: their file now holds other bytes; with `prune`, also those whose file is gone from the given folders.

    `closed`: folders that cannot be opened now; what they held is kept.
    """
    missing = [(key, source.location) for key, source in known.items() if key not in met]
    if not missing:
        return []
    # A file that cannot be opened today keeps what was read in it.
    here = {item.location for items in met.values() for item in items if not item.trouble}
    unread = {item.location for items in met.values() for item in items if item.trouble}
    folders = tuple(os.path.join(os.path.abspath(p), "") for p in paths if os.path.isdir(p)) if prune else ()
    kept = tuple(os.path.join(os.path.abspath(folder.path), "") for folder in closed)
    return [
        key
        for key, location in missing
        if location in here
        or (location.startswith(folders) and not location.startswith(kept) and location not in unread)
    ]


def copies_elsewhere(known: Mapping[str, Known], gone: Iterable[str]) -> dict[str, list[Item]]:
    """Of the sources about to be dropped, those whose bytes still are at another path where a load met them, with what is there."""
    found: dict[str, list[Item]] = {}
    for key in gone:
        for path in filter(os.path.isfile, known[key].other_paths):
            with contextlib.suppress(OSError):  # a folder that cannot be listed
                bundle = with_attachments(path)
                item = _item(path, [str(attachment) for attachment in bundle.attachments])
                _hash(item)
                if item.source_id == key:
                    found.setdefault(key, []).append(item)
    return found


class Place(NamedTuple):
    """Where the bytes of a known source are now."""

    before: str  # its path until now
    path: str
    location: str
    other_paths: list[str]


def moved_sources(known: Mapping[str, Known], met: Mapping[str, list[Item]]) -> dict[str, Place]:
    """Known bytes found under another name: the old name is gone or holds other bytes now, or a second copy appeared."""
    holds = {item.location: key for key, items in met.items() for item in items if not item.trouble}
    moved = {}
    for key, items in met.items():
        source = known.get(key)
        if source is None or (len(items) == 1 and items[0].location == source.location):
            continue
        names = [item.path for item in items]
        if holds.get(source.location, key) != key or not os.path.exists(source.location):
            moved[key] = Place(source.path, names[0], items[0].location, names[1:])
        elif extra := sorted({*names} - {source.path, *source.other_paths}):
            others = sorted({*source.other_paths, *extra})
            moved[key] = Place(source.path, source.path, source.location, others)
    return moved


Find = Callable[[Iterable[str | os.PathLike[str]]], list[Item]]
