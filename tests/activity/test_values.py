"""Events as they are kept: cleaned, bounded, named by fingerprints; spans as they are typed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sessions_app.activity.spans import NoSpan, Wanted, since, wanted, words_of
from sessions_app.activity.values import (
    BODY,
    DATA,
    ERROR,
    KIND,
    SOURCE,
    TITLE,
    WARNING,
    Event,
    cleaned,
    fingerprint,
    is_link,
)

NOW = datetime(2026, 11, 30, 0, 30, tzinfo=UTC)
anything: Any = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
texts = st.text(st.characters(), max_size=400)


@given(texts, texts, texts, texts, texts, st.dictionaries(st.text(), anything, max_size=5))
def test_whatever_comes_is_kept_as_text_that_every_database_takes(
    source: str, kind: str, title: str, body: str, link: str, data: dict[str, Any]
) -> None:
    found = cleaned(Event(source, kind, title, body=body, link=link, data=data))
    for text, length in ((found.source, SOURCE), (found.kind, KIND), (found.title, TITLE)):
        assert 0 < len(text) <= length
        assert text == " ".join(text.split())
    assert len(found.body) <= BODY
    everything = "".join(
        [found.source, found.kind, found.title, found.body, json.dumps(found.data, ensure_ascii=False)]
    )
    assert everything.encode()  # no half of a pair
    assert "\x00" not in everything
    assert found.link in ("", link)
    assert cleaned(found) == found


def test_what_turns_text_around_is_taken_out() -> None:
    assert cleaned(Event("a", "b", "invoice\u202efdp.exe")).title == "invoicefdp.exe"


def test_data_that_is_too_large_or_too_deep_is_left_out() -> None:
    deep: Any = {}
    for _ in range(5_000):
        deep = {"a": deep}
    for data in ({"a": "x" * DATA}, deep, {"a": float("nan")}):
        assert cleaned(Event("a", "b", "c", data=data)).data == {}


@pytest.mark.parametrize("link", ["https://ci.example.org/812?a=b#c", "http://10.0.0.1:8080/"])
def test_addresses_of_the_web_are_links(link: str) -> None:
    assert is_link(link)


@pytest.mark.parametrize(
    "link",
    [
        "", "javascript:alert(1)", "JAVASCRIPT:alert(1)", "data:text/html,x", "//example.org", "/here", "ftp://a/b",
        "https://", "https://user:pass@example.org/", "https://a/ b", "https://a/\n", "https://[::1", "x" * 501,
    ],
)  # fmt: skip
def test_nothing_else_is_a_link(link: str) -> None:
    assert not is_link(link)


@given(st.lists(st.text(max_size=5), max_size=4), st.lists(st.text(max_size=5), max_size=4))
def test_fingerprints_are_alike_where_their_parts_are(first: list[str], second: list[str]) -> None:
    assert (fingerprint(*first) == fingerprint(*second)) == (first == second)
    assert len(fingerprint(*first)) == 32


# ---------------------------------------------------------------- spans


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("", Wanted()),
        ("1h", Wanted("1h")),
        ("30M", Wanted("30m")),
        ("2d nightly-build", Wanted("2d", "nightly-build")),
        ("today error", Wanted("today", "", ERROR)),
        ("1h warnings my files", Wanted("1h", "my files", WARNING)),
        ("nightly-build", Wanted("1h", "nightly-build")),
        ("errors", Wanted("1h", "", ERROR)),
    ],
)
def test_what_is_typed_names_a_span_a_source_and_a_severity(typed: str, found: Wanted) -> None:
    assert wanted(typed) == found
    assert wanted(found.typed) == found


@pytest.mark.parametrize("typed", ["5", "0h", "1y", "1h30m", "99999d", "9999w", "1.5h", "٣h", "-1h"])
def test_what_begins_as_a_span_and_is_none_is_refused(typed: str) -> None:
    with pytest.raises(NoSpan):
        wanted(typed)


def test_today_begins_at_midnight_of_ones_own_zone() -> None:
    assert since("today", NOW, ZoneInfo("Asia/Tokyo")) == datetime(2026, 11, 29, 15, tzinfo=UTC)
    assert since("90m", NOW, UTC) == NOW - timedelta(minutes=90)
    assert [words_of(span) for span in ("1h", "7d", "today")] == ["the last hour", "the last 7 days", "today"]
