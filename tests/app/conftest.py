"""Builds of invented bodies, and a function that runs one page of the real app on one of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from tests import builds
from tests.app import sample

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def both(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Real (invented for the test) and fictional reports, some of the real ones with hostile names."""
    made = [*sample.reports(False), *sample.hostile_reports(), *sample.reports(True)]
    return sample.publish(tmp_path_factory.mktemp("both"), made)


@pytest.fixture(scope="session")
def fictional(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return sample.publish(tmp_path_factory.mktemp("fictional"), sample.reports(True))


@pytest.fixture
def open_page(monkeypatch: pytest.MonkeyPatch) -> Any:
    def run(warehouse: Path, page: str, **params: str) -> AppTest:
        monkeypatch.setenv("YEARBOOK_WAREHOUSE", str(warehouse))
        app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=60)
        app.switch_page(f"pages/{page}.py")
        for name, value in params.items():
            app.query_params[name] = value
        app.run()
        assert not app.exception, [e.message for e in app.exception]
        return app

    return run


@pytest.fixture(scope="session")
def province(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small fictional province, written and loaded by the real commands: tables of every kind, plans, files that can be read again."""
    return builds.fictional(
        tmp_path_factory.mktemp("province"), "--cities", "3", "--agencies", "4", "--years", "2021-2024"
    )
