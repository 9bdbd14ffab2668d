"""Which translators have sentences of which task: whom to tell when it is stopped. Pure."""

from __future__ import annotations


class Holders:
    def __init__(self) -> None:
        self._leases: dict[str, dict[str, int]] = {}
        """task -> translator -> leases with sentences of the task"""

    def took(self, task_id: str, translator: str) -> None:
        """One more lease."""
        held = self._leases.setdefault(task_id, {})
        held[translator] = held.get(translator, 0) + 1

    def gave_back(self, task_id: str, translator: str) -> None:
        held = self._leases[task_id]
        held[translator] -= 1
        if not held[translator]:
            del held[translator]
            if not held:
                del self._leases[task_id]

    def of(self, task_id: str) -> set[str]:
        """-> translators that have sentences of the task."""
        return set(self._leases.get(task_id, ()))
