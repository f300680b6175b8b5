"""Videos that a session is about: chosen by people, each among those they may see."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from sessions_app.actions.drafts import drop_draft, keep_draft
from sessions_app.actions.errors import Refused
from sessions_app.actions.paths import locked
from sessions_app.actions.sessions import change_settings, create_session
from sessions_app.knowledge import retrieval
from sessions_app.knowledge.models import SessionCreator, Video
from sessions_app.models import Attachment, ChatSession
from sessions_app.transactions import write


class NoSuchVideo(Refused):
    kind = "no_such_video"
    status = 404
    sentence = "A video among these is not available to you any more. Nothing was changed."


@write()
def choose_videos(*, chat: ChatSession, person: Any, videos: Iterable[UUID | str]) -> list[str]:
    """What the session is about from now on: these of the videos that `person` may see, and those that others chose
    and `person` may not see. What was chosen before keeps its place. Gives their keys."""
    before = kept_in(locked(chat.pk))
    wanted = list(dict.fromkeys(str(each) for each in videos))
    seen = keys_of(Video.objects.for_user(person), {*before, *wanted})
    unseen = keys_of(Video.objects.filter(deleted_at__isnull=True), before) - seen
    if not seen.issuperset(each for each in wanted if each not in unseen):
        raise NoSuchVideo
    stay = [each for each in before if each in unseen or each in wanted]
    after = [*stay, *(each for each in wanted if each not in stay)]
    if after != before:
        change_settings(chat=chat, values={"videos": after or None})
    note_creator(chat=chat, videos=after)
    return after


@write()
def add_video(*, chat: ChatSession, person: Any, video: Video) -> list[str]:
    return choose_videos(chat=chat, person=person, videos=[*kept_in(locked(chat.pk), person), str(video.pk)])


@write()
def remove_video(*, chat: ChatSession, person: Any, video: UUID | str) -> list[str]:
    rest = [each for each in kept_in(locked(chat.pk), person) if each != str(video)]
    return choose_videos(chat=chat, person=person, videos=rest)


@write()
def begin_session(
    *, person: Any, videos: Iterable[UUID | str], model: str = "", draft: str = ""
) -> ChatSession:
    """A new session of this person about these videos. A text and files that waited for the session that was not made
    yet wait in it from now on."""
    chat = create_session(owner=person, model=model)
    choose_videos(chat=chat, person=person, videos=videos)
    Attachment.objects.for_user(person).unsent().filter(session__isnull=True).update(session=chat)
    if draft.strip():
        keep_draft(user=person, chat=chat, content=draft)
        drop_draft(user=person, chat=None)
    chat.refresh_from_db()
    return chat


@write()
def note_creator(*, chat: ChatSession, videos: Iterable[UUID | str]) -> None:
    """The one creator of all these videos; none where they have several, or there are none."""
    creators = Video.objects.filter(pk__in=list(videos)).order_by().values_list("creator", flat=True)
    found = list(creators.distinct()[:2])
    if len(found) == 1:
        SessionCreator.objects.update_or_create(session=chat, defaults={"creator_id": found[0]})
    else:
        SessionCreator.objects.filter(session=chat).delete()


def kept_in(chat: ChatSession, person: Any = None) -> list[str]:
    """The keys in a session's settings; with `person` those they may see."""
    keys = [str(each) for each in chat.settings.get("videos") or ()]
    if person is None:
        return keys
    seen = keys_of(Video.objects.for_user(person), keys)
    return [each for each in keys if each in seen]


def keys_of(rows: Any, keys: Iterable[str]) -> set[str]:
    """Those of these keys that are among the rows; what is no key is among none."""
    named = retrieval.keys_of(list(keys))
    return {str(key) for key in rows.filter(pk__in=named).order_by().values_list("pk", flat=True)}
