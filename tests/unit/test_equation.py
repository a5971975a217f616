"""Equations of rules.yml as text."""

from __future__ import annotations

import pytest

from etl.equation import Term, parse_equation


def test_terms_signs_factors_places_and_cells() -> None:
    e = parse_equation(" a + 2*previous.b - c[total] >= prose_x ")
    assert e.left == (Term("a"), Term("b", 2, "previous"), Term("c", -1, "table", "total"))
    assert (e.operator, e.right) == (">=", (Term("prose_x"),))


def test_the_subject_stands_alone_or_is_what_the_text_says() -> None:
    assert parse_equation("a + b = c").subject == Term("c")
    assert parse_equation("c <= a + b").subject == Term("c")
    assert parse_equation("prose.a = b + c").subject == Term("a", 1, "prose")
    assert parse_equation("prose.a = b").subject == Term("a", 1, "prose")
    assert parse_equation("previous.a = b").subject == Term("b")
    assert parse_equation("a + b = c + d").subject == Term("d")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a",
        "a =",
        "= a",
        "a < b",
        "a == b",
        "a = b[men]",
        "A = b",
        "a b = c",
        "a = prose.b",
        "prose.a + prose.b = c",
        "a = 1",
    ],
)
def test_what_is_no_equation_is_said(text: str) -> None:
    with pytest.raises(ValueError):
        parse_equation(text)
