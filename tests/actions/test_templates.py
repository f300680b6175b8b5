"""Templates: made, changed, shared, used; a model that is gone falls back."""

from __future__ import annotations

from typing import Any

import pytest

from sessions_app.actions.errors import NotPossible
from sessions_app.actions.settings import BadSetting
from sessions_app.actions.templates import (
    Contents,
    MayNotShare,
    change_template,
    delete_template,
    duplicate_template,
    make_template,
    share_template,
    start_session,
)
from sessions_app.models import ChatSession, Draft, SessionTemplate, User
from tests.actions.steps import send

OLDER, BETWEEN, NEWER = "claude-haiku-4-5", "claude-opus-4-6", "claude-opus-4-8"
REVIEW = Contents(
    " Code   review ",
    "Looks for bugs",
    BETWEEN,
    {"temperature": 0.2, "max_tokens": 8000, "max_turns": None},
    "Review this:\n",
)


@pytest.fixture(autouse=True)
def with_a_key(settings: Any) -> None:
    settings.ANTHROPIC_API_KEY = "sk-ant-test"


def test_a_template_is_kept_as_it_was_checked(alice: User) -> None:
    made = make_template(owner=alice, contents=REVIEW)
    assert (made.name, made.opening, made.shared) == ("Code review", "Review this:", False)
    assert made.settings == {"temperature": 0.2, "max_tokens": 8000}


@pytest.mark.parametrize(
    ("contents", "problems"),
    [
        (Contents(" "), {"name"}),
        (Contents("x" * 81), {"name"}),
        (Contents("Code review"), {"name"}),
        (Contents("A", "x" * 201), {"description"}),
        (Contents("A", opening="x" * 20_001), {"opening"}),
        (Contents("A", model="no-such-model"), {"model"}),
        (Contents("A", model=NEWER, settings={"temperature": 0.2}), {"temperature"}),
        (Contents("A", settings={"max_turns": 99, "context_window": "ten"}), {"max_turns", "context_window"}),
        (Contents("A", model=BETWEEN, settings={"temperature": 0.2, "thinking": True}), {"temperature"}),
    ],
)
def test_what_is_wrong_is_named_and_nothing_is_kept(
    alice: User, contents: Contents, problems: set[str]
) -> None:
    make_template(owner=alice, contents=REVIEW)
    with pytest.raises(BadSetting) as refused:
        make_template(owner=alice, contents=contents)
    assert set(refused.value.problems) == problems
    assert SessionTemplate.objects.count() == 1


def test_two_people_may_use_one_name_and_one_may_keep_it(alice: User, bob: User) -> None:
    mine = make_template(owner=alice, contents=REVIEW)
    make_template(owner=bob, contents=REVIEW)
    change_template(template=mine, person=alice, contents=Contents("Code review", "Other"))
    mine.refresh_from_db()
    assert (mine.description, mine.settings, mine.model) == ("Other", {}, "")


def test_only_staff_share(alice: User, staff: User) -> None:
    with pytest.raises(MayNotShare):
        make_template(owner=alice, contents=Contents("A", shared=True))
    mine = make_template(owner=alice, contents=Contents("A"))
    with pytest.raises(MayNotShare):
        change_template(template=mine, person=alice, contents=Contents("A", shared=True))
    theirs = make_template(owner=staff, contents=Contents("B", shared=True))
    assert set(SessionTemplate.objects.for_user(alice)) == {mine, theirs}
    share_template(template=mine, shared=True)
    mine.refresh_from_db()
    change_template(template=mine, person=alice, contents=Contents("A2", shared=True))
    mine.refresh_from_db()
    assert (mine.name, mine.shared) == ("A2", True)


def test_a_copy_is_ones_own_and_has_a_name_of_its_own(alice: User, staff: User) -> None:
    shared = make_template(owner=staff, contents=Contents("B", settings={"max_turns": 2}, shared=True))
    names = [duplicate_template(template=shared, owner=alice).name for _ in range(3)]
    assert names == ["B copy", "B copy 2", "B copy 3"]
    assert not SessionTemplate.objects.filter(owner=alice, shared=True).exists()
    assert SessionTemplate.objects.get(name="B copy 2").settings == {"max_turns": 2}


def test_a_session_begins_with_model_settings_and_opening_of_its_template(alice: User) -> None:
    template = make_template(owner=alice, contents=REVIEW)
    started = start_session(template=template, owner=alice)
    chat = ChatSession.objects.get()
    assert (started.chat.pk, started.note) == (chat.pk, "")
    assert (chat.model, chat.provider, chat.template) == (BETWEEN, "anthropic", template)
    assert chat.settings == {"temperature": 0.2, "max_tokens": 8000}
    assert Draft.objects.get(user=alice, session=chat).content == "Review this:"
    delete_template(template=template)
    chat.refresh_from_db()
    assert (chat.template, chat.settings["max_tokens"]) == (None, 8000)


def test_an_empty_session_takes_a_template_and_one_that_has_begun_does_not(
    alice: User, chat: ChatSession
) -> None:
    template = make_template(owner=alice, contents=REVIEW)
    assert start_session(template=template, owner=alice, chat=chat).chat.pk == chat.pk
    chat.refresh_from_db()
    assert (chat.model, chat.version) == (BETWEEN, 1)
    send(chat, "Hello")
    with pytest.raises(NotPossible):
        start_session(template=template, owner=alice, chat=chat)


def test_a_model_that_is_gone_falls_back_with_a_note(alice: User, settings: Any) -> None:
    template = make_template(owner=alice, contents=REVIEW)
    settings.ANTHROPIC_API_KEY = ""
    started = start_session(template=template, owner=alice)
    started.chat.refresh_from_db()
    assert (started.chat.model, started.chat.settings) == ("offline", {"max_tokens": 8000})
    assert "Claude Opus 4.6 is not offered any more: Offline assistant answers instead." in started.note
    assert "Temperature was taken out" in started.note


def test_settings_are_checked_again_when_a_template_is_used(alice: User) -> None:
    template = make_template(owner=alice, contents=Contents("A", settings={"temperature": 0.5}))
    SessionTemplate.objects.filter(pk=template.pk).update(model=NEWER)
    template.refresh_from_db()
    started = start_session(template=template, owner=alice)
    started.chat.refresh_from_db()
    assert started.chat.settings == {}
    assert started.note == "Temperature was taken out: Claude Opus 4.8 does not take it."
