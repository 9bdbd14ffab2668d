"""The Ray shell of GPU sampling: one actor on each node, asked by the scheduler."""

from __future__ import annotations

import pynvml
import ray

from actors.gpu_sampling import Sample, Sampler
from actors.nodes import node_name


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=2)
class GpuMonitor:
    """Lives on one node and reads its GPUs when asked."""

    def __init__(self) -> None:
        self._node = node_name()
        self._sampler = Sampler(pynvml, self._node)

    def sample(self, ours: dict[str, list[int]]) -> tuple[str, list[Sample]]:
        """-> (name of the node, rows for `gpu_status`). ours: {gpu_id: process ids of translators on it}."""
        return self._node, self._sampler.sample(ours)
