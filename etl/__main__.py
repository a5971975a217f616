"""The command line: `python -m etl COMMAND`. Results on stdout, messages in Chinese on stderr (CONTRACT 1).

Exit 0: done. 1: nothing done, with one clear line. 3: done, but some files were set aside, each with its reason.
"""

from __future__ import annotations

import contextlib
import csv
import getpass
import json
import os
import sys
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

import typer
import typer.core
from rich.console import Console
from rich.table import Table

from etl import check as checks
from etl import registry, warehouse
from etl.imports import write_template
from etl.model import YearbookError
from etl.progress import LoadProgress
from etl.warehouse import export as exports
from etl.warehouse import queries

_HELP_WORDS = (
    ("Usage: ", "用法："), ("[OPTIONS]", "[选项]"), ("COMMAND [ARGS]...", "命令 [参数]..."), ("Show this message and exit.", "显示这份说明。"),
    ("Arguments:", "参数："), ("Options:", "选项："), ("Commands:", "命令："), ("[default: ", "[默认 "), ("[required]", "[必填]"), ("<list[str]>", ""),
    ("<str>", ""), ("<int>", ""), ("<path>", ""), ("<Path>", ""), ("<float>", ""), ("<integer>", ""), ("<text>", ""),
)  # fmt: skip


class ChineseCommand(typer.core.TyperCommand):
    """A command whose help has Chinese headings: the option parser has no translation of its own."""

    def get_help(self, ctx: Any) -> str:
        return _in_chinese(super().get_help(ctx))


class ChineseGroup(typer.core.TyperGroup):
    def get_help(self, ctx: Any) -> str:
        return _in_chinese(super().get_help(ctx))


def _in_chinese(text: str) -> str:
    for english, chinese in _HELP_WORDS:
        text = text.replace(english, chinese)
    return text


app = typer.Typer(
    cls=ChineseGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="政府信息公开年鉴：读取报告、入库、核查、导出。\n\n示例：python -m etl load 年报文件夹",
)

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

Warehouse = Annotated[Path | None, typer.Option("--warehouse", metavar="文件夹", help="数据库所在文件夹，默认 data/warehouse，也可设环境变量 YEARBOOK_WAREHOUSE。")]  # fmt: skip
TextOrJson = Annotated[Literal["text", "json"], typer.Option("--format", help="输出格式。")]
Paths = Annotated[list[str], typer.Argument(metavar="路径...", help="文件、文件夹或 zip 压缩包。", show_default=False)]


def say(*lines: str) -> None:
    """Messages for the person, on stderr."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def out(text: str = "") -> None:
    print(text, flush=False)


def _list_set_aside(items: list[Any]) -> None:
    for item in items:
        path, reason, advice = (
            (item["path"], item["reason"], item["advice"])
            if isinstance(item, dict)
            else (item.path, item.reason, item.advice)
        )
        say(f"搁置 {path}：{reason}。{(advice or '').rstrip('。')}。")


@contextlib.contextmanager
def _opened(directory: Path | None):
    build, con = warehouse.open_current(directory)
    with contextlib.closing(con):
        yield build, con


@app.command(cls=ChineseCommand)
def load(
    paths: Paths,
    workers: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="同时读取的进程数，默认每个处理器核心一个。", show_default=False),
    ] = None,
    scheduler: Annotated[str | None, typer.Option(metavar="tcp://主机:端口", help="改用 Dask 集群读取。")] = None,
    directory: Warehouse = None,
    prune: Annotated[bool, typer.Option("--prune", help="所给文件夹里已不存在的文件，其报告从库中去掉。")] = False,
    wait: Annotated[float, typer.Option(metavar="秒", help="另一次 load 正在进行时最多等多久。")] = 600,
) -> None:
    """读取文件，发布新的数据库。没有变化的文件不重读；没有任何变化就不发布。

    示例：python -m etl load 年报文件夹 2023年报.zip --workers 4
    """
    with LoadProgress() as progress:
        result = warehouse.load(
            paths,
            directory=directory,
            workers=workers,
            scheduler=scheduler,
            prune=prune,
            progress=progress,
            wait=wait,
            notice=say,
        )
    _list_set_aside(result.set_aside)
    say(*(f"未采用 {path} {reason}。" for path, reason in result.wrong_rows))
    if result.published is None:
        say(
            f"没有变化：{result.unchanged} 个文件都已在库中，未发布新库。当前库 {result.build.name if result.build else '无'}。"
        )
    else:
        _closing_table(result)
    if result.set_aside or result.wrong_rows:
        raise typer.Exit(3)


def _closing_table(result: warehouse.LoadResult) -> None:
    build, before = result.published, result.before
    assert build is not None
    say(
        f"已发布 {build.name}：读取 {result.read} 个文件（其中更新 {result.replaced}），未变 {result.unchanged}，"
        f"去掉 {result.pruned}，搁置 {len(result.set_aside)}{f'，导入的行未采用 {len(result.wrong_rows)}' if result.wrong_rows else ''}。"
    )
    table = Table(show_edge=False)
    for heading in ("", "本次", "比上一库"):
        table.add_column(heading, justify="left" if not heading else "right")
    for name, label in (
        ("sources", "源文件"),
        ("reports", "报告"),
        ("agencies", "机关"),
        ("observations", "数值"),
        ("findings", "问题"),
    ):
        now = getattr(build, name)
        table.add_row(label, f"{now:,}", f"{now - getattr(before, name):+,}" if before else "—")
    with contextlib.closing(warehouse.connect_readonly(build.path)) as con:
        held = queries.status(con)
    for row in held["kinds"]:
        table.add_row(f"  {KINDS.get(row['kind'], row['kind'])}", f"{row['reports']:,}", "")
    for row in held["forms"]:
        table.add_row(f"  {row['form'] or '未认出'} 表式", f"{row['reports']:,}", "")
    for row in held["statuses"]:
        table.add_row(f"  数值：{STATUSES.get(row['status'], row['status'])}", f"{row['values']:,}", "")
    for row in held["findings"]:
        table.add_row(f"  问题：{checks.SEVERITIES.get(row['severity'], row['severity'])}", f"{row['findings']:,}", "")
    Console(file=sys.stderr).print(table)


@app.command(cls=ChineseCommand)
def extract(paths: Paths) -> None:
    """只读取，不入库：每份报告打印一行 JSON。

    示例：python -m etl extract 年报.html > 结果.jsonl
    """
    from etl.extract import as_json, extract_file

    registry.load_all()
    away = 0
    for item in warehouse.discover(paths):
        reports, outcome = warehouse.read_one(extract_file, item.target)
        if outcome.reason:
            away += 1
            _list_set_aside([warehouse.SetAside(item.path, outcome.reason, outcome.advice or "")])
        if outcome.wrong_rows:
            away += 1
            say(*(f"未采用 {item.path} {reason}。" for reason in outcome.wrong_rows))
        for report in reports:
            out(json.dumps(as_json(report), ensure_ascii=False))
    sys.stdout.flush()
    if away:
        raise typer.Exit(3)


@app.command(cls=ChineseCommand)
def status(
    directory: Warehouse = None,
    form: TextOrJson = "text",
) -> None:
    """当前数据库、数量，以及搁置了哪些文件、为什么。

    示例：python -m etl status
    """
    if warehouse.current_build(directory) is None:
        raise warehouse.WarehouseError(
            f"{warehouse.warehouse_dir(directory)} 里还没有数据库。请先运行 python -m etl load 文件夹。"
        )
    with _opened(directory) as (build, con):
        held = queries.status(con)
    older = [b.name for b in warehouse.listed_builds(directory)[1:]]
    if form == "json":
        out(
            json.dumps(
                {"build": warehouse.as_entry(build), "older": older, **held}, ensure_ascii=False, indent=1, default=str
            )
        )
        return
    out(f"当前库　{build.name}（{build.created.replace('T', ' ')}）")
    out(f"位置　　{build.path}")
    out(f"可回退　{'、'.join(older) or '无'}")
    years = held["years"][0]
    span = f"{years['first']}—{years['last']} 年度" if years["first"] else "无年度"
    out(
        f"源文件　{build.sources:,}　报告 {build.reports:,}（现行 {build.current_reports:,}）　机关 {build.agencies:,}　{span}"
    )
    out(f"数值　　{build.observations:,}　问题 {build.findings:,}")
    for row in held["kinds"]:
        out(f"　　　　{KINDS.get(row['kind'], row['kind'])} {row['reports']:,}")
    for row in held["fictional"]:
        out(f"　　　　{'虚构示例' if row['fictional'] else '真实数据'} {row['reports']:,} 份")
    if held["set_aside"]:
        out(f"搁置　　{len(held['set_aside'])} 个文件：")
        for row in held["set_aside"]:
            out(f"　　　　{row['path']}：{row['reason']}。{(row['advice'] or '').rstrip('。')}。")
    if held["wrong_rows"]:
        out(f"未采用　{len(held['wrong_rows'])} 行导入的数据：")
        for row in held["wrong_rows"]:
            out(f"　　　　{row['path']} {row['reason']}。")


@app.command(cls=ChineseCommand)
def explain(
    agency: Annotated[str, typer.Argument(metavar="机关", help="全称、简称或别名。")],
    year: Annotated[int, typer.Argument(metavar="年度", min=1990, max=2100)],
    metric: Annotated[str, typer.Argument(metavar="指标", help="编号或中文名。")],
    breakdown: Annotated[
        str | None, typer.Option(metavar="细分", help="申请人类别，如 natural_person；不写是总计。")
    ] = None,
    directory: Warehouse = None,
    form: TextOrJson = "text",
) -> None:
    """一个数字从何而来：哪份报告、哪个单元格或哪句话，看板显示的是哪一个。

    示例：python -m etl explain 岚屿市教育局 2023 requests_received
    """
    with _opened(directory) as (_, con):
        chain = queries.explain(con, agency, year, metric, breakdown)
    if form == "json":
        out(json.dumps(chain, ensure_ascii=False, indent=1, default=str))
    else:
        _print_chain(chain)
    if not chain["shown"] and not chain["observations"]:
        raise typer.Exit(1)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.10g}"


def _figure(row: dict[str, Any], unit: str | None = None) -> str:
    text = _number(row["value"])
    words = [f"{text} {unit or row.get('unit') or ''}".strip()] if text else []
    words += [STATUSES.get(row["status"], row["status"])] if row["status"] != "reported" else []
    words += [QUALIFIERS[row["qualifier"]]] if row.get("qualifier") in QUALIFIERS else []
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


def _print_chain(chain: dict[str, Any]) -> None:
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
            out(
                f"  问题（{checks.SEVERITIES.get(row['severity'], row['severity'])}，{row['rule_id']}）：{row['message']}"
            )
        without = [r for r in mine["reports"] if r["report_id"] not in {o["report_id"] for o in mine["observations"]}]
        if without:
            out("  这一年度的其他报告（没有这个数）：")
            for row in without:
                out(f"    {_report_words(row)}　{row['source_path']}")


def _report_words(row: dict[str, Any]) -> str:
    current = "" if row["is_current"] else "，已被后来的版本取代"
    published = f"，{row['published_on']} 公布" if row["published_on"] else ""
    return f"《{row['title'] or '无标题'}》（{KINDS.get(row['kind'], row['kind'])}，{SCOPES.get(row['scope'], row['scope'])}{published}{current}）"


def _print_shown(row: dict[str, Any], metric: dict[str, Any], mine: dict[str, list[dict[str, Any]]]) -> None:
    scope = SCOPES.get(row["scope"], row["scope"])
    if metric["is_indicator"]:
        ratio = f"{_number(row['numerator'])}/{_number(row['denominator'])}" if row["denominator"] is not None else ""
        out(
            f"  看板显示（{scope}）：{_figure(row, metric['unit'])}　{ratio}{'' if row['reliable'] else '　分母小，不宜比较'}"
        )
    else:
        out(
            f"  看板显示（{scope}）：{_figure(row)}　取自{METHODS.get(row['method'], row['method'])}{'，不足全年' if row['part_year'] else ''}"
        )
        if row["corrected"] and row["method"] == "correction":
            out(f"    更正：报告所载 {_number(row['printed_value']) or '无数'}，理由：{row['correction_reason']}")
        if row["narrative_value"] is not None:
            out(f"    正文另写 {_number(row['narrative_value'])}")
    for part in (p for p in mine["parts"] if p["scope"] == row["scope"]):
        out(f"    其中 {part['metric']}：{_figure(part)}（{METHODS.get(part['method'], part['method'])}）")


def _print_observation(n: int, row: dict[str, Any]) -> None:
    mark = "★" if row["chosen"] else "　"
    out(
        f"  [{n}]{mark}{_figure(row)}　{METHODS.get(row['method'], row['method'])}{'，看板所用' if row['chosen'] else ''}"
    )
    out(f"      原文　{(row['quote'] or '').strip()}")
    out(f"      写作　{row['raw']}")
    out(f"      位置　{_place(row['locator'])}")
    out(f"      报告　{_report_words(row)}")
    out(
        f"      文件　{row['source_path']}{'（' + row['document'] + '）' if row['document'] != row['source_path'] else ''}"
    )
    where = f"metric_value（{SCOPES.get(row['scope'], row['scope'])}）" if row["chosen"] else "未用于 metric_value"
    out(
        f"      链　　源文件 {row['sha256'][:12]} → 报告 {row['report_id']}（第{row['part']}部分） → 数值 {row['ordinal']} → {where}"
    )


@app.command(cls=ChineseCommand)
def check(
    agency: Annotated[str | None, typer.Option(metavar="机关")] = None,
    city: Annotated[str | None, typer.Option(metavar="市")] = None,
    year: Annotated[int | None, typer.Option(metavar="年度")] = None,
    severity: Annotated[
        Literal["error", "warning", "info"] | None, typer.Option(help="级别：错误、警告、提示。")
    ] = None,
    form: Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="输出格式。")] = "table",
    directory: Warehouse = None,
) -> None:
    """列出当前数据库的问题，可按机关、市、年度、级别筛选。

    示例：python -m etl check --city 岚屿市 --year 2023 --severity error
    """
    with _opened(directory) as (build, con):
        rows = checks.list_findings(con, agency, city, year, severity)
    if form != "table":
        sys.stdout.write(checks.as_text(rows, form) + ("\n" if form == "json" else ""))
        return
    if rows:
        table = Table(show_edge=False)
        for heading in checks.COLUMNS.values():
            table.add_column(heading, overflow="fold")
        for cells in checks.table_rows(rows):
            table.add_row(*(cell.replace("[", "\\[") for cell in cells))
        Console(width=None if sys.stdout.isatty() else 200).print(table)
    say(f"{build.name}：共 {len(rows)} 个问题。")


@app.command(cls=ChineseCommand)
def accept(
    agency: Annotated[str, typer.Argument(metavar="机关")],
    year: Annotated[int, typer.Argument(metavar="年度")],
    rule: Annotated[str, typer.Argument(metavar="规则")],
    who: Annotated[str, typer.Option(help="认可人。")],
    why: Annotated[str, typer.Option(help="理由。")],
    metric: Annotated[str | None, typer.Option(help="只接受这一指标的问题。")] = None,
    breakdown: Annotated[str | None, typer.Option(help="只接受这一细分的问题。")] = None,
    directory: Warehouse = None,
) -> None:
    """记下一个核对后认可的问题；下次 load 后单列，不再计入待核对的问题。

    示例：python -m etl accept 岚屿市教育局 2023 XY-CARRY --who 核对人 --why 上年报告已更正
    """
    with _opened(directory) as (_, con):
        count = checks.accept_finding(con, agency, year, rule, who, why, metric=metric, breakdown=breakdown)
    say(f"已记下 {count} 条，下次 python -m etl load 后生效。")


@app.command(cls=ChineseCommand)
def roster(
    path: Annotated[Path | None, typer.Argument(metavar="名册", help="填好的名册，CSV 或 XLSX。")] = None,
    template: Annotated[Path | None, typer.Option(metavar="文件", help="写出空白模板（CSV）。")] = None,
) -> None:
    """导入应报机关名册，替换原来的名册；没有名册时不判断谁没有报告。

    示例：python -m etl roster --template 名册模板.csv
    """
    if template is not None:
        try:
            with template.open("w", encoding="utf-8-sig", newline="") as file:
                csv.writer(file).writerows(checks.roster_template())
        except OSError as fault:
            raise YearbookError(f"写不了 {template}（{fault.strerror or fault}）。请换一个位置。") from fault
        say(f"已写出模板：{template}。填好后运行 python -m etl roster {template}")
        return
    if path is None:
        raise YearbookError("请写明名册文件，例如 python -m etl roster 名册.xlsx；模板用 --template 写出。")
    count = checks.import_roster(path)
    say(f"名册已导入，共 {count} 个机关，下次 python -m etl load 后生效。")


@app.command(cls=ChineseCommand)
def export(
    directory: Annotated[Path, typer.Argument(metavar="文件夹", help="写到这里；写模板时也可以是文件名。")],
    form: Annotated[Literal["parquet", "csv"], typer.Option("--format", help="文件格式。")] = "parquet",
    template: Annotated[
        bool, typer.Option("--template", help="只写导入模板（.xlsx 和 .csv），填好后用 load 载入。")
    ] = False,
    source: Warehouse = None,
) -> None:
    """把整个数据库导出为 Parquet 或 CSV，附数据字典；或写出导入模板。

    示例：python -m etl export 导出 --format csv
    """
    if template:
        try:
            written = write_template(directory)
        except OSError as fault:
            raise YearbookError(
                f"写不了 {directory}（{fault.strerror or fault}）。请检查文件夹权限和磁盘空间。"
            ) from fault
        say(
            f"已写出导入模板：{'、'.join(map(str, written))}。每行一个机关、年度、指标；填好后 python -m etl load 这个文件。"
        )
        return
    build = warehouse.current_build(source)
    if build is None:
        raise warehouse.WarehouseError("还没有数据库可以导出。请先运行 python -m etl load 文件夹。")
    written = exports.export_build(build, directory, form)
    say(f"已把 {build.name} 导出到 {directory}：{len(written)} 个文件，字段说明见 数据字典.csv 和 datapackage.json。")


@app.command(cls=ChineseCommand)
def demo(
    directory: Annotated[Path, typer.Argument(metavar="文件夹", help="写到这里。")],
    cities: Annotated[int, typer.Option(min=1, metavar="N", help="几个市。")] = 6,
    agencies: Annotated[int, typer.Option(min=0, metavar="N", help="每个市几个部门。")] = 8,
    years: Annotated[str, typer.Option(metavar="2019-2025", help="年度，可写范围或一年。")] = "2019-2025",
    seed: Annotated[int, typer.Option(metavar="N", help="同一个数写出同样的文件。")] = 1,
) -> None:
    """写出虚构省份的报告文件，用来试用和测试；地名和数字都是编的。

    示例：python -m etl demo data/samples/fictional --cities 6 --years 2019-2025
    """
    from etl.demo import write_province

    first, _, last = years.partition("-")
    if not (first.isdigit() and (last or first).isdigit() and 2008 <= int(first) <= int(last or first) <= 2100):
        raise YearbookError(f"年度“{years}”不对，应写作 2023 或 2019-2025。")
    try:
        write_province(
            directory, cities=cities, agencies=agencies, years=range(int(first), int(last or first) + 1), seed=seed
        )
    except OSError as fault:
        raise YearbookError(f"写不了 {directory}（{fault.strerror or fault}）。请检查文件夹权限和磁盘空间。") from fault
    except ValueError as fault:
        raise YearbookError(f"写不出来：{fault}") from fault
    say(f"已写出虚构省份的报告：{directory}。载入：python -m etl load {directory / 'reports'}")


@app.command(cls=ChineseCommand)
def correct(
    agency: Annotated[str, typer.Argument(metavar="机关", help="全称、简称或别名。")],
    year: Annotated[int, typer.Argument(metavar="年度", min=1990, max=2100)],
    metric: Annotated[str, typer.Argument(metavar="指标", help="编号或中文名。")],
    old: Annotated[str, typer.Argument(metavar="原值", help="看板现在显示的数；没有数写 空。")],
    new: Annotated[str, typer.Argument(metavar="新值", help="应改成的数；撤掉这个数写 空。")],
    reason: Annotated[str, typer.Argument(metavar="理由")],
    breakdown: Annotated[
        str | None, typer.Option(metavar="细分", help="申请人类别，如 natural_person；不写是总计。")
    ] = None,
    scope: Annotated[
        Literal["own_agency", "government_aggregate", "unknown"] | None,
        typer.Option(help="报告范围：本机关、本地区汇总、未写明。"),
    ] = None,
    who: Annotated[str | None, typer.Option(metavar="姓名或岗位", help="默认是登录名。", show_default=False)] = None,
    directory: Warehouse = None,
) -> None:
    """登记一条更正（写进 data/registry/corrections.jsonl）并立即生效。原值不符时不登记。

    示例：python -m etl correct 岚屿市教育局 2023 requests_received 21 12 "来函更正，2024-03-01"
    """
    before, after = _value(old, "原值"), _value(new, "新值")
    if not reason.strip():
        raise YearbookError("请写明理由。")
    with _opened(directory) as (_, con):
        chain = queries.explain(con, agency, year, metric, breakdown)
    if chain["metric"]["is_indicator"]:
        raise YearbookError(f"“{chain['metric']['name']}”是算出来的，请更正它的分子或分母。")
    shown = [row for row in chain["shown"] if scope in (None, row["scope"])]
    if not shown:
        raise YearbookError(f"库里没有{agency}{year}年度的“{chain['metric']['name']}”，没有可更正的数。")
    fitting = [row for row in shown if row["value"] == before]
    if len(fitting) != 1:
        now = "、".join(f"{row['agency']}（{SCOPES.get(row['scope'], row['scope'])}）{_figure(row)}" for row in shown)
        raise YearbookError(f"原值 {old} 与库中{'不符' if not fitting else '不止一处相符'}：现为 {now}。未登记。")
    row = fitting[0]
    line = registry.Correction(
        agency=row["agency"], year=year, metric=chain["metric"]["id"], breakdown=breakdown, scope=row["scope"], old=before, new=after,
        reason=reason.strip(), who=who or _login(), when=date.today().isoformat(),
    )  # fmt: skip
    path = corrections_root() / "corrections.jsonl"
    try:
        with path.open("a", encoding="utf-8") as file:
            file.write(line.model_dump_json() + "\n")
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        raise YearbookError(f"写不了 {path}（{fault.strerror or fault}）。未登记。") from fault
    result = warehouse.load([], directory=directory, registry_root=corrections_root(), wait=600, notice=say)
    say(
        f"已登记并生效：{row['agency']} {year}年度 {chain['metric']['name']} {old} → {new}。当前库 {result.build.name if result.build else ''}。"
    )


def corrections_root() -> Path:
    """The registry that `correct` writes to; tests put another here."""
    return registry.ROOT


def _value(text: str, what: str) -> float | None:
    if text.strip() in ("空", "空白", "null", ""):
        return None
    try:
        number = float(text.replace(",", "").replace("，", ""))
    except ValueError:
        number = float("nan")
    if number != number or number in (float("inf"), float("-inf")):
        raise YearbookError(f"{what}“{text}”不是数。没有数请写 空。")
    return number


def _login() -> str | None:
    with contextlib.suppress(OSError, KeyError, ImportError):
        return getpass.getuser()
    return None


@app.command(cls=ChineseCommand)
def rollback(directory: Warehouse = None) -> None:
    """退回上一个数据库；指针文件丢失或损坏时，改用最近一个完好的。

    示例：python -m etl rollback
    """
    build = warehouse.rollback(directory)
    say(f"已退回 {build.name}（{build.created.replace('T', ' ')}，报告 {build.reports:,} 份）。")


def _usage(fault: typer.TyperException) -> str:
    """The English message of the option parser as one Chinese line that says what to do.

    Told apart by class name: typer keeps its parser's classes in a private module.
    """
    kind, message = type(fault).__name__, getattr(fault, "message", str(fault))
    context, param = getattr(fault, "ctx", None), getattr(fault, "param", None)
    command = context.command_path if context else "python -m etl"
    name = ""
    if param is not None:
        name = "、".join(param.opts) if param.param_type_name == "option" else param.metavar or param.name or ""
    if kind == "MissingParameter":
        what = f"缺少 {name}"
    elif kind == "NoSuchOption":
        what = f"没有选项 {getattr(fault, 'option_name', '')}"
    elif kind == "BadParameter":
        _, _, choices = message.partition(" is not one of ")
        what = f"{name} 的值不对" + (
            f"，应为 {choices.rstrip('.').replace(chr(39), '').replace(', ', '、')} 之一" if choices else ""
        )
    elif kind == "BadOptionUsage":
        what = f"选项 {getattr(fault, 'option_name', '')} 后面缺少值"
    elif message.startswith("No such command"):
        what = f"没有命令 {message.split(chr(39))[1] if chr(39) in message else ''}"
    elif "unexpected extra argument" in message:
        what = "多出了参数 " + message[message.rfind("(") + 1 : -1]
    elif message.startswith("Missing command"):
        what = "缺少命令"
    else:
        what = f"用法不对（{message}）"
    return f"{what}。用法见 {command} --help。"


def main(arguments: list[str] | None = None) -> int:
    """Runs one command and gives its exit code; every foreseeable failure is one Chinese line on stderr and exit 1."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding="utf-8", errors="replace")
    try:
        code = app(args=arguments, prog_name="python -m etl", standalone_mode=False)
    except typer.TyperException as fault:
        if type(fault).__name__ == "NoArgsIsHelpError":
            out(str(fault))
        else:
            say(_usage(fault))
        return 1
    except (typer.Abort, KeyboardInterrupt):
        say("已中断。原来的数据库没有改动。")
        return 1
    except YearbookError as fault:
        say(str(fault))
        return 1
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
