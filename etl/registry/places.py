"""regions.csv, agencies.csv, population.csv, initials.csv: places and bodies, their codes, renames, residents and pinyin initials."""

from __future__ import annotations

import csv
import functools
from pathlib import Path
from typing import NamedTuple, get_args

from pydantic import Field

from etl.model import Level
from etl.registry import ROOT
from etl.registry.files import Entry, complain, load_csv, unreadable

REGION_LEVELS = get_args(Level)


class Region(NamedTuple):
    """One row of regions.csv: a division and the years in which it bore this code and name (0 and 9999: open)."""

    adcode: str
    name: str
    level: str
    parent: str
    valid_from: int
    valid_to: int


def _read_regions(path: Path) -> list[Region]:
    """42,000 rows in 60 ms: checked by hand, since a pydantic model per row takes five times that."""
    rows: list[Region] = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            if tuple(next(reader, ())) != Region._fields:
                raise complain(path, 1, "", f"表头应为 {','.join(Region._fields)}")
            for line, row in enumerate(reader, 2):
                if len(row) != 6:
                    raise complain(path, line, "", f"应有 6 列，实有 {len(row)} 列")
                adcode, name, level, parent, since, until = row
                if not (adcode.isascii() and adcode.isdigit() and len(adcode) == (9 if level == "township" else 6)):
                    raise complain(path, line, "adcode", f"“{adcode}”不是区划代码")
                if level not in REGION_LEVELS:
                    raise complain(path, line, "level", f"“{level}”不是 {'、'.join(REGION_LEVELS)} 之一")
                if not name or (not parent and level != "province"):
                    raise complain(path, line, "parent" if name else "name", "不能为空")
                if (since and not since.isdigit()) or (until and not until.isdigit()):
                    raise complain(path, line, "valid_from", f"“{since}”至“{until}”不是年份")
                rows.append(Region(adcode, name, level, parent, int(since or 0), int(until or 9999)))
    except (OSError, UnicodeDecodeError, csv.Error) as fault:
        raise complain(path, None, "", unreadable(fault)) from fault
    return rows


@functools.cache
def load_regions(root: Path = ROOT) -> tuple[Region, ...]:
    """All divisions, those of the fictional province (codes from 99) after the real ones."""
    demo = root / "regions_demo.csv"
    return tuple(_read_regions(root / "regions.csv") + (_read_regions(demo) if demo.exists() else []))


class Agency(Entry):
    """A body that is no plain "place + department": a functional zone, a rename, a merger (agencies.csv).

    An `alias` that starts with * stands for any place before it (*安全生产监督管理局). `adcode` is the division the body
    lies in or under; None where it is a rule for all places.
    """

    agency: str
    alias: str
    adcode: str | None = Field(None, pattern=r"^\d{6}$")
    system: str | None = None
    level: Level | None = None
    valid_from: int | None = None
    valid_to: int | None = None
    successor: str | None = None


@functools.cache
def load_agencies(root: Path = ROOT) -> tuple[Agency, ...]:
    """agencies.csv, in its order. Codes must be those of known divisions."""
    path = root / "agencies.csv"
    rows = load_csv(path, Agency)
    codes = {region.adcode for region in load_regions(root)}
    for line, row in enumerate(rows, 2):
        if row.adcode is not None and row.adcode not in codes:
            raise complain(path, line, "adcode", f"区划表中没有代码 {row.adcode}")
    return tuple(rows)


class Population(Entry):
    """Residents of a division in a year, and where the number is from (population.csv, which an office may add)."""

    adcode: str = Field(pattern=r"^\d{6}(?:\d{3})?$")
    year: int = Field(ge=1949, le=2100)
    people: int = Field(gt=0, le=2_000_000_000)
    basis: str


@functools.cache
def load_population(root: Path = ROOT) -> tuple[Population, ...]:
    """population.csv, nothing where there is none. No division stands twice for one year."""
    path = root / "population.csv"
    rows = load_csv(path, Population) if path.exists() else []
    seen: set[tuple[str, int]] = set()
    for line, row in enumerate(rows, 2):
        if (row.adcode, row.year) in seen:
            raise complain(path, line, "adcode", f"{row.adcode} 在{row.year}年已有一行")
        seen.add((row.adcode, row.year))
    return tuple(rows)


class Initials(Entry):
    """One row of initials.csv: characters that share an initial, or a word that is read unlike its characters, with one letter each."""

    text: str
    initials: str = Field(pattern=r"^[a-z]+$")


@functools.cache
def load_initials(root: Path = ROOT) -> tuple[dict[str, str], dict[str, str]]:
    """Pinyin initials: character -> letter, and word -> letters where a word is read unlike its characters (重庆 cq)."""
    characters: dict[str, str] = {}
    words: dict[str, str] = {}
    for row in load_csv(root / "initials.csv", Initials):
        if len(row.text) == len(row.initials):
            words[row.text] = row.initials
        else:
            characters.update(dict.fromkeys(row.text, row.initials))
    return characters, words
