"""Speakers: each provider with a local server that speaks its protocol. `test_every_provider.py` holds all of them to the
same promises; a further provider joins by one more entry of `SPEAKERS`.

What an entry must give:
- `upstream()`: a context manager with the attributes of `tests.upstream.Upstream` that the suite uses: `url`, `script`,
  `reset`, `release`, `wait_for`, `log`; of an entry of the log `body`, `headers`, `status`, `request_id`, `text`,
  `pieces`, `usage`, `disconnected_at`, `peer_port`. `Upstream(dialect=...)` (tests/upstream/dialect.py) is one, with
  every scenario of tests/upstream/scenarios.py as soon as the dialect's answer has the methods of `Answer`.
- `provider(url, key, **timeouts)`: the real provider that talks to it.
- `counts(entry)`: the normalised counts of what the log says was reported, so that cached tokens are counted once.
- `has_picture(body)`, `has_document(body)`: whether a request holds one (None: it takes none, and says so in words).
- `lacks`: names of scenarios that this protocol cannot play, each with the reason beside it; their tests are left out.
The server must refuse (status 400) what the real one would: a call without its result, a result without its call.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

from sessions_app.providers.anthropic import AnthropicProvider
from sessions_app.providers.base import Counts
from sessions_app.providers.compatible import CompatibleProvider
from sessions_app.providers.gemini import GeminiProvider
from sessions_app.providers.openai import OpenAIProvider
from tests.upstream import DEFAULT_KEY, Entry, Upstream, compatible, openai
from tests.upstream.gemini import GEMINI_KEY, Gemini

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 32
PDF = b"%PDF-1.7\n%%EOF\n"


@dataclass(frozen=True, slots=True)
class Speaker:
    """`model` answers at once, `thinker` thinks where it is asked to; `name` and `label` are the provider's."""

    name: str
    label: str
    model: str
    thinker: str
    key: str
    upstream: Callable[[], AbstractContextManager[Any]]
    provider: Callable[..., Any]
    counts: Callable[[Entry], Counts]
    has_picture: Callable[[dict[str, Any]], bool]
    has_document: Callable[[dict[str, Any]], bool] | None
    keeps_thinking: bool = True  # sealed, and sent back with the calls it led to
    seals_calls: bool = False  # only thinking that led to a call is sealed
    early_counts: bool = False  # the input is told when the answer begins
    lacks: frozenset[str] = field(default=frozenset())
    counts_requests: bool = False  # before they are sent


def _anthropic_counts(entry: Entry) -> Counts:
    usage = entry.usage
    return Counts(
        input=usage["input_tokens"],
        cache_read=usage["cache_read_input_tokens"],
        cache_write_5m=usage["cache_creation_input_tokens"],
        output=usage["output_tokens"],
    )


def _has_block(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda body: any(
        block.get("type") == kind for message in body["messages"] for block in message["content"]
    )


ANTHROPIC = Speaker(
    name="anthropic",
    label="Anthropic",
    model="claude-haiku-5-5",
    thinker="claude-sonnet-5-5",
    key=DEFAULT_KEY,
    upstream=Upstream,
    provider=lambda url, key, **timeouts: AnthropicProvider(key, url, **timeouts),
    counts=_anthropic_counts,
    has_picture=_has_block("image"),
    has_document=_has_block("document"),
    counts_requests=True,
    early_counts=True,
)


def _openai_counts(entry: Entry) -> Counts:
    """Read and written tokens are part of the input, and billed as what they are."""
    usage = entry.usage
    details: Any = usage["input_tokens_details"]
    read, written = details["cached_tokens"], details["cache_write_tokens"]
    return Counts(
        input=usage["input_tokens"] - read - written,
        cache_read=read,
        cache_write_5m=written,
        output=usage["output_tokens"],
    )


def _has_part(kind: str) -> Callable[[dict[str, Any]], bool]:
    def found(body: dict[str, Any]) -> bool:
        contents = [entry.get("content") for entry in body.get("input") or body["messages"]]
        return any(
            part["type"] == kind for content in contents if isinstance(content, list) for part in content
        )

    return found


OPENAI = Speaker(
    name="openai",
    label="OpenAI",
    model="gpt-4o-mini",
    thinker="gpt-6-sol",
    key=openai.KEY,
    upstream=lambda: Upstream(openai.KEY, dialect=openai.Responses()),
    provider=lambda url, key, **timeouts: OpenAIProvider(key, f"{url}/v1", **timeouts),
    counts=_openai_counts,
    has_picture=_has_part("input_image"),
    has_document=_has_part("input_file"),
    counts_requests=True,
)


def _compatible_counts(entry: Entry) -> Counts:
    usage = entry.usage
    details: Any = usage["prompt_tokens_details"]
    return Counts(
        input=usage["prompt_tokens"] - details["cached_tokens"],
        cache_read=details["cached_tokens"],
        output=usage["completion_tokens"],
    )


COMPATIBLE = Speaker(
    name="local",
    label="Local server",
    model="local/llama3.2",
    thinker="local/qwen3",
    key=compatible.KEY,
    upstream=lambda: Upstream(compatible.KEY, dialect=compatible.Completions()),
    provider=lambda url, key, **timeouts: CompatibleProvider(
        "local", f"{url}/v1", key, "Local server", **timeouts
    ),
    counts=_compatible_counts,
    has_picture=_has_part("image_url"),
    has_document=None,
    keeps_thinking=False,
)


def _gemini_counts(entry: Entry) -> Counts:
    usage = entry.usage
    cached = usage.get("cachedContentTokenCount", 0)
    return Counts(
        input=usage["promptTokenCount"] - cached,
        cache_read=cached,
        output=usage.get("candidatesTokenCount", 0) + usage.get("thoughtsTokenCount", 0),
    )


def _has_inline(kind: str) -> Callable[[dict[str, Any]], bool]:
    return lambda body: any(
        part.get("inlineData", {}).get("mimeType", "").startswith(kind)
        for content in body["contents"]
        for part in content["parts"]
    )


GEMINI = Speaker(
    name="gemini",
    label="Google",
    model="gemini-3.5-flash-lite",
    thinker="gemini-3.8-flash",
    key=GEMINI_KEY,
    upstream=lambda: Upstream(GEMINI_KEY, dialect=Gemini()),
    provider=lambda url, key, **timeouts: GeminiProvider(key, url, **timeouts),
    counts=_gemini_counts,
    has_picture=_has_inline("image/"),
    has_document=_has_inline("application/pdf"),
    seals_calls=True,
    counts_requests=True,
    early_counts=True,
    lacks=frozenset({"cut_tool"}),  # calls come whole
)


SPEAKERS = [ANTHROPIC, OPENAI, COMPATIBLE, GEMINI]
