"""`khelmerch tasks …`: list, show, follow, and fetch results later; `cli_changes` adds what changes tasks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer

from cluster import progress
from cluster.cli_common import (
    ConfigOption,
    JsonOption,
    ServerOption,
    app,
    console,
    cut,
    example,
    open_client,
    print_json,
    print_table,
    short_time,
    size,
)
from cluster.cli_translate import fetch, finish, follow_or_ask
from khelmerch_client.models import TaskDetail

tasks_app = app("See, cancel and retry tasks, and fetch their results.", name="tasks")
TaskId = Annotated[str, typer.Argument(help="Id of the task, as `khelmerch tasks list` shows it.")]
OutOption = Annotated[
    Path | None, typer.Option(help="Folder for the results.", file_okay=False, show_default="current folder")
]


@tasks_app.command("list", epilog=example("khelmerch tasks list --status failed --limit 50"))
def list_tasks(
    status: Annotated[
        str | None, typer.Option(help="pending, processing, completed, failed, cancelled or timeout.")
    ] = None,
    limit: Annotated[int, typer.Option(help="How many at most.", min=1, max=500)] = 20,
    client: Annotated[str | None, typer.Option(help="Only the tasks of this client id.")] = None,
    cursor: Annotated[str | None, typer.Option(help="Go on where the last page ended.")] = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """List tasks, newest first."""
    with open_client(config, server) as api:
        page = api.tasks(status=status, limit=limit, cursor=cursor, client_id=client)
    if json_output:
        print_json(page)
        return
    if not page["tasks"]:
        typer.echo("No tasks." if status is None else f"No {status} tasks.")
        return
    columns = _that_fit(console().width)
    print_table(
        [name for name, _, _ in columns], [[cut(cell(t), room) for _, room, cell in columns] for t in page["tasks"]]
    )
    if page["next_cursor"]:
        typer.echo(f"There are more: khelmerch tasks list --cursor {page['next_cursor']}")


# Name, width in terminal cells, content; the most telling first. The first five fill 80 cells exactly.
_COLUMNS: tuple[tuple[str, int, Callable[[TaskDetail], str]], ...] = (
    ("task", 36, lambda task: task["task_id"]),
    ("status", 10, lambda task: task["status"]),
    ("done", 4, lambda task: f"{task.get('progress', 0.0):.0f}%"),
    ("created", 11, lambda task: short_time(task.get("created_at"))),
    ("client", 11, lambda task: task.get("client_ip") or ""),
    ("from", 8, lambda task: task.get("source_lang", "")),
    ("to", 9, lambda task: task.get("target_lang", "")),
    ("size", 8, lambda task: size(task.get("total_file_size"))),
    ("files", 40, lambda task: _files(task)),
)
_GAP = 2


def _that_fit(width: int) -> list[tuple[str, int, Callable[[TaskDetail], str]]]:
    """As many columns as the terminal has room for, and never fewer than the first three: an id is never cut."""
    total = -_GAP
    taken: list[tuple[str, int, Callable[[TaskDetail], str]]] = []
    for column in _COLUMNS:
        total += column[1] + _GAP
        if total > width and len(taken) >= 3:
            break
        taken.append(column)
    return taken


def _files(task: TaskDetail) -> str:
    names = [file["name"] for file in task.get("files", [])]
    count = int(task.get("file_count", len(names)))
    return f"{names[0]} +{count - 1}" if names and count > 1 else "".join(names) or f"{count}"


@tasks_app.command(
    "show", epilog=example("khelmerch tasks show 3f1c", "khelmerch tasks show 3f1c --follow --out results")
)
def show(
    task_id: TaskId,
    follow: Annotated[bool, typer.Option("--follow", help="Wait for its end and fetch the results.")] = False,
    out: OutOption = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Show one task and its files."""
    with open_client(config, server) as api:
        if follow:
            finish(api, follow_or_ask(api, task_id), sources=[], out=out, json_output=json_output)
            return
        task = api.task(task_id)
    if json_output:
        print_json(task)
        return
    facts = {
        "task": task["task_id"],
        "status": task["status"],
        "stage": progress.describe(task),
        "progress": f"{task.get('progress', 0.0):.1f} %",
        "time left": progress.remaining(task.get("eta_seconds")),
        "languages": f"{task.get('source_lang')} -> {task.get('target_lang')}"
        + (" through English" if task.get("via_eng") else ""),
        "priority": str(task.get("priority", "")),
        "client": task.get("client_ip") or "",
        "created": task.get("created_at", ""),
        "started": task.get("started_at") or "",
        "completed": task.get("completed_at") or "",
        "doubtful segments": str(task.get("segments_flagged") or ""),
        "error": task.get("error_message") or "",
    }
    print_table(["", ""], [[name, value] for name, value in facts.items() if value])
    typer.echo()
    print_table(
        ["n", "file", "size", "status", "result", "note"],
        [
            [
                str(file["n"]),
                file["name"],
                size(file["size"]),
                file["status"],
                file["result_name"] or "",
                file["error_message"] or "",
            ]
            for file in task.get("files", [])
        ],
    )


@tasks_app.command("download", epilog=example("khelmerch tasks download 3f1c --out results"))
def download(
    task_id: TaskId,
    out: OutOption = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Fetch the results that a task has so far."""
    with open_client(config, server) as api:
        results = fetch(api, api.task(task_id), sources=[], out=out)
    if json_output:
        print_json({"results": results})
    for result in [] if json_output else results:
        typer.echo(f"{result['name']} -> {result['path']}")
    if not results:
        typer.echo(f"Task {task_id} has no results yet.", err=True)
        raise typer.Exit(1)
