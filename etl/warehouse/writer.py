"""The rows of a load into the tables of the next build: sources that came, moved or went, and what was read in them."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import TYPE_CHECKING

import duckdb
import pyarrow as pa

from etl.warehouse import workers
from etl.warehouse.build import SCHEMA, Build
from etl.warehouse.rows import SCHEMAS
from etl.warehouse.sources import Item, Known, Place, SetAside
from etl.warehouse.version import schema_version
from etl.warehouse.workers import Extract, Helpers, run_chunks

if TYPE_CHECKING:
    from etl.warehouse.loader import LoadResult, Progress


def prepare(con: duckdb.DuckDBPyConnection, base: Build | None, same_tables: bool) -> None:
    """The tables of a new build. A build of older tables is carried over by column name."""
    if base is not None and same_tables:
        return
    con.execute(SCHEMA.read_text(encoding="utf-8"))
    con.execute(f"comment on table build is '{schema_version()}'")
    if base is None:
        return
    con.execute(f"attach '{str(base.path).replace(chr(39), chr(39) * 2)}' as old (read_only)")
    for table in ("source", "report", "observation", "finding", "report_text", "plan_task", "plan_column", "build"):
        mine = [row[0] for row in con.execute(f"describe {table}").fetchall()]
        theirs = {row[0] for row in con.execute(f"describe old.{table}").fetchall()}
        both = ", ".join(f'"{column}"' for column in mine if column in theirs)
        con.execute(f"insert into {table} by name select {both} from old.{table}")
    con.execute("detach old")


def move_sources(con: duckdb.DuckDBPyConnection, moved: Mapping[str, Place]) -> None:
    for key, now in moved.items():
        con.execute(
            "update source set path = ?, location = ?, other_paths = ? where source_id = ?",
            [now.path, now.location, now.other_paths, key],
        )
        if now.path != now.before:
            con.execute(
                "update report set document = ? || document[length(?) + 1:] where source_id = ? and starts_with(document, ?)",
                [now.path, now.before, key, now.before],
            )


def forget(con: duckdb.DuckDBPyConnection, keys: list[str]) -> None:
    """Takes sources out with everything that came from them."""
    if not keys:
        return
    con.register("dropped", pa.table({"source_id": pa.array(sorted(set(keys)), type=pa.string())}))
    for table in ("observation", "finding", "report_text", "plan_task", "plan_column"):
        con.execute(
            f"delete from {table} where report_id in (select report_id from report join dropped using (source_id))"
        )
    for table in ("report", "source"):
        con.execute(f"delete from {table} where source_id in (select source_id from dropped)")
    con.unregister("dropped")


def add_source(
    con: duckdb.DuckDBPyConnection, items: list[Item], extractor: str, first_load: int, trouble: SetAside | None = None
) -> None:
    first = items[0]
    con.execute(
        """insert into source (source_id, path, location, other_paths, size, extractor, state, reason, advice, first_load)
           values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)""",
        [
            first.source_id, first.path, first.location, [i.path for i in items[1:]], first.size, extractor,
            "set_aside" if trouble else "read", trouble.reason if trouble else None, trouble.advice if trouble else None, first_load,
        ],
    )  # fmt: skip


_SOURCE = pa.schema(
    [
        ("source_id", pa.string()), ("path", pa.string()), ("location", pa.string()), ("other_paths", pa.list_(pa.string())),
        ("size", pa.int64()), ("extractor", pa.string()), ("state", pa.string()), ("reason", pa.string()), ("advice", pa.string()),
        ("wrong_rows", pa.list_(pa.string())), ("first_load", pa.int32()),
    ]
)  # fmt: skip


def write(
    con: duckdb.DuckDBPyConnection,
    new: list[Item],
    known: Mapping[str, Known],
    met: dict[str, list[Item]],
    number: int,
    extractor: str,
    helping: contextlib.AbstractContextManager[Helpers],
    extract: Extract,
    progress: Progress,
    result: LoadResult,
) -> None:
    """Reads the new files and inserts what they hold, chunk by chunk, in the order of the paths."""
    chunks = [new[n : n + workers.CHUNK] for n in range(0, len(new), workers.CHUNK)]
    progress.stage("读取", len(new))
    with helping as helpers:
        for chunk, outcomes, tables in run_chunks(helpers, extract, chunks):
            sources: list[tuple] = []
            for item, outcome in zip(chunk, outcomes, strict=True):
                first_load = known[item.source_id].first_load if item.source_id in known else number
                sources.append(
                    (
                        item.source_id, item.path, item.location, [i.path for i in met[item.source_id][1:]], item.size,
                        extractor, "set_aside" if outcome.reason else "read", outcome.reason, outcome.advice, outcome.wrong_rows, first_load,
                    )
                )  # fmt: skip
                if outcome.reason:
                    result.set_aside.append(SetAside(item.path, outcome.reason, outcome.advice or ""))
                else:
                    result.read += 1
                result.wrong_rows += [(item.path, row) for row in outcome.wrong_rows]
            columns = [pa.array(c, type=f.type) for c, f in zip(zip(*sources, strict=True), _SOURCE, strict=True)]
            _insert(con, "source", pa.table(columns, schema=_SOURCE))
            for name in SCHEMAS:
                if name in tables:
                    table = tables[name]
                    if name == "report":
                        loads = {s[0]: s[-1] for s in sources}
                        table = table.append_column(
                            "first_load",
                            pa.array([loads[key] for key in table["source_id"].to_pylist()], type=pa.int32()),
                        ).append_column("is_current", pa.array([False] * len(table)))
                    _insert(con, name, table)
            away = sum(o.reason is not None for o in outcomes)
            progress.advance(read=len(chunk) - away, set_aside=away)


def _insert(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    con.register("incoming", table)
    con.execute(f"insert into {name} by name select * from incoming")
    con.unregister("incoming")
