"""Plugins of the workspace, for oneself."""

from __future__ import annotations

from typing import Annotated, Any

from django.http import Http404
from pydantic import Field
from rest_framework.request import Request
from rest_framework.response import Response
from typing_extensions import TypedDict

from sessions_app.actions.plugins import choose_plugin
from sessions_app.plugins.finding import Installed
from sessions_app.plugins.setting import own_kept, set_personal, shown
from sessions_app.plugins.state import switched_on_here, used_by

from .answers import ApiView
from .authentication import person_of
from .given import Asked, Given, asked, given
from .operations import Gives, Listed, operation

EXAMPLE: dict[str, Any] = {
    "name": "calculator",
    "label": "Calculator",
    "description": "Sums and conversions with units, exact where they can be.",
    "version": "1.0",
    "used": True,
    "commands": ["calc"],
    "tools": ["calculate"],
    "values": {},
    "secrets": [],
}


class PluginShape(TypedDict):
    name: str
    label: str
    description: str
    version: str
    used: Annotated[bool, Field(description="Whether you use it. One that is paused nobody does.")]
    commands: Annotated[list[str], Field(description="What may be typed behind / in a message box.")]
    tools: list[str]
    values: Annotated[
        dict[str, Any], Field(description="Your own settings of it; what is not named is as usual.")
    ]
    secrets: Annotated[list[str], Field(description="Your settings that are secret and set.")]


class PluginChange(Given):
    """What is not named stays."""

    enabled: Annotated[bool | None, Field(description="Whether you use it.")] = None
    values: Annotated[
        dict[str, Any], Field(description="Settings of your own; null takes one back to what is usual.")
    ] = {}


class Plugins(ApiView):
    @operation(
        "list_plugins", "List the plugins", tag="Workspace", scope="read", query=Asked,
        gives={
            200: Gives(
                Listed[PluginShape], "Those that are on.", {"results": [EXAMPLE], "next": None, "previous": None}
            )
        },
    )  # fmt: skip
    def get(self, request: Request) -> Response:
        """The plugins that staff switched on, and whether you use them, on one page."""
        asked(request, Asked)
        person = person_of(request)
        rows = [plugin_shape(plugin, person) for plugin in switched_on_here().values()]
        return Response({"results": rows, "next": None, "previous": None})


class OnePlugin(ApiView):
    @operation(
        "change_plugin", "Use a plugin, or set it for yourself", tag="Workspace", scope="write", takes=PluginChange,
        example={"enabled": True}, gives={200: Gives(PluginShape, "As it is now.", EXAMPLE)},
        refuses=["bad_setting", "plugin_failed"],
    )  # fmt: skip
    def patch(self, request: Request, name: str) -> Response:
        """Only for yourself; staff set it for the workspace in the administration."""
        plugin = switched_on_here().get(name)
        if plugin is None:
            raise Http404
        change, person = given(request, PluginChange), person_of(request)
        if change.values:
            set_personal(plugin=plugin, changes=change.values, person=person)
        if change.enabled is not None:
            choose_plugin(person=person, name=plugin.name, enabled=change.enabled)
        return Response(plugin_shape(plugin, person))


def plugin_shape(plugin: Installed, person: Any) -> PluginShape:
    values, secrets = own_kept(person, plugin.name)
    return {
        "name": plugin.name,
        "label": plugin.label,
        "description": plugin.description,
        "version": plugin.version,
        "used": plugin.name in {each.name for each in used_by(person)},
        "commands": list(plugin.commands),
        "tools": [tool.name for tool in plugin.tools],
        "values": {
            each.name: values[each.name]
            for each, _value in shown(plugin.personal, (values, secrets))
            if each.name in values
        },
        "secrets": sorted(secrets),
    }
