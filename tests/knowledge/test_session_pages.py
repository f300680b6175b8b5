"""Videos beside a conversation: the choice, the chips, the details, a passage, "Ask about this"."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.utils.html import strip_tags

from sessions_app.knowledge.actions.choosing import choose_videos
from sessions_app.knowledge.models import SessionCreator, Video
from sessions_app.models import ChatSession, Draft, SessionMember, User

from .places import keys_of, make_video

HTMX = {"HX-Request": "true"}


def text(answer: Any) -> str:
    return " ".join(answer.content.decode().split())


@pytest.fixture
def video(bob: User) -> Video:
    return make_video(bob, "Knots at sea", words=("A bowline holds.", "A hitch slips."))


def chosen(chat: ChatSession) -> list[str]:
    return list(ChatSession.objects.get(pk=chat.pk).settings.get("videos", []))


def test_the_choice_lists_what_one_may_see_and_ticks_what_is_chosen(
    as_alice: Client, chat: ChatSession, alice: User, bob: User, video: Video
) -> None:
    make_video(bob, "Secret knots", visibility=Video.Visibility.PRIVATE)
    other = make_video(alice, "Splices")
    choose_videos(chat=chat, person=alice, videos=[other.pk])
    whole = as_alice.get(f"/sessions/{chat.pk}/videos/")
    assert whole.status_code == 200
    assert "<h1" in text(whole)
    assert "Secret knots" not in text(whole)
    fragment = text(as_alice.get(f"/sessions/{chat.pk}/videos/", headers=HTMX))
    assert f'value="{other.pk}" checked' in fragment
    assert f'value="{video.pk}">' in fragment
    assert fragment.index("Splices") < fragment.index("Knots at sea")
    assert "2 passages" in fragment
    assert "10:00" in fragment
    assert "bob" in fragment


def test_a_choice_of_ones_own_that_is_hidden_now_is_told_as_such(
    as_alice: Client, chat: ChatSession, alice: User, video: Video
) -> None:
    choose_videos(chat=chat, person=alice, videos=[video.pk])
    Video.objects.update(visibility=Video.Visibility.PRIVATE)
    fragment = text(as_alice.get(f"/sessions/{chat.pk}/videos/", headers=HTMX))
    assert (
        "1 video you may not see. Answers are told nothing of what you may not see; it stays chosen."
        in fragment
    )
    assert "Knots at sea" not in fragment


def test_searching_keeps_what_is_ticked_on_top(as_alice: Client, chat: ChatSession, video: Video) -> None:
    headers = HTMX | {"HX-Target": "picker-rows"}
    query = {"q": "nothing <like> it", "picked": "1", "video": [str(video.pk)]}
    rows = text(as_alice.get(f"/sessions/{chat.pk}/videos/", query, headers=headers))
    assert rows.startswith('<div id="picker-rows"')
    assert f'value="{video.pk}" checked' in rows
    assert "No other video has “nothing &lt;like&gt; it”" in rows
    unticked = text(as_alice.get(f"/sessions/{chat.pk}/videos/", {"picked": "1"}, headers=headers))
    assert "checked" not in unticked


def test_what_is_ticked_is_taken_with_and_without_scripts(
    as_alice: Client, chat: ChatSession, video: Video
) -> None:
    url = f"/sessions/{chat.pk}/videos/"
    answer = as_alice.post(url, {"video": [str(video.pk)]}, headers=HTMX)
    assert answer.status_code == 204
    assert "videos-changed" in json.loads(answer["HX-Trigger"])
    assert chosen(chat) == [str(video.pk)]
    page = text(as_alice.get(f"/sessions/{chat.pk}/"))
    assert "Videos this session is about" in page
    assert "Remove “Knots at sea”" in page
    assert "What is this about?" in page
    answer = as_alice.post(url, {"remove": str(video.pk)})
    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{chat.pk}/")
    assert chosen(chat) == []
    assert as_alice.post(url, {"remove": "no key"}).status_code == 404


def test_a_choice_that_is_refused_says_why_and_keeps_the_ticks(
    as_alice: Client, chat: ChatSession, bob: User, video: Video
) -> None:
    hidden = make_video(bob, "Secret knots", visibility=Video.Visibility.PRIVATE)
    url = f"/sessions/{chat.pk}/videos/"
    answer = as_alice.post(url, {"video": [str(video.pk), str(hidden.pk)]}, headers=HTMX)
    assert answer.status_code == 422
    assert "not available to you any more. Nothing was changed." in text(answer)
    assert f'value="{video.pk}" checked' in text(answer)
    assert "Secret knots" not in text(answer)
    assert chosen(chat) == []


def test_readers_see_what_is_chosen_and_change_nothing(
    as_alice: Client, alice: User, bob: User, video: Video
) -> None:
    bobs = ChatSession.objects.create(owner=bob, model="offline", provider="offline")
    private = make_video(bob, "Secret knots", visibility=Video.Visibility.PRIVATE)
    choose_videos(chat=bobs, person=bob, videos=[video.pk, private.pk])
    SessionMember.objects.create(session=bobs, user=alice)
    chips = text(as_alice.get(f"/sessions/{bobs.pk}/videos/chosen/"))
    assert "Knots at sea" in chips
    assert "1 more video you may not see" in chips
    assert "Secret" not in chips
    assert "<button" not in chips
    about = text(as_alice.get(f"/sessions/{bobs.pk}/videos/about/"))
    assert "Knots at sea" in about
    assert "Choose" not in about
    assert "composer__videos" not in text(as_alice.get(f"/sessions/{bobs.pk}/"))
    assert as_alice.get(f"/sessions/{bobs.pk}/videos/").status_code == 404
    assert as_alice.post(f"/sessions/{bobs.pk}/videos/", {"video": []}).status_code == 404


def test_a_session_that_is_not_made_yet_begins_with_the_choice(
    as_alice: Client, alice: User, video: Video
) -> None:
    page = text(as_alice.get("/?welcome=1"))
    assert 'href="/videos/choose/"' in page
    data = {"video": [str(video.pk)], "content": "Half a question", "model": ""}
    answer = as_alice.post("/videos/choose/", data, headers=HTMX)
    begun = ChatSession.objects.get()
    assert (answer.status_code, answer["HX-Redirect"]) == (204, f"/sessions/{begun.pk}/")
    assert chosen(begun) == [str(video.pk)]
    assert Draft.objects.get().content == "Half a question"
    assert as_alice.post("/videos/choose/", {}).status_code == 302
    assert ChatSession.objects.count() == 1


def test_asking_about_a_video_begins_a_session_of_its_creator(
    as_alice: Client, bob: User, video: Video
) -> None:
    answer = as_alice.post(f"/videos/{video.pk}/ask/")
    begun = ChatSession.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/sessions/{begun.pk}/")
    assert SessionCreator.objects.get(session=begun).creator == bob
    assert begun.title == ""
    assert as_alice.get(f"/videos/{video.pk}/ask/").status_code == 405


def test_the_button_is_there_only_where_there_is_a_video(
    as_alice: Client, chat: ChatSession, bob: User
) -> None:
    make_video(bob, visibility=Video.Visibility.PRIVATE)
    assert "composer__videos" not in text(as_alice.get(f"/sessions/{chat.pk}/"))
    make_video(bob)
    assert "composer__videos" in text(as_alice.get(f"/sessions/{chat.pk}/"))


def test_a_passage_is_shown_to_who_may_see_its_video_now(as_alice: Client, video: Video) -> None:
    key = keys_of(video)[1]
    answer = as_alice.get(f"/videos/passages/{key}/", headers=HTMX)
    assert "A hitch slips." in text(answer)
    assert "0:10–0:20" in text(answer)
    assert "no-store" in answer["Cache-Control"]
    assert as_alice.get(f"/videos/passages/{key}/")["Location"] == f"/videos/{video.pk}/?at=10&passage={key}"
    for nothing in ("vzzzzzzzzzzzzz", "none", "v0"):
        assert as_alice.get(f"/videos/passages/{nothing}/").status_code == 404
    Video.objects.update(visibility=Video.Visibility.PRIVATE)
    assert as_alice.get(f"/videos/passages/{key}/", headers=HTMX).status_code == 404


def test_the_palette_offers_the_choice(as_alice: Client, chat: ChatSession, video: Video) -> None:
    asked = {"q": "videos", "session": str(chat.pk)}
    assert "Choose videos" in strip_tags(text(as_alice.get("/palette/", asked, headers=HTMX)))
    Video.objects.update(visibility=Video.Visibility.PRIVATE)
    assert "Choose videos" not in strip_tags(text(as_alice.get("/palette/", asked, headers=HTMX)))


def test_without_videos_in_the_product_the_page_is_as_it_was(
    as_alice: Client, chat: ChatSession, video: Video, settings: Any
) -> None:
    settings.SESSION_VIDEOS = ""
    page = text(as_alice.get(f"/sessions/{chat.pk}/"))
    assert "composer__videos" not in page
    assert "chosen-videos" not in page
    assert "video-references" not in page
