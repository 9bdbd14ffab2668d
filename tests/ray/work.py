"""Work for a scheduler under test, and waiting for what becomes of it."""

from __future__ import annotations

from typing import Any

from tests.ray.conftest import House
from tests.support.waiting import aeventually

OVER = ("completed", "failed", "cancelled", "timeout")


def lines(count: int, word: str = "мөр") -> str:
    """-> different sentences, one a line."""
    letters = "абвгдежзик"
    return "".join(f"Энэ бол {word} {''.join(letters[int(digit)] for digit in str(n))}.\n" for n in range(count))


async def over(house: House, task_id: str, seconds: float = 60.0) -> dict[str, Any]:
    return await aeventually(lambda: house.client.task(task_id), lambda task: task["status"] in OVER, seconds)


async def working(house: House, task_id: str, segments: int = 1) -> dict[str, Any]:
    return await aeventually(lambda: house.client.task(task_id), lambda task: task["segments_done"] >= segments)


async def ready(house: House, count: int = 1) -> list[dict[str, Any]]:
    def all_ready(rows: list[dict[str, Any]]) -> bool:
        return sum(row["state"] == "ready" for row in rows) >= count

    # A translator is a new process: on a busy machine half a minute may pass.
    return await aeventually(house.translators, all_ready, 90)
