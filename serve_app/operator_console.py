"""The console's operators' pages: the calls of the API that they are, without the HTTP, by the same rules."""

from __future__ import annotations

import time
from pathlib import Path
from typing import cast

from actors.client import Row
from actors.errors import BadSetting
from actors.rules import BOUNDS
from common.quantities import value_of, written
from serve_app import names
from serve_app.access import check_role
from serve_app.actions import CONSOLE, Asker
from serve_app.changes import KeyChanges, ServerChanges, WordChanges, new_glossary
from serve_app.errors import RequestError
from serve_app.gradio_files import GradioFiles
from serve_app.identity import Identity
from serve_app.keyring import Keyring
from serve_app.services import Services
from storage.api_keys import ApiKey, Role
from storage.key_keeper import WantedKey
from storage.key_store import as_row
from storage.sample_store import SPANS
from storage.times import to_iso
from ui.operator_client import (
    ActionPage,
    ClusterRow,
    GlossaryRow,
    ImportedRow,
    KeyRow,
    Me,
    MemoryRow,
    NewKeyRow,
    SamplesRow,
    SettingsRow,
)

ACTIONS_PAGE = 20
DAY_SECONDS = 86_400.0


class OperatorCalls:
    """The part of `ui.operator_client.OperatorClient` that is not for everybody, for one identity. Each method asks first
    whether the role may do what it does."""

    def __init__(
        self, services: Services, identity: Identity, files: GradioFiles, keyring: Keyring, address: str
    ) -> None:
        self._services = services
        self._identity = identity
        self._files = files
        self._keyring = keyring
        self._asker = Asker(identity, address, CONSOLE)

    async def me(self) -> Me:
        return {"name": self._identity.name, "role": self._identity.role.value}

    # ---- for viewers and operators

    async def cluster(self) -> ClusterRow:
        check_role(self._identity, "GET", "/cluster")
        return cast(ClusterRow, await self._services.cluster(self._identity))

    async def samples(self, span: str) -> SamplesRow:
        check_role(self._identity, "GET", "/samples")
        if span not in SPANS:
            raise RequestError(f"span is one of {', '.join(SPANS)}.", field="span")
        return cast(SamplesRow, await self._services.overview.samples(span))

    # ---- for operators: the server

    async def hold(self, what: str) -> None:
        self._operate()
        changes = ServerChanges(self._services, self._asker)
        ways = {"pause": changes.pause, "resume": changes.resume, "drain": changes.drain}
        if what not in ways:
            raise RequestError(f"{what} is none of {', '.join(ways)}.", field="what")
        await ways[what]()
        self._services.overview.forget()

    async def scale(self, count: int | None) -> None:
        self._operate()
        await ServerChanges(self._services, self._asker).scale(count)
        self._services.overview.forget()

    async def settings(self) -> SettingsRow:
        self._operate()
        return cast(SettingsRow, _worded(await self._services.oversight.settings()))

    async def change_setting(self, name: str, text: str | None) -> None:
        self._operate()
        value = None
        if text is not None and name in BOUNDS:
            try:
                value = value_of(text, BOUNDS[name].unit)
            except ValueError as error:
                raise BadSetting(f"{name} cannot be that: {error}.", setting=name) from error
        await ServerChanges(self._services, self._asker).change_settings({name: value})

    async def actions(self, cursor: str | None) -> ActionPage:
        self._operate()
        return cast(ActionPage, await self._services.oversight.actions(ACTIONS_PAGE, cursor, None))

    # ---- for operators: keys

    async def keys(self) -> list[KeyRow]:
        self._operate()
        return [_key(key) for key in await self._services.scheduler.api_keys()]

    async def create_key(self, name: str, role: str, days: int | None) -> NewKeyRow:
        self._operate()
        if role not in set(Role):
            raise RequestError(f"A role is one of {', '.join(Role)}.", field="role")
        until = to_iso(time.time() + days * DAY_SECONDS) if days else None
        wanted = WantedKey(name, Role(role), expires_at=until)
        return _new_key(*await self._key_changes().create(wanted))

    async def revoke_key(self, key_id: str) -> None:
        self._operate()
        await self._key_changes().revoke(key_id)

    async def rotate_key(self, key_id: str) -> NewKeyRow:
        self._operate()
        return _new_key(*await self._key_changes().rotate(key_id, 0.0))

    # ---- for operators: words

    async def all_glossaries(self) -> list[GlossaryRow]:
        self._operate()
        return cast(list[GlossaryRow], await self._services.oversight.glossaries())

    async def add_glossary(
        self, name: str, source: str, target: str, owner: str, file_name: str, path: Path
    ) -> GlossaryRow:
        self._operate()
        self._files.require([path], self._identity)
        new = new_glossary(name, source, target, owner or None, not owner)
        async with self._services.intake.staging(path, self._identity) as staged:
            file = (names.file_name(file_name), str(staged))
            made = await self._word_changes().create_glossary(new, file, (), True)
        return cast(GlossaryRow, made)

    async def remove_glossary(self, glossary_id: str) -> None:
        self._operate()
        await self._word_changes().remove_glossary(await self._services.words.glossary(glossary_id))

    async def memory_clients(self) -> list[str]:
        self._operate()
        return await self._services.oversight.memory_clients()

    async def memory(self, owner: str) -> MemoryRow:
        self._operate()
        return cast(MemoryRow, await self._services.words.memory_status(names.client_id(owner)))

    async def import_memory(self, owner: str, path: Path) -> ImportedRow:
        self._operate()
        self._files.require([path], self._identity)
        async with self._services.intake.staging(path, self._identity) as staged:
            done = await self._word_changes().import_memory(names.client_id(owner), str(staged))
        return cast(ImportedRow, done)

    async def clear_memory(self, owner: str) -> int:
        self._operate()
        return int((await self._word_changes().clear_memory(names.client_id(owner), None, None))["removed"])

    # ---- helpers

    def _operate(self) -> None:
        """Raises Forbidden for who is no operator."""
        check_role(self._identity, "POST", "/admin")

    def _key_changes(self) -> KeyChanges:
        return KeyChanges(self._services, self._keyring, self._asker)

    def _word_changes(self) -> WordChanges:
        return WordChanges(self._services, self._asker)


def _key(key: ApiKey) -> KeyRow:
    """Without its digest, which nobody needs."""
    return cast(KeyRow, {name: value for name, value in as_row(key).items() if name != "digest"})


def _worded(found: Row) -> Row:
    """With the texts that a person may write for each setting."""
    rows = [
        {
            **row,
            "text": written(row["value"], row["unit"]),
            "least_text": written(row["least"], row["unit"]),
            "most_text": written(row["most"], row["unit"]),
        }
        for row in found["settings"]
    ]
    return {**found, "settings": rows}


def _new_key(key: ApiKey, text: str) -> NewKeyRow:
    return cast(NewKeyRow, {**_key(key), "key": text})
