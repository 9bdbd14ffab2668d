"""`khelmerch join` and `leave`: this machine as a worker node of somebody's head."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from cluster.cli_common import ConfigOption, JsonOption, echo_for, example, print_json, say
from cluster.errors import JoinRefused
from cluster.settings import load, prepare_ray_environment


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example(
            "khelmerch join 192.0.2.10:6379",
            "khelmerch join 192.0.2.10:6379 --token-file /etc/khelmerch/token --foreground",
        )
    )(join)
    app.command(epilog=example("khelmerch leave"))(leave)


def join(
    head: Annotated[str, typer.Argument(help="host:port of the Ray head, as `khelmerch up` shows it there.")],
    token_file: Annotated[
        Path | None,
        typer.Option("--token-file", help="The head's token, instead of [RAY] TOKEN_FILE.", show_default=False),
    ] = None,
    name: Annotated[
        str | None,
        typer.Option(
            "--name", help="Name of this machine in the console, instead of its host name.", show_default=False
        ),
    ] = None,
    check: Annotated[bool, typer.Option("--check", help="Only look whether this machine could join.")] = False,
    foreground: Annotated[bool, typer.Option("--foreground", help="Stay, for a supervisor such as systemd.")] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Lend this machine's GPUs to a head: same Python, Ray and Khelmerch as there, and its token. Undo with `leave`."""
    from cluster import ray_node

    settings = load(config)
    if token_file is not None:
        settings = replace(settings, ray=replace(settings.ray, token_file=token_file.expanduser().absolute()))
    token = settings.ray.token_file
    if token is not None and not token.is_file():
        raise JoinRefused(f"There is no token file {token}; copy the one that `khelmerch up` names on the head.")
    prepare_ray_environment(token)
    echo = echo_for(json_output)
    state = "has joined"
    if check:
        ray_node.check(settings, head)
        state = "could join"
    elif not ray_node.require_new(settings, head):
        state = "had already joined"
    elif foreground:
        ray_node.check(settings, head)  # what is wrong from the beginning ends the command; later it is tried again
        ray_node.keep(settings, head, name, lambda line: say(line, json_output=True))
        state = "has left"
    else:
        ray_node.check(settings, head)
        options = [f"--config={config.absolute()}"] if config else []
        options += [f"--token-file={token}"] if token_file is not None else []
        options += [f"--name={name}"] if name else []
        ray_node.join_in_background(settings, head, options, echo)
    if json_output:
        print_json({"head": head, "state": state})
    else:
        typer.echo(f"This machine {state} {head}.")


def leave(json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """End this machine's node, and only it. What it was translating goes to other nodes or waits."""
    from cluster import ray_node

    left = ray_node.leave(load(config))
    if json_output:
        print_json({"left": left})
    else:
        typer.echo("Left." if left else "This machine has joined no head.")
