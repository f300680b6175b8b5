"""The offline assistant: answers from this workspace's own figures, without a key and without network.

A provider like any other: it sees the request and the results of tools, nothing else. What it can answer is the
table of `offline_intents`. It never pretends to be a language model.
"""

from __future__ import annotations

import asyncio
import json
import re
import uuid
from collections.abc import AsyncIterator, Iterable

from sessions_app.providers.base import (
    Accepted,
    Counts,
    End,
    Event,
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
from sessions_app.providers.offline_intents import (
    CANNOT_CONTINUE,
    INTENTS,
    SMALL_TALK,
    UNKNOWN,
    intents_of,
    title_of,
)


class OfflineProvider:
    """`delay` is the pause in seconds between two words, so that a person sees the answer being written."""

    name = "offline"

    def __init__(self, delay: float = 0.012) -> None:
        self.delay = delay

    async def stream(self, request: Request) -> AsyncIterator[Event]:
        counts = Counts(input=estimate_tokens(list(_request_texts(request))))
        yield Accepted(counts, f"offline-{uuid.uuid4().hex[:12]}")
        text, calls = _reply(request)
        words = re.findall(r"\S*\s+|\S+", text)
        for word in words:
            await asyncio.sleep(self.delay)
            yield TextDelta(word)
        for call in calls:
            yield call
        spoken = [text, *(json.dumps(dict(call.input or {})) for call in calls)]
        output = estimate_tokens([piece for piece in spoken if piece])
        yield End("tool_use" if calls else "end", Counts(input=counts.input, output=output))

    async def aclose(self) -> None:
        """There is no connection to close."""


def _reply(request: Request) -> tuple[str, list[ToolCallRequested]]:
    if request.purpose == "title" or "title for this conversation" in request.system:
        return title_of(_first_question(request)), []
    question, after = _question(request.turns)
    results = [part for turn in after for part in turn.parts if isinstance(part, ToolResult)]
    if results:
        names = {part.id: part.name for turn in after for part in turn.parts if isinstance(part, ToolUse)}
        return "\n\n".join(_told(names.get(result.tool_use_id, ""), result) for result in results), []
    if "your last answer was cut off" in question.lower():
        return CANNOT_CONTINUE, []
    return _first_words(question, {tool.name for tool in request.tools})


def _first_words(question: str, offered: set[str]) -> tuple[str, list[ToolCallRequested]]:
    intents = intents_of(question)
    if not intents:
        return next((answer for words, answer in SMALL_TALK if re.search(words, question, re.I)), UNKNOWN), []
    missing = [intent for intent in intents if intent.tool not in offered]
    said = [intent.doing for intent in intents if intent.tool in offered]
    said += [f"I cannot look up {intent.subject}: the tool {intent.tool} is not there." for intent in missing]
    calls = [
        ToolCallRequested(f"toolu_offline_{uuid.uuid4().hex[:20]}", intent.tool, intent.arguments(question))
        for intent in intents
        if intent.tool in offered
    ]
    return " ".join(said), calls


def _told(tool: str, result: ToolResult) -> str:
    if result.is_error:
        return f"I could not look that up. {result.content}"
    answer = next((intent.answer for intent in INTENTS if intent.tool == tool), None)
    try:
        read = json.loads(result.content)
    except ValueError:
        read = None
    if answer is None or not isinstance(read, dict):
        return f"The tool {tool or 'asked'} answered something I cannot read."
    return answer(read)


def _question(turns: tuple[Turn, ...]) -> tuple[str, tuple[Turn, ...]]:
    """The newest text of the person, and the turns after it."""
    for place in range(len(turns) - 1, -1, -1):
        texts = [part.text for part in turns[place].parts if isinstance(part, Text)]
        if turns[place].role == "user" and texts:
            return texts[-1].strip(), turns[place + 1 :]
    return "", ()


def _first_question(request: Request) -> str:
    texts = (
        part.text
        for turn in request.turns
        if turn.role == "user"
        for part in turn.parts
        if isinstance(part, Text)
    )
    return next(texts, "")


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
                case Raw():
                    pass
