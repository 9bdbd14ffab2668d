"""Which of NVML's devices a translator runs on: GPUs and MIG instances, and the names CUDA and Ray have for them. No Ray.

Ray hands out what CUDA_VISIBLE_DEVICES lists, or NVML's indices where it is not set; so a name may be an index ('1'),
a GPU's UUID ('GPU-8932f937-...', often cut short), a MIG UUID ('MIG-...') or its older form
('MIG-GPU-<uuid>/<GPU instance>/<compute instance>'). CUDA numbers GPUs as NVML does only with
CUDA_DEVICE_ORDER=PCI_BUS_ID, which `cluster.settings` sets.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Device:
    """One GPU, or one MIG instance of it. handle: NVML's, None when the GPU cannot be reached; problem: why not.

    parent: NVML's handle of the whole GPU, which alone tells temperature and power. mig: number of the instance on its
    GPU; instance: its (GPU instance, compute instance).
    """

    index: int
    uuid: str
    handle: Any
    parent: Any
    problem: str | None = None
    mig: int | None = None
    parent_uuid: str = ""
    instance: tuple[int, int] | None = None

    def gpu_id(self, node: str) -> str:
        """-> 'box/0', or 'box/0:1' for the second MIG instance of the first GPU."""
        return f"{node}/{self.index}" if self.mig is None else f"{node}/{self.index}:{self.mig}"


def devices(nvml: Any) -> list[Device]:
    """-> every device of this machine; a GPU divided by MIG stands for its instances. NVML must be open."""
    found: list[Device] = []
    for index in range(int(nvml.nvmlDeviceGetCount())):
        try:
            handle = nvml.nvmlDeviceGetHandleByIndex(index)
            whole = Device(index, text(nvml.nvmlDeviceGetUUID(handle)), handle, handle)
        except nvml.NVMLError as error:
            found.append(Device(index, "", None, None, str(error)))
            continue
        found += _instances(nvml, whole) or [whole]
    return found


def _instances(nvml: Any, whole: Device) -> list[Device]:
    try:
        if nvml.nvmlDeviceGetMigMode(whole.handle)[0] != 1:
            return []
        count = int(nvml.nvmlDeviceGetMaxMigDeviceCount(whole.handle))
    except nvml.NVMLError:
        return []  # a kind of GPU that cannot be divided
    found = []
    for number in range(count):
        try:
            handle = nvml.nvmlDeviceGetMigDeviceHandleByIndex(whole.handle, number)
            uuid = text(nvml.nvmlDeviceGetUUID(handle))
            instance = (nvml.nvmlDeviceGetGpuInstanceId(handle), nvml.nvmlDeviceGetComputeInstanceId(handle))
        except nvml.NVMLError:
            continue  # places for instances that were not made
        found.append(Device(whole.index, uuid, handle, whole.handle, None, number, whole.uuid, instance))
    return found


def find(all_of_them: Sequence[Device], name: str) -> Device | None:
    """-> the device that CUDA or Ray calls `name`; None when there is none, or more than one."""
    if name.isdecimal():
        # An index is a whole GPU's; of one that is divided, CUDA takes the first instance.
        return next((one for one in all_of_them if one.index == int(name)), None)
    if name.startswith("MIG-GPU-"):
        uuid, *numbers = name.removeprefix("MIG-").split("/")
        asked = tuple(int(number) for number in numbers if number.isdecimal())
        fitting = [one for one in all_of_them if one.parent_uuid == uuid and one.instance == asked]
    elif name.startswith(("GPU-", "MIG-")):
        fitting = [one for one in all_of_them if one.uuid.startswith(name)]
        if not fitting and name.startswith("GPU-"):
            fitting = [one for one in all_of_them if one.parent_uuid.startswith(name)][:1]
    else:
        fitting = []
    return fitting[0] if len(fitting) == 1 else None


def gpu_id_of(nvml: Any, node: str, name: str) -> str:
    """-> the monitor's name for the device that Ray gave a translator as `name`.

    A device that NVML does not know keeps Ray's name: it works, but nothing is known of its health.
    """
    try:
        nvml.nvmlInit()
    except nvml.NVMLError:
        return f"{node}/{name}"
    try:
        found = find(devices(nvml), name)
        return found.gpu_id(node) if found is not None else f"{node}/{name}"
    except nvml.NVMLError:
        return f"{node}/{name}"
    finally:
        nvml.nvmlShutdown()


def text(value: str | bytes) -> str:
    """Older NVML bindings answer with bytes."""
    return value.decode() if isinstance(value, bytes) else value
