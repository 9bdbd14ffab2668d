"""A task is bound to a model when it starts, and to another when that is gone."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from service_kit import Service

from actors import decisions as do

MODELS: dict[str, str | None] = {"t1": "a", "t2": None, "t3": "a > b"}


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
    assert [leg.model for leg in service.dispatcher.jobs["t1"].ready] == ["b"]
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


async def test_of_tasks_that_start_together_one_that_no_model_can_do_holds_up_no_other(tmp_path: Path) -> None:
    service = Service.of(tmp_path, bind=lambda row: MODELS[row["task_id"]], max_tasks=3)
    for task_id in MODELS:
        await service.submit(task_id)
    await service.workflow._start_all([do.Start(task_id) for task_id in MODELS])
    found = {task_id: service.repository.tasks.get(task_id) for task_id in MODELS}
    assert [(row["status"], row["model"]) for row in found.values()] == [
        ("processing", "a"),
        ("failed", None),
        ("processing", "a > b"),
    ]
    assert {task_id: job.facts.model for task_id, job in service.dispatcher.jobs.items()} == {"t1": "a", "t3": "a > b"}
    started = [event for event in service.repository.events.of_task("t3", 0, 100) if event["kind"] == "start"]
    assert [event["data"] for event in started] == [{"model": "a > b"}]


class Parser:
    """Stands for the document workers: every file holds the same two sentences."""

    async def run_sized(self, _op: str, _size: int, **_request: Any) -> dict[str, Any]:
        rows = [
            [n, "", text, False, None, None, "", [], [], None, None] for n, text in enumerate(("Сайн уу?", "Баяртай."))
        ]
        return {"rows": rows, "segments": 2, "missing": 2, "chars": 16, "flagged": 0, "notes": {}, "language": None}


async def test_the_sentences_of_a_small_document_go_through_both_models_as_well(tmp_path: Path) -> None:
    for bound, lasts in (("a", [True, True]), ("a > b", [False, False])):
        service = await started(tmp_path / bound[-1], [bound])
        service.workflow.steps._documents = cast(Any, Parser())
        (path := service.blobs.path("uploads/aa/t10")).parent.mkdir(parents=True)
        path.touch()
        file_id = service.repository.tasks.files("t1")[0]["id"]
        await service.workflow.steps.prepare("t1", 1, file_id)
        ready = service.dispatcher.jobs["t1"].starts
        assert [item.last for item in ready[0].items] == lasts
        assert not ready[0].items[0].before
