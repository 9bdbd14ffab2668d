"""`khelmerch text`, against a stub of the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from typer.testing import CliRunner

from cluster.cli import main
from tests.unit.stub_server import StubServer, stub_servers

ANSWER = {
    "result": ["保存文件？", "打开"],
    "flags": [["numbers"], []],
    "alternatives": [[{"text": "是否保存文件？", "flags": []}, {"text": "要保存吗？", "flags": ["length"]}], []],
}


@pytest.fixture
def serve() -> Iterator[Callable[[dict[tuple[str, str], Any]], StubServer]]:
    yield from stub_servers()


def _run(*arguments: str, **more: Any) -> Any:
    return CliRunner().invoke(main, ["text", *arguments], **more)


def test_alternatives_stand_below_their_translation_with_their_doubts(serve: Any) -> None:
    server = serve({("POST", "/translate/text"): ANSWER})
    options = ("--from", "mn", "--to", "zh", "--alternatives", "2", "--server", server.url)
    result = _run("Хадгалах уу?", "Нээх", *options)
    assert (result.exit_code, result.stdout.splitlines()) == (
        0,
        ["保存文件？  (doubtful: numbers)", "  or: 是否保存文件？", "  or: 要保存吗？  (doubtful: length)", "打开"],
    )
    ((_method, _path, sent),) = server.requests
    assert sent["sentences"] == ["Хадгалах уу?", "Нээх"] and sent["alternatives"] == 2


def test_without_a_text_what_comes_in_is_translated_and_nothing_more_is_asked_for(serve: Any) -> None:
    server = serve({("POST", "/translate/text"): {"result": ["Hello\nyou"], "flags": [[]]}})
    result = _run("--from", "auto", "--to", "en", "--server", server.url, input="Сайн уу\nта")
    assert (result.exit_code, result.stdout) == (0, "Hello\nyou\n")
    ((_method, _path, sent),) = server.requests
    assert sent["sentences"] == ["Сайн уу\nта"] and "alternatives" not in sent


def test_more_alternatives_than_there_may_be_are_refused() -> None:
    result = _run("a", "--from", "mn", "--to", "zh", "--alternatives", "6")
    assert result.exit_code == 2 and "or equal to 5" in result.stderr
