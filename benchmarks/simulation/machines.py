"""The GPUs of the simulated cluster: they work one chunk after the other, are slow, fail, hang, die and come back."""

from __future__ import annotations

import heapq
import random
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

from actors.decisions import Lease
from actors.dispatch import Dispatcher
from actors.failures import Failure
from actors.team import Translator
from benchmarks.simulation.scenario import Chaos, SimGpu
from benchmarks.simulation.storage import SimTask

ERROR_SECONDS = 0.05
"""A broken GPU answers fast, which is what makes it dangerous."""


class Broken(AssertionError):
    """A promise of the dispatcher does not hold."""


@dataclass
class Gpu:
    facts: SimGpu
    boot: int = 0
    is_up: bool = False
    queue: deque[Lease] = field(default_factory=deque)
    working: Lease | None = None
    hung: bool = False


class Machines(ABC):
    """Time and the GPUs; `World` adds the scheduler and storage."""

    dispatcher: Dispatcher
    tasks: dict[str, SimTask]

    def __init__(self, chaos: Chaos, seed: int) -> None:
        self.rng = random.Random(seed)
        self.chaos = chaos
        self.now = 0.0
        self.skew = 0.0
        self.gpus: dict[str, Gpu] = {}
        self.calm = False
        """No more bad luck: what is left must come to its end."""
        self.epoch = 1
        self.idle_gpus = 0
        self.up_gpus = 0
        self.counts: dict[str, int] = {}
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._sequence = 0
        self._out: dict[tuple[int, int], str] = {}
        """(file, position) -> the last lease with that sentence"""

    # ---- time

    @property
    def clock(self) -> float:
        """What the scheduler takes for the time."""
        return self.now + self.skew

    def at(self, time: float, event: Callable[[], None]) -> None:
        self._sequence += 1
        heapq.heappush(self._events, (time, self._sequence, event))

    def count(self, what: str) -> None:
        self.counts[what] = self.counts.get(what, 0) + 1

    # ---- GPUs

    def boot(self, gpu: Gpu) -> None:
        gpu.boot += 1
        gpu.is_up, gpu.hung = True, False
        self.up_gpus += 1
        self.idle_gpus += 1
        self.dispatcher.translator_up(self._translator(gpu))
        if self.chaos.death_every_seconds and not self.calm:
            boot = gpu.boot
            self.at(
                self.now + self.rng.expovariate(1 / self.chaos.death_every_seconds), lambda: self._die_if(gpu, boot)
            )

    def _die_if(self, gpu: Gpu, boot: int, *, poisoned: bool = False) -> None:
        if gpu.boot == boot and gpu.is_up and (poisoned or not self.calm):
            self.die(gpu, Failure.TRANSLATOR_DIED)

    def die(self, gpu: Gpu, failure: Failure) -> None:
        if not gpu.is_up:
            return
        self.count("gpu deaths")
        gpu.is_up = False
        self.up_gpus -= 1
        self.idle_gpus -= gpu.working is None
        gpu.working = None
        gpu.queue.clear()
        self._return_all(gpu.facts.name)
        self.dispatcher.translator_down(gpu.facts.name, failure, self.clock)
        self.at(self.now + self.chaos.restart_seconds, lambda: self.boot(gpu))

    def _return_all(self, name: str) -> None:
        for lease in self.dispatcher.leases.values():
            if lease.translator == name:
                self._returned(lease)

    def _translator(self, gpu: Gpu) -> Translator:
        return Translator(gpu.facts.name, gpu.facts.name, gpu.facts.model)

    def _work(self, gpu: Gpu) -> None:
        if gpu.working is not None or not gpu.queue or not gpu.is_up:
            return
        lease = gpu.working = gpu.queue.popleft()
        self.idle_gpus -= 1
        facts, boot = gpu.facts, gpu.boot
        if self.now >= facts.hangs_at and gpu.boot == 1:
            gpu.hung = True
            return
        if any(self._is_poison(item.file_id, item.task_id, item.position) for item in lease.items):
            self.at(self.now + ERROR_SECONDS, lambda: self._die_if(gpu, boot, poisoned=True))
            return
        if facts.error_share and not self.calm and self.rng.random() < facts.error_share:
            self.at(self.now + ERROR_SECONDS, lambda: self._answer(gpu, boot, lease, ERROR_SECONDS, error=True))
            return
        speed = facts.chars_per_second * (0.2 if self.now >= facts.throttled_at else 1.0)
        seconds = lease.chars / speed * self.rng.uniform(0.9, 1.1) + 0.01
        self.at(self.now + seconds, lambda: self._answer(gpu, boot, lease, seconds, error=False))

    def _is_poison(self, file_id: int, task_id: str, position: int) -> bool:
        file = self.tasks[task_id].files[file_id]
        return file.poison == position

    def _answer(self, gpu: Gpu, boot: int, lease: Lease, seconds: float, *, error: bool) -> None:
        if gpu.boot != boot or not gpu.is_up:
            # It was taken for dead: its answer comes late, and must count for nothing.
            if self.dispatcher.result(lease.lease_id, seconds, self.clock) is not None:
                raise Broken(f"a late answer to {lease.lease_id} counts")
            return
        gpu.working = None
        self.idle_gpus += 1
        if lease.lease_id in self.dispatcher.leases:
            self._returned(lease)
        elif lease.lease_id.startswith(f"{self.epoch}-"):
            raise Broken(f"{lease.lease_id} of a living translator is unknown")
        if error:
            self.dispatcher.failed(lease.lease_id, Failure.ENGINE_ERROR, "it does not work", self.clock)
        elif self.dispatcher.result(lease.lease_id, seconds, self.clock) is not None:
            self._store(lease)
        self._work(gpu)

    @abstractmethod
    def _store(self, lease: Lease) -> None:
        """Checkpoint the lease's sentences, as the scheduler does."""

    def _returned(self, lease: Lease) -> None:
        for item in lease.items:
            if self._out.get((item.file_id, item.position)) == lease.lease_id:
                del self._out[(item.file_id, item.position)]
