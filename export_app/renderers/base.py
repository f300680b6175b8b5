"""What a format is: one class, one file, one line in `EXPORT_FORMATS`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from export_app.document import Kept
from export_app.options import COMMON, Option, Value, chosen
from export_app.transcript import Transcript
from sessions_app.actions.errors import Refused


class NotRendered(Refused):
    """The format could not be made: too large, too slow, broken off. The sentence says which."""

    kind = "not_rendered"
    sentence = "This format could not be made of this session."


@dataclass(frozen=True, slots=True)
class Sizes:
    """What a file has in bytes, about: by itself, for a message, for a character of its texts and tool results, and for
    a byte of its pictures."""

    base: int = 300
    message: int = 30
    character: float = 1.0
    picture: float = 0


class Renderer:
    """A format. Stateless: one instance serves all threads.

    `heavy` ones take seconds and are made by a child process: large ones of them in the background. `volume` is how
    many messages one file holds at most, 0 for any number; the rest goes into further, numbered files.
    """

    name: ClassVar[str]  # "markdown": in addresses, commands and options
    label: ClassVar[str]  # "Markdown": for people
    icon: ClassVar[str]  # a Heroicon
    media_type: ClassVar[str]
    extension: ClassVar[str]  # without dot
    aliases: ClassVar[tuple[str, ...]] = ()  # other names a person may type
    heavy: ClassVar[bool] = False
    volume: ClassVar[int] = 0
    options: ClassVar[tuple[Option, ...]] = COMMON
    sizes: ClassVar[Sizes] = Sizes()

    def chosen(self, given: Mapping[str, Any]) -> dict[str, Value]:
        """The options, checked; raises BadOption."""
        return chosen(self.options, given)

    def kept(self, options: Mapping[str, Value]) -> Kept:
        """What of a document these options tell."""
        return Kept(
            tools=bool(options.get("tools", True)),
            thinking=bool(options.get("thinking", True)),
            costs=bool(options.get("usage", True)),
        )

    def transcript(self, transcript: Transcript, options: Mapping[str, Value]) -> Transcript:
        """The transcript as these options want it."""
        return replace(transcript, others=bool(options.get("versions", False)), kept=self.kept(options))

    def volumes(self, transcript: Transcript) -> list[Transcript]:
        """The transcript in as many parts as it takes files."""
        return transcript.volumes(self.volume) if self.volume else [transcript]

    def render(self, transcript: Transcript, options: Mapping[str, Value]) -> Iterator[bytes]:
        """The file in pieces. Whatever is in the document, it never raises but `NotRendered`, and fetches nothing."""
        raise NotImplementedError

    def estimate(self, transcript: Transcript, options: Mapping[str, Value]) -> int:
        """About how many bytes the file, or all its volumes, will have."""
        about = self.sizes
        pictures = transcript.pictures * about.picture if about.picture and options.get("files", True) else 0
        texts = transcript.weight * about.character
        return round(about.base + transcript.count * about.message + texts + pictures)
