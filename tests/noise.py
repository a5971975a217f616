"""Changes to a report's file that change nothing of what it says: script, notes, encoding, radicals, markup, page marks, chrome.

`NOISE` names them; each takes the file's bytes and gives the changed bytes, or None where it does not apply to that kind of
file. `facts` is what must stay the same.
"""

from __future__ import annotations

import functools
import io
import random
import re
import unicodedata
import zipfile
from collections.abc import Callable
from typing import Any

import opencc

from etl import normalise
from etl.extract import extract_bytes
from etl.model import Report
from etl.read.encoding import decode
from etl.registry import load_script

_MARKUP = re.compile(r"(<!--.*?-->|<script\b.*?</script>|<style\b.*?</style>|<[^>]*>)", re.S | re.I)
_OFFICE = ("word/document.xml", "xl/sharedStrings.xml")
IDENTITY = ("kind", "agency", "system", "level", "province", "city", "county", "township", "adcode", "year", "period", "published_on",
            "index_number", "scope", "fictional")  # fmt: skip


# --- what must stay -----------------------------------------------------------------------------------------------


def facts(report: Report) -> list[tuple[Any, ...]]:
    """Identity, form, states of the tables, observations without evidence, and the plan of one report, sorted."""
    who = report.identity
    out: list[tuple[Any, ...]] = [("identity", name, getattr(who, name)) for name in IDENTITY]
    out += [("identity", name, _bare(getattr(who, name))) for name in ("title", "stated_as")]
    out.append(("form", report.form))
    out += [("table", number, state) for number, state in report.tables.items()]
    out += [
        ("observation", o.metric, _bare(o.breakdown), o.value, o.status, o.qualifier, o.method, o.part_year)
        for o in report.observations
    ]
    if report.plan is not None:
        out += [("column", _bare("/".join(c.names)), _bare(c.frequency), _bare(c.section)) for c in report.plan.columns]
        out += [
            ("task", t.number, _bare("/".join(t.path)), _bare(t.text), _bare("、".join(t.sections)))
            for t in report.plan.tasks
        ]
    return sorted(out, key=repr)


def _bare(text: str | None) -> str | None:
    """Words only: how a title is set, or where a comma is doubled, is not what it says."""
    return None if text is None else re.sub(r"[^\w]", "", normalise.text(text))


def all_facts(name: str, data: bytes) -> list[list[tuple[Any, ...]]]:
    return [facts(report) for report in extract_bytes(name, data)]


def changes(before: list[list[tuple[Any, ...]]], after: list[list[tuple[Any, ...]]]) -> list[str]:
    """Lines that say what differs; empty when nothing does."""
    if len(before) != len(after):
        return [f"{len(before)} reports before, {len(after)} after"]
    out = []
    for n, (old, new) in enumerate(zip(before, after, strict=True), 1):
        out += [f"report {n}: lost {fact}" for fact in old if fact not in new]
        out += [f"report {n}: new {fact}" for fact in new if fact not in old]
    return out


# --- how a file is changed ----------------------------------------------------------------------------------------


def is_markup(data: bytes) -> bool:
    return bool(re.search(rb"<(?:html|body|table|p|div)\b", data[:4000], re.I))


def on_text(data: bytes, change: Callable[[str], str]) -> bytes | None:
    """The file with `change` made to its text, markup untouched; None where the text cannot be reached (PDF)."""
    if data.startswith(b"PK"):
        return _on_office(data, change)
    if data.startswith(b"%PDF"):
        return None
    decoded = decode(data)
    if decoded is None:
        return None
    text, encoding = decoded
    changed = _on_nodes(text, change) if is_markup(data) else change(text)
    return changed.encode("utf-8" if encoding == "utf-8" else "gb18030")


def _on_nodes(source: str, change: Callable[[str], str]) -> str:
    return "".join(part if n % 2 else change(part) for n, part in enumerate(_MARKUP.split(source)))


def _on_office(data: bytes, change: Callable[[str], str]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for member in old.infolist():
            content = old.read(member)
            if member.filename in _OFFICE:
                content = _on_nodes(content.decode(), change).encode()
            new.writestr(member, content)
    return out.getvalue()


def _on_page(data: bytes, change: Callable[[str], str]) -> bytes | None:
    """The web page with `change` made to its source; None for other files."""
    if not is_markup(data) or data.startswith((b"PK", b"%PDF")):
        return None
    decoded = decode(data)
    if decoded is None:
        return None
    text, encoding = decoded
    return change(text).encode("utf-8" if encoding == "utf-8" else "gb18030")


# --- noise of script and signs ------------------------------------------------------------------------------------

# Notes as mirrors print them behind characters that the two scripts share or part.
PINYIN = dict(
    zip(
        "進發機關構縣區報告號內導開統計條請與對聯系認實數據處務議訴訟當應職責",
        "jìn fā jī guān gòu xiàn qū bào gào hào nèi dǎo kāi tǒng jì tiáo qǐng yǔ duì lián xì rèn shí shù jù chù wù yì sù sòng dāng yīng zhí zé".split(),
        strict=True,
    )
)


@functools.cache
def _traditional() -> opencc.OpenCC:
    return opencc.OpenCC("s2t")


def in_traditional_script(data: bytes) -> bytes | None:
    """Traditional script, a pinyin note after every second frequent character."""
    count = 0

    def note(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        return f"{found[0]}({PINYIN[found[0]]})" if count % 2 else found[0]

    pattern = re.compile(f"[{''.join(PINYIN)}](?![(（])")
    return on_text(data, lambda text: pattern.sub(note, _traditional().convert(text)))


def with_doubled_commas(data: bytes) -> bytes | None:
    """，， and ，。 and half-width ,, as mirrors print them; never inside numbers."""
    count = 0

    def double(found: re.Match[str]) -> str:
        nonlocal count
        count += 1
        sign = found[0]
        return (sign, sign + sign if sign == "，" else "，" + sign, ",," if sign == "，" else sign)[count % 3]

    return on_text(data, lambda text: re.sub(r"(?<![\d,，。\s])[，。](?![\d,，。\s])", double, text))


def in_gb18030(data: bytes) -> bytes | None:
    if data.startswith((b"PK", b"%PDF")):
        return None
    decoded = decode(data)
    if decoded is None:
        return None
    text = re.sub(r"(charset\s*=\s*[\"']?)[\w-]+", r"\1gb2312", decoded[0], flags=re.I)
    return text.encode("gb18030")


@functools.cache
def _radicals() -> dict[int, str]:
    listed = re.sub(r"\s", "", load_script().radicals)
    signs = {ord(plain): radical for radical, plain in zip(listed[::2], listed[1::2], strict=True)}
    for code in range(0x2F00, 0x2FD6):
        signs.setdefault(ord(unicodedata.normalize("NFKC", chr(code))), chr(code))
    return signs


def with_radicals(data: bytes) -> bytes | None:
    """Radical signs for ideographs (⼀、⼯作, ⽇期), as PDF fonts print them."""
    return on_text(data, lambda text: text.translate(_radicals()))


def in_full_width(data: bytes) -> bytes | None:
    """Digits in full width, as typed with a Chinese input method."""
    if data.startswith(b"PK") and b"xl/sharedStrings" in data:
        return None  # numbers of a spreadsheet are no text
    table = {ord(str(n)): chr(0xFF10 + n) for n in range(10)}
    return on_text(
        data,
        lambda text: re.sub(
            r"&#?\w+;|.+?(?=&#?\w+;|$)", lambda m: m[0] if m[0][0] == "&" else m[0].translate(table), text, flags=re.S
        ),
    )


# --- noise of markup ----------------------------------------------------------------------------------------------

_TAG = re.compile(r"<([A-Za-z][A-Za-z0-9:]*)((?:\s+[\w:.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?)*)\s*(/?)>")
_ATTRIBUTE = re.compile(r"[\w:.-]+(?:\s*=\s*(?:\"[^\"]*\"|'[^']*'|[^\s\"'>]+))?")


def with_shuffled_attributes(data: bytes) -> bytes | None:
    """Attributes in another order, tags in upper case, attributes that say nothing added."""
    pick = random.Random(7)

    def tag(found: re.Match[str]) -> str:
        attributes = _ATTRIBUTE.findall(found[2])
        if found[1].lower() not in ("html", "meta"):
            attributes.append(f'data-n="{pick.randint(1, 9999)}"')
        pick.shuffle(attributes)
        return f"<{found[1].upper() if pick.random() < 0.5 else found[1]} {' '.join(attributes)}{found[3]}>"

    def page(source: str) -> str:
        return "".join(
            _TAG.sub(tag, part) if n % 2 and part[1:2].isalpha() else part
            for n, part in enumerate(_MARKUP.split(source))
        )

    return _on_page(data, page)


def with_wrapper_tags(data: bytes) -> bytes | None:
    """Runs of text in span and font, tables in divs, comments between cells."""
    pick = random.Random(11)
    wraps = (
        "{}",
        '<span style="mso-spacerun:yes">{}</span>',
        '<font face="宋体">{}</font>',
        '<span><span lang="EN-US">{}</span></span>',
        "{}<!-- 3 -->",
    )

    def page(source: str) -> str:
        parts = _MARKUP.split(source)
        titled = False
        for n, part in enumerate(parts):
            if n % 2:
                titled = bool(re.match(r"<title|<style|<script|<head|<meta|<option", part, re.I)) or (
                    titled and not part.startswith("</")
                )
                if re.match(r"<table\b", part, re.I):
                    parts[n] = '<div class="table-box"><div>' + part
                elif re.match(r"</table>", part, re.I):
                    parts[n] = part + "</div></div>"
            elif part.strip() and not titled:
                parts[n] = (
                    pick.choice(wraps)
                    .format(part.replace("{", "{{").replace("}", "}}"))
                    .replace("{{", "{")
                    .replace("}}", "}")
                )
        return "".join(parts)

    return _on_page(data, page)


# --- noise of pages -----------------------------------------------------------------------------------------------

MARKS = ("— {0} —", "第{0}页 共9页", "- {0} -", "—{0}—", "第 {0} 页")


def with_page_marks(data: bytes) -> bytes | None:
    """A page mark after every thirtieth line of text, or between every eighth pair of paragraphs of a page."""
    if data.startswith((b"PK", b"%PDF")):
        return None
    count = 0

    def mark() -> str:
        nonlocal count
        count += 1
        return MARKS[count % len(MARKS)].format(count)

    if is_markup(data):
        seen = 0

        def after(found: re.Match[str]) -> str:
            nonlocal seen
            seen += 1
            return f"{found[0]}<p>{mark()}</p>" if seen % 8 == 0 else found[0]

        def page(source: str) -> str:
            # outside tables only: a browser puts no page mark into a cell
            return "".join(
                part if n % 2 else re.sub(r"</p>", after, part, flags=re.I)
                for n, part in enumerate(re.split(r"(<table\b.*</table>)", source, flags=re.S | re.I))
            )

        return _on_page(data, page)

    def lines(text: str) -> str:
        out = []
        for n, line in enumerate(text.split("\n"), 1):
            out.append(line)
            if n % 30 == 0:
                out.append(mark())
        return "\n".join(out)

    return on_text(data, lines)


_ABOVE = (
    '<div class="top-bar"><a href="/">无障碍浏览</a> <a href="/">长者模式</a> <a href="/">网站支持IPv6</a></div>'
    '<div class="nav"><ul><li><a href="/a">首页</a></li><li><a href="/b">政务公开</a></li><li><a href="/c">办事服务</a></li>'
    '<li><a href="/d">互动交流</a></li></ul></div><div class="share">分享到：微信 微博</div><p>浏览次数：1203次</p><p>字体：大 中 小</p>'
)
_BELOW = (
    '<div class="pager"><p>上一篇：没有了</p><p>下一篇：没有了</p></div><div class="qrcode">扫一扫在手机打开当前页</div>'
    '<div class="tools"><a>打印本页</a> <a>关闭窗口</a></div><div class="related"><h4>相关解读</h4><ul><li><a href="/1">一图读懂：办理流程</a></li>'
    '<li><a href="/2">问答12则</a></li></ul></div><div class="footer"><p>网站标识码：9900000001 电话：0000-1234567</p>'
    "<p>建议使用1024*768分辨率浏览</p></div>"
)


def with_chrome(data: bytes) -> bytes | None:
    """What sites put around an article: navigation, counters, sharing, neighbours, footers."""
    if data.startswith((b"PK", b"%PDF")):
        return None

    def page(source: str) -> str:
        if re.search(r"<body[^>]*>", source, re.I):
            source = re.sub(r"<body[^>]*>", lambda m: m[0] + _ABOVE, source, count=1, flags=re.I)
            return re.sub(r"</body>|$", lambda m: _BELOW + m[0], source, count=1, flags=re.I)
        return _ABOVE + source + _BELOW

    if is_markup(data):
        return _on_page(data, page)
    above = "无障碍浏览 | 长者模式\n分享到：微信 微博\n字体：大 中 小\n浏览次数：1203次\n"
    below = "\n上一篇：没有了\n下一篇：没有了\n打印本页\n关闭窗口\n扫一扫在手机打开当前页\n"
    return on_text(data, lambda text: above + text + below)


NOISE: dict[str, Callable[[bytes], bytes | None]] = {
    "traditional script with notes": in_traditional_script,
    "doubled commas": with_doubled_commas,
    "gb18030": in_gb18030,
    "radicals": with_radicals,
    "full width digits": in_full_width,
    "shuffled attributes": with_shuffled_attributes,
    "wrapper tags": with_wrapper_tags,
    "page marks": with_page_marks,
    "site chrome": with_chrome,
}
