"""What a chart says in sentences: who, how much, change, place among its like, and what the numbers leave out. No streamlit, no SQL.

The words come from data/registry/sentences.yml; this module only chooses, counts and fills in.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pandas as pd

from etl.registry import load_sentences, one_unit
from pages.kit import exhibit, wording
from pages.kit.exhibit import Exhibit


def paragraphs(given: Exhibit) -> list[str]:
    """The sentences about one chart as paragraphs: what the reports state (one for each body where that is long), then what the numbers leave out."""
    facts, caveats = sentences(given)
    told = ["".join(facts)] if sum(map(len, facts)) <= 200 else facts
    return [*told, *(["".join(caveats)] if caveats else [])]


def sentences(given: Exhibit) -> tuple[list[str], list[str]]:
    """Factual sentences about one chart: who, how much, change, place in the group with n; and what the numbers do not say."""
    said = load_sentences()
    df = given.rows
    if "status" not in df:
        return _coverage(given, said.say), [said.say("fictional")] if given.fictional else []
    held = df[(df["status"] == "reported") & ~exhibit.too_small(df)]
    units = set(held["unit"].dropna()) if "unit" in held else set()
    mixed = len(units) > 1 and given.form != "heat"
    found: list[str] = []
    if held.empty:
        found.append(said.say("none", year=_years(df), entity=given.entity, metric=_metric(given)))
    elif given.form == "heat":
        found.append(said.say("heat", year=_years(df), n=df["id"].nunique(), entity=given.entity, metrics=df["metric"].nunique(),
                              cells=len(df), held=len(held)))  # fmt: skip
    elif given.form in ("grouped", "stacked", "share", "flow", "none"):
        found += _parts(given, held, said.say)
    elif given.form in ("line", "multiples", "dumbbell", "years", "slope", "bump"):
        found += _trend(given, df, held, said.say)
    elif not mixed:
        found += _ranking(given, df, held, said.say)
    if mixed:
        found.append(said.say("units"))
    return found, _caveats(given, df, held, said.say)


Say = Callable[..., str]


def _metric(given: Exhibit) -> str:
    names = given.rows["metric_name"].dropna().tolist() if "metric_name" in given.rows else []
    return wording.clean(names[0] if names else given.title)


def _years(df: pd.DataFrame) -> str:
    if df.empty:
        return "所选年度"
    return wording.year_text((int(df["year"].min()), int(df["year"].max())))


def _name(row: Any) -> str:
    return wording.clean(row.name)


def _all(rows: pd.DataFrame) -> str:
    return wording.names(list(rows["name"]), 3)


def _ranking(given: Exhibit, df: pd.DataFrame, held: pd.DataFrame, say: Say) -> list[str]:
    found = []
    year, metric = _years(df), _metric(given)
    now = held[~_flag(held, "part_year")]
    if len(now) == 1 and not given.chosen:
        row = next(now.itertuples(index=False))
        found.append(
            say("one", year=year, entity=given.entity, metric=metric, name=_name(row), value=_words(row, given))
        )
    elif len(now) > 1:
        high, low = now[now["value"] == now["value"].max()], now[now["value"] == now["value"].min()]
        first, last = next(high.itertuples(index=False)), next(low.itertuples(index=False))
        if first.value == last.value:
            found.append(
                say(
                    "extent_equal",
                    year=year,
                    n=len(now),
                    entity=given.entity,
                    metric=metric,
                    value=_words(first, given),
                )
            )
        else:
            found.append(say("extent", year=year, n=len(now), entity=given.entity, metric=metric, high_name=_all(high), high=_words(first, given),
                             low_name=_all(low), low=_words(last, given)))  # fmt: skip
    peers = now.dropna(subset=["peer_median"]) if "peer_median" in now else now.iloc[0:0]
    one_group = len(peers) > 0 and peers["peer"].nunique() == 1
    if one_group and not given.chosen:
        found.append(
            say("peers", median=_amount(float(peers["peer_median"].iloc[0]), given), n=int(peers["peer_n"].max()))
        )
    for row in df[df["id"].isin(given.chosen)].itertuples(index=False):
        found.append(_one(given, row, say))
    return found


def _one(given: Exhibit, row: Any, say: Say) -> str:
    """The sentence about one chosen body: value, ratio, change, place, median; what cannot be said is left out."""
    year = wording.year_text(row.year)
    if row.status != "reported" or pd.isna(row.value):
        return say(
            "entity_missing",
            name=_name(row),
            year=year,
            metric=_metric(given),
            status=wording.STATUS.get(row.status, "待核"),
        )
    clauses = [say("entity", name=_name(row), year=year, metric=_metric(given), value=_words(row, given))]
    if not bool(getattr(row, "reliable", True)):
        return clauses[0] + "。"
    numerator, denominator = getattr(row, "numerator", None), getattr(row, "denominator", None)
    if denominator is not None and not pd.isna(denominator) and not pd.isna(numerator):
        clauses.append(
            say("clause_ratio", numerator=wording.number(numerator), denominator=wording.number(denominator))
        )
    change = _change(row.value, getattr(row, "before", None), [row], given)
    part = bool(getattr(row, "part_year", False))
    if change and not part:
        clauses.append(say("clause_change", change=change))
    n, rank, median = (getattr(row, name, None) for name in ("peer_n", "peer_rank", "peer_median"))
    if not part and median is not None and n is not None and not pd.isna(median) and not pd.isna(n):
        if rank is not None and not pd.isna(rank):
            ties = getattr(row, "peer_ties", 1)
            place = wording.rank_text(int(rank), int(n), 1 if pd.isna(ties) else int(ties), f"个{given.entity}")
            clauses.append(say("clause_place", place=place))
        against = wording.against_median(float(row.value), float(median), given.percent)
        clauses.append(say("clause_median", against=against + ("" if given.percent or "相同" in against else _unit(row, given)),
                           median=_amount(float(median), given), n=int(n)))  # fmt: skip
    return "，".join(clauses) + "。"


def _trend(given: Exhibit, df: pd.DataFrame, held: pd.DataFrame, say: Say) -> list[str]:
    found = []
    metric = _metric(given)
    now = held[~_flag(held, "part_year")]
    groups = [(key, part.sort_values("year")) for key, part in now.groupby("id", sort=False)]
    told = (
        [g for g in groups if g[0] in given.chosen]
        if given.chosen
        else (groups if len(groups) <= exhibit.MOST_LINES else [])
    )
    if given.form in ("dumbbell", "slope", "bump") and not given.chosen and len(groups) > 3:
        told = []
    for key, part in told[: exhibit.MOST_LINES]:
        rows = list(part.itertuples(index=False))
        first, last = rows[0], rows[-1]
        if len(rows) == 1:
            found.append(
                say(
                    "trend_one",
                    name=_name(first),
                    metric=metric,
                    year=wording.year_text(first.year),
                    value=_words(first, given),
                )
            )
            continue
        change = _change(last.value, first.value, [first, last], given)
        change = (
            "两年相同"
            if change == "与上年相同"
            else change
            if last.year == first.year + 1
            else change.replace("比上年", "", 1)
        )
        text = say("trend", name=_name(first), metric=metric, first_year=wording.year_text(first.year), first=_words(first, given),
                   last_year=wording.year_text(last.year), last=_words(last, given))  # fmt: skip
        years = set(df.loc[df["id"] == key, "year"].astype(int)) | set(range(int(first.year), int(last.year) + 1))
        gaps = sorted(years - {int(r.year) for r in rows})
        found.append(
            "，".join(
                [
                    text,
                    *([say("clause_change", change=change)] if change else []),
                    *([say("trend_gaps", years=wording.spans(gaps))] if gaps else []),
                ]
            )
            + "。"
        )
    if not told and groups:
        first_year, last_year = int(df["year"].min()), int(df["year"].max())
        wide = [{int(r.year): r for r in part.itertuples(index=False)} for _, part in groups]
        ends = [(w[first_year], w[last_year]) for w in wide if first_year in w and last_year in w]
        pairs = [b.value - a.value for a, b in ends if one_unit(a.metric, a.unit, b.unit)]
        up, down = sum(p > 0 for p in pairs), sum(p < 0 for p in pairs)
        found.append(say("trend_many", n=len(groups), entity=given.entity, metric=metric, first_year=wording.year_text(first_year),
                         last_year=wording.year_text(last_year), pairs=len(pairs), up=up, down=down, same=len(pairs) - up - down))  # fmt: skip
    if "form" in df and (changes := _form_changes(df)):
        found.append(say("form_change", years="、".join(map(str, changes))))
    return found


def _change(value: float, before: Any, rows: Sequence[Any], given: Exhibit) -> str:
    """The change between two values in words, 约 where one of them is; '' where it cannot be known (“以上”, “不足”, no value)."""
    qualifiers = {str(getattr(r, "qualifier", None) or "exact") for r in rows}
    first, last = rows[0], rows[-1]
    if qualifiers & {"at_least", "at_most"} or not one_unit(last.metric, last.unit, first.unit):
        return ""
    change = wording.change_text(value, before, _unit(rows[-1], given), given.percent)
    if "about" not in qualifiers or not change:
        return change
    return "" if change == "与上年相同" else change.replace("比上年", "比上年约", 1)


def _form_changes(df: pd.DataFrame) -> list[int]:
    from pages.kit import charts  # plotly is heavy; only a chart over years needs it

    return [year for year, _ in charts.form_changes(df)]


def _parts(given: Exhibit, held: pd.DataFrame, say: Say) -> list[str]:
    top = next(held[held["value"] == held["value"].max()].itertuples(index=False))
    named = {b.id: b.name for b in exhibit.load_catalogue().breakdowns}
    name = (
        named.get(str(top.breakdown), _name(top))
        if given.form == "flow"
        else wording.clean(getattr(top, "category", "")) or _name(top)
    )
    return [
        say(
            "parts",
            cells=len(given.rows),
            held=len(held),
            name=name,
            part=wording.clean(getattr(top, exhibit.part_column(held))),
            value=_words(top, given),
        )
    ]


def _coverage(given: Exhibit, say: Say) -> list[str]:
    df = given.rows
    if df.empty or not {"known", "held"} <= set(df.columns):
        return []
    found = []
    for year in sorted({int(y) for y in df["year"]})[-2:]:
        rows = df[df["year"] == year]
        known, held = int(rows["known"].sum()), int(rows["held"].sum())
        found.append(say("coverage", year=wording.year_text(year), known=known, held=held, without=known - held))
    return found


def _caveats(given: Exhibit, df: pd.DataFrame, held: pd.DataFrame, say: Say) -> list[str]:
    """What the numbers leave out or are less than: each with its count."""
    counts = []
    noun = (
        f"个{given.entity}"
        if df["year"].nunique() == 1 and ("metric" not in df or df["metric"].nunique() == 1)
        else "项"
    )
    by_word: dict[str, int] = {}
    for status, n in df["status"].value_counts().items():
        if status != "reported":
            word = wording.STATUS.get(str(status), "待核")
            by_word[word] = by_word.get(word, 0) + int(n)
    for word in dict.fromkeys(wording.STATUS.values()):
        if word in by_word:
            counts.append(f"{by_word[word]}{noun}{word}")
    found = [say("missing", counts="、".join(counts))] if counts else []
    for id, n in (
        ("qualified", int((held["qualifier"].fillna("exact") != "exact").sum()) if "qualifier" in held else 0),
        ("prose", int((held["method"] == "narrative").sum()) if "method" in held else 0),
        ("part_year", int(_flag(held, "part_year").sum())),
        ("small", int(exhibit.too_small(df).sum())),
        ("corrected", int(_flag(held, "corrected").sum())),
    ):
        if n:
            found.append(say(id, n=n))
    if given.fictional:
        found.append(say("fictional"))
    return found


def _flag(df: pd.DataFrame, name: str) -> pd.Series:
    return df[name].fillna(False).astype(bool) if name in df else pd.Series(False, index=df.index)


def _words(row: Any, given: Exhibit) -> str:
    return exhibit.value_words(row, given)


def _unit(row: Any, given: Exhibit) -> str:
    unit = getattr(row, "unit", None)
    return unit if isinstance(unit, str) and unit != "%" else "" if given.percent else given.unit


def _amount(value: float, given: Exhibit) -> str:
    return wording.rate(value) if given.percent else wording.number(value) + given.unit
