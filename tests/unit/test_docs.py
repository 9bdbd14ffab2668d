"""What the documentation shows is there: each command and option, each call with its fields, each program, each link."""

from __future__ import annotations

import ast
import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
import yaml
from local_scheduler import LocalApi
from typer.main import get_command

from cluster.cli import main
from tests.support.documented import PAGES, ROOT, Command, blocks, commands

COMMANDS = commands()
_NOT_OURS = frozenset(
    (
        "cat",
        "docker",
        "export",
        "grep",
        "hf",
        "install",
        "jq",
        "kubectl",
        "pip",
        "python",
        "python3.11",
        "systemctl",
        "useradd",
    )
)
_ANY_HEADER = {"content-type", "authorization", "x-api-key", "x-request-id", "accept"}


def of(program: str) -> list[Command]:
    return [one for one in COMMANDS if Path(one.words[0]).name == program]


def test_every_command_is_one_that_is_looked_at() -> None:
    known = _NOT_OURS | {"khelmerch", "make", "curl"}
    assert [str(one) for one in COMMANDS if Path(one.words[0]).name not in known] == []
    assert min(len(of("khelmerch")), 40) == 40 and len(of("curl")) > 20 and len(of("make")) > 3


# ---- khelmerch


@pytest.fixture
def khelmerch(monkeypatch: pytest.MonkeyPatch) -> Any:
    """The command line; the files of examples need not be there."""
    command = get_command(main)
    for one in _parameters(command):
        descriptor = getattr(one, "type_descriptor", None)
        if descriptor is not None and getattr(descriptor.parameter_info, "exists", False):
            monkeypatch.setattr(descriptor.parameter_info, "exists", False)
    return command


def _parameters(command: Any) -> Iterator[Any]:
    yield from command.params
    for sub in getattr(command, "commands", {}).values():
        yield from _parameters(sub)


def parse(command: Any, words: list[str], parent: Any = None) -> None:
    """As the command line reads it, without doing it. Raises what it would say."""
    context = command.make_context(command.name or "khelmerch", list(words), parent=parent)
    if hasattr(command, "resolve_command"):
        rest = [*getattr(context, "_protected_args", []), *context.args]
        if rest:
            _name, sub, left = command.resolve_command(context, rest)
            parse(sub, left, context)


def test_khelmerch_has_the_commands_and_their_options(khelmerch: Any) -> None:
    wrong = []
    for command in of("khelmerch"):
        words = [word for word in command.words[1:] if word != "--help"]
        try:
            if command.shown == "inline" and len(words) < 3:
                names(khelmerch, words)
            elif words:
                parse(khelmerch, words)
        except Exception as error:  # of click, of any kind
            wrong.append(f"{command}: {error!r}")
    assert not wrong, "\n".join(wrong)


def names(command: Any, words: list[str]) -> None:
    """Said within a sentence: a command may stand without its arguments, but must be there."""
    for word in words:
        if word.startswith("-"):
            assert any(word in one.opts + one.secondary_opts for one in command.params), word
        elif getattr(command, "commands", None):
            command = command.commands[word]


def test_a_command_that_is_not_there_would_be_found(khelmerch: Any) -> None:
    for wrong in (["frob"], ["status", "--frob"], ["tasks", "show"], ["tasks", "frob", "x"]):
        with pytest.raises(Exception, match=r"(?i)no such|missing"):
            parse(khelmerch, wrong)
    with pytest.raises(KeyError):
        names(khelmerch, ["frob"])


# ---- make, benchmarks, pip


def test_make_has_the_targets() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    targets = {*re.findall(r"^([a-z]+):", text, re.MULTILINE)}
    variables = {*re.findall(r"^([A-Z]+) \?=", text, re.MULTILINE)}
    for command in of("make"):
        for word in command.words[1:]:
            name, _, _value = word.partition("=")
            assert name in (variables if "=" in word else targets), str(command)


def test_benchmarks_have_the_options() -> None:
    shown = [one for one in of("python") if one.words[1:2] == ("-m",)]
    assert shown
    for command in shown:
        if not command.words[2].startswith("benchmarks."):
            assert command.words[2] in ("pip", "venv"), str(command)
            continue
        path = ROOT / f"{command.words[2].replace('.', '/')}.py"
        known = {"--help"} | {
            one.value
            for call in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(call, ast.Call) and getattr(call.func, "attr", "") == "add_argument"
            for one in call.args
            if isinstance(one, ast.Constant)
        }
        assert {word.partition("=")[0] for word in command.words[3:] if word.startswith("--")} <= known, str(command)


def test_extras_that_are_to_be_installed_are_there() -> None:
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = {one for found in re.findall(r"(?:khelmerch|\.whl|'\.)\[([a-z,]+)\]", text) for one in found.split(",")}
    assert {"postgres", "gpu"} <= named <= set(extras)


# ---- curl


@pytest.fixture(scope="module")
def document(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return LocalApi(tmp_path_factory.mktemp("api")).app.openapi()


class Call:
    """What a curl command asks for."""

    def __init__(self, words: tuple[str, ...]) -> None:
        self.form: dict[str, str] = {}
        self.json: Any = None
        self.headers: set[str] = set()
        method = ""
        rest = iter(words[1:])
        for word in rest:
            if word == "-F":
                name, _, value = next(rest).partition("=")
                self.form[name] = value
            elif word == "-d":
                self.json = json.loads(next(rest))
            elif word == "-H":
                self.headers.add(next(rest).partition(":")[0].lower())
            elif word == "-X":
                method = next(rest)
            elif word.startswith("-"):
                assert word in ("-i", "-N", "-OJ", "-s"), word
            else:
                self.url = urlsplit(word)
        self.method = (method or ("POST" if self.form or self.json is not None else "GET")).lower()


def operation(document: dict[str, Any], call: Call) -> dict[str, Any]:
    """Raises KeyError."""
    path = call.url.path if call.url.path.startswith("/v1/") else f"/v1{call.url.path}"
    for known in sorted(document["paths"], key=lambda one: one.count("{")):
        if re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", known), path):
            found: dict[str, Any] = document["paths"][known][call.method]
            return found
    raise KeyError(path)


def fields(document: dict[str, Any], schema: dict[str, Any]) -> tuple[set[str], set[str]]:
    """-> (all, those that must be)"""
    if "$ref" in schema:
        return fields(document, document["components"]["schemas"][schema["$ref"].rpartition("/")[2]])
    known = set(schema.get("properties", {}))
    # Two names of one thing.
    known |= {"client_id", "client_ip"} if known & {"client_id", "client_ip"} else set()
    return known, set(schema.get("required", ()))


def test_calls_are_in_the_document_with_their_fields(document: dict[str, Any]) -> None:
    for command in of("curl"):
        call = Call(command.words)
        if "method_not_allowed" in command.shown:
            with pytest.raises(KeyError):
                operation(document, call)
            continue
        found = operation(document, call)
        given = {one["name"] for one in found.get("parameters", ())}
        assert {name for name, _ in parse_qsl(call.url.query)} <= given, str(command)
        assert call.headers <= {name.lower() for name in given} | _ANY_HEADER, str(command)
        content = found.get("requestBody", {}).get("content", {})
        for sent, kind in ((call.form, "multipart/form-data"), (call.json, "application/json")):
            if sent:
                known, needed = fields(document, content[kind]["schema"])
                assert set(sent) <= known and needed <= set(sent), str(command)


def test_a_call_that_is_not_there_would_be_found(document: dict[str, Any]) -> None:
    for wrong in ("http://x/v1/frob", "http://x/v1/tasks/1/frob"):
        with pytest.raises(KeyError):
            operation(document, Call(("curl", wrong)))


# ---- programs and settings


def _programs() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for page, text in blocks("python"):
        found.setdefault(page, []).append(text)
    return found


def test_programs_are_python() -> None:
    for page, texts in _programs().items():
        for text in texts:
            compile(text, page, "exec")


@pytest.mark.parametrize("page", sorted(one for one in _programs() if one.startswith("docs/extending/")))
def test_what_shows_how_to_extend_works(page: str) -> None:
    """The blocks of a page belong together."""
    scope: dict[str, Any] = {"__name__": "shown"}
    for text in _programs()[page]:
        exec(compile(text, page, "exec"), scope)
    assert "assert" in _programs()[page][-1]


def test_settings_that_are_shown_are_there() -> None:
    from cluster.settings_schema import SECTIONS

    known = {name: {key.upper() for key in kind.__dataclass_fields__} for name, (_field, kind) in SECTIONS.items()}
    for page in PAGES:
        for section, key in re.findall(r"`\[([A-Z]+)\] ([A-Z_]+)", page.read_text(encoding="utf-8")):
            assert key in known[section], f"{page.name}: [{section}] {key}"


# ---- pages


def test_every_link_leads_somewhere() -> None:
    for page in PAGES:
        text = page.read_text(encoding="utf-8")
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if not re.match(r"[a-z]+:", target) and (path := target.partition("#")[0]):
                assert (page.parent / path).exists(), f"{page.relative_to(ROOT)}: {target}"


def test_every_page_is_in_the_contents_of_the_site() -> None:
    site = yaml.safe_load((ROOT / "mkdocs.yml").read_text(encoding="utf-8"))

    def pages(entries: list[Any]) -> Iterator[str]:
        for entry in entries:
            target = next(iter(entry.values())) if isinstance(entry, dict) else entry
            yield from pages(target) if isinstance(target, list) else [target]

    listed = set(pages(site["nav"]))
    there = {str(path.relative_to(ROOT / "docs")) for path in (ROOT / "docs").rglob("*.md")}
    assert listed == {path for path in there if not path.startswith("formats/")}


def test_the_models_of_the_page_are_those_of_the_catalogue() -> None:
    from translation.catalogue import CATALOGUE

    text = (ROOT / "docs" / "models.md").read_text(encoding="utf-8")
    rows = {
        row[0]: row for row in re.findall(r"^\| `([^`]+)`[^|]*\| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", text, re.MULTILINE)
    }
    assert set(rows) == set(CATALOGUE)
    for name, spec in CATALOGUE.items():
        _name, size, licence, commercial = rows[name]
        assert licence == spec.licence and ("**no**" in commercial) is not spec.commercial_use, name
        assert size == "–" or abs(float(size.removesuffix(" GB")) - spec.size_mb / 1_000) < 0.06, (name, spec.size_mb)
