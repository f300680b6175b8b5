"""Many sessions at once: which ones, in which formats, with what in them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from export_app.actions.exporting import MOST, begin_export
from export_app.bulk.choice import WHICH, Choice
from export_app.options import Option
from export_app.renderers import Renderer, formats
from sessions_app.actions.errors import Refused
from sessions_app.models import SessionTag
from sessions_app.rendering.footer import footer


@never_cache
@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """GET: the form, or for htmx what it will be. POST: begin; with `choose` the form for the sessions that are named."""
    person: Any = request.user
    given = request.POST if request.method == "POST" else request.GET
    choice = Choice.of(person, given)
    if request.headers.get("HX-Target") == "export-sum":
        return render(request, "exports/_sum.html", {"sums": choice.sums()})
    if request.method == "GET" or "choose" in given:
        return form(request, choice, {})
    wanted = given.getlist("format")
    keys = list(choice.rows().values_list("pk", flat=True)[: MOST + 1])
    try:
        begin_export(owner=person, sessions=keys, formats=wanted, options=options_of(wanted, given))
    except Refused as refusal:
        return form(request, choice, given, refusal)
    return HttpResponse(status=303, headers={"Location": reverse("exports")})


def form(
    request: HttpRequest, choice: Choice, given: Mapping[str, Any], refusal: Refused | None = None
) -> HttpResponse:
    posted = isinstance(given, QueryDict)
    wanted = given.getlist("format") if isinstance(given, QueryDict) else [next(iter(formats()), "")]
    context = {
        "choice": choice,
        "which": WHICH,
        "sums": choice.sums(),
        "titles": [chat.title for chat in choice.rows()[:5]] if choice.keys else [],
        "tags": SessionTag.objects.filter(owner=choice.person.pk)
        .order_by("name")
        .values_list("name", flat=True)
        .distinct(),
        "formats": [(each, each.name in wanted) for each in formats().values()],
        "groups": [
            group(having, options, given, posted=posted and any(each.name in wanted for each in having))
            for having, options in option_groups().items()
        ],
        "problem": refusal.sentence if refusal else "",
        **footer(choice.person),
    }
    return render(request, "exports/new_page.html", context, status=refusal.status if refusal else 200)


# ---------------------------------------------------------------- options


def shared_options() -> list[Option]:
    """Those that several formats have, alike: asked once."""
    count = Counter(option for each in formats().values() for option in each.options)
    return [option for option, number in count.items() if number > 1]


def option_groups() -> dict[tuple[Renderer, ...], list[Option]]:
    """Options by the formats that have them, those of most formats first."""
    found: dict[tuple[Renderer, ...], list[Option]] = {}
    for option in dict.fromkeys(option for each in formats().values() for option in each.options):
        having = tuple(each for each in formats().values() if option in each.options)
        found.setdefault(having, []).append(option)
    return dict(sorted(found.items(), key=lambda each: -len(each[0])))


def group(
    having: tuple[Renderer, ...], options: Iterable[Option], given: Mapping[str, Any], *, posted: bool
) -> dict[str, Any]:
    """Options of these formats as the form shows them; those of more than half of all take no heading."""
    general = len(having) * 2 > len(formats())
    name = having[0].name if len(having) == 1 else ""
    return {
        "of": " ".join(each.name for each in having),
        "heading": "" if general else ", ".join(each.label for each in having),
        "fields": [field(each, name, given, posted=posted) for each in options],
    }


def field_name(option: Option, renderer: str) -> str:
    return f"o-{renderer}-{option.name}" if renderer else f"o-{option.name}"


def field(option: Option, renderer: str, given: Mapping[str, Any], *, posted: bool) -> dict[str, Any]:
    """An option as a form shows it, with what was entered."""
    name = field_name(option, renderer)
    value: Any = given.get(name, option.default)
    if option.kind == "switch" and posted:
        value = name in given
    return {"option": option, "name": name, "value": value}


def options_of(wanted: Iterable[str], given: QueryDict) -> dict[str, dict[str, Any]]:
    """What was entered for each of these formats. A switch that is off is not sent."""
    shared = shared_options()
    found: dict[str, dict[str, Any]] = {}
    for name in wanted:
        renderer = formats().get(name)
        if renderer is None:
            continue
        found[name] = {}
        for option in renderer.options:
            sent = field_name(option, "" if option in shared else name)
            if option.kind == "switch":
                found[name][option.name] = sent in given
            elif sent in given:
                found[name][option.name] = given[sent]
    return found
