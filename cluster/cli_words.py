"""`khelmerch glossary …`, `khelmerch memory …` and `khelmerch correct`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from cluster.cli_common import app, example
from cluster.cli_served import Told, served
from khelmerch_client import Client

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
@served
def add(
    api: Client,
    file: Annotated[Path, typer.Argument(help="List of terms: .csv, .tsv or .tbx.", exists=True, dir_okay=False)],
    source: SourceOption,
    target: TargetOption,
    name: Annotated[str | None, typer.Option(help="What to call it.", show_default="the file's name")] = None,
    client: Annotated[str | None, typer.Option("--client", help="For this client only.")] = None,
    shared: Annotated[bool, typer.Option("--shared", help="For every client.")] = False,
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of one of the same name.")] = False,
) -> Told:
    """Make a glossary of a list of terms; say --client or --shared."""
    given: dict[str, Any] = {"client_id": client, "shared": shared, "replace": replace}
    made = api.glossaries.add(file, name=name or file.stem, source=source, target=target, **given)
    return Told(made, f"Glossary {made['name']} ({made['glossary_id']}): {made['entries']} terms.")


@glossary_app.command("list", epilog=example("khelmerch glossary list --client user123"))
@served
def list_glossaries(api: Client, client: ClientOption = None) -> Told:
    """List the shared glossaries, and those of a client."""
    found = api.glossaries.list(client)
    if not found:
        return Told({"glossaries": found}, "No glossaries.")
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
    return Told({"glossaries": found}, columns=("glossary", "name", "for", "languages", "terms"), rows=rows)


@glossary_app.command("show", epilog=example("khelmerch glossary show law"))
@served
def show(api: Client, glossary: Glossary, client: ClientOption = None) -> Told:
    """Show a glossary's terms."""
    found = api.glossaries.find(glossary, client)
    about, terms = api.glossaries.get(found), api.glossaries.terms(found)
    rows = [[one["source"], one["target"] or "(not translated)", "yes" if one["match_case"] else ""] for one in terms]
    return Told(
        {**about, "terms": terms},
        f"{about['name']} ({about['glossary_id']}), {about['source_lang']} and {about['target_lang']}",
        columns=("term", "translation", "case matters"),
        rows=rows,
    )


@glossary_app.command("remove", epilog=example("khelmerch glossary remove law"))
@served
def remove(api: Client, glossary: Glossary, client: ClientOption = None) -> Told:
    """Remove a glossary. Tasks that were read before keep its terms."""
    answer = api.glossaries.remove(api.glossaries.find(glossary, client))
    return Told(answer, f"Glossary {glossary} is removed.")


@glossary_app.command("export", epilog=example("khelmerch glossary export law law.tbx"))
@served
def export_glossary(
    api: Client,
    glossary: Glossary,
    out: Annotated[Path, typer.Argument(help="File to write: its suffix says as what, .csv, .tsv or .tbx.")],
    client: ClientOption = None,
) -> Told:
    """Write a glossary to a file. A file that exists is not overwritten: the new one gets a number."""
    if out.suffix.lower() not in _TERM_SUFFIXES:
        raise typer.BadParameter(f"Give the file one of the suffixes {', '.join(_TERM_SUFFIXES)}.")
    path = api.glossaries.export(api.glossaries.find(glossary, client), out)
    return Told({"file": str(path)}, f"{glossary} -> {path}")


@memory_app.command("status", epilog=example("khelmerch memory status --client user123"))
@served
def memory_status(api: Client, client: NeededClient) -> Told:
    """Show how much is remembered for a client."""
    found = api.memory.status(client)
    rows = [
        [f"{one['source_lang']} -> {one['target_lang']}", one["origin"], str(one["entries"])]
        for one in found["entries"]
    ]
    text = [] if found["enabled"] else ["This server keeps no translation memory ([MEMORY] ENABLED)."]
    text += [] if rows else [f"Nothing is remembered for {client}."]
    return Told(found, "\n".join(text), columns=("languages", "origin", "sentences") if rows else (), rows=rows)


@memory_app.command("import", epilog=example("khelmerch memory import old.tmx --client user123"))
@served
def import_memory(
    api: Client,
    file: Annotated[Path, typer.Argument(help="TMX file.", exists=True, dir_okay=False)],
    client: NeededClient,
) -> Told:
    """Take in a TMX file. What was corrected here stays as it is."""
    told = api.memory.add(file, client)
    skipped = f", {told['skipped']} too long" if told["skipped"] else ""
    return Told(told, f"{told['stored']} of {told['read']} translations stored{skipped}.")


@memory_app.command("export", epilog=example("khelmerch memory export out.tmx --client user123 --from mn --to zh"))
@served
def export_memory(
    api: Client,
    out: Annotated[Path, typer.Argument(help="TMX file to write.")],
    client: NeededClient,
    source: SourceOption,
    target: TargetOption,
) -> Told:
    """Write a client's memory to a TMX file. A file that exists is not overwritten: the new one gets a number."""
    path = api.memory.export(out, source=source, target=target, client_id=client)
    return Told({"file": str(path)}, f"-> {path}")


@memory_app.command("clear", epilog=example("khelmerch memory clear --client user123 --origin translation"))
@served
def clear_memory(
    api: Client,
    client: NeededClient,
    source: Annotated[str | None, typer.Option("--from", help="Only from this language, with --to.")] = None,
    target: Annotated[str | None, typer.Option("--to", help="Only into this language, with --from.")] = None,
    origin: Annotated[str | None, typer.Option(help="Only translation (by models), correction or import.")] = None,
) -> Told:
    """Forget what is remembered for a client."""
    told = api.memory.clear(client, source=source, target=target, origin=origin)
    return Told(told, f"{told['removed']} sentences forgotten.")


@served
def correct(
    api: Client,
    task_id: Annotated[str, typer.Argument(help="Id of the task.")],
    n: Annotated[int, typer.Argument(help="Number of the sentence, as the review table has it.", min=1)],
    text: Annotated[str, typer.Argument(help="What it should say.")],
    file: Annotated[int, typer.Option(help="Number of the file in the task.", min=1)] = 1,
) -> Told:
    """Correct a sentence of a task: the next download has it, and so has every later task of the same client."""
    told = api.correct(task_id, n, text, file=file)
    same = f" It stands {told['corrected']} times in the file." if told["corrected"] > 1 else ""
    again = f"Fetch the file again: khelmerch tasks download {task_id}"
    return Told(told, f"Sentence {n} is corrected.{same} {again}")
