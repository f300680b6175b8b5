"""An imported message beside the one that its source has now."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from export_app.document import Call, Entry, File, Part
from sessions_app.files import shown_name
from sessions_app.models import Attachment, Message, ToolCall

Use = tuple[int, str]  # turn and tool_use_id of a call


@dataclass(slots=True)
class Here:
    """A message as it is here, with its calls, and its files by key and name."""

    row: Message
    calls: dict[Use, ToolCall] = field(default_factory=dict)
    files: list[tuple[str, str]] = field(default_factory=list)

    def matched(self, files: Iterable[File]) -> dict[str, str]:
        """Keys of files that are here, by their id in the source: each name as often as it is here."""
        left: dict[str, list[str]] = {}
        for key, name in self.files:
            left.setdefault(name, []).append(key)
        return {file.id: left[name].pop(0) for file in files if left.get(name := shown_name(file.name))}

    def others(self, there: Iterable[str]) -> list[dict[str, Any]]:
        """Parts of files that the source has no more."""
        gone = {key for key, _ in self.files} - set(there)
        return [part for part in self.row.parts if part["kind"] == "attachment" and part.get("id") in gone]


def here_of(keys: Sequence[UUID]) -> dict[UUID, Here]:
    found = {row.pk: Here(row) for row in Message.objects.filter(pk__in=keys, deleted_at=None)}
    for call in ToolCall.objects.filter(message__in=list(found)):
        found[call.message_id].calls[call.turn, call.tool_use_id] = call
    files = Attachment.objects.filter(message__in=list(found))
    for message, key, name in files.values_list("message", "pk", "name"):
        found[message].files.append((str(key), name))
    return found


def with_results(entry: Entry, here: Here) -> Entry:
    """The entry, with the results that are here of calls of which its source has none any more."""
    calls = (_with_result(call, here.calls.get((call.turn, call.use_id))) for call in entry.tool_calls)
    return replace(entry, tool_calls=tuple(calls))


def _with_result(call: Call, row: ToolCall | None) -> Call:
    if row is None or row.result is None or call.result is not None:
        return call
    return replace(
        call,
        result=row.result,
        status=row.status,
        duration_ms=row.duration_ms,
        error=row.error_message,
    )


def same(entry: Entry, here: Here) -> bool:
    """Whether an answer has the same parts and calls; files are compared by their names."""
    if _told(entry.parts) != _told(here.row.parts):
        return False
    calls = {
        (call.turn, call.use_id): (call.name, plain(call.input), plain(call.result), call.status, call.error)
        for call in entry.tool_calls
    }
    return calls == {
        use: (row.tool_name, plain(row.input), plain(row.result), row.status, row.error_message)
        for use, row in here.calls.items()
    }


def loses(entry: Entry, here: Here) -> bool:
    """Whether its source has no more of a call or of the thinking that is here."""
    uses = {(call.turn, call.use_id) for call in entry.tool_calls}
    return not here.calls.keys() <= uses or (_thought(here.row.parts) and not _thought(entry.parts))


def _thought(parts: Iterable[Part]) -> bool:
    return any(part["kind"] == "thinking" and part.get("text") for part in parts)


def _told(parts: Iterable[Part]) -> list[Any]:
    """Keys of calls and files are others in each session."""
    return [
        plain({name: value for name, value in part.items() if name != "id"})
        for part in parts
        if part["kind"] != "attachment"
    ]


def plain(value: Any) -> Any:
    """A JSON value to compare: a database may give 1e16 back as a whole number."""
    match value:
        case bool() | str() | None:
            return value
        case int() | float():
            try:
                return float(value)
            except OverflowError:
                return str(value)
        case dict():
            return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value]
