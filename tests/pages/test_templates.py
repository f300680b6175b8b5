"""The pages of templates, the menu beside "New session", the cards of the welcome."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from sessions_app.actions.templates import Contents, make_template
from sessions_app.models import ChatSession, Draft, SessionTemplate, User
from tests.actions.steps import send

FORM = {
    "name": "Code review",
    "description": "Looks for bugs",
    "model": "offline",
    "max_tokens": "8,000",
    "thinking": "",
    "auto_context": "on",
    "system_prompt": "Be strict.",
    "opening": "Review this:",
}


@pytest.fixture
def own(alice: User) -> SessionTemplate:
    return make_template(owner=alice, contents=Contents("Weekly letter", "Every Friday", opening="Dear all,"))


@pytest.fixture
def shared(staff: User) -> SessionTemplate:
    return make_template(
        owner=staff, contents=Contents("House style", settings={"max_turns": 3}, shared=True)
    )


@pytest.fixture
def bobs(bob: User) -> SessionTemplate:
    return make_template(owner=bob, contents=Contents("Bobs own"))


def text_of(answer: Any) -> str:
    return str(answer.content.decode())


def test_the_list_shows_own_and_shared_ones_only(
    as_alice: Client, own: SessionTemplate, shared: SessionTemplate, bobs: SessionTemplate
) -> None:
    for path in ("/templates/", "/templates/?menu", "/"):
        page = text_of(as_alice.get(path))
        assert "House style" in page or path == "/"
        assert "Bobs own" not in page
    page = text_of(as_alice.get("/templates/"))
    assert "Edit Weekly letter" in page
    assert "Edit House style" not in page
    assert "Duplicate House style" in page


def test_a_template_is_made_changed_and_deleted_by_its_forms(as_alice: Client) -> None:
    answer = as_alice.post("/templates/", FORM)
    assert (answer.status_code, answer["Location"]) == (303, "/templates/")
    made = SessionTemplate.objects.get()
    assert made.settings == {"max_tokens": 8000, "auto_context": True, "system_prompt": "Be strict."}
    assert "“Code review” is saved." in text_of(as_alice.get("/templates/"))
    where = f"/templates/{made.pk}/"
    assert 'value="8,000"' in text_of(as_alice.get(where))
    assert as_alice.post(where, {**FORM, "max_tokens": "", "name": "Review"}).status_code == 303
    made.refresh_from_db()
    assert (made.name, made.settings) == ("Review", {"auto_context": True, "system_prompt": "Be strict."})
    answer = as_alice.post(f"{where}delete/", headers={"HX-Request": "true"})
    assert (answer.status_code, answer["HX-Redirect"]) == (204, "/templates/")
    assert not SessionTemplate.objects.exists()


def test_a_refused_form_comes_back_with_everything_that_was_entered(
    as_alice: Client, own: SessionTemplate
) -> None:
    wrong = {**FORM, "name": "Weekly letter", "max_tokens": "lots", "temperature": "3"}
    for where in ("/templates/", f"/templates/{own.pk}/"):
        wrong["name"] = "" if where != "/templates/" else "Weekly letter"
        answer = as_alice.post(where, wrong)
        page = text_of(answer)
        assert answer.status_code == 422
        assert 'value="lots"' in page
        assert "Maximum tokens must be a whole number" in page
        assert "Name " in page
        assert "Be strict." in page
        assert "Review this:" in page
        assert f'action="{where}"' in page
    assert SessionTemplate.objects.get().name == "Weekly letter"


def test_a_session_is_saved_as_a_template(as_alice: Client, make_chat: Any) -> None:
    chat = make_chat(title="Harbour", settings={"max_turns": 7, "system_prompt": "Be salty."})
    page = text_of(as_alice.get(f"/templates/new/?session={chat.pk}"))
    assert 'value="Harbour"' in page
    assert 'name="max_turns" id="field-max_turns" value="7"' in page
    assert "Be salty." in page
    assert as_alice.get("/templates/new/?session=nonsense").status_code == 404


def test_a_strangers_session_is_not_saved_as_a_template(as_bob: Client, chat: ChatSession) -> None:
    assert as_bob.get(f"/templates/new/?session={chat.pk}").status_code == 404


def test_only_staff_are_offered_to_share(as_alice: Client, staff: User) -> None:
    assert 'name="shared"' not in text_of(as_alice.get("/templates/new/"))
    answer = as_alice.post("/templates/", {**FORM, "shared": "on"})
    assert (answer.status_code, "Only staff can share" in text_of(answer)) == (403, True)
    as_staff = Client()
    as_staff.force_login(staff)
    assert 'name="shared"' in text_of(as_staff.get("/templates/new/"))
    assert as_staff.post("/templates/", {**FORM, "shared": "on"}).status_code == 303
    assert SessionTemplate.objects.get().shared


def test_a_shared_one_is_used_and_copied_but_not_changed(as_alice: Client, shared: SessionTemplate) -> None:
    where = f"/templates/{shared.pk}/"
    assert as_alice.get(where).status_code == 404
    assert as_alice.post(where, FORM).status_code == 404
    assert as_alice.post(f"{where}delete/").status_code == 404
    assert as_alice.post(f"{where}duplicate/").status_code == 302
    assert SessionTemplate.objects.get(owner__username="alice").name == "House style copy"
    used = as_alice.post(f"{where}use/")
    chat = ChatSession.objects.get()
    assert (used.status_code, used["Location"]) == (303, f"/sessions/{chat.pk}/")
    assert chat.settings == {"max_turns": 3}


def test_a_new_session_begins_with_a_template_and_its_opening_is_the_draft(
    as_alice: Client, own: SessionTemplate
) -> None:
    answer = as_alice.post("/sessions/", {"template": str(own.pk)})
    chat = ChatSession.objects.get()
    assert (answer.status_code, answer["Location"]) == (303, f"/sessions/{chat.pk}/")
    assert chat.template == own
    assert Draft.objects.get(session=chat).content == "Dear all,"


def test_the_empty_session_of_the_welcome_takes_it(
    as_alice: Client, own: SessionTemplate, chat: ChatSession
) -> None:
    assert "Weekly letter" in text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    fields = {"template": str(own.pk), "session": str(chat.pk)}
    assert as_alice.post("/sessions/", fields)["Location"] == f"/sessions/{chat.pk}/"
    send(chat, "Hello")
    assert "starters--templates" not in text_of(as_alice.get(f"/sessions/{chat.pk}/"))
    assert as_alice.post("/sessions/", fields).status_code == 409
    assert ChatSession.objects.count() == 1


def test_a_strangers_template_or_session_is_not_found(
    as_bob: Client, own: SessionTemplate, shared: SessionTemplate, chat: ChatSession
) -> None:
    for fields in (
        {"template": str(own.pk)},
        {"template": "nonsense"},
        {"template": str(shared.pk), "session": str(chat.pk)},
    ):
        assert as_bob.post("/sessions/", fields).status_code == 404
    assert ChatSession.objects.get() == chat


def test_a_model_that_is_gone_is_told_on_the_page_that_follows(as_alice: Client, alice: User) -> None:
    SessionTemplate.objects.create(owner=alice, name="Old", model="claude-opus-4-8")
    template = SessionTemplate.objects.get()
    page = text_of(as_alice.get(as_alice.post(f"/templates/{template.pk}/use/")["Location"]))
    assert "Claude Opus 4.8 is not offered any more: Offline assistant answers instead." in page
    assert "Claude Opus 4.8 (not offered)" in text_of(as_alice.get(f"/templates/{template.pk}/"))


def test_a_get_changes_nothing(as_alice: Client, own: SessionTemplate) -> None:
    for verb in ("delete", "duplicate", "use"):
        assert as_alice.get(f"/templates/{own.pk}/{verb}/").status_code == 405
    assert SessionTemplate.objects.get() == own
    assert not ChatSession.objects.exists()
