"""Places in texts: names of divisions, with and without their suffix, valid in a year, told apart by their context.

A name alone says little: 28 county names and 3,703 township names are borne by several divisions. So every reading gives all
candidates, and `settle` keeps one only when the context leaves one.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from etl.registry import Region, load_identify, load_regions

MUNICIPALITIES = ("110000", "120000", "310000", "500000")
"""Their districts hang directly under them; `city` repeats the name (CONTRACT 2)."""

_SUFFIX = re.compile("(?:特别行政区|自治区|自治州|自治县|自治旗|地区|林区|特区|省|市|州|盟|县|区|旗)$")
_PLACE_END = re.compile("[省市区县州盟旗]")


@dataclass(frozen=True, slots=True)
class Gazetteer:
    """All divisions, by code, by full name and by name without suffix (counties and above only)."""

    by_code: dict[str, list[Region]]  # counties and above: a township is nobody's parent
    by_name: dict[str, list[Region]]
    by_short: dict[str, list[Region]]
    aliases: dict[str, str]  # 恩施州 -> 恩施土家族苗族自治州; keys of by_name too


def _short(name: str, ethnic: re.Pattern[str]) -> str:
    short = _SUFFIX.sub("", name, count=1)
    if short != name and name.endswith(("自治区", "自治州", "自治县", "自治旗")):
        bare = ethnic.sub("", short)
        short = bare if len(bare) >= 2 else short  # 内蒙古 stays
    return short


@functools.cache
def gazetteer() -> Gazetteer:
    """The index over regions.csv and regions_demo.csv, built once (about 60 ms)."""
    by_code: dict[str, list[Region]] = {}
    by_name: dict[str, list[Region]] = {}
    by_short: dict[str, list[Region]] = {}
    printed_short = dict(load_identify().divisions)
    groups = "|".join(sorted(load_identify().ethnic_groups, key=len, reverse=True))
    ethnic = re.compile(f"(?:{groups})+$")
    for region in load_regions():
        by_name.setdefault(region.name, []).append(region)
        if region.level != "township":
            by_code.setdefault(region.adcode, []).append(region)
            short = _short(region.name, ethnic)
            if len(short) >= 2 and short != region.name:
                by_short.setdefault(short, []).append(region)
                if region.name.endswith(("自治州", "自治县", "自治旗")):
                    printed_short.setdefault(short + region.name[-1], region.name)  # 恩施州, 积石山县
    aliases = {s: name for s, name in printed_short.items() if s not in by_name and name in by_name}
    by_name.update({s: by_name[name] for s, name in aliases.items()})
    return Gazetteer(by_code, by_name, by_short, aliases)


def in_year(regions: Iterable[Region], year: int | None) -> list[Region]:
    """Those valid in `year`; without a year all. A report of a year comes out in the next, so that a new name counts too."""
    regions = list(regions)
    if year is None:
        return regions
    valid = [r for r in regions if r.valid_from <= year <= r.valid_to]
    return valid or [r for r in regions if r.valid_from <= year + 1 <= r.valid_to]


def parent_of(region: Region, year: int | None) -> Region | None:
    """The division above, as it was in `year`."""
    above = gazetteer().by_code.get(region.parent, [])
    valid = in_year(above, year) if year is not None else []
    return valid[0] if valid else (above[-1] if above else None)


def chain_of(region: Region, year: int | None) -> list[Region]:
    """The division and all above it, the province last."""
    chain = [region]
    while chain[-1].level != "province":
        above = parent_of(chain[-1], year)
        if above is None or above in chain:
            break
        chain.append(above)
    return chain


def lies_in(region: Region, codes: set[str], year: int | None) -> bool:
    """Whether the division is one of `codes` or below one of them."""
    return any(r.adcode in codes for r in chain_of(region, year))


@dataclass(slots=True)
class Address:
    """Place names read one after the other from the start of a text: 淮安市洪泽区 -> candidates for 洪泽区, end 6."""

    candidates: list[Region]
    end: int
    names: list[str]
    short: bool = False  # the first name was printed without its suffix


def read_address(text: str, year: int | None = None, short: bool = False) -> Address | None:
    """The longest chain of place names that `text` begins with; None when it begins with none.

    Each further name must lie in one of the divisions before it. `short` allows the first name without
    suffix (蚌埠财政局): only for texts of which one knows that they name a body.
    """
    index = gazetteer()
    found: Address | None = None
    at = 0
    while True:
        step = _next_name(text, at, index.by_name, 15)
        bare = False
        if step is None and short and found is None:
            step = _next_name(text, at, index.by_short, 8)
            bare = step is not None
        if step is None:
            return found
        end, regions = step
        regions = in_year(regions, year) or regions
        if found is not None:
            codes = {r.adcode for r in found.candidates}
            regions = [r for r in regions if r.adcode not in codes and lies_in(r, codes, year)]
            if not regions:
                return found
        found = Address(
            regions,
            end,
            [*(found.names if found else []), index.aliases.get(text[at:end], text[at:end])],
            bare or bool(found and found.short),
        )
        at = end


def _next_name(text: str, at: int, names: dict[str, list[Region]], longest: int) -> tuple[int, list[Region]] | None:
    for end in range(min(len(text), at + longest), at + 1, -1):
        regions = names.get(text[at:end])
        if regions:
            return end, regions
    return None


def mentions(text: str) -> dict[str, int]:
    """Full names of provinces, cities and counties in a text -> how often, in the order of their first place.

    淮安市洪泽区 counts as both. Looks back from every 省市区县州盟旗. Names of two characters are left out: 公开和县级 is not 和县.
    """
    names, aliases = gazetteer().by_name, gazetteer().aliases
    counts: dict[str, int] = {}
    done = 0
    for match in _PLACE_END.finditer(text):
        end = match.end()
        for start in range(max(done, end - 15), end - 2):
            regions = names.get(text[start:end])
            if regions and regions[0].level != "township":
                name = aliases.get(text[start:end], text[start:end])
                counts[name] = counts.get(name, 0) + 1
                done = end
                break
    return counts


def settle(
    candidates: list[Region], context: Iterable[str], year: int | None, provinces: Iterable[str] = ()
) -> Region | None:
    """The one candidate that the context leaves, None when it leaves several or none.

    `context` are full names found around; a name speaks for a candidate when it is one of the divisions above it, or a
    sister under the same one. `provinces` are names of provinces known from elsewhere (the site's host).
    """
    candidates = _distinct(candidates)
    if len(candidates) <= 1:
        return candidates[0] if candidates else None
    index = gazetteer()
    above = {c.adcode: chain_of(c, year)[1:] for c in candidates}
    context = [n for n in context if not any(n == c.name for c in candidates)]
    for names, sisters in ((context, False), (list(provinces), False), (context, True)):
        votes: dict[str, int] = {}
        for c in candidates:
            if sisters:
                votes[c.adcode] = sum(
                    any(r.parent == c.parent for r in _unique(index.by_name.get(n, []))) for n in names
                )
            else:
                votes[c.adcode] = len({n for n in names if any(a.name == n for a in above[c.adcode])})
        backed = [c for c in candidates if votes[c.adcode]]
        if len(backed) == 1:
            return backed[0]
        if backed:
            # 安徽省 backs two, 合肥市 only one of them.
            best = max(votes.values())
            top = [c for c in backed if votes[c.adcode] == best]
            if len(top) == 1 and not sisters and _nested(top[0], backed, names, year):
                return top[0]
            candidates = backed
    return None


def _nested(one: Region, backed: list[Region], names: list[str], year: int | None) -> bool:
    """Whether every name that backs another candidate backs `one` too."""
    own = {a.name for a in chain_of(one, year)[1:]}
    for other in backed:
        if other is not one and any(a.name in names and a.name not in own for a in chain_of(other, year)[1:]):
            return False
    return True


def _unique(regions: list[Region]) -> list[Region]:
    """A name borne by one division only, else nothing: 鼓楼区 speaks for no city."""
    return regions if len({r.parent for r in regions}) == 1 else []


def _distinct(candidates: list[Region]) -> list[Region]:
    """One entry per code and name; of a division that exists twice over the years the latest."""
    seen: dict[str, Region] = {}
    for c in candidates:
        kept = seen.get(c.adcode)
        if kept is None or kept.valid_to < c.valid_to:
            seen[c.adcode] = c
    found = list(seen.values())
    names = {(c.name, c.level, c.parent) for c in found}
    if len(names) == 1 and len(found) > 1:  # one place whose code changed
        return [max(found, key=lambda c: c.valid_to)]
    return found


def place_fields(region: Region | None, year: int | None) -> dict[str, str | None]:
    """province, city, county, township and adcode of a division, as Identity has them; all None for None."""
    fields: dict[str, str | None] = dict.fromkeys(("province", "city", "county", "township", "adcode"))
    if region is None:
        return fields
    fields["adcode"] = region.adcode
    for r in chain_of(region, year):
        fields[r.level] = r.name
        if r.adcode in MUNICIPALITIES:
            fields["city"] = r.name
    return fields
