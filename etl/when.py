"""When: the dates that a report prints, its year and the period it covers. What it does not say stays None."""

from __future__ import annotations

import re

from etl.head import Head, Title
from etl.model import Finding
from etl.normalise import tight_text
from etl.registry import load_identify

_DATE = re.compile(
    r"(20[0-3]\d)\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})(?!\d)|(?<!\d)(20[0-3]\d)([01]\d)([0-3]\d)(?!\d)"
)
_PERIOD = re.compile(
    r"(?:统计|数据|期限|时限|期间|时间|周期|范围).{0,24}?(20[0-3]\d)年(\d{1,2})月(\d{1,2})日起?[，、]?\s?(?:开始)?(?:至|到|止至|截至|—|-|~)"
    r"\s?(?:(20[0-3]\d)年|(?:当|同|本)年)?(\d{1,2})月(\d{1,2})(?:日|止)"
)
_CUT_OFF = re.compile(r"(?:截至|截止到?|截止至)(?:(20[0-3]\d)年|今年)?(\d{1,2})月(\d{1,2})日")
_COMPILED = re.compile(
    r"(?:编制|公布|发布|形成)了?(20[0-3]\d)年度?(?:政府)?信息公开(?:工作)?(?:年度)?(?:工作)?(?:报告|年报)"
)
_QUOTED = re.compile("《[^》]*》")
_SPOKEN_OF = re.compile(r"(20[0-3]\d)年度?的?政府信息公开工作(?!要点|方案|计划|安排|年度|报告)")
TIME = re.compile(
    r"^(?:[一-龥]{0,6}：)?(?:(20[0-3]\d)年(?!\d{1,2}月)(?:以来|度|来|，?全年|期间)?|(?:今|本|近|一)年(?!度?报)(?:度|来)?(?:以来)?|年初以来)，?"
)


def iso_date(year: str, month: str, day: str) -> str | None:
    """ISO date of printed numbers; None where they are none."""
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
    return iso_date(year, month, day)


def first_sentence(head: Head) -> str:
    """The opening's first line that begins like a report: with a year or 今年以来."""
    lines = head.lines[: head.first_chapter + 3]
    for line in lines:
        text = tight_text(line.text)
        if len(text) >= 25 and TIME.match(text):
            return text[:400]
    return ""


def published_on(head: Head) -> str | None:
    """The date of publication that a label names, the most trusted label first; never the crawl's."""
    dated = [p for p in head.pairs if p.field == "published" and read_date(p.value)]
    if not dated:
        return None
    best = min(dated, key=lambda p: (p.where in ("tail", "line"), p.rank, p.where == "meta"))
    return read_date(best.value)


def stated_period(head: Head) -> tuple[str, str] | None:
    """The period of which the report says that its figures cover it."""
    match = _PERIOD.search(tight_text(head.opening[-3000:].replace("\n", ""))) or _PERIOD.search(head.text[:4000])
    if match is None:
        return None
    y1, m1, d1, y2, m2, d2 = match.groups()
    start, end = iso_date(y1, m1, d1), iso_date(y2 or y1, m2, d2)
    return (start, end) if start and end and start <= end else None


def cut_off(head: Head, year: int) -> str | None:
    """The one date up to which a work summary counts what it published (截止到2022年12月12日……发布信息共704条)."""
    dates = set()
    text = head.text.replace("\n", "")
    for match in _CUT_OFF.finditer(text):
        sentence = text[match.end() : match.end() + 60].split("。")[0]
        if re.search(r"(?:公开|发布|信息).*\d", sentence) and int(match.group(1) or year) == year:
            dates.add(iso_date(str(year), match.group(2), match.group(3)))
    dates.discard(None)
    return dates.pop() if len(dates) == 1 else None


def part_year(title: Title | None, head: Head) -> tuple[str, str] | None:
    """First and last day (MM-DD) of a summary that its title, or else its opening, gives for 上半年 or a quarter."""
    text = title.text if title is not None and title.kind == "work_summary" else first_sentence(head)[:14]
    return next(((s, e) for word, (s, e) in load_identify().part_year.items() if word in text), None)


def _spoken_of(text: str, kind: str, published: str | None) -> int | None:
    """The one year whose disclosure work the first lines speak of; none where they name several, or where the date of publication
    says another (在2022年政府信息公开工作的基础上)."""
    years = {int(y) for y in _SPOKEN_OF.findall(_QUOTED.sub("", text))}
    year = years.pop() if len(years) == 1 else None
    if year and published and kind == "annual_report" and year != int(published[:4]) - 1:
        return None
    return year


def report_year(
    head: Head,
    title: Title | None,
    kind: str,
    period: tuple[str, str] | None,
    published: str | None,
    findings: list[Finding],
) -> int | None:
    """The report's year: by title, period or opening; last, with a finding, the year before publication."""
    by_title = title.year if title else None
    by_period = int(period[0][:4]) if period and period[0][:4] == period[1][:4] else None
    sentence = first_sentence(head)
    announced = re.search(
        r"现(?:将|(?:向社会)?(?:公布|发布)).{0,20}?(20[0-3]\d)年", tight_text(head.opening[-3000:]) + sentence
    )
    stated = TIME.match(sentence)
    by_opening = (
        int(announced.group(1)) if announced else (int(stated.group(1)) if stated and stated.group(1) else None)
    )
    year = by_title or by_period or by_opening
    compiled = _COMPILED.search(_QUOTED.sub("", tight_text(head.opening[-3000:])))
    if by_title is None and by_period and compiled and int(compiled.group(1)) != by_period:
        # 编制了2021年……年度报告 over last year's 统计期限: the year that the chapters speak of
        body = "\n".join(line.text for line in head.lines[head.first_chapter :])
        by_opening = int(compiled.group(1))
        year = by_opening if body.count(f"{by_opening}年") > body.count(f"{by_period}年") else by_period
    if by_title and by_period and published and by_title != by_period == int(published[:4]) - 1:
        year = by_period  # last year's title over this year's report: the period and the date of publication agree
    if year is None and kind != "other":
        after = [line.text for line in head.lines[head.first_chapter : head.first_chapter + 8]] or [head.text[:1500]]
        match = re.search(r"(20[0-3]\d)年度?(?:，|我|全年|本|以来|共|累计|未)", "\n".join(after)) or re.search(
            r"(20[0-3]\d)年", sentence
        )
        match = match or re.search(r"截[至止]到?(20[0-3]\d)年(?:底|年?末|12月31日)", "\n".join(after))
        year = int(match.group(1)) if match else _spoken_of("\n".join(after), kind, published)
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
