"""Where the request of a reply begins: it holds as much of the conversation as the budget and the model take.

A beginning is kept from answer to answer, in the reply's `model_config`; it moves where the next request would not fit
(`window`), where a summary takes the place of what is above, or with the number of messages that a person set. How large
the history is tells the last model call, by what the provider counted; only where there is none, or where the beginning
moves, are the stored texts measured.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Case, F, Func, IntegerField, OuterRef, QuerySet, Subquery, Sum, TextField, When
from django.db.models.functions import Cast

from sessions_app.models import Attachment, ChatSession, Message, Reply, Summary, TokenUsage, ToolCall
from sessions_app.prepared import Rows, given
from sessions_app.providers.base import ModelInfo, estimate_tokens

from .context import offered_tools, system_prompt
from .history import window_start
from .shortening import LONG, SHORT
from .sizes import TOOL_PROMPT
from .window import LEAST, Held, Room, Window, moved, weight

BYTES_A_TOKEN = 3.0  # where nothing was counted yet: rather too many tokens than too few
GROWING = 0.1  # of the model's window, for what the tools of the reply itself bring
DEFAULT_MAX_TOKENS = 16_000  # thinking counts too, and the newest models always think
ANSWER = 0.25  # of the model's window that is kept free for an answer at the most


class Bytes(Func):
    """How long a text is in UTF-8."""

    function = "OCTET_LENGTH"
    output_field = IntegerField()

    def as_sqlite(self, compiler: Any, connection: Any, **context: Any) -> Any:
        return self.as_sql(compiler, connection, template="LENGTH(CAST(%(expressions)s AS BLOB))", **context)


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
    counted it. `refused` says that it was too long for the model. `edge` is where the last answer's request began, of
    whatever model."""

    position: int = 0
    config: Mapping[str, Any] = field(default_factory=dict)
    tokens: int | None = None
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


_counts = sum((F(name) for name in ("cache_read", "cache_write_5m", "cache_write_1h", "output")), F("input"))
_calls = TokenUsage.objects.filter(
    message=OuterRef("pk"), ok=True, model=given("model"), counts_source=TokenUsage.CountsSource.REPORTED
)
_answers = Message.objects.filter(
    session=given("chat"), position__lt=given("position"), role=Message.Role.ASSISTANT
)
_before = Rows(
    lambda: (
        _answers.shown()
        .reverse()
        .annotate(taken=Subquery(_calls.order_by("-at").annotate(taken=_counts).values("taken")[:1]))
        .values_list("position", "reply__copied", "reply__error_type", "reply__model_config", "taken")[:1]
    )
)
_refused = Rows(
    lambda: (
        Reply.objects.filter(message__parent=given("parent"), session=given("chat"), error_type="too_long")
        .order_by("-created_at")
        .values_list("model_config")[:5]
    )
)
_line = Rows(
    lambda: Message.objects.filter(pk=given("message"), session=given("chat")).shown().values_list("position")
)
_latest = Rows(
    lambda: (
        Summary.objects.filter(
            session=given("chat"), position__lt=given("below"), until__active=True, until__deleted_at=None
        )
        .order_by("-position")
        .values_list("pk", "position", "tokens")[:1]
    )
)


def budget_of(chat: ChatSession) -> int:
    """Tokens that a request of this chat may take, as far as its model takes them."""
    return int(chat.settings.get("context_tokens", settings.CONTEXT_TOKENS))


def cleared_to(chat: ChatSession, below: int) -> int:
    """The position of the last message above this one that is not sent any more; 0 where all are."""
    if chat.context_from_id is None:
        return 0
    found = _line.first(message=chat.context_from_id, chat=chat.pk)
    return int(found[0]) if found and found[0] < below else 0


def latest_summary(chat: UUID, below: int, line: int) -> Standing | None:
    """The newest summary of messages on the shown path above `below`, unless the context began anew since."""
    found = _latest.first(chat=chat, below=below)
    return Standing(*found) if found and found[1] > line else None


def instructions(settings: Mapping[str, Any]) -> int:
    """Tokens of the system prompt and the tools."""
    specs = offered_tools().only(settings.get("tools")).specs()
    prompt = estimate_tokens([system_prompt(settings.get("system_prompt", ""))])
    return prompt + sum(spec.tokens for spec in specs) + (TOOL_PROMPT if specs else 0)


def model_room(info: ModelInfo, max_tokens: int) -> int:
    """Tokens of a request that the model takes, with room for its answer and what tools bring."""
    answer = min(max_tokens, int(info.context_window * ANSWER))
    return int(info.context_window * (1 - GROWING)) - answer


def usual_max_tokens(info: ModelInfo) -> int:
    return min(DEFAULT_MAX_TOKENS, info.max_output)


def max_tokens_of(chat: ChatSession, info: ModelInfo) -> int:
    """Tokens of an answer in this chat."""
    return min(int(chat.settings.get("max_tokens", usual_max_tokens(info))), info.max_output)


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
    def edges(self) -> tuple[int, ...]:
        """Positions of the messages at which pages show that the request began there or begins there now, where the two
        differ."""
        then, now = self.before.edge, self.chosen.window.begins
        return () if then == now else (then - 1, now - 1)


def window_for(chat: ChatSession, info: ModelInfo, answer: Message, max_tokens: int) -> Choice:
    """For this answer, which is on the shown path."""
    line = cleared_to(chat, answer.position - 1)
    latest = latest_summary(chat.pk, answer.position - 1, line)
    before = refused_before(chat, info, answer) or asked_before(chat, info, answer.position)
    begun = carried_on(chat, before, latest, line, answer.position)
    told = instructions(chat.settings) + (begun.summary.tokens if begun.summary else 0)
    room = room_of(chat, info, max_tokens, told)
    above = Message.objects.filter(session=chat, position__lt=answer.position).shown()
    same = begun.as_before(before)
    if same and before.tokens is not None:
        history = before.tokens - told + tokens_of(above.filter(position__gt=before.position))
        if history <= room.fits:
            return Choice(begun, before, same)
    held = sizes(above.filter(position__gte=max(begun.window.begins, line + 1)))
    window = moved(held, begun.window, bytes_of(room, held, begun.window, before, told, same=same))
    return Choice(replace(begun, window=window), before, same and window == begun.window)


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
    for (config,) in _refused.all(chat=chat.pk, parent=answer.parent_id) if answer.parent_id else ():
        if config.get("model") == info.id:
            return Before(answer.position, config, refused=True, edge=int(config.get("begins_at", 1)))
    return None


def asked_before(chat: ChatSession, info: ModelInfo, position: int) -> Before:
    """Of the answer that is shown above this position. One of another model, or a copy, tells nothing."""
    found = _before.first(chat=chat.pk, position=position, model=info.id)
    if found is None:
        return Before()
    place, copied, error, config, taken = found
    edge = int(config.get("begins_at", 1)) if config else 1
    if copied or not config or config.get("model") != info.id:
        return Before(edge=edge)
    return Before(place, config, taken, refused=error == "too_long", edge=edge)


# ---------------------------------------------------------------- sizes


def tokens_of(rows: QuerySet[Message]) -> int:
    return int(sum(each.size for each in sizes(rows)) / BYTES_A_TOKEN)


def sizes(rows: QuerySet[Message]) -> list[Held]:
    """These messages in their order, with what their tools were asked and answered; files as the bytes of a text of as
    many tokens. Cards are not looked into: the next counts have them."""
    texts = list(rows.annotate(size=Bytes("content")).values_list("position", "role", "size"))
    places = [place for place, _, _ in texts]
    more, less = Counter[int](), Counter[int]()
    for place, size, short in [*called(rows), *attached(rows)]:
        at = places[bisect_left(places, place)]
        more[at] += size
        less[at] += size - short
    return [
        Held(place, role == Message.Role.USER, size + more[place], size + more[place] - less[place])
        for place, role, size in texts
    ]


def called(rows: QuerySet[Message]) -> Iterable[tuple[int, int, int]]:
    """Of the tool calls of these messages: position, bytes, bytes once they are shortened."""
    calls = ToolCall.objects.filter(message__in=rows.order_by().values("pk")).order_by()
    result = Bytes(Cast("result", TextField()))
    asked = calls.annotate(
        answered=result, short=Case(When(answered__gt=LONG, then=SHORT), default=F("answered"))
    )
    sums = asked.values_list("message__position").annotate(
        told=Sum(Bytes(Cast("input", TextField()))), whole=Sum("answered"), least=Sum("short")
    )
    return [
        (place, (told or 0) + (whole or 0), (told or 0) + (least or 0)) for place, told, whole, least in sums
    ]


def attached(rows: QuerySet[Message]) -> Iterable[tuple[int, int, int]]:
    files = Attachment.objects.filter(message__in=rows.order_by().values("pk")).order_by()
    for place, kind, tokens in files.values_list("message__position", "kind", "tokens"):
        size = int(tokens * BYTES_A_TOKEN)
        texts = kind not in (Attachment.Kind.PICTURE, Attachment.Kind.PDF)
        yield place, size, SHORT if texts and size > LONG else size
