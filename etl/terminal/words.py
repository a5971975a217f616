"""Chinese for the closed lists that the tables of a build hold."""

from __future__ import annotations

KINDS = {"annual_report": "年度报告", "work_summary": "工作总结", "work_plan": "工作要点", "other": "其他文件"}
SCOPES = {"own_agency": "本机关", "government_aggregate": "本地区汇总", "unknown": "未写明范围"}
METHODS = {
    "table": "统计表",
    "narrative": "正文",
    "imported": "导入",
    "derived": "由各部分相加",
    "correction": "人工更正",
}
STATUSES = {
    "reported": "有数", "blank": "空白", "not_applicable": "不适用", "unreadable": "待核", "conflicting": "前后不一", "partial": "部分缺数",
    "no_denominator": "分母为零",
}  # fmt: skip
QUALIFIERS = {"at_least": "以上", "at_most": "不足", "about": "约"}
