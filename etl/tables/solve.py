"""Splits digits that lost the borders of their cells, only where the form's sums leave exactly one way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

Numbers = tuple[int | float, ...]
_MOST_WAYS = 400  # a row with more is left alone: no sum decides between so many
_MOST_STEPS = 6000
_MOST_CHOICES = 4000
_ROUNDS = 12
_MOST_DIGITS = 48


def splits(
    tokens: Sequence[str], count: int, blocks: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]
) -> list[Numbers]:
    """All ways to read `tokens` (runs of digits, no number crosses two) as `count` whole numbers without leading zeros.

    `blocks`: (places of the total, places of its parts) that must add up; only blocks that adjoin, with the total last, help.
    [] when there is none, or when there are more than anybody could decide between.
    """
    digits = "".join(tokens)
    if len(tokens) > count or not count <= len(digits) <= _MOST_DIGITS or not digits.isdecimal():
        return []
    borders = frozenset(itertools.accumulate(len(t) for t in tokens))
    totals = {max(parts) + 1: min(parts) for total, parts in blocks if parts and total == (max(parts) + 1,)}
    sections: list[tuple[int, bool]] = []  # how many numbers, and whether the last is the total of the others
    at = 0
    while at < count:
        end = next((t for t, first in totals.items() if first == at), None)
        sections.append((end - at + 1, True) if end is not None else (1, False))
        at += sections[-1][0]
    search = _Search(digits, borders, sections)
    ways = list(itertools.islice(search.sections_from(0, 0), _MOST_WAYS + 1))
    return [] if search.steps > _MOST_STEPS or len(ways) > _MOST_WAYS else ways


class _Search:
    """One search for ways to split `digits`, with the count of its steps."""

    def __init__(self, digits: str, borders: frozenset[int], sections: list[tuple[int, bool]]) -> None:
        self.digits, self.borders, self.sections, self.steps = digits, borders, sections, 0

    def sections_from(self, n: int, at: int) -> Iterator[Numbers]:
        """Ways to read everything from `at` on as the sections from the n-th on."""
        if n == len(self.sections):
            if at == len(self.digits):
                yield ()
            return
        size, summed = self.sections[n]
        left = sum(s for s, _ in self.sections[n + 1 :])
        ends = [len(self.digits)] if not left else range(at + size, len(self.digits) - left + 1)
        for end in ends:
            for way in self.with_total(at, end, size) if summed else self.parts(at, end, size, None):
                for rest in self.sections_from(n + 1, end):
                    yield (*way, *rest)

    def with_total(self, at: int, end: int, size: int) -> Iterator[Numbers]:
        """[at, end) as size - 1 parts and their total: the total first, because it bounds the parts."""
        for start in range(end - 1, at + size - 2, -1):
            total = self.number(start, end)
            if total is not None:
                for way in self.parts(at, start, size - 1, total):
                    yield (*way, total)

    def parts(self, at: int, end: int, size: int, total: int | None) -> Iterator[Numbers]:
        """[at, end) as `size` numbers that add up to `total`, or to anything."""
        self.steps += 1
        if self.steps > _MOST_STEPS:
            return
        if size == 1:
            last = self.number(at, end)
            if last is not None and (total is None or last == total):
                yield (last,)
            return
        for stop in range(at + 1, end - size + 2):
            value = self.number(at, stop)
            if value is None:
                return
            if total is not None and value > total:
                return
            for way in self.parts(stop, end, size - 1, None if total is None else total - value):
                yield (value, *way)

    def number(self, start: int, end: int) -> int | None:
        """The number printed at [start, end), None if it would start with a zero or cross the border of a token."""
        if end <= start or (self.digits[start] == "0" and end > start + 1):
            return None
        return None if any(start < b < end for b in self.borders) else int(self.digits[start:end])


def settle_rows(
    ways: Mapping[str, list[Numbers]], certain: set[str], sums: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]
) -> dict[str, Numbers]:
    """The rows that can be read in one way only. `certain`: rows whose borders are printed; they are never doubted.

    A sum takes part when all its rows are there. Where rows split by sums contradict a sum, all rows of that sum that had
    to be split are left out: either the split or the printed total is wrong.
    """
    sums = [s for s in sums if all(ways.get(r) for r in (*s[0], *s[1]))]
    domains = {row: list(found) for row, found in ways.items() if found}
    for _ in range(_ROUNDS):
        changed = False
        for total, parts in sums:
            members = [*total, *parts]
            open_rows = [r for r in dict.fromkeys(members) if len(domains[r]) > 1]
            size = 1
            for row in open_rows:
                size *= len(domains[row])
            if not open_rows or size > _MOST_CHOICES:
                continue
            fixed = {r: domains[r][0] for r in members if len(domains[r]) == 1}
            kept: list[set[Numbers]] = [set() for _ in open_rows]
            for choice in itertools.product(*(domains[r] for r in open_rows)):
                taken = fixed | dict(zip(open_rows, choice, strict=True))
                if _adds_up(taken, total, parts):
                    for n, way in enumerate(choice):
                        kept[n].add(way)
            for n, row in enumerate(open_rows):
                if kept[n] and len(kept[n]) < len(domains[row]):
                    domains[row] = [w for w in domains[row] if w in kept[n]]
                    changed = True
        if not changed:
            break
    settled = {row: found[0] for row, found in domains.items() if len(found) == 1}
    for total, parts in sums:
        if all(r in settled for r in (*total, *parts)) and not _adds_up(settled, total, parts):
            for row in (*total, *parts):
                if row not in certain:
                    settled.pop(row, None)
    return settled


def _adds_up(rows: Mapping[str, Numbers], total: Sequence[str], parts: Sequence[str]) -> bool:
    width = len(rows[total[0]])
    return all(round(sum(rows[r][c] for r in total) - sum(rows[r][c] for r in parts), 6) == 0 for c in range(width))
