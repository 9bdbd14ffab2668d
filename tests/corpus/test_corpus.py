"""Every format with several documents: the same document comes back, nothing is forgotten, other programs open it."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from lxml import etree

from documents.formatting import place_runs
from documents.limits import Limits
from documents.model import Format, Output, Piece, Unit
from documents.registry import format_for, formats
from tests.corpus.readers import package, plain
from tests.corpus.table import LEAST, LIBREOFFICE, MAKERS, READERS
from tests.corpus.words import CYRILLIC, same, translated

DOCUMENTS = [(form, number) for form in formats() for number in range(len(MAKERS.get(form.name, ())))]
PACKAGES = [(form, number) for form, number in DOCUMENTS if READERS.get(form.name) is package]
IN_EACH_FORM = [(form, number, output) for form, number in DOCUMENTS for output in sorted(form.outputs)]
each_document = pytest.mark.parametrize(
    ("form", "number"), DOCUMENTS, ids=[f"{form.name}-{number}" for form, number in DOCUMENTS]
)


def made(form: Format, number: int, folder: Path) -> Path:
    """A document of the table, found to be one of its format."""
    path = folder / f"a{number}{form.suffixes[0]}"
    MAKERS[form.name][number](path)
    assert format_for(path.name, path).name == form.name
    form.check(path, Limits())
    return path


def write(form: Format, source: Path, out: Path, pieces: Callable[[Unit], list[Piece]], output: Output) -> list[Unit]:
    units = list(form.read(source))
    form.write(source, out, map(pieces, units), "cmn_Hans", output)
    return units


def in_han(unit: Unit) -> list[Piece]:
    return place_runs(unit, translated(unit.text), None)


def shown(form: Format, path: Path) -> str:
    return READERS.get(form.name, plain)(path)


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def canonical(data: bytes) -> bytes:
    try:
        return etree.tostring(etree.fromstring(data), method="c14n")
    except etree.XMLSyntaxError:
        return data


def test_every_format_has_documents() -> None:
    few = [form.name for form in formats() if len(MAKERS.get(form.name, ())) < LEAST]
    assert not few, f"tests/corpus/table.py has fewer than {LEAST} documents of {', '.join(few)}"
    assert len(DOCUMENTS) >= 60


@pytest.mark.parametrize(
    ("form", "number", "output"),
    IN_EACH_FORM,
    ids=[f"{form.name}-{number}-{output}" for form, number, output in IN_EACH_FORM],
)
def test_the_same_document_comes_back_from_an_engine_that_returns_its_input(
    tmp_path: Path, form: Format, number: int, output: Output
) -> None:
    source, out = made(form, number, tmp_path), tmp_path / f"out{form.suffixes[0]}"
    assert write(form, source, out, same, output)
    if READERS.get(form.name) is package:
        before, after = parts(source), parts(out)
        assert list(before) == list(after)
        assert [name for name in before if canonical(before[name]) != canonical(after[name])] == []
    else:
        assert out.read_bytes() == source.read_bytes()


@each_document
def test_nothing_is_left_in_the_language_of_the_source(tmp_path: Path, form: Format, number: int) -> None:
    source, out = made(form, number, tmp_path), tmp_path / f"out{form.suffixes[0]}"
    units = write(form, source, out, in_han, Output.TRANSLATED)
    form.check(out, Limits())
    assert CYRILLIC.search(shown(form, source))
    assert CYRILLIC.findall(shown(form, out)) == []
    assert shown(form, out).count("译文") >= len(units)


@pytest.mark.parametrize(
    ("form", "number"),
    [(form, number) for form, number, output in IN_EACH_FORM if output is Output.BILINGUAL],
    ids=[f"{form.name}-{number}" for form, number, output in IN_EACH_FORM if output is Output.BILINGUAL],
)
def test_both_languages_are_in_a_bilingual_document(tmp_path: Path, form: Format, number: int) -> None:
    source, out = made(form, number, tmp_path), tmp_path / f"out{form.suffixes[0]}"
    write(form, source, out, in_han, Output.BILINGUAL)
    text = shown(form, out)
    assert set(CYRILLIC.findall(text)) >= set(CYRILLIC.findall(shown(form, source)))
    assert "译文" in text


@pytest.mark.parametrize(("form", "number"), PACKAGES, ids=[f"{form.name}-{number}" for form, number in PACKAGES])
def test_parts_without_text_are_identical(tmp_path: Path, form: Format, number: int) -> None:
    source, out = made(form, number, tmp_path), tmp_path / f"out{form.suffixes[0]}"
    write(form, source, out, in_han, Output.TRANSLATED)
    before, after = parts(source), parts(out)
    silent = [name for name, data in before.items() if not CYRILLIC.search(data.decode(errors="ignore"))]
    assert silent
    # These tell the language of a book, and that formulas are to be computed when a workbook is opened.
    told = (".opf", "xl/workbook.xml")
    assert [name for name in silent if before[name] != after[name] and not name.endswith(told)] == []


@pytest.mark.timeout(900)
@pytest.mark.skipif(shutil.which("soffice") is None, reason="LibreOffice is not installed")
@pytest.mark.parametrize("output", list(Output))
def test_libreoffice_opens_what_was_written(tmp_path: Path, output: Output) -> None:
    written: list[Path] = []
    for form, number in DOCUMENTS:
        if form.name in LIBREOFFICE and output in form.outputs:
            source, out = made(form, number, tmp_path), tmp_path / f"{form.name}{number}{form.suffixes[0]}"
            write(form, source, out, in_han, output)
            written.append(out)
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    options = ["--headless", "--norestore", home, "--convert-to", "pdf", "--outdir", str(tmp_path / "pdf")]
    subprocess.run(["soffice", *options, *map(str, written)], check=True, capture_output=True, timeout=800)
    missing = [path.name for path in written if not (tmp_path / "pdf" / f"{path.stem}.pdf").exists()]
    assert missing == []
