"""The dispatcher against a reference model, under anything that can happen in any order.

The model is `benchmarks.simulation`: storage (which sentences are translated, in which state each task is) and GPUs. It
raises `Broken` at once when a sentence is sent twice or for a task that is over, when a document is written too early,
when a terminal state changes, when MAX_TASKS or two chunks per translator are exceeded, when a late answer counts.
"""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from actors.dispatch import Limits
from actors.failures import Failure
from benchmarks.simulation.scenario import PAIRS, SimGpu
from benchmarks.simulation.schedules import QUIET, check
from benchmarks.simulation.storage import TERMINAL, SimFile, SimTask
from benchmarks.simulation.world import World

GPUS = 3
MAX_TASKS = 2
MAX_STEPS = 20_000

BOTH = "a > b"
VIA = ("mon_Cyrl", "cmn_Hans", True)

Action = Callable[[World], None]


def new_world() -> World:
    fleet = ((150.0, "a"), (600.0, "b"), (2_000.0, "a"))
    gpus = [SimGpu(f"gpu-{n}", speed, model=model) for n, (speed, model) in enumerate(fleet)]
    return World(gpus, Limits(MAX_TASKS, timeout_seconds=200.0, ageing_seconds=20.0), QUIET, seed=1)


def submit(
    number: int, client: str, priority: int, lengths: list[bytes], poison: int, later: float, model: str
) -> Action:
    def action(world: World) -> None:
        files = {
            number * 8 + part + 1: SimFile(
                number * 8 + part + 1, text, poison if part == 0 and poison < len(text) else -1
            )
            for part, text in enumerate(lengths)
        }
        not_before = world.clock + later if later else None
        pair = VIA if model == BOTH else PAIRS[number % 2]
        world.submit(SimTask(f"t{number}", client, priority, 0.0, pair, files, not_before, model=model))

    return action


def some(world: World, pick: int, *statuses: str) -> SimTask | None:
    found = [task for task in world.tasks.values() if task.status in statuses]
    return found[pick % len(found)] if found else None


def cancel(pick: int) -> Action:
    def action(world: World) -> None:
        if (task := some(world, pick, "pending", "processing")) is not None:
            world.cancel(task)

    return action


def retry(pick: int) -> Action:
    def action(world: World) -> None:
        if (task := some(world, pick, "cancelled", "failed", "timeout")) is not None:
            world.retry(task)

    return action


def reprioritise(pick: int, priority: int) -> Action:
    def action(world: World) -> None:
        if (task := some(world, pick, "pending")) is not None:
            world.reprioritise(task, priority)

    return action


def rebind(pick: int, model: str) -> Action:
    def action(world: World) -> None:
        task = some(world, pick, "pending", "processing")
        if task is not None and (task.model == BOTH) == (model == BOTH):
            world.rebind(task, model)

    return action


def steps(count: int) -> Action:
    def action(world: World) -> None:
        for _ in range(count):
            world.step()

    return action


def die(gpu: int, failure: Failure) -> Action:
    return lambda world: world.die(world.gpus[f"gpu-{gpu}"], failure)


def jump(seconds: float) -> Action:
    def action(world: World) -> None:
        world.skew += seconds

    return action


def pause(world: World) -> None:
    world.dispatcher.pause(world.clock)


def unpause(world: World) -> None:
    world.dispatcher.unpause(world.clock)


def finish(world: World) -> None:
    """No more bad luck: everything must come to its end."""
    world.calm = True
    unpause(world)
    world.turn()
    for _ in range(MAX_STEPS):
        if world.is_over(len(world.tasks)):
            check(world)
            return
        assert world.step(), "nothing happens any more, but not every task is over"
    raise AssertionError("it never ends")


class DispatcherMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.world = new_world()
        self.log: list[Action] = []
        self.submitted = 0
        self.ends: dict[tuple[str, int], str] = {}

    def do(self, action: Action) -> None:
        self.log.append(action)
        action(self.world)
        self.world.turn()

    @precondition(lambda self: self.submitted < 8)
    @rule(
        client=st.sampled_from(("anna", "anna", "bold", "cai")),
        priority=st.integers(0, 9),
        lengths=st.lists(st.lists(st.integers(1, 200), min_size=0, max_size=30).map(bytes), min_size=1, max_size=2),
        poison=st.one_of(st.just(-1), st.integers(0, 30)),
        later=st.sampled_from((0.0, 0.0, 5.0)),
        model=st.sampled_from(("a", "b", BOTH)),
    )
    def submit(self, client: str, priority: int, lengths: list[bytes], poison: int, later: float, model: str) -> None:
        self.do(submit(self.submitted, client, priority, lengths, poison, later, model))
        self.submitted += 1

    @rule(count=st.integers(1, 12))
    def time_passes(self, count: int) -> None:
        self.do(steps(count))

    @rule(gpu=st.integers(0, GPUS - 1), failure=st.sampled_from((Failure.TRANSLATOR_DIED, Failure.TRANSLATOR_LOST)))
    def translator_dies(self, gpu: int, failure: Failure) -> None:
        self.do(die(gpu, failure))

    @rule()
    def scheduler_dies(self) -> None:
        self.do(World.kill_scheduler)

    @rule(pick=st.integers(0, 9))
    def cancel(self, pick: int) -> None:
        self.do(cancel(pick))

    @rule(pick=st.integers(0, 9))
    def retry(self, pick: int) -> None:
        self.do(retry(pick))

    @rule(pick=st.integers(0, 9), priority=st.integers(0, 9))
    def reprioritise(self, pick: int, priority: int) -> None:
        self.do(reprioritise(pick, priority))

    @rule(pick=st.integers(0, 9), model=st.sampled_from(("a", "b", BOTH, BOTH)))
    def model_is_changed(self, pick: int, model: str) -> None:
        self.do(rebind(pick, model))

    @rule()
    def pause(self) -> None:
        self.do(pause)

    @rule()
    def unpause(self) -> None:
        self.do(unpause)

    @rule(seconds=st.sampled_from((-3_600.0, -1.0, 30.0, 250.0)))
    def clock_jumps(self, seconds: float) -> None:
        self.do(jump(seconds))

    @invariant()
    def limits_are_exact(self) -> None:
        core = self.world.dispatcher
        assert len(core.jobs) + len(core.pending.starting) <= MAX_TASKS
        assert all(one.chunks <= 2 for one in core.fleet.translators.values())
        waiting = sum(task.status == "pending" for task in self.world.tasks.values())
        assert len(core.pending) == waiting
        assert sorted(core.jobs) == sorted(
            name for name, task in self.world.tasks.items() if task.status == "processing"
        )

    @invariant()
    def ends_are_final(self) -> None:
        for task in self.world.tasks.values():
            if task.status in TERMINAL:
                assert self.ends.setdefault((task.task_id, task.attempt), task.status) == task.status

    def teardown(self) -> None:
        self.do(finish)
        again = new_world()
        for action in self.log:
            action(again)
            again.turn()
        assert again.digest == self.world.digest, "the same events must give the same decisions"


TestDispatcher = DispatcherMachine.TestCase
TestDispatcher.settings = settings(
    max_examples=150, stateful_step_count=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
