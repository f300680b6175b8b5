"""What a provider's own list says of a model, laid over what is known of it already. Pure."""

from __future__ import annotations

from dataclasses import replace

from sessions_app.providers import catalog
from sessions_app.providers.base import ModelInfo


def listed(
    known: ModelInfo, *, label: str | None = None, window: int | None = None, output: int | None = None
) -> ModelInfo:
    """The model with the figures (tokens) that the list gives; what it leaves out stays."""
    return replace(
        known,
        label=label or known.label,
        context_window=window or known.context_window,
        max_output=output or known.max_output,
    )


def known(model_id: str) -> ModelInfo | None:
    """The model as the catalog has it."""
    try:
        return catalog.model(model_id)
    except catalog.UnknownModel:
        return None
