"""Heroicons, each drawn once: a page has dozens, and their library copies and writes out a tree for every one."""

from __future__ import annotations

from functools import lru_cache

from django import template
from django.utils.safestring import SafeString
from heroicons.templatetags import heroicons

register = template.Library()


@register.simple_tag
def heroicon_outline(name: str, *, size: int = 24, **attributes: str) -> SafeString:
    return _drawn("heroicon_outline", name, size, tuple(attributes.items()))


@register.simple_tag
def heroicon_solid(name: str, *, size: int = 24, **attributes: str) -> SafeString:
    return _drawn("heroicon_solid", name, size, tuple(attributes.items()))


@lru_cache(maxsize=500)
def _drawn(tag: str, name: str, size: int, attributes: tuple[tuple[str, str], ...]) -> SafeString:
    drawn: SafeString = getattr(heroicons, tag)(name, size=size, **dict(attributes))
    return drawn
