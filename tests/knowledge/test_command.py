"""/video: what it completes to, adds, clears and opens."""

from __future__ import annotations

import pytest

from sessions_app.commands.base import Context
from sessions_app.knowledge.actions.choosing import choose_videos
from sessions_app.knowledge.models import Video
from sessions_app.models import ChatSession, SessionMember, User
from tests.commands.test_commands import completed, refusal, run

from .places import make_video


@pytest.fixture
def context(alice: User, chat: ChatSession, bob: User) -> Context:
    make_video(bob, "Knots at sea")
    make_video(bob, "Knots on land")
    make_video(alice, "Splices")
    make_video(bob, "Secret knots", visibility=Video.Visibility.PRIVATE)
    return again(alice, chat)


def again(person: User, chat: ChatSession) -> Context:
    return Context(person, ChatSession.objects.get(pk=chat.pk))


def titles(chat: ChatSession) -> list[str]:
    keys = ChatSession.objects.get(pk=chat.pk).settings.get("videos", [])
    return [Video.objects.get(pk=key).title for key in keys]


def test_it_completes_titles_that_one_may_see_and_that_are_not_chosen(context: Context) -> None:
    assert completed(context, "/video ") == ["Knots at sea", "Knots on land", "Splices"]
    assert completed(context, "/video knots ") == ["Knots at sea", "Knots on land"]
    assert completed(context, "/video sec") == []
    run(context, "/video knots at sea")
    assert completed(again(context.user, context.session), "/video ") == ["Knots on land", "Splices", "off"]


def test_it_adds_a_video_by_title_and_clears_them(context: Context) -> None:
    outcome = run(context, "/video knots at sea")
    assert outcome.text == "This session is about “Knots at sea”."
    assert "videos-changed" in outcome.tells
    run(context, "/video splice")
    assert titles(context.session) == ["Knots at sea", "Splices"]
    now = again(context.user, context.session)
    assert run(now, "/video off").text == "The videos were taken out."
    assert titles(context.session) == []
    assert refusal(again(context.user, context.session), "/video off") == "No video is chosen here."


def test_it_says_what_it_could_not_find(context: Context) -> None:
    assert refusal(context, "/video secret").startswith("There is no video of that title.")
    assert "Knots at sea; Knots on land" in refusal(context, "/video knots")
    assert titles(context.session) == []


def test_alone_it_opens_the_choice(context: Context, alice: User) -> None:
    assert run(context, "/video").dialog == f"/sessions/{context.session.pk}/videos/"
    assert run(Context(alice, None), "/video").dialog == "/videos/choose/"
    Video.objects.all().delete()
    assert refusal(context, "/video") == "There is no video here that you may see."


def test_where_no_session_is_yet_it_begins_one(context: Context, alice: User) -> None:
    outcome = run(Context(alice, None), "/video splices")
    begun = ChatSession.objects.exclude(pk=context.session.pk).get()
    assert outcome.address == begun.get_absolute_url()
    assert titles(begun) == ["Splices"]


def test_those_of_others_stay_and_a_reader_changes_nothing(context: Context, bob: User) -> None:
    chat = context.session
    SessionMember.objects.create(session=chat, user=bob, role=SessionMember.Role.WRITER)
    secret = Video.objects.get(title="Secret knots")
    choose_videos(chat=chat, person=bob, videos=[secret.pk, Video.objects.get(title="Splices").pk])
    said = run(again(context.user, chat), "/video off").text
    assert said == "The videos you may see were taken out; those of others stay."
    assert titles(chat) == ["Secret knots"]
    SessionMember.objects.update(role=SessionMember.Role.READER)
    assert refusal(again(bob, chat), "/video splices").startswith("You may read this session")
