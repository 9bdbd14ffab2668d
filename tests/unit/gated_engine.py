"""An engine that waits at a gate and remembers what it was given, for the runner's tests."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

from translation.engine import Decoding, Encoded, Output
from translation.engines.fake import FakeEngine, FakeOptions
from translation.runner import Item, Runner, Work, WorkResult

WAIT_SECONDS = 20.0
MN, ZH, EN = "mon_Cyrl", "cmn_Hans", "eng_Latn"


class Gated(FakeEngine):
    """Records every batch; while `gate` is shut a batch waits inside the engine."""

    def __init__(self, pairs: set[tuple[str, str]] | None = None) -> None:
        super().__init__(FakeOptions())
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.batches: list[list[str]] = []
        self.decodings: list[Decoding] = []
        self.closed = False
        self.on_batch: Callable[[Sequence[Encoded]], None] = lambda batch: None
        self.reply: Callable[[str, Decoding], str | None] = lambda text, decoding: None
        self._pairs = frozenset(pairs) if pairs is not None else super().pairs()

    def pairs(self) -> frozenset[tuple[str, str]]:
        return self._pairs

    def generate(
        self, batch: Sequence[Encoded], source: str, target: str, decoding: Decoding, *, align: bool = False
    ) -> list[Output]:
        self.entered.release()
        assert self.gate.wait(WAIT_SECONDS)
        self.batches.append([item.text for item in batch])
        self.decodings.append(decoding)
        self.on_batch(batch)
        outputs = super().generate(batch, source, target, decoding)
        replies = [self.reply(item.text, decoding) for item in batch]
        return [out if reply is None else Output(reply, 0.0, 1) for out, reply in zip(outputs, replies, strict=True)]

    def close(self) -> None:
        self.closed = True

    def wait_for_a_batch(self) -> None:
        assert self.entered.acquire(timeout=WAIT_SECONDS)


def no_flags(source_text: str, target_text: str, source: str, target: str) -> tuple[str, ...]:
    return ()


def work_of(
    *texts: str,
    id: str = "w",
    urgent: bool = False,
    tag: str = "",
    source: str = EN,
    target: str = MN,
    via_eng: bool = False,
    align: bool = False,
) -> Work:
    return Work(id, source, target, via_eng, urgent, tuple(Item(text, tag, align) for text in texts))


def result_of(runner: Runner, work: Work) -> WorkResult:
    return runner.submit(work).result(WAIT_SECONDS)


def texts_of(result: WorkResult) -> list[str | None]:
    return [answer.text if answer else None for answer in result.answers]


def runners_of(engine: Gated) -> Iterator[Callable[..., Runner]]:
    """A fixture's body: -> a function that starts runners around the engine; they are closed after."""
    runners: list[Runner] = []

    def make(batch_tokens: int = 1000, **options: object) -> Runner:
        runner = Runner(engine, Decoding(), batch_tokens, check=options.pop("check", no_flags), **options)  # type: ignore[arg-type]
        runners.append(runner)
        return runner

    yield make
    engine.gate.set()
    for runner in runners:
        runner.close()
