"""Names of sessions in figures: titles for those who may read them, keys for others."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.urls import reverse

from analytics_app.dashboard.reads import Reads
from sessions_app.models import ChatSession


@dataclass(frozen=True, slots=True)
class Titles:
    """`known` are the titles that may be shown, `own` the sessions whose page may be opened; of others those who asked
    about everyone have the page of the admin site (`reviewed`), which decides what of it they see."""

    known: dict[UUID, str]
    own: frozenset[UUID]
    reviewed: bool = False

    @classmethod
    def of(cls, reads: Reads, keys: Iterable[UUID]) -> Titles:
        """Titles of others are read by this call: written down for each session."""
        question, wanted = reads.question, list(keys)
        found = ChatSession.objects.filter(pk__in=wanted, deleted_at=None)
        own = frozenset(
            ChatSession.objects.for_user(question.asker).filter(pk__in=wanted).values_list("pk", flat=True)
        )
        shown = [chat for chat in found if chat.pk in own or (question.everyone and question.reads_texts)]
        reads.note_titles(chat.pk for chat in shown if chat.pk not in own)
        return cls({chat.pk: str(chat) for chat in shown}, own, question.everyone)

    def name(self, key: UUID) -> str:
        return self.known.get(key, str(key))

    def link(self, key: UUID) -> str:
        if key in self.own:
            return reverse("session", args=[key])
        return reverse("admin:sessions_app_chatsession_transcript", args=[key]) if self.reviewed else ""
