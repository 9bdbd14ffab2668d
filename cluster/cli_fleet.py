"""`khelmerch models set` and `khelmerch scale`: other models, more or fewer translators, while the server works."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from cluster.cli_common import (
    ConfigOption,
    JsonOption,
    ServerOption,
    example,
    open_client,
    print_json,
    print_table,
    say,
)

_POLL_SECONDS = 0.5

Fleet = Mapping[str, Any]


def register(app: typer.Typer, models: typer.Typer) -> None:
    models.command(
        "set",
        epilog=example(
            "khelmerch models set nllb-200-distilled-1.3B --wait",
            "khelmerch models set 'nllb-200-distilled-1.3B*3, /models/opus-zh-en'",
        ),
    )(set_models)
    app.command(epilog=example("khelmerch scale 4", "khelmerch scale auto"))(scale)


def set_models(
    name: Annotated[str, typer.Argument(help="A model, or several with their shares, as in [MODEL] MODEL.")],
    wait: Annotated[bool, typer.Option("--wait", help="Return only when the change is over.")] = False,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Translate with other models from now on; running tasks finish on theirs. Lasts until MODEL in config.ini changes."""
    with open_client(config, server) as api:
        fleet = api.admin.set_models(name)
        told = ""
        while wait and (now := going_on(fleet)):
            if now != told:
                say(now, json_output=json_output)
            told = now
            time.sleep(_POLL_SECONDS)
            fleet = api.models()["fleet"]
    if json_output:
        print_json(fleet)
    else:
        show(fleet)
    if fleet["models"] != name:
        raise typer.Exit(1)


def scale(
    translators: Annotated[str, typer.Argument(help="How many, or auto: as config.ini says.")],
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Run so many translators from now on, restarts included. Those that are too many finish what they have."""
    if translators != "auto" and not translators.isdecimal():
        raise typer.BadParameter("a number or auto", param_hint="TRANSLATORS")
    with open_client(config, server) as api:
        fleet = api.admin.scale(None if translators == "auto" else int(translators))
    if json_output:
        print_json(fleet)
    else:
        wanted = fleet["translators_wanted"]
        typer.echo(f"{wanted} translator{' is' if wanted == 1 else 's are'} wanted.")


def going_on(fleet: Fleet) -> str:
    """-> what of a change is not over yet, for people; empty when it is. fleet: GET /models."""
    states = [one["state"] for model in fleet["serving"] for one in model["translators"]]
    if not fleet["replacing"] and "starting" not in states:
        return ""
    serve = states.count("ready")
    return f"Replacing one translator after the other: {serve} of {len(states)} serve{'s' if serve == 1 else ''}"


def show(fleet: Fleet) -> None:
    """Where each model is resident, and what is being changed. fleet: GET /models."""
    if fleet.get("replacing"):
        typer.echo(f"Being replaced: {fleet['replacing']} by {fleet['models']}")
    if fleet.get("problem"):
        typer.echo(f"Problem: {fleet['problem']}")
    rows = []
    for model in fleet["serving"]:
        for one in model["translators"] or [{}]:
            rows.append(
                [
                    model["model"],
                    model["state"],
                    str(one.get("name") or ""),
                    str(one.get("gpu_id") or one.get("node") or ""),
                    str(one.get("state") or "no translator"),
                ]
            )
    print_table(["model", "", "translator", "device", "state"], rows)
