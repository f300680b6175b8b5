"""Marks of a message: what stands under it for everyone, the panel, and the POSTs with and without htmx."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from sessions_app.actions import marks
from sessions_app.models import ChatSession, Mark, Message, SessionMember, User
from sessions_app.realtime.catchup import catch_up
from tests.actions.steps import end, send

HTMX = {"HX-Request": "true"}
PANEL = {**HTMX, "HX-Target": "marks-notice"}
NOWHERE = "01890000-0000-7000-8000-000000000000"


@pytest.fixture
def answer(chat: ChatSession) -> Message:
    reply = send(chat, "A question").reply
    end(reply, text="An answer of some words")
    assert reply is not None
    return Message.objects.get(pk=reply.pk)


def here(row: Message) -> str:
    return f"/sessions/{row.session_id}/messages/{row.pk}/marks/"


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def told(answer: Any) -> dict[str, Any]:
    assert answer.status_code == 204
    return dict(json.loads(answer["HX-Trigger"]))


# ---------------------------------------------------------------- under a message


def test_an_answer_has_thumbs_and_a_way_to_its_marks_and_a_question_only_the_way(
    as_alice: Client, answer: Message
) -> None:
    page = text_of(as_alice.get(f"/sessions/{answer.session_id}/"))
    assert page.count('aria-label="Good answer"') == page.count('aria-label="Bad answer"') == 1
    assert page.count('aria-label="React or note"') == 2


def test_a_running_answer_has_none_of_it(as_alice: Client, chat: ChatSession) -> None:
    send(chat, "A question")
    page = text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert "Good answer" not in page


def test_marks_stand_under_their_message_the_same_for_every_reader(
    as_alice: Client, alice: User, bob: User, answer: Message
) -> None:
    SessionMember.objects.create(session=answer.session, user=bob, role="reader")
    marks.rate_message(message=answer, user=alice, value=1, stars=4, comment="To the <b>point</b>")
    marks.react(message=answer, user=alice, emoji="🎉")
    marks.react(message=answer, user=bob, emoji="🎉")
    marks.annotate(message=answer, user=bob, comment="Check", quote='some "words"', quote_at=13)
    before = answer.session.version
    page = text_of(as_alice.get(f"/sessions/{answer.session_id}/"))
    for client, person in ((as_alice, alice), (None, bob)):
        found = catch_up(person.pk, answer.session_id, ChatSession.objects.get().version - 1)
        assert found is not None
        (entry,) = found.entries
        assert entry.id == str(answer.pk)
        assert entry.new is False
        html = entry.html or ""
        assert f'data-by="{alice.pk} {bob.pk}"' in html
        assert html.count('aria-pressed="true"') == 0
        assert "1 note" in html
        assert "4 of 5 stars" in html
        assert "To the &lt;b&gt;point&lt;/b&gt;" in html
        assert 'data-quote="some &quot;words&quot;" data-at="13"' in html
        if client:
            assert f'data-by="{alice.pk} {bob.pk}"' in page
    assert before < ChatSession.objects.get().version


def test_marks_take_one_query_for_all_messages_and_none_where_nothing_changed(
    as_alice: Client, alice: User, chat: ChatSession
) -> None:
    def queries() -> list[str]:
        with CaptureQueriesContext(connection) as taken:
            as_alice.get(f"/sessions/{chat.pk}/")
        return [query["sql"] for query in taken if "sessions_app_mark" in query["sql"]]

    questions = [send(chat, f"Question {number}") for number in range(1)]
    assert queries() == []
    end(questions[0].reply)
    for number in range(3):
        end(send(chat, f"More {number}").reply)
    for message in Message.objects.filter(role="assistant"):
        marks.react(message=message, user=alice, emoji="👍")
    assert len(queries()) == 1


# ---------------------------------------------------------------- the panel


def test_the_panel_is_a_fragment_for_htmx_and_else_a_page(as_alice: Client, answer: Message) -> None:
    panel = text_of(as_alice.get(here(answer), headers=HTMX))
    page = text_of(as_alice.get(here(answer)))
    assert "<html" not in panel
    assert 'id="marks-body"' in panel
    assert 'id="marks-body"' in page
    assert "An answer of some words" in page


def test_the_panel_knows_its_reader(as_alice: Client, alice: User, bob: User, answer: Message) -> None:
    SessionMember.objects.create(session=answer.session, user=bob, role="reader")
    marks.rate_message(message=answer, user=alice, value=-1, stars=2, comment="Too long")
    marks.react(message=answer, user=bob, emoji="🎉")
    marks.react(message=answer, user=alice, emoji="🦑")
    marks.annotate(message=answer, user=bob, comment="His")
    mine = marks.annotate(message=answer, user=alice, comment="Mine")
    panel = text_of(as_alice.get(here(answer), headers=HTMX))
    assert 'value="🦑" class="mark-chip mark-chip--pick" aria-pressed="true"' in panel
    assert 'value="🎉" class="mark-chip mark-chip--pick" aria-pressed="false"' in panel
    assert 'value="-1" required checked' in panel
    assert 'value="2" checked' in panel
    assert "Too long" in panel
    assert panel.count("/edit/") // panel.count(f"{mine.pk}/edit/") == 1
    assert "His" in panel


def test_after_a_thumb_only_its_question_is_asked(as_alice: Client, alice: User, answer: Message) -> None:
    marks.rate_message(message=answer, user=alice, value=-1)
    asked = text_of(as_alice.get(f"{here(answer)}?only=reason", headers=HTMX))
    assert "What went wrong?" in asked
    assert "marks-body" not in asked


def test_a_question_is_not_rated(as_alice: Client, answer: Message) -> None:
    question = answer.parent
    assert question is not None
    assert "Save rating" not in text_of(as_alice.get(here(question), headers=HTMX))
    assert as_alice.post(f"{here(question)}rate/", {"value": "1"}, headers=PANEL).status_code == 422


# ---------------------------------------------------------------- doing


def test_a_thumb_rates_asks_why_and_is_taken_back_by_itself(as_alice: Client, answer: Message) -> None:
    thumb = {"toggle": "1", "value": "1"}
    events = told(as_alice.post(f"{here(answer)}rate/", thumb, headers=HTMX))
    assert events["show-marks"]["url"] == f"{here(answer)}?only=reason"
    assert Mark.objects.get().value == 1
    told(as_alice.post(f"{here(answer)}rate/", {**thumb, "value": "-1"}, headers=HTMX))
    assert Mark.objects.get().value == -1
    events = told(as_alice.post(f"{here(answer)}rate/", {**thumb, "value": "-1"}, headers=HTMX))
    assert "show-marks" not in events
    assert not Mark.objects.exists()


def test_the_reason_is_saved_with_its_stars(as_alice: Client, answer: Message) -> None:
    given = {"value": "1", "stars": "5", "comment": "Short and right"}
    assert "marks-kept" in told(as_alice.post(f"{here(answer)}rate/", given, headers=PANEL))
    assert told(as_alice.post(f"{here(answer)}rate/", given, headers=PANEL))
    mark = Mark.objects.get()
    assert (mark.value, mark.stars, mark.comment) == (1, 5, "Short and right")
    told(as_alice.post(f"{here(answer)}unrate/", headers=PANEL))
    assert not Mark.objects.exists()


def test_notes_are_added_changed_and_removed(as_alice: Client, answer: Message) -> None:
    given = {"comment": "Look again", "quote": "some words", "quote_at": "13"}
    told(as_alice.post(f"{here(answer)}note/", given, headers=PANEL))
    note = Mark.objects.get()
    assert (note.comment, note.quote, note.quote_at) == ("Look again", "some words", 13)
    told(as_alice.post(f"{here(answer)}{note.pk}/edit/", {"comment": "Looked"}, headers=PANEL))
    note.refresh_from_db()
    assert note.comment == "Looked"
    told(as_alice.post(f"{here(answer)}{note.pk}/remove/", headers=PANEL))
    assert not Mark.objects.exists()


@pytest.mark.parametrize(
    ("act", "fields"),
    [("rate", {"value": "1"}), ("unrate", {}), ("react", {"emoji": "👍"}), ("note", {"comment": "Hm"})],
)
def test_a_form_without_htmx_goes_to_the_page_of_the_marks(
    as_alice: Client, answer: Message, act: str, fields: dict[str, str]
) -> None:
    answered = as_alice.post(f"{here(answer)}{act}/", fields)
    assert (answered.status_code, answered["Location"]) == (303, here(answer))


@pytest.mark.parametrize(
    ("act", "fields", "says"),
    [
        ("rate", {"value": "7"}, "rated 1 (good) or -1 (bad)"),
        ("rate", {"value": "nonsense"}, "rated 1 (good) or -1 (bad)"),
        ("rate", {"value": "--1"}, "rated 1 (good) or -1 (bad)"),
        ("rate", {"value": "1", "stars": "9"}, "1 to 5 stars"),
        ("react", {"emoji": "hello"}, "A reaction is one emoji."),
        ("note", {"comment": " "}, "The note is empty."),
        ("note", {"comment": "x" * 1001}, "Your text is kept"),
    ],
)
def test_what_is_refused_says_so_where_the_person_looks(
    as_alice: Client, answer: Message, act: str, fields: dict[str, str], says: str
) -> None:
    in_panel = as_alice.post(f"{here(answer)}{act}/", fields, headers=PANEL)
    outside = as_alice.post(f"{here(answer)}{act}/", fields, headers=HTMX)
    page = as_alice.post(f"{here(answer)}{act}/", fields)
    assert {each.status_code for each in (in_panel, outside, page)} == {422}
    assert says in text_of(in_panel)
    assert "<html" not in text_of(in_panel)
    assert says in json.loads(outside["HX-Trigger"])["show-toast"]["text"]
    assert says in text_of(page)
    assert fields.get("comment", "").strip() in text_of(page)
    assert not Mark.objects.exists()


def test_nothing_is_changed_by_looking(as_alice: Client, answer: Message) -> None:
    for act in ("rate", "unrate", "react", "note", f"{NOWHERE}/edit", f"{NOWHERE}/remove"):
        assert as_alice.get(f"{here(answer)}{act}/").status_code == 405


def test_a_message_of_another_session_is_missing_here(
    as_alice: Client, make_chat: Any, answer: Message
) -> None:
    other = make_chat()
    path = f"/sessions/{other.pk}/messages/{answer.pk}/marks/"
    assert as_alice.get(path).status_code == 404
    assert as_alice.post(f"{path}rate/", {"value": "1"}).status_code == 404


def test_a_reader_may_mark_what_they_may_not_write_in(as_bob: Client, bob: User, answer: Message) -> None:
    SessionMember.objects.create(session=answer.session, user=bob, role="reader")
    told(as_bob.post(f"{here(answer)}react/", {"emoji": "👀"}, headers=HTMX))
    assert Mark.objects.get().user == bob
