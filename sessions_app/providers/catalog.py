"""The models that can be chosen, current ones first, and what each of them takes.

Sources: platform.claude.com/docs, pages "models/…/overview", "…/migration-guide" and "build-with-claude/thinking";
developers.openai.com/api/docs, pages "models/…" and "guides/latest-model"; ai.google.dev/gemini-api/docs, pages
"models/…" and "deprecations" (all November 2026). Every id here has a price in genai-prices; a test holds that.
"""

from __future__ import annotations

import re
from dataclasses import replace

from sessions_app.providers.base import ModelInfo

OFFLINE_MODEL = "offline"

_CLAUDE_ID = re.compile(r"claude-[a-z0-9]+([.\-@:][a-z0-9]+)*")
_SNAPSHOT = re.compile(r"-(\d{8}|\d{4}-\d{2}-\d{2}|latest)$")
_OPENAI_ID = re.compile(r"(ft:)?(gpt|chatgpt|o\d)[a-zA-Z0-9.:_-]*")
_GEMINI_ID = re.compile(r"gemini-[a-z0-9.-]+")


class UnknownModel(KeyError):
    """No such model. `sentence` is fit for a person."""

    def __init__(self, model_id: str) -> None:
        self.sentence = f"There is no model named “{model_id[:80]}”. Another one can be chosen."
        super().__init__(self.sentence)

    def __str__(self) -> str:
        return self.sentence


def _newer(model_id: str, label: str, note: str) -> ModelInfo:
    """4.7 and later: adaptive thinking only, no sampling parameters, no prefilled answer."""
    return ModelInfo(
        model_id, "anthropic", label, 1_000_000, 128_000, thinking="adaptive", note=note, web_search=True
    )


def _older(model_id: str, label: str, note: str) -> ModelInfo:
    """4.5: a thinking budget, sampling parameters, and an answer may be prefilled."""
    return ModelInfo(
        model_id,
        "anthropic",
        label,
        200_000,
        64_000,
        sampling=True,
        thinking="enabled",
        prefill=True,
        note=note,
        web_search=True,
    )


def _between(model_id: str, label: str, note: str) -> ModelInfo:
    """4.6: adaptive thinking already, sampling parameters still, no prefilled answer any more."""
    return ModelInfo(
        model_id,
        "anthropic",
        label,
        1_000_000,
        128_000,
        sampling=True,
        thinking="adaptive",
        note=note,
        web_search=True,
    )


def _gpt(model_id: str, label: str, note: str) -> ModelInfo:
    """From 5.6 on: thinking by effort. A temperature is refused beside it, so none is offered."""
    return ModelInfo(model_id, "openai", label, 1_050_000, 128_000, thinking="adaptive", note=note)


def _gemini(model_id: str, label: str, note: str) -> ModelInfo:
    """From 3 on: thinking by level, which counts as output. A temperature is ignored, or harms (3.1)."""
    return ModelInfo(model_id, "gemini", label, 1_048_576, 65_536, thinking="adaptive", note=note)


_CLAUDES = (
    _newer("claude-sonnet-5-5", "Claude Sonnet 5.5", "Fast and capable, for everyday work."),
    _newer("claude-opus-5-5", "Claude Opus 5.5", "For long and difficult work. It always thinks first."),
    _newer("claude-haiku-5-5", "Claude Haiku 5.5", "The fastest and cheapest."),
    _newer("claude-fable-5-2", "Claude Fable 5.2", "The most capable. It always thinks first."),
    _newer("claude-fable-5-1", "Claude Fable 5.1", "An earlier model. It always thinks first."),
    _newer("claude-opus-5", "Claude Opus 5", "An earlier model."),
    _newer("claude-sonnet-5", "Claude Sonnet 5", "An earlier model."),
    _newer("claude-opus-4-8", "Claude Opus 4.8", "An earlier model."),
    _newer("claude-opus-4-7", "Claude Opus 4.7", "An earlier model."),
    _between("claude-opus-4-6", "Claude Opus 4.6", "An earlier model that takes a temperature."),
    _between("claude-sonnet-4-6", "Claude Sonnet 4.6", "An earlier model that takes a temperature."),
    _older("claude-haiku-4-5", "Claude Haiku 4.5", "An earlier model that takes a temperature."),
    _older("claude-opus-4-5", "Claude Opus 4.5", "An earlier model that takes a temperature."),
)

_GPTS = (
    _gpt("gpt-6.1-sol", "GPT-6.1 Sol", "For everyday and complex work. It always thinks a little."),
    _gpt("gpt-6.1-terra", "GPT-6.1 Terra", "Fast, with an eye for pictures and clear writing."),
    _gpt("gpt-6-luna", "GPT-6 Luna", "The fastest and cheapest of OpenAI."),
    _gpt("gpt-6-astra", "GPT-6 Astra", "OpenAI's most capable. It always thinks a little."),
    _gpt("gpt-5.6-sol", "GPT-5.6 Sol", "An earlier model."),
)

_GEMINIS = (
    _gemini("gemini-3.8-flash", "Gemini 3.8 Flash", "Fast and capable. It always thinks a little."),
    _gemini("gemini-4-argon", "Gemini 4 Argon", "Google's most capable. It always thinks a little."),
    _gemini("gemini-3.5-flash-lite", "Gemini 3.5 Flash-Lite", "The fastest and cheapest of Google."),
    _gemini("gemini-3.5-flash", "Gemini 3.5 Flash", "An earlier model."),
    _gemini("gemini-3.1-pro-preview", "Gemini 3.1 Pro", "An earlier model. It always thinks a little."),
)

_OFFLINE = ModelInfo(
    OFFLINE_MODEL,
    "offline",
    "Offline assistant",
    10_000_000,
    100_000,
    pictures=False,
    free=True,
    note="Answers from this workspace's own figures, without a key or network.",
)

_MODELS = (*_CLAUDES, *_GPTS, *_GEMINIS, _OFFLINE)

_BY_ID = {info.id: info for info in _MODELS}

_TITLE_MODELS = {
    "anthropic": "claude-haiku-5-5",
    "openai": "gpt-6-luna",
    "gemini": "gemini-3.5-flash-lite",
    "offline": OFFLINE_MODEL,
}

# Models that think unless told not to, and how each wants to be told: Claude's `type`, or the least level that a Gemini
# takes. "always" cannot be told at all. (Efforts of OpenAI's models: `openai_models`.)
_THINKS_UNASKED = {
    "claude-fable-5-2": "always",
    "claude-fable-5-1": "always",
    "claude-opus-5-5": "always",
    "claude-sonnet-5-5": "between_tools",
    "claude-haiku-5-5": "disabled",
    "claude-opus-5": "disabled",
    "claude-sonnet-5": "disabled",
    "gemini-3.8-flash": "low",
    "gemini-4-argon": "low",
    "gemini-3.5-flash-lite": "minimal",
    "gemini-3.5-flash": "minimal",
    "gemini-3.1-pro-preview": "low",
}

# What every model of a house takes at the least: for ids that are not listed.
_UNLISTED = {
    "anthropic": (_CLAUDE_ID, ModelInfo("", "anthropic", "", 200_000, 4_096, pictures=False)),
    "openai": (_OPENAI_ID, ModelInfo("", "openai", "", 128_000, 16_384, pictures=False)),
    "gemini": (_GEMINI_ID, ModelInfo("", "gemini", "", 1_000_000, 8_192)),
}


def models() -> tuple[ModelInfo, ...]:
    """All models, current ones first, the offline assistant last."""
    return _MODELS


def model(model_id: str) -> ModelInfo:
    """The model of this id; a dated id (`…-20251001`) is its undated model. Raises UnknownModel."""
    info = _BY_ID.get(model_id) or _BY_ID.get(_SNAPSHOT.sub("", model_id))
    if info is None:
        raise UnknownModel(model_id)
    return info if info.id == model_id else replace(info, id=model_id)


def model_or_default(model_id: str, provider: str) -> ModelInfo:
    """Like `model`, but an unlisted, well-formed id of this provider is taken with limits that each of its models
    keeps. Raises UnknownModel, for a listed model of another provider too."""
    try:
        known = model(model_id)
    except UnknownModel:
        pattern, least = _UNLISTED.get(provider, (None, None))
        if pattern is None or least is None or len(model_id) > 100 or not pattern.fullmatch(model_id):
            raise
        return replace(least, id=model_id, label=model_id, note="Not in the catalog.")
    if provider in _UNLISTED and known.provider != provider:
        raise UnknownModel(model_id)
    return known


def title_model(provider: str) -> ModelInfo:
    """The cheap model that writes titles. Raises UnknownModel for a provider without one."""
    if provider not in _TITLE_MODELS:
        raise UnknownModel(provider)
    return model(_TITLE_MODELS[provider])


def thinking_when_off(model_id: str) -> str:
    """What a request without thinking must say: "" nothing, "always" it thinks anyway, else the word to send."""
    return _THINKS_UNASKED.get(_SNAPSHOT.sub("", model_id), "")
