"""Claude through the Anthropic API."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from sessions_app.providers import anthropic_errors, anthropic_request, catalog
from sessions_app.providers.anthropic_stream import Reading
from sessions_app.providers.base import ModelInfo, ProviderError, Request
from sessions_app.providers.listing import listed
from sessions_app.providers.streaming import Streamed

_COUNTED = ("model", "messages", "system", "tools", "tool_choice", "thinking")


class AnthropicProvider(Streamed):
    """Streams answers of Claude."""

    name = "anthropic"
    label = "Anthropic"
    library = "anthropic"
    request_id_header = "request-id"

    def __init__(
        self, api_key: str, base_url: str | None = None, version: str | None = None, **timeouts: float
    ) -> None:
        super().__init__(api_key, base_url, **timeouts)
        self._version = version or None

    def _build(self, request: Request) -> dict[str, Any]:
        return anthropic_request.build(request, self._version)

    def _open(self, client: Any, arguments: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
        opening: AbstractAsyncContextManager[Any] = client.messages.with_streaming_response.create(
            **arguments
        )
        return opening

    def _reading(self, request: Request, request_id: str) -> Reading:
        return Reading(request.model, request_id)

    def _new_client(self) -> Any:
        from anthropic import AsyncAnthropic, DefaultAioHttpClient

        # At debug level the SDK logs whole requests.
        logging.getLogger("anthropic").setLevel(logging.WARNING)
        headers = {"x-api-key": self._key, "accept-encoding": "identity"}
        if self._version:
            headers["anthropic-version"] = self._version
        http = self._http(DefaultAioHttpClient)
        return AsyncAnthropic(api_key=self._key, base_url=self._base_url, default_headers=headers, **http)

    def _refused(
        self, status: int, body: object, headers: Mapping[str, str], request: Request | None
    ) -> ProviderError:
        return anthropic_errors.from_status(status, body, headers)

    def _sdk_errors(self) -> tuple[type[Exception], type[Exception]]:
        from anthropic import AnthropicError, APIStatusError

        return AnthropicError, APIStatusError

    async def _listed(self, client: Any) -> list[ModelInfo]:
        """Its list gives names and limits; what else a model takes, the catalog knows."""
        models = [_info(model) async for model in client.models.list(limit=100)]
        return [model for model in models if model is not None]

    async def count(self, request: Request) -> int:
        """Input tokens of a request as the API counts them, rather closely. Nothing is charged for it, and it has a
        rate limit of its own, so it is no row of any ledger (platform.claude.com/docs/en/build-with-claude/token-counting).
        Raises a ProviderError."""
        arguments = await self._arguments(request)
        told = {name: arguments[name] for name in _COUNTED if name in arguments}

        async def counted(client: Any) -> int:
            return int((await client.messages.count_tokens(**told)).input_tokens)

        return await self._ask(counted)


def _info(model: Any) -> ModelInfo | None:
    """None for a retired model, and for one of another house behind a gateway."""
    if getattr(model, "lifecycle", "") == "retired":
        return None
    try:
        known = catalog.model_or_default(model.id, "anthropic")
    except catalog.UnknownModel:
        return None
    window, output = getattr(model, "max_input_tokens", None), getattr(model, "max_tokens", None)
    return listed(known, label=model.display_name, window=window, output=output)
