"""Templates of new sessions: the list, the form, and what can be done with one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app import offering
from sessions_app.actions.errors import Refused
from sessions_app.actions.settings import BadSetting
from sessions_app.actions.templates import (
    Contents,
    change_template,
    delete_template,
    duplicate_template,
    make_template,
)
from sessions_app.models import ChatSession, SessionTemplate
from sessions_app.rendering.footer import footer

from .setting_fields import given_settings, number_words, tool_rows
from .starting import start, uuid_or_404

NUMBERS = ("temperature", "max_tokens", "context_window", "context_tokens", "max_turns")
CHOICES = ("thinking", "auto_context")


@require_http_methods(["GET", "POST"])
def templates(request: HttpRequest) -> HttpResponse:
    """GET: one's own and shared ones; with `menu` as the rows of the menu. POST: a new one."""
    if request.method == "POST":
        return save(request, None)
    rows = SessionTemplate.objects.for_user(request.user).select_related("owner")
    if "menu" in request.GET:
        return render(request, "sessions/_template_rows.html", {"templates": rows[:50]})
    shown = [card(row, request.user) for row in rows]
    return render(request, "templates/templates_page.html", {"templates": shown, **footer(request.user)})


@require_GET
def new(request: HttpRequest) -> HttpResponse:
    """An empty form; with `session` it begins with what that session is set to."""
    template = SessionTemplate()
    if request.GET.get("session"):
        chat = get_object_or_404(
            ChatSession.objects.for_user(request.user), pk=uuid_or_404(request.GET["session"])
        )
        template = SessionTemplate(name=chat.title[:80], model=chat.model, settings=chat.settings)
    return form(request, template)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    template = own_or_404(request, pk)
    return save(request, template) if request.method == "POST" else form(request, template)


def own_or_404(request: HttpRequest, pk: UUID) -> SessionTemplate:
    """Changed are one's own only; shared ones of others are duplicated."""
    rows = SessionTemplate.objects.for_user(request.user).filter(owner=request.user.pk)
    return get_object_or_404(rows.select_related("owner"), pk=pk)


def save(request: HttpRequest, template: SessionTemplate | None) -> HttpResponse:
    """Make or change one; a refused one comes back with its sentences and everything that was entered."""
    person: Any = request.user
    contents = entered(request)
    try:
        if template is None:
            make_template(owner=person, contents=contents)
        else:
            change_template(template=template, person=person, contents=contents)
    except Refused as refusal:
        problems = refusal.sentences if isinstance(refusal, BadSetting) else {"": refusal.sentence}
        shown = SessionTemplate(**as_typed(contents))
        if template is not None:
            shown.pk, shown._state.adding = template.pk, False
        return form(request, shown, problems, refusal.status)
    messages.info(request, _("“%(name)s” is saved.") % {"name": " ".join(contents.name.split())})
    return HttpResponse(status=303, headers={"Location": "/templates/"})


def entered(request: HttpRequest) -> Contents:
    post = request.POST
    return Contents(
        name=post.get("name", ""),
        description=post.get("description", ""),
        model=post.get("model", ""),
        settings=given_settings(request),
        opening=post.get("opening", "").replace("\r\n", "\n"),
        shared=post.get("shared") == "on",
    )


def as_typed(contents: Contents) -> dict[str, Any]:
    """A row that is not kept: what was entered, as it was."""
    settings = {name: value for name, value in contents.settings.items() if value is not None}
    return {
        "name": contents.name,
        "description": contents.description,
        "model": contents.model,
        "settings": settings,
        "opening": contents.opening,
        "shared": contents.shared,
    }


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    template = own_or_404(request, pk)
    delete_template(template=template)
    messages.info(request, _("“%(name)s” is deleted. Sessions begun with it stay.") % {"name": template.name})
    return done(request)


@require_POST
def duplicate(request: HttpRequest, pk: UUID) -> HttpResponse:
    person: Any = request.user
    template = get_object_or_404(SessionTemplate.objects.for_user(person), pk=pk)
    try:
        made = duplicate_template(template=template, owner=person)
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return done(request)
    return redirect("template", made.pk)


@require_POST
def use(request: HttpRequest, pk: UUID) -> HttpResponse:
    try:
        return start(request, str(pk))
    except Refused as refusal:
        messages.error(request, refusal.sentence)
        return done(request)


def done(request: HttpRequest) -> HttpResponse:
    """Back to the list; a page that asked by htmx goes there too."""
    if request.headers.get("HX-Request"):
        return HttpResponse(status=204, headers={"HX-Redirect": "/templates/"})
    return HttpResponse(status=303, headers={"Location": "/templates/"})


# ---------------------------------------------------------------- what the pages show


def form(
    request: HttpRequest,
    template: SessionTemplate,
    problems: dict[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    settings, problems = template.settings, problems or {}
    context = {
        "template": template,
        "is_new": template._state.adding,
        "models": models(template.model, request.user),
        "numbers": {name: shown(settings.get(name)) for name in NUMBERS},
        "choices": {name: choice(settings.get(name)) for name in CHOICES},
        "instructions": settings.get("system_prompt", ""),
        "tools": tool_rows(settings.get("tools")),
        "problems": problems,
        "problem": problems.get("", ""),
        "may_share": getattr(request.user, "is_staff", False),
    }
    return render(request, "templates/template_page.html", {**context, **footer(request.user)}, status=status)


def models(chosen: str, person: Any) -> list[dict[str, str]]:
    """Those that are offered, and the chosen one where it is not any more."""
    rows = [{"id": info.id, "label": info.label} for info in offering.offered(person)]
    if chosen and chosen not in {row["id"] for row in rows}:
        rows.append(
            {"id": chosen, "label": _("%(model)s (not offered)") % {"model": offering.label(chosen[:80])}}
        )
    return rows


def shown(value: Any) -> str:
    return value if isinstance(value, str) else number_words(value)


def choice(value: Any) -> str:
    return "" if value is None else "on" if value is True else "off"


def card(row: SessionTemplate, person: Any) -> dict[str, Any]:
    """A row of the list."""
    own = row.owner_id == person.pk
    return {
        "id": row.pk,
        "name": row.name,
        "description": row.description,
        "own": own,
        "shared": row.shared,
        "facts": facts(row),
        "opening": row.opening,
    }


def facts(row: SessionTemplate) -> list[str]:
    """What it sets, in a few words."""
    settings = row.settings
    told = [offering.label(row.model) if row.model else _("Default model")]
    if "temperature" in settings:
        told.append(_("temperature %(value)s") % {"value": settings["temperature"]})
    if "max_tokens" in settings:
        told.append(_("at most %(value)s tokens") % {"value": f"{settings['max_tokens']:,}"})
    if "context_window" in settings:
        told.append(_("window of %(value)s") % {"value": settings["context_window"]})
    if "context_tokens" in settings:
        told.append(_("budget of %(value)s tokens") % {"value": f"{settings['context_tokens']:,}"})
    if settings.get("system_prompt"):
        told.append(_("own instructions"))
    if "tools" in settings:
        told.append(_("chosen tools"))
    return told
