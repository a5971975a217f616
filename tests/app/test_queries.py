"""The pages' queries give the same rows however few are asked for, and what is made at publish is what the figures say."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pandas as pd
import pytest
import streamlit as st

from etl import warehouse
from pages.kit import (
    card,
    entities,
    links,
    queries,
    queries_build,
    queries_cities,
    queries_evidence,
    queries_quality,
    queries_topics,
    topics,
)
from tests.app import sample
from tests.app.sample import observation, publish, report

METRIC, SCOPE, YEARS = "requests_received", "own_agency", (2021, 2022, 2023)


@pytest.fixture
def build(both: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with opened(both, monkeypatch) as name:
        yield name


@contextlib.contextmanager
def opened(place: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    found, con = warehouse.open_current(place)
    monkeypatch.setattr(queries_build, "connection", lambda _: con)
    st.cache_resource.clear()  # builds of other folders may bear the same name
    with contextlib.closing(con):
        yield found.name


def ask(function: Any, *arguments: Any, **more: Any) -> pd.DataFrame:
    return function.__wrapped__(*arguments, **more)


def rows(df: pd.DataFrame) -> list[tuple]:
    return [tuple(None if pd.isna(v) else v for v in row) for row in df.astype(object).itertuples(index=False)]


@pytest.mark.parametrize("fictional", [True, False])
@pytest.mark.parametrize("metric", [METRIC, "disclosure_rate", "proactive_disclosures"])
def test_rows_of_a_city_and_of_an_agency_are_those_of_everyone(build: str, fictional: bool, metric: str) -> None:
    every = ask(queries.values, build, fictional, (metric,), YEARS, SCOPE)
    assert (every["status"] == "reported").any()
    for city, part in every.dropna(subset=["city_id"]).groupby("city_id"):
        assert rows(ask(queries.values, build, fictional, (metric,), YEARS, SCOPE, city=city)) == rows(part)
    agency = every["id"].iloc[0]
    some = ask(queries.values, build, fictional, (metric,), YEARS, SCOPE, agencies=(agency,))
    assert rows(some) == rows(every[every["id"] == agency])


@pytest.mark.parametrize("fictional", [True, False])
def test_figures_and_rates_together_are_each_alone(build: str, fictional: bool) -> None:
    both = ask(queries.values, build, fictional, (METRIC, "disclosure_rate"), YEARS, SCOPE)
    for metric in (METRIC, "disclosure_rate"):
        alone = ask(queries.values, build, fictional, (metric,), YEARS, SCOPE)
        assert rows(both[both["metric"] == metric]) == rows(alone)


@pytest.mark.parametrize("fictional", [True, False])
def test_sums_of_cities_are_the_sums_of_their_agencies(build: str, fictional: bool) -> None:
    every = ask(queries.values, build, fictional, (METRIC,), YEARS, SCOPE)
    sums = every.groupby(["city_id", "year"])["value"].sum()
    cities = ask(queries_cities.city_values, build, fictional, METRIC, YEARS, "sum")
    held = cities[cities["status"] == "reported"]
    assert len(held)
    assert all(r.value == sums[(r.id, r.year)] for r in held.itertuples())
    total = ask(queries_topics.totals, build, fictional, (METRIC,), YEARS, SCOPE)
    assert total.set_index("year")["value"].to_dict() == every.groupby("year")["value"].sum().to_dict()


def test_what_is_made_at_publish_is_what_the_views_say(build: str) -> None:
    con = queries_build.connection(build)
    for fictional in (True, False):
        counted = dict(
            con.execute(
                "select metric, count(*) from metric_value where fictional = ? and is_total and status = 'reported' group by all",
                [fictional],
            ).fetchall()
        )
        metrics = ask(queries.metrics, build, fictional)
        assert dict(zip(metrics.loc[~metrics["indicator"], "id"], metrics["held"], strict=False)) == counted
        names = ask(queries.agencies, build, fictional)
        assert names["called"].is_unique
    same = "select count(*) from (from {0} except all from {1})"
    assert con.execute(same.format("coverage", "derived_coverage")).fetchone() == (0,)
    assert con.execute(same.format("derived_coverage", "coverage")).fetchone() == (0,)
    assert (
        con.execute("select count(*) from finding_key_v").fetchone()
        == con.execute("select count(*) from finding_v").fetchone()
    )


@pytest.mark.parametrize("fictional", [True, False])
def test_the_observations_of_a_report_are_found_where_they_stand(build: str, fictional: bool) -> None:
    con = queries_build.connection(build)
    held = con.execute(
        "select report_id, count(*) from observation_v where fictional = ? group by all", [fictional]
    ).fetchall()
    assert held
    for report_id, n in held:
        assert len(queries_evidence.observed(build, fictional, report_id)) == n
        assert queries_evidence.observed(build, not fictional, report_id).empty


def test_an_address_names_a_report_by_its_own_id(build: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "current", lambda: SimpleNamespace(name=build))
    held = [str(r) for (r,) in queries_build.connection(build).execute("select report_id from report").fetchall()]
    named = links.Reports()
    assert len(held) > 3 and named[0] == "" and all(id in named for id in ("", *held))
    wrong = ["7", "0" + held[0], held[0] + "0", "-" + held[0], "1e3", "９", "9" * 400, "' or 1=1 --"]
    assert not [id for id in wrong if id in named]


def test_findings_come_with_their_words(build: str) -> None:
    found = ask(
        queries_quality.findings, build, False, 2000, 2100, ("error", "warning", "info"), ("fail",), None, False, 200
    )
    whole = queries_build.rows(
        build,
        "select report_id, ordinal, message from finding_v where not fictional and coalesce(is_current, true) and agency_id is not null and state = 'fail' and not accepted",
    )
    assert sorted(rows(found[["report_id", "ordinal", "message"]])) == sorted(rows(whole))


def test_a_result_has_the_types_that_duckdb_gives() -> None:
    con = duckdb.connect()
    query = """select * from (values (1::smallint, 2::bigint, 'a', null::varchar, date '2024-02-29', [1, 2], true, 1.5::double),
                                     (null, 3, null, null, null, null, false, null)) t(a, b, c, d, e, f, g, h)"""
    ours, theirs = queries_build.frame(con.execute(query).to_arrow_table()), con.execute(query).df()
    assert list(map(str, ours.dtypes)) == list(map(str, theirs.dtypes))
    assert rows(ours.drop(columns="f")) == rows(theirs.drop(columns="f"))


@pytest.mark.parametrize(("spelt", "units"), [(("件", "件次"), 1), (("件", "元"), 2)])
def test_names_of_one_unit_are_added(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, spelt: tuple[str, str], units: int
) -> None:
    reports = [
        report(
            f"东一市{name}局", "880100", 2024, city="东一市", received=None,
            more=(observation("review_total", value, unit=unit, table=4),),
        )
        for name, value, unit in (("教育", 3, spelt[0]), ("民政", 4, spelt[1]))
    ]  # fmt: skip
    publish(tmp_path, reports)
    with opened(tmp_path / "warehouse", monkeypatch) as name:
        shown = ask(queries.headlines, name, False, 2024, SCOPE).set_index("id").loc["review_total"]
    assert (shown["units"], shown["value"], shown["n"]) == (units, 7, 2)


def test_small_pieces_give_the_same_figures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [*sample.reports(False), *sample.reports(True)]
    for name in ("whole", "pieces"):
        (tmp_path / name).mkdir()
    whole = sample.publish(tmp_path / "whole", made)
    monkeypatch.setattr("etl.warehouse.finish.CHUNK", 20)
    pieces = sample.publish(tmp_path / "pieces", made)
    found = []
    for place in (whole, pieces):
        _, con = warehouse.open_current(place)
        with contextlib.closing(con):
            found.append(
                [
                    con.execute(f"select {columns} from {v} order by all").fetchall()
                    for v, columns in (
                        ("metric_value", "*"),
                        ("indicator_value", "*"),
                        ("finding_key_v", "* exclude (place, document)"),
                    )
                ]
            )
    assert found[0] == found[1]
    assert len(found[0][0]) > 200


def test_figures_in_several_units_are_neither_added_nor_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told(n: int, year: int, amount: float, unit: str | None) -> Any:
        more = (observation("procurement_amount", amount, table=2, unit=unit),)
        return report(
            f"东一市第{n}教育局", "880100", year, system="教育", city="东一市", form="2019", more=more, disclosed=None
        )

    amounts = {
        2019: [(50, "万元"), (60, "万元"), (70, "万元"), (0, None)],
        2020: [(500_000, "元"), (61, "万元"), (7, None), (8, None)],
    }
    made = [told(n, year, *said) for year, row in amounts.items() for n, said in enumerate(row)]
    with opened(publish(tmp_path, made), monkeypatch) as name:
        sums = ask(queries_cities.city_values, name, False, "procurement_amount", (2019, 2020), "sum")
        assert list(zip(sums["value"].fillna(-1), sums["status"], strict=True)) == [
            (180, "reported"),
            (-1, "units_differ"),
        ]
        df = ask(queries.values, name, False, ("procurement_amount", METRIC), (2019, 2020), SCOPE)
        of = df[df["metric"] == "procurement_amount"].set_index(["name", "year"])
        first = of.xs(2019, level="year")
        assert first["peer_median"].dropna().tolist() == [60, 60, 60] and first["peer_n"].max() == 3
        second = of.xs(2020, level="year")
        assert second["peer_n"].dropna().tolist() == [1, 1] and second["peer_median"].isna().all()
        changes = card.with_years_before(df, 2020)
        assert changes[changes["metric"] == "procurement_amount"]["before"].dropna().tolist() == [60]
        assert changes[changes["metric"] == METRIC]["before"].notna().all()


def test_median_and_place_are_among_whole_years_and_large_denominators(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pandas makes of the same figures; a part of a year and a rate of 5 of 9 have neither place nor weight."""
    received = [30, 10, 20, 20, 40, 9, 50]
    made = [
        report(f"东{'一二三'[n % 3]}市第{n}教育局", f"880{n % 3 + 1}00", 2023, system="教育", city=f"东{'一二三'[n % 3]}市", received=each)
        for n, each in enumerate(received)
    ]  # fmt: skip
    made[-1].identity.period = ("2023-01-01", "2023-10-31")
    with opened(publish(tmp_path, made), monkeypatch) as name:
        df = ask(queries.values, name, False, (METRIC, "disclosure_rate"), (2023,), SCOPE)
        assert df["value"].notna().all()
        for metric, part in df.groupby("metric"):
            counted = part[~part["part_year"] & part["reliable"]]
            assert len(counted) == (6 if metric == METRIC else 5)
            left_out = part.drop(counted.index)
            assert left_out[["peer_rank", "peer_n", "peer_median", "peer_ties"]].isna().all(axis=None)
            assert (counted["peer_rank"] == counted["value"].rank(method="min", ascending=False)).all()
            assert (counted["peer_ties"] == counted.groupby("value")["value"].transform("size")).all()
            assert (counted["peer_n"] == len(counted)).all()
            assert (counted["peer_median"] == counted["value"].median()).all()
        sums = ask(queries_cities.city_values, name, False, METRIC, (2023,), "sum").set_index("city")
        assert sums["value"].to_dict() == {"东一市": 100, "东二市": 50, "东三市": 29}
        assert sums["peer_rank"].to_dict() == {"东一市": 1, "东二市": 2, "东三市": 3}
        assert set(sums["peer_median"]) == {50} and sums["part_year"].to_dict() == {
            "东一市": True, "东二市": False, "东三市": False,
        }  # fmt: skip
        rates = ask(queries_cities.city_values, name, False, "disclosure_rate", (2023,), "sum").set_index("city")
        assert rates["numerator"].to_dict() == {"东一市": 50, "东二市": 25, "东三市": 14}
        assert rates.loc["东三市", "value"] == pytest.approx(1400 / 29)


def test_a_median_of_two_says_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = [report(f"东一市第{n}教育局", "880100", 2023, system="教育", city="东一市", received=n) for n in (3, 4)]
    with opened(publish(tmp_path, made), monkeypatch) as name:
        df = ask(queries.values, name, False, (METRIC,), (2023,), SCOPE)
        assert df["peer_median"].isna().all() and df["peer_n"].tolist() == [2, 2]


def test_a_headline_changes_among_those_that_state_it_in_both_years(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """received by agency and year; the third agency is new, the fourth is silent now, the fifth tells of ten months."""
    told = {2022: [10, 20, None, 70, 5], 2023: [11, 25, 300, None, 900]}
    made = [
        report(f"东一市第{n}教育局", "880100", year, city="东一市", received=each, disclosed=None)
        for year, row in told.items() for n, each in enumerate(row) if each is not None
    ]  # fmt: skip
    made[-1].identity.period = ("2023-01-01", "2023-10-31")
    with opened(publish(tmp_path, made), monkeypatch) as name:
        one = ask(queries.headlines, name, False, 2023, SCOPE).set_index("id").loc[METRIC]
        assert (one["value"], one["n"], one["parts"]) == (
            1236,
            4,
            1,
        )  # as the sum of the city, which holds and marks it too
        [sums] = entities.rows(
            ask(queries_cities.city_values, name, False, METRIC, (2023,), "sum").query("parts_held > 0")
        )
        assert (sums.value, sums.part_year) == (1236, True)
        assert (one["pairs"], one["now_value"], one["before_value"]) == (2, 36, 30)


@pytest.mark.parametrize(
    ("told", "units"), [([(3, "篇"), (4, None)], 2), ([(3, "篇"), (0, None)], 1), ([(0, None), (0, "件")], 1)]
)
def test_a_figure_without_a_unit_is_not_added_to_those_that_have_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: list[tuple[int, str | None]], units: int
) -> None:
    made = [
        report(f"东一市第{n}教育局", "880100", 2023, city="东一市",
               more=(observation("policy_interpretations", value, method="narrative", unit=unit),))
        for n, (value, unit) in enumerate(told)
    ]  # fmt: skip
    with opened(publish(tmp_path, made), monkeypatch) as name:
        df = ask(queries.headlines, name, False, 2023, SCOPE).set_index("id")
        assert df.loc["policy_interpretations", "units"] == units


@pytest.mark.parametrize("by", ["agency", "year"])
def test_an_agency_with_a_blank_part_has_no_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    made = [report(f"东一市第{n}教育局", "880100", 2023, city="东一市", received=8) for n in range(2)]
    blank = next(o for o in made[1].observations if (o.metric, o.breakdown) == ("requests_granted", "total"))
    blank.value, blank.status = None, "blank"
    parts = ("requests_granted", "requests_partially_granted")
    with opened(publish(tmp_path, made), monkeypatch) as name:
        df = ask(queries_topics.outcome_shares, name, False, parts, (2023,), SCOPE, by)
    known = df[df["status"] == "reported"]
    assert known["value"].tolist() == [4, 0] and known["share"].tolist() == [100, 0] and set(known["whole"]) == {4}
    assert len(df) - len(known) == (2 if by == "agency" else 0)


@pytest.mark.parametrize(("told", "said"), [("exact", "at_least"), ("at_most", "about"), ("about", "about")])
def test_a_sum_with_a_blank_part_is_a_lower_bound_of_exact_figures_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, told: str, said: str
) -> None:
    made = [report(f"东一市第{n}教育局", "880100", 2023, city="东一市", received=8) for n in range(3)]
    granted = [o for one in made for o in one.observations if (o.metric, o.breakdown) == ("requests_granted", "total")]
    granted[0].value, granted[0].status = None, "blank"
    granted[1].qualifier = told
    with opened(publish(tmp_path, made), monkeypatch) as name:
        df = ask(queries_topics.totals, name, False, (METRIC, "requests_granted"), (2023,), SCOPE)
    of = df.set_index("metric")
    assert of.loc["requests_granted", ["value", "n", "parts_held", "qualifier"]].tolist() == [8, 2, 3, said]
    assert of.loc[METRIC, "qualifier"] == "exact"
    assert ["至少为此数" in note for note in topics.bounds(df)] == [True] and topics.bounds(df)[0].startswith("≥") == (
        said == "at_least"
    )
