"""What a GPU looks like to the dispatcher, and how the next chunk's GPU is chosen. Pure.

`select_best_gpu` (exported by `actors.dispatch`) is the place for another policy: `[GPU] GPU_POLICY = module:function`
names a function with its signature.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from actors.decisions import Pair

ASSUMED_CHARS_PER_SECOND = 1_000.0
"""Speed of a translator that has not been measured: low, so that its first chunk is small and measures it soon."""

TEXT_BYTES_PER_CHAR = 64 * 1024
FILE_BYTES_PER_CHAR = 4 * 1024
"""Rough device memory that a chunk needs per source character: a short text wants room for a wide beam at once, a
document chunk is cut into token batches that fit."""


@dataclass(frozen=True)
class GpuView:
    """One translator and the GPU under it. memory_free_mib: the monitor's last sample; utilization: per
    cent, of others (None: unknown); throttled: its clocks are cut deeply, by heat or the power supply."""

    translator: str
    gpu_id: str
    chars_per_second: float
    backlog_chars: int
    memory_free_mib: int | None = None
    utilization: float | None = None
    is_available: bool = True
    throttled: bool = False


@dataclass(frozen=True)
class GpuSample:
    """What the monitor says of a GPU. unfit: why it should get no work; None everywhere: unknown."""

    memory_free_mib: int | None = None
    utilization: float | None = None
    unfit: str | None = None
    throttled: bool = False


UNKNOWN = GpuSample()


@dataclass(frozen=True)
class JobView:
    """The work to be placed. kind: 'text' waits for an answer, 'file' does not."""

    kind: Literal["text", "file"]
    chars: int
    pair: Pair


GpuPolicy = Callable[[Sequence[GpuView], JobView], GpuView | None]


def select_best_gpu(gpus: Sequence[GpuView], job: JobView) -> GpuView | None:
    """-> the GPU where the job is expected to finish first; None when none may take it.

    Expected finish is (backlog + job) / measured speed. A GPU with too little free memory, one with somebody else's load
    on it, or a throttled one counts as slower: others' work does not go away because ours comes, and the measured speed
    follows a falling clock only after some chunks. For short texts, for which somebody waits, all of it weighs more; of
    a document the chunk is cut to a second's work of that GPU, which is the memory that it needs.
    """
    chosen: GpuView | None = None
    least = 0.0
    chars, is_text = job.chars, job.kind == "text"
    for gpu in gpus:
        if not gpu.is_available:
            continue
        speed, backlog = gpu.chars_per_second, gpu.backlog_chars
        if speed < 1.0:
            speed = 1.0
        if gpu.utilization is not None:
            speed *= max(0.1, 1.0 - gpu.utilization / 100.0)
        seconds = (backlog + chars) / speed
        if gpu.throttled:
            seconds *= 2.0 if is_text else 1.25
        if gpu.memory_free_mib is not None:
            needed = chars * TEXT_BYTES_PER_CHAR if is_text else max(chars, speed) * FILE_BYTES_PER_CHAR
            if gpu.memory_free_mib * 2**20 < needed:
                seconds *= 4.0 if is_text else 1.5
        if chosen is None or seconds < least or (seconds == least and gpu.translator < chosen.translator):
            least, chosen = seconds, gpu
    return chosen
