"""Does twice the GPUs mean twice the speed? One document over 1 to 32 translators whose engine sleeps as a GPU would.

    python -m benchmarks.scaling [--translators 1 2 4 8 16 32] [--seconds 20]

Real scheduler, real Ray actors, real storage; only the model sleeps, so two cores can hold 32 of them (300 MiB each).
Timed from the first lease to the last checkpoint, so that the tail, where some have nothing left, counts.
"""

from __future__ import annotations

import argparse
import asyncio
import sqlite3
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path

from benchmarks.stopping import stop_as_by_ctrl_c
from cluster.settings import prepare_ray_environment

OUT = Path("benchmarks/out/scaling.json")
SENTENCE_SECONDS = 0.1
"""Of each sentence, asleep: a chunk of a second is ten of them."""
TARGET = 0.95


def main() -> int:
    """Prints the table; exit status 1 when the most translators are below the target."""
    stop_as_by_ctrl_c()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--translators", type=int, nargs="+", default=[1, 2, 4, 8, 16, 32])
    parser.add_argument("--seconds", type=int, default=20, help="of work for each translator")
    parser.add_argument("--out", type=Path, default=OUT)
    options = parser.parse_args()
    # Before anything imports Ray, which reads its environment once.
    prepare_ray_environment()
    from benchmarks.figures.house import config_in, house_of, ray_in
    from benchmarks.figures.table import Figure, machine, show, write

    facts = machine()
    figures: list[Figure] = []
    speeds: dict[int, float] = {}
    options.out.parent.mkdir(parents=True, exist_ok=True)
    with (
        tempfile.TemporaryDirectory(dir=options.out.parent.absolute(), prefix="scaling-") as name,
        ray_in(Path(name), max(options.translators)),
    ):
        for count in options.translators:
            folder = Path(name) / str(count)
            folder.mkdir()
            with house_of(config_in(folder, f"fake:delay={SENTENCE_SECONDS}", instances=count)) as house:
                speeds[count] = asyncio.run(_speed(house, count, options.seconds))
            first = min(speeds)
            share = speeds[count] / count / (speeds[first] / first)
            figures.append(
                Figure(
                    f"{count} translators",
                    f"{speeds[count]:.1f} sentences/s",
                    f"{count / SENTENCE_SECONDS:.0f}/s if none ever waited",
                    share,
                    f"{TARGET} of linear",
                    share >= TARGET,
                )
            )
            print(f"# {' | '.join(figures[-1].cells())}", file=sys.stderr, flush=True)
    for key, value in facts.items():
        print(f"{key}: {value}")
    print(show(figures))
    write(options.out, facts, figures, {"speeds": speeds})
    return int(figures[-1].reached is False)


async def _speed(house, count: int, seconds: int) -> float:  # type: ignore[no-untyped-def]  # Ray must not be imported yet
    """-> sentences per second of one document with `seconds` of work for each of `count` translators."""
    from benchmarks.figures.submits import new_task
    from benchmarks.figures.throughput import ready, sentence

    await ready(house, count)
    # A first document measures every translator's speed, as weeks of work have done in a real one.
    for numbers in (range(30 * count), range(30 * count, 30 * count + int(count * seconds / SENTENCE_SECONDS))):
        task = new_task("client-1")
        text = "".join(sentence(number) + "\n" for number in numbers)
        await house.client.submit(task, [house.stored("long.txt", text)])
        deadline = time.monotonic() + 120.0 + 10 * seconds
        while (found := await house.client.task(task.task_id))["status"] in ("pending", "processing"):
            if time.monotonic() > deadline:
                raise TimeoutError(f"{count} translators were not done with the document in time.")
            await asyncio.sleep(0.5)
        if found["status"] != "completed":
            raise RuntimeError(f"The document failed: {found['error_message']}")
    path = Path(house.config.database_url.removeprefix("sqlite:///"))
    connection = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        query = "SELECT at FROM task_events WHERE task_id = ? AND kind IN ('leased', 'checkpointed') ORDER BY at"
        times = [datetime.fromisoformat(at).timestamp() for (at,) in connection.execute(query, (task.task_id,))]
    finally:
        connection.close()
    return len(numbers) / (times[-1] - times[0])


if __name__ == "__main__":
    sys.exit(main())
