"""Tests on a real NVIDIA GPU; they are left out, and say so, only where CUDA's driver has no device."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.gpu.gpu_kit import Load, cuda_devices
from translation.engine import Engine
from translation.factory import EngineOptions, load_engine


@pytest.fixture(autouse=True)
def gpu() -> None:
    if not cuda_devices():
        pytest.skip("there is no CUDA device on this machine")


@pytest.fixture
def load(tmp_path: Path) -> Iterator[Load]:
    """-> a function that loads the starter model, or another one, on the GPU; closed after the test."""
    loaded: list[Engine] = []

    def one(
        engine: str = "ctranslate2", compute_type: str = "auto", device: str = "cuda", model: str = "starter"
    ) -> Engine:
        options = EngineOptions(model, engine=engine, device=device, compute_type=compute_type, cache_dir=tmp_path)
        loaded.append(load_engine(options))
        return loaded[-1]

    yield one
    for engine in loaded:
        engine.close()
