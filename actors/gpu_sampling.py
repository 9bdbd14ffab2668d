"""Reads the GPUs of this machine through NVML (or its CPU where there is none). No Ray.

The NVML module is passed in, so that a fake one with several GPUs, one of them failing, can stand in for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import psutil

from actors.gpu_devices import Device, devices, text
from actors.gpu_health import SLOWING, Reading, problem, throttle_words

MIB = 1024 * 1024

Sample = dict[str, Any]
"""A row of `gpu_status`, and `slowed`: whether the clocks are cut deeply. Memory in MiB, utilisation per cent,
temperature in Celsius, power in watts; None where NVML does not tell."""

EMPTY: Sample = {
    "device_name": "NVIDIA GPU",
    "memory_total": 0,
    "memory_used": 0,
    "memory_free": 0,
    "utilization": None,
    "temperature": None,
    "power_watts": None,
    "power_limit_watts": None,
    "throttling": None,
    "slowed": False,
    "ecc_errors": None,
    "xid": None,
    "others_memory": None,
    "uuid": None,
    "is_available": True,
    "reason": None,
}


Session = int | str | None
"""GPUs that NVML counts; why it cannot be asked; None on a machine without NVIDIA's driver."""


@contextlib.contextmanager
def nvml_session(nvml: Any) -> Iterator[Session]:
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        absent = (nvml.NVML_ERROR_LIBRARY_NOT_FOUND, nvml.NVML_ERROR_DRIVER_NOT_LOADED)
        yield None if error.value in absent else str(error)
        return
    try:
        yield int(nvml.nvmlDeviceGetCount())
    finally:
        nvml.nvmlShutdown()


class Sampler:
    """Remembers between samples which GPUs are hot, and listens for their Xid errors."""

    def __init__(self, nvml: Any, node: str) -> None:
        self._nvml = nvml
        self._node = node
        self._hot: set[str] = set()
        self._xids = XidWatch(nvml)

    def sample(self, ours: Mapping[str, Collection[int]]) -> list[Sample]:
        """-> one row for each GPU and MIG instance of this node, or one for its CPU. A GPU that fails is there, with
        the reason. ours: {gpu_id: process ids of our translators on it}."""
        with nvml_session(self._nvml) as count:
            if not count:
                return [sample_cpu(self._node)]
            if isinstance(count, str):
                return [sample_cpu(self._node) | {"reason": f"the NVIDIA driver does not answer: {count}"}]
            found = devices(self._nvml)
            self._xids.listen(found)
            rows = [self._row(one, ours.get(one.gpu_id(self._node), ())) for one in found]
            if any(one.problem for one in found):
                # A GPU that was reset is seen again only by an NVML that was closed in between.
                self._xids.close()
            return rows

    def close(self) -> None:
        """Stop listening."""
        self._xids.close()

    def _row(self, device: Device, ours: Collection[int]) -> Sample:
        gpu_id = device.gpu_id(self._node)
        row = {**EMPTY, "gpu_id": gpu_id, "uuid": device.uuid or None}
        if device.problem:
            return {**row, "is_available": False, "reason": f"NVML cannot read this GPU: {device.problem}"}
        try:
            name = text(self._nvml.nvmlDeviceGetName(device.handle))
            memory = self._nvml.nvmlDeviceGetMemoryInfo(device.handle)
        except self._nvml.NVMLError as error:
            return {**row, "is_available": False, "reason": f"NVML cannot read this GPU: {error}"}
        others_mib, others, own = self._processes(device, ours)
        bits = self._read(lambda nvml: int(nvml.nvmlDeviceGetCurrentClocksThrottleReasons(device.parent)))
        mode = self._read(lambda nvml: nvml.nvmlDeviceGetComputeMode(device.parent))
        reading = Reading(
            memory_total=memory.total // MIB,
            memory_free=memory.free // MIB,
            temperature=self._read(
                lambda nvml: float(nvml.nvmlDeviceGetTemperature(device.parent, nvml.NVML_TEMPERATURE_GPU))
            ),
            slowdown_celsius=self._read(
                lambda nvml: float(
                    nvml.nvmlDeviceGetTemperatureThreshold(device.parent, nvml.NVML_TEMPERATURE_THRESHOLD_SLOWDOWN)
                )
            ),
            ecc_errors=self._read(
                lambda nvml: int(
                    nvml.nvmlDeviceGetTotalEccErrors(
                        device.parent, nvml.NVML_MEMORY_ERROR_TYPE_UNCORRECTED, nvml.NVML_VOLATILE_ECC
                    )
                )
            ),
            xid=self._xids.last(device.index),
            exclusive=mode == self._nvml.NVML_COMPUTEMODE_EXCLUSIVE_PROCESS,
            prohibited=mode == self._nvml.NVML_COMPUTEMODE_PROHIBITED,
            others_mib=others_mib,
            others=others,
            ours=own,
        )
        reason, hot = problem(reading, was_hot=gpu_id in self._hot)
        (self._hot.add if hot else self._hot.discard)(gpu_id)
        return row | {
            "device_name": name,
            "memory_total": reading.memory_total,
            "memory_used": memory.used // MIB,
            "memory_free": reading.memory_free,
            "utilization": None
            if device.mig is not None
            else self._read(lambda nvml: float(nvml.nvmlDeviceGetUtilizationRates(device.handle).gpu)),
            "temperature": reading.temperature,
            "power_watts": self._read(lambda nvml: nvml.nvmlDeviceGetPowerUsage(device.parent) / 1000.0),
            "power_limit_watts": self._read(lambda nvml: nvml.nvmlDeviceGetEnforcedPowerLimit(device.parent) / 1000.0),
            "throttling": None if bits is None else ", ".join(throttle_words(bits)),
            "slowed": bool((bits or 0) & SLOWING),
            "ecc_errors": reading.ecc_errors,
            "xid": reading.xid,
            "others_memory": others_mib,
            "is_available": reason is None,
            "reason": reason,
        }

    def _processes(self, device: Device, ours: Collection[int]) -> tuple[int | None, int, int]:
        """-> (MiB of processes that are not ours, how many those are, how many are ours)."""
        running = self._read(lambda nvml: list(nvml.nvmlDeviceGetComputeRunningProcesses(device.handle)))
        if running is None:
            return None, 0, 0
        others = [one for one in running if one.pid not in ours]
        own = len(running) - len(others)
        if ours and not own:
            # In a container NVML tells the host's process ids: there is no saying which are ours.
            return None, 0, 0
        if any(one.usedGpuMemory is None for one in others):
            return None, len(others), own
        return sum(one.usedGpuMemory for one in others) // MIB, len(others), own

    def _read(self, reader: Callable[[Any], Any]) -> Any:
        """Cards differ in what they offer (no power reading on some, no utilisation under MIG): absent is no fault."""
        try:
            return reader(self._nvml)
        except self._nvml.NVMLError:
            return None


class XidWatch:
    """The last Xid error of each GPU since this began to listen."""

    def __init__(self, nvml: Any) -> None:
        self._nvml = nvml
        self._events: Any = None
        self._last: dict[int, int] = {}

    def last(self, index: int) -> int | None:
        """-> the number, 0 when there was none; None when NVML does not tell of this GPU (or not to us)."""
        return self._last.get(index)

    def listen(self, found: Collection[Device]) -> None:
        """Take in what happened since the last call; begin to listen at the first."""
        nvml = self._nvml
        try:
            if self._events is None:
                nvml.nvmlInit()
                try:
                    self._events = nvml.nvmlEventSetCreate()
                except nvml.NVMLError:
                    nvml.nvmlShutdown()
                    return
                for index, handle in {one.index: one.parent for one in found if one.parent is not None}.items():
                    with contextlib.suppress(nvml.NVMLError):
                        nvml.nvmlDeviceRegisterEvents(handle, nvml.nvmlEventTypeXidCriticalError, self._events)
                        self._last.setdefault(index, 0)
            while True:
                event = nvml.nvmlEventSetWait_v2(self._events, 0)
                self._last[int(nvml.nvmlDeviceGetIndex(event.device))] = int(event.eventData)
        except nvml.NVMLError:
            return  # the end of what is waiting is told as an error, too: a timeout

    def close(self) -> None:
        """Listen anew next time. What was heard of GPUs that work is forgotten as well: a reset cures it."""
        if self._events is not None:
            with contextlib.suppress(self._nvml.NVMLError):
                self._nvml.nvmlEventSetFree(self._events)
            self._nvml.nvmlShutdown()
        self._events = None
        self._last.clear()


def sample_cpu(node: str) -> Sample:
    """The row that stands for a node without GPUs: its processor and main memory."""
    memory = psutil.virtual_memory()
    return EMPTY | {
        "gpu_id": f"{node}/cpu",
        "device_name": cpu_name(),
        "memory_total": memory.total // MIB,
        "memory_used": (memory.total - memory.available) // MIB,
        "memory_free": memory.available // MIB,
        "utilization": psutil.cpu_percent(),
    }


def cpu_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """-> 'Intel(R) Xeon(R) ... (CPU, 8 cores)'."""
    cores = psutil.cpu_count() or 1
    name = "CPU"
    if cpuinfo.exists():
        for line in cpuinfo.read_text(errors="replace").splitlines():
            if line.startswith("model name"):
                name = line.split(":", 1)[1].strip()
                break
    return f"{name} (CPU, {cores} cores)"
