"""`explain` for people: the figure shown, and the chain behind each figure down to its cell or sentence."""

from __future__ import annotations

from typing import Any

from etl.registry import load_metrics, word_of
from etl.terminal import out


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def figure(row: dict[str, Any], unit: str | None = None) -> str:
    text = _number(row["value"])
    words = [f"{text} {unit or row.get('unit') or ''}".strip()] if text else []
    words += [word_of("status", row["status"])] if row["status"] != "reported" else []
    words += [word_of("qualifier", row["qualifier"])] if row.get("qualifier") not in (None, "exact") else []
    return "，".join(words)


def _place(locator: dict[str, Any] | None) -> str:
    at = {k: v for k, v in (locator or {}).items() if v is not None}
    words = []
    if "page" in at:
        words.append(f"第{at['page']}页")
    if "table" in at:
        words.append(f"表{at['table']}")
    if "row" in at and "column" in at:
        words.append(f"第{at['row'] + 1}行第{at['column'] + 1}列（网格 {at['row']},{at['column']}）")
    if "start" in at and "end" in at:
        words.append(f"原文第{at['start']}—{at['end']}字符")
    if "other" in at:
        words.append(at["other"])
    return "，".join(words) or "位置未记"


def print_chain(chain: dict[str, Any]) -> None:
    metric, year = chain["metric"], chain["year"]
    several = len(chain["agencies"]) > 1
    if several:
        out(f"“{chain['agencies'][0]['short_name']}”对应 {len(chain['agencies'])} 个机关，逐一列出。")
    for agency in chain["agencies"]:
        mine = {
            name: [r for r in chain[name] if r["agency_id"] == agency["agency_id"]]
            for name in ("shown", "observations", "reports", "parts", "findings")
        }
        if several and not mine["reports"]:
            continue
        out(
            f"{agency['name']}　{year}年度　{metric['name']}（{metric['id']}）{'　虚构示例' if agency['fictional'] else ''}"
        )
        for row in mine["shown"]:
            _print_shown(row, metric, mine)
        if not mine["shown"]:
            out(
                "  看板不显示这个数："
                + ("没有这个机关这一年度的报告。" if not mine["reports"] else "这一年度的报告里没有读到它。")
            )
        for n, row in enumerate(mine["observations"], 1):
            _print_observation(n, row)
        for row in mine["findings"]:
            if row["state"] != "pass":
                out(f"  问题（{_judgement(row)}，{row['rule_id']}）：{row['message']}")
        without = [r for r in mine["reports"] if r["report_id"] not in {o["report_id"] for o in mine["observations"]}]
        if without:
            out("  这一年度的其他报告（没有这个数）：")
            for row in without:
                out(f"    {_report_words(row)}　{row['source_path']}")


def _judgement(row: dict[str, Any]) -> str:
    """错误; 提示，按其他口径相符; 提醒，已接受"""
    state = "" if row["state"] == "fail" else f"，{word_of('finding_state', row['state'])}"
    return word_of("severity", row["severity"]) + state + ("，已接受" if row["accepted"] else "")


def _report_words(row: dict[str, Any]) -> str:
    current = "" if row["is_current"] else "，已被后来的版本取代"
    published = f"，{row['published_on']} 公布" if row["published_on"] else ""
    return f"《{row['title'] or '无标题'}》（{word_of('kind', row['kind'])}，{word_of('scope', row['scope'])}{published}{current}）"


def _print_shown(row: dict[str, Any], metric: dict[str, Any], mine: dict[str, list[dict[str, Any]]]) -> None:
    scope = word_of("scope", row["scope"])
    if metric["is_indicator"]:
        ratio = f"{_number(row['numerator'])}/{_number(row['denominator'])}" if row["denominator"] is not None else ""
        small = row["status"] == "reported" and not row["reliable"]
        out(f"  看板显示（{scope}）：{figure(row, metric['unit'])}　{ratio}{'　分母小，不宜比较' if small else ''}")
    else:
        out(
            f"  看板显示（{scope}）：{figure(row)}　方法：{word_of('method', row['method'])}{'，不足全年' if row['part_year'] else ''}"
        )
        if row["corrected"] and row["method"] == "correction":
            out(f"    更正：原值 {_number(row['printed_value']) or '无数'}，理由：{row['correction_reason']}")
        if row["narrative_value"] is not None:
            said = {"value": row["narrative_value"], "status": "reported", "qualifier": row["narrative_qualifier"]}
            out(f"    正文另写 {figure(said)}")
    for part in (p for p in mine["parts"] if p["scope"] == row["scope"]):
        known = load_metrics().get(part["metric"])
        out(
            f"    其中 {known.name if known else part['metric']}：{figure(part)}（{word_of('method', part['method'])}）"
        )


def _print_observation(n: int, row: dict[str, Any]) -> None:
    mark = "★" if row["chosen"] else "　"
    out(f"  [{n}]{mark}{figure(row)}　{word_of('method', row['method'])}{'，看板所用' if row['chosen'] else ''}")
    out(f"      原文　{(row['quote'] or '').strip()}")
    out(f"      写作　{row['raw']}")
    out(f"      位置　{_place(row['locator'])}")
    out(f"      报告　{_report_words(row)}")
    out(
        f"      文件　{row['source_path']}{'（' + row['document'] + '）' if row['document'] != row['source_path'] else ''}"
    )
    where = f"metric_value（{word_of('scope', row['scope'])}）" if row["chosen"] else "未用于 metric_value"
    out(
        f"      链　　源文件 {row['sha256'][:12]} → 报告 {row['report_id']}（第{row['part']}部分） → 数值 {row['ordinal']} → {where}"
    )
