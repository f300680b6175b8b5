"""The cards of a message, as they are shown: beside a person's words, or alone."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from sessions_app.agent.cards import Card, cards_in

SEVERITIES = {  # in words, and with a sign of its own: never by colour alone
    "debug": (gettext_lazy("Debug"), "bug-ant"),
    "info": (gettext_lazy("Info"), "bell"),
    "warning": (gettext_lazy("Warning"), "exclamation-triangle"),
    "error": (gettext_lazy("Error"), "x-circle"),
    "critical": (gettext_lazy("Critical"), "fire"),
}
ICONS = {"activity": "queue-list", "notification": "bell", "context": "puzzle-piece"}


@dataclass(frozen=True, slots=True)
class Beside:
    """A card of a message, as it is shown: `kind` of `agent.cards`, `events` keys of activity events. `link` may be
    opened. `moments` are the passages of videos it is of: title, time, path."""

    kind: str
    source: str
    title: str
    text: str
    severity: str
    link: str
    events: tuple[str, ...]
    topic: str = ""
    moments: tuple[tuple[str, str, str], ...] = ()

    @classmethod
    def of(cls, card: Card) -> Beside:
        told = (card.kind, card.source, card.title, card.text, card.severity, card.link)
        moments = tuple((each.title, each.times, each.path) for each in card.passages)
        return cls(*told, tuple(card.events), card.topic, moments)

    @property
    def name(self) -> str:
        """What it is and who it is from: "Notification from CI"."""
        return named(self.kind, self.source)

    @property
    def severity_words(self) -> Any:
        return SEVERITIES[self.severity][0]

    @property
    def severity_icon(self) -> str:
        return SEVERITIES[self.severity][1]

    @property
    def icon(self) -> str:
        return "film" if self.moments else ICONS[self.kind]


def beside(parts: Iterable[Mapping[str, Any]]) -> tuple[Beside, ...]:
    """The cards among these parts, read without trust: they may have come from a file."""
    return tuple(Beside.of(card) for card in cards_in(parts))


def named(kind: str, source: str) -> str:
    if not source:
        return {"activity": _("Activity"), "context": _("Context")}.get(kind, _("Notification"))
    words = {"activity": _("Activity from %(source)s"), "context": _("Context from %(source)s")}
    return words.get(kind, _("Notification from %(source)s")) % {"source": source}
