"""Many clients at once against a real server: nothing fails, nothing is lost, answers stay quick, memory stays flat.

    python -m benchmarks.load --clients 200 --minutes 10

The server is its own: free ports, a folder of its own, the fake engine (which sleeps) on logical GPUs; nothing else on the
machine is touched. Ends with 1 when an answer was a 5xx, an accepted task is lost, or a result is wrong.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import sys
import tempfile
import time
from pathlib import Path

import aiohttp

from benchmarks.crashing.server import Server
from benchmarks.loading.calls import Calls
from benchmarks.loading.clients import TIMEOUT, Client, Promises, settled
from benchmarks.loading.empty import compared, empty_application
from benchmarks.loading.watch import Memory
from benchmarks.stopping import stop_as_by_ctrl_c
from cluster.settings import prepare_ray_environment

DELAY_SECONDS = 0.01
"""A sentence takes this long on each logical GPU."""
GPUS = 4
SEED = 5
SETTLE_SECONDS = 300.0


async def loaded(server: Server, clients: int, seconds: float, pace: float) -> tuple[list[str], bool]:
    """-> (what to tell, did it go well)."""
    calls, promises, memory = Calls(), Promises(), Memory(server)
    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=0)) as http:
        watching = asyncio.create_task(memory.watch())
        until = time.monotonic() + seconds
        crowd = [Client(number, server.url, SEED, pace, calls, promises) for number in range(clients)]
        await asyncio.gather(*(one.run(http, until) for one in crowd))
        watching.cancel()
        ended = await settled(http, server.url, promises, SETTLE_SECONDS)
    told = ", ".join(f"{count} {name}" for name, count in sorted(ended.items()))
    unmet = len(promises.accepted) - ended.get("completed", 0)
    lines = [*calls.table(), "", f"{len(promises.accepted)} tasks were accepted: {told}.", *memory.lines()]
    return [*lines, *promises.wrong], calls.faults == 0 and unmet == 0 and not promises.wrong


async def live(server: Server, empty: str) -> str:
    async with aiohttp.ClientSession(timeout=TIMEOUT, connector=aiohttp.TCPConnector(limit=0)) as http:
        ours, theirs = await compared(http, f"{server.url}/health/live", empty)
    return f"GET /health/live: {ours:.0f} requests/s, an empty application {theirs:.0f}: {ours / theirs:.2f} of it."


def run(folder: Path, clients: int, minutes: float, pace: float) -> int:
    server = Server(folder, DELAY_SECONDS, GPUS)
    try:
        server.up()
        with empty_application(server) as empty:
            print(asyncio.run(live(server, empty)), flush=True)
        before = os.getloadavg()[0]
        lines, well = asyncio.run(loaded(server, clients, 60 * minutes, pace))
        print("\n".join(lines))
        load = f"load {before:.1f} before, {os.getloadavg()[0]:.1f} after"
        print(f"{clients} clients, {minutes:g} min, {os.cpu_count()} cores; {load}.")
        return 0 if well else 1
    finally:
        server.down()


def main() -> None:
    stop_as_by_ctrl_c()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument(
        "--pace", type=float, default=5.0, help="mean seconds between an answer and the client's next call"
    )
    options = parser.parse_args()
    prepare_ray_environment()
    folder = Path(tempfile.mkdtemp(prefix="khelmerch-load-"))
    try:
        code = run(folder, options.clients, options.minutes, options.pace)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
