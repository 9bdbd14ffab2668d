"""What a sheet tells whoever uses its cells: prompts and warnings of validations, tips of links."""

from __future__ import annotations

from lxml import etree

from documents.drawing import plain
from documents.drawing.names import below, local
from documents.ooxml.texts import Texts

# Excel calls a workbook damaged whose messages are longer (ECMA-376 part 1, 18.3.1.32).
_MESSAGES = {
    "dataValidation": {"promptTitle": 32, "prompt": 255, "errorTitle": 32, "error": 255},
    "hyperlink": {"tooltip": 255},
}


def edit(root: etree._Element, title: str, texts: Texts) -> bool:
    """Translates the messages of the sheet `title`; one that becomes too long is cut. Returns whether any changed."""
    changed = False
    between = plain.BESIDE if texts.is_bilingual else None
    for element in below(root, *_MESSAGES):
        for attribute, most in _MESSAGES[local(element)].items():
            new = plain.translated(element.get(attribute) or "", f"{title}:{attribute}", texts.again, between)
            if new is not None:
                element.set(attribute, new if len(new) <= most else new[: most - 1] + "…")
                changed = True
    return changed
