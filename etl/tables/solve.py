"""Splits digits that lost the borders of their cells, only where the form's sums leave exactly one way."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence

Numbers = tuple[int | float, ...]
_MOST_WAYS = 3000  # a row with more is not tried: no report has come near
_MOST_DIGITS = 48


def splits(
    tokens: Sequence[str], count: int, blocks: Sequence[tuple[tuple[int, ...], tuple[int, ...]]]
) -> list[Numbers]:
    """All ways to read `tokens` (runs of digits, no number crosses two) as `count` whole numbers without leading zeros.

    `blocks`: (places of the total, places of its parts) that must add up, each block's places adjoining.
    """
    digits = "".join(tokens)
    if len(tokens) > count or not count <= len(digits) <= _MOST_DIGITS or not digits.isdecimal():
        return []
    borders = set(itertools.accumulate(len(t) for t in tokens))
    closing = {max(*total, *parts): (total, parts) for total, parts in blocks if parts}
    found: list[Numbers] = []
    steps = 0

    def walk(at: int, values: tuple[int, ...]) -> Iterator[Numbers]:
        nonlocal steps
        steps += 1
        if steps > 40000:
            return
        if len(values) == count:
            if at == len(digits):
                yield values
            return
        left = count - len(values) - 1
        for end in range(at + 1, len(digits) - left + 1):
            new = (*values, int(digits[at:end]))
            block = closing.get(len(new) - 1)
            if block is None or sum(new[i] for i in block[0]) == sum(new[i] for i in block[1]):
                yield from walk(end, new)
            if digits[at] == "0" or end in borders:
                return

    for way in walk(0, ()):
        found.append(way)
        if len(found) > _MOST_WAYS:
            return []
    return [] if steps > 40000 else found


def settle_rows(
    ways: Mapping[str, list[Numbers]], certain: set[str], sums: Sequence[tuple[tuple[str, ...], tuple[str, ...]]]
) -> dict[str, Numbers]:
    """The rows that can be read in one way only. `certain`: rows whose borders are printed; they are never doubted.

    A sum takes part when all its rows are there. Where rows split by sums contradict a sum, all rows of that sum that had
    to be split are left out: either the split or the printed total is wrong.
    """
    sums = [s for s in sums if all(ways.get(r) for r in (*s[0], *s[1]))]
    domains = {row: list(found) for row, found in ways.items() if found}
    changed = True
    while changed:
        changed = False
        for total, parts in sums:
            members = [*total, *parts]
            open_rows = [r for r in dict.fromkeys(members) if len(domains[r]) > 1]
            size = 1
            for row in open_rows:
                size *= len(domains[row])
            if not open_rows or size > 20000:
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
