from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics_app.facts import Facts, Folding, bucket, people, quantile, total
from analytics_app.queries.periods import DAY, midnight

ZONES = [ZoneInfo(name) for name in ("UTC", "Europe/Berlin", "America/Havana", "Asia/Kathmandu")]
FIRST = date(2026, 3, 27)


def folding(zone: ZoneInfo, days: int, *, people: bool = False) -> Folding:
    dates = [FIRST + number * DAY for number in range(days)]
    return Folding(dates, [midnight(day, zone) for day in (*dates, dates[-1] + DAY)], zone, people=people)


@given(st.lists(st.integers(1, 10_000_000), min_size=1, max_size=60), st.sampled_from([0.5, 0.95]))
def test_median_and_95th_are_at_most_five_percent_off(times: list[int], share: float) -> None:
    histogram: dict[str, int] = {}
    for ms in times:
        histogram[bucket(ms)] = histogram.get(bucket(ms), 0) + 1
    rank = max(1, -(-len(times) * round(share * 100) // 100))
    true = sorted(times)[rank - 1]
    told = quantile(histogram, share)
    assert told is not None
    assert abs(told - true) <= max(1, 0.05 * true)


def test_no_times_have_no_median_and_nothing_is_under_a_millisecond() -> None:
    assert quantile({}, 0.5) is None
    assert quantile({bucket(0): 3}, 0.5) == 0


MOMENTS = st.lists(
    st.tuples(st.integers(0, 4 * 24 * 60 - 1), st.sampled_from(["user", "assistant"]), st.integers(1, 3)),
    max_size=40,
)


@given(MOMENTS, st.sampled_from(ZONES))
def test_facts_of_days_add_up_to_those_of_the_span(rows: list[tuple[int, str, int]], zone: ZoneInfo) -> None:
    made = folding(zone, 4, people=True)
    start = midnight(FIRST, zone).astimezone(UTC)
    length = midnight(FIRST + 4 * DAY, zone).astimezone(UTC) - start
    inside = [row for row in rows if timedelta(minutes=row[0]) < length]
    for minutes, role, owner in inside:
        made.message(
            owner, minutes % 3, role, owner if role == "user" else None, start + timedelta(minutes=minutes)
        )
    result = made.result()
    everyone = total(facts for (_, owner), facts in result.items() if owner is None)
    owners = [facts for (_, owner), facts in result.items() if owner is not None]
    added = total(owners)
    assert everyone.messages == added.messages == len(inside)
    assert everyone.groups == added.groups
    assert people(owners) == len({owner for _, role, owner in inside if role == "user"})
    hours = [(start + timedelta(minutes=row[0])).astimezone(zone).hour for row in inside]
    assert [everyone.number("hours", str(hour)) for hour in range(24)] == [hours.count(h) for h in range(24)]


@pytest.mark.parametrize(("zone", "hours"), [("Europe/Berlin", 23), ("UTC", 24)])
def test_the_day_the_clock_changes_has_the_hours_it_has(zone: str, hours: int) -> None:
    """In Berlin 2026-03-29 has no hour from two to three."""
    day, place = date(2026, 3, 29), ZoneInfo(zone)
    edges = [midnight(day, place), midnight(day + DAY, place)]
    made = Folding([day], edges, place, people=False)
    moment = edges[0].astimezone(UTC)
    while moment < edges[1].astimezone(UTC):
        made.message(1, 1, "user", 1, moment)
        moment += timedelta(hours=1)
    facts = made.result()[day, None]
    assert facts.messages == hours
    assert sum(1 for count in facts.groups["hours"].values() if count) == hours
    assert facts.number("hours", "2") == (0 if hours == 23 else 1)


def test_facts_come_back_from_json_as_they_were() -> None:
    made = folding(ZONES[0], 1)
    at = datetime(2026, 3, 27, 12, tzinfo=UTC)
    made.message(1, "s", "user", 1, at)
    made.reply(1, "complete", 2, at, at + timedelta(seconds=1), at + timedelta(seconds=9))
    made.call(1, "analyze_costs", "success", 40, at)
    made.judged(1, 0.5, ["parser"], True, at)
    facts = made.result()[FIRST, None]
    again = Facts.of(facts.as_json(), facts.authors, facts.terms, facts.sessions)
    assert again.as_json() == facts.as_json()
    assert (again.authors, again.terms, again.sessions) == ({"1": 1}, {"parser": 1}, 1)


def test_topics_of_deleted_messages_are_left_out_and_a_day_keeps_a_hundred() -> None:
    made = folding(ZONES[0], 1)
    at = datetime(2026, 3, 27, 12, tzinfo=UTC)
    for number in range(300):
        made.judged(1, 0.0, [f"term{number:03}", "shared"], True, at)
    made.judged(1, 0.9, ["gone"], False, at)
    facts = made.result()[FIRST, None]
    assert len(facts.terms) == 100
    assert facts.terms["shared"] == 300
    assert "gone" not in facts.terms
    assert facts.groups["moods"] == {"neutral": 300, "positive": 1}
