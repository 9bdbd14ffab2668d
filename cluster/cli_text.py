"""`khelmerch text`: a short text to the running server, its translation back."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from typing import Annotated, Any

import typer

from cluster.cli_common import example
from cluster.cli_served import Told, served
from khelmerch_client import Client
from khelmerch_client.models import TextAnswer
from translation.alternatives import MOST


def register(main: typer.Typer) -> None:
    main.command(
        epilog=example(
            'khelmerch text "Файлыг хадгалах уу?" --from mn --to zh --alternatives 3',
            "khelmerch text --from auto --to en < letter.txt",
        )
    )(text)


@served
def text(
    api: Client,
    source: Annotated[
        str, typer.Option("--from", help="Language of the texts: mon_Cyrl, zh, en, …; auto finds it out.")
    ],
    target: Annotated[str, typer.Option("--to", help="Language wanted.")],
    texts: Annotated[list[str] | None, typer.Argument(help="Texts to translate.", show_default="what comes in")] = None,
    alternatives: Annotated[
        int, typer.Option(help="As many other translations of each, where there are.", min=0, max=MOST)
    ] = 0,
    via_eng: Annotated[bool, typer.Option("--via-eng", help="Translate through English.")] = False,
    model: Annotated[
        str | None, typer.Option(help="One of the models that run.", show_default="the preferred one for the pair")
    ] = None,
    client: Annotated[str | None, typer.Option("--client", help="Whose glossaries and corrections are used.")] = None,
    glossary: Annotated[
        list[str] | None,
        typer.Option(
            "--glossary", help="Glossary by id or name; may be repeated. none: not the default one.", show_default=False
        ),
    ] = None,
    memory: Annotated[bool, typer.Option("--memory/--no-memory", help="Use what this client corrected.")] = True,
) -> Told:
    """Translate short texts at once; nothing is stored. Without a text, what comes in is translated."""
    given = texts or [sys.stdin.read()]
    wishes: dict[str, Any] = {"via_eng": via_eng, "model": model, "client_id": client, "glossary": glossary}
    answer = api.translate(given, source, target, memory=memory, alternatives=alternatives, **wishes)
    return Told(answer, "\n".join(_lines(answer)))


def _lines(answer: TextAnswer) -> Iterator[str]:
    results = answer["result"]
    assert isinstance(results, list), "a list was asked for"
    for place, result in enumerate(results):
        yield result + _doubts(answer["flags"][place])
        for other in (answer.get("alternatives") or [[] for _ in results])[place]:
            yield f"  or: {other['text']}{_doubts(other.get('flags', []))}"


def _doubts(flags: Sequence[str]) -> str:
    return f"  (doubtful: {', '.join(flags)})" if flags else ""
