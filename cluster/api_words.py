"""Calls of the HTTP API about glossaries, the translation memory and corrections. Errors are those of `ApiClient`."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from urllib.parse import quote

from cluster.api_client import ApiClient

Answer = dict[str, Any]

# A large translation memory is read, hashed and stored before the answer.
_IMPORT_TIMEOUT_S = 1_800.0


def _path(*parts: str) -> str:
    return "/" + "/".join(quote(part, safe="") for part in parts)


def add_glossary(api: ApiClient, file: Path, **fields: str) -> Answer:
    """fields: name, source_lang, target_lang, client_id or shared, replace; -> the glossary."""
    with file.open("rb") as content:
        return api.call("POST", "/glossaries", data=fields, files={"files": (file.name, content)})


def glossaries(api: ApiClient, client: str | None) -> list[Answer]:
    found: list[Answer] = api.call("GET", "/glossaries", params={"client_id": client} if client else {})["glossaries"]
    return found


def glossary_id(api: ApiClient, given: str, client: str | None) -> str:
    """-> the id of the glossary of that id or name that the client may use: its own before a shared one."""
    found = [one for one in glossaries(api, client) if given in (one["glossary_id"], one["name"])]
    found.sort(key=lambda one: (one["glossary_id"] != given, one["shared"]))
    return str(found[0]["glossary_id"]) if found else given


def glossary(api: ApiClient, one: str) -> Answer:
    return api.call("GET", _path("glossaries", one))


def terms(api: ApiClient, one: str) -> list[Answer]:
    found: list[Answer] = api.call("GET", _path("glossaries", one, "entries"))["entries"]
    return found


def remove_glossary(api: ApiClient, one: str) -> Answer:
    return api.call("DELETE", _path("glossaries", one))


def export_glossary(api: ApiClient, one: str, out: Path) -> Path:
    """The suffix of `out` says as what: .csv, .tsv or .tbx; -> the path it got."""
    path = f"{_path('glossaries', one, 'entries')}?format={out.suffix.lstrip('.').lower()}"
    return api.download(path, out.parent, out.name)


def memory_status(api: ApiClient, client: str) -> Answer:
    return api.call("GET", "/memory", params={"client_id": client})


def import_memory(api: ApiClient, client: str, file: Path) -> Answer:
    with file.open("rb") as content:
        return api.call(
            "POST",
            "/memory",
            data={"client_id": client},
            files={"files": (file.name, content)},
            timeout=_IMPORT_TIMEOUT_S,
        )


def export_memory(api: ApiClient, client: str, source: str, target: str, out: Path) -> Path:
    query = f"client_id={quote(client)}&source_lang={quote(source)}&target_lang={quote(target)}"
    return api.download(f"/memory/export?{query}", out.parent, out.name)


def clear_memory(api: ApiClient, client: str, **chosen: str) -> Answer:
    """chosen: source_lang and target_lang, origin; -> {"removed"}."""
    return api.call("DELETE", "/memory", params={"client_id": client, **chosen}, timeout=_IMPORT_TIMEOUT_S)


def correct(api: ApiClient, task_id: str, n: int, target: str, file: int) -> Answer:
    """-> the sentence as it is now, and `corrected`: how many of the file were changed."""
    return api.call("POST", _path("tasks", task_id, "segments", str(n)), json={"target": target, "file": file})
