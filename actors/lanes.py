"""The work that is ready to be sent, one queue for each leg, and whose work must be read next. Pure."""

from __future__ import annotations

from actors.decisions import Leg
from actors.fair_queue import FairQueue, Rank
from actors.job import Job
from actors.shares import Shares

LOW_WATER_CHARS = 2_000
"""A job with fewer characters read than this is filled up before chunks are cut, so that a chunk can mix its files."""

READ_AHEAD_CHUNKS = 4.0
"""Chunks for each translator that are kept read: it holds two, so cutting never runs dry."""


RELAY_CHARS = 20_000
"""English that waits in memory for the second of two models: with more than this the first one pauses for the job."""


class Lanes:
    """A chunk has one leg. All lanes share their accounts, so that nobody gets more by using several pairs."""

    def __init__(self, ageing_seconds: float) -> None:
        self._ageing = ageing_seconds
        self._shares = Shares()
        self._lanes: dict[Leg, FairQueue] = {}
        self._waiting: dict[Leg, float] = {}
        self._hungry: dict[str, Job] = {}
        self._jobs_of: dict[str, int] = {}
        self._jobs_in: dict[Leg, int] = {}

    def join(self, job: Job) -> None:
        client = job.facts.client
        self._jobs_of[client] = self._jobs_of.get(client, 0) + 1
        for leg in job.ready:
            self._jobs_in[leg] = self._jobs_in.get(leg, 0) + 1

    def settle(self, job: Job, chunk_chars: float, now: float) -> None:
        """Call after every event of a job: keeps queue, sums and hunger in step. Other jobs cost nothing."""
        facts = job.facts
        task_id = facts.task_id
        # Nobody knows of what is not read yet in which languages it is: it counts with the first.
        unread = job.unread_chars
        for leg, ready in job.ready.items():
            lane = self._lanes.get(leg)
            waiting, unread = ready.chars + unread, 0.0
            if waiting != ready.counted_chars:
                self._waiting[leg] = self._waiting.get(leg, 0.0) + waiting - ready.counted_chars
                ready.counted_chars = waiting
            if ready.items and (ready.onward is None or ready.onward.chars < RELAY_CHARS):
                if lane is None:
                    lane = self._lanes[leg] = FairQueue(self._ageing, self._shares)
                lane.push(task_id, facts.client, facts.priority, facts.created_at, now)
            elif lane is not None:
                lane.remove(task_id)
        if job.unread_files and job.unsent_chars < self._low_water(job, chunk_chars):
            self._hungry[task_id] = job
        else:
            self._hungry.pop(task_id, None)

    def leave(self, job: Job) -> None:
        """The job is over or stopped."""
        task_id, client = job.facts.task_id, job.facts.client
        self._hungry.pop(task_id, None)
        for leg, ready in job.ready.items():
            self._waiting[leg] = self._waiting.get(leg, 0.0) - ready.counted_chars
            ready.counted_chars = 0.0
            if (lane := self._lanes.get(leg)) is not None:
                lane.remove(task_id)
            self._jobs_in[leg] -= 1
            if not self._jobs_in[leg]:
                del self._jobs_in[leg]
                self._lanes.pop(leg, None)
                self._waiting.pop(leg, None)
        self._jobs_of[client] -= 1
        if not self._jobs_of[client]:
            del self._jobs_of[client]

    def hungry(self, chunk_chars: float) -> list[tuple[Job, float]]:
        """-> (job, characters it should read) of every job that has too little ready and more in storage."""
        return [(job, 2 * self._low_water(job, chunk_chars) - job.unsent_chars) for job in self._hungry.values()]

    def ranked(self, now: float) -> list[Leg]:
        """-> the legs that have work, the one whose turn it is first."""
        if len(self._lanes) == 1:
            return [leg for leg, lane in self._lanes.items() if len(lane)]
        ranks: list[tuple[Rank, Leg]] = []
        for leg, lane in self._lanes.items():
            rank = lane.best(now)
            if rank is not None:
                ranks.append((rank, leg))
        return [leg for _rank, leg in sorted(ranks)]

    def lane(self, leg: Leg) -> FairQueue:
        return self._lanes[leg]

    def waiting_chars(self, leg: Leg) -> float:
        return max(0.0, self._waiting.get(leg, 0.0))

    def has_ready(self, client: str) -> bool:
        return any(lane.has_client(client) for lane in self._lanes.values())

    def total_chars(self) -> float:
        return max(0.0, sum(self._waiting.values()))

    def __len__(self) -> int:
        """Jobs with sentences ready to be sent."""
        return sum(len(lane) for lane in self._lanes.values())

    def _low_water(self, job: Job, chunk_chars: float) -> float:
        """Every client's share of the read-ahead, divided over its jobs: memory does not grow with their number."""
        jobs_of_client = self._jobs_of.get(job.facts.client, 1)
        return max(LOW_WATER_CHARS, READ_AHEAD_CHUNKS * chunk_chars / (len(self._jobs_of) or 1) / jobs_of_client)
