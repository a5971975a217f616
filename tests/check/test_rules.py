"""Every rule of rules.yml has a case that it lets pass and one that it does not, built from data."""

from __future__ import annotations

import re

import pytest

from etl import registry
from etl.model import Finding, Likeness, Report
from tests.check.builds import cell, checked, columns, fails, findings, report, said, table_3

GOVERNMENT = {"agency": "云岭市人民政府", "scope": "government_aggregate"}


def four(review: tuple, direct: tuple = (0, 0, 0, 0, 0), after: tuple = (0, 0, 0, 0, 0)) -> list:
    names = ("upheld", "corrected", "other", "pending", "total")
    return [
        cell(f"{course}_{name}", value)
        for course, values in (("review", review), ("litigation_direct", direct), ("litigation_after_review", after))
        for name, value in zip(names, values, strict=True)
    ]


def e1(**values: float) -> Report:
    return report(
        [cell(metric, value, table=1) for metric, value in values.items()],
        year=2016,
        form="2014",
        tables=dict.fromkeys("234", "absent"),
    )


def stock(year: int, issued: int, repealed: int, in_force: int) -> Report:
    names = ("normative_documents_issued", "normative_documents_repealed", "normative_documents_in_force")
    return report(
        [cell(m, v) for m, v in zip(names, (issued, repealed, in_force), strict=True)], year=year, **GOVERNMENT
    )


def items(year: int, previous: int, change: int, decisions: int = 5) -> Report:
    return report(
        [cell("licensing_items_previous", previous, unit="项"), cell("licensing_items_change", change, unit="项"), cell("licensing_decisions", decisions)],
        year=year, form="2019",
    )  # fmt: skip


def text(*sentences: int, characters: int = 800, signature: int = 0, missing: tuple[str, ...] = ()) -> Likeness:
    return Likeness(
        characters, [signature + n for n in range(64)], list(sentences), [40] * len(sentences), list(missing)
    )


def noticed(rule: str, **more: object) -> Finding:
    return Finding(rule, "warning", "读取时发现", **more)  # type: ignore[arg-type]


EIGHT = (
    "already_public",
    "granted",
    "partially_granted",
    "denied",
    "not_this_agency",
    "information_absent",
    "told_to_amend",
    "redirected",
)
SIX = ("state_secret", "trade_secret", "privacy", "security_stability", "not_government_information", "other_law")
CHANNELS = ("gazette", "website", "weibo", "wechat", "other")


def channels(total: int) -> Report:
    return e1(proactive_disclosures=total, **{f"proactive_via_{c}": 10 for c in CHANNELS})


# rule -> (reports that pass, reports that fail)
CASES: dict[str, tuple[list[Report], list[Report]]] = {
    "T3-BAL": ([report(table_3())], [report(table_3(carried_out=5))]),
    "T3-ROWSUM": ([report(table_3())], [report(table_3(requests_granted=(15, 0, 0, 0, 0, 0, 16)))]),
    "T3-CLOSED": ([report(table_3())], [report(table_3(requests_closed=19, carried_out=3))]),
    "T3-NONNEG": ([report(table_3())], [report(table_3(requests_granted=(15.5, 0, 0, 0, 0, 0, 15.5)))]),
    "T3-NODOUBLE": ([report(table_3())], [report(table_3(requests_denied_state_secret=3, requests_closed=18))]),
    "T4-SUM-R": ([report(four((1, 0, 0, 1, 2)))], [report(four((1, 0, 0, 1, 0)))]),
    "T4-SUM-D": ([report(four((0, 0, 0, 0, 0), (1, 0, 0, 1, 2)))], [report(four((0, 0, 0, 0, 0), (1, 0, 0, 1, 3)))]),
    "T4-SUM-A": ([report(four((0, 0, 0, 0, 0), after=(5, 0, 0, 0, 5)))], [report(four((0, 0, 0, 0, 0), after=(5, 0, 0, 0, 0)))]),
    "T4-INT": ([report(four((1, 0, 0, 1, 2)))], [report(four((1, 0, -1, 1, 1)))]),
    "T2-STOCK": ([stock(2023, 5, 1, 20)], [stock(2023, 25, 1, 20)]),
    "T2-E2-SUBSET": (
        [report([cell("normative_documents_newly_public", 3), cell("normative_documents_public_total", 9)], year=2020, form="2019")],
        [report([cell("normative_documents_newly_public", 13), cell("normative_documents_public_total", 9)], year=2020, form="2019")],
    ),
    "T2-E2-MISFILL": ([items(2020, 10, -4, 66)], [items(2020, 10, -4, 6)]),
    "T2-RULES-POWER": (
        [report([cell("regulations_in_force", 6)], **GOVERNMENT), report([cell("regulations_in_force", 0)])],
        [report([cell("regulations_in_force", 6)], agency="云岭市青禾镇人民政府", level="township")],
    ),
    "T2-FEE-UNIT": (
        [report([cell("administrative_fees", 36.5, unit="万元")], year=y) for y in (2022, 2023)],
        [report([cell("administrative_fees", v, unit="万元")], year=y) for y, v in ((2022, 36.5), (2023, 365000))],
    ),
    "T2-ROUND": (
        [report([cell("administrative_fees", 36.512345, unit="万元", raw="36.512345")])],
        [report([cell("administrative_fees", 36.51234567, unit="万元", raw="36.51234567")])],
    ),
    "E1-CHANNEL": ([channels(45)], [channels(60)]),
    "E1-NORM": (
        [e1(proactive_disclosures=45, proactive_normative_documents=5, normative_documents_issued=6)],
        [e1(proactive_disclosures=45, proactive_normative_documents=50, normative_documents_issued=60)],
    ),
    "E1-REQ-CH": (
        [e1(requests_received=10, requests_received_in_person=1, requests_received_fax=2, requests_received_online=3, requests_received_mail=4)],
        [e1(requests_received=11, requests_received_in_person=1, requests_received_fax=2, requests_received_online=3, requests_received_mail=4)],
    ),
    "E1-CLOSED": (
        [e1(requests_closed=9, requests_closed_on_time=8, requests_closed_extended=1)],
        [e1(requests_closed=10, requests_closed_on_time=8, requests_closed_extended=1)],
    ),
    "E1-ANS": (
        [e1(requests_answered=16, **{f"requests_{k}": 2 for k in EIGHT})],
        [e1(requests_answered=15, **{f"requests_{k}": 2 for k in EIGHT})],
    ),
    "E1-DENY": (
        [e1(requests_denied=6, **{f"requests_denied_{k}": 1 for k in SIX})],
        [e1(requests_denied=5, **{f"requests_denied_{k}": 1 for k in SIX})],
    ),
    "E1-ANS-CLOSED": ([e1(requests_answered=9, requests_closed=9)], [e1(requests_answered=9, requests_closed=8)]),
    "E1-REV": (
        [e1(review_total=3, review_upheld=2, review_corrected=1, review_other=0)],
        [e1(review_total=4, review_upheld=2, review_corrected=1, review_other=0)],
    ),
    "E1-LIT": (
        [e1(litigation_total=3, litigation_upheld=2, litigation_corrected=1, litigation_other=0)],
        [e1(litigation_total=4, litigation_upheld=2, litigation_corrected=1, litigation_other=0)],
    ),
    "E1-HEAD": ([e1(press_conferences=4, press_conferences_by_head=4)], [e1(press_conferences=4, press_conferences_by_head=5)]),
    "E1-STAFF": (
        [e1(staff_total=5, staff_full_time=2, staff_part_time=3)], [e1(staff_total=5, staff_full_time=2, staff_part_time=2)],
    ),
    "XY-CARRY": (
        [report(table_3(), year=2022), report(table_3(carried_in=4, carried_out=6), year=2023)],
        [report(table_3(), year=2022), report(table_3(carried_in=3, carried_out=5), year=2023)],
    ),
    "XY-STOCK": ([stock(2022, 5, 1, 20), stock(2023, 3, 1, 22)], [stock(2022, 5, 1, 20), stock(2023, 3, 1, 30)]),
    "XY-E2-ITEMS": ([items(2019, 10, -4), items(2020, 6, 0)], [items(2019, 10, -4), items(2020, 10, 0)]),
    "XY-PENDING": (
        [report(four((1, 0, 0, 1, 2)), year=2022), report(four((1, 0, 0, 0, 1)), year=2023)],
        [report(four((1, 0, 0, 1, 2)), year=2022), report(four((0, 0, 0, 0, 0)), year=2023)],
    ),
    "XY-COPY": (
        [report(table_3(), year=2022), report(table_3(received=21, carried_out=5), year=2023)],
        [report(table_3(), year=2022), report(table_3(), year=2023)],
    ),
    "XY-JUMP": (
        [report([cell("penalty_decisions", v)], year=y) for y, v in ((2021, 90), (2022, 400), (2023, 120))],
        [report([cell("penalty_decisions", v)], year=y) for y, v in ((2021, 90), (2022, 120), (2023, 4000))],
    ),
    "NT-NEW": (
        [report([*table_3(), said("requests_received", 20)]), report([*table_3(), said("requests_received", 22)], agency="云岭市林业局")],
        [report([*table_3(), said("requests_received", 25)])],
    ),
    "NT-HANDLED": (
        [report([*table_3(), said("requests_to_handle", 22)])], [report([*table_3(), said("requests_to_handle", 24)])],
    ),
    "NT-ZERO": (
        [report([*table_3(0, 0, 0, 0, 0), said("requests_received", 0)])], [report([*table_3(), said("requests_received", 0)])],
    ),
    "NT-CLOSED": (
        [report([*table_3(), said("requests_closed", 18)])], [report([*table_3(), said("requests_closed", 19)])],
    ),
    "NT-CARRY": (
        [report([*table_3(), said("requests_carried_out", 4)])], [report([*table_3(), said("requests_carried_out", 5)])],
    ),
    "NT-OUTCOME": (
        [report([*table_3(requests_denied_state_secret=2, carried_out=2), said("requests_denied", 2)])],
        [report([*table_3(requests_denied_state_secret=2, carried_out=2), said("requests_denied", 3)])],
    ),
    "NT-REV": (
        [report([*four((1, 0, 0, 1, 2)), said("review_total", 2)])], [report([*four((1, 0, 0, 1, 2)), said("review_total", 0)])],
    ),
    "NT-LIT": (
        [report([*four((0, 0, 0, 0, 0), (1, 0, 0, 1, 2), (3, 0, 0, 0, 3)), said("litigation_total", 5)])],
        [report([*four((0, 0, 0, 0, 0), (1, 0, 0, 1, 2), (3, 0, 0, 0, 3)), said("litigation_total", 4)])],
    ),
    "NT-NORM": (
        [report([cell("normative_documents_issued", 6), said("normative_documents_issued", 6)])],
        [report([cell("normative_documents_issued", 6), said("normative_documents_issued", 9)])],
    ),
    "NT-SHARE": (
        [report([*table_3(), said("requests_granted", 15, "予以公开15件，占83.33%。")])],
        [report([*table_3(), said("requests_granted", 15, "予以公开15件，占93.33%。")])],
    ),
    "NT-SUM": (
        [report([said("public_responses", 9), said("public_responses", 4, breakdown="民生热点")])],
        [report([said("public_responses", 9), said("public_responses", 14, breakdown="民生热点")])],
    ),
    "NT-DUP": (
        [report([said("policy_interpretations", 5)])],
        [report([said("policy_interpretations", v, status="conflicting") for v in (5, 9)])],
    ),
    "NT-MIXED": (
        [report(table_3(), findings=[noticed("NT-MIXED", metric="requests_granted", actual=18, quote="予以公开及部分公开18件")])],
        [report(table_3(), findings=[noticed("NT-MIXED", metric="requests_granted", actual=16, quote="予以公开及部分公开16件")])],
    ),
    "AG-SUM": (
        [report(table_3(), adcode="880100"), report(table_3(received=60, carried_out=44), adcode="880100", **GOVERNMENT)],
        [report(table_3(), adcode="880100"), report(table_3(received=10, granted=5, carried_out=4), adcode="880100", **GOVERNMENT)],
    ),
    "MD-ERA": ([report(table_3(), form="2021")], [report(table_3(), form="2019")]),
    "MD-YEAR": (
        [report(table_3(), findings=[noticed("MD-YEAR", expected=2023, actual=2022)])],
        [report(table_3(), findings=[noticed("MD-YEAR", expected=2023, actual=2024)], published_on="2025-01-20")],
    ),
    "MD-PERIOD": ([report(table_3())], [report(table_3(), period=("2023-01-01", "2023-11-30"))]),
    "MD-DEADLINE": (
        [report(table_3(), published_on="2024-01-31"), report(table_3(), published_on="2024-03-31", **GOVERNMENT)],
        [report(table_3(), published_on="2024-02-01")],
    ),
    "MD-SECTIONS": (
        [report(table_3(), likeness=text(901, 902, signature=9000))], [report(table_3(), likeness=text(901, 902, signature=9000, missing=("其他需要报告的事项",)))],
    ),
    "MD-ALLZERO": (
        [report([*table_3(0, 0, 0, 0, 0), said("requests_received", 0)])], [report([*table_3(0, 0, 0, 0, 0), said("requests_received", 7)])],
    ),
    "MD-BLANK": (
        [report(table_3(requests_granted=(15, None, None, None, None, None, 15)))],
        [report([o for m in ("requests_received", "requests_closed") for o in columns(m, *[None] * 7)])],
    ),
    "MD-NEARDUP": (
        [report([], likeness=text(*range(10))), report([], agency="云岭市林业局", likeness=text(*range(50, 60), signature=500))],
        [report([], likeness=text(*range(10))), report([], agency="云岭市林业局", likeness=text(*range(10)))],
    ),
}  # fmt: skip

RULES = registry.load_rules().rules
READERS = {r.id for r in RULES if r.reader}


def test_every_rule_has_its_two_cases() -> None:
    assert set(CASES) == {r.id for r in RULES} - READERS


def apart(reports: list[Report], n: int) -> list[Report]:
    """The reports as those of a place of its own."""
    for one in reports:
        who = one.identity
        who.agency = who.stated_as = f"{who.agency}".replace("云岭市", f"云{n}市")
        who.adcode = f"{10 + n}{who.adcode[2:]}" if who.adcode else None
    return reports


def outcome(which: int) -> dict[str, list[dict]]:
    """All cases in one build, each with bodies and divisions of its own: rule -> what its own case made of it."""
    reports = [r for n, cases in enumerate(CASES.values()) for r in apart(cases[which], n)]
    found = [f for f in findings(checked(*reports), state="fail") if f["origin"] == "check"]
    return {
        rule: [f for f in found if f["rule_id"] == rule and f["agency"].startswith(f"云{n}市")]
        for n, rule in enumerate(CASES)
    }


@pytest.fixture(scope="module")
def held() -> dict[str, list[dict]]:
    return outcome(0)


@pytest.fixture(scope="module")
def broken() -> dict[str, list[dict]]:
    return outcome(1)


@pytest.mark.parametrize("rule", CASES)
def test_passes_what_holds(rule: str, held: dict[str, list[dict]]) -> None:
    assert held[rule] == []


@pytest.mark.parametrize("rule", CASES)
def test_names_what_does_not_hold(rule: str, broken: dict[str, list[dict]]) -> None:
    found = broken[rule]
    declared = next(r for r in RULES if r.id == rule)
    assert found
    assert {f["severity"] for f in found} <= {
        declared.severity,
        declared.severity_total or declared.severity,
        "info" if rule == "XY-COPY" else "",
    }
    assert all(f["message"] for f in found)


def test_what_is_an_error_and_what_a_hint() -> None:
    """As the domain has it: arithmetic of the form is an error, what may have a reason a warning, what only may be a hint."""
    errors = "T3-BAL T3-ROWSUM T3-CLOSED T3-NONNEG T4-SUM-R T4-SUM-D T4-SUM-A T4-INT E1-REQ-CH E1-CLOSED E1-ANS E1-DENY E1-HEAD E1-STAFF MD-YEAR MD-BLANK"
    hints = "T2-E2-MISFILL T2-ROUND XY-STOCK XY-PENDING NT-SHARE NT-SUM AG-SUM"
    declared = {r.id: r.severity for r in RULES if not r.reader}
    assert declared == dict.fromkeys(declared, "warning") | dict.fromkeys(errors.split(), "error") | dict.fromkeys(
        hints.split(), "info"
    )
    assert {r.id: r.severity_total for r in RULES if r.severity_total} == {"XY-CARRY": "error"}


def test_every_rule_is_worded_for_the_agency() -> None:
    """Neutral and official: no blame, a full sentence, and what to look at."""
    for rule in RULES:
        assert rule.explanation.endswith("。"), rule.id
        assert not rule.advice.endswith("。"), rule.id
        assert not any(
            word in rule.title + rule.explanation + rule.advice
            for word in ("造假", "弄虚作假", "敷衍", "严重", "违法", "落后")
        ), rule.id


@pytest.mark.parametrize(("by_mail", "expected"), [(4, []), (5, [(10, 9)])])
def test_parts_that_are_metrics_of_their_own_exceed_no_whole(by_mail: int, expected: list[tuple[float, float]]) -> None:
    ways = [said("requests_received_online", 5), said("requests_received_mail", by_mail)]
    found = fails("NT-SUM", report([said("requests_received", 9), *ways]))
    assert [(f["expected"], f["actual"]) for f in found] == expected


def test_figures_of_two_units_or_of_part_of_a_year_are_no_jump() -> None:
    def years(*figures: tuple[int, float, str], **more: object) -> list[Report]:
        return [report([said("policy_interpretations", v, unit=unit)], year=y, **more) for y, v, unit in figures]

    assert fails("XY-JUMP", *years((2022, 12, "篇"), (2023, 400, "篇")))
    assert fails("XY-JUMP", *years((2022, 12, "篇"), (2023, 400, "条"))) == []
    half = years((2023, 400, "篇"), period=("2023-01-01", "2023-06-30"))
    assert fails("XY-JUMP", *years((2022, 12, "篇")), *half) == []


@pytest.mark.parametrize(("unit", "noticed_"), [("万元", True), ("元", False)])
def test_a_fee_that_says_元_is_not_taken_for_万元(unit: str, noticed_: bool) -> None:
    years = [report([cell("administrative_fees", v, unit=u)], year=y) for y, v, u in ((2022, 36.5, "万元"), (2023, 365000, unit))]  # fmt: skip
    assert bool(fails("T2-FEE-UNIT", *years)) is noticed_


def test_a_table_that_was_not_read_is_not_called_zero() -> None:
    nothing = table_3(0, 0, 0, 0, 0)
    assert fails("MD-ALLZERO", report([*nothing, said("review_total", 3)])) == []
    (found,) = fails("MD-ALLZERO", report([*nothing, *four((0, 0, 0, 0, 0)), said("review_total", 3)]))
    assert (found["metric"], found["expected"]) == ("review_total", 3)
    (found,) = fails("MD-ALLZERO", report([*nothing, said("requests_received", 7), said("requests_closed", 9)]))
    assert (found["metric"], found["expected"]) == ("requests_received", 7)
    assert "收到和处理申请情况表各格" in found["message"] and "复议" not in found["message"]


def test_parts_in_another_unit_are_not_added() -> None:
    parts = [said("policy_interpretations", n, unit=unit, breakdown=word) for n, unit, word in ((9, "篇", "文字"), (30, "条", "视频"))]  # fmt: skip
    assert fails("NT-SUM", report([said("policy_interpretations", 20, unit="篇"), *parts])) == []
    assert fails("NT-SUM", report([said("policy_interpretations", 8, unit="篇"), *parts]))


def test_whatever_the_readers_notice_has_its_words() -> None:
    """A finding of a rule that rules.yml does not list would stand on the pages without title and advice."""
    noticed_ = re.compile(r"""Finding\(\s*"([A-Za-z_-]+)"|["']([A-Z]{2,}-[A-Z][A-Z-]+)["']""")
    sources = [p for p in (registry.ROOT.parents[1] / "etl").rglob("*.py") if "demo" not in p.parts]
    said_ = {a or b for p in sources for a, b in noticed_.findall(p.read_text(encoding="utf-8"))}
    assert {"IMPORT-PROSE", "MD-YEAR", "ROSTER-NAME"} <= said_
    assert said_ <= {r.id for r in RULES}


def other(cells: list, metric: str, breakdown: str | None = None, **more: object) -> list:
    """The cells with one of them in another state."""
    kept = [o for o in cells if (o.metric, o.breakdown) != (metric, breakdown)]
    return [*kept, cell(metric, None, breakdown, **more)]  # type: ignore[arg-type]


def penalties(*figures: tuple[int, float], **more: object) -> list[Report]:
    return [report([cell("penalty_decisions", v)], year=y, **more) for y, v in figures]  # type: ignore[arg-type]


def fee(value: float, year: int = 2023, **more: object) -> Report:
    return report([cell("administrative_fees", value, unit="万元")], year=year, **more)  # type: ignore[arg-type]


OTHERS = (("not_corrected", 1), ("fee_unpaid", 0), ("misc", 1))


def alike(of: int, hashes: int, sentences: int) -> Likeness:
    """A text that shares so many of 64 hashes and of ten sentences with alike(of, 64, 10)."""
    first = 1000 * of
    shared = text(*range(first, first + sentences), *range(first + 90 + sentences, first + 100), signature=first)
    shared.signature[hashes:] = [n + 100 for n in shared.signature[hashes:]]
    return shared


HALF = {"period": ("2023-01-01", "2023-06-30")}
NOTHING = table_3(0, 0, 0, 0, 0)
UNREAD = [o for o in table_3(requests_denied_state_secret=3, requests_closed=18) if "unavailable" not in o.metric]
IN_DOUBT = other(table_3(), "requests_granted", "business", status="unreadable", raw="l")
SOME_BLANK = table_3(requests_granted=(15, *[None] * 6), requests_partially_granted=(2, *[None] * 6))
ALL_BLANK = [o for m in ("requests_received", "requests_closed") for o in columns(m, *[None] * 7)]

# (rule, whether it speaks, what is near its bound, reports)
BOUNDS: list[tuple[str, bool, str, list[Report]]] = [
    ("T3-BAL", False, "a work summary", [report(table_3(carried_out=5), kind="work_summary")]),
    ("T3-CLOSED", False, "a row of a group was not read", [report([o for o in table_3(requests_closed=19, carried_out=3) if o.metric != "requests_unavailable_unclear"])]),
    ("T3-CLOSED", False, "a sum is printed beside its parts", [report([*table_3(requests_other=2, carried_out=2), *(o for k, v in OTHERS for o in columns(f"requests_other_{k}", v))])]),
    ("T2-E2-SUBSET", False, "the same", [report([cell("normative_documents_newly_public", 9), cell("normative_documents_public_total", 9)], year=2020, form="2019")]),
    ("XY-CARRY", False, "half a year before", [report(table_3(), year=2022, period=("2022-01-01", "2022-06-30")), report(table_3(carried_in=9, carried_out=11))]),
    ("XY-CARRY", False, "half a year", [report(table_3(), year=2022), report(table_3(carried_in=9, carried_out=11), **HALF)]),
    ("XY-CARRY", False, "two scopes before, none now", [*(report(table_3(), year=2022, scope=scope) for scope in ("own_agency", "government_aggregate")), report(table_3(carried_in=9, carried_out=11), scope="unknown")]),
    ("NT-NEW", False, "none at all is NT-ZERO's", [report([*table_3(), said("requests_received", 0)])]),
    ("NT-ZERO", False, "some are NT-NEW's", [report([*table_3(), said("requests_received", 25)])]),
    ("NT-NEW", False, "a part", [report([*table_3(), said("requests_received", 5, breakdown="网络申请")])]),
    ("T3-NODOUBLE", False, "none granted in part", [report(table_3(granted=18, partial=0))]),
    ("T3-NODOUBLE", False, "an outcome was not read", [report(UNREAD)]),
    ("T3-NODOUBLE", False, "a row of a group is blank", [report(table_3(requests_denied_state_secret=3, requests_closed=18, requests_unavailable_unclear=(0, 0, 0, 0, 0, 0, None)))]),
    ("T2-E2-MISFILL", False, "there was nothing before", [items(2020, 0, 5, 5)]),
    ("T2-RULES-POWER", True, "a department", [report([cell("regulations_in_force", 6)])]),
    ("T2-RULES-POWER", True, "a county", [report([cell("regulations_issued", 1)], agency="云岭市甲县人民政府", level="county")]),
    ("T2-RULES-POWER", False, "the government's office", [report([cell("regulations_in_force", 6)], agency="云岭市人民政府办公室")]),
    ("T2-RULES-POWER", False, "the whole region", [report([cell("regulations_in_force", 6)], scope="government_aggregate")]),
    ("T2-FEE-UNIT", False, "another scope before", [fee(36.5, 2022), fee(365000, scope="government_aggregate")]),
    ("T2-FEE-UNIT", False, "too long ago", [fee(36.5, 2019), fee(365000)]),
    ("T2-FEE-UNIT", True, "more than an office takes", [fee(2_000_000)]),
    ("T2-FEE-UNIT", False, "a region takes more", [fee(2_000_000, **GOVERNMENT)]),
    ("T2-FEE-UNIT", True, "more than a region takes", [fee(60_000_000, **GOVERNMENT)]),
    ("T2-ROUND", True, "grouped by commas", [report([cell("administrative_fees", 1234.5, unit="万元", raw="1,234.5")])]),
    ("XY-PENDING", False, "none was pending", [report(four((1, 0, 0, 0, 1)), year=2022), report(four((0, 0, 0, 0, 0)))]),
    ("XY-COPY", False, "the first year of a form", [report(table_3(), year=y, form="2019") for y in (2018, 2019)]),
    ("XY-COPY", False, "a cell in doubt", [report(IN_DOUBT, year=y) for y in (2022, 2023)]),
    ("XY-COPY", False, "a few cells", [report(columns("requests_received", *range(7)), year=y) for y in (2022, 2023)]),
    ("XY-COPY", False, "nothing happened", [report(NOTHING, year=y) for y in (2022, 2023)]),
    ("XY-JUMP", False, "few cases", penalties((2022, 1), (2023, 30))),
    ("XY-JUMP", False, "a year is missing", penalties((2021, 90), (2023, 4000))),
    ("XY-JUMP", True, "件 and 件次", [report([cell("review_total", v, unit=unit)], year=y) for y, v, unit in ((2022, 90, "件"), (2023, 4000, "件次"))]),
    ("XY-JUMP", True, "down", penalties((2022, 4000), (2023, 90))),
    ("XY-JUMP", False, "as once before", penalties((2020, 4000), (2021, 1000), (2022, 300), (2023, 3500))),
    ("XY-JUMP", False, "as low as once before", penalties((2020, 90), (2021, 400), (2022, 1500), (2023, 100))),
    ("XY-JUMP", False, "about", [report([said("public_responses", v, qualifier="about")], year=y) for y, v in ((2022, 10), (2023, 400))]),
    ("XY-JUMP", False, "the table comes first", [report([cell("review_total", 100)], year=2022), report([cell("review_total", 100), said("review_total", 5000)])]),
    ("XY-JUMP", False, "another scope", [*penalties((2022, 90)), *penalties((2023, 4000), scope="government_aggregate")]),
    ("XY-JUMP", True, "a break of other metrics", penalties((2023, 90), (2024, 4000))),
    ("NT-SHARE", False, "a whole percent", [report([*table_3(), said("requests_granted", 15, "予以公开15件，占83%。")])]),
    ("NT-SHARE", True, "another whole percent", [report([*table_3(), said("requests_granted", 15, "予以公开15件，占84%。")])]),
    ("NT-SUM", False, "channels", [report([said("proactive_disclosures", 9, unit="条"), said("proactive_disclosures", 14, unit="条", breakdown="网站")])]),
    ("NT-SUM", False, "of some months", [report([said("public_responses", 9), said("public_responses", 14, breakdown="热点", part_year=True)])]),
    ("NT-SUM", False, "about", [report([said("public_responses", 9), said("public_responses", 14, breakdown="热点", qualifier="about")])]),
    ("NT-DUP", False, "the same figure", [report([said("policy_interpretations", 5, status="conflicting") for _ in range(2)])]),
    ("NT-MIXED", False, "blank cells may hold the rest", [report(SOME_BLANK, findings=[noticed("NT-MIXED", metric="requests_granted", actual=18, quote="予以公开及部分公开18件")])]),
    ("NT-MIXED", False, "the granted alone", [report(table_3(), findings=[noticed("NT-MIXED", metric="requests_granted", actual=15, quote="予以公开（部分公开除外）15件")])]),
    ("MD-ERA", False, "a local table before 2019", [report([], form="local", year=2016)]),
    ("MD-ERA", True, "a local table later", [report([], form="local")]),
    ("MD-SECTIONS", False, "every chapter", [report(table_3(), likeness=text(911, signature=9100, missing=tuple("一二三四五六")))]),
    ("MD-SECTIONS", False, "a short text", [report(table_3(), likeness=text(921, characters=200, signature=9200, missing=("一",)))]),
    ("MD-SECTIONS", True, "a table", [report([], tables={"2": "read", "3": "missing", "4": "read"})]),
    ("MD-ALLZERO", False, "the table has figures", [report([*table_3(), said("requests_received", 7)])]),
    ("MD-ALLZERO", False, "a few zeros", [report([*columns("requests_received", *[0] * 7), said("requests_received", 7)])]),
    ("MD-BLANK", False, "a cell in doubt", [report(other(ALL_BLANK, "requests_received", "total", status="unreadable", raw="l"))]),
    ("MD-BLANK", False, "nothing applies", [report([cell("requests_received", None, "total", status="not_applicable", raw="/")])]),
    ("AG-SUM", False, "the same", [report(table_3()), report(table_3(), **GOVERNMENT)]),
    ("AG-SUM", False, "of some months", [report(table_3(received=90), **HALF), report(table_3(), **GOVERNMENT)]),
    ("AG-SUM", False, "of another year", [report(table_3(received=90), year=2022), report(table_3(), **GOVERNMENT)]),
    ("AG-SUM", False, "a county's whole", [report(table_3(received=90), agency="云岭市甲县人民政府", level="county", scope="government_aggregate"), report(table_3(), **GOVERNMENT)]),
    ("MD-NEARDUP", False, "one body's two scopes", [report([], likeness=text(*range(1000, 1010), signature=20_000), scope=scope) for scope in ("own_agency", "government_aggregate")]),
    ("MD-NEARDUP", False, "short texts", [report([], agency=name, likeness=text(*range(1100, 1110), characters=200, signature=30_000)) for name in ("云岭市林业局", "云岭市档案局")]),
    ("MD-NEARDUP", False, "four fifths alike", [report([], agency=name, likeness=alike(50, *of)) for name, *of in (("云岭市林业局", 64, 10), ("云岭市档案局", 51, 8))]),
    ("MD-NEARDUP", True, "nine tenths alike", [report([], agency=name, likeness=alike(70, *of)) for name, *of in (("云岭市林业局", 64, 10), ("云岭市档案局", 59, 5))]),
    ("MD-NEARDUP", True, "the year before, another scope", [report([], year=y, scope=scope, likeness=text(*range(1400, 1410), signature=60_000)) for y, scope in ((2022, "unknown"), (2023, "own_agency"))]),
    ("MD-NEARDUP", True, "the year before", [report([], year=y, likeness=text(*range(1200, 1210), signature=40_000)) for y in (2022, 2023)]),
]  # fmt: skip


@pytest.fixture(scope="module")
def spoken() -> list[bool]:
    """What every case of BOUNDS made of its rule, all in one build."""
    for n, (*_, reports) in enumerate(BOUNDS):
        apart(reports, n)
    found = findings(checked(*(r for *_, reports in BOUNDS for r in reports)), state="fail")
    return [
        any(f["rule_id"] == rule and f["origin"] == "check" and f["agency"].startswith(f"云{n}市") for f in found)
        for n, (rule, *_) in enumerate(BOUNDS)
    ]


@pytest.mark.parametrize("n", range(len(BOUNDS)), ids=[f"{rule}: {near}" for rule, _, near, _ in BOUNDS])
def test_a_rule_speaks_where_it_should_and_nowhere_else(n: int, spoken: list[bool]) -> None:
    assert spoken[n] is BOUNDS[n][1]


def test_a_copy_of_few_figures_is_a_hint() -> None:
    few = table_3(received=3, carried_in=0, granted=3, partial=0, carried_out=0)
    (found,) = fails("XY-COPY", report(few, year=2022), report(few, year=2023))
    assert found["severity"] == "info"
    (found,) = fails("XY-COPY", report(table_3(), year=2022), report(table_3(), year=2023))
    assert found["severity"] == "warning"
