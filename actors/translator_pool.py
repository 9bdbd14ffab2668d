"""Keeps the wanted number of translators alive: starts, adopts, watches and replaces them.

Translators are detached: a restarted scheduler finds them by name and goes on with models that are already loaded.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayError

from actors.config import NAMESPACE, TRANSLATOR_PREFIX, TranslatorConfig
from actors.failures import Failure
from actors.placing import changes
from actors.ray_errors import sentence_of
from actors.reaching import ANSWER_SECONDS, pulse_of
from actors.team import PATIENCE
from actors.translator_actor import TranslatorActor, TranslatorInfo
from actors.translator_slot import Slot, Wanted

log = logging.getLogger("khelmerch.translators")

HEARTBEAT_SECONDS = 2.0
RESTART_BACKOFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pause before the next try after this many starts in a row failed; the last one repeats (a quarantine)."""
RESTARTING_SECONDS = 30.0
"""How long Ray may take to start a translator's process again. One that ends itself at each start never gets further."""
RESTARTING_POLL_SECONDS = 0.2
DRAIN_POLL_SECONDS = 0.05
TRANSLATE_CALLS = 64
"""Calls a translator accepts at once; the dispatcher never has more than a handful out."""


class TranslatorPool:
    """`on_up(slot)`, `on_down(name, failure)` and `on_progress(name)`, it did a token batch since it was last asked, are
    called on the event loop."""

    def __init__(
        self,
        config: TranslatorConfig,
        version: str,
        namespace: str,
        wanted: Callable[[float], Wanted],
        on_up: Callable[[Slot], None],
        on_down: Callable[[str, Failure], None],
        on_drain: Callable[[str], None] = lambda _name: None,
        is_busy: Callable[[str], bool] = lambda _name: False,
        on_failed: Callable[[Slot], None] = lambda _slot: None,
        on_progress: Callable[[str], None] = lambda _name: None,
        silent_seconds: float = PATIENCE.silent_seconds,
    ) -> None:
        """wanted: from the GPUs of the cluster to what there should be. on_drain: nothing more may be sent there, from now
        until it is down; is_busy: has it a lease? on_failed: its model could not be loaded."""
        self._config = config
        self._version = version
        self._namespace = namespace
        self._wanted = wanted
        self._on_up = on_up
        self._on_down = on_down
        self._on_drain = on_drain
        self._is_busy = is_busy
        self._on_failed = on_failed
        self._closed = False
        self._on_progress = on_progress
        self._silent_seconds = silent_seconds
        self.slots: dict[str, Slot] = {}

    async def adopt(self) -> None:
        """Find the translators that an earlier scheduler left, and the model that each holds. Call it once, at first."""
        names = await asyncio.to_thread(stray_translators, self._namespace)
        for name, info in zip(names, await asyncio.gather(*map(self._ask, names)), strict=True):
            if info is not None:
                self.slots[name] = Slot(name, info.gpus, info.setting)

    async def _ask(self, name: str) -> TranslatorInfo | None:
        try:
            handle = ray.get_actor(name, namespace=self._namespace)
            info: TranslatorInfo = await asyncio.wait_for(handle.describe.remote(), ANSWER_SECONDS)
        except (RayError, ValueError, TimeoutError):
            return None  # it is starting, or dead: whoever gets its name looks at it again
        return info

    async def reconcile(self) -> None:
        """Start what is missing, change and retire what is to be otherwise. Called again and again."""
        if self._closed:
            return
        wanted = self._wanted(ray.cluster_resources().get("GPU", 0.0))
        for slot in self.slots.values():
            if slot.task is None or slot.task.done():
                if slot.task is not None:
                    problem = slot.task.exception()
                    log.error(
                        "nobody looked after a translator any more", extra={"translator": slot.name}, exc_info=problem
                    )
                slot.task = asyncio.create_task(self._keep(slot))
        places = [slot.place(wanted.names) for slot in self.slots.values()]
        for change in changes(places, wanted.names, wanted.models, wanted.needed):
            slot = self.slots.get(change.name) or Slot(change.name, wanted.names[change.name], change.model or "")
            if self.slots.setdefault(change.name, slot).task is not None:
                log.info("translator changes", extra={"translator": slot.name, "from": slot.model, "to": change.model})
                assert slot.task is not None
                slot.task.cancel()
                slot.task = asyncio.create_task(self._change(slot, change.model))
            else:
                slot.task = asyncio.create_task(self._keep(slot))

    def _again(self) -> None:
        """One change is made: the next need not wait for the tick."""
        self._soon = asyncio.create_task(self.reconcile())

    def suspect(self, name: str) -> None:
        """A call to this translator failed: look at once whether it is alive."""
        slot = self.slots.get(name)
        if slot is not None and slot.suspect is not None:
            slot.suspect.set()

    def replace(self, name: str) -> None:
        """Kill a translator that does not progress; Ray starts a new process under its name."""
        slot = self.slots.get(name)
        if slot is not None and slot.handle is not None:
            log.warning("translator does not progress and is replaced", extra={"translator": name})
            ray.kill(slot.handle, no_restart=False)
            self.suspect(name)

    @property
    def ready(self) -> list[Slot]:
        return [slot for slot in self.slots.values() if slot.state == "ready"]

    def processes(self) -> dict[str, list[int]]:
        """-> {gpu_id: process ids of the translators on it}, whatever their model."""
        found: dict[str, list[int]] = {}
        for slot in self.slots.values():
            if slot.info is not None and slot.state in ("ready", "draining"):
                found.setdefault(slot.info.gpu_id, []).append(slot.info.pid)
        return found

    def nodes(self) -> set[str]:
        """-> ids of the Ray nodes on which there are translators."""
        return {slot.info.node_id for slot in self.slots.values() if slot.info is not None}

    def close(self) -> None:
        """End every translator."""
        self._closed = True
        for slot in self.slots.values():
            if slot.task is not None:
                slot.task.cancel()
            self._kill(slot)

    # ---- the life of one slot

    async def _change(self, slot: Slot, model: str | None) -> None:
        """Let it finish what it has, then end it; another with `model` comes in its place, or none."""
        slot.retiring = model is None
        if slot.state == "ready":
            slot.state = "draining"
            self._on_drain(slot.name)
            watching = asyncio.create_task(self._watch(slot))
            # Polled: the dispatcher is pure and tells nobody, and this happens seldom.
            while self._is_busy(slot.name) and not watching.done():  # noqa: ASYNC110
                await asyncio.sleep(DRAIN_POLL_SECONDS)
            watching.cancel()
            self._on_down(slot.name, Failure.TRANSLATOR_LOST)
        slot.state = "draining"
        self._kill(slot)
        await self._gone(slot.name)
        if model is None:
            del self.slots[slot.name]
            self._again()
            return
        slot.model, slot.state, slot.info, slot.error, slot.failures = model, "starting", None, None, 0
        await self._keep(slot)

    async def _keep(self, slot: Slot) -> None:
        patient_until: float | None = None
        failure: Failure | None = None
        while True:
            slot.suspect = asyncio.Event()
            try:
                slot.handle = self._get_or_create(slot)
                # A start takes as long as a model takes to load; one that was lost has its model.
                known = self._silent_seconds if failure is Failure.TRANSLATOR_LOST else None
                info = await asyncio.wait_for(slot.handle.adopt.remote(), known)
            except TimeoutError:
                failure = None
                self.replace(slot.name)
                continue
            except RayError as error:
                failure = None
                now = asyncio.get_running_loop().time()
                patient_until = patient_until or now + RESTARTING_SECONDS
                if isinstance(error, ActorUnavailableError) and now < patient_until:
                    # Its process died lately, and Ray is starting another: killing that would only take longer.
                    await asyncio.sleep(RESTARTING_POLL_SECONDS)
                    continue
                slot.state, slot.error = "failed", sentence_of(error)
                log.error("translator did not start", extra={"translator": slot.name, "reason": slot.error})
                self._kill(slot)
                pause = RESTART_BACKOFF_SECONDS[min(slot.failures, len(RESTART_BACKOFF_SECONDS) - 1)]
                slot.failures += 1
                self._on_failed(slot)
                await asyncio.sleep(pause)
                continue
            if info.version != self._version or (info.setting, info.gpus) != (slot.model, slot.gpus):
                # `get_if_exists` found a process with older code or another model: it goes, and one of ours comes.
                log.info(
                    "translator of another version is replaced",
                    extra={"translator": slot.name, "version": info.version},
                )
                self._kill(slot)
                await self._gone(slot.name)
                continue
            slot.failures, patient_until = 0, None
            slot.info, slot.state, slot.error = info, "ready", None
            log.info("translator is ready", extra={"translator": slot.name, "pid": info.pid, "gpu": info.gpu_id})
            self._on_up(slot)
            self._again()
            failure = await self._watch(slot)
            slot.state = "lost"
            slot.restarts += 1
            log.warning("translator is gone", extra={"translator": slot.name, "failure": failure.value})
            self._on_down(slot.name, failure)

    async def _watch(self, slot: Slot) -> Failure:
        """-> when the translator is lost, and how."""
        assert slot.info is not None and slot.suspect is not None
        steps = 0.0
        while True:
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(slot.suspect.wait(), HEARTBEAT_SECONDS)
            slot.suspect.clear()
            pulse = await pulse_of(slot.handle, slot.info.boot_id)
            if isinstance(pulse, Failure):
                return pulse
            if pulse.steps != steps:
                steps = pulse.steps
                self._on_progress(slot.name)

    def _get_or_create(self, slot: Slot) -> Any:
        actor: Any = TranslatorActor
        config = replace(self._config, engine=replace(self._config.engine, model=slot.model), gpus=slot.gpus)
        return actor.options(
            name=slot.name,
            namespace=self._namespace,
            lifetime="detached",
            get_if_exists=True,
            max_restarts=-1,
            max_task_retries=0,
            num_gpus=slot.gpus,
            num_cpus=self._config.cpus,
            max_concurrency=TRANSLATE_CALLS,
        ).remote(slot.name, config, self._version)

    @staticmethod
    def _kill(slot: Slot) -> None:
        if slot.handle is not None:
            # Already dead is what was wanted.
            with contextlib.suppress(RayError):
                ray.kill(slot.handle, no_restart=True)
            slot.handle = None

    async def _gone(self, name: str) -> None:
        while True:
            try:
                ray.get_actor(name, namespace=self._namespace)
            except ValueError:
                return
            await asyncio.sleep(0.05)


def stray_translators(namespace: str = NAMESPACE) -> list[str]:
    """-> names of translators that live in the namespace."""
    found = ray.util.list_named_actors(all_namespaces=True)
    return sorted(
        row["name"] for row in found if row["namespace"] == namespace and row["name"].startswith(TRANSLATOR_PREFIX)
    )
