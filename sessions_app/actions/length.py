"""Messages that no request to the chosen model could hold: refused before they are sent, with what would help."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sessions_app import offering
from sessions_app.agent import whole
from sessions_app.agent.cards import is_card, told
from sessions_app.models import Attachment, ChatSession
from sessions_app.providers.base import ModelInfo, estimate_tokens

from .errors import MessageTooLong

SURELY_FITS = 0.25  # of a model's window: nothing is measured up to there
OF_FILES = 0.5  # of the window that the words of files are cut to (`agent.attached`)
SEEN = (Attachment.Kind.PICTURE, Attachment.Kind.PDF)


class TooLongForModel(MessageTooLong):
    keeps_draft = True

    def __init__(self, tokens: int, info: ModelInfo, larger: ModelInfo | None) -> None:
        words = f"This message is about {tokens:,} tokens with its files, and {info.label} takes {info.context_window:,} with instructions, tools and the answer."
        help_ = ["shorten it", "send it as a file"]
        if larger is not None:
            help_.append(f"choose {larger.label}, which takes {larger.context_window:,}")
        told = f"{', '.join(help_[:-1])} or {help_[-1]}."
        super().__init__(f"{words} {told[:1].upper()}{told[1:]}")


def refuse_too_long(
    *,
    content: str,
    files: Sequence[Attachment],
    chat: ChatSession,
    info: ModelInfo,
    person: Any,
    cards: Sequence[Mapping[str, Any]] = (),
) -> None:
    """By rule of thumb: what is refused here would surely be refused by the provider. `cards` are stored parts."""
    words = estimate_tokens([content, *(told(part) for part in cards if is_card(part))])
    if fits(words, files, info, SURELY_FITS):
        return
    beside = whole.instructions(chat.settings)
    if fits(words + beside, files, info, share_of(chat, info)):
        return
    others = [choice.info for choice in offering.choices(person) if not choice.locked]
    larger = [each for each in others if fits(words + beside, files, each, share_of(chat, each))]
    raise TooLongForModel(words + of_files(files, info), info, next(iter(larger), None))


def fits(tokens: int, files: Sequence[Attachment], info: ModelInfo, share: float) -> bool:
    return tokens + of_files(files, info) <= info.context_window * share


def share_of(chat: ChatSession, info: ModelInfo) -> float:
    """Of the model's window that is not the answer's."""
    return 1 - whole.max_tokens_of(chat, info) / info.context_window


def of_files(files: Sequence[Attachment], info: ModelInfo) -> int:
    words = sum(file.tokens for file in files if file.kind not in SEEN)
    return min(words, int(info.context_window * OF_FILES)) + sum(
        file.tokens for file in files if file.kind in SEEN
    )
