"""The action log: who changed what, when and from where. Whoever changes something notes it here, once it is done."""

from __future__ import annotations

import logging
from dataclasses import asdict, dataclass

from actors.oversight_client import OversightClient
from common.errors import KhelmerchError
from serve_app.identity import HasScope, Identity, identity_of
from storage.action_store import NewAction

log = logging.getLogger("khelmerch.api")

CONSOLE, CLI, API = "console", "cli", "api"
CLI_AGENT = b"khelmerch-cli"

MAX_TEXT_CHARS = 200
"""Of a name or an id that stands in the log: it comes from outside."""

Detail = str | int | float | bool | None


@dataclass(frozen=True)
class Asker:
    """Who asks for a change. address: of the machine that the request came from, '' where that is not known."""

    identity: Identity
    address: str
    via: str

    @classmethod
    def of(cls, request: HasScope) -> Asker:
        """Of a call of the API, or of the command line, which is known by the name that it gives itself."""
        headers = dict(request.scope.get("headers", ()))
        via = CLI if headers.get(b"user-agent", b"").startswith(CLI_AGENT) else API
        return cls(identity_of(request), address_of(request), via)


def address_of(request: HasScope) -> str:
    client = request.scope.get("client")
    return str(client[0]) if client else ""


class Actions:
    def __init__(self, oversight: OversightClient) -> None:
        self._oversight = oversight

    async def note(self, asker: Asker, what: str, about: str = "", **details: Detail) -> None:
        """Never a secret. The change is done already: when it cannot be noted, server.log has the line instead."""
        one = asker.identity
        short = {name: _cut(value) for name, value in details.items() if value is not None}
        action = NewAction(
            one.name, one.key_id, one.role.value, asker.via, asker.address, what, str(_cut(about)), short
        )
        try:
            await self._oversight.note(action)
        except KhelmerchError as error:
            log.error(
                "an action could not be written to the action log",
                extra={"action": asdict(action), "reason": error.detail},
            )


def _cut(value: Detail) -> Detail:
    if not isinstance(value, str) or len(value) <= MAX_TEXT_CHARS:
        return value
    return f"{value[: MAX_TEXT_CHARS - 1]}…"
