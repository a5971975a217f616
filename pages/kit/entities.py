"""How an agency is found in a list: its name among others, full name, short name, aliases and pinyin initials. No streamlit, no SQL."""

from __future__ import annotations

import functools
import math
from collections import Counter, namedtuple
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from etl.registry import load_initials, unit_meaning
from pages.kit import wording

LONGEST_WORD = 4


@functools.lru_cache(maxsize=100_000)
def initials(name: str) -> str:
    """Pinyin initials of a name: 临川省教育厅 -> lcsjyt. Letters and figures stay; what has no reading is left out."""
    characters, words = load_initials()
    out = []
    at = 0
    while at < len(name):
        word = next((name[at : at + n] for n in range(LONGEST_WORD, 1, -1) if name[at : at + n] in words), "")
        if word:
            out.append(words[word])
            at += len(word)
            continue
        sign = name[at]
        out.append(characters.get(sign, sign.lower() if sign.isascii() and sign.isalnum() else ""))
        at += 1
    return "".join(out)


def labels(agencies: pd.DataFrame) -> Mapping[str, str]:
    """Words of a searchable list, by id: the name, and what else an agency may be searched by, since the browser searches in
    what the list shows. `agencies`: id, name, called, short_name, aliases."""
    out = {}
    rows: Iterable[Any] = agencies.itertuples(index=False)
    for row in rows:
        called = wording.clean(row.called)
        aliases = row.aliases if row.aliases is not None else []
        others = dict.fromkeys(wording.clean(n) for n in (row.name, row.short_name, *aliases) if isinstance(n, str))
        others.pop(called, None)
        more = "、".join(list(others)[:3])
        out[row.id] = f"{called}（{more}）　{initials(called)}" if more else f"{called}　{initials(called)}"
    return out


@functools.lru_cache(maxsize=64)
def _row(columns: tuple[str, ...]) -> Callable[[Iterable[Any]], Any]:
    return namedtuple("Row", columns, rename=True)._make  # type: ignore[attr-defined]


def rows(df: pd.DataFrame) -> list[Any]:
    """The rows as named tuples: what itertuples gives, in half the time, since a chart asks for those of a wide frame several times."""
    make = _row(tuple(df.columns))
    return [make(r) for r in zip(*(df[name].tolist() for name in df.columns), strict=True)]


def grouped(rows_: Iterable[Any], column: str) -> dict[Any, list[Any]]:
    """Rows by what stands in a column, in the order of their first. A row is taken into a list at once: taking it out of a wide frame costs
    more than drawing it."""
    found: dict[Any, list[Any]] = {}
    for r in rows_:
        found.setdefault(getattr(r, column), []).append(r)
    return found


ORDERS = {"value": "按数值", "name": "按名称", "place": "按行政区划"}
"""How a list may be sorted; picture, table and files follow the same order."""


def _pairs(df: pd.DataFrame) -> list[tuple[str, str | None]]:
    """Metric and printed unit of each row."""
    units = [u if isinstance(u, str) else None for u in df["unit"].tolist()]
    return [*zip(df["metric"].tolist(), units, strict=True)]


def of_other_units(df: pd.DataFrame, like: str = "") -> np.ndarray:
    """Of each row whether its figure stands in another unit than most of its metric's, or than that of `like` (an id) where that has one.

    metrics.yml: 不换算、不相加、不排名. Names of one unit are one; nought is nought in every unit; of figures whose unit nobody printed no two are alike.
    """
    found = np.zeros(len(df), dtype=bool)
    if not {"metric", "unit", "status", "value"} <= set(df.columns):
        return found
    one = df["metric"].unique()
    if len(one) == 1:  # as nearly always; telling the rows apart is a tenth of a page's time
        said = {unit_meaning(one[0], u if isinstance(u, str) else None) for u in df["unit"].unique()}
        if len(said) == 1 and None not in said:
            return found
    at = np.flatnonzero((df["status"].eq("reported") & df["value"].fillna(0).ne(0)).to_numpy())
    part = df[["id", "metric", "unit"]].iloc[at]
    kinds = part[["metric", "unit"]].drop_duplicates()
    means = {p: unit_meaning(*p) for p in _pairs(kinds)}
    if (
        None not in means.values()
        and len(set(zip((m for m, _ in means), means.values(), strict=True))) == kinds["metric"].nunique()
    ):
        return found
    pairs = _pairs(part)
    count = Counter((p[0], means[p]) for p in pairs)
    own = {p[0]: means[p] for p, key in zip(pairs, part["id"].tolist(), strict=True) if key == like} if like else {}
    drawn: dict[str, str | None] = {}
    for metric in dict.fromkeys(p[0] for p in pairs):
        known = {said: n for (m, said), n in count.items() if m == metric and said is not None}
        declared = unit_meaning(metric, None)
        drawn[metric] = own.get(metric) or max(known, key=lambda u: (known[u], u == declared, u), default=None)
    found[at] = [means[p] != drawn[p[0]] or (drawn[p[0]] is None and count[p[0], None] > 1) for p in pairs]
    return found


def of_one_unit(df: pd.DataFrame, like: str = "") -> pd.DataFrame:
    """The rows for a picture: figures of one unit for each metric; the others (of_other_units) keep their row, which says 单位不一 and breaks a line.
    Every chart draws its rows through this; tables and files hold the rows as they came."""
    other = of_other_units(df, like)
    if not other.any():
        return df
    blank = {name: df[name].mask(other) for name in ("value", "peer_median", "peer_rank") if name in df}
    return df.assign(status=df["status"].mask(other, "units_differ"), **blank)


def in_order(df: pd.DataFrame, order: str = "value") -> pd.DataFrame:
    """Rows by the figure (the highest first, those without one last, with them rates over a small denominator and figures of another unit than most),
    by the name's pinyin, or by division code."""
    names = df["name"].fillna("").tolist() if "name" in df else [""] * len(df)
    by: list[Any]
    if order == "name":
        by = [initials(n) for n in names]
    elif order == "place":
        by = [(code == "", code) for code in df["adcode"].fillna("").tolist()]
    else:
        shown = df["value"].mask(of_other_units(df))
        shown = shown.where(df["reliable"].fillna(True).astype(bool)) if "reliable" in df else shown
        by = (-shown).fillna(math.inf).tolist()
    return df.iloc[sorted(range(len(df)), key=[*zip(by, names, strict=True)].__getitem__)]


def greatest(df: pd.DataFrame, most: int) -> pd.DataFrame:
    """The rows with the greatest figures of one unit, `most` of them at most, greatest first, alike ones in the order of `df`. Rows are taken out of
    all forty columns once: nlargest does it several times."""
    value = df["value"].where(df["status"].eq("reported") & ~of_other_units(df)).to_numpy(dtype="float64")
    at = np.argsort(-value, kind="stable")[:most]
    return df.iloc[at[~np.isnan(value[at])]]
