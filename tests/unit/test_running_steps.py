"""A step of a task that fails as nobody foresaw: tried again, and given up when it does so again and again."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from service_kit import Service

from actors import running_steps, workflow
from actors.failures import MAX_CRASHES
from tests.support.waiting import aeventually


async def test_a_task_whose_steps_fail_again_and_again_ends_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(running_steps, "STORAGE_RETRY_SECONDS", 0.0)
    monkeypatch.setattr(workflow, "STORAGE_RETRY_SECONDS", 0.0)
    service = Service.of(tmp_path)  # it has nobody who reads documents: a step that needs one raises AttributeError
    await service.submit("t")
    running = asyncio.create_task(service.workflow.run())

    async def status() -> str:
        return service.status("t")

    await aeventually(status, lambda found: found == "failed")
    row = service.repository.tasks.get("t")
    assert row["error_code"] == "internal_error" and "server's log" in row["error_message"]
    assert sum(one.message == "a step failed unexpectedly" for one in caplog.records) == MAX_CRASHES
    assert "t" not in service.dispatcher.jobs, "its place is free"
    running.cancel()
