"""`/v1/embeddings` as OpenAI and servers like it answer it: vectors a test makes by hand, refusals, and a slow answer."""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Callable
from hashlib import sha256
from typing import Any

from aiohttp import web

from tests.upstream.steps import Refuse

MOST = 2_048  # texts of one request
Page = dict[str, Any] | bytes


def by_words(text: str, length: int = 32) -> list[float]:
    """The same for the same words, whatever their order."""
    vector = [0.0] * length
    for word in text.lower().split():
        vector[sha256(word.encode()).digest()[0] % length] += 1.0
    return vector


class Embeddings:
    """What is asked (`asked`: bodies; `headers`), and how it is answered: `vector` makes one of a text, the next
    `refusals` come first, `seconds` pass before; `usage` is whether tokens (words) are told, `change` puts the answer otherwise."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        self.asked: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.refusals: deque[Refuse] = deque()
        self.vector: Callable[[str], list[float]] = by_words
        self.seconds = 0.0
        self.usage = True
        self.change: Callable[[dict[str, Any]], Page] = lambda answer: answer

    @property
    def texts(self) -> list[str]:
        return [text for body in self.asked for text in body["input"]]

    async def answer(self, request: web.Request, key: str) -> web.Response:
        body = json.loads(await request.read())
        self.asked.append(body)
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        name = {"x-request-id": f"req_embedding_{len(self.asked)}"}
        refused = self.refusal(body, request.headers.get("authorization", ""), key)
        if refused is not None:
            error = {"message": refused.message, "type": refused.kind, "param": None, "code": refused.kind}
            return web.json_response(
                {"error": error}, status=refused.status, headers={**name, **refused.headers}
            )
        if self.seconds:
            await asyncio.sleep(self.seconds)
        told = self.change(self._answer(body))
        if isinstance(told, bytes):
            return web.Response(body=told, content_type="application/json", headers=name)
        return web.json_response(told, headers=name)

    def refusal(self, body: dict[str, Any], given: str, key: str) -> Refuse | None:
        if key and given != f"Bearer {key}":
            return Refuse(401, "invalid_api_key", "Incorrect API key provided.")
        if self.refusals:
            return self.refusals.popleft()
        texts = body.get("input")
        if not isinstance(texts, list) or not 0 < len(texts) <= MOST or not all(texts):
            return Refuse(400, "invalid_request_error", "'$.input' is invalid.")
        if set(body) - {"model", "input", "encoding_format", "dimensions", "user"}:
            return Refuse(400, "unknown_parameter", "Unknown parameter.")
        return None

    def _answer(self, body: dict[str, Any]) -> dict[str, Any]:
        data = [
            {"object": "embedding", "index": at, "embedding": self.vector(text)}
            for at, text in enumerate(body["input"])
        ]
        tokens = sum(len(text.split()) for text in body["input"])
        usage = {"usage": {"prompt_tokens": tokens, "total_tokens": tokens}} if self.usage else {}
        return {"object": "list", "data": data[::-1], "model": body["model"], **usage}
