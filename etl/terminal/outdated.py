"""Files that an older version of the reading code read, and the command that reads them again."""

from __future__ import annotations

import os
from pathlib import Path

MOST_FOLDERS = 4
"""Named in the command; of more, the folders above them are named."""


def outdated_line(locations: list[str]) -> str:
    """One line about the files at these absolute paths."""
    here = [location for location in locations if os.path.exists(location)]
    line = f"{len(locations)} 个文件是旧版程序或旧登记表读的，之后没有重读，数值可能与现在的读法不同。"
    if here:
        folders = _folders(here)
        named = " ".join(f'"{folder}"' if " " in folder else folder for folder in folders[:MOST_FOLDERS])
        more = f"（共 {len(folders)} 个文件夹，其余同样载入）" if len(folders) > MOST_FOLDERS else ""
        line += f"重读请运行 python -m etl load {named}{more}。"
    if away := len(locations) - len(here):
        line += f"{'其中 ' if here else ''}{away} 个已不在原处，请找回原文件后再载入。"
    return line


def _folders(locations: list[str]) -> list[str]:
    """Few folders that hold these files, none above the user's own: to load that would read what nobody meant."""
    home = Path(os.path.expanduser("~"))
    own = {str(home), *map(str, home.parents)}
    folders = _outermost({os.path.dirname(location) for location in locations})
    while len(folders) > MOST_FOLDERS:
        deepest = max(len(Path(folder).parts) for folder in folders)
        above = _outermost({str(p.parent) if len((p := Path(f)).parts) == deepest else f for f in folders})
        if above == folders or own & set(above):
            break
        folders = above
    return folders


def _outermost(folders: set[str]) -> list[str]:
    """Without the folders that lie in another one."""
    kept: list[str] = []
    for folder in sorted(folders, key=lambda f: Path(f).parts):
        if not kept or not folder.startswith(os.path.join(kept[-1], "")):
            kept.append(folder)
    return kept
