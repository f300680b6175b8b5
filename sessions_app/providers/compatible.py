"""Servers that speak OpenAI's chat completions: Ollama, vLLM, LM Studio, llama.cpp and others."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from typing import Any

from sessions_app.providers import compatible_request
from sessions_app.providers.base import ModelInfo, Request, ToolUse
from sessions_app.providers.compatible_stream import Reading
from sessions_app.providers.openai_library import ByOpenAILibrary

# Where the server does not say: Ollama's list has ids alone, that of vLLM the window too.
_WINDOW, _OUTPUT = 32_768, 4_096
_OTHER = ("embed", "rerank", "whisper", "bge-")


class CompatibleProvider(ByOpenAILibrary):
    """Streams answers of one server. The ids of its models begin with its name, which the server does not see."""

    needs_key = False

    def __init__(self, name: str, base_url: str, key: str = "", label: str = "", **timeouts: float) -> None:
        super().__init__(key, base_url, **timeouts)
        self.name = name
        self.label = label or name

    def _new_client(self) -> Any:
        client = super()._new_client()
        # Read by the SDK from the environment, and none of this server's business.
        client.organization = client.project = None
        return client

    def _build(self, request: Request) -> dict[str, Any]:
        return compatible_request.build(request, self._known_as(request.model))

    def _known_as(self, model: str) -> str:
        return model.removeprefix(f"{self.name}/")

    def _open(self, client: Any, arguments: dict[str, Any]) -> AbstractAsyncContextManager[Any]:
        # The body says it all; messages given beside it the SDK would look at part by part, for 100 ms for 800 turns.
        opening: AbstractAsyncContextManager[Any] = client.chat.completions.with_streaming_response.create(
            model=arguments["model"],
            messages=(),
            stream=True,
            extra_body=arguments,
            extra_headers=self._extra_headers(),
        )
        return opening

    def _reading(self, request: Request, request_id: str) -> Reading:
        parts = (part for turn in request.turns for part in turn.parts)
        return Reading(self.label, request_id, {part.id for part in parts if isinstance(part, ToolUse)})

    def _info(self, entry: Mapping[str, Any]) -> ModelInfo | None:
        model = str(entry["id"])
        if any(word in model.lower() for word in _OTHER):
            return None
        told = entry.get("max_model_len") or entry.get("context_length")
        window = told if isinstance(told, int) and told > 0 else 0
        return ModelInfo(
            f"{self.name}/{model}",
            self.name,
            model,
            window or _WINDOW,
            min(_OUTPUT, window // 2) if window else _OUTPUT,
            sampling=True,
            pictures=False,
            note="" if window else "Its window is a guess: the server does not tell it.",
        )
