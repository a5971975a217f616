"""Equations of rules.yml: `requests_received + requests_carried_in = requests_closed + requests_carried_out`.

A term is a metric id, with an optional place before it (`previous.` the report on the year before, `prose.` the same report's text),
an optional cell behind it (`requests_closed[total]`), and an optional whole factor (`2 * …`). Operators: = >= <=.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from etl.model import APPLICANTS

SOURCES = ("table", "previous", "prose")
OPERATORS = (">=", "<=", "=")
_TERM = re.compile(r"\s*(?:(\d{1,6})\s*\*\s*)?(?:(previous|prose)\.)?([a-z][a-z0-9_]*)(?:\[([a-z_]+)\])?\s*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Term:
    """`factor` times the value of `metric` in `source`; `cell` where the equation names one applicant."""

    metric: str
    factor: int = 1
    source: str = "table"
    cell: str | None = None


@dataclass(frozen=True, slots=True)
class Equation:
    left: tuple[Term, ...]
    operator: str
    right: tuple[Term, ...]
    text: str

    @property
    def terms(self) -> tuple[Term, ...]:
        return self.left + self.right

    @property
    def subject(self) -> Term:
        """The term to name where the equation fails: what the text says, else what stands alone on a side, else the last."""
        stated = [term for term in self.left if term.source == "prose"]
        alone = [side[0] for side in (self.left, self.right) if len(side) == 1 and side[0].factor == 1]
        printed = [term for term in alone if term.source == "table"]
        return (stated or printed or alone or list(self.right[-1:]))[0]


def _side(text: str) -> tuple[Term, ...]:
    terms: list[Term] = []
    sign, at = 1, 0
    while True:
        found = _TERM.match(text, at)
        if not found:
            raise ValueError(f"“{text[at:].strip() or text.strip()}”不是指标或项")
        factor, source, metric, cell = found.groups()
        if cell is not None and cell not in APPLICANTS:
            raise ValueError(f"没有这个细分：{cell}")
        terms.append(Term(metric, sign * int(factor or 1), source or "table", cell))
        at = found.end()
        if at == len(text):
            return tuple(terms)
        if text[at] not in "+-":
            raise ValueError(f"“{text[at:]}”之前缺少 + 或 -")
        sign, at = 1 if text[at] == "+" else -1, at + 1


def parse_equation(text: str) -> Equation:
    """The equation that `text` writes. Raises ValueError (Chinese) where it is none; metric ids are not looked up here."""
    found = [operator for operator in OPERATORS if operator in text]
    if not found or len(re.findall(r"[<>=]+", text)) != 1:
        raise ValueError(f"“{text}”应有一个 =、>= 或 <=")
    left, right = text.split(found[0])
    equation = Equation(_side(left), found[0], _side(right), " ".join(text.split()))
    for term in equation.right:
        if term.source == "prose":
            raise ValueError("prose. 只能写在左边")
    if sum(term.source == "prose" for term in equation.left) > 1:
        raise ValueError("一个等式最多有一个 prose.")
    return equation
