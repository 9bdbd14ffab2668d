"""`khelmerch top`, `logs` and `support-bundle`: what the server does now, what happened to a task, what to send for help."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from cluster import task_log
from cluster.cli_common import (
    ConfigOption,
    JsonOption,
    ServerOption,
    console,
    example,
    open_client,
    print_json,
    size,
)
from cluster.errors import NothingLogged
from cluster.settings import load


def register(app: typer.Typer) -> None:
    app.command(epilog=example("khelmerch top", "khelmerch top --once"))(top)
    app.command(
        epilog=example(
            "khelmerch logs e3a62fc3-868a-4a26-bca1-2ef37f247a38",
            "khelmerch logs e3a62fc3-868a-4a26-bca1-2ef37f247a38 --follow",
        )
    )(logs)
    app.command(
        "support-bundle", epilog=example("khelmerch support-bundle", "khelmerch support-bundle /tmp/help.tar.gz")
    )(support_bundle)


def top(
    once: Annotated[bool, typer.Option("--once", help="Print one picture and end.")] = False,
    interval: Annotated[float, typer.Option("--interval", min=0.2, max=60, help="Seconds between two looks.")] = 1.0,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Watch the queue, the running tasks, the translators and the GPUs. q or Ctrl-C ends it."""
    from cluster import top as watching

    with open_client(config, server) as api:
        screen = console()
        if once or not screen.is_terminal:
            screen.print(watching.picture(watching.look(api), api.base_url))
            return
        watching.look(api)  # a server that is not there ends the command; one that goes away later is waited for
        with watching.keys() as pressed, contextlib.suppress(KeyboardInterrupt):
            watching.live(api, screen, pressed, interval)


def logs(
    task_id: Annotated[str, typer.Argument(metavar="TASK", help="The task's id.")],
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with what comes, until Ctrl-C.")] = False,
    json_output: Annotated[bool, typer.Option("--json", help="Print the lines as they are: JSON, one a line.")] = False,
    config: ConfigOption = None,
) -> None:
    """Show what this machine's log says of a task, rotated files too, oldest first."""
    log_file = load(config).log_file
    if follow:
        with contextlib.suppress(KeyboardInterrupt):
            _print(task_log.follow(log_file, task_id), json_output)
        return
    found = task_log.lines_of(log_file, task_id)
    if not found:
        raise NothingLogged(
            f"No line of {log_file} names the task {task_id}. Is the id whole, did the task run on this server, and was it "
            "within what [LOGGING] keeps? `khelmerch tasks history` asks the database."
        )
    _print(found, json_output)


def _print(lines: Iterable[task_log.Line], json_output: bool) -> None:
    for line in lines:
        typer.echo(task_log.as_json(line) if json_output else task_log.shown(line))


def support_bundle(
    file: Annotated[
        Path | None,
        typer.Argument(help="The file to write.", show_default="khelmerch-support-<time>.tar.gz in this folder"),
    ] = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Pack what somebody needs who helps with a fault: settings, versions, checks, status, logs; no document, no key."""
    from cluster import support_bundle as packing

    target = file or Path(time.strftime("khelmerch-support-%Y%m%d-%H%M%S.tar.gz"))
    with console(err=True).status("Looking at everything"):
        parts = packing.write(target.absolute(), load(config), config)
    if json_output:
        print_json({"file": str(target), "size": target.stat().st_size, "parts": [vars(part) for part in parts]})
        return
    typer.echo(f"{target} ({size(target.stat().st_size)}). In it, to be looked at before it is sent:")
    for part in parts:
        typer.echo(f"  {part.name:<16} {part.about}")
    typer.echo("No document, no sentence, no key and no password.")
