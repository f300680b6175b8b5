"""What was uploaded, opened: one JSON file, or a ZIP of them. Nothing is unpacked to disk, and no name in it is a path."""

from __future__ import annotations

import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import IO, Self

import orjson

from .base import BadFile

MOST_MEMBERS = 50_000
MOST_UNPACKED = 4_000_000_000
"""Bytes of all JSON files of one ZIP."""
RATIO, SMALL = 250, 20_000_000
"""Text shrinks to a tenth or twentieth; what shrinks further is looked at by its size."""
LONGEST_NAME = 300
PIECE = 256 * 1024
BESIDE = frozenset({
    "users.json", "user.json", "projects.json", "memories.json", "message_feedback.json", "shared_conversations.json",
    "model_comparisons.json", "user_settings.json", "export_manifest.json", "manifest.json", "sora.json",
    "group_chats.json", "shopping.json", "conversation_asset_file_names.json", "library_files.json",
})  # fmt: skip
OWN = re.compile(rb'(\xef\xbb\xbf)?\s*\{\s*"format"\s*:\s*"workspace-session"')
_ASSET = re.compile(r"(file[-_][A-Za-z0-9]{8,})")


@dataclass(frozen=True, slots=True)
class Member:
    """The contents of a file of the ZIP: two of one name are the same. Only in `container` they can be read: with OSError
    where that fails, as a file that is gone."""

    name: str
    container: Container | None = field(default=None, compare=False, repr=False)

    def __call__(self) -> Iterator[bytes]:
        if self.container is None:
            raise FileNotFoundError(self.name)
        return self.container.pieces(self.name)


@dataclass(frozen=True, slots=True)
class Asset:
    """A file of the ZIP that a message may name."""

    name: str
    size: int
    read: Callable[[], Iterator[bytes]]


UNREADABLE = (zipfile.BadZipFile, EOFError, RuntimeError, NotImplementedError, ValueError, zlib.error)
"""What reading a damaged ZIP raises."""
DAMAGED = "This ZIP cannot be read: it is damaged, or did not arrive whole. Download it again."


@dataclass(frozen=True, slots=True)
class Opened:
    """A JSON file, read in pieces. Seeking forward in one of a ZIP unpacks what lies between."""

    file: IO[bytes]

    def read(self, size: int, /) -> bytes:
        try:
            return self.file.read(size)
        except (OSError, *UNREADABLE):
            raise BadFile(DAMAGED) from None

    def seek(self, at: int, /) -> int:
        try:
            return self.file.seek(at)
        except (OSError, *UNREADABLE):
            raise BadFile(DAMAGED) from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self.file.close()


@dataclass
class Container:
    """A file of a person's. `members` are the names of the JSON files in it, "" where it is one itself."""

    path: Path
    members: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    _zip: zipfile.ZipFile | None = None

    def __enter__(self) -> Self:
        try:
            with self.path.open("rb") as opened:
                start = opened.read(4)
        except OSError:
            raise BadFile("The file is not here any more. Choose it again.") from None
        if start[:2] == b"PK":
            self._unzip()
        else:
            self.members = [""]
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._zip is not None:
            self._zip.close()

    def open(self, member: str) -> Opened:
        """A JSON file of it. Reading raises BadFile where it is damaged."""
        try:
            if self._zip is None:
                return Opened(self.path.open("rb"))
            info = self._infos.get(member)
            if info is None:
                raise BadFile("A file of the ZIP is not in it any more.", place=member)
            return Opened(self._zip.open(info))
        except (OSError, *UNREADABLE):
            raise BadFile(DAMAGED, place=member) from None

    # ------------------------------------------------ a ZIP

    def _unzip(self) -> None:
        try:
            self._zip = zipfile.ZipFile(self.path)
        except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError):
            raise BadFile(DAMAGED) from None
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(infos) > MOST_MEMBERS:
            raise BadFile(
                f"There are {len(infos):,} files in this ZIP; at most {MOST_MEMBERS:,} are looked at."
            )
        self.members = self._chosen(infos)
        _check([self._infos[name] for name in self.members])

    @cached_property
    def _infos(self) -> dict[str, zipfile.ZipInfo]:
        return {info.filename: info for info in self._zip.infolist()} if self._zip else {}

    def _chosen(self, infos: list[zipfile.ZipInfo]) -> list[str]:
        """Names of the JSON files that may hold conversations: this app's own where there are any, else those that are
        called so, else all."""
        names = [
            name
            for name in dict.fromkeys(info.filename for info in infos)
            if name.lower().endswith(".json") and not base(name).startswith("._")
        ]
        own = [name for name in names if self._is_own(name)]
        called = [name for name in names if base(name).startswith("conversations")]
        names = own or called or [name for name in names if base(name) not in BESIDE]
        short = [name for name in names if len(name) <= LONGEST_NAME]
        if len(short) < len(names):
            self.notes.append("Files with very long names were left out.")
        if not short:
            raise BadFile(_nothing_in(infos))
        left = len(infos) - len(short)
        if (own or called) and left:
            self.notes.append(
                f"The ZIP holds {counted(left, 'other file')}; only what belongs to conversations is taken."
            )
        return sorted(short, key=_natural)

    def _is_own(self, name: str) -> bool:
        """Whether it begins as a session does that this app wrote."""
        info = self._infos[name]
        if self._zip is None or _refusal(info):
            return False
        try:
            with self._zip.open(info) as opened:
                return bool(OWN.match(opened.read(200)))
        except UNREADABLE:
            return False

    # ------------------------------------------------ files that messages name

    @cached_property
    def assets(self) -> dict[str, zipfile.ZipInfo]:
        """Files of a ChatGPT export by the id their names begin with."""
        found: dict[str, zipfile.ZipInfo] = {}
        for name, info in self._infos.items():
            match = _ASSET.match(base(name)) if not name.lower().endswith(".json") else None
            if match and not info.is_dir():
                found.setdefault(match.group(1).lower(), info)
        return found

    def asset(self, key: str) -> Asset | None:
        """The file with this id ("file-AbC…"), where the ZIP holds it and it can be read."""
        info = self.assets.get(asset_key(key))
        if info is None or _refusal(info):
            return None
        return Asset(info.filename.rpartition("/")[2], info.file_size, self.member(info.filename))

    @cached_property
    def asset_names(self) -> bytes:
        """Name, size and member of each of them by its id, as JSON."""
        good = {key: info for key, info in self.assets.items() if not _refusal(info)}
        names = {
            key: (info.filename.rpartition("/")[2], info.file_size, info.filename)
            for key, info in good.items()
        }
        return orjson.dumps(names)

    def member(self, name: str) -> Member:
        return Member(name, self)

    def pieces(self, name: str) -> Iterator[bytes]:
        info = self._infos.get(name)
        if self._zip is None or info is None:
            raise FileNotFoundError(name)
        try:
            with self._zip.open(info) as opened:
                while piece := opened.read(PIECE):
                    yield piece
        except UNREADABLE as problem:
            raise OSError("damaged") from problem


def asset_key(named: str) -> str:
    """The id of a file of the ZIP in what a message calls it, "" where there is none."""
    match = _ASSET.search(named)
    return match.group(1).lower() if match else ""


def base(name: str) -> str:
    return re.split(r"[/\\]", name)[-1].lower()


def counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" + ("" if count == 1 else "s")


def _natural(name: str) -> list[tuple[int, str]]:
    """conversations-2 stands before conversations-10."""
    return [(int(part), "") if part.isdecimal() else (-1, part) for part in re.split(r"(\d{1,12})", name)]


def _check(infos: list[zipfile.ZipInfo]) -> None:
    for info in infos:
        if sentence := _refusal(info):
            raise BadFile(sentence, place=info.filename[:LONGEST_NAME])
    whole = sum(info.file_size for info in infos)
    if whole > MOST_UNPACKED:
        raise BadFile(
            f"Unpacked this ZIP is {whole / 1e9:.1f} GB; at most {MOST_UNPACKED // 10**9} GB are read."
        )


def _refusal(info: zipfile.ZipInfo) -> str:
    if info.flag_bits & 0x1:
        return "This ZIP is locked with a password. Unpack it, and choose the file that is in it."
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return (
            "This ZIP is packed in a way that is not read here. Unpack it, and choose the file that is in it."
        )
    if info.file_size > SMALL and info.file_size > RATIO * max(1, info.compress_size):
        return "This ZIP unpacks to far more than a data export does; it is not read."
    return ""


def _nothing_in(infos: list[zipfile.ZipInfo]) -> str:
    if not infos:
        return "This ZIP is empty."
    if any(info.filename.lower().endswith(".zip") for info in infos):
        return "There is a ZIP inside this ZIP. Unpack it, and choose the inner one."
    return "There is no file with conversations in this ZIP: none of its files is JSON."
