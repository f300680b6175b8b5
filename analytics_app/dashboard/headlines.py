"""The strip: the figures one looks at first, each against the period before."""

from __future__ import annotations

from decimal import Decimal

from analytics_app.facts import Facts, people
from analytics_app.queries import engagement
from analytics_app.queries.tokens import TokenSums, change

from .panel import Change, Headline, Kind, Value
from .panels.sheets import people_address, rows_address
from .question import Question
from .reads import Reads

Amount = Decimal | int | None


def strip(question: Question, reads: Reads) -> list[Headline]:
    """Of one model or provider only what the ledger tells: the rest is not kept for them."""
    found = [_cost(question, reads), _tokens(question, reads)]
    if question.narrowed:
        return [*found, *_first_token_of_calls(question, reads)]
    found += [
        _sessions(question, reads),
        _messages(question, reads),
        _first_token(question, reads),
        _tool_success(question, reads),
    ]
    return [*found, _users(question, reads)] if question.everyone and question.person is None else found


def _cost(question: Question, reads: Reads) -> Headline:
    former = reads.former_sums
    before = former.known_cost if former else None
    return _headline(
        "cost", "Cost", "money", reads.sums.known_cost, _change(former, reads.sums.known_cost, before, better=False),
        rows_address("calls", question, sort="cost"), reads.sums.unpriced_calls,
    )  # fmt: skip


def _tokens(question: Question, reads: Reads) -> Headline:
    former: TokenSums | None = reads.former_sums
    changed = _change(former, reads.sums.total, former.total if former else None)
    return _headline("tokens", "Tokens", "count", reads.sums.total, changed, rows_address("calls", question))


def _sessions(question: Question, reads: Reads) -> Headline:
    former = question.former
    now = reads.active(question.span).count()
    changed = _change(former, now, reads.active(former).count() if former else None)
    return _headline("sessions", "Sessions active", "count", now, changed, rows_address("sessions", question))


def _messages(question: Question, reads: Reads) -> Headline:
    former, now = reads.former_facts, reads.facts.messages
    changed = _change(former, now, former.messages if former else None)
    return _headline("messages", "Messages", "count", now, changed, rows_address("messages", question))


def _first_token(question: Question, reads: Reads) -> Headline:
    former, now = reads.former_facts, _median(reads.facts)
    changed = _change(former, now, _median(former) if former else None, better=False)
    address = rows_address("replies", question, sort="first_token")
    return _headline("first_token", "First token, median", "ms", now, changed, address)


def _first_token_of_calls(question: Question, reads: Reads) -> list[Headline]:
    if reads.taken is None:
        return []
    now = reads.taken.whole["first_token"].median
    address = rows_address("calls", question, sort="first_token")
    return [_headline("first_token", "First token, median", "ms", now, None, address)]


def _tool_success(question: Question, reads: Reads) -> Headline:
    former, now = reads.former_facts, _success(reads.facts)
    before = _success(former) if former else None
    points = None if now is None or before is None else round(now - before, 4)
    changed = Change(before, points, True) if former else None
    return _headline("tool_success", "Tool success", "share", now, changed, rows_address("tools", question))


def _users(question: Question, reads: Reads) -> Headline:
    former = reads.former_days
    now = people(reads.days.values())
    changed = _change(former, now, people(former.values()) if former is not None else None)
    return _headline("users", "Active users", "count", now, changed, people_address(question))


def _headline(
    key: str, name: str, kind: Kind, value: Value, changed: Change | None, href: str, unpriced: int = 0
) -> Headline:
    return Headline(key, name, kind, value, changed, href, unpriced)


def _change(former: object, now: Amount, before: Amount, *, better: bool | None = None) -> Change | None:
    """None where there is no period to compare with; `better` says whether more is."""
    if former is None:
        return None
    return Change(before, change(now, before), better)


def _median(facts: Facts) -> int | None:
    return engagement.times(facts, "first_token").median


def _success(facts: Facts) -> float | None:
    return engagement.share(facts.sum("successes"), facts.sum("calls"))
