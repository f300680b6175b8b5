"""What stands beside the conversation and changes with it: title, counters, facts, composer, queue, lights."""

from __future__ import annotations

import json
import zlib
from functools import lru_cache
from typing import Any

from django.db.models import Count, Q, Sum
from django.template.loader import get_template
from django.utils import timezone
from django.utils.html import escape

from sessions_app.agent.labels import money
from sessions_app.agent.labels.words import runtime
from sessions_app.models import ChatSession, PendingMessage, Reply, SessionTag, TokenUsage
from sessions_app.prepared import Rows, Select, given
from sessions_app.waiting import why_held

from .lights import lights

KINDS = ("input", "cached", "w5", "w1", "output")

_under_way = Rows(
    lambda: (
        TokenUsage.objects.open()
        .filter(session_key=given("chat"), counts_source="reported")
        .values_list("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
    )
)
_tags = Rows(lambda: SessionTag.objects.filter(session=given("chat")).order_by("name").values_list("name"))
_pending = Select(lambda: PendingMessage.objects.filter(session=given("chat")))


def counters(chat: ChatSession, reply: Reply | None) -> dict[str, Any]:
    """Sums of the chat's ledger rows, the call under way as far as its stream has told, and the seconds its
    replies have run. `reply` is its unfinished one."""
    began = reply.started_at if reply is not None and reply.status == Reply.Status.RUNNING else None
    live = (timezone.now() - began).total_seconds() if began else 0.0
    if reply is None:
        return counted(chat, {}, 0.0, running=False)
    sums = [sum(column) for column in zip(*_under_way.all(chat=chat.pk), strict=True)]
    return counted(chat, dict(zip(KINDS, sums, strict=False)), live, running=began is not None)


def counted(chat: ChatSession, under_way: dict[str, int], live: float, *, running: bool) -> dict[str, Any]:
    """The chat's sums with those of the call under way and the seconds of the reply that runs."""
    now = dict.fromkeys(KINDS, 0) | under_way
    seconds = int(chat.runtime_ms / 1000 + live)
    return {
        "tokens": chat.total_tokens + sum(now.values()),
        "input": chat.input_tokens + chat.cache_write_tokens + now["input"] + now["w5"] + now["w1"],
        "cached": chat.cached_tokens + now["cached"],
        "output": chat.output_tokens + now["output"],
        "runtime": seconds,
        "ran": runtime(seconds),
        "cost": cost_words(chat),
        "running": running,
    }


def own_counters(user: Any) -> dict[str, Any]:
    """One's own calls of this month, for pages without a chat."""
    first = timezone.localtime().replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    rows = TokenUsage.objects.for_user(user).filter(at__gte=first, settled_at__isnull=False)
    sums = rows.aggregate(
        input=Sum("input"), cached=Sum("cache_read"), w5=Sum("cache_write_5m"), w1=Sum("cache_write_1h"),
        output=Sum("output"), total_cost=Sum("cost"), ms=Sum("duration_ms"),
        unpriced=Count("pk", filter=Q(cost__isnull=True)),
    )  # fmt: skip
    written = (sums["w5"] or 0) + (sums["w1"] or 0)
    taken, cached, output = (sums["input"] or 0) + written, sums["cached"] or 0, sums["output"] or 0
    cost = "$0.00" if not sums["total_cost"] else money(sums["total_cost"])
    seconds = int((sums["ms"] or 0) / 1000)
    return {
        "tokens": taken + cached + output,
        "input": taken,
        "cached": cached,
        "output": output,
        "runtime": seconds,
        "ran": runtime(seconds),
        "cost": cost + (" + price unknown" if sums["unpriced"] else ""),
        "running": False,
    }


def cost_words(chat: ChatSession) -> str:
    """The known cost; calls with an unknown price are named, never counted as 0."""
    cost = "$0.00" if not chat.cost else money(chat.cost)
    if not chat.unpriced_calls:
        return cost
    return f"{cost} + price unknown" if chat.cost else "price unknown"


def facts(chat: ChatSession, tokens: int) -> dict[str, Any]:
    """What the details say; `tokens` is the sum that the counters show."""
    return {
        "messages": chat.message_count,
        "cost": cost_words(chat),
        "started": timezone.localtime(chat.created_at),
        "tools": chat.tool_count,
        "tokens": tokens,
        "lasted": lasted(chat),
    }


def lasted(chat: ChatSession) -> str:
    """From its beginning to the last thing that happened, in words."""
    minutes = int((chat.last_activity_at - chat.created_at).total_seconds() // 60)
    if minutes < 1:
        return "under a minute" if chat.message_count else "not begun"
    if minutes < 60:
        return f"{minutes}\u00a0min"
    if minutes < 24 * 60:
        return f"{minutes // 60}\u00a0h {minutes % 60}\u00a0min"
    days = minutes // (24 * 60)
    return f"{days:,}\u00a0day" if days == 1 else f"{days:,}\u00a0days"


def settings_stamp(chat: ChatSession) -> str:
    """Another text whenever model or settings are others: a page whose form has another one fetches it again."""
    told = json.dumps([chat.model, chat.settings], sort_keys=True)
    return f"{zlib.crc32(told.encode()):08x}"


def tag_names(chat: ChatSession) -> list[str]:
    return [str(name) for (name,) in _tags.all(chat=chat.pk)]


def side_fragments(chat: ChatSession, reply: Reply | None) -> str:
    """All of it as out-of-band fragments, the same for every reader of the chat; `reply` is its unfinished one."""
    running = reply is not None
    pending = _pending.all(chat=chat.pk)
    held = why_held(chat, pending, running=running)
    actions = render("_composer_actions.html", {"chat": chat, "running": running})
    title = escape(chat.title or "New session")
    return (
        f'<h1 class="head__title" id="chat-title" hx-swap-oob="true" title="{title}">{title}</h1>'
        f'<div hx-swap-oob="innerHTML:#composer-actions">{actions}</div>'
        + out_of_band(render("_standing.html", {"chat": chat, "told": False}))
        + out_of_band(render("_pending.html", {"chat": chat, "pending": pending, "held": held}))
        + figures(chat, reply)
        + tag_chips(str(chat.pk), tuple(tag_names(chat)))
        + out_of_band(render("_settings_now.html", {"stamp": settings_stamp(chat)}))
        + "".join(light_fragment(light) for light in lights() if light["id"] != "live")
    )


@lru_cache(maxsize=500)
def tag_chips(chat: str, tags: tuple[str, ...]) -> str:
    """Drawn once: they stay as they are at the end of nearly every reply."""
    return out_of_band(render("_tag_chips.html", {"chat": {"id": chat}, "tags": tags}))


def light_fragment(light: dict[str, str]) -> str:
    """One light; that of the page's own connection is the page's."""
    shape, label = light["state"], escape(light["label"])
    return f'<span id="light-{light["id"]}" class="light light--{shape}" hx-swap-oob="true">{label}</span>'


def figures(chat: ChatSession, reply: Reply | None) -> str:
    """The counters, and the details with the same sum of tokens."""
    now = counters(chat, reply)
    told = facts(chat, now["tokens"])
    return out_of_band(render("_counters.html", {"counters": now})) + out_of_band(
        render("_facts.html", {"facts": told})
    )


def out_of_band(html: str) -> str:
    """Mark the root of a fragment to replace the element of its id."""
    head, _, tail = html.lstrip().partition(" ")
    return f'{head} hx-swap-oob="true" {tail}'


def render(name: str, context: dict[str, Any]) -> str:
    return str(get_template(f"sessions/{name}").render(context))
