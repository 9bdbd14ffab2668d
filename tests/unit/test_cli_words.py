"""`khelmerch glossary`, `memory` and `correct`, against a stub of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from cluster.cli import main
from tests.unit.stub_server import StubServer, stub_servers

Run = Callable[..., Any]
LAW = {
    "glossary_id": "g-1",
    "name": "law",
    "client_id": None,
    "shared": True,
    "source_lang": "mon_Cyrl",
    "target_lang": "cmn_Hans",
    "entries": 2,
    "revision": 1,
}
MINE = {**LAW, "glossary_id": "g-2", "client_id": "anna", "shared": False}


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: CliRunner().invoke(main, [str(one) for one in arguments])


@pytest.fixture
def serve() -> Iterator[Callable[[dict[tuple[str, str], Any]], StubServer]]:
    yield from stub_servers()


def test_a_list_of_terms_becomes_a_glossary(run: Run, serve: Any, tmp_path: Path) -> None:
    server = serve({("POST", "/glossaries"): LAW})
    (tmp_path / "law.csv").write_text("гэрээ,合同\n", encoding="utf-8")
    result = run("glossary", "add", "law.csv", "--from", "mn", "--to", "zh", "--shared", "--server", server.url)
    assert (result.exit_code, result.stdout) == (0, "Glossary law (g-1): 2 terms.\n")
    ((_method, _path, sent),) = server.requests
    assert sent["name"] == "law" and sent["shared"] == "true" and "client_id" not in sent


def test_a_name_means_the_clients_own_glossary_before_a_shared_one(run: Run, serve: Any) -> None:
    server = serve({("GET", "/glossaries"): {"glossaries": [LAW, MINE]}, ("DELETE", "/glossaries/g-2"): {"removed": 1}})
    result = run("glossary", "remove", "law", "--client", "anna", "--server", server.url)
    assert (result.exit_code, result.stdout) == (0, "Glossary law is removed.\n")
    assert server.requests[0] == ("GET", "/glossaries", {"client_id": "anna"})


def test_terms_are_shown_with_those_that_are_not_translated(run: Run, serve: Any) -> None:
    terms = [
        {"source": "гэрээ", "target": "合同", "match_case": False},
        {"source": "ХХК", "target": None, "match_case": True},
    ]
    server = serve(
        {
            ("GET", "/glossaries"): {"glossaries": [LAW]},
            ("GET", "/glossaries/g-1"): LAW,
            ("GET", "/glossaries/g-1/entries"): {"entries": terms},
        }
    )
    shown = run("glossary", "show", "law", "--server", server.url).stdout
    assert "合同" in shown and "(not translated)" in shown


def test_a_glossary_is_exported_as_what_its_suffix_says_only(run: Run) -> None:
    assert run("glossary", "export", "law", "law.docx", "--server", "127.0.0.1:9").exit_code == 2


def test_the_memory_is_shown_and_cleared(run: Run, serve: Any) -> None:
    entries = [{"source_lang": "mon_Cyrl", "target_lang": "cmn_Hans", "origin": "correction", "entries": 7}]
    status = {"client_id": "anna", "enabled": True, "threshold": 0.85, "entries": entries}
    server = serve({("GET", "/memory"): status, ("DELETE", "/memory"): {"removed": 7}})
    shown = run("memory", "status", "--client", "anna", "--server", server.url).stdout
    assert "correction" in shown and "7" in shown
    result = run("memory", "clear", "--client", "anna", "--origin", "import", "--server", server.url)
    assert result.stdout == "7 sentences forgotten.\n"
    assert server.requests[-1] == ("DELETE", "/memory", {"client_id": "anna", "origin": "import"})


def test_a_correction_says_how_often_the_sentence_stands_in_the_file(run: Run, serve: Any) -> None:
    server = serve({("POST", "/tasks/t1/segments/12"): {"n": 12, "target": "改", "corrected": 2}})
    result = run("correct", "t1", "12", "改", "--server", server.url)
    assert result.exit_code == 0 and "2 times" in result.stdout
    assert server.requests == [("POST", "/tasks/t1/segments/12", {"target": "改", "file": 1})]
