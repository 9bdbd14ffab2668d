"""The scheduler's decision core at scale, on virtual time: `python -m benchmarks.simulate --gpus 1000 --tasks 100000 --seed 7`.

Prints how many GPUs idle while work waits, how long tasks wait, how equal clients share, and a digest of every decision:
the same seed gives the same digest. `--schedules N` runs N small schedules full of accidents instead and checks promises.
"""

from __future__ import annotations

import argparse
import gc
import random
import sys
import time
from collections import Counter

from actors.dispatch import Limits
from benchmarks.simulation.report import Watch, waiting_times
from benchmarks.simulation.scenario import TWINS, Chaos, fleet, workload
from benchmarks.simulation.schedules import run_schedule
from benchmarks.simulation.world import World

LOAD = 1.15
"""Work that arrives per second, as a share of what the fleet can do: more, so that work always waits."""

TASKS_PER_GPU = 4


def large(gpus: int, tasks: int, seed: int) -> tuple[World, Watch]:
    """Run one large scenario to its end."""
    rng = random.Random(seed)
    chaos = Chaos()
    jobs = workload(tasks, chaos, rng)
    chars = sum(file.size for task in jobs for file in task.files.values())
    # The mean of the kinds' speeds; a fleet of few GPUs may differ from it.
    horizon = chars / (gpus * 2_200.0) / LOAD
    machines = fleet(gpus, chaos, horizon, rng)
    watch = Watch(client_of={task.task_id: task.client for task in jobs})
    world = World(machines, Limits(max(10, TASKS_PER_GPU * gpus)), chaos, seed, watch.sent)
    for task in jobs:
        # The twins bring their work early, so that both have some nearly all the time.
        until = horizon * (0.2 if task.client in TWINS else 1.0)
        world.at(rng.uniform(0, until), lambda task=task: world.submit(task))  # type: ignore[misc]
    for _ in range(chaos.scheduler_deaths):
        world.at(rng.uniform(0.3, 0.7) * horizon, world.kill_scheduler)
    for task in rng.sample(jobs, int(chaos.cancelled * tasks)):
        world.at(rng.uniform(0, horizon), lambda task=task: world.cancel(task))  # type: ignore[misc]
    # What is there by now stays to the end: looking through it for garbage again and again took a fifth of the time.
    gc.freeze()
    try:
        while not world.is_over(tasks) and world.step():
            watch.tick(world)
    finally:
        gc.unfreeze()
    return world, watch


def report(world: World, watch: Watch, wall_seconds: float) -> None:
    states = Counter(task.status for task in world.tasks.values())
    up = max(watch.up_seconds, 1e-9)
    error, windows = watch.share_error()
    print(f"virtual seconds       {world.now:12.1f}   (wall {wall_seconds:.1f} s, {world.decisions} decisions)")
    print(f"tasks                 {dict(sorted(states.items()))}")
    print(f"what happened         {dict(sorted(world.counts.items()))}")
    print(
        f"GPU idle while work waits      {100 * watch.idle_seconds / up:7.3f} %   (over {watch.waiting_seconds:.0f} s)"
    )
    print(f"GPUs in quarantine             {100 * watch.resting_seconds / up:7.3f} %   (failed several times in a row)")
    print(f"share error of equal clients   {100 * error:7.2f} %   (largest of {windows} windows of 60 s)")
    print("waiting for a place, s             tasks    median       p95       max")
    for name, count, figures in waiting_times(world):
        print(f"  {name:30} {count:7} {figures}")
    print(f"digest {world.digest}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--gpus", type=int, default=1000)
    parser.add_argument("--tasks", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--schedules", type=int, default=0, help="run this many small schedules instead")
    options = parser.parse_args()
    began = time.perf_counter()
    if options.schedules:
        counts: Counter[str] = Counter()
        for number in range(options.schedules):
            counts.update(run_schedule(options.seed * 1_000_003 + number).counts)
        print(
            f"{options.schedules} schedules in {time.perf_counter() - began:.1f} s, every promise held: {dict(counts)}"
        )
        return 0
    world, watch = large(options.gpus, options.tasks, options.seed)
    report(world, watch, time.perf_counter() - began)
    return 0


if __name__ == "__main__":
    sys.exit(main())
