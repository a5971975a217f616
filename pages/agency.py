"""机关画像: one agency before a meeting; against its peers, over the years, its findings, its reports, its own words on problems and plans."""

import pandas as pd
import streamlit as st

from pages.kit import (
    card,
    charts,
    charts_spread,
    filters,
    links,
    original,
    profile,
    queries,
    queries_report,
    source,
    wording,
)

USED = ("year", "province", "city", "level", "system", "agency", "scope")

view = filters.page_view("agency", "机关画像", USED, single=True)
if view is None:
    st.stop()
if not view.filters.agency:
    st.info("所选范围内没有机关。放宽筛选，或点“重置”。")
    st.stop()
build, fictional, scope, agency = (
    view.build.name,
    view.filters.fictional,
    view.filters.scope or "",
    view.filters.agency[0],
)
year, about = int(view.filters.year or 0), profile.about(view, agency)
held = queries_report.reports_of(build, fictional, agency)
scope, other = profile.scope_of(held, scope)
line = wording.options_line([about["name"], wording.year_text(year), f"范围：{wording.SCOPE.get(scope, '')}"])
st.subheader(wording.plain(about["name"]), anchor=False)
st.caption(wording.plain(profile.line(about)))
if other:
    st.caption(wording.plain(other))
common = {"theme": "机关画像", "scope": about["called"], "filter_line": line}

# The peers are those of the same level and system: the rows of all others are not fetched.
like = {name: about[name] for name in ("level", "system") if isinstance(about[name], str)}


def rows() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame, str, list[str], list[str]]:
    """The peers' rows of the year, the agency's of all years (also by metric), the words of the first chart, the notes of both."""
    asked = build, fictional, profile.METRICS
    of_year = queries.values(*asked, (year,), scope, **like, agencies=() if len(like) == 2 else (agency,))
    of_year = profile.peers(of_year, agency, year)
    over = profile.own_years(queries.values(*asked, view.options.years, scope, **like, agencies=(agency,)), agency)
    named = profile.named(over)
    standing = [*profile.notes(of_year, agency), *card.unit_notes(of_year, agency)]
    gaps = [*wording.value_notes(named, entity="指标"), *card.unit_notes(named)]
    return of_year, over, named, profile.alt(of_year, agency), standing, gaps


peers, own, named, alt, standing, gaps = filters.once(view, "rows", rows)
if (own["status"] == "reported").any():
    card.show(view, card.Card(
        key="strips", title=f"{about['called']}在同类机关中的位置，{wording.year_text(year)}", metric="与同类比较", year=str(year), in_order=True,
        subtitle=f"同类：{profile.peers_text(about)}；每条一个指标，各用各的横轴", table=peers, draw=lambda look: charts_spread.strips(peers, look, agency),
        alt=alt, notes=[*standing, "位置只说明多少，不说明好坏。"], **common,
    ))  # fmt: skip
    card.show(view, card.Card(
        key="years", title=f"{about['called']}历年数值", metric="历年数值", year=wording.spans(view.options.years), in_order=True,
        subtitle="每格一个指标，纵轴各自从0开始；空缺处不连线，竖虚线为改用新表式", table=own,
        draw=lambda look: charts.small_multiples(named, look, False), notes=gaps, **common,
    ))  # fmt: skip
else:
    filters.nothing_here(view, line)

st.subheader("问题", anchor=False)
findings = queries_report.findings_about(build, fictional, agency)
if findings.empty:
    st.caption("现有报告中没有错误或提醒。")
for f in findings.head(15).itertuples(index=False):
    st.markdown(f"{wording.SEVERITY.get(f.severity, '')}　{int(f.year) if f.year else ''}　{wording.plain(f.message)}")
if len(findings) > 15:
    st.caption(f"共{len(findings)}个，其余见“数据质量”。")

st.subheader("报告", anchor=False)
st.dataframe(profile.listed(held), hide_index=True, placeholder="", height=min(38 + 35 * max(len(held), 1), 388))
for _, r in held.head(12).iterrows():
    links.to_report(
        view, agency, r["report_id"], label=f"{original.name(r)}：原文、{r['figures']}个数、{r['findings']}个问题"
    )

st.subheader("自己怎么说存在的问题和今后打算", anchor=False)
said = next(
    (r for _, r in held.iterrows() if r["year"] == year and r["is_current"]), held.iloc[0] if len(held) else None
)
if said is not None:
    found = original.find(said)
    words = source.passages(found.document, found.blocks, profile.CUES) if found.document is not None else ""
    st.caption(wording.plain(original.name(said)))
    st.text(wording.lines(words) if words else found.reason or "这份报告中没有找到“存在问题”“改进”或“打算”的章节。")
