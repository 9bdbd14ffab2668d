"""Names that clients give: file names without a way out of a folder, and ids that are safe to show and to store."""

from __future__ import annotations

import re
import unicodedata

from serve_app.errors import RequestError

MAX_NAME_BYTES = 200
"""Leaves room for `.cmn_Hans` and a counter below the 255 bytes that file systems allow."""

_CLIENT_ID = re.compile(r"[\w.@:+-]{1,128}")
# Of Windows, which takes superscript digits for digits, and a blank before the dot for nothing.
_DEVICE = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|clock\$|(com|lpt)[\d¹²³])(\s*\..*)?", re.IGNORECASE)
_FORBIDDEN = frozenset('<>:"|?*')


def file_name(given: str) -> str:
    """-> a name that is a name on every system: no folders, no control or direction characters, no device names."""
    name = unicodedata.normalize("NFC", given).replace("\\", "/").rsplit("/", 1)[-1]
    # Category C holds controls, format characters (the right-to-left override that hides an extension) and surrogates.
    name = "".join("_" if char in _FORBIDDEN else char for char in name if unicodedata.category(char)[0] != "C")
    name = name.strip(" .") or "file"
    if _DEVICE.fullmatch(name):
        name = f"_{name}"
    stem, dot, suffix = name.rpartition(".")
    if not dot:
        stem, suffix = name, ""
    suffix = suffix[:20]
    room = MAX_NAME_BYTES - len(f"{dot}{suffix}".encode())
    return stem.encode()[:room].decode(errors="ignore") + dot + suffix


def client_id(given: str) -> str:
    """Raises RequestError when it is empty, too long, or holds other than letters, digits and `. _ - @ : +`."""
    if not _CLIENT_ID.fullmatch(given):
        raise RequestError(
            "client_id (client_ip) must be 1 to 128 letters, digits or any of . _ - @ : + ; leave it out to get a new one.",
            field="client_id",
        )
    return given
