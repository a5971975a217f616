"""Identity, splitting and plan of the real documents beside the project; skipped where they are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from etl import normalise
from etl.identify import identify
from etl.model import Document
from etl.plan import read_plan
from etl.read import read_file
from etl.split import split

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
GOLD: list[dict[str, Any]] = (
    json.loads((CORPUS / "gold.json").read_text(encoding="utf-8")) if (CORPUS / "gold.json").exists() else []
)
FIELDS = ("kind", "province", "city", "county", "year", "period", "published_on", "index_number", "stated_as")

pytestmark = pytest.mark.skipif(not GOLD, reason="没有真实文档")


def _documents(name: str) -> list[Document]:
    return [normalise.document(d) for d in read_file(CORPUS / name)]


@pytest.mark.parametrize("entry", GOLD, ids=[e["file"] for e in GOLD])
def test_identity(entry):
    parts = [p for d in _documents(entry["file"]) for p in split(d)]
    assert len(parts) == len(entry["reports"])
    for part, gold in zip(parts, entry["reports"], strict=True):
        who = identify(part, parts)
        if "agency" in gold:
            assert who.agency in {gold["agency"], *gold.get("agency_also", [])}
        for name in FIELDS:
            if name in gold:
                value = getattr(who, name)
                assert (list(value) if isinstance(value, tuple) else value) == gold[name], name
        if "plan" in gold:
            plan, _ = read_plan(part)
            assert (len(plan.tasks), len(plan.columns)) == (gold["plan"]["tasks"], gold["plan"]["columns"])


def test_reports_glued_into_one_file_come_apart_again():
    names = ["docs/001.html", "seeds/002_2a6dab52fda6029c.txt", "docs/009_page_chrome.html", "docs/011_shuyang.html"]
    blocks = [b for n in names for d in _documents(n) for b in d.blocks]
    parts = split(Document("glued", "0", "html", "", blocks))
    assert len(parts) == len(names)
    assert [identify(p, parts).agency for p in parts] == [
        "上海市人民政府办公厅",
        "张店区应急管理局",
        "黄浦区财政局",
        "沭阳县发展和改革局",
    ]
