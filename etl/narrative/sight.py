"""What one sentence looks like to the readers: masked text, figures with value, unit and hedge, what is spoken of."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from etl.model import Identity
from etl.narrative.grammar import ACCOUNT, CARRIED, MASK, RECEIVED, TOTAL, Grammar
from etl.narrative.prose import Prose, Sentence
from etl.registry import load_identify

MAX_DIGITS = 12
RECENT = 3  # sentences back within which requests, once named, are still what is spoken of
_PERCENT = re.compile(r"\s?(?:[%‰％]|个?百分点)")
_BAD_BEFORE = re.compile(r"(?:第|[\d.\-—~〔\[/A-Za-z第]|\d[至到])$")
YEAR = re.compile(
    r"(?<![较比同与于\d])(?<!结转)(?<!结转至)(?<!结转到)(?<!转入)(?<!转至)(20\d\d)\s?年(?!.{0,3}(?:相比|同期|结转))"
)
_FIELD = re.compile("[\u4e00-\u9fff]{2,6}(?=(?:政府|政务|行政)信息)")
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
    in_table: dict[str, float] = field(default_factory=dict)  # table 3's totals: a check on what is concluded
    told: tuple[int, list[Found]] | None = None  # the last sentence that told a whole, and what it told
    part_year: bool = field(init=False)  # the report says of itself that it covers less than its year
    own_part: frozenset[str] = field(init=False)  # the words for the part that it covers (上半年)

    @property
    def period_stated(self) -> bool:
        """Whether the report says from which day its figures count (统计期限自2023年1月1日起)."""
        return self.grammar.stated_period.search(self.prose.text) is not None

    def __post_init__(self) -> None:
        agency = self.identity.agency or ""
        self.department = bool(agency) and not agency.endswith(self.grammar.entry.government_ends)
        year, period = self.identity.year, self.identity.period
        self.part_year = bool(year and period and tuple(period) != (f"{year}-01-01", f"{year}-12-31"))
        spans = load_identify().part_year.items() if self.part_year and period else ()
        self.own_part = frozenset(w for w, (a, b) in spans if tuple(period or ()) == (f"{year}-{a}", f"{year}-{b}"))
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
    joint: tuple[str, ...] = ()  # the channels named together where there are several
    whole_region: bool = False
    own_level: bool = False
    derived: bool = False  # not printed for this metric, concluded (均已办结)
    cumulative: bool = False  # counted up to a day (截至年底累计), from nobody says when


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


def mask(text: str, grammar: Grammar) -> str:
    """`text` with titles, quoted names and brackets that hold no figure replaced, character for character."""

    def replace(m: re.Match[str]) -> str:
        body = m.group()
        if body[0] in '“"' and (grammar.outcomes.fullmatch(body[1:-1]) or grammar.channels.fullmatch(body[1:-1])):
            return f" {body[1:-1]} "  # “不予公开”的1件, “双微”平台
        named = grammar.channel_tail.search(body, 1, len(body) - 1) if body[0] in '“"' else None
        if named:
            return MASK * named.start() + named.group() + MASK  # 在“今日头条”发布69条
        if grammar.account.match(text, m.start()):
            return MASK * (len(body) - len(ACCOUNT)) + ACCOUNT  # “云岭发布”发布信息459条: no total
        other = grammar.distractors.search(body) if body[0] in '“"' else None
        if other and not other.group().isdigit():  # “便民咨询”栏目 takes no requests; “12345” is no figure
            return MASK * other.start() + other.group() + MASK * (len(body) - other.end())
        if body[-2] == "网":
            return MASK * (len(body) - 2) + "网" + MASK  # 在“云岭金盾网”更新信息: the site
        if body[0] == "（":
            if grammar.included.search(body) and not re.search(r"\d", body):
                return CARRIED * len(body)
            if (
                re.search(r"\d", body)
                or any(w in body for w in grammar.entry.not_whole)
                or grammar.negation.search(body)
            ):
                return body
            return MASK * len(body)
        return MASK * len(body)

    return grammar.mask.sub(replace, text) if any(c in text for c in '《“（"') else text


def read_figure(m: re.Match[str], text: str, grammar: Grammar) -> tuple[float, str | None, str, int] | None:
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
    if _PERCENT.match(text, m.end()) or text.startswith(
        ("年", "月", "日", "时", "号", "版", "级", "楼", "室", "字"), m.end()
    ):
        return None
    if m.group("digits") is not None:
        digits = text[first : m.end("digits")]
        if len(digits) > MAX_DIGITS or (len(digits) > 1 and digits[0] == "0" and digits[1] != "."):
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


def name_years(text: str, year: int | None) -> str:
    """The neighbouring years by name, as the frames have them: 结转2024年3件 in a report for 2023 is 结转下年."""
    if year is None or "20" not in text:
        return text
    return text.replace(f"{year + 1}年", "下年").replace(f"{year - 1}年", "上年")


def own_field(text: str, names: tuple[str, ...]) -> str:
    """`text` without the body's own field before 政府信息: a police bureau's 公安政府信息 is no single topic."""

    def drop(m: re.Match[str]) -> str:
        before = m.group()
        longest = (n for n in range(len(before), 1, -1) if any(before[-n:] in name for name in names))
        return before[: -next(longest, 0) or None]

    return _FIELD.sub(drop, text)


def stopped(text: str, pattern: re.Pattern[str], free: re.Pattern[str]) -> bool:
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
    whole: str | None = None  # the metric whose parts are being told
    channelled: bool = False  # a channel's figure was told before: 微博200条 goes on with the list

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
        ends = [m.end() for m in grammar.request.finditer(self.text, 0, upto)]
        if ends:
            return not grammar.distractors.search(self.text, ends[-1], upto)
        if grammar.distractors.search(self.text, 0, upto):
            return False
        if self.sentence.request:
            return True
        recent = self.recent(RECENT)[: -len(self.text)]
        ends = [m.end() for m in grammar.request.finditer(recent)]
        return bool(ends) and not grammar.distractors.search(recent, ends[-1])

    def meets(self, need: str | None, upto: int) -> bool:
        grammar = self.scene.grammar
        if need is None:
            return True
        if need == "request":
            return self.on_request(upto)
        if need == "outcome":
            told = self.scene.told
            counted = told is not None and told[0] == self.number and told[1][0].metric in grammar.requests
            return counted or self.whole in grammar.requests or self.on_request(upto)
        if need == "part":
            return self.whole == TOTAL
        if need == "received":
            return self.whole == RECEIVED
        if need == "object":
            named = grammar.object.search(self.text, 0, upto)
            return bool(named) and len(grammar.figure.findall(self.text, 0, upto)) == 1
        if need == "normative":
            return bool(grammar.normative.search(self.text, 0, upto))
        if grammar.context.search(self.text, 0, upto):
            return True
        if grammar.enforcement.search(self.text, 0, upto):
            return False  # 行政许可415件、行政处罚7件、行政复议1件
        if need == "disclosure":
            return self.sentence.disclosure or self.on_request(upto)
        return bool(grammar.context.search(self.recent(2)))
