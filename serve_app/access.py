"""What each role may call, and whose tasks it may name: one rule for every route, those that are added later included."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable

from fastapi import Request

from actors.client import SchedulerClient
from serve_app.identity import Forbidden, Identity, identity_of
from storage.api_keys import Role
from storage.errors import TaskNotFound

MAX_OWNERS = 10_000

_OPERATOR_ONLY = ("/admin",)
_NOT_FOR_CLIENTS = ("/system_info", "/metrics")
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


def check_role(identity: Identity, method: str, path: str) -> None:
    """path: as the route is written, '/tasks/{task_id}'. Raises Forbidden."""
    if identity.role is Role.OPERATOR:
        return
    if _is_below(path, _OPERATOR_ONLY):
        raise Forbidden("Only a key of the role operator may do this.")
    if identity.role is Role.VIEWER and method not in ("GET", "HEAD"):
        raise Forbidden("A key of the role viewer sees everything and changes nothing.")
    if identity.role is Role.CLIENT and _is_below(path, _NOT_FOR_CLIENTS):
        raise Forbidden("Only a key of the role viewer or operator may see this.")


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
