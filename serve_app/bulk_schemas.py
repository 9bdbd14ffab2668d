"""What calls about many tasks take and answer."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from storage.states import TaskStatus


class BulkRequest(BaseModel):
    """Which tasks: those that fit all that is given. At least one of the three must be given."""

    model_config = ConfigDict(extra="forbid")

    status: Annotated[
        list[TaskStatus] | None, BeforeValidator(lambda given: [given] if isinstance(given, str) else given)
    ] = Field(None, description="One or a list of them; a single word will do", examples=[["pending"]])
    client_id: str | None = Field(None, max_length=128)
    task_ids: list[Annotated[str, Field(max_length=64)]] | None = Field(None, max_length=10_000)


class BulkPriority(BulkRequest):
    priority: int = Field(ge=0, le=9, description="Larger goes first", strict=True)


class Refused(BaseModel):
    task_id: str
    code: str
    detail: str


class BulkAnswer(BaseModel):
    """`done`: ids of the tasks that were changed; `refused`: the others, each with its reason."""

    done: list[str]
    refused: list[Refused]
