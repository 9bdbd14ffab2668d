"""Archives of documents of several formats, and of files that are none."""

from __future__ import annotations

import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.corpus import office, open_document, texts
from tests.corpus.words import PARAGRAPHS, WORDS

Maker = Callable[[Path], object]


def archive(**members: Maker | bytes) -> Maker:
    """The maker of an archive; `a__b_txt` is the name a/b.txt."""

    def make(path: Path) -> None:
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made, tempfile.TemporaryDirectory() as folder:
            for key, what in members.items():
                file = Path(folder) / "member"
                if isinstance(what, bytes):
                    file.write_bytes(what)
                else:
                    what(file)
                name = ".".join(key.replace("__", "/").rsplit("_", 1))
                made.writestr(zipfile.ZipInfo(name, (2024, 5, 6, 7, 8, 10)), file.read_bytes(), zipfile.ZIP_DEFLATED)

    return make


ZIP = [
    archive(letter_docx=office.docx_letter, sub__data_xlsx=office.xlsx_table, sub__text_odt=open_document.ODT[0]),
    archive(a_txt=texts.TXT[1], b_csv=texts.CSV[0], c_json=texts.JSON[0], photo_png=office.picture().getvalue()),
    archive(empty_txt=b"", numbers_csv=b"1,2\n3,4\n", deep__er__page_html=texts.HTML[0], data_bin=b"\0" * 5000),
    archive(**{f"f{number}__{number}_txt": f"{WORDS[0]}\n{text}\n".encode() for number, text in enumerate(PARAGRAPHS)}),
]
