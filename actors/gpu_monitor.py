"""The Ray shell of GPU sampling: one actor on each node, asked by the scheduler."""

from __future__ import annotations

import socket

import pynvml
import ray

from actors.gpu_sampling import Sample, sample_gpus


@ray.remote(num_cpus=0, max_restarts=-1, max_task_retries=2)
class GpuMonitor:
    """Lives on one node and reads its GPUs when asked."""

    def sample(self) -> tuple[str, list[Sample]]:
        """-> (name of the node, rows for `gpu_status`)."""
        node = socket.gethostname()
        return node, sample_gpus(pynvml, node)
