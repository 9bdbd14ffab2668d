"""Following a task until it is over: how far it is, drawn or in lines."""

from __future__ import annotations

from contextlib import closing
from types import TracebackType
from typing import Protocol

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from khelmerch_client import TERMINAL, Client
from khelmerch_client.models import TaskDetail

SHOW_INTERVAL_S = 0.5
# Long enough for the ingress to be restarted by Ray; the task itself survives that.
PATIENCE_S = 90.0
_STAGES = {
    "queued": "waiting in the queue",
    "preparing": "reading the document",
    "translating": "translating",
    "assembling": "writing the document",
    "done": "done",
}


class Reporter(Protocol):
    """Shows how far a task is. Used as a context manager, so that a question can be asked between two uses."""

    def __enter__(self) -> Reporter: ...
    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...
    def show(self, task: TaskDetail) -> None: ...
    def say(self, text: str) -> None: ...


def follow(client: Client, task_id: str, reporter: Reporter) -> TaskDetail:
    """-> the task with its files, once it is over. Raises Unreachable when the server stays away for PATIENCE_S,
    KeyboardInterrupt as it comes."""
    watched = client.watch(task_id, every_s=SHOW_INTERVAL_S, patience_s=PATIENCE_S, on_notice=reporter.say)
    with closing(watched) as tasks:
        for task in tasks:
            reporter.show(task)
    return task


def describe(task: TaskDetail) -> str:
    """What the task is doing now, in a few words."""
    status = task["status"]
    if status in TERMINAL:
        return status
    stage = task.get("stage", "queued")
    position = task.get("queue_position")
    words = _STAGES.get(stage, stage)
    return f"{words}, position {position}" if stage == "queued" and position else words


def remaining(seconds: float | None) -> str:
    """An estimate as people say it: 'about 3 min left'; empty when there is none."""
    if seconds is None or seconds <= 0:
        return ""
    if seconds < 90:
        return f"about {max(1, round(seconds))} s left"
    if seconds < 90 * 60:
        return f"about {round(seconds / 60)} min left"
    return f"about {seconds / 3600:.1f} h left"


class Bar:
    """A live bar for a terminal."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._progress: Progress | None = None
        self._row: TaskID | None = None

    def __enter__(self) -> Bar:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.percentage:>5.1f} %"),
            TextColumn("{task.fields[counts]}"),
            TextColumn("{task.fields[left]}"),
            TimeElapsedColumn(),
            console=self._console,
        )
        self._row = self._progress.add_task("starting", total=100.0, counts="", left="")
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._progress is not None:
            self._progress.stop()

    def show(self, task: TaskDetail) -> None:
        assert self._progress is not None and self._row is not None, "a Bar is used in a with block"
        total = task.get("segments_total") or 0
        self._progress.update(
            self._row,
            description=describe(task),
            completed=100.0 if task["status"] == "completed" else task.get("progress", 0.0),
            counts=f"{task.get('segments_done', 0)}/{total} segments" if total else "",
            left="" if task["status"] in TERMINAL else remaining(task.get("eta_seconds")),
        )

    def say(self, text: str) -> None:
        self._console.print(text, markup=False)


class Lines:
    """A line for each change of stage and each tenth, for logs and pipes (standard error)."""

    def __init__(self) -> None:
        self._last: tuple[str, int] | None = None

    def __enter__(self) -> Lines:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        return None

    def show(self, task: TaskDetail) -> None:
        percent = task.get("progress", 0.0)
        now = (describe(task), int(percent // 10))
        if now != self._last:
            self._last = now
            left = "" if task["status"] in TERMINAL else remaining(task.get("eta_seconds"))
            self.say(f"{percent:5.1f} %  {now[0]}" + (f", {left}" if left else ""))

    def say(self, text: str) -> None:
        typer.echo(text, err=True)
