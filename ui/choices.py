"""Which languages can be chosen together, and whether English in between is offered. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from ui.client import Languages
from ui.text import Text

ENGLISH = "eng_Latn"
AUTO = "auto"
# Before the service has answered, and when nothing is remembered: the pair this product is for.
USUAL = ("mon_Cyrl", "cmn_Hans")
DEFAULT_FORMATS = (".docx", ".txt")


@dataclass(frozen=True)
class Via:
    """The check box: shown at all, ticked for good (the only way), as the model allows for a pair."""

    offered: bool
    forced: bool


@dataclass(frozen=True)
class Catalogue:
    """What the model can do, in the form the page asks for it."""

    native: dict[str, str]
    direct: frozenset[tuple[str, str]]
    through: frozenset[tuple[str, str]]

    @classmethod
    def of(cls, answer: Languages) -> Catalogue:
        known = {row["code"]: row["native_name"] for row in answer["languages"]}
        pairs = [
            p for p in answer["pairs"] if p["source"] in known and p["target"] in known and p["source"] != p["target"]
        ]
        return cls(
            native=known,
            direct=frozenset((p["source"], p["target"]) for p in pairs if not p["via_eng"]),
            through=frozenset((p["source"], p["target"]) for p in pairs if p["via_eng"]),
        )

    @property
    def possible(self) -> frozenset[tuple[str, str]]:
        return self.direct | self.through

    def sources(self) -> list[str]:
        """Those that can be chosen; first of all, to have it found out."""
        able = {source for source, _ in self.possible}
        return [AUTO, *(code for code in self.native if code in able)] if able else []

    def targets(self, source: str) -> list[str]:
        if source == AUTO:
            able = {target for _, target in self.possible}
            return [code for code in self.native if code in able]
        return [code for code in self.native if (source, code) in self.possible]

    def via(self, source: str, target: str) -> Via:
        pair = (source, target)
        if pair in self.through and pair not in self.direct:
            return Via(offered=True, forced=True)
        legs = (source, ENGLISH) in self.direct and (ENGLISH, target) in self.direct
        return Via(offered=ENGLISH not in pair and (legs or pair in self.through) and pair in self.direct, forced=False)

    def settle(self, source: str | None, target: str | None) -> tuple[str | None, str | None]:
        """The nearest possible pair: keeps the source, then the target, then the usual pair, then the first one."""
        sources = self.sources()
        if source not in sources:
            source = USUAL[0] if USUAL[0] in sources else next((one for one in sources if one != AUTO), None)
        if source is None:
            return None, None
        targets = self.targets(source)
        if target not in targets:
            target = USUAL[1] if USUAL[1] in targets else next(iter(targets), None)
        return source, target

    def labels(self, codes: list[str], t: Text) -> list[tuple[str, str]]:
        """(label, code) for a drop-down: the native name, and the visitor's word for it when they differ."""
        labels: list[tuple[str, str]] = []
        for code in codes:
            if code == AUTO:
                labels.append((t("source_auto"), AUTO))
                continue
            native, own = self.native[code], t.language_name(code, self.native[code])
            same = own.split(" (")[0].split("（")[0].lower() in native.lower()
            labels.append((native if same else f"{native} · {own}", code))
        return labels
