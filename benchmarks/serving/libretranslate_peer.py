"""LibreTranslate's own file translation, run by a Python that has it: `python libretranslate_peer.py PACKAGE FILE FOLDER`.

It downloads its sentence splitter at first use; a plain regular expression stands in its place here, which only helps it.
Prints the seconds that the file took, the model being loaded.
"""

from __future__ import annotations

import os
import re
import sys
import time
from pathlib import Path


def main(package: str, file: str, folder: str) -> None:
    """Beam and threads are Argos Translate's own: beam 4, and CTranslate2's choice of threads."""
    os.environ |= {
        "ARGOS_PACKAGES_DIR": folder,
        "XDG_DATA_HOME": folder,
        "XDG_CACHE_HOME": folder,
        "XDG_CONFIG_HOME": folder,
    }
    import argostranslate.package
    import argostranslate.sbd
    import argostranslate.translate
    from argostranslatefiles import argostranslatefiles

    class Splitter:
        """By full stops, with nothing downloaded."""

        def __init__(self, *_arguments: object, **_options: object) -> None: ...

        def split_sentences(self, text: str) -> list[str]:
            return [part for part in re.split(r"(?<=[。！？!?])", text) if part.strip()]

    for name in ("SpacySentencizerSmall", "StanzaSentencizer", "MiniSBDSentencizer"):
        for module in (argostranslate.sbd, argostranslate.translate):
            if hasattr(module, name):
                setattr(module, name, Splitter)
    argostranslate.package.install_from_path(package)
    languages = {language.code: language for language in argostranslate.translate.get_installed_languages()}
    translation = languages["zh"].get_translation(languages["en"])
    translation.translate("你好。")
    began = time.monotonic()
    result = argostranslatefiles.translate_file(translation, file)
    print(time.monotonic() - began)  # the one line of the answer
    if not result or not Path(result).read_text(encoding="utf-8").strip():
        raise SystemExit("LibreTranslate wrote nothing.")


if __name__ == "__main__":
    main(*sys.argv[1:])
