"""Each failure of the upstream, over real HTTP, becomes exactly one of our errors."""

from __future__ import annotations

import logging
import socket
import time
from email.utils import formatdate
from traceback import format_exception

import pytest

from sessions_app.providers import base, statuses
from sessions_app.providers.anthropic import AnthropicProvider
from sessions_app.providers.base import Accepted, ProviderError
from tests.providers.asking import ask, events_of, failure_of, text_of
from tests.upstream import DEFAULT_KEY, Scenario, Upstream

REFUSED = [
    ("bad_request", base.BadRequest, 400),
    ("too_long", base.TooLong, 400),
    ("no_credit", base.BillingProblem, 400),
    ("unauthorized", base.KeyRefused, 401),
    ("billing", base.BillingProblem, 402),
    ("forbidden", base.NotAllowed, 403),
    ("missing", base.ModelMissing, 404),
    ("too_large", base.TooLong, 413),
    ("rate_limited", base.RateLimited, 429),
    ("server_error", base.ServerFault, 500),
    ("bad_gateway", base.ServerFault, 502),
    ("overloaded", base.Overloaded, 529),
]

IN_MID_STREAM = [
    ("error_event", base.Overloaded),
    ("rate_event", base.RateLimited),
    ("api_event", base.ServerFault),
    ("strange_event", base.ServerFault),
    ("cut_rst", base.StreamCut),
    ("cut_fin", base.StreamCut),
    ("cut_json", base.StreamCut),
    ("no_stop", base.StreamCut),
    ("no_delta_stop", base.StreamCut),
    ("garbage_json", base.StreamGarbled),
    ("garbage_utf8", base.StreamGarbled),
    ("garbage_shape", base.StreamGarbled),
]


@pytest.mark.parametrize(("scenario", "kind", "status"), REFUSED)
async def test_a_refused_call_fails_once_with_its_own_error(
    upstream: Upstream, provider: AnthropicProvider, scenario: str, kind: type[ProviderError], status: int
) -> None:
    upstream.script(scenario)
    events, error = await failure_of(provider, ask())
    assert (events, type(error), error.status) == ([], kind, status)
    assert error.request_id == upstream.log[0].request_id
    assert len(upstream.log) == 1


@pytest.mark.parametrize(("scenario", "kind"), IN_MID_STREAM)
async def test_a_failure_in_mid_answer_keeps_what_came_before_it(
    upstream: Upstream, provider: AnthropicProvider, scenario: str, kind: type[ProviderError]
) -> None:
    upstream.script(scenario)
    events, error = await failure_of(provider, ask())
    assert type(error) is kind
    assert isinstance(events[0], Accepted)
    assert upstream.log[0].text.startswith(text_of(events))
    assert not any(isinstance(event, base.End) for event in events)


@pytest.mark.parametrize("scenario", ["cut_early", "cut_headers"])
async def test_a_connection_lost_before_the_first_byte_is_unreachable(
    upstream: Upstream, provider: AnthropicProvider, scenario: str
) -> None:
    upstream.script(scenario)
    assert type((await failure_of(provider, ask()))[1]) is base.Unreachable


async def test_a_server_that_does_not_listen_is_unreachable() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        provider = AnthropicProvider(DEFAULT_KEY, f"http://127.0.0.1:{taken.getsockname()[1]}")
        error = (await failure_of(provider, ask()))[1]
        await provider.aclose()
    assert type(error) is base.Unreachable
    assert error.retryable


@pytest.mark.parametrize("scenario", ["hang", "silence", "silence_pings", "stall", "stall_pings"])
async def test_silence_times_out_and_pings_do_not_count(
    upstream: Upstream, hasty: AnthropicProvider, scenario: str
) -> None:
    upstream.script(scenario)
    started = time.monotonic()
    assert type((await failure_of(hasty, ask()))[1]) is base.TimedOut
    assert time.monotonic() - started < 10


async def test_a_stream_that_goes_on_outlives_its_time_limit(upstream: Upstream) -> None:
    provider = AnthropicProvider(DEFAULT_KEY, upstream.url, first_byte_timeout=3, content_timeout=3)
    upstream.script(Scenario(words=8, rate=2))
    assert text_of(await events_of(provider, ask())) == upstream.log[0].text == "w1 w2 w3 w4 w5 w6 w7 w8 "
    await provider.aclose()


async def test_a_web_page_instead_of_a_stream_is_garbled(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    upstream.script("html")
    assert type((await failure_of(provider, ask()))[1]) is base.StreamGarbled


@pytest.mark.parametrize("key", ["", "  ", "two\nlines", "sk-änt"])
async def test_a_key_that_cannot_be_one_is_refused_without_a_request(upstream: Upstream, key: str) -> None:
    error = (await failure_of(AnthropicProvider(key, upstream.url), ask()))[1]
    assert type(error) is base.KeyRefused
    assert upstream.log == []


async def test_a_wrong_key_is_refused_and_never_named(
    upstream: Upstream, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    provider = AnthropicProvider("sk-ant-secret-of-alice", upstream.url)
    error = (await failure_of(provider, ask()))[1]
    await provider.aclose()
    assert type(error) is base.KeyRefused
    told = "".join(format_exception(error)) + repr(error) + repr(provider) + caplog.text
    assert "sk-ant-secret" not in told
    assert "invalid x-api-key" not in told
    assert error.__context__ is None


async def test_a_model_of_another_house_is_missing_without_a_request(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    assert type((await failure_of(provider, ask(model="gpt-5")))[1]) is base.ModelMissing
    assert upstream.log == []


async def test_a_model_that_the_upstream_does_not_know_is_missing(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    assert type((await failure_of(provider, ask(model="claude-opus-99")))[1]) is base.ModelMissing


async def test_a_wrong_address_says_that_the_address_is_wrong(upstream: Upstream) -> None:
    provider = AnthropicProvider(DEFAULT_KEY, upstream.url + "/elsewhere")
    error = (await failure_of(provider, ask()))[1]
    await provider.aclose()
    assert type(error) is base.BadRequest
    assert "address" in error.sentence


async def test_a_redirect_is_not_followed_so_that_the_key_stays_with_its_host(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    upstream.script("redirect")
    assert type((await failure_of(provider, ask()))[1]) is base.BadRequest
    assert len(upstream.log) == 1


async def test_an_address_that_is_none_is_unreachable() -> None:
    provider = AnthropicProvider(DEFAULT_KEY, "http://[broken")
    error = (await failure_of(provider, ask()))[1]
    await provider.aclose()
    assert type(error) is base.Unreachable


@pytest.mark.parametrize(("header", "seconds"), [("2", 2), ("0.25", 0.25), ("86400", 86_400), ("", None)])
async def test_the_wait_that_a_rate_limit_asks_for_is_told(
    upstream: Upstream, provider: AnthropicProvider, header: str, seconds: float | None
) -> None:
    upstream.script(Scenario("rate_limited", retry_after=header))
    assert (await failure_of(provider, ask()))[1].retry_after == seconds


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (formatdate(1_000_030, usegmt=True), 30),
        (formatdate(999_000, usegmt=True), 0),
        ("-5", 0),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_a_wait_is_read_from_a_number_or_a_date(header: str, seconds: float | None) -> None:
    assert statuses.retry_after(header, now=1_000_000) == seconds


async def test_a_failed_call_does_not_spoil_the_next_one(
    upstream: Upstream, provider: AnthropicProvider
) -> None:
    upstream.script("cut_json", "overloaded", "html", "words")
    for _ in range(3):
        await failure_of(provider, ask())
    assert text_of(await events_of(provider, ask())) == upstream.log[3].text
