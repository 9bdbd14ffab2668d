"""NVML with as many GPUs as a test describes. It raises pynvml's own errors, as the real one does."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pynvml

MIB = 1024 * 1024


@dataclass
class FakeDevice:
    """A GPU or, in `mig`, one of its instances. fails: {what: NVML error number}; 'handle' fails the whole GPU."""

    name: Any = "NVIDIA A100"
    uuid: str = "GPU-a"
    total: int = 40_000
    free: int = 39_000
    temperature: int = 55
    throttle: int = 0
    ecc: int = 0
    mode: int = pynvml.NVML_COMPUTEMODE_DEFAULT
    processes: dict[int, int | None] = field(default_factory=dict)
    fails: dict[str, int] = field(default_factory=dict)
    mig: list[FakeDevice] = field(default_factory=list)
    instance: tuple[int, int] = (0, 0)


class FakeNvml:
    """Pass it wherever `pynvml` goes. xids: (index, number) of errors that are waiting to be told."""

    def __init__(self, *gpus: FakeDevice, driver: int = 0, events: bool = True) -> None:
        self.gpus = list(gpus)
        self.driver, self.events = driver, events
        self.xids: list[tuple[int, int]] = []
        self.open = 0

    def __getattr__(self, name: str) -> Any:
        if name.startswith(("NVML", "nvmlEventType")):
            return getattr(pynvml, name)
        raise AttributeError(name)

    def _ask(self, device: FakeDevice, what: str) -> None:
        assert self.open > 0, "NVML is asked while it is closed"
        if what in device.fails:
            raise pynvml.NVMLError(device.fails[what])

    def nvmlInit(self) -> None:
        if self.driver:
            raise pynvml.NVMLError(self.driver)
        self.open += 1

    def nvmlShutdown(self) -> None:
        self.open -= 1

    def nvmlSystemGetDriverVersion(self) -> str:
        return "550.54.15"

    def nvmlSystemGetCudaDriverVersion(self) -> int:
        return 12_040

    def nvmlDeviceGetCount(self) -> int:
        return len(self.gpus)

    def nvmlDeviceGetHandleByIndex(self, index: int) -> FakeDevice:
        self._ask(self.gpus[index], "handle")
        return self.gpus[index]

    def nvmlDeviceGetIndex(self, device: FakeDevice) -> int:
        return self.gpus.index(device)

    def nvmlDeviceGetUUID(self, device: FakeDevice) -> str:
        return device.uuid

    def nvmlDeviceGetName(self, device: FakeDevice) -> Any:
        return device.name

    def nvmlDeviceGetMigMode(self, device: FakeDevice) -> list[int]:
        self._ask(device, "mig")
        return [int(bool(device.mig)), 0]

    def nvmlDeviceGetMaxMigDeviceCount(self, device: FakeDevice) -> int:
        return 7

    def nvmlDeviceGetMigDeviceHandleByIndex(self, device: FakeDevice, number: int) -> FakeDevice:
        if number >= len(device.mig):
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NOT_FOUND)
        return device.mig[number]

    def nvmlDeviceGetGpuInstanceId(self, device: FakeDevice) -> int:
        return device.instance[0]

    def nvmlDeviceGetComputeInstanceId(self, device: FakeDevice) -> int:
        return device.instance[1]

    def nvmlDeviceGetMemoryInfo(self, device: FakeDevice) -> Any:
        self._ask(device, "memory")
        used = device.total - device.free
        return SimpleNamespace(total=device.total * MIB, used=used * MIB, free=device.free * MIB)

    def nvmlDeviceGetUtilizationRates(self, device: FakeDevice) -> Any:
        self._ask(device, "utilization")
        return SimpleNamespace(gpu=37)

    def nvmlDeviceGetTemperature(self, device: FakeDevice, sensor: int) -> int:
        return device.temperature

    def nvmlDeviceGetTemperatureThreshold(self, device: FakeDevice, which: int) -> int:
        self._ask(device, "threshold")
        return 87

    def nvmlDeviceGetPowerUsage(self, device: FakeDevice) -> int:
        self._ask(device, "power")
        return 123_400

    def nvmlDeviceGetEnforcedPowerLimit(self, device: FakeDevice) -> int:
        return 250_000

    def nvmlDeviceGetCurrentClocksThrottleReasons(self, device: FakeDevice) -> int:
        return device.throttle

    def nvmlDeviceGetTotalEccErrors(self, device: FakeDevice, kind: int, counter: int) -> int:
        self._ask(device, "ecc")
        assert (kind, counter) == (pynvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, pynvml.NVML_VOLATILE_ECC)
        return device.ecc

    def nvmlDeviceGetComputeMode(self, device: FakeDevice) -> int:
        return device.mode

    def nvmlDeviceGetComputeRunningProcesses(self, device: FakeDevice) -> list[Any]:
        self._ask(device, "processes")
        return [
            SimpleNamespace(pid=pid, usedGpuMemory=None if used is None else used * MIB)
            for pid, used in device.processes.items()
        ]

    def nvmlEventSetCreate(self) -> object:
        return object()

    def nvmlEventSetFree(self, _events: object) -> None:
        pass

    def nvmlDeviceRegisterEvents(self, device: FakeDevice, kinds: int, _events: object) -> None:
        if not self.events:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_NO_PERMISSION)

    def nvmlEventSetWait_v2(self, _events: object, _milliseconds: int) -> Any:
        if not self.xids:
            raise pynvml.NVMLError(pynvml.NVML_ERROR_TIMEOUT)
        index, number = self.xids.pop(0)
        return SimpleNamespace(device=self.gpus[index], eventData=number)
