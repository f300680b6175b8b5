"""Where the request of a reply begins: it holds as much of the conversation as the budget and the model take.

A beginning is kept from answer to answer, in the reply's `model_config`; it moves where the next request would not fit
(`window`), where a summary takes the place of what is above, or with the number of messages that a person set. How large
the history is tells the last model call, by what the provider counted; only where there is none, or where the beginning
moves, are the stored texts measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import (
    Case,
    F,
    OuterRef,
    Q,
    Subquery,
    Sum,
    TextField,
    When,
)
from django.db.models.functions import Cast

from sessions_app import offering
from sessions_app.models import ChatSession, Message, Reply, Summary, TokenUsage
from sessions_app.prepared import Rows, given
from sessions_app.providers.base import ModelInfo, Request, estimate_tokens

from .context import offered_tools, system_prompt
from .history import window_start
from .sizes import TOOL_PROMPT
from .weights import BYTES_A_TOKEN, IS_CARD, Bytes, sizes
from .window import LEAST, Held, Room, Window, moved, weight

GROWING = 0.1  # of the model's window, for what the tools of the reply itself bring
DEFAULT_MAX_TOKENS = 16_000  # thinking counts too, and the newest models always think
ANSWER, USUAL_ANSWER = 0.5, 0.25  # of the model's window: what an answer may take at the most


# ---------------------------------------------------------------- what is known


@dataclass(frozen=True, slots=True)
class Standing:
    """A summary as requests need it; one of no `tokens` was forgotten."""

    key: UUID
    position: int
    tokens: int


@dataclass(frozen=True, slots=True)
class Before:
    """How the answer before was asked: above which position, with which settings, and what that took, where the provider
    counted it; `since` are tokens of what was said after it, where that is nothing but words. `refused` says that it was too long for the model. `edge` is where the last answer's request began, of
    whatever model."""

    position: int = 0
    config: Mapping[str, Any] = field(default_factory=dict)
    tokens: int | None = None
    since: int | None = 0
    refused: bool = False
    edge: int = 1

    @property
    def window(self) -> Window:
        return Window(int(self.config.get("begins_at", 1)), int(self.config.get("shortened_below", 0)))


@dataclass(frozen=True, slots=True)
class Chosen:
    """What the next request holds: `window` of the messages below the line that `/clear` drew at `line`, in front of
    them the `summary`."""

    window: Window
    line: int
    summary: Standing | None
    budget: int
    counted: int | None

    @property
    def config(self) -> dict[str, Any]:
        """As the reply keeps it."""
        return {
            "begins_at": self.window.begins,
            "shortened_below": self.window.shortened,
            "summary": str(self.summary.key) if self.summary else None,
            "cleared_at": self.line,
            "context_tokens": self.budget,
            "context_window": self.counted,
        }

    def as_before(self, before: Before) -> bool:
        """Whether a request holds what the one before held, and what was said since."""
        return not before.refused and all(before.config.get(name) == it for name, it in self.config.items())


COUNTS = sum((F(name) for name in ("cache_read", "cache_write_5m", "cache_write_1h", "output")), F("input"))
_calls = TokenUsage.objects.filter(
    message=OuterRef("pk"), ok=True, model=given("model"), counts_source=TokenUsage.CountsSource.REPORTED
)
_latest = (
    Summary.objects.filter(session=OuterRef("session"), position__lt=given("asked"))
    .shown()
    .below(given("line"))
)
_no_words = Q(role=Message.Role.ASSISTANT) | Q(told__contains='"attachment"') | Q(told__contains=IS_CARD)
_since = (
    Message.objects.filter(
        session=OuterRef("session"), position__gt=OuterRef("position"), position__lt=given("end")
    )
    .filter(active=True, deleted_at=None)
    .order_by()
    .annotate(told=Cast("parts", TextField()))
    .annotate(
        size=Bytes("content"),
        more=Case(When(_no_words, then=1), default=0),
    )
    .values("session")
)
_above = Rows(
    lambda: (
        Message.objects.filter(
            session=given("chat"), position__lt=given("position"), role=Message.Role.ASSISTANT
        )
        .shown()
        .reverse()
        .annotate(
            taken=Subquery(_calls.order_by("-at").annotate(taken=COUNTS).values("taken")[:1]),
            summary=Subquery(_latest.values("pk")[:1]),
            summarised=Subquery(_latest.values("position")[:1]),
            summary_tokens=Subquery(_latest.values("tokens")[:1]),
            since=Subquery(_since.annotate(all=Sum("size")).values("all")),
            more=Subquery(_since.annotate(any=Sum("more")).values("any")),
        )
        .values_list(
            "position",
            "reply__copied",
            "reply__error_type",
            "reply__model_config",
            "taken",
            "since",
            "more",
            "summary",
            "summarised",
            "summary_tokens",
        )[:1]
    )
)
_refused = Rows(
    lambda: (
        Reply.objects.filter(
            message__parent=given("parent"), message__model=given("model"), error_type="too_long"
        )
        .order_by("-created_at")
        .values_list("model_config")[:1]
    )
)
_line = Rows(
    lambda: Message.objects.filter(pk=given("message"), session=given("chat")).shown().values_list("position")
)


def budget_of(chat: ChatSession) -> int:
    """Tokens that a request of this chat may take, as far as its model takes them."""
    return int(chat.settings.get("context_tokens", settings.CONTEXT_TOKENS))


def cleared_to(chat: ChatSession, below: int) -> int:
    """The position of the last message above this one that is not sent any more; 0 where all are. Drawn at this very
    one, the line hides what is above it."""
    if chat.context_from_id is None:
        return 0
    found = _line.first(message=chat.context_from_id, chat=chat.pk)
    return min(int(found[0]), below - 1) if found and found[0] <= below else 0


def latest_summary(chat: UUID, below: int, line: int) -> Standing | None:
    """The newest summary of messages on the shown path above `below`, unless the context began anew since."""
    rows = Summary.objects.filter(session=chat, position__lt=below).shown().below(line)
    found = rows.values_list("pk", "position", "tokens").first()
    return Standing(*found) if found else None


def instructions(settings: Mapping[str, Any]) -> int:
    """Tokens of the system prompt and the tools."""
    specs = offered_tools().only(settings.get("tools")).specs()
    prompt = estimate_tokens([system_prompt(settings)])
    return prompt + sum(spec.tokens for spec in specs) + (TOOL_PROMPT if specs else 0)


def model_room(info: ModelInfo, max_tokens: int) -> int:
    """Tokens of a request that the model takes, with room for its answer and what tools bring."""
    answer = min(max_tokens, int(info.context_window * ANSWER))
    return int(info.context_window * (1 - GROWING)) - answer


def usual_max_tokens(info: ModelInfo) -> int:
    return min(DEFAULT_MAX_TOKENS, info.max_output, int(info.context_window * USUAL_ANSWER))


def usual_budget(info: ModelInfo) -> int:
    return min(int(settings.CONTEXT_TOKENS), model_room(info, usual_max_tokens(info)))


def max_tokens_of(chat: ChatSession, info: ModelInfo) -> int:
    """Tokens of an answer in this chat. Servers refuse a request which does not fit together with them."""
    wanted = int(chat.settings.get("max_tokens", usual_max_tokens(info)))
    return min(wanted, info.max_output, int(info.context_window * ANSWER))


def room_of(chat: ChatSession, info: ModelInfo, max_tokens: int, told: int) -> Room:
    """In tokens, beside `told`, which goes along whatever is kept."""
    most = max(0, model_room(info, max_tokens) - told)
    return Room(min(most, budget_of(chat) - told), most, 0 if "context_tokens" in chat.settings else LEAST)


# ---------------------------------------------------------------- what is chosen


@dataclass(frozen=True, slots=True)
class Choice:
    """What a request holds, how the one before was asked, and whether it holds the same and what was said since."""

    chosen: Chosen
    before: Before
    same: bool

    @property
    def config(self) -> dict[str, Any]:
        """As the reply keeps it. `measured`: what was counted before says how large the request is."""
        return self.chosen.config | {"measured": self.same and self.before.tokens is not None}

    @property
    def edges(self) -> tuple[int, ...]:
        """Positions of the messages at which pages show that the request began there or begins there now, where the two
        differ."""
        then, now = self.before.edge, self.chosen.window.begins
        return () if then == now else (then - 1, now - 1)


def window_for(
    chat: ChatSession, info: ModelInfo, answer: Message, max_tokens: int, *, again: bool = False
) -> Choice:
    """For this answer, which is on the shown path. `again`: there were others to its question."""
    line = cleared_to(chat, answer.position - 1)
    before, latest = asked_before(chat, info, answer, line)
    if again:
        before = refused_before(chat, info, answer) or before
    begun = carried_on(chat, before, latest, line, answer.position)
    same = begun.as_before(before)
    if same and before.tokens is not None:
        since = before.since if before.since is not None else tokens_since(chat, before, answer)
        if before.tokens + since <= min(budget_of(chat), model_room(info, max_tokens)):
            return Choice(begun, before, same)
    first = max(begun.window.begins, line + 1)
    if (
        first >= answer.position - 1
    ):  # the question alone, as in every new chat: nothing of it may be left out
        return Choice(begun, before, same)
    told = instructions(chat.settings) + (begun.summary.tokens if begun.summary else 0)
    room = room_of(chat, info, max_tokens, told)
    above = Message.objects.filter(session=chat, position__lt=answer.position).shown()
    held = sizes(above.filter(position__gte=first))
    window = moved(held, begun.window, bytes_of(room, held, begun.window, before, told, same=same))
    return Choice(replace(begun, window=window), before, same and window == begun.window)


def limit_of(chat: ChatSession, provider: str, request: Request) -> int | None:
    """Tokens that this request of the chat may have; None where its model is not known."""
    try:
        info = offering.model(request.model, provider)
    except KeyError:
        return None
    return min(budget_of(chat), model_room(info, request.max_tokens))


def later(chat: ChatSession, config: Mapping[str, Any], answer: Message, counted: int) -> Window | None:
    """A window for the request of this answer that the provider `counted` as too long; None where it cannot be
    smaller."""
    info = offering.model(config["model"], config["provider"])
    window = Window(int(config.get("begins_at", 1)), int(config.get("shortened_below", 0)))
    line = cleared_to(chat, answer.position - 1)
    rows = Message.objects.filter(session=chat, position__gte=max(window.begins, line + 1))
    held = sizes(rows.filter(position__lt=answer.position).shown())
    told = instructions(chat.settings)
    room = room_of(chat, info, config["max_tokens"], told)
    ratio = weight(held, window) / max(1, counted - told)
    found = moved(held, window, Room(room.fits * ratio, room.most * ratio, room.least))
    return None if found == window else found


def bytes_of(room: Room, held: list[Held], window: Window, before: Before, told: int, *, same: bool) -> Room:
    """The room in bytes. What was refused for its length was too much, whatever was counted."""
    ratio = bytes_a_token(held, before, told) if same else BYTES_A_TOKEN
    fits, most = room.fits * ratio, room.most * ratio
    if before.refused:
        fits = most = min(fits, 0.9 * weight(held, window))
    return Room(fits, most, room.least)


def carried_on(
    chat: ChatSession, before: Before, latest: Standing | None, line: int, position: int
) -> Chosen:
    """Where the request begins if there is room enough: as the one before, below a summary that came since, with the
    number of messages that a person set. Settings that changed, and a summary that was forgotten, begin anew."""
    counted, budget = chat.settings.get("context_window"), budget_of(chat)
    summary = latest if latest and latest.tokens else None
    was, window = before.config.get("summary"), before.window
    other = summary is None or (str(summary.key) != was and summary.position < window.begins - 1)
    anew = (before.config.get("context_window"), before.config.get("context_tokens")) != (counted, budget)
    if anew or (was and other):
        window = Window()
    if counted:
        window = Window(max(window.begins, window_start(position - 1, counted) + 1), window.shortened)
        if summary and summary.position >= window.begins:
            summary = None
    elif summary and summary.position >= window.begins:
        step = max(window.shortened, position - 3)  # all at once: the cache is lost anyway
        window = Window(summary.position + 1, step)
    return Chosen(window, line, summary, budget, counted)


def bytes_a_token(held: list[Held], before: Before, told: int) -> float:
    """As the last call's counts tell, of what it held."""
    since = weight([each for each in held if each.position <= before.position], before.window)
    if before.tokens is None or not since:
        return BYTES_A_TOKEN
    return min(4.0, max(0.5, since / max(1, before.tokens - told)))


def refused_before(chat: ChatSession, info: ModelInfo, answer: Message) -> Before | None:
    """Of another answer of this model to the same question, for which the history was too long."""
    found = _refused.first(parent=answer.parent_id, model=info.id)
    if found is None:
        return None
    return Before(answer.position, found[0], refused=True, edge=int(found[0].get("begins_at", 1)))


def asked_before(
    chat: ChatSession, info: ModelInfo, answer: Message, line: int
) -> tuple[Before, Standing | None]:
    """Of the answer that is shown above `answer`, and the newest summary above. One of another model, or a copy, tells
    nothing."""
    found = None
    if answer.position > 2:
        place, end = answer.position, answer.position
        found = _above.first(chat=chat.pk, position=place, asked=place - 1, end=end, line=line, model=info.id)
    if found is None:
        return Before(), None
    place, copied, error, config, taken, size, more, key, position, tokens = found
    latest = Standing(key, position, tokens) if key is not None else None
    edge = int(config.get("begins_at", 1)) if config else 1
    if copied or not config or config.get("model") != info.id:
        return Before(edge=edge), latest
    since = None if more else int((size or 0) / BYTES_A_TOKEN)
    return Before(place, config, taken, since, refused=error == "too_long", edge=edge), latest


def tokens_since(chat: ChatSession, before: Before, answer: Message) -> int:
    """Of what was said between the two, rather too many than too few."""
    rows = Message.objects.filter(session=chat, position__gt=before.position, position__lt=answer.position)
    return int(sum(each.size for each in sizes(rows.shown())) / BYTES_A_TOKEN)
