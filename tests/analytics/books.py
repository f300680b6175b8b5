"""Generated ledgers, and what they add up to without any query of the product."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from hypothesis import strategies as st

from analytics_app.queries.periods import Period
from analytics_app.queries.tokens import GroupBy
from sessions_app.models import TokenUsage, User, uuid7

NOW = datetime(2026, 11, 3, 9, 30, tzinfo=UTC)
ZONES = [
    ZoneInfo(name)
    for name in (
        "UTC",
        "Asia/Kathmandu",  # +5:45
        "America/St_Johns",  # -3:30; the clocks changed on 1 November
        "America/New_York",
        "America/Havana",  # where midnight came twice on 1 November
        "Europe/Berlin",  # the clocks changed on 25 October
        "Pacific/Kiritimati",  # +14
    )
]
SPLITS: tuple[GroupBy, ...] = ("model", "provider", "purpose", "user", "day")


@dataclass(frozen=True, slots=True)
class Call:
    """One row of a generated ledger. `user` is an index; `open` calls are not settled yet."""

    user: int
    at: datetime
    model: str
    purpose: str
    tokens: tuple[int, int, int, int, int]
    cost: int | None  # 1e-10 USD
    ok: bool
    open: bool

    def row(self, people: list[User]) -> TokenUsage:
        cost: Any = None if self.cost is None else Decimal(self.cost) / 10**10
        kinds = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
        return TokenUsage(
            user=people[self.user],
            session_key=uuid7(),
            at=self.at,
            provider="offline" if self.model == "offline" else "anthropic",
            model=self.model,
            purpose=self.purpose,
            **dict(zip(kinds, self.tokens, strict=True)),
            cost=cost,
            ok=self.ok,
            duration_ms=self.tokens[0],
            first_token_ms=self.tokens[1] if self.ok else None,
            settled_at=None if self.open else self.at + timedelta(seconds=5),
        )


def calls(people: int) -> st.SearchStrategy[list[Call]]:
    """Calls of two weeks, many of them within minutes of midnights and of changes of the clock."""
    amount = st.integers(0, 10**6)
    edges = [
        datetime.combine(date(2026, month, day), datetime.min.time(), zone).astimezone(UTC)
        for month, day in ((10, 25), (10, 26), (11, 1), (11, 2), (11, 3))
        for zone in ZONES
    ]
    near = st.builds(
        lambda edge, seconds: edge + timedelta(seconds=seconds),
        st.sampled_from(edges),
        st.sampled_from([-3600, -1, 0, 1, 3599]),
    )
    anywhere = st.datetimes(datetime(2026, 10, 20), datetime(2026, 11, 3, 9), timezones=st.just(UTC))
    moment = st.one_of(near, anywhere).filter(lambda at: at <= NOW)
    call = st.builds(
        Call,
        user=st.integers(0, people - 1),
        at=moment,
        model=st.sampled_from(["claude-opus-5-5", "claude-haiku-5-5", "offline"]),
        purpose=st.sampled_from(["reply", "title"]),
        tokens=st.tuples(amount, amount, amount, amount, amount),
        cost=st.none() | st.integers(0, 10**12),
        ok=st.booleans(),
        open=st.sampled_from([False] * 9 + [True]),
    )
    return st.lists(call, max_size=25)


def key_of(call: TokenUsage, split: str, zone: tzinfo) -> str:
    """The group a call belongs to, told from its local clock."""
    if split == "day":
        return f"{call.at.astimezone(zone).date()}"
    if split == "user":
        return call.user.username if call.user else "deleted accounts"
    return str(getattr(call, split))


def added_up(calls: Iterable[TokenUsage], split: str, zone: tzinfo) -> dict[str, tuple[Any, ...]]:
    """Calls, input, cache reads, cache writes, output, cost and unpriced calls of each group, in plain Python."""
    groups: dict[str, list[Any]] = defaultdict(lambda: [0, 0, 0, 0, 0, Decimal(0), 0])
    for call in calls:
        written = call.cache_write_5m + call.cache_write_1h
        row = (1, call.input, call.cache_read, written, call.output, call.cost or 0, call.cost is None)
        group = groups[key_of(call, split, zone)]
        group[:] = [a + b for a, b in zip(group, row, strict=True)]
    return {name: tuple(group) for name, group in groups.items()}


def counted_in(span: Period, user: User | None) -> list[TokenUsage]:
    """The settled calls of a period, chosen one by one; of everyone where no person is given."""
    rows = TokenUsage.objects.select_related("user")
    return [
        row
        for row in rows
        if row.settled_at is not None
        and (user is None or row.user_id == user.pk)
        and (span.start is None or span.end is None or span.start <= row.at < span.end)
    ]
