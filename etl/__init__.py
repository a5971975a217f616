"""Disclosure Yearbook: from published reports to numbers with evidence in DuckDB."""
