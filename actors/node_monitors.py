"""One GPU monitor on each node: started where there is none, asked for its samples, taken away where it would be in the way."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from typing import Any

import ray
from ray.exceptions import RayError
from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

from actors.config import MONITOR_PREFIX
from actors.gpu_monitor import GpuMonitor

log = logging.getLogger("khelmerch.scheduler")

SAMPLE_TIMEOUT_SECONDS = 10.0

NodeSample = tuple[str, list[dict[str, Any]]]
"""(name of the node, rows for `gpu_status`)."""


class NodeMonitors:
    """`processes`: {gpu_id: process ids of translators on it}; `in_use`: ids of the Ray nodes that have a translator.

    `shrinks`: the cluster may let nodes go. Ray lets go only of those on which no actor lives, so that a node without a
    translator has no monitor then, unless it is this one.
    """

    def __init__(
        self,
        namespace: str,
        processes: Callable[[], dict[str, list[int]]],
        in_use: Callable[[], set[str]],
        *,
        shrinks: bool,
    ) -> None:
        self._namespace = namespace
        self._processes = processes
        self._in_use = in_use
        self._shrinks = shrinks

    async def sample(self) -> list[NodeSample]:
        """-> what the nodes answered; one that does not in time is left out."""
        alive = [str(node["NodeID"]) for node in ray.nodes() if node["Alive"]]
        wanted = alive
        if self._shrinks:
            needed = {*self._in_use(), ray.get_runtime_context().get_node_id()}
            wanted = [node_id for node_id in alive if node_id in needed]
            for node_id in set(alive).difference(wanted):
                self._remove(node_id)
        ours = self._processes()
        samples = await asyncio.gather(*(self._sample(node_id, ours) for node_id in wanted))
        return [sample for sample in samples if sample is not None]

    async def _sample(self, node_id: str, ours: dict[str, list[int]]) -> NodeSample | None:
        actor: Any = GpuMonitor
        monitor = actor.options(
            name=f"{MONITOR_PREFIX}{node_id}",
            namespace=self._namespace,
            get_if_exists=True,
            lifetime="detached",
            scheduling_strategy=NodeAffinitySchedulingStrategy(node_id, soft=False),
        ).remote()
        try:
            return await asyncio.wait_for(monitor.sample.remote(ours), SAMPLE_TIMEOUT_SECONDS)
        except (RayError, TimeoutError) as error:
            log.warning("a node's GPUs could not be read", extra={"node_id": node_id, "reason": str(error)})
            return None

    def _remove(self, node_id: str) -> None:
        with contextlib.suppress(ValueError, RayError):  # there is none
            ray.kill(ray.get_actor(f"{MONITOR_PREFIX}{node_id}", namespace=self._namespace), no_restart=True)
