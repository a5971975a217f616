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
import yaml

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
      - {id: normative_documents, label: 地方性文件, cells: {issued: normative_documents_issued, used: files_used}}
  - number: 3
    announced: ["三、收到和处理政府信息公开申请情况"]
    unit: 件
    words: [申请人情况]
    columns:
      - {id: natural_person, label: 自然人, breakdown: natural_person}
      - {id: total, label: 总计, breakdown: total}
    rows:
      - {metric: requests_received, label: 一、本年新收政府信息公开申请数量}
      - {metric: requests_granted, label: （一）予以公开}
      - {metric: requests_moved, label: （二）移送其他机关办理}
      - {metric: requests_denied_state_secret, label: 1.属于国家秘密}
      - {metric: requests_denied_unsafe, label: 2.危及公共安全}
      - {metric: requests_closed, label: （四）办结总计}
"""
METRICS = {
    "guides_issued": ("发布指南", "proactive", "item"),
    "guides_used": ("查阅指南", "proactive", "item"),
    "files_used": ("查阅文件", "normative", "document"),
    "requests_moved": ("移送", "requests", "case"),
    "requests_denied_unsafe": ("危及公共安全", "requests", "case"),
}
ASKED_AGAIN = (
    "normative_documents_issued",
    "requests_received",
    "requests_granted",
    "requests_denied_state_secret",
    "requests_closed",
)
PARTS = {
    "requests_closed": {"forms": ["2031"], "metrics": ["requests_granted", "requests_moved", "requests_denied"]},
    "requests_denied": {
        "forms": ["2031"],
        "metrics": ["requests_denied_state_secret", "requests_denied_unsafe"],
        "computed": True,
    },
}
INDICATOR = {
    "id": "guides_used_rate", "name": "指南查阅率", "short": "指南查阅率", "english": "Share of guides used", "theme": "proactive", "unit": "%",
    "numerator": ["guides_used"], "denominator": ["guides_issued"], "definition": "试验用。", "forms": ["2031"],
}  # fmt: skip
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
<p>三、收到和处理政府信息公开申请情况</p>
<table><tr><td>申请人情况</td><td>自然人</td><td>总计</td></tr>
<tr><td>一、本年新收政府信息公开申请数量</td><td>70</td><td>70</td></tr>
<tr><td>（一）予以公开</td><td>30</td><td>30</td></tr><tr><td>（二）移送其他机关办理</td><td>25</td><td>25</td></tr>
<tr><td>1.属于国家秘密</td><td>9</td><td>9</td></tr><tr><td>2.危及公共安全</td><td>6</td><td>6</td></tr>
<tr><td>（四）办结总计</td><td>70</td><td>70</td></tr></table>
<p>四、存在的主要问题及改进情况</p><p>公开形式还不够丰富，下一步将加以改进。</p>
</body></html>"""


@pytest.fixture(scope="module")
def product(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the product, with nothing but the registry in it changed."""
    copy = tmp_path_factory.mktemp("office") / "product"
    for name in ("etl", "pages", "data/registry"):
        shutil.copytree(ROOT / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "app.py", copy)
    place = copy / "data" / "registry"
    (place / "forms" / "2031.yml").write_text(FORM, encoding="utf-8")
    path = place / "metrics.yml"
    declared = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    for metric in declared["metrics"]:
        metric["forms"] += ["2031"] if metric["id"] in ASKED_AGAIN else []
        if metric["id"] in PARTS:
            metric["parts"].append(PARTS[metric["id"]])
    declared["metrics"] += [
        {"id": id, "name": name, "short": name, "english": "New", "theme": theme, "unit": "件", "unit_class": of, "definition": "试验用。",
         "forms": ["2031"], "place": "2031年表式", "applicants": theme == "requests", "wordings": [name]}
        for id, (name, theme, of) in METRICS.items()
    ]  # fmt: skip
    declared["indicators"].insert(0, INDICATOR)
    path.write_text(yaml.dump(declared, Dumper=yaml.CSafeDumper, allow_unicode=True, sort_keys=False), encoding="utf-8")
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
    read = {
        o["metric"]: o["value"]
        for o in report["observations"]
        if o["method"] == "table" and o["breakdown"] in (None, "total")
    }
    assert read == {
        "guides_issued": 40, "guides_used": 30, "normative_documents_issued": 8, "files_used": 13, "requests_received": 70, "requests_granted": 30,
        "requests_moved": 25, "requests_denied_state_secret": 9, "requests_denied_unsafe": 6, "requests_closed": 70,
    }  # fmt: skip


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


SHOWN = """
from streamlit.testing.v1 import AppTest
for page in ("requests", "proactive"):
    app = AppTest.from_file("app.py", default_timeout=60).switch_page(f"pages/{page}.py")
    app.run()
    assert not app.exception, app.exception
    print(*(chart.proto.spec for chart in app.get("plotly_chart")), sep="\\n")
"""


def test_the_pages_on_a_theme_show_what_the_new_form_asks_and_nothing_else(product: Path) -> None:
    run(product, "-m", "etl", "load", "report.html")
    charts = [json.loads(spec) for spec in run(product, "-c", SHOWN).splitlines()]
    names = [[trace.get("name") for trace in chart["data"]] for chart in charts]
    words = [json.dumps(chart["layout"], ensure_ascii=False) for chart in charts]
    assert names[1] == ["予以公开", "移送", "不予公开"], "what the form divides 办结 into, shares of it"
    assert "n=70" in words[1]
    assert "危及公共安全" in words[2] and "第三方" not in words[2], "the reasons that it asks for"
    assert names[3] == ["查阅文件", "规范性文件制发"], "the columns of its row on normative documents"
