"""The OpenAPI document tells the truth about refusals: every one is a problem document, validation errors too."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from serve_app.schemas import Problem

_REFUSAL = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_NOT_OURS = ("HTTPValidationError", "ValidationError")
READY_PATH = "/health/ready"  # its 503 carries the reasons, not a problem


def install(app: FastAPI) -> None:
    """FastAPI writes its own form of validation error and application/json beside each problem; both are put right."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = generate()
        for path, operations in document["paths"].items():
            for operation in operations.values():
                for status, response in operation["responses"].items():
                    if status >= "400" and path != READY_PATH:
                        response["content"] = _REFUSAL
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in _NOT_OURS:
            schemas.pop(name, None)
        schemas["Problem"] = Problem.model_json_schema()
        return document

    app.openapi = openapi  # type: ignore[method-assign]
