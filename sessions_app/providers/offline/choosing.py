"""From a question to the tool calls that answer it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from sessions_app.providers.base import ToolSpec

from .clauses import Clause, Found, clauses_of
from .families import ACTIVE, BY_TOOL, COSTS, HEALTH, SEARCH, TOKENS, Family
from .searching import limit_of, subject_of
from .spans import FUTURE, Span, without

MOST_CALLS = 6
# Who is there can only be said of everyone; one who may not see that is told of themselves.
ABOUT_PEOPLE = re.compile(
    r"\b(?:who|who's|who're|anyone|anybody|someone|somebody|only one|alone|people|users?|colleagues|else)\b"
    r"|\b(?:is|was|are|were) (?!it\b|this\b|that\b|my\b|the\b)[\w.-]+ (?:[\w.-]+ ){0,4}(?:online|logged in)\b"
)
ONE_SESSION = re.compile(r"\b(?:this|the current) (?:session|chat|conversation)\b")
NOT_ONE_SESSION = "I cannot count one session by itself, so these are all of yours."
ONLY_OWN = "Here I can only look at what is yours, not at everyone's."
NO_GROUP = "I cannot split this by {group}."
PART_ONLY = "I can answer only the part that is about this workspace's figures and messages."
YESTERDAY = re.compile(r"\byesterday\b")


@dataclass(frozen=True, slots=True)
class Wish:
    """A call to make. `remarks` say where it is not quite what was asked; `implied` that the question is about
    everyone by its nature, not by a word that says so; `group` is what a stand-in would split by, `ahead` that the
    question is about days to come, which no stand-in knows.
    """

    family: Family
    arguments: Mapping[str, Any] = field(default_factory=dict)
    remarks: tuple[str, ...] = ()
    implied: bool = False
    group: str = "model"
    ahead: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The calls that can be made, what is said with them, and the families whose tool is not offered."""

    wishes: tuple[Wish, ...] = ()
    remarks: tuple[str, ...] = ()
    missing: tuple[Family, ...] = ()
    needs_subject: bool = False


def choose(questions: Sequence[str], tools: Iterable[ToolSpec], today: date) -> Choice:
    """`questions` are all that a person asked, the newest last: “And this month?” is about the one before."""
    offered = {tool.name: tool for tool in tools}
    clauses = _with_earlier(questions, today)
    wanted = [wish for clause in clauses for wish in _wishes(clause, clauses)]
    wanted = [wish for wish in wanted if not _empty_search(wish)]
    needs_subject = not wanted and any(clause.search for clause in clauses)
    fitted: list[Wish] = []
    missing: list[Family] = []
    for wish in wanted:
        fitting = _fitted(wish, offered)
        if fitting is None:
            missing += [] if wish.family in missing else [wish.family]
        elif all((fitting.family, fitting.arguments) != (other.family, other.arguments) for other in fitted):
            fitted.append(fitting)
    return Choice(tuple(fitted[:MOST_CALLS]), _remarks(fitted, clauses), tuple(missing), needs_subject)


def _with_earlier(questions: Sequence[str], today: date) -> list[Clause]:
    clauses = _joined(clauses_of(questions[-1], today)) if questions else []
    if len(clauses) == 1 and clauses[0].bare:
        for earlier in reversed(questions[:-1]):
            before = _joined(clauses_of(earlier, today))
            if any(clause.found for clause in before):
                return [_renewed(clause, clauses[0]) for clause in before if clause.found]
    return clauses


def _joined(clauses: Sequence[Clause]) -> list[Clause]:
    """“How many tokens this month? By purpose, please.” is one question."""
    joined: list[Clause] = []
    for clause in clauses:
        if clause.bare and joined and joined[-1].found:
            joined[-1] = _renewed(joined[-1], clause)
        else:
            joined.append(clause)
    return joined


def _renewed(clause: Clause, newer: Clause) -> Clause:
    """An earlier clause, with the span, group and scope of the newer one where that names them."""
    kept = "" if newer.group else clause.lower
    return replace(clause, lower=f"{kept} {newer.lower}", spans=newer.spans or clause.spans)


def _wishes(clause: Clause, clauses: Sequence[Clause]) -> list[Wish]:
    if clause.search:
        return [_search(clause)]
    named = [span for other in clauses for span in other.spans if not other.search]
    common = named[:1] if len({span.name for span in named}) == 1 else []
    wishes: list[Wish] = []
    for at, found in enumerate(clause.found):
        spans: list[Span | None] = [*_spans_for(clause, at)]
        spans = spans or ([] if FUTURE.search(clause.lower) else [*common]) or [None]
        wishes += [_wish(clause, found, span) for span in spans]
    return wishes


def _spans_for(clause: Clause, at: int) -> list[Span]:
    """All spans for a lone family; for one of several the span behind it, else the one before it."""
    family = clause.found[at].family
    spans = list(clause.spans)
    if family.tool == HEALTH or (family.tool == COSTS and FUTURE.search(clause.lower)):
        return spans[:1] if family.tool == COSTS else []
    if len(clause.found) == 1 or len(spans) < 2:
        return spans
    place = clause.found[at].place
    behind = [span for span in spans if span.place > place]
    return behind[:1] or spans[-1:]


def _wish(clause: Clause, found: Found, span: Span | None) -> Wish:
    family = found.family
    if family.tool == HEALTH:
        return Wish(family)
    arguments: dict[str, Any] = {"time_range": span.name if span else family.usual}
    if family.tool == TOKENS:
        arguments["group_by"] = clause.group or "model"
    implied = family.tool == ACTIVE and bool(ABOUT_PEOPLE.search(clause.lower))
    if clause.everyone or implied:
        arguments["scope"] = "everyone"
    remarks = [span.remark] if span and span.remark else []
    if span and YESTERDAY.search(span.said) and family.tool == TOKENS:
        remarks = ["Yesterday is one of the rows: I count the last 7 days, day by day."]
    if ONE_SESSION.search(clause.lower):
        remarks.append(NOT_ONE_SESSION)
    ahead = bool(FUTURE.search(clause.lower))
    return Wish(
        family,
        arguments,
        tuple(remarks),
        implied=implied and not clause.everyone,
        group=clause.group or "model",
        ahead=ahead,
    )


def _search(clause: Clause) -> Wish:
    """A lone “weekly” or “month” belongs to what is looked for; “this week” and “from yesterday” say when."""
    spans = [span for span in clause.spans if " " in span.said or span.name == "today" or not span.exact]
    text = clause.text
    for span in spans:
        text = without(text, span)
    arguments: dict[str, Any] = {
        "query": subject_of(text)[:300],
        "time_range": spans[0].name if spans else BY_TOOL[SEARCH].usual,
    }
    yesterday = bool(spans and YESTERDAY.search(spans[0].said))
    limit = limit_of(clause.text) or (50 if yesterday else None)
    if limit:
        arguments["limit"] = limit
    if re.search(r"\b(?:all|every) users?\b|\beveryone's\b|\bwhole workspace\b", clause.lower):
        arguments["scope"] = "everyone"
    remarks = [span.remark for span in spans[:1] if span.remark and not yesterday]
    return Wish(BY_TOOL[SEARCH], arguments, tuple(remarks))


def _empty_search(wish: Wish) -> bool:
    if wish.family.tool != SEARCH or wish.arguments["query"]:
        return False
    return bool(wish.arguments["time_range"] == "all")


def _fitted(wish: Wish, offered: Mapping[str, ToolSpec]) -> Wish | None:
    """The wish with the arguments its tool takes; None where neither the tool nor its stand-in is offered."""
    family = wish.family
    if family.tool not in offered:
        if wish.ahead or family.stand_in not in offered:
            return None
        family = BY_TOOL[family.stand_in]
        wish = replace(wish, family=family, arguments={**wish.arguments, "group_by": wish.group})
    taken = offered[family.tool].schema.get("properties")
    if not isinstance(taken, Mapping):
        return wish
    arguments, remarks = {}, list(wish.remarks)
    for name, value in wish.arguments.items():
        if name in taken and _allows(taken[name], value):
            arguments[name] = value
        elif name == "scope":
            remarks.append(ONLY_OWN)
        elif name == "group_by":
            remarks.append(NO_GROUP.format(group=value))
    return replace(wish, arguments=arguments, remarks=tuple(remarks))


def _allows(schema: Any, value: Any) -> bool:
    choices = schema.get("enum") if isinstance(schema, Mapping) else None
    return not isinstance(choices, list) or value in choices


def _remarks(wishes: Sequence[Wish], clauses: Sequence[Clause]) -> tuple[str, ...]:
    said = [remark for wish in wishes for remark in wish.remarks]
    if wishes and any(clause.foreign > 1 and not clause.found and not clause.search for clause in clauses):
        said.append(PART_ONLY)
    return tuple(dict.fromkeys(said))
