"""A server of the harness's own: its settings, its processes, and triggers in its database that write down what happens."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from cluster import ray_head
from cluster.settings import load
from storage.database import Database
from storage.upgrade import migrate

UP_SECONDS = 240.0

_WATCH = """
CREATE TABLE crash_checkpoints (id INTEGER PRIMARY KEY, file_id INTEGER, position INTEGER, at REAL);
CREATE TABLE crash_faults (id INTEGER PRIMARY KEY, what TEXT, file_id INTEGER, position INTEGER, at REAL);
CREATE TABLE crash_moves (id INTEGER PRIMARY KEY, task_id TEXT, before TEXT, after TEXT, attempt INTEGER, next INTEGER);
CREATE TRIGGER crash_checkpoint AFTER UPDATE OF target ON segments WHEN OLD.target IS NULL AND NEW.target IS NOT NULL
BEGIN INSERT INTO crash_checkpoints (file_id, position, at)
  VALUES (NEW.file_id, NEW.position, (julianday('now') - 2440587.5) * 86400.0); END;
CREATE TRIGGER crash_overwritten AFTER UPDATE OF target ON segments
WHEN OLD.target IS NOT NULL AND NEW.target IS NOT OLD.target
BEGIN INSERT INTO crash_faults (what, file_id, position, at)
  VALUES ('overwritten', NEW.file_id, NEW.position, (julianday('now') - 2440587.5) * 86400.0); END;
CREATE TRIGGER crash_removed AFTER DELETE ON segments WHEN OLD.target IS NOT NULL
BEGIN INSERT INTO crash_faults (what, file_id, position, at)
  VALUES ('removed', OLD.file_id, OLD.position, (julianday('now') - 2440587.5) * 86400.0); END;
CREATE TRIGGER crash_moved AFTER UPDATE ON tasks WHEN OLD.status <> NEW.status OR OLD.attempt <> NEW.attempt
BEGIN INSERT INTO crash_moves (task_id, before, after, attempt, next)
  VALUES (NEW.task_id, OLD.status, NEW.status, OLD.attempt, NEW.attempt); END;
"""

_TITLES = {
    "scheduler": "ray::TaskScheduler",
    "translator": "ray::TranslatorActor",
    "ingress": "ray::ServeReplica:khelmerch:ingress",
    "proxy": "ray::ProxyActor",
    "controller": "ray::ServeController",
    "monitor": "ray::GpuMonitor",
}


class UpFailed(Exception):
    """`khelmerch up` did not bring the server back."""


class Server:
    """A server in `folder`, started and stopped by the command that operators use.

    `delay`: seconds the fake engine takes for a sentence. Raises ValueError when a variable of the environment
    would lead it to somebody else's data.
    """

    def __init__(self, folder: Path, delay: float, gpus: int) -> None:
        self.folder = folder
        self.journal = folder / "translated.jsonl"
        self._config = folder / "config.ini"
        self._log = folder / "commands.log"
        folder.mkdir(parents=True, exist_ok=True)
        ports = ray_head.free_ports(3)
        self._config.write_text(
            f"[STORAGE]\nDATA_DIR = {folder}\n[SERVER]\nPORT = {ports[0]}\n"
            f"[RAY]\nPORT = {ports[1]}\nDASHBOARD_PORT = {ports[2]}\nNUM_GPUS = {gpus}\nNUM_CPUS = 2\n"
            f"[MODEL]\nMODEL = fake:delay={delay},journal={self.journal}\nENGINE = fake\n"
            "[GPU]\nGPU_MONITOR_INTERVAL = 2\n[SETTINGS]\nMAX_TASK_QUEUE_SIZE = 1000\n"
            # The same sentences are to be translated again and again.
            "[MEMORY]\nENABLED = false\n",
            encoding="utf-8",
        )
        self.settings = load(self._config)
        if self.settings.storage.data_dir != folder.resolve() or self.settings.storage.database_url:
            raise ValueError("KHELMERCH_STORAGE_* variables are set; unset them, so that the harness has its own data.")
        self.url = self.settings.server.local_url

    def prepare(self) -> None:
        """Make the database, with the triggers in it."""
        database = Database(self.settings.storage.url)
        migrate(database)
        database.close()
        with contextlib.closing(sqlite3.connect(self.settings.storage.database_path)) as connection:
            connection.executescript(_WATCH)

    def up(self) -> float:
        """`khelmerch up`; -> seconds it took. Raises UpFailed with what it said."""
        began = time.monotonic()
        self._command("up")
        return time.monotonic() - began

    def down(self) -> None:
        self._command("down")

    def _command(self, name: str) -> None:
        command = [sys.executable, "-c", "from cluster.cli import main; main()", name, "--config", str(self._config)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=UP_SECONDS, check=False)
        except subprocess.TimeoutExpired as error:
            raise UpFailed(f"`khelmerch {name}` was not done after {UP_SECONDS:.0f} s.") from error
        with self._log.open("a", encoding="utf-8") as log:
            log.write(f"{time.time():.3f} {name} -> {done.returncode}\n{done.stdout}{done.stderr}\n")
        if done.returncode:
            raise UpFailed(f"`khelmerch {name}` ended with {done.returncode}: {(done.stderr or done.stdout).strip()}")

    # ---- processes

    def processes(self) -> list[psutil.Process]:
        """-> everything that the server's own head started, and nothing else of this machine."""
        head = ray_head.Head.read(ray_head.note_path(self.settings))
        return ray_head.members(head) if head is not None else []

    def victims(self, kind: str) -> list[psutil.Process]:
        """-> the processes of this kind, by age."""
        found = []
        for process in self.processes():
            with contextlib.suppress(psutil.Error):
                if self._is(process, kind):
                    found.append((process.create_time(), process.pid, process))
        return [process for _created, _pid, process in sorted(found, key=lambda one: one[:2])]

    def _is(self, process: psutil.Process, kind: str) -> bool:
        if kind == "head":
            return True
        if kind in ("gcs", "raylet"):
            return process.name() == {"gcs": "gcs_server", "raylet": "raylet"}[kind]
        if kind == "supervisor":
            return "ray.scripts.scripts" in process.cmdline()
        if kind == "document":
            return "actors.document_worker" in process.cmdline()
        return " ".join(process.cmdline()).startswith(_TITLES[kind])

    # ---- the database, read only: the scheduler alone may write

    @contextlib.contextmanager
    def database(self) -> Iterator[sqlite3.Connection]:
        uri = f"{self.settings.storage.database_path.as_uri()}?mode=ro"
        with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=5.0)) as connection:
            yield connection

    def count(self, query: str, *values: float) -> int | None:
        """-> the one number of a query; None while nobody keeps the database open."""
        try:
            with self.database() as connection:
                return int(connection.execute(query, values).fetchone()[0] or 0)
        except sqlite3.OperationalError:
            return None


def kill(processes: list[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
