"""What a person may choose: models, and the tools the assistant has."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from django.http import Http404
from django.utils import timezone
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app import offering, pricing
from sessions_app.actions.approvals import withdraw_consent
from sessions_app.actions.settings import always_thinks
from sessions_app.agent.context import offered_tools
from sessions_app.agent.tools import Tool
from sessions_app.mcp_client.tools import OutsideTool
from sessions_app.models import PremiumUse, ToolConsent
from sessions_app.plugins.toolbox import Call as PluginCall
from sessions_app.standing import standings

from .answers import ApiView
from .authentication import person_of
from .given import Asked, asked
from .operations import Gives, Listed, operation
from .shapes import Money, money

MODEL: dict[str, Any] = {
    "id": "claude-sonnet-5-5",
    "label": "Claude Sonnet 5.5",
    "provider": "anthropic",
    "provider_label": "Anthropic",
    "note": "Fast and capable, for everyday work.",
    "context_window": 1000000,
    "max_output": 128000,
    "pictures": True,
    "thinking": "optional",
    "sampling": False,
    "prices": {
        "input": "3",
        "cache_read": "0.3",
        "cache_write_5m": "3.75",
        "cache_write_1h": "6",
        "output": "15",
    },
    "premium": False,
    "available": True,
    "reachable": True,
    "tools": True,
    "default": True,
}
TOOL: dict[str, Any] = {
    "name": "analyze_costs",
    "label": "Costs",
    "description": "Costs of model calls, and what this month will come to.",
    "input_schema": {"type": "object", "properties": {"time_range": {"type": "string"}}},
    "source": "workspace",
    "server": None,
    "premium": False,
    "available": True,
    "needs_approval": False,
    "consent": None,
    "runs_this_month": 0,
}


class PricesShape(TypedDict):
    """USD for a million tokens of each kind."""

    input: Money
    cache_read: Money
    cache_write_5m: Money
    cache_write_1h: Money
    output: Money


class ModelShape(TypedDict):
    id: str
    label: str
    provider: str
    provider_label: Annotated[str, Field(description="The provider's name for people.")]
    note: str
    context_window: Annotated[int, Field(description="Tokens of a request and its answer together.")]
    max_output: Annotated[
        int, Field(description="Tokens of an answer at the most: the highest `max_tokens`.")
    ]
    pictures: Annotated[bool, Field(description="Whether it takes pictures and PDFs.")]
    thinking: Annotated[
        Literal["never", "optional", "always"], Field(description="optional: the setting `thinking` decides.")
    ]
    sampling: Annotated[bool, Field(description="Whether it takes a `temperature`.")]
    prices: Annotated[
        PricesShape | None, Field(description="As they are now; null where they are not known.")
    ]
    premium: Annotated[bool, Field(description="Part of the premium plan.")]
    available: Annotated[bool, Field(description="Whether your plan has it.")]
    reachable: Annotated[
        bool,
        Field(description="False while its provider is left out after failures: another model answers then."),
    ]
    tools: Annotated[bool, Field(description="Whether it can call tools.")]
    default: Annotated[bool, Field(description="The one that answers you where none is chosen.")]


class ToolShape(TypedDict):
    name: str
    label: str
    description: str
    input_schema: Annotated[dict[str, Any], Field(description="JSON schema of its arguments.")]
    source: Annotated[Literal["workspace", "mcp", "plugin"], Field(description="mcp: of another server.")]
    server: Annotated[str | None, Field(description="The name of that server.")]
    premium: bool
    available: Annotated[bool, Field(description="Whether your plan has it.")]
    needs_approval: Annotated[bool, Field(description="Whether somebody must allow each of its calls.")]
    consent: Annotated[datetime | None, Field(description="Since when it need not ask you any more.")]
    runs_this_month: Annotated[int, Field(description="Your runs of a tool of the premium plan, in UTC.")]


class Models(ApiView):
    @operation(
        "list_models", "List the models", tag="Workspace", scope="read", query=Asked,
        gives={
            200: Gives(
                Listed[ModelShape], "All that are offered.", {"results": [MODEL], "next": None, "previous": None}
            )
        },
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """Every model this workspace offers, in the order of its pickers, on one page."""
        asked(request, Asked)
        default, now = offering.default_model(request.user).id, timezone.now()
        out = {name for name, state in standings().items() if state.is_out(now)}
        rows = [model_shape(each, default, now, out) for each in offering.choices(request.user)]
        return Response({"results": rows, "next": None, "previous": None})


def model_shape(choice: offering.Choice, default: str, at: datetime, out: Container[str]) -> ModelShape:
    info = choice.info
    thinking: Any = "never" if not info.thinking else "always" if always_thinks(info) else "optional"
    return {
        "id": info.id,
        "label": info.label,
        "provider": info.provider,
        "provider_label": choice.group,
        "note": info.note,
        "context_window": info.context_window,
        "max_output": info.max_output,
        "pictures": info.pictures,
        "thinking": thinking,
        "sampling": info.sampling,
        "tools": info.tools,
        "prices": prices_shape(info.provider, info.id, at),
        "premium": choice.premium,
        "available": not choice.locked,
        "reachable": info.provider not in out,
        "default": info.id == default,
    }


def prices_shape(provider: str, model: str, at: datetime) -> PricesShape | None:
    found = pricing.rates(provider, model, at)
    told: Any = {kind: money(rate) for kind, rate in found.items()}
    return told or None


class Tools(ApiView):
    @operation(
        "list_tools", "List the tools", tag="Workspace", scope="read", query=Asked,
        gives={
            200: Gives(
                Listed[ToolShape], "All that are offered.", {"results": [TOOL], "next": None, "previous": None}
            )
        },
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """What the assistant may call, those of other servers last, on one page."""
        asked(request, Asked)
        month = timezone.now().astimezone(UTC).date().replace(day=1)
        used = PremiumUse.objects.filter(user=request.user.pk, month=month)
        runs = dict(used.values_list("tool_name", "runs"))
        consents = dict(ToolConsent.objects.for_user(request.user).values_list("tool_name", "since"))
        rows = [
            tool_shape(tool, request.user, consents, runs)
            for tool in offered_tools(person_of(request)).tools.values()
        ]
        return Response({"results": rows, "next": None, "previous": None})


def tool_shape(
    tool: Tool, person: Any, consents: Mapping[str, datetime], runs: Mapping[str, int]
) -> ToolShape:
    source: Any = "plugin" if isinstance(tool.function, PluginCall) else "workspace"
    source = "mcp" if isinstance(tool, OutsideTool) else source
    return {
        "name": tool.name,
        "label": tool.label,
        "description": tool.description,
        "input_schema": tool.schema,
        "source": source,
        "server": tool.server if isinstance(tool, OutsideTool) else None,
        "premium": tool.requires_premium,
        "available": not tool.requires_premium or person.plan == person.Plan.PREMIUM,
        "needs_approval": tool.needs_approval,
        "consent": consents.get(tool.name),
        "runs_this_month": runs.get(tool.name, 0),
    }


class Consent(ApiView):
    @operation(
        "withdraw_consent", "Let a tool ask again", tag="Workspace", scope="write",
        gives={204: Gives(None, "From now on it asks before each call, if it is one that asks.")},
    )  # fmt: skip
    def delete(self, request: Request, name: str) -> Response:
        """Takes back "Don't ask again"; where that was never said, nothing changes. Of a tool that is gone too."""
        known = name in offered_tools().tools
        if not known and ("\0" in name or not _allowed(request.user, name)):
            raise Http404
        withdraw_consent(person=request.user, tool_name=name)
        return Response(status=204)


def _allowed(person: Any, name: str) -> bool:
    return ToolConsent.objects.for_user(person).filter(tool_name=name).exists()
