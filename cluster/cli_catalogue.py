"""`khelmerch languages` and `khelmerch models`: what can be translated, and with what."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from cluster import cli_fleet
from cluster.cli_common import ConfigOption, JsonOption, ServerOption, example, open_client, print_json, print_table
from khelmerch_client import Unreachable
from translation.model_list import parse


def register(app: typer.Typer) -> None:
    app.command(epilog=example("khelmerch languages", "khelmerch languages --json"))(languages)
    group = typer.Typer(invoke_without_command=True)
    group.callback(epilog=example("khelmerch models", "khelmerch models set nllb-200-distilled-1.3B"))(models)
    cli_fleet.register(app, group)
    app.add_typer(group, name="models")


def languages(json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None) -> None:
    """Languages and pairs that the running server can translate now."""
    with open_client(config, server) as api:
        answer = api.languages()
    if json_output:
        print_json(answer)
        return
    print_table(
        ["code", "also", "language", "own name"],
        [[item["code"], item["bcp47"], item["english_name"], item["native_name"]] for item in answer["languages"]],
    )
    typer.echo()
    print_table(
        ["from", "to", ""],
        [
            [pair["source"], pair["target"], "through English" if pair.get("via_eng") else ""]
            for pair in answer["pairs"]
        ],
    )
    model: Mapping[str, Any] = answer["model"]
    typer.echo(f"\nModel: {model.get('name')} ({model.get('licence')})")
    if model.get("notice"):
        typer.echo(model["notice"])


def models(
    context: typer.Context, json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None
) -> None:
    """Models that can be named as MODEL, with size, memory wanted (an estimate) and licence. Works without a server, too."""
    if context.invoked_subcommand is not None:
        return
    try:
        with open_client(config, server) as api:
            answer: Mapping[str, Any] = api.models()
    except Unreachable:
        if server is not None:
            raise
        typer.echo("No server is running; this is the catalogue.", err=True)
        answer = _catalogue()
    if json_output:
        print_json(answer)
        return
    current = [one.model for one in parse(answer["current"])] if answer.get("current") else []
    rows = [
        [
            ("* " if model["name"] in current else "  ") + model["name"],
            model["architecture"],
            f"{model['size_mb']:,} MB",
            f"{model['gpu_memory_mb']:,} MB",
            model["licence"] + ("" if model["commercial_use"] else " (no commercial use)"),
            ", ".join(model["languages"]),
        ]
        for model in answer["models"]
    ]
    print_table(["  model", "architecture", "size", "GPU memory", "licence", "languages"], rows)
    typer.echo()
    for model in answer["models"]:
        if model.get("note"):
            typer.echo(f"{model['name']}: {model['note']}")
    if answer.get("current"):
        typer.echo(
            "\n* is what translates now. Choose another with `khelmerch models set NAME`, or with [MODEL] MODEL."
        )
    if answer.get("fleet"):
        typer.echo()
        cli_fleet.show(answer["fleet"])


def _catalogue() -> Mapping[str, Any]:
    from translation.catalogue import CATALOGUE

    return {"models": [{**spec.as_row(), "resident": False} for spec in CATALOGUE.values()], "current": None}
