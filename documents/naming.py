"""The name of a translated file."""

from __future__ import annotations

from pathlib import PurePosixPath

# The longest name that ext4, NTFS and APFS all take, in bytes of UTF-8.
MAX_NAME_BYTES = 255

CONVERTED = {".doc": ".docx", ".rtf": ".docx", ".xls": ".xlsx", ".ppt": ".pptx"}
"""What becomes of files of an old type."""

_BECOMES = {**CONVERTED, ".pot": ".po"}
"""A template that was translated is none any more."""


def bilingual_name(name: str, source_language: str, target_language: str) -> str:
    """`report.docx` -> `report.mon_Cyrl-cmn_Hans.docx`."""
    return result_name(name, f"{source_language}-{target_language}")


def review_name(name: str, target_language: str) -> str:
    """`report.docx` -> `report.docx.cmn_Hans.review.xlsx`: two files of a task may differ by their suffixes only."""
    return result_name(f"{name}.xlsx", f"{target_language}.review")


def written_suffix(suffix: str) -> str:
    """The suffix of what becomes of a file with `suffix`: `.doc` -> `.docx`; most stay as they are."""
    return _BECOMES.get(suffix.lower(), suffix)


def result_name(name: str, target_language: str) -> str:
    """`report.docx` -> `report.cmn_Hans.docx`; `report.doc` too. Folders and control characters in `name` are dropped.

    A stem that would make the name longer than a file system takes is cut, never the suffix.
    """
    last = name.replace("\\", "/").rstrip("/").rsplit("/", 1)[-1]
    safe = "".join(character for character in last if character.isprintable())
    if safe in ("", ".", ".."):
        safe = "document"
    path = PurePosixPath(safe)
    ending = f".{target_language}{written_suffix(path.suffix)}"
    room = MAX_NAME_BYTES - len(ending.encode())
    if room < 1:
        # A suffix of 250 letters is no suffix.
        ending, room = f".{target_language}", MAX_NAME_BYTES - len(target_language) - 1
    stem = path.stem.encode()[:room].decode(errors="ignore")
    return stem + ending
