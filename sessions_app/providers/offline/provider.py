"""A provider like any other: it sees the request and the results of tools, nothing else.

It is a small program with fixed rules (`choosing` picks tools, `telling` makes sentences of their results) and
never pretends to be a language model.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

from sessions_app.providers import catalog
from sessions_app.providers.base import (
    Accepted,
    Counts,
    Document,
    End,
    Event,
    File,
    FileText,
    ModelInfo,
    Picture,
    Raw,
    Request,
    Text,
    TextDelta,
    ToolCallRequested,
    ToolResult,
    ToolUse,
    Turn,
    estimate_tokens,
)

from .attached import about_files
from .choosing import Choice, Wish, choose
from .repairs import LOOKING, repair_call
from .talk import CANNOT_CONTINUE, WHAT_FOR, cannot_look_up, courtesy, small_talk, summary_of, title_of
from .telling import Answered, tell

LOOK_AT_YOURS = "Only staff may see everyone, so I look at what is yours."
MOST_QUESTION = 4000  # characters that are read of a question


def utc_today() -> date:
    return datetime.now(UTC).date()


class OfflineProvider:
    """`delay` is the pause in seconds between two words, so that a person sees the answer being written. `today`
    only tells which month has the name that a question says."""

    name = "offline"

    def __init__(self, delay: float = 0.012, today: Callable[[], date] = utc_today) -> None:
        self.delay = delay
        self.today = today

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        counts = Counts(input=estimate_tokens(list(_request_texts(request))))
        yield Accepted(counts, f"offline-{uuid.uuid4().hex[:12]}")
        text, calls = _reply(request, self.today())
        words = re.findall(r"\S*\s+|\S+", text)
        for word in words:
            await asyncio.sleep(self.delay)
            yield TextDelta(word)
        for call in calls:
            yield call
        spoken = [text, *(json.dumps(dict(call.input or {})) for call in calls)]
        output = estimate_tokens([piece for piece in spoken if piece])
        yield End("tool_use" if calls else "end", Counts(input=counts.input, output=output))

    async def list_models(self) -> list[ModelInfo]:
        return [catalog.model(catalog.OFFLINE_MODEL)]

    async def aclose(self) -> None:
        """There is no connection to close."""


def _reply(request: Request, today: date) -> tuple[str, list[ToolCallRequested]]:
    if request.purpose == "title" or "title for this conversation" in request.system:
        return title_of(next(iter(_questions(request.turns)), "")), []
    if request.purpose == "summary":
        parts = [part for turn in request.turns for part in turn.parts]
        return summary_of("\n".join(part.text for part in parts if isinstance(part, Text))), []
    question, after, files = _question(request.turns)
    if any(isinstance(part, ToolResult) for turn in after for part in turn.parts):
        return _with_results(request, question, after, today)
    if "your last answer was cut off" in question.lower():
        return CANNOT_CONTINUE, []
    if files and not question:
        return about_files(files), []
    text, calls = _first_words(request, question, today)
    return (f"{about_files(files)}\n\n{text}" if files else text), calls


def _first_words(request: Request, question: str, today: date) -> tuple[str, list[ToolCallRequested]]:
    offered = {tool.name for tool in request.tools}
    if said := small_talk(question, offered):
        return said, []
    if (guide := repair_call(question[:MOST_QUESTION], offered)) is not None:
        return LOOKING, [guide]
    choice = _chosen(request, today)
    if not choice.wishes and not choice.missing:
        return WHAT_FOR if choice.needs_subject else courtesy(question, offered), []
    told = dict.fromkeys(wish.family.doing for wish in choice.wishes)
    lines = [*told, *choice.remarks]
    lines += [cannot_look_up(family.subject, family.tool) for family in choice.missing]
    return " ".join(lines), [_call(wish) for wish in choice.wishes]


def _chosen(request: Request, today: date) -> Choice:
    return choose([text[:MOST_QUESTION] for text in _questions(request.turns)], request.tools, today)


def _call(wish: Wish) -> ToolCallRequested:
    return ToolCallRequested(f"toolu_offline_{uuid.uuid4().hex[:20]}", wish.family.tool, dict(wish.arguments))


def _with_results(
    request: Request, question: str, after: Sequence[Turn], today: date
) -> tuple[str, list[ToolCallRequested]]:
    """The answer; or, where a question about people was refused to one who is not staff, the same about oneself."""
    answers = _answers(after)
    refused = [answer for answer in answers if answer.staff_only]
    asked_again = {answer.tool for answer in answers if answer.input.get("scope") != "everyone"}
    if refused and not asked_again & {answer.tool for answer in refused}:
        tools = {answer.tool for answer in refused}
        again = [
            _own(wish)
            for wish in _chosen(request, today).wishes
            if wish.implied and wish.family.tool in tools
        ]
        if again:
            return LOOK_AT_YOURS, [_call(wish) for wish in again]
    kept = [answer for answer in answers if not (answer.staff_only and answer.tool in asked_again)]
    return tell(kept, question), []


def _own(wish: Wish) -> Wish:
    return replace(wish, arguments={key: value for key, value in wish.arguments.items() if key != "scope"})


def _answers(turns: Sequence[Turn]) -> list[Answered]:
    uses = {part.id: part for turn in turns for part in turn.parts if isinstance(part, ToolUse)}
    answers = []
    for turn in turns:
        for part in turn.parts:
            if isinstance(part, ToolResult):
                use = uses.get(part.tool_use_id)
                name, given = (use.name, use.input) if use else ("", {})
                answers.append(Answered(name, given, part.content, part.is_error))
    return answers


def _question(turns: Sequence[Turn]) -> tuple[str, Sequence[Turn], list[File]]:
    """The newest text of the person, the turns after it, and the files that came with it."""
    for place in range(len(turns) - 1, -1, -1):
        texts = [part.text for part in turns[place].parts if isinstance(part, Text)]
        files = [part for part in turns[place].parts if isinstance(part, Picture | Document | FileText)]
        if turns[place].role == "user" and (texts or files):
            return (texts or [""])[-1].strip(), turns[place + 1 :], files
    return "", (), []


def _questions(turns: Sequence[Turn]) -> list[str]:
    """The texts of the person, the newest last."""
    return [
        part.text.strip()
        for turn in turns
        if turn.role == "user"
        for part in turn.parts
        if isinstance(part, Text)
    ]


def _request_texts(request: Request) -> Iterable[str]:
    yield request.system
    for tool in request.tools:
        yield tool.description + json.dumps(dict(tool.schema))
    for turn in request.turns:
        for part in turn.parts:
            match part:
                case Text(text=text):
                    yield text
                case ToolUse(input=given):
                    yield json.dumps(dict(given))
                case ToolResult(content=content):
                    yield content
                case FileText(text=text):
                    yield text
                case Raw() | Picture() | Document():
                    pass
