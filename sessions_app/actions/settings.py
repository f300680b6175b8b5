"""The settings of a chat: what each may be, and what of it a model takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from sessions_app.agent.context import offered_tools
from sessions_app.providers import catalog
from sessions_app.providers.base import ModelInfo
from sessions_app.rendering import clean_text

from .errors import Refused

RANGES = {
    "max_tokens": (1, 128_000),
    "context_window": (10, 1000),
    "context_tokens": (2_000, 2_000_000),
    "max_turns": (1, 50),
}
LABELS = {
    "model": "Model",
    "temperature": "Temperature",
    "max_tokens": "Maximum tokens",
    "context_window": "History window",
    "context_tokens": "Context budget",
    "max_turns": "Maximum turns",
    "thinking": "Thinking",
    "auto_context": "Automatic context",
    "system_prompt": "Instructions",
    "tools": "Tools",
    "videos": "Videos",
    "name": "Name",
    "description": "Description",
    "opening": "Opening message",
}
LONGEST_INSTRUCTIONS = 20_000
MOST_VIDEOS = 50


class BadSetting(Refused):
    """`problems` say of each setting by its name what is wrong, as the rest of a sentence that begins with it."""

    kind = "bad_setting"
    sentence = "There is no such setting, or not with this value for this model."

    def __init__(self, problems: Mapping[str, str]) -> None:
        self.problems = dict(problems)
        super().__init__(" ".join(f"{name} {rest}" for name, rest in problems.items()))

    @property
    def sentences(self) -> dict[str, str]:
        """For people: with the settings' own names."""
        return {name: f"{LABELS.get(name, name)} {rest}" for name, rest in self.problems.items()}


class _Problem(ValueError):
    """What is wrong with one value."""


def checked_settings(values: Mapping[str, Any], info: ModelInfo | None = None) -> dict[str, Any]:
    """The settings of a chat, each in its range; anything else is refused by name. With `info`, also what this
    model does not take."""
    checked: dict[str, Any] = {}
    problems: dict[str, str] = {}
    for name, value in values.items():
        try:
            checked[name] = _checked(name, value, info)
        except _Problem as problem:
            problems[str(name)[:40]] = str(problem)
    if problems:
        raise BadSetting(problems)
    return checked


def fitting(settings: Mapping[str, Any], info: ModelInfo) -> tuple[dict[str, Any], tuple[str, ...]]:
    """What of these settings this model takes, and the names of the others. Tools that are gone go quietly."""
    kept: dict[str, Any] = {}
    for name, value in settings.items():
        try:
            kept[name] = _still_offered(value) if name == "tools" else _checked(name, value, info)
        except _Problem:
            continue
    if clash(kept, info):
        del kept["temperature"]
    return kept, tuple(name for name in settings if name not in kept)


def clash(settings: Mapping[str, Any], info: ModelInfo) -> bool:
    """A model that thinks takes no temperature."""
    thinks = bool(settings.get("thinking")) and bool(info.thinking)
    return thinks and info.sampling and settings.get("temperature") is not None


def refuse_clash(settings: Mapping[str, Any], info: ModelInfo, changed: Mapping[str, Any]) -> None:
    """Named at the setting that was changed."""
    if clash(settings, info):
        if "temperature" in changed:
            raise BadSetting(
                {"temperature": "is not taken while this model thinks. Switch thinking off first."}
            )
        raise BadSetting(
            {"thinking": "needs the temperature to be empty: this model takes one or the other."}
        )


def dropped_words(names: tuple[str, ...], info: ModelInfo) -> str:
    """A sentence about settings that a model does not take; empty where there are none."""
    if not names:
        return ""
    words = " and ".join(LABELS.get(name, name).lower() for name in names)
    verb, them = ("was", "it") if len(names) == 1 else ("were", "them")
    return f"{words[:1].upper()}{words[1:]} {verb} taken out: {info.label} does not take {them}."


# ---------------------------------------------------------------- each of them


def _checked(name: str, value: Any, info: ModelInfo | None) -> Any:
    check = _CHECKS.get(name)
    if check is None:
        raise _Problem("is no setting.")
    return check(name, value, info)


def _whole(name: str, value: Any, info: ModelInfo | None) -> int:
    low, high = RANGES[name]
    if name == "max_tokens" and info is not None:
        high = info.max_output
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise _Problem(f"must be a whole number from {low:,} to {high:,}.")
    return value


def _temperature(name: str, value: Any, info: ModelInfo | None) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
        raise _Problem("must lie between 0 and 1.")
    if info is not None and not info.sampling:
        raise _Problem(f"is not taken by {info.label}.")
    return float(value)


def _thinking(name: str, value: Any, info: ModelInfo | None) -> bool:
    wanted = _truth(name, value, info)
    if info is not None and wanted and not info.thinking:
        raise _Problem(f"is not something {info.label} does.")
    if info is not None and not wanted and always_thinks(info):
        raise _Problem(f"cannot be switched off: {info.label} always thinks first.")
    return wanted


def _truth(name: str, value: Any, info: ModelInfo | None) -> bool:
    if not isinstance(value, bool):
        raise _Problem("must be true or false.")
    return value


def _instructions(name: str, value: Any, info: ModelInfo | None) -> str:
    if not isinstance(value, str) or len(value) > LONGEST_INSTRUCTIONS:
        raise _Problem(f"must be a text of at most {LONGEST_INSTRUCTIONS:,} characters.")
    return clean_text(value)


def _tools(name: str, value: Any, info: ModelInfo | None) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _Problem("must be a list of names.")
    unknown = [each for each in value if each not in offered_tools().tools]
    if unknown:
        raise _Problem(f"are named that this workspace does not offer: {unknown[0][:60]}.")
    return list(dict.fromkeys(value))


def _still_offered(value: Any) -> list[str]:
    return [each for each in value if each in offered_tools().tools]


def _videos(name: str, value: Any, info: ModelInfo | None) -> list[str]:
    """Keys of videos. Who may see them is asked whenever they are looked into, not here."""
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _Problem("must be a list of keys.")
    if len(value) > MOST_VIDEOS:
        raise _Problem(f"are at most {MOST_VIDEOS}.")
    try:
        return list(dict.fromkeys(str(UUID(each)) for each in value))
    except ValueError:
        raise _Problem("must be a list of keys.") from None


def always_thinks(info: ModelInfo) -> bool:
    return catalog.thinking_when_off(info.id) == "always"


_CHECKS: dict[str, Callable[[str, Any, ModelInfo | None], Any]] = {
    **dict.fromkeys(RANGES, _whole),
    "temperature": _temperature,
    "thinking": _thinking,
    "auto_context": _truth,
    "system_prompt": _instructions,
    "tools": _tools,
    "videos": _videos,
}
