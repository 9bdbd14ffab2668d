"""Small random schedules full of accidents: every one must end with every task accounted for."""

from __future__ import annotations

import random
from collections.abc import Callable

from actors.dispatch import Limits
from actors.failures import Failure
from benchmarks.simulation.machines import Broken
from benchmarks.simulation.scenario import PAIRS, Chaos, SimGpu
from benchmarks.simulation.storage import TERMINAL, SimFile, SimTask
from benchmarks.simulation.world import World

MAX_STEPS = 20_000
SCHEDULE_SECONDS = 12.0
"""Virtual time in which accidents happen; after it, everything must come to its end."""

QUIET = Chaos(death_every_seconds=0.0, restart_seconds=1.0)


def run_schedule(seed: int) -> World:
    """Run one; raises Broken with the seed when a promise does not hold."""
    try:
        return _run(seed)
    except Broken as error:
        raise Broken(f"schedule {seed}: {error}") from error


def _run(seed: int) -> World:
    rng = random.Random(seed)
    gpus = [
        SimGpu(
            f"gpu-{n}",
            rng.choice((100.0, 400.0, 2_000.0)),
            error_share=rng.choice((0.0, 0.0, 0.1, 1.0)),
            hangs_at=rng.choice((float("inf"),) * 9 + (3.0,)),
        )
        for n in range(rng.randint(1, 3))
    ]
    limits = Limits(rng.randint(1, 3), timeout_seconds=rng.choice((5.0, 100_000.0, 100_000.0)), ageing_seconds=10.0)
    world = World(gpus, limits, QUIET, seed)
    tasks = [_task(number, rng) for number in range(rng.randint(1, 5))]
    for task in tasks:
        if rng.random() < 0.15:
            task.not_before = rng.uniform(0, SCHEDULE_SECONDS)
        world.at(rng.uniform(0, SCHEDULE_SECONDS / 2), lambda task=task: world.submit(task))  # type: ignore[misc]
    for _ in range(rng.randint(0, 6)):
        world.at(rng.uniform(0, SCHEDULE_SECONDS), _accident(world, rng))
    world.at(SCHEDULE_SECONDS, lambda: _calm(world))
    for _ in range(MAX_STEPS):
        if world.is_over(len(tasks)) and world.calm:
            break
        if not world.step():
            raise Broken("nothing happens any more, but not every task is over")
    else:
        raise Broken("it never ends")
    check(world)
    return world


def _task(number: int, rng: random.Random) -> SimTask:
    files = {}
    for part in range(rng.choice((1, 1, 2))):
        length = rng.choice((1, 4, 12, 40))
        poison = rng.randrange(length) if rng.random() < 0.05 else -1
        file_id = number * 8 + part + 1
        files[file_id] = SimFile(file_id, bytes(rng.choices(range(20, 120), k=length)), poison)
    priority = rng.choice((0, 5, 5, 5, 9))
    return SimTask(f"t{number}", rng.choice(("anna", "anna", "bold", "cai")), priority, 0.0, rng.choice(PAIRS), files)


def _accident(world: World, rng: random.Random) -> Callable[[], None]:
    gpu = rng.choice(list(world.gpus.values()))
    choice = rng.randrange(8)

    def happen() -> None:
        alive = [task for task in world.tasks.values() if task.status not in TERMINAL]
        over = [task for task in world.tasks.values() if task.status in ("cancelled", "failed", "timeout")]
        match choice:
            case 0:
                world.die(gpu, Failure.TRANSLATOR_DIED)
            case 1:
                world.die(gpu, Failure.TRANSLATOR_LOST)
            case 2:
                world.kill_scheduler()
            case 3 if alive:
                world.cancel(rng.choice(alive))
            case 4 if over:
                world.retry(rng.choice(over))
            case 5:
                world.dispatcher.pause(world.clock)
                world.at(world.now + rng.uniform(0, 3), lambda: world.dispatcher.unpause(world.clock))
            case 6:
                world.skew += rng.choice((-3_600.0, 1.0, 60.0))
            case 7:
                for task in alive:
                    world.reprioritise(task, rng.randrange(10))

    return happen


def _calm(world: World) -> None:
    world.calm = True
    world.dispatcher.unpause(world.clock)


def check(world: World) -> None:
    for task in world.tasks.values():
        for file in task.files.values():
            if file.status == "completed" and not all(file.stored):
                raise Broken(f"file {file.file_id} is completed with untranslated sentences")
        if task.status == "completed" and any(file.status != "completed" for file in task.files.values()):
            raise Broken(f"{task.task_id} is completed although a file is not")
    if world.dispatcher.jobs or len(world.dispatcher.pending):
        raise Broken("the dispatcher keeps tasks that are over")
