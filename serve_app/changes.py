"""What operators change: each change together with its line in the action log, for the routes and the console alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from actors.client import Chosen, Row
from actors.glossaries import new_id
from actors.rules import Value
from documents.characters import without_unwritable
from serve_app import names
from serve_app.actions import Asker
from serve_app.errors import RequestError
from serve_app.keyring import Keyring
from serve_app.services import Services
from storage.api_keys import ApiKey
from storage.glossary_store import SHARED, GlossaryTerm, NewGlossary
from storage.key_keeper import WantedKey
from translation.languages import check_pair

File = tuple[str, str]
"""(the name that its owner gave it, the path)."""


def new_glossary(name: str, source_lang: str, target_lang: str, client_id: str | None, shared: bool) -> NewGlossary:
    """Raises RequestError, UnknownLanguage, SameLanguage."""
    source, target = check_pair(source_lang, target_lang)
    if shared == bool(client_id):
        raise RequestError(
            "Say whose glossary it is: client_id for one client, or shared=true for all.", field="client_id"
        )
    name = " ".join(name.split())
    if not 0 < len(name) <= 100 or "," in name or name == "none" or without_unwritable(name) != name:
        raise RequestError(
            "A glossary's name has 1 to 100 characters, no comma, no control character, and is not `none`.",
            field="name",
        )
    return NewGlossary(new_id(), SHARED if shared else names.client_id(client_id or ""), name, source, target)


class ServerChanges:
    """Of the server and its translators, and of many tasks at once. Raise what the scheduler raises."""

    def __init__(self, services: Services, asker: Asker) -> None:
        self._services = services
        self._scheduler = services.scheduler
        self._actions = services.actions
        self._asker = asker

    async def pause(self) -> Row:
        state = await self._scheduler.pause()
        await self._actions.note(self._asker, "server.pause")
        return state

    async def resume(self) -> Row:
        state = await self._scheduler.resume()
        await self._actions.note(self._asker, "server.resume")
        return state

    async def drain(self) -> Row:
        state = await self._scheduler.drain()
        await self._actions.note(self._asker, "server.drain")
        return state

    async def prepare_stop(self) -> Row:
        state = await self._scheduler.prepare_stop()
        await self._actions.note(self._asker, "server.stop")
        return state

    async def set_models(self, models: str) -> Row:
        fleet = await self._scheduler.set_models(models)
        await self._actions.note(self._asker, "fleet.models", models)
        return fleet

    async def scale(self, count: int | None) -> Row:
        fleet = await self._scheduler.scale(count)
        await self._actions.note(self._asker, "fleet.scale", "auto" if count is None else str(count))
        return fleet

    async def change_settings(self, wanted: Mapping[str, Value | None]) -> Row:
        """-> as `OversightClient.settings`. None: as config.ini says. Raises BadSetting."""
        before = {row["name"]: row["value"] for row in (await self._services.oversight.settings())["settings"]}
        found = await self._services.oversight.change_settings(wanted)
        self._services.limits.forget()
        now = {row["name"]: row["value"] for row in found["settings"] if row["name"] in wanted}
        told = {name: f"{before[name]:.12g} > {value:.12g}" for name, value in now.items() if value != before[name]}
        if told:
            await self._actions.note(self._asker, "settings.change", **told)
        return found

    async def cancel_all(self, chosen: Chosen) -> Row:
        answer = await self._scheduler.cancel_all(chosen)
        await self._note_tasks("tasks.cancel", chosen, answer)
        return answer

    async def retry_all(self, chosen: Chosen, from_start: bool) -> Row:
        answer = await self._scheduler.retry_all(chosen, from_start)
        await self._note_tasks("tasks.retry", chosen, answer)
        return answer

    async def reprioritise_all(self, chosen: Chosen, priority: int) -> Row:
        answer = await self._scheduler.reprioritise_all(chosen, priority)
        await self._note_tasks("tasks.priority", chosen, answer, priority=priority)
        return answer

    async def delete_all(self, chosen: Chosen) -> Row:
        answer = await self._scheduler.delete_all(chosen)
        await self._note_tasks("tasks.delete", chosen, answer)
        return answer

    async def _note_tasks(self, what: str, chosen: Chosen, answer: Row, **more: int) -> None:
        done, refused = answer["done"], answer["refused"]
        await self._actions.note(
            self._asker,
            what,
            chosen.client_id or "",
            done=len(done),
            refused=len(refused),
            status=", ".join(chosen.statuses) if chosen.statuses else None,
            tasks=", ".join(done[:3]) or None,
            **more,
        )


class KeyChanges:
    def __init__(self, services: Services, keyring: Keyring, asker: Asker) -> None:
        self._scheduler = services.scheduler
        self._actions = services.actions
        self._keyring = keyring
        self._asker = asker

    async def create(self, wanted: WantedKey) -> tuple[ApiKey, str]:
        """-> (what is kept, the key). Raises KeyRefused."""
        made = await self._scheduler.create_key(wanted)
        await self._changed("keys.create", made[0])
        return made

    async def revoke(self, key_id: str) -> ApiKey:
        """Raises KeyNotFound."""
        key = await self._scheduler.revoke_key(key_id)
        await self._changed("keys.revoke", key)
        return key

    async def rotate(self, key_id: str, grace_seconds: float) -> tuple[ApiKey, str]:
        """-> (what is kept, the new key). Raises KeyNotFound, KeyRefused."""
        made = await self._scheduler.rotate_key(key_id, grace_seconds)
        await self._changed("keys.rotate", made[0], replaces=key_id, grace_seconds=int(grace_seconds))
        return made

    async def _changed(self, what: str, key: ApiKey, **more: str | int) -> None:
        await self._keyring.refresh()
        named = {"name": key.name, "role": key.role.value, "client": key.client_id}
        await self._actions.note(self._asker, what, key.id, **named, **more)


class WordChanges:
    """Of glossaries and translation memories. Raise as `WordsClient`."""

    def __init__(self, services: Services, asker: Asker) -> None:
        self._words = services.words
        self._actions = services.actions
        self._asker = asker

    async def create_glossary(
        self, new: NewGlossary, file: File | None, entries: Sequence[GlossaryTerm], replaces: bool
    ) -> Row:
        row = await self._words.create_glossary(new, file, entries, replaces)
        await self._note("glossaries.create", row)
        return row

    async def add_terms(self, glossary_id: str, file: File | None, entries: Sequence[GlossaryTerm]) -> Row:
        row = await self._words.add_terms(glossary_id, file, entries)
        await self._note("glossaries.add", row)
        return row

    async def rename_glossary(self, row: Row, name: str) -> None:
        await self._words.rename_glossary(row["glossary_id"], name)
        await self._note("glossaries.rename", {**row, "name": name})

    async def remove_glossary(self, row: Row) -> None:
        await self._words.remove_glossary(row["glossary_id"])
        await self._note("glossaries.delete", row)

    async def import_memory(self, client_id: str, path: str) -> Row:
        answer = await self._words.import_memory(client_id, path)
        await self._actions.note(
            self._asker, "memory.import", client_id, stored=answer["stored"], skipped=answer["skipped"]
        )
        return answer

    async def clear_memory(self, client_id: str, pair: tuple[str, str] | None, origin: str | None) -> Row:
        answer = await self._words.clear_memory(client_id, pair, origin)
        about = " > ".join(pair) if pair else None
        await self._actions.note(
            self._asker, "memory.clear", client_id, removed=answer["removed"], pair=about, origin=origin
        )
        return answer

    async def _note(self, what: str, row: Row) -> None:
        await self._actions.note(
            self._asker,
            what,
            row["glossary_id"],
            name=row["name"],
            client="all" if row["client_id"] == SHARED else row["client_id"],
            entries=row["entries"],
        )
