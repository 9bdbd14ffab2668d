"""Reads the GPUs of this machine through NVML (or its CPU where there is none). No Ray.

The NVML module is passed in, so that a fake one with several GPUs, one of them failing, can stand in for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psutil

MIB = 1024 * 1024

Sample = dict[str, Any]
"""A row of `gpu_status`: memory in MiB, utilisation per cent, temperature in Celsius, power in watts."""


@contextlib.contextmanager
def nvml_session(nvml: Any) -> Iterator[int | None]:
    """-> the number of GPUs while NVML is open; None on a machine without NVIDIA's driver."""
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        yield None
        return
    try:
        yield int(nvml.nvmlDeviceGetCount())
    finally:
        nvml.nvmlShutdown()


def sample_gpus(nvml: Any, node: str) -> list[Sample]:
    """-> one row for each GPU of this node, or one for its CPU. A GPU that fails is there, with the reason."""
    with nvml_session(nvml) as count:
        if not count:
            return [sample_cpu(node)]
        return [_sample_gpu(nvml, node, index) for index in range(count)]


def _sample_gpu(nvml: Any, node: str, index: int) -> Sample:
    row: Sample = {
        "gpu_id": f"{node}/{index}",
        "device_name": "NVIDIA GPU",
        "memory_total": 0,
        "memory_used": 0,
        "memory_free": 0,
        "utilization": None,
        "temperature": None,
        "power_watts": None,
        "is_available": True,
        "reason": None,
    }
    try:
        handle = nvml.nvmlDeviceGetHandleByIndex(index)
        name = nvml.nvmlDeviceGetName(handle)
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
    except nvml.NVMLError as error:
        return {**row, "is_available": False, "reason": f"NVML cannot read this GPU: {error}"}
    row |= {
        "device_name": name.decode() if isinstance(name, bytes) else name,
        "memory_total": memory.total // MIB,
        "memory_used": memory.used // MIB,
        "memory_free": memory.free // MIB,
    }

    def read(column: str, reader: Callable[[], float]) -> None:
        # Cards differ in what they offer (no power reading on some, no utilisation under MIG): absent is no fault.
        try:
            row[column] = reader()
        except nvml.NVMLError:
            row[column] = None

    read("utilization", lambda: float(nvml.nvmlDeviceGetUtilizationRates(handle).gpu))
    read("temperature", lambda: float(nvml.nvmlDeviceGetTemperature(handle, nvml.NVML_TEMPERATURE_GPU)))
    read("power_watts", lambda: nvml.nvmlDeviceGetPowerUsage(handle) / 1000.0)
    return row


def sample_cpu(node: str) -> Sample:
    """The row that stands for a node without GPUs: its processor and main memory."""
    memory = psutil.virtual_memory()
    return {
        "gpu_id": f"{node}/cpu",
        "device_name": cpu_name(),
        "memory_total": memory.total // MIB,
        "memory_used": (memory.total - memory.available) // MIB,
        "memory_free": memory.available // MIB,
        "utilization": psutil.cpu_percent(),
        "temperature": None,
        "power_watts": None,
        "is_available": True,
        "reason": None,
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
