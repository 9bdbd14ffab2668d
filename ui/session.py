"""What the browser remembers: a random client id, the tasks it started, the last pair.

It comes back from outside, so it is checked.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, replace
from typing import Any

from ui.html import is_task_id

STORAGE_KEY = "khelmerch"
# Gradio scrambles the value with this. It protects nothing (the browser holds it too); it must only outlive a restart.
SCRAMBLE = "khelmerch-console"
MAX_TASKS = 12  # cards on the page; older ones are on the Tasks page
_CLIENT_ID = re.compile(r"[0-9a-f]{32}")
_LANGUAGE = re.compile(r"auto|[A-Za-z]{2,3}(_[A-Za-z]{4})?")


@dataclass(frozen=True)
class Session:
    """`tasks`: ids, newest first. `client_id`: 128 random bits, in hexadecimal."""

    client_id: str
    tasks: tuple[str, ...] = ()
    source: str | None = None
    target: str | None = None

    @classmethod
    def read(cls, value: object) -> Session:
        """A value that is missing or was tampered with starts anew, part by part."""
        stored = value if isinstance(value, dict) else {}
        client = stored.get("client_id")
        tasks = stored.get("tasks")
        return cls(
            client_id=client if isinstance(client, str) and _CLIENT_ID.fullmatch(client) else secrets.token_hex(16),
            tasks=tuple(t for t in tasks if is_task_id(t))[:MAX_TASKS] if isinstance(tasks, list) else (),
            source=_language(stored.get("source")),
            target=_language(stored.get("target")),
        )

    def write(self) -> dict[str, Any]:
        return {"client_id": self.client_id, "tasks": list(self.tasks), "source": self.source, "target": self.target}

    def with_task(self, task_id: str) -> Session:
        return replace(self, tasks=(task_id, *(t for t in self.tasks if t != task_id))[:MAX_TASKS])

    def without_task(self, task_id: str) -> Session:
        return replace(self, tasks=tuple(t for t in self.tasks if t != task_id))


def _language(value: object) -> str | None:
    return value if isinstance(value, str) and _LANGUAGE.fullmatch(value) else None
