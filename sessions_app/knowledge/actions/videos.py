"""Videos: added, changed, deleted and brought back by who brought them, and their files swept.

A file stands on disk before its row says so, and goes after the row is gone: what fails in between leaves at most a file
without a row, which the sweep finds.
"""

from __future__ import annotations

import errno
import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from django.core import signing
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Q
from django.utils import timezone

from sessions_app.actions.errors import Refused
from sessions_app.files import Refusal, read, shown_name
from sessions_app.files import storage as reading
from sessions_app.files.kinds import PICTURES
from sessions_app.files.kinds import media_type as picture_type
from sessions_app.knowledge import index, media, storing
from sessions_app.knowledge.links import checked_url
from sessions_app.knowledge.models import Video, VideoViewer
from sessions_app.models import User
from sessions_app.models.sessions import TRASH_KEPT
from sessions_app.rendering import clean_text
from sessions_app.transactions import write

from .creators import refuse_others
from .indexing import index_anew_soon

log = structlog.get_logger("sessions_app.knowledge")
TITLE, DESCRIPTION, PEOPLE = 200, 10_000, 500
NO_ROOM = "The server has no room for this file. Nothing of it was stored."
LONGEST_MS = 48 * 3600 * 1000
_SALT = "knowledge.kept-file"
_KEPT_FOR = 20 * 3600  # seconds: a file without a row is swept after a day
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LENGTH = re.compile(r"(?:(?:(\d{1,2}):)?(\d{1,4}):)?(\d{1,6})(?:[.,]\d{1,3})?")


class BadVideo(Refused):
    """Not stored; `problems` has a sentence for each field that is wrong. `kept` names the files that came with it, which
    are kept for a while."""

    kind = "bad_video"
    sentence = "Something of this video is not right: `fields` says what. Nothing was stored."

    def __init__(self, problems: dict[str, str], kept: str = "") -> None:
        super().__init__(" ".join(problems.values()))
        self.problems, self.kept = problems, kept


class Gone(Refused):
    kind = "gone"
    status = 404
    sentence = "This video is gone for good."


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


@dataclass(frozen=True, slots=True)
class Files:
    """What is brought besides. `kept` names what came with a form that was refused; the others win over it."""

    file: UploadedFile[Any] | None = None
    thumbnail: UploadedFile[Any] | None = None
    kept: str = ""
    drop_file: bool = False
    drop_thumbnail: bool = False


# ---------------------------------------------------------------- adding and changing


def add_video(*, creator: User | Any, contents: Contents, files: Files | None = None) -> Video:
    """Raises NotCreator, BadVideo. The files are read before the transaction begins."""
    refuse_others(creator)
    return _saved(Video(creator_id=creator.pk), creator, contents, files or Files())


def change_video(*, video: Video, contents: Contents, files: Files | None = None) -> Video:
    """Raises BadVideo. A file that is replaced goes; those who may see the video are those named now."""
    return _saved(video, video.creator, contents, files or Files())


def _saved(video: Video, creator: Any, contents: Contents, files: Files) -> Video:
    problems: dict[str, str] = {}
    stored = _stored(creator.pk, files, problems)
    values = _checked(contents, problems)
    people = _people(contents, creator, problems)
    given = _file_values(video, files, stored)
    if not problems and not (values["url"] or given["file"]):
        problems["url"] = "An address or a file is missing: give one of the two."
    if problems:
        raise BadVideo(problems, _sealed(creator.pk, stored))
    if values["length_ms"] is None or _is_of_old_file(video, values["length_ms"], stored):
        values["length_ms"] = stored.get("length_ms") or values["length_ms"]
    before, length = (video.file, video.thumbnail), video.length_ms
    try:
        _write(video, values | given, people)
    except BaseException:
        for name in ("file", "thumbnail"):
            storing.drop(stored.get(name, ""))
        raise
    for name in {*before} - {video.file, video.thumbnail}:
        storing.drop(name)
    if video.length_ms != length:  # passages end with the video
        for transcript in video.transcripts.filter(current=True):
            index_anew_soon(transcript)
    return video


def _is_of_old_file(video: Video, length: int, stored: dict[str, Any]) -> bool:
    """The form came with the length there was, to the second, and with another file."""
    return (
        bool(stored.get("file")) and video.length_ms is not None and length // 1000 == video.length_ms // 1000
    )


@write()
def _write(video: Video, values: dict[str, Any], people: Collection[int]) -> None:
    adding = video._state.adding
    for name, value in values.items():
        setattr(video, name, value)
    if adding:
        video.save(force_insert=True)
    elif not Video.objects.filter(pk=video.pk, deleted_at__isnull=True).update(
        **values, updated_at=timezone.now()
    ):
        raise Gone
    index.refresh(video)
    VideoViewer.objects.filter(video=video).exclude(user__in=people).delete()
    rows = [VideoViewer(video=video, user_id=person) for person in people]
    VideoViewer.objects.bulk_create(rows, ignore_conflicts=True)


def _checked(contents: Contents, problems: dict[str, str]) -> dict[str, Any]:
    title = " ".join(clean_text(contents.title).split())
    description = clean_text(contents.description).strip()
    if not 1 <= len(title) <= TITLE:
        problems["title"] = f"The title must have 1 to {TITLE} characters."
    if len(description) > DESCRIPTION:
        problems["description"] = f"The description must have at most {DESCRIPTION:,} characters."
    url = ""
    try:
        url = checked_url(clean_text(contents.url)) if contents.url.strip() else ""
    except ValueError as problem:
        problems["url"] = f"The address {problem}"
    language = contents.language.strip()
    if len(language) > 20 or not _TAG.fullmatch(language):
        problems["language"] = "The language must be a tag, such as en or pt-BR."
    if contents.visibility not in Video.Visibility.values:
        problems["visibility"] = "Choose who may see it."
    length = None
    try:
        length = length_of(contents.length)
    except ValueError as problem:
        problems["length"] = f"The length {problem}"
    return {
        "title": title,
        "description": description,
        "url": url,
        "language": language,
        "length_ms": length,
        "visibility": contents.visibility,
    }


def length_of(typed: str) -> int | None:
    """Milliseconds of 1:02:03, 2:03 or 123; None for nothing. Raises ValueError with the end of a sentence."""
    if not typed.strip():
        return None
    found = _LENGTH.fullmatch(typed.strip())
    if found is None or (found[2] and int(found[3]) > 59) or (found[1] and int(found[2]) > 59):
        raise ValueError("must be hours, minutes and seconds, such as 1:02:03, or 2:03.")
    hours, minutes, seconds = (int(each or 0) for each in found.groups())
    length = ((hours * 60 + minutes) * 60 + seconds) * 1000
    if not 0 < length <= LONGEST_MS:
        raise ValueError("must be more than none, and 48 hours at the most.")
    return length


def _people(contents: Contents, creator: Any, problems: dict[str, str]) -> set[int]:
    """Keys of those named, where the video is for listed people."""
    if contents.visibility != Video.Visibility.LISTED:
        return set()
    names = list(
        dict.fromkeys(name for each in re.split(r"[,;\n]", contents.people) if (name := each.strip()))
    )
    if len(names) > PEOPLE:
        problems["people"] = f"These are too many people: at most {PEOPLE}."
        return set()
    found: set[int] = set()
    unknown: list[str] = []
    unclear: list[str] = []
    for name in names:
        rows = list(User.objects.filter(_called(name), is_active=True).values_list("pk", "username")[:10])
        exact = [pk for pk, username in rows if username == name] or [pk for pk, _ in rows]
        if len(exact) == 1:
            found.add(exact[0])
        else:
            (unclear if exact else unknown).append(name[:80])
    said = []
    if unknown:
        said.append(f"There is nobody called {_listed(unknown)}.")
    if unclear:
        said.append(f"More than one person is called {_listed(unclear)}: give the address.")
    if said:
        problems["people"] = " ".join(said)
    return found - {creator.pk}


def _called(name: str) -> Q:
    return Q(username__iexact=name) | Q(email__iexact=name) if "\0" not in name else Q(pk__in=())


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 10} others" if len(names) > 10 else ""
    return ", ".join(f"“{name}”" for name in names[:10]) + more


# ---------------------------------------------------------------- files


def _stored(person: int, files: Files, problems: dict[str, str]) -> dict[str, Any]:
    """What of it is on disk now, with what is known of it; a file that is not taken is told in `problems`."""
    found = _opened(person, files.kept)
    try:
        for name, given, take in (("file", files.file, _film), ("thumbnail", files.thumbnail, _picture)):
            if given is None:
                continue
            try:
                found |= take(given, person)
            except Refusal as refusal:
                problems[name] = refusal.sentence
            except OSError as problem:
                log.warning("file not stored", problem=errno.errorcode.get(problem.errno or 0, "unknown"))
                problems[name] = NO_ROOM
    finally:
        for given in (files.file, files.thumbnail):
            if given is not None:
                given.close()
    return found


def _film(given: UploadedFile[Any], person: int) -> dict[str, Any]:
    given.seek(0)
    kind = media.media_type(given.read(media.HEAD))
    name, size = storing.keep_file(given.chunks())
    with storing.path_of(name).open("rb") as opened:
        length = media.length_ms(opened, kind)
    called = shown_name(given.name or "")
    return {"file": name, "file_bytes": size, "media_type": kind, "file_name": called, "length_ms": length}


def _picture(given: UploadedFile[Any], person: int) -> dict[str, Any]:
    given.seek(0)
    if picture_type(given.read(64)) not in PICTURES:
        raise Refusal("This is no picture. PNG, JPEG, WebP, GIF and AVIF are taken.")
    return {"thumbnail": keep_picture(given.chunks(), person)}


def keep_picture(pieces: Iterable[bytes], person: int) -> str:
    """Made anew by a process of its own: nothing but its pixels is kept. Gives its name; raises Refusal."""
    with reading.received(pieces) as path:
        made = read(path, "thumbnail", person)
        if made.kind != "picture":
            raise Refusal("This is no picture.")
        with made.path.open("rb") as opened:
            return storing.keep_file(opened)[0]


def _file_values(video: Video, files: Files, stored: dict[str, Any]) -> dict[str, Any]:
    """The columns of files as they will be."""
    names = ("file", "file_name", "file_bytes", "media_type")
    if stored.get("file"):
        film = {name: stored[name] for name in names}
    elif files.drop_file:
        film = {"file": "", "file_name": "", "file_bytes": 0, "media_type": ""}
    else:
        film = {name: getattr(video, name) for name in names}
    kept = "" if files.drop_thumbnail else video.thumbnail
    return {**film, "thumbnail": stored.get("thumbnail") or kept}


def _sealed(person: int, stored: dict[str, Any]) -> str:
    """The files of a refused form in words that only this person can bring back."""
    return signing.dumps({"person": person, **stored}, salt=_SALT) if stored else ""


def _opened(person: int, kept: str) -> dict[str, Any]:
    """Nothing for what we did not seal for this person, is too old, or was used meanwhile."""
    try:
        found = signing.loads(kept, salt=_SALT, max_age=_KEPT_FOR) if kept else {}
    except signing.BadSignature:
        return {}
    if found.pop("person", None) != person:
        return {}
    names = {found.get("file", ""), found.get("thumbnail", "")} - {""}
    used = Video.objects.filter(Q(file__in=names) | Q(thumbnail__in=names)).exists()
    there = all(storing.path_of(name).is_file() for name in names)
    return dict(found) if there and not used else {}


def kept_name(person: User | Any, kept: str) -> str:
    """How the file is called that came with a refused form; empty where there is none."""
    found = _opened(person.pk, kept)
    return str(found.get("file_name", ""))


# ---------------------------------------------------------------- deleting


@write()
def delete_video(*, video: Video) -> None:
    """Out of sight and out of every answer at once; its creator can bring it back for 30 days."""
    Video.objects.filter(pk=video.pk, deleted_at__isnull=True).update(deleted_at=timezone.now())


@write()
def restore_video(*, creator: User | Any, key: UUID) -> Video:
    """Raises Gone for what is not there, not theirs, or too old."""
    video = Video.objects.filter(pk=key, creator=creator.pk).first()
    if video is None or (video.deleted_at and video.deleted_at < timezone.now() - TRASH_KEPT):
        raise Gone
    Video.objects.filter(pk=video.pk).update(deleted_at=None)
    video.deleted_at = None
    return video


def sweep() -> bool:
    """Files that no row names go. Whether there is more to do at once."""
    paths = list(storing.old_files())
    kept = _needed([path.name for path in paths])
    for path in paths:
        if path.name not in kept:
            path.unlink(missing_ok=True)
    return False


def _needed(names: list[str], at_once: int = 500) -> set[str]:
    found: set[str] = set()
    for at in range(0, len(names), at_once):
        some = names[at : at + at_once]
        for field in ("file", "thumbnail"):
            found.update(Video.objects.filter(**{f"{field}__in": some}).values_list(field, flat=True))
    return found
