"""Logging in with a real Chromium: the door, the page and the console behind them; the scheduler is a stand-in."""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import uvicorn
from doors_kit import Doors

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

PAGE_MS = 60_000


@pytest.fixture(scope="module")
def doors(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Doors, str]]:
    """The application, served; and its address."""

    async def build() -> Doors:
        return Doors.of(tmp_path_factory.mktemp("doors"), console=True)

    found = asyncio.run(build())
    server = uvicorn.Server(uvicorn.Config(found.app, "127.0.0.1", 0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.05)
    yield found, f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


@pytest.fixture
def context(chromium: Browser) -> Iterator[BrowserContext]:
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PAGE_MS)
    yield context
    context.close()


def log_in(page: Page, address: str, key: str) -> None:
    page.goto(address)
    page.wait_for_selector("#key")
    page.fill("#key", key)
    page.keyboard.press("Enter")


def test_a_visitor_logs_in_sees_their_own_tasks_and_logs_out(
    doors: tuple[Doors, str], context: BrowserContext, tmp_path: Path
) -> None:
    (found, address), page = doors, context.new_page()
    log_in(page, f"{address}/tasks", "kh_wrong")
    page.wait_for_selector("#wrong")
    assert "not valid here" in page.inner_text("#wrong") and page.evaluate("document.activeElement.id") == "key"
    page.fill("#key", found.keys["anna"])
    page.click("button[type=submit]")
    page.wait_for_url(f"{address}/tasks")
    page.wait_for_selector("#kh-board .summary")
    assert page.inner_text(".kh-account b") == "anna"
    assert page.locator("[data-task='t-anna']").count() > 0 and page.locator("[data-task='t-bob']").count() == 0
    assert "khelmerch_session" not in page.evaluate("document.cookie")
    page.screenshot(path=str(tmp_path / "console-logged-in.png"))
    page.click(".kh-account button")
    page.wait_for_selector("#key")
    page.goto(f"{address}/")
    assert page.url.startswith(f"{address}/login?next=")


def test_a_file_goes_from_the_browser_to_a_task_of_the_key(doors: tuple[Doors, str], context: BrowserContext) -> None:
    (found, address), page = doors, context.new_page()
    log_in(page, f"{address}/", found.keys["bob"])
    page.wait_for_selector("#kh-cards .empty")
    chosen = {"name": "a.txt", "mimeType": "text/plain", "buffer": "Файл нээх.\n".encode()}
    page.locator("#kh-files input[type=file]").first.set_input_files([chosen])
    page.wait_for_selector("#kh-list .chosen-file[data-state=ok]")
    page.click("#kh-go")
    page.wait_for_function("!document.querySelector('#kh-list .chosen-file')")
    assert found.scheduler.tasks_made[-1].client_ip == "bob"


def test_an_open_page_whose_log_in_ends_goes_to_the_log_in(doors: tuple[Doors, str], context: BrowserContext) -> None:
    (found, address), page = doors, context.new_page()
    log_in(page, f"{address}/tasks", found.keys["vera"])
    page.wait_for_selector("#kh-board .summary")
    assert page.locator("[data-task='t-anna']").count() > 0 and page.locator("[data-task='t-bob']").count() > 0
    context.clear_cookies(name=re.compile("khelmerch_session"))
    page.fill("#kh-search input, #kh-search textarea", "x")
    page.wait_for_url(f"{address}/login?next=%2Ftasks")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("language", "width"), [("mn", 390), ("zh-CN", 1280), ("en", 390)])
def test_the_log_in_fits_a_phone_and_a_desk_in_every_language(
    doors: tuple[Doors, str], context: BrowserContext, tmp_path: Path, scheme: str, language: str, width: int
) -> None:
    page = context.new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"{doors[1]}/login?lang={language}&next=/tasks")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.locator("nav [aria-current]").count() == 1 and page.get_attribute("html", "lang") == language
    page.screenshot(path=str(tmp_path / f"login-{language}-{width}-{scheme}.png"))
