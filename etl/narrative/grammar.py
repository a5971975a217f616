"""narrative.yml compiled: word classes become alternations, frames become patterns round a number.

Left sides are matched backwards, from the number to the left, on the reversed text: one anchored match instead of a search.
All repetitions are bounded by a clause (at most MAX_CLAUSE characters), so matching stays linear in the text.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from dataclasses import dataclass

from etl.registry import Frame, Narrative, NarrativeMetric, load_narrative

MASK = "□"  # stands for titles 《…》, quoted names and brackets without figures, one for each character
CARRIED = "⊕"  # stands for （含上年结转）
ACCOUNT = "新媒体"  # stands for the quoted name of an account or platform
MAX_CLAUSE = 90
_OTHER = r"[^，；。（）：\d\n]"


# The metrics of which the rules of DOMAIN F.7 speak by name; all others are known by their entries alone.
TOTAL, SITE, COMPLAINTS = "proactive_disclosures", "proactive_via_website", "complaints_total"
RECEIVED, CARRIED_IN, TO_HANDLE, CLOSED = (
    "requests_received", "requests_carried_in", "requests_to_handle", "requests_closed",
)  # fmt: skip


def one_of(words: Iterable[str]) -> str:
    """An alternation of literal words, the longest first."""
    return "(?:" + "|".join(re.escape(w) for w in sorted(set(words), key=lambda w: (-len(w), w))) + ")"


def any_of(words: Iterable[str]) -> re.Pattern[str]:
    return re.compile(one_of(words))


@dataclass(slots=True)
class CompiledFrame:
    frame: Frame
    units: frozenset[str] | None
    left: re.Pattern[str] | None  # to be matched on the reversed left side
    right: re.Pattern[str] | None


@dataclass(slots=True)
class CompiledMetric:
    entry: NarrativeMetric
    units: frozenset[str]
    unitless: bool
    heads: tuple[str, ...]
    frames: list[CompiledFrame]
    not_left: re.Pattern[str] | None
    not_right: re.Pattern[str] | None
    not_ahead: re.Pattern[str] | None
    zero: re.Pattern[str] | None  # matched on a reversed item of a list
    loose: frozenset[str]
    zero_verb: re.Pattern[str] | None


@dataclass(slots=True)
class Grammar:
    entry: Narrative
    metrics: list[CompiledMetric]
    by_metric: dict[str, CompiledMetric]
    by_unit: dict[str | None, list[CompiledMetric]]
    requests: frozenset[str]  # metrics that count requests
    carried: frozenset[str]  # those that count them from one year into another
    hedges_before: tuple[tuple[str, str], ...]  # spelling and qualifier, the longest first
    each_figure: re.Pattern[str]
    gate: re.Pattern[str]  # one class of characters; every sentence with a figure or a negation has one of them
    gate_words: re.Pattern[str]
    figure: re.Pattern[str]
    number: re.Pattern[str]
    mask: re.Pattern[str]
    separator: re.Pattern[str]
    fill: re.Pattern[str]
    heads: re.Pattern[str]
    zero_heads: re.Pattern[str]
    closed: re.Pattern[str]
    open: re.Pattern[str]
    on_request: re.Pattern[str]
    on_disclosure: re.Pattern[str]
    negation: re.Pattern[str]
    never: re.Pattern[str]
    double: re.Pattern[str]
    refused_too: re.Pattern[str]  # the end of 没有申请公开和不予公开政府信息的情况
    joint: re.Pattern[str]
    stated: re.Pattern[str]
    each: re.Pattern[str]
    children: re.Pattern[str]
    share: re.Pattern[str]
    topics: re.Pattern[str]
    attributes: re.Pattern[str]
    produced: re.Pattern[str]
    own_motion: re.Pattern[str]
    by_request: re.Pattern[str]  # 依申请公开6条, a part of what was published
    disclosed_part: re.Pattern[str]  # 行政复议20件，其中涉及政府信息公开3件: the 20 are of all kinds
    principal: re.Pattern[str]
    unrelated: re.Pattern[str]  # behind a figure: its cases have nothing to do with disclosure
    way_request: re.Pattern[str]  # requests made in one way
    handled_cases: re.Pattern[str]  # 办理行政复议案件20件，行政应诉案件5件: of a body that decides them
    annual_words: re.Pattern[str]
    own_level: re.Pattern[str]
    normative: re.Pattern[str]
    object: re.Pattern[str]
    cumulative: re.Pattern[str]
    this_year: re.Pattern[str]
    means: re.Pattern[str]
    reference: re.Pattern[str]
    several: re.Pattern[str]
    several_topics: re.Pattern[str]  # the same, unless they stand behind the verb of publishing
    open_column: re.Pattern[str]
    of_the_year: re.Pattern[str]  # the whole clause of a part that names its year and what was done in it
    sort: re.Pattern[str]  # 政务类信息34条 with the next sort behind it, 概况类信息150条
    next_sort: re.Pattern[str]
    account: re.Pattern[str]  # the quoted name of an account (“云岭发布”) or platform, no channel named behind it
    issues: re.Pattern[str]  # 发布信息294期1014条: the items count
    stated_period: re.Pattern[str]
    clause_stops: re.Pattern[str]
    sentence_stops: re.Pattern[str]
    stop_free: re.Pattern[str]
    other_year: re.Pattern[str]
    all_time: re.Pattern[str]
    part_year: re.Pattern[str]
    spells: re.Pattern[str]
    annual: re.Pattern[str]
    up_to: re.Pattern[str]
    to_date: re.Pattern[str]
    part_bodies: re.Pattern[str]
    whole_bodies: re.Pattern[str]
    regions: re.Pattern[str]
    own_words: re.Pattern[str]
    body_end: re.Pattern[str]
    request: re.Pattern[str]
    context: re.Pattern[str]
    distractors: re.Pattern[str]
    channels: re.Pattern[str]
    channel_of: dict[str, str]
    beside_requests: re.Pattern[str]  # 网民留言和依申请公开: requests joined to what is none
    beside: re.Pattern[str]  # a channel joined to another that may be no known one (某某融媒和微信公众号)
    channel_fill: re.Pattern[str]
    account_fill: re.Pattern[str]
    every_applicant: re.Pattern[str]
    counted_channel: re.Pattern[str]  # a channel with a count, of whatever it is
    column: re.Pattern[str]  # the site named by one of its columns
    site_word: re.Pattern[str]
    channel_tail: re.Pattern[str]  # a quoted name that ends with a channel's
    channel_end: re.Pattern[str]
    site: re.Pattern[str]
    mixed: list[tuple[str, re.Pattern[str]]]
    all_closed: re.Pattern[str]
    not_done: re.Pattern[str]
    outcomes: re.Pattern[str]
    outcome_of: dict[str, str]
    outcome_end: re.Pattern[str]  # on a reversed item of a list
    respectively: re.Pattern[str]
    cause: re.Pattern[str]
    publishes: re.Pattern[str]
    sum_words: re.Pattern[str]
    enforcement: re.Pattern[str]
    included: re.Pattern[str]
    new: re.Pattern[str]


def _step(step: str, words: dict[str, tuple[str, ...]], backwards: bool) -> str:
    if step.startswith("~"):
        other = _OTHER if backwards else _OTHER.replace("、", "").replace("[^", "[^、")
        return f"{other}{{0,{int(step[1:])}}}?"
    if step.startswith("^"):
        item = r"[^，；。（）：、\d\n]{1,20}"
        return rf"{item}、{item}、{_OTHER}{{0,{int(step[1:])}}}?"
    name = step.rstrip("?*+")
    mark = step[len(name) :]
    alternatives = words[name]
    if not alternatives:
        return ""
    body = one_of(w[::-1] for w in alternatives) if backwards else one_of(alternatives)
    if mark == "+":
        joint = "(?:并|和|及|与|、|，)"
        return f"(?:(?:{joint}?{body}){{1,3}})" if backwards else f"(?:(?:{body}{joint}?){{1,3}})"
    return {"": body, "?": f"(?:{body})?", "*": f"(?:(?:{body}(?:{MASK}++)?){{0,4}})"}[mark]


def _frame(frame: Frame, entry: Narrative, fill_back: str) -> CompiledFrame:
    left = right = None
    if frame.left:
        steps = frame.left.split()
        tail = fill_back if frame.right is None else rf"(?:[了的共约\s]|{MASK}++){{0,4}}"
        left = re.compile(tail + rf"(?:\s|等?{MASK}++)?".join(_step(s, entry.words, True) for s in reversed(steps)))
    if frame.right:
        right = re.compile(
            rf"[\s的{MASK}]{{0,3}}"
            + rf"(?:\s|{MASK}++等?)?".join(_step(s, entry.words, False) for s in frame.right.split())
        )
    return CompiledFrame(frame, frozenset(entry.units[frame.unit]) if frame.unit else None, left, right)


def _metric(metric: NarrativeMetric, entry: Narrative, fill_back: str) -> CompiledMetric:
    tails = one_of(w[::-1] for w in entry.negation.tails)
    loose = {w for name in metric.zero_loose for w in entry.words[name]}
    zero = [w[::-1] for w in sorted(loose | {w for name in metric.zero for w in entry.words[name]})]

    def classes(names: tuple[str, ...]) -> re.Pattern[str] | None:
        return any_of(w for name in names for w in entry.words[name]) if names else None

    return CompiledMetric(
        entry=metric,
        units=frozenset(entry.units[metric.unit]),
        unitless=metric.unit in entry.unitless,
        heads=metric.heads,
        frames=[_frame(f, entry, fill_back) for f in metric.frames],
        not_left=classes(metric.not_left),
        not_right=classes(metric.not_right),
        not_ahead=re.compile(rf"{one_of(w for name in metric.not_ahead for w in entry.words[name])}[类版式]?$")
        if metric.not_ahead
        else None,
        zero=re.compile(rf"(?:[\s{MASK}”]|{tails}){{0,5}}(?P<head>{one_of(zero)})") if zero else None,
        loose=frozenset(loose),
        zero_verb=any_of(metric.zero_verbs) if metric.zero_verbs else None,
    )


def _channel_fill(entry: Narrative, fill_back: str, *articles: str, names: tuple[str, ...] = ()) -> re.Pattern[str]:
    """What may stand between a channel's verb and its number, read backwards; `names`: channels named there (推送微信文章9篇)."""
    words = entry.words
    article = one_of(w[::-1] for name in articles for w in words[name])
    kind, verb = (one_of(w[::-1] for w in words[name]) for name in ("of_kind", "publish_channel"))
    name = f"(?:{one_of(w[::-1] for n in names for w in entry.channels[n])})?" if names else ""
    return re.compile(rf"{fill_back}(?:{article})?{name}(?:{kind}){{0,4}}(?P<verb>{verb})")


def _number(entry: Narrative) -> str:
    units = one_of(u for group in entry.units.values() for u in group)
    stops = one_of(entry.unit_stops)
    inside = one_of(w for h in entry.hedges.values() for w in h.inside)
    after = one_of(w for h in entry.hedges.values() for w in h.after)
    scale = one_of(entry.scales)
    # the first character is taken apart: a pattern that begins with one class of characters is searched fastest
    arabic = (
        rf"\d{{0,2}}(?:[,，]\d{{3}})+(?!\d)|\d{{0,2}}(?: \d{{3}})+(?=\s?(?:{inside}|{scale}|{units}))|\d*(?:\.\d+)?"
    )
    rest = rf"\s?(?P<in1>{inside})?\s?(?P<scale>{scale})?\s?(?P<in2>{inside})?"
    unit = rf"(?!{stops})(?P<unit>{units})"
    return (
        rf"[\d{entry.numerals}]"
        rf"(?:(?<=\d)(?P<digits>{arabic}){rest}(?:\s?{unit})?"
        rf"|(?<=[{entry.numerals}])(?P<words>[{entry.numerals}]{{0,11}})(?P<in3>{inside})?(?P<wordscale>万|亿)?"
        rf"(?P<in4>{inside})?(?!{stops})(?P<wordunit>{units}))\s?(?P<after>{after})?"
    )


@functools.cache
def load_grammar() -> Grammar:
    """The compiled registry, made once in a process. Raises RegistryError."""
    return compile_grammar(load_narrative())


def compile_grammar(entry: Narrative) -> Grammar:
    """All patterns of `entry`. Pure: tests compile changed registries with it."""
    words, neg = entry.words, entry.negation
    fill_words = [w[::-1] for w in entry.fill]
    fill_back = rf"(?:\s|{MASK}++|{CARRIED}++|{one_of(fill_words)}){{0,7}}"
    metrics = [_metric(m, entry, fill_back) for m in entry.metrics]
    heads = sorted({h for m in entry.metrics for h in m.heads})
    zero_heads = sorted({w for m in entry.metrics for name in (*m.zero, *m.zero_loose) for w in words[name]})
    negation = one_of(neg.words)
    units = one_of(u for group in entry.units.values() for u in group)
    months = r"(?:\d{1,2}|[一二三四五六七八九十]{1,2})月份|(?<!\d)(?!1\s?[-—~至到]\s?12)\d{1,2}\s?[-—~至到]\s?\d{1,2}月(?!\s?\d)"
    outcome_of = {w: m.metric for m in entry.metrics if m.outcome for w in words[m.outcome]}
    tails = one_of(w[::-1] for w in words["outcome_tail"])
    channel_of = {w: metric for metric, names in entry.channels.items() for w in names}
    return Grammar(
        entry=entry,
        metrics=metrics,
        by_metric={m.entry.metric: m for m in metrics},
        by_unit={
            None: [m for m in metrics if m.unitless],
            **{u: [m for m in metrics if u in m.units] for group in entry.units.values() for u in group},
        },
        requests=frozenset(m.metric for m in entry.metrics if m.unit in ("request", "application")),
        carried=frozenset(m.metric for m in entry.metrics if m.other_year),
        hedges_before=tuple(
            sorted(((w, name) for name, h in entry.hedges.items() for w in h.before), key=lambda x: (-len(x[0]), x))
        ),
        each_figure=re.compile(rf"{one_of(neg.each)}\s?[\d{entry.numerals}]"),
        gate=re.compile(
            rf"[\d{''.join(sorted({w[0] for w in (*neg.words, *entry.negation.stated)} - set(entry.numerals)))}零〇]"
        ),
        gate_words=re.compile(rf"[{entry.numerals}][万亿]?[余多]?{units}"),
        figure=re.compile(rf"\d\s?{units}"),
        number=re.compile(_number(entry)),
        mask=re.compile(r"《[^《》。]{1,80}》|“[^“”。]{1,40}”|\"[^\"。]{1,40}\"|（[^（）]{1,40}）"),
        separator=re.compile(r"(?<!\d)，|，(?!\d{3}(?!\d))|[；（）]"),
        fill=re.compile(rf"(?:[\s{MASK}、]|{one_of(entry.fill)})*$"),
        heads=any_of(heads),
        zero_heads=any_of(zero_heads),
        closed=any_of(entry.sections.closed),
        open=any_of(entry.sections.open),
        on_request=any_of(entry.sections.request),
        on_disclosure=any_of(entry.sections.disclosure),
        negation=re.compile(negation),
        never=any_of(neg.never),
        double=any_of(neg.double),
        refused_too=re.compile(rf"{one_of(neg.joints)}{one_of(words['denied'])}[^，；、]{{0,30}}$"),
        joint=re.compile(one_of(neg.joints) + r"|(?<=复议)(?=行政诉讼|诉讼|被)|(?<=诉讼)(?=行政复议|复议|举报|投诉)"),
        stated=re.compile(one_of(neg.stated) + rf"(?:\s?{units})?(?=[，；。）]|$)"),
        each=re.compile(one_of(neg.each) + r"$"),
        children=any_of(entry.children),
        share=re.compile(rf"[，（、]?\s?{one_of(entry.share)}"),
        topics=any_of(entry.topics),
        attributes=any_of(entry.attributes),
        produced=any_of(words["produced"]),
        own_motion=any_of(words["publish_own"]),
        by_request=re.compile(rf"[，、；：（\s]*{one_of(words['by_request'])}[^，。；\d]{{0,6}}\d"),
        disclosed_part=re.compile(
            rf"[，（]\s?其中[^，。；]{{0,12}}(?:{one_of(words['about'])}|\d\s?[件起宗例][^，。；]{{0,3}}[与和])"
            rf"[^，。；]{{0,4}}{one_of(words['disclosure_noun'])}"
            rf"|[，（]\s?[^，。；\d]{{0,4}}(?:{one_of(words['about'])}|因|由)[^，。；\d]{{0,4}}{one_of(words['disclosure_noun'])}[^，。；\d诉复]{{0,8}}\d"
        ),
        principal=any_of(words["principal"]),
        unrelated=re.compile(
            rf"，[^，。；\d]{{0,4}}(?:与[^，。；\d]{{0,4}}{one_of(words['disclosure_noun'])}[^，。；\d]{{0,4}}{one_of(words['unrelated'])}"
            rf"|{one_of(words['unrelated'])}[^，。；\d]{{0,4}}{one_of(words['disclosure_noun'])})"
        ),
        way_request=re.compile(
            rf"{one_of(w for name in ('in_writing', 'in_person', 'by_fax', 'by_mail', 'online') for w in words[name])}"
            rf"(?:{one_of(words['disclosure_noun'])})?申请"
        ),
        handled_cases=re.compile(
            rf"{one_of(words['handled'])}[^，。；]{{0,8}}{one_of((*words['review'], *words['litigation']))}[^，。；、]{{0,8}}[，、；][^，。；]{{0,10}}$"
        ),
        annual_words=any_of(entry.annual),
        own_level=any_of(entry.own_level),
        normative=any_of(words["normative"]),
        object=re.compile(
            rf"{one_of(words['publish'])}(?:{one_of(words['of_kind'])}){{0,4}}{one_of(words['government_information'])}"
        ),
        cumulative=any_of(entry.cumulative),
        this_year=re.compile(rf"{one_of(entry.this_year)}|20\d\d\s?年"),
        means=any_of(entry.means),
        reference=re.compile(rf"[^，。；：、]{{0,10}}{one_of(entry.reference)}"),
        several=any_of(entry.several),
        several_topics=any_of(words["several_topics"]),
        open_column=any_of(words["open_column"]),
        of_the_year=re.compile(
            rf"(?:{one_of(words['of_the_year'])})*(?:{one_of(entry.this_year)}|20\d\d\s?年)"
            rf"(?:[^，；。]{{0,30}}(?={one_of(words['publish'])}))?(?:{one_of(words['of_the_year'])})*\s*$"
        ),
        sort=re.compile(rf"(?<![各等多种]){one_of(words['sort_end'])}$"),
        next_sort=re.compile(
            rf"[，、；]\s?(?!{one_of(entry.children)})[^，、；各等]{{1,12}}{one_of(words['sort_end'])}\s*"
        ),
        account=re.compile(
            rf"[“\"](?![^“”\"]*(?:{'|'.join(words['not_account'])}))[^“”\"]{{1,20}}"
            rf"(?:{one_of(words['account_end'])}[”\"](?!{one_of((*channel_of, *words['account_goes_on']))})|[”\"](?=平台))"
        ),
        issues=re.compile(
            rf"(?<!\d)\d{{1,5}}\s?期(?=、?(?:共|{one_of(words['publish_channel'])}|{one_of(words['channel_article'])}|信息){{0,3}}\s?\d[\d,]{{0,8}}\s?余?[条篇则])"
        ),
        stated_period=re.compile(rf"{one_of(words['stated_period'])}[^。]{{0,40}}?1\s?月\s?1\s?日"),
        clause_stops=any_of(entry.clause_stops),
        sentence_stops=any_of(entry.sentence_stops),
        stop_free=any_of(entry.stop_free),
        other_year=re.compile(rf"{one_of(entry.other_year)}(?!度?末?{one_of(entry.other_year_free)})"),
        all_time=re.compile(
            rf"{one_of(entry.all_time)}|(?:{one_of(words['all_years'])}|自20\d\d年[^，。；]{{0,12}}以来)"
            rf"(?!.*{one_of(entry.children)}[，：]?\s?(?:{one_of(words['own_year'])}|20\d\d\s?年))"
        ),
        part_year=re.compile(rf"{one_of(entry.part_year)}|{months}"),
        spells=any_of(entry.spells),
        annual=re.compile(rf"{one_of(entry.annual)}|20\d\d\s?年度?(?!{one_of(entry.part_year)}|\s?\d)"),
        up_to=re.compile(
            rf"{one_of(entry.up_to)}(?:(?P<year>20\d\d)\s?年)?(?:(?P<month>\d{{1,2}})\s?月)?(?:(?P<day>\d{{1,2}})\s?日|(?P<end>底|末))?"
        ),
        to_date=any_of(entry.to_date),
        part_bodies=any_of(entry.part_bodies),
        whole_bodies=any_of(entry.whole_bodies),
        regions=any_of(entry.regions),
        own_words=any_of(entry.own_words),
        body_end=re.compile(
            rf"([\u4e00-\u9fff]{{1,14}}{one_of(entry.body_ends)})(?:共|累计|全年|本年度|共计|总计|已|\s|{MASK})*$"
        ),
        request=any_of([*words["request"], *words["request_zero"]]),
        context=any_of(entry.disclosure_context),
        distractors=any_of(entry.distractors),
        channels=any_of(channel_of),
        counted_channel=re.compile(
            rf"({one_of(channel_of)})[^，；\d]{{0,20}}\d[\d,]{{0,8}}\s?余?{one_of(entry.units['told_alone'])}"
        ),
        column=re.compile(rf"{one_of(entry.channels[SITE])}(?:(?<={')|(?<='.join(words['column_end'])}))"),
        site_word=any_of(entry.channels[SITE]),
        channel_tail=re.compile(rf"{one_of(channel_of)}$"),
        channel_of=channel_of,
        channel_end=re.compile(
            rf"{one_of(channel_of)}(?<!{')(?<!'.join(words['column_end'])})(?:上|平台|等)?(?:{one_of(entry.fill)}|\s|{MASK}++){{0,3}}$"
        ),
        beside_requests=re.compile(
            rf"{one_of(entry.distractors)}[^，；、和及与]{{0,6}}(?:以及|[、和及与]){one_of(words['request'])}"
        ),
        beside=re.compile(
            rf"[、和及与](?:各类|各种|各|其他)?{MASK}*{one_of(channel_of)}|{one_of(channel_of)}(?:平台)?[、和及与]"
        ),
        channel_fill=_channel_fill(entry, fill_back, "government_information", "information", "channel_article"),
        account_fill=_channel_fill(
            entry, fill_back, "account_article", "channel_article", "information", names=entry.accounts
        ),
        every_applicant=re.compile(
            rf"{one_of(words['persons'])}(?:{one_of(neg.joints)}){one_of(('法人', '企业', '组织', '单位'))}"
        ),
        site=any_of(words["disclosure_site"]),
        mixed=[
            (
                m.metric,
                re.compile(
                    rf"{fill_back}(?:{one_of(t[::-1] for t in (*words['interpretation_tail'], *words['case_tail'], *words['outcome_tail']))}){{0,2}}{one_of(w[::-1] for w in m.words)}"
                ),
            )
            for m in entry.mixed
        ],
        all_closed=re.compile(
            rf"(?:[^\d。；]|\d{{1,4}}(?=[年月日])){{0,20}}?{one_of(entry.all_closed)}(?P<how>[^\d，。；]{{0,32}}?){one_of(words['done'])}"
            r"(?!其中)(?=[^\d，。；（）]{0,8}(?:[，。；（）]|$))"  # 已答复其中18件 is not all
        ),
        not_done=any_of(words["not_done"]),
        enforcement=any_of(words["enforcement"]),
        outcomes=any_of(outcome_of),
        outcome_of=outcome_of,
        outcome_end=re.compile(rf"(?:{tails}){{0,2}}(?P<head>{one_of(w[::-1] for w in outcome_of)})"),
        cause=any_of(words["cause"]),
        respectively=any_of(words["respectively"]),
        publishes=any_of(words["publish_channel"]),
        sum_words=re.compile(rf"[\s，；]*(?:{one_of(words['sum'])}\s?)+$"),
        included=any_of(entry.included),
        new=any_of(words["new"]),
    )
