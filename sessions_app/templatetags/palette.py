"""Addresses of what can be done with a session, where something answers there."""

from __future__ import annotations

from django import template

from sessions_app.models import ChatSession
from sessions_app.palette import there

register = template.Library()


@register.simple_tag
def session_page(chat: ChatSession, name: str) -> str:
    return there(f"/sessions/{chat.pk}/{name}/")
