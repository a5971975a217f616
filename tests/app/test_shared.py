"""What the caches hand out is shared by every session of the server: no page, table or file may change it in place."""

from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import streamlit as st

from pages.kit import card, filters

VIEWS: tuple[tuple[str, dict[str, str]], ...] = (
    ("overview", {}),
    ("agencies", {}),
    ("agencies", {"metric": "disclosure_rate", "interval": "wilson"}),
    ("agencies", {"form": "dumbbell"}),
    ("agencies", {"form": "heat"}),
    ("cities", {"basis": "sum"}),
    ("cities", {"form": "multiples"}),
    ("trends", {}),
    ("trends", {"form": "slope"}),
    ("trends", {"form": "bump"}),
    ("requests", {"by": "year"}),
    ("disputes", {}),
    ("proactive", {}),
    ("agency", {}),
    ("quality", {}),
)


def shared() -> dict[int, tuple[pd.DataFrame, str]]:
    """Every frame that is alive after a run, and what it says: between runs only the caches hold any."""
    gc.collect()
    return {id(o): (o, said(o)) for o in gc.get_objects() if isinstance(o, pd.DataFrame)}


def said(df: pd.DataFrame) -> str:
    return df.dtypes.to_string() + df.to_json(orient="split", default_handler=str)


def forget() -> None:
    """The next run of an address makes everything anew, out of the rows of the queries that are there."""
    filters._once.clear()
    filters._once_small.clear()


@pytest.mark.parametrize("page, params", VIEWS, ids=lambda v: str(v))
def test_a_page_changes_no_frame_that_others_see(open_page: Any, both: Path, page: str, params: dict[str, str]) -> None:
    """Opened, opened again, as a table, and pinned for a brief: the frames of the first time stay as they were."""
    st.cache_resource.clear()
    app = open_page(both, page, **params)
    before = shared()
    assert before
    forget()
    app.run()
    assert not app.exception
    for button in [b for b in app.button if str(b.key).endswith("_pin")][:1]:
        button.click().run()
    assert not app.exception
    for switch in [c for c in app.segmented_control if str(c.key).endswith("_form")]:
        switch.set_value("表")
    app.run()
    assert not app.exception
    changed = [name for name, (df, words) in before.items() if said(df) != words]
    assert not changed, [list(before[n][0].columns) for n in changed]


def test_a_change_in_place_would_be_seen(open_page: Any, both: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above, checked."""
    st.cache_resource.clear()
    app = open_page(both, "overview")
    before = shared()

    def careless(df: pd.DataFrame, *_: Any) -> list[str]:
        df["value"] = 0.0
        return []

    monkeypatch.setattr(card, "notes_for", careless)
    monkeypatch.setattr("pages.kit.entities.greatest", lambda df, most: df)
    forget()
    app.run()
    assert any(said(df) != words for df, words in before.values())
