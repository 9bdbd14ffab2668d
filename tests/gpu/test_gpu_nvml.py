"""The GPU monitor's reading of real devices through the real NVML."""

from __future__ import annotations

import pynvml
import pytest

from actors.gpu_devices import gpu_id_of
from actors.gpu_sampling import Sampler
from tests.gpu.gpu_kit import cuda_devices

pytestmark = pytest.mark.gpu


def test_every_device_is_read_and_its_figures_are_possible() -> None:
    sampler = Sampler(pynvml, "box")
    rows = sampler.sample({})
    sampler.close()
    assert len(rows) >= cuda_devices()
    assert len({row["gpu_id"] for row in rows}) == len({row["uuid"] for row in rows}) == len(rows)
    for row in rows:
        assert row["gpu_id"].startswith("box/") and row["uuid"].startswith(("GPU-", "MIG-"))
        assert row["device_name"] and row["memory_total"] > 1000
        # The driver keeps some for itself, which is neither free nor, in newer ones, used.
        assert 0 <= row["memory_free"] + row["memory_used"] <= row["memory_total"] + 1
        assert row["utilization"] is None or 0 <= row["utilization"] <= 100
        assert row["temperature"] is None or 5 < row["temperature"] < 110
        assert row["power_watts"] is None or 0 < row["power_watts"] < 2000
        assert row["is_available"] is (row["reason"] is None)


def test_a_second_sample_sees_the_memory_that_was_taken_in_between() -> None:
    import torch

    sampler = Sampler(pynvml, "box")
    torch.empty(1, device="cuda")  # the context itself takes memory
    before = {row["uuid"]: row["memory_free"] for row in sampler.sample({})}
    held = torch.empty(1 << 30, dtype=torch.uint8, device="cuda")
    after = {row["uuid"]: row["memory_free"] for row in sampler.sample({})}
    sampler.close()
    assert max(before[uuid] - after[uuid] for uuid in before) >= 1000
    del held
    torch.cuda.empty_cache()


def test_cudas_first_device_has_a_name_that_the_monitor_knows() -> None:
    sampler = Sampler(pynvml, "box")
    known = {row["gpu_id"] for row in sampler.sample({})}
    sampler.close()
    assert gpu_id_of(pynvml, "box", "0") in known
