"""Random workloads and fleets: the same seed gives the same scenario."""

from __future__ import annotations

import random
from dataclasses import dataclass

from actors.decisions import Pair
from benchmarks.simulation.storage import SimFile, SimTask

PAIRS: tuple[Pair, ...] = (
    ("mon_Cyrl", "cmn_Hans", False),
    ("cmn_Hans", "mon_Cyrl", False),
    ("eng_Latn", "mon_Cyrl", False),
)

TWINS = ("twin-a", "twin-b")
"""Two clients of one priority that always have work: their shares are compared."""

SPEEDS = (800.0, 1_500.0, 2_500.0, 4_000.0)
"""Characters per second of the GPUs' kinds."""


@dataclass(frozen=True)
class Chaos:
    """Rates per GPU (a share of the fleet, or seconds between deaths) and per task (a share of the tasks)."""

    death_every_seconds: float = 3_000.0
    restart_seconds: float = 30.0
    slow: float = 0.03
    flaky: float = 0.02
    broken: float = 0.005
    hanging: float = 0.003
    poison: float = 0.0005
    cancelled: float = 0.01
    scheduler_deaths: int = 1


@dataclass(frozen=True)
class SimGpu:
    """One GPU as it really is. error_share: of its chunks that fail; hangs_at: when it stops to answer, once."""

    name: str
    chars_per_second: float
    throttled_at: float = float("inf")
    error_share: float = 0.0
    hangs_at: float = float("inf")
    model: str = ""


def fleet(count: int, chaos: Chaos, horizon: float, rng: random.Random) -> list[SimGpu]:
    gpus = []
    for number in range(count):
        luck = rng.random()
        throttled = rng.uniform(0, horizon) if luck < chaos.slow else float("inf")
        hangs = rng.uniform(0, horizon / 2) if rng.random() < chaos.hanging else float("inf")
        fault = rng.random()
        errors = 1.0 if fault < chaos.broken else 0.1 if fault < chaos.broken + chaos.flaky else 0.0
        gpus.append(SimGpu(f"gpu-{number}", rng.choice(SPEEDS), throttled, errors, hangs))
    return gpus


def workload(count: int, chaos: Chaos, rng: random.Random) -> list[SimTask]:
    """Tasks without their times: a few very busy clients, the twins, and many with a handful."""
    tasks = []
    for number in range(count):
        kind = rng.random()
        priority = 5
        if kind < 0.16:
            client = TWINS[number % 2]
        elif kind < 0.40:
            client = "archive"
        else:
            client = f"client-{rng.randrange(max(3, count // 50))}"
            priority = rng.choices((5, 8, 2, 9, 0), (80, 8, 8, 2, 2))[0]
        size = rng.random()
        sentences = (
            rng.randint(3_000, 20_000) if size < 0.001 else rng.randint(1, 30) if size < 0.4 else rng.randint(30, 200)
        )
        if client in TWINS:
            sentences = rng.randint(30, 200)
        files = {}
        for part in range(1 if rng.random() < 0.8 else rng.randint(2, 5)):
            length = max(1, sentences // (part + 1))
            lengths = bytes(rng.choices(range(20, 200), k=length))
            poison = rng.randrange(length) if rng.random() < chaos.poison else -1
            file_id = number * 8 + part + 1
            files[file_id] = SimFile(file_id, lengths, poison)
        pair = rng.choices(PAIRS, (6, 3, 1))[0]
        tasks.append(SimTask(f"t{number}", client, priority, 0.0, pair, files))
    return tasks
