"""Legacy .doc and .wps -> blocks, by wps2md. Its cells are paragraphs, so tables are not exact: spans are lost."""

from __future__ import annotations

import struct

import wps2md

from etl.model import Block, Paragraph, SourceError
from etl.read.grid import RawCell, blocks_of
from etl.read.transcript import Transcript


def read(name: str, data: bytes) -> tuple[list[Block], Transcript, dict[str, str]]:
    """Blocks and transcript of a Word 97-2003 or WPS file. Raises SourceError: encrypted, damaged."""
    advice = "请用 Word 或 WPS 打开后另存为 .docx 再导入"
    try:
        paragraphs = wps2md.parse(data).paragraphs
    except wps2md.WpsParseError as fault:
        if "ncrypt" in str(fault):
            raise SourceError(name, "文件有密码", "请解除密码后再导入") from fault
        raise SourceError(name, "旧版 Word 文件无法读取", advice) from fault
    except (OSError, ValueError, IndexError, KeyError, struct.error, OverflowError, AttributeError, TypeError) as fault:
        raise SourceError(name, "旧版 Word 文件已损坏", advice) from fault
    transcript = Transcript(name)
    blocks: list[Block] = []
    rows: list[list[RawCell]] = []
    row: list[RawCell] = []

    def close() -> None:
        nonlocal row
        if row:
            rows.append(row)
            row = []
        if rows:
            blocks.extend(blocks_of(rows, exact=False))
            rows.clear()

    for paragraph in paragraphs:
        text = paragraph.text.strip()
        if paragraph.in_table:
            if not paragraph.is_row_end:
                row.append(RawCell([Paragraph(transcript.add(text))] if text else []))
            elif row:
                rows.append(row)
                row = []
            continue
        close()
        for line in text.split("\n"):
            if line.strip():
                level = paragraph.heading_level
                blocks.append(Paragraph(transcript.add(line.strip()), level if 1 <= level <= 6 else 0))
    close()
    return blocks, transcript, {}
