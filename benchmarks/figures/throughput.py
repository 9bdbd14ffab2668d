"""Tiny tasks, short texts and chunks per second through real actors with the fake engine."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import psutil

from actors import team
from actors.gpu_policy import GpuView, JobView, select_best_gpu
from benchmarks.figures.house import House
from benchmarks.figures.submits import new_task

SENTENCE = "Энэ бол нэг секундийн ажлын багахан хэсэг болох жишээ өгүүлбэр, дугаар нь {}."
_LETTERS = "абвгдежзик"
POLL_SECONDS = 0.02
DEADLINE_SECONDS = 240.0


def sentence(number: int) -> str:
    return SENTENCE.format("".join(_LETTERS[int(digit)] for digit in f"{number:06}"))


async def ready(house: House, translators: int) -> None:
    deadline = time.monotonic() + 120.0
    while time.monotonic() < deadline:
        rows = (await house.client.system_info())["translators"]
        if sum(row["state"] == "ready" for row in rows) >= translators:
            return
        await asyncio.sleep(0.1)
    raise TimeoutError("The translators did not start.")


async def tiny_tasks(house: House, count: int, clients: int) -> float:
    """-> tasks per second from the first submit to the last result file; each is a .txt of one sentence.

    The uploads lie in the blob store before.
    """
    files = [house.stored("noop.txt", sentence(number) + "\n") for number in range(count)]
    before = (await house.client.queue_status())["completed"]

    async def client(number: int) -> None:
        for file in files[number::clients]:
            await house.client.submit(new_task(f"client-{number}"), [file])

    began = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    while (await house.client.queue_status())["completed"] < before + count:
        if time.perf_counter() - began > DEADLINE_SECONDS:
            raise TimeoutError(f"Not all of {count} tasks were done after {DEADLINE_SECONDS:.0f} s.")
        await asyncio.sleep(POLL_SECONDS)
    return count / (time.perf_counter() - began)


async def short_texts(house: House, count: int, clients: int) -> float:
    """-> texts per second that go through dispatcher and translators only: nothing is stored."""

    async def client(number: int) -> None:
        for text in range(number, count, clients):
            await house.client.translate_text([sentence(text)], "mon_Cyrl", "cmn_Hans", False)

    began = time.perf_counter()
    await asyncio.gather(*(client(number) for number in range(clients)))
    return count / (time.perf_counter() - began)


def one_second_chunks(gpus: Sequence[GpuView], job: JobView) -> GpuView | None:
    """The usual GPU policy, for a fleet whose translators never seem faster than a GPU that needs a second for its chunk.

    The fake engine is a thousand times as fast, so that all its work would soon be in one chunk.
    """
    team.MAX_SPEED_CHANGE = 1.0
    return select_best_gpu(gpus, job)


async def cpu_seconds(house: House) -> float:
    """-> processor time of the scheduler so far: a figure that neighbours on the machine change little."""
    times = psutil.Process((await house.client.start())["pid"]).cpu_times()
    return times.user + times.system


async def chunks(house: House, sentences: int) -> tuple[float, float, float]:
    """-> (chunks per second that were sent, translated and checkpointed, sentences in each, the scheduler's processor
    seconds for each with its share of reading and writing the document), of one document.

    From its second checkpoint to its last, by the times in `task_events`: reading the document is left out.
    """
    text = "".join(sentence(number) + "\n" for number in range(sentences))
    task = new_task("client-1")
    before = await cpu_seconds(house)
    await house.client.submit(task, [house.stored("long.txt", text)])
    began = time.perf_counter()
    while (found := await house.client.task(task.task_id))["status"] in ("pending", "processing"):
        if time.perf_counter() - began > DEADLINE_SECONDS:
            raise TimeoutError(f"The document was not done after {DEADLINE_SECONDS:.0f} s.")
        await asyncio.sleep(0.2)
    if found["status"] != "completed":
        raise RuntimeError(f"The document failed: {found['error_message']}")
    path = Path(house.config.database_url.removeprefix("sqlite:///"))
    query = "SELECT at FROM task_events WHERE task_id = ? AND kind = 'checkpointed' ORDER BY at"
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        times = [datetime.fromisoformat(at).timestamp() for (at,) in connection.execute(query, (task.task_id,))]
    finally:
        connection.close()
    spent = await cpu_seconds(house) - before
    return (len(times) - 1) / (times[-1] - times[0]), sentences / len(times), spent / len(times)
