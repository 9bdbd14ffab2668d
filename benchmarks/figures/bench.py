"""The five parts of the scheduler's figures: what is measured, what beside it, and what was to be reached."""

from __future__ import annotations

import argparse
import asyncio
import statistics
from collections.abc import Callable
from pathlib import Path

from benchmarks import dispatch_speed, simulate
from benchmarks.figures import peers_run, submits
from benchmarks.figures.house import config_in, house_of
from benchmarks.figures.restart import fill, restart
from benchmarks.figures.table import Figure
from benchmarks.figures.throughput import chunks, ready, short_texts, tiny_tasks

CLIENTS = 64
GPUS = 4
CHUNK_GOAL = 300.0

Measured = tuple[list[Figure], dict[str, object]]


class Bench:
    """`folder` is on the disk that is measured. Every figure is the median of `repeats`, what is compared alternating."""

    def __init__(self, folder: Path, options: argparse.Namespace) -> None:
        self._folder = folder
        self._options = options
        self._number = 0

    def _new_folder(self) -> Path:
        self._number += 1
        folder = self._folder / str(self._number)
        folder.mkdir()
        return folder

    def _alternate(self, **measures: Callable[[], float]) -> dict[str, list[float]]:
        found: dict[str, list[float]] = {name: [] for name in measures}
        for _ in range(self._options.repeats):
            for name, measure in measures.items():
                found[name].append(measure())
        return found

    def submits(self) -> Measured:

        count = self._options.submits
        with house_of(config_in(self._new_folder())) as house:
            asyncio.run(submits.through_ray(house, CLIENTS, CLIENTS))
            found = self._alternate(
                one_row=lambda: submits.one_row_commits(self._folder, count),
                plain_task=lambda: submits.task_commits(self._new_folder(), count),
                own_single=lambda: submits.in_process(self._new_folder(), count // 4, 1),
                in_process=lambda: submits.in_process(self._new_folder(), count, CLIENTS),
                through_ray=lambda: asyncio.run(submits.through_ray(house, count, CLIENTS)),
            )
        mid = {name: statistics.median(values) for name, values in found.items()}
        figures = []
        for name, what in (("through_ray", "scheduler actor on Ray"), ("in_process", "storage and group commit alone")):
            for bound, its in (
                ("one_row", "of one row"),
                ("plain_task", "of a task's rows"),
                ("own_single", "of a task through our own code, one client"),
            ):
                ratio = mid[name] / mid[bound]
                figures.append(
                    Figure(
                        f"durable submits, {CLIENTS} clients: {what}",
                        f"{mid[name]:.0f}/s",
                        f"{mid[bound]:.0f} single synced commits/s {its}",
                        ratio,
                        "3 x",
                        ratio >= 3,
                    )
                )
        return figures, {"submits": found}

    def tasks(self) -> Measured:

        count, texts = self._options.tasks, self._options.texts
        venv: Path | None = self._options.peers_venv
        measures: dict[str, Callable[[], float]] = {}
        skipped: dict[str, str] = {}
        for name, needs_redis in (("celery_durable", True), ("celery_default", True), ("huey", False)):
            reason = peers_run.lacking(venv, needs_redis)
            if reason is not None or venv is None:
                skipped[name] = reason or ""
            elif name == "huey":
                measures[name] = lambda: peers_run.huey(venv, self._new_folder(), texts)
            else:
                measures[name] = lambda durable=name == "celery_durable": peers_run.celery(  # type: ignore[misc]
                    venv, self._new_folder(), texts, durable=durable
                )
        config = config_in(self._new_folder(), instances=1, document_workers=2, max_tasks=1_024)
        with house_of(config) as house:
            asyncio.run(ready(house, 1))
            asyncio.run(tiny_tasks(house, CLIENTS, CLIENTS))
            found = self._alternate(
                documents=lambda: asyncio.run(tiny_tasks(house, count, CLIENTS)),
                texts=lambda: asyncio.run(short_texts(house, texts, CLIENTS)),
                **measures,
            )
        mid = {name: statistics.median(values) for name, values in found.items()}
        peers = {
            "celery_durable": "no-ops/s by Celery, Redis that syncs always",
            "huey": "no-ops/s by Huey, SQLite that syncs always",
            "celery_default": "no-ops/s by Celery, Redis as it comes (not durable)",
        }
        figures = []
        for name, what in (
            ("documents", "no-op documents, durable: upload to result file"),
            ("texts", "no-op short texts: dispatch only, not durable"),
        ):
            for peer, its in peers.items():
                if peer in skipped:
                    figures.append(Figure(what, f"{mid[name]:.0f}/s", f"{its}: {skipped[peer]}", None, "1 x"))
                    continue
                ratio = mid[name] / mid[peer]
                target = "1 x" if name == "documents" and peer != "celery_default" else ""
                figures.append(
                    Figure(
                        what,
                        f"{mid[name]:.0f}/s",
                        f"{mid[peer]:.0f} {its}",
                        ratio,
                        target,
                        ratio >= 1 if target else None,
                    )
                )
        return figures, {"tasks": found}

    def chunks(self) -> Measured:

        policy = "benchmarks.figures.throughput:one_second_chunks"
        config = config_in(self._new_folder(), instances=GPUS, gpu_policy=policy)
        with house_of(config) as house:
            asyncio.run(ready(house, GPUS))
            asyncio.run(chunks(house, 500))
            runs = [asyncio.run(chunks(house, self._options.sentences)) for _ in range(self._options.repeats)]
        speed = statistics.median(run[0] for run in runs)
        spent = statistics.median(run[2] for run in runs)
        figure = Figure(
            f"chunks of {runs[0][1]:.0f} sentences through actors, checkpointed; so GPUs fed at 1 s a chunk",
            f"{speed:.0f}/s",
            f"{GPUS} no-op translators; {1000 * spent:.1f} ms of CPU a chunk: {1 / spent:.0f}/s on a core of its own",
            speed / CHUNK_GOAL,
            f"{CHUNK_GOAL:.0f}/s",
            speed >= CHUNK_GOAL,
        )
        return [figure], {"chunks": runs}

    def restart(self) -> Measured:

        tasks, segments = self._options.waiting, self._options.waiting_segments
        folder = self._new_folder()
        fill(folder / "khelmerch.db", tasks, segments)
        config = config_in(folder, "fake:delay=0.05", instances=GPUS)
        with house_of(config) as house:
            asyncio.run(ready(house, GPUS))
            runs = [asyncio.run(restart(house)) for _ in range(self._options.repeats)]
        mid = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
        what = f"restart after kill -9, {tasks} tasks and {tasks * segments} segments wait"
        figures = [
            Figure(
                f"{what}: to the first chunk sent",
                f"{mid['seconds']:.1f} s",
                f"{mid['own_seconds']:.1f} s of it ours, before: Ray's restart and imports",
                None,
                "under 5 s",
                mid["seconds"] < 5,
            ),
            Figure(
                f"{what}: memory of the scheduler",
                f"{mid['peak_mib']:.0f} MiB at most",
                f"{mid['rss_mib']:.0f} MiB when it sends",
                None,
                "under 500 MiB",
                mid["peak_mib"] < 500,
            ),
        ]
        return figures, {"restart": runs}

    def core(self) -> Measured:
        found = self._alternate(
            few=lambda: dispatch_speed.chunks_per_second(10, 300, 3_000),
            many=lambda: dispatch_speed.chunks_per_second(10_000, 300, 3_000),
        )
        few, many = (statistics.median(found[name]) for name in ("few", "many"))
        world, watch = simulate.large(self._options.gpus, self._options.gpus * 100, 7)
        idle = 100 * watch.idle_seconds / max(watch.up_seconds, 1e-9)
        error, windows = watch.share_error()
        size = f"{self._options.gpus} GPUs, {self._options.gpus * 100} tasks, seed 7"
        figures = [
            Figure(
                "dispatch time a chunk, pure core: 10,000 tasks wait",
                f"{1e6 / many:.0f} us",
                f"{1e6 / few:.0f} us with 10",
                few / many,
                "1.5 at most",
                few / many <= 1.5,
            ),
            Figure(
                f"simulated GPU idle share while work waits ({size})", f"{idle:.2f} %", "", None, "under 1 %", idle < 1
            ),
            Figure(
                f"largest share error of two equal clients ({windows} windows of 60 s)",
                f"{100 * error:.1f} %",
                f"digest {world.digest}",
                None,
                "under 10 %",
                error < 0.1,
            ),
        ]
        return figures, {"core": found, "idle_percent": idle, "share_error": error}
