"""From the results of tools to an answer: the figures in it are those of the results and of nothing else."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sessions_app.providers.offline import families, repairs
from sessions_app.providers.offline.talk import WHAT_FOR

from . import active, costs, engagement, found, health, metrics, repair, tokens
from .facts import Facts, cell, money, paragraphs, plain, sentence, table

TELLERS: Mapping[str, Callable[[Facts, str], str]] = {
    families.METRICS: metrics.told,
    families.TOKENS: tokens.told,
    families.SEARCH: found.told,
    families.ACTIVE: active.told,
    families.ENGAGEMENT: engagement.told,
    families.HEALTH: health.told,
    families.COSTS: costs.told,
    repairs.FIND: repair.found,
    repairs.READ: repair.read,
}
HEADINGS = {
    families.METRICS: "Session metrics",
    families.TOKENS: "Tokens",
    families.SEARCH: "Messages",
    families.ACTIVE: "Active sessions",
    families.ENGAGEMENT: "Engagement",
    families.HEALTH: "System health",
    families.COSTS: "Costs",
    repairs.FIND: "Repair guides",
    repairs.READ: "Repair guide",
}
SIDE_BY_SIDE: Mapping[str, Callable[[Facts], str]] = {
    "active_sessions": lambda row: cell(row.number("active_sessions")),
    "messages": lambda row: cell(row.number("messages")),
    "total_tokens": lambda row: cell(row.number("total_tokens")),
    "total_cost": lambda row: money(row.amount("total_cost")),
}
STAFF = re.compile(r"\bstaff\b", re.I)


@dataclass(frozen=True, slots=True)
class Answered:
    """A call that was made, and what came back."""

    tool: str
    input: Mapping[str, Any]
    content: str
    is_error: bool

    @property
    def staff_only(self) -> bool:
        """Whether everyone's figures were refused to a person who is not staff."""
        return self.is_error and self.input.get("scope") == "everyone" and bool(STAFF.search(self.content))

    @property
    def facts(self) -> Facts | None:
        """None where the result is no JSON object."""
        if self.is_error:
            return None
        try:
            read = json.loads(self.content)
        except (ValueError, RecursionError):
            return None
        return Facts(read) if isinstance(read, dict) else None


def tell(answers: Sequence[Answered], question: str) -> str:
    """One answer of all results: a lone one as it is, several under a heading each."""
    if len(answers) == 1:
        return _told(answers[0], question)
    parts = [f"### {_heading(answer)}\n\n{_told(answer, question)}" for answer in answers]
    return paragraphs(_compared(answers), *parts)


def _heading(answer: Answered) -> str:
    name = HEADINGS.get(answer.tool) or plain(answer.tool) or "A tool"
    facts = answer.facts
    period = facts.text("period") if facts else ""
    return f"{name}, {period}" if period else name


def _told(answer: Answered, question: str) -> str:
    if answer.is_error:
        hint = WHAT_FOR if answer.input.get("query") == "" else ""
        return sentence("I could not look that up.", plain(answer.content), hint)
    teller, facts = TELLERS.get(answer.tool), answer.facts
    if teller is None or facts is None:
        return f"The tool {plain(answer.tool) or 'asked'} answered something I cannot read."
    if set(facts.values) == {"note", "text"}:
        return f"The result is too long for me to read. {facts.text('note')}"
    return teller(facts, question)


def _compared(answers: Sequence[Answered]) -> str:
    """A small table where one tool was asked for several periods."""
    read = [facts for answer in answers if (facts := answer.facts) and facts.text("period")]
    if len(read) != len(answers) or len({answer.tool for answer in answers}) != 1:
        return ""
    columns = {name: write for name, write in SIDE_BY_SIDE.items() if any(name in facts for facts in read)}
    if not columns:
        return ""
    head = ["Period", *(name.removeprefix("total_").replace("_", " ").capitalize() for name in columns)]
    return table(
        head, [[facts.text("period"), *(write(facts) for write in columns.values())] for facts in read]
    )
