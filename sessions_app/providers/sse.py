"""Server-sent events from bytes, in whatever pieces they arrive.

Follows https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation, but data stays
bytes: the reader of the data decides whether it is valid UTF-8. `id` and `retry` have no meaning here.
"""

from __future__ import annotations

MAX_EVENT_BYTES = 32 * 1024 * 1024

_BOM = b"\xef\xbb\xbf"


class EventTooLarge(ValueError):
    """An event that does not end within MAX_EVENT_BYTES."""


class EventParser:
    """Feed it bytes, get whole events as (name, data); an event cut by the end of the stream is never given."""

    __slots__ = ("_begun", "_head", "_pending", "_skip_newline")

    def __init__(self) -> None:
        self._pending = bytearray()
        self._head = b""
        self._begun = False
        self._skip_newline = False

    def feed(self, chunk: bytes) -> list[tuple[bytes, bytes]]:
        """The events that this chunk completes, in order. Raises EventTooLarge."""
        if not self._begun:
            chunk = self._without_bom(chunk)
        if b"\r" in chunk or self._skip_newline:
            chunk = self._with_plain_newlines(chunk)
        if self._pending:
            searched = len(self._pending) - 1
            self._pending += chunk
            if self._pending.find(b"\n\n", searched) < 0:
                self._check_size()
                return []
            chunk = bytes(self._pending)
            self._pending.clear()
        blocks = chunk.split(b"\n\n")
        if blocks[-1]:
            self._pending += blocks[-1]
            self._check_size()
        return [event for block in blocks[:-1] if (event := _read_block(block)) is not None]

    def _without_bom(self, chunk: bytes) -> bytes:
        self._head += chunk
        if len(self._head) < len(_BOM) and _BOM.startswith(self._head):
            return b""
        self._begun = True
        head, self._head = self._head, b""
        return head.removeprefix(_BOM)

    def _with_plain_newlines(self, chunk: bytes) -> bytes:
        """A lone CR ends a line at once; the LF of a CRLF may still come with the next chunk."""
        if self._skip_newline and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._skip_newline = False
        if chunk.endswith(b"\r"):
            self._skip_newline = True
        return chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")

    def _check_size(self) -> None:
        if len(self._pending) > MAX_EVENT_BYTES:
            raise EventTooLarge(f"An event is longer than {MAX_EVENT_BYTES} bytes.")


def _read_block(block: bytes) -> tuple[bytes, bytes] | None:
    """One event, or None for a block without data (comments, blank lines, a name alone)."""
    name = b""
    data: bytes | None = None
    for line in block.split(b"\n"):
        field, _, value = line.partition(b":")
        if value[:1] == b" ":
            value = value[1:]
        if field == b"data":
            data = value if data is None else data + b"\n" + value
        elif field == b"event":
            name = value
    return None if data is None else (name, data)
