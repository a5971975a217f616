"""One sentence into candidates: every number is bound to the head noun of its own clause, never to its heading (DOMAIN F.7)."""

from __future__ import annotations

import re

from etl.model import Finding
from etl.narrative.grammar import (
    CARRIED,
    CARRIED_IN,
    CLOSED,
    COMPLAINTS,
    MASK,
    MAX_CLAUSE,
    RECEIVED,
    SITE,
    TO_HANDLE,
    TOTAL,
    CompiledMetric,
    Grammar,
)
from etl.narrative.sight import YEAR, Figure, Found, Scene, Sight, mask, name_years, own_field, read_figure, stopped
from etl.narrative.zeros import read_respectively, read_zeros
from etl.registry import Frame

_DIGIT = re.compile(r"\d")
_YEARS = re.compile(r"\d{4}\s?年")
_SITE = re.compile(r"网(?![络上民友格点])")
_TOLD = re.compile(r"\s*(?:全年|年内|今年|本年度)?(?:共|累计)")  # 微信公众号每日更新，共发布信息193条
_ALSO = re.compile(r"^\s*(?:同时|此外|另外|并且|并)?，?")
_JOINED = re.compile(r"[、和及与]")
_QUALIFIED = re.compile(r"(?:相关|有关|相应|配套|其)的?$")  # 政策文件及相关解读90条
_NEXT_IS_END = re.compile(r"\s?[，；。）、]")


def read_sentence(scene: Scene, number: int, found: list[Found], findings: list[Finding]) -> None:
    """Append the candidates of sentence `number` to `found`, remarks to `findings`."""
    grammar, prose = scene.grammar, scene.prose
    sentence = prose.sentences[number]
    printed = prose.text[sentence.start : sentence.end]
    if not grammar.heads.search(printed):
        return
    counted = _DIGIT.search(printed) or grammar.gate_words.search(printed)
    listed = grammar.zero_heads.search(printed)
    if not counted and not listed:
        return
    text = grammar.issues.sub(lambda m: MASK * len(m.group()), mask(printed, grammar))
    sight = Sight(scene, number, sentence, text)
    separators = [m.start() for m in grammar.separator.finditer(sight.text)]
    figures = _figures(sight.text, grammar, separators) if counted else []
    if figures and not stopped(sight.text[: figures[-1].end], grammar.sentence_stops, grammar.stop_free):
        _bind(sight, figures, separators, found, findings)
    if listed:
        read_zeros(sight, separators, found)


def _figures(text: str, grammar: Grammar, separators: list[int]) -> list[Figure]:
    figures: list[Figure] = []
    s = 0
    clause = 0
    for m in grammar.number.finditer(text):
        read = read_figure(m, text, grammar)
        while s < len(separators) and separators[s] < m.start():
            clause = separators[s] + 1
            s += 1
        if read is None:
            continue
        value, unit, qualifier, start = read
        after = max(clause, figures[-1].end if figures else 0)
        figures.append(Figure(value, unit, qualifier, start, m.end(), clause, after))
    return figures


def _bind(
    sight: Sight, figures: list[Figure], separators: list[int], found: list[Found], findings: list[Finding]
) -> None:
    """Read each figure by the frames of the metrics whose head nouns stand near it; keep track of wholes and parts."""
    grammar, text = sight.scene.grammar, sight.text
    parents: list[Found] | None = None  # candidates of the whole whose parts are being told
    bracket = False
    whole: list[Found] = []
    whole_end = -1
    parted = 0.0  # sum of the parts told so far
    listed = read_respectively(sight, figures, separators, found) if len(figures) > 1 else set()
    told = sight.scene.told
    if told is not None and told[0] == sight.number - 1 and grammar.children.match(text.lstrip()):
        whole = told[1]  # the sentence goes on with the parts of the whole told in the one before
    unread = False  # parts are being told of a whole that no frame read
    for n, figure in enumerate(figures):
        previous = figures[n - 1].end if n else 0
        between = text[previous : figure.start]
        if parents is not None and bracket and "）" in between and "（" not in between[between.index("）") :]:
            parents, bracket = None, False
        child = grammar.children.search(between)
        if child and "；" in between[child.end() :] and parents is None:
            child = None  # 网站公开92条，其中包括预决算等内容；通过微博公开623条
        if whole and (child or (parents is None and between.startswith("（") and "）" not in between)):
            if parents is None or not child:
                bracket = "（" in between
            parents = list(whole)
        after = text[figure.end : figures[n + 1].start if n + 1 < len(figures) else len(text)]
        if figure.start in listed:
            continue
        sight.whole = parents[0].metric if parents is not None else None
        unread = parents is None and (unread or bool(child and n and figures[n - 1].unit))
        candidates = _candidates(sight, figure, after, sight.whole == TOTAL, findings)
        if unread:  # 各途径公开732条，其中网站公开635条: a channel's part is never the whole
            candidates = [c for c in candidates if c.metric != TOTAL or c.channel is None or c.site]
        if sight.whole in grammar.requests:  # 答复38件，其中信访举报类3件: one outcome
            candidates = [c for c in candidates if c.metric != COMPLAINTS]
        if parents is not None and sight.whole == TOTAL:  # 公开61条，其中回复申请公开事项5条: an item published
            bare = grammar.by_request.match(text, max(figure.after, figure.clause))  # 依申请公开6件, published too
            candidates = [
                c for c in candidates if c.metric not in grammar.requests or (c.unit != parents[0].unit and not bare)
            ]
        if parents is not None and not any(c.metric == TOTAL for c in candidates):
            candidates += _part_of_the_year(sight, figure, parents[0])
        if not candidates and n:
            candidates = _summed(sight, figures[: n + 1], found)
        for candidate in candidates:
            if parents is not None:
                candidate.parent = next((p for p in parents if p.metric == candidate.metric), parents[0])
                _carried_in_part(candidate)
                _of_this_year(sight, candidate, figure)
                _of_own_motion(sight, candidate, figure)
        found += candidates
        if parents is not None and parents[0].metric == RECEIVED:
            parted += figure.value
            if parted == parents[0].value and _all_closed(
                text, figure.end, grammar
            ):  # 12件，其中信函1件，网络11件，均已答复
                closed = _copy(parents[0], CLOSED)
                closed.rank, closed.derived = 1, True
                found.append(closed)
        else:
            parted = 0.0
        if parents is None and candidates:
            whole, whole_end = candidates, figure.end
            sight.scene.told = (sight.number, whole)
        elif parents is None and figure.unit and whole_end >= 0 and not candidates:
            whole = []


def _summed(sight: Sight, figures: list[Figure], found: list[Found]) -> list[Found]:
    """公开1887条，在专栏发布514条，总计2401条: the sum told last is the total, what it sums up are parts.

    Of requests (网上申请105件，信函17件，合计122件) only where the figures before do add up to it.
    """
    grammar, base, figure, last = sight.scene.grammar, sight.sentence.start, figures[-1], figures[-2]
    if figure.unit != last.unit or not grammar.sum_words.match(sight.text, last.end, figure.start):
        return []
    parts = [f for f in found if f.sentence == sight.number and f.metric in (TOTAL, RECEIVED)]
    if not parts or figure.value <= max(f.value for f in parts):
        return []
    told = [f.value for f in figures[:-1] if base + f.start >= parts[0].start]
    if sum(f.unit == figure.unit for f in figures[:-1]) < 2:
        return []  # 新增主动公开210条，累计3412条: of all years, no sum of one part
    if parts[0].metric != TOTAL and (sum(told) != figure.value or any(f.metric in grammar.carried for f in found)):
        return []
    parts = [f for f in parts if f.metric == parts[0].metric]
    total = _copy(parts[-1], parts[0].metric)
    total.value, total.unit, total.qualifier = figure.value, figure.unit, figure.qualifier
    total.start, total.end, total.rank = base + figure.start, base + figure.end, max(3, *(f.rank for f in parts))
    for part in parts:
        part.parent = total
    return [total]


def _of_this_year(sight: Sight, candidate: Found, figure: Figure) -> None:
    """累计1200条，其中2010年新增320条: what is told first is the figure of all years (F.5), the part that of the year."""
    grammar, parent = sight.scene.grammar, candidate.parent
    if parent is None or parent.metric != candidate.metric:
        return
    prose = sight.scene.prose  # the whole may stand in the sentence before
    whole = prose.text[max(parent.start - MAX_CLAUSE, prose.sentences[parent.sentence].start) : parent.start]
    if grammar.cumulative.search(whole) and not grammar.annual_words.search(whole):
        if grammar.this_year.search(sight.text, figure.clause, figure.start):
            candidate.parent = None
            parent.rank = 0


def _of_own_motion(sight: Sight, candidate: Found, figure: Figure) -> None:
    """公开156条，其中主动公开150条，依申请公开6条: what is told first holds what was asked for too."""
    grammar, parent, text = sight.scene.grammar, candidate.parent, sight.text
    if parent is None or not (parent.metric == candidate.metric == TOTAL and parent.sentence == sight.number):
        return
    told = text[: parent.start - sight.sentence.start]
    if grammar.own_motion.search(text[figure.after : figure.start]) and not grammar.own_motion.search(told):
        if grammar.by_request.search(text, figure.end):
            candidate.parent = None
            parent.rank = 0


def _part_of_the_year(sight: Sight, figure: Figure, parent: Found) -> list[Found]:
    """累计公开2310条，其中2015年公开286条: the part is told by its year, at most with the site named too."""
    clause = sight.text[figure.after : figure.start].lstrip("，；：（。 ")
    if not parent.cumulative or parent.metric != TOTAL or figure.unit != parent.unit:
        return []
    grammar = sight.scene.grammar
    if not grammar.of_the_year.match(clause) or grammar.topics.search(clause):
        return []
    if any(grammar.channel_of[m.group()] != SITE for m in grammar.channels.finditer(clause)):
        return []
    years = YEAR.findall(clause)
    if years and sight.scene.identity.year not in (None, int(years[-1])):
        return []
    base = sight.sentence.start
    return [
        Found(
            TOTAL, figure.value, figure.unit, figure.qualifier, 4, sight.number, base + figure.start,
            base + figure.end,
        )
    ]  # fmt: skip


def _carried_in_part(candidate: Found) -> None:
    """受理120件，其中新收100件，上年结转20件: the whole is what was to be handled, the part is what was received."""
    parent = candidate.parent
    if parent is None or candidate.metric != CARRIED_IN or not candidate.value:
        return
    if parent.metric == RECEIVED or (parent.metric == CLOSED and parent.rank == 2):
        parent.metric = TO_HANDLE


def _candidates(sight: Sight, figure: Figure, after: str, child: bool, findings: list[Finding]) -> list[Found]:
    grammar, text = sight.scene.grammar, sight.text
    left = text[max(figure.after, figure.start - MAX_CLAUSE) : figure.start]
    if not left.strip() or grammar.fill.match(left):
        # 收到政府信息公开申请，共12件: the noun stands in the clause before
        at = figure.clause - 1
        if figure.after == figure.clause and at > 0 and text[at] in "，：":
            start = max((text.rfind(mark, 0, at) for mark in "，；（）"), default=-1) + 1
            before = text[start:at]
            if not re.search(r"\d", _YEARS.sub("", before)):
                left = before[-MAX_CLAUSE:] + left
    right = after[:40]
    if grammar.reference.match(right):
        return []
    near = left + right
    if not grammar.heads.search(near) and not grammar.channels.search(text, figure.clause, figure.start):
        return []
    clause = text[figure.clause : figure.start]
    if _negated(clause, grammar):
        return []
    guard = _Guard(sight, figure, clause)
    left = own_field(name_years(left, sight.scene.identity.year), sight.scene.own_names)
    right = name_years(right, sight.scene.identity.year)
    near = left + right
    back = left[::-1]
    for name, pattern in grammar.mixed:
        if (figure.value or figure.unit is None) and pattern.match(back) and not grammar.each.search(left.rstrip()):
            if not guard.look().stopped:
                findings.append(_mixed_finding(sight, figure, name))
            return []
    out: list[Found] = []
    behind: list[Found] = []  # read by what follows the figure alone
    for metric in grammar.by_unit[figure.unit]:
        for head in metric.heads:
            if head in near:
                break
        else:
            continue
        candidate = _match(sight, figure, metric, left, back, right, guard)
        if candidate is None:
            continue
        found, frame = candidate
        if frame.left is None:
            behind.append(found)
            continue
        out.append(found)
        if frame.also:
            out.append(_copy(found, frame.also))
    out = out or behind  # 行政复议2件和行政诉讼: what stands before the figure says what it counts
    out = _one_reading(out, grammar)
    if grammar.sort.search(left.rstrip()) and grammar.next_sort.fullmatch(after):
        return [
            c for c in out if c.metric != TOTAL
        ]  # 网站发布政务类信息34条，概况类信息150条: sorts of what it publishes
    _channel(sight, figure, back, guard, out, child, bool(grammar.children.match(after.lstrip("，；：（ "))))
    if any(c.metric == RECEIVED for c in out) and not any(c.metric == CLOSED for c in out):
        received = next(c for c in out if c.metric == RECEIVED)
        if CARRIED in left or after.startswith(CARRIED) or grammar.included.search(left):
            received.metric = TO_HANDLE
        elif received.rank > 1 and figure.value and _all_closed(text, figure.end, grammar):
            closed = _copy(received, CLOSED)
            closed.rank, closed.derived = 1, True
            out.append(closed)
    return out


def _all_closed(text: str, at: int, grammar: Grammar) -> bool:
    """Whether what follows a figure of requests, at `at`, says that all of them were answered (均在法定期限内答复)."""
    m = grammar.all_closed.match(text, at)
    return m is not None and not grammar.not_done.search(m.group("how"))


def _negated(clause: str, grammar: Grammar) -> bool:
    """Whether a negation governs the figure (未发生一起行政复议): no count then, whatever follows."""
    tail = clause[-8:]
    return any(not grammar.never.match(tail, m.start()) for m in grammar.negation.finditer(tail))


def _one_reading(out: list[Found], grammar: Grammar) -> list[Found]:
    """Of the readings of one figure those that can hold together: 上年结转申请18件 is no request received, nor is 收办."""
    metrics = {c.metric for c in out}
    if metrics & grammar.carried:
        return [c for c in out if c.metric not in (RECEIVED, TO_HANDLE, CLOSED)]
    if TO_HANDLE in metrics:
        return [c for c in out if c.metric != RECEIVED]
    if CLOSED in metrics:
        return [c for c in out if c.metric != RECEIVED or c.rank > 2]
    return out


def _copy(f: Found, metric: str) -> Found:
    return Found(
        metric, f.value, f.unit, f.qualifier, f.rank, f.sentence, f.start, f.end, part_year=f.part_year,
        whole_region=f.whole_region, own_level=f.own_level, cumulative=f.cumulative,
    )  # fmt: skip


class _Guard:
    """What the clause of a figure says about time, body and mood; looked at once and only when a frame fits."""

    __slots__ = (
        "clause", "cumulative", "figure", "looked", "other_year", "own_level", "part", "part_body", "region", "sight",
        "stopped", "to_date", "whole_region",
    )  # fmt: skip

    def __init__(self, sight: Sight, figure: Figure, clause: str) -> None:
        self.sight, self.figure, self.clause, self.looked = sight, figure, clause, False
        self.stopped = self.other_year = self.part = self.to_date = self.part_body = self.region = False
        self.whole_region = self.own_level = self.cumulative = False

    def look(self) -> _Guard:
        if self.looked:
            return self
        self.looked = True
        sight, clause = self.sight, self.clause
        grammar, identity = sight.scene.grammar, sight.scene.identity
        before = sight.text[: self.figure.start]
        self.stopped = stopped(clause, grammar.clause_stops, grammar.stop_free) or bool(
            grammar.spells.search(clause) or grammar.all_time.search(before) or _of_several_years(before)
        )
        self.other_year = bool(grammar.other_year.search(clause))
        if identity.year is not None and not self.other_year:
            years = YEAR.findall(before)
            self.other_year = bool(years) and int(years[-1]) != identity.year
        self.to_date = bool(grammar.to_date.search(before))
        last_part = last_annual = -1
        for m in grammar.part_year.finditer(before):
            if m.group() in sight.scene.own_part:
                last_annual = m.end()  # a report on half a year: 上半年 is all of it
            else:
                last_part = m.end()
        if last_part >= 0:
            for m in grammar.annual.finditer(before):
                last_annual = max(last_annual, m.end())
            self.part = last_part > last_annual
        for m in grammar.up_to.finditer(before):
            month, day = m.group("month"), m.group("day")
            if month and not (int(month) == 12 and (day is None or int(day) == 31)):
                self.to_date = True
        self.part_body = bool(grammar.part_bodies.search(clause)) and not grammar.whole_bodies.search(clause)
        self.whole_region = bool(grammar.regions.search(clause))
        self.region = sight.scene.department and self.whole_region and not grammar.own_words.search(clause)
        self.own_level = bool(grammar.own_level.search(clause))
        self.cumulative = _cumulative(before, grammar)
        return self


# Not 2022年结转至2023年2件: carried from one year to the next.
_SPAN = re.compile(r"(20\d\d)年?(\d{1,2}月)?(?:\d{1,2}日)?[^，。；转\d]{0,4}?[至到—~～-]\s?(20\d\d)年(?:\d{1,2}月)?")


def _of_several_years(before: str) -> bool:
    """自2022年至2025年11月公开105条; 2022年11月至2023年10月 is one year."""
    spans = [(int(m.group(3)) - int(m.group(1)), m.group(2)) for m in _SPAN.finditer(before)]
    return any(years > 1 or (years == 1 and not month) for years, month in spans)


def _cumulative(before: str, grammar: Grammar) -> bool:
    """截至2015年底，累计公开640条: perhaps of all years, where no word says that it is the year's (F.5)."""
    dates = list(grammar.up_to.finditer(before))
    if not dates or not grammar.cumulative.search(before, dates[-1].end()):
        return False
    return not grammar.annual.search(before[: dates[-1].start()] + "，" + before[dates[-1].end() :])


def _match(
    sight: Sight, figure: Figure, metric: CompiledMetric, left: str, back: str, right: str, guard: _Guard
) -> tuple[Found, Frame] | None:
    """The first frame of `metric` that fits, and what it makes of the figure."""
    grammar = sight.scene.grammar
    if figure.unit is None and not (metric.unitless and _bare_number(sight, figure)):
        return None
    if metric.not_left and metric.not_left.search(left):
        return None
    if metric.not_right and metric.not_right.match(right):
        return None
    if metric.entry.metric in grammar.requests and grammar.beside_requests.search(left):
        return None  # 答复网民留言和依申请公开120件
    for compiled in metric.frames:
        frame = compiled.frame
        end = 0
        if compiled.left is not None:
            m = compiled.left.match(back)
            if m is None:
                continue
            end = m.end()
        if compiled.right is not None and compiled.right.match(right) is None:
            continue
        if compiled.right is not None and figure.unit is None:
            continue
        if compiled.units is not None and figure.unit is not None and figure.unit not in compiled.units:
            continue
        if _unfit(metric, guard.look()):
            return None
        if figure.value == 0 and frame.needs in ("disclosure", "field"):
            pass  # 行政复议0件 in a report on disclosure speaks of disclosure
        elif not sight.meets(frame.needs, figure.end if compiled.right is None else figure.end + len(right)):
            continue
        if compiled.left is not None and compiled.right is None and _joined(left, end, frame.left or ""):
            continue
        if metric.not_ahead and metric.not_ahead.search(left[: len(left) - end]):
            continue
        rank = _rank(sight, figure, metric, frame.rank, left, end, guard, "^" in (frame.left or ""))
        if rank < 1:
            return None
        base = sight.sentence.start
        return (
            Found(
                metric.entry.metric, figure.value, figure.unit, figure.qualifier, rank, sight.number, base + figure.start,
                base + figure.end, part_year=guard.to_date, whole_region=guard.whole_region,
                own_level=guard.own_level, cumulative=guard.cumulative and not metric.entry.other_year,
            ),
            frame,
        )  # fmt: skip
    return None


def _unfit(metric: CompiledMetric, guard: _Guard) -> bool:
    """Whether the clause speaks of a plan, another year or another body. Events and people are not shared out by body."""
    if guard.stopped or (guard.other_year and not metric.entry.other_year):
        return True
    people = metric.entry.unit in ("person", "event", "money", "consultation", "response")
    return (guard.part_body or guard.region) and not people


def _bare_number(sight: Sight, figure: Figure) -> bool:
    """Whether a figure without unit may be read: a mark of punctuation follows, not the next cell of a flattened table."""
    at = sight.sentence.start + figure.end
    text = sight.scene.prose.text
    return figure.value < 10**7 and at < len(text) and bool(_NEXT_IS_END.match(text, at))


def _joined(left: str, length: int, frame: str) -> bool:
    """Whether another noun is joined to this one under the same figure (文件和政策解读12件); verbs may be joined."""
    if frame.split(" ")[0].rstrip("?*+") in (
        "publish",
        "publish_own",
        "receive",
        "receive_only",
        "finish",
        "handle",
        "hold",
        "hold_own",
    ):
        return False
    before = _QUALIFIED.sub("", left[: len(left) - length].replace(MASK, "").rstrip())
    return len(before) > 2 and before[-1] in "、和及与" and not before.endswith(("涉及", "以及", "参与"))


def _rank(
    sight: Sight, figure: Figure, metric: CompiledMetric, rank: int, left: str, length: int, guard: _Guard, listed: bool
) -> int:
    """`rank` of a frame after what stands round it, 0 for none; `listed`: the frame holds a list of topics."""
    grammar, text = sight.scene.grammar, sight.text
    if guard.part:
        return 0
    if metric.entry.total and figure.value and grammar.share.match(text, figure.end):
        return 0
    clause = grammar.site.sub("", guard.clause)
    means = grammar.several.search(clause)
    if means:  # 通过网站、公开专栏等途径: the column is one of the ways, not the topic
        clause = grammar.open_column.sub("", clause[: means.end()]) + clause[means.end() :]
    if (
        rank <= 3
        and metric.entry.unit in ("information", "request")
        and grammar.attributes.search(text, 0, figure.start)
    ):
        return 0
    if rank <= 3 and metric.entry.unit == "request" and grammar.produced.search(text, 0, figure.start):
        return 0
    if metric.entry.metric == RECEIVED and grammar.way_request.search(left, len(left) - length):
        if len(grammar.way_request.findall(text)) > 1:
            return 0  # 收到书面申请3件，网络申请2件: one way of two
    if metric.entry.unit == "event" and grammar.principal.search(left):
        rank = max(rank - 1, 1)  # 主要负责人参加新闻发布会1次 beside those held
    if metric.entry.unit == "case" and (
        grammar.disclosed_part.match(text, figure.end)
        or grammar.unrelated.match(text, figure.end)
        or grammar.handled_cases.search(text[: figure.start])
    ):
        return 0
    if metric.entry.metric == TOTAL:
        disclosed = rank >= 3 or grammar.site.search(guard.clause)
        scope = clause if disclosed else grammar.site.sub("", text[: figure.start])
        if listed:
            scope = grammar.site.sub("", left[: len(left) - length])  # three topics or more are no single one
        if grammar.topics.search(scope):
            return 0
        if rank <= 2 and grammar.site.search(guard.clause):
            rank = 3
    elif metric.entry.unit == "interpretation":
        others = {grammar.channel_of[m.group()] for m in grammar.channels.finditer(text, 0, figure.start)}
        others -= {SITE}
        rank -= 2 if "proactive_via_gazette" in others else bool(others)
        rank = max(rank, 1)
    if metric.entry.unit in ("information", "request", "interpretation"):
        subject = left[: len(left) - length]
        named = grammar.body_end.search(subject)
        if named and not _own_name(sight, named.group(1)):
            if sight.scene.department and named.group(1).endswith(grammar.entry.government_ends):
                return 0  # 省政府办公厅主动公开900条 in a bureau's report
            if grammar.part_bodies.search(text):
                return 0
            rank = max(rank - 2, 1)
    return rank


def _own_name(sight: Sight, name: str) -> bool:
    """Whether a body is the report's own: 我局, its name or its name cut short (区农业农村委)."""
    if sight.scene.grammar.own_words.search(name[-4:]):
        return True
    return any(own.endswith(name[-4:]) or name[-4:-1] in own for own in sight.scene.own_names)


def _channel(
    sight: Sight, figure: Figure, back: str, guard: _Guard, out: list[Found], child: bool, parted: bool
) -> None:
    """Make a candidate through one channel a channel's figure too; a list of channels is no channel (P3)."""
    grammar, text = sight.scene.grammar, sight.text
    scope = text[max(figure.after, figure.clause) : figure.start]
    if figure.unit is None and len({grammar.channel_of[m.group()] for m in grammar.channels.finditer(scope)}) == 1:
        out[:] = [c for c in out if c.metric != TOTAL]  # 公众号发布信息数量144: no total
    if figure.unit is None or figure.unit not in grammar.entry.units["channel"]:
        return
    at = figure.clause - 1
    if figure.after == figure.clause and not grammar.channels.search(scope) and at > 0 and text[at] == "，":
        start = max(text.rfind(mark, 0, at) for mark in "，；（）。") + 1
        before = text[start:at]
        subject = _ALSO.sub("", before)
        means = grammar.means.search(subject)
        told = means or _TOLD.match(scope)
        if told and not _DIGIT.search(_YEARS.sub("", before)) and not grammar.beside.search(before):
            scope = before + "，" + scope
    names = {grammar.channel_of[m.group()]: m.end() for m in grammar.channels.finditer(scope)}
    if not names and _SITE.search(scope):
        names = {SITE: 0}  # 某某农业信息网发布信息870篇
    if "proactive_via_other" in names and set(names) <= {"proactive_via_other", "other"}:
        names = {"proactive_via_other": names["proactive_via_other"]}  # 报刊、电视等其他方式
    total = next((c for c in out if c.metric == TOTAL), None)
    if len(names) != 1 or _several(scope, next(iter(names.values())), grammar):
        if total is not None and not parted:
            total.joint = tuple(names)
        if total is not None and len(names) > 1 and total.rank <= 2 and not parted:
            out.remove(total)
            base = sight.sentence.start
            out.append(
                Found(
                    "other", figure.value, figure.unit, figure.qualifier, 3, sight.number, base + figure.start,
                    base + figure.end, channel="other",
                )
            )  # fmt: skip
        return
    channel = next(iter(names))
    if channel == SITE and grammar.column.search(scope) and grammar.site_word.search(text, 0, figure.clause):
        return  # 网站发布21813条，信息公开目录信息更新量696条: one column of it
    if sight.whole in grammar.requests:
        return  # 办理申请7件，其中已通过网站公开1件: one outcome
    if guard.look().stopped or guard.part or guard.other_year or guard.part_body or guard.region:
        return
    site = bool(grammar.site.search(scope))
    if total is not None:
        total.channel, total.site = channel, site
    m = grammar.channel_fill.match(back)
    if m is None and channel in grammar.entry.accounts and figure.unit in grammar.entry.units["post"]:
        m = grammar.account_fill.match(back)
    named = (child or sight.channelled) and grammar.channel_end.search(scope)  # 其中：门户网站2500条
    if named and m is None and figure.unit not in grammar.entry.units["told_alone"]:
        named = None
    if channel == "proactive_via_gazette" and not any(c not in (channel, "other") for c in _named_channels(sight)):
        named = None  # 规范性文件9条，政府公报4条，要闻104条: kinds of information
    if channel == "other" or (m is None and total is None and not named):
        if total is not None and channel == "other":
            total.rank = min(total.rank, 2)
        if m is None or channel != "other":
            return
    if grammar.topics.search(grammar.site.sub("", scope)):
        return
    if any(c.metric != TOTAL for c in out):
        return
    sight.channelled = True
    base = sight.sentence.start
    out.append(
        Found(
            channel, figure.value, figure.unit, figure.qualifier, 3, sight.number, base + figure.start, base + figure.end,
            part_year=guard.to_date, channel=channel, site=site, cumulative=guard.cumulative,
        )
    )  # fmt: skip


def _named_channels(sight: Sight) -> set[str]:
    grammar = sight.scene.grammar
    return {grammar.channel_of[m.group()] for m in grammar.channels.finditer(sight.text)}


def _several(scope: str, channel: int, grammar: Grammar) -> bool:
    """Whether the channel that ends at `channel` is one of several; 网站发布文件、动态等各类信息 lists topics behind its verb."""
    if grammar.several.search(scope):
        return True
    verb = grammar.publishes.search(scope, channel)
    return bool(grammar.several_topics.search(scope, 0, verb.start() if verb else len(scope)))


def _mixed_finding(sight: Sight, figure: Figure, metric: str) -> Finding:
    prose, sentence = sight.scene.prose, sight.sentence
    return Finding(
        rule="NT-MIXED",
        severity="info",
        message="正文一个数字合计了两件事，未采用",
        metric=metric,
        actual=figure.value,
        quote=prose.printed(sentence.start, sentence.end).strip(),
        locator=prose.locator(sentence.start + figure.start, sentence.start + figure.end),
    )
