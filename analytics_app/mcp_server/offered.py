"""The tools programs are offered: those of the assistant, the same objects, but none that a person must approve."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import structlog
from django.conf import settings

from sessions_app.actions.approvals import count_premium_run
from sessions_app.agent.context import own_tools
from sessions_app.agent.searching import SEARCH
from sessions_app.agent.tools import Outcome, Tool, ToolContext
from sessions_app.reading import consult
from sessions_app.web.search import is_configured

log = structlog.get_logger(__name__)

ALIASES = {
    "get_session_metrics": "analyze_session_metrics",
    "get_token_usage": "analyze_token_usage",
    "search_messages": "search_session_messages",
    "get_engagement": "analyze_engagement",
    "get_system_health": "check_system_health",
    "get_costs": "analyze_costs",
}
APPROVAL = "This tool needs a person's approval, which can only be given in a chat of the workspace."


def tools() -> list[Tool]:
    tools = own_tools().tools.values()
    return [tool for tool in tools if not tool.needs_approval and (tool.name != SEARCH or is_configured())]


def find(name: str) -> Tool | None:
    """A tool by its name or alias, one that needs an approval too: it is refused in words."""
    return own_tools().get(ALIASES.get(name, name))


async def run(context: ToolContext, name: str, input: Mapping[str, Any], *, via: str) -> Outcome:
    """Run a tool for a program; the log says that, never with what or what came of it."""
    began = time.perf_counter()
    outcome = await _outcome(context, name, input)
    spent = round((time.perf_counter() - began) * 1000)
    known = find(name)
    called = known.name if known else "unknown"
    if known is not None and known.requires_premium and outcome.status != "denied":
        await consult(count_premium_run, user=context.user_id, tool_name=called)
    log.info("tool called", via=via, user=context.user_id, tool=called, status=outcome.status, ms=spent)
    return outcome


async def _outcome(context: ToolContext, name: str, input: Mapping[str, Any]) -> Outcome:
    tool = find(name)
    if tool is not None and tool.needs_approval:
        return Outcome("denied", error=APPROVAL)
    known = tool.name if tool is not None else name
    return await own_tools().bound(context).call(known, input, settings.TOOL_TIMEOUT)
