"""Webhooks as the API takes and shows them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

EventType = Literal["task.cancelled", "task.completed", "task.failed", "task.timeout"]
ALL_EVENTS: list[EventType] = ["task.cancelled", "task.completed", "task.failed", "task.timeout"]

Secret = Annotated[
    str | None,
    Field(
        None,
        max_length=128,
        description="whsec_ and the base64 of 24 to 64 random bytes; leave it out to be given one",
        examples=["whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
    ),
]


class NewWebhook(BaseModel):
    model_config = ConfigDict(extra="forbid")

    client_id: str | None = Field(
        None, min_length=1, max_length=128, description="Whose tasks; with a client's key its own", examples=["user123"]
    )
    url: str = Field(max_length=2_000, examples=["https://example.com/khelmerch"])
    events: list[EventType] = Field(ALL_EVENTS, min_length=1, max_length=4, description="All when left out")
    secret: Secret = None


class Webhook(BaseModel):
    """`disabled` says why nothing is sent any more, null while it is."""

    id: str
    client_id: str
    url: str
    events: list[str]
    created_at: str
    disabled: str | None


class MadeWebhook(Webhook):
    """`secret` is shown here only; keep it where messages are checked."""

    secret: str


class WebhookList(BaseModel):
    webhooks: list[Webhook]


class Delivery(BaseModel):
    """One message. `id` is its `webhook-id` at every try; `next_at`: when it is tried next, null when it is over."""

    id: str
    type: str
    task_id: str | None
    status: Literal["pending", "delivered", "failed"]
    attempts: int
    created_at: str
    next_at: str | None
    ended_at: str | None
    last_status: int | None
    last_error: str | None


class DeliveryList(BaseModel):
    deliveries: list[Delivery]
