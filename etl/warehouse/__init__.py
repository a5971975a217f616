"""The warehouse: builds in DuckDB, published by switching one pointer (ARCHITECTURE, Warehouse)."""

from etl.warehouse.build import Build, WarehouseError, current_build, listed_builds, open_current, rollback, warehouse_dir
from etl.warehouse.loader import LoadResult, Progress, SetAside, content_hash, load

__all__ = [
    "Build",
    "LoadResult",
    "Progress",
    "SetAside",
    "WarehouseError",
    "content_hash",
    "current_build",
    "listed_builds",
    "load",
    "open_current",
    "rollback",
    "warehouse_dir",
]
