"""A metric, an indicator, a rule and a whole form of another year are data: a copy of the product whose registry alone was changed reads,
checks and shows what the product itself does not know."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FORM = """
id: "2031"
name: 2031年表式
basis: 试验
since: 2031
not_applicable: ["/"]
units: [件]
tables:
  - number: 2
    announced: ["二、主动公开政府信息情况"]
    unit: 件
    words: [公开内容]
    columns:
      - {id: issued, label: 新发布件数}
      - {id: used, label: 网上查阅件数}
    rows:
      - {id: guides, label: 办事指南, cells: {issued: guides_issued, used: guides_used}}
      - {id: files, label: 地方性文件, cells: {issued: normative_documents_issued, used: files_used}}
"""
METRIC = """  - id: {id}
    name: {name}
    short: {name}
    english: Guides
    theme: proactive
    unit: 件
    unit_class: item
    definition: 试验用。
    forms: ["2031"]
    place: 2031年表式
    wordings: [{name}]
"""
INDICATOR = """  - id: guides_used_rate
    name: 指南查阅率
    short: 指南查阅率
    english: Share of guides used
    theme: proactive
    unit: "%"
    numerator: [guides_used]
    denominator: [guides_issued]
    definition: 试验用。
    forms: ["2031"]
"""
RULE = """  - id: X-GUIDES
    family: T2
    severity: error
    title: 查阅的指南不多于发布的指南
    explanation: 试验用。
    advice: 请核对。
    equation: [guides_issued >= guides_used + files_used]
    forms: ["2031"]
"""
PAGE = """<html><head><title>云岭市档案局2031年政府信息公开工作年度报告</title></head><body>
<h1>云岭市档案局2031年政府信息公开工作年度报告</h1>
<p>一、总体情况</p><p>本年度按照要求开展政府信息公开工作。本报告所列数据的统计期限自2031年1月1日起至2031年12月31日止。</p>
<p>二、主动公开政府信息情况</p>
<table><tr><td>公开内容</td><td>新发布件数</td><td>网上查阅件数</td></tr>
<tr><td>办事指南</td><td>40</td><td>30</td></tr><tr><td>地方性文件</td><td>8</td><td>13</td></tr></table>
<p>三、存在的主要问题及改进情况</p><p>公开形式还不够丰富，下一步将加以改进。</p>
</body></html>"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product, with nothing but the registry in it changed."""
    copy = tmp_path_factory.mktemp("office") / "product"
    for name in ("etl", "pages", "data/registry"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    place = copy / "data" / "registry"
    (place / "forms" / "2031.yml").write_text(FORM, encoding="utf-8")
    metrics = (place / "metrics.yml").read_text(encoding="utf-8")
    head, indicators = metrics.split("\nindicators:\n")
    added = "".join(METRIC.format(id=id, name=name) for id, name in (("guides_issued", "发布指南"), ("guides_used", "查阅指南"), ("files_used", "查阅文件")))  # fmt: skip
    (place / "metrics.yml").write_text(f"{head}\n{added}\nindicators:\n{INDICATOR}{indicators}", encoding="utf-8")
    (place / "rules.yml").write_text((place / "rules.yml").read_text(encoding="utf-8") + RULE, encoding="utf-8")
    (copy / "report.html").write_text(PAGE, encoding="utf-8")
    return copy


def run(product: Path, *command: str) -> str:
    """Standard output of a command that the copy runs."""
    done = subprocess.run(
        [sys.executable, *command],
        cwd=product,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, "YEARBOOK_WAREHOUSE": str(product / "warehouse")},
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_a_form_of_a_later_year_is_read_by_its_file_alone(product: Path) -> None:
    report = json.loads(run(product, "-m", "etl", "extract", "report.html"))
    assert (report["form"], report["year"], report["tables"]["2"]) == ("2031", 2031, "read")
    read = {o["metric"]: o["value"] for o in report["observations"] if o["method"] == "table"}
    assert read == {"guides_issued": 40, "guides_used": 30, "normative_documents_issued": 8, "files_used": 13}


def test_its_metrics_rates_and_rules_reach_the_build_and_the_pages(product: Path) -> None:
    run(product, "-m", "etl", "load", "report.html")
    shown = json.loads(run(product, "-m", "etl", "explain", "云岭市档案局", "2031", "查阅文件", "--format", "json"))[
        "shown"
    ]
    assert [row["value"] for row in shown] == [13]
    rate = json.loads(run(product, "-m", "etl", "explain", "云岭市档案局", "2031", "指南查阅率", "--format", "json"))[
        "shown"
    ]
    assert [row["value"] for row in rate] == [75]
    (found,) = (
        f for f in json.loads(run(product, "-m", "etl", "check", "--format", "json")) if f["rule_id"] == "X-GUIDES"
    )
    assert found["severity"] == "error"
    offered = "from pages.kit import topics; from etl.registry import load_indicators; print('查阅文件' in topics.shorts().values(), 'guides_used_rate' in load_indicators())"  # fmt: skip
    assert run(product, "-c", offered).split() == ["True", "True"]
