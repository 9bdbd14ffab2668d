"""Which model a task is done by, in storage: bound when it starts, and anew when that model is gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from actors.facts import task_facts
from actors.job import TaskFacts
from storage.errors import IllegalTransition
from storage.repository import Repository
from storage.states import TaskMove, TaskStatus
from translation.errors import UnsupportedPair

Bind = Callable[[dict[str, Any]], str | None]
"""From a task's row to the model that it is to be done by; None when none can."""


class Binding:
    """Both methods run in one transaction; -> the task, or None when it is over because no model can do it."""

    def __init__(self, repository: Repository, bind: Bind) -> None:
        self._repository = repository
        self._bind = bind

    def start(self, task_id: str) -> TaskFacts | None:
        """Raises TaskNotFound, IllegalTransition when it does not wait."""
        tasks = self._repository.tasks
        row = tasks.get(task_id)
        bound = self._bind(row) if row["status"] == TaskStatus.PENDING else row["model"] or ""
        if bound is None:
            self._fail(task_id)
            return None
        row = tasks.move(task_id, TaskMove.START, time.time(), model=bound or None)
        if bound != (row["model"] or ""):
            tasks.bind(task_id, row["attempt"], bound)
        return task_facts({**row, "model": bound}, self._repository)

    def again(self, task_id: str) -> TaskFacts | None:
        """Of a task that is processed: it goes on with all that is translated. Raises TaskNotFound, IllegalTransition."""
        row = self._repository.tasks.get(task_id)
        if row["status"] != TaskStatus.PROCESSING:
            raise IllegalTransition(f"Task {task_id} is {row['status']}.", task_status=row["status"])
        bound = self._bind({**row, "model": None})
        if bound is None:
            self._fail(task_id)
            return None
        self._repository.tasks.bind(task_id, row["attempt"], bound)
        event = {"model": bound, "was": row["model"]}
        self._repository.events.add(task_id, row["attempt"], "model_changed", time.time(), **event)
        return task_facts({**row, "model": bound}, self._repository)

    def _fail(self, task_id: str) -> None:
        message = "None of the models that run now can translate this pair of languages; see GET /languages."
        code = UnsupportedPair.code
        self._repository.tasks.move(task_id, TaskMove.FAIL, time.time(), error_code=code, error_message=message)
