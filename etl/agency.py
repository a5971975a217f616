"""Names of public bodies: 张店区应急管理局 taken apart into place and body, written out in full, compared with one another.

Nothing is guessed: a name is completed only by what the source prints elsewhere (市应急局 beside 宣城市应急管理局) or by what every
government is called (淮北市 -> 淮北市人民政府, 小沙街道 -> 小沙街道办事处).
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from etl.normalise import tight_text
from etl.regions import Address, gazetteer, lies_in, read_address
from etl.registry import Agency, load_agencies, load_identify

_TOWNSHIP = re.compile(r"([\u4e00-\u9fff]{1,9}?(?:街道|民族乡|苏木|镇|乡))(人民政府|政府|办事处|人民政府办事处|办)?")
_BRANCH = re.compile(r"[局委]([\u4e00-\u9fff]{2,9})(?:分局|分公司|支队|大队)$")
_EDGES = '，。：；、|·-—_ "“”‘’《》〈〉【】[]'
_RELATIVE = "省市区县州旗盟镇乡"
LEVEL_OF_WORD = {
    "省": "province",
    "市": "city",
    "州": "city",
    "盟": "city",
    "区": "county",
    "县": "county",
    "旗": "county",
}


@dataclass(slots=True)
class Body:
    """One printed name. `form`: government, office, street, zone, department.

    `relative` is the bare level word of 市应急局, or 我/本; `rest` what follows the place: 应急管理局.
    """

    printed: str
    full: str
    rest: str
    form: str
    address: Address | None = None
    relative: str = ""
    zone: Agency | None = None
    township: str = ""  # 天河乡, where the list of divisions has no such township

    @property
    def placed(self) -> bool:
        return self.address is not None or self.zone is not None


@functools.cache
def _aliases() -> dict[str, Agency]:
    return {a.alias: a for a in load_agencies() if not a.alias.startswith("*")}


@functools.cache
def _alias_start() -> re.Pattern[str]:
    return re.compile("|".join(sorted(map(re.escape, _aliases()), key=len, reverse=True)) or r"(?!)")


@functools.cache
def ending() -> re.Pattern[str]:
    """How the name of a body ends; the longer endings first."""
    words = sorted(load_identify().agency_endings, key=len, reverse=True)
    return re.compile("(?:" + "|".join(map(re.escape, words)) + ")$")


@functools.cache
def _not_a_name() -> re.Pattern[str]:
    return re.compile(load_identify().not_a_name)


@functools.cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str], re.Pattern[str]]:
    signs = load_identify()
    return (
        re.compile(rf"[\u4e00-\u9fff]{{0,6}}?(?:{signs.zone})"),
        re.compile(signs.not_relative),
        re.compile(signs.office),
    )


def read_body(text: str, year: int | None = None, short: bool = True) -> Body | None:
    """A text that is the name of a body, or of a place that stands for its government; None when it is neither.

    `short` allows a place without its suffix (蚌埠财政局).
    """
    name = tight_text(text).strip(_EDGES)
    name = re.sub(r"^（[^）]{1,12}）|（[^）]{1,20}）$", "", name).strip(_EDGES)
    if not 2 <= len(name) <= 40 or re.search(r"[\d，。；：？！]", name):
        return None
    alias = _alias_start().match(name)
    if alias:
        return _in_zone(name, _aliases()[alias.group()], name[alias.end() :])
    prefix = next((p for p in load_identify().national_prefixes if name.startswith(p) and name != p), "")
    bare = name[len(prefix) :]
    address = read_address(bare, year, short)
    placed = _placed(name, bare, address, prefix) if address is not None else None
    if placed is None and (address is None or address.short):
        return _unplaced(name)  # 天河乡 is no body of 天河区
    return placed


def _in_zone(name: str, zone: Agency, rest: str) -> Body | None:
    if not rest:
        return Body(name, zone.agency, "", "zone", zone=zone)
    if rest in ("办公室", "党工委管委会", "党工委", "党政办公室"):
        return Body(name, zone.agency + ("办公室" if rest.endswith("办公室") else ""), rest, "office", zone=zone)
    if not ending().search(rest) or len(rest) < 2:
        return None
    return Body(name, name, rest, "department", zone=zone)


def _placed(name: str, bare: str, address: Address, prefix: str) -> Body | None:
    zone, _, office = _patterns()
    rest = bare[address.end :]
    if rest.endswith(("网站", "门户网")) or "门户网站" in rest:
        return None
    level = address.candidates[0].level
    place = name[: len(name) - len(rest)] if rest else name
    if address.short and len(address.names) == 1:
        if not rest:
            full = {r.name for r in address.candidates}
            if len(full) != 1:
                return None
            return Body(name, full.pop() + "人民政府", rest, "government", address)
        if address.candidates[0].level == "county" and not zone.fullmatch(rest):
            return None  # 公安 is a county, and 公安交警支队 no body of it
        if len(rest) < 3 and rest not in ("市", "政府"):
            return None
        spelled = {r.name for r in address.candidates}
        if rest.startswith(("政府", "人民政府")) and len(spelled) == 1:
            place = spelled.pop()
    if level == "township":
        # 街道 has an office of the district's government, 乡 and 镇 a government of their own (地方组织法).
        if address.names[-1].endswith("街道") and rest in ("", "办", "办事处", "人民政府办事处"):
            return Body(name, place + "办事处", "办事处", "street", address)
        if rest in ("", "政府", "人民政府"):
            return Body(name, place + "人民政府", "人民政府", "government", address)
    listed = _TOWNSHIP.fullmatch(rest) if level == "county" and not address.short else None
    if listed:
        return _township(name, place + listed.group(1), listed.group(1), address)
    if prefix == "" and rest in ("", "政府", "人民政府", "人民", "人民政府机关", "政府机关"):
        return Body(name, place + "人民政府", "人民政府", "government", address)
    if prefix == "" and rest in ("行政公署", "行署"):
        return Body(name, place + "行政公署", "行政公署", "government", address)
    if office.fullmatch(rest) or rest in ("党政办公室", "党政办"):
        spelled_out = re.sub("^政府", "人民政府", re.sub("(政府)办$", r"\1办公室", rest))
        return Body(name, place + spelled_out, spelled_out, "office", address)
    full_zone = zone.fullmatch(rest)
    if full_zone:
        if rest.endswith("管委会"):
            spelled_out = re.sub("(?:党工委)?管委会$", "管理委员会", rest)
        else:
            spelled_out = rest if rest.endswith("管理委员会") else rest + "管理委员会"
        return Body(name, place + spelled_out, spelled_out, "zone", address)
    if rest and ending().search(rest) and 2 <= len(rest) <= 26:
        branch = _BRANCH.search(rest)
        if branch:
            address = _branch_address(branch.group(1), address) or address
        return Body(name, name, rest, "department", address)
    return None


def _branch_address(place: str, above: Address) -> Address | None:
    """Where the branch of a bureau lies (某市生态环境局某县分局): a division below the bureau's own."""
    own = {r.adcode for r in above.candidates}
    below = read_address(place, None, short=True)
    if below is None or below.end != len(place):
        return None
    regions = [r for r in below.candidates if r.adcode not in own and lies_in(r, own, None)]
    return Address(regions, above.end, [*above.names, *below.names]) if regions else None


def _township(name: str, place: str, township: str, address: Address | None) -> Body:
    """A township that the list of divisions does not hold (it was renamed, merged, or is new)."""
    if township.endswith("街道"):
        return Body(name, place + "办事处", "办事处", "street", address, township=township)
    return Body(name, place + "人民政府", "人民政府", "government", address, township=township)


def _unplaced(name: str) -> Body | None:
    zone, not_relative, _ = _patterns()
    if not ending().search(name) or len(name) > 26:
        return None
    if name in load_identify().labels.none or _not_a_name().search(name):
        return None
    if name[0] in "我本":
        return Body(name, name, name[1:], "department", relative=name[0])
    if name[0] in _RELATIVE and len(name) >= 3 and not not_relative.match(name):
        rest = name[1:]
        if rest in ("政府", "人民政府"):
            return Body(name, name, "人民政府", "government", relative=name[0])
        if rest in ("政府办公室", "政府办公厅", "政府办", "人民政府办公室", "人民政府办公厅"):
            return Body(name, name, "人民政府办公室", "office", relative=name[0])
        return Body(name, name, rest, "department", relative=name[0])
    listed = _TOWNSHIP.fullmatch(name)
    if listed and len(name) >= 3 and name[0] not in "各全":
        return _township(name, listed.group(1), listed.group(1), None)
    if zone.fullmatch(name):
        return Body(name, re.sub("管委会$", "管理委员会", name), name, "zone")
    if len(name) < 3 or len(name) > 20:
        return None
    return Body(name, name, name, "department")


def abbreviates(short: str, long: str) -> bool:
    """应急局 for 应急管理局, 重点工程处 for 重点工程建设管理处, 发改委 for 发展和改革委员会: same start, letters in order, same kind of end."""
    if short == long:
        return True
    if not short or not long or len(short) > len(long) or short[0] != long[0]:
        return False
    core = short[:-1] if len(short) > 2 else short
    if short[-1] != long[-1] and not (short[-1] == "委" and long.endswith("委员会")):
        if not (short[-1] == "办" and long.endswith(("办公室", "办事处"))):
            return False
    at = -1
    for sign in core:
        at = long.find(sign, at + 1)
        if at < 0:
            return False
    return True


def same_body(a: Body, b: Body) -> bool:
    """Whether two printed names can be one body: equal or abbreviated rests, and places that do not contradict."""
    if a.full == b.full:
        return True
    if not (abbreviates(a.rest, b.rest) or abbreviates(b.rest, a.rest)):
        return False
    if a.zone or b.zone:
        if "区" in (a.relative, b.relative):  # 区水利局 beside 某某实验区水利局
            return True
        return a.zone is not None and b.zone is not None and a.zone.agency == b.zone.agency
    if a.address and b.address:
        return a.address.names[-1] == b.address.names[-1] or _shares_place(a.address, b.address)
    placed, other = (a, b) if a.address else (b, a)
    if placed.address and other.relative in LEVEL_OF_WORD:
        return placed.address.names[-1].endswith(other.relative) or placed.address.short
    return True


def _shares_place(a: Address, b: Address) -> bool:
    return bool({r.adcode for r in a.candidates} & {r.adcode for r in b.candidates})


def find_full_name(text: str, wanted: Body, year: int | None) -> dict[str, int]:
    """Full names printed in `text` for a relative name (市重点工程处 -> 阜阳市重点工程建设管理处) -> how often.

    A full name is a place whose last word is the wanted level, followed by a body that `wanted` abbreviates.
    """
    if wanted.relative not in LEVEL_OF_WORD or len(wanted.rest) < 2:
        return {}
    names = gazetteer().by_name
    head = re.escape(wanted.rest[0])
    last = wanted.rest[-1]
    counts: dict[str, int] = {}
    for match in re.finditer(rf"{wanted.relative}(?={head}[\u4e00-\u9fff]{{1,24}})", text):
        end = match.end()
        start = next((s for s in range(max(0, end - 12), end - 2) if text[s:end] in names), None)
        if start is None:
            continue
        body = re.match(r"[\u4e00-\u9fff]+", text[end : end + len(wanted.rest) + 12])
        if body is None:
            continue
        run = body.group()
        for stop in range(len(wanted.rest), len(run) + 1):
            candidate = run[:stop]
            if candidate[-1] != last and not candidate.endswith(("委员会", "办公室")):
                continue
            if re.search("[的和与对为]", candidate.replace("和", "", 1)):
                break
            if ending().search(candidate) and abbreviates(wanted.rest, candidate):
                name = text[start:end] + candidate
                counts[name] = counts.get(name, 0) + 1
                break
    return counts


@functools.cache
def _system_words() -> list[tuple[str, str]]:
    return [(word, system) for system, words in load_identify().systems.items() for word in words]


def system_of(body: Body) -> str | None:
    """应急管理, 教育 …; 人民政府, 政府办公室 and 功能区 for those; None when no word of the lexicon stands in the name."""
    if body.form == "zone":
        return "功能区"
    if body.form in ("government", "street"):
        return "人民政府"
    if body.form == "office":
        return "政府办公室"
    institution = next(
        (system for system, end in load_identify().institutions.items() if re.search(end, body.full)), None
    )
    if institution:
        return institution
    hits = [(at, -len(word), system) for word, system in _system_words() if (at := body.full.find(word)) >= 0]
    return min(hits)[2] if hits else None
