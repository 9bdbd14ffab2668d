"""Webhooks: where a client wants to be told that its tasks are over. docs/webhooks.md has a receiver."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serve_app.schemas import problems
from serve_app.services import Services
from serve_app.webhook_schemas import Delivery, DeliveryList, MadeWebhook, NewWebhook, Webhook, WebhookList

WebhookId = Annotated[str, Path(max_length=64, pattern=r"^wh_[0-9a-f]+$", examples=["wh_0f3c9a1be2d4a75b6c8d9e0f"])]


def router(services: Services) -> APIRouter:
    routes = APIRouter(prefix="/webhooks", tags=["webhooks"])
    scheduler, access = services.scheduler, services.access

    @routes.post("", status_code=201, summary="Be told of the ends of tasks", responses=problems(422, 503))
    async def add(request: Request, wanted: NewWebhook) -> MadeWebhook:
        """Messages are signed by the Standard Webhooks scheme, and tried for a day. Refused: addresses that are not of the
        public internet (unless ALLOW_PRIVATE)."""
        client = access.named(request, wanted.client_id)
        row = await scheduler.add_webhook(client, wanted.url, wanted.secret, tuple(dict.fromkeys(wanted.events)))
        return MadeWebhook.model_validate(row)

    @routes.get("", summary="A client's webhooks", responses=problems(422, 503))
    async def listing(
        request: Request,
        client_id: Annotated[str | None, Query(min_length=1, max_length=128, examples=["user123"])] = None,
    ) -> WebhookList:
        rows = await scheduler.webhooks(access.named(request, client_id))
        return WebhookList(webhooks=[Webhook.model_validate(row) for row in rows])

    @routes.get("/{webhook_id}", summary="A webhook", responses=problems(404, 422, 503))
    async def one(request: Request, webhook_id: WebhookId) -> Webhook:
        return Webhook.model_validate(await access.webhook(request, webhook_id))

    @routes.delete("/{webhook_id}", status_code=204, summary="Remove a webhook", responses=problems(404, 422, 503))
    async def remove(request: Request, webhook_id: WebhookId) -> Response:
        """With its deliveries; what has not been delivered is not sent any more."""
        await access.webhook(request, webhook_id)
        await scheduler.remove_webhook(webhook_id)
        return Response(status_code=204)

    @routes.post(
        "/{webhook_id}/test", status_code=202, summary="Send a test message", responses=problems(404, 422, 503)
    )
    async def test(request: Request, webhook_id: WebhookId) -> Delivery:
        """Of the type `webhook.test`. What becomes of it stands among the deliveries."""
        await access.webhook(request, webhook_id)
        return Delivery.model_validate(await scheduler.test_webhook(webhook_id))

    @routes.get("/{webhook_id}/deliveries", summary="What was sent", responses=problems(404, 422, 503))
    async def deliveries(
        request: Request, webhook_id: WebhookId, limit: Annotated[int, Query(ge=1, le=500)] = 50
    ) -> DeliveryList:
        """The latest messages, newest first. They are kept for 30 days."""
        await access.webhook(request, webhook_id)
        rows = await scheduler.deliveries(webhook_id, limit)
        return DeliveryList(deliveries=[Delivery.model_validate(row) for row in rows])

    return routes
