"""Imported by the server that forks the children of test_crashes: what a load imports and reads, and nothing that starts a thread."""

from etl import registry
from tests.soak import test_crashes  # noqa: F401

registry.load_all()
registry.load_metrics()
