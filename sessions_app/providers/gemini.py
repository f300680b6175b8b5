"""Gemini through Google's API."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from sessions_app.providers import catalog, gemini_errors, gemini_request
from sessions_app.providers.base import ModelInfo, ProviderError, Request
from sessions_app.providers.gemini_stream import Reading
from sessions_app.providers.listing import listed
from sessions_app.providers.streaming import KEEPALIVE_SECONDS, MAX_CONNECTIONS, Streamed


class GeminiProvider(Streamed):
    """Streams answers of Gemini."""

    name = "gemini"
    label = gemini_errors.LABEL
    library = "google.genai"

    def _build(self, request: Request) -> dict[str, Any]:
        return {"model": request.model, "body": gemini_request.build(request)}

    def _open(self, client: Any, arguments: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
        opened: AbstractAsyncContextManager[Any] = client.generate(**arguments)
        return opened

    def _reading(self, request: Request, request_id: str) -> Reading:
        return Reading(request.model, request_id, frozenset(tool.name for tool in request.tools))

    def _new_client(self) -> Any:
        import httpx2

        from sessions_app.providers.gemini_sending import Sender

        timeout = httpx2.Timeout(None, connect=self._connect_timeout)
        limits = httpx2.Limits(max_connections=MAX_CONNECTIONS, keepalive_expiry=KEEPALIVE_SECONDS)
        return Sender(self._key, self._base_url, timeout, limits)

    def _refused(
        self, status: int, body: object, headers: Mapping[str, str], request: Request | None
    ) -> ProviderError:
        return gemini_errors.from_status(status, body, headers)

    def _sdk_errors(self) -> tuple[type[Exception], type[Exception]]:
        from sessions_app.providers.gemini_sending import Refused

        return Refused, Refused

    async def count(self, request: Request) -> int:
        """Input tokens of a request as the API counts them; no row of any ledger, for nothing is charged
        (ai.google.dev/gemini-api/docs/tokens). Raises a ProviderError."""
        arguments = await self._arguments(request)

        async def counted(client: Any) -> int:
            return int((await client.count(**arguments))["totalTokens"])

        return await self._ask(counted)

    async def _listed(self, client: Any) -> list[ModelInfo]:
        """Its list gives names and limits; what else a model takes, the catalog knows."""
        found = [_info(model) for model in await client.models()]
        return [info for info in found if info is not None]


def _info(model: Mapping[str, Any]) -> ModelInfo | None:
    """None for what is no Gemini, or does not generate content."""
    if "generateContent" not in (model.get("supportedGenerationMethods") or ()):
        return None
    try:
        known = catalog.model_or_default(str(model["name"]).removeprefix("models/"), "gemini")
    except catalog.UnknownModel:
        return None
    return listed(
        known,
        label=model.get("displayName"),
        window=model.get("inputTokenLimit"),
        output=model.get("outputTokenLimit"),
    )
