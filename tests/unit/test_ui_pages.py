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
from ui.story import Story
from ui.task_page import TaskPage
from ui.tasks_page import TasksPage
from ui.text import TEXTS
from ui.translate_page import TranslatePage
from ui.upload import MAX_FILES, Added, Pile, summed


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


def pile_of(files: list[tuple[str, Path]]) -> Pile:
    pile = Pile()
    pile.add([{"name": name, "path": str(path)} for name, path in files])
    return pile


async def translate(page: TranslatePage, files: list[tuple[str, Path]], stored: Any = None) -> list[tuple[Any, ...]]:
    pair = ("mon_Cyrl", "cmn_Hans", False, "")
    asked = page.on_translate(pile_of(files), *pair, "translated", False, 5, stored, request())
    return [update async for update in asked]


async def test_a_translation_is_started_watched_and_offered(
    client: FakeConsoleClient, now: list[float], note: Path
) -> None:
    page = TranslatePage(client)
    sending, done = await translate(page, [("note.txt", note)])
    assert sending[0].interactive is False
    button, trouble, listed, stored, markup, _, over, timer = done
    assert (button.interactive, trouble, listed, timer.active) == (True, "", "", True)
    assert stored["tasks"] == list(client.store)
    assert client.wishes == {"output": "translated", "review": False, "glossary": None}
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
    assert "note.txt" in again[7]
    assert again[10].active is True


async def test_a_refusal_keeps_the_files_and_says_why(client: FakeConsoleClient, note: Path) -> None:
    client.refuse = Refusal("queue_full", "The queue holds 50 tasks.")
    done = (await translate(TranslatePage(client), [("note.txt", note)]))[-1]
    assert done[0].interactive is True
    assert done[2] == gr.update(), "no task was made, so the files stay chosen"
    assert "The queue is full" in done[1]


async def test_a_broken_service_gives_a_calm_page_and_no_traceback(client: FakeConsoleClient) -> None:
    client.broken = RuntimeError("Traceback (most recent call last)")
    loaded = await TranslatePage(client).on_load({"tasks": ["abc"]}, request("zh-CN"))
    assert "服务器出了问题" in loaded[1]
    shown = await TasksPage(client).on_load(*ALL, {}, request("zh-CN"))
    assert "服务器出了问题" in shown[1]
    told = await TaskPage(client).on_tick("abc", Story(), request("zh-CN"))
    assert "服务器出了问题" in told[1]
    assert "Traceback" not in str(loaded) + str(shown)


async def add(page: TranslatePage, pile: Pile, files: list[dict[str, Any]], source: str = "mon_Cyrl") -> list[Any]:
    event = gr.EventData(None, {"action": "added", "files": files, "failed": []})
    return [update async for update in page.on_added(pile, source, "translated", request(), event)]


async def test_files_are_looked_at_before_a_task_is_made(client: FakeConsoleClient, note: Path, tmp_path: Path) -> None:
    empty, pile, page = tmp_path / "e.txt", Pile(), TranslatePage(client)
    empty.touch()
    given = [("хоосон.txt", empty), ("<b>.exe", note), ("english.pdf", note), ("a/b/тайлан.docx", note)]
    first, *_between, last = await add(page, pile, [{"name": name, "path": str(path)} for name, path in given])
    assert first[0].count('data-state="looking"') == 4
    assert last[0].count('data-state="bad"') == 2 and last[0].count('data-state="ok"') == 2
    for told in (
        "is empty",
        "&lt;b&gt;.exe",
        ">тайлан.docx<",
        "36 sentences",
        "2 cannot be translated",
        "English, but",
    ):
        assert told in last[0], told
    asked = page.on_translate(pile, "mon_Cyrl", "cmn_Hans", False, "", "translated", False, 5, None, request())
    (refused,) = [update async for update in asked]
    assert "2 files cannot be translated" in refused[1] and "submit" not in client.calls
    listed, _ = await page.on_listed(pile, "mon_Cyrl", "bilingual", request(), click(action="drop_refused"))
    assert listed.count("chosen-file") == 2 and "cannot be bilingual" in listed
    listed, _ = await page.on_listed(pile, "mon_Cyrl", "bilingual", request(), click(action="remove", task="f3"))
    assert "english" not in listed
    assert (await page.on_listed(pile, "mon_Cyrl", "both", request(), click(action="clear")))[0] == ""


async def test_what_a_browser_says_of_files_is_not_believed(client: FakeConsoleClient) -> None:
    pile = Pile()
    for told in (
        None,
        "x",
        {"a": 1},
        [None, 3, {}, {"name": 1, "path": "x"}, {"name": "a"}, {"name": "a", "path": ""}],
    ):
        assert pile.add(told) == 0
    assert pile.files == []
    assert pile.add([{"name": "a.txt", "path": "/x"}] * (MAX_FILES + 7)) == 7


def test_all_estimates_together_count_what_waits_once() -> None:
    def looked(characters: int, seconds: float | None) -> Added:
        report: Any = {"characters": characters, "estimated_seconds": seconds, "characters_per_second": 100.0}
        return Added("f", "a", Path("a"), report)

    # 5 s wait already; 1,000 and 3,000 characters at 100 a second.
    assert summed([looked(1000, 15.0), looked(3000, 35.0)]).seconds == 45.0
    assert summed([looked(1000, 15.0), looked(3000, None)]).seconds is None


async def test_a_short_text_is_translated_with_its_language_doubts_and_alternatives(client: FakeConsoleClient) -> None:
    tab = TranslatePage(client).texts
    way = ("auto", "cmn_Hans", False, "", None)
    shown = await tab.on_text("Файл 12 <b>", *way, request())
    for told in ("&lt;b&gt;", "Recognised: Mongolian (Cyrillic)", "numbers differ", 'data-action="alternatives"'):
        assert told in shown, told
    shown = await tab.on_action("Файл 12", *way, request(), click(action="alternatives"))
    assert shown.count('id="kh-other-') == 1 and "via English" in shown, "what says the same is not shown twice"
    assert "data-action" not in await tab.on_text("нэг\nхоёр", *way, request())
    client.calls.clear()
    assert "text-empty" in await tab.on_text("  ", *way, request()) and client.calls == []
    client.refuse = Refusal("text_too_long", "too long")
    assert "Translate it as a document" in await tab.on_text("x", *way, request())


async def test_a_glossary_is_offered_for_its_own_languages(client: FakeConsoleClient) -> None:
    *_, glossary, trouble = await TranslatePage(client).on_pair("cmn_Hans", "mon_Cyrl", "g-2", None, request())
    assert [value for _label, value in glossary.choices] == ["", "none", "g-1"]
    assert (glossary.value, trouble) == ("", "")
    *_, glossary, _ = await TranslatePage(client).on_pair("auto", "mon_Cyrl", "g-2", None, request())
    assert glossary.value == "g-2"


async def test_no_file_is_a_hint_and_not_an_error(client: FakeConsoleClient) -> None:
    (only,) = await translate(TranslatePage(client), [])
    assert "note-hint" in only[1]


async def test_cancel_and_retry_from_a_card(client: FakeConsoleClient, note: Path) -> None:
    page = TranslatePage(client)
    stored = (await translate(page, [("note.txt", note)]))[-1][3]
    (task_id,) = client.store
    shown = await page.on_action(stored, {}, None, request(), click(action="cancel", task=task_id))
    assert 'data-status="cancelled"' in shown[1]
    shown = await page.on_action(stored, shown[3], None, request(), click(action="retry", task=task_id))
    assert 'data-status="pending"' in shown[1]
    assert shown[4].active is True
    shown = await page.on_action(stored, {}, None, request(), click(action="retry", task=task_id))
    assert "Only failed, cancelled or timed-out" in shown[2]
    shown = await page.on_action(stored, {}, None, request(), click(action="dismiss", task=task_id))
    assert shown[0]["tasks"] == []


ALL = ("all", "", "", "", "newest")


async def test_the_tasks_page_filters_selects_and_turns_pages(client: FakeConsoleClient) -> None:
    for n in range(25):
        client.add([f"n{n}.txt"], frozen="completed", age=n)
    failed = client.add(["bad.docx"], frozen="failed", age=50)
    page = TasksPage(client)
    shown = await page.on_load(*ALL, {}, request())
    assert shown[0].count("<tr data-action") == 20
    shown = await page.on_action(*ALL, shown[2], request(), click(action="older", task=""))
    assert shown[0].count("data-status") == 6
    shown = await page.on_action(*ALL, shown[2], request(), click(action="select", task=failed.task_id))
    assert 'class="detail"' in shown[0]
    kept = await page.on_tick(*ALL, shown[2], request())
    assert kept[2] == shown[2], "a refresh keeps page and selection"
    only = ("failed", *ALL[1:])
    shown = await page.on_filter(*only, kept[2], request())
    assert shown[0].count('<tr class="chosen"') == 1
    shown = await page.on_action(*only, shown[2], request(), click(action="retry", task=failed.task_id))
    assert client.store[failed.task_id].attempt == 2


async def test_tasks_are_narrowed_to_a_client_a_pair_and_a_time(client: FakeConsoleClient, now: list[float]) -> None:
    client.add(["a.txt"], "eng_Latn", "mon_Cyrl", client_id="anna", frozen="completed")
    client.add(["b.txt"], client_id="bob", frozen="completed", age=90_000)
    page = TasksPage(client)
    shown = await page.on_filter("all", "", "eng_Latn mon_Cyrl", "day", "oldest", {}, request())
    assert client.asked is not None and client.asked["source"] == "eng_Latn" and client.asked["sort"] == "oldest"
    assert client.asked["since"] is not None and client.asked["target"] == "mon_Cyrl"
    shown = await page.on_action(*ALL, {}, request(), click(action="client", task="bob"))
    assert "b.txt" in shown[0] and "a.txt" not in shown[0] and shown[2]["client"] == "bob"
    shown = await page.on_action(*ALL, shown[2], request(), click(action="client", task=""))
    assert "a.txt" in shown[0]
    await page.on_filter(["x"], 3, None, {"a": 1}, "nonsense", {}, request())
    assert client.asked["since"] is None and client.asked["sort"] == "newest"


def wish(action: str, tasks: Any, priority: str = "") -> Any:
    return gr.EventData(None, {"action": action, "tasks": tasks, "priority": priority})


async def test_many_marked_tasks_are_changed_at_once_and_each_reason_is_told(client: FakeConsoleClient) -> None:
    waiting = client.add(["a.txt"], frozen="pending")
    over = client.add(["b.txt"], frozen="completed")
    page, both = TasksPage(client), [waiting.task_id, over.task_id]
    shown = await page.on_bulk(*ALL, {}, request(), wish("priority", both, "8"))
    assert waiting.priority == 8 and "Priority changed: 1" in shown[1] and "Not done for 1" in shown[1]
    shown = await page.on_bulk(*ALL, {"selected": over.task_id}, request(), wish("delete", both))
    assert list(client.store) == [waiting.task_id] and shown[2]["selected"] is None
    await page.on_bulk(*ALL, {}, request(), wish("cancel", both))
    assert waiting.frozen == "cancelled"
    await page.on_bulk(*ALL, {}, request(), wish("retry", both))
    assert waiting.attempt == 2
    client.calls.clear()
    for strange in (wish("drop", both), wish("delete", "x"), wish("delete", ["../x"]), wish("priority", both, "11")):
        await page.on_bulk(*ALL, {}, request(), strange)
    assert "bulk" not in client.calls


async def test_a_link_to_a_task_opens_it(client: FakeConsoleClient) -> None:
    task = client.add(["a.txt"], frozen="completed")
    shown = await TasksPage(client).on_load(*ALL, {}, request(task=task.task_id))
    assert shown[2]["selected"] == task.task_id
    shown = await TasksPage(client).on_load(*ALL, {}, request(task="<script>"))
    assert shown[2]["selected"] is None


async def test_the_page_of_a_task_tells_its_story_and_who_worked(client: FakeConsoleClient) -> None:
    task = client.add(["a.txt", "b.txt"], frozen="failed", error=("file_encrypted", "locked"), flagged=2)
    page, story = TaskPage(client), Story()
    task_id, looked, beside, markup, _, _timer = await page.on_load(story, request(id=task.task_id))
    assert task_id == task.task_id and 'data-n="25"' in beside
    for told in ("node-1/0", "20 sentences", "1 failed", "protected with a password", "out of memory", "Document read"):
        assert told in markup, told
    events = story.after
    await page.on_tick(task_id, story, request())
    assert story.after == events and len(story.milestones) == len({one["id"] for one in story.milestones})
    looked, beside = await page.on_preview(looked, request(), click(action="behind", task=""))
    assert 'data-n="26"' in beside and 'data-n="25"' not in beside
    looked, beside = await page.on_preview(looked, request(), click(action="flag", task="numbers"))
    assert beside.count('class="seg seg-doubtful"') == 2
    _looked, beside = await page.on_preview(looked, request(), click(action="edit", task="", n="2"))
    assert "<textarea" in beside
    looked, beside = await page.on_preview(looked, request(), click(action="save", task="", n="2", text="改 <b>"))
    assert client.corrections == {(task.task_id, 2): "改 <b>"}
    looked, beside = await page.on_preview(looked, request(), click(action="save", task="", n="1", text=" "))
    assert "without control characters" in beside
    done = await page.on_action(task_id, story, looked, request(), click(action="delete", task=task_id))
    assert "is deleted" in done[2] and client.store == {} and done[4].active is False
    gone = await page.on_load(Story(), request(id="<script>"))
    assert "no longer known" in gone[3] and "script" not in gone[3]


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


@pytest.fixture
async def site(client: FakeConsoleClient) -> AsyncIterator[httpx.AsyncClient]:
    app = FastAPI()

    @app.get("/tasks/{task_id}")
    async def one(task_id: str) -> dict[str, str]:
        return {"task_id": task_id}

    mount(app, client)
    transport = httpx.ASGITransport(app)
    async with httpx.AsyncClient(transport=transport, base_url="http://console.example") as browser:
        yield browser


HTML = {"accept": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("path", ["/", "/tasks", "/task"])
@pytest.mark.parametrize("language", list(TEXTS))
async def test_every_page_comes_in_the_browsers_language(site: httpx.AsyncClient, path: str, language: str) -> None:
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
    shown = await asyncio.gather(*(page.on_tick(*ALL, {}, request()) for _ in range(200)))
    assert len(shown) == 200
