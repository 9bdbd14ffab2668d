"""The operators' pages in a real Chromium: on the running server what leaves it as it is, and everything else (keys, which
would shut the shared server) on the application behind its door with a scheduler that stands in."""

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

from ui.text import TEXTS

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

pytestmark = [pytest.mark.acceptance, pytest.mark.browser]

PAGE_MS = 60_000
SHOTS = [("cluster", "mn", 1280, "light"), ("cluster", "zh-CN", 390, "dark"), ("cluster", "en", 1280, "dark")]
SHOTS += [("settings", "zh-CN", 1280, "light"), ("settings", "en", 390, "light"), ("settings", "mn", 1280, "dark")]
LOADED = {"cluster": "#kh-plots .plot, #kh-notice .note", "settings": "#kh-limits .facts, #kh-notice .note"}


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


@pytest.fixture(scope="module")
def contexts(chromium: Browser, doors: tuple[Doors, str]) -> Iterator[dict[str, BrowserContext]]:
    """{who: their browser, logged in}: shared for its cache of Gradio's scripts."""
    made = {}
    for name in ("olga", "vera", "bob"):
        context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
        context.set_default_timeout(PAGE_MS)
        # Not by the page, which test_log_in_browser looks at: it would load the console first.
        context.request.post(f"{doors[1]}/login", form={"key": doors[0].keys[name]}, max_redirects=0)
        made[name] = context
    yield made
    for context in made.values():
        context.close()


def opened(context: BrowserContext, address: str, name: str, language: str = "en") -> Page:
    page = context.new_page()
    page.goto(f"{address}/{name}?lang={language}")
    page.wait_for_selector(LOADED[name])
    return page


@pytest.mark.parametrize(("name", "language", "width", "scheme"), SHOTS)
def test_each_page_fits_a_phone_and_a_desk_in_every_language(
    doors: tuple[Doors, str],
    contexts: dict[str, BrowserContext],
    tmp_path: Path,
    name: str,
    language: str,
    width: int,
    scheme: str,
) -> None:
    page = contexts["olga"].new_page()
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(f"{doors[1]}/{name}?lang={language}")
    page.wait_for_selector(LOADED[name])
    text = page.inner_text("body")
    words = TEXTS[language]
    assert words["cl_title" if name == "cluster" else "st_title"] in page.inner_text("h1")
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "nothing overflows the screen"
    keys = sorted((key for key in TEXTS["en"] if "_" in key), key=len, reverse=True)
    assert [key for key in keys if re.search(rf"(?<![\w.]){re.escape(key)}(?![\w.])", text)] == []
    for leak in ("__i18n__", "translation_metadata", "Traceback", "undefined", "NaN"):
        assert leak not in text
    page.screenshot(path=str(tmp_path / f"{name}-{language}-{width}-{scheme}.png"), full_page=True)
    page.close()


def test_an_operator_holds_and_scales_the_server_and_looks_back_a_week(
    doors: tuple[Doors, str], contexts: dict[str, BrowserContext]
) -> None:
    found, page = doors[0], opened(contexts["olga"], doors[1], "cluster")
    page.fill("#kh-cluster-head input", "5")
    page.keyboard.press("Enter")
    page.wait_for_timeout(0)
    page.click("#kh-cluster-head [data-action=pause]")
    page.get_by_role("radio", name=TEXTS["en"]["span_week"], exact=True).check(force=True)
    page.wait_for_selector('.plots[data-span="week"]')
    assert ("scale", (5,)) in found.scheduler.calls and ("pause", ()) in found.scheduler.calls
    assert [one.what for one in found.scheduler.noted[-2:]] == ["fleet.scale", "server.pause"]
    field = page.locator(".plot_load .plot-field").bounding_box()
    assert field is not None
    page.mouse.move(field["x"] + field["width"] * 0.8, field["y"] + 50)
    page.wait_for_function("document.querySelector('.plot_speed .plot-read').textContent.includes('·')")
    page.close()


def test_a_refresh_moves_nothing_and_keeps_what_is_being_typed(
    doors: tuple[Doors, str], contexts: dict[str, BrowserContext]
) -> None:
    page = opened(contexts["olga"], doors[1], "cluster")
    page.evaluate(
        """window.moved = 0;
        new PerformanceObserver((list) => list.getEntries().forEach((one) => { if (!one.hadRecentInput) moved += one.value; }))
          .observe({type: 'layout-shift'});"""
    )
    page.fill("#kh-cluster-head input", "7")
    with page.expect_response(lambda answer: "/gradio_api/" in answer.url and answer.request.method == "POST"):
        pass
    page.wait_for_function("document.querySelectorAll('.device').length === 3")
    assert page.input_value("#kh-cluster-head input") == "7"
    assert page.evaluate("document.activeElement.tagName") == "INPUT"
    assert page.evaluate("window.moved") < 0.01
    page.close()


def test_a_key_is_made_copied_and_taken_back_by_keyboard(
    doors: tuple[Doors, str], contexts: dict[str, BrowserContext]
) -> None:
    found, page = doors[0], opened(contexts["olga"], doors[1], "settings")
    page.fill("#kh-key-name input, #kh-key-name textarea", "desk")
    page.click("#kh-key-create")
    page.wait_for_selector("#kh-new-key")
    assert page.input_value("#kh-new-key") == "kh_made"
    revoke = page.locator("#kh-keys [data-action=revoke]").first
    revoke.focus()
    page.keyboard.press("Enter")
    assert revoke.inner_text() == TEXTS["en"]["key_revoke_sure"], "it asks back"
    assert not [what for what, _about in found.scheduler.calls if what == "revoke_key"]
    page.keyboard.press("Enter")
    page.wait_for_selector("#kh-new-key", state="detached")
    assert [what for what, _about in found.scheduler.calls if what == "revoke_key"]
    page.close()


def test_a_glossary_and_a_memory_are_sent_in_and_a_glossary_deleted(
    doors: tuple[Doors, str], contexts: dict[str, BrowserContext]
) -> None:
    found, page = doors[0], opened(contexts["olga"], doors[1], "settings")
    terms = {"name": "law.csv", "mimeType": "text/csv", "buffer": "гэрээ,合同\n".encode()}
    page.set_input_files("input[type=file] >> nth=0", [terms])
    page.wait_for_selector("#kh-notice [data-code=no_name]")
    page.fill("#kh-term-name input, #kh-term-name textarea", "law")
    for which, code in (("source", "mon_Cyrl"), ("target", "cmn_Hans")):
        page.click(f"#kh-term-{which} input")
        page.locator(f"#kh-term-{which}").get_by_role("option", name=TEXTS["en"][f"lang_{code}"], exact=True).click()
    page.set_input_files("input[type=file] >> nth=0", [terms])
    page.wait_for_selector("#kh-notice .note-done")
    page.fill("#kh-owner input", "carl")
    page.keyboard.press("Enter")
    page.set_input_files("input[type=file] >> nth=1", [{"name": "a.tmx", "mimeType": "text/xml", "buffer": b"<tmx/>"}])
    page.wait_for_function("document.querySelector('#kh-notice').textContent.includes('sentences were taken')")
    page.click("#kh-glossaries [data-action=delete]")
    page.click("#kh-glossaries [data-action=delete]")
    page.wait_for_function("!document.querySelector('#kh-notice .note')")
    whats = [one.what for one in found.scheduler.noted]
    assert {"glossaries.create", "memory.import", "glossaries.delete"} <= set(whats)
    page.close()


def test_a_viewer_looks_and_a_client_has_no_entry_and_sees_nothing(
    doors: tuple[Doors, str], contexts: dict[str, BrowserContext]
) -> None:
    page = opened(contexts["vera"], doors[1], "cluster")
    assert page.locator(".device").count() == 3 and page.locator("#kh-cluster-head [data-action]").count() == 0
    assert page.is_visible(".kh-nav a[href=cluster]") and not page.is_visible(".kh-nav a[href=settings]")
    page.close()
    for who, name in (("vera", "settings"), ("bob", "settings"), ("bob", "cluster")):
        page = opened(contexts[who], doors[1], name)
        assert TEXTS["en"]["error_forbidden"] in page.inner_text("#kh-notice")
        assert page.locator(".device, .op-table").count() == 0 and not page.is_visible("#kh-key-create")
        if who == "bob":
            assert not page.is_visible(".kh-nav a[href=cluster]")
        page.close()


def test_the_running_server_shows_its_own_device_translators_and_log(chromium: Browser, server_url: str) -> None:
    context = chromium.new_context(locale="en-GB", viewport={"width": 1280, "height": 900})
    context.set_default_timeout(PAGE_MS)
    page = opened(context, server_url, "cluster")
    page.wait_for_selector(".device")
    page.wait_for_selector(".t-translators .pill-completed")
    page.click("#kh-cluster-head [data-action=pause]")
    page.wait_for_selector('[data-state="paused"]')
    page.click("#kh-cluster-head [data-action=resume]")
    page.wait_for_selector('[data-state="working"]')
    page.close()
    page = opened(context, server_url, "settings")
    page.wait_for_selector(".t-actions tbody tr")
    log = page.inner_text("#kh-actions")
    assert TEXTS["en"]["did_server_pause"] in log and TEXTS["en"]["did_server_resume"] in log
    context.close()
