"""Which rows are asked for: a question of the dashboard, and what narrows it further. Read from an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from analytics_app.dashboard.question import RANGES, Question, question
from sessions_app import offering
from sessions_app.agent.labels import look
from sessions_app.models import TokenUsage

ANY = "any"
NO_SESSION = "“%(key)s” is no key of a session. It is left out."
NO_PURPOSE = "There are no calls for “%(name)s”. It is left out."


@dataclass(frozen=True, slots=True)
class Wish:
    """`error` is a type, or "any"; `sort` a name of the kind's orders. Filters the kind does not know are empty."""

    question: Question
    purpose: str = ""
    error: str = ""
    tool: str = ""
    unpriced: bool = False
    session: UUID | None = None
    sort: str = "at"
    problem: str = ""

    def query(self, **changes: str) -> str:
        """The query of its address, with these parts changed ("" takes one out)."""
        own = {
            "purpose": self.purpose,
            "error": self.error,
            "tool": self.tool,
            "unpriced": "1" if self.unpriced else "",
            "session": str(self.session or ""),
            "sort": "" if self.sort == "at" else self.sort,
        }
        return self.question.query(**own | changes)

    @property
    def narrowed(self) -> bool:
        """Whether rows are left out that a figure of its question counts."""
        return bool(self.purpose or self.error or self.tool or self.unpriced or self.session)

    def chips(self) -> list[tuple[str, str]]:
        """What narrows it, in words, each with the query without it."""
        asked = self.question
        found = [(period_words(asked), {"time_range": "all", "from": "", "until": ""})]
        if asked.span.name == "all":
            found.clear()
        if asked.everyone and asked.person:
            found.append((_("By %(name)s") % {"name": asked.person.username}, {"user": ""}))
        if asked.model:
            found.append((offering.label(asked.model, asked.provider), {"model": ""}))
        if asked.provider:
            found.append((offering.provider_label(asked.provider), {"provider": ""}))
        if self.purpose:
            found.append((_("For: %(name)s") % {"name": purpose_word(self.purpose)}, {"purpose": ""}))
        if self.error:
            words = _("Failed") if self.error == ANY else _("Failed: %(type)s") % {"type": self.error}
            found.append((words, {"error": ""}))
        if self.tool:
            found.append((look(self.tool).label, {"tool": ""}))
        if self.unpriced:
            found.append((_("Price unknown"), {"unpriced": ""}))
        if self.session:
            found.append((_("One session"), {"session": ""}))
        return [(words, self.query(**changes)) for words, changes in found]


def wish(asker: Any, given: Mapping[str, Any], filters: tuple[str, ...], sorts: Mapping[str, Any]) -> Wish:
    """Of these `filters` and `sorts`; what stands beside them is left out, what is not understood is said."""
    asked = question(asker, given)
    problem = asked.problem
    known = {name: str(given.get(name, "")).replace("\0", "")[:120] for name in filters}
    purpose = known.get("purpose", "")
    if purpose and purpose not in TokenUsage.Purpose.values:
        problem, purpose = problem or NO_PURPOSE % {"name": purpose}, ""
    session, wrong = _key(known.get("session", ""))
    sort = str(given.get("sort", "at"))
    return Wish(
        asked,
        purpose=purpose,
        error=known.get("error", ""),
        tool=known.get("tool", ""),
        unpriced=known.get("unpriced") == "1",
        session=session,
        sort=sort if sort in sorts else "at",
        problem=problem or wrong,
    )


def purpose_word(purpose: str) -> str:
    return str(dict(TokenUsage.Purpose.choices).get(purpose, purpose))


def period_words(asked: Question) -> str:
    span = asked.span
    return RANGES.get(span.name, span.words)


def _key(text: str) -> tuple[UUID | None, str]:
    try:
        return (UUID(text) if text else None), ""
    except ValueError:
        return None, NO_SESSION % {"key": text[:40]}
