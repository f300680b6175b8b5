"""The form of a session's settings: what it holds, and what it shows for a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest

from sessions_app import offering
from sessions_app.actions.messages import thinks, usual_max_turns
from sessions_app.actions.settings import LABELS, always_thinks
from sessions_app.agent.context import offered_tools
from sessions_app.agent.whole import usual_budget, usual_max_tokens
from sessions_app.models import ChatSession
from sessions_app.providers.base import ModelInfo
from sessions_app.rendering.sides import settings_stamp

SWITCHES = ("thinking", "auto_context")
CHOICES = {"": None, "on": True, "off": False}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting of the form: `usual` is what holds while its value is empty."""

    name: str
    kind: str
    value: str = ""
    usual: str = ""
    on: bool = False
    problem: str = ""

    @property
    def label(self) -> str:
        return LABELS[self.name]


# ---------------------------------------------------------------- what a form holds


def given_settings(request: HttpRequest) -> dict[str, Any]:
    """Settings of a form as the actions take them; an empty field takes its setting out (None). What cannot be read
    goes on as it is, and is refused by its name."""
    post, given = request.POST, dict[str, Any]()
    for name in ("max_tokens", "context_window", "context_tokens", "max_turns"):
        if name in post:
            given[name] = whole(post.get(name, ""))
    if "temperature" in post:
        given["temperature"] = decimal(post.get("temperature", ""))
    for name in SWITCHES:
        if f"shown_{name}" in post:
            given[name] = post.get(name) == "on"
        elif name in post:
            given[name] = CHOICES.get(post.get(name, ""), post.get(name))
    if "system_prompt" in post:
        given["system_prompt"] = post.get("system_prompt", "").replace("\r\n", "\n").strip() or None
    if "shown_tools" in post:
        given["tools"] = chosen_tools(post.getlist("tools"))
    return given


def chosen_tools(names: Sequence[str]) -> list[str] | None:
    """All of them are no choice: tools that come later are used too."""
    return None if set(names) == set(offered_tools().tools) else list(names)


def whole(text: str) -> Any:
    """A number as people write it; what is none stays a text."""
    digits = text.strip().replace(",", "").replace(" ", "").replace("\u00a0", "")
    if not digits:
        return None
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 12 else text


def decimal(text: str) -> Any:
    """0.7 and 0,7; what is no number stays a text."""
    try:
        return float(text.strip().replace(",", ".")) if text.strip() else None
    except ValueError:
        return text


def without_usual(chat: ChatSession, given: dict[str, Any]) -> dict[str, Any]:
    """A switch that stands where it stood without being set is no choice: forms send all of theirs."""
    info = offering.choose("", chat.model)
    standing = {"thinking": thinks(chat, info), "auto_context": bool(chat.settings.get("auto_context"))}
    return {name: value for name, value in given.items() if name not in standing or value != standing[name]}


# ---------------------------------------------------------------- what the form shows


def setup(
    chat: ChatSession,
    person: Any,
    typed: Mapping[str, str] | None = None,
    problems: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The inputs of `_settings_fields.html` for this person; `typed` and `problems` after a refusal."""
    info = offering.choose("", chat.model)
    typed, problems = typed or {}, problems or {}
    tools = tool_rows(chat.settings.get("tools"))
    return {
        "models": offering.choices(person),
        "selected_model": info.id,
        "fields": [*numbers(chat, info, typed, problems), *switches(chat, info, problems)],
        "sentences": sentences(info),
        "tools": tools,
        "tools_on": sum(tool["on"] for tool in tools),
        "instructions": typed.get("system_prompt", chat.settings.get("system_prompt", "")),
        "problems": problems,
        "stamp": settings_stamp(chat),
    }


def numbers(
    chat: ChatSession, info: ModelInfo, typed: Mapping[str, str], problems: Mapping[str, str]
) -> list[Field]:
    settings = chat.settings
    usual = {
        "max_tokens": f"{usual_max_tokens(info):,}",
        "context_window": "all",  # that fit the budget
        "context_tokens": f"{usual_budget(info):,}",
        "max_turns": str(usual_max_turns()),
    }
    if info.sampling:
        usual = {"temperature": "", **usual}
    return [
        Field(name, "number", typed.get(name, number_words(settings.get(name))), usual[name], problem=problems.get(name, ""))
        for name in usual
    ]  # fmt: skip


def number_words(value: Any) -> str:
    if value is None:
        return ""
    return f"{value:g}" if isinstance(value, float) else f"{value:,}"


def switches(chat: ChatSession, info: ModelInfo, problems: Mapping[str, str]) -> list[Field]:
    found = []
    if info.thinking and not always_thinks(info):
        found.append(Field("thinking", "switch", on=thinks(chat, info), problem=problems.get("thinking", "")))
    on = bool(chat.settings.get("auto_context"))
    return [*found, Field("auto_context", "switch", on=on, problem=problems.get("auto_context", ""))]


def sentences(info: ModelInfo) -> list[str]:
    """What a person may look for and this model has not."""
    told = [] if info.sampling else ["Temperature: this model does not take it."]
    return [*told, "Thinking: this model always thinks first."] if always_thinks(info) else told


def tool_rows(chosen: Sequence[str] | None) -> list[dict[str, Any]]:
    tools = offered_tools().tools.values()
    return [
        {"name": tool.name, "label": tool.label, "on": chosen is None or tool.name in chosen}
        for tool in tools
    ]
