"""The Ray shell of one resident model. The work is done by `translation.runner.Runner`, in its one thread."""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
from dataclasses import dataclass

import pynvml
import ray

from actors import logs
from actors.config import TranslatorConfig
from actors.gpu_devices import gpu_id_of
from actors.nodes import node_name
from translation.engine import Decoding
from translation.errors import FatalDeviceError
from translation.factory import load_engine
from translation.runner import Runner, Work, WorkResult
from translation.term_tries import again, best, first, settled

log = logging.getLogger("khelmerch.translator")


@dataclass(frozen=True)
class TranslatorInfo:
    """Who answers under a translator's name. boot_id is new in every process, so a restart is seen."""

    name: str
    boot_id: str
    version: str
    pid: int
    node: str
    gpu_id: str
    device: str
    model: str
    pairs: frozenset[tuple[str, str]]
    node_id: str = ""
    """Ray's id of the node."""
    setting: str = ""
    """The model as the operator names it."""
    gpus: float = 0.0
    chunk_seconds: float = 1.0
    """Work that it should get at once (`Engine.chunk_seconds`)."""


@dataclass(frozen=True)
class Pulse:
    """steps: changes with every token batch that is done."""

    boot_id: str
    steps: float


@ray.remote(concurrency_groups={"control": 4})
class TranslatorActor:
    """Holds a model for as long as it lives. `translate` waits for the runner; the control group never touches it."""

    def __init__(self, name: str, config: TranslatorConfig, version: str) -> None:
        logs.configure(config.log)
        accelerators = ray.get_runtime_context().get_accelerator_ids().get("GPU", [])
        engine = load_engine(config.engine)
        node = node_name()
        index = accelerators[0] if accelerators else "0"
        decoding = Decoding(beam_size=config.beam_size, length_penalty=config.length_penalty)
        self._runner = Runner(engine, decoding, config.batch_tokens)
        self._outstanding: dict[str, set[str]] = {}
        self._running: dict[str, asyncio.Future[WorkResult]] = {}
        self._info = TranslatorInfo(
            name=name,
            boot_id=secrets.token_hex(8),
            version=version,
            pid=os.getpid(),
            node=node,
            node_id=ray.get_runtime_context().get_node_id(),
            gpu_id=f"{node}/cpu" if engine.device == "cpu" else gpu_id_of(pynvml, node, index),
            device=engine.device,
            model=engine.name,
            pairs=engine.pairs(),
            setting=config.engine.model,
            gpus=config.gpus,
            chunk_seconds=engine.chunk_seconds,
        )
        log.info(
            "translator has loaded its model", extra={"translator": name, "model": engine.name, "device": engine.device}
        )

    async def translate(self, work: Work) -> WorkResult:
        """-> the answers; None in place of one whose task was cancelled. Raises what the engine raised.

        Asked again while it is at that work (the connection broke), it answers both when it is done.
        """
        running = self._running.get(work.id)
        if running is None:
            running = self._running[work.id] = asyncio.ensure_future(self._run(work))
        return await asyncio.shield(running)

    async def _run(self, work: Work) -> WorkResult:
        self._outstanding[work.id] = {item.tag for item in work.items}
        try:
            asked, tries = first(work)
            result = settled(work, await asyncio.wrap_future(self._runner.submit(asked)), tries)
            if (more := again(work, result)) is None:
                return result
            other, others = more
            return best(work, result, await asyncio.wrap_future(self._runner.submit(other)), others)
        except FatalDeviceError:
            # A poisoned CUDA context cannot be mended: Ray starts a fresh process under the same name. `exit_actor`
            # would count as intended, and nothing would be started.
            log.exception("the device failed; this process ends so that a new one can start")
            logging.shutdown()
            os._exit(1)
        finally:
            del self._outstanding[work.id], self._running[work.id]

    @ray.method(concurrency_group="control")
    async def describe(self) -> TranslatorInfo:
        return self._info

    @ray.method(concurrency_group="control")
    async def pulse(self) -> Pulse:
        """Is it alive, and does it get on?"""
        return Pulse(self._info.boot_id, self._runner.progress().last_step_at)

    @ray.method(concurrency_group="control")
    async def cancel(self, tag: str) -> None:
        """Stop working for a task's attempt, within one token batch."""
        self._runner.cancel(tag)

    @ray.method(concurrency_group="control")
    async def adopt(self) -> TranslatorInfo:
        """A scheduler takes this translator over: whatever was asked before has no lease any more, so it stops."""
        for tag in set().union(*self._outstanding.values()):
            self._runner.cancel(tag)
        return self._info
