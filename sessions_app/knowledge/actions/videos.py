"""Videos: added, changed and deleted by who brought them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from django.utils import timezone

from sessions_app.actions.errors import Refused
from sessions_app.knowledge.models import Video, VideoViewer
from sessions_app.models import User
from sessions_app.transactions import write

from .creators import refuse_others


class BadVideo(Refused):
    """Not stored; `problems` has a sentence for each field that is wrong."""

    kind = "bad_video"
    sentence = "Something of this video is not as it must be."

    def __init__(self, problems: dict[str, str]) -> None:
        super().__init__(" ".join(problems.values()))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Contents:
    """What is entered. `length` is typed as h:mm:ss; `people` are names or addresses by comma or line."""

    title: str
    description: str = ""
    url: str = ""
    language: str = "en"
    length: str = ""
    visibility: str = Video.Visibility.PRIVATE
    people: str = ""


def add_video(*, creator: Any, contents: Contents) -> Video:
    """Raises NotCreator, BadVideo."""
    refuse_others(creator)
    return _saved(Video(creator_id=creator.pk), contents)


def change_video(*, video: Video, contents: Contents) -> Video:
    """Raises BadVideo. Those who may see the video are those named now."""
    return _saved(video, contents)


@write()
def delete_video(*, video: Video) -> None:
    Video.objects.filter(pk=video.pk, deleted_at__isnull=True).update(deleted_at=timezone.now())


def _saved(video: Video, contents: Contents) -> Video:
    problems = {}
    title = " ".join(contents.title.split())
    if not 1 <= len(title) <= 200:
        problems["title"] = "The title must have 1 to 200 characters."
    if not contents.url:
        problems["url"] = "An address or a file is missing: give one of the two."
    names = [name for each in re.split(r"[,;\n]", contents.people) if (name := each.strip())]
    if contents.visibility != Video.Visibility.LISTED:
        names = []
    people = User.objects.filter(username__in=names, is_active=True)
    if missing := set(names) - {each.username for each in people}:
        problems["people"] = f"There is nobody called {', '.join(missing)}."
    if problems:
        raise BadVideo(problems)
    video.title, video.url, video.description = title, contents.url, contents.description
    video.language, video.visibility = contents.language, contents.visibility
    video.length_ms = 1000 * int(contents.length.partition(".")[0]) if contents.length else None
    with write():
        video.save()
        VideoViewer.objects.filter(video=video).delete()
        VideoViewer.objects.bulk_create(VideoViewer(video=video, user=each) for each in people)
    return video
