"""Which models this workspace offers: those of every provider that has what it needs."""

from __future__ import annotations

from django.conf import settings

from .actions.errors import UnknownModel
from .providers import catalog
from .providers.base import ModelInfo


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


def default_model() -> ModelInfo:
    """`DEFAULT_MODEL` where it is offered, else the first model."""
    models = {model.id: model for model in offered()}
    return models.get(settings.DEFAULT_MODEL) or next(iter(models.values()))


def choose(wanted: str, fallback: str = "") -> ModelInfo:
    """The model a person named, else the chat's own, else the default; refuses a name that is not offered."""
    models = {model.id: model for model in offered()}
    if wanted:
        if wanted not in models:
            raise UnknownModel
        return models[wanted]
    return models.get(fallback) or default_model()


def label(model: str, provider: str = "") -> str:
    """A model's name for people; one that is not known (any more) is called by its id."""
    try:
        return catalog.model_or_default(model, provider).label if model else "Assistant"
    except KeyError:
        return model
