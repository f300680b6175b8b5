"""Videos: the list, the page of one, the form, and what its creator does with it."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import Exists, OuterRef, Subquery
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from sessions_app.agent.labels.words import size_words
from sessions_app.agent.passages import clock
from sessions_app.folding import holds
from sessions_app.knowledge import languages
from sessions_app.knowledge.actions.creators import NotCreator, is_creator, refuse_others
from sessions_app.knowledge.actions.videos import (
    BadVideo,
    Contents,
    Files,
    Gone,
    add_video,
    change_video,
    delete_video,
    kept_name,
    restore_video,
)
from sessions_app.knowledge.models import Transcript, Video
from sessions_app.models import User
from sessions_app.models.sessions import TRASH_KEPT
from sessions_app.rendering.footer import footer
from sessions_app.views.toasts import leave_for

from .files import video_or_404
from .player import shown

PAGE = 24
SHOWS = ("all", "mine", "deleted")


@dataclass(frozen=True, slots=True)
class Wish:
    """What the list is asked for, as far as it can be understood."""

    show: str = "all"
    q: str = ""
    language: str = ""

    @classmethod
    def of(cls, given: QueryDict) -> Wish:
        show = given.get("show", "")
        words = " ".join(given.get("q", "").replace("\0", "").split())
        return cls(show if show in SHOWS else "all", words[:200], given.get("language", "")[:20])

    def address(self, **more: Any) -> str:
        own = {each.name: getattr(self, each.name) for each in fields(self)} | more
        query = {name: value for name, value in own.items() if value and (name, value) != ("show", "all")}
        return reverse("videos") + (f"?{urlencode(query)}" if query else "")


@require_GET
def videos(request: HttpRequest) -> HttpResponse:
    """The page; for what is typed and chosen meanwhile the results alone."""
    person: Any = request.user
    wish = Wish.of(request.GET)
    context = results(person, wish, page_number(request))
    if request.headers.get("HX-Request"):
        answer = render(request, "videos/_results.html", context)
        answer["HX-Replace-Url"] = wish.address()
        return answer
    own = Video.objects.of_creator(person).exists()
    deleted = deleted_of(person).exists()
    tabs = [("all", _("All"))] if not (own or deleted) else [("mine", _("Mine")), ("all", _("All"))]
    tabs += [("deleted", _("Deleted"))] if deleted or wish.show == "deleted" else []
    narrow = bool(context["cards"] or context["narrowed"] or len(tabs) > 1)
    context |= {
        "shows": tabs,
        "narrow": narrow,
        "languages": language_choices(person, wish),
        "creator": is_creator(person),
    }
    return render(request, "videos/videos_page.html", {**context, **footer(person)})


def page_number(request: HttpRequest) -> int:
    given = request.GET.get("page", "")
    return min(10_000, max(1, int(given))) if given.isdecimal() and len(given) < 6 else 1


def deleted_of(person: Any) -> Any:
    since = timezone.now() - TRASH_KEPT
    return Video.objects.filter(creator=person.pk, deleted_at__gte=since)


def rows_of(person: Any, wish: Wish) -> Any:
    rows = Video.objects.for_user(person)
    if wish.show == "mine":
        rows = Video.objects.of_creator(person)
    elif wish.show == "deleted":
        rows = deleted_of(person)
    for word in wish.q.split()[:8]:
        rows = rows.filter(holds("title", word))
    return rows.filter(language=wish.language) if wish.language else rows


def results(person: Any, wish: Wish, number: int) -> dict[str, Any]:
    newest = Transcript.objects.filter(video=OuterRef("pk")).order_by("-number")
    rows = rows_of(person, wish).select_related("creator").defer("description")
    rows = rows.annotate(
        ready=Exists(Transcript.objects.filter(video=OuterRef("pk"), current=True)),
        newest=Subquery(newest.values("status")[:1]),
    )
    found = list(rows.order_by("-created_at", "-pk")[(number - 1) * PAGE : number * PAGE + 1])
    return {
        "wish": wish,
        "cards": [card(video, person) for video in found[:PAGE]],
        "earlier": wish.address(page=number - 1) if number > 1 else "",
        "later": wish.address(page=number + 1) if len(found) > PAGE else "",
        "narrowed": bool(wish.q or wish.language),
        "all_url": Wish(show=wish.show).address(),
    }


def card(video: Any, person: Any) -> dict[str, Any]:
    own = video.creator_id == person.pk
    return {
        "video": video,
        "own": own,
        "by": str(video.creator),
        "length": clock(video.length_ms) if video.length_ms else "",
        "language": languages.name_of(video.language),
        "state": transcript_state(video.ready, video.newest, own),
    }


def transcript_state(ready: bool, newest: str | None, own: bool) -> dict[str, str]:
    """What is said of its transcript: to others only whether there is one."""
    if own and newest in (Transcript.Status.WAITING, Transcript.Status.INDEXING):
        return {"kind": "busy", "words": _("Transcript being read")}
    if own and newest == Transcript.Status.FAILED:
        return {"kind": "bad", "words": _("Transcript failed")}
    if ready:
        return {"kind": "ready", "words": _("Transcript")}
    return {"kind": "none", "words": _("No transcript")}


def language_choices(person: Any, wish: Wish) -> dict[str, str]:
    rows = Video.objects.for_user(person).order_by().values_list("language", flat=True).distinct()
    found = {tag: languages.name_of(tag) for tag in {*rows, wish.language} if tag}
    return dict(sorted(found.items(), key=lambda each: each[1]))


# ---------------------------------------------------------------- one video


@require_GET
def video(request: HttpRequest, pk: UUID) -> HttpResponse:
    found, person = video_or_404(request, pk), request.user
    own = found.creator_id == person.pk
    newest = Transcript.objects.filter(video=found).order_by("-number").defer("text", "cues").first()
    context = shown(request, found) | {
        "own": own,
        "by": str(found.creator),
        "spoken": languages.name_of(found.language),
        "size": size_words(found.file_bytes) if found.file else "",
        "newest": newest if own else None,
        "listed": found.viewers.count() if own and found.visibility == Video.Visibility.LISTED else None,
    }
    response = render(request, "videos/video_page.html", {**context, **footer(person)})
    response.headers["Cache-Control"] = "private, no-store"
    return response


def own_or_404(request: HttpRequest, pk: UUID) -> Video:
    return get_object_or_404(Video.objects.of_creator(request.user).select_related("creator"), pk=pk)


@require_http_methods(["GET", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    if request.method == "POST":
        return save(request, None)
    try:
        refuse_others(request.user)
    except NotCreator as refusal:
        messages.error(request, refusal.sentence)
        return redirect("videos")
    return form(request, None, Contents(title=""))


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = own_or_404(request, pk)
    return save(request, found) if request.method == "POST" else form(request, found, contents_of(found))


def save(request: HttpRequest, found: Video | None) -> HttpResponse:
    """Make or change one; a refused one comes back with its sentences and everything that was entered."""
    contents, given = entered(request), files_of(request)
    try:
        if found is None:
            saved = add_video(creator=request.user, contents=contents, files=given)
        else:
            saved = change_video(video=found, contents=contents, files=given)
    except BadVideo as refusal:
        return form(request, found, contents, refusal.problems, kept=refusal.kept)
    except NotCreator as refusal:
        return form(request, found, contents, {"": refusal.sentence}, status=refusal.status)
    except Gone:
        return redirect("videos")
    messages.info(request, _("“%(title)s” is saved.") % {"title": saved.title})
    return HttpResponse(status=303, headers={"Location": reverse("video", args=[saved.pk])})


def entered(request: HttpRequest) -> Contents:
    names = [each.name for each in fields(Contents)]
    given = {name: request.POST[name].replace("\r\n", "\n") for name in names if name in request.POST}
    return Contents(**{"title": "", **given})


def files_of(request: HttpRequest) -> Files:
    post = request.POST
    return Files(
        file=request.FILES.get("file") or None,
        thumbnail=request.FILES.get("thumbnail") or None,
        kept=post.get("kept", ""),
        drop_file=post.get("drop_file") == "on",
        drop_thumbnail=post.get("drop_thumbnail") == "on",
    )


def contents_of(found: Video) -> Contents:
    names = User.objects.filter(pk__in=found.viewers.values("user")).order_by("username")
    return Contents(
        title=found.title,
        description=found.description,
        url=found.url,
        language=found.language,
        length=clock(found.length_ms) if found.length_ms else "",
        visibility=found.visibility,
        people="\n".join(names.values_list("username", flat=True)),
    )


def form(
    request: HttpRequest,
    found: Video | None,
    contents: Contents,
    problems: dict[str, str] | None = None,
    *,
    kept: str = "",
    status: int = 0,
) -> HttpResponse:
    context = {
        "video": found,
        "contents": contents,
        "problems": problems or {},
        "problem": (problems or {}).get("", ""),
        "languages": languages.choices(contents.language),
        "choices": Video.Visibility.choices,
        "kept": kept,
        "kept_name": kept_name(request.user, kept),
        "most": settings.MAX_VIDEO_BYTES,
        "most_words": f"{settings.MAX_VIDEO_BYTES // 1_000_000:,} MB",
    }
    status = status or (422 if problems else 200)
    return render(request, "videos/video_form.html", {**context, **footer(request.user)}, status=status)


@require_POST
def delete(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = own_or_404(request, pk)
    delete_video(video=found)
    words = _("“%(title)s” is deleted. No answer is told of it any more.") % {"title": found.title}
    if not request.headers.get("HX-Request"):
        messages.info(request, words)
        return HttpResponse(status=303, headers={"Location": Wish(show="deleted").address()})
    return leave_for(request, reverse("videos"), words, undo=reverse("video_restore", args=[found.pk]))


@require_POST
def restore(request: HttpRequest, pk: UUID) -> HttpResponse:
    found = get_object_or_404(Video.objects.filter(creator=request.user.pk), pk=pk)
    try:
        found = restore_video(creator=request.user, key=found.pk)
    except Gone as gone:
        messages.error(request, gone.sentence)
        return redirect("videos")
    words = _("“%(title)s” is back.") % {"title": found.title}
    if not request.headers.get("HX-Request"):
        messages.info(request, words)
    return leave_for(request, reverse("video", args=[found.pk]), words)
