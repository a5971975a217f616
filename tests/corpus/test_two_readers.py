"""On every HTML file of the corpus the fast reader and the BeautifulSoup reader give the same blocks and metadata."""

from __future__ import annotations

from pathlib import Path

import pytest

from etl.model import Paragraph
from etl.read import html, read_file
from etl.read.encoding import decode
from tests.unit.read.test_html import shape

CORPUS = Path(__file__).resolve().parents[3] / "shared" / "corpus"
PAGES = sorted(CORPUS.rglob("*.html")) if CORPUS.is_dir() else []
FILES = sorted(f for f in CORPUS.glob("*/*") if f.is_file()) if CORPUS.is_dir() else []


@pytest.mark.skipif(not PAGES, reason="no corpus here")
@pytest.mark.parametrize("path", PAGES, ids=lambda p: p.name)
def test_two_readers(path):
    source = decode(path.read_bytes())[0]
    fast, fast_meta = html.read_fast(source)
    slow, slow_meta = html.read_reference(source)
    assert shape(fast) == shape(slow)
    assert fast_meta == slow_meta


@pytest.mark.skipif(not FILES, reason="no corpus here")
@pytest.mark.parametrize("path", FILES, ids=lambda p: p.name)
def test_every_place_shows_the_text(path):
    for document in read_file(path):
        for block in document.blocks:
            passages = (
                [block.passage]
                if isinstance(block, Paragraph)
                else [c.passage for row in block.rows for c in row if c and c.text]
            )
            for passage in passages:
                assert passage.span() is not None
                if len(passage.starts) == 1 and document.format != "html":
                    assert document.text[slice(*passage.span())] == passage.text
