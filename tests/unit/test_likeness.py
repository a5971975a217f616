"""Likeness of prose: signatures estimate how much two texts share, sentences say what, chapters what is missing."""

from __future__ import annotations

import random
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from etl.extract import extract_file
from etl.likeness import EMPTY, PLACES, shared_passages, sign

WORDS = "本机关全年围绕群众关心的事项持续推进信息公开工作完善制度加强培训规范流程回应关切提升质量"


def text(seed: int, length: int) -> str:
    rng = random.Random(seed)
    return "".join(chr(0x4E00 + rng.randrange(3000)) for _ in range(length))


def alike(a: str, b: str) -> float:
    one, two = sign(a, 5), sign(b, 5)
    return sum(x == y for x, y in zip(one, two, strict=True)) / PLACES


def test_the_same_text_has_the_same_signature_and_another_has_not() -> None:
    assert alike(text(1, 3000), text(1, 3000)) == 1
    assert alike(text(1, 3000), text(2, 3000)) < 0.1


def test_the_estimate_follows_what_is_shared() -> None:
    """Texts that share 90 of 100 parts: Jaccard 90 / 110."""
    estimates = [alike(text(n, 2700) + text(100 + n, 300), text(n, 2700) + text(200 + n, 300)) for n in range(12)]
    assert abs(sum(estimates) / 12 - 90 / 110) < 0.05


@given(st.text(max_size=60))
def test_any_text_is_signed(given_text: str) -> None:
    signature = sign(given_text, 5)
    assert len(signature) == PLACES
    assert all(0 <= n <= EMPTY for n in signature)


def page(name: str, sentences: list[str]) -> str:
    parts = "".join(
        f"<h2>{n}、{title}</h2>"
        for n, title in zip(
            "一二三四五六",
            (
                "总体情况",
                "主动公开政府信息情况",
                "收到和处理政府信息公开申请情况",
                "政府信息公开行政复议、行政诉讼情况",
                "存在的主要问题及改进情况",
                "其他需要报告的事项",
            ),
            strict=True,
        )
    )
    body = "".join(f"<p>{s}</p>" for s in sentences)
    return f"<html><head><title>{name}2023年政府信息公开工作年度报告</title></head><body><h1>{name}2023年政府信息公开工作年度报告</h1>{body}{parts}</body></html>"


def test_shared_passages_are_shown_as_printed(tmp_path: Path) -> None:
    same = [f"{WORDS[n:]}{WORDS[:n]}，共{n}个方面，一一落实到岗到人。" for n in range(6)]
    for name, own in (
        ("岚屿市教育局", "我局另外还做了自己的一件与众不同的事情。"),
        ("岚屿市民政局", "本单位今年新设了一处便民的公开服务窗口。"),
    ):
        (tmp_path / f"{name}.html").write_text(page(name, [*same, own]), encoding="utf-8")
    one, two = tmp_path / "岚屿市教育局.html", tmp_path / "岚屿市民政局.html"
    shared = shared_passages((one, 1), (two, 1))
    assert len(shared) >= 6
    assert any("一一落实到岗到人" in s for s in shared)
    assert not any("与众不同" in s for s in shared)
    first, second = extract_file(one)[0].likeness, extract_file(two)[0].likeness
    assert first and second
    assert len(set(first.sentences) & set(second.sentences)) >= 6
    assert first.chapters_missing == []


def test_missing_chapters_are_named(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text(
        "<html><head><title>岚屿市教育局2023年政府信息公开工作年度报告</title></head><body><h1>岚屿市教育局2023年政府信息公开工作年度报告</h1>"
        "<p>总体情况</p><p>2023年，我局主动公开政府信息12条，收到政府信息公开申请3件，均已按期答复办结。</p></body></html>",
        encoding="utf-8",
    )  # fmt: skip
    like = extract_file(path)[0].likeness
    assert like and "政府信息公开行政复议、行政诉讼情况" in like.chapters_missing
