"""Which sentences go to which translator next: leases, short texts, second tries, chunks cut by fair share. Pure."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from actors import decisions as do
from actors.alarms import Alarms
from actors.decisions import Answer, Item, Lease, Leg
from actors.failures import Failure
from actors.fleet import MAX_CHUNK_ITEMS, MIN_CHUNK_CHARS, Fleet
from actors.gpu_policy import GpuPolicy, GpuView, JobView
from actors.job import Job
from actors.lanes import Lanes
from actors.retries import Bundle, Retries
from actors.team import Translator
from actors.texts import TextQueue

TAIL_PARTS = 4
"""A chunk is no more than this part of what a translator may still get: speeds are estimates, and what is not sent yet
can go to whoever is done first. 1, 2, 3, 4 and 6 were tried (see
docs/performance.md): idle time falls up to 4."""


@dataclass(frozen=True)
class GivenUp:
    """A file that is not tried again; place: where in it, for people."""

    task_id: str
    attempt: int
    file_id: int
    place: str


class Chunks:
    def __init__(
        self,
        fleet: Fleet,
        texts: TextQueue,
        jobs: Mapping[str, Job],
        policy: GpuPolicy,
        rng: random.Random,
        epoch: int,
        ageing_seconds: float,
    ) -> None:
        self.leases: dict[str, Lease] = {}
        self.lanes = Lanes(ageing_seconds)
        self._fleet = fleet
        self._texts = texts
        self._jobs = jobs
        self._policy = policy
        self._epoch = epoch
        self._retries = Retries(rng)
        self._deadlines = Alarms()
        self._number = 0

    def job(self, task_id: str, attempt: int) -> Job | None:
        """-> the job, if it is still processed in this attempt."""
        job = self._jobs.get(task_id)
        return job if job is not None and job.facts.attempt == attempt else None

    # ---- events

    def settle(self, job: Job, now: float) -> None:
        self.lanes.settle(job, self._fleet.chunk_chars(), now)

    def end(self, lease_id: str) -> Lease | None:
        """-> the lease, which is over now; None when it was over before."""
        lease = self.leases.pop(lease_id, None)
        if lease is not None:
            self._deadlines.cancel(lease_id)
            self._fleet.returned(lease.translator, lease)
        return lease

    def again(self, lease: Lease, failure: Failure, now: float) -> list[GivenUp]:
        """The lease came to nothing: what is still wanted of it goes out again; -> the files that are given up."""
        wanted = [item for item in lease.items if self._job_of(item) is not None]
        places: dict[tuple[str, int, int], list[int]] = {}
        for item in self._retries.add(lease, wanted, failure, now):
            places.setdefault((item.task_id, item.attempt, item.file_id), []).append(item.position + 1)
        return [
            GivenUp(*key, f"sentence {of[0]}" if len(of) == 1 else f"sentences {min(of)} to {max(of)}")
            for key, of in sorted(places.items())
        ]

    def translator_down(self, name: str, failure: Failure, now: float) -> list[tuple[Lease, Failure]]:
        """The translator is gone; -> what it had, each with what became of it: one lease was at work, the others waited."""
        one = self._fleet.translators.get(name)
        mine = [self.leases[lease_id] for lease_id in one.leases] if one is not None else []
        self._fleet.remove(name, now, died=bool(mine) and failure is Failure.TRANSLATOR_DIED)
        running = next((lease for lease in mine if lease.urgent), mine[0] if mine else None)
        return [(lease, failure if lease is running else Failure.TRANSLATOR_LOST) for lease in mine]

    def relay(self, answered: Iterable[tuple[Item, Answer]], now: float) -> None:
        """These sentences go on to a second model."""
        for item, answer in answered:
            if (job := self.job(item.task_id, item.attempt)) is not None:
                job.relay(item, answer)
                self.settle(job, now)

    def untranslated(self, items: Iterable[Item], now: float) -> None:
        """These sentences of leases that ended go out again."""
        by_task: dict[tuple[str, int], list[Item]] = {}
        for item in items:
            by_task.setdefault((item.task_id, item.attempt), []).append(item)
        for (task_id, attempt), mine in by_task.items():
            if (job := self.job(task_id, attempt)) is not None:
                job.put_back(mine)
                self.settle(job, now)

    # ---- decisions

    def progressed(self, name: str, now: float) -> None:
        """The translator did a token batch: its leases have time again. One that will be replaced gets none."""
        one = self._fleet.translators.get(name)
        if one is not None and one.is_available:
            deadline = now + self._fleet.patience_seconds(name)
            for lease_id in one.leases:
                self._deadlines.set(lease_id, deadline)

    def late(self, now: float, remind_seconds: float) -> list[str]:
        """-> translators that hold a lease and did nothing for too long; named again after `remind_seconds` if they still do."""
        names: dict[str, None] = {}
        for lease_id in self._deadlines.due(now):
            self._deadlines.set(lease_id, now + remind_seconds)
            names[self.leases[lease_id].translator] = None
            self._fleet.shut(self.leases[lease_id].translator)
        return list(names)

    def plan(self, now: float) -> list[do.Decision]:
        decided: list[do.Decision] = []
        if self._texts:
            decided.extend(self._send_texts(now))
        if self._fleet.has_free():
            decided.extend(self._send_retries(now))
        if self._fleet.has_free():
            reads = self._reads()
            # Chunks are cut once everything that could be in them has been read.
            decided.extend(reads if reads else self._cut(now))
        return decided

    def next_time(self, now: float) -> float | None:
        times = [self._deadlines.next_time(), self._fleet.next_time()]
        retry = self._retries.next_time()
        if retry is not None and retry > now:
            times.append(retry)  # one that is due waits for a translator, not for a time
        return min((time for time in times if time is not None), default=None)

    def _send_texts(self, now: float) -> Iterable[do.Send]:
        full: set[Leg] = set()
        for text in self._texts.waiting():
            if text.leg in full:
                continue
            open_ones = self._elsewhere(self._fleet.open_to_texts(text.leg.model), text.failed_on, text.leg)
            chosen = self._policy(self._fleet.views(open_ones, text.leg), JobView("text", text.chars, text.leg.pair))
            if chosen is None:
                full.add(text.leg)
                continue
            self._texts.take(text)
            yield self._lease(
                chosen.translator,
                text.leg,
                text.items,
                now,
                urgent=True,
                crashes=text.crashes,
                failed_on=text.failed_on,
                alternatives=text.alternatives,
            )

    def _send_retries(self, now: float) -> Iterable[do.Send]:
        unplaced: list[Bundle] = []
        for bundle in self._retries.due(now):
            if bundle.crashes and not self._fleet.has_idle():
                unplaced.append(bundle)  # it is sent by itself, so its sentences are not looked at yet
                continue
            items = tuple(item for item in bundle.items if self._job_of(item) is not None)
            if not items:
                continue
            leg = self._jobs[items[0].task_id].leg_of(items[0])
            free = self._elsewhere(self._fleet.free(leg.model), bundle.failed_on, leg)
            if bundle.crashes:
                free = [one for one in free if not one.chunks]
            chosen = self._policy(self._fleet.views(free, leg), JobView("file", bundle.chars, leg.pair))
            if chosen is None:
                unplaced.append(bundle)
            else:
                yield self._lease(
                    chosen.translator, leg, items, now, crashes=bundle.crashes, failed_on=bundle.failed_on
                )
        for bundle in unplaced:
            self._retries.put_back(bundle)

    def _elsewhere(
        self, translators: Iterable[Translator], failed_on: tuple[str, ...], leg: Leg
    ) -> Iterable[Translator]:
        """Whatever failed goes to a translator on which it has not failed, so that a bad GPU condemns no document."""
        if not failed_on or not self._fleet.others(failed_on, leg):
            return translators
        return [one for one in translators if one.name not in failed_on]

    def _reads(self) -> list[do.Load]:
        return [
            do.Load(job.facts.task_id, file_id, after, limit)
            for job, wanted in self.lanes.hungry(self._fleet.chunk_chars())
            for file_id, after, limit in job.loads(wanted)
        ]

    def _cut(self, now: float) -> Iterable[do.Send]:
        """Cut chunks for every free place of the fleet, the best GPU for each."""
        closed: set[Leg] = set()
        while self._fleet.has_free():
            for leg in self.lanes.ranked(now):
                if leg in closed:
                    continue
                chosen = self._policy(self._fleet.candidates(leg), JobView("file", MIN_CHUNK_CHARS, leg.pair))
                if chosen is not None and (items := self._fill(leg, chosen, now)):
                    yield self._lease(chosen.translator, leg, items, now)
                    break
                closed.add(leg)  # nobody is free for it, or all who are would hold up its end
            else:
                return

    def _fill(self, leg: Leg, gpu: GpuView, now: float) -> tuple[Item, ...]:
        """A chunk of the seconds of work that it should get at once, ever less towards the end, so that all finish together."""
        lane, team = self.lanes.lane(leg), self._fleet.team(leg.model)
        speed = max(gpu.chars_per_second, 1.0)
        # When all of this model would be done if they shared out evenly what waits and what is out.
        end = (self.lanes.waiting_chars(leg) + team.backlog_chars) / max(team.speed, speed)
        part = (end * speed - gpu.backlog_chars) / (TAIL_PARTS if len(team.members) > 1 else 1)
        wanted = max(float(MIN_CHUNK_CHARS), min(self._fleet.chunk_chars_of(gpu.translator), part))
        if gpu.backlog_chars + wanted > end * speed and self._fleet.sooner_elsewhere(gpu, wanted, leg):
            return ()  # the tail: better wait for a fast translator than be the last one on a slow one
        items: list[Item] = []
        while wanted > 0 and len(items) < MAX_CHUNK_ITEMS and (task_id := lane.peek(now)) is not None:
            job = self._jobs[task_id]
            taken = job.take(leg, wanted, MAX_CHUNK_ITEMS - len(items))
            chars = sum([len(item.text) for item in taken])
            lane.charge(task_id, chars, now)
            self.settle(job, now)
            items += taken
            wanted -= chars
        return tuple(items)

    # ---- helpers

    def _job_of(self, item: Item) -> Job | None:
        """-> the job that waits for this sentence, if one does."""
        job = self.job(item.task_id, item.attempt)
        return job if job is not None and job.waits_for(item) else None

    def _lease(
        self,
        translator: str,
        leg: Leg,
        items: tuple[Item, ...],
        now: float,
        *,
        urgent: bool = False,
        crashes: int = 0,
        failed_on: tuple[str, ...] = (),
        alternatives: int = 0,
    ) -> do.Send:
        self._number += 1
        chars = sum([len(item.text) for item in items])
        deadline = now + self._fleet.patience_seconds(translator, chars)
        number = f"{self._epoch}-{self._number}"
        blamed = (urgent, crashes, failed_on, alternatives)
        lease = Lease(number, translator, leg, items, chars, now, deadline, *blamed)
        self.leases[lease.lease_id] = lease
        self._deadlines.set(lease.lease_id, deadline)
        self._fleet.sent(translator, lease)
        return do.Send(lease)
