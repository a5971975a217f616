"""deadlines.csv: until when a report must be out."""

from __future__ import annotations

import calendar
import functools
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from etl.registry import ROOT
from etl.registry.files import Entry, fault_at, load_csv

Body = Literal["government", "department", "township"]


def every_year(month: int, day: int) -> None:
    """Raises ValidationError for a day that some year does not have: SQL makes a date of it for every year."""
    if day > calendar.monthrange(2023, month)[1]:  # a year without a leap day
        raise fault_at(("day",), f"{month}月没有{day}日，或不是每年都有")


class Deadline(Entry):
    """Until when the report on a year must be out, in the year after. Townships have no row: article 49 does not name them.

    `adcode`: a local deadline, for that division and all below it; the smallest division wins over the law's own date.
    """

    first_year: int
    last_year: int | None = None
    adcode: str | None = Field(None, pattern=r"^\d{6}$")
    body: Body
    month: int = Field(ge=1, le=12)
    day: int = Field(ge=1, le=31)
    basis: str

    @model_validator(mode="after")
    def _exists(self) -> Deadline:
        every_year(self.month, self.day)
        return self


@functools.cache
def load_deadlines(root: Path = ROOT) -> tuple[Deadline, ...]:
    return tuple(load_csv(root / "deadlines.csv", Deadline))


def national_deadlines(year: int) -> dict[str, tuple[int, int]]:
    """Body -> month and day of the year after, for reports on `year`, by the law alone."""
    held = (d for d in load_deadlines() if d.adcode is None and d.first_year <= year <= (d.last_year or year))
    return {d.body: (d.month, d.day) for d in held}


def region_head(adcode: str | None) -> str:
    """The head that the codes of a division and all below it share: 330000 -> 33, 330900 -> 3309; none for None."""
    code = adcode or ""
    return code[:2] if code.endswith("0000") else code[:4] if len(code) == 6 and code.endswith("00") else code
