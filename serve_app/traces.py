"""A span for each HTTP request, when traces are wanted; what it starts (a task) belongs to the same trace."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from actors import tracing

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

UNTOLD = ("/health/", "/v1/health/", "/metrics", "/v1/metrics", "/gradio_api/", "/assets/", "/static/")
"""What machines and open consoles ask for all the time says nothing in a trace."""


class Traces:
    """For the application, inside of `RequestIds`, whose id stands on the span."""

    def __init__(self, app: ASGIApp, provider: TracerProvider) -> None:
        from opentelemetry.trace import SpanKind
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        self._app = app
        self._tracer = provider.get_tracer(tracing.TRACER)
        self._context = TraceContextTextMapPropagator()
        self._kind = SpanKind.SERVER

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith(UNTOLD):
            await self._app(scope, receive, send)
            return
        given = {"traceparent": Headers(scope=scope).get("traceparent", "")}
        facts = {
            "http.request.method": scope["method"],
            "url.path": scope["path"],
            "khelmerch.request_id": scope.get("state", {}).get("request_id", ""),
        }
        span = self._tracer.start_span(scope["method"], self._context.extract(given), self._kind, facts)
        token = tracing.current.set(_traceparent(span.get_span_context()))

        async def told(message: Message) -> None:
            if message["type"] == "http.response.start":
                span.set_attribute("http.response.status_code", message["status"])
            await send(message)

        try:
            await self._app(scope, receive, told)
        finally:
            # The pattern, not the path with its ids: what spans are counted by.
            if (route := scope.get("route")) is not None:
                span.update_name(f"{scope['method']} {route.path}")
                span.set_attribute("http.route", route.path)
            tracing.current.reset(token)
            span.end()


def _traceparent(context: Any) -> str:
    """-> as the header has it (W3C Trace Context, version 00)."""
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"
