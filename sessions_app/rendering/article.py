"""A message as an article: one partial for page, live stream, shared page and admin."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.template.loader import get_template
from django.urls import reverse
from django.utils import timezone
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from sessions_app import offering
from sessions_app.agent.cards import posted
from sessions_app.agent.labels import money
from sessions_app.models import ForeignUsage, Message, Reply, TokenUsage, ToolCall
from sessions_app.prepared import Rows, given
from sessions_app.standing import was

from . import RENDERER_VERSION, render_person
from .beside import Beside, beside
from .body import finished_body
from .files import Chip, chips_of
from .folds import Fold, folds_of
from .marks import Marks, marks_of
from .siblings import Versions, versions_of

Used = TokenUsage | ForeignUsage
BUDGET = "budget"  # as the kind of a failure, and as what stopped a reply
STATE_WORDS = {
    "queued": "starting",
    "running": "writing",
    "waiting": "needs you",
    "stopped": "stopped",
    "interrupted": "interrupted",
    "failed": "failed",
}


_last = Rows(
    lambda: (
        Message.objects.filter(session=given("chat"), position__gt=given("position"))
        .shown()
        .values_list("pk")[:1]
    )
)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The ledger's figures of one reply."""

    turns: int
    tokens_in: int
    cached: int
    tokens_out: int
    seconds: float | None
    cost: str
    estimated: bool
    model: str = ""  # who answered, where that was another one than was asked
    searches: int = 0


@dataclass(frozen=True, slots=True)
class Notice:
    """What happened to a reply, what is kept, what can be done."""

    tone: str
    icon: str
    first: str
    rest: str
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Merged:
    """The session whose messages begin here."""

    title: str
    url: str


@dataclass(frozen=True, slots=True)
class Article:
    """What `_message.html` shows."""

    id: str
    role: str
    status: str
    session_id: str
    author: str
    model_label: str
    state: str
    at: datetime
    body: SafeString
    source: str
    notice: Notice | None = None
    receipt: Receipt | None = None
    actions: tuple[str, ...] = ()
    live: bool = False
    began: datetime | None = None
    versions: Versions | None = None
    revised: int = 0
    above_line: bool = False  # the last one that is not sent to the model: a line stands below it
    fold: Fold | None = None  # the last of those that a summary stands for, or that are not sent
    merged_from: Merged | None = None
    cards: tuple[Beside, ...] = ()
    attachments: tuple[Chip, ...] = ()
    marks: Marks | None = None
    position: int = 0
    day: str = ""
    still: bool = False
    shared: bool = False  # for readers from outside; a still one
    speaker: str = ""  # who asked, for readers to whom that is not "You"
    instead: str = ""  # that another model answered than was asked, and why
    unanswered: bool = False  # a question with which the shown path ends
    posted: Beside | None = None  # the notification that it is: then there are no words of a person


def articles(messages: Iterable[Message], *, answerable: bool = True, still: bool = False) -> list[Article]:
    """Articles of messages (with reply, author and parent selected), in their order; few queries for all of them.
    Without `answerable`, tools that ask have no buttons; what is `still` can only be read."""
    rows = list(messages)
    usage = usage_of(rows)
    versions, files = versions_of(rows), chips_of(rows)
    line, folds = folds_of(rows)
    open_end = unanswered(rows) if answerable and not still else None
    marks = marks_of(rows)
    stale = [row for row in rows if needs_rendering(row)]
    tools: dict[Any, dict[str, Any]] = {}
    if stale:
        for tool in ToolCall.objects.filter(message__in=[row.pk for row in stale]):
            tools.setdefault(tool.message_id, {})[str(tool.pk)] = tool_data(tool)
    return [
        replace(
            article(row, usage.get(paid_by(row), []), tools.get(row.pk, {}), answerable=answerable),
            versions=versions.get(row.pk),
            above_line=row.pk == line,
            fold=None if still else folds.get(row.pk),
            attachments=files.get(row.pk, ()),
            marks=marks.get(str(row.pk)),
            still=still,
            unanswered=row.pk == open_end,
        )
        for row in rows
    ]


def unanswered(rows: Sequence[Message]) -> UUID | None:
    """The question with which the shown path of their chat ends, where these end with it."""
    last = max(rows, key=lambda row: row.position, default=None)
    if last is None or last.role != Message.Role.USER or not last.active:
        return None
    return None if _last.any(chat=last.session_id, position=last.position) else last.pk


def paid_by(row: Message) -> Any:
    """The message whose calls are on the receipt: a copy's are those of its origin."""
    return row.origin_key or row.pk


def usage_of(rows: Iterable[Message]) -> dict[Any, list[Used]]:
    """Settled calls by the key of the message that they are on the receipt of (`paid_by`). Of imported answers those that
    were paid for elsewhere, which are asked for only where there are such answers."""
    answers = [row for row in rows if row.role == Message.Role.ASSISTANT]
    here = [paid_by(row) for row in answers if not row.imported]
    elsewhere = [paid_by(row) for row in answers if row.imported]
    found: dict[Any, list[Used]] = {}
    if here:
        for call in TokenUsage.objects.filter(message__in=here, settled_at__isnull=False):
            found.setdefault(call.message_id, []).append(call)
    if elsewhere:
        for foreign in ForeignUsage.objects.filter(message_key__in=elsewhere):
            found.setdefault(foreign.message_key, []).append(foreign)
    return found


def tool_data(call: ToolCall) -> dict[str, Any]:
    """A stored tool call as the data of its chunk."""
    return {
        "id": str(call.pk),
        "tool_id": call.tool_name,
        "input": call.input,
        "status": call.status,
        "result": call.result,
        "error": call.error_message,
        "duration_ms": call.duration_ms,
    }


def needs_rendering(row: Message) -> bool:
    return row.renderer_version != RENDERER_VERSION or not row.html


def article(
    row: Message,
    usage: Sequence[Used],
    tools: Mapping[str, Mapping[str, Any]],
    *,
    answerable: bool = True,
) -> Article:
    """One stored message. A body of another renderer version is made anew."""
    if row.role == Message.Role.USER:
        return person_article(row)
    reply = row.reply
    asks = answerable and reply.status == Reply.Status.WAITING
    approve_url = reverse("approve", args=[row.session_id, row.pk]) if asks else ""
    body = finished_body(row.pk, row.parts, tools, approve_url) if needs_rendering(row) else row.html
    return reply_article(row, reply, body, usage)


def person_article(row: Message) -> Article:
    card = posted(row.parts)
    text = card.text if card else row.content
    body = render_person(text) if needs_rendering(row) else row.html
    return Article(
        id=str(row.pk),
        role="user",
        status="sent",
        session_id=str(row.session_id),
        author=row.author.get_username() if row.author else row.written_by or "",
        model_label="",
        state="",
        at=row.created_at,
        body=mark_safe(f'<div id="message-{row.pk}-b-0" class="block prose">{body}</div>' if text else ""),
        source=card.words if card else row.content,
        actions=("copy", "posted") if card else ("copy",),
        position=row.position,
        day=day_begun(row),
        revised=len(row.revisions),
        merged_from=merged_from(row),
        cards=tuple(shown for shown in beside(row.parts) if card is None or shown.kind != card.kind),
        posted=Beside.of(card) if card else None,
    )


def merged_from(row: Message) -> Merged | None:
    """Which session begins here, where it was merged into this one."""
    for part in row.parts:
        if part["kind"] == "card" and part.get("card") == "merged":
            return Merged(str(part["title"]), reverse("session", args=[part["session"]]))
    return None


def day_begun(row: Message) -> str:
    """The day in words where a message is the first of its day: those of it and of the one before it differ, in the
    zone of whoever reads. Nothing where the one before was not read with it."""
    known = Message._meta.get_field("parent").is_cached(row)
    before = row.parent if known else None
    if row.parent_id and before is None:
        return ""
    return day_words(row.created_at, before.created_at if before else None)


def day_words(at: datetime, before: datetime | None) -> str:
    """The day of `at` in words where it is another than that of `before`."""
    day = timezone.localtime(at).date()
    if before is not None and timezone.localtime(before).date() == day:
        return ""
    words = f"{day:%A}, {day.day} {day:%B}"
    return words if day.year == timezone.localdate().year else f"{words} {day.year}"


def reply_article(
    row: Message, reply: Reply, body: str, usage: Sequence[Used] = (), *, state: str = ""
) -> Article:
    """An answer in any state; `body` is its HTML so far, `state` other words than the usual beside its name."""
    done = not reply.unfinished
    return Article(
        id=str(row.pk),
        role="assistant",
        status=reply.status,
        session_id=str(row.session_id),
        author="",
        model_label=offering.label(row.model, reply.model_config.get("provider", "")),
        instead=instead(reply),
        state=state or STATE_WORDS.get(reply.status, ""),
        at=row.created_at,
        body=mark_safe(body),
        source=row.content if done else "",
        notice=notice(reply, usage) if done else None,
        receipt=receipt(reply, usage) if done else None,
        actions=actions(reply, bool(row.content)) if done else (),
        live=reply.status in Reply.GROWING,
        began=reply.started_at,
        position=row.position,
        day=day_begun(row),
    )


def instead(reply: Reply) -> str:
    """Of an answer of another model than was asked: of which, and why. Read without trust: it may have come from a file."""
    found = reply.model_config.get("fell_back")
    if not isinstance(found, Mapping) or not found.get("from"):
        return ""
    name = offering.label(str(found["from"]))
    return _("instead of %(model)s, %(why)s") % {"model": name, "why": was(str(found.get("why", "")))}


def actions(reply: Reply, has_text: bool) -> tuple[str, ...]:
    """What can be done with an ended reply."""
    chosen: list[str] = []
    if has_text:
        chosen.append("copy")
    if reply.can_continue and has_text:
        chosen.append("continue")
    if reply.status in (Reply.Status.FAILED, Reply.Status.INTERRUPTED, Reply.Status.STOPPED):
        chosen.append("retry")
    else:
        chosen.append("regenerate")
    return tuple(chosen)


def receipt(reply: Reply, usage: Sequence[Used]) -> Receipt | None:
    """The sums of a reply's calls; nothing where nothing was counted."""
    if not any(call.total for call in usage):
        return None
    cached = sum(call.cache_read for call in usage)
    writes = sum(call.cache_write_5m + call.cache_write_1h for call in usage)
    known = [call.cost for call in usage]
    seconds, config = None, reply.model_config
    if reply.started_at and reply.finished_at:
        seconds = reply.duration_ms / 1000
    return Receipt(
        turns=max(1, reply.turns),
        tokens_in=sum(call.input for call in usage) + cached + writes,
        cached=cached,
        tokens_out=sum(call.output for call in usage),
        seconds=seconds,
        cost=money(None if None in known else sum((cost for cost in known if cost is not None), Decimal(0))),
        model=offering.label(str(config.get("model", ""))) if config.get("fell_back") else "",
        searches=sum(call.web_searches for call in usage if isinstance(call, TokenUsage)),
        estimated=any(call.counts_source == TokenUsage.CountsSource.ESTIMATED for call in usage),
    )


def notice(reply: Reply, usage: Sequence[Used] = ()) -> Notice | None:
    """What happened, what is kept, what now: only where something needs saying."""
    if BUDGET in (reply.error_type, reply.stop_reason):
        first, _, rest = reply.error_message.partition(". ")
        return Notice("warn", "wallet", first.rstrip(".") + ".", rest)
    if reply.status == Reply.Status.FAILED:
        return failed_notice(reply, usage)
    if reply.status == Reply.Status.INTERRUPTED:
        return interrupted_notice(reply, usage)
    if reply.status == Reply.Status.STOPPED:
        return Notice("neutral", "stop-circle", "Stopped.", "The text is kept.")
    if reply.stop_reason not in ("", "end") and reply.error_message:
        first, _, rest = reply.error_message.partition(". ")
        return Notice("info", "information-circle", first.rstrip(".") + ".", rest, reply.stop_reason)
    return None


def failed_notice(reply: Reply, usage: Sequence[Used]) -> Notice:
    first, _, rest = (reply.error_message or "This answer failed.").partition(". ")
    codes = [str(call.status_code) for call in usage if call.status_code]
    kind = ", ".join([reply.error_type, *codes[-1:]])
    return Notice("bad", "exclamation-triangle", first.rstrip(".") + ".", rest, kind)


def interrupted_notice(reply: Reply, usage: Sequence[Used]) -> Notice:
    if reply.copied and reply.finished_at is None:
        rest = "It was not finished when it was exported. The text is kept."
        return Notice("neutral", "bolt-slash", "This answer was cut short.", rest)
    when = timezone.localtime(reply.finished_at).strftime("%H:%M") if reply.finished_at else ""
    counted = sum(call.output for call in usage)
    rest = f"The server restarted at {when}. The text is kept; {counted:,} tokens were counted."
    return Notice("neutral", "bolt-slash", "This answer was cut short.", rest)


def state_fragment(message: str, state: str) -> str:
    """The words beside a growing answer's name, out of band."""
    words = escape(state or STATE_WORDS["running"])
    return f'<span class="message__state" id="message-{message}-state" hx-swap-oob="true">{words}</span>'


def article_html(shown: Article) -> str:
    """The markup of an article; its root is the first element."""
    return str(get_template("sessions/_message.html").render({"article": shown}))
