"""`khelmerch settings …`: limits and ages, changed while the server works."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from cluster.cli_common import app, example
from cluster.cli_served import Told, served
from common.quantities import allowed, value_of, written
from khelmerch_client import Client
from khelmerch_client.models import Setting, SettingsInForce

settings_app = app("Limits and how long things are kept, changed while the server works.", name="settings")

Name = Annotated[list[str] | None, typer.Argument(help="Settings, as `khelmerch settings list` names them.")]


def register(main: typer.Typer) -> None:
    main.add_typer(settings_app, name="settings")


@settings_app.command("list", epilog=example("khelmerch settings list", "khelmerch settings list --json"))
@served
def list_settings(api: Client) -> Told:
    """List the settings that can be changed: in force, and as config.ini says."""
    return _told(api.admin.settings())


@settings_app.command(
    "set",
    epilog=example(
        "khelmerch settings set max_tasks=20 max_file_size=200MB", "khelmerch settings set result_retention=14d"
    ),
)
@served
def set_settings(
    api: Client,
    changes: Annotated[list[str], typer.Argument(help="name=value, such as max_tasks=20, max_file_size=200MB.")],
) -> Told:
    """Change settings at once. They outlast restarts; `khelmerch settings reset` goes back to config.ini."""
    known = _by_name(api.admin.settings())
    wanted: dict[str, int | float | None] = {}
    for one in changes:
        name, equals, text = one.partition("=")
        if not equals:
            raise typer.BadParameter(f"{one!r} is no name=value, such as max_tasks=20.")
        setting = _known(known, name)
        try:
            wanted[setting["name"]] = value_of(text, setting["unit"])
        except ValueError:
            raise typer.BadParameter(f"{name} cannot be {text!r}: it is {_allowed(setting)}.") from None
    return _told(api.admin.change_settings(wanted))


@settings_app.command("reset", epilog=example("khelmerch settings reset max_tasks", "khelmerch settings reset"))
@served
def reset_settings(api: Client, names: Name = None) -> Told:
    """Go back to what config.ini says, with some settings or all."""
    known = _by_name(api.admin.settings())
    chosen = [_known(known, name)["name"] for name in names or [one for one in known if known[one]["changed"]]]
    return _told(api.admin.change_settings(dict.fromkeys(chosen)))


def _by_name(found: SettingsInForce) -> dict[str, Setting]:
    return {one["name"]: one for one in found["settings"]}


def _known(known: dict[str, Setting], name: str) -> Setting:
    """config.ini has the names in capitals; both are understood."""
    if name.lower() not in known:
        raise typer.BadParameter(f"{name!r} is no setting that can be changed here: {', '.join(known)}.")
    return known[name.lower()]


def _allowed(one: Setting) -> str:
    return allowed(one["least"], one["most"], one["unit"], one["zero"])


def _told(found: SettingsInForce) -> Told:
    return Told(found, columns=("setting", "in force", "config.ini", "allowed"), rows=_rows(found["settings"]))


def _rows(settings: Sequence[Setting]) -> list[list[str]]:
    return [
        [
            one["name"],
            written(one["value"], one["unit"]) + (" (changed)" if one["changed"] else ""),
            written(one["configured"], one["unit"]),
            _allowed(one),
        ]
        for one in settings
    ]
