"""The header of a gettext catalogue: the language, the plural forms and the encoding that it tells, and their changes."""

from __future__ import annotations

import re
from dataclasses import dataclass

from documents.language_tags import is_language

# Of the plural rules of CLDR, in the words of gettext's own table (its manual, "Plural forms").
_TWO = "nplurals=2; plural=(n != 1);"
_ONE = "nplurals=1; plural=0;"
PLURAL_FORMS = {"mon_Cyrl": _TWO, "mon_Mong": _TWO, "eng_Latn": _TWO, "cmn_Hans": _ONE, "cmn_Hant": _ONE}
LOCALES = {"mon_Cyrl": "mn", "mon_Mong": "mn_CN", "eng_Latn": "en", "cmn_Hans": "zh_CN", "cmn_Hant": "zh_TW"}
_COUNT = re.compile(r"nplurals\s*=\s*(\d{1,2})\s*;\s*plural\s*=\s*\S")
_CHARSET = re.compile(r"charset=([A-Za-z0-9._:+-]+)")
_UNFILLED = frozenset({"CHARSET", "ENCODING"})
"""What xgettext writes into a template where a translator is to fill in something."""


@dataclass(frozen=True)
class Header:
    """The lines of the first message, `msgid ""`."""

    text: str = ""

    def value(self, name: str) -> str:
        """What stands behind `Name:`; "" without it."""
        for line in self.text.splitlines():
            key, _, value = line.partition(":")
            if key.strip().lower() == name.lower():
                return value.strip()
        return ""

    @property
    def forms(self) -> int | None:
        """How many plural forms it says there are; None where it says nothing."""
        match = _COUNT.search(self.value("Plural-Forms"))
        return int(match.group(1)) if match else None

    @property
    def charset(self) -> str | None:
        """The encoding that it names; None where it names none."""
        match = _CHARSET.search(self.value("Content-Type"))
        return match.group(1) if match and match.group(1) not in _UNFILLED else None

    def is_foreign(self, language: str) -> bool:
        """Whether it says that its translations are in another language than `language`, where both are known."""
        told = self.value("Language")
        return bool(told and language) and not is_language(told, language)

    def changed(self, language: str, keeps_forms: bool) -> Header:
        """The header of the same catalogue in `language`, one of our codes; keeps_forms: the plural rule stays."""
        header = self
        if language in LOCALES:
            if not is_language(self.value("Language"), language):
                header = header._with("Language", LOCALES[language])
            if not keeps_forms:
                header = header._with("Plural-Forms", PLURAL_FORMS[language])
        if self.charset is None:
            header = header._with("MIME-Version", self.value("MIME-Version") or "1.0")
            header = header._with("Content-Type", "text/plain; charset=UTF-8")
        if self.value("Content-Transfer-Encoding") in ("", "ENCODING"):
            header = header._with("Content-Transfer-Encoding", "8bit")
        return header

    def _with(self, name: str, value: str) -> Header:
        lines = self.text.splitlines()
        at = next((at for at, line in enumerate(lines) if line.partition(":")[0].strip().lower() == name.lower()), None)
        if at is None:
            lines.append(f"{name}: {value}")
        else:
            lines[at] = f"{lines[at].partition(':')[0]}: {value}"
        return Header("".join(f"{line}\n" for line in lines))


def charset_at(text: str) -> tuple[int, int] | None:
    """Where the name of the encoding stands in a catalogue."""
    match = _CHARSET.search(text)
    return match.span(1) if match else None
