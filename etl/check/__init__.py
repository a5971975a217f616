"""Checks: rules.yml run over a build at every load, and the findings listed for people and scripts.

engine.py runs the rules inside the load; coverage.py says who must report; listing.py gives the findings of a published build.
"""

from etl.check.coverage import RosterError, import_roster, read_roster, roster_template
from etl.check.engine import run_checks
from etl.check.listing import COLUMNS, SEVERITIES, STATES, accept_finding, as_text, list_findings, table_rows

__all__ = [
    "COLUMNS", "SEVERITIES", "STATES", "RosterError", "accept_finding", "as_text", "import_roster", "list_findings", "read_roster",
    "roster_template", "run_checks", "table_rows",
]  # fmt: skip
