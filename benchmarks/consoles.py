"""Do open consoles slow the API? Consoles poll what the Cluster page polls, while GET /tasks/{id} is asked for and timed.

    python -m benchmarks.consoles http://127.0.0.1:8000 --consoles 200 --seconds 60

The server must run, with a task that it knows (one is made of a short text if there is none). A key, where it asks for one, from
the variable KHELMERCH_KEY. Each console is what a browser is: its own session, a load, then a tick every 5 seconds, at moments of
its own.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import statistics
import time
from dataclasses import dataclass, field

import httpx

from ui.cluster_page import LIVE_SECONDS


@dataclass
class Polled:
    answered: int = 0
    failed: int = 0
    seconds: list[float] = field(default_factory=list)


def functions_of(config: dict[str, object]) -> tuple[int, int]:
    """-> (number of the Cluster page's timer event, how many values it takes from the browser)."""
    for one in config["dependencies"]:  # type: ignore[attr-defined]
        if any(event == "tick" for _component, event in one["targets"]) and len(one["outputs"]) == OUTPUTS:
            return int(one["id"]), len(one["inputs"])
    raise SystemExit("This server has no Cluster page.")


OUTPUTS = 6
"""Of ClusterPage's events; no other timer has as many."""


async def console(
    http: httpx.AsyncClient, number: int, function: int, inputs: int, until: float, polled: Polled
) -> None:
    await asyncio.sleep(random.uniform(0, LIVE_SECONDS))
    data = ["hour", *[None] * (inputs - 1)]
    while time.monotonic() < until:
        begun = time.monotonic()
        answer = await http.post(
            "/gradio_api/run/predict",
            json={"data": data, "fn_index": function, "session_hash": f"console{number}", "trigger_id": None},
        )
        polled.seconds.append(time.monotonic() - begun)
        good = answer.status_code == 200 and "op-head" in answer.text
        polled.answered += good
        polled.failed += not good
        await asyncio.sleep(max(0.0, LIVE_SECONDS - (time.monotonic() - begun)))


async def timed(http: httpx.AsyncClient, task: str, seconds: float) -> list[float]:
    """GET /tasks/{id}, twenty times a second, one after the other. -> seconds of each."""
    found, until = [], time.monotonic() + seconds
    while time.monotonic() < until:
        begun = time.monotonic()
        answer = await http.get(f"/tasks/{task}", headers={"accept": "application/json"})
        answer.raise_for_status()
        found.append(time.monotonic() - begun)
        await asyncio.sleep(0.05)
    return found


def told(name: str, seconds: list[float]) -> dict[str, float | int | str]:
    cut = statistics.quantiles(seconds, n=100)
    return {"what": name, "calls": len(seconds), "p50_ms": round(cut[49] * 1e3, 1), "p99_ms": round(cut[98] * 1e3, 1)}


async def a_task(http: httpx.AsyncClient) -> str:
    rows = (await http.get("/tasks?limit=1", headers={"accept": "application/json"})).raise_for_status().json()["tasks"]
    if rows:
        return str(rows[0]["task_id"])
    made = await http.post(
        "/translate/files",
        data={"source_lang": "mn", "target_lang": "zh"},
        files={"files": ("a.txt", "Файл нээх.\n".encode(), "text/plain")},
    )
    return str(made.raise_for_status().json()["task_id"])


async def measure(address: str, consoles: int, seconds: float) -> None:
    key = os.environ.get("KHELMERCH_KEY")
    headers = {"authorization": f"Bearer {key}"} if key else {}
    limits = httpx.Limits(max_connections=consoles + 8, max_keepalive_connections=consoles + 8)
    async with (
        httpx.AsyncClient(base_url=address, headers=headers, timeout=60) as api,
        httpx.AsyncClient(base_url=address, headers=headers, timeout=60, limits=limits) as pages,
    ):
        task = await a_task(api)
        config = (await pages.get("/config")).raise_for_status().json()
        function, inputs = functions_of(config)
        await timed(api, task, 3.0)  # warm
        print(json.dumps(told("GET /tasks/{id}, no console", await timed(api, task, seconds))))
        polled, until = Polled(), time.monotonic() + seconds + LIVE_SECONDS
        everybody = [
            asyncio.create_task(console(pages, number, function, inputs, until, polled)) for number in range(consoles)
        ]
        await asyncio.sleep(LIVE_SECONDS)
        print(json.dumps(told(f"GET /tasks/{{id}}, {consoles} consoles", await timed(api, task, seconds))))
        await asyncio.gather(*everybody)
        print(json.dumps(told("a console's refresh", polled.seconds) | {"failed": polled.failed}))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("address")
    parser.add_argument("--consoles", type=int, default=200)
    parser.add_argument("--seconds", type=float, default=60.0)
    asked = parser.parse_args()
    asyncio.run(measure(asked.address, asked.consoles, asked.seconds))


if __name__ == "__main__":
    main()
