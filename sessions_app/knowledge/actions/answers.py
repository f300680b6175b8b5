"""What is noted of passages that are told, and of an answer that had videos at hand."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, NamedTuple
from uuid import UUID

from sessions_app.agent.context import line_above
from sessions_app.agent.labels.sources import sources_of
from sessions_app.agent.passages import TOOL, Passage, cited_in, kept_in, number_of
from sessions_app.knowledge import models
from sessions_app.models import Message, Reply, ToolCall
from sessions_app.transactions import write

from .choosing import note_creator

Part = Mapping[str, Any]


class _Known(NamedTuple):
    """A video that may have been at hand: who made it, whether it is `there` still, and `seen`: whether who asks may be
    told of it."""

    creator: int
    there: bool
    seen: bool


def note_told(found: Sequence[Passage]) -> list[Passage]:
    """Those of them that are there still, which from now on stay when another version takes the place of theirs: later
    requests tell them again in the same words. Before they are told; writes only where one is told for the first time."""
    rows = models.Passage.objects.filter(pk__in=_numbers(found)).order_by()
    there = dict(rows.values_list("pk", "told"))
    if not all(there.values()):
        there = _told_first(rows)
    return [each for each in found if number_of(each.key) in there]


@write()
def _told_first(rows: Any) -> dict[int, bool]:
    rows.filter(told=False).update(told=True)
    return dict(rows.values_list("pk", "told"))


def answer_ended(*, reply: Reply, parts: Sequence[Part]) -> None:
    """Within the transaction in which an answer ends; nothing where no video was at hand.

    A video is at hand where whoever asked may see it and it is chosen for the session or a passage of it was told, or
    where the answer cites it.
    """
    chosen = reply.session.settings.get("videos") or []
    used = any(part.get("kind") == "tool_call" and part.get("name") == TOOL for part in parts)
    cites = any("citations" in part and cited_in(part) for part in parts)
    if chosen or used or cites:
        _note(reply, parts, [str(each) for each in chosen])


@write()
def _note(reply: Reply, parts: Sequence[Part], chosen: Sequence[str]) -> None:
    cited = {each.passage.key: (each.number, each.passage) for each in sources_of(parts) if each.passage}
    told, looked = passages_told(reply)
    told |= {key: passage for key, (_, passage) in cited.items() if key not in told}
    if not told and not chosen:
        return
    question = reply.message.parent
    asker = (question.author_id if question else None) or reply.session.owner_id
    cites = {each.video for _, each in cited.values()}
    known = _known({each.video for each in told.values()} | set(chosen), asker)
    there = {video for video, each in known.items() if each.there}
    videos = {video for video in there if known[video].seen or str(video) in cites}
    _note_creator(reply, [each for video, each in known.items() if str(video) in chosen])
    at = reply.finished_at or reply.created_at
    rows = []
    for video in sorted(videos):
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
    passages = {each.key for each in note_told(list(told.values()))}
    models.Reference.objects.bulk_create(
        (
            models.Reference(
                message_id=reply.pk,
                number=number,
                video_id=video if (video := UUID(each.video)) in there else None,
                passage_id=number_of(key) if key in passages else None,
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


def _known(keys: Collection[str], asker: int) -> dict[UUID, _Known]:
    """These videos, deleted ones too."""
    rows = models.Video.objects.filter(pk__in=keys).order_by()
    seen = set(rows.for_user(SimpleNamespace(pk=asker)).values_list("pk", flat=True))
    found = rows.values_list("pk", "creator", "deleted_at")
    return {key: _Known(creator, deleted_at is None, key in seen) for key, creator, deleted_at in found}


def _note_creator(reply: Reply, chosen: Sequence[_Known]) -> None:
    """However its videos were chosen, a session carries their creator; not by videos that whoever asks may not see."""
    if not chosen or not all(each.seen or not each.there for each in chosen):
        return
    creators = {each.creator for each in chosen}
    kept = models.SessionCreator.objects.filter(session=reply.session_id).values_list("creator", flat=True)
    if set(kept) != (creators if len(creators) == 1 else set()):
        note_creator(chat=reply.session, videos=reply.session.settings["videos"])


def _numbers(passages: Iterable[Passage]) -> list[int]:
    return [number for each in passages if (number := number_of(each.key)) is not None]


def passages_told(reply: Reply) -> tuple[dict[str, Passage], dict[str, Passage]]:
    """What the model was told of with this answer by their keys: all, and what was found for it alone. Reads the messages
    the answer was asked with, from where its window began."""
    begins = max(int(reply.model_config.get("begins_at", 1)), line_above(reply) + 1)
    end = reply.message.position
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
