"""Videos are brought many at a time, each on its own: what fails says why and leaves the others alone."""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from django.conf import settings

from sessions_app.actions.errors import Refused
from sessions_app.files import Refusal, shown_name
from sessions_app.knowledge.importing import Bundle, Source, gathered, is_picture, media_type_of
from sessions_app.knowledge.models import Transcript, Video
from sessions_app.knowledge.storing import PIECE, keep_file
from sessions_app.knowledge.transcripts.reading import Read
from sessions_app.transactions import write

from .housekeeping import drop_files
from .indexing import index_transcript, start
from .transcripts import keep_transcript, read_or_refuse
from .videos import keep_picture

State = Literal["made", "updated", "known", "failed", "left out"]
BROKEN = "It cannot be read from the ZIP file: that is broken there."
UNREADABLE = (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError, RuntimeError, OSError)
MOST_PICTURE = 5_000_000


@dataclass(frozen=True, slots=True)
class Result:
    """What became of a bundle, or of a file that is in none. `problems` were noted in its transcript."""

    name: str
    state: State
    reason: str = ""
    video: Video | None = None
    problems: int = 0


@dataclass(frozen=True, slots=True)
class _Kept:
    film: str = ""
    film_bytes: int = 0
    media_type: str = ""
    picture: str = ""

    @property
    def names(self) -> list[str]:
        return [name for name in (self.film, self.picture) if name]


class _Failed(Exception):
    """Why this bundle is not taken."""


def import_videos(
    *, creator: Any, sources: Sequence[Source], visibility: str = Video.Visibility.PRIVATE, later: bool = True
) -> Iterator[Result]:
    """One result a video, as it is made. Transcripts are indexed in the background, or at once where not `later`. What
    was brought before under the same name is known again: with another transcript, that becomes its next version. Raises
    BadArchive before anything is made."""
    found = gathered(sources)
    for path, reason in found.left_out:
        yield Result(path, "left out", reason)
    for bundle in found.bundles:
        try:
            yield _import_bundle(creator, bundle, visibility, later)
        except _Failed as problem:
            yield Result(bundle.name, "failed", str(problem))
        except Refused as refused:
            path = bundle.transcript.path if bundle.transcript else bundle.name
            yield Result(bundle.name, "failed", f"{path}: {refused.sentence}")
        except UNREADABLE:
            yield Result(bundle.name, "failed", BROKEN)


def _import_bundle(creator: Any, bundle: Bundle, visibility: str, later: bool) -> Result:
    if bundle.facts.problem:
        raise _Failed(bundle.facts.problem)
    read = _read(bundle)
    known = _known(creator, bundle, read)
    if known is not None and (read is None or _has(known, bundle, read)):
        return Result(bundle.name, "known", video=known)
    kept = _keep(bundle, creator.pk) if known is None else _Kept()
    try:
        with write():
            video = known or _make(creator, bundle, kept, visibility)
            transcript = None
            if read and bundle.transcript:
                transcript = keep_transcript(
                    video=video, maker=creator, read=read, source=bundle.transcript.path
                )
            if later and transcript:
                start()
    except BaseException:
        drop_files(kept.names)
        raise
    if transcript and not later:
        index_transcript(transcript.pk)
    problems = len(read.problems) if read else 0
    return Result(bundle.name, "updated" if known else "made", video=video, problems=problems)


def _read(bundle: Bundle) -> Read | None:
    if bundle.transcript is None:
        return None
    with bundle.transcript.open() as file:
        raw = file.read(settings.MAX_TRANSCRIPT_BYTES + 1)
    return read_or_refuse(raw, length_ms=None)


def _known(creator: Any, bundle: Bundle, read: Read | None) -> Video | None:
    """The video of this name that was imported before: its transcript came from the same path and is the same, or its title
    is the same; without a transcript, its file or address and title are."""
    videos = Video.objects.of_creator(creator)
    if read is None or bundle.transcript is None:
        same = videos.filter(title=bundle.title, url=bundle.facts.url)
        if bundle.film:
            same = same.filter(file_name=_file_name(bundle.film), file_bytes=bundle.film.size)
        return same.first()
    versions = Transcript.objects.filter(video__in=videos.values("pk"), source=bundle.transcript.path[:200])
    titled = None
    for version in versions.select_related("video").order_by("-created_at").defer("cues", "problems"):
        if version.text == read.text:
            return version.video
        if version.video.title == bundle.title:
            titled = titled or version.video
    return titled


def _has(video: Video, bundle: Bundle, read: Read) -> bool:
    path = bundle.transcript.path[:200] if bundle.transcript else ""
    return Transcript.objects.filter(video=video, source=path, text=read.text).exists()


def _keep(bundle: Bundle, person: int) -> _Kept:
    """Its files on disk, the picture made anew."""
    film, size, media_type, picture = "", 0, "", ""
    if bundle.film:
        media_type = media_type_of(bundle.film)
        if not media_type:
            raise _Failed(f"{bundle.film.path} is no video of the kind its name says.")
        if bundle.film.size > settings.MAX_VIDEO_BYTES:
            most = settings.MAX_VIDEO_BYTES / 1_000_000
            raise _Failed(f"{bundle.film.path} is too large: at most {most:g} MB are kept.")
    if bundle.picture and not (bundle.picture.size <= MOST_PICTURE and is_picture(bundle.picture)):
        raise _Failed(f"{bundle.picture.path} is no picture of at most 5 MB.")
    try:
        if bundle.film:
            with bundle.film.open() as file:
                film, size = keep_file(file)
        if bundle.picture:
            with bundle.picture.open() as file:
                pieces = iter(lambda: file.read(PIECE), b"")
                picture = _picture(bundle.picture.path, pieces, person)
    except BaseException:
        drop_files([name for name in (film, picture) if name])
        raise
    return _Kept(film, size, media_type, picture)


def _picture(path: str, pieces: Iterator[bytes], person: int) -> str:
    try:
        return keep_picture(pieces, person)
    except Refusal as refusal:
        raise _Failed(f"{path}: {refusal.sentence}") from refusal


def _make(creator: Any, bundle: Bundle, kept: _Kept, visibility: str) -> Video:
    facts = bundle.facts
    return Video.objects.create(
        creator=creator,
        title=bundle.title,
        description=facts.description,
        url=facts.url,
        language=(facts.language or bundle.language or "en")[:20],
        visibility=facts.visibility or visibility,
        file=kept.film,
        file_name=_file_name(bundle.film) if bundle.film else "",
        file_bytes=kept.film_bytes,
        media_type=kept.media_type,
        thumbnail=kept.picture,
    )


def _file_name(film: Source) -> str:
    return shown_name(film.path)
