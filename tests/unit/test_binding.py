"""A task is bound to a model when it starts, and to another when that is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from service_kit import Service

from actors import decisions as do


async def started(tmp_path: Path, bound: list[str | None]) -> Service:
    """A task that has been started; bound: what the task is bound to, each time it is asked."""

    def bind(_row: dict[str, Any]) -> str | None:
        return bound.pop(0)

    service = Service.of(tmp_path, bind=bind)
    await service.submit("t1")
    for decision in service.dispatcher.plan(0.0):
        if isinstance(decision, do.Start):
            await service.workflow._start(decision.task_id)
    return service


def model(service: Service) -> Any:
    return service.repository.tasks.get("t1")["model"]


async def test_a_task_keeps_the_model_that_it_was_started_with(tmp_path: Path) -> None:
    service = await started(tmp_path, ["a > b"])
    assert (service.status("t1"), model(service)) == ("processing", "a > b")
    assert service.dispatcher.jobs["t1"].facts.model == "a > b"


async def test_a_task_whose_model_is_gone_goes_on_with_another_and_its_history_says_so(tmp_path: Path) -> None:
    service = await started(tmp_path, ["a", "b"])
    await service.workflow.rebind("t1")
    assert (service.status("t1"), model(service)) == ("processing", "b")
    assert [ready.leg.model for ready in service.dispatcher.jobs["t1"].ready] == ["b"]
    events = service.repository.events.of_task("t1", 0, 100)
    assert [event["data"] for event in events if event["kind"] == "model_changed"] == [{"model": "b", "was": "a"}]


async def test_a_task_that_no_model_can_do_fails_with_the_reason(tmp_path: Path) -> None:
    service = await started(tmp_path, [None])
    row = service.repository.tasks.get("t1")
    assert (row["status"], row["error_code"]) == ("failed", "unsupported_pair")
    assert "t1" not in service.dispatcher.jobs and "t1" not in service.dispatcher.pending


async def test_a_running_task_that_no_model_can_do_any_more_fails_with_the_reason(tmp_path: Path) -> None:
    service = await started(tmp_path, ["a", None])
    await service.workflow.rebind("t1")
    assert service.status("t1") == "failed" and not service.dispatcher.jobs
