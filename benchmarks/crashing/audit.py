"""After the kills: is everything that was promised there, whole, and done once?"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx

from benchmarks.crashing.documents import Expected, same
from benchmarks.crashing.load import TERMINAL, Promise
from benchmarks.crashing.server import Server
from storage.blobs import WORK, BlobStore

AGAIN_SECONDS = 5.0
"""A sentence that is begun later than this after its checkpoint was sent again. Earlier ones may have been on the way:
two chunks of about a second are out with each translator."""
SETTLE_SECONDS = 180.0

Row = dict[str, Any]


def settle(server: Server) -> list[str]:
    """Wait until nothing is left to do and the API answers; -> a complaint when that does not come."""
    deadline = time.monotonic() + SETTLE_SECONDS
    query = "SELECT count(*) FROM tasks WHERE status IN ('pending', 'processing')"
    while (left := server.count(query)) != 0:
        if time.monotonic() > deadline:
            return [f"{left} tasks are not over {SETTLE_SECONDS:.0f} s after the last kill"]
        time.sleep(0.2)
    while not _ready(server):
        if time.monotonic() > deadline:
            return [f"the API is not ready {SETTLE_SECONDS:.0f} s after the last kill"]
        time.sleep(0.2)
    return []


def _ready(server: Server) -> bool:
    try:
        return httpx.get(f"{server.url}/health/ready", timeout=5.0, trust_env=False).is_success
    except httpx.TransportError:
        return False


def running(server: Server, promises: list[Promise]) -> list[str]:
    """What can be asked of the running server: tasks and their results."""
    with server.database() as connection:
        tasks = {row["task_id"]: row for row in _rows(connection, "SELECT * FROM tasks")}
        files = _rows(connection, "SELECT * FROM task_files ORDER BY task_id, n")
    wrong: list[str] = []
    expected = Expected()
    with httpx.Client(base_url=server.url, timeout=60.0, trust_env=False) as http:
        for promise in promises:
            task = tasks.get(promise.task_id)
            if task is None:
                wrong.append(f"task {promise.task_id} was acknowledged and is not there")
                continue
            mine = [file for file in files if file["task_id"] == promise.task_id]
            wrong += _state(promise, task, mine)
            for file in mine:
                wrong += _result(http, promise, task, file, expected)
    expected.close()
    return wrong


def _state(promise: Promise, task: Row, files: list[Row]) -> Iterator[str]:
    name = f"task {task['task_id']} (job {promise.job.number}, {promise.job.way}, {promise.job.fate or 'wait'})"
    status, attempt = task["status"], task["attempt"]
    if status not in TERMINAL:
        yield f"{name} is {status}"
        return
    allowed = {"cancelled"} if promise.cancelled and not promise.retried else {"completed"}
    if "cancel" in promise.unsure:
        allowed.add("cancelled")
    if "retry" in promise.unsure:
        allowed.add("completed")
    if status not in allowed:
        yield f"{name} is {status} ({task['error_code']}: {task['error_message']}), not {' or '.join(sorted(allowed))}"
    attempts = {1 + promise.retried} | ({1, 2} if "retry" in promise.unsure else set())
    if attempt not in attempts:
        yield f"{name} used {attempt} attempts"
    if len(files) != len(promise.job.files):
        yield f"{name} has {len(files)} files, not {len(promise.job.files)}"
    if status == "completed" and (task["progress"] != 100.0 or any(file["status"] != "completed" for file in files)):
        yield f"{name} is completed, but its files are not"


def _result(http: httpx.Client, promise: Promise, task: Row, file: Row, expected: Expected) -> Iterator[str]:
    name = f"file {file['n']} of task {task['task_id']}"
    source_name, data = promise.job.files[file["n"] - 1]
    if file["sha256"] != hashlib.sha256(data).hexdigest():
        yield f"{name} was stored as other bytes than were sent"
    try:
        answer = http.get(f"/tasks/{task['task_id']}/files/{file['n']}")
    except httpx.TransportError as error:
        yield f"{name} cannot be downloaded: {error!r}"
        return
    if file["status"] != "completed":
        if answer.status_code != 404:
            yield f"{name} is {file['status']} and can be downloaded ({answer.status_code})"
        return
    if not answer.is_success:
        yield f"{name} cannot be downloaded: {answer.status_code} {answer.text[:200]}"
        return
    if hashlib.sha256(answer.content).hexdigest() != file["result_sha256"]:
        yield f"{name} came with another checksum than was stored"
    result_name, wanted = expected.file(source_name, data, promise.job.target)
    if file["result_name"] != result_name or not same(source_name, answer.content, wanted):
        yield f"{name} has another content than the engine gives"
    if file["segments_done"] != file["segments_total"]:
        yield f"{name} is completed with {file['segments_done']} of {file['segments_total']} sentences"


def stopped(server: Server, promises: list[Promise], left: list[str]) -> list[str]:
    """What can only be looked at when nobody writes any more. left: processes that outlived `khelmerch down`."""
    wrong = [f"a process outlived `khelmerch down`: {process}" for process in left]
    connection = sqlite3.connect(server.settings.storage.database_path)
    verdict = connection.execute("PRAGMA integrity_check").fetchone()[0]
    if verdict != "ok":
        wrong.append(f"the database is damaged: {verdict}")
    if queued := connection.execute("SELECT count(*) FROM task_queue").fetchone()[0]:
        wrong.append(f"{queued} rows are left in task_queue")
    # No two jobs have a file in common: one that is in two tasks was accepted twice for one Idempotency-Key.
    doubled = connection.execute(
        "SELECT min(task_id), max(task_id) FROM task_files GROUP BY sha256 HAVING count(DISTINCT task_id) > 1"
    ).fetchall()
    wrong += [f"one submission made two tasks: {one} and {other}" for one, other in doubled]
    for task_id, before, after, attempt, following in connection.execute(
        "SELECT task_id, before, after, attempt, next FROM crash_moves"
    ):
        if before in TERMINAL and (before == "completed" or following != attempt + 1):
            wrong.append(f"task {task_id} was {before} in attempt {attempt} and became {after} in {following}")
    anew = {promise.task_id for promise in promises if promise.job.fate == "anew"}
    wrong += _once(connection, anew, server.journal)
    known = {
        key
        for query in ("SELECT blob FROM task_files", "SELECT result_blob FROM task_files", "SELECT blob FROM uploads")
        for (key,) in connection.execute(query)
    }
    connection.close()
    wrong += _blobs(server.settings.storage.blobs_dir, known)
    return wrong


def _once(connection: sqlite3.Connection, anew: set[str], journal: Path) -> Iterator[str]:
    """Sentences that were translated again after their checkpoint, or lost it."""
    query = (
        "SELECT f.what, t.task_id, f.file_id, f.position FROM crash_faults f LEFT JOIN task_files t ON t.id = f.file_id"
    )
    for what, task_id, file_id, position in connection.execute(query):
        if task_id not in anew:
            yield f"the translation of sentence {position} of file {file_id} (task {task_id}) was {what}"
    checkpoints = {
        text: at
        for text, at, task_id in connection.execute(
            "SELECT s.source, c.at, f.task_id FROM crash_checkpoints c JOIN segments s USING (file_id, position) "
            "JOIN task_files f ON f.id = s.file_id ORDER BY c.at DESC"
        )
        if task_id not in anew
    }
    for line in journal.read_text(encoding="utf-8").splitlines():
        at, pid, text = json.loads(line)
        if text in checkpoints and at > checkpoints[text] + AGAIN_SECONDS:
            late = at - checkpoints[text]
            yield f"translated again {late:.1f} s after its checkpoint, by process {pid}: {text}"


def _blobs(root: Path, known: set[str]) -> Iterator[str]:
    work = list((root / "staging").glob(f"{WORK}*"))
    if work:
        yield f"{len(work)} files that the scheduler worked with are left in staging"
    # What an ingress was receiving when it died goes by its age; here that age is now.
    BlobStore(root).sweep_staging(-1.0)
    if left := list((root / "staging").iterdir()):
        yield f"{len(left)} files are left in staging after it was swept"
    for key in known - {None}:
        if key and not (root / key).is_file():
            yield f"the file {key} is named by a row and is not there"


def repeated(journal: Path) -> tuple[int, int]:
    """-> (sentences that were begun, of them more than once): what the kills cost in work."""
    begun: dict[str, int] = {}
    for line in journal.read_text(encoding="utf-8").splitlines():
        text = json.loads(line)[2]
        begun[text] = begun.get(text, 0) + 1
    return len(begun), sum(count > 1 for count in begun.values())


def _rows(connection: sqlite3.Connection, query: str) -> list[Row]:
    connection.row_factory = sqlite3.Row
    return [dict(row) for row in connection.execute(query)]
