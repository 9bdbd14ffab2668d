"""The console as a person meets it, in a real Chromium, on a running server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ui.text import TEXTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

# A translation on two busy processor cores, the model's first load included.
TRANSLATION_MS = 120_000
PAGE_MS = 20_000
WORDS = "Файл нээх.\nХадгалах.\nТусламж.\n"


@pytest.fixture(scope="module")
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of none of our languages, so that only the switch decides. Shared for its cache of Gradio's scripts."""
    context = browser.new_context(locale="de-DE", accept_downloads=True)
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    """A tab of a visitor whom the server has not met yet."""
    page = context.new_page()
    page.set_viewport_size({"width": 1280, "height": 900})
    page.set_default_timeout(PAGE_MS)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    foreign: list[str] = []
    page.on("request", lambda request: foreign.append(request.url))
    yield page
    host = re.match(r"https?://[^/]+", page.url)
    page.evaluate("localStorage.clear()")
    page.close()
    context.clear_cookies()
    assert faults == []
    away = [
        url
        for url in foreign
        if host and not url.startswith((host[0], host[0].replace("http", "ws"), "data:", "blob:"))
    ]
    assert away == [], "the console asks nobody but its own server"


def open_page(page: Page, address: str) -> None:
    page.goto(address)
    page.wait_for_selector("#kh-cards .empty, #kh-cards .cards, #kh-board .summary")


def start(page: Page, name: str, words: str = WORDS) -> str:
    """Upload one text and start; returns the task id."""
    chosen = {"name": name, "mimeType": "text/plain", "buffer": words.encode()}
    page.locator("#kh-files input[type=file]").first.set_input_files([chosen])
    page.wait_for_selector("#kh-list .chosen-file[data-state=ok]")
    page.click("#kh-go")
    # A page may show older tasks already: the new one is there when the list of files is empty again.
    page.wait_for_function(
        "!document.querySelector('#kh-list .chosen-file') && document.querySelector('.card[data-task]')"
    )
    return page.locator(".card[data-task]").first.get_attribute("data-task") or ""


@pytest.mark.parametrize("language", list(TEXTS))
@pytest.mark.parametrize("path", ["/", "/tasks"])
def test_each_page_opens_in_each_language_without_a_raw_key(
    page: Page, server_url: str, path: str, language: str
) -> None:
    open_page(page, f"{server_url}{path}?lang={language}")
    text = page.inner_text("body")
    words = TEXTS[language]
    title = words["translate_title"] if path == "/" else words["tasks_title"]
    assert title in text
    assert page.evaluate("document.documentElement.lang") == language
    keys = sorted(TEXTS["en"], key=len, reverse=True)
    raw = [key for key in keys if "_" in key and re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", text)]
    assert raw == []
    for leak in ("__i18n__", "translation_metadata", "Traceback", "undefined", "common.", "upload_text."):
        assert leak not in text
    others = [TEXTS[other][key] for other in TEXTS if other != language for key in ("translate_lead", "tasks_lead")]
    assert not [sentence for sentence in others if sentence in text]
    if path == "/":
        assert words["drop_click"] in text, "Gradio's own words are in the visitor's language too"
        assert words["source"] in text
        assert words["your_tasks"] in text
    for width in (1280, 390):
        page.set_viewport_size({"width": width, "height": 844})
        assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing overflows the screen"


def test_the_switch_changes_the_language_and_is_remembered(page: Page, server_url: str) -> None:
    open_page(page, f"{server_url}/?lang=en")
    page.click("[data-switch=mn]")
    page.wait_for_function("document.documentElement.lang === 'mn'")
    open_page(page, f"{server_url}/tasks")
    assert TEXTS["mn"]["tasks_title"] in page.inner_text("h1")


def test_a_text_is_uploaded_watched_and_downloaded(page: Page, server_url: str, tmp_path: Path) -> None:
    open_page(page, f"{server_url}/?lang=en")
    task_id = start(page, "Тэмдэглэл (1).txt")
    card = page.locator(f'.card[data-task="{task_id}"]')
    assert "Тэмдэглэл (1).txt" in card.inner_text()
    page.wait_for_selector(f'.card[data-task="{task_id}"][data-status="completed"]', timeout=TRANSLATION_MS)
    with page.expect_download() as waiting:
        card.locator("a[download]").first.click()
    got = tmp_path / "result.txt"
    waiting.value.save_as(got)
    assert re.search(r"[\u4e00-\u9fff]", got.read_text(encoding="utf-8")), "the result is Chinese"
    second = start(page, "Дараагийн.txt")
    assert second != task_id, "the page takes one task after the other"
    assert "Дараагийн.txt" in page.locator(f'.card[data-task="{second}"]').inner_text()
    page.reload()
    page.wait_for_selector(f'.card[data-task="{task_id}"][data-status="completed"]')
    page.wait_for_selector(f'.card[data-task="{second}"]')


def test_a_wrong_file_is_refused_with_a_reason_and_no_traceback(page: Page, server_url: str) -> None:
    open_page(page, f"{server_url}/?lang=zh-CN")
    wrong = {"name": "<img src=x onerror=hacked=1>.exe", "mimeType": "application/x-msdownload", "buffer": b"MZ"}
    page.locator("#kh-files input[type=file]").first.set_input_files([wrong])
    page.wait_for_selector("#kh-list .chosen-file[data-state=bad]")
    assert ".exe" in page.inner_text("#kh-list")
    assert page.locator("#kh-list img").count() == 0
    page.click("#kh-go")
    page.wait_for_selector("#kh-trouble .note-error")
    assert page.evaluate("window.hacked") is None


def test_the_tasks_page_lists_filters_shows_and_cancels(page: Page, server_url: str) -> None:
    open_page(page, f"{server_url}/?lang=en")
    task_id = start(page, "long.txt", "".join(f"{n}. {WORDS}" for n in range(3000)))
    open_page(page, f"{server_url}/tasks")
    row = page.locator(f'tr[data-task="{task_id}"]')
    row.wait_for()
    row.locator(".row-name").click()
    detail = page.locator(f'.detail[data-task="{task_id}"]')
    detail.wait_for()
    assert "long.txt" in detail.inner_text()
    detail.locator('[data-action="cancel"]').click()
    page.wait_for_selector(f'tr[data-task="{task_id}"][data-status="cancelled"]', timeout=TRANSLATION_MS)
    page.get_by_role("radio", name=TEXTS["en"]["status_cancelled"], exact=True).check(force=True)
    page.wait_for_function(
        "[...document.querySelectorAll('tr[data-task]')].every((row) => row.dataset.status === 'cancelled')"
    )
    assert row.count() == 1
    assert detail.count() == 1, "the chosen task stays open"
    page.get_by_role("radio", name=TEXTS["en"]["status_timeout"], exact=True).check(force=True)
    page.wait_for_function("!document.querySelector('tr[data-task][data-status=\"cancelled\"]')")


def test_a_chosen_row_can_be_reached_by_keyboard(page: Page, server_url: str) -> None:
    open_page(page, f"{server_url}/?lang=en")
    task_id = start(page, "keys.txt")
    open_page(page, f"{server_url}/tasks")
    name = page.locator(f'tr[data-task="{task_id}"] .row-name')
    name.focus()
    page.keyboard.press("Enter")
    page.wait_for_selector(f'.detail[data-task="{task_id}"]')
    assert name.evaluate("(element) => element === document.activeElement"), "a refresh does not steal the focus"


def test_a_document_that_cannot_be_read_is_refused_by_its_name(page: Page, server_url: str) -> None:
    open_page(page, f"{server_url}/?lang=mn")
    broken = {"name": "тайлан.docx", "mimeType": "application/octet-stream", "buffer": b"PK\x03\x04 broken off"}
    page.locator("#kh-files input[type=file]").first.set_input_files([broken])
    page.wait_for_selector("#kh-list .chosen-file[data-state=bad]")
    assert TEXTS["mn"]["error_file_damaged"].format(name="тайлан.docx") in page.inner_text("#kh-list")
    page.click("#kh-go")
    page.wait_for_selector("#kh-trouble .note-error")
    assert page.locator("#kh-list .chosen-file").count() == 1, "the files stay chosen"


def test_what_arrives_late_does_not_push_the_form_away(page: Page, server_url: str) -> None:
    page.add_init_script(
        """window.moved = [];
        new PerformanceObserver((list) => list.getEntries().forEach((entry) => entry.sources.forEach((source) => {
          const up = source.previousRect.top, down = source.currentRect.top;
          if (source.node && source.node.id === 'kh-split' && up > 0 && down > up) window.moved.push([up, down]);
        }))).observe({type: 'layout-shift', buffered: true});"""
    )
    open_page(page, f"{server_url}/?lang=en")
    assert page.evaluate("window.moved") == []
