"""What every answer tells the browser about safety; what Gradio says about other sites is taken out."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import Message, Send

_ALWAYS = {
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_SHARED = "frame-ancestors 'none'; base-uri 'self'; form-action 'self'; object-src 'none'"

PAGE_POLICY = (
    # Gradio writes scripts and styles into its page, and makes functions of text.
    "default-src 'self'; script-src 'self' 'unsafe-inline' 'unsafe-eval' blob:; style-src 'self' 'unsafe-inline'; "
    f"img-src 'self' data: blob:; font-src 'self' data:; connect-src 'self'; worker-src 'self' blob:; {_SHARED}"
)
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
"""For what is no page of ours: a translated .html file runs nothing, even where somebody opens it here."""


def secured(send: Send, *, cors: bool, static: bool) -> Send:
    """-> `send` that adds the headers. cors: other origins are allowed, and another layer says which."""

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(raw=message.setdefault("headers", []))
            for name, value in _ALWAYS.items():
                headers.setdefault(name, value)
            if cors:
                headers["cross-origin-resource-policy"] = "cross-origin"
            page = headers.get("content-type", "").startswith("text/html") and "content-disposition" not in headers
            headers.setdefault("content-security-policy", PAGE_POLICY if page else DATA_POLICY)
            if not static:
                headers.setdefault("cache-control", "private, no-cache")
            for name in [name for name in headers if name.startswith("access-control-")]:
                del headers[name]
        await send(message)

    return sending
