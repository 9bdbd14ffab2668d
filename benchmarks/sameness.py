"""Is a document that was written with the translation that is its source the same document?"""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Any

import pikepdf
from lxml import etree

from documents import libreoffice
from documents.model import Output
from documents.naming import CONVERTED


class Changed(Exception):
    """It is not; says in what."""


def renewed(path: Path) -> Path:
    """The document that is written anew: what LibreOffice makes of one of an old type, and `path` of any other.

    Raises what `libreoffice.converted` raises.
    """
    target = CONVERTED.get(path.suffix.lower())
    return path if target is None else libreoffice.converted(path, path.suffix.lower(), target)


def require_same(path: Path, out: Path, output: Output) -> None:
    """XML may be spelled otherwise, and a PDF put together otherwise. A bilingual PDF has each page twice. Raises `Changed`."""
    source = renewed(path)
    if source.suffix.lower() == ".pdf":
        _require_same_pages(source, out, 2 if output is Output.BILINGUAL else 1)
    elif zipfile.is_zipfile(source):
        before, after = _parts(source.read_bytes()), _parts(out.read_bytes())
        if list(before) != list(after):
            raise Changed("it has other parts")
        changed = [name for name, part in before.items() if part != after[name]]
        if changed:
            raise Changed(f"other: {', '.join(changed)}")
    elif source.read_bytes() != out.read_bytes():
        raise Changed("it is another file")


def _parts(data: bytes) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return {name: _canonical(package.read(name)) for name in package.namelist()}


def _canonical(data: bytes) -> Any:
    """XML in its canonical spelling, the parts of a package inside an archive; anything else as it is."""
    if data.startswith(b"PK\3\4"):
        return _parts(data)
    if data.lstrip()[:1] != b"<":
        return data
    try:
        parser = etree.XMLParser(resolve_entities=False, no_network=True)
        return etree.tostring(etree.fromstring(data, parser), method="c14n")
    except etree.XMLSyntaxError:
        return data


def _require_same_pages(source: Path, out: Path, times: int) -> None:
    with pikepdf.open(source) as before, pikepdf.open(out) as after:
        pages = [page for page in map(_contents, before.pages) for _ in range(times)]
        written = list(map(_contents, after.pages))
        if len(written) != len(pages):
            raise Changed(f"it has {len(written)} pages, not {len(pages)}")
        changed = [str(number) for number, page in enumerate(pages, 1) if page != written[number - 1]]
        if changed:
            raise Changed(f"other pages: {', '.join(changed)}")
        # Those that nothing draws are left out of the new file.
        if not _forms(after) <= _forms(before):
            raise Changed("it has other forms (XObjects)")


def _contents(page: pikepdf.Page) -> list[bytes]:
    """The streams of a page as they stand in the file."""
    found = page.obj.get("/Contents", pikepdf.Array())
    streams = list(found) if isinstance(found, pikepdf.Array) else [found]
    return [stream.read_raw_bytes() for stream in streams if isinstance(stream, pikepdf.Stream)]


def _forms(pdf: pikepdf.Pdf) -> set[bytes]:
    return {
        item.read_raw_bytes()
        for item in pdf.objects
        if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == pikepdf.Name.Form
    }
