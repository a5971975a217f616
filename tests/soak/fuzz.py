"""Damaged files, by seed and number: what no mutation may do is raise anything but SourceError, take over 2 s or over 512 MB.

    python -m tests.soak.fuzz --seed 1 --format pdf --start 0 --stop 100     one batch, in a process with limited memory
    python -m tests.soak.fuzz --seed 1 --format pdf --write 42 DIR           the 42nd file itself, to look at it

`run` drives such processes for the tests.
"""

from __future__ import annotations

import argparse
import faulthandler
import functools
import io
import json
import random
import re
import resource
import subprocess
import sys
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ("html", "text", "markdown", "pdf", "docx", "xlsx", "xls", "doc", "zip")
SECONDS = 2.0
MEGABYTES = 512
ADDRESS_SPACE = 2 << 30
"""Bytes that a batch may map. What it may hold is MEGABYTES: libraries map more than they use."""
BATCH = 250
"""Files that one process reads: starting it costs as much as some fifty of them."""
HANGS = 60.0
"""Seconds by the clock after which a file's process is ended: C code does not look at the time. A busy machine may stand still for some."""

_HAN = re.compile("[\u4e00-\u9fff]{2}")
_SUFFIX = {"text": "txt", "markdown": "md"}
_LAYOUTS = {"html": ("html", "word", "site", "gb18030"), "text": ("lines", "bars", "traditional"), "markdown": ("markdown",),
            "docx": ("docx",), "xlsx": ("xlsx",)}  # fmt: skip


# --- the files before damage --------------------------------------------------------------------------------------


@functools.cache
def originals(kind: str) -> tuple[bytes, ...]:
    """Whole files of one format: generated ones, the small old Office files of the unit tests, real ones where they are there."""
    from etl.demo import stream_reports
    from etl.read import read_bytes
    from tests.printed import print_pdf

    out: list[bytes] = []
    if kind in ("xls", "doc"):
        out += [f.read_bytes() for f in sorted((ROOT / "tests/unit/read/files").glob(f"*.{kind}"))]
    elif kind == "pdf":
        for name, data, _ in stream_reports(2, 9, "html", years=(2020, 2023)):
            document = read_bytes(name, data)[0]
            out += [print_pdf(document), print_pdf(document, compress=False)]
    elif kind == "zip":
        for layout in ("html", "docx"):
            stream = io.BytesIO()
            with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
                for name, data, _ in stream_reports(2, 9, layout, years=(2023,)):
                    archive.writestr(zipfile.ZipInfo(f"年报/{name}"), data, zipfile.ZIP_DEFLATED)
            out.append(stream.getvalue())
    else:
        for n, layout in enumerate(_LAYOUTS[kind]):
            out += [data for _, data, _ in stream_reports(2, 9 + n, layout, years=(2016, 2020, 2023))]
    corpus = ROOT.parent / "shared" / "corpus"
    if corpus.is_dir():
        out += [
            f.read_bytes() for f in sorted(corpus.glob(f"*/*.{_SUFFIX.get(kind, kind)}")) if f.stat().st_size < 400_000
        ]
    return tuple(out)


# --- damage -------------------------------------------------------------------------------------------------------

_WORDS = [s.encode() for s in ("第二十条", "本年新收政府信息公开申请数量", "总计", "结果维持", "|", "||||||||", "\t", "<td>", "</td>", "<tr>", "<table>",
          "</table>", '<td colspan="99999" rowspan="99999">', "<div>" * 40, "\n" * 50, "-", "/", "9" * 400, "1,878", "（" * 60, "。", "一、", "(fā)" * 20, ",," * 30,
          "&#x110000;", "&nbsp;" * 30, "<!--", "-->", "<![CDATA[", "2023年政府信息公开工作年度报告", "其中：", "亿" * 30, "零" * 50, "共收到申请" * 20)]  # fmt: skip
_NUMBERS = (b"0", b"-1", b"65536", b"99999999", b"4294967295", b"1e308", b"00000000000")


def _bytes_changed(data: bytearray, pick: random.Random) -> None:
    for _ in range(pick.choice((1, 2, 8, 64))):
        if data:
            data[pick.randrange(len(data))] = pick.randrange(256)


def _cut(data: bytearray, pick: random.Random) -> None:
    del data[pick.randrange(len(data) + 1) :]


def _piece_lost(data: bytearray, pick: random.Random) -> None:
    at = pick.randrange(len(data) + 1)
    del data[at : at + pick.choice((1, 3, 40, 700, 9000))]


def _piece_again(data: bytearray, pick: random.Random) -> None:
    at = pick.randrange(len(data) + 1)
    piece = bytes(data[at : at + pick.choice((4, 60, 800, 4000))])
    data[at:at] = piece * pick.choice((1, 2, 10, 60))


def _pieces_moved(data: bytearray, pick: random.Random) -> None:
    a, b = sorted((pick.randrange(len(data) + 1), pick.randrange(len(data) + 1)))
    data[:] = data[b:] + data[a:b] + data[:a]


def _words_put_in(data: bytearray, pick: random.Random) -> None:
    for _ in range(pick.choice((1, 3, 12))):
        at = pick.randrange(len(data) + 1)
        data[at:at] = pick.choice(_WORDS)


def _numbers_changed(data: bytearray, pick: random.Random) -> None:
    places = [m.span() for m in re.finditer(rb"\d+", bytes(data[:400_000]))]
    for first, last in sorted(pick.sample(places, min(len(places), pick.choice((1, 4, 30)))), reverse=True):
        data[first:last] = pick.choice(_NUMBERS)


def _tags_lost(data: bytearray, pick: random.Random) -> None:
    gone = pick.choice(
        (rb"</td>", rb"</tr>", rb"<tr>", rb"</table>", rb"</p>", rb"\n", rb"\|", rb"endobj", rb"</w:tc>", rb"<w:tr>")
    )
    share = pick.random()
    data[:] = re.sub(gone, lambda m: b"" if pick.random() < share else m[0], bytes(data))


def _zeros(data: bytearray, pick: random.Random) -> None:
    at = pick.randrange(len(data) + 1)
    size = pick.choice((2, 16, 512, 4096))
    data[at : at + size] = bytes([pick.choice((0, 255))]) * min(size, len(data) - at)


DAMAGE = (
    _bytes_changed,
    _cut,
    _piece_lost,
    _piece_again,
    _pieces_moved,
    _words_put_in,
    _numbers_changed,
    _tags_lost,
    _zeros,
)


def _damage(data: bytes, pick: random.Random) -> bytes:
    out = bytearray(data)
    for _ in range(pick.choice((1, 1, 2, 4))):
        pick.choice(DAMAGE)(out, pick)
        if len(out) > 3_000_000:
            del out[3_000_000:]
    return bytes(out)


def _damage_inside(data: bytes, pick: random.Random) -> bytes:
    """One member of a container damaged, the container whole, so that what reads the member sees the damage."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        members = old.infolist()
        hit = pick.choice([m for m in members if m.file_size] or members)
        for member in members:
            content = old.read(member)
            content = _damage(content, pick) if member is hit else content
            # A ZipInfo is of 1980, a bare name would be of now: the same seed gives the same bytes.
            new.writestr(zipfile.ZipInfo(member.filename), content, zipfile.ZIP_DEFLATED)
    return stream.getvalue()


def mutant(kind: str, seed: int, number: int) -> tuple[str, bytes]:
    """(file name, content) of damaged file `number` of a format; the same arguments give the same bytes."""
    pick = random.Random(f"{kind}|{seed}|{number}")
    whole = pick.choice(originals(kind))
    if kind in ("docx", "xlsx", "zip") and pick.random() < 0.75:
        data = _damage_inside(whole, pick)
    else:
        data = _damage(whole, pick)
    return f"{number}.{_SUFFIX.get(kind, kind)}", data


# --- one batch ----------------------------------------------------------------------------------------------------


def peak_memory() -> int:
    """Megabytes that this process took at most. Not ru_maxrss: that begins with what the process took that started this one."""
    kept = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    return int(kept[1]) >> 10 if kept else 0


def read_batch(kind: str, seed: int, start: int, stop: int) -> None:
    """Reads damaged files and prints a line of JSON before each and one for each fault."""
    from etl.extract import as_json, extract_bytes
    from etl.model import SourceError

    originals(kind)
    extract_bytes("warm.html", b"<html><p>" + "2023年政府信息公开工作年度报告".encode() + b"</p></html>")
    resource.setrlimit(resource.RLIMIT_AS, (ADDRESS_SPACE, ADDRESS_SPACE))
    for number in range(start, stop):
        name, data = mutant(kind, seed, number)
        print(json.dumps({"at": number}), flush=True)
        faulthandler.dump_traceback_later(HANGS, exit=True)
        begun = time.process_time()
        problem = None
        try:
            for report in extract_bytes(name, data):
                shown = as_json(report)
                json.dumps(shown, allow_nan=False)
                for o in shown["observations"]:
                    if (o["value"] is None) == (o["status"] in ("reported", "conflicting")):
                        problem = f"{o['status']} with value {o['value']}"
        except SourceError as fault:  # what a user is shown: which file, why, and what to do, in Chinese
            if not (fault.path.startswith(name) and _HAN.search(fault.reason) and _HAN.search(fault.advice)):
                problem = f"SourceError without file, reason or advice: {fault}"[:300]
        except BaseException as fault:  # noqa: BLE001 - any other error is what is looked for
            problem = f"{type(fault).__name__}: {fault}"[:300]
        seconds = time.process_time() - begun
        held = peak_memory()
        if seconds > SECONDS:
            problem = problem or f"{seconds:.1f} s"
        if held > MEGABYTES:
            problem = problem or f"{held} MB"
        if problem:
            print(json.dumps({"number": number, "problem": problem}, ensure_ascii=False), flush=True)
        if held > MEGABYTES:  # what one file took cannot be told from the next one's in this process
            break
    faulthandler.cancel_dump_traceback_later()


def _one_batch(kind: str, seed: int, start: int, stop: int) -> list[str]:
    """The faults of a batch; after a crash the rest of it goes on in a new process."""
    faults: list[str] = []
    while start < stop:
        command = [sys.executable, "-m", "tests.soak.fuzz", "--seed", str(seed), "--format", kind]
        done = subprocess.run(
            [*command, "--start", str(start), "--stop", str(stop)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        last = start - 1
        for line in done.stdout.splitlines():
            said = json.loads(line)
            if "at" in said:
                last = said["at"]
            else:
                faults.append(f"{kind} {said['number']}: {said['problem']}")
        if done.returncode:
            faults.append(f"{kind} {last}: process ended with {done.returncode}\n{done.stderr[-1500:]}")
        start = last + 1 if last >= start else stop
    return faults


def run(seed: int, counts: dict[str, int], workers: int = 2, skip: int = 0) -> list[str]:
    """Faults of `counts` damaged files per format; those numbered below `skip` are left out."""
    batches = [
        (kind, seed, at, min(at + BATCH, skip + count))
        for kind, count in counts.items()
        for at in range(skip, skip + count, BATCH)
    ]
    with ThreadPoolExecutor(workers) as pool:
        return [fault for faults in pool.map(lambda b: _one_batch(*b), batches) for fault in faults]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--format", choices=FORMATS, required=True)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--stop", type=int, default=BATCH)
    parser.add_argument("--write", nargs=2, metavar=("NUMBER", "DIR"))
    given = parser.parse_args()
    if given.write:
        name, data = mutant(given.format, given.seed, int(given.write[0]))
        (Path(given.write[1]) / name).write_bytes(data)
    else:
        read_batch(given.format, given.seed, given.start, given.stop)


if __name__ == "__main__":
    main()
