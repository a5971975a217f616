"""Checks: rules.yml run over a build at every load, and the findings listed for people and scripts.

engine.py runs the rules inside the load; listing.py gives the findings of a published build.
"""

from etl.check.engine import run_checks
from etl.check.listing import COLUMNS, SEVERITIES, as_text, list_findings, table_rows

__all__ = ["COLUMNS", "SEVERITIES", "as_text", "list_findings", "run_checks", "table_rows"]
