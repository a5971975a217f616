"""Who, where, when, what: the head of one report as far as its text lets one know (CONTRACT 2, issue 3.4).

The agency comes from the title, the page's metadata, its source line, the signature, the opening and the body, in this order; a
name that only one of them abbreviates is completed from the others. Whatever the text does not say stays None.
"""

from __future__ import annotations

import functools
import re
from dataclasses import replace

from etl.agency import LEVEL_OF_WORD, Body, read_body, system_of
from etl.head import CHAPTER, Head, Title, read_head, read_title, titles_of
from etl.model import Finding, Identity, Part, Table
from etl.normalise import tight_text
from etl.regions import chain_of, gazetteer, place_fields
from etl.registry import Region, load_identify
from etl.when import TIME, cut_off, first_sentence, part_year, published_on, report_year, stated_period
from etl.where import Context, region_of, site_region, speaks_as
from etl.who import INSTITUTION, Named, conflicts, names_in, own_account, pick_name

_INDEX = re.compile(r"[0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff/\-—_.（）〔〕\[\]]*")


@functools.cache
def _signs():
    signs = load_identify()
    return {
        "annual": [re.compile(p) for p in signs.chapters.annual],
        "form": re.compile(signs.chapters.form),
        "parts": [re.compile(p) for p in signs.chapters.parts],
        "topic": re.compile(signs.topic),
        "untitled": [(k.kind, re.compile(k.pattern)) for k in signs.untitled],
        "other": [(re.compile(n.pattern), n.reason) for n in signs.not_a_report],
        "placeholders": re.compile(signs.placeholders),
        "article": re.compile(signs.article),
        "zone": re.compile(signs.zone),
        "aggregate": [re.compile(p) for p in signs.scope.aggregate],
        "own": [re.compile(p) for p in signs.scope.own],
    }


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
    titles = {(t.agency, t.year) for text in short if (t := read_title(text)) and t.named}
    return len(titles) >= 4


def _of_articles(head: Head, chapters: int) -> bool:
    """Whether the text is cut into articles, as rules are; one that lists the chapters of a report has more of them."""
    articles = sum(bool(_signs()["article"].match(line.text)) for line in head.lines[:60])
    return articles >= (2 if chapters < 3 else 4)


def _untitled_kind(head: Head, part: Part, chapters: int, titled: bool) -> str | None:
    """What the chapters or the opening say; `titled`: the page has a title, and it names nothing known (a news item)."""
    topics = len(_signs()["topic"].findall(head.text))
    told = topics or _signs()["form"].search(head.text) or _form_cell(part)
    if (topics >= 2 and chapters >= 3) or (told and _general_situation(head, part)):
        return "annual_report"
    opening = tight_text(head.opening[-3000:])
    if len(opening) < 80:  # the introduction stands in the first chapter
        opening += "\n" + head.text[:600]
    for kind, pattern in _signs()["untitled"]:
        match = pattern.search(opening)
        if match and (topics >= 2 or _signs()["topic"].search(match.group())):
            return kind
    numbered = sum(bool(CHAPTER.match(line.text)) for line in head.lines)
    if not titled and topics >= 4 and numbered >= 2 and TIME.match(first_sentence(head)):
        return "work_summary"
    return None


def _general_situation(head: Head, part: Part) -> bool:
    """一、总体情况 told in at least two of the parts that the format of 2021 prescribes for it (国办公开办函〔2021〕30号)."""
    first = next((line.text for line in head.lines if CHAPTER.match(line.text)), "")
    if "总体" not in first[:12]:
        return False
    if _signs()["form"].search(head.text) or _form_cell(part):
        return True
    return sum(bool(pattern.search(head.text)) for pattern in _signs()["parts"]) >= 2


def _form_cell(part: Part) -> bool:
    """Whether a table begins as the statutory ones do."""
    tables = [b for b in part.blocks if isinstance(b, Table)][:4]
    cells = (c.text for t in tables for row in t.rows[:4] for c in row if c is not None and len(c.text) <= 60)
    return any(_signs()["form"].search(tight_text(text)) for text in cells)


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
    who.published_on = published_on(head)
    who.index_number = _index_number(head)
    period = stated_period(head)
    if reason is None and _listing(head, chapters):
        reason, title, who.title = "列表页，只有各报告的链接，没有报告正文", None, None
    if reason is None and _of_articles(head, chapters):
        reason = "法规或制度文件，不是政府信息公开报告"
    kind = (
        None
        if reason
        else (
            title.kind
            if title and title.kind not in (None, "other")
            else _untitled_kind(head, part, chapters, title is not None)
        )
    )
    if title is not None and title.kind == "other" and reason is None:
        kind = _untitled_kind(head, part, chapters, True) or kind
    if kind == "work_summary" and chapters >= 5 and any(isinstance(b, Table) for b in part.blocks):
        kind = "annual_report"  # 政务公开工作情况报告 over the six statutory chapters
    year = report_year(head, title, kind or "other", period, who.published_on, findings)
    found, signed_on = names_in(head, title, year)
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
            who.year = year = report_year(head, title, kind, period, signed_on, findings)
    _fill_place(who, found, head, part, year)
    if year is not None:
        whole = (f"{year}-01-01", f"{year}-12-31")
        who.period = whole
        if period and period[0][:4] == str(year):
            who.period = period
        elif period and period[1][:4] == str(year):
            who.period = period
        elif kind == "work_summary" and (months := part_year(title, head)):
            who.period = (f"{year}-{months[0]}", f"{year}-{months[1]}")
        elif kind == "work_summary" and (cut := cut_off(head, year)):
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
    context = Context(head, part)
    chosen, body = pick_name(found, head)
    region: Region | None = None
    left: list[Region] = []
    if chosen is None or body is None or body.relative in ("我", "本"):
        account = own_account(head, year)
        if account is not None:
            region, word = account
            full = region.name + word + "局"
            body = read_body(full, year)
            who.stated_as = "我局"
            findings.append(Finding("MD-AGENCY", "info", f"文中自称“我局”，按所办账号名称和全文内容记为“{full}”"))
        elif who.kind == "annual_report" and (city := context.city_by_counties(year)) and speaks_as(city, head):
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
        set_place(who, province, year, None)
        return
    if chosen is not None and chosen.body.printed != body.printed and who.stated_as != "我局":
        why = "正文以本地区自称，" if body.form == "government" and chosen.body.form == "office" else "按文中所印全称"
        findings.append(Finding("MD-AGENCY", "info", f"“{chosen.body.printed}”{why}记为“{body.full}”"))
    if region is None:
        region, left = region_of(body, found, context, year)
    who.agency = body.full
    if region is None and not left and not body.placed and who.kind != "other":
        region = site_region(body, found, head, year)
        if region is not None and not body.township:
            who.agency = region.name + body.rest
            findings.append(Finding("MD-AGENCY", "info", f"“{body.printed}”按本页所属网站或联系地址记为“{who.agency}”"))
        elif region is None and body.relative in LEVEL_OF_WORD:
            region = context.only_province()  # a city or county is not concluded from mentions
    own = INSTITUTION.search(body.rest) or _signs()["zone"].search(body.rest)  # 重庆高新技术产业开发区 is the full name
    short_name = body.address is not None and body.address.short and not own
    if body.address is not None and region is not None and short_name and body.form == "department":
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
    set_place(who, region, year, body)
    who.system = (body.zone.system if body.zone and body.form == "zone" else None) or system_of(body)
    who.scope = _scope(body, head)
    if who.kind == "other":
        return
    if chosen is not None:
        findings.extend(conflicts(chosen, body, found))
    findings.extend(_left_in(body, region, head, found, year))


def _national(body: Body) -> bool:
    """A body of the central government, which lies in no province."""
    return not body.relative and body.printed.startswith(("国家", "国务院", *load_identify().national_prefixes))


def set_place(who: Identity, region: Region | None, year: int | None, body: Body | None) -> None:
    """Fills in place, code, level and `fictional` of `who` for a body that lies in `region` (imports use it too)."""
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
