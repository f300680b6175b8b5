"""Many videos at once, from a folder, a ZIP or files that were chosen together: which belong to each other. Pure but for
reading.

Files of one name in one folder are one video: `intro.mp4`, `intro.vtt` (or `intro.en.vtt`), `intro.jpg`. A table
`videos.csv` or `videos.json` beside them may say more of each by its name.
"""

from __future__ import annotations

import csv
import io
import json
import re
import zipfile
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any

from sessions_app.rendering import clean_text

from .links import checked_url

MOST_FILES = 1_000
MOST_RATIO = 100  # of what is in a ZIP to what it is packed into
MOST_DIRECTORY = 1_000_000  # bytes of a ZIP's own list of files
MOST_TABLE = 2_000_000
SMALL = 1_000_000

FILMS = {
    "mp4": "video/mp4",
    "m4v": "video/mp4",
    "mov": "video/quicktime",
    "webm": "video/webm",
    "ogv": "video/ogg",
    "mp3": "audio/mpeg",
    "m4a": "audio/mp4",
}
TRANSCRIPTS = ("vtt", "srt", "txt")
PICTURES = ("jpg", "jpeg", "png", "webp")
TABLES = ("videos.csv", "videos.json")
VISIBILITIES = ("private", "listed", "everyone")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[A-Za-z0-9]{2,8}){0,3}")
_HIDDEN = re.compile(r"(?:^|/)(?:\.(?!\.?(?:/|$))[^/]*|__MACOSX|Thumbs\.db)(?:/|$)")


class BadArchive(Exception):
    """It is not taken at all; its text says why."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file: its path below what was given, with `/`, and how it is read."""

    path: str
    size: int
    open: Callable[[], IO[bytes]]

    @property
    def kind(self) -> str:
        return PurePosixPath(self.path).suffix.lower().removeprefix(".")

    @property
    def stem(self) -> str:
        return self.path.removesuffix(PurePosixPath(self.path).suffix)


@dataclass(frozen=True, slots=True)
class Facts:
    """What a table says of a video; what it does not say is empty. `problem` is why it cannot be taken."""

    title: str = ""
    url: str = ""
    language: str = ""
    visibility: str = ""
    description: str = ""
    problem: str = ""


@dataclass
class Bundle:
    """What becomes one video; `name` is the path of its files without their endings."""

    name: str
    film: Source | None = None
    transcript: Source | None = None
    picture: Source | None = None
    facts: Facts = Facts()
    language: str = ""

    @property
    def title(self) -> str:
        named = " ".join(clean_text(PurePosixPath(self.name).name).replace("_", " ").split())
        return (self.facts.title or named or self.name)[:200]


@dataclass
class Gathered:
    """Bundles in order of their names, and the files that are in none with why."""

    bundles: list[Bundle] = field(default_factory=list)
    left_out: list[tuple[str, str]] = field(default_factory=list)


# ---------------------------------------------------------------- where files come from


def folder_sources(folder: Path) -> list[Source]:
    """Files below a folder; links that lead out of it are left alone. Raises BadArchive."""
    root = folder.resolve()
    found: list[Source] = []
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if _HIDDEN.search(name) or not path.is_file() or not path.resolve().is_relative_to(root):
            continue
        if len(found) == MOST_FILES:
            raise BadArchive(f"There are more than {MOST_FILES:,} files in it.")
        found.append(Source(name, path.stat().st_size, lambda path=path: path.open("rb")))  # type: ignore[misc]
    return found


def is_zip(file: IO[bytes]) -> bool:
    file.seek(0)
    head = file.read(4)
    file.seek(0)
    return head in (b"PK\x03\x04", b"PK\x05\x06")


def zip_sources(file: IO[bytes]) -> list[Source]:
    """Files in a ZIP, none unpacked before it is read. Raises BadArchive for what is broken, locked, or made to be too
    much: nothing of it is taken then."""
    size = file.seek(0, io.SEEK_END)
    if _directory_bytes(file, size) > MOST_DIRECTORY:
        raise BadArchive(f"There are more than {MOST_FILES:,} files in it.")
    try:
        archive = zipfile.ZipFile(file)
    except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError) as problem:
        raise BadArchive("This ZIP file is broken: it cannot be opened.") from problem
    entries = [each for each in archive.infolist() if not each.is_dir() and not _HIDDEN.search(each.filename)]
    if len(entries) > MOST_FILES:
        raise BadArchive(f"There are more than {MOST_FILES:,} files in it.")
    if sum(each.file_size for each in entries) > max(size * MOST_RATIO, SMALL):
        raise BadArchive("What is packed in it is far larger than a ZIP file of videos can be.")
    return [_entry(archive, each) for each in sorted(entries, key=lambda each: each.filename)]


def _entry(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Source:
    path = PurePosixPath(entry.filename.replace("\\", "/"))
    if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
        raise BadArchive(f"“{entry.filename[:100]}” leads out of the ZIP file.")
    if entry.flag_bits & 1:
        raise BadArchive("This ZIP file is locked with a password.")
    if entry.file_size > SMALL and entry.file_size > entry.compress_size * MOST_RATIO:
        raise BadArchive(f"“{entry.filename[:100]}” is packed far smaller than a video or transcript can be.")
    return Source(str(path), entry.file_size, lambda: archive.open(entry))


def _directory_bytes(file: IO[bytes], size: int) -> int:
    """How long a ZIP's list of files is, by its last record: it is read as a whole when the ZIP is opened."""
    file.seek(max(0, size - 66_000))
    tail = file.read()
    file.seek(0)
    at, large = tail.rfind(b"PK\x05\x06"), tail.rfind(b"PK\x06\x06")
    lengths = [0]
    if at >= 0:
        length = int.from_bytes(tail[at + 12 : at + 16], "little")
        lengths.append(0 if length == 0xFFFFFFFF else length)
    if large >= 0:
        lengths.append(int.from_bytes(tail[large + 40 : large + 48], "little"))
    return max(lengths)


# ---------------------------------------------------------------- what belongs together


def gathered(sources: Sequence[Source]) -> Gathered:
    """Raises BadArchive for a table that cannot be read."""
    result = Gathered()
    bundles: dict[str, Bundle] = {}
    for name, facts in _tables(sources):
        bundles[name.lower()] = Bundle(name, facts=facts)
    for source in sources:
        if source.kind in FILMS or source.kind in PICTURES:
            _add(bundles, source, result)
        elif source.kind not in TRANSCRIPTS and PurePosixPath(source.path).name.lower() not in TABLES:
            result.left_out.append((source.path, "This is no video, transcript, picture or table."))
    wanted = [source for kind in TRANSCRIPTS for source in sources if source.kind == kind]
    for source in wanted:
        _add_transcript(bundles, source, result)
    for name in [name for name, each in bundles.items() if each.picture and _alone(each)]:
        picture = bundles.pop(name).picture
        if picture:
            result.left_out.append((picture.path, "There is no video or transcript of this name."))
    result.bundles = sorted(bundles.values(), key=lambda each: each.name.lower())
    return result


def _alone(bundle: Bundle) -> bool:
    return bundle.film is None and bundle.transcript is None and bundle.facts == Facts()


def _add(bundles: dict[str, Bundle], source: Source, result: Gathered) -> None:
    bundle = bundles.setdefault(source.stem.lower(), Bundle(source.stem))
    place = "film" if source.kind in FILMS else "picture"
    if getattr(bundle, place) is None:
        setattr(bundle, place, source)
    else:
        result.left_out.append((source.path, "Another file of this name was taken."))


def _add_transcript(bundles: dict[str, Bundle], source: Source, result: Gathered) -> None:
    name, language = source.stem, ""
    shorter, _, tag = name.rpartition(".")
    if name.lower() not in bundles and shorter and "/" not in tag and _LANGUAGE.fullmatch(tag):
        name, language = shorter, tag
    bundle = bundles.setdefault(name.lower(), Bundle(name))
    if bundle.transcript is None:
        bundle.transcript, bundle.language = source, language
    else:
        result.left_out.append((source.path, f"Another transcript was taken: {bundle.transcript.path}."))


# ---------------------------------------------------------------- tables


def _tables(sources: Iterable[Source]) -> Iterator[tuple[str, Facts]]:
    for source in sources:
        path = PurePosixPath(source.path)
        if path.name.lower() not in TABLES:
            continue
        if source.size > MOST_TABLE:
            raise BadArchive(f"{source.path} is too large: at most 2 MB are read.")
        with source.open() as file:
            raw = file.read(MOST_TABLE + 1)
        try:
            text = raw.decode("utf-8-sig")
        except UnicodeDecodeError as problem:
            line = raw.count(b"\n", 0, problem.start) + 1
            raise BadArchive(f"{source.path}, line {line}: this is not UTF-8.") from problem
        rows = _json_rows(source.path, text) if source.kind == "json" else _csv_rows(source.path, text)
        for count, row in enumerate(rows):
            if count == MOST_FILES:
                raise BadArchive(f"{source.path} names more than {MOST_FILES:,} videos.")
            name = _said(row, "name") or _said(row, "file")
            if not name:
                raise BadArchive(f"{source.path}: row {count + 1} has no name.")
            kind = PurePosixPath(name).suffix.lower().removeprefix(".")
            known = kind in FILMS or kind in TRANSCRIPTS or kind in PICTURES
            stem = name.removesuffix(PurePosixPath(name).suffix) if known else name
            yield str(path.parent / stem.replace("\\", "/")), _facts(row)


def _json_rows(path: str, text: str) -> list[Mapping[str, Any]]:
    """A list of objects, such a list under "videos", or objects by their names."""
    try:
        found = json.loads(text)
    except json.JSONDecodeError as problem:
        raise BadArchive(f"{path}, line {problem.lineno}: this is not JSON.") from problem
    except RecursionError as problem:
        raise BadArchive(f"{path} is nested too deep.") from problem
    if isinstance(found, dict) and isinstance(found.get("videos"), list):
        found = found["videos"]
    elif isinstance(found, dict):
        found = [{"name": name, **row} if isinstance(row, dict) else row for name, row in found.items()]
    if not isinstance(found, list) or not all(isinstance(row, dict) for row in found):
        raise BadArchive(f"{path} holds no list of videos.")
    return found


def _csv_rows(path: str, text: str) -> list[Mapping[str, Any]]:
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    try:
        rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error as problem:
        raise BadArchive(f"{path} is no table: {problem}.") from problem
    return [{str(key).strip().lower(): value for key, value in row.items()} for row in rows]


def _said(row: Mapping[str, Any], name: str) -> str:
    value = row.get(name)
    return " ".join(clean_text(value).split()) if isinstance(value, str) else ""


def _facts(row: Mapping[str, Any]) -> Facts:
    description = row.get("description")
    facts = Facts(
        _said(row, "title")[:200],
        _said(row, "url"),
        _said(row, "language"),
        _said(row, "visibility").lower(),
        clean_text(description).strip()[:20_000] if isinstance(description, str) else "",
    )
    problem = _problem(facts)
    return Facts(problem=problem) if problem else facts


def _problem(facts: Facts) -> str:
    if facts.visibility not in ("", *VISIBILITIES):
        return f"Its visibility is “{facts.visibility[:40]}”; it may be private, listed or everyone."
    if facts.url and not re.fullmatch(r"https?://[^\s/]{1,253}(?:/\S*)?", facts.url[:2001]):
        return f"“{facts.url[:80]}” is no address of a page: it begins with https://."
    try:
        checked_url(facts.url or "https://none")
    except ValueError as problem:
        return f"Its address {problem}"
    if facts.language and not _LANGUAGE.fullmatch(facts.language):
        return f"“{facts.language[:40]}” is no language: such as en or pt-BR."
    return ""


def media_type_of(source: Source) -> str:
    """By its ending and its first bytes; empty for what is no film."""
    with source.open() as file:
        head = file.read(16)
    kind = source.kind
    right = {
        "webm": head.startswith(b"\x1aE\xdf\xa3"),
        "ogv": head.startswith(b"OggS"),
        "mp3": head.startswith(b"ID3") or (head[:1] == b"\xff" and head[1:2] >= b"\xe0"),
    }.get(kind, head[4:8] == b"ftyp")
    return FILMS.get(kind, "") if right else ""


def is_picture(source: Source) -> bool:
    with source.open() as file:
        head = file.read(12)
    return head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (
        head[:4] == b"RIFF" and head[8:] == b"WEBP"
    )
