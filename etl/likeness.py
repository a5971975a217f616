"""How alike the prose of two reports is, without keeping the prose: 64 least hashes (one-permutation MinHash) and the hashes of sentences.

Digits count: two offices that fill one template with their own figures are not alike, a copy with a few figures changed is. The text
itself stays in the source file; `shared_passages` reads it again to show what two reports have in common.
"""

from __future__ import annotations

import functools
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from etl.model import Identity, Likeness, Paragraph, Part, TableReading
from etl.registry import load_likeness

PLACES = 64
EMPTY = 0xFFFFFFFF
_NUMBERED = re.compile(r"(?:^|\n)[\s|*#]*([一二三四五六])\s?[、.．]")


@dataclass(frozen=True)
class Patterns:
    piece: int
    sentence: int
    layout_cell: int
    stops: re.Pattern[str]
    skipped: re.Pattern[str]
    chapters: tuple[tuple[str, re.Pattern[str]], ...]


@functools.cache
def load_patterns() -> Patterns:
    """likeness.yml, compiled. Raises RegistryError."""
    known = load_likeness()
    return Patterns(
        known.piece, known.sentence, known.layout_cell, re.compile(known.stops), re.compile(known.skipped),
        tuple((c.name, re.compile(c.pattern)) for c in known.chapters),
    )  # fmt: skip


def measure(part: Part, identity: Identity, reading: TableReading) -> Likeness:
    """The prose of one report as numbers, and the chapters that an annual report lacks."""
    known = load_patterns()
    prose = "\n".join(_texts(part, reading.used, known))
    missing: list[str] = []
    if identity.kind == "annual_report" and (identity.year or 0) >= load_likeness().chapters_since:
        every = "\n".join(_texts(part, set(), known)) if reading.used else prose
        numbered = set(_NUMBERED.findall(every))
        missing = [
            name
            for number, (name, pattern) in zip("一二三四五六", known.chapters, strict=False)
            if number not in numbered and not pattern.search(every)
        ]
    passages = known.stops.split(known.skipped.sub("", prose))
    text = "".join(passages)
    long = list(dict.fromkeys(s for s in passages if len(s) >= known.sentence))
    return Likeness(
        len(text), sign(text, known.piece), [_hash(s) for s in long], [min(len(s), 32767) for s in long], missing
    )


def _texts(part: Part, used: set[int], known: Patterns) -> list[str]:
    texts: list[str] = []
    layout = known.layout_cell
    for block in part.blocks:
        if id(block) in used:
            continue
        if isinstance(block, Paragraph):
            texts.append(block.text)
        else:
            seen: set[int] = set()
            for row in block.rows:
                for cell in row:
                    if cell is not None and len(cell.passage.text) > layout and id(cell) not in seen:
                        seen.add(id(cell))
                        texts.append(cell.passage.text)
    return texts


def _hash(text: str) -> int:
    return int.from_bytes(hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "big")


def sign(text: str, piece: int) -> list[int]:
    """64 numbers of 32 bits: of all pieces of `text` the least hash in each of 64 classes; EMPTY where a class has none.

    The share of equal numbers of two signatures estimates the Jaccard likeness of the texts' pieces (standard error 4 points at 0.9).
    """
    if len(text) < piece:
        return [EMPTY] * PLACES
    codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.uint64)
    n = len(codes) - piece + 1
    rolled = np.zeros(n, dtype=np.uint64)
    for k in range(piece):
        rolled = rolled * np.uint64(0x100000001B3) + codes[k : k + n]
    rolled ^= rolled >> np.uint64(33)
    rolled *= np.uint64(0xFF51AFD7ED558CCD)
    rolled ^= rolled >> np.uint64(33)
    rolled *= np.uint64(0xC4CEB9FE1A85EC53)
    rolled ^= rolled >> np.uint64(33)
    rolled.sort()
    first = np.searchsorted(rolled, np.arange(PLACES, dtype=np.uint64) << np.uint64(58))
    held = first < n
    least = np.full(PLACES, EMPTY, dtype=np.uint64)
    candidates = rolled[first[held]]
    fits = (candidates >> np.uint64(58)) == np.arange(PLACES, dtype=np.uint64)[held]
    places = np.flatnonzero(held)[fits]
    least[places] = (candidates[fits] >> np.uint64(26)) & np.uint64(0xFFFFFFFF)
    return least.tolist()


def shared_passages(first: tuple[str | Path, int], second: tuple[str | Path, int], most: int = 20) -> list[str]:
    """The longest sentences that two reports share, as printed, longest first. Each is (path of its file, part in it).

    Raises SourceError or OSError where a file can no longer be read.
    """
    one, two = _sentences(*first), _sentences(*second)
    both = [text for key, text in one.items() if key in two]
    return sorted(both, key=lambda s: (-len(s), s))[:most]


def _sentences(path: str | Path, number: int) -> dict[str, str]:
    """Sentences of a report as compared -> as read."""
    from etl import normalise, split
    from etl.read import read_file

    known = load_patterns()
    out: dict[str, str] = {}
    for document in read_file(path):
        for part in split.split(normalise.document(document)):
            if part.part == number:
                for sentence in known.stops.split("\n".join(_texts(part, set(), known))):
                    key = known.skipped.sub("", sentence)
                    if len(key) >= known.sentence:
                        out.setdefault(key, sentence.strip())
    return out
