"""Bytes -> text. Evidence decides, not the first codec that happens to decode."""

from __future__ import annotations

import codecs
import functools
import re

from etl import registry

SAMPLE = 200_000
"""Bytes that are looked at when two encodings compete."""

_DECLARED = re.compile(rb"""(?:charset|encoding)\s*=\s*["']?\s*([A-Za-z0-9_\-]{2,20})""", re.I)
_FAMILY = {"gb2312": "gb18030", "gbk": "gb18030", "gb_2312-80": "gb18030", "cp936": "gb18030", "gb18030": "gb18030"}
_FAMILY |= {"big5": "big5hkscs", "big5-hkscs": "big5hkscs", "big5hkscs": "big5hkscs", "cp950": "big5hkscs"}
_BOMS = (  # the mark of UTF-32 begins with that of UTF-16
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def decode(data: bytes) -> tuple[str, str] | None:
    """The text of `data` and the name of its encoding, or None when no encoding gives readable text.

    Order: byte order mark, UTF-8 without a fault (a cut last character aside), then GB18030 and Big5 by the share of
    frequent Chinese characters, the declared one first among equals. gb2312 and gbk are read as GB18030 always, since
    pages declare them and then use characters beyond (STACK.md 9).
    """
    for mark, name in _BOMS:
        if data.startswith(mark):
            return data.decode(name, errors="replace").removeprefix("\ufeff"), name.removesuffix("-sig")
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as fault:
        if fault.start >= len(data) - 3:  # a file cut inside its last character
            return data[: fault.start].decode("utf-8"), "utf-8"
    else:
        zeros = data.count(0, 0, 4000)
        if zeros * 8 < min(len(data), 4000):
            return text, "utf-8"
    return _by_evidence(data)


def declared_encoding(data: bytes) -> str | None:
    """The encoding that the first 2,000 bytes name for themselves, mapped to the family we decode with."""
    found = _DECLARED.search(data[:2000])
    if not found:
        return None
    name = found[1].decode("ascii").lower()
    return _FAMILY.get(name, name)


@functools.cache
def _frequent() -> tuple[frozenset[str], frozenset[str]]:
    reading = registry.load_reading()
    return frozenset(reading.frequent_simplified), frozenset(reading.frequent_traditional)


def _score(text: str) -> float:
    """Share of frequent characters among those beyond ASCII; a replacement character weighs against five good ones."""
    beyond = re.sub(r"[\x00-\x7f]+", "", text)
    if not beyond:
        return -1.0
    simplified, traditional = _frequent()
    good = max(sum(map(simplified.__contains__, beyond)), sum(map(traditional.__contains__, beyond)))
    bad = beyond.count("\ufffd") + len(re.findall(r"[\ue000-\uf8ff\x80-\x9f]", beyond))
    return (good - 5 * bad) / len(beyond)


def _by_evidence(data: bytes) -> tuple[str, str] | None:
    sample = data[:SAMPLE]
    declared = declared_encoding(data)
    candidates = ["gb18030", "big5hkscs", "utf-8"]
    if sample.count(0) * 8 >= len(sample):  # UTF-16 without a mark shows every second byte as zero in Latin text
        even = sample[::2].count(0) > sample[1::2].count(0)
        candidates = ["utf-16-be" if even else "utf-16-le"]
    scores = [
        (_score(sample.decode(name, errors="replace")) + (0.03 if name == declared else 0), -n, name)
        for n, name in enumerate(candidates)
    ]
    best, _, name = max(scores)
    if best < 0.08:
        return None
    return data.decode(name, errors="replace").removeprefix("\ufeff"), name
