"""Argos packages (`.argosmodel`): a zip with a CTranslate2 model, as users of LibreTranslate own them."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path, PurePosixPath
from typing import Any

from translation.errors import ModelUnusable
from translation.files import digest, locked, published, read_json

_LARGEST_BYTES = 8 << 30
_METADATA_BYTES = 1 << 20
# Only what CTranslate2 reads: packages also bring Stanza's sentence splitters, which are pickles.
_WANTED = re.compile(r"metadata\.json|README\.md|sentencepiece\.model|bpe\.model|model/[\w.-]+\.(json|txt|bin)")


def read_metadata(path: Path) -> dict[str, Any]:
    """`metadata.json` of a package, packed or not. Raises ModelUnusable."""
    if path.is_dir():
        contents = read_json(path / "metadata.json")
    else:
        with _opened(path) as package:
            name = _members(path, package).get("metadata.json")
            if name is None or package.getinfo(name).file_size > _METADATA_BYTES:
                raise ModelUnusable(f"{path} is not an Argos package: it has no metadata.json. Fetch it again.")
            try:
                contents = json.loads(package.read(name))
            except ValueError as error:
                raise ModelUnusable(f"The metadata.json in {path} is damaged ({error}). Fetch it again.") from error
    if not isinstance(contents, dict):
        raise ModelUnusable(f"The metadata.json of {path} is not an object. Fetch it again.")
    return contents


def unpacked(path: Path, cache_dir: Path) -> Path:
    """The folder of a package, unzipped into the cache once. Raises ModelUnusable."""
    if path.is_dir():
        return _checked(path)
    final = cache_dir / "argos" / digest(path, cache_dir)[:32]
    with locked(final.parent / f"{final.name}.lock"):
        if not final.exists():
            with _opened(path) as package, published(final) as work:
                for wanted, name in _members(path, package).items():
                    target = work / wanted
                    target.parent.mkdir(parents=True, exist_ok=True)
                    with package.open(name) as source, target.open("wb") as out:
                        shutil.copyfileobj(source, out)
                _checked(work)
    return final


def _opened(path: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(path)
    except (OSError, zipfile.BadZipFile) as error:
        raise ModelUnusable(f"{path} is not an Argos package ({error}). Fetch it again.") from error


def _members(path: Path, package: zipfile.ZipFile) -> dict[str, str]:
    """Name below the package's own top folder -> name in the zip, for what we want of it."""
    found: dict[str, str] = {}
    size = 0
    for info in package.infolist():
        parts = PurePosixPath(info.filename).parts
        # The pattern allows neither "..", nor a drive, nor a backslash: a hostile name matches nothing.
        for name in ("/".join(parts), "/".join(parts[1:])):
            if not info.is_dir() and _WANTED.fullmatch(name) and name not in found:
                found[name] = info.filename
                size += info.file_size
                break
    if size > _LARGEST_BYTES:
        raise ModelUnusable(f"{path} would unpack to {size >> 20} MiB, more than any real package does.", size=size)
    return found


def _checked(folder: Path) -> Path:
    if not (folder / "model" / "model.bin").is_file():
        raise ModelUnusable("The Argos package has no model/model.bin. Fetch it again.")
    if not (folder / "sentencepiece.model").is_file():
        raise ModelUnusable(
            "The Argos package has no sentencepiece.model (the newer ones with bpe.model cannot be run yet): "
            "take an older version of it, or another model."
        )
    return folder
