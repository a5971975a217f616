"""Who: the bodies that title, metadata, source line, signature, opening and contact name, and which of them is the report's own."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from etl.agency import LEVEL_OF_WORD, Body, abbreviates, ending, find_full_name, read_body, same_body
from etl.head import Head, Title, body_in
from etl.model import Finding
from etl.normalise import tight_text
from etl.regions import gazetteer, in_year
from etl.registry import Region, load_identify
from etl.when import TIME, first_sentence, iso_date, read_date

_UNDER = re.compile(r"^(?:在|按照|根据|围绕)[^。]{2,80}?(?:下|指导|领导|支持|部署|要求|安排|精神)，")
_CONTACT = re.compile(
    r"(?:请?(?:与|同|向|直接与)|联系(?:单位|机构|部门)：|请联系：?)([\u4e00-\u9fff（）]{4,40}?)(?:联系|咨询|反映|（|，|。)"
)
_ANNOUNCED_YEAR = re.compile(
    r"(?:公布|发布|公开|编制|制定)20[0-3]\d年度?([\u4e00-\u9fff]{4,36}?)(?=政府信息|信息公开|政务公开)"
)
_COMPILED = re.compile(r"由([\u4e00-\u9fff（）]{4,60}?)(?:编制|负责|汇总|根据|围绕|结合|按照|依据|依照|依法|组织编)")
_COMPILES = re.compile(
    r"(?:^|[，。；\n])([\u4e00-\u9fff（）]{4,40}?)(?:(?:根据|按照|依据|结合)[^。]{2,40}，)?(?:组织)?(?:编制|制作|编写|形成)了?《?(?:本|20[0-3]\d年)"
)
_ANNOUNCED = re.compile(
    r"(?:公布|发布|现将|公开|编制|编写)((?:[\u4e00-\u9fff]){3,36}?)(?:（[^）]{2,40}）)?(?:20[0-3]\d年|政府信息公开|政务公开)"
)
_SIGNED = re.compile(r"(?:^|[\s。])([\u4e00-\u9fff]{4,36})\s*(20[0-3]\d)年(\d{1,2})月(\d{1,2})日")
_SECTION = re.compile(
    r"(?<=[局厅委关镇乡道])(?:党政办公室|党政办|综合办公室|办公室(?:[\u4e00-\u9fff]{2,8}(?:办公室|[科股处]))?|(?:综合|秘书|办公|宣传|政策法规|法规|信息)[科股处室]|信息中心)$"
)
_DISCLOSURE_OFFICE = re.compile(  # 某市人民政府信息公开工作领导小组办公室: the office of the body before it
    r"(?<=[府局厅会室委处])(?:政府)?(?:信息|政务)公开(?:工作)?(?:领导小组)?办公室$"
)
_TOWNSHIP_SECTION = re.compile(  # 某镇政府综合督考办公室: the town's own
    r"(?<=[镇乡道])((?:人民)?政府|办事处)?[^市县区局委厅省（]{1,8}(?:办公室|[办科室])$"
)
_DISCLOSES = re.compile(
    r"([\u4e00-\u9fff]{5,36}?(?:局|委员会|厅|办事处|人民政府))(?=(?:20[0-3]\d年度?)?(?:的)?(?:政府信息|信息公开|政务公开))"
)
_ACTS = re.compile(r"(?<=[。；：\n])20[0-3]\d年度?，?(?=[\u4e00-\u9fff])")
INSTITUTION = re.compile(r"(?:大学|学院|医院|学校|中学|小学|幼儿园|海关)$")
_GATHERS = re.compile(
    "办公[室厅](?:负责)?(?:汇总|综合)(?!科|处|股)"
)  # 由某区人民政府办公室汇总编制: the government's own
OWN_PLACE = re.compile(r"我(?:市|县|区|州|盟|旗|省|镇|乡|街道)")


@functools.cache
def _signs():
    signs = load_identify()
    return {
        "placeholders": re.compile(signs.placeholders),
        "accounts": re.compile(rf"([\u4e00-\u9fff]{{4,12}}?){signs.accounts}"),
        "verbs": re.compile(signs.verbs),
        "not_ending": re.compile(signs.not_an_ending),
    }


@dataclass(slots=True)
class Named:
    """A body as one of the sources names it."""

    source: str  # title, metadata, source, signature, opening, contact
    body: Body
    text: str


def read_subject(sentence: str, year: int | None) -> Body | None:
    """Who acts in an opening such as 2022年，在……指导下，市教育局贯彻……: 市教育局. None when no name stands there."""
    signs = _signs()
    text = sentence
    for _ in range(3):
        cut = TIME.match(text) or _UNDER.match(text)
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
                return body, iso_date(*match.groups()[1:])
    for text in tail[-3:]:
        body = read_body(text, year) if len(text) <= 30 and ending().search(text) else None
        if body is not None and body.placed:
            return body, None
    return None, None


def _heading(head: Head, year: int | None) -> Body | None:
    """A department or township whose full name alone is a line above the first chapter, where no title names one."""
    for line in head.lines[: min(head.first_chapter, 12)]:
        if 4 <= len(line.text) <= 30 and not line.cell:
            institution = INSTITUTION.search(line.text)  # 安徽某某大学: the province without its suffix
            body = read_body(line.text, year, short=bool(institution))
            if body is not None and body.address is not None and body.form in ("department", "street", "zone"):
                return body
    return None


def _spoken_of(opening: str, year: int | None) -> Body | None:
    """The one body whose disclosure the opening speaks of (为做好某市某局政府信息公开工作，我局……); None for none or two."""
    found: dict[str, Body] = {}
    for match in _DISCLOSES.finditer(opening):
        run = match.group(1)
        for start in range(len(run) - 4):
            body = read_body(run[start:], year, short=False)
            if body is not None and body.address is not None and body.form in ("department", "street", "government"):
                found[body.full] = body
                break
    return next(iter(found.values())) if len(found) == 1 else None


def _acting(head: Head, year: int | None) -> Body | None:
    """The one body that acts in the sentences of the text (（一）主动公开情况。2022年，某市某局公开……); None for none or two."""
    found: dict[str, Body] = {}
    for match in _ACTS.finditer(head.text[:6000]):
        body = read_subject(head.text[match.start() : match.start() + 60], year)
        if body is not None and body.address is not None and body.form in ("department", "street", "government"):
            found[body.full] = body
    return next(iter(found.values())) if len(found) == 1 else None


def names_in(head: Head, title: Title | None, year: int | None) -> tuple[list[Named], str | None]:
    """Every body that title, metadata, source line, signature, opening and contact name, in this order of trust; signature date."""
    found: list[Named] = []

    def add(source: str, body: Body | None, text: str) -> None:
        if body is not None and not _signs()["placeholders"].search(text):
            found.append(Named(source, body, text))

    if title is not None and title.agency:
        add("title", read_body(title.agency, year), title.agency)
    if title is None or not title.agency:
        heading = _heading(head, year)
        add("heading", heading, heading.printed if heading else "")
    for name, source in (("agency", "metadata"), ("source", "source")):
        for pair in sorted((p for p in head.pairs if p.field == name), key=lambda p: (p.where == "tail", p.rank)):
            add(source, body_in(pair.value, year), pair.value)
    signed, date = _signature(head, year)
    add("signature", signed, signed.printed if signed else "")
    subject = read_subject(first_sentence(head), year)
    add("opening", subject, subject.printed if subject else "")
    opening = tight_text(head.opening[-2500:])
    if len(opening) < 80:  # the introduction stands in the first chapter
        opening += "\n" + head.text[:2000]
    for pattern in (_ANNOUNCED, _ANNOUNCED_YEAR, _COMPILED, _COMPILES, _CONTACT):
        for match in pattern.finditer(opening):
            name = re.sub("^本?(?:机关|单位|年度)?", "", match.group(1))
            name = _TOWNSHIP_SECTION.sub(r"\1", _DISCLOSURE_OFFICE.sub("", name))
            body = read_body(_SECTION.sub("", name), year)
            if body is not None and body.placed:
                add("contact", body, match.group(1))
                break
    if all(n.body.relative in ("我", "本") for n in found):
        spoken = _spoken_of(opening, year)
        add("contact", spoken, spoken.printed if spoken else "")
        if spoken is None:
            acting = _acting(head, year)
            add("contact", acting, acting.printed if acting else "")
    if all(n.body.relative in ("我", "本") for n in found):  # 现公布市统计局2023年……报告: which city is not said
        announced = (read_body(match.group(1), year) for match in _ANNOUNCED.finditer(opening))
        local = next((b for b in announced if b is not None and b.relative in LEVEL_OF_WORD and not b.placed), None)
        add("contact", local, local.printed if local else "")
    return found, date


def publishes_for(publisher: Body, body: Body) -> bool:
    """Whether `publisher` may be only the portal: a government, its office or the office for disclosure."""
    return publisher.form in ("government", "office") or "公开" in publisher.rest or "大数据" in publisher.rest


def pick_name(found: list[Named], head: Head) -> tuple[Named | None, Body | None]:
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
        own = OWN_PLACE.findall(head.text)
        gathers = _GATHERS.search(tight_text(head.opening[-2500:]))
        if (gathers or len(own) >= 2) and not re.search("我办|本办|我室", head.text):
            government = read_body("".join(chosen.body.address.names))
            if government is not None and government.form == "government":
                return chosen, government
    if chosen.body.relative in ("我", "本"):
        chosen = next((n for n in found if n.body.relative not in ("我", "本")), chosen)
    body = chosen.body
    for other in found:
        if other.body is body or other.body.form != body.form:
            continue
        if chosen.source == "opening" and other.body.full.endswith(body.full) and same_body(body, other.body):
            return chosen, other.body  # 新华路街道办事处 beside 上海市长宁区新华路街道办事处
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


def own_account(head: Head, year: int | None) -> tuple[Region, str] | None:
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


def conflicts(chosen: Named, body: Body, found: list[Named]) -> list[Finding]:
    """Findings for sources that name another body than the one taken; a portal that publishes for its bureaus is none."""
    words = {"metadata": "发布机构", "source": "来源", "signature": "落款", "opening": "正文开头", "title": "标题"}
    findings = []
    for other in found:
        if other is chosen or other.source not in words or other.body.relative in ("我", "本"):
            continue
        if not other.body.placed and not other.body.relative:
            continue
        if same_body(body, other.body) or same_body(chosen.body, other.body) or publishes_for(other.body, body):
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
