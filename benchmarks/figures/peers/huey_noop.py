"""No-op tasks through Huey with SQLite, synced; runs in an environment that has huey.

`python -c "import huey_noop; huey_noop.main()" COUNT`
Prints tasks per second from the first call to the last one done. The worker runs beside it:
`huey_consumer huey_noop.huey`, with HUEY_DB in the environment.
"""

from __future__ import annotations

import os
import sys
import time

from huey import SqliteHuey

huey = SqliteHuey("noop", filename=os.environ["HUEY_DB"], fsync=True, store_none=True)


@huey.task()
def noop(text: str) -> str:
    return text


def main() -> None:
    count = int(sys.argv[1])
    noop("warm").get(blocking=True, timeout=60)
    done = huey.result_count()
    began = time.perf_counter()
    for number in range(count):
        noop(str(number))
    while huey.result_count() < done + count:
        time.sleep(0.05)
    print(count / (time.perf_counter() - began))
