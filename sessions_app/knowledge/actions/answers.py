"""What is noted of an answer that had videos at hand."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any
from uuid import UUID

from sessions_app.agent.labels.sources import sources_of
from sessions_app.agent.passages import TOOL, Passage, kept_in, number_of
from sessions_app.knowledge import models
from sessions_app.models import Message, Reply, ToolCall
from sessions_app.transactions import write

Part = Mapping[str, Any]


def answer_ended(*, reply: Reply, parts: Sequence[Part]) -> None:
    """Within the transaction in which an answer ends; nothing where no video was at hand.

    A video is at hand where it is chosen for the session, or a passage of it was told or is cited. One that whoever asked may
    not see is at hand only where it is cited: nothing of it was looked into, and its creator learns nothing of the question.
    """
    chosen = reply.session.settings.get("videos") or []
    used = any(part.get("kind") == "tool_call" and part.get("name") == TOOL for part in parts)
    cites = any("citations" in part for part in parts)
    if chosen or used or cites:
        _note(reply, parts, [str(each) for each in chosen])


@write()
def _note(reply: Reply, parts: Sequence[Part], chosen: Sequence[str]) -> None:
    cited = {each.passage.key: (each.number, each.passage) for each in sources_of(parts) if each.passage}
    told, looked = passages_told(reply)
    told |= {key: passage for key, (_, passage) in cited.items() if key not in told}
    if not told and not chosen:
        return
    wanted = {UUID(each.video) for each in told.values()} | {UUID(each) for each in chosen}
    videos = set(
        models.Video.objects.filter(pk__in=wanted, deleted_at__isnull=True).values_list("pk", flat=True)
    )
    asker = (reply.message.parent.author_id if reply.message.parent else None) or reply.session.owner_id
    hidden = videos - {UUID(each.video) for _, each in cited.values()}
    if hidden:
        seen = models.Video.objects.for_user(SimpleNamespace(pk=asker)).filter(pk__in=hidden)
        hidden -= set(seen.values_list("pk", flat=True))
    at = reply.finished_at or reply.created_at
    rows = []
    for video in sorted(videos - hidden):
        given = [each for each in told.values() if each.video == str(video)]
        near = [each.similarity for each in looked.values() if each.video == str(video)]
        if not looked:
            near = [each.similarity for each in given]
        rows.append(
            models.VideoAnswer(
                message_id=reply.pk,
                session_id=reply.session_id,
                video_id=video,
                asker_id=asker,
                given=len(given),
                cited=sum(1 for _, each in cited.values() if each.video == str(video)),
                best=max(near, default=0.0),
                at=at,
            )
        )
    models.VideoAnswer.objects.bulk_create(rows, ignore_conflicts=True)
    numbers = [number for key in told if (number := number_of(key)) is not None]
    there = dict(models.Passage.objects.filter(pk__in=numbers).order_by().values_list("pk", "told"))
    if fresh := [number for number, known in there.items() if not known]:
        models.Passage.objects.filter(pk__in=fresh).update(told=True)
    models.Reference.objects.bulk_create(
        (
            models.Reference(
                message_id=reply.pk,
                number=number,
                video_id=video if (video := UUID(each.video)) in videos else None,
                passage_id=number_of(key) if number_of(key) in there else None,
                title=each.title,
                start_ms=each.start_ms,
                end_ms=each.end_ms,
                similarity=each.similarity,
                at=at,
            )
            for key, (number, each) in cited.items()
        ),
        ignore_conflicts=True,
    )


def passages_told(reply: Reply) -> tuple[dict[str, Passage], dict[str, Passage]]:
    """What the model was told of with this answer by their keys: all, and what was found for it alone. Reads the messages
    the answer was asked with, from where its window began."""
    begins, end = int(reply.model_config.get("begins_at", 1)), reply.message.position
    window = Message.objects.filter(session=reply.session_id, position__gte=begins, position__lte=end).shown()
    asked = window.filter(role=Message.Role.USER).order_by("position").values_list("pk", "parts")
    told: dict[str, Passage] = {}
    looked: dict[str, Passage] = {}
    for key, parts in asked:
        found = in_cards(parts)
        told |= found
        looked |= found if key == reply.message.parent_id else {}
    results = ToolCall.objects.filter(
        message__in=[*window.values_list("pk", flat=True), reply.pk],
        tool_name=TOOL,
        status=ToolCall.Status.SUCCESS,
    )
    for message, result in results.order_by("pk").values_list("message_id", "result"):
        found = {each.key: each for each in kept_in(result)}
        told |= found
        looked |= found if message == reply.pk else {}
    return told, looked


def in_cards(parts: Iterable[Part]) -> dict[str, Passage]:
    return {each.key: each for part in parts if part.get("kind") == "card" for each in kept_in(part)}
