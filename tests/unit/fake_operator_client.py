"""The operators' part of the in-memory service: what is changed is remembered, and noted in `calls`."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.unit import oversight_kit as kit
from tests.unit.fake_console_client import FakeConsoleClient, Refusal


def key(name: str, **changes: Any) -> dict[str, Any]:
    stamps = dict.fromkeys(("expires_at", "revoked_at", "last_used_at"))
    made = {"id": f"id-{name}", "name": name, "client_id": name, "role": "client", "created_at": "2026-11-25T00:00:00Z"}
    return {**made, **stamps, **changes}


@dataclass
class FakeOperatorClient(FakeConsoleClient):
    role: str = "operator"
    held: dict[str, bool] = field(default_factory=dict)
    known: list[dict[str, Any]] = field(default_factory=list)
    terms: list[dict[str, Any]] = field(default_factory=list)
    scaled: int | None = 3
    changed: dict[str, int] = field(default_factory=dict)

    def _asked(self, what: str, *, to_operate: bool = True) -> None:
        self._called(what)
        if self.role == "client" or (to_operate and self.role != "operator"):
            raise Refusal("forbidden", "Only a key of the role operator may do this.")

    async def me(self) -> Any:
        self._called("me")
        return {"name": "olga", "role": self.role}

    async def cluster(self) -> Any:
        self._asked("cluster", to_operate=False)
        shown = kit.picture(**self.held) | {"dashboard": "http://127.0.0.1:8265" if self.role == "operator" else None}
        shown["fleet"]["scale"] = self.scaled
        return shown

    async def samples(self, span: str) -> Any:
        self._asked("samples", to_operate=False)
        return kit.series(span, self.clock())

    async def hold(self, what: str) -> None:
        self._asked(f"hold {what}")
        self.held = {} if what == "resume" else {"paused": what == "pause", "draining": what == "drain"}

    async def scale(self, count: int | None) -> None:
        self._asked("scale")
        if count is not None and not 1 <= count <= 8:
            raise Refusal("bad_scale", f"{count} translators are not possible.")
        self.scaled = count

    async def settings(self) -> Any:
        self._asked("settings")
        return kit.shown_settings(**self.changed)

    async def change_setting(self, name: str, text: str | None) -> None:
        self._asked(f"change_setting {name} {text}")
        if text is None:
            del self.changed[name]
        elif text.isdigit():
            self.changed[name] = int(text)
        else:
            raise Refusal("bad_setting", f"{name} cannot be {text}.")

    async def keys(self) -> Any:
        self._asked("keys")
        return self.known

    async def create_key(self, name: str, role: str, days: int | None) -> Any:
        self._asked("create_key")
        if " " in name:
            raise Refusal("key_refused", "A name has no blank.")
        self.known.append(key(name, role=role))
        return {**self.known[-1], "key": "kh_secret"}

    async def revoke_key(self, key_id: str) -> None:
        self._asked("revoke_key")
        for one in self.known:
            if one["id"] == key_id:
                one["revoked_at"] = "2026-11-25T00:00:00Z"
                return
        raise Refusal("key_not_found", "There is no such key.")

    async def rotate_key(self, key_id: str) -> Any:
        await self.revoke_key(key_id)
        return await self.create_key("fresh", "client", None)

    async def all_glossaries(self) -> Any:
        self._asked("all_glossaries")
        return self.terms

    async def add_glossary(self, name: str, source: str, target: str, owner: str, file_name: str, path: Path) -> Any:
        self._asked("add_glossary")
        self.terms.append({**kit.GLOSSARY, "name": name, "client_id": owner, "entries": len(path.read_text().split())})
        return self.terms[-1]

    async def remove_glossary(self, glossary_id: str) -> None:
        self._asked("remove_glossary")
        self.terms = [one for one in self.terms if one["glossary_id"] != glossary_id]

    async def memory_clients(self) -> Any:
        self._asked("memory_clients")
        return ["carl"]

    async def memory(self, owner: str) -> Any:
        self._asked("memory")
        return {
            "client_id": owner,
            "enabled": True,
            "threshold": 0.85,
            "entries": kit.REMEMBERED if owner == "carl" else [],
        }

    async def import_memory(self, owner: str, path: Path) -> Any:
        self._asked("import_memory")
        return {"read": 3, "stored": 2, "skipped": 1}

    async def clear_memory(self, owner: str) -> int:
        self._asked("clear_memory")
        return 12_362

    async def actions(self, cursor: str | None) -> Any:
        self._asked(f"actions {cursor}")
        return {"actions": kit.LOG, "next_cursor": None if cursor else "next"}
