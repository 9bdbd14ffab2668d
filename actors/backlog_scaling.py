"""As many translators as the backlog asks for, and as many GPUs asked of a cluster that can grow."""

from __future__ import annotations

import asyncio
import logging

from actors.autoscaling import Scaling, scale
from actors.config import SchedulerConfig
from actors.dispatch import Dispatcher

log = logging.getLogger("khelmerch.scheduler")


class BacklogScaling:
    """Between MIN_INSTANCES and MAX_INSTANCES; without those two it does nothing."""

    def __init__(self, config: SchedulerConfig) -> None:
        self._config = config
        self._scaling = Scaling(config.min_instances or 1)
        self._asked_ray: int | None = None

    @property
    def count(self) -> int:
        """Translators that there should be."""
        return self._scaling.count

    async def tick(self, dispatcher: Dispatcher, now: float, *, has_gpus: bool) -> None:
        """Call it again and again. has_gpus: the cluster shows some."""
        least, most = self._config.min_instances, self._config.max_instances
        if least is None or most is None:
            return
        speed = max(dispatcher.fleet.total_speed(), 1.0)
        was = self._scaling.count
        self._scaling = scale(self._scaling, least, most, dispatcher.waiting_chars / speed, now)
        if self._scaling.count != was:
            log.info("translators are scaled by backlog", extra={"translators": self._scaling.count, "was": was})
        if has_gpus or self._config.translator.engine.device == "cuda":
            await self._ask_ray(self._scaling.count)

    async def _ask_ray(self, count: int) -> None:
        """Tell a cluster that can grow how many GPUs we want; it lets nodes go that nobody asks for. Others ignore it."""
        if count != self._asked_ray:
            from ray.autoscaler.sdk import request_resources

            bundles = [{"GPU": self._config.translator.gpus} for _ in range(count)]
            await asyncio.to_thread(request_resources, bundles=bundles)
            self._asked_ray = count
