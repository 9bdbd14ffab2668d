"""The translators as the dispatcher sees them: who has room, how fast each is, how much it has to do. Pure."""

from __future__ import annotations

import bisect
from collections import Counter
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from actors.alarms import Alarms
from actors.decisions import Lease, Pair
from actors.gpu_policy import ASSUMED_CHARS_PER_SECOND, UNKNOWN, GpuSample, GpuView

IN_FLIGHT = 2
"""Chunks a translator holds: one it works on and one that is ready when that is done, so that the GPU never waits."""

TEXTS_IN_FLIGHT = 4
"""Short texts a translator holds beside its chunks; they are taken in between token batches."""

CHUNK_SECONDS = 1.0
"""Work in one chunk: small enough that cancelling and short texts need not wait, large enough to fill token batches."""

MIN_CHUNK_CHARS = 200
MAX_CHUNK_ITEMS = 2_000

SPEED_MEMORY = 0.7
"""Weight of the past in the measured speed: follows a throttled GPU within a few chunks."""

MAX_SPEED_CHANGE = 8.0
"""One chunk changes the measured speed by no more than this factor: the first guess may be far off."""

CLEARLY_FASTER = 1.5
"""Two GPUs of one kind differ by less than this in measured speed: neither waits for the other at the end of a file."""

REST_MAX_SECONDS = 60.0

MAX_CANDIDATES = 32
"""A policy is shown no more GPUs than this when more do nothing: choosing must not cost more than translating."""

SAMPLE_AGE_SECONDS = 60.0
"""An older sample counts as unknown: what was hot then need not be hot now, and what was free may be full. Longer than
GPU_MONITOR_INTERVAL is by default, so that a sample may be missed."""

PATIENCE_FACTOR = 20.0
"""A translator is given up when it does no token batch for this many times as long as all that it holds should take."""


@dataclass(frozen=True)
class Patience:
    """Seconds without a token batch that no translator is given up for. first: before its first answer, which may compile
    kernels or wait for a swapped-out model; later: enough for a pause of the machine, since a token batch is a part of
    CHUNK_SECONDS of work."""

    first_seconds: float = 300.0
    later_seconds: float = 45.0
    silent_seconds: float = 30.0
    """One that was lost though its model is loaded, and answers nothing for this long, is killed and started anew."""


PATIENCE = Patience()


@dataclass
class Translator:
    """One resident model. pairs None: every pair (an engine that does not care)."""

    name: str
    gpu_id: str
    pairs: frozenset[tuple[str, str]] | None = None
    chars_per_second: float = ASSUMED_CHARS_PER_SECOND
    measured: bool = False
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

    def can(self, pair: Pair) -> bool:
        if self.pairs is None:
            return True
        source, target, via_eng = pair
        if via_eng:
            return (source, "eng_Latn") in self.pairs and ("eng_Latn", target) in self.pairs
        return (source, target) in self.pairs


class Fleet:
    """Sums and the lists of who has room are kept in step, so that one chunk costs the same at 1,000 translators."""

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self.translators: dict[str, Translator] = {}
        self._patience = patience
        self._free: dict[str, Translator] = {}
        self._idle: list[tuple[float, str]] = []
        """(-speed, name) of those that have nothing to do, fastest first"""
        self._idle_key: dict[str, tuple[float, str]] = {}
        self._top_speed = 0.0
        self._views: dict[str, GpuView] = {}
        self._holders: dict[str, dict[str, int]] = {}
        self._troubles: dict[str, int] = {}
        """translator -> failures in a row; remembered when it is restarted under the same name."""
        self._resting = Alarms()
        self._samples = Alarms()
        """GPU -> when its last sample is too old"""
        self._speed = 0.0
        self.backlog_chars = 0
        """Characters that are out with all of them."""

    def add(self, translator: Translator, now: float) -> None:
        self.translators[translator.name] = translator
        self._speed += translator.chars_per_second
        self._top_speed = max(self._top_speed, translator.chars_per_second)
        self._rest(translator, now)

    def remove(self, name: str, now: float, *, died: bool) -> None:
        """died: its process ended while it worked; a translator that keeps dying rests when it is back."""
        gone = self.translators.pop(name, None)
        if gone is None:
            return
        self.backlog_chars -= gone.backlog_chars
        self._free.pop(name, None)
        self._note_idle(name, None)
        self._views.pop(name, None)
        self._resting.cancel(name)
        if died:
            self._troubles[name] = self._troubles.get(name, 0) + 1
        # Summed anew, so that rounding errors of many small changes do not pile up.
        self._speed = sum(one.chars_per_second for one in self.translators.values())
        self._top_speed = max((one.chars_per_second for one in self.translators.values()), default=0.0)

    def has_free(self) -> bool:
        return bool(self._free)

    def has_idle(self) -> bool:
        """Is there one that has room and no chunk at all?"""
        return bool(self._idle)

    def free(self) -> Iterable[Translator]:
        """Translators with room for a chunk."""
        return self._free.values()

    def candidates(self, pair: Pair) -> list[GpuView]:
        """Those of the free ones that a policy should look at: all, or of very many the fastest that do nothing."""
        if len(self._idle) > MAX_CANDIDATES:
            views = self.views((self.translators[name] for _speed, name in self._idle[:MAX_CANDIDATES]), pair)
            if views:
                return views
        return self.views(self._free.values(), pair)

    def open_to_texts(self) -> list[Translator]:
        return [
            one
            for one in self.translators.values()
            if one.texts < TEXTS_IN_FLIGHT and one.takes_work and one.name not in self._resting
        ]

    def views(self, translators: Iterable[Translator], pair: Pair) -> list[GpuView]:
        known = self._views
        return [known.get(one.name) or self._view(one) for one in translators if one.pairs is None or one.can(pair)]

    def total_speed(self) -> float:
        return max(0.0, self._speed)

    @property
    def resting(self) -> int:
        """Translators that get nothing for a while because they failed several times in a row."""
        return len(self._resting)

    def holders(self, task_id: str) -> set[str]:
        """-> translators that have sentences of the task."""
        return set(self._holders.get(task_id, ()))

    def sooner_elsewhere(self, gpu: GpuView, chars: float, pair: Pair) -> bool:
        """Would a translator that is busy now, and clearly faster, still be done with `chars` before `gpu`?"""
        if self._top_speed <= CLEARLY_FASTER * gpu.chars_per_second:
            return False
        limit = (gpu.backlog_chars + chars) / max(gpu.chars_per_second, 1.0)
        if chars >= limit * max(self._top_speed, 1.0):
            return False  # not even the fastest, if it had nothing else to do
        # A plain loop over 1,000 translators at every answer: half the time of a generator.
        for one in self.translators.values():
            if not one.chunks or not one.takes_work:
                continue
            speed = one.chars_per_second
            if (one.backlog_chars + chars) / (speed if speed > 1.0 else 1.0) < limit and one.can(pair):
                return True
        return False

    def others(self, names: Collection[str], pair: Pair) -> bool:
        """Is there a translator for the pair that is not one of these and is not resting?"""
        return any(
            one.name not in names and one.takes_work and one.name not in self._resting and one.can(pair)
            for one in self.translators.values()
        )

    # ---- events

    def sent(self, name: str, lease: Lease) -> None:
        one = self.translators[name]
        if lease.urgent:
            one.texts += 1
        else:
            one.chunks += 1
        one.worked = True
        one.suspects += lease.crashes > 0
        one.backlog_chars += lease.chars
        self.backlog_chars += lease.chars
        one.leases[lease.lease_id] = None
        for task_id, count in Counter(item.task_id for item in lease.items).items():
            one.tasks[task_id] = one.tasks.get(task_id, 0) + count
            holders = self._holders.setdefault(task_id, {})
            holders[name] = holders.get(name, 0) + 1
        self._update(one)

    def returned(self, name: str, lease: Lease) -> None:
        one = self.translators.get(name)
        for task_id, count in Counter(item.task_id for item in lease.items).items():
            holders = self._holders[task_id]
            holders[name] -= 1
            if not holders[name]:
                del holders[name]
                if not holders:
                    del self._holders[task_id]
            if one is not None:
                one.tasks[task_id] -= count
                if not one.tasks[task_id]:
                    del one.tasks[task_id]
        if one is None:
            return
        if lease.urgent:
            one.texts -= 1
        else:
            one.chunks -= 1
        one.suspects -= lease.crashes > 0
        one.backlog_chars -= lease.chars
        self.backlog_chars -= lease.chars
        one.leases.pop(lease.lease_id, None)
        self._update(one)

    def measured(self, name: str, chars: int, seconds: float) -> None:
        """A chunk of `chars` source characters took `seconds` of the translator's own time."""
        one = self.translators.get(name)
        if one is None:
            return
        if self._troubles.pop(name, 0):
            self._resting.cancel(name)
        if seconds > 0 and chars > 0:
            # One odd answer (sentences that needed no model, a hiccup) must not make the next chunk absurd.
            before, speed = one.chars_per_second, chars / seconds
            speed = min(before * MAX_SPEED_CHANGE, max(before / MAX_SPEED_CHANGE, speed))
            one.chars_per_second = SPEED_MEMORY * before + (1 - SPEED_MEMORY) * speed if one.measured else speed
            one.measured = True
            self._speed += one.chars_per_second - before
            self._top_speed = max(self._top_speed, one.chars_per_second)
        self._update(one)

    def trouble(self, name: str, now: float) -> None:
        """A lease came back without a result."""
        one = self.translators.get(name)
        if one is not None:
            self._troubles[name] = self._troubles.get(name, 0) + 1
            self._rest(one, now)

    def sampled(self, gpu_id: str, sample: GpuSample, now: float) -> None:
        """The monitor's figures of one GPU; they count until SAMPLE_AGE_SECONDS later."""
        self._samples.set(gpu_id, now + SAMPLE_AGE_SECONDS)
        mine = [one for one in self.translators.values() if one.gpu_id == gpu_id]
        # The load of a GPU that works for us is no sign of others; ours is in the measured speed.
        load = None if any(one.worked or one.backlog_chars for one in mine) else sample.utilization
        for one in mine:
            one.memory_free_mib, one.utilization = sample.memory_free_mib, load
            one.unfit, one.throttled = sample.unfit, sample.throttled
            one.worked = False
            self._update(one)

    def unfit(self) -> list[str]:
        """-> the reasons, if no GPU may be given work."""
        if any(one.takes_work for one in self.translators.values()):
            return []
        return sorted({f"{one.gpu_id}: {one.unfit}" for one in self.translators.values() if one.unfit})

    def shut(self, name: str) -> None:
        """Nothing more goes to this translator: it will be replaced."""
        self.translators[name].is_available = False
        self._update(self.translators[name])

    def wake(self, now: float) -> None:
        """Translators that have rested get a chunk again."""
        for name in self._resting.due(now):
            self._update(self.translators[name])
        for gpu_id in self._samples.due(now):
            self.sampled(gpu_id, UNKNOWN, now)
            self._samples.cancel(gpu_id)

    def next_time(self) -> float | None:
        times = [self._resting.next_time(), self._samples.next_time()]
        return min((time for time in times if time is not None), default=None)

    def patience_seconds(self, name: str, chars: int = 0) -> float:
        """How long the translator, with `chars` more than it has, may be without a token batch."""
        one = self.translators[name]
        least = self._patience.later_seconds if one.measured else self._patience.first_seconds
        return max(least, PATIENCE_FACTOR * (one.backlog_chars + chars) / max(one.chars_per_second, 1.0))

    def _rest(self, one: Translator, now: float) -> None:
        """The first failure may be the work's fault. After more in a row the translator is tried ever more seldom: a
        GPU that fails at once would otherwise draw all work to itself."""
        troubles = self._troubles.get(one.name, 0)
        if troubles > 1:
            self._resting.set(one.name, now + min(REST_MAX_SECONDS, 2.0 ** (troubles - 2)))
        self._update(one)

    def _update(self, one: Translator) -> None:
        self._views.pop(one.name, None)
        # Beside a suspect nothing else is sent: if the process dies, it is clear over what. Beside the first chunk
        # neither: on a GPU far slower than assumed a second one would hold up the end of a small file.
        room = 1 if not one.measured or self._troubles.get(one.name) or one.suspects else IN_FLIGHT
        if one.chunks < room and one.takes_work and one.name not in self._resting:
            self._free[one.name] = one
            self._note_idle(one.name, None if one.chunks else (-one.chars_per_second, one.name))
        else:
            self._free.pop(one.name, None)
            self._note_idle(one.name, None)

    def _note_idle(self, name: str, key: tuple[float, str] | None) -> None:
        before = self._idle_key.pop(name, None)
        if before is not None:
            del self._idle[bisect.bisect_left(self._idle, before)]
        if key is not None:
            self._idle_key[name] = key
            bisect.insort(self._idle, key)

    def _view(self, one: Translator) -> GpuView:
        view = self._views[one.name] = GpuView(
            one.name,
            one.gpu_id,
            one.chars_per_second,
            one.backlog_chars,
            one.memory_free_mib,
            one.utilization,
            one.takes_work,
            one.throttled,
        )
        return view
