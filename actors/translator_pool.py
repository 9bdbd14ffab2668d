"""Keeps the wanted number of translators alive: starts, adopts, watches and replaces them.

Translators are detached: a restarted scheduler finds them by name and goes on with models that are already loaded.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import ray
from ray.exceptions import ActorUnavailableError, RayError

from actors.config import NAMESPACE, TRANSLATOR_PREFIX, TranslatorConfig
from actors.failures import Failure
from actors.fleet import PATIENCE
from actors.ray_errors import sentence_of
from actors.reaching import pulse_of
from actors.translator_actor import TranslatorActor, TranslatorInfo

log = logging.getLogger("khelmerch.translators")

HEARTBEAT_SECONDS = 2.0
RESTART_BACKOFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 60.0)
"""Pause before the next try after this many starts in a row failed; the last one repeats (a quarantine)."""
RESTARTING_SECONDS = 30.0
"""How long Ray may take to start a translator's process again. One that ends itself at each start never gets further."""
RESTARTING_POLL_SECONDS = 0.2
TRANSLATE_CALLS = 64
"""Calls a translator accepts at once; the dispatcher never has more than a handful out."""


@dataclass
class Slot:
    """One place for a translator. state: starting, ready, lost, failed; error: why it failed, for people."""

    name: str
    gpus: float
    handle: Any = None
    info: TranslatorInfo | None = None
    state: str = "starting"
    error: str | None = None
    restarts: int = 0
    task: asyncio.Task[None] | None = None
    suspect: asyncio.Event | None = None


def slot_names(instances: int | None, cluster_gpus: float, gpu_share: float) -> list[tuple[str, float]]:
    """-> (name, GPUs) of the translators that there should be. Pure.

    instances None: one for each GPU of the cluster, or one on the CPU where there is none.
    """
    with_gpu = int(cluster_gpus / gpu_share) if gpu_share > 0 else 0
    if with_gpu == 0:
        return [(f"{TRANSLATOR_PREFIX}cpu-{n}", 0.0) for n in range(instances or 1)]
    count = with_gpu if instances is None else min(instances, with_gpu)
    return [(f"{TRANSLATOR_PREFIX}gpu-{n}", gpu_share) for n in range(count)]


def staying(wanted: Mapping[str, float], slots: Mapping[str, tuple[float, bool]]) -> dict[str, float]:
    """-> name -> GPUs of the translators that there should be, as many of each kind as in `wanted`. Pure.

    slots: name -> (GPUs, whether it is ready). When a node died, those that live on others stay, whatever their number:
    a model that is loaded is not thrown away for a name.
    """
    chosen = dict(wanted)
    for name, (gpus, is_ready) in slots.items():
        if is_ready and name not in chosen:
            gone = [one for one in chosen if chosen[one] == gpus and not slots.get(one, (gpus, False))[1]]
            if gone:
                del chosen[gone[-1]]
                chosen[name] = gpus
    return chosen


class TranslatorPool:
    """`on_up(slot)`, `on_down(name, failure)` and `on_progress(name)`, it did a token batch since it was last asked, are
    called on the event loop."""

    def __init__(
        self,
        config: TranslatorConfig,
        version: str,
        instances: int | None,
        namespace: str,
        on_up: Callable[[Slot], None],
        on_down: Callable[[str, Failure], None],
        on_progress: Callable[[str], None] = lambda _name: None,
        silent_seconds: float = PATIENCE.silent_seconds,
    ) -> None:
        self._config = config
        self._version = version
        self._instances = instances
        self._namespace = namespace
        self._on_up = on_up
        self._on_down = on_down
        self._on_progress = on_progress
        self._silent_seconds = silent_seconds
        self.slots: dict[str, Slot] = {}

    async def reconcile(self) -> None:
        """Start what is missing, retire what is too many (GPUs joined or left). Called again and again."""
        names = dict(slot_names(self._instances, ray.cluster_resources().get("GPU", 0.0), self._config.gpus))
        wanted = staying(names, {slot.name: (slot.gpus, slot.state == "ready") for slot in self.slots.values()})
        for name, gpus in wanted.items():
            slot = self.slots.setdefault(name, Slot(name, gpus))
            if slot.task is None or slot.task.done():
                if slot.task is not None:
                    problem = slot.task.exception()
                    log.error("nobody looked after a translator any more", extra={"translator": name}, exc_info=problem)
                slot.task = asyncio.create_task(self._keep(slot))
        for name in [name for name in self.slots if name not in wanted]:
            slot = self.slots.pop(name)
            if slot.task is not None:
                slot.task.cancel()
            if slot.state == "ready":
                self._on_down(name, Failure.TRANSLATOR_LOST)
            self._kill(slot)

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
        """-> {gpu_id: process ids of the translators on it}."""
        found: dict[str, list[int]] = {}
        for slot in self.ready:
            if slot.info is not None:
                found.setdefault(slot.info.gpu_id, []).append(slot.info.pid)
        return found

    def close(self) -> None:
        """End every translator."""
        for slot in self.slots.values():
            if slot.task is not None:
                slot.task.cancel()
            self._kill(slot)

    # ---- the life of one slot

    async def _keep(self, slot: Slot) -> None:
        failures = 0
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
                pause = RESTART_BACKOFF_SECONDS[min(failures, len(RESTART_BACKOFF_SECONDS) - 1)]
                failures += 1
                await asyncio.sleep(pause)
                continue
            if info.version != self._version:
                # `get_if_exists` found a process with older code: it goes, and one with ours comes.
                log.info(
                    "translator of another version is replaced",
                    extra={"translator": slot.name, "version": info.version},
                )
                self._kill(slot)
                await self._gone(slot.name)
                continue
            failures, patient_until = 0, None
            slot.info, slot.state, slot.error = info, "ready", None
            log.info("translator is ready", extra={"translator": slot.name, "pid": info.pid, "gpu": info.gpu_id})
            self._on_up(slot)
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
        ).remote(slot.name, self._config, self._version)

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
