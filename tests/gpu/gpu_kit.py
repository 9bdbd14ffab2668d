"""What the tests on a GPU share: sentences, translating them, comparing."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence

from translation.engine import Decoding, Engine

Load = Callable[..., Engine]

VERBS = ("Save", "Open", "Close", "Delete", "Print", "Copy", "Rename", "Search in")
THINGS = ("file", "document", "selected images", "page", "message", "folder")
# What the starter model was made for: short strings of user interfaces.
SENTENCES = [f"{verb} the {thing}" for verb in VERBS for thing in THINGS]
# Rounding turns a few nearly equal hypotheses round: on a CPU, bfloat16 and float32 agreed on 92 % of them.
MOST = 0.8


def cuda_devices() -> int:
    """Asked of the driver and not of a library: a library that cannot see a device that is there fails its test."""
    try:
        driver = ctypes.CDLL("libcuda.so.1")
    except OSError:
        return 0
    count = ctypes.c_int()
    return count.value if driver.cuInit(0) == 0 and driver.cuDeviceGetCount(ctypes.byref(count)) == 0 else 0


def translated(engine: Engine, texts: Sequence[str] = SENTENCES, target: str = "mon_Cyrl", beam: int = 2) -> list[str]:
    outputs = engine.generate(engine.encode(texts, "eng_Latn", target), "eng_Latn", target, Decoding(beam_size=beam))
    return [output.text for output in outputs]


def alike(ours: Sequence[str | None], theirs: Sequence[str | None]) -> float:
    """The share of sentences that came out the same."""
    assert all(ours) and all(theirs)
    return sum(one == other for one, other in zip(ours, theirs, strict=True)) / len(ours)
