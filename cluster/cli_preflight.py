"""`khelmerch preflight` and `khelmerch formats`: what the server makes of files, without translating them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from cluster.cli_common import (
    ConfigOption,
    JsonOption,
    ServerOption,
    example,
    open_client,
    print_json,
    print_table,
    size,
)


def register(app: typer.Typer) -> None:
    app.command(epilog=example("khelmerch preflight *.docx", "khelmerch preflight book.pdf --json"))(preflight)
    app.command(epilog=example("khelmerch formats"))(formats)


def preflight(
    files: Annotated[list[Path], typer.Argument(help="Files to look at.", exists=True, dir_okay=False, readable=True)],
    source: Annotated[
        str | None, typer.Option("--from", help="Language of the files.", show_default="by their script")
    ] = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Tell what a task of these files would find, and what would be refused. Ends with 1 if anything would."""
    with open_client(config, server) as api:
        reports = api.preflight(files, source)
    if json_output:
        print_json({"files": reports})
    else:
        print_table(
            ["file", "size", "format", "language", "sentences", "chars", "about"],
            [
                [
                    report["name"],
                    size(report["size"]),
                    report["format"] or "",
                    report["language"] or "",
                    _count(report["segments"]),
                    _count(report["characters"]),
                    "" if report["estimated_seconds"] is None else f"{report['estimated_seconds']:.0f} s",
                ]
                for report in reports
            ],
        )
        for report in reports:
            for name in report["untouched"]:
                typer.echo(f"{report['name']}: {name} stays as it is", err=True)
    refused = [(report["name"], problem) for report in reports if (problem := report["problem"])]
    for name, problem in refused:
        typer.echo(f"{name}: {problem['detail']}", err=True)
    if refused:
        raise typer.Exit(1)


def _count(number: int | None) -> str:
    return "" if number is None else f"{number:,}"


def formats(json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None) -> None:
    """The formats of documents that the running server translates."""
    with open_client(config, server) as api:
        found = api.formats()
    if json_output:
        print_json(found)
        return
    print_table(
        ["format", "suffixes", "written as"],
        [[one["name"], " ".join(one["suffixes"]), ", ".join(one["outputs"])] for one in found],
    )
