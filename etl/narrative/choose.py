"""Which of a report's candidates holds: one figure per metric, or both with a finding where nothing decides (DOMAIN F.7)."""

from __future__ import annotations

from etl.model import Finding, Observation
from etl.narrative.grammar import CLOSED, RECEIVED, SITE, TOTAL
from etl.narrative.sight import Found, Scene


def choose(scene: Scene, found: list[Found], findings: list[Finding]) -> tuple[list[Observation], list[Finding]]:
    """Observations in the order of narrative.yml and the findings, those of `findings` first."""
    observations: list[Observation] = []
    found = [f for f in found if f.rank]
    carried = any(f.metric == "requests_carried_out" and f.value for f in found)
    found = [f for f in found if not (f.derived and (carried or scene.in_table.get(f.metric, f.value) != f.value))]
    channels = [f for f in found if f.metric in scene.grammar.entry.channels]
    order = [m.entry.metric for m in scene.grammar.metrics]
    order[1:1] = [m for m in scene.grammar.entry.channels if m != "other"]
    for metric in order:
        candidates = [f for f in found if f.metric == metric and not _is_part(f)]
        candidates, unsure = _of_the_year(scene, candidates)
        if unsure is not None:
            findings.append(unsure)
        if metric == TOTAL:
            candidates = _totals(scene, _wholes(scene, candidates, channels), channels)
        elif metric in scene.grammar.entry.channels:
            # the only figure there is, through the site, is the year's total and not a channel's (F.7 rule 0)
            taken = {o.locator.get("start") for o in observations if o.metric == TOTAL and o.status == "reported"}
            candidates = [f for f in candidates if _start(scene, f) not in taken]
        kept, remark = _decide(scene, candidates)
        status = "conflicting" if len(kept) > 1 else "reported"
        observations += [_observation(scene, f, status) for f in kept]
        if remark is not None:
            findings.append(remark)
    return observations, findings


def _of_the_year(scene: Scene, candidates: list[Found]) -> tuple[list[Found], Finding | None]:
    """`candidates` without those counted up to a day (截至年底累计640条), which may be of all years.

    One is the year's where the report says from when its figures count and prints no other figure (F.5).
    """
    summed = [f for f in candidates if f.cumulative]
    if not summed:
        return candidates, None
    rest = [f for f in candidates if not f.cumulative]
    if rest or scene.period_stated:
        return rest or candidates, None
    return [], _remark(scene, summed, "NT-CUMULATIVE", "info", "正文是截至某日的累计数，没有写明是不是本年的，未采用")


def _is_part(f: Found) -> bool:
    """A part never overwrites its whole, unless the whole is only vaguely the metric (解读类信息10条，其中政策解读5条)."""
    if f.parent is None:
        return False
    if f.metric == TOTAL:
        vague = (
            f.parent.metric == TOTAL and f.parent.rank == 1 and f.rank >= 4
        )  # 网站推送信息1428条，其中主动公开政府信息574条
        return not vague and (f.parent.metric == TOTAL or f.rank <= 2)  # 收到申请6条，其中企业申请政务公开信息1条
    if f.metric == RECEIVED and f.parent.metric == CLOSED:
        return f.rank <= 2  # 办理申请23件，其中网上申请22件: one way; 其中本年收到20件 is what came in
    return f.parent.metric == f.metric and f.parent.rank >= f.rank


def _start(scene: Scene, f: Found) -> int | None:
    return scene.prose.locator(f.start, f.end).get("start")


def _values(found: list[Found]) -> set[float]:
    return {f.value for f in found}


def _wholes(scene: Scene, candidates: list[Found], channels: list[Found]) -> list[Found]:
    """`candidates` for the total without what can only be a part of the year's figure."""
    told: dict[int, int] = {}
    for f in candidates:
        told[f.sentence] = told.get(f.sentence, 0) + 1
    alone = [f.value for f in candidates if told[f.sentence] == 1]
    if alone:  # 发布221条。…其中政策法规3条；财政17条；公共服务59条: a sentence of three figures and more is a list
        candidates = [f for f in candidates if told[f.sentence] < 3 or f.value > max(alone)]
    site = max((c.value for c in channels if c.channel == SITE and c.parent is None), default=0)
    # “某某发布”发布信息459条 beside the site's 18439: the whole is no less than its part
    candidates = [f for f in candidates if f.channel or f.joint or f.rank >= 3 or f.value >= site]
    grammar, prose = scene.grammar, scene.prose
    for f in candidates:
        if f.channel is None and not f.joint and f.value < site:
            # 网站发布1557条。微博…，累计发布342条: less than the site's, and another channel is what is spoken of
            names = grammar.channels.findall(prose.text, prose.sentences[f.sentence].start, f.start)
            others = [c for c in (grammar.channel_of[n] for n in names) if c != SITE]
            f.channel = others[-1] if others and len(others) == len(names) else None
    return candidates


def _totals(scene: Scene, candidates: list[Found], channels: list[Found]) -> list[Found]:
    """Candidates for the year's total: a figure through one channel is a total only where no other is stated."""
    free = [f for f in candidates if f.channel is None]
    if any(c.channel == SITE and c.parent is None for c in (*channels, *candidates)):
        # 通过网站公开92条；通过微博等新媒体公开623条: neither is the whole
        free = [f for f in free if not f.joint or SITE in f.joint]
    if any(f.rank >= 3 for f in free):
        return free
    site = [f for f in candidates if f.site and f.parent is None]
    if site:
        return site
    # what a portal publishes is news too: only disclosed information (not 网站发布信息) is taken for a total
    rest = [f for f in candidates if f.parent is None and f.channel == SITE and f.rank >= 2]
    # what accounts publish is told beside the site's figure, or sections below it, where it leaves that figure the total
    section = [s.section for s in scene.prose.sentences]
    home = {section[f.sentence] for f in rest}
    beside = [f for f in (*channels, *candidates) if section[f.sentence] in home]
    others = {f.channel for f in beside if f.channel} | {name for f in beside for name in f.joint}
    for f in rest:  # 政府网站公开4条；信用平台公开行政处罚69条: told beside it, though no figure of ours
        told = scene.grammar.counted_channel.finditer(scene.prose.text, f.end, scene.prose.sentences[f.sentence].end)
        others |= {scene.grammar.channel_of[m.group(1)] for m in told}
    weak = [
        f for f in free if rest and f.rank < 3 <= max(r.rank for r in rest) and f.value < max(r.value for r in rest)
    ]
    if rest and len(weak) == len(free) and len(others) <= 1:
        return rest
    free = [f for f in free if not any(f is w for w in weak)]
    if len(others) > 1:  # a weak figure beside several channels is one more of them, unless they are its parts
        wholes = [c.parent for c in channels if c.parent is not None]
        free = [f for f in free if f.rank >= 2 or any(f is w for w in wholes)]
    return free


def _decide(scene: Scene, candidates: list[Found]) -> tuple[list[Found], Finding | None]:
    """The figure that holds, or the figures between which nothing decides, and what to say about them."""
    if not candidates:
        return [], None
    full = [f for f in candidates if not f.part_year]
    candidates = full or candidates
    stated = [f for f in candidates if not f.negation]
    if stated and _values(stated) != {0}:
        best = max(f.rank for f in stated)
        told = {f.sentence for f in stated if f.value}
        negated = [f for f in candidates if f.negation and f.sentence not in told]
        pool = [f for f in stated if f.rank == best]
        if negated and best >= 3:
            pool += negated
    else:
        pool = candidates
        best = max(f.rank for f in pool)
        pool = [f for f in pool if f.rank == best or f.negation or f.value == 0]
    exact = [f for f in pool if f.qualifier == "exact"]
    pool = exact + [f for f in pool if f.qualifier != "exact" and not any(_rounds(f, e) for e in exact)]
    first: dict[float, Found] = {}
    for f in pool:
        first.setdefault(f.value, f)
    if len(first) == 1:
        return list(first.values()), None
    levels = _by_level(scene, list(first.values()))
    if levels is not None:
        return [levels], None
    values = sorted(first)
    if len({f.sentence for f in first.values()}) == 1:
        if abs(values[-1] - sum(values[:-1])) < 0.5 and len(values) > 2:
            return [first[values[-1]]], None
        return [], _remark(
            scene, list(first.values()), "NT-PARTS", "info", "正文分项列出数字而没有总数，未采用、未相加"
        )
    if best <= 1:
        return [], _remark(scene, list(first.values()), "NT-PARTS", "info", "正文有多个数字而没有明确的总数，未采用")
    return list(first.values()), _remark(scene, list(first.values()), "NT-DUP", "warning", "正文对同一指标给出不同数字")


def _rounds(loose: Found, exact: Found) -> bool:
    """Whether 230余条 may be the same figure as 236条; 8500余条 beside 450条 is another."""
    return 0.7 * loose.value <= exact.value <= 1.5 * loose.value


def _by_level(scene: Scene, candidates: list[Found]) -> Found | None:
    """全市 beside 市本级: the one that fits the report's scope; the region's where the scope is not known."""
    region = [f for f in candidates if f.whole_region and not f.own_level]
    own = [f for f in candidates if f.own_level]
    if len(region) == 1 and len(own) == 1 and len(candidates) == 2:
        return own[0] if scene.identity.scope == "own_agency" else region[0]
    return None


def _quote(scene: Scene, f: Found) -> str:
    sentence = scene.prose.sentences[f.sentence]
    return scene.prose.printed(sentence.start, sentence.end).strip()


def _observation(scene: Scene, f: Found, status: str) -> Observation:
    value = int(f.value) if float(f.value).is_integer() else f.value
    return Observation(
        metric=f.metric,
        value=value,
        unit=f.unit,
        status=status,
        method="narrative",
        raw=scene.prose.printed(f.start, f.end).strip(),
        quote=_quote(scene, f),
        locator=scene.prose.locator(f.start, f.end),
        qualifier=f.qualifier,
        part_year=f.part_year or scene.part_year,
    )


def _remark(scene: Scene, candidates: list[Found], rule: str, severity: str, message: str) -> Finding:
    first = candidates[0]
    figures = "、".join(f"{f.value:g}" for f in candidates)
    return Finding(
        rule=rule,
        severity=severity,
        message=f"{message}：{figures}",
        metric=first.metric,
        expected=first.value,
        actual=candidates[-1].value,
        quote=_quote(scene, candidates[-1]),
        locator=scene.prose.locator(candidates[-1].start, candidates[-1].end),
    )
