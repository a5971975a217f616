"""PDF -> blocks, with small files written here: rulings, page breaks, page numbers, no text layer."""

from __future__ import annotations

import time

import pytest

from etl.demo import stream_reports
from etl.model import Paragraph, SourceError, Table
from etl.read import read_bytes
from tests.printed import print_pdf


def pdf(*pages: str) -> bytes:
    """A PDF of `pages`, each a content stream; Helvetica is /F."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>", "", "<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"]
    kids = []
    for stream in pages:
        objects.append(f"<</Length {len(stream)}>>\nstream\n{stream}\nendstream")
        objects.append(
            f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 400]/Contents {len(objects)} 0 R/Resources<</Font<</F 3 0 R>>>>>>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<</Type/Pages/Kids[{' '.join(kids)}]/Count {len(kids)}>>"
    out = "%PDF-1.4\n"
    places = []
    for number, body in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{body}\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n" + "".join(f"{p:010d} 00000 n \n" for p in places)
    return (out + f"trailer<</Size {len(objects) + 1}/Root 1 0 R>>\nstartxref\n{start}\n%%EOF").encode("latin-1")


def say(x: float, y: float, words: str) -> str:
    return f"BT /F 10 Tf {x} {y} Td ({words}) Tj ET\n"


def ruled(top: float, rows: list[list[str]], open_above: bool = False) -> str:
    """Rows of 30 points from `top` down between x 50, 150, 250, 350; the uppermost line is left out if `open_above`."""
    out = ""
    for n, row in enumerate(rows):
        out += "".join(say(60 + 100 * k, top - 30 * n - 20, word) for k, word in enumerate(row))
    for n in range(1 if open_above else 0, len(rows) + 1):
        out += f"50 {top - 30 * n} m 350 {top - 30 * n} l S\n"
    for x in (50, 150, 250, 350):
        out += f"{x} {top} m {x} {top - 30 * len(rows)} l S\n"
    return out


def cells(table: Table) -> list[list[str | None]]:
    return [[c.text if c else None for c in row] for row in table.rows]


def test_table_over_a_page_break_is_one():
    first = (
        say(50, 380, "Report of an invented office")
        + ruled(120, [["item", "made", "open"], ["rules", "1", "2"]])
        + say(190, 20, "- 1 -")
    )
    second = (
        ruled(380, [["papers", "3", "4"], ["sum", "4", "6"]], open_above=True)
        + say(50, 200, "What follows is prose.")
        + say(190, 20, "- 2 -")
    )
    document = read_bytes("a.pdf", pdf(first, second))[0]
    assert [b.text if isinstance(b, Paragraph) else "table" for b in document.blocks] == [
        "Report of an invented office",
        "table",
        "What follows is prose.",
    ]
    table = document.blocks[1]
    assert cells(table) == [["item", "made", "open"], ["rules", "1", "2"], ["papers", "3", "4"], ["sum", "4", "6"]]
    assert (table.page, table.row_pages, document.blocks[2].page) == (1, [1, 1, 2, 2], 2)
    assert document.text[slice(*table.rows[3][2].passage.span())] == "6"


def test_prose_between_keeps_tables_apart():
    first = (
        say(50, 380, "Some words before")
        + ruled(120, [["a", "b", "c"], ["d", "1", "2"]])
        + say(50, 40, "and after the table")
    )
    second = ruled(380, [["e", "3", "4"], ["f", "4", "6"]])
    assert [isinstance(b, Table) for b in read_bytes("a.pdf", pdf(first, second))[0].blocks] == [
        False,
        True,
        False,
        True,
    ]


def test_shaded_paragraphs_are_no_table():
    shade = "".join(f"0.9 g 40 {y} 300 20 re f 0 g\n" for y in range(100, 300, 20))
    document = read_bytes(
        "a.pdf", pdf(shade + say(50, 280, "First line of prose here") + say(50, 260, "Second line of prose"))
    )[0]
    assert all(isinstance(b, Paragraph) for b in document.blocks)


def test_running_heads_go():
    pages = [
        say(50, 390, "Office of Nowhere 2022") + say(50, 200, f"Body text of page {w} is here.")
        for w in ("one", "two", "three")
    ]
    document = read_bytes("a.pdf", pdf(*pages))[0]
    assert [(b.text, b.page) for b in document.blocks] == [
        (f"Body text of page {w} is here.", n) for n, w in enumerate(("one", "two", "three"), 1)
    ]


def test_scanned_says_so():
    with pytest.raises(SourceError, match="OCR"):
        read_bytes("a.pdf", pdf("0 0 m 10 10 l S", "0 0 m 10 10 l S"))


def test_a_font_that_claims_a_hundred_million_characters_costs_nothing():
    """pdfminer fills every range that a font names (found by fuzzing): the text remains, whatever becomes of the tables."""
    ((name, page, _),) = stream_reports(1, 9, "html", years=(2023,))
    data = print_pdf(read_bytes(name, page)[0])
    assert b"/W[1 95 500 814 939 500]" in data
    begun = time.process_time()
    document = read_bytes("a.pdf", data.replace(b"/W[1 95 500 814 939 500]", b"/W[1 9999999 50 1 99 500]"))[0]
    assert "政府信息公开" in document.text and time.process_time() - begun < 5
