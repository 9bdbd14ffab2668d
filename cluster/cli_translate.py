"""`khelmerch translate`: files to the running server, progress, results back."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from cluster import progress
from cluster.cli_common import ConfigOption, JsonOption, ServerOption, console, example, open_client, print_json, size
from khelmerch_client import Client, Conflict, Unreachable
from khelmerch_client.models import FileInTask, TaskDetail


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example(
            "khelmerch translate report.docx --from mon_Cyrl --to cmn_Hans",
            "khelmerch translate *.txt --from zh --to mn --via-eng --out results",
            "khelmerch translate *.docx --from auto --to zh",
        )
    )(translate)


def translate(
    files: Annotated[
        list[Path], typer.Argument(help="Files to translate.", exists=True, dir_okay=False, readable=True)
    ],
    source: Annotated[
        str, typer.Option("--from", help="Language of the files: mon_Cyrl, zh, en, …; auto finds it out.")
    ],
    target: Annotated[str, typer.Option("--to", help="Language wanted.")],
    via_eng: Annotated[bool, typer.Option("--via-eng", help="Translate through English.")] = False,
    priority: Annotated[
        int | None, typer.Option(help="0 to 9, larger goes first.", min=0, max=9, show_default="5")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the results.", file_okay=False, show_default="beside each file")
    ] = None,
    client: Annotated[
        str | None, typer.Option(help="Client id to file the task under.", show_default="a new one")
    ] = None,
    not_before: Annotated[
        str | None, typer.Option(help="Start later: a time such as 2026-11-24T01:30:00+08:00.", show_default="at once")
    ] = None,
    model: Annotated[
        str | None, typer.Option(help="One of the models that run.", show_default="the preferred one for the pair")
    ] = None,
    output: Annotated[
        str | None,
        typer.Option(
            help="translated, bilingual (source and translation together) or both.", show_default="translated"
        ),
    ] = None,
    review: Annotated[bool, typer.Option("--review", help="Also a table of all sentences, as .xlsx.")] = False,
    json_keys: Annotated[
        str | None, typer.Option(help="Only strings under these keys (.json): title,body.", show_default="all strings")
    ] = None,
    sheet_names: Annotated[
        bool, typer.Option("--sheet-names", help="Also the names of sheets (.xlsx, .ods); formulas follow.")
    ] = False,
    retranslate: Annotated[
        bool, typer.Option("--retranslate", help="Also what is translated already (.po, .xliff).")
    ] = False,
    glossary: Annotated[
        list[str] | None,
        typer.Option(
            "--glossary", help="Glossary by id or name; may be repeated. none: not the default one.", show_default=False
        ),
    ] = None,
    memory: Annotated[bool, typer.Option("--memory/--no-memory", help="Use and feed the translation memory.")] = True,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Translate files and fetch the results.

    Shows the progress; Ctrl-C asks whether to cancel the task. A file that exists is never overwritten: the result then
    gets a number (report.cmn_Hans-1.docx).
    """
    with open_client(config, server) as api:
        wishes: dict[str, Any] = {
            "via_eng": via_eng,
            "priority": priority,
            "client_id": client,
            "not_before": not_before,
            "model": model,
            "output": output,
            "review": review,
            "json_keys": json_keys.split(",") if json_keys is not None else None,
            "sheet_names": sheet_names,
            "retranslate": retranslate,
            "glossary": glossary,
            "memory": memory,
        }
        task_id = _upload(
            api, files, source, target, **{key: value for key, value in wishes.items() if value is not None}
        )
        task = follow_or_ask(api, task_id)
        finish(api, task, sources=files, out=out, json_output=json_output)


def _upload(api: Client, files: Sequence[Path], source: str, target: str, **options: Any) -> str:
    shown = console(err=True)
    total = sum(path.stat().st_size for path in files)
    noun = files[0].name if len(files) == 1 else f"{len(files)} files"
    if not shown.is_terminal:
        typer.echo(f"Sending {noun} ({size(total)}) to {api.base_url}", err=True)
        return api.submit(files, source, target, **options)
    sent = 0
    with shown.status("") as status:

        def on_sent(count: int) -> None:
            nonlocal sent
            sent += count
            status.update(f"Sending {noun}: {size(sent)} of {size(total)}".replace("[", "\\["))

        return api.submit(files, source, target, on_sent=on_sent, **options)


def follow_or_ask(api: Client, task_id: str) -> TaskDetail:
    """Follow the task to its end. Ctrl-C asks whether to cancel it; a second one leaves it running and ends with 1."""
    shown = console(err=True)
    reporter: progress.Reporter = progress.Bar(shown) if shown.is_terminal else progress.Lines()
    while True:
        try:
            with reporter:
                return progress.follow(api, task_id, reporter)
        except KeyboardInterrupt:
            _ask_to_cancel(api, task_id)
        except Unreachable as error:
            told = f"{error.message} The task is kept; once the server is back: {how_to_follow(task_id)}"
            raise Unreachable(told, code=error.code) from error


def _ask_to_cancel(api: Client, task_id: str) -> None:
    try:
        wanted = typer.confirm(f"\nCancel task {task_id}? (Ctrl-C again leaves it running)", default=False, err=True)
        if wanted:
            api.cancel(task_id)
    except (KeyboardInterrupt, typer.Abort):
        typer.echo(f"\nTask {task_id} goes on. To see it and fetch its results: {how_to_follow(task_id)}", err=True)
        raise typer.Exit(1) from None
    except Conflict:
        return  # it ended while the question stood there; following it once more shows how


def how_to_follow(task_id: str) -> str:
    return f"khelmerch tasks show {task_id} --follow"


def finish(api: Client, task: TaskDetail, *, sources: Sequence[Path], out: Path | None, json_output: bool) -> None:
    """Fetch what there is of a task that is over, tell about it, and end with 1 unless everything was translated."""
    results = fetch(api, task, sources=sources, out=out)
    if json_output:
        print_json({"task": task, "results": results})
    else:
        for result in results:
            typer.echo(f"{result['name']} -> {result['path']}")
        flagged = task.get("segments_flagged") or 0
        if flagged:
            typer.echo(
                f"{flagged} of {task.get('segments_total')} segments are doubtful; compare them with the source."
            )
        terms = task.get("terms") or {}
        if terms.get("used") or terms.get("missed"):
            typer.echo(f"Terms of the glossary: {terms['used']} used, {terms['missed']} missed.")
    for file in task.get("files", []):
        if file["status"] == "failed":
            typer.echo(f"{file['name']}: {file['error_message'] or 'failed'}", err=True)
    if task["status"] != "completed":
        reason = task.get("error_message")
        typer.echo(f"Task {task['task_id']}: {task['status']}" + (f". {reason}" if reason else ""), err=True)
    if task["status"] != "completed" or not all(file["results"] for file in task.get("files", [])):
        raise typer.Exit(1)


def fetch(api: Client, task: TaskDetail, *, sources: Sequence[Path], out: Path | None) -> list[dict[str, str]]:
    """Download every result of the task: into `out`, else beside its source, else into the current folder."""
    ready = [file for file in task.get("files", []) if file["download"] and file["result_name"]]
    folders = destinations(sources, task.get("files", []), out)
    results = []
    for file in ready:
        assert file["download"] and file["result_name"], "only such files were taken"
        for result in file["results"]:
            path = api.fetch(result["download"], folders[file["n"]], result["name"])
            results.append({"name": file["name"], "kind": result["kind"], "path": str(path)})
    return results


def destinations(sources: Sequence[Path], files: Sequence[FileInTask], out: Path | None) -> dict[int, Path]:
    """Folder for each file of a task, by its `n`. Files of one name from several folders keep their order."""
    if out is not None:
        return {file["n"]: out for file in files}
    left = list(sources)
    folders: dict[int, Path] = {}
    for file in sorted(files, key=lambda item: item["n"]):
        source = next((path for path in left if path.name == file["name"]), None)
        if source is None:
            folders[file["n"]] = Path()
        else:
            left.remove(source)
            folders[file["n"]] = source.parent
    return folders
