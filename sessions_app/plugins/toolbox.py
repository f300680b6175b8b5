"""Tools of plugins as the loop knows tools."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import Any

from django.conf import settings

from sessions_app.agent import labels
from sessions_app.agent.tools import Tool, ToolContext, ToolProblem
from sessions_app.models import User
from sessions_app.reading import consult

from .calling import asked
from .finding import Installed
from .interface import PluginContext
from .results import as_result
from .running import Fault, Job
from .state import On, switched_on, used, used_by

SPARE = 1.0  # seconds before the loop would end it: so it is the plugin that is too late, and staff see it


@dataclass(frozen=True, slots=True)
class Call:
    """What runs such a tool. Whether it is still on is asked again: a reply may be older than the switch."""

    plugin: str
    tool: Tool

    async def __call__(self, context: ToolContext, **arguments: Any) -> Any:
        on = await consult(_find, self.plugin, context.user_id)
        if on is None:
            raise ToolProblem("This tool has been switched off.")

        def work(job: Job[Any], given: dict[str, Any]) -> Any:
            brought = {"settings": given["settings"], "personal": given["personal"]}
            of_call = PluginContext(
                context.user_id, context.chat_id, context.premium, context.consents, context.plain, **brought
            )
            return as_result(job.awaited(self.tool.function(of_call, **arguments)))

        limit = patience(self.tool)
        try:
            return await asked(on, f"The tool {self.tool.name}", work, limit)
        except Fault as fault:
            late = f"{self.tool.label} {labels.TOO_LONG} {limit:g} s and was left behind."
            failed = f"{self.tool.label} failed. What went wrong is shown to staff."
            raise ToolProblem(late if fault.late else failed) from None


def patience(tool: Tool) -> float:
    """Seconds a call of it may take."""
    most = max(0.5, settings.TOOL_TIMEOUT - SPARE)
    return min(most, tool.time_limit or most)


def plugin_tools(user: Any = None) -> tuple[Tool, ...]:
    """Those of the plugins that are on, for somebody of those they use; in a fixed order."""
    found = used_by(user) if user is not None else switched_on()
    return tuple(tool for on in found for tool in _called(on.plugin))


@cache
def _called(plugin: Installed) -> tuple[Tool, ...]:
    return tuple(
        replace(tool, function=Call(plugin.name, tool), time_limit=(tool.time_limit or 600) + SPARE)
        for tool in plugin.tools
    )


def _find(name: str, user: int) -> On | None:
    person = User.objects.filter(pk=user, is_active=True).first()
    return used(name, person) if person is not None else None
