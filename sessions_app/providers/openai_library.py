"""What goes through the OpenAI library, to OpenAI or to another server that speaks like it."""

from __future__ import annotations

import logging
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from sessions_app.providers import embeddings, openai_errors
from sessions_app.providers.base import ModelInfo, ProviderError, Request
from sessions_app.providers.streaming import Streamed


class ByOpenAILibrary(Streamed):
    library = "openai"

    def _new_client(self) -> Any:
        from openai import AsyncOpenAI, DefaultAioHttpClient

        # At debug level the SDK logs whole requests.
        logging.getLogger("openai").setLevel(logging.WARNING)
        headers = {"accept-encoding": "identity"}
        http = self._http(DefaultAioHttpClient)
        key = self._key or "none"  # the SDK would take another one from the environment
        return AsyncOpenAI(api_key=key, base_url=self._base_url, default_headers=headers, **http)

    def _extra_headers(self) -> dict[str, Any]:
        """Of each request: a server that needs no key gets none."""
        from openai import Omit

        return {} if self._key else {"Authorization": Omit()}

    def _refused(
        self, status: int, body: object, headers: Mapping[str, str], request: Request | None
    ) -> ProviderError:
        tools = request is not None and bool(request.tools)
        return openai_errors.from_status(status, body, headers, label=self.label, tools=tools)

    def _sdk_errors(self) -> tuple[type[Exception], type[Exception]]:
        from openai import APIStatusError, OpenAIError

        return OpenAIError, APIStatusError

    async def _listed(self, client: Any) -> list[ModelInfo]:
        """Read as it came: servers add to it what the SDK does not know."""
        answer = await client.models.with_raw_response.list(extra_headers=self._extra_headers())
        return [info for entry in orjson.loads(answer.content)["data"] if (info := self._info(entry))]

    async def embed(self, model: str, texts: Sequence[str]) -> embeddings.Embedded:
        """See `embeddings.Embedding`. As numbers: servers that speak like OpenAI's know no base64."""

        async def asked(client: Any) -> embeddings.Embedded:
            answer = await client.embeddings.with_raw_response.create(
                model=self._known_as(model),
                input=list(texts),
                encoding_format="float",
                extra_headers=self._extra_headers(),
            )
            name = answer.headers.get(self.request_id_header, "")
            return embeddings.read(answer.content, len(texts), label=self.label, request_id=name)

        return await self._ask(asked)

    def _known_as(self, model: str) -> str:
        """The id by which the server knows a model."""
        return model

    @abstractmethod
    def _info(self, entry: Mapping[str, Any]) -> ModelInfo | None:
        """One entry of the list; None for what no conversation can be had with."""
