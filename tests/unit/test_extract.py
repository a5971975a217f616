"""The whole way from bytes to reports: every format says the same, a spelling more in the registry reads a report more."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import zipfile
from typing import Any

import pytest

from etl import extract, registry
from etl.demo import stream_reports
from etl.extract import as_json, extract_bytes, extract_file
from etl.model import SourceError
from etl.read import Bundle, html, read_bytes
from tests.noise import all_facts, changes, facts
from tests.printed import print_pdf
from tests.unit.read.test_html import shape
from tests.unit.test_round_trip import differences

LAYOUTS = ("html", "word", "site", "gb18030")


def one(name: str, data: bytes) -> dict[str, Any]:
    (report,) = extract_bytes(name, data)
    return as_json(report)


# --- formats ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("years", [(2020,), (2023,), (2016,)])
@pytest.mark.parametrize("layout", ["html", "word"])
def test_the_same_report_as_pdf(layout, years):
    """Wrapped lines, ruled tables with merged cells, rows over page breaks, page numbers."""
    for name, data, truth in stream_reports(2, 41, layout, years=years):
        printed = print_pdf(read_bytes(name, data)[0])
        assert differences(truth, [one("report.pdf", printed)]) == []


def test_every_page_of_a_pdf_is_named_in_the_evidence():
    ((name, data, _),) = stream_reports(1, 41, "html", years=(2023,))
    report = one("report.pdf", print_pdf(read_bytes(name, data)[0]))
    pages = {o["metric"]: o["locator"]["page"] for o in report["observations"] if o["method"] == "table"}
    assert pages["normative_documents_issued"] < pages["litigation_direct_total"]
    assert all(o["locator"].get("page") for o in report["observations"])


@pytest.mark.parametrize("layout", LAYOUTS)
def test_both_html_readers_agree_on_generated_pages(layout):
    for _, data, _ in stream_reports(4, 17, layout, years=(2018, 2020, 2023)):
        source = data.decode("gb18030" if layout == "gb18030" else "utf-8")
        fast, fast_meta = html.read_fast(source)
        slow, slow_meta = html.read_reference(source)
        assert shape(fast) == shape(slow) and fast_meta == slow_meta


def test_an_archive_gives_the_reports_of_its_files():
    stream = io.BytesIO()
    alone = []
    with zipfile.ZipFile(stream, "w") as archive:
        for n, (name, data, _) in enumerate(stream_reports(3, 23, years=(2022,))):
            archive.writestr(f"年报/{n}-{name.replace('/', '-')}", data)
            alone += all_facts(name, data)
    assert changes(alone, [facts(r) for r in extract_bytes("all.zip", stream.getvalue())]) == []


def test_tables_of_an_attachment_belong_to_the_page_that_names_it(tmp_path):
    """The page holds the text, a spreadsheet beside it the tables: one report with both."""
    ((_, page, truth),) = stream_reports(1, 31, "html", years=(2023,))
    ((_, sheet, _),) = stream_reports(1, 31, "xlsx", years=(2023,))
    source = page.decode()
    first, last = source.index("<table"), source.rindex("</table>") + len("</table>")
    while "<table" in source:
        first, last = source.index("<table"), source.index("</table>") + len("</table>")
        source = source[:first] + source[last:]
    (tmp_path / "tables.xlsx").write_bytes(sheet)
    main = tmp_path / "report.html"
    main.write_text(source.replace("</body>", '<p>附件：<a href="tables.xlsx">统计表</a></p></body>'), encoding="utf-8")
    (report,) = extract_file(Bundle(main, [tmp_path / "tables.xlsx"]))
    assert report.identity.agency == truth["agency"]
    assert report.tables == {"2": "read", "3": "read", "4": "read"}
    assert any(o.method == "narrative" for o in report.observations)


@pytest.mark.skipif(not shutil.which("soffice"), reason="LibreOffice is not here")
@pytest.mark.parametrize("suffix", ["doc", "docx", "pdf", "xls"])
def test_the_same_report_from_an_office_program(suffix, tmp_path):
    layout = "xlsx" if suffix == "xls" else "docx"
    truths = {}
    for n, (_, data, truth) in enumerate(
        stream_reports(3, 53, "html" if suffix == "pdf" else layout, years=(2020, 2023))
    ):
        (tmp_path / f"{n}.{'html' if suffix == 'pdf' else layout}").write_bytes(data)
        truths[str(n)] = truth
    # A page becomes a Word file first: a browser's or a spreadsheet's way to paper is another one.
    steps = ["docx:MS Word 2007 XML", "pdf"] if suffix == "pdf" else [suffix]
    files = sorted(tmp_path.iterdir())
    for n, step in enumerate(steps):
        web = ["--infilter=HTML (StarWriter)"] if suffix == "pdf" and n == 0 else []
        home = f"-env:UserInstallation=file://{tmp_path}/profile"
        command = [
            "soffice",
            home,
            "--headless",
            *web,
            "--convert-to",
            step,
            "--outdir",
            str(tmp_path),
            *map(str, files),
        ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        files = sorted(tmp_path.glob(f"?.{step.split(':')[0]}"))
    assert len(files) == 3
    for file in files:
        assert differences(truths[file.stem], [one(file.name, file.read_bytes())]) == []


def test_what_cannot_be_read_is_set_aside_with_reason_and_next_step():
    for name, data in {"a.png": b"\x89PNG\r\n\x1a\n" + b"\x00" * 90, "a.pdf": b"%PDF-1.4\n%%EOF", "a.docx": b"PK\x03\x04" + b"x" * 60,
                       "a.txt": b"\x00\x01\x02" * 300, "a.html": b"  "}.items():  # fmt: skip
        with pytest.raises(SourceError) as fault:
            extract_bytes(name, data)
        assert fault.value.reason and fault.value.advice and name in str(fault.value)


def test_the_same_input_gives_the_same_output():
    ((name, data, _),) = stream_reports(1, 61, "site", years=(2023,))
    first, second = (json.dumps(one(name, data), ensure_ascii=False) for _ in range(2))
    assert first == second


# --- registry -----------------------------------------------------------------------------------------------------


def forget() -> None:
    """Loaded registry files and what was compiled from them."""
    for loader in vars(registry).values():
        if hasattr(loader, "cache_clear"):
            loader.cache_clear()


def test_a_spelling_more_reads_a_report_more(tmp_path, monkeypatch):
    """No code changes: a label that no spelling fits is not taken, and is taken as soon as the form's file lists it."""
    ((name, data, truth),) = stream_reports(1, 71, "html", years=(2023,))
    strange = data.replace(
        "（二）部分公开（区分处理的，只计这一情形，不计其他情形）".encode(), "（二）择要提供".encode()
    )
    assert strange != data
    forms = tmp_path / "forms"
    shutil.copytree(registry.ROOT / "forms", forms)
    monkeypatch.setattr(
        extract.tables, "read_tables", lambda part, who, read=extract.tables.read_tables: read(part, who, forms)
    )
    key = ("requests_partially_granted", "total")

    def taken() -> dict[tuple[str, str | None], Any]:
        return {
            (o["metric"], o["breakdown"]): o["value"]
            for o in one(name, strange)["observations"]
            if o["method"] == "table"
        }

    try:
        assert taken().get(key) is None
        path = forms / "2021.yml"
        text = path.read_text(encoding="utf-8")
        (label,) = (line for line in text.splitlines() if "{metric: requests_partially_granted," in line)
        path.write_text(text.replace(label, added(label, "择要提供")), encoding="utf-8")
        forget()
        printed = {(o["metric"], o["breakdown"]): o["value"] for o in truth["observations"] if o["method"] == "table"}
        assert taken() == printed
    finally:
        forget()


def added(line: str, spelling: str) -> str:
    """A row of a form's file with one more spelling."""
    if "spellings: [" in line:
        return line.replace("spellings: [", f'spellings: ["{spelling}", ')
    return line.rstrip().removesuffix("}") + f', spellings: ["{spelling}"]}}'
