"""Zero by negation over a 、-list, zero stated of a list, and figures told for a list (DOMAIN F.2 P12, P13)."""

from __future__ import annotations

import re

from etl.narrative.grammar import MAX_CLAUSE, CompiledMetric, Grammar
from etl.narrative.sight import YEAR, Figure, Found, Sight, name_years, read_figure, stopped

_LISTED = re.compile(r"[\s、，和及与]{1,3}")
_TO_WHOM = re.compile(r"^\s?[向对就因][^，。；]{1,30}?(?=收取|征收|收费)")  # 未向公民、法人和其他组织收取费用


def read_zeros(sight: Sight, separators: list[int], found: list[Found]) -> None:
    """Zero by negation over a 、-list, by 均为0 and the like, and one value for each of a list (各1件)."""
    grammar, text = sight.scene.grammar, sight.text
    if not grammar.zero_heads.search(text):
        return
    ends = [s for s in separators if text[s] != "（" or True] + [len(text)]
    for m in grammar.negation.finditer(text):
        if grammar.never.match(text, m.start()) or (m.start() and text[m.start() - 1] in "是有如若无"):
            continue
        end = next(e for e in ends if e >= m.end())
        following = grammar.negation.search(text, m.end(), end)
        region_end = following.start() if following and following.start() > m.end() + 2 else end
        region = grammar.refused_too.sub("", text[m.end() : region_end])
        if len(region) > MAX_CLAUSE * 2 or grammar.double.search(grammar.cause.split(region)[-1]):
            continue
        clause = max((s for s in separators if s < m.start()), default=-1) + 1
        if _zero_stopped(sight, text[clause : m.start()]):
            continue
        _zero_list(sight, region, m.group(), m.start(), region_end, found)
        if region_end == end and end < len(text) and text[end] == "，":
            # the list goes on behind a comma: 未发生举报、投诉，行政复议、行政诉讼案件
            further = text[end + 1 : next(e for e in ends if e > end)]
            items = [i for i in grammar.joint.split(further) if i.strip()]
            if items and all(_bare_head(grammar, i) for i in items):
                _zero_list(sight, further, m.group(), m.start(), end + 1 + len(further), found, listed=True)
    for m in grammar.stated.finditer(text):
        clause = max((s for s in separators if s < m.start()), default=-1) + 1
        head = text[clause : m.start()]
        if not _zero_stopped(sight, head) and not grammar.double.search(head):
            _zero_list(sight, head, "", clause, m.end(), found, listed=True)
    _each(sight, separators, found)


def read_respectively(sight: Sight, figures: list[Figure], separators: list[int], found: list[Found]) -> set[int]:
    """微信和微博分别发布信息1408条、6502条: as many figures as the list has things, in its order. Starts of the figures read."""
    grammar, text, base = sight.scene.grammar, sight.text, sight.sentence.start
    read: set[int] = set()
    for m in grammar.respectively.finditer(text):
        clause = max((s for s in separators if s < m.start()), default=-1) + 1
        head = text[clause : m.start()]
        told = [f for f in figures if f.start >= m.end()][:8]
        if not told or _zero_stopped(sight, head):
            continue
        run = 1
        while run < len(told) and _LISTED.fullmatch(text, told[run - 1].end, told[run].start):
            run += 1
        told = told[:run]
        metrics = _listed_metrics(sight, head, text[m.end() : told[0].start])
        if len(told) < 2 or len(metrics) != len(told) or len(set(metrics)) != len(metrics):
            continue
        for metric, figure in zip(metrics, told, strict=True):
            read.add(figure.start)
            if figure.unit and metric != "other":
                channel = metric if metric in grammar.entry.channels else None
                found.append(
                    Found(
                        metric, figure.value, figure.unit, figure.qualifier, 3, sight.number, base + figure.start,
                        base + figure.end, channel=channel,
                    )
                )  # fmt: skip
    return read


def _listed_metrics(sight: Sight, head: str, verb: str) -> list[str]:
    """What the things of a list are, in order: channels that publish, outcomes of requests, or heads of metrics; [] if unsure."""
    grammar = sight.scene.grammar
    channels = [grammar.channel_of[m.group()] for m in grammar.channels.finditer(head)]
    if len(channels) > 1:
        if len([i for i in grammar.joint.split(head) if i.strip()]) != len(channels):
            return []  # 微信、抖音和视频号: one of them is no known channel
        return channels if grammar.publishes.search(head + verb) and not grammar.topics.search(verb) else []
    out: list[str] = []
    for item in grammar.joint.split(head):
        back = item.strip()[::-1]
        outcome = grammar.outcome_end.match(back)
        if outcome:
            out.append(grammar.outcome_of[outcome.group("head")[::-1]])
            continue
        for metric in grammar.metrics:
            hit = metric.zero.match(back) if metric.zero is not None else None
            if hit and _zero_fits(sight, metric, item.strip()[: len(back) - hit.end()], hit.group("head")[::-1]):
                out.append(metric.entry.metric)
                break
        else:
            return []
    if set(out) & set(grammar.outcome_of.values()) and not sight.meets("request", len(sight.text)):
        return []
    return out


def _zero_stopped(sight: Sight, before: str) -> bool:
    grammar = sight.scene.grammar
    if stopped(before, grammar.clause_stops, grammar.stop_free) or grammar.spells.search(before):
        return True
    if grammar.other_year.search(before) or grammar.part_year.search(before) or grammar.part_bodies.search(before):
        return True
    year = sight.scene.identity.year
    years = YEAR.findall(before)
    return bool(year and years and int(years[-1]) != year)


def _bare_head(grammar: Grammar, item: str) -> bool:
    back = item.strip()[::-1]
    for metric in grammar.metrics:
        if metric.zero is not None:
            m = metric.zero.match(back)
            if m and len(back) - m.end() <= 4:
                return True
    return False


def _zero_list(
    sight: Sight, region: str, word: str, start: int, end: int, found: list[Found], listed: bool = False
) -> None:
    """Every head noun that ends an item of the list in `region` gets 0, if the verb after the negation suits it."""
    grammar = sight.scene.grammar
    alone = word in grammar.entry.negation.alone or listed
    region = name_years(_TO_WHOM.sub("", region), sight.scene.identity.year)
    items = [i for i in grammar.joint.split(region) if i and i.strip()]
    for metric in grammar.metrics:
        if metric.zero is None:
            continue
        verb = metric.zero_verb.match(region.lstrip()) if metric.zero_verb else None
        listed_verb = metric.zero_verb and _listed_verb(metric.zero_verb, items)
        if not alone and verb is None and not listed_verb:  # 未制发、废止、修改规范性文件
            continue
        if metric.entry.verb_needed and metric.zero_verb and not metric.zero_verb.search(region):
            continue
        for n, item in enumerate(items):
            tail = item.rstrip(" .．")
            full = metric.zero.match(tail[::-1])
            if n == 0 and verb and tail.startswith(verb.group()) and not listed:
                tail = tail[len(verb.group()) :]
            m = metric.zero.match(tail[::-1])
            if m is None and full is not None and n == 0 and full.end() == len(item.rstrip(" .．")):
                m, tail = full, item.rstrip(" .．")  # 没有收费: 收 is no verb here
            if m is None or not _zero_fits(sight, metric, tail[: len(tail) - m.end()], m.group("head")[::-1]):
                continue
            base = sight.sentence.start
            found.append(
                Found(
                    metric.entry.metric, 0, None, "exact", 3, sight.number, base + start, base + end,
                    negation=True,
                )
            )  # fmt: skip
            break


def _listed_verb(verbs: re.Pattern[str], items: list[str]) -> bool:
    """Whether one of a list of verbs before the head noun is the metric's (未制定、修改、废止规范性文件)."""
    return any(verbs.fullmatch(i.strip()) for i in items[:-1]) or any(verbs.match(i.strip()) for i in items[1:])


def _zero_fits(sight: Sight, metric: CompiledMetric, before: str, head: str) -> bool:
    """Whether `head`, the end of an item of a negated list, means the metric; `before` is what stands before it there."""
    grammar = sight.scene.grammar
    end = len(sight.text)
    if head in metric.loose and not sight.meets(metric.entry.zero_needs, end):
        return False
    before = grammar.cause.split(before)[-1]
    if metric.not_left and metric.not_left.search(before):
        return False
    if metric.entry.zero_needs == "request":
        channel = (
            metric.not_ahead is not None
            and not head.startswith(grammar.entry.words["request_bare"])
            and metric.not_ahead.search(before.rstrip("的"))
            and not before.rstrip("的").endswith(tuple(grammar.entry.words["every_applicant"]))
            and not grammar.every_applicant.search(sight.text)  # 市民或法人: all who may apply
        )
        return (
            not channel
            and not grammar.distractors.search(before)
            and not any(w in before for w in grammar.entry.words["other_cases"])
        )
    if metric.entry.unit == "case" and grammar.enforcement.search(sight.text):
        return bool(grammar.context.search(sight.text))
    if metric.entry.metric in grammar.carried:
        return sight.meets("request", end)
    return True


def _each(sight: Sight, separators: list[int], found: list[Found]) -> None:
    """行政复议、行政诉讼各1件: one figure for each head of the list."""
    grammar, text = sight.scene.grammar, sight.text
    if not grammar.each_figure.search(text):
        return
    for m in grammar.number.finditer(text):
        read = read_figure(m, text, grammar)
        if read is None or not read[1]:
            continue
        clause = max((s for s in separators if s < m.start()), default=-1) + 1
        head = text[clause : m.start()].rstrip()
        each = grammar.each.search(head)
        if each is None or _zero_stopped(sight, head):
            continue
        items = [i for i in grammar.joint.split(head[: each.start()]) if i and i.strip()]
        for metric in grammar.metrics:
            if metric.zero is None or read[1] not in metric.units or len(items) < 2:
                continue
            if metric.entry.verb_needed and metric.zero_verb and not metric.zero_verb.search(head):
                continue  # 发布规范性文件及解读各3件: none was repealed
            for item in items:
                hit = metric.zero.match(item.rstrip()[::-1])
                if hit and _zero_fits(sight, metric, item[: len(item.rstrip()) - hit.end()], hit.group("head")[::-1]):
                    base = sight.sentence.start
                    found.append(
                        Found(
                            metric.entry.metric, read[0], read[1], read[2], 3, sight.number, base + m.start(),
                            base + m.end(),
                        )
                    )  # fmt: skip
                    break
