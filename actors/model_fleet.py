"""Which models translate, on how many translators: what the operator wants, kept over restarts, and how far it is."""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict, replace
from typing import Any

import ray

from actors import errors
from actors.backlog_scaling import BacklogScaling
from actors.config import SchedulerConfig
from actors.decisions import Leg, Pair
from actors.dispatch import Dispatcher
from actors.fleet_state import Order, fleet_state
from actors.placing import RESTARTS_MEAN_FAILURE, allot, places_on, slot_names
from actors.routing import Offer, choose, is_possible, legs_of, models_of, paths_of, require_possible, sources_of
from actors.translator_pool import TranslatorPool
from actors.translator_slot import Slot, Wanted
from storage.repository import Repository
from storage.state_store import FLEET
from translation.catalogue import ModelDescription, describe
from translation.errors import TranslationError
from translation.languages import AUTO, check_pair
from translation.model_list import parse

log = logging.getLogger("khelmerch.scheduler")

SWAP_SECONDS = 3_600.0
"""A running task keeps its old model for so long; after that it goes on with the new one, with all that is translated."""

Row = dict[str, Any]


class ModelFleet:
    """`save(work)`: run in a durable transaction; `rebind`: a running task's model is gone."""

    def __init__(
        self,
        config: SchedulerConfig,
        repository: Repository,
        dispatcher: Dispatcher,
        save: Callable[[Callable[[], None]], Awaitable[None]],
        rebind: Callable[[str], Awaitable[None]],
    ) -> None:
        self._config = config
        self._repository = repository
        self._dispatcher = dispatcher
        self._save = save
        self._rebind = rebind
        self.pool: TranslatorPool | None = None
        self._backlog = BacklogScaling(config)
        self._saving: set[asyncio.Task[None]] = set()
        self._changing = asyncio.Lock()
        """Held from reading `order` until its successor is stored: two changes at once would undo one another."""
        self._possible: set[tuple[str, str, bool, str | None]] = set()  # found to be so, of the models of `order`
        configured = config.translator.engine.model
        stored = repository.state.text(FLEET)
        self.order = Order(**json.loads(stored)) if stored else Order(configured, configured)
        if self.order.configured != configured:
            self.order = Order(configured, configured, instances=self.order.instances)
        self.described: dict[str, ModelDescription] = {}
        try:
            self.described |= self._look_at(self.order)
        except TranslationError as error:
            if self.order.models == configured:
                raise
            problem = f"{self.order.models} cannot be used any more: {error.detail}"
            log.error("the models of config.ini are taken", extra={"reason": problem})
            self.order = Order(configured, configured, instances=self.order.instances, problem=problem)
            self.described |= self._look_at(self.order)

    # ---- questions

    @property
    def offers(self) -> list[Offer]:
        """What new work may be given to, in the operator's order."""
        return [Offer(model, self.described[model].pairs) for model in self.order.names]

    @property
    def first(self) -> ModelDescription:
        return self.described[self.order.names[0]]

    def bind(self, row: Row) -> str | None:
        """-> the model that a task is to be done by; the one it has if that is still there. None: none can."""
        if row["model"] and self._known.issuperset(models_of(row["model"])):
            return str(row["model"])
        pair = (row["source_lang"], row["target_lang"], bool(row["via_eng"]))
        healthy = self._dispatcher.fleet.is_healthy
        needed = set(row["languages"])
        # The model that the client named may have been replaced while the task waited.
        for wanted in (row["wanted_model"], None):
            bound = choose(pair, self.offers, wanted, healthy)
            if bound is not None and needed <= set(paths_of(pair, bound)):
                return bound
        return None

    def _can(self, row: Row, offers: list[Offer]) -> bool:
        """Could these models do an accepted task, whatever languages its sentences turned out to be in?"""
        pair = (row["source_lang"], row["target_lang"], bool(row["via_eng"]))
        languages = self._repository.segments.languages(row["task_id"]) if pair[0] == AUTO else set()
        return is_possible(pair, offers) and languages <= set(sources_of(pair, offers))

    def sources(self, pair: Pair, wanted: str | None = None) -> list[str]:
        """-> the languages from which a task of this pair can be translated."""
        return sources_of(pair, self.offers, wanted)

    def legs(self, pair: Pair, wanted: str | None) -> tuple[Leg, ...]:
        """-> how a short text goes: by the new models where they are ready, else by those that they replace.

        Raises UnsupportedPair, UnknownModel.
        """
        self.check_pair(*pair, wanted)
        healthy = self._dispatcher.fleet.is_healthy
        bound = choose(pair, self.offers, wanted, healthy)
        assert bound is not None, "check_pair has found one"
        if not all(map(healthy, models_of(bound))) and self.order.before:
            old = [Offer(model, self.described[model].pairs) for model in self.order.replaced]
            other = choose(pair, old, None, healthy)
            if other is not None and all(map(healthy, models_of(other))):
                bound = other
        return legs_of(pair, bound)

    def check_pair(self, source: str, target: str, via_eng: bool, wanted: str | None = None) -> None:
        """Can a model (the one that is wanted) do it? Raises UnsupportedPair, SameLanguage, UnknownLanguage, UnknownModel."""
        asked = (source, target, via_eng, wanted)
        if asked in self._possible:
            return
        check_pair(source, target)
        names = self.order.names
        if wanted is not None and wanted not in names:
            raise errors.UnknownModel(
                f"There is no model {wanted} here: use one of {', '.join(names)}, or none.", model=wanted, known=names
            )
        require_possible((source, target, via_eng), self.offers, wanted)
        self._possible.add(asked)

    def wanted(self, cluster_gpus: float) -> Wanted:
        """-> what the pool should hold."""
        names = dict(slot_names(self._instances, cluster_gpus, self._config.translator.gpus))
        shares = {one.model: one.share for one in parse(self.order.models)}
        old = set(self.order.replaced)
        needed = {model for job in self._dispatcher.jobs.values() for model in models_of(job.facts.model)}
        return Wanted(names, allot(len(names), shares), frozenset(needed & old))

    async def state(self) -> Row:
        """-> what is wanted and what there is, for people."""
        slots = list(self.pool.slots.values()) if self.pool is not None else []
        wanted = len(self.wanted(_gpus()).names)
        order = replace(self.order, problem=self.order.problem or self._crowded(len(self.order.names)))
        return fleet_state(order, wanted, slots, self._dispatcher.jobs.values())

    # ---- what operators do

    async def set_models(self, text: str) -> Row:
        """Replace the models translator by translator. Raises BadModels, ModelNotFound, ModelUnusable, ModelsNeeded."""
        try:
            named = parse(text)
        except ValueError as error:
            sentence = str(error)
            raise errors.BadModels(f"{sentence[:1].upper()}{sentence[1:]}.") from error
        async with self._changing:
            order = Order(text, self.order.configured, self.order.models, time.time(), self.order.instances)
            fresh = await asyncio.to_thread(self._look_at, order)
            if crowded := self._crowded(len(named)):
                raise errors.BadModels(crowded)
            offers = [Offer(one.model, fresh[one.model].pairs) for one in named]
            stuck = [row["task_id"] for row in self._repository.tasks.unfinished() if not self._can(row, offers)]
            if stuck:
                raise errors.ModelsNeeded(
                    f"{len(stuck)} tasks that are not over need a pair of languages that {text} cannot do. Wait for "
                    f"them or cancel them, the first is {stuck[0]}.",
                    tasks=stuck[:10],
                )
            if [one.model for one in named] == self.order.names:
                order = replace(order, before=self.order.before, since=self.order.since)
            self.described |= fresh
            await self._give(order)
        log.info("models are replaced", extra={"models": text, "before": order.before})
        return await self.state()

    async def scale(self, count: int | None) -> Row:
        """Run so many translators from now on; None: as config.ini says. Raises BadScale."""
        if count is not None:
            least, most, why = self._bounds()
            if not least <= count <= most:
                raise errors.BadScale(
                    f"{count} translators are not possible: {least} to {most} are ({why}).", most=most
                )
        async with self._changing:
            await self._give(replace(self.order, instances=count))
        log.info("translators are scaled", extra={"translators": count})
        return await self.state()

    def _bounds(self) -> tuple[int, int, str]:
        gpus, share = _gpus(), self._config.translator.gpus
        least = len(self.order.names)
        places = places_on(gpus, share)
        if places:
            most = max(places, self._config.max_instances or 0)
            return least, most, f"the cluster has {gpus:g} GPUs, and a translator takes {share:g}"
        cpus = max(1, int(ray.cluster_resources().get("CPU", 1.0)))
        return least, max(cpus, self._config.max_instances or 0, least), f"the cluster has {cpus} CPU cores and no GPU"

    # ---- events

    async def tick(self) -> None:
        """Called again and again: ends what is over, gives tasks whose model is gone another, scales by backlog."""
        now = time.time()
        if self.order.before and not self._changing.locked():
            slots = self.pool.slots.values() if self.pool is not None else ()
            names = set(self.order.names)
            ready = {slot.model for slot in slots if slot.state == "ready"}
            if (names <= ready and {slot.model for slot in slots} <= names) or now - self.order.since > SWAP_SECONDS:
                async with self._changing:
                    await self._give(replace(self.order, before="", since=0.0))
        known = self._known
        for task_id, job in list(self._dispatcher.jobs.items()):
            # Tasks of a version that knew one model only are bound to none.
            if not job.facts.model or not known.issuperset(models_of(job.facts.model)):
                await self._rebind(task_id)
        if self.order.instances is None:
            await self._backlog.tick(self._dispatcher, now, has_gpus=_gpus() > 0)

    def translator_failed(self, slot: Slot) -> None:
        """A model could not be loaded. While it is to replace another, that one stays."""
        if self._is_hopeless(slot):
            giving = asyncio.create_task(self._give_up(slot))
            self._saving.add(giving)
            giving.add_done_callback(self._saving.discard)

    def _is_hopeless(self, slot: Slot) -> bool:
        before = self.order.replaced
        failed = slot.failures >= RESTARTS_MEAN_FAILURE and slot.model in self.order.names
        return failed and bool(before) and slot.model not in before

    async def _give_up(self, slot: Slot) -> None:
        async with self._changing:
            if not self._is_hopeless(slot):
                return  # the operator has changed it meanwhile
            problem = f"{self.order.models} could not replace {self.order.before}: {slot.error}"
            log.error("the old models stay", extra={"reason": problem})
            await self._give(replace(self.order, models=self.order.before, before="", since=0.0, problem=problem))

    async def _give(self, order: Order) -> None:
        text = json.dumps(asdict(order))
        await self._save(lambda: self._repository.state.set_text(FLEET, text))
        self.order = order
        self._possible.clear()
        if self.pool is not None:
            await self.pool.reconcile()

    # ---- helpers

    def _crowded(self, models: int) -> str | None:
        """-> why so many models cannot be resident at once, None when they can."""
        gpus, share = _gpus(), self._config.translator.gpus
        places = places_on(gpus, share) or models
        if self.order.instances is not None:
            places = min(places, self.order.instances)
        if models <= places:
            return None
        return (
            f"{models} models need as many translators, and there are {places}: give more with `khelmerch scale`, or let "
            "several share a GPU with [GPU] GPU_SHARE."
        )

    @property
    def _instances(self) -> int | None:
        if self.order.instances is not None:
            return self.order.instances
        if self._config.min_instances is not None and self._config.max_instances is not None:
            return self._backlog.count
        if self._config.instances is None and not _gpus():
            return len(self.order.names)
        return None if self._config.instances is None else max(self._config.instances, len(self.order.names))

    @property
    def _known(self) -> set[str]:
        """Models that a task may be bound to: those that are wanted and those that are being replaced."""
        return {*self.order.names, *self.order.replaced}

    def _look_at(self, order: Order) -> Mapping[str, ModelDescription]:
        """Raises ModelNotFound, ModelUnusable."""
        folder = self._config.translator.engine.cache_dir
        return {model: describe(model, folder) for model in (*order.names, *order.replaced)}


def _gpus() -> float:
    return float(ray.cluster_resources().get("GPU", 0.0))
