"""Commands that ask the running server one thing: its address, --json and the answer are dealt with here, once."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, get_type_hints

import typer

from cluster.cli_common import ConfigOption, JsonOption, ServerOption, open_client, print_json, print_table
from khelmerch_client import Client

P = ParamSpec("P")


@dataclass(frozen=True)
class Told:
    """What a command has found. data: for programs. text, then the table of `columns` and `rows`: for people.

    refused: what the server did not do, a sentence each; with one the command ends with 1.
    """

    data: Any
    text: str = ""
    columns: Sequence[str] = ()
    rows: Sequence[list[str]] = ()
    refused: Sequence[str] = ()


def served(command: Callable[Concatenate[Client, P], Told]) -> Callable[..., None]:
    """`command` as Typer takes it: without its first parameter, which is the server's client, and with the options --json,
    --server and --config.
    """

    @functools.wraps(command)
    def run(*, json_output: bool, server: str | None, config: Path | None, **given: Any) -> None:
        with open_client(config, server) as api:
            told = command(api, **given)  # type: ignore[call-arg]  # Typer calls with what the signature below says
        _print(told, json_output)
        if told.refused:
            raise typer.Exit(1)

    hints = get_type_hints(command, include_extras=True)
    own = list(inspect.signature(command).parameters.values())[1:]
    parameters = [one.replace(annotation=hints[one.name]) for one in own] + [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=option)
        for name, default, option in (
            ("json_output", False, JsonOption),
            ("server", None, ServerOption),
            ("config", None, ConfigOption),
        )
    ]
    run.__annotations__ = {one.name: one.annotation for one in parameters}
    run.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return run


def _print(told: Told, json_output: bool) -> None:
    if json_output:
        print_json(told.data)
        return
    if told.text:
        typer.echo(told.text)
    if told.columns:
        print_table(list(told.columns), list(told.rows))
    for one in told.refused:
        typer.echo(one, err=True)
