"""What the ids of OpenAI's models tell of them: its list gives nothing else. Pure.

Sources: developers.openai.com/api/docs/guides/reasoning and …/guides/latest-model (November 2026).
"""

from __future__ import annotations

import re

_GENERATION = re.compile(r"(?:ft:)?gpt-(\d+)(?:\.(\d+))?")
_O_SERIES = re.compile(r"(?:ft:)?o\d")
# Ids of the list that no conversation can be had with.
_OTHER = re.compile(
    r"audio|realtime|transcribe|tts|image|embedding|instruct|search|moderation|deep-research|live|whisper"
)


def converses(model: str) -> bool:
    """Whether a model of the list answers in words."""
    named = _GENERATION.match(model) or _O_SERIES.match(model) or model.startswith("chatgpt-")
    return bool(named) and not _OTHER.search(model)


def reasons(model: str) -> bool:
    """Whether it is a reasoning model: those take an effort, and no temperature."""
    return bool(_O_SERIES.match(model)) or (_generation(model) >= (5, 0) and "-chat" not in model)


def effort(model: str, thinking: bool) -> str:
    """The effort to ask a reasoning model for; "" for one that has only its own.

    The least that each takes: `none` came with 5.1 and is not for all of 6, `minimal` is 5.0's alone.
    """
    generation = _generation(model)
    if "-pro" in model:
        return ""
    if thinking:
        return "medium"
    if "-codex" in model or generation < (5, 0) or generation >= (6, 0):
        return "low"
    return "none" if generation >= (5, 1) else "minimal"


def _generation(model: str) -> tuple[int, int]:
    found = _GENERATION.match(model)
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)
