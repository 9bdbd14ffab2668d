"""Do GPUs of unequal speed finish a file together? `python -m benchmarks.tail`

On virtual time, with the real decision core: one large file, and how much of the GPUs' time is lost in its last ten
seconds because one of them has nothing to do. Speeds are unknown at the start, as after a fresh start of the server.
"""

from __future__ import annotations

import random
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from actors.decisions import Lease
from actors.dispatch import Limits
from benchmarks.simulation.machines import Gpu
from benchmarks.simulation.scenario import PAIRS, Chaos, SimGpu
from benchmarks.simulation.storage import SimFile, SimTask
from benchmarks.simulation.world import World

TAIL_SECONDS = 10.0
RUNS = 12

FLEETS: dict[str, tuple[float, ...]] = {
    "1:8": (1_000.0, 8_000.0),
    "1:2:8": (1_000.0, 2_000.0, 8_000.0),
    "1:1:8:8": (1_000.0, 1_000.0, 8_000.0, 8_000.0),
    "four times 1:2:8": (400.0, 800.0, 3_200.0) * 4,
    "four equal ones": (1_000.0,) * 4,
}


@dataclass(frozen=True)
class Tail:
    """idle: share of the GPUs' time in the last TAIL_SECONDS in which one had nothing to do; lost: the same, each GPU
    weighed by its speed; stretch: the whole run's time over that of GPUs that never wait."""

    idle: float
    lost: float
    stretch: float


class _Watched(World):
    """Remembers when which GPU worked."""

    def __init__(self, gpus: Sequence[SimGpu], seed: int) -> None:
        self.worked: list[tuple[str, float, float, int]] = []
        super().__init__(gpus, Limits(), Chaos(death_every_seconds=0.0), seed)

    def _answer(self, gpu: Gpu, boot: int, lease: Lease, seconds: float, *, error: bool) -> None:
        self.worked.append((gpu.facts.name, self.now - seconds, self.now, lease.chars))
        super()._answer(gpu, boot, lease, seconds, error=error)


def tail(speeds: Sequence[float], sentences: int, seed: int) -> Tail:
    """One file of `sentences` sentences, about 110 characters each, on GPUs of these characters per second."""
    rng = random.Random(seed)
    file = SimFile(1, bytes(rng.choices(range(20, 200), k=sentences)))
    task = SimTask("t", "anna", 5, 0.0, PAIRS[0], {1: file})
    world = _Watched([SimGpu(str(number), speed) for number, speed in enumerate(speeds)], seed)
    world.at(0.0, lambda: world.submit(task))
    while not world.is_over(1):
        world.step()
    began = min(start for _gpu, start, _end, _chars in world.worked)
    ended = max(end for _gpu, _start, end, _chars in world.worked)
    since = max(began, ended - TAIL_SECONDS)
    busy = {str(number): 0.0 for number in range(len(speeds))}
    for gpu, start, end, _chars in world.worked:
        busy[gpu] += max(0.0, end - max(start, since))
    idle = [1 - seconds / (ended - since) for seconds in busy.values()]
    chars = sum(chars for _gpu, _start, _end, chars in world.worked)
    lost = sum(share * speed for share, speed in zip(idle, speeds, strict=True)) / sum(speeds)
    return Tail(sum(idle) / len(idle), lost, (ended - began) * sum(speeds) / chars)


def mean(speeds: Sequence[float], sentences: int) -> Tail:
    """Over RUNS seeds."""
    runs = [tail(speeds, sentences, seed) for seed in range(RUNS)]
    return Tail(
        *(sum(values) / RUNS for values in zip(*((one.idle, one.lost, one.stretch) for one in runs), strict=True))
    )


def main() -> int:
    print(f"{'speeds':18} {'sentences':>9} {'idle':>7} {'lost':>7} {'stretch':>8}")
    for name, speeds in FLEETS.items():
        for sentences in (500, 3_000, 20_000):
            one = mean(speeds, sentences)
            print(f"{name:18} {sentences:9} {100 * one.idle:6.2f}% {100 * one.lost:6.2f}% {one.stretch:8.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
