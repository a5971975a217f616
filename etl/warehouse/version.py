"""What a build depends on besides its source files.

Both versions are derived from what is on disk, so nobody can forget to raise them: a changed rule, spelling or form makes the next load
read again exactly what it must. The price is that a release which touches any reading code reads everything again once.
"""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from etl.registry import load_words

ETL = Path(__file__).resolve().parents[1]
_NOT_READING = (
    "warehouse",
    "demo",
    "__main__.py",
    "__main__",
    "check",
    "equation.py",
    "terminal",
    "views.sql",
    "__pycache__",
)
_NOT_SPELLINGS = (
    "words.yml",
    "corrections.jsonl",
    "columns.csv",
    "deadlines.csv",
    "population.csv",
    "rules.yml",
    "accepted.jsonl",
    "roster.csv",
    "demo.yml",
)
_READERS = (
    "beautifulsoup4",
    "lxml",
    "selectolax",
    "opencc-python-reimplemented",
    "pypdfium2",
    "pdfplumber",
    "python-calamine",
    "python-docx",
    "olefile",
)


def _digest(files: Iterable[Path], root: Path, extra: str = "") -> str:
    digest = hashlib.sha256(extra.encode())
    for path in sorted(files):
        data = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"\0{path.relative_to(root).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()[:16]


def _files(root: Path, leave_out: tuple[str, ...]) -> list[Path]:
    return [
        path
        for path in root.rglob("*")
        if path.is_file()
        and path.suffix not in (".pyc", ".md")
        and not any(part in leave_out or part.startswith(".") for part in path.relative_to(root).parts)
    ]


@functools.cache
def extractor_version(registry: Path) -> str:
    """Changes when the same file could be read differently: reading code, the registry it uses, or a parser's version.

    Of words.yml only the words that the cells of an imported sheet may hold: the others are shown, not read."""
    parsers = []
    for name in _READERS:
        try:
            parsers.append(f"{name}=={version(name)}")
        except PackageNotFoundError:
            parsers.append(f"{name}-")
    code = _digest([*_files(ETL, _NOT_READING), ETL / "warehouse" / "rows.py"], ETL)
    cells = [load_words(registry).of(name) for name in ("kind", "scope", "qualifier")]
    return _digest(_files(registry, _NOT_SPELLINGS), registry, f"{code}{' '.join(parsers)}{cells}")


def fingerprint(registry: Path) -> str:
    """Changes when the same reports could make another build: registry, corrections, tables, views. Not cached: corrections grow."""
    shape = [
        path
        for path in _files(ETL / "warehouse", ())
        if path.name in ("schema.sql", "figures.sql", "pages.sql", "finish.py")
    ] + [ETL / "views.sql"]
    shape += [*_files(ETL / "check", ("listing.py",)), ETL / "equation.py"]
    return _digest(_files(registry, ("demo.yml",)), registry, _digest(shape, ETL))


def schema_version() -> str:
    """Changes when the tables do; an older build is then carried over table by table instead of copied."""
    return _digest([ETL / "warehouse" / "schema.sql"], ETL)
