"""The translators as the dispatcher sees them: who has room, how fast each is, how much it has to do. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable

from actors.alarms import Alarms
from actors.decisions import Lease, Leg
from actors.gpu_policy import UNKNOWN, GpuSample, GpuView
from actors.holders import Holders
from actors.team import PATIENCE, Patience, Team, Translator

IN_FLIGHT = 2
"""Chunks a translator holds: one it works on and one that is ready when that is done, so that the GPU never waits."""

TEXTS_IN_FLIGHT = 4
"""Short texts a translator holds beside its chunks; they are taken in between token batches."""

MIN_CHUNK_CHARS = 200
MAX_CHUNK_ITEMS = 2_000

REST_MAX_SECONDS = 60.0

MAX_CANDIDATES = 32
"""A policy is shown no more GPUs than this when more do nothing: choosing must not cost more than translating."""

SAMPLE_AGE_SECONDS = 60.0
"""An older sample counts as unknown: what was hot then need not be hot now, and what was free may be full. Longer than
GPU_MONITOR_INTERVAL is by default, so that a sample may be missed."""


class Fleet:
    """Sums and the lists of who has room are kept in step, so that one chunk costs the same at 1,000 translators."""

    def __init__(self, patience: Patience = PATIENCE) -> None:
        self.translators: dict[str, Translator] = {}
        self._patience = patience
        self._teams: dict[str, Team] = {}
        self._free = 0
        self._speed = 0.0
        self._chunk_chars = 0.0
        self._views: dict[str, GpuView] = {}
        self._holders = Holders()
        self._troubles: dict[str, int] = {}
        """translator -> failures in a row; remembered when it is restarted under the same name."""
        self._resting = Alarms()
        self._samples = Alarms()
        """GPU -> when its last sample is too old"""

    def add(self, translator: Translator, now: float) -> None:
        self.translators[translator.name] = translator
        team = self._teams.setdefault(translator.model, Team())
        team.members[translator.name] = translator
        team.speed += translator.chars_per_second
        self._speed += translator.chars_per_second
        self._chunk_chars += translator.chars_per_second * translator.chunk_seconds
        team.top_speed = max(team.top_speed, translator.chars_per_second)
        self._rest(translator, now)

    def remove(self, name: str, now: float, *, died: bool) -> None:
        """died: its process ended while it worked; a translator that keeps dying rests when it is back."""
        one = self.translators.pop(name, None)
        if one is None:
            return
        team = self._teams[one.model]
        team.backlog_chars -= one.backlog_chars
        del team.members[name]
        self._free -= team.free.pop(name, None) is not None
        team.note_idle(name, None)
        self._views.pop(name, None)
        self._resting.cancel(name)
        if died:
            self._troubles[name] = self._troubles.get(name, 0) + 1
        if team.members:
            team.sum_up()
        else:
            del self._teams[one.model]
        self._speed = sum(team.speed for team in self._teams.values())
        self._chunk_chars = sum(one.chars_per_second * one.chunk_seconds for one in self.translators.values())

    def has_free(self) -> bool:
        return self._free > 0

    def has_idle(self) -> bool:
        """Is there one that has room and no chunk at all?"""
        return any(team.idle for team in self._teams.values())

    def free(self, model: str) -> Iterable[Translator]:
        """Translators with room for a chunk."""
        team = self._teams.get(model)
        return team.free.values() if team is not None else ()

    def candidates(self, leg: Leg) -> list[GpuView]:
        """Those of the free ones that a policy should look at: all, or of very many the fastest that do nothing."""
        team = self._teams.get(leg.model)
        if team is None:
            return []
        if len(team.idle) > MAX_CANDIDATES:
            views = self.views((self.translators[name] for _speed, name in team.idle[:MAX_CANDIDATES]), leg)
            if views:
                return views
        return self.views(team.free.values(), leg)

    def open_to_texts(self, model: str) -> list[Translator]:
        team = self._teams.get(model)
        return [
            one
            for one in (team.members.values() if team is not None else ())
            if one.texts < TEXTS_IN_FLIGHT and one.takes_work and one.name not in self._resting
        ]

    def views(self, translators: Iterable[Translator], leg: Leg) -> list[GpuView]:
        """-> those of the leg's model that can do its pair."""
        known = self._views
        return [known.get(one.name) or self._view(one) for one in translators if one.pairs is None or one.can(leg)]

    def total_speed(self) -> float:
        return max(0.0, self._speed)

    def chunk_chars(self) -> float:
        """Characters of one chunk for each translator."""
        return max(0.0, self._chunk_chars)

    def chunk_chars_of(self, name: str) -> float:
        one = self.translators[name]
        return max(one.chars_per_second, 1.0) * one.chunk_seconds

    def team(self, model: str) -> Team:
        """-> the translators of this model, of which there is at least one."""
        return self._teams[model]

    def is_busy(self, name: str) -> bool:
        """Has the translator anything to do?"""
        one = self.translators.get(name)
        return one is not None and bool(one.leases)

    def is_healthy(self, model: str) -> bool:
        """Has the model a translator that takes work?"""
        team = self._teams.get(model)
        return team is not None and any(
            one.takes_work and one.name not in self._resting for one in team.members.values()
        )

    @property
    def resting(self) -> int:
        """Translators that get nothing for a while because they failed several times in a row."""
        return len(self._resting)

    def holders(self, task_id: str) -> set[str]:
        """-> translators that have sentences of the task."""
        return self._holders.of(task_id)

    def sooner_elsewhere(self, gpu: GpuView, chars: float, leg: Leg) -> bool:
        """Would a translator that is busy now, and clearly faster, still be done with `chars` before `gpu`?"""
        return self._teams[leg.model].is_sooner(gpu, chars, leg)

    def others(self, names: Collection[str], leg: Leg) -> bool:
        """Is there a translator for the leg that is not one of these and is not resting?"""
        return any(
            one.name not in names and one.takes_work and one.name not in self._resting and one.can(leg)
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
        self._teams[one.model].backlog_chars += lease.chars
        one.leases[lease.lease_id] = None
        for task_id, count in Counter(item.task_id for item in lease.items).items():
            one.tasks[task_id] = one.tasks.get(task_id, 0) + count
            self._holders.took(task_id, name)
        self._update(one)

    def returned(self, name: str, lease: Lease) -> None:
        one = self.translators.get(name)
        for task_id, count in Counter(item.task_id for item in lease.items).items():
            self._holders.gave_back(task_id, name)
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
        self._teams[one.model].backlog_chars -= lease.chars
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
            before = one.chars_per_second
            one.learn(chars / seconds)
            team = self._teams[one.model]
            team.speed += one.chars_per_second - before
            self._speed += one.chars_per_second - before
            self._chunk_chars += (one.chars_per_second - before) * one.chunk_seconds
            team.top_speed = max(team.top_speed, one.chars_per_second)
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
        return max(least, self._patience.factor * (one.backlog_chars + chars) / max(one.chars_per_second, 1.0))

    def _rest(self, one: Translator, now: float) -> None:
        """The first failure may be the work's fault. After more in a row the translator is tried ever more seldom: a
        GPU that fails at once would otherwise draw all work to itself."""
        troubles = self._troubles.get(one.name, 0)
        if troubles > 1:
            self._resting.set(one.name, now + min(REST_MAX_SECONDS, 2.0 ** (troubles - 2)))
        self._update(one)

    def _update(self, one: Translator) -> None:
        self._views.pop(one.name, None)
        team = self._teams[one.model]
        # Beside a suspect nothing else is sent: if the process dies, it is clear over what. Beside the first chunk
        # neither: on a GPU far slower than assumed a second one would hold up the end of a small file.
        room = 1 if not one.measured or self._troubles.get(one.name) or one.suspects else IN_FLIGHT
        if one.chunks < room and one.takes_work and one.name not in self._resting:
            self._free += one.name not in team.free
            team.free[one.name] = one
            team.note_idle(one.name, None if one.chunks else (-one.chars_per_second, one.name))
        else:
            self._free -= team.free.pop(one.name, None) is not None
            team.note_idle(one.name, None)

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
