"""Documents and short texts through a server's HTTP API, timed as its client sees them."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from khelmerch_client import Client


@dataclass(frozen=True)
class Served:
    """seconds: from the first byte of the upload to the last of the result. lines: of each result, in order."""

    seconds: float
    lines: list[list[str]]


def translate(
    client: httpx.Client, files: Sequence[Sequence[str]], source: str, target: str, timeout_seconds: float = 3600.0
) -> Served:
    """Send each list of lines as a .txt of one task and fetch the result, of several the zip of all. Raises RuntimeError
    when one fails, khelmerch_client.errors.StillRunning after `timeout_seconds`."""
    began = time.monotonic()
    task_id = submit(client, files, source, target)
    # By its events, as our own client does: a task of 500 files, asked for ten times a second, costs a tenth of a core and more.
    with Client(str(client.base_url)) as waiting:
        task = waiting.wait(task_id, timeout_s=timeout_seconds)
    if task["status"] != "completed":
        raise RuntimeError(f"Task {task_id} ended as {task['status']}: {task.get('error_message')}")
    if len(files) == 1:
        answer = client.get(f"/tasks/{task_id}/files/1")
        answer.raise_for_status()
        return Served(time.monotonic() - began, [answer.content.decode("utf-8").splitlines()])
    answer = client.get("/download-all", params={"task_id": task_id})
    answer.raise_for_status()
    with zipfile.ZipFile(io.BytesIO(answer.content)) as results:
        lines = [results.read(name).decode("utf-8").splitlines() for name in sorted(results.namelist())]
    return Served(time.monotonic() - began, lines)


def submit(client: httpx.Client, files: Sequence[Sequence[str]], source: str, target: str) -> str:
    """-> the task's id."""
    parts = [
        ("files", (f"{number:05}.txt", ("\n".join(lines) + "\n").encode(), "text/plain"))
        for number, lines in enumerate(files, 1)
    ]
    data = {"source_lang": source, "target_lang": target, "client_ip": "benchmark"}
    return str(answer_of(client.post("/translate/files", files=parts, data=data))["task_id"])


def text_seconds(client: httpx.Client, text: str, source: str, target: str) -> float:
    """-> seconds until the translation of one short text is here."""
    began = time.monotonic()
    answer_of(client.post("/translate/text", json={"sentences": [text], "source_lang": source, "target_lang": target}))
    return time.monotonic() - began


def answer_of(answer: httpx.Response) -> dict[str, Any]:
    if answer.is_error:
        raise RuntimeError(f"{answer.request.method} {answer.request.url}: {answer.status_code} {answer.text}")
    contents: dict[str, Any] = answer.json()
    return contents
