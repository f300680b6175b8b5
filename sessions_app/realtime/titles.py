"""A chat's title, written by a cheap model after the first answer; delays nothing, and may fail quietly."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sessions_app import offering
from sessions_app.actions import sessions
from sessions_app.agent.context import title_request
from sessions_app.models import ChatSession, Reply, TokenUsage
from sessions_app.prepared import Rows, Select, given
from sessions_app.providers.base import Request
from sessions_app.reading import read

from .aside import ask

if TYPE_CHECKING:
    from .runner import Runner

_unnamed = Select(
    lambda: ChatSession.objects.filter(
        pk=given("chat"), title_source=ChatSession.TitleSource.NONE, deleted_at__isnull=True
    )
)
_title_calls = Rows(
    lambda: (
        TokenUsage.objects.filter(session=given("chat"), purpose=TokenUsage.Purpose.TITLE)
        .order_by()
        .values_list("pk")[:1]
    )
)


def wanted(reply: Reply) -> tuple[ChatSession, Request] | None:
    """The chat and the request, where it has no title of its own yet and no title call was made before."""
    chat = _unnamed.first(chat=reply.session_id)
    if chat is None or _title_calls.any(chat=chat.pk):
        return None
    config = reply.model_config
    info = offering.cheap_model(config["provider"], config["model"])
    request = title_request(reply, info.id)
    return (chat, replace(request, info=info)) if request else None


async def write_title(runner: Runner, reply: Reply) -> None:
    """Ask for a title and store it, with its own ledger row. Whatever fails leaves the chat as it was."""
    found = await read(wanted, reply)
    if found is None:
        return
    chat, request = found
    said = await ask(runner, chat, request, reply, reply.model_config["provider"])
    if said.text:
        await runner.writer.run(sessions.set_title, chat=chat, title=cleaned(said.text), by_model=True)


def cleaned(title: str) -> str:
    """One line without the quotes and full stops models like to add."""
    line = next((line.strip() for line in title.splitlines() if line.strip()), "")
    return line.strip("#*\"'“”` ").rstrip(".")[:120]
