"""No-op tasks through Celery with Redis; runs in an environment that has celery and redis.

`python -c "import celery_noop; celery_noop.main()" COUNT`
Prints tasks per second from the first `delay` to the last one done. The worker runs beside it:
`celery -A celery_noop worker`, with REDIS_URL in the environment.
"""

from __future__ import annotations

import os
import sys
import time

import redis
from celery import Celery

URL = os.environ["REDIS_URL"]
app = Celery("celery_noop", broker=URL, backend=URL)
# As durable as ours: a task is taken out of the queue after it was done, and its end is stored.
app.conf.update(task_acks_late=True, worker_prefetch_multiplier=4, broker_connection_retry_on_startup=True)


@app.task
def noop(text: str) -> str:
    return text


def main() -> None:
    count = int(sys.argv[1])
    noop.delay("warm").get(timeout=60)
    client = redis.from_url(URL)
    done = len(client.keys("celery-task-meta-*"))
    began = time.perf_counter()
    for number in range(count):
        noop.delay(str(number))
    while len(client.keys("celery-task-meta-*")) < done + count:
        time.sleep(0.05)
    print(count / (time.perf_counter() - began))
