"""OpenAI's models through its Responses API."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from sessions_app.providers import openai_models, openai_request
from sessions_app.providers.base import ModelInfo, Request
from sessions_app.providers.listing import known
from sessions_app.providers.openai_library import ByOpenAILibrary
from sessions_app.providers.openai_stream import Reading

# What every model that can be chosen keeps, where the catalog does not know it.
_WINDOW, _OUTPUT = 128_000, 16_384
_COUNTED = ("model", "input", "instructions", "tools", "reasoning")


class OpenAIProvider(ByOpenAILibrary):
    """Streams answers of OpenAI's models."""

    name = "openai"
    label = "OpenAI"

    def _build(self, request: Request) -> dict[str, Any]:
        return openai_request.build(request)

    def _open(self, client: Any, arguments: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
        # As `extra_body`: arguments of its own the SDK looks at part by part, which takes 200 ms for 800 turns.
        opening: AbstractAsyncContextManager[Any] = client.responses.with_streaming_response.create(
            stream=True, extra_body=arguments
        )
        return opening

    def _reading(self, request: Request, request_id: str) -> Reading:
        return Reading(request.model, request_id)

    async def count(self, request: Request) -> int:
        """Input tokens of a request as the API counts them; no row of any ledger, for nothing is charged
        (developers.openai.com/api/docs/guides/token-counting). Raises a ProviderError."""
        arguments = await self._arguments(request)
        told = {name: arguments[name] for name in _COUNTED if name in arguments}

        async def counted(client: Any) -> int:
            return int((await client.responses.input_tokens.count(extra_body=told)).input_tokens)

        return await self._ask(counted)

    def _info(self, entry: Mapping[str, Any]) -> ModelInfo | None:
        """OpenAI's list gives ids and nothing else."""
        model = str(entry["id"])
        if not openai_models.converses(model):
            return None
        reasons = openai_models.reasons(model)
        return known(model) or ModelInfo(
            model,
            self.name,
            model,
            _WINDOW,
            _OUTPUT,
            sampling=not reasons,
            thinking="adaptive" if reasons else "",
            note="Not in the catalog.",
        )
