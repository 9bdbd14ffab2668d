"""Word packages written by hand and the round trip through a format, for the tests of `documents`."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path

from lxml import etree

from documents.docx import Docx
from documents.formatting import place_runs
from documents.model import Format, Piece, Unit

W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
NAMESPACES = (
    f'xmlns:w="{W}" xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:wps="http://schemas.microsoft.com/office/word/2010/wordprocessingShape" '
    'xmlns:v="urn:schemas-microsoft-com:vml"'
)
MAIN = "application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
_WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml"
_RELATIONSHIPS = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Relationships '
    'xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="word/document.xml"/></Relationships>'
)


def content_types(main: str = MAIN, extra: Mapping[str, str] | None = None) -> str:
    overrides = {"/word/document.xml": main, **(extra or {})}
    listed = "".join(f'<Override PartName="{name}" ContentType="{kind}"/>' for name, kind in overrides.items())
    return (
        '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{listed}</Types>'
    )


def part(root: str, content: str) -> str:
    return f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<w:{root} {NAMESPACES}>{content}</w:{root}>'


def make_docx(
    path: Path, body: str, parts: Mapping[str, str] | None = None, others: Mapping[str, bytes] | None = None
) -> Path:
    """A package whose document body is `body`; `parts` maps header, footer, footnotes... to their content."""
    parts = parts or {}
    roots = {"header": "hdr", "footer": "ftr"}
    extra = {f"/word/{kind}.xml": f"{_WORD}.{kind}+xml" for kind in parts}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as package:
        package.writestr("[Content_Types].xml", content_types(extra=extra))
        package.writestr("_rels/.rels", _RELATIONSHIPS)
        package.writestr("word/document.xml", part("document", f"<w:body>{body}<w:sectPr/></w:body>"))
        for kind, content in parts.items():
            package.writestr(f"word/{kind}.xml", part(roots.get(kind, kind), content))
        for name, data in (others or {}).items():
            package.writestr(name, data)
    return path


def p(*content: str) -> str:
    return f"<w:p>{''.join(content)}</w:p>"


def r(text: str, properties: str = "") -> str:
    formatting = f"<w:rPr>{properties}</w:rPr>" if properties else ""
    return f'<w:r>{formatting}<w:t xml:space="preserve">{text}</w:t></w:r>'


def field(instruction: str, result: str) -> str:
    return (
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r>'
        f'<w:r><w:instrText xml:space="preserve"> {instruction} </w:instrText></w:r>'
        '<w:r><w:fldChar w:fldCharType="separate"/></w:r>'
        f'{result}<w:r><w:fldChar w:fldCharType="end"/></w:r>'
    )


def run_format(
    form: Format, source: Path, out: Path, translate: Callable[[Unit], str | list[Piece]], language: str = "cmn_Hans"
) -> list[Unit]:
    """Writes `out`, each unit translated by `translate` (a text is placed by `place_runs`); returns the units."""
    units = list(form.read(source))

    def pieces(unit: Unit) -> list[Piece]:
        answer = translate(unit)
        return place_runs(unit, answer, None) if isinstance(answer, str) else answer

    form.write(source, out, (pieces(unit) for unit in units), language)
    return units


def translate_docx(
    source: Path, translate: Callable[[Unit], str | list[Piece]], language: str = "cmn_Hans"
) -> tuple[list[str], etree._Element]:
    """(unit texts, root of the translated body)."""
    out = source.with_name("out.docx")
    units = run_format(Docx(), source, out, translate, language)
    return [unit.text for unit in units], root_of(out)


def root_of(path: Path, name: str = "word/document.xml") -> etree._Element:
    with zipfile.ZipFile(path) as package:
        return etree.fromstring(package.read(name))


def names(element: etree._Element) -> list[str]:
    """Local names below `element` in document order."""
    return [etree.QName(one).localname for one in element.iter() if one is not element]


def texts(element: etree._Element) -> list[str]:
    return [one.text or "" for one in element.iter(f"{{{W}}}t")]


def first(element: etree._Element, name: str) -> etree._Element:
    found = next(element.iter(f"{{{W}}}{name}"), None)
    assert found is not None, f"no w:{name}"
    return found


def canonical(element: etree._Element) -> bytes:
    return etree.tostring(element, method="c14n")
