from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gradio as gr
import httpx
import pytest
from fastapi import FastAPI

from tests.unit.fake_console_client import FakeConsoleClient, Refusal
from ui.app import build_console
from ui.choices import Catalogue, Via
from ui.mount import core_script, head, mount
from ui.session import MAX_TASKS, Session
from ui.tasks_page import TasksPage
from ui.text import TEXTS, Text
from ui.translate_page import TranslatePage
from ui.upload import complaints, file_field


def request(language: str = "en", **query: str) -> Any:
    return SimpleNamespace(headers={"accept-language": language}, cookies={}, query_params=query)


def click(**data: str) -> Any:
    return gr.EventData(None, data)


@pytest.fixture
def now() -> list[float]:
    return [1_800_000_000.0]


@pytest.fixture
def client(now: list[float]) -> FakeConsoleClient:
    return FakeConsoleClient(clock=lambda: now[0])


@pytest.fixture
def note(tmp_path: Path) -> Path:
    path = tmp_path / "note.txt"
    path.write_text("Сайн байна уу", encoding="utf-8")
    return path


async def translate(page: TranslatePage, files: list[tuple[str, Path]], stored: Any = None) -> list[tuple[Any, ...]]:
    return [update async for update in page.on_translate(files, "mon_Cyrl", "cmn_Hans", False, 5, stored, request())]


async def test_a_translation_is_started_watched_and_offered(
    client: FakeConsoleClient, now: list[float], note: Path
) -> None:
    page = TranslatePage(client)
    sending, done = await translate(page, [("note.txt", note)])
    assert sending[0].interactive is False
    button, sent, trouble, stored, markup, _, over, timer = done
    assert (button.interactive, trouble, timer.active) == (True, "", True)
    assert stored["tasks"] == list(client.store) == [sent]
    now[0] += 6
    markup, _, over, update = await page.on_tick(stored, over, request("mn"))
    assert "Орчуулж байна" in markup
    assert not isinstance(update, gr.Timer), "a running timer is left alone"
    now[0] += 10
    markup, _, over, timer = await page.on_tick(stored, over, request())
    assert 'download="note.cmn_Hans.txt"' in markup
    assert timer.active is False


async def test_a_task_that_is_over_is_not_asked_for_again(
    client: FakeConsoleClient, now: list[float], note: Path
) -> None:
    page = TranslatePage(client)
    stored = (await translate(page, [("note.txt", note)]))[-1][3]
    now[0] += 60
    _, _, over, _ = await page.on_tick(stored, {}, request())
    client.calls.clear()
    await page.on_tick(stored, over, request())
    assert client.calls == []


async def test_a_reload_shows_the_same_tasks_and_the_last_pair(client: FakeConsoleClient, note: Path) -> None:
    page = TranslatePage(client)
    stored = (await translate(page, [("note.txt", note)]))[-1][3]
    again = await page.on_load(json.loads(json.dumps(stored)), request())
    assert again[0] == stored
    assert "note.txt" in again[6]
    assert again[9].active is True


async def test_a_refusal_keeps_the_files_and_says_why(client: FakeConsoleClient, note: Path) -> None:
    client.refuse = Refusal("queue_full", "The queue holds 50 tasks.")
    done = (await translate(TranslatePage(client), [("note.txt", note)]))[-1]
    assert done[0].interactive is True
    assert done[1] == gr.update(), "no task was made, so the files stay chosen"
    assert "The queue is full" in done[2]


async def test_a_broken_service_gives_a_calm_page_and_no_traceback(client: FakeConsoleClient) -> None:
    client.broken = RuntimeError("Traceback (most recent call last)")
    loaded = await TranslatePage(client).on_load({"tasks": ["abc"]}, request("zh-CN"))
    assert "服务器出了问题" in loaded[1]
    shown = await TasksPage(client).on_load("all", "", {}, request("zh-CN"))
    assert "服务器出了问题" in shown[1]
    assert "Traceback" not in str(loaded) + str(shown)


async def test_wrong_files_are_named_before_anything_is_sent(client: FakeConsoleClient, tmp_path: Path) -> None:
    empty, other = tmp_path / "e.txt", tmp_path / "x.pdf"
    empty.touch()
    other.write_bytes(b"x")
    done = (await translate(TranslatePage(client), [("хоосон.txt", empty), ("<b>.pdf", other)]))[-1]
    assert "хоосон.txt is empty" in done[2]
    assert "&lt;b&gt;.pdf" in done[2]
    assert "submit" not in client.calls


def test_the_size_limit_is_told_in_readable_units(note: Path) -> None:
    assert complaints([("a.txt", note)], [".txt"], 10, Text("en")) == [
        "a.txt is too large (24 B). The limit is 10 B a file."
    ]


async def test_no_file_is_a_hint_and_not_an_error(client: FakeConsoleClient) -> None:
    (only,) = await translate(TranslatePage(client), [])
    assert "note-hint" in only[2]


async def test_cancel_and_retry_from_a_card(client: FakeConsoleClient, note: Path) -> None:
    page = TranslatePage(client)
    stored = (await translate(page, [("note.txt", note)]))[-1][3]
    (task_id,) = client.store
    shown = await page.on_action(stored, {}, request(), click(action="cancel", task=task_id))
    assert 'data-status="cancelled"' in shown[1]
    shown = await page.on_action(stored, shown[3], request(), click(action="retry", task=task_id))
    assert 'data-status="pending"' in shown[1]
    assert shown[4].active is True
    shown = await page.on_action(stored, {}, request(), click(action="retry", task=task_id))
    assert "Only failed, cancelled or timed-out" in shown[2]
    shown = await page.on_action(stored, {}, request(), click(action="dismiss", task=task_id))
    assert shown[0]["tasks"] == []


async def test_the_tasks_page_filters_selects_and_turns_pages(client: FakeConsoleClient) -> None:
    for n in range(25):
        client.add([f"n{n}.txt"], frozen="completed", age=n)
    failed = client.add(["bad.docx"], frozen="failed", age=50)
    page = TasksPage(client)
    shown = await page.on_load("all", "", {}, request())
    assert shown[0].count("<tr data-action") == 20
    shown = await page.on_action("all", "", shown[2], request(), click(action="older", task=""))
    assert shown[0].count("data-status") == 6
    shown = await page.on_action("all", "", shown[2], request(), click(action="select", task=failed.task_id))
    assert 'class="detail"' in shown[0]
    kept = await page.on_tick("all", "", shown[2], request())
    assert kept[2] == shown[2], "a refresh keeps page and selection"
    shown = await page.on_filter("failed", "", kept[2], request())
    assert shown[0].count('<tr class="chosen"') == 1
    shown = await page.on_action("failed", "", shown[2], request(), click(action="retry", task=failed.task_id))
    assert client.store[failed.task_id].attempt == 2


async def test_a_link_to_a_task_opens_it(client: FakeConsoleClient) -> None:
    task = client.add(["a.txt"], frozen="completed")
    shown = await TasksPage(client).on_load("all", "", {}, request(task=task.task_id))
    assert shown[2]["selected"] == task.task_id
    shown = await TasksPage(client).on_load("all", "", {}, request(task="<script>"))
    assert shown[2]["selected"] is None


def catalogue(*pairs: tuple[str, str, bool]) -> Catalogue:
    codes = ("mon_Cyrl", "cmn_Hans", "eng_Latn")
    return Catalogue.of(
        {
            "languages": [{"code": c, "bcp47": "", "english_name": c, "native_name": c} for c in codes],
            "pairs": [{"source": s, "target": t, "via_eng": v} for s, t, v in pairs],
            "model": {"name": "m", "starter": False},
        }
    )


def test_impossible_targets_are_not_offered() -> None:
    able = catalogue(("mon_Cyrl", "eng_Latn", False), ("eng_Latn", "cmn_Hans", False))
    assert able.targets("mon_Cyrl") == ["eng_Latn"]
    assert able.settle("mon_Cyrl", "cmn_Hans") == ("mon_Cyrl", "eng_Latn")
    assert able.settle("cmn_Hans", "mon_Cyrl") == ("mon_Cyrl", "eng_Latn")


def test_english_in_between_is_offered_forced_or_hidden() -> None:
    able = catalogue(("mon_Cyrl", "cmn_Hans", True), ("mon_Cyrl", "eng_Latn", False))
    assert able.via("mon_Cyrl", "cmn_Hans") == Via(offered=True, forced=True)
    assert able.via("mon_Cyrl", "eng_Latn") == Via(offered=False, forced=False)
    able = catalogue(("mon_Cyrl", "cmn_Hans", False), ("mon_Cyrl", "eng_Latn", False), ("eng_Latn", "cmn_Hans", False))
    assert able.via("mon_Cyrl", "cmn_Hans") == Via(offered=True, forced=False)
    assert catalogue(("mon_Cyrl", "cmn_Hans", False)).via("mon_Cyrl", "cmn_Hans").offered is False


def test_a_model_without_pairs_leaves_nothing_to_choose() -> None:
    assert catalogue().settle("mon_Cyrl", "cmn_Hans") == (None, None)


@pytest.mark.parametrize(
    "stored", [None, 3, "x", [], {"tasks": 5}, {"client_id": "../x", "tasks": ["a b", None], "source": 1}]
)
def test_a_tampered_memory_starts_anew(stored: Any) -> None:
    session = Session.read(stored)
    assert len(session.client_id) == 32
    assert session.tasks == ()
    assert session.source is None


def test_the_browser_remembers_a_bounded_number_of_tasks() -> None:
    session = Session.read(None)
    for n in range(40):
        session = session.with_task(f"t{n}")
    assert session.tasks[0] == "t39"
    assert len(session.tasks) == MAX_TASKS
    assert Session.read(session.write()) == session


async def test_the_file_field_keeps_the_visitors_names() -> None:
    files = [
        SimpleNamespace(orig_name="a (1).txt", path="/up/a1.txt"),
        SimpleNamespace(orig_name=None, path="/up/b.txt"),
    ]
    field = file_field(render=False)
    assert field.preprocess(files) == [("a (1).txt", Path("/up/a1.txt")), ("b.txt", Path("/up/b.txt"))]
    assert field.preprocess(None) == []
    assert not list(Path("ui").glob("*.pyi"))


@pytest.fixture
async def site(client: FakeConsoleClient) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.get("/tasks/{task_id}")
    async def one(task_id: str) -> dict[str, str]:
        return {"task_id": task_id}

    transport = httpx.ASGITransport(mount(app, client))
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as browser:
        yield browser


HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("path", ["/", "/tasks"])
@pytest.mark.parametrize("language", list(TEXTS))
async def test_both_pages_come_in_the_browsers_language(site: httpx.AsyncClient, path: str, language: str) -> None:
    answer = await site.get(path, headers={**HTML, "accept-language": language})
    assert answer.status_code == 200
    assert answer.headers["content-language"] == language
    assert f'const language = "{language}"' in answer.text
    assert "set-cookie" not in answer.headers
    assert TEXTS[language]["noscript"] in answer.text


async def test_the_switch_is_remembered(site: httpx.AsyncClient) -> None:
    answer = await site.get("/?lang=mn", headers={**HTML, "accept-language": "en"})
    assert "khelmerch_lang=mn" in answer.headers["set-cookie"]
    assert 'const language = "mn"' in (await site.get("/tasks", headers=HTML)).text
    hostile = await site.get('/?lang="></script><script>x', headers={**HTML, "cookie": 'khelmerch_lang="><script>'})
    assert hostile.headers["content-language"] == "en"


async def test_the_page_needs_nothing_from_the_internet(site: httpx.AsyncClient) -> None:
    page = (await site.get("/", headers=HTML)).text
    for foreign in (
        "fonts.googleapis",
        "fonts.gstatic",
        "cdnjs",
        "cdn.jsdelivr",
        "unpkg",
        "githubusercontent",
        "gradio.app",
    ):
        assert foreign not in page.split("window.gradio_config")[0]
    assert "googleapis" not in (await site.get("/theme.css")).text
    config = (await site.get("/config")).json()
    assert config["analytics_enabled"] is False
    assert set(config["i18n_translations"]) == set(TEXTS)
    assert config["stylesheets"] == []


async def test_routes_of_the_service_win_and_other_answers_pass_untouched(site: httpx.AsyncClient) -> None:
    assert (await site.get("/tasks/abc", headers=HTML)).json() == {"task_id": "abc"}
    assert (await site.get("/config")).headers["content-type"].startswith("application/json")
    assert (await site.get("/favicon.ico")).status_code == 200
    assert (await site.get("/no-such-page", headers=HTML)).status_code == 404


async def test_this_gradio_has_the_hook_for_our_words() -> None:
    assert core_script() is not None
    assert "__WORDS__" not in head()
    assert "</script>" not in head()[len("<script>") : -len("</script>")]


async def test_nothing_is_asked_of_the_service_until_a_visitor_comes(client: FakeConsoleClient) -> None:
    build_console(client)
    assert client.calls == []


async def test_every_event_may_run_for_many_visitors_at_once(client: FakeConsoleClient) -> None:
    console = build_console(client)
    assert console.fns
    assert all(fn.concurrency_limit is None for fn in console.fns.values())


async def test_two_hundred_open_pages_are_answered_together(client: FakeConsoleClient) -> None:
    client.add(["a.txt"], frozen="processing")
    page = TasksPage(client)
    shown = await asyncio.gather(*(page.on_tick("all", "", {}, request()) for _ in range(200)))
    assert len(shown) == 200
