"""Who, where, when, what: the head of one report as far as its text lets one know (CONTRACT 2, issue 3.4).

The agency comes from the title, the page's metadata, its source line, the signature, the opening and the body, in this order; a
name that only one of them abbreviates is completed from the others. Whatever the text does not say stays None.
"""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from etl.agency import (
    LEVEL_OF_WORD,
    Body,
    abbreviates,
    ending,
    find_full_name,
    read_body,
    same_body,
    system_of,
)
from etl.head import CHAPTER, Head, Title, body_in, read_head, read_title, titles_of, year_of
from etl.model import Finding, Identity, Part, Table
from etl.normalise import tight_text
from etl.regions import chain_of, gazetteer, in_year, mentions, place_fields, read_address, settle
from etl.registry import Region, load_identify

_DATE = re.compile(
    r"(20[0-3]\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)|(?<!\d)(20[0-3]\d)([01]\d)([0-3]\d)(?!\d)"
)
_INDEX = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff/\-—_.（）〔〕\[\]]*")
_PERIOD = re.compile(
    r"(?:统计|数据|期限|时限|期间|时间|周期|范围).{0,24}?(20[0-3]\d)年(\d{1,2})月(\d{1,2})日起?[，、]?\s?(?:开始)?(?:至|到|止至|截至|—|-|~)"
    r"\s?(?:(20[0-3]\d)年|(?:当|同|本)年)?(\d{1,2})月(\d{1,2})日"
)
_CUT_OFF = re.compile(r"(?:截至|截止到?|截止至)(?:(20[0-3]\d)年|今年)?(\d{1,2})月(\d{1,2})日")
_TIME = re.compile(
    r"^(?:[一-龥]{0,6}：)?(?:(20[0-3]\d)年(?!\d{1,2}月)(?:以来|度|来|，?全年|期间)?|(?:今|本|近|一)年(?:度|来)?(?:以来)?|年初以来)，?"
)
_UNDER = re.compile(r"^(?:在|按照|根据|围绕)[^。]{2,80}?(?:下|指导|领导|支持|部署|要求|安排|精神)，")
_CONTACT = re.compile(
    r"(?:请?(?:与|同|向|直接与)|联系(?:单位|机构|部门)：)([\u4e00-\u9fff（）]{4,40}?)(?:联系|咨询|反映|（|，|。)"
)
_ADDRESS = re.compile(r"(?:地址|地点|位于)[：是为]?([\u4e00-\u9fff]{4,40})")
_COMPILED = re.compile(r"由([\u4e00-\u9fff]{4,36}?)(?:编制|负责|汇总|根据)")
_ANNOUNCED = re.compile(r"(?:公布|发布|现将|公开|编制)((?:[\u4e00-\u9fff]){3,36}?)(?:20[0-3]\d年)")
_SIGNED = re.compile(r"(?:^|[\s。])([\u4e00-\u9fff]{4,36})\s*(20[0-3]\d)年(\d{1,2})月(\d{1,2})日")
_FILLED = re.compile(r"\d")
_OWN = re.compile(r"我(?:市|县|区|州|盟|旗|省|镇|乡|街道)")


@dataclass(slots=True)
class Named:
    """A body as one of the sources names it."""

    source: str  # title, metadata, source, signature, opening, contact
    body: Body
    text: str


@functools.cache
def _signs():
    signs = load_identify()
    return {
        "annual": [re.compile(p) for p in signs.chapters.annual],
        "topic": re.compile(signs.topic),
        "untitled": [(k.kind, re.compile(k.pattern)) for k in signs.untitled],
        "other": [(re.compile(n.pattern), n.reason) for n in signs.not_a_report],
        "placeholders": re.compile(signs.placeholders),
        "accounts": re.compile(rf"([\u4e00-\u9fff]{{4,12}}?){signs.accounts}"),
        "aggregate": [re.compile(p) for p in signs.scope.aggregate],
        "own": [re.compile(p) for p in signs.scope.own],
        "verbs": re.compile(signs.verbs),
        "not_ending": re.compile(signs.not_an_ending),
    }


def _iso(year: str, month: str, day: str) -> str | None:
    y, m, d = int(year), int(month), int(day)
    if 1 <= m <= 12 and 1 <= d <= 31:
        return f"{y:04d}-{m:02d}-{d:02d}"
    return None


def read_date(text: str) -> str | None:
    """The first date of a text as ISO date: 2024-01-17, 2024年1月17日, 2024/1/17, 2024.1.17, 20240117; None without one."""
    match = _DATE.search(text)
    if match is None:
        return None
    year, month, day = match.groups()[:3] if match.group(1) else match.groups()[3:]
    return _iso(year, month, day)


def annual_chapters(head: Head) -> int:
    """How many of the six statutory chapters the report's chapter headings (or its one long line) show."""
    headings = [line.text[:60] for line in head.lines if CHAPTER.match(line.text)]
    if len(headings) < 3:
        headings += re.findall(r"(?:^|[\s。；，：])([一二三四五六]、[^。，]{2,30})", head.text)
    return sum(any(pattern.search(h) for h in headings) for pattern in _signs()["annual"])


# --- what ---------------------------------------------------------------------------------------------------------


def _choose_title(head: Head, part: Part, chapters: int) -> tuple[Title | None, str | None]:
    """The title that decides, and the reason when the file is no report."""
    found = titles_of(head, part.document if part.part == 1 else None)
    if part.title:
        given = read_title(part.title)
        if given is not None:
            found.insert(0, (0, given))
    reports = [(rank, t) for rank, t in found if t.kind not in (None, "other")]
    others = [(rank, t) for rank, t in found if t.kind == "other" and rank <= 2]
    labelled_other = [t for rank, t in others if rank in (1, 2) or not any(t2.named for r2, t2 in reports if r2 <= 2)]
    named = [(rank, t) for rank, t in reports if t.named]
    for other in labelled_other:
        if other.doubtful and (chapters >= 4 or any(t.text in other.text for _, t in named)):
            continue
        if chapters >= 4 and named:
            continue
        return other, other.reason
    pool = named or reports
    if not pool:
        published = next((t for _, t in others if t.doubtful and chapters >= 4), None)
        if published is not None:  # a notice that publishes the report: its year and agency hold, its kind does not
            return replace(published, kind=None), None
        printed = next((t for _, t in found if t.kind is None), None)
        return printed, None
    best = min(pool, key=lambda p: (-(2 if p[1].agency else 0) - (1 if p[1].year else 0), p[0]))
    return best[1], None


def _listing(head: Head, chapters: int) -> bool:
    """A page that lists reports and holds none."""
    if chapters >= 2 or len(head.text) > 6000:
        return False
    short = [line.text for line in head.lines[:200] if len(line.text) <= 80 and "公开" in line.text]
    titles = {t.text for text in short if (t := read_title(text)) and t.named}
    return len(titles) >= 4


def _untitled_kind(head: Head, chapters: int, titled: bool) -> str | None:
    """What the chapters or the opening say; `titled`: the page has a title, and it names nothing known (a news item)."""
    topics = len(_signs()["topic"].findall(head.text))
    if chapters >= 3 and topics >= 2:
        return "annual_report"
    opening = tight_text(head.opening[-3000:])
    for kind, pattern in _signs()["untitled"]:
        if pattern.search(opening) and topics >= 2:
            return kind
    numbered = sum(bool(CHAPTER.match(line.text)) for line in head.lines)
    if not titled and topics >= 4 and numbered >= 2 and _TIME.match(_first_sentence(head)):
        return "work_summary"
    return None


def _blank(part: Part) -> bool:
    """No table cell holds a digit beyond the form's own numbering: nobody filled it in."""
    tables = [b for b in part.blocks if isinstance(b, Table)]
    if not tables:
        return False
    for table in tables:
        for row in table.rows:
            for cell in row:
                if cell is not None and len(cell.text) <= 8 and re.fullmatch(r"[\d.,]+", cell.text):
                    return False
    return True


# --- who ----------------------------------------------------------------------------------------------------------


def _first_sentence(head: Head) -> str:
    """The opening's first line that begins like a report: with a year or 今年以来."""
    lines = head.lines[: head.first_chapter + 3]
    for line in lines:
        text = tight_text(line.text)
        if len(text) >= 25 and _TIME.match(text):
            return text[:400]
    return ""


def read_subject(sentence: str, year: int | None) -> Body | None:
    """Who acts in an opening such as 2022年，在……指导下，市教育局贯彻……: 市教育局. None when no name stands there."""
    signs = _signs()
    text = sentence
    for _ in range(3):
        cut = _TIME.match(text) or _UNDER.match(text)
        if cut is None or cut.end() == 0:
            break
        text = text[cut.end() :]
    run = re.match(r"[\u4e00-\u9fff（）]+", text)
    if run is None:
        return None
    name = run.group()[:40]
    best: Body | None = None
    for stop in range(2, len(name) + 1):
        piece = name[:stop]
        rest = text[stop:]
        if not ending().search(piece):
            continue
        if signs["not_ending"].match(_last_word(piece) + rest[:6]):
            continue
        if re.search("[的和与及对为将了]", piece[:-1]) and not re.search(
            "(?:发展|住房|人力资源|文化|卫生|农业|工业|退役|自然资源|经济|国防|规划|应急)[和与及]", piece
        ):
            break
        body = read_body(piece, year)
        if body is not None and (best is None or stop - len(best.printed) <= 8):
            if best is None or rest[:1] or stop == len(name):
                if (
                    best is not None
                    and not signs["verbs"].match(rest)
                    and signs["verbs"].match(text[len(best.printed) :])
                ):
                    continue
                best = body
                if signs["verbs"].match(rest):
                    break
    if best is not None:
        return best
    # A place that acts itself: 淮北坚持以……, 某县认真贯彻……
    for stop in range(min(8, len(name)), 1, -1):
        if signs["verbs"].match(text[stop:]):
            body = read_body(name[:stop], year)
            if body is not None and body.form == "government" and body.address and body.address.end == stop:
                return body
    return None


def _last_word(piece: str) -> str:
    match = ending().search(piece)
    return match.group() if match else ""


def _signature(head: Head, year: int | None) -> tuple[Body | None, str | None]:
    """The body and the date that close the report: a line with the name, then (or with it) the date."""
    tail = [tight_text(line.text) for line in head.lines[-14:] if not line.cell or len(line.text) <= 60]
    for n in range(len(tail) - 1, -1, -1):
        text = tail[n]
        if len(text) <= 60:
            date = read_date(text) if re.search(r"年\d{1,2}月\d{1,2}日$", text) else None
            if date:
                name = text[: re.search(r"20[0-3]\d年", text).start()]  # type: ignore[union-attr]
                body = (
                    read_body(name or (tail[n - 1] if n else ""), year)
                    if len(name or tail[max(n - 1, 0)]) >= 3
                    else None
                )
                if body is not None:
                    return body, date
                return None, date
    for line in reversed(head.lines[-4:]):
        signatures = list(_SIGNED.finditer(line.text[-1500:]))
        if signatures:
            match = signatures[-1]
            body = read_body(match.group(1), year)
            if body is not None:
                return body, _iso(*match.groups()[1:])
    for text in tail[-3:]:
        body = read_body(text, year) if len(text) <= 30 and ending().search(text) else None
        if body is not None and body.placed:
            return body, None
    return None, None


def _sources(head: Head, title: Title | None, year: int | None) -> tuple[list[Named], str | None]:
    """Every body that title, metadata, source line, signature, opening and contact name, in this order of trust; signature date."""
    found: list[Named] = []

    def add(source: str, body: Body | None, text: str) -> None:
        if body is not None and not _signs()["placeholders"].search(text):
            found.append(Named(source, body, text))

    if title is not None and title.agency:
        add("title", read_body(title.agency, year), title.agency)
    for name, source in (("agency", "metadata"), ("source", "source")):
        for pair in sorted((p for p in head.pairs if p.field == name), key=lambda p: (p.where == "tail", p.rank)):
            add(source, body_in(pair.value, year), pair.value)
    signed, date = _signature(head, year)
    add("signature", signed, signed.printed if signed else "")
    subject = read_subject(_first_sentence(head), year)
    add("opening", subject, subject.printed if subject else "")
    opening = tight_text(head.opening[-2500:])
    for pattern in (_ANNOUNCED, _COMPILED, _CONTACT):
        match = pattern.search(opening)
        if match:
            body = read_body(re.sub("^本?(?:机关|单位|年度)?", "", match.group(1)), year)
            if body is not None and body.placed:
                add("contact", body, match.group(1))
    return found, date


def _publishes_for(publisher: Body, body: Body) -> bool:
    """Whether `publisher` may be only the portal: a government, its office or the office for disclosure."""
    return publisher.form in ("government", "office") or "公开" in publisher.rest or "大数据" in publisher.rest


def _pick(found: list[Named], head: Head) -> tuple[Named | None, Body | None]:
    """The source that decides, and the fullest name that another source prints for the same body."""
    if not found:
        return None, None
    chosen = found[0]
    if chosen.source in ("metadata", "source") and chosen.body.form in ("government", "office"):
        # The portal is named where the bureau should be: title without a name, signature or opening with one.
        for other in found[1:]:
            if other.source in ("signature", "opening") and other.body.form in ("department", "street", "zone"):
                if other.body.relative != "我":
                    chosen = other
                    break
    if chosen.source in ("metadata", "source") and not chosen.body.placed and not chosen.body.relative:
        # 信息中心 as publisher says nothing where signature, opening or contact name the body in full.
        chosen = next(
            (n for n in found[1:] if n.source in ("signature", "opening", "contact") and n.body.placed), chosen
        )
    if chosen.source in ("metadata", "source", "contact") and chosen.body.form == "office" and chosen.body.address:
        # The office publishes the government's report: no name in the title, and the text says 我县, never 我办.
        own = _OWN.findall(head.text)
        if len(own) >= 2 and not re.search("我办|本办|我室", head.text):
            government = read_body("".join(chosen.body.address.names))
            if government is not None and government.form == "government":
                return chosen, government
    if chosen.body.relative in ("我", "本"):
        chosen = next((n for n in found if n.body.relative not in ("我", "本")), chosen)
    body = chosen.body
    for other in found:
        if other.body is body or other.body.form != body.form:
            continue
        if (
            other.body.placed
            and same_body(body, other.body)
            and (not body.placed or len(other.body.rest) > len(body.rest))
        ):
            if body.placed and not abbreviates(body.rest, other.body.rest):
                continue
            return chosen, other.body
    if not body.placed and body.relative:
        names = find_full_name(head.text, body, None)
        if len(names) == 1:
            full = read_body(next(iter(names)))
            if full is not None and full.placed:
                return chosen, full
    return chosen, body


def _own_account(head: Head, year: int | None) -> tuple[Region, str] | None:
    """Place and system from the report's own social account (某某气象微博), when the system is the report's own theme.

    Three things must agree: the account's place is a city or county that no other place of the text contradicts, its
    system's word stands at least three times more in the text, and the report speaks of 我局.
    """
    if head.text.count("我局") < 3:
        return None
    words = sorted({w for ws in load_identify().systems.values() for w in ws}, key=len, reverse=True)
    for match in _signs()["accounts"].finditer(head.text):
        chunk = match.group(1)
        word = next((w for w in words if chunk.endswith(w)), None)
        if word is None or head.text.count(word) < 4:
            continue
        run = chunk[: -len(word)]
        for start in range(max(0, len(run) - 8), len(run) - 1):
            name = run[start:]
            regions = gazetteer().by_name.get(name) or gazetteer().by_short.get(name) or []
            regions = [r for r in in_year(regions, year) if r.level in ("city", "county")]
            if len(regions) == 1:
                level_word = "市" if regions[0].level == "city" else regions[0].name[-1]
                if f"全{level_word}" in head.text or f"{level_word}政府" in head.text:
                    return regions[0], word
    return None


# --- where --------------------------------------------------------------------------------------------------------


class _Context:
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


def _region_of(
    body: Body, found: list[Named], context: _Context, year: int | None
) -> tuple[Region | None, list[Region]]:
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


# --- when ---------------------------------------------------------------------------------------------------------


def _published(head: Head, part: Part) -> str | None:
    dated = [p for p in head.pairs if p.field == "published" and read_date(p.value)]
    if not dated:
        return None
    best = min(dated, key=lambda p: (p.where == "tail", p.rank, p.where == "meta"))
    return read_date(best.value)


def _stated_period(head: Head) -> tuple[str, str] | None:
    match = _PERIOD.search(tight_text(head.opening[-3000:].replace("\n", ""))) or _PERIOD.search(head.text[:4000])
    if match is None:
        return None
    y1, m1, d1, y2, m2, d2 = match.groups()
    start, end = _iso(y1, m1, d1), _iso(y2 or y1, m2, d2)
    return (start, end) if start and end and start <= end else None


def _cut_off(head: Head, year: int) -> str | None:
    """The one date up to which a work summary counts what it published (截止到2022年12月12日……发布信息共704条)."""
    dates = set()
    text = head.text.replace("\n", "")
    for match in _CUT_OFF.finditer(text):
        sentence = text[match.end() : match.end() + 60].split("。")[0]
        if re.search(r"(?:公开|发布|信息).*\d", sentence) and int(match.group(1) or year) == year:
            dates.add(_iso(str(year), match.group(2), match.group(3)))
    dates.discard(None)
    return dates.pop() if len(dates) == 1 else None


def _part_year(title: Title | None, head: Head) -> tuple[str, str] | None:
    """First and last day (MM-DD) of a summary that its title, or else its opening, gives for 上半年 or a quarter."""
    text = title.text if title is not None and title.kind == "work_summary" else _first_sentence(head)[:14]
    return next(((s, e) for word, (s, e) in load_identify().part_year.items() if word in text), None)


def _year(
    head: Head,
    title: Title | None,
    kind: str,
    period: tuple[str, str] | None,
    published: str | None,
    findings: list[Finding],
) -> int | None:
    by_title = title.year if title else None
    by_period = int(period[0][:4]) if period and period[0][:4] == period[1][:4] else None
    sentence = _first_sentence(head)
    announced = re.search(r"现将.{0,20}?(20[0-3]\d)年", tight_text(head.opening[-3000:]) + sentence)
    stated = _TIME.match(sentence)
    by_opening = (
        int(announced.group(1)) if announced else (int(stated.group(1)) if stated and stated.group(1) else None)
    )
    year = by_title or by_period or by_opening
    if by_title and by_period and published and by_title != by_period == int(published[:4]) - 1:
        year = by_period  # last year's title over this year's report: the period and the date of publication agree
    if year is None and kind != "other":
        after = [line.text for line in head.lines[head.first_chapter : head.first_chapter + 8]] or [head.text[:1500]]
        match = re.search(r"(20[0-3]\d)年度?，", "\n".join(after)) or re.search(r"(20[0-3]\d)年", sentence)
        year = int(match.group(1)) if match else None
    if year is None:
        if published and kind in ("annual_report",):
            year = int(published[:4]) - 1
            findings.append(
                Finding(
                    "MD-YEAR",
                    "warning",
                    f"文中没有写明报告年度，按发布日期{published}的上一年记为{year}年，请核对",
                    actual=year,
                )
            )
        return year
    for other, words in ((by_title, "标题"), (by_period, "统计期限"), (by_opening, "开头")):
        if other and other != year and kind != "work_plan":
            findings.append(
                Finding(
                    "MD-YEAR",
                    "warning",
                    f"{words}写的是{other}年，与其他处的{year}年不一致，按{year}年记",
                    expected=year,
                    actual=other,
                )
            )
    if published and kind == "annual_report" and not year <= int(published[:4]) <= year + 2:
        findings.append(
            Finding(
                "MD-YEAR",
                "warning",
                f"报告年度为{year}年，发布日期为{published}，相距不合常理",
                expected=year + 1,
                actual=int(published[:4]),
            )
        )
    return year


def _scope(body: Body | None, head: Head) -> str:
    if body is None:
        return "unknown"
    if body.form not in ("government", "zone"):
        return "own_agency"
    if body.township or (body.address and body.address.candidates[0].level == "township"):
        return "own_agency"
    text = head.text[:7000].replace("\n", "")  # lines of a PDF break anywhere
    aggregate = any(p.search(text) for p in _signs()["aggregate"])
    own = any(p.search(text) for p in _signs()["own"])
    if aggregate == own:
        return "unknown"
    return "government_aggregate" if aggregate else "own_agency"


def _left_in(body: Body, region: Region | None, head: Head, found: list[Named], year: int | None) -> list[Finding]:
    """Findings for another place's name before one's own kind of body: the report was copied."""
    if region is None or body.form == "office":
        return []
    own = {r.name for r in chain_of(region, year)}
    findings = []
    seen: set[str] = set()
    for named in found:
        address = named.body.address
        if address is None or named.body is body or named.body.rest != body.rest or named.source == "source":
            continue
        if (
            not {r.name for c in address.candidates for r in chain_of(c, year)} & {region.name}
            and address.names[-1] not in own
        ):
            seen.add(named.body.printed)
    if body.form == "department" and len(body.rest) >= 3:
        at = head.text.find(body.rest)
        while at >= 0:
            for start in range(max(0, at - 10), at - 1):
                regions = gazetteer().by_name.get(head.text[start:at])
                if regions and len(head.text[start:at]) > 2:
                    same_level = [r for r in regions if r.level == region.level]
                    if same_level and head.text[start:at] not in own and region.level != "township":
                        seen.add(head.text[start:at] + body.rest)
                    break
            at = head.text.find(body.rest, at + 1)
    for name in sorted(seen):
        findings.append(
            Finding(
                "MD-AGENCY",
                "warning",
                f"本报告属“{body.full}”，文中却出现“{name}”，可能是抄录他处报告时留下的",
                quote=name,
            )
        )
    return findings


# --- all together -------------------------------------------------------------------------------------------------


def identify(part: Part, siblings: list[Part] | tuple[Part, ...] = ()) -> Identity:
    """The identity of one report (blocks in normal form). `siblings`: the other reports of the same file; nothing is borrowed from them."""
    head = read_head(part)
    chapters = annual_chapters(head)
    title, reason = _choose_title(head, part, chapters)
    who = Identity(kind="other", title=title.text if title else None)
    findings = who.findings
    who.published_on = _published(head, part)
    who.index_number = _index_number(head)
    period = _stated_period(head)
    if reason is None and _listing(head, chapters):
        reason, title, who.title = "列表页，只有各报告的链接，没有报告正文", None, None
    kind = (
        None
        if reason
        else (
            title.kind
            if title and title.kind not in (None, "other")
            else _untitled_kind(head, chapters, title is not None)
        )
    )
    if title is not None and title.kind == "other" and reason is None:
        kind = _untitled_kind(head, chapters, True) or kind
    if kind == "work_summary" and chapters >= 5 and any(isinstance(b, Table) for b in part.blocks):
        kind = "annual_report"  # 政务公开工作情况报告 over the six statutory chapters
    year = _year(head, title, kind or "other", period, who.published_on, findings)
    found, signed_on = _sources(head, title, year)
    template = title is not None and title.template
    if kind is not None and (template or (not found and year is None)):
        if template or _blank(part) or _signs()["placeholders"].search(head.text):
            kind, reason = None, "空白模板，没有填写机关、年度和数据"
    if kind is None:
        who.reason = reason or _reason(head)
        who.year = year
        findings.clear()
        _fill_place(who, found, head, part, year)
        who.findings = []
        return who
    who.kind, who.year = kind, year
    if who.published_on is None and signed_on is not None:
        who.published_on = signed_on
        findings.append(Finding("MD-PUBLISHED", "info", f"没有标明发布日期，以落款日期{signed_on}代替"))
        if year is None:
            who.year = year = _year(head, title, kind, period, signed_on, findings)
    _fill_place(who, found, head, part, year)
    if year is not None:
        whole = (f"{year}-01-01", f"{year}-12-31")
        who.period = whole
        if period and period[0][:4] == str(year):
            who.period = period
        elif period and period[1][:4] == str(year):
            who.period = period
        elif kind == "work_summary" and (part_year := _part_year(title, head)):
            who.period = (f"{year}-{part_year[0]}", f"{year}-{part_year[1]}")
        elif kind == "work_summary" and (cut := _cut_off(head, year)):
            who.period = (whole[0], cut)
    else:
        findings.append(Finding("MD-YEAR", "warning", "文中没有写明报告年度，也无法从其他信息得知"))
    return who


def _index_number(head: Head) -> str | None:
    for pair in sorted((p for p in head.pairs if p.field == "index_number"), key=lambda p: (p.where == "meta", p.rank)):
        match = _INDEX.match(pair.value.strip())
        if match and re.search(r"\d", match.group()) and len(match.group()) <= 60:
            return match.group()
    return None


def _reason(head: Head) -> str:
    for pattern, reason in _signs()["other"]:
        if pattern.search(tight_text(head.opening[:200])):
            return reason
    return "没有政府信息公开年度报告、工作总结或工作要点的标题和章节，不是政府信息公开报告"


def _fill_place(who: Identity, found: list[Named], head: Head, part: Part, year: int | None) -> None:
    """Agency, place, level, system and scope of `who` from the names found."""
    findings = who.findings
    context = _Context(head, part)
    chosen, body = _pick(found, head)
    region: Region | None = None
    left: list[Region] = []
    if chosen is None or body is None or body.relative in ("我", "本"):
        account = _own_account(head, year)
        if account is not None:
            region, word = account
            full = region.name + word + "局"
            body = read_body(full, year)
            who.stated_as = "我局"
            findings.append(Finding("MD-AGENCY", "info", f"文中自称“我局”，按所办账号名称和全文内容记为“{full}”"))
        elif who.kind == "annual_report" and (city := context.city_by_counties(year)) and _speaks_as(city, head):
            region, body = city, read_body(city.name, year)
            who.stated_as = "我" + city.name[-1]
            findings.append(
                Finding("MD-AGENCY", "info", f"文中自称“{who.stated_as}”，按所列各县区记为“{city.name}人民政府”")
            )
        else:
            body = None
    elif chosen is not None:
        who.stated_as = tight_text(chosen.body.printed)
    if body is None:
        if who.kind != "other":
            findings.append(Finding("MD-AGENCY", "warning", "文中没有写明机关名称，请补充"))
        who.stated_as = who.stated_as or (chosen.body.printed if chosen else None)
        province = context.only_province() if who.kind != "other" else None
        _set_place(who, province, year, None)
        return
    if chosen is not None and chosen.body.printed != body.printed and who.stated_as != "我局":
        why = "正文以本地区自称，" if body.form == "government" and chosen.body.form == "office" else "按文中所印全称"
        findings.append(Finding("MD-AGENCY", "info", f"“{chosen.body.printed}”{why}记为“{body.full}”"))
    if region is None:
        region, left = _region_of(body, found, context, year)
    who.agency = body.full
    if region is None and not left and not body.placed and who.kind != "other":
        region = _site_region(body, found, head, year)
        if region is not None and not body.township:
            who.agency = region.name + body.rest
            findings.append(Finding("MD-AGENCY", "info", f"“{body.printed}”按本页所属网站或联系地址记为“{who.agency}”"))
        elif region is None and body.relative in LEVEL_OF_WORD:
            region = context.only_province()  # a city or county is not concluded from mentions
    if body.address is not None and region is not None and body.address.short and body.form == "department":
        short = body.address.names[0]
        if region.name[:-1] == short and not body.full.startswith(region.name):
            who.agency = body.full.replace(short, region.name, 1)
    if left:
        names = "、".join("".join(r.name for r in reversed(chain_of(c, year))) for c in left[:4])
        findings.append(
            Finding(
                "MD-REGION", "warning", f"“{left[0].name}”有几处同名（{names}…），文中没有可据以区分的内容，地区留空"
            )
        )
    elif (
        not body.placed
        and who.kind != "other"
        and (region is None or region.level == "province")
        and not _national(body)
    ):
        known = f"，只知属{region.name}" if region is not None else ""
        findings.append(Finding("MD-REGION", "warning", f"文中没有写明“{body.printed}”在哪个市县{known}，其余留空"))
    elif region is not None and year is not None and not region.valid_from <= year <= region.valid_to:
        findings.append(Finding("MD-REGION", "info", f"“{region.name}”这一名称不是{year}年所用，按所印名称记"))
    _set_place(who, region, year, body)
    who.system = (body.zone.system if body.zone and body.form == "zone" else None) or system_of(body)
    who.scope = _scope(body, head)
    if who.kind == "other":
        return
    if chosen is not None:
        findings.extend(_conflicts(chosen, body, found))
    findings.extend(_left_in(body, region, head, found, year))


def _national(body: Body) -> bool:
    """A body of the central government, which lies in no province."""
    return not body.relative and body.printed.startswith(("国家", "国务院", *load_identify().national_prefixes))


def _speaks_as(city: Region, head: Head) -> bool:
    """A text that says 我市 and 全市, and names the city at least once, is the city's own."""
    short = city.name[:-1] if len(city.name) > 2 else city.name
    return bool(_OWN.search(head.text)) and f"全{city.name[-1]}" in head.text and short in head.text


def _site_region(body: Body, found: list[Named], head: Head, year: int | None) -> Region | None:
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


def _set_place(who: Identity, region: Region | None, year: int | None, body: Body | None) -> None:
    for name, value in place_fields(region, year).items():
        setattr(who, name, value)
    who.fictional = bool(who.adcode and who.adcode.startswith("99"))
    if body is None:
        who.adcode = None
        return
    if body.township:
        who.level, who.township = "township", body.township
    elif body.zone is not None:
        who.level = body.zone.level
    elif body.address is not None or (region is not None and body.relative and region.name.endswith(body.relative)):
        level = body.address.candidates[0].level if body.address is not None else region.level  # type: ignore[union-attr]
        if body.form == "zone" and level in ("province", "city"):
            level = {"province": "city", "city": "county"}[level]
        who.level = level
    else:
        who.level = LEVEL_OF_WORD.get(body.relative)
        if region is not None and region.level != who.level:
            who.adcode = None  # the province is known, the agency's own division is not


def _conflicts(chosen: Named, body: Body, found: list[Named]) -> list[Finding]:
    """Findings for sources that name another body than the one taken; a portal that publishes for its bureaus is none."""
    words = {"metadata": "发布机构", "source": "来源", "signature": "落款", "opening": "正文开头", "title": "标题"}
    findings = []
    for other in found:
        if other is chosen or other.source not in words or other.body.relative in ("我", "本"):
            continue
        if not other.body.placed and not other.body.relative:
            continue
        if same_body(body, other.body) or same_body(chosen.body, other.body) or _publishes_for(other.body, body):
            continue
        if body.form in ("government", "zone") and other.body.form == "office":
            continue
        findings.append(
            Finding(
                "MD-AGENCY",
                "warning",
                f"{words.get(chosen.source, '正文')}为“{chosen.body.printed}”，{words[other.source]}为“{other.body.printed}”，按前者记",
                quote=other.text[:60],
            )
        )
    return findings


__all__ = ["annual_chapters", "identify", "read_date", "read_subject", "year_of"]
