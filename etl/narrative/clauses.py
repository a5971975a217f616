"""One sentence into candidates: every number is bound to the head noun of its own clause, never to its heading (DOMAIN F.7)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from etl.model import Finding, Identity
from etl.narrative.grammar import CARRIED, MASK, MAX_CLAUSE, CompiledMetric, Grammar
from etl.narrative.prose import Prose, Sentence

RECENT = 3  # sentences back within which requests, once named, are still what is spoken of
_PERCENT = re.compile(r"\s?(?:[%‰％]|个?百分点)")
_BAD_BEFORE = re.compile(r"(?:第|[\d.\-—~〔\[/A-Za-z第]|\d[至到])$")
_YEAR = re.compile(r"(?<![较比同与于\d])(20\d\d)\s?年(?!.{0,3}(?:相比|同期|结转))")
_YEARS = re.compile(r"\d{4}\s?年")
_NEXT_IS_END = re.compile(r"\s?[，；。）、]")
_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_TENS = {"十": 10, "百": 100, "千": 1000}


@dataclass(slots=True)
class Scene:
    """What holds for the whole report while its sentences are read."""

    identity: Identity
    grammar: Grammar
    prose: Prose
    department: bool = field(init=False)
    own_names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        agency = self.identity.agency or ""
        self.department = bool(agency) and not agency.endswith(self.grammar.entry.government_ends)
        self.own_names = tuple(n for n in (agency, self.identity.stated_as or "") if n)


@dataclass(slots=True)
class Figure:
    """A number of a sentence with what is printed around it, in positions of the sentence."""

    value: float
    unit: str | None
    qualifier: str
    start: int
    end: int
    clause: int  # where its clause starts
    after: int  # where the text between the number before it and itself starts


@dataclass(slots=True)
class Found:
    """A candidate: a figure read as a metric's value."""

    metric: str
    value: float
    unit: str | None
    qualifier: str
    rank: int
    sentence: int
    start: int  # positions in Prose.text
    end: int
    negation: bool = False
    parent: Found | None = None  # the figure of which this is a stated part
    part_year: bool = False
    site: bool = False  # published through the disclosure site
    channel: str | None = None
    whole_region: bool = False
    own_level: bool = False


def chinese_numeral(text: str) -> int | None:
    """Value of a Chinese numeral up to thousands, None if it is none (十二 12, 二〇 20, 两百零五 205)."""
    if not any(c in _TENS for c in text):
        return int("".join(str(_DIGITS[c]) for c in text)) if all(c in _DIGITS for c in text) else None
    if text[0] in "百千":
        return None
    total, digit = 0, 0
    for c in text:
        if c in _TENS:
            total += (digit or (1 if c == "十" else 0)) * _TENS[c]
            digit = 0
        elif c in _DIGITS:
            digit = _DIGITS[c]
        else:
            return None
    return total + digit


def _mask(text: str, grammar: Grammar) -> str:
    """`text` with titles, quoted names and brackets that hold no figure replaced, character for character."""

    def replace(m: re.Match[str]) -> str:
        body = m.group()
        if body[0] == "（":
            if grammar.included.search(body) and not re.search(r"\d", body):
                return CARRIED * len(body)
            if re.search(r"\d", body) or any(w in body for w in grammar.entry.not_whole) or grammar.negation.search(body):
                return body
            return MASK * len(body)
        return body[0] + MASK * (len(body) - 2) + body[-1] if body[0] == "《" else MASK * len(body)

    return grammar.mask.sub(replace, text) if any(c in text for c in "《“（\"") else text


def _figure(m: re.Match[str], text: str, grammar: Grammar) -> tuple[float, str | None, str, int] | None:
    """Value, unit, qualifier and start of a match of the number pattern; None if it is no count."""
    first = m.start()
    unit, scale = m.group("unit") or m.group("wordunit"), m.group("scale") or m.group("wordscale")
    start = first
    qualifier = "exact"
    ahead = text[max(first - 4, 0) : first].rstrip()
    for word, name in grammar.hedges_before:
        if ahead.endswith(word):
            qualifier, start = name, text.rindex(word, 0, first)
            break
    else:
        if _BAD_BEFORE.search(text, max(first - 2, 0), first):
            return None
    if _PERCENT.match(text, m.end()) or text.startswith(("年", "月", "日", "时", "号", "版", "级", "楼", "室", "字"), m.end()):
        return None
    if m.group("digits") is not None:
        digits = text[first : m.end("digits")]
        if len(digits) > 1 and digits[0] == "0" and digits[1] != ".":
            return None
        value = float(re.sub(r"[,， ]", "", digits))
        inside = m.group("in1") or m.group("in2")
    else:
        words = text[first : m.end("words")]
        read = chinese_numeral(words)
        if read is None or (words[0] in _TENS and text[first - 1 : first] in ("数", "几", "上", "成", "近")):
            return None
        value, inside = float(read), m.group("in3") or m.group("in4")
    if scale:
        value = round(value * grammar.entry.scales[scale], 6)
    after = m.group("after")
    if qualifier == "exact" and (inside or after):
        for name, hedge in grammar.entry.hedges.items():
            if inside in hedge.inside or after in hedge.after:
                qualifier = name
                break
    return value, unit, qualifier, start


def _stopped(text: str, pattern: re.Pattern[str], free: re.Pattern[str]) -> bool:
    if not pattern.search(text):
        return False
    return bool(pattern.search(free.sub("", text)))


@dataclass(slots=True)
class Sight:
    """A sentence under reading, with what is known about it as a whole."""

    scene: Scene
    number: int
    sentence: Sentence
    text: str  # masked
    request: bool | None = None

    def recent(self, back: int) -> str:
        """The text of this and up to `back` sentences before it in the same chapter."""
        prose = self.scene.prose
        k = self.number
        while k > 0 and self.number - k < back and prose.sentences[k - 1].chapter == self.sentence.chapter:
            k -= 1
        return prose.text[prose.sentences[k].start : self.sentence.end]

    def on_request(self, upto: int) -> bool:
        """Whether requests are what is spoken of at `upto`, nothing else of the kind named in between."""
        grammar = self.scene.grammar
        last = None
        for last in grammar.request.finditer(self.text, 0, upto):
            pass
        if last is not None:
            return not grammar.distractors.search(self.text, last.end(), upto)
        if grammar.distractors.search(self.text, 0, upto):
            return False
        if self.sentence.request:
            return True
        recent = self.recent(RECENT)[: -len(self.text)]
        last = None
        for last in grammar.request.finditer(recent):
            pass
        return last is not None and not grammar.distractors.search(recent, last.end())

    def meets(self, need: str | None, upto: int) -> bool:
        grammar = self.scene.grammar
        if need is None:
            return True
        if need == "request":
            return self.on_request(upto)
        if need == "normative":
            return "规范性文件" in self.text[:upto]
        if grammar.context.search(self.text, 0, upto):
            return True
        if need == "disclosure":
            return self.sentence.disclosure or self.on_request(upto)
        return bool(grammar.context.search(self.recent(2)))


def read_sentence(scene: Scene, number: int, found: list[Found], findings: list[Finding]) -> None:
    """Append the candidates of sentence `number` to `found`, remarks to `findings`."""
    grammar, prose = scene.grammar, scene.prose
    sentence = prose.sentences[number]
    printed = prose.text[sentence.start : sentence.end]
    if not grammar.heads.search(printed):
        return
    sight = Sight(scene, number, sentence, _mask(printed, grammar))
    figures, separators = _figures(sight.text, grammar)
    if figures and not _stopped(sight.text[: figures[-1].end], grammar.sentence_stops, grammar.stop_free):
        _bind(sight, figures, separators, found, findings)
    _zeros(sight, separators, found)


def _figures(text: str, grammar: Grammar) -> tuple[list[Figure], list[int]]:
    separators = [m.start() for m in grammar.separator.finditer(text)]
    figures: list[Figure] = []
    s = 0
    clause = 0
    for m in grammar.number.finditer(text):
        read = _figure(m, text, grammar)
        while s < len(separators) and separators[s] < m.start():
            clause = separators[s] + 1
            s += 1
        if read is None:
            continue
        value, unit, qualifier, start = read
        after = max(clause, figures[-1].end if figures else 0)
        figures.append(Figure(value, unit, qualifier, start, m.end(), clause, after))
    return figures, separators


def _bind(sight: Sight, figures: list[Figure], separators: list[int], found: list[Found], findings: list[Finding]) -> None:
    """Read each figure by the frames of the metrics whose head nouns stand near it; keep track of wholes and parts."""
    grammar, text = sight.scene.grammar, sight.text
    parents: list[Found] | None = None  # candidates of the whole whose parts are being told
    bracket = False
    whole: list[Found] = []
    whole_end = -1
    for n, figure in enumerate(figures):
        previous = figures[n - 1].end if n else 0
        between = text[previous : figure.start]
        if parents is not None and bracket and "）" in between and "（" not in between[between.index("）") :]:
            parents, bracket = None, False
        child = grammar.children.search(between)
        if whole and (child or (parents is None and between.startswith("（") and "）" not in between)):
            if parents is None or not child:
                bracket = "（" in between
            parents = list(whole)
        after = text[figure.end : figures[n + 1].start if n + 1 < len(figures) else len(text)]
        candidates = _candidates(sight, figure, between, after, n, findings)
        for candidate in candidates:
            if parents is not None:
                candidate.parent = next((p for p in parents if p.metric == candidate.metric), parents[0])
                _carried_in_part(candidate)
        found += candidates
        if parents is None and candidates:
            whole, whole_end = candidates, figure.end
        elif parents is None and figure.unit and whole_end >= 0 and not candidates:
            whole = []


def _carried_in_part(candidate: Found) -> None:
    """受理120件，其中新收100件，上年结转20件: the whole is what was to be handled, the part is what was received."""
    parent = candidate.parent
    if parent is None or candidate.metric != "requests_carried_in" or not candidate.value:
        return
    if parent.metric == "requests_received" or (parent.metric == "requests_closed" and parent.rank == 2):
        parent.metric = "requests_to_handle"


def _candidates(
    sight: Sight, figure: Figure, between: str, after: str, n: int, findings: list[Finding]
) -> list[Found]:
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
    if grammar.reference.search(right[:12]):
        return []
    near = left + right
    if not grammar.heads.search(near) and not grammar.channels.search(text, figure.clause, figure.start):
        return []
    clause = text[figure.clause : figure.start]
    if _negated(clause, grammar):
        return []
    guard = _Guard(sight, figure, clause)
    left = _name_years(left, sight.scene.identity.year)
    right = _name_years(right, sight.scene.identity.year)
    back = left[::-1]
    for metric, pattern in grammar.mixed:
        if (figure.value or figure.unit is None) and pattern.match(back) and not grammar.each.search(left.rstrip()):
            if not guard.look().stopped:
                findings.append(_mixed_finding(sight, figure, metric))
            return []
    out: list[Found] = []
    for metric in grammar.by_unit[figure.unit]:
        for head in metric.heads:
            if head in near:
                break
        else:
            continue
        candidate = _match(sight, figure, metric, left, back, right, guard)
        if candidate is None:
            continue
        out.append(candidate[0])
        if candidate[1]:
            other = _copy(candidate[0], candidate[1])
            out.append(other)
    out = _one_reading(out)
    _channel(sight, figure, back, clause, guard, out)
    if any(c.metric == "requests_received" for c in out) and not any(c.metric == "requests_closed" for c in out):
        received = next(c for c in out if c.metric == "requests_received")
        if CARRIED in left or after.startswith(CARRIED) or grammar.included.search(left):
            received.metric = "requests_to_handle"
        elif received.rank > 1 and figure.value and grammar.all_closed.match(after):
            closed = _copy(received, "requests_closed")
            closed.rank = 1
            out.append(closed)
    return out


def _negated(clause: str, grammar: Grammar) -> bool:
    """Whether a negation governs the figure (未发生一起行政复议): no count then, whatever follows."""
    tail = clause[-8:]
    return any(not grammar.never.match(tail, m.start()) for m in grammar.negation.finditer(tail))


def _name_years(text: str, year: int | None) -> str:
    """The neighbouring years by name, as the frames have them: 结转2024年3件 in a report for 2023 is 结转下年."""
    if year is None or "20" not in text:
        return text
    return text.replace(f"{year + 1}年", "下年").replace(f"{year - 1}年", "上年")


def _one_reading(out: list[Found]) -> list[Found]:
    """Of the readings of one figure those that can hold together: 上年结转申请18件 is no request received, nor is 收办."""
    metrics = {c.metric for c in out}
    if metrics & {"requests_carried_in", "requests_carried_out"}:
        return [c for c in out if c.metric not in ("requests_received", "requests_to_handle", "requests_closed")]
    if "requests_to_handle" in metrics:
        return [c for c in out if c.metric != "requests_received"]
    if "requests_closed" in metrics:
        return [c for c in out if c.metric != "requests_received" or c.rank > 2]
    return out


def _copy(f: Found, metric: str) -> Found:
    return Found(
        metric, f.value, f.unit, f.qualifier, f.rank, f.sentence, f.start, f.end, part_year=f.part_year,
        whole_region=f.whole_region, own_level=f.own_level,
    )  # fmt: skip


class _Guard:
    """What the clause of a figure says about time, body and mood; looked at once and only when a frame fits."""

    __slots__ = (
        "clause", "figure", "looked", "other_year", "own_level", "part", "part_body", "region", "sight", "stopped", "to_date",
        "whole_region",
    )  # fmt: skip

    def __init__(self, sight: Sight, figure: Figure, clause: str) -> None:
        self.sight, self.figure, self.clause, self.looked = sight, figure, clause, False
        self.stopped = self.other_year = self.part = self.to_date = self.part_body = self.region = False
        self.whole_region = self.own_level = False

    def look(self) -> _Guard:
        if self.looked:
            return self
        self.looked = True
        sight, clause = self.sight, self.clause
        grammar, identity = sight.scene.grammar, sight.scene.identity
        before = sight.text[: self.figure.start]
        self.stopped = _stopped(clause, grammar.clause_stops, grammar.stop_free) or bool(
            grammar.spells.search(clause) or grammar.all_time.search(before)
        )
        self.other_year = bool(grammar.other_year.search(clause))
        if identity.year is not None and not self.other_year:
            years = _YEAR.findall(before)
            self.other_year = bool(years) and int(years[-1]) != identity.year
        self.to_date = bool(grammar.to_date.search(before))
        last_part = last_annual = -1
        for m in grammar.part_year.finditer(before):
            last_part = m.end()
        if last_part >= 0:
            for m in grammar.annual.finditer(before):
                last_annual = m.end()
            self.part = last_part > last_annual
        for m in grammar.up_to.finditer(before):
            month, day = m.group("month"), m.group("day")
            if month and not (int(month) == 12 and (day is None or int(day) == 31)):
                self.to_date = True
        self.part_body = bool(grammar.part_bodies.search(clause)) and not grammar.whole_bodies.search(clause)
        self.whole_region = bool(grammar.regions.search(clause))
        self.region = sight.scene.department and self.whole_region and not grammar.own_words.search(clause)
        self.own_level = "本级" in clause
        return self


def _match(
    sight: Sight, figure: Figure, metric: CompiledMetric, left: str, back: str, right: str, guard: _Guard
) -> tuple[Found, str | None] | None:
    """The first frame of `metric` that fits, with the metric for which the figure holds besides."""
    grammar, text = sight.scene.grammar, sight.text
    if figure.unit is None:
        if not metric.unitless or not _bare_number(sight, figure):
            return None
    if metric.not_left and metric.not_left.search(left):
        return None
    if metric.not_right and metric.not_right.match(right):
        return None
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
        rank = _rank(sight, figure, metric, frame.rank, left, end, guard)
        if rank < 1:
            return None
        base = sight.sentence.start
        return (
            Found(
                metric.entry.metric, figure.value, figure.unit, figure.qualifier, rank, sight.number, base + figure.start,
                base + figure.end, part_year=guard.to_date, whole_region=guard.whole_region,
                own_level=guard.own_level,
            ),
            frame.also,
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
    if frame.split(" ")[0].rstrip("?*+") in ("publish", "publish_own", "receive", "receive_only", "finish", "handle", "hold", "hold_own"):
        return False
    before = left[: len(left) - length].rstrip()
    return len(before) > 2 and before[-1] in "、和及与" and not before.endswith(("涉及", "以及", "参与"))


def _rank(
    sight: Sight, figure: Figure, metric: CompiledMetric, rank: int, left: str, length: int, guard: _Guard
) -> int:
    """`rank` of a frame after what stands round it, 0 for none."""
    grammar, text = sight.scene.grammar, sight.text
    name = metric.entry.metric
    if guard.part:
        return 0
    if metric.entry.total and figure.value and grammar.share.match(text, figure.end):
        return 0
    clause = grammar.site.sub("", guard.clause)
    if name == "proactive_disclosures":
        scope = clause if rank >= 3 else grammar.site.sub("", text[: figure.start])
        if grammar.topics.search(scope):
            return 0
        if rank <= 2 and grammar.site.search(guard.clause):
            rank = 3
    elif name == "policy_interpretations":
        others = {grammar.channel_of[m.group()] for m in grammar.channels.finditer(text, 0, figure.start)}
        others -= {"proactive_via_website"}
        rank -= 2 if "proactive_via_gazette" in others else bool(others)
        rank = max(rank, 1)
    if metric.entry.unit in ("information", "request", "interpretation"):
        subject = left[: len(left) - length]
        named = grammar.body_end.search(subject)
        if named and not any(own.endswith(named.group(1)[-4:]) for own in sight.scene.own_names):
            if grammar.part_bodies.search(text):
                return 0
            rank = max(rank - 2, 1)
    return rank


def _channel(sight: Sight, figure: Figure, back: str, clause: str, guard: _Guard, out: list[Found]) -> None:
    """Make a candidate through one channel a channel's figure too; a list of channels is no channel (P3)."""
    grammar, text = sight.scene.grammar, sight.text
    if figure.unit is None or figure.unit not in grammar.entry.units["channel"]:
        return
    scope = clause
    at = figure.clause - 1
    if not grammar.channels.search(scope) and at > 0 and text[at] == "，":
        start = max(text.rfind(mark, 0, at) for mark in "，；（）。") + 1
        before = text[start:at]
        if before.lstrip().startswith(("通过", "依托", "利用", "借助", "其中通过", "其中，通过")) and not re.search(r"\d", _YEARS.sub("", before)):
            scope = before + "，" + clause
    names = {grammar.channel_of[m.group()]: m.end() for m in grammar.channels.finditer(scope)}
    total = next((c for c in out if c.metric == "proactive_disclosures"), None)
    if len(names) != 1 or grammar.several.search(scope):
        if total is not None and len(names) > 1 and total.rank <= 2:
            out.remove(total)
        return
    channel = next(iter(names))
    if guard.look().stopped or guard.part or guard.other_year or guard.part_body or guard.region:
        return
    site = bool(grammar.site.search(scope))
    if total is not None:
        total.channel, total.site = channel, site
    m = grammar.channel_fill.match(back)
    if channel == "other" or (m is None and total is None):
        if total is not None and channel == "other":
            total.rank = min(total.rank, 2)
        return
    if grammar.topics.search(grammar.site.sub("", scope)):
        return
    if any(c.metric not in ("proactive_disclosures",) for c in out):
        return
    base = sight.sentence.start
    out.append(
        Found(
            channel, figure.value, figure.unit, figure.qualifier, 3, sight.number, base + figure.start, base + figure.end,
            part_year=guard.to_date, channel=channel, site=site,
        )
    )  # fmt: skip


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


def _zeros(sight: Sight, separators: list[int], found: list[Found]) -> None:
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
        region = text[m.end() : region_end]
        if len(region) > MAX_CLAUSE * 2 or grammar.double.search(region):
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


def _zero_stopped(sight: Sight, before: str) -> bool:
    grammar = sight.scene.grammar
    if _stopped(before, grammar.clause_stops, grammar.stop_free) or grammar.spells.search(before):
        return True
    if grammar.other_year.search(before) or grammar.part_year.search(before) or grammar.part_bodies.search(before):
        return True
    year = sight.scene.identity.year
    years = _YEAR.findall(before)
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
    items = [i for i in grammar.joint.split(region) if i and i.strip()]
    for metric in grammar.metrics:
        if metric.zero is None:
            continue
        verb = metric.zero_verb.match(region.lstrip()) if metric.zero_verb else None
        if not alone and verb is None:
            continue
        if metric.entry.verb_needed and metric.zero_verb and not metric.zero_verb.search(region):
            continue
        for n, item in enumerate(items):
            tail = item.rstrip()
            if n == 0 and verb and tail.startswith(verb.group()) and not listed:
                tail = tail[len(verb.group()) :]
            m = metric.zero.match(tail[::-1])
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


def _zero_fits(sight: Sight, metric: CompiledMetric, before: str, head: str) -> bool:
    """Whether `head`, the end of an item of a negated list, means the metric; `before` is what stands before it there."""
    grammar = sight.scene.grammar
    name = metric.entry.metric
    end = len(sight.text)
    if head in metric.loose and not sight.meets(metric.entry.zero_needs, end):
        return False
    if metric.not_left and metric.not_left.search(before):
        return False
    if name == "requests_received":
        channel = metric.not_ahead is not None and not head.startswith("申请公开") and metric.not_ahead.search(before.rstrip("的"))
        return not channel and not grammar.distractors.search(before) and not any(w in before for w in grammar.entry.words["other_cases"])
    if name in ("requests_carried_in", "requests_carried_out"):
        return sight.meets("request", end)
    return True


def _each(sight: Sight, separators: list[int], found: list[Found]) -> None:
    """行政复议、行政诉讼各1件: one figure for each head of the list."""
    grammar, text = sight.scene.grammar, sight.text
    if not grammar.each_figure.search(text):
        return
    for m in grammar.number.finditer(text):
        read = _figure(m, text, grammar)
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
