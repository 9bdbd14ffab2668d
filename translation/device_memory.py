"""Free memory of the device that an engine runs on, asked of the driver: no torch, no look at the environment."""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from typing import Any

import psutil

_OK = 0


def _driver() -> Any:
    return ctypes.CDLL("libcuda.so.1")


def free_bytes(device: str, driver: Callable[[], Any] = _driver) -> int | None:
    """Bytes free on `device` (`cpu`, `cuda:0` as this process numbers them), None where the driver does not say."""
    if device == "cpu":
        return int(psutil.virtual_memory().available)
    kind, _, index = device.partition(":")
    if kind != "cuda":
        return None
    try:
        library = driver()
    except OSError:  # a device that no CUDA driver stands behind
        return None
    return _cuda_free(library, int(index or 0))


def _cuda_free(library: Any, index: int) -> int | None:
    """By the primary context, which CTranslate2 and torch use too: asking makes no second one."""
    handle, context, popped = ctypes.c_int(), ctypes.c_void_p(), ctypes.c_void_p()
    free, total = ctypes.c_size_t(), ctypes.c_size_t()
    if library.cuInit(0) != _OK or library.cuDeviceGet(ctypes.byref(handle), index) != _OK:
        return None
    if library.cuDevicePrimaryCtxRetain(ctypes.byref(context), handle) != _OK:
        return None
    try:
        if library.cuCtxPushCurrent_v2(context) != _OK:
            return None
        asked = library.cuMemGetInfo_v2(ctypes.byref(free), ctypes.byref(total))
        library.cuCtxPopCurrent_v2(ctypes.byref(popped))
        return int(free.value) if asked == _OK else None
    finally:
        library.cuDevicePrimaryCtxRelease_v2(handle)
