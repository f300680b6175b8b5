"""How embedding stands: by which model questions are asked, and which passages wait for a vector."""

from __future__ import annotations

from collections.abc import Collection
from typing import NamedTuple
from uuid import UUID

from django.conf import settings
from django.db.models import Exists, OuterRef, QuerySet

from sessions_app.knowledge.models import EmbeddingRun, Passage, PassageVector


class Waiting(NamedTuple):
    """A passage without a vector. `creator` pays for it."""

    passage: int
    video: UUID
    creator: int
    text: str


def model_in_use() -> str:
    """The model that questions are embedded by; empty where nothing could be found by it. After a change of
    EMBEDDING_MODEL it is the former one, as long as that can be asked, until all passages have their new vectors."""
    wanted: str = settings.EMBEDDING_MODEL
    if not wanted:
        return ""
    ready = EmbeddingRun.objects.values_list("ready", flat=True).first() or ""
    for model in (ready, wanted):
        if model and can_be_asked(model) and PassageVector.objects.filter(model=model).exists():
            return model
    return ""


def can_be_asked(model: str) -> bool:
    name = model.partition("/")[0]
    return name in settings.COMPATIBLE_SERVERS or (name == "openai" and bool(settings.OPENAI_API_KEY))


def without(model: str) -> QuerySet[Passage]:
    """Passages that can be found and have no vector of this model."""
    has = PassageVector.objects.filter(passage=OuterRef("pk"), model=model)
    rows = Passage.objects.filter(~Exists(has), current=True, video__deleted_at__isnull=True)
    return rows.exclude(text="").order_by("pk")


def waiting(model: str, after: int, most: int, but: Collection[int] = ()) -> list[Waiting]:
    """The next ones behind the key `after`, without those of these creators."""
    rows = without(model).filter(pk__gt=after).exclude(video__creator__in=but)
    found = rows.values_list("pk", "video", "video__creator", "text")[:most]
    return [Waiting(*row) for row in found]


def former_models(model: str) -> list[str]:
    """Others that there are still vectors of."""
    models = PassageVector.objects.order_by().values_list("model", flat=True).distinct()
    return [each for each in models if each != model]
