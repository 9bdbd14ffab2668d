"""One translator as the dispatcher sees it, and the translators of one model together. Pure."""

from __future__ import annotations

from dataclasses import dataclass, field

from actors.decisions import Leg
from actors.gpu_policy import ASSUMED_CHARS_PER_SECOND


@dataclass
class Translator:
    """One resident model. pairs None: every pair (an engine that does not care)."""

    name: str
    gpu_id: str
    model: str = ""
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

    def sum_up(self) -> None:
        """Summed anew, so that rounding errors of many small changes do not pile up."""
        self.speed = sum(one.chars_per_second for one in self.members.values())
        self.top_speed = max((one.chars_per_second for one in self.members.values()), default=0.0)
