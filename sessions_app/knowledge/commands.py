"""Videos, chosen by what is typed behind "/"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.commands.base import Command, Context, NotRun, Outcome, Suggestion
from sessions_app.folding import holds

from .actions.choosing import add_video, begin_session, choose_videos
from .chosen import chosen_in, may_write
from .models import Video as AVideo

OFF = "off"
SHOWN = 20


class Video(Command):
    """Choose the videos that a session is about: alone it opens the choice, with a title it adds that video."""

    name = "video"
    argument = "TITLE"
    description = gettext_lazy("Choose videos to talk about")
    icon = "film"
    needs_session = False

    def complete(self, context: Context, typed: str) -> Sequence[Suggestion]:
        rows = AVideo.objects.for_user(context.user).select_related("creator").order_by("title", "-pk")
        now = chosen_in(context.user, context.chat)
        found = [
            Suggestion(video.title, _("by %(name)s") % {"name": video.creator})
            for video in rows.filter(title__istartswith=typed)[: SHOWN + len(now.keys)]
            if str(video.pk) not in now.keys
        ][:SHOWN]
        if now.rows and OFF.startswith(typed.lower()):
            found.append(Suggestion(OFF, _("Talk about no video any more")))
        return found

    def run(self, context: Context, argument: str) -> Outcome:
        if context.chat is not None and not may_write(context.user, context.chat):
            raise NotRun(_("You may read this session, not change what it is about."))
        if not argument:
            return opened(context)
        if argument.lower() == OFF:
            return cleared(context)
        video = named(context.user, argument)
        if context.chat is None:
            begun = begin_session(person=context.user, videos=[video.pk])
            return Outcome(address=begun.get_absolute_url())
        add_video(chat=context.chat, person=context.user, video=video)
        return Outcome(_("This session is about “%(title)s”.") % {"title": video.title}, tells=CHANGED)


CHANGED: dict[str, Any] = {"videos-changed": {"target": "body"}}


def opened(context: Context) -> Outcome:
    now = chosen_in(context.user, context.chat)
    if not now.offered:
        raise NotRun(_("There is no video here that you may see."))
    return Outcome(dialog=now.url)


def cleared(context: Context) -> Outcome:
    now = chosen_in(context.user, context.chat)
    if context.chat is None or not now.rows:
        raise NotRun(_("No video is chosen here."))
    rest = choose_videos(chat=context.chat, person=context.user, videos=[])
    words = _("The videos were taken out.")
    if rest:
        words = _("The videos you may see were taken out; those of others stay.")
    return Outcome(words, tells=CHANGED)


def named(person: Any, typed: str) -> AVideo:
    """The video of this title, else the only one whose title holds it. Raises `NotRun`, with what there is like it."""
    mine = AVideo.objects.for_user(person)
    exact = list(mine.filter(title__iexact=typed)[:2])
    like = exact or list(like_it(mine, typed)[:4])
    if len(like) == 1:
        return like[0]
    if not like:
        raise NotRun(_("There is no video of that title. /video alone shows which there are."))
    titles = "; ".join(video.title for video in like[:3])
    raise NotRun(
        _("Several videos are called like that: %(titles)s. /video alone opens the choice.")
        % {"titles": titles}
    )


def like_it(videos: QuerySet[AVideo], typed: str) -> QuerySet[AVideo]:
    return videos.filter(holds("title", typed)).order_by("title", "-pk")
