"""What is to be summarised after an answer: messages that left the window without a summary, and ahead of need those
that leave it with the next step."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone

from sessions_app import offering
from sessions_app.models import ChatSession, Message, Reply, Summary, TokenUsage, ToolCall
from sessions_app.prepared import Rows, given
from sessions_app.providers.base import ModelInfo, Request, Text, Turn
from sessions_app.standing import standings
from sessions_app.standing import told as told_of

from . import prompts, whole
from .cards import is_card, told
from .history import window_start
from .shortening import short
from .weights import BYTES_A_TOKEN, sizes
from .whole import Before
from .window import AHEAD, moved

MOST_TOKENS = 2_000  # of a summary
TRIES = 2  # while the window stands where it stands
SHARE = 0.5  # of the summarising model's window that the material may fill
LARGEST = 600_000  # bytes of material, whatever the model takes
LEAST_OF_ONE = 200  # characters that are left of each message where there is too much


_taken = Rows(
    lambda: (
        TokenUsage.objects.filter(
            message=given("message"), ok=True, counts_source="reported", purpose=TokenUsage.Purpose.REPLY
        )
        .order_by("-at")
        .annotate(taken=whole.COUNTS)
        .values_list("taken")[:1]
    )
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """A summary to be written, of the messages from the line at `since` up to `until`; it stands for `replaces` tokens.
    `former` is the one it is made of, as it reads now."""

    chat: ChatSession
    until: UUID
    provider: str
    request: Request
    replaces: int
    since: int
    former: Summary | None


def wanted(reply: Reply) -> Wanted | None:
    """After this answer, which has ended; None where nothing is to be summarised, or that failed often enough."""
    if "begins_at" not in reply.model_config or surely_fits(reply):
        return None
    chat = ChatSession.objects.filter(pk=reply.session_id, deleted_at__isnull=True).first()
    if chat is None:
        return None
    end = reply.message.position
    line = whole.cleared_to(chat, end)
    latest = whole.latest_summary(chat.pk, end, line)
    done = latest.position if latest else line
    target = next_begin(chat, reply, line)
    if target - 1 <= done:
        return None
    shown = Message.objects.filter(session=chat).shown()
    left = shown.filter(position__gt=done, position__lt=target).only("pk", "role", "parts", "position")
    rows = list(left.reverse()[: LARGEST // LEAST_OF_ONE])[::-1]
    if not rows or failed_often(reply):
        return None
    former = Summary.objects.filter(pk=latest.key).first() if latest else None
    info = summary_model(reply)
    size = sum(each.size for each in sizes(shown.filter(position__gt=done, position__lt=target)))
    return Wanted(
        chat,
        rows[-1].pk,
        info.provider,
        summary_request(info, former.text if former else "", rows),
        int(size / BYTES_A_TOKEN) + (former.replaces if former else 0),
        line,
        former,
    )


def next_begin(chat: ChatSession, reply: Reply, line: int) -> int:
    """The position with which the request for the next answer begins, and what is above it is to be summarised."""
    config, end = reply.model_config, reply.message.position
    before = Before(end, config, tokens=reported(reply))
    window, counted = before.window, config.get("context_window")
    shown = Message.objects.filter(session=chat).shown()
    if counted:
        start = max(window.begins, window_start(end + 1, counted) + 1)
        asked = shown.filter(position__lte=start, role=Message.Role.USER).reverse()
        return asked.values_list("position", flat=True).first() or start
    info = model_of(config)
    if info is None:
        return window.begins
    told = whole.instructions(chat.settings)
    room = whole.room_of(chat, info, config["max_tokens"], told)
    if before.tokens is not None and before.tokens - told <= room.fits * AHEAD:
        return window.begins
    held = sizes(shown.filter(position__gte=max(window.begins, line + 1), position__lte=end))
    room = whole.bytes_of(room, held, window, before, told, same=before.tokens is not None)
    return moved(held, window, room, AHEAD).begins


def reported(reply: Reply) -> int | None:
    """What the provider counted of this answer's last call."""
    found = _taken.first(message=reply.pk)
    return found[0] if found else None


def surely_fits(reply: Reply) -> bool:
    """Whether the next request holds everything and is far from its limits: so it is after nearly every answer."""
    config = reply.model_config
    if config["begins_at"] > 1 or config.get("context_window"):
        return False
    taken, info = reported(reply), model_of(config)
    if taken is None or info is None:
        return False
    return taken <= AHEAD * min(whole.budget_of(reply.session), whole.model_room(info, config["max_tokens"]))


def model_of(config: Mapping[str, Any]) -> ModelInfo | None:
    try:
        return offering.model(config["model"], config["provider"])
    except KeyError:
        return None


def failed_often(reply: Reply) -> bool:
    """Whether `TRIES` summaries failed since requests begin where they begin."""
    begins = reply.model_config["begins_at"]
    since = Reply.objects.filter(session=reply.session_id, model_config__begins_at=begins)
    first = since.order_by("created_at").values_list("created_at", flat=True).first() or reply.created_at
    calls = TokenUsage.objects.filter(session_key=reply.session_id, purpose=TokenUsage.Purpose.SUMMARY)
    kept = Summary.objects.filter(session=reply.session_id, created_at__gte=first).count()
    return calls.filter(at__gte=first).count() - kept >= TRIES


def summary_model(reply: Reply) -> ModelInfo:
    """`SUMMARY_MODEL`, else the cheap model of whoever answers, else the one that answered: the first that is offered and
    whose provider is not left out."""
    provider, model = reply.model_config["provider"], reply.model_config["model"]
    names = [settings.SUMMARY_MODEL, offering.cheap_model(provider, model).id]
    states, now = standings(), timezone.now()
    models = {info.id: info for info in offering.offered() if told_of(states, info.provider, now) is None}
    found = next((models[name] for name in names if name in models), None)
    return found or offering.model(model, provider)


# ---------------------------------------------------------------- the request


def summary_request(info: ModelInfo, former: str, rows: Sequence[Message]) -> Request:
    """One turn with the material: the former summary, then the messages as they were said; the last ones, where there
    are so many that hardly anything would be left of each."""
    most = min(LARGEST, int(info.context_window * SHARE * BYTES_A_TOKEN))
    rows = rows[-(most // LEAST_OF_ONE) :]
    results = results_of(rows)
    told = [spoken(row, results) for row in rows]
    if (size := sum(len(each.encode()) for each in told)) > most:
        share = most / size
        told = [cut(each, max(LEAST_OF_ONE, int(len(each) * share))) for each in told]
    if former:
        told.insert(0, f"<earlier-summary>\n{former}\n</earlier-summary>")
    return Request(
        model=info.id,
        turns=(Turn("user", (Text("\n\n".join(told)),)),),
        system=prompts.read("summary"),
        max_tokens=min(MOST_TOKENS, info.max_output),
        purpose="summary",
        info=info,
    )


def results_of(rows: Sequence[Message]) -> dict[str, str]:
    """What tools answered, in short, by the key of their call."""
    calls = ToolCall.objects.filter(message__in=[row.pk for row in rows if row.role == "assistant"])
    return {
        str(call.pk): short(json.dumps(call.result, ensure_ascii=False, default=str))
        if call.status == ToolCall.Status.SUCCESS
        else call.error_message or call.status
        for call in calls
    }


def spoken(row: Message, results: dict[str, str]) -> str:
    who = "Person" if row.role == Message.Role.USER else "Assistant"
    return f"{who}:\n" + "\n".join(line for part in row.parts for line in lines_of(part, results))


def lines_of(part: dict[str, Any], results: dict[str, str]) -> Iterable[str]:
    match part.get("kind"):
        case "text":
            yield part.get("text", "")
        case "attachment":
            yield f"(File: {part['name']})"
        case "tool_call":
            given = json.dumps(part.get("input") or {}, ensure_ascii=False)[:500]
            yield f"(Tool {part['name']} {given}: {results.get(part['id'], 'no result')})"
        case "card" if is_card(part):
            yield short(told(part))


def cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most * 2 // 3]} … {text[-(most // 3) :]}"
