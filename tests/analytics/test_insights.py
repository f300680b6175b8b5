from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from analytics_app.insights import anomalies, ends_on, month_end, next_days, reason
from analytics_app.savings import MONTH, WEEK, Calls, ModelUse, savings
from sessions_app.providers.base import Counts

from .spending import LAST, all_series

DAY = timedelta(1)
TODAY = date(2026, 11, 20)
NONE = Calls(0, Counts(), Decimal(0))


def usd(*amounts: Decimal) -> list[float]:
    return [float(amount) for amount in amounts]


def constant(days: int, cost: str, until: date = TODAY - DAY) -> dict[date, Decimal]:
    return {until - number * DAY: Decimal(cost) for number in range(days)}


# ---------------------------------------------------------------- projection


def test_without_any_cost_nothing_is_expected() -> None:
    month = month_end({}, TODAY)
    assert (month.month, usd(month.spent, month.end.expected, month.end.high)) == ("2026-11", [0, 0, 0])
    assert "nothing for the days to come" in month.method


def test_on_the_first_day_todays_cost_is_a_rough_guess_with_a_wide_range() -> None:
    month = month_end({TODAY: Decimal(2)}, TODAY)
    assert usd(month.spent, month.end.expected, month.end.low) == [2, 22, 2]
    assert month.end.high > 40
    assert "a rough guess" in month.method


def test_one_day_is_a_wide_range_and_two_alike_a_narrow_one() -> None:
    one = month_end(constant(1, "2"), TODAY)
    assert usd(one.spent, one.end.expected) == [2, 24]
    assert one.end.low < 10
    two = month_end(constant(2, "2"), TODAY)
    assert usd(two.spent, two.end.expected, two.end.low, two.end.high) == [4, 26, 26, 26]
    assert "the mean of the last 2 days" in two.method


def test_what_today_has_already_cost_is_not_expected_again() -> None:
    costs = constant(10, "3")
    assert month_end({**costs, TODAY: Decimal(3)}, TODAY).end.expected == month_end(costs, TODAY).end.expected
    more = month_end({**costs, TODAY: Decimal(5)}, TODAY)
    assert more.end.expected == month_end(costs, TODAY).end.expected + 2


def test_weekdays_are_expected_as_they_are() -> None:
    costs = {day: Decimal(0 if day.weekday() >= 5 else 10) for day in constant(56, "1")}
    coming = next_days(costs, TODAY)
    assert usd(coming.expected, coming.low, coming.high) == [50, 50, 50]
    month = month_end(costs, TODAY)
    assert month.end.expected == month.spent + 10 + 6 * 10
    assert "the mean of its weekday over the last" in month.method


def test_an_unusual_day_does_not_raise_what_is_expected() -> None:
    costs = {**constant(40, "3"), TODAY - 4 * DAY: Decimal(90)}
    month = month_end(costs, TODAY)
    assert next_days(costs, TODAY).expected == 21
    assert month.method.endswith("1 unusual day left out.")


@given(
    st.dictionaries(st.integers(0, 80), st.decimals(0, 1000, places=4), max_size=80),
    st.dates(date(2026, 1, 1), date(2028, 12, 31)),
)
def test_a_month_never_ends_below_what_is_spent_and_the_range_holds_what_is_expected(
    given_costs: dict[int, Decimal], today: date
) -> None:
    costs = {today - back * DAY: cost for back, cost in given_costs.items()}
    month = month_end(costs, today)
    assert month.spent <= month.end.low <= month.end.expected <= month.end.high
    assert month.spent == sum(
        cost for day, cost in costs.items() if (day.year, day.month) == (today.year, today.month)
    )
    if (today + DAY).day == 1 and costs.get(today):
        assert month.end.high <= month.end.expected + Decimal("0.000001")
    week = next_days(costs, today)
    assert 0 <= week.low <= week.expected <= week.high


def coverage() -> tuple[int, int]:
    """Of how many weeks after a day of a series the cost lay in the range that was told on that day."""
    held = told = 0
    for series in all_series():
        for back in range(10, 40, 5):
            today = LAST - back * DAY
            coming = [today + number * DAY for number in range(1, 8)]
            if series.odd & set(coming):
                continue
            cost = sum(series.costs.get(day, Decimal(0)) for day in coming)
            week = next_days({day: cost for day, cost in series.costs.items() if day <= today}, today)
            held += week.low <= cost <= week.high
            told += 1
    return held, told


def test_weeks_come_to_lie_in_the_range_that_was_told() -> None:
    held, told = coverage()
    assert told > 150
    assert 0.7 <= held / told <= 0.97, f"{held} of {told}"


# ---------------------------------------------------------------- anomalies


def judged() -> tuple[int, int, int]:
    """Unusual days found, all that were found, and all that there are, over the labelled series."""
    right = found = there = 0
    for series in all_series():
        days = [LAST - back * DAY for back in range(42)]
        named = {each.day for each in anomalies(series.costs, days)}
        right += len(named & series.odd)
        found += len(named)
        there += len(series.odd)
    return right, found, there


def test_unusual_days_of_the_labelled_series_are_found_and_few_others() -> None:
    right, found, there = judged()
    assert there == 56
    assert right / found >= 0.85, f"precision {right}/{found}"
    assert right / there >= 0.95, f"recall {right}/{there}"


def test_too_few_days_say_nothing_about_what_is_usual() -> None:
    assert anomalies({**constant(6, "1"), TODAY: Decimal(50)}, [TODAY]) == []
    [found] = anomalies({**constant(7, "1"), TODAY: Decimal(50)}, [TODAY])
    assert (found.day, usd(found.cost, found.usual)) == (TODAY, [50, 1])


def test_cents_are_not_worth_a_word() -> None:
    assert anomalies({**constant(20, "0.001"), TODAY: Decimal("0.05")}, [TODAY]) == []


def test_the_reason_is_the_model_that_grew_most_against_its_usual() -> None:
    before = {
        day: {"claude-opus-5-5": Decimal(5), "claude-haiku-5-5": Decimal(1)} for day in constant(20, "1")
    }
    models = {**before, TODAY: {"claude-opus-5-5": Decimal(6), "claude-haiku-5-5": Decimal(30)}}
    assert reason(models, TODAY) == "Claude Haiku 5.5 cost $30.00 that day, usually $1.00."
    models[TODAY] = {"claude-opus-5-5": Decimal(5), "new": Decimal(9)}
    assert reason(models, TODAY) == "new cost $9.00 that day, usually not used."


# ---------------------------------------------------------------- savings

RATES = {"claude-opus-5-5": Decimal(5), "claude-haiku-5-5": Decimal(1)}


def price(provider: str, model: str, counts: Counts) -> Decimal | None:
    """Output five times the input, a cache write a quarter more, a read a tenth."""
    rate = RATES.get(model)
    if rate is None:
        return None
    kinds = counts.input + Decimal("0.1") * counts.cache_read + Decimal("1.25") * counts.cache_write_5m
    return rate * (kinds + 5 * counts.output) / 1_000_000


def use(model: str = "claude-opus-5-5", **values: object) -> ModelUse:
    given: dict[str, object] = {
        "provider": "anthropic",
        "model": model,
        "short": NONE,
        "uncached": NONE,
        "windowed": NONE,
        "sessions": 0,
        "excess": 0,
    }
    return ModelUse(**{**given, **values})  # type: ignore[arg-type]


def test_short_calls_are_priced_at_the_small_model() -> None:
    short = Calls(70, Counts(input=70_000, output=7_000), Decimal("0.525"))
    [saving] = savings([use(short=short)], price)
    # At a fifth of the price: 0.42 a week.
    assert (saving.kind, saving.saves) == ("cheaper model", Decimal("1.80"))
    assert saving.sentence == "Short answers of Claude Opus 5.5 could come from Claude Haiku 5.5."
    assert savings([use("claude-haiku-5-5", short=short)], price) == []


def test_long_inputs_that_repeat_uncached_could_be_read_from_the_cache() -> None:
    uncached = Calls(10, Counts(input=100_000), Decimal("0.5"))
    [saving] = savings([use(uncached=uncached, sessions=2)], price)
    # Eight of ten at a tenth, two with a quarter more: 8 * 0.045 - 2 * 0.0125 a week.
    assert (saving.kind, saving.saves) == ("caching", Decimal("1.44"))
    assert savings([use(uncached=uncached, sessions=10)], price) == []


def test_what_lies_beyond_the_window_need_not_be_sent() -> None:
    windowed = Calls(7, Counts(input=700_000, output=700), Decimal("3.5"))
    [saving] = savings([use(windowed=windowed, excess=350_000)], price)
    assert (saving.kind, saving.saves) == ("shorter window", Decimal("7.50"))


def test_savings_below_a_cent_a_month_and_unknown_prices_are_not_named() -> None:
    tiny = Calls(1, Counts(input=100), Decimal("0.0005"))
    assert savings([use(short=tiny)], price) == []
    big = Calls(100, Counts(input=10_000_000), Decimal(50))
    assert savings([use("unknown", uncached=big, windowed=big, sessions=1, excess=10)], price) == []
    assert savings([use(provider="nobody", short=big)], price) == []


def test_the_largest_saving_comes_first_and_all_have_their_assumption() -> None:
    big = Calls(100, Counts(input=10_000_000), Decimal(50))
    found = savings([use(short=big, uncached=big, windowed=big, sessions=1, excess=9_000_000)], price)
    assert [saving.saves for saving in found] == sorted((saving.saves for saving in found), reverse=True)
    assert {saving.kind for saving in found} == {"cheaper model", "caching", "shorter window"}
    assert all("of the last 7 days" in saving.assumption for saving in found)
    assert MONTH / WEEK > 4


def test_a_summary_replaces_the_older_part_and_is_paid_for_once_a_session() -> None:
    long = Calls(10, Counts(input=310_000), Decimal("3.1"))
    [saving] = savings([use(summarised=long, summaries=2)], price)
    # 10 * 21,000 tokens of older text less 10 * 1,000 of summary, at $5 a million: 1.00 a week. Two summaries of
    # 21,000 tokens in and 1,000 out cost 2 * (0.105 + 0.025).
    assert (saving.kind, saving.saves) == ("summaries", Decimal("3.17"))
    assert "a summary of 1,000, written once a session, would stand" in saving.assumption
    assert savings([use(summarised=long, summaries=10)], price) == []


def test_the_day_a_limit_is_reached_follows_from_what_days_cost() -> None:
    costs = constant(30, "2") | {TODAY: Decimal(1)}
    given: dict[str, Any] = {"spent": Decimal(41), "last": date(2026, 11, 30)}
    # One more today, two on each day after: 42 tonight, 58 on the 28th, 62 on the 30th.
    assert ends_on(costs, TODAY, limit=Decimal(57), **given) == date(2026, 11, 28)
    assert ends_on(costs, TODAY, limit=Decimal(41), **given) == TODAY
    assert ends_on(costs, TODAY, limit=Decimal(63), **given) is None
    assert ends_on({}, TODAY, limit=Decimal(1), spent=Decimal(0), last=date(2026, 11, 30)) is None
