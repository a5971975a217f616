"""指标口径: what is counted, where it stands, what the forms and the rules say; searchable by original wording."""

import streamlit as st

from etl.registry import load_forms
from pages.kit import filters, lists, queries_quality, wording

KINDS = {"metrics": "指标", "forms": "表式", "rules": "规则"}
NUMBER = st.column_config.NumberColumn(format="localized", width="small")

view = filters.page_view("metrics", "指标口径", (), choices={"show": list(KINDS)})
if view is None:
    st.stop()
build, fictional, names = view.build.name, view.filters.fictional, lists.metric_names()
show = filters.switch(view, "show", "内容", KINDS)
asked = wording.clean(
    st.text_input("查找", key="search", placeholder="输入报告里的写法，例如：本年新收、不予公开、收费金额", persist_state="session")
).strip()  # fmt: skip


def pick(table, key: str) -> int | None:  # type: ignore[no-untyped-def]
    """The table with one row to choose; gives the row, the first one where something was searched for."""
    event = st.dataframe(
        table, hide_index=True, placeholder="", key=key, on_select="rerun", selection_mode="single-row", height=min(38 + 35 * max(len(table), 1), 460),
        column_config={c: NUMBER for c in ("数值", "相符", "不符", "不能判定") if c in table},
    )  # fmt: skip
    rows = event.selection.rows  # type: ignore[union-attr]
    return rows[0] if rows and rows[0] < len(table) else (0 if asked or len(table) == 1 else None)


if show == "metrics":
    df = lists.worded_like(queries_quality.catalogue(build, fictional), asked)
    st.caption(f"{len(df)}项" + (f"，含“{wording.plain(asked)}”" if asked else "；“数值”是本库已有的个数"))
    if df.empty:
        st.info("没有这样写法的指标。可换一个词，例如表格里的行名。")
        st.stop()
    at = pick(lists.catalogue(df, filters.theme_names()), "catalogue")
    if at is None:
        st.caption("点一行，可看口径、提示和原文写法。")
        st.stop()
    chosen = df.iloc[at]
    with st.container(border=True):
        st.markdown(f"**{wording.plain(chosen['name'])}**　{wording.plain(chosen['unit'] or '')}")
        st.markdown(wording.plain(chosen["definition"] or ""))
        if isinstance(chosen["caution"], str) and chosen["caution"]:
            st.markdown("使用提示：" + wording.plain(chosen["caution"]))
        for label, text in lists.facts(chosen.to_dict(), names).items():
            st.caption(f"{label}：{wording.plain(text)}")
elif show == "forms":
    for form in sorted(load_forms(), key=lambda f: -f.since):
        cells = lists.form_rows(form, names, asked)
        if asked and cells.empty:
            continue
        with st.expander(f"{form.name}（{len(cells)}格）", expanded=bool(asked)):
            st.caption(wording.plain(form.basis))
            st.dataframe(cells, hide_index=True, placeholder="", height=min(38 + 35 * max(len(cells), 1), 460))
else:
    rules = lists.rules_like(queries_quality.rules(build), asked, names)
    st.caption(f"{len(rules)}条。每次装载都对全部报告运行；“不能判定”是有空白或不能辨认的格。")
    if rules.empty:
        st.info("没有这样写法的规则。")
        st.stop()
    at = pick(lists.rules(rules, queries_quality.rule_uses(build, fictional)), "rules")
    if at is None:
        st.caption("点一行，可看等式、依据和请核对的内容。")
        st.stop()
    r = next(rules.iloc[[at]].itertuples(index=False))
    with st.container(border=True):
        st.markdown(f"**{wording.plain(r.title)}**")
        st.markdown(wording.plain(r.explanation))
        for e in r.equations:
            st.markdown("- " + wording.plain(lists.equation_words(e, names)))
        if len(r.instead):
            st.caption("按以下口径相符的，只作说明：")
            for e in r.instead:
                st.markdown("- " + wording.plain(lists.equation_words(e, names)))
        told = [f"依据：{r.basis}" if isinstance(r.basis, str) else "", f"请核对：{r.advice}", f"编号：{r.id}"]
        st.caption(wording.plain("。".join(f for f in told if f)))
