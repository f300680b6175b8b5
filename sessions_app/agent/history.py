"""Stored messages become turns that every provider's API accepts. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import count, groupby
from typing import Any, Literal

from sessions_app.agent.cards import is_card, told
from sessions_app.agent.passages import Passage, cited_in, kept_in, marks_of, retold
from sessions_app.agent.tools import as_told
from sessions_app.providers.base import File, Part, Raw, Text, ToolResult, ToolUse, Turn

GONE = "(The file “{name}” is not there any more.)"
CANCELLED = "This call was cancelled before it had a result."


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message as it is kept: `parts` as in `Message.parts`; `results` by tool_use_id: (content, is_error); `files`
    by the key of their part, in the form this model gets them. `own`: whoever asks wrote it here themself. `found` are
    results that hold passages, as they are kept; `texts` the words of passages that whoever asks may be told."""

    role: Literal["user", "assistant"]
    parts: Sequence[Mapping[str, Any]]
    results: Mapping[str, tuple[str, bool]] = field(default_factory=dict)
    files: Mapping[str, File] = field(default_factory=dict)
    own: bool = False
    found: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def passages(self) -> list[Passage]:
        """Those that its cards and results hold, without their words."""
        cards = [each for part in self.parts if "passages" in part for each in kept_in(part)]
        return cards + [each for result in self.found.values() for each in kept_in(result)]

    @property
    def cites(self) -> bool:
        """Whether the model cited passages in it by their marks."""
        return any("citations" in part and cited_in(part) for part in self.parts)

    def worded(self, texts: Mapping[str, str]) -> StoredMessage:
        """The same with the words of its passages."""
        told = {key: (as_told(retold(result, texts)), False) for key, result in self.found.items()}
        return replace(self, results={**self.results, **told}, texts=texts)


def turns(messages: Iterable[StoredMessage], *, provider: str, model: str) -> tuple[Turn, ...]:
    """The history for `model`: begins and ends with a user turn, roles alternate, each tool call has its result.

    An assistant message of several model calls is unfolded: its calls in one turn, their results in the next.
    Thinking goes back only to the provider and model it came from, and only with the tool calls it led to.
    """
    unfolded: list[Turn] = []
    known: set[str] = set()
    for message in messages:
        if message.role == "user":
            unfolded.extend(joined([Turn("user", tuple(_said(message)))]))
        elif unfolded:
            unfolded.extend(_unfold(_keyed(message, known), provider, model, known))
    merged = list(joined(unfolded))
    while merged and merged[-1].role == "assistant":
        merged.pop()
    return tuple(merged)


def joined(turns: Iterable[Turn]) -> tuple[Turn, ...]:
    """Neighbours of one role become one turn, as the APIs want roles to alternate; empty turns go."""
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role:
            merged[-1] = Turn(turn.role, merged[-1].parts + turn.parts)
        elif turn.parts:
            merged.append(turn)
    return tuple(merged)


def ordered(value: Any) -> Any:
    """JSON with its keys sorted at every level.

    PostgreSQL keeps keys in an order of its own: unsorted, a stored call would differ from the one that was sent,
    and the provider's cache would miss from there on.
    """
    match value:
        case Mapping():
            return {key: ordered(value[key]) for key in sorted(value)}
        case list():
            return [ordered(entry) for entry in value]
        case _:
            return value


def _keyed(message: StoredMessage, known: set[str]) -> StoredMessage:
    """The message with other keys for calls whose keys an earlier message has: some servers count from 0 in each
    answer. The same history always gets the same ones, so that the cached prefix stays."""
    keys = {part["tool_use_id"] for part in message.parts if part.get("kind") == "tool_call"}
    if keys.isdisjoint(known):
        return message
    taken, other = known | keys, {}
    for key in sorted(keys & known):
        other[key] = next(made for n in count(2) if (made := f"{key}-{n}") not in taken)
        taken.add(other[key])
    parts = [
        {**part, "tool_use_id": other.get(part["tool_use_id"], part["tool_use_id"])}
        if part.get("kind") == "tool_call"
        else part
        for part in message.parts
    ]
    results = {other.get(key, key): result for key, result in message.results.items()}
    return replace(message, parts=parts, results=results)


def _unfold(message: StoredMessage, provider: str, model: str, known: set[str]) -> Iterable[Turn]:
    unfolded: list[Turn] = []
    stored = _as_written(_without_orphans(message.parts))
    late = _late_results(stored, provider, model)
    for turn, group in groupby(stored, key=lambda part: part.get("turn", 1)):
        parts = (
            *late.get(turn, ()),
            *(made for part in group for made in _made(part, provider, model, known)),
        )
        calls = [part for part in parts if isinstance(part, ToolUse)]
        unfolded.append(Turn("assistant", parts))
        unfolded.append(Turn("user", tuple(_result(call.id, message.results) for call in calls)))
    return [_without_idle_thinking(turn) for turn in joined(unfolded)]


def _without_idle_thinking(turn: Turn) -> Turn:
    """Thinking that led to no tool call is not needed again, and no turn may hold thinking alone."""
    if any(isinstance(part, ToolUse) for part in turn.parts):
        return turn
    return Turn(turn.role, tuple(part for part in turn.parts if not isinstance(part, Raw)))


def _made(part: Mapping[str, Any], provider: str, model: str, known: set[str]) -> Iterable[Part]:
    if _is_hosted(part):
        return _hosted(part, provider, model)
    made = _part(part, provider, model, known)
    return () if made is None else (made,)


def _is_hosted(part: Mapping[str, Any]) -> bool:
    """Whether a provider ran this call: Anthropic says so in its id, whatever became of its blocks."""
    is_call = part.get("kind") == "tool_call"
    return is_call and ("raw" in part or str(part.get("tool_use_id")).startswith("srvtoolu_"))


def _without_orphans(parts: Iterable[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Without calls of such tools that have no result, or one whose turn says nothing else."""
    parts = list(parts)
    turns = {part.get("turn", 1) for part in parts}
    return [p for p in parts if not _is_hosted(p) or (p.get("raw") or {}).get("result_turn") in turns]


def _as_written(parts: list[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Texts that were parted where the model cited passages are one again, with its marks: what was sent of an answer while
    it was made is sent again in the same bytes."""
    if not any("citations" in part for part in parts):
        return parts
    written: list[Mapping[str, Any]] = []
    goes_on = False
    for part in parts:
        plain = part.get("kind") == "text" and "raw" not in part
        marks = marks_of(part) if plain else ""
        if plain and goes_on and written[-1].get("turn") == part.get("turn"):
            written[-1] = {**written[-1], "text": written[-1]["text"] + part.get("text", "") + marks}
            continue
        goes_on = bool(marks)
        kept = {name: value for name, value in part.items() if name not in ("citations", "marks")}
        written.append({**kept, "text": part.get("text", "") + marks} if marks else part)
    return written


def _hosted(part: Mapping[str, Any], provider: str, model: str) -> Iterable[Part]:
    """A tool that the provider ran goes back to it alone, with its result; that may follow in a later turn."""
    if not _is_own(part["raw"], provider, model):
        return ()
    asked = Text("", Raw(provider, model, ordered(part["raw"]["block"])))
    later = part["raw"].get("result_turn") != part.get("turn", 1)
    return (asked,) if later else (asked, _answered(part, provider, model))


def _late_results(parts: Iterable[Mapping[str, Any]], provider: str, model: str) -> dict[int, list[Part]]:
    """Results of such tools that came a turn after they were asked, by that turn."""
    late: dict[int, list[Part]] = {}
    for part in parts:
        raw = part.get("raw") or {}
        if _is_hosted(part) and _is_own(raw, provider, model) and raw["result_turn"] != part.get("turn", 1):
            late.setdefault(raw["result_turn"], []).append(_answered(part, provider, model))
    return late


def _answered(part: Mapping[str, Any], provider: str, model: str) -> Text:
    return Text("", Raw(provider, model, ordered(part["raw"]["result"])))


def _is_own(raw: Mapping[str, Any], provider: str, model: str) -> bool:
    return (raw.get("provider"), raw.get("model")) == (provider, model)


def _part(part: Mapping[str, Any], provider: str, model: str, known: set[str]) -> Part | None:
    match part.get("kind"):
        case "text" if (text := part.get("text", "")).strip():
            raw = part.get("raw")
            own = (
                Raw(provider, model, ordered(raw["block"])) if raw and _is_own(raw, provider, model) else None
            )
            return Text(text, own)
        case "thinking" if raw := part.get("raw"):
            if _is_own(raw, provider, model):
                return Raw(provider, model, raw["block"])
        case "tool_call" if part["tool_use_id"] not in known:
            known.add(part["tool_use_id"])
            return ToolUse(part["tool_use_id"], part["name"], ordered(part.get("input") or {}))
    return None


def _result(tool_use_id: str, results: Mapping[str, tuple[str, bool]]) -> ToolResult:
    content, is_error = results.get(tool_use_id, (CANCELLED, True))
    return ToolResult(tool_use_id, content, is_error)


def _said(message: StoredMessage) -> Iterable[Part]:
    """A person's files and words; a file that is gone is told of."""
    for part in message.parts:
        if part.get("kind") == "text" and part.get("text", "").strip():
            yield Text(part["text"])
        elif part.get("kind") == "attachment":
            yield message.files.get(part["id"]) or Text(GONE.format(name=part["name"]))
        elif is_card(part):
            yield Text(told(part, message.texts))


def window_start(total: int, held: int = 10) -> int:
    """Where the window of `total` messages begins: it holds `held + 1` to `2 * held` of them once there are more.

    It moves in steps of `held`, so that between two steps the provider finds its cached prefix again.
    """
    return held * max(0, -(-total // held) - 2)


def window(messages: Sequence[StoredMessage], held: int = 10) -> Sequence[StoredMessage]:
    """The messages the model sees: at least the last `held`, beginning with a person's."""
    start = window_start(len(messages), held)
    while start > 0 and messages[start].role != "user":
        start -= 1
    return messages[start:]
