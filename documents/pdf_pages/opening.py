"""A PDF opened within limits: what it may ask of memory, and what is wrong with it in one sentence."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pikepdf

from documents.errors import FileDamaged, FileEncrypted, FileTooLarge
from documents.limits import MIB

MAX_PAGES = 2_000
"""A page of text takes some 0.1 s to read and again to write; a worker has 10 minutes."""

MAX_STREAM_BYTES = 32 * MIB
"""Of one unpacked stream. A second of reading is about a megabyte; pages of large maps reach 20."""

_TOO_LARGE = f"A page of the PDF unpacks to more than {MAX_STREAM_BYTES // MIB} MB. Leave that page out."
_MANAGED = "The PDF is protected by a certificate or by a program that manages rights. Save it without that and upload it again."
_BROKEN = "The PDF is broken: {reason}. Open it in a PDF reader, save it again, and upload that."


@contextmanager
def opened(path: Path) -> Iterator[pikepdf.Pdf]:
    """The PDF at `path`. Raises `FileEncrypted`, `FileDamaged`, `FileTooLarge`, also for what turns out inside."""
    # Process-wide, and the only PDFs of this process are ours.
    pikepdf.settings.set_qpdf_limits(
        flate_max_memory=MAX_STREAM_BYTES,
        run_length_max_memory=MAX_STREAM_BYTES,
        png_max_memory=MAX_STREAM_BYTES,
        tiff_max_memory=MAX_STREAM_BYTES,
        max_stream_filters=4,
        doc_max_warnings=1_000,
    )
    try:
        with pikepdf.open(path, suppress_warnings=True) as pdf:
            _require_pages(pdf)
            yield pdf
    except pikepdf.PasswordError as error:
        raise FileEncrypted("The PDF is protected by a password. Save it without one and upload it again.") from error
    except (pikepdf.PdfError, pikepdf.ForeignObjectError, pikepdf.DeletedObjectError) as error:
        if "nsupported" in str(error) and "encryption" in str(error):
            raise FileEncrypted(_MANAGED) from error
        raise FileDamaged(_BROKEN.format(reason=_reason(error))) from error


def _reason(error: Exception) -> str:
    """What the library says, without the path of our temporary file."""
    return str(error).rsplit(": ", 1)[-1].rsplit(") ", 1)[-1].strip(". ") or "its parts do not fit together"


def _require_pages(pdf: pikepdf.Pdf) -> None:
    """The library has listed the pages by now, each node of their tree once."""
    pages = len(pdf.pages)
    if pages > MAX_PAGES:
        raise FileTooLarge(f"The PDF has more than {MAX_PAGES:,} pages. Split it and send the parts.")
    if not pages:
        raise FileDamaged(_BROKEN.format(reason="it has no pages"))


def packed(pdf: pikepdf.Pdf, data: bytes) -> pikepdf.Stream:
    """A new stream. What is not new is saved as it stands in the file, so nothing is packed when it is saved."""
    stream = pikepdf.Stream(pdf, zlib.compress(data))
    stream.Filter = pikepdf.Name.FlateDecode
    return stream


def unpacked(stream: pikepdf.Object) -> bytes:
    """The bytes of a stream; none where its filters are unknown or its data is broken: a reader shows nothing of it either."""
    try:
        data = stream.read_bytes()
    except pikepdf.PdfError as error:
        if "limit exceeded" in str(error):
            raise FileTooLarge(_TOO_LARGE) from error
        return b""
    if len(data) > MAX_STREAM_BYTES:
        raise FileTooLarge(_TOO_LARGE)
    return data


def contents(page: pikepdf.Object) -> bytes:
    """The content of a page, whether it is one stream or several."""
    found = page.get("/Contents")
    if isinstance(found, pikepdf.Stream):
        return unpacked(found)
    if not isinstance(found, pikepdf.Array):
        return b""
    parts: list[bytes] = []
    size = 0
    for part in found:
        if isinstance(part, pikepdf.Stream):
            parts.append(unpacked(part))
            size += len(parts[-1])
            if size > MAX_STREAM_BYTES:
                raise FileTooLarge(
                    f"A page of the PDF unpacks to more than {MAX_STREAM_BYTES // MIB} MB. Leave it out."
                )
    return b"\n".join(parts)
