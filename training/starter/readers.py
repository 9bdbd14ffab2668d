"""Reads the texts of the same thing in English, Chinese and Mongolian out of an unpacked package."""

from __future__ import annotations

import json
import re
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from lxml import etree


class Triple(NamedTuple):
    """One text in three languages, as it was found."""

    english: str
    chinese: str
    mongolian: str


def catalogues(root: Path, mongolian: str, chinese: str) -> Iterator[Triple]:
    """Compiled gettext catalogues, found by the name of the language's folder; the key is the English text."""
    for path in sorted(root.rglob(f"{mongolian}/LC_MESSAGES/*.mo")):
        other = path.parents[2] / chinese / "LC_MESSAGES" / path.name
        if other.is_file():
            theirs = dict(_messages(other.read_bytes()))
            for key, text in _messages(path.read_bytes()):
                if key in theirs:
                    yield Triple(key.rpartition("\x04")[2].split("\0")[-1], theirs[key], text)


def _messages(data: bytes) -> Iterator[tuple[str, str]]:
    """(msgctxt, \\x04, msgid, plural after \\0; last plural form) of a little-endian .mo file, see the manual of GNU gettext."""
    magic, _, count, originals, translations = struct.unpack_from("<5I", data)
    if magic != 0x950412DE:
        raise ValueError("not a little-endian .mo file")
    for index in range(count):
        length, start = struct.unpack_from("<2I", data, originals + 8 * index)
        to_length, to_start = struct.unpack_from("<2I", data, translations + 8 * index)
        key = data[start : start + length].decode()
        yield key, data[to_start : to_start + to_length].decode().rpartition("\0")[2]


def android(root: Path) -> Iterator[Triple]:
    """`res/values*/*.xml`: strings, members of arrays and plurals, by name."""
    for path in sorted(root.rglob("values-mn/*.xml")):
        files = [path.parents[1] / folder / path.name for folder in ("values", "values-zh-rCN", "values-mn")]
        if all(file.is_file() for file in files):
            yield from _joined(*(dict(_resources(file)) for file in files))


def _resources(path: Path) -> Iterator[tuple[str, str]]:
    for element in etree.parse(path, etree.XMLParser(resolve_entities=False, remove_comments=True)).getroot():
        name = element.get("name", "")
        for place, item in enumerate([element, *element]):
            if item.tag in ("string", "item"):
                text = re.sub(r"\s+", " ", "".join(item.itertext())).strip().strip('"')
                text = re.sub(r"\\u([0-9a-fA-F]{4})", lambda match: chr(int(match[1], 16)), text)
                yield f"{name}/{item.get('quantity') or place}", re.sub(r"\\([\"'@?n])", _unescaped, text)


def _unescaped(match: re.Match[str]) -> str:
    return " " if match[1] == "n" else match[1]


def json_folders(root: Path, chinese: str, english: str = "en") -> Iterator[Triple]:
    """`mn.json` beside `en.json` and the Chinese one: texts at the same path."""
    for path in sorted(root.rglob("mn.json")):
        files = [path.with_name(f"{name}.json") for name in (english, chinese, "mn")]
        if all(file.is_file() for file in files):
            yield from _joined(*(dict(_leaves(json.loads(file.read_text(encoding="utf-8")))) for file in files))


def json_trees(root: Path, chinese: str, skip: str, wanted: str) -> Iterator[Triple]:
    """`mn/NAME.json` beside `en/NAME.json`, as CLDR has them: texts at the same path below the language's own name.

    `skip`: a pattern of paths to leave out; `wanted`: what a path must have in it.
    """
    for path in sorted(root.rglob("mn/*.json")):
        files = [path.parents[1] / name / path.name for name in ("en", chinese, "mn")]
        if not all(file.is_file() for file in files):
            continue
        tables = []
        for name, file in zip(("en", chinese, "mn"), files, strict=True):
            leaves = _leaves(json.loads(file.read_text(encoding="utf-8")))
            tables.append(
                {
                    key.replace(f"/{name}/", "/", 1): text
                    for key, text in leaves
                    if wanted in key and not re.search(skip, key)
                }
            )
        yield from _joined(*tables)


def ckeditor(root: Path) -> Iterator[Triple]:
    """`CKEDITOR.lang['mn']={JSON};`"""
    tables = []
    for name in ("en", "zh-cn", "mn"):
        text = next(root.rglob(f"lang/{name}.js")).read_text(encoding="utf-8-sig")
        tables.append(dict(_leaves(json.loads(text[text.index("]={") + 2 : text.rindex("}") + 1]))))
    yield from _joined(*tables)


def _leaves(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield path, value
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from _leaves(inner, f"{path}/{key}")
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from _leaves(inner, f"{path}/{place}")


def _joined(english: dict[str, str], chinese: dict[str, str], mongolian: dict[str, str]) -> Iterator[Triple]:
    for key, text in mongolian.items():
        if key in english and key in chinese:
            yield Triple(english[key], chinese[key], text)
