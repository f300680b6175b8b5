"""Reactions, notes and ratings by REST."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from sessions_app.actions import marks as marking
from sessions_app.models import ChatSession, Mark, Message, SessionMember, User
from tests.actions.steps import end, send

from .program import Program, problem


@pytest.fixture
def answer(chat: ChatSession) -> Message:
    sent = send(chat, "Hello")
    end(sent.reply)
    assert sent.reply is not None
    return sent.reply.message


@pytest.fixture
def path(answer: Message) -> str:
    return f"chat/messages/{answer.pk}"


def kinds(program: Program, path: str, query: str = "") -> list[str]:
    return [row["kind"] for row in program.get(f"{path}/marks{query}").json()["results"]]


def test_a_reaction_stands_once_and_is_taken_back(alices: Program, path: str, alice: User) -> None:
    first, second = (
        alices.post(f"{path}/react", {"emoji": "👍"}),
        alices.post(f"{path}/react", {"emoji": "👍"}),
    )
    assert (first.status_code, second.status_code) == (200, 200)
    assert first.json() == second.json()
    assert (first.json()["emoji"], first.json()["by"]) == ("👍", {"id": alice.pk, "username": "alice"})
    assert kinds(alices, path) == ["reaction"]
    gone = alices.delete(f"{path}/react?emoji=👍")
    assert (gone.status_code, gone.content) == (204, b"")
    assert alices.delete(f"{path}/react?emoji=👍").status_code == 204
    assert not Mark.objects.exists()


def test_one_spelling_of_an_emoji_is_found(alices: Program, path: str) -> None:
    assert alices.post(f"{path}/react", {"emoji": " ❤ "}).json()["emoji"] == "❤️"


def test_a_note_is_written_changed_and_removed(alices: Program, path: str) -> None:
    note = alices.post(f"{path}/annotate", {"comment": " Look ", "quote": "An", "quote_at": 0})
    assert note.status_code == 201
    assert (note.json()["comment"], note.json()["quote"], note.json()["quote_at"]) == ("Look", "An", 0)
    mark = f"chat/marks/{note.json()['id']}"
    changed = alices.patch(mark, {"comment": "Look twice"})
    assert (changed.status_code, changed.json()["comment"]) == (200, "Look twice")
    assert alices.get(mark).json() == changed.json()
    assert alices.delete(mark).status_code == 204
    assert alices.get(mark).status_code == alices.delete(mark).status_code == 404


def test_a_note_under_one_key_is_written_once(alices: Program, path: str) -> None:
    key = {"Idempotency-Key": "note-1"}
    first = alices.post(f"{path}/annotate", {"comment": "Look"}, **key)
    second = alices.post(f"{path}/annotate", {"comment": "Look"}, **key)
    assert (first.json(), second["Idempotency-Replayed"]) == (second.json(), "true")
    assert problem(alices.post(f"{path}/annotate", {"comment": "Other"}, **key)) == "key_reused"
    assert Mark.objects.count() == 1


@pytest.mark.parametrize(("rating", "value"), [("good", 1), ("bad", -1), (1, 1), (-1, -1)])
def test_a_second_rating_takes_the_place_of_the_first(
    alices: Program, path: str, rating: Any, value: int
) -> None:
    first = alices.post(f"{path}/feedback", {"rating": "good", "stars": 4, "comment": "Right."})
    second = alices.post(f"{path}/feedback", {"rating": rating})
    assert (first.status_code, second.status_code) == (200, 200)
    assert (first.json()["stars"], first.json()["comment"]) == (4, "Right.")
    assert (second.json()["rating"], second.json()["stars"], second.json()["comment"]) == (value, None, "")
    assert first.json()["id"] == second.json()["id"]
    assert alices.delete(f"{path}/feedback").status_code == 204
    assert alices.delete(f"{path}/feedback").status_code == 204
    assert not Mark.objects.exists()


def test_marks_are_listed_by_kind(alices: Program, path: str) -> None:
    alices.post(f"{path}/react", {"emoji": "👍"})
    alices.post(f"{path}/annotate", {"comment": "Look"})
    alices.post(f"{path}/feedback", {"rating": "good"})
    assert kinds(alices, path) == ["reaction", "annotation", "rating"]
    assert kinds(alices, path, "?kind=annotation") == ["annotation"]
    assert problem(alices.get(f"{path}/marks?kind=star")) == "invalid"


@pytest.mark.parametrize(
    ("operation", "body", "status", "code"),
    [
        ("react", {}, 400, "invalid"),
        ("react", {"emoji": "ok"}, 422, "bad_emoji"),
        ("react", {"emoji": "👍👍"}, 422, "bad_emoji"),
        ("annotate", {"comment": " "}, 422, "empty_note"),
        ("annotate", {"comment": "x" * 1001}, 422, "note_too_long"),
        ("annotate", {"comment": "x", "quote_at": -1}, 400, "invalid"),
        ("annotate", {"comment": "x", "quote": "x" * 1001}, 400, "invalid"),
        ("feedback", {"rating": 0}, 400, "invalid"),
        ("feedback", {"rating": True}, 400, "invalid"),
        ("feedback", {"rating": 1.5}, 400, "invalid"),
        ("feedback", {"rating": "good", "stars": 6}, 400, "invalid"),
        ("feedback", {"rating": "good", "comment": "x" * 1001}, 400, "invalid"),
    ],
)
def test_bad_marks_are_refused(
    alices: Program, path: str, operation: str, body: Any, status: int, code: str
) -> None:
    response = alices.post(f"{path}/{operation}", body)
    assert (response.status_code, problem(response)) == (status, code)
    assert not Mark.objects.exists()


def test_questions_are_not_rated_and_growing_answers_not_marked(
    alices: Program, chat: ChatSession, answer: Message
) -> None:
    response = alices.post(f"chat/messages/{answer.parent_id}/feedback", {"rating": "good"})
    assert (response.status_code, problem(response)) == (422, "bad_rating")
    growing = send(chat, "Next").reply
    assert growing is not None
    for operation, body in (
        ("react", {"emoji": "👍"}),
        ("annotate", {"comment": "x"}),
        ("feedback", {"rating": 1}),
    ):
        response = alices.post(f"chat/messages/{growing.pk}/{operation}", body)
        assert (response.status_code, problem(response)) == (409, "not_now")


def test_twenty_reactions_are_enough(alices: Program, path: str) -> None:
    for number in range(20):
        assert alices.post(f"{path}/react", {"emoji": chr(0x1F400 + number)}).status_code == 200
    response = alices.post(f"{path}/react", {"emoji": "👍"})
    assert (response.status_code, problem(response)) == (422, "too_many_reactions")
    assert alices.post(f"{path}/react", {"emoji": chr(0x1F400)}).status_code == 200


def test_a_reader_marks_and_leaves_the_marks_of_others(
    alices: Program, bobs: Program, bob: User, chat: ChatSession, path: str
) -> None:
    SessionMember.objects.create(session=chat, user=bob)
    note = alices.post(f"{path}/annotate", {"comment": "Mine"}).json()["id"]
    assert bobs.get(f"chat/marks/{note}").json()["own"] is False
    assert problem(bobs.patch(f"chat/marks/{note}", {"comment": "His"})) == "not_found"
    assert problem(bobs.delete(f"chat/marks/{note}")) == "not_found"
    assert bobs.post(f"{path}/react", {"emoji": "👍"}).status_code == 200
    assert kinds(alices, path) == ["annotation", "reaction"]


@pytest.mark.parametrize("kind", ["react", "feedback"])
def test_only_notes_are_changed(alices: Program, path: str, kind: str) -> None:
    body = {"emoji": "👍"} if kind == "react" else {"rating": "good"}
    mark = alices.post(f"{path}/{kind}", body).json()["id"]
    assert problem(alices.patch(f"chat/marks/{mark}", {"comment": "x"})) == "not_found"
    assert alices.delete(f"chat/marks/{mark}").status_code == 204


def test_what_is_missing_or_deleted_has_no_marks(alices: Program, answer: Message, path: str) -> None:
    note = alices.post(f"{path}/annotate", {"comment": "Mine"}).json()["id"]
    alices.delete(path)
    for response in (
        alices.get(f"{path}/marks"),
        alices.get(f"chat/marks/{note}"),
        alices.get(f"chat/marks/{uuid.uuid4()}"),
        alices.post(f"{path}/react", {"emoji": "👍"}),
        alices.delete(f"{path}/react?emoji=👍"),
    ):
        assert (response.status_code, problem(response)) == (404, "not_found")


def test_notes_of_one_person_on_a_message_have_an_end(
    alices: Program, bobs: Program, bob: User, path: str, answer: Message, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(marking, "MOST_NOTES", 2)
    SessionMember.objects.create(session=answer.session, user=bob)
    found = [alices.post(f"{path}/annotate", {"comment": "Look."}) for _ in range(3)]
    assert [each.status_code for each in found] == [201, 201, 422]
    assert problem(found[2]) == "too_many_notes"
    assert bobs.post(f"{path}/annotate", {"comment": "Look."}).status_code == 201
    assert alices.get(path).json()["marks"]["notes"] == 3
