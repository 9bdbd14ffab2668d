"""A scheduler is killed with 10,000 tasks and a million sentences waiting: how soon does the next one send a chunk?"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sqlite3
import time
import uuid
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psutil

from benchmarks.figures.house import House
from benchmarks.figures.throughput import sentence
from storage.database import Database
from storage.times import to_iso
from storage.upgrade import migrate

CLIENTS = 50
DEADLINE_SECONDS = 120.0


def fill(path: Path, tasks: int, segments: int) -> None:
    """A database with `tasks` tasks that wait, each with one parsed file of `segments` sentences, none translated.

    So it looks when a server was drained of its translators in the middle of the work and every task was requeued.
    """
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous = OFF")
    connection.execute("BEGIN IMMEDIATE")
    names = [str(uuid.uuid4()) for _ in range(tasks)]
    now = time.time()
    times = [to_iso(now - tasks + number) for number in range(tasks)]
    size = segments * len(sentence(0).encode())
    connection.executemany(
        "INSERT INTO tasks (task_id, status, priority, created_at, progress, client_ip, source_lang, target_lang, via_eng,"
        " file_count, total_file_size, stage, attempt, segments_total, segments_done, segments_flagged, source_chars,"
        " processing_seconds) VALUES (?, 'pending', 5, ?, 0, ?, 'mon_Cyrl', 'cmn_Hans', 0, 1, ?, 'queued', 1, ?, 0, 0, ?, 0)",
        (
            (name, at, f"client-{number % CLIENTS}", size, segments, segments * len(sentence(0)))
            for number, (name, at) in enumerate(zip(names, times, strict=True))
        ),
    )
    connection.executemany(
        "INSERT INTO task_queue (task_id, priority, created_at) VALUES (?, 5, ?)", zip(names, times, strict=True)
    )
    connection.executemany(
        "INSERT INTO task_files (id, task_id, n, name, size, sha256, blob, status, segments_total, segments_done,"
        " segments_flagged, crashes) VALUES (?, ?, 1, 'waiting.txt', ?, '', 'uploads/none', 'prepared', ?, 0, 0, 0)",
        ((number, name, size, segments) for number, name in enumerate(names, start=1)),
    )

    def rows() -> Iterator[tuple[Any, ...]]:
        texts = [sentence(number) for number in range(segments)]
        for file_id in range(1, tasks + 1):
            for position, text in enumerate(texts):
                yield file_id, position, position, "", text, 0

    connection.executemany(
        "INSERT INTO segments (file_id, position, unit, lead, source, wants_alignment) VALUES (?, ?, ?, ?, ?, ?)",
        rows(),
    )
    connection.execute("COMMIT")
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def first_sent(path: Path, after: float) -> float | None:
    """-> when the first chunk went out after that moment, in Unix seconds, as the history of tasks tells."""
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        query = "SELECT at FROM task_events WHERE kind = 'leased' AND at > ? ORDER BY at LIMIT 1"
        row = connection.execute(query, (to_iso(after),)).fetchone()
    finally:
        connection.close()
    return datetime.fromisoformat(row[0]).timestamp() if row else None


async def until_sent(path: Path, after: float) -> float:
    deadline = time.time() + DEADLINE_SECONDS
    while (sent := first_sent(path, after)) is None:
        if time.time() > deadline:
            raise TimeoutError(f"No chunk was sent within {DEADLINE_SECONDS:.0f} s.")
        await asyncio.sleep(0.2)
    return sent


async def restart(house: House) -> dict[str, float]:
    """Kill the scheduler; Ray starts another one, which adopts the translators.

    -> seconds from the kill to the first chunk sent, seconds of it after the new scheduler took its epoch (before are
    Ray's restart and the imports), MiB of its process then and at most.
    """
    path = Path(house.config.database_url.removeprefix("sqlite:///"))
    before = await house.client.start()
    killed_at = time.time()
    os.kill(before["pid"], signal.SIGKILL)
    sent_at = await until_sent(path, killed_at + 0.05)
    after = await house.client.start()
    if after["epoch"] == before["epoch"]:
        raise RuntimeError("The scheduler was not replaced.")
    process = psutil.Process(after["pid"])
    return {
        "seconds": sent_at - killed_at,
        "own_seconds": sent_at - _began(house.config.log.file),
        "rss_mib": process.memory_info().rss / 2**20,
        "peak_mib": _peak_kib(after["pid"]) / 1024,
    }


def _began(log: Path) -> float:
    """-> when the latest scheduler of that log began, in Unix seconds."""
    lines = [line for line in log.read_text(encoding="utf-8").splitlines() if '"scheduler starts"' in line]
    return datetime.fromisoformat(json.loads(lines[-1])["at"]).timestamp()


def _peak_kib(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in status if line.startswith("VmHWM"))
