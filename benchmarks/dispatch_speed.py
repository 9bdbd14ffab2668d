"""Chunks per second through the pure core with translators that answer at once, and its cost when many tasks wait.

`python -m benchmarks.dispatch_speed`: all times are processor time of this process, so that neighbours do not count.
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections import deque

from actors import decisions as do
from actors.decisions import Item, Lease, Pair
from actors.dispatch import Dispatcher, FileFacts, Limits, TaskFacts
from actors.team import Translator

PAIR: Pair = ("mon_Cyrl", "cmn_Hans", False)
TEXT = "x" * 80
SENTENCES = 25
CHARS_PER_SECOND = 2_000.0
"""One chunk is a second of work: 25 sentences of 80 characters, so every task is one chunk."""
CLIENTS = 50


def chunks_per_second(waiting: int, translators: int, chunks: int) -> float:
    """Start, read, send, store and end `chunks` tasks of one chunk each, with `waiting` more tasks waiting all the time."""
    core = Dispatcher(Limits(max_tasks=4 * translators), random.Random(1), 1)
    tasks: dict[str, TaskFacts] = {}

    def submit(number: int) -> None:
        file = FileFacts(number, 2_000, "prepared", SENTENCES, SENTENCES * len(TEXT))
        task = TaskFacts(f"t{number}", f"c{number % CLIENTS}", 5, float(number), 1, PAIR, (file,), 0.0)
        tasks[task.task_id] = task
        core.add(task, 0.0)

    for number in range(translators):
        core.translator_up(Translator(f"g{number}", f"g{number}", chars_per_second=CHARS_PER_SECOND, measured=True))
    total = waiting + 4 * translators
    for number in range(total):
        submit(number)
    out: deque[Lease] = deque()
    done = 0
    began = time.process_time()
    while done < chunks:
        while decided := core.plan(0.0):
            for decision in decided:
                match decision:
                    case do.Start(task_id):
                        core.resume(tasks[task_id], 0.0)
                        submit(total)  # as many wait as before
                        total += 1
                    case do.Load(task_id, file_id, _after, _limit):
                        items = [Item(task_id, 1, file_id, position, TEXT) for position in range(SENTENCES)]
                        core.loaded(task_id, file_id, items, True, 0.0)
                    case do.Send(lease):
                        out.append(lease)
                    case do.Assemble(task_id, attempt, file_id):
                        core.file_over(task_id, attempt, file_id, failed=False)
                    case do.Finish(task_id):
                        core.remove(task_id)
                        del tasks[task_id]
        lease = out.popleft()
        core.result(lease.lease_id, lease.chars / CHARS_PER_SECOND, 0.0)
        positions: dict[tuple[str, int], list[int]] = {}
        for item in lease.items:
            positions.setdefault((item.task_id, item.file_id), []).append(item.position)
        for (task_id, file_id), mine in positions.items():
            core.checkpointed(task_id, 1, file_id, mine, 0.0)
        done += 1
    return done / (time.process_time() - began)


def main() -> None:
    parser = argparse.ArgumentParser(description="Speed of the decision core with a no-op engine.")
    parser.add_argument("--translators", type=int, default=300)
    parser.add_argument("--chunks", type=int, default=5_000)
    parser.add_argument("--repeats", type=int, default=3)
    options = parser.parse_args()
    speeds: dict[int, list[float]] = {10: [], 10_000: []}
    for _ in range(options.repeats):
        for waiting, found in speeds.items():  # alternating, so that a noisy moment hits both
            found.append(chunks_per_second(waiting, options.translators, options.chunks))
    medians = {waiting: statistics.median(found) for waiting, found in speeds.items()}
    for waiting, speed in medians.items():
        print(f"{waiting:6} tasks wait: {speed:8.0f} chunks/s of one task each, {1e6 / speed:6.0f} us a chunk")
    print(f"time per chunk at 10,000 waiting tasks over that at 10: {medians[10] / medians[10_000]:.2f}")


if __name__ == "__main__":
    main()
