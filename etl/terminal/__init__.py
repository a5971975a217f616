"""What the command line says: results on stdout, messages for the person on stderr (CONTRACT 1)."""

from __future__ import annotations

import sys
from typing import Any


def say(*lines: str) -> None:
    """Messages for the person, on stderr."""
    for line in lines:
        print(line, file=sys.stderr, flush=True)


def out(text: str = "") -> None:
    print(text, flush=False)


def list_set_aside(items: list[Any]) -> None:
    for item in items:
        path, reason, advice = (
            (item["path"], item["reason"], item["advice"])
            if isinstance(item, dict)
            else (item.path, item.reason, item.advice)
        )
        say(f"搁置 {path}：{reason}。{(advice or '').rstrip('。')}。")
