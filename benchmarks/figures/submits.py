"""Durable submits per second with many clients at once, and what single synced commits cost on the same disk."""

from __future__ import annotations

import asyncio
import json
import random
import sqlite3
import time
from pathlib import Path

from actors.dispatch import Dispatcher, Limits
from actors.group_commit import GroupCommit
from actors.rules import Rules
from actors.submission import Submission
from benchmarks.figures.house import House, config_in
from storage.database import Database
from storage.repository import Repository
from storage.task_ids import new_task_id
from storage.task_store import NewTask
from storage.times import to_iso
from storage.upgrade import migrate
from storage.upload_store import StoredFile

FILE = StoredFile("noop.txt", 12, "ab" * 32, "uploads/noop")


def new_task(client: str) -> NewTask:
    return NewTask(new_task_id(), client, "mon_Cyrl", "cmn_Hans", False, 5)


def _durable(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    for pragma in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def one_row_commits(folder: Path, count: int) -> float:
    """-> commits per second of one row in a table of two columns: the least that a synced commit costs here."""
    connection = _durable(folder / "one-row.db")
    connection.execute("CREATE TABLE IF NOT EXISTS rows (id INTEGER PRIMARY KEY, text TEXT)")
    began = time.perf_counter()
    for _ in range(count):
        connection.execute("INSERT INTO rows (text) VALUES ('x')")
    seconds = time.perf_counter() - began
    connection.close()
    return count / seconds


def task_commits(folder: Path, count: int) -> float:
    """-> commits per second of a task's four rows, in our tables and with plain sqlite3: no Python of ours at all."""
    database = Database(f"sqlite:///{folder / 'plain.db'}")
    migrate(database)
    database.close()
    connection = _durable(folder / "plain.db")
    began = time.perf_counter()
    for _ in range(count):
        task_id, now = new_task_id(), to_iso(time.time())
        connection.execute("BEGIN IMMEDIATE")
        connection.execute(
            "INSERT INTO tasks (task_id, status, priority, created_at, progress, client_ip, source_lang, target_lang, via_eng,"
            " file_count, total_file_size, stage, attempt, segments_total, segments_done, segments_flagged, source_chars,"
            " processing_seconds) VALUES (?, 'pending', 5, ?, 0, 'c', 'mon_Cyrl', 'cmn_Hans', 0, 1, 12, 'queued', 1, 0, 0, 0,"
            " 0, 0)",
            (task_id, now),
        )
        connection.execute("INSERT INTO task_queue (task_id, priority, created_at) VALUES (?, 5, ?)", (task_id, now))
        connection.execute(
            "INSERT INTO task_files (task_id, n, name, size, sha256, blob, status, segments_total, segments_done,"
            " segments_flagged, crashes) VALUES (?, 1, ?, ?, ?, ?, 'pending', 0, 0, 0, 0)",
            (task_id, FILE.name, FILE.size, FILE.sha256, FILE.blob),
        )
        data = json.dumps({"files": 1, "bytes": 12, "priority": 5})
        connection.execute(
            "INSERT INTO task_events (task_id, at, attempt, kind, data) VALUES (?, ?, 1, 'accepted', ?)",
            (task_id, now, data),
        )
        connection.execute("COMMIT")
    seconds = time.perf_counter() - began
    connection.close()
    return count / seconds


def in_process(folder: Path, count: int, clients: int) -> float:
    """-> submits per second through submission, group commit and storage, without Ray. One client: a commit for each."""
    config = config_in(folder)
    database = Database(config.database_url)
    migrate(database)
    database.take_epoch()
    dispatcher = Dispatcher(Limits(), random.Random(1), 1)
    submission = Submission(
        Rules.of(config), Repository(database), dispatcher, GroupCommit(database), lambda *_: None, lambda: 60
    )

    async def client(name: str) -> None:
        for _ in range(count // clients):
            await submission.submit(new_task(name), [FILE], None)

    async def all_of_them() -> float:
        began = time.perf_counter()
        await asyncio.gather(*(client(f"client-{number}") for number in range(clients)))
        return count // clients * clients / (time.perf_counter() - began)

    speed = asyncio.run(all_of_them())
    database.close()
    return speed


async def through_ray(house: House, count: int, clients: int) -> float:
    """-> submits per second to the scheduler actor, from this process; the scheduler is paused, so that it only accepts."""
    await house.client.pause()

    async def client(name: str) -> None:
        for _ in range(count // clients):
            await house.client.submit(new_task(name), [FILE])

    began = time.perf_counter()
    await asyncio.gather(*(client(f"client-{number}") for number in range(clients)))
    return count // clients * clients / (time.perf_counter() - began)
