"""A bilingual PDF: each page as it was, and its translation facing it."""

from __future__ import annotations

from typing import Any

import pikepdf

from documents.pdf_pages.surfaces import inherited, shallow


class Facing:
    """Call it before anything is translated, and `insert` after."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pdf = pdf
        self._labels = [page.label for page in pdf.pages] if "/PageLabels" in pdf.Root else []
        self._forms: dict[tuple[int, int], Any] = {}
        self._sources = [self._source(page.obj) for page in pdf.pages]

    def _source(self, page: Any) -> pikepdf.Dictionary:
        copy = shallow(page)
        for key in ("/Parent", "/StructParents", "/B"):
            if key in copy:
                del copy[key]
        for key in ("/Resources", "/MediaBox", "/CropBox", "/Rotate"):
            value = inherited(page, key)
            if value is not None:
                copy[key] = value
        annotations = page.get("/Annots")
        if isinstance(annotations, pikepdf.Array):
            copies = [_annotation(item) for item in annotations if isinstance(item, pikepdf.Dictionary)]
            copy.Annots = pikepdf.Array([self._pdf.make_indirect(item) for item in copies if item is not None])
        return copy

    def keep(self, form: Any) -> None:
        """Remembers a form XObject that is about to be translated."""
        self._forms[form.objgen] = self._copy(form)

    def insert(self) -> None:
        """Puts each source page before its translation."""
        done: dict[tuple[int, int], Any] = {}
        for number, source in enumerate(self._sources):
            resources = source.get("/Resources")
            if self._forms and isinstance(resources, pikepdf.Dictionary):
                source.Resources = self._with_sources(resources, done, 0)
            self._pdf.pages.insert(2 * number, pikepdf.Page(self._pdf.make_indirect(source)))
        if self._labels:
            numbers: list[Any] = []
            for number, label in enumerate(self._labels):
                for at in (2 * number, 2 * number + 1):
                    numbers += [at, pikepdf.Dictionary(P=pikepdf.String(label))]
            self._pdf.Root.PageLabels = pikepdf.Dictionary(Nums=pikepdf.Array(numbers))
        self._pdf.Root.PageLayout = pikepdf.Name.TwoColumnLeft

    def _with_sources(self, resources: Any, done: dict[tuple[int, int], Any], depth: int) -> Any:
        """A copy of `resources` in which the forms are those of the source."""
        objects = resources.get("/XObject")
        if not isinstance(objects, pikepdf.Dictionary) or depth > 12:
            return resources
        copies = shallow(objects)
        for name, item in objects.items():
            if not isinstance(item, pikepdf.Stream) or item.get("/Subtype") != pikepdf.Name.Form:
                continue
            key = item.objgen
            if key not in done:
                form = self._forms.get(key, item)
                done[key] = form
                inner = form.get("/Resources")
                if isinstance(inner, pikepdf.Dictionary) and "/XObject" in inner:
                    form = self._copy(form)
                    form.Resources = self._with_sources(inner, done, depth + 1)
                    done[key] = form
            copies[name] = done[key]
        result = shallow(resources)
        result.XObject = copies
        return result

    def _copy(self, form: Any) -> Any:
        copy = pikepdf.Stream(self._pdf, form.read_raw_bytes())
        for key, value in form.items():
            if key != "/Length":
                copy[key] = value
        return self._pdf.make_indirect(copy)


def _annotation(item: Any) -> pikepdf.Dictionary | None:
    """A copy for the source page; fields of forms are in one place only."""
    if item.get("/Subtype") == pikepdf.Name.Widget:
        return None
    copy = shallow(item)
    for key in ("/P", "/Popup", "/StructParent"):
        if key in copy:
            del copy[key]
    return copy
