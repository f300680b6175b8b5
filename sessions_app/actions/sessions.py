"""Making chats and changing what they are called and answered by."""

from __future__ import annotations

from typing import Any

from sessions_app import offering
from sessions_app.models import ChatSession
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .paths import locked, raise_version, tell_pages
from .settings import checked_settings, fitting, refuse_clash


@write()
def create_session(
    *,
    owner: Any,
    title: str = "",
    model: str = "",
    settings: dict[str, Any] | None = None,
    kind: str = ChatSession.Kind.CHAT,
) -> ChatSession:
    """A new, empty chat of this person. `settings` are checked; unknown names are refused."""
    info = offering.choose(model, person=owner)
    title = " ".join(clean_text(title).split())[:120]
    source = ChatSession.TitleSource.PERSON if title else ChatSession.TitleSource.NONE
    chat = ChatSession.objects.create(
        owner=owner,
        kind=kind,
        title=title,
        title_source=source,
        model=info.id,
        provider=info.provider,
        settings=checked_settings(settings or {}),
    )
    tell_pages(chat)
    return chat


@write()
def change_settings(
    *, chat: ChatSession, values: dict[str, Any], model: str = "", person: Any = None
) -> tuple[str, ...]:
    """Merge `values` into the chat's settings; None takes one out. One bad value refuses all.

    With `model` that answers from now on (running replies keep theirs), and what it does not take goes out: the names
    of those are returned. `person` is who chooses it, by the rights of their plan.
    """
    chat = locked(chat.pk)
    info = offering.choose(model, "" if model else chat.model, person if model else None)
    kept, dropped = fitting(chat.settings, info) if model else (chat.settings, ())
    given = checked_settings({name: value for name, value in values.items() if value is not None}, info)
    wanted = {name: value for name, value in {**kept, **values, **given}.items() if value is not None}
    refuse_clash(wanted, info, given)
    changes: dict[str, Any] = {"settings": wanted} if wanted != chat.settings else {}
    if model and (info.id, info.provider) != (chat.model, chat.provider):
        changes |= {"model": info.id, "provider": info.provider}
    if changes:
        raise_version(chat.pk, active=False, known=chat.version, **changes)
        tell_pages(chat)
    return dropped


def set_model(*, chat: ChatSession, model: str, person: Any = None) -> tuple[str, ...]:
    """What answers in this chat from now on; the names of the settings it does not take, which go out."""
    return change_settings(chat=chat, values={}, model=model, person=person) if model else ()


@write()
def set_title(*, chat: ChatSession, title: str, by_model: bool) -> bool:
    """Name a chat. A title a person wrote is never replaced by the model's. False if nothing was changed."""
    title = " ".join(clean_text(title).split())[:120]
    rows = ChatSession.objects.filter(pk=chat.pk)
    if by_model:
        rows = rows.exclude(title_source=ChatSession.TitleSource.PERSON)
    else:
        locked(chat.pk)
    if not title or not rows.exists():
        return False
    source = ChatSession.TitleSource.MODEL if by_model else ChatSession.TitleSource.PERSON
    raise_version(chat.pk, active=False, title=title, title_source=source)
    tell_pages(chat)
    return True


@write()
def clear_title(*, chat: ChatSession) -> None:
    """Take its title away: the model may name it again."""
    if locked(chat.pk).title:
        none = ChatSession.TitleSource.NONE
        raise_version(chat.pk, active=False, title="", title_source=none)
        tell_pages(chat)
