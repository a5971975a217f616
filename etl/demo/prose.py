"""The narrative of a fictional report: paragraphs, and what they state.

Sentences are templates of data/registry/demo.yml (the syntax is described there). Whatever a template prints for a metric is
recorded as it is printed, so the truth never depends on reading the text back.
"""

from __future__ import annotations

import functools
import random
import re
from dataclasses import dataclass

from etl.demo.figures import Agency, Figures
from etl.registry import DemoZero, load_demo


@dataclass(frozen=True)
class Stated:
    """One figure that the prose prints. `part` holds a stated part's own words; `unit` is the printed counter."""

    metric: str
    value: int | float
    unit: str | None
    qualifier: str = "exact"
    part: str | None = None


@dataclass(frozen=True)
class _Slot:
    kind: str  # word, noise, figure
    name: str
    style: str = ""
    part: str | None = None
    low: int = 0
    high: int = 0
    unit: str | None = None


@dataclass(frozen=True)
class _Template:
    pieces: tuple[str | _Slot, ...]
    zero: tuple[str, ...]
    parts: int


_SLOT = re.compile(r"\{([^{}]+)\}")
_UNIT = re.compile(r"[余多以上近万]*(件次|场次|人次|万元|[条篇件个份次期场元])")
_DIGITS = "零一二三四五六七八九十"
_WORDS = ("year", "last", "next", "agency", "short", "we", "region", "seat")


def _compile(text: str, zero: tuple[str, ...]) -> _Template:
    pieces: list[str | _Slot] = []
    at = parts = 0
    for m in _SLOT.finditer(text):
        if m.start() > at:
            pieces.append(text[at : m.start()])
        at = m.end()
        inner = m[1]
        if inner[0] == "#":
            low, high = inner[1:].split("-")
            pieces.append(_Slot("noise", "", low=int(low), high=int(high)))
        elif inner in _WORDS:
            pieces.append(_Slot("word", inner))
        else:
            name, _, style = inner.partition(":")
            part = None
            if name.endswith("]"):
                name, _, part = name[:-1].partition("[")
                parts += 1
            unit = _UNIT.match(text, at)
            pieces.append(_Slot("figure", name, style, part, unit=unit[1] if unit else None))
    pieces.append(text[at:])
    return _Template(tuple(pieces), zero, parts)


@functools.cache
def _templates() -> dict[str, tuple[_Template, ...]]:
    out = {}
    for group, sentences in load_demo().sentences.items():
        out[group] = tuple(_compile(s.text, s.zero) if isinstance(s, DemoZero) else _compile(s, ()) for s in sentences)
    return out


def _chinese(n: int) -> str:
    if n == 2:
        return "两"
    if n <= 10:
        return _DIGITS[n]
    if n > 99:
        return str(n)  # nobody spells out a number of three digits
    tens, ones = divmod(n, 10)
    return ("" if tens == 1 else _DIGITS[tens]) + "十" + (_DIGITS[ones] if ones else "")


def _decimal(n: int) -> str:
    return f"{n / 10000:.2f}".rstrip("0").rstrip(".")


def _print_figure(value: int | float, style: str) -> tuple[str, int | float, str]:
    """(printed, the value as printed, qualifier)."""
    if not style or not isinstance(value, int):
        return f"{value:g}" if isinstance(value, float) else str(value), value, "exact"
    step = 100 if value >= 1000 else 10
    match style:
        case "at_least":
            value = value // step * step
            return str(value), value, style
        case "at_most":
            value = -(-value // step) * step
            return str(value), value, style
        case "about":
            value = (value + step // 2) // step * step
            return str(value), value, style
        case "wan":
            value = (value + 50) // 100 * 100
            return _decimal(value), value, "exact"
        case "wan_at_least":
            value = value // 1000 * 1000
            return _decimal(value), value, "at_least"
        case "cn":
            return _chinese(value), value, "exact"
        case "implied":  # stated by the words (均已答复), not by a number
            return "", value, "exact"
        case "comma":
            return f"{value:,}", value, "exact"
    raise ValueError(style)


class Narrator:
    """Writes sentences for one report and keeps what they state, in order."""

    def __init__(self, agency: Agency, year: int, figures: Figures, rng: random.Random) -> None:
        self.rng, self.stated = rng, list[Stated]()
        self.words = {
            "year": str(year), "last": str(year - 1), "next": str(year + 1), "agency": agency.name, "short": agency.short,
            "we": agency.we, "region": "全" + agency.region[-1], "seat": agency.seat,
        }  # fmt: skip
        self.totals: dict[str, int | float] = {m: (f[6] if isinstance(f, list) else f) for m, f in figures.items()}

    def say(self, group: str) -> str:
        """One sentence of the group, chosen by chance; its figures are recorded."""
        return self._fill(self.rng.choice(_templates()[group]))

    def some(self, group: str, low: int, high: int) -> str:
        """Between `low` and `high` different sentences of the group."""
        templates = _templates()[group]
        return "".join(
            self._fill(t) for t in self.rng.sample(templates, min(len(templates), self.rng.randint(low, high)))
        )

    def _fill(self, template: _Template) -> str:
        rng, out = self.rng, []
        shares: list[int] = []
        if template.parts:
            whole = next(p for p in template.pieces if isinstance(p, _Slot) and p.part)
            total = int(self.totals[whole.name])
            cuts = (
                sorted(rng.sample(range(1, total), template.parts - 1))
                if total > template.parts
                else [total] * (template.parts - 1)
            )
            shares = [b - a for a, b in zip([0, *cuts], [*cuts, total], strict=True)]
        for piece in template.pieces:
            if type(piece) is str:
                out.append(piece)
                continue
            assert isinstance(piece, _Slot)
            if piece.kind == "word":
                out.append(self.words[piece.name])
            elif piece.kind == "noise":
                out.append(str(rng.randint(piece.low, piece.high)))
            elif piece.part:
                value = shares.pop(0)
                out.append(str(value))
                self.stated.append(Stated(piece.name, value, piece.unit, part=piece.part))
            else:
                printed, figure, qualifier = _print_figure(self.totals[piece.name], piece.style)
                out.append(printed)
                self.stated.append(Stated(piece.name, figure, piece.unit, qualifier))
        self.stated += [Stated(metric, 0, None) for metric in template.zero]
        return "".join(out)

    # -- the parts that depend on what happened --------------------------------------------------------------------

    def proactive(self) -> str:
        total, roll = self.totals["proactive_disclosures"], self.rng.random()
        if roll < 0.06:
            return ""
        if total >= 10000:
            return self.say("proactive_wan")
        if total >= 1000 and roll < 0.3:
            return self.say("proactive_comma")
        if roll < 0.4 and total >= 100:
            return self.say("proactive_hedged")
        if roll < 0.56 and self.totals["proactive_via_weibo"]:
            return self.say("proactive_channels")
        if roll < 0.7 and total > 12:
            return self.say("proactive_parts")
        return self.say("proactive_total")

    def interpretation(self) -> str:
        count, roll = self.totals["policy_interpretations"], self.rng.random()
        if not count or roll < 0.12:
            return ""
        if count > 6 and roll < 0.4:
            return self.say("interpretation_parts")
        return self.say("interpretation_cn" if count <= 20 and roll < 0.48 else "interpretation")

    def interaction(self) -> str:
        out = ""
        for metric, group in (("public_consultations", "consultations"), ("press_conferences", "press"),
                              ("online_interviews", "interviews"), ("public_responses", "responses")):  # fmt: skip
            if self.totals[metric] and self.rng.random() < 0.4:
                out += self.say(group)
        if not self.totals["public_responses"] and self.rng.random() < 0.15:
            out += self.say("responses_zero")
        return out

    def requests(self) -> str:
        t = self.totals
        if t["requests_carried_in"]:
            out = self.say("requests_carry")
        elif t["requests_carried_out"]:
            out = self.say("requests_left")
        else:
            out = self.say("requests_plain" if t["requests_received"] else "requests_none")
        if t["requests_closed"] >= 12 and self.rng.random() < 0.5:
            out += self.say("outcomes")
        return out

    def disputes(self) -> str:
        review, litigation = self.totals["review_total"], self.totals["litigation_total"]
        if review:
            return self.say("disputes_both" if litigation else "disputes_review")
        return self.say("disputes_litigation" if litigation else "disputes_none")

    def normative(self) -> str:
        issued, roll = self.totals["normative_documents_issued"], self.rng.random()
        if roll < 0.4:
            return ""
        if not issued:
            return self.say("normative_zero")
        return self.say(
            "normative_all" if roll < 0.65 and "normative_documents_in_force" in self.totals else "normative_issued"
        )

    def training(self) -> str:
        held = self.totals["trainings_held"]
        if not held or self.rng.random() < 0.3:
            return ""
        return self.say("supervision_cn" if self.rng.random() < 0.15 else "supervision")


Block = tuple[str, str]
"""("h" heading, "s" subheading, "p" paragraph, "t" the number of a statutory table, text)."""


def compose_report(
    agency: Agency, year: int, form: str, figures: Figures, rng: random.Random
) -> tuple[list[Block], list[Stated]]:
    """An annual report's chapters with marks where the statutory tables stand."""
    n = Narrator(agency, year, figures, rng)
    intro = n.say("intro") + (n.say("intro_aggregate") if agency.whole else "")
    if form == load_demo().statistics.form:
        return _compose_statistics(n, intro, form), n.stated
    chapters = load_demo().chapters[form]
    heads = load_demo().headings[rng.choice(("overall", "overall_alt"))]
    blocks: list[Block] = [("p", intro), ("h", chapters[0]), ("p", n.say("overall"))]
    blocks += [("s", heads[0]), ("p", n.proactive() + n.some("proactive_fill", 2, 5) + n.some("proactive_other", 0, 1))]
    blocks += [("p", n.interpretation() + n.interaction() + n.some("proactive_fill", 1, 2))]
    dispute = n.disputes() if rng.random() < 0.55 else ""
    blocks += [
        ("s", heads[1]),
        ("p", n.requests() + n.some("requests_fill", 1, 3) + dispute + n.some("requests_other", 0, 1)),
    ]
    blocks += [("s", heads[2]), ("p", n.some("management_fill", 2, 3) + n.normative())]
    platform = n.some("platform", 1, 2) + n.some("platform_fill", 1, 2)
    if not any(s.metric == "proactive_via_wechat" for s in n.stated) and rng.random() < 0.2:
        platform += n.say("platform_wechat")
    blocks += [("s", heads[3]), ("p", platform)]
    supervision = n.training() + n.some("supervision_fill", 1, 3) + n.some("accountability", 0, 1)
    if rng.random() < 0.15:
        supervision += n.say("complaints_zero")
    blocks += [("s", heads[4]), ("p", supervision)]
    blocks += [("h", chapters[1]), ("t", "2"), ("h", chapters[2]), ("t", "3"), ("h", chapters[3]), ("t", "4")]
    blocks += [("h", chapters[4]), ("p", n.say("problems") + n.say("problems_second")), ("p", n.say("improvements"))]
    fees = n.totals["information_fees"]
    last = n.say("fees") if fees else n.say("fees_zero") if rng.random() < 0.7 else n.say("nothing_else")
    return [*blocks, ("h", chapters[5]), ("p", last)], n.stated


def _compose_statistics(n: Narrator, intro: str, form: str) -> list[Block]:
    heads = load_demo().chapters[form]
    blocks: list[Block] = [("p", intro), ("h", heads[0]), ("p", n.say("overall"))]
    blocks += [("h", heads[1]), ("p", n.proactive() + n.some("proactive_fill", 2, 4)), ("h", heads[2])]
    blocks += [("p", n.say("requests_plain" if n.totals["requests_received"] else "requests_none"))]
    blocks += [("h", heads[3]), ("p", n.disputes()), ("h", heads[4])]
    return [*blocks, ("p", n.say("problems") + n.say("improvements")), ("h", heads[5]), ("t", form)]


def compose_summary(
    agency: Agency, year: int, figures: Figures, rng: random.Random
) -> tuple[list[Block], list[Stated]]:
    """A work summary (政务公开工作总结): prose only."""
    n = Narrator(agency, year, figures, rng)
    headings = load_demo().headings
    chapters, parts = headings["summary"], headings["summary_parts"]
    blocks: list[Block] = [("p", n.say("overall")), ("h", chapters[0]), ("s", parts[0])]
    blocks += [("p", n.proactive() + n.some("proactive_fill", 2, 4)), ("s", parts[1])]
    blocks += [("p", n.interpretation() + n.interaction() + n.some("proactive_fill", 1, 1)), ("s", parts[2])]
    blocks += [("p", n.requests() + n.disputes() + n.some("requests_fill", 1, 2)), ("s", parts[3])]
    blocks += [("p", n.some("platform", 1, 2) + n.training() + n.some("supervision_fill", 1, 2))]
    blocks += [("h", chapters[1]), ("p", n.say("problems") + n.say("problems_second"))]
    return [*blocks, ("h", chapters[2]), ("p", n.say("improvements"))], n.stated


def say_once(group: str, agency: Agency, year: int, figures: Figures, rng: random.Random) -> tuple[str, list[Stated]]:
    """One extra sentence and what it states, for planted faults."""
    n = Narrator(agency, year, figures, rng)
    return n.say(group), n.stated
