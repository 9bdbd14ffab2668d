"""The operator's own rule for choosing a GPU, found by its name."""

from __future__ import annotations

import importlib
from typing import cast

from actors.gpu_policy import GpuPolicy, select_best_gpu


def load_policy(name: str) -> GpuPolicy:
    """'module:function' -> the function; '' -> select_best_gpu. Raises ImportError, AttributeError."""
    if not name:
        return select_best_gpu
    module, _, function = name.partition(":")
    return cast(GpuPolicy, getattr(importlib.import_module(module), function))
