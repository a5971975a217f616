"""What there is to read below some paths: main files, each with the attachments it names."""

from __future__ import annotations

import functools
import html
import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from etl import registry
from etl.model import SourceError
from etl.read.encoding import decode

_PAGES = (".html", ".htm", ".shtml", ".xhtml", ".txt", ".md")
_ATTACHED = (".doc", ".docx", ".wps", ".xls", ".xlsx", ".et", ".pdf", ".zip")
_LINK = re.compile(r"""(?:href|src)\s*=\s*(?:"([^"]{1,500})"|'([^']{1,500})'|([^\s"'>]{1,500}))""", re.I)
_ATTACHMENT_LINE = re.compile(r"附\s*件[^\n<>]{0,200}")
_ENDING = re.compile(rb"\.(?:[dD][oO][cC]|[wW][pP][sS]|[xX][lL][sS]|[eE][tT]\b|[pP][dD][fF]|[zZ][iI][pP])")
_WORDS = tuple(
    re.compile(rb"[\s\x80-\xff]{0,12}?".join(re.escape(word.encode(encoding)) for word in "附件"))
    for encoding in ("utf-8", "gb18030")
)
"""An ending of a file, or 附件 (with blanks of any kind) in either encoding, without which a page names no attachment. Looked for in
the bytes of every page at every load: case is spelt out, since ignoring it is four times slower."""
LOOK = 3_000_000
"""Bytes up to which a file may be a page that names attachments."""


@dataclass(slots=True)
class Bundle:
    """One thing to read: a main file and the attachments that belong to it, in the order it names them.

    `leave`: members of an archive that somebody else reads, named as in `Document.path`.
    """

    path: Path
    attachments: list[Path] = field(default_factory=list)
    leave: frozenset[str] = frozenset()


@functools.cache
def _junk() -> re.Pattern[str]:
    return re.compile(registry.load_reading().junk_names, re.I)


def junk(path: str) -> bool:
    """Whether a file or one of its folders is hidden or known never to be a report."""
    return any(_junk().fullmatch(part) for part in path.split("!/", 1)[-1].split("/") if part)


@functools.cache
def _own_exports() -> re.Pattern[str]:
    return re.compile(registry.load_reading().own_exports)


def refuse_own_export(name: str, start: str) -> None:
    """Raises SourceError where a file begins as those that `export` writes: its figures are in the build, with their reports."""
    if _own_exports().match(start.lstrip("\ufeff")):
        raise SourceError(
            name, "是本系统导出的数据，不是报告", "请载入报告原件；要补录数值，请填写 export --template 写出的模板"
        )


def discover(paths: Iterable[str | Path]) -> list[Bundle]:
    """The bundles below `paths`, sorted, no file twice; folders are searched through, hidden files and junk left out.

    A path given by name is always taken. Raises SourceError for one that does not exist.
    """
    files, _ = files_below(paths)
    within = attachable_in(files)
    named = {}
    for file in files:
        attachable = within.get(os.path.dirname(file))
        if attachable and is_page(file):
            named[file] = names_in(_peek(file), attachable)
    return [Bundle(Path(main), [Path(a) for a in own]) for main, own in bundles_of(files, named).items()]


def with_attachments(file: str | Path) -> Bundle:
    """A main file by itself, with the attachments in its folder that it names.

    Whether another page names one of them too is not looked into: who knows the report's sha256 sees it there.
    """
    main = Path(file)
    found: list[str] = []
    if is_page(str(main)):
        with os.scandir(main.parent) as entries:
            beside = [entry.path for entry in entries if not junk(entry.name) and entry.is_file()]
        attachable = attachable_in(beside).get(str(main.parent))
        found = names_in(_peek(str(main)), attachable) if attachable else []
    return Bundle(main, [Path(a) for a in found])


def files_below(paths: Iterable[str | Path]) -> tuple[list[str], list[tuple[str, str]]]:
    """The files below `paths` as `discover` takes them, and the folders that cannot be opened with the reason."""
    found: dict[str, None] = {}
    closed: list[tuple[str, str]] = []
    for given in paths:
        path = os.fspath(Path(given))
        if os.path.isdir(path):
            _walk(path, found, closed)
        elif os.path.exists(path):
            found[path] = None
        else:
            raise SourceError(path, "没有这个文件或文件夹", "请检查路径")
    return list(found), closed


def _walk(folder: str, found: dict[str, None], closed: list[tuple[str, str]]) -> None:
    """Adds the files below a folder by name; links to folders are not followed, which may go round in circles."""
    try:
        with os.scandir(folder) as entries:
            here = sorted((entry for entry in entries if not junk(entry.name)), key=lambda entry: entry.name)
    except OSError as fault:
        closed.append((folder, fault.strerror or str(fault)))
        return
    for entry in here:
        if entry.is_dir(follow_symlinks=False):
            _walk(os.path.join(folder, entry.name), found, closed)
        elif entry.is_file():
            found[os.path.join(folder, entry.name)] = None


def is_page(file: str) -> bool:
    """Whether a file is of a kind that names attachments."""
    return os.path.splitext(file)[1].lower() in _PAGES


def attachable_in(files: Iterable[str]) -> dict[str, dict[str, str]]:
    """Folder -> name in small letters -> file, of the files that a page could name as its attachment."""
    within: dict[str, dict[str, str]] = {}
    for file in files:
        folder, name = os.path.split(file)
        if os.path.splitext(name)[1].lower() in _ATTACHED:
            within.setdefault(folder, {})[name.lower()] = file
    return within


def bundles_of(files: list[str], named: Mapping[str, list[str]]) -> dict[str, list[str]]:
    """Main files with the attachments that they name (`named`) and that lie in the same folder; the others stand alone.

    An attachment joins by a link to its file name or by its name in a line of 附件. One that two main files name, or
    that none names, is read by itself: an independent report must not vanish into another.
    """
    claimed: dict[str, list[str]] = {}
    for file, attachments in named.items():
        for attachment in attachments:
            claimed.setdefault(attachment, []).append(file)
    owner = {attachment: mains[0] for attachment, mains in claimed.items() if len(mains) == 1}
    bundles: dict[str, list[str]] = {file: [] for file in files if file not in owner}
    for attachment, main in owner.items():
        bundles[main].append(attachment)
    return bundles


def _peek(file: str) -> bytes:
    """The bytes of a page; nothing of one too large to be a page, or that cannot be opened."""
    try:
        with open(file, "rb") as opened:
            return opened.read() if os.fstat(opened.fileno()).st_size <= LOOK else b""
    except OSError:
        return b""


def names_in(data: bytes, attachable: Mapping[str, str]) -> list[str]:
    """The files of `attachable` that a page names, in its order."""
    # Most pages name no file at all: looking at the bytes first saves decoding all of them at every load.
    if not (
        any(word.search(data) for word in _WORDS) or _ENDING.search(data) or data.startswith((b"\xff\xfe", b"\xfe\xff"))
    ):
        return []
    decoded = decode(data)
    if decoded is None:
        return []
    source = decoded[0]
    names: dict[str, None] = {}
    for link in _LINK.finditer(source):
        address = unquote(html.unescape(link[1] or link[2] or link[3] or ""))
        target = attachable.get(address.split("?")[0].split("#")[0].replace("\\", "/").rsplit("/", 1)[-1].lower())
        if target is not None:
            names[target] = None
    lines = [m[0].lower() for m in _ATTACHMENT_LINE.finditer(source)]
    for name, target in attachable.items():
        stem = name.rsplit(".", 1)[0]
        if len(stem) >= 4 and any(name in line or stem in line for line in lines):
            names[target] = None
    return list(names)
