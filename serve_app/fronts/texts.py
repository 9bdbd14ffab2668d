"""Short texts for the fronts: any source, found out where it is not said, and markup that stays."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from actors.client import Row
from actors.text_service import TextWishes, require_text
from serve_app.errors import RequestError
from serve_app.fronts import detection, markup
from serve_app.identity import Identity
from serve_app.multipart import Received
from serve_app.services import Services


@dataclass(frozen=True)
class Answer:
    """source: our code, as it was given or found out; confidence: 0 to 1; alternatives: as many as were wished for and there
    are, none with markup."""

    text: str
    source: str
    confidence: float
    alternatives: Sequence[str] = ()


Texted = tuple[str, Sequence[str]]
"""(a translation, others)"""


class Texts:
    def __init__(self, services: Services) -> None:
        self._services = services

    async def languages(self) -> tuple[list[Row], dict[str, list[str]]]:
        """-> (languages that a model can do now, {source: its targets}), by our codes."""
        answer = await self._services.languages()
        targets: dict[str, list[str]] = {}
        for pair in answer["pairs"]:
            targets.setdefault(pair["source"], []).append(pair["target"])
        return [row for row in answer["languages"] if row["available"]], targets

    async def translate(
        self,
        identity: Identity,
        texts: Sequence[str],
        source: str | None,
        target: str,
        form: str = "text",
        wishes: TextWishes = TextWishes(),  # noqa: B008 frozen
    ) -> list[Answer]:
        """identity: whose characters they are. source None: found out for each text. form: text, html or xml. A text in the
        target's language stays as it is.

        Raises what `SchedulerClient.translate_text` does.
        """
        require_text(texts)
        sources = [(source, 1.0)] * len(texts) if source else [_found(text, target) for text in texts]
        answers: list[Texted] = [(text, ()) for text in texts]
        for one in dict.fromkeys(language for language, _share in sources):
            if one == target:
                continue
            mine = [
                number for number, (language, _share) in enumerate(sources) if language == one and texts[number].strip()
            ]
            asked = wishes if form == "text" else replace(wishes, alternatives=0)
            send = partial(self._send, identity.charged, asked, one, target)
            if form == "text":
                done = await send([texts[number] for number in mine]) if mine else []
            else:
                plain = partial(_plain, send)
                done = [(await markup.translate(texts[number], plain, xml=form == "xml"), ()) for number in mine]
            for number, told in zip(mine, done, strict=True):
                answers[number] = told
        return [Answer(text, *found, others) for (text, others), found in zip(answers, sources, strict=True)]

    async def _send(
        self, charged: str | None, wishes: TextWishes, source: str, target: str, texts: Sequence[str]
    ) -> list[Texted]:
        via = await only_by_english(self._services, source, target)
        rows = await self._services.scheduler.translate_text(list(texts), source, target, via, None, wishes, charged)
        return [(str(row["text"]), tuple(str(one["text"]) for one in row["alternatives"])) for row in rows]


async def _plain(send: Callable[[Sequence[str]], Awaitable[list[Texted]]], texts: Sequence[str]) -> list[str]:
    return [text for text, _others in await send(texts)]


async def only_by_english(services: Services, source: str, target: str) -> bool:
    """Is there no straight way between the two, but one by way of English?"""
    pairs = (await services.languages())["pairs"]
    return any(pair["via_eng"] for pair in pairs if (pair["source"], pair["target"]) == (source, target))


async def source_of_document(services: Services, received: Received) -> str:
    """-> the language of most letters of the one file. Raises RequestError, also for what refuses the document."""
    (report,) = await services.intake.preflight(Received(files=received.files))
    if "problem" in report:
        raise RequestError(report["problem"]["detail"])
    if not report["language"]:
        raise RequestError("The language of the document is not clear; say which it is.", field="source")
    return str(report["language"])


def _found(text: str, otherwise: str) -> tuple[str, float]:
    found = detection.detect(text)
    return found[0] if found else (otherwise, 0.0)
