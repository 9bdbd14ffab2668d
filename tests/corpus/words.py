"""Text for documents that the tests make, and a translation that an independent reader can tell from it.

What is to be translated is written in Cyrillic and nothing else is; the translation is Han. So a Cyrillic letter in a
translated document is text that was forgotten.
"""

from __future__ import annotations

import re

from documents.model import Piece, Unit

PARAGRAPHS = (
    "Монгол улсын нийслэл Улаанбаатар хот Туул голын хөндийд оршдог.",
    "Тайланг 2026 оны 3 дугаар сард https://example.mn хаягаар хүлээн авна.",
    "Гэрээний 12.5 хувийг төлсөн бол үлдсэн хэсгийг маргааш шилжүүлнэ үү!",
    "Өвлийн улиралд зам халтиргаатай тул жолооч нар болгоомжтой яваарай.",
    "Хүүхэд бүр сургуульд явах эрхтэй; багш нар тэдэнд тусална.",
    "Энэ өгүүлбэр (хаалттай) бас «ишлэлтэй» бөгөөд {name} гэсэн тэмдэгтэй.",
)
WORDS = ("Нэр", "Огноо", "Дүн", "Тайлбар", "Нийт", "Захиалга", "Бараа", "Үнэ")
CYRILLIC = re.compile("[\u0400-\u052f]+")


def translated(text: str) -> str:
    """`text` with Han characters for its Cyrillic words; everything else in it stays."""
    return CYRILLIC.sub(lambda match: "译文" * ((len(match.group()) + 3) // 4), text)


def same(unit: Unit) -> list[Piece]:
    """The pieces of a translation that is the source."""
    if not unit.runs:
        return [Piece(unit.text)]
    return [Piece(unit.text[run.start : run.end], number) for number, run in enumerate(unit.runs)]
