"""columns.csv: what the columns of the views mean."""

from __future__ import annotations

import functools
from pathlib import Path

from etl.registry import ROOT
from etl.registry.files import Entry, complain, load_csv
from etl.registry.words import Said, Words, load_words


class Column(Entry):
    """What a column of the views means: the same name means the same in every view, unless `view` says otherwise.

    `words`: the list of words.yml that its values are from; `description`, as loaded, begins with these values and their words.
    """

    view: str | None = None
    column: str
    name: str
    words: str | None = None
    description: str | None = None


def _said(value: str, word: str | Said) -> str:
    return f"{value} {word.word}（{word.help}）" if isinstance(word, Said) else f"{value} {word}"


@functools.cache
def load_columns(root: Path = ROOT) -> tuple[Column, ...]:
    """Every column with its description. Raises RegistryError, also for a list that words.yml does not have."""
    path, lists = root / "columns.csv", load_words(root)
    columns = []
    for line, column in enumerate(load_csv(path, Column), 2):
        if column.words and column.words not in Words.model_fields:
            raise complain(path, line, "words", f"words.yml 中没有这个列表：{column.words}")
        if column.words:
            said = "、".join(_said(value, word) for value, word in getattr(lists, column.words).items())
            description = "；".join(filter(None, (said, column.description)))
            column = column.model_copy(update={"description": description})
        columns.append(column)
    return tuple(columns)
