"""The table that `load` ends with."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter

from rich.console import Console
from rich.table import Table

from etl import warehouse
from etl.registry import form_name, word_of
from etl.terminal import say
from etl.warehouse import queries


def closing_table(result: warehouse.LoadResult) -> None:
    """What a load has published: counts, the difference from the build before, kinds, forms, statuses, findings."""
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
        table.add_row(f"  {word_of('kind', row['kind'])}", f"{row['reports']:,}", "")
    for row in held["forms"]:
        table.add_row(f"  {form_name(row['form'])}", f"{row['reports']:,}", "")
    values: Counter[str] = Counter()  # two statuses may have one word
    for row in held["statuses"]:
        values[word_of("status", row["status"])] += row["values"]
    for word, count in values.items():
        table.add_row(f"  数值：{word}", f"{count:,}", "")
    for row in held["findings"]:
        table.add_row(f"  问题：{word_of('severity', row['severity'])}", f"{row['findings']:,}", "")
    Console(file=sys.stderr).print(table)
