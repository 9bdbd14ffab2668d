"""What can be wrong with a document, one class a cause. `DocumentError` is the root of them all."""

from __future__ import annotations

from typing import Any, ClassVar


class DocumentError(Exception):
    """The document cannot be read or written."""

    code: ClassVar[str] = "document_error"
    status: ClassVar[int] = 422

    def __init__(self, detail: str, **data: Any) -> None:
        """`detail` says what is wrong and what to do; `data` are JSON values for programs."""
        super().__init__(detail)
        self.detail = detail
        self.data = data

    def __reduce__(self) -> tuple[Any, ...]:
        # Exceptions pickle by their positional arguments; `data` would be lost between worker and server.
        return _rebuild, (type(self), self.detail, self.data)


def _rebuild(kind: type[DocumentError], detail: str, data: dict[str, Any]) -> DocumentError:
    return kind(detail, **data)


class UnsupportedType(DocumentError):
    """The file is of a type that is not translated, or its content is not what its name says."""

    code = "unsupported_type"
    status = 415


class FileEmpty(DocumentError):
    """The file has no content."""

    code = "file_empty"


class FileTooLarge(DocumentError):
    """The file is larger than this server takes."""

    code = "file_too_large"
    status = 413


class FileDamaged(DocumentError):
    """The file is broken: it cannot be opened by the program that it belongs to either."""

    code = "file_damaged"


class FileEncrypted(DocumentError):
    """The file is protected by a password."""

    code = "file_encrypted"


class FileUnsafe(DocumentError):
    """The file is built to harm who opens it (zip bomb, XML entities, path tricks)."""

    code = "file_unsafe"


class FileNoText(DocumentError):
    """The file holds no text at all."""

    code = "file_no_text"
