"""How calls are named and which of them change nothing. Every call is there with its version and, as older clients know it,
without."""

from __future__ import annotations

VERSION = "/v1"

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
"""Methods that change nothing."""


def bare(path: str) -> str:
    """'/v1/tasks' -> '/tasks'; a path without a version as it is."""
    return path.removeprefix(VERSION) if path.startswith(f"{VERSION}/") else path
