"""PDFs made for the tests of `documents`, and what can be seen in one that was written."""

from __future__ import annotations

import io
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pikepdf
from pdfminer.high_level import extract_text
from PIL import Image
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from documents.formatting import place_runs
from documents.limits import Limits
from documents.model import Output, Unit
from documents.pdf import Pdf
from documents.pdf_pages.geometry import Box
from documents.pdf_pages.opening import contents, opened
from documents.pdf_pages.rewriting import box_of
from documents.pdf_pages.setting import Fragment
from documents.pdf_pages.surfaces import Surface, Surfaces

A4 = (595.0, 842.0)
NOTO, NOTO_ITALIC, SONG = "Noto", "NotoItalic", "STSong-Light"


def noto(name: str = "NotoSans[wght].ttf") -> Path:
    spec = find_spec("manimgx_fonts")
    assert spec is not None and spec.submodule_search_locations
    return Path(next(iter(spec.submodule_search_locations))) / name


def fonts() -> None:
    pdfmetrics.registerFont(TTFont(NOTO, str(noto())))
    pdfmetrics.registerFont(TTFont(NOTO_ITALIC, str(noto("NotoSans-Italic[wght].ttf"))))
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))


def make_pdf(path: Path, draw: Callable[[Canvas], None], compressed: bool = True) -> Path:
    """A page of A4 that `draw` fills; it may call showPage for more."""
    fonts()
    canvas = Canvas(str(path), pagesize=A4, pageCompression=int(compressed))
    canvas.setFont(NOTO, 11)
    draw(canvas)
    canvas.save()
    return path


def lines(
    canvas: Canvas, x: float, y: float, *texts: str, leading: float = 14, font: str = NOTO, size: float = 11
) -> None:
    """Lines below each other, the first baseline at y."""
    text = canvas.beginText(x, y)
    text.setFont(font, size)
    text.setLeading(leading)
    for line in texts:
        text.textLine(line)
    canvas.drawText(text)


def picture(colour: str = "red", size: tuple[int, int] = (40, 30)) -> ImageReader:
    return ImageReader(Image.new("RGB", size, colour))


def raw_pdf(path: Path, content: bytes, resources: pikepdf.Dictionary | None = None, **page: Any) -> Path:
    """One page of A4 whose content stream is `content`; /F1 is Helvetica."""
    with pikepdf.new() as pdf:
        font = pikepdf.Dictionary(
            Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica,
            Encoding=pikepdf.Name.WinAnsiEncoding,
        )  # fmt: skip
        made = resources if resources is not None else pikepdf.Dictionary()
        made.Font = pikepdf.Dictionary({**dict(made.get("/Font", {})), "/F1": font})
        pdf.add_blank_page(page_size=A4)
        pdf.pages[0].obj.Contents = pdf.make_stream(content)
        pdf.pages[0].obj.Resources = made
        for key, value in page.items():
            pdf.pages[0].obj["/" + key] = value
        pdf.save(path)
    return path


def units(path: Path) -> list[Unit]:
    kind = Pdf()
    kind.recognise(path, ".pdf")
    kind.check(path, Limits())
    return list(kind.read(path))


def texts(path: Path) -> list[str]:
    return [unit.text for unit in units(path)]


def translated(
    path: Path,
    rule: Callable[[str], str],
    language: str = "cmn_Hans",
    output: Output = Output.TRANSLATED,
) -> Path:
    """The document at `path` with each unit's text through `rule`."""
    out = path.with_name(f"{path.stem}.{output}.{language}.pdf")
    made = [place_runs(unit, rule(unit.text), None) for unit in units(path)]
    Pdf().write(path, out, iter(made), language, output)
    return out


def seen(path: Path, page: int | None = None) -> str:
    """All text as another program finds it, without white space."""
    return "".join(extract_text(str(path), page_numbers=None if page is None else [page]).split())


def surfaces(path: Path) -> list[Surface]:
    with opened(path) as pdf:
        walked = Surfaces(pdf)
        return [surface for number in range(1, len(pdf.pages) + 1) for surface in walked.of_page(number)]


def shown(path: Path) -> dict[str, tuple[Box, float, float]]:
    """Of each line as it is shown: its box on the page, the size of its letters, and the direction in degrees."""
    from documents.pdf_pages.lines import lines_of

    result: dict[str, tuple[Box, float, float]] = {}
    for surface in surfaces(path):
        for frame, glyphs in surface.drawn.glyphs.items():
            for line in lines_of(glyphs, []):
                fragment = Fragment(0, line.u0, line.v, line.size, line.u1 - line.u0, ())
                result[line.text] = (box_of(frame, fragment), line.size, frame.degrees)
    return result


def page_bytes(path: Path) -> list[bytes]:
    with pikepdf.open(path) as pdf:
        return [contents(page.obj) for page in pdf.pages]


def streams(path: Path, subtype: str) -> list[bytes]:
    """The bytes of all streams of a kind, as they stand in the file."""
    with pikepdf.open(path) as pdf:
        return sorted(
            item.read_raw_bytes()
            for item in pdf.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Subtype") == pikepdf.Name("/" + subtype)
        )


def encrypted(path: Path, user: str) -> Path:
    out = path.with_name("encrypted.pdf")
    with pikepdf.open(path) as pdf:
        pdf.save(out, encryption=pikepdf.Encryption(owner="owner", user=user))
    return out


def picture_bytes() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (600, 800), "white").save(data, "JPEG")
    return data.getvalue()
