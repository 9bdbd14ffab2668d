"""Which methods a path has, from the OpenAPI document: for `Allow` where another one was tried."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

_VARIABLE = re.compile(r"\\\{[^{}]*\\\}")
_VERBS = frozenset(("get", "put", "post", "delete", "options", "head", "patch"))


class Methods:
    """document: makes the OpenAPI document. Paths count with and without their version."""

    def __init__(self, document: Callable[[], Mapping[str, Any]], version: str) -> None:
        self._document = document
        self._version = version

    def of(self, path: str) -> list[str]:
        """-> the methods of the path, [] for one that is not in the document."""
        named, patterns = self._known
        exact = named.get(path)
        if exact is not None:
            return exact
        return next((methods for pattern, methods in patterns if pattern.fullmatch(path)), [])

    @cached_property
    def _known(self) -> tuple[dict[str, list[str]], list[tuple[re.Pattern[str], list[str]]]]:
        named: dict[str, list[str]] = {}
        patterns: list[tuple[re.Pattern[str], list[str]]] = []
        for path, operations in self._document()["paths"].items():
            methods = sorted(verb.upper() for verb in operations if verb in _VERBS)
            for known in (path, path.removeprefix(self._version)):
                if "{" in known:
                    patterns.append((re.compile(_VARIABLE.sub("[^/]+", re.escape(known))), methods))
                else:
                    named[known] = methods
        return named, patterns
