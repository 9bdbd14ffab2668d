from __future__ import annotations

import logging
from collections.abc import Coroutine
from datetime import UTC, datetime
from html.parser import HTMLParser
from typing import Any

import pytest

from tests.unit.fake_console_client import FakeConsoleClient, Refusal
from ui import board, cards
from ui.board import Content, View
from ui.client import TaskDetail
from ui.errors import explain, explain_code
from ui.html import download_path, is_task_id, problem
from ui.locale import Visitor
from ui.text import TEXTS, Text

NOW = datetime.fromtimestamp(1_800_000_000, UTC)
EVIL = "\"><script>hacked()</script><img src=x onerror=hacked()>'.docx"


def finish(asked: Coroutine[Any, Any, Any]) -> Any:
    """The fake service never waits, so its answer needs no event loop."""
    try:
        asked.send(None)
    except StopIteration as done:
        return done.value
    raise AssertionError("the fake waited")


class Elements(HTMLParser):
    """Collects what a browser would see."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.handlers: list[str] = []
        self.links: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.handlers += [name for name, _ in attrs if name.startswith("on")]
        self.links += [value or "" for name, value in attrs if name == "href"]
        if tag != "input":  # has no end
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def read(markup: str) -> Elements:
    elements = Elements()
    elements.feed(markup)
    assert elements.open == [], "every element is closed"
    return elements


def client_at(seconds: float = 0.0) -> FakeConsoleClient:
    return FakeConsoleClient(clock=lambda: NOW.timestamp() + seconds)


def detail(client: FakeConsoleClient, task_id: str) -> TaskDetail:
    return finish(client.task(task_id))


def everything(client: FakeConsoleClient, who: Visitor, selected: str | None = None) -> str:
    """All markup that can hold a name."""

    async def gather() -> str:
        rows = [(task_id, await client.task(task_id)) for task_id in client.store]
        page, queue = await client.tasks(None, 20, None), await client.queue_status()
        chosen = await client.task(selected) if selected else None
        view = View((), selected)
        return cards.cards(rows, who, NOW) + board.board(Content(page, queue, chosen), view, who, NOW)

    return finish(gather())


@pytest.mark.parametrize("status", ["pending", "processing", "completed", "failed", "cancelled", "timeout"])
def test_a_hostile_name_stays_text_everywhere(status: str) -> None:
    client = client_at()
    task = client.add([EVIL, EVIL], client_id=EVIL, frozen=status, error=(EVIL, EVIL), age=30)
    elements = read(everything(client, Visitor(Text("en")), task.task_id))
    assert not {"script", "img"} & set(elements.tags)
    assert elements.handlers == []


@pytest.mark.parametrize("language", list(TEXTS))
@pytest.mark.parametrize("status", ["pending", "processing", "completed", "failed", "cancelled", "timeout"])
def test_every_state_is_told_in_the_visitors_language(language: str, status: str) -> None:
    client = client_at()
    task = client.add(["a.txt", "b.txt"], frozen=status, age=30, flagged=2)
    markup = everything(client, Visitor(Text(language)), task.task_id)
    read(markup)
    assert TEXTS[language][f"status_{status}"] in markup
    others = {words[f"status_{status}"] for name, words in TEXTS.items() if name != language}
    assert not any(f">{word}<" in markup for word in others)


def test_a_finished_card_offers_each_result_and_all_at_once() -> None:
    client = client_at()
    task = client.add(["a.txt", "b.txt"], frozen="completed")
    elements = read(cards.card(detail(client, task.task_id), Visitor(Text("en")), NOW))
    assert f"/tasks/{task.task_id}/files/1" in elements.links
    assert f"/tasks/{task.task_id}/files/2" in elements.links
    assert f"/download-all?task_id={task.task_id}" in elements.links


def test_a_download_never_leaves_this_host() -> None:
    client = client_at()
    task = client.add(["a.txt"], frozen="completed")
    row = detail(client, task.task_id)["files"][0]
    for foreign in ("//evil.example/x", "https://evil.example/x", "javascript:alert(1)", "/\\evil.example"):
        row["download"] = foreign
        assert download_path(task.task_id, row) == f"/tasks/{task.task_id}/files/1"


def test_a_running_card_shows_stage_sentences_and_time_left() -> None:
    client = client_at()
    client.add(["a.txt"], frozen="processing", age=5)
    markup = cards.card(detail(client, next(iter(client.store))), Visitor(Text("en")), NOW)
    assert "Translating · 17 of 40 sentences · about 10 s left" in markup
    assert 'data-action="cancel"' in markup
    assert 'data-action="retry"' not in markup


def test_a_waiting_card_shows_its_place() -> None:
    client = client_at()
    client.add(["a.txt"], frozen="pending")
    markup = cards.card(detail(client, next(iter(client.store))), Visitor(Text("mn")), NOW)
    assert "дарааллын 1-р байранд" in markup


def test_a_failed_card_says_what_to_do_and_keeps_the_services_words() -> None:
    client = client_at()
    client.add(["a.docx"], frozen="failed", error=("file_encrypted", "password needed"))
    markup = cards.card(detail(client, next(iter(client.store))), Visitor(Text("zh-CN")), NOW)
    assert "a.docx 有密码保护" in markup
    assert "password needed" in markup
    assert 'data-action="retry"' in markup


def test_a_task_that_is_gone_can_be_removed_from_the_list() -> None:
    markup = cards.cards([("abc", None)], Visitor(Text("en")), NOW)
    read(markup)
    assert 'data-action="dismiss"' in markup


def test_no_tasks_at_all_and_none_that_match_are_told_apart() -> None:
    client = client_at()

    async def shown(view: View) -> str:
        content = Content(await client.tasks(None, 20, None), await client.queue_status())
        return board.board(content, view, Visitor(Text("en")), NOW)

    assert "No tasks yet" in finish(shown(View()))
    assert "No task matches" in finish(shown(View(filtered=True)))


def test_pages_can_be_turned_only_where_there_are_any() -> None:
    page = {"tasks": [], "next_cursor": "x"}
    assert 'data-action="newer" disabled' in board.pager(page, View(), Text("en"))  # type: ignore[arg-type]
    page["next_cursor"] = None  # type: ignore[assignment]
    assert board.pager(page, View(), Text("en")) == ""  # type: ignore[arg-type]
    assert 'data-action="older" disabled' in board.pager(page, View(("a",)), Text("en"))  # type: ignore[arg-type]


@pytest.mark.parametrize("language", list(TEXTS))
@pytest.mark.parametrize(
    "code",
    [
        "queue_full",
        "unsupported_type",
        "file_empty",
        "file_too_large",
        "same_language",
        "unsupported_pair",
        "file_damaged",
        "file_encrypted",
        "file_unsafe",
        "file_no_text",
        "unknown_language",
        "model_not_found",
        "task_not_found",
    ],
)
def test_known_refusals_are_friendly_in_every_language(language: str, code: str) -> None:
    told = explain(Refusal(code, "English detail", name="a.docx"), Text(language))
    assert told.body != "English detail"
    assert "{" not in told.body
    assert told.code == code


def test_an_unknown_refusal_shows_the_services_sentence() -> None:
    assert explain(Refusal("brand_new", "Do this instead."), Text("mn")).body == "Do this instead."
    assert explain_code("generic", "words", Text("en")).body == "words"


def test_anything_else_is_logged_and_never_shown(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        told = explain(RuntimeError("secret path /x"), Text("en"))
    assert "secret" not in problem(told)
    (record,) = caplog.records
    assert vars(record)["reference"] == told.body.split("reference ")[1][:6]
    assert vars(record)["error"] == "RuntimeError: secret path /x"


def test_an_outage_takes_one_line_of_the_log_that_says_where(caplog: pytest.LogCaptureFixture) -> None:
    def raises() -> None:
        raise RuntimeError("gone")

    try:
        raises()
    except RuntimeError as error:
        explain(error, Text("mn"))
    (record,) = caplog.records
    assert record.exc_info is None
    assert vars(record)["raised"].startswith("test_ui_markup.py:")
    assert " raises < test_ui_markup.py:" in vars(record)["raised"]


def test_the_services_own_sentence_is_added_only_where_it_says_more() -> None:
    told = explain(Refusal("unsupported_type", "The content is a PNG picture.", name="a.docx"), Text("en"))
    assert "PNG" in told.extra
    assert explain(Refusal("file_encrypted", "It is protected by a password."), Text("en")).extra == ""


def test_a_chinese_sentence_has_no_spaces_around_our_own_words() -> None:
    assert explain(Refusal("unsupported_type", "x"), Text("zh-CN")).body.startswith("无法翻译该文件：")
    assert explain(Refusal("unsupported_type", "x", name="a.txt"), Text("zh-CN")).body.startswith("无法翻译 a.txt：")


@pytest.mark.parametrize("value", ["", "a b", "../x", "<b>", None, 3, "x" * 81, "a/b"])
def test_only_harmless_task_ids_are_sent_on(value: object) -> None:
    assert not is_task_id(value)
