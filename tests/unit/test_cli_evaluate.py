"""`khelmerch evaluate`, `preflight` and `formats` against a server that answers by heart."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cluster.cli import main
from tests.unit.stub_server import StubServer

GOOD = ["the cat sits on the mat today", "we go home in the evening"]


@pytest.fixture
def server() -> Iterator[StubServer]:
    report: dict[str, Any] = {"name": "a.txt", "size": 9, "format": "txt", "language": "mon_Cyrl", "segments": 1200}
    report |= {"characters": 9, "estimated_seconds": 2.4, "untouched": [], "problem": None}
    refused = dict.fromkeys(report) | {"name": "b.docx", "size": 3, "untouched": []}
    refused["problem"] = {"code": "file_encrypted", "detail": "It has a password."}
    answers = {
        ("POST", "/translate/text"): {"result": GOOD},
        ("POST", "/preflight"): {"files": [report, refused]},
        ("GET", "/formats"): [[{"name": "txt", "suffixes": [".txt", ".text"], "outputs": ["bilingual", "translated"]}]],
    }
    with StubServer(answers) as started:
        yield started


def run(*arguments: Any) -> Any:
    return CliRunner().invoke(main, list(map(str, arguments)))


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    source, reference = tmp_path / "a.mn", tmp_path / "a.en"
    source.write_text("нэг\nхоёр\n", encoding="utf-8")
    reference.write_text("\n".join(GOOD) + "\n", encoding="utf-8")
    return source, reference


def evaluate(server: StubServer, source: Path, reference: Path, *more: str) -> Any:
    pair = ("--source", source, "--reference", reference, "--from", "mn", "--to", "en")
    return run("evaluate", *pair, "--server", server.url, *more)


def test_a_perfect_translation_scores_a_hundred_with_signatures(
    server: StubServer, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_net(*_: Any, **__: Any) -> None:
        raise OSError("no network")

    monkeypatch.setattr("sacrebleu.tokenizers.tokenizer_spm.TokenizerSPM.__init__", no_net)
    result = evaluate(server, *files, "--json")
    assert result.exit_code == 0, result.output
    (row,) = json.loads(result.stdout)["files"]
    assert (row["bleu"]["score"], row["chrf"]["score"], row["lines"]) == (100.0, 100.0, 2)
    assert "tok:13a" in row["bleu"]["signature"]
    assert "nw:2" in row["chrf"]["signature"]
    assert row["spbleu"] is None
    assert "OSError" in row["spbleu_problem"]


def test_files_that_do_not_fit_are_refused(server: StubServer, files: tuple[Path, Path]) -> None:
    files[1].write_text("one line\n", encoding="utf-8")
    result = evaluate(server, *files)
    assert result.exit_code == 1
    assert "they must fit" in result.output


def test_without_sacrebleu_it_says_what_to_install(
    server: StubServer, files: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "sacrebleu", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert "khelmerch[evaluate]" in evaluate(server, *files).output


def test_a_preflight_ends_with_one_when_a_file_would_be_refused(server: StubServer, files: tuple[Path, Path]) -> None:
    result = run("preflight", *files, "--server", server.url)
    assert result.exit_code == 1
    assert "1,200" in result.output
    assert "b.docx: It has a password." in result.output
    assert (
        json.loads(run("preflight", files[0], "--json", "--server", server.url).stdout)["files"][0]["format"] == "txt"
    )


def test_formats_are_listed(server: StubServer) -> None:
    assert ".txt .text" in run("formats", "--server", server.url).output
