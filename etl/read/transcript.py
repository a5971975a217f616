"""The text taken out of a file that is no text itself (PDF, Word, Excel): what Document.text holds and places count in."""

from __future__ import annotations

from etl.model import Passage, SourceError
from etl.read.grid import limits, nowhere


class Transcript:
    """Collects pieces in reading order; each becomes a Passage that knows its place in the whole."""

    __slots__ = ("length", "name", "parts")

    def __init__(self, name: str) -> None:
        self.name = name
        self.parts: list[str] = []
        self.length = 0

    def add(self, text: str) -> Passage:
        """`text` as a passage of the transcript. Raises SourceError above the limit of characters."""
        if not text:
            return nowhere()
        passage = Passage(text, [0], [self.length])
        self.parts.append(text)
        self.length += len(text) + 1
        if self.length > limits().text_characters:
            raise SourceError(
                self.name,
                f"文字超过{limits().text_characters // 10000}万字",
                "请核对该文件是否为年度报告，或拆分后再导入",
            )
        return passage

    def text(self) -> str:
        return "\n".join([*self.parts, ""])
