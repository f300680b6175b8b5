"""What exports of other programs have in common: times, names, files, and answers put together of many pieces."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from export_app.document import Answered, Call, File
from sessions_app.agent.parts import text_of as parts_text
from sessions_app.files import shown_name

LONGEST_TITLE = 200
_UNFIT = re.compile(r"[^A-Za-z0-9_-]+")
_EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)


def text_of(value: Any) -> str:
    return value if isinstance(value, str) else ""


def each(value: Any, kind: type = dict) -> list[Any]:
    """The members of a list that are of this kind; none where it is no list."""
    return [one for one in value if isinstance(one, kind)] if isinstance(value, list) else []


def within(value: Any) -> Mapping[str, Any]:
    """An object, empty where it is none."""
    return value if isinstance(value, Mapping) else {}


def whole(value: Any) -> int:
    """A count or size; 0 where it is none."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**53 else 0


def when(value: Any) -> datetime | None:
    """A time as seconds since 1970 or in ISO 8601. None where it is neither, or lies where no chat can."""
    try:
        if isinstance(value, int | float) and not isinstance(value, bool):
            at = datetime.fromtimestamp(value, UTC)
        elif isinstance(value, str) and value:
            at = datetime.fromisoformat(value)
            at = at if at.tzinfo else at.replace(tzinfo=UTC)
        else:
            return None
        return at.astimezone(UTC) if _EARLIEST < at < timezone.now() + timedelta(days=2) else None
    except (ValueError, OverflowError, OSError):
        return None


def title_of(value: Any) -> str:
    """On one line, of a length that lists can show."""
    return " ".join(text_of(value).split())[:LONGEST_TITLE]


def tool_name(value: Any) -> str:
    """As model APIs take names of tools: "dalle.text2im" as "dalle_text2im"."""
    return _UNFIT.sub("_", text_of(value)).strip("_")[:64] or "tool"


def use_id(value: str) -> str:
    return _UNFIT.sub("-", value)[:120]


def finished(at: datetime | None, turns: int, provider: str, model: str) -> Answered:
    """How the reply went: it is whole. What was asked of the model is not in exports but for its name."""
    return Answered(
        status="complete",
        stop_reason="end_turn",
        error_type="",
        error_message="",
        turns=max(1, turns),
        earlier_ms=0,
        started_at=at,
        first_token_at=None,
        finished_at=at,
        model_config={"provider": provider, "model": model},
    )


def file_kind(name: str, media_type: str) -> str:
    if media_type.startswith("image/"):
        return "picture"
    return "pdf" if media_type == "application/pdf" or name.lower().endswith(".pdf") else "text"


def file(
    key: str,
    name: Any,
    *,
    media_type: str = "",
    size: int = 0,
    text: str = "",
    read: Callable[[], Iterator[bytes]] | None = None,
) -> File:
    """A file of a message: with contents where `read` or `text` has them, else by its name alone."""
    if text and read is None:
        data = text.encode()
        size = len(data)

        def read() -> Iterator[bytes]:
            yield data

    shown = shown_name(text_of(name)) or "file"
    return File(
        id=key,
        name=shown,
        kind="text" if text else file_kind(shown, media_type),
        media_type=media_type[:80] or ("text/plain" if text else "application/octet-stream"),
        language="",
        size=size,
        width=None,
        height=None,
        pages=None,
        tokens=0,
        text=text,
        note="" if read else "Its contents were not in the export",
        digest="",
        read=read,
    )


def attachment_parts(files: list[File]) -> list[dict[str, Any]]:
    return [
        {"kind": "attachment", "turn": 0, "id": one.id, "name": one.name, "media": one.kind} for one in files
    ]


@dataclass
class LeftOut:
    """Counts what of a conversation is not taken, and says it."""

    parts: Counter[str] = field(default_factory=Counter)
    files: int = 0
    lost: int = 0
    circles: int = 0
    said: list[str] = field(default_factory=list)

    def notes(self) -> list[str]:
        found = list(dict.fromkeys(self.said))
        if self.parts:
            kinds = ", ".join(f"{_UNFIT.sub(' ', kind)[:40]}" for kind, _ in self.parts.most_common(3))
            found.append(
                _counted(self.parts.total(), "part of unknown kind is", "parts of unknown kind are")
                + f" left out ({kinds})."
            )
        if self.files:
            found.append(
                _counted(self.files, "file is", "files are")
                + " kept by name only: the contents are not in the export."
            )
        if self.circles:
            found.append(
                _counted(self.circles, "message is", "messages are")
                + " left out: what they answer leads back to themselves."
            )
        if self.lost:
            found.append(
                _counted(self.lost, "message answers", "messages answer")
                + " something that is not in the file; they stand at the beginning."
            )
        return found


def _counted(count: int, one: str, many: str) -> str:
    return f"{count:,} {one if count == 1 else many}"


@dataclass
class Assembly:
    """One answer in the making: its parts and tool calls, turn by turn."""

    parts: list[dict[str, Any]] = field(default_factory=list)
    calls: list[dict[str, Any]] = field(default_factory=list)
    files: list[File] = field(default_factory=list)
    turn: int = 1
    _answered: bool = False
    _open: dict[str, dict[str, Any]] = field(default_factory=dict)

    def step(self) -> None:
        """The model speaks: after results of tools that is another turn."""
        if self._answered:
            self.turn += 1
            self._answered = False
            self._open.clear()

    def say(self, kind: str, text: str) -> None:
        if not text.strip():
            return
        self.step()
        last = self.parts[-1] if self.parts else None
        if last and last["kind"] == kind and last["turn"] == self.turn:
            last["text"] += "\n\n" + text
        else:
            self.parts.append({"kind": kind, "turn": self.turn, "text": text})

    def call(self, key: str, name: str, given: Any, at: datetime) -> None:
        self.step()
        name, use = tool_name(name), use_id(key)
        part = {"kind": "tool_call", "turn": self.turn, "id": key, "tool_use_id": use, "name": name}
        self.parts.append({**part, "input": given})
        call = {"id": key, "turn": self.turn, "name": name, "use_id": use, "input": given, "at": at}
        self.calls.append(call)
        self._open[key] = call

    def result(self, key: str, name: str, given: Any, at: datetime, error: str = "") -> None:
        """Of the call with that key, else of the first open one of that name, else of the first open one; a result
        nobody asked for is a call of its own."""
        call = self._open.get(key) or self._waiting(tool_name(name))
        if call is None:
            self.call(f"{key}:call", name, None, at)
            call = self.calls[-1]
        call["results"] = [*call.get("results", ()), given]
        call["error"] = error or call.get("error", "")
        self._answered = True

    def _waiting(self, name: str) -> dict[str, Any] | None:
        """Several pieces may come for one call: an answered one takes more of its own name."""
        free = [call for call in self._open.values() if "results" not in call]
        same = [call for call in free if call["name"] == name] or free
        if same:
            return same[0]
        answered = [call for call in self._open.values() if call["name"] == name]
        return answered[-1] if answered else None

    def tool_calls(self) -> tuple[Call, ...]:
        return tuple(
            Call(
                id=call["id"],
                turn=call["turn"],
                name=call["name"],
                use_id=call["use_id"],
                input=call["input"],
                result=_joined(call.get("results", [])),
                status="error" if call.get("error") else "success" if "results" in call else "cancelled",
                duration_ms=None,
                error=call.get("error", "")[:500],
                created_at=call["at"],
            )
            for call in self.calls
        )

    @property
    def content(self) -> str:
        return parts_text(self.parts)


def _joined(results: list[Any]) -> Any:
    if len(results) < 2:
        return results[0] if results else None
    if all(isinstance(one, Mapping) and set(one) == {"text"} for one in results):
        return {"text": "\n\n".join(one["text"] for one in results)}
    return {"results": results}
