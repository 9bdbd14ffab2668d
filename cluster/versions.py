"""The versions that matter in a report."""

from __future__ import annotations

import importlib.metadata
import platform

_LIBRARIES = ("ray", "ctranslate2", "transformers", "torch", "gradio", "fastapi", "sqlmodel")


def versions() -> dict[str, str]:
    found = {"khelmerch": _version("khelmerch"), "python": platform.python_version()}
    return found | {name: _version(name) for name in _LIBRARIES}


def _version(name: str) -> str:
    try:
        return importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        return "not installed"
