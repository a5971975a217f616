"""words.yml: the Chinese words of the closed lists."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import AfterValidator, Field

from etl.model import Kind, Level, Method, Qualifier, Scope, Severity, Status, TableState
from etl.registry import ROOT
from etl.registry.deadlines import Body
from etl.registry.files import Entry, load_yaml
from etl.registry.rules import Family

Word = Annotated[str, Field(min_length=1)]


class Said(Entry):
    """The word in tables, pictures and files, and what it means in a sentence."""

    word: Word
    help: Word


class StatusWord(Said):
    """`note`: how a note under a chart begins that names who has this status; none for a plain figure."""

    note: str = ""


class QualifierWord(Said):
    """`sign`: what stands before the number."""

    sign: str


def _each_of(ids: Any) -> AfterValidator:
    """Holds each value of a closed list once."""
    known = get_args(ids)

    def complete(given: dict[str, Any]) -> dict[str, Any]:
        wrong = [id for id in (*known, *given) if (id in known) != (id in given)]
        if wrong:
            raise ValueError(f"应当恰有 {'、'.join(known)}，{'缺少' if wrong[0] in known else '多出'} {wrong[0]}")
        return given

    return AfterValidator(complete)


class Words(Entry):
    """The whole of words.yml; a list's ids are those of the contract, or of the view whose column is named."""

    kind: Annotated[dict[str, Word], _each_of(Kind)]
    scope: Annotated[dict[str, Word], _each_of(Scope)]
    level: Annotated[dict[str, Word], _each_of(Level)]
    status: Annotated[dict[str, StatusWord], _each_of(Literal[Status, "partial", "no_denominator"])]
    absence: Annotated[
        dict[str, StatusWord],
        _each_of(Literal["no_report", "not_in_form", "not_stated", "table_missing", "units_differ", "other_scope"]),
    ]
    qualifier: Annotated[dict[str, QualifierWord], _each_of(Qualifier)]
    method: Annotated[dict[str, Word], _each_of(Literal[Method, "correction", "derived"])]
    place: Annotated[dict[str, Word], _each_of(Literal["narrative", "derived"])]
    table: Annotated[dict[str, Word], _each_of(Literal["2", "3", "4"])]
    table_state: Annotated[dict[str, Word], _each_of(TableState)]
    stage: Annotated[dict[str, Word], _each_of(Literal["review", "litigation_direct", "litigation_after_review"])]
    result: Annotated[dict[str, Word], _each_of(Literal["upheld", "corrected", "other", "pending"])]
    severity: Annotated[dict[str, Word], _each_of(Severity)]
    finding_state: Annotated[
        dict[str, Word],
        _each_of(Literal["fail", "not_assessable", "pass_if_blank_is_zero", "explained", "suspended", "pass"]),
    ]
    family: Annotated[dict[str, Word], _each_of(Family)]
    rule_way: Annotated[dict[str, Word], _each_of(Literal["equation", "query", "reader"])]
    origin: Annotated[dict[str, Word], _each_of(Literal["extract", "check", "correction"])]
    coverage: Annotated[
        dict[str, Word], _each_of(Literal["in_time", "late", "undated", "missing", "not_due", "no_roster"])
    ]
    body: Annotated[dict[str, Word], _each_of(Body)]
    source_state: Annotated[dict[str, Word], _each_of(Literal["read", "set_aside"])]
    correction_state: Annotated[dict[str, Word], _each_of(Literal["applied", "guard_failed", "no_target"])]
    plan_item: Annotated[dict[str, Word], _each_of(Literal["task", "column"])]

    def of(self, name: str) -> dict[str, str]:
        """Value -> word of one list, in the file's order."""
        return {id: said.word if isinstance(said, Said) else said for id, said in getattr(self, name).items()}


@functools.cache
def load_words(root: Path = ROOT) -> Words:
    """The words of the closed lists. Raises RegistryError, also where a list lacks one of its values."""
    return load_yaml(root / "words.yml", Words)


@functools.cache
def words_of(name: str) -> dict[str, str]:
    """Value -> word of one list of words.yml, in the file's order."""
    return load_words().of(name)


def word_of(name: str, value: str) -> str:
    """The word of a value; the value itself where a build made by other code holds one that the list does not know."""
    return words_of(name).get(value, value)
