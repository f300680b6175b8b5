"""Generated workspaces: people, sessions, members, messages, replies, tool calls, ratings. And what they come to,
counted row by row in plain Python."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from analytics_app.moods import mood_of, named
from analytics_app.queries.periods import Period
from sessions_app.models import (
    ChatSession,
    Mark,
    Message,
    Reply,
    SessionMember,
    TokenUsage,
    ToolCall,
    User,
)

TEXTS = (
    "Thanks, that worked perfectly!",
    "I hate this, it is terrible.",
    "How do I index a column in PostgreSQL?",
    "Plan a trip to Lisbon",
    "Is there a train to Lisbon?",
    "",
)
TOOLS = ("analyze_costs", "search_session_messages")


@dataclass
class World:
    """Everything that was made, as it stands in the database."""

    people: list[User]
    chats: list[ChatSession] = field(default_factory=list)
    messages: list[Message] = field(default_factory=list)
    replies: list[Reply] = field(default_factory=list)
    calls: list[ToolCall] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    usage: list[TokenUsage] = field(default_factory=list)

    def save(self) -> None:
        """Written in bulk; the times the database would set itself are put right afterwards."""
        made: list[tuple[Any, list[Any]]] = [
            (ChatSession, self.chats),
            (Message, self.messages),
            (Reply, self.replies),
            (ToolCall, self.calls),
            (Mark, self.marks),
            (TokenUsage, self.usage),
        ]
        for model, rows in made:
            times = [row.__dict__.get("created_at") for row in rows]
            model.objects.bulk_create(rows)
            for row, at in zip(rows, times, strict=True):
                if at is not None:
                    row.created_at = at
            if any(times):
                model.objects.bulk_update(rows, ["created_at"])


def generate(seed: int, people: list[User], now: datetime) -> World:
    """Up to six sessions of the last seventy days, many of their moments beside midnights of `now`."""
    chance = random.Random(seed)
    world = World(people)
    for number in range(chance.randint(1, 6)):
        owner = chance.choice(people)
        begun = now - timedelta(minutes=chance.randint(0, 70 * 24 * 60))
        chat = ChatSession(owner=owner, title=f"Title {number} of {owner.username}", created_at=begun)
        chat.last_activity_at = begun
        if chance.random() < 0.15:
            chat.deleted_at = now
        world.chats.append(chat)
        _converse(world, chat, chance, now)
    world.save()
    for chat in world.chats:
        for person in people:
            if person != chat.owner and chance.random() < 0.3:
                SessionMember.objects.create(session=chat, user=person, role="writer")
    return world


def _converse(world: World, chat: ChatSession, chance: random.Random, now: datetime) -> None:
    at = chat.created_at
    for position in range(1, chance.randint(0, 12) + 1):
        step = chance.choice([timedelta(seconds=30), timedelta(hours=7), timedelta(days=9)])
        at = min(at + step, now)
        asks = position % 2 == 1
        writer = chance.choice(world.people) if asks else None
        message = Message(
            session=chat,
            author=writer,
            role="user" if asks else "assistant",
            position=position,
            content=chance.choice(TEXTS),
            created_at=at,
            active=chance.random() < 0.9 or position < 2,
        )
        chat.last_activity_at, chat.message_count = at, position
        world.messages.append(message)
        if not asks:
            _answer(world, message, chance, now)


def _answer(world: World, message: Message, chance: random.Random, now: datetime) -> None:
    status = chance.choice(["complete", "complete", "failed", "stopped", "interrupted"])
    took = timedelta(milliseconds=chance.randint(1, 400_000))
    ended = min(message.created_at + took, now)
    first = chance.choice([None, message.created_at + (ended - message.created_at) / 2])
    world.replies.append(
        Reply(
            message=message,
            session=message.session,
            status=status,
            turns=chance.randint(0, 3),
            created_at=message.created_at,
            first_token_at=first,
            finished_at=ended,
        )
    )
    for number in range(chance.choice([0, 0, 1, 2])):
        world.calls.append(
            ToolCall(
                message=message,
                turn=1,
                tool_name=chance.choice(TOOLS),
                tool_use_id=f"use-{number}",
                status=chance.choice(["success", "success", "error"]),
                duration_ms=chance.choice([None, 7, 1200]),
                created_at=message.created_at,
            )
        )
    if chance.random() < 0.5:
        rating = Mark(message=message, user=chance.choice(world.people), kind="rating", created_at=ended)
        rating.value = chance.choice([-1, 1])
        world.marks.append(rating)
    world.usage.append(
        TokenUsage(
            user=message.session.owner,
            session=message.session,
            session_key=message.session.pk,
            provider="anthropic",
            model="claude",
            input=chance.randint(0, 1000),
            output=chance.randint(0, 1000),
            at=message.created_at,
            settled_at=ended,
            ok=True,
        )
    )


# ---------------------------------------------------------------- counted plainly


def inside(span: Period) -> Callable[[datetime], bool]:
    start, end = span.start, span.end
    return lambda at: start is None or end is None or start <= at < end


@dataclass
class Plain:
    """The rows of a world that belong to an owner (None: all) and a period."""

    world: World
    owner: User | None
    span: Period
    zone: Any

    def _mine(self, chat: ChatSession) -> bool:
        return self.owner is None or chat.owner_id == self.owner.pk

    @property
    def chats(self) -> list[ChatSession]:
        return [chat for chat in self.world.chats if self._mine(chat) and chat.deleted_at is None]

    @property
    def messages(self) -> list[Message]:
        fits = inside(self.span)
        return [each for each in self.world.messages if self._mine(each.session) and fits(each.created_at)]

    @property
    def replies(self) -> list[Reply]:
        fits = inside(self.span)
        rows = [each for each in self.world.replies if self._mine(each.session)]
        return [each for each in rows if each.finished_at and fits(each.finished_at)]

    @property
    def calls(self) -> list[ToolCall]:
        keys = {reply.pk for reply in self.replies}
        return [call for call in self.world.calls if call.message_id in keys]

    def questions(self) -> list[Message]:
        return [each for each in self.messages if each.role == "user"]

    def active(self) -> int:
        fits = inside(self.span)
        said = {each.session_id for each in self.world.messages if fits(each.created_at)}
        if self.span.start is None or self.span.name != "dates":
            return sum(fits(chat.last_activity_at) for chat in self.chats)
        return sum(chat.pk in said for chat in self.chats)

    def by_day(self, rows: Iterable[Message]) -> Counter[str]:
        return Counter(f"{each.created_at.astimezone(self.zone).date()}" for each in rows)

    def session_metrics(self) -> dict[str, Any]:
        ended = Counter(reply.status for reply in self.replies)
        questions, fits = self.questions(), inside(self.span)
        return {
            "active_sessions": self.active(),
            "new_sessions": sum(fits(chat.created_at) for chat in self.chats),
            "messages": len(self.messages),
            "questions": len(questions),
            "answers": len(self.messages) - len(questions),
            "active_users": len({each.author_id for each in questions}),
            "multi_turn_share": self._share(sum(r.turns > 1 for r in self.replies), len(self.replies)),
            "replies": len(self.replies),
            "completed": ended["complete"],
            "failed": ended["failed"],
            "stopped": ended["stopped"],
            "interrupted": ended["interrupted"],
            "total_tokens": self._tokens(),
        }

    def engagement(self) -> dict[str, Any]:
        moods = Counter(named(mood_of(each.content)) for each in self.questions())
        fits = inside(self.span)
        marks = [m for m in self.world.marks if self._mine(m.message.session) and fits(m.created_at)]
        good = sum(mark.value == 1 for mark in marks)
        hours = Counter(each.created_at.astimezone(self.zone).hour for each in self.messages)
        return {
            "hours": [hours[hour] for hour in range(24)],
            "moods": {mood: moods[mood] for mood in ("positive", "neutral", "negative")},
            "satisfaction": {
                "ratings": len(marks),
                "positive": good,
                "share": self._share(good, len(marks)),
            },
            "tools": dict(Counter(call.tool_name for call in self.calls)),
            "successes": dict(
                Counter(call.tool_name for call in self.calls if call.status == "success") - Counter()
            ),
        }

    def _tokens(self) -> int:
        fits = inside(self.span)
        rows = [row for row in self.world.usage if fits(row.at)]
        mine = [row for row in rows if self.owner is None or row.user_id == self.owner.pk]
        return sum(row.input + row.output for row in mine)

    @staticmethod
    def _share(part: int, whole: int) -> float | None:
        return round(part / whole, 4) if whole else None
