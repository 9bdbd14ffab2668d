"""Whether a GPU should be given work, and what its throttle bits mean in words. Pure.

docs/operations.md says what each reason means and what to do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

THROTTLE_WORDS = (
    (0x0004, "power limit"),
    (0x0008, "hardware slowdown"),
    (0x0010, "sync boost"),
    (0x0020, "heat"),
    (0x0040, "heat (hardware)"),
    (0x0080, "power brake"),
    (0x0200, "board limit"),
    (0x0400, "reliability voltage"),
)
"""NVML's nvmlClocksThrottleReason* bits (nvml.h). Idle and clocks that somebody set are no throttling."""

SLOWING = 0x0008 | 0x0020 | 0x0040 | 0x0080
"""Bits that cut the clocks deeply. At its power limit every busy GPU is now and then."""

HOT_CELSIUS = 90.0
"""Where the card does not tell at what temperature it slows down. Most data centre cards do so between 87 and 95."""

COOLED_BY_CELSIUS = 10.0
"""A GPU that was too hot works again when it is this much cooler, or it would go on and off."""

SCARCE_MIB = 512
"""Free memory with which a resident model can still decode its smallest batches."""

OTHERS_SHARE = 0.1
"""Others take a GPU's memory when they hold at least this part of it; less is a display or a monitoring tool."""

FATAL_XIDS = {
    48: "double-bit ECC error",
    63: "memory row to be replaced",
    64: "memory row could not be replaced",
    74: "NVLink error",
    79: "fell off the bus",
    94: "contained memory error",
    95: "uncontained memory error",
    119: "GPU firmware does not answer",
    120: "GPU firmware error",
}
"""Xid numbers after which a GPU is not to be trusted until it is reset (NVIDIA's Xid catalogue). Others are mostly an
application's fault and are shown only."""


@dataclass(frozen=True)
class Reading:
    """What NVML said of one device; None where it does not tell. Memory in MiB, temperatures in Celsius.

    others_mib: held by processes that are not translators of ours; slowdown_celsius: where the card throttles itself;
    exclusive: only one process may use it ('no process' when none may); xid: the last one since the monitor started.
    """

    memory_total: int
    memory_free: int
    temperature: float | None = None
    slowdown_celsius: float | None = None
    ecc_errors: int | None = None
    xid: int | None = None
    exclusive: bool = False
    prohibited: bool = False
    others_mib: int | None = None
    others: int = 0
    ours: int = 0


def throttle_words(bits: int) -> list[str]:
    """-> why the clocks are held down, in words; nothing for an idle GPU."""
    return [word for bit, word in THROTTLE_WORDS if bits & bit]


def problem(reading: Reading, *, was_hot: bool) -> tuple[str | None, bool]:
    """-> (why the GPU should get no work, None if it may; whether it counts as hot, for the next call)."""
    limit = reading.slowdown_celsius or HOT_CELSIUS
    resume = limit - COOLED_BY_CELSIUS
    hot = reading.temperature is not None and reading.temperature >= (resume if was_hot else limit)
    found: Sequence[str | None] = (
        _xid(reading.xid),
        f"{reading.ecc_errors} uncorrected ECC errors since the driver was loaded" if reading.ecc_errors else None,
        "compute mode is prohibited" if reading.prohibited else None,
        "another process has it in exclusive mode"
        if reading.exclusive and reading.others and not reading.ours
        else None,
        f"too hot: {reading.temperature:.0f} °C, works again below {resume:.0f} °C" if hot else None,
        _crowded(reading),
    )
    return next((one for one in found if one is not None), None), hot


def _xid(xid: int | None) -> str | None:
    return f"Xid {xid}: {FATAL_XIDS[xid]}" if xid in FATAL_XIDS else None


def _crowded(reading: Reading) -> str | None:
    others, total, free = reading.others_mib, reading.memory_total, reading.memory_free
    if others is None or free >= SCARCE_MIB or others < OTHERS_SHARE * total:
        return None
    return f"other processes hold {others} of {total} MiB, {free} MiB are free"
