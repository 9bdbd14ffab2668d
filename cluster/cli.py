"""The command `khelmerch`: starting and stopping the server, looking at it, and the commands of the modules cli_*.

Exit codes: 0 done, 1 failed (one sentence on standard error says why), 2 wrong usage.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cluster import (
    cli_backup,
    cli_catalogue,
    cli_changes,
    cli_evaluate,
    cli_eyes,
    cli_fleet,
    cli_nodes,
    cli_operations,
    cli_preflight,
    cli_settings,
    cli_text,
    cli_translate,
    cli_words,
    config_file,
)
from cluster.cli_common import (
    ConfigOption,
    JsonOption,
    ServerOption,
    app,
    client_of,
    echo_for,
    example,
    keep_key,
    open_client,
    print_json,
    print_table,
    say,
)
from cluster.cli_keys import keys_app
from cluster.cli_tasks import tasks_app
from cluster.settings import Settings, load, token_path
from cluster.settings_schema import SECTIONS
from cluster.versions import versions

if TYPE_CHECKING:
    from cluster.up import Addresses

_MARKS = {"ok": "ok  ", "warn": "WARN", "fail": "FAIL"}

main = app("Khelmerch translates documents between Mongolian, Chinese and English on your own GPUs.")
main.callback()(keep_key)
cli_changes.register(tasks_app)
main.add_typer(tasks_app, name="tasks")
main.add_typer(keys_app, name="keys")
cli_translate.register(main)
cli_text.register(main)
cli_words.register(main)
cli_settings.register(main)
cli_preflight.register(main)
cli_evaluate.register(main)
cli_catalogue.register(main)
cli_operations.register(main)
cli_backup.register(main)
cli_nodes.register(main)
cli_eyes.register(main)


@main.command(epilog=example("khelmerch up", "KHELMERCH_SERVER_PORT=9000 khelmerch up --json"))
def up(
    foreground: Annotated[
        bool, typer.Option("--foreground", help="Stay, for a supervisor or a container; SIGTERM stops the server.")
    ] = False,
    host: Annotated[
        str | None, typer.Option(help="Address to listen on, instead of [SERVER] HOST.", show_default=False)
    ] = None,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Start the server: Ray, the translators, the API and the console. Does nothing if it runs already."""
    from cluster.up import up as start_server  # Ray takes seconds to import; the other commands do without

    settings = load(config)
    if host is not None:
        settings = replace(settings, server=replace(settings.server, host=host))
    addresses = start_server(settings, echo=echo_for(json_output))
    with client_of(settings) as api:
        model = api.languages()["model"]
        held = cli_operations.held(api.queue_status())
    if json_output:
        found = {
            "console": addresses.console,
            "docs": addresses.docs,
            "dashboard": addresses.dashboard,
            "join": addresses.join,
        }
        print_json({**found, "model": model})
    else:
        _print_started(addresses, held, model)
    if foreground:
        from cluster.up import stay

        stay(settings, echo=echo_for(json_output))


def _print_started(addresses: Addresses, held: str, model: Mapping[str, Any]) -> None:
    _print_addresses(addresses.console, addresses.docs, addresses.dashboard)
    if addresses.join:
        typer.echo(f"Other machines {addresses.join}")
        typer.echo(f"               with the token of {token_path() or 'the variable RAY_AUTH_TOKEN'}")
    if held:
        typer.echo(f"\n{held}")
    if model.get("notice"):
        typer.echo(f"\n{model['notice']}")


@main.command(epilog=example("khelmerch down"))
def down(json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Stop what `up` started, and nothing else; on a machine that joined a head, `leave`. Accepted tasks go on later."""
    from cluster import ray_node
    from cluster.up import down as stop_server

    settings = load(config)
    left = ray_node.leave(settings)
    stopped = stop_server(settings, echo=echo_for(json_output)) or left
    if json_output:
        print_json({"stopped": stopped})
    else:
        typer.echo("Stopped." if stopped else "Nothing was running.")


@main.command(epilog=example("khelmerch status", "khelmerch status --json"))
def status(json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None) -> None:
    """Show whether the server is ready, its queue, devices and addresses. Ends with 1 if it is not ready."""
    settings = None if server else load(config)
    with open_client(config, server) as api:
        health, queue, gpus = api.ready(), api.queue_status(), api.gpu_status()
        model = api.languages()["model"]
        fleet = api.models().get("fleet")
        console = api.base_url
    docs, dashboard = f"{console}/docs", _dashboard(settings)
    ready = bool(health.get("ready"))
    if json_output:
        print_json(
            {
                "ready": ready,
                "reasons": health.get("reasons", []),
                "addresses": {"console": console, "docs": docs, "dashboard": dashboard},
                "queue": queue,
                "gpus": gpus,
                "model": model,
                "fleet": fleet,
            }
        )
    else:
        _print_status(ready, health.get("reasons", []), queue, gpus, model)
        if fleet:
            cli_fleet.show(fleet)
            typer.echo()
        _print_addresses(console, docs, dashboard)
    if not ready:
        raise typer.Exit(1)


def _dashboard(settings: Settings | None) -> str | None:
    """Only the dashboard of the head that `up` starts has an address we know; it listens on this machine alone."""
    own = settings is not None and not settings.ray.address
    return f"http://127.0.0.1:{settings.ray.dashboard_port}" if own and settings is not None else None


def _print_addresses(console: str, docs: str, dashboard: str | None) -> None:
    typer.echo(f"Console        {console}\nAPI docs       {docs}")
    if dashboard:
        typer.echo(f"Ray dashboard  {dashboard}")


def _print_status(
    ready: bool,
    reasons: Sequence[str],
    queue: Mapping[str, Any],
    gpus: Sequence[Mapping[str, Any]],
    model: Mapping[str, Any],
) -> None:
    if held := cli_operations.held(queue):
        typer.echo(held)
    typer.echo("Ready." if ready else "Not ready: " + "; ".join(reasons or ["no reason was given"]))
    typer.echo(f"Model {model.get('name')} ({model.get('licence')})")
    typer.echo(
        f"Tasks: {queue.get('processing', 0)} running (at most {queue.get('max_tasks')}), "
        f"{queue.get('pending', 0)} waiting (at most {queue.get('max_task_queue_size')}), "
        f"{queue.get('completed', 0)} completed, {queue.get('failed', 0)} failed\n"
    )
    rows = [
        [
            str(gpu.get("gpu_id", "")),
            str(gpu.get("device_name", "")),
            f"{gpu.get('memory_used') or 0:,.0f} of {gpu.get('memory_total') or 0:,.0f} MiB",
            "" if gpu.get("utilization") is None else f"{gpu['utilization']:.0f} %",
            "" if gpu.get("temperature") is None else f"{gpu['temperature']:.0f} °C",
            "yes" if gpu.get("is_available") else f"no: {gpu.get('reason') or 'unknown'}",
            str(gpu.get("current_task_id") or ""),
        ]
        for gpu in gpus
    ]
    print_table(["device", "name", "memory", "load", "heat", "available", "task"], rows)
    typer.echo()


@main.command(epilog=example("khelmerch doctor", "khelmerch doctor --json"))
def doctor(json_output: JsonOption = False, config: ConfigOption = None) -> None:
    """Check this machine: each line is ok, or says what to do. Ends with 1 if something must be done."""
    from cluster import doctor as checking

    checks = checking.examine(config)
    failed = [check for check in checks if check.level == "fail"]
    if json_output:
        print_json({"ok": not failed, "checks": [asdict(check) for check in checks]})
    else:
        for check in checks:
            typer.echo(f"{_MARKS[check.level]}  {check.name:<14} {check.detail}")
            if check.advice:
                typer.echo(f"{'':<21}-> {check.advice}")
    if failed:
        say(f"{len(failed)} of {len(checks)} checks failed.", json_output=True)
        raise typer.Exit(1)


@main.command("config", epilog=example("khelmerch config", "khelmerch config --template > config/config.ini"))
def show_config(
    template: Annotated[bool, typer.Option("--template", help="Print a commented config.ini instead.")] = False,
    json_output: JsonOption = False,
    config: ConfigOption = None,
) -> None:
    """Show the settings in force: the file's, with the environment's over them."""
    if template:
        typer.echo(config_file.template(SECTIONS), nl=False)
        return
    settings = load(config)
    shown = config_file.shown(SECTIONS, settings)
    if json_output:
        print_json({"source": settings.source, "settings": shown})
        return
    typer.echo(f"# {settings.source}")
    for section, values in shown.items():
        typer.echo(f"[{section}]")
        for key, value in values.items():
            typer.echo(f"{key} = {value}")


@main.command(epilog=example("khelmerch version"))
def version(json_output: JsonOption = False) -> None:
    """Show the version of Khelmerch and of the libraries that matter in a report."""
    found = versions()
    if json_output:
        print_json(found)
    else:
        for name, text in found.items():
            typer.echo(f"{name:<13} {text}")
