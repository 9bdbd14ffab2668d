"""Reads a multipart body as it arrives: files go straight to the blob store's staging area, hashed and counted on the way.

FastAPI's own parser would take the whole request, whatever its size, before our limits could say no.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request
from python_multipart.exceptions import MultipartParseError
from python_multipart.multipart import MultipartParser, parse_options_header

from common.quantities import written
from serve_app.errors import BadMultipart, FileTooLarge
from storage.blobs import BlobStore, Staged

MAX_FIELD_BYTES = 64 * 1024
MAX_FIELDS = 100
MAX_HEADER_BYTES = 16 * 1024


@dataclass
class Received:
    """A form: text fields, and (name as the client gave it, staged file) in order of arrival."""

    fields: dict[str, str] = field(default_factory=dict)
    files: list[tuple[str, Staged]] = field(default_factory=list)

    def discard(self) -> None:
        for _name, staged in self.files:
            staged.discard()


class _Form:
    """The callbacks of one request's parser."""

    def __init__(self, blobs: BlobStore, max_file_bytes: int, max_files: int) -> None:
        self.received = Received()
        self.complete = False
        self._blobs = blobs
        self._max_file_bytes = max_file_bytes
        self._max_files = max_files
        self._header = [b"", b""]
        self._headers: dict[bytes, bytes] = {}
        self._name = ""
        self._file: Staged | None = None
        self._text = bytearray()

    def on_part_begin(self) -> None:
        self._headers = {}
        self._text = bytearray()
        self._file = None

    def on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._grow_header(0, data[start:end])

    def on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._grow_header(1, data[start:end])

    def _grow_header(self, part: int, data: bytes) -> None:
        self._header[part] += data
        if len(self._header[part]) > MAX_HEADER_BYTES:
            raise BadMultipart("A part of the form has a header of more than 16 KB.")

    def on_header_end(self) -> None:
        self._headers[self._header[0].lower()] = self._header[1]
        self._header = [b"", b""]

    def on_headers_finished(self) -> None:
        _kind, options = parse_options_header(self._headers.get(b"content-disposition", b""))
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        given = options.get(b"filename")
        if given is None:
            if len(self.received.fields) >= MAX_FIELDS:
                raise BadMultipart(f"The form has more than {MAX_FIELDS} fields.")
            return
        if len(self.received.files) >= self._max_files:
            raise FileTooLarge(
                f"One request may carry {self._max_files} files; send the others in another.", limit=self._max_files
            )
        self._file = self._blobs.stage()
        self.received.files.append((given.decode("utf-8", "replace"), self._file))

    def on_part_data(self, data: bytes, start: int, end: int) -> None:
        if self._file is None:
            self._text += data[start:end]
            if len(self._text) > MAX_FIELD_BYTES:
                raise BadMultipart(f"The field {self._name!r} is longer than {MAX_FIELD_BYTES // 1024} KB.")
            return
        self._file.write(data[start:end])
        if self._file.size > self._max_file_bytes:
            raise too_large(self._max_file_bytes)

    def on_part_end(self) -> None:
        if self._file is None:
            self.received.fields[self._name] = self._text.decode("utf-8", "replace")
        else:
            self._file.finish()

    def on_end(self) -> None:
        self.complete = True


def too_large(limit: int) -> FileTooLarge:
    return FileTooLarge(
        f"The file is larger than {written(limit, 'bytes')}, which is the limit (MAX_FILE_SIZE). Split it and send the parts.",
        max_file_size=limit,
    )


async def receive(request: Request, blobs: BlobStore, *, max_file_bytes: int, max_files: int) -> Received:
    """-> the form. On any error, a client that goes away included, nothing is left behind.

    Raises BadMultipart, FileTooLarge, StorageError.
    """
    _kind, options = parse_options_header(request.headers.get("content-type", ""))
    boundary = options.get(b"boundary")
    if not boundary:
        raise BadMultipart("The multipart body has no boundary in its Content-Type.")
    # Headers and boundaries around the files are small beside this allowance.
    announced = int(request.headers.get("content-length") or 0)
    if announced > max_files * max_file_bytes + MAX_FIELDS * MAX_FIELD_BYTES:
        raise too_large(max_file_bytes)
    form = _Form(blobs, max_file_bytes, max_files)
    names = [name for name in dir(form) if name.startswith("on_")]
    parser = MultipartParser(boundary, {name: getattr(form, name) for name in names})  # type: ignore[arg-type]
    try:
        async for block in request.stream():
            parser.write(block)
        parser.finalize()
        if not form.complete:
            raise BadMultipart("The upload broke off before its end. Send it again.")
    except MultipartParseError as error:
        form.received.discard()
        raise BadMultipart(f"The multipart body is malformed: {error}.") from error
    except BaseException:
        form.received.discard()
        raise
    return form.received
