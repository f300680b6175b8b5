"""Plugins: what is installed, which are on in this workspace, how they are set and how they went."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import admin, messages
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from sessions_app.actions import plugins as actions
from sessions_app.actions.errors import Refused
from sessions_app.models import PluginState
from sessions_app.plugins.finding import Installed, shelf
from sessions_app.plugins.forms import changes_of, form_fields
from sessions_app.plugins.running import lane
from sessions_app.plugins.setting import UnfitSettings, set_workspace, workspace_kept

from .base import StaffAdmin


@admin.register(PluginState)
class PluginStateAdmin(StaffAdmin):
    """Its pages are of what is installed, not of rows: there is a row only of what was once on."""

    recorded_below = ("added", "changed")
    open_to_staff = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        if not self.has_view_permission(request):
            raise PermissionDenied
        states = {row.name: row for row in PluginState.objects.all()}
        found = shelf()
        rows = [told(plugin, states.get(name)) for name, plugin in found.installed.items()]
        gone = [row for name, row in states.items() if name not in found.installed]
        context = {"title": _("Plugins"), "rows": rows, "broken": found.broken, "gone": gone}
        page = "admin/sessions_app/pluginstate/plugins_page.html"
        return TemplateResponse(request, page, {**self.around(request), **context})

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: Any = None
    ) -> HttpResponse:
        plugin = shelf().installed.get(unquote(object_id))
        if not self.has_view_permission(request):
            raise PermissionDenied
        if plugin is None:
            raise Http404
        if request.method != "POST":
            return self.page(request, plugin)
        if not self.has_change_permission(request):
            raise PermissionDenied
        return self.changed(request, plugin)

    def changed(self, request: HttpRequest, plugin: Installed) -> HttpResponse:
        """What a button of the page asks for."""
        match request.POST.get("deed"):
            case "on" | "off" as word:
                actions.switch_plugin(name=plugin.name, enabled=word == "on", actor=request.user)
            case "resume":
                actions.resume_plugin(name=plugin.name, actor=request.user)
            case _other:
                try:
                    changes = changes_of(plugin.settings, request.POST)
                    set_workspace(plugin=plugin, changes=changes, actor=request.user)
                except Refused as refusal:
                    return self.page(request, plugin, refusal)
                messages.success(request, _("Saved."))
        return HttpResponseRedirect(reverse("admin:sessions_app_pluginstate_change", args=[plugin.name]))

    def page(self, request: HttpRequest, plugin: Installed, refusal: Refused | None = None) -> HttpResponse:
        problems: Mapping[str, str] = refusal.sentences if isinstance(refusal, UnfitSettings) else {}
        state = PluginState.objects.filter(pk=plugin.name).first()
        fields = form_fields(
            plugin.settings,
            workspace_kept(plugin.name),
            plugin.name,
            request.POST if refusal else None,
            problems,
        )
        context = {
            "title": plugin.label,
            "row": told(plugin, state),
            "fields": fields,
            "problem": problems.get("", "") if problems else refusal.sentence if refusal else "",
            "may_change": self.has_change_permission(request),
        }
        page = "admin/sessions_app/pluginstate/plugin_page.html"
        status = refusal.status if refusal else 200
        return TemplateResponse(request, page, {**self.around(request), **context}, status=status)


def told(plugin: Installed, state: PluginState | None) -> dict[str, Any]:
    """A plugin with how it stands. `hanging` are calls in this process that never returned."""
    paused = state.paused_until if state else None
    return {
        "plugin": plugin,
        "state": state,
        "on": bool(state and state.enabled),
        "paused_until": paused if paused and paused > timezone.now() else None,
        "hanging": lane(plugin.name).hanging,
        "brings": ", ".join(brings(plugin)),
        "address": reverse("admin:sessions_app_pluginstate_change", args=[plugin.name]),
    }


def brings(plugin: Installed) -> list[str]:
    hooks = [name for name in ("before_send", "after_reply") if getattr(plugin, name)]
    return [
        *(f"/{name}" for name in plugin.commands),
        *(_("tool %(name)s") % {"name": tool.name} for tool in plugin.tools),
        *(_("activity %(name)s") % {"name": name} for name in plugin.sources),
        *(_("context") for _each in plugin.contexts[:1]),
        *hooks,
    ]
