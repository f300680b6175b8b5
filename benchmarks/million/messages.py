"""500 people, 10,000 sessions, 1,000,000 messages, 500,000 replies and some tool calls over the last 365 days."""

from __future__ import annotations

import json
import random
import time
from dataclasses import dataclass, field
from typing import Any

from benchmarks.million import HEAVY, STAFF, vocabulary
from benchmarks.million.loading import key, load, stamp

PEOPLE, SESSIONS = 500, 10_000
LENGTHS = (20, 40, 60, 80, 100, 120, 140, 240)  # messages of a session in turn, 100 in the mean
MESSAGES = SESSIONS * sum(LENGTHS) // len(LENGTHS)
DAY = 86_400.0
DAYS = 365
MODELS = ("claude-opus-4-7", "claude-sonnet-4-6", "claude-sonnet-4-6", "claude-haiku-4-5", "offline")
PROVIDERS = {"offline": "offline"}
STATUSES = ("complete",) * 94 + ("stopped", "stopped", "failed", "failed", "failed", "interrupted")
TOOLS = ("analyze_token_usage", "search_session_messages", "analyze_costs", "analyze_session_metrics")
TOOL_EVERY = 12  # answers


def fill() -> None:
    """Everything but the ledger. Sessions follow each other in time, as their keys do."""
    from django.contrib.auth.models import Permission

    from sessions_app.models import SessionMember, User

    people = [User(username=f"person-{n}", email=f"person-{n}@example.org") for n in range(PEOPLE)]
    User.objects.bulk_create(people)
    staff = User.objects.create(username=STAFF, email="reader@example.org", is_staff=True)
    staff.user_permissions.add(Permission.objects.get(codename="view_message"))
    assert people[0].username == HEAVY
    keys = list(
        User.objects.filter(username__startswith="person-").order_by("pk").values_list("pk", flat=True)
    )
    writer = Writer(keys, time.time() // 60 * 60)
    for first in range(0, SESSIONS, 500):
        writer.write(first, first + 500)
    SessionMember.objects.bulk_create(writer.members, batch_size=1000)


@dataclass
class Writer:
    """Makes sessions with all that hangs on them, a few thousand at a time."""

    people: list[int]
    end: float
    luck: random.Random = field(default_factory=lambda: random.Random(7))
    members: list[Any] = field(default_factory=list)
    made: int = 0

    def __post_init__(self) -> None:
        self.words = vocabulary.stream(1_500_000, self.luck)

    def write(self, first: int, last: int) -> None:
        from sessions_app.models import ChatSession, Message, Reply, ToolCall

        batch = Batch()
        for number in range(first, last):
            self.session(batch, number)
        load(ChatSession, SESSION, batch.sessions)
        load(Message, MESSAGE, batch.messages)
        load(Reply, REPLY, batch.replies)
        load(ToolCall, TOOL, batch.tools)

    def session(self, batch: Batch, number: int) -> None:
        luck = self.luck
        owner = 0 if number % 10 == number // 10 % 10 else 1 + number % (PEOPLE - 1)
        began = self.end - DAY * DAYS * (1 - number / SESSIONS) + luck.random() * DAY / 200
        chat, length = key(began, number), LENGTHS[number % len(LENGTHS)]
        model = MODELS[luck.randrange(len(MODELS))]
        at, above = began, None
        tools_before = len(batch.tools)
        for position in range(1, length + 1, 2):
            at = min(at + luck.random() * 900, self.end - 60)
            asked, answer = key(at, self.made), key(at, self.made + 1)
            took = 1 + luck.random() * 20
            batch.messages.append(self.message(asked, chat, self.people[owner], above, position, at, "", []))
            tools = self.tools(batch, answer, at) if self.made // 2 % TOOL_EVERY == 0 else []
            batch.messages.append(self.message(answer, chat, None, asked, position + 1, at, model, tools))
            batch.replies.append(self.reply(answer, chat, model, at, took, 2 if tools else 1))
            self.made, above, at = self.made + 2, answer, at + took
        batch.sessions.append(
            (
                *(chat, self.people[owner], self.text(0, 6)[:110].rstrip("."), "model"),
                *(PROVIDERS.get(model, "anthropic"), model, length, length, len(batch.tools) - tools_before),
                *(stamp(began), stamp(at), number % 37 == 3, stamp(at) if number % 10 == 4 else None),
            )
        )
        if number % 50 == 7:
            self.share(chat, owner, number)

    def share(self, chat: str, owner: int, number: int) -> None:
        from uuid import UUID

        from sessions_app.models import SessionMember

        reader = (owner + 1 + number // 50 % 5) % PEOPLE
        self.members.append(SessionMember(session_id=UUID(chat), user_id=self.people[reader]))

    def text(self, low: int = 20, high: int = 120) -> str:
        """A piece of the stream; now and then with a rare word before it."""
        length = low + int((high - low + 1) * self.luck.random() ** 1.5)
        start = self.luck.randrange(len(self.words) - high)
        return " ".join(self.words[start : start + max(length, 2)])

    def message(
        self, pk: str, chat: str, author: int | None, above: str | None, position: int, at: float, model: str,
        tools: list[dict[str, Any]],
    ) -> tuple[Any, ...]:  # fmt: skip
        number = self.made + (author is None)
        content = self.text()
        every = MESSAGES // vocabulary.RARE_IN  # messages between two of a rare word
        if number % every < len(vocabulary.RARE):
            content = f"{content} {vocabulary.RARE[number % every]}."
        turn = 0 if author else 2 if tools else 1
        parts = [*tools, {"kind": "text", "turn": turn, "text": content}]
        return (
            *(pk, chat, author, above, "user" if author else "assistant", json.dumps(parts), content),
            *(f"<p>{content}</p>\n", 1, position, position, position, model, stamp(at)),
        )

    def tools(self, batch: Batch, answer: str, at: float) -> list[dict[str, Any]]:
        """One call: its row, and the part that tells of it."""
        number = len(batch.tools) + self.made
        call, name = key(at, 1 << 40 | number), TOOLS[number % len(TOOLS)]
        use, given = f"toolu_{number:x}", {"time_range": "week"}
        result = {"period": "last 7 days", "total_tokens": number, "note": self.text(8, 16)}
        failed = number % 25 == 0
        batch.tools.append(
            (
                *(call, answer, 1, name, use, json.dumps(given), "null" if failed else json.dumps(result)),
                *("error" if failed else "success", 20 + number % 300, stamp(at)),
            )
        )
        dashed = f"{call[:8]}-{call[8:12]}-{call[12:16]}-{call[16:20]}-{call[20:]}"
        return [
            {"kind": "tool_call", "turn": 1, "id": dashed, "tool_use_id": use, "name": name, "input": given}
        ]

    def reply(self, pk: str, chat: str, model: str, at: float, took: float, turns: int) -> tuple[Any, ...]:
        config = {"provider": PROVIDERS.get(model, "anthropic"), "model": model, "max_turns": 10}
        status = STATUSES[self.made // 2 % len(STATUSES)]
        return (
            *(pk, chat, status, 1, json.dumps(config), turns, stamp(at), stamp(at + 0.02)),
            *(stamp(at + 0.3 + took / 10), stamp(at + took), "end" if status == "complete" else status),
        )


@dataclass
class Batch:
    """Rows waiting to be inserted."""

    sessions: list[tuple[Any, ...]] = field(default_factory=list)
    messages: list[tuple[Any, ...]] = field(default_factory=list)
    replies: list[tuple[Any, ...]] = field(default_factory=list)
    tools: list[tuple[Any, ...]] = field(default_factory=list)


SESSION = (
    "id", "owner_id", "title", "title_source", "provider", "model", "message_count", "version", "tool_count",
    "created_at", "last_activity_at", "starred", "archived_at",
)  # fmt: skip
MESSAGE = (
    "id", "session_id", "author_id", "parent_id", "role", "parts", "content", "html", "renderer_version", "position",
    "version", "born", "model", "created_at",
)  # fmt: skip
REPLY = (
    "message_id", "session_id", "status", "attempt", "model_config", "turns", "created_at", "started_at",
    "first_token_at", "finished_at", "stop_reason",
)  # fmt: skip
TOOL = (
    "id", "message_id", "turn", "tool_name", "tool_use_id", "input", "result", "status", "duration_ms", "created_at",
)  # fmt: skip
