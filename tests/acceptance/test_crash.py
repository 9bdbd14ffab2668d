"""Every promise holds while processes of a real server are killed under load. See benchmarks/crash.py for longer runs."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import crash

pytestmark = [pytest.mark.acceptance, pytest.mark.timeout(600)]

KILLS = 10
SEED = 2


def test_ten_killed_processes_lose_no_task_and_no_translation(tmp_path: Path) -> None:
    outcome = crash.run(KILLS, SEED, tmp_path / "crash")
    assert not outcome.wrong, outcome.text
