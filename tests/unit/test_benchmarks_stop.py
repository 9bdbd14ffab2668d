"""A benchmark that is told to stop does not leave its server running."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from benchmarks import crash, load, scaling, scheduler_figures, whole_path


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    """The signal means to pytest what it meant before."""
    before = signal.getsignal(signal.SIGTERM)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGTERM, before)


@pytest.mark.parametrize(
    ("main", "works", "arguments"),
    [
        (crash.main, (crash, "run"), []),
        (load.main, (load, "run"), []),
        (scaling.main, (scaling, "prepare_ray_environment"), []),
        (scheduler_figures.main, (scheduler_figures, "prepare_ray_environment"), []),
        (whole_path.main, (whole_path, "_sentences"), ["--model", "none", "--data", "none"]),
    ],
)
def test_sigterm_unwinds_a_benchmark_as_ctrl_c_does(
    main: Callable[[], Any], works: tuple[Any, str], arguments: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def terminated(*_: Any, **__: Any) -> None:
        os.kill(os.getpid(), signal.SIGTERM)
        raise AssertionError("the signal did nothing")

    monkeypatch.setattr(*works, terminated)
    monkeypatch.setattr(sys, "argv", ["benchmark", *arguments])
    with pytest.raises(KeyboardInterrupt):
        main()
