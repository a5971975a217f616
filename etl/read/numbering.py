"""Automatic numbering of Word files: the file holds "一、" once as a pattern, the page prints it before each paragraph."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_DIGITS = "零一二三四五六七八九"
_CIRCLED = 20
_LEVELS = 9
_PLACE = re.compile("%([1-9])")


@dataclass(slots=True)
class Level:
    """One level of a list: `text` is the printed pattern with %1..%9 for the numbers of levels 1 to 9."""

    text: str
    format: str = "decimal"
    start: int = 1


@dataclass(slots=True)
class Numbering:
    """The lists of one file. `levels`: id of a list -> its levels; `same`: lists that count on together have one value."""

    levels: dict[str, list[Level]] = field(default_factory=dict)
    same: dict[str, str] = field(default_factory=dict)
    restarts: dict[str, dict[int, int]] = field(default_factory=dict)
    _counts: dict[str, list[int | None]] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)

    def label(self, identifier: str, depth: int) -> str:
        """What is printed before the next paragraph of this list at level `depth` (from 0); empty for bullets."""
        levels = self.levels.get(identifier)
        if levels is None or not 0 <= depth < len(levels):
            return ""
        counts = self._counts.setdefault(self.same.get(identifier, identifier), [None] * _LEVELS)
        if identifier not in self._seen:
            self._seen.add(identifier)
            for level, start in self.restarts.get(identifier, {}).items():
                if 0 <= level < _LEVELS:
                    counts[level] = start - 1
        before = counts[depth]
        counts[depth] = levels[depth].start if before is None else before + 1
        for deeper in range(depth + 1, _LEVELS):
            counts[deeper] = None
        if levels[depth].format in ("bullet", "none"):
            return ""

        def number(place: re.Match[str]) -> str:
            at = int(place[1]) - 1
            if at >= len(levels) or at > depth:
                return ""
            count = counts[at]
            return written(levels[at].start if count is None else count, levels[at].format)

        return _PLACE.sub(number, levels[depth].text).strip()


def before(label: str, text: str) -> str:
    """`text` with its number before it; a space only where the two would run together (1. 2023年)."""
    if not label:
        return text
    close = label[-1].isascii() and text[:1].isascii()
    return f"{label} {text}" if close else label + text


def written(number: int, style: str) -> str:
    """A number in one of WordprocessingML's formats (ST_NumberFormat); those not listed are printed as digits."""
    if style.startswith(("chinese", "japanese", "taiwanese", "ideograph", "korean")) and 0 <= number < 100:
        if style == "ideographEnclosedCircle":
            return chr(0x3280 + number - 1) if 0 < number <= 10 else str(number)
        tens, ones = divmod(number, 10)
        if style in ("ideographDigital", "taiwaneseDigital", "japaneseDigitalTenThousand") and tens:
            return _DIGITS[tens] + _DIGITS[ones]
        lead = "" if tens == 0 else "十" if tens == 1 else _DIGITS[tens] + "十"
        return lead + (_DIGITS[ones] if ones or not tens else "")
    if style in ("decimalEnclosedCircle", "decimalEnclosedCircleChinese") and 0 < number <= _CIRCLED:
        return chr(0x2460 + number - 1)
    if style == "decimalEnclosedFullstop":
        return f"{number}."
    if style == "decimalEnclosedParen":
        return f"（{number}）"
    if style == "decimalZero":
        return f"{number:02d}"
    if style in ("upperLetter", "lowerLetter") and 0 < number <= 26:
        return chr((65 if style == "upperLetter" else 97) + number - 1)
    if style in ("upperRoman", "lowerRoman") and 0 < number < 40:
        roman = "X" * (number // 10) + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[number % 10]
        return roman if style == "upperRoman" else roman.lower()
    return str(number)
