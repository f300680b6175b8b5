"""Passages that are added to the first question about videos."""

from __future__ import annotations

from collections.abc import Sequence

from django.conf import settings

from sessions_app.agent.cards import Card, videos_in
from sessions_app.agent.context import asker_of, line_above
from sessions_app.agent.passages import Passage, kept_in
from sessions_app.models import Message, Reply
from sessions_app.reading import consult

from .actions.answers import note_told
from .asking import anything_in
from .embedding import of_question
from .retrieval import MOST, retrieve
from .vectors import Vector

SOURCE_NAME = "Videos"
LONGEST = 6_000  # characters of all passages of a card
LONGEST_QUESTION = 2_000


class Passages:
    """What CONTEXT_SOURCES names."""

    def wanted(self, reply: Reply) -> bool:
        return bool(reply.session.settings.get("videos"))

    async def gather(self, reply: Reply) -> list[Card]:
        vector = None
        if settings.EMBEDDING_MODEL and (asked := await consult(embedded_of, reply)):
            vector = await of_question(
                asked,
                user_id=asker_of(reply).pk,
                chat_id=reply.session_id,
                message_id=reply.pk,
                token=reply.api_token,
            )
        return await consult(cards_for, reply, vector)


def cards_for(reply: Reply, vector: Vector | None = None) -> list[Card]:
    """One card of the best passages for the question, of the session's videos. `vector` says what it means."""
    if not (asked := question_of(reply)):
        return []
    videos = reply.session.settings["videos"]
    asker = asker_of(reply).pk
    found = within(retrieve(user_id=asker, question=asked, videos=videos, limit=MOST, vector=vector))
    found = note_told(found) if found else []
    return [card_of(found, videos)] if found else []


def question_of(reply: Reply) -> str:
    """What passages are looked for; empty where the model is told such a card above, for it can look further by itself."""
    question, videos = reply.message.parent, reply.session.settings.get("videos") or []
    asked = question.content.strip()[:LONGEST_QUESTION] if question else ""
    return "" if not asked or not videos or looked_into(reply) == set(videos) else asked


def embedded_of(reply: Reply) -> str:
    """What is embedded: nothing where there is nothing to find."""
    asked = question_of(reply)
    return asked if asked and anything_in(asker_of(reply).pk, reply.session.settings["videos"]) else ""


def looked_into(reply: Reply) -> set[str]:
    """The videos that the last card of passages was of that this reply is asked with."""
    begins = max(int(reply.model_config.get("begins_at", 1)), line_above(reply) + 1)
    rows = Message.objects.filter(
        session=reply.session_id,
        role=Message.Role.USER,
        position__gte=begins,
        position__lt=reply.message.position - 1,
    )
    for (parts,) in rows.shown().reverse().values_list("parts").iterator(chunk_size=50):
        for part in parts:
            if part.get("kind") == "card" and kept_in(part):
                return set(videos_in(part))
    return set()


def within(found: Sequence[Passage], most: int = LONGEST) -> list[Passage]:
    """The first of them that are not longer than `most` together; at least one."""
    kept: list[Passage] = []
    for passage in found:
        most -= len(passage.text)
        if kept and most < 0:
            break
        kept.append(passage)
    return kept


def card_of(found: Sequence[Passage], videos: Sequence[str]) -> Card:
    """In the order of their videos and of time: how near they were is kept with each."""
    titles = list(dict.fromkeys(each.video for each in found))
    found = sorted(found, key=lambda each: (titles.index(each.video), each.start_ms))
    passages = "1 passage" if len(found) == 1 else f"{len(found)} passages"
    of = "1 video" if len(titles) == 1 else f"{len(titles)} videos"
    listed = "\n".join(f"{each.title}, {each.times}" for each in found)
    return Card(
        "context", SOURCE_NAME, f"{passages} from {of}", listed, passages=tuple(found), videos=tuple(videos)
    )


SOURCE = Passages()
