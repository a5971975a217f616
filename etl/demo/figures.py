"""Who reports in the fictional province, and what happened there: agencies and their figures year by year.

Figures are what really happened in the invented office, before anyone prints them: consistent over applicants, outcomes and
years. They do not know forms, layouts or faults. All numbers come from a `random.Random` seeded by the caller.
"""

from __future__ import annotations

import functools
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from etl.registry import ROOT, DemoDepartment, DemoRegion, load_csv, load_demo

Figures = dict[str, "int | float | list[int]"]
"""Metric id -> figure; rows of table 3 are lists of seven (six applicants and their total)."""

OUTCOMES = (
    ("requests_granted", 30), ("requests_partially_granted", 9),
    ("requests_denied_state_secret", 1), ("requests_denied_law_prohibits", 1), ("requests_denied_security_stability", 1),
    ("requests_denied_third_party", 2), ("requests_denied_internal_affairs", 2), ("requests_denied_deliberative", 2),
    ("requests_denied_enforcement_file", 2), ("requests_denied_query_matter", 3),
    ("requests_unavailable_not_held", 22), ("requests_unavailable_needs_creation", 3), ("requests_unavailable_unclear", 2),
    ("requests_not_processed_petition", 5), ("requests_not_processed_repeated", 3), ("requests_not_processed_publication", 1),
    ("requests_not_processed_excessive", 1), ("requests_not_processed_reconfirmation", 1),
    ("requests_other_not_corrected", 3), ("requests_other_fee_unpaid", 1), ("requests_other_misc", 4),
)  # fmt: skip
"""Ways to close a request in the finest division, with weights near those of large real tables."""

OUTCOME_IDS = [metric for metric, _ in OUTCOMES]
GROUPS = {
    "requests_denied": OUTCOME_IDS[2:10],
    "requests_unavailable": OUTCOME_IDS[10:13],
    "requests_not_processed": OUTCOME_IDS[13:18],
    "requests_other": OUTCOME_IDS[18:],
}
COURSES = ("review", "litigation_direct", "litigation_after_review")
RESULTS = ("upheld", "corrected", "other", "pending")

_APPLICANT_WEIGHTS = (80, 12, 1, 1, 3, 3)
_LEVEL_FACTOR = {"province": 2.2, "city": 1.0, "county": 0.45, "township": 0.12}
_GOVERNMENT = {
    "province": (160, 2600), "city": (46, 1500), "county": (15, 620), "township": (2, 130),
}  # fmt: skip


@dataclass(frozen=True)
class Agency:
    """A fictional body obliged to report. `whole` says that its figures cover its whole region."""

    name: str
    level: str
    adcode: str
    province: str
    city: str | None
    county: str | None
    township: str | None
    system: str | None = None
    department: DemoDepartment | None = field(default=None, compare=False)
    short: str = ""
    we: str = "本机关"

    @property
    def whole(self) -> bool:
        return self.department is None and self.level != "township"

    @property
    def region(self) -> str:
        return self.county or self.city or self.province

    @property
    def seat(self) -> str:
        return (self.city or self.province) + (self.county or "")


@functools.cache
def load_regions() -> tuple[DemoRegion, ...]:
    """The invented divisions of regions_demo.csv in the order of their codes."""
    return tuple(load_csv(ROOT / "regions_demo.csv", DemoRegion))


def _we(name: str, level: str, government: bool) -> str:
    if government:
        kind = (
            {"镇": "我镇", "乡": "我乡", "道": "街道"}
            if level == "township"
            else {"省": "全省", "市": "全市", "县": "全县", "区": "全区"}
        )
        return kind[name[-1]]
    return {"局": "我局", "厅": "我厅", "会": "我委"}.get(name[-1], "本机关")


def list_agencies(cities: int, departments: int, *, everywhere: bool = False, branch: str = "") -> list[Agency]:
    """The agencies of the province, parents before children.

    Per city: the government, `departments` departments, one county (its government, one department, one township).
    `everywhere` takes every county, township and department instead; `branch` (第二分局) is put after departments' names.
    """
    regions = {r.adcode: r for r in load_regions()}
    kinds = load_demo().departments[:departments]
    agencies: list[Agency] = []

    def add(region: DemoRegion, department: DemoDepartment | None) -> None:
        chain = [region]
        while chain[-1].parent:
            chain.append(regions[chain[-1].parent])
        names = {r.level: r.name for r in chain}
        if department is None:
            name = region.name + ("办事处" if region.name.endswith("街道") else "人民政府")
            short = region.name
        else:
            name = region.name + (department.province if region.level == "province" else department.name) + branch
            short = {"province": "省", "city": "市", "county": region.name[-1]}[region.level] + department.short
        agencies.append(
            Agency(
                name, region.level, region.adcode, names["province"], names.get("city"), names.get("county"), names.get("township"),
                department.system if department else None, department, short,
                "本局" if branch else _we(name if department else region.name, region.level, department is None),
            )
        )  # fmt: skip

    city_count = 0
    county_count = 0
    township_count = 0
    for region in load_regions():
        if region.level == "province":
            chosen = kinds if everywhere else kinds[:4]
        elif region.level == "city":
            city_count += 1
            county_count = 0
            chosen = kinds
        elif region.level == "county":
            county_count += 1
            township_count = 0
            one = city_count % len(kinds) if kinds else 0
            chosen = kinds if everywhere else kinds[one : one + 1]
        else:
            township_count += 1
            chosen = ()
        if city_count > cities:
            break
        if not everywhere and (county_count > 1 or (region.level == "township" and township_count > 1)):
            continue
        if not (branch and region.level == "township"):
            if not branch:
                add(region, None)
            for department in chosen:
                add(region, department)
    return agencies


def _around(rng: random.Random, mean: float, spread: float = 0.3) -> int:
    """A count near `mean`; small means give zero now and then."""
    if mean <= 0:
        return 0
    value = rng.gauss(mean, max(mean * spread, mean**0.5 * 0.6))
    return max(0, int(value + 0.5))


def _divide(rng: random.Random, count: int, weights: Sequence[float]) -> list[int]:
    """`count` things put into classes by weight."""
    out = [0] * len(weights)
    for k in rng.choices(range(len(weights)), weights, k=count):
        out[k] += 1
    return out


def _with_total(columns: list[int]) -> list[int]:
    return [*columns, sum(columns)]


def draw_years(agency: Agency, years: list[int], rng: random.Random) -> dict[int, Figures]:
    """What happened in `agency` in each of `years` (ascending). Requests not closed are carried into the next year."""
    kind = agency.department
    factor = _LEVEL_FACTOR[agency.level]
    own_requests, own_items = (kind.requests * factor, kind.items * factor) if kind else _GOVERNMENT[agency.level]
    character = rng.uniform(0.6, 1.5)
    trend = rng.uniform(0.97, 1.16)
    patience = rng.uniform(0.02, 0.09)
    weights = [w * rng.uniform(0.5, 1.6) for _, w in OUTCOMES]
    carried = [0] * 6
    rules = kind is None and agency.level in ("province", "city")
    stock_rules = rng.randint(6, 40) if rules else 0
    stock = rng.randint(8, 60) if agency.level != "township" else rng.randint(0, 4)
    items = {
        name: rng.randint(2, 60) if kind else rng.randint(0, 30)
        for name in ("licensing", "other_services", "penalty", "coercion")
    }
    items["administrative_fee"] = rng.randint(0, 4)
    out: dict[int, Figures] = {}
    for n, year in enumerate(years):
        growth = character * trend**n
        f: Figures = {}
        new = _divide(rng, _around(rng, own_requests * growth), _APPLICANT_WEIGHTS)
        incoming = carried
        left, results = [], {metric: [0] * 6 for metric in OUTCOME_IDS}
        for column in range(6):
            to_handle = new[column] + incoming[column]
            keep = sum(rng.random() < patience for _ in range(new[column]))
            left.append(keep)
            if to_handle - keep:
                for metric, count in zip(OUTCOME_IDS, _divide(rng, to_handle - keep, weights), strict=True):
                    results[metric][column] = count
        f["requests_received"], f["requests_carried_in"] = _with_total(new), _with_total(incoming)
        for metric in OUTCOME_IDS:
            f[metric] = _with_total(results[metric])
        f["requests_closed"] = _with_total([new[c] + incoming[c] - left[c] for c in range(6)])
        f["requests_carried_out"] = _with_total(left)
        carried = left

        closed = sum(new) + sum(incoming) - sum(left)
        for course, share in zip(COURSES, (0.035, 0.012, 0.014), strict=True):
            parts = _divide(rng, sum(rng.random() < share for _ in range(closed)), (70, 10, 12, 8))
            for result, count in zip(RESULTS, parts, strict=True):
                f[f"{course}_{result}"] = count
            f[f"{course}_total"] = sum(parts)

        made = _around(rng, 2.2 * factor if kind else 6 * factor)
        repealed = min(stock, _around(rng, 1.4 * factor))
        stock = stock + made - repealed
        f |= {
            "normative_documents_issued": made,
            "normative_documents_repealed": repealed,
            "normative_documents_in_force": stock,
        }
        f |= {
            "normative_documents_made": made,
            "normative_documents_newly_public": made,
            "normative_documents_public_total": stock,
        }
        made = rng.randint(0, 2) if rules else 0
        repealed = min(stock_rules, rng.randint(0, 1)) if rules else 0
        stock_rules += made - repealed
        f |= {"regulations_issued": made, "regulations_repealed": repealed, "regulations_in_force": stock_rules}
        f |= {"regulations_made": made, "regulations_newly_public": made, "regulations_public_total": stock_rules}
        for name in ("licensing", "penalty", "coercion"):
            usual = getattr(kind, name) if kind else {"licensing": 600, "penalty": 150, "coercion": 10}[name]
            f[f"{name}_decisions"] = _around(rng, usual * factor * growth, 0.2)
        f["other_services_decisions"] = _around(rng, 160 * factor * growth, 0.4)
        for name in items:
            change = rng.choice((0, 0, 0, 0, 1, 2, -1, -2, -4, 3))
            change = max(change, -items[name])
            f[f"{name}_items_previous"], f[f"{name}_items_change"] = items[name], change
            items[name] += change
        fees = (kind.fees if kind else 300) * factor * growth
        f["administrative_fees"] = round(rng.gauss(fees, fees * 0.1), 2) if fees else 0
        f["procurement_items"] = rng.randint(0, 12)
        f["procurement_amount"] = round(rng.uniform(2, 400), 2) if f["procurement_items"] else 0

        total = max(4, _around(rng, own_items * growth, 0.12))
        f["proactive_disclosures"] = total
        f["proactive_via_website"] = total
        f["proactive_via_wechat"] = int(total * rng.uniform(0.2, 0.7))
        f["proactive_via_weibo"] = int(total * rng.uniform(0.05, 0.25))
        f["policy_interpretations"] = _around(rng, 12 * (factor if kind else 2 * factor))
        f["public_responses"] = rng.choice((0, 0, 1, 2, 4, 7))
        f["press_conferences"] = rng.choice((0, 0, 0, 1, 2, 4))
        f["online_interviews"] = rng.choice((0, 0, 1, 2, 3))
        f["public_consultations"] = rng.choice((0, 1, 2, 5, 8))
        f["trainings_held"] = rng.choice((0, 1, 1, 2, 3, 4))
        f["trainees"] = f["trainings_held"] * rng.randint(14, 90)
        f["information_fees"] = rng.choice((0, 0, 0, 0, 0, 0, 0, 100, 300, 460)) if closed > 20 else 0
        f["complaints_total"] = 0
        out[year] = f
    return out


def add_up(own: Figures, parts: list[Figures]) -> Figures:
    """A region's aggregate: the government's own figures and those of the bodies below it, metric by metric."""
    out: Figures = {}
    for metric, figure in own.items():
        if isinstance(figure, list):
            out[metric] = [figure[column] + sum(p[metric][column] for p in parts) for column in range(7)]  # type: ignore[index, misc]
        else:
            total = figure + sum(p[metric] for p in parts)  # type: ignore[misc]
            out[metric] = round(total, 2) if isinstance(total, float) else total
    return out


def with_groups(f: Figures) -> Figures:
    """Adds what prose and older forms state and the finest division does not hold: groups, sums, litigation as a whole."""
    for group, members in GROUPS.items():
        f[group] = [sum(f[m][column] for m in members) for column in range(7)]  # type: ignore[index, misc]
    f["requests_to_handle"] = f["requests_received"][6] + f["requests_carried_in"][6]  # type: ignore[index]
    f["litigation_total"] = f["litigation_direct_total"] + f["litigation_after_review_total"]  # type: ignore[operator]
    return f


def draw_statistics(f: Figures, rng: random.Random) -> Figures:
    """The figures of the statistics table (65 rows) that agree with what `draw_years` gave for the year."""

    def total(metric: str) -> int:
        figure = f[metric]
        return figure[6] if isinstance(figure, list) else int(figure)

    g: Figures = {m: f[m] for m in ("proactive_disclosures", "policy_interpretations", "public_responses", "press_conferences",
                                    "online_interviews", "normative_documents_issued", "trainings_held", "trainees")}  # fmt: skip
    items = total("proactive_disclosures")
    g["proactive_normative_documents"] = min(items, total("normative_documents_issued"))
    g["proactive_via_website"], g["proactive_via_wechat"], g["proactive_via_weibo"] = (
        items,
        f["proactive_via_wechat"],
        f["proactive_via_weibo"],
    )
    g["proactive_via_gazette"], g["proactive_via_other"] = rng.randint(0, items // 10), rng.randint(0, items // 6)
    g["press_conferences_by_head"] = rng.randint(0, total("press_conferences"))
    g["online_interviews_by_head"] = rng.randint(0, total("online_interviews"))
    g["responses_via_social"], g["responses_via_other"] = rng.randint(0, 9), rng.randint(0, 5)
    received = total("requests_received")
    g["requests_received"] = received
    for how, count in zip(("in_person", "fax", "online", "mail"), _divide(rng, received, (15, 3, 60, 22)), strict=True):
        g[f"requests_received_{how}"] = count
    late = sum(rng.random() < 0.05 for _ in range(received))
    g |= {
        "requests_closed": received,
        "requests_closed_on_time": received - late,
        "requests_closed_extended": late,
        "requests_answered": received,
    }
    answers = ("requests_already_public", "requests_granted", "requests_partially_granted", "requests_denied", "requests_not_this_agency",
               "requests_information_absent", "requests_told_to_amend", "requests_redirected")  # fmt: skip
    for metric, count in zip(answers, _divide(rng, received, (20, 35, 6, 8, 15, 10, 3, 5)), strict=True):
        g[metric] = count
    reasons = (
        "state_secret",
        "trade_secret",
        "privacy",
        "security_stability",
        "not_government_information",
        "other_law",
    )
    for reason, count in zip(reasons, _divide(rng, int(g["requests_denied"]), (1, 3, 4, 2, 6, 4)), strict=True):  # type: ignore[arg-type]
        g[f"requests_denied_{reason}"] = count
    for case, count in (("review", total("review_total")), ("litigation", total("litigation_total"))):
        g[f"{case}_total"] = count
        for result, part in zip(("upheld", "corrected", "other"), _divide(rng, count, (7, 1, 2)), strict=True):
            g[f"{case}_{result}"] = part
    g["complaints_total"] = rng.choice((0, 0, 0, 1))
    g["information_fees"] = 0
    full, part_time = rng.randint(1, 3), rng.randint(1, 9)
    g |= {
        "dedicated_units": 1,
        "reading_points": rng.randint(1, 6),
        "staff_total": full + part_time,
        "staff_full_time": full,
        "staff_part_time": part_time,
    }
    g["dedicated_budget"] = rng.choice((0, 2, 5, 8.5, 12))
    g["meetings_held"] = rng.randint(1, 6)
    return g


def each_branch() -> Iterator[str]:
    """分局 suffixes for benchmarks that need more agencies than the registry names: none, 第二分局, 第三分局 ..."""
    digits = "零一二三四五六七八九"
    yield ""
    n = 1
    while True:
        n += 1
        yield "第" + (digits[n] if n < 10 else "".join(digits[int(d)] for d in str(n))) + "分局"
