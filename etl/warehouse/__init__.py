"""The warehouse: builds in DuckDB, published by switching one pointer (ARCHITECTURE, Warehouse)."""

from etl.warehouse.build import (
    Build,
    WarehouseError,
    as_entry,
    connect_readonly,
    current_build,
    damage_said,
    lacking_views,
    listed_builds,
    open_current,
    rollback,
    warehouse_dir,
)
from etl.warehouse.loader import LoadResult, Progress, content_hash, load
from etl.warehouse.sources import SetAside, discover

__all__ = [
    "Build",
    "LoadResult",
    "Progress",
    "SetAside",
    "WarehouseError",
    "as_entry",
    "connect_readonly",
    "content_hash",
    "current_build",
    "damage_said",
    "discover",
    "lacking_views",
    "listed_builds",
    "load",
    "open_current",
    "rollback",
    "warehouse_dir",
]
