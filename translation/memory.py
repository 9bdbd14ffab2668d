"""How much of a device's memory a model wants: an estimate from its parameters, for choosing before anything is fetched."""

from __future__ import annotations

_BYTES = {"float32": 4.0, "float16": 2.0, "bfloat16": 2.0, "int8": 1.0}
# What a batch of translations holds beside the weights (keys and values of the decoder, logits of a large vocabulary), as a
# share of the weights; and what CUDA and the libraries take whatever the model is. Estimates, not measured.
_ROOM_SHARE = 0.2
_FIXED_MB = 1000


def needed_mb(parameters_millions: int, compute_type: str) -> int:
    """parameters x bytes each, a fifth more for the work, and 1,000 MB for the libraries; in units of 1,000,000 bytes.

    `compute_type`: float32, float16, bfloat16, int8. Raises KeyError for another.
    """
    return round(parameters_millions * _BYTES[compute_type] * (1 + _ROOM_SHARE)) + _FIXED_MB
