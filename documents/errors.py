"""What can be wrong with a document, one class a cause. `DocumentError` is the root of them all."""

from __future__ import annotations

from typing import ClassVar

from common.errors import KhelmerchError


class DocumentError(KhelmerchError):
    """The document cannot be read or written."""

    code: ClassVar[str] = "document_error"
    status: ClassVar[int] = 422


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


class ConverterMissing(DocumentError):
    """The file is of an old type, and the program that converts it is not installed on the server."""

    code = "converter_missing"
    status = 415


class TooComplex(DocumentError):
    """The document takes more memory or time than one document may take."""

    code = "document_too_complex"


class BadTerms(DocumentError):
    """A list of terms cannot be read."""

    code = "bad_glossary"


class BadMemory(DocumentError):
    """A translation memory cannot be read."""

    code = "bad_memory"
