"""Who must report, by when: roster, deadlines, local dates, states."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import xlsxwriter

from etl import registry
from etl.check.coverage import RosterError, import_roster, read_roster, roster_template
from etl.warehouse.finish import materialise_pages
from tests.check.builds import checked, fails, findings, report, table_3

NAMES = [f"云岭市第{n:02d}局" for n in range(60)]


@pytest.fixture
def own_registry(tmp_path: Path) -> Path:
    root = tmp_path / "registry"
    shutil.copytree(registry.ROOT, root)
    return root


def states(con) -> dict[str, list[str]]:
    out: dict[str, list[str]] = {}
    for state, agency in con.execute("select state, agency from coverage order by agency").fetchall():
        out.setdefault(state, []).append(agency)
    return out


def roster(root: Path, names: list[str], **more: str) -> None:
    head = ["agency", *more]
    lines = [",".join(head), *(",".join([name, *more.values()]) for name in names)]
    (root / "roster.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def built(con, day: str = "2024-05-01"):
    con.execute("insert into build values ('b', 1, ?, 'x', 'x', 0, 0, 0, 0, 0, 0, 0, true, false)", [day])
    materialise_pages(con)
    return con


def test_sixty_bodies_with_seven_missing_and_five_late(own_registry: Path, tmp_path: Path) -> None:
    path = tmp_path / "名册.xlsx"
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet()
        for k, row in enumerate([*roster_template(), *([name] for name in NAMES)]):
            sheet.write_row(k, 0, row)
    assert import_roster(path, own_registry) == 60
    held = [n for n in NAMES if NAMES.index(n) >= 7]
    late = held[10:15]
    reports = [
        report(table_3(), agency=name, published_on="2024-02-06" if name in late else "2024-01-25") for name in held
    ]
    con = built(checked(*reports, root=own_registry))
    found = states(con)
    assert found == {"missing": NAMES[:7], "late": late, "in_time": [n for n in held if n not in late]}
    days = con.execute("select distinct days_late from coverage where state = 'late'").fetchall()
    assert days == [(6,)]


def test_without_a_roster_nothing_is_missing() -> None:
    found = states(built(checked(report(table_3(), year=2022), report(table_3(), agency="云岭市林业局", year=2023))))
    assert set(found) == {"in_time", "no_roster"}


def test_not_due_before_the_deadline(own_registry: Path) -> None:
    roster(own_registry, ["云岭市林业局", "云岭市档案局"])
    con = built(checked(report(table_3()), root=own_registry), "2024-01-31")
    assert states(con) == {"not_due": ["云岭市林业局"], "in_time": ["云岭市档案局"]}


def test_years_outside_the_roster_are_not_asked_for(own_registry: Path) -> None:
    roster(own_registry, ["云岭市林业局"], first_year="2024")
    assert states(built(checked(report(table_3()), root=own_registry)))["no_roster"] == ["云岭市林业局"]


def test_a_name_that_two_bodies_have_is_nobodys_gap(own_registry: Path) -> None:
    """Districts of one name have offices of one name; only the code tells which of them the roster means."""
    two = [
        report(table_3(), agency="钟楼区档案局", city=city, adcode=code, level="city")
        for city, code in (("云岭市", "880102"), ("远山市", "880202"))
    ]
    roster(own_registry, ["钟楼区档案局"])
    con = checked(*two, root=own_registry)
    (found,) = findings(con, "ROSTER-NAME")
    assert "2个机关" in found["message"] and found["severity"] == "warning"
    assert "missing" not in states(built(con))
    roster(own_registry, ["钟楼区档案局"], adcode="880202")
    con = built(checked(*two, root=own_registry))
    assert findings(con, "ROSTER-NAME") == []
    assert con.execute("select adcode from coverage where expected").fetchall() == [("880202",)]
    roster(own_registry, ["钟楼区档案局"], adcode="880302")
    assert states(built(checked(*two, root=own_registry)))["missing"] == ["钟楼区档案局"], "a third one"


def test_a_code_means_its_own_division_before_those_below(own_registry: Path) -> None:
    two = [
        report(table_3(), agency="云岭市档案局", adcode="880100"),
        report(table_3(), agency="云岭市档案局", adcode="880102"),
    ]
    roster(own_registry, ["云岭市档案局"], adcode="880100")
    con = built(checked(*two, root=own_registry))
    assert con.execute("select adcode from coverage where expected").fetchall() == [("880100",)]


def test_a_report_that_may_be_the_bodys_is_no_gap(own_registry: Path) -> None:
    roster(own_registry, ["钟楼区档案局"])
    con = checked(report(table_3(), agency="钟楼区档案局", city=None, adcode=None, level="county"), root=own_registry)
    assert len(findings(con, "ROSTER-NAME")) == 1 and "missing" not in states(built(con))


def test_an_undated_report_is_neither_late_nor_in_time() -> None:
    assert set(states(built(checked(report(table_3(), published_on=None))))) == {"undated"}


def test_local_deadlines_win_over_the_law(own_registry: Path) -> None:
    path = own_registry / "deadlines.csv"
    rows = path.read_text(encoding="utf-8").strip().splitlines()
    head = rows[0].split(",")
    local = {
        "first_year": "2019",
        "body": "department",
        "month": "1",
        "day": "15",
        "basis": "市里的通知",
        "adcode": "880100",
    }
    if "adcode" not in head:
        rows = [rows[0] + ",adcode", *(row + "," for row in rows[1:])]
        head.append("adcode")
    path.write_text("\n".join([*rows, ",".join(local.get(name, "") for name in head)]) + "\n", encoding="utf-8")
    found = checked(
        report(table_3()), report(table_3(), agency="远山市档案局", city="远山市", adcode="880200"), root=own_registry
    )
    late = found.execute("select agency, days_late from report_v order by agency").fetchall()
    assert late == [("云岭市档案局", 5), ("远山市档案局", -11)]


def test_a_bodys_own_deadline_wins_over_all(own_registry: Path) -> None:
    roster(own_registry, ["云岭市档案局"], month="1", day="10")
    con = checked(report(table_3()), root=own_registry)
    assert con.execute("select days_late from report_v").fetchall() == [(10,)]


def test_governments_have_until_the_end_of_march() -> None:
    assert (
        fails(
            "MD-DEADLINE",
            report(table_3(), agency="云岭市人民政府", scope="government_aggregate", published_on="2024-03-31"),
        )
        == []
    )
    assert fails(
        "MD-DEADLINE",
        report(table_3(), agency="云岭市人民政府", scope="government_aggregate", published_on="2024-04-01"),
    )


@pytest.mark.parametrize(
    "text, match",
    [
        ("机关全称,层级\n云岭市档案局,市里\n", "第2行“层级”"), ("名称\n云岭市档案局\n", "机关全称"), ("机关全称\n", "没有机关"),
        ("机关全称\n云岭市档案局\n云岭市档案局\n", "重复"), ("机关全称,期限月\n云岭市档案局,1\n", "期限月和期限日"), ("", "没有内容"),
        ("机关全称,期限月,期限日\n云岭市档案局,2,29\n", "第2行“期限日”"),
    ],
)  # fmt: skip
def test_a_bad_roster_names_row_and_column(text: str, match: str) -> None:
    with pytest.raises(RosterError, match=match):
        read_roster("名册.csv", text.encode())


def test_a_roster_of_too_many_rows_is_refused_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("etl.check.coverage.MOST_ROWS", 2)
    with pytest.raises(RosterError, match="超过 2 行"):
        read_roster("名册.csv", "机关全称\n云岭市档案局\n云岭市林业局\n".encode())


def test_a_row_is_counted_as_in_the_sheet_and_read_as_names_are_everywhere() -> None:
    (entry,) = read_roster("名册.csv", "机关全称,起始年度\n,\n　雲嶺市檔案局 ,2021年\n".encode())
    assert (entry.agency, entry.first_year) == ("云岭市档案局", 2021)
    with pytest.raises(RosterError, match="第4行“层级”"):
        read_roster("名册.csv", "机关全称,层级\n\n云岭市林业局,市级\n云岭市档案局,市里\n".encode())


def test_a_roster_in_gb18030_is_read() -> None:
    assert [e.agency for e in read_roster("名册.csv", "机关全称,层级\n云岭市档案局,市级\n".encode("gb18030"))] == [
        "云岭市档案局"
    ]
