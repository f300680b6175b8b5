"""Where the operator wants it, staff say why before they read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.test import Client

from sessions_app.actions.searching import search_everyone
from sessions_app.admin import reasons
from sessions_app.models import AuditEntry, Message, ToolCall, User
from sessions_app.search import Filters

from .conftest import TITLE
from .test_actions import CHATS, act, words
from .test_transcript import transcript
from .test_who_sees_what import index, page, text

WHY = "Ticket 4711: the answer was cut short."


@pytest.fixture(autouse=True)
def asked(settings: Any) -> None:
    settings.REVIEW_REASON = True


def give(client: Client, address: str, reason: str = WHY) -> Any:
    return client.post(address, {"review_reason": reason})


def test_nothing_is_shown_or_recorded_before_a_reason_is_given(told: Message, as_reader: Client) -> None:
    for address in (
        transcript(told.session),
        page("message", told.pk),
        page("toolcall", ToolCall.objects.get().pk),
    ):
        shown = text(as_reader, address)
        assert "Why do you read this?" in shown
        assert not [word for word in ("harbour", "forty", "time_range", TITLE) if word in shown]
    assert not AuditEntry.objects.exists()


def test_a_reason_opens_the_session_and_what_is_in_it_and_its_owner_reads_it(
    told: Message, as_reader: Client, as_alice: Client
) -> None:
    answer = give(as_reader, transcript(told.session))
    assert (answer.status_code, answer["Location"]) == (302, transcript(told.session))
    assert "harbour" in text(as_reader, transcript(told.session))
    assert "forty" in text(as_reader, page("message", told.pk))
    assert set(AuditEntry.objects.values_list("reason", flat=True)) == {WHY}
    assert WHY in text(as_alice, "/accounts/privacy/")


@pytest.mark.parametrize("reason", ["", "too short", " a   b   c  ", "x" * 301])
def test_a_reason_that_says_nothing_is_refused_and_kept_in_the_form(
    told: Message, as_reader: Client, reason: str
) -> None:
    answer = give(as_reader, transcript(told.session), reason)
    assert answer.status_code == 422
    assert "Why do you read this?" in answer.content.decode()
    assert "harbour" not in answer.content.decode()
    assert reason.strip()[:40] in answer.content.decode()


def test_it_is_asked_again_after_an_hour_and_for_another_session(
    told: Message, as_reader: Client, make_chat: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    give(as_reader, transcript(told.session))
    assert "Why do you read this?" in text(as_reader, transcript(make_chat()))
    assert "harbour" in text(as_reader, transcript(told.session))
    monkeypatch.setattr(reasons, "KEPT", 0)
    assert "Why do you read this?" in text(as_reader, transcript(told.session))


def test_lists_show_and_search_no_texts_then(told: Message, as_reader: Client) -> None:
    assert TITLE not in text(as_reader, index("chatsession"))
    assert "ferry" not in text(as_reader, index("mark"))
    assert "0 results" in text(as_reader, f"{index('message')}?q=harbour")
    assert as_reader.get(f"{index('message')}?content__contains=harbour").status_code == 400


def test_an_export_of_texts_takes_the_reason_of_each_session(told: Message, as_reader: Client) -> None:
    assert "1 session takes a reason first" in words(act(as_reader, CHATS, "export", told.session_id))
    give(as_reader, transcript(told.session))
    assert b"harbour" in b"".join(act(as_reader, CHATS, "export", told.session_id))


def test_searches_of_everyones_messages_are_closed_then(
    told: Message, as_reader: Client, reader: User
) -> None:
    shown = text(as_reader, "/search/?q=harbour&everyone=1")
    assert "No message holds all of this." in shown
    with pytest.raises(PermissionDenied):
        search_everyone(reader, "harbour", Filters(), limit=10)
    assert not AuditEntry.objects.exists()


def test_staff_who_read_nothing_are_not_asked(told: Message, as_staff: Client) -> None:
    assert "1,200" in text(as_staff, transcript(told.session))
    assert give(as_staff, page("message", told.pk)).status_code == 403
