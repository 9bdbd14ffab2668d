"""GPU rows from a fake NVML: several GPUs, one failing, one that offers less, and a machine without any."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from actors.gpu_sampling import cpu_name, sample_gpus

MIB = 1024 * 1024


class FakeNvml:
    """The functions of pynvml that sampling calls. GPU 1 has fallen off the bus; GPU 2 tells neither load nor power."""

    NVML_TEMPERATURE_GPU = 0

    class NVMLError(Exception):
        pass

    def __init__(self, gpus: int, *, driver: bool = True) -> None:
        self.gpus = gpus
        self.driver = driver
        self.open = 0

    def nvmlInit(self) -> None:
        if not self.driver:
            raise self.NVMLError("Driver Not Loaded")
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlDeviceGetCount(self) -> int:
        return self.gpus

    def nvmlDeviceGetHandleByIndex(self, index: int) -> int:
        if index == 1:
            raise self.NVMLError("GPU is lost")
        return index

    def nvmlDeviceGetName(self, handle: int) -> Any:
        return b"NVIDIA A100" if handle == 0 else "NVIDIA T4"

    def nvmlDeviceGetMemoryInfo(self, handle: int) -> Any:
        return SimpleNamespace(total=40_000 * MIB, used=1_000 * MIB, free=39_000 * MIB)

    def nvmlDeviceGetUtilizationRates(self, handle: int) -> Any:
        if handle == 2:
            raise self.NVMLError("Not Supported")
        return SimpleNamespace(gpu=37)

    def nvmlDeviceGetTemperature(self, handle: int, sensor: int) -> int:
        return 55

    def nvmlDeviceGetPowerUsage(self, handle: int) -> int:
        if handle == 2:
            raise self.NVMLError("Not Supported")
        return 123_400


def test_every_gpu_has_a_row_and_a_failing_one_says_why() -> None:
    nvml = FakeNvml(3)
    first, lost, small = sample_gpus(nvml, "box")
    assert first == {
        "gpu_id": "box/0",
        "device_name": "NVIDIA A100",
        "memory_total": 40_000,
        "memory_used": 1_000,
        "memory_free": 39_000,
        "utilization": 37.0,
        "temperature": 55.0,
        "power_watts": 123.4,
        "is_available": True,
        "reason": None,
    }
    assert lost["gpu_id"] == "box/1" and lost["is_available"] is False
    assert "GPU is lost" in lost["reason"]
    assert small["is_available"] is True
    assert (small["utilization"], small["power_watts"], small["temperature"]) == (None, None, 55.0)
    assert nvml.open == 0, "NVML is closed again"


def test_a_machine_without_nvidia_reports_its_cpu() -> None:
    for nvml in (FakeNvml(0), FakeNvml(0, driver=False)):
        (row,) = sample_gpus(nvml, "box")
        assert row["gpu_id"] == "box/cpu"
        assert row["device_name"] == cpu_name()
        # Each is rounded down to whole MiB by itself.
        assert 0 <= row["memory_total"] - row["memory_used"] - row["memory_free"] <= 1
        assert row["is_available"] is True and 0 <= row["utilization"] <= 100


def test_nvml_is_closed_when_counting_fails() -> None:
    class Broken(FakeNvml):
        def nvmlDeviceGetCount(self) -> int:
            raise RuntimeError("out of the blue")

    nvml = Broken(1)
    try:
        sample_gpus(nvml, "box")
    except RuntimeError:
        pass
    assert nvml.open == 0
