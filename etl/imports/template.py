"""The spreadsheet template: one row per agency, year and metric. Written by `export --template`, read back by `load`."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

import xlsxwriter

from etl.agency import Body, read_body, system_of
from etl.identify import set_place
from etl.model import APPLICANTS, Identity, Observation, Report, SourceError
from etl.normalise import text as normal_form
from etl.read import archive, xlsx
from etl.read.bundle import refuse_own_export
from etl.read.encoding import decode
from etl.regions import chain_of, gazetteer, in_year, settle
from etl.registry import (
    ImportColumn,
    Metric,
    Region,
    form_of,
    import_words,
    load_catalogue,
    load_forms,
    load_import,
    load_metrics,
    load_regions,
)

KINDS = (".xlsx", ".csv")
_NUMBER = re.compile(r"-?\d{1,15}(?:\.\d{1,6})?")
_GROUPED = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d{1,6})?")
_DAY = re.compile(r"(\d{4})[-/.年](\d{1,2})[-/.月](\d{1,2})日?(?:[ T]00:00:00)?")
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
LOOK = 65536


class _Wrong(Exception):
    """One cell that cannot be taken: the column's id and why."""

    def __init__(self, column: str, why: str) -> None:
        super().__init__(why)
        self.column, self.why = column, why


# --- writing ---------------------------------------------------------------------------------------------------------


def write_template(target: str | Path) -> list[Path]:
    """Writes the template: to `target` when it ends in .xlsx or .csv, else both into that folder. Raises OSError."""
    target = Path(target)
    if target.suffix.lower() in KINDS:
        target.parent.mkdir(parents=True, exist_ok=True)
        paths = [target]
    else:
        target.mkdir(parents=True, exist_ok=True)
        paths = [target / "导入模板.xlsx", target / "导入模板.csv"]
    for path in paths:
        path.write_bytes(_as_xlsx() if path.suffix.lower() == ".xlsx" else _as_csv())
    return paths


def _rows() -> tuple[list[str], list[str]]:
    known = load_import()
    return [c.name for c in known.columns], [known.example.get(c.id, "") for c in known.columns]


def _as_csv() -> bytes:
    out = io.StringIO()
    csv.writer(out).writerows(_rows())
    return out.getvalue().encode("utf-8-sig")


def _as_xlsx() -> bytes:
    known, metrics = load_import(), load_metrics()
    out = io.BytesIO()
    book = xlsxwriter.Workbook(out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    bold, must = book.add_format({"bold": True}), book.add_format({"bold": True, "bg_color": "#DDEBF7"})
    sheet = book.add_worksheet(known.sheet)
    headings, example = _rows()
    for n, (column, heading) in enumerate(zip(known.columns, headings, strict=True)):
        sheet.write_string(0, n, heading, must if column.required else bold)
        sheet.write_comment(0, n, _note(column))
        sheet.set_column(n, n, 28 if column.id in ("agency", "metric", "source") else 12)
        if example[n]:
            sheet.write_string(1, n, example[n])
        choices = _choices(column.id)
        if column.id == "metric":
            sheet.data_validation(1, n, 50_000, n, {"validate": "list", "source": f"=指标!$B$2:$B${len(metrics) + 1}", "error_type": "warning"})  # fmt: skip
        elif choices:
            sheet.data_validation(1, n, 50_000, n, {"validate": "list", "source": choices, "error_type": "warning"})
    sheet.freeze_panes(1, 0)
    notes = book.add_worksheet("填写说明")
    notes.write_row(0, 0, ["列", "必填", "怎样填"], bold)
    for n, column in enumerate(known.columns, 1):
        notes.write_row(n, 0, [column.name, "是" if column.required else "", _note(column)])
    notes.set_column(2, 2, 80)
    listed = book.add_worksheet("指标")
    listed.write_row(0, 0, ["指标编号", "指标", "单位", "分申请人", "口径"], bold)
    for n, metric in enumerate(metrics.values(), 1):
        listed.write_row(
            n, 0, [metric.id, metric.name, metric.unit, "是" if metric.applicants else "", metric.definition]
        )
    listed.set_column(0, 1, 36)
    book.close()
    return out.getvalue()


def _choices(column: str) -> list[str]:
    """The words offered for a column that takes one of a few; the first one for each value."""
    if column == "breakdown":
        return [b.name for b in load_catalogue().breakdowns]
    if column == "form":
        return sorted(form.id for form in load_forms())
    if column not in ("qualifier", "scope", "kind"):
        return []
    first: dict[str, str] = {}
    for word, value in import_words(column).items():
        first.setdefault(value, word)
    return list(first.values())


def _note(column: ImportColumn) -> str:
    return "；".join(filter(None, ("、".join(_choices(column.id)), column.note)))


# --- reading ---------------------------------------------------------------------------------------------------------


def _headings(row: list[str]) -> dict[str, int]:
    """Column id -> position, by heading or id, for the columns of the template that stand in `row`."""
    found: dict[str, int] = {}
    cells = [normal_form(cell).strip(" *") for cell in row[:100]]
    for column in load_import().columns:
        for name in (column.name, column.id):
            if name in cells and column.id not in found:
                found[column.id] = cells.index(name)
    return found


def is_template(name: str, data: bytes) -> bool:
    """Whether the first row of a .csv or .xlsx names agency, year and metric, or two of them and the value, as the template does.

    Raises SourceError for a table that `export` wrote, which may have these columns too.
    """
    try:
        if name.lower().endswith(".csv"):
            head = data[:LOOK]
            decoded = decode(head) or decode(head[: head.rfind(b"\n") + 1])  # the cut may fall inside a character
            row = next(csv.reader(io.StringIO(decoded[0].lstrip("\ufeff"))), []) if decoded else []
        else:
            rows = _sheet(name, data, 1)
            row = rows[0] if rows else []
    except (SourceError, csv.Error):
        return False  # the readers say what is wrong with it
    refuse_own_export(name, ",".join(row))
    needed = {"agency", "year", "metric", "value"}
    return len(needed & _headings(row).keys()) >= 3


def printed_rows(name: str, data: bytes) -> list[list[str]]:
    """The rows of a table that people fill in, .csv in any usual encoding or .xlsx, empty ones too. Raises SourceError."""
    return _csv_rows(name, data) if name.lower().endswith(".csv") else _sheet(name, data)


def _sheet(name: str, data: bytes, most: int | None = None) -> list[list[str]]:
    """The rows of the template's sheet (else of the first visible one) as printed text."""
    advice = "请用 Excel 或 WPS 打开后另存为 .xlsx 再导入"
    with archive.open_zip(name, data) as packed:
        if "xl/workbook.xml" not in packed.namelist():
            raise SourceError(name, "不是 .xlsx 文件", advice)
        visible = {title: values for title, values, _ in xlsx.sheets(name, packed)}
    values = visible.get(load_import().sheet) or next(iter(visible.values()), [])
    return [[xlsx.printed(value) for value in row] for row in values[:most]]


def _csv_rows(name: str, data: bytes) -> list[list[str]]:
    decoded = decode(data)
    if decoded is None:
        raise SourceError(name, "不是可识别的文字编码", "请另存为 UTF-8 编码的 CSV 再导入")
    try:
        return list(csv.reader(io.StringIO(decoded[0].lstrip("\ufeff"))))
    except csv.Error as fault:
        raise SourceError(name, f"不是完整的 CSV（{fault}）", "请用 Excel 或 WPS 另存为 CSV 或 .xlsx 再导入") from fault


@dataclass(slots=True)
class _Group:
    """The rows of one agency, year, kind and scope: they become one report."""

    who: Identity
    form: str | None
    observations: list[Observation] = field(default_factory=list)


def read_template(name: str, data: bytes) -> tuple[list[Report], list[str]]:
    """The reports of a filled template and its wrong rows with cell and reason. Raises SourceError when no row can be taken."""
    known = load_import()
    rows = printed_rows(name, data)
    columns = _headings(rows[0]) if rows else {}
    missing = [c.name for c in known.columns if c.required and c.id not in columns]
    if missing:
        raise SourceError(name, f"第1行缺少“{'”“'.join(missing)}”一列", "请用 export --template 给出的模板填写")
    if len(rows) - 1 > known.most_rows:
        raise SourceError(name, f"超过 {known.most_rows} 行", "请拆成几个文件后再导入")
    groups: dict[tuple, _Group] = {}
    seen: dict[tuple, int] = {}
    wrong: list[str] = []
    places: dict[tuple[str, str, int], Identity | _Wrong] = {}
    for line, row in enumerate(rows[1:], 2):
        cells = {id: normal_form(row[at]).strip() if at < len(row) else "" for id, at in columns.items()}
        if not any(cells.values()) or cells["agency"] == known.example["agency"]:
            continue
        try:
            key, group, made = _read_row(cells, row, line, columns, places)
            cell = (*key, made.metric, made.breakdown or "total")
            if cell in seen:
                raise _Wrong("metric", f"与第{seen[cell]}行重复")
            kept = groups.setdefault(key, group)
            if group.form != kept.form or group.who.published_on != kept.who.published_on:
                column = "form" if group.form != kept.form else "published_on"
                raise _Wrong(column, "与同一机关、年度前面的行不一致")
            seen[cell] = line
            kept.observations.append(made)
        except _Wrong as fault:
            at = columns.get(fault.column)
            column = next(c.name for c in known.columns if c.id == fault.column)
            where = f"第{line}行" + (f"{_letters(at)}{line}单元格" if at is not None else "") + f"“{column}”"
            wrong.append(f"{where}：{fault.why}。请改正后重新导入")
    if not groups:
        raise SourceError(
            name,
            "没有一行可用（" + ("；".join(wrong[:3]) or "只有表头") + "）",
            "请用 export --template 给出的模板填写",
        )
    sha256 = hashlib.sha256(data).hexdigest()
    return [
        Report(
            document=name, part=n, sha256=sha256, identity=g.who, form=g.form, tables=dict.fromkeys(("2", "3", "4"), "absent"),
            observations=g.observations, findings=[], imported=True,
        )
        for n, g in enumerate(groups.values(), 1)
    ], wrong  # fmt: skip


def _letters(at: int) -> str:
    """0 -> A, 26 -> AA: the column as spreadsheets name it."""
    return (_LETTERS[at // 26 - 1] if at >= 26 else "") + _LETTERS[at % 26]


def _read_row(
    cells: dict[str, str],
    row: list[str],
    line: int,
    columns: dict[str, int],
    places: dict[tuple[str, str, int], Identity | _Wrong],
) -> tuple[tuple, _Group, Observation]:
    """One row as (key of its report, that report if it is the first, the observation). Raises _Wrong for the first bad cell."""
    if not re.fullmatch(r"(?:19[9]\d|20\d\d)年?", cells["year"]):
        raise _Wrong("year", f"“{_cut(cells['year'])}”不是年度，应为四位数字")
    year = int(cells["year"][:4])
    asked = (cells["agency"], cells.get("adcode", ""), year)
    if asked not in places:
        try:
            places[asked] = _identity(*asked)
        except _Wrong as fault:
            places[asked] = fault
    place = places[asked]
    if isinstance(place, _Wrong):
        raise place
    kind = _word("kind", cells, "annual_report")
    government = (place.agency or "").endswith("人民政府")
    scope = _word("scope", cells, "unknown" if government else "own_agency")
    published_on = _day(cells.get("published_on", ""))
    # In January people write the year that is gone.
    if published_on and kind == "annual_report" and published_on < f"{year}-12":
        raise _Wrong("published_on", f"{published_on} 时{year}年度还没有结束")
    forms = _choices("form")
    form = cells.get("form") or None
    if form and form not in forms:
        raise _Wrong("form", f"没有表式“{_cut(form)}”，可填 {'、'.join(forms)}")
    if not form and kind == "annual_report":
        due = form_of(year)
        form = due.id if due else None
    metric = _metric(cells["metric"])
    breakdown = _breakdown(metric, cells.get("breakdown", ""))
    value, status = _value(cells["value"])
    if value is not None and value < 0 and not metric.signed:
        raise _Wrong("value", f"“{_cut(cells['value'])}”是负数，“{metric.name}”不会是负数")
    if value is not None and not metric.decimals and not value.is_integer():
        raise _Wrong("value", f"“{_cut(cells['value'])}”不是整数，“{metric.name}”按{metric.unit}计")
    made = Observation(
        metric=metric.id, value=value, unit=_unit(metric, cells.get("unit", ""), form), status=status, method="imported",
        raw=row[columns["value"]] if columns["value"] < len(row) else "",
        quote=" | ".join(cell for cell in row if cell)[:2000], locator={"row": line - 1, "column": columns["value"], "cell": f"{_letters(columns['value'])}{line}"},
        breakdown=breakdown, qualifier=_word("qualifier", cells, "exact"),
    )  # fmt: skip
    who = Identity(
        kind=kind, title=f"{place.agency}{year}年政府信息公开数据（导入）", agency=place.agency, stated_as=cells["agency"], system=place.system,
        level=place.level, province=place.province, city=place.city, county=place.county, township=place.township, adcode=place.adcode,
        year=year, period=(f"{year}-01-01", f"{year}-12-31"), published_on=published_on, scope=scope, fictional=place.fictional,
    )  # fmt: skip
    return (place.agency, place.adcode, place.city, year, kind, scope), _Group(who, form), made


def _cut(text: str) -> str:
    return text if len(text) <= 30 else text[:30] + "…"


def _word(column: str, cells: dict[str, str], default: str) -> str:
    text, words = cells.get(column, ""), import_words(column)
    if text and text not in words:
        raise _Wrong(column, f"“{_cut(text)}”不是可用的词，应为 {'、'.join(_choices(column))} 之一")
    return words[text] if text else default


def _day(text: str) -> str | None:
    if not text:
        return None
    match = _DAY.fullmatch(text)
    try:
        return date(*map(int, match.groups())).isoformat() if match else _no_day(text)
    except ValueError:
        return _no_day(text)


def _no_day(text: str) -> str:
    raise _Wrong("published_on", f"“{_cut(text)}”不是日期，应写作 2024-01-20")


def _metric(text: str) -> Metric:
    metrics = load_metrics()
    if text in metrics:
        return metrics[text]
    for names in (lambda m: (m.name,), lambda m: (m.short,), lambda m: m.wordings):
        found = [m for m in metrics.values() if text and text in names(m)]
        if len(found) == 1:
            return found[0]
        if found:
            raise _Wrong("metric", f"“{_cut(text)}”可指 {'、'.join(m.id for m in found[:4])}，请写编号")
    raise _Wrong("metric", f"没有指标“{_cut(text)}”，请从“指标”表选编号或名称")


def _breakdown(metric: Metric, text: str) -> str | None:
    labels = {b.name: b.id for b in load_catalogue().breakdowns} | {b: b for b in APPLICANTS}
    if not metric.applicants:
        if text and labels.get(text) != "total":
            raise _Wrong("breakdown", f"“{metric.name}”不分申请人，请留空")
        return None
    if text and text not in labels:
        raise _Wrong("breakdown", f"没有申请人类别“{_cut(text)}”，应为 {'、'.join(_choices('breakdown'))} 之一")
    return labels[text] if text else "total"


def _unit(metric: Metric, text: str, form: str | None) -> str:
    """The unit given, else the one of the form. Nothing is converted: 元 where 万元 are counted would be ten thousand times too much."""
    own = metric.unit_by_form.get(form or "", metric.unit)
    known = next(u for u in load_catalogue().units if u.id == metric.unit_class)
    if text and text != own and text not in known.members:
        raise _Wrong("unit", f"“{_cut(text)}”不是“{metric.name}”的单位，应为 {'、'.join(known.members)} 之一")
    if text and text != own and known.id == "money" and not metric.unit_as_printed:
        raise _Wrong("unit", f"“{metric.name}”以{own}计，请换算成{own}")
    return text or own


def _value(text: str) -> tuple[float | None, str]:
    if not text:
        return None, "blank"
    if text in load_import().not_applicable:
        return None, "not_applicable"
    plain = text.replace("，", ",")
    if _GROUPED.fullmatch(plain):
        plain = plain.replace(",", "")
    if not _NUMBER.fullmatch(plain):
        raise _Wrong("value", f"“{_cut(text)}”不是数，请填阿拉伯数字；空白留空，不适用写 /")
    return float(plain), "reported"


def _identity(agency: str, adcode: str, year: int) -> Identity:
    """Who a row is about: the name as everywhere else, its place by the code, else by the name where that leaves one. Raises _Wrong."""
    body = read_body(agency, year)
    if body is None:
        raise _Wrong("agency", f"“{_cut(agency)}”不像机关名称，请填全称")
    region = _region(adcode, year) if adcode else _only_place(body, year)
    if region is None:
        raise _Wrong("agency", f"从“{_cut(agency)}”看不出在哪个市县，或有几处同名，请填区划代码")
    if adcode and body.address is not None:
        # The code may be that of the district where the office stands, or of the province: the place is the one that the name says.
        named = in_year(body.address.candidates, year) or body.address.candidates
        above = {r.adcode for r in chain_of(region, None)}
        fitting = [c for c in named if c.adcode in above] or [
            c for c in named if region.adcode in {r.adcode for r in chain_of(c, None)}
        ]
        if not fitting:
            raise _Wrong("adcode", f"代码 {adcode} 是{region.name}，与“{_cut(agency)}”不符")
        if len({c.adcode for c in fitting}) > 1:
            raise _Wrong("adcode", f"{region.name}有几处“{_cut(agency)}”，请填所在县区的代码")
        if body.zone is None and not body.township:
            region = fitting[-1]
    who = Identity(kind="annual_report", agency=body.full, year=year)
    set_place(who, region, year, body)
    if who.adcode is None and adcode:
        # A bare 市教育局 takes its place from the code.
        who.adcode, who.level = region.adcode, region.level
    if body.relative and body.relative not in "我本" and region.name.endswith(body.relative):
        who.agency = region.name + body.rest
    elif body.relative:
        raise _Wrong("agency", f"“{_cut(agency)}”不是全称，请写明地名")
    who.system = (body.zone.system if body.zone and body.form == "zone" else None) or system_of(body)
    return who


def _region(adcode: str, year: int) -> Region:
    if len(adcode) == 9:
        found = [r for r in load_regions() if r.adcode == adcode]
    else:
        found = gazetteer().by_code.get(adcode, [])
    if not found:
        raise _Wrong("adcode", f"区划表中没有代码“{_cut(adcode)}”")
    return (in_year(found, year) or found)[-1]


def _only_place(body: Body, year: int) -> Region | None:
    if body.zone is not None and body.zone.adcode:
        return (gazetteer().by_code.get(body.zone.adcode) or [None])[-1]  # type: ignore[list-item]
    if body.address is None:
        return None
    return settle(in_year(body.address.candidates, year) or body.address.candidates, [], year)
