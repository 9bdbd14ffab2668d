"""The tables of webhooks: where clients want to be told, and each telling."""

from __future__ import annotations

from typing import Any, ClassVar

from sqlalchemy import Column, ForeignKey, String, Text
from sqlmodel import Field, SQLModel


class Webhook(SQLModel, table=True):
    """An address that a client wants events sent to. `task_id`: of this task only, as its `webhook_url` asked for; null: of
    all tasks of the client. `events`: types, with commas between. `disabled`: why nothing is sent any more, null while it is.
    """

    __tablename__: ClassVar[Any] = "webhooks"

    id: str = Field(primary_key=True)
    client_id: str = Field(index=True)
    task_id: str | None = Field(
        default=None,
        sa_column=Column(String, ForeignKey("tasks.task_id", ondelete="CASCADE"), nullable=True, index=True),
    )
    url: str
    secret: str
    events: str
    disabled: str | None = None
    created_at: str


class WebhookDelivery(SQLModel, table=True):
    """One message to one address. `id` is its `webhook-id`, the same at every try; `body` the exact text that is signed.

    status: pending, delivered or failed. `next_at`: when it is tried next, null when it is over.
    """

    __tablename__: ClassVar[Any] = "webhook_deliveries"

    id: str = Field(primary_key=True)
    webhook_id: str = Field(
        sa_column=Column(String, ForeignKey("webhooks.id", ondelete="CASCADE"), nullable=False, index=True)
    )
    type: str
    task_id: str | None = None
    body: str = Field(sa_column=Column(Text, nullable=False))
    status: str = "pending"
    attempts: int = 0
    created_at: str = Field(index=True)
    next_at: str | None = Field(default=None, index=True)
    ended_at: str | None = None
    last_status: int | None = None
    last_error: str | None = None


webhooks = SQLModel.metadata.tables["webhooks"]
webhook_deliveries = SQLModel.metadata.tables["webhook_deliveries"]
