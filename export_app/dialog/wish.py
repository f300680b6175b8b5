"""What somebody wants of a session as a file: format, options, all of it or one message. Read from forms and addresses."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import tzinfo
from functools import cached_property
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from export_app.dialog.choices import remembered, shown_before
from export_app.naming import file_name
from export_app.options import VERSIONS, Option, Value, known, possible
from export_app.renderers import Renderer, formats, named
from export_app.transcript import Transcript
from sessions_app.actions.errors import Refused
from sessions_app.models import ChatSession, Message

WAITED_MESSAGES, WAITED_CHARACTERS = 80, 150_000
"""Up to so much is made of a heavy format while its person waits."""

Way = Literal["now", "wait", "background"]


class NoFormat(Refused):
    kind = "no_format"
    sentence = "There is no such format."


class NoMessage(Refused):
    kind = "no_message"
    status = 404
    sentence = "That message is not in this session any more."


@dataclass(frozen=True)
class Wish:
    """`message` is the only one that is wanted. `before` is what its form had chosen for other formats. Times are told in
    `zone`, or in that of the page."""

    chat: ChatSession
    person: Any
    renderer: Renderer
    options: Mapping[str, Value]
    message: Message | None = None
    before: Mapping[str, Mapping[str, Value]] = field(default_factory=dict)
    zone: tzinfo | None = None

    @cached_property
    def transcript(self) -> Transcript:
        zone = self.zone or timezone.get_current_timezone()
        whole = self.renderer.transcript(
            Transcript(self.chat, reader=self.person.pk, zone=zone), dict(self.options)
        )
        return replace(whole, others=True, keys=(self.message.pk,), alone=True) if self.message else whole

    @property
    def offered(self) -> list[Option]:
        """The options that mean something here: one message has no other messages beside it."""
        return [each for each in self.renderer.options if not (self.message and each is VERSIONS)]

    @property
    def name(self) -> str:
        title = self.chat.title or "New session"
        if self.message:
            title = f"{title} message {self.message.position}"
        return file_name(title, "zip" if self.volumes > 1 else self.renderer.extension)

    @cached_property
    def volumes(self) -> int:
        """How many files it will be: several leave as one ZIP."""
        if self.way != "background":
            return 1
        return len(self.renderer.volumes(self.transcript))

    @cached_property
    def size(self) -> int:
        """About how many bytes it will have."""
        return self.renderer.estimate(self.transcript, self.options)

    @cached_property
    def way(self) -> Way:
        """How it is made: light formats leave as they are written."""
        told, volume = self.transcript, self.renderer.volume
        if not self.renderer.heavy or self.message:
            return "wait" if self.renderer.heavy else "now"
        long = told.count > WAITED_MESSAGES or sum(told.weights.values()) > WAITED_CHARACTERS
        return "background" if long or 0 < volume < told.count else "wait"

    @property
    def kept(self) -> str:
        """What was chosen for the other formats, for the form to carry."""
        others = {name: values for name, values in self.before.items() if name != self.renderer.name}
        return json.dumps(others) if others else ""

    @property
    def query(self) -> str:
        """All of it, for an address."""
        message = {"message": self.message.pk} if self.message else {}
        values = {each.name: said(self.options[each.name]) for each in self.offered}
        return urlencode({"format": self.renderer.name, **message, **values})

    @property
    def address(self) -> str:
        return f"{reverse('session_export_file', args=[self.chat.pk])}?{self.query}"

    def pieces(self) -> Iterator[bytes]:
        return self.renderer.render(self.transcript, dict(self.options))


def said(value: Value) -> str:
    """An option in an address."""
    if isinstance(value, bool):
        return "on" if value else "off"
    return str(value)


def wish(chat: ChatSession, person: Any, given: Mapping[str, Any]) -> Wish:
    """What was asked for; raises a refusal. Without a format that of the last time, options likewise. Of a form that
    shows the options of another format (`shown`), those that both have count as far as they are possible."""
    word = str(given.get("format", ""))
    last = remembered(person)
    renderer = format_of(word) if word else formats()[last.format]
    before = shown_before(given)
    shown = given.get("shown") or renderer.name
    values = given if shown == renderer.name else possible(renderer.options, given)
    return Wish(
        chat=chat,
        person=person,
        renderer=renderer,
        options=renderer.chosen({**last.of(renderer), **before.get(renderer.name, {}), **values}),
        before=before,
        message=message_of(chat, str(given.get("message", ""))),
    )


def said_wish(
    chat: ChatSession, person: Any, *, format: str, options: Mapping[str, Any], message: str = ""
) -> Wish:
    """What a program asks for; raises a refusal. What it does not say is the format's default, whatever its person chose
    on the page."""
    renderer = format_of(format)
    return Wish(
        chat=chat,
        person=person,
        renderer=renderer,
        options=renderer.chosen(known(renderer.options, options)),
        message=message_of(chat, message),
        zone=person.zone,
    )


def format_of(word: str) -> Renderer:
    """Raises NoFormat."""
    renderer = named(word)
    if renderer is None:
        raise NoFormat(
            _("There is no format %(name)s. Formats: %(names)s.")
            % {"name": word[:40], "names": ", ".join(formats())}
        )
    return renderer


def message_of(chat: ChatSession, key: str) -> Message | None:
    if not key:
        return None
    try:
        found = Message.objects.filter(session=chat, pk=UUID(key)).kept().first()
    except ValueError:
        found = None
    if found is None:
        raise NoMessage
    return found
