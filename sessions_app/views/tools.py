"""What the assistant may do for a person: each tool, whether it asks first, and how to make it ask again."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from sessions_app.actions.approvals import withdraw_consent
from sessions_app.agent.context import offered_tools
from sessions_app.agent.tools import Tool
from sessions_app.models import PremiumUse, ToolConsent, User
from sessions_app.rendering.footer import footer


@login_required
@never_cache
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    month = timezone.now().astimezone(UTC).date().replace(day=1)
    consents = dict(ToolConsent.objects.for_user(request.user).values_list("tool_name", "since"))
    runs = dict(PremiumUse.objects.filter(user=request.user.pk, month=month).values_list("tool_name", "runs"))
    premium = isinstance(request.user, User) and request.user.plan == User.Plan.PREMIUM
    person = request.user if isinstance(request.user, User) else None
    rows = [row(tool, consents, runs, premium=premium) for tool in offered_tools(person).tools.values()]
    return render(request, "accounts/tools_page.html", {"tools": rows, **footer(request.user)})


def row(tool: Tool, consents: dict[str, Any], runs: dict[str, int], *, premium: bool) -> dict[str, Any]:
    return {
        "name": tool.name,
        "label": tool.label,
        "icon": tool.icon,
        "colour": tool.colour,
        "about": tool.description.partition(". ")[0].rstrip(".") + ".",
        "asks": tool.needs_approval,
        "since": consents.get(tool.name),
        "premium": tool.requires_premium,
        "locked": tool.requires_premium and not premium,
        "runs": runs.get(tool.name, 0),
    }


@login_required
@require_POST
def ask_again(request: HttpRequest) -> HttpResponse:
    """Take back "Don't ask again"; a tool that was never allowed stays as it is."""
    withdraw_consent(person=request.user, tool_name=request.POST.get("tool", "")[:120])
    return redirect("tools")
