"""Documents of Office 97-2003 and RTF (.doc, .rtf, .xls, .ppt): LibreOffice converts them, and what comes back is new."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from documents import ole, safe_zip
from documents.docx import Docx
from documents.errors import FileDamaged, UnsupportedType
from documents.limits import Limits
from documents.model import DEFAULT_OPTIONS, Format, Options, Unit
from documents.naming import CONVERTED
from documents.pptx import Pptx
from documents.sniff import RTF, Container, begins_with, container
from documents.writing import Translated, Wanted, Writer
from documents.xlsx import Xlsx


class OldOffice(Writer):
    """One of the old formats. `kind`: None for RTF."""

    def __init__(self, suffix: str, media_type: str, kind: ole.Old | None, new: Format) -> None:
        self.name = suffix[1:]
        self.suffixes: tuple[str, ...] = (suffix,)
        self.media_type = media_type
        self.outputs = new.outputs
        self._kind = kind
        self._new = new
        self._target = CONVERTED[suffix]

    def recognise(self, path: Path, suffix: str) -> None:
        """See `Format.recognise`."""
        found = container(path)
        if found is Container.OLE and self._kind is not None:
            return
        if self._is_rtf(path):
            return
        if found is Container.ZIP:
            raise UnsupportedType(
                f"The name ends in {suffix}, but the content is a newer document or an archive. Give it its right name "
                f"({self._target}?)."
            )
        if found is Container.OTHER or found is Container.OLE:
            raise UnsupportedType(f"The name ends in {suffix}, but the content is something else.")
        raise FileDamaged(f"The file does not begin as one of the type {suffix}. Open and save it as {self._target}.")

    def check(self, path: Path, limits: Limits) -> None:
        """Converts the document, and checks what comes out. Raises any `DocumentError`."""
        safe_zip.check_size(path, limits)
        if self._kind is not None and not self._is_rtf(path):
            ole.require(path, self._kind, self._target)
        self._new.check(self._converted(path), limits)

    def read(self, path: Path, options: Options = DEFAULT_OPTIONS) -> Iterator[Unit]:
        """See `Format.read`."""
        return self._new.read(self._converted(path), options)

    def put(self, source: Path, out: Path, translated: Translated, wanted: Wanted) -> None:
        """See `Format.write`. `out` becomes a document of the new type."""
        self._new.write(self._converted(source), out, translated, wanted.target_language, wanted.output, wanted.options)

    def _is_rtf(self, path: Path) -> bool:
        """Word saves RTF as .doc too where it is told to."""
        return self._target == ".docx" and begins_with(path, RTF)

    def _converted(self, path: Path) -> Path:
        from documents import libreoffice  # few documents are old, and every worker would load it

        suffix = ".rtf" if self._is_rtf(path) else self.suffixes[0]
        return libreoffice.converted(path, suffix, self._target)


def old_formats() -> tuple[OldOffice, ...]:
    """All of them."""
    return (
        OldOffice(".doc", "application/msword", ole.WORD, Docx()),
        OldOffice(".ppt", "application/vnd.ms-powerpoint", ole.POWERPOINT, Pptx()),
        OldOffice(".rtf", "application/rtf", None, Docx()),
        OldOffice(".xls", "application/vnd.ms-excel", ole.EXCEL, Xlsx()),
    )
