"""What tests that talk to a whole server need beside `server_url` of the parent folder: another server, a browser."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser

CHROMIUM = Path("/usr/bin/chromium")
# No sandbox in containers; nothing that reaches out by itself.
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--server-url", help="test this running server instead of starting one (http://127.0.0.1:8000)")


@pytest.fixture(scope="session")
def server_url(request: pytest.FixtureRequest) -> str:
    """The server under test: the one that was named, or one of our own, started only when it is needed."""
    given: str | None = request.config.getoption("--server-url")
    # Inside this fixture the name stands for the one that it replaces.
    return given.rstrip("/") if given else str(request.getfixturevalue("server_url"))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """A headless Chromium. Gone after its module: while Playwright runs, no other test can have an event loop."""
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(CHROMIUM_ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def browser(server_url: str, chromium: Browser) -> Browser:
    """The same, with a server running."""
    return chromium
