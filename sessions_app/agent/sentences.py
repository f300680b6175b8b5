"""What the loop says to people when a reply does not simply end; all of it in one place."""

from __future__ import annotations

import copy
from decimal import Decimal
from typing import TypeVar

from sessions_app.providers.base import ProviderError

Fault = TypeVar("Fault", bound=ProviderError)

TRIES = {2: "twice", 3: "three times", 4: "four times", 5: "five times"}

REFUSED = (
    "The model declined to answer this. Your message is kept; it can be edited, or sent to another model."
)
CUT_BY_LENGTH = "The answer reached its length limit. The text is kept; Continue goes on from there."
EMPTY = "The model ended without an answer. Your message is kept; Retry asks again."
NO_TOOL_NAMED = "The model stopped for a tool but named none. What it wrote is kept; Retry asks again."
TOOL_CUT = "The call was cut before it was complete, so the tool was not run."
NO_END = "The answer stopped without its proper end."
UNEXPECTED = "The answer failed on our side."


def turn_limit(turns: int) -> str:
    word = "turn" if turns == 1 else "turns"
    return f"This reply used all of its {turns} {word}. What was found is kept; Continue goes on from there."


def cost_limit(spent: Decimal, most: Decimal) -> str:
    return (
        f"This reply has cost ${spent:.2f}, and one reply may cost ${most:.2f}. What was found is kept; "
        "Continue goes on from there."
    )


def budget(reason: str, *, turn: int, attempt: int) -> str:
    """The end of a reply whose next call must not leave: `reason` says what is used up and when it starts again."""
    if turn > 1:
        return f"{reason} What was found is kept; Continue goes on from there."
    return f"{reason} Your message is kept{', and nothing was charged' if attempt == 1 else ''}."


def too_many_calls(most: int) -> str:
    return f"Not run: a turn may call {most} tools at most. The others were run."


def unknown_stop(stop_reason: str) -> str:
    return f'The model stopped for a reason not known here ("{stop_reason[:40]}"). The text is kept.'


def retrying(error: ProviderError, attempt: int, attempts: int) -> str:
    return f"{error.sentence} Waiting, try {attempt} of {attempts}."


def failed(
    error: ProviderError, *, attempts: int, seconds: float, shown: bool, tokens: int, too_late: bool
) -> str:
    """What happened, what is kept, what it cost: `tokens` are those of every call of the reply so far."""
    words = [error.sentence]
    if attempts > 1:
        words.append(f"We tried {TRIES.get(attempts, f'{attempts} times')} in {duration(seconds)}.")
    if too_late and error.retry_after is not None:
        words.append(f"It can be tried again in {duration(error.retry_after)}.")
    kept = "The text is kept" if shown else "Your message is kept"
    words.append(
        f"{kept}; {tokens:,} tokens were counted." if tokens else f"{kept}, and nothing was charged."
    )
    return " ".join(words)


def reworded(error: Fault, sentence: str) -> Fault:
    """The same error with another sentence; the first one stays its cause."""
    twin = copy.copy(error)
    twin.sentence = sentence
    twin.args = (sentence,)
    twin.__cause__ = error.__cause__ or error
    return twin


def duration(seconds: float) -> str:
    """Rounded up to whole units, so that "in 2 minutes" is never too early."""
    whole = max(1, -int(-seconds // 1))
    if whole < 90:
        return f"{whole} s"
    minutes = -(-whole // 60)
    return f"{minutes} minutes" if minutes < 120 else f"{-(-minutes // 60)} hours"
