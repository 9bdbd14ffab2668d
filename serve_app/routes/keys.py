"""API keys for the operator, and for everybody what was used."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from serve_app.actions import Asker
from serve_app.changes import KeyChanges
from serve_app.errors import RequestError
from serve_app.identity import identity_of
from serve_app.intake import moment
from serve_app.key_schemas import Key, KeyRequest, NewKey, RotateRequest, Usage
from serve_app.keyring import Keyring
from serve_app.schemas import problems
from serve_app.services import Services
from storage.api_keys import KeyLimits
from storage.key_keeper import WantedKey

KeyId = Annotated[str, Path(max_length=64)]


def router(services: Services, keyring: Keyring) -> APIRouter:
    routes = APIRouter()
    scheduler = services.scheduler

    def changes(request: Request) -> KeyChanges:
        return KeyChanges(services, keyring, Asker.of(request))

    @routes.get("/admin/keys", tags=["admin"], summary="All API keys, without the keys", responses=problems(403, 503))
    async def listed() -> list[Key]:
        return [Key.of(key) for key in await scheduler.api_keys()]

    @routes.post("/admin/keys", tags=["admin"], summary="Make an API key", responses=problems(403, 422, 503))
    async def create(wanted: KeyRequest, request: Request, response: Response) -> NewKey:
        """The answer is the only place where the key ever stands. With the first one the server asks everybody for a key."""
        limits = KeyLimits(wanted.requests_per_minute, wanted.chars_per_day, wanted.max_pending, wanted.max_file_bytes)
        until = moment(wanted.expires_at, "expires_at") if wanted.expires_at else None
        made = await changes(request).create(WantedKey(wanted.name, wanted.role, wanted.client_id, limits, until))
        response.headers["Cache-Control"] = "no-store"
        return NewKey.made(*made)

    @routes.post(
        "/admin/keys/{key_id}/revoke", tags=["admin"], summary="Take a key back", responses=problems(403, 404, 503)
    )
    async def revoke(key_id: KeyId, request: Request) -> Key:
        """At once: the next request with it, or with a log-in that it made, is refused."""
        return Key.of(await changes(request).revoke(key_id))

    @routes.post(
        "/admin/keys/{key_id}/rotate",
        tags=["admin"],
        summary="Replace a key by a new one",
        responses=problems(403, 404, 422, 503),
    )
    async def rotate(key_id: KeyId, wanted: RotateRequest, request: Request, response: Response) -> NewKey:
        """The same name, client, role and limits. The old one opens for `grace_seconds` more."""
        made = await changes(request).rotate(key_id, wanted.grace_seconds)
        response.headers["Cache-Control"] = "no-store"
        return NewKey.made(*made)

    @routes.get("/usage", tags=["tasks"], summary="What a client used and may use", responses=problems(403, 422, 503))
    async def usage(
        request: Request,
        client_id: Annotated[
            str | None, Query(max_length=128, description="Another's, for viewers and operators")
        ] = None,
    ) -> Usage:
        identity = identity_of(request)
        client = identity.client_for(client_id)
        if client is None:
            raise RequestError("Without a key name the client_id.", field="client_id")
        key = (await keyring.keys()).get(identity.key_id or "")
        used = await scheduler.usage(client)
        if key is not None and key.client_id == client:  # counted by key, where all else is by client
            used["requests_per_minute"] = key.limits.requests_per_minute or None
        return Usage.model_validate(
            {
                **used,
                "role": identity.role,
                "key": None if key is None else Key.of(key),
                "max_file_size": await services.intake.max_file_bytes(identity),
            }
        )

    return routes
