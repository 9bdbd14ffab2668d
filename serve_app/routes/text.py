"""Short texts, translated while the client waits."""

from __future__ import annotations

from fastapi import APIRouter, Request

from actors.text_service import TextWishes
from serve_app import names
from serve_app.errors import RequestError
from serve_app.identity import identity_of
from serve_app.intake import named_glossaries
from serve_app.schemas import TextAnswer, TextRequest, problems
from serve_app.services import Services
from serve_app.term_schemas import AlternativeText, UsedTerm
from translation.languages import AUTO, check_pair


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
        identity = identity_of(asked)
        client = identity.client_for(request.client_id)
        if client is not None:
            client = names.client_id(client)
        wishes = TextWishes(client, named_glossaries(request.glossary), request.memory, request.alternatives)
        answers = await services.scheduler.translate_text(
            texts, source, target, via_eng, request.model, wishes, identity.charged
        )
        results = [answer["text"] for answer in answers]
        return TextAnswer(
            result=results[0] if isinstance(request.sentences, str) else results,
            flags=[answer["flags"] for answer in answers],
            notes=[answer["notes"] for answer in answers],
            detected=[answer["language"] for answer in answers] if source == AUTO else None,
            alternatives=[
                [AlternativeText.model_validate(one) for one in answer["alternatives"]]
                for answer in (answers if request.alternatives else ())
            ],
            terms=[[UsedTerm.model_validate(term) for term in answer["terms"]] for answer in answers],
        )

    return routes
