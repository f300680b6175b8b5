"""A reply as it grows, in one process: content so far, its blocks, and the frames its readers get.

Fed by the runner that makes the reply, or by a follower that reads another process's journal.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from sessions_app.models import Reply
from sessions_app.rendering.article import article_html, reply_article, state_fragment
from sessions_app.rendering.body import Body, filled

from . import frames
from .chunks import TEXT_KINDS, Chunk, Folded, fold, is_cited
from .frames import Frame


class Growth:
    """Content of one unfinished reply up to `seq`; nothing is rendered while nobody looks."""

    def __init__(self, reply: Reply, folded: Folded | None = None, seq: int = 0) -> None:
        self.reply = reply
        self.key = str(reply.pk)
        self.chat = str(reply.session_id)
        self.folded = folded or Folded()
        self.seq = seq
        self.recent: list[Chunk] = []  # not in the journal yet
        self.listeners: set[Callable[[], None]] = set()
        self.body: Body = filled(self.key, self.folded.parts, self.folded.tools)
        self._published = seq
        self._begun = False
        self.closed = False  # its body is being finished: no more snapshots
        self.state = ""  # words beside the name, where they are others than the usual
        self._stated = ""

    def take(self, piece: Chunk) -> None:
        """Add a numbered chunk to the content."""
        fold(self.folded, piece)
        self.seq = piece["seq"]
        kind = TEXT_KINDS.get(piece["type"])
        if kind is not None:
            self.body.text(kind, piece.get("turn", 0), piece["data"])
            self.state = ""
        elif piece["type"] == "tool_call":
            self.body.tool(self.folded.tools[piece["data"]["id"]], piece.get("turn", 0))
            if piece["data"]["status"] not in ("pending", "awaiting_approval"):
                self.state = ""
        elif is_cited(piece):
            self.body.cite(piece["data"]["citations"])
        elif piece["type"] == "metadata":
            self._note(piece["data"])

    def _note(self, data: dict[str, Any]) -> None:
        """Words for the reader, or who answers from here on: then the article is shown anew, with its head."""
        if data.get("status") != "fallback":
            self.state = data.get("message", "")
            return
        reply, now = self.reply, {key: data[key] for key in ("provider", "fell_back")}
        reply.model_config = {**reply.model_config, **now, "model": data["to"]}
        reply.message.model = data["to"]
        self.state, self._begun = "", False

    def frame(self) -> Frame | None:
        """What was taken since the last frame; None where only a snapshot is right (or nothing is new)."""
        start, self._published = self._published, self.seq
        stated, self._stated = self._stated, self.state
        if not self._begun or (start == self.seq and stated == self.state):
            return None
        blocks = self.body.changes()
        if blocks is None:
            return None
        words = state_fragment(self.key, self.state) if stated != self.state else ""
        return Frame(self.key, start, self.seq, frames.changes(blocks) + words)

    def skip(self) -> None:
        """Nobody looked: the next reader gets a snapshot."""
        self._begun = False

    def snapshot(self) -> str:
        """The article whole, as of `seq`; frames after it build on it."""
        self._begun, self._published, self._stated = True, self.seq, self.state
        return article_html(reply_article(self.reply.message, self.reply, self.body.html(), state=self.state))

    def heard(self) -> None:
        for listener in tuple(self.listeners):
            listener()
