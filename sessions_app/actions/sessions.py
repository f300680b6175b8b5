"""Making chats and changing what they are called and answered by."""

from __future__ import annotations

from typing import Any

from django.db import transaction

from sessions_app import offering
from sessions_app.models import ChatSession
from sessions_app.realtime import feed
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .errors import Refused
from .paths import raise_version

SETTING_RANGES = {"max_tokens": (1, 128_000), "context_window": (10, 1000), "max_turns": (1, 50)}


class BadSetting(Refused):
    kind = "bad_setting"


@write()
def create_session(
    *, owner: Any, title: str = "", model: str = "", settings: dict[str, Any] | None = None
) -> ChatSession:
    """A new, empty chat of this person. `settings` are checked; unknown names are refused."""
    info = offering.choose(model)
    title = " ".join(clean_text(title).split())[:120]
    source = ChatSession.TitleSource.PERSON if title else ChatSession.TitleSource.NONE
    chat = ChatSession.objects.create(
        owner=owner,
        title=title,
        title_source=source,
        model=info.id,
        provider=info.provider,
        settings=checked_settings(settings or {}),
    )
    transaction.on_commit(lambda: feed.session_changed(chat.pk, chat.owner_id))
    return chat


def checked_settings(values: dict[str, Any]) -> dict[str, Any]:
    """The settings of a chat, each in its range; anything else is refused by name."""
    checked: dict[str, Any] = {}
    for name, value in values.items():
        if name == "system_prompt":
            if not isinstance(value, str) or len(value) > 20_000:
                raise BadSetting("system_prompt must be a text of at most 20,000 characters.")
            checked[name] = clean_text(value)
        elif name in SETTING_RANGES:
            low, high = SETTING_RANGES[name]
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise BadSetting(f"{name} must be a whole number from {low:,} to {high:,}.")
            checked[name] = value
        elif name == "thinking":
            if not isinstance(value, bool):
                raise BadSetting("thinking must be true or false.")
            checked[name] = value
        elif name == "temperature":
            if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
                raise BadSetting("temperature must lie between 0 and 1.")
            checked[name] = float(value)
        else:
            raise BadSetting(f"There is no setting {str(name)[:40]!r}.")
    return checked


@write()
def set_model(*, chat: ChatSession, model: str) -> None:
    """What answers in this chat from now on; running replies keep theirs."""
    info = offering.choose(model)
    raise_version(chat.pk, active=False, model=info.id, provider=info.provider)
    transaction.on_commit(lambda: feed.session_changed(chat.pk, chat.owner_id))


@write()
def set_title(*, chat: ChatSession, title: str, by_model: bool) -> bool:
    """Name a chat. A title a person wrote is never replaced by the model's. False if nothing was changed."""
    title = " ".join(clean_text(title).split())[:120]
    rows = ChatSession.objects.filter(pk=chat.pk)
    if by_model:
        rows = rows.exclude(title_source=ChatSession.TitleSource.PERSON)
    if not title or not rows.exists():
        return False
    source = ChatSession.TitleSource.MODEL if by_model else ChatSession.TitleSource.PERSON
    raise_version(chat.pk, active=False, title=title, title_source=source)
    transaction.on_commit(lambda: feed.session_changed(chat.pk, chat.owner_id))
    return True
