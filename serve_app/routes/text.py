"""Short texts, translated while the client waits."""

from __future__ import annotations

from fastapi import APIRouter, Request

from serve_app.errors import RequestError
from serve_app.identity import identity_of
from serve_app.schemas import TextAnswer, TextRequest, problems
from serve_app.services import Services
from translation.languages import check_pair


def router(services: Services) -> APIRouter:
    routes = APIRouter(tags=["text"])

    @routes.post("/translate/text", summary="Translate sentences now", responses=problems(413, 422, 429, 500, 503))
    async def translate_text(request: TextRequest, asked: Request) -> TextAnswer:
        """Goes ahead of documents and is not stored. A text may hold several sentences and lines."""
        source, target = check_pair(request.source_lang, request.target_lang)
        texts = [request.sentences] if isinstance(request.sentences, str) else request.sentences
        if not any(text.strip() for text in texts):
            raise RequestError("There is nothing to translate in `sentences`.", field="sentences")
        via_eng = request.via_eng and "eng_Latn" not in (source, target)
        answers = await services.scheduler.translate_text(
            texts, source, target, via_eng, request.model, identity_of(asked).charged
        )
        results = [answer["text"] for answer in answers]
        return TextAnswer(
            result=results[0] if isinstance(request.sentences, str) else results,
            flags=[answer["flags"] for answer in answers],
        )

    return routes
