"""The whole application without Ray: a scheduler that remembers what it was asked, and keys of every role."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import oversight_kit
from fastapi import FastAPI

from serve_app.app import app_of
from serve_app.door import DoorConfig
from serve_app.in_force import IntakeLimits
from serve_app.services import ServeConfig, Services
from storage.action_store import NewAction
from storage.api_keys import NO_LIMITS, ApiKey, KeyLimits, Role, digest_of, new_key
from storage.errors import TaskNotFound
from storage.key_keeper import WantedKey
from storage.key_secret import make_secret
from storage.task_store import NewTask

OWNERS = {"t-anna": "anna", "t-bob": "bob"}


def row(task_id: str) -> dict[str, Any]:
    return {
        "task_id": task_id,
        "status": "completed",
        "stage": "done",
        "priority": 5,
        "created_at": "2026-11-23T10:00:00Z",
        "started_at": None,
        "completed_at": None,
        "progress": 100.0,
        "error_message": None,
        "error_code": None,
        "client_ip": OWNERS[task_id],
        "source_lang": "mon_Cyrl",
        "target_lang": "cmn_Hans",
        "via_eng": False,
        "file_count": 1,
        "total_file_size": 11,
        "segments_total": 4,
        "segments_done": 4,
        "segments_flagged": 0,
        "queue_position": None,
        "eta_seconds": 0.0,
        "attempt": 1,
        "files": [],
    }


AT = "2026-11-25T00:00:00Z"


@dataclass
class FakeScheduler:
    """Knows a task of anna's and one of bob's. `calls`: (what, arguments) of everything that would show or change one."""

    keys: list[ApiKey] = field(default_factory=list)
    calls: list[tuple[str, Any]] = field(default_factory=list)
    tasks_made: list[NewTask] = field(default_factory=list)
    noted: list[NewAction] = field(default_factory=list)
    snapshots: int = 0
    refusal: Exception | None = None
    folder: Path = Path()

    async def key_snapshot(self, seen: Any, used: dict[str, float]) -> Any:
        if self.refusal is not None:
            raise self.refusal
        self.snapshots += 1
        return {"version": len(self.keys), "keys": list(self.keys)}

    async def owner(self, task_id: str) -> str:
        if task_id not in OWNERS:
            raise TaskNotFound(f"There is no task {task_id}.", task_id=task_id)
        return OWNERS[task_id]

    async def check_document(self, name: str, path: str, task: NewTask | None = None) -> dict[str, Any]:
        return {"format": "txt"}

    async def words(self, part: str, what: str, *arguments: Any) -> Any:
        """There is one glossary, anna's."""
        anna = {"glossary_id": "g-anna", "client_id": "anna", "name": "law", "revision": 1, "entries": 0}
        anna |= {"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans", "created_at": AT, "updated_at": AT}
        if (part, what) == ("glossaries", "get"):
            return anna
        self.calls.append((f"{part}.{what}", arguments))
        if (part, what) == ("glossaries", "visible"):
            return [anna] if arguments == ("anna",) else []
        if (part, what) == ("glossaries", "entries"):
            return anna, []
        if part == "glossaries":
            return {**anna, "glossary_id": "g-new", "client_id": "new"}
        if (part, what) == ("memory", "export"):
            path = self.folder / "memory.tmx"
            path.write_text("<tmx/>", encoding="utf-8")
            return {"path": str(path), "units": 0}
        if (part, what) == ("memory", "status"):
            return {"client_id": arguments[0], "enabled": True, "threshold": 0.85, "entries": []}
        return {"removed": 0, "read": 0, "stored": 0, "skipped": 0}

    async def add_uploads(self, client_id: str, files: list[Any]) -> None:
        self.calls.append(("add_uploads", client_id))

    async def submit_once(self, task: NewTask, files: Any, key: Any) -> tuple[dict[str, Any], bool]:
        self.calls.append(("submit", task.client_ip))
        self.tasks_made.append(task)
        return {"task_id": task.task_id, "status": "pending"}, False

    async def task(self, task_id: str) -> dict[str, Any]:
        self.calls.append(("task", task_id))
        await self.owner(task_id)
        return row(task_id)

    async def tasks(self, **chosen: Any) -> dict[str, Any]:
        self.calls.append(("tasks", chosen["client_id"]))
        mine = [one for one, client in OWNERS.items() if chosen["client_id"] in (None, client)]
        return {"tasks": [row(one) for one in mine], "next_cursor": None}

    async def cancel_all(self, chosen: Any) -> dict[str, Any]:
        self.calls.append(("cancel_all", chosen.client_id))
        return {"done": [], "refused": []}

    async def retry_all(self, chosen: Any, from_start: bool) -> dict[str, Any]:
        self.calls.append(("retry_all", chosen.client_id))
        return {"done": [], "refused": []}

    async def reprioritise_all(self, chosen: Any, priority: int) -> dict[str, Any]:
        self.calls.append(("reprioritise_all", chosen.client_id))
        return {"done": [], "refused": []}

    async def delete_all(self, chosen: Any) -> dict[str, Any]:
        self.calls.append(("delete_all", chosen.client_id))
        return {"done": [], "refused": []}

    async def preflight(self, name: str, path: str, source: str | None) -> dict[str, Any]:
        return {"format": "txt", "outputs": ["translated"], "characters": 4, "characters_per_second": None}

    async def translate_text(self, texts: list[str], *rest: Any) -> list[dict[str, Any]]:
        self.calls.append(("translate_text", rest[-1]))
        told = {"flags": [], "notes": [], "terms": [], "alternatives": [], "language": None}
        return [{"text": text, **told} for text in texts]

    async def gpu_status(self) -> list[dict[str, Any]]:
        gpu = {"gpu_id": "n/0", "device_name": "GPU", "memory_total": 1.0, "memory_used": 1.0, "memory_free": 0.0}
        more = dict.fromkeys(("utilization", "temperature", "reason", "power_watts", "power_limit_watts"))
        more |= dict.fromkeys(("throttling", "ecc_errors", "xid", "others_memory"))
        return [{**gpu, **more, "is_available": True, "current_task_id": "t-bob"}]

    async def languages(self) -> dict[str, Any]:
        spoken = [
            {"code": code, "bcp47": code, "english_name": code, "native_name": code, "available": True}
            for code in ("mon_Cyrl", "cmn_Hans")
        ]
        pairs = [{"source": "mon_Cyrl", "target": "cmn_Hans", "via_eng": False}]
        model = {"name": "starter", "starter": True, "notice": None}
        return {"languages": spoken, "pairs": pairs, "model": model, "models": [{**model, "model": "starter"}]}

    async def queue_status(self) -> dict[str, Any]:
        counts = dict.fromkeys(("pending", "processing", "completed", "failed", "cancelled", "timeout"), 0)
        limits = {"oldest_pending_age_seconds": None, "max_tasks": 10, "max_task_queue_size": 50}
        return {**counts, **limits, "paused": False, "draining": False, "idle": True}

    async def usage(self, client_id: str) -> dict[str, Any]:
        limits = {"characters_per_day": None, "max_pending_tasks": None, "requests_per_minute": None}
        return {"client_id": client_id, "characters_today": 7, "pending_tasks": 0, "days": [], **limits}

    async def api_keys(self) -> list[ApiKey]:
        return self.keys

    async def oversee(self, what: str, *arguments: Any) -> Any:
        """Lines of the action log are in `noted`, not in `calls`."""
        if what == "note":
            self.noted.append(arguments[0])
            return None
        if what == "settings":
            return oversight_kit.in_force(max_file_size=1000, max_files_per_task=10)
        return oversight_kit.answer(what, *arguments)

    async def create_key(self, wanted: WantedKey) -> tuple[ApiKey, str]:
        self.calls.append(("create_key", wanted))
        return self.keys[0], "kh_made"

    async def revoke_key(self, key_id: str) -> ApiKey:
        self.calls.append(("revoke_key", key_id))
        return self.keys[0]

    async def rotate_key(self, key_id: str, grace_seconds: float) -> tuple[ApiKey, str]:
        self.calls.append(("rotate_key", key_id))
        return self.keys[0], "kh_made"

    async def webhook(self, webhook_id: str) -> dict[str, Any]:
        return {"id": webhook_id, "client_id": "anna"}

    async def add_webhook(self, client_id: str, *rest: Any) -> dict[str, Any]:
        self.calls.append(("add_webhook", client_id))
        made = {"id": "wh_00", "client_id": client_id, "url": "https://example.org/told", "events": [], "secret": "s"}
        return {**made, "created_at": AT, "disabled": None, "task_id": None}

    async def webhooks(self, client_id: str) -> list[dict[str, Any]]:
        self.calls.append(("webhooks", client_id))
        return []

    def __getattr__(self, name: str) -> Any:
        """Whatever else is asked for is noted: a test then fails with what it was."""
        if name.startswith("__"):
            raise AttributeError(name)

        async def asked(*arguments: Any, **named: Any) -> Any:
            self.calls.append((name, arguments))
            return {}

        return asked


@dataclass
class Doors:
    """anna and bob are clients; vera sees, olga operates. keys: {name: key}, empty while nobody made one."""

    scheduler: FakeScheduler
    services: Services
    app: FastAPI
    folder: Path
    keys: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(
        cls,
        folder: Path,
        *,
        keys: bool = True,
        console: bool = False,
        door: DoorConfig = DoorConfig(),  # noqa: B008 frozen
        limits: KeyLimits = NO_LIMITS,
    ) -> Doors:
        """limits: of anna's key."""
        fake = FakeScheduler(folder=folder)
        scheduler = cast(Any, fake)
        config = ServeConfig(
            "test",
            "test",
            folder / "blobs",
            folder / "models",
            "starter",
            IntakeLimits(1000, 10),
            folder / "server.log",
            "INFO",
            keys_dir=folder / "keys",
            door=door,
        )
        services = Services.over(config, scheduler)
        doors = cls(fake, services, app_of(services, console=console), folder)
        if keys:
            for name, role in (
                ("anna", Role.CLIENT),
                ("bob", Role.CLIENT),
                ("vera", Role.VIEWER),
                ("olga", Role.OPERATOR),
            ):
                doors.add(name, role, limits if name == "anna" else NO_LIMITS)
        return doors

    def add(self, name: str, role: Role, limits: KeyLimits = NO_LIMITS) -> ApiKey:
        secret = make_secret(self.folder / "keys")
        key_id, key = new_key()
        self.keys[name] = key
        made = ApiKey(key_id, name, name, role, digest_of(key, secret), limits, "2026-11-23T10:00:00.000000Z")
        self.scheduler.keys.append(made)
        return made

    def head(self, name: str | None) -> dict[str, str]:
        return {"authorization": f"Bearer {self.keys[name]}"} if name else {}
