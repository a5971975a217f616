"""rules.yml: the checks."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from etl.equation import Equation, parse_equation
from etl.model import Severity
from etl.registry import ROOT
from etl.registry.files import Entry, RegexText, complain_at, fault_at, load_yaml
from etl.registry.metrics import load_metrics

Family = Literal["T2", "T3", "T4", "E1", "XY", "NT", "AG", "MD", "RD"]


def _is_equation(text: str) -> str:
    parse_equation(text)
    return text


EquationText = Annotated[str, AfterValidator(_is_equation)]


class Rule(Entry):
    """One check; the head of rules.yml says what each field means. Exactly one of equation, across, query and reader is given."""

    id: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    family: Family
    severity: Severity
    severity_total: Severity | None = None
    title: str = Field(min_length=1)
    explanation: str = Field(min_length=1)
    advice: str = Field(min_length=1)
    basis: str | None = None
    equation: tuple[EquationText, ...] = ()
    instead: tuple[EquationText, ...] = ()
    subject: str | None = None
    each: Literal["applicants"] | None = None
    across: Literal["applicants"] | None = None
    forms: tuple[str, ...] = ()
    tolerance: float = Field(0, ge=0)
    prose: Literal["any", "zero", "nonzero"] = "any"
    query: str | None = None
    parameters: dict[str, float | str | tuple[str, ...]] = Field(default_factory=dict)
    reader: bool = False

    @property
    def equations(self) -> tuple[Equation, ...]:
        return tuple(parse_equation(text) for text in self.equation)

    @property
    def alternatives(self) -> tuple[Equation, ...]:
        return tuple(parse_equation(text) for text in self.instead)

    @property
    def metrics(self) -> tuple[str, ...]:
        """What the parameter `metrics` of a query names."""
        named = self.parameters.get("metrics", ())
        return named if isinstance(named, tuple) else ()

    @model_validator(mode="after")
    def _one_way(self) -> Rule:
        ways = [name for name in ("equation", "across", "query", "reader") if getattr(self, name)]
        if len(ways) != 1:
            raise fault_at((), "equation、across、query、reader 须恰好写一个")
        if self.instead and len(self.equation) != 1:
            raise fault_at(("instead",), "只在恰有一个 equation 时可写")
        for n, equation in enumerate(self.equations):
            if self.subject and self.subject not in {term.metric for term in equation.terms}:
                raise fault_at(("subject",), f"不在等式 {self.equation[n]} 中")
            if self.each and any(term.cell for term in equation.terms):
                raise fault_at(("equation", n), "逐列比较时不能再写细分")
        return self


class Break(Entry):
    """From `year` on figures are not those of the year before: the named rules say nothing across it, for the given metrics or all.

    `agencies`: only these bodies (a reform); none: everybody.
    """

    year: int
    rules: tuple[str, ...]
    metrics: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    reason: str = Field(min_length=1)


class Rules(Entry):
    """The whole of rules.yml."""

    hedge: float = Field(gt=0, lt=1)
    office_words: RegexText
    region_words: RegexText
    breaks: tuple[Break, ...] = ()
    rules: tuple[Rule, ...]

    @model_validator(mode="after")
    def _references(self) -> Rules:
        seen: set[str] = set()
        for n, rule in enumerate(self.rules):
            if rule.id in seen:
                raise fault_at(("rules", n, "id"), f"编号 {rule.id} 重复")
            seen.add(rule.id)
        for n, entry in enumerate(self.breaks):
            for k, id in enumerate(entry.rules):
                if id not in seen:
                    raise fault_at(("breaks", n, "rules", k), f"没有这条规则：{id}")
        return self


@functools.cache
def load_rules(root: Path = ROOT) -> Rules:
    """rules.yml, its equations checked against metrics.yml. Raises RegistryError."""
    path, metrics = root / "rules.yml", load_metrics(root)
    rules = load_yaml(path, Rules)

    for n, rule in enumerate(rules.rules):
        for name, equations in (("equation", rule.equations), ("instead", rule.alternatives)):
            for k, equation in enumerate(equations):
                for term in equation.terms:
                    if term.metric not in metrics:
                        raise complain_at(path, ("rules", n, name, k), f"metrics.yml 中没有这个指标：{term.metric}")
        for k, id in enumerate(rule.metrics):
            if id not in metrics:
                raise complain_at(path, ("rules", n, "parameters", "metrics", k), f"metrics.yml 中没有这个指标：{id}")
    for n, entry in enumerate(rules.breaks):
        for k, id in enumerate(entry.metrics):
            if id not in metrics:
                raise complain_at(path, ("breaks", n, "metrics", k), f"metrics.yml 中没有这个指标：{id}")
    return rules
