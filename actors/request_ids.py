"""The id of the request that something is done for (`X-Request-ID`), from the ingress to the scheduler and into their logs."""

from __future__ import annotations

from contextvars import ContextVar

current: ContextVar[str] = ContextVar("khelmerch_request_id", default="")
"""Empty for what nobody asked for over HTTP."""
