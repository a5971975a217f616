"""Files -> Documents. Knows file types and no metrics; nothing is interpreted.

`read_file`, `read_bytes` and `read_bundle` raise SourceError with a Chinese reason and next step; `discover` lists
what there is to read below some paths. A zip archive gives one Document per readable member; what in it cannot be
read is told in `findings` of the first one, or raised when nothing in it can be read.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from pathlib import Path

# A format's reader is imported by the first file that needs it: their libraries take longer to start than most loads have work.
from etl.model import Block, Document, Finding, SourceError, Table
from etl.read import archive, metadata
from etl.read.bundle import Bundle, discover, junk, refuse_own_export
from etl.read.encoding import decode
from etl.read.grid import limits

__all__ = ["Bundle", "discover", "read_bundle", "read_bytes", "read_file"]

_FOREIGN = (
    (b"MZ", "是程序文件"),
    (b"\x7fELF", "是程序文件"),
    (b"\x89PNG", "是图片"),
    (b"\xff\xd8\xff", "是图片"),
    (b"GIF8", "是图片"),
    (b"BM", "是图片"),
    (b"II*\x00", "是图片"),
    (b"MM\x00*", "是图片"),
    (b"RIFF", "是图片或音视频"),
    (b"\x00\x00\x00\x18ftyp", "是视频"),
    (b"\x00\x00\x00\x20ftyp", "是视频"),
    (b"ID3", "是音频"),
    (b"Rar!", "是 RAR 压缩包"),
    (b"7z\xbc\xaf\x27\x1c", "是 7z 压缩包"),
    (b"\x1f\x8b", "是 gz 压缩包"),
    (b"BZh", "是 bz2 压缩包"),
    (b"\xfd7zXZ", "是 xz 压缩包"),
    (b"{\\rtf", "是 RTF 文件"),
    (b"SQLite format 3", "是数据库文件"),
    (b"PAR1", "是 Parquet 数据文件"),
    (b"OFD", "是 OFD 文件"),
)
_ADVICE = {
    "是图片": "请先做文字识别（OCR），另存为文本或 Word 后再导入",
    "是图片或音视频": "请导入报告的网页、PDF、Word、Excel 或文本文件",
    "是 RAR 压缩包": "请解压，或改用 zip 压缩后再导入",
    "是 7z 压缩包": "请解压，或改用 zip 压缩后再导入",
    "是 gz 压缩包": "请解压，或改用 zip 压缩后再导入",
    "是 RTF 文件": "请用 Word 或 WPS 打开后另存为 .docx 再导入",
}
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]{0,200}>\s*)?(?:<!--.{0,2000}?-->\s*)*<(?:!doctype\s+html|html|head|body|meta|title|div|p|table|h[1-6]|span|article|section|center|link|style|script)\b",
    re.I | re.S,
)
_WEB = (".html", ".htm", ".shtml", ".xhtml", ".asp", ".aspx", ".jsp", ".php", ".mht")
_TAG = re.compile(r"<(?:td|p|div|span|tr|br|body|h[1-6]|li)\b", re.I)
_CONTROL = bytes(c for c in range(32) if c not in (9, 10, 11, 12, 13, 26, 27))
_DEPTH = 3
"""Archives inside archives."""


def read_file(path: str | Path, leave: frozenset[str] = frozenset()) -> list[Document]:
    """The documents of one file; an archive gives several, without the members in `leave`. Raises SourceError when nothing can be read."""
    path = Path(path)
    try:
        size = path.stat().st_size
        if size > limits().file_bytes:
            raise SourceError(str(path), f"文件超过{limits().file_bytes >> 20} MB", "请拆分后再导入")
        data = path.read_bytes()
    except OSError as fault:
        raise SourceError(
            str(path), f"文件无法打开（{fault.strerror or fault}）", "请检查文件是否存在、是否有读取权限"
        ) from fault
    return _read(str(path), data, 0, leave)


def read_bytes(name: str, data: bytes) -> list[Document]:
    """As `read_file` for bytes; `name` stands for the path and its ending helps where the content leaves a doubt."""
    return _read(name, data, 0)


def read_bundle(bundle: Bundle) -> list[Document]:
    """The documents of a main file with the blocks of its attachments put after its own.

    Each block of an attachment names its file in `source`; its places count in `Document.text`, to which the
    attachment's text is appended. An attachment that cannot be read becomes a finding: the report itself stays.
    """
    documents = read_file(bundle.path, bundle.leave)
    if not bundle.attachments or len(documents) != 1:
        return documents
    main = documents[0]
    for path in bundle.attachments:
        try:
            for document in read_file(path):
                _append(main, document)
        except SourceError as fault:
            message = f"附件“{Path(path).name}”未能读取：{fault.reason}。{fault.advice}。"
            main.findings.append(Finding("READ-ATTACHMENT", "warning", message))
    return documents


def _append(main: Document, attachment: Document) -> None:
    """Puts the blocks of `attachment` under those of `main`, with places moved to the end of the main text."""
    shift = len(main.text) + 1
    main.text += "\n" + attachment.text
    moved: set[int] = set()
    for block in attachment.blocks:
        block.source = attachment.path
        passages = [block.passage] if hasattr(block, "passage") else [c.passage for row in block.rows for c in row if c]
        for passage in passages:
            if id(passage) not in moved:
                moved.add(id(passage))
                passage.origins[:] = [o + shift if o >= 0 else -1 for o in passage.origins]
    main.blocks += attachment.blocks
    main.findings += attachment.findings
    main.sha256 = hashlib.sha256((main.sha256 + attachment.sha256).encode()).hexdigest()


def _read(name: str, data: bytes, depth: int, leave: frozenset[str] = frozenset()) -> list[Document]:
    if not data or not data.strip(b" \t\r\n\x00"):
        raise SourceError(name, "文件是空的", "请重新下载或导出后再导入")
    if len(data) > limits().file_bytes:
        raise SourceError(name, f"文件超过{limits().file_bytes >> 20} MB", "请拆分后再导入")
    try:
        if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
            return _read_zip(name, data, depth, leave)
        return [_read_one(name, data)]
    except SourceError as fault:
        if fault.path:
            raise
        raise SourceError(name, fault.reason, fault.advice) from fault
    except (MemoryError, RecursionError) as fault:
        raise SourceError(name, "文件结构过于复杂，无法读取", "请用原软件打开后另存再导入") from fault


def _read_one(name: str, data: bytes) -> Document:
    if b"%PDF-" in data[:1024]:
        from etl.read import pdf

        blocks, transcript, meta, findings = pdf.read(name, data)
        return _document(name, data, "pdf", transcript.text(), blocks, meta, None, findings)
    if data.startswith(_OLE):
        return _read_ole(name, data)
    for magic, what in _FOREIGN:
        if data.startswith(magic) and (len(magic) > 2 or _binary(data)):
            raise SourceError(
                name, f"文件{what}，不是报告", _ADVICE.get(what, "请导入报告的网页、PDF、Word、Excel 或文本文件")
            )
    decoded = decode(data)
    if decoded is None or (decoded[1] != "utf-16" and not decoded[1].startswith("utf-16") and _binary(data)):
        raise SourceError(name, "不是可识别的文件类型或文字编码", "请导入报告的网页、PDF、Word、Excel 或文本文件")
    source, encoding = decoded
    refuse_own_export(name, source)
    if len(source) > limits().text_characters * 2:
        raise SourceError(
            name, f"文字超过{limits().text_characters // 5000}万字", "请核对该文件是否为年度报告，或拆分后再导入"
        )
    from etl.read import html, text

    if _is_html(name, source):
        blocks, meta = html.read(source)
        blocks = text.from_paragraphs(blocks)
        kind = "html"
    else:
        blocks, meta, kind = text.read(source), {}, "text"
    return _document(name, data, kind, source, blocks, meta, encoding, [])


def _document(
    name: str,
    data: bytes,
    kind: str,
    source: str,
    blocks: list[Block],
    meta: dict[str, str],
    encoding: str | None,
    findings: list[Finding],
) -> Document:
    if not blocks:
        raise SourceError(name, "文件里没有文字", "请核对文件内容；图片须先做文字识别（OCR）")
    if kind == "xlsx" and isinstance(blocks[0], Table) and blocks[0].rows:
        refuse_own_export(name, ",".join(cell.text for cell in blocks[0].rows[0] if cell is not None))
    for key, value in metadata.of_blocks(blocks).items():
        meta.setdefault(key, value)
    return Document(name, hashlib.sha256(data).hexdigest(), kind, source, blocks, meta, encoding, findings)


def _binary(data: bytes) -> bool:
    """Control characters that no text holds, in the first 4,000 bytes."""
    head = data[:4000]
    return (len(head) - len(head.translate(None, _CONTROL))) * 50 > len(head)


def _is_html(name: str, source: str) -> bool:
    if _MARKUP.match(source[:6000]):
        return True
    return name.lower().endswith(_WEB) and bool(_TAG.search(source))


def _read_ole(name: str, data: bytes) -> Document:
    """Old Office containers: Word, WPS and Excel; an encrypted new one looks the same."""
    if len(data) < 1536:
        raise SourceError(name, "旧版 Office 文件已损坏", "请用 Word 或 WPS 打开后另存为新格式再导入")
    # The names of a container's streams stand in its directory as UTF-16.
    streams = {n for n in ("EncryptedPackage", "WordDocument", "Workbook", "Book") if n.encode("utf-16-le") in data}
    if "Workbook" in streams and name.lower().endswith((".xls", ".et")):
        streams.discard("WordDocument")  # a Word object inside a workbook
    if "EncryptedPackage" in streams:
        raise SourceError(name, "文件有密码", "请解除密码后再导入")
    if "WordDocument" in streams:
        from etl.read import doc

        blocks, transcript, meta = doc.read(name, data)
        return _document(name, data, "doc", transcript.text(), blocks, meta, None, [])
    if "Workbook" in streams or "Book" in streams:
        from etl.read import xlsx

        blocks, transcript, meta = xlsx.read_other(name, data)
        return _document(name, data, "xlsx", transcript.text(), blocks, meta, None, [])
    raise SourceError(name, "不是 Word、WPS 或 Excel 文件", "请用原软件打开后另存为 .docx 或 .xlsx 再导入")


def _read_zip(name: str, data: bytes, depth: int, leave: frozenset[str]) -> list[Document]:
    """A zip container: DOCX and XLSX by what is inside, else an archive of files."""
    from etl.read import docx, xlsx

    packed = archive.open_zip(name, data)
    with packed:
        inside = set(packed.namelist())
        if "word/document.xml" in inside:
            blocks, transcript, meta = docx.read(name, packed)
            return [_document(name, data, "docx", transcript.text(), blocks, meta, None, [])]
        if "xl/workbook.xml" in inside:
            blocks, transcript, meta = xlsx.read(name, packed)
            return [_document(name, data, "xlsx", transcript.text(), blocks, meta, None, [])]
        if "xl/workbook.bin" in inside or ("content.xml" in inside and "mimetype" in inside):
            blocks, transcript, meta = xlsx.read_other(name, data)
            return [_document(name, data, "xlsx", transcript.text(), blocks, meta, None, [])]
        if "OFD.xml" in inside:
            raise SourceError(name, "是 OFD 文件", "请用阅读器打开后另存为 PDF 或 Word 再导入")
        return _read_archive(name, packed, depth, leave)


def _read_archive(name: str, packed: zipfile.ZipFile, depth: int, leave: frozenset[str]) -> list[Document]:
    if depth >= _DEPTH:
        raise SourceError(name, "压缩包嵌套过深", "请解压后再导入")
    documents: list[Document] = []
    faults: list[SourceError] = []
    for member, path in archive.members(name, packed):
        if junk(path) or path in leave:
            continue
        try:
            documents += _read(path, archive.read_member(packed, member, path), depth + 1)
        except SourceError as fault:
            faults.append(fault)
    if not documents and not (leave and not faults):
        if len(faults) == 1:
            raise faults[0]
        reason = (
            f"压缩包内{len(faults)}个文件都不能读取，如{faults[0].path.rsplit('!/', 1)[-1]}：{faults[0].reason}"
            if faults
            else "压缩包是空的"
        )
        raise SourceError(name, reason, faults[0].advice if faults else "请核对压缩包的内容")
    for unread in faults:
        documents[0].findings.append(Finding("READ-MEMBER", "warning", str(unread)))
    return documents
