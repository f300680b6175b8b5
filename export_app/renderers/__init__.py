"""The formats of this workspace, by name: those of `EXPORT_FORMATS`, in its order."""

from __future__ import annotations

from functools import cache

from django.conf import settings
from django.utils.module_loading import import_string

from .base import NotRendered, Renderer

__all__ = ["NotRendered", "Renderer", "formats", "named"]


def formats() -> dict[str, Renderer]:
    return _loaded(tuple(settings.EXPORT_FORMATS))


@cache
def _loaded(paths: tuple[str, ...]) -> dict[str, Renderer]:
    found = [import_string(path)() for path in paths]
    return {each.name: each for each in found}


def named(word: str) -> Renderer | None:
    """The format of this name, alias or extension, in whatever case."""
    wanted = word.strip().lower().removeprefix(".")
    for each in formats().values():
        if wanted in (each.name, each.extension, *each.aliases):
            return each
    return None
