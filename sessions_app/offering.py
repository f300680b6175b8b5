"""Which models this workspace offers, to whom, and who answers where one cannot."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .actions.errors import PremiumModel, UnknownModel
from .lineup import Lineup, Offer, Row, Setup, lineup, unlisted
from .models import ModelOffer
from .prepared import Rows
from .providers import catalog
from .providers.base import ModelInfo

PROVIDERS = {"anthropic": "Anthropic", "openai": "OpenAI", "gemini": "Google", "offline": "Offline"}
NAMELESS = {"anthropic": "Claude", "openai": "ChatGPT", "gemini": "Gemini"}
"""Who answered, by the provider, where the model is not known: exports do not always name it."""

_rows = Rows(lambda: ModelOffer.objects.order_by("position", "provider", "model").values_list(*Row._fields))
_last: tuple[Any, Lineup] | None = None  # of this process: what the rows were when it last read them


def setup() -> Setup:
    """The providers that have what they need."""
    keys = {
        "anthropic": settings.ANTHROPIC_API_KEY,
        "openai": settings.OPENAI_API_KEY,
        "gemini": settings.GEMINI_API_KEY,
    }
    servers = settings.COMPATIBLE_SERVERS
    labels = tuple((name, server.get("label") or name.capitalize()) for name, server in servers.items())
    with_key = [name for name, key in keys.items() if key]
    return Setup((*with_key, *servers, "offline"), labels, settings.DEFAULT_MODEL)


def connected() -> bool:
    """Whether a real provider is set up; without one the offline assistant answers."""
    return len(setup().providers) > 1


def current() -> Lineup:
    """The models as they are now: one small query, and what is made of its rows only where they changed."""
    global _last
    now = (setup(), _rows.raw())
    last = _last
    if last is None or last[0] != now:
        last = _last = (now, lineup(now[0], (Row(*row) for row in _rows.read(now[1]))))
    return last[1]


def offered(person: Any = None) -> tuple[ModelInfo, ...]:
    """Models that may be chosen, the default one's provider first; without a person those for staff alone too."""
    return tuple(offer.info for offer in current().offers.values() if _is_shown(person, offer))


@dataclass(frozen=True, slots=True)
class Choice:
    """A model as a picker shows it. A `locked` one is shown to those whose plan does not have it."""

    info: ModelInfo
    locked: bool
    premium: bool = False

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def pictures(self) -> bool:
        return self.info.pictures

    @property
    def label(self) -> str:
        return f"{self.info.label} (premium plan)" if self.locked else self.info.label

    @property
    def group(self) -> str:
        return provider_label(self.info.provider)


def is_offered(model_id: str, person: Any = None) -> bool:
    offer = current().offers.get(model_id)
    return offer is not None and _is_shown(person, offer)


def choices(person: Any) -> list[Choice]:
    """Every model that is offered to this person, by provider, as they may choose."""
    return [
        Choice(offer.info, not _may_use(person, offer), _is_premium(offer))
        for offer in current().offers.values()
        if _is_shown(person, offer)
    ]


def may_use(person: Any, model: ModelInfo) -> bool:
    """Whether this person's plan has the model; nobody is asked about, then all are."""
    return _may_use(person, current().offers.get(model.id) or Offer(model))


def _is_premium(offer: Offer) -> bool:
    return offer.audience == "premium" or offer.info.id in settings.PREMIUM_MODELS


def _is_shown(person: Any, offer: Offer) -> bool:
    """What is for staff alone, others do not see."""
    return person is None or offer.audience != "staff" or bool(person.is_staff)


def _may_use(person: Any, offer: Offer) -> bool:
    if person is None:
        return True
    return _is_shown(person, offer) and (not _is_premium(offer) or person.plan == "premium")


def default_model(person: Any = None) -> ModelInfo:
    """`DEFAULT_MODEL` where it is offered, else the first model; of those the person may use, as long as there are any."""
    return _default(current(), person).info


def _default(now: Lineup, person: Any) -> Offer:
    usual = now.offers.get(settings.DEFAULT_MODEL) or next(iter(now.offers.values()), None)
    if usual is None:  # staff switched everything off
        return Offer(catalog.model(catalog.OFFLINE_MODEL))
    return next((offer for offer in (usual, *now.offers.values()) if _may_use(person, offer)), usual)


def choose(wanted: str, fallback: str = "", person: Any = None) -> ModelInfo:
    """The model a person named, else the chat's own, else the default; refuses a name that is not offered to `person`,
    and a model that they, where one is given, have no plan for."""
    now = current()
    offer = now.offers.get(wanted or fallback)
    if offer is not None and not _is_shown(person, offer):
        offer = None
    if wanted and offer is None:
        raise UnknownModel
    offer = offer or _default(now, person)
    if not _may_use(person, offer):
        raise PremiumModel(offer.info.label)
    return offer.info


def fallbacks(model: ModelInfo, person: Any) -> list[ModelInfo]:
    """Who answers in their order where this model cannot: those staff named, else the usual model of each other
    provider and then the offline assistant. Never one that the person may not use."""
    if not settings.FALLBACK or model.provider == "offline":
        return []
    now = current()
    named = now.offers[model.id].fallbacks if model.id in now.offers else None
    if named is None:
        others = (name for name in setup().providers if name != model.provider)
        found = [_usual(now, name, person) for name in others]
    else:
        found = [now.offers.get(each) for each in named]
    infos = [offer.info for offer in found if offer is not None and _may_use(person, offer)]
    return [info for info in infos if info.id != model.id]


def _usual(now: Lineup, provider: str, person: Any) -> Offer | None:
    """The default model of a provider, of those the person may use."""
    default = now.offers.get(settings.DEFAULT_MODEL)
    first = [default] if default is not None and default.info.provider == provider else []
    return next((offer for offer in (*first, *now.first_of(provider)) if _may_use(person, offer)), None)


def model(model_id: str, provider: str = "") -> ModelInfo:
    """What is known of a model, offered or not. Raises UnknownModel of the catalog, a KeyError. Reads no rows: it knows
    those that this process last read, so that it may be asked on the event loop."""
    if _last is not None and model_id in _last[1].known:
        return _last[1].known[model_id]
    try:
        return catalog.model_or_default(model_id, provider)
    except catalog.UnknownModel:
        found = unlisted(model_id, setup())
        if found is None or found.provider not in dict(setup().servers):
            raise
        return found


def cheap_model(provider: str, answered: str) -> ModelInfo:
    """What writes titles: the provider's cheap model where it is offered, else the one that answered."""
    with suppress(catalog.UnknownModel):
        cheap = current().offers.get(catalog.title_model(provider).id)
        if cheap is not None:
            return cheap.info
    return model(answered, provider)


def label(model_id: str, provider: str = "") -> str:
    """A model's name for people; one that is not known (any more) is called by its id."""
    if not model_id:
        return NAMELESS.get(provider, "Assistant")
    try:
        return model(model_id, provider).label
    except KeyError:
        return model_id


def provider_label(provider: str) -> str:
    """A provider's name for people; one that is not known is called by its id."""
    return PROVIDERS.get(provider) or dict(setup().servers).get(provider, provider)
