"""The OpenAPI document tells the truth about refusals: every one is a problem document, validation errors too."""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI

from serve_app.schemas import CODES, Problem

_REFUSAL = {"application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}}
_NOT_OURS = ("HTTPValidationError", "ValidationError")
READY_PATH = "/v1/health/ready"  # its 503 carries the reasons, not a problem


LINKS = {
    ("/v1/translate/files", "200"): ("task_id", "/v1/tasks/{task_id}"),
    ("/v1/submit_translation_task", "200"): ("task_id", "/v1/tasks/{task_id}"),
    ("/v1/webhooks", "201"): ("id", "/v1/webhooks/{webhook_id}"),
    ("/v1/uploads/tus", "201"): ("id", "/v1/uploads/tus/{upload_id}"),
}
"""(path of a POST that makes something, status) -> (field of its answer with the id, path of what was made and all below)."""


def operation_id(verb: str, path: str) -> str:
    """('post', '/v1/tasks/{task_id}/cancel') -> 'post_tasks_by_task_id_cancel'"""
    words = [part.replace("{", "by_").replace("}", "") for part in path.split("/")[2:]]
    return "_".join([verb, *words]).replace("-", "_")


def _link(paths: dict[str, Any]) -> None:
    """What a client can do with what it has made."""
    for (path, status), (name, made) in LINKS.items():
        variable = made.rpartition("{")[2].rstrip("}")
        links = paths[path]["post"]["responses"][status].setdefault("links", {})
        for other, operations in paths.items():
            if other == made or other.startswith(f"{made}/"):
                for operation in operations.values():
                    link = {
                        "operationId": operation["operationId"],
                        "parameters": {variable: f"$response.body#/{name}"},
                    }
                    links[operation["operationId"]] = link


def install(app: FastAPI) -> None:
    """FastAPI writes its own form of validation error and application/json beside each problem; both are put right."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = generate()
        for path, operations in document["paths"].items():
            for verb, operation in operations.items():
                for status, response in operation["responses"].items():
                    if status >= "400" and path != READY_PATH:
                        response["content"] = _REFUSAL
                        # FastAPI adds this one by itself where there is anything to check.
                        if response["description"] == "Validation Error":
                            response["description"] = CODES[422]
                operation["operationId"] = operation_id(verb, path)
        _link(document["paths"])
        schemas = document.setdefault("components", {}).setdefault("schemas", {})
        for name in _NOT_OURS:
            schemas.pop(name, None)
        schemas["Problem"] = Problem.model_json_schema()
        return document

    app.openapi = openapi  # type: ignore[method-assign]
