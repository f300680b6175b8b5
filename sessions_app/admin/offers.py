"""Models: which are offered, to whom, and who answers where one cannot."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from asgiref.sync import async_to_sync
from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from sessions_app import offering, pricing
from sessions_app.actions import offers as actions
from sessions_app.lineup import Lineup
from sessions_app.models import ModelOffer
from sessions_app.providers.base import ModelInfo, ProviderError
from sessions_app.standing import standings

from .base import StaffAdmin
from .columns import exact

if TYPE_CHECKING:
    OfferModelForm = forms.ModelForm[ModelOffer]
else:
    OfferModelForm = forms.ModelForm

LONGEST = 20.0  # seconds that a provider's list may take
PLACES = ("first", "second", "third")


class OfferForm(OfferModelForm):
    """A model and what is offered of it. Who answers instead is chosen, in three places."""

    usual = forms.BooleanField(
        label="The usual order answers instead",
        required=False,
        help_text="The usual model of each other provider, then the offline assistant. Else those chosen below, or nobody.",
    )

    class Meta:
        model = ModelOffer
        fields = ("provider", "model", "label", "offered", "audience", "context_window", "max_output",
                  "pictures", "tools", "position")  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = self.instance.fallbacks
        self.fields["usual"].initial = named is None
        models = [("", "nobody"), *((info.id, f"{info.label} ({info.id})") for info in offering.offered())]
        gone = [(each, f"{each} (not offered)") for each in named or () if each not in dict(models)]
        for number, place in enumerate(PLACES):
            chosen = named[number] if named and number < len(named) else ""
            self.fields[place] = forms.ChoiceField(
                label=f"{place.capitalize()} instead",
                choices=[*models, *gone],
                required=False,
                initial=chosen,
            )
        if "provider" in self.fields:
            names = [*offering.setup().providers, self.instance.provider]
            known = [(name, offering.provider_label(name)) for name in dict.fromkeys(names) if name]
            self.fields["provider"] = forms.ChoiceField(choices=known)

    def clean(self) -> dict[str, Any]:
        values = super().clean() or self.cleaned_data
        provider, model = values.get("provider"), values.get("model", "")
        if provider in dict(offering.setup().servers) and not model.startswith(f"{provider}/"):
            self.add_error("model", f"The models of this server begin with {provider}/.")
        chain = [values[place] for place in PLACES if values.get(place)]
        if len(set(chain)) != len(chain) or (model or self.instance.model) in chain:
            self.add_error(
                "first", "Each model can answer once, and none instead of itself. Choose others, or nobody."
            )
        self.instance.fallbacks = None if values.get("usual") else chain
        if not self.instance.pk:
            self.instance.source = actions.source_of(model)
        return values


@dataclass(frozen=True, slots=True)
class Line:
    """A model in the table of the page."""

    info: ModelInfo
    row: ModelOffer | None
    offered: bool
    set_up: bool
    price: str
    chain: str

    @property
    def change_url(self) -> str:
        if self.row is not None:
            return reverse("admin:sessions_app_modeloffer_change", args=[self.row.pk])
        return named("admin:sessions_app_modeloffer_add", self.info)

    @property
    def price_url(self) -> str:
        return named("admin:sessions_app_modelprice_add", self.info)

    @property
    def audience(self) -> str:
        return self.row.get_audience_display() if self.row else "Everyone"


def named(route: str, info: ModelInfo) -> str:
    """A form that begins with this model."""
    return f"{reverse(route)}?{urlencode({'provider': info.provider, 'model': info.id})}"


@admin.register(ModelOffer)
class ModelOfferAdmin(StaffAdmin):
    form = OfferForm

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return [*OfferForm.Meta.fields, "usual", *PLACES]

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """The three places are made by the form itself, which the admin does not see."""
        return super().get_form(request, obj, change, **{**kwargs, "fields": OfferForm.Meta.fields})

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return ("provider", "model") if obj else ()

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """All models in one table, those without a row too."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            self.carry_out(request)
            return HttpResponseRedirect(request.path)
        context = {
            **self.around(request),
            "title": _("Models"),
            "groups": groups(),
            "may_change": self.has_change_permission(request),
        }
        return TemplateResponse(request, "admin/sessions_app/modeloffer/models.html", context)

    def carry_out(self, request: HttpRequest) -> None:
        if not self.has_change_permission(request):
            raise PermissionDenied
        if "refresh" in request.POST:
            for provider in offering.setup().providers:
                self.refresh(request, provider)
            return
        offered = request.POST.get("offered") == "1"
        chosen = request.POST.getlist("model")
        if not chosen:
            messages.warning(request, _("Choose models first: none was chosen."))
            return
        changed = actions.offer_models(models=chosen, offered=offered, actor=request.user)
        if offered:
            words = ngettext("%(n)s model is offered now.", "%(n)s models are offered now.", changed)
        else:
            words = ngettext(
                "%(n)s model is not offered any more.", "%(n)s models are not offered any more.", changed
            )
        messages.success(request, words % {"n": changed})

    def refresh(self, request: HttpRequest, provider: str) -> None:
        """Ask a provider for its list; no transaction is open meanwhile."""
        label = offering.provider_label(provider)
        try:
            listed = async_to_sync(list_of)(provider)
        except ProviderError as problem:
            messages.error(request, f"{label}: {problem.sentence} {_('Its models stay as they were.')}")
            return
        except TimeoutError:
            messages.error(request, _("%s did not answer in time. Its models stay as they were.") % label)
            return
        if listed is not None:
            seen = actions.remember_listed(provider=provider, listed=listed, actor=request.user)
            figures = {"label": label, "listed": seen.listed, "new": seen.new, "gone": seen.gone}
            words = _("%(label)s names %(listed)s models: %(new)s new here, %(gone)s gone.")
            messages.success(request, words % figures)


async def list_of(name: str) -> list[ModelInfo] | None:
    """What a provider's own list names; None where it has none."""
    from sessions_app.realtime.connections import provider

    speaker = provider(name)
    lists = getattr(speaker, "list_models", None)
    if lists is None or name == "offline":
        return None
    try:
        async with asyncio.timeout(LONGEST):
            found: list[ModelInfo] = await lists()
            return found
    finally:
        await speaker.aclose()  # of this loop, which ends


def groups() -> list[dict[str, Any]]:
    """The models by provider: those that are set up first, each with how it stands."""
    now, rows = offering.current(), {row.model: row for row in ModelOffer.objects.all()}
    ready, at, states = offering.setup().providers, timezone.now(), standings()
    lines: dict[str, list[Line]] = {name: [] for name in ready}
    for info in [*(offer.info for offer in now.offers.values()), *now.known.values()]:
        kept = lines.setdefault(info.provider, [])
        if all(line.info.id != info.id for line in kept):
            kept.append(line_of(info, rows.get(info.id), now, info.provider in ready))
    return [
        {
            "label": offering.provider_label(name),
            "set_up": name in ready,
            "out": name in states and states[name].is_out(at),
            "lines": found,
        }
        for name, found in lines.items()
    ]


def line_of(info: ModelInfo, row: ModelOffer | None, now: Lineup, set_up: bool) -> Line:
    rates = pricing.rates(info.provider, info.id, timezone.now())
    price = f"{exact(rates['input'])} / {exact(rates['output'])}" if rates else ""
    chain = "usual order"
    if row is not None and row.fallbacks is not None:
        chain = ", ".join(offering.label(each) for each in row.fallbacks) or "nobody"
    return Line(info, row, info.id in now.offers, set_up, price, chain if info.provider != "offline" else "")
