"""Which models this workspace offers: those of every provider that has what it needs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings

from .actions.errors import PremiumModel, UnknownModel
from .providers import catalog
from .providers.base import ModelInfo

PROVIDERS = {"anthropic": "Anthropic", "offline": "Offline", "openai": "OpenAI"}


def connected() -> bool:
    """Whether a real provider is set up; without one the offline assistant answers."""
    return bool(settings.ANTHROPIC_API_KEY)


def offered() -> tuple[ModelInfo, ...]:
    """Models a person may choose, the default one's provider first."""
    known = [model for model in catalog.models() if connected() or model.provider == "offline"]
    chosen = settings.DEFAULT_MODEL
    if connected() and chosen and chosen not in {model.id for model in known}:
        known.insert(0, catalog.model_or_default(chosen, "anthropic"))
    return tuple(known)


@dataclass(frozen=True, slots=True)
class Choice:
    """A model as a picker shows it. A `locked` one is shown to those whose plan does not have it."""

    info: ModelInfo
    locked: bool

    @property
    def id(self) -> str:
        return self.info.id

    @property
    def pictures(self) -> bool:
        return self.info.pictures

    @property
    def label(self) -> str:
        return f"{self.info.label} (premium plan)" if self.locked else self.info.label


def choices(person: Any) -> list[Choice]:
    """Every model that is offered, as this person may choose."""
    return [Choice(model, not may_use(person, model)) for model in offered()]


def may_use(person: Any, model: ModelInfo) -> bool:
    """Whether this person's plan has the model; nobody is asked about, then all are."""
    return person is None or not is_premium(model) or person.plan == "premium"


def is_premium(model: ModelInfo) -> bool:
    return model.id in settings.PREMIUM_MODELS


def default_model(person: Any = None) -> ModelInfo:
    """`DEFAULT_MODEL` where it is offered, else the first model; of those the person may use, as long as there are any."""
    models = {model.id: model for model in offered()}
    usual = models.get(settings.DEFAULT_MODEL) or next(iter(models.values()))
    return next((model for model in (usual, *models.values()) if may_use(person, model)), usual)


def choose(wanted: str, fallback: str = "", person: Any = None) -> ModelInfo:
    """The model a person named, else the chat's own, else the default; refuses a name that is not offered, and a model
    that `person`, where one is given, has no plan for."""
    models = {model.id: model for model in offered()}
    if wanted and wanted not in models:
        raise UnknownModel
    model = models.get(wanted or fallback) or default_model(person)
    if not may_use(person, model):
        raise PremiumModel(model.label)
    return model


NAMELESS = {"anthropic": "Claude", "openai": "ChatGPT"}
"""Who answered, by the provider, where the model is not known: exports do not always name it."""


def label(model: str, provider: str = "") -> str:
    """A model's name for people; one that is not known (any more) is called by its id."""
    if not model:
        return NAMELESS.get(provider, "Assistant")
    try:
        return catalog.model_or_default(model, provider).label
    except KeyError:
        return model


def provider_label(provider: str) -> str:
    """A provider's name for people; one that is not known is called by its id."""
    return PROVIDERS.get(provider, provider)
