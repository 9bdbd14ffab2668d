"""A cluster on virtual time around the real Dispatcher: carries out its decisions, and lets GPUs be slow, fail and die.

Everything that the real shell and storage would guarantee is checked as it happens: `Broken` is raised when a promise is.
"""

from __future__ import annotations

import hashlib
import heapq
import random
from collections.abc import Callable, Iterable

from actors import decisions as do
from actors.decisions import Lease
from actors.dispatch import Dispatcher, Limits
from actors.failures import Failure
from actors.fleet import IN_FLIGHT
from actors.routing import models_of
from benchmarks.simulation.machines import Broken, Gpu, Machines
from benchmarks.simulation.scenario import Chaos, SimGpu
from benchmarks.simulation.storage import TERMINAL, SimTask

PREPARE_SECONDS = 0.2
ASSEMBLE_SECONDS = 0.2
MAX_TURNS = 10_000


class World(Machines):
    """One run. `on_sent(now, lease)` lets reports look on."""

    def __init__(
        self,
        gpus: Iterable[SimGpu],
        limits: Limits,
        chaos: Chaos,
        seed: int,
        on_sent: Callable[[float, Lease], None] | None = None,
    ) -> None:
        super().__init__(chaos, seed)
        self.limits = limits
        self.tasks = {}
        self.gpus = {facts.name: Gpu(facts) for facts in gpus}
        self.decisions = 0
        self._open = 0
        self._trace = hashlib.blake2b(digest_size=16)
        self._on_sent = on_sent
        self.dispatcher = self._new_dispatcher()
        for gpu in self.gpus.values():
            self.boot(gpu)

    # ---- the run

    @property
    def digest(self) -> str:
        return self._trace.hexdigest()

    def next_event(self) -> float | None:
        return self._events[0][0] if self._events else None

    def step(self) -> bool:
        """Let the next thing happen, then let the dispatcher decide; -> False when nothing will ever happen again."""
        wake = self.dispatcher.next_wake(self.clock)
        wake = None if wake is None else max(self.now, wake - self.skew + 1e-6)
        first = self.next_event()
        if first is None and wake is None:
            return False
        if first is None or (wake is not None and wake < first):
            assert wake is not None
            self.now = wake
        else:
            self.now = first
            while self._events and self._events[0][0] <= self.now:
                heapq.heappop(self._events)[2]()
        self.turn()
        return True

    def turn(self) -> None:
        for _ in range(MAX_TURNS):
            decided = self.dispatcher.plan(self.clock)
            if not decided:
                break
            for decision in decided:
                self.decisions += 1
                self._carry_out(decision)
            if len(self.dispatcher.jobs) + len(self.dispatcher.pending.starting) > self.limits.max_tasks:
                raise Broken("more tasks are processed than MAX_TASKS")
        else:
            raise Broken("the dispatcher never comes to rest")

    # ---- what people do

    def submit(self, task: SimTask) -> None:
        task.created = self.clock
        self.tasks[task.task_id] = task
        self._open += 1
        self.dispatcher.add(task.facts(), self.clock)

    def end(self, task: SimTask, status: str) -> None:
        """Cancel, expire, complete, fail."""
        if task.status in TERMINAL:
            raise Broken(f"{task.task_id} was {task.status} and is made {status}")
        task.status, task.ended = status, self.now
        self._open -= 1
        self.count(status)
        self.dispatcher.remove(task.task_id)

    def cancel(self, task: SimTask) -> None:
        """Nothing happens when it is over, or not there yet."""
        if task.task_id in self.tasks and task.status not in TERMINAL:
            self.end(task, "cancelled")

    def reprioritise(self, task: SimTask, priority: int) -> None:
        task.priority = priority
        self.dispatcher.reprioritise(task.task_id, priority, self.clock)

    def rebind(self, task: SimTask, model: str) -> None:
        """Its model went: it goes on with another, with what is stored."""
        task.model = model
        if task.status == "processing":
            self.dispatcher.resume(task.facts(), self.clock)

    def is_over(self, tasks: int) -> bool:
        """All of so many tasks have come and are over."""
        return len(self.tasks) == tasks and self._open == 0

    def retry(self, task: SimTask) -> None:
        task.attempt += 1
        self._open += 1
        task.status, task.started, task.ended = "pending", None, None
        for file in task.files.values():
            if file.status == "failed":
                file.status, file.poison = "prepared", -1
        self.dispatcher.add(task.facts(), self.clock)

    def kill_scheduler(self) -> None:
        """A new one takes up what is stored; answers to the old one's leases still arrive."""
        self.epoch += 1
        self._out.clear()
        self.dispatcher = self._new_dispatcher()
        self.count("scheduler deaths")
        for task in self.tasks.values():
            if task.status == "processing":
                self.dispatcher.resume(task.facts(), self.clock)
            elif task.status == "pending":
                self.dispatcher.add(task.facts(), self.clock)
        for gpu in self.gpus.values():
            if gpu.is_up:
                self.dispatcher.translator_up(self._translator(gpu))

    # ---- storage

    def _store(self, lease: Lease) -> None:
        positions: dict[tuple[str, int, int], list[int]] = {}
        self.dispatcher.relay([(item, (item.text, (), None)) for item in lease.items if not item.last], self.clock)
        for item in lease.items:
            if not item.last:
                continue
            positions.setdefault((item.task_id, item.attempt, item.file_id), []).append(item.position)
        for (task_id, attempt, file_id), mine in positions.items():
            task = self.tasks[task_id]
            if task.status in TERMINAL or task.attempt != attempt:
                continue
            stored = task.files[file_id].stored
            for position in mine:
                stored[position] = 1
            self.dispatcher.checkpointed(task_id, attempt, file_id, mine, self.clock)

    def _new_dispatcher(self) -> Dispatcher:
        return Dispatcher(self.limits, random.Random(self.epoch), self.epoch)

    # ---- carrying out

    def _carry_out(self, decision: do.Decision) -> None:
        match decision:
            case do.Send(lease):
                self._trace.update(f"{self.now:.6f} send {lease.lease_id} {lease.translator} {lease.chars}\n".encode())
                self._send(lease)
                return
            case do.Load(task_id, file_id, after, limit):
                items, exhausted = self.tasks[task_id].read(file_id, after, limit)
                self.dispatcher.loaded(task_id, file_id, items, exhausted, self.clock)
                return
        self._trace.update(f"{self.now:.6f} {decision}\n".encode())
        match decision:
            case do.Start(task_id):
                task = self.tasks[task_id]
                if task.status != "pending":
                    raise Broken(f"{task_id} is {task.status} and is started")
                task.status = "processing"
                task.started = task.started if task.started is not None else self.clock
                task.first_started = task.first_started if task.first_started is not None else self.now
                self.dispatcher.resume(task.facts(), self.clock)
            case do.Requeue(task_id):
                if self.tasks[task_id].status != "processing":
                    raise Broken(f"{task_id} is {self.tasks[task_id].status} and is told to wait again")
                self.tasks[task_id].status = "pending"
                self.count("requeues")
                self.dispatcher.requeued(self.tasks[task_id].facts(), self.clock)
            case do.Prepare(task_id, attempt, file_id):
                self._later(PREPARE_SECONDS, task_id, attempt, lambda: self._prepared(task_id, attempt, file_id))
            case do.Assemble(task_id, attempt, file_id):
                if not all(self.tasks[task_id].files[file_id].stored):
                    raise Broken(f"file {file_id} is written with untranslated sentences")
                self._later(ASSEMBLE_SECONDS, task_id, attempt, lambda: self._assembled(task_id, attempt, file_id))
            case do.FailFile(task_id, attempt, file_id):
                self.tasks[task_id].files[file_id].status = "failed"
                self.count("files failed")
                if self.tasks[task_id].files[file_id].poison < 0:
                    self.count("files failed without being at fault")
                self.dispatcher.file_over(task_id, attempt, file_id, failed=True)
            case do.Finish(task_id, _attempt, failed_files):
                if any(file.status not in ("completed", "failed") for file in self.tasks[task_id].files.values()):
                    raise Broken(f"{task_id} ends with an unfinished file")
                self.end(self.tasks[task_id], "failed" if failed_files else "completed")
            case do.Expire(task_id):
                self.end(self.tasks[task_id], "timeout")
            case do.Replace(translator):
                self.count("replaced")
                self.die(self.gpus[translator], Failure.TRANSLATOR_DIED)

    def _send(self, lease: Lease) -> None:
        for item in lease.items:
            task = self.tasks[item.task_id]
            if task.status != "processing" or task.attempt != item.attempt:
                raise Broken(f"a sentence of {item.task_id}, which is {task.status}, is sent")
            if task.files[item.file_id].stored[item.position]:
                raise Broken(f"sentence {item.position} of file {item.file_id} is sent although it is stored")
            if (wanted := models_of(task.model)) and lease.leg.model != wanted[-1 if item.last else 0]:
                raise Broken(f"a sentence of {item.task_id}, bound to {task.model}, is sent to {lease.leg.model}")
            key = (item.file_id, item.position)
            other = self._out.get(key)
            if other is not None and other in self.dispatcher.leases and self._is_current(item, other):
                raise Broken(f"sentence {item.position} of file {item.file_id} is out twice")
            self._out[key] = lease.lease_id
        gpu = self.gpus[lease.translator]
        if not gpu.is_up or len(gpu.queue) + (gpu.working is not None) >= IN_FLIGHT + self._stale(gpu):
            raise Broken(f"{lease.translator} is given more than {IN_FLIGHT} chunks")
        gpu.queue.append(lease)
        if self._on_sent is not None:
            self._on_sent(self.now, lease)
        self._work(gpu)

    def _is_current(self, item: object, lease_id: str) -> bool:
        """Two leases may hold a sentence only when one is from before its task was requeued or retried."""
        return any(item is one for one in self.dispatcher.leases[lease_id].items)

    def _stale(self, gpu: Gpu) -> int:
        """Leases of an earlier scheduler that the GPU still works on."""
        held = [*gpu.queue, *([gpu.working] if gpu.working is not None else [])]
        return sum(not lease.lease_id.startswith(f"{self.epoch}-") for lease in held)

    def _later(self, seconds: float, task_id: str, attempt: int, event: Callable[[], None]) -> None:
        epoch, task = self.epoch, self.tasks[task_id]
        started = self.dispatcher.jobs[task_id]
        self.at(
            self.now + seconds,
            lambda: (
                event()
                if self.epoch == epoch
                and task.attempt == attempt
                and task.status == "processing"
                and self.dispatcher.jobs.get(task_id) is started
                else None
            ),
        )

    def _prepared(self, task_id: str, attempt: int, file_id: int) -> None:
        file = self.tasks[task_id].files[file_id]
        file.status = "prepared"
        self.dispatcher.prepared(task_id, attempt, file_id, *file.missing(), self.clock)

    def _assembled(self, task_id: str, attempt: int, file_id: int) -> None:
        self.tasks[task_id].files[file_id].status = "completed"
        self.dispatcher.file_over(task_id, attempt, file_id, failed=False)
