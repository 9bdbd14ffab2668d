"""A short rich text (a:p of DrawingML, si and is of SpreadsheetML) as atoms, and put together again.

Both are flat: runs with their properties and text, and between them line breaks, fields and formulas.
"""

from __future__ import annotations

import copy
import itertools
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import cast

from lxml import etree

from documents.characters import without_unwritable
from documents.drawing.names import child, like, local
from documents.drawing.plain import CUT, Asking
from documents.model import Piece
from documents.ooxml.texts import says
from documents.word.atoms import Atom, Mark, Strength, Text
from documents.word.names import XML_SPACE
from documents.word.rebuild import Translated, translated_atoms
from documents.word.stretches import Looks, Stretch, stretches

# Say nothing about how text looks.
_INVISIBLE = frozenset({"lang", "altLang", "dirty", "err", "noProof", "smtClean", "smtId", "bmk", "kumimoji"})
_SHOWN_ATTRIBUTES = frozenset({"u", "strike"})
_SHOWN_CHILDREN = frozenset({"u", "strike", "highlight", "hlinkClick", "uFill", "uLn"})
# Stay where they are, before and behind the content.
_FIRST = frozenset({"pPr"})
_LAST = frozenset({"endParaRPr", "phoneticPr"})
# The reading of Japanese words, which a translation does not have.
_READING = frozenset({"rPh"})


@dataclass(eq=False)
class Literal(Mark):
    """A line end or a tab that stands in the text of `run`."""

    characters: str = ""


def format_key(run: etree._Element) -> bytes:
    """Equal for runs that look the same."""
    properties = child(run, "rPr")
    if properties is None:
        return b""
    plain = copy.deepcopy(properties)
    plain.tail = None
    for name in _INVISIBLE & set(plain.attrib):
        del plain.attrib[name]
    return b"" if not plain.attrib and not len(plain) else etree.tostring(plain, method="c14n")


def shows_on_space(run: etree._Element) -> bool:
    """Whether the formatting of `run` can be seen on white space."""
    properties = child(run, "rPr")
    if properties is None:
        return False
    if any(properties.get(name) not in (None, "none", "noStrike") for name in _SHOWN_ATTRIBUTES):
        return True
    return any(local(element) in _SHOWN_CHILDREN for element in properties)


LOOKS = Looks(format_key, shows_on_space)


def stretches_of(holder: etree._Element, place: str) -> list[Stretch]:
    """The stretches of the rich text in `holder`."""
    atoms: list[Atom] = []
    for element in holder:
        name = local(element)
        if name in _FIRST or name in _LAST or name in _READING:
            continue
        if name == "t":  # text without runs; its formatting is that of the holder
            atoms += _texts(element.text or "", holder)
        elif name == "r" and child(element, "t") is not None:
            text = child(element, "t")
            atoms += _texts((text.text or "") if text is not None else "", element)
        elif name == "r":
            continue
        else:
            strength = Strength.BOUNDARY if name == "br" else Strength.HARD if name else Strength.SOFT
            atoms.append(Mark(element, (), None, strength))
    return stretches(atoms, place, LOOKS)


def pieces_of(found: Sequence[Stretch], asking: Asking) -> list[Sequence[Piece] | None] | None:
    """What `asking` gives for each stretch, None for one that stays as it is; None for all when nothing changes."""
    pieces: list[Sequence[Piece] | None] = []
    for stretch in found:
        given = None if stretch.unit is None else asking(stretch.unit)
        pieces.append(None if stretch.unit is None or says(stretch.unit, given) else given)
    return pieces if any(one is not None for one in pieces) else None


def with_source(found: Sequence[Stretch], atoms: Sequence[Atom], between: str) -> list[Atom]:
    """The atoms of `found`, then `between`, then `atoms`: both languages in one text."""
    run = next(stretch.runs[0].model for stretch in found if stretch.runs)
    source = [atom for stretch in found for atom in stretch.atoms]
    return [*source, Literal(run, (), run, Strength.BOUNDARY, characters=between), *atoms]


def translated(found: Sequence[Stretch], pieces: Sequence[Sequence[Piece] | None]) -> list[Atom]:
    """The atoms of `found` with the units' texts replaced by their pieces; those with None stay."""
    return [
        atom
        for stretch, given in zip(found, pieces, strict=True)
        for atom in (stretch.atoms if given is None else translated_atoms(stretch, given))
    ]


def rebuild(holder: etree._Element, atoms: Iterable[Atom], tag: str | None) -> None:
    """Replaces the content of `holder` by `atoms`. `tag`: what translated runs say of their language (lang), if they do."""
    members = list(atoms)
    content: list[etree._Element] = []
    for key, group in itertools.groupby(members, lambda atom: _key(atom, tag is not None)):
        if key is None:
            content += [atom.element for atom in group if isinstance(atom, Mark)]
            continue
        some = list(group)
        run = _run_of(some[0])
        assert run is not None
        text = "".join(atom.text if isinstance(atom, Text) else cast("Literal", atom).characters for atom in some)
        is_new = any(isinstance(atom, Translated) for atom in some)
        content.append(_text_run(run, holder, text, tag if is_new else None))
    if len(content) == 1 and _run_of(members[0]) is holder:
        plain = child(content[0], "t")
        assert plain is not None
        content = [plain]
    keep_last = [element for element in holder if local(element) in _LAST]
    for element in list(holder):
        if local(element) not in _FIRST:
            holder.remove(element)
    for element in (*content, *keep_last):
        element.tail = None
        holder.append(element)


def _texts(text: str, run: etree._Element) -> list[Atom]:
    atoms: list[Atom] = []
    for part in CUT.split(text):
        if CUT.fullmatch(part):
            atoms.append(Literal(run, (), run, Strength.BOUNDARY, characters=part))
        elif part:
            atoms.append(Text(part, (), run))
    return atoms


def _run_of(atom: Atom) -> etree._Element | None:
    return atom.run if isinstance(atom, Text | Literal) else None


def _key(atom: Atom, tells_language: bool) -> tuple[bytes, bool] | None:
    """Neighbours with the same key share a run."""
    run = _run_of(atom)
    return None if run is None else (format_key(run), tells_language and isinstance(atom, Translated))


def _text_run(model: etree._Element, holder: etree._Element, text: str, tag: str | None) -> etree._Element:
    run = etree.Element(like(holder, "r"), nsmap=cast("dict[str, str]", holder.nsmap))
    properties = child(model, "rPr") if model is not holder else None
    if properties is not None:
        kept = copy.deepcopy(properties)
        kept.tail = None
        run.append(kept)
    if tag is not None:
        if properties is None:
            run.append(etree.Element(like(holder, "rPr")))
        run[0].set("lang", tag)
        for name in ("altLang", "err"):
            if name in run[0].attrib:
                del run[0].attrib[name]
    element = etree.SubElement(run, like(holder, "t"))
    element.text = without_unwritable(text)
    # The text of DrawingML takes no attributes and keeps its spaces.
    if "spreadsheetml" in holder.tag and element.text != element.text.strip():
        element.set(XML_SPACE, "preserve")
    return run
