"""Buttons under messages, drawn once for each kind of message: they differ in two keys only, and a page has hundreds."""

from __future__ import annotations

from functools import lru_cache
from types import SimpleNamespace
from typing import Any

from django import template
from django.template.loader import get_template
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import get_language

register = template.Library()

CHAT = "00000000-0000-0000-0000-00000000c0de"  # stands for the session's key, which is one of version 7
MESSAGE = "00000000-0000-0000-0000-00000000beef"


@register.simple_tag
def message_buttons(article: Any, name: str) -> SafeString:
    """The template `name` for this article, of which it may use keys, role and actions. Nothing without actions."""
    if not article.actions:
        return SafeString("")
    drawn = _drawn(name, article.role, article.actions, get_language())
    return mark_safe(drawn.replace(CHAT, article.session_id).replace(MESSAGE, article.id))


@lru_cache(maxsize=100)
def _drawn(name: str, role: str, actions: tuple[str, ...], language: str | None) -> str:
    stand_in = SimpleNamespace(id=MESSAGE, session_id=CHAT, role=role, actions=actions)
    return str(get_template(name).render({"article": stand_in})).strip()
