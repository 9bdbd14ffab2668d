"""The one thing Gradio cannot do: know the visitor's language before its first script runs.

Gradio's front end takes the browser's language, and only one of its own list, which has no Mongolian. So the page that
Gradio serves gets one script as its first: it says the language (decided here, from `?lang=`, the cookie or
Accept-Language), lets Gradio believe in a browser of that language, and for Mongolian puts our words where Gradio looks
for English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape
from pathlib import Path
from urllib.parse import parse_qs

from starlette.datastructures import MutableHeaders
from starlette.requests import cookie_parser
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ui.locale import LANGUAGE_COOKIE, choose, normalise
from ui.text import TEXTS

_Change = Callable[[str], str]

STATIC = Path(__file__).parent / "static"
YEAR_SECONDS = 365 * 24 * 3600
# Gradio's share cards speak of Gradio and point to its site.
# Markup made for everybody holds three languages (ui.text.everywhere); this shows one. Gradio would mangle selectors.
_STYLE = "".join(f'html:not([data-lang="{name}"]) .tri[lang="{name}"]{{display:none}}' for name in TEXTS)
# Who has logged in, and the way out.
_STYLE += "html[data-account] .kh-account{display:flex!important}"
# What a role may not see has no entry; that it cannot be had either is the service's business.
_STYLE += 'html:not([data-role="operator"]) .for-operators{display:none!important}'
_STYLE += 'html[data-role="client"] .for-viewers{display:none!important}'
# Gradio's own bar of pages, which knows no languages; ours is in the header.
_STYLE += ".nav-holder{display:none!important}"
_FOREIGN_META = re.compile(r'<meta\s+(?:property|name)="(?:og|twitter):[^>]*>\s*')
ACCOUNT = "khelmerch.account"
"""In the scope of a request: the name under which its visitor has logged in, where one must."""
ROLE = "khelmerch.role"
"""In the scope of a request: what its visitor may do, where the service says it."""
_LANG = re.compile(r'(<html\b[^>]*?\blang=")[^"]*(")', re.DOTALL)


class LocalisedDocument:
    """ASGI: passes everything through, and rewrites the head of HTML documents."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._boot = (STATIC / "boot.js").read_text(encoding="utf-8")

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = dict(scope.get("headers") or ()) if scope["type"] == "http" else {}
        if scope.get("method") != "GET" or b"text/html" not in headers.get(b"accept", b""):
            await self._app(scope, receive, send)
            return
        query = parse_qs(scope.get("query_string", b"").decode("latin-1")).get("lang", [None])[0]
        cookie = cookie_parser(headers.get(b"cookie", b"").decode("latin-1")).get(LANGUAGE_COOKIE)
        language = choose(query, cookie, headers.get(b"accept-language", b"").decode("latin-1"))
        # A compressed body could not be rewritten; it is small next to the scripts, which stay compressed.
        plain = [(k, v) for k, v in scope["headers"] if k != b"accept-encoding"]
        rewrite = _Rewriter(
            send,
            lambda page: self.rewrite(page, language, scope.get(ACCOUNT), scope.get(ROLE, "client")),
            language,
            remember=normalise(query),
        )
        await self._app({**scope, "headers": plain}, receive, rewrite)

    def rewrite(self, page: str, language: str, account: str | None = None, role: str = "client") -> str:
        """The document in `language`. account: who has logged in; role: what they may do."""
        script = self._boot.replace('"__LANGUAGE__"', json.dumps(language))
        words = TEXTS[language]
        described = f'<meta name="description" content="{words["translate_lead"]}">'
        page = _LANG.sub(rf"\g<1>{language}\g<2>", _FOREIGN_META.sub("", page), count=1)
        page = page.replace("<html", f'<html data-role="{escape(role)}"', 1)
        if account is not None:
            page = page.replace("<html", f'<html data-account="{escape(account)}"', 1)
        first = f'<meta charset="utf-8"><script>{script}</script><style>{_STYLE}</style>{described}'
        page = page.replace("<head>", f"<head>{first}", 1)
        return page.replace("</body>", f"<noscript>{words['noscript']}</noscript></body>", 1)


class _Rewriter:
    """Collects an HTML body to change it; anything else streams on untouched."""

    def __init__(self, send: Send, change: _Change, language: str, remember: str | None) -> None:
        self._send, self._change, self._language, self._remember = send, change, language, remember
        self._start: Message | None = None
        self._body = bytearray()

    async def __call__(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message["headers"])
            if headers.get("content-type", "").startswith("text/html") and "content-encoding" not in headers:
                self._start = message
                return
        elif message["type"] == "http.response.body" and self._start is not None:
            self._body += message.get("body", b"")
            if not message.get("more_body", False):
                await self._finish(self._start)
            return
        await self._send(message)

    async def _finish(self, start: Message) -> None:
        body = self._change(self._body.decode("utf-8")).encode("utf-8")
        headers = MutableHeaders(raw=start["headers"])
        headers["content-length"] = str(len(body))
        headers["content-language"] = self._language
        headers["cache-control"] = "no-cache"
        headers.add_vary_header("Accept-Language, Cookie, Accept")
        if self._remember:
            headers.append(
                "set-cookie", f"{LANGUAGE_COOKIE}={self._remember}; Path=/; Max-Age={YEAR_SECONDS}; SameSite=Lax"
            )
        await self._send(start)
        await self._send({"type": "http.response.body", "body": body})
