"""One translator as the dispatcher sees it, and the translators of one model together. Pure."""

from __future__ import annotations

import bisect
from dataclasses import dataclass, field

from actors.decisions import Leg
from actors.gpu_policy import ASSUMED_CHARS_PER_SECOND, GpuView

CHUNK_SECONDS = 1.0
"""Work in one chunk of a GPU: small enough that progress is seen and little is lost with it, large enough to fill token
batches with sentences of one length. A CPU needs more (`Engine.chunk_seconds`)."""

CLEARLY_FASTER = 1.5
"""Two GPUs of one kind differ by less than this in measured speed: neither waits for the other at the end of a file."""


@dataclass(frozen=True)
class Patience:
    """Seconds without a token batch that no translator is given up for. first: before its first answer, which may compile
    kernels or wait for a swapped-out model; later: enough for a pause of the machine, since a token batch is a part of a
    chunk."""

    first_seconds: float = 300.0
    later_seconds: float = 45.0
    silent_seconds: float = 30.0
    """One that was lost though its model is loaded, and answers nothing for this long, is killed and started anew."""
    factor: float = 20.0
    """It may be without a token batch for this many times as long as all that it holds should take, if that is more."""


PATIENCE = Patience()

SPEED_MEMORY = 0.7
"""Weight of the past in the measured speed: follows a throttled GPU within a few chunks."""

MAX_SPEED_CHANGE = 8.0
"""One chunk changes the measured speed by no more than this factor: the first guess may be far off."""


@dataclass
class Translator:
    """One resident model. pairs None: every pair (an engine that does not care)."""

    name: str
    gpu_id: str
    model: str = ""
    pairs: frozenset[tuple[str, str]] | None = None
    chars_per_second: float = ASSUMED_CHARS_PER_SECOND
    measured: bool = False
    chunk_seconds: float = CHUNK_SECONDS
    """Work that it should get at once."""
    memory_free_mib: int | None = None
    utilization: float | None = None
    is_available: bool = True
    unfit: str | None = None
    """Why the monitor says that its GPU should get no work."""
    throttled: bool = False
    worked: bool = False
    """It had something to do since the last sample: the GPU's load in it may be our own."""
    chunks: int = 0
    texts: int = 0
    backlog_chars: int = 0
    suspects: int = 0
    """Leases that are out here whose sentences were in work when something failed."""
    tasks: dict[str, int] = field(default_factory=dict)
    """task -> sentences of it that are out here"""
    leases: dict[str, None] = field(default_factory=dict)
    """Leases that are out here, oldest first."""

    @property
    def takes_work(self) -> bool:
        return self.is_available and self.unfit is None

    def learn(self, speed: float) -> None:
        """speed: characters a second of the last chunk."""
        before = self.chars_per_second
        # One odd answer (sentences that needed no model, a hiccup) must not make the next chunk absurd.
        speed = min(before * MAX_SPEED_CHANGE, max(before / MAX_SPEED_CHANGE, speed))
        self.chars_per_second = SPEED_MEMORY * before + (1 - SPEED_MEMORY) * speed if self.measured else speed
        self.measured = True

    def can(self, leg: Leg) -> bool:
        source, target, via_eng, model = leg
        if model != self.model:
            return False
        if self.pairs is None:
            return True
        if via_eng:
            return (source, "eng_Latn") in self.pairs and ("eng_Latn", target) in self.pairs
        return (source, target) in self.pairs


@dataclass
class Team:
    """The translators of one model, as far as choosing among them needs it."""

    members: dict[str, Translator] = field(default_factory=dict)
    free: dict[str, Translator] = field(default_factory=dict)
    idle: list[tuple[float, str]] = field(default_factory=list)
    """(-speed, name) of those that have nothing to do, fastest first"""
    speed: float = 0.0
    top_speed: float = 0.0
    backlog_chars: int = 0
    """Characters that are out with all of them"""
    _idle_key: dict[str, tuple[float, str]] = field(default_factory=dict)

    def sum_up(self) -> None:
        """Summed anew, so that rounding errors of many small changes do not pile up."""
        self.speed = sum(one.chars_per_second for one in self.members.values())
        self.top_speed = max((one.chars_per_second for one in self.members.values()), default=0.0)

    def note_idle(self, name: str, key: tuple[float, str] | None) -> None:
        """key: where it stands in `idle`, None when it has something to do or takes nothing."""
        before = self._idle_key.pop(name, None)
        if before is not None:
            del self.idle[bisect.bisect_left(self.idle, before)]
        if key is not None:
            self._idle_key[name] = key
            bisect.insort(self.idle, key)

    def is_sooner(self, gpu: GpuView, chars: float, leg: Leg) -> bool:
        """See Fleet.sooner_elsewhere."""
        if self.top_speed <= CLEARLY_FASTER * gpu.chars_per_second:
            return False
        limit = (gpu.backlog_chars + chars) / max(gpu.chars_per_second, 1.0)
        if chars >= limit * max(self.top_speed, 1.0):
            return False  # not even the fastest, if it had nothing else to do
        # A plain loop over 1,000 translators at every answer: half the time of a generator.
        for one in self.members.values():
            if not one.chunks or not one.takes_work:
                continue
            speed = one.chars_per_second
            if (one.backlog_chars + chars) / (speed if speed > 1.0 else 1.0) < limit and one.can(leg):
                return True
        return False
