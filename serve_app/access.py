"""What each role may call, and whose tasks it may name: one rule for every route, those that are added later included."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable

from fastapi import Request

from actors.client import Row, SchedulerClient
from serve_app import names
from serve_app.identity import Forbidden, Identity, identity_of
from serve_app.intake import new_client_id
from serve_app.versions import SAFE, bare
from storage.api_keys import Role
from storage.errors import TaskNotFound, UploadNotFound, WebhookNotFound
from storage.partial_uploads import Partial, PartialUploads

MAX_OWNERS = 10_000

_OPERATOR_ONLY = ("/admin",)
_NOT_FOR_CLIENTS = ("/system_info", "/metrics", "/cluster", "/samples")
"""Facts of the machine, and of everybody together."""


class Owners:
    """Whose task an id is: asked once, since that never changes."""

    def __init__(self, scheduler: SchedulerClient) -> None:
        self._scheduler = scheduler
        self._known: OrderedDict[str, str] = OrderedDict()

    async def require(self, identity: Identity, task_id: str) -> None:
        """Raises TaskNotFound for another's task: whether it exists is nobody else's business."""
        mine = identity.confined_to
        if mine is None:
            return
        owner = self._known.get(task_id)
        if owner is None:
            owner = self._known[task_id] = await self._scheduler.owner(task_id)
        self._known.move_to_end(task_id)
        while len(self._known) > MAX_OWNERS:
            self._known.popitem(last=False)
        if owner != mine:
            raise TaskNotFound(f"There is no task {task_id}.", task_id=task_id)


class Access:
    """Whose things are asked for, where it is no task of the path: clients, webhooks, uploads, and tasks with their row."""

    def __init__(self, scheduler: SchedulerClient, uploads: PartialUploads) -> None:
        self._scheduler = scheduler
        self._uploads = uploads

    def client(self, request: Request, given: str | None) -> str:
        """-> the client that is meant; a new one where none is named. Raises RequestError, Forbidden."""
        named = identity_of(request).client_for((given or "").strip() or None)
        return names.client_id(named) if named else new_client_id()

    def named(self, request: Request, given: str | None) -> str:
        """-> the client that is meant. Raises RequestError when none is named, Forbidden."""
        return names.client_id(identity_of(request).client_for((given or "").strip() or None) or "")

    def clients(self, request: Request, given: str | None) -> str | None:
        """-> the only client whose things are shown; None for those of all. Raises RequestError, Forbidden."""
        named = (given or "").strip() or None
        identity = identity_of(request)
        if identity.confined_to is not None:
            named = identity.client_for(named)
        return names.client_id(named) if named else None

    async def task(self, request: Request, task_id: str) -> Row:
        """-> a task that the asker may see. Raises TaskNotFound."""
        row = await self._scheduler.task(task_id)
        if not _may_see(request, row["client_ip"]):
            raise TaskNotFound(f"There is no task {task_id}.", task_id=task_id)
        return row

    async def upload(self, request: Request, upload_id: str) -> Partial:
        """-> an unfinished upload that the asker may see and add to. Raises UploadNotFound."""
        found = await asyncio.to_thread(self._uploads.get, upload_id)
        if not _may_see(request, found.client_id):
            raise UploadNotFound(f"There is no upload {upload_id}.", upload_id=upload_id)
        return found

    async def webhook(self, request: Request, webhook_id: str) -> Row:
        """-> a webhook that the asker may see and change. Raises WebhookNotFound."""
        row = await self._scheduler.webhook(webhook_id)
        if not _may_see(request, row["client_id"]):
            raise WebhookNotFound(f"There is no webhook {webhook_id}.", webhook_id=webhook_id)
        return row


def _may_see(request: Request, owner: str) -> bool:
    return identity_of(request).confined_to in (None, owner)


def check_role(identity: Identity, method: str, path: str) -> None:
    """path: as the route is written, '/v1/tasks/{task_id}'. Raises Forbidden."""
    path = bare(path)
    if identity.role is Role.OPERATOR:
        return
    if _is_below(path, _OPERATOR_ONLY):
        raise Forbidden("Only a key of the role operator may do this.")
    if identity.role is Role.VIEWER and method not in SAFE:
        raise Forbidden("A key of the role viewer sees everything and changes nothing.")
    if identity.role is Role.CLIENT and _is_below(path, _NOT_FOR_CLIENTS):
        raise Forbidden("Only a key of the role viewer or operator may see this.")


def roles_for(method: str, path: str) -> list[str]:
    """-> the roles whose keys may call a route; what one is told or may change there is the route's business."""
    allowed = []
    for role in Role:
        try:
            check_role(Identity("", "", "", role), method, path)
        except Forbidden:
            continue
        allowed.append(role.value)
    return allowed


def _is_below(path: str, folders: tuple[str, ...]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def guard(owners: Owners) -> Callable[[Request], Awaitable[None]]:
    """-> the dependency that every route of the application has."""

    async def allowed(request: Request) -> None:
        identity = identity_of(request)
        check_role(identity, request.method, request.scope["route"].path)
        named = [*request.query_params.getlist("task_id")]
        if "task_id" in request.path_params:
            named.append(request.path_params["task_id"])
        for task_id in named:
            await owners.require(identity, task_id)

    return allowed
