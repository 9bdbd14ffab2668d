"""SIGTERM, which `timeout` and supervisors send, ends a benchmark as Ctrl-C does: what it started is stopped."""

from __future__ import annotations

import signal


def stop_as_by_ctrl_c() -> None:
    """Called first by every `main` that starts a server or a Ray of its own: without it their `finally` would not run."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
