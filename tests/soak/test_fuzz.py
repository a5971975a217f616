"""20,000 damaged files (make soak), a few hundred of them in make test: set aside or read, never a crash, never slow, never large.

FUZZ_SEED chooses other files; the seed of a run is printed.
"""

from __future__ import annotations

import os
import time

import pytest

from tests.soak.fuzz import FORMATS, MEGABYTES, SECONDS, mutant, originals, run

SEED = int(os.environ.get("FUZZ_SEED", "20260101"))
ALL = dict.fromkeys(FORMATS, 2400) | {"pdf": 1200}
FEW = dict.fromkeys(FORMATS, 40) | {"pdf": 12}


def told(faults: list[str]) -> str:
    return f"seed {SEED}: {len(faults)} files raised, took over {SECONDS:g} s or over {MEGABYTES} MB\n" + "\n".join(
        faults[:30]
    )


def test_a_few_hundred_damaged_files():
    faults = run(SEED, FEW)
    assert not faults, told(faults)


def test_the_same_seed_gives_the_same_files(monkeypatch):
    before = {kind: mutant(kind, SEED, 3) for kind in ("html", "docx", "zip")}
    originals.cache_clear()
    then = time.localtime(time.time() + 90_000)
    monkeypatch.setattr(time, "localtime", lambda *given: then)
    assert before == {kind: mutant(kind, SEED, 3) for kind in before}
    assert before["html"] != mutant("html", SEED + 1, 3)


@pytest.mark.soak
def test_twenty_thousand_damaged_files(capsys):
    assert sum(ALL.values()) >= 20_000 and min(ALL.values()) >= 1000
    with capsys.disabled():
        print(f"\nseed {SEED}: {sum(ALL.values())} damaged files")
    faults = run(SEED, ALL, workers=os.cpu_count() or 2)
    assert not faults, told(faults)
