"""Templates by REST."""

from __future__ import annotations

import threading
import uuid
from typing import Any

import pytest
from django.db import connection

from sessions_app.actions.messages import send_message
from sessions_app.actions.templates import Contents, duplicate_template, make_template
from sessions_app.api.templates import BegunShape, TemplateShape
from sessions_app.models import ChatSession, Draft, SessionMember, SessionTemplate, User

from .held import fits
from .program import Program, problem


@pytest.fixture
def mine(alice: User) -> SessionTemplate:
    settings = {"max_turns": 3, "context_window": 20}
    return make_template(
        owner=alice, contents=Contents("Review", "Weekly", "offline", settings, "What did it cost?")
    )


@pytest.fixture
def shared(staff: User) -> SessionTemplate:
    return make_template(owner=staff, contents=Contents("House", opening="Hello", shared=True))


def test_a_program_makes_lists_and_reads_templates(alices: Program, shared: SessionTemplate) -> None:
    response = alices.post("chat/templates", {"name": "  My   review ", "settings": {"max_turns": 3}})
    assert response.status_code == 201
    made = response.json()
    assert fits(TemplateShape, made)
    assert (made["name"], made["own"], made["settings"]) == ("My review", True, {"max_turns": 3})
    listed = alices.get("chat/templates").json()
    assert [(row["name"], row["own"], row["shared"]) for row in listed["results"]] == [
        ("My review", True, False), ("House", False, True),
    ]  # fmt: skip
    assert alices.get(f"chat/templates/{made['id']}").json() == made
    assert alices.get(f"chat/templates/{shared.pk}").json()["opening"] == "Hello"
    first = alices.get("chat/templates?limit=1").json()
    assert [row["name"] for row in alices.client.get(first["next"]).json()["results"]] == ["House"]


def test_the_longest_names_are_paged_too(alices: Program, alice: User) -> None:
    for letter in ("あ", "😀"):
        SessionTemplate.objects.create(owner=alice, name=letter * 80)
    first = alices.get("chat/templates?limit=1").json()
    second = alices.client.get(first["next"]).json()
    names = {row["name"] for row in (*first["results"], *second["results"])}
    assert names == {"😀" * 80, "あ" * 80}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        ({}, 400, "invalid"),
        ({"name": 5}, 400, "invalid"),
        ({"name": "A", "owner": 1}, 400, "invalid"),
        ({"name": "A\0"}, 400, "invalid"),
        ({"name": ""}, 422, "bad_setting"),
        ({"name": "x" * 81}, 422, "bad_setting"),
        ({"name": "Review"}, 422, "bad_setting"),
        ({"name": "A", "model": "no-such-model"}, 422, "bad_setting"),
        ({"name": "A", "settings": {"temperature": 9}}, 422, "bad_setting"),
        ({"name": "A", "shared": True}, 403, "may_not_share"),
    ],
)
def test_what_the_page_refuses_is_refused(
    alices: Program, mine: SessionTemplate, body: Any, status: int, code: str
) -> None:
    response = alices.post("chat/templates", body)
    assert (response.status_code, problem(response)) == (status, code)
    assert SessionTemplate.objects.count() == 1


def test_the_same_key_makes_one_template(alices: Program) -> None:
    found = [alices.post("chat/templates", {"name": "A"}, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert found[0].json() == found[1].json()
    assert SessionTemplate.objects.count() == 1


def test_a_patch_changes_what_it_names_and_a_put_all(alices: Program, mine: SessionTemplate) -> None:
    path = f"chat/templates/{mine.pk}"
    changed = alices.patch(path, {"opening": "Hi", "settings": {"max_turns": None, "max_tokens": 50}}).json()
    assert fits(TemplateShape, changed)
    assert (changed["name"], changed["description"], changed["opening"]) == ("Review", "Weekly", "Hi")
    assert changed["settings"] == {"context_window": 20, "max_tokens": 50}
    assert changed == alices.get(path).json()
    put = alices.put(path, {"name": "Other"}).json()
    assert (put["name"], put["description"], put["settings"], put["opening"]) == ("Other", "", {}, "")
    assert problem(alices.put(path, {})) == "invalid"
    assert alices.delete(path).status_code == 204
    assert alices.get(path).status_code == alices.delete(path).status_code == 404


def test_who_read_an_older_one_changes_nothing(alices: Program, mine: SessionTemplate) -> None:
    path = f"chat/templates/{mine.pk}"
    old = alices.get(path)["ETag"]
    assert alices.patch(path, {"opening": "Hi"}, **{"If-Match": old}).status_code == 200
    for refused in (
        alices.patch(path, {"opening": "Ho"}, **{"If-Match": old}),
        alices.put(path, {"name": "Ho"}, **{"If-Match": old}),
        alices.delete(path, **{"If-Match": old}),
    ):
        assert (refused.status_code, problem(refused)) == (412, "changed_meanwhile")
    assert alices.get(path).json()["opening"] == "Hi"
    assert alices.delete(path, **{"If-Match": alices.get(path)["ETag"]}).status_code == 204


def test_shared_ones_of_others_are_copied_not_changed(alices: Program, shared: SessionTemplate) -> None:
    path = f"chat/templates/{shared.pk}"
    for response in (alices.patch(path, {"name": "A"}), alices.put(path, {"name": "A"}), alices.delete(path)):
        assert response.status_code == 404
    copy = alices.post(f"{path}/duplicate")
    assert copy.status_code == 201
    assert (copy.json()["name"], copy.json()["own"], copy.json()["shared"]) == ("House copy", True, False)
    again = [
        alices.post(f"{path}/duplicate", None, **{"Idempotency-Key": "k"}).json()["name"] for _ in range(2)
    ]
    assert again == ["House copy 2"] * 2


def test_a_token_of_staff_changes_what_is_shared_with_the_scope_admin_alone(
    with_token: Any, staff: User, shared: SessionTemplate
) -> None:
    plain, admin = with_token(staff, "read", "write"), with_token(staff, "write", "admin")
    own = make_template(owner=staff, contents=Contents("Own"))
    path = f"chat/templates/{shared.pk}"
    for refused in (plain.patch(path, {"name": "A"}), plain.put(path, {"name": "A"}), plain.delete(path)):
        assert (refused.status_code, problem(refused)) == (403, "scope_missing")
    assert plain.patch(f"chat/templates/{own.pk}", {"name": "A"}).status_code == 200
    assert admin.patch(path, {"opening": "Good day"}).json()["shared"] is True
    assert admin.delete(path).status_code == 204


def test_a_session_begins_with_a_template(alices: Program, mine: SessionTemplate, alice: User) -> None:
    response = alices.post(f"chat/templates/{mine.pk}/use")
    assert response.status_code == 201
    begun = response.json()
    assert fits(BegunShape, begun)
    assert (begun["model"], begun["settings"], begun["note"]) == ("offline", mine.settings, "")
    assert Draft.objects.get(session=begun["id"], user=alice).content == "What did it cost?"
    assert alices.get(f"chat/sessions/{begun['id']}").json()["settings"] == mine.settings


def test_what_cannot_be_taken_over_is_said(alices: Program, mine: SessionTemplate) -> None:
    SessionTemplate.objects.update(model="gone-model", settings={"max_turns": 3, "temperature": 0.5})
    note = alices.post(f"chat/templates/{mine.pk}/use").json()["note"]
    assert "is not offered any more" in note
    assert "Temperature was taken out" in note


def test_an_empty_session_may_begin_with_it_but_none_that_has_begun(
    alices: Program, mine: SessionTemplate, chat: ChatSession, alice: User, bob: User
) -> None:
    path = f"chat/templates/{mine.pk}/use"
    response = alices.post(path, {"session": str(chat.pk)})
    assert (response.status_code, response.json()["id"]) == (200, str(chat.pk))
    send_message(chat=chat, author=alice, content="A question")
    refused = alices.post(path, {"session": str(chat.pk)})
    assert (refused.status_code, problem(refused)) == (409, "not_possible")
    others = ChatSession.objects.create(owner=bob)
    SessionMember.objects.create(session=others, user=alice)
    for key in (others.pk, uuid.uuid4()):
        assert alices.post(path, {"session": str(key)}).status_code == 404


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(connection.vendor == "sqlite", reason="its writers queue before they begin")
def test_two_copies_at_once_have_two_names(alice: User) -> None:
    template = make_template(owner=alice, contents=Contents("A"))
    failed: list[Exception] = []

    def copy() -> None:
        try:
            duplicate_template(template=template, owner=alice)
        except Exception as error:  # told by the test
            failed.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=copy) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    assert SessionTemplate.objects.count() == 5
