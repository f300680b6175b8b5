"""Making sessions with all they have, changing them whole or in part, archiving and deleting."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from sessions_app.actions import organising
from sessions_app.actions.errors import NotTheOwner
from sessions_app.actions.messages import send_message
from sessions_app.actions.templates import Contents, make_template
from sessions_app.models import ChatSession, Draft, IdempotencyKey, SessionMember, User
from tests.actions.steps import end

from .program import Program, problem

Make = Callable[..., ChatSession]


def tag_of(program: Program, chat: ChatSession) -> str:
    return str(program.get(f"chat/sessions/{chat.pk}")["ETag"])


# ---------------------------------------------------------------- new ones


def test_a_session_is_made_with_tags_and_a_star(alices: Program) -> None:
    body = {"title": "Plans", "tags": ["Costs", "costs", " weekly  one "], "starred": True}
    made = alices.post("chat/sessions", body)
    assert made.status_code == 201, made.content
    assert (made.json()["tags"], made.json()["starred"]) == (["costs", "weekly one"], True)
    assert alices.get(f"chat/sessions/{made.json()['id']}").json() == made.json()


def test_a_session_begins_with_a_template_and_what_is_given_goes_before_it(
    alices: Program, alice: User
) -> None:
    contents = Contents(
        "Reviews", model="offline", settings={"max_turns": 3, "context_window": 20}, opening="Hi"
    )
    template = make_template(owner=alice, contents=contents)
    body = {"template": str(template.pk), "title": "Mine", "settings": {"max_turns": 7}}
    made = alices.post("chat/sessions", body).json()
    assert made["settings"] == {"max_turns": 7, "context_window": 20}
    assert (made["title"], made["model"]) == ("Mine", "offline")
    chat = ChatSession.objects.get(pk=made["id"])
    assert chat.template == template
    assert Draft.objects.get(session=chat).content == "Hi"


def test_what_of_a_template_could_not_be_taken_over_is_told(alices: Program, alice: User) -> None:
    template = make_template(owner=alice, contents=Contents("Old"))
    type(template).objects.update(model="gone-model")
    assert "not offered" in alices.post("chat/sessions", {"template": str(template.pk)}).json()["note"]


def test_someone_elses_template_and_a_missing_one_are_the_same(bobs: Program, alice: User) -> None:
    template = make_template(owner=alice, contents=Contents("Hers"))
    answers = [bobs.post("chat/sessions", {"template": str(key)}) for key in (template.pk, uuid.uuid4())]
    assert {answer.status_code for answer in answers} == {404}
    assert answers[0].content == answers[1].content
    assert not ChatSession.objects.exists()


@pytest.mark.parametrize(
    ("body", "code"),
    [
        ({"tags": ["a,b"]}, "bad_tag"),
        ({"tags": [f"tag {n}" for n in range(21)]}, "too_many_tags"),
        ({"tags": ["x"], "settings": {"max_turns": 0}}, "bad_setting"),
        ({"tags": "x"}, "invalid"),
        ({"starred": "yes"}, "invalid"),
        ({"template": "x"}, "invalid"),
    ],
)
def test_what_is_refused_makes_no_session(alices: Program, body: Any, code: str) -> None:
    assert problem(alices.post("chat/sessions", body)) == code
    assert not ChatSession.objects.exists()


# ---------------------------------------------------------------- the same key twice


def test_the_same_key_brings_the_same_answer_and_another_request_is_refused(alices: Program) -> None:
    key = {"Idempotency-Key": "once"}
    first = alices.post("chat/sessions", {"title": "A"}, **key)
    again = alices.post("chat/sessions", {"title": "A"}, **key)
    assert (again.status_code, again.json()) == (201, first.json())
    assert again["Idempotency-Replayed"] == "true"
    other = alices.post("chat/sessions", {"title": "B"}, **key)
    assert (other.status_code, problem(other)) == (422, "key_reused")
    assert ChatSession.objects.count() == 1


def test_a_refused_request_leaves_its_key_free(alices: Program) -> None:
    key = {"Idempotency-Key": "once"}
    assert alices.post("chat/sessions", {"tags": ["a,b"]}, **key).status_code == 422
    assert alices.post("chat/sessions", {"tags": ["ab"]}, **key).status_code == 201


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("operation", ["create", "branch"])
def test_parallel_requests_of_one_key_make_one_session(alice: User, make_chat: Make, operation: str) -> None:
    client = Client()
    client.force_login(alice)
    cookie, path = client.cookies["sessionid"].value, "chat/sessions"
    if operation == "branch":
        chat = make_chat()
        end(send_message(chat=chat, author=alice, content="Question").reply, "complete", "Answer", "end")
        path = f"chat/sessions/{chat.pk}/branch"
    before = ChatSession.objects.count()

    def post(_: int) -> tuple[int, str]:
        each = Client()
        each.cookies["sessionid"] = cookie
        try:
            answer = Program(each).post(path, {}, **{"Idempotency-Key": "same"})
            return answer.status_code, answer.json().get("id", "")
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        answers = set(pool.map(post, range(5)))
    assert len({answer for answer in answers if answer[0] == 201}) == 1
    assert {status for status, _ in answers} <= ({201} if operation == "create" else {201, 409})
    assert ChatSession.objects.count() == before + 1
    assert post(6) in answers


def test_who_comes_while_a_branch_is_being_made_is_told_to_ask_again(
    alices: Program, alice: User, chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    end(send_message(chat=chat, author=alice, content="Question").reply, "complete", "Answer", "end")
    path, key = f"chat/sessions/{chat.pk}/branch", {"Idempotency-Key": "same"}
    assert alices.post(path, {}, **key).status_code == 201
    IdempotencyKey.objects.update(status=0)  # as it stands until the copy is whole
    busy = alices.post(path, {}, **key)
    assert (busy.status_code, problem(busy), busy["Retry-After"]) == (409, "under_way", "2")
    monkeypatch.setattr("sessions_app.actions.idempotency.ABANDONED", timedelta(0))
    assert alices.post(path, {}, **key).status_code == 201


# ---------------------------------------------------------------- changes


def test_all_of_a_change_is_done(alices: Program, chat: ChatSession) -> None:
    first = alices.patch(f"chat/sessions/{chat.pk}", {"settings": {"max_turns": 3, "context_window": 20}})
    assert first.status_code == 200, first.content
    body = {
        "title": "New", "settings": {"max_turns": None, "max_tokens": 100}, "tags": ["B", "a"], "starred": True,
        "archived": True,
    }  # fmt: skip
    changed = alices.patch(f"chat/sessions/{chat.pk}", body)
    told = changed.json()
    assert told["settings"] == {"context_window": 20, "max_tokens": 100}
    assert (told["title"], told["tags"], told["starred"], told["archived"]) == ("New", ["a", "b"], True, True)
    read = alices.get(f"chat/sessions/{chat.pk}")
    assert (read.json(), read["ETag"]) == (told, changed["ETag"])


@pytest.mark.parametrize(
    "bad",
    [
        {"tags": ["a,b"]},
        {"settings": {"max_turns": 0}},
        {"model": "no-such-model"},
        {"archived": "yes"},
        {"unknown": 1},
    ],
)
def test_nothing_of_a_change_is_done_where_one_part_is_refused(
    alices: Program, chat: ChatSession, bad: Any
) -> None:
    before = alices.get(f"chat/sessions/{chat.pk}").json()
    body = {"title": "New", "starred": True, "tags": ["x"]} | bad
    assert problem(alices.patch(f"chat/sessions/{chat.pk}", body))
    assert alices.get(f"chat/sessions/{chat.pk}").json() == before


def test_what_is_left_out_or_null_stays_and_an_empty_title_goes(alices: Program, chat: ChatSession) -> None:
    path = f"chat/sessions/{chat.pk}"
    alices.patch(path, {"title": "T", "tags": ["t"], "starred": True})
    before = alices.get(path).json()
    assert alices.patch(path, {}).json() == before
    assert (
        alices.patch(
            path, dict.fromkeys(("title", "model", "settings", "tags", "starred", "archived"))
        ).json()
        == before
    )
    assert alices.patch(path, {"title": " ", "tags": []}).json() == before | {"title": "", "tags": []}
    assert ChatSession.objects.get(pk=chat.pk).title_source == "none"


def test_a_session_is_replaced_and_what_is_left_out_is_as_in_a_new_one(
    alices: Program, chat: ChatSession
) -> None:
    path = f"chat/sessions/{chat.pk}"
    alices.patch(
        path, {"title": "T", "tags": ["t"], "starred": True, "archived": True, "settings": {"max_turns": 3}}
    )
    put = alices.put(path, {"title": "Whole", "settings": {"max_tokens": 50}, "tags": ["u"]}).json()
    assert (put["title"], put["settings"], put["tags"]) == ("Whole", {"max_tokens": 50}, ["u"])
    assert (put["starred"], put["archived"]) == (False, False)
    bare = alices.put(path, {}).json()
    new = alices.post("chat/sessions", {}).json()
    for name in ("title", "model", "provider", "settings", "tags", "starred", "archived"):
        assert bare[name] == new[name]
    assert problem(alices.put(path, {"title": None})) == "invalid"


def test_what_a_person_did_meanwhile_is_not_overwritten(alices: Program, chat: ChatSession) -> None:
    path, read = f"chat/sessions/{chat.pk}", tag_of(alices, chat)
    organising.tag(chat=chat, name="meanwhile")
    for answer in (
        alices.patch(path, {"title": "T"}, **{"If-Match": read}),
        alices.put(path, {"title": "T"}, **{"If-Match": read}),
        alices.delete(path, **{"If-Match": read}),
        alices.delete(f"{path}?permanent=true", **{"If-Match": read}),
        alices.patch(f"chat/sessions?id={chat.pk}", {"title": "T"}, **{"If-Match": read}),
    ):
        assert (answer.status_code, problem(answer)) == (412, "changed_meanwhile")
    told = alices.get(path).json()
    assert (told["title"], told["archived"], told["tags"]) == ("", False, ["meanwhile"])
    now = alices.patch(path, {"title": "T"}, **{"If-Match": tag_of(alices, chat)})
    assert now.status_code == 200
    assert alices.delete(path, **{"If-Match": now["ETag"]}).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_of_parallel_changes_of_what_was_read_one_is_done(alice: User, make_chat: Make) -> None:
    chat, client = make_chat(), Client()
    client.force_login(alice)
    read, cookie = tag_of(Program(client), chat), client.cookies["sessionid"].value

    def patch(n: int) -> int:
        each = Client()
        each.cookies["sessionid"] = cookie
        try:
            return int(
                Program(each)
                .patch(f"chat/sessions/{chat.pk}", {"title": f"{n}"}, **{"If-Match": read})
                .status_code
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(patch, range(4))) == [200, 412, 412, 412]


@pytest.mark.parametrize(
    "body",
    [{"title": "T"}, {"settings": {"max_turns": 4}}, {"tags": ["t"]}, {"starred": True}, {"archived": True}],
)
def test_every_change_changes_the_etag(alices: Program, chat: ChatSession, body: Any) -> None:
    before = tag_of(alices, chat)
    alices.patch(f"chat/sessions/{chat.pk}", body)
    assert tag_of(alices, chat) != before


# ---------------------------------------------------------------- archive and trash


def test_deleting_archives_and_deleting_twice_changes_nothing(alices: Program, chat: ChatSession) -> None:
    path = f"chat/sessions/{chat.pk}"
    first = alices.delete(path)
    assert (first.status_code, first.json()["archived"]) == (200, True)
    at = ChatSession.objects.get(pk=chat.pk).archived_at
    assert alices.delete(path).json() == first.json()
    assert ChatSession.objects.get(pk=chat.pk).archived_at == at
    assert alices.get(path).status_code == 200


def test_a_permanent_deletion_is_the_pages_and_can_be_taken_back(alices: Program, chat: ChatSession) -> None:
    path = f"chat/sessions/{chat.pk}"
    first = alices.delete(f"{path}?permanent=true")
    assert (first.status_code, first.content) == (204, b"")
    assert alices.delete(f"{path}?permanent=true").status_code == 204
    assert alices.get(path).status_code == alices.delete(path).status_code == 404
    assert alices.post(f"{path}/restore").json()["id"] == str(chat.pk)
    assert alices.get(path).status_code == 200
    assert problem(alices.delete(f"{path}?permanent=1")) == "invalid"


@pytest.mark.parametrize("role", SessionMember.Role.values)
def test_members_neither_archive_nor_delete_nor_star(
    bobs: Program, bob: User, chat: ChatSession, role: str
) -> None:
    SessionMember.objects.create(session=chat, user=bob, role=role)
    path = f"chat/sessions/{chat.pk}"
    answers = [
        bobs.delete(path), bobs.delete(f"{path}?permanent=true"), bobs.put(path, {}),
        bobs.patch(path, {"archived": True}), bobs.patch(path, {"starred": True}), bobs.post(f"{path}/restore"),
        bobs.delete(f"chat/sessions?id={chat.pk}"),
    ]  # fmt: skip
    assert {answer.status_code for answer in answers} == {403}
    if role == "writer":
        assert {answer.json()["detail"] for answer in answers} == {NotTheOwner.sentence}
        assert bobs.patch(path, {"title": "Ours", "tags": ["ours"]}).json()["tags"] == ["ours"]


def test_earlier_clients_name_the_session_in_the_query(alices: Program, chat: ChatSession) -> None:
    changed = alices.patch(f"chat/sessions?id={chat.pk}", {"title": "T"})
    assert (changed.status_code, changed.json()["title"]) == (200, "T")
    assert alices.delete(f"chat/sessions?id={chat.pk}").json()["archived"] is True
    assert alices.delete(f"chat/sessions?id={chat.pk}&permanent=true").status_code == 204
    assert alices.patch(f"chat/sessions?id={uuid.uuid4()}", {}).status_code == 404
    for answer in (
        alices.patch("chat/sessions", {"title": "T"}),
        alices.delete("chat/sessions"),
        alices.delete("chat/sessions?id=x"),
        alices.patch(f"chat/sessions?id={chat.pk}&permanent=true", {}),
    ):
        assert (answer.status_code, problem(answer)) == (400, "invalid")


# ---------------------------------------------------------------- what comes beside


def test_a_session_comes_with_its_first_messages_and_the_address_of_the_next(
    alices: Program, alice: User, chat: ChatSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions_app.api.pagination.Pages.max_page_size", 2)
    for n in range(2):
        end(send_message(chat=chat, author=alice, content=f"Q{n}").reply, "complete", f"A{n}", "end")
    told = alices.get(f"chat/sessions/{chat.pk}?messages=true").json()
    assert [row["content"] for row in told["messages"]] == ["Q0", "A0"]
    rest = alices.get(told["messages_next"].removeprefix("http://testserver/api/")).json()
    assert [row["content"] for row in rest["results"]] == ["Q1", "A1"]
    assert rest["next"] is None
    plain = alices.get(f"chat/sessions/{chat.pk}").json()
    assert {name: told[name] for name in plain} == plain
    assert set(told) - set(plain) == {"messages", "messages_next"}


def test_a_session_comes_with_its_figures(alices: Program, chat: ChatSession) -> None:
    told = alices.get(f"chat/sessions/{chat.pk}?analytics=true&messages=true").json()
    assert told["analytics"] == alices.get(f"chat/sessions/{chat.pk}/analytics").json()
    assert (told["messages"], told["messages_next"]) == ([], None)
    assert problem(alices.get(f"chat/sessions/{chat.pk}?analytics=yes")) == "invalid"
