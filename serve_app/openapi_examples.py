"""An example of every body and answer of the OpenAPI document that is text, from `data/examples.json`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parent / "data" / "examples.json"


class Examples:
    """schemas: by the name of a model, for whatever is one; bodies, answers: by operation id (and status, with a space) and
    media type, for the others; problems: by status."""

    def __init__(self) -> None:
        found = json.loads(EXAMPLES.read_text(encoding="utf-8"))
        self._schemas: Mapping[str, Any] = found["schemas"]
        self._bodies: Mapping[str, Mapping[str, Any]] = found["bodies"]
        self._answers: Mapping[str, Mapping[str, Any]] = found["answers"]
        self._problems: Mapping[str, Any] = found["problems"]

    def problem(self, status: str) -> Any:
        return self._problems[status]

    def add(self, operation: dict[str, Any]) -> None:
        """Beside each schema that has none yet; what is binary has none."""
        name = operation["operationId"]
        self._fill(operation.get("requestBody", {}).get("content", {}), self._bodies.get(name, {}))
        for status, response in operation["responses"].items():
            own = self._answers.get(f"{name} {status}", self._answers.get(name, {}))
            self._fill(response.get("content", {}), own)

    def _fill(self, contents: dict[str, Any], own: Mapping[str, Any]) -> None:
        for kind, content in contents.items():
            model = content.get("schema", {}).get("$ref", "").rpartition("/")[2]
            example = own.get(kind, self._schemas.get(model))
            if example is not None:
                content.setdefault("example", example)
