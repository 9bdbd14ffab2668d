"""`khelmerch pause|resume|drain`: hold work back, go on, let it run out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from cluster.cli_common import ConfigOption, JsonOption, ServerOption, example, open_client, print_json, say
from khelmerch_client import Client
from khelmerch_client.models import ServerState

WaitOption = Annotated[bool, typer.Option("--wait", help="Return only when nothing is running any more.")]

_POLL_SECONDS = 0.5


def register(app: typer.Typer) -> None:
    app.command(epilog=example("khelmerch pause", "khelmerch pause --wait"))(pause)
    app.command(epilog=example("khelmerch resume"))(resume)
    app.command(epilog=example("khelmerch drain", "khelmerch drain --wait && khelmerch down"))(drain)


def held(queue: Mapping[str, Any]) -> str:
    """-> a sentence when the server holds work back, '' when it works as usual. queue: GET /queue_status."""
    states = [name for name in ("paused", "draining") if queue.get(name)]
    if not states:
        return ""
    finer = "nothing is running" if queue.get("idle") else "what is out is being finished"
    return f"The server is {' and '.join(states)} ({finer}); `khelmerch resume` ends that."


def pause(
    wait: WaitOption = False, json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None
) -> None:
    """Send nothing to the translators; tasks are still accepted. Lasts until `khelmerch resume`, restarts included."""
    _operate("pause", "Paused", wait, json_output, server, config)


def drain(
    wait: WaitOption = False, json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None
) -> None:
    """Finish the tasks that run; start and accept no others. Lasts until `khelmerch resume`, restarts included."""
    _operate("drain", "Draining", wait, json_output, server, config)


def resume(json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None) -> None:
    """End a pause and a drain."""
    with open_client(config, server) as api:
        state = api.admin.operate("resume")
    if json_output:
        print_json(state)
    else:
        typer.echo("Working as usual.")


def _operate(
    what: Literal["pause", "drain"], name: str, wait: bool, json_output: bool, server: str | None, config: Path | None
) -> None:
    with open_client(config, server) as api:
        state = api.admin.operate(what)
        if wait and not state["idle"]:
            say("Waiting for what is running", json_output=json_output)
            state = _wait(api)
    if json_output:
        print_json(state)
        return
    ending = "nothing is running." if state["idle"] else "what is running will be finished."
    typer.echo(f"{name}; {ending} `khelmerch resume` ends it.")
    if wait and not (state["paused"] or state["draining"]):
        typer.echo("Somebody else has resumed the server.", err=True)
        raise typer.Exit(1)


def _wait(api: Client) -> ServerState:
    """-> the state when nothing runs any more, or when somebody resumed the server."""
    while True:
        queue = api.queue_status()
        state: ServerState = {"paused": queue["paused"], "draining": queue["draining"], "idle": queue["idle"]}
        if state["idle"] or not (state["paused"] or state["draining"]):
            return state
        time.sleep(_POLL_SECONDS)
