"""Where a scenario runs, and what is planted there: looked up in the build's own tables, not through the pages under test."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from etl.warehouse import open_current

_GAP = """
select a.city, a.city_id, a.name, y.year
from agency_v a
cross join (select distinct year from report_v where is_current and kind = 'annual_report') y
where a.level = 'city' and a.system <> '人民政府' and a.reports > 0 and a.fictional = ?
  and not exists (select 1 from report_v r where r.agency_id = a.agency_id and r.year = y.year)
order by y.year desc, a.place limit 1
"""


@dataclass(frozen=True)
class Ground:
    """A running dashboard. `gone` is a department of `city` that has reports, but none of `year`; `other` is another city."""

    url: str
    city: str
    code: str
    gone: str
    year: int
    other: str
    other_code: str


def survey(url: str, warehouse: Path) -> Ground:
    """Finds the ground of a build in which somebody's report is missing. Raises AssertionError where nobody's is."""
    build, con = open_current(warehouse)
    try:
        gap = con.execute(_GAP, [not build.has_real]).fetchone()
        assert gap is not None, f"no city's department without a report in {warehouse}: check 4 has nothing to look at"
        city, code, gone, year = gap
        other = con.execute(
            "select city, city_id from agency_v where city_id <> ? and reports > 0 and fictional = ? order by place desc limit 1",
            [code, not build.has_real],
        ).fetchone()
        assert other is not None, f"one city only in {warehouse}"
    finally:
        con.close()
    return Ground(url, city, code, gone, int(year), *other)
