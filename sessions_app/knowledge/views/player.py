"""What a player and the transcript beside it show, for the page of a video and for a dialog."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.views.decorators.http import require_GET

from sessions_app.agent.passages import clock, number_of
from sessions_app.knowledge import media
from sessions_app.knowledge.links import at_any_second, at_second
from sessions_app.knowledge.models import Passage, Transcript, Video

from .files import video_or_404

GROUP = 50  # cues that a browser lays out together, once they come near
LATEST_MS = 48 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Place:
    """Where the player stands: a millisecond, and the passage that is marked."""

    ms: int = 0
    passage: str = ""
    given: bool = False
    marked: tuple[int, int] | None = None

    @property
    def seconds(self) -> str:
        return seconds(self.ms)

    @property
    def clock(self) -> str:
        return clock(self.ms)


def seconds(ms: int) -> str:
    """As it stands in addresses: 83.2."""
    return f"{ms / 1000:.3f}".rstrip("0").rstrip(".")


def place_of(request: HttpRequest, video: Video) -> Place:
    """What the address asks for, as far as it can be understood; a passage of another video is none."""
    key = request.GET.get("passage", "")[:20]
    number = number_of(key)
    found = None
    if number is not None:
        rows = Passage.objects.filter(pk=number, video=video)
        found = rows.values_list("start_ms", "end_ms").first()
    try:
        wanted = float(request.GET["at"]) if "at" in request.GET else None
        ms = min(LATEST_MS, max(0, round(wanted * 1000))) if wanted is not None else None
    except (ValueError, OverflowError):
        ms = None
    if ms is None and found is not None:
        ms = found[0]
    if ms is not None and video.length_ms:
        ms = min(ms, video.length_ms)
    return Place(ms or 0, key if found else "", ms is not None, found)


def shown(request: HttpRequest, video: Video, base: str = "") -> dict[str, Any]:
    """The inputs of _player.html and _cues.html; `base` is the page that cues lead to, where it is another than this."""
    place = place_of(request, video)
    url = video.url if video.url.startswith(("https://", "http://")) else ""
    transcript = Transcript.objects.filter(video=video, current=True).defer("text", "problems").first()
    cues = transcript.cues if transcript else []
    if not any(marks(place, cue[0], cue[1]) for cue in cues):
        place = replace(place, marked=None)
    return {
        "video": video,
        "place": place,
        "sound": media.is_sound(video.media_type),
        "link": at_second(url, place.ms) if url else "",
        "any_link": at_any_second(url) if url else "",
        "transcript": transcript,
        "cue_count": len(cues),
        "cues": cue_list(cues, place, base),
        "length": clock(video.length_ms) if video.length_ms else "",
    }


def cue_list(cues: list[Any], place: Place, base: str = "") -> SafeString:
    """The rows of a transcript as HTML, in groups: a template would take a second for ten thousand of them."""
    groups: list[str] = []
    speaker_before = ""
    current = current_cue(cues, place) if place.given else None
    for first in range(0, len(cues), GROUP):
        rows = []
        for at, (start, end, speaker, text) in enumerate(cues[first : first + GROUP], first):
            who = speaker if speaker != speaker_before else ""
            speaker_before = speaker
            rows.append(cue_row(cue_link(base, start, place), (start, end, who, text), place, at == current))
        groups.append(f'<ol class="cues__group">{"".join(rows)}</ol>')
    return mark_safe("".join(groups))


def current_cue(cues: list[Any], place: Place) -> int | None:
    """The last one that has begun."""
    begun = [at for at, cue in enumerate(cues) if cue[0] <= place.ms]
    return begun[-1] if begun else None


def cue_link(base: str, start: int, place: Place) -> str:
    query = {"at": seconds(start)} | ({"passage": place.passage} if place.passage else {})
    return f"{base}?{urlencode(query)}"


def marks(place: Place, start: int, end: int) -> bool:
    """Whether a line lies in the passage that was cited."""
    return place.marked is not None and start < place.marked[1] and end > place.marked[0]


def cue_row(link: str, cue: tuple[int, int, str, str], place: Place, current: bool) -> str:
    start, end, speaker, text = cue
    classes = "cue cue--marked" if marks(place, start, end) else "cue"
    who = f'<b class="cue__who">{escape(speaker)}</b> ' if speaker else ""
    state = ' aria-current="true"' if current else ""
    return (
        f'<li><a class="{classes}" href="{escape(link)}" data-at="{start}"{state}>'
        f'<span class="cue__at">{clock(start)}</span><span class="cue__text" dir="auto">{who}{escape(text)}</span></a></li>'
    )


@require_GET
def player(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The player and its transcript for a dialog; asked for without htmx, the video's page."""
    video = video_or_404(request, pk)
    if not request.headers.get("HX-Request"):
        query = request.GET.urlencode()
        return redirect(reverse("video", args=[video.pk]) + (f"?{query}" if query else ""))
    response = render(
        request, "videos/_player_dialog.html", shown(request, video, reverse("video", args=[video.pk]))
    )
    response.headers["Cache-Control"] = "no-store"
    return response
