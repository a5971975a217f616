"""The tables of 数据质量 and 指标口径: rows from queries as a reader wants them, Chinese heads, cleaned words. No streamlit, no SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from etl.equation import parse_equation
from etl.registry import load_catalogue, load_metrics, load_rules, national_deadlines, word_of
from pages.kit import notices, wording

SEVERITIES = {word: severity for severity, word in wording.SEVERITY.items()}
GROUPS = {"规则": "rule_title", "机关": "agency", "城市": "city", "年度": "year"}
"""What findings may be grouped by: head of the column and column."""

_OPERATORS = {"=": "＝", ">=": "≥", "<=": "≤"}
_SOURCES = {"previous": "上年", "prose": "正文", "table": ""}


# --- 数据质量 ------------------------------------------------------------------------------------------------------


def collected(states: pd.DataFrame) -> pd.DataFrame:
    """Coverage states as rows of the grid city by year: id, name, year, known, held, late."""
    rows = states.assign(held=states["report_id"].notna(), late=states["state"] == "late")
    return (
        rows.groupby(["id", "year"], sort=False)
        .agg(name=("name", "first"), known=("agency_id", "count"), held=("held", "sum"), late=("late", "sum"))
        .reset_index()
    )


def counted(states: pd.DataFrame) -> str:
    """'按时公布471份、逾期公布5份': how many reports are in which state."""
    found = states["state"].value_counts()
    return "、".join(f"{word}{found[s]}份" for s, word in wording.COVERAGE.items() if s in found and s != "no_roster")


def judged_on(states: pd.DataFrame, created: str) -> list[str]:
    """When what is not yet due was judged: the day of the build, for a page must not say 未到期 for ever."""
    if not states["state"].eq("not_due").any():
        return []
    return [f"“{wording.COVERAGE['not_due']}”按生成本库之日（{created[:10]}）判断，期限过后请重新载入。"]


def deadlines(year: int) -> str:
    """Until when the reports on a year must be out."""
    dates = national_deadlines(year).items()
    said = "，".join(f"{word_of('body', body)}为次年{month}月{day}日" for body, (month, day) in dates)
    return f"法定期限：{said}；另有登记的地方期限的从其期限。" if said else "这一年度没有登记法定期限。"


def due(states: pd.DataFrame) -> pd.DataFrame:
    """Late and missing reports with deadline, day of publication and days late."""
    return pd.DataFrame({
        "机关": states["agency"].map(wording.clean), "城市": states["name"].map(wording.clean), "年度": states["year"],
        "情况": states["state"].map(wording.COVERAGE), "期限": states["due_on"].fillna(""), "公布": states["published_on"].fillna(""),
        "晚（天）": states["days_late"].where(states["state"] == "late"),
    })  # fmt: skip


def grouped(counts: pd.DataFrame, by: str) -> pd.DataFrame:
    """Findings per rule, agency, city or year (`by`: a key of GROUPS), worst first, years in order; with how many agencies have them."""
    column = GROUPS[by]
    wide = counts.pivot_table(index=column, columns="severity", values="n", aggfunc="sum", fill_value=0, sort=False)
    table = pd.DataFrame({word: wide[key] for word, key in SEVERITIES.items() if key in wide})
    worst = list(table.columns)
    if by != "机关":
        table["机关数"] = counts.groupby(column, sort=False)["agency_id"].nunique()
    table = table.reset_index().rename(columns={column: by})
    if by == "年度":
        return table.sort_values("年度")
    table[by] = table[by].map(wording.clean)
    return table.sort_values(worst, ascending=False, kind="stable")


def findings(df: pd.DataFrame, breakdowns: dict[str, str]) -> pd.DataFrame:
    """Findings one by one: what is printed, what was expected, where."""
    return pd.DataFrame({
        "级别": df["severity"].map(wording.SEVERITY), "机关": df["agency"].map(wording.clean), "年度": df["year"], "说明": df["message"].map(wording.clean),
        "规则": df["rule_title"].map(wording.clean), "报告所载": df["actual"], "应为": df["expected"],
        "位置": [notices.position(r, breakdowns) for r in df.itertuples(index=False)],
    })  # fmt: skip


def accepted(df: pd.DataFrame) -> pd.DataFrame:
    """Findings that a person let stand: who, why, when."""
    heads = {
        "agency": "机关", "year": "年度", "rule_title": "规则", "message": "说明", "accepted_by": "认可人", "accepted_reason": "理由",
        "accepted_on": "日期",
    }  # fmt: skip
    table = df[list(heads)].fillna("").map(lambda v: wording.clean(v) if isinstance(v, str) else v)
    return table.rename(columns=heads)


# --- 指标口径 ------------------------------------------------------------------------------------------------------


def metric_names() -> dict[str, str]:
    """Names of metrics and indicators by id."""
    return {m.id: m.name for m in load_metrics().values()} | {i.id: i.name for i in load_catalogue().indicators}


def equation_words(text: str, names: Mapping[str, str]) -> str:
    """An equation of a rule with the metrics' names instead of their ids."""
    parsed = parse_equation(text)

    def side(terms: Sequence[Any]) -> str:
        out = ""
        for n, term in enumerate(terms):
            sign = "－" if term.factor < 0 else "" if n == 0 else "＋"
            times = f"{abs(term.factor)}×" if abs(term.factor) != 1 else ""
            out += f"{sign}{times}{_SOURCES[term.source]}“{names.get(term.metric, term.metric)}”"
        return out

    return side(parsed.left) + _OPERATORS[parsed.operator] + side(parsed.right)


def worded_like(df: pd.DataFrame, asked: str) -> pd.DataFrame:
    """The metrics of the catalogue whose id, name, definition or printed wordings hold `asked`; all for ''."""
    if not asked:
        return df
    words = [
        " ".join([r.id, r.name, r.short, r.definition or "", *_list(r.wordings)]) for r in df.itertuples(index=False)
    ]
    return df[pd.Series(words, index=df.index, dtype=object).str.contains(asked, case=False, regex=False)]


def catalogue(df: pd.DataFrame, themes: Mapping[str, str]) -> pd.DataFrame:
    """Metrics as a table: theme, name, unit, forms, how many figures of which years."""
    years = zip(df["first_year"].fillna(0), df["last_year"].fillna(0), df["held"], strict=True)
    return pd.DataFrame({
        "主题": df["theme"].map(themes), "指标": df["name"], "单位": df["unit"], "见于": [wording.stands_in(f) for f in df["forms"]],
        "数值": df["held"], "年度": [wording.spans(list(range(int(a), int(b) + 1))) if held else "" for a, b, held in years],
    })  # fmt: skip


def facts(metric: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, str]:
    """What there is to say of one metric besides its definition, label -> words; nothing empty."""
    rules = [r.title for r in load_rules().rules if any(t.metric == metric["id"] for e in (*r.equations, *r.alternatives) for t in e.terms)]  # fmt: skip
    told = {
        "所在位置": metric["place"], "原文写法": "、".join(_list(metric["wordings"])), "组成": "、".join(names.get(p, p) for p in _list(metric["parts"])),
        "渠道（有重复，不相加）": "、".join(names.get(p, p) for p in _list(metric["channels"])), "有关规则": "、".join(rules),
        "英文": metric["english"], "编号": metric["id"],
    }  # fmt: skip
    return {label: text for label, text in told.items() if isinstance(text, str) and text}


def _list(value: Any) -> list[str]:
    return list(value) if value is not None and not isinstance(value, float) else []


def form_rows(form: Any, names: Mapping[str, str], asked: str) -> pd.DataFrame:
    """The cells of a statutory form: table, row, column, metric, other spellings; those that hold `asked`."""
    cells = [
        (table, row, column, metric)
        for table in form.tables
        for row, column, metric in [
            *((row, c, row.cells.get(c.id) or (row.metric if c is table.columns[-1] else "")) for row in table.rows for c in table.columns),
            *((c, c, c.metric) for c in table.columns if not table.rows),
        ]
        if metric
    ]  # fmt: skip
    rows = [
        {"表": f"表{table.number}", "行": row.label, "列": column.label if len(table.columns) > 1 else "", "指标": names.get(metric, metric),
         "其他写法": "、".join((*row.spellings, *column.spellings))}
        for table, row, column, metric in cells
    ]  # fmt: skip
    rows = [r for r in rows if asked.lower() in " ".join(r.values()).lower()]
    return pd.DataFrame(rows, columns=["表", "行", "列", "指标", "其他写法"]).map(wording.clean)


def rules_like(rules: pd.DataFrame, asked: str, names: Mapping[str, str]) -> pd.DataFrame:
    """The rules whose id, title, explanation or equations hold `asked`; all for ''."""
    if not asked:
        return rules
    words = [
        " ".join([r.id, r.title, r.explanation, *(equation_words(e, names) for e in r.equations)])
        for r in rules.itertuples(index=False)
    ]
    return rules[pd.Series(words, index=rules.index, dtype=object).str.contains(asked, case=False, regex=False)]


def rules(df: pd.DataFrame, uses: pd.DataFrame) -> pd.DataFrame:
    """Rules as a table: title, severity, forms, how often they held, failed or could not be judged."""
    told = uses.set_index("rule_id").reindex(df["id"])
    return pd.DataFrame({
        "规则": df["title"], "级别": df["severity"].map(wording.SEVERITY), "适用": [wording.stands_in(f) or "各表式" for f in df["forms"]],
        **{word: told[name].to_numpy() for word, name in (("相符", "passed"), ("不符", "failed"), ("不能判定", "not_assessable"))},
        "编号": df["id"],
    })  # fmt: skip
