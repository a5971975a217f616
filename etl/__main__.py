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
from typing import Annotated, Literal

import typer

# What only some commands need is imported by those: `status` must not wait for the readers to start.
from etl import registry, warehouse
from etl.model import Scope, Severity, YearbookError
from etl.terminal import list_set_aside, out, say
from etl.terminal.usage import ChineseCommand, ChineseGroup, usage

app = typer.Typer(
    cls=ChineseGroup,
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["--help", "-h"]},
    help="政府信息公开年鉴：读取报告、入库、核查、导出。\n\n示例：python -m etl load 年报文件夹",
)

Warehouse = Annotated[Path | None, typer.Option("--warehouse", metavar="文件夹", help="数据库所在文件夹，默认 data/warehouse，也可设环境变量 YEARBOOK_WAREHOUSE。")]  # fmt: skip
TextOrJson = Annotated[Literal["text", "json"], typer.Option("--format", help="输出格式。")]
Paths = Annotated[list[str], typer.Argument(metavar="路径...", help="文件、文件夹或 zip 压缩包。", show_default=False)]


@contextlib.contextmanager
def _opened(directory: Path | None):
    build, con = warehouse.open_current(directory)
    with contextlib.closing(con), warehouse.damage_said(build.path):
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
    from etl.terminal.progress import LoadProgress

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
    list_set_aside(result.set_aside)
    say(*(f"未采用 {path} {reason}。" for path, reason in result.wrong_rows))
    if result.published is None:
        say(
            f"没有变化：{result.unchanged} 个文件都已在库中，未发布新库。当前库 {result.build.name if result.build else '无'}。"
        )
    else:
        from etl.terminal.closing import closing_table

        closing_table(result)
    if result.outdated:
        from etl.terminal.outdated import outdated_line

        say(outdated_line(result.outdated))
    if result.set_aside or result.wrong_rows:
        raise typer.Exit(3)


@app.command(cls=ChineseCommand)
def extract(paths: Paths) -> None:
    """只读取，不入库：每份报告打印一行 JSON。

    示例：python -m etl extract 年报.html > 结果.jsonl
    """
    from etl.extract import as_json, extract_file
    from etl.warehouse.workers import read_one

    registry.load_all()
    items = warehouse.discover(paths)
    if not items:
        raise YearbookError(f"{'、'.join(paths)} 里没有可以读取的文件。请检查文件夹，或给出报告所在的位置。")
    away = 0
    for item in items:
        reports, outcome = read_one(extract_file, item.target)
        if outcome.reason:
            away += 1
            list_set_aside([warehouse.SetAside(item.path, outcome.reason, outcome.advice or "")])
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
    from etl.warehouse import loader, queries

    with _opened(directory) as (build, con):
        held = queries.status(con)
        held["outdated"] = queries.outdated(con, loader.extractor_version(registry.ROOT))
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
        out(f"　　　　{registry.word_of('kind', row['kind'])} {row['reports']:,}")
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
    if held["outdated"]:
        from etl.terminal.outdated import outdated_line

        out(f"旧读法　{outdated_line(held['outdated'])}")


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
    from etl.terminal.chain import print_chain
    from etl.warehouse import queries

    with _opened(directory) as (_, con):
        chain = queries.explain(con, agency, year, metric, breakdown)
    if form == "json":
        out(json.dumps(chain, ensure_ascii=False, indent=1, default=str))
    else:
        print_chain(chain)
    if not chain["shown"] and not chain["observations"]:
        raise typer.Exit(1)


@app.command(cls=ChineseCommand)
def check(
    agency: Annotated[str | None, typer.Option(metavar="机关")] = None,
    city: Annotated[str | None, typer.Option(metavar="市")] = None,
    year: Annotated[int | None, typer.Option(metavar="年度")] = None,
    severity: Annotated[Severity | None, typer.Option(help="级别：错误、提醒、提示。")] = None,
    form: Annotated[Literal["table", "csv", "json"], typer.Option("--format", help="输出格式。")] = "table",
    directory: Warehouse = None,
) -> None:
    """列出当前数据库的问题，可按机关、市、年度、级别筛选。

    示例：python -m etl check --city 岚屿市 --year 2023 --severity error
    """
    from etl.check import listing

    with _opened(directory) as (build, con):
        rows = listing.list_findings(con, agency, city, year, severity)
    if form != "table":
        sys.stdout.write(listing.as_text(rows, form) + ("\n" if form == "json" else ""))
        return
    if rows:
        _print_table(list(listing.COLUMNS.values()), listing.table_rows(rows[:MOST_PRINTED]))
    rest = f"只列出前 {MOST_PRINTED} 个，全部请用 --format csv，或加筛选条件。" if len(rows) > MOST_PRINTED else ""
    say(f"{build.name}：共 {len(rows)} 个问题。{rest}")


MOST_PRINTED = 500
"""Rows of a table on paper or screen; laying out 10,000 takes a minute and nobody reads them so."""


def _print_table(headings: list[str], rows: list[list[str]]) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(show_edge=False)
    for heading in headings:
        table.add_column(heading, overflow="fold")
    for cells in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in cells))
    Console(width=None if sys.stdout.isatty() else 200).print(table)


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
    from etl.check.listing import accept_finding

    with _opened(directory) as (_, con):
        count = accept_finding(con, agency, year, rule, who, why, metric=metric, breakdown=breakdown)
    say(f"已记下 {count} 条，下次 python -m etl load 后生效。")


@app.command(cls=ChineseCommand)
def roster(
    path: Annotated[Path | None, typer.Argument(metavar="名册", help="填好的名册，CSV 或 XLSX。")] = None,
    template: Annotated[Path | None, typer.Option(metavar="文件", help="写出空白模板（CSV）。")] = None,
) -> None:
    """导入应报机关名册，替换原来的名册；没有名册时不判断谁没有报告。

    示例：python -m etl roster --template 名册模板.csv
    """
    from etl.check.coverage import import_roster, roster_template

    if template is not None:
        with template.open("w", encoding="utf-8-sig", newline="") as file:
            csv.writer(file).writerows(roster_template())
        say(f"已写出模板：{template}。填好后运行 python -m etl roster {template}")
        return
    if path is None:
        raise YearbookError("请写明名册文件，例如 python -m etl roster 名册.xlsx；模板用 --template 写出。")
    count = import_roster(path)
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
        from etl.imports import write_template

        written = write_template(directory)
        say(
            f"已写出导入模板：{'、'.join(map(str, written))}。每行一个机关、年度、指标；填好后 python -m etl load 这个文件。"
        )
        return
    from etl.warehouse.export import export_build

    build = warehouse.current_build(source)
    if build is None:
        raise warehouse.WarehouseError("还没有数据库可以导出。请先运行 python -m etl load 文件夹。")
    written = export_build(build, directory, form)
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
        Scope | None,
        typer.Option(help="报告范围：本机关、全地区汇总、范围未注明。"),
    ] = None,
    who: Annotated[str | None, typer.Option(metavar="姓名或岗位", help="默认是登录名。", show_default=False)] = None,
    directory: Warehouse = None,
) -> None:
    """登记一条更正（写进 data/registry/corrections.jsonl）并立即生效。原值不符时不登记。

    示例：python -m etl correct 岚屿市教育局 2023 requests_received 21 12 "来函更正，2024-03-01"
    """
    from etl.terminal.chain import figure
    from etl.warehouse import queries

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
        now = "、".join(f"{row['agency']}（{registry.word_of('scope', row['scope'])}）{figure(row)}" for row in shown)
        raise YearbookError(f"原值 {old} 与库中{'不符' if not fitting else '不止一处相符'}：现为 {now}。未登记。")
    row = fitting[0]
    line = registry.Correction(
        agency=row["agency"], year=year, metric=chain["metric"]["id"], breakdown=breakdown, scope=row["scope"], old=before, new=after,
        reason=reason.strip(), who=who or _login(), when=date.today().isoformat(),
    )  # fmt: skip
    registry.append(corrections_root() / "corrections.jsonl", [line])
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
            say(usage(fault))
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
    except OSError as fault:  # what a command reads or writes by name: a folder without permission, a full disk
        say(f"读写 {fault.filename or '文件'} 时出错（{fault.strerror or fault}）。请检查文件夹权限和磁盘空间。")
        return 1
    return code if isinstance(code, int) else 0


if __name__ == "__main__":
    sys.exit(main())
