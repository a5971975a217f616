"""One normal form for all texts, with a map back to the characters as printed.

Normal form: simplified script; half-width digits and Latin letters; radicals folded; pinyin notes 發(fā) and doubled
commas dropped; Chinese full-width punctuation, but for a comma or colon inside a number (1,878; 08:56) and the full stop
of decimals; one space where the file has white space. Nothing else changes: a wrong or strange word stays as it is.

Numbers are never joined across spaces, because flattened tables print "0 0 0"; the prose reader looks at "1 136条" itself.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

from etl.model import Block, Cell, Document, Paragraph, Passage
from etl.registry import load_script

if TYPE_CHECKING:
    import opencc

CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff"
_SIGNS = "，。；：？！、（）《》〈〉“”‘’【】〔〕…—"

# One character for one character, always: width, spaces, signs. Newlines count as white space.
_ALWAYS = {
    **{chr(c): chr(c - 0xFEE0) for c in range(0xFF10, 0xFF1A)},  # ０-９
    **{chr(c): chr(c - 0xFEE0) for c in range(0xFF21, 0xFF3B)},  # Ａ-Ｚ
    **{chr(c): chr(c - 0xFEE0) for c in range(0xFF41, 0xFF5B)},  # ａ-ｚ
    **dict(zip(",;:?!()", "，；：？！（）", strict=True)),
    **dict(zip("％．＋／｜＝＃＊＠＆＿～＜＞［］｛｝｡､〇", "%.+/|=#*@&_~<>[]{}。、〇", strict=True)),
    **dict.fromkeys("－–−‐‑‒﹣", "-"),
    **dict.fromkeys("―─━", "—"),
    **dict.fromkeys("＂〝〞", '"'),
    **dict.fromkeys("﹙", "（"),
    **dict.fromkeys("﹚", "）"),
    **dict.fromkeys("﹐", "，"),
    **dict.fromkeys("﹑", "、"),
    **dict.fromkeys(
        "\u00a0\u3000\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\t\r\n\f\v\u2028\u2029\u0085",
        " ",
    ),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f", "\ufffe"),  # zero width: dropped below
}

# Pinyin syllables with their tone marks folded away (Hanyu Pinyin table; ü also written v or u).
_INITIALS = [
    "b",
    "p",
    "m",
    "f",
    "d",
    "t",
    "n",
    "l",
    "g",
    "k",
    "h",
    "j",
    "q",
    "x",
    "zh",
    "ch",
    "sh",
    "r",
    "z",
    "c",
    "s",
    "y",
    "w",
]
_FINALS = [
    "a",
    "o",
    "e",
    "i",
    "u",
    "v",
    "ai",
    "ei",
    "ui",
    "ao",
    "ou",
    "iu",
    "ie",
    "ve",
    "er",
    "an",
    "en",
    "in",
    "un",
    "vn",
    "ang",
    "eng",
    "ing",
    "ong",
    "ia",
    "ian",
    "iang",
    "iao",
    "iong",
    "ua",
    "uai",
    "uan",
    "uang",
    "ue",
    "uo",
    "van",
]
_SYLLABLES = {i + f for i in ["", *_INITIALS] for f in _FINALS} | {"n", "ng", "m", "hm", "hng"}
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_NOTE = re.compile(rf"(?<=[{CJK}])[（(]([a-zü{_TONES}ɡɑ]{{1,7}})[)）]")
_NOTE_START = re.compile("（[a-zü" + _TONES + "ɡɑ]")
_DOUBLES = [pair for sign in "，、。；：？！" for pair in ("，" + sign, sign + "，")]
_DOUBLED = re.compile(r"(?<=[，、。；：？！])，+|，+(?=[、。；：？！])")
_SPACES = re.compile(r" {2,}|^ +| +$|\ufffe+")
_GROUP_COMMA = re.compile(r"(?<=[0-9０-９]),(?=[0-9０-９]{3}(?![0-9０-９]))")
_CLOCK_COLON = re.compile(r"(?<=[0-9０-９])[:：](?=[0-9０-９]{2})|:(?=//)")
_LOOSE = re.compile(rf"(?<=[{CJK}{_SIGNS}]) +| +(?=[{CJK}{_SIGNS}])")


def _fold_tone(syllable: str) -> str:
    bare = unicodedata.normalize("NFD", syllable)
    return (
        "".join("v" if c == "ü" else c for c in bare if not unicodedata.combining(c))
        .replace("ɡ", "g")
        .replace("ɑ", "a")
    )


@functools.cache
def _converter() -> opencc.OpenCC:
    import opencc  # 6 ms: only for text that is traditional

    return opencc.OpenCC("t2s")


@functools.cache
def _traditional() -> dict[str, str]:
    """Characters that exist in traditional script only -> simplified (OpenCC's own table, less what GB 2312 holds)."""
    import opencc

    table: dict[str, str] = {}
    path = Path(opencc.__file__).parent / "dictionary" / "TSCharacters.txt"
    for line in path.read_text(encoding="utf-8").splitlines():
        source, _, targets = line.partition("\t")
        target = targets.split(" ")[0]
        if len(source) != 1 or len(target) != 1 or source == target:
            continue
        try:
            source.encode("gb2312")
        except UnicodeEncodeError:
            table[source] = target
    return table


@functools.cache
def _folds() -> dict[str, str]:
    """Radicals and compatibility ideographs -> the plain ideograph in simplified script."""
    listed = re.sub(r"\s", "", load_script().radicals)
    folds = dict(zip(listed[::2], listed[1::2], strict=True))
    traditional = _traditional()
    for code in (*range(0x2F00, 0x2FD6), *range(0xF900, 0xFAFF)):
        plain = unicodedata.normalize("NFKC", chr(code))
        if len(plain) == 1 and plain != chr(code):
            # ⾒ folds to 見, though the page is in simplified script: the radical block has no simplified forms.
            folds[chr(code)] = traditional.get(plain, plain) if code < 0xF900 else plain
    return folds


@functools.cache
def _always() -> dict[str, str]:
    return {**_ALWAYS, **_folds()}


@functools.cache
def _synonyms() -> re.Pattern[str] | None:
    """Wordings of equal length that script conversion leaves apart, as one alternation."""
    pairs = load_script().synonyms
    return re.compile("|".join(map(re.escape, pairs))) if pairs else None


def _to_simplified(text: str) -> str:
    """OpenCC t2s, same length guaranteed (so that places keep), names of real places protected."""
    converted = _converter().convert(text)
    if len(converted) != len(text):
        table = {ord(k): v for k, v in _traditional().items()}
        converted = text.translate(table)
    for name in load_script().protected_names:
        at = text.find(name)
        while at >= 0:
            converted = converted[:at] + name + converted[at + len(name) :]
            at = text.find(name, at + 1)
    return converted


def _simplify(joined: str, alphabet: set[str]) -> str:
    """Traditional pieces of `joined` (pieces parted by NUL) in simplified script; simplified ones untouched. `alphabet`: its characters, or more."""
    table = _traditional()
    found = alphabet & table.keys()
    if not found:
        return joined
    rules = load_script()
    signs = re.compile("[" + "".join(sorted(found)) + "]")
    ideographs = len(re.findall(rf"[{CJK}]", joined)) or 1
    if len(signs.findall(joined)) / ideographs >= rules.traditional_share:
        return _to_simplified(joined)
    pieces = joined.split("\x00")
    for n, piece in enumerate(pieces):
        count = len(signs.findall(piece))
        if count >= rules.block_count and count / len(piece) >= rules.block_share:
            pieces[n] = _to_simplified(piece)
    return "\x00".join(pieces)


def _same_length(joined: str) -> str:
    """All changes that replace one character by one: width, signs, radicals, script."""
    folds, folded = _always(), joined
    alphabet = set(joined)
    for sign in sorted(alphabet & folds.keys()):  # replacing the few signs present beats a look-up per character
        folded = folded.replace(sign, folds[sign])
        alphabet.add(folds[sign])
    kept = None
    for pattern in (_GROUP_COMMA, _CLOCK_COLON):
        for match in pattern.finditer(joined):
            kept = kept or list(folded)
            kept[match.start()] = "," if pattern is _GROUP_COMMA else ":"
    if kept:
        folded = "".join(kept)
    folded = _simplify(folded, alphabet)
    pairs = _synonyms()
    return pairs.sub(lambda m: load_script().synonyms[m.group()], folded) if pairs and pairs.search(folded) else folded


def _is_note(match: re.Match[str], toneless: bool) -> bool:
    syllable = match.group(1)
    toned = any(c in _TONES for c in syllable)
    return (toned or toneless) and _fold_tone(syllable) in _SYLLABLES and (toned or len(syllable) > 1)


def _edits(text: str, toneless: bool) -> list[tuple[int, int, str]]:
    """Changes of length: [start, end) of `text` -> replacement, in order, not overlapping."""
    edits: list[tuple[int, int, str]] = []
    if "（" in text and _NOTE_START.search(text):
        edits += [(m.start(), m.end(), "") for m in _NOTE.finditer(text) if _is_note(m, toneless)]
    if edits or ("，" in text and any(pair in text for pair in _DOUBLES)):
        # A note may stand between the two commas or between the comma and its neighbour: look at the text without notes.
        bare, at = _without(text, edits)
        for m in _DOUBLED.finditer(bare):
            edits.append((at(m.start()), at(m.end() - 1) + 1, ""))
        for m in re.finditer("，，+", bare):
            edits.append((at(m.start()) + 1, at(m.end() - 1) + 1, ""))
    for m in _SPACES.finditer(text) if " " in text or "\ufffe" in text else ():
        inner = 0 < m.start() and m.end() < len(text) and " " in m.group()
        edits.append((m.start(), m.end(), " " if inner else ""))
    edits.sort()
    clean: list[tuple[int, int, str]] = []
    for edit in edits:
        if clean and edit[0] < clean[-1][1]:
            if edit[1] <= clean[-1][1]:
                continue
            edit = (clean[-1][1], edit[1], edit[2])
        clean.append(edit)
    return clean


def _without(text: str, edits: list[tuple[int, int, str]]):
    """`text` less the edited spans, and a function from a place there to the place in `text`."""
    if not edits:
        return text, lambda i: i
    p = _apply(Passage(text), text, edits)
    return p.text, p.place


def _apply(source: Passage, text: str, edits: list[tuple[int, int, str]]) -> Passage:
    """A passage over `source` whose text is `text` (same length as the source's) with the edits made."""
    pieces: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    at = done = 0
    for start, end, replacement in edits:
        if start > done:
            pieces.append(text[done:start])
            starts.append(at)
            origins.append(done)
            at += start - done
        if replacement:
            pieces.append(replacement)
            starts.append(at)
            origins.append(start)
            at += len(replacement)
        done = end
    if done < len(text):
        pieces.append(text[done:])
        starts.append(at)
        origins.append(done)
    return Passage("".join(pieces), starts or [0], origins or [-1], source)


def document(doc: Document) -> Document:
    """The same document with every passage in normal form, each keeping the printed passage as its `base`."""
    sources: list[Passage] = []
    made: dict[int, Cell] = {}
    blocks: list[Block] = []
    waiting: list[Paragraph | Cell] = []  # what each source's normal form goes into
    for block in doc.blocks:
        if isinstance(block, Paragraph):
            sources.append(block.passage)
            paragraph = _replace(block)
            waiting.append(paragraph)
            blocks.append(paragraph)
            continue
        rows: list[list[Cell | None]] = []
        for row in block.rows:
            new: list[Cell | None] = []
            for cell in row:
                if cell is None:
                    new.append(None)
                    continue
                known = made.get(id(cell))
                if known is None:
                    known = made[id(cell)] = Cell(cell.passage, cell.rowspan, cell.colspan, cell.header)
                    sources.append(cell.passage)
                    waiting.append(known)
                new.append(known)
            rows.append(new)
        blocks.append(_replace(block, rows=rows, caption=text(block.caption) if block.caption else ""))
    joined = "\x00".join([p.text.replace("\x00", " ") for p in sources])
    notes = (
        sum(1 for m in _NOTE.finditer(joined))
        if re.search("[（(][a-zü]", joined) or any(t in joined for t in _TONES)
        else 0
    )
    toneless = notes >= load_script().toneless_notes
    texts = _same_length(joined).split("\x00") if sources else []
    for item, source, same in zip(waiting, sources, texts, strict=True):
        # Most cells are digits.
        item.passage = Passage(same, WHOLE, WHOLE, source) if same.isdecimal() else _normalised(source, same, toneless)
    return _replace(doc, blocks=blocks, meta={text(k): text(v) for k, v in doc.meta.items()})


def _replace(item, **changes):
    """dataclasses.replace without its per-call cost: there are hundreds of cells in a report."""
    new = object.__new__(type(item))
    for name in item.__slots__:
        setattr(new, name, changes[name] if name in changes else getattr(item, name))
    return new


WHOLE: list[int] = [0]
"""The map of a passage that is as long as its source, one object for all of them: such a passage is known by it. Never changed."""


def _normalised(source: Passage, same: str, toneless: bool) -> Passage:
    edits = () if same.isdecimal() else _edits(same, toneless)  # most cells are digits
    return _apply(source, same, edits) if edits else Passage(same, WHOLE, WHOLE, source)


def passage(source: Passage) -> Passage:
    """One passage in normal form, over `source`."""
    return _normalised(source, _same_length(source.text), toneless=False)


def text(string: str) -> str:
    """The normal form of one string."""
    return passage(Passage(string)).text


def tight(source: Passage) -> Passage:
    """`source` without the spaces beside CJK characters and signs (政府 信息 -> 政府信息), its map kept. For prose only."""
    if " " not in source.text:
        return source
    edits = [(m.start(), m.end(), "") for m in _LOOSE.finditer(source.text)]
    return _apply(source, source.text, edits) if edits else source


def tight_text(string: str) -> str:
    return _LOOSE.sub("", string) if " " in string else string


_NUMBERING = re.compile(
    r"^(?:(?:第?[一二三四五六七八九十]{1,3}[、.,，．]|（[一二三四五六七八九十]{1,3}）[、.]?|（\d{1,2}）[、.]?|\d{1,2}\s*[、.．](?!\d)|[①-⑳㈠-㈩]|[*※★])\s*)+"
)
_SIGNS_OUT = re.compile(r"[\s，。；：？！、“”‘’\"'《》〈〉【】〔〕\[\]…—·|_~]+")


def label(string: str) -> str:
    """The form in which labels are compared: normal form, no numbering, spaces, quotes or punctuation; （） stay."""
    return _label(text(string))


def label_of(source: Passage) -> str:
    """`label` of a passage that is already in normal form."""
    return _label(source.text)


def _label(normal: str) -> str:
    return _SIGNS_OUT.sub("", _NUMBERING.sub("", normal.strip()))


_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {
    "〇": 0,
    "○": 0,
    "Ｏ": 0,
    "两": 2,
    "壹": 1,
    "贰": 2,
    "叁": 3,
    "肆": 4,
    "伍": 5,
    "陆": 6,
    "柒": 7,
    "捌": 8,
    "玖": 9,
}
_POWERS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_SCALES = {"万": 10_000, "亿": 100_000_000}
_ARABIC = re.compile(r"([+\-]|减少?|增加?|负)?\s*(\d{1,3}(?:[,，\s]\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?)\s*([万亿])?")
_HAN_NUMBER = re.compile(r"[零〇○一二三四五六七八九两十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟]+")


def numeral(string: str) -> int | float | None:
    """A whole string as one number, None if it is not one: 1,878; 1 136; 26.8万; 减4 -> -4; 三十二; 二〇二三. Exact for decimals."""
    string = text(string).strip()
    match = _ARABIC.fullmatch(string)
    if match:
        sign, digits, scale = match.groups()
        plain = re.sub(r"[,，\s]", "", digits)
        value: int | float = float(plain) if "." in plain else int(plain)
        if scale:
            whole = round(value * _SCALES[scale], 4)
            value = int(whole) if whole == int(whole) else whole
        return -value if sign and sign[0] in "-减负" else value
    return _han(string) if _HAN_NUMBER.fullmatch(string) else None


def _han(string: str) -> int | None:
    """A Chinese numeral: positional (二〇二三) or with powers (三千二百一十)."""
    if not any(c in _POWERS or c in _SCALES for c in string):
        return int("".join(str(_DIGITS[c]) for c in string))
    total = section = digit = 0
    for c in string:
        if c in _DIGITS:
            digit = _DIGITS[c]
        elif c in _POWERS:
            section += (digit or 1) * _POWERS[c]
            digit = 0
        else:
            total = (total + section + digit) * _SCALES[c]
            section = digit = 0
    return total + section + digit
