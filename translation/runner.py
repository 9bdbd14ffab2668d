"""The threads that decode with an engine, one for each batch that it decodes at once, and one for the work beside it.

Urgent work first, token batches, second tries, cancelling. No Ray, no asyncio.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from functools import partial

from translation import guards
from translation.budget import budget_for
from translation.engine import Alignment, Decoding, Engine
from translation.errors import FatalDeviceError, RunnerClosed, TranslationError
from translation.faults import Fault, classify
from translation.job import Check, Job
from translation.mixed import Mixed, decode, filled
from translation.side import SideThread
from translation.terms import TermMatch

__all__ = ["Answer", "Item", "Progress", "Runner", "Work", "WorkResult"]

_SPEED_WEIGHT = 0.3
"""Weight of the newest batch in the moving average of characters per second."""


@dataclass(frozen=True)
class Item:
    """One sentence. `tag`: whose it is (a task id, '' for short text), for `Runner.cancel`; `terms`: of a glossary, in it."""

    text: str
    tag: str = ""
    align: bool = False
    terms: tuple[TermMatch, ...] = ()


@dataclass(frozen=True)
class Work:
    """A chunk of sentences in one direction; `via_eng` goes through English; `alternatives`: as many other translations of
    each are wanted."""

    id: str
    source: str
    target: str
    via_eng: bool
    urgent: bool
    items: tuple[Item, ...]
    alternatives: int = 0


@dataclass(frozen=True)
class Answer:
    """`flags`: what is doubtful about the translation (`translation.guards`), empty when nothing is."""

    text: str
    flags: tuple[str, ...] = ()
    alignment: Alignment | None = None


@dataclass(frozen=True)
class WorkResult:
    """`answers[i]` belongs to `items[i]`, None where it was cancelled.

    `seconds`: compute time, `tokens`: target pieces. `others[i]`: the alternatives to `answers[i]`, where there are any.
    """

    id: str
    answers: tuple[Answer | None, ...]
    seconds: float
    source_chars: int
    tokens: int
    others: Mapping[int, tuple[Answer, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Progress:
    """`work_id` is None when idle. `last_step_at`: time.monotonic() when the last batch ended."""

    work_id: str | None
    done: int
    total: int
    queued: int
    last_step_at: float
    chars_per_second: float


class Runner:
    """Thread-safe. `Engine.parallel` threads decode; another one encodes what comes next and checks what came out
    meanwhile.

    `clock` is time.monotonic's stand-in for tests, `check` that of the guards.
    """

    def __init__(
        self,
        engine: Engine,
        decoding: Decoding,
        batch_tokens: int | None,
        *,
        check: Check = guards.check,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`batch_tokens`: rows x longest source of one batch, None for what the free memory allows; halved when
        memory runs out.
        """
        self._engine = engine
        self._decoding = decoding
        self._check = check
        self._clock = clock
        self._budget = budget_for(engine.device, decoding.beam_size, batch_tokens, engine.parallel)
        self._state = threading.Condition()
        self._urgent: deque[Job] = deque()
        self._ordinary: deque[Job] = deque()
        self._running: list[Job] = []
        self._closing = False
        self._broken: FatalDeviceError | None = None
        self._last_step_at = clock()
        self._chars_per_second = 0.0
        self._unmeasured_seconds = 0.0
        self._side = SideThread("translator-side")
        self._decoding_threads = engine.parallel
        names = ["translator", *(f"translator-{number}" for number in range(2, engine.parallel + 1))]
        self._threads = [threading.Thread(target=self._loop, name=name, daemon=True) for name in names]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Work) -> Future[WorkResult]:
        """Never blocks. The future raises TranslationError (UnsupportedPair, FatalDeviceError, …) or what the
        engine raised.
        """
        job = Job(work, self._engine, self._decoding, self._check)
        with self._state:
            if self._broken is not None:
                job.future.set_exception(self._broken)
            elif self._closing:
                job.future.set_exception(_closed())
            else:
                (self._urgent if work.urgent else self._ordinary).append(job)
                self._side.put(lambda: self._aside(job, job.prepare), urgent=work.urgent)
        return job.future

    def cancel(self, tag: str) -> None:
        """Sentences that only `tag` wants and that are not translated yet come back as None, after the present
        batch at the latest.

        Work that is submitted later under the same tag is not touched: a retry of a task keeps its id.
        """
        with self._state:
            for job in (*self._urgent, *self._ordinary):
                job.cancel(tag)

    def progress(self) -> Progress:
        """Answers at once, whatever the compute thread does."""
        with self._state:
            job = next(iter((*self._running, *self._urgent, *self._ordinary)), None)
            queued = len(self._urgent) + len(self._ordinary) - (job is not None)
            return Progress(
                job.work.id if job else None,
                job.done if job else 0,
                len(job.work.items) if job else 0,
                max(queued, 0),
                self._last_step_at,
                self._chars_per_second,
            )

    def close(self) -> None:
        """Stops after the present batch; unfinished work raises RunnerClosed. Frees the device."""
        with self._state:
            self._closing = True
            self._state.notify_all()
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join()

    def _loop(self) -> None:
        try:
            while (step := self._next_step()) is not None:
                self._step(step)
        finally:
            with self._state:
                self._decoding_threads -= 1
                last = self._decoding_threads == 0
            if last:
                self._side.close()
                self._fail_all(self._broken or _closed())
                self._engine.close()

    def _next_step(self) -> Mixed | None:
        """Waits for something to decode; None when the runner closes."""
        found: Mixed | None = None

        def look() -> bool:
            nonlocal found
            found = None if self._closing else self._find()
            return found is not None or self._closing

        with self._state:
            self._state.wait_for(look)
            if found is not None:
                self._running.append(found.parts[0][0])
        return found

    def _find(self) -> Mixed | None:
        """A batch of the oldest work that has one, urgent work first; ordinary ones are filled up with the works after."""
        for job in self._urgent:
            if not job.prepared and not job.future.cancelled():
                # Encoding a short text takes less than any batch: it is worth waiting for.
                return None
        for job in (*self._urgent, *self._ordinary):
            if not job.prepared:
                continue
            batch = job.take(self._budget.tokens)
            if batch is not None:
                # Somebody waits for urgent work: it takes nobody along.
                return filled(job, batch, () if job.work.urgent else self._ordinary, self._budget.tokens)
            if job.exhausted and not job.going_on:
                # All that waited was cancelled: nothing comes back whose arrival would bring the work on.
                job.going_on = True
                self._side.put(partial(self._aside, job, _nothing), urgent=job.work.urgent)
        return None

    def _step(self, mixed: Mixed) -> None:
        """Decodes one batch. What comes out is read and checked by the thread beside."""
        began = self._clock()
        try:
            outputs = decode(mixed, self._engine, self._budget)
        except Exception as error:
            for job, _batch in mixed.parts:
                self._fail(job, self._meaning(error))
            return
        finally:
            with self._state:
                self._running.remove(mixed.parts[0][0])
        now = self._clock()
        # While one batch is decoded, the device does as much for each of the others.
        seconds = (now - began) / self._engine.parallel
        with self._state:
            for job, batch in mixed.parts:
                job.seconds += seconds * batch.rows / mixed.rows
            self._last_step_at = now
            self._unmeasured_seconds += seconds
        if outputs is not None:
            for (job, batch), its in zip(mixed.parts, outputs, strict=True):
                self._side.put(partial(self._aside, job, partial(job.absorb, batch, its)), urgent=job.work.urgent)
        else:
            with self._state:
                self._state.notify_all()  # what waits again may be for another thread

    def _aside(self, job: Job, action: Callable[[], None]) -> None:
        """A piece of work of the side thread: `action`, then whatever `job` can go on with."""
        if not self._begun(job):
            return
        before = job.chars_done
        try:
            action()
            job.go_on()
        except Exception as error:
            self._fail(job, self._meaning(error))
            return
        self._note(job.chars_done - before)
        if job.over:
            # Before the answer, so that who has it sees an idle runner.
            self._remove(job)
            done = (job.answers(Answer), job.seconds, job.chars_done, job.tokens, job.others(Answer))
            job.future.set_result(WorkResult(job.work.id, *done))
            return
        with self._state:
            job.going_on = False
            self._state.notify_all()

    def _begun(self, job: Job) -> bool:
        """False when nobody waits for `job` any more: it leaves its queue."""
        if job.prepared or job.future.set_running_or_notify_cancel():
            return not job.future.done()
        self._remove(job)
        return False

    def _fail(self, job: Job, error: Exception) -> None:
        self._remove(job)
        # Not swallowed: it is the future's, whose owner classifies it and decides on retries.
        if not job.future.done():
            job.future.set_exception(error)

    def _remove(self, job: Job) -> None:
        with self._state:
            queue = self._urgent if job.work.urgent else self._ordinary
            if job in queue:  # a batch may fail while the one before is checked
                queue.remove(job)
            self._state.notify_all()

    def _note(self, chars: int) -> None:
        with self._state:
            # A first hop and a second try cost time and finish no sentence: their time counts with the next that does.
            if chars and self._unmeasured_seconds > 0:
                speed = chars / self._unmeasured_seconds
                self._unmeasured_seconds = 0.0
                old = self._chars_per_second
                self._chars_per_second = speed if not old else old + _SPEED_WEIGHT * (speed - old)

    def _meaning(self, error: Exception) -> Exception:
        if isinstance(error, TranslationError) or classify(error) is not Fault.DEVICE:
            return error
        fatal = FatalDeviceError(
            f"The device {self._engine.device} has failed and this process must be started anew: {error}",
            device=self._engine.device,
        )
        fatal.__cause__ = error
        with self._state:
            self._broken = fatal
            self._closing = True
        return fatal

    def _fail_all(self, error: TranslationError) -> None:
        with self._state:
            jobs = [*self._urgent, *self._ordinary]
            self._urgent.clear()
            self._ordinary.clear()
        for job in jobs:
            if not job.future.done() and (job.future.running() or job.future.set_running_or_notify_cancel()):
                job.future.set_exception(error)


def _nothing() -> None:
    """No batch came back: only see what follows."""


def _closed() -> RunnerClosed:
    return RunnerClosed("The translator is shutting down: send the work again, to another one.")
