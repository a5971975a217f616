"""sentences.yml: what the Word brief says of a chart."""

from __future__ import annotations

import functools
import re
from pathlib import Path

from pydantic import Field, model_validator

from etl.registry import ROOT
from etl.registry.files import Entry, fault_at, load_yaml

SENTENCE_FIELDS: dict[str, tuple[str, ...]] = {
    "extent": ("year", "n", "entity", "metric", "high_name", "high", "low_name", "low"),
    "extent_equal": ("year", "n", "entity", "metric", "value"),
    "one": ("year", "entity", "metric", "name", "value"),
    "none": ("year", "entity", "metric"),
    "peers": ("median", "n"),
    "entity": ("name", "year", "metric", "value"),
    "entity_missing": ("name", "year", "metric", "status"),
    "clause_ratio": ("numerator", "denominator"),
    "clause_change": ("change",),
    "clause_place": ("place",),
    "clause_median": ("against", "median", "n"),
    "trend": ("name", "metric", "first_year", "first", "last_year", "last"),
    "trend_one": ("name", "metric", "year", "value"),
    "trend_gaps": ("years",),
    "trend_many": ("n", "entity", "metric", "first_year", "last_year", "pairs", "up", "down", "same"),
    "form_change": ("years",),
    "heat": ("year", "n", "entity", "metrics", "cells", "held"),
    "coverage": ("year", "known", "held", "without"),
    "parts": ("cells", "held", "name", "part", "value"),
    "missing": ("counts",),
    "qualified": ("n",),
    "prose": ("n",),
    "part_year": ("n",),
    "small": ("n",),
    "corrected": ("n",),
    "units": (),
    "fictional": (),
}
"""Every sentence that the brief can say, with what it may name."""


class Sentences(Entry):
    """Sentence patterns with {fields}, and words that none of them may hold."""

    avoided: tuple[str, ...] = Field(min_length=1)
    sentences: dict[str, str]

    @model_validator(mode="after")
    def _fields(self) -> Sentences:
        for id in SENTENCE_FIELDS:
            if not self.sentences.get(id):
                raise fault_at(("sentences",), f"缺少 {id} 这一句")
        for id, text in self.sentences.items():
            if id not in SENTENCE_FIELDS:
                raise fault_at(("sentences", id), "没有这一句，请检查拼写")
            rest = re.sub(r"\{([a-z_]+)\}", lambda m, id=id: "" if m[1] in SENTENCE_FIELDS[id] else m[0], text)  # type: ignore[misc]
            if "{" in rest or "}" in rest:
                allowed = "、".join(f"{{{name}}}" for name in SENTENCE_FIELDS[id]) or "无"
                raise fault_at(("sentences", id), f"含有不能用的栏位，可用的有：{allowed}")
            if word := next((w for w in self.avoided if w in rest), None):
                raise fault_at(("sentences", id), f"不得用“{word}”一词（见 avoided）")
        return self

    def say(self, id: str, **fields: object) -> str:
        """The sentence `id` with its fields filled in. Values are put in as they are, never read as patterns."""
        return re.sub(r"\{([a-z_]+)\}", lambda m: str(fields[m[1]]), self.sentences[id])


@functools.cache
def load_sentences(root: Path = ROOT) -> Sentences:
    return load_yaml(root / "sentences.yml", Sentences)
