"""etl.regions and the three registry files of etl.registry: places by name, year and context."""

from __future__ import annotations

import shutil
import time

import pytest

from etl.agency import Body, system_of
from etl.model import RegistryError
from etl.regions import chain_of, gazetteer, in_year, mentions, place_fields, read_address, settle
from etl.registry import ROOT, load_agencies, load_identify, load_regions


def _one(text: str, year: int | None, context: tuple[str, ...] = ()) -> dict[str, str | None]:
    address = read_address(text, year)
    assert address is not None
    return place_fields(settle(address.candidates, context, year), year)


@pytest.mark.parametrize(
    ("name", "year", "adcode", "city", "county"),
    [
        ("即墨市", 2012, "370282", "青岛市", "即墨市"),
        ("即墨区", 2023, "370215", "青岛市", "即墨区"),
        ("即墨区", 2016, "370215", "青岛市", "即墨区"),  # the report of 2016 came out in 2017
        ("襄樊市", 2009, "420600", "襄樊市", None),
        ("襄阳市", 2015, "420600", "襄阳市", None),
        ("巢湖市", 2009, "341400", "巢湖市", None),
        ("巢湖市", 2015, "340181", "合肥市", "巢湖市"),
        ("黄浦区", 2025, "310101", "上海市", "黄浦区"),
        ("上海市", 2019, "310000", "上海市", None),
        ("重庆市巫山县", 2020, "500237", "重庆市", "巫山县"),
        ("济源市", 2020, "419001", None, "济源市"),
        ("淮安市洪泽区", 2023, "320813", "淮安市", "洪泽区"),
        ("恩施土家族苗族自治州", 2020, "422800", "恩施土家族苗族自治州", None),
    ],
)
def test_a_name_is_valid_in_its_years(name, year, adcode, city, county):
    fields = _one(name, year)
    assert (fields["adcode"], fields["city"], fields["county"]) == (adcode, city, county)


@pytest.mark.parametrize("name", ["鼓楼区", "朝阳区", "城关镇", "普陀区", "市中区"])
def test_a_name_borne_by_several_stays_open(name):
    assert _one(name, 2021)["adcode"] is None


@pytest.mark.parametrize(
    ("name", "context", "adcode"),
    [
        ("鼓楼区", ("福州市",), "350102"),
        ("鼓楼区", ("江苏省", "徐州市"), "320302"),
        ("鼓楼区", ("江苏省",), None),  # two in one province
        ("鼓楼区", ("福州市", "徐州市"), None),
        ("鼓楼区", ("台江区", "仓山区"), "350102"),  # sisters
        ("朝阳区", ("北京市",), "110105"),
        ("朝阳区", ("吉林省",), "220104"),
        ("朝阳区", ("上海市",), None),
    ],
)
def test_context_tells_namesakes_apart(name, context, adcode):
    assert _one(name, 2021, context)["adcode"] == adcode


def test_every_ambiguous_county_is_settled_by_its_city_and_never_wrong():
    index = gazetteer()
    for name, regions in index.by_name.items():
        current = [r for r in in_year(regions, 2022) if r.level == "county"]
        if len(current) < 2:
            continue
        for region in current:
            above = [r.name for r in chain_of(region, 2022)[1:]]
            found = settle(current, above, 2022)
            assert found is None or found.adcode == region.adcode, name


def test_the_host_names_the_province():
    address = read_address("朝阳区", 2021)
    assert address is not None
    found = settle(address.candidates, [], 2021, ["北京市"])
    assert found is not None and found.adcode == "110105"


@pytest.mark.parametrize(
    ("text", "adcode"),
    [
        ("内蒙古阿拉善左旗", "152921"),
        ("西藏那曲市色尼区", "540602"),
        ("恩施", None),
        ("连南瑶族自治县", "441826"),
        ("蚌埠", "340300"),
    ],
)
def test_names_without_suffix(text, adcode):
    address = read_address(text, 2022, short=True)
    assert address is not None and address.end == len(text)
    found = settle(address.candidates, [], 2022)
    assert (found.adcode if found else None) == adcode


def test_mentions_are_full_names_of_three_characters_or_more():
    found = mentions("公开和县级信息，报合肥市庐江县人民政府，全市共12件")
    assert found == {"合肥市": 1, "庐江县": 1}


def test_the_fictional_province_is_read_like_real_ones():
    if not (ROOT / "regions_demo.csv").exists():
        pytest.skip("no fictional province yet")
    demo = next(r for r in load_regions() if r.adcode.startswith("99") and r.level == "county")
    assert _one(demo.name, 2022)["adcode"] == demo.adcode


def test_loading_is_fast():
    load_regions.cache_clear()
    gazetteer.cache_clear()
    began = time.perf_counter()
    gazetteer()
    assert time.perf_counter() - began < 1.5  # 0.1 s alone; the machine may be busy


def test_codes_of_agencies_exist_and_successors_are_named():
    for agency in load_agencies():
        assert agency.agency and agency.alias
        if agency.successor:
            assert agency.valid_to is not None


def test_patterns_compile_and_systems_do_not_share_words():
    words = [w for ws in load_identify().systems.values() for w in ws]
    assert len(words) == len(set(words))


@pytest.mark.parametrize(
    ("name", "system"),
    [
        ("云岭工商职业技术学院", "教育"), ("云岭交通大学", "教育"), ("云岭大学附属医院", "卫生健康"), ("云岭农业科学院", "农业农村"),
        ("云岭市教育局", "教育"), ("云岭市工商行政管理局", "市场监管"), ("云岭市第一中学", "教育"),
    ],
)  # fmt: skip
def test_an_institution_is_of_the_system_that_its_end_names(name, system):
    assert system_of(Body(name, name, name, "organ")) == system


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("regions.csv", "110101,东城区,county", "11010x,东城区,county", "adcode"),
        ("regions.csv", "110101,东城区,county", "110101,东城区,parish", "level"),
        ("regions.csv", "adcode,name,level", "code,name,level", "表头"),
        ("agencies.csv", ",350000,功能区,city,2010", ",350099,功能区,city,2010", "350099"),
        ("identify.yml", "topic: ", "topic: (", "topic"),
    ],
)
def test_the_first_bad_line_is_named(tmp_path, file, old, new, told):
    for name in ("regions.csv", "agencies.csv", "identify.yml"):
        shutil.copy(ROOT / name, tmp_path / name)
    path = tmp_path / file
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    load = {"regions.csv": load_regions, "agencies.csv": load_agencies, "identify.yml": load_identify}[file]
    with pytest.raises(RegistryError, match=told) as caught:
        load(tmp_path)
    assert file in str(caught.value)
