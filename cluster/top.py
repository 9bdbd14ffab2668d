"""What `khelmerch top` shows: the server at one moment, as one picture of text; and the keys that end it."""

from __future__ import annotations

import contextlib
import os
import select
import sys
import termios
import time
import tty
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cluster.cli_common import cut, sentence
from cluster.cli_operations import held
from cluster.progress import describe, remaining
from khelmerch_client import Client, ClientError
from khelmerch_client.models import TaskDetail

Row = Mapping[str, Any]

TASKS_SHOWN = 50
"""Running tasks that are asked for; a terminal shows fewer."""

ENDING_KEYS = frozenset("qQ\x03\x04")
"""Also Ctrl-C and Ctrl-D, where the terminal hands them on as characters."""

_STYLES = {"ready": "green", "starting": "yellow", "draining": "yellow", "lost": "red", "failed": "red"}
_PLAIN_ROWS = 11
"""Lines of the picture beside the rows of its three tables, when all that can stand there does."""

_FOOT_ROWS = 3
"""Lines of a live view below the picture, and one that stays free."""


@dataclass(frozen=True)
class Moment:
    """Answers of the API. tasks: those that are being processed, newest first."""

    health: Row
    queue: Row
    metrics: Row
    gpus: Sequence[Row]
    info: Row
    tasks: list[TaskDetail]


def look(api: Client) -> Moment:
    """Raises ClientError as every call does."""
    return Moment(
        api.ready(),
        api.queue_status(),
        api.task_metrics(),
        api.gpu_status(),
        api.system_info(),
        api.tasks(status="processing", limit=TASKS_SHOWN)["tasks"],
    )


def look_or_say(api: Client) -> Moment | str:
    """-> the server now, or the sentence why nothing can be seen: a restart does not end a live view."""
    try:
        return look(api)
    except ClientError as error:
        return sentence(error)


def picture(moment: Moment, address: str, height: int | None = None) -> RenderableType:
    """-> what to print. height: lines that there are, None for as many as it takes; tasks give way first."""
    translators, gpus = moment.info["translators"], moment.gpus
    room = None if height is None else max(1, height - _PLAIN_ROWS - len(translators) - len(gpus))
    return Group(_head(moment, address), "", _tasks(moment.tasks, room), "", _translators(translators), "", _gpus(gpus))


def _head(moment: Moment, address: str) -> Text:
    health, queue, metrics = moment.health, moment.queue, moment.metrics
    ready = bool(health.get("ready"))
    line = Text(f"Khelmerch {moment.info['version']}  {address}  ")
    line.append("ready" if ready else f"not ready: {'; '.join(health.get('reasons', []))}", "green" if ready else "red")
    line.append(f"\n{queue['processing']} running (at most {queue['max_tasks']}), {queue['pending']} waiting")
    line.append(f" (at most {queue['max_task_queue_size']})")
    if oldest := queue["oldest_pending_age_seconds"]:
        line.append(f", the oldest for {_age(oldest)}")
    line.append(f"; {queue['completed']} completed, {queue['failed']} failed, {queue['cancelled']} cancelled")
    line.append(f"\n{metrics['characters_per_second']:,.0f} characters/s")
    line.append(f"; in the last hour {metrics['throughput']['tasks']:,} tasks")
    line.append(f" and {metrics['throughput']['characters']:,} characters")
    if sentence := held(queue):
        line.append(f"\n{sentence}", "yellow")
    return line


def _table(*columns: str) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for index, column in enumerate(columns):
        table.add_column(column, no_wrap=True, overflow="ellipsis", ratio=None, min_width=8 if index == 0 else None)
    return table


def _tasks(tasks: list[TaskDetail], room: int | None) -> RenderableType:
    if not tasks:
        return Text("No task is running.", "dim")
    shown = tasks if room is None else tasks[:room]
    table = _table("task", "client", "pair", "", "%", "segments", "stage", "left")
    for task in shown:
        percent = task.get("progress", 0.0)
        table.add_row(
            Text(task["task_id"]),
            Text(cut(task.get("client_ip", ""), 16)),
            Text(f"{task['source_lang']} > {task['target_lang']}"),
            ProgressBar(100.0, percent, width=16),
            f"{percent:.0f}",
            f"{task.get('segments_done', 0)}/{task.get('segments_total', 0)}",
            describe(task),
            remaining(task.get("eta_seconds")).removesuffix(" left"),
        )
    if len(shown) < len(tasks):
        return Group(table, Text(f"and {len(tasks) - len(shown)} more", "dim"))
    return table


def _translators(translators: Sequence[Row]) -> RenderableType:
    if not translators:
        return Text("There is no translator.", "red")
    table = _table("translator", "state", "model", "on", "restarts", "error")
    for one in translators:
        table.add_row(
            Text(one["name"]),
            Text(one["state"], _STYLES.get(one["state"], "")),
            Text(cut((one["model"] or "").rstrip("/").rpartition("/")[2], 32)),
            Text(one["gpu_id"] or ""),
            str(one["restarts"]),
            Text(cut(one["error"] or "", 60), "red"),
        )
    return table


def _gpus(gpus: Sequence[Row]) -> RenderableType:
    table = _table("device", "name", "load", "memory", "heat", "power", "task")
    for gpu in gpus:
        load, total = gpu["utilization"], gpu["memory_total"]
        table.add_row(
            Text(gpu["gpu_id"], "" if gpu["is_available"] else "red"),
            Text(cut(gpu["device_name"], 32)),
            _measured(load, "%"),
            f"{gpu['memory_used']:,.0f}/{total:,.0f} MiB",
            _measured(gpu["temperature"], "°C"),
            _measured(gpu["power_watts"], "W"),
            Text(gpu["current_task_id"] or "" if gpu["is_available"] else f"no work: {gpu['reason'] or 'unknown'}"),
        )
    return table


def _measured(value: float | None, unit: str) -> str:
    return "" if value is None else f"{value:.0f} {unit}"


def _age(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5_400 else f"{seconds / 3600:.1f} h"


class Keys:
    """Keys of a terminal one by one, without Enter and unechoed; of anything else, none."""

    def __init__(self, stream: int | None) -> None:
        self._stream = stream

    def wait(self, seconds: float) -> bool:
        """-> was an ending key pressed within that time?"""
        if self._stream is None:
            time.sleep(seconds)
            return False
        until = time.monotonic() + seconds
        while select.select([self._stream], [], [], max(0.0, until - time.monotonic()))[0]:
            pressed = os.read(self._stream, 64).decode(errors="replace")
            if not pressed or ENDING_KEYS & set(pressed):
                return True  # nothing: the terminal is gone
        return False


@contextlib.contextmanager
def keys(stream: int | None = None) -> Iterator[Keys]:
    """stream: a file descriptor, standard input if none is given. The terminal is as before at the end."""
    if stream is None:
        stream = sys.stdin.fileno() if sys.stdin.isatty() else None
    if stream is None:
        yield Keys(None)
        return
    before = termios.tcgetattr(stream)
    tty.setcbreak(stream)
    try:
        yield Keys(stream)
    finally:
        termios.tcsetattr(stream, termios.TCSADRAIN, before)


def live(api: Client, console: Console, pressed: Keys, seconds: float) -> None:
    """Draw the server anew every so many seconds, until an ending key or KeyboardInterrupt."""
    from rich.live import Live

    with Live(console=console, screen=True, auto_refresh=False) as view:
        while True:
            found = look_or_say(api)
            drawn = (
                Text(found, "red")
                if isinstance(found, str)
                else picture(found, api.base_url, console.height - _FOOT_ROWS)
            )
            view.update(Group(drawn, Text("\nq ends", "dim")), refresh=True)
            if pressed.wait(seconds):
                return
