"""Writes what must not be written by hand: `_sync` from `_async`, and `models.py` from the server's OpenAPI document.

    python clients/python/generate.py openapi.json

Without a document only `_sync` is written. A test says when this has to be run.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

PACKAGE = Path(__file__).parent / "khelmerch_client"
BY_HAND = ("io.py", "__init__.py")

_WORDS = (
    (r"khelmerch_client\._async", "khelmerch_client._sync"),
    (r"\basync (def|with|for)\b", r"\1"),
    (r"\bawait ", ""),
    (r"\b_Async", "_"),
    (r"\bAsync(?=[A-Z])", ""),
    (r"\b__a(enter|exit)__", r"__\1__"),
    (r"\ba(close|closing|read|iter_bytes|iter_lines)\b", r"\1"),
    (r"\basynccontextmanager\b", "contextmanager"),
)


def sync(text: str) -> str:
    for pattern, replacement in _WORDS:
        text = re.sub(pattern, replacement, text)
    return text


def sync_files() -> Iterator[tuple[Path, str]]:
    """-> (path, what should stand there)"""
    for path in sorted((PACKAGE / "_async").glob("*.py")):
        if path.name not in BY_HAND:
            yield PACKAGE / "_sync" / path.name, sync(path.read_text(encoding="utf-8"))


def models(document: dict[str, Any]) -> str:
    """-> the text of models.py: a TypedDict for each object that the server answers with, as the document has it."""
    answers = [
        operation["responses"][status]
        for operations in document["paths"].values()
        for operation in operations.values()
        for status in sorted(operation["responses"])
        if status < "300"
    ]
    known = document["components"]["schemas"]
    schemas = {name: known[name] for name in _reached(json.dumps(answers), known)}
    lines = [
        '"""What the server answers. Made from its OpenAPI document by `clients/python/generate.py`; do not edit it.',
        "",
        "More fields may come with a newer server.",
        '"""',
        "",
        "from __future__ import annotations",
        "",
        "from typing import Any, Literal, TypedDict",
        "",
    ]
    for name in _ordered(schemas):
        lines += ["", *_model(name, schemas[name]), ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _named(text: str) -> set[str]:
    return set(re.findall(r'"#/components/schemas/(\w+)"', text))


def _reached(text: str, known: dict[str, Any]) -> set[str]:
    """-> the schemas that are named there, and those that they are made of."""
    found: set[str] = set()
    while more := _named(text) - found:
        found |= more
        text = json.dumps([known[name] for name in sorted(found)])
    return found


def _ordered(schemas: dict[str, Any]) -> list[str]:
    """What others are made of comes first."""
    done: list[str] = []

    def add(name: str) -> None:
        if name not in done:
            for other in sorted(_named(json.dumps(schemas[name])) - {name}):
                add(other)
            if name not in done:
                done.append(name)

    for name in sorted(schemas):
        add(name)
    return done


def _model(name: str, schema: dict[str, Any]) -> list[str]:
    if "properties" not in schema:
        return [f"{name} = {_type(schema)}"]
    needed = schema.get("required", [])
    properties = schema["properties"]
    must = [one for one in properties if one in needed]
    may = [one for one in properties if one not in needed]
    said = re.sub(r"\s+", " ", schema.get("description", "")).strip()
    if not may:
        return [f"class {name}(TypedDict):", *_doc(said), *_fields(properties, must)]
    if not must:
        return [f"class {name}(TypedDict, total=False):", *_doc(said), *_fields(properties, may)]
    return [
        *(f"class _{name}(TypedDict):", *_fields(properties, must), "", ""),
        *(f"class {name}(_{name}, total=False):", *_doc(said), *_fields(properties, may)),
    ]


def _doc(said: str) -> list[str]:
    """Wrapped at 116 characters within the indentation."""
    if not said:
        return []
    lines, line = [], '"""'
    for word in said.split(" "):
        if len(line) + len(word) > 108 and line != '"""':
            lines.append(line.rstrip())
            line = ""
        line += word + " "
    lines.append(line.rstrip())
    if len(lines) == 1:
        return [f'    {lines[0]}"""', ""]
    return [*(f"    {one}" for one in lines), '    """', ""]


def _fields(properties: dict[str, Any], names: list[str]) -> list[str]:
    return [f"    {name}: {_type(properties[name])}" for name in names]


_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool", "null": "None"}


def _type(schema: dict[str, Any]) -> str:
    if "$ref" in schema:
        return str(schema["$ref"].rpartition("/")[2])
    if "const" in schema:
        return f"Literal[{json.dumps(schema['const'])}]"
    if "enum" in schema:
        return f"Literal[{', '.join(json.dumps(one) for one in schema['enum'])}]"
    if "anyOf" in schema:
        return " | ".join(_type(one) for one in schema["anyOf"])
    kind = schema.get("type")
    if kind == "array":
        return "list[Any]" if "prefixItems" in schema else f"list[{_type(schema.get('items', {}))}]"
    if kind == "object":
        values = schema.get("additionalProperties")
        return f"dict[str, {_type(values) if isinstance(values, dict) else 'Any'}]"
    return _PLAIN.get(str(kind), "Any")


def main(arguments: list[str]) -> None:
    for path, text in sync_files():
        path.write_text(text, encoding="utf-8")
    if arguments:
        document = json.loads(Path(arguments[0]).read_text(encoding="utf-8"))
        (PACKAGE / "models.py").write_text(models(document), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
