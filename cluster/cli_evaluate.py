"""`khelmerch evaluate`: how good the running server's translations are, against references."""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cluster.cli_common import ConfigOption, JsonOption, ServerOption, example, open_client, print_json, print_table
from cluster.errors import ClusterError

if TYPE_CHECKING:
    from khelmerch_client import Client

LINES_TOGETHER = 50
"""Lines of one call: a short text has a limit, and the progress is seen."""

TOGETHER_CHARS = 4_000


class EvaluationImpossible(ClusterError):
    """The files do not fit together, or what counts is not installed."""


def register(app: typer.Typer) -> None:
    app.command(
        epilog=example(
            "khelmerch evaluate --source test.mn --reference test.zh --from mn --to zh",
            "khelmerch evaluate --source a.zh --reference a.en --source b.zh --reference b.en --from zh --to en --json",
        )
    )(evaluate)


def evaluate(
    sources: Annotated[
        list[Path], typer.Option("--source", help="Text, one sentence a line.", exists=True, dir_okay=False)
    ],
    references: Annotated[
        list[Path],
        typer.Option("--reference", help="Its good translation, line by line; one for each --source.", exists=True),
    ],
    source: Annotated[str, typer.Option("--from", help="Language of the sources.")],
    target: Annotated[str, typer.Option("--to", help="Language of the references.")],
    via_eng: Annotated[bool, typer.Option("--via-eng", help="Translate through English.")] = False,
    model: Annotated[
        str | None, typer.Option(help="One of the models that run.", show_default="the preferred one")
    ] = None,
    json_output: JsonOption = False,
    server: ServerOption = None,
    config: ConfigOption = None,
) -> None:
    """Translate files line by line and score them: BLEU, chrF++ and spBLEU by sacrebleu, with its signatures."""
    if importlib.util.find_spec("sacrebleu") is None:
        raise EvaluationImpossible("sacrebleu is not installed here: pip install 'khelmerch[evaluate]'.")
    if len(sources) != len(references):
        raise EvaluationImpossible(
            f"Each --source needs its --reference: {len(sources)} and {len(references)} were given."
        )
    pairs = [(file, _lines(file), _lines(reference)) for file, reference in zip(sources, references, strict=True)]
    for (file, lines, wanted), reference in zip(pairs, references, strict=True):
        if not lines or len(lines) != len(wanted):
            raise EvaluationImpossible(f"{file} has {len(lines)} lines and {reference} {len(wanted)}: they must fit.")
    fields = {"source": source, "target": target, "via_eng": via_eng, "model": model}
    scored = []
    with open_client(config, server) as api:
        for file, lines, wanted in pairs:
            typer.echo(f"{file}: {len(lines)} lines", err=True)
            scored.append(
                {"file": str(file), "lines": len(lines), **_scores(_translated(api, lines, fields), wanted, target)}
            )
    if json_output:
        print_json({"source_lang": source, "target_lang": target, "model": model, "files": scored})
        return
    print_table(
        ["file", "lines", "BLEU", "chrF++", "spBLEU"],
        [
            [
                row["file"],
                str(row["lines"]),
                *("-" if row[name] is None else f"{row[name]['score']:.2f}" for name in ("bleu", "chrf", "spbleu")),
            ]
            for row in scored
        ],
    )
    for name in ("bleu", "chrf", "spbleu"):
        told = scored[0][name]
        typer.echo(f"{name}: {told['signature']}" if told else f"{name}: {scored[0]['spbleu_problem']}")


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(encoding="utf-8-sig").splitlines()
    except UnicodeDecodeError as error:
        raise EvaluationImpossible(f"{path} is not UTF-8 text (byte {error.start}).") from error


def _translated(api: Client, lines: Sequence[str], fields: dict[str, Any]) -> list[str]:
    found: list[str] = []
    part: list[str] = []
    for number, line in enumerate(lines, 1):
        part.append(line)
        if len(part) == LINES_TOGETHER or sum(map(len, part)) > TOGETHER_CHARS or number == len(lines):
            answer = api.translate(part, **fields)
            found += answer["result"]
            part = []
            typer.echo(f"  {number} of {len(lines)} lines", err=True)
    return found


def _scores(found: list[str], wanted: list[str], target: str) -> dict[str, Any]:
    """-> {"bleu", "chrf", "spbleu": {"score", "signature"}}; spbleu None, and why, where its tokenizer is not there."""
    from sacrebleu.metrics.bleu import BLEU
    from sacrebleu.metrics.chrf import CHRF

    from translation.languages import normalise

    def score(metric: Any) -> dict[str, Any]:
        return {
            "score": round(metric.corpus_score(found, [wanted]).score, 2),
            "signature": str(metric.get_signature()),
        }

    chinese = normalise(target).startswith("cmn")
    told: dict[str, Any] = {"bleu": score(BLEU(tokenize="zh" if chinese else "13a")), "chrf": score(CHRF(word_order=2))}
    try:
        told["spbleu"] = score(BLEU(tokenize="flores200"))
    except Exception as error:  # whatever the download of its tokenizer fails with: the other scores stand
        told |= {"spbleu": None, "spbleu_problem": f"its tokenizer cannot be downloaded ({type(error).__name__})"}
    return told
