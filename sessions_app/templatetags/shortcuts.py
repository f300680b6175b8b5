"""The table of keys, for the list on the page and its listener."""

from __future__ import annotations

from typing import Any

from django import template

from sessions_app import shortcuts

register = template.Library()


@register.simple_tag
def shortcut_groups() -> tuple[shortcuts.Group, ...]:
    return shortcuts.GROUPS


@register.filter
def hears_shortcuts(user: Any) -> bool:
    return shortcuts.heard(user)
