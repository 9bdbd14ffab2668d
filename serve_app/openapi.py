"""The OpenAPI document tells the truth: every refusal is a problem document, validation errors too; who may call what is what
`serve_app.access` and the door say."""

from __future__ import annotations

import json
from typing import Any

from fastapi import FastAPI

from serve_app.access import roles_for
from serve_app.credentials import HEADER
from serve_app.door import needs_key
from serve_app.openapi_examples import Examples
from serve_app.schemas import CODES, Problem
from serve_app.sessions import COOKIE
from serve_app.versions import VERSION

_PROBLEM = {"$ref": "#/components/schemas/Problem"}
_NOT_OURS = ("HTTPValidationError", "ValidationError")
READY_PATH = f"{VERSION}/health/ready"  # its 503 carries the reasons, not a problem

SECURITY_SCHEMES: dict[str, dict[str, str]] = {
    "bearer": {"type": "http", "scheme": "bearer", "description": "An API key, `kh_…`"},
    "header": {"type": "apiKey", "in": "header", "name": HEADER, "description": "The same in another header"},
    "session": {"type": "apiKey", "in": "cookie", "name": COOKIE, "description": "A browser's log-in at /login"},
}
ROLES = "x-roles"
"""Of an operation: whose keys may call it."""

LINKS = {
    (f"{VERSION}/translate/files", "200"): ("task_id", f"{VERSION}/tasks/{{task_id}}"),
    (f"{VERSION}/submit_translation_task", "200"): ("task_id", f"{VERSION}/tasks/{{task_id}}"),
    (f"{VERSION}/webhooks", "201"): ("id", f"{VERSION}/webhooks/{{webhook_id}}"),
    (f"{VERSION}/uploads/tus", "201"): ("id", f"{VERSION}/uploads/tus/{{upload_id}}"),
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


def _guard(verb: str, path: str, operation: dict[str, Any]) -> None:
    """Who may call it, and how the door refuses the others."""
    if not needs_key(path):
        operation["security"] = []
        return
    operation[ROLES] = roles_for(verb.upper(), path)
    for status in (401, 403):
        operation["responses"].setdefault(str(status), {"description": CODES[status]})


def _lift(operation: dict[str, Any], schemas: dict[str, Any]) -> None:
    """What a body's schema refers to goes where every reference of the document leads; pydantic keeps it in the schema."""
    for content in operation.get("requestBody", {}).get("content", {}).values():
        if "$defs" in content["schema"]:
            lifted = json.loads(json.dumps(content["schema"]).replace("#/$defs/", "#/components/schemas/"))
            schemas |= lifted.pop("$defs")
            content["schema"] = lifted


def install(app: FastAPI) -> None:
    """FastAPI writes its own form of validation error and application/json beside each problem; both are put right."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema:
            return app.openapi_schema
        document = generate()
        components = document.setdefault("components", {})
        schemas = components.setdefault("schemas", {})
        examples = Examples()
        for path, operations in document["paths"].items():
            for verb, operation in operations.items():
                _guard(verb, path, operation)
                _lift(operation, schemas)
                for status, response in operation["responses"].items():
                    if status >= "400" and (path, status) != (READY_PATH, "503"):
                        shown = {"schema": _PROBLEM, "example": examples.problem(status)}
                        response["content"] = {"application/problem+json": shown}
                        # FastAPI adds this one by itself where there is anything to check.
                        if response["description"] == "Validation Error":
                            response["description"] = CODES[422]
                operation["operationId"] = operation_id(verb, path)
                examples.add(operation)
        _link(document["paths"])
        components["securitySchemes"] = SECURITY_SCHEMES
        document["security"] = [{name: []} for name in SECURITY_SCHEMES]
        for name in _NOT_OURS:
            schemas.pop(name, None)
        schemas["Problem"] = Problem.model_json_schema()
        return document

    app.openapi = openapi  # type: ignore[method-assign]
