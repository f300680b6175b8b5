"""What could cost less, from how models were used in the last week. Pure: no database. How it is worked out, and what
it is worth: docs/analytics.md."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from sessions_app.agent.labels.words import counted
from sessions_app.providers import catalog
from sessions_app.providers.base import Counts

KINDS = ("input", "cache_read", "cache_write_5m", "cache_write_1h", "output")
CENT = Decimal("0.01")
SHORT_INPUT, SHORT_OUTPUT = 4_000, 300  # tokens of a call that a small model could answer
LONG_INPUT = 4_000  # uncached tokens from which a cache pays
WINDOW = 50_000  # tokens of conversation kept by a shorter window
SUMMARISED, KEPT, SUMMARY = (
    20_000,
    10_000,
    1_000,
)  # tokens: from which a summary pays, left as they are, of a summary
CHEAPER = "cheaper model"
WEEK, MONTH = 7, 30  # days savings are computed from, and told for


@dataclass(frozen=True, slots=True)
class Calls:
    """Some calls of one model added up: tokens by kind, and their cost, without those whose price is unknown."""

    count: int
    counts: Counts
    cost: Decimal

    def __add__(self, other: Calls) -> Calls:
        kinds = {kind: getattr(self.counts, kind) + getattr(other.counts, kind) for kind in KINDS}
        return Calls(self.count + other.count, Counts(**kinds), self.cost + other.cost)

    @property
    def sent(self) -> int:
        """Tokens in, cached ones too."""
        return self.counts.total - self.counts.output


NO_CALLS = Calls(0, Counts(), Decimal(0))


@dataclass(frozen=True, slots=True)
class ModelUse:
    """What a model was used for in WEEK days. `sessions` are those of the uncached calls, `excess` the tokens beyond
    the last WINDOW of each windowed call, `summaries` the sessions of the calls a summary would shorten."""

    provider: str
    model: str
    short: Calls
    uncached: Calls
    sessions: int
    windowed: Calls
    excess: int
    summarised: Calls = NO_CALLS
    summaries: int = 0


@dataclass(frozen=True, slots=True)
class Saving:
    """`saves`: USD a month, on calls of `model`."""

    kind: str
    sentence: str
    saves: Decimal
    assumption: str
    model: str = ""


Price = Callable[[str, str, Counts], Decimal | None]  # USD of one call with these counts


def savings(uses: Iterable[ModelUse], price: Price) -> list[Saving]:
    """What could cost less, the most first; nothing below a cent a month."""
    found = [each(use, price) for use in uses for each in WAYS]
    worth = [saving for saving in found if saving and saving.saves >= CENT]
    return sorted(worth, key=lambda saving: -saving.saves)


def together(found: Iterable[Saving]) -> Decimal:
    """USD a month at least. Short calls are none of the others; of the ways that may concern the same calls of a model
    the largest counts alone."""
    largest: dict[tuple[str, bool], Decimal] = {}
    for saving in found:
        key = (saving.model, saving.kind == CHEAPER)
        largest[key] = max(saving.saves, largest.get(key, saving.saves))
    return sum(largest.values(), Decimal(0))


def _cheaper_model(use: ModelUse, price: Price) -> Saving | None:
    """The same tokens at the price of the provider's small model."""
    try:
        small = catalog.title_model(use.provider)
    except catalog.UnknownModel:
        return None
    cost = _each(use.short, lambda counts: price(use.provider, small.id, counts))
    if small.id == use.model or cost is None:
        return None
    return Saving(
        CHEAPER,
        f"Short answers of {label(use.model)} could come from {small.label}.",
        _a_month(use.short.cost - cost),
        f"{counted(use.short.count, 'call')} of the last 7 days had at most {SHORT_INPUT:,} tokens in and {SHORT_OUTPUT} out; "
        "the small model would need the same tokens.",
        use.model,
    )


def _caching(use: ModelUse, price: Price) -> Saving | None:
    """Each session's first long input is written to the cache, those after it are read from there."""
    calls, tokens = use.uncached.count, use.uncached.counts.input
    again = calls - use.sessions
    if again <= 0:
        return None
    each = tokens // calls
    plain, written, read = (
        price(use.provider, use.model, counts)
        for counts in (Counts(input=each), Counts(cache_write_5m=each), Counts(cache_read=each))
    )
    if plain is None or written is None or read is None:
        return None
    return Saving(
        "caching",
        f"Long inputs of {label(use.model)} are sent again without a cache.",
        _a_month(again * (plain - read) - use.sessions * (written - plain)),
        f"{counted(calls, 'call')} of the last 7 days in {counted(use.sessions, 'session')} sent {LONG_INPUT:,} tokens or more "
        "uncached; all but the first of a session would be read from the cache.",
        use.model,
    )


def _shorter_window(use: ModelUse, price: Price) -> Saving | None:
    """What lies beyond the window, at the mean price of the input of those calls."""
    kinds, calls, sent = use.windowed.counts, use.windowed.count, use.windowed.sent
    cost = _each(
        Calls(calls, _without_output(kinds), Decimal(0)),
        lambda counts: price(use.provider, use.model, counts),
    )
    if not sent or cost is None:
        return None
    return Saving(
        "shorter window",
        f"Long conversations with {label(use.model)} could send less.",
        _a_month(cost * use.excess / sent),
        f"{counted(calls, 'call')} of the last 7 days sent more than {WINDOW:,} tokens; only the last {WINDOW:,} would be sent.",
        use.model,
    )


def _summaries(use: ModelUse, price: Price) -> Saving | None:
    """What lies before the last KEPT tokens becomes a summary, which is written once a session by the same model."""
    calls = use.summarised
    cost = _each(
        Calls(calls.count, _without_output(calls.counts), Decimal(0)),
        lambda counts: price(use.provider, use.model, counts),
    )
    if cost is None:
        return None
    older = calls.sent - KEPT * calls.count
    written = price(use.provider, use.model, Counts(input=older // calls.count, output=SUMMARY))
    if written is None:
        return None
    fewer = older - SUMMARY * calls.count
    return Saving(
        "summaries",
        f"Long conversations with {label(use.model)} could send a summary.",
        _a_month(cost * fewer / calls.sent - use.summaries * written),
        f"{counted(calls.count, 'call')} of the last 7 days in {counted(use.summaries, 'session')} sent more than "
        f"{SUMMARISED:,} tokens; a summary of {SUMMARY:,}, written once a session, would stand for all before the "
        f"last {KEPT:,}.",
        use.model,
    )


WAYS = (_cheaper_model, _caching, _shorter_window, _summaries)


def _each(calls: Calls, price: Callable[[Counts], Decimal | None]) -> Decimal | None:
    """The price of all these calls by that of their mean: some models cost more by the token in long calls, which
    the sum of many short ones is not."""
    if not calls.count:
        return None
    cost = price(Counts(**{kind: round(getattr(calls.counts, kind) / calls.count) for kind in KINDS}))
    return None if cost is None else cost * calls.count


def _without_output(counts: Counts) -> Counts:
    return Counts(
        input=counts.input,
        cache_read=counts.cache_read,
        cache_write_5m=counts.cache_write_5m,
        cache_write_1h=counts.cache_write_1h,
    )


def _a_month(week: Decimal) -> Decimal:
    return (week * MONTH / WEEK).quantize(CENT)


# ------------------------------------------------------------ words


def label(model: str) -> str:
    try:
        return catalog.model(model).label
    except catalog.UnknownModel:
        return model
