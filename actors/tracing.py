"""OpenTelemetry traces: where they go, and which one a request belongs to. Off unless [TELEMETRY] OTLP_ENDPOINT says where."""

from __future__ import annotations

import importlib.util
from contextvars import ContextVar
from typing import TYPE_CHECKING, ClassVar

from common.errors import KhelmerchError

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider

current: ContextVar[str] = ContextVar("khelmerch_traceparent", default="")
"""The `traceparent` (W3C Trace Context) of the request that something is done for; empty while nothing is traced."""

TRACER = "khelmerch"
_EXPORTER = "opentelemetry.exporter.otlp.proto.http"
_PATH = "/v1/traces"


class TracingUnavailable(KhelmerchError):
    """Traces are wanted, and the package that sends them is not installed."""

    code: ClassVar[str] = "tracing_unavailable"
    status: ClassVar[int] = 503


def require() -> None:
    """Raises TracingUnavailable. Looks only; imports nothing that is not there."""
    try:
        found = importlib.util.find_spec(_EXPORTER)
    except ModuleNotFoundError:  # one of the packages above it
        found = None
    if found is None:
        raise TracingUnavailable(
            "[TELEMETRY] OTLP_ENDPOINT is set, and the exporter is not installed: pip install 'khelmerch[otel]', or empty the "
            "setting."
        )


def provider_of(endpoint: str, part: str, version: str) -> TracerProvider | None:
    """-> what makes spans of this part of the server (ingress, scheduler) and sends them by itself, in a thread and in
    batches; None for an empty endpoint, and then nothing of OpenTelemetry is imported. Raises TracingUnavailable."""
    if not endpoint:
        return None
    require()
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    resource = Resource.create({"service.name": f"khelmerch-{part}", "service.version": version})
    provider = TracerProvider(resource=resource)
    address = endpoint if endpoint.endswith(_PATH) else endpoint.rstrip("/") + _PATH
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return provider
