"""What a document declares about itself: label and value pairs of the box over an article (索引号, 发布机构 …)."""

from __future__ import annotations

import functools
import re

from etl import registry
from etl.model import Block, Paragraph

_PINYIN = re.compile(r"\([a-züɡɑāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ]{1,7}\)", re.I)
_HEAD = 60
"""Blocks that are looked at: the box stands over the article."""


@functools.cache
def _labels() -> tuple[frozenset[str], re.Pattern[str], int]:
    reading = registry.load_reading()
    names = sorted(reading.metadata, key=len, reverse=True)
    pairs = re.compile(r"(?:^|(?<=[\s|【\[]))(" + "|".join(map(re.escape, names)) + r")\s*[】\]]?\s*[:：]")
    return frozenset(names), pairs, reading.metadata_value


def of_blocks(blocks: list[Block]) -> dict[str, str]:
    """Pairs in the first blocks: neighbouring cells, or "label: value" in a line. The first non-empty value stays.

    Keys as printed, without pinyin notes and spaces (發(fā)布機(jī)構(gòu) is 發布機構).
    """
    labels, pairs, longest = _labels()
    found: dict[str, str] = {}

    def keep(key: str, value: str) -> None:
        value = value.strip(" \t\u3000|\n")
        if value and len(value) <= longest and not found.get(key):
            found[key] = value

    def line(text: str) -> None:
        text = _PINYIN.sub("", text) if "(" in text else text
        marks = list(pairs.finditer(text))
        for n, mark in enumerate(marks):
            end = marks[n + 1].start() if n + 1 < len(marks) else len(text)
            keep(mark[1], text[mark.end() : end])

    for block in blocks[:_HEAD]:
        if isinstance(block, Paragraph):
            if len(block.text) <= 400 and (":" in block.text or "：" in block.text):
                line(block.text)
            continue
        for row in block.rows[:20]:
            cells = [cell for n, cell in enumerate(row) if cell is not None and (not n or cell is not row[n - 1])]
            for n, cell in enumerate(cells[:40]):
                text = cell.passage.text
                if not text or len(text) > longest or text.isdecimal():
                    continue
                text = _PINYIN.sub("", text) if "(" in text else text
                key = "".join(text.split()).rstrip(":：").strip("【】[]")
                if key in labels:
                    if n + 1 < len(cells):
                        value = _PINYIN.sub("", cells[n + 1].text)
                        if "".join(value.split()).rstrip(":：") not in labels:
                            keep(key, value)
                elif ":" in text or "：" in text:
                    line(text)
    return found
