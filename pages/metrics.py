"""指标口径: what is counted, where it stands, what the forms and the rules say; searchable by original wording."""

import pandas as pd
import streamlit as st

from etl.equation import parse_equation
from etl.registry import load_catalogue, load_forms, load_metrics, load_rules
from pages.kit import filters, queries_quality, wording

KINDS = {"metrics": "指标", "forms": "表式", "rules": "规则"}
FORMS = {"narrative": "正文", "derived": "计算", "local": "地方表"}
OPERATORS = {"=": "＝", ">=": "≥", "<=": "≤"}
PREFIX = {"previous": "上年", "prose": "正文", "table": ""}

view = filters.page_view("metrics", "指标口径", (), choices={"show": list(KINDS)})
if view is None:
    st.stop()
build, fictional = view.build.name, view.filters.fictional
names = {m.id: m.name for m in load_metrics().values()} | {i.id: i.name for i in load_catalogue().indicators}
show = filters.switch(view, "show", "内容", KINDS)
asked = wording.clean(
    st.text_input(
        "查找",
        key="search",
        placeholder="输入报告里的写法，例如：本年新收、不予公开、收费金额",
        persist_state="session",
    )
).strip()


def form_words(forms: list[str]) -> str:
    return "、".join(FORMS.get(f, f"{f}年表式") for f in forms)


def equation_words(text: str) -> str:
    """An equation with the metrics' names instead of their ids."""
    e = parse_equation(text)

    def side(terms: tuple) -> str:  # type: ignore[type-arg]
        out = ""
        for n, t in enumerate(terms):
            sign = "－" if t.factor < 0 else "" if n == 0 else "＋"
            out += (
                sign
                + (f"{abs(t.factor)}×" if abs(t.factor) != 1 else "")
                + PREFIX[t.source]
                + "“"
                + names.get(t.metric, t.metric)
                + "”"
            )
        return out

    return side(e.left) + OPERATORS[e.operator] + side(e.right)


if show == "metrics":
    themes = filters.theme_names()
    df = queries_quality.catalogue(build, fictional)
    words = df.apply(
        lambda r: " ".join(
            [
                r["id"],
                r["name"],
                r["short"],
                r["definition"] or "",
                *(r["wordings"] if r["wordings"] is not None else []),
            ]
        ),
        axis=1,
    )
    df = df[words.str.contains(asked, case=False, regex=False)] if asked else df
    st.caption(f"{len(df)}项" + (f"，含“{wording.plain(asked)}”" if asked else "；“数值”是本库已有的个数"))
    if df.empty:
        st.info("没有这样写法的指标。可换一个词，例如表格里的行名。")
    table = pd.DataFrame({
        "主题": df["theme"].map(themes), "指标": df["name"], "单位": df["unit"], "见于": [form_words(list(f)) for f in df["forms"]],
        "数值": df["held"], "年度": [wording.spans(list(range(int(a), int(b) + 1))) if h else "" for a, b, h in zip(df["first_year"].fillna(0), df["last_year"].fillna(0), df["held"], strict=True)],
        "编号": df["id"],
    })  # fmt: skip
    if len(table):
        event = st.dataframe(table, hide_index=True, key="catalogue", on_select="rerun", selection_mode="single-row", height=min(38 + 35 * len(table), 460),
                             column_config={"数值": st.column_config.NumberColumn(format="localized", width="small")})  # fmt: skip
        picked = event.selection.rows  # type: ignore[union-attr]
        chosen = (
            df.iloc[picked[0]] if picked and picked[0] < len(df) else (df.iloc[0] if asked or len(df) == 1 else None)
        )
        if chosen is None:
            st.caption("点一行，可看口径、提示和原文写法。")
        else:
            with st.container(border=True):
                st.markdown(f"**{wording.plain(chosen['name'])}**　{wording.plain(chosen['unit'] or '')}")
                st.markdown(wording.plain(chosen["definition"] or ""))
                if isinstance(chosen["caution"], str) and chosen["caution"]:
                    st.markdown("使用提示：" + wording.plain(chosen["caution"]))
                facts = {
                    "所在位置": chosen["place"], "原文写法": "、".join(chosen["wordings"] if chosen["wordings"] is not None else []),
                    "组成": "、".join(names.get(p, p) for p in (chosen["parts"] if chosen["parts"] is not None else [])),
                    "渠道（有重复，不相加）": "、".join(names.get(p, p) for p in (chosen["channels"] if chosen["channels"] is not None else [])),
                    "有关规则": "、".join(r.title for r in load_rules().rules if any(t.metric == chosen["id"] for e in (*r.equations, *r.alternatives) for t in e.terms)),
                    "英文": chosen["english"], "编号": chosen["id"],
                }  # fmt: skip
                for label, text in facts.items():
                    if isinstance(text, str) and text:
                        st.caption(f"{label}：{wording.plain(text)}")
elif show == "forms":
    for form in sorted(load_forms(), key=lambda f: -f.since):
        rows = [
            {"表": f"表{table.number}", "行": row.label, "列": column.label if len(table.columns) > 1 else "", "指标": names.get(metric, metric),
             "其他写法": "、".join((*row.spellings, *column.spellings))}
            for table in form.tables
            for row, column, metric in [
                *((row, c, row.cells.get(c.id) or row.metric) for row in table.rows for c in table.columns if (row.cells.get(c.id) or (row.metric and c is table.columns[-1]))),
                *((c, c, c.metric) for c in table.columns if not table.rows and c.metric),
            ]
            if metric
        ]  # fmt: skip
        frame = pd.DataFrame(rows, columns=["表", "行", "列", "指标", "其他写法"])
        if asked:
            hit = frame.apply(lambda r: asked.lower() in " ".join(map(str, r)).lower(), axis=1)
            frame = frame[hit] if len(frame) else frame
        if asked and frame.empty:
            continue
        with st.expander(f"{form.name}（{len(frame)}格）", expanded=bool(asked)):
            st.caption(wording.plain(form.basis))
            st.dataframe(frame.map(wording.clean), hide_index=True, height=min(38 + 35 * max(len(frame), 1), 460))
else:
    rules = queries_quality.rules(build)
    uses = queries_quality.rule_uses(build, fictional).set_index("rule_id")
    if asked:
        text = rules.apply(
            lambda r: " ".join([r["id"], r["title"], r["explanation"], *(equation_words(e) for e in r["equations"])]),
            axis=1,
        )
        rules = rules[text.str.contains(asked, case=False, regex=False)]
    st.caption(f"{len(rules)}条。每次装载都对全部报告运行；“不能判定”是有空白或不能辨认的格。")
    counted = uses.reindex(rules["id"])
    table = pd.DataFrame({
        "规则": rules["title"], "程度": rules["severity"].map(wording.SEVERITY), "适用": [form_words(list(f)) or "各表式" for f in rules["forms"]],
        **{word: counted[name].to_numpy() for word, name in (("相符", "passed"), ("不符", "failed"), ("不能判定", "not_assessable"))}, "编号": rules["id"],
    })  # fmt: skip
    event = st.dataframe(
        table, hide_index=True, key="rules", on_select="rerun", selection_mode="single-row", height=min(38 + 35 * max(len(table), 1), 460),
        column_config={c: st.column_config.NumberColumn(format="localized", width="small") for c in ("相符", "不符", "不能判定")},
    )  # fmt: skip
    picked = event.selection.rows  # type: ignore[union-attr]
    if rules.empty:
        st.info("没有这样写法的规则。")
    elif not (picked and picked[0] < len(rules)) and not asked:
        st.caption("点一行，可看等式、依据和请核对的内容。")
    else:
        r = next(rules.iloc[[picked[0] if picked and picked[0] < len(rules) else 0]].itertuples(index=False))
        with st.container(border=True):
            st.markdown(f"**{wording.plain(r.title)}**")
            st.markdown(wording.plain(r.explanation))
            for e in r.equations:
                st.markdown("- " + wording.plain(equation_words(e)))
            if len(r.instead):
                st.caption("按以下口径相符的，只作说明：")
                for e in r.instead:
                    st.markdown("- " + wording.plain(equation_words(e)))
            facts = [f"依据：{r.basis}" if isinstance(r.basis, str) else "", f"请核对：{r.advice}", f"编号：{r.id}"]
            st.caption(wording.plain("。".join(f for f in facts if f)))
