"""What an exception from an engine means for the process that it happened in."""

from __future__ import annotations

from enum import Enum

# CTranslate2 raises plain RuntimeErrors, torch several classes: the text is what they have in common.
_MEMORY = (
    "out of memory",
    "cublas_status_alloc_failed",
    "bad_alloc",
    "can't allocate memory",
    "cudnn_status_alloc_failed",
)
_POISON = (
    "illegal memory access",
    "device-side assert",
    "unspecified launch failure",
    "misaligned address",
    "cublas_status_execution_failed",
    "cublas_status_internal_error",
    "cudnn_status_execution_failed",
    "uncorrectable ecc",
    "cuda error",
    "cuda failed with error",
    "cuda driver error",
    "unknown error in cuda",
)


class Fault(Enum):
    """MEMORY: try again with less.

    DEVICE: the process must be started anew. OTHER: the input or the code is at fault.
    """

    MEMORY = "memory"
    DEVICE = "device"
    OTHER = "other"


def classify(error: BaseException) -> Fault:
    """By type and text, as neither CTranslate2 nor torch gives a code."""
    text = str(error).lower()
    # torch.OutOfMemoryError, known by its name: this module must not import torch.
    named = any(kind.__name__ == "OutOfMemoryError" for kind in type(error).__mro__)
    if named or isinstance(error, MemoryError) or any(sign in text for sign in _MEMORY):
        return Fault.MEMORY
    if isinstance(error, RuntimeError) and any(sign in text for sign in _POISON):
        return Fault.DEVICE
    return Fault.OTHER
