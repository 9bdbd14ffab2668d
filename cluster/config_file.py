"""config.ini and KHELMERCH_* variables as text: finding keys, naming unknown ones, and writing the commented file."""

from __future__ import annotations

import configparser
import difflib
import textwrap
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

HEADER = """\
# Khelmerch. Every key is optional; the value shown is the default. Each can also be given as an environment variable
# KHELMERCH_SECTION_KEY (for example KHELMERCH_SERVER_PORT=9000), which wins over this file. A wrong value or unknown
# key stops the start and says what is allowed. Changes take effect at the next `khelmerch down` and `khelmerch up`.
# Relative paths start at the project folder: the one above this file's folder `config`.
"""


@dataclass(frozen=True)
class Given:
    """A value that somebody wrote: where (file or variable), under which section and key, as which text."""

    origin: str
    section: str
    key: str
    value: str


def read(path: Path, known: Mapping[str, Sequence[str]]) -> tuple[list[Given], list[str]]:
    """Values and problems of an INI file. Names are taken in any case; ` #` and ` ;` begin a comment."""
    parser = configparser.ConfigParser(interpolation=None, inline_comment_prefixes=("#", ";"), default_section="\0none")
    parser.optionxform = str.upper  # type: ignore[method-assign, assignment]
    try:
        parser.read_string(path.read_text(encoding="utf-8-sig"), source=str(path))
    except UnicodeDecodeError:
        return [], [f"{path}: is not UTF-8; save it as UTF-8"]
    except OSError as error:
        return [], [f"{path}: cannot be read ({error.strerror}); check the path and its permissions"]
    except configparser.Error as error:
        return [], [f"{path}: {' '.join(error.message.split())}; write KEY = value lines under [SECTION] headings"]
    given: list[Given] = []
    problems: list[str] = []
    for name in parser.sections():
        section = name.strip().upper()
        if section not in known:
            hint = _suggest(section, known, "[{}]")
            problems.append(f"{path}: unknown section [{name}]{hint}; sections are {', '.join(known)}")
            continue
        for key, value in parser.items(name):
            if key not in known[section]:
                problems.append(f"{path}: unknown key {key} in [{section}]{_suggest_key(section, key, known)}")
            else:
                given.append(Given(str(path), section, key, (value or "").strip()))
    return given, problems


def from_environment(
    environ: Mapping[str, str], known: Mapping[str, Sequence[str]], prefix: str, reserved: Set[str]
) -> tuple[list[Given], list[str]]:
    """Values and problems of the environment variables that begin with `prefix`."""
    given: list[Given] = []
    problems: list[str] = []
    names = {f"{prefix}{section}_{key}": (section, key) for section, keys in known.items() for key in keys}
    for name in sorted(environ):
        if not name.startswith(prefix) or name in reserved:
            continue
        if name in names:
            section, key = names[name]
            given.append(Given(f"environment variable {name}", section, key, environ[name].strip()))
        else:
            hint = _suggest(name, names, "{}") or f"; the form is {prefix}SECTION_KEY"
            problems.append(f"environment variable {name}: there is no such setting{hint}")
    return given, problems


def _suggest(word: str, known: Iterable[str], form: str) -> str:
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" (did you mean {form.format(close[0])}?)" if close else ""


def _suggest_key(section: str, key: str, known: Mapping[str, Sequence[str]]) -> str:
    """A key that is right but stands in another section is the likelier slip."""
    elsewhere = [other for other, keys in known.items() if key in keys]
    if elsewhere:
        return f" (it belongs in [{elsewhere[0]}])"
    return _suggest(key, known[section], "{}") or f"; keys are {', '.join(known[section])}"


def template(sections: Mapping[str, tuple[str, type[Any]]]) -> str:
    """The commented config.ini with every default."""
    lines = [HEADER]
    for name, (_, kind) in sections.items():
        lines.append(f"[{name}]")
        for setting in fields(kind):
            for sentence in (setting.metadata["comment"], f"Allowed: {setting.metadata['kind'].allowed}."):
                lines += [f"# {line}" for line in textwrap.wrap(sentence, 116, break_on_hyphens=False)]
            lines.append(f"{setting.name.upper()} = {setting.metadata['text']}".rstrip())
            lines.append("")
    return "\n".join(lines).rstrip() + "\n"


def shown(sections: Mapping[str, tuple[str, type[Any]]], settings: Any) -> dict[str, dict[str, Any]]:
    """Settings as plain JSON values by section and key; a password in the database's URL is left out."""
    out: dict[str, dict[str, Any]] = {}
    for name, (attribute, kind) in sections.items():
        section = getattr(settings, attribute)
        values = {f.name.upper(): getattr(section, f.name) for f in fields(kind)}
        out[name] = {key: _shown(value) for key, value in values.items()}
    for key in ("DATABASE_URL", "BLOB_URL"):
        out["STORAGE"][key] = without_password(out["STORAGE"][key])
    return out


def _shown(value: Any) -> Any:
    return str(value) if isinstance(value, Path) else ", ".join(value) if isinstance(value, tuple) else value


def without_password(url: str) -> str:
    """-> as it may be shown and logged; what is no URL stays as it is."""
    scheme, found, rest = url.partition("://")
    user, at, place = rest.rpartition("@")
    return f"{scheme}{found}{user.split(':')[0]}:***@{place}" if at and ":" in user else url
