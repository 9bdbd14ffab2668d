"""The decision core: what runs next, where, when to try again, when to give up. Pure.

Events go in as method calls with the time; `plan(now)` answers with decisions, which the TaskScheduler actor, the
simulator and the property tests carry out in their own ways. No Ray, SQL, clock or I/O here.

To change how a GPU is chosen, write a function with the signature of `select_best_gpu` and name it in
`[GPU] GPU_POLICY = module:function`.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from actors import decisions as do
from actors.admission import Admission
from actors.alarms import Alarms
from actors.chunks import Chunks
from actors.decisions import Answer, Decision, Item, Lease
from actors.failures import Failure
from actors.fair_queue import AGEING_SECONDS
from actors.fleet import Fleet
from actors.gpu_policy import GpuPolicy, GpuView, JobView, select_best_gpu
from actors.job import FileFacts, Job, TaskFacts
from actors.team import PATIENCE, Patience, Translator
from actors.texts import TextQueue

__all__ = ["Dispatcher", "FileFacts", "GpuPolicy", "GpuView", "JobView", "Limits", "TaskFacts", "select_best_gpu"]

REMIND_SECONDS = 60.0
"""A translator that should have been replaced, or a task that should have been stopped, is named again after this."""


@dataclass(frozen=True)
class Limits:
    """max_tasks: processed at once; timeout_seconds: of one task since it started."""

    max_tasks: int = 10
    timeout_seconds: float = 86_400.0
    ageing_seconds: float = AGEING_SECONDS
    patience: Patience = PATIENCE


class Dispatcher:
    """All that is known of waiting and running work. Deterministic: same events, times and rng seed, same decisions."""

    def __init__(self, limits: Limits, rng: random.Random, epoch: int = 0, policy: GpuPolicy = select_best_gpu) -> None:
        self.limits = limits
        self.epoch = epoch
        self.draining = False
        """Set to finish what runs and start nothing new."""
        self.jobs: dict[str, Job] = {}
        self.fleet = Fleet(limits.patience)
        self.texts = TextQueue()
        self.admission = Admission(limits.max_tasks, limits.ageing_seconds)
        self.pending = self.admission.room
        self._chunks = Chunks(self.fleet, self.texts, self.jobs, policy, rng, epoch, limits.ageing_seconds)
        self.leases = self._chunks.leases
        self._ends = Alarms()
        """task -> when its time is over"""
        self._paused_at: float | None = None
        self._outbox: list[Decision] = []
        self._now = 0.0

    # ---- operations

    def set_limits(self, max_tasks: int, timeout_seconds: float) -> None:
        """Other limits from now on. Tasks that run go on, and have as much more or less time; no new one starts before there
        are less than `max_tasks`."""
        self._ends.postpone(timeout_seconds - self.limits.timeout_seconds)
        self.limits = replace(self.limits, max_tasks=max_tasks, timeout_seconds=timeout_seconds)
        self.admission.max_tasks = max_tasks

    @property
    def paused(self) -> bool:
        return self._paused_at is not None

    def pause(self, now: float) -> None:
        """Send and start nothing, short texts included. What is out comes back and is stored; documents that are being
        read or written are finished. A task's time limit stands still."""
        if self._paused_at is None:
            self._paused_at = now

    def unpause(self, now: float) -> None:
        if self._paused_at is not None:
            self._ends.postpone(max(0.0, now - self._paused_at))
            self._paused_at = None

    @property
    def idle(self) -> bool:
        """Nothing is out or under way: a paused or drained scheduler can be stopped without losing work."""
        if self.leases or self._outbox or self.pending.starting:
            return False
        if self.paused:
            return not any(job.is_writing or job.is_parsing for job in self.jobs.values())
        return not self.jobs and not self.texts

    @property
    def waiting_chars(self) -> float:
        """Characters of running tasks that are not sent yet."""
        return self._chunks.lanes.total_chars()

    def has_ready_work(self, client: str) -> bool:
        """Does the client have sentences that wait for nothing but a translator?"""
        return self._chunks.lanes.has_ready(client)

    # ---- events: tasks

    def add(self, task: TaskFacts, now: float) -> None:
        """A task that waits for a place."""
        self.pending.add(task, now)

    def resume(self, task: TaskFacts, now: float) -> None:
        """A task that is being processed now: just started, or taken up by a restarted scheduler."""
        self.remove(task.task_id)
        job = self.jobs[task.task_id] = self.admission.enter(task)
        self._chunks.lanes.join(job)
        if task.started_at is not None:
            self._ends.set(task.task_id, task.started_at + task.idle_seconds + self.limits.timeout_seconds)
        for file in job.files.values():
            if file.status == "pending":
                file.status = "preparing"
                self._outbox.append(do.Prepare(task.task_id, task.attempt, file.file_id))
        self._advance(job, job.files, now)
        self._finish_if_over(job)

    def requeued(self, task: TaskFacts, now: float) -> set[str]:
        """`Requeue` was carried out: the task waits again; -> translators that still work on it."""
        busy = self.remove(task.task_id)
        self.add(task, now)
        return busy

    def remove(self, task_id: str) -> set[str]:
        """The task is over (cancelled, failed, expired, finished); -> translators that still work on it."""
        self.pending.remove(task_id)
        self._ends.cancel(task_id)
        job = self.jobs.pop(task_id, None)
        if job is not None:
            self.admission.leave(job)
            self._chunks.lanes.leave(job)
            self._outbox = [one for one in self._outbox if getattr(one, "task_id", None) != task_id]
        return self.fleet.holders(task_id)

    def waiting_tasks(self) -> int:
        """Tasks that wait now and will wait after the next `plan` as well: what the queue's limit counts."""
        return self.admission.waiting(may_start=not self.paused and not self.draining)

    def pending_position(self, task_id: str) -> int | None:
        """-> the task's place among those that wait, 1 is next; None when it does not wait, or for its time only."""
        return self.pending.position(task_id)

    def reprioritise(self, task_id: str, priority: int, now: float) -> None:
        """Of a task that waits or is processed: what is sent from now on has the new priority. Others are ignored."""
        if task_id in self.pending:
            self.pending.reprioritise(task_id, priority, now)
        elif (job := self.jobs.get(task_id)) is not None:
            self._chunks.lanes.leave(job)
            job.facts = replace(job.facts, priority=priority)
            self._chunks.lanes.join(job)
            self._chunks.settle(job, now)

    def prepared(self, task_id: str, attempt: int, file_id: int, missing: int, missing_chars: int, now: float) -> None:
        """The file's segments are stored; `missing` of them, `missing_chars` characters, are to be translated."""
        if (job := self._chunks.job(task_id, attempt)) is not None:
            job.prepared(file_id, missing, missing_chars)
            self._advance(job, (file_id,), now)

    def loaded(self, task_id: str, file_id: int, items: Sequence[Item], exhausted: bool, now: float) -> None:
        """The answer to `Load`; exhausted: there are no missing sentences after these."""
        if (job := self.jobs.get(task_id)) is not None:
            job.loaded(file_id, items, exhausted)
            self._advance(job, (file_id,), now)

    def checkpointed(self, task_id: str, attempt: int, file_id: int, positions: Iterable[int], now: float) -> None:
        """Translations of these sentences are stored now. Saying it twice does no harm."""
        if (job := self._chunks.job(task_id, attempt)) is not None:
            job.checkpointed(file_id, positions)
            self._advance(job, (file_id,), now)

    def file_over(self, task_id: str, attempt: int, file_id: int, *, failed: bool) -> None:
        """The file's result is stored, or it was given up."""
        if (job := self._chunks.job(task_id, attempt)) is not None:
            if failed:
                job.failed(file_id, stored=True)
            else:
                job.completed(file_id)
            self._chunks.settle(job, self._now)
            self._finish_if_over(job)

    # ---- events: translators and leases

    def translator_up(self, translator: Translator) -> None:
        if translator.name in self.fleet.translators:
            # It came back before anybody said that it was gone.
            self.translator_down(translator.name, Failure.TRANSLATOR_LOST, self._now)
        self.fleet.add(translator, self._now)

    def translator_down(self, name: str, failure: Failure, now: float) -> None:
        """The translator is gone: its leases end; the one it was at is to blame if it died, the rest go out again."""
        for lease, blamed in self._chunks.translator_down(name, failure, now):
            self.failed(lease.lease_id, blamed, "its worker process died", now)

    def failed(self, lease_id: str, failure: Failure, reason: str, now: float) -> None:
        """A lease ended without a result; unknown leases are ignored."""
        if (lease := self._chunks.end(lease_id)) is not None:
            self.fleet.trouble(lease.translator, now)
            self.spoilt(lease, failure, reason, now)

    def spoilt(self, lease: Lease, failure: Failure, reason: str, now: float) -> None:
        """The lease is over and brought nothing that can be used: what still waits for it goes out again, or is given up."""
        if lease.items[0].file_id == 0:
            self._outbox.extend(self.texts.failed(lease, failure, reason))
            return
        for given_up in self._chunks.again(lease, failure, now):
            task_id, attempt, file_id = given_up.task_id, given_up.attempt, given_up.file_id
            if (job := self._chunks.job(task_id, attempt)) is not None:
                job.failed(file_id, stored=False)
                self._chunks.settle(job, now)
                message = f"Translating {given_up.place} failed {lease.crashes + 1} times: {reason}."
                self._outbox.append(do.FailFile(task_id, attempt, file_id, failure.value, message))

    def result(self, lease_id: str, seconds: float, now: float) -> Lease | None:
        """A translator answered after `seconds` of work; -> its lease, None when that is over and the answer void."""
        lease = self._chunks.end(lease_id)
        if lease is not None:
            # Alternatives take several times as long as a translation does: they tell nothing of the speed.
            self.fleet.measured(lease.translator, lease.chars, 0.0 if lease.alternatives else seconds)
            self._chunks.progressed(lease.translator, now)
        return lease

    def relay(self, answered: Iterable[tuple[Item, Answer]], now: float) -> None:
        """These sentences are in English and go on to a second model; in memory only: a crash repeats the first."""
        self._chunks.relay(answered, now)

    def progressed(self, translator: str, now: float) -> None:
        """It did a token batch since it was last asked: what it holds may take longer. Unknown ones are ignored."""
        self._chunks.progressed(translator, now)

    def untranslated(self, items: Sequence[Item], now: float) -> None:
        """Sentences of a lease that ended without a translation or could not be stored: they go out again."""
        self._chunks.untranslated(items, now)

    # ---- decisions

    def plan(self, now: float) -> list[Decision]:
        """-> what to do now, in order. Carry all of it out, then ask again until nothing comes.

        When carrying out one of them fails, hand that and the rest to `again`.
        """
        self._now = now
        decided, self._outbox = self._outbox, []
        stopped: list[Decision] = []
        for name in self._chunks.late(now, REMIND_SECONDS):
            stopped.append(do.Replace(name, "no_progress"))
        self.fleet.wake(now)
        self.pending.wake(now)
        if self.paused:
            return decided + stopped
        for task_id in self._ends.due(now):
            self._ends.set(task_id, now + REMIND_SECONDS)
            stopped.append(do.Expire(task_id))
        if not self.draining and not stopped:
            started, requeue = self.admission.plan(self.jobs, now)
            decided.extend(started)
            stopped.extend(requeue)
        if stopped:
            # Nothing is sent for what ends with these; the rest is decided when they are carried out.
            return decided + stopped
        return decided + self._chunks.plan(now)

    def again(self, decisions: Iterable[Decision]) -> None:
        """These decisions could not be carried out (storage failed): they are decided anew, or come first next time."""
        for decision in decisions:
            match decision:
                case do.Start(task_id):
                    self.pending.not_started(task_id, self._now)
                case do.Expire(task_id):
                    self._ends.set(task_id, self._now)
                case do.Requeue(task_id):
                    self.admission.not_requeued(task_id)
                case do.Load():
                    pass  # a job that lacks sentences asks until it has them
                case _:
                    self._outbox.append(decision)

    def next_wake(self, now: float) -> float | None:
        """-> the next time at which `plan` may answer something new without an event, None if there is none."""
        times = [self._chunks.next_time(now)]
        if not self.paused:
            times += [self._ends.next_time(), self.pending.next_time()]
            times += [] if self.draining else [self.admission.next_time(now)]
        known = [time for time in times if time is not None]
        return min(known, default=None)

    # ---- helpers

    def _advance(self, job: Job, file_ids: Iterable[int], now: float) -> None:
        for file_id in file_ids:
            if job.files[file_id].is_translated:
                job.files[file_id].status = "assembling"
                self._outbox.append(do.Assemble(job.facts.task_id, job.facts.attempt, file_id))
        self._chunks.settle(job, now)

    def _finish_if_over(self, job: Job) -> None:
        if job.is_over and not job.finishing:
            job.finishing = True
            self._outbox.append(do.Finish(job.facts.task_id, job.facts.attempt, job.failed_files))
