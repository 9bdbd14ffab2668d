"""Which model a task is done by, in storage: bound when it starts, and anew when that model is gone."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

from actors.facts import all_facts, task_facts
from actors.job import TaskFacts
from storage.errors import IllegalTransition
from storage.moves import Moving
from storage.repository import Repository
from storage.states import TaskMove, TaskStatus
from translation.errors import UnsupportedPair
from translation.languages import AUTO

Bind = Callable[[dict[str, Any]], str | None]
"""From a task's row, with the `languages` of its sentences where those are found out,
to the model that it is to be done by; None when none can."""


NO_MODEL = "None of the models that run now can translate this pair of languages; see GET /languages."


class Binding:
    """Each method runs in one transaction; -> tasks, None for one that is over because no model can do it."""

    def __init__(self, repository: Repository, bind: Bind) -> None:
        self._repository = repository
        self._bind = bind

    def start_all(self, task_ids: Sequence[str]) -> list[TaskFacts | None]:
        """All or none. Raises TaskNotFound, IllegalTransition when one does not wait."""
        rows = self._repository.tasks.get_all(task_ids)
        moved = self._repository.tasks.move_all([self._start(one, rows.get(one)) for one in task_ids], time.time())
        started = [row for row in moved if row["status"] == TaskStatus.PROCESSING]
        facts = {one.task_id: one for one in all_facts(started, self._repository)}
        return [facts.get(task_id) for task_id in task_ids]

    def _start(self, task_id: str, row: dict[str, Any] | None) -> Moving:
        # One that is gone, or does not wait, is refused when it is moved.
        waits = row is not None and row["status"] == TaskStatus.PENDING
        bound = self._bind(self._with_languages(row)) if row is not None and waits else ""
        if bound is None:
            return Moving(task_id, TaskMove.FAIL, error_code=UnsupportedPair.code, error_message=NO_MODEL)
        return Moving(task_id, TaskMove.START, model=bound or None)

    def _with_languages(self, row: dict[str, Any]) -> dict[str, Any]:
        """The row with `languages`, from which the task's sentences must be translated, as far as they are read."""
        found = self._repository.segments.languages(row["task_id"]) if row["source_lang"] == AUTO else set()
        return {**row, "languages": found}

    def again(self, task_id: str) -> TaskFacts | None:
        """Of a task that is processed: it goes on with all that is translated. Raises TaskNotFound, IllegalTransition."""
        row = self._repository.tasks.get(task_id)
        if row["status"] != TaskStatus.PROCESSING:
            raise IllegalTransition(f"Task {task_id} is {row['status']}.", task_status=row["status"])
        bound = self._bind({**self._with_languages(row), "model": None})
        if bound is None:
            self._fail(task_id)
            return None
        self._repository.tasks.bind(task_id, row["attempt"], bound)
        event = {"model": bound, "was": row["model"]}
        self._repository.events.add(task_id, row["attempt"], "model_changed", time.time(), **event)
        return task_facts({**row, "model": bound}, self._repository)

    def _fail(self, task_id: str) -> None:
        code = UnsupportedPair.code
        self._repository.tasks.move(task_id, TaskMove.FAIL, time.time(), error_code=code, error_message=NO_MODEL)
