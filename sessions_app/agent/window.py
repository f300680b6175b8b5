"""How much of a conversation a request holds, and how its beginning moves: in steps, so that between two of them the
provider finds its cached prefix again. Pure.

Sizes are bytes, of which a token has some. Before messages go, long results and files in them are shortened
(`shortening`); both happen at the same steps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

KEPT = 0.6  # of the budget, once messages have to go
EASED = 0.75  # of the budget: where shortening alone brings it there, no message goes
AHEAD = 0.8  # of the budget: from here on the next step is prepared after an answer
LEAST = 10  # messages that go along whatever the budget, as far as the model takes them


@dataclass(frozen=True, slots=True)
class Held:
    """A message of the shown path; `short` is its size once it is shortened."""

    position: int
    asks: bool
    size: int
    short: int


@dataclass(frozen=True, slots=True)
class Window:
    """The request holds the messages from `begins` on, those above `shortened` in short."""

    begins: int = 1
    shortened: int = 0


@dataclass(frozen=True, slots=True)
class Room:
    """Bytes that messages may take: `fits` by the budget, `most` by the model. The last `least` messages are kept beyond
    the budget, not beyond the model."""

    fits: float
    most: float
    least: int = LEAST

    def holds(self, size: float, count: int, share: float = 1.0) -> bool:
        return size <= self.fits * share or (count <= 2 * self.least and size <= self.most * share)


def weight(held: Sequence[Held], window: Window) -> int:
    """Bytes of these messages in a request of this window."""
    return sum(
        each.short if each.position < window.shortened else each.size
        for each in held
        if each.position >= window.begins
    )


def moved(held: Sequence[Held], window: Window, room: Room, share: float = 1.0) -> Window:
    """The window as it is where that takes no more than `share` of the room, else after a step: shortened, and where
    that frees too little, begun later."""
    inside = [each for each in held if each.position >= window.begins]
    if weight(inside, window) <= room.fits * share:
        return window
    eased = Window(window.begins, max(window.shortened, older(inside)))
    if weight(inside, eased) <= room.fits * EASED:
        return eased
    if room.holds(weight(inside, window), len(inside), share):
        return window
    if not window.shortened and room.holds(weight(inside, eased), len(inside), share):
        return eased
    return Window(first_kept(inside, eased, room), eased.shortened)


def older(held: Sequence[Held]) -> int:
    """Where the last two questions begin: what is above is older."""
    asked = [each.position for each in held if each.asks]
    return asked[-2] if len(asked) > 1 else 0


def first_kept(held: Sequence[Held], window: Window, room: Room) -> int:
    """The earliest question from which on the messages fit well below the room; the last one where none does."""
    left, found = 0, 0
    for count, each in enumerate(reversed(held), start=1):
        left += each.short if each.position < window.shortened else each.size
        if each.asks:
            fits = left <= room.fits * KEPT or (count <= room.least and left <= room.most * KEPT)
            if not fits and found:
                break
            found = each.position
    return found or window.begins
