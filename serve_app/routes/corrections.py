"""Corrections of translations, sent back by people."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from fastapi import APIRouter, Path

from serve_app.errors import RequestError
from serve_app.routes.tasks import TaskId
from serve_app.schemas import TaskDetail, problems
from serve_app.services import Services
from serve_app.word_schemas import CorrectedSegment, Correction


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["tasks"])
    words = services.words

    @routes.post("/tasks/{task_id}/segments/{n}", summary="Correct a sentence", responses=problems(404, 409, 422, 503))
    async def correct(
        task_id: TaskId, n: Annotated[int, Path(ge=1, le=2**31 - 1)], wanted: Correction
    ) -> CorrectedSegment:
        """Sentence `n` of a file, as GET /tasks/{id}/segments counts them, and those of the file that are the same. The next
        download has it; so has, from now on, every task of this client in which the sentence stands."""
        found = await words.correct(task_id, wanted.file, n - 1, one_line(wanted.target))
        return CorrectedSegment.model_validate(found)

    @routes.post("/tasks/{task_id}/rebuild", summary="Write corrected files anew", responses=problems(404, 422, 503))
    async def rebuild(task_id: TaskId) -> TaskDetail:
        """What a download does by itself: the answer has the new sizes and checksums. The task's state stays as it is."""
        await words.rebuild(task_id)
        return TaskDetail.model_validate(await services.scheduler.task(task_id))

    return routes


def one_line(given: str) -> str:
    """-> what a sentence may say. Raises RequestError."""
    target = given.strip()
    if not target or any(unicodedata.category(character) == "Cc" for character in target):
        raise RequestError("A correction is one line of text, without control characters.", field="target")
    return target
