"""PDFs made by reportlab."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from reportlab.lib import colors
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import Table

from tests.corpus.words import PARAGRAPHS, WORDS
from tests.unit.pdf_kit import NOTO, NOTO_ITALIC, lines, make_pdf, picture

P, W = PARAGRAPHS, WORDS


def _letter(canvas: Canvas) -> None:
    """A title, paragraphs of several lines, a list, a number of the page."""
    lines(canvas, 60, 780, W[3], size=20)
    for number, text in enumerate(P[:4]):
        half = text.index(" ", len(text) // 2)
        lines(canvas, 60, 740 - 50 * number, text[:half], text[half + 1 :])
    lines(canvas, 60, 500, f"•  {P[4]}", f"•  {W[5]}")
    lines(canvas, 290, 40, "17")


def _table(canvas: Canvas) -> None:
    """A ruled table, and a picture."""
    table = Table([[W[0], W[1], W[2]], [W[3], "12.5", W[4]], [W[5], W[6], "A-17"]], 120, 30)
    table.setStyle([("GRID", (0, 0), (-1, -1), 1, colors.black), ("FONT", (0, 0), (-1, -1), NOTO, 11)])
    table.wrapOn(canvas, 400, 400)
    table.drawOn(canvas, 60, 600)
    canvas.drawImage(picture(), 60, 400, 200, 150)
    lines(canvas, 60, 380, P[2])


def _pages(canvas: Canvas) -> None:
    """Bookmarks, links, a page that is rotated, one without text, and a form that several pages draw."""
    canvas.beginForm("head")
    lines(canvas, 60, 810, W[7])
    canvas.endForm()
    for number, text in enumerate(P[:3]):
        canvas.bookmarkPage(f"p{number}")
        canvas.addOutlineEntry(W[number], f"p{number}")
        canvas.doForm("head")
        lines(canvas, 60, 700, text)
        canvas.linkRect("", "p0", (60, 695, 200, 712))
        canvas.setPageRotation(90 * number)
        canvas.showPage()
    canvas.setPageRotation(0)
    canvas.rect(100, 100, 200, 200)


def _looks(canvas: Canvas) -> None:
    """Colours, italics in a line, two columns, text at an angle."""
    text = canvas.beginText(60, 780)
    text.setFont(NOTO, 12)
    text.setFillColor(colors.red)
    text.textOut(f"{W[0]} ")
    text.setFont(NOTO_ITALIC, 12)
    text.setFillColor(colors.blue)
    text.textOut(W[1])
    canvas.drawText(text)
    canvas.setFillColor(colors.black)
    for x, texts in ((60, P[0]), (320, P[4])):
        words = texts.split()
        lines(canvas, x, 700, *(" ".join(words[at : at + 3]) for at in range(0, len(words), 3)))
    canvas.translate(300, 400)
    canvas.rotate(45)
    lines(canvas, 0, 0, W[6], size=24)


def drawn(draw: Callable[[Canvas], None], compressed: bool = True) -> Callable[[Path], object]:
    return lambda path: make_pdf(path, draw, compressed)


PDF = [drawn(_letter), drawn(_table), drawn(_pages), drawn(_looks, compressed=False)]
