"""An empty FastAPI application on the same Ray Serve, and how many requests a second each answers."""

from __future__ import annotations

import asyncio
import logging
import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp

from benchmarks.crashing.server import Server
from cluster import ray_head

PREFIX = "/empty-application"
CONNECTIONS = 32
TURN_SECONDS = 3.0
TURNS = 3


@contextmanager
def empty_application(server: Server) -> Iterator[str]:
    """-> the address of its one route; behind the same proxy, with one replica and as many requests at once."""
    import ray
    from fastapi import FastAPI
    from ray import serve

    from serve_app.ingress import MAX_ONGOING_REQUESTS

    def build() -> FastAPI:
        app = FastAPI()

        @app.get("/live")
        async def live() -> dict[str, str]:
            return {"status": "live"}

        return app

    @serve.deployment(
        name="empty", num_replicas=1, max_ongoing_requests=MAX_ONGOING_REQUESTS, ray_actor_options={"num_cpus": 0}
    )
    @serve.ingress(build)
    class Empty:
        """Holds the application."""

    logging.getLogger("ray.serve").setLevel(logging.WARNING)
    head = ray_head.Head.read(ray_head.note_path(server.settings))
    assert head is not None, "the server is up"
    ray.init(address=head.address, namespace="load", log_to_driver=False, logging_level="ERROR")
    try:
        serve.run(
            Empty.bind(),  # type: ignore[attr-defined]
            name="empty",
            route_prefix=PREFIX,
            logging_config={"enable_access_log": False},
        )
        yield f"{server.url}{PREFIX}/live"
        serve.delete("empty")
    finally:
        ray.shutdown()


async def rate(http: aiohttp.ClientSession, url: str) -> float:
    """-> requests a second over CONNECTIONS connections, for TURN_SECONDS."""
    until = time.monotonic() + TURN_SECONDS

    async def ask() -> int:
        count = 0
        while time.monotonic() < until:
            async with http.get(url) as answer:
                await answer.read()
                answer.raise_for_status()
            count += 1
        return count

    return sum(await asyncio.gather(*(ask() for _ in range(CONNECTIONS)))) / TURN_SECONDS


async def compared(http: aiohttp.ClientSession, ours: str, empty: str) -> tuple[float, float]:
    """-> requests a second of ours and of the empty one: medians of TURNS turns, one after the other."""
    found: dict[str, list[float]] = {ours: [], empty: []}
    for url in found:
        await rate(http, url)  # warm
    for _ in range(TURNS):
        for url in found:
            found[url].append(await rate(http, url))
    return statistics.median(found[ours]), statistics.median(found[empty])
