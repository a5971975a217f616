"""Where: the division a report's agency belongs to, told from its name, from what stands around it, or not at all."""

from __future__ import annotations

import functools
import re
from urllib.parse import urlsplit

from etl.agency import LEVEL_OF_WORD, Body, read_body
from etl.head import Head
from etl.model import Part
from etl.normalise import tight_text
from etl.regions import chain_of, gazetteer, in_year, mentions, read_address, settle
from etl.registry import Region, load_identify
from etl.who import OWN_PLACE, Named

_ADDRESS = re.compile(r"(?:地址|地点|位于)[：是为]?([\u4e00-\u9fff]{4,40})")


class Context:
    """Place names around the report, looked up only when a name does not stand alone."""

    def __init__(self, head: Head, part: Part) -> None:
        self.head, self.part = head, part

    @functools.cached_property
    def near(self) -> list[str]:
        """Names in head, meta and closing lines: site name, address, footer."""
        texts = [self.head.opening[:3000], *(self.part.document.meta.values() if self.part.part == 1 else ())]
        texts += [line.text[-300:] for line in self.head.lines[-5:]]
        return list(mentions(tight_text("\n".join(texts))))

    @functools.cached_property
    def all(self) -> dict[str, int]:
        return mentions(self.head.text)

    @functools.cached_property
    def provinces(self) -> list[str]:
        """Provinces named by the host of the page's address."""
        hosts = load_identify().province_hosts
        found = []
        for pair in self.head.pairs:
            if pair.field in ("address", "source"):
                match = re.search(r"https?://[\w.\-]+", pair.value)
                host = (urlsplit(match.group()).hostname or "") if match else ""
                found += [name for end, name in hosts.items() if host == end or host.endswith("." + end)]
        return list(dict.fromkeys(found))

    def only_province(self) -> Region | None:
        """The one province that the text names, None when it names none or several."""
        regions = [r for n in self.all for r in gazetteer().by_name[n] if r.level == "province"]
        codes = {r.adcode for r in regions}
        if len(codes) == 1:
            return regions[0]
        if not codes and len(self.provinces) == 1:
            return gazetteer().by_name[self.provinces[0]][0]
        return None

    def city_by_counties(self, year: int | None) -> Region | None:
        """The city that at least three of the counties named in the text lie in, when no other has two."""
        votes: dict[str, int] = {}
        for name in self.all:
            regions = [r for r in in_year(gazetteer().by_name[name], year) if r.level == "county"]
            if len({r.parent for r in regions}) == 1:
                votes[regions[0].parent] = votes.get(regions[0].parent, 0) + 1
        ranked = sorted(votes.items(), key=lambda v: (-v[1], v[0]))
        if not ranked or ranked[0][1] < 3 or (len(ranked) > 1 and ranked[1][1] >= 2):
            return None
        cities = in_year(gazetteer().by_code.get(ranked[0][0], []), year)
        return cities[0] if len(cities) == 1 else None


def region_of(body: Body, found: list[Named], context: Context, year: int | None) -> tuple[Region | None, list[Region]]:
    """The division a body belongs to, and the candidates left when it could not be told."""
    if body.zone is not None:
        code = body.zone.adcode
        regions = gazetteer().by_code.get(code, []) if code else []
        return (regions[-1] if regions else None), []
    if body.address is None:
        return None, []
    candidates = in_year(body.address.candidates, year) or body.address.candidates
    single = settle(candidates, [], year)
    if single is not None:
        return single, []
    named = [n for f in found if f.body.address and f.body is not body for n in f.body.address.names]
    named += [n for f in found if f.body.address for n in f.body.address.names[:-1]]
    for names in (named, context.near, list(context.all)):
        settled = settle(candidates, names, year, context.provinces)
        if settled is not None:
            return settled, []
    return None, candidates


def site_region(body: Body, found: list[Named], head: Head, year: int | None) -> Region | None:
    """The division whose government's site the page is from, where it fits a name without place (县教育局, 天河乡人民政府).

    The address of the office, governments named as publisher, as a line of their own in the head, or as 主办单位 at the end; all must be one division.
    """
    if body.relative not in LEVEL_OF_WORD and not body.township:
        return None
    bodies = [n.body for n in found if n.source in ("metadata", "source") and n.body.form in ("government", "office")]
    for line in head.lines[: min(head.first_chapter, 12)]:
        if len(line.text) <= 24 and "政府" in line.text:
            named = read_body(re.sub("(?:门户)?网站?$", "", tight_text(line.text)), year, short=False)
            bodies += [named] if named is not None and named.form == "government" else []
    for line in head.lines[-6:]:
        match = re.search(r"(?:主办|版权所有|主管)(?:单位)?：?([\u4e00-\u9fff]{4,24}?政府)", tight_text(line.text))
        named = read_body(match.group(1), year, short=False) if match else None
        bodies += [named] if named is not None else []
    regions: dict[str, Region] = {}
    address = _ADDRESS.search(tight_text(head.opening[-3000:]))
    at = read_address(address.group(1), year) if address and body.relative else None
    if at is not None:
        one = settle(in_year(at.candidates, year), at.names[:-1], year)
        fitting = [r for r in chain_of(one, year) if r.name.endswith(body.relative)] if one is not None else []
        if fitting:
            regions[fitting[0].adcode] = fitting[0]
    for named in bodies:
        if named.address is not None:
            one = settle(in_year(named.address.candidates, year), [], year)
            if one is None:
                return None
            regions[one.adcode] = one
    if len(regions) != 1:
        return None
    region = next(iter(regions.values()))
    wanted = "county" if body.township else LEVEL_OF_WORD[body.relative]
    fits = (
        region.name.endswith(body.relative) and region.level in (wanted, "county")
        if body.relative
        else region.level == wanted
    )
    return region if fits else None


def speaks_as(city: Region, head: Head) -> bool:
    """A text that says 我市 and 全市, and names the city at least once, is the city's own."""
    short = city.name[:-1] if len(city.name) > 2 else city.name
    return bool(OWN_PLACE.search(head.text)) and f"全{city.name[-1]}" in head.text and short in head.text
