"""Where the tests find the labelled documents. They are no part of the project: without them those tests are skipped."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"

# A busy machine is no failure: how long an example takes says nothing here.
settings.register_profile("yearbook", deadline=None)
settings.load_profile("yearbook")


@pytest.fixture(scope="session")
def root() -> Path:
    """The checkout."""
    return ROOT


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of designs, labels and divisions beside the checkout; skips the test where it is not there."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not here")
    return SHARED


@pytest.fixture(scope="session")
def corpus(shared: Path) -> Path:
    """The real documents with labels; skips the test where they are not there."""
    folder = shared / "corpus"
    if not (folder / "gold.json").is_file():
        pytest.skip("../shared/corpus is not here")
    return folder
