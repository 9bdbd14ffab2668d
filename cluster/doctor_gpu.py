"""The doctor on GPUs: the driver through NVML, and the CUDA libraries that torch and CTranslate2 each want."""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pynvml

from actors.gpu_sampling import MIB, Sampler
from cluster.doctor_check import Check, fail, ok, warn
from cluster.settings import Settings
from cluster.settings_values import show_size

# CTranslate2's wheels are built for CUDA 12, whatever CUDA torch brings.
CUBLAS = "libcublas.so.12"
_CUDA12_DRIVER = 525
_TROUBLE_ADVICE = "docs/operations.md, under GPUs, says what each reason means and what to do"


@dataclass(frozen=True)
class Nvidia:
    """What NVML says: driver release, newest CUDA it runs (12040 is 12.4), and (name, bytes of memory) of each GPU."""

    driver: str
    cuda: int
    gpus: tuple[tuple[str, int], ...]
    troubles: tuple[str, ...] = ()
    """What the server would say of GPUs that it gives no work, or that hold their clocks down."""


def driver(settings: Settings, found: Nvidia | str | None) -> list[Check]:
    """The NVIDIA driver and its GPUs; without them everything runs on the CPU, unless the settings ask for a GPU."""
    if isinstance(found, Nvidia) and found.gpus:
        names = ", ".join(f"{name} ({show_size(memory)})" for name, memory in found.gpus)
        release = found.driver.split(".")[0]
        if release.isdigit() and int(release) < _CUDA12_DRIVER:
            return [fail("gpu", f"{names}, driver {found.driver}", f"CUDA 12 needs driver {_CUDA12_DRIVER} or later")]
        good = ok("gpu", f"{names}, driver {found.driver}, CUDA up to {found.cuda // 1000}.{found.cuda % 1000 // 10}")
        return [good, *(warn("gpu", trouble, _TROUBLE_ADVICE) for trouble in found.troubles)]
    reason = found if isinstance(found, str) else "no NVIDIA GPU or driver here"
    if settings.model.device == "cuda":
        return [fail("gpu", reason, "install the NVIDIA driver, or set [MODEL] DEVICE = auto")]
    if isinstance(found, str):
        return [warn("gpu", reason, "repair the driver to use the GPU; until then the CPU translates")]
    return [ok("gpu", f"{reason}: the CPU translates")]


def cuda_libraries(settings: Settings, found: Nvidia | str | None) -> list[Check]:
    """Whether torch and CTranslate2 can use the GPU, if there is one."""
    cuda = torch_cuda()
    of_torch = f"torch {_version('torch')} " + (f"for CUDA {cuda}" if cuda else "for the CPU")
    if not isinstance(found, Nvidia) or not found.gpus:
        return [ok("cuda", f"not needed without a GPU ({of_torch})")]
    checks = []
    if cuda is None:
        checks.append(
            warn("cuda", of_torch, "the transformers engine will not use the GPU; install torch's CUDA build for that")
        )
    else:
        checks.append(ok("cuda", of_torch))
    if settings.model.engine == "transformers":
        return checks
    where = find_cublas()
    if where is not None:
        checks.append(ok("cublas", f"{CUBLAS}: {where}"))
    else:
        checks.append(
            fail(
                "cublas",
                f"CTranslate2 {_version('ctranslate2')} wants {CUBLAS} (CUDA 12), which is not here"
                + (f"; torch's CUDA {cuda} does not help" if cuda and not cuda.startswith("12") else ""),
                "pip install nvidia-cublas-cu12 into this environment, or set [MODEL] ENGINE = transformers",
            )
        )
    return checks


def read_nvml(nvml: Any = pynvml) -> Nvidia | str | None:
    """What NVML says; None where there is no NVIDIA driver; a sentence where there is one that does not work."""
    try:
        nvml.nvmlInit()
    except nvml.NVMLError as error:
        if error.value in (nvml.NVML_ERROR_LIBRARY_NOT_FOUND, nvml.NVML_ERROR_DRIVER_NOT_LOADED):
            return None
        return f"the NVIDIA driver does not answer: {error}"
    try:
        found = _gpus(nvml)
        release, cuda = _text(nvml.nvmlSystemGetDriverVersion()), int(nvml.nvmlSystemGetCudaDriverVersion())
        return Nvidia(release, cuda, *found)
    except nvml.NVMLError as error:
        return f"the NVIDIA driver does not answer: {error}"
    finally:
        nvml.nvmlShutdown()


def _gpus(nvml: Any) -> tuple[tuple[tuple[str, int], ...], tuple[str, ...]]:
    """-> (name, bytes of memory) of each GPU or MIG instance, and what is wrong with any: as the server sees them."""
    if not nvml.nvmlDeviceGetCount():
        return (), ()
    sampler = Sampler(nvml, "GPU")
    rows = sampler.sample({})
    sampler.close()
    troubles = []
    for row in rows:
        if row["reason"] is not None:
            troubles.append(f"{row['gpu_id']}: {row['reason']}")
        elif row["slowed"]:
            troubles.append(f"{row['gpu_id']}: its clocks are held down: {row['throttling']}")
    return tuple((row["device_name"], row["memory_total"] * MIB) for row in rows), tuple(troubles)


def _text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else value


def torch_cuda() -> str | None:
    """The CUDA release that torch was built for, read from its version.py: importing torch takes seconds and a GB."""
    spec = importlib.util.find_spec("torch")
    if spec is None or spec.origin is None:
        return None
    text = (Path(spec.origin).parent / "version.py").read_text(encoding="utf-8")
    match = re.search(r"^cuda\b[^=]*=\s*['\"]([\d.]+)['\"]", text, re.MULTILINE)
    return match[1] if match else None


def find_cublas() -> str | None:
    """Where CUDA 12's cuBLAS is: among the installed packages, or where the loader looks (asked in a child process)."""
    for name in ("nvidia-cublas-cu12", "nvidia-cublas"):
        try:
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        for file in files:
            if file.name == CUBLAS:
                return str(file.locate())
    tried = subprocess.run(
        [sys.executable, "-c", f"import ctypes; ctypes.CDLL({CUBLAS!r})"], capture_output=True, timeout=60, check=False
    )
    return "found by the loader" if tried.returncode == 0 else None


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "(not installed)"
