"""What the commands share: options, opening the client, printing for people and programs, one-sentence errors."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextvars import ContextVar
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text
from typer.core import TyperGroup

from cluster.errors import ClusterError
from cluster.keys import key_for
from cluster.settings import Settings, given_key, load
from khelmerch_client import Client, ClientError, NoConnection, Retries, Unauthorised, Unreachable

ConfigOption = Annotated[
    Path | None,
    typer.Option("--config", help="config.ini to use instead of config/config.ini.", show_default=False),
]
ServerOption = Annotated[
    str | None,
    typer.Option(
        "--server", help="Address of the server, if it is not the one of the config (see --key).", show_default=False
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON for programs.")]


class OneSentenceGroup(TyperGroup):
    """Shows our own errors as what they say, without a traceback, and ends with exit code 1."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """--key may stand anywhere, though it belongs to all commands together."""
        if any(parameter.name == "key" for parameter in self.params):
            args = _key_first(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except (ClusterError, ClientError) as error:
            typer.echo(sentence(error), err=True)
        except BrokenPipeError:
            # Whoever read our output (`head`, say) has enough of it: typer ends quietly.
            raise
        except OSError as error:
            # A full disk, a missing permission: the operating system's sentence names the file.
            typer.echo(f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}", err=True)
        raise typer.Exit(1)


def _key_first(args: list[str]) -> list[str]:
    end = args.index("--") if "--" in args else len(args)
    for place, arg in enumerate(args[:end]):
        if arg == "--key" or arg.startswith("--key="):
            count = 1 if "=" in arg else 2
            return [*args[place : place + count], *args[:place], *args[place + count :]]
    return args


_typed_key: ContextVar[str | None] = ContextVar("typed_key", default=None)


def keep_key(
    key: Annotated[
        str | None,
        typer.Option(
            help="API key for the server. Others see a command line: rather set KHELMERCH_KEY, or write it into "
            "~/.config/khelmerch/key.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """The callback of the whole program."""
    _typed_key.set(key)


def sentence(error: ClusterError | ClientError) -> str:
    """An error for people, with what they can do here; a refusal of the server ends with its stable code."""
    if isinstance(error, ClusterError):
        return error.detail
    if isinstance(error, NoConnection):
        return f"{error.message.removesuffix('.')}; start it with `khelmerch up`."
    if isinstance(error, Unreachable):
        return f"{error.message.removesuffix('.')}; look at `khelmerch status` and its log."
    if isinstance(error, Unauthorised):
        where = "Commands take it from --key, from the variable KHELMERCH_KEY or from ~/.config/khelmerch/key."
        return f"{error.message} {where} ({error.code})"
    return f"{error.message} ({error.code})"


def app(help_text: str, *, name: str | None = None) -> typer.Typer:
    return typer.Typer(
        name=name,
        help=help_text,
        cls=OneSentenceGroup,
        no_args_is_help=True,
        rich_markup_mode="markdown",
        pretty_exceptions_show_locals=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )


def example(*lines: str) -> str:
    """The epilog of a command's help: how it is used, line by line."""
    return "Example:\n\n" + "\n\n".join(f"`{line}`" for line in lines)


_RETRIES = Retries(connecting=False)
AGENT = "khelmerch-cli"
"""By which the server's action log knows the command line."""
"""A server that is not there is reported at once."""


def open_client(config: Path | None, server: str | None) -> Client:
    """The client of the server that was named, or of the one that the settings describe."""
    if not server:
        return client_of(load(config))
    # This machine's own key is for its own server; what the caller has goes where the caller says.
    address = server if "://" in server else f"http://{server}"
    return Client(address, key=_typed_key.get() or given_key(), retries=_RETRIES, agent=AGENT)


def client_of(settings: Settings) -> Client:
    return Client(settings.server.local_url, key=_typed_key.get() or key_for(settings), retries=_RETRIES, agent=AGENT)


def console(*, err: bool = False) -> Console:
    """Made for each use, since the streams are replaced by tests and pipes."""
    return Console(stderr=err)


def print_json(data: Any) -> None:
    typer.echo(json.dumps(data, ensure_ascii=False, indent=2))


def print_table(columns: list[str], rows: list[list[str]], *, title: str | None = None) -> None:
    """A table whose cells are taken as they are, whatever brackets they hold."""
    # No vertical lines: two cells between columns, so that an id and four columns more fit into 80.
    table = Table(
        title=title, title_justify="left", box=box.SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 1, 0, 0)
    )
    for index, column in enumerate(columns):
        # The first column is what people copy: an id or a name.
        table.add_column(column, overflow="fold", no_wrap=index == 0)
    for row in rows:
        table.add_row(*(cell.replace("[", "\\[") for cell in row))
    console().print(table)


def cut(text: str, width: int) -> str:
    """At most `width` terminal cells (a Han character takes two), with an ellipsis where something is missing."""
    shown = Text(text)
    shown.truncate(width, overflow="ellipsis")
    return shown.plain


def short_time(stamp: str | None) -> str:
    """An ISO 8601 stamp as this machine's clock showed it: 11-23 19:26, or the date alone in another year."""
    if not stamp:
        return ""
    there = datetime.fromisoformat(stamp).astimezone()
    return there.strftime("%m-%d %H:%M" if there.year == datetime.now().astimezone().year else "%Y-%m-%d")


def say(text: str, *, json_output: bool = False) -> None:
    """A remark for people; on standard error when standard output carries JSON."""
    typer.echo(text, err=json_output)


def echo_for(json_output: bool) -> Callable[[str], None]:
    return lambda text: say(text, json_output=json_output)


def size(count: int | None) -> str:
    """Bytes for people."""
    if count is None:
        return ""
    value = float(count)
    for unit in ("B", "KB", "MB"):
        if value < 1024:
            return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
        value /= 1024
    return f"{value:.1f} GB"
