"""The engine: new equations without code, blanks, scopes, hedges, breaks, acceptance, the cells of both sides."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import duckdb
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from etl import registry
from etl.check.listing import accept_finding, list_findings
from etl.equation import parse_equation
from etl.model import APPLICANTS, RegistryError, YearbookError
from etl.warehouse import finish
from tests.check.builds import cell, checked, columns, fails, findings, report, said, table_3


@pytest.fixture
def own_registry(tmp_path: Path) -> Path:
    root = tmp_path / "registry"
    shutil.copytree(registry.ROOT, root)
    return root


def add_rule(root: Path, **rule: object) -> None:
    path = root / "rules.yml"
    known = yaml.safe_load(path.read_text(encoding="utf-8"))
    known["rules"].append(
        {"family": "MD", "severity": "error", "title": "试", "explanation": "试。", "advice": "试", **rule}
    )
    path.write_text(yaml.safe_dump(known, allow_unicode=True), encoding="utf-8")


def test_a_new_equation_needs_no_code(own_registry: Path) -> None:
    equation = ["2 * penalty_decisions <= licensing_decisions"]
    add_rule(own_registry, id="X-NEW", equation=equation, forms=["2021"])
    add_rule(own_registry, id="X-NAMED", equation=equation, forms=["2021"], subject="penalty_decisions")
    con = checked(report([cell("penalty_decisions", 3), cell("licensing_decisions", 5)]), root=own_registry)
    (named,) = findings(con, "X-NAMED")
    assert (named["metric"], named["actual"], named["expected"]) == ("penalty_decisions", 3, 2.5)
    (found,) = findings(con, "X-NEW")
    assert (found["severity"], found["metric"], found["actual"], found["expected"]) == (
        "error",
        "licensing_decisions",
        5,
        6,
    )
    assert [(o["side"], o["factor"], o["metric"], o["value"]) for o in found["operands"]] == [
        ("left", 2, "penalty_decisions", 3), ("right", 1, "licensing_decisions", 5)]  # fmt: skip


@pytest.mark.parametrize(
    "equation", ["a = b = c", "requests_received", "requests_received + = requests_closed", "requests_received = no_such_metric", "requests_received[none] = requests_closed", "requests_closed = prose.requests_closed"],
)  # fmt: skip
def test_a_bad_equation_names_file_and_line(own_registry: Path, equation: str) -> None:
    add_rule(own_registry, id="X-BAD", equation=[equation])
    with pytest.raises(RegistryError, match=r"rules\.yml 第\d+行"):
        registry.load_rules(own_registry)


def test_a_metric_that_a_query_is_given_is_looked_up(own_registry: Path) -> None:
    add_rule(own_registry, id="X-BAD", query="stated_share", parameters={"points": 1, "metrics": ["no_such_metric"]})
    with pytest.raises(RegistryError, match=r"rules\.yml 第\d+行.*no_such_metric"):
        registry.load_rules(own_registry)


@pytest.mark.parametrize(
    "query, parameters, said",
    [("no_such", {}, "没有这个查询：no_such"), ("fee_in_yuan", {"own": 1}, "查询 fee_in_yuan 的参数应为 aggregate、own、ratio、years")],
)  # fmt: skip
def test_a_query_and_its_parameters_are_looked_up(own_registry: Path, query: str, parameters: dict, said: str) -> None:
    add_rule(own_registry, id="X-BAD", query=query, parameters=parameters)
    with pytest.raises(RegistryError, match=rf"rules\.yml 第\d+行.*{said}"):
        checked(report([]), root=own_registry)


def test_both_sides_name_their_cells() -> None:
    (found,) = [
        f
        for f in fails("T3-BAL", report(table_3(requests_received=(21, 0, 0, 0, 0, 0, 20))))
        if f["breakdown"] == "natural_person"
    ]
    assert {(o["side"], o["metric"], o["breakdown"], o["value"]) for o in found["operands"]} == {
        ("left", "requests_received", "natural_person", 21), ("left", "requests_carried_in", "natural_person", 2),
        ("right", "requests_closed", "natural_person", 18), ("right", "requests_carried_out", "natural_person", 4),
    }  # fmt: skip
    assert found["expected"] == 5 and found["actual"] == 4
    assert all(o["ordinal"] is not None and o["report_id"] for o in found["operands"])
    assert found["message"].startswith("自然人：")


def test_a_blank_operand_is_named_and_never_an_error() -> None:
    rows = table_3(requests_granted=(15, 0, 0, 0, 0, 0, None))
    found = findings(checked(report(rows)), "T3-ROWSUM")
    assert [(f["state"], f["severity"]) for f in found] == [("not_assessable", "info")]
    assert "予以公开（总计）" in found[0]["message"]
    assert [(o["metric"], o["breakdown"], o["status"]) for o in found[0]["operands"]] == [
        ("requests_granted", "total", "blank")
    ]


def test_what_nobody_filled_in_or_printed_is_said_once() -> None:
    """A blank table is MD-BLANK's, a row alone nobody's; a row that is not there is not read as zero beside a blank one."""
    nothing = [
        o
        for m in ("requests_received", "requests_carried_in", "requests_closed", "requests_carried_out")
        for o in columns(m, *[None] * 7)
    ]
    assert {f["rule_id"] for f in findings(checked(report(nothing)))} == {"MD-BLANK"}
    assert findings(checked(report(columns("requests_received", 5)))) == []
    some = [
        cell("review_upheld", 1),
        cell("review_corrected", None),
        cell("review_pending", 0),
        cell("review_total", 1),
    ]
    assert [f["state"] for f in findings(checked(report(some)), "T4-SUM-R")] == ["not_assessable"]
    assert findings(checked(report([*table_3(), said("requests_carried_in", 2)])), "NT-CARRY") == []


def test_a_pass_that_reads_blank_as_zero_says_so() -> None:
    found = findings(checked(report(table_3(requests_granted=(15, None, 0, 0, 0, 0, 15)))), "T3-ROWSUM")
    assert [f["state"] for f in found] == ["pass_if_blank_is_zero"]
    assert "空白当作0" in found[0]["message"]


def test_a_cell_in_doubt_is_never_read_as_zero() -> None:
    rows = [o for o in table_3() if (o.metric, o.breakdown) != ("requests_granted", "business")]
    rows.append(cell("requests_granted", None, "business", status="unreadable", raw="l2"))
    assert [f["state"] for f in findings(checked(report(rows)), "T3-ROWSUM")] == ["not_assessable"]


def test_a_missing_table_is_no_failed_sum() -> None:
    con = checked(report([], tables={"2": "read", "3": "missing", "4": "read"}))
    assert [f["rule_id"] for f in findings(con)] == ["MD-SECTIONS"]


def test_other_outcomes_in_one_row_of_the_2021_form() -> None:
    """其他处理 printed undivided (seen in 2021 reports) counts as printed; divided, its three rows are added."""
    assert fails("T3-CLOSED", report(table_3(requests_other=2, carried_out=2))) == []
    divided = [o for o in table_3(carried_out=2, requests_closed=20) if o.metric != "requests_other"]
    for n, name in enumerate(("not_corrected", "fee_unpaid", "misc")):
        divided += columns(f"requests_other_{name}", n)
    assert {f["breakdown"] for f in fails("T3-CLOSED", report(divided))} == {"natural_person", "total"}
    divided = [o for o in divided if o.metric != "requests_other_misc"] + columns("requests_other_misc", 1)
    assert fails("T3-CLOSED", report(divided)) == []


def test_carry_over_is_an_error_in_the_total_and_a_warning_in_a_column() -> None:
    before, after = (
        report(table_3(), year=2022),
        report(table_3(requests_carried_in=(0, 4, 0, 0, 0, 0, 4), carried_out=6), year=2023),
    )
    assert {(f["breakdown"], f["severity"]) for f in fails("XY-CARRY", before, after)} == {
        ("natural_person", "warning"),
        ("business", "warning"),
    }
    worse = report(table_3(carried_in=5, carried_out=7), year=2023)
    assert ("total", "error") in {(f["breakdown"], f["severity"]) for f in fails("XY-CARRY", before, worse)}


def test_years_are_compared_within_one_scope() -> None:
    before = report(table_3(), year=2022, scope="government_aggregate")
    assert fails("XY-CARRY", before, report(table_3(carried_in=9, carried_out=11), year=2023)) == []
    unsaid = report(table_3(), year=2022, scope="unknown")
    found = fails("XY-CARRY", unsaid, report(table_3(carried_in=9, carried_out=11), year=2023))
    assert found and {f["severity"] for f in found} == {"warning"}
    stock = ("normative_documents_issued", "normative_documents_repealed", "normative_documents_in_force")
    years = [
        report([cell(m, v) for m in stock], year=y, scope=s)
        for y, v, s in ((2022, 9, "unknown"), (2023, 3, "own_agency"))
    ]
    assert [f["severity"] for f in fails("XY-STOCK", *years)] == ["info"], "a hint stays one"


def test_a_series_break_suspends_and_is_said() -> None:
    before, after = (
        report(table_3(), year=2018, form="2019"),
        report(table_3(carried_in=9, carried_out=11), year=2019, form="2019"),
    )
    con = checked(before, after)
    assert findings(con, "XY-CARRY", "fail") == []
    assert {(f["severity"], f["state"]) for f in findings(con, "XY-BREAK")} == {("info", "suspended")}


def test_review_before_suing_suspends_jumps_from_2024() -> None:
    years = [report([cell("review_total", v)], year=y) for y, v in ((2022, 10), (2023, 12))]
    assert fails("XY-JUMP", *years, report([cell("review_total", 200)], year=2024)) == []
    assert fails(
        "XY-JUMP", *[report([cell("review_total", v)], year=y) for y, v in ((2021, 10), (2022, 12), (2023, 200))]
    )


def test_a_renamed_body_suspends(own_registry: Path) -> None:
    with (own_registry / "agencies.csv").open("a", encoding="utf-8") as file:
        file.write("云岭市文物局,云岭市文物局,,,city,,2022,云岭市文化局\n")
    before = report([*table_3(), cell("penalty_decisions", 10)], agency="云岭市文物局", year=2022)
    after = report([*table_3(), cell("penalty_decisions", 4000)], agency="云岭市文化局", year=2023)
    con = checked(before, after, root=own_registry)
    assert [f["rule_id"] for f in findings(con, state="fail")] == []
    assert {f["state"] for f in findings(con, "XY-SUCCESSION")} == {"suspended"}


def test_prose_says_which_reading_holds() -> None:
    con = checked(report([*table_3(), said("requests_received", 22)]))
    (found,) = findings(con, "NT-NEW")
    assert (found["state"], found["severity"]) == ("explained", "info")
    assert "上年结转" in found["message"]
    (agrees,) = findings(checked(report([*table_3(), said("requests_to_handle", 22)])), "NT-HANDLED")
    assert agrees["state"] == "pass" and "20" in agrees["message"] and "2" in agrees["message"]
    assert list_findings(checked(report([*table_3(), said("requests_to_handle", 22)]))) == [], (
        "what holds is no finding"
    )


def test_an_office_figure_in_a_regional_report_is_explained() -> None:
    words = "市政府办公室本级收到申请6件。"
    region = report(
        [*table_3(), said("requests_received", 6, words)], agency="云岭市人民政府", scope="government_aggregate"
    )
    assert [(f["state"], f["severity"]) for f in findings(checked(region), "NT-NEW")] == [("explained", "info")]
    own = report([*table_3(), said("requests_received", 90, "全市共收到申请90件。")])
    assert [(f["state"], f["severity"]) for f in findings(checked(own), "NT-NEW")] == [("explained", "info")]
    plain = report([*table_3(), said("requests_received", 6)])
    assert [f["state"] for f in findings(checked(plain), "NT-NEW")] == ["fail"]
    more = said("requests_received", 60, "市政府办公室本级收到申请60件。")
    region = report([*table_3(), more], agency="云岭市人民政府", scope="government_aggregate")
    own = report([*table_3(), said("requests_received", 9, "全市共收到申请9件。")])
    assert [f["state"] for f in findings(checked(region, own), "NT-NEW")] == ["fail", "fail"], (
        "a part is no more than the whole"
    )


@pytest.mark.parametrize(
    "qualifier, stated, fails_",
    [
        ("about", 21, False),
        ("about", 40, True),
        ("at_least", 19, False),
        ("at_least", 30, True),
        ("at_least", 10, True),
        ("at_most", 21, False),
        ("at_most", 15, True),
        ("at_most", 40, True),
    ],
)
def test_hedged_figures_have_room(qualifier: str, stated: int, fails_: bool) -> None:
    assert bool(fails("NT-NEW", report([*table_3(), said("requests_received", stated, qualifier=qualifier)]))) is fails_


def test_a_small_hedged_figure_may_be_one_off() -> None:
    few = table_3(received=3, carried_in=0, granted=3, partial=0, carried_out=0)
    for n, bad in ((4, False), (5, True)):
        assert bool(fails("NT-NEW", report([*few, said("requests_received", n, qualifier="about")]))) is bad


def test_two_figures_in_one_cell_are_a_cell_in_doubt() -> None:
    rows = [o for o in table_3() if (o.metric, o.breakdown) != ("requests_granted", "business")]
    rows += [cell("requests_granted", v, "business", status="conflicting") for v in (0, 4)]
    (found,) = findings(checked(report(rows)), "T3-ROWSUM")
    assert found["state"] == "not_assessable" and "予以公开（商业企业）" in found["message"]


def test_what_the_year_before_does_not_print_is_not_asked_of_it() -> None:
    stock = ("normative_documents_issued", "normative_documents_repealed", "normative_documents_in_force")
    con = checked(report(table_3(), year=2022), report([cell(m, 3) for m in stock]))
    assert findings(con, "XY-STOCK") == []


def test_another_reading_explains_a_failure_and_is_no_pass() -> None:
    con = checked(report([*table_3(), said("requests_received", 22)]))
    assert con.execute("select passed, failed from rule_result where rule_id = 'NT-NEW'").fetchall() == [(0, 1)]


def test_a_break_of_some_bodies_suspends_theirs_alone(own_registry: Path) -> None:
    path = own_registry / "rules.yml"
    known = yaml.safe_load(path.read_text(encoding="utf-8"))
    known["breaks"].append({"year": 2023, "rules": ["XY-CARRY"], "agencies": ["云岭市林业局"], "reason": "机构改革"})
    known["breaks"].append({"year": 2023, "rules": ["XY-CARRY"], "metrics": ["review_total"], "reason": "只涉及复议"})
    path.write_text(yaml.safe_dump(known, allow_unicode=True), encoding="utf-8")
    years = [
        report(table_3(carried_in=n, carried_out=n + 2), year=y, agency=name)
        for y, n in ((2022, 2), (2023, 9)) for name in ("云岭市林业局", "云岭市档案局")
    ]  # fmt: skip
    con = checked(*years, root=own_registry)
    assert {f["agency"] for f in findings(con, "XY-CARRY", "fail")} == {"云岭市档案局"}
    assert {f["agency"] for f in findings(con, "XY-BREAK")} == {"云岭市林业局"}


def test_a_hedged_figure_in_a_cell_is_judged_by_nothing() -> None:
    """A filled template may say 约 of a cell; equations hold to the last case."""
    counts = {"review_upheld": 1, "review_corrected": 0, "review_other": 0, "review_pending": 0, "review_total": 3}
    cells = [cell(m, n) for m, n in counts.items()]
    assert fails("T4-SUM-R", report(cells)) != []
    cells[-1].qualifier = "about"
    assert fails("T4-SUM-R", report(cells)) == []


def test_part_of_a_year_is_not_compared() -> None:
    assert fails("NT-NEW", report([*table_3(), said("requests_received", 3, part_year=True)])) == []


def with_pages(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """A checked build with what a load makes at the very end: agencies are looked up there."""
    finish.materialise_pages(con)
    return con


def test_accepted_findings_stand_apart_until_the_figure_changes(own_registry: Path) -> None:
    con = with_pages(checked(report(table_3(carried_out=5)), root=own_registry))
    assert accept_finding(con, "云岭市档案局", 2023, "T3-BAL", "核对人", "已与该局核实", root=own_registry) == 2
    again = with_pages(checked(report(table_3(carried_out=5)), root=own_registry))
    assert [f["accepted"] for f in findings(again, "T3-BAL")] == [True, True]
    assert list_findings(again)[-1]["accepted_by"] == "核对人"
    changed = with_pages(checked(report(table_3(carried_out=6)), root=own_registry))
    assert [f["accepted"] for f in findings(changed, "T3-BAL")] == [False, False]
    with pytest.raises(YearbookError, match="没有可接受"):
        accept_finding(again, "云岭市档案局", 2023, "T4-INT", "核对人", "理由", root=own_registry)
    with pytest.raises(YearbookError, match="认可人和理由"):
        accept_finding(changed, "云岭市档案局", 2023, "T3-BAL", " ", "", root=own_registry)


def test_an_accepted_finding_without_a_figure_is_not_every_finding_of_its_rule(own_registry: Path) -> None:
    from etl.model import Finding

    def said_of(*messages: str) -> duckdb.DuckDBPyConnection:
        noticed = [Finding("MD-AGENCY", "warning", message) for message in messages]
        return with_pages(checked(report(table_3(), findings=noticed), root=own_registry))

    assert accept_finding(said_of("甲"), "云岭市档案局", 2023, "MD-AGENCY", "核对人", "理由", root=own_registry) == 1
    again = {f["message"]: f["accepted"] for f in findings(said_of("甲", "乙"), "MD-AGENCY")}
    assert again == {"甲": True, "乙": False}


def test_a_pasted_reason_with_a_strange_line_end_is_one_line(own_registry: Path) -> None:
    con = with_pages(checked(report(table_3(carried_out=5)), root=own_registry))
    accept_finding(con, "云岭市档案局", 2023, "T3-BAL", "核对人", "来函说明\u2028已核实\x85", root=own_registry)
    assert {row.why for row in registry.load_accepted(own_registry)} == {"来函说明\u2028已核实"}


def test_one_metric_of_one_body_may_be_accepted(own_registry: Path) -> None:
    """A second time there is nothing left to accept, and a short name that two bodies have accepts for neither."""
    rows = table_3(requests_granted=(15, 0, 0, 0, 0, 0, 16), requests_received=(20, 0, 0, 0, 0, 0, 21), carried_out=5)
    con = with_pages(
        checked(report(rows), report(rows, agency="远山市档案局", city="远山市", adcode="880200"), root=own_registry)
    )
    with pytest.raises(YearbookError, match="不止一个机关"):
        accept_finding(con, "档案局", 2023, "T3-ROWSUM", "核对人", "理由", root=own_registry)
    given = ("云岭市档案局", 2023, "T3-ROWSUM", "核对人", "理由")
    assert accept_finding(con, *given, metric="requests_granted", root=own_registry) == 1
    again = with_pages(checked(report(rows), root=own_registry))
    assert [(f["metric"], f["accepted"]) for f in findings(again, "T3-ROWSUM")] == [
        ("requests_received", False),
        ("requests_granted", True),
    ]
    with pytest.raises(YearbookError, match="没有可接受"):
        accept_finding(again, *given, metric="requests_granted", root=own_registry)


def test_what_could_not_be_judged_is_not_accepted(own_registry: Path) -> None:
    """Its line would have no figure for a guard, and a later failure of the rule would pass as accepted."""
    blank = table_3(requests_granted=(15, 0, 0, 0, 0, 0, None))
    con = with_pages(checked(report(blank), root=own_registry))
    assert [f["state"] for f in findings(con, "T3-ROWSUM")] == ["not_assessable"]
    with pytest.raises(YearbookError, match="没有可接受"):
        accept_finding(con, "云岭市档案局", 2023, "T3-ROWSUM", "核对人", "理由", root=own_registry)
    assert not (own_registry / "accepted.jsonl").exists()


def test_what_a_check_says_better_hides_what_the_reader_said() -> None:
    from etl.model import Finding

    reader = Finding("NT-DUP", "warning", "读取时发现", metric="policy_interpretations")
    con = checked(report([said("policy_interpretations", v, status="conflicting") for v in (5, 9)], findings=[reader]))
    assert len(findings(con, "NT-DUP")) == 1


def test_superseded_reports_are_not_checked() -> None:
    old = report(table_3(carried_out=5), published_on="2024-01-10", n=1)
    assert fails("T3-BAL", old, report(table_3(), published_on="2024-02-10", n=2)) == []


def test_aggregate_states_its_coverage() -> None:
    low = report(table_3(received=10, granted=5, carried_out=4), agency="云岭市人民政府", scope="government_aggregate")
    found = fails("AG-SUM", report(table_3()), report(table_3(), agency="云岭市林业局"), low)
    assert any("2个机关" in f["message"] and f["expected"] == 40 for f in found)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.integers(0, 50), min_size=6, max_size=6), st.integers(1, 9), st.integers(0, 6))
def test_any_changed_cell_of_a_row_is_found(values: list[int], by: int, where: int) -> None:
    row = [*values, sum(values)]
    rest: dict = {
        "requests_closed": row,
        "requests_granted": row,
        "requests_received": row,
        "partial": 0,
        "carried_in": 0,
        "carried_out": 0,
    }
    wrong = list(row)
    wrong[where] += by
    (found,) = fails(
        "T3-ROWSUM",
        report(table_3(**rest), agency="云岭市林业局"),
        report(table_3(**rest | {"requests_received": wrong})),
    )
    assert found["agency"] == "云岭市档案局"
    assert (found["metric"], found["breakdown"], found["actual"], found["expected"]) == (
        "requests_received",
        "total",
        wrong[6],
        sum(wrong[:6]),
    )
    assert {(o["breakdown"], o["value"]) for o in found["operands"]} == set(zip(APPLICANTS, wrong, strict=True))


@given(st.text(alphabet="abz_.[]=<>+-* 0123", max_size=40))
def test_no_text_breaks_the_parser(text: str) -> None:
    try:
        equation = parse_equation(text)
    except ValueError:
        return
    assert equation.left and equation.right


def test_findings_are_listed_by_year_and_severity_errors_first() -> None:
    con = checked(
        report([*table_3(carried_out=5), said("requests_received", 90)]), report(table_3(carried_out=5), year=2020)
    )
    assert {f["year"] for f in list_findings(con, year=2020)} == {2020}
    assert {f["severity"] for f in list_findings(con, severity="warning")} == {"warning"}
    ranks = ["error", "warning", "info"]
    listed = [ranks.index(f["severity"]) for f in list_findings(con)]
    assert listed == sorted(listed) and len(set(listed)) > 1


def test_listing_is_json_and_csv() -> None:
    from etl.check.listing import as_text

    rows = list_findings(checked(report(table_3(carried_out=5))), severity="error")
    assert json.loads(as_text(rows, "json"))[0]["operands"]
    head, first, *_ = as_text(rows, "csv").splitlines()
    assert (
        head.startswith("级别,规则,机关,年度,判定")
        and first.startswith("错误,T3-BAL,云岭市档案局,2023,不符,")
        and ",自然人," in first
    )


def test_a_report_that_was_replaced_is_not_listed_and_no_cell_is_a_formula() -> None:
    from etl.check.listing import table_rows
    from etl.model import Finding

    noted = [Finding("unclaimed_cell", "warning", "=1+1")]
    old, new = (report(table_3(), published_on=f"2024-01-{day}", n=day, findings=noted) for day in (10, 25))
    rows = list_findings(checked(old, new))
    assert [f["document"] for f in rows] == [new.document]
    assert "'=1+1" in table_rows(rows)[0]


def test_a_city_that_the_build_does_not_know_has_not_no_findings() -> None:
    con = checked(report(table_3(carried_out=5)))
    assert list_findings(con, city="云岭市")
    with pytest.raises(YearbookError, match="没有“云岭”的报告"):
        list_findings(con, city="云岭")
