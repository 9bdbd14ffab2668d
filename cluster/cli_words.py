"""`khelmerch glossary …`, `khelmerch memory …` and `khelmerch correct`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cluster.cli_common import (
    ConfigOption,
    JsonOption,
    ServerOption,
    app,
    example,
    open_client,
    print_json,
    print_table,
)

glossary_app = app("Terms and how they are translated.", name="glossary")
memory_app = app("What was translated before: the translation memory of a client.", name="memory")

Glossary = Annotated[str, typer.Argument(help="Id or name of the glossary.")]
ClientOption = Annotated[str | None, typer.Option("--client", help="Whose; shared glossaries are seen by all.")]
NeededClient = Annotated[str, typer.Option("--client", help="Whose memory.")]
SourceOption = Annotated[str, typer.Option("--from", help="Language of the sources: mon_Cyrl, zh, en, …")]
TargetOption = Annotated[str, typer.Option("--to", help="Language of the translations.")]
_TERM_SUFFIXES = (".csv", ".tsv", ".tbx")


def register(main: typer.Typer) -> None:
    main.add_typer(glossary_app, name="glossary")
    main.add_typer(memory_app, name="memory")
    main.command(epilog=example('khelmerch correct 3f1c 12 "合同自签字之日起生效。"'))(correct)


@glossary_app.command("add", epilog=example("khelmerch glossary add terms.csv --from mn --to zh --name law --shared"))
def add(
    file: Annotated[Path, typer.Argument(help="List of terms: .csv, .tsv or .tbx.", exists=True, dir_okay=False)],
    source: SourceOption,
    target: TargetOption,
    name: Annotated[str | None, typer.Option(help="What to call it.", show_default="the file's name")] = None,
    client: Annotated[str | None, typer.Option("--client", help="For this client only.")] = None,
    shared: Annotated[bool, typer.Option("--shared", help="For every client.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of one of the same name.")] = False,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Make a glossary of a list of terms; say --client or --shared."""
    given: dict[str, Any] = {"client_id": client, "shared": shared, "replace": replace}
    with open_client(config, server) as api:
        made = api.glossaries.add(file, name=name or file.stem, source=source, target=target, **given)
    if json_output:
        print_json(made)
    else:
        typer.echo(f"Glossary {made['name']} ({made['glossary_id']}): {made['entries']} terms.")


@glossary_app.command("list", epilog=example("khelmerch glossary list --client user123"))
def list_glossaries(
    client: ClientOption = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """List the shared glossaries, and those of a client."""
    with open_client(config, server) as api:
        found = api.glossaries.list(client)
    if json_output:
        print_json({"glossaries": found})
    elif not found:
        typer.echo("No glossaries.")
    else:
        rows = [
            [
                one["glossary_id"],
                one["name"],
                "shared" if one["shared"] else one["client_id"] or "",
                f"{one['source_lang']} and {one['target_lang']}",
                str(one["entries"]),
            ]
            for one in found
        ]
        print_table(["glossary", "name", "for", "languages", "terms"], rows)


@glossary_app.command("show", epilog=example("khelmerch glossary show law"))
def show(
    glossary: Glossary,
    client: ClientOption = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Show a glossary's terms."""
    with open_client(config, server) as api:
        found = api.glossaries.find(glossary, client)
        about, terms = api.glossaries.get(found), api.glossaries.terms(found)
    if json_output:
        print_json({**about, "terms": terms})
        return
    typer.echo(f"{about['name']} ({about['glossary_id']}), {about['source_lang']} and {about['target_lang']}")
    rows = [[one["source"], one["target"] or "(not translated)", "yes" if one["match_case"] else ""] for one in terms]
    print_table(["term", "translation", "case matters"], rows)


@glossary_app.command("remove", epilog=example("khelmerch glossary remove law"))
def remove(
    glossary: Glossary,
    client: ClientOption = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Remove a glossary. Tasks that were read before keep its terms."""
    with open_client(config, server) as api:
        answer = api.glossaries.remove(api.glossaries.find(glossary, client))
    if json_output:
        print_json(answer)
    else:
        typer.echo(f"Glossary {glossary} is removed.")


@glossary_app.command("export", epilog=example("khelmerch glossary export law law.tbx"))
def export_glossary(
    glossary: Glossary,
    out: Annotated[Path, typer.Argument(help="File to write: its suffix says as what, .csv, .tsv or .tbx.")],
    client: ClientOption = None,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Write a glossary to a file. A file that exists is not overwritten: the new one gets a number."""
    if out.suffix.lower() not in _TERM_SUFFIXES:
        raise typer.BadParameter(f"Give the file one of the suffixes {', '.join(_TERM_SUFFIXES)}.")
    with open_client(config, server) as api:
        path = api.glossaries.export(api.glossaries.find(glossary, client), out)
    typer.echo(f"{glossary} -> {path}")


@memory_app.command("status", epilog=example("khelmerch memory status --client user123"))
def memory_status(
    client: NeededClient, json_output: JsonOption = False, server: ServerOption = None, config: ConfigOption = None
) -> None:
    """Show how much is remembered for a client."""
    with open_client(config, server) as api:
        found = api.memory.status(client)
    if json_output:
        print_json(found)
        return
    if not found["enabled"]:
        typer.echo("This server keeps no translation memory ([MEMORY] ENABLED).")
    rows = [
        [f"{one['source_lang']} -> {one['target_lang']}", one["origin"], str(one["entries"])]
        for one in found["entries"]
    ]
    if rows:
        print_table(["languages", "origin", "sentences"], rows)
    else:
        typer.echo(f"Nothing is remembered for {client}.")


@memory_app.command("import", epilog=example("khelmerch memory import old.tmx --client user123"))
def import_memory(
    file: Annotated[Path, typer.Argument(help="TMX file.", exists=True, dir_okay=False)],
    client: NeededClient,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Take in a TMX file. What was corrected here stays as it is."""
    with open_client(config, server) as api:
        told = api.memory.add(file, client)
    if json_output:
        print_json(told)
    else:
        skipped = f", {told['skipped']} too long" if told["skipped"] else ""
        typer.echo(f"{told['stored']} of {told['read']} translations stored{skipped}.")


@memory_app.command("export", epilog=example("khelmerch memory export out.tmx --client user123 --from mn --to zh"))
def export_memory(
    out: Annotated[Path, typer.Argument(help="TMX file to write.")],
    client: NeededClient,
    source: SourceOption,
    target: TargetOption,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Write a client's memory to a TMX file. A file that exists is not overwritten: the new one gets a number."""
    with open_client(config, server) as api:
        path = api.memory.export(out, source=source, target=target, client_id=client)
    typer.echo(f"-> {path}")


@memory_app.command("clear", epilog=example("khelmerch memory clear --client user123 --origin translation"))
def clear_memory(
    client: NeededClient,
    source: Annotated[str | None, typer.Option("--from", help="Only from this language, with --to.")] = None,
    target: Annotated[str | None, typer.Option("--to", help="Only into this language, with --from.")] = None,
    origin: Annotated[str | None, typer.Option(help="Only translation (by models), correction or import.")] = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Forget what is remembered for a client."""
    with open_client(config, server) as api:
        told = api.memory.clear(client, source=source, target=target, origin=origin)
    if json_output:
        print_json(told)
    else:
        typer.echo(f"{told['removed']} sentences forgotten.")


def correct(
    task_id: Annotated[str, typer.Argument(help="Id of the task.")],
    n: Annotated[int, typer.Argument(help="Number of the sentence, as the review table has it.", min=1)],
    text: Annotated[str, typer.Argument(help="What it should say.")],
    file: Annotated[int, typer.Option(help="Number of the file in the task.", min=1)] = 1,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Correct a sentence of a task: the next download has it, and so has every later task of the same client."""
    with open_client(config, server) as api:
        told = api.correct(task_id, n, text, file=file)
    if json_output:
        print_json(told)
    else:
        same = f" It stands {told['corrected']} times in the file." if told["corrected"] > 1 else ""
        typer.echo(f"Sentence {n} is corrected.{same} Fetch the file again: khelmerch tasks download {task_id}")
