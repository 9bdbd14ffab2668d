"""Every format with several documents: the same document comes back, nothing is forgotten, other programs open it."""

from __future__ import annotations

import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from benchmarks.sameness import renewed, require_same
from documents import libreoffice
from documents.formatting import place_runs
from documents.limits import Limits
from documents.model import Format, Output, Piece, Unit
from documents.naming import CONVERTED, written_suffix
from documents.registry import format_for, formats
from tests.corpus.readers import package, plain
from tests.corpus.table import LEAST, LIBREOFFICE, MAKERS, READERS
from tests.corpus.words import CYRILLIC, same, translated

# A document, or a document and a kind of output, of each test; pytest takes them as they are.
DOCUMENTS = [(form, number) for form in formats() for number in range(len(MAKERS.get(form.name, ())))]
PACKAGES = [(form, number) for form, number in DOCUMENTS if READERS.get(form.name) is package]
IN_EACH_FORM = [(form, number, output) for form, number in DOCUMENTS for output in sorted(form.outputs)]
BILINGUAL = [one for one in IN_EACH_FORM if one[2] is Output.BILINGUAL]


def is_convertible(form: Format) -> bool:
    """Of the old types there are documents only where LibreOffice is."""
    return form.suffixes[0] not in CONVERTED or libreoffice.find() is not None


def each(names: str, cases: Sequence[tuple[Any, ...]]) -> pytest.MarkDecorator:
    """The test with each of these."""
    reason = "LibreOffice is not installed, which makes documents of this type"
    return pytest.mark.parametrize(
        names,
        [
            pytest.param(
                *case,
                id="-".join(str(value) for value in (case[0].name, *case[1:])),
                marks=pytest.mark.skipif(not is_convertible(case[0]), reason=reason),
            )
            for case in cases
        ],
    )


@pytest.fixture(scope="module", autouse=True)
def conversions_are_kept() -> Iterator[None]:
    """Several tests convert the same documents."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(libreoffice, "_KEPT", len(DOCUMENTS))
        yield


def made(form: Format, number: int, folder: Path) -> Path:
    """A document of the table, found to be one of its format."""
    path = folder / f"a{number}{form.suffixes[0]}"
    MAKERS[form.name][number](path)
    assert format_for(path.name, path).name == form.name
    form.check(path, Limits())
    return path


def result(form: Format, folder: Path) -> Path:
    return folder / f"out{written_suffix(form.suffixes[0])}"


def write(form: Format, source: Path, out: Path, pieces: Callable[[Unit], list[Piece]], output: Output) -> list[Unit]:
    units = list(form.read(source))
    form.write(source, out, map(pieces, units), "cmn_Hans", output)
    return units


def in_han(unit: Unit) -> list[Piece]:
    return place_runs(unit, translated(unit.text), None)


def shown(form: Format, path: Path) -> str:
    return READERS.get(form.name, plain)(renewed(path))


def parts(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_every_format_has_documents() -> None:
    few = [form.name for form in formats() if len(MAKERS.get(form.name, ())) < LEAST]
    assert not few, f"tests/corpus/table.py has fewer than {LEAST} documents of {', '.join(few)}"
    assert len(DOCUMENTS) >= 60


@each("form,number,output", IN_EACH_FORM)
def test_the_same_document_comes_back_from_an_engine_that_returns_its_input(
    tmp_path: Path, form: Format, number: int, output: Output
) -> None:
    source, out = made(form, number, tmp_path), result(form, tmp_path)
    assert write(form, source, out, same, output)
    require_same(source, out, output)


@each("form,number", DOCUMENTS)
def test_nothing_is_left_in_the_language_of_the_source(tmp_path: Path, form: Format, number: int) -> None:
    source, out = made(form, number, tmp_path), result(form, tmp_path)
    units = write(form, source, out, in_han, Output.TRANSLATED)
    format_for(out.name, out).check(out, Limits())
    assert CYRILLIC.search(shown(form, source))
    assert CYRILLIC.findall(shown(form, out)) == []
    assert shown(form, out).count("译文") >= len(units)


@each("form,number,output", BILINGUAL)
def test_both_languages_are_in_a_bilingual_document(tmp_path: Path, form: Format, number: int, output: Output) -> None:
    source, out = made(form, number, tmp_path), result(form, tmp_path)
    write(form, source, out, in_han, output)
    text = shown(form, out)
    assert set(CYRILLIC.findall(text)) >= set(CYRILLIC.findall(shown(form, source)))
    assert "译文" in text


@each("form,number", PACKAGES)
def test_parts_without_text_are_identical(tmp_path: Path, form: Format, number: int) -> None:
    source, out = made(form, number, tmp_path), result(form, tmp_path)
    write(form, source, out, in_han, Output.TRANSLATED)
    before, after = parts(renewed(source)), parts(out)
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
            source, out = (
                made(form, number, tmp_path),
                tmp_path / f"{form.name}{number}{written_suffix(form.suffixes[0])}",
            )
            write(form, source, out, in_han, output)
            written.append(out)
    home = f"-env:UserInstallation=file://{tmp_path}/profile"
    options = ["--headless", "--norestore", home, "--convert-to", "pdf", "--outdir", str(tmp_path / "pdf")]
    subprocess.run(["soffice", *options, *map(str, written)], check=True, capture_output=True, timeout=800)
    missing = [path.name for path in written if not (tmp_path / "pdf" / f"{path.stem}.pdf").exists()]
    assert missing == []
