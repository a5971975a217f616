"""The warehouse: builds in DuckDB, published by switching one pointer (ARCHITECTURE, Warehouse)."""
