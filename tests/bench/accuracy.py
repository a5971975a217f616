"""How much of what reports print is read right, by format, form and metric: the table in README.

    python -m tests.bench.accuracy            prints it
    python -m tests.bench.accuracy --write    puts it into README.md between its markers

Two sources: the labelled real documents where they are there (../shared/corpus), and generated reports whose truth is known.
A labelled figure counts as right when value and status are given as labelled; a blank cell is right when it comes as blank.
What is not given, or given as unreadable or conflicting, is not read: that is a gap and says so. A silent error is
another value than the printed one, or one that nobody printed, given as if it were certain.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import math
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from etl.demo import TABLE_LAYOUTS, stream_reports
from etl.extract import as_json, extract_bytes, extract_file
from etl.model import SourceError
from etl.read import read_bytes
from etl.registry import form_name, load_metrics, words_of
from tests.printed import print_pdf

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT.parent / "shared" / "corpus"
BEGIN, END = "<!-- accuracy: begin", "<!-- accuracy: end"

LAYOUT_NAMES = {"html": "网页", "word": "网页（Word 粘贴）", "site": "网页（带网站外壳）", "gb18030": "网页（GB18030）", "lines": "文本（一格一行）",
                "bars": "文本（竖线分格）", "traditional": "文本（繁体、夹注拼音）", "markdown": "Markdown", "docx": "Word（docx）", "xlsx": "Excel（xlsx）",
                "pdf": "PDF"}  # fmt: skip
FORMAT_NAMES = {"html": "网页", "text": "文本", "pdf": "PDF", "docx": "Word（docx）"}
FORM_NAMES = {id: form_name(id) for id in ("2014", "2019", "2021", "local")} | {None: words_of("place")["narrative"]}


@dataclass
class Tally:
    """Labelled figures of one group: `right`, `unread`, and `wrong`, the silent errors."""

    right: int = 0
    unread: int = 0
    wrong: int = 0

    @property
    def labelled(self) -> int:
        return self.right + self.unread + self.wrong


@dataclass
class Measured:
    """Tallies by format, form and metric of one source of reports."""

    reports: int = 0
    by_format: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_form: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    by_metric: defaultdict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))
    errors: list[str] = field(default_factory=list)

    def count(self, what: str, kind: str, form: str, metric: str, where: str = "") -> None:
        for tally in (self.by_format[kind], self.by_form[form], self.by_metric[metric]):
            setattr(tally, what, getattr(tally, what) + 1)
        if what == "wrong":
            self.errors.append(where)


def wilson(right: int, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95 % interval of a share by Wilson's score, (0, 1) without observations."""
    if n == 0:
        return 0.0, 1.0
    share = right / n
    middle = share + z * z / (2 * n)
    spread = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max((middle - spread) / (1 + z * z / n), 0.0), min((middle + spread) / (1 + z * z / n), 1.0)


# --- generated reports --------------------------------------------------------------------------------------------


def generated(each: int) -> Iterator[tuple[str, str, bytes, dict[str, Any]]]:
    """(layout, name, file, truth): `each` reports of each layout and as PDF, of the years 2020 to 2025, and of 2016 to 2018."""
    for n, layout in enumerate(TABLE_LAYOUTS):
        for name, data, truth in stream_reports(each, 500 + n, layout, years=(2020, 2021, 2023, 2025)):
            yield layout, name, data, truth
    for name, data, truth in stream_reports(each, 600, "html", years=(2020, 2022, 2024)):
        yield "pdf", f"{name}.pdf", print_pdf(read_bytes(name, data)[0]), truth
    for name, data, truth in stream_reports(each, 700, years=(2016, 2018)):
        yield truth["layout"], name, data, truth


def _keyed(observations: list[dict[str, Any]]) -> dict[tuple[str, str | None, str], list[tuple[Any, str]]]:
    out: dict[tuple[str, str | None, str], list[tuple[Any, str]]] = defaultdict(list)
    for o in observations:
        out[o["metric"], o["breakdown"], o["method"]].append((o["value"], o["status"]))
    return out


def measure_generated(each: int) -> Measured:
    out = Measured()
    for layout, name, data, truth in generated(each):
        out.reports += 1
        try:
            reports = [as_json(r) for r in extract_bytes(name, data)]
        except SourceError:
            reports = []
        read = _keyed(reports[0]["observations"] if len(reports) == 1 else [])
        # Parts of a sentence (其中…) may be given or not: only whole metrics and cells are labelled.
        labels = _keyed([o for o in truth["observations"] if o["method"] == "table" or o["breakdown"] is None])
        parts = {(o["metric"], o["value"]) for o in truth["observations"]}
        for key, wanted in labels.items():
            form = FORM_NAMES[truth["form"] if key[2] == "table" else None]
            got = read.get(key, [])
            conflicting = {v for v, s in wanted if s == "conflicting"}
            for value, status in wanted:
                if (value, status) in got:
                    out.count("right", layout, form, key[0])
                elif any(s == "reported" and v not in conflicting and v != value for v, s in got):
                    out.count("wrong", layout, form, key[0], f"{layout} {name} {key}: {value}, 读作 {got}")
                else:
                    out.count("unread", layout, form, key[0])
        for key, got in read.items():
            if key not in labels and any(s == "reported" and (key[0], v) not in parts for v, s in got):
                form = FORM_NAMES[truth["form"] if key[2] == "table" else None]
                out.count("wrong", layout, form, key[0], f"{layout} {name} {key}: 未印, 读作 {got}")
    return out


# --- labelled real documents --------------------------------------------------------------------------------------


def measure_corpus() -> Measured | None:
    """The labelled documents, paired with what was read by the owner's own scorer; None where they are not there."""
    script = ROOT.parent / "shared" / "tools" / "score.py"
    if not (CORPUS / "gold.json").is_file() or not script.is_file():
        return None
    spec = importlib.util.spec_from_file_location("score", script)
    assert spec is not None and spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    out = Measured()
    for entry in json.loads((CORPUS / "gold.json").read_text(encoding="utf-8")):
        try:
            reports = extract_file(CORPUS / entry["file"])
        except SourceError:
            reports = []
        suffix = Path(entry["file"]).suffix[1:]
        kind = {"txt": "text", "md": "text"}.get(suffix, suffix)
        for gold, report in score.align(entry["reports"], [as_json(r) for r in reports])[0]:
            out.reports += 1
            given = score.values(report or {"observations": []})
            firm = score.values(report or {"observations": []}, False)
            skip = set(gold.get("not_scored") or [])
            labelled: set[tuple[Any, ...]] = set()
            for o in gold["observations"]:
                key = score.key(o)
                labelled.add(key)
                form = FORM_NAMES[gold.get("form") if key[2] == "table" else None]
                wanted = {score.norm(o["value"]), *map(score.norm, o.get("also_right", []))}
                off = {v for v in firm.get(key, []) if v is not None} - wanted
                where = f"{entry['file']} {gold.get('agency')} {key}: {o['value']}, 读作 {sorted(map(str, off))}"
                if off:
                    out.count("wrong", kind, form, o["metric"], where)
                else:
                    found = given.get(key, [])
                    right = None in found if o["value"] is None else bool(wanted & set(found))
                    out.count("right" if right else "unread", kind, form, o["metric"])
            for key, values in firm.items():
                if key[2] != "table" or key in labelled or key[0] in skip:
                    continue
                if gold.get("tables_labelled") == "complete" or gold.get("kind") == "other":
                    for value in {v for v in values if v is not None}:
                        form = FORM_NAMES[gold.get("form")]
                        out.count("wrong", kind, form, key[0], f"{entry['file']} {key}: 未印, 读作 {value}")
    return out


# --- the table ----------------------------------------------------------------------------------------------------


def _share(tally: Tally | None) -> str:
    if tally is None or not tally.labelled:
        return "— | — | — | —"
    low, high = wilson(tally.right, tally.labelled)
    return f"{tally.labelled} | {100 * tally.right / tally.labelled:.2f}% | {100 * low:.2f}–{100 * high:.2f}% | {tally.wrong}"


def _rows(title: str, names: dict[str, str], real: dict[str, Tally], made: dict[str, Tally]) -> list[str]:
    out = [
        f"| {title} | 真实：标注数值 | 读对 | 95% 区间 | 静默差错 | 虚构：标注数值 | 读对 | 95% 区间 | 静默差错 |",
        "|---|--:|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for key, name in names.items():
        if real.get(key) or made.get(key):
            out.append(f"| {name} | {_share(real.get(key))} | {_share(made.get(key))} |")
    return out


def _sum(tallies: dict[str, Tally]) -> dict[str, Tally]:
    total = Tally()
    for tally in tallies.values():
        total.right, total.unread, total.wrong = (
            total.right + tally.right,
            total.unread + tally.unread,
            total.wrong + tally.wrong,
        )
    return {"all": total}


def markdown(real: Measured | None, made: Measured) -> str:
    """The tables of README, in Chinese."""
    real = real or Measured()
    own = {LAYOUT_NAMES[k]: v for k, v in made.by_format.items()}
    seen = {FORMAT_NAMES.get(k, k): v for k, v in real.by_format.items()}
    formats = dict.fromkeys([*LAYOUT_NAMES.values(), *FORMAT_NAMES.values()])
    names = {metric.id: metric.name for metric in load_metrics().values()}
    lines = [
        f"真实报告 {real.reports} 份（人工逐格标注，不随本项目发布；开发时也用它们，对没见过的报告只能作参考），"
        f"虚构报告 {made.reports} 份（正确值由生成程序给出）。",
        "“读对”指数值与状态都和标注相同；没有读出、或标为“读不准”“两个数”的不算读对，但会说明，不会给出错数；"
        "“静默差错”指给出了与印刷不同、或报告里没有的数值而没有任何提示。区间为 95% Wilson 区间。",
        "",
        *_rows("合计", {"all": "全部"}, _sum(real.by_format), _sum(made.by_format)),
        "",
        *_rows("文件格式", {k: k for k in formats}, seen, own),
        "",
        *_rows("表式", {v: v for v in FORM_NAMES.values()}, real.by_form, made.by_form),
        "",
        "<details><summary>按指标</summary>",
        "",
        *_rows("指标", names, real.by_metric, made.by_metric),
        "",
        "</details>",
    ]
    errors = [*real.errors, *made.errors]
    lines += ["", f"静默差错共 {len(errors)} 处" + ("：" if errors else "。")]
    lines += [f"- {error}" for error in errors[:20]] + ([f"- 另有 {len(errors) - 20} 处"] if len(errors) > 20 else [])
    return "\n".join(lines)


def write_readme(text: str) -> None:
    """Puts `text` between the markers of README.md."""
    path = ROOT / "README.md"
    readme = path.read_text(encoding="utf-8")
    first = readme.index("\n", readme.index(BEGIN)) + 1
    path.write_text(readme[:first] + text + "\n" + readme[readme.index(END) :], encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=40, help="generated reports of each layout")
    parser.add_argument("--write", action="store_true", help="write the table into README.md")
    given = parser.parse_args()
    real, made = measure_corpus(), measure_generated(given.each)
    text = markdown(real, made)
    print(text)
    unread = Counter({m: t.unread for m, t in made.by_metric.items() if t.unread})
    if unread:
        print("\n虚构报告中未读出最多的指标：" + "，".join(f"{m} {n}" for m, n in unread.most_common(8)))
    if given.write:
        write_readme(text)


if __name__ == "__main__":
    main()
