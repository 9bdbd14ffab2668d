"""Which process dies when: chosen by the seed alone, carried out on the server's own processes."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from benchmarks.crashing.server import Server, UpFailed, kill

ALONE = ("scheduler", "translator", "ingress", "proxy", "controller", "document", "monitor")
"""Victims that Ray or the scheduler must bring back without anybody's help."""
TOGETHER = ("head", "gcs", "raylet", "supervisor", "down")
"""Victims after which somebody runs `khelmerch up`. head: every process at once. supervisor: the `ray start` that
watches the others, which live on. down: no kill at all, but `khelmerch down` in the middle of work."""

APPEAR_SECONDS = 30.0
PROGRESS_SECONDS = 90.0
IN_A_ROW = 0.2
"""Share of kills that do not wait for the server to have recovered from the one before."""


@dataclass(frozen=True)
class Kill:
    """at: Unix seconds; since: when anything could begin to mend it (what survives a raylet works on until `up` ends it).

    up_seconds: how long `khelmerch up` took after it; found: False when there was no such process.
    """

    kind: str
    at: float
    since: float
    up_seconds: float | None = None
    found: bool = True


def victims(rng: random.Random) -> Iterator[str]:
    """-> kinds for ever: in every ten one after which the server must be started, the scheduler and translators twice."""
    together: list[str] = []
    while True:
        together = together or rng.sample(TOGETHER, len(TOGETHER))
        deck = [*ALONE, "scheduler", "translator", together.pop()]
        rng.shuffle(deck)
        yield from deck


class Killer:
    """`wrong`: what did not come back. answered(since): did the API answer a request that was made after that time?"""

    def __init__(
        self, server: Server, seed: int, answered: Callable[[float], bool], say: Callable[[str], None]
    ) -> None:
        self.kills: list[Kill] = []
        self.wrong: list[str] = []
        self._server = server
        self._rng = random.Random(f"{seed}-kills")
        self._answered = answered
        self._say = say

    def run(self, count: int) -> None:
        kinds = victims(self._rng)
        for number in range(count):
            kind, pause = next(kinds), self._rng.uniform(0.2, 1.5)
            hasty = number > 0 and self._rng.random() < IN_A_ROW
            choice, before_up = self._rng.random(), self._rng.uniform(0.0, 3.0)
            if number and not hasty:
                self._wait_for_progress(self.kills[-1])
            time.sleep(pause)
            done = self._restart(kind, before_up) if kind in TOGETHER else self._strike(kind, choice)
            self.kills.append(done)
            came_back = f", up again in {done.up_seconds:.1f} s" if done.up_seconds is not None else ""
            self._say(f"{number + 1:>3}/{count} {kind}{'' if done.found else ' (none was there)'}{came_back}")
        self._wait_for_progress(self.kills[-1])

    def _strike(self, kind: str, choice: float) -> Kill:
        deadline = time.monotonic() + APPEAR_SECONDS
        while not (found := self._server.victims(kind)):
            if time.monotonic() > deadline:
                self.wrong.append(f"no {kind} was there for {APPEAR_SECONDS:.0f} s")
                return Kill(kind, time.time(), time.time(), found=False)
            time.sleep(0.1)
        at = time.time()
        kill([found[int(choice * len(found))]])
        return Kill(kind, at, at)

    def _restart(self, kind: str, before_up: float) -> Kill:
        at = time.time()
        if kind == "down":
            self._server.down()
        else:
            kill(self._server.victims(kind))
            time.sleep(before_up)
        for _ in range(3):
            since = time.time()
            try:
                return Kill(kind, at, since, self._server.up())
            except UpFailed as error:
                self.wrong.append(f"after {kind}: {error}")
                self._say(str(error))
        raise UpFailed(f"The server did not come back after {kind}.")

    def _wait_for_progress(self, last: Kill) -> None:
        """Until something was translated and stored, and the API has answered."""
        query = "SELECT count(*) FROM crash_checkpoints WHERE at > ?"
        deadline = time.monotonic() + PROGRESS_SECONDS
        while not (translated := self._server.count(query, last.since)) or not self._answered(last.since):
            if time.monotonic() > deadline:
                what = "the API did not answer" if translated else "nothing was translated"
                self.wrong.append(f"{what} for {PROGRESS_SECONDS:.0f} s after {last.kind} was killed")
                return
            time.sleep(0.1)
