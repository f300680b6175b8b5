"""Which models are offered: what staff decide, and what providers' lists name."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from sessions_app import offering
from sessions_app.models import ModelOffer
from sessions_app.providers import catalog
from sessions_app.providers.base import ModelInfo
from sessions_app.transactions import write

from .audit import record


@dataclass(frozen=True, slots=True)
class Seen:
    """How many models a list named, how many of them are new here, and how many it no longer names."""

    listed: int
    new: int
    gone: int


@write()
def offer_models(*, models: Iterable[str], offered: bool, actor: Any) -> int:
    """Offer these models, or no longer; how many were changed. Only what is known can be."""
    known, changed = offering.current().known, 0
    for model in models:
        if model not in known:
            continue
        values = {"provider": known[model].provider, "source": source_of(model), "offered": offered}
        row, made = ModelOffer.objects.get_or_create(model=model, defaults=values)
        if not made and row.offered != offered:
            ModelOffer.objects.filter(pk=row.pk).update(offered=offered)
        elif not made or offered:  # without a row it was offered already
            continue
        changed += 1
        action = "offered a model" if offered else "stopped offering a model"
        record(actor=actor, action=action, subject=row, detail=model)
    return changed


def source_of(model: str) -> str:
    """Of a model that has no row yet: the catalog knows it, or staff name it."""
    return ModelOffer.Source.CATALOG if in_catalog(model) else ModelOffer.Source.STAFF


def in_catalog(model: str) -> bool:
    try:
        catalog.model(model)
    except catalog.UnknownModel:
        return False
    return True


@write()
def remember_listed(*, provider: str, listed: Sequence[ModelInfo], actor: Any) -> Seen:
    """Note what a provider's list names now. A model that is new here is not offered before staff say so; figures that
    staff entered stay."""
    now, rows = timezone.now(), ModelOffer.objects.filter(provider=provider)
    known = {row.model: row for row in rows}
    named = {_id(provider, info.id): info for info in listed}
    new = [_listed(provider, key, info) for key, info in named.items() if key not in known and _is_new(key)]
    ModelOffer.objects.bulk_create([row for row in new if len(row.model) <= 120], ignore_conflicts=True)
    for key in named.keys() & known.keys():
        _complete(known[key], named[key])
    rows.filter(model__in=list(named)).update(listed_at=now, gone=False)
    gone = rows.filter(listed_at__isnull=False, gone=False).exclude(model__in=list(named)).update(gone=True)
    record(
        actor=actor,
        action="asked for a list of models",
        subject=offering.provider_label(provider),
        detail=f"{len(named)} models, {len(new)} new, {gone} gone",
    )
    return Seen(len(named), len(new), gone)


def _id(provider: str, model: str) -> str:
    """The id people choose by: that of a compatible server begins with its name."""
    if provider not in dict(offering.setup().servers) or model.startswith(f"{provider}/"):
        return model
    return f"{provider}/{model}"


def _is_new(model: str) -> bool:
    return not in_catalog(model)


def _listed(provider: str, key: str, info: ModelInfo) -> ModelOffer:
    row = ModelOffer(provider=provider, model=key, source=ModelOffer.Source.LISTED, offered=False)
    _take(row, info)
    return row


def _complete(row: ModelOffer, info: ModelInfo) -> None:
    """Figures of a model that only the list knows follow the list."""
    if row.source == ModelOffer.Source.LISTED:
        _take(row, info)
        row.save()


def _take(row: ModelOffer, info: ModelInfo) -> None:
    """What a list says of a model; what it does not say stays as it is."""
    label = getattr(info, "label", "")
    row.label = row.label or ("" if label in (row.model, info.id) else label[:120])
    row.context_window = row.context_window or getattr(info, "context_window", None) or None
    row.max_output = row.max_output or getattr(info, "max_output", None) or None
    for name in ("pictures", "tools"):
        if getattr(row, name) is None:
            setattr(row, name, getattr(info, name, None))
