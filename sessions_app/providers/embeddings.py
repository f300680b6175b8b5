"""Texts as vectors: what a provider that can make them gives, and how `/v1/embeddings` answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Any, Protocol, runtime_checkable

import orjson

from sessions_app.providers.base import StreamGarbled


@dataclass(frozen=True, slots=True)
class Embedded:
    """A vector of length 1 for each text, in their order; `tokens` is None where the provider did not count them."""

    vectors: tuple[list[float], ...]
    tokens: int | None = None
    request_id: str = ""


@runtime_checkable
class Embedding(Protocol):
    """What a provider may do besides answering: ask with `isinstance`."""

    async def embed(self, model: str, texts: Sequence[str]) -> Embedded:
        """`model` is an id of the provider's own. Raises a ProviderError."""
        ...


def read(data: bytes, count: int, *, label: str, request_id: str = "") -> Embedded:
    """An answer of `/v1/embeddings` to `count` texts (developers.openai.com/api/reference/resources/embeddings). Entries
    come by their `index`. Raises StreamGarbled."""
    try:
        told = orjson.loads(data)
        places = {int(entry.get("index", at)): entry["embedding"] for at, entry in enumerate(told["data"])}
        vectors = tuple(_unit([float(number) for number in places[at]]) for at in range(count))
        if len(places) != count or len({len(vector) for vector in vectors}) != 1:
            raise ValueError
        return Embedded(vectors, _tokens(told.get("usage")), request_id)
    except (KeyError, TypeError, ValueError, AttributeError):
        pass
    raise StreamGarbled(status=200, provider=label, request_id=request_id)


def _tokens(usage: Any) -> int | None:
    """OpenAI tells `prompt_tokens` and `total_tokens`, which are the same; some servers tell none, or 0 for that."""
    found = usage.get("prompt_tokens") or usage.get("total_tokens") if isinstance(usage, dict) else None
    return found if isinstance(found, int) and found > 0 else None


def _unit(values: list[float]) -> list[float]:
    """Of length 1, so that a product of two is their cosine. Raises ValueError for what has no direction."""
    length = sqrt(sum(value * value for value in values))
    if not length or not isfinite(length):
        raise ValueError
    return [value / length for value in values]
