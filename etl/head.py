"""The head of a report: its lines, its label/value pairs, its title; what etl.split and etl.identify read from.

All texts are in normal form. Lines keep the index of their block, so that a piece can be cut off at it.
"""

from __future__ import annotations

import functools
import itertools
import re
from dataclasses import dataclass, field
from pathlib import PurePath

from etl.agency import Body, read_body
from etl.model import Block, Cell, Document, Paragraph, Part, Table
from etl.normalise import label, tight_text
from etl.registry import load_identify

_HAN_YEAR = "零〇○O0一二三四五六七八九"
_YEAR = re.compile(rf"(?<!\d)(20[0-3]\d)(?!\d)\s*(?:年度|年)?|([二][零〇○O0][{_HAN_YEAR}]{{2}})\s*(?:年度|年)")
_DIGIT = {**{c: str(n) for n, c in enumerate("零一二三四五六七八九")}, "〇": "0", "○": "0", "O": "0", "0": "0"}
CHAPTER = re.compile(r"^[#*\s]*第?\s*([一二三四五六七八九十]{1,3})\s*[、.．，章]\s*(?=\S)")
INLINE_CHAPTER = re.compile(r"(?:^|[\s。；])一、\s*[\u4e00-\u9fff]")
_CHROME = re.compile(r"当前位置|所在(?:的)?位置|首页\s*[>＞/]|>.*>|ICP备|公安备|网站地图|主办单位|无障碍|版权所有")
_DATE_LINE = re.compile(
    r"^[•·\s>*]*(?:(?:信息|文章|稿件)?来源[：:]\s?[\u4e00-\u9fff（）]{2,30}\s*)?(20[0-3]\d(?:-\d{1,2}-\d{1,2}|\.\d{1,2}\.\d{1,2}|年\d{1,2}月\d{1,2}日|/\d{1,2}/\d{1,2}))(?:\s*\d{1,2}[:：]\d{2}(?:[:：]\d{2})?)?"
    r"\s*(?:$|(?:信息|文章|稿件)?来源|作者|浏览|阅读|点击|字体|字号|打印|责任编辑|编辑|[【\[|]|[\u4e00-\u9fff]{3,24}(?:局|委|委员会|厅|政府|办公室|办事处)$)"
)
_DATE_AT_END = re.compile(r"报告\s+(20[0-3]\d-\d{1,2}-\d{1,2})$")  # a title and its date on one line
_GLUED = {
    "index_number": re.compile(r"[0-9A-Za-z]"),
    "published": re.compile(r"20[0-3]\d"),
    "agency": re.compile(r"[\u4e00-\u9fff]{4}"),
}
_QUOTED_TITLE = re.compile(
    r"(?m)(?<=《)[^《》]{8,70}(?=》)|(?:^|(?<=公布)|(?<=发布)|(?<=编制)|(?<=公开)|(?<=现将))"
    r"(?:20[0-3]\d年度?)?[\u4e00-\u9fff]{4,40}?(?:20[0-3]\d年度?)?政府信息公开(?:工作)?年?度?(?:工作)?报告"
)
HEAD_LINES, HEAD_CHARS, TITLE_LENGTH = 60, 4000, 80


def year_of(text: str) -> int | None:
    """The first year printed in a text, in digits or Chinese numerals; None without one between 2000 and 2039."""
    match = _YEAR.search(text)
    if match is None:
        return None
    return int(match.group(1) or "".join(_DIGIT[c] for c in match.group(2)))


@dataclass(slots=True)
class Line:
    """One line of text: a paragraph, or a cell that holds prose."""

    text: str  # normal form, single spaces kept
    block: int
    level: int = 0
    cell: bool = False


@dataclass(slots=True)
class Title:
    """A title taken apart. `kind` is None for a title that says nothing known; `reason` goes with kind other."""

    text: str
    kind: str | None
    year: int | None = None
    agency: str | None = None  # as printed
    reason: str | None = None
    doubtful: bool = False  # other, but the body may be a report
    template: bool = False

    @property
    def named(self) -> bool:
        return self.agency is not None or self.year is not None


@dataclass(slots=True)
class Pair:
    label: str
    value: str
    field: str  # title, agency, source, published, index_number, address
    rank: int  # place of the label in the registry's list: smaller is more trusted
    where: str  # pair, meta, tail


@dataclass(slots=True)
class Head:
    lines: list[Line]
    first_chapter: int  # index in `lines`; len(lines) when there is none
    opening: str  # all text before the first chapter
    pairs: list[Pair] = field(default_factory=list)
    text: str = ""  # the whole part, lines joined, without spaces beside CJK


@functools.cache
def _signs():
    signs = load_identify()
    return {
        "topic": re.compile(signs.topic),
        "kinds": [(k.kind, re.compile(k.pattern)) for k in signs.kinds],
        "other": [(re.compile(n.pattern), n.reason, n.unless_report) for n in signs.not_a_report],
        "any_other": re.compile("|".join(f"(?:{n.pattern})" for n in signs.not_a_report)),
        "before": re.compile(signs.filler_before),
        "after": re.compile(signs.filler_after),
        "placeholders": re.compile(signs.placeholders),
        "not_a_title": re.compile(signs.not_a_title),
        "report_words": re.compile("年度报告|年报|工作报告|总结"),
    }


def lines_of(blocks: list[Block]) -> list[Line]:
    """Paragraphs, and cells long enough to be prose or a title, in reading order."""
    lines: list[Line] = []
    for n, block in enumerate(blocks):
        if isinstance(block, Paragraph):
            if block.text:
                lines.append(Line(block.text, n, block.level))
            continue
        seen: set[int] = set()
        for row in block.rows:
            for cell in row:
                if cell is not None and len(cell.passage.text) > 12 and id(cell) not in seen:
                    seen.add(id(cell))
                    lines.append(Line(cell.passage.text, n, 0, True))
    return lines


@functools.cache
def _labels() -> tuple[dict[str, tuple[str, int]], re.Pattern[str]]:
    """Label -> (field, rank), and the pattern that finds labels followed by a colon inside a line."""
    signs = load_identify().labels
    known: dict[str, tuple[str, int]] = {}
    for name in ("title", "agency", "source", "published", "index_number", "address", "ignored"):
        for rank, word in enumerate(getattr(signs, name)):
            known.setdefault(word.replace(" ", ""), (name, rank))
    words = sorted((w for w in known), key=len, reverse=True)
    spaced = "|".join(" ?".join(map(re.escape, w)) for w in words if not w.isascii())
    return known, re.compile(rf"(?:(?<=^)|(?<=[^\u4e00-\u9fff])|(?<=[\d】\])）]))[【\[（]?({spaced})[】\]）]?\s?：\s?")


def _pairs_of_line(text: str, where: str) -> list[Pair]:
    known, pattern = _labels()
    found = list(pattern.finditer(text))
    if not found:
        return (_glued_pair(text, where) or _spaced_pairs(text, where)) if len(text) <= 80 else []
    pairs = []
    for n, match in enumerate(found):
        end = found[n + 1].start() if n + 1 < len(found) else len(text)
        name, rank = known[match.group(1).replace(" ", "")]
        value = text[match.end() : end].strip(" |　[]【】")
        pairs.append(Pair(match.group(1).replace(" ", ""), value, name, rank, where))
    return pairs


def _glued_pair(text: str, where: str) -> list[Pair]:
    """A list item that begins with its label and has no colon: - 发布日期2026-01-27."""
    item = text.lstrip("•·-* ")
    match = _labels_at_start().match(item)
    if match is None or item == text:
        return []
    name, rank = _labels()[0][match.group()]
    value = item[match.end() :].strip()
    if name not in _GLUED or not _GLUED[name].match(value):
        return []
    return [Pair(match.group(), value, name, rank, where)]


def _spaced_pairs(text: str, where: str) -> list[Pair]:
    """Labels and values that only spaces part: 发布机构 某市人民政府办公室 发文日期 2018-02-26."""
    known, _ = _labels()
    if text.split(" ", 1)[0] not in known:
        return []
    pairs: list[Pair] = []
    for word in text.split(" "):
        if word in known:
            name, rank = known[word]
            pairs.append(Pair(word, "", name, rank, where))
        else:
            pairs[-1].value = f"{pairs[-1].value} {word}".strip()
    return [p for p in pairs if len(p.label) >= 3 and p.field in _GLUED and _GLUED[p.field].match(p.value)]


@functools.cache
def _labels_at_start() -> re.Pattern[str]:
    words = [w for w, (name, _) in _labels()[0].items() if name in _GLUED and not w.isascii() and len(w) >= 3]
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _pairs_of_table(table: Table, where: str) -> list[Pair]:
    known, _ = _labels()
    pairs = []
    for row in table.rows:
        cells = _distinct(row)
        n = 0
        while n < len(cells):
            text = cells[n].text
            if len(text) <= 12:
                key = label(text) if known else ""
                if key in known and n + 1 < len(cells):
                    value = cells[n + 1].text
                    if label(value) in known and len(value) <= 8:
                        value, n = "", n - 1  # 发布机构 | 发文日期: the value cell is not there
                    name, rank = known[key]
                    pairs.append(Pair(key, value.strip(), name, rank, where))
                    n += 2
                    continue
            elif "：" in text[:12]:
                pairs += _pairs_of_line(text, where)
            n += 1
    return pairs


def _is_metadata(table: Table) -> bool:
    """A small table one of whose first cells is a known label."""
    known, _ = _labels()
    for row in table.rows[:4]:
        for cell in row[:3]:
            if cell is not None and len(cell.text) <= 40:
                key = label(cell.text.split("：")[0]) if "：" in cell.text else label(cell.text)
                if key in known:
                    return True
    return False


def read_head(part: Part) -> Head:
    """Lines, opening and label/value pairs of one report."""
    lines = lines_of(part.blocks)
    first = len(lines)
    opening: list[str] = []
    size = 0
    for n, line in enumerate(lines):
        if CHAPTER.match(line.text) and line.text.lstrip("第 #*")[0] == "一":
            first = n
            break
        if len(line.text) > 400:
            cut = INLINE_CHAPTER.search(line.text)
            if cut:
                opening.append(line.text[: cut.start()])
                first = n
                break
        if n < HEAD_LINES and size < HEAD_CHARS:
            opening.append(line.text)
            size += len(line.text)
    head = Head(lines, first, "\n".join(opening))
    head.text = "\n".join([tight_text(line.text) for line in lines])
    stop = lines[first].block if first < len(lines) else len(part.blocks)
    known, _ = _labels()
    head.pairs += _labels_above(part.blocks[: min(stop, HEAD_LINES)])
    for n, block in enumerate(part.blocks[: min(stop + 1, HEAD_LINES)]):
        if isinstance(block, Table):
            if len(block.rows) <= 30 and _is_metadata(block):
                head.pairs += _pairs_of_table(block, "pair")
        elif "|" in block.text and "：" not in block.text:
            cells = [c.strip() for c in block.text.split("|")]
            for key, value in itertools.pairwise(cells):
                if label(key) in known and label(value) not in known:
                    name, rank = known[label(key)]
                    head.pairs.append(Pair(label(key), value, name, rank, "pair"))
        elif "：" in block.text[:HEAD_CHARS] or block.text[:1] in "•·-*" or block.text.split(" ", 1)[0] in known:
            cut = INLINE_CHAPTER.search(block.text)
            text = block.text[: min(cut.start() if cut else len(block.text), 1500)]
            found = _pairs_of_line(text, "pair")
            if found and not found[-1].value and n + 1 < len(part.blocks):
                after = part.blocks[n + 1]
                if isinstance(after, Paragraph) and len(after.text) <= 60 and "：" not in after.text:
                    found[-1].value = after.text.strip(" •·-")
            head.pairs += found
    if part.part == 1:
        for key, value in part.document.meta.items():
            if key in known:
                name, rank = known[key]
                head.pairs.append(Pair(key, value, name, rank, "meta"))
    for line in lines[max(first + 1, len(lines) - 6) :]:
        tail = line.text[-300:]
        if "：" in tail:
            head.pairs += [p for p in _pairs_of_line(tail, "tail") if p.field in ("source", "published")]
    head.pairs += _date_below_title(lines[: min(first, HEAD_LINES)])
    none = set(load_identify().labels.none)
    head.pairs = [p for p in head.pairs if p.value not in none and p.field != "ignored"]
    return head


def _labels_above(blocks: list[Block]) -> list[Pair]:
    """Values that stand on the line below their label: one below one, or a row of labels over a row of values."""
    known, _ = _labels()
    rows = [
        [c.strip(" •·-*|：") for c in re.split(r"\s*\|\s*", block.text.strip(" |"))]
        if isinstance(block, Paragraph)
        else []
        for block in blocks
    ]
    for block in blocks:
        if isinstance(block, Table):
            rows += [[c.text for c in _distinct(row)] for row in block.rows[:4]] + [[]]
    pairs = []
    for above, below in itertools.pairwise(rows):
        keys = [label(cell) for cell in above if cell]
        values = [cell for cell in below if cell]
        if not keys or len(keys) != len(values) or any(key not in known for key in keys):
            continue
        if any(len(value) > TITLE_LENGTH or label(value) in known for value in values):
            continue
        for key, value in zip(keys, values, strict=True):
            name, rank = known[key]
            pairs.append(Pair(key, value, name, rank, "pair"))
    return pairs


def _distinct(row: list[Cell | None]) -> list[Cell]:
    """The cells of a row, each once."""
    cells: list[Cell] = []
    for cell in row:
        if cell is not None and (not cells or cells[-1] is not cell):
            cells.append(cell)
    return cells


def _date_below_title(lines: list[Line]) -> list[Pair]:
    """The date of publication as sites print it without a label: alone or before 来源, within four lines below the title."""
    at = next((n for n, ln in enumerate(lines) if len(ln.text) <= TITLE_LENGTH and _is_title(ln.text)), None)
    if at is None:
        return []
    below = (_DATE_LINE.match(tight_text(line.text)) for line in lines[at + 1 : at + 6])
    dates = list(dict.fromkeys(m.group(1) for m in below if m is not None))
    beside = _DATE_AT_END.search(lines[at].text)
    if beside:
        dates.insert(0, beside.group(1))
        dates = dates[:1]
    return [Pair("", dates[0], "published", 99, "line")] if len(dates) == 1 else []


def _is_title(text: str) -> bool:
    title = read_title(text)
    return title is not None and title.kind not in (None, "other")


@functools.lru_cache(maxsize=200)  # splitting and identifying ask about the same few lines
def read_title(text: str) -> Title | None:
    """A printed title taken apart; None for what cannot be a title of anything this product knows.

    关于××局2020年政府信息公开工作情况的报告, 小沙街道政府信息公开工作2023年度报告, 2018年政府信息公开年报 and the like.
    """
    signs = _signs()
    if "公开" not in text and not signs["any_other"].search(text) and "公开" not in text.replace(" ", ""):
        return None
    title = tight_text(text).strip(" |·-—_：，、#*>")
    if title.endswith("。") and re.search("[，：]", title):
        return None  # a sentence; 特公布2023年……年度报告。 is none
    title = title.rstrip("。")
    title = re.sub(r"^(?:标题|名称|信息名称|文章标题)：", "", title)
    if (
        not 4 <= len(title) <= TITLE_LENGTH
        or "。" in title
        or title.count("，") > 2
        or signs["not_a_title"].search(title)
    ):
        return None
    pieces = [p for p in re.split(r"\s*[|_]\s*|-(?!\d)|(?<!\d)-|——|—", title) if p.strip()]
    if len(pieces) > 1:
        title = next((p for p in pieces if signs["topic"].search(p)), pieces[0]).strip()
    if title.startswith("《") and title.endswith("》"):
        title = title[1:-1]
    template = bool(signs["placeholders"].search(title))
    topic = signs["topic"].search(title)
    kind = None
    if topic is not None:
        kind = next((k for k, pattern in signs["kinds"] if pattern.search(title)), None)
    for pattern, reason, doubtful in signs["other"] if signs["any_other"].search(title) else ():
        hit = pattern.search(title)
        if hit is None:
            continue
        if kind is not None and hit.group() in (_agency_in(title, topic) or ""):
            continue  # the word belongs to the agency's name (考核办公室)
        if kind == "work_plan" and doubtful:
            continue  # 关于印发…要点的通知 is the plan itself
        if kind is None and topic is None and not doubtful and len(title) > 60:
            continue
        return Title(title, "other", year_of(title), _agency_in(title, topic), reason, doubtful and kind is not None)
    if topic is None or (kind is None and not signs["report_words"].search(title)):
        return None
    return Title(title, kind, year_of(title), _agency_in(title, topic), template=template)


def _agency_in(title: str, topic: re.Match[str] | None) -> str | None:
    """The name before the topic, less years and fillers; else one in brackets at the end; as printed."""
    signs = _signs()
    before = title[: topic.start()] if topic else title
    candidate = before
    for _ in range(3):
        candidate = signs["before"].sub("", candidate)
        candidate = re.sub(r"^(?:的|年度|年|度)+", "", _YEAR.sub("", candidate).replace("（）", "")).strip()
        candidate = signs["after"].sub("", candidate)
        if candidate.count("（") != candidate.count("）"):
            candidate = candidate.strip("（）")
    if candidate and read_body(candidate) is not None:
        return candidate
    if candidate.endswith("街"):  # 佳荣里街 for 佳荣里街道, where the divisions have it
        street = read_body(candidate + "道")
        if street is not None and street.address is not None:
            return candidate + "道"
    if "关于" in candidate:
        candidate = candidate.split("关于")[0]
        if read_body(candidate) is not None:
            return candidate
    bracket = re.search(r"（([^（）]{3,30})）", title)
    if bracket and read_body(bracket.group(1)) is not None:
        return bracket.group(1)
    if topic:
        after = re.match(r"(?:工作)?(?:年度报告|年报|总结)[（:：\-]?([\u4e00-\u9fff]{4,30})", title[topic.end() :])
        if after and read_body(after.group(1)) is not None:
            return after.group(1)
    return None


def looks_like_chrome(text: str) -> bool:
    """A line of the site around the report: breadcrumb, footer."""
    return bool(_CHROME.search(text))


def _with_name_above(title: Title, texts: list[str]) -> Title:
    """The title with the agency's name from the one or two lines above it (某某县 / 应急管理局 / 2021年……报告)."""
    best = title
    for start in range(len(texts) - 2, -1, -1):
        if len(texts[start]) > 40 or looks_like_chrome(texts[start]):
            break
        joined = read_title("".join(texts[start:]))
        if joined is None or joined.agency is None:
            break
        body = read_body(joined.agency)
        if best is title or (body is not None and body.placed):
            best = joined
        if body is not None and body.placed:
            break
    return best


def titles_of(head: Head, document: Document | None) -> list[tuple[int, Title]]:
    """All titles found, each with the rank of its place: 0 printed in the body, 1 label, 2 meta, 3 the file's name."""
    found: list[tuple[int, Title]] = []
    lines = head.lines[: min(head.first_chapter, HEAD_LINES)]
    for n, line in enumerate(lines):
        if (
            len(line.text) <= TITLE_LENGTH + 20
            and not looks_like_chrome(line.text)
            and not _pairs_of_line(line.text, "")
        ):
            title = read_title(line.text)
            if title and title.kind != "other" and title.agency is None and n and len(lines[n - 1].text) <= 40:
                title = _with_name_above(title, [ln.text for ln in lines[max(0, n - 2) : n + 1]])
            if title is None and n + 1 < len(lines) and len(line.text) <= 60 and len(lines[n + 1].text) <= 30:
                below = lines[n + 1].text
                sentence = below.endswith("。") or _signs()["not_a_title"].search(below)
                joined = None if sentence else read_title(line.text + below)
                if joined and joined.kind and joined.named and read_title(lines[n + 1].text) is None:
                    title = joined
            if title:
                found.append((0, title))
    if not any(t.named for _, t in found):
        for token in re.split(r"[\s|]+", head.opening[:1500]):
            if 8 <= len(token) <= TITLE_LENGTH:
                title = read_title(token)
                if title and title.named and title.kind:
                    found.append((0, title))
    if not any(t.named and t.kind for _, t in found):
        opening = head.opening[:HEAD_CHARS]
        if len(tight_text(opening)) < 80:  # the introduction stands in the first chapter
            opening += "\n" + head.text[:1500]
        for quoted in _QUOTED_TITLE.findall(tight_text(opening)):  # 现公布《某县2023年……年度报告》
            title = read_title(quoted)
            body = read_body(title.agency) if title and title.kind == "annual_report" and title.agency else None
            if title is not None and body is not None and body.placed and title.year:
                found.append((0, title))
    for pair in head.pairs:
        if pair.field == "title":
            title = read_title(pair.value)
            if title is None and len(pair.value) >= 4:
                title = Title(pair.value, None)
            if title:
                found.append((2 if pair.where == "meta" else 1, title))
    if document is not None:
        name = read_title(PurePath(document.path).stem)
        if name and name.agency and name.kind:
            found.append((3, name))
    return found


def body_in(text: str, year: int | None) -> Body | None:
    """The first token of a value that is a body's name: 宣城市民政局 浏览次数 -> 宣城市民政局."""
    for token in re.split(r"[\s|，,；;、/]+", text.strip())[:3]:
        body = read_body(token, year)
        if body is not None:
            return body
    return None
