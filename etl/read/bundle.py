"""What there is to read below some paths: main files, each with the attachments it names."""

from __future__ import annotations

import functools
import html
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote

from etl.model import SourceError
from etl.read.encoding import decode
from etl.registry import load_reading

_PAGES = (".html", ".htm", ".shtml", ".xhtml", ".txt", ".md")
_ATTACHED = (".doc", ".docx", ".wps", ".xls", ".xlsx", ".et", ".pdf", ".zip")
_LINK = re.compile(r"""(?:href|src)\s*=\s*(?:"([^"]{1,500})"|'([^']{1,500})'|([^\s"'>]{1,500}))""", re.I)
_ATTACHMENT_LINE = re.compile(r"附\s*件[^\n<>]{0,200}")
_HINT = re.compile(
    rb"\.(?:docx?|wps|xlsx?|et|pdf|zip)\b|" + "附".encode() + b"|" + re.escape("附".encode("gb18030")), re.I
)
"""An ending of a file, or 附 in either encoding, without which a page names no attachment."""
_LOOK = 3_000_000


@dataclass(slots=True)
class Bundle:
    """One thing to read: a main file and the attachments that belong to it, in the order it names them."""

    path: Path
    attachments: list[Path] = field(default_factory=list)


@functools.cache
def _junk() -> re.Pattern[str]:
    return re.compile(load_reading().junk_names, re.I)


def junk(path: str) -> bool:
    """Whether a file or one of its folders is hidden or known never to be a report."""
    return any(_junk().fullmatch(part) for part in path.split("!/", 1)[-1].split("/") if part)


def discover(paths: Iterable[str | Path]) -> list[Bundle]:
    """The bundles below `paths`, sorted, no file twice; folders are searched through, hidden files and junk left out.

    A path given by name is always taken. Raises SourceError for one that does not exist.
    """
    found: dict[Path, None] = {}
    for given in paths:
        path = Path(given)
        if path.is_dir():
            for file in sorted(path.rglob("*")):
                if file.is_file() and not junk("/".join(file.relative_to(path).parts)):
                    found[file] = None
        elif path.exists():
            found[path] = None
        else:
            raise SourceError(str(path), "没有这个文件或文件夹", "请检查路径")
    return bundles_of(list(found))


def bundles_of(files: list[Path]) -> list[Bundle]:
    """Main files with the attachments that they name and that lie in the same folder; the others stand alone.

    An attachment joins by a link to its file name or by its name in a line of 附件. One that two main files name, or
    that none names, is read by itself: an independent report must not vanish into another.
    """
    by_folder: dict[Path, list[Path]] = {}
    for file in files:
        by_folder.setdefault(file.parent, []).append(file)
    claimed: dict[Path, list[Path]] = {}
    for siblings in by_folder.values():
        attachable = {f.name.lower(): f for f in siblings if f.suffix.lower() in _ATTACHED}
        if not attachable:
            continue
        for file in siblings:
            if file.suffix.lower() in _PAGES:
                for attachment in _named(file, attachable):
                    claimed.setdefault(attachment, []).append(file)
    owner = {attachment: mains[0] for attachment, mains in claimed.items() if len(mains) == 1}
    bundles = {file: Bundle(file) for file in files if file not in owner}
    for attachment, main in owner.items():
        bundles[main].attachments.append(attachment)
    return list(bundles.values())


def _named(file: Path, attachable: dict[str, Path]) -> list[Path]:
    """The files of `attachable` that the page names, in its order."""
    try:
        if file.stat().st_size > _LOOK:
            return []
        data = file.read_bytes()
    except OSError:
        return []
    # Most pages name no file at all: looking at the bytes first saves decoding all of them at every load.
    if not _HINT.search(data) and not data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return []
    decoded = decode(data)
    if decoded is None:
        return []
    source = decoded[0]
    names: dict[Path, None] = {}
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
