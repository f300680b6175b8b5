"""Summaries of earlier messages, for programs."""

from __future__ import annotations

import pytest

from sessions_app.actions.summaries import keep_summary
from sessions_app.actions.versions import clear_context, delete_message, restore_messages
from sessions_app.models import ChatSession, Summary
from tests.actions.steps import end, send

from .program import Program


@pytest.fixture
def row(chat: ChatSession) -> Summary:
    for number in range(3):
        end(send(chat, f"Question {number}").reply)
    until = chat.messages.get(position=4)
    made = keep_summary(chat=chat, until=until.pk, text="Ropes.", model="offline", replaces=5000)
    assert made is not None
    return made


def test_they_are_listed_changed_and_forgotten(alices: Program, row: Summary) -> None:
    path = f"chat/sessions/{row.session_id}/summaries"
    [told] = alices.get(path).json()["results"]
    assert (told["text"], told["position"], told["used"], told["original"]) == ("Ropes.", 4, True, None)
    changed = alices.patch(f"{path}/{row.pk}", {"text": "Harbours."}).json()
    assert (changed["text"], changed["original"]) == ("Harbours.", "Ropes.")
    assert alices.patch(f"{path}/{row.pk}", {"text": None}).json()["text"] == "Ropes."
    assert alices.patch(f"{path}/{row.pk}", {"text": " "}).json()["code"] == "bad_summary"
    assert alices.patch(f"{path}/{row.pk}", {}).status_code == 400
    assert alices.delete(f"{path}/{row.pk}").status_code == 204
    assert alices.get(path).json()["results"] == []
    assert alices.delete(f"{path}/{row.pk}").status_code == 404


def test_that_of_deleted_messages_is_not_told(alices: Program, row: Summary) -> None:
    path = f"chat/sessions/{row.session_id}/summaries"
    deletion = delete_message(message=row.session.messages.get(position=3))
    assert alices.get(path).json()["results"] == []
    assert alices.patch(f"{path}/{row.pk}", {"text": "Harbours."}).status_code == 404
    restore_messages(chat=row.session, deletion=deletion)
    assert alices.get(path).json()["results"][0]["text"] == "Ropes."


def test_that_of_messages_above_the_line_is_not_used(alices: Program, row: Summary) -> None:
    path = f"chat/sessions/{row.session_id}/summaries"
    clear_context(chat=row.session)
    assert alices.get(path).json()["results"][0]["used"] is False
