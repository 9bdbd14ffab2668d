"""The peers beside us: Celery with Redis and Huey with SQLite, from an environment of their own, on the same disk."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.ray_head import free_ports

HERE = Path(__file__).parent / "peers"
WORKERS = 2
SECONDS = 180.0
DURABLE = ("--appendonly", "yes", "--appendfsync", "always")


def lacking(venv: Path | None, needs_redis: bool) -> str | None:
    """-> one sentence saying why a peer cannot be measured; None when it can."""
    if venv is None or not (venv / "bin" / "celery").exists() or not (venv / "bin" / "huey_consumer").exists():
        return "skipped: python -m venv VENV; VENV/bin/pip install celery redis packaging huey; then --peers-venv VENV"
    if needs_redis and shutil.which("redis-server") is None:
        return "skipped: redis-server is not installed (Debian: apt-get install redis-server)"
    return None


@contextmanager
def _running(command: list[str], folder: Path, **environment: str) -> Iterator[None]:
    with (folder / "peers.log").open("ab") as log:
        child = subprocess.Popen(
            command, cwd=HERE, env={**os.environ, **environment}, stdout=log, stderr=log, start_new_session=True
        )
        try:
            yield
        finally:
            child.terminate()
            try:
                child.wait(10)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _measure(venv: Path, module: str, count: int, **environment: str) -> float:
    done = subprocess.run(
        [str(venv / "bin" / "python"), "-c", f"import {module}; {module}.main()", str(count)],
        cwd=HERE,
        env={**os.environ, **environment},
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=SECONDS,
    )
    return float(done.stdout.split()[-1])


def celery(venv: Path, folder: Path, count: int, *, durable: bool) -> float:
    """-> no-op tasks per second. durable: Redis syncs its log with every change; otherwise as Debian sets it up."""
    data = folder / f"redis-{'durable' if durable else 'default'}"
    data.mkdir(parents=True, exist_ok=True)
    (port,) = free_ports(1)
    server = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--dir", str(data)]
    url = f"redis://127.0.0.1:{port}/0"
    worker = [
        str(venv / "bin" / "celery"),
        "-A",
        "celery_noop",
        "worker",
        f"--concurrency={WORKERS}",
        "--loglevel=ERROR",
    ]
    quiet = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with _running([*server, *(DURABLE if durable else ())], folder):
        _wait_for(port)
        with _running([*worker, *quiet], folder, REDIS_URL=url):
            return _measure(venv, "celery_noop", count, REDIS_URL=url)


def huey(venv: Path, folder: Path, count: int) -> float:
    """-> no-op tasks per second; its SQLite database syncs every commit."""
    database = str(folder / "huey.db")
    consumer = [str(venv / "bin" / "python"), str(venv / "bin" / "huey_consumer"), "huey_noop.huey"]
    options = [f"--workers={WORKERS}", "--worker-type=thread", "--delay=0.01", "--max-delay=0.05", "--quiet"]
    with _running([*consumer, *options], folder, HUEY_DB=database, PYTHONPATH=str(HERE)):
        return _measure(venv, "huey_noop", count, HUEY_DB=database)


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 20.0
    while time.monotonic() < deadline:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise TimeoutError("redis-server did not start.")
