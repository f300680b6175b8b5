"""One session in figures, for whoever may read it."""

from __future__ import annotations

from datetime import tzinfo
from decimal import Decimal
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from analytics_app.queries.session import Times, figures
from analytics_app.queries.session_timeline import Lane, lanes
from analytics_app.queries.tokens import TokenSums
from analytics_app.rows.telling import told
from analytics_app.rows.wish import purpose_word
from analytics_app.timeline import WORDS, Scale
from analytics_app.tools.asking import plain
from analytics_app.videos.referenced import of_session
from sessions_app import offering
from sessions_app.agent.labels import look
from sessions_app.agent.labels.words import PRICE_UNKNOWN, money, share, span
from sessions_app.models import Reply, User
from sessions_app.rendering.footer import footer
from sessions_app.rendering.sides import lasted
from sessions_app.views.access import readable_or_404

TICKS = 4
ROW = 18  # height of a lane in the drawing


@require_GET
def session_analytics(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Its figures, and the newest replies in time; `before` is where an older page of them begins."""
    chat = readable_or_404(request, pk)
    assert isinstance(request.user, User)
    before = request.GET.get("before", "")
    found, shown = figures(chat), lanes(chat, before)
    context = {
        "chat": chat,
        "lasted": lasted(chat),
        "figures": found,
        "cost": cost(found.sums),
        "exact": exact(found.sums.known_cost),
        "totals": _totals(found.sums),
        "models": [_split(offering.label(model, provider), sums) for provider, model, sums in found.models],
        "purposes": [_split(purpose_word(purpose), sums) for purpose, sums in found.purposes],
        "times": [
            (_("Response time"), _times(found.response)),
            (_("First token"), _times(found.first_token)),
        ],
        "tools": [_tool(use) for use in found.tools],
        "ended": [(str(Reply.Status(status).label), count) for status, count in found.ended.items()],
        "costliest": [(each, money(each.cost), f"${plain(each.cost)}") for each in found.costliest],
        "videos": of_session(chat, request.user),
        "own": chat.owner_id == request.user.pk,
        "rows_query": urlencode({"time_range": "all", "session": str(chat.pk)}),
        "before": before,
        "older_query": urlencode({"before": shown.before}) if shown.before else "",
        "doings": list(WORDS.items()),
        **timeline(shown.rows, request.user.zone),
        **footer(request.user),
    }
    return render(request, "analytics/session_page.html", context)


def _totals(sums: TokenSums) -> list[tuple[str, int]]:
    return [
        (_("Input"), sums.input),
        (_("Read from cache"), sums.cache_read),
        (_("Written to cache"), sums.cache_write),
        (_("Output"), sums.output),
    ]


def _split(name: str, sums: TokenSums) -> dict[str, Any]:
    return {"name": name, "sums": sums, "cost": cost(sums), "exact": exact(sums.known_cost)}


def cost(sums: TokenSums) -> str:
    """The known cost; calls of unknown price are told beside it."""
    return PRICE_UNKNOWN if sums.known_cost is None else money(sums.cost)


def exact(amount: Decimal | None) -> str:
    return "" if amount is None else f"${plain(amount)}"


def _times(times: Times) -> dict[str, Any]:
    return {
        "count": times.count,
        "figures": [
            (span(ms), f"{ms:,}\u00a0ms") if ms is not None else ("–", "")
            for ms in (times.average, times.median, times.p95)
        ],
    }


def _tool(use: Any) -> dict[str, Any]:
    return {
        "label": look(use.name).label,
        "runs": use.runs,
        "done": share(use.done / use.runs),
        "average": span(use.average_ms) or "–",
        "longest": span(use.longest_ms) or "–",
    }


# ---------------------------------------------------------------- the timeline


def timeline(rows: list[Lane], zone: tzinfo) -> dict[str, Any]:
    """Lanes as drawn, all to the same scale, and the words beside them."""
    scale = Scale.of(lane.parts for lane in rows)
    today = timezone.now().astimezone(zone).date()
    shortened = any(
        part.doing == "approval" and part.ms > scale.longest for lane in rows for part in lane.parts
    )
    return {
        "lanes": [_lane(lane, scale, zone, today) for lane in rows],
        "ticks": [(1000 * tick // TICKS, span(scale.whole * tick // TICKS)) for tick in range(TICKS + 1)],
        "shortened": shortened,
    }


def _lane(lane: Lane, scale: Scale, zone: tzinfo, today: Any) -> dict[str, Any]:
    places = scale.places(lane.parts)
    bars = [
        {
            "doing": part.doing,
            "failed": not part.ok,
            "x": round(begin / scale.whole * 1000, 1),
            "width": round(max(2.0, (end - begin) / scale.whole * 1000), 1),
            "y": 4 + part.lane * ROW,
            "words": part.words,
        }
        for part, (begin, end) in zip(lane.parts, places, strict=True)
    ]
    when, exactly = told(lane.asked, "moment", zone, today)
    return {
        "lane": lane,
        "when": when,
        "exactly": exactly,
        "bars": bars,
        "height": ROW * (1 + max((part.lane for part in lane.parts), default=0)),
        "took": span(lane.ms) or _("goes on"),
        "ms": "" if lane.ms is None else f"{lane.ms:,}\u00a0ms",
        "status": str(Reply.Status(lane.status).label),
        "cost": PRICE_UNKNOWN if lane.cost is None else money(lane.cost),
        "exact": exact(lane.cost),
        "parts": [
            (WORDS[part.doing], part.name, f"{part.begin:,}", f"{part.ms:,}", part.ok) for part in lane.parts
        ],
        "summary": _summary(lane),
    }


def _summary(lane: Lane) -> str:
    """The drawing in a sentence."""
    sums: dict[str, int] = {}
    for part in lane.parts:
        sums[WORDS[part.doing]] = sums.get(WORDS[part.doing], 0) + part.ms
    return ", ".join(f"{name} {span(ms)}" for name, ms in sums.items()) or _("Nothing was timed")
