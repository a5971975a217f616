"""The labelled real documents, scored by the owner's own scorer; skipped where ../shared is not there."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from etl.extract import as_json, extract_file
from etl.model import SourceError

SHARED = Path(__file__).resolve().parents[2].parent / "shared"
CORPUS = SHARED / "corpus"
pytestmark = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real documents is not here")


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """What `extract` prints for the whole corpus, as a file."""
    path = tmp_path_factory.mktemp("score") / "pred.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for source in sorted([*(CORPUS / "seeds").iterdir(), *(CORPUS / "docs").iterdir()]):
            try:
                reports = extract_file(source)
            except SourceError:
                continue
            for report in reports:
                file.write(json.dumps(as_json(report), ensure_ascii=False) + "\n")
    return path


def score(printed: Path, *selection: str) -> dict:
    command = [sys.executable, str(SHARED / "tools" / "score.py"), str(CORPUS / "gold.json"), str(printed), *selection]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    result = json.loads(done.stdout.splitlines()[-1])
    result["lines"] = done.stdout
    return result


def complete(fraction: str) -> bool:
    right, _, all_ = fraction.partition("/")
    return right == all_


def test_the_five_seed_documents_are_read_completely(printed):
    result = score(printed, "--only", "seeds/*")
    assert result["tables"]["precision"] == result["tables"]["recall"] == 1.0, result["lines"]
    assert result["prose"]["precision"] >= 0.97 and result["prose"]["recall"] >= 0.95, result["lines"]
    assert result["reports"] == {"right": 14, "missing": 0, "extra": 0}, result["lines"]
    assert all(complete(f) for f in result["metadata"].values()), result["lines"]
    assert result["contract_errors"] == 0


def test_all_documents_but_the_glued_one(printed):
    result = score(printed, "--except", "docs/012.txt")
    assert result["tables"]["precision"] >= 0.999 and result["tables"]["recall"] >= 0.985, result["lines"]
    assert result["prose"]["precision"] >= 0.97 and result["prose"]["recall"] >= 0.93, result["lines"]
    for name in ("kind", "agency", "year", "qualifier"):
        right, _, all_ = result["metadata"][name].partition("/")
        assert int(right) >= 0.95 * int(all_), result["lines"]
    assert result["contract_errors"] == 0


def test_glued_cells_are_split_only_with_proof(printed):
    result = score(printed, "--only", "docs/012.txt")
    assert result["tables"]["precision"] is None or result["tables"]["precision"] >= 0.999, result["lines"]


def test_nothing_is_taken_from_what_is_no_report(printed):
    lines = [json.loads(line) for line in printed.read_text(encoding="utf-8").splitlines()]
    decoys = [r for r in lines if r["document"].endswith("024.txt")]
    assert decoys and all(r["kind"] == "other" and not r["observations"] and r["reason"] for r in decoys)


def test_every_quote_stands_where_its_locator_says(printed):
    """Prose: the characters of the file at the locator are the printed figure (text files: the file itself)."""
    for line in printed.read_text(encoding="utf-8").splitlines():
        report = json.loads(line)
        if not report["document"].endswith(".txt"):
            continue
        text = Path(report["document"]).read_bytes().decode("utf-8", "replace").removeprefix("\ufeff")
        for o in report["observations"]:
            if o["method"] == "narrative":
                assert "start" in o["locator"], o
                there = text[o["locator"]["start"] : o["locator"]["end"]]
                assert o["raw"].strip() in there or there in o["raw"], (o, there)
