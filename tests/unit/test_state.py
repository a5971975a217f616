"""The address: what it may say, what is dropped, and that it comes back the same."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from pages.kit.state import Agency, Filters, Options, defaults, parse, to_params

AGENCIES = {
    "a1": Agency("a1", "甲局", "880000", "880100", "city", "教育"), "a2": Agency("a2", "乙局", "880000", "880100", "county", "民政"),
    "b1": Agency("b1", "丙局", "880000", "880200", "city", "教育"), "c1": Agency("c1", "丁局", "770000", "770100", "city", "教育"),
}  # fmt: skip
OPTIONS = Options(
    agencies=AGENCIES, provinces={"880000": "甲州省", "770000": "乙州省"}, cities={"880100": "东一市", "880200": "东二市", "770100": "西一市"},
    city_province={"880100": "880000", "880200": "880000", "770100": "770000"}, levels=("city", "county"), systems=("教育", "民政"),
    years=(2019, 2020, 2022, 2023), metrics={"requests_received": "新收", "review_total": "复议"}, kinds=("annual_report", "work_summary"),
    scopes=("own_agency", "government_aggregate"), has_real=True, has_fictional=True, metric="requests_received", scope="own_agency",
)  # fmt: skip
USED = ("data", "province", "city", "level", "system", "agency", "year", "first", "last", "metric", "kind", "scope")
CHOICES = {"form": ["ranking", "heat"]}


def test_defaults_are_left_out_and_an_empty_address_means_them() -> None:
    assert to_params(defaults(OPTIONS), OPTIONS, USED) == {}
    found = parse({}, OPTIONS)
    assert found == defaults(OPTIONS) and found.year == 2023 and (found.first, found.last) == (2019, 2023)


def some(values: tuple) -> st.SearchStrategy:
    return st.sampled_from([None, *values])


@given(
    some(tuple(OPTIONS.cities)), some(OPTIONS.levels), some(OPTIONS.systems), st.lists(st.sampled_from(list(AGENCIES)), unique=True),
    st.sampled_from(OPTIONS.years), st.sampled_from(list(OPTIONS.metrics)), some(OPTIONS.kinds), st.sampled_from(OPTIONS.scopes),
    st.sampled_from(["real", "demo"]), st.sampled_from(["ranking", "heat"]),
)  # fmt: skip
@settings(max_examples=150)
def test_round_trip(city, level, system, agency, year, metric, kind, scope, data, form) -> None:
    wanted = {"city": city, "level": level, "system": system, "agency": ",".join(agency), "year": str(year), "metric": metric, "kind": kind,
              "scope": scope, "data": data, "form": form}  # fmt: skip
    once = parse({k: v for k, v in wanted.items() if v}, OPTIONS, CHOICES)
    params = to_params(once, OPTIONS, USED, CHOICES)
    assert parse(params, OPTIONS, CHOICES) == once
    assert to_params(parse(params, OPTIONS, CHOICES), OPTIONS, USED, CHOICES) == params
    assert all(v.isascii() or k == "system" for k, v in params.items())


def test_a_change_of_city_drops_stale_agencies() -> None:
    assert parse({"city": "880100", "agency": "a1,b1,a2"}, OPTIONS).agency == ("a1", "a2")
    assert parse({"city": "880200", "agency": "a1,b1,a2"}, OPTIONS).agency == ("b1",)
    assert parse({"system": "民政", "agency": "a1,a2"}, OPTIONS).agency == ("a2",)


def test_a_change_of_province_drops_the_city_of_another() -> None:
    found = parse({"province": "770000", "city": "880100", "agency": "a1,c1"}, OPTIONS)
    assert found.city is None and found.agency == ("c1",)


@given(
    st.dictionaries(
        st.sampled_from([*USED, "form", "x"]),
        st.one_of(st.text(max_size=30), st.just("'; drop table report --"), st.just("9" * 10_000)),
    )
)
@settings(max_examples=200)
def test_nonsense_is_dropped(params: dict[str, str]) -> None:
    found = parse(params, OPTIONS, CHOICES)
    assert found.year in OPTIONS.years and found.metric in OPTIONS.metrics and found.scope in OPTIONS.scopes
    assert found.city is None or found.city in OPTIONS.cities
    assert set(found.agency) <= set(AGENCIES) and found.more["form"] in CHOICES["form"]


def test_years_the_wrong_way_round_are_turned() -> None:
    found = parse({"first": "2022", "last": "2019"}, OPTIONS)
    assert (found.first, found.last) == (2019, 2022)


def test_full_width_digits_and_oversized_values_are_no_year() -> None:
    assert parse({"year": "２０２０"}, OPTIONS).year == 2023
    assert parse({"agency": "a1," * 200}, OPTIONS).agency == ()


def test_real_data_first_and_the_example_only_where_there_is_one() -> None:
    assert parse({"data": "demo"}, OPTIONS).fictional
    assert not parse({"data": "demo"}, replace(OPTIONS, has_fictional=False)).fictional
    assert parse({}, replace(OPTIONS, has_real=False)).fictional
    assert parse({"data": "real"}, replace(OPTIONS, has_real=False)).fictional


def test_a_page_shows_only_its_own_fields_in_the_address() -> None:
    found = replace(defaults(OPTIONS), city="880100", year=2020)
    assert to_params(found, OPTIONS, ("city",)) == {"city": "880100"}
    assert isinstance(found, Filters)
