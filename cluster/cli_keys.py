"""`khelmerch keys create|list|revoke|rotate|reset`: through the running server, or in its database while none runs."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from cluster.cli_common import (
    ConfigOption,
    JsonOption,
    ServerOption,
    app,
    client_of,
    example,
    open_client,
    print_json,
    print_table,
    say,
    short_time,
    size,
)
from cluster.errors import ClusterError
from cluster.keys import stored_keys
from cluster.settings import Settings, load
from cluster.settings_values import Kind, duration
from cluster.settings_values import size as size_kind
from khelmerch_client import Client, Unreachable
from storage.api_keys import LOCAL, ApiKey, KeyLimits, Role
from storage.key_secret import LOCAL_KEY_NAME
from storage.times import to_iso

Answer = dict[str, Any]

keys_app = app("API keys: who may use the server, as what, and how much.", name="keys")

_YEARS = 10 * 365 * 86_400.0
_MONTHS = 90 * 86_400.0


@keys_app.command(
    epilog=example(
        "khelmerch keys create translation-desk",
        "khelmerch keys create dashboard --role viewer --expires 90d",
        "khelmerch keys create shop --requests-per-minute 60 --chars-per-day 200000 --pending 5 --file-size 20MB",
    )
)
def create(
    name: Annotated[str, typer.Argument(help="What the key is for: letters, digits and . _ - @ : +")],
    role: Annotated[
        Role, typer.Option(help="client: its own tasks. viewer: sees all. operator: everything.")
    ] = Role.CLIENT,
    client: Annotated[
        str | None, typer.Option(help="The client id whose tasks it opens.", show_default="the name")
    ] = None,
    requests_per_minute: Annotated[int, typer.Option(min=0, help="Calls a minute; 0: no limit.")] = 0,
    chars_per_day: Annotated[int, typer.Option(min=0, help="Characters a day (UTC); 0: as MAX_CHARS_PER_DAY.")] = 0,
    pending: Annotated[int, typer.Option(min=0, help="Tasks that may wait; 0: as MAX_PENDING_PER_CLIENT.")] = 0,
    file_size: Annotated[
        str,
        typer.Option(help="Largest file, such as 20MB; MAX_FILE_SIZE stays the most.", show_default="MAX_FILE_SIZE"),
    ] = "",
    expires: Annotated[str, typer.Option(help="How long it opens, such as 90d or 12h.", show_default="for ever")] = "",
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a key and show it, this once. From the first one on the server asks everybody for a key."""
    limits = KeyLimits(
        requests_per_minute,
        chars_per_day,
        pending,
        _read(size_kind(1, 64 * 1024**3), file_size, "--file-size") if file_size else 0,
    )
    until = time.time() + _read(duration(60, _YEARS), expires, "--expires") if expires else None
    expires_at = to_iso(until) if until else None

    def directly(settings: Settings) -> Answer:
        from storage.key_keeper import WantedKey

        with stored_keys(settings) as (_store, keeper):
            made, key = keeper.create(WantedKey(name, role, client, limits, expires_at), time.time())
        return {**_row(made), "key": key}

    wanted = {"name": name, "role": role.value, "client_id": client, "expires_at": expires_at, **asdict(limits)}
    made, first = _either(config, server, lambda api: api.admin.create_key(wanted), directly)
    _show_new(made, json_output)
    if first and not json_output:
        typer.echo(
            "\nThe server asks for a key from now on. Commands on this machine find theirs in DATA_DIR by themselves."
        )


@keys_app.command("list", epilog=example("khelmerch keys list", "khelmerch keys list --all --json"))
def list_keys(
    every: Annotated[bool, typer.Option("--all", help="Also those that open nothing any more.")] = False,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """The keys, without the keys themselves: nobody can show those again."""

    def directly(settings: Settings) -> list[Answer]:
        with stored_keys(settings) as (store, _keeper):
            return [_row(key) for key in store.all()]

    found, _first = _either(config, server, lambda api: api.admin.keys(), directly)
    now = to_iso(time.time())
    rows = [row for row in found if every or _state(row, now) == "valid"]
    if json_output:
        print_json(rows)
        return
    print_table(
        ["id", "name", "role", "client", "limits", "state", "last used"],
        [
            [
                row["id"],
                row["name"],
                row["role"],
                row["client_id"],
                _limits(row),
                _state(row, now),
                short_time(row["last_used_at"]),
            ]
            for row in rows
        ],
    )


@keys_app.command(epilog=example("khelmerch keys revoke k7p2m9xqrt"))
def revoke(
    key_ids: Annotated[list[str], typer.Argument(help="Ids, as `keys list` shows them.")],
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Take keys back: at once, with every log-in that they made. Their tasks stay."""

    def directly(settings: Settings) -> list[Answer]:
        with stored_keys(settings) as (_store, keeper):
            return [_row(keeper.revoke(key_id, time.time())) for key_id in key_ids]

    revoked, _first = _either(
        config, server, lambda api: [api.admin.revoke_key(key_id) for key_id in key_ids], directly
    )
    if json_output:
        print_json(revoked)
        return
    for row in revoked:
        typer.echo(f"{row['id']} ({row['name']}) opens nothing any more.")


@keys_app.command(epilog=example("khelmerch keys rotate k7p2m9xqrt", "khelmerch keys rotate k7p2m9xqrt --grace 7d"))
def rotate(
    key_id: Annotated[str, typer.Argument(help="An id, as `keys list` shows it.")],
    grace: Annotated[
        str, typer.Option(help="How long the old key still opens, such as 1h or 7d.", show_default="not at all")
    ] = "",
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a new key with the name, client, role and limits of an old one, which ends."""
    seconds = int(_read(duration(1, _MONTHS), grace, "--grace")) if grace else 0

    def directly(settings: Settings) -> Answer:
        with stored_keys(settings) as (_store, keeper):
            made, key = keeper.rotate(key_id, time.time(), seconds)
        return {**_row(made), "key": key}

    made, _first = _either(config, server, lambda api: api.admin.rotate_key(key_id, seconds), directly)
    _show_new(made, json_output)


@keys_app.command(epilog=example("khelmerch down && khelmerch keys reset"))
def reset(json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Forget every key, while the server is stopped: it then answers its own machine only, and everybody there."""
    settings = load(config)
    _require_stopped(settings)
    with stored_keys(settings) as (_store, keeper):
        count = keeper.reset()
    if json_output:
        print_json({"forgotten": count})
    else:
        typer.echo(f"{count} key{'' if count == 1 else 's'} forgotten.")


def _either(
    config: Path | None, server: str | None, through: Callable[[Client], Any], directly: Callable[[Settings], Any]
) -> tuple[Any, bool]:
    """-> (the answer of the running server, or of the database where none runs; whether there was no local key before)."""
    if server:
        with open_client(config, server) as api:
            return through(api), False
    settings = load(config)
    first = not (settings.keys_dir / LOCAL_KEY_NAME).exists()
    with client_of(settings) as api:
        try:
            api.live()
        except Unreachable:
            _require_stopped(settings)
        else:
            return through(api), first
    return directly(settings), first


def _require_stopped(settings: Settings) -> None:
    """One process writes the database. Raises ClusterError."""
    from cluster import ray_head

    if not settings.ray.address and ray_head.left(settings):
        raise ClusterError(
            f"A server runs on {settings.storage.data_dir} and does not answer; try again when `khelmerch status` says that "
            "it is ready, or after `khelmerch down`."
        )


def _read(kind: Kind, text: str, option: str) -> Any:
    try:
        return kind.read(text)
    except (ValueError, OverflowError) as error:
        raise typer.BadParameter(f"{text!r} is not possible; allowed: {kind.allowed}", param_hint=option) from error


def _row(key: ApiKey) -> Answer:
    from storage.key_store import as_row

    row = as_row(key)
    del row["digest"]
    return row


def _show_new(made: Answer, json_output: bool) -> None:
    if json_output:
        print_json(made)
        return
    say(f"The key {made['id']} of {made['name']} ({made['role']}), shown this once:\n", json_output=False)
    typer.echo(made["key"])
    if made["name"] == LOCAL:
        typer.echo("\nIt is stored for the commands of this machine.")


def _state(row: Answer, now: str) -> str:
    if row["revoked_at"]:
        return "revoked"
    if row["expires_at"] and row["expires_at"] <= now:
        return "expired"
    return "valid"


def _limits(row: Answer) -> str:
    shown = (
        (row["requests_per_minute"], f"{row['requests_per_minute']:,}/min"),
        (row["chars_per_day"], f"{row['chars_per_day']:,} chars/day"),
        (row["max_pending"], f"{row['max_pending']:,} pending"),
        (row["max_file_bytes"], size(row["max_file_bytes"])),
    )
    return ", ".join(text for limit, text in shown if limit)
