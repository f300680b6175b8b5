"""The summary of earlier messages in the conversation: read, changed and forgotten, with scripts and without."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils.html import escape

from sessions_app.actions.summaries import keep_summary
from sessions_app.models import ChatSession, Summary
from tests.actions.steps import end, send

HTMX = {"HX-Request": "true"}
TEXT = "They spoke of <b>ropes</b> & harbours."


@pytest.fixture
def row(chat: ChatSession) -> Summary:
    for number in range(3):
        end(send(chat, f"Question {number}").reply)
    until = chat.messages.get(position=4)
    made = keep_summary(chat=chat, until=until.pk, text=TEXT, model="offline", replaces=5000)
    assert made is not None
    return made


def place(row: Summary) -> str:
    return f"/sessions/{row.session_id}/summaries/{row.pk}/"


def test_the_conversation_says_where_it_was_summarised_and_what(as_alice: Client, row: Summary) -> None:
    page = as_alice.get(f"/sessions/{row.session_id}/").content.decode()
    assert page.count("Earlier messages were summarised.") == 1
    assert "4 messages, 4,990 tokens saved in each request" in page
    assert escape(TEXT) in page
    assert "<b>ropes</b>" not in page
    assert place(row) in page
    assert "Question 0" in page


def test_its_form_is_a_dialog_or_a_page_and_saves(as_alice: Client, row: Summary) -> None:
    assert "<main" not in as_alice.get(place(row), headers=HTMX).content.decode()
    form = as_alice.get(place(row)).content.decode()
    assert "<main" in form
    assert "As it was" not in form
    answer = as_alice.post(place(row), {"do": "save", "text": "Other\r\nwords"})
    assert answer.headers["Location"] == f"/sessions/{row.session_id}/"
    row.refresh_from_db()
    assert (row.text, row.original) == ("Other\nwords", TEXT)
    assert "As it was" in as_alice.get(place(row)).content.decode()
    assert (
        "tokens saved in each request, edited"
        in as_alice.get(f"/sessions/{row.session_id}/").content.decode()
    )
    as_alice.post(place(row), {"do": "original", "text": ""}, headers=HTMX)
    row.refresh_from_db()
    assert row.text == TEXT


def test_an_empty_one_is_refused_in_the_form(as_alice: Client, row: Summary) -> None:
    answer = as_alice.post(place(row), {"do": "save", "text": " "}, headers=HTMX)
    assert answer.status_code == 422
    assert "A summary has 1 to 12,000 characters." in answer.content.decode()
    assert as_alice.post(place(row), {"do": "burn", "text": "x"}).status_code == 404
    row.refresh_from_db()
    assert row.text == TEXT


def test_a_forgotten_one_is_gone_from_the_page(as_alice: Client, row: Summary) -> None:
    said = as_alice.post(place(row), {"do": "forget", "text": TEXT}, headers=HTMX)
    assert "Forgotten." in said.content.decode() + str(said.headers)
    assert "were summarised" not in as_alice.get(f"/sessions/{row.session_id}/").content.decode()
    assert as_alice.get(place(row)).status_code == 404


def test_a_summary_is_looked_up_through_its_session(as_alice: Client, row: Summary) -> None:
    other = ChatSession.objects.create(owner=row.session.owner, model="offline")
    assert as_alice.get(f"/sessions/{other.pk}/summaries/{row.pk}/").status_code == 404
