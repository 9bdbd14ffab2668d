"""The round trip of a text through a format, for the tests of text formats."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from documents.formatting import place_runs
from documents.limits import Limits
from documents.model import DEFAULT_OPTIONS, Format, Options, Output, Piece, Unit


def through(
    form: Format,
    tmp_path: Path,
    data: bytes | str,
    translate: Callable[[str], str] | dict[str, str] | None = None,
    output: Output = Output.TRANSLATED,
    language: str = "cmn_Hans",
    options: Options = DEFAULT_OPTIONS,
) -> bytes:
    """What `data` becomes; units that `translate` does not name, or all without one, are left as they are."""
    source, out = tmp_path / f"a{form.suffixes[0]}", tmp_path / f"out{form.suffixes[0]}"
    source.write_bytes(data if isinstance(data, bytes) else data.encode())
    form.check(source, Limits())

    def pieces(unit: Unit) -> list[Piece]:
        if isinstance(translate, dict):
            return place_runs(unit, translate.get(unit.text, unit.text), None)
        return place_runs(unit, translate(unit.text) if translate else unit.text, None)

    form.write(source, out, map(pieces, form.read(source, options)), language, output, options)
    return out.read_bytes()


def units_of(form: Format, tmp_path: Path, data: bytes | str, options: Options = DEFAULT_OPTIONS) -> list[Unit]:
    source = tmp_path / f"a{form.suffixes[0]}"
    source.write_bytes(data if isinstance(data, bytes) else data.encode())
    units = list(form.read(source, options))
    for unit in units:
        assert unit.text == unit.text.strip()
        assert not set(unit.text) & set("\r\n\t")
        if unit.runs:
            ends = [0, *(span.end for span in unit.runs)]
            assert [span.start for span in unit.runs] == ends[:-1]
            assert ends[-1] == len(unit.text)
    return units


def texts_of(form: Format, tmp_path: Path, data: bytes | str, options: Options = DEFAULT_OPTIONS) -> list[str]:
    return [unit.text for unit in units_of(form, tmp_path, data, options)]
