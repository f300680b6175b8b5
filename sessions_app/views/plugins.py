"""A person's plugins: those that staff switched on, which of them they use, and how they set them for themselves."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from sessions_app.actions.errors import Refused
from sessions_app.actions.plugins import choose_plugin
from sessions_app.models import PluginChoice
from sessions_app.plugins.finding import Installed
from sessions_app.plugins.forms import changes_of, form_fields
from sessions_app.plugins.setting import UnfitSettings, own_kept, set_personal
from sessions_app.plugins.state import paused, switched_on_here
from sessions_app.rendering.footer import footer


@login_required
@never_cache
@require_GET
def show(request: HttpRequest) -> HttpResponse:
    return page(request)


@login_required
@require_POST
def use(request: HttpRequest, name: str) -> HttpResponse:
    """Use one, or use it no more."""
    plugin, on = found_or_404(name), request.POST.get("use") == "on"
    choose_plugin(person=request.user, name=plugin.name, enabled=on)
    said = _("You use %(name)s now.") if on else _("You do not use %(name)s any more.")
    messages.info(request, said % {"name": plugin.label})
    return redirect("plugins")


@login_required
@require_POST
def change(request: HttpRequest, name: str) -> HttpResponse:
    """One's own settings of one; what does not fit is said beside its field."""
    plugin = found_or_404(name)
    try:
        set_personal(plugin=plugin, changes=changes_of(plugin.personal, request.POST), person=request.user)
    except Refused as refusal:
        return page(request, plugin.name, refusal)
    messages.info(request, _("Saved."))
    return redirect("plugins")


def found_or_404(name: str) -> Installed:
    plugin = switched_on_here().get(name)
    if plugin is None:
        raise Http404
    return plugin


def page(request: HttpRequest, refused: str = "", refusal: Refused | None = None) -> HttpResponse:
    unused = set(
        PluginChoice.objects.filter(user=request.user.pk, enabled=False).values_list("plugin", flat=True)
    )
    resting = paused()
    rows = [
        row(request, plugin, name not in unused, name in resting, refusal if name == refused else None)
        for name, plugin in switched_on_here().items()
    ]
    context = {"plugins": rows, **footer(request.user)}
    return render(request, "plugins/plugins_page.html", context, status=refusal.status if refusal else 200)


def row(
    request: HttpRequest, plugin: Installed, used: bool, resting: bool, refusal: Refused | None
) -> dict[str, Any]:
    problems: Mapping[str, str] = refusal.sentences if isinstance(refusal, UnfitSettings) else {}
    typed = request.POST if refusal else None
    kept = own_kept(request.user, plugin.name)
    return {
        "plugin": plugin,
        "used": used,
        "paused": resting,
        "commands": [f"/{each.name} {each.argument}".rstrip() for each in plugin.commands.values()],
        "fields": form_fields(plugin.personal, kept, plugin.name, typed, problems),
        "problem": problems.get("", "") if problems else refusal.sentence if refusal else "",
    }
