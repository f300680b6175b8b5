"""Videos are made, changed and deleted by whoever brought them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.utils import timezone

from sessions_app.actions.errors import Refused
from sessions_app.knowledge.models import Creator, Video, VideoViewer
from sessions_app.transactions import write


class NotACreator(Refused):
    kind = "not_a_creator"
    status = 403
    sentence = "Only creators can add videos. Ask an administrator to make you one."


class BadVideo(Refused):
    """`field` is what was entered wrongly."""

    kind = "bad_video"
    sentence = "The video cannot be kept like this."

    def __init__(self, sentence: str | None = None, field: str = "") -> None:
        super().__init__(sentence)
        self.field = field

    def facts(self) -> dict[str, Any]:
        return {"fields": {self.field: [self.sentence]}} if self.field else {}


def create_video(
    *,
    creator: Any,
    title: str,
    url: str = "",
    description: str = "",
    language: str = "en",
    length_ms: int | None = None,
    visibility: str = "private",
    viewers: Iterable[Any] = (),
) -> Video:
    if not Creator.objects.filter(user=creator.pk).exists():
        raise NotACreator
    video = Video(
        creator=creator, title=titled(title), url=url, description=description, language=language,
        length_ms=length_ms, visibility=visibility,
    )  # fmt: skip
    with write():
        video.save(force_insert=True)
        VideoViewer.objects.bulk_create(VideoViewer(video=video, user=each) for each in viewers)
    return video


def change_video(*, video: Video, **changes: Any) -> Video:
    viewers = changes.pop("viewers", None)
    if "title" in changes:
        changes["title"] = titled(changes["title"])
    with write():
        for name, value in changes.items():
            setattr(video, name, value)
        video.save()
        if viewers is not None:
            VideoViewer.objects.filter(video=video).delete()
            VideoViewer.objects.bulk_create(VideoViewer(video=video, user=each) for each in viewers)
    return video


def delete_video(*, video: Video) -> None:
    with write():
        Video.objects.filter(pk=video.pk).update(deleted_at=timezone.now())


def titled(title: str) -> str:
    title = " ".join(title.split())
    if not 0 < len(title) <= 200:
        raise BadVideo("A title has 1 to 200 characters.", "title")
    return title
