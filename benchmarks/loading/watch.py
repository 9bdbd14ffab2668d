"""Memory of the server's processes while it is loaded."""

from __future__ import annotations

import asyncio
import statistics

import psutil

from benchmarks.crashing.server import Server

SAMPLE_SECONDS = 5.0
WATCHED = ("ingress", "scheduler")


class Memory:
    def __init__(self, server: Server) -> None:
        self._processes = {kind: server.victims(kind) for kind in WATCHED}
        self._mib: dict[str, list[float]] = {kind: [] for kind in WATCHED}

    async def watch(self) -> None:
        """For ever. A process that is gone is none of this load's doing, and tells nothing any more."""
        while True:
            for kind, processes in self._processes.items():
                try:
                    self._mib[kind].append(sum(process.memory_info().rss for process in processes) / 2**20)
                except psutil.NoSuchProcess:
                    self._processes[kind] = []
            await asyncio.sleep(SAMPLE_SECONDS)

    def lines(self) -> list[str]:
        """-> what each had in the first and in the last quarter, in MiB."""
        told = []
        for kind, samples in self._mib.items():
            quarter = max(1, len(samples) // 4)
            if samples:
                first, last = statistics.median(samples[:quarter]), statistics.median(samples[-quarter:])
                told.append(
                    f"RSS of the {kind}: {first:.0f} MiB in the first quarter, {last:.0f} MiB in the last "
                    f"({len(samples)} samples)."
                )
        return told
