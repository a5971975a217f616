"""Zip archives: members as (name, bytes), within limits. Nothing is written to disk."""

from __future__ import annotations

import io
import stat
import zipfile
import zlib
from collections.abc import Iterator

from etl.model import SourceError
from etl.read.grid import limits


def open_zip(name: str, data: bytes) -> zipfile.ZipFile:
    """The archive, after a look at its directory: number, sizes and ratio of members. Raises SourceError."""
    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
        members = archive.infolist()
    except (zipfile.BadZipFile, OSError, ValueError, EOFError, NotImplementedError, RuntimeError, IndexError) as fault:
        raise SourceError(name, "压缩包已损坏，无法打开", "请重新下载或重新压缩后再导入") from fault
    limit = limits()
    if len(members) > limit.archive_members:
        raise SourceError(name, f"压缩包内文件超过{limit.archive_members}个", "请分批压缩后再导入")
    if sum(m.file_size for m in members) > limit.unpacked_bytes:
        raise SourceError(name, f"压缩包解开后超过{limit.unpacked_bytes >> 20} MB", "请拆分后再导入")
    for member in members:
        if member.file_size > 1 << 20 and member.file_size > limit.unpacked_ratio * max(member.compress_size, 1):
            raise SourceError(
                name,
                f"压缩包内“{member_name(member)}”的压缩比异常，可能是压缩炸弹",
                "请核对来源，解压后单独导入可信的文件",
            )
    return archive


def member_name(member: zipfile.ZipInfo) -> str:
    """A member's name. Without the UTF-8 flag zipfile decodes as cp437; Chinese Windows wrote UTF-8 or GBK."""
    if member.flag_bits & 0x800:
        return member.filename
    try:
        raw = member.filename.encode("cp437")
    except UnicodeEncodeError:
        return member.filename
    for encoding in ("utf-8", "gb18030"):
        try:
            return raw.decode(encoding)
        except UnicodeDecodeError:
            continue
    return member.filename


def read_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: str) -> bytes:
    """The bytes of a member, never more than its declared size. Raises SourceError: encrypted, damaged, over-large."""
    limit = limits()
    if member.flag_bits & 0x1:
        raise SourceError(path, "压缩包有密码", "请解密后重新压缩再导入")
    if member.file_size > limit.file_bytes:
        raise SourceError(path, f"文件超过{limit.file_bytes >> 20} MB", "请拆分后再导入")
    try:
        with archive.open(member) as file:
            data = file.read(member.file_size + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as fault:
        raise SourceError(path, "压缩包内的文件已损坏", "请重新下载或重新压缩后再导入") from fault
    if len(data) > member.file_size:
        raise SourceError(path, "压缩包内文件的大小与目录不符", "请重新压缩后再导入")
    return data


def members(name: str, archive: zipfile.ZipFile) -> Iterator[tuple[zipfile.ZipInfo, str]]:
    """The files of an archive with their readable names, sorted; folders, links and names that climb out left out."""
    found = []
    for member in archive.infolist():
        path = member_name(member).replace("\\", "/")
        if member.is_dir() or path.endswith("/") or stat.S_ISLNK(member.external_attr >> 16):
            continue
        parts = [p for p in path.split("/") if p not in ("", ".")]
        if not parts or ".." in parts or ":" in parts[0]:
            continue
        found.append(("/".join(parts), member))
    for path, member in sorted(found, key=lambda f: f[0]):
        yield member, f"{name}!/{path}"
