"""Who reads a reply for as long as it takes, and whether they still may: a person may be disabled, a token revoked, a
session taken from them while they wait."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.db.models import Exists
from rest_framework.request import Request

from sessions_app.actions.errors import Refused
from sessions_app.models import ApiToken, Reply, User
from sessions_app.models.sessions import readable_by
from sessions_app.reading import Unavailable, read

from .authentication import key_of, person_of
from .problems import NOT_HERE

EVERY = 15.0  # seconds until who streams is looked at again


class NoLonger(Refused):
    """There was somebody when it was asked."""

    kind = "authentication_failed"
    status = 401
    sentence = "The token is expired or revoked by now, or its person is disabled."


class NotReadable(Refused):
    kind = "not_found"
    status = 404
    sentence = NOT_HERE


@dataclass(frozen=True, slots=True)
class Reader:
    """`token` is the `public_id` of the one they came with; None for a browser's session."""

    person: User
    token: UUID | None = None

    @classmethod
    def of(cls, request: Request) -> Reader:
        token = key_of(request)
        return cls(person_of(request), token.public_id if token else None)

    def lives(self) -> bool:
        if self.token is not None:
            return bool(self._living_token().exists())
        return User.objects.filter(pk=self.person.pk, is_active=True).exists()

    def may_read(self, reply: UUID) -> bool:
        """Whether they live and the reply is of a session they may read."""
        rows = Reply.objects.filter(readable_by(self.person), pk=reply)
        person = User.objects.filter(pk=self.person.pk, is_active=True)
        return rows.filter(Exists(person if self.token is None else self._living_token())).exists()

    def _living_token(self) -> Any:
        """Of a person who is not disabled."""
        return ApiToken.objects.living().filter(public_id=self.token, user=self.person.pk)

    async def must_live(self) -> None:
        if not await read(self.lives):
            raise NoLonger

    async def must_read(self, reply: UUID) -> None:
        """Asked before an answer is told that was waited for."""
        await self.must_live()
        if not await read(self.may_read, reply):
            raise NotReadable


@dataclass(slots=True)
class Watchman:
    """Asks now and then whether a reader may still read a reply; without one nobody is asked."""

    reader: Reader | None
    reply: UUID
    _asked: float = field(default_factory=time.monotonic)

    async def lets_on(self) -> bool:
        """At most one look in 15 s; a database that does not answer tells nothing."""
        if self.reader is None or time.monotonic() - self._asked < EVERY:
            return True
        self._asked = time.monotonic()
        try:
            return await read(self.reader.may_read, self.reply)
        except Unavailable:
            return True
