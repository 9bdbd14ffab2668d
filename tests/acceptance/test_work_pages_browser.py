"""The pages for work in a real Chromium, over a stand-in for the service: every action, three languages, desk and phone."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import uvicorn
from fake_console_client import FakeConsoleClient, populated
from fastapi import FastAPI

from ui.mount import mount
from ui.text import TEXTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

PAGE_MS = 30_000


@pytest.fixture(scope="module")
def site() -> Iterator[tuple[FakeConsoleClient, str]]:
    """The console over a service of the test's own; and its address."""
    client = populated(FakeConsoleClient(), 25)

    async def build() -> FastAPI:
        app = FastAPI()
        mount(app, client, starter=True)
        return app

    server = uvicorn.Server(uvicorn.Config(asyncio.run(build()), "127.0.0.1", 0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.05)
    yield client, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="module")
def page(chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(viewport={"width": 1280, "height": 900}, locale="de-DE")
    page = context.new_page()
    page.set_default_timeout(PAGE_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    yield page
    context.close()
    assert faults == []


def chosen(name: str, content: bytes = b"text") -> Any:
    return {"name": name, "mimeType": "application/octet-stream", "buffer": content}


def test_files_are_looked_at_sent_watched_and_read_beside_their_translation(
    site: tuple[FakeConsoleClient, str], page: Page, tmp_path: Path
) -> None:
    client, address = site
    page.goto(f"{address}/?lang=en")
    page.wait_for_selector("#kh-cards .empty")
    page.locator("#kh-files input[type=file]").first.set_input_files([chosen("Гэрээ.docx"), chosen("x.exe")])
    page.wait_for_selector("#kh-list .chosen-file[data-state=bad]")
    page.wait_for_selector("#kh-list .chosen-file[data-state=ok]")
    page.screenshot(path=str(tmp_path / "preflight.png"))
    page.click("[data-action=drop_refused]")
    page.wait_for_function("document.querySelectorAll('#kh-list .chosen-file').length === 1")
    page.get_by_role("radio", name=TEXTS["en"]["output_both"]).check(force=True)
    page.click("#kh-go")
    page.wait_for_selector(".card[data-task]")
    assert client.wishes is not None and client.wishes["output"] == "both"
    page.wait_for_selector(".card[data-status=completed]")
    page.click(".card [data-action=preview]")
    page.wait_for_selector("#kh-preview .segs")
    page.click('.seg[data-n="2"] [data-action=edit]')
    page.fill("#kh-preview textarea", "改好了。")
    page.click("#kh-preview [data-action=save]")
    page.wait_for_function("document.querySelector('#kh-preview .seg[data-n=\"2\"]').innerText.includes('改好了')")
    page.screenshot(path=str(tmp_path / "translate.png"))
    page.click("#kh-preview [data-action=close]")
    page.wait_for_function("!document.querySelector('#kh-preview .segs')")


def test_a_text_is_translated_while_one_types(site: tuple[FakeConsoleClient, str], page: Page, tmp_path: Path) -> None:
    client, address = site
    page.goto(f"{address}/?lang=mn")
    page.wait_for_selector("#kh-cards .card")
    page.get_by_role("tab", name=TEXTS["mn"]["tab_text"]).click()
    client.calls.clear()
    page.locator("#kh-text-in textarea").press_sequentially("Файлыг хадгалах уу?", delay=15)
    page.wait_for_function(
        "(document.querySelector('#kh-text-result') || {innerText: ''}).innerText.includes('хадгалах уу?')"
    )
    assert client.calls.count("translate_text") <= 3, "a pause is waited for, not every letter"
    page.click("#kh-text-out [data-action=alternatives]")
    page.wait_for_selector("#kh-text-out .others li")
    page.screenshot(path=str(tmp_path / "text.png"))


def test_marked_tasks_stay_marked_over_a_refresh_and_are_changed_after_a_question(
    site: tuple[FakeConsoleClient, str], page: Page, tmp_path: Path
) -> None:
    client, address = site
    page.goto(f"{address}/tasks?lang=en")
    page.wait_for_selector("table.tasks")
    box = page.locator('tr[data-status="failed"] input[data-mark]').first
    task_id = box.get_attribute("data-mark") or ""
    box.check()
    page.wait_for_function("document.querySelector('.bulk-count').textContent === '1'")
    page.evaluate("window.scrollTo(0, 120)")
    late = client.add(["late.txt"], frozen="pending")
    page.wait_for_selector(f'tr[data-task="{late.task_id}"]')
    assert page.locator(f'input[data-mark="{task_id}"]').is_checked()
    assert page.locator("input[data-mark]:checked").count() == 1
    assert page.evaluate("window.scrollY") == 120
    page.click("[data-bulk=delete]")
    page.wait_for_selector("dialog[open]")
    page.keyboard.press("Escape")
    page.wait_for_function("!document.querySelector('dialog')")
    assert task_id in client.store, "nothing is done before it is confirmed"
    page.click("[data-bulk=delete]")
    page.screenshot(path=str(tmp_path / "tasks.png"))
    page.click("dialog button[value=ok]")
    page.wait_for_selector("#kh-notice .note-done")
    assert task_id not in client.store
    page.wait_for_function("document.querySelector('.bulk-count').textContent === '0'")


def test_the_page_of_a_task_shows_its_story_and_asks_before_it_deletes(
    site: tuple[FakeConsoleClient, str], page: Page, tmp_path: Path
) -> None:
    client, address = site
    task = client.add(["说明.docx"], "cmn_Hans", "mon_Cyrl", frozen="completed", flagged=2, age=60)
    page.goto(f"{address}/task?id={task.task_id}&lang=zh-CN")
    page.wait_for_selector(".timeline .moment")
    page.wait_for_selector("#kh-preview .segs")
    page.click("#kh-preview [data-action=flag][data-task=numbers]")
    page.wait_for_function("document.querySelectorAll('#kh-preview .seg[data-n]').length === 2")
    page.screenshot(path=str(tmp_path / "task.png"), full_page=True)
    page.click("#kh-task [data-action=delete]")
    page.click("dialog button[value=ok]")
    page.wait_for_function(f"document.body.innerText.includes('{TEXTS['zh-CN']['deleted_title']}')")
    assert task.task_id not in client.store


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_fits_a_desk_and_a_phone_in_every_language(
    site: tuple[FakeConsoleClient, str], page: Page, tmp_path: Path, scheme: Any
) -> None:
    client, address = site
    task_id = next(one for one, task in client.store.items() if task.flagged)
    page.emulate_media(color_scheme=scheme)
    for language, path, ready in (
        ("mn", "/", "#kh-cards .card"),
        ("zh-CN", "/tasks", "table.tasks"),
        ("en", f"/task?id={task_id}", ".timeline .moment"),
    ):
        page.goto(f"{address}{path}{'&' if '?' in path else '?'}lang={language}")
        page.wait_for_selector(ready)
        text = page.inner_text("body")
        for leak in ("__i18n__", "translation_metadata", "Traceback", "undefined", "{n}", "{name}"):
            assert leak not in text, (language, path)
        for width in (390, 1280):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") <= width, (language, path, width)
            page.screenshot(path=str(tmp_path / f"{language}-{width}-{scheme}.png"), full_page=True)
